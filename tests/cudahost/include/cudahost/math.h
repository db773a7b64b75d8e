/* math.h -- the device's functions that the C library does not have. Fast ones are as exact as the
 * others here. */
#ifndef CUDAHOST_MATH_H
#define CUDAHOST_MATH_H

#include "types.h"
#include "warp.h"

template <class T> static inline T __ldg(const T *memory)
{
    return *memory;
}
static inline float rsqrtf(float x)
{
    return 1.0f / sqrtf(x);
}
static inline double rsqrt(double x)
{
    return 1.0 / sqrt(x);
}
/* glibc declares functions of these names, which it does not have. */
#define cospi(x)     cos(3.141592653589793 * (x))
#define __expf(x)    expf(x)
#define __exp10f(x)  exp10f(x)
#define __logf(x)    logf(x)
#define __log2f(x)   log2f(x)
#define __log10f(x)  log10f(x)
#define __powf(x, y) powf(x, y)
#define __sinf(x)    sinf(x)
#define __cosf(x)    cosf(x)
#define __tanf(x)    tanf(x)
static inline float __fdividef(float a, float b)
{
    return a / b;
}
static inline float __saturatef(float x)
{
    return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f;
}
/* Rounded once each: never contracted into a fused operation. */
static inline float __fmul_rn(float a, float b)
{
    volatile float r = a * b;
    return r;
}
static inline float __fadd_rn(float a, float b)
{
    volatile float r = a + b;
    return r;
}
static inline float __fsub_rn(float a, float b)
{
    volatile float r = a - b;
    return r;
}
static inline float __fdiv_rn(float a, float b)
{
    return a / b;
}
static inline float __fsqrt_rn(float a)
{
    return sqrtf(a);
}
static inline float __fmaf_rn(float a, float b, float c)
{
    return fmaf(a, b, c);
}
static inline double __dmul_rn(double a, double b)
{
    volatile double r = a * b;
    return r;
}
static inline double __dadd_rn(double a, double b)
{
    volatile double r = a + b;
    return r;
}

static inline float __int_as_float(int i)
{
    return cudahost::from_bits<float>((uint32_t)i);
}
static inline int __float_as_int(float f)
{
    return (int)cudahost::to_bits(f);
}
static inline float __uint_as_float(unsigned i)
{
    return cudahost::from_bits<float>(i);
}
static inline unsigned __float_as_uint(float f)
{
    return (unsigned)cudahost::to_bits(f);
}
static inline double __longlong_as_double(long long i)
{
    return cudahost::from_bits<double>((uint64_t)i);
}
static inline long long __double_as_longlong(double f)
{
    return (long long)cudahost::to_bits(f);
}

static inline unsigned __umulhi(unsigned a, unsigned b)
{
    return (unsigned)(((uint64_t)a * b) >> 32);
}
__extension__ typedef unsigned __int128 cudahost_uint128;
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b)
{
    return (unsigned long long)(((cudahost_uint128)a * b) >> 64);
}
static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}
static inline int __ffs(int x)
{
    return __builtin_ffs(x);
}
static inline int __clz(int x)
{
    return x ? __builtin_clz((unsigned)x) : 32;
}
static inline int __clzll(long long x)
{
    return x ? __builtin_clzll((unsigned long long)x) : 64;
}

#define CUDAHOST_MIN_MAX(T)       \
    static inline T min(T a, T b) \
    {                             \
        return b < a ? b : a;     \
    }                             \
    static inline T max(T a, T b) \
    {                             \
        return a < b ? b : a;     \
    }
CUDAHOST_MIN_MAX(int)
CUDAHOST_MIN_MAX(unsigned)
CUDAHOST_MIN_MAX(long)
CUDAHOST_MIN_MAX(unsigned long)
CUDAHOST_MIN_MAX(long long)
CUDAHOST_MIN_MAX(unsigned long long)
/* Of floats, CUDA's are fminf and fmaxf: a NaN gives way. */
static inline float min(float a, float b)
{
    return fminf(a, b);
}
static inline float max(float a, float b)
{
    return fmaxf(a, b);
}
static inline double min(double a, double b)
{
    return fmin(a, b);
}
static inline double max(double a, double b)
{
    return fmax(a, b);
}

#endif
