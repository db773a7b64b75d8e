/* product.h -- a contract being lowered: what gemm.c and product_*.c share; private to them.
 *
 * Labels are numbers, 0 for 'a'.  One operand has the column label, along which the innermost loop
 * runs; the other's elements are the rows'. */
#ifndef GRADC_PRODUCT_H
#define GRADC_PRODUCT_H

#include "codegen/lower_rules.h"

enum { PRODUCT_LABELS = 26 };

typedef struct Product {
    Lowering *l;
    const Node *n;
    Buffer *out;
    Dim dims[PRODUCT_LABELS];
    bool in[3][PRODUCT_LABELS]; /* operand 0, operand 1, result */
    int rows, columns;          /* operands that have them */
    int column;                 /* the label of the result's last axis that isn't of size 1 */
    int sums[PRODUCT_LABELS];   /* labels summed over, in order */
    int sum_count;
    Buffer *copy; /* of the columns' operand, with the column label last; or NULL */
    char copy_labels[PRODUCT_LABELS + 1];
    Buffer *even[2]; /* copies of operands whose elements are computed or lie unevenly, or NULL */
} Product;

/* The extent of a label at the batch bound. */
int64_t product_bound(const Product *p, int label);
/* Fills in, dims and sums. */
void product_collect(Product *p);
/* How many multiplications it takes. */
int64_t product_size(const Product *p);
/* A variable of the label, named by it. */
KExpr *product_index(const Product *p, int label);
/* An element of an operand to look at: nothing is appended. */
KExpr *product_operand(const Product *p, int operand, KExpr *const *by_label);
/* Appends a row-major copy of an operand, which takes its place. */
void product_even_out(Product *p, int operand);
/* Elements of an operand as an affine form over loop variables named by their labels. */
KExpr *product_element(const Product *p, int operand);
/* How far apart in memory neighbours along a label lie; false if not evenly. */
bool product_stride(const KExpr *element, int label, int64_t *stride);
/* Where columns don't lie side by side, a copy in which they do, if they are used often. */
void product_plan_copy(Product *p);
void product_emit_copy(Product *p);
/* The element of the columns' operand, from the copy if there is one. */
KExpr *product_column_value(const Product *p, KExpr *const *by_label);
KExpr *product_out_offset(const Product *p, KExpr *const *by_label);

#endif
