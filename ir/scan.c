/* scan.c -- building and changing scans: see scan.h. */
#include "ir/scan.h"

#include <string.h>

#include "ir/model.h"

/* ---- types ---- */

Type scan_sliced(const Type *type, int axis)
{
    Type sliced = *type;
    sliced.rank--;
    for (int i = axis; i < sliced.rank; i++)
        sliced.dims[i] = type->dims[i + 1];
    return sliced;
}

Type scan_stacked(const Type *type, int axis, int64_t turns)
{
    Type stacked = *type;
    stacked.rank++;
    for (int i = type->rank; i > axis; i--)
        stacked.dims[i] = type->dims[i - 1];
    stacked.dims[axis] = dim_fixed(turns);
    return stacked;
}

int scan_axis(const Type *type)
{
    return type_batch_axis(type) == 0 ? 1 : 0;
}

/* ---- graphs in graphs ---- */

Graph *graph_root(Graph *g)
{
    while (g->outer)
        g = g->outer;
    return g;
}

bool graph_is_within(const Graph *g, const Graph *graph)
{
    while (g && g != graph)
        g = g->outer;
    return g != NULL;
}

/* ---- building ---- */

/* A node in no list yet. */
static Node *new_scan(Graph *g, Node *const *args, int arity, int64_t turns)
{
    Node *n = arena_new_of(g->arena, Node);
    Scan *scan = arena_new_of(g->arena, Scan);
    n->op = OP_scan;
    n->graph = g;
    n->id = g->next_id++;
    n->type = type_scalar(DT_BOOL);
    n->loc = g->loc;
    n->grad_of = g->grad_of;
    n->arity = arity;
    n->args = arena_array(g->arena, Node *, arity);
    for (int i = 0; i < arity; i++)
        n->args[i] = g->loop ? graph_capture(g, args[i]) : args[i];
    n->attr.scan = scan;
    scan->turns = turns;
    scan->body = graph_new(g->model, g->name);
    scan->body->outer = g;
    scan->body->loop = n;
    scan->body->widened = g->widened;
    scan->body->loc = g->loc;
    return n;
}

Node *scan_begin(Graph *g, Node *const *first, int carries, int64_t turns)
{
    Node *n = new_scan(g, first, carries, turns);
    n->attr.scan->carries = carries;
    return n;
}

void scan_end(Graph *g, Node *scan)
{
    Type type = scan->type;
    const char *why;
    if (!op_infer(g, OP_scan, scan->args, scan->arity, &scan->attr, &type, &why))
        ice("graph %s: cannot build a scan: %s", g->name, why);
    vec_push(g->arena, &g->nodes, scan);
}

void scan_note_arg(Node *arg)
{
    Scan *s = arg->graph->loop->attr.scan;
    while (s->args.count <= arg->attr.slot)
        vec_push(s->body->arena, &s->args, NULL);
    if (!s->args.data[arg->attr.slot])
        s->args.data[arg->attr.slot] = arg;
}

Node *scan_arg(Node *scan, int operand)
{
    Scan *s = scan->attr.scan;
    Graph *body = s->body;
    if (operand < s->args.count && s->args.data[operand])
        return s->args.data[operand];
    const int along = operand < s->carries ? -1 : s->along.data[operand - s->carries];
    const Type *whole = &scan->args[operand]->type;
    const Type type = along < 0 ? *whole : scan_sliced(whole, along);
    const Attr attr = {.slot = operand};
    const Node *grad_of = body->grad_of;
    body->grad_of = NULL;
    Node *arg = graph_add(body, OP_arg, NULL, 0, &attr, &type);
    body->grad_of = grad_of;
    return arg;
}

Node *scan_turn(Node *scan)
{
    return graph_add(scan->attr.scan->body, OP_turn, NULL, 0, NULL, NULL);
}

/* The arg of an operand that is read along this axis, or whole (-1). */
static Node *find_operand(Node *scan, Node *outside, int along)
{
    Scan *s = scan->attr.scan;
    Arena *arena = s->body->arena;
    for (int i = s->carries; i < scan->arity; i++)
        if (scan->args[i] == outside && s->along.data[i - s->carries] == along)
            return scan_arg(scan, i);
    Node **args = arena_array(arena, Node *, scan->arity + 1);
    for (int i = 0; i < scan->arity; i++)
        args[i] = scan->args[i];
    args[scan->arity] = outside;
    scan->args = args;
    vec_push(arena, &s->along, along);
    return scan_arg(scan, scan->arity++);
}

static Node *copy_host(Graph *body, const Node *n)
{
    Node *args[3];
    for (int k = 0; k < n->arity; k++)
        args[k] = copy_host(body, n->args[k]);
    Node *copy = graph_add(body, n->op, args, n->arity, &n->attr, n->arity ? NULL : &n->type);
    node_take_names(copy, n);
    return copy;
}

Node *graph_capture(Graph *body, Node *outside)
{
    if (outside->graph == body)
        return outside;
    if (!graph_is_within(body, outside->graph))
        ice("graph %s: a value of a loop is used outside of it", body->name);
    if (outside->host || outside->op == OP_const || outside->op == OP_iota)
        return copy_host(body, outside);
    return find_operand(body->loop, graph_capture(body->outer, outside), -1);
}

Node *scan_sequence(Node *scan, Node *outside, int axis)
{
    return find_operand(scan, graph_capture(scan->graph, outside), axis);
}

static void add_result(Node *scan, Node *value, const char *name)
{
    Graph *body = scan->attr.scan->body;
    graph_result(body, RESULT_VALUE, 0, name, value, value->loc);
}

void scan_next(Node *scan, Node *value, const char *name)
{
    add_result(scan, value, name);
}

int scan_yield(Node *scan, Node *value, int axis, const char *name)
{
    Scan *s = scan->attr.scan;
    for (int i = 0; i < s->yields.count; i++)
        if (s->body->results.data[s->carries + i].node == value && s->yields.data[i] == axis)
            return s->carries + i;
    add_result(scan, value, name);
    vec_push(s->body->arena, &s->yields, axis);
    return s->carries + s->yields.count - 1;
}

Node *scan_out(Node *scan, int result)
{
    const Attr attr = {.slot = result};
    Node *out = graph_add(scan->graph, OP_scan_out, &scan, 1, &attr, NULL);
    const Node *inside = scan->attr.scan->body->results.data[result].node;
    out->within = inside->within;
    out->local = inside->local;
    return out;
}

/* ---- copying ---- */

static void copy_names(Node *copy, const Node *n)
{
    copy->loc = n->loc;
    copy->name = n->name;
    copy->within = n->within;
    copy->local = n->local;
}

static Node *copy_scan(Graph *to, const Node *n, Node *const *args)
{
    const Scan *from = n->attr.scan;
    Node *copy = new_scan(to, args, n->arity, from->turns);
    Scan *s = copy->attr.scan;
    Node **map = arena_array(to->arena, Node *, from->body->next_id);
    s->carries = from->carries;
    s->backward = from->backward;
    for (int i = 0; i < from->along.count; i++)
        vec_push(to->arena, &s->along, from->along.data[i]);
    for (int i = 0; i < from->yields.count; i++)
        vec_push(to->arena, &s->yields, from->yields.data[i]);
    for (int i = 0; i < from->body->nodes.count; i++) {
        const Node *inner = from->body->nodes.data[i];
        map[inner->id] = graph_copy_node(s->body, inner, map);
    }
    for (int i = 0; i < from->body->results.count; i++) {
        const Result *r = &from->body->results.data[i];
        add_result(copy, map[r->node->id], r->name);
    }
    copy_names(copy, n);
    scan_end(to, copy);
    return copy;
}

Node *graph_copy_node(Graph *to, const Node *n, Node *const *map)
{
    Node **args = arena_array(to->arena, Node *, n->arity);
    for (int k = 0; k < n->arity; k++)
        args[k] = map[n->args[k]->id];
    if (n->op == OP_scan)
        return copy_scan(to, n, args);
    Node *copy = graph_add(to, n->op, args, n->arity, &n->attr, &n->type);
    copy_names(copy, n);
    return copy;
}

/* ---- pruning ---- */

/* Marks, by id, what the results given by `live` are computed from. */
static void mark_results(const Graph *body, const bool *live, bool *seen)
{
    for (int i = 0; i < body->results.count; i++)
        if (live[i])
            seen[body->results.data[i].node->id] = true;
    for (int i = body->nodes.count - 1; i >= 0; i--) {
        const Node *n = body->nodes.data[i];
        for (int k = 0; k < n->arity && seen[n->id]; k++)
            seen[n->args[k]->id] = true;
    }
}

/* By result: is it taken outside, or carried into one that is? */
static bool *find_live(const Graph *g, const Node *scan)
{
    const Scan *s = scan->attr.scan;
    bool *live = arena_array(g->arena, bool, s->body->results.count + 1), changed = true;
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_scan_out && g->nodes.data[i]->args[0] == scan)
            live[g->nodes.data[i]->attr.slot] = true;
    while (changed) {
        bool *seen = arena_array(g->arena, bool, s->body->next_id);
        changed = false;
        mark_results(s->body, live, seen);
        for (int i = 0; i < s->body->nodes.count; i++) {
            const Node *n = s->body->nodes.data[i];
            if (n->op != OP_arg || n->attr.slot >= s->carries || !seen[n->id])
                continue;
            changed |= !live[n->attr.slot];
            live[n->attr.slot] = true;
        }
    }
    return live;
}

/* Keeps the operands that are wanted; args are renumbered. */
static void keep_operands(Node *scan, const bool *wanted)
{
    Scan *s = scan->attr.scan;
    Arena *arena = s->body->arena;
    int *to = arena_array(arena, int, scan->arity + 1), kept = 0, carries = 0;
    while (s->args.count < scan->arity)
        vec_push(arena, &s->args, NULL);
    for (int i = 0; i < scan->arity; i++) {
        to[i] = wanted[i] ? kept : -1;
        if (!wanted[i] && s->args.data[i])
            s->args.data[i]->attr.slot = -1; /* names may still lead there */
        if (!wanted[i])
            continue;
        scan->args[kept] = scan->args[i];
        s->args.data[kept] = s->args.data[i];
        if (i >= s->carries)
            s->along.data[kept - carries] = s->along.data[i - s->carries];
        carries += i < s->carries;
        kept++;
    }
    for (int i = 0; i < s->body->nodes.count; i++)
        if (s->body->nodes.data[i]->op == OP_arg)
            s->body->nodes.data[i]->attr.slot = to[s->body->nodes.data[i]->attr.slot];
    for (int i = 0; i < kept; i++)
        if (s->args.data[i])
            s->args.data[i]->attr.slot = i;
    s->along.count = kept - carries;
    s->carries = carries;
    scan->arity = s->args.count = kept;
}

/* Keeps the results that are live; those that take them are renumbered. */
static void keep_results(const Graph *g, Node *scan, const bool *live)
{
    Scan *s = scan->attr.scan;
    Graph *body = s->body;
    int *to = arena_array(g->arena, int, body->results.count + 1), kept = 0, yields = 0;
    for (int i = 0; i < body->results.count; i++) {
        to[i] = kept;
        if (!live[i])
            continue;
        if (i >= s->carries)
            s->yields.data[yields++] = s->yields.data[i - s->carries];
        body->results.data[kept] = body->results.data[i];
        body->results.data[kept].slot = kept;
        kept++;
    }
    body->results.count = kept;
    s->yields.count = yields;
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_scan_out && g->nodes.data[i]->args[0] == scan)
            g->nodes.data[i]->attr.slot = to[g->nodes.data[i]->attr.slot];
}

static bool prune_one(const Graph *g, Node *scan)
{
    Scan *s = scan->attr.scan;
    Graph *body = s->body;
    const int arity = scan->arity, results = body->results.count;
    const bool *live = find_live(g, scan);
    bool *wanted = arena_array(g->arena, bool, arity + 1);
    graph_sort(body); /* while a dropped carry's args are still told from others */
    for (int i = 0; i < arity; i++)
        wanted[i] = i >= s->carries || live[i];
    keep_results(g, scan, live);
    graph_sort(body);
    keep_operands(scan, wanted);
    const bool inner = scan_prune(body);
    for (int i = 0; i < scan->arity; i++)
        wanted[i] = i < s->carries;
    for (int i = 0; i < body->nodes.count; i++)
        if (body->nodes.data[i]->op == OP_arg)
            wanted[body->nodes.data[i]->attr.slot] = true;
    keep_operands(scan, wanted);
    return inner || scan->arity != arity || body->results.count != results;
}

bool scan_prune(Graph *g)
{
    bool changed = false;
    graph_sort(g);
    for (int i = g->nodes.count - 1; i >= 0; i--) /* what a later scan does not read goes first */
        if (g->nodes.data[i]->op == OP_scan)
            changed |= prune_one(g, g->nodes.data[i]);
    if (changed)
        graph_sort(g);
    return changed;
}
