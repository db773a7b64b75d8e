/* broadcast.c -- operands brought to one dtype and one shape.
 *
 * In: values as written.  Out: nodes of one type, or a message that shows both shapes:
 *
 *     f32[batch, 64] and 16           f32[batch, 64] both: a number takes the tensor's dtype
 *     i32[3] and 0.5                  f32[3] both
 *     f32[batch, 1] and f32[batch]    an error: the result would be batch x batch
 *
 * Promotion is PyTorch's: tensors with dimensions decide, then scalars, then numbers; a lower rank
 * counts only where its kind (bool, integer, float) is higher. */
#include "frontend/builtins.h"

/* ---- dtypes ---- */

enum { LEVEL_TENSOR, LEVEL_SCALAR, LEVEL_NUMBER, LEVEL_COUNT };

typedef struct Promotion { /* what was seen at each level */
    bool seen[LEVEL_COUNT];
    DType dtype[LEVEL_COUNT];
} Promotion;

/* Where an operand stands; false if it is no operand. */
static bool operand_level(const Value *v, int *level, DType *dtype)
{
    *level = LEVEL_NUMBER;
    switch (v->kind) {
    case VALUE_BOOL:
        *dtype = DT_BOOL;
        return true;
    case VALUE_INT:
    case VALUE_DIM:
        *dtype = DT_I64;
        return true;
    case VALUE_FLOAT:
        *dtype = DT_F32;
        return true;
    case VALUE_TENSOR:
        *dtype = v->node->host ? DT_F32 : v->node->type.dtype;
        if (!v->node->host)
            *level = v->node->type.rank > 0 ? LEVEL_TENSOR : LEVEL_SCALAR;
        return true;
    default:
        return false;
    }
}

/* Does the lower level matter beside what the higher ones gave? */
static DType promote_levels(DType high, DType low)
{
    if (dtype_is_float(high) || (high != DT_BOOL && !dtype_is_float(low)))
        return high;
    return dtype_promote(high, low);
}

bool promote_values(Elab *e, const Value *values, const Loc *locs, int count, DType *out)
{
    Promotion p = {{false}, {DT_BOOL}};
    for (int i = 0; i < count; i++) {
        int level;
        DType dtype;
        if (values[i].kind == VALUE_ERROR)
            return false;
        if (!operand_level(&values[i], &level, &dtype)) {
            diag_error(elab_diag(e), locs[i], NULL, "expected a tensor or a number, found %s",
                       value_describe(e, &values[i]));
            return false;
        }
        p.dtype[level] = p.seen[level] ? dtype_promote(p.dtype[level], dtype) : dtype;
        p.seen[level] = true;
    }
    bool any = false;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        if (!p.seen[level])
            continue;
        *out = any ? promote_levels(*out, p.dtype[level]) : p.dtype[level];
        any = true;
    }
    return true;
}

static bool apply_rule(Elab *e, PairRule rule, const char *verb, Loc loc, DType *dtype)
{
    if (rule == PAIR_FLOATS && !dtype_is_float(*dtype))
        *dtype = DT_F32;
    if (rule == PAIR_ANY || *dtype != DT_BOOL)
        return true;
    diag_error(elab_diag(e), loc, "use 'and', 'or', 'not', or convert: f32(...)", "cannot %s bools",
               verb);
    return false;
}

/* ---- shapes ---- */

static const char *dim_text(Elab *e, Dim d)
{
    if (!d.batch)
        return arena_printf(elab_arena(e), "%lld", (long long)d.size);
    return d.size == 1 ? "batch" : arena_printf(elab_arena(e), "%lld*batch", (long long)d.size);
}

static bool shapes_fail(Elab *e, const Type *a, const Type *b, const char *verb, Loc loc,
                        const char *label)
{
    diag_error(elab_diag(e), loc, label, "cannot %s %s and %s", verb, type_text(elab_arena(e), a),
               type_text(elab_arena(e), b));
    return false;
}

static bool batches_fail(Elab *e, const Type *a, const Type *b, const char *verb, Loc loc)
{
    shapes_fail(e, a, b, verb, loc, "the result would be batch x batch");
    diag_note(elab_diag(e), loc,
              "shapes align at their ends, so each sample would meet every other; mend one: "
              "reshape(x, -1, 1), x[:, 0]");
    return false;
}

/* Where an operand was made, if that is another line of the user's than the error's. */
void note_origin(Elab *e, const Node *node, Loc error)
{
    const Loc at = node->loc, shown = elab_user_loc(e, error);
    if (!at.file || at.file->library || (at.file == shown.file && loc_line(at) == loc_line(shown)))
        return;
    diag_note(elab_diag(e), at, "%s comes from here", type_text(elab_arena(e), &node->type));
}

static void note_origins(Elab *e, const Value *values, int count, Loc error)
{
    for (int i = 0; i < count; i++)
        if (values[i].kind == VALUE_TENSOR)
            note_origin(e, values[i].node, error);
}

/* The dimension `back` places from the end, 1 where there is none. */
static Dim dim_from_end(const Type *type, int back)
{
    return back <= type->rank ? type->dims[type->rank - back] : dim_fixed(1);
}

bool broadcast_shapes(Elab *e, const Type *a, const Type *b, const char *verb, Loc loc, Type *out)
{
    Type both = {.dtype = a->dtype, .rank = a->rank > b->rank ? a->rank : b->rank};
    int batches = 0, differing = 0;
    for (int back = both.rank; back >= 1; back--) {
        const Dim x = dim_from_end(a, back), y = dim_from_end(b, back);
        both.dims[both.rank - back] = dim_is_one(x) ? y : x;
        batches += both.dims[both.rank - back].batch;
        if (!dim_is_one(x) && !dim_is_one(y) && !dim_equal(x, y))
            differing = back;
    }
    const bool apart = a->rank > 0 && b->rank > 0 && type_batch_axis(a) >= 0 &&
                       type_batch_axis(b) >= 0 &&
                       a->rank - type_batch_axis(a) != b->rank - type_batch_axis(b);
    if (batches > 1 || apart)
        return batches_fail(e, a, b, verb, loc);
    if (differing)
        return shapes_fail(
            e, a, b, verb, loc,
            arena_printf(elab_arena(e), "%s and %s differ%s",
                         dim_text(e, dim_from_end(a, differing)),
                         dim_text(e, dim_from_end(b, differing)),
                         differing == 1 ? " in the last axis" : ", and neither is 1"));
    *out = both;
    return type_within_limits(e, out, loc);
}

/* ---- both ---- */

static Node *operand_to_type(Elab *e, const Value *v, const Type *type, Loc loc)
{
    Graph *g = elab_graph(e);
    Scalar scalar;
    if (value_is_number(v))
        return value_to_scalar(e, v, type->dtype, loc, &scalar) ? graph_const(g, scalar, type)
                                                                : NULL;
    if (v->kind == VALUE_DIM || v->node->host)
        return graph_scalar_like(g, value_to_host(e, v), type);
    return graph_broadcast(g, graph_cast(g, v->node, type->dtype), type);
}

/* Lists become tensors, the rest stays as it is. */
static bool open_lists(Elab *e, const Value *values, const Loc *locs, int count, Value *out)
{
    for (int i = 0; i < count; i++) {
        out[i] = values[i];
        if (values[i].kind != VALUE_LIST)
            continue;
        Node *node = list_to_tensor(e, &values[i], DT_F32, locs[i]);
        if (!node)
            return false;
        out[i] = value_tensor(node);
    }
    return true;
}

static bool common_type(Elab *e, const Value *values, int count, const char *verb, Loc loc,
                        Type *type)
{
    const DType dtype = type->dtype;
    bool any = false;
    *type = type_scalar(dtype);
    for (int i = 0; i < count; i++) {
        if (values[i].kind != VALUE_TENSOR)
            continue;
        const Type *next = &values[i].node->type;
        if (!any)
            *type = *next;
        else if (!broadcast_shapes(e, type, next, verb, loc, type)) {
            note_origins(e, values, count, loc);
            return false;
        }
        any = true;
    }
    type->dtype = dtype;
    return true;
}

enum { BROADCAST_MAX = 3 };

bool broadcast_values(Elab *e, const Value *values, const Loc *locs, int count, PairRule rule,
                      Node **out, const char *verb, Loc loc)
{
    Value opened[BROADCAST_MAX];
    Type type;
    if (count > BROADCAST_MAX)
        ice("broadcast of %d values", count);
    if (!open_lists(e, values, locs, count, opened) ||
        !promote_values(e, opened, locs, count, &type.dtype) ||
        !apply_rule(e, rule, verb, loc, &type.dtype) ||
        !common_type(e, opened, count, verb, loc, &type))
        return false;
    for (int i = 0; i < count; i++) {
        out[i] = operand_to_type(e, &opened[i], &type, locs[i]);
        if (!out[i])
            return false;
    }
    return true;
}

bool broadcast_pair(Elab *e, Value a, Value b, Node **x, Node **y, const char *verb, Loc loc,
                    Loc a_loc, Loc b_loc)
{
    Node *out[2];
    if (!broadcast_values(e, (Value[]){a, b}, (Loc[]){a_loc, b_loc}, 2, PAIR_ANY, out, verb, loc))
        return false;
    *x = out[0];
    *y = out[1];
    return true;
}
