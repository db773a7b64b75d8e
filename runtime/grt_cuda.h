/* grt_cuda.h -- what the kernels of a CUDA program call: maths, random draws, joins.
 *
 * The arithmetic is that of C programs: grt_math.h and grt_random.h hold for both.  What is here is
 * of a GPU alone. */
#ifndef GRT_CUDA_H
#define GRT_CUDA_H

#include <cuda_runtime.h>
#include <stdint.h>

#include "grt_cuda_math.h" /* before grt_math.h */

#include "grt_math.h"
#include "grt_random.h"

/* ---- how a step went ---- */

struct GrtCudaStatus {
    int stopped;    /* nothing more is to change variables */
    int faulted;    /* an index was out of range: */
    int line;       /* of the model, or 0 */
    int finite;     /* the loss */
    int64_t index;  /* the lowest of the first such place */
    int64_t size;   /* of the axis */
    int64_t passed; /* routines that went well, since the start */
};

/* Where an index may be out of range: a line of the model, and the size of an axis.  Which index is
 * told does not depend on the order of threads: the lowest. */
struct GrtCudaFault {
    int line;
    int64_t size;
    long long index; /* GRT_NO_FAULT: none */
};

#define GRT_NO_FAULT INT64_MAX

/* The place along an axis: negative indices count from its end.  0, and a fault, where there is no
 * such place.  Line and size stand in one of `faults`. */
static __device__ __forceinline__ int64_t grt_at(int64_t index, int64_t size, GrtCudaFault *faults,
                                                 int line)
{
    const int64_t at = index < 0 ? index + size : index;
    if (at >= 0 && at < size)
        return at;
    while (faults->line != line || faults->size != size)
        faults++;
    atomicMin(&faults->index, (long long)index);
    return 0;
}

/* Before a routine. */
static __global__ void grt_start(GrtCudaStatus *status, GrtCudaFault *faults, int count)
{
    for (int i = threadIdx.x; i < count; i += blockDim.x)
        faults[i].index = GRT_NO_FAULT;
    if (threadIdx.x == 0) /* all of it, since all of it is copied to the host */
        *status = {0, 0, 0, 1, 0, 0, 0};
}

static __device__ __forceinline__ bool grt_is_finite(const void *x, GrtDType dtype)
{
    switch (dtype) {
    case GRT_F16:
        return isfinite(grt_load_f16(*(const uint16_t *)x));
    case GRT_BF16:
        return isfinite(grt_load_bf16(*(const uint16_t *)x));
    case GRT_F32:
        return isfinite(*(const float *)x);
    case GRT_F64: /* by its bits: a program of f32 has no double precision */
        return (*(const uint64_t *)x >> 52 & 0x7ff) != 0x7ff;
    default:
        return true;
    }
}

/* Once in each routine, before its first kernel that changes variables, or at its end: has an index
 * been out of range; is the loss finite?  What has once been so stays. */
static __global__ void grt_guard(GrtCudaStatus *status, const GrtCudaFault *faults, int count,
                                 const void *loss, GrtDType dtype)
{
    for (int i = 0; i < count && !status->faulted; i++) {
        if (faults[i].index == GRT_NO_FAULT)
            continue;
        status->faulted = 1;
        status->line = faults[i].line;
        status->index = faults[i].index;
        status->size = faults[i].size;
    }
    if (loss && !grt_is_finite(loss, dtype))
        status->finite = 0;
    status->stopped = status->faulted || !status->finite;
    status->passed += !status->stopped;
}

/* A new value that could not be made in place. */
static __global__ void grt_commit(const GrtCudaStatus *status, void *to, const void *from,
                                  int64_t bytes)
{
    if (status->stopped)
        return;
    const int64_t stride = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < bytes; i += stride)
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
}

/* ---- 128 bits at a time ---- */

struct alignas(16) GrtFour {
    float of[4];
};

static __device__ __forceinline__ GrtFour grt_load_four(const float *x)
{
    const float4 four = *(const float4 *)x;
    return {{four.x, four.y, four.z, four.w}};
}

static __device__ __forceinline__ void grt_store_four(float *x, const GrtFour &four)
{
    *(float4 *)x = make_float4(four.of[0], four.of[1], four.of[2], four.of[3]);
}

/* Sums of micro-batches begin anew. */
static __global__ void grt_zero(const GrtCudaStatus *status, float *to, int64_t fours)
{
    if (status->stopped)
        return;
    const int64_t stride = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < fours; i += stride)
        grt_store_four(to + 4 * i, {{0, 0, 0, 0}});
}

/* ---- joins: op over the values of all threads of a team, in a fixed order ---- */

template <class T> struct GrtSum {
    static __device__ __forceinline__ T of(T a, T b)
    {
        return a + b;
    }
};
template <class T> struct GrtProd {
    static __device__ __forceinline__ T of(T a, T b)
    {
        return a * b;
    }
};
template <class T> struct GrtMax { /* a NaN wins */
    static __device__ __forceinline__ T of(T a, T b)
    {
        return a > b || a != a ? a : b;
    }
};
template <class T> struct GrtMin {
    static __device__ __forceinline__ T of(T a, T b)
    {
        return a < b || a != a ? a : b;
    }
};

/* All lanes of a warp; those of the calling thread's group, of `team` neighbours. */
#define GRT_WARP 0xffffffffu
template <int team> static __device__ __forceinline__ unsigned grt_group()
{
    return (GRT_WARP >> (32 - team)) << (threadIdx.x % 32 / team * team);
}

/* Halves upon halves: every lane has the same bits in the end, for each op is symmetric. */
template <int team, class Op, class T>
static __device__ __forceinline__ T grt_join_lanes(T x, unsigned lanes = GRT_WARP)
{
    static_assert(team <= 32, "a warp, or a part of one");
    for (int step = team / 2; step > 0; step /= 2)
        x = Op::of(x, __shfl_xor_sync(lanes, x, step));
    return x;
}

/* Of a block: warps first, then one after the other.  `joins` is shared: a place for each warp. */
template <int team, class Op, class T> static __device__ __forceinline__ T grt_join(T x, T *joins)
{
    x = grt_join_lanes<32, Op>(x);
    __syncthreads(); /* what was there before has been read */
    if (threadIdx.x % 32 == 0)
        joins[threadIdx.x / 32] = x;
    __syncthreads();
    x = joins[0];
    for (int i = 1; i < team / 32; i++)
        x = Op::of(x, joins[i]);
    return x;
}

/* Of groups within warps: where some of a warp's do not come, `lanes` are those of the group. */
#define GRT_JOIN(name, Op)                                                              \
    template <int team, class T>                                                        \
    static __device__ __forceinline__ T grt_join_##name(T x, unsigned lanes = GRT_WARP) \
    {                                                                                   \
        return grt_join_lanes<team, Op<T>>(x, lanes);                                   \
    }                                                                                   \
    template <int team, class T>                                                        \
    static __device__ __forceinline__ T grt_join_##name(T x, T *joins)                  \
    {                                                                                   \
        return grt_join<team, Op<T>>(x, joins);                                         \
    }

/* clang-format off */
GRT_JOIN(sum, GrtSum)
GRT_JOIN(prod, GrtProd)
GRT_JOIN(max, GrtMax)
GRT_JOIN(min, GrtMin)
/* clang-format on */

#endif
