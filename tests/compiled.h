/* compiled.h -- graphs to C to a shared object, for tests that run what was generated.
 *
 *     Compiled c = compiled_build(arena, model, 1, BLAS_NONE, false, NULL);
 *     compiled_run(&c, 0, &run)        the first routine of the model */
#ifndef GRADC_TESTS_COMPILED_H
#define GRADC_TESTS_COMPILED_H

#include "codegen/kernel.h"
#include "runtime/grt.h"

typedef struct Compiled {
    Program *program;
    void *object;
    const char *text;
} Compiled;

/* Lowered and verified; a failure ends the test. */
Program *compiled_lower(Arena *arena, Model *m, int level, BlasChoice blas, bool threads);
const char *compiled_print(Arena *arena, const Program *p, BlasChoice blas);
/* Compiled without a warning.  `sanitized`: what C leaves undefined ends the test. */
Compiled compiled_build(Arena *arena, Model *m, int level, BlasChoice blas, bool threads,
                        bool sanitized);
int compiled_run(const Compiled *c, int routine, GrtRun *run);

#endif
