/* checked.h -- size arithmetic that says when it overflows.  No raw `*` on sizes elsewhere. */
#ifndef GRADC_CHECKED_H
#define GRADC_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* Each stores the result and returns true, or returns false and leaves *out alone. */
static inline bool checked_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

static inline bool checked_mul(int64_t a, int64_t b, int64_t *out)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

/* The smallest multiple of align (a power of two) that is >= value. */
static inline bool checked_align(int64_t value, int64_t align, int64_t *out)
{
    int64_t padded;
    if (!checked_add(value, align - 1, &padded))
        return false;
    *out = padded & ~(align - 1);
    return true;
}

#endif
