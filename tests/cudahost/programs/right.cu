// right.cu -- a correct program that uses most of what gradc's programs use: no build and no order
// finds fault with it.
//
// Two batches are copied on a second stream while a captured graph sums their squares, by warps,
// shared memory and two launches; then a cuBLAS product. Prints its results: the same in every
// order.
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call)                                                                        \
    do {                                                                                   \
        cudaError_t error = (call);                                                        \
        if (error != cudaSuccess) {                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(error)); \
            exit(1);                                                                       \
        }                                                                                  \
    } while (0)
#define CHECK_BLAS(call)                                                   \
    do {                                                                   \
        if ((call) != CUBLAS_STATUS_SUCCESS) {                             \
            fprintf(stderr, "%s:%d: cuBLAS failed\n", __FILE__, __LINE__); \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

enum { N = 4099, BLOCKS = 9, THREADS = 128, BATCHES = 7, ROWS = 33, COLS = 31, SIDE = 16 };

__device__ __forceinline__ float warp_sum(float v)
{
    for (int lanes = 16; lanes > 0; lanes /= 2)
        v += __shfl_xor_sync(0xffffffffu, v, lanes);
    return v;
}

template <class T, int N_> struct Parts {
    T of[N_];
};

template <int THREADS_> __device__ float block_sum(float v)
{
    __shared__ Parts<float, THREADS_ / 32> shared;
    float *part = shared.of;
    v = warp_sum(v);
    if (threadIdx.x % 32 == 0)
        part[threadIdx.x / 32] = v;
    __syncthreads();
    v = 0.0f;
    for (int i = 0; i < THREADS_ / 32; i++)
        v += part[i];
    __syncthreads();
    return v;
}

template <int THREADS_>
__global__ void __launch_bounds__(THREADS_)
    sum_of_squares(float *__restrict__ out, const float *__restrict__ x, int n)
{
    float sum = 0.0f;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n / 4; i += gridDim.x * blockDim.x) {
        float4 v = reinterpret_cast<const float4 *>(x)[i];
        sum += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
    }
    if (blockIdx.x == 0 && threadIdx.x < n % 4)
        sum += x[n / 4 * 4 + threadIdx.x] * x[n / 4 * 4 + threadIdx.x];
    sum = block_sum<THREADS_>(sum);
    if (threadIdx.x == 0)
        out[blockIdx.x] = sum;
}

__global__ void add_up(float *total, const float *__restrict__ parts, int n)
{
    extern __shared__ float line[];
    line[threadIdx.x] = threadIdx.x < n ? parts[threadIdx.x] : 0.0f;
    __syncwarp();
    if (threadIdx.x == 0) {
        float sum = 0.0f;
        for (int i = 0; i < n; i++)
            sum += line[i];
        *total += sum;
    }
}

__global__ void transpose(float *out, const float *__restrict__ in, int rows, int cols)
{
    __shared__ float tile[SIDE][SIDE + 1];
    int col = blockIdx.x * SIDE + threadIdx.x, row = blockIdx.y * SIDE + threadIdx.y;
    if (row < rows && col < cols)
        tile[threadIdx.y][threadIdx.x] = in[row * cols + col];
    __syncthreads();
    col = blockIdx.y * SIDE + threadIdx.x;
    row = blockIdx.x * SIDE + threadIdx.y;
    if (row < cols && col < rows)
        out[row * rows + col] = tile[threadIdx.x][threadIdx.y];
}

__global__ void count_signs(unsigned *counts, unsigned long long *first, const float *x, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        atomicAdd(&counts[x[i] < 0.0f], 1u);
        if (x[i] < 0.0f)
            atomicMin(first, (unsigned long long)i);
    }
}

// Neighbours in four bytes, each changed in place by a thread of its own.
__global__ void add_one(unsigned short *x, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        x[i] = (unsigned short)(x[i] + 1);
}

static float value(int batch, int i)
{
    return (float)((i * 37 + batch * 11) % 101 - 50) / 64.0f;
}

int main(void)
{
    cudaStream_t work, copies;
    cudaEvent_t filled[2], used[2];
    CHECK(cudaStreamCreateWithFlags(&work, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking));
    float *staged[2], *x[2], *parts, *total, *turned, *result;
    for (int b = 0; b < 2; b++) {
        CHECK(cudaEventCreateWithFlags(&filled[b], cudaEventDisableTiming));
        CHECK(cudaEventCreateWithFlags(&used[b], cudaEventDisableTiming));
        CHECK(cudaMallocHost((void **)&staged[b], N * sizeof(float)));
        CHECK(cudaMalloc((void **)&x[b], N * sizeof(float)));
    }
    CHECK(cudaMalloc((void **)&parts, BLOCKS * sizeof(float)));
    CHECK(cudaMalloc((void **)&total, sizeof(float)));
    CHECK(cudaMalloc((void **)&turned, ROWS * COLS * sizeof(float)));
    CHECK(cudaMalloc((void **)&result, ROWS * ROWS * sizeof(float)));
    CHECK(cudaMemsetAsync(total, 0, sizeof(float), work));

    cudaGraphExec_t steps[2];
    for (int b = 0; b < 2; b++) {
        cudaGraph_t graph;
        CHECK(cudaStreamBeginCapture(work, cudaStreamCaptureModeThreadLocal));
        sum_of_squares<THREADS><<<BLOCKS, THREADS, 0, work>>>(parts, x[b], N);
        add_up<<<1, 32, 32 * sizeof(float), work>>>(total, parts, BLOCKS);
        CHECK(cudaStreamEndCapture(work, &graph));
#if CUDART_VERSION >= 12000
        CHECK(cudaGraphInstantiate(&steps[b], graph, 0));
#else
        CHECK(cudaGraphInstantiate(&steps[b], graph, NULL, NULL, 0));
#endif
        CHECK(cudaGraphDestroy(graph));
    }
    for (int t = 0; t < BATCHES; t++) {
        int b = t % 2;
        CHECK(cudaEventSynchronize(filled[b]));
        for (int i = 0; i < N; i++)
            staged[b][i] = value(t, i);
        CHECK(cudaStreamWaitEvent(copies, used[b], 0));
        CHECK(cudaMemcpyAsync(x[b], staged[b], N * sizeof(float), cudaMemcpyHostToDevice, copies));
        CHECK(cudaEventRecord(filled[b], copies));
        CHECK(cudaStreamWaitEvent(work, filled[b], 0));
        CHECK(cudaGraphLaunch(steps[b], work));
        CHECK(cudaEventRecord(used[b], work));
    }

    dim3 tiles((COLS + SIDE - 1) / SIDE, (ROWS + SIDE - 1) / SIDE);
    transpose<<<tiles, dim3(SIDE, SIDE), 0, work>>>(turned, x[0], ROWS, COLS);
    cublasHandle_t blas;
    const float one = 1.0f, zero = 0.0f;
    CHECK_BLAS(cublasCreate(&blas));
    CHECK_BLAS(cublasSetStream(blas, work));
    CHECK_BLAS(cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, ROWS, ROWS, COLS, &one, turned, ROWS,
                           x[0], COLS, &zero, result, ROWS));
    unsigned *counts;
    unsigned long long *first;
    CHECK(cudaMalloc((void **)&counts, 2 * sizeof(unsigned)));
    CHECK(cudaMalloc((void **)&first, sizeof *first));
    CHECK(cudaMemsetAsync(counts, 0, 2 * sizeof(unsigned), work));
    CHECK(cudaMemsetAsync(first, 0xff, sizeof *first, work));
    add_one<<<1, 32, 0, work>>>((unsigned short *)parts, 2 * BLOCKS);
    count_signs<<<3, 96, 0, work>>>(counts, first, x[0], N);
    CHECK(cudaGetLastError());

    float sum, product[ROWS * ROWS];
    unsigned signs[2];
    unsigned long long negative;
    CHECK(cudaMemcpyAsync(&sum, total, sizeof sum, cudaMemcpyDeviceToHost, work));
    CHECK(cudaMemcpyAsync(product, result, sizeof product, cudaMemcpyDeviceToHost, work));
    CHECK(cudaMemcpyAsync(signs, counts, sizeof signs, cudaMemcpyDeviceToHost, work));
    CHECK(cudaMemcpyAsync(&negative, first, sizeof negative, cudaMemcpyDeviceToHost, work));
    CHECK(cudaStreamSynchronize(work));

    double exact = 0.0, entry = 0.0;
    for (int t = 0; t < BATCHES; t++)
        for (int i = 0; i < N; i++)
            exact += (double)value(t, i) * value(t, i);
    for (int i = 0; i < COLS; i++)
        entry += (double)value(6, 2 * COLS + i) * value(6, 5 * COLS + i);
    bool right = fabs(sum - exact) < 1e-4 * exact && fabs(product[2 * ROWS + 5] - entry) < 1e-5 &&
                 signs[0] + signs[1] == N && value(6, (int)negative) < 0.0f;
    printf("%.9g %.9g %u %u %llu: %s\n", sum, product[2 * ROWS + 5], signs[0], signs[1], negative,
           right ? "right" : "wrong");

    for (int b = 0; b < 2; b++) {
        CHECK(cudaGraphExecDestroy(steps[b]));
        CHECK(cudaEventDestroy(filled[b]));
        CHECK(cudaEventDestroy(used[b]));
        CHECK(cudaFreeHost(staged[b]));
        CHECK(cudaFree(x[b]));
    }
    CHECK_BLAS(cublasDestroy(blas));
    CHECK(cudaFree(parts));
    CHECK(cudaFree(total));
    CHECK(cudaFree(turned));
    CHECK(cudaFree(result));
    CHECK(cudaFree(counts));
    CHECK(cudaFree(first));
    CHECK(cudaStreamDestroy(work));
    CHECK(cudaStreamDestroy(copies));
    return !right;
}
