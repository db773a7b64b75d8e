/* random_compare.h -- one program in several ways: run, and compared (random_try.c makes them). */
#ifndef GRADC_TESTS_RANDOM_COMPARE_H
#define GRADC_TESTS_RANDOM_COMPARE_H

#include "codegen/kernel.h"
#include "runtime/grt.h"
#include "tests/random_try.h"

enum { WAYS = 3, RANDOM_BATCH = 5 };

typedef struct Way { /* to compile it */
    const char *name;
    int level;
    const char *skip; /* a pass left out, or NULL */
    const Graph *graph;
    Program *program;
    int (*run)(GrtRun *run);
} Way;

typedef struct Try {
    Arena *arena;
    const RandomProgram *source;
    const char *text, *wrong;
    int count;      /* every third program is tried without one of the passes, too */
    Way ways[WAYS]; /* the first is the oracle, and what the interpreter runs */
} Try;

/* NULL, or what differs. */
const char *random_compare(Try *t, TryCounts *counts);

#endif
