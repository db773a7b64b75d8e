/* product_runs.h -- a product as matrices: its labels by the side they are on, parted into runs
 * that lie in memory as one axis.
 *
 *     bti, ij -> btj    rows: b and t in one run; columns: j; sums: i
 *
 * Operand 0 of the matrices has the rows, operand 1 the columns, 2 is the result.  Everything is
 * affine: an element lies at its base, and for each label its index times a stride. */
#ifndef GRADC_PRODUCT_RUNS_H
#define GRADC_PRODUCT_RUNS_H

#include "codegen/product.h"

typedef struct Run { /* labels, outermost first, and how far apart neighbours of the run lie */
    int labels[PRODUCT_LABELS];
    int count;
    KExpr *extent;
    int64_t stride[3];
} Run;

typedef struct Side { /* runs, outermost first */
    Run runs[PRODUCT_LABELS];
    int count;
} Side;

typedef struct Matrices {
    Buffer *buffer[3];
    KExpr *base[3]; /* where the element lies whose labels are all 0 */
    int64_t stride[3][PRODUCT_LABELS];
    Side rows, columns, sums;
    Side batches; /* labels of all three */
} Matrices;

/* The place of an operand's elements (by role: p->rows is 0, p->columns 1), or of the result's;
 * false where they are computed, or do not lie evenly. */
bool product_measure(const Product *p, int role, Matrices *x);
/* Measures the result: the operand with the label whose neighbours lie closest in it has the
 * columns. False if both have it, or there is none. */
bool product_choose_columns(Product *p, Matrices *x);
/* The sides, once all three are measured. */
void product_classify(const Product *p, Matrices *x);
/* The last run of a side, or the one `before` it; NULL if there are not so many. */
const Run *product_last_run(const Side *side, int before);
/* by_label of the run's labels, where the run is at `index`. */
void product_bind_run(const Product *p, const Run *run, KExpr *index, KExpr **by_label);

#endif
