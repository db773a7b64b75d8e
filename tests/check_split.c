/* check_split.c -- the passes that tie entries together: split_eval, freeze, widen.
 *
 * A split of seven samples is evaluated at once by the graph as elaborated, and in batches of
 * three, three and one by the entries that split_eval makes of it: the metrics are the same, or,
 * where no sum has them, the average over the batches, with the metric's name on Model.averaged. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "passes/pass.h"
#include "tests/interp.h"

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

static const char header[] = "model m\n"
                             "batch_bound 16\n"
                             "option @lr float = 0.125\n"
                             "input @x : f64[batch, 3]\n"
                             "input @n : i32[batch]\n"
                             "param @w : f32[2, 3]\n"
                             "state @s : f64[1, 3]\n";

static Model *read_model(const char *text)
{
    Diag *diag = diag_new(arena);
    Model *m = model_read(arena, source_new(arena, "test.ir", text, strlen(text)), diag);
    if (!m)
        diag_flush(diag, stderr);
    ck_assert_ptr_nonnull(m);
    return m;
}

static const char *entry_body(const Model *m, EntryKind kind)
{
    StrBuf out = strbuf_new(arena);
    graph_print(&out, model_find_entry(m, kind, 0)->graph);
    const char *begin = strchr(strbuf_text(&out), '\n') + 1;
    return arena_strndup(arena, begin, (size_t)(strrchr(begin, '}') - begin));
}

static void assert_sound(const Model *m)
{
    for (int i = 0; i < m->entries.count; i++)
        ck_assert_pstr_eq(graph_verify(m->entries.data[i].graph), NULL);
}

/* ---- split_eval ---- */

typedef struct Metered {
    const char *what;
    bool averaged;
    const char *body; /* of eval, with x in %0, n in %1, and the metric in %9, of one element */
} Metered;

/* clang-format off */
#define COUNT  "  %2 = counter batch : f64\n"
#define SUMMED "  %3 = sum %0 axes=[0, 1] : f64[1, 1]\n"

static const Metered metered[] = {
    {"a mean", false, COUNT SUMMED "  %4 = reshape %3 : f64\n  %9 = div %4 %2 : f64\n"},
    {"a root of a mean", false, COUNT
        "  %3 = mul %0 %0 : f64[batch, 3]\n  %4 = sum %3 axes=[0, 1] : f64[1, 1]\n  %5 = reshape %4 : f64\n"
        "  %6 = div %5 %2 : f64\n  %9 = sqrt %6 : f64\n"},
    {"a largest", false, "  %3 = max %0 axes=[0, 1] : f64[1, 1]\n  %9 = neg %3 : f64[1, 1]\n"},
    {"a smallest", false, "  %9 = min %0 axes=[0, 1] : f64[1, 1]\n"},
    {"a product", false, "  %9 = prod %0 axes=[0, 1] : f64[1, 1]\n"},
    {"a largest of integers below zero", false, "  %3 = neg %1 : i32[batch]\n  %9 = max %3 axes=[0] : i32[1]\n"},
    {"any", false, "  %3 = const 5 : i32[batch]\n  %4 = eq %1 %3 : bool[batch]\n  %9 = max %4 axes=[0] : bool[1]\n"},
    {"all", false, "  %3 = const 5 : i32[batch]\n  %4 = le %1 %3 : bool[batch]\n  %9 = min %4 axes=[0] : bool[1]\n"},
    {"a count", false, "  %3 = const 2 : i32[batch]\n  %4 = lt %1 %3 : bool[batch]\n  %5 = cast %4 : i32[batch]\n"
        "  %9 = sum %5 axes=[0] : i32[1]\n"},
    {"a count of ones", false, "  %3 = const 1 : i64[batch]\n  %9 = sum %3 axes=[0] : i64[1]\n"},
    {"a cell of a confusion matrix", false,
        "  %2 = sign %0 : f64[batch, 3]\n  %3 = contract %2 %0 labels=bi,bj->ij : f64[3, 3]\n"
        "  %9 = slice %3 start=[1, 2] step=[1, 1] : f64[1, 1]\n"},
    {"a quotient of two sums", false,
        SUMMED "  %4 = abs %0 : f64[batch, 3]\n  %5 = sum %4 axes=[0, 1] : f64[1, 1]\n  %9 = div %3 %5 : f64[1, 1]\n"},
    {"a variance from sums", false, COUNT
        SUMMED "  %4 = mul %0 %0 : f64[batch, 3]\n  %5 = sum %4 axes=[0, 1] : f64[1, 1]\n  %6 = mul %3 %3 : f64[1, 1]\n"
        "  %9 = sub %5 %6 : f64[1, 1]\n"},
    {"a constant of the run", false, "  %2 = option @lr : f64\n  %3 = cast %2 : f32\n  %9 = cast %3 : f64\n"},
    {"a variance about the mean", true, SUMMED
        "  %4 = expand %3 : f64[batch, 3]\n  %5 = sub %0 %4 : f64[batch, 3]\n  %6 = mul %5 %5 : f64[batch, 3]\n"
        "  %9 = sum %6 axes=[0, 1] : f64[1, 1]\n"},
    {"a sum over the number of samples", true, COUNT
        "  %3 = reshape %2 : f64[1, 1]\n  %4 = expand %3 : f64[batch, 3]\n  %5 = div %0 %4 : f64[batch, 3]\n"
        "  %9 = sum %5 axes=[0, 1] : f64[1, 1]\n"},
    {"an index in the batch", true, "  %3 = slice %0 start=[0, 1] step=[1, 1] : f64[batch, 1]\n"
        "  %9 = argmax %3 axes=[0] : i64[1, 1]\n"},
    {"a distance from the first largest", true, "  %3 = argmax %0 axes=[0] : i64[1, 3]\n"
        "  %4 = cast %3 : f64[1, 3]\n  %5 = expand %4 : f64[batch, 3]\n  %6 = sub %0 %5 : f64[batch, 3]\n"
        "  %9 = sum %6 axes=[0, 1] : f64[1, 1]\n"},
    {"all pairs of samples", true, "  %9 = contract %0 %0 labels=ik,jk-> : f64\n"},
    {"each sample with all others", true, "  %3 = contract %0 %0 labels=ik,jk->i : f64[batch]\n"
        "  %9 = sum %3 axes=[0] : f64[1]\n"},
    {"samples by their place in the batch", true, "  %3 = iota axis=0 : f64[batch, 3]\n"
        "  %4 = mul %0 %3 : f64[batch, 3]\n  %9 = sum %4 axes=[0, 1] : f64[1, 1]\n"},
    {"what eval counts itself", true,
        "  %3 = state @s : f64[1, 3]\n  %4 = sum %0 axes=[0] : f64[1, 3]\n  %5 = add %3 %4 : f64[1, 3]\n"
        "  %9 = sum %3 axes=[1] : f64[1, 1]\n  write @s = %5\n"},
};
/* clang-format on */

enum { SAMPLES = 7, BATCHES = 3 };

static const int64_t batches[BATCHES] = {3, 3, 1};

/* Samples [first, first + count) become the batch; other variables keep their elements. */
static void feed(Interp *in, int64_t first, int64_t count)
{
    in->batch = count;
    in->counters[COUNTER_BATCH] = (double)count;
    double *x = interp_var(in, model_find_var(in->model, "x"));
    double *n = interp_var(in, model_find_var(in->model, "n"));
    for (int64_t i = 0; i < count; i++) {
        const double sample = (double)(first + i);
        n[i] = fmod(5 * sample, 7) + 1; /* above 0: a zero at the start must not win a min */
        for (int k = 0; k < 3; k++)
            x[3 * i + k] = -0.4 - fabs(sin(1 + 3 * sample + k));
    }
}

static double value_of(Interp *in, const Graph *g)
{
    double **values = interp_run(in, g);
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].kind == RESULT_VALUE)
            return values[g->results.data[i].node->id][0];
    ck_abort_msg("graph %s gives no value", g->name);
}

/* Runs an entry for what it writes. */
static void step(Interp *in, const Graph *g)
{
    double **values = interp_run(in, g);
    for (int i = 0; i < g->results.count; i++) {
        const Result *r = &g->results.data[i];
        if (r->kind == RESULT_WRITE)
            memcpy(interp_var(in, r->slot), values[r->node->id],
                   (size_t)interp_count(in, &r->node->type) * sizeof(double));
    }
}

static Interp new_run(const Model *m)
{
    Interp in = interp_new(m, SAMPLES);
    feed(&in, 0, SAMPLES); /* makes room for them all */
    return in;
}

/* The whole split at once; or each batch alone, averaged by their samples. */
static double expected_value(const Metered *metric)
{
    Model *m = read_model(arena_printf(arena,
                                       "%sgraph g {\n  %%0 = input @x : f64[batch, 3]\n  %%1 = "
                                       "input @n : i32[batch]\n%s  value loss = %%9\n}\n"
                                       "entry eval graph=g step=0 every=0\n",
                                       header, metric->body));
    const Graph *eval = m->entries.data[0].graph;
    Interp in = new_run(m);
    if (!metric->averaged)
        return value_of(&in, eval);
    double total = 0;
    for (int64_t i = 0, first = 0; i < BATCHES; first += batches[i++]) {
        feed(&in, first, batches[i]);
        total += value_of(&in, eval) * (double)batches[i];
        step(&in, eval);
    }
    return total / SAMPLES;
}

START_TEST(test_split)
{
    const Metered *metric = &metered[_i];
    const double want = expected_value(metric);
    Model *m = read_model(arena_printf(arena,
                                       "%sgraph g {\n  %%0 = input @x : f64[batch, 3]\n  %%1 = "
                                       "input @n : i32[batch]\n%s  value loss = %%9\n}\n"
                                       "entry eval graph=g step=0 every=0\n",
                                       header, metric->body));
    ck_assert(pass_split_eval(m));
    ck_assert(!pass_split_eval(m));
    assert_sound(m);
    ck_assert_msg(m->averaged.count == metric->averaged, "%s is %s", metric->what,
                  metric->averaged ? "not averaged" : "averaged");
    if (metric->averaged) { /* a warning shows where */
        ck_assert_str_eq(m->averaged.data[0].name, "loss");
        ck_assert_ptr_nonnull(m->averaged.data[0].loc.file);
    }
    Interp in = new_run(m);
    for (int64_t i = 0, first = 0; i < BATCHES; first += batches[i++]) {
        feed(&in, first, batches[i]);
        step(&in, model_find_entry(m, ENTRY_EVAL, 0)->graph);
    }
    in.counters[COUNTER_BATCH] = SAMPLES;
    in.batch = 0; /* finish has no samples: a tensor with a batch dimension would be empty */
    const double have = value_of(&in, model_find_entry(m, ENTRY_FINISH, 0)->graph);
    ck_assert_msg(fabs(have - want) <= (metric->averaged ? 1e-6 : 1e-12) * fmax(1, fabs(want)),
                  "%s is %.17g, not %.17g", metric->what, have, want);
}
END_TEST

/* ---- freeze and widen ---- */

static Model *read_check(const char *grad, const char *loss)
{
    return read_model(arena_printf(arena,
                                   "%sgraph check_grad {\n%s}\ngraph check_loss {\n%s}\n"
                                   "entry check_grad graph=check_grad step=0 every=1\n"
                                   "entry check_loss graph=check_loss step=0 every=1\n",
                                   header, grad, loss));
}

/* clang-format off */
#define W       "  %0 = param @w : f32[2, 3]\n"
#define FORWARD W "  %1 = exp %0 : f32[2, 3]\n  %2 = detach %1 : f32[2, 3]\n" \
                  "  %3 = neg %0 : f32[2, 3]\n  %4 = detach %3 : f32[2, 3]\n"
#define LOSS    "  %5 = mul %0 %4 : f32[2, 3]\n  %6 = sum %5 axes=[0, 1] : f32[1, 1]\n  %7 = reshape %6 : f32\n" \
                "  value loss = %7\n"

/* The first detached value is wanted by the gradient's entry alone: the second is still the second. */
START_TEST(test_freeze)
{
    Model *m = read_check(FORWARD LOSS "  value grad.other = %2\n", FORWARD LOSS);
    ck_assert(pass_freeze(m));
    assert_sound(m);
    ck_assert_str_eq(entry_body(m, ENTRY_CHECK_GRAD), FORWARD LOSS
        "  value grad.other = %2\n  write @frozen.0.1 = %4\n");
    ck_assert_str_eq(entry_body(m, ENTRY_CHECK_LOSS), W "  %8 = state @frozen.0.1 : f32[2, 3]\n"
        "  %5 = mul %0 %8 : f32[2, 3]\n  %6 = sum %5 axes=[0, 1] : f32[1, 1]\n  %7 = reshape %6 : f32\n"
        "  value loss = %7\n");
}
END_TEST

/* A host scalar moves with no parameter, and what the host computes from it must stay the host's. */
START_TEST(test_freeze_leaves_the_host_alone)
{
    static const char body[] = "  %0 = option @lr : f64\n  %1 = detach %0 : f64\n  %2 = neg %1 : f64\n"
                               "  %3 = cast %2 : f32\n  value loss = %3\n";
    Model *m = read_check(body, body);
    ck_assert(!pass_freeze(m));
    assert_sound(m);
    ck_assert_str_eq(entry_body(m, ENTRY_CHECK_LOSS), body);
}
END_TEST

START_TEST(test_widen)
{
    Model *m = read_check(
        W "  %1 = cast %0 : f64[2, 3]\n  %2 = cast %1 : f32[2, 3]\n  %3 = const 0.5 : f32[2, 3]\n"
        "  %4 = mul %2 %3 : f32[2, 3]\n  %5 = cast %4 : i32[2, 3]\n  %6 = cast %5 : f16[2, 3]\n"
        "  %7 = pad %6 start=[0, 0] step=[1, 1] fill=1.0 : f16[3, 3]\n  %8 = max %7 axes=[0, 1] : f16[1, 1]\n"
        "  %9 = reshape %8 : f16\n  value loss = %9\n",
        W "  %1 = max %0 axes=[0, 1] : f32[1, 1]\n  %2 = reshape %1 : f32\n  value loss = %2\n");
    Graph *g = model_find_entry(m, ENTRY_CHECK_GRAD, 0)->graph;
    ck_assert(pass_widen(g));
    ck_assert(!pass_widen(g));
    ck_assert(pass_dce(g));
    assert_sound(m);
    ck_assert_str_eq(entry_body(m, ENTRY_CHECK_GRAD),
        "  %0 = param @w : f64[2, 3]\n  %3 = const 0.5 : f64[2, 3]\n"
        "  %4 = mul %0 %3 : f64[2, 3]\n  %5 = cast %4 : i32[2, 3]\n  %6 = cast %5 : f64[2, 3]\n"
        "  %7 = pad %6 start=[0, 0] step=[1, 1] fill=1.0 : f64[3, 3]\n  %8 = max %7 axes=[0, 1] : f64[1, 1]\n"
        "  %9 = reshape %8 : f64\n  value loss = %9\n");
}
END_TEST
/* clang-format on */

/* Ten thousand detached values cost ten thousand steps, not their square. */
START_TEST(test_freeze_of_many)
{
    enum { LENGTH = 10000 };
    Model *m = read_check(W "  value w = %0\n  %9 = const 1.0 : f32\n  value loss = %9\n",
                          W "  value w = %0\n  %9 = const 1.0 : f32\n  value loss = %9\n");
    for (int e = 0; e < 2; e++) {
        Graph *g = m->entries.data[e].graph;
        Node *x = g->results.data[0].node;
        for (int i = 0; i < LENGTH; i++)
            x = graph_unary(g, OP_neg, graph_unary(g, OP_detach, x));
        g->results.data[0].node = x;
    }
    ck_assert(pass_freeze(m));
    assert_sound(m);
    ck_assert_int_eq(model_find_entry(m, ENTRY_CHECK_LOSS, 0)->graph->nodes.count, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("split");
    TCase *tests = tcase_create("split");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_split, 0, (int)(sizeof metered / sizeof *metered));
    tcase_add_test(tests, test_freeze);
    tcase_add_test(tests, test_freeze_leaves_the_host_alone);
    tcase_add_test(tests, test_freeze_of_many);
    tcase_add_test(tests, test_widen);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
