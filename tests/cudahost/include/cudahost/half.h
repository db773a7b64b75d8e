/* half.h -- the bits of 16-bit floats: rounded to nearest, ties to even, as the device does. */
#ifndef CUDAHOST_HALF_H
#define CUDAHOST_HALF_H

#include "warp.h"

namespace cudahost
{
static inline float float_of_half(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 1023;
    if (exponent == 31)
        return from_bits<float>(sign | 0x7f800000u | mantissa << 13);
    if (exponent == 0) {
        float x = (float)mantissa * 0x1p-24f;
        return sign ? -x : x;
    }
    return from_bits<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

static inline uint16_t half_of_float(float f)
{
    uint32_t bits = (uint32_t)to_bits(f), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffffu;
    if (rest > 0x7f800000u)
        return (uint16_t)0x7fff;
    if (rest >= 0x477ff000u)
        return (uint16_t)(sign | 0x7c00);
    if (rest < 0x38800000u) /* below the smallest normal one: in steps of 2^-24 */
        return (uint16_t)(sign | (uint32_t)rintf(fabsf(f) * 0x1p24f));
    rest += 0xfff + (rest >> 13 & 1);
    return (uint16_t)(sign | ((rest - 0x38000000u) >> 13));
}

static inline float float_of_bfloat16(uint16_t h)
{
    return from_bits<float>((uint32_t)h << 16);
}

static inline uint16_t bfloat16_of_float(float f)
{
    uint32_t bits = (uint32_t)to_bits(f);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)0x7fff;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
} // namespace cudahost

#endif
