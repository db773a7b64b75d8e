/* rows_order.c -- in a kernel of rows: which loop computes what, and where a row is kept between
 * two.
 *
 *     m = max(x)                phase 1
 *     e = exp(x - m)            phase 2, with s: it reads m, which is known behind the loops of 1
 *     s = sum(e)
 *     y = e / s                 phase 3; e crosses from 2 to 3, so it is kept: in an array of the
 *                               kernel's own, or, if that were too large, where y will be */
#include "codegen/fuse_parts.h"
#include "codegen/rows.h"
#include "support/checked.h"

/* ---- phases ---- */

typedef struct Needs {
    int group;
    const Node *reader;
    bool loops; /* the reader stands in a loop over the row */
    int phase;
} Needs;

bool rows_is_own_element(const Lowering *l, const Node *read, const Axes *at)
{
    const Axes has = rows_axes(l, read);
    int next = ROWS_WITHIN;
    for (int axis = 0; axis < read->type.rank; axis++)
        if ((has.of[axis] == AXIS_ANY && at->of[axis] != next++) ||
            (has.of[axis] == AXIS_ONE && at->of[axis] != AXIS_ONE))
            return false;
    return true;
}

static void need_member(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Needs *needs = context;
    NodeInfo *info = &l->info[read->id];
    const Type *type;
    int axes[MAX_RANK];
    if (!info->root || info->group != needs->group)
        return;
    const bool row = rows_loop(l, read, &type, axes) > 0 && !rows_is_folded(l, read);
    const bool joins = row && needs->loops && rows_is_own_element(l, read, at) &&
                       rows_same_loop(l, read, needs->reader);
    const int phase = info->phase + (needs->loops && !joins);
    needs->phase = phase > needs->phase ? phase : needs->phase;
}

/* A row value must be there, all of it, where another loop or another element of it is read. */
static void note_crossing(Lowering *l, const Node *read, const Axes *at, void *context)
{
    const Needs *needs = context;
    NodeInfo *info = &l->info[read->id];
    if (!info->root || info->group != needs->group)
        return;
    const Axes has = rows_axes(l, read);
    for (int axis = 0; axis < read->type.rank; axis++)
        info->scattered |= has.of[axis] == AXIS_ANY && at->of[axis] == AXIS_ANY;
    info->crosses |= !needs->loops || info->phase != l->info[needs->reader->id].phase ||
                     !rows_is_own_element(l, read, at) || !rows_same_loop(l, read, needs->reader);
}

/* Where the loop of a member is: its axes by their numbers; how many of them are within the row. */
static int loop_axes(const Lowering *l, const Node *n, Axes *at)
{
    const Type *type;
    int axes[MAX_RANK];
    const int count = rows_loop(l, n, &type, axes);
    *at = rows_is_total(l, n) || rows_is_folded(l, n) ? l->info[n->id].site : rows_axes(l, n);
    for (int i = 0; i < count; i++)
        at->of[axes[i]] = (signed char)(ROWS_WITHIN + i);
    return count;
}

static void visit_at(Lowering *l, const Node *n, const Axes *at, FuseVisitAxes *visit,
                     void *context)
{
    if (rows_is_total(l, n) || rows_is_folded(l, n))
        fuse_visit_from(l, n->args[0], at, visit, context);
    else
        fuse_visit_operands(l, n, at, visit, context);
}

void rows_visit(Lowering *l, const Node *n, FuseVisitAxes *visit, void *context)
{
    Axes at;
    loop_axes(l, n, &at);
    visit_at(l, n, &at, visit, context);
}

static void visit_in_loop(Lowering *l, const Node *n, FuseVisitAxes *visit, Needs *needs)
{
    Axes at;
    needs->reader = n;
    needs->loops = loop_axes(l, n, &at) > 0;
    visit_at(l, n, &at, visit, needs);
}

/* Loops have phases 1, 2, ...; what is one number for each row is computed behind the loops of its
 * phase, or, with 0, before all. */
void rows_order(Lowering *l, const Group *group, int number)
{
    for (int i = 0; i < group->roots.count; i++) {
        Needs needs = {.group = number};
        const Node *n = group->roots.data[i];
        visit_in_loop(l, n, need_member, &needs);
        l->info[n->id].phase = needs.loops && needs.phase == 0 ? 1 : needs.phase;
    }
    for (int i = 0; i < group->roots.count; i++) {
        Needs needs = {.group = number};
        visit_in_loop(l, group->roots.data[i], note_crossing, &needs);
    }
}

/* ---- places ---- */

typedef struct Home {  /* may the row lie where another one will be? */
    int group, reader; /* by position in the group */
    const Node *row, *other;
    int other_at;
    bool loops, fails;
} Home;

/* What is read behind the other's elements is read too late. */
static void check_reader(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Home *h = context;
    const Node *reader = l->groups.data[h->group].roots.data[h->reader];
    const int phase = l->info[reader->id].phase, last = l->info[h->other->id].phase;
    if (read != h->row)
        return;
    const bool together = phase == last && h->loops && h->reader <= h->other_at &&
                          rows_is_own_element(l, read, at) && rows_same_loop(l, reader, h->other);
    h->fails |= phase >= last && !together;
}

static bool is_kept_row(const Lowering *l, const Node *n)
{
    const NodeInfo *info = &l->info[n->id];
    return (info->escapes || info->value) && !info->write && !info->houses &&
           !rows_is_total(l, n) && !rows_is_folded(l, n);
}

static bool may_lie_in(Lowering *l, int number, const Node *row, int other_at)
{
    const Group *group = &l->groups.data[number];
    Home h = {
        .group = number, .row = row, .other = group->roots.data[other_at], .other_at = other_at};
    const Axes a = rows_axes(l, row), b = rows_axes(l, h.other);
    if (!is_kept_row(l, h.other) || !type_equal(&row->type, &h.other->type) ||
        !axes_equal(&row->type, &a, &b) || l->info[h.other->id].phase <= l->info[row->id].phase)
        return false;
    for (h.reader = 0; h.reader < group->roots.count && !h.fails; h.reader++) {
        const Node *reader = group->roots.data[h.reader];
        Axes at;
        h.loops = loop_axes(l, reader, &at) > 0;
        visit_at(l, reader, &at, check_reader, &h);
    }
    return !h.fails;
}

void rows_find_homes(Lowering *l, int number)
{
    const Group *group = &l->groups.data[number];
    for (int i = 0; i < group->roots.count; i++) {
        const Node *n = group->roots.data[i];
        NodeInfo *info = &l->info[n->id];
        const bool local = !info->escapes && !info->value && !info->write;
        if (!local || l->scan || rows_is_total(l, n) || !rows_needs_buffer(l, n))
            continue;
        for (int k = i + 1; k < group->roots.count && !info->home; k++)
            if (may_lie_in(l, number, n, k))
                info->home = group->roots.data[k];
        if (info->home)
            l->info[info->home->id].houses = true;
    }
}

/* It is kept from loop to loop and too large for an array of the kernel's own. */
bool rows_needs_buffer(const Lowering *l, const Node *n)
{
    enum { LARGEST = 16384 }; /* bytes of a row that stay in the nearest memory */
    const Type *type;
    int axes[MAX_RANK];
    int64_t bytes = dtype_info[n->type.dtype].bytes;
    if (rows_is_total(l, n))
        return true;
    if (!l->info[n->id].crosses || rows_is_folded(l, n))
        return false;
    for (int i = 0, count = rows_loop(l, n, &type, axes); i < count; i++)
        if (type->dims[axes[i]].batch || !checked_mul(bytes, type->dims[axes[i]].size, &bytes))
            return true;
    return bytes > LARGEST;
}
