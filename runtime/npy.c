/* npy.c -- NumPy's .npy files, in and out.
 *
 *     "\x93NUMPY" 1 0 118 0 "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }" ...
 *
 * The header is a Python literal, read strictly: three keys in any order, nothing else.  Pickled
 * objects, structured types and strings are refused. */
#include <string.h>

#include "grt_checked.h"
#include "grt_file.h"

enum { NPY_MAX_HEADER = 10000, NPY_MAGIC = 6, NPY_ALIGN = 64 }; /* the limit is numpy's too */

/* ---- the header's text ---- */

typedef struct NpyHeader {
    const char *at, *end;
    const char *name;
    bool has_descr, has_order, has_shape;
    bool fortran, swapped;
    GrtArray *out;
    GrtError *error;
} NpyHeader;

static int npy_fail(NpyHeader *h, const char *problem)
{
    return grt_fail(h->error, 1, "'%s': bad .npy header: %s", h->name, problem);
}

static void npy_blanks(NpyHeader *h)
{
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\t' || *h->at == '\n'))
        h->at++;
}

static bool npy_accept(NpyHeader *h, char c)
{
    npy_blanks(h);
    if (h->at == h->end || *h->at != c)
        return false;
    h->at++;
    return true;
}

static bool npy_accept_word(NpyHeader *h, const char *word)
{
    const size_t length = strlen(word);
    npy_blanks(h);
    if ((size_t)(h->end - h->at) < length || memcmp(h->at, word, length) != 0)
        return false;
    h->at += length;
    return true;
}

/* A quoted string without escapes, into text. */
static bool npy_string(NpyHeader *h, char *text, size_t size)
{
    npy_blanks(h);
    if (h->at == h->end || (*h->at != '\'' && *h->at != '"'))
        return false;
    const char quote = *h->at++;
    const char *close = memchr(h->at, quote, (size_t)(h->end - h->at));
    if (!close || (size_t)(close - h->at) >= size)
        return false;
    memcpy(text, h->at, (size_t)(close - h->at));
    text[close - h->at] = '\0';
    h->at = close + 1;
    return true;
}

static int npy_descr(NpyHeader *h)
{
    static const struct {
        const char *code;
        GrtDType dtype;
    } codes[] = {{"b1", GRT_BOOL}, {"u1", GRT_U8},  {"i1", GRT_I8},
                 {"i2", GRT_I16},  {"i4", GRT_I32}, {"i8", GRT_I64},
                 {"f2", GRT_F16},  {"f4", GRT_F32}, {"f8", GRT_F64}};
    char descr[64];
    if (h->at < h->end && *h->at == '[')
        return npy_fail(h, "structured arrays are not supported");
    if (!npy_string(h, descr, sizeof descr))
        return npy_fail(h, "'descr' is not a string");
    const char order = descr[0];
    if (order == '\0' || !strchr("<>=|", order))
        return grt_fail(h->error, 1, "'%s': elements of type '%s' are not supported", h->name,
                        descr);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(codes[i].code, descr + 1) != 0)
            continue;
        h->out->dtype = codes[i].dtype;
        h->swapped = order == (grt_host_is_big_endian() ? '<' : '>');
        return 0;
    }
    return grt_fail(h->error, 1, "'%s': elements of type '%s' are not supported", h->name, descr);
}

static int npy_order(NpyHeader *h)
{
    if (npy_accept_word(h, "True"))
        h->fortran = true;
    else if (!npy_accept_word(h, "False"))
        return npy_fail(h, "'fortran_order' is neither True nor False");
    return 0;
}

static int npy_dimension(NpyHeader *h, int64_t *size)
{
    *size = 0;
    npy_blanks(h);
    const char *first = h->at;
    for (; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++)
        if (!grt_checked_mul(*size, 10, size) || !grt_checked_add(*size, *h->at - '0', size))
            return npy_fail(h, "a dimension is out of range");
    if (h->at == first)
        return npy_fail(h, "a dimension is not a number that counts");
    return 0;
}

static int npy_shape(NpyHeader *h)
{
    if (!npy_accept(h, '('))
        return npy_fail(h, "'shape' is not a tuple");
    bool comma = true;
    while (!npy_accept(h, ')')) {
        if (!comma)
            return npy_fail(h, "'shape' is not a tuple");
        if (h->out->rank == GRT_MAX_RANK)
            return grt_fail(h->error, 1, "'%s': more than %d dimensions", h->name, GRT_MAX_RANK);
        if (npy_dimension(h, &h->out->dims[h->out->rank]) != 0)
            return h->error->status;
        h->out->rank++;
        comma = npy_accept(h, ',');
    }
    return h->out->rank == 1 && !comma ? npy_fail(h, "'shape' is not a tuple") : 0;
}

static int npy_entry(NpyHeader *h)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    static int (*const readers[])(NpyHeader *) = {npy_descr, npy_order, npy_shape};
    bool *const seen[] = {&h->has_descr, &h->has_order, &h->has_shape};
    char key[32];
    if (!npy_string(h, key, sizeof key) || !npy_accept(h, ':'))
        return npy_fail(h, "a key is missing");
    for (int i = 0; i < 3; i++) {
        if (strcmp(key, keys[i]) != 0)
            continue;
        if (*seen[i])
            return npy_fail(h, "a key is there twice");
        *seen[i] = true;
        npy_blanks(h);
        return readers[i](h);
    }
    return npy_fail(h, "a key that .npy does not have");
}

static int npy_parse(NpyHeader *h)
{
    if (!npy_accept(h, '{'))
        return npy_fail(h, "'{' expected");
    bool comma = true;
    while (!npy_accept(h, '}')) {
        if (!comma)
            return npy_fail(h, "',' or '}' expected");
        if (npy_entry(h) != 0)
            return h->error->status;
        comma = npy_accept(h, ',');
    }
    npy_blanks(h);
    if (h->at != h->end)
        return npy_fail(h, "something follows the '}'");
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return npy_fail(h, "'descr', 'fortran_order' or 'shape' is missing");
    return 0;
}

/* ---- reading ---- */

static int npy_take(GrtFile *file, void *bytes, int64_t size, GrtError *error)
{
    const int64_t found = grt_file_read(file, bytes, size, error);
    if (found < 0)
        return error->status;
    if (found < size)
        return grt_fail(error, 1, "'%s' is cut short: it ends in its header, after %lld bytes",
                        file->name, (long long)file->taken);
    return 0;
}

/* Everything before the header's text; its length into *length. */
static int npy_prefix(GrtFile *file, int64_t *length, GrtError *error)
{
    unsigned char head[NPY_MAGIC + 2], size[4] = {0};
    if (npy_take(file, head, sizeof head, error) != 0)
        return error->status;
    if (memcmp(head, "\x93NUMPY", NPY_MAGIC) != 0)
        return grt_fail(error, 1, "'%s' is not a .npy file", file->name);
    const int version = head[NPY_MAGIC];
    if (version < 1 || version > 3 || head[NPY_MAGIC + 1] != 0)
        return grt_fail(error, 1, "'%s': .npy version %d.%d; 1.0 to 3.0 are known", file->name,
                        version, head[NPY_MAGIC + 1]);
    if (npy_take(file, size, version == 1 ? 2 : 4, error) != 0)
        return error->status;
    *length =
        (int64_t)size[0] | (int64_t)size[1] << 8 | (int64_t)size[2] << 16 | (int64_t)size[3] << 24;
    if (*length > NPY_MAX_HEADER)
        return grt_fail(error, 1, "'%s': a .npy header of %lld bytes; the limit is %d", file->name,
                        (long long)*length, NPY_MAX_HEADER);
    return 0;
}

/* From columns first to rows first. */
static int npy_transpose(GrtArray *array, GrtError *error)
{
    GrtArray out = *array;
    if (grt_array_alloc(&out, error) != 0)
        return error->status;
    const size_t width = (size_t)grt_dtype_bytes[array->dtype];
    int64_t steps[GRT_MAX_RANK] = {0}, at[GRT_MAX_RANK] = {0}, from = 0, step = 1;
    for (int i = 0; i < array->rank; i++) {
        steps[i] = step;
        step *= array->dims[i];
    }
    for (int64_t to = 0; to < array->count; to++) {
        memcpy((char *)out.data + (size_t)to * width, (char *)array->data + (size_t)from * width,
               width);
        for (int i = array->rank - 1; i >= 0; i--) { /* the next place, the last axis fastest */
            from += steps[i];
            if (++at[i] < array->dims[i])
                break;
            from -= steps[i] * array->dims[i];
            at[i] = 0;
        }
    }
    grt_array_free(array);
    *array = out;
    return 0;
}

static int npy_read(GrtFile *file, GrtArray *out, GrtError *error)
{
    char text[NPY_MAX_HEADER];
    int64_t length = 0;
    if (npy_prefix(file, &length, error) != 0 || npy_take(file, text, length, error) != 0)
        return error->status;
    NpyHeader header = {
        .at = text, .end = text + length, .name = file->name, .out = out, .error = error};
    if (npy_parse(&header) != 0)
        return error->status;
    file->map = file->map && !header.swapped && !header.fortran;
    if (grt_file_read_array(file, out, error) != 0)
        return error->status;
    if (header.swapped)
        grt_array_swap_bytes(out);
    return header.fortran && out->rank > 1 && out->count > 0 ? npy_transpose(out, error) : 0;
}

static int npy_file(const char *path, const GrtGzip *gzip, GrtRange rows, bool map, GrtArray *out,
                    GrtError *error)
{
    GrtFile file;
    *out = (GrtArray){0};
    if (grt_file_open(&file, path, gzip, error) != 0)
        return error->status;
    file.map = map;
    const int failed = npy_read(&file, out, error);
    grt_file_close(&file);
    if (failed) {
        grt_array_free(out);
        return failed;
    }
    return grt_array_take_rows(out, rows, path, error);
}

int grt_read_npy(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                 GrtError *error)
{
    return npy_file(path, gzip, rows, false, out, error);
}

int grt_map_npy(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                GrtError *error)
{
    return npy_file(path, gzip, rows, true, out, error);
}

int grt_read_npy_stream(FILE *in, const char *name, GrtArray *out, GrtError *error)
{
    GrtFile file;
    *out = (GrtArray){0};
    grt_file_of_stream(&file, in, name);
    const int failed = npy_read(&file, out, error);
    if (failed)
        grt_array_free(out);
    return failed;
}

/* ---- writing ---- */

static int npy_write_failed(const char *name, GrtError *error)
{
    return grt_fail(error, 3, "cannot write '%s'", name);
}

/* The header with its prefix, padded so that the data is aligned; its length. */
static size_t npy_compose(char *text, size_t size, GrtDType dtype, const int64_t *dims, int rank)
{
    static const char *const codes[] = {"b1", "u1", "i1", "i2", "i4", "i8", "f2", "f4", "f4", "f8"};
    const size_t prefix = NPY_MAGIC + 4;
    const char order = grt_dtype_bytes[dtype] == 1 ? '|' : grt_host_is_big_endian() ? '>' : '<';
    size_t length = prefix;
    length += (size_t)snprintf(text + length, size - length,
                               "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order,
                               codes[dtype]);
    for (int i = 0; i < rank; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%lld%s", i ? " " : "",
                                   (long long)dims[i], i == rank - 1 && i > 0 ? "" : ",");
    length += (size_t)snprintf(text + length, size - length, "), }");
    while ((length + 1) % NPY_ALIGN != 0)
        text[length++] = ' ';
    text[length++] = '\n';
    memcpy(text, "\x93NUMPY\x01\x00", NPY_MAGIC + 2);
    text[NPY_MAGIC + 2] = (char)((length - prefix) & 0xff);
    text[NPY_MAGIC + 3] = (char)((length - prefix) >> 8);
    return length;
}

/* numpy has no bf16: it is written as f32. */
static bool npy_write_brain(FILE *out, const void *data, int64_t count)
{
    const GrtArray view = {.dtype = GRT_BF16, .count = count, .data = (void *)data};
    for (int64_t i = 0; i < count; i++) {
        const float value = (float)grt_array_get(&view, i);
        if (fwrite(&value, sizeof value, 1, out) != 1)
            return false;
    }
    return true;
}

int grt_write_npy(FILE *out, const char *name, GrtDType dtype, const int64_t *dims, int rank,
                  const void *data, GrtError *error)
{
    char header[512];
    GrtType type = {.dtype = dtype, .rank = rank, .batch_axis = -1};
    for (int i = 0; i < rank; i++)
        type.dims[i] = dims[i];
    const int64_t count = grt_type_count(&type, 1), bytes = grt_type_bytes(&type, 1);
    const size_t length = npy_compose(header, sizeof header, dtype, dims, rank);
    if (bytes < 0 || fwrite(header, 1, length, out) != length)
        return npy_write_failed(name, error);
    const bool whole = dtype == GRT_BF16 ? npy_write_brain(out, data, count)
                                         : fwrite(data, 1, (size_t)bytes, out) == (size_t)bytes;
    return whole && fflush(out) == 0 ? 0 : npy_write_failed(name, error);
}
