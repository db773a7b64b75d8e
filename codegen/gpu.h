/* gpu.h -- kernels for a GPU: what the rules of gpu_*.c share.
 *
 * They write the statements that any kernel has, and mark which threads take which turns
 * (docs/cuda.md).  How work is cut up is a matter of shapes at the batch bound alone, so that a
 * result never depends on the device, nor on the order in which its threads run. */
#ifndef GRADC_GPU_H
#define GRADC_GPU_H

#include "codegen/lower_rules.h"

enum {
    GPU_WARP = 32,
    GPU_BLOCK = 256,
    GPU_LARGEST_BLOCK = 1024,
    GPU_WARPS = 8,            /* teams of one warp in a block */
    GPU_CHUNKS = 512,         /* at most, of what is added up in several */
    GPU_THREADS = 1 << 16,    /* that keep a device busy */
    GPU_SHARED_BYTES = 40960, /* for arrays, of the 48 KB that a block has; joins need some too */
    GPU_NARROW = 16           /* terms of a long sum that a thread adds up in f32 */
};

/* The loop that was opened last. */
void gpu_share(Lowering *l, Share share, int team);
KStmt *gpu_last_loop(const Lowering *l);

/* The array that was declared last is one for the whole team. */
void gpu_share_array(Lowering *l);
/* Likewise: it begins at 16 bytes; each thread has its own elements of tiles. */
void gpu_align_array(Lowering *l);
void gpu_tile_array(Lowering *l);
/* The value of op over those of all threads of the team: in f32, f64, i32 or i64. */
KExpr *gpu_join(Lowering *l, const char *name, Op op, KExpr *value);

/* ---- several axes as one ---- */

/* How many elements, at the batch bound; INT64_MAX where that overflows; and the real number. */
int64_t gpu_bound(const Lowering *l, const Dim *dims, int count);
KExpr *gpu_extent(Lowering *l, const Dim *dims, int count);
/* The index of each axis where the place along all of them is `at`.  The axis of the batch counts
 * as the outermost, so that all divisions are by constants. */
void gpu_unflatten(Lowering *l, const Dim *dims, int count, KExpr *at, KExpr **index);
/* A loop over all axes: nothing is opened, and the place is 0, for one element. */
KExpr *gpu_open_flat(Lowering *l, const Dim *dims, int count, Share share, int team);
/* A loop over those of chunk number `chunk`, which has `each` of them but for the last ones. */
KExpr *gpu_open_chunk(Lowering *l, const Dim *dims, int count, KExpr *chunk, int64_t each,
                      Share share);

/* ---- a reduction on its way ---- */

typedef struct GpuFold {
    const Node *n;
    DType dtype;         /* in which it is kept */
    KExpr *total, *at;   /* at: of argmax and argmin, the place of the best */
    Buffer *parts, *ats; /* of chunks: [chunk][element] */
} GpuFold;

bool gpu_is_extreme(const Node *n);
/* terms: that one thread folds, at most. */
void gpu_fold_start(Lowering *l, GpuFold *f, const Node *n, int64_t terms);
void gpu_fold_add(Lowering *l, GpuFold *f, KExpr *value, KExpr *at);
/* All threads' parts as one, for all of them. */
void gpu_fold_join(Lowering *l, GpuFold *f);
/* Stores it as n's element at these indices. */
void gpu_fold_store(Lowering *l, const GpuFold *f, KExpr *const *index);
/* Buffers for `chunks` parts of each of `elements`; storing one; folding one more of them. */
void gpu_fold_place_parts(Lowering *l, GpuFold *f, int64_t chunks, int64_t elements);
void gpu_fold_store_part(Lowering *l, const GpuFold *f, KExpr *place);
void gpu_fold_add_part(Lowering *l, GpuFold *whole, const GpuFold *parts, KExpr *place);
/* How many threads add up the parts of one of `elements`. */
int gpu_team_for_parts(int64_t elements, int64_t chunks);

/* With --fast-reductions: chunks of a sum are added to the result itself, in any order.  Before
 * them it becomes 0; a chunk's sum is added to its element at these indices. */
bool gpu_adds_fast(const Lowering *l, const Node *n);
void gpu_fast_start(Lowering *l, const Node *n);
void gpu_fast_add(Lowering *l, const Node *n, KExpr *const *index, KExpr *value);

/* ---- waiting ---- */

/* Marks the statements of a loop of SHARE_TEAMS before which its team must wait: one thread has
 * stored there what another reads, or will read what is stored over. */
void gpu_place_syncs(Arena *arena, KStmt *teams);
/* A statement of it before which there is no such mark, and should be; or NULL. */
const KStmt *gpu_missing_sync(Arena *arena, const KStmt *teams);

/* ---- kinds of groups ---- */

void gpu_rows_lower(Lowering *l, const Group *group);
void gpu_totals_lower(Lowering *l, const Group *group);
/* What fills a buffer in an order of its own: scatters that add up, running totals. */
void gpu_fill_lower(Lowering *l, const Group *group);
void gpu_running(Lowering *l, const Node *n);
/* The optimizer: which groups (by position) are updates that wait for the end of the routine to be
 * one kernel; and that kernel. */
bool *gpu_updates_find(Lowering *l);
void gpu_updates_lower(Lowering *l, const bool *update);
/* gpu_updates_flat.c: takes those of one form out of their groups, for loops over ranges of memory.
 */
void gpu_updates_lower_flat(Lowering *l, const bool *update);
/* A group of one reduction: whatever is no row, no column and no total of others. */
void gpu_reduce_lower(Lowering *l, const Group *group);

#endif
