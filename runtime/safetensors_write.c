/* safetensors_write.c -- writing tensor files, with a checksum over every byte of them.
 *
 * The checksum stands in the header's metadata as 16 hexadecimal digits.  It is computed over the
 * file with zeros in their place, which are then overwritten. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grt_safetensors.h"
#include "grt_safetensors_format.h"
#include "grt_trainer.h"

const char *const grt_safetensors_dtype[] = {"BOOL", "U8",  "I8",   "I16", "I32",
                                             "I64",  "F16", "BF16", "F32", "F64"};

uint64_t grt_safetensors_hash(uint64_t hash, const void *bytes, int64_t count)
{
    const unsigned char *at = bytes;
    for (int64_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void safetensors_put_string(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

/* The metadata; returns where in the header the checksum's digits go. */
static long safetensors_put_metadata(FILE *out, const GrtMeta *metas, int count)
{
    fputs("{\"__metadata__\":{", out);
    for (int i = 0; i < count; i++) {
        safetensors_put_string(out, metas[i].key);
        putc(':', out);
        safetensors_put_string(out, metas[i].value);
        putc(',', out);
    }
    fputs("\"checksum\":\"", out);
    const long digits = ftell(out);
    fputs("0000000000000000\"}", out);
    return digits;
}

static void safetensors_put_tensor(FILE *out, const GrtTensor *tensor, int64_t begin, int64_t end)
{
    putc(',', out);
    safetensors_put_string(out, tensor->name);
    fprintf(out, ":{\"dtype\":\"%s\",\"shape\":[", grt_safetensors_dtype[tensor->dtype]);
    for (int i = 0; i < tensor->rank; i++)
        fprintf(out, i ? ",%lld" : "%lld", (long long)tensor->dims[i]);
    fprintf(out, "],\"data_offsets\":[%lld,%lld]}", (long long)begin, (long long)end);
}

static int64_t safetensors_tensor_bytes(const GrtTensor *tensor)
{
    int64_t bytes = grt_dtype_bytes[tensor->dtype];
    for (int i = 0; i < tensor->rank; i++)
        bytes *= tensor->dims[i]; /* it is in memory: this cannot overflow */
    return bytes;
}

typedef struct SafetensorsHeader {
    char *text;
    size_t size;
    unsigned char length[8]; /* of text, as the file starts */
    long digits;
} SafetensorsHeader;

static bool safetensors_make_header(SafetensorsHeader *header, const GrtTensor *tensors,
                                    int tensor_count, const GrtMeta *metas, int meta_count)
{
    FILE *out = open_memstream(&header->text, &header->size);
    if (!out)
        return false;
    header->digits = safetensors_put_metadata(out, metas, meta_count);
    int64_t end = 0;
    for (int i = 0; i < tensor_count; i++) {
        const int64_t begin = end;
        end += safetensors_tensor_bytes(&tensors[i]);
        safetensors_put_tensor(out, &tensors[i], begin, end);
    }
    putc('}', out);
    while (ftell(out) % 8 != 0) /* the data is aligned */
        putc(' ', out);
    const bool written = !ferror(out);
    if (fclose(out) != 0 || !written) {
        free(header->text);
        return false;
    }
    for (int i = 0; i < 8; i++)
        header->length[i] = (unsigned char)((uint64_t)header->size >> (8 * i));
    return true;
}

static void safetensors_seal(SafetensorsHeader *header, const GrtTensor *tensors, int count)
{
    char digits[GRT_CHECKSUM_DIGITS + 1];
    uint64_t hash = grt_safetensors_hash(GRT_HASH_START, header->length, 8);
    hash = grt_safetensors_hash(hash, header->text, (int64_t)header->size);
    for (int i = 0; i < count; i++)
        hash = grt_safetensors_hash(hash, tensors[i].data, safetensors_tensor_bytes(&tensors[i]));
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
    memcpy(header->text + header->digits, digits, GRT_CHECKSUM_DIGITS);
}

int grt_safetensors_write(const char *path, const GrtTensor *tensors, int tensor_count,
                          const GrtMeta *metas, int meta_count, GrtError *error)
{
    SafetensorsHeader header = {0};
    if (!safetensors_make_header(&header, tensors, tensor_count, metas, meta_count))
        return grt_fail(error, 3, "cannot write '%s': %s", path, strerror(ENOMEM));
    safetensors_seal(&header, tensors, tensor_count);
    GrtAtomic file;
    int failed = grt_atomic_open(&file, path, error);
    if (!failed) {
        fwrite(header.length, 1, sizeof header.length, file.out);
        fwrite(header.text, 1, header.size, file.out);
        for (int i = 0; i < tensor_count; i++)
            fwrite(tensors[i].data, 1, (size_t)safetensors_tensor_bytes(&tensors[i]), file.out);
        failed = grt_atomic_commit(&file, error); /* sees a failed fwrite */
    }
    free(header.text);
    return failed;
}
