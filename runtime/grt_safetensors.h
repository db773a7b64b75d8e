/* grt_safetensors.h -- tensors by name in a file: the safetensors format.
 *
 *     8 bytes  length of the header, little-endian
 *     header   {"__metadata__": {"key": "value"}, "fc.weight": {"dtype": "F32",
 *               "shape": [10, 64], "data_offsets": [0, 2560]}, ...}
 *     data     row-major, little-endian, without holes
 *
 * A file that was read has been checked whole: lengths, offsets, shapes, no holes, no overlaps, no
 * duplicates; and where the metadata has a "checksum" (in all files written here), that too. */
#ifndef GRT_SAFETENSORS_H
#define GRT_SAFETENSORS_H

#include "grt_data.h"

enum { GRT_TENSOR_NAME = 512 }; /* the longest name, its NUL included */

typedef struct GrtTensor {
    char *name;
    GrtDType dtype;
    int rank;
    int64_t dims[GRT_MAX_RANK];
    const unsigned char *data;
    int64_t begin, end; /* of its bytes in the file's data */
} GrtTensor;

typedef struct GrtMeta {
    char *key, *value;
    int64_t offset; /* of the value's text in the header */
} GrtMeta;

typedef struct GrtTensorFile {
    unsigned char *bytes; /* the file */
    int64_t size, header_size;
    GrtTensor *tensors; /* sorted by name */
    GrtMeta *metas;
    int tensor_count, tensor_room, meta_count, meta_room;
} GrtTensorFile;

/* 0 with *file filled, to be freed; or 1 (content) or 3 (system) with error set, nothing to free.
 */
int grt_safetensors_read(const char *path, GrtTensorFile *file, GrtError *error);
void grt_safetensors_free(GrtTensorFile *file);
const GrtTensor *grt_safetensors_find(const GrtTensorFile *file, const char *name);
const char *grt_safetensors_meta(const GrtTensorFile *file, const char *key); /* or NULL */

/* Writes tensors (name, dtype, rank, dims, data) and metadata (key, value), and adds the checksum;
 * the file at path is replaced whole or not at all. */
int grt_safetensors_write(const char *path, const GrtTensor *tensors, int tensor_count,
                          const GrtMeta *metas, int meta_count, GrtError *error);

#endif
