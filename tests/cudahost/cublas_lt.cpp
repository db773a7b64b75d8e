/* cublas_lt.cpp -- cuBLASLt's products of floats with epilogues, by the loops of cublas.cpp.
 *
 * An algorithm remembers what it was chosen for: for another product, or for addresses that are
 * multiples of less than was promised, it is refused. */
#include "cublas.h"
#include "include/cublasLt.h"

#include <string.h>

using namespace cudahost;

namespace
{
struct Description {
    cublasComputeType_t compute;
    cublasOperation_t turn_a, turn_b;
    cublasLtEpilogue_t epilogue;
    const float *bias;
};
struct Layout {
    int rows, columns, ld, count;
    int64_t step;
};
struct Preference {
    size_t workspace;
    uint32_t alignment[4];
};
struct Algorithm {
    uint64_t product; /* a sum over all that describes it */
    uint64_t workspace;
    uint32_t alignment[4];
};

template <class T, class Opaque> T read(const Opaque *opaque)
{
    T value;
    static_assert(sizeof value <= sizeof *opaque, "it has no room");
    memcpy(&value, opaque, sizeof value);
    return value;
}

template <class T, class Opaque> void write(Opaque *opaque, const T &value)
{
    memset(opaque, 0, sizeof *opaque);
    memcpy(opaque, &value, sizeof value);
}

template <class T> cublasStatus_t take(T &field, const void *value, size_t bytes)
{
    if (bytes != sizeof field)
        return CUBLAS_STATUS_INVALID_VALUE;
    memcpy(&field, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
}

uint64_t fingerprint(const Description &d, const Layout *layouts)
{
    uint64_t sum = 1;
    auto add = [&sum](int64_t value) { sum = (sum ^ (uint64_t)value) * 0x100000001b3u; };
    add(d.compute), add(d.turn_a), add(d.turn_b), add(d.epilogue), add(d.bias != nullptr);
    for (int i = 0; i < 3; i++) {
        const Layout &l = layouts[i];
        add(l.rows), add(l.columns), add(l.ld), add(l.count), add(l.step);
    }
    return sum;
}

/* What the description says, of layouts that fit together. */
bool make_product(const Description &d, const Layout *l, Product &p)
{
    p.turn_a = d.turn_a != CUBLAS_OP_N;
    p.turn_b = d.turn_b != CUBLAS_OP_N;
    p.tf32 = d.compute == CUBLAS_COMPUTE_32F_FAST_TF32;
    p.m = l[2].rows;
    p.n = l[2].columns;
    p.k = p.turn_a ? l[0].rows : l[0].columns;
    p.count = l[2].count;
    const Matrix matrices[] = {{nullptr, CUDA_R_32F, l[0].rows, l[0].columns, l[0].ld, l[0].step,
                                "A of a cuBLASLt product"},
                               {nullptr, CUDA_R_32F, l[1].rows, l[1].columns, l[1].ld, l[1].step,
                                "B of a cuBLASLt product"},
                               {nullptr, CUDA_R_32F, l[2].rows, l[2].columns, l[2].ld, l[2].step,
                                "D of a cuBLASLt product"}};
    p.a = matrices[0];
    p.b = matrices[1];
    p.c = matrices[2];
    const bool biased = d.epilogue & CUBLASLT_EPILOGUE_BIAS;
    p.bias = biased ? d.bias : nullptr;
    p.activation = d.epilogue & CUBLASLT_EPILOGUE_RELU   ? ACTIVATION_RELU
                   : d.epilogue & CUBLASLT_EPILOGUE_GELU ? ACTIVATION_GELU
                                                         : ACTIVATION_NONE;
    return (p.turn_a ? l[0].columns : l[0].rows) == p.m &&
           (p.turn_b ? l[1].rows : l[1].columns) == p.n &&
           (p.turn_b ? l[1].columns : l[1].rows) == p.k && l[0].count == p.count &&
           l[1].count == p.count && (!biased || d.bias);
}
} // namespace

cublasStatus_t cublasLtMatmulDescInit(cublasLtMatmulDesc_t product, cublasComputeType_t compute,
                                      cudaDataType scale)
{
    write(product,
          Description{compute, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr});
    return scale == CUDA_R_32F ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t product,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void *value, size_t bytes)
{
    Description d = read<Description>(product);
    cublasStatus_t status =
        attribute == CUBLASLT_MATMUL_DESC_TRANSA     ? take(d.turn_a, value, bytes)
        : attribute == CUBLASLT_MATMUL_DESC_TRANSB   ? take(d.turn_b, value, bytes)
        : attribute == CUBLASLT_MATMUL_DESC_EPILOGUE ? take(d.epilogue, value, bytes)
                                                     : take(d.bias, value, bytes);
    write(product, d);
    return status;
}

cublasStatus_t cublasLtMatrixLayoutInit(cublasLtMatrixLayout_t layout, cudaDataType type,
                                        uint64_t rows, uint64_t columns, int64_t ld)
{
    write(layout, Layout{(int)rows, (int)columns, (int)ld, 1, 0});
    return type == CUDA_R_32F ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                const void *value, size_t bytes)
{
    Layout l = read<Layout>(layout);
    cublasStatus_t status = attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT
                                ? take(l.count, value, bytes)
                                : take(l.step, value, bytes);
    write(layout, l);
    return status;
}

/* Unless told, cuBLASLt takes addresses for multiples of 256. */
cublasStatus_t cublasLtMatmulPreferenceInit(cublasLtMatmulPreference_t preference)
{
    write(preference, Preference{0, {256, 256, 256, 256}});
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void *value, size_t bytes)
{
    Preference p = read<Preference>(preference);
    cublasStatus_t status =
        attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES
            ? take(p.workspace, value, bytes)
            : take(p.alignment[attribute - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES], value,
                   bytes);
    write(preference, p);
    return status;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int wanted,
                                              cublasLtMatmulHeuristicResult_t *results, int *count)
{
    *count = 0;
    if (failure_of("cublasLtMatmulAlgoGetHeuristic"))
        return CUBLAS_STATUS_NOT_SUPPORTED;
    if (!handles.count((cublasHandle_t)handle))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    const Layout layouts[] = {read<Layout>(a), read<Layout>(b), read<Layout>(d)};
    const Description description = read<Description>(product);
    const Preference p = read<Preference>(preference);
    Product checked = {};
    if (wanted < 1 || memcmp(c, d, sizeof *c) != 0 || !make_product(description, layouts, checked))
        return CUBLAS_STATUS_INVALID_VALUE;
    Algorithm algorithm = {fingerprint(description, layouts), p.workspace, {}};
    memcpy(algorithm.alignment, p.alignment, sizeof p.alignment);
    memset(results, 0, sizeof *results);
    write(&results->algo, algorithm);
    results->workspaceSize = p.workspace;
    results->state = CUBLAS_STATUS_SUCCESS;
    *count = 1;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                              const void *alpha, const void *a, cublasLtMatrixLayout_t a_layout,
                              const void *b, cublasLtMatrixLayout_t b_layout, const void *beta,
                              const void *c, cublasLtMatrixLayout_t, void *d,
                              cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t *algorithm, void *workspace, size_t bytes,
                              cudaStream_t stream, Place at)
{
    if (cudaError_t error = failure_of("cublasLtMatmul")) {
        set_error(error);
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    if (!handles.count((cublasHandle_t)handle))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    const Layout layouts[] = {read<Layout>(a_layout), read<Layout>(b_layout),
                              read<Layout>(d_layout)};
    const Description description = read<Description>(product);
    const Algorithm chosen = read<Algorithm>(algorithm);
    const void *const addresses[] = {a, b, c, d};
    Product p = {};
    if (!make_product(description, layouts, p) ||
        chosen.product != fingerprint(description, layouts) || bytes < chosen.workspace ||
        !need_device(workspace, chosen.workspace, "cublasLtMatmul", at))
        return CUBLAS_STATUS_INVALID_VALUE;
    for (int i = 0; i < 4; i++)
        if ((uintptr_t)addresses[i] % chosen.alignment[i])
            return CUBLAS_STATUS_INVALID_VALUE;
    p.a.data = a;
    p.b.data = b;
    p.c.data = d;
    return multiply_on(stream, false, "cublasLtMatmul", p, (const float *)alpha,
                       (const float *)beta, at);
}
