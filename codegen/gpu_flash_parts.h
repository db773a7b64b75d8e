/* gpu_flash_parts.h -- attention by blocks under construction: what gpu_flash.c (the kernels),
 * gpu_flash_block.c (what of a block is in shared memory, and its products) and gpu_flash_rows.c
 * (its rows) share; private to them. */
#ifndef GRADC_GPU_FLASH_PARTS_H
#define GRADC_GPU_FLASH_PARTS_H

#include "codegen/gpu_flash.h"
#include "codegen/product.h"

enum { FLASH_COPIES = 4 * BLOCK_PRODUCTS };

typedef struct FlashPart {
    const BlockProduct *b;
    Product p;
    Buffer *sums; /* the block's: [query or key][column] */
    bool kept;    /* they stay in registers: a tiled array */
} FlashPart;

typedef struct FlashCopy { /* of an operand's rows that a block reads, in shared memory */
    const FlashPart *part; /* the first that reads it */
    int operand;
    Buffer *array; /* [query or key][other] */
} FlashCopy;

typedef struct Flash {
    Lowering *l;
    Rows *rows;
    const Group *group;
    FlashPart parts[2 * BLOCK_PRODUCTS];
    int count, last; /* last: the outer axis of the queries */
    int64_t queries, keys;
    FlashSoftmax softmax;
    FlashDot dots[GROUP_ROOTS]; /* by member */
    bool ahead;                 /* pairs with key - query >= from are left out */
    int64_t from;
    /* The kernel at work: */
    bool by_keys;
    FlashSize size;
    KExpr *first_query, *query_count, *first_key, *key_count; /* of the block */
    Vec(Buffer *) arrays;                                     /* placed by query and key */
    Buffer *before;            /* of a softmax: what sums of the blocks before are times */
    KExpr *row, *column, *key; /* query and key in the block; the key */
    FlashCopy copies[FLASH_COPIES];
    int copy_count;
    Buffer *weights[GROUP_ROOTS]; /* by member: where its block is, for a product; or NULL */
} Flash;

KExpr *flash_number(const Flash *f, int64_t value);

/* ---- gpu_flash_block.c ---- */

/* Is the product one of the kernel at work? */
bool flash_is_here(const Flash *f, const FlashPart *part);
/* From here on arrays are read and written at this query and key of the block. */
void flash_set_place(Flash *f, KExpr *row, KExpr *column);
/* An element of an array of rows and columns. */
KExpr *flash_place(const Flash *f, const Buffer *array, KExpr *row, KExpr *column);
void flash_make_arrays(Flash *f);
/* Copies of operands that have the block's queries, or its keys: their room; their elements, of all
 * or of those that products into rows read. */
void flash_make_copies(Flash *f, bool of_queries);
void flash_fill_copies(Flash *f, bool of_queries, bool all);
/* Loops over each element of a result, of the block's queries (keys).  tiles: by the threads that
 * have it in registers. */
KExpr *flash_open_elements(Flash *f, const FlashPart *part, bool of_queries, bool tiles,
                           KExpr **other);
void flash_bind_labels(const Flash *f, const FlashPart *part, KExpr *other, KExpr **by_label);
/* The element of an operand at the place that is set. */
KExpr *flash_operand(const Flash *f, const FlashPart *part, int which, KExpr *other);
/* All products into rows, or all that are made of them. */
void flash_multiply_all(Flash *f, bool into);
/* Rows of weights are where products look for them; or they are still to be computed. */
void flash_show_weights(Flash *f, bool shown);

/* ---- gpu_flash_rows.c ---- */

/* Folds of a phase, with one more block. */
bool flash_folds_in(const Flash *f, const Member *m, int phase);
void flash_fold_rows(Flash *f, int phase);
/* The same of a softmax, and weights as they are so far. */
void flash_update_softmax(Flash *f);
/* Weights alone: what is folded is known. */
void flash_weigh_rows(Flash *f);
/* Sums that need no keys, before all blocks. */
void flash_add_dots(Flash *f);
Member *flash_member(Flash *f, const Node *n);
void flash_index_fold(const Flash *f, const Member *m, KExpr **index);
KExpr *flash_fold_load(const Flash *f, const Member *m);

#endif
