/* builtins_shape.c -- the same elements in another shape or order.
 *
 *     transpose(w)                f32[64, 10] from f32[10, 64]
 *     reshape(x, -1, 8, 8)        f32[batch, 8, 8] from f32[batch, 64]
 *     flatten(x)                  f32[batch, 64] from f32[batch, 8, 8]
 *
 * The batch dimension keeps its samples whole: it may be merged with axes behind it, not before. */
#include "frontend/builtins.h"

#include "support/checked.h"

/* ---- order of the axes ---- */

Value call_transpose(Call *call)
{
    Node *x = call_tensor(call, 0);
    int axes[MAX_RANK], a = 0, b = 1;
    if (!x)
        return value_error();
    const int rank = x->type.rank;
    if (!call_has(call, 1) && !call_has(call, 2)) {
        if (rank < 2)
            return value_tensor(x);
        if (rank > 2)
            return call_fail(call, -1, "say which two axes: transpose(x, 1, 2)",
                             "transpose of %s, which has more than two axes",
                             call_type_text(call, x));
    } else if (!value_want_axis(call->e, &call->args[1], call->locs[1], &x->type, &a) ||
               !value_want_axis(call->e, &call->args[2], call->locs[2], &x->type, &b)) {
        return value_error();
    }
    for (int i = 0; i < rank; i++)
        axes[i] = i == a ? b : i == b ? a : i;
    return value_tensor(graph_permute(elab_graph(call->e), x, axes));
}

Value call_permute(Call *call)
{
    Node *x = call_tensor(call, 0);
    int axes[MAX_RANK], listed, count;
    if (!x)
        return value_error();
    const Value *items = call_rest(call, &listed);
    const Value list = value_list(call->e, items, listed);
    if (!value_want_axes(call->e, &list, call->loc, &x->type, axes, &count))
        return value_error();
    if (count != x->type.rank)
        return call_fail(call, -1, NULL, "permute of %s needs all its %d axes, not %d",
                         call_type_text(call, x), x->type.rank, count);
    return value_tensor(graph_permute(elab_graph(call->e), x, axes));
}

/* Axes of `from` go to the places `to` of the result, the others stay in order between them. */
Value call_movedim(Call *call)
{
    Node *x = call_tensor(call, 0);
    int from[MAX_RANK], to[MAX_RANK], count, places, axes[MAX_RANK];
    bool placed[MAX_RANK] = {false}, moved[MAX_RANK] = {false};
    if (!x || !value_want_axes(call->e, &call->args[1], call->locs[1], &x->type, from, &count) ||
        !value_want_axes(call->e, &call->args[2], call->locs[2], &x->type, to, &places))
        return value_error();
    if (count != places)
        return call_fail(call, 2, NULL, "%s takes as many axes as places, not %d and %d",
                         call->builtin->name, count, places);
    for (int i = 0; i < count; i++) {
        axes[to[i]] = from[i];
        placed[to[i]] = moved[from[i]] = true;
    }
    for (int axis = 0, place = 0; axis < x->type.rank; axis++) {
        if (moved[axis])
            continue;
        while (placed[place])
            place++;
        axes[place++] = axis;
    }
    return value_tensor(graph_permute(elab_graph(call->e), x, axes));
}

Value call_flip(Call *call)
{
    Node *x = call_tensor(call, 0);
    int axes[MAX_RANK], count;
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    if (!x || !value_want_axes(call->e, &call->args[1], call->locs[1], &x->type, axes, &count))
        return value_error();
    for (int i = 0; i < x->type.rank; i++)
        step[i] = 1;
    for (int i = 0; i < count; i++) {
        const Dim d = x->type.dims[axes[i]];
        if (d.batch)
            return call_fail(call, 1, "give the other axes",
                             "cannot flip %s along the batch dimension", call_type_text(call, x));
        start[axes[i]] = d.size > 0 ? d.size - 1 : 0;
        step[axes[i]] = -1;
    }
    return value_tensor(graph_slice(elab_graph(call->e), x, start, step, &x->type));
}

/* ---- reshape ---- */

static Value reshape_fail(Call *call, const Node *x, const Type *shape, const char *label)
{
    Type shown = *shape;
    shown.dtype = x->type.dtype;
    return call_fail(call, -1, label, "cannot reshape %s to %s", call_type_text(call, x),
                     type_text(elab_arena(call->e), &shown));
}

/* Elements of one sample in front of the batch dimension. */
static int64_t count_before_batch(const Type *type)
{
    int64_t count = 1;
    Type before = *type;
    before.rank = type_batch_axis(type);
    return type_count(&before, 1, &count) ? count : -1;
}

static Value reshape_to(Call *call, Node *x, const Type *shape)
{
    int64_t had, has;
    const bool batched = type_batch_axis(&x->type) >= 0;
    if (batched != (type_batch_axis(shape) >= 0))
        return reshape_fail(call, x, shape,
                            batched ? "one dimension must be batch, or -1"
                                    : "there is no batch dimension");
    if (!type_count(&x->type, 1, &had) || !type_count(shape, 1, &has))
        return reshape_fail(call, x, shape, "the numbers of elements differ");
    if (had != has)
        return reshape_fail(call, x, shape,
                            arena_printf(elab_arena(call->e),
                                         "the numbers of elements differ: %lld and %lld",
                                         (long long)had, (long long)has));
    if (batched && count_before_batch(&x->type) != count_before_batch(shape))
        return reshape_fail(call, x, shape,
                            "samples must stay whole: put the batch dimension first (permute)");
    return value_tensor(graph_reshape(elab_graph(call->e), x, shape));
}

/* The dimension that -1 stands for: what is left, with the batch if no other has it. */
static bool fill_wild(const Type *x, Type *shape, int wild)
{
    int64_t had, has;
    if (!type_count(x, 1, &had) || !type_count(shape, 1, &has) || has == 0 || had % has != 0)
        return false;
    shape->dims[wild].size = had / has;
    shape->dims[wild].batch = type_batch_axis(x) >= 0 && type_batch_axis(shape) < 0;
    return true;
}

Value call_reshape(Call *call)
{
    Type shape = {.rank = 0};
    int wild;
    Node *x = call_tensor(call, 0);
    if (!x || !call_shape(call, &shape, &wild))
        return value_error();
    if (wild >= 0 && !fill_wild(&x->type, &shape, wild))
        return reshape_fail(call, x, &shape, "no size for -1 (shown as 1) makes this fit");
    return reshape_to(call, x, &shape);
}

Value call_flatten(Call *call)
{
    Node *x = call_tensor(call, 0);
    if (!x)
        return value_error();
    int first = type_batch_axis(&x->type) == 0 && x->type.rank > 1, last = x->type.rank - 1;
    if ((call_has(call, 1) &&
         !value_want_axis(call->e, &call->args[1], call->locs[1], &x->type, &first)) ||
        (call_has(call, 2) &&
         !value_want_axis(call->e, &call->args[2], call->locs[2], &x->type, &last)))
        return value_error();
    if (first > last && x->type.rank > 0)
        return call_fail(call, -1, NULL, "flatten from axis %d to axis %d: the first comes later",
                         first, last);
    Type shape = {.rank = 0};
    Dim merged = dim_fixed(1);
    for (int i = 0; i < first; i++)
        shape.dims[shape.rank++] = x->type.dims[i];
    for (int i = first; i <= last; i++) {
        merged.batch |= x->type.dims[i].batch;
        if (!checked_mul(merged.size, x->type.dims[i].size, &merged.size))
            return call_fail(call, -1, NULL, "flatten: too large");
    }
    shape.dims[shape.rank++] = merged;
    for (int i = last + 1; i < x->type.rank; i++)
        shape.dims[shape.rank++] = x->type.dims[i];
    return reshape_to(call, x, &shape);
}

Value call_contiguous(Call *call)
{
    Node *x = call_tensor(call, 0);
    return x ? value_tensor(x) : value_error();
}

/* ---- axes of size 1 ---- */

/* As in PyTorch, an axis of another size stays. */
Value call_squeeze(Call *call)
{
    Node *x = call_tensor(call, 0);
    int axes[MAX_RANK], count;
    bool dropped[MAX_RANK] = {false};
    Type shape = {.rank = 0};
    if (!x || !value_want_axes(call->e, &call->args[1], call->locs[1], &x->type, axes, &count))
        return value_error();
    for (int i = 0; i < count; i++)
        dropped[axes[i]] = dim_is_one(x->type.dims[axes[i]]);
    for (int i = 0; i < x->type.rank; i++)
        if (!dropped[i])
            shape.dims[shape.rank++] = x->type.dims[i];
    return value_tensor(graph_reshape(elab_graph(call->e), x, &shape));
}

Value call_unsqueeze(Call *call)
{
    Node *x = call_tensor(call, 0);
    int axis;
    if (!x)
        return value_error();
    if (x->type.rank == MAX_RANK)
        return call_fail(call, 0, NULL, "%s has %d dimensions already, the most there can be",
                         call_type_text(call, x), MAX_RANK);
    Type longer = x->type; /* an axis of the result is meant */
    longer.dims[longer.rank++] = dim_fixed(1);
    if (!value_want_axis(call->e, &call->args[1], call->locs[1], &longer, &axis))
        return value_error();
    for (int i = longer.rank - 1; i > axis; i--)
        longer.dims[i] = x->type.dims[i - 1];
    longer.dims[axis] = dim_fixed(1);
    return value_tensor(graph_reshape(elab_graph(call->e), x, &longer));
}

/* ---- expand ---- */

/* The shape asked for, -1 replaced by x's size: each may stand there several times. */
static bool expand_shape(Call *call, const Node *x, Type *shape)
{
    int count;
    const Value *given = call_rest(call, &count);
    Value *dims = arena_array(elab_arena(call->e), Value, count + 1);
    for (int i = 0; i < count; i++) {
        const int axis = i - (count - x->type.rank);
        dims[i] = given[i];
        if (dims[i].kind != VALUE_INT || dims[i].integer != -1 || axis < 0)
            continue;
        const Dim d = x->type.dims[axis];
        dims[i] = d.batch ? (Value){.kind = VALUE_DIM, .dim = d} : value_int(d.size);
    }
    const Value list = value_list(call->e, dims, count);
    return value_want_shape(call->e, &list, call->loc, shape, NULL);
}

Value call_expand(Call *call)
{
    Type shape = {.rank = 0}, joined;
    Node *x = call_tensor(call, 0);
    if (!x || !expand_shape(call, x, &shape))
        return value_error();
    shape.dtype = x->type.dtype;
    if (shape.rank < x->type.rank)
        return call_fail(call, -1, NULL, "cannot expand %s to %d dimensions",
                         call_type_text(call, x), shape.rank);
    if (!broadcast_shapes(call->e, &x->type, &shape, "expand", call->loc, &joined))
        return value_error();
    if (!type_same_shape(&joined, &shape))
        return call_fail(call, -1, "only axes of size 1 grow", "cannot expand %s to %s",
                         call_type_text(call, x), type_text(elab_arena(call->e), &shape));
    return value_tensor(graph_broadcast(elab_graph(call->e), x, &shape));
}
