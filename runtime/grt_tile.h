/* grt_tile.h -- products of matrices, for generated programs: the innermost part, in registers.
 *
 *     c[i * c_row + j] (+)= sum over o < outer, k < inner:  a[i * a_row + o * a_outer + k *
 * a_inner]
 *                                                         * b[o * b_outer + k * b_inner + j]
 *
 * for i < rows, j < columns.  b and c have their columns side by side; all strides are in elements,
 * may be 0 (where one thing is used again and again) or negative.  A plain matrix product has
 * outer 1; a convolution over an image with channels last sums over the rows of a window (outer)
 * and over the taps of one such row (inner), and its a_row is the step from pixel to pixel.
 *
 *     grt_product_f32(64, 10, 1, 128, x, 128, 0, 1, w, 0, 10, y, 10, 0);       y = x w
 *
 * Nothing but these elements is read or written.  Each element is summed in the order of the
 * formula, then added to c where `add` is not 0: its bits do not depend on how rows and columns are
 * parted into calls.  All arguments may be values of the run. */
#ifndef GRT_TILE_H
#define GRT_TILE_H

#include <stdint.h>

#define GRT_TILE(name, T)                                                                          \
    static inline void grt_product_##name(                                                         \
        int64_t rows, int64_t columns, int64_t outer, int64_t inner, const T *a, int64_t a_row,    \
        int64_t a_outer, int64_t a_inner, const T *b, int64_t b_outer, int64_t b_inner,            \
        T *restrict c, int64_t c_row, int add)                                                     \
    {                                                                                              \
        for (int64_t i = 0; i < rows; i++)                                                         \
            for (int64_t j = 0; j < columns; j++) {                                                \
                T sum = 0;                                                                         \
                for (int64_t o = 0; o < outer; o++)                                                \
                    for (int64_t k = 0; k < inner; k++)                                            \
                        sum += a[i * a_row + o * a_outer + k * a_inner] *                          \
                               b[o * b_outer + k * b_inner + j];                                   \
                c[i * c_row + j] = add ? c[i * c_row + j] + sum : sum;                             \
            }                                                                                      \
    }                                                                                              \
    /* to[k * to_row + j] = from[k * from_k + j * from_j] for k < sums, j < columns: brings the */ \
    /* columns of a b side by side. */                                                             \
    static inline void grt_pack_##name(int64_t sums, int64_t columns, const T *from,               \
                                       int64_t from_k, int64_t from_j, T *restrict to,             \
                                       int64_t to_row)                                             \
    {                                                                                              \
        for (int64_t k = 0; k < sums; k++)                                                         \
            for (int64_t j = 0; j < columns; j++)                                                  \
                to[k * to_row + j] = from[k * from_k + j * from_j];                                \
    }

/* clang-format off */
GRT_TILE(f32, float)
GRT_TILE(f64, double)
/* clang-format on */

#endif
