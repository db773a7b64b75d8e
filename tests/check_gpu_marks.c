/* check_gpu_marks.c -- rules about marks (verify_marks.c): each with a kernel that breaks it. */
#include <check.h>
#include <stdlib.h>

#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/verify_marks.h"
#include "tests/gpu_kernel.h"

static Buffer *x, *y;
static KExpr *row; /* the turn of the team */

/* A team of a warp for each of 100 rows of x and y. */
static void start_rows(void)
{
    x = work("v_x", 6400);
    y = work("v_y", 6400);
    row = open_loop(SHARE_TEAMS, number(100));
}

static KExpr *in_row(KExpr *j)
{
    return kexpr_add(arena, kexpr_mul(arena, row, number(64)), j);
}

/* sum = the thread's part of the row's elements */
static KExpr *sum_row(void)
{
    KExpr *sum = block_let_mutable(&block, "sum", real(0));
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    block_set(&block, sum, plus(sum, load(x, in_row(j))));
    close_loop();
    return sum;
}

static void good_rows(void)
{
    start_rows();
    Buffer *shared = array(64, true);
    KExpr *total = joined(sum_row()), *j = open_loop(SHARE_TEAM, number(64));
    store(shared, j, plus(load(x, in_row(j)), total));
    close_loop();
    KExpr *k = open_loop(SHARE_TEAM, number(64));
    store(y, in_row(k), load(shared, kexpr_sub(arena, number(63), k)));
    close_loop();
    gpu_place_syncs(arena, block.loops[0]);
}

static void part_is_stored(void)
{
    start_rows();
    store(y, row, sum_row());
}

static void part_by_a_local(void)
{
    start_rows();
    KExpr *twice = block_let(&block, "twice", plus(sum_row(), real(1)));
    store(y, row, twice);
}

static void part_of_an_array(void)
{
    start_rows();
    Buffer *own = array(64, false);
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    store(own, j, load(x, in_row(j)));
    close_loop();
    store(y, row, load(own, number(3)));
}

static void turns_of_its_own(void)
{
    start_rows();
    KExpr *count = kexpr_cast(arena, sum_row(), DT_I64);
    KExpr *k = open_loop(SHARE_NONE, count);
    k->high = 9;
    store(y, row, real(0));
}

static void join_in_turns(void)
{
    start_rows();
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    store(y, in_row(j), joined(load(x, in_row(j))));
}

static void join_of_a_grid(void)
{
    start_rows();
    block.loops[0]->share = SHARE_GRID;
    store(y, row, joined(load(x, row)));
}

static void join_by_difference(void)
{
    start_rows();
    KExpr *total = joined(sum_row());
    last()->op = OP_sub;
    store(y, row, total);
}

static void wait_in_turns(void)
{
    start_rows();
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    store(y, in_row(j), real(0));
    last()->sync = true;
}

static void no_wait(void)
{
    good_rows();
    block.loops[0]->body.data[block.loops[0]->body.count - 1]->sync = false;
}

static void no_wait_for_what_lies_there(void)
{
    start_rows();
    KExpr *before = block_let(&block, "before", load(y, row));
    store(y, row, before);
}

static void one_place_of_a_grid(void)
{
    start_rows();
    block.loops[0]->share = SHARE_GRID;
    store(y, number(3), real(0));
}

static void one_place_of_teams(void)
{
    start_rows();
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    store(y, j, real(0));
}

static void one_place_of_a_team(void)
{
    start_rows();
    open_loop(SHARE_TEAM, number(64));
    store(y, row, real(0));
}

static void shared_in_a_grid(void)
{
    start_rows();
    block.loops[0]->share = SHARE_GRID;
    array(64, true);
    store(y, row, real(0));
}

static void shared_too_large(void)
{
    start_rows();
    Buffer *shared = array(2000, true);
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    store(shared, j, real(0));
    close_loop();
    cut();
}

static void atomic_of_itself(void)
{
    start_rows();
    block_accumulate(&block, y, number(0), joined(sum_row()));
    last()->atomic = true;
}

static void team_of_33(void)
{
    start_rows();
    block.loops[0]->team = 33;
    store(y, row, real(0));
}

static void team_in_a_team(void)
{
    start_rows();
    open_loop(SHARE_TEAM, number(8));
    KExpr *j = open_loop(SHARE_TEAM, number(8));
    store(y, in_row(j), real(0));
}

static void team_of_nobody(void)
{
    start_rows();
    block.loops[0]->share = SHARE_NONE;
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    store(y, in_row(j), real(0));
}

static void warps_of_a_warp(void)
{
    start_rows();
    KExpr *j = open_loop(SHARE_GROUPS, number(64));
    store(y, in_row(j), real(0));
}

static void groups_of(int team)
{
    x = work("v_x", 6400);
    y = work("v_y", 6400);
    row = open_loop(SHARE_TEAMS, number(100));
    block.loops[0]->team = 64;
    KExpr *j = open_loop(SHARE_GROUPS, number(16));
    block.loops[1]->team = team;
    KExpr *place =
        kexpr_add(arena, kexpr_mul(arena, j, number(4)), open_loop(SHARE_TEAM, number(4)));
    store(y, in_row(place), load(x, in_row(place)));
}

static void good_groups(void)
{
    groups_of(4);
}

static void groups_of_three(void)
{
    groups_of(3);
}

static void group_of_one(void)
{
    groups_of(1);
}

/* y[start + e] = x[e], four at once */
static void four_from(KExpr *start, int64_t turns)
{
    start_rows();
    open_loop(SHARE_TEAM, number(16));
    KExpr *e = open_loop(SHARE_NONE, number(turns));
    block.loops[2]->four = true;
    KExpr *place = kexpr_mul(arena, kexpr_index(arena, block.loops[1]->name, 15), number(4));
    store(y, in_row(kexpr_add(arena, place, e)), load(x, kexpr_add(arena, start, e)));
}

static void good_fours(void)
{
    four_from(number(8), 4);
}

/* A copy of a row, four at once, into an array */
static void four_into_an_array(bool aligned)
{
    start_rows();
    Buffer *copy = array(64, true);
    last()->aligned = aligned;
    KExpr *first = kexpr_mul(arena, open_loop(SHARE_TEAM, number(16)), number(4));
    KExpr *place = kexpr_add(arena, first, open_loop(SHARE_NONE, number(4)));
    block.loops[2]->four = true;
    store(copy, place, load(x, in_row(place)));
}

static void good_copy(void)
{
    four_into_an_array(true);
}

static void copy_at_any_byte(void)
{
    four_into_an_array(false);
}

static void fours_between(void)
{
    four_from(number(2), 4);
}

static void five_at_once(void)
{
    four_from(number(8), 5);
}

static void four_apart(void)
{
    four_from(number(8), 4);
    KStmt *s = last();
    s->value = load(x, kexpr_mul(arena, s->value->args[0], number(4)));
}

static void grid_in_a_team(void)
{
    start_rows();
    KExpr *j = open_loop(SHARE_GRID, number(64));
    store(y, in_row(j), real(0));
}

static void tile_without_a_product(void)
{
    start_rows();
    block.loops[0]->share = SHARE_TILE;
    KExpr *j = open_loop(SHARE_NONE, number(64));
    store(y, in_row(j), real(0));
}

static const MarksRule rules[] = {
    {good_rows, NULL},
    {part_is_stored, "stores in v_y what is one thread's part"},
    {part_by_a_local, "stores in v_y what is one thread's part"},
    {part_of_an_array, "stores in v_y what is one thread's part"},
    {turns_of_its_own, "as often as each thread finds for itself"},
    {join_in_turns, "where not all threads of a team come"},
    {join_of_a_grid, "where not all threads of a team come"},
    {join_by_difference, "has no join that makes"},
    {wait_in_turns, "waits where not all threads of a team come"},
    {no_wait, "does not wait before"},
    {no_wait_for_what_lies_there, "does not wait before v_y"},
    {one_place_of_a_grid, "in one place of v_y"},
    {one_place_of_teams, "in one place of v_y"},
    {one_place_of_a_team, "in one place of v_y"},
    {shared_in_a_grid, "shares t_row, and no team is there"},
    {shared_too_large, "has arrays of 64000 bytes for the threads of a block"},
    {atomic_of_itself, "adds to v_y in any order"},
    {team_of_33, "cannot share out the turns of"},
    {team_in_a_team, "cannot share out the turns of"},
    {team_of_nobody, "cannot share out the turns of"},
    {warps_of_a_warp, "cannot share out the turns of"},
    {good_groups, NULL},
    {groups_of_three, "cannot share out the turns of"},
    {group_of_one, "cannot share out the turns of"},
    {good_fours, NULL},
    {good_copy, NULL},
    {copy_at_any_byte, "whose elements do not lie so"},
    {fours_between, "whose elements do not lie so"},
    {five_at_once, "whose elements do not lie so"},
    {four_apart, "whose elements do not lie so"},
    {grid_in_a_team, "cannot share out the turns of"},
    {tile_without_a_product, "in tiles that is no product"},
};

START_TEST(test_rules)
{
    check_rule(&rules[_i], _i);
}
END_TEST

START_TEST(test_fast_reductions)
{
    atomic_of_itself();
    ck_assert_pstr_eq(verify_marks(arena, kernel, true), NULL);
    last()->accumulate = false;
    ck_assert_ptr_nonnull(verify_marks(arena, kernel, true));
}
END_TEST

static Suite *gpu_marks_suite(void)
{
    Suite *s = suite_create("gpu_marks");
    TCase *tc = tcase_create("gpu_marks");
    tcase_add_checked_fixture(tc, start_kernel, end_kernel);
    tcase_add_loop_test(tc, test_rules, 0, sizeof rules / sizeof *rules);
    tcase_add_test(tc, test_fast_reductions);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(gpu_marks_suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
