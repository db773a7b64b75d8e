/* grt_lanes.h -- reductions of a row, several elements at once.
 *
 * A loop that adds one element after the other waits for each addition; so element i of a row goes
 * to lane i % width (4, 8 or 16), and the lanes are joined at the end, halves upon halves:
 *
 *     ((x0 + x8) + (x4 + x12)) + ...
 *
 * The order is a matter of the model alone: a result does not depend on the machine's vectors. */
#ifndef GRT_LANES_H
#define GRT_LANES_H

#include "grt_math.h"

/* Loops of a fixed length become vectors. */
#define GRT_LANES_SUM(op, name, T, JOIN)                             \
    GRT_INLINE T grt_##op##_lanes_##name(T *lanes, int width)        \
    {                                                                \
        for (int i = 0; i < 8 && width > 8; i++)                     \
            lanes[i] = lanes[i] JOIN lanes[i + 8];                   \
        for (int i = 0; i < 4 && width > 4; i++)                     \
            lanes[i] = lanes[i] JOIN lanes[i + 4];                   \
        return (lanes[0] JOIN lanes[2])JOIN(lanes[1] JOIN lanes[3]); \
    }

/* A NaN wins; it is looked for at once, since a test of each would be a jump. */
#define GRT_LANES_PICK(op, name, T, BEFORE)                                    \
    GRT_INLINE T grt_##op##_lanes_##name(T *lanes, int width)                  \
    {                                                                          \
        int lost = 0;                                                          \
        for (int i = 0; i < width; i++)                                        \
            lost |= lanes[i] != lanes[i];                                      \
        for (int i = 0; i < 8 && width > 8; i++)                               \
            lanes[i] = lanes[i] BEFORE lanes[i + 8] ? lanes[i] : lanes[i + 8]; \
        for (int i = 0; i < 4 && width > 4; i++)                               \
            lanes[i] = lanes[i] BEFORE lanes[i + 4] ? lanes[i] : lanes[i + 4]; \
        const T a = lanes[0] BEFORE lanes[2] ? lanes[0] : lanes[2];            \
        const T b = lanes[1] BEFORE lanes[3] ? lanes[1] : lanes[3];            \
        return lost ? (T)NAN : a BEFORE b ? a : b;                             \
    }

/* clang-format off */
GRT_LANES_SUM(sum, f32, float, +)
GRT_LANES_SUM(sum, f64, double, +)
GRT_LANES_SUM(prod, f32, float, *)
GRT_LANES_SUM(prod, f64, double, *)
GRT_LANES_PICK(max, f32, float, >)
GRT_LANES_PICK(max, f64, double, >)
GRT_LANES_PICK(min, f32, float, <)
GRT_LANES_PICK(min, f64, double, <)
/* clang-format on */

#endif
