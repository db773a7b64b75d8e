/* types.h -- CUDA's vector types, and Place: where in the program something was called. */
#ifndef CUDAHOST_TYPES_H
#define CUDAHOST_TYPES_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

/* The version whose API is shown: tests build with an older one, too. */
#ifndef CUDART_VERSION
#define CUDART_VERSION 13000
#endif
#define CUDAHOST 1

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_)
    {
    }
};

/* Vectors have the alignment that the hardware's wide accesses need.  They are made in place, also
 * at -O0: the checker sees a store by the kernel's own line. */
#define CUDAHOST_VECTORS(T, name, small, large)                                             \
    struct alignas(small) name##2                                                           \
    {                                                                                       \
        T x, y;                                                                             \
    };                                                                                      \
    struct name##3                                                                          \
    {                                                                                       \
        T x, y, z;                                                                          \
    };                                                                                      \
    struct alignas(large) name##4                                                           \
    {                                                                                       \
        T x, y, z, w;                                                                       \
    };                                                                                      \
    static inline __attribute__((always_inline)) name##2 make_##name##2(T x, T y)           \
    {                                                                                       \
        return {x, y};                                                                      \
    }                                                                                       \
    static inline __attribute__((always_inline)) name##3 make_##name##3(T x, T y, T z)      \
    {                                                                                       \
        return {x, y, z};                                                                   \
    }                                                                                       \
    static inline __attribute__((always_inline)) name##4 make_##name##4(T x, T y, T z, T w) \
    {                                                                                       \
        return {x, y, z, w};                                                                \
    }
CUDAHOST_VECTORS(signed char, char, 2, 4)
CUDAHOST_VECTORS(unsigned char, uchar, 2, 4)
CUDAHOST_VECTORS(short, short, 4, 8)
CUDAHOST_VECTORS(unsigned short, ushort, 4, 8)
CUDAHOST_VECTORS(int, int, 8, 16)
CUDAHOST_VECTORS(float, float, 8, 16)
CUDAHOST_VECTORS(long long, longlong, 16, 16)
CUDAHOST_VECTORS(double, double, 16, 16)
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
static inline __attribute__((always_inline)) uint2 make_uint2(unsigned x, unsigned y)
{
    return {x, y};
}
static inline __attribute__((always_inline)) uint4 make_uint4(unsigned x, unsigned y, unsigned z,
                                                              unsigned w)
{
    return {x, y, z, w};
}

namespace cudahost
{
/* The line of a call: a default argument `Place at = here()` has that of the caller. */
struct Place {
    const char *file;
    int line;
};
static inline constexpr Place here(const char *file = __builtin_FILE(), int line = __builtin_LINE())
{
    return {file, line};
}
} // namespace cudahost

#endif
