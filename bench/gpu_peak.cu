/* gpu_peak.cu -- what this GPU can do: products of large matrices by cuBLAS, and copies of what does not fit into its
 * caches.
 *
 *     name        NVIDIA H100 80GB HBM3
 *     GFLOP/s     51000
 *     TF32        380000
 *     copy GB/s   2900
 *
 *     gpu_peak [SIZE [MEGABYTES]]    of matrices SIZE by SIZE (8192), and as many megabytes (1024)
 *
 * The best of several tries.  A copy of n bytes counts twice: they are read and written. */
#include <cstdio>
#include <cstdlib>

#include <cublas_v2.h>
#include <cuda_runtime.h>

static void check(cudaError_t error, const char *what)
{
    if (error == cudaSuccess)
        return;
    fprintf(stderr, "gpu_peak: %s: %s\n", what, cudaGetErrorString(error));
    exit(3);
}

static void check_blas(cublasStatus_t status, const char *what)
{
    if (status == CUBLAS_STATUS_SUCCESS)
        return;
    fprintf(stderr, "gpu_peak: %s: cuBLAS status %d\n", what, (int)status);
    exit(3);
}

static void *device_memory(size_t bytes)
{
    void *memory = nullptr;
    check(cudaMalloc(&memory, bytes), "memory");
    check(cudaMemset(memory, 0x3b, bytes), "memory"); /* numbers like 0.003: zeros cost less power */
    return memory;
}

/* Seconds between two events. */
static double seconds_between(cudaEvent_t from, cudaEvent_t to)
{
    float milliseconds = 0;
    check(cudaEventSynchronize(to), "an event");
    check(cudaEventElapsedTime(&milliseconds, from, to), "an event");
    return 1e-3 * milliseconds;
}

enum { TRIES = 10 };

static double product_rate(cublasHandle_t blas, cublasMath_t mode, int size, float *a, float *b, float *c,
                           cudaEvent_t from, cudaEvent_t to)
{
    const float one = 1, zero = 0;
    double best = 0;
    check_blas(cublasSetMathMode(blas, mode), "a mode");
    for (int i = 0; i < TRIES; i++) {
        check(cudaEventRecord(from), "an event");
        check_blas(cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, size, size, size, &one, a, size, b, size, &zero, c,
                               size),
                   "a product");
        check(cudaEventRecord(to), "an event");
        const double rate = 2e-9 * size * size * size / seconds_between(from, to);
        best = rate > best ? rate : best;
    }
    return best;
}

static double copy_rate(char *from_memory, char *to_memory, size_t bytes, cudaEvent_t from, cudaEvent_t to)
{
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        check(cudaEventRecord(from), "an event");
        check(cudaMemcpyAsync(to_memory, from_memory, bytes, cudaMemcpyDeviceToDevice, nullptr), "a copy");
        check(cudaEventRecord(to), "an event");
        const double rate = 2e-9 * (double)bytes / seconds_between(from, to);
        best = rate > best ? rate : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    const int size = argc > 1 ? atoi(argv[1]) : 8192;
    const size_t bytes = (size_t)(argc > 2 ? atoi(argv[2]) : 1024) << 20;
    if (size < 1 || bytes == 0) {
        fprintf(stderr, "usage: gpu_peak [SIZE [MEGABYTES]]\n");
        return 2;
    }
    cudaDeviceProp properties;
    cudaEvent_t from, to;
    check(cudaGetDeviceProperties(&properties, 0), "the device");
    check(cudaEventCreate(&from), "an event");
    check(cudaEventCreate(&to), "an event");
    cublasHandle_t blas;
    check_blas(cublasCreate(&blas), "cuBLAS");

    const size_t matrix = sizeof(float) * size * size;
    float *a = (float *)device_memory(matrix), *b = (float *)device_memory(matrix),
          *c = (float *)device_memory(matrix);
    const double exact = product_rate(blas, CUBLAS_DEFAULT_MATH, size, a, b, c, from, to);
    const double tf32 = product_rate(blas, CUBLAS_TF32_TENSOR_OP_MATH, size, a, b, c, from, to);
    char *source = (char *)device_memory(bytes), *target = (char *)device_memory(bytes);
    const double copy = copy_rate(source, target, bytes, from, to);
    printf("name        %s\nGFLOP/s     %.0f\nTF32        %.0f\ncopy GB/s   %.0f\n", properties.name, exact, tf32,
           copy);

    void *all[] = {a, b, c, source, target};
    for (void *memory : all)
        check(cudaFree(memory), "memory");
    check_blas(cublasDestroy(blas), "cuBLAS");
    check(cudaEventDestroy(from), "an event");
    check(cudaEventDestroy(to), "an event");
    return 0;
}
