/* gpu_product.h -- products of tensors on a GPU: calls of cuBLAS, tiles, or a thread or a team of
 * them for each element.
 *
 * This is the one place that decides how a product is computed at -O1 with --target=cuda.
 *
 *     labels bi, ji -> bj    x @ transpose(w): rows b, columns j, sum over i */
#ifndef GRADC_GPU_PRODUCT_H
#define GRADC_GPU_PRODUCT_H

#include "codegen/product.h"

/* May an elementwise value of its shape be computed by the contract's kernel?  Where it is left to
 * cuBLAS, those that it computes alone. */
bool gpu_product_takes_result(const Lowering *l, const Node *contract, const Node *result);
/* Appends the statements for a group of a contract and what is computed from it. */
void gpu_product_lower(Lowering *l, const Group *group);

/* ---- between gpu_product.c and gpu_product_forms.c ---- */

/* Labels as one index, outermost first; only the first may be of the batch. */
typedef struct LabelRun {
    int labels[PRODUCT_LABELS];
    int count;
    KExpr *extent;
} LabelRun;

/* One product that is no call.  Each label is on one side: rows and columns are those of the result
 * that one operand has alone (columns: with neighbours closest in the result), batches those that
 * both have. */
typedef struct GpuProduct {
    Product p;
    const Group *epilogue; /* what is computed from each element */
    LabelRun rows, columns, sums, batches;
    DType dtype;          /* in which it is summed */
    int64_t parts, chunk; /* the sum is cut into `parts` of `chunk` terms; parts 1: it is not */
    KExpr *by_label[PRODUCT_LABELS];
} GpuProduct;

/* A tile of elements for each block of threads; they share what they load. */
void gpu_product_tiles(GpuProduct *g);
/* A thread for each element: neighbours in the result are neighbours in the operands. */
void gpu_product_each(GpuProduct *g);
/* A copy of an operand, its axes in the order of these labels. */
void gpu_product_copy(GpuProduct *g, int operand, Buffer *copy, const char *labels);
/* The product has been made, its axes in the order of these labels: what becomes of its elements.
 */
void gpu_product_finish(GpuProduct *g, Buffer *made, const char *labels);
/* A team of threads for each element: neighbours in the sum are neighbours in the operands. */
void gpu_product_teams(GpuProduct *g, int team);

#endif
