/* values.c -- the values of elementwise operations, from their definitions. */
#include "tests/values.h"

#include <check.h>
#include <math.h>

__extension__ typedef __int128 Wide;

/* ---- edges ---- */

static int integer_edges(DType dtype, Scalar *out)
{
    static const int64_t small[] = {0, 1, 2, 3, 5, 7, 100, -1, -2, -3, -7, -100};
    const int bits = 8 * dtype_info[dtype].bytes;
    const int64_t high = bits == 64                    ? INT64_MAX
                         : dtype_info[dtype].is_signed ? ((int64_t)1 << (bits - 1)) - 1
                                                       : ((int64_t)1 << bits) - 1;
    const int64_t low = dtype_info[dtype].is_signed ? -high - 1 : 0;
    const int64_t large[] = {high, high - 1, high / 2, low, low + 1, low / 2};
    int n = 0;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
        if (small[i] >= low)
            out[n++] = (Scalar){.dtype = dtype, .i = small[i]};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
        out[n++] = (Scalar){.dtype = dtype, .i = large[i]};
    return n;
}

/* The largest number, and the smallest normal and subnormal ones. */
static void float_limits(DType dtype, double *most, double *normal, double *least)
{
    const int digits = dtype == DT_F64 ? 53 : dtype == DT_F32 ? 24 : dtype == DT_F16 ? 11 : 8;
    const int top = dtype == DT_F64 ? 1023 : dtype == DT_F16 ? 15 : 127;
    *most = ldexp(2 - ldexp(1, 1 - digits), top);
    *normal = ldexp(1, 1 - top);
    *least = ldexp(*normal, 1 - digits);
}

static int float_edges(DType dtype, Scalar *out)
{
    double most, normal, least;
    float_limits(dtype, &most, &normal, &least);
    const double edges[] = {
        0.0,      -0.0,      1,    -1,    0.5,   -0.5,   1.5,    -2.5,           3,    -7,
        100,      -100,      most, -most, least, -least, normal, normal - least, 0.75, -0.1,
        INFINITY, -INFINITY, NAN,  6.25,  128,   32768,  0x1p31, 0x1p63};
    int n = 0;
    for (; n < (int)(sizeof edges / sizeof edges[0]); n++)
        out[n] = scalar_float(dtype, edges[n]);
    return n;
}

int values_edges(DType dtype, Scalar *out)
{
    if (dtype_is_float(dtype))
        return float_edges(dtype, out);
    if (dtype_is_int(dtype))
        return integer_edges(dtype, out);
    out[0] = (Scalar){.dtype = DT_BOOL, .i = 0};
    out[1] = (Scalar){.dtype = DT_BOOL, .i = 1};
    return 2;
}

/* ---- integers ---- */

static Scalar wrap(DType dtype, Wide value)
{
    const int bits = 8 * dtype_info[dtype].bytes;
    const Wide modulus = (Wide)1 << bits;
    value = (value % modulus + modulus) % modulus;
    if (dtype_info[dtype].is_signed && value >= modulus / 2)
        value -= modulus;
    return (Scalar){.dtype = dtype, .i = (int64_t)value};
}

/* Rounded down; by 0 it is 0. */
static Wide quotient(Wide x, Wide y)
{
    if (y == 0)
        return 0;
    return x / y - (x % y != 0 && (x < 0) != (y < 0));
}

/* x^y modulo 2^64, bit by bit of y from the highest. */
static Scalar power(DType dtype, Wide x, Wide y)
{
    if (y < 0) /* 1 / x^-y, cut off */
        return wrap(dtype, x == 1 || x == -1 ? (y % 2 ? x : 1) : 0);
    if (x >= -1 && x <= 1)
        return wrap(dtype, y == 0 ? 1 : x == 0 ? 0 : y % 2 ? x : 1);
    Scalar result = wrap(dtype, 1);
    for (int bit = 62; bit >= 0; bit--) {
        result = wrap(dtype, (Wide)result.i * result.i);
        if (y >> bit & 1)
            result = wrap(dtype, (Wide)result.i * x);
    }
    return result;
}

static Scalar integer_value(Op op, DType dtype, Wide x, Wide y)
{
    switch (op) {
    case OP_neg:
        return wrap(dtype, -x);
    case OP_abs:
        return wrap(dtype, x < 0 ? -x : x);
    case OP_sign:
        return wrap(dtype, (x > 0) - (x < 0));
    case OP_add:
        return wrap(dtype, x + y);
    case OP_sub:
        return wrap(dtype, x - y);
    case OP_mul:
        return wrap(dtype, x * y);
    case OP_floordiv:
        return wrap(dtype, quotient(x, y));
    case OP_mod:
        return wrap(dtype, y == 0 ? 0 : x - quotient(x, y) * y);
    case OP_pow:
        return power(dtype, x, y);
    case OP_minimum:
        return wrap(dtype, x < y ? x : y);
    case OP_maximum:
        return wrap(dtype, x > y ? x : y);
    default:
        ck_abort_msg("values.c has no value for %s of integers", op_info[op].name);
        return (Scalar){.dtype = dtype};
    }
}

/* ---- floats ---- */

static bool is_narrow(DType dtype)
{
    return dtype != DT_F64;
}

/* One step of a computation in the dtype, or in f32 for those of 16 bits. */
static double step(DType dtype, double value)
{
    return is_narrow(dtype) ? (double)(float)value : value;
}

/* PyTorch's floor division: by way of the exact remainder. */
static double floored(DType dtype, double x, double y)
{
    if (y == 0)
        return x / y;
    const double rest = fmod(x, y);
    double q = step(dtype, step(dtype, x - rest) / y);
    if (rest != 0 && (y < 0) != (rest < 0))
        q = step(dtype, q - 1);
    if (q == 0)
        return copysign(0, x / y);
    return q - floor(q) > 0.5 ? floor(q) + 1 : floor(q);
}

static double modulo(double x, double y)
{
    const double rest = fmod(x, y);
    if (rest == 0)
        return copysign(0, y);
    return (rest < 0) != (y < 0) ? rest + y : rest;
}

/* Exactly rounded: what IEEE 754 defines, and what is put together from it. */
static bool exact_value(Op op, DType dtype, double x, double y, double *out)
{
    switch (op) {
    case OP_detach:
        *out = x;
        return true;
    case OP_neg:
        *out = -x;
        return true;
    case OP_abs:
        *out = fabs(x);
        return true;
    case OP_sign:
        *out = isnan(x) ? x : (x > 0) - (x < 0);
        return true;
    case OP_sqrt:
        *out = sqrt(x);
        return true;
    case OP_floor:
        *out = floor(x);
        return true;
    case OP_ceil:
        *out = ceil(x);
        return true;
    case OP_round:
        *out = rint(x);
        return true;
    case OP_add:
        *out = x + y;
        return true;
    case OP_sub:
        *out = x - y;
        return true;
    case OP_mul:
        *out = x * y;
        return true;
    case OP_div:
        *out = x / y;
        return true;
    case OP_floordiv:
        *out = floored(dtype, x, y);
        return true;
    case OP_mod:
        *out = modulo(x, y);
        return true;
    case OP_minimum:
        *out = isnan(x) || isnan(y) ? NAN : x < y ? x : y;
        return true;
    case OP_maximum:
        *out = isnan(x) || isnan(y) ? NAN : x > y ? x : y;
        return true;
    default:
        return false;
    }
}

static long double function_value(Op op, long double x, long double y)
{
    switch (op) {
    case OP_exp:
        return expl(x);
    case OP_expm1:
        return expm1l(x);
    case OP_exp2:
        return exp2l(x);
    case OP_log:
        return logl(x);
    case OP_log1p:
        return log1pl(x);
    case OP_log2:
        return log2l(x);
    case OP_log10:
        return log10l(x);
    case OP_rsqrt:
        return 1 / sqrtl(x);
    case OP_sin:
        return sinl(x);
    case OP_cos:
        return cosl(x);
    case OP_sinh:
        return sinhl(x);
    case OP_cosh:
        return coshl(x);
    case OP_tanh:
        return tanhl(x);
    case OP_sigmoid:
        return 1 / (1 + expl(-x));
    case OP_erf:
        return erfl(x);
    case OP_pow:
        return powl(x, y);
    case OP_atan2:
        return atan2l(x, y);
    default:
        ck_abort_msg("values.c has no value for %s", op_info[op].name);
        return 0;
    }
}

static Scalar float_value(Op op, DType dtype, double x, double y)
{
    double value;
    if (!exact_value(op, dtype, x, y, &value))
        value = (double)function_value(op, (long double)x, (long double)y);
    return scalar_float(dtype, value);
}

/* ---- casts, tests and choices ---- */

static Scalar cast_value(DType to, Scalar x)
{
    if (to == DT_BOOL)
        return (Scalar){.dtype = to, .i = dtype_is_float(x.dtype) ? x.f != 0 : x.i != 0};
    if (dtype_is_float(to) && dtype_is_float(x.dtype))
        return scalar_float(to, x.f);
    if (dtype_is_float(to))
        return scalar_float(to, to == DT_F64 ? (double)x.i : (double)(float)x.i);
    if (!dtype_is_float(x.dtype))
        return wrap(to, x.i);
    Scalar edges[VALUES_EDGES]; /* the ends are among them */
    const int n = integer_edges(to, edges);
    Wide low = 0, high = 0;
    for (int i = 0; i < n; i++) {
        low = edges[i].i < low ? edges[i].i : low;
        high = edges[i].i > high ? edges[i].i : high;
    }
    const double cut = trunc(x.f);
    const Wide whole = isnan(cut) ? 0 : cut < -0x1p64 ? low : cut > 0x1p64 ? high : (Wide)cut;
    return wrap(to, whole < low ? low : whole > high ? high : whole);
}

/* -1, 0 or 1; 2 where one is NaN. */
static int order(const Scalar *x)
{
    if (!dtype_is_float(x[0].dtype))
        return (x[0].i > x[1].i) - (x[0].i < x[1].i);
    if (isnan(x[0].f) || isnan(x[1].f))
        return 2;
    return (x[0].f > x[1].f) - (x[0].f < x[1].f);
}

static bool test_value(Op op, const Scalar *x, bool *out)
{
    switch (op) {
    case OP_eq:
        *out = order(x) == 0;
        return true;
    case OP_ne:
        *out = order(x) != 0;
        return true;
    case OP_lt:
        *out = order(x) == -1;
        return true;
    case OP_le:
        *out = order(x) == -1 || order(x) == 0;
        return true;
    case OP_gt:
        *out = order(x) == 1;
        return true;
    case OP_ge:
        *out = order(x) == 1 || order(x) == 0;
        return true;
    case OP_isnan:
        *out = isnan(x[0].f);
        return true;
    case OP_not:
        *out = x[0].i == 0;
        return true;
    case OP_and:
        *out = x[0].i != 0 && x[1].i != 0;
        return true;
    case OP_or:
        *out = x[0].i != 0 || x[1].i != 0;
        return true;
    default:
        return false;
    }
}

Scalar values_reference(Op op, DType result, const Scalar *args)
{
    bool truth;
    if (op == OP_cast)
        return cast_value(result, args[0]);
    if (op == OP_where)
        return args[0].i ? args[1] : args[2];
    if (op == OP_detach)
        return args[0];
    if (test_value(op, args, &truth))
        return (Scalar){.dtype = DT_BOOL, .i = truth};
    const bool two = op_info[op].arity > 1;
    if (dtype_is_float(result))
        return float_value(op, result, args[0].f, two ? args[1].f : 0);
    return integer_value(op, result, args[0].i, two ? args[1].i : 0);
}

/* ---- comparing ---- */

bool values_agree(Op op, Scalar got, Scalar wanted)
{
    double exact, most, normal, least;
    if (scalar_equal(got, wanted))
        return true;
    if (!dtype_is_float(got.dtype) || got.dtype != wanted.dtype)
        return false;
    if (exact_value(op, got.dtype, 1, 1, &exact)) /* which of two zeros is the larger is free */
        return (op == OP_minimum || op == OP_maximum) && got.f == 0 && wanted.f == 0;
    float_limits(got.dtype, &most, &normal, &least);
    const double unit = fmax(ldexp(fabs(wanted.f), 0) * (least / normal), least);
    const bool composed = op == OP_sigmoid || op == OP_rsqrt;
    return fabs(got.f - wanted.f) <= (dtype_is_half(got.dtype) ? 1 : 4) * unit ||
           (composed && fabs(got.f - wanted.f) <= normal);
}
