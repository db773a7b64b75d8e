/* check_loops.c -- loops that are merged or cut, and long sums: what -O1 makes of them, against
 * -O0.
 *
 * Each shape gets an entry with sums over all of it, alone and along with elements that are stored
 * or change a variable.  Values are quarters, so that sums are exact in any order: bits must agree,
 * for full batches, short ones and one of a single sample. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/compiled.h"

enum { BOUND = 37 };

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* Of rows and columns; a column's number, [n], is read along. */
static const char *const shapes[][2] = {
    {"f32[batch, 1024]", "f32[1024]"},    {"f32[batch, 33]", "f32[33]"},
    {"f32[100*batch]", "f32[1]"},         {"f32[5001]", "f32[5001]"},
    {"f32[40, 130]", "f32[130]"},         {"f32[batch, 7, 9]", "f32[9]"},
    {"f32[batch, 3, 50, 16]", "f32[16]"}, {"f32[200, 10]", "f32[10]"},
    {"f32[64, 4096]", "f32[4096]"},       {"f32[batch, 200, 70]", "f32[70]"},
    {"f32[1, 2000, 1]", "f32[1]"},        {"f32[3, 100003]", "f32[100003]"},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* ---- entries ---- */

static Type type_of(const char *text)
{
    Type type;
    ck_assert_ptr_nonnull(type_read(text, &type));
    return type;
}

static Node *slot(Graph *g, VarKind kind, const char *name, const Type *type)
{
    const int var = model_add_var(g->model, kind, name, type, (Loc){0});
    return graph_slot(g, kind == VAR_INPUT ? OP_input : OP_state, var);
}

static Node *total(Graph *g, Node *x)
{
    int axes[MAX_RANK];
    for (int axis = 0; axis < x->type.rank; axis++)
        axes[axis] = axis;
    return graph_reduce(g, OP_sum, x, axes, x->type.rank);
}

/* The column's number in every row: of the shape of x. */
static Node *along(Graph *g, Node *column, const Node *x)
{
    Type type = {.dtype = DT_F32, .rank = x->type.rank};
    for (int axis = 0; axis < type.rank; axis++)
        type.dims[axis] = dim_fixed(1);
    type.dims[type.rank - 1] = column->type.dims[0];
    Node *row = column;
    if (type.rank > 1)
        row = graph_reshape(g, column, &type);
    return graph_expand(g, row, &x->type);
}

static void result(Graph *g, const char *name, Node *n)
{
    graph_result(g, RESULT_VALUE, 0, name, n, (Loc){0});
}

static void add_entry(Model *m, int number, bool stores)
{
    const Type type = type_of(shapes[number][0]), column = type_of(shapes[number][1]);
    const char *name = arena_printf(arena, "g%d_%d", number, stores);
    Graph *g = graph_new(m, name);
    const Entry entry = {.kind = ENTRY_INIT, .graph = g, .every = 1};
    vec_push(arena, &m->entries, entry);
    Node *x = slot(g, VAR_INPUT, arena_printf(arena, "x_%s", name), &type);
    Node *b = slot(g, VAR_STATE, arena_printf(arena, "b_%s", name), &column);
    Node *y = graph_binary(g, OP_add, x, along(g, b, x));
    result(g, "plain", total(g, x));
    result(g, "shifted", total(g, y));
    if (!stores)
        return;
    Node *positive = graph_where(g, graph_binary(g, OP_gt, y, x), y, graph_unary(g, OP_neg, x));
    result(g, "elements", y);
    result(g, "others", positive);
    result(g, "positive", total(g, positive));
    if (type_batch_axis(&type) >= 0)
        return;
    const char *kept = arena_printf(arena, "s_%s", name); /* the old one is summed, in one pass */
    Node *s = slot(g, VAR_STATE, kept, &type);
    result(g, "old", total(g, s));
    graph_result(g, RESULT_WRITE, model_find_var(m, kept), NULL, graph_binary(g, OP_add, s, y),
                 (Loc){0});
}

/* Concatenations and borders, of parts long and short. */
static void add_joined(Model *m)
{
    const Type type = type_of("f32[batch, 40]"), wider = type_of("f32[batch, 78]");
    const int64_t start[] = {0, 19}, step[] = {1, 1};
    Graph *g = graph_new(m, "joined");
    const Entry entry = {.kind = ENTRY_INIT, .graph = g, .every = 1};
    vec_push(arena, &m->entries, entry);
    Node *x = slot(g, VAR_INPUT, "x_joined", &type), *y = graph_unary(g, OP_neg, x);
    Node *narrow =
        graph_slice(g, x, (int64_t[]){0, 3}, step,
                    &(Type){.dtype = DT_F32, .rank = 2, .dims = {type.dims[0], dim_fixed(7)}});
    result(g, "long", graph_concat(g, (Node *[]){x, y, x}, 3, 1));
    result(g, "short", graph_concat(g, (Node *[]){x, narrow, y}, 3, 1));
    result(g, "padded", graph_pad(g, x, start, step, scalar_float(DT_F32, 0.5), &wider));
}

/* ---- running ---- */

typedef struct Run {
    unsigned char *vars, *work;
} Run;

static void fill(float *out, int64_t count, uint64_t seed)
{
    for (int64_t i = 0; i < count; i++) {
        const uint64_t mixed = (seed * 977 + (uint64_t)i) * UINT64_C(0x9e3779b97f4a7c15);
        out[i] = (float)((int64_t)(mixed >> 40) % 17 - 8) / 4;
    }
}

static Run run_entry(const Compiled *c, int entry, int64_t batch)
{
    const Program *p = c->program;
    Run run = {arena_alloc(arena, (size_t)p->vars_bytes + 64),
               arena_alloc(arena, (size_t)p->work_bytes + 64)};
    void **inputs = arena_array(arena, void *, p->model->vars.count);
    int given = 0;
    for (int v = 0; v < p->model->vars.count; v++) {
        const Type *type = &p->model->vars.data[v].type;
        int64_t count;
        ck_assert(type_count(type, BOUND, &count));
        if (p->offsets[v] < 0)
            inputs[given++] = arena_alloc(arena, (size_t)count * sizeof(float));
        void *to = p->offsets[v] < 0 ? inputs[given - 1] : run.vars + p->offsets[v];
        fill(to, count, (uint64_t)v);
    }
    memset(run.work, 0xa5, (size_t)p->work_bytes);
    GrtRun r = {.vars = run.vars, .work = run.work, .inputs = inputs};
    r.counters[GRT_BATCH] = (double)batch;
    ck_assert_int_eq(compiled_run(c, entry, &r), GRT_OK);
    return run;
}

static void compare(const float *plain, const float *fused, int64_t count, const char *entry,
                    const char *name, int64_t batch)
{
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(plain[i] == fused[i],
                      "%s, %lld samples: %s[%lld] is %.9g at -O0, %.9g at -O1", entry,
                      (long long)batch, name, (long long)i, (double)plain[i], (double)fused[i]);
}

static void compare_entry(const Compiled *plain, const Compiled *fused, int entry, int64_t batch)
{
    const Run slow = run_entry(plain, entry, batch), fast = run_entry(fused, entry, batch);
    const Routine *a = plain->program->routines.data[entry];
    const Routine *b = fused->program->routines.data[entry];
    for (int i = 0; i < a->values.count; i++) {
        const Buffer *x = a->values.data[i].buffer, *y = b->values.data[i].buffer;
        int64_t count;
        ck_assert(type_count(&x->type, batch, &count));
        compare((const void *)(slow.work + x->offset), (const void *)(fast.work + y->offset), count,
                a->name, a->values.data[i].name, batch);
    }
    ck_assert_mem_eq(slow.vars, fast.vars, (size_t)plain->program->vars_bytes);
}

START_TEST(test_sums)
{
    static const int64_t batches[] = {BOUND, 1, 2, 16, BOUND - 1};
    Model *m = model_new(arena, "loops", source_new(arena, "loops.dsl", "", 0));
    m->batch_bound = BOUND;
    for (int i = 0; i < SHAPES; i++) {
        add_entry(m, i, false);
        add_entry(m, i, true);
    }
    add_joined(m);
    const Compiled plain = compiled_build(arena, m, 0, BLAS_NONE, false, false);
    const Compiled fused = compiled_build(arena, m, 1, BLAS_NONE, true, true);
    ck_assert(strstr(fused.text, "_parts[") != NULL); /* chunks, lanes and partial sums are tried */
    ck_assert(strstr(fused.text, "_partial[") != NULL);
    for (int entry = 0; entry < m->entries.count; entry++)
        for (size_t k = 0; k < sizeof batches / sizeof batches[0]; k++)
            compare_entry(&plain, &fused, entry, batches[k]);
}
END_TEST

/* ---- which loops are merged or cut ---- */

static const char *text_of(Node *(*make)(Graph *g, Node *x))
{
    Model *m = model_new(arena, "loops", source_new(arena, "loops.dsl", "", 0));
    m->batch_bound = BOUND;
    Graph *g = graph_new(m, "g");
    const Entry entry = {.kind = ENTRY_PREDICT, .graph = g, .every = 1};
    vec_push(arena, &m->entries, entry);
    const Type type = type_of("f32[batch, 12, 10]");
    result(g, "y", make(g, slot(g, VAR_INPUT, "x", &type)));
    return compiled_print(arena, compiled_lower(arena, m, 1, BLAS_NONE, false), BLAS_NONE);
}

static Node *make_exp(Graph *g, Node *x)
{
    return graph_unary(g, OP_exp, x);
}

static Node *make_random(Graph *g, Node *x)
{
    return graph_binary(g, OP_add, x, graph_random(g, OP_uniform, &x->type, 5));
}

static Node *make_joined(Graph *g, Node *x)
{
    const Type rows = type_of("f32[batch, 120]");
    Node *row = graph_reshape(g, x, &rows);
    return graph_concat(g, (Node *[]){row, graph_unary(g, OP_neg, row)}, 2, 1);
}

static Node *make_shifted(Graph *g, Node *x)
{
    const Type column = type_of("f32[10]");
    return graph_binary(g, OP_add, x, along(g, slot(g, VAR_STATE, "b", &column), x));
}

START_TEST(test_merged)
{
    ck_assert(strstr(text_of(make_exp), "i < batch * 120"));
    ck_assert(strstr(text_of(make_random), "j < 120")); /* the sample stands for itself */
    ck_assert(strstr(text_of(make_shifted), "i < batch * 12;"));
    ck_assert(!strstr(text_of(make_joined), "?")); /* a loop for each part */
}
END_TEST

static Suite *loops_suite(void)
{
    Suite *suite = suite_create("loops");
    TCase *tests = tcase_create("loops");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, test_sums);
    tcase_add_test(tests, test_merged);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(loops_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
