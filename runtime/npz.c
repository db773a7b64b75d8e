/* npz.c -- one array out of NumPy's .npz: a zip of .npy files, stored or deflated.
 *
 *     data.npz = PK.. x.npy  PK.. y.npy  directory (names, places, checksums)  end
 *
 * The directory, at the end of the file, is what counts; every size is checked against the file
 * before memory is asked for it, and the member against its checksum. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grt_file.h"
#include "grt_trainer.h"

enum {
    NPZ_END = 22,        /* bytes of the end record, without its comment */
    NPZ_ENTRY = 46,      /* of an entry of the directory, without its name */
    NPZ_LOCAL = 30,      /* of what precedes a member */
    NPZ_COMMENT = 65535, /* at most behind the end record */
    NPZ_DIRECTORY = 1 << 24,
    NPZ_INFLATION = 1032, /* deflate makes at most so many bytes of one */
    NPZ_STORED = 0,
    NPZ_DEFLATED = 8
};

typedef struct Npz {
    GrtFile file;
    const GrtGzip *gzip;
    const char *name; /* of the member */
    GrtError *error;
    uint64_t method, crc, packed, size, offset; /* the member's, as the directory has them */
} Npz;

static int npz_fail(Npz *npz, const char *problem)
{
    return grt_fail(npz->error, 1, "'%s': bad .npz file: %s", npz->file.name, problem);
}

static uint64_t npz_number(const unsigned char *bytes, int count)
{
    uint64_t number = 0;
    while (count-- > 0)
        number = number << 8 | bytes[count];
    return number;
}

/* Bytes [at, at + size) of the file, malloc's, a NUL behind them; NULL with the error set. */
static unsigned char *npz_bytes(Npz *npz, uint64_t at, uint64_t size)
{
    const uint64_t whole = (uint64_t)npz->file.size;
    if (at > whole || size > whole - at) {
        npz_fail(npz, "it is cut short");
        return NULL;
    }
    unsigned char *bytes = malloc((size_t)size + 1);
    if (!bytes) {
        grt_fail(npz->error, 3, "not enough memory to read '%s'", npz->file.name);
        return NULL;
    }
    bytes[size] = '\0';
    for (uint64_t done = 0; done < size;) {
        const ssize_t count =
            pread(npz->file.descriptor, bytes + done, (size_t)(size - done), (off_t)(at + done));
        if (count <= 0) {
            free(bytes);
            grt_fail(npz->error, 1, "cannot read '%s'", npz->file.name);
            return NULL;
        }
        done += (uint64_t)count;
    }
    return bytes;
}

/* ---- the directory ---- */

static int npz_end(Npz *npz, uint64_t *start, uint64_t *size)
{
    const uint64_t whole = (uint64_t)npz->file.size;
    const uint64_t tail = whole < NPZ_END + NPZ_COMMENT ? whole : NPZ_END + NPZ_COMMENT;
    unsigned char *bytes = npz_bytes(npz, whole - tail, tail);
    if (!bytes)
        return npz->error->status;
    int64_t at = (int64_t)tail - NPZ_END;
    while (at >= 0 && memcmp(bytes + at, "PK\5\6", 4) != 0)
        at--;
    if (at >= 0) {
        *size = npz_number(bytes + at + 12, 4);
        *start = npz_number(bytes + at + 16, 4);
    }
    free(bytes);
    if (at < 0)
        return npz_fail(npz, "its end is missing");
    return *size > NPZ_DIRECTORY ? npz_fail(npz, "its directory is too large") : 0;
}

static bool npz_is(const Npz *npz, const unsigned char *name, uint64_t length)
{
    const size_t stem = strlen(npz->name);
    return length == stem + 4 && memcmp(name, npz->name, stem) == 0 &&
           memcmp(name + stem, ".npy", 4) == 0;
}

static int npz_find(Npz *npz, const unsigned char *directory, uint64_t size)
{
    uint64_t length;
    for (uint64_t at = 0; at + NPZ_ENTRY <= size; at += length) {
        const unsigned char *entry = directory + at;
        const uint64_t name = npz_number(entry + 28, 2);
        length = NPZ_ENTRY + name + npz_number(entry + 30, 2) + npz_number(entry + 32, 2);
        if (memcmp(entry, "PK\1\2", 4) != 0 || length > size - at)
            return npz_fail(npz, "its directory is damaged");
        if (!npz_is(npz, entry + NPZ_ENTRY, name))
            continue;
        npz->method = npz_number(entry + 10, 2);
        npz->crc = npz_number(entry + 16, 4);
        npz->packed = npz_number(entry + 20, 4);
        npz->size = npz_number(entry + 24, 4);
        npz->offset = npz_number(entry + 42, 4);
        if (npz_number(entry + 8, 2) & 1)
            return npz_fail(npz, "it is encrypted");
        return 0;
    }
    return grt_fail(npz->error, 1, "'%s' has no array '%s'", npz->file.name, npz->name);
}

static int npz_locate(Npz *npz)
{
    uint64_t start = 0, size = 0;
    if (npz_end(npz, &start, &size) != 0)
        return npz->error->status;
    unsigned char *directory = npz_bytes(npz, start, size);
    if (!directory)
        return npz->error->status;
    const int failed = npz_find(npz, directory, size);
    free(directory);
    return failed;
}

/* ---- the member ---- */

static unsigned char *npz_inflate(Npz *npz, unsigned char *packed)
{
    unsigned char *bytes = NULL;
    if (!npz->gzip)
        grt_fail(npz->error, 1, "'%s' is compressed, and this program was built without zlib",
                 npz->file.name);
    else if (npz->size / NPZ_INFLATION > npz->packed)
        npz_fail(npz, "its sizes are damaged");
    else if (!(bytes = malloc((size_t)npz->size + 1)))
        grt_fail(npz->error, 3, "not enough memory to inflate '%s'", npz->file.name);
    if (bytes && !npz->gzip->inflate(packed, (size_t)npz->packed, bytes, (size_t)npz->size)) {
        npz_fail(npz, "what is compressed is damaged");
        free(bytes);
        bytes = NULL;
    }
    free(packed);
    return bytes;
}

/* The .npy file that the member is, malloc's. */
static unsigned char *npz_member(Npz *npz)
{
    unsigned char *local = npz_bytes(npz, npz->offset, NPZ_LOCAL);
    if (!local)
        return NULL;
    const uint64_t at =
        npz->offset + NPZ_LOCAL + npz_number(local + 26, 2) + npz_number(local + 28, 2);
    free(local);
    if (npz->method != NPZ_STORED && npz->method != NPZ_DEFLATED) {
        npz_fail(npz, "it is compressed in a way other than deflate");
        return NULL;
    }
    if (npz->method == NPZ_STORED && npz->packed != npz->size) {
        npz_fail(npz, "its sizes are damaged");
        return NULL;
    }
    unsigned char *bytes = npz_bytes(npz, at, npz->packed);
    if (bytes && npz->method == NPZ_DEFLATED)
        bytes = npz_inflate(npz, bytes);
    if (bytes && grt_crc32(bytes, (size_t)npz->size) != npz->crc) {
        npz_fail(npz, "its checksum is wrong");
        free(bytes);
        return NULL;
    }
    return bytes;
}

static int npz_read(Npz *npz, GrtArray *out)
{
    if (npz_locate(npz) != 0)
        return npz->error->status;
    unsigned char *bytes = npz_member(npz);
    if (!bytes)
        return npz->error->status;
    FILE *memory = npz->size > 0 ? fmemopen(bytes, (size_t)npz->size, "rb") : NULL;
    const int failed = memory ? grt_read_npy_stream(memory, npz->file.name, out, npz->error)
                              : npz_fail(npz, "a member is empty");
    if (memory)
        fclose(memory);
    free(bytes);
    return failed;
}

int grt_read_npz(const char *path, const char *member, const GrtGzip *gzip, GrtRange rows,
                 GrtArray *out, GrtError *error)
{
    Npz *npz = calloc(1, sizeof *npz);
    *out = (GrtArray){0};
    if (!npz)
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    *npz = (Npz){.gzip = gzip, .name = member, .error = error};
    int failed = grt_file_open(&npz->file, path, NULL, error);
    if (!failed) {
        failed = npz_read(npz, out);
        grt_file_close(&npz->file);
    }
    free(npz);
    return failed ? failed : grt_array_take_rows(out, rows, path, error);
}
