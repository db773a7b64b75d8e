/* cuda_values.c -- every elementwise operation and every cast, in every dtype, at its edges, as a
 * CUDA program.
 *
 * The model of values_grid.h goes as textual IR through gradc, into the test bed of tests/cudahost
 * or onto a GPU (bed.h). Each result must be the value that values.c has from the definition;
 * zeros, infinities and NaN among them. CUDA's functions may be off by a little more than C's:
 * ULPS. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bed.h"
#include "tests/values_grid.h"

enum { ULPS = 4 };

static Arena *arena;

static const char *top_dir(void)
{
    const char *top = getenv("top_srcdir");
    return top ? top : ".";
}

/* The operands, in a checkpoint. */
static void write_operands(Bed *b, const Model *m)
{
    static double elements[VALUES_PAIRS]; /* room for any dtype */
    Weights w = bed_weights_new(b);
    for (int v = 0; v < m->vars.count; v++) {
        const Var *var = &m->vars.data[v];
        for (int64_t i = 0; i < VALUES_PAIRS; i++)
            values_put(elements, i,
                       values_element(var->type.dtype, var->name[strlen(var->name) - 1] - '0', i));
        bed_weights_add(&w, var->name, &var->type, elements);
    }
    bed_weights_write(b, "operands.safetensors", &w);
}

static const char *file_of(const Result *r)
{
    return arena_printf(arena, "%s.npy", r->name);
}

static void run(Bed *b, const Graph *g)
{
    Words words = {0};
    bed_words(b, &words, "predict --quiet --keep-denormals --load");
    bed_word(b, &words, bed_path(b, "operands.safetensors"));
    for (int i = 0; i < g->results.count; i++) {
        bed_word(b, &words, arena_printf(arena, "--out.%s", g->results.data[i].name));
        bed_word(b, &words, bed_path(b, file_of(&g->results.data[i])));
    }
    bed_run(b, "cuda", "forward", &words);
}

/* A step of 1, and of the smallest numbers. */
static const double steps[DT_COUNT][2] = {[DT_F16] = {0x1p-10, 0x1p-24},
                                          [DT_BF16] = {0x1p-7, 0x1p-133},
                                          [DT_F32] = {0x1p-23, 0x1p-149},
                                          [DT_F64] = {0x1p-52, 0x1p-1074}};

/* Also what is off by ULPS steps of the dtype. */
static bool good(const Node *y, Scalar got, Scalar wanted)
{
    if (values_agree(y->op, got, wanted))
        return true;
    if (op_info[y->op].cost < 5 || !dtype_is_float(got.dtype) || !isfinite(wanted.f))
        return false; /* exact by definition */
    const double unit = fmax(fabs(wanted.f) * steps[got.dtype][0], steps[got.dtype][1]);
    return fabs(got.f - wanted.f) <= ULPS * unit;
}

static int wrong_elements(Bed *b, const Result *r)
{
    const Node *y = r->node;
    const Numbers n = bed_read(b, file_of(r), y->type.dtype, VALUES_PAIRS);
    ck_assert_msg(!b->wrong, "%s", b->wrong);
    for (int64_t i = 0; i < VALUES_PAIRS; i++) {
        Scalar args[3], got = values_get(n.bytes, i, n.dtype);
        for (int k = 0; k < y->arity; k++)
            args[k] = values_element(y->args[k]->type.dtype, k, i);
        const Scalar wanted = values_reference(y->op, y->type.dtype, args);
        got.dtype = wanted.dtype;
        if (good(y, got, wanted))
            continue;
        printf("%s(", r->name);
        for (int k = 0; k < y->arity; k++)
            printf("%s%.9g", k ? ", " : "",
                   dtype_is_float(args[k].dtype) ? args[k].f : (double)args[k].i);
        if (dtype_is_float(got.dtype))
            printf(") is %.9g, not %.9g\n", got.f, wanted.f);
        else
            printf(") is %lld, not %lld\n", (long long)got.i, (long long)wanted.i);
        return 1; /* one of each operation is enough to read */
    }
    return 0;
}

START_TEST(test_every_value)
{
    arena = arena_new();
    Model *m = values_model(arena, true);
    const Graph *g = m->entries.data[0].graph;
    Bed b = bed_new(arena, top_dir());
    StrBuf text = strbuf_new(arena);
    int wrong = 0;
    model_print(&text, m);
    bed_write(&b, "values.ir", strbuf_text(&text), text.length);
    write_operands(&b, m);
    bed_build(&b, "values.ir", "--from-ir", "");
    run(&b, g);
    ck_assert_msg(!b.wrong, "%s", b.wrong);
    ck_assert_int_gt(g->results.count, 300);
    for (int i = 0; i < g->results.count; i++)
        wrong += wrong_elements(&b, &g->results.data[i]);
    bed_free(&b);
    ck_assert_msg(wrong == 0, "%d of %d operations", wrong, g->results.count);
    arena_free(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cuda_values");
    TCase *tests = tcase_create("cuda_values");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, test_every_value);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
