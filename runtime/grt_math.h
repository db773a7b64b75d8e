/* grt_math.h -- the arithmetic of generated kernels that C lacks or leaves undefined.
 *
 * Integers wrap at their width; division rounds down and by zero gives zero; minimum and maximum
 * pass a NaN on, as NumPy and PyTorch do.  A suffix names the dtype: grt_add_i32, grt_max_f64. */
#ifndef GRT_MATH_H
#define GRT_MATH_H

#include "grt_vmath.h"

/* ---- truth values ---- */

/* Of truth values, 0 or 1: gcc makes vectors of these sums, and not of || and &&. */
GRT_INLINE uint8_t grt_or(int a, int b)
{
    return (uint8_t)(a + b != 0);
}

GRT_INLINE uint8_t grt_and(int a, int b)
{
    return (uint8_t)(a + b == 2);
}

/* ---- integers ---- */

/* T computed in the unsigned type U, at least as wide as int, where nothing overflows. */
#define GRT_INTEGER(name, T, U)                                                \
    GRT_INLINE T grt_add_##name(T a, T b)                                      \
    {                                                                          \
        return (T)((U)a + (U)b);                                               \
    }                                                                          \
    GRT_INLINE T grt_sub_##name(T a, T b)                                      \
    {                                                                          \
        return (T)((U)a - (U)b);                                               \
    }                                                                          \
    GRT_INLINE T grt_mul_##name(T a, T b)                                      \
    {                                                                          \
        return (T)((U)a * (U)b);                                               \
    }                                                                          \
    GRT_INLINE T grt_neg_##name(T a)                                           \
    {                                                                          \
        return (T)(0 - (U)a);                                                  \
    }                                                                          \
    GRT_INLINE T grt_min_##name(T a, T b)                                      \
    {                                                                          \
        return a < b ? a : b;                                                  \
    }                                                                          \
    GRT_INLINE T grt_max_##name(T a, T b)                                      \
    {                                                                          \
        return a > b ? a : b;                                                  \
    }                                                                          \
    /* a^b by squaring; 1 / a^-b, rounded towards zero, where b is negative */ \
    GRT_INLINE T grt_pow_##name(T a, T b)                                      \
    {                                                                          \
        if (b < (T)1 && b != 0)                                                \
            return (T)(a == (T)1 ? 1 : a != (T)-1 ? 0 : (U)b % 2 ? -1 : 1);    \
        T power = 1;                                                           \
        for (; b > 0; b = (T)(b / 2)) {                                        \
            if (b % 2)                                                         \
                power = grt_mul_##name(power, a);                              \
            a = grt_mul_##name(a, a);                                          \
        }                                                                      \
        return power;                                                          \
    }

#define GRT_SIGNED(name, T)                                             \
    GRT_INLINE T grt_abs_##name(T a)                                    \
    {                                                                   \
        return a < 0 ? grt_neg_##name(a) : a;                           \
    }                                                                   \
    GRT_INLINE T grt_sign_##name(T a)                                   \
    {                                                                   \
        return (T)((a > 0) - (a < 0));                                  \
    }                                                                   \
    GRT_INLINE T grt_floordiv_##name(T a, T b)                          \
    {                                                                   \
        if (b == 0)                                                     \
            return 0;                                                   \
        if (b == -1)                                                    \
            return grt_neg_##name(a);                                   \
        return (T)(a / b - (a % b != 0 && (a < 0) != (b < 0)));         \
    }                                                                   \
    GRT_INLINE T grt_mod_##name(T a, T b)                               \
    {                                                                   \
        if (b == 0 || b == -1)                                          \
            return 0;                                                   \
        return (T)(a % b + (a % b != 0 && (a < 0) != (b < 0) ? b : 0)); \
    }

/* clang-format off */
GRT_INTEGER(u8, uint8_t, uint32_t)
GRT_INTEGER(i8, int8_t, uint32_t)
GRT_INTEGER(i16, int16_t, uint32_t)
GRT_INTEGER(i32, int32_t, uint32_t)
GRT_INTEGER(i64, int64_t, uint64_t)
GRT_SIGNED(i8, int8_t)
GRT_SIGNED(i16, int16_t)
GRT_SIGNED(i32, int32_t)
GRT_SIGNED(i64, int64_t)
/* clang-format on */

GRT_INLINE uint8_t grt_abs_u8(uint8_t a)
{
    return a;
}

GRT_INLINE uint8_t grt_sign_u8(uint8_t a)
{
    return a > 0;
}

GRT_INLINE uint8_t grt_floordiv_u8(uint8_t a, uint8_t b)
{
    return (uint8_t)(b == 0 ? 0 : a / b);
}

GRT_INLINE uint8_t grt_mod_u8(uint8_t a, uint8_t b)
{
    return (uint8_t)(b == 0 ? 0 : a % b);
}

/* ---- floats to integers: towards zero, at most the nearest that there is; NaN is 0 ---- */

#define GRT_FROM_FLOAT(name, T, LOW, HIGH, ABOVE) \
    GRT_INLINE T grt_##name##_from_f64(double x)  \
    {                                             \
        if (x >= (ABOVE))                         \
            return HIGH;                          \
        if (x <= (double)(LOW))                   \
            return LOW;                           \
        return (T)(x == x ? x : 0);               \
    }

/* clang-format off */
GRT_FROM_FLOAT(u8, uint8_t, 0, UINT8_MAX, 256.0)
GRT_FROM_FLOAT(i8, int8_t, INT8_MIN, INT8_MAX, 128.0)
GRT_FROM_FLOAT(i16, int16_t, INT16_MIN, INT16_MAX, 32768.0)
GRT_FROM_FLOAT(i32, int32_t, INT32_MIN, INT32_MAX, 2147483648.0)
GRT_FROM_FLOAT(i64, int64_t, INT64_MIN, INT64_MAX, 9223372036854775808.0)
/* clang-format on */

/* ---- floats ---- */

#define GRT_FLOAT(name, T, f)                                                                     \
    GRT_INLINE T grt_abs_##name(T x)                                                              \
    {                                                                                             \
        return fabs##f(x);                                                                        \
    }                                                                                             \
    GRT_INLINE T grt_sign_##name(T x)                                                             \
    {                                                                                             \
        return x != x ? x : (T)((x > 0) - (x < 0));                                               \
    }                                                                                             \
    GRT_INLINE T grt_rsqrt_##name(T x)                                                            \
    {                                                                                             \
        return 1 / sqrt##f(x);                                                                    \
    }                                                                                             \
    GRT_INLINE T grt_min_##name(T x, T y)                                                         \
    {                                                                                             \
        return x < y || x != x ? x : y;                                                           \
    }                                                                                             \
    GRT_INLINE T grt_max_##name(T x, T y)                                                         \
    {                                                                                             \
        return x > y || x != x ? x : y;                                                           \
    }                                                                                             \
    /* the remainder with y's sign: exact, where x - floor(x / y) y is not */                     \
    GRT_INLINE T grt_mod_##name(T x, T y)                                                         \
    {                                                                                             \
        const T rest = fmod##f(x, y);                                                             \
        if (rest == 0)                                                                            \
            return copysign##f((T)0, y);                                                             \
        return (rest < 0) != (y < 0) ? rest + y : rest;                                           \
    }                                                                                             \
    /* floor(x / y), by way of the exact remainder so that a quotient near an integer is right */ \
    GRT_INLINE T grt_floordiv_##name(T x, T y)                                                    \
    {                                                                                             \
        if (y == 0)                                                                               \
            return x / y;                                                                         \
        const T rest = fmod##f(x, y);                                                             \
        T quotient = (x - rest) / y;                                                              \
        if (rest != 0 && (rest < 0) != (y < 0))                                                   \
            quotient -= 1;                                                                        \
        const T whole = floor##f(quotient);                                                       \
        if (quotient == 0)                                                                        \
            return copysign##f((T)0, x / y);                                                         \
        return quotient - whole > (T)0.5 ? whole + 1 : whole;                                     \
    }

/* clang-format off */
GRT_FLOAT(f32, float, f)
GRT_FLOAT(f64, double, )
/* clang-format on */

/* ---- bf16 and f16: stored in 16 bits, computed in float ---- */

GRT_INLINE float grt_load_bf16(uint16_t h)
{
    return grt_float_of((uint32_t)h << 16);
}

/* To the nearest, ties to even. */
GRT_INLINE uint16_t grt_store_bf16(float x)
{
    const uint32_t bits = grt_bits_of(x);
    const uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    return (uint16_t)(x != x ? 0x7fc0u : rounded);
}

/* No number below 2^-126 comes up on the way: processors may be told to take those for 0. */
GRT_INLINE float grt_load_f16(uint16_t h)
{
    const uint32_t size = h & 0x7fffu, wide = (size << 13) + (112u << 23);
    const float small = (float)(int32_t)size * 0x1p-24f; /* below 2^-14 */
    const float normal = grt_float_of(wide + (size >= 0x7c00u ? 112u << 23 : 0u));
    const float x = grt_if(size < 0x400u, small, normal);
    return grt_float_of(grt_bits_of(x) | (uint32_t)(h & 0x8000u) << 16);
}

GRT_INLINE uint16_t grt_store_f16(float x)
{
    const uint32_t sign = grt_bits_of(x) >> 16 & 0x8000u;
    const float size = grt_at_most(grt_magnitude(x), 65536);
    const uint32_t bits = grt_bits_of(size); /* 65520 and more round to infinity */
    const uint32_t normal = (bits - (112u << 23) + 0xfffu + (bits >> 13 & 1u)) >> 13;
    const uint32_t small = grt_bits_of(size * 0x1p24f + 0x1p23f) - 0x4b000000u;
    const uint32_t rounded = size < 0x1p-14f ? small : normal; /* multiples of 2^-24 */
    return (uint16_t)(x != x ? 0x7e00u : sign | rounded);
}

GRT_INLINE float grt_round_bf16(float x)
{
    return grt_load_bf16(grt_store_bf16(x));
}

GRT_INLINE float grt_round_f16(float x)
{
    return grt_load_f16(grt_store_f16(x));
}

#endif
