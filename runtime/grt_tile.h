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
 * No other elements are written, and none outside of these arrays read (between rows of b there may
 * be reads of what is not used).  c must not overlap a or b.  Each element is summed in the order
 * of the formula, then added to c where `add` is not 0: its bits do not depend on how rows and
 * columns are parted into calls.  All arguments may be values of the run.
 *
 * grt_pack_f32(sums, columns, from, from_k, from_j, to, to_row) brings the columns of a b side by
 * side: to[k * to_row + j] = from[k * from_k + j * from_j] for k < sums, j < columns.
 *
 * Products are fast where b's part of some 16 to 48 columns stays in the processor's caches while
 * the rows pass by: the caller parts long sums, and brings the columns of a large b together by
 * grt_pack. */
#ifndef GRT_TILE_H
#define GRT_TILE_H

#include "grt_vector.h"

/* A tile is up to 8 rows by up to 3 vectors of c.  Its totals, a row of b and an element of a have
 * to fit into the registers: 32 of them hold any such tile, 16 hold 6 x 2 and 4 x 3. */
enum { GRT_MOST_ROWS = 8, GRT_MOST_VECTORS = 3 };
#if defined __AVX512F__ || defined __aarch64__
#define GRT_TILE_ROWS(vectors)    8
#define GRT_TILE_VECTORS(vectors) ((vectors) == 4 ? 2 : (vectors) < 3 ? (vectors) : 3)
#define GRT_TILES(X, name, T)   \
    GRT_TILES_OF_16(X, name, T) \
    X(name, T, 7, 2)            \
    X(name, T, 8, 2) X(name, T, 5, 3) X(name, T, 6, 3) X(name, T, 7, 3) X(name, T, 8, 3)
#else
#define GRT_TILE_ROWS(vectors)    ((vectors) == 3 ? 4 : (vectors) == 2 ? 6 : 8)
#define GRT_TILE_VECTORS(vectors) ((vectors) > 3 ? 2 : (vectors))
#define GRT_TILES(X, name, T)     GRT_TILES_OF_16(X, name, T)
#endif
#define GRT_TILES_OF_16(X, name, T)                                                              \
    X(name, T, 1, 1)                                                                             \
    X(name, T, 2, 1)                                                                             \
    X(name, T, 3, 1) X(name, T, 4, 1) X(name, T, 5, 1) X(name, T, 6, 1) X(name, T, 7, 1)         \
        X(name, T, 8, 1) X(name, T, 1, 2) X(name, T, 2, 2) X(name, T, 3, 2) X(name, T, 4, 2)     \
            X(name, T, 5, 2) X(name, T, 6, 2) X(name, T, 1, 3) X(name, T, 2, 3) X(name, T, 3, 3) \
                X(name, T, 4, 3)

enum { GRT_SET, GRT_ADD, GRT_GO_ON }; /* c = sum; c = c + sum; the sum starts from c */

/* What all tiles of a product have in common.  The last vector of a tile begins `last` columns
 * after its first: where columns are no multiple of the vector, it overlaps the one before, and the
 * elements that both hold are computed twice, which gives the same bits. */
#define GRT_PRODUCT(name, T)                                                          \
    typedef struct GrtProduct_##name {                                                \
        int64_t outer, inner, a_row, a_outer, a_inner, b_outer, b_inner, c_row, last; \
        int how;                                                                      \
    } GrtProduct_##name;

/* ---- a tile ---- */

#define GRT_TILE(name, T)                                                                          \
    GRT_INLINE void grt_tile_##name(const int rows, const int vectors, const GrtProduct_##name *p, \
                                    const T *a, const T *b, T *restrict c)                         \
    {                                                                                              \
        GRT_FUSED                                                                                  \
        const int lanes = GRT_LANES_##name, end = vectors - 1;                                     \
        grt_v##name sum[GRT_MOST_ROWS][GRT_MOST_VECTORS];                                          \
        const T *row[GRT_MOST_ROWS];                                                               \
        int64_t at[GRT_MOST_VECTORS];                                                              \
        GRT_UNROLL                                                                                 \
        for (int j = 0; j < vectors; j++)                                                          \
            at[j] = j > 0 && j == end ? p->last : j * lanes;                                       \
        GRT_UNROLL                                                                                 \
        for (int i = 0; i < rows; i++) {                                                           \
            row[i] = a + i * p->a_row;                                                             \
            GRT_UNROLL                                                                             \
            for (int j = 0; j < vectors; j++)                                                      \
                sum[i][j] = p->how == GRT_GO_ON ? grt_load_##name(c + i * p->c_row + at[j])        \
                                                : (grt_v##name){0};                                \
        }                                                                                          \
        for (int64_t o = 0; o < p->outer; o++) {                                                   \
            const T *from = b + o * p->b_outer;                                                    \
            int64_t offset = o * p->a_outer;                                                       \
            GRT_ROLLED                                                                             \
            for (int64_t k = 0; k < p->inner; k++) {                                               \
                grt_v##name b_row[GRT_MOST_VECTORS];                                               \
                GRT_UNROLL                                                                         \
                for (int j = 0; j < vectors; j++)                                                  \
                    b_row[j] = grt_load_##name(from + at[j]);                                      \
                GRT_UNROLL                                                                         \
                for (int i = 0; i < rows; i++) {                                                   \
                    const T x = row[i][offset];                                                    \
                    GRT_UNROLL                                                                     \
                    for (int j = 0; j < vectors; j++)                                              \
                        sum[i][j] += x * b_row[j];                                                 \
                }                                                                                  \
                from += p->b_inner;                                                                \
                offset += p->a_inner;                                                              \
            }                                                                                      \
        }                                                                                          \
        const grt_m##name fresh = grt_lanes_from_##name(end * lanes - at[end]);                    \
        GRT_UNROLL                                                                                 \
        for (int i = 0; i < rows; i++) {                                                           \
            GRT_UNROLL                                                                             \
            for (int j = 0; j < vectors; j++) {                                                    \
                T *to = c + i * p->c_row + at[j];                                                  \
                if (p->how == GRT_ADD) {                                                           \
                    const grt_v##name old = grt_load_##name(to), all = old + sum[i][j];            \
                    sum[i][j] = j > 0 && j == end ? grt_select_##name(fresh, all, old) : all;      \
                }                                                                                  \
                grt_store_##name(to, sum[i][j]);                                                   \
            }                                                                                      \
        }                                                                                          \
    }

/* Functions of their own, so that what is around their calls cannot take their registers. */
#define GRT_TILE_FUNCTION(name, T, rows, vectors)                                                  \
    GRT_NOINLINE void grt_tile_##name##_##rows##x##vectors(const GrtProduct_##name *p, const T *a, \
                                                           const T *b, T *restrict c)              \
    {                                                                                              \
        grt_tile_##name(rows, vectors, p, a, b, c);                                                \
    }
#define GRT_TILE_CASE(name, T, rows, vectors)             \
    case rows * 4 + vectors:                              \
        grt_tile_##name##_##rows##x##vectors(p, a, b, c); \
        break;

/* ---- strips: all rows of a few vectors of columns, in tiles of nearly the same size ---- */

#define GRT_STRIP(name, T)                                                                        \
    GRT_NOINLINE void grt_strip_##name(int64_t rows, int64_t vectors, const GrtProduct_##name *p, \
                                       const T *a, const T *b, T *restrict c)                     \
    {                                                                                             \
        int64_t tiles = (rows + GRT_TILE_ROWS(vectors) - 1) / GRT_TILE_ROWS(vectors);             \
        for (; tiles > 0; tiles--) {                                                              \
            const int64_t now = (rows + tiles - 1) / tiles;                                       \
            switch (now * 4 + vectors) {                                                          \
                GRT_TILES(GRT_TILE_CASE, name, T)                                                 \
            }                                                                                     \
            a += now * p->a_row;                                                                  \
            c += now * p->c_row;                                                                  \
            rows -= now;                                                                          \
        }                                                                                         \
    }

/* ---- fewer columns than a vector has lanes ---- */

/* The vectors of b reach into its next rows; rows where they would reach out of b are read from a
 * copy, up to `lanes` of them at a time.  Totals go through an array of whole vectors. */
#define GRT_NARROW(name, T)                                                                        \
    /* how many rows of b from the first of its part `o` on are read where they lie */             \
    GRT_INLINE int64_t grt_whole_##name(const GrtProduct_##name *p, int64_t columns, int64_t o)    \
    {                                                                                              \
        const int64_t missing = GRT_LANES_##name - columns;                                        \
        if (p->b_inner < 1 || p->b_outer < 0)                                                      \
            return 0;                                                                              \
        if (o + 1 < p->outer)                                                                      \
            return p->b_outer < missing ? 0 : p->inner;                                            \
        const int64_t copied = (missing + p->b_inner - 1) / p->b_inner;                            \
        return p->inner > copied ? p->inner - copied : 0;                                          \
    }                                                                                              \
                                                                                                   \
    GRT_INLINE void grt_narrow_out_##name(int64_t columns, int how, const T *sum, T *c)            \
    {                                                                                              \
        const int64_t half = GRT_LANES_##name / 2, last = columns - half;                          \
        if (half > 1 && last >= 0) {                                                               \
            grt_h##name x = *(const grt_h##name *)sum, y = *(const grt_h##name *)(sum + last);     \
            if (how == GRT_ADD) {                                                                  \
                x += *(const grt_h##name *)c;                                                      \
                y += *(const grt_h##name *)(c + last);                                             \
            }                                                                                      \
            *(grt_h##name *)c = x;                                                                 \
            *(grt_h##name *)(c + last) = y;                                                        \
        } else {                                                                                   \
            for (int64_t j = 0; j < columns; j++)                                                  \
                c[j] = how == GRT_ADD ? c[j] + sum[j] : sum[j];                                    \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    GRT_INLINE void grt_narrow_tile_##name(int64_t rows, int64_t columns,                          \
                                           const GrtProduct_##name *p, const T *a, const T *b,     \
                                           T *restrict c)                                          \
    {                                                                                              \
        enum { LANES = GRT_LANES_##name };                                                         \
        T sum[GRT_MOST_ROWS * LANES], copy[LANES * LANES];                                         \
        GrtProduct_##name part = *p;                                                               \
        part.outer = 1;                                                                            \
        part.c_row = LANES;                                                                        \
        part.how = GRT_SET;                                                                        \
        for (int64_t o = 0; o < p->outer; o++, a += p->a_outer, b += p->b_outer) {                 \
            int64_t k = part.inner = grt_whole_##name(p, columns, o);                              \
            part.b_inner = p->b_inner;                                                             \
            if (o == 0 || k > 0)                                                                   \
                grt_strip_##name(rows, 1, &part, a, b, sum);                                       \
            part.how = GRT_GO_ON;                                                                  \
            for (part.b_inner = LANES; k < p->inner; k += part.inner) {                            \
                part.inner = p->inner - k < LANES ? p->inner - k : LANES;                          \
                for (int64_t r = 0; r < part.inner; r++)                                           \
                    for (int64_t j = 0; j < columns; j++)                                          \
                        copy[r * LANES + j] = b[(k + r) * p->b_inner + j];                         \
                grt_strip_##name(rows, 1, &part, a + k * p->a_inner, copy, sum);                   \
            }                                                                                      \
        }                                                                                          \
        for (int64_t i = 0; i < rows; i++)                                                         \
            grt_narrow_out_##name(columns, p->how, sum + i * LANES, c + i * p->c_row);             \
    }                                                                                              \
                                                                                                   \
    GRT_NOINLINE void grt_narrow_##name(int64_t rows, int64_t columns, const GrtProduct_##name *p, \
                                        const T *a, const T *b, T *restrict c)                     \
    {                                                                                              \
        for (; rows > 0; rows -= GRT_MOST_ROWS) {                                                  \
            grt_narrow_tile_##name(rows < GRT_MOST_ROWS ? rows : GRT_MOST_ROWS, columns, p, a, b,  \
                                   c);                                                             \
            a += GRT_MOST_ROWS * p->a_row;                                                         \
            c += GRT_MOST_ROWS * p->c_row;                                                         \
        }                                                                                          \
    }

/* ---- what generated programs call ---- */

#define GRT_PRODUCT_CALL(name, T)                                                               \
    static inline void grt_product_##name(                                                      \
        int64_t rows, int64_t columns, int64_t outer, int64_t inner, const T *a, int64_t a_row, \
        int64_t a_outer, int64_t a_inner, const T *b, int64_t b_outer, int64_t b_inner,         \
        T *restrict c, int64_t c_row, int add)                                                  \
    {                                                                                           \
        const int64_t lanes = GRT_LANES_##name;                                                 \
        GrtProduct_##name p = {.outer = outer > 0 ? outer : 1,                                  \
                               .inner = outer > 0 ? inner : 0,                                  \
                               .a_row = a_row,                                                  \
                               .a_outer = a_outer,                                              \
                               .a_inner = a_inner,                                              \
                               .b_outer = b_outer,                                              \
                               .b_inner = b_inner,                                              \
                               .c_row = c_row,                                                  \
                               .how = add ? GRT_ADD : GRT_SET};                                 \
        if (columns < 1)                                                                        \
            return;                                                                             \
        if (columns < lanes) {                                                                  \
            grt_narrow_##name(rows, columns, &p, a, b, c);                                      \
            return;                                                                             \
        }                                                                                       \
        int64_t left = (columns + lanes - 1) / lanes;                                           \
        for (int64_t j = 0; left > 0;) {                                                        \
            const int64_t now = GRT_TILE_VECTORS(left);                                         \
            p.last = (now < left ? now * lanes : columns - j) - lanes;                          \
            grt_strip_##name(rows, now, &p, a, b + j, c + j);                                   \
            left -= now;                                                                        \
            j += now * lanes;                                                                   \
        }                                                                                       \
    }

/* ---- packing ---- */

/* Squares are transposed in registers, a line of memory (GRT_LINE) of each column after the other.
 */
enum { GRT_LINE = 64 };
#define GRT_PACK(name, T)                                                                          \
    GRT_INLINE void grt_copy_##name(int64_t count, const T *from, T *restrict to)                  \
    {                                                                                              \
        const int64_t lanes = GRT_LANES_##name;                                                    \
        if (count < lanes) {                                                                       \
            for (int64_t i = 0; i < count; i++)                                                    \
                to[i] = from[i];                                                                   \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < count - lanes; i += lanes)                                         \
            grt_store_##name(to + i, grt_load_##name(from + i));                                   \
        grt_store_##name(to + count - lanes, grt_load_##name(from + count - lanes));               \
    }                                                                                              \
                                                                                                   \
    /* Part of a transposition: sums and columns as they are left over by squares. */              \
    GRT_INLINE void grt_pack_plain_##name(int64_t sums, int64_t columns, const T *from,            \
                                          int64_t from_k, int64_t from_j, T *restrict to,          \
                                          int64_t to_row)                                          \
    {                                                                                              \
        for (int64_t k = 0; k < sums; k++)                                                         \
            for (int64_t j = 0; j < columns; j++)                                                  \
                to[k * to_row + j] = from[k * from_k + j * from_j];                                \
    }                                                                                              \
                                                                                                   \
    GRT_NOINLINE void grt_transpose_##name(int64_t sums, int64_t columns, const T *from,           \
                                           int64_t from_j, T *restrict to, int64_t to_row)         \
    {                                                                                              \
        const int64_t side = GRT_SIDE_##name, line = GRT_LINE / (int64_t)sizeof(T);                \
        const int64_t wide = columns / side * side;                                                \
        for (int64_t first = 0; first < sums; first += line) {                                     \
            const int64_t now = sums - first < line ? sums - first : line;                         \
            const int64_t high = now / side * side;                                                \
            for (int64_t j = 0; j < wide; j += side)                                               \
                for (int64_t k = first; k < first + high; k += side)                               \
                    grt_square_##name(from + j * from_j + k, from_j, to + k * to_row + j, to_row); \
            for (int64_t k = first + high; k < first + now; k++)                                   \
                grt_pack_plain_##name(1, wide, from + k, 1, from_j, to + k * to_row, to_row);      \
        }                                                                                          \
        grt_pack_plain_##name(sums, columns - wide, from + wide * from_j, 1, from_j, to + wide,    \
                              to_row);                                                             \
    }                                                                                              \
                                                                                                   \
    static inline void grt_pack_##name(int64_t sums, int64_t columns, const T *from,               \
                                       int64_t from_k, int64_t from_j, T *restrict to,             \
                                       int64_t to_row)                                             \
    {                                                                                              \
        if (from_j == 1)                                                                           \
            for (int64_t k = 0; k < sums; k++)                                                     \
                grt_copy_##name(columns, from + k * from_k, to + k * to_row);                      \
        else if (from_k == 1)                                                                      \
            grt_transpose_##name(sums, columns, from, from_j, to, to_row);                         \
        else                                                                                       \
            grt_pack_plain_##name(sums, columns, from, from_k, from_j, to, to_row);                \
    }

#define GRT_PRODUCTS(name, T)             \
    GRT_PRODUCT(name, T)                  \
    GRT_TILE(name, T)                     \
    GRT_TILES(GRT_TILE_FUNCTION, name, T) \
    GRT_STRIP(name, T)                    \
    GRT_NARROW(name, T)                   \
    GRT_PRODUCT_CALL(name, T)             \
    GRT_PACK(name, T)

/* clang-format off */
GRT_PRODUCTS(f32, float)
GRT_PRODUCTS(f64, double)
/* clang-format on */

#endif
