/* save.c -- what `save` writes: NumPy's .npy, one array, .npz, several with names, and images.
 *
 *     save "out.npz", x = a, y = b      a zip of x.npy and y.npy, stored, as numpy.savez makes
 *
 * Files are replaced whole or not at all.  Paths are relative to the folder where the program runs,
 * as those of everything that it writes. */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

/* ---- zip: little-endian numbers, and the checksum ---- */

/* CRC-32 of zip and PNG, four bits at a time. */
uint32_t grt_crc32(const void *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    for (const unsigned char *at = bytes, *end = at + size; at < end; at++) {
        crc = (crc >> 4) ^ table[(crc ^ *at) & 15];
        crc = (crc >> 4) ^ table[(crc ^ (uint32_t)*at >> 4) & 15];
    }
    return ~crc;
}

static void zip_put(FILE *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putc((int)(number >> (8 * i) & 0xff), out);
}

typedef struct ZipMember {
    const char *name; /* without .npy */
    uint32_t crc;
    uint64_t size, offset;
} ZipMember;

/* What the local header and the directory both say: version, flags, no compression, 1 January 1980
 * (the same file for the same arrays), checksum, sizes, length of the name. */
static void zip_put_member(FILE *out, const ZipMember *member)
{
    zip_put(out, 20, 2);
    zip_put(out, 0, 2);
    zip_put(out, 0, 2);
    zip_put(out, 0, 2);
    zip_put(out, 0x21, 2);
    zip_put(out, member->crc, 4);
    zip_put(out, member->size, 4);
    zip_put(out, member->size, 4);
    zip_put(out, strlen(member->name) + 4, 2);
    zip_put(out, 0, 2);
}

static void zip_put_local(FILE *out, const ZipMember *member)
{
    zip_put(out, 0x04034b50, 4);
    zip_put_member(out, member);
    fprintf(out, "%s.npy", member->name);
}

static void zip_put_directory(FILE *out, const ZipMember *members, int count, uint64_t start)
{
    uint64_t size = 0;
    for (int i = 0; i < count; i++) {
        zip_put(out, 0x02014b50, 4);
        zip_put(out, 20, 2);
        zip_put_member(out, &members[i]);
        zip_put(out, 0, 2); /* comment, disk, attributes */
        zip_put(out, 0, 2);
        zip_put(out, 0, 2);
        zip_put(out, 0, 4);
        zip_put(out, members[i].offset, 4);
        fprintf(out, "%s.npy", members[i].name);
        size += 46 + strlen(members[i].name) + 4;
    }
    zip_put(out, 0x06054b50, 4);
    zip_put(out, 0, 4);
    zip_put(out, (uint64_t)count, 2);
    zip_put(out, (uint64_t)count, 2);
    zip_put(out, size, 4);
    zip_put(out, start, 4);
    zip_put(out, 0, 2);
}

/* ---- the arrays ---- */

static int save_npy(const GrtInstance *instance, const GrtValue *value, const char *path, FILE *out,
                    GrtError *error)
{
    return grt_write_npy(out, path, value->type.dtype, value->type.dims, value->type.rank,
                         instance->work + value->offset, error);
}

/* The array as the bytes of an .npy file, malloc's; NULL with error set. */
static char *save_npy_bytes(const GrtInstance *instance, const GrtValue *value, const char *path,
                            size_t *size, GrtError *error)
{
    char *bytes = NULL;
    FILE *memory = open_memstream(&bytes, size);
    int failed = memory ? save_npy(instance, value, path, memory, error)
                        : grt_fail(error, 3, "not enough memory to write '%s'", path);
    if (memory && fclose(memory) != 0 && !failed)
        failed = grt_fail(error, 3, "not enough memory to write '%s'", path);
    if (failed) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static int save_npz(const GrtInstance *instance, const GrtEntry *entry, const GrtSave *saves,
                    int count, const char *path, FILE *out, GrtError *error)
{
    ZipMember *members = calloc((size_t)count, sizeof *members);
    uint64_t at = 0;
    int failed = members ? 0 : grt_fail(error, 3, "not enough memory to write '%s'", path);
    for (int i = 0; i < count && !failed; i++) {
        size_t size = 0;
        char *bytes = save_npy_bytes(instance, &entry->values[saves[i].value], path, &size, error);
        failed = bytes ? 0 : error->status;
        members[i] = (ZipMember){saves[i].name, grt_crc32(bytes, size), size, at};
        at += 30 + strlen(saves[i].name) + 4 + size;
        if (!failed && at > UINT32_MAX)
            failed = grt_fail(error, 3, "'%s': an .npz holds at most 4 GiB; save .npy files", path);
        if (!failed) {
            zip_put_local(out, &members[i]);
            fwrite(bytes, 1, size, out);
        }
        free(bytes);
    }
    if (!failed)
        zip_put_directory(out, members, count, at);
    free(members);
    return failed;
}

static int save_image(const GrtInstance *instance, const GrtValue *value, const char *path,
                      GrtError *error)
{
    GrtArray array = {.dtype = value->type.dtype,
                      .rank = value->type.rank,
                      .data = instance->work + value->offset};
    memcpy(array.dims, value->type.dims, sizeof array.dims);
    return grt_image_save(instance->model, &array, false, path, error);
}

/* One file: the first `count` of the rows. */
static int save_file(const GrtInstance *instance, const GrtEntry *entry, const GrtSave *saves,
                     int count, const char *path, GrtError *error)
{
    GrtAtomic file;
    const GrtValue *value = &entry->values[saves->value];
    if (!saves->name && grt_image_is(path))
        return save_image(instance, value, path, error);
    if (grt_atomic_open(&file, path, error) != 0)
        return error->status;
    const int failed = saves->name ? save_npz(instance, entry, saves, count, path, file.out, error)
                                   : save_npy(instance, value, path, file.out, error);
    if (failed) {
        grt_atomic_abort(&file);
        return failed;
    }
    return grt_atomic_commit(&file, error);
}

/* The same, its name with the number of the epoch. */
static int save_numbered(const GrtInstance *instance, const GrtEntry *entry, const GrtSave *saves,
                         int count, GrtError *error)
{
    char *path = grt_report_path(instance, saves->path);
    if (!path)
        return grt_fail(error, 3, "not enough memory to write '%s'", saves->path);
    const int failed = save_file(instance, entry, saves, count, path, error);
    free(path);
    return failed;
}

int grt_save_arrays(const GrtInstance *instance, const GrtEntry *entry, GrtError *error)
{
    const GrtModel *model = instance->model;
    const bool report = entry->kind == GRT_REPORT;
    for (int i = 0, count; i < model->save_count; i += count) {
        const GrtSave *saves = &model->saves[i];
        for (count = 1; i + count < model->save_count; count++)
            if (strcmp(saves[count].path, saves->path) != 0)
                break;
        if ((saves->report != 0) != report)
            continue;
        if ((report ? save_numbered(instance, entry, saves, count, error)
                    : save_file(instance, entry, saves, count, saves->path, error)) != 0)
            return error->status;
    }
    return 0;
}
