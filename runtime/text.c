/* text.c -- a text file as samples: its bytes, cut into windows.
 *
 *     "hello world!", windows of 4    ->    u8[2, 4]: "hell", "o wo"
 *     the same, one byte on           ->    u8[2, 4]: "ello", " wor"
 *
 * The last byte begins no window, so that there is one to follow each: a model that learns what
 * comes next reads the file twice, the second time one byte on. */
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

int grt_read_text(const char *path, const GrtGzip *gzip, int64_t window, int64_t offset,
                  GrtRange rows, GrtArray *out, GrtError *error)
{
    int64_t count = 0;
    *out = (GrtArray){.dtype = GRT_U8, .rank = 2};
    GrtFile *file = malloc(sizeof *file);
    if (!file)
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    unsigned char *bytes = NULL;
    if (grt_file_open(file, path, gzip, error) == 0) {
        bytes = text_bytes(file, &count, error);
        grt_file_close(file);
    }
    free(file);
    if (!bytes)
        return error->status;
    out->dims[0] = (count - 1) / window;
    out->dims[1] = window;
    int failed = count <= window ? grt_fail(error, 1,
                                            "'%s' has %lld bytes: a window of %lld, and one byte "
                                            "behind it, need more",
                                            path, (long long)count, (long long)window)
                                 : grt_array_alloc(out, error);
    if (!failed)
        memcpy(out->data, bytes + offset, (size_t)(out->dims[0] * window));
    free(bytes);
    return failed ? failed : grt_array_take_rows(out, rows, path, error);
}
