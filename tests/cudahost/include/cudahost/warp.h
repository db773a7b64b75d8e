/* warp.h -- operations among the 32 threads of a warp. Every lane of the mask has to come to the
 * same one. */
#ifndef CUDAHOST_WARP_H
#define CUDAHOST_WARP_H

#include "types.h"

namespace cudahost
{
enum WarpOp { WARP_INDEX, WARP_UP, WARP_DOWN, WARP_XOR, WARP_BALLOT, WARP_SYNC };
/* What the lane gets: another lane's `bits`, or the lanes whose bits are not 0. */
uint64_t warp_operation(WarpOp op, unsigned mask, uint64_t bits, int lane, int width, Place at);

template <class T> static inline uint64_t to_bits(T value)
{
    static_assert(sizeof(T) <= 8, "a shuffled value");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    return bits;
}
template <class T> static inline T from_bits(uint64_t bits)
{
    T value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
template <class T>
static inline T shuffle(WarpOp op, unsigned mask, T value, int lane, int width, Place at)
{
    return from_bits<T>(warp_operation(op, mask, to_bits(value), lane, width, at));
}
} // namespace cudahost

template <class T>
static inline T __shfl_sync(unsigned mask, T value, int lane, int width = 32,
                            cudahost::Place at = cudahost::here())
{
    return cudahost::shuffle(cudahost::WARP_INDEX, mask, value, lane, width, at);
}
template <class T>
static inline T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32,
                               cudahost::Place at = cudahost::here())
{
    return cudahost::shuffle(cudahost::WARP_UP, mask, value, (int)distance, width, at);
}
template <class T>
static inline T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32,
                                 cudahost::Place at = cudahost::here())
{
    return cudahost::shuffle(cudahost::WARP_DOWN, mask, value, (int)distance, width, at);
}
template <class T>
static inline T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32,
                                cudahost::Place at = cudahost::here())
{
    return cudahost::shuffle(cudahost::WARP_XOR, mask, value, lanes, width, at);
}
static inline unsigned __ballot_sync(unsigned mask, int value,
                                     cudahost::Place at = cudahost::here())
{
    return (unsigned)cudahost::warp_operation(cudahost::WARP_BALLOT, mask, value != 0, 0, 32, at);
}
static inline int __any_sync(unsigned mask, int value, cudahost::Place at = cudahost::here())
{
    return __ballot_sync(mask, value, at) != 0;
}
static inline int __all_sync(unsigned mask, int value, cudahost::Place at = cudahost::here())
{
    return __ballot_sync(mask, value, at) == mask;
}
static inline void __syncwarp(unsigned mask = 0xffffffffu, cudahost::Place at = cudahost::here())
{
    cudahost::warp_operation(cudahost::WARP_SYNC, mask, 0, 0, 32, at);
}

#endif
