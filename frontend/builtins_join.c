/* builtins_join.c -- tensors put together and taken apart: concat, stack, split, chunk, unbind.
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

Value call_dstack(Call *call)
{
    Pieces p;
    if (!pieces_read(call, &p))
        return value_error();
    pieces_raise(call, &p, 2);
    for (int i = 0; i < p.count; i++)
        if (p.nodes[i]->type.rank == 2) { /* a new last axis */
            const Type longer = type_with_axis(&p.nodes[i]->type, 2);
            p.nodes[i] = graph_reshape(elab_graph(call->e), p.nodes[i], &longer);
        }
    return join(call, &p, 2);
}

/* ---- split, chunk, unbind ---- */

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

/* Torch gives one empty piece of an empty axis. */
static bool cut_evenly(Call *call, Cut *cut, int64_t whole, int64_t size)
{
    if (size < 1 || whole / size >= SPLIT_LIMIT) {
        call_fail(call, 1, NULL, size < 1 ? "a piece's size must be 1 or more" : "too many pieces");
        return false;
    }
    if (whole == 0)
        cut_next(call, cut, 0);
    while (cut->start < whole)
        cut_next(call, cut, whole - cut->start < size ? whole - cut->start : size);
    return true;
}

/* The tensor and the axis, which is argument `which`, 0 by default; not the batch. */
static bool cut_read(Call *call, Cut *cut, int which)
{
    const Value zero = value_int(0);
    *cut = (Cut){.x = call_tensor(call, 0)};
    if (!cut->x || !value_want_axis(call->e, call_has(call, which) ? &call->args[which] : &zero,
                                    call->locs[which], &cut->x->type, &cut->axis))
        return false;
    if (!cut->x->type.dims[cut->axis].batch)
        return true;
    call_fail(call, -1, "give another axis", "cannot split %s along the batch dimension",
              call_type_text(call, cut->x));
    return false;
}

static Value cut_finish(Call *call, const Cut *cut)
{
    return value_list(call->e, cut->pieces.data, cut->pieces.count);
}

Value call_split(Call *call)
{
    Cut cut;
    int64_t size;
    if (!cut_read(call, &cut, 2))
        return value_error();
    const int64_t whole = cut.x->type.dims[cut.axis].size;
    const bool good =
        call->args[1].kind == VALUE_LIST
            ? cut_by_list(call, &cut, whole)
            : value_want_int(call->e, &call->args[1], call->locs[1], "a piece's size", &size) &&
                  cut_evenly(call, &cut, whole, size);
    return good ? cut_finish(call, &cut) : value_error();
}

/* So many pieces, or fewer, as in PyTorch: of equal size, but the last. */
Value call_chunk(Call *call)
{
    Cut cut;
    int64_t count;
    if (!cut_read(call, &cut, 2) ||
        !value_want_int(call->e, &call->args[1], call->locs[1], "the number of pieces", &count))
        return value_error();
    const int64_t whole = cut.x->type.dims[cut.axis].size;
    if (count < 1)
        return call_fail(call, 1, NULL, "the number of pieces must be 1 or more");
    const int64_t size = whole / count + (whole % count != 0);
    return cut_evenly(call, &cut, whole, size > 0 ? size : 1) ? cut_finish(call, &cut)
                                                              : value_error();
}

Value call_unbind(Call *call)
{
    Cut cut;
    if (!cut_read(call, &cut, 1))
        return value_error();
    if (!cut_evenly(call, &cut, cut.x->type.dims[cut.axis].size, 1))
        return value_error();
    for (int i = 0; i < cut.pieces.count; i++) {
        Node *piece = cut.pieces.data[i].node;
        Type shape = piece->type;
        shape.rank--;
        for (int k = cut.axis; k < shape.rank; k++)
            shape.dims[k] = shape.dims[k + 1];
        cut.pieces.data[i] = value_tensor(graph_reshape(elab_graph(call->e), piece, &shape));
    }
    return cut_finish(call, &cut);
}
