/* fuse.c -- fusion: which nodes get a buffer, and which of those share a kernel.
 *
 *     mark_uses, then roots (fuse_roots.c), then groups (fuse_groups.c), then again: a root that
 *     only its own kernel reads is a local there */
#include "codegen/fuse_parts.h"

#include "codegen/blocks.h"
#include "codegen/rows.h"
#include "codegen/totals.h"
#include "ir/scan.h"

bool fuse_is_variable(const Node *n)
{
    return n->op == OP_input || n->op == OP_param || n->op == OP_state || n->op == OP_arg;
}

bool fuse_is_reduction(const Node *n)
{
    return op_info[n->op].class == CLASS_REDUCE || n->op == OP_contract || n->op == OP_scan ||
           lower_fills(n);
}

/* Are elements of the operand read more than once each? */
static bool repeats(const Lowering *l, const Node *n, int operand)
{
    int64_t read, elements;
    if (n->op == OP_expand || n->op == OP_window)
        return true;
    if (op_info[n->op].class != CLASS_INDEX || lower_fills(n))
        return false;
    return !type_count(&n->type, l->batch_bound, &read) ||
           !type_count(&n->args[operand]->type, l->batch_bound, &elements) || read > elements;
}

/* ---- uses ---- */

static void mark_uses(Lowering *l)
{
    const Graph *g = l->graph;
    for (int i = 0; i < g->results.count; i++) {
        NodeInfo *info = &l->info[g->results.data[i].node->id];
        info->live = true;
        info->uses++;
        *(g->results.data[i].kind == RESULT_WRITE ? &info->write : &info->value) = true;
    }
    for (int i = g->nodes.count - 1; i >= 0; i--) {
        const Node *n = g->nodes.data[i];
        if (!l->info[n->id].live)
            continue;
        for (int k = 0; k < n->arity; k++) {
            NodeInfo *arg = &l->info[n->args[k]->id];
            arg->live = true;
            arg->uses++;
            arg->feeds_expand |= repeats(l, n, k);
            arg->feeds_contract |=
                n->op == OP_contract || (n->op == OP_window && l->info[n->id].feeds_contract);
            arg->feeds_loop |= n->op == OP_scan && k >= n->attr.scan->carries;
            arg->feeds_guard |= n->op == OP_fold;
            arg->feeds_permute |= n->op == OP_permute;
            arg->feeds_border |= n->op == OP_pad || n->op == OP_concat;
        }
    }
}

/* ---- what a root reads ---- */

typedef struct Search {
    Lowering *lowering;
    FuseVisitAxes *visit;
    void *context;
} Search;

static void search_from(Search *s, const Node *n, const Axes *at);

static void search_operands(Search *s, const Node *n, const Axes *at)
{
    for (int i = 0; i < n->arity; i++) {
        const Axes inner = axes_of_operand(n, i, at);
        search_from(s, n->args[i], &inner);
    }
}

/* A node that is come to by two ways is visited again where the second says something new. */
static void search_from(Search *s, const Node *n, const Axes *at)
{
    Lowering *l = s->lowering;
    NodeInfo *info = &l->info[n->id];
    if (n->host)
        return;
    const bool again = info->seen == l->search;
    const Axes now = again ? axes_meet(&n->type, &info->seen_at, at) : *at;
    if (again && axes_equal(&n->type, &now, &info->seen_at))
        return;
    info->seen = l->search;
    info->seen_at = now;
    if (info->root || fuse_is_variable(n))
        s->visit(l, n, &now, s->context);
    else
        search_operands(s, n, &now);
}

void fuse_visit_operands(Lowering *l, const Node *root, const Axes *at, FuseVisitAxes *visit,
                         void *context)
{
    Search s = {l, visit, context};
    l->search++;
    search_operands(&s, root, at);
}

void fuse_visit_from(Lowering *l, const Node *n, const Axes *at, FuseVisitAxes *visit,
                     void *context)
{
    Search s = {l, visit, context};
    l->search++;
    search_from(&s, n, at);
}

typedef struct Plain { /* a visit that only asks whether the element is the root's own */
    FuseVisit *visit;
    void *context;
    const Type *type;
} Plain;

static void visit_plainly(Lowering *l, const Node *read, const Axes *at, void *context)
{
    const Plain *p = context;
    const Axes own = axes_own(&read->type);
    const bool same = type_same_shape(&read->type, p->type) && axes_equal(&read->type, at, &own);
    p->visit(l, read, same, p->context);
}

void fuse_visit_reads(Lowering *l, const Node *root, FuseVisit *visit, void *context)
{
    const bool total = totals_is(l, root); /* it runs over what it sums */
    const Type *type = total ? &root->args[0]->type : &root->type;
    Plain p = {visit, context, type};
    const Axes own = axes_own(type);
    if (fuse_is_variable(root))
        visit(l, root, true, context);
    else if (total)
        fuse_visit_from(l, root->args[0], &own, visit_plainly, &p);
    else
        fuse_visit_operands(l, root, &own, visit_plainly, &p);
}

/* ---- roots that need no buffer after all ---- */

static void note_escape(Lowering *l, const Node *read, bool same, void *context)
{
    const int *reader = context;
    NodeInfo *info = &l->info[read->id];
    const bool row = info->group == *reader && l->groups.data[*reader].kind == GROUP_ROWS;
    if (info->group != *reader || (!same && !row))
        info->escapes = true;
}

static void drop_roots(Lowering *l, Group *group)
{
    int kept = 0;
    for (int i = 0; i < group->roots.count; i++) {
        Node *n = group->roots.data[i];
        NodeInfo *info = &l->info[n->id];
        if (group->kind == GROUP_ROWS)
            vec_push(l->arena, &group->members, n);
        info->root = info->escapes || info->write || info->value || n->op == OP_scan ||
                     (group->kind == GROUP_ROWS && !group->by_keys && !info->home &&
                      rows_needs_buffer(l, n));
        info->let = !info->root;
        if (info->root)
            group->roots.data[kept++] = n;
    }
    group->roots.count = kept;
    for (int i = 0; i < group->products.count; i++) {
        Node *n = (Node *)group->products.data[i].n;
        if (group->products.data[i].kind == BLOCK_INTO)
            l->info[n->id].root = false;
        else
            vec_push(l->arena, &group->roots, n);
    }
}

/* The products around rows read, too; and rows of which one is made are needed as a whole. */
static void visit_products(Lowering *l, const Group *group, int number)
{
    for (int i = 0; i < group->products.count; i++) {
        const BlockProduct *b = &group->products.data[i];
        fuse_visit_reads(l, b->n, note_escape, &number);
        if (b->kind != BLOCK_INTO)
            l->info[b->n->args[1 - b->columns]->id].crosses = true;
    }
}

/* A root read only by its own group is a local of that kernel: at the same element, or in rows. */
static void demote_locals(Lowering *l)
{
    for (int g = 0; g < l->groups.count; g++) {
        for (int i = 0; i < l->groups.data[g].roots.count; i++)
            fuse_visit_reads(l, l->groups.data[g].roots.data[i], note_escape, &g);
        if (l->groups.data[g].kind == GROUP_ROWS)
            rows_order(l, &l->groups.data[g], g);
        visit_products(l, &l->groups.data[g], g);
    }
    for (int g = 0; g < l->groups.count; g++)
        if (l->groups.data[g].kind == GROUP_ROWS && l->groups.data[g].products.count == 0)
            rows_find_homes(l, g);
    for (int g = 0; g < l->groups.count; g++)
        drop_roots(l, &l->groups.data[g]);
}

void fuse_plan(Lowering *l)
{
    mark_uses(l);
    fuse_choose_roots(l);
    fuse_form_groups(l);
    if (l->options->level > 0) {
        fuse_find_blocks(l);
        demote_locals(l);
    }
}
