/* check_product_plan.c -- what must hold of the blocks of a product, whatever its shape
 * (codegen/product_plan.c). */
#include <check.h>
#include <stdlib.h>

#include "codegen/product_plan.h"

static const int64_t sizes[] = {1,  2,  8,  31, 32,  33,  48,  49,   50,
                                63, 64, 65, 96, 100, 128, 192, 1000, 9216};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* A block of a packed b begins where a panel does: panels lie one behind the other. */
static void check_blocks(const ProductShape *s)
{
    const ProductPlan plan = product_plan(s);
    const bool whole = plan.columns >= s->columns;
    ck_assert_int_gt(plan.rows, 0);
    ck_assert_int_gt(plan.columns, 0);
    ck_assert_int_gt(plan.terms, 0);
    ck_assert_int_gt(plan.panel, 0);
    ck_assert_msg(plan.packing == PACK_NONE || whole || plan.columns % plan.panel == 0,
                  "%d x %d, sums of %d: blocks of %d columns, panels of %d", (int)s->rows,
                  (int)s->columns, (int)s->inner, (int)plan.columns, (int)plan.panel);
    ck_assert_msg(plan.packing != PACK_WHOLE || plan.terms == s->inner,
                  "a part of the terms of a copy that is whole");
}

START_TEST(test_shapes)
{
    for (int rows = 0; rows < SIZES; rows++)
        for (int columns = 0; columns < SIZES; columns++)
            for (int how = 0; how < 64; how++)
                check_blocks(&(ProductShape){.rows = sizes[rows],
                                             .columns = sizes[columns],
                                             .inner = sizes[_i],
                                             .outer = how & 1 ? 9 : 1,
                                             .turns = how & 2 ? 4 : 1,
                                             .apart = sizes[_i],
                                             .bytes = how & 4 ? 8 : 4,
                                             .scattered = how & 8,
                                             .shared = how & 16,
                                             .array = how & 1,
                                             .resumed = how & 32});
}
END_TEST

int main(void)
{
    Suite *s = suite_create("product_plan");
    TCase *tc = tcase_create("product_plan");
    tcase_add_loop_test(tc, test_shapes, 0, SIZES);
    suite_add_tcase(s, tc);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
