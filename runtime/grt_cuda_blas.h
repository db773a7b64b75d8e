/* grt_cuda_blas.h -- products of row-major matrices by cuBLAS, whose own are column-major: what
 * lies row by row as m x n lies column by column as n x m, so c = a b is asked for as c' = b' a'.
 *
 *     grt_gemm_f32(blas, false, true, batch, 128, 784, x, 784, w, 784, false, y, 128)
 *                                                                y = x transpose(w)
 *
 * a is m x k (k x m in memory if it is transposed), b k x n, c m x n; lda, ldb and ldc are the
 * distances from row to row in memory, in elements. */
#ifndef GRT_CUDA_BLAS_H
#define GRT_CUDA_BLAS_H

#include <cublas_v2.h>

/* Enough for cuBLAS on all devices (it asks for 32 MiB on the largest).  It is given before a graph
 * is captured, in which nothing may be allocated; and with memory of its own on one stream, cuBLAS
 * gives the same bits in each run. */
enum { GRT_BLAS_WORKSPACE = 32 << 20 };

/* A handle for one stream.  tf32: factors of f32 products may be rounded to 11 significant bits. */
static inline cublasStatus_t grt_blas_open(cublasHandle_t *blas, cudaStream_t stream,
                                           void *workspace, bool tf32)
{
    cublasStatus_t status = cublasCreate(blas);
    if (status == CUBLAS_STATUS_SUCCESS)
        status = cublasSetStream(*blas, stream); /* first: it takes the workspace away */
    if (status == CUBLAS_STATUS_SUCCESS)
        status = cublasSetWorkspace(*blas, workspace, GRT_BLAS_WORKSPACE);
    if (status == CUBLAS_STATUS_SUCCESS)
        status = cublasSetMathMode(*blas, tf32 ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH);
    return status;
}

/* c = a b, or c + a b. */
#define GRT_GEMM(NAME, T, CALL)                                                                  \
    static inline cublasStatus_t NAME(cublasHandle_t blas, bool trans_a, bool trans_b, int m,    \
                                      int n, int k, const T *a, int lda, const T *b, int ldb,    \
                                      bool accumulate, T *c, int ldc)                            \
    {                                                                                            \
        const T one = 1, before = accumulate ? 1 : 0;                                            \
        return CALL(blas, trans_b ? CUBLAS_OP_T : CUBLAS_OP_N,                                   \
                    trans_a ? CUBLAS_OP_T : CUBLAS_OP_N, n, m, k, &one, b, ldb, a, lda, &before, \
                    c, ldc);                                                                     \
    }

/* The same for `count` products, whose matrices lie a_step, b_step and c_step elements apart. */
#define GRT_GEMM_BATCH(NAME, T, CALL)                                                           \
    static inline cublasStatus_t NAME(cublasHandle_t blas, bool trans_a, bool trans_b, int m,   \
                                      int n, int k, const T *a, int lda, long long a_step,      \
                                      const T *b, int ldb, long long b_step, bool accumulate,   \
                                      T *c, int ldc, long long c_step, int count)               \
    {                                                                                           \
        const T one = 1, before = accumulate ? 1 : 0;                                           \
        return CALL(blas, trans_b ? CUBLAS_OP_T : CUBLAS_OP_N,                                  \
                    trans_a ? CUBLAS_OP_T : CUBLAS_OP_N, n, m, k, &one, b, ldb, b_step, a, lda, \
                    a_step, &before, c, ldc, c_step, count);                                    \
    }

GRT_GEMM(grt_gemm_f32, float, cublasSgemm)
GRT_GEMM(grt_gemm_f64, double, cublasDgemm)
GRT_GEMM_BATCH(grt_gemm_batch_f32, float, cublasSgemmStridedBatched)
GRT_GEMM_BATCH(grt_gemm_batch_f64, double, cublasDgemmStridedBatched)

#undef GRT_GEMM
#undef GRT_GEMM_BATCH

#endif
