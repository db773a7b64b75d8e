/* grad.c -- reverse-mode differentiation: each `grad(y, x)` becomes the nodes that compute dy/dx.
 *
 *     %2 = mul %0 %0 : f32[]              %2 = mul %0 %0 : f32[]
 *     %3 = grad %2 %0 : f32[]      =>     %4 = const 1.0 : f32[]
 *     value dx = %3                       %5 = mul %4 %0 : f32[]   (twice, then added)
 *
 * All gradients of one y share one backward pass, and only nodes on a path from a wanted x to y get a
 * derivative.  Gradients of gradients work because the list is taken in order: what y depends on has
 * been expanded before.  Contributions are added in the order of the list, so results are stable. */
#include "passes/grad_rules.h"
#include "passes/pass.h"

typedef struct Backward {
    Graph *g;
    int count;     /* nodes before the backward ones */
    Node **d;      /* by id: dy/dnode so far, or NULL */
    bool *needs;   /* by id: depends on a wanted x */
    bool *reaches; /* by id: y depends on it */
} Backward;

static bool is_active(const Backward *b, const Node *n)
{
    return b->needs[n->id] && b->reaches[n->id] && dtype_is_float(n->type.dtype);
}

static void mark_paths(Backward *b, const Node *y)
{
    for (int i = 0; i < b->count; i++) {
        const Node *n = b->g->nodes.data[i];
        for (int k = 0; k < n->arity && grad_exists(n->op); k++)
            b->needs[n->id] = b->needs[n->id] || b->needs[n->args[k]->id];
    }
    b->reaches[y->id] = true;
    for (int i = b->count - 1; i >= 0; i--) {
        const Node *n = b->g->nodes.data[i];
        for (int k = 0; k < n->arity && b->reaches[n->id]; k++)
            b->reaches[n->args[k]->id] = true;
    }
}

/* Adds what flows from n to its operands. */
static void propagate(Backward *b, Node *n)
{
    Graph *g = b->g;
    Node **dx = arena_array(g->arena, Node *, n->arity);
    bool *wanted = arena_array(g->arena, bool, n->arity);
    bool any = false;
    for (int k = 0; k < n->arity; k++)
        any |= wanted[k] = is_active(b, n->args[k]);
    if (!any || !grad_exists(n->op))
        return;
    g->loc = n->loc;
    g->grad_of = n;
    grad_apply(n->op, &(GradCall){g, n, b->d[n->id], n->args, dx, wanted});
    for (int k = 0; k < n->arity; k++) {
        if (!wanted[k] || !dx[k])
            continue;
        Node **sum = &b->d[n->args[k]->id];
        *sum = *sum ? graph_binary(g, OP_add, *sum, dx[k]) : dx[k];
    }
}

static void run_backward(Backward *b, Node *y)
{
    mark_paths(b, y);
    b->g->loc = y->loc;
    b->g->grad_of = y;
    b->d[y->id] = graph_number(b->g, 1, &y->type);
    for (int i = b->count - 1; i >= 0; i--) {
        Node *n = b->g->nodes.data[i];
        if (b->d[n->id] && is_active(b, n))
            propagate(b, n);
    }
}

/* Puts dy/dx (zeros where y does not depend on x) in the place of every grad node of y. */
static void replace_requests(Backward *b, const Node *y)
{
    Graph *g = b->g;
    Node **with = arena_array(g->arena, Node *, g->next_id);
    for (int i = 0; i < b->count; i++) {
        Node *n = g->nodes.data[i];
        if (n->op != OP_grad || n->args[0] != y)
            continue;
        g->loc = n->loc;
        Node *value = b->d[n->args[1]->id];
        with[n->id] = value ? value : graph_number(g, 0, &n->type);
        if (n->name && !with[n->id]->name)
            with[n->id]->name = n->name;
    }
    for (int i = 0; i < b->count; i++) { /* backward nodes never use a grad node of the same y */
        Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++)
            if (with[n->args[k]->id])
                n->args[k] = with[n->args[k]->id];
    }
    for (int i = 0; i < g->results.count; i++) {
        Node **node = &g->results.data[i].node;
        if (with[(*node)->id])
            *node = with[(*node)->id];
    }
}

static void expand_gradients_of(Graph *g, Node *y)
{
    const int ids = g->next_id;
    Backward b = {g, g->nodes.count, arena_array(g->arena, Node *, ids),
                  arena_array(g->arena, bool, ids), arena_array(g->arena, bool, ids)};
    for (int i = 0; i < b.count; i++) {
        const Node *n = g->nodes.data[i];
        if (n->op == OP_grad && n->args[0] == y)
            b.needs[n->args[1]->id] = true;
    }
    const Loc loc = g->loc;
    run_backward(&b, y);
    replace_requests(&b, y);
    g->loc = loc;
    g->grad_of = NULL;
    graph_sort(g);
}

static Node *first_request(const Graph *g)
{
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_grad)
            return g->nodes.data[i];
    return NULL;
}

bool pass_grad(Graph *g)
{
    bool changed = false;
    graph_sort(g);
    for (const Node *request; (request = first_request(g)); changed = true)
        expand_gradients_of(g, request->args[0]);
    return changed;
}
