/* safetensors.c -- reading tensor files as if an enemy had written them.
 *
 * The file is read into memory once (so it can't change under us), then everything in it is checked
 * before anyone sees a tensor.  No allocation is larger than the file, but for a constant factor.
 * safetensors_write.c writes them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grt_checked.h"
#include "grt_json.h"
#include "grt_safetensors.h"
#include "grt_safetensors_format.h"

enum { SAFETENSORS_HEADER_MAX = 100000000 };

static const char safetensors_no_memory[] = "not enough memory"; /* not the file's fault */

static int safetensors_bad(GrtError *error, const char *path, const char *why)
{
    return grt_fail(error, 1, "%s: not a valid safetensors file: %s", path, why);
}

/* ---- bytes ---- */

static int safetensors_read_all(int descriptor, const char *path, GrtTensorFile *file,
                                GrtError *error)
{
    int64_t done = 0;
    while (done < file->size) {
        const ssize_t got = read(descriptor, file->bytes + done, (size_t)(file->size - done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return grt_fail(error, 3, "cannot read '%s': %s", path, strerror(errno));
        if (got == 0)
            return safetensors_bad(error, path, "it became shorter while it was read");
        done += got;
    }
    return 0;
}

static int safetensors_load(const char *path, GrtTensorFile *file, GrtError *error)
{
    /* O_NONBLOCK: opening a FIFO must not hang; it is refused below. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0)
        return grt_fail(error, 1, "cannot open '%s': %s", path, strerror(errno));
    int failed = 0;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        failed = grt_fail(error, 1, "cannot read '%s': it is not a plain file", path);
    else if (status.st_size < 10)
        failed = safetensors_bad(error, path, "it is too short to hold a header");
    else if (!(file->bytes = malloc((size_t)status.st_size)))
        failed = grt_fail(error, 3, "not enough memory: %lld bytes wanted for '%s'",
                          (long long)status.st_size, path);
    if (!failed) {
        file->size = status.st_size;
        failed = safetensors_read_all(descriptor, path, file, error);
    }
    close(descriptor);
    return failed;
}

/* ---- header ---- */

/* Room for one more item in a growing array of `size`-byte items, or NULL. */
static void *safetensors_grow(void *items, int count, int *room, size_t size)
{
    if (count < *room)
        return items;
    if (*room > 1 << 24)
        return NULL;
    const int wanted = *room ? 2 * *room : 32;
    void *grown = realloc(items, (size_t)wanted * size);
    if (grown)
        *room = wanted;
    return grown;
}

static bool safetensors_metadata(GrtJson *json, GrtTensorFile *file)
{
    char key[GRT_TENSOR_NAME], value[4096];
    for (bool more = grt_json_open(json, '{'); more; more = grt_json_next(json, '}')) {
        if (!grt_json_key(json, key, sizeof key))
            return false;
        GrtMeta *grown =
            safetensors_grow(file->metas, file->meta_count, &file->meta_room, sizeof *file->metas);
        if (!grown)
            return grt_json_fail(json, safetensors_no_memory);
        file->metas = grown;
        if (!grt_json_string(json, value, sizeof value))
            return false;
        GrtMeta *meta = &file->metas[file->meta_count++];
        *meta = (GrtMeta){.key = strdup(key), .value = strdup(value)};
        if (!meta->key || !meta->value)
            return grt_json_fail(json, safetensors_no_memory);
        /* Without escapes, as the checksum is written, the text lies just before the quote. */
        meta->offset = (json->at - 1 - json->text) - (int64_t)strlen(value);
    }
    return !json->problem;
}

static bool safetensors_dtype(GrtJson *json, GrtTensor *tensor)
{
    char name[16];
    if (!grt_json_string(json, name, sizeof name))
        return false;
    for (int i = GRT_BOOL; i <= GRT_F64; i++) {
        if (strcmp(name, grt_safetensors_dtype[i]) == 0) {
            tensor->dtype = (GrtDType)i;
            return true;
        }
    }
    return grt_json_fail(json, "an unknown dtype");
}

static bool safetensors_shape(GrtJson *json, GrtTensor *tensor)
{
    for (bool more = grt_json_open(json, '['); more; more = grt_json_next(json, ']')) {
        if (tensor->rank == GRT_MAX_RANK)
            return grt_json_fail(json, "a tensor with more than 8 dimensions");
        if (!grt_json_integer(json, &tensor->dims[tensor->rank++]))
            return false;
    }
    return !json->problem;
}

static bool safetensors_offsets(GrtJson *json, GrtTensor *tensor)
{
    return grt_json_open(json, '[') && grt_json_integer(json, &tensor->begin) &&
           grt_json_next(json, ']') && grt_json_integer(json, &tensor->end) &&
           !grt_json_next(json, ']') && !json->problem;
}

/* {"dtype": "F32", "shape": [10, 64], "data_offsets": [0, 2560]}, in any order, each once. */
static bool safetensors_tensor(GrtJson *json, GrtTensor *tensor)
{
    static const char *const fields[] = {"dtype", "shape", "data_offsets"};
    static bool (*const readers[])(GrtJson *, GrtTensor *) = {safetensors_dtype, safetensors_shape,
                                                              safetensors_offsets};
    char key[16];
    int seen = 0;
    for (bool more = grt_json_open(json, '{'); more; more = grt_json_next(json, '}')) {
        int field = 0;
        if (!grt_json_key(json, key, sizeof key))
            return false;
        while (field < 3 && strcmp(key, fields[field]) != 0)
            field++;
        if (field == 3 || seen & 1 << field)
            return grt_json_fail(json, "an unknown or repeated key in a tensor's description");
        seen |= 1 << field;
        if (!readers[field](json, tensor))
            return grt_json_fail(json, "a bad dtype, shape or data_offsets");
    }
    return seen == 7 || grt_json_fail(json, "a tensor without dtype, shape or data_offsets");
}

static bool safetensors_header(GrtJson *json, GrtTensorFile *file)
{
    char name[GRT_TENSOR_NAME];
    bool had_metadata = false;
    for (bool more = grt_json_open(json, '{'); more; more = grt_json_next(json, '}')) {
        if (!grt_json_key(json, name, sizeof name))
            return false;
        if (strcmp(name, "__metadata__") == 0) {
            if (had_metadata)
                return grt_json_fail(json, "__metadata__ twice");
            had_metadata = true;
            if (!safetensors_metadata(json, file))
                return false;
            continue;
        }
        GrtTensor *grown = safetensors_grow(file->tensors, file->tensor_count, &file->tensor_room,
                                            sizeof *file->tensors);
        if (!grown)
            return grt_json_fail(json, safetensors_no_memory);
        file->tensors = grown;
        GrtTensor *tensor = &file->tensors[file->tensor_count++];
        *tensor = (GrtTensor){.name = strdup(name)};
        if (!tensor->name)
            return grt_json_fail(json, safetensors_no_memory);
        if (!safetensors_tensor(json, tensor))
            return false;
    }
    return grt_json_finish(json);
}

/* ---- what must hold between header and data ---- */

static int safetensors_by_place(const void *a, const void *b)
{
    const GrtTensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static int safetensors_by_name(const void *a, const void *b)
{
    return strcmp(((const GrtTensor *)a)->name, ((const GrtTensor *)b)->name);
}

static int safetensors_by_key(const void *a, const void *b)
{
    return strcmp(((const GrtMeta *)a)->key, ((const GrtMeta *)b)->key);
}

/* Bytes that the shape asks for, or -1. */
static int64_t safetensors_bytes(const GrtTensor *tensor)
{
    int64_t bytes = grt_dtype_bytes[tensor->dtype];
    for (int i = 0; i < tensor->rank; i++)
        if (!grt_checked_mul(bytes, tensor->dims[i], &bytes))
            return -1;
    return bytes;
}

/* The tensors, in order of place, must tile the data. */
static const char *safetensors_check_places(GrtTensorFile *file)
{
    const int64_t data_size = file->size - 8 - file->header_size;
    int64_t end = 0;
    if (file->tensor_count > 0)
        qsort(file->tensors, (size_t)file->tensor_count, sizeof *file->tensors,
              safetensors_by_place);
    for (int i = 0; i < file->tensor_count; i++) {
        GrtTensor *tensor = &file->tensors[i];
        if (tensor->begin > tensor->end || tensor->end > data_size)
            return "a tensor lies outside the file";
        if (tensor->begin != end)
            return tensor->begin < end ? "tensors overlap" : "there is a hole between tensors";
        if (safetensors_bytes(tensor) != tensor->end - tensor->begin)
            return "a tensor's shape does not fit its size";
        tensor->data = file->bytes + 8 + file->header_size + tensor->begin;
        end = tensor->end;
    }
    return end == data_size ? NULL : "there are bytes that belong to no tensor";
}

static const char *safetensors_check_names(GrtTensorFile *file)
{
    if (file->tensor_count > 0)
        qsort(file->tensors, (size_t)file->tensor_count, sizeof *file->tensors,
              safetensors_by_name);
    for (int i = 1; i < file->tensor_count; i++)
        if (strcmp(file->tensors[i - 1].name, file->tensors[i].name) == 0)
            return "a tensor's name comes twice";
    if (file->meta_count > 0)
        qsort(file->metas, (size_t)file->meta_count, sizeof *file->metas, safetensors_by_key);
    for (int i = 1; i < file->meta_count; i++)
        if (strcmp(file->metas[i - 1].key, file->metas[i].key) == 0)
            return "a key of the metadata comes twice";
    return NULL;
}

/* The checksum covers the whole file, its own digits read as zeros. */
static const char *safetensors_check_sum(GrtTensorFile *file)
{
    const GrtMeta *sum = NULL;
    for (int i = 0; i < file->meta_count; i++)
        if (strcmp(file->metas[i].key, "checksum") == 0)
            sum = &file->metas[i];
    const bool ours = grt_safetensors_meta(file, "gradc") != NULL;
    if (!sum)
        return ours ? "it is damaged: the checksum is missing" : NULL;
    const int64_t digits = 8 + sum->offset;
    char text[GRT_CHECKSUM_DIGITS + 1], zeros[GRT_CHECKSUM_DIGITS];
    if (!ours || strlen(sum->value) != GRT_CHECKSUM_DIGITS ||
        memcmp(file->bytes + digits, sum->value, GRT_CHECKSUM_DIGITS) != 0)
        return "it is damaged: the checksum is no checksum";
    memset(zeros, '0', sizeof zeros);
    uint64_t hash = grt_safetensors_hash(GRT_HASH_START, file->bytes, digits);
    hash = grt_safetensors_hash(hash, zeros, GRT_CHECKSUM_DIGITS);
    hash = grt_safetensors_hash(hash, file->bytes + digits + GRT_CHECKSUM_DIGITS,
                                file->size - digits - GRT_CHECKSUM_DIGITS);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    return strcmp(text, sum->value) == 0 ? NULL : "it is damaged: the checksum does not match";
}

static int safetensors_check(const char *path, GrtTensorFile *file, GrtError *error)
{
    uint64_t header_size = 0;
    for (int i = 7; i >= 0; i--)
        header_size = header_size << 8 | file->bytes[i];
    if (header_size > (uint64_t)(file->size - 8))
        return safetensors_bad(error, path, "its header is longer than the file");
    if (header_size > SAFETENSORS_HEADER_MAX)
        return safetensors_bad(error, path, "its header is longer than 100 MB");
    file->header_size = (int64_t)header_size;
    GrtJson json = grt_json_start((const char *)file->bytes + 8, header_size);
    const bool parsed = header_size > 0 && file->bytes[8] == '{' && safetensors_header(&json, file);
    if (!parsed && json.problem == safetensors_no_memory)
        return grt_fail(error, 3, "%s: %s", path, safetensors_no_memory);
    if (!parsed)
        return safetensors_bad(error, path, json.problem ? json.problem : "no header");
    const char *why = safetensors_check_places(file);
    if (!why)
        why = safetensors_check_names(file);
    if (!why)
        why = safetensors_check_sum(file);
    return why ? safetensors_bad(error, path, why) : 0;
}

int grt_safetensors_read(const char *path, GrtTensorFile *file, GrtError *error)
{
    *file = (GrtTensorFile){0};
    int failed = safetensors_load(path, file, error);
    if (!failed)
        failed = safetensors_check(path, file, error);
    if (failed)
        grt_safetensors_free(file);
    return failed;
}

void grt_safetensors_free(GrtTensorFile *file)
{
    for (int i = 0; i < file->tensor_count; i++)
        free(file->tensors[i].name);
    for (int i = 0; i < file->meta_count; i++) {
        free(file->metas[i].key);
        free(file->metas[i].value);
    }
    free(file->tensors);
    free(file->metas);
    free(file->bytes);
    *file = (GrtTensorFile){0};
}

const GrtTensor *grt_safetensors_find(const GrtTensorFile *file, const char *name)
{
    const GrtTensor key = {.name = (char *)name};
    if (file->tensor_count == 0)
        return NULL;
    return bsearch(&key, file->tensors, (size_t)file->tensor_count, sizeof key,
                   safetensors_by_name);
}

const char *grt_safetensors_meta(const GrtTensorFile *file, const char *key)
{
    for (int i = 0; i < file->meta_count; i++)
        if (strcmp(file->metas[i].key, key) == 0)
            return file->metas[i].value;
    return NULL;
}
