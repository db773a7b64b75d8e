/* check_ir.c -- building graphs, changing them, and what the verifier finds. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ir/model.h"

static const Loc nowhere;
static Arena *arena;
static Model *model;
static Graph *graph;

static void set_up(void)
{
    arena = arena_new();
    model = model_new(arena, "test", NULL);
    graph = graph_new(model, "test");
}

static void tear_down(void)
{
    arena_free(arena);
}

static Type type_of(const char *text)
{
    Type type;
    const char *end = type_read(text, &type);
    ck_assert_msg(end && *end == '\0', "cannot read the type '%s'", text);
    return type;
}

static Node *splat(const char *type_name, double value)
{
    const Type type = type_of(type_name);
    return graph_number(graph, value, &type);
}

static void assert_type(const Node *n, const char *expected)
{
    ck_assert_str_eq(type_text(arena, &n->type), expected);
}

/* ---- the operation table ---- */

START_TEST(test_op_names)
{
    Op op;
    for (int i = 0; i < OP_COUNT; i++) {
        ck_assert(op_from_name(op_info[i].name, &op));
        ck_assert_int_eq(op, i);
        ck_assert_msg(*op_info[i].doc, "%s is not documented", op_info[i].name);
    }
    ck_assert(!op_from_name("matmul", &op));
    for (int i = 0; i < COUNTER_COUNT; i++)
        ck_assert_ptr_nonnull(counter_names[i]);
}
END_TEST

/* ---- building ---- */

START_TEST(test_broadcast_and_back)
{
    Node *bias = splat("f32[3]", 1);
    const Type wide = type_of("f64[batch, 2, 3]"), narrow = type_of("f32[2, 1]");
    Node *y = graph_broadcast(graph, bias, &wide);
    assert_type(y, "f32[batch, 2, 3]");
    ck_assert_int_eq(y->op, OP_expand);
    assert_type(y->args[0], "f32[1, 1, 3]");
    assert_type(graph_sum_to(graph, y, &bias->type), "f32[3]");
    assert_type(graph_sum_to(graph, y, &narrow), "f32[2, 1]");
    ck_assert_ptr_eq(graph_sum_to(graph, y, &y->type), y);
    ck_assert_ptr_eq(graph_expand(graph, y, &y->type), y);
    assert_type(graph_scalar_like(graph, splat("f64", 2), &y->type), "f32[batch, 2, 3]");
}
END_TEST

START_TEST(test_host_scalars)
{
    vec_push(arena, &model->options, ((Option){.name = "lr", .value = 0.1}));
    Node *rate = graph_option(graph, 0), *step = graph_counter(graph, COUNTER_STEP);
    Node *both = graph_binary(graph, OP_div, rate, step);
    ck_assert(rate->host && step->host && both->host);
    ck_assert(graph_binary(graph, OP_pow, both, splat("f64", 2))->host);
    Node *in_f32 = graph_cast(graph, both, DT_F32);
    ck_assert(!in_f32->host);
    ck_assert(!graph_cast(graph, in_f32, DT_F64)->host);
    ck_assert(!graph_binary(graph, OP_lt, rate, step)->host);
    ck_assert(!splat("f64[2]", 1)->host);
    const Type scalar = type_scalar(DT_F64);
    ck_assert(!graph_binary(graph, OP_add, rate, graph_random(graph, OP_normal, &scalar, 1))->host);
}
END_TEST

START_TEST(test_axes_count)
{
    const Type type = type_of("f32[2*batch, 3, 4]"), plain = type_of("f32[batch, 3]");
    const int fixed[] = {1, 2}, all[] = {0, 1};
    Node *n = graph_axes_count(graph, &type, fixed, 2);
    ck_assert(node_is_splat(n, 12) && n->host);
    n = graph_axes_count(graph, &type, all, 2);
    ck_assert_int_eq(n->op, OP_mul);
    ck_assert(node_is_splat(n->args[0], 6) && n->host);
    ck_assert_int_eq(n->args[1]->op, OP_counter);
    ck_assert_int_eq(graph_axes_count(graph, &plain, all, 1)->op, OP_counter);
}
END_TEST

START_TEST(test_builders_normalise)
{
    Node *x = splat("f32[2, 3, 4]", 1);
    const int mixed[] = {2, 0};
    Node *sum = graph_reduce(graph, OP_sum, x, mixed, 2);
    ck_assert_int_eq(sum->attr.axes[0], 0);
    ck_assert_int_eq(sum->attr.axes[1], 2);
    assert_type(sum, "f32[1, 3, 1]");
    ck_assert_ptr_eq(graph_reduce(graph, OP_sum, x, NULL, 0), x);
    ck_assert_ptr_eq(graph_cast(graph, x, DT_F32), x);
    const Type pair = type_of("f32[2]");
    const Scalar numbers[] = {scalar_int(DT_I64, 1), scalar_float(DT_F64, 0.1)};
    const Node *literal = graph_literal(graph, numbers, &pair);
    ck_assert(scalar_equal(literal->attr.elements[1], scalar_float(DT_F32, 0.1)));
    ck_assert(!node_is_splat(literal, 0));
}
END_TEST

START_TEST(test_ill_typed_build_is_a_bug)
{
    graph_binary(graph, OP_add, splat("f32[2]", 1), splat("f32[3]", 1));
}
END_TEST

START_TEST(test_missing_type_is_a_bug)
{
    Node *x = splat("f32[2]", 1);
    graph_add(graph, OP_reshape, &x, 1, NULL, NULL);
}
END_TEST

/* ---- sorting and replacing ---- */

/* The ids in order: "3 0 1". */
static const char *order_of(const Graph *g)
{
    StrBuf out = strbuf_new(arena);
    for (int i = 0; i < g->nodes.count; i++)
        strbuf_printf(&out, "%s%d", i ? " " : "", g->nodes.data[i]->id);
    return strbuf_text(&out);
}

START_TEST(test_sort_is_stable)
{
    Node *a = splat("f32", 1), *b = splat("f32", 2);
    Node *dead = graph_binary(graph, OP_mul, a, b);
    Node *sum = graph_binary(graph, OP_add, a, b), *late = splat("f32", 3);
    Node *made_late = graph_unary(graph, OP_exp, late);
    graph_result(graph, RESULT_VALUE, 0, "y", sum, nowhere);
    sum->args[1] = made_late;
    ck_assert_ptr_nonnull(graph_verify(graph));
    graph_sort(graph);
    ck_assert_str_eq(order_of(graph), "0 4 5 3");
    ck_assert_ptr_null(graph_verify(graph));
    sum->args[0] = dead; /* dropped, and taken back into use */
    graph_sort(graph);
    ck_assert_str_eq(order_of(graph), "0 4 5 1 2 3");
    ck_assert_ptr_null(graph_verify(graph));
}
END_TEST

START_TEST(test_sort_long_chain)
{
    enum { LENGTH = 100000 };
    Node *x = splat("f32", 1);
    for (int i = 0; i < LENGTH; i++)
        x = graph_unary(graph, OP_neg, x);
    graph_result(graph, RESULT_VALUE, 0, "y", x, nowhere);
    for (int i = 0, k = LENGTH; i < k; i++, k--) { /* backwards: the deepest search */
        Node *swapped = graph->nodes.data[i];
        graph->nodes.data[i] = graph->nodes.data[k];
        graph->nodes.data[k] = swapped;
    }
    graph_sort(graph);
    ck_assert_int_eq(graph->nodes.count, LENGTH + 1);
    ck_assert_int_eq(graph->nodes.data[LENGTH]->id, LENGTH);
    ck_assert_ptr_null(graph_verify(graph));
}
END_TEST

START_TEST(test_sort_cycle_is_a_bug)
{
    Node *x = graph_unary(graph, OP_neg, splat("f32", 1));
    Node *y = graph_unary(graph, OP_neg, x);
    x->args[0] = y;
    graph_result(graph, RESULT_VALUE, 0, "y", y, nowhere);
    graph_sort(graph);
}
END_TEST

START_TEST(test_replace)
{
    Node *x = splat("f32", 1), *user = graph_binary(graph, OP_add, x, x);
    graph_result(graph, RESULT_VALUE, 0, "x", x, nowhere);
    graph_result(graph, RESULT_VALUE, 0, "user", user, nowhere);
    Node *with = graph_unary(graph, OP_exp, x);
    graph_replace(graph, x, with);
    ck_assert_ptr_eq(with->args[0], x);
    ck_assert(user->args[0] == with && user->args[1] == with);
    ck_assert_ptr_eq(graph->results.data[0].node, with);
    graph_sort(graph);
    ck_assert_str_eq(order_of(graph), "0 2 1");
}
END_TEST

/* ---- the model's table ---- */

START_TEST(test_find_var)
{
    const Type type = type_of("f32[batch]"), weight = type_of("f32");
    model_add_var(model, VAR_SOURCE, "train.x", &type, nowhere);
    ck_assert_int_eq(model_find_var(model, "train.x"), 0);
    model_add_var(model, VAR_PARAM, "train.x", &weight, nowhere);
    ck_assert_int_eq(model_find_var(model, "train.x"), 1);
    ck_assert_int_eq(model_find_var(model, "x"), -1);
    vec_push(arena, &model->entries, ((Entry){.kind = ENTRY_TRAIN, .step = 1, .graph = graph}));
    ck_assert_ptr_null(model_find_entry(model, ENTRY_TRAIN, 0));
    ck_assert_ptr_eq(model_find_entry(model, ENTRY_TRAIN, 1)->graph, graph);
}
END_TEST

/* ---- the verifier ---- */

static void assert_wrong(const char *what)
{
    const char *why = graph_verify(graph);
    ck_assert_msg(why && strstr(why, what), "'%s' is not about '%s'", why ? why : "(sound)", what);
}

START_TEST(test_verify_nodes)
{
    Node *x = splat("f32[2]", 1), *y = graph_unary(graph, OP_exp, x);
    ck_assert_ptr_null(graph_verify(graph));
    y->type.dtype = DT_F64;
    assert_wrong("%1 = exp: its type is f64[2], where its operands give f32[2]");
    y->type.dtype = DT_F32;
    y->arity = 0;
    assert_wrong("%1 = exp: exp takes 1 operands, not 0");
    y->arity = 1;
    y->id = 0;
    assert_wrong("its number is not unique");
    y->id = 7;
    assert_wrong("its number is out of range");
    y->id = 1;
    y->args[0] = y;
    assert_wrong("operand %1 does not stand before it");
    y->args[0] = NULL;
    assert_wrong("operand 0 is missing");
}
END_TEST

START_TEST(test_verify_host)
{
    Node *x = graph_counter(graph, COUNTER_STEP), *y = graph_unary(graph, OP_exp, x);
    const Type scalar = type_scalar(DT_F64);
    Node *z = graph_random(graph, OP_uniform, &scalar, 3);
    ck_assert_ptr_null(graph_verify(graph));
    z->host = true;
    assert_wrong("uniform: it cannot be a host scalar");
    z->host = false;
    graph_result(graph, RESULT_VALUE, 0, "y", y, nowhere);
    y->args[0] = z;
    graph_sort(graph);
    assert_wrong("a host scalar that needs %2, which is a tensor");
}
END_TEST

START_TEST(test_verify_results)
{
    const Type type = type_of("f32[2]");
    const int weight = model_add_var(model, VAR_PARAM, "weight", &type, nowhere);
    const int image = model_add_var(model, VAR_INPUT, "image", &type, nowhere);
    Node *x = splat("f32[2]", 1), *wide = splat("f64[2]", 1);
    graph_result(graph, RESULT_VALUE, 0, "x", x, nowhere);
    graph_result(graph, RESULT_WRITE, weight, NULL, x, nowhere);
    graph_result(graph, RESULT_VALUE, 0, "z", x, nowhere);
    ck_assert_ptr_null(graph_verify(graph));
    Result *results = graph->results.data;
    ck_assert_int_eq(results[2].slot, 1);
    results[1].node = wide;
    assert_wrong("f64[2] is written to 'weight', which is f32[2]");
    graph->widened = true;
    ck_assert_ptr_null(graph_verify(graph));
    graph->widened = false;
    results[1] = results[2];
    results[1].slot = 1;
    assert_wrong("it is a second value named 'z'");
    results[1].name = NULL;
    assert_wrong("without a name");
    results[1] = (Result){.kind = RESULT_WRITE, .slot = 9, .node = x};
    assert_wrong("variable number 9");
    results[1].slot = image;
    ck_assert_ptr_null(graph_verify(graph));
    vec_push(arena, &model->entries, ((Entry){.kind = ENTRY_TRAIN, .graph = graph}));
    assert_wrong("'image', which is only read");
    results[1].slot = weight;
    results[2] = results[1];
    assert_wrong("a second value for 'weight'");
}
END_TEST

static TCase *build_case(void)
{
    TCase *build = tcase_create("build");
    tcase_add_checked_fixture(build, set_up, tear_down);
    tcase_set_timeout(build, 60);
    tcase_add_test(build, test_op_names);
    tcase_add_test(build, test_broadcast_and_back);
    tcase_add_test(build, test_host_scalars);
    tcase_add_test(build, test_axes_count);
    tcase_add_test(build, test_builders_normalise);
    tcase_add_exit_test(build, test_ill_typed_build_is_a_bug, 70);
    tcase_add_exit_test(build, test_missing_type_is_a_bug, 70);
    tcase_add_test(build, test_sort_is_stable);
    tcase_add_test(build, test_sort_long_chain);
    tcase_add_exit_test(build, test_sort_cycle_is_a_bug, 70);
    tcase_add_test(build, test_replace);
    tcase_add_test(build, test_find_var);
    tcase_add_test(build, test_verify_nodes);
    tcase_add_test(build, test_verify_host);
    tcase_add_test(build, test_verify_results);
    return build;
}

int main(void)
{
    Suite *suite = suite_create("ir");
    suite_add_tcase(suite, build_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
