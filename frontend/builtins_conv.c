/* builtins_conv.c -- convolutions, by way of windows of x multiplied with a weight.
 *
 *     conv2d_with(x, weight, stride = 2, padding = 1)
 *         x f32[batch, 3, 32, 32], weight f32[8, 3, 5, 5]    gives f32[batch, 8, 15, 15]
 *     conv_transpose2d_with(x, weight, stride = 2)
 *         x f32[batch, 8, 15, 15], weight f32[8, 3, 4, 4]    gives f32[batch, 3, 32, 32]
 *     windows(x, -1, 3)        f32[batch, 6, 3] from f32[batch, 8]
 *
 * Layout, arguments and meaning are PyTorch's.  An axis of places and one of taps stand where each
 * spatial axis was; groups are a label that x, weight and result share:
 *
 *     x  n g c o k p l    weight  g m c k l    result  n g m o p */
#include "frontend/conv.h"

#include <string.h>

#include "support/checked.h"

/* ---- building ---- */

/* Dimensions to be put together. */
static void add_dim(Type *type, int64_t size)
{
    type->dims[type->rank++] = dim_fixed(size);
}

/* x as [samples, groups, channels / groups, ...], without an axis for one group. */
static Node *split_x(const Conv *c)
{
    Type shape = {.rank = 0};
    shape.dims[shape.rank++] = c->alone ? dim_fixed(1) : c->given.dims[0];
    if (c->groups > 1)
        add_dim(&shape, c->groups);
    add_dim(&shape, c->channels / c->groups);
    for (int i = 0; i < c->count; i++)
        add_dim(&shape, c->at[i].size);
    return graph_reshape(elab_graph(c->call->e), c->x, &shape);
}

/* The weight as [groups, first / groups, second, kernel ...]. */
static Node *split_weight(const Conv *c)
{
    const Type *w = &c->weight->type;
    Type shape = {.rank = 0};
    if (c->groups == 1)
        return c->weight;
    add_dim(&shape, c->groups);
    add_dim(&shape, w->dims[0].size / c->groups);
    for (int i = 1; i < w->rank; i++)
        add_dim(&shape, w->dims[i].size);
    return graph_reshape(elab_graph(c->call->e), c->weight, &shape);
}

/* What the result is, before the bias. */
static Type result_type(const Conv *c)
{
    Type type = {.dtype = c->x->type.dtype};
    type.dims[type.rank++] = c->alone ? dim_fixed(1) : c->given.dims[0];
    add_dim(&type, c->out_channels);
    for (int i = 0; i < c->count; i++)
        add_dim(&type, c->at[i].out);
    return type;
}

static Node *pad_spatial(const Conv *c, Node *x, int first)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Type type = x->type;
    bool any = false;
    for (int axis = 0; axis < MAX_RANK; axis++)
        step[axis] = 1;
    for (int i = 0; i < c->count; i++) {
        const Spatial *s = &c->at[i];
        start[first + i] = s->before;
        type.dims[first + i].size += s->before + s->after;
        any = any || s->before + s->after > 0;
    }
    return any ? graph_pad(elab_graph(c->call->e), x, start, step, scalar_float(x->type.dtype, 0),
                           &type)
               : x;
}

static Node *build_plain(const Conv *c)
{
    static const char *const labels[MOST_SPATIAL][2][3] = {
        {{"ncok", "mck", "nmo"}, {"ngcok", "gmck", "ngmo"}},
        {{"ncokpl", "mckl", "nmop"}, {"ngcokpl", "gmckl", "ngmop"}}};
    Graph *g = elab_graph(c->call->e);
    const int first = c->groups > 1 ? 3 : 2;
    const char *const *l = labels[c->count - 1][c->groups > 1];
    Node *x = pad_spatial(c, split_x(c), first);
    for (int i = c->count - 1; i >= 0; i--) {
        const Spatial *s = &c->at[i];
        x = graph_window(g, x, &(Window){first + i, s->out, s->kernel, s->stride, s->dilation});
    }
    return graph_contract(g, x, split_weight(c), l[0], l[1], l[2]);
}

/* The adjoint: products go where the windows came from, and the padding is cut off. */
static Node *build_transposed(const Conv *c)
{
    static const char *const labels[MOST_SPATIAL][2][3] = {
        {{"nco", "cmk", "nmok"}, {"ngco", "gcmk", "ngmok"}},
        {{"ncop", "cmkl", "nmokpl"}, {"ngcop", "gcmkl", "ngmokpl"}}};
    Graph *g = elab_graph(c->call->e);
    const int first = c->groups > 1 ? 3 : 2;
    const char *const *l = labels[c->count - 1][c->groups > 1];
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Node *y = graph_contract(g, split_x(c), split_weight(c), l[0], l[1], l[2]);
    for (int i = c->count - 1; i >= 0; i--) {
        const Spatial *s = &c->at[i];
        y = graph_fold(g, y, &(Window){first + 2 * i, s->size, s->kernel, s->stride, s->dilation},
                       s->out + s->before + s->after);
    }
    Type cut = y->type;
    for (int axis = 0; axis < MAX_RANK; axis++)
        step[axis] = 1;
    for (int i = 0; i < c->count; i++) {
        start[first + i] = c->at[i].before;
        cut.dims[first + i] = dim_fixed(c->at[i].out);
    }
    return type_same_shape(&cut, &y->type) ? y : graph_slice(g, y, start, step, &cut);
}

static Value conv_build(Conv *c)
{
    Graph *g = elab_graph(c->call->e);
    DType dtype = dtype_promote(c->x->type.dtype, c->weight->type.dtype);
    c->x = graph_cast(g, c->x, dtype);
    c->weight = graph_cast(g, c->weight, dtype);
    Type type = result_type(c);
    if (!type_within_limits(c->call->e, &type, c->call->loc))
        return value_error();
    Node *y = graph_reshape(g, c->transposed ? build_transposed(c) : build_plain(c), &type);
    if (c->bias) {
        Type column = {.rank = type.rank};
        for (int axis = 0; axis < type.rank; axis++)
            column.dims[axis] = dim_fixed(axis == 1 ? c->out_channels : 1);
        Node *bias = graph_reshape(g, graph_cast(g, c->bias, dtype), &column);
        y = graph_binary(g, OP_add, y, graph_broadcast(g, bias, &type));
    }
    if (c->alone) {
        for (int axis = 0; axis + 1 < type.rank; axis++)
            type.dims[axis] = type.dims[axis + 1];
        type.rank--;
        y = graph_reshape(g, y, &type);
    }
    return value_tensor(y);
}

/* conv1d_with, conv2d_with, conv_transpose1d_with, conv_transpose2d_with: by the name. */
Value call_conv(Call *call)
{
    const char *name = call->builtin->name;
    Conv c = {.call = call,
              .name = arena_strndup(elab_arena(call->e), name, strlen(name) - strlen("_with")),
              .transposed = strstr(name, "transpose") != NULL,
              .count = strstr(name, "1d") ? 1 : 2};
    return conv_read(&c) ? conv_build(&c) : value_error();
}

/* ---- windows ---- */

/* As PyTorch's Tensor.unfold: the taps become the last axis. */
Value call_windows(Call *call)
{
    Node *x = call_tensor(call, 0);
    Window w = {.step = 1, .dilation = 1};
    int axes[MAX_RANK], reach_axis = 0;
    int64_t reach;
    if (!x || !value_want_axis(call->e, &call->args[1], call->locs[1], &x->type, &w.axis) ||
        !value_want_int(call->e, &call->args[2], call->locs[2], "a window's size", &w.taps) ||
        (call_has(call, 3) &&
         !value_want_int(call->e, &call->args[3], call->locs[3], "step", &w.step)) ||
        (call_has(call, 4) &&
         !value_want_int(call->e, &call->args[4], call->locs[4], "dilation", &w.dilation)))
        return value_error();
    const Dim whole = x->type.dims[w.axis];
    if (w.taps < 1 || w.step < 1 || w.dilation < 1)
        return call_fail(call, -1, NULL, "a window's size, step and dilation must be 1 or more");
    if (whole.batch)
        return call_fail(call, 1, "give another axis", "no windows of %s along the batch dimension",
                         call_type_text(call, x));
    if (x->type.rank == MAX_RANK)
        return call_fail(call, 0, NULL, "%s has %d dimensions already, the most there can be",
                         call_type_text(call, x), MAX_RANK);
    if (!checked_mul(w.taps - 1, w.dilation, &reach) || reach >= whole.size)
        return call_fail(call, 2, NULL,
                         "a window of %lld (dilation %lld) is larger than axis %d of %s",
                         (long long)w.taps, (long long)w.dilation, w.axis, call_type_text(call, x));
    w.places = (whole.size - 1 - reach) / w.step + 1;
    Type type = x->type;
    type.dims[w.axis] = dim_fixed(w.places);
    type.dims[type.rank++] = dim_fixed(w.taps);
    if (!type_within_limits(call->e, &type, call->loc))
        return value_error();
    Node *y = graph_window(elab_graph(call->e), x, &w);
    for (int axis = 0; axis < y->type.rank; axis++)
        if (axis != w.axis + 1)
            axes[reach_axis++] = axis;
    axes[reach_axis] = w.axis + 1;
    return value_tensor(graph_permute(elab_graph(call->e), y, axes));
}
