/* product_plan.h -- the blocks in which a product is computed: numbers in, numbers out.
 *
 *     8192 x 1536, sums of 384, b transposed    b packed once, in panels of 48 columns; blocks of
 *                                               96 rows by 192 columns */
#ifndef GRADC_PRODUCT_PLAN_H
#define GRADC_PRODUCT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* Terms from which on a sum is parted: its rows of a and b no longer fit into the cache. */
enum { PRODUCT_LONG_SUM = 1536 };

typedef struct ProductShape { /* at the batch bound */
    int64_t rows, columns;    /* of the result that one turn of the loops around computes */
    int64_t inner, outer;     /* terms of each element: inner * outer */
    int64_t turns;            /* of the loops around it */
    int64_t apart;            /* b's rows, in elements */
    int bytes;                /* of an element */
    bool scattered;           /* b's columns do not lie side by side */
    bool shared;              /* b is the same in all turns of the loops around */
    bool array;               /* the result's block is an array of the kernel's own */
    bool resumed;             /* the sum goes on in loops around the product */
} ProductShape;

typedef enum Packing {
    PACK_NONE,
    PACK_WHOLE, /* before all loops, in work memory */
    PACK_BLOCK  /* where it is used, in an array of the kernel's own */
} Packing;

typedef struct ProductPlan {
    int64_t rows, columns, terms; /* of a block; terms part inner alone */
    int64_t panel;                /* columns that a packed b has side by side */
    bool columns_outside;         /* the loop over blocks of columns is around that over rows */
    Packing packing;
} ProductPlan;

ProductPlan product_plan(const ProductShape *shape);

#endif
