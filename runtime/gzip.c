/* gzip.c -- gzipped data through zlib; left out of programs that read none. */
#include <limits.h>
#include <zlib.h>

#include "grt_file.h"

static void *gzip_open(int descriptor)
{
    gzFile stream = gzdopen(descriptor, "rb");
    if (stream)
        gzbuffer(stream, GRT_FILE_BUFFER);
    return stream;
}

static int gzip_read(void *stream, void *bytes, unsigned size, const char **why)
{
    int status = Z_OK;
    const int count = gzread(stream, bytes, size);
    /* A file that is cut short gives what there is, and says so here only. */
    const char *message = gzerror(stream, &status);
    if (count < 0 || (count == 0 && status == Z_BUF_ERROR)) {
        *why = status == Z_BUF_ERROR ? "it ends too early" : message;
        return -1;
    }
    return count;
}

static void gzip_close(void *stream)
{
    gzclose(stream);
}

/* Without a header, as zip has it.  zlib counts in 32 bits. */
static bool gzip_inflate(const void *packed, size_t packed_size, void *bytes, size_t size)
{
    z_stream stream = {.next_in = (unsigned char *)packed,
                       .avail_in = (uInt)packed_size,
                       .next_out = bytes,
                       .avail_out = (uInt)size};
    if (packed_size > UINT_MAX || size > UINT_MAX || inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    const int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return status == Z_STREAM_END && stream.total_out == size;
}

const GrtGzip grt_gzip = {gzip_open, gzip_read, gzip_close, gzip_inflate};
