/* check_gpu_rows.c -- kernels for a GPU that reduce: which form a shape gets, and where teams wait.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "ir/model.h"

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* ---- forms ---- */

/* The first routine of a model in the textual IR. */
static const Routine *lower_model(const char *text)
{
    Diag *diag = diag_new(arena);
    Model *m = model_read(arena, source_new(arena, "test.ir", text, strlen(text)), diag);
    if (!m)
        diag_flush(diag, stderr);
    ck_assert_ptr_nonnull(m);
    const LowerOptions options = {.level = 1, .target = TARGET_CUDA};
    const Program *p = program_lower(m, &options, diag);
    ck_assert_ptr_nonnull(p);
    const char *why = program_verify(p);
    ck_assert_msg(!why, "%s", why);
    return p->routines.data[0];
}

/* The routine of a graph over x, an f32 tensor of this shape, in %0. */
static const Routine *lower(const char *shape, const char *body)
{
    return lower_model(arena_printf(arena,
                                    "model m\nbatch_bound 4096\ninput @x : f32[%s]\n"
                                    "graph predict {\n  %%0 = input @x : f32[%s]\n%s}\n"
                                    "entry predict graph=predict step=0 every=0\n",
                                    shape, shape, body));
}

static bool has_sync(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->sync || has_sync(&body->data[i]->body))
            return true;
    return false;
}

/* Its loops at the top level, by their threads: "team 32, grid". */
static const char *forms(const Kernel *k)
{
    StrBuf out = strbuf_new(arena);
    for (int i = 0; i < k->body.count; i++) {
        const KStmt *s = k->body.data[i];
        if (s->kind != KS_FOR)
            continue;
        strbuf_puts(&out, out.length > 0 ? ", " : "");
        if (s->share == SHARE_TEAMS)
            strbuf_printf(&out, "team %d", s->team);
        else
            strbuf_puts(&out, s->share == SHARE_GRID ? "grid" : "one");
    }
    return strbuf_text(&out);
}

static const char softmax[] = "  %1 = max %0 axes=[1] : f32[batch, 1]\n"
                              "  %2 = expand %1 : f32[batch, N]\n"
                              "  %3 = sub %0 %2 : f32[batch, N]\n"
                              "  %4 = exp %3 : f32[batch, N]\n"
                              "  %5 = sum %4 axes=[1] : f32[batch, 1]\n"
                              "  %6 = expand %5 : f32[batch, N]\n"
                              "  %7 = div %4 %6 : f32[batch, N]\n"
                              "  value y = %7\n";

static const char *with_size(const char *text, const char *size)
{
    StrBuf out = strbuf_new(arena);
    for (; *text; text++)
        if (*text == 'N')
            strbuf_puts(&out, size);
        else
            strbuf_putc(&out, *text);
    return strbuf_text(&out);
}

static const struct {
    const char *size, *forms;
} row_forms[] = {{"8", "grid"}, {"9", "team 32"}, {"1024", "team 32"}, {"1025", "team 256"}};

START_TEST(test_rows)
{
    const char *size = row_forms[_i].size;
    const Routine *r = lower(arena_printf(arena, "batch, %s", size), with_size(softmax, size));
    ck_assert_int_eq(r->kernels.count, 1);
    ck_assert_pstr_eq(forms(r->kernels.data[0]), row_forms[_i].forms);
    ck_assert_msg(!has_sync(&r->kernels.data[0]->body), "each thread reads its own elements");
}
END_TEST

START_TEST(test_row_read_elsewhere)
{
    const Routine *r = lower("batch, 100", arena_printf(arena,
                                                        "%s  %%8 = slice %%7 start=[0, 3] "
                                                        "step=[1, 1] : f32[batch, 1]\n"
                                                        "  %%9 = expand %%8 : f32[batch, 100]\n"
                                                        "  %%10 = mul %%9 %%4 : f32[batch, 100]\n"
                                                        "  %%11 = sum %%10 axes=[1] : "
                                                        "f32[batch, 1]\n  value z = %%11\n",
                                                        with_size(softmax, "100")));
    ck_assert_int_eq(r->kernels.count, 1);
    ck_assert_msg(has_sync(&r->kernels.data[0]->body), "one element of a row is read by all");
}
END_TEST

static const struct {
    const char *shape, *body, *forms;
} reductions[] = {
    /* columns: blocks of them, or threads along memory; rows in chunks, parts joined by teams or
       threads */
    {"batch, 64", "  %1 = sum %0 axes=[0] : f32[1, 64]\n", "team 256, team 128"},
    {"batch, 8192", "  %1 = sum %0 axes=[0] : f32[1, 8192]\n", "team 256, grid"},
    {"16, 64", "  %1 = sum %0 axes=[0] : f32[1, 64]\n", "team 256"},
    {"batch, 64", "  %1 = max %0 axes=[0] : f32[1, 64]\n", "grid, team 128"},
    {"3, 70, 5", "  %1 = prod %0 axes=[1] : f32[3, 1, 5]\n", "grid, grid"},
    /* one number */
    {"batch, 64", "  %1 = sum %0 axes=[0, 1] : f32[1, 1]\n", "team 256, team 256"},
    {"100, 640", "  %1 = sum %0 axes=[0, 1] : f32[1, 1]\n", "team 256, team 32"},
    {"batch, 64", "  %1 = max %0 axes=[0, 1] : f32[1, 1]\n", "team 256, team 64"},
    {"100", "  %1 = max %0 axes=[0] : f32[1]\n", "team 32"},
    {"100000", "  %1 = argmax %0 axes=[0] : i64[1]\n", "team 256, team 32"},
    /* rows */
    {"batch, 100", "  %1 = argmax %0 axes=[1] : i64[batch, 1]\n", "team 32"},
    {"12, 400", "  %1 = sum %0 axes=[1] : f32[12, 1]\n", "team 128"},
    {"12, 20000", "  %1 = sum %0 axes=[1] : f32[12, 1]\n", "team 1024"},
};

START_TEST(test_reductions)
{
    const Routine *r = lower(reductions[_i].shape,
                             arena_printf(arena, "%s  value y = %%1\n", reductions[_i].body));
    ck_assert_int_eq(r->kernels.count, 1);
    ck_assert_pstr_eq(forms(r->kernels.data[0]), reductions[_i].forms);
}
END_TEST

/* ---- what parameters begin with ---- */

/* The routine init of a model with so many vectors, each drawn anew. */
static const Routine *lower_draws(int count)
{
    StrBuf params = strbuf_new(arena), graph = strbuf_new(arena);
    for (int i = 0; i < count; i++) {
        strbuf_printf(&params, "param @p%d : f32[64]\n", i);
        strbuf_printf(&graph, "  %%%d = uniform key=0x%d : f32[64]\n", i, i + 1);
    }
    for (int i = 0; i < count; i++)
        strbuf_printf(&graph, "  write @p%d = %%%d\n", i, i);
    return lower_model(arena_printf(arena,
                                    "model m\nbatch_bound 1\n%sgraph init {\n%s}\n"
                                    "entry init graph=init step=0 every=0\n",
                                    strbuf_text(&params), strbuf_text(&graph)));
}

START_TEST(test_draws)
{
    static const struct {
        int draws, kernels;
    } drawn[] = {{6, 1}, {7, 2}, {12, 2}, {13, 3}};
    ck_assert_msg(lower_draws(drawn[_i].draws)->kernels.count == drawn[_i].kernels,
                  "a kernel has registers for six draws");
}
END_TEST

/* ---- waits ---- */

static Block block;

static KStmt *last(void)
{
    return block.loops[block.depth - 1]->body.data[block.loops[block.depth - 1]->body.count - 1];
}

static KExpr *open(Share share, int64_t turns)
{
    KExpr *index = block_open_loop(&block, kexpr_int(arena, turns));
    block.loops[block.depth - 1]->share = share;
    return index;
}

static Buffer *array(bool shared)
{
    const Type type = {.dtype = DT_F32, .rank = 1, .dims = {dim_fixed(64)}};
    Buffer *b = block_array(&block, "row", &type);
    last()->shared = shared;
    return b;
}

/* row[j] = .. in a shared loop */
static void fill(Buffer *b, int64_t turns)
{
    KExpr *j = open(SHARE_TEAM, turns);
    block_store(&block, b, j, kexpr_cast(arena, j, DT_F32));
    block_close(&block);
}

/* t = row[j + shift] in a shared loop; it. */
static KStmt *read_in_turn(Buffer *b, int64_t turns, int64_t shift)
{
    KExpr *j = open(SHARE_TEAM, turns);
    KStmt *loop = block.loops[block.depth - 1];
    block_let(&block, "t", kexpr_load(arena, b, kexpr_add(arena, j, kexpr_int(arena, shift))));
    block_close(&block);
    return loop;
}

static KStmt *start_team(void)
{
    Kernel *kernel = arena_new_of(arena, Kernel);
    block_start(&block, arena, kernel);
    open(SHARE_TEAMS, 10);
    return block.loops[0];
}

START_TEST(test_own_elements)
{
    KStmt *teams = start_team();
    Buffer *row = array(true);
    fill(row, 64);
    read_in_turn(row, 64, 0);
    gpu_place_syncs(arena, teams);
    ck_assert(!has_sync(&teams->body));
}
END_TEST

START_TEST(test_other_elements)
{
    KStmt *teams = start_team();
    Buffer *row = array(true);
    fill(row, 63);
    const KStmt *shifted = read_in_turn(row, 63, 1);
    const KStmt *again = read_in_turn(row, 63, 1);
    gpu_place_syncs(arena, teams);
    ck_assert_msg(shifted->sync, "another thread has made the element");
    ck_assert_msg(!again->sync, "they have waited already");
    ck_assert_msg(!teams->body.data[1]->sync, "behind each turn all wait anyway (print_cuda.c)");
}
END_TEST

START_TEST(test_other_extent)
{
    KStmt *teams = start_team();
    Buffer *row = array(true);
    fill(row, 64);
    const KStmt *fewer = read_in_turn(row, 60, 0);
    gpu_place_syncs(arena, teams);
    ck_assert_msg(fewer->sync, "loops of other extents may be dealt out otherwise");
}
END_TEST

START_TEST(test_first_thread)
{
    KStmt *teams = start_team();
    Buffer *row = array(true);
    KExpr *zero = kexpr_int(arena, 0);
    block_store(&block, row, zero, kexpr_number(arena, scalar_float(DT_F32, 1)));
    const KStmt *store = last();
    block_let(&block, "t", kexpr_load(arena, row, zero));
    const KStmt *load = last();
    gpu_place_syncs(arena, teams);
    ck_assert_msg(load->sync, "the first thread's store is read by all");
    ck_assert_msg(!store->sync, "behind each turn all wait anyway (print_cuda.c)");
}
END_TEST

START_TEST(test_serial_loop)
{
    KStmt *teams = start_team();
    Buffer *row = array(true);
    open(SHARE_NONE, 3);
    const KStmt *shifted = read_in_turn(row, 63, 1);
    fill(row, 63);
    const KStmt *filled = last();
    block_close(&block);
    gpu_place_syncs(arena, teams);
    ck_assert_msg(filled->sync, "what others read in this turn is stored over");
    ck_assert_msg(shifted->sync, "what others have stored in the turn before is read");
}
END_TEST

START_TEST(test_own_arrays)
{
    KStmt *teams = start_team();
    Buffer *own = array(false);
    fill(own, 63);
    read_in_turn(own, 63, 1);
    gpu_place_syncs(arena, teams);
    ck_assert_msg(!has_sync(&teams->body), "each thread has an array of its own");
}
END_TEST

static Suite *gpu_rows_suite(void)
{
    Suite *s = suite_create("gpu_rows");
    TCase *tc = tcase_create("gpu_rows");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, test_rows, 0, sizeof row_forms / sizeof *row_forms);
    tcase_add_test(tc, test_row_read_elsewhere);
    tcase_add_loop_test(tc, test_reductions, 0, sizeof reductions / sizeof *reductions);
    tcase_add_loop_test(tc, test_draws, 0, 4);
    tcase_add_test(tc, test_own_elements);
    tcase_add_test(tc, test_other_elements);
    tcase_add_test(tc, test_other_extent);
    tcase_add_test(tc, test_first_thread);
    tcase_add_test(tc, test_serial_loop);
    tcase_add_test(tc, test_own_arrays);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(gpu_rows_suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
