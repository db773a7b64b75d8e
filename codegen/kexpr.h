/* kexpr.h -- building scalar expressions, with index arithmetic simplified as it is built.
 *
 * Integer expressions know the range of their values (KExpr.low, high), so that
 *
 *     (i * 64 + j) / 64    with j in [0, 63]    becomes    i
 *     (i * 64 + j) % 64                         becomes    j
 *
 * Expressions are never changed once built, and may be shared. */
#ifndef GRADC_KEXPR_H
#define GRADC_KEXPR_H

#include "codegen/kernel.h"

KExpr *kexpr_int(Arena *arena, int64_t value);
KExpr *kexpr_number(Arena *arena, Scalar value);
/* A loop variable that runs from 0 to high. */
KExpr *kexpr_index(Arena *arena, const char *name, int64_t high);
/* The real number of samples, at most bound. */
KExpr *kexpr_batch(Arena *arena, int64_t bound);
/* The turn of a loop of kernels, from 0. */
KExpr *kexpr_turn(Arena *arena, const char *name, int64_t turns);
/* A local with the value's type and range. */
KExpr *kexpr_temp(Arena *arena, const char *name, const KExpr *value);
KExpr *kexpr_host(Arena *arena, const char *name);
KExpr *kexpr_load(Arena *arena, Buffer *buffer, KExpr *index);
KExpr *kexpr_op(Arena *arena, Op op, DType dtype, KExpr *const *args, int arity);
KExpr *kexpr_cast(Arena *arena, KExpr *x, DType dtype);
KExpr *kexpr_random(Arena *arena, Op op, DType dtype, uint64_t key, KExpr *sample, KExpr *element);
/* The lanes of an array, joined by op: sum, prod, max or min. */
KExpr *kexpr_lanes(Arena *arena, Op op, Buffer *lanes, int width);
/* An index of any integer dtype as a place along an axis of `size` elements, 1 at least.  It is
 * checked when the program runs, unless its range is known to fit. */
KExpr *kexpr_at(Arena *arena, KExpr *index, int64_t size, int line);

/* Integer arithmetic; div and mod are of values that are not negative. */
KExpr *kexpr_add(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_sub(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_mul(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_div(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_mod(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_min(Arena *arena, KExpr *a, KExpr *b);
/* Tests, of dtype bool; a known answer becomes a number. */
KExpr *kexpr_lt(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_ge(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_eq(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_and(Arena *arena, KExpr *a, KExpr *b);
KExpr *kexpr_or(Arena *arena, KExpr *a, KExpr *b);

/* The same expression, known by its maker to stay at or below high. */
KExpr *kexpr_at_most(Arena *arena, const KExpr *x, int64_t high);

/* Where a part of a matrix begins in its buffer. */
KExpr *matrix_offset(Arena *arena, const Matrix *m);

bool kexpr_equal(const KExpr *a, const KExpr *b);
bool kexpr_is_int(const KExpr *x, int64_t value);
/* Is it known to be a multiple of n? */
bool kexpr_is_multiple(const KExpr *x, int64_t n);
/* x, an integer, where the loop variable is 0. */
KExpr *kexpr_at_first(Arena *arena, KExpr *x, const char *name);
/* True if x is linear in the loop variable: *factor is what one step of it adds. */
bool kexpr_factor(const KExpr *x, const char *name, int64_t *factor);

#endif
