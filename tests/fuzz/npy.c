/* npy.c -- any bytes as a .npy file, whole and in part; and as a stream, where what was read is
 * written and read again. */
#include <string.h>

#include "runtime/grt_data.h"
#include "tests/fuzz/data.h"
#include "tests/fuzz/fuzz.h"

/* Written and read again, an array is the same. */
static void try_again(const GrtArray *array)
{
    static FILE *file;
    GrtArray again;
    GrtError error;
    if (!file)
        file = tmpfile();
    if (!file)
        fuzz_broken("no temporary file");
    rewind(file);
    if (grt_write_npy(file, "fuzz", array->dtype, array->dims, array->rank, array->data, &error) !=
        0)
        fuzz_broken("an array cannot be written");
    rewind(file);
    if (grt_read_npy_stream(file, "fuzz", &again, &error) != 0)
        fuzz_broken("a written array cannot be read");
    if (again.dtype != array->dtype || again.bytes != array->bytes ||
        memcmp(again.data, array->data, (size_t)array->bytes) != 0)
        fuzz_broken("a written array is another one");
    grt_array_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);
    const GrtRange all = {0}, some = {.has_start = 1, .has_stop = 1, .start = 1, .stop = -1};
    GrtArray array;
    GrtError error;
    fuzz_array(grt_read_npy(path, FUZZ_GZIP, some, &array, &error), &array);
    const int status = grt_read_npy(path, FUZZ_GZIP, all, &array, &error);
    if (status == 0)
        try_again(&array);
    fuzz_array(status, &array);
    return 0;
}
