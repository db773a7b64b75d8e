/* grt_random.h -- counter-based random numbers: Philox 4x32-10.
 *
 * A draw is a pure function of (seed, key of the place, step, sample, element): the same for any
 * number of threads, any order of evaluation, and on CUDA.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11. */
#ifndef GRT_RANDOM_H
#define GRT_RANDOM_H

#include <math.h>

#include "grt.h"
#include "grt_inline.h"

typedef struct GrtPhilox {
    uint32_t v[4];
} GrtPhilox;

GRT_INLINE GrtPhilox grt_philox_round(GrtPhilox c, uint32_t k0, uint32_t k1)
{
    const uint64_t p0 = (uint64_t)0xD2511F53u * c.v[0];
    const uint64_t p1 = (uint64_t)0xCD9E8D57u * c.v[2];
    const GrtPhilox next = {{(uint32_t)(p1 >> 32) ^ c.v[1] ^ k0, (uint32_t)p1,
                             (uint32_t)(p0 >> 32) ^ c.v[3] ^ k1, (uint32_t)p0}};
    return next;
}

/* Ten rounds over counter c with a key.  No loop: the loops around it are to become vector code. */
GRT_INLINE GrtPhilox grt_philox(GrtPhilox c, uint32_t k0, uint32_t k1)
{
    const uint32_t a = 0x9E3779B9u, b = 0xBB67AE85u;
    c = grt_philox_round(c, k0, k1);
    c = grt_philox_round(c, k0 + a, k1 + b);
    c = grt_philox_round(c, k0 + 2 * a, k1 + 2 * b);
    c = grt_philox_round(c, k0 + 3 * a, k1 + 3 * b);
    c = grt_philox_round(c, k0 + 4 * a, k1 + 4 * b);
    c = grt_philox_round(c, k0 + 5 * a, k1 + 5 * b);
    c = grt_philox_round(c, k0 + 6 * a, k1 + 6 * b);
    c = grt_philox_round(c, k0 + 7 * a, k1 + 7 * b);
    c = grt_philox_round(c, k0 + 8 * a, k1 + 8 * b);
    return grt_philox_round(c, k0 + 9 * a, k1 + 9 * b);
}

/* 128 random bits for one element: the key is seed ^ place, the counter (element, sample, step). */
GRT_INLINE GrtPhilox grt_draw(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    const uint64_t key = rng.seed ^ place;
    const uint64_t row = rng.first_sample + (uint64_t)sample;
    const GrtPhilox counter = {{(uint32_t)element, (uint32_t)((uint64_t)element >> 32),
                                (uint32_t)row, (uint32_t)rng.step}};
    return grt_philox(counter, (uint32_t)key, (uint32_t)(key >> 32));
}

GRT_INLINE double grt_uniform_f64(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    const GrtPhilox r = grt_draw(rng, place, sample, element);
    return (double)(((uint64_t)r.v[0] << 32 | r.v[1]) >> 11) * 0x1p-53;
}

/* The f64 draw cut to 24 bits, so that it stays below 1. */
GRT_INLINE float grt_uniform_f32(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    return (float)(int32_t)(grt_draw(rng, place, sample, element).v[0] >> 8) * 0x1p-24f;
}

/* Box-Muller, in f64 for both, so that a gradient check sees the draws of the f32 program. */
GRT_INLINE double grt_normal_f64(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    const GrtPhilox r = grt_draw(rng, place, sample, element);
    const double u = ((double)(((uint64_t)r.v[0] << 32 | r.v[1]) >> 11) + 0.5) * 0x1p-53;
#ifdef __CUDACC__ /* without the reduction of large angles */
    const double along = cospi((double)r.v[2] * 0x1p-31);
#else
    const double along = cos(6.283185307179586 * (double)r.v[2] * 0x1p-32);
#endif
    return sqrt(-2.0 * log(u)) * along;
}

GRT_INLINE float grt_normal_f32(GrtRng rng, uint64_t place, int64_t sample, int64_t element)
{
    return (float)grt_normal_f64(rng, place, sample, element);
}

#endif
