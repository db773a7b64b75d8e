/* check_builtins.c -- operators, indexing and built-in functions, over a small Elab of this file's
 * own: values in, types, folded numbers and messages out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/elab.h"

/* ---- the elaborator, as far as builtins see it ---- */

static Arena *arena;
static Diag *diag;
static Model *model;
static Graph *graph;
static Elab elab, *const e = &elab;
static uint64_t random_calls;
static bool has_init_shape;
static Type init_shape;
static int64_t marked_low, marked_high;
static Loc loc;

Arena *elab_arena(Elab *self)
{
    return self->arena;
}

Diag *elab_diag(Elab *self)
{
    (void)self;
    return diag;
}

Graph *elab_graph(Elab *self)
{
    (void)self;
    return graph;
}

Loc elab_user_loc(const Elab *self, Loc place)
{
    (void)self;
    return place;
}

uint64_t elab_random_key(Elab *self)
{
    (void)self;
    return ++random_calls;
}

bool elab_init_shape(Elab *self, Type *out)
{
    (void)self;
    *out = init_shape;
    return has_init_shape;
}

bool range_from_value(Elab *self, const Value *v, Loc place, const char *what, Range *out)
{
    (void)self, (void)v, (void)place, (void)what, (void)out;
    return true;
}

Value elab_load(Elab *self, const Load *asked, const Loc *locs)
{
    (void)self;
    diag_error(diag, locs[0], NULL, "cannot load '%s'", asked->path);
    return value_error();
}

void elab_mark_range(Elab *self, Node *index, int64_t low, int64_t high)
{
    (void)self;
    (void)index;
    marked_low = low;
    marked_high = high;
}

static void set_up(void)
{
    arena = arena_new();
    diag = diag_new(arena);
    const char *text = "the line\n";
    const SourceFile *file = source_new(arena, "test.dsl", text, strlen(text));
    model = model_new(arena, "test", file);
    graph = graph_new(model, "predict");
    elab = (Elab){.arena = arena};
    loc = (Loc){file, 0, 3};
    random_calls = 0;
    has_init_shape = false;
    marked_low = marked_high = -1;
}

static void tear_down(void)
{
    const char *wrong = graph_verify(graph);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    arena_free(arena);
}

/* ---- making values ---- */

static Value tensor(const char *type_text_)
{
    Type type;
    ck_assert_ptr_nonnull(type_read(type_text_, &type));
    const char *name = arena_printf(arena, "x%d", model->vars.count);
    const int slot = model_add_var(model, VAR_INPUT, name, &type, loc);
    return value_tensor(graph_slot(graph, OP_input, slot));
}

static Value host(void)
{
    return value_tensor(graph_counter(graph, COUNTER_STEP));
}

static Value batch(void)
{
    return (Value){.kind = VALUE_DIM, .dim = {1, true}};
}

static Value ints(int count, const int64_t *numbers)
{
    Value items[16];
    for (int i = 0; i < count; i++)
        items[i] = value_int(numbers[i]);
    return value_list(e, items, count);
}

#define INTS(...) \
    ints((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})

static Value pair(Value a, Value b)
{
    return value_list(e, (Value[]){a, b}, 2);
}

/* ---- calls, with arguments named after what stands before '=' ---- */

static Value call_n(const char *spec, const Value *args, int count)
{
    char text[128];
    Arg written[16] = {{0}};
    snprintf(text, sizeof text, "%s", spec);
    char *name = strtok(text, " ");
    for (int i = 0; i < count; i++) {
        const char *formal = strtok(NULL, " ");
        written[i].name = formal && strcmp(formal, "_") != 0 ? arena_strdup(arena, formal) : NULL;
        written[i].name_loc = loc;
    }
    const Builtin *builtin = builtin_find(name);
    ck_assert_msg(builtin != NULL, "no builtin %s", name);
    return builtin_call(e, builtin, args, written, count, loc);
}

#define CALL(spec, ...) \
    call_n(spec, (Value[]){__VA_ARGS__}, (int)(sizeof((Value[]){__VA_ARGS__}) / sizeof(Value)))

static Value op(Operator operator_, Value a, Value b)
{
    return operator_apply(e, operator_, a, b, loc, loc, loc);
}

/* ---- expectations ---- */

static const char *messages(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    diag_flush(diag, out);
    fclose(out);
    const char *copy = arena_strdup(arena, text);
    free(text);
    diag = diag_new(arena); /* or the same message would not be said again */
    return copy;
}

static const char *described(Value v)
{
    if (v.kind == VALUE_TENSOR)
        return type_text(arena, &v.node->type);
    if (v.kind == VALUE_ERROR)
        return arena_printf(arena, "error: %s", messages());
    return value_describe(e, &v);
}

#define EXPECT_TYPE(value, text) ck_assert_str_eq(described(value), text)
#define EXPECT_INT(value, number)               \
    do {                                        \
        const Value got_ = (value);             \
        ck_assert_int_eq(got_.kind, VALUE_INT); \
        ck_assert_int_eq(got_.integer, number); \
    } while (0)
#define EXPECT_FLOAT(value, expected)                          \
    do {                                                       \
        const Value got_ = (value);                            \
        ck_assert_int_eq(got_.kind, VALUE_FLOAT);              \
        ck_assert_double_eq_tol(got_.number, expected, 1e-12); \
    } while (0)
#define EXPECT_BOOL(value, truth)                \
    do {                                         \
        const Value got_ = (value);              \
        ck_assert_int_eq(got_.kind, VALUE_BOOL); \
        ck_assert_int_eq(got_.integer, truth);   \
    } while (0)
#define EXPECT_ERROR(value, part)                                                           \
    do {                                                                                    \
        const Value got_ = (value);                                                         \
        const char *said_ = messages();                                                     \
        ck_assert_msg(got_.kind == VALUE_ERROR, "no error, but %s", described(got_));       \
        ck_assert_msg(strstr(said_, part) != NULL, "\"%s\" is not in \"%s\"", part, said_); \
    } while (0)

/* ---- compile-time values ---- */

START_TEST(integers_fold)
{
    EXPECT_INT(op(OPER_ADD, value_int(2), value_int(3)), 5);
    EXPECT_INT(op(OPER_FLOORDIV, value_int(-7), value_int(2)), -4);
    EXPECT_INT(op(OPER_MOD, value_int(-7), value_int(3)), 2);
    EXPECT_INT(op(OPER_MOD, value_int(7), value_int(-3)), -2);
    EXPECT_INT(op(OPER_POW, value_int(2), value_int(62)), (int64_t)1 << 62);
    EXPECT_FLOAT(op(OPER_DIV, value_int(1), value_int(4)), 0.25);
    EXPECT_FLOAT(op(OPER_POW, value_int(2), value_int(-1)), 0.5);
    EXPECT_INT(operator_unary(e, OPER_NEG, value_int(5), loc), -5);
}
END_TEST

START_TEST(integers_overflow)
{
    const Value large = value_int(INT64_MAX), least = value_int(INT64_MIN);
    EXPECT_ERROR(op(OPER_ADD, large, value_int(1)), "too large");
    EXPECT_ERROR(op(OPER_MUL, large, value_int(2)), "too large");
    EXPECT_ERROR(op(OPER_SUB, least, value_int(1)), "too large");
    EXPECT_ERROR(op(OPER_POW, value_int(10), value_int(19)), "too large");
    EXPECT_ERROR(op(OPER_FLOORDIV, least, value_int(-1)), "too large");
    EXPECT_ERROR(operator_unary(e, OPER_NEG, least, loc), "too large");
    EXPECT_ERROR(op(OPER_FLOORDIV, value_int(1), value_int(0)), "division by zero");
    EXPECT_ERROR(op(OPER_DIV, value_int(1), value_int(0)), "division by zero");
}
END_TEST

START_TEST(things_compare)
{
    EXPECT_BOOL(op(OPER_EQ, value_string("mean", 4), value_string("mean", 4)), 1);
    EXPECT_BOOL(op(OPER_NE, value_none(), tensor("f32[3]")), 1);
    EXPECT_BOOL(op(OPER_EQ, value_none(), value_none()), 1);
    EXPECT_BOOL(op(OPER_EQ, CALL("dtype", tensor("i32[3]")),
                   ((Value){.kind = VALUE_BUILTIN, .builtin = builtin_find("i32")})),
                1);
    EXPECT_BOOL(op(OPER_LT, value_int(2), value_float(2.5)), 1);
    EXPECT_BOOL(op(OPER_AND, value_bool(true), value_bool(false)), 0);
    EXPECT_ERROR(op(OPER_AND, value_int(1), value_bool(true)), "compare first");
    EXPECT_ERROR(op(OPER_ADD, value_string("a", 1), value_int(1)), "not the string");
    ck_assert_str_eq(op(OPER_ADD, value_string("a", 1), value_string("b", 1)).text, "ab");
}
END_TEST

START_TEST(batch_is_a_dimension)
{
    const Value two = op(OPER_MUL, value_int(2), batch());
    ck_assert_int_eq(two.kind, VALUE_DIM);
    ck_assert_int_eq(two.dim.size, 2);
    ck_assert_int_eq(op(OPER_FLOORDIV, two, value_int(2)).dim.size, 1);
    const Value less = op(OPER_SUB, batch(), value_int(1));
    ck_assert(less.kind == VALUE_TENSOR && less.node->host);
    EXPECT_BOOL(op(OPER_EQ, batch(), batch()), 1);
    EXPECT_ERROR(op(OPER_MUL, batch(), value_int(0)), "no dimension");
}
END_TEST

START_TEST(functions_of_numbers_fold)
{
    EXPECT_FLOAT(CALL("sqrt", value_int(64)), 8.0);
    EXPECT_FLOAT(CALL("exp", value_float(0)), 1.0);
    EXPECT_INT(CALL("abs", value_int(-3)), 3);
    EXPECT_FLOAT(CALL("floor", value_float(2.5)), 2.0);
    EXPECT_FLOAT(CALL("round", value_float(2.5)), 2.0);
    EXPECT_INT(CALL("maximum", value_int(2), value_int(3)), 3);
    EXPECT_FLOAT(CALL("minimum", value_int(2), value_float(0.5)), 0.5);
    EXPECT_INT(CALL("clamp _ min max", value_int(9), value_int(0), value_int(5)), 5);
    EXPECT_BOOL(CALL("isnan", value_float(1)), 0);
    EXPECT_INT(CALL("where", value_bool(false), value_int(1), value_int(2)), 2);
    EXPECT_BOOL(CALL("is_zero", value_float(0)), 1);
    EXPECT_BOOL(CALL("is_zero", host()), 0);
    EXPECT_ERROR(CALL("max", value_int(2), value_int(3)), "maximum(a, b)");
}
END_TEST

START_TEST(host_values_stay_on_the_host)
{
    const Value scaled = op(OPER_MUL, value_float(0.1), CALL("cos", op(OPER_DIV, host(), host())));
    ck_assert(scaled.node->host);
    ck_assert(CALL("minimum", value_int(1), host()).node->host);
    ck_assert(op(OPER_POW, value_float(0.9), host()).node->host);
    EXPECT_TYPE(op(OPER_MUL, scaled, tensor("f32[batch, 3]")), "f32[batch, 3]");
    EXPECT_TYPE(op(OPER_MUL, scaled, tensor("i32[3]")), "f32[3]");
    const Value shown = host();
    ck_assert_str_eq(type_text(arena, &value_to_tensor(e, &shown, loc)->type), "f32");
}
END_TEST

/* ---- dtypes and shapes ---- */

START_TEST(dtypes_promote_as_in_pytorch)
{
    const Value f = tensor("f32[3]"), i = tensor("i32[3]"), b = tensor("bool[3]"),
                u = tensor("u8[3]"), d = tensor("f64[3]"), d0 = tensor("f64");
    EXPECT_TYPE(op(OPER_ADD, f, value_int(1)), "f32[3]");
    EXPECT_TYPE(op(OPER_ADD, i, value_int(1)), "i32[3]");
    EXPECT_TYPE(op(OPER_ADD, i, value_float(0.5)), "f32[3]");
    EXPECT_TYPE(op(OPER_ADD, b, value_int(1)), "i64[3]");
    EXPECT_TYPE(op(OPER_ADD, i, f), "f32[3]");
    EXPECT_TYPE(op(OPER_ADD, i, b), "i32[3]");
    EXPECT_TYPE(op(OPER_ADD, f, d), "f64[3]");
    EXPECT_TYPE(op(OPER_ADD, f, d0), "f32[3]");
    EXPECT_TYPE(op(OPER_ADD, i, d0), "f64[3]");
    EXPECT_TYPE(op(OPER_ADD, u, tensor("i8[3]")), "i16[3]");
    EXPECT_TYPE(op(OPER_DIV, i, value_int(2)), "f32[3]");
    EXPECT_TYPE(op(OPER_FLOORDIV, i, value_int(2)), "i32[3]");
    EXPECT_TYPE(op(OPER_EQ, i, f), "bool[3]");
    EXPECT_TYPE(CALL("exp", i), "f32[3]");
    EXPECT_TYPE(CALL("floor", i), "i32[3]");
    EXPECT_ERROR(op(OPER_ADD, b, b), "cannot add bools");
    EXPECT_ERROR(op(OPER_AND, b, i), "need bools, not i32[3]");
    EXPECT_ERROR(op(OPER_ADD, u, value_int(300)), "300 does not fit into u8");
    EXPECT_ERROR(op(OPER_POW, i, value_int(-1)), "negative power");
    EXPECT_ERROR(op(OPER_MOD, i, value_int(0)), "by zero");
    EXPECT_TYPE(CALL("f16", f), "f16[3]");
    EXPECT_TYPE(op(OPER_ADD, tensor("f16[3]"), tensor("bf16[3]")), "f32[3]");
    EXPECT_TYPE(op(OPER_ADD, tensor("f16[3]"), tensor("bf16")), "f16[3]");
    EXPECT_TYPE(op(OPER_MUL, tensor("bf16[3]"), value_float(0.5)), "bf16[3]");
    EXPECT_TYPE(op(OPER_ADD, tensor("i64[3]"), tensor("f16")), "f16[3]");
}
END_TEST

START_TEST(shapes_broadcast)
{
    EXPECT_TYPE(op(OPER_ADD, tensor("f32[batch, 1]"), tensor("f32[5]")), "f32[batch, 5]");
    EXPECT_TYPE(op(OPER_ADD, tensor("f32[2, 1, 3]"), tensor("f32[4, 1]")), "f32[2, 4, 3]");
    EXPECT_TYPE(op(OPER_ADD, tensor("f32[batch]"), tensor("f32")), "f32[batch]");
    EXPECT_TYPE(op(OPER_ADD, INTS(1, 2), tensor("f32[3, 2]")), "f32[3, 2]");
    EXPECT_ERROR(op(OPER_ADD, tensor("f32[batch, 3]"), tensor("f32[4]")),
                 "cannot add f32[batch, 3] and f32[4]");
    EXPECT_ERROR(op(OPER_ADD, tensor("f32[batch, 3]"), tensor("f32[2, 3]")), "batch and 2 differ");
    EXPECT_ERROR(op(OPER_SUB, tensor("f32[batch, 1]"), tensor("i32[batch]")), "batch x batch");
    EXPECT_ERROR(op(OPER_SUB, tensor("f32[batch, 3]"), tensor("i32[batch]")), "batch x batch");
    EXPECT_ERROR(op(OPER_ADD, tensor("f32[1048576, 1]"), tensor("f32[1, 2097152]")), "too large");
}
END_TEST

START_TEST(lists_become_tensors)
{
    EXPECT_TYPE(op(OPER_MUL, pair(INTS(1, 2), INTS(3, 4)), value_int(2)), "i64[2, 2]");
    EXPECT_TYPE(op(OPER_ADD, pair(value_int(1), value_float(2.5)), value_int(1)), "f32[2]");
    const Value x = tensor("f32[batch, 3]");
    const Value both = pair(x, x);
    ck_assert_str_eq(type_text(arena, &value_to_tensor(e, &both, loc)->type), "f32[2, batch, 3]");
    EXPECT_ERROR(op(OPER_ADD, pair(INTS(1, 2), INTS(3)), value_int(1)), "differ in length");
    EXPECT_ERROR(op(OPER_ADD, pair(INTS(1, 2), value_int(3)), value_int(1)), "mixes");
    EXPECT_ERROR(op(OPER_ADD, value_list(e, NULL, 0), value_int(1)), "empty list");
    EXPECT_ERROR(op(OPER_ADD, pair(x, tensor("f32[2]")), value_int(1)), "cannot stack");
    Value deep = value_int(1);
    for (int i = 0; i < 60; i++) /* 2^60 elements, were it opened */
        deep = pair(deep, deep);
    EXPECT_ERROR(op(OPER_ADD, deep, value_int(1)), "nested too deep");
}
END_TEST

START_TEST(products)
{
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[batch, 64]"), tensor("f32[64, 10]")), "f32[batch, 10]");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[3]"), tensor("f32[3]")), "f32");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[3]"), tensor("f32[3, 4]")), "f32[4]");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[5, 2, 3]"), tensor("f32[3]")), "f32[5, 2]");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[8, 1, 2, 3]"), tensor("f32[5, 3, 4]")),
                "f32[8, 5, 2, 4]");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[1, 2, 3]"), tensor("f32[1, 3, 4]")), "f32[1, 2, 4]");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[batch, 2, 3]"), tensor("f32[batch, 3, 4]")),
                "f32[batch, 2, 4]");
    EXPECT_TYPE(op(OPER_MATMUL, tensor("f32[3, batch]"), tensor("f32[batch, 4]")), "f32[3, 4]");
    EXPECT_TYPE(CALL("outer", tensor("f32[3]"), tensor("f32[4]")), "f32[3, 4]");
    EXPECT_ERROR(op(OPER_MATMUL, tensor("f32[batch, 64]"), tensor("f32[128, 10]")),
                 "cannot multiply f32[batch, 64] by f32[128, 10]");
    EXPECT_ERROR(op(OPER_MATMUL, tensor("f32[batch, 64]"), tensor("f32[128, 10]")),
                 "inner dimensions differ: 64 and 128");
    EXPECT_ERROR(op(OPER_MATMUL, tensor("f32[batch, 3]"), tensor("f32[3, batch]")),
                 "batch x batch");
    EXPECT_ERROR(op(OPER_MATMUL, tensor("f32[2, 3, 4]"), tensor("f32[5, 4, 2]")), "leading");
    EXPECT_ERROR(op(OPER_MATMUL, tensor("f32"), tensor("f32[3]")), "scalar");
    EXPECT_ERROR(CALL("dot", tensor("f32[3]"), tensor("f32[4]")), "inner dimensions differ");
}
END_TEST

/* ---- builtins ---- */

START_TEST(creation)
{
    EXPECT_TYPE(CALL("zeros", batch(), value_int(3)), "f32[batch, 3]");
    EXPECT_TYPE(CALL("zeros _ dtype", INTS(2, 3), value_string("i32", 3)), "i32[2, 3]");
    EXPECT_TYPE(CALL("full", INTS(2), value_int(7)), "i64[2]");
    EXPECT_TYPE(CALL("ones_like", tensor("u8[batch]")), "u8[batch]");
    EXPECT_TYPE(CALL("arange", value_int(10)), "i64[10]");
    EXPECT_TYPE(CALL("arange", value_int(0), value_int(10), value_int(3)), "i64[4]");
    EXPECT_TYPE(CALL("arange", value_int(0), value_float(1), value_float(0.25)), "f32[4]");
    EXPECT_TYPE(CALL("arange", value_int(5), value_int(0)), "i64[0]");
    EXPECT_TYPE(CALL("linspace", value_int(0), value_int(1), value_int(5)), "f32[5]");
    EXPECT_TYPE(CALL("eye", value_int(3)), "f32[3, 3]");
    EXPECT_TYPE(CALL("randint", value_int(0), value_int(9), value_int(4)), "i64[4]");
    EXPECT_TYPE(CALL("bernoulli", host(), batch(), value_int(4)), "f32[batch, 4]");
    EXPECT_ERROR(CALL("zeros", value_int(-1)), "cannot be -1");
    EXPECT_ERROR(CALL("zeros", batch(), batch()), "at most one batch");
    EXPECT_ERROR(CALL("zeros", host()), "known when compiling");
    EXPECT_ERROR(CALL("zeros", value_int(INT64_MAX), value_int(4)), "too large");
    EXPECT_ERROR(CALL("zeros", INTS(1, 1, 1, 1, 1, 1, 1, 1, 1)), "at most 8 dimensions");
    EXPECT_ERROR(CALL("arange", value_int(0), value_float(1e30)), "too many");
    EXPECT_ERROR(CALL("arange", value_int(INT64_MIN), value_int(INT64_MAX)), "too many");
    EXPECT_ERROR(CALL("randint", value_int(3), value_int(3), value_int(4)), "nothing");
    EXPECT_ERROR(CALL("randn _ dtype", value_int(3), value_string("i32", 3)), "draws floats");
}
END_TEST

START_TEST(random_calls_have_keys_of_their_own)
{
    const Value a = CALL("randn", value_int(3)), b = CALL("randn", value_int(3));
    ck_assert_uint_ne(a.node->attr.key, b.node->attr.key);
}
END_TEST

START_TEST(initialisers)
{
    EXPECT_ERROR(CALL("uniform", value_int(-1), value_int(1)), "first value of a param");
    ck_assert_ptr_nonnull(type_read("f32[8, 4, 3]", &init_shape));
    has_init_shape = true;
    EXPECT_TYPE(CALL("uniform", value_int(-1), value_int(1)), "f32[8, 4, 3]");
    EXPECT_TYPE(CALL("normal std", value_float(0.1)), "f32[8, 4, 3]");
    EXPECT_INT(call_n("fan_in", NULL, 0), 12);
    EXPECT_INT(call_n("fan_out", NULL, 0), 24);
}
END_TEST

START_TEST(labels)
{
    EXPECT_TYPE(CALL("one_hot", tensor("i32[batch]"), value_int(10)), "i64[batch, 10]");
    ck_assert_int_eq(marked_high, 9);
    EXPECT_TYPE(CALL("one_hot _ _ axis dtype", tensor("u8[batch, 5]"), value_int(300), value_int(1),
                     value_string("bool", 4)),
                "bool[batch, 300, 5]");
    EXPECT_TYPE(CALL("pick", tensor("f32[batch, 7]"), tensor("i32[batch]")), "f32[batch]");
    ck_assert_int_eq(marked_high, 6);
    EXPECT_TYPE(
        CALL("pick _ _ axis", tensor("f32[batch, 7, 5]"), tensor("i64[batch, 5]"), value_int(1)),
        "f32[batch, 5]");
    EXPECT_ERROR(CALL("pick", tensor("f32[batch, 7]"), tensor("i32[batch, 1]")),
                 "they must be i32[batch]");
    EXPECT_ERROR(CALL("one_hot", tensor("f32[batch]"), value_int(10)), "needs integers");
}
END_TEST

START_TEST(asking)
{
    const Value x = tensor("f32[batch, 3]"), shape = CALL("shape", x);
    ck_assert_int_eq(shape.items->data[0].kind, VALUE_DIM);
    EXPECT_INT(shape.items->data[1], 3);
    EXPECT_TYPE(CALL("zeros", shape), "f32[batch, 3]");
    EXPECT_INT(CALL("ndim", x), 2);
    EXPECT_INT(CALL("size", tensor("f32[2, 3]")), 6);
    EXPECT_INT(CALL("size _ dim", x, value_int(-1)), 3);
    ck_assert_int_eq(CALL("size", x).dim.size, 3);
}
END_TEST

START_TEST(reductions)
{
    const Value x = tensor("f32[batch, 3, 4]");
    EXPECT_TYPE(CALL("sum", x), "f32");
    EXPECT_TYPE(CALL("mean _ axis", x, value_int(0)), "f32[3, 4]");
    EXPECT_TYPE(CALL("mean _ dim keepdim", x, value_int(-1), value_bool(true)), "f32[batch, 3, 1]");
    EXPECT_TYPE(CALL("max _ axis", x, INTS(2, 1)), "f32[batch]");
    EXPECT_TYPE(CALL("std", x), "f32");
    EXPECT_TYPE(CALL("argmax _ axis", x, value_int(-1)), "i64[batch, 3]");
    EXPECT_TYPE(CALL("argmax", x), "i64");
    EXPECT_TYPE(CALL("sum", tensor("u8[3]")), "i64");
    EXPECT_TYPE(CALL("mean", tensor("bool[batch]")), "f32");
    EXPECT_TYPE(CALL("any _ axis", tensor("bool[batch, 3]"), value_int(1)), "bool[batch]");
    EXPECT_TYPE(CALL("sum", tensor("f32[0]")), "f32");
    EXPECT_ERROR(CALL("mean", tensor("i32[3]")), "mean needs floats, not i32[3]");
    EXPECT_ERROR(CALL("max", tensor("f32[0]")), "empty");
    EXPECT_ERROR(CALL("sum _ axis", x, value_int(3)), "no axis 3 in f32[batch, 3, 4]");
    EXPECT_ERROR(CALL("sum _ axis", x, INTS(1, -2)), "stands twice");
    EXPECT_ERROR(CALL("sum _ axes", x, value_int(1)), "did you mean 'axis'");
    EXPECT_ERROR(CALL("sum _ axis dim", x, value_int(1), value_int(1)), "two values for");
    EXPECT_ERROR(call_n("sum", NULL, 0), "sum(x, axis=, keepdims=)");
    EXPECT_ERROR(CALL("exp", x, x), "too many arguments");
}
END_TEST

START_TEST(mean_counts_the_real_samples)
{
    const Value mean = CALL("mean", tensor("f32[batch, 3]"));
    bool counted = false;
    for (int i = 0; i < graph->nodes.count; i++)
        counted |= graph->nodes.data[i]->op == OP_counter &&
                   graph->nodes.data[i]->attr.slot == COUNTER_BATCH;
    ck_assert(counted);
    EXPECT_TYPE(mean, "f32");
}
END_TEST

START_TEST(shapes_change)
{
    const Value x = tensor("f32[batch, 4, 6]");
    EXPECT_TYPE(CALL("reshape", x, value_int(-1), value_int(24)), "f32[batch, 24]");
    EXPECT_TYPE(CALL("reshape", x, batch(), value_int(-1)), "f32[batch, 24]");
    EXPECT_TYPE(CALL("reshape", x, value_int(-1)), "f32[24*batch]");
    EXPECT_TYPE(CALL("flatten", x), "f32[batch, 24]");
    EXPECT_TYPE(CALL("flatten _ start_dim", x, value_int(0)), "f32[24*batch]");
    EXPECT_TYPE(CALL("flatten", tensor("f32[2, 3]")), "f32[6]");
    EXPECT_TYPE(CALL("flatten", tensor("f32")), "f32[1]");
    EXPECT_TYPE(CALL("transpose", tensor("f32[2, 3]")), "f32[3, 2]");
    EXPECT_TYPE(CALL("transpose", x, value_int(0), value_int(-1)), "f32[6, 4, batch]");
    EXPECT_TYPE(CALL("permute", x, INTS(1, 0, 2)), "f32[4, batch, 6]");
    EXPECT_TYPE(CALL("squeeze", tensor("f32[1, 3, 1]")), "f32[3]");
    EXPECT_TYPE(CALL("unsqueeze", x, value_int(-1)), "f32[batch, 4, 6, 1]");
    EXPECT_TYPE(CALL("expand", tensor("f32[3, 1]"), value_int(2), value_int(-1), value_int(4)),
                "f32[2, 3, 4]");
    EXPECT_TYPE(CALL("flip _ axis", x, value_int(1)), "f32[batch, 4, 6]");
    EXPECT_ERROR(CALL("flip", x), "along the batch dimension");
    EXPECT_ERROR(CALL("transpose", x), "which two axes");
    EXPECT_ERROR(CALL("reshape", x, value_int(5), value_int(5)), "one dimension must be batch");
    EXPECT_ERROR(CALL("reshape", x, batch(), value_int(5)), "cannot reshape f32[batch, 4, 6]");
    EXPECT_ERROR(CALL("reshape", CALL("permute", x, INTS(1, 0, 2)), value_int(-1)),
                 "samples must stay whole");
    EXPECT_ERROR(CALL("reshape", x, value_int(-1), value_int(-1)), "only one");
    EXPECT_ERROR(CALL("reshape", x, value_int(-1), value_int(0)), "cannot reshape");
    EXPECT_ERROR(CALL("expand", tensor("f32[3]"), value_int(4)), "cannot expand");
    EXPECT_ERROR(CALL("permute", x, INTS(0, 1)), "all its 3 axes");
}
END_TEST

START_TEST(tensors_join)
{
    const Value a = tensor("f32[batch, 3]"), b = tensor("i32[batch, 4]"), v = tensor("f32[3]");
    EXPECT_TYPE(CALL("concat _ axis", pair(a, b), value_int(-1)), "f32[batch, 7]");
    EXPECT_TYPE(CALL("stack _ dim", pair(a, a), value_int(1)), "f32[batch, 2, 3]");
    EXPECT_TYPE(CALL("stack", pair(v, v)), "f32[2, 3]");
    EXPECT_TYPE(CALL("hstack", pair(v, v)), "f32[6]");
    EXPECT_TYPE(CALL("vstack", pair(v, v)), "f32[2, 3]");
    EXPECT_TYPE(CALL("repeat", a, value_int(1), value_int(2)), "f32[batch, 6]");
    EXPECT_TYPE(CALL("repeat", v, value_int(2), value_int(2)), "f32[2, 6]");
    EXPECT_TYPE(CALL("pad", a, INTS(1, 2)), "f32[batch, 6]");
    const Value pieces =
        CALL("split _ _ axis", tensor("f32[batch, 5]"), value_int(2), value_int(1));
    ck_assert_int_eq(pieces.items->count, 3);
    EXPECT_TYPE(pieces.items->data[2], "f32[batch, 1]");
    EXPECT_ERROR(CALL("concat", pair(a, a)), "along the batch");
    EXPECT_ERROR(CALL("concat", pair(v, tensor("f32[2, 2]"))), "cannot join");
    EXPECT_ERROR(CALL("concat", v), "list of tensors");
    EXPECT_ERROR(CALL("split", a, value_int(1)), "along the batch");
    EXPECT_ERROR(CALL("split", v, INTS(1, 1)), "add up to 3");
    EXPECT_ERROR(CALL("repeat", a, value_int(2), value_int(1)), "along the batch");
    EXPECT_ERROR(CALL("pad", a, INTS(0, 0, 1, 0)), "along the batch");
    EXPECT_ERROR(CALL("stack", pair(v, a)), "cannot stack");
}
END_TEST

START_TEST(where_chooses)
{
    const Value c = tensor("bool[batch, 1]"), x = tensor("f32[3]");
    EXPECT_TYPE(CALL("where", c, value_int(0), x), "f32[batch, 3]");
    EXPECT_TYPE(CALL("where", c, value_int(1), value_float(0)), "f32[batch, 1]");
    EXPECT_ERROR(CALL("where", x, x, x), "condition of bools, not f32[3]");
    EXPECT_ERROR(CALL("where", tensor("bool[4]"), x, x), "cannot choose by");
}
END_TEST

START_TEST(gradients)
{
    const Value x = tensor("f32[3]"), y = CALL("sum", x);
    EXPECT_TYPE(CALL("grad", y, x), "f32[3]");
    ck_assert_int_eq(CALL("grad", y, x, x).items->count, 2);
    EXPECT_TYPE(CALL("detach", x), "f32[3]");
    EXPECT_ERROR(CALL("grad", x, x), "grad needs a scalar, not f32[3]");
    EXPECT_ERROR(CALL("grad", y, value_float(2)), "param");
    EXPECT_ERROR(CALL("grad", y, tensor("i32[3]")), "not of floats");
    EXPECT_ERROR(CALL("grad", y), "what to differentiate by");
}
END_TEST

/* ---- indexing ---- */

static Value index_by(Value x, const char *text)
{
    Subscript subs[8];
    int count = 0;
    for (const char *at = text; *at; count++) {
        long long start = 0, stop = 0, step = 0;
        int used = 0;
        subs[count] = (Subscript){.loc = loc};
        if (strncmp(at, "..", 2) == 0) {
            subs[count].ellipsis = true;
            used = 2;
        } else if (*at == 'n') {
            subs[count].value = value_none();
            used = 1;
        } else if (sscanf(at, "%lld:%lld:%lld%n", &start, &stop, &step, &used) == 3) {
            subs[count].value =
                (Value){.kind = VALUE_SLICE, .slice = {true, true, true, start, stop, step}};
        } else if (strncmp(at, "::", 2) == 0 && sscanf(at, "::%lld%n", &step, &used) == 1) {
            subs[count].value =
                (Value){.kind = VALUE_SLICE, .slice = {.has_step = true, .step = step}};
        } else if (*at == ':') {
            subs[count].value = (Value){.kind = VALUE_SLICE};
            used = 1;
        } else {
            ck_assert_int_eq(sscanf(at, "%lld%n", &start, &used), 1);
            subs[count].value = value_int(start);
        }
        at += used;
        at += *at == ' ';
    }
    return index_apply(e, x, subs, count, loc);
}

START_TEST(indexing)
{
    const Value x = tensor("f32[batch, 5, 6]"), v = tensor("f32[5]");
    EXPECT_TYPE(index_by(x, ": 2"), "f32[batch, 6]");
    EXPECT_TYPE(index_by(x, ".. -1"), "f32[batch, 5]");
    EXPECT_TYPE(index_by(x, ": 1:4:2 ::-1"), "f32[batch, 2, 6]");
    EXPECT_TYPE(index_by(x, "n"), "f32[1, batch, 5, 6]");
    EXPECT_TYPE(index_by(v, "-1"), "f32");
    EXPECT_TYPE(index_by(v, "1:100:1"), "f32[4]");
    EXPECT_TYPE(index_by(v, "3:1:1"), "f32[0]");
    EXPECT_TYPE(index_by(v, "4:-100:-2"), "f32[3]");
    EXPECT_TYPE(index_by(v, "0:5:9223372036854775807"), "f32[1]");
    EXPECT_TYPE(index_by(v, "4:-100:-9223372036854775808"), "f32[1]");
    EXPECT_TYPE(index_by(pair(INTS(1, 2, 3), INTS(4, 5, 6)), "1 2"), "i64");
    EXPECT_INT(index_by(INTS(7, 8, 9), "-1"), 9);
    ck_assert_int_eq(index_by(INTS(7, 8, 9), "::-1").items->data[0].integer, 9);
    ck_assert_str_eq(index_by(value_string("abc", 3), "1").text, "b");
    EXPECT_ERROR(index_by(v, "5"), "index 5 is outside axis 0 of f32[5]");
    EXPECT_ERROR(index_by(x, "0"), "batch dimension cannot be indexed");
    EXPECT_ERROR(index_by(x, "0:2:1"), "cannot slice f32[batch, 5, 6] along the batch");
    EXPECT_ERROR(index_by(v, "::0"), "cannot be 0");
    EXPECT_ERROR(index_by(v, "0 0"), "too many subscripts for f32[5]");
    EXPECT_ERROR(index_by(INTS(1), "4"), "outside the list");
    EXPECT_ERROR(index_by(value_int(3), "0"), "cannot be indexed");
}
END_TEST

/* Types alone do not tell a slice from another: what the nodes say. */
START_TEST(positions_are_right)
{
    const Value v = tensor("f32[5]");
    const Node *slice = index_by(v, "4:-100:-2").node;
    ck_assert_int_eq(slice->op, OP_slice);
    ck_assert_int_eq(slice->attr.start[0], 4);
    ck_assert_int_eq(slice->attr.step[0], -2);
    slice = index_by(v, "-4:-1:1").node;
    ck_assert_int_eq(slice->attr.start[0], 1);
    ck_assert_int_eq(slice->type.dims[0].size, 3);
    slice = CALL("flip", v).node;
    ck_assert_int_eq(slice->attr.start[0], 4);
    ck_assert_int_eq(slice->attr.step[0], -1);
    slice = CALL("split", v, value_int(2)).items->data[1].node;
    ck_assert_int_eq(slice->attr.start[0], 2);
    const Node *pad = CALL("pad _ _ value", v, INTS(3, 1), value_int(9)).node;
    ck_assert_int_eq(pad->attr.start[0], 3);
    ck_assert(scalar_as_double(pad->attr.value) == 9);
}
END_TEST

START_TEST(products_sum_over_the_inner_axis)
{
    const Node *n = op(OPER_MATMUL, tensor("f32[7, 2, 3]"), tensor("f32[3, 4]")).node;
    ck_assert_str_eq(n->attr.labels[0], "aij");
    ck_assert_str_eq(n->attr.labels[1], "jk");
    ck_assert_str_eq(n->attr.labels[2], "aik");
    n = op(OPER_MATMUL, tensor("f32[8, 1, 2, 3]"), tensor("f32[5, 3, 4]")).node;
    ck_assert_str_eq(n->attr.labels[0], "bij");
    ck_assert_str_eq(n->attr.labels[1], "ajk");
    ck_assert_str_eq(n->attr.labels[2], "baik");
}
END_TEST

START_TEST(literals_keep_their_numbers)
{
    const Value list = pair(INTS(1, 2), pair(value_int(3), value_float(4.5)));
    const Node *n = value_to_tensor(e, &list, loc);
    ck_assert_str_eq(type_text(arena, &n->type), "f32[2, 2]");
    ck_assert(n->attr.elements[2].f == 3 && n->attr.elements[3].f == 4.5);
    n = CALL("linspace", value_int(0), value_int(1), value_int(5)).node;
    ck_assert(n->attr.elements[1].f == 0.25 && n->attr.elements[4].f == 1);
    n = CALL("arange", value_int(0), value_float(1), value_float(0.25)).node;
    ck_assert(n->attr.elements[3].f == 0.75);
    const Value wide = value_int(INT64_MAX);
    ck_assert_ptr_null(value_to_dtype(e, &wide, DT_I32, loc));
    ck_assert_ptr_nonnull(strstr(messages(), "does not fit into i32"));
    const Value half = value_float(0.5);
    ck_assert_ptr_null(value_to_dtype(e, &half, DT_I32, loc));
    ck_assert_ptr_nonnull(strstr(messages(), "i32(...)"));
    ck_assert_int_eq(value_to_dtype(e, &half, DT_F64, loc)->type.dtype, DT_F64);
}
END_TEST

/* ---- the table ---- */

enum { KIND_COUNT = 19 };

/* A value of each kind, and of those that functions tell apart. */
static const Value *all_kinds(void)
{
    Value *kinds = arena_array(arena, Value, KIND_COUNT);
    const Value list[KIND_COUNT] = {value_none(),
                                    value_int(-7),
                                    value_int(0),
                                    value_int(INT64_MAX),
                                    value_float(0.5),
                                    value_bool(true),
                                    value_string("text", 4),
                                    {.kind = VALUE_DTYPE, .dtype = DT_I32},
                                    host(),
                                    batch(),
                                    tensor("f32"),
                                    tensor("f32[batch, 3]"),
                                    tensor("i32[2, 0]"),
                                    tensor("bool[3]"),
                                    INTS(1, 0),
                                    value_list(e, NULL, 0),
                                    pair(tensor("f32[3]"), value_string("a", 1)),
                                    {.kind = VALUE_RANGE, .integer2 = 3},
                                    {.kind = VALUE_SLICE}};
    memcpy(kinds, list, sizeof list);
    return kinds;
}

static void call_with_all_kinds(const Builtin *builtin)
{
    const Value *kinds = all_kinds();
    const Arg written[4] = {{0}};
    for (int i = 0; i < KIND_COUNT * KIND_COUNT; i++) {
        const Value args[4] = {kinds[i / KIND_COUNT], kinds[i % KIND_COUNT],
                               kinds[(i * 7 + 3) % KIND_COUNT], kinds[(i * 5) % KIND_COUNT]};
        for (int count = 0; count <= 4; count++) {
            const Value v = builtin_call(e, builtin, args, written, count, loc);
            const bool failed = diag_error_count(diag) > 0;
            const char *said = messages();
            ck_assert_msg(failed == (v.kind == VALUE_ERROR), "%s: %s", builtin->name, said);
        }
    }
}

/* No call may crash, or fail without a word, whatever its arguments are. */
START_TEST(every_builtin_survives_every_argument)
{
    int count;
    const Builtin *all = builtin_table(&count);
    for (int i = 0; i < count; i++) {
        call_with_all_kinds(&all[i]);
        tear_down();
        set_up();
    }
}
END_TEST

START_TEST(operators_survive_every_pair)
{
    const Value *kinds = all_kinds();
    for (int i = 0; i < KIND_COUNT * KIND_COUNT * OPER_NEG; i++) {
        const Operator o = (Operator)(i % OPER_NEG);
        const Value v = op(o, kinds[i / OPER_NEG % KIND_COUNT], kinds[i / OPER_NEG / KIND_COUNT]);
        const bool failed = diag_error_count(diag) > 0;
        const char *said = messages();
        ck_assert_msg(failed == (v.kind == VALUE_ERROR), "%s: %s", operator_text[o], said);
    }
}
END_TEST

START_TEST(errors_pass_in_silence)
{
    EXPECT_TYPE(op(OPER_ADD, value_error(), tensor("f32[3]")), "error: ");
    EXPECT_TYPE(CALL("exp", value_error()), "error: ");
    EXPECT_TYPE(CALL("concat", pair(value_error(), tensor("f32[3]"))), "error: ");
    EXPECT_TYPE(index_by(value_error(), "0"), "error: ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builtins");
    TCase *tests = tcase_create("builtins");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    TTest const *const all[] = {integers_fold,
                                integers_overflow,
                                things_compare,
                                batch_is_a_dimension,
                                functions_of_numbers_fold,
                                host_values_stay_on_the_host,
                                dtypes_promote_as_in_pytorch,
                                shapes_broadcast,
                                lists_become_tensors,
                                products,
                                creation,
                                random_calls_have_keys_of_their_own,
                                initialisers,
                                labels,
                                asking,
                                reductions,
                                mean_counts_the_real_samples,
                                shapes_change,
                                tensors_join,
                                where_chooses,
                                gradients,
                                indexing,
                                positions_are_right,
                                products_sum_over_the_inner_axis,
                                literals_keep_their_numbers,
                                every_builtin_survives_every_argument,
                                operators_survive_every_pair,
                                errors_pass_in_silence};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tcase_add_test(tests, all[i]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
