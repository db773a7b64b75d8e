/* gpu_tile.c -- sizes of tiles, and the order in which their operands are read.
 *
 * A thread computes high x wide elements in registers from high + wide that it reads from shared
 * memory, so large tiles multiply more for each load; small ones waste less at the edges, and there
 * are more of them. */
#include "codegen/gpu_tile.h"

#include <string.h>

#include "codegen/kexpr.h"

enum { PADDING = 4 }; /* elements behind each row of a tile in shared memory: grt_cuda_tile.h */

/* ---- sizes ---- */

TileSize gpu_tile_size(int64_t rows, int64_t columns, DType dtype)
{
    enum { MANY = 96, SOME = 48, FEW = 16 };
    const bool narrow = dtype_info[dtype].bytes <= 4; /* two registers for each of the others */
    TileSize size = {64, 64, 4, 4, 256};
    if (columns <= FEW)
        size = (TileSize){rows <= SOME ? 32 : 128, 16, rows <= SOME ? 2 : 4, 2, 0};
    else if (rows <= FEW)
        size = (TileSize){16, columns <= SOME ? 32 : 128, 2, columns <= SOME ? 2 : 4, 0};
    else if (rows < SOME && columns < SOME)
        size = (TileSize){32, 32, 4, 4, 0};
    else if (columns < SOME)
        size = (TileSize){128, 32, 4, 4, 0};
    else if (rows < SOME)
        size = (TileSize){32, 128, 4, 4, 0};
    else if (rows * columns >= (int64_t)MANY * MANY * FEW && rows >= MANY && columns >= MANY &&
             narrow)
        size = (TileSize){128, 128, 8, 8, 0};
    size.threads = size.rows / size.high * (size.columns / size.wide);
    return size;
}

TileSize gpu_tile_plan(const KTile *tile)
{
    enum { HEAVY = 32 }; /* expressions: what can be computed in advance stays in registers */
    const DType dtype = tile->sum->dtype;
    TileSize size = gpu_tile_size(tile->rows->extent->high, tile->columns->extent->high, dtype);
    if (size.high * size.wide > 16 && tile->a->weight + tile->b->weight > HEAVY)
        size = (TileSize){128, 64, 8, 4, 256};
    return size;
}

/* As many at a time as leave no thread idle. */
TileSize gpu_team_tile_size(int64_t rows, int64_t columns, DType dtype, int threads)
{
    static const int sides[][2] = {{8, 4}, {4, 4}, {4, 2}, {2, 2}, {2, 1}};
    TileSize size = {(int)rows, (int)columns, 1, 1, threads};
    for (size_t i = sizeof sides / sizeof sides[0]; i-- > 0;) {
        const int64_t down = (rows + sides[i][0] - 1) / sides[i][0];
        const int64_t across = (columns + sides[i][1] - 1) / sides[i][1];
        const bool narrow = dtype_info[dtype].bytes <= 4 || sides[i][0] * sides[i][1] <= 16;
        if (down * across >= threads && narrow) {
            size.high = sides[i][0];
            size.wide = sides[i][1];
        }
    }
    return size;
}

int64_t gpu_team_tile_elements(const TileSize *size)
{
    const int64_t down = (size->rows + size->high - 1) / size->high;
    const int64_t across = (size->columns + size->wide - 1) / size->wide;
    const int64_t turns = (down * across + size->threads - 1) / size->threads;
    return turns * size->high * size->wide;
}

int64_t gpu_tile_shared_bytes(const TileSize *size, DType dtype)
{
    const int64_t across = size->rows + size->columns + 2 * PADDING;
    return 2 * TILE_DEPTH * across * (dtype_is_half(dtype) ? 4 : dtype_info[dtype].bytes);
}

KExpr *gpu_tile_parts(Arena *arena, KExpr *whole, int size)
{
    return kexpr_div(arena, kexpr_add(arena, whole, kexpr_int(arena, size - 1)),
                     kexpr_int(arena, size));
}

KExpr *gpu_tile_count(Arena *arena, const KTile *tile, const TileSize *size)
{
    return kexpr_mul(arena, gpu_tile_parts(arena, tile->rows->extent, size->rows),
                     gpu_tile_parts(arena, tile->columns->extent, size->columns));
}

/* ---- order ---- */

typedef struct At { /* a place in the loops; all other variables are 0 */
    const char *across, *sum;
    int64_t across_at, sum_at;
} At;

/* Of an index; what is no arithmetic counts as 0. */
static int64_t evaluate(const KExpr *x, const At *at)
{
    if (x->kind == KE_NUMBER)
        return x->value.i;
    if (x->kind == KE_INDEX)
        return strcmp(x->name, at->across) == 0 ? at->across_at
               : strcmp(x->name, at->sum) == 0  ? at->sum_at
                                                : 0;
    if (x->kind == KE_BATCH)
        return x->high;
    if (x->kind == KE_TEMP && x->held)
        return evaluate(x->held, at);
    if (x->kind != KE_INT)
        return 0;
    const int64_t a = evaluate(x->args[0], at), b = evaluate(x->args[1], at);
    switch (x->int_op) {
    case INT_ADD:
        return a + b;
    case INT_SUB:
        return a - b;
    case INT_MUL:
        return a * b;
    case INT_DIV:
        return b ? a / b : 0;
    case INT_MOD:
        return b ? a % b : 0;
    case INT_LEAST:
        return a < b ? a : b;
    default:
        return 0;
    }
}

/* How many steps of the loop are steps to a neighbour in memory, of all loads in x: where it is
 * asked at some places of the first row (or column) and of the first terms. */
static int count_steps(const KExpr *x, const At *from, bool along_sum)
{
    enum { STEPS = 16 };
    int count = 0;
    for (int i = 0; i < x->arity; i++)
        count += count_steps(x->args[i], from, along_sum);
    for (int step = 0; x->kind == KE_LOAD && step < STEPS; step++) {
        At here = *from, next = *from;
        *(along_sum ? &here.sum_at : &here.across_at) = step;
        *(along_sum ? &next.sum_at : &next.across_at) = step + 1;
        count += evaluate(x->args[0], &next) - evaluate(x->args[0], &here) == 1;
    }
    return count;
}

static bool is_along_sum(const KExpr *x, const char *across, const char *sum)
{
    const At first = {across, sum, 0, 0};
    return count_steps(x, &first, true) > count_steps(x, &first, false);
}

TileOrder gpu_tile_order(const KTile *tile)
{
    const char *sum = tile->innermost->name;
    return (TileOrder){is_along_sum(tile->a, tile->rows->name, sum),
                       is_along_sum(tile->b, tile->columns->name, sum)};
}
