/* fuse_rows.c -- kernels of rows: what shares their outer axes, and the order of their loops.
 *
 *     m = max(x, 1)        for each i: a loop over j for m,
 *     e = exp(x - m)                   a loop over j for e and s
 *     s = sum(e, 1)
 *     y = e / s                        a loop over j for y
 *     t = sum(y, 0)                    and t, which is a total over all i, in that loop
 *
 * The group's frame are its outer axes, numbered from 0; a member's site says which axis of the
 * shape that it runs over is which of them (Axes: AXIS_ANY for those within the row). */
#include "codegen/rows.h"

#include "codegen/fuse_parts.h"
#include "support/checked.h"

/* ---- members ---- */

bool rows_is_reduction(const Node *n)
{
    return op_info[n->op].class == CLASS_REDUCE && n->op != OP_fold;
}

static bool is_reduced(const Node *n, int axis)
{
    for (int i = 0; i < n->attr.axis_count && rows_is_reduction(n); i++)
        if (n->attr.axes[i] == axis)
            return true;
    return false;
}

/* The shape that it runs over: a reduction's is its operand's. */
static const Node *site_of(const Node *n)
{
    return rows_is_reduction(n) ? n->args[0] : n;
}

Axes rows_axes(const Lowering *l, const Node *n)
{
    Axes at = l->info[n->id].site;
    for (int axis = 0; axis < n->type.rank; axis++)
        if (is_reduced(n, axis))
            at.of[axis] = AXIS_ONE;
    return at;
}

bool rows_is_total(const Lowering *l, const Node *n)
{
    for (int axis = 0; axis < n->type.rank; axis++)
        if (is_reduced(n, axis) && l->info[n->id].site.of[axis] >= 0)
            return true;
    return false;
}

bool rows_is_folded(const Lowering *l, const Node *n)
{
    if (n->op != OP_sum && n->op != OP_prod && n->op != OP_max && n->op != OP_min)
        return false;
    const Axes at = rows_axes(l, n);
    for (int axis = 0; axis < n->type.rank; axis++)
        if (at.of[axis] == AXIS_ANY)
            return false;
    return true;
}

/* What its loop over the row runs over: the axes of a shape, and their number. */
int rows_loop(const Lowering *l, const Node *n, const Type **type, int *axes)
{
    const bool whole = rows_is_total(l, n) || rows_is_folded(l, n);
    const Axes at = whole ? l->info[n->id].site : rows_axes(l, n);
    int count = 0;
    *type = whole ? &n->args[0]->type : &n->type;
    for (int axis = 0; axis < (*type)->rank; axis++)
        if (at.of[axis] == AXIS_ANY)
            axes[count++] = axis;
    return count;
}

int64_t rows_count(const Lowering *l, const Group *group)
{
    int64_t count = 1;
    for (int i = 0; i < group->outer_count; i++) {
        const int64_t samples = group->outer[i].batch ? l->batch_bound : 1;
        if (!checked_mul(count, group->outer[i].size, &count) ||
            !checked_mul(count, samples, &count))
            return INT64_MAX;
    }
    return count;
}

bool rows_same_loop(const Lowering *l, const Node *a, const Node *b)
{
    const Type *ta, *tb;
    int xa[MAX_RANK], xb[MAX_RANK];
    const int count = rows_loop(l, a, &ta, xa);
    if (count != rows_loop(l, b, &tb, xb))
        return false;
    for (int i = 0; i < count; i++)
        if (ta->dims[xa[i]].size != tb->dims[xb[i]].size ||
            ta->dims[xa[i]].batch != tb->dims[xb[i]].batch)
            return false;
    return true;
}

/* ---- the first member ---- */

/* Sums over rows where the last axis is summed; over columns where all outer ones are. */
static bool is_outer(const Node *n, int axis, bool columns)
{
    return !dim_is_one(n->args[0]->type.dims[axis]) && is_reduced(n, axis) == columns;
}

static bool find_frame(const Lowering *l, const Node *n, Group *group, Axes *site)
{
    const Type *x = &n->args[0]->type;
    int last = x->rank - 1, inner = 0;
    while (last >= 0 && dim_is_one(x->dims[last]))
        last--;
    if (!rows_is_reduction(n) || last < 0 || l->options->level == 0)
        return false;
    const bool columns = !is_reduced(n, last);
    if (columns && n->op != OP_sum)
        return false;
    *site = axes_own(x);
    group->outer_count = 0;
    for (int axis = 0; axis < x->rank; axis++) {
        if (dim_is_one(x->dims[axis]))
            continue;
        site->of[axis] = AXIS_ANY;
        if (!is_outer(n, axis, columns)) {
            inner++;
            continue;
        }
        if (columns && inner > 0) /* sums between axes that stay */
            return false;
        site->of[axis] = (signed char)group->outer_count;
        group->outer[group->outer_count++] = x->dims[axis];
    }
    return group->outer_count > 0;
}

bool rows_begins(const Lowering *l, const Node *n)
{
    Group frame;
    Axes site;
    return rows_is_reduction(n) && find_frame(l, n, &frame, &site);
}

void rows_begin(Lowering *l, Group *group, const Node *n)
{
    find_frame(l, n, group, &l->info[n->id].site);
}

/* ---- further ones ---- */

enum { OTHERS = 16 };

typedef struct Fit {
    int group;
    Axes site;                  /* of the newcomer, as far as it is known */
    bool fails, reads;          /* it reads a member */
    const Node *others[OTHERS]; /* what else it reads that has elements for each row */
    int other_count;
    int64_t rows;
} Fit;

static void note_other(const Lowering *l, Fit *f, const Node *read)
{
    int64_t count;
    if (type_count(&read->type, l->batch_bound, &count) && count < f->rows)
        return;
    if (f->other_count < OTHERS)
        f->others[f->other_count++] = read;
}

/* A member is read: which axes of the newcomer are its outer ones? */
static void learn_site(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Fit *f = context;
    const NodeInfo *info = &l->info[read->id];
    if (!info->root || info->group != f->group) {
        note_other(l, f, read);
        return;
    }
    const Axes has = rows_axes(l, read);
    f->reads = true;
    f->fails |= rows_is_total(l, read);
    for (int axis = 0; axis < read->type.rank; axis++) {
        if (has.of[axis] < 0)
            continue;
        signed char *known = at->of[axis] >= 0 ? &f->site.of[(int)at->of[axis]] : NULL;
        if (known && *known == AXIS_ANY)
            *known = has.of[axis];
        f->fails |= !known || *known != has.of[axis];
    }
}

/* Each member that is read must be of the same row, and be seen to be. */
static void check_site(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Fit *f = context;
    const NodeInfo *info = &l->info[read->id];
    if (!info->root || info->group != f->group)
        return;
    const Axes has = rows_axes(l, read);
    for (int axis = 0; axis < read->type.rank; axis++)
        f->fails |= has.of[axis] != AXIS_ANY && at->of[axis] != has.of[axis];
}

static void find_shared(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Fit *f = context;
    (void)l;
    (void)at;
    for (int i = 0; i < f->other_count; i++)
        f->reads |= f->others[i] == read;
}

/* Does it read what a member reads? */
static bool shares_reads(Lowering *l, const Group *group, Fit *f)
{
    for (int i = 0; i < group->roots.count && !f->reads; i++) {
        const Axes own = axes_own(&group->roots.data[i]->type);
        fuse_visit_operands(l, group->roots.data[i], &own, find_shared, f);
    }
    return f->reads;
}

static bool takes_class(const Node *n)
{
    const OpClass class = op_info[n->op].class;
    return rows_is_reduction(n) || class == CLASS_EWISE || class == CLASS_VIEW ||
           class == CLASS_SOURCE || (class == CLASS_INDEX && !lower_fills(n));
}

static void visit_site(Lowering *l, const Node *n, const Axes *at, FuseVisitAxes *visit, Fit *f)
{
    if (rows_is_reduction(n))
        fuse_visit_from(l, n->args[0], at, visit, f);
    else
        fuse_visit_operands(l, n, at, visit, f);
}

/* By its shape, where it reads no member: the first axes that aren't of size 1. */
static void guess_site(const Group *group, const Type *type, Axes *site)
{
    int next = 0;
    for (int axis = 0; axis < type->rank && next < group->outer_count; axis++) {
        if (dim_is_one(type->dims[axis]))
            continue;
        const Dim has = type->dims[axis], wanted = group->outer[next];
        if (has.size != wanted.size || has.batch != wanted.batch)
            return;
        site->of[axis] = (signed char)next++;
    }
}

/* Each outer axis once; and a reduction is over none of them, or over all, for a sum. */
static bool is_whole(const Group *group, const Node *n, const Axes *site)
{
    int seen[MAX_RANK] = {0}, reduced = 0, kept_inner = 0, reduced_inner = 0;
    for (int axis = 0; axis < site_of(n)->type.rank; axis++) {
        if (site->of[axis] >= 0) {
            seen[(int)site->of[axis]]++;
            reduced += is_reduced(n, axis);
        } else if (site->of[axis] == AXIS_ANY) {
            *(is_reduced(n, axis) ? &reduced_inner : &kept_inner) += 1;
        }
    }
    for (int k = 0; k < group->outer_count; k++)
        if (seen[k] != 1)
            return false;
    return reduced == 0 || (reduced == group->outer_count && n->op == OP_sum &&
                            (kept_inner == 0 || reduced_inner == 0));
}

bool rows_takes(Lowering *l, const Group *group, int number, const Node *n)
{
    if (!takes_class(n) || group->roots.count == GROUP_ROOTS)
        return false;
    const Type *type = &site_of(n)->type;
    Fit f = {.group = number};
    const Axes own = axes_own(type);
    for (int axis = 0; axis < type->rank; axis++)
        f.site.of[axis] = own.of[axis] == AXIS_ONE ? AXIS_ONE : AXIS_ANY;
    f.rows = rows_count(l, group);
    visit_site(l, n, &own, learn_site, &f);
    if (!f.fails && !f.reads) {
        guess_site(group, type, &f.site);
        shares_reads(l, group, &f);
    }
    if (f.fails || !f.reads || !is_whole(group, n, &f.site))
        return false;
    visit_site(l, n, &f.site, check_site, &f);
    if (!f.fails)
        l->info[n->id].site = f.site;
    return !f.fails;
}

/* ---- elements become rows ---- */

static void check_own(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Fit *f = context;
    const NodeInfo *info = &l->info[read->id];
    if (!info->root || info->group != f->group) {
        note_other(l, f, read);
        return;
    }
    const Axes own = axes_own(&read->type);
    f->reads = true;
    f->fails |= !axes_equal(&read->type, &own, at);
}

bool rows_take_elements(Lowering *l, Group *group, int number, const Node *n)
{
    const Node *first = group->roots.data[0];
    if (!rows_begins(l, n) || group->roots.count == GROUP_ROOTS ||
        !type_same_shape(&first->type, &n->args[0]->type))
        return false;
    for (int i = 0; i < group->roots.count; i++)
        if (l->info[group->roots.data[i]->id].write)
            return false;
    Group frame;
    Axes site;
    find_frame(l, n, &frame, &site);
    Fit f = {.group = number, .rows = rows_count(l, &frame)};
    const Axes own = axes_own(&first->type);
    fuse_visit_from(l, n->args[0], &own, check_own, &f);
    if (f.fails || (!f.reads && !shares_reads(l, group, &f)))
        return false;
    group->kind = GROUP_ROWS;
    rows_begin(l, group, n);
    for (int i = 0; i < group->roots.count; i++)
        l->info[group->roots.data[i]->id].site = l->info[n->id].site;
    return true;
}
