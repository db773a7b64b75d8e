/* check_gpu_tiled.c -- rules about what the threads of a team have in registers (verify_tiled.c):
 * each with a kernel that breaks it. */
#include <check.h>
#include <stdlib.h>

#include "codegen/kexpr.h"
#include "tests/gpu_kernel.h"

static Buffer *x, *y;
static KExpr *row; /* the turn of the team */
static Buffer *sums;
static KExpr *i, *j; /* of the element at hand */

static Buffer *matrix(const char *name, int64_t rows, int64_t columns)
{
    const Type type = {.dtype = DT_F32, .rank = 2, .dims = {dim_fixed(rows), dim_fixed(columns)}};
    Buffer *b = block_array(&block, name, &type);
    last()->tiled = true;
    return b;
}

/* A team of 128 for each of 4 blocks of 32 x 64 elements of y, which it has in registers. */
static void start_tiled(void)
{
    x = work("v_x", 8192);
    y = work("v_y", 8192);
    row = open_loop(SHARE_TEAMS, number(4));
    block.loops[0]->team = 128;
    sums = matrix("sums", 32, 64);
}

static KExpr *place(KExpr *of_row, KExpr *of_column)
{
    return kexpr_add(arena, kexpr_mul(arena, of_row, number(64)), of_column);
}

/* That of y. */
static KExpr *place_of_team(void)
{
    return kexpr_add(arena, kexpr_mul(arena, row, number(2048)), place(i, j));
}

static void open_elements(int64_t rows)
{
    i = open_loop(SHARE_TILE, number(rows));
    j = open_loop(SHARE_NONE, number(64));
}

static void close_elements(void)
{
    close_loop();
    close_loop();
}

/* sum = start + x[i, 0 .. 15] x[0 .. 15, j]; the loops over i and j stay open. */
static KExpr *multiply(KExpr *start, Buffer *operand)
{
    KExpr *sum = block_let_mutable(&block, "sum", start);
    KExpr *k = open_loop(SHARE_NONE, number(16));
    KExpr *const factors[] = {load(operand, place(i, k)), load(x, place(k, j))};
    block_set(&block, sum, plus(sum, kexpr_op(arena, OP_mul, DT_F32, factors, 2)));
    close_loop();
    return sum;
}

static void start_sums(void)
{
    open_elements(32);
    store(sums, place(i, j), real(0));
    close_elements();
}

static void add_to_sums(void)
{
    open_elements(32);
    store(sums, place(i, j), multiply(load(sums, place(i, j)), x));
    close_elements();
}

static void good_sums(void)
{
    start_tiled();
    start_sums();
    add_to_sums();
    open_elements(17);
    store(y, place_of_team(), load(sums, place(i, j)));
    close_elements();
}

/* Half of the team makes a product into y, the other half another. */
static void good_halves(void)
{
    Buffer *const z = work("v_z", 8192);
    start_tiled();
    for (int second = 0; second < 2; second++) {
        open_elements(32);
        block.loops[1]->half = true;
        block.loops[1]->second = second;
        KExpr *sum = multiply(real(0), x);
        store(second ? z : y, place_of_team(), sum);
        close_elements();
    }
}

static void element_of_another(void)
{
    start_tiled();
    open_elements(32);
    store(y, place_of_team(), load(sums, place(i, number(3))));
}

static void element_turned(void)
{
    start_tiled();
    open_elements(32);
    store(sums, kexpr_add(arena, kexpr_mul(arena, j, number(32)), i), real(0));
}

static void elements_there_are_none_of(void)
{
    start_tiled();
    open_elements(33);
    store(sums, place(i, j), real(0));
}

static void element_outside_of_tiles(void)
{
    start_tiled();
    start_sums();
    store(y, row, load(sums, number(0)));
}

static void element_in_turns(void)
{
    start_tiled();
    KExpr *k = open_loop(SHARE_TEAM, number(64));
    store(sums, k, real(0));
}

static void elements_of_two(void)
{
    start_tiled();
    Buffer *others = matrix("others", 32, 64);
    open_elements(32);
    store(sums, place(i, j), load(others, place(i, j)));
}

static void elements_as_operand(void)
{
    start_tiled();
    open_elements(32);
    store(y, place_of_team(), multiply(real(0), sums));
}

static void more_than_adding(void)
{
    start_tiled();
    open_elements(32);
    KExpr *sum = multiply(load(sums, place(i, j)), x);
    store(sums, place(i, j), sum);
    store(y, place_of_team(), sum);
}

static void adding_twice(void)
{
    start_tiled();
    open_elements(32);
    KExpr *sum = multiply(real(0), x);
    block_accumulate(&block, sums, place(i, j), sum);
}

static void adding_to_elements_elsewhere(void)
{
    start_tiled();
    open_elements(32);
    store(y, place_of_team(), multiply(load(sums, place(i, j)), x));
}

static void adding_by_half(void)
{
    start_tiled();
    add_to_sums();
    last()->half = true;
}

static void elements_by_half(void)
{
    start_tiled();
    start_sums();
    last()->half = true;
}

static void second_of_no_halves(void)
{
    start_tiled();
    open_elements(32);
    block.loops[1]->second = true;
    store(y, place_of_team(), multiply(real(0), x));
}

static void elements_of_none(void)
{
    start_tiled();
    open_elements(32);
    store(y, place_of_team(), real(0));
}

static void registers_for_a_row(void)
{
    start_tiled();
    array(64, false);
    last()->tiled = true;
}

static void registers_shared(void)
{
    start_tiled();
    last()->shared = true;
}

static void registers_of_a_grid(void)
{
    start_tiled();
    block.loops[0]->share = SHARE_GRID;
}

static void registers_of_a_turn(void)
{
    start_tiled();
    open_loop(SHARE_GROUPS, number(8));
    matrix("others", 32, 64);
}

static const MarksRule rules[] = {
    {good_sums, NULL},
    {good_halves, NULL},
    {element_of_another, "touches elements of t_sums that other threads have"},
    {element_turned, "touches elements of t_sums that other threads have"},
    {elements_there_are_none_of, "touches elements of t_sums that other threads have"},
    {element_outside_of_tiles, "has no elements of t_sums at hand"},
    {element_in_turns, "has no elements of t_sums at hand"},
    {elements_of_two, "has no elements of t_sums at hand"},
    {elements_as_operand, "has no elements of t_sums at hand"},
    {more_than_adding, "has no elements of t_sums at hand"},
    {adding_twice, "has no elements of t_sums at hand"},
    {adding_to_elements_elsewhere, "has no elements of t_sums at hand"},
    {adding_by_half, "adds to t_sums by half of a team"},
    {elements_by_half, "has no half of a team for the loop over"},
    {second_of_no_halves, "has no half of a team for the loop over"},
    {elements_of_none, "in tiles that is no product"},
    {registers_for_a_row, "has t_row in registers, which is no matrix of a team's"},
    {registers_shared, "has t_sums in registers, which is no matrix of a team's"},
    {registers_of_a_grid, "has t_sums in registers, which is no matrix of a team's"},
    {registers_of_a_turn, "has t_others in registers, which is no matrix of a team's"},
};

START_TEST(test_rules)
{
    check_rule(&rules[_i], _i);
}
END_TEST

static Suite *gpu_tiled_suite(void)
{
    Suite *s = suite_create("gpu_tiled");
    TCase *tc = tcase_create("gpu_tiled");
    tcase_add_checked_fixture(tc, start_kernel, end_kernel);
    tcase_add_loop_test(tc, test_rules, 0, sizeof rules / sizeof *rules);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(gpu_tiled_suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
