/* builtins_create.c -- tensors from nothing: zeros, arange, eye ..., casts, and one_hot.
 *
 *     zeros(batch, 3)              f32[batch, 3]
 *     arange(0, 10, 2)             i64[5]
 *     one_hot(label, 10)           i64[batch, 10] from i32[batch] */
#include "frontend/builtins.h"

#include <math.h>
#include <string.h>

enum { LINE_LIMIT = 1 << 24 }; /* elements of an arange or linspace of floats */

/* ---- filled ---- */

static Value filled(Call *call, Type type, const Value *value, Loc loc)
{
    Graph *g = elab_graph(call->e);
    Scalar scalar;
    if (value_is_number(value)) {
        if (!value_to_scalar(call->e, value, type.dtype, loc, &scalar))
            return value_error();
        return value_tensor(graph_const(g, scalar, &type));
    }
    Node *node = value_to_dtype(call->e, value, type.dtype, loc);
    if (!node)
        return value_error();
    if (node->type.rank != 0)
        return call_fail(call, 1, NULL, "the value must be a scalar, not %s",
                         call_type_text(call, node));
    return value_tensor(graph_broadcast(g, node, &type));
}

static Value filled_shape(Call *call, int64_t number)
{
    Type type = {.dtype = DT_F32};
    const Value value = value_int(number);
    if (!call_shape(call, &type, NULL) ||
        !value_want_dtype(call->e, &call->args[1], call->locs[1], &type.dtype))
        return value_error();
    return filled(call, type, &value, call->loc);
}

Value call_zeros(Call *call)
{
    return filled_shape(call, 0);
}

Value call_ones(Call *call)
{
    return filled_shape(call, 1);
}

/* The dtype of a number's kind: full(3, 7) is of integers. */
static DType natural_dtype(const Value *value)
{
    if (value->kind == VALUE_TENSOR && !value->node->host)
        return value->node->type.dtype;
    return value->kind == VALUE_INT ? DT_I64 : value->kind == VALUE_BOOL ? DT_BOOL : DT_F32;
}

Value call_full(Call *call)
{
    Type type = {.dtype = natural_dtype(&call->args[1])};
    if (!value_want_shape(call->e, &call->args[0], call->locs[0], &type, NULL) ||
        !value_want_dtype(call->e, &call->args[2], call->locs[2], &type.dtype))
        return value_error();
    return filled(call, type, &call->args[1], call->locs[1]);
}

static Value filled_like(Call *call, const Value *value, Loc loc, int dtype_arg)
{
    const Node *like = call_tensor(call, 0);
    if (!like)
        return value_error();
    Type type = like->type;
    if (!value_want_dtype(call->e, &call->args[dtype_arg], call->locs[dtype_arg], &type.dtype))
        return value_error();
    return filled(call, type, value, loc);
}

Value call_zeros_like(Call *call)
{
    const Value zero = value_int(0);
    return filled_like(call, &zero, call->loc, 1);
}

Value call_ones_like(Call *call)
{
    const Value one = value_int(1);
    return filled_like(call, &one, call->loc, 1);
}

Value call_full_like(Call *call)
{
    return filled_like(call, &call->args[1], call->locs[1], 2);
}

/* ---- lines ---- */

static Value line_of_integers(Call *call, int64_t start, int64_t step, int64_t count, DType dtype)
{
    Graph *g = elab_graph(call->e);
    Type type = {.dtype = DT_I64, .rank = 1, .dims = {dim_fixed(count)}};
    if (!type_within_limits(call->e, &type, call->loc))
        return value_error();
    Node *x = graph_iota(g, &type, 0);
    if (step != 1)
        x = graph_binary(g, OP_mul, x, graph_const(g, scalar_int(DT_I64, step), &type));
    if (start != 0)
        x = graph_binary(g, OP_add, x, graph_const(g, scalar_int(DT_I64, start), &type));
    return value_tensor(graph_cast(g, x, dtype));
}

/* Each element is computed here, once rounded; a last one that is given is met exactly. */
static Value line_of_floats(Call *call, double start, double step, double count, const double *last,
                            DType dtype)
{
    if (!(count >= 0 && count <= LINE_LIMIT))
        return call_fail(call, -1, NULL, "%s: %.0f elements are too many", call->builtin->name,
                         count);
    const Type type = {.dtype = dtype, .rank = 1, .dims = {dim_fixed((int64_t)count)}};
    Scalar *elements = arena_array(elab_arena(call->e), Scalar, count);
    for (int64_t i = 0; i < (int64_t)count; i++)
        elements[i] = scalar_float(DT_F64, start + step * (double)i);
    if (last)
        elements[(int64_t)count - 1] = scalar_float(DT_F64, *last);
    return value_tensor(graph_literal(elab_graph(call->e), elements, &type));
}

/* The number of integers start, start + step ... that lie before stop. */
static bool line_count(int64_t start, int64_t stop, int64_t step, int64_t *count)
{
    int64_t distance;
    if (__builtin_sub_overflow(stop, start, &distance) || step == INT64_MIN)
        return false;
    if (distance == 0 || (distance < 0) != (step < 0)) {
        *count = 0;
        return true;
    }
    *count = distance / step + (distance % step != 0);
    return true;
}

static Value arange_integers(Call *call, int64_t start, int64_t stop, int64_t step)
{
    int64_t count;
    DType dtype = DT_I64;
    if (!value_want_dtype(call->e, &call->args[3], call->locs[3], &dtype))
        return value_error();
    if (!line_count(start, stop, step, &count))
        return call_fail(call, -1, NULL, "arange: too many elements");
    return line_of_integers(call, start, step, count, dtype);
}

Value call_arange(Call *call)
{
    const Value zero = value_int(0), one = value_int(1);
    const bool one_bound = !call_has(call, 1);
    const Value from = one_bound ? zero : call->args[0];
    const Value to = one_bound ? call->args[0] : call->args[1];
    const Value by = call_has(call, 2) ? call->args[2] : one;
    double start, stop, step;
    DType dtype = DT_F32;
    if (!value_want_float(call->e, &from, call->locs[0], "arange's start", &start) ||
        !value_want_float(call->e, &to, call->locs[one_bound ? 0 : 1], "arange's stop", &stop) ||
        !value_want_float(call->e, &by, call->locs[2], "arange's step", &step))
        return value_error();
    if (step == 0)
        return call_fail(call, 2, NULL, "arange's step cannot be 0");
    if (from.kind == VALUE_INT && to.kind == VALUE_INT && by.kind == VALUE_INT)
        return arange_integers(call, from.integer, to.integer, by.integer);
    if (!value_want_dtype(call->e, &call->args[3], call->locs[3], &dtype))
        return value_error();
    return line_of_floats(call, start, step, fmax(0, ceil((stop - start) / step)), NULL, dtype);
}

Value call_linspace(Call *call)
{
    double start, stop;
    int64_t count;
    DType dtype = DT_F32;
    if (!value_want_float(call->e, &call->args[0], call->locs[0], "linspace's start", &start) ||
        !value_want_float(call->e, &call->args[1], call->locs[1], "linspace's stop", &stop) ||
        !value_want_int(call->e, &call->args[2], call->locs[2], "linspace's count", &count) ||
        !value_want_dtype(call->e, &call->args[3], call->locs[3], &dtype))
        return value_error();
    if (count < 1)
        return call_fail(call, 2, NULL, "linspace's count must be 1 or more");
    const double step = count > 1 ? (stop - start) / (double)(count - 1) : 0;
    return line_of_floats(call, start, step, (double)count, count > 1 ? &stop : NULL, dtype);
}

/* ---- comparisons of places ---- */

/* Is each element the number of its place along the axis? */
static Node *places_equal(Graph *g, Node *x, const Type *shape, int axis)
{
    Type places = *shape;
    places.dtype = x->type.dtype;
    return graph_binary(g, OP_eq, graph_broadcast(g, x, &places), graph_iota(g, &places, axis));
}

Value call_eye(Call *call)
{
    Graph *g = elab_graph(call->e);
    Type type = {.dtype = DT_I64};
    DType dtype = DT_F32;
    const Value sizes[2] = {call->args[0], call->args[call_has(call, 1) ? 1 : 0]};
    const Value list = value_list(call->e, sizes, 2);
    if (!value_want_shape(call->e, &list, call->loc, &type, NULL) ||
        !value_want_dtype(call->e, &call->args[2], call->locs[2], &dtype))
        return value_error();
    Node *row = graph_iota(g, &type, 0);
    return value_tensor(graph_cast(g, places_equal(g, row, &type, 1), dtype));
}

/* Where the new axis stands among those of the result. */
static bool one_hot_axis(Call *call, const Type *x, int *axis)
{
    Type longer = *x;
    *axis = longer.rank++;
    return !call_has(call, 2) ||
           value_want_axis(call->e, &call->args[2], call->locs[2], &longer, axis);
}

Value call_one_hot(Call *call)
{
    Graph *g = elab_graph(call->e);
    Node *x = call_tensor(call, 0);
    int64_t classes;
    int axis;
    DType dtype = DT_I64;
    if (!x ||
        !value_want_int(call->e, &call->args[1], call->locs[1], "the number of classes",
                        &classes) ||
        !value_want_dtype(call->e, &call->args[3], call->locs[3], &dtype))
        return value_error();
    if (!dtype_is_int(x->type.dtype))
        return call_fail(call, 0, "convert it: i64(...)", "one_hot needs integers, not %s",
                         call_type_text(call, x));
    if (classes < 1)
        return call_fail(call, 1, NULL, "one_hot needs 1 class or more");
    if (x->type.rank == MAX_RANK)
        return call_fail(call, 0, NULL, "the result would have more than %d dimensions", MAX_RANK);
    if (!one_hot_axis(call, &x->type, &axis))
        return value_error();
    elab_mark_range(call->e, x, 0, classes - 1);
    Type row = {.rank = x->type.rank + 1};
    for (int i = 0; i < row.rank; i++)
        row.dims[i] = i == axis ? dim_fixed(1) : x->type.dims[i - (i > axis)];
    Type shape = row;
    shape.dims[axis] = dim_fixed(classes);
    if (!type_within_limits(call->e, &shape, call->loc))
        return value_error();
    x = graph_reshape(g, graph_cast(g, x, dtype_promote(x->type.dtype, DT_I32)), &row);
    return value_tensor(graph_cast(g, places_equal(g, x, &shape, axis), dtype));
}

/* ---- casts ---- */

Value call_cast(Call *call)
{
    DType dtype = DT_F32;
    dtype_from_name(call->builtin->name, &dtype);
    const Value *v = &call->args[0];
    if (v->kind == VALUE_LIST && dtype_is_float(dtype)) { /* numbers not by way of f32 */
        Node *floats = value_to_dtype(call->e, v, dtype, call->locs[0]);
        return floats ? value_tensor(floats) : value_error();
    }
    if (value_is_host(v) || v->kind == VALUE_FLOAT) /* not by way of f32 */
        return value_tensor(graph_cast(elab_graph(call->e), value_to_host(call->e, v), dtype));
    Node *x = call_tensor(call, 0);
    return x ? value_tensor(graph_cast(elab_graph(call->e), x, dtype)) : value_error();
}

/* ---- from a file ---- */

Value call_load(Call *call)
{
    const Value *path = &call->args[0], *name = &call->args[1];
    if (path->kind != VALUE_STRING)
        return call_fail(call, 0, NULL,
                         "load takes the path of a file, as in load(\"x.npy\"), not %s",
                         value_describe(call->e, path));
    if (call_has(call, 1) && name->kind != VALUE_STRING)
        return call_fail(call, 1, NULL, "the name of an array in an .npz is a string, not %s",
                         value_describe(call->e, name));
    Load load = {.path = path->text, .member = call_has(call, 1) ? name->text : NULL};
    if ((call_has(call, 2) &&
         !range_from_value(call->e, &call->args[2], call->locs[2], "rows", &load.rows)) ||
        (call_has(call, 3) &&
         !range_from_value(call->e, &call->args[3], call->locs[3], "columns", &load.columns)))
        return value_error();
    return elab_load(call->e, &load, call->locs);
}
