// block_bugs.cu -- kernels whose threads do not wait for each other as they should, by name; see
// bugs.h and ../bugs.txt.
#include "bugs.h"

enum { N = 1003, THREADS = 128, SIDE = 16 };

__device__ float warp_sum(float v, int lanes_absent)
{
    if (lanes_absent && threadIdx.x % 32 >= 16)
        return v;
    for (int lanes = 16; lanes > 0; lanes /= 2)
        v += __shfl_xor_sync(0xffffffffu, v, lanes);
    return v;
}

// Half of the warp takes part, and asks the other half.
__device__ float half_sum(float v, int asks_absent)
{
    if (threadIdx.x % 32 < 16)
        for (int lanes = 8; lanes > 0; lanes /= 2)
            v += __shfl_xor_sync(0x0000ffffu, v, asks_absent ? 2 * lanes : lanes);
    return v;
}

__device__ float block_sum(float v, int no_first, int no_second, int lanes_absent)
{
    __shared__ float part[THREADS / 32];
    v = warp_sum(v, lanes_absent);
    if (threadIdx.x % 32 == 0)
        part[threadIdx.x / 32] = v;
    if (!no_first)
        __syncthreads();
    v = 0.0f;
    for (int i = 0; i < THREADS / 32; i++)
        v += part[i];
    if (!no_second)
        __syncthreads();
    return v;
}

__global__ void sums(float *out, const float *x, int n, int no_first, int no_second, int absent,
                     int asks_absent)
{
    float a = 0.0f, b = 0.0f;
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < n; i += gridDim.x * THREADS) {
        a += x[i];
        b += x[i] * x[i];
    }
    a = block_sum(a, no_first, no_second, absent);
    b = block_sum(b, no_first, 0, 0);
    if (threadIdx.x == 0) {
        out[2 * blockIdx.x] = a;
        out[2 * blockIdx.x + 1] = b;
    }
    float h = half_sum(1.0f, asks_absent);
    if (threadIdx.x == 0 && h != 16.0f)
        out[0] = h;
}

__global__ void tree(float *out, const float *x, int n, int no_barrier, int divergent, int returns,
                     int two)
{
    extern __shared__ float line[];
    int t = threadIdx.x, i = blockIdx.x * THREADS + t;
    if (returns && i >= n)
        return;
    line[t] = i < n ? x[i] : 0.0f;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (t < half) {
            line[t] += line[t + half];
            if (divergent)
                __syncthreads();
        }
        if (two && t % 2)
            __syncthreads();
        else if (!no_barrier && !divergent)
            __syncthreads();
    }
    if (t == 0)
        out[blockIdx.x] = line[0];
}

__global__ void product(float *c, const float *a, int n, int no_first, int no_second, int overrun,
                        int hole)
{
    __shared__ float as[SIDE][SIDE], bs[SIDE][SIDE];
    int col = blockIdx.x * SIDE + threadIdx.x, row = blockIdx.y * SIDE + threadIdx.y;
    float sum = 0.0f;
    for (int k = 0; k < n; k += SIDE) {
        int x = k + threadIdx.x, y = k + threadIdx.y;
        if (!hole || (row < n && x < n))
            as[threadIdx.y][threadIdx.x] = row < n && x < n ? a[row * n + x] : 0.0f;
        bs[threadIdx.y + overrun][threadIdx.x] = y < n && col < n ? a[y * n + col] : 0.0f;
        if (!no_first)
            __syncthreads();
        for (int i = 0; i < SIDE; i++)
            sum += as[threadIdx.y][i] * bs[i][threadIdx.x];
        if (!no_second)
            __syncthreads();
    }
    if (row < n && col < n)
        c[row * n + col] = sum;
}

__global__ void warp_line(float *out, int no_sync, int returns)
{
    __shared__ float line[32];
    int lane = threadIdx.x;
    line[lane] = (float)lane;
    if (!no_sync)
        __syncwarp();
    float v = line[31 - lane];
    if (returns && lane == 7)
        return;
    v += __shfl_down_sync(0xffffffffu, v, 1);
    out[lane] = v;
}

__global__ void too_much(float *out)
{
    __shared__ float much[13000];
    much[threadIdx.x] = 1.0f;
    out[threadIdx.x] = much[threadIdx.x];
}

int main(int argc, char **argv)
{
    chosen = argc > 1 ? argv[1] : "none";
    static float host[N], back[N];
    float *x, *y;
    for (int i = 0; i < N; i++)
        host[i] = value(i);
    CHECK(cudaMalloc((void **)&x, sizeof host));
    CHECK(cudaMalloc((void **)&y, sizeof host));
    CHECK(cudaMemcpy(x, host, sizeof host, cudaMemcpyHostToDevice));

    sums<<<3, bug("part_of_a_warp") ? THREADS - 8 : THREADS, 0, 0>>>(
        y, x, N, bug("sum_no_barrier"), bug("sum_reuse"), bug("lanes_absent"),
        bug("asks_absent_lane"));
    CHECK(cudaMemcpy(back, y, 6 * sizeof(float), cudaMemcpyDeviceToHost));
    double a = 0.0, b = 0.0;
    for (int i = 0; i < N; i++) {
        a += host[i];
        b += (double)host[i] * host[i];
    }
    int right = fabs(back[0] + back[2] + back[4] - a) < 1e-4 &&
                fabs(back[1] + back[3] + back[5] - b) < 1e-3;

    size_t dynamic = (bug("dynamic_too_small") ? THREADS - 4
                      : bug("dynamic_huge")    ? 60000
                                               : THREADS) *
                     sizeof(float);
    tree<<<8, THREADS, dynamic, 0>>>(y, x, N, bug("tree_no_barrier"), bug("divergent_barrier"),
                                     bug("returns_before_barrier"), bug("two_barriers"));
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(back, y, 8 * sizeof(float), cudaMemcpyDeviceToHost));
    for (int i = 0; i < 8; i++)
        a -= back[i];
    right &= fabs(a) < 1e-4;

    int n = 29;
    product<<<dim3(2, 2), dim3(SIDE, SIDE), 0, 0>>>(y, x, n, bug("tile_no_barrier"),
                                                    bug("tile_reuse"), bug("shared_overrun"),
                                                    bug("shared_hole"));
    CHECK(cudaMemcpy(back, y, n * n * sizeof(float), cudaMemcpyDeviceToHost));
    for (int r = 0; r < n; r++)
        for (int c = 0; c < n; c++) {
            float sum = 0.0f;
            for (int i = 0; i < n; i++)
                sum += host[r * n + i] * host[i * n + c];
            right &= fabsf(back[r * n + c] - sum) < 1e-4f;
        }

    warp_line<<<1, 32, 0, 0>>>(y, bug("no_syncwarp"), bug("lane_returned"));
    CHECK(cudaMemcpy(back, y, 32 * sizeof(float), cudaMemcpyDeviceToHost));
    right &= back[0] == 61.0f && back[30] == 1.0f;
    if (bug("too_much_shared"))
        too_much<<<1, 32, 0, 0>>>(y);
    CHECK(cudaFree(x));
    CHECK(cudaFree(y));
    return finish(right);
}
