/* check_infer.c -- every type rule: what it gives, and what it refuses, with the text. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ir/model.h"

static Arena *arena;
static Graph *graph;

static void set_up(void)
{
    arena = arena_new();
    Model *model = model_new(arena, "test", NULL);
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

/* Operands of types "f32[2]; i32", read one by one. */
static int make_args(const char *types, Node **args)
{
    int count = 0;
    char *copy = arena_strdup(arena, types);
    for (char *text = copy; *text; count++) {
        char *end = strchr(text, ';');
        if (end)
            *end = '\0';
        const Type type = type_of(text + strspn(text, " "));
        args[count] = graph_number(graph, 0, &type);
        text = end ? end + 1 : text + strlen(text);
    }
    return count;
}

/* The type as text, or the reason that there is none. */
static const char *infer(Op op, const char *types, const char *given, Attr attr)
{
    Node *args[8] = {NULL};
    const char *why = NULL;
    const int count = make_args(types, args);
    Type type = given ? type_of(given) : (Type){0};
    if (!op_infer(graph, op, args, count, &attr, &type, &why))
        return why;
    return type_text(arena, &type);
}

static const Attr none;

START_TEST(test_elementwise)
{
    ck_assert_str_eq(infer(OP_add, "f32[batch, 64]; f32[batch, 64]", NULL, none), "f32[batch, 64]");
    ck_assert_str_eq(infer(OP_add, "i32; i32", NULL, none), "i32");
    ck_assert_str_eq(infer(OP_add, "f32[batch, 64]; f32[64]", NULL, none),
                     "operands differ: f32[batch, 64] and f32[64]");
    ck_assert_str_eq(infer(OP_add, "f32[batch]; f32[2*batch]", NULL, none),
                     "operands differ: f32[batch] and f32[2*batch]");
    ck_assert_str_eq(infer(OP_add, "f32[2]; i32[2]", NULL, none),
                     "operands differ: f32[2] and i32[2]");
    ck_assert_str_eq(infer(OP_add, "bool; bool", NULL, none), "bool is not of numbers");
    ck_assert_str_eq(infer(OP_add, "f32", NULL, none), "add takes 2 operands, not 1");
    ck_assert_str_eq(infer(OP_exp, "f16[3]", NULL, none), "f16[3]");
    ck_assert_str_eq(infer(OP_exp, "i32[3]", NULL, none), "i32[3] is not of floats");
    ck_assert_str_eq(infer(OP_div, "i32; i32", NULL, none), "i32 is not of floats");
    ck_assert_str_eq(infer(OP_detach, "bool[2]", NULL, none), "bool[2]");
}
END_TEST

START_TEST(test_bools)
{
    ck_assert_str_eq(infer(OP_lt, "f32[2]; f32[2]", NULL, none), "bool[2]");
    ck_assert_str_eq(infer(OP_eq, "bool[2]; bool[2]", NULL, none), "bool[2]");
    ck_assert_str_eq(infer(OP_lt, "f32[2]; f64[2]", NULL, none),
                     "operands differ: f32[2] and f64[2]");
    ck_assert_str_eq(infer(OP_isnan, "f32[2]", NULL, none), "bool[2]");
    ck_assert_str_eq(infer(OP_isnan, "i32[2]", NULL, none), "i32[2] is not of floats");
    ck_assert_str_eq(infer(OP_not, "bool[batch]", NULL, none), "bool[batch]");
    ck_assert_str_eq(infer(OP_and, "bool; i32", NULL, none), "operands differ: bool and i32");
    ck_assert_str_eq(infer(OP_not, "i32", NULL, none), "i32 is not of bools");
}
END_TEST

START_TEST(test_where)
{
    ck_assert_str_eq(infer(OP_where, "bool[2]; i8[2]; i8[2]", NULL, none), "i8[2]");
    ck_assert_str_eq(infer(OP_where, "i8[2]; i8[2]; i8[2]", NULL, none),
                     "the condition is i8[2], not of bools");
    ck_assert_str_eq(infer(OP_where, "bool[3]; i8[2]; i8[2]", NULL, none),
                     "the condition is bool[3] and the values are i8[2]");
    ck_assert_str_eq(infer(OP_where, "bool[2]; i8[2]; u8[2]", NULL, none),
                     "operands differ: i8[2] and u8[2]");
}
END_TEST

START_TEST(test_cast)
{
    ck_assert_str_eq(infer(OP_cast, "i32[batch]", "f64[batch]", none), "f64[batch]");
    ck_assert_str_eq(infer(OP_cast, "i32[2]", "f64[3]", none),
                     "cast of i32[2] cannot change the shape to f64[3]");
}
END_TEST

START_TEST(test_const)
{
    const Scalar three[] = {scalar_int(DT_I32, 1), scalar_int(DT_I32, 2), scalar_int(DT_U8, 3)};
    const Attr splat = {.value = scalar_float(DT_F32, 1)}, literal = {.elements = three};
    ck_assert_str_eq(infer(OP_const, "", "f32[batch, 3]", splat), "f32[batch, 3]");
    ck_assert_str_eq(infer(OP_const, "", "i32", splat),
                     "the number is f32 in a constant of type i32");
    ck_assert_str_eq(infer(OP_const, "", "i32[2]", literal), "i32[2]");
    ck_assert_str_eq(infer(OP_const, "", "i32[3]", literal),
                     "element 2 of the literal is u8 in a constant of type i32[3]");
    ck_assert_str_eq(infer(OP_const, "", "i32[batch]", literal),
                     "a literal of type i32[batch]: it cannot have a batch dimension");
}
END_TEST

START_TEST(test_unsound_types)
{
    const Attr splat = {.value = scalar_float(DT_F32, 1)};
    ck_assert_str_eq(infer(OP_const, "", "f32[batch, 2, batch]", splat),
                     "f32[batch, 2, batch] has two batch dimensions");
    ck_assert_str_eq(infer(OP_const, "", "f32[4294967296, 4294967296]", splat),
                     "f32[4294967296, 4294967296] is too large");
    ck_assert_str_eq(infer(OP_const, "", "f32[2305843009213693952]", splat),
                     "f32[2305843009213693952] is too large");
    ck_assert_str_eq(infer(OP_const, "", "f32[0*batch]", splat),
                     "f32[0*batch] has a dimension of size 0");
}
END_TEST

START_TEST(test_sources)
{
    ck_assert_str_eq(infer(OP_iota, "", "i64[2, 3]", (Attr){.axes = {1}}), "i64[2, 3]");
    ck_assert_str_eq(infer(OP_iota, "", "i64[2, 3]", (Attr){.axes = {2}}),
                     "there is no axis 2 in i64[2, 3]");
    ck_assert_str_eq(infer(OP_iota, "", "bool[2]", none), "bool[2] is not of numbers");
    ck_assert_str_eq(infer(OP_uniform, "", "f32[batch]", none), "f32[batch]");
    ck_assert_str_eq(infer(OP_normal, "", "i32", none), "i32 is not of floats");
    ck_assert_str_eq(infer(OP_counter, "", NULL, (Attr){.slot = COUNTER_BATCH}), "f64");
    ck_assert_str_eq(infer(OP_counter, "", NULL, (Attr){.slot = COUNTER_COUNT}),
                     "there is no counter number 7");
    ck_assert_str_eq(infer(OP_option, "", NULL, none), "there is no option number 0");
}
END_TEST

START_TEST(test_slots)
{
    const Type image = type_of("f32[batch, 4]"), weight = type_of("f32[4]");
    const Loc nowhere = {0};
    model_add_var(graph->model, VAR_INPUT, "image", &image, nowhere);
    model_add_var(graph->model, VAR_PARAM, "weight", &weight, nowhere);
    model_add_var(graph->model, VAR_SOURCE, "train.image", &image, nowhere);
    model_add_var(graph->model, VAR_SCRATCH, "sum", &weight, nowhere);
    ck_assert_str_eq(infer(OP_input, "", NULL, (Attr){.slot = 0}), "f32[batch, 4]");
    ck_assert_str_eq(infer(OP_param, "", NULL, (Attr){.slot = 1}), "f32[4]");
    ck_assert_str_eq(infer(OP_input, "", NULL, (Attr){.slot = 2}), "f32[batch, 4]");
    ck_assert_str_eq(infer(OP_state, "", NULL, (Attr){.slot = 3}), "f32[4]");
    ck_assert_str_eq(infer(OP_input, "", NULL, (Attr){.slot = 1}),
                     "'weight' is not what input reads");
    ck_assert_str_eq(infer(OP_state, "", NULL, (Attr){.slot = 4}), "there is no variable number 4");
    graph->widened = true;
    ck_assert_str_eq(infer(OP_param, "", NULL, (Attr){.slot = 1}), "f64[4]");
}
END_TEST

START_TEST(test_reshape)
{
    ck_assert_str_eq(infer(OP_reshape, "f32[batch, 2, 3]", "f32[2*batch, 3]", none),
                     "f32[2*batch, 3]");
    ck_assert_str_eq(infer(OP_reshape, "f32[6*batch]", "f32[batch, 6]", none), "f32[batch, 6]");
    ck_assert_str_eq(infer(OP_reshape, "f32[3, batch, 2]", "f32[3, 2*batch]", none),
                     "f32[3, 2*batch]");
    ck_assert_str_eq(infer(OP_reshape, "f32", "f32[1, 1]", none), "f32[1, 1]");
    ck_assert_str_eq(infer(OP_reshape, "f32[2, 3]", "f32[5]", none),
                     "f32[2, 3] cannot become f32[5]: the numbers of elements differ");
    ck_assert_str_eq(infer(OP_reshape, "f32[batch]", "f32[1]", none),
                     "f32[batch] cannot become f32[1]: the numbers of elements differ");
    ck_assert_ptr_nonnull(strstr(infer(OP_reshape, "f32[3, batch]", "f32[3*batch]", none),
                                 "must be the outermost of its group"));
    ck_assert_str_eq(infer(OP_reshape, "f32[2]", "i32[2]", none),
                     "reshape of f32[2] cannot change the dtype to i32");
}
END_TEST

START_TEST(test_permute_and_expand)
{
    const Attr turn = {.axes = {2, 0, 1}, .axis_count = 3};
    ck_assert_str_eq(infer(OP_permute, "f32[batch, 2, 3]", NULL, turn), "f32[3, batch, 2]");
    ck_assert_str_eq(infer(OP_permute, "f32[2, 3]", NULL, turn), "3 axes to permute f32[2, 3]");
    ck_assert_str_eq(infer(OP_permute, "f32[2, 3]", NULL, (Attr){.axes = {1, 1}, .axis_count = 2}),
                     "axis 1 stands twice");
    ck_assert_str_eq(infer(OP_permute, "f32[2, 3]", NULL, (Attr){.axes = {1, -1}, .axis_count = 2}),
                     "there is no axis -1 in f32[2, 3]");
    ck_assert_str_eq(infer(OP_expand, "f32[1, 3]", "f32[batch, 3]", none), "f32[batch, 3]");
    ck_assert_str_eq(infer(OP_expand, "f32[3]", "f32[2, 3]", none),
                     "expand of f32[3] cannot change the rank to 2");
    ck_assert_str_eq(infer(OP_expand, "f32[batch]", "f32[5]", none),
                     "f32[batch] cannot become f32[5]: axis 0 is not of size 1");
}
END_TEST

START_TEST(test_slice)
{
    const Attr back = {.start = {9}, .step = {-3}};
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[4]", back), "i8[4]");
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[5]", back),
                     "axis 0: 5 elements from 9 by -3 do not fit into 10");
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[0]", (Attr){.start = {10}, .step = {1}}),
                     "i8[0]");
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[1]", (Attr){.start = {10}, .step = {1}}),
                     "axis 0: 1 elements from 10 by 1 do not fit into 10");
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[1]", (Attr){.start = {0}, .step = {0}}),
                     "axis 0: 1 elements from 0 by 0 do not fit into 10");
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[3]", (Attr){.step = {INT64_MAX}}),
                     "axis 0: 3 elements from 0 by 9223372036854775807 do not fit into 10");
    ck_assert_str_eq(infer(OP_slice, "i8[10]", "i8[1]", (Attr){.step = {INT64_MIN}}),
                     "axis 0: 1 elements from 0 by -9223372036854775808 do not fit into 10");
    ck_assert_str_eq(infer(OP_slice, "f32[batch, 4]", "f32[batch, 2]", (Attr){.step = {1, 2}}),
                     "f32[batch, 2]");
    ck_assert_str_eq(infer(OP_slice, "f32[batch]", "f32[batch]", (Attr){.start = {1}, .step = {1}}),
                     "slice cannot cut f32[batch] along the batch");
    ck_assert_str_eq(infer(OP_slice, "f32[batch]", "f32[3]", (Attr){.step = {1}}),
                     "slice cannot cut f32[batch] along the batch");
}
END_TEST

START_TEST(test_pad)
{
    const Attr attr = {.start = {1}, .step = {2}, .value = scalar_float(DT_F32, 0)};
    ck_assert_str_eq(infer(OP_pad, "f32[3]", "f32[6]", attr), "f32[6]");
    ck_assert_str_eq(infer(OP_pad, "f32[3]", "f32[5]", attr),
                     "axis 0: 3 elements from 1 by 2 do not fit into 5");
    ck_assert_str_eq(infer(OP_pad, "i32[3]", "i32[6]", attr), "the fill is f32 in i32[3]");
    ck_assert_str_eq(infer(OP_pad, "f32[1]", "f32[batch]", attr),
                     "pad cannot cut f32[batch] along the batch");
}
END_TEST

START_TEST(test_concat)
{
    const Attr second = {.axes = {1}};
    ck_assert_str_eq(infer(OP_concat, "f32[batch, 2]; f32[batch, 3]; f32[batch, 2]", NULL, second),
                     "f32[batch, 7]");
    ck_assert_str_eq(infer(OP_concat, "f32[batch, 2]; f32[batch, 3]", NULL, none),
                     "f32[batch, 2] cannot be joined along the batch");
    ck_assert_str_eq(infer(OP_concat, "f32[4, 2]; f32[5, 3]", NULL, second),
                     "f32[4, 2] and f32[5, 3] cannot be joined along axis 1");
    ck_assert_str_eq(infer(OP_concat, "f32[4, 2]; i32[4, 2]", NULL, second),
                     "f32[4, 2] and i32[4, 2] cannot be joined along axis 1");
    ck_assert_str_eq(infer(OP_concat, "f32[4, 2]; f32[4]", NULL, second),
                     "f32[4, 2] and f32[4] cannot be joined along axis 1");
    ck_assert_str_eq(infer(OP_concat, "", NULL, none), "concat of nothing");
    ck_assert_str_eq(infer(OP_concat, "f32", NULL, none), "there is no axis 0 in f32");
}
END_TEST

START_TEST(test_reduce)
{
    const Attr both = {.axes = {0, 2}, .axis_count = 2}, first = {.axes = {0}, .axis_count = 1};
    ck_assert_str_eq(infer(OP_sum, "f32[batch, 2, 3]", NULL, both), "f32[1, 2, 1]");
    ck_assert_str_eq(infer(OP_sum, "i8[4]", NULL, first), "i8[1]");
    ck_assert_str_eq(infer(OP_sum, "bool[4]", NULL, first), "bool[4] is not of numbers");
    ck_assert_str_eq(infer(OP_prod, "f64[0]", NULL, first), "f64[1]");
    ck_assert_str_eq(infer(OP_max, "bool[4]", NULL, first), "bool[1]");
    ck_assert_str_eq(infer(OP_max, "f32[0]", NULL, first),
                     "max over axis 0 of f32[0], which is empty");
    ck_assert_str_eq(infer(OP_sum, "f32", NULL, first), "1 axes to reduce f32");
    ck_assert_str_eq(infer(OP_sum, "f32[2]", NULL, none), "0 axes to reduce f32[2]");
    ck_assert_str_eq(infer(OP_sum, "f32[2, 2]", NULL, (Attr){.axes = {1, 0}, .axis_count = 2}),
                     "the axes do not ascend");
    ck_assert_str_eq(infer(OP_argmax, "f32[batch, 10]", NULL, (Attr){.axes = {1}, .axis_count = 1}),
                     "i64[batch, 1]");
    ck_assert_str_eq(infer(OP_argmax, "f32[2, 2, 2]", NULL, both), "argmax takes one axis, not 2");
    ck_assert_str_eq(infer(OP_argmin, "f32[0]", NULL, first),
                     "argmin over axis 0 of f32[0], which is empty");
}
END_TEST

static Attr labels(const char *a, const char *b, const char *out)
{
    return (Attr){.labels = {a, b, out}};
}

START_TEST(test_running)
{
    const Attr last = {.axes = {1}, .axis_count = 1}, first = {.axes = {0}, .axis_count = 1};
    ck_assert_str_eq(infer(OP_cumsum, "f32[batch, 3]", NULL, last), "f32[batch, 3]");
    ck_assert_str_eq(infer(OP_cumprod, "i64[4]", NULL, first), "i64[4]");
    ck_assert_str_eq(infer(OP_cumsum, "bool[4]", NULL, first), "bool[4] is not of numbers");
    ck_assert_str_eq(infer(OP_cumsum, "f32[4]", NULL, last), "there is no axis 1 in f32[4]");
    ck_assert_str_eq(infer(OP_cumprod, "f32[batch, 3]", NULL, first),
                     "f32[batch, 3] has no running total along the batch");
}
END_TEST

START_TEST(test_contract)
{
    const char *mats = "f32[batch, 64]; f32[64, 10]", *grads = "f32[batch, 64]; f32[batch, 10]";
    ck_assert_str_eq(infer(OP_contract, mats, NULL, labels("ik", "kj", "ij")), "f32[batch, 10]");
    ck_assert_str_eq(infer(OP_contract, grads, NULL, labels("bi", "bj", "ij")), "f32[64, 10]");
    ck_assert_str_eq(infer(OP_contract, "f32; f32", NULL, labels("", "", "")), "f32");
    ck_assert_str_eq(infer(OP_contract, mats, NULL, labels("ik", "jk", "ij")),
                     "f32[batch, 64] and f32[64, 10] differ in 'k' of ik,jk");
    ck_assert_str_eq(infer(OP_contract, mats, NULL, labels("ik", "kj", "ix")),
                     "label 'x' of the result is in no operand");
    ck_assert_str_eq(infer(OP_contract, mats, NULL, labels("ii", "kj", "i")),
                     "labels 'ii' are not different lower-case letters");
    ck_assert_str_eq(infer(OP_contract, mats, NULL, labels("ik", "kj", "ii")),
                     "labels 'ii' are not different lower-case letters");
    ck_assert_str_eq(infer(OP_contract, mats, NULL, labels("ikl", "kj", "i")),
                     "labels 'ikl' for 2 axes");
    ck_assert_str_eq(infer(OP_contract, "bool; bool", NULL, labels("", "", "")),
                     "bool is not of numbers");
    ck_assert_str_eq(infer(OP_contract, "f32[batch]; f32[batch, 2]", NULL, labels("i", "jk", "ij")),
                     "f32[batch, batch] has two batch dimensions");
    ck_assert_str_eq(infer(OP_contract, mats, NULL, none), "a tensor without labels");
}
END_TEST

START_TEST(test_gather)
{
    const char *const rows = "f32[50, 8]; i64[batch, 3]";
    ck_assert_str_eq(infer(OP_gather, rows, NULL, labels("rc", "bt", "btc")), "f32[batch, 3, 8]");
    ck_assert_str_eq(infer(OP_gather, "f32[batch, 4]; i64[4]", NULL, labels("bc", "c", "bc")),
                     "axis 0 of f32[batch, 4] cannot be indexed");
    ck_assert_str_eq(infer(OP_gather, rows, NULL, labels("rc", "bt", "bc")),
                     "label 't' is not in what is picked");
    ck_assert_str_eq(infer(OP_gather, rows, NULL, labels("rc", "bt", "btrc")),
                     "labels rc,bt->btrc index 'r', which is kept");
    ck_assert_str_eq(infer(OP_gather, "f32[5]; f32[2]", NULL, labels("r", "i", "i")),
                     "the indices are f32[2], not integers");
    ck_assert_str_eq(infer(OP_scatter, "f32[2, 8]; i64[3]", "f32[50, 8]", labels("rc", "i", "ic")),
                     "f32[2, 8] is to be added into f32[50, 8], where f32[3, 8] fits");
}
END_TEST

START_TEST(test_grad)
{
    ck_assert_str_eq(infer(OP_grad, "f32; f64[2]", NULL, none), "f64[2]");
    ck_assert_str_eq(infer(OP_grad, "f32[1]; f32[2]", NULL, none),
                     "the gradient of f32[1]: only of a scalar");
    ck_assert_str_eq(infer(OP_grad, "i32; f32[2]", NULL, none), "i32 is not of floats");
    ck_assert_str_eq(infer(OP_grad, "f32; i32[2]", NULL, none), "i32[2] is not of floats");
}
END_TEST

static Suite *infer_suite(void)
{
    Suite *suite = suite_create("infer");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, set_up, tear_down);
    tcase_add_test(rules, test_elementwise);
    tcase_add_test(rules, test_bools);
    tcase_add_test(rules, test_where);
    tcase_add_test(rules, test_cast);
    tcase_add_test(rules, test_const);
    tcase_add_test(rules, test_unsound_types);
    tcase_add_test(rules, test_sources);
    tcase_add_test(rules, test_slots);
    tcase_add_test(rules, test_reshape);
    tcase_add_test(rules, test_permute_and_expand);
    tcase_add_test(rules, test_slice);
    tcase_add_test(rules, test_pad);
    tcase_add_test(rules, test_concat);
    tcase_add_test(rules, test_reduce);
    tcase_add_test(rules, test_running);
    tcase_add_test(rules, test_contract);
    tcase_add_test(rules, test_gather);
    tcase_add_test(rules, test_grad);
    suite_add_tcase(suite, rules);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(infer_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
