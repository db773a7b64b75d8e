/* gpu_flash.h -- attention by blocks of queries and keys, for a GPU: what gpu_flash*.c share.
 *
 *     gpu_flash_fit.c    which rows with products around them (fuse_blocks.c) can be had so
 *     gpu_flash_find.c   what is known of them: a softmax, sums that are there already
 *     gpu_flash_ahead.c  blocks that a mask leaves out
 *     gpu_flash.c        the kernels */
#ifndef GRADC_GPU_FLASH_H
#define GRADC_GPU_FLASH_H

#include "codegen/rows_parts.h"

/* The products of a group, wherever they stand. */
typedef struct FlashProducts {
    const BlockProduct *into, *of;
    int into_count, of_count;
} FlashProducts;

/* Queries and keys of a block; false if not even a small one has room.  by_keys: of the kernel
 * whose teams have a block of keys each, and go through the queries. */
typedef struct FlashSize {
    int64_t height, width;
    int64_t bytes; /* of shared memory, without copies of operands */
    bool kept;     /* sums of products stay in registers */
} FlashSize;

enum {
    FLASH_TEAM = 128,
    /* Of 48 KB, without what joins of a team leave there. */
    FLASH_SHARED_BYTES = (48 << 10) - 128
};

/* So many elements are a row in shared memory: an odd number of times 16 bytes. */
int64_t gpu_flash_stride(int64_t columns, DType dtype);
bool gpu_flash_size(const Lowering *l, const Group *group, const FlashProducts *products,
                    bool by_keys, FlashSize *size);

/* Can the group be had so, with these products? */
bool gpu_flash_fits(Lowering *l, const Group *group, int number, const FlashProducts *products);

/* ---- what is known of a group ---- */

/* e = exp(x - m), m = max(x), l = sum(e) over the keys, and all weights are e, or e / l, times
 * something: one pass over the keys will do, with m and l as they are so far. */
typedef struct FlashSoftmax {
    const Node *max, *sum; /* NULL: there is none */
    const Node *scores;    /* x */
} FlashSoftmax;

FlashSoftmax gpu_flash_softmax(const Rows *r);
/* Does the softmax's weight have l among its divisors? */
bool gpu_flash_is_divided(const Lowering *l, const FlashSoftmax *softmax, const Node *weight);

enum { FLASH_FACTORS = 16 };

typedef struct FlashFactor {
    const Node *n;
    bool divides;
} FlashFactor;

typedef struct FlashFactors {
    FlashFactor all[FLASH_FACTORS];
    int count;
} FlashFactors;

/* A sum over the keys that is one over the columns of a product made before, with those of what it
 * is the gradient of: sum(do * o), times the rest. */
typedef struct FlashDot {
    const BlockProduct *into; /* do v^T; NULL: there is none */
    const Node *made;         /* o */
    int labels[MAX_RANK];     /* of its axes, as `into` calls them */
    FlashFactors rest;
} FlashDot;

bool gpu_flash_find_dot(const Rows *r, const Node *sum, FlashDot *dot);

/* Where key - query is `from` or more nothing comes of a pair: weights are 0, folds as they were.
 * False if there is no such number. */
bool gpu_flash_find_ahead(Rows *r, int64_t queries, int64_t keys, int64_t *from);

#endif
