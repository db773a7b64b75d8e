/* cublas.cpp -- cuBLAS's products by plain loops, each checked as a kernel would be.
 *
 * beta = 0 does not read C. TF32 rounds the operands to 10 bits of mantissa, as tensor cores do. */
#include "cublas.h"
#include "include/cudahost/half.h"

#include <algorithm>
#include <cmath>

namespace cudahost
{
std::set<cublasHandle_t> handles;

void blas_report_leaks()
{
    for (size_t i = 0; i < handles.size(); i++)
        fault({nullptr, 0}, "a cuBLAS handle has not been destroyed");
}

static size_t size_of(cudaDataType type)
{
    return type == CUDA_R_64F ? 8 : type == CUDA_R_32F ? 4 : 2;
}

/* What cuBLASLt makes of an element of row i. */
static float finished(const Product &p, int i, float x)
{
    x += p.bias ? p.bias[i] : 0.0f;
    if (p.activation == ACTIVATION_RELU)
        return x > 0.0f ? x : 0.0f;
    if (p.activation == ACTIVATION_GELU)
        return 0.5f * x * (1.0f + std::tanh(0.79788456f * (x + 0.044715f * x * x * x)));
    return x;
}

static double finished(const Product &, int, double x)
{
    return x;
}

static const char *element(const Matrix &m, int item, size_t row, size_t col)
{
    size_t index = (size_t)(item * m.stride) + row + col * (size_t)m.ld;
    return (const char *)m.data + index * size_of(m.type);
}

static double load(cudaDataType type, const void *at)
{
    switch (type) {
    case CUDA_R_64F:
        return *(const double *)at;
    case CUDA_R_32F:
        return *(const float *)at;
    case CUDA_R_16F:
        return float_of_half(*(const uint16_t *)at);
    default:
        return float_of_bfloat16(*(const uint16_t *)at);
    }
}

static void store(cudaDataType type, void *at, double value)
{
    switch (type) {
    case CUDA_R_64F:
        *(double *)at = value;
        break;
    case CUDA_R_32F:
        *(float *)at = (float)value;
        break;
    case CUDA_R_16F:
        *(uint16_t *)at = half_of_float((float)value);
        break;
    default:
        *(uint16_t *)at = bfloat16_of_float((float)value);
    }
}

static float tf32(float x)
{
    uint32_t bits = (uint32_t)to_bits(x);
    if ((bits & 0x7f800000u) == 0x7f800000u)
        return x;
    return from_bits<float>((bits + 0xfff + (bits >> 13 & 1)) & 0xffffe000u);
}

/* op(A) as rows of columns, op(B) likewise: [k][m] and [n][k]. */
template <class T> static std::vector<T> unpack(const Matrix &m, int item, bool turned, bool round)
{
    std::vector<T> out((size_t)m.rows * m.cols);
    size_t outer = turned ? m.rows : m.cols, inner = turned ? m.cols : m.rows;
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < inner; i++) {
            T x = (T)load(m.type, turned ? element(m, item, o, i) : element(m, item, i, o));
            out[o * inner + i] = round ? (T)tf32((float)x) : x;
        }
    return out;
}

template <class T> static void multiply(const Product &p, int item, T alpha, T beta)
{
    std::vector<T> a = unpack<T>(p.a, item, p.turn_a, p.tf32);
    std::vector<T> b = unpack<T>(p.b, item, p.turn_b, p.tf32);
    std::vector<T> sum(p.m);
    for (int j = 0; j < p.n; j++) {
        std::fill(sum.begin(), sum.end(), T(0));
        for (int l = 0; l < p.k; l++)
            for (int i = 0; i < p.m; i++)
                sum[i] += a[(size_t)l * p.m + i] * b[(size_t)j * p.k + l];
        for (int i = 0; i < p.m; i++) {
            void *c = (void *)element(p.c, item, i, j);
            T old = beta == T(0) ? T(0) : beta * (T)load(p.c.type, c);
            store(p.c.type, c, finished(p, i, alpha * sum[i] + old));
        }
    }
}

/* Each column, in each item, for the checker. */
static void touch(const Matrix &m, int count, bool write, Place at)
{
    for (int item = 0; item < count; item++)
        for (int j = 0; j < m.cols; j++) {
            void *column = (void *)element(m, item, 0, j);
            if (write)
                shadow_write(column, m.rows * size_of(m.type));
            else
                shadow_read(column, m.rows * size_of(m.type), m.what, at);
        }
}

template <class T> static void run(const Product &p, T alpha, T beta, Place at)
{
    Unlock unlock;
    touch(p.a, p.count, false, at);
    touch(p.b, p.count, false, at);
    if (beta != T(0))
        touch(p.c, p.count, false, at);
    if (p.bias)
        shadow_read(p.bias, p.m * sizeof *p.bias, "the bias of a cuBLASLt product", at);
    touch(p.c, p.count, true, at);
    for (int item = 0; item < p.count; item++)
        multiply(p, item, alpha, beta);
}

static bool matrix_is_whole(const Matrix &m, int count, Place at)
{
    if (!m.rows || !m.cols)
        return true;
    const char *end = element(m, count - 1, m.rows - 1, m.cols - 1) + size_of(m.type);
    return need_device(m.data, (size_t)(end - (const char *)m.data), m.what, at);
}

template <class T>
cublasStatus_t multiply_on(cudaStream_t stream, bool on_device, const char *call, const Product &p,
                           const T *alpha, const T *beta, Place at)
{
    if (p.m < 0 || p.n < 0 || p.k < 0 || p.count < 0 || p.a.ld < std::max(1, p.a.rows) ||
        p.b.ld < std::max(1, p.b.rows) || p.c.ld < std::max(1, p.m))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (!p.m || !p.n || !p.count)
        return CUBLAS_STATUS_SUCCESS;
    if (!matrix_is_whole(p.a, p.count, at) || !matrix_is_whole(p.b, p.count, at) ||
        !matrix_is_whole(p.c, p.count, at) ||
        (p.bias && !need_device(p.bias, p.m * sizeof *p.bias, call, at)))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (on_device ? !need_device(alpha, sizeof *alpha, call, at)
                  : !need_host(alpha, sizeof *alpha, call, at))
        return CUBLAS_STATUS_INVALID_VALUE;
    T host_alpha = on_device ? T(0) : *alpha, host_beta = on_device ? T(0) : *beta;
    cudaError_t error = submit(stream, {call, at, [=] {
                                            Unlock unlock;
                                            run(p, on_device ? *alpha : host_alpha,
                                                on_device ? *beta : host_beta, at);
                                        }});
    return error ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}
template cublasStatus_t multiply_on(cudaStream_t, bool, const char *, const Product &,
                                    const float *, const float *, Place);

template <class T>
static cublasStatus_t gemm(cublasHandle_t handle, const char *call, Product p, const T *alpha,
                           const T *beta, Place at)
{
    if (cudaError_t error = failure_of(call)) {
        set_error(error);
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    if (!handles.count(handle))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    p.tf32 &= p.a.type == CUDA_R_32F;
    return multiply_on(handle->stream, handle->device_scalars, call, p, alpha, beta, at);
}

static Product product(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m,
                       int n, int k, int count)
{
    Product p = {};
    p.turn_a = opa != CUBLAS_OP_N;
    p.turn_b = opb != CUBLAS_OP_N;
    p.tf32 = handles.count(handle) && handle->math == CUBLAS_TF32_TENSOR_OP_MATH;
    p.m = m;
    p.n = n;
    p.k = k;
    p.count = count;
    return p;
}

static void set_operands(Product &p, const void *a, cudaDataType ta, int lda, long long sa,
                         const void *b, cudaDataType tb, int ldb, long long sb, void *c,
                         cudaDataType tc, int ldc, long long sc)
{
    p.a = {a, ta, p.turn_a ? p.k : p.m, p.turn_a ? p.m : p.k, lda, sa, "A of a cuBLAS product"};
    p.b = {b, tb, p.turn_b ? p.n : p.k, p.turn_b ? p.k : p.n, ldb, sb, "B of a cuBLAS product"};
    p.c = {c, tc, p.m, p.n, ldc, sc, "C of a cuBLAS product"};
}
} // namespace cudahost

using namespace cudahost;

#define GEMM(letter, T, type)                                                                     \
    cublasStatus_t cublas##letter##gemm(cublasHandle_t handle, cublasOperation_t opa,             \
                                        cublasOperation_t opb, int m, int n, int k,               \
                                        const T *alpha, const T *a, int lda, const T *b, int ldb, \
                                        const T *beta, T *c, int ldc, Place at)                   \
    {                                                                                             \
        Product p = product(handle, opa, opb, m, n, k, 1);                                        \
        set_operands(p, a, type, lda, 0, b, type, ldb, 0, c, type, ldc, 0);                       \
        return gemm<T>(handle, "cublas" #letter "gemm", p, alpha, beta, at);                      \
    }                                                                                             \
    cublasStatus_t cublas##letter##gemmStridedBatched(                                            \
        cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k, \
        const T *alpha, const T *a, int lda, long long sa, const T *b, int ldb, long long sb,     \
        const T *beta, T *c, int ldc, long long sc, int count, Place at)                          \
    {                                                                                             \
        Product p = product(handle, opa, opb, m, n, k, count);                                    \
        set_operands(p, a, type, lda, sa, b, type, ldb, sb, c, type, ldc, sc);                    \
        return gemm<T>(handle, "cublas" #letter "gemmStridedBatched", p, alpha, beta, at);        \
    }
GEMM(S, float, CUDA_R_32F)
GEMM(D, double, CUDA_R_64F)

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t opa,
                                          cublasOperation_t opb, int m, int n, int k,
                                          const void *alpha, const void *a, cudaDataType ta,
                                          int lda, long long sa, const void *b, cudaDataType tb,
                                          int ldb, long long sb, const void *beta, void *c,
                                          cudaDataType tc, int ldc, long long sc, int count,
                                          cublasComputeType_t compute, cublasGemmAlgo_t, Place at)
{
    Product p = product(handle, opa, opb, m, n, k, count);
    set_operands(p, a, ta, lda, sa, b, tb, ldb, sb, c, tc, ldc, sc);
    if (ta != tb)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    if (compute == CUBLAS_COMPUTE_64F)
        return gemm(handle, "cublasGemmEx", p, (const double *)alpha, (const double *)beta, at);
    p.tf32 |= compute == CUBLAS_COMPUTE_32F_FAST_TF32;
    return gemm(handle, "cublasGemmEx", p, (const float *)alpha, (const float *)beta, at);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb,
                            int m, int n, int k, const void *alpha, const void *a, cudaDataType ta,
                            int lda, const void *b, cudaDataType tb, int ldb, const void *beta,
                            void *c, cudaDataType tc, int ldc, cublasComputeType_t compute,
                            cublasGemmAlgo_t algorithm, Place at)
{
    return cublasGemmStridedBatchedEx(handle, opa, opb, m, n, k, alpha, a, ta, lda, 0, b, tb, ldb,
                                      0, beta, c, tc, ldc, 0, 1, compute, algorithm, at);
}

/* cuBLAS takes memory when it is made: not in a capture. */
cublasStatus_t cublasCreate(cublasHandle_t *handle)
{
    if (failure_of("cublasCreate") || refuse_in_capture("cublasCreate"))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    *handle = new cublasContext();
    handles.insert(*handle);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle)
{
    if (!handles.erase(handle))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

#define SETTER(name, parameter, change)                   \
    cublasStatus_t name(cublasHandle_t handle, parameter) \
    {                                                     \
        if (failure_of(#name))                            \
            return CUBLAS_STATUS_INTERNAL_ERROR;          \
        if (!handles.count(handle))                       \
            return CUBLAS_STATUS_NOT_INITIALIZED;         \
        change;                                           \
        return CUBLAS_STATUS_SUCCESS;                     \
    }
SETTER(cublasGetVersion, int *version, *version = CUDART_VERSION * 10)
SETTER(cublasSetStream, cudaStream_t stream, handle->stream = stream)
SETTER(cublasGetStream, cudaStream_t *stream, *stream = handle->stream)
SETTER(cublasSetMathMode, cublasMath_t mode, handle->math = mode)
SETTER(cublasSetAtomicsMode, cublasAtomicsMode_t, )
SETTER(cublasSetPointerMode, cublasPointerMode_t mode,
       handle->device_scalars = mode == CUBLAS_POINTER_MODE_DEVICE)

cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void *workspace, size_t bytes)
{
    if (!handles.count(handle))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    if ((uintptr_t)workspace % 256 ||
        (bytes && !need_device(workspace, bytes, "cublasSetWorkspace", {nullptr, 0})))
        return CUBLAS_STATUS_INVALID_VALUE;
    return CUBLAS_STATUS_SUCCESS;
}

const char *cublasGetStatusName(cublasStatus_t status)
{
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
        return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    default:
        return "CUBLAS_STATUS_INTERNAL_ERROR";
    }
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    return cublasGetStatusName(status);
}
