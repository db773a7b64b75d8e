/* fuse.c -- fusion: which nodes get a buffer, and which of those share a kernel.
 *
 *     mark_uses, then roots (fuse_roots.c), then groups (fuse_groups.c), then again: a root that
 *     only its own kernel reads is a local there */
#include "codegen/fuse_parts.h"

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
            arg->feeds_guard |= n->op == OP_pad || n->op == OP_concat || n->op == OP_fold;
        }
    }
}

/* ---- what a root reads ---- */

typedef struct Search {
    Lowering *lowering;
    FuseVisit *visit;
    void *context;
} Search;

/* A node is marked 2 * search when visited at the same element, and by the odd number above when
 * visited elsewhere, which says more. */
static void search_from(Search *s, const Node *n, bool same);

static void search_operands(Search *s, const Node *n, bool same)
{
    const bool ewise = op_info[n->op].class == CLASS_EWISE;
    for (int i = 0; i < n->arity; i++)
        search_from(s, n->args[i], same && ewise);
}

static void search_from(Search *s, const Node *n, bool same)
{
    NodeInfo *info = &s->lowering->info[n->id];
    const int mark = 2 * s->lowering->search + !same;
    if (n->host || info->seen >= mark)
        return;
    info->seen = mark;
    if (info->root || fuse_is_variable(n))
        s->visit(s->lowering, n, same, s->context);
    else
        search_operands(s, n, same);
}

void fuse_visit_reads(Lowering *l, const Node *root, FuseVisit *visit, void *context)
{
    Search s = {l, visit, context};
    l->search++;
    if (fuse_is_variable(root))
        visit(l, root, true, context);
    else
        search_operands(&s, root, true);
}

/* ---- roots that need no buffer after all ---- */

typedef struct Reader {
    int group;
} Reader;

static void note_escape(Lowering *l, const Node *read, bool same, void *context)
{
    const Reader *reader = context;
    NodeInfo *info = &l->info[read->id];
    if (!same || info->group != reader->group)
        info->escapes = true;
}

static void drop_roots(Lowering *l, Group *group)
{
    int kept = 0;
    for (int i = 0; i < group->roots.count; i++) {
        NodeInfo *info = &l->info[group->roots.data[i]->id];
        info->root =
            info->escapes || info->write || info->value || group->roots.data[i]->op == OP_scan;
        info->let = !info->root;
        if (info->root)
            group->roots.data[kept++] = group->roots.data[i];
    }
    group->roots.count = kept;
}

/* A root read only by its own group, at the same element, is a local of that kernel. */
static void demote_locals(Lowering *l)
{
    for (int g = 0; g < l->groups.count; g++) {
        const Reader reader = {g};
        for (int i = 0; i < l->groups.data[g].roots.count; i++)
            fuse_visit_reads(l, l->groups.data[g].roots.data[i], note_escape, (void *)&reader);
    }
    for (int g = 0; g < l->groups.count; g++)
        drop_roots(l, &l->groups.data[g]);
}

void fuse_plan(Lowering *l)
{
    mark_uses(l);
    fuse_choose_roots(l);
    fuse_form_groups(l);
    if (l->options->level > 0)
        demote_locals(l);
}
