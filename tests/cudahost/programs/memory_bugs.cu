// memory_bugs.cu -- kernels whose bounds, indices and buffers are wrong, by name; see bugs.h and
// ../bugs.txt.
#include "bugs.h"

enum { N = 1003, THREADS = 128, ROWS = 37, COLS = 21 };

__global__ void scale(float *y, const float *x, int n, int first, int last, int shift)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x + first;
    if (i < last)
        y[i] = 2.0f * x[i + shift];
    (void)n;
}

__global__ void scale4(float *y, const float *x, int n, int from)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n / 4) {
        float4 v = *reinterpret_cast<const float4 *>(x + 4 * i + from);
        y[4 * i] = v.x + v.y + v.z + v.w;
    }
}

__global__ void transpose(float *out, const float *in, int rows, int cols, int stride)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < rows * cols)
        out[i % cols * stride + i / cols] = in[i];
}

__global__ void accumulate(float *total, const float *x, int n)
{
    for (int i = 0; i < n; i++)
        *total += x[i];
}

__global__ void overwrite(const float *x, int i)
{
    const_cast<float *>(x)[i] = 1.0f;
}

__global__ void count(unsigned *counts, const float *x, int n, int plainly)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    if (plainly)
        counts[x[i] < 0.0f] += 1;
    else
        atomicAdd(&counts[x[i] < 0.0f], 1u);
}

__global__ void sum_floats(float *total, const float *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        atomicAdd(total, x[i] * 1.1f);
}

__global__ void shift_in_place(float *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i + 1 < n)
        x[i] = x[i + 1];
}

__global__ void block_ids(float *y, int n)
{
    if (threadIdx.x == 0)
        y[blockIdx.x / n] = (float)blockIdx.x;
}

static float *device(size_t n)
{
    float *memory;
    CHECK(cudaMalloc((void **)&memory, n * sizeof(float)));
    return memory;
}

static float *x, *y, host[N + 1], back[N + 1];

static void bring(size_t n)
{
    CHECK(cudaMemcpy(back, y, n * sizeof(float), cudaMemcpyDeviceToHost));
}

static int scaled(void)
{
    int blocks = bug("too_few_blocks") ? N / THREADS : (N + THREADS - 1) / THREADS;
    int last = bug("no_bound") ? 1 << 20 : bug("bound_le") ? N + 1 : bug("bound_short") ? N - 1 : N;
    int shift = bug("index_plus_one")    ? 1
                : bug("index_minus_one") ? -1
                : bug("index_far")       ? 1 << 20
                                         : 0;
    int threads = bug("too_many_threads") ? 2048 : THREADS;
    scale<<<blocks, threads, 0, 0>>>(y, bug("host_pointer") ? host : x, N, bug("starts_late"), last,
                                     shift);
    if (bug("use_after_free"))
        CHECK(cudaFree(x));
    if (bug("host_reads_device"))
        host[0] = y[0] / 2;
    CHECK(cudaDeviceSynchronize());
    if (bug("use_after_free"))
        scale<<<blocks, threads, 0, 0>>>(y, x, N, 0, last, shift);
    bring(N);
    int right = 1;
    for (int i = 0; i < N; i++)
        right &= back[i] == 2.0f * host[i];
    return right;
}

static int transposed(void)
{
    transpose<<<(ROWS * COLS + THREADS - 1) / THREADS, THREADS, 0, 0>>>(
        y, x, ROWS, COLS,
        bug("stride_too_small")   ? ROWS - 1
        : bug("stride_too_large") ? ROWS + 20
                                  : ROWS);
    bring(ROWS * COLS);
    int right = 1;
    for (int i = 0; i < ROWS * COLS; i++)
        right &= back[i % COLS * ROWS + i / COLS] == host[i];
    return right;
}

static int totals(void)
{
    if (!bug("never_zeroed"))
        CHECK(cudaMemset(y, 0, 8 * sizeof(float)));
    accumulate<<<1, 1, 0, 0>>>(y, x, N);
    if (bug("writes_const"))
        overwrite<<<1, 1, 0, 0>>>(x, 3);
    scale4<<<1, 32, 0, 0>>>(y + 4, x, 4, bug("misaligned"));
    unsigned *counts = (unsigned *)(y + 2), found[2];
    count<<<(N + THREADS - 1) / THREADS, THREADS, 0, 0>>>(counts, x, N, bug("not_atomic"));
    CHECK(cudaMemcpy(found, counts, sizeof found, cudaMemcpyDeviceToHost));
    bring(1);
    float sum = 0.0f;
    unsigned negative = 0;
    for (int i = 0; i < N; i++) {
        sum += host[i];
        negative += host[i] < 0.0f;
    }
    return back[0] == sum && found[0] + found[1] == N && found[1] == negative;
}

// What depends on the order of threads: `right` here, but for its printed bits.
static int orders(void)
{
    if (bug("float_atomic")) {
        CHECK(cudaMemset(y, 0, sizeof(float)));
        sum_floats<<<(N + THREADS - 1) / THREADS, THREADS, 0, 0>>>(y, x, N);
        bring(1);
        printf("%.9g\n", back[0]);
    }
    if (bug("shift_in_place"))
        shift_in_place<<<8, THREADS, 0, 0>>>(x, N);
    block_ids<<<8, 32, 0, 0>>>(y, bug("blocks_share_a_place") ? 2 : 1);
    bring(4);
    return back[3] == 3.0f;
}

// Parts of one allocation, as gradc's programs have them.
static int parts(void)
{
    float *arena = device(256), *a = cudahost::part(arena, 400),
          *b = cudahost::part(arena + 128, 400);
    CHECK(cudaMemset(arena, 0, 1024));
    scale<<<1, THREADS, 0, 0>>>(a, x, 100, 0, bug("part_overrun") ? 101 : 100, 0);
    scale<<<1, THREADS, 0, 0>>>(b, a, 100, 0, 100,
                                bug("part_underrun") ? -1
                                : bug("other_part")  ? 60
                                                     : 0);
    CHECK(cudaMemset(b, 0, bug("memset_part") ? 404 : 400));
    CHECK(cudaFree(arena));
    return 1;
}

static int products(void)
{
    const float one = 1.0f;
    float beta = bug("beta_reads_garbage") ? 1.0f : 0.0f;
    cublasHandle_t blas;
    if (cublasCreate(&blas) != CUBLAS_STATUS_SUCCESS)
        return 0;
    float *c = device(ROWS * ROWS);
    cublasStatus_t status = cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_T, ROWS,
                                        bug("gemm_too_wide") ? ROWS + 1 : ROWS, COLS, &one, x,
                                        bug("gemm_lead")        ? ROWS - 1
                                        : bug("gemm_long_lead") ? 3 * ROWS
                                                                : ROWS,
                                        x, ROWS, &beta, c, ROWS);
    CHECK(cudaMemcpy(back, c, sizeof(float), cudaMemcpyDeviceToHost));
    float sum = 0.0f;
    for (int i = 0; i < COLS; i++)
        sum += host[i * ROWS] * host[i * ROWS];
    CHECK(cudaFree(c));
    if (!bug("handle_leak"))
        cublasDestroy(blas);
    return status == CUBLAS_STATUS_SUCCESS && fabsf(back[0] - sum) < 1e-4f;
}

int main(int argc, char **argv)
{
    chosen = argc > 1 ? argv[1] : "none";
    for (int i = 0; i <= N; i++)
        host[i] = value(i);
    x = device(N);
    y = device(N);
    CHECK(cudaMemcpy(x, host, N * sizeof(float),
                     bug("copy_direction") ? cudaMemcpyDeviceToHost : cudaMemcpyHostToDevice));
    if (bug("copy_too_long"))
        CHECK(cudaMemcpy(x, host, (N + 1) * sizeof(float), cudaMemcpyHostToDevice));
    if (bug("memset_too_long"))
        CHECK(cudaMemset(y, 0, (N + 1) * sizeof(float)));
    int right = scaled();
    right &= transposed();
    right &= totals();
    right &= orders();
    right &= parts();
    right &= products();
    if (!bug("memory_leak"))
        CHECK(cudaFree(x));
    CHECK(cudaFree(y));
    if (bug("double_free"))
        CHECK(cudaFree(y));
    if (bug("frees_host_memory"))
        CHECK(cudaFree(host));
    return finish(right);
}
