/* dataset_check.c -- whether what a file holds is what the program declares: shape, element type,
 * finite numbers, labels in their range.  All of it is looked at once, before training. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "grt_csv.h"
#include "grt_dataset.h"

enum { DATASET_F16_MOST = 65504 };

typedef struct DatasetCheck {
    const char *name; /* of the file or of the source */
    const GrtArray *array;
    const GrtVar *var;
    GrtError *error;
    int64_t before; /* rows that come before the array's */
} DatasetCheck;

static void dataset_type_text(const GrtType *type, char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "%s[batch", grt_dtype_name[type->dtype]);
    for (int i = 1; i < type->rank && length < size; i++)
        length +=
            (size_t)snprintf(text + length, size - length, ", %lld", (long long)type->dims[i]);
    if (length < size)
        snprintf(text + length, size - length, "]");
}

/* "row 17" or "row 17, element 3": counted from 1, among the rows that are taken. */
static void dataset_place(const DatasetCheck *check, int64_t index, char *text, size_t size)
{
    const int64_t sample = check->array->count / check->array->dims[0];
    const size_t length =
        (size_t)snprintf(text, size, "row %lld", (long long)(check->before + index / sample + 1));
    if (sample > 1 && length < size)
        snprintf(text + length, size - length, ", element %lld", (long long)(index % sample + 1));
}

/* ---- shapes ---- */

/* Columns of one number each: [n] and [n, 1] hold the same. */
static bool dataset_shape_fits(const GrtType *type, const GrtArray *array)
{
    int type_rank = type->rank, array_rank = array->rank;
    if (type_rank == 2 && type->dims[1] == 1)
        type_rank = 1;
    if (array_rank == 2 && array->dims[1] == 1)
        array_rank = 1;
    if (type_rank != array_rank)
        return false;
    for (int i = 1; i < type_rank; i++)
        if (type->dims[i] != array->dims[i])
            return false;
    return true;
}

static int dataset_check_shape(const DatasetCheck *check)
{
    const GrtType *type = &check->var->type;
    const GrtArray *array = check->array;
    char have[256], want[256];
    if (type->rank == 0 || type->batch_axis != 0)
        return grt_fail(check->error, 1,
                        "'%s' cannot be read from data: its first dimension is not the batch",
                        check->var->name);
    grt_shape_text(have, sizeof have, array->dtype, array->dims, array->rank);
    dataset_type_text(type, want, sizeof want);
    if (array->rank == 0 || !dataset_shape_fits(type, array))
        return grt_fail(check->error, 1, "%s: it holds %s, but '%s' is %s", check->name, have,
                        check->var->name, want);
    if (array->count == 0)
        return grt_fail(check->error, 1, "%s: it holds no samples: %s", check->name, have);
    if (array->dims[0] % type->dims[0] != 0)
        return grt_fail(check->error, 1, "%s: %lld rows are not a multiple of the %lld of a sample",
                        check->name, (long long)array->dims[0], (long long)type->dims[0]);
    return 0;
}

/* ---- elements ---- */

/* The whole numbers that a dtype holds. */
static void dataset_bounds(GrtDType dtype, int64_t *low, int64_t *high)
{
    static const int64_t lows[] = {0, 0, INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN};
    static const int64_t highs[] = {1, UINT8_MAX, INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
    *low = lows[dtype];
    *high = highs[dtype];
}

static int dataset_bad_element(const DatasetCheck *check, int64_t index, const char *value,
                               const char *problem)
{
    char place[96];
    dataset_place(check, index, place, sizeof place);
    return grt_fail(check->error, 1, "%s: %s: %s %s", check->name, place, value, problem);
}

static int dataset_bad_range(const DatasetCheck *check, int64_t index, const char *value,
                             int64_t low, int64_t high)
{
    char problem[160];
    snprintf(problem, sizeof problem, "is out of range: '%s' takes %lld to %lld", check->var->name,
             (long long)low, (long long)high);
    return dataset_bad_element(check, index, value, problem);
}

static int64_t dataset_integer(const GrtArray *array, int64_t index)
{
    if (array->dtype == GRT_I64)
        return ((const int64_t *)array->data)[index];
    return (int64_t)grt_array_get(array, index);
}

/* What the elements must lie in, for a variable of integers. */
static void dataset_limits(const GrtVar *var, int64_t *low, int64_t *high)
{
    dataset_bounds(var->type.dtype, low, high);
    if (var->has_range && var->low > *low)
        *low = var->low;
    if (var->has_range && var->high < *high)
        *high = var->high;
}

static int dataset_check_integers(const DatasetCheck *check)
{
    int64_t low = -DATASET_F16_MOST, high = DATASET_F16_MOST;
    if (check->var->type.dtype < GRT_F16)
        dataset_limits(check->var, &low, &high);
    for (int64_t i = 0; i < check->array->count; i++) {
        const int64_t value = dataset_integer(check->array, i);
        if (value >= low && value <= high)
            continue;
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)value);
        return dataset_bad_range(check, i, text, low, high);
    }
    return 0;
}

/* Where to look for an f32 element that is no finite number; `count`: there is none.  A large file
 * is looked at in no more time than it takes to read. */
static int64_t dataset_first_not_finite(const float *values, int64_t count)
{
    enum { BLOCK = 4096 };
    for (int64_t at = 0; at < count; at += BLOCK) {
        const int64_t end = count - at < BLOCK ? count : at + BLOCK;
        int bad = 0;
        for (int64_t i = at; i < end; i++)
            bad |= !(fabsf(values[i]) <= FLT_MAX);
        if (bad)
            return at;
    }
    return count;
}

static int dataset_check_floats(const DatasetCheck *check)
{
    const GrtDType want = check->var->type.dtype;
    int64_t low = 0, high = 0;
    if (want < GRT_F16)
        dataset_limits(check->var, &low, &high);
    const double most = want == GRT_F16   ? DATASET_F16_MOST
                        : want == GRT_F64 ? DBL_MAX
                                          : (double)FLT_MAX;
    int64_t first = 0;
    if (check->array->dtype == GRT_F32 && want >= GRT_BF16)
        first = dataset_first_not_finite(check->array->data, check->array->count);
    for (int64_t i = first; i < check->array->count; i++) {
        const double value = grt_array_get(check->array, i);
        char text[40];
        if (want >= GRT_F16 && fabs(value) <= most)
            continue; /* as nearly all: nothing is written of them */
        snprintf(text, sizeof text, "%g", value);
        if (!isfinite(value))
            return dataset_bad_element(check, i, text, "is not a finite number");
        if (want >= GRT_F16)
            return dataset_bad_element(check, i, text, "is too large for the declared type");
        if (value != floor(value))
            return dataset_bad_element(check, i, text, "is not a whole number");
        /* Above 2^53 a double may not be the number that was meant. */
        if (fabs(value) > 0x1p53 || (int64_t)value < low || (int64_t)value > high)
            return dataset_bad_range(check, i, text, low, high);
    }
    return 0;
}

/* ---- tokens ---- */

/* A byte as people read it: 'a', or 0x07. */
static void dataset_byte_text(unsigned char byte, char *text, size_t size)
{
    if (byte > ' ' && byte < 0x7f)
        snprintf(text, size, "'%c'", byte);
    else
        snprintf(text, size, "0x%02x", byte);
}

static int dataset_bad_byte(const DatasetCheck *check, int64_t at, int64_t number, int64_t low,
                            int64_t high)
{
    const unsigned char *bytes = check->array->data;
    int64_t line = 1;
    char text[16];
    for (int64_t i = 0; i < at; i++)
        line += bytes[i] == '\n';
    dataset_byte_text(bytes[at], text, sizeof text);
    if (number < 0)
        return grt_fail(check->error, 1,
                        "%s:%lld: byte %lld of the file, %s, is not in the vocabulary", check->name,
                        (long long)line, (long long)at + 1, text);
    return grt_fail(check->error, 1,
                    "%s:%lld: byte %lld of the file, %s, is %lld, out of range: '%s' takes %lld to "
                    "%lld",
                    check->name, (long long)line, (long long)at + 1, text, (long long)number,
                    check->var->name, (long long)low, (long long)high);
}

/* Of 256 bytes each needs to be looked at once, where it first stands. */
static int dataset_check_bytes(const DatasetCheck *check, const GrtCut *cut, const char *vocabulary,
                               int64_t low, int64_t high)
{
    const unsigned char *bytes = check->array->data;
    int numbers[256];
    bool good[256];
    for (int i = 0; i < 256; i++)
        numbers[i] = vocabulary ? -1 : i;
    for (int i = 0; vocabulary && vocabulary[i]; i++)
        numbers[(unsigned char)vocabulary[i]] = i;
    for (int i = 0; i < 256; i++)
        good[i] = numbers[i] >= 0 && numbers[i] >= low && numbers[i] <= high;
    for (int64_t i = cut->first; i < cut->behind; i++)
        if (!good[bytes[i]])
            return dataset_bad_byte(check, i, numbers[bytes[i]], low, high);
    return 0;
}

int grt_dataset_check_tokens(const char *name, const GrtArray *array, const GrtCut *cut,
                             const char *vocabulary, const GrtVar *var, GrtError *error)
{
    const DatasetCheck check = {name, array, var, error, 0};
    int64_t low = 0, high = DATASET_F16_MOST;
    if (var->type.dtype < GRT_F16)
        dataset_limits(var, &low, &high);
    else if (var->type.dtype > GRT_F16)
        high = UINT32_MAX;
    if (array->dtype == GRT_U8)
        return dataset_check_bytes(&check, cut, vocabulary, low, high);
    for (int64_t i = cut->first; i < cut->behind; i++) {
        const int64_t token = (int64_t)grt_array_get(array, i);
        if (token < low || token > high)
            return grt_fail(
                error, 1, "%s: token %lld is %lld, out of range: '%s' takes %lld to %lld", name,
                (long long)i + 1, (long long)token, var->name, (long long)low, (long long)high);
    }
    return 0;
}

/* ---- all of a file ---- */

static int dataset_check_elements(const DatasetCheck *check)
{
    if (check->array->dtype >= GRT_F16)
        return dataset_check_floats(check);
    const bool any_fits = check->var->type.dtype >= GRT_BF16; /* as wide as f32 */
    return any_fits ? 0 : dataset_check_integers(check);
}

int grt_dataset_check(const char *name, const GrtArray *array, const GrtVar *var, GrtError *error)
{
    const DatasetCheck check = {name, array, var, error, 0};
    if (dataset_check_shape(&check) != 0)
        return error->status;
    return dataset_check_elements(&check);
}

/* Row by row. */
static int dataset_check_rows(const DatasetCheck *whole, GrtCsv *csv)
{
    const int64_t rows = whole->array->dims[0];
    GrtArray row = *whole->array; /* one of them */
    DatasetCheck check = {whole->name, &row, whole->var, whole->error, 0};
    row.dims[0] = 1;
    row.count /= rows;
    for (; check.before < rows; check.before++) {
        row.data = (void *)grt_csv_row(csv, check.before);
        if (!row.data)
            return grt_csv_check(csv, check.error);
        if (dataset_check_elements(&check) != 0)
            return check.error->status;
    }
    return 0;
}

int grt_dataset_check_csv(const char *name, const GrtArray *array, GrtCsv *csv, const GrtVar *var,
                          GrtError *error)
{
    const DatasetCheck check = {name, array, var, error, 0};
    if (dataset_check_shape(&check) != 0)
        return error->status;
    if (var->type.dtype == GRT_F16)
        return dataset_check_rows(&check, csv);
    if (var->type.dtype > GRT_F16)
        return 0; /* the reader saw to it that all fit */
    int64_t low, high;
    dataset_limits(var, &low, &high);
    /* What the reader saw may be more than the rows that were asked for. */
    const bool within = csv->least >= low && csv->most <= high;
    if (!within && dataset_check_rows(&check, csv) != 0)
        return error->status;
    csv->low = low;
    csv->high = high;
    return 0;
}

int grt_dataset_check_range(const GrtVar *var, const void *data, int64_t count,
                            const int64_t *samples, GrtError *error)
{
    GrtArray view = {.dtype = var->type.dtype, .rank = 1, .data = (void *)data};
    const int64_t sample = grt_type_count(&var->type, 1);
    view.count = sample * count;
    for (int64_t i = 0; i < view.count; i++) {
        const int64_t value = dataset_integer(&view, i);
        if (value < var->low || value > var->high)
            return grt_fail(error, 1,
                            "sample %lld of '%s': %lld is out of range: it takes %lld to %lld",
                            (long long)samples[i / sample] + 1, var->name, (long long)value,
                            (long long)var->low, (long long)var->high);
    }
    return 0;
}
