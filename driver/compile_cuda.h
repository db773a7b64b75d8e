/* compile_cuda.h -- from a generated .cu to a program, by nvcc. */
#ifndef GRADC_COMPILE_CUDA_H
#define GRADC_COMPILE_CUDA_H

#include "driver/compile.h"

/* Compiles job->source, a file in job->dir, to output.  EXIT_OK or EXIT_ENVIRONMENT. */
int compile_cuda(Arena *arena, const Options *options, const CompileJob *job, const char *output);

/* What a job links beside the runtime, " -lcublas -lz". */
const char *compile_cuda_libraries(Arena *arena, const CompileJob *job);
/* "-O2 -std=c++17 -arch=native ...", for the head comment: the same on every machine. */
const char *compile_cuda_flags(Arena *arena, const Options *options);
/* compile_print_flags for CUDA. */
int compile_print_cuda_flags(Arena *arena, const Options *options, FILE *out);

#endif
