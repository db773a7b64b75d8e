/* print_cuda_tile.h -- products in tiles as CUDA: calls of runtime/grt_cuda_tile.h. */
#ifndef GRADC_PRINT_CUDA_TILE_H
#define GRADC_PRINT_CUDA_TILE_H

#include "codegen/gpu_launch.h"

/* The body of a launch of tiles, from where its locals are known. */
void print_cuda_tiles(StrBuf *out, const Launch *launch);
/* A tiled array: what a thread has of it, in registers. */
void print_cuda_team_sums(StrBuf *out, const Launch *launch, const KStmt *array, int indent);
/* A loop of SHARE_TILE within a team that does other things too. */
void print_cuda_team_tile(StrBuf *out, const Launch *launch, const KStmt *loop, int indent);

#endif
