/* grt_error.c -- errors, dtypes, shapes and whole arrays: what all readers of data need. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grt_checked.h"
#include "grt_file.h"

int grt_fail(GrtError *error, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    error->status = status;
    return status;
}

/* By GrtDType. */
const char *const grt_dtype_name[] = {"bool", "u8",   "i8",  "i16", "i32", "i64",
                                      "f16",  "bf16", "f32", "f64", "u16", "u32"};
const int grt_dtype_bytes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 2, 4};

void grt_shape_text(char *text, size_t size, GrtDType dtype, const int64_t *dims, int rank)
{
    size_t length = (size_t)snprintf(text, size, "%s", grt_dtype_name[dtype]);
    for (int i = 0; i < rank && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%lld%s", i == 0 ? "[" : ", ",
                                   (long long)dims[i], i == rank - 1 ? "]" : "");
}

int64_t grt_type_count(const GrtType *type, int64_t batch)
{
    int64_t count = 1;
    for (int i = 0; i < type->rank; i++) {
        if (!grt_checked_mul(count, type->dims[i], &count) ||
            (i == type->batch_axis && !grt_checked_mul(count, batch, &count)))
            return -1;
    }
    return count;
}

int64_t grt_type_bytes(const GrtType *type, int64_t batch)
{
    int64_t bytes = grt_type_count(type, batch);
    if (bytes < 0 || !grt_checked_mul(bytes, grt_dtype_bytes[type->dtype], &bytes))
        return -1;
    return bytes;
}

/* ---- arrays ---- */

void grt_array_free(GrtArray *array)
{
    if (array->map)
        grt_unmap(array);
    else
        free(array->data);
    *array = (GrtArray){0};
}

/* 64 bytes at least, so that an empty array has a place too. */
static void *error_aligned(int64_t bytes)
{
    void *memory = NULL;
    const size_t size = bytes > 0 ? (size_t)bytes : 64;
    if ((uint64_t)size > SIZE_MAX - 64 || posix_memalign(&memory, 64, size) != 0)
        return NULL;
    return memory;
}

int grt_array_alloc(GrtArray *array, GrtError *error)
{
    const GrtType type = {.dtype = array->dtype, .rank = array->rank, .batch_axis = -1};
    GrtType sized = type;
    memcpy(sized.dims, array->dims, sizeof sized.dims);
    array->count = grt_type_count(&sized, 1);
    array->bytes = grt_type_bytes(&sized, 1);
    if (array->bytes < 0)
        return grt_fail(error, 1, "an array of that many elements does not fit in memory");
    array->data = error_aligned(array->bytes);
    if (!array->data)
        return grt_fail(error, 3, "not enough memory: %lld bytes wanted for data",
                        (long long)array->bytes);
    return 0;
}

static double error_half(uint16_t bits)
{
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double value = exponent == 0   ? ldexp(mantissa, -24)
                   : exponent < 31 ? ldexp(mantissa + 1024, exponent - 25)
                   : mantissa == 0 ? (double)INFINITY
                                   : (double)NAN;
    return bits & 0x8000 ? -value : value;
}

static double error_brain(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

double grt_array_get(const GrtArray *array, int64_t index)
{
    const void *data = array->data;
    switch ((int)array->dtype) {
    case GRT_BOOL:
    case GRT_U8:
        return ((const uint8_t *)data)[index];
    case GRT_I8:
        return ((const int8_t *)data)[index];
    case GRT_I16:
        return ((const int16_t *)data)[index];
    case GRT_I32:
        return ((const int32_t *)data)[index];
    case GRT_I64:
        return (double)((const int64_t *)data)[index];
    case GRT_F16:
        return error_half(((const uint16_t *)data)[index]);
    case GRT_BF16:
        return error_brain(((const uint16_t *)data)[index]);
    case GRT_F32:
        return ((const float *)data)[index];
    case GRT_F64:
        return ((const double *)data)[index];
    case GRT_U16:
        return ((const uint16_t *)data)[index];
    case GRT_U32:
        return ((const uint32_t *)data)[index];
    }
    return 0;
}
