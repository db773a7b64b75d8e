/* grt_shuffle.h -- draws for the order of samples and the places of windows: whole numbers that are
 * a function of a state, the same on any machine.  Inside the runtime. */
#ifndef GRT_SHUFFLE_H
#define GRT_SHUFFLE_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): the
 * state advances by a constant, and its mixed bits are the draw. */
static inline uint64_t grt_shuffle_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t grt_shuffle_draw(uint64_t *state)
{
    return grt_shuffle_mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* The upper half of a product of 64 bits each. */
static inline uint64_t grt_shuffle_high(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 Wide;
    return (uint64_t)((Wide)a * b >> 64);
#else
    const uint64_t mask = UINT32_MAX, a0 = a & mask, a1 = a >> 32, b0 = b & mask, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & mask);
    return a1 * b1 + (middle >> 32) + (other >> 32);
#endif
}

/* A whole number below bound, each as likely: the draw as a fraction, times bound.  What would make
 * some of them likelier is drawn again (Lemire, "Fast random integer generation in an interval",
 * 2019). */
static inline uint64_t grt_shuffle_below(uint64_t bound, uint64_t *state)
{
    uint64_t draw = grt_shuffle_draw(state);
    if (draw * bound < bound) {
        const uint64_t rest = (UINT64_MAX - bound + 1) % bound; /* 2^64 mod bound */
        while (draw * bound < rest)
            draw = grt_shuffle_draw(state);
    }
    return grt_shuffle_high(draw, bound);
}

#endif
