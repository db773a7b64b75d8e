/* fuse.c -- which nodes get a buffer, and which of those share a kernel.
 *
 *     t = exp(x); y = t * 2; z = sum(t)     t has two consumers and is dear: a buffer
 *     u = x * 2;  v = u + 1                 u is computed inside v's loop
 *     m, v, p of an optimizer               three buffers of one shape, one loop */
#include "codegen/fuse.h"

#include "ir/scan.h"

enum {
    CHEAP = 4,     /* what costs more than this is not computed twice */
    LARGEST = 128, /* nodes in one expression */
    DEEPEST = 50,  /* and how deep they nest */
    GUARDED = 8,   /* nodes in an expression that is read under a condition: no locals there */
    GROUPS_SEARCHED = 32
};

bool fuse_is_variable(const Node *n)
{
    return n->op == OP_input || n->op == OP_param || n->op == OP_state || n->op == OP_arg;
}

static bool is_reduction(const Node *n)
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

/* ---- roots ---- */

static int own_cost(const Node *n)
{
    switch (n->op) {
    case OP_exp:
    case OP_expm1:
    case OP_exp2:
    case OP_log:
    case OP_log1p:
    case OP_log2:
    case OP_log10:
    case OP_sin:
    case OP_cos:
    case OP_sinh:
    case OP_cosh:
    case OP_tanh:
    case OP_sigmoid:
    case OP_erf:
    case OP_pow:
    case OP_atan2:
        return 20;
    case OP_uniform:
    case OP_normal:
        return 40;
    case OP_div:
    case OP_mod:
    case OP_floordiv:
    case OP_sqrt:
    case OP_rsqrt:
        return 5;
    default:
        return op_info[n->op].class == CLASS_EWISE && n->op != OP_detach;
    }
}

/* May a turn of the loop find an index out of range? */
static bool body_indexes(const Node *scan)
{
    const Graph *body = scan->attr.scan->body;
    for (int i = 0; i < body->nodes.count; i++) {
        const Node *n = body->nodes.data[i];
        if (op_info[n->op].class == CLASS_INDEX || (n->op == OP_scan && body_indexes(n)))
            return true;
    }
    return false;
}

static void add_inlined(Lowering *l, const Node *n, NodeInfo *info)
{
    enum { ENOUGH = 1 << 20 };
    info->cost = n->host ? 0 : own_cost(n); /* host scalars are computed once a step */
    info->size = 1;
    info->indexes = op_info[n->op].class == CLASS_INDEX || (n->op == OP_scan && body_indexes(n));
    for (int i = 0; i < n->arity; i++) {
        const NodeInfo *arg = &l->info[n->args[i]->id];
        if (arg->root || n->args[i]->host || n->host)
            continue;
        info->cost += arg->cost;
        info->size += arg->size;
        info->indexes |= arg->indexes;
        info->depth = arg->depth >= info->depth ? arg->depth + 1 : info->depth;
        if (info->cost > ENOUGH || info->size > ENOUGH) /* beyond every limit; no overflow */
            info->cost = info->size = ENOUGH;
    }
}

/* An element of it is an element of memory: a product reads it where it lies. */
static bool lies_in_memory(const Lowering *l, const Node *n)
{
    while (!l->info[n->id].root && !fuse_is_variable(n)) {
        if (n->op != OP_permute && n->op != OP_expand && n->op != OP_slice && n->op != OP_reshape &&
            n->op != OP_window)
            return false;
        n = n->args[0];
    }
    return true;
}

static bool wants_buffer(const Lowering *l, const Node *n, const NodeInfo *info)
{
    if (info->write || info->value)
        return true;
    if (n->host || n->op == OP_const || n->op == OP_turn || fuse_is_variable(n))
        return false;
    if (l->options->level == 0 || is_reduction(n) || n->op == OP_scan_out)
        return true;
    if (info->size > LARGEST || info->depth > DEEPEST)
        return true;
    if (info->cost > CHEAP && (info->uses > 1 || info->feeds_expand))
        return true;
    if (info->feeds_guard && info->size > GUARDED)
        return true;
    return (info->feeds_contract || info->feeds_loop) && !lies_in_memory(l, n);
}

static void choose_roots(Lowering *l)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        NodeInfo *info = &l->info[n->id];
        info->group = -1;
        if (!info->live)
            continue;
        add_inlined(l, n, info);
        info->root = wants_buffer(l, n, info);
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

/* ---- groups ---- */

typedef struct Earliest {
    int group; /* the first group in which the root may be computed */
} Earliest;

static void require_read(Lowering *l, const Node *read, bool same, void *context)
{
    Earliest *earliest = context;
    const NodeInfo *info = &l->info[read->id];
    if (!info->root || info->group < 0) /* the variable that the root itself copies */
        return;
    const bool may_share = same && l->groups.data[info->group].elementwise;
    const int group = info->group + !may_share;
    if (group > earliest->group)
        earliest->group = group;
}

static bool may_join(const Lowering *l, const Group *group, const Node *n)
{
    return l->options->level > 0 && group->elementwise && !is_reduction(n) &&
           group->roots.count < GROUP_ROOTS &&
           type_same_shape(&group->roots.data[0]->type, &n->type);
}

static void place_root(Lowering *l, const Node *n, int earliest)
{
    NodeInfo *info = &l->info[n->id];
    const int count = l->groups.count;
    const int from = earliest > count - GROUPS_SEARCHED ? earliest : count - GROUPS_SEARCHED;
    for (int g = from > 0 ? from : 0; g < count; g++) {
        if (!may_join(l, &l->groups.data[g], n))
            continue;
        info->group = g;
        vec_push(l->arena, &l->groups.data[g].roots, (Node *)n);
        return;
    }
    Group group = {.elementwise = !is_reduction(n)};
    vec_push(l->arena, &group.roots, (Node *)n);
    info->group = count;
    vec_push(l->arena, &l->groups, group);
}

/* The loss of a training step, before which no variable may change; or NULL. */
static const Node *find_loss(const Lowering *l)
{
    if (l->routine->entry->kind != ENTRY_TRAIN || l->scan)
        return NULL;
    for (int i = 0; i < l->graph->results.count; i++)
        if (l->graph->results.data[i].kind == RESULT_VALUE)
            return l->graph->results.data[i].node;
    return NULL;
}

static void form_groups(Lowering *l)
{
    const Node *loss = find_loss(l);
    int loss_group = -1;
    l->fault_group = -1;
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        NodeInfo *info = &l->info[n->id];
        if (!info->root)
            continue;
        if (n->op == OP_scan_out) { /* it is there when the loop is done */
            info->group = l->info[n->args[0]->id].group;
            loss_group = n == loss ? info->group : loss_group;
            continue;
        }
        const int last = loss_group > l->fault_group ? loss_group : l->fault_group;
        Earliest earliest = {info->write ? last + 1 : 0};
        fuse_visit_reads(l, n, require_read, &earliest);
        place_root(l, n, earliest.group);
        if (info->indexes && loss && info->group > l->fault_group)
            l->fault_group = info->group;
        if (n == loss)
            loss_group = info->group;
    }
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
    choose_roots(l);
    form_groups(l);
    if (l->options->level > 0)
        demote_locals(l);
}
