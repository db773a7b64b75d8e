/* datafile.c -- bytes from a plain file, a gzipped one or a stream, and arrays of them.
 *
 * A header that promises more than the file can hold is refused before memory is asked for it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grt_checked.h"
#include "grt_file.h"

/* Deflate makes at most 1,032 bytes of one. */
enum { DATAFILE_INFLATION = 1032, DATAFILE_FIRST_BYTES = 1 << 20 };

/* ---- opening ---- */

static int datafile_is_gzip(GrtFile *file, bool *is, GrtError *error)
{
    unsigned char magic[2] = {0, 0};
    const ssize_t count = pread(file->descriptor, magic, sizeof magic, 0);
    if (count < 0)
        return grt_fail(error, 1, "cannot read '%s': %s", file->name, strerror(errno));
    *is = count == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    return 0;
}

static int datafile_start_gzip(GrtFile *file, const GrtGzip *gzip, GrtError *error)
{
    if (!gzip)
        return grt_fail(error, 1, "'%s' is gzipped, and this program was built without gzip",
                        file->name);
    file->stream = gzip->open(file->descriptor);
    if (!file->stream)
        return grt_fail(error, 3, "not enough memory to inflate '%s'", file->name);
    file->gzip = gzip;
    file->descriptor = -1; /* the stream's now */
    if (!grt_checked_mul(file->size, DATAFILE_INFLATION, &file->most))
        file->most = INT64_MAX;
    file->size = -1;
    return 0;
}

int grt_file_open(GrtFile *file, const char *path, const GrtGzip *gzip, GrtError *error)
{
    struct stat status;
    *file = (GrtFile){.name = path};
    /* Without O_NONBLOCK a FIFO would wait for its writer here. */
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0 || fstat(file->descriptor, &status) != 0) {
        grt_fail(error, 1, "cannot read '%s': %s", path, strerror(errno));
        grt_file_close(file);
        return error->status;
    }
    bool gzipped = false;
    int failed = 0;
    if (!S_ISREG(status.st_mode))
        failed = grt_fail(error, 1, "cannot read '%s': it is %s, not a regular file", path,
                          S_ISDIR(status.st_mode) ? "a directory" : "a device or a pipe");
    else if (status.st_size == 0)
        failed = grt_fail(error, 1, "'%s' is empty", path);
    file->size = file->most = status.st_size;
    if (!failed)
        failed = datafile_is_gzip(file, &gzipped, error);
    if (!failed && gzipped)
        failed = datafile_start_gzip(file, gzip, error);
    if (failed)
        grt_file_close(file);
    return failed;
}

void grt_file_of_stream(GrtFile *file, FILE *in, const char *name)
{
    *file = (GrtFile){.name = name, .descriptor = -1, .in = in, .most = INT64_MAX, .size = -1};
}

void grt_file_close(GrtFile *file)
{
    if (file->stream)
        file->gzip->close(file->stream);
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->stream = NULL;
    file->descriptor = -1;
}

/* ---- reading ---- */

/* Some bytes from where they come from; 0 at the end, -1 with error set. */
static int64_t datafile_take(GrtFile *file, void *bytes, int64_t size, GrtError *error)
{
    const char *why = NULL;
    int64_t count;
    if (size > INT_MAX)
        size = INT_MAX;
    if (file->in) {
        count = (int64_t)fread(bytes, 1, (size_t)size, file->in);
        if (count == 0 && ferror(file->in))
            why = strerror(errno);
    } else if (file->stream) {
        count = file->gzip->read(file->stream, bytes, (unsigned)size, &why);
    } else {
        do
            count = read(file->descriptor, bytes, (size_t)size);
        while (count < 0 && errno == EINTR);
        why = count < 0 ? strerror(errno) : NULL;
    }
    if (why) {
        grt_fail(error, 1, "cannot read '%s': %s", file->name, why);
        return -1;
    }
    return count;
}

static int64_t datafile_buffered(GrtFile *file, void *bytes, int64_t size)
{
    const size_t left = file->end - file->begin;
    const size_t count = (uint64_t)size < left ? (size_t)size : left;
    memcpy(bytes, file->buffer + file->begin, count);
    file->begin += count;
    return (int64_t)count;
}

int64_t grt_file_read(GrtFile *file, void *bytes, int64_t size, GrtError *error)
{
    int64_t done = datafile_buffered(file, bytes, size);
    while (done < size) {
        const int64_t count = datafile_take(file, (char *)bytes + done, size - done, error);
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        done += count;
    }
    file->taken += done;
    return done;
}

int grt_file_byte(GrtFile *file, GrtError *error)
{
    if (file->begin == file->end) {
        const int64_t count = datafile_take(file, file->buffer, GRT_FILE_BUFFER, error);
        if (count <= 0)
            return count < 0 ? -2 : -1;
        file->begin = 0;
        file->end = (size_t)count;
    }
    file->taken++;
    return file->buffer[file->begin++];
}

/* ---- arrays ---- */

static int datafile_short(const GrtFile *file, const GrtArray *array, int64_t found,
                          GrtError *error)
{
    char shape[256];
    grt_shape_text(shape, sizeof shape, array->dtype, array->dims, array->rank);
    return grt_fail(error, 1,
                    "'%s' is cut short: %s takes %lld bytes behind the header, found %lld",
                    file->name, shape, (long long)array->bytes, (long long)found);
}

/* From a stream, whose length nobody knows: memory doubles as bytes come in. */
static int datafile_read_growing(GrtFile *file, GrtArray *array, GrtError *error)
{
    int64_t room = DATAFILE_FIRST_BYTES, done = 0;
    unsigned char *bytes = NULL;
    do {
        if (done == room)
            room = room > array->bytes / 2 ? array->bytes : room * 2;
        room = room < array->bytes ? room : array->bytes;
        unsigned char *larger = realloc(bytes, (size_t)room + 1);
        int64_t count = -1;
        if (larger) {
            bytes = larger;
            count = grt_file_read(file, bytes + done, room - done, error);
        } else {
            grt_fail(error, 3, "not enough memory: %lld bytes wanted for '%s'", (long long)room,
                     file->name);
        }
        if (count >= 0 && (done += count) < room)
            datafile_short(file, array, done, error);
        if (count < 0 || done < room) {
            free(bytes);
            return error->status;
        }
    } while (done < array->bytes);
    const int failed = grt_array_alloc(array, error);
    if (!failed)
        memcpy(array->data, bytes, (size_t)array->bytes);
    free(bytes);
    return failed;
}

static int datafile_read_known(GrtFile *file, GrtArray *array, GrtError *error)
{
    if (grt_array_alloc(array, error) != 0)
        return error->status;
    const int64_t done = grt_file_read(file, array->data, array->bytes, error);
    if (done == array->bytes)
        return 0;
    if (done >= 0)
        datafile_short(file, array, done, error);
    return error->status;
}

/* Reads to the end of what is compressed: its checksum is looked at there. */
static int datafile_check_end(GrtFile *file, GrtError *error)
{
    if (file->size > file->taken)
        fprintf(stderr, "warning: '%s': %lld bytes behind the data are ignored\n", file->name,
                (long long)(file->size - file->taken));
    if (file->size >= 0)
        return 0;
    const int next = grt_file_byte(file, error);
    if (next >= 0)
        fprintf(stderr, "warning: '%s': bytes behind the data are ignored\n", file->name);
    return next == -2 ? error->status : 0;
}

int grt_file_read_array(GrtFile *file, GrtArray *array, GrtError *error)
{
    GrtType type = {.dtype = array->dtype, .rank = array->rank, .batch_axis = -1};
    memcpy(type.dims, array->dims, sizeof type.dims);
    array->bytes = grt_type_bytes(&type, 1);
    if (array->bytes < 0)
        return grt_fail(error, 1, "'%s': its header asks for more elements than can be counted",
                        file->name);
    int failed;
    if (file->most == INT64_MAX)
        failed = datafile_read_growing(file, array, error);
    else if (array->bytes > file->most - file->taken && file->size >= 0)
        failed = datafile_short(file, array, file->size - file->taken, error);
    else if (array->bytes > file->most - file->taken)
        failed = grt_fail(error, 1, "'%s' is cut short: its header asks for %lld bytes", file->name,
                          (long long)array->bytes);
    else
        failed = grt_file_map(file, array) ? 0 : datafile_read_known(file, array, error);
    if (!failed && !file->in)
        failed = datafile_check_end(file, error);
    if (failed)
        grt_array_free(array);
    return failed;
}

bool grt_host_is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 0;
}

void grt_array_swap_bytes(GrtArray *array)
{
    const int width = grt_dtype_bytes[array->dtype];
    unsigned char *bytes = array->data;
    if (width == 1)
        return; /* images, for instance, and many */
    for (int64_t i = 0; i < array->count; i++, bytes += width)
        for (int low = 0, high = width - 1; low < high; low++, high--) {
            const unsigned char swapped = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = swapped;
        }
}

/* ---- ranges ---- */

static void datafile_range_text(GrtRange range, char *text, size_t size)
{
    if (range.has_part) {
        snprintf(text, size, "[%g, %g]", range.part[0], range.part[1]);
        return;
    }
    char start[32] = "", stop[32] = "";
    if (range.has_start || range.single)
        snprintf(start, sizeof start, "%lld", (long long)range.start);
    if (range.has_stop && !range.single)
        snprintf(stop, sizeof stop, "%lld", (long long)range.stop);
    snprintf(text, size, "%s%s%s", start, range.single ? "" : ":", stop);
}

/* A share of a count, rounded down; 0.29 * 100, which is a little less in doubles, is 29. */
static int64_t datafile_share(double share, int64_t count)
{
    const int64_t at = (int64_t)(share * (double)count + 1e-6);
    return at < count ? at : count;
}

int grt_range_resolve(GrtRange range, int64_t count, const char *axis, const char *path,
                      int64_t *start, int64_t *stop, GrtError *error)
{
    *start = range.has_start || range.single ? range.start : 0;
    *stop = range.has_stop ? range.stop : count;
    *start += *start < 0 ? count : 0;
    *stop += *stop < 0 ? count : 0;
    if (range.single)
        *stop = *start + 1;
    if (range.has_part) {
        *start = datafile_share(range.part[0], count);
        *stop = datafile_share(range.part[1], count);
    }
    if (*start >= 0 && *start < *stop && *stop <= count)
        return 0;
    char text[72];
    datafile_range_text(range, text, sizeof text);
    return grt_fail(error, 1, "%s = %s %s, but '%s' has %lld %s", range.has_part ? "part" : axis,
                    text, *start >= 0 && *stop <= count ? "takes nothing" : "goes beyond the end",
                    path, (long long)count, axis);
}

int grt_array_take_rows(GrtArray *array, GrtRange rows, const char *path, GrtError *error)
{
    int64_t start, stop;
    if (!rows.has_start && !rows.has_stop && !rows.single && !rows.has_part)
        return 0;
    int failed = array->rank == 0
                     ? grt_fail(error, 1, "'%s' holds a single number: it has no rows", path)
                     : grt_range_resolve(rows, array->dims[0], "rows", path, &start, &stop, error);
    if (failed) {
        grt_array_free(array);
        return failed;
    }
    const int64_t row = array->bytes / array->dims[0]; /* dims[0] >= stop > 0 */
    char *first = (char *)array->data + row * start;
    if (array->map)
        array->data = first;
    else
        memmove(array->data, first, (size_t)(row * (stop - start)));
    array->count = array->count / array->dims[0] * (stop - start);
    array->bytes = row * (stop - start);
    array->dims[0] = stop - start;
    return 0;
}
