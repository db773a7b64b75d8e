// gpu_products.cu -- the device functions of products by themselves: every size of tile that gradc chooses, in both
// orders of reading, a team's products, and cuBLAS's wrappers in all transpositions, against plain loops.
//
// Factors are small whole numbers, so that no sum is rounded: results are equal, or wrong.  Ends with status 1, and says
// where, if one is.
#include <cuda_runtime.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "grt_cuda_blas.h"
#include "grt_cuda_team.h"

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        const cudaError_t error = (call);                                                                              \
        if (error != cudaSuccess) {                                                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(error));                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define CHECK_BLAS(call)                                                                                               \
    do {                                                                                                               \
        const cublasStatus_t status = (call);                                                                          \
        if (status != CUBLAS_STATUS_SUCCESS) {                                                                         \
            fprintf(stderr, "%s:%d: cuBLAS: %d\n", __FILE__, __LINE__, (int)status);                                   \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { TEAM = 64, TEAMS = 3 };

static int wrong;

static int factor(int row, int column)
{
    return (row * 7 + column * 5) % 11 - 5;
}

/* y[i, j] = 2 sum + j, of a[rows, inner] and b[inner, columns], either transposed. */
#define TILE_KERNEL(NAME, T, ROWS, COLUMNS, HIGH, WIDE, A_ALONG, B_ALONG)                                              \
    static __global__ void __launch_bounds__(ROWS / HIGH *COLUMNS / WIDE)                                              \
        NAME(int rows, int columns, int inner, const T *__restrict__ a, const T *__restrict__ b, T *__restrict__ y)    \
    {                                                                                                                  \
        using Tile = GrtTile<T, ROWS, COLUMNS, HIGH, WIDE>;                                                            \
        __shared__ Tile tile;                                                                                          \
        const int across = (columns + COLUMNS - 1) / COLUMNS;                                                          \
        const int row = (int)blockIdx.x / across * ROWS, column = (int)blockIdx.x % across * COLUMNS;                  \
        grt_tile<A_ALONG, B_ALONG>(                                                                                    \
            tile, row, column, rows, columns, inner,                                                                   \
            [&](int i, int k) { return A_ALONG ? a[i * inner + k] : a[k * rows + i]; },                                \
            [&](int k, int j) { return B_ALONG ? b[j * inner + k] : b[k * columns + j]; },                             \
            [&](int i, int j, T sum) { y[i * columns + j] = 2 * sum + T(j); });                                        \
    }

TILE_KERNEL(k_big, float, 128, 128, 8, 8, true, false)
TILE_KERNEL(k_big_turned, float, 128, 128, 8, 8, false, true)
TILE_KERNEL(k_high, float, 128, 64, 8, 4, true, false)
TILE_KERNEL(k_square, float, 64, 64, 4, 4, true, false)
TILE_KERNEL(k_square_turned, float, 64, 64, 4, 4, false, true)
TILE_KERNEL(k_square_f64, double, 64, 64, 4, 4, false, false)
TILE_KERNEL(k_square_i8, int8_t, 64, 64, 4, 4, true, true)
TILE_KERNEL(k_small, float, 32, 32, 4, 4, true, false)
TILE_KERNEL(k_small_i64, int64_t, 32, 32, 4, 4, false, true)
TILE_KERNEL(k_tall, float, 128, 32, 4, 4, true, true)
TILE_KERNEL(k_broad, float, 32, 128, 4, 4, false, false)
TILE_KERNEL(k_few_columns, float, 128, 16, 4, 2, true, false)
TILE_KERNEL(k_few_columns_small, float, 32, 16, 2, 2, false, true)
TILE_KERNEL(k_few_rows, float, 16, 128, 2, 4, true, true)
TILE_KERNEL(k_few_rows_small, float, 16, 32, 2, 2, false, false)

/* The same by teams, one for each of TEAMS matrices, from shared memory: by all threads, */
template <typename T, int ROWS, int COLUMNS, int HIGH, int WIDE, bool A_ALONG, bool B_ALONG, typename A, typename B>
static __device__ void multiply(int lane, int rows, int columns, int inner, A a, B b, T *y)
{
    grt_team_tile<T, ROWS, COLUMNS, HIGH, WIDE, TEAM, A_ALONG, B_ALONG>(
        lane, rows, columns, inner, a, b, [&](int i, int j, T sum) { y[i * columns + j] = 2 * sum + T(j); });
}

/* the upper rows by one half of the threads, the lower ones by the other, */
template <typename T, int ROWS, int COLUMNS, int HIGH, int WIDE, bool A_ALONG, bool B_ALONG, typename A, typename B>
static __device__ void multiply_by_halves(int lane, int rows, int columns, int inner, A a, B b, T *y)
{
    const int upper = (rows + 1) / 2, lower = rows - upper;
    grt_team_tile<T, ROWS, COLUMNS, HIGH, WIDE, TEAM / 2, A_ALONG, B_ALONG>(
        lane, upper, columns, inner, a, b, [&](int i, int j, T sum) { y[i * columns + j] = 2 * sum + T(j); });
    if (lower > 0)
        grt_team_tile<T, ROWS, COLUMNS, HIGH, WIDE, TEAM / 2, A_ALONG, B_ALONG>(
            lane - TEAM / 2, lower, columns, inner, [&](int i, int k) { return a(upper + i, k); }, b,
            [&](int i, int j, T sum) { y[(upper + i) * columns + j] = 2 * sum + T(j); });
}

/* and in sums that stay in registers: some terms, then the others, from i + j on. */
template <typename T, int ROWS, int COLUMNS, int HIGH, int WIDE, bool A_ALONG, bool B_ALONG, typename A, typename B>
static __device__ void add_up(int lane, int rows, int columns, int inner, A a, B b, T *y)
{
    const int some = inner / 3;
    GrtTeamSums<T, ROWS, COLUMNS, HIGH, WIDE, TEAM> sums;
    grt_team_each<int>(lane, sums, rows, columns, [&](int i, int j, T &sum) { sum = T(i + j); });
    grt_team_add<A_ALONG, B_ALONG, int>(lane, sums, rows, columns, some, a, b,
                                        [&](int i, int, T sum) { return sum - T(i); });
    grt_team_add<A_ALONG, B_ALONG, int>(
        lane, sums, rows, columns, inner - some, [&](int i, int k) { return 2 * a(i, some + k); },
        [&](int k, int j) { return b(some + k, j); }, [&](int, int j, T sum) { return 2 * sum - T(j); });
    grt_team_each<int>(lane, sums, rows, columns, [&](int i, int j, T &sum) { y[i * columns + j] = sum; });
}

#define TEAM_KERNEL(NAME, FUNCTION, T, ROWS, COLUMNS, HIGH, WIDE, A_ALONG, B_ALONG)                                    \
    static __global__ void __launch_bounds__(TEAM)                                                                     \
        NAME(int rows, int columns, int inner, const T *__restrict__ a, const T *__restrict__ b, T *__restrict__ y)    \
    {                                                                                                                  \
        __align__(16) __shared__ T a_kept[2048];                                                                       \
        __align__(16) __shared__ T b_kept[2048];                                                                       \
        const int lane = (int)threadIdx.x, team = (int)blockIdx.x;                                                     \
        for (int e = lane; e < rows * inner; e += TEAM)                                                                \
            a_kept[e] = a[team * rows * inner + e];                                                                    \
        for (int e = lane; e < inner * columns; e += TEAM)                                                             \
            b_kept[e] = b[team * inner * columns + e];                                                                 \
        __syncthreads();                                                                                               \
        FUNCTION<T, ROWS, COLUMNS, HIGH, WIDE, A_ALONG, B_ALONG>(                                                      \
            lane, rows, columns, inner, [&](int i, int k) { return a_kept[A_ALONG ? i * inner + k : k * rows + i]; },  \
            [&](int k, int j) { return b_kept[B_ALONG ? j * inner + k : k * columns + j]; },                           \
            y + team * rows * columns);                                                                                \
    }

TEAM_KERNEL(k_team, multiply, float, 40, 64, 4, 4, true, false)
TEAM_KERNEL(k_team_turned, multiply, float, 40, 64, 8, 4, false, true)
TEAM_KERNEL(k_team_narrow, multiply, float, 41, 64, 4, 1, true, true)
TEAM_KERNEL(k_team_one, multiply, float, 40, 65, 1, 1, false, false)
TEAM_KERNEL(k_team_f64, multiply, double, 40, 64, 4, 2, true, false)
TEAM_KERNEL(k_halves, multiply_by_halves, float, 20, 64, 4, 4, true, true)
TEAM_KERNEL(k_halves_turned, multiply_by_halves, float, 20, 64, 2, 2, false, false)
TEAM_KERNEL(k_sums, add_up, float, 40, 64, 4, 4, true, false)
TEAM_KERNEL(k_sums_turned, add_up, float, 40, 64, 8, 4, false, false)
TEAM_KERNEL(k_sums_few, add_up, float, 33, 64, 8, 4, false, true)
TEAM_KERNEL(k_sums_odd, add_up, float, 41, 66, 2, 1, true, true)
TEAM_KERNEL(k_sums_f64, add_up, double, 40, 64, 4, 4, true, false)

/* `count` matrices, element (row, column) of each a small whole number; on the device. */
template <typename T> static T *matrices(int count, int rows, int columns, bool turned)
{
    const size_t elements = (size_t)count * rows * columns;
    T *host = (T *)malloc(elements * sizeof(T)), *device;
    CHECK(cudaMalloc((void **)&device, elements * sizeof(T)));
    for (int n = 0; n < count; n++)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                host[((size_t)n * rows + (turned ? 0 : i)) * columns + (turned ? (size_t)j * rows + i : j)] =
                    T(factor(i + n, j));
    CHECK(cudaMemcpy(device, host, elements * sizeof(T), cudaMemcpyHostToDevice));
    free(host);
    return device;
}

template <typename T> static T *results(int count, int rows, int columns)
{
    T *device;
    CHECK(cudaMalloc((void **)&device, (size_t)count * rows * columns * sizeof(T)));
    return device;
}

/* What came of it; the first wrong element is told. */
template <typename T>
static void compare(const char *name, int count, int rows, int columns, int inner, T *y, int times, bool adds)
{
    const size_t elements = (size_t)count * rows * columns;
    T *host = (T *)malloc(elements * sizeof(T));
    bool right = true;
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpy(host, y, elements * sizeof(T), cudaMemcpyDeviceToHost));
    for (size_t e = 0; right && e < elements; e++) {
        const int n = (int)(e / columns / rows), i = (int)(e / columns % rows), j = (int)(e % columns);
        T sum = 0;
        for (int k = 0; k < inner; k++)
            sum += T(factor(i + n, k)) * T(factor(k + n, j));
        sum = T(times) * sum + (adds ? T(j) : T(0));
        right = host[e] == sum;
        if (!right)
            printf("%s: %d x %d, sums of %d: [%d, %d, %d] is %g, not %g\n", name, rows, columns, inner, n, i, j,
                   (double)host[e], (double)sum);
    }
    wrong += !right;
    free(host);
    CHECK(cudaFree(y));
}

template <typename T, typename Kernel>
static void try_tile(const char *name, Kernel kernel, int tile_rows, int tile_columns, int threads, int rows,
                     int columns, int inner, bool a_along, bool b_along)
{
    T *a = matrices<T>(1, rows, inner, !a_along), *b = matrices<T>(1, inner, columns, b_along);
    T *y = results<T>(1, rows, columns);
    const int blocks =
        (rows + tile_rows - 1) / tile_rows * ((columns + tile_columns - 1) / tile_columns);
    kernel<<<blocks, threads, 0, 0>>>(rows, columns, inner, a, b, y);
    compare(name, 1, rows, columns, inner, y, 2, true);
    CHECK(cudaFree(a));
    CHECK(cudaFree(b));
}

template <typename T, typename Kernel>
static void try_team(const char *name, Kernel kernel, int rows, int columns, int inner, bool a_along, bool b_along)
{
    T *a = matrices<T>(TEAMS, rows, inner, !a_along), *b = matrices<T>(TEAMS, inner, columns, b_along);
    T *y = results<T>(TEAMS, rows, columns);
    kernel<<<TEAMS, TEAM, 0, 0>>>(rows, columns, inner, a, b, y);
    compare(name, TEAMS, rows, columns, inner, y, 2, true);
    CHECK(cudaFree(a));
    CHECK(cudaFree(b));
}

/* One call that stores, one that adds. */
static void try_blas(cublasHandle_t blas, bool trans_a, bool trans_b, int count)
{
    enum { M = 7, N = 5, K = 11 };
    const int lda = trans_a ? M : K, ldb = trans_b ? K : N;
    float *a = matrices<float>(count, M, K, trans_a), *b = matrices<float>(count, K, N, trans_b);
    double *a64 = matrices<double>(count, M, K, trans_a), *b64 = matrices<double>(count, K, N, trans_b);
    float *y = results<float>(count, M, N);
    double *y64 = results<double>(count, M, N);
    for (int adds = 0; adds < 2; adds++) {
        if (count == 1) {
            CHECK_BLAS(grt_gemm_f32(blas, trans_a, trans_b, M, N, K, a, lda, b, ldb, adds, y, N));
            CHECK_BLAS(grt_gemm_f64(blas, trans_a, trans_b, M, N, K, a64, lda, b64, ldb, adds, y64, N));
        } else {
            CHECK_BLAS(grt_gemm_batch_f32(blas, trans_a, trans_b, M, N, K, a, lda, M * K, b, ldb, K * N, adds, y, N,
                                          M * N, count));
            CHECK_BLAS(grt_gemm_batch_f64(blas, trans_a, trans_b, M, N, K, a64, lda, M * K, b64, ldb, K * N, adds, y64,
                                          N, M * N, count));
        }
    }
    compare("cuBLAS f32", count, M, N, K, y, 2, false);
    compare("cuBLAS f64", count, M, N, K, y64, 2, false);
    CHECK(cudaFree(a));
    CHECK(cudaFree(b));
    CHECK(cudaFree(a64));
    CHECK(cudaFree(b64));
}

int main(void)
{
    static const int sizes[][3] = {{1, 1, 1},   {1, 7, 9},   {31, 33, 32}, {32, 31, 8}, {129, 2, 7},
                                   {3, 131, 17}, {37, 67, 0}, {65, 16, 25}, {130, 133, 3}};
    for (const auto &s : sizes) {
#define TRY(NAME, T, ROWS, COLUMNS, HIGH, WIDE, A_ALONG, B_ALONG)                                                      \
    try_tile<T>(#NAME, NAME, ROWS, COLUMNS, ROWS / HIGH * COLUMNS / WIDE, s[0], s[1], s[2], A_ALONG, B_ALONG)
        TRY(k_big, float, 128, 128, 8, 8, true, false);
        TRY(k_big_turned, float, 128, 128, 8, 8, false, true);
        TRY(k_high, float, 128, 64, 8, 4, true, false);
        TRY(k_square, float, 64, 64, 4, 4, true, false);
        TRY(k_square_turned, float, 64, 64, 4, 4, false, true);
        TRY(k_square_f64, double, 64, 64, 4, 4, false, false);
        TRY(k_square_i8, int8_t, 64, 64, 4, 4, true, true);
        TRY(k_small, float, 32, 32, 4, 4, true, false);
        TRY(k_small_i64, int64_t, 32, 32, 4, 4, false, true);
        TRY(k_tall, float, 128, 32, 4, 4, true, true);
        TRY(k_broad, float, 32, 128, 4, 4, false, false);
        TRY(k_few_columns, float, 128, 16, 4, 2, true, false);
        TRY(k_few_columns_small, float, 32, 16, 2, 2, false, true);
        TRY(k_few_rows, float, 16, 128, 2, 4, true, true);
        TRY(k_few_rows_small, float, 16, 32, 2, 2, false, false);
#undef TRY
    }
    static const int team_sizes[][3] = {{1, 1, 1},    {33, 5, 31}, {7, 64, 17}, {31, 31, 32},
                                        {3, 2, 257}, {40, 64, 31}, {2, 9, 0}};
    for (const auto &s : team_sizes) {
#define TRY(NAME, T, A_ALONG, B_ALONG) try_team<T>(#NAME, NAME, s[0], s[1], s[2], A_ALONG, B_ALONG)
        TRY(k_team, float, true, false);
        TRY(k_team_turned, float, false, true);
        TRY(k_team_narrow, float, true, true);
        TRY(k_team_one, float, false, false);
        TRY(k_team_f64, double, true, false);
        TRY(k_halves, float, true, true);
        TRY(k_halves_turned, float, false, false);
        TRY(k_sums, float, true, false);
        TRY(k_sums_turned, float, false, false);
        TRY(k_sums_few, float, false, true);
        TRY(k_sums_odd, float, true, true);
        TRY(k_sums_f64, double, true, false);
#undef TRY
    }
    cublasHandle_t blas;
    cudaStream_t stream;
    void *workspace;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMalloc(&workspace, GRT_BLAS_WORKSPACE));
    CHECK_BLAS(grt_blas_open(&blas, stream, workspace, false));
    for (int kind = 0; kind < 4; kind++)
        for (int count = 1; count <= 3; count += 2)
            try_blas(blas, kind & 1, kind & 2, count);
    CHECK_BLAS(cublasDestroy(blas));
    CHECK(cudaFree(workspace));
    CHECK(cudaStreamDestroy(stream));
    printf("%d wrong\n", wrong);
    return wrong > 0;
}
