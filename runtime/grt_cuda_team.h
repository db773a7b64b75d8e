/* grt_cuda_team.h -- products of a team within a kernel that does other things too: attention.
 *
 * Operands are functions, best of shared memory; each thread computes HIGH x WIDE elements at a
 * time in registers.  A program calls
 *
 *     grt_team_tile<float, 32, 64, 4, 4, 128, true, false>(lane, rows, columns, inner,
 *         [&](int i, int k) { return t_s[i * 36 + k]; },
 *         [&](int k, int j) { return t_v[k * 68 + j]; },
 *         [&](int i, int j, float sum) { t_o[i * 64 + j] = sum; });
 *
 * for up to 32 x 64 elements by 128 threads.  The terms of a sum are added in order.
 *
 * Neighbours in memory are read at once, 128 bits, where arrays begin at 16 bytes and rows are so
 * long: four terms of an operand whose neighbours lie along the sum; else the elements side by side
 * of a thread. */
#ifndef GRT_CUDA_TEAM_H
#define GRT_CUDA_TEAM_H

#include "grt_cuda_tile.h"

/* Which elements are a thread's: HIGH rows and WIDE columns, side by side or, where operands lie
 * along the sum, apart, so that neighbouring threads read from neighbouring rows, and other banks.
 * Two neighbours have one group of columns, so that a load at 128 bits has half the addresses. */
template <typename Index, int ROWS, int COLUMNS, int HIGH, int WIDE, bool ROWS_APART,
          bool COLUMNS_APART>
struct GrtTeamPart {
    static constexpr int DOWN = (ROWS + HIGH - 1) / HIGH, ACROSS = (COLUMNS + WIDE - 1) / WIDE;
    static constexpr int PAIR = DOWN % 2 ? 1 : 2;
    Index down, across, rows, columns;

    __device__ __forceinline__ GrtTeamPart(int part, Index row_count, Index column_count)
        : down(Index(part / (PAIR * ACROSS) * PAIR + part % PAIR)),
          across(Index(part / PAIR % ACROSS)), rows(row_count), columns(column_count)
    {
    }
    __device__ __forceinline__ Index row(int h) const
    {
        return ROWS_APART ? down + h * DOWN : down * HIGH + h;
    }
    __device__ __forceinline__ Index column(int w) const
    {
        return COLUMNS_APART ? across + w * ACROSS : across * WIDE + w;
    }
    /* All elements of all threads, as the compiler sees where the counts are constants. */
    __device__ __forceinline__ bool has_row(int h) const
    {
        return (ROWS % HIGH == 0 && rows == ROWS) || row(h) < rows;
    }
    __device__ __forceinline__ bool has_column(int w) const
    {
        return (COLUMNS % WIDE == 0 && columns == COLUMNS) || column(w) < columns;
    }
    /* There is always one to read, used or not. */
    __device__ __forceinline__ Index row_to_read(int h) const
    {
        return has_row(h) ? row(h) : rows - 1;
    }
    __device__ __forceinline__ Index column_to_read(int w) const
    {
        return has_column(w) ? column(w) : columns - 1;
    }
};

/* TERMS terms from k on. */
template <int TERMS, typename Index, typename T, int HIGH, int WIDE, typename Part, typename A,
          typename B>
static __device__ __forceinline__ void grt_team_terms(const Part &part, Index k,
                                                      T (&sum)[HIGH][WIDE], A a, B b)
{
    T left[HIGH][TERMS], right[WIDE][TERMS];
#pragma unroll
    for (int h = 0; h < HIGH; h++)
#pragma unroll
        for (int t = 0; t < TERMS; t++)
            left[h][t] = a(part.row_to_read(h), k + t);
#pragma unroll
    for (int t = 0; t < TERMS; t++)
#pragma unroll
        for (int w = 0; w < WIDE; w++)
            right[w][t] = b(k + t, part.column_to_read(w));
#pragma unroll
    for (int t = 0; t < TERMS; t++)
#pragma unroll
        for (int h = 0; h < HIGH; h++)
#pragma unroll
            for (int w = 0; w < WIDE; w++)
                sum[h][w] = grt_tile_add(sum[h][w], left[h][t], right[w][t]);
}

template <bool ALONG_SUM, typename Index, typename T, int HIGH, int WIDE, typename Part, typename A,
          typename B>
static __device__ __forceinline__ void grt_team_sum(const Part &part, Index inner,
                                                    T (&sum)[HIGH][WIDE], A a, B b)
{
    constexpr int TERMS = ALONG_SUM ? 4 : 2;
    Index k = 0;
#pragma unroll 1
    for (; k + TERMS <= inner; k += TERMS)
        grt_team_terms<TERMS>(part, k, sum, a, b);
#pragma unroll 1
    for (; k < inner; k++)
        grt_team_terms<1>(part, k, sum, a, b);
}

/* A product by THREADS threads of the team; others, whose lane is none of theirs, do nothing. */
template <typename T, int ROWS, int COLUMNS, int HIGH, int WIDE, int THREADS, bool A_ALONG_SUM,
          bool B_ALONG_SUM, typename Index, typename A, typename B, typename Finish>
static __device__ __forceinline__ void
grt_team_tile(int lane, Index rows, typename GrtAs<Index>::type columns,
              typename GrtAs<Index>::type inner, A a, B b, Finish finish)
{
    using Part = GrtTeamPart<Index, ROWS, COLUMNS, HIGH, WIDE, A_ALONG_SUM, B_ALONG_SUM>;
    if (lane < 0 || lane >= THREADS)
        return;
#pragma unroll 1
    for (int turn = lane; turn < Part::DOWN * Part::ACROSS; turn += THREADS) {
        const Part part(turn, rows, columns);
        T sum[HIGH][WIDE] = {};
        grt_team_sum<A_ALONG_SUM || B_ALONG_SUM>(part, inner, sum, a, b);
#pragma unroll
        for (int h = 0; h < HIGH; h++)
#pragma unroll
            for (int w = 0; w < WIDE; w++)
                if (part.has_row(h) && part.has_column(w))
                    finish(part.row(h), part.column(w), sum[h][w]);
    }
}

/* ---- sums that stay in registers from product to product ---- */

/* Those of a thread, of ROWS x COLUMNS. */
template <typename T, int ROWS, int COLUMNS, int HIGH, int WIDE, int THREADS> struct GrtTeamSums {
    template <typename Index>
    using Part = GrtTeamPart<Index, ROWS, COLUMNS, HIGH, WIDE, false, false>;
    static constexpr int PARTS = Part<int>::DOWN * Part<int>::ACROSS;
    static constexpr int TURNS = (PARTS + THREADS - 1) / THREADS;
    T of[TURNS][HIGH][WIDE];
};

/* For each of the thread's elements; `each` may change it. */
template <typename Index, typename T, int ROWS, int COLUMNS, int HIGH, int WIDE, int THREADS,
          typename Each>
static __device__ __forceinline__ void
grt_team_each(int lane, GrtTeamSums<T, ROWS, COLUMNS, HIGH, WIDE, THREADS> &sums, Index rows,
              typename GrtAs<Index>::type columns, Each each)
{
    using Sums = GrtTeamSums<T, ROWS, COLUMNS, HIGH, WIDE, THREADS>;
#pragma unroll
    for (int turn = 0; turn < Sums::TURNS; turn++) {
        const typename Sums::template Part<Index> part(lane + turn * THREADS, rows, columns);
#pragma unroll
        for (int h = 0; h < HIGH; h++)
#pragma unroll
            for (int w = 0; w < WIDE; w++)
                if (lane + turn * THREADS < Sums::PARTS && part.has_row(h) && part.has_column(w))
                    each(part.row(h), part.column(w), sums.of[turn][h][w]);
    }
}

/* A product is added to the sums, each of which `start` may change first. */
template <bool A_ALONG_SUM, bool B_ALONG_SUM, typename Index, typename T, int ROWS, int COLUMNS,
          int HIGH, int WIDE, int THREADS, typename A, typename B, typename Start>
static __device__ __forceinline__ void
grt_team_add(int lane, GrtTeamSums<T, ROWS, COLUMNS, HIGH, WIDE, THREADS> &sums, Index rows,
             typename GrtAs<Index>::type columns, typename GrtAs<Index>::type inner, A a, B b,
             Start start)
{
    using Sums = GrtTeamSums<T, ROWS, COLUMNS, HIGH, WIDE, THREADS>;
#pragma unroll
    for (int turn = 0; turn < Sums::TURNS; turn++) {
        if (lane + turn * THREADS >= Sums::PARTS)
            continue;
        const typename Sums::template Part<Index> part(lane + turn * THREADS, rows, columns);
#pragma unroll
        for (int h = 0; h < HIGH; h++)
#pragma unroll
            for (int w = 0; w < WIDE; w++)
                if (part.has_row(h) && part.has_column(w))
                    sums.of[turn][h][w] = start(part.row(h), part.column(w), sums.of[turn][h][w]);
        grt_team_sum<A_ALONG_SUM || B_ALONG_SUM>(part, inner, sums.of[turn], a, b);
    }
}

#endif
