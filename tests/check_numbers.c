/* check_numbers.c -- types and their text, compile-time numbers, constant values of operations. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ir/graph.h"

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

static Type type_of(const char *text)
{
    Type type;
    const char *end = type_read(text, &type);
    ck_assert_msg(end && *end == '\0', "cannot read the type '%s'", text);
    return type;
}

/* ---- types and numbers ---- */

START_TEST(test_type_text)
{
    static const char *const good[] = {"f32",
                                       "bool[0]",
                                       "i64[batch, 64]",
                                       "bf16[2*batch, 3]",
                                       "u8[1, 2, 3, 4, 5, 6, 7, 8]",
                                       "f64[9223372036854775807]"};
    static const char *const bad[] = {"",
                                      "f33",
                                      "f32[",
                                      "f32[]",
                                      "f32[-1]",
                                      "f32[2",
                                      "f32[2,]",
                                      "f32[x]",
                                      "f32[2*bath]",
                                      "f32[9223372036854775808]",
                                      "f32[1, 2, 3, 4, 5, 6, 7, 8, 9]",
                                      "[2]",
                                      "verylongname[2]"};
    Type type;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        type = type_of(good[i]);
        ck_assert_str_eq(type_text(arena, &type), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!type_read(bad[i], &type), "'%s' was read as a type", bad[i]);
}
END_TEST

START_TEST(test_type_sizes)
{
    const Type batched = type_of("f32[2*batch, 3]"), huge = type_of("f32[3037000500, 3037000500]");
    int64_t n = -1;
    ck_assert(type_count(&batched, 5, &n));
    ck_assert_int_eq(n, 30);
    ck_assert(type_bytes(&batched, 5, &n));
    ck_assert_int_eq(n, 120);
    ck_assert(!type_count(&huge, 1, &n));
    ck_assert(!type_count(&batched, INT64_MAX / 2, &n));
    ck_assert_int_eq(type_batch_axis(&batched), 0);
    ck_assert_int_eq(type_batch_axis(&huge), -1);
    ck_assert(dim_is_one(dim_fixed(1)) && !dim_is_one((Dim){1, true}));
}
END_TEST

START_TEST(test_promotion)
{
    ck_assert_int_eq(dtype_promote(DT_BOOL, DT_U8), DT_U8);
    ck_assert_int_eq(dtype_promote(DT_I8, DT_U8), DT_I16);
    ck_assert_int_eq(dtype_promote(DT_U8, DT_I64), DT_I64);
    ck_assert_int_eq(dtype_promote(DT_I64, DT_F16), DT_F16);
    ck_assert_int_eq(dtype_promote(DT_BF16, DT_F16), DT_F32);
    ck_assert_int_eq(dtype_promote(DT_F64, DT_F32), DT_F64);
    for (int a = 0; a < DT_COUNT; a++)
        for (int b = 0; b < DT_COUNT; b++)
            ck_assert_int_eq(dtype_promote((DType)a, (DType)b), dtype_promote((DType)b, (DType)a));
}
END_TEST

START_TEST(test_scalar_rounding)
{
    ck_assert_double_eq(scalar_float(DT_F32, 0.1).f, (double)0.1f);
    ck_assert_double_eq(scalar_float(DT_F32, 1e-45).f, (double)1e-45f);
    ck_assert_double_eq(scalar_float(DT_F32, 3.4028235677973366e38).f, INFINITY);
    ck_assert_double_eq(scalar_float(DT_F32, 3.4028235e38).f, (double)3.4028235e38f);
    ck_assert_double_eq(scalar_float(DT_F16, 2049).f, 2048);
    ck_assert_double_eq(scalar_float(DT_F16, 65519).f, 65504);
    ck_assert_double_eq(scalar_float(DT_F16, 65520).f, INFINITY);
    ck_assert_double_eq(scalar_float(DT_F16, 0x1p-25).f, 0);
    ck_assert_double_eq(scalar_float(DT_BF16, 1.00390625).f, 1);
    ck_assert_double_eq(scalar_float(DT_BF16, -257).f, -256);
    ck_assert(signbit(scalar_float(DT_F32, -1e-60).f));
    ck_assert(isnan(scalar_float(DT_F16, NAN).f));
}
END_TEST

START_TEST(test_scalar_casts)
{
    ck_assert_int_eq(scalar_int(DT_U8, 300).i, 44);
    ck_assert_int_eq(scalar_int(DT_I8, 200).i, -56);
    ck_assert_int_eq(scalar_int(DT_BOOL, 256).i, 1);
    ck_assert_double_eq(scalar_int(DT_F32, 16777217).f, 16777216);
    ck_assert_int_eq(scalar_as_int(scalar_float(DT_F64, -2.9)), -2);
    ck_assert_int_eq(scalar_as_int(scalar_float(DT_F64, 1e300)), INT64_MAX);
    ck_assert_int_eq(scalar_as_int(scalar_float(DT_F64, -INFINITY)), INT64_MIN);
    ck_assert_int_eq(scalar_as_int(scalar_float(DT_F64, NAN)), 0);
    ck_assert_int_eq(scalar_cast(scalar_float(DT_F32, 0.5), DT_BOOL).i, 1);
    ck_assert_int_eq(scalar_cast(scalar_float(DT_F32, 0.5), DT_I32).i, 0);
    /* rounded once: by way of f64 it would be 2^60 */
    const int64_t tie = (1LL << 60) + (1LL << 36) + 1;
    ck_assert_double_eq(scalar_cast(scalar_int(DT_I64, tie), DT_F32).f, (double)(float)tie);
}
END_TEST

START_TEST(test_scalar_equal)
{
    ck_assert(scalar_equal(scalar_float(DT_F32, NAN), scalar_float(DT_F32, -NAN)));
    ck_assert(!scalar_equal(scalar_float(DT_F32, 0.0), scalar_float(DT_F32, -0.0)));
    ck_assert(!scalar_equal(scalar_float(DT_F32, 1), scalar_float(DT_F64, 1)));
    ck_assert(scalar_equal(scalar_int(DT_U8, 1), scalar_int(DT_U8, 257)));
}
END_TEST

/* ---- constant values ---- */

static bool eval(Op op, DType dtype, double x, double y, Scalar *out)
{
    const Scalar args[] = {scalar_float(dtype, x), scalar_float(dtype, y)};
    const Type type = type_scalar(dtype);
    const Attr attr = {0};
    return op_eval(op, &type, &attr, args, out);
}

static double value_of(Op op, DType dtype, double x, double y)
{
    Scalar out = scalar_float(DT_F64, NAN);
    ck_assert_msg(eval(op, dtype, x, y, &out), "%s does not fold", op_info[op].name);
    ck_assert_int_eq(out.dtype, dtype);
    return scalar_as_double(out);
}

START_TEST(test_eval_integers)
{
    Scalar out;
    ck_assert_double_eq(value_of(OP_add, DT_U8, 250, 10), 4);
    ck_assert_double_eq(value_of(OP_mul, DT_I8, 100, 2), -56);
    ck_assert_double_eq(value_of(OP_neg, DT_I8, -128, 0), -128);
    ck_assert_double_eq(value_of(OP_abs, DT_I32, -5, 0), 5);
    ck_assert_double_eq(value_of(OP_floordiv, DT_I32, -7, 2), -4);
    ck_assert_double_eq(value_of(OP_floordiv, DT_I32, 7, -2), -4);
    ck_assert_double_eq(value_of(OP_floordiv, DT_I32, -6, 2), -3);
    ck_assert_double_eq(value_of(OP_mod, DT_I32, -7, 3), 2);
    ck_assert_double_eq(value_of(OP_mod, DT_I32, 7, -3), -2);
    ck_assert_double_eq(value_of(OP_pow, DT_I32, 3, 4), 81);
    ck_assert_double_eq(value_of(OP_pow, DT_I32, -1, -3), -1);
    ck_assert_double_eq(value_of(OP_pow, DT_I32, 2, -1), 0);
    ck_assert_double_eq(value_of(OP_pow, DT_I32, 2, 32), 0);
    ck_assert_double_eq(value_of(OP_sign, DT_I32, -9, 0), -1);
    ck_assert(!eval(OP_floordiv, DT_I32, 1, 0, &out));
    ck_assert(!eval(OP_mod, DT_I32, 1, 0, &out));
}
END_TEST

START_TEST(test_eval_int_min)
{
    const Scalar args[] = {scalar_int(DT_I64, INT64_MIN), scalar_int(DT_I64, -1)};
    const Type type = type_scalar(DT_I64);
    Scalar out;
    ck_assert(op_eval(OP_floordiv, &type, NULL, args, &out));
    ck_assert_int_eq(out.i, INT64_MIN);
    ck_assert(op_eval(OP_mod, &type, NULL, args, &out));
    ck_assert_int_eq(out.i, 0);
    ck_assert(op_eval(OP_mul, &type, NULL, args, &out));
    ck_assert_int_eq(out.i, INT64_MIN);
}
END_TEST

START_TEST(test_eval_floats)
{
    ck_assert_double_eq(value_of(OP_add, DT_F32, 1e8, 1), 1e8);
    ck_assert_double_eq(value_of(OP_div, DT_F32, 1, 3), (double)(1.0f / 3.0f));
    ck_assert_double_eq(value_of(OP_floordiv, DT_F32, 1, 0.1), 9); /* 0.1 is above a tenth */
    ck_assert_double_eq(value_of(OP_floordiv, DT_F64, 6, 0.1), 59);
    ck_assert_double_eq(value_of(OP_floordiv, DT_F64, -5, INFINITY), -1);
    ck_assert_double_eq(value_of(OP_mod, DT_F64, -7.5, 2), 0.5);
    ck_assert_double_eq(value_of(OP_pow, DT_F64, 2, -1), 0.5);
    ck_assert_double_eq(value_of(OP_round, DT_F64, 2.5, 0), 2);
    ck_assert_double_eq(value_of(OP_rsqrt, DT_F64, 4, 0), 0.5);
    ck_assert_double_eq(value_of(OP_sigmoid, DT_F64, 0, 0), 0.5);
    ck_assert_double_eq(value_of(OP_sigmoid, DT_F32, -1000, 0), 0);
    ck_assert_double_eq(value_of(OP_div, DT_F64, 1, 0), INFINITY);
    ck_assert(isnan(value_of(OP_log, DT_F64, -1, 0)));
    ck_assert(isnan(value_of(OP_minimum, DT_F64, NAN, 1)));
    ck_assert(isnan(value_of(OP_minimum, DT_F64, 1, NAN)));
    ck_assert(isnan(value_of(OP_maximum, DT_F64, NAN, 1)));
    ck_assert(isnan(value_of(OP_maximum, DT_F64, 1, NAN)));
    ck_assert(isnan(value_of(OP_sign, DT_F64, NAN, 0)));
    ck_assert_double_eq(value_of(OP_maximum, DT_F64, 1, 2), 2);
    ck_assert_double_eq(value_of(OP_minimum, DT_F64, 1, 2), 1);
}
END_TEST

static bool truth(Op op, double x, double y)
{
    const Scalar args[] = {scalar_float(DT_F32, x), scalar_float(DT_F32, y)};
    const Type type = type_scalar(DT_BOOL);
    Scalar out;
    ck_assert(op_eval(op, &type, NULL, args, &out));
    ck_assert_int_eq(out.dtype, DT_BOOL);
    return out.i;
}

START_TEST(test_eval_comparisons)
{
    ck_assert(truth(OP_lt, 1, 2) && !truth(OP_lt, 2, 2) && truth(OP_le, 2, 2));
    ck_assert(truth(OP_gt, 3, 2) && !truth(OP_ge, 1, 2));
    ck_assert(!truth(OP_eq, NAN, NAN) && truth(OP_ne, NAN, NAN) && !truth(OP_le, NAN, 1));
    ck_assert(truth(OP_isnan, NAN, 0) && !truth(OP_isnan, 1, 0));
}
END_TEST

START_TEST(test_eval_views_and_casts)
{
    const Scalar x = scalar_float(DT_F32, 300.5), choice[] = {scalar_int(DT_BOOL, 0), x, x};
    const Type f32 = type_of("f32[2, 2]"), i32 = type_of("i32"), u8 = type_of("u8");
    Scalar out;
    ck_assert(op_eval(OP_expand, &f32, NULL, &x, &out) && scalar_equal(out, x));
    ck_assert(op_eval(OP_max, &f32, NULL, &x, &out) && scalar_equal(out, x));
    ck_assert(op_eval(OP_where, &f32, NULL, choice, &out) && scalar_equal(out, x));
    ck_assert(op_eval(OP_cast, &i32, NULL, &x, &out) && out.i == 300);
    ck_assert(!op_eval(OP_cast, &u8, NULL, &x, &out)); /* C leaves it open */
    ck_assert(!op_eval(OP_sum, &f32, NULL, &x, &out));
    const Scalar big = scalar_int(DT_I32, 300);
    ck_assert(op_eval(OP_cast, &u8, NULL, &big, &out) && out.i == 44);
}
END_TEST

static TCase *number_case(void)
{
    TCase *numbers = tcase_create("numbers");
    tcase_add_checked_fixture(numbers, set_up, tear_down);
    tcase_add_test(numbers, test_type_text);
    tcase_add_test(numbers, test_type_sizes);
    tcase_add_test(numbers, test_promotion);
    tcase_add_test(numbers, test_scalar_rounding);
    tcase_add_test(numbers, test_scalar_casts);
    tcase_add_test(numbers, test_scalar_equal);
    tcase_add_test(numbers, test_eval_integers);
    tcase_add_test(numbers, test_eval_int_min);
    tcase_add_test(numbers, test_eval_floats);
    tcase_add_test(numbers, test_eval_comparisons);
    tcase_add_test(numbers, test_eval_views_and_casts);
    return numbers;
}

int main(void)
{
    Suite *suite = suite_create("numbers");
    suite_add_tcase(suite, number_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
