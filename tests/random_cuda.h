/* random_cuda.h -- random programs as a CUDA program, in the test bed of tests/cudahost, against
 * the C of -O0.
 *
 * Many programs become one model file, their names told apart: one CUDA program and one C program,
 * built by gradc as a user would. Both get the same checkpoint and the same inputs, and write their
 * outputs as .npy. How far these may differ is the interpreter's word, as in random_try.h; from one
 * order of the threads to the next they may not differ at all. */
#ifndef GRADC_TESTS_RANDOM_CUDA_H
#define GRADC_TESTS_RANDOM_CUDA_H

#include "tests/random_try.h"

/* As random_try. The programs have one batch size. */
const char *random_try_cuda(Arena *arena, RandomProgram *const *programs, int count,
                            const TryOptions *options, TryCounts *counts, int *which);

/* The model file of them all: v7 of program 3 is v7_p3. */
const char *random_merged_text(Arena *arena, RandomProgram *const *programs, int count);

#endif
