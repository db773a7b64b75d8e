/* random_try.h -- what a random program computes, in every way there is: all must agree.
 *
 * The same file goes through the compiler at -O0, at -O1, and at -O1 without one of its passes;
 * through the interpreter of tests/interp.c; and its gradients through differences of its loss. How
 * much rounding may do is not guessed: the interpreter computes each program in its dtypes, in f64,
 * and several times in f64 with every element off by a step of its dtype, as dice have it.  A value
 * may differ by some times as much as those do.  Where they differ much (a comparison, a floor, or
 * a maximum hangs on the last bit) the value is not compared, and counted. */
#ifndef GRADC_TESTS_RANDOM_TRY_H
#define GRADC_TESTS_RANDOM_TRY_H

#include "ir/graph.h"
#include "tests/random_program.h"

typedef struct TryOptions {
    const char *top;    /* the source tree: lib/std and runtime/grt.h */
    const char *cflags; /* words for the C compiler */
    bool show;          /* every comparison that fails, on stderr */
    bool cuda;          /* as a CUDA program, by random_cuda.h */
    const char *orders; /* of its threads, "forward reverse 1 2" */
    const char *gradc;  /* words for gradc, when it makes one: "-O0" */
} TryOptions;

typedef struct TryCounts {
    long values, unsteady; /* tensors compared; and not, for they hang on the last bit */
    long same_bits;        /* of the values: as at -O0 to the last bit */
    long gradients, kinks; /* directional derivatives compared; and not */
    long made[OP_COUNT];   /* nodes of each operation, gradients included */
} TryCounts;

/* Compiles them into one C file and runs each.  What is wrong with the first wrong one, in the
 * arena, and its number in *which; NULL if all agree.  A bug that ends the process ends it. */
const char *random_try(Arena *arena, RandomProgram *const *programs, int count,
                       const TryOptions *options, TryCounts *counts, int *which);

#endif
