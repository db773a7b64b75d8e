/* gpu_tile.h -- how a loop of SHARE_TILE is cut into tiles, and by whom: what the printer of CUDA
 * and gpu_launch.c need to know of it.
 *
 *     4096 x 32, sums of 144    tiles of 128 x 32, 8 terms at a time, by 256 threads of 4 x 4 each
 */
#ifndef GRADC_GPU_TILE_H
#define GRADC_GPU_TILE_H

#include "codegen/kernel.h"

enum { TILE_DEPTH = 8 }; /* terms that are in shared memory at once */

typedef struct TileSize {
    int rows, columns; /* of the result */
    int high, wide;    /* those of a thread */
    int threads;       /* of a block */
} TileSize;

/* By the extents at the batch bound. */
TileSize gpu_tile_size(int64_t rows, int64_t columns, DType dtype);
/* That of a loop: smaller where its operands take many registers to compute. */
TileSize gpu_tile_plan(const KTile *tile);
/* Of a product within a team that does other things too: what a thread computes at a time. */
TileSize gpu_team_tile_size(int64_t rows, int64_t columns, DType dtype, int threads);
/* How many a thread computes in all its turns. */
int64_t gpu_team_tile_elements(const TileSize *size);

/* Neighbours along the sum lie closer in memory than along the rows of a, the columns of b. */
typedef struct TileOrder {
    bool a_along_sum, b_along_sum;
} TileOrder;

TileOrder gpu_tile_order(const KTile *tile);
/* Bytes of shared memory that a block takes. */
int64_t gpu_tile_shared_bytes(const TileSize *size, DType dtype);
/* How many parts of a size there are of a whole. */
KExpr *gpu_tile_parts(Arena *arena, KExpr *whole, int size);
/* How many tiles the loop has: blocks of a grid, for each turn of the loops around it. */
KExpr *gpu_tile_count(Arena *arena, const KTile *tile, const TileSize *size);

#endif
