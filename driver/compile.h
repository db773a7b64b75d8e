/* compile.h -- from a generated file to a program, by the C compiler or nvcc. */
#ifndef GRADC_COMPILE_H
#define GRADC_COMPILE_H

#include <stdio.h>

#include "driver/options.h"

typedef struct CompileJob {
    const char *source;   /* the C file; of CUDA one in `dir` */
    const char *output;   /* the program: made under a temporary name, and renamed when whole */
    const char *data_dir; /* absolute: where relative data paths start */
    bool threads, blas, blas_lt, cudnn, gzip, png; /* what it links beside the runtime */
    const char *chooser; /* with several kinds of processor: the C file with main(); else NULL */
    const char *dir;     /* the temporary folder, for what is between */
} CompileJob;

/* Runs $CC (options->cc; else cc, gcc or clang), or nvcc.  EXIT_OK, or EXIT_ENVIRONMENT after
 * showing the command that failed; then there is no output. */
int compile_program(Arena *arena, const Options *options, const CompileJob *job);

/* The libraries that a job links beside the runtime, " -fopenmp -lz": for the head comment of a
 * generated file. */
const char *compile_libraries(Arena *arena, const CompileJob *job);

/* "-O2 -march=native ...", what makes a generated file fast: for its head comment. */
const char *compile_flags(Arena *arena, const char *arch);

/* For `cc model.c $(gradc --cc-flags) -o model`: EXIT_OK, or EXIT_ENVIRONMENT. */
int compile_print_flags(Arena *arena, const Options *options, FILE *out);

/* The folder of grt.h and the runtime; false after saying which is missing. */
bool compile_find_runtime(Arena *arena, const char **include, const char **archive);

#endif
