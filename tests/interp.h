/* interp.h -- a reference interpreter of graphs, for tests.
 *
 * It shares nothing with folding, lowering or the runtime: each operation of ops.def is computed
 * from its definition, by plain loops over indices.  Every element is a double, of integers (below
 * 2^53) and booleans too, rounded or wrapped to the node's dtype once per node.
 *
 *     Interp in = interp_new(model, 3);              a batch of three samples
 *     interp_var(&in, slot)[0] = 0.5;                what input, param and state read
 *     double **values = interp_run(&in, graph);      by node id, row-major */
#ifndef GRADC_TESTS_INTERP_H
#define GRADC_TESTS_INTERP_H

#include "ir/model.h"

typedef struct Interp {
    Arena *arena;
    const Model *model;
    int64_t batch;
    double counters[COUNTER_COUNT]; /* the counter batch is `batch`, unless changed */
    double **vars; /* by slot; interp_var makes them when they are first asked for */
    double **args; /* in the body of a scan: this turn's operands */
    int64_t turn;
    bool exact; /* floats of every dtype keep all digits of f64: for differences */
    /* Not 0: each element of a float node is then off by up to one step of its dtype, by dice of
     * this seed.  How much a result changes with the seed is how much rounding may do to it. */
    uint64_t noise;
} Interp;

bool interp_has(Op op);
Interp interp_new(const Model *model, int64_t batch);
/* Elements of the type in this batch. */
int64_t interp_count(const Interp *in, const Type *type);
/* The elements of a variable, zeros at first; the graph reads them, and WRITEs do not touch them.
 */
double *interp_var(Interp *in, int slot);
/* The value of each node, by id, in the model's arena. */
double **interp_run(Interp *in, const Graph *g);

#endif
