/* rows.c -- any bytes as a CSV file that stays in its pages: the same rows, or the same error, as
 * from memory, in whatever order they are asked for. */
#include <string.h>

#include "runtime/grt_csv.h"
#include "tests/fuzz/data.h"
#include "tests/fuzz/fuzz.h"

static void try_row(GrtCsv *csv, const GrtArray *held, int64_t row)
{
    const int64_t bytes = held->bytes / held->dims[0];
    const void *numbers = grt_csv_row(csv, row);
    if (!numbers)
        fuzz_broken("a row is gone");
    if (memcmp(numbers, (char *)held->data + row * bytes, (size_t)bytes) != 0)
        fuzz_broken("a row is another one");
}

static void try_rows(GrtCsv *csv, const GrtArray *held)
{
    const int64_t count = held->dims[0];
    for (int64_t row = 0; row < count; row++)
        try_row(csv, held, row);
    for (int64_t row = count - 1; row >= 0; row -= 1 + count / 64)
        try_row(csv, held, row);
}

static void try(const char *path, GrtRange rows, GrtRange columns, GrtDType want)
{
    GrtArray held, mapped;
    GrtError error = {0}, again = {0};
    GrtCsv *csv;
    const int status = grt_read_csv(path, FUZZ_GZIP, rows, columns, want, &held, &error);
    if (grt_map_csv(path, FUZZ_GZIP, rows, columns, want, &mapped, &csv, &again) != status)
        fuzz_broken("another status than from memory");
    if (status != 0 && strcmp(error.text, again.text) != 0)
        fuzz_broken("another error than from memory");
    if (status != 0)
        return;
    if (mapped.dtype != held.dtype || mapped.rank != held.rank || mapped.count != held.count ||
        mapped.bytes != held.bytes || memcmp(mapped.dims, held.dims, sizeof held.dims) != 0)
        fuzz_broken("another shape than from memory");
    if (csv)
        try_rows(csv, &held);
    grt_csv_free(csv);
    grt_array_free(&mapped);
    grt_array_free(&held);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);
    const GrtRange all = {0}, some = {.has_start = 1, .has_stop = 1, .start = 1, .stop = -1},
                   half = {.has_part = 1, .part = {0.5, 1}},
                   one = {.has_start = 1, .single = 1, .start = 1};
    grt_mapped_bytes = grt_streamed_bytes = 1;
    try(path, all, all, GRT_F32);
    try(path, half, all, GRT_I64);
    try(path, some, one, GRT_F64);
    return 0;
}
