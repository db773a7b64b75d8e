/* grt_cuda_tile.h -- products in tiles: for each i and j the sum over k of a(i, k) b(k, j).
 *
 * Operands are functions, so that a may be a matrix, a window of an image or anything else that is
 * computed from i and k; what becomes of an element is a function too.  A program calls
 *
 *     using Tile = GrtTile<float, 64, 64, 4, 4>;
 *     __shared__ Tile tile;
 *     grt_tile<true, false>(tile, first_row, first_column, rows, columns, inner,
 *         [&](int i, int k) { return x[i * 144 + k]; },
 *         [&](int k, int j) { return w[k * 32 + j]; },
 *         [&](int i, int j, float sum) { y[i * 32 + j] = sum + bias[j]; });
 *
 * The terms of a sum are added in order, one k after the other, whichever block or thread does it.
 */
#ifndef GRT_CUDA_TILE_H
#define GRT_CUDA_TILE_H

#include <stdint.h>

/* The shared memory of a block that computes ROWS x COLUMNS elements, each thread HIGH x WIDE of
 * them.  DEPTH terms are there at once, and the next while these are multiplied.  PADDING keeps
 * threads that store neighbours along k out of each other's banks. */
template <typename T, int ROWS, int COLUMNS, int HIGH, int WIDE> struct GrtTile {
    enum {
        DEPTH = 8,
        PADDING = 4,
        DOWN = ROWS / HIGH,
        ACROSS = COLUMNS / WIDE,
        THREADS = DOWN * ACROSS,
        A_LOADS = (ROWS * DEPTH + THREADS - 1) / THREADS,
        B_LOADS = (COLUMNS * DEPTH + THREADS - 1) / THREADS
    };
    struct Operands {
        T a[2][DEPTH][ROWS + PADDING];
        T b[2][DEPTH][COLUMNS + PADDING];
    };
    union alignas(16) {
        Operands in;
        T out[DOWN][COLUMNS]; /* one row of each thread's elements */
    };
};

/* sum + a b.  Integers wrap around, as in C: they are computed without sign. */
template <typename T> static __device__ __forceinline__ T grt_tile_add(T sum, T a, T b)
{
    return (T)((uint64_t)sum + (uint64_t)a * (uint64_t)b);
}

static __device__ __forceinline__ int32_t grt_tile_add(int32_t sum, int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)sum + (uint32_t)a * (uint32_t)b);
}

static __device__ __forceinline__ float grt_tile_add(float sum, float a, float b)
{
    return sum + a * b;
}

static __device__ __forceinline__ double grt_tile_add(double sum, double a, double b)
{
    return sum + a * b;
}

/* This thread's share of DEPTH terms of an operand, from k on: 0 outside of it.  Neighbouring
 * threads read neighbours along the sum, or across it. */
template <bool ALONG_SUM, int SIZE, int DEPTH, int THREADS, int LOADS, typename T, typename Index,
          typename Operand>
static __device__ __forceinline__ void grt_tile_read(T (&next)[LOADS], Index first, Index size,
                                                     Index k, Index inner, Operand operand)
{
#pragma unroll
    for (int n = 0; n < LOADS; n++) {
        const int element = (int)threadIdx.x + n * THREADS;
        const Index across = first + (ALONG_SUM ? element / DEPTH : element % SIZE);
        const Index term = k + (ALONG_SUM ? element % DEPTH : element / SIZE);
        const bool there = element < SIZE * DEPTH && across < size && term < inner;
        next[n] = there ? operand(across, term) : T(0);
    }
}

/* Puts what was read into its place in shared memory. */
template <bool ALONG_SUM, int SIZE, int DEPTH, int THREADS, int LOADS, typename T, int STRIDE>
static __device__ __forceinline__ void grt_tile_keep(T (&kept)[DEPTH][STRIDE],
                                                     const T (&next)[LOADS])
{
#pragma unroll
    for (int n = 0; n < LOADS; n++) {
        const int element = (int)threadIdx.x + n * THREADS;
        if (element < SIZE * DEPTH)
            kept[ALONG_SUM ? element % DEPTH : element / SIZE]
                [ALONG_SUM ? element / DEPTH : element % SIZE] = next[n];
    }
}

/* The w-th column of a thread: in groups of four that are read at once, and those of neighbouring
 * threads side by side. */
template <int WIDE, int ACROSS>
static __device__ __forceinline__ int grt_tile_column(int across, int w)
{
    constexpr int GROUP = WIDE < 4 ? WIDE : 4;
    return (w / GROUP * ACROSS + across) * GROUP + w % GROUP;
}

/* Converted to T, whatever it is. */
template <typename T> struct GrtAs {
    using type = T;
};

/* One block's tile, by all of its THREADS threads: rows from first_row on, columns likewise; what
 * lies behind `rows` and `columns` is left out. */
template <bool A_ALONG_SUM, bool B_ALONG_SUM, typename T, int ROWS, int COLUMNS, int HIGH, int WIDE,
          typename Index, typename A, typename B, typename Finish>
static __device__ __forceinline__ void
grt_tile(GrtTile<T, ROWS, COLUMNS, HIGH, WIDE> &tile, Index first_row, Index first_column,
         typename GrtAs<Index>::type rows, typename GrtAs<Index>::type columns,
         typename GrtAs<Index>::type inner, A a, B b, Finish finish)
{
    using Tile = GrtTile<T, ROWS, COLUMNS, HIGH, WIDE>;
    constexpr int DEPTH = Tile::DEPTH, THREADS = Tile::THREADS, ACROSS = Tile::ACROSS;
    const int down = (int)threadIdx.x / ACROSS, across = (int)threadIdx.x % ACROSS;
    const auto b_turned = [&](Index j, Index k) { return b(k, j); };
    T next_a[Tile::A_LOADS], next_b[Tile::B_LOADS], sum[HIGH][WIDE] = {};
    for (Index k = 0, turn = 0; k < inner || k == 0; k += DEPTH, turn ^= 1) {
        if (k == 0) {
            grt_tile_read<A_ALONG_SUM, ROWS, DEPTH, THREADS>(next_a, first_row, rows, k, inner, a);
            grt_tile_read<B_ALONG_SUM, COLUMNS, DEPTH, THREADS>(next_b, first_column, columns, k,
                                                                inner, b_turned);
        }
        grt_tile_keep<A_ALONG_SUM, ROWS, DEPTH, THREADS>(tile.in.a[turn], next_a);
        grt_tile_keep<B_ALONG_SUM, COLUMNS, DEPTH, THREADS>(tile.in.b[turn], next_b);
        __syncthreads();
        if (k + DEPTH < inner) { /* on their way while these are multiplied */
            grt_tile_read<A_ALONG_SUM, ROWS, DEPTH, THREADS>(next_a, first_row, rows, k + DEPTH,
                                                             inner, a);
            grt_tile_read<B_ALONG_SUM, COLUMNS, DEPTH, THREADS>(next_b, first_column, columns,
                                                                k + DEPTH, inner, b_turned);
        }
#pragma unroll(HIGH *WIDE >= 64 ? 1 : DEPTH) /* large tiles have no registers to spare */
        for (int term = 0; term < DEPTH; term++) {
            T left[HIGH], right[WIDE];
#pragma unroll
            for (int h = 0; h < HIGH; h++)
                left[h] = tile.in.a[turn][term][down * HIGH + h];
#pragma unroll
            for (int w = 0; w < WIDE; w++)
                right[w] = tile.in.b[turn][term][grt_tile_column<WIDE, ACROSS>(across, w)];
#pragma unroll
            for (int h = 0; h < HIGH; h++)
#pragma unroll
                for (int w = 0; w < WIDE; w++)
                    sum[h][w] = grt_tile_add(sum[h][w], left[h], right[w]);
        }
    }
    /* By way of shared memory, so that neighbouring threads finish neighbouring columns. */
#pragma unroll
    for (int h = 0; h < HIGH; h++) {
        __syncthreads();
#pragma unroll
        for (int w = 0; w < WIDE; w++)
            tile.out[down][grt_tile_column<WIDE, ACROSS>(across, w)] = sum[h][w];
        __syncthreads();
#pragma unroll 1
        for (int element = (int)threadIdx.x; element < Tile::DOWN * COLUMNS; element += THREADS) {
            const Index i = first_row + element / COLUMNS * HIGH + h;
            const Index j = first_column + element % COLUMNS;
            if (i < rows && j < columns)
                finish(i, j, tile.out[element / COLUMNS][element % COLUMNS]);
        }
    }
}

#endif
