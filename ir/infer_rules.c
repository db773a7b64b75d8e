/* infer_rules.c -- the type rules of sources, elementwise operations, reductions and products.
 *
 * In: operands with types, attributes, and for some operations the type that is wanted.
 * Out: the type, or why there is none:
 *
 *     add     f32[batch, 64]  f32[64]     "operands differ: f32[batch, 64] and f32[64]"
 *     sum     f32[batch, 64]  axes=[1]    f32[batch, 1] */
#include "ir/infer_rules.h"

#include <string.h>

#include "ir/model.h"

static InferRule *const rules[OP_COUNT] = {
#define OP(name, arity, class, cost, infer, grad, eval, lower, c, doc) [OP_##name] = infer,
#include "ir/ops.def"
};

bool infer_refuse(const InferCall *call, const char **why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *why = arena_vprintf(call->graph->arena, format, args);
    va_end(args);
    return false;
}

const char *infer_show(const InferCall *call, const Type *type)
{
    return type_text(call->graph->arena, type);
}

bool type_is_sound(Arena *arena, const Type *type, const char **why)
{
    if (type->rank < 0 || type->rank > MAX_RANK || (int)type->dtype < 0 ||
        type->dtype >= DT_COUNT) {
        *why = "the type is malformed";
        return false;
    }
    int batches = 0;
    for (int i = 0; i < type->rank; i++) {
        batches += type->dims[i].batch;
        if (type->dims[i].size < (type->dims[i].batch ? 1 : 0)) {
            *why = arena_printf(arena, "%s has a dimension of size %lld", type_text(arena, type),
                                (long long)type->dims[i].size);
            return false;
        }
    }
    int64_t bytes;
    if (batches > 1)
        *why = arena_printf(arena, "%s has two batch dimensions", type_text(arena, type));
    else if (!type_bytes(type, 1, &bytes))
        *why = arena_printf(arena, "%s is too large", type_text(arena, type));
    else
        return true;
    return false;
}

bool op_type_is_given(Op op)
{
    switch (op) {
    case OP_const:
    case OP_iota:
    case OP_uniform:
    case OP_normal:
    case OP_cast:
    case OP_reshape:
    case OP_expand:
    case OP_slice:
    case OP_pad:
    case OP_window:
    case OP_fold:
    case OP_scatter:
    case OP_arg:
        return true;
    default:
        return false;
    }
}

bool op_infer(const Graph *g, Op op, Node *const *args, int arity, const Attr *attr, Type *out,
              const char **why)
{
    static const Attr no_attr;
    const InferCall call = {g, op, args, arity, attr ? attr : &no_attr};
    const int wanted = op_info[op].arity;
    if (wanted >= 0 && arity != wanted)
        return infer_refuse(&call, why, "%s takes %d operands, not %d", op_info[op].name, wanted,
                            arity);
    for (int i = 0; i < arity; i++)
        if (!args[i])
            return infer_refuse(&call, why, "operand %d is missing", i);
    if (op_type_is_given(op) && !type_is_sound(g->arena, out, why))
        return false;
    return rules[op](&call, out, why) && type_is_sound(g->arena, out, why);
}

/* ---- checks that several rules share ---- */

/* All operands from `first` on have one type. */
static bool same_types(const InferCall *call, int first, const char **why)
{
    for (int i = first + 1; i < call->arity; i++)
        if (!type_equal(infer_arg(call, first), infer_arg(call, i)))
            return infer_refuse(call, why, "operands differ: %s and %s",
                                infer_show(call, infer_arg(call, first)),
                                infer_show(call, infer_arg(call, i)));
    return true;
}

static bool want_float(const InferCall *call, const Type *type, const char **why)
{
    if (!dtype_is_float(type->dtype))
        return infer_refuse(call, why, "%s is not of floats", infer_show(call, type));
    return true;
}

bool infer_want_number(const InferCall *call, const Type *type, const char **why)
{
    if (type->dtype == DT_BOOL)
        return infer_refuse(call, why, "%s is not of numbers", infer_show(call, type));
    return true;
}

bool infer_want_axis(const InferCall *call, int axis, const Type *type, const char **why)
{
    if (axis < 0 || axis >= type->rank)
        return infer_refuse(call, why, "there is no axis %d in %s", axis, infer_show(call, type));
    return true;
}

/* ---- sources ---- */

static bool want_elements(const InferCall *call, const Type *type, const char **why)
{
    int64_t count;
    if (type_batch_axis(type) >= 0 || !type_count(type, 1, &count))
        return infer_refuse(call, why, "a literal of type %s: it cannot have a batch dimension",
                            infer_show(call, type));
    for (int64_t i = 0; i < count; i++)
        if (call->attr->elements[i].dtype != type->dtype)
            return infer_refuse(call, why,
                                "element %lld of the literal is %s in a constant of type %s",
                                (long long)i, dtype_info[call->attr->elements[i].dtype].name,
                                infer_show(call, type));
    return true;
}

bool infer_const(const InferCall *call, Type *out, const char **why)
{
    if (call->attr->elements)
        return want_elements(call, out, why);
    if (call->attr->value.dtype != out->dtype)
        return infer_refuse(call, why, "the number is %s in a constant of type %s",
                            dtype_info[call->attr->value.dtype].name, infer_show(call, out));
    return true;
}

bool infer_iota(const InferCall *call, Type *out, const char **why)
{
    return infer_want_number(call, out, why) &&
           infer_want_axis(call, call->attr->axes[0], out, why);
}

static bool slot_fits(Op op, VarKind kind)
{
    switch (op) {
    case OP_input:
        return kind == VAR_INPUT || kind == VAR_SOURCE;
    case OP_param:
        return kind == VAR_PARAM;
    default:
        return kind == VAR_STATE || kind == VAR_SCRATCH || kind == VAR_FILE;
    }
}

bool infer_slot(const InferCall *call, Type *out, const char **why)
{
    const Model *model = call->graph->model;
    const int slot = call->attr->slot;
    if (slot < 0 || slot >= model->vars.count)
        return infer_refuse(call, why, "there is no variable number %d", slot);
    const Var *var = &model->vars.data[slot];
    if (!slot_fits(call->op, var->kind))
        return infer_refuse(call, why, "'%s' is not what %s reads", var->name,
                            op_info[call->op].name);
    *out = var->type;
    if (call->graph->widened && dtype_is_float(out->dtype))
        out->dtype = DT_F64;
    return true;
}

bool infer_host(const InferCall *call, Type *out, const char **why)
{
    const int slot = call->attr->slot;
    const int count = call->op == OP_option ? call->graph->model->options.count : COUNTER_COUNT;
    if (slot < 0 || slot >= count)
        return infer_refuse(call, why, "there is no %s number %d", op_info[call->op].name, slot);
    *out = type_scalar(DT_F64);
    return true;
}

bool infer_random(const InferCall *call, Type *out, const char **why)
{
    if (dtype_is_half(out->dtype))
        return infer_refuse(call, why, "%s is drawn as f32 and cast", infer_show(call, out));
    return want_float(call, out, why);
}

/* ---- elementwise ---- */

bool infer_cast(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    if (!type_same_shape(x, out))
        return infer_refuse(call, why, "cast of %s cannot change the shape to %s",
                            infer_show(call, x), infer_show(call, out));
    return true;
}

bool infer_same(const InferCall *call, Type *out, const char **why)
{
    (void)why;
    *out = *infer_arg(call, 0);
    return true;
}

bool infer_number(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    return same_types(call, 0, why) && infer_want_number(call, out, why);
}

bool infer_float(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    return same_types(call, 0, why) && want_float(call, out, why);
}

bool infer_test(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    out->dtype = DT_BOOL;
    return want_float(call, infer_arg(call, 0), why);
}

bool infer_logic(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    if (out->dtype != DT_BOOL)
        return infer_refuse(call, why, "%s is not of bools", infer_show(call, out));
    return same_types(call, 0, why);
}

bool infer_compare(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    out->dtype = DT_BOOL;
    return same_types(call, 0, why);
}

bool infer_where(const InferCall *call, Type *out, const char **why)
{
    const Type *condition = infer_arg(call, 0);
    *out = *infer_arg(call, 1);
    if (condition->dtype != DT_BOOL)
        return infer_refuse(call, why, "the condition is %s, not of bools",
                            infer_show(call, condition));
    if (!type_same_shape(condition, out))
        return infer_refuse(call, why, "the condition is %s and the values are %s",
                            infer_show(call, condition), infer_show(call, out));
    return same_types(call, 1, why);
}

/* ---- reductions ---- */

static bool finds_element(Op op)
{
    return op == OP_max || op == OP_min || op == OP_argmax || op == OP_argmin;
}

/* Makes the call's axes of *out, which holds the operand's type, size 1. */
static bool reduce_axes(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    if (call->attr->axis_count < 1 || call->attr->axis_count > x->rank)
        return infer_refuse(call, why, "%d axes to reduce %s", call->attr->axis_count,
                            infer_show(call, x));
    for (int i = 0; i < call->attr->axis_count; i++) {
        const int axis = call->attr->axes[i];
        if (!infer_want_axis(call, axis, x, why))
            return false;
        if (i > 0 && axis <= call->attr->axes[i - 1])
            return infer_refuse(call, why, "the axes do not ascend");
        if (finds_element(call->op) && x->dims[axis].size == 0)
            return infer_refuse(call, why, "%s over axis %d of %s, which is empty",
                                op_info[call->op].name, axis, infer_show(call, x));
        out->dims[axis] = dim_fixed(1);
    }
    return true;
}

bool infer_reduce(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    /* max and min of bools are `any` and `all` */
    return (finds_element(call->op) || infer_want_number(call, out, why)) &&
           reduce_axes(call, out, why);
}

bool infer_argreduce(const InferCall *call, Type *out, const char **why)
{
    *out = *infer_arg(call, 0);
    out->dtype = DT_I64;
    if (call->attr->axis_count != 1)
        return infer_refuse(call, why, "%s takes one axis, not %d", op_info[call->op].name,
                            call->attr->axis_count);
    return reduce_axes(call, out, why);
}

bool infer_running(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    const int axis = call->attr->axes[0];
    *out = *x;
    if (!infer_want_number(call, x, why) || !infer_want_axis(call, axis, x, why))
        return false;
    if (x->dims[axis].batch)
        return infer_refuse(call, why, "%s has no running total along the batch",
                            infer_show(call, x));
    return true;
}

/* ---- gradients ---- */

bool infer_grad(const InferCall *call, Type *out, const char **why)
{
    const Type *y = infer_arg(call, 0);
    *out = *infer_arg(call, 1);
    if (y->rank != 0)
        return infer_refuse(call, why, "the gradient of %s: only of a scalar", infer_show(call, y));
    return want_float(call, y, why) && want_float(call, out, why);
}
