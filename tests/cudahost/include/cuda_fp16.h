/* cuda_fp16.h -- __half: its bits and conversions. */
#ifndef CUDAHOST_CUDA_FP16_H
#define CUDAHOST_CUDA_FP16_H

#include "cudahost/half.h"

struct __half {
    uint16_t bits;
};
struct __half_raw {
    unsigned short x;
};
typedef __half half;
static inline __half __float2half(float x)
{
    return {cudahost::half_of_float(x)};
}
static inline __half __float2half_rn(float x)
{
    return {cudahost::half_of_float(x)};
}
static inline float __half2float(__half h)
{
    return cudahost::float_of_half(h.bits);
}
static inline unsigned short __half_as_ushort(__half h)
{
    return h.bits;
}
static inline __half __ushort_as_half(unsigned short bits)
{
    return {bits};
}

#endif
