/* idx.c -- IDX files, the format of MNIST: two zeros, a type, the number of dimensions, their sizes
 * and the elements, all big-endian.
 *
 *     00 00 08 03  00 00 ea 60  00 00 00 1c  00 00 00 1c  ...    ->    u8[60000, 28, 28] */
#include "grt_file.h"

static bool idx_dtype(unsigned char code, GrtDType *dtype)
{
    static const struct {
        unsigned char code;
        GrtDType dtype;
    } codes[] = {{0x08, GRT_U8},  {0x09, GRT_I8},  {0x0B, GRT_I16},
                 {0x0C, GRT_I32}, {0x0D, GRT_F32}, {0x0E, GRT_F64}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code) {
            *dtype = codes[i].dtype;
            return true;
        }
    return false;
}

/* Reads exactly so many bytes of the header. */
static int idx_read(GrtFile *file, unsigned char *bytes, int64_t size, GrtError *error)
{
    const int64_t found = grt_file_read(file, bytes, size, error);
    if (found < 0)
        return error->status;
    if (found < size)
        return grt_fail(error, 1, "'%s' is cut short: it ends in its header, after %lld bytes",
                        file->name, (long long)file->taken);
    return 0;
}

static int idx_header(GrtFile *file, GrtArray *out, GrtError *error)
{
    unsigned char magic[4], sizes[4 * GRT_MAX_RANK];
    if (idx_read(file, magic, sizeof magic, error) != 0)
        return error->status;
    if (magic[0] != 0 || magic[1] != 0)
        return grt_fail(error, 1, "'%s' is not an IDX file: it begins with %02x %02x, not 00 00",
                        file->name, magic[0], magic[1]);
    if (!idx_dtype(magic[2], &out->dtype))
        return grt_fail(error, 1, "'%s': unknown IDX type 0x%02x", file->name, magic[2]);
    if (magic[3] < 1 || magic[3] > GRT_MAX_RANK)
        return grt_fail(error, 1, "'%s': %d dimensions; 1 to %d are supported", file->name,
                        magic[3], GRT_MAX_RANK);
    out->rank = magic[3];
    if (idx_read(file, sizes, 4 * (int64_t)out->rank, error) != 0)
        return error->status;
    for (int i = 0; i < out->rank; i++) {
        const unsigned char *p = sizes + 4 * i;
        out->dims[i] = (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | p[3];
    }
    return 0;
}

static int idx_file(const char *path, const GrtGzip *gzip, GrtRange rows, bool map, GrtArray *out,
                    GrtError *error)
{
    GrtFile file;
    *out = (GrtArray){0};
    if (grt_file_open(&file, path, gzip, error) != 0)
        return error->status;
    int failed = idx_header(&file, out, error);
    file.map = map && !failed && (grt_dtype_bytes[out->dtype] == 1 || grt_host_is_big_endian());
    if (!failed)
        failed = grt_file_read_array(&file, out, error);
    grt_file_close(&file);
    if (failed) {
        *out = (GrtArray){0}; /* nothing was kept */
        return failed;
    }
    if (!grt_host_is_big_endian())
        grt_array_swap_bytes(out);
    return grt_array_take_rows(out, rows, path, error);
}

int grt_read_idx(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                 GrtError *error)
{
    return idx_file(path, gzip, rows, false, out, error);
}

int grt_map_idx(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                GrtError *error)
{
    return idx_file(path, gzip, rows, true, out, error);
}
