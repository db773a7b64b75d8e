/* csv.c -- any bytes as a CSV file: all of it as floats, and part of it as integers. */
#include "runtime/grt_data.h"
#include "tests/fuzz/data.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);
    const GrtRange all = {0}, some = {.has_start = 1, .has_stop = 1, .start = 1, .stop = -1},
                   one = {.has_start = 1, .single = 1, .start = 1};
    GrtArray array;
    GrtError error;
    fuzz_array(grt_read_csv(path, FUZZ_GZIP, all, all, GRT_F32, &array, &error), &array);
    fuzz_array(grt_read_csv(path, FUZZ_GZIP, all, all, GRT_I64, &array, &error), &array);
    fuzz_array(grt_read_csv(path, FUZZ_GZIP, some, one, GRT_F64, &array, &error), &array);
    return 0;
}
