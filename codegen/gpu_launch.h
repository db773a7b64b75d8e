/* gpu_launch.h -- the launches of a kernel: what a GPU runs of it at a time.
 *
 * Blocks of a GPU cannot wait for each other but at the end of a launch, so each statement at the
 * top level of a kernel is one:
 *
 *     for (c < 64) parts[c] = ...     k_loss     64 teams
 *     for (i < 1) loss = ...          k_loss_2   1 team
 *
 * Locals before it are computed again in each launch that reads them. */
#ifndef GRADC_GPU_LAUNCH_H
#define GRADC_GPU_LAUNCH_H

#include "codegen/lower_rules.h"

enum { GPU_MOST_BLOCKS = 65536 }; /* of a launch: threads take several turns beyond that */

typedef enum LaunchKind {
    LAUNCH_ONE,   /* one thread: what is not known to be shared */
    LAUNCH_GRID,  /* a thread for each turn of a nest of loops */
    LAUNCH_TEAMS, /* a team for each */
    LAUNCH_TILES, /* a product in tiles, for each turn of the loops around it */
    LAUNCH_GEMM,  /* a call of cuBLAS */
    LAUNCH_CONV,  /* a call of cuDNN */
    LAUNCH_ZERO   /* a buffer becomes 0 */
} LaunchKind;

struct Launch {
    LaunchKind kind;
    const char *name;  /* of its function: "k_loss_2"; GEMM, CONV, ZERO: of the kernel */
    Kernel *part;      /* the statements and what they read, write and take, as a kernel */
    const KStmt *stmt; /* GRID, TEAMS, TILES, GEMM, CONV, ZERO: the statement; else NULL */
    int threads;       /* in a block */
    int blocks;        /* that a multiprocessor shall hold at once, at least; 0: whatever it does */
    int team;          /* TEAMS: threads of one */
    KExpr *turns;      /* GRID, TEAMS: of the whole nest; TILES: how many there are of them */
    /* GRID, in steps of four elements: what is read and written 128 bits at a time. */
    BufferVec fours_read, fours_written;
    bool wide;    /* an index may be beyond 2^31 */
    bool guarded; /* it does nothing where the training step went wrong */
};

/* Locals that nobody reads are left out. */
void gpu_drop_unread(Arena *arena, Kernel *kernel);
/* Before memory is planned: loops whose turns are independent are marked SHARE_GRID where nobody
 * has marked them; arrays through which a kernel's statements hand on values become work buffers.
 */
void gpu_launch_mark(Lowering *l);
/* When all is planned: the launches of all kernels. */
void gpu_launch_cut(Program *p);

/* Is it a function of its own, or a call of a library? */
bool gpu_launch_is_function(const Launch *launch);

/* The nest of loops of this share that begins with `loop`: the last of them; *depth: how many. Only
 * locals stand between them. */
const KStmt *gpu_launch_nest(const KStmt *loop, Share share, int *depth);
/* Is it a product in tiles, with loops over teams around nothing but that? */
bool gpu_launch_is_tiles(const KStmt *loop);

#endif
