/* eval_rules.c -- what each operation computes, for constant folding; named by ops.def.
 *
 * In: one number for each operand (an element of a splat).  Out: the element of the result:
 *
 *     mod(-7, 3)            2: the sign is the divisor's, as in Python
 *     add(250, 10) of u8    4: integers wrap at their width
 *     floordiv(1, 0) of i32 does not fold
 *
 * Generated programs compute the same: f32 in single precision, so results are rounded to the
 * operands' dtype wherever a second step depends on them. */
#include "ir/eval_rules.h"

#include <math.h>

#include "runtime/grt_vmath.h"

static EvalRule *const rules[OP_COUNT] = {
#define OP(name, arity, class, cost, infer, grad, eval, lower, c, doc) [OP_##name] = eval,
#include "ir/ops.def"
};

bool op_eval(Op op, const Type *type, const Attr *attr, const Scalar *args, Scalar *out)
{
    const EvalCall call = {op, type, attr, args};
    Scalar value;
    if (!rules[op](&call, &value))
        return false;
    *out = scalar_cast(value, type->dtype);
    return true;
}

/* ---- the kinds of results; each is true, for `return give_...` ---- */

static bool give_float(Scalar *out, double value)
{
    *out = scalar_float(DT_F64, value);
    return true;
}

static bool give_int(Scalar *out, int64_t value)
{
    *out = scalar_int(DT_I64, value);
    return true;
}

static bool give_bool(Scalar *out, bool value)
{
    *out = scalar_int(DT_BOOL, value);
    return true;
}

static bool give(Scalar *out, Scalar value)
{
    *out = value;
    return true;
}

static bool of_floats(const EvalCall *call)
{
    return dtype_is_float(call->args[0].dtype);
}

/* A float intermediate as the generated program has it: f16 and bf16 are computed in f32. */
static double rounded(const EvalCall *call, double value)
{
    const DType dtype = call->args[0].dtype;
    return scalar_float(dtype_is_half(dtype) ? DT_F32 : dtype, value).f;
}

/* ---- any ---- */

bool eval_none(const EvalCall *call, Scalar *out)
{
    (void)call;
    (void)out;
    return false;
}

bool eval_splat(const EvalCall *call, Scalar *out)
{
    return give(out, call->args[0]);
}

/* A float that its integer type cannot hold has no value in C: that is left to the program. */
bool eval_cast(const EvalCall *call, Scalar *out)
{
    *out = scalar_cast(call->args[0], call->type->dtype);
    return !(of_floats(call) && dtype_is_int(out->dtype)) ||
           (double)out->i == trunc(call->args[0].f);
}

bool eval_detach(const EvalCall *call, Scalar *out)
{
    return give(out, call->args[0]);
}

bool eval_where(const EvalCall *call, Scalar *out)
{
    return give(out, call->args[0].i ? call->args[1] : call->args[2]);
}

/* ---- functions of one float ---- */

/* In f64, or in f32 by the function that the generated program calls. */
#define FLOAT_FUNCTION(rule, wide, narrow)        \
    bool rule(const EvalCall *call, Scalar *out)  \
    {                                             \
        if (call->args[0].dtype == DT_F64) {      \
            const double x = call->args[0].f;     \
            return give_float(out, wide);         \
        }                                         \
        const float x = (float)call->args[0].f;   \
        return give_float(out, (double)(narrow)); \
    }

FLOAT_FUNCTION(eval_exp, grt_exp_f64(x), grt_exp_f32(x))
FLOAT_FUNCTION(eval_expm1, grt_expm1_f64(x), grt_expm1_f32(x))
FLOAT_FUNCTION(eval_exp2, grt_exp2_f64(x), grt_exp2_f32(x))
FLOAT_FUNCTION(eval_log, grt_log_f64(x), grt_log_f32(x))
FLOAT_FUNCTION(eval_log1p, grt_log1p_f64(x), grt_log1p_f32(x))
FLOAT_FUNCTION(eval_log2, grt_log2_f64(x), grt_log2_f32(x))
FLOAT_FUNCTION(eval_log10, grt_log10_f64(x), grt_log10_f32(x))
FLOAT_FUNCTION(eval_sqrt, sqrt(x), sqrtf(x))
FLOAT_FUNCTION(eval_rsqrt, 1 / sqrt(x), 1 / sqrtf(x))
FLOAT_FUNCTION(eval_sin, grt_sin_f64(x), grt_sin_f32(x))
FLOAT_FUNCTION(eval_cos, grt_cos_f64(x), grt_cos_f32(x))
FLOAT_FUNCTION(eval_sinh, grt_sinh_f64(x), grt_sinh_f32(x))
FLOAT_FUNCTION(eval_cosh, grt_cosh_f64(x), grt_cosh_f32(x))
FLOAT_FUNCTION(eval_tanh, grt_tanh_f64(x), grt_tanh_f32(x))
FLOAT_FUNCTION(eval_sigmoid, grt_sigmoid_f64(x), grt_sigmoid_f32(x))
FLOAT_FUNCTION(eval_erf, grt_erf_f64(x), grt_erf_f32(x))
FLOAT_FUNCTION(eval_floor, floor(x), floorf(x))
FLOAT_FUNCTION(eval_ceil, ceil(x), ceilf(x))
FLOAT_FUNCTION(eval_round, rint(x), rintf(x))

bool eval_isnan(const EvalCall *call, Scalar *out)
{
    return give_bool(out, isnan(call->args[0].f));
}

/* ---- one number ---- */

/* Integers are computed modulo 2^64 and wrapped to their width by op_eval. */
static int64_t wrapped(uint64_t value)
{
    return (int64_t)value;
}

bool eval_neg(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0];
    return of_floats(call) ? give_float(out, -x.f) : give_int(out, wrapped(0 - (uint64_t)x.i));
}

bool eval_abs(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0];
    if (of_floats(call))
        return give_float(out, fabs(x.f));
    return x.i < 0 ? eval_neg(call, out) : give(out, x);
}

bool eval_sign(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0];
    if (!of_floats(call))
        return give_int(out, (x.i > 0) - (x.i < 0));
    return give_float(out, isnan(x.f) ? x.f : (x.f > 0) - (x.f < 0));
}

bool eval_not(const EvalCall *call, Scalar *out)
{
    return give_bool(out, !call->args[0].i);
}

/* ---- two numbers ---- */

/* A rule with one expression for floats and one, modulo 2^64, for integers. */
#define ARITHMETIC(rule, operator)                                           \
    bool rule(const EvalCall *call, Scalar *out)                             \
    {                                                                        \
        const Scalar x = call->args[0], y = call->args[1];                   \
        if (of_floats(call))                                                 \
            return give_float(out, x.f operator y.f);                        \
        return give_int(out, wrapped((uint64_t)x.i operator(uint64_t) y.i)); \
    }

ARITHMETIC(eval_add, +)
ARITHMETIC(eval_sub, -)
ARITHMETIC(eval_mul, *)

bool eval_div(const EvalCall *call, Scalar *out)
{
    return give_float(out, call->args[0].f / call->args[1].f);
}

/* x modulo y with y's sign, y not 0: from C's, whose sign is x's. */
static double float_mod(double x, double y)
{
    const double remainder = fmod(x, y);
    if (remainder == 0)
        return copysign(0, y);
    return (remainder < 0) != (y < 0) ? remainder + y : remainder;
}

/* floor(x / y) by way of the exact remainder, as Python, PyTorch and grt_math.h have it: the
 * rounded quotient of 1 / 0.1 is 10, but 0.1 is a little more than a tenth, so that the answer
 * is 9. */
static double float_floordiv(const EvalCall *call, double x, double y)
{
    if (y == 0)
        return x / y;
    const double rest = fmod(x, y);
    double quotient = rounded(call, rounded(call, x - rest) / y);
    if (rest != 0 && (rest < 0) != (y < 0))
        quotient = rounded(call, quotient - 1);
    if (quotient == 0)
        return copysign(0, x / y);
    const double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

static int64_t int_mod(int64_t x, int64_t y)
{
    if (y == -1)
        return 0; /* INT64_MIN % -1 overflows */
    const int64_t remainder = x % y;
    return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder;
}

static int64_t int_floordiv(int64_t x, int64_t y)
{
    if (y == -1)
        return wrapped(0 - (uint64_t)x);
    return x / y - (x % y != 0 && (x < 0) != (y < 0));
}

bool eval_floordiv(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0], y = call->args[1];
    if (of_floats(call))
        return give_float(out, float_floordiv(call, x.f, y.f));
    return y.i != 0 && give_int(out, int_floordiv(x.i, y.i));
}

bool eval_mod(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0], y = call->args[1];
    if (of_floats(call))
        return give_float(out, float_mod(x.f, y.f));
    return y.i != 0 && give_int(out, int_mod(x.i, y.i));
}

/* By squaring, modulo 2^64.  Negative exponents leave only what 1 and -1 have. */
static int64_t int_pow(int64_t base, int64_t exponent)
{
    if (exponent < 0) {
        if (base == -1)
            return exponent % 2 ? -1 : 1;
        return base == 1;
    }
    uint64_t power = 1;
    for (uint64_t square = (uint64_t)base; exponent; exponent >>= 1, square *= square)
        if (exponent & 1)
            power *= square;
    return wrapped(power);
}

bool eval_pow(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0], y = call->args[1];
    if (!of_floats(call))
        return give_int(out, int_pow(x.i, y.i));
    return give_float(out, x.dtype == DT_F64 ? grt_pow_f64(x.f, y.f)
                                             : (double)grt_pow_f32((float)x.f, (float)y.f));
}

bool eval_atan2(const EvalCall *call, Scalar *out)
{
    const Scalar y = call->args[0], x = call->args[1];
    return give_float(out, y.dtype == DT_F64 ? grt_atan2_f64(y.f, x.f)
                                             : (double)grt_atan2_f32((float)y.f, (float)x.f));
}

/* NaN, if one is: fmin and fmax would hide it. */
bool eval_minimum(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0], y = call->args[1];
    if (of_floats(call))
        return give(out, isnan(x.f) || x.f < y.f ? x : y);
    return give(out, x.i < y.i ? x : y);
}

bool eval_maximum(const EvalCall *call, Scalar *out)
{
    const Scalar x = call->args[0], y = call->args[1];
    if (of_floats(call))
        return give(out, isnan(x.f) || x.f > y.f ? x : y);
    return give(out, x.i > y.i ? x : y);
}

/* ---- comparisons and logic ---- */

#define COMPARISON(rule, operator)                                                    \
    bool rule(const EvalCall *call, Scalar *out)                                      \
    {                                                                                 \
        const Scalar x = call->args[0], y = call->args[1];                            \
        return give_bool(out, of_floats(call) ? x.f operator y.f : x.i operator y.i); \
    }

COMPARISON(eval_eq, ==)
COMPARISON(eval_ne, !=)
COMPARISON(eval_lt, <)
COMPARISON(eval_le, <=)
COMPARISON(eval_gt, >)
COMPARISON(eval_ge, >=)

bool eval_and(const EvalCall *call, Scalar *out)
{
    return give_bool(out, call->args[0].i && call->args[1].i);
}

bool eval_or(const EvalCall *call, Scalar *out)
{
    return give_bool(out, call->args[0].i || call->args[1].i);
}
