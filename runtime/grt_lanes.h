/* grt_lanes.h -- reductions of a row, several elements at once.
 *
 * A loop that adds one element after the other waits for each addition; so element i of a row goes
 * to lane i % width, and the lanes are joined at the end, halves upon halves:
 *
 *     ((x0 + x8) + (x4 + x12)) + ...
 *
 * The order is a matter of the model alone: a result does not depend on the machine's vectors. */
#ifndef GRT_LANES_H
#define GRT_LANES_H

#include "grt_math.h"

#define GRT_LANES(op, name, T, JOIN)                             \
    static inline T grt_##op##_lanes_##name(T *lanes, int width) \
    {                                                            \
        for (int half = width / 2; half > 0; half /= 2)          \
            for (int i = 0; i < half; i++)                       \
                lanes[i] = JOIN(lanes[i], lanes[i + half]);      \
        return lanes[0];                                         \
    }

#define GRT_LANES_ADD(x, y) ((x) + (y))
#define GRT_LANES_MUL(x, y) ((x) * (y))

GRT_LANES(sum, f32, float, GRT_LANES_ADD)
GRT_LANES(sum, f64, double, GRT_LANES_ADD)
GRT_LANES(prod, f32, float, GRT_LANES_MUL)
GRT_LANES(prod, f64, double, GRT_LANES_MUL)
GRT_LANES(max, f32, float, grt_max_f32)
GRT_LANES(max, f64, double, grt_max_f64)
GRT_LANES(min, f32, float, grt_min_f32)
GRT_LANES(min, f64, double, grt_min_f64)

#endif
