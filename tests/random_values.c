/* random_values.c -- see random_compare.h: what the variables of a random program hold, and
 * elements in memory. */
#include <math.h>
#include <string.h>

#include "tests/random_compare.h"

/* ---- what variables hold ---- */

double random_uniform(uint64_t seed, uint64_t i)
{
    uint64_t z = seed * UINT64_C(0x9E3779B97F4A7C15) + i * UINT64_C(0xBF58476D1CE4E5B9) + 1;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return ldexp((double)((z ^ (z >> 31)) >> 11), -53);
}

double random_element(const Try *t, int var, const Var *v, int64_t i)
{
    const double x = random_uniform(t->source->seed * 64 + (uint64_t)var, (uint64_t)i);
    const DType dtype = v->type.dtype;
    if (dtype == DT_BOOL)
        return x > 0.4;
    if (!dtype_is_float(dtype))
        return floor(x * (dtype == DT_U8 ? 10 : 17)) - (dtype == DT_U8 ? 0 : 7);
    return scalar_float(dtype, v->kind == VAR_STATE ? 0.5 + x : 4 * x - 2).f;
}

/* ---- in memory ---- */

static uint16_t half_bits(DType dtype, double x)
{
    if (dtype == DT_BF16) {
        const float f = (float)x;
        uint32_t bits;
        memcpy(&bits, &f, sizeof bits);
        return (uint16_t)(bits >> 16);
    }
    if (x == 0)
        return signbit(x) ? 0x8000 : 0;
    int e;
    const double m = frexp(fabs(x), &e); /* m in [0.5, 1): m * 2^e */
    const unsigned sign = x < 0 ? 0x8000 : 0;
    if (e < -13)
        return (uint16_t)(sign | (unsigned)ldexp(fabs(x), 24));
    return (uint16_t)(sign | (unsigned)((e + 14) << 10) | ((unsigned)ldexp(m, 11) & 0x3ff));
}

static double half_value(DType dtype, uint16_t bits)
{
    if (dtype == DT_BF16) {
        const uint32_t wide = (uint32_t)bits << 16;
        float f;
        memcpy(&f, &wide, sizeof f);
        return f;
    }
    const int e = bits >> 10 & 31, m = bits & 0x3ff;
    const double x = e == 31  ? (m ? NAN : INFINITY)
                     : e == 0 ? ldexp(m, -24)
                              : ldexp(m + 1024, e - 25);
    return bits & 0x8000 ? -x : x;
}

void random_put(void *bytes, DType dtype, int64_t i, double x)
{
    switch (dtype) {
    case DT_BOOL:
    case DT_U8:
        ((uint8_t *)bytes)[i] = (uint8_t)x;
        break;
    case DT_I8:
        ((int8_t *)bytes)[i] = (int8_t)x;
        break;
    case DT_I16:
        ((int16_t *)bytes)[i] = (int16_t)x;
        break;
    case DT_I32:
        ((int32_t *)bytes)[i] = (int32_t)x;
        break;
    case DT_I64:
        ((int64_t *)bytes)[i] = (int64_t)x;
        break;
    case DT_F16:
    case DT_BF16:
        ((uint16_t *)bytes)[i] = half_bits(dtype, x);
        break;
    case DT_F32:
        ((float *)bytes)[i] = (float)x;
        break;
    default:
        ((double *)bytes)[i] = x;
    }
}

double random_get(const void *bytes, DType dtype, int64_t i)
{
    switch (dtype) {
    case DT_BOOL:
    case DT_U8:
        return ((const uint8_t *)bytes)[i];
    case DT_I8:
        return ((const int8_t *)bytes)[i];
    case DT_I16:
        return ((const int16_t *)bytes)[i];
    case DT_I32:
        return ((const int32_t *)bytes)[i];
    case DT_I64:
        return (double)((const int64_t *)bytes)[i];
    case DT_F16:
    case DT_BF16:
        return half_value(dtype, ((const uint16_t *)bytes)[i]);
    case DT_F32:
        return ((const float *)bytes)[i];
    default:
        return ((const double *)bytes)[i];
    }
}
