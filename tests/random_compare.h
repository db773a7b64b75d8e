/* random_compare.h -- one program in several ways: run, and compared (random_try.c makes them). */
#ifndef GRADC_TESTS_RANDOM_COMPARE_H
#define GRADC_TESTS_RANDOM_COMPARE_H

#include "codegen/kernel.h"
#include "runtime/grt.h"
#include "tests/random_try.h"

enum { WAYS = 4 };

typedef struct Way { /* to compile it */
    const char *name;
    int level;
    Target target;    /* CUDA: its kernels, as serial C */
    const char *skip; /* a pass left out, or NULL */
    const Graph *graph;
    Program *program;
    int (*run)(GrtRun *run);
} Way;

typedef struct Try {
    Arena *arena;
    const RandomProgram *source;
    const char *text, *wrong;
    Way ways[WAYS]; /* the first is the oracle, and what the interpreter runs */
    int count;      /* every third program is tried without one of the passes, too */
} Try;

/* ---- what variables hold, and elements in memory (random_values.c) ---- */

double random_uniform(uint64_t seed, uint64_t i);
/* Element i of a variable.  Floats in [-2, 2], states (running variances) in [0.5, 1.5], integers
 * in
 * [-7, 9]; of the dtype. */
double random_element(const Try *t, int var, const Var *v, int64_t i);
void random_put(void *bytes, DType dtype, int64_t i, double x);
double random_get(const void *bytes, DType dtype, int64_t i);

/* ---- what the interpreter says (random_reference.c) ---- */

enum { SHAKES = 4 };

typedef struct Reference { /* values by node: */
    double **rounded, **exact;
    double **shaken[SHAKES]; /* each element off by a step of its dtype */
} Reference;

typedef struct Spread { /* of one tensor */
    double scale;       /* its largest element */
    double rounding;    /* how far an element changes with rounding, or where all are shaken */
    bool finite;
} Spread;

Reference random_reference(const Try *t, int64_t batch);
Spread random_spread(const Reference *ref, int node, int64_t count);
/* One step of the least precise float dtype that stands in the graph. */
double random_step(const Graph *g);
/* Does no choice in it hang on the last bit? */
bool random_steady(const Spread *s, double step);
/* How far an element of the node's value may be off; infinite where it hangs on the last bit. */
double random_tolerance(const Reference *ref, const Node *n, int64_t batch, double step);

/* ---- the ways compared ---- */

/* The text to a lowered program in so many of its ways; t->wrong says what went wrong. */
void random_prepare(Try *t, Arena *arena, const RandomProgram *p, const TryOptions *options,
                    int ways);
/* The model of a text, with the entry `predict` alone; NULL: *wrong says why. */
Model *random_model(Arena *arena, const char *text, int batch, const TryOptions *options,
                    const char **wrong);
int64_t random_short_batch(const RandomProgram *p);
void random_count_nodes(const Graph *g, TryCounts *counts);
/* NULL, or what differs. */
const char *random_compare(Try *t, TryCounts *counts);

#endif
