/* cuda_bf16.h -- __nv_bfloat16: its bits and conversions. */
#ifndef CUDAHOST_CUDA_BF16_H
#define CUDAHOST_CUDA_BF16_H

#include "cudahost/half.h"

struct __nv_bfloat16 {
    uint16_t bits;
};
static inline __nv_bfloat16 __float2bfloat16(float x)
{
    return {cudahost::bfloat16_of_float(x)};
}
static inline __nv_bfloat16 __float2bfloat16_rn(float x)
{
    return {cudahost::bfloat16_of_float(x)};
}
static inline float __bfloat162float(__nv_bfloat16 h)
{
    return cudahost::float_of_bfloat16(h.bits);
}
static inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 h)
{
    return h.bits;
}
static inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits)
{
    return {bits};
}

#endif
