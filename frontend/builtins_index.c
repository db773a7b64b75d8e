/* builtins_index.c -- elements at computed places, and running totals.
 *
 *     take(table, ids, axis = 0)           f32[batch, 3, 8] from f32[50, 8] and i64[batch, 3]
 *     take_along_axis(x, order, axis)      each row by its own indices
 *     gather(x, dim, index)                the same in PyTorch's order; index may be smaller than x
 *     pick(logp, label)                    f32[batch] from f32[batch, 10] and i32[batch]
 *     cumsum(x, axis)                      x[0], x[0] + x[1] ... */
#include <string.h>

#include "frontend/builtins.h"

/* ---- take ---- */

/* The axis given by argument i; without one all axes become one, as in NumPy. */
static bool take_axis(Call *call, int i, Node **x, int *axis)
{
    *axis = 0;
    if (call_has(call, i))
        return value_want_axis(call->e, &call->args[i], call->locs[i], &(*x)->type, axis);
    Type flat = {.rank = 1, .dims = {{1, false}}};
    if (type_batch_axis(&(*x)->type) >= 0 || !type_count(&(*x)->type, 1, &flat.dims[0].size)) {
        call_fail(call, -1, "say axis = ...", "%s of %s needs an axis", call->builtin->name,
                  call_type_text(call, *x));
        return false;
    }
    *x = graph_reshape(elab_graph(call->e), *x, &flat);
    return true;
}

static Value take(Call *call, int index_at, int axis_at)
{
    Node *x = call_tensor(call, 0), *index = call_tensor(call, index_at);
    int axis;
    if (!x || !index || !take_axis(call, axis_at, &x, &axis) ||
        !places_fit(call->e, index, &x->type, axis, call->locs[index_at]))
        return value_error();
    Node *y = places_take(call->e, x, index, axis, axis, call->loc);
    return y ? value_tensor(y) : value_error();
}

Value call_take(Call *call)
{
    return take(call, 1, 2);
}

/* index_select(x, axis, index): index has one axis, or none, which stands for one. */
Value call_index_select(Call *call)
{
    const Node *index = call_tensor(call, 2);
    if (!index)
        return value_error();
    if (index->type.rank != 1)
        return call_fail(call, 2, "take(x, index, axis) takes any shape",
                         "index_select needs a list of indices, not %s",
                         call_type_text(call, index));
    return take(call, 2, 1);
}

/* ---- one index for each element ---- */

typedef struct Along { /* x and index of one rank, indexed along an axis */
    Node *x, *index;
    int axis;
} Along;

static bool along_read(Call *call, int index_at, int axis_at, Along *a)
{
    a->x = call_tensor(call, 0);
    a->index = call_tensor(call, index_at);
    if (!a->x || !a->index ||
        !value_want_axis(call->e, &call->args[axis_at], call->locs[axis_at], &a->x->type, &a->axis))
        return false;
    if (a->x->type.rank == a->index->type.rank)
        return places_fit(call->e, a->index, &a->x->type, a->axis, call->locs[index_at]);
    call_fail(call, index_at, "take(x, index, axis) takes any shape",
              "%s needs as many axes in the index as in the tensor: %s, and %s",
              call->builtin->name, call_type_text(call, a->index), call_type_text(call, a->x));
    return false;
}

static bool along_fail(Call *call, int index_at, const Along *a, int k)
{
    call_fail(call, index_at, NULL, "%s of %s along axis %d: the index %s differs in axis %d",
              call->builtin->name, call_type_text(call, a->x), a->axis,
              call_type_text(call, a->index), k);
    return false;
}

static Value along_gather(Call *call, const Along *a)
{
    char table[MAX_RANK + 1], places[MAX_RANK + 1];
    places_along(&a->x->type, a->axis, table, places);
    return value_tensor(places_gather(call->e, a->x, a->index, a->axis, table, places, places));
}

/* The other axes are broadcast, as in NumPy. */
Value call_take_along_axis(Call *call)
{
    Graph *g = elab_graph(call->e);
    Along a;
    if (!along_read(call, 1, 2, &a))
        return value_error();
    Type table = a.x->type, places = a.index->type;
    for (int k = 0; k < table.rank; k++) {
        if (k == a.axis || dim_equal(table.dims[k], places.dims[k]))
            continue;
        if (dim_is_one(table.dims[k]))
            table.dims[k] = places.dims[k];
        else if (dim_is_one(places.dims[k]))
            places.dims[k] = table.dims[k];
        else
            return along_fail(call, 1, &a, k) ? value_none() : value_error();
    }
    if (!type_within_limits(call->e, &table, call->loc) ||
        !type_within_limits(call->e, &places, call->loc))
        return value_error();
    a.x = graph_expand(g, a.x, &table);
    a.index = graph_expand(g, a.index, &places);
    return along_gather(call, &a);
}

/* The first elements of x along each axis but one, as many as `like` has. */
static Node *cut_to(Graph *g, Node *x, const Type *like, int axis)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Type cut = x->type;
    for (int k = 0; k < x->type.rank; k++) {
        step[k] = 1;
        if (k != axis)
            cut.dims[k] = like->dims[k];
    }
    return type_same_shape(&cut, &x->type) ? x : graph_slice(g, x, start, step, &cut);
}

static bool dim_is_within(Dim a, Dim b)
{
    return a.batch == b.batch && (a.batch ? a.size == b.size : a.size <= b.size);
}

/* May the index be smaller than x, along other axes than its own?  As in PyTorch. */
static bool along_is_within(Call *call, int index_at, const Along *a)
{
    for (int k = 0; k < a->x->type.rank; k++)
        if (k != a->axis && !dim_is_within(a->index->type.dims[k], a->x->type.dims[k]))
            return along_fail(call, index_at, a, k);
    return true;
}

Value call_gather(Call *call)
{
    Along a;
    if (!along_read(call, 2, 1, &a) || !along_is_within(call, 2, &a))
        return value_error();
    a.x = cut_to(elab_graph(call->e), a.x, &a.index->type, a.axis);
    return along_gather(call, &a);
}

/* ---- pick: one element of each row ---- */

static bool pick_fits(Call *call, const Node *x, const Node *index, int axis)
{
    Type wanted = {.dtype = index->type.dtype};
    for (int i = 0; i < x->type.rank; i++)
        if (i != axis)
            wanted.dims[wanted.rank++] = x->type.dims[i];
    if (dtype_is_int(index->type.dtype) && type_same_shape(&wanted, &index->type))
        return true;
    if (!dtype_is_int(wanted.dtype))
        wanted.dtype = DT_I64;
    call_fail(call, 1, NULL, "the labels are %s; to choose along axis %d of %s they must be %s",
              call_type_text(call, index), axis, call_type_text(call, x),
              type_text(elab_arena(call->e), &wanted));
    return false;
}

Value call_pick(Call *call)
{
    Node *x = call_tensor(call, 0), *index = call_tensor(call, 1);
    if (!x || !index)
        return value_error();
    int axis = x->type.rank - 1;
    if (x->type.rank == 0)
        return call_fail(call, 0, NULL, "pick needs a tensor with an axis, not %s",
                         call_type_text(call, x));
    if ((call_has(call, 2) &&
         !value_want_axis(call->e, &call->args[2], call->locs[2], &x->type, &axis)) ||
        !pick_fits(call, x, index, axis))
        return value_error();
    if (x->type.dims[axis].batch)
        return call_fail(call, 2, NULL, "cannot pick along the batch dimension of %s",
                         call_type_text(call, x));
    if (!places_fit(call->e, index, &x->type, axis, call->locs[1]))
        return value_error();
    elab_mark_range(call->e, index, 0,
                    x->type.dims[axis].size - 1); /* labels of data are classes */
    return value_tensor(places_pick(call->e, x, index, axis, 0));
}

/* ---- sums to computed places ---- */

/* x and what is added to it, of one dtype of numbers. */
static bool add_operands(Call *call, Node **x, Node **source)
{
    if (!dtype_is_int((*x)->type.dtype) && !dtype_is_float((*x)->type.dtype)) {
        call_fail(call, 0, "convert it: i64(...)", "%s needs numbers, not %s", call->builtin->name,
                  call_type_text(call, *x));
        return false;
    }
    if ((*source)->type.dtype == (*x)->type.dtype)
        return true;
    call_fail(call, 3, NULL, "%s adds %s to %s: the dtypes must agree", call->builtin->name,
              call_type_text(call, *source), call_type_text(call, *x));
    return false;
}

/* x plus y, which may be smaller along some axes. */
static Value add_into(Call *call, Node *x, Node *y)
{
    Graph *g = elab_graph(call->e);
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    for (int k = 0; k < MAX_RANK; k++)
        step[k] = 1;
    if (!type_same_shape(&x->type, &y->type))
        y = graph_pad(g, y, start, step, scalar_int(DT_I64, 0), &x->type);
    return value_tensor(graph_binary(g, OP_add, x, y));
}

/* scatter_add(x, axis, index, source), as PyTorch has it: index may be smaller than both. */
Value call_scatter_add(Call *call)
{
    Along a;
    char table[MAX_RANK + 1], places[MAX_RANK + 1];
    Node *source = call_tensor(call, 3);
    if (!source || !along_read(call, 2, 1, &a) || !along_is_within(call, 2, &a) ||
        !add_operands(call, &a.x, &source))
        return value_error();
    bool fits = source->type.rank == a.index->type.rank;
    for (int k = 0; fits && k < source->type.rank; k++)
        fits = dim_is_within(a.index->type.dims[k], source->type.dims[k]);
    if (!fits)
        return call_fail(call, 3, NULL, "scatter_add takes %s by the index %s: it is too small",
                         call_type_text(call, source), call_type_text(call, a.index));
    Graph *g = elab_graph(call->e);
    source = cut_to(g, source, &a.index->type, -1);
    Type shape = a.index->type;
    shape.dims[a.axis] = a.x->type.dims[a.axis];
    places_along(&a.x->type, a.axis, table, places);
    return add_into(
        call, a.x, places_scatter(call->e, source, a.index, a.axis, table, places, places, &shape));
}

/* index_add(x, axis, index, source): slice i of source is added to slice index[i] of x. */
Value call_index_add(Call *call)
{
    Node *x = call_tensor(call, 0), *index = call_tensor(call, 2), *source = call_tensor(call, 3);
    int axis;
    if (!x || !index || !source ||
        !value_want_axis(call->e, &call->args[1], call->locs[1], &x->type, &axis) ||
        !places_fit(call->e, index, &x->type, axis, call->locs[2]) ||
        !add_operands(call, &x, &source))
        return value_error();
    Type wanted = x->type;
    wanted.dims[axis] = index->type.dims[0];
    if (index->type.rank != 1 || !type_same_shape(&wanted, &source->type))
        return call_fail(call, 3, NULL, "index_add of %s along axis %d: %s does not fit index %s",
                         call_type_text(call, x), axis, call_type_text(call, source),
                         call_type_text(call, index));
    char table[MAX_RANK + 1], elements[MAX_RANK + 1], place[2] = {0};
    places_along(&x->type, axis, table, elements);
    place[0] = elements[axis];
    return add_into(call, x,
                    places_scatter(call->e, source, index, axis, table, place, elements, &x->type));
}

/* ---- running totals ---- */

/* Of integers and bools in i64, as PyTorch has them. */
Value call_cumulate(Call *call)
{
    Node *x = call_tensor(call, 0);
    int axis = 0;
    bool exclusive = false, reverse = false;
    if (!x || !call_flag(call, 2, "exclusive", &exclusive) ||
        !call_flag(call, 3, "reverse", &reverse))
        return value_error();
    if (!call_has(call, 1) && x->type.rank != 1)
        return call_fail(call, -1, "say axis = ...", "%s of %s needs an axis", call->builtin->name,
                         call_type_text(call, x));
    if (call_has(call, 1) &&
        !value_want_axis(call->e, &call->args[1], call->locs[1], &x->type, &axis))
        return value_error();
    if (x->type.dims[axis].batch)
        return call_fail(call, 1, NULL, "%s cannot go along the batch dimension of %s",
                         call->builtin->name, call_type_text(call, x));
    Graph *g = elab_graph(call->e);
    if (!dtype_is_float(x->type.dtype))
        x = graph_cast(g, x, DT_I64);
    const Op op = strcmp(call->builtin->name, "cumprod") == 0 ? OP_cumprod : OP_cumsum;
    return value_tensor(graph_running(g, op, x, axis, exclusive, reverse));
}
