/* recompute.c -- what the backward pass reads is computed again rather than kept, where that is
 * cheap.
 *
 *     n = (x - mean) * spread      read by the backward pass long after the forward pass made it:
 *                                  x and the statistics are kept anyway, so n is made again
 *     m = x <= 0; y = m ? 0 : x    m is y <= 0 as well, and y is kept for a product: x is not
 *
 * In: a graph after `grad`.  A forward node is one that no gradient led to.  Which of them would be
 * in memory is seen as code generation sees it (fuse_roots.c): reductions and products, and what is
 * dear and used twice; the others are computed inside of what uses them.  One of those in memory
 * that the backward pass reads, itself or inside of others, is needed.  It is kept, or, if it can
 * be computed from needed ones that are kept, from variables, and from tensors much smaller than
 * itself at no more than a limit, computed again: it and what lies between get a second copy, made
 * right before its first reader.
 *
 * Model.recompute says how dear that may be. */
#include "ir/model.h"
#include "passes/pass.h"

enum {
    CHEAP = 4,        /* as fuse_roots.c has it: dearer ones are not computed in each reader */
    LEAST = 16 << 10, /* bytes of a tensor that is worth it ... */
    LEAST_OF_ALL = 1 << 10, /* ... where every byte counts */
    SMALLER = 16,           /* so many times smaller is for nothing */
    NEVER = 1 << 20         /* a cost */
};

typedef enum Fate { FATE_NONE, FATE_KEPT, FATE_AGAIN } Fate;

typedef struct Seen { /* of a node, by id */
    bool late;        /* a gradient, computed from one, or a copy for one */
    bool root;        /* it would be in memory */
    bool needed;      /* and a late node reads it */
    bool feeds_product, feeds_expand;
    int uses, cost; /* cost: of an element where it is used, with what is inlined */
    Fate fate;
    Node *again; /* the copy for late nodes */
} Seen;

typedef struct Recompute {
    Graph *g;
    Seen *seen;
    int64_t batch;
    int known; /* nodes with greater ids were added since */
    int limit;
    bool all; /* also random draws, and what is padded or joined */
    bool changed;
} Recompute;

static int64_t bytes_of(const Recompute *r, const Node *n)
{
    int64_t bytes;
    return type_bytes(&n->type, r->batch, &bytes) ? bytes : INT64_MAX;
}

static bool is_variable(const Node *n)
{
    return n->op == OP_input || n->op == OP_param || n->op == OP_state || n->op == OP_arg ||
           n->op == OP_const || n->op == OP_iota || n->host;
}

static bool is_elementwise(const Node *n)
{
    return op_info[n->op].class == CLASS_EWISE || n->op == OP_reshape || n->op == OP_permute ||
           n->op == OP_expand || n->op == OP_slice;
}

/* ---- what would be in memory ---- */

static void count_uses(Recompute *r)
{
    const Graph *g = r->g;
    for (int i = 0; i < g->results.count; i++)
        r->seen[g->results.data[i].node->id].uses += 2; /* always a root */
    for (int i = g->nodes.count - 1; i >= 0; i--) {
        const Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++) {
            Seen *arg = &r->seen[n->args[k]->id];
            arg->uses++;
            arg->feeds_expand |= n->op == OP_expand || n->op == OP_window;
            arg->feeds_product |= n->op == OP_contract || n->op == OP_scan ||
                                  (op_info[n->op].class == CLASS_VIEW && n->op != OP_pad &&
                                   n->op != OP_concat && r->seen[n->id].feeds_product);
        }
    }
}

static bool is_root(const Recompute *r, const Node *n)
{
    const Seen *s = &r->seen[n->id];
    if (is_variable(n))
        return false;
    if (!is_elementwise(n) && n->op != OP_pad && n->op != OP_concat && n->op != OP_window &&
        n->op != OP_uniform && n->op != OP_normal)
        return true;
    return (s->cost > CHEAP && (s->uses > 1 || s->feeds_expand)) ||
           (s->feeds_product && op_info[n->op].class == CLASS_EWISE);
}

static void find_roots(Recompute *r)
{
    for (int i = 0; i < r->g->nodes.count; i++) {
        const Node *n = r->g->nodes.data[i];
        Seen *s = &r->seen[n->id];
        s->late = n->grad_of != NULL || n->of_scores;
        s->cost = n->host ? 0 : op_info[n->op].cost;
        for (int k = 0; k < n->arity; k++) {
            const Seen *arg = &r->seen[n->args[k]->id];
            s->late |= arg->late;
            s->cost += arg->root ? 0 : arg->cost;
        }
        s->cost = s->cost > NEVER ? NEVER : s->cost;
        s->root = is_root(r, n);
    }
}

/* ---- what is needed ---- */

static void need(Recompute *r, const Node *n)
{
    Seen *s = &r->seen[n->id];
    if (s->late || s->needed || is_variable(n))
        return;
    s->needed = true;
    for (int k = 0; k < n->arity && !s->root; k++)
        need(r, n->args[k]);
}

static void find_needed(Recompute *r)
{
    for (int i = 0; i < r->g->nodes.count; i++) {
        const Node *n = r->g->nodes.data[i];
        for (int k = 0; k < n->arity && r->seen[n->id].late; k++)
            need(r, n->args[k]);
    }
}

/* ---- what is computed again ---- */

/* It is there when the backward pass wants to compute from it. */
static bool is_there(const Recompute *r, const Node *n, int64_t bytes)
{
    const Seen *s = &r->seen[n->id];
    return is_variable(n) || s->fate == FATE_KEPT || bytes_of(r, n) <= bytes / SMALLER;
}

static bool may_repeat(const Recompute *r, const Node *n)
{
    return is_elementwise(n) || (r->all && (n->op == OP_pad || n->op == OP_concat ||
                                            n->op == OP_uniform || n->op == OP_normal));
}

/* What an element costs that is computed again, for a tensor of so many bytes; NEVER at most. */
static int cost_again(const Recompute *r, const Node *n, int64_t bytes)
{
    if (!may_repeat(r, n))
        return NEVER;
    int cost = op_info[n->op].cost;
    for (int k = 0; k < n->arity && cost <= r->limit; k++)
        if (!is_there(r, n->args[k], bytes))
            cost += cost_again(r, n->args[k], bytes);
    return cost < NEVER ? cost : NEVER;
}

static void mark_again(Recompute *r, const Node *n, int64_t bytes)
{
    r->seen[n->id].fate = FATE_AGAIN;
    for (int k = 0; k < n->arity; k++)
        if (!is_there(r, n->args[k], bytes) && r->seen[n->args[k]->id].fate != FATE_AGAIN)
            mark_again(r, n->args[k], bytes);
}

static void choose_fates(Recompute *r)
{
    for (int i = 0; i < r->g->nodes.count; i++) {
        const Node *n = r->g->nodes.data[i];
        Seen *s = &r->seen[n->id];
        const int64_t bytes = bytes_of(r, n);
        if (s->late || !s->needed || !s->root)
            continue;
        if (bytes >= (r->all ? LEAST_OF_ALL : LEAST) && cost_again(r, n, bytes) <= r->limit)
            mark_again(r, n, bytes);
        else
            s->fate = FATE_KEPT;
    }
}

/* ---- copies ---- */

static Node *copy_node(Recompute *r, Node *n, Node *const *args)
{
    r->g->loc = n->loc;
    r->g->grad_of = n;
    Node *copy = graph_add(r->g, n->op, args, n->arity, &n->attr, &n->type);
    r->g->grad_of = NULL;
    copy->name = n->name;
    copy->within = n->within;
    copy->local = n->local;
    copy->again = true;
    r->changed = true;
    return copy;
}

/* What a late node reads in the place of n. */
static Node *again(Recompute *r, Node *n)
{
    Seen *s = &r->seen[n->id];
    if (s->late || is_variable(n) || s->fate == FATE_KEPT || (s->root && s->fate == FATE_NONE))
        return n;
    if (s->again)
        return s->again;
    Node **args = arena_array(r->g->arena, Node *, n->arity);
    bool other = s->fate == FATE_AGAIN;
    for (int k = 0; k < n->arity; k++) {
        args[k] = again(r, n->args[k]);
        other |= args[k] != n->args[k];
    }
    return s->again = other ? copy_node(r, n, args) : n;
}

static void read_copies(Recompute *r, int count)
{
    for (int i = 0; i < count; i++) {
        Node *n = r->g->nodes.data[i];
        for (int k = 0; k < n->arity && r->seen[n->id].late; k++)
            n->args[k] = again(r, n->args[k]);
    }
}

/* ---- masks ---- */

/* y = where(m, 0, x) of m = x <= 0, which a product reads where it lies: or NULL. */
static Node *find_result(const Recompute *r, const Node *m)
{
    if (m->op != OP_le || !node_is_splat(m->args[1], 0))
        return NULL;
    for (int i = 0; i < r->g->nodes.count; i++) {
        Node *y = r->g->nodes.data[i];
        if (y->id < r->known && y->op == OP_where && y->args[0] == m &&
            node_is_splat(y->args[1], 0) && y->args[2] == m->args[0] &&
            r->seen[y->id].feeds_product && !r->seen[y->id].late)
            return y;
    }
    return NULL;
}

static void replace_in_late(const Recompute *r, int count, const Node *old, Node *with)
{
    for (int i = 0; i < count; i++) {
        Node *n = r->g->nodes.data[i];
        for (int k = 0; k < n->arity && r->seen[n->id].late; k++)
            n->args[k] = n->args[k] == old ? with : n->args[k];
    }
}

static bool is_read_late(const Recompute *r, const Node *n)
{
    for (int i = 0; i < r->g->nodes.count; i++)
        for (int k = 0; k < r->g->nodes.data[i]->arity; k++)
            if (r->g->nodes.data[i]->args[k] == n && r->seen[r->g->nodes.data[i]->id].late)
                return true;
    return false;
}

/* The backward pass asks the result of a relu for the mask, and its operand is not kept. */
static void mask_by_results(Recompute *r)
{
    const int count = r->g->nodes.count;
    for (int i = 0; i < count; i++) {
        Node *m = r->g->nodes.data[i], *y = find_result(r, m);
        if (!y || r->seen[m->id].late || bytes_of(r, y) < LEAST || !is_read_late(r, m))
            continue;
        Node *args[] = {y, m->args[1]};
        replace_in_late(r, count, m, copy_node(r, m, args));
    }
    if (r->changed)
        graph_sort(r->g);
}

/* ---- the pass ---- */

static void look_at_graph(Recompute *r)
{
    r->known = r->g->next_id;
    r->seen = arena_array(r->g->arena, Seen, r->known);
    count_uses(r);
    find_roots(r);
}

bool pass_recompute(Graph *g)
{
    static const int limits[] = {8, 1000}; /* by Model.recompute */
    const int64_t bound = g->model->batch_bound;
    Recompute r = {.g = g,
                   .batch = bound > 0 ? bound : 1,
                   .limit = limits[g->model->recompute],
                   .all = g->model->recompute > 0};
    if (g->loop)
        return false;
    look_at_graph(&r);
    mask_by_results(&r);
    look_at_graph(&r);
    find_needed(&r);
    choose_fates(&r);
    read_copies(&r, g->nodes.count);
    if (r.changed)
        graph_sort(g);
    return r.changed;
}
