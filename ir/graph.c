/* graph.c -- building graphs, and changing them.
 *
 * In: operands and attributes.  Out: nodes with inferred types, appended to the graph:
 *
 *     Node *x = graph_slot(g, OP_input, 0);               f32[batch, 64]
 *     Node *y = graph_reduce(g, OP_sum, x, &axis, 1);     f32[batch, 1]
 *     graph_result(g, RESULT_VALUE, 0, "y", y, loc);
 *
 * Nothing here recurses: graphs may be chains of 100,000 nodes. */
#include "ir/graph.h"

#include <string.h>

#include "ir/infer_rules.h"
#include "ir/model.h"
#include "ir/scan.h"
#include "support/checked.h"

Graph *graph_new(Model *model, const char *name)
{
    Graph *g = arena_new_of(model->arena, Graph);
    g->arena = model->arena;
    g->model = model;
    g->name = name;
    return g;
}

/* ---- the general builder ---- */

/* Is the node computed on the host?  See Node.host. */
static bool is_host(const Node *n)
{
    if (n->type.dtype != DT_F64 || n->type.rank != 0)
        return false;
    if (n->op == OP_option || n->op == OP_counter)
        return true;
    if (n->op == OP_const)
        return !n->attr.elements;
    if (op_info[n->op].class != CLASS_EWISE)
        return false;
    for (int i = 0; i < n->arity; i++)
        if (!n->args[i]->host)
            return false;
    return true;
}

/* A body sees what is outside of it through its own nodes. */
static Node *const *take_operands(Graph *g, Node *const *args, int arity)
{
    if (!g->loop)
        return args;
    Node **own = arena_array(g->arena, Node *, arity);
    for (int i = 0; i < arity; i++)
        own[i] = args[i] ? graph_capture(g, args[i]) : NULL;
    return own;
}

Node *graph_add(Graph *g, Op op, Node *const *args, int arity, const Attr *attr, const Type *given)
{
    Type type = {0};
    const char *why = "its type is not given";
    args = take_operands(g, args, arity);
    if (given)
        type = *given;
    if ((op_type_is_given(op) && !given) || !op_infer(g, op, args, arity, attr, &type, &why))
        ice("graph %s: cannot build %s: %s", g->name, op_info[op].name, why);
    if (given && !type_equal(given, &type))
        ice("graph %s: %s is %s, not %s as given", g->name, op_info[op].name,
            type_text(g->arena, &type), type_text(g->arena, given));
    Node *n = arena_new_of(g->arena, Node);
    n->op = op;
    n->graph = g;
    n->type = type;
    n->id = g->next_id++;
    n->arity = arity;
    n->args = arena_array(g->arena, Node *, arity);
    for (int i = 0; i < arity; i++)
        n->args[i] = args[i];
    if (attr)
        n->attr = *attr;
    n->loc = g->loc;
    n->grad_of = g->grad_of;
    n->host = is_host(n);
    vec_push(g->arena, &g->nodes, n);
    if (op == OP_arg)
        scan_note_arg(n);
    return n;
}

/* ---- sources ---- */

Node *graph_const(Graph *g, Scalar value, const Type *type)
{
    const Attr attr = {.value = scalar_cast(value, type->dtype)};
    return graph_add(g, OP_const, NULL, 0, &attr, type);
}

Node *graph_number(Graph *g, double value, const Type *like)
{
    return graph_const(g, scalar_float(DT_F64, value), like);
}

Node *graph_literal(Graph *g, const Scalar *elements, const Type *type)
{
    int64_t count;
    if (!type_count(type, 1, &count))
        ice("graph %s: a literal of type %s", g->name, type_text(g->arena, type));
    Scalar *copy = arena_array(g->arena, Scalar, count);
    for (int64_t i = 0; i < count; i++)
        copy[i] = scalar_cast(elements[i], type->dtype);
    const Attr attr = {.elements = copy};
    return graph_add(g, OP_const, NULL, 0, &attr, type);
}

Node *graph_iota(Graph *g, const Type *type, int axis)
{
    const Attr attr = {.axes = {axis}, .axis_count = 1};
    return graph_add(g, OP_iota, NULL, 0, &attr, type);
}

Node *graph_slot(Graph *g, Op op, int slot)
{
    const Attr attr = {.slot = slot};
    return graph_add(g, op, NULL, 0, &attr, NULL);
}

Node *graph_option(Graph *g, int slot)
{
    return graph_slot(g, OP_option, slot);
}

Node *graph_counter(Graph *g, Counter counter)
{
    return graph_slot(g, OP_counter, (int)counter);
}

Node *graph_random(Graph *g, Op op, const Type *type, uint64_t key)
{
    const Attr attr = {.key = key};
    return graph_add(g, op, NULL, 0, &attr, type);
}

/* ---- elementwise ---- */

Node *graph_unary(Graph *g, Op op, Node *x)
{
    return graph_add(g, op, &x, 1, NULL, NULL);
}

Node *graph_binary(Graph *g, Op op, Node *x, Node *y)
{
    return graph_add(g, op, (Node *[]){x, y}, 2, NULL, NULL);
}

Node *graph_where(Graph *g, Node *c, Node *x, Node *y)
{
    return graph_add(g, OP_where, (Node *[]){c, x, y}, 3, NULL, NULL);
}

Node *graph_cast(Graph *g, Node *x, DType dtype)
{
    if (x->type.dtype == dtype)
        return x;
    Type type = x->type;
    type.dtype = dtype;
    return graph_add(g, OP_cast, &x, 1, NULL, &type);
}

/* ---- views ---- */

static Type with_dtype(const Type *shape, DType dtype)
{
    Type type = *shape;
    type.dtype = dtype;
    return type;
}

Node *graph_reshape(Graph *g, Node *x, const Type *shape)
{
    const Type type = with_dtype(shape, x->type.dtype);
    return graph_add(g, OP_reshape, &x, 1, NULL, &type);
}

Node *graph_permute(Graph *g, Node *x, const int *axes)
{
    Attr attr = {.axis_count = x->type.rank};
    for (int i = 0; i < x->type.rank; i++)
        attr.axes[i] = axes[i];
    return graph_add(g, OP_permute, &x, 1, &attr, NULL);
}

Node *graph_expand(Graph *g, Node *x, const Type *shape)
{
    if (type_same_shape(&x->type, shape))
        return x;
    const Type type = with_dtype(shape, x->type.dtype);
    return graph_add(g, OP_expand, &x, 1, NULL, &type);
}

Node *graph_broadcast(Graph *g, Node *x, const Type *shape)
{
    const int added = shape->rank - x->type.rank;
    if (added < 0)
        ice("graph %s: cannot broadcast %s to %s", g->name, type_text(g->arena, &x->type),
            type_text(g->arena, shape));
    if (added > 0) {
        Type led = {.rank = shape->rank};
        for (int i = 0; i < shape->rank; i++)
            led.dims[i] = i < added ? dim_fixed(1) : x->type.dims[i - added];
        x = graph_reshape(g, x, &led);
    }
    return graph_expand(g, x, shape);
}

Node *graph_sum_to(Graph *g, Node *y, const Type *shape)
{
    const int led = y->type.rank - shape->rank;
    int axes[MAX_RANK], count = 0;
    if (led < 0)
        ice("graph %s: cannot sum %s to %s", g->name, type_text(g->arena, &y->type),
            type_text(g->arena, shape));
    for (int i = 0; i < y->type.rank; i++)
        if (!dim_is_one(y->type.dims[i]) && (i < led || dim_is_one(shape->dims[i - led])))
            axes[count++] = i;
    y = graph_reduce(g, OP_sum, y, axes, count);
    return led > 0 ? graph_reshape(g, y, shape) : y;
}

static void set_positions(Attr *attr, const int64_t *start, const int64_t *step, int rank)
{
    for (int i = 0; i < rank; i++) {
        attr->start[i] = start[i];
        attr->step[i] = step[i];
    }
}

Node *graph_slice(Graph *g, Node *x, const int64_t *start, const int64_t *step, const Type *shape)
{
    const Type type = with_dtype(shape, x->type.dtype);
    Attr attr = {0};
    set_positions(&attr, start, step, x->type.rank);
    return graph_add(g, OP_slice, &x, 1, &attr, &type);
}

Node *graph_pad(Graph *g, Node *x, const int64_t *start, const int64_t *step, Scalar fill,
                const Type *shape)
{
    const Type type = with_dtype(shape, x->type.dtype);
    Attr attr = {.value = scalar_cast(fill, x->type.dtype)};
    set_positions(&attr, start, step, x->type.rank);
    return graph_add(g, OP_pad, &x, 1, &attr, &type);
}

Node *graph_concat(Graph *g, Node *const *xs, int count, int axis)
{
    const Attr attr = {.axes = {axis}, .axis_count = 1};
    return graph_add(g, OP_concat, xs, count, &attr, NULL);
}

static Attr window_attr(const Window *w)
{
    return (Attr){.axes = {w->axis}, .axis_count = 1, .step = {w->step, w->dilation}};
}

Node *graph_window(Graph *g, Node *x, const Window *w)
{
    const Attr attr = window_attr(w);
    Type type = x->type;
    if (type.rank == MAX_RANK)
        ice("graph %s: no axis is left for windows of %s", g->name, type_text(g->arena, &type));
    for (int axis = type.rank++; axis > w->axis + 1; axis--)
        type.dims[axis] = type.dims[axis - 1];
    type.dims[w->axis] = dim_fixed(w->places);
    type.dims[w->axis + 1] = dim_fixed(w->taps);
    return graph_add(g, OP_window, &x, 1, &attr, &type);
}

Node *graph_fold(Graph *g, Node *x, const Window *w, int64_t size)
{
    const Attr attr = window_attr(w);
    Type type = x->type;
    type.dims[w->axis] = dim_fixed(size);
    type.rank--;
    for (int axis = w->axis + 1; axis < type.rank; axis++)
        type.dims[axis] = type.dims[axis + 1];
    return graph_add(g, OP_fold, &x, 1, &attr, &type);
}

Window node_window(const Node *n)
{
    const int axis = n->attr.axes[0];
    const Type *spread = n->op == OP_window ? &n->type : &n->args[0]->type;
    return (Window){axis, spread->dims[axis].size, spread->dims[axis + 1].size, n->attr.step[0],
                    n->attr.step[1]};
}

/* ---- reductions, products, gradients ---- */

Node *graph_reduce(Graph *g, Op op, Node *x, const int *axes, int count)
{
    Attr attr = {.axis_count = count};
    if (count == 0)
        return x; /* over no axis each element stays */
    if (count > MAX_RANK)
        ice("graph %s: %s over %d axes", g->name, op_info[op].name, count);
    for (int i = 0; i < count; i++) { /* sorted by insertion */
        int at = i;
        for (; at > 0 && attr.axes[at - 1] > axes[i]; at--)
            attr.axes[at] = attr.axes[at - 1];
        attr.axes[at] = axes[i];
    }
    return graph_add(g, op, &x, 1, &attr, NULL);
}

Node *graph_contract(Graph *g, Node *a, Node *b, const char *la, const char *lb, const char *lout)
{
    const Attr attr = {.labels = {arena_strdup(g->arena, la), arena_strdup(g->arena, lb),
                                  arena_strdup(g->arena, lout)}};
    return graph_add(g, OP_contract, (Node *[]){a, b}, 2, &attr, NULL);
}

Node *graph_gather(Graph *g, Node *x, Node *index, int axis, const char *lx, const char *lindex,
                   const char *lout)
{
    const Attr attr = {.axes = {axis},
                       .axis_count = 1,
                       .labels = {arena_strdup(g->arena, lx), arena_strdup(g->arena, lindex),
                                  arena_strdup(g->arena, lout)}};
    return graph_add(g, OP_gather, (Node *[]){x, index}, 2, &attr, NULL);
}

Node *graph_scatter(Graph *g, Node *y, Node *index, const Attr *gather, const Type *shape)
{
    const DType dtype = y->type.dtype;
    Node *terms = dtype_is_half(dtype) ? graph_cast(g, y, DT_F32) : y;
    Type type = *shape;
    type.dtype = terms->type.dtype;
    return graph_cast(g, graph_add(g, OP_scatter, (Node *[]){terms, index}, 2, gather, &type),
                      dtype);
}

Node *graph_running(Graph *g, Op op, Node *x, int axis, bool exclusive, bool reverse)
{
    const Attr attr = {.axes = {axis}, .axis_count = 1, .exclusive = exclusive, .reverse = reverse};
    return graph_add(g, op, &x, 1, &attr, NULL);
}

Node *graph_grad(Graph *g, Node *y, Node *x)
{
    return graph_binary(g, OP_grad, y, x);
}

Node *graph_axes_count(Graph *g, const Type *type, const int *axes, int count)
{
    const Type f64 = type_scalar(DT_F64);
    int64_t product = 1;
    bool batch = false;
    for (int i = 0; i < count; i++) {
        const Dim d = type->dims[axes[i]];
        batch |= d.batch;
        if (!checked_mul(product, d.size, &product))
            ice("graph %s: %s has too many elements", g->name, type_text(g->arena, type));
    }
    if (!batch)
        return graph_number(g, (double)product, &f64);
    Node *samples = graph_counter(g, COUNTER_BATCH);
    if (product == 1)
        return samples;
    return graph_binary(g, OP_mul, graph_number(g, (double)product, &f64), samples);
}

Node *graph_scalar_like(Graph *g, Node *scalar, const Type *like)
{
    return graph_broadcast(g, graph_cast(g, scalar, like->dtype), like);
}

void graph_result(Graph *g, ResultKind kind, int slot, const char *name, Node *node, Loc loc)
{
    if (g->loop)
        node = graph_capture(g, node);
    if (kind == RESULT_VALUE) { /* its position: behind the last of them */
        int last = g->results.count - 1;
        while (last >= 0 && g->results.data[last].kind != RESULT_VALUE)
            last--;
        slot = last < 0 ? 0 : g->results.data[last].slot + 1;
    }
    const Result result = {kind, slot, name, node, loc};
    vec_push(g->arena, &g->results, result);
}

/* ---- looking and changing ---- */

void node_take_names(Node *with, const Node *from)
{
    const bool named = with->local || with->adjoint_of, better = from->local || from->adjoint_of;
    if (with->name || (!from->name && (named || !better)))
        return;
    with->name = from->name;
    with->within = from->within;
    with->local = from->local;
    with->adjoint_of = from->adjoint_of;
}

bool node_is_splat(const Node *n, double value)
{
    return n->op == OP_const && !n->attr.elements && scalar_as_double(n->attr.value) == value;
}

typedef enum SortState { SORT_NEW, SORT_OPEN, SORT_DONE } SortState;

typedef struct SortFrame {
    Node *node;
    int next; /* the operand to visit next */
} SortFrame;

typedef struct Sorter {
    Graph *graph;
    unsigned char *state; /* by node id; a SortState */
    unsigned char *live;  /* by node id: reached from a result */
    Vec(SortFrame) stack;
    NodeVec sorted;
} Sorter;

static void mark_live(Sorter *s)
{
    Arena *arena = s->graph->arena;
    NodeVec todo = {0};
    for (int i = 0; i < s->graph->results.count; i++)
        vec_push(arena, &todo, s->graph->results.data[i].node);
    while (todo.count > 0) {
        Node *n = todo.data[--todo.count];
        if (n->id < 0 || n->id >= s->graph->next_id)
            ice("graph %s: a node of another graph is used", s->graph->name);
        if (s->live[n->id])
            continue;
        s->live[n->id] = 1;
        for (int i = 0; i < n->arity; i++)
            vec_push(arena, &todo, n->args[i]);
    }
}

static void sort_open(Sorter *s, Node *n)
{
    if (s->state[n->id] == SORT_OPEN)
        ice("graph %s: node %%%d needs its own value", s->graph->name, n->id);
    if (s->state[n->id] == SORT_DONE)
        return;
    s->state[n->id] = SORT_OPEN;
    const SortFrame frame = {n, 0};
    vec_push(s->graph->arena, &s->stack, frame);
}

/* Appends n after the operands that are not yet there. */
static void sort_from(Sorter *s, Node *n)
{
    if (s->state[n->id] == SORT_DONE)
        return;
    sort_open(s, n);
    while (s->stack.count > 0) {
        SortFrame *top = &s->stack.data[s->stack.count - 1];
        if (top->next < top->node->arity) {
            sort_open(s, top->node->args[top->next++]);
            continue;
        }
        s->state[top->node->id] = SORT_DONE;
        vec_push(s->graph->arena, &s->sorted, top->node);
        s->stack.count--;
    }
}

void graph_sort(Graph *g)
{
    Sorter s = {.graph = g};
    s.state = arena_array(g->arena, unsigned char, g->next_id);
    s.live = arena_array(g->arena, unsigned char, g->next_id);
    mark_live(&s);
    for (int i = 0; i < g->nodes.count; i++)
        if (s.live[g->nodes.data[i]->id])
            sort_from(&s, g->nodes.data[i]);
    for (int i = 0; i < g->results.count; i++) /* what a pass took back into use */
        sort_from(&s, g->results.data[i].node);
    g->nodes = s.sorted;
}

/* `with` may itself compute from old: its own operands stay, or it would need its own value. */
void graph_replace(Graph *g, Node *old, Node *with)
{
    for (int i = 0; i < g->nodes.count; i++) {
        Node *n = g->nodes.data[i];
        if (n == with || n == old)
            continue;
        for (int k = 0; k < n->arity; k++)
            if (n->args[k] == old)
                n->args[k] = with;
    }
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].node == old)
            g->results.data[i].node = with;
}
