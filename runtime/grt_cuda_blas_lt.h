/* grt_cuda_blas_lt.h -- products of row-major matrices, and what becomes of each element, by
 * cuBLASLt: what is multiplied, and how it lies, as in grt_cuda_blas.h.
 *
 *     grt_gemm_then_f32(cuda, stream, false, true, batch, 128, 784, x, 784, w, 784, y, 128, b,
 *                       GRT_RELU)                   y = relu(x transpose(w) + b)
 *
 * The algorithm for a product is chosen once, by cuBLASLt's heuristic, and kept: the next call has
 * the same, and so has the graph that is captured of it.  Where the heuristic knows none, the
 * product is cuBLAS's and the rest a kernel's.  Nothing is allocated: descriptors lie on the stack,
 * what was chosen lies in GrtCuda. */
#ifndef GRT_CUDA_BLAS_LT_H
#define GRT_CUDA_BLAS_LT_H

enum GrtActivation { GRT_LINEAR, GRT_RELU, GRT_GELU };

/* ---- without cuBLASLt ---- */

/* The elements of `count` matrices of n columns, c_step apart, once their product is there. */
static __global__ void __launch_bounds__(256) grt_epilogue(int64_t m, int n, int count, float *c,
                                                           int ldc, long long c_step,
                                                           const float *bias, int activation)
{
    const int64_t all = m * n * count, turns = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < all; i += turns) {
        const int column = (int)(i % n);
        float *element = c + i / (m * n) * c_step + i / n % m * ldc + column;
        const float x = bias ? *element + bias[column] : *element;
        const float cubic = x + 0.044715f * x * x * x;
        *element = activation == GRT_LINEAR ? x
                   : activation == GRT_RELU ? (x <= 0.0f ? 0.0f : x)
                                            : 0.5f * x * (1.0f + grt_tanh_f32(0.7978846f * cubic));
    }
}

/* ---- descriptors ---- */

struct GrtLtCall {
    cublasLtMatmulDescOpaque_t product;
    cublasLtMatrixLayoutOpaque_t a, b, c;
};

/* Keeps the first status that is no success. */
static inline void grt_lt_note(cublasStatus_t *status, cublasStatus_t next)
{
    if (*status == CUBLAS_STATUS_SUCCESS)
        *status = next;
}

/* Matrices that lie row by row, as the columns that cuBLASLt sees. */
static inline void grt_lt_layout(cublasStatus_t *status, cublasLtMatrixLayout_t layout, int rows,
                                 int columns, int ld, int32_t count, int64_t step)
{
    grt_lt_note(status, cublasLtMatrixLayoutInit(layout, CUDA_R_32F, (uint64_t)columns,
                                                 (uint64_t)rows, ld));
    if (count == 1)
        return;
    grt_lt_note(status, cublasLtMatrixLayoutSetAttribute(
                            layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count));
    grt_lt_note(status,
                cublasLtMatrixLayoutSetAttribute(
                    layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &step, sizeof step));
}

static inline cublasLtEpilogue_t grt_lt_epilogue(const float *bias, GrtActivation activation)
{
    switch (activation) {
    case GRT_RELU:
        return bias ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_RELU;
    case GRT_GELU:
        return bias ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_GELU;
    default:
        return bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
    }
}

static inline void grt_lt_product(cublasStatus_t *status, cublasLtMatmulDesc_t product,
                                  bool trans_first, bool trans_second, const float *bias,
                                  GrtActivation activation)
{
    const cublasOperation_t first = trans_first ? CUBLAS_OP_T : CUBLAS_OP_N,
                            second = trans_second ? CUBLAS_OP_T : CUBLAS_OP_N;
    const cublasLtEpilogue_t epilogue = grt_lt_epilogue(bias, activation);
    grt_lt_note(status, cublasLtMatmulDescInit(product,
                                               GRT_TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                        : CUBLAS_COMPUTE_32F,
                                               CUDA_R_32F));
    grt_lt_note(status, cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA,
                                                       &first, sizeof first));
    grt_lt_note(status, cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSB,
                                                       &second, sizeof second));
    grt_lt_note(status, cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_EPILOGUE,
                                                       &epilogue, sizeof epilogue));
    if (bias)
        grt_lt_note(status, cublasLtMatmulDescSetAttribute(
                                product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias));
}

/* ---- algorithms ---- */

/* Of how many bytes the address is a multiple, up to what a device allocates at. */
static inline uint32_t grt_lt_alignment(const void *address)
{
    const uintptr_t bit = (uintptr_t)address & (0 - (uintptr_t)address);
    return bit > 0 && bit < GRT_CUDA_ALIGN ? (uint32_t)bit : (uint32_t)GRT_CUDA_ALIGN;
}

/* Asks cuBLASLt; none found: plan->known stays false. */
static inline void grt_lt_choose(GrtCuda *cuda, GrtLtCall *call, GrtLtPlan *plan)
{
    static const cublasLtMatmulPreferenceAttributes_t aligned[] = {
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES};
    const size_t workspace = GRT_BLAS_WORKSPACE;
    cublasLtMatmulPreferenceOpaque_t wanted;
    cublasLtMatmulHeuristicResult_t found;
    cublasStatus_t status = cublasLtMatmulPreferenceInit(&wanted);
    int count = 0;
    grt_lt_note(&status, cublasLtMatmulPreferenceSetAttribute(
                             &wanted, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace,
                             sizeof workspace));
    for (int i = 0; i < 4; i++) {
        const uint32_t *alignment = &plan->key.alignment[i < 3 ? i : 2];
        grt_lt_note(&status, cublasLtMatmulPreferenceSetAttribute(&wanted, aligned[i], alignment,
                                                                  sizeof *alignment));
    }
    memset(&found, 0, sizeof found);
    if (status == CUBLAS_STATUS_SUCCESS)
        status = cublasLtMatmulAlgoGetHeuristic((cublasLtHandle_t)cuda->blas, &call->product,
                                                &call->a, &call->b, &call->c, &call->c, &wanted, 1,
                                                &found, &count);
    plan->known = status == CUBLAS_STATUS_SUCCESS && count == 1 &&
                  found.state == CUBLAS_STATUS_SUCCESS && found.workspaceSize <= workspace;
    plan->algorithm = found.algo;
}

/* What was chosen for this product; chosen now if it is new.  Where there is no room to keep it,
 * the same is chosen each time. */
static inline const GrtLtPlan *grt_lt_plan(GrtCuda *cuda, GrtLtCall *call, const GrtLtKey *key)
{
    for (int i = 0; i < cuda->lt_count; i++)
        if (memcmp(&cuda->lt[i].key, key, sizeof *key) == 0)
            return &cuda->lt[i];
    if (cuda->lt_count < GRT_LT_PLANS)
        cuda->lt_count++;
    GrtLtPlan *plan = &cuda->lt[cuda->lt_count - 1];
    plan->key = *key;
    grt_lt_choose(cuda, call, plan);
    return plan;
}

/* ---- products ---- */

static inline cublasStatus_t
grt_gemm_then_batch_f32(GrtCuda *cuda, cudaStream_t stream, bool trans_a, bool trans_b, int m,
                        int n, int k, const float *a, int lda, long long a_step, const float *b,
                        int ldb, long long b_step, float *c, int ldc, long long c_step, int count,
                        const float *bias, GrtActivation activation)
{
    const float one = 1, zero = 0;
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
    GrtLtCall call;
    GrtLtKey key;
    if (m < 1 || n < 1 || count < 1)
        return status;
    memset(&key, 0, sizeof key); /* compared as bytes */
    key = {{trans_a, trans_b, m, n, k, lda, ldb, ldc, count, bias != nullptr, activation},
           {a_step, b_step, c_step},
           {grt_lt_alignment(b), grt_lt_alignment(a), grt_lt_alignment(c)}};
    grt_lt_product(&status, &call.product, trans_b, trans_a, bias, activation);
    grt_lt_layout(&status, &call.a, trans_b ? n : k, trans_b ? k : n, ldb, count, b_step);
    grt_lt_layout(&status, &call.b, trans_a ? k : m, trans_a ? m : k, lda, count, a_step);
    grt_lt_layout(&status, &call.c, m, n, ldc, count, c_step);
    if (status != CUBLAS_STATUS_SUCCESS)
        return status;
    const GrtLtPlan *plan = grt_lt_plan(cuda, &call, &key);
    if (plan->known)
        return cublasLtMatmul((cublasLtHandle_t)cuda->blas, &call.product, &one, b, &call.a, a,
                              &call.b, &zero, c, &call.c, c, &call.c, &plan->algorithm,
                              cuda->blas_work, GRT_BLAS_WORKSPACE, stream);
    status = grt_gemm_batch_f32(cuda->blas, trans_a, trans_b, m, n, k, a, lda, a_step, b, ldb,
                                b_step, false, c, ldc, c_step, count);
    const unsigned blocks = grt_blocks((int64_t)m * n * count, 256);
    grt_epilogue<<<blocks, 256, 0, stream>>>(m, n, count, c, ldc, c_step, bias, activation);
    GRT_LAUNCHED(cuda, "grt_epilogue", 0);
    return status;
}

static inline cublasStatus_t grt_gemm_then_f32(GrtCuda *cuda, cudaStream_t stream, bool trans_a,
                                               bool trans_b, int m, int n, int k, const float *a,
                                               int lda, const float *b, int ldb, float *c, int ldc,
                                               const float *bias, GrtActivation activation)
{
    return grt_gemm_then_batch_f32(cuda, stream, trans_a, trans_b, m, n, k, a, lda, 0, b, ldb, 0, c,
                                   ldc, 0, 1, bias, activation);
}

#endif
