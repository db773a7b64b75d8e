/* grt_cuda_math.h -- functions of floats on a GPU: CUDA's own, under the names that kernels call.
 *
 *     grt_tanh_f32(x)      tanhf(x)
 *
 * It stands in place of grt_vmath.h, whose functions are made for a processor's vectors: with a
 * table in memory, which a kernel cannot reach, and with powers by way of f64, of which a GPU
 * computes few. */
#ifndef GRT_CUDA_MATH_H
#define GRT_CUDA_MATH_H
#define GRT_VMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "grt_inline.h"

/* ---- bits: what grt_math.h makes halves of ---- */

GRT_INLINE uint32_t grt_bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

GRT_INLINE float grt_float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

GRT_INLINE float grt_if(int condition, float yes, float no)
{
    return condition ? yes : no;
}

GRT_INLINE float grt_magnitude(float x)
{
    return fabsf(x);
}

/* x, or the limit where x is beyond it; NaN stays. */
GRT_INLINE float grt_at_most(float x, float limit)
{
    return x > limit ? limit : x;
}

/* ---- functions ---- */

/* clang-format off */
#define GRT_CUDA_FUNCTIONS(name, T, f)                                                     \
    GRT_INLINE T grt_exp_##name(T x)          { return exp##f(x); }                        \
    GRT_INLINE T grt_expm1_##name(T x)        { return expm1##f(x); }                      \
    GRT_INLINE T grt_exp2_##name(T x)         { return exp2##f(x); }                       \
    GRT_INLINE T grt_log_##name(T x)          { return log##f(x); }                        \
    GRT_INLINE T grt_log1p_##name(T x)        { return log1p##f(x); }                      \
    GRT_INLINE T grt_log2_##name(T x)         { return log2##f(x); }                       \
    GRT_INLINE T grt_log10_##name(T x)        { return log10##f(x); }                      \
    GRT_INLINE T grt_sin_##name(T x)          { return sin##f(x); }                        \
    GRT_INLINE T grt_cos_##name(T x)          { return cos##f(x); }                        \
    GRT_INLINE T grt_sinh_##name(T x)         { return sinh##f(x); }                       \
    GRT_INLINE T grt_cosh_##name(T x)         { return cosh##f(x); }                       \
    GRT_INLINE T grt_tanh_##name(T x)         { return tanh##f(x); }                       \
    GRT_INLINE T grt_sigmoid_##name(T x)      { return 1 / (1 + exp##f(-x)); }             \
    GRT_INLINE T grt_erf_##name(T x)          { return erf##f(x); }                        \
    GRT_INLINE T grt_pow_##name(T x, T y)     { return pow##f(x, y); }                     \
    GRT_INLINE T grt_atan2_##name(T y, T x)   { return atan2##f(y, x); }

GRT_CUDA_FUNCTIONS(f32, float, f)
GRT_CUDA_FUNCTIONS(f64, double, )
/* clang-format on */

#endif
