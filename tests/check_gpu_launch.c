/* check_gpu_launch.c -- from marked statements to launches: how a kernel is cut, nests become one
 * loop, four elements are taken at once, and what may lie in one place. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/in_place.h"
#include "codegen/kexpr.h"
#include "tests/gpu_kernel.h"

static const char *text_of(const KExpr *x)
{
    if (x->kind == KE_INDEX || x->kind == KE_TEMP)
        return x->name;
    if (x->kind == KE_NUMBER)
        return arena_printf(arena, "%d", (int)x->value.i);
    if (x->kind != KE_INT)
        return x->kind == KE_BATCH ? "batch" : "?";
    const char *const signs[] = {
        [INT_ADD] = "+", [INT_SUB] = "-", [INT_MUL] = "*", [INT_DIV] = "/", [INT_MOD] = "%"};
    return arena_printf(arena, "(%s %s %s)", text_of(x->args[0]), signs[x->int_op],
                        text_of(x->args[1]));
}

/* ---- cutting ---- */

START_TEST(test_statements_are_launches)
{
    Buffer *x = work("v_x", 4096), *parts = work("v_parts", 64), *y = work("v_y", 1);
    KExpr *local = block_let(&block, "scale", load(x, number(0)));
    KExpr *i = open_loop(SHARE_NONE, number(64));
    store(parts, i, plus(load(x, i), local));
    close_loop();
    store(y, number(0), local);
    const Launch *first = cut();
    ck_assert_int_eq(kernel->launches.count, 2);
    const Launch *second = kernel->launches.data[1];
    ck_assert_msg(first->kind == LAUNCH_GRID, "turns that store elsewhere each are shared");
    ck_assert_int_eq(second->kind, LAUNCH_ONE);
    ck_assert_pstr_eq(first->name, "k_test");
    ck_assert_pstr_eq(second->name, "k_test_part2");
    ck_assert_int_eq(first->threads, 256);
    ck_assert_int_eq(second->threads, 1);
    ck_assert_msg(first->part->body.data[0]->kind == KS_LET &&
                      second->part->body.data[0]->kind == KS_LET,
                  "a local is computed in each launch that reads it");
}
END_TEST

START_TEST(test_dependent_turns_are_one_threads)
{
    Buffer *x = work("v_x", 65);
    KExpr *i = open_loop(SHARE_NONE, number(64));
    store(x, kexpr_add(arena, i, number(1)), load(x, i));
    ck_assert_int_eq(cut()->kind, LAUNCH_ONE);
}
END_TEST

START_TEST(test_changed_locals_bind)
{
    Buffer *x = work("v_x", 64), *y = work("v_y", 1);
    KExpr *before = block_let(&block, "before", load(x, number(0)));
    store(x, number(0), real(1));
    store(y, number(0), before);
    ck_assert_int_eq(cut()->kind, LAUNCH_ONE);
    ck_assert_msg(kernel->launches.count == 1, "what is loaded before it is stored over stays so");
}
END_TEST

START_TEST(test_teams)
{
    Buffer *x = work("v_x", 6400), *y = work("v_y", 100);
    KExpr *i = open_loop(SHARE_TEAMS, number(100));
    block.loops[0]->team = 128;
    KExpr *sum = block_let_mutable(&block, "sum", real(0));
    KExpr *j = open_loop(SHARE_TEAM, number(64));
    KExpr *at = kexpr_add(arena, kexpr_mul(arena, i, number(64)), j);
    block_set(&block, sum, plus(sum, load(x, at)));
    close_loop();
    store(y, i, joined(sum));
    const Launch *launch = cut();
    ck_assert_int_eq(launch->kind, LAUNCH_TEAMS);
    ck_assert_int_eq(launch->team, 128);
    ck_assert_int_eq(launch->threads, 128);
    ck_assert_pstr_eq(text_of(launch->turns), "100");
}
END_TEST

/* What __launch_bounds__ asks for: 128 registers, 255 for f64; elements of f32 ask for nothing,
 * where they are many. */
START_TEST(test_blocks)
{
    static const struct {
        Share share;
        int team, turns, blocks;
        DType dtype;
    } asked[] = {
        {SHARE_GRID, 0, 4097, 0, DT_F32},    {SHARE_GRID, 0, 4097, 1, DT_F64},
        {SHARE_TEAMS, 32, 4097, 0, DT_F32},  {SHARE_TEAMS, 128, 4097, 4, DT_F32},
        {SHARE_TEAMS, 128, 4097, 2, DT_F64}, {SHARE_TEAMS, 1024, 4097, 1, DT_F32},
        {SHARE_GRID, 0, 4096, 2, DT_F32},    {SHARE_TEAMS, 32, 4096, 2, DT_F32},
    };
    Buffer *y = buffer("v_y", PLACE_WORK, asked[_i].dtype, asked[_i].turns);
    KExpr *i = open_loop(asked[_i].share, number(asked[_i].turns));
    block.loops[0]->team = asked[_i].team;
    store(y, i, real(1));
    ck_assert_int_eq(cut()->blocks, asked[_i].blocks);
}
END_TEST

/* So do random numbers, whose rounds ptxas would spill rather than hold fewer blocks. */
START_TEST(test_blocks_of_draws)
{
    Buffer *y = work("v_y", 10000);
    KExpr *i = open_loop(SHARE_GRID, number(10000));
    store(y, i, kexpr_random(arena, OP_uniform, DT_F32, 1, number(0), i));
    ck_assert_int_eq(cut()->blocks, 2);
}
END_TEST

/* ---- locals that nobody reads ---- */

/* What is left of a loop's statements, those with a name, in their order. */
static const char *names_left(const KStmtVec *body)
{
    StrBuf out = strbuf_new(arena);
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->kind == KS_LET)
            strbuf_printf(&out, "%s%s", out.length > 0 ? " " : "", body->data[i]->name);
    return strbuf_text(&out);
}

START_TEST(test_unread_locals_go)
{
    Buffer *x = work("v_x", 64), *y = work("v_y", 64);
    KExpr *i = open_loop(SHARE_GRID, number(64));
    KExpr *once = block_let(&block, "once", load(x, i));
    block_let(&block, "twice", plus(once, once)); /* nobody's: then once is, too */
    KExpr *read = block_let(&block, "read", plus(load(x, i), real(1)));
    store(y, i, read);
    const KStmt *loop = close_loop();
    gpu_drop_unread(arena, kernel);
    ck_assert_pstr_eq(names_left(&loop->body), "t_read");
}
END_TEST

START_TEST(test_unread_locals_that_stay)
{
    Buffer *x = work("v_x", 64), *y = work("v_y", 64);
    KExpr *i = open_loop(SHARE_GRID, number(64));
    KExpr *where = kexpr_cast(arena, load(x, i), DT_I64);
    block_let(&block, "fault", load(x, kexpr_at(arena, where, 64, 1)));
    KExpr *changed = block_let_mutable(&block, "changed", real(0));
    block_set(&block, changed, real(1));
    joined(real(1));
    store(y, i, real(1));
    const KStmt *loop = close_loop();
    gpu_drop_unread(arena, kernel);
    ck_assert_msg(strcmp(names_left(&loop->body), "t_fault t_changed t_all") == 0,
                  "an index beyond its axis is told; threads meet in a sum; left are: %s",
                  names_left(&loop->body));
}
END_TEST

START_TEST(test_wide)
{
    const int64_t count = INT64_C(3) << 30;
    Buffer *y = work("v_y", count);
    KExpr *i = open_loop(SHARE_GRID, number(count));
    store(y, i, real(1));
    const Launch *launch = cut();
    ck_assert_msg(launch->wide, "an index is beyond 32 bits");
    ck_assert_msg(launch->fours_written.count == 0, "four at a time are counted in int");
}
END_TEST

/* ---- nests as one loop ---- */

/* for i < batch: for j < 60: y[i * 60 + j] = x[..] + b[j] */
static const Launch *flatten(KExpr *rows, int64_t stride)
{
    Buffer *x = work("v_x", 6000), *b = work("v_b", 60), *y = work("v_y", 100 * stride);
    KExpr *i = open_loop(SHARE_GRID, rows), *j = open_loop(SHARE_GRID, number(60));
    KExpr *at = kexpr_add(arena, kexpr_mul(arena, i, number(stride)), j);
    KExpr *place = kexpr_add(arena, kexpr_mul(arena, i, number(60)), j);
    store(y, at, plus(load(x, place), load(b, j)));
    return cut();
}

START_TEST(test_nest)
{
    const Launch *launch = flatten(kexpr_batch(arena, 100), 60);
    const KStmtVec *body = &launch->stmt->body;
    ck_assert_pstr_eq(text_of(launch->turns), "(batch * 60)");
    ck_assert_int_eq(body->count, 2);
    ck_assert_pstr_eq(text_of(body->data[0]->value), "(n % 60)");
    ck_assert_pstr_eq(text_of(body->data[1]->index), "n");
    ck_assert_pstr_eq(text_of(body->data[1]->value->args[0]->args[0]), "n");
}
END_TEST

START_TEST(test_nest_with_gaps)
{
    const Launch *launch = flatten(number(100), 64);
    const KStmtVec *body = &launch->stmt->body;
    ck_assert_msg(body->count == 3, "both variables are found from the place");
    ck_assert_pstr_eq(text_of(body->data[0]->value), "(n / 60)");
    ck_assert_pstr_eq(text_of(body->data[1]->value), "(n % 60)");
}
END_TEST

/* ---- four at a time ---- */

typedef struct Four {
    const char *what;
    int64_t count, shift;
    DType dtype;
    bool fits;
} Four;

static const Four fours[] = {
    {"f32 side by side", 4096, 0, DT_F32, true},
    {"no multiple of four", 4098, 0, DT_F32, false},
    {"too few to be worth it", 64, 0, DT_F32, false},
    {"f64", 4096, 0, DT_F64, false},
    {"not where 128 bits begin", 4096, 1, DT_F32, false},
};

START_TEST(test_four)
{
    const Four *f = &fours[_i];
    Buffer *x = buffer("v_x", PLACE_WORK, f->dtype, f->count + 8), *y = work("v_y", f->count);
    KExpr *n = open_loop(SHARE_GRID, number(f->count));
    store(y, n, kexpr_cast(arena, load(x, kexpr_add(arena, n, number(f->shift))), DT_F32));
    const Launch *launch = cut();
    ck_assert_msg((launch->fours_written.count == 1) == f->fits, "%s", f->what);
    ck_assert_int_eq(launch->stmt->step, f->fits ? 4 : 1);
}
END_TEST

START_TEST(test_four_of_what_is_stored)
{
    Buffer *y = work("v_y", 4096);
    KExpr *n = open_loop(SHARE_GRID, number(4096));
    store(y, n, plus(load(y, n), load(y, number(7))));
    block.loops[0]->independent = true;
    ck_assert_msg(cut()->fours_written.count == 0, "an element of all turns is stored by one");
}
END_TEST

/* ---- in place ---- */

/* May y = f(x) lie where x does? share: of the loop in which it is computed, in a team's. */
static bool lies_over(Share share, bool by_local)
{
    Buffer *x = work("v_x", 2048), *y = work("v_y", 2048);
    Routine *r = arena_new_of(arena, Routine);
    Kernel *before = arena_new_of(arena, Kernel);
    *before = (Kernel){.name = "k_before", .loop = -1};
    KExpr *i = share == SHARE_TEAM ? NULL : open_loop(SHARE_TEAMS, number(2048));
    if (share == SHARE_TEAM) {
        open_loop(SHARE_TEAMS, number(1));
        i = open_loop(SHARE_TEAM, number(2048));
    }
    KExpr *value = load(x, i);
    if (by_local)
        value = block_let(&block, "x", value);
    store(y, i, plus(value, value));
    close_all();
    kernel_summarize(kernel, arena);
    vec_push(arena, &r->kernels, before);
    vec_push(arena, &r->kernels, kernel);
    x->first = 0;
    x->last = y->first = 1;
    y->last = 2;
    in_place_choose(r);
    return y->over == x;
}

typedef struct InPlace {
    Share share;
    bool by_local, good;
    const char *what;
} InPlace;

static const InPlace in_place[] = {
    {SHARE_TEAM, true, true, "a thread loads and stores its own element"},
    {SHARE_TEAMS, false, true, "the first thread loads what it stores over"},
    {SHARE_TEAMS, true, false, "all threads load, the first one stores"},
};

START_TEST(test_in_place)
{
    const InPlace *p = &in_place[_i];
    ck_assert_msg(lies_over(p->share, p->by_local) == p->good, "%s", p->what);
}
END_TEST

static Suite *gpu_launch_suite(void)
{
    Suite *s = suite_create("gpu_launch");
    TCase *tc = tcase_create("gpu_launch");
    tcase_add_checked_fixture(tc, start_kernel, end_kernel);
    tcase_add_test(tc, test_statements_are_launches);
    tcase_add_test(tc, test_dependent_turns_are_one_threads);
    tcase_add_test(tc, test_changed_locals_bind);
    tcase_add_test(tc, test_teams);
    tcase_add_loop_test(tc, test_blocks, 0, 8);
    tcase_add_test(tc, test_blocks_of_draws);
    tcase_add_test(tc, test_unread_locals_go);
    tcase_add_test(tc, test_unread_locals_that_stay);
    tcase_add_test(tc, test_wide);
    tcase_add_test(tc, test_nest);
    tcase_add_test(tc, test_nest_with_gaps);
    tcase_add_loop_test(tc, test_four, 0, sizeof fours / sizeof *fours);
    tcase_add_test(tc, test_four_of_what_is_stored);
    tcase_add_loop_test(tc, test_in_place, 0, sizeof in_place / sizeof *in_place);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(gpu_launch_suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
