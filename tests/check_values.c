/* check_values.c -- every elementwise operation and every cast, in every dtype, at its edges.
 *
 * The table of operations is walked (values_grid.h).  What the generated program computes at -O0
 * and at -O1, and what the compiler folds, must be the same bits, and the value that values.c has
 * from the definition.  The program is built so that whatever C leaves undefined stops it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/compiled.h"
#include "tests/values_grid.h"

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* ---- running it ---- */

static const void *run_entry(const Compiled *c, int entry)
{
    const Program *p = c->program;
    unsigned char *vars = arena_alloc(arena, (size_t)p->vars_bytes + 64);
    unsigned char *work = arena_alloc(arena, (size_t)p->work_bytes + 64);
    for (int v = 0; v < p->model->vars.count; v++) {
        const Var *var = &p->model->vars.data[v];
        const int operand = var->name[strlen(var->name) - 1] - '0';
        for (int64_t i = 0; i < VALUES_PAIRS; i++)
            values_put(vars + p->offsets[v], i, values_element(var->type.dtype, operand, i));
    }
    GrtRun run = {.vars = vars, .work = work};
    run.counters[GRT_BATCH] = 1;
    ck_assert_int_eq(compiled_run(c, entry, &run), GRT_OK);
    return work + p->routines.data[entry]->values.data[0].buffer->offset;
}

static const char *show(Scalar s)
{
    return dtype_is_float(s.dtype) ? arena_printf(arena, "%a", s.f)
                                   : arena_printf(arena, "%lld", (long long)s.i);
}

static void expect(bool good, const char *what, const Graph *g, const Scalar *args, int arity,
                   Scalar got, Scalar wanted)
{
    if (good)
        return;
    StrBuf text = strbuf_new(arena);
    for (int k = 0; k < arity; k++)
        strbuf_printf(&text, "%s%s", k ? ", " : "", show(args[k]));
    ck_abort_msg("%s(%s) is %s %s, not %s", g->name, strbuf_text(&text), show(got), what,
                 show(wanted));
}

static void check_entry(const Compiled *plain, const Compiled *fused, int entry)
{
    const Graph *g = plain->program->model->entries.data[entry].graph;
    const Node *y = g->results.data[0].node;
    const void *slow = run_entry(plain, entry), *fast = run_entry(fused, entry);
    for (int64_t i = 0; i < VALUES_PAIRS; i++) {
        Scalar args[3], folded;
        for (int k = 0; k < y->arity; k++)
            args[k] = values_element(y->args[k]->type.dtype, k, i);
        const Scalar got = values_get(slow, i, y->type.dtype),
                     same = values_get(fast, i, y->type.dtype);
        const Scalar wanted = values_reference(y->op, y->type.dtype, args);
        expect(values_agree(y->op, got, wanted), "at -O0", g, args, y->arity, got, wanted);
        expect(scalar_equal(got, same), "at -O1", g, args, y->arity, same, got);
        if (op_eval(y->op, &y->type, NULL, args, &folded))
            expect(scalar_equal(folded, got), "folded", g, args, y->arity, folded, got);
    }
}

START_TEST(test_every_value)
{
    Model *m = values_model(arena, false);
    const Compiled plain = compiled_build(arena, m, 0, BLAS_NONE, false, true);
    const Compiled fused = compiled_build(arena, m, 1, BLAS_NONE, false, false);
    ck_assert_int_gt(m->entries.count, 300);
    for (int entry = 0; entry < m->entries.count; entry++)
        check_entry(&plain, &fused, entry);
}
END_TEST

static Suite *values_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *tests = tcase_create("values");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, test_every_value);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(values_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
