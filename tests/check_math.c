/* check_math.c -- runtime/grt_math.h: what generated kernels compute beside C's own operators. */
#include <check.h>
#include <stdlib.h>

#include "runtime/grt_math.h"

static int same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

START_TEST(test_integers_wrap)
{
    ck_assert_int_eq(grt_add_i32(INT32_MAX, 1), INT32_MIN);
    ck_assert_int_eq(grt_sub_i32(INT32_MIN, 1), INT32_MAX);
    ck_assert_int_eq(grt_mul_i32(65536, 65536), 0);
    ck_assert_int_eq(grt_mul_i16(INT16_MIN, INT16_MIN), 0);
    ck_assert_int_eq(grt_neg_i64(INT64_MIN), INT64_MIN);
    ck_assert_int_eq(grt_abs_i32(INT32_MIN), INT32_MIN);
    ck_assert_int_eq(grt_add_u8(250, 10), 4);
    ck_assert_int_eq(grt_neg_u8(1), 255);
    ck_assert_int_eq(grt_add_i8(127, 1), -128);
    ck_assert(grt_mul_i64(INT64_MAX, 2) == -2);
}
END_TEST

START_TEST(test_integer_division_rounds_down)
{
    ck_assert_int_eq(grt_floordiv_i32(7, 2), 3);
    ck_assert_int_eq(grt_floordiv_i32(-7, 2), -4);
    ck_assert_int_eq(grt_floordiv_i32(7, -2), -4);
    ck_assert_int_eq(grt_floordiv_i32(-6, 2), -3);
    ck_assert_int_eq(grt_floordiv_i32(INT32_MIN, -1), INT32_MIN);
    ck_assert_int_eq(grt_floordiv_i64(5, 0), 0);
    ck_assert_int_eq(grt_mod_i32(-7, 3), 2);
    ck_assert_int_eq(grt_mod_i32(7, -3), -2);
    ck_assert_int_eq(grt_mod_i32(6, -3), 0);
    ck_assert_int_eq(grt_mod_i64(INT64_MIN, -1), 0);
    ck_assert_int_eq(grt_mod_i8(5, 0), 0);
    ck_assert_int_eq(grt_mod_u8(200, 7), 4);
    ck_assert_int_eq(grt_floordiv_u8(200, 7), 28);
}
END_TEST

START_TEST(test_integer_powers)
{
    ck_assert_int_eq(grt_pow_i32(3, 4), 81);
    ck_assert_int_eq(grt_pow_i32(-2, 3), -8);
    ck_assert_int_eq(grt_pow_i32(0, 0), 1);
    ck_assert_int_eq(grt_pow_i32(2, 31), INT32_MIN);
    ck_assert_int_eq(grt_pow_i32(2, -1), 0);
    ck_assert_int_eq(grt_pow_i32(1, -5), 1);
    ck_assert_int_eq(grt_pow_i32(-1, -5), -1);
    ck_assert_int_eq(grt_pow_i32(-1, -4), 1);
    ck_assert_int_eq(grt_pow_u8(2, 8), 0);
    ck_assert(grt_pow_i64(3, 39) == INT64_C(4052555153018976267));
}
END_TEST

START_TEST(test_signs)
{
    ck_assert_int_eq(grt_sign_i32(-9), -1);
    ck_assert_int_eq(grt_sign_i64(0), 0);
    ck_assert_int_eq(grt_sign_u8(9), 1);
    ck_assert(same(grt_sign_f64(-0.5), -1));
    ck_assert(grt_sign_f64(0) == 0);
    ck_assert(isnan(grt_sign_f32(NAN)));
    ck_assert(same(grt_abs_f32(-0.0f), 0));
}
END_TEST

START_TEST(test_casts_saturate)
{
    ck_assert_int_eq(grt_i32_from_f64(-2.9), -2);
    ck_assert_int_eq(grt_i32_from_f64(1e300), INT32_MAX);
    ck_assert_int_eq(grt_i32_from_f64(-INFINITY), INT32_MIN);
    ck_assert_int_eq(grt_i32_from_f64(NAN), 0);
    ck_assert_int_eq(grt_i32_from_f64(2147483647.5), INT32_MAX);
    ck_assert_int_eq(grt_i32_from_f64(-2147483648.5), INT32_MIN);
    ck_assert(grt_i64_from_f64(9223372036854775807.0) == INT64_MAX);
    ck_assert(grt_i64_from_f64(-9223372036854775808.0) == INT64_MIN);
    ck_assert_int_eq(grt_u8_from_f64(255.9), 255);
    ck_assert_int_eq(grt_u8_from_f64(-1), 0);
    ck_assert_int_eq(grt_i8_from_f64(-128.7), -128);
    ck_assert_int_eq(grt_i16_from_f64(40000), INT16_MAX);
}
END_TEST

START_TEST(test_extremes_pass_nan_on)
{
    ck_assert(grt_max_f32(1, 2) == 2 && grt_max_f64(2, 1) == 2);
    ck_assert(grt_min_f32(1, 2) == 1 && grt_min_f64(2, 1) == 1);
    ck_assert(isnan(grt_max_f32(NAN, 1)) && isnan(grt_max_f32(1, NAN)));
    ck_assert(isnan(grt_min_f64(NAN, 1)) && isnan(grt_min_f64(1, NAN)));
    ck_assert(grt_max_i64(-3, -2) == -2 && grt_min_u8(3, 2) == 2);
}
END_TEST

START_TEST(test_float_division_rounds_down)
{
    ck_assert(grt_floordiv_f64(7, 2) == 3 && grt_floordiv_f64(-7, 2) == -4);
    ck_assert(grt_floordiv_f64(1, 0.1) == 9); /* 0.1 is above a tenth, as Python has it */
    ck_assert(grt_floordiv_f32(6, -3) == -2);
    ck_assert(grt_floordiv_f64(1, 0) == INFINITY && grt_floordiv_f64(-1, 0) == -INFINITY);
    ck_assert(isnan(grt_floordiv_f64(0, 0)) && isnan(grt_floordiv_f64(INFINITY, 2)));
    ck_assert(grt_floordiv_f64(-1, INFINITY) == -1);
    ck_assert(grt_mod_f64(-7, 3) == 2 && grt_mod_f64(7, -3) == -2);
    ck_assert(grt_mod_f32(5.5f, 2) == 1.5f);
    ck_assert(same(grt_mod_f64(-6, 3), 0) && same(grt_mod_f64(6, -3), -0.0));
    ck_assert(isnan(grt_mod_f64(1, 0)));
}
END_TEST

START_TEST(test_functions)
{
    ck_assert(grt_rsqrt_f32(4) == 0.5f && grt_rsqrt_f64(0) == INFINITY);
    ck_assert(grt_sigmoid_f64(0) == 0.5);
    ck_assert(grt_sigmoid_f32(-1000) == 0 && grt_sigmoid_f32(1000) == 1);
    ck_assert(grt_pow_f32(2, 10) == 1024 && isnan(grt_pow_f64(-1, 0.5)));
}
END_TEST

/* Every 16-bit number that is not a NaN survives the way to float and back. */
START_TEST(test_half_round_trips)
{
    for (uint32_t h = 0; h <= UINT16_MAX; h++) {
        const float f16 = grt_load_f16((uint16_t)h), bf16 = grt_load_bf16((uint16_t)h);
        if (!isnan(f16))
            ck_assert_uint_eq(grt_store_f16(f16), h);
        if (!isnan(bf16))
            ck_assert_uint_eq(grt_store_bf16(bf16), h);
    }
}
END_TEST

START_TEST(test_half_rounds_to_even)
{
    ck_assert(grt_load_f16(0x3c00) == 1 && grt_load_f16(0xc000) == -2);
    ck_assert(grt_load_f16(0x0001) == 0x1p-24f && grt_load_f16(0x7c00) == INFINITY);
    ck_assert(grt_round_f16(2049) == 2048 && grt_round_f16(2051) == 2052);
    ck_assert(grt_round_f16(65519.0f) == 65504.0f && grt_round_f16(65520.0f) == INFINITY);
    ck_assert(grt_round_f16(0x1p-25f) == 0 && grt_round_f16(0x1.8p-24f) == 0x1p-23f);
    ck_assert(grt_round_bf16(257) == 256 && grt_round_bf16(259) == 260);
    ck_assert(isnan(grt_round_f16(NAN)) && isnan(grt_round_bf16(NAN)));
}
END_TEST

static Suite *math_suite(void)
{
    Suite *suite = suite_create("math");
    TCase *tests = tcase_create("math");
    tcase_add_test(tests, test_integers_wrap);
    tcase_add_test(tests, test_integer_division_rounds_down);
    tcase_add_test(tests, test_integer_powers);
    tcase_add_test(tests, test_signs);
    tcase_add_test(tests, test_casts_saturate);
    tcase_add_test(tests, test_extremes_pass_nan_on);
    tcase_add_test(tests, test_float_division_rounds_down);
    tcase_add_test(tests, test_functions);
    tcase_add_test(tests, test_half_round_trips);
    tcase_add_test(tests, test_half_rounds_to_even);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(math_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
