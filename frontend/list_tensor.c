/* list_tensor.c -- lists where tensors are expected: literals, and tensors stacked.
 *
 *     [[1, 2], [3, 4]]      i64[2, 2], a constant
 *     [1, 2.5]              f32[2]
 *     [x, 2 * x]            f32[2, ..], x stacked on itself
 *     [[1, 2], [3]]         an error: the rows differ in length */
#include "frontend/builtins.h"

#include "support/checked.h"

enum { LIST_LIMIT = 1 << 24 }; /* elements: lists may hold one list many times */

typedef struct Flat { /* a nested list, its leaves in row-major order */
    Type shape;       /* of the lists; what a leaf tensor has comes behind */
    Value *leaves;
    Loc *locs;
    int count;
    bool numbers; /* all leaves are known when compiling */
} Flat;

static bool list_fail(Elab *e, Loc loc, const char *message)
{
    diag_error(elab_diag(e), loc, NULL, "%s", message);
    return false;
}

/* The shape along the first elements: what all others must have. */
static bool flat_measure(Elab *e, const Value *list, Loc loc, Flat *flat)
{
    int64_t count = 1;
    const Value *v = list;
    while (v->kind == VALUE_LIST) {
        if (flat->shape.rank == MAX_RANK)
            return list_fail(e, loc, "this list is nested too deep for a tensor (8 dimensions)");
        if (v->items->count == 0)
            return list_fail(e, loc, "an empty list is no tensor; zeros(0) makes an empty one");
        if (!checked_mul(count, v->items->count, &count) || count > LIST_LIMIT)
            return list_fail(e, loc, "this list is too long for a tensor");
        flat->shape.dims[flat->shape.rank++] = dim_fixed(v->items->count);
        v = &v->items->data[0];
    }
    flat->leaves = arena_array(elab_arena(e), Value, count);
    flat->locs = arena_array(elab_arena(e), Loc, count);
    flat->numbers = true;
    return true;
}

static bool flat_fill(Elab *e, const Value *v, int depth, Loc loc, Flat *flat)
{
    if (v->kind == VALUE_ERROR)
        return false;
    if ((v->kind == VALUE_LIST) != (depth < flat->shape.rank))
        return list_fail(e, loc, "this list is no tensor: it mixes lists and elements");
    if (v->kind != VALUE_LIST) {
        flat->locs[flat->count] = loc;
        flat->leaves[flat->count++] = *v;
        flat->numbers &= value_is_number(v);
        return true;
    }
    if (v->items->count != flat->shape.dims[depth].size) {
        diag_error(elab_diag(e), loc, NULL,
                   "this list is no tensor: its rows differ in length, %lld and %d",
                   (long long)flat->shape.dims[depth].size, v->items->count);
        return false;
    }
    for (int i = 0; i < v->items->count; i++)
        if (!flat_fill(e, &v->items->data[i], depth + 1, loc, flat))
            return false;
    return true;
}

static Node *flat_to_literal(Elab *e, const Flat *flat, DType dtype, Loc loc)
{
    Scalar *elements = arena_array(elab_arena(e), Scalar, flat->count);
    for (int i = 0; i < flat->count; i++)
        if (!value_to_scalar(e, &flat->leaves[i], dtype, loc, &elements[i]))
            return NULL;
    Type type = flat->shape;
    type.dtype = dtype;
    return graph_literal(elab_graph(e), elements, &type);
}

/* The leaf as a row of the stack: a leading dimension of 1. */
static Node *leaf_to_row(Elab *e, const Value *leaf, DType dtype, Loc loc)
{
    Node *node = value_to_dtype(e, leaf, dtype, loc);
    if (!node)
        return NULL;
    Type row = {.rank = node->type.rank + 1, .dims = {dim_fixed(1)}};
    if (row.rank > MAX_RANK) {
        list_fail(e, loc, "the stacked tensor would have more than 8 dimensions");
        return NULL;
    }
    for (int i = 1; i < row.rank; i++)
        row.dims[i] = node->type.dims[i - 1];
    return graph_reshape(elab_graph(e), node, &row);
}

/* Several values where one tensor is wanted, as those of a recurrent layer. */
static const char *mend_list(Elab *e, int count)
{
    return arena_printf(
        elab_arena(e),
        "if these %d values belong together: name each (a, b = ...), or take one, as "
        "in values[0]",
        count);
}

static bool rows_stack(Elab *e, const Flat *flat, Node **rows, DType dtype, Loc loc)
{
    for (int i = 0; i < flat->count; i++) {
        rows[i] = leaf_to_row(e, &flat->leaves[i], dtype, loc);
        if (!rows[i])
            return false;
        if (!type_same_shape(&rows[i]->type, &rows[0]->type)) {
            diag_error(elab_diag(e), loc, mend_list(e, flat->count),
                       "cannot stack %s and %s: their shapes differ",
                       value_describe(e, &flat->leaves[0]), value_describe(e, &flat->leaves[i]));
            return false;
        }
    }
    return true;
}

static Node *flat_to_stack(Elab *e, const Flat *flat, DType dtype, Loc loc)
{
    Graph *g = elab_graph(e);
    Node **rows = arena_array(elab_arena(e), Node *, flat->count);
    if (!rows_stack(e, flat, rows, dtype, loc))
        return NULL;
    Type whole = flat->shape;
    const Type *row = &rows[0]->type;
    if (whole.rank + row->rank - 1 > MAX_RANK) {
        list_fail(e, loc, "the stacked tensor would have more than 8 dimensions");
        return NULL;
    }
    for (int i = 1; i < row->rank; i++)
        whole.dims[whole.rank++] = row->dims[i];
    if (!type_within_limits(e, &whole, loc))
        return NULL;
    Node *stack = flat->count == 1 ? rows[0] : graph_concat(g, rows, flat->count, 0);
    return type_same_shape(&stack->type, &whole) ? stack : graph_reshape(g, stack, &whole);
}

Node *list_to_tensor(Elab *e, const Value *list, DType floats, Loc loc)
{
    Flat flat = {0};
    DType dtype;
    if (!flat_measure(e, list, loc, &flat) || !flat_fill(e, list, 0, loc, &flat) ||
        !promote_values(e, flat.leaves, flat.locs, flat.count, &dtype))
        return NULL;
    if (flat.numbers && dtype_is_float(dtype))
        dtype = floats;
    return flat.numbers ? flat_to_literal(e, &flat, dtype, loc)
                        : flat_to_stack(e, &flat, dtype, loc);
}
