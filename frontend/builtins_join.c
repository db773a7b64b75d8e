/* builtins_join.c -- tensors put together and taken apart: concat, stack, split, repeat, pad.
 *
 *     concat([a, b], axis = -1)    f32[batch, 7] from f32[batch, 3] and f32[batch, 4]
 *     stack([a, b])                f32[2, 3] from two f32[3]
 *     split(x, 2, axis = 1)        [f32[batch, 2], f32[batch, 2], f32[batch, 1]] from f32[batch, 5]
 *
 * Along the batch dimension nothing is joined or cut. */
#include "frontend/builtins.h"

#include "support/checked.h"

typedef struct Pieces {
    Node **nodes;
    int count;
} Pieces;

/* The tensors of a list, in one dtype. */
static bool pieces_read(Call *call, Pieces *p)
{
    const Value *list = &call->args[0];
    if (list->kind != VALUE_LIST || list->items->count == 0) {
        call_fail(call, 0, arena_printf(elab_arena(call->e), "%s([a, b])", call->builtin->name),
                  "%s takes a list of tensors, not %s", call->builtin->name,
                  list->kind == VALUE_LIST ? "an empty one" : value_describe(call->e, list));
        return false;
    }
    p->count = list->items->count;
    p->nodes = arena_array(elab_arena(call->e), Node *, p->count);
    DType dtype = DT_BOOL;
    for (int i = 0; i < p->count; i++) {
        p->nodes[i] = value_to_tensor(call->e, &list->items->data[i], call->locs[0]);
        if (!p->nodes[i])
            return false;
        dtype = dtype_promote(dtype, p->nodes[i]->type.dtype);
    }
    for (int i = 0; i < p->count; i++)
        p->nodes[i] = graph_cast(elab_graph(call->e), p->nodes[i], dtype);
    return true;
}

/* All axes but one agree, and that one is not the batch. */
static bool pieces_fit(Call *call, const Pieces *p, int axis, Type *whole)
{
    *whole = p->nodes[0]->type;
    for (int i = 0; i < p->count; i++) {
        Type other = p->nodes[i]->type;
        const Dim d = other.dims[axis];
        if (d.batch) {
            call_fail(call, -1, NULL, "cannot join along the batch dimension of %s",
                      call_type_text(call, p->nodes[i]));
            return false;
        }
        other.dims[axis] = whole->dims[axis];
        if (!type_same_shape(&other, whole)) {
            call_fail(call, -1,
                      arena_printf(elab_arena(call->e), "they must agree but for axis %d", axis),
                      "cannot join %s and %s", call_type_text(call, p->nodes[0]),
                      call_type_text(call, p->nodes[i]));
            return false;
        }
        if (i > 0 && !checked_add(whole->dims[axis].size, d.size, &whole->dims[axis].size)) {
            call_fail(call, -1, NULL, "the joined tensor is too large");
            return false;
        }
    }
    return type_within_limits(call->e, whole, call->loc);
}

static Value join(Call *call, const Pieces *p, int axis)
{
    Type whole;
    if (!pieces_fit(call, p, axis, &whole))
        return value_error();
    return value_tensor(graph_concat(elab_graph(call->e), p->nodes, p->count, axis));
}

/* ---- concat, stack ---- */

static bool join_axis(Call *call, const Type *type, int *axis)
{
    const Value zero = value_int(0);
    return value_want_axis(call->e, call_has(call, 1) ? &call->args[1] : &zero, call->locs[1], type,
                           axis);
}

Value call_concat(Call *call)
{
    Pieces p;
    int axis;
    if (!pieces_read(call, &p))
        return value_error();
    if (p.nodes[0]->type.rank == 0)
        return call_fail(call, 0, "stack([a, b])", "cannot join scalars along an axis");
    return join_axis(call, &p.nodes[0]->type, &axis) ? join(call, &p, axis) : value_error();
}

static Type type_with_axis(const Type *type, int axis)
{
    Type longer = {.dtype = type->dtype, .rank = type->rank + 1};
    for (int i = 0; i < longer.rank; i++)
        longer.dims[i] = i == axis ? dim_fixed(1) : type->dims[i - (i > axis)];
    return longer;
}

Value call_stack(Call *call)
{
    Pieces p;
    int axis;
    if (!pieces_read(call, &p))
        return value_error();
    const Type *first = &p.nodes[0]->type;
    for (int i = 0; i < p.count; i++)
        if (!type_same_shape(first, &p.nodes[i]->type) || first->rank == MAX_RANK)
            return call_fail(call, -1, NULL, "cannot stack %s and %s",
                             call_type_text(call, p.nodes[0]), call_type_text(call, p.nodes[i]));
    Type longer = type_with_axis(first, 0);
    if (!join_axis(call, &longer, &axis))
        return value_error();
    longer = type_with_axis(first, axis);
    for (int i = 0; i < p.count; i++)
        p.nodes[i] = graph_reshape(elab_graph(call->e), p.nodes[i], &longer);
    return join(call, &p, axis);
}

/* Gives pieces of fewer axes new ones in front. */
static void pieces_raise(Call *call, Pieces *p, int rank)
{
    for (int i = 0; i < p->count; i++)
        while (p->nodes[i]->type.rank < rank) {
            const Type longer = type_with_axis(&p->nodes[i]->type, 0);
            p->nodes[i] = graph_reshape(elab_graph(call->e), p->nodes[i], &longer);
        }
}

Value call_hstack(Call *call)
{
    Pieces p;
    if (!pieces_read(call, &p))
        return value_error();
    pieces_raise(call, &p, 1);
    return join(call, &p, p.nodes[0]->type.rank > 1 ? 1 : 0);
}

Value call_vstack(Call *call)
{
    Pieces p;
    if (!pieces_read(call, &p))
        return value_error();
    pieces_raise(call, &p, 2);
    return join(call, &p, 0);
}

/* ---- split ---- */

typedef struct Cut {
    Node *x;
    int axis;
    int64_t start;
    ValueVec pieces;
} Cut;

static void cut_next(Call *call, Cut *cut, int64_t size)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Type type = cut->x->type;
    for (int i = 0; i < type.rank; i++)
        step[i] = 1;
    start[cut->axis] = cut->start;
    type.dims[cut->axis] = dim_fixed(size);
    const Value piece = value_tensor(graph_slice(elab_graph(call->e), cut->x, start, step, &type));
    vec_push(elab_arena(call->e), &cut->pieces, piece);
    cut->start += size;
}

static bool cut_by_list(Call *call, Cut *cut, int64_t whole)
{
    const ValueVec *sizes = call->args[1].items;
    for (int i = 0; i < sizes->count; i++) {
        int64_t size;
        if (!value_want_int(call->e, &sizes->data[i], call->locs[1], "a piece's size", &size))
            return false;
        if (size < 0 || size > whole - cut->start)
            break;
        cut_next(call, cut, size);
    }
    if (cut->start == whole && cut->pieces.count == sizes->count)
        return true;
    call_fail(call, 1, NULL, "the sizes must add up to %lld, axis %d of %s", (long long)whole,
              cut->axis, call_type_text(call, cut->x));
    return false;
}

enum { SPLIT_LIMIT = 65536 };

static bool cut_evenly(Call *call, Cut *cut, int64_t whole)
{
    int64_t size;
    if (!value_want_int(call->e, &call->args[1], call->locs[1], "a piece's size", &size))
        return false;
    if (size < 1 || whole / size >= SPLIT_LIMIT) {
        call_fail(call, 1, NULL, size < 1 ? "a piece's size must be 1 or more" : "too many pieces");
        return false;
    }
    while (cut->start < whole)
        cut_next(call, cut, whole - cut->start < size ? whole - cut->start : size);
    return true;
}

Value call_split(Call *call)
{
    Cut cut = {.x = call_tensor(call, 0)};
    const Value zero = value_int(0);
    if (!cut.x || !value_want_axis(call->e, call_has(call, 2) ? &call->args[2] : &zero,
                                   call->locs[2], &cut.x->type, &cut.axis))
        return value_error();
    const Dim whole = cut.x->type.dims[cut.axis];
    if (whole.batch)
        return call_fail(call, -1, "give another axis", "cannot split %s along the batch dimension",
                         call_type_text(call, cut.x));
    const bool by_list = call->args[1].kind == VALUE_LIST;
    if (!(by_list ? cut_by_list(call, &cut, whole.size) : cut_evenly(call, &cut, whole.size)))
        return value_error();
    return value_list(call->e, cut.pieces.data, cut.pieces.count);
}

/* ---- repeat ---- */

/* One axis repeated: a new axis before it grows, and both merge. */
static Node *repeat_axis(Call *call, Node *x, int axis, int64_t times)
{
    Graph *g = elab_graph(call->e);
    const Type with_times = type_with_axis(&x->type, axis);
    Type grown = with_times, merged = x->type;
    grown.dims[axis] = dim_fixed(times);
    if (!checked_mul(merged.dims[axis].size, times, &merged.dims[axis].size)) {
        call_fail(call, -1, NULL, "the repeated tensor is too large");
        return NULL;
    }
    if (!type_within_limits(call->e, &merged, call->loc))
        return NULL;
    return graph_reshape(g, graph_expand(g, graph_reshape(g, x, &with_times), &grown), &merged);
}

static Node *repeat_checked(Call *call, Node *x, int axis, const Value *times)
{
    int64_t n;
    if (!value_want_int(call->e, times, call->loc, "repeat's count", &n))
        return NULL;
    if (n == 1)
        return x;
    if (n < 0)
        call_fail(call, -1, NULL, "repeat's count must be 0 or more");
    else if (x->type.dims[axis].batch)
        call_fail(call, -1, NULL, "cannot repeat %s along the batch dimension",
                  call_type_text(call, x));
    else if (x->type.rank == MAX_RANK)
        call_fail(call, -1, NULL, "repeat takes at most %d dimensions", MAX_RANK - 1);
    else
        return repeat_axis(call, x, axis, n);
    return NULL;
}

Value call_repeat(Call *call)
{
    Pieces p = {.nodes = (Node *[]){call_tensor(call, 0)}, .count = 1};
    int count;
    const Value *times = call_rest(call, &count);
    if (!p.nodes[0])
        return value_error();
    if (count < p.nodes[0]->type.rank || count > MAX_RANK)
        return call_fail(call, -1, NULL, "repeat needs a count for each axis of %s, up to %d",
                         call_type_text(call, p.nodes[0]), MAX_RANK);
    pieces_raise(call, &p, count);
    Node *x = p.nodes[0];
    for (int i = 0; x && i < count; i++)
        x = repeat_checked(call, x, i, &times[i]);
    return x ? value_tensor(x) : value_error();
}

/* ---- pad ---- */

static bool pad_axis(Call *call, const Node *x, int axis, const Value *sides, Type *type,
                     int64_t *start)
{
    int64_t left, right;
    if (!value_want_int(call->e, &sides[0], call->locs[1], "a border's width", &left) ||
        !value_want_int(call->e, &sides[1], call->locs[1], "a border's width", &right))
        return false;
    const char *problem = NULL;
    int64_t size = type->dims[axis].size;
    if (left < 0 || right < 0)
        problem = "a border's width must be 0 or more; slices cut";
    else if (type->dims[axis].batch && (left > 0 || right > 0))
        problem = "cannot pad along the batch dimension";
    else if (!checked_add(size, left, &size) || !checked_add(size, right, &size))
        problem = "the padded tensor is too large";
    if (problem) {
        call_fail(call, 1, NULL, "%s (axis %d of %s)", problem, axis, call_type_text(call, x));
        return false;
    }
    type->dims[axis].size = size;
    start[axis] = left;
    return true;
}

/* The number that fills the border, 0 by default. */
static bool pad_fill(Call *call, DType dtype, Scalar *fill)
{
    const Value zero = value_int(0), *value = call_has(call, 2) ? &call->args[2] : &zero;
    if (value_is_number(value))
        return value_to_scalar(call->e, value, dtype, call->locs[2], fill);
    call_fail(call, 2, NULL, "pad's value must be a number known when compiling, not %s",
              value_describe(call->e, value));
    return false;
}

Value call_pad(Call *call)
{
    Node *x = call_tensor(call, 0);
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Scalar fill;
    if (!x || !pad_fill(call, x->type.dtype, &fill))
        return value_error();
    const Value *list = &call->args[1];
    const int given = list->kind == VALUE_LIST ? list->items->count : 0;
    if (given == 0 || given % 2 != 0 || given / 2 > x->type.rank)
        return call_fail(call, 1, "[left, right] of the last axis, then of the one before",
                         "pad of %s needs a list of two widths an axis", call_type_text(call, x));
    Type type = x->type;
    for (int i = 0; i < type.rank; i++)
        step[i] = 1;
    for (int i = 0; i < given / 2; i++)
        if (!pad_axis(call, x, type.rank - 1 - i, &list->items->data[2 * i], &type, start))
            return value_error();
    if (!type_within_limits(call->e, &type, call->loc))
        return value_error();
    return value_tensor(graph_pad(elab_graph(call->e), x, start, step, fill, &type));
}
