/* grt_vector.h -- vectors of numbers for generated programs, by the vector extension of gcc and
 * clang.
 *
 * A vector is as wide as the registers of the machine that the program is compiled for: 64 bytes
 * with AVX-512, 32 with AVX, else 16 (SSE2, NEON).  C's own operators add, multiply and compare
 * vectors.  A suffix names the elements:
 *
 *     grt_vf32 sum = grt_load_f32(x);      GRT_LANES_f32 numbers from x on, aligned or not
 *     sum += 2 * grt_load_f32(y);
 *     grt_store_f32(z, sum);
 *
 * For any other C compiler a vector is one number: the same programs, slower. */
#ifndef GRT_VECTOR_H
#define GRT_VECTOR_H

#include <stdint.h>

#if defined __GNUC__ && !defined __TINYC__
#define GRT_HAVE_VECTORS 1
#else
#define GRT_HAVE_VECTORS 0
#endif

#define GRT_HAVE_SHUFFLE 0
#if defined __has_builtin
#if GRT_HAVE_VECTORS && __has_builtin(__builtin_shufflevector)
#undef GRT_HAVE_SHUFFLE
#define GRT_HAVE_SHUFFLE 1
#endif
#endif

#if defined __AVX512F__
#define GRT_VECTOR_BYTES 64
#define GRT_NUMBERS_f32                                      \
    {                                                        \
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 \
    }
#define GRT_NUMBERS_f64        \
    {                          \
        0, 1, 2, 3, 4, 5, 6, 7 \
    }
#elif defined __AVX__
#define GRT_VECTOR_BYTES 32
#define GRT_NUMBERS_f32        \
    {                          \
        0, 1, 2, 3, 4, 5, 6, 7 \
    }
#define GRT_NUMBERS_f64 \
    {                   \
        0, 1, 2, 3      \
    }
#else
#define GRT_VECTOR_BYTES 16
#define GRT_NUMBERS_f32 \
    {                   \
        0, 1, 2, 3      \
    }
#define GRT_NUMBERS_f64 \
    {                   \
        0, 1            \
    }
#endif

#if GRT_HAVE_VECTORS
#define GRT_INLINE    static inline __attribute__((always_inline))
#define GRT_NOINLINE  __attribute__((noinline, unused)) static
#define GRT_LANES_f32 (GRT_VECTOR_BYTES / 4)
#define GRT_LANES_f64 (GRT_VECTOR_BYTES / 8)
#else
#define GRT_INLINE    static inline
#define GRT_NOINLINE  static inline
#define GRT_LANES_f32 1
#define GRT_LANES_f64 1
#endif

/* GRT_UNROLL before a loop of a constant number of turns over an array of vectors: without it gcc
 * -O2 keeps the array in memory rather than in registers.  GRT_ROLLED before the loop around those,
 * which clang would make four times as long for nothing.  GRT_FUSED at the head of a function: x +
 * y * z is one operation wherever the machine has it; clang would take two in places. */
#if !GRT_HAVE_VECTORS
#define GRT_UNROLL
#define GRT_ROLLED
#define GRT_FUSED
#elif defined __clang__
#define GRT_UNROLL _Pragma("clang loop unroll(full)")
#define GRT_ROLLED _Pragma("clang loop unroll(disable)")
#define GRT_FUSED  _Pragma("STDC FP_CONTRACT ON")
#else
#define GRT_UNROLL _Pragma("GCC unroll 16")
#define GRT_ROLLED
#define GRT_FUSED
#endif

/* grt_vf32 is a vector; grt_mf32 what comparing two of them gives, each lane all ones or all zeros;
 * grt_uf32 a vector wherever it lies in an array of floats, and grt_hf32 one of half as many. */
#if GRT_HAVE_VECTORS
#define GRT_VECTOR(name, T, I)                                                                \
    typedef T grt_v##name __attribute__((vector_size(GRT_VECTOR_BYTES)));                     \
    typedef I grt_m##name __attribute__((vector_size(GRT_VECTOR_BYTES)));                     \
    typedef T grt_u##name                                                                     \
        __attribute__((vector_size(GRT_VECTOR_BYTES), aligned(sizeof(T)), may_alias));        \
    typedef T grt_h##name                                                                     \
        __attribute__((vector_size(GRT_VECTOR_BYTES / 2), aligned(sizeof(T)), may_alias));    \
    GRT_INLINE grt_v##name grt_load_##name(const T *from)                                     \
    {                                                                                         \
        return *(const grt_u##name *)from;                                                    \
    }                                                                                         \
    GRT_INLINE void grt_store_##name(T *to, grt_v##name x)                                    \
    {                                                                                         \
        *(grt_u##name *)to = x;                                                               \
    }                                                                                         \
    /* x where the lane's bits are ones, else y */                                            \
    GRT_INLINE grt_v##name grt_select_##name(grt_m##name where, grt_v##name x, grt_v##name y) \
    {                                                                                         \
        return (grt_v##name)((where & (grt_m##name)x) | (~where & (grt_m##name)y));           \
    }                                                                                         \
    /* the lanes from the one of this number on */                                            \
    GRT_INLINE grt_m##name grt_lanes_from_##name(int64_t first)                               \
    {                                                                                         \
        return (grt_m##name)GRT_NUMBERS_##name >= (I)first;                                   \
    }
#else
#define GRT_VECTOR(name, T, I)                        \
    typedef T grt_v##name;                            \
    typedef T grt_h##name;                            \
    typedef I grt_m##name;                            \
    GRT_INLINE T grt_load_##name(const T *from)       \
    {                                                 \
        return *from;                                 \
    }                                                 \
    GRT_INLINE void grt_store_##name(T *to, T x)      \
    {                                                 \
        *to = x;                                      \
    }                                                 \
    GRT_INLINE T grt_select_##name(I where, T x, T y) \
    {                                                 \
        return where ? x : y;                         \
    }                                                 \
    GRT_INLINE I grt_lanes_from_##name(int64_t first) \
    {                                                 \
        return first <= 0;                            \
    }
#endif

/* Squares of 16 bytes a side, transposed: to[j * to_row + i] = from[i * from_row + j]. */
#if GRT_HAVE_SHUFFLE
enum { GRT_SIDE_f32 = 4, GRT_SIDE_f64 = 2 };
typedef float grt_4f32 __attribute__((vector_size(16), aligned(4), may_alias));
typedef double grt_2f64 __attribute__((vector_size(16), aligned(8), may_alias));
GRT_INLINE void grt_square_f32(const float *from, int64_t from_row, float *to, int64_t to_row)
{
    const grt_4f32 a = *(const grt_4f32 *)from, b = *(const grt_4f32 *)(from + from_row);
    const grt_4f32 c = *(const grt_4f32 *)(from + 2 * from_row);
    const grt_4f32 d = *(const grt_4f32 *)(from + 3 * from_row);
    const grt_4f32 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5); /* a0 b0 a1 b1 */
    const grt_4f32 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const grt_4f32 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7); /* a2 b2 a3 b3 */
    const grt_4f32 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(grt_4f32 *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(grt_4f32 *)(to + to_row) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(grt_4f32 *)(to + 2 * to_row) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(grt_4f32 *)(to + 3 * to_row) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}
GRT_INLINE void grt_square_f64(const double *from, int64_t from_row, double *to, int64_t to_row)
{
    const grt_2f64 a = *(const grt_2f64 *)from, b = *(const grt_2f64 *)(from + from_row);
    *(grt_2f64 *)to = __builtin_shufflevector(a, b, 0, 2);
    *(grt_2f64 *)(to + to_row) = __builtin_shufflevector(a, b, 1, 3);
}
#else
enum { GRT_SIDE_f32 = 1, GRT_SIDE_f64 = 1 };
GRT_INLINE void grt_square_f32(const float *from, int64_t from_row, float *to, int64_t to_row)
{
    (void)from_row, (void)to_row;
    *to = *from;
}
GRT_INLINE void grt_square_f64(const double *from, int64_t from_row, double *to, int64_t to_row)
{
    (void)from_row, (void)to_row;
    *to = *from;
}
#endif

/* clang-format off */
GRT_VECTOR(f32, float, int32_t)
GRT_VECTOR(f64, double, int64_t)
/* clang-format on */

#endif
