/* idx.c -- any bytes as an IDX file, whole and in part. */
#include "runtime/grt_data.h"
#include "tests/fuzz/data.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);
    const GrtRange all = {0}, some = {.has_start = 1, .has_stop = 1, .start = 1, .stop = -1};
    GrtArray array;
    GrtError error;
    fuzz_array(grt_read_idx(path, FUZZ_GZIP, all, &array, &error), &array);
    fuzz_array(grt_read_idx(path, FUZZ_GZIP, some, &array, &error), &array);
    return 0;
}
