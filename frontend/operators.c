/* operators.c -- what + and its like mean.
 *
 * In: two values.  Out: a value: compile-time values fold (fold.c), options and counters stay f64
 * scalars on the host, and where a tensor takes part a tensor comes out:
 *
 *     image / 16         f32[batch, 64]
 *     0.1 * cos(step)    a host scalar
 *     a + b              shapes broadcast and dtypes promote (broadcast.c) */
#include "frontend/builtins.h"

typedef struct OperatorRow {
    Op op;
    PairRule rule;
    const char *verb;
} OperatorRow;

/* clang-format off */
static const OperatorRow rows[OPER_COUNT] = {
    [OPER_ADD]      = {OP_add,      PAIR_NUMBERS, "add"},
    [OPER_SUB]      = {OP_sub,      PAIR_NUMBERS, "subtract"},
    [OPER_MUL]      = {OP_mul,      PAIR_NUMBERS, "multiply"},
    [OPER_DIV]      = {OP_div,      PAIR_FLOATS,  "divide"},
    [OPER_FLOORDIV] = {OP_floordiv, PAIR_NUMBERS, "divide"},
    [OPER_MOD]      = {OP_mod,      PAIR_NUMBERS, "take the remainder of"},
    [OPER_POW]      = {OP_pow,      PAIR_NUMBERS, "take the power of"},
    [OPER_EQ]       = {OP_eq,       PAIR_ANY,     "compare"},
    [OPER_NE]       = {OP_ne,       PAIR_ANY,     "compare"},
    [OPER_LT]       = {OP_lt,       PAIR_ANY,     "compare"},
    [OPER_LE]       = {OP_le,       PAIR_ANY,     "compare"},
    [OPER_GT]       = {OP_gt,       PAIR_ANY,     "compare"},
    [OPER_GE]       = {OP_ge,       PAIR_ANY,     "compare"},
    [OPER_AND]      = {OP_and,      PAIR_ANY,     "join"},
    [OPER_OR]       = {OP_or,       PAIR_ANY,     "join"},
};
/* clang-format on */

static bool stays_on_host(const Value *v)
{
    return value_is_host(v) || v->kind == VALUE_INT || v->kind == VALUE_FLOAT ||
           v->kind == VALUE_DIM;
}

/* Integer operations that have no answer, where the right side is known. */
static bool check_integer_pair(Elab *e, Op op, const Node *x, const Node *y, Loc loc)
{
    const char *problem = NULL;
    if (!dtype_is_int(x->type.dtype) || y->op != OP_const || y->attr.elements)
        return true;
    const int64_t right = y->attr.value.i;
    if ((op == OP_floordiv || op == OP_mod) && right == 0)
        problem = "division of integers by zero";
    if (op == OP_pow && right < 0)
        problem = "an integer tensor to a negative power is no integer; convert it: f32(...)";
    if (problem)
        diag_error(elab_diag(e), loc, NULL, "%s", problem);
    return !problem;
}

static bool check_logic(Elab *e, const Node *x, const Node *y, Loc loc)
{
    if (x->type.dtype == DT_BOOL && y->type.dtype == DT_BOOL)
        return true;
    diag_error(elab_diag(e), loc, "compare first: x != 0", "'and' and 'or' need bools, not %s",
               type_text(elab_arena(e), x->type.dtype == DT_BOOL ? &y->type : &x->type));
    return false;
}

Value binary_apply(Elab *e, Op op, PairRule rule, const Value *a, const Value *b, const char *verb,
                   Loc loc, Loc a_loc, Loc b_loc)
{
    Graph *g = elab_graph(e);
    Node *pair[2];
    if (a->kind == VALUE_ERROR || b->kind == VALUE_ERROR)
        return value_error();
    if (stays_on_host(a) && stays_on_host(b))
        return value_tensor(graph_binary(g, op, value_to_host(e, a), value_to_host(e, b)));
    const Value values[2] = {*a, *b};
    const Loc locs[2] = {a_loc, b_loc};
    if (!broadcast_values(e, values, locs, 2, rule, pair, verb, loc))
        return value_error();
    const bool logic = op == OP_and || op == OP_or;
    if (logic ? !check_logic(e, pair[0], pair[1], loc)
              : !check_integer_pair(e, op, pair[0], pair[1], loc))
        return value_error();
    return value_tensor(graph_binary(g, op, pair[0], pair[1]));
}

/* Text, layers and the like have no arithmetic. */
static bool check_operand(Elab *e, Operator op, const Value *v, Loc loc)
{
    if (v->kind == VALUE_TENSOR || v->kind == VALUE_LIST || v->kind == VALUE_DIM ||
        value_is_number(v))
        return true;
    if (v->kind != VALUE_ERROR)
        diag_error(elab_diag(e), loc, NULL, "'%s' needs a tensor or a number, not %s",
                   operator_text[op], value_describe(e, v));
    return false;
}

Value operator_apply(Elab *e, Operator op, Value a, Value b, Loc loc, Loc a_loc, Loc b_loc)
{
    Value folded;
    if (a.kind == VALUE_ERROR || b.kind == VALUE_ERROR)
        return value_error();
    elab_graph(e)->loc = loc;
    if (operator_fold(e, op, &a, &b, loc, &folded))
        return folded;
    if (!check_operand(e, op, &a, a_loc) || !check_operand(e, op, &b, b_loc))
        return value_error();
    if (op == OPER_MATMUL)
        return matmul_apply(e, &a, &b, loc, a_loc, b_loc);
    const OperatorRow *row = &rows[op];
    if ((op == OPER_AND || op == OPER_OR) && (stays_on_host(&a) || stays_on_host(&b))) {
        diag_error(elab_diag(e), loc, "compare first: x != 0",
                   "'and' and 'or' need bools, not numbers");
        return value_error();
    }
    return binary_apply(e, row->op, row->rule, &a, &b, row->verb, loc, a_loc, b_loc);
}

/* ---- one operand ---- */

static Value negate_integer(Elab *e, int64_t integer, Loc loc)
{
    if (integer != INT64_MIN)
        return value_int(-integer);
    diag_error(elab_diag(e), loc, NULL, "this integer is too large (64 bits)");
    return value_error();
}

static Value unary_fail(Elab *e, const Value *v, Loc loc, const char *needs, const char *mend)
{
    diag_error(elab_diag(e), loc, mend, "%s, not %s", needs, value_describe(e, v));
    return value_error();
}

static Value negate(Elab *e, const Value *a, Loc loc)
{
    if (a->kind == VALUE_INT)
        return negate_integer(e, a->integer, loc);
    if (a->kind == VALUE_FLOAT)
        return value_float(-a->number);
    const bool host = value_is_host(a) || a->kind == VALUE_DIM;
    Node *x = host ? value_to_host(e, a) : value_to_tensor(e, a, loc);
    if (!x)
        return value_error();
    if (x->type.dtype == DT_BOOL)
        return unary_fail(e, a, loc, "'-' needs numbers", "for bools there is 'not'");
    return value_tensor(graph_unary(elab_graph(e), OP_neg, x));
}

static Value invert(Elab *e, const Value *a, Loc loc)
{
    if (a->kind == VALUE_BOOL)
        return value_bool(!a->integer);
    if (value_is_number(a) || value_is_host(a) || a->kind == VALUE_DIM)
        return unary_fail(e, a, loc, "'not' needs a bool", "compare first: x != 0");
    Node *x = value_to_tensor(e, a, loc);
    if (!x)
        return value_error();
    if (x->type.dtype != DT_BOOL)
        return unary_fail(e, a, loc, "'not' needs bools", "compare first: x != 0");
    return value_tensor(graph_unary(elab_graph(e), OP_not, x));
}

Value operator_unary(Elab *e, Operator op, Value a, Loc loc)
{
    elab_graph(e)->loc = loc;
    if (!check_operand(e, op, &a, loc))
        return value_error();
    return op == OPER_NOT ? invert(e, &a, loc) : negate(e, &a, loc);
}
