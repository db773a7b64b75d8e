/* check_values.c -- every elementwise operation and every cast, in every dtype, at its edges.
 *
 * The table of operations is walked: each row makes a routine for each dtype that its type rule
 * takes.  Operands are all pairs of 0, -0, 1, -1, the smallest and the largest numbers, infinities,
 * NaN ... in that dtype.  What the generated program computes at -O0 and at -O1, and what the
 * compiler folds, must be the same bits, and the value that values.c has from the definition.  The
 * program is built so that whatever C leaves undefined stops it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/grt_math.h"
#include "tests/compiled.h"
#include "tests/values.h"

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* ---- elements in memory ---- */

static void put(void *bytes, int64_t i, Scalar s)
{
    switch (s.dtype) {
    case DT_BOOL:
    case DT_U8:
    case DT_I8:
        ((uint8_t *)bytes)[i] = (uint8_t)s.i;
        break;
    case DT_I16:
        ((int16_t *)bytes)[i] = (int16_t)s.i;
        break;
    case DT_I32:
        ((int32_t *)bytes)[i] = (int32_t)s.i;
        break;
    case DT_I64:
        ((int64_t *)bytes)[i] = s.i;
        break;
    case DT_F16:
        ((uint16_t *)bytes)[i] = grt_store_f16((float)s.f);
        break;
    case DT_BF16:
        ((uint16_t *)bytes)[i] = grt_store_bf16((float)s.f);
        break;
    case DT_F32:
        ((float *)bytes)[i] = (float)s.f;
        break;
    default:
        ((double *)bytes)[i] = s.f;
    }
}

static Scalar get(const void *bytes, int64_t i, DType dtype)
{
    switch (dtype) {
    case DT_BOOL:
    case DT_U8:
        return (Scalar){.dtype = dtype, .i = ((const uint8_t *)bytes)[i]};
    case DT_I8:
        return (Scalar){.dtype = dtype, .i = ((const int8_t *)bytes)[i]};
    case DT_I16:
        return (Scalar){.dtype = dtype, .i = ((const int16_t *)bytes)[i]};
    case DT_I32:
        return (Scalar){.dtype = dtype, .i = ((const int32_t *)bytes)[i]};
    case DT_I64:
        return (Scalar){.dtype = dtype, .i = ((const int64_t *)bytes)[i]};
    case DT_F16:
        return (Scalar){.dtype = dtype, .f = (double)grt_load_f16(((const uint16_t *)bytes)[i])};
    case DT_BF16:
        return (Scalar){.dtype = dtype, .f = (double)grt_load_bf16(((const uint16_t *)bytes)[i])};
    case DT_F32:
        return (Scalar){.dtype = dtype, .f = (double)((const float *)bytes)[i]};
    default:
        return (Scalar){.dtype = dtype, .f = ((const double *)bytes)[i]};
    }
}

/* ---- operands: all pairs of edges ---- */

/* Element i of operand k: the first counts fast, the second slowly, a third runs against both. */
static Scalar element_of(DType dtype, int operand, int64_t i)
{
    Scalar edges[VALUES_EDGES];
    const int n = values_edges(dtype, edges);
    const int64_t slow = i / VALUES_EDGES;
    return edges[(operand == 0 ? i : operand == 1 ? slow : i + slow) % n];
}

enum { PAIRS = VALUES_EDGES * VALUES_EDGES };

/* The variable that holds operand k of this dtype. */
static Node *operand_of(Graph *g, DType dtype, int operand)
{
    const char *name = arena_printf(arena, "%s_%d", dtype_info[dtype].name, operand);
    const Type type = {.dtype = dtype, .rank = 1, .dims = {dim_fixed(PAIRS)}};
    int var = model_find_var(g->model, name);
    if (var < 0)
        var = model_add_var(g->model, VAR_STATE, name, &type, (Loc){0});
    return graph_slot(g, OP_state, var);
}

/* ---- the grid ---- */

static Graph *new_entry(Model *m, const char *name)
{
    const Entry entry = {.kind = ENTRY_PREDICT, .graph = graph_new(m, name), .every = 1};
    vec_push(arena, &m->entries, entry);
    return entry.graph;
}

static void add_operation(Model *m, Op op, DType dtype)
{
    Graph *probe = graph_new(m, "probe");
    Node *operands[3], *y;
    Type type;
    const char *why;
    for (int k = 0; k < op_info[op].arity; k++)
        operands[k] = operand_of(probe, op == OP_where && k == 0 ? DT_BOOL : dtype, k);
    if (!op_infer(probe, op, operands, op_info[op].arity, NULL, &type, &why))
        return;
    Graph *g = new_entry(m, arena_printf(arena, "%s_%s", op_info[op].name, dtype_info[dtype].name));
    for (int k = 0; k < op_info[op].arity; k++)
        operands[k] = operand_of(g, op == OP_where && k == 0 ? DT_BOOL : dtype, k);
    y = graph_add(g, op, operands, op_info[op].arity, NULL, NULL);
    graph_result(g, RESULT_VALUE, 0, "y", y, (Loc){0});
}

static void add_casts(Model *m, DType from)
{
    for (int to = 0; to < DT_COUNT; to++) {
        if (to == (int)from)
            continue;
        Graph *g = new_entry(
            m, arena_printf(arena, "cast_%s_%s", dtype_info[from].name, dtype_info[to].name));
        Node *y = graph_cast(g, operand_of(g, from, 0), (DType)to);
        graph_result(g, RESULT_VALUE, 0, "y", y, (Loc){0});
    }
}

static Model *new_grid(void)
{
    Model *m = model_new(arena, "grid", source_new(arena, "grid.dsl", "", 0));
    m->batch_bound = 1;
    for (int dtype = 0; dtype < DT_COUNT; dtype++) {
        for (int op = 0; op < OP_COUNT; op++)
            if (op_info[op].class == CLASS_EWISE && op != OP_cast)
                add_operation(m, (Op)op, (DType)dtype);
        add_casts(m, (DType)dtype);
    }
    return m;
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
        for (int64_t i = 0; i < PAIRS; i++)
            put(vars + p->offsets[v], i, element_of(var->type.dtype, operand, i));
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
    for (int64_t i = 0; i < PAIRS; i++) {
        Scalar args[3], folded;
        for (int k = 0; k < y->arity; k++)
            args[k] = element_of(y->args[k]->type.dtype, k, i);
        const Scalar got = get(slow, i, y->type.dtype), same = get(fast, i, y->type.dtype);
        const Scalar wanted = values_reference(y->op, y->type.dtype, args);
        expect(values_agree(y->op, got, wanted), "at -O0", g, args, y->arity, got, wanted);
        expect(scalar_equal(got, same), "at -O1", g, args, y->arity, same, got);
        if (op_eval(y->op, &y->type, NULL, args, &folded))
            expect(scalar_equal(folded, got), "folded", g, args, y->arity, folded, got);
    }
}

START_TEST(test_every_value)
{
    Model *m = new_grid();
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
