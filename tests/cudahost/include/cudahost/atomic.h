/* atomic.h -- atomic operations: no thread runs in between, since one gives way to another only
 * where it waits. */
#ifndef CUDAHOST_ATOMIC_H
#define CUDAHOST_ATOMIC_H

#include "types.h"

namespace cudahost
{
/* Tells the checker; in a seeded order another thread may come first. */
void before_atomic(void *memory, size_t bytes, Place at);

template <class T, class F>
__attribute__((no_sanitize("thread"))) static inline T atomic(T *memory, F change, Place at)
{
    before_atomic((void *)memory, sizeof *memory, at);
    T old = *memory;
    *memory = change(old);
    return old;
}
template <class T> struct Same {
    typedef T type;
};
} // namespace cudahost

/* The second operand is converted to the type of the first, as in CUDA's overloads. */
#define CUDAHOST_ATOMIC(name, result)                                                          \
    template <class T>                                                                         \
    static inline T name(T *memory, typename cudahost::Same<T>::type value,                    \
                         cudahost::Place at = cudahost::here())                                \
    {                                                                                          \
        return cudahost::atomic(                                                               \
            memory, [=](T old) __attribute__((no_sanitize("thread"))) { return (T)(result); }, \
            at);                                                                               \
    }
CUDAHOST_ATOMIC(atomicAdd, old + value)
CUDAHOST_ATOMIC(atomicSub, old - value)
CUDAHOST_ATOMIC(atomicMin, value < old ? value : old)
CUDAHOST_ATOMIC(atomicMax, value > old ? value : old)
CUDAHOST_ATOMIC(atomicAnd, old &value)
CUDAHOST_ATOMIC(atomicOr, old | value)
CUDAHOST_ATOMIC(atomicExch, (void(old), value))
template <class T>
static inline T atomicCAS(T *memory, typename cudahost::Same<T>::type expected,
                          typename cudahost::Same<T>::type value,
                          cudahost::Place at = cudahost::here())
{
    return cudahost::atomic(
        memory,
        [=](T old) __attribute__((no_sanitize("thread"))) { return old == expected ? value : old; },
        at);
}

#endif
