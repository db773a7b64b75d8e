/* text.c -- a text as a run of bytes, or a file of token numbers as a run of those.
 *
 *     "hello world!"                    ->    u8[12]
 *     00 01 20 4e ..., little-endian    ->    u16[n]: 256 20000 ...
 *
 * windows.c cuts samples from it. */
#include <stdlib.h>
#include <string.h>

#include "grt_file.h"

enum { TEXT_FIRST_BYTES = 1 << 16 };

/* The whole file, malloc's; its length unknown where it is gzipped. */
static unsigned char *text_bytes(GrtFile *file, int64_t *count, GrtError *error)
{
    int64_t room = file->size >= 0 ? file->size + 1 : TEXT_FIRST_BYTES;
    unsigned char *bytes = NULL;
    *count = 0;
    for (;;) {
        unsigned char *larger = realloc(bytes, (size_t)room);
        if (!larger) {
            free(bytes);
            grt_fail(error, 3, "not enough memory: %lld bytes wanted for '%s'", (long long)room,
                     file->name);
            return NULL;
        }
        bytes = larger;
        const int64_t found = grt_file_read(file, bytes + *count, room - *count, error);
        if (found < 0) {
            free(bytes);
            return NULL;
        }
        *count += found;
        if (*count < room)
            return bytes;
        room *= 2;
    }
}

/* How many tokens the bytes are, behind the header. */
static int text_count(const GrtWindows *windows, const char *path, int64_t bytes, GrtArray *out,
                      GrtError *error)
{
    const int width = grt_dtype_bytes[out->dtype];
    if (bytes <= windows->skip)
        return grt_fail(error, 1, "'%s' has %lld bytes: nothing is behind skip = %lld", path,
                        (long long)bytes, (long long)windows->skip);
    if ((bytes - windows->skip) % width != 0)
        return grt_fail(error, 1, "'%s': %lld bytes are no whole number of tokens of %d each", path,
                        (long long)(bytes - windows->skip), width);
    out->dims[0] = (bytes - windows->skip) / width;
    return 0;
}

/* Leaves a large file where it is; false where it has to be read. */
static bool text_map(GrtFile *file, const GrtWindows *windows, GrtArray *out, GrtError *error)
{
    file->map = !grt_host_is_big_endian() || out->dtype == GRT_U8;
    if (!grt_file_maps(file) || text_count(windows, file->name, file->size, out, error) != 0)
        return false;
    out->bytes = file->size - windows->skip;
    file->taken = windows->skip;
    return grt_file_map(file, out);
}

int grt_read_tokens(const char *path, const GrtGzip *gzip, const GrtWindows *windows, GrtArray *out,
                    GrtError *error)
{
    int64_t count = 0;
    *out = (GrtArray){.dtype = windows->width == 4   ? (GrtDType)GRT_U32
                               : windows->width == 2 ? (GrtDType)GRT_U16
                                                     : GRT_U8,
                      .rank = 1};
    GrtFile *file = malloc(sizeof *file);
    if (!file)
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    unsigned char *bytes = NULL;
    bool mapped = false;
    if (grt_file_open(file, path, gzip, error) == 0) {
        mapped = text_map(file, windows, out, error);
        bytes = mapped ? NULL : text_bytes(file, &count, error);
        grt_file_close(file);
    }
    free(file);
    if (mapped)
        return 0;
    if (!bytes)
        return error->status;
    int failed = text_count(windows, path, count, out, error);
    if (!failed)
        failed = grt_array_alloc(out, error);
    if (!failed) {
        memcpy(out->data, bytes + windows->skip, (size_t)out->bytes);
        if (grt_host_is_big_endian())
            grt_array_swap_bytes(out);
    }
    free(bytes);
    return failed;
}
