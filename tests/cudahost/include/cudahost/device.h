/* device.h -- what kernels say: qualifiers, indices, shared memory, barriers.
 *
 * cu2host.awk writes `__shared__ float a[4][33];` as CUDAHOST_SHARED(float, a, [4][33]). */
#ifndef CUDAHOST_DEVICE_H
#define CUDAHOST_DEVICE_H

#include "types.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) __attribute__((aligned(n)))

namespace cudahost
{
/* Which thread of which block runs now; on the host `threads.x` is 0. In one place, for checks of
 * accesses. */
struct Now {
    uint3 thread, block;
    dim3 threads, blocks;
};
extern Now now;

/* Shared memory of one declaration, with bytes around it that nobody may touch. */
template <class T> struct Shared {
    enum { EDGE = 64 };
    alignas(64) unsigned char before[EDGE];
    alignas(16) T data;
    unsigned char after[EDGE];
};
/* Fills it for a block that meets it for the first time. Gives `data`. */
void *shared_memory(void *before, void *data, size_t bytes, void *after, Place at);
void *dynamic_shared_memory();

/* 1 for the mutant that CUDAHOST_MUTANT chose: programs of mutants/ ask. */
int is_mutant(int number);
struct Stream *other_stream(); /* which nothing waits for */

void barrier(Place at);
enum BarrierResult { BARRIER_COUNT, BARRIER_AND, BARRIER_OR };
int barrier_of(int value, BarrierResult result, Place at);
} // namespace cudahost

#define threadIdx (cudahost::now.thread)
#define blockIdx  (cudahost::now.block)
#define blockDim  (cudahost::now.threads)
#define gridDim   (cudahost::now.blocks)
enum { warpSize = 32 };

#define CUDAHOST_SHARED(type, name, extents)                             \
    typedef type cudahost_##name extents;                                \
    static cudahost::Shared<cudahost_##name> cudahost_of_##name;         \
    cudahost_##name &name = *(cudahost_##name *)cudahost::shared_memory( \
        cudahost_of_##name.before, (void *)&cudahost_of_##name.data,     \
        sizeof cudahost_of_##name.data, cudahost_of_##name.after, cudahost::here())
#define CUDAHOST_SHARED_DYNAMIC(type, name) type *name = (type *)cudahost::dynamic_shared_memory()

static inline void __syncthreads(cudahost::Place at = cudahost::here())
{
    cudahost::barrier(at);
}
static inline int __syncthreads_count(int value, cudahost::Place at = cudahost::here())
{
    return cudahost::barrier_of(value, cudahost::BARRIER_COUNT, at);
}
static inline int __syncthreads_and(int value, cudahost::Place at = cudahost::here())
{
    return cudahost::barrier_of(value, cudahost::BARRIER_AND, at);
}
static inline int __syncthreads_or(int value, cudahost::Place at = cudahost::here())
{
    return cudahost::barrier_of(value, cudahost::BARRIER_OR, at);
}
/* Between threads that run one after another there is nothing to order. */
static inline void __threadfence()
{
}
static inline void __threadfence_block()
{
}

#endif
