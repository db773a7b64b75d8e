/* grad.c -- reverse-mode differentiation: each `grad(y, x)` becomes the nodes that compute dy/dx.
 *
 *     %2 = mul %0 %0 : f32            %2 = mul %0 %0 : f32
 *     %3 = grad %2 %0 : f32     =>    %4 = const 1.0 : f32
 *     value dx = %3                   %5 = mul %4 %0 : f32
 *                                     %6 = mul %4 %0 : f32
 *                                     %7 = add %5 %6 : f32
 *                                     value dx = %7
 *
 * The list is written anew, in order.  Behind each y whose gradient somebody asks for goes its
 * backward pass, one for all x: it needs nothing but y and what y depends on, which is there,
 * expanded itself. So gradients of gradients need no second turn.  Only nodes on a path from a
 * wanted x to y get a derivative, and contributions are added in the order of the list, so results
 * are stable. */
#include "passes/grad_rules.h"
#include "passes/pass.h"

/* Node.mark, while one y is differentiated; Node.scratch is dy/dnode so far, or NULL. */
enum { MARK_WANTED = 1 /* depends on a wanted x */, MARK_REACHED = 2 /* y depends on it */ };

typedef struct Expansion {
    Graph *g;
    NodeVec *requests; /* by id of y: its grad nodes */
    Node **with;       /* by id of a grad node: the value in its place */
} Expansion;

static bool is_active(const Node *n)
{
    return n->mark == (MARK_WANTED | MARK_REACHED) &&
           (dtype_is_float(n->type.dtype) || n->op == OP_scan);
}

/* Clears all marks, and sets those for the paths from the wanted x to what is seeded. */
static void mark_paths(Graph *g, int count, const GradSeed *seeds, int seed_count,
                       Node *const *wanted, int wanted_count)
{
    for (int i = 0; i < count; i++) {
        g->nodes.data[i]->mark = 0;
        g->nodes.data[i]->scratch = NULL;
    }
    for (int i = 0; i < wanted_count; i++)
        wanted[i]->mark |= MARK_WANTED;
    for (int i = 0; i < count; i++) {
        Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity && grad_exists(n->op); k++)
            n->mark |= n->args[k]->mark & MARK_WANTED;
    }
    for (int i = 0; i < seed_count; i++)
        seeds[i].node->mark |= MARK_REACHED;
    for (int i = count - 1; i >= 0; i--) {
        const Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++)
            n->args[k]->mark |= n->mark & MARK_REACHED;
    }
}

/* For the names of generated C: the node is x's gradient, or a part of it. */
static void name_adjoint(Node *node, const Node *x, const char *part)
{
    const Node *so_far = node->adjoint_of;
    if (!node->grad_of || node->name || (so_far && (so_far->name || !x->name)))
        return;
    node->adjoint_of = x;
    node->local = part;
}

/* Adds what flows from n to its operands. */
static void propagate(Graph *g, Node *n)
{
    Node **dx = arena_array(g->arena, Node *, n->arity);
    bool *wanted = arena_array(g->arena, bool, n->arity), any = false;
    for (int k = 0; k < n->arity; k++) {
        wanted[k] = is_active(n->args[k]);
        any = any || wanted[k];
    }
    if (!any || !grad_exists(n->op))
        return;
    g->loc = n->loc;
    g->grad_of = n;
    grad_apply(n->op, &(GradCall){g, n, n->scratch, n->args, dx, wanted});
    for (int k = 0; k < n->arity; k++) {
        Node *x = n->args[k], *so_far = x->scratch;
        if (!wanted[k] || !dx[k])
            continue;
        x->scratch = so_far ? graph_binary(g, OP_add, so_far, dx[k]) : dx[k];
        if (so_far) {
            name_adjoint(so_far, x, "part");
            name_adjoint(dx[k], x, "part");
        }
    }
}

void grad_backward(Graph *g, int count, const GradSeed *seeds, int seed_count, Node *const *wanted,
                   int wanted_count)
{
    const Loc loc = g->loc;
    mark_paths(g, count, seeds, seed_count, wanted, wanted_count);
    for (int i = 0; i < seed_count; i++) {
        Node *n = seeds[i].node, *so_far = n->scratch;
        if (is_active(n))
            n->scratch = so_far ? graph_binary(g, OP_add, so_far, seeds[i].dy) : seeds[i].dy;
    }
    for (int i = count - 1; i >= 0; i--) {
        Node *n = g->nodes.data[i];
        if (!n->scratch || !is_active(n))
            continue;
        if (n->op != OP_scan) /* which has a gradient for each result, see grad_scan.c */
            name_adjoint(n->scratch, n, NULL);
        propagate(g, n);
    }
    g->loc = loc;
    g->grad_of = NULL;
}

/* dy/dx, or zeros where y does not depend on x. */
static Node *request_value(Graph *g, const Node *request)
{
    Node *value = request->args[1]->scratch;
    g->loc = request->loc;
    if (!value)
        value = graph_number(g, 0, &request->type);
    if (request->name)
        node_take_names(value, request);
    return value;
}

/* Appends the backward pass of y, which is the last node of the list or its value. */
static void expand_gradients(Expansion *e, Node *y, const NodeVec *requests)
{
    Graph *g = e->g;
    const int count = g->nodes.count;
    const Loc loc = g->loc;
    Node **wanted = arena_array(g->arena, Node *, requests->count);
    for (int i = 0; i < requests->count; i++)
        wanted[i] = requests->data[i]->args[1];
    g->loc = y->loc;
    g->grad_of = y;
    const GradSeed seed = {y, graph_number(g, 1, &y->type)};
    grad_backward(g, count, &seed, 1, wanted, requests->count);
    g->grad_of = y;
    for (int i = 0; i < requests->count; i++)
        e->with[requests->data[i]->id] = request_value(g, requests->data[i]);
    g->loc = loc;
    g->grad_of = NULL;
}

/* The node that has n's value in the new list. */
static Node *value_of(const Expansion *e, Node *n)
{
    return e->with[n->id] ? e->with[n->id] : n;
}

/* False if there is none. */
static bool find_requests(Expansion *e)
{
    bool found = false;
    for (int i = 0; i < e->g->nodes.count; i++) {
        Node *n = e->g->nodes.data[i];
        n->scratch = NULL;
        n->mark = 0;
        if (n->op != OP_grad)
            continue;
        vec_push(e->g->arena, &e->requests[n->args[0]->id], n);
        found = true;
    }
    return found;
}

static void rewrite_list(Expansion *e)
{
    Graph *g = e->g;
    const NodeVec old = g->nodes;
    g->nodes = (NodeVec){0};
    for (int i = 0; i < old.count; i++) {
        Node *n = old.data[i];
        for (int k = 0; k < n->arity; k++)
            n->args[k] = value_of(e, n->args[k]);
        if (n->op != OP_grad)
            vec_push(g->arena, &g->nodes, n);
        if (e->requests[n->id].count > 0)
            expand_gradients(e, value_of(e, n), &e->requests[n->id]);
    }
    for (int i = 0; i < g->results.count; i++)
        g->results.data[i].node = value_of(e, g->results.data[i].node);
}

bool pass_grad(Graph *g)
{
    graph_sort(g);
    Expansion e = {g, arena_array(g->arena, NodeVec, g->next_id),
                   arena_array(g->arena, Node *, g->next_id)};
    if (!find_requests(&e))
        return false;
    rewrite_list(&e);
    graph_sort(g); /* drops what turned out to be of no use */
    return true;
}
