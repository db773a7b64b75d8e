/* grt_vmath_f64.h -- functions of f64, as those of f32 are in grt_vmath.h.
 *
 * exp, log, tanh, sigmoid and erf are lines that vectorise, within 2.5 units in the last place; the
 * others, which models rarely have in f64, are libm's. */
#ifndef GRT_VMATH_F64_H
#define GRT_VMATH_F64_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "grt_inline.h"

/* ---- bits ---- */

GRT_INLINE uint64_t grt_bits_of_f64(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

GRT_INLINE double grt_f64_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* condition ? yes : no; both are computed. */
GRT_INLINE double grt_if_f64(int condition, double yes, double no)
{
    const uint64_t mask = 0u - (uint64_t)condition;
    return grt_f64_of((grt_bits_of_f64(yes) & mask) | (grt_bits_of_f64(no) & ~mask));
}

GRT_INLINE double grt_magnitude_f64(double x)
{
    return grt_f64_of(grt_bits_of_f64(x) & UINT64_C(0x7fffffffffffffff));
}

GRT_INLINE double grt_with_sign_f64(double size, double x)
{
    const uint64_t sign = UINT64_C(0x8000000000000000);
    return grt_f64_of((grt_bits_of_f64(size) & ~sign) | (grt_bits_of_f64(x) & sign));
}

/* 2^k of a whole number k, -1022 <= k <= 1023: added to a number whose last bit counts ones */
GRT_INLINE double grt_power_f64(double k)
{
    return grt_f64_of(grt_bits_of_f64(k + (0x1.8p52 + 1023)) << 52);
}

/* ---- e^x ---- */

/* x = k ln 2 + r, |r| < 0.35; r */
GRT_INLINE double grt_reduce_exp_f64(double x, double *k)
{
    *k = x * 0x1.71547652b82fep+0 + 0x1.8p52 - 0x1.8p52;
    const double r = x - *k * 0x1.62e42feep-1; /* exact: the factor has 32 bits */
    return r - *k * 0x1.a39ef35793c76p-33;
}

/* e^r - 1 */
GRT_INLINE double grt_expm1_small_f64(double r)
{
    double p = 0x1.1f9df83ee82e4p-29;
    p = p * r + 0x1.af6ccd02b1a43p-26;
    p = p * r + 0x1.27e4bf2859733p-22;
    p = p * r + 0x1.71ddef93afa21p-19;
    p = p * r + 0x1.a01a01b45b18cp-16;
    p = p * r + 0x1.a01a01b3bb2fbp-13;
    p = p * r + 0x1.6c16c16c1356ep-10;
    p = p * r + 0x1.111111110ebb2p-7;
    p = p * r + 0x1.555555555555ep-5;
    p = p * r + 0x1.555555555555cp-3;
    p = p * r + 0x1.0000000000000p-1;
    return (p * r) * r + r;
}

GRT_INLINE double grt_exp_f64(double x)
{
    double k;
    const double above = grt_if_f64(x < -746, -746, x);
    const double r = grt_reduce_exp_f64(grt_if_f64(x > 710, 710, above), &k);
    const double half = k * 0.5 + 0x1.8p52 - 0x1.8p52; /* two steps: the result may be subnormal */
    return (1 + grt_expm1_small_f64(r)) * grt_power_f64(half) * grt_power_f64(k - half);
}

GRT_INLINE double grt_sigmoid_f64(double x)
{
    const double e = grt_exp_f64(-grt_magnitude_f64(x));
    return grt_if_f64(x < 0, e, 1) / (1 + e);
}

GRT_INLINE double grt_tanh_f64(double x)
{
    double k;
    const double size = grt_magnitude_f64(x);
    const double r = grt_reduce_exp_f64(-2 * grt_if_f64(size > 20, 20, size), &k);
    const double t = grt_power_f64(k), q = t * grt_expm1_small_f64(r); /* t + q = e^(-2|x|) */
    const int large = size > 0.55;
    const double below = 1 - t - q, above = 1 + t + q;
    const double part = grt_if_f64(large, 2 * (t + q), below) / above;
    return grt_with_sign_f64(grt_if_f64(large, 1 - part, part), x);
}

/* ---- ln x = k ln 2 + ln(1 + f), with s = f / (2 + f): ln(1 + f) = f - f^2 / 2 + s (f^2 / 2 +
 * R(s^2)) ---- */

GRT_INLINE double grt_log_f64(double x)
{
    const int subnormal = x < 0x1p-1022;
    const uint64_t bits = grt_bits_of_f64(grt_if_f64(subnormal, x * 0x1p52, x));
    const uint64_t exponent = (bits - UINT64_C(0x3fe6a09e667f3bcd)) & UINT64_C(0xfff0000000000000);
    const double f = grt_f64_of(bits - exponent) - 1;
    const double k = (double)((int32_t)(exponent >> 32) >> 20) - grt_if_f64(subnormal, 52, 0);
    const double s = f / (2 + f), z = s * s, half = 0.5 * f * f;
    double q = 0x1.2f07059191410p-3;
    q = q * z + 0x1.39a1933605fe8p-3;
    q = q * z + 0x1.7466405be7992p-3;
    q = q * z + 0x1.c71c5202b2bbdp-3;
    q = q * z + 0x1.24924941f8d1ep-2;
    q = q * z + 0x1.999999997fd37p-2;
    q = q * z + 0x1.5555555555592p-1;
    const double low = k * 0x1.a39ef35793c76p-33 + 0.0; /* not to be fused with what follows */
    double y = s * (q * z + half) + low;
    y = k * 0x1.62e42feep-1 - (half - y - f); /* exact: the factor has 32 bits */
    y = grt_if_f64(x < INFINITY, y, x);
    y = grt_if_f64(x == 0, -INFINITY, y);
    return grt_if_f64(x < 0, NAN, y);
}

/* ---- erf: x + x P(x^2) up to 7/8, then 1 - e^(q(|x|) - x^2) ---- */

GRT_INLINE double grt_erf_f64(double x)
{
    double k;
    const double size = grt_magnitude_f64(x), u = x * x;
    double p = -0x1.dadf38677ec8fp-31;
    p = p * u + 0x1.e4da50688222ep-27;
    p = p * u - 0x1.5dc39d4ffae42p-23;
    p = p * u + 0x1.b9bf825a8ff57p-20;
    p = p * u - 0x1.f4cffce0e4afap-17;
    p = p * u + 0x1.f9a30e652a854p-14;
    p = p * u - 0x1.c02db35815bcfp-11;
    p = p * u + 0x1.565bcd0b8f18dp-8;
    p = p * u - 0x1.b82ce3127a044p-6;
    p = p * u + 0x1.ce2f21a042970p-4;
    p = p * u - 0x1.812746b0379e4p-2;
    p = p * u + 0x1.06eba8214db69p-3;
    const double a = grt_if_f64(size > 6, 6, size), t = (a - 3.4375) * 0x1.8f9c18f9c18fap-2;
    double q = 0x1.245403f3063fbp-15;
    q = q * t + 0x1.f71acf3792ccbp-13;
    q = q * t + 0x1.83fcc82ab9b7fp-11;
    q = q * t + 0x1.6387de20e6318p-10;
    q = q * t + 0x1.97ce1f7d2c1dep-10;
    q = q * t + 0x1.25bbb75f3a2d0p-10;
    q = q * t + 0x1.85b95a2275eb9p-12;
    q = q * t - 0x1.070b9569a05a0p-13;
    q = q * t - 0x1.0245dc5e297f9p-14;
    q = q * t - 0x1.0822318362545p-11;
    q = q * t + 0x1.3029a9efb1535p-10;
    q = q * t - 0x1.8e4dc8a959429p-9;
    q = q * t + 0x1.e577d9f49c06bp-8;
    q = q * t - 0x1.1bc8bedd52905p-6;
    q = q * t + 0x1.4561306ccb2b0p-5;
    q = q * t - 0x1.779dcc6afe7ffp-4;
    q = q * t + 0x1.cc8fcba613306p-3;
    q = q * t - 0x1.62a8196a8d90bp-1;
    q = q * t - 0x1.d87e28702c686p+0;
    q = q - a * a;
    const double r = grt_reduce_exp_f64(q, &k);
    const double e = (1 + grt_expm1_small_f64(r)) * grt_power_f64(k);
    return grt_if_f64(size < 0.875, x * p + x, grt_with_sign_f64(1 - e, x));
}

/* ---- libm's ---- */

/* clang-format off */
GRT_INLINE double grt_expm1_f64(double x)   { return expm1(x); }
GRT_INLINE double grt_exp2_f64(double x)    { return exp2(x); }
GRT_INLINE double grt_log1p_f64(double x)   { return log1p(x); }
GRT_INLINE double grt_log2_f64(double x)    { return log2(x); }
GRT_INLINE double grt_log10_f64(double x)   { return log10(x); }
GRT_INLINE double grt_sin_f64(double x)     { return sin(x); }
GRT_INLINE double grt_cos_f64(double x)     { return cos(x); }
GRT_INLINE double grt_sinh_f64(double x)    { return sinh(x); }
GRT_INLINE double grt_cosh_f64(double x)    { return cosh(x); }
GRT_INLINE double grt_pow_f64(double x, double y)   { return pow(x, y); }
GRT_INLINE double grt_atan2_f64(double y, double x) { return atan2(y, x); }
/* clang-format on */

#endif
