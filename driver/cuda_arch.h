/* cuda_arch.h -- the kinds of GPU that a program is compiled for: --cuda-arch=sm_80,sm_90
 *
 *     native      those of the GPUs in this machine
 *     sm_90       that one; with the code of the newest named, as PTX, for all that come after
 *     compute_80  PTX alone: the driver compiles it when the program starts, for sm_80 and newer
 *     all-major, all   what nvcc knows from sm_75 on: sm_75 and the first of each series after it,
 *                      or every one; compile_cuda.c asks nvcc for them */
#ifndef GRADC_CUDA_ARCH_H
#define GRADC_CUDA_ARCH_H

#include <stdbool.h>

#include "support/arena.h"

typedef Vec(const char *) CudaArchList;

/* Adds the names in a list with commas; false where one is no name, stands twice, cannot stand with
 * others, or they are too many: *why says so. */
bool cuda_arch_parse(Arena *arena, const char *text, CudaArchList *out, const char **why);
/* The number of "sm_90" or "compute_90": 90; 0 for other names. */
int cuda_arch_number(const char *name);
/* Adds what nvcc shall be told for a list without "native": "-gencode=arch=compute_90,code=sm_90".
 */
void cuda_arch_flags(Arena *arena, const CudaArchList *archs, CudaArchList *flags);

#endif
