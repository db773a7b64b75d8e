/* grt_safetensors_format.h -- what the reader and the writer of tensor files must agree on. */
#ifndef GRT_SAFETENSORS_FORMAT_H
#define GRT_SAFETENSORS_FORMAT_H

#include <stdint.h>

enum { GRT_CHECKSUM_DIGITS = 16 };

#define GRT_HASH_START UINT64_C(0xcbf29ce484222325)

extern const char *const grt_safetensors_dtype[]; /* "F32" ... by GrtDType */

/* Goes on with a 64-bit FNV-1a hash.  Each of its steps is a bijection, so two texts of one length
 * that differ in a single byte never have the same hash. */
uint64_t grt_safetensors_hash(uint64_t hash, const void *bytes, int64_t count);

#endif
