/* builtins_math.c -- functions of each element: exp, floor, clamp, where ...; dot and outer.
 *
 * Numbers give numbers, options and counters stay on the host, tensors give tensors:
 *
 *     sqrt(64)              8.0
 *     cos(step / steps)     a host scalar
 *     exp(i32[3])           f32[3]: integers become floats */
#include "frontend/builtins.h"

#include <math.h>
#include <string.h>

/* ---- one operand ---- */

static Op builtin_op(const Call *call)
{
    Op op = OP_neg;
    if (!op_from_name(call->builtin->name, &op))
        ice("the built-in function '%s' has no operation", call->builtin->name);
    return op;
}

/* The rules of the operation table know the value for a number, too. */
static Value fold_number(Call *call, Op op, DType dtype)
{
    const Type type = type_scalar(op == OP_isnan ? DT_BOOL : dtype);
    Scalar arg, out;
    if (!value_to_scalar(call->e, &call->args[0], dtype, call->locs[0], &arg))
        return value_error();
    if (!op_eval(op, &type, NULL, &arg, &out))
        ice("%s of a number does not fold", op_info[op].name);
    if (out.dtype == DT_BOOL)
        return value_bool(out.i != 0);
    return dtype_is_float(out.dtype) ? value_float(out.f) : value_int(out.i);
}

/* A host value as it is, anything else as a tensor. */
static Node *unary_operand(Call *call)
{
    const Value *v = &call->args[0];
    return value_is_host(v) || v->kind == VALUE_DIM ? value_to_host(call->e, v)
                                                    : call_tensor(call, 0);
}

static Value float_unary(Call *call, Op op)
{
    if (value_is_number(&call->args[0]))
        return fold_number(call, op, DT_F64);
    Node *x = unary_operand(call);
    if (!x)
        return value_error();
    Graph *g = elab_graph(call->e);
    if (!dtype_is_float(x->type.dtype))
        x = graph_cast(g, x, DT_F32);
    return value_tensor(graph_unary(g, op, x));
}

Value call_unary(Call *call)
{
    return float_unary(call, builtin_op(call));
}

Value call_isnan(Call *call)
{
    return float_unary(call, OP_isnan);
}

/* abs, sign, floor, ceil, round: integers stay integers. */
Value call_rounding(Call *call)
{
    Graph *g = elab_graph(call->e);
    const Op op = builtin_op(call);
    const bool rounds = op != OP_abs && op != OP_sign;
    const Value *v = &call->args[0];
    if (v->kind == VALUE_INT)
        return rounds ? *v : fold_number(call, op, DT_I64);
    if (v->kind == VALUE_FLOAT)
        return fold_number(call, op, DT_F64);
    Node *x = unary_operand(call);
    if (!x)
        return value_error();
    if (x->type.dtype == DT_BOOL)
        return call_fail(call, 0, "convert it: f32(...)", "%s needs numbers, not %s",
                         call->builtin->name, call_type_text(call, x));
    return value_tensor(rounds && dtype_is_int(x->type.dtype) ? x : graph_unary(g, op, x));
}

Value call_neg(Call *call)
{
    return operator_unary(call->e, OPER_NEG, call->args[0], call->locs[0]);
}

/* ---- two operands ---- */

Value call_operator(Call *call)
{
    static const struct {
        const char *name;
        Operator op;
    } rows[] = {{"add", OPER_ADD}, {"sub", OPER_SUB},       {"mul", OPER_MUL},
                {"div", OPER_DIV}, {"mod", OPER_MOD},       {"floordiv", OPER_FLOORDIV},
                {"pow", OPER_POW}, {"matmul", OPER_MATMUL}, {"remainder", OPER_MOD}};
    size_t i = 0;
    while (strcmp(rows[i].name, call->builtin->name) != 0)
        i++;
    return operator_apply(call->e, rows[i].op, call->args[0], call->args[1], call->loc,
                          call->locs[0], call->locs[1]);
}

static Value extreme_number(const Value *a, const Value *b, Op op)
{
    const double x = value_as_double(a), y = value_as_double(b);
    if (x != x || y != y)
        return x != x ? *a : *b;
    return (x < y) == (op == OP_minimum) ? *a : *b;
}

static bool is_plain_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
}

static Value extreme(Call *call, Op op, const Value *a, const Value *b, Loc a_loc, Loc b_loc)
{
    if (is_plain_number(a) && is_plain_number(b))
        return extreme_number(a, b, op);
    return binary_apply(call->e, op, PAIR_NUMBERS, a, b, "compare", call->loc, a_loc, b_loc);
}

Value call_extreme(Call *call)
{
    return extreme(call, builtin_op(call), &call->args[0], &call->args[1], call->locs[0],
                   call->locs[1]);
}

Value call_atan2(Call *call)
{
    const Value *y = &call->args[0], *x = &call->args[1];
    if (is_plain_number(y) && is_plain_number(x))
        return value_float(atan2(value_as_double(y), value_as_double(x)));
    return binary_apply(call->e, OP_atan2, PAIR_FLOATS, y, x, "take the angle of", call->loc,
                        call->locs[0], call->locs[1]);
}

static bool is_tensor(const Value *v)
{
    return !is_plain_number(v) && !value_is_host(v) && v->kind != VALUE_DIM;
}

/* x, but the bound (argument i) where x is `beyond` it.  Unlike maximum and minimum, an x that is
 * at the bound keeps the whole gradient, as in PyTorch. */
static Value bounded(Call *call, Op beyond, Value x, int i)
{
    Graph *g = elab_graph(call->e);
    const Value values[2] = {x, call->args[i]};
    const Loc locs[2] = {call->locs[0], call->locs[i]};
    Node *pair[2];
    if (!is_tensor(&values[0]) && !is_tensor(&values[1]))
        return extreme(call, beyond == OP_lt ? OP_maximum : OP_minimum, &values[0], &values[1],
                       locs[0], locs[1]);
    if (!broadcast_values(call->e, values, locs, 2, PAIR_NUMBERS, pair, "compare", call->loc))
        return value_error();
    Node *outside = graph_binary(g, beyond, pair[0], pair[1]);
    return value_tensor(graph_where(g, outside, pair[1], pair[0]));
}

Value call_clamp(Call *call)
{
    Value x = call->args[0];
    if (!call_has(call, 1) && !call_has(call, 2))
        return call_fail(call, -1, NULL, "clamp needs min, max or both");
    if (call_has(call, 1))
        x = bounded(call, OP_lt, x, 1);
    if (call_has(call, 2))
        x = bounded(call, OP_gt, x, 2);
    return x;
}

/* ---- where ---- */

static Value where_known(const Call *call, bool condition)
{
    return call->args[condition ? 1 : 2];
}

Value call_where(Call *call)
{
    Graph *g = elab_graph(call->e);
    Node *branches[2];
    Type shape;
    if (call->args[0].kind == VALUE_BOOL)
        return where_known(call, call->args[0].integer != 0);
    Node *condition = call_tensor(call, 0);
    if (!condition)
        return value_error();
    if (condition->type.dtype != DT_BOOL)
        return call_fail(call, 0, "compare it: x != 0", "where needs a condition of bools, not %s",
                         call_type_text(call, condition));
    if (!broadcast_values(call->e, &call->args[1], &call->locs[1], 2, PAIR_ANY, branches,
                          "choose between", call->loc) ||
        !broadcast_shapes(call->e, &condition->type, &branches[0]->type, "choose by", call->loc,
                          &shape))
        return value_error();
    return value_tensor(graph_where(g, graph_broadcast(g, condition, &shape),
                                    graph_broadcast(g, branches[0], &shape),
                                    graph_broadcast(g, branches[1], &shape)));
}

/* ---- vectors ---- */

static bool want_vectors(Call *call, Node **a, Node **b)
{
    *a = call_tensor(call, 0);
    *b = call_tensor(call, 1);
    if (!*a || !*b)
        return false;
    if ((*a)->type.rank == 1 && (*b)->type.rank == 1)
        return true;
    call_fail(call, -1, NULL, "%s needs two vectors, not %s and %s", call->builtin->name,
              call_type_text(call, *a), call_type_text(call, *b));
    return false;
}

Value call_dot(Call *call)
{
    Node *a, *b;
    if (!want_vectors(call, &a, &b))
        return value_error();
    const Value x = value_tensor(a), y = value_tensor(b);
    return matmul_apply(call->e, &x, &y, call->loc, call->locs[0], call->locs[1]);
}

Value call_outer(Call *call)
{
    Node *a, *b;
    if (!want_vectors(call, &a, &b))
        return value_error();
    const Type column = {.rank = 2, .dims = {a->type.dims[0], dim_fixed(1)}};
    const Value x = value_tensor(graph_reshape(elab_graph(call->e), a, &column));
    const Value y = value_tensor(b);
    return binary_apply(call->e, OP_mul, PAIR_NUMBERS, &x, &y, "multiply", call->loc, call->locs[0],
                        call->locs[1]);
}
