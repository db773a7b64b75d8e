/* convert.c -- one element into a buffer of any dtype, from a double, where it fits.
 *
 * A float fits if it is finite and its rounding is: 70000 is no f16.  Infinity and NaN fit as they
 * are. */
#include <math.h>
#include <string.h>

#include "grt_trainer.h"

/* Rounds to nearest, ties to even, as rint() does in the default mode; by way of f32, as generated
 * programs and PyTorch do. */
static uint16_t convert_f16(double value)
{
    const uint16_t sign = signbit(value) ? 0x8000 : 0;
    const double size = fabs((double)(float)value);
    if (isnan(value))
        return 0x7E00;
    if (size >= 65520) /* half way to what would be the next number */
        return sign | 0x7C00;
    if (size < 0x1p-14)
        return sign | (uint16_t)rint(size * 0x1p24);
    int exponent;
    const double fraction = frexp(size, &exponent); /* 0.5 .. 1 */
    const int mantissa = (int)rint((2 * fraction - 1) * 1024);
    return (uint16_t)(sign + ((exponent - 1 + 15) << 10) + mantissa); /* 1024 carries over */
}

static uint16_t convert_bf16(double value)
{
    const float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    if (isnan(narrow))
        return 0x7FC0;
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* A whole number within bounds. */
static bool convert_fits(double value, double low, double high)
{
    return value >= low && value <= high && value == floor(value);
}

/* Stores value if it fits; each case writes its own type. */
#define CONVERT_STORE(type, low, high)       \
    do {                                     \
        if (!convert_fits(value, low, high)) \
            return false;                    \
        ((type *)data)[index] = (type)value; \
        return true;                         \
    } while (0)

bool grt_element_put(GrtDType dtype, void *data, int64_t index, double value)
{
    switch (dtype) {
    case GRT_BOOL:
        CONVERT_STORE(uint8_t, 0, 1);
    case GRT_U8:
        CONVERT_STORE(uint8_t, 0, UINT8_MAX);
    case GRT_I8:
        CONVERT_STORE(int8_t, INT8_MIN, INT8_MAX);
    case GRT_I16:
        CONVERT_STORE(int16_t, INT16_MIN, INT16_MAX);
    case GRT_I32:
        CONVERT_STORE(int32_t, INT32_MIN, INT32_MAX);
    case GRT_I64: /* above 2^53 a double may not be the number that was meant */
        CONVERT_STORE(int64_t, -0x1p53, 0x1p53);
    case GRT_F16:
        ((uint16_t *)data)[index] = convert_f16(value);
        return isinf(value) || (((uint16_t *)data)[index] & 0x7FFF) != 0x7C00;
    case GRT_BF16:
        ((uint16_t *)data)[index] = convert_bf16(value);
        return isinf(value) || (((uint16_t *)data)[index] & 0x7FFF) != 0x7F80;
    case GRT_F32:
        ((float *)data)[index] = (float)value;
        return isinf(value) || !isinf(((float *)data)[index]);
    case GRT_F64:
        ((double *)data)[index] = value;
        return true;
    }
    return false;
}
