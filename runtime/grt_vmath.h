/* grt_vmath.h -- functions of floats: what generated loops call for exp, log, tanh ...
 *
 * Each is one line of arithmetic without branches or calls, so that compilers turn
 *
 *     for (int64_t i = 0; i < n; i++)
 *         y[i] = grt_tanh_f32(x[i]);
 *
 * into vector code.  Errors are below 2.5 units in the last place, everywhere; NaN, infinities,
 * signed zeros and subnormal numbers are what libm makes of them: tests/check_vmath.c tries them.
 * Whole numbers are added to exponents; a choice is made of bits (grt_if), for a compiler makes a
 * branch of ?: when it thinks that it pays.  No two products are added to one another: compilers
 * may then fuse either of them with the addition, and results would depend on which.
 *
 * The compiler folds constants by the same functions (ir/eval_rules.c). */
#ifndef GRT_VMATH_H
#define GRT_VMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "grt_inline.h"
#include "grt_vmath_f64.h"

/* ---- bits ---- */

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

/* condition ? yes : no; both are computed. */
GRT_INLINE float grt_if(int condition, float yes, float no)
{
    const uint32_t mask = 0u - (uint32_t)condition;
    return grt_float_of((grt_bits_of(yes) & mask) | (grt_bits_of(no) & ~mask));
}

/* x, or the limit where x is beyond it; NaN stays. */
GRT_INLINE float grt_at_most(float x, float limit)
{
    return grt_if(x > limit, limit, x);
}

GRT_INLINE float grt_at_least(float x, float limit)
{
    return grt_if(x < limit, limit, x);
}

/* |size| with the sign of x */
GRT_INLINE float grt_with_sign(float size, float x)
{
    return grt_float_of((grt_bits_of(size) & 0x7fffffffu) | (grt_bits_of(x) & 0x80000000u));
}

GRT_INLINE float grt_magnitude(float x)
{
    return grt_float_of(grt_bits_of(x) & 0x7fffffffu);
}

/* 2^n, -126 <= n <= 127 */
GRT_INLINE float grt_power_of_two(int32_t n)
{
    return grt_float_of((uint32_t)(n + 127) << 23);
}

/* y 2^n, rounded once where it is subnormal; -250 <= n <= 250 */
GRT_INLINE float grt_scale(float y, int32_t n)
{
    const int32_t half = n >> 1;
    return y * grt_power_of_two(half) * grt_power_of_two(n - half);
}

/* The nearest integer to x, |x| < 2^21, and that plus x's rest. */
GRT_INLINE float grt_to_whole(float x, int32_t *n)
{
    const float shifted = x + 0x1.8p23f; /* its last bit counts ones */
    *n = (int32_t)(grt_bits_of(shifted) - 0x4b400000u);
    return shifted - 0x1.8p23f;
}

/* ---- e^x: x = n ln 2 + r, e^x = 2^n e^r ---- */

/* r, |r| < 0.35 */
GRT_INLINE float grt_reduce_exp(float x, int32_t *n)
{
    const float k = grt_to_whole(x * 0x1.715476p+0f, n);
    const float r = x - k * 0x1.62e4p-1f; /* exact: the factor has 13 bits */
    return r - k * 0x1.7f7d1cp-20f;
}

/* e^r - 1 */
GRT_INLINE float grt_expm1_small(float r)
{
    float p = 0x1.6a4d44p-10f;
    p = p * r + 0x1.123986p-7f;
    p = p * r + 0x1.5558b0p-5f;
    p = p * r + 0x1.555492p-3f;
    p = p * r + 0x1.fffffcp-2f;
    return (p * r) * r + r;
}

GRT_INLINE float grt_exp_f32(float x)
{
    int32_t n;
    const float r = grt_reduce_exp(grt_at_least(grt_at_most(x, 89), -104), &n);
    return grt_scale(1 + grt_expm1_small(r), n);
}

GRT_INLINE float grt_expm1_f32(float x)
{
    int32_t n;
    const float r = grt_reduce_exp(grt_at_least(grt_at_most(x, 89), -40), &n);
    const float half = grt_power_of_two(n - 1); /* 2^128 is no float */
    const float y = half * grt_expm1_small(r) + (half - 0.5f);
    return grt_if(x == 0, x, y + y);
}

GRT_INLINE float grt_exp2_f32(float x)
{
    int32_t n;
    const float bounded = grt_at_least(grt_at_most(x, 129), -151);
    const float r = bounded - grt_to_whole(bounded, &n);
    float p = 0x1.41fbccp-13f;
    p = p * r + 0x1.5f3e58p-10f;
    p = p * r + 0x1.3b2d4cp-7f;
    p = p * r + 0x1.c6aee8p-5f;
    p = p * r + 0x1.ebfbdcp-3f;
    p = p * r + 0x1.62e430p-1f;
    return grt_scale(p * r + 1, n);
}

/* e^(n ln 2 + r) 2^-1 of |x|: half of e^|x|, which may be too large for a float */
GRT_INLINE float grt_half_exp(float size)
{
    int32_t n;
    const float r = grt_reduce_exp(grt_at_most(size, 91), &n);
    return grt_scale(1 + grt_expm1_small(r), n - 1);
}

GRT_INLINE float grt_cosh_f32(float x)
{
    const float half = grt_half_exp(grt_magnitude(x));
    return half + 0.25f / half;
}

GRT_INLINE float grt_sinh_f32(float x)
{
    const float size = grt_magnitude(x), u = x * x;
    float p = 0x1.7a167ep-19f;
    p = p * u + 0x1.9ffe8cp-13f;
    p = p * u + 0x1.111136p-7f;
    p = p * u + 0x1.555556p-3f;
    const float small = x * u * p + x;
    const float half = grt_half_exp(size);
    return grt_if(size < 1, small, grt_with_sign(half - 0.25f / half, x));
}

/* With t = e^(-2|x|): (1 - t) / (1 + t) where it is small, from 1 - t without cancellation, and
 * 1 - 2 t / (1 + t) where it is large. */
GRT_INLINE float grt_tanh_f32(float x)
{
    int32_t n;
    const float size = grt_at_most(grt_magnitude(x), 10);
    const float r = grt_reduce_exp(-2 * size, &n);
    const float t = grt_power_of_two(n), q = t * grt_expm1_small(r); /* t + q = e^(-2|x|) */
    const int large = size > 0.55f;
    const float below = 1 - t - q, above = 1 + t + q;
    const float part = grt_if(large, 2 * (t + q), below) / above;
    return grt_with_sign(grt_if(large, 1 - part, part), x);
}

/* 1 / (1 + e^-x) for x >= 0, and e^x / (1 + e^x) for the others: nothing overflows. */
GRT_INLINE float grt_sigmoid_f32(float x)
{
    int32_t n;
    const float r = grt_reduce_exp(grt_at_least(-grt_magnitude(x), -104), &n);
    const float e = grt_scale(1 + grt_expm1_small(r), n);
    return grt_if(x < 0, e, 1) / (1 + e);
}

/* ---- ln x: x = 2^k (1 + f), ln x = k ln 2 + ln(1 + f) ---- */

/* ln(1 + f) = f + f^2 q(f), |f| < 0.42 */
GRT_INLINE float grt_log_tail(float f)
{
    float q = 0x1.1484e8p-4f;
    q = q * f - 0x1.de1004p-4f;
    q = q * f + 0x1.e6c03ep-4f;
    q = q * f - 0x1.fc26acp-4f;
    q = q * f + 0x1.233b78p-3f;
    q = q * f - 0x1.555c4ep-3f;
    q = q * f + 0x1.99a478p-3f;
    q = q * f - 0x1.000006p-2f;
    q = q * f + 0x1.555548p-2f;
    return q * f - 0.5f;
}

/* k and f of a positive number; 1 + f is between the roots of 1/2 and of 2. */
GRT_INLINE float grt_split_log(float x, float *k)
{
    const int subnormal = x < 0x1p-126f;
    const uint32_t bits = grt_bits_of(grt_if(subnormal, x * 0x1p23f, x));
    const uint32_t exponent = (bits - 0x3f3504f3u) & 0xff800000u;
    *k = (float)((int32_t)exponent >> 23) + grt_if(subnormal, -23, 0);
    return grt_float_of(bits - exponent) - 1;
}

/* y, or what the logarithm of such an x is */
GRT_INLINE float grt_log_edges(float x, float y)
{
    y = grt_if(x < INFINITY, y, x); /* infinity, NaN */
    y = grt_if(x == 0, -INFINITY, y);
    return grt_if(x < 0, NAN, y);
}

/* k ln 2 + f + f^2 q: the large part of the sum is rounded, and what it lost is added back. */
GRT_INLINE float grt_log_sum(float k, float f)
{
    const float high = k * 0x1.62e4p-1f; /* exact */
    const float sum = high + f, lost = f - (sum - high);
    const float rest = k * 0x1.7f7d1cp-20f + lost;
    return sum + (f * f * grt_log_tail(f) + rest);
}

GRT_INLINE float grt_log_f32(float x)
{
    float k;
    const float f = grt_split_log(x, &k);
    return grt_log_edges(x, grt_log_sum(k, f));
}

GRT_INLINE float grt_log2_f32(float x)
{
    float k;
    const float f = grt_split_log(x, &k);
    const float natural = f * f * grt_log_tail(f) + f;
    return grt_log_edges(x, natural * 0x1.715476p+0f + k);
}

GRT_INLINE float grt_log10_f32(float x)
{
    float k;
    const float f = grt_split_log(x, &k);
    const float natural = f * f * grt_log_tail(f) + f;
    const float fraction = natural * 0x1.bcb7b2p-2f + 0.0f;
    return grt_log_edges(x, k * 0x1.344136p-2f + fraction);
}

/* ln(1 + x): f is made of x itself, for 1 + x is rounded. */
GRT_INLINE float grt_log1p_f32(float x)
{
    const float above = 1 + x;
    const uint32_t bits = grt_bits_of(above);
    const uint32_t exponent = (bits - 0x3f3504f3u) & 0xff800000u;
    const int32_t n = (int32_t)exponent >> 23;
    const int large = above > 0x1p26f;                                         /* the 1 is lost */
    const float scale = grt_float_of(grt_bits_of(1) - (large ? 0 : exponent)); /* 2^-n */
    const float f = grt_if(large, grt_float_of(bits - exponent) - 1, x * scale + (scale - 1));
    const float y = grt_log_sum((float)n, f);
    return grt_if(x == 0, x, grt_log_edges(above, y));
}

/* ---- erf: x + x P(x^2) up to 7/8, then 1 - e^q(|x|) ---- */

GRT_INLINE float grt_erf_f32(float x)
{
    int32_t n;
    const float size = grt_magnitude(x), u = x * x;
    float p = 0x1.66966ap-14f;
    p = p * u - 0x1.ad105cp-11f;
    p = p * u + 0x1.551596p-8f;
    p = p * u - 0x1.b81638p-6f;
    p = p * u + 0x1.ce2e60p-4f;
    p = p * u - 0x1.812744p-2f;
    p = p * u + 0x1.06eba8p-3f;
    const float c = grt_at_most(size, 4);
    float q = 0x1.ab2430p-13f;
    q = q * c - 0x1.98a9dep-9f;
    q = q * c + 0x1.70f3c8p-6f;
    q = q * c - 0x1.ac2364p-4f;
    q = q * c - 0x1.45e5d0p-1f;
    q = q * c - 0x1.20c89cp+0f;
    q = q * c - 0x1.b66738p-14f;
    const float r = grt_reduce_exp(q, &n);
    const float e = (1 + grt_expm1_small(r)) * grt_power_of_two(n);
    return grt_if(size < 0.875f, x * p + x, grt_with_sign(1 - e, x));
}

/* ---- angles ---- */

GRT_INLINE float grt_atan2_f32(float y, float x)
{
    const float width = grt_magnitude(x), height = grt_magnitude(y);
    const int steep = height > width;
    const float small = grt_if(steep, width, height), large = grt_if(steep, height, width);
    const float quotient = grt_if(small == large, 1, small / large); /* also infinite ones */
    const float q = grt_if(large == 0, 0, quotient), u = q * q;
    float p = 0x1.23f966p-10f;
    p = p * u - 0x1.df9750p-8f;
    p = p * u + 0x1.714b42p-6f;
    p = p * u - 0x1.6e19b8p-5f;
    p = p * u + 0x1.1422d0p-4f;
    p = p * u - 0x1.68e702p-4f;
    p = p * u + 0x1.c4f1e2p-4f;
    p = p * u - 0x1.247374p-3f;
    p = p * u + 0x1.9997e0p-3f;
    p = p * u - 0x1.555552p-2f;
    const float angle = q * (u * p) + q;
    const float from_axis = grt_if(steep, 0x1.921fb6p+0f - angle - 0x1.777a5cp-25f, angle);
    const int left = grt_bits_of(x) >> 31 != 0;
    const float whole = grt_if(left, 0x1.921fb6p+1f - from_axis - 0x1.777a5cp-24f, from_axis);
    return grt_if((x != x) | (y != y), x + y, grt_with_sign(whole, y));
}

/* ---- sine and cosine: |x| = (q + r) pi / 2, |r| <= 1/2 ---- */

/* 32 bits of 2 / pi from each of a row of places on that are 8 bits apart */
static const uint32_t grt_two_over_pi[] = {
    0x00000000, 0x000000a2, 0x0000a2f9, 0x00a2f983, 0xa2f9836e, 0xf9836e4e, 0x836e4e44,
    0x6e4e4415, 0x4e441529, 0x441529fc, 0x1529fc27, 0x29fc2757, 0xfc2757d1, 0x2757d1f5,
    0x57d1f534, 0xd1f534dd, 0xf534ddc0, 0x34ddc0db, 0xddc0db62, 0xc0db6295, 0xdb629599,
    0x6295993c, 0x95993c43, 0x993c4390, 0x3c439041};

/* r pi / 2 and the last two bits of q, for numbers of any size.  Of the product with 2 / pi the 64
 * bits from 2 on down are computed: above are whole turns, below is less than rounding does. */
GRT_INLINE float grt_reduce_angle(float size, uint32_t *q)
{
    const int small = size < 0.78125f;
    const uint32_t bits = grt_bits_of(grt_if(small, 1, size)), exponent = bits >> 23;
    const uint32_t place = (exponent >> 3) - 15;
    const uint32_t factor = ((bits & 0x7fffffu) | 0x800000u) << (exponent & 7);
    const uint64_t high = (uint64_t)(factor * grt_two_over_pi[place]) << 32;
    const uint64_t low = ((uint64_t)factor * grt_two_over_pi[place + 8]) >> 32;
    const uint64_t product =
        high + (uint64_t)factor * grt_two_over_pi[place + 4] + low; /* 2^62 of them are one of q */
    const uint64_t nearest = (product + (UINT64_C(1) << 61)) >> 62,
                   rest = product - (nearest << 62);
    const uint64_t negative = 0u - (rest >> 63), below = (rest ^ negative) - negative; /* |rest| */
    const uint32_t top = (uint32_t)(below >> 32);
    const float most = (float)(int32_t)(top & ~127u); /* exact */
    const float least = (float)(int32_t)((top & 127u) << 24 | (uint32_t)below >> 8) +
                        (float)(int32_t)(below & 255u) * 0x1p-8f;
    const float tail = most * -0x1.777a5cp-55f + (least * 0x1.921fb6p-54f + 0.0f);
    const float r = most * 0x1.921fb6p-30f + tail;
    *q = (uint32_t)nearest & (uint32_t)(small - 1);
    return grt_if(small, size, grt_float_of(grt_bits_of(r) ^ ((uint32_t)negative & 0x80000000u)));
}

/* The sine of (q + r) pi / 2. */
GRT_INLINE float grt_sin_reduced(float r, uint32_t q)
{
    const float u = r * r;
    float s = -0x1.994e5cp-13f;
    s = s * u + 0x1.110760p-7f;
    s = s * u - 0x1.555546p-3f;
    float c = 0x1.9a0210p-16f;
    c = c * u - 0x1.6c0c8ap-10f;
    c = c * u + 0x1.55554ap-5f;
    const float sine = s * u * r + r, cosine = c * u * u + (1 - 0.5f * u);
    return grt_float_of(grt_bits_of(grt_if((int)(q & 1), cosine, sine)) ^ (q & 2) << 30);
}

GRT_INLINE float grt_sin_f32(float x)
{
    uint32_t q;
    const float r = grt_reduce_angle(grt_magnitude(x), &q);
    const float y = grt_sin_reduced(r, q);
    return grt_if(grt_magnitude(x) < INFINITY,
                  grt_float_of(grt_bits_of(y) ^ (grt_bits_of(x) & 0x80000000u)), NAN);
}

GRT_INLINE float grt_cos_f32(float x)
{
    uint32_t q;
    const float r = grt_reduce_angle(grt_magnitude(x), &q);
    return grt_if(grt_magnitude(x) < INFINITY, grt_sin_reduced(r, q + 1), NAN);
}

/* ---- powers: x^y = 2^(y log2 |x|), in f64, for the product needs more bits than a float has ----
 */

/* log2 of a positive number that is a float */
GRT_INLINE double grt_log2_wide(double x)
{
    uint64_t bits;
    double f;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t exponent = (bits - UINT64_C(0x3fe6a09e667f3bcd)) & UINT64_C(0xfff0000000000000);
    const uint64_t fraction = bits - exponent;
    memcpy(&f, &fraction, sizeof f);
    f -= 1;
    const double k = (double)((int32_t)(exponent >> 32) >> 20);
    double p = -0x1.1da6f4034a8c9p-4;
    p = p * f + 0x1.0f62a4a366918p-3;
    p = p * f - 0x1.13b89c953d934p-3;
    p = p * f + 0x1.0acdea4afedf1p-3;
    p = p * f - 0x1.23d64d481df61p-3;
    p = p * f + 0x1.481fad2218c43p-3;
    p = p * f - 0x1.7188d3498c9e9p-3;
    p = p * f + 0x1.a61b7dd07230cp-3;
    p = p * f - 0x1.ec6f2dff7c503p-3;
    p = p * f + 0x1.2776b6cceaf72p-2;
    p = p * f - 0x1.715478883e0cbp-2;
    p = p * f + 0x1.ec709de33cc23p-2;
    p = p * f - 0x1.71547651b706bp-1;
    p = p * f + 0x1.71547652b58f6p+0;
    return p * f + k;
}

/* 2^t as a float, |t| <= 200 */
GRT_INLINE float grt_exp2_wide(double t)
{
    const double shifted = t + 0x1.8p52; /* its last bit counts ones */
    const double r = t - (shifted - 0x1.8p52);
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + UINT64_C(0x3ff0000000000000);
    double scale, p = 0x1.41d3229327a82p-13;
    memcpy(&scale, &bits, sizeof scale);
    p = p * r + 0x1.5f456a7a5a947p-10;
    p = p * r + 0x1.3b2dbbdd53483p-7;
    p = p * r + 0x1.c6aed4b9fd89ap-5;
    p = p * r + 0x1.ebfbdadc81c00p-3;
    p = p * r + 0x1.62e430c7e7968p-1;
    p = p * r + 0x1.0000000261654p+0;
    return (float)(p * scale);
}

/* -1 where y is no integer, else its last bit */
GRT_INLINE int grt_parity(float y)
{
    const float bounded = grt_if(grt_magnitude(y) < 0x1p24f, y, 0); /* beyond, all are even */
    const int32_t whole = (int32_t)bounded;
    return (float)whole == bounded ? whole & 1 : -1;
}

GRT_INLINE float grt_pow_f32(float x, float y)
{
    const float size = grt_magnitude(x);
    const int bounded = (size > 0) & (size < INFINITY), parity = grt_parity(y);
    const double log2 = grt_log2_wide((double)grt_if(bounded, size, 1));
    const float extreme = grt_if(size == 0, -INFINITY, size); /* its logarithm; NaN */
    double t = bounded ? log2 : (double)extreme;
    t *= (double)y;
    t = t > 200 ? 200 : t;
    t = t < -200 ? -200 : t;
    float power = grt_exp2_wide(t);
    power = grt_if(size == 1 && x != 1 && y == y, 1, power); /* (-1)^infinity */
    power = grt_if(parity == 1, grt_with_sign(power, x), power);
    power = grt_if(x < 0 && size < INFINITY && parity < 0, NAN, power);
    return grt_if((y == 0) | (x == 1), 1, power);
}

#endif
