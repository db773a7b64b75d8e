/* check_half.c -- f16 and bf16: all 65,536 patterns of each, against their definition.
 *
 * A pattern is sign, exponent and fraction; its value is written down here with ldexp().  Between
 * every two neighbours the tie, and the floats on both sides of it, say where rounding turns: since
 * rounding never goes back, that leaves no float out.  The run time (grt_math.h), the data readers
 * (convert.c), the compiler's constants (type.c) and its tables (print_expr.c) must all agree. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "codegen/print_expr.h"
#include "runtime/grt_math.h"
#include "runtime/grt_trainer.h"

typedef struct Format {
    DType dtype;
    GrtDType stored;
    int fraction_bits, least; /* the exponent of the smallest normal number */
    uint32_t infinity;
    float (*load)(uint16_t);
    uint16_t (*store)(float);
    float (*round)(float);
} Format;

static const Format formats[] = {
    {DT_F16, GRT_F16, 10, -14, 0x7c00, grt_load_f16, grt_store_f16, grt_round_f16},
    {DT_BF16, GRT_BF16, 7, -126, 0x7f80, grt_load_bf16, grt_store_bf16, grt_round_bf16},
};

/* The definition: (-1)^s 1.fraction 2^exponent, or 0.fraction below the normal numbers. */
static double value_of(const Format *f, uint32_t pattern)
{
    const uint32_t size = pattern & 0x7fff, exponent = size >> f->fraction_bits;
    const double fraction = ldexp(size & ((1u << f->fraction_bits) - 1), -f->fraction_bits);
    const double value =
        size == f->infinity ? INFINITY
        : size > f->infinity
            ? NAN
            : ldexp((exponent ? 1 : 0) + fraction, f->least + (exponent ? (int)exponent - 1 : 0));
    return pattern & 0x8000 ? -value : value;
}

/* Every way from a float to 16 bits gives this pattern. */
static void expect_stored(const Format *f, float x, uint32_t pattern, Arena *arena)
{
    uint16_t element = 0;
    const double value = value_of(f, pattern);
    const Scalar constant = scalar_float(f->dtype, (double)x);
    StrBuf text = strbuf_new(arena);
    ck_assert_msg(f->store(x) == pattern, "%a is stored as %04x, not %04x", (double)x, f->store(x),
                  pattern);
    /* a finite number that 16 bits cannot hold is none that data may have */
    const bool fits = isinf(x) || !isinf(value);
    ck_assert_int_eq(grt_element_put(f->stored, &element, 0, (double)x), fits);
    ck_assert_uint_eq(element, pattern);
    if (isnan(value)) {
        ck_assert(isnan(f->round(x)) && isnan(constant.f));
    } else {
        ck_assert((double)f->round(x) == value && constant.f == value);
        ck_assert_int_eq(signbit(f->round(x)) != 0, pattern >> 15);
        ck_assert_int_eq(signbit(constant.f) != 0, pattern >> 15);
    }
    print_c_element(&text, constant);
    ck_assert_uint_eq(strtoul(strbuf_text(&text), NULL, 16), pattern);
}

START_TEST(test_every_pattern)
{
    const Format *f = &formats[_i];
    Arena *arena = arena_new();
    for (uint32_t pattern = 0; pattern <= UINT16_MAX; pattern++) {
        const double value = value_of(f, pattern);
        const float loaded = f->load((uint16_t)pattern);
        const uint16_t element = (uint16_t)pattern;
        const GrtArray array = {.dtype = f->stored, .count = 1, .data = (void *)&element};
        if (isnan(value)) {
            ck_assert(isnan(loaded) && isnan(grt_array_get(&array, 0)));
            expect_stored(f, loaded, f->infinity | 1u << (f->fraction_bits - 1), arena);
            continue;
        }
        ck_assert((double)loaded == value && grt_array_get(&array, 0) == value);
        ck_assert_int_eq(signbit(loaded) != 0, pattern >> 15);
        expect_stored(f, loaded, pattern, arena);
    }
    arena_free(arena);
}
END_TEST

/* From each number to the next; the largest's next is infinity, as if the exponents went on. */
START_TEST(test_every_tie)
{
    const Format *f = &formats[_i];
    Arena *arena = arena_new();
    for (uint32_t low = 0; low < f->infinity; low++) {
        const uint32_t high = low + 1, even = low & 1 ? high : low;
        const double below = value_of(f, low);
        const double above =
            high < f->infinity ? value_of(f, high) : 2 * below - value_of(f, low - 1);
        const float tie = (float)((below + above) / 2); /* exact: f32 has more bits than both */
        for (uint32_t sign = 0; sign <= 0x8000; sign += 0x8000) {
            const float side = sign ? -1.0f : 1.0f;
            expect_stored(f, side * tie, sign | even, arena);
            expect_stored(f, side * nextafterf(tie, 0), sign | low, arena);
            expect_stored(f, side * nextafterf(tie, INFINITY), sign | high, arena);
        }
    }
    arena_free(arena);
}
END_TEST

/* Doubles and integers come by way of f32, as in PyTorch. */
START_TEST(test_doubles_go_by_way_of_f32)
{
    const double above_tie = 1 + 0x1p-11 + 0x1p-40; /* f32 makes it the tie of 1 and 1 + 2^-10 */
    uint16_t element = 0;
    ck_assert(scalar_float(DT_F16, above_tie).f == 1);
    ck_assert(grt_element_put(GRT_F16, &element, 0, above_tie));
    ck_assert_uint_eq(element, 0x3c00);
    ck_assert(scalar_int(DT_BF16, (257LL << 40) + 1).f == ldexp(256, 40));
    ck_assert(scalar_cast(scalar_int(DT_I64, 70000), DT_F16).f == INFINITY);
}
END_TEST

static Suite *half_suite(void)
{
    Suite *suite = suite_create("half");
    TCase *tests = tcase_create("half");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_every_pattern, 0, 2);
    tcase_add_loop_test(tests, test_every_tie, 0, 2);
    tcase_add_test(tests, test_doubles_go_by_way_of_f32);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(half_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
