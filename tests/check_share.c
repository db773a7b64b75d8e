/* check_share.c -- which kernels are printed as one function.
 *
 * Kernels of one loop are made by hand: y[i] = x[i] * factor, in buffers of given names. */
#include <check.h>
#include <stdlib.h>

#include "codegen/block.h"
#include "codegen/kexpr.h"
#include "codegen/share.h"

static Arena *arena;
static Sharing *sharing;

static void set_up(void)
{
    arena = arena_new();
    sharing = sharing_new(arena);
}

static void tear_down(void)
{
    arena_free(arena);
}

static Buffer *new_buffer(const char *name, BufferPlace place, DType dtype)
{
    Buffer *b = arena_new_of(arena, Buffer);
    *b = (Buffer){.name = name, .place = place, .var = -1, .stack_loop = -1};
    b->type = (Type){.dtype = dtype, .rank = 1, .dims = {dim_fixed(8)}};
    return b;
}

static Kernel *scale_between(const char *name, Buffer *x, Buffer *y, double factor)
{
    Kernel *kernel = arena_new_of(arena, Kernel);
    Block block;
    kernel->name = name;
    kernel->loop = -1;
    block_start(&block, arena, kernel);
    KExpr *i = block_open_loop(&block, kexpr_int(arena, 8));
    KExpr *factors[] = {kexpr_load(arena, x, i),
                        kexpr_number(arena, scalar_float(x->type.dtype, factor))};
    KExpr *product = kexpr_op(arena, OP_mul, x->type.dtype, factors, 2);
    block_store(&block, y, i, block_let(&block, y->name + 2, product));
    block_close(&block);
    kernel_summarize(kernel, arena);
    share_kernel(sharing, kernel);
    return kernel;
}

static Kernel *scale(const char *name, const char *x, const char *y, double factor)
{
    return scale_between(name, new_buffer(x, PLACE_WORK, DT_F32), new_buffer(y, PLACE_WORK, DT_F32),
                         factor);
}

START_TEST(test_layers_share)
{
    Kernel *first = scale("k_h0", "v_x", "v_h0", 2);
    Kernel *second = scale("k_h1", "v_h0", "v_h1", 2), *third = scale("k_h_2", "v_h1", "v_long", 2);
    ck_assert_ptr_null(first->same_as);
    ck_assert_ptr_eq(second->same_as, first);
    ck_assert_ptr_eq(third->same_as, first);
    ck_assert_int_eq(first->others, 2);
    ck_assert_str_eq(second->name, "k_h1"); /* in tables it is still told apart */
}
END_TEST

START_TEST(test_the_same_value_of_another_entry_takes_the_name)
{
    Kernel *train = scale("k_h", "v_x", "v_h", 2), *eval = scale("k_h_2", "v_x", "v_h", 2);
    ck_assert_ptr_eq(eval->same_as, train);
    ck_assert_str_eq(eval->name, "k_h");
    ck_assert_int_eq(train->others, 0);
}
END_TEST

START_TEST(test_what_differs_stands_alone)
{
    scale("k_h0", "v_x", "v_h0", 2);
    ck_assert_ptr_null(scale("k_h1", "v_h0", "v_h1", 3)->same_as);   /* another number */
    ck_assert_ptr_null(scale("k_bias", "v_h0", "v_h1", 2)->same_as); /* another name */
    Buffer *wide[] = {new_buffer("v_a", PLACE_WORK, DT_F64), new_buffer("v_b", PLACE_WORK, DT_F64)};
    ck_assert_ptr_null(scale_between("k_h2", wide[0], wide[1], 2)->same_as); /* another dtype */
}
END_TEST

START_TEST(test_names_stand_for_places)
{
    /* y = 2 x into another buffer is not x = 2 x. */
    Buffer *x = new_buffer("v_x", PLACE_WORK, DT_F32);
    scale("k_h0", "v_x", "v_h0", 2);
    ck_assert_ptr_null(scale_between("k_h1", x, x, 2)->same_as);
}
END_TEST

START_TEST(test_constants_are_no_parameters)
{
    Buffer *one = new_buffer("c_one", PLACE_CONST, DT_F32);
    Buffer *two = new_buffer("c_two", PLACE_CONST, DT_F32);
    Buffer *y[] = {new_buffer("v_y0", PLACE_WORK, DT_F32), new_buffer("v_y1", PLACE_WORK, DT_F32),
                   new_buffer("v_y2", PLACE_WORK, DT_F32)};
    Kernel *first = scale_between("k_y0", one, y[0], 2);
    ck_assert_ptr_null(scale_between("k_y1", two, y[1], 2)->same_as);
    ck_assert_ptr_eq(scale_between("k_y2", one, y[2], 2)->same_as, first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("share");
    TCase *tests = tcase_create("share");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_layers_share);
    tcase_add_test(tests, test_the_same_value_of_another_entry_takes_the_name);
    tcase_add_test(tests, test_what_differs_stands_alone);
    tcase_add_test(tests, test_names_stand_for_places);
    tcase_add_test(tests, test_constants_are_no_parameters);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
