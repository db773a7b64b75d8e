/* file_type.c -- what a data file holds, by its header.  The data is read, and the header again and
 * more strictly, by the program when it starts (runtime/npy.c, npz.c, idx.c).
 *
 *     "\x93NUMPY" ... {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }    f32[3, 4]
 *     "PK" ... a directory at its end: members x.npy, y.npy                          of one of them
 *     00 00 08 03  00 00 ea 60  00 00 00 1c  00 00 00 1c                             u8[60000, 28,
 * 28]
 */
#include "frontend/file_type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_HEADER = 10000, ZIP_TAIL = 22 + 65535, ZIP_DIRECTORY = 1 << 24 };

typedef struct FileType {
    Arena *arena;
    FILE *in;
    const char *member;
    Type *out;
    const char *why, *names;
} FileType;

static bool file_fail(FileType *f, const char *why)
{
    f->why = f->why ? f->why : why;
    return false;
}

static bool file_bytes(FileType *f, int64_t offset, void *bytes, size_t size)
{
    if (fseeko(f->in, (off_t)offset, SEEK_SET) != 0 || fread(bytes, 1, size, f->in) != size)
        return file_fail(f, "it is cut short");
    return true;
}

static uint64_t little(const unsigned char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static bool file_dimension(FileType *f, int64_t size)
{
    if (f->out->rank == MAX_RANK)
        return file_fail(f, "it has more dimensions than tensors have here");
    f->out->dims[f->out->rank++] = dim_fixed(size);
    return true;
}

/* ---- .npy ---- */

/* What stands behind 'key': in the header's text. */
static const char *npy_value(const char *text, const char *key)
{
    const char *found = strstr(text, key);
    if (!found)
        return NULL;
    found += strlen(key);
    found += strspn(found, " ");
    return *found == ':' ? found + 1 + strspn(found + 1, " ") : NULL;
}

static bool npy_dtype(FileType *f, const char *text)
{
    static const struct {
        const char *code;
        DType dtype;
    } codes[] = {{"b1", DT_BOOL}, {"u1", DT_U8},  {"i1", DT_I8},  {"i2", DT_I16}, {"i4", DT_I32},
                 {"i8", DT_I64},  {"f2", DT_F16}, {"f4", DT_F32}, {"f8", DT_F64}};
    const char *value = npy_value(text, "'descr'");
    const size_t length = value && *value == '\'' ? strcspn(value + 1, "'") : 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (length == 3 && strchr("<>=|", value[1]) && memcmp(value + 2, codes[i].code, 2) == 0) {
            f->out->dtype = codes[i].dtype;
            return true;
        }
    if (length == 0)
        return file_fail(f, "its elements are no plain numbers");
    return file_fail(f, arena_printf(f->arena, "its elements are '%.*s', which no dtype here is",
                                     (int)length, value + 1));
}

static bool npy_shape(FileType *f, const char *text)
{
    const char *at = npy_value(text, "'shape'");
    if (!at || *at++ != '(')
        return file_fail(f, "its header has no shape");
    while (*(at += strspn(at, " ,")) != ')') {
        int64_t size = 0;
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 15)
            return file_fail(f, "its header has no shape");
        for (size_t i = 0; i < digits; i++)
            size = size * 10 + (*at++ - '0');
        if (!file_dimension(f, size))
            return false;
    }
    return true;
}

static bool npy_type(FileType *f, int64_t offset)
{
    unsigned char head[12];
    if (!file_bytes(f, offset, head, sizeof head))
        return false;
    if (memcmp(head, "\x93NUMPY", 6) != 0 || head[6] < 1 || head[6] > 3)
        return file_fail(f, "it is no .npy file of version 1, 2 or 3");
    const int width = head[6] == 1 ? 2 : 4;
    const uint64_t length = little(head + 8, width);
    if (length > FILE_HEADER)
        return file_fail(f, "its header is too long");
    char *text = arena_alloc(f->arena, (size_t)length + 1);
    if (!file_bytes(f, offset + 8 + width, text, (size_t)length))
        return false;
    text[length] = '\0';
    return npy_dtype(f, text) && npy_shape(f, text);
}

/* ---- IDX ---- */

static bool idx_type(FileType *f, const unsigned char *head)
{
    static const DType types[16] = {
        [8] = DT_U8, [9] = DT_I8, [11] = DT_I16, [12] = DT_I32, [13] = DT_F32, [14] = DT_F64};
    unsigned char sizes[4 * MAX_RANK];
    if (head[2] < 8 || head[2] > 14 || head[2] == 10 || head[3] < 1 || head[3] > MAX_RANK)
        return file_fail(f, "it is no .npy, .npz or IDX file");
    f->out->dtype = types[head[2]];
    if (!file_bytes(f, 4, sizes, 4 * (size_t)head[3]))
        return false;
    for (int i = 0; i < head[3]; i++) {
        const unsigned char *p = sizes + 4 * i;
        const int64_t size = (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | p[3];
        if (!file_dimension(f, size))
            return false;
    }
    return true;
}

/* ---- .npz: a zip, whose directory stands at its end ---- */

/* The directory's bytes and the number of its entries; NULL if there is none that can be read. */
static const unsigned char *zip_directory(FileType *f, int64_t file_size, uint64_t *size)
{
    const int64_t tail = file_size < ZIP_TAIL ? file_size : ZIP_TAIL;
    unsigned char *bytes = arena_alloc(f->arena, (size_t)tail);
    if (!file_bytes(f, file_size - tail, bytes, (size_t)tail))
        return NULL;
    int64_t at = tail - 22;
    while (at >= 0 && little(bytes + at, 4) != 0x06054b50)
        at--;
    if (at < 0) {
        file_fail(f, "its end is missing");
        return NULL;
    }
    const uint64_t start = little(bytes + at + 16, 4);
    *size = little(bytes + at + 12, 4);
    if (*size > ZIP_DIRECTORY || start + *size > (uint64_t)file_size) {
        file_fail(f, "its directory is damaged or too large");
        return NULL;
    }
    unsigned char *directory = arena_alloc(f->arena, (size_t)*size + 1);
    return file_bytes(f, (int64_t)start, directory, (size_t)*size) ? directory : NULL;
}

static bool zip_member_type(FileType *f, const unsigned char *entry)
{
    unsigned char local[30];
    const int64_t offset = (int64_t)little(entry + 42, 4);
    if (little(entry + 10, 2) != 0)
        return file_fail(f, "it is compressed: write it with numpy.savez, not savez_compressed");
    return file_bytes(f, offset, local, sizeof local) &&
           npy_type(f,
                    offset + 30 + (int64_t)little(local + 26, 2) + (int64_t)little(local + 28, 2));
}

static bool npz_type(FileType *f, int64_t file_size)
{
    uint64_t size, length;
    const unsigned char *directory = zip_directory(f, file_size, &size);
    f->names = "";
    for (uint64_t at = 0; directory && at + 46 <= size; at += length) {
        const unsigned char *entry = directory + at;
        const uint64_t name = little(entry + 28, 2);
        length = 46 + name + little(entry + 30, 2) + little(entry + 32, 2);
        if (little(entry, 4) != 0x02014b50 || at + length > size)
            return file_fail(f, "its directory is damaged");
        const char *text = arena_strndup(f->arena, (const char *)entry + 46, (size_t)name);
        const size_t stem = strlen(text) > 4 ? strlen(text) - 4 : 0;
        if (stem == 0 || strcmp(text + stem, ".npy") != 0)
            continue;
        text = arena_strndup(f->arena, text, stem);
        if (f->member && strcmp(text, f->member) == 0)
            return zip_member_type(f, entry);
        f->names = arena_printf(f->arena, "%s%s%s", f->names, *f->names ? ", " : "", text);
    }
    if (!directory)
        return false;
    return file_fail(f, f->member ? arena_printf(f->arena, "it has no array '%s'", f->member)
                                  : "it holds several arrays: which one?");
}

/* ---- all ---- */

static bool file_read_type(FileType *f, int64_t file_size)
{
    unsigned char head[4];
    if (!file_bytes(f, 0, head, sizeof head))
        return false;
    if (memcmp(head, "PK", 2) == 0)
        return npz_type(f, file_size);
    if (f->member)
        return file_fail(f, "it holds one array, without a name");
    if (head[0] == 0x93)
        return npy_type(f, 0);
    if (head[0] == 0x1f && head[1] == 0x8b)
        return file_fail(f, "it is gzipped: unpack it, or read it in a data block");
    return head[0] == 0 && head[1] == 0 ? idx_type(f, head)
                                        : file_fail(f, "it is no .npy, .npz or IDX file");
}

bool file_type(Arena *arena, const char *path, const char *member, Type *out, const char **why,
               const char **names)
{
    struct stat status;
    FileType f = {.arena = arena, .member = member, .out = out};
    *out = (Type){0};
    *why = *names = NULL;
    if (stat(path, &status) != 0 || (S_ISREG(status.st_mode) && !(f.in = fopen(path, "rb")))) {
        *why = strerror(errno);
        return false;
    }
    if (!f.in) {
        *why = S_ISDIR(status.st_mode) ? "it is a directory" : "it is no regular file";
        return false;
    }
    const bool good = file_read_type(&f, (int64_t)status.st_size);
    fclose(f.in);
    *why = f.why;
    *names = f.names;
    return good;
}
