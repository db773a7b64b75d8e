/* grt_checked.h -- size arithmetic that says when it overflows.  Inside the runtime; sizes that
 * come from a file or a command line go through it. */
#ifndef GRT_CHECKED_H
#define GRT_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* Each stores the result and returns true, or returns false and leaves *out alone. */
static inline bool grt_checked_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

static inline bool grt_checked_mul(int64_t a, int64_t b, int64_t *out)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

#endif
