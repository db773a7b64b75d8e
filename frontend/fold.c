/* fold.c -- operators between values that are known when compiling.
 *
 *     7 // 2        3            integers stay integers, checked for overflow
 *     1 / 4         0.25         / always gives a float
 *     "a" == "b"    false        text, dtypes, functions and `none` can be compared
 *     2 * batch     2*batch      a dimension
 *
 * The meaning is Python's.  What involves a tensor or an option is left to operators.c. */
#include "frontend/builtins.h"

#include <math.h>
#include <string.h>

#include "support/checked.h"

typedef struct Fold {
    Elab *e;
    Operator op;
    Loc loc;
    Value *out;
} Fold;

static bool fold_to(Fold *f, Value value)
{
    *f->out = value;
    return true;
}

static bool fold_fail(Fold *f, const char *message)
{
    diag_error(elab_diag(f->e), f->loc, NULL, "%s", message);
    return fold_to(f, value_error());
}

/* ---- integers ---- */

/* The quotient rounded down, and the remainder with b's sign. */
static bool divide_down(int64_t a, int64_t b, int64_t *quotient, int64_t *rest)
{
    if (a == INT64_MIN && b == -1)
        return false;
    *quotient = a / b;
    *rest = a % b;
    if (*rest != 0 && (*rest < 0) != (b < 0)) {
        *quotient -= 1;
        *rest += b;
    }
    return true;
}

static bool power(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t result = 1;
    while (true) {
        if ((exponent & 1) && !checked_mul(result, base, &result))
            return false;
        exponent >>= 1;
        if (exponent == 0)
            break;
        if (!checked_mul(base, base, &base))
            return false;
    }
    *out = result;
    return true;
}

static bool fold_whole_division(Fold *f, int64_t a, int64_t b)
{
    int64_t quotient, rest;
    if (b == 0)
        return fold_fail(f, "division by zero");
    if (!divide_down(a, b, &quotient, &rest))
        return fold_fail(f, "this integer is too large (64 bits)");
    return fold_to(f, value_int(f->op == OPER_MOD ? rest : quotient));
}

static bool fold_integers(Fold *f, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool fits = true;
    switch (f->op) {
    case OPER_ADD:
        fits = checked_add(a, b, &result);
        break;
    case OPER_SUB:
        fits = !__builtin_sub_overflow(a, b, &result);
        break;
    case OPER_MUL:
        fits = checked_mul(a, b, &result);
        break;
    case OPER_POW:
        fits = power(a, b, &result);
        break;
    default:
        return fold_whole_division(f, a, b);
    }
    if (!fits)
        return fold_fail(f, "this integer is too large (64 bits)");
    return fold_to(f, value_int(result));
}

/* ---- floats ---- */

static bool fold_floats(Fold *f, double a, double b)
{
    switch (f->op) {
    case OPER_ADD:
        return fold_to(f, value_float(a + b));
    case OPER_SUB:
        return fold_to(f, value_float(a - b));
    case OPER_MUL:
        return fold_to(f, value_float(a * b));
    case OPER_POW:
        return fold_to(f, value_float(pow(a, b)));
    default:
        break;
    }
    if (b == 0)
        return fold_fail(f, "division by zero");
    if (f->op == OPER_DIV)
        return fold_to(f, value_float(a / b));
    const double quotient = floor(a / b);
    return fold_to(f, value_float(f->op == OPER_MOD ? a - quotient * b : quotient));
}

static bool fold_arithmetic(Fold *f, const Value *a, const Value *b)
{
    if (a->kind == VALUE_BOOL || b->kind == VALUE_BOOL)
        return fold_fail(f, "true and false are no numbers; use 'and', 'or', 'not'");
    const bool whole = a->kind == VALUE_INT && b->kind == VALUE_INT && f->op != OPER_DIV &&
                       !(f->op == OPER_POW && b->integer < 0);
    return whole ? fold_integers(f, a->integer, b->integer)
                 : fold_floats(f, value_as_double(a), value_as_double(b));
}

/* ---- comparisons and logic ---- */

static bool compare_result(Operator op, int sign)
{
    switch (op) {
    case OPER_EQ:
        return sign == 0;
    case OPER_NE:
        return sign != 0;
    case OPER_LT:
        return sign < 0;
    case OPER_LE:
        return sign <= 0;
    case OPER_GT:
        return sign > 0;
    default:
        return sign >= 0;
    }
}

static bool fold_comparison(Fold *f, const Value *a, const Value *b)
{
    if (a->kind != VALUE_FLOAT && b->kind != VALUE_FLOAT)
        return fold_to(f, value_bool(compare_result(f->op, (a->integer > b->integer) -
                                                               (a->integer < b->integer))));
    const double x = value_as_double(a), y = value_as_double(b);
    if (isnan(x) || isnan(y))
        return fold_to(f, value_bool(f->op == OPER_NE));
    return fold_to(f, value_bool(compare_result(f->op, (x > y) - (x < y))));
}

static bool fold_logic(Fold *f, const Value *a, const Value *b)
{
    if (a->kind != VALUE_BOOL || b->kind != VALUE_BOOL)
        return fold_fail(f, "'and' and 'or' take true and false; compare first: x != 0");
    const bool both = a->integer && b->integer, one = a->integer || b->integer;
    return fold_to(f, value_bool(f->op == OPER_AND ? both : one));
}

/* What is no number can at least be the same thing. */
static bool same_thing(const Value *a, const Value *b)
{
    DType x, y;
    if (a->kind == VALUE_STRING && b->kind == VALUE_STRING)
        return a->integer == b->integer && memcmp(a->text, b->text, (size_t)a->integer) == 0;
    if (value_is_dtype(a, &x) && value_is_dtype(b, &y))
        return x == y;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_NONE:
        return true;
    case VALUE_FUNCTION:
        return a->function == b->function;
    case VALUE_BUILTIN:
        return a->builtin == b->builtin;
    case VALUE_LAYER:
        return a->layer == b->layer;
    default:
        return false;
    }
}

static bool has_identity(const Value *v)
{
    return v->kind == VALUE_NONE || v->kind == VALUE_STRING || v->kind == VALUE_DTYPE ||
           v->kind == VALUE_FUNCTION || v->kind == VALUE_BUILTIN || v->kind == VALUE_LAYER;
}

static bool fold_things(Fold *f, const Value *a, const Value *b)
{
    if (f->op == OPER_EQ || f->op == OPER_NE)
        return fold_to(f, value_bool(same_thing(a, b) == (f->op == OPER_EQ)));
    if (f->op == OPER_ADD && a->kind == VALUE_STRING && b->kind == VALUE_STRING) {
        StrBuf joined = strbuf_new(elab_arena(f->e));
        strbuf_write(&joined, a->text, (size_t)a->integer);
        strbuf_write(&joined, b->text, (size_t)b->integer);
        return fold_to(f, value_string(strbuf_text(&joined), a->integer + b->integer));
    }
    return false;
}

/* ---- dimensions ---- */

static bool fold_dim_product(Fold *f, Dim dim, int64_t factor)
{
    Value v = {.kind = VALUE_DIM, .dim = {0, true}};
    if (factor < 1 || !checked_mul(dim.size, factor, &v.dim.size))
        return fold_fail(f, "this is no dimension: batch can be multiplied by 1, 2, 3 ...");
    return fold_to(f, v);
}

/* batch stays a dimension where it can, and is else a number of the running program. */
static bool fold_dims(Fold *f, const Value *a, const Value *b)
{
    if (f->op == OPER_MUL && a->kind == VALUE_DIM && b->kind == VALUE_INT)
        return fold_dim_product(f, a->dim, b->integer);
    if (f->op == OPER_MUL && a->kind == VALUE_INT && b->kind == VALUE_DIM)
        return fold_dim_product(f, b->dim, a->integer);
    if (f->op == OPER_FLOORDIV && a->kind == VALUE_DIM && b->kind == VALUE_INT && b->integer > 0 &&
        a->dim.size % b->integer == 0) {
        const Value v = {.kind = VALUE_DIM, .dim = {a->dim.size / b->integer, true}};
        return fold_to(f, v);
    }
    if (a->kind == VALUE_DIM && b->kind == VALUE_DIM && dim_equal(a->dim, b->dim) &&
        (f->op == OPER_EQ || f->op == OPER_NE))
        return fold_to(f, value_bool(f->op == OPER_EQ));
    return false;
}

bool operator_fold(Elab *e, Operator op, const Value *a, const Value *b, Loc loc, Value *out)
{
    Fold f = {e, op, loc, out};
    if (a->kind == VALUE_DIM || b->kind == VALUE_DIM)
        return fold_dims(&f, a, b);
    if (has_identity(a) || has_identity(b))
        return fold_things(&f, a, b);
    if (!value_is_number(a) || !value_is_number(b) || op == OPER_MATMUL)
        return false;
    if (op == OPER_AND || op == OPER_OR)
        return fold_logic(&f, a, b);
    return op >= OPER_EQ && op <= OPER_GE ? fold_comparison(&f, a, b) : fold_arithmetic(&f, a, b);
}
