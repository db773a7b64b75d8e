/* check_tile.c -- runtime/grt_tile.h: every size of tile and edge against plain loops, bit for bit.
 *
 * Arrays end, or begin, at a page that may not be touched; what lies between the rows of a result
 * must stay as it was.  Built twice: for any machine of the kind, and for this one
 * (check_tile_native). */
#define _DEFAULT_SOURCE
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/grt_tile.h"

enum { MOST_ROWS = 20, MOST_COLUMNS = 70, MOST_PACKED = 40, GAP = 3 };

/* ---- memory between two pages that may not be touched ---- */

enum { AREA = 1 << 18 };

typedef struct Area {
    char *base; /* AREA bytes */
} Area;

static Area area_new(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *all =
        mmap(NULL, AREA + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(all, MAP_FAILED);
    ck_assert_int_eq(mprotect(all, page, PROT_NONE), 0);
    ck_assert_int_eq(mprotect(all + page + AREA, page, PROT_NONE), 0);
    return (Area){all + page};
}

static void *area_take(const Area *area, size_t bytes, bool at_end)
{
    ck_assert_uint_le(bytes, AREA);
    return area->base + (at_end ? AREA - bytes : 0);
}

/* Offsets from the lowest to the highest of what strides reach. */
typedef struct Span {
    int64_t low, high;
} Span;

static void span_add(Span *s, int64_t count, int64_t stride)
{
    const int64_t reach = count > 0 ? (count - 1) * stride : 0;
    *(reach < 0 ? &s->low : &s->high) += reach;
}

/* ---- products ---- */

typedef struct Shape {
    int64_t rows, columns, outer, inner, a_row, a_outer, a_inner, b_outer, b_inner, c_row;
} Shape;

enum { FORMS = 10 };

static Shape shape_of(int form, int64_t rows, int64_t columns)
{
    Shape s = {.rows = rows, .columns = columns, .outer = 1, .inner = 7, .a_row = 7, .a_inner = 1};
    s.b_inner = columns;
    s.c_row = columns;
    switch (form) {
    case 0: /* one product each */
        s.inner = s.a_row = 1;
        break;
    case 1: /* plain */
        s.c_row = columns + GAP;
        break;
    case 2: /* a transposed, rows of b apart */
        s.inner = 33;
        s.a_row = 1;
        s.a_inner = rows + 2;
        s.b_inner = columns + 5;
        break;
    case 3: /* windows of 3 x 4 */
        s = (Shape){rows, columns, 3, 4, 2, 50, 1, 4 * columns, columns, columns + GAP};
        break;
    case 4: /* the same of overlapping rows of b */
        s = (Shape){rows, columns, 3, 4, 2, 50, 1, columns, columns, columns};
        break;
    case 5: /* one row of a, one of b */
        s.a_row = s.b_inner = 0;
        break;
    case 6: /* backwards */
        s.a_row = -7;
        s.a_inner = -1;
        s.b_inner = -columns;
        break;
    case 7: /* rows of b nearer than their length */
        s = (Shape){rows, columns, 2, 3, 3, 5, 1, 2, 1, columns};
        break;
    case 8: /* nothing to add */
        s.inner = 0;
        break;
    default:
        s.outer = 0;
        break;
    }
    return s;
}

/* Values for which another order of adding gives other bits; some of them not finite. */
static double value(uint32_t *state, bool special)
{
    *state = *state * 1664525u + 1013904223u;
    const uint32_t r = *state >> 8;
    if (special && r % 61 == 0)
        return r % 3 == 0 ? NAN : r % 3 == 1 ? INFINITY : -INFINITY;
    return ((double)(r % 2001) - 1000) / 617;
}

#define CHECK_PRODUCT(name, T, fma)                                                                \
    /* Whether the compiler multiplies and adds in one rounding. */                                \
    static bool is_fused_##name(void)                                                              \
    {                                                                                              \
        const T a[2] = {1, (T)1 / 3}, b[2] = {(T)1 / 9, -(T)1 / 3};                                \
        T c;                                                                                       \
        grt_product_##name(1, 1, 1, 2, a, 0, 0, 1, b, 0, 1, &c, 0, 0);                             \
        volatile const T product = a[1] * b[1];                                                    \
        ck_assert(fma(a[1], b[1], b[0]) != b[0] + product);                                        \
        ck_assert(c == b[0] + product || c == fma(a[1], b[1], b[0]));                              \
        return c != b[0] + product;                                                                \
    }                                                                                              \
    static T sum_##name(const Shape *s, const T *a, const T *b, bool fused)                        \
    {                                                                                              \
        T sum = 0;                                                                                 \
        for (int64_t o = 0; o < s->outer; o++)                                                     \
            for (int64_t k = 0; k < s->inner; k++) {                                               \
                const T x = a[o * s->a_outer + k * s->a_inner];                                    \
                const T y = b[o * s->b_outer + k * s->b_inner];                                    \
                volatile const T product = x * y;                                                  \
                sum = fused ? fma(x, y, sum) : sum + product;                                      \
            }                                                                                      \
        return sum;                                                                                \
    }                                                                                              \
    static bool same_##name(T a, T b)                                                              \
    {                                                                                              \
        return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;                                \
    }                                                                                              \
    static T *fill_##name(const Area *area, Span span, bool at_end, uint32_t *state, bool special) \
    {                                                                                              \
        const int64_t count = span.high - span.low + 1;                                            \
        T *x = area_take(area, (size_t)count * sizeof(T), at_end);                                 \
        for (int64_t i = 0; i < count; i++)                                                        \
            x[i] = (T)value(state, special);                                                       \
        return x;                                                                                  \
    }                                                                                              \
    static void try_##name(const Shape *s, const Area *areas, bool at_end, bool special)           \
    {                                                                                              \
        Span as = {0, 0}, bs = {0, s->columns - 1}, cs = {0, s->columns - 1};                      \
        uint32_t state = (uint32_t)(s->rows * 71 + s->columns);                                    \
        span_add(&as, s->rows, s->a_row);                                                          \
        span_add(&as, s->outer, s->a_outer);                                                       \
        span_add(&as, s->inner, s->a_inner);                                                       \
        span_add(&bs, s->outer, s->b_outer);                                                       \
        span_add(&bs, s->inner, s->b_inner);                                                       \
        span_add(&cs, s->rows, s->c_row);                                                          \
        const T *a = fill_##name(&areas[0], as, at_end, &state, special) - as.low;                 \
        const T *b = fill_##name(&areas[1], bs, at_end, &state, special) - bs.low;                 \
        T *c = fill_##name(&areas[2], cs, at_end, &state, false);                                  \
        static T set[MOST_ROWS * (MOST_COLUMNS + GAP)], add[MOST_ROWS * (MOST_COLUMNS + GAP)];     \
        const bool fused = is_fused_##name();                                                      \
        for (int64_t i = 0; i <= cs.high; i++) {                                                   \
            const int64_t row = i / s->c_row, j = i % s->c_row;                                    \
            const bool gap = j >= s->columns;                                                      \
            set[i] = gap ? c[i] : sum_##name(s, a + row * s->a_row, b + j, fused);                 \
            add[i] = gap ? c[i] : set[i] + set[i];                                                 \
        }                                                                                          \
        for (int adding = 0; adding < 2; adding++) {                                               \
            grt_product_##name(s->rows, s->columns, s->outer, s->inner, a, s->a_row, s->a_outer,   \
                               s->a_inner, b, s->b_outer, s->b_inner, c, s->c_row, adding);        \
            const T *expected = adding ? add : set;                                                \
            for (int64_t i = 0; i <= cs.high; i++)                                                 \
                if (!same_##name(c[i], expected[i]))                                               \
                    ck_abort_msg("rows %d, columns %d, element %d, add %d: %.9g, not %.9g",        \
                                 (int)s->rows, (int)s->columns, (int)i, adding, (double)c[i],      \
                                 (double)expected[i]);                                             \
        }                                                                                          \
    }                                                                                              \
    START_TEST(test_products_##name)                                                               \
    {                                                                                              \
        const Area areas[3] = {area_new(), area_new(), area_new()};                                \
        for (int64_t rows = 1; rows <= MOST_ROWS; rows++)                                          \
            for (int64_t columns = 1; columns <= MOST_COLUMNS; columns++) {                        \
                const Shape s = shape_of(_i, rows, columns);                                       \
                try_##name(&s, areas, columns % 2, rows % 3 == 0);                                 \
            }                                                                                      \
    }                                                                                              \
    END_TEST                                                                                       \
    /* The whole, and in parts of a few rows and columns: the same bits. */                        \
    START_TEST(test_parts_##name)                                                                  \
    {                                                                                              \
        enum { R = 21, C = 67, K = 19 };                                                           \
        static T a[R * K], b[K * C], whole[R * C], parts[R * C];                                   \
        uint32_t state = 5;                                                                        \
        for (int i = 0; i < R * K; i++)                                                            \
            a[i] = (T)value(&state, false);                                                        \
        for (int i = 0; i < K * C; i++)                                                            \
            b[i] = (T)value(&state, false);                                                        \
        grt_product_##name(R, C, 1, K, a, K, 0, 1, b, 0, C, whole, C, 0);                          \
        for (int64_t rows = 1; rows <= 9; rows++)                                                  \
            for (int64_t columns = 1; columns <= C; columns++) {                                   \
                for (int64_t i = 0; i < R; i += rows)                                              \
                    for (int64_t j = 0; j < C; j += columns)                                       \
                        grt_product_##name(i + rows < R ? rows : R - i,                            \
                                           j + columns < C ? columns : C - j, 1, K, a + i * K, K,  \
                                           0, 1, b + j, 0, C, parts + i * C + j, C, 0);            \
                ck_assert_int_eq(memcmp(whole, parts, sizeof whole), 0);                           \
            }                                                                                      \
    }                                                                                              \
    END_TEST                                                                                       \
    static void try_pack_##name(const Area *areas, int form, int64_t sums, int64_t columns)        \
    {                                                                                              \
        const int64_t from_k = form == 0 ? 1 : form == 1 ? columns : 2;                            \
        const int64_t from_j = form == 0 ? sums + 1 : form == 1 ? 1 : 2 * sums - 1;                \
        const int64_t to_row = form == 3 ? columns + GAP : columns;                                \
        Span from_span = {0, 0}, to_span = {0, columns - 1};                                       \
        uint32_t state = (uint32_t)form;                                                           \
        span_add(&from_span, sums, from_k);                                                        \
        span_add(&from_span, columns, from_j);                                                     \
        span_add(&to_span, sums, to_row);                                                          \
        const T *from = fill_##name(&areas[0], from_span, columns % 2, &state, true);              \
        T *to = fill_##name(&areas[1], to_span, columns % 2, &state, false);                       \
        static T before[MOST_PACKED * (MOST_PACKED + GAP)];                                        \
        memcpy(before, to, (size_t)(to_span.high + 1) * sizeof(T));                                \
        grt_pack_##name(sums, columns, from, from_k, from_j, to, to_row);                          \
        for (int64_t i = 0; i <= to_span.high; i++) {                                              \
            const int64_t k = i / to_row, j = i % to_row;                                          \
            if (!same_##name(to[i], j < columns ? from[k * from_k + j * from_j] : before[i]))      \
                ck_abort_msg("form %d, sums %d, columns %d, element %d", form, (int)sums,          \
                             (int)columns, (int)i);                                                \
        }                                                                                          \
    }                                                                                              \
    START_TEST(test_pack_##name)                                                                   \
    {                                                                                              \
        const Area areas[2] = {area_new(), area_new()};                                            \
        for (int64_t sums = 1; sums <= MOST_PACKED; sums++)                                        \
            for (int64_t columns = 1; columns <= MOST_PACKED; columns++)                           \
                for (int form = 0; form < 4; form++)                                               \
                    try_pack_##name(areas, form, sums, columns);                                   \
    }                                                                                              \
    END_TEST

/* clang-format off */
CHECK_PRODUCT(f32, float, fmaf)
CHECK_PRODUCT(f64, double, fma)
/* clang-format on */

int main(void)
{
    Suite *suite = suite_create("tile");
    TCase *products = tcase_create("products");
    tcase_set_timeout(products, 120);
    tcase_add_loop_test(products, test_products_f32, 0, FORMS);
    tcase_add_loop_test(products, test_products_f64, 0, FORMS);
    tcase_add_test(products, test_parts_f32);
    tcase_add_test(products, test_parts_f64);
    tcase_add_test(products, test_pack_f32);
    tcase_add_test(products, test_pack_f64);
    suite_add_tcase(suite, products);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
