/* check_grad.c -- derivatives against central differences in f64, first and second order.
 *
 * The main test walks ops.def: each operation with a derivative is applied to values away from its
 * kinks, over several shapes, in a batch of three samples and of one.  With w a fixed weight
 * for each element, what is differentiated is
 *
 *     y = sum(w op(x...))    z = sum over k of sum(v_k dy/dx_k)
 *
 * A new elementwise or reducing row is tested without being asked; a new view needs a recipe here.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ir/scan.h"
#include "passes/grad_rules.h"
#include "passes/pass.h"
#include "tests/interp.h"

enum { MOST_INPUTS = 4 };

static const Loc nowhere;

/* A function of some inputs, being built and tried. */
typedef struct Trial {
    Arena *arena;
    Model *model;
    Graph *graph;
    uint64_t random;
    bool positive; /* values are above zero */
    Node *inputs[MOST_INPUTS];
    int input_count;
} Trial;

static Trial trial_new(void)
{
    Trial t = {.arena = arena_new(), .random = 1};
    t.model = model_new(t.arena, "test", NULL);
    t.graph = graph_new(t.model, "test");
    return t;
}

/* In [0, 1). */
static double trial_random(Trial *t)
{
    t->random = t->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ldexp((double)(t->random >> 11), -53);
}

static Type type_of(const char *text)
{
    Type type;
    const char *end = type_read(text, &type);
    ck_assert_msg(end && *end == '\0', "cannot read the type '%s'", text);
    return type;
}

static Node *trial_input(Trial *t, const Type *type)
{
    ck_assert_int_lt(t->input_count, MOST_INPUTS);
    const char *name = arena_printf(t->arena, "x%d", t->input_count);
    const int slot = model_add_var(t->model, VAR_INPUT, name, type, nowhere);
    return t->inputs[t->input_count++] = graph_slot(t->graph, OP_input, slot);
}

/* At least 0.1 from every integer and every half: where floor, round and abs have their kinks. */
static double smooth_value(Trial *t)
{
    const double whole = floor(4 * trial_random(t)) - (t->positive ? 0 : 2);
    const double half = trial_random(t) < 0.5 ? 0 : 0.5;
    return whole + half + 0.1 + 0.3 * trial_random(t);
}

static Interp trial_interp(Trial *t, int64_t batch)
{
    Interp in = interp_new(t->model, batch);
    in.exact = true;
    for (int k = 0; k < t->input_count; k++) {
        double *x = interp_var(&in, t->inputs[k]->attr.slot);
        for (int64_t i = 0; i < interp_count(&in, &t->inputs[k]->type); i++)
            x[i] = smooth_value(t);
    }
    return in;
}

/* A scalar from any tensor: its elements weighted, no two alike, and summed. */
static Node *weigh(Graph *g, Node *x)
{
    int axes[MAX_RANK];
    Node *weight = graph_number(g, 0.75, &x->type);
    for (int k = 0; k < x->type.rank; k++) {
        Node *turn = graph_iota(g, &weight->type, k);
        Node *scaled = graph_binary(g, OP_mul, turn, graph_number(g, 0.3 + 0.2 * k, &x->type));
        weight = graph_binary(g, OP_add, weight, scaled);
        axes[k] = k;
    }
    Node *sum = graph_reduce(g, OP_sum, graph_binary(g, OP_mul, x, weight), axes, x->type.rank);
    const Type scalar = type_scalar(x->type.dtype);
    return x->type.rank ? graph_reshape(g, sum, &scalar) : sum;
}

/* ---- comparing ---- */

static double value_at(Interp *in, const Graph *g, const char *name)
{
    double **values = interp_run(in, g);
    for (int i = 0; i < g->results.count; i++)
        if (strcmp(g->results.data[i].name, name) == 0)
            return values[g->results.data[i].node->id][0];
    ck_abort_msg("no result '%s'", name);
}

static double difference(Interp *in, const Graph *g, const char *of, double *x)
{
    const double here = *x, h = 1e-5 * fmax(1, fabs(here));
    *x = here + h;
    const double after = value_at(in, g, of);
    *x = here - h;
    const double before = value_at(in, g, of);
    *x = here;
    return (after - before) / (2 * h);
}

static const Result *result_named(const Graph *g, const char *name)
{
    for (int i = 0; i < g->results.count; i++)
        if (strcmp(g->results.data[i].name, name) == 0)
            return &g->results.data[i];
    ck_abort_msg("no result '%s'", name);
}

/* d(of)/d(input k), as the graph has it under the given name, against differences. */
static void compare(Trial *t, Interp *in, const char *of, int k, const char *name, const char *what)
{
    const Result *result = result_named(t->graph, name);
    double *x = interp_var(in, t->inputs[k]->attr.slot);
    const int64_t count = interp_count(in, &t->inputs[k]->type);
    double *have = arena_array(t->arena, double, count);
    memcpy(have, interp_run(in, t->graph)[result->node->id], (size_t)count * sizeof *have);
    for (int64_t i = 0; i < count; i++) {
        const double want = difference(in, t->graph, of, &x[i]);
        ck_assert_msg(fabs(have[i] - want) <= 1e-6 * fabs(want) + 1e-8,
                      "%s, batch %d: d%s/dx%d[%d] is %.12g, differences give %.12g", what,
                      (int)in->batch, of, k, (int)i, have[i], want);
    }
}

/* Results y, z and their gradients; the pass; the comparison. */
static void trial_check(Trial *t, Node *output, const char *what)
{
    Graph *g = t->graph;
    Node *y = weigh(g, output), *z = graph_number(g, 0, &y->type);
    for (int k = 0; k < t->input_count; k++) {
        Node *d = graph_grad(g, y, t->inputs[k]);
        z = graph_binary(g, OP_add, z, weigh(g, d));
        graph_result(g, RESULT_VALUE, 0, arena_printf(t->arena, "dy%d", k), d, nowhere);
    }
    for (int k = 0; k < t->input_count; k++)
        graph_result(g, RESULT_VALUE, 0, arena_printf(t->arena, "dz%d", k),
                     graph_grad(g, z, t->inputs[k]), nowhere);
    graph_result(g, RESULT_VALUE, 0, "y", y, nowhere);
    graph_result(g, RESULT_VALUE, 0, "z", z, nowhere);
    pass_grad(g);
    const char *why = graph_verify(g);
    ck_assert_msg(!why, "%s: %s", what, why);
    for (int64_t batch = 3; batch > 0; batch -= 2) {
        Interp in = trial_interp(t, batch);
        for (int k = 0; k < t->input_count; k++) {
            compare(t, &in, "y", k, arena_printf(t->arena, "dy%d", k), what);
            compare(t, &in, "z", k, arena_printf(t->arena, "dz%d", k), what);
        }
    }
    arena_free(t->arena);
}

/* ---- elementwise ---- */

static bool wants_positive(Op op)
{
    return op == OP_log || op == OP_log2 || op == OP_log10 || op == OP_log1p || op == OP_sqrt ||
           op == OP_rsqrt || op == OP_pow;
}

/* Twice, for a cast to the dtype that it has is no node. */
static Node *apply_cast(Trial *t, Node *x)
{
    return graph_cast(t->graph, graph_cast(t->graph, x, DT_F32), DT_F64);
}

static Node *apply_ewise(Trial *t, Op op, const Type *type)
{
    Node *x[3] = {NULL};
    for (int k = op == OP_where ? 1 : 0; k < op_info[op].arity; k++)
        x[k] = trial_input(t, type);
    if (op == OP_where)
        x[0] =
            graph_binary(t->graph, OP_lt, trial_input(t, type), graph_number(t->graph, 0.5, type));
    return op == OP_cast ? apply_cast(t, x[0])
                         : graph_add(t->graph, op, x, op_info[op].arity, NULL, NULL);
}

static void check_ewise(Op op)
{
    static const char *const shapes[] = {"f64",       "f64[1]",        "f64[7]",
                                         "f64[3, 5]", "f64[batch, 2]", "f64[2, 3*batch]"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        Trial t = trial_new();
        const Type type = type_of(shapes[i]);
        t.positive = wants_positive(op);
        trial_check(&t, apply_ewise(&t, op, &type),
                    arena_printf(t.arena, "%s of %s", op_info[op].name, shapes[i]));
    }
}

/* ---- reductions ---- */

typedef struct ReduceCase {
    const char *type;
    int axes[MAX_RANK], count;
} ReduceCase;

static void check_reduce(Op op)
{
    static const ReduceCase cases[] = {
        {"f64[7]", {0}, 1},
        {"f64[1]", {0}, 1},
        {"f64[3, 5]", {1}, 1},
        {"f64[3, 5]", {0, 1}, 2},
        {"f64[batch, 4]", {0}, 1},
        {"f64[batch, 4]", {1}, 1},
        {"f64[2, batch, 3]", {0, 1}, 2},
        {"f64[2, 3, 2]", {0, 2}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Trial t = trial_new();
        const Type type = type_of(cases[i].type);
        Node *x = trial_input(&t, &type);
        trial_check(
            &t, graph_reduce(t.graph, op, x, cases[i].axes, cases[i].count),
            arena_printf(t.arena, "%s of %s, case %d", op_info[op].name, cases[i].type, (int)i));
    }
}

/* ---- products ---- */

typedef struct ContractCase {
    const char *a, *b, *labels[3];
} ContractCase;

static void check_contract(Op op)
{
    static const ContractCase cases[] = {
        {"f64[2, 3]", "f64[3, 4]", {"ik", "kj", "ij"}},
        {"f64[batch, 3]", "f64[2, 3]", {"bi", "oi", "bo"}},
        {"f64[batch, 3]", "f64[batch, 2]", {"bi", "bo", "io"}},
        {"f64[batch, 2, 3]", "f64[batch, 3, 2]", {"bik", "bkj", "bij"}},
        {"f64[5]", "f64[5]", {"i", "i", ""}},
        {"f64[2]", "f64[3]", {"i", "j", "ji"}},
        {"f64", "f64[3]", {"", "i", "i"}},
        {"f64", "f64", {"", "", ""}},
        {"f64[2, 3]", "f64[4, 3]", {"si", "ti", "i"}}, /* s and t are summed in one alone */
        {"f64[batch, 3, 2]", "f64[3]", {"bks", "k", ""}},
        {"f64[1, 3]", "f64[3, 1]", {"ik", "kj", "ij"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ContractCase *c = &cases[i];
        Trial t = trial_new();
        const Type a = type_of(c->a), b = type_of(c->b);
        Node *x = trial_input(&t, &a), *y = trial_input(&t, &b);
        Node *product = graph_contract(t.graph, x, y, c->labels[0], c->labels[1], c->labels[2]);
        ck_assert_int_eq(product->op, op);
        trial_check(&t, product,
                    arena_printf(t.arena, "%s,%s->%s", c->labels[0], c->labels[1], c->labels[2]));
    }
}

/* ---- views ---- */

typedef struct ViewCase {
    Op op;
    const char *from, *to;
    int axes[MAX_RANK];
    int64_t start[MAX_RANK], step[MAX_RANK];
} ViewCase;

static const ViewCase view_cases[] = {
    {OP_reshape, "f64[2, 3]", "f64[6]", {0}, {0}, {0}},
    {OP_reshape, "f64[batch, 2, 3]", "f64[2*batch, 3]", {0}, {0}, {0}},
    {OP_reshape, "f64[1]", "f64", {0}, {0}, {0}},
    {OP_permute, "f64[2, 3, 4]", "f64[4, 2, 3]", {2, 0, 1}, {0}, {0}},
    {OP_permute, "f64[batch, 3]", "f64[3, batch]", {1, 0}, {0}, {0}},
    {OP_expand, "f64[1, 3]", "f64[batch, 3]", {0}, {0}, {0}},
    {OP_expand, "f64[1, 1]", "f64[2, 5]", {0}, {0}, {0}},
    {OP_expand, "f64[batch, 1]", "f64[batch, 4]", {0}, {0}, {0}},
    {OP_slice, "f64[7]", "f64[3]", {0}, {1}, {2}},
    {OP_slice, "f64[5, 3]", "f64[2, 3]", {0}, {4, 2}, {-3, -1}},
    {OP_slice, "f64[batch, 4]", "f64[batch, 2]", {0}, {0, 1}, {1, 1}},
    {OP_pad, "f64[3]", "f64[7]", {0}, {1}, {2}},
    {OP_pad, "f64[2, 2]", "f64[4, 2]", {0}, {3, 0}, {-2, 1}},
    {OP_pad, "f64[batch, 2]", "f64[batch, 5]", {0}, {0, 2}, {1, 1}},
    {OP_concat, "f64[2, 3]", "f64[2, 3]", {1}, {0}, {0}},
    {OP_concat, "f64[batch, 2]", "f64[batch, 2]", {1}, {0}, {0}},
    {OP_concat, "f64[1]", "f64[1]", {0}, {0}, {0}},
    {OP_window, "f64[7]", "f64[3, 3]", {0}, {0}, {2, 1}},
    {OP_window, "f64[batch, 8]", "f64[batch, 2, 3]", {1}, {0}, {1, 3}},
    {OP_window, "f64[2, 6, batch]", "f64[2, 2, 2, batch]", {1}, {0}, {3, 2}},
    {OP_window, "f64[1]", "f64[1, 1]", {0}, {0}, {1, 1}},
    {OP_fold, "f64[3, 3]", "f64[7]", {0}, {0}, {2, 1}},
    {OP_fold, "f64[batch, 2, 3]", "f64[batch, 9]", {1}, {0}, {1, 3}},
    {OP_fold, "f64[2, 2, 2, batch]", "f64[2, 6, batch]", {1}, {0}, {3, 2}},
    {OP_fold, "f64[1, 1]", "f64[1]", {0}, {0}, {1, 1}},
};

static Node *apply_view(Trial *t, const ViewCase *c)
{
    const Type from = type_of(c->from), to = type_of(c->to);
    Node *x = trial_input(t, &from);
    switch (c->op) {
    case OP_reshape:
        return graph_reshape(t->graph, x, &to);
    case OP_permute:
        return graph_permute(t->graph, x, c->axes);
    case OP_expand:
        return graph_expand(t->graph, x, &to);
    case OP_slice:
        return graph_slice(t->graph, x, c->start, c->step, &to);
    case OP_pad:
        return graph_pad(t->graph, x, c->start, c->step, scalar_float(DT_F64, 2), &to);
    case OP_window:
    case OP_fold: {
        const Type *spread = c->op == OP_window ? &to : &from;
        const int axis = c->axes[0];
        const Window w = {axis, spread->dims[axis].size, spread->dims[axis + 1].size, c->step[0],
                          c->step[1]};
        return c->op == OP_window ? graph_window(t->graph, x, &w)
                                  : graph_fold(t->graph, x, &w, to.dims[axis].size);
    }
    default: /* one of the operands twice */
        return graph_concat(t->graph, (Node *[]){x, trial_input(t, &to), x}, 3, c->axes[0]);
    }
}

static void check_view(Op op)
{
    int tried = 0;
    for (size_t i = 0; i < sizeof view_cases / sizeof *view_cases; i++) {
        if (view_cases[i].op != op)
            continue;
        Trial t = trial_new();
        trial_check(&t, apply_view(&t, &view_cases[i]),
                    arena_printf(t.arena, "%s of %s", op_info[op].name, view_cases[i].from));
        tried++;
    }
    ck_assert_msg(tried > 0, "no recipe to test the derivative of %s: add one to view_cases",
                  op_info[op].name);
}

/* ---- places given by integers ---- */

typedef struct IndexCase {
    const char *from, *index;
    int axis;
    const char *labels[3];
    int64_t elements[6]; /* of the index */
} IndexCase;

static const IndexCase index_cases[] = {
    {"f64[5, 3]", "i64[4]", 0, {"rc", "i", "ic"}, {4, 0, 0, -1}}, /* rows, one of them twice */
    {"f64[5, 3]", "i32[2, 2]", 0, {"rc", "ij", "icj"}, {1, 2, -5, 4}},
    {"f64[3, 4]", "i64[3]", 1, {"rc", "r", "r"}, {2, 0, -4}}, /* one of each row */
    {"f64[2, 3]", "i64[2, 2]", 1, {"rc", "rk", "rk"}, {0, 0, 2, 1}},
    {"f64[batch, 4]", "i64", 1, {"bt", "", "b"}, {3}},
    {"f64[batch, 2, 3]", "u8[2]", 2, {"bij", "k", "kbi"}, {1, 1}},
    {"f64[1]", "i64[1]", 0, {"r", "i", "i"}, {0}},
};

/* gather, or scatter from what the gather gives. */
static void check_index(Op op)
{
    for (size_t i = 0; i < sizeof index_cases / sizeof *index_cases; i++) {
        const IndexCase *c = &index_cases[i];
        Trial t = trial_new();
        const Type from = type_of(c->from), type = type_of(c->index);
        Scalar elements[6];
        for (int k = 0; k < 6; k++)
            elements[k] = scalar_int(type.dtype, c->elements[k]);
        Node *index = graph_literal(t.graph, elements, &type), *x = trial_input(&t, &from);
        Node *y =
            graph_gather(t.graph, x, index, c->axis, c->labels[0], c->labels[1], c->labels[2]);
        if (op == OP_scatter)
            y = graph_scatter(t.graph, trial_input(&t, &y->type), index, &y->attr, &from);
        ck_assert_int_eq(y->op, op);
        trial_check(&t, y, arena_printf(t.arena, "%s of %s", op_info[op].name, c->from));
    }
}

/* ---- running totals ---- */

static void check_running(Op op)
{
    static const ReduceCase cases[] = {
        {"f64[7]", {0}, 1}, {"f64[batch, 4]", {1}, 1}, {"f64[3, 2, batch]", {0}, 1}};
    for (size_t i = 0; i < 4 * (sizeof cases / sizeof *cases); i++) {
        const ReduceCase *c = &cases[i / 4];
        Trial t = trial_new();
        const Type type = type_of(c->type);
        Node *x = trial_input(&t, &type);
        trial_check(&t, graph_running(t.graph, op, x, c->axes[0], i & 1, i & 2),
                    arena_printf(t.arena, "%s of %s, case %d", op_info[op].name, c->type, (int)i));
    }
}

/* ---- loops ---- */

/* h = tanh(x[:, t] w + h u), of which all h and the last one are taken. */
static Node *plain_recurrence(Trial *t, bool backward)
{
    Graph *g = t->graph;
    const Type state = type_of("f64[batch, 2]"), sequence = type_of("f64[batch, 3, 4]");
    const Type wide = type_of("f64[4, 2]"), square = type_of("f64[2, 2]");
    Node *x = trial_input(t, &sequence), *w = trial_input(t, &wide);
    Node *u = trial_input(t, &square), *first = trial_input(t, &state);
    Node *scan = scan_begin(g, &first, 1, 3);
    Graph *body = scan->attr.scan->body;
    scan->attr.scan->backward = backward;
    Node *sum = graph_binary(body, OP_add,
                             graph_contract(body, scan_sequence(scan, x, 1), w, "bi", "ij", "bj"),
                             graph_contract(body, scan_arg(scan, 0), u, "bi", "ij", "bj"));
    Node *h = graph_unary(body, OP_tanh,
                          graph_binary(body, OP_mul, sum, graph_number(body, 0.1, &sum->type)));
    scan_next(scan, h, "h");
    const int all = scan_yield(scan, h, 1, "all");
    scan_end(g, scan);
    Node *stack = scan_out(scan, all), *last = scan_out(scan, 0);
    const Type one = type_of("f64[batch, 1, 2]");
    return graph_binary(g, OP_mul, stack,
                        graph_expand(g, graph_reshape(g, last, &one), &stack->type));
}

/* Two carries, of which one counts turns; the whole of v in each turn, not as a product; a yield in
 * front; the number of the turn. */
static Node *mixed_recurrence(Trial *t)
{
    Graph *g = t->graph;
    const Type vector = type_of("f64[3]"), rows = type_of("f64[4, 3]"), i64 = type_of("i64");
    Node *x = trial_input(t, &rows), *v = trial_input(t, &vector);
    Node *first[2] = {trial_input(t, &vector), graph_number(g, 1, &i64)};
    Node *scan = scan_begin(g, first, 2, 4);
    Graph *body = scan->attr.scan->body;
    Node *h = scan_arg(scan, 0), *count = scan_arg(scan, 1);
    Node *turn = graph_binary(body, OP_add, count, scan_turn(scan));
    Node *scale = graph_scalar_like(body, graph_cast(body, turn, DT_F64), &vector);
    Node *moved = graph_binary(body, OP_mul, h, graph_unary(body, OP_sin, v));
    Node *next = graph_binary(body, OP_add, moved,
                              graph_binary(body, OP_mul, scan_sequence(scan, x, 0), scale));
    scan_next(scan, next, "h");
    scan_next(scan, graph_binary(body, OP_add, count, graph_number(body, 1, &i64)), "count");
    const int all = scan_yield(scan, graph_binary(body, OP_mul, moved, h), 0, "all");
    scan_end(g, scan);
    return graph_binary(g, OP_add, scan_out(scan, all),
                        graph_broadcast(g, scan_out(scan, 0), &rows));
}

/* Over the rows of x, in each over its elements; the inner loop carries on where the last row
 * ended. */
static Node *nested_recurrence(Trial *t)
{
    Graph *g = t->graph;
    const Type rows = type_of("f64[2, 3]"), scalar = type_of("f64");
    Node *x = trial_input(t, &rows), *w = trial_input(t, &scalar), *first = trial_input(t, &scalar);
    Node *outer = scan_begin(g, &first, 1, 2);
    Graph *body = outer->attr.scan->body;
    Node *row = scan_sequence(outer, x, 0), *begin = scan_arg(outer, 0);
    Node *inner = scan_begin(body, &begin, 1, 3);
    Graph *deep = inner->attr.scan->body;
    Node *h = graph_binary(deep, OP_add, graph_binary(deep, OP_mul, scan_arg(inner, 0), w),
                           graph_unary(deep, OP_sin, scan_sequence(inner, row, 0)));
    scan_next(inner, h, "h");
    scan_yield(inner, graph_binary(deep, OP_mul, h, h), 0, "all");
    scan_end(body, inner);
    scan_next(outer, scan_out(inner, 0), "h");
    const int all = scan_yield(outer, scan_out(inner, 1), 0, "all");
    scan_end(g, outer);
    return graph_binary(g, OP_add, scan_out(outer, all),
                        graph_broadcast(g, scan_out(outer, 0), &rows));
}

static void check_loop(void)
{
    for (int kind = 0; kind < 4; kind++) {
        Trial t = trial_new();
        Node *y = kind < 2    ? plain_recurrence(&t, kind == 1)
                  : kind == 2 ? mixed_recurrence(&t)
                              : nested_recurrence(&t);
        trial_check(&t, y, arena_printf(t.arena, "scan %d", kind));
    }
}

START_TEST(test_every_op)
{
    const Op op = (Op)_i;
    ck_assert_msg(interp_has(op) || op_info[op].class == CLASS_META,
                  "tests/interp.c has no value for %s", op_info[op].name);
    if (!grad_exists(op))
        return;
    switch (op_info[op].class) {
    case CLASS_EWISE:
        check_ewise(op);
        break;
    case CLASS_VIEW:
        check_view(op);
        break;
    case CLASS_REDUCE:
        if (op == OP_fold)
            check_view(op);
        else
            check_reduce(op);
        break;
    case CLASS_CONTRACT:
        check_contract(op);
        break;
    case CLASS_INDEX:
        check_index(op);
        break;
    case CLASS_RUNNING:
        check_running(op);
        break;
    case CLASS_LOOP:
        check_loop();
        break;
    default:
        ck_abort_msg("%s has a derivative: it needs a test here", op_info[op].name);
    }
}
END_TEST

/* ---- whole functions ---- */

/* x - log(sum(exp(x))) along axis 1, with the maximum taken out. */
static Node *log_softmax(Graph *g, Node *x)
{
    const int axis = 1;
    Node *top = graph_unary(g, OP_detach, graph_reduce(g, OP_max, x, &axis, 1));
    Node *low = graph_binary(g, OP_sub, x, graph_expand(g, top, &x->type));
    Node *total = graph_reduce(g, OP_sum, graph_unary(g, OP_exp, low), &axis, 1);
    return graph_binary(g, OP_sub, low, graph_expand(g, graph_unary(g, OP_log, total), &x->type));
}

START_TEST(test_network)
{
    Trial t = trial_new();
    Graph *g = t.graph;
    const Type x_type = type_of("f64[batch, 3]"), w_type = type_of("f64[4, 3]"),
               bias_type = type_of("f64[4]");
    Node *x = trial_input(&t, &x_type), *w = trial_input(&t, &w_type);
    Node *bias = trial_input(&t, &bias_type);
    Node *h = graph_contract(g, x, w, "bi", "oi", "bo");
    h = graph_unary(g, OP_tanh, graph_binary(g, OP_add, h, graph_broadcast(g, bias, &h->type)));
    h = graph_contract(g, h, w, "bo", "oi", "bi"); /* the same weights again */
    trial_check(&t, log_softmax(g, h), "a network");
}
END_TEST

/* The gradient of f(x) = a scalar of one input, evaluated at x, `order` times over. */
static const double *derive(Trial *t, Node *y, int order, const double *x)
{
    Node *d = NULL;
    for (; order > 0; order--) {
        d = graph_grad(t->graph, y, t->inputs[0]);
        y = order > 1 ? weigh(t->graph, d) : d;
    }
    graph_result(t->graph, RESULT_VALUE, 0, "d", d, nowhere);
    pass_grad(t->graph);
    ck_assert_ptr_null(graph_verify(t->graph));
    Interp in = trial_interp(t, 1);
    memcpy(interp_var(&in, t->inputs[0]->attr.slot), x,
           (size_t)interp_count(&in, &t->inputs[0]->type) * sizeof *x);
    return interp_run(&in, t->graph)[t->graph->results.data[0].node->id];
}

static Trial trial_of(const char *type)
{
    Trial t = trial_new();
    const Type parsed = type_of(type);
    trial_input(&t, &parsed);
    return t;
}

static Node *sum_all(Graph *g, Node *x)
{
    return graph_sum_to(g, x, &(Type){.dtype = x->type.dtype});
}

static Node *number_like(const Trial *t, double value)
{
    return graph_number(t->graph, value, &t->inputs[0]->type);
}

static void assert_numbers(const double *have, const double *want, int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_msg(fabs(have[i] - want[i]) <= 1e-12, "element %d is %.17g, not %.17g", i,
                      have[i], want[i]);
}

/* At ties each candidate has its share; at 0, |x| is flat. */
START_TEST(test_kinks)
{
    const double x[] = {0, 1, 1, -1};
    Trial t = trial_of("f64[4]");
    Node *relu = graph_binary(t.graph, OP_maximum, t.inputs[0], number_like(&t, 0));
    assert_numbers(derive(&t, sum_all(t.graph, relu), 1, x), (double[]){0.5, 1, 1, 0}, 4);
    arena_free(t.arena);

    t = trial_of("f64[4]");
    relu = graph_binary(t.graph, OP_minimum, number_like(&t, 1), t.inputs[0]);
    assert_numbers(derive(&t, sum_all(t.graph, relu), 1, x), (double[]){1, 0.5, 0.5, 1}, 4);
    arena_free(t.arena);

    t = trial_of("f64[4]");
    Node *top = graph_reduce(t.graph, OP_max, t.inputs[0], (int[]){0}, 1);
    assert_numbers(derive(&t, sum_all(t.graph, top), 1, x), (double[]){0, 0.5, 0.5, 0}, 4);
    arena_free(t.arena);

    t = trial_of("f64[4]");
    Node *size = graph_unary(t.graph, OP_abs, t.inputs[0]);
    assert_numbers(derive(&t, sum_all(t.graph, size), 1, x), (double[]){0, 1, 1, -1}, 4);
    arena_free(t.arena);
}
END_TEST

/* d(prod)/dx_i is the product of the others, zeros or not, and so is the second derivative. */
START_TEST(test_product_with_zeros)
{
    static const double points[][3] = {{2, 3, 5}, {0, 3, 5}, {0, 0, 5}, {0, 0, 0}};
    for (int i = 0; i < 4; i++) {
        const double *x = points[i], w[] = {0.75, 1.05, 1.35}; /* as weigh() weighs */
        const double first[] = {x[1] * x[2], x[0] * x[2], x[0] * x[1]};
        const double second[] = {w[1] * x[2] + w[2] * x[1], w[0] * x[2] + w[2] * x[0],
                                 w[0] * x[1] + w[1] * x[0]};
        for (int order = 1; order <= 2; order++) {
            Trial t = trial_of("f64[3]");
            Node *y = graph_reduce(t.graph, OP_prod, t.inputs[0], (int[]){0}, 1);
            assert_numbers(derive(&t, sum_all(t.graph, y), order, x), order == 1 ? first : second,
                           3);
            arena_free(t.arena);
        }
    }
}
END_TEST

/* x ** c for constant c, at 0 too: no logarithm, no 0 * infinity. */
START_TEST(test_power_by_constant)
{
    static const double exponents[] = {0, 1, 2, 3};
    const double x[] = {0, -2, 1.5};
    for (int i = 0; i < 4; i++) {
        const double c = exponents[i];
        Trial t = trial_of("f64[3]");
        const Type one = type_of("f32[1]");
        Node *exponent = graph_cast(t.graph, graph_number(t.graph, c, &one), DT_F64);
        exponent =
            graph_expand(t.graph, exponent, &t.inputs[0]->type); /* as a front end may write */
        Node *y = graph_binary(t.graph, OP_pow, t.inputs[0], exponent);
        double want[3];
        for (int k = 0; k < 3; k++)
            want[k] = c == 0 ? 0 : c * pow(x[k], c - 1);
        assert_numbers(derive(&t, sum_all(t.graph, y), 1, x), want, 3);
        for (int k = 0; k < t.graph->nodes.count; k++)
            ck_assert_int_ne(t.graph->nodes.data[k]->op, OP_log);
        arena_free(t.arena);
    }
}
END_TEST

/* Exponents in a literal, and exponents that are themselves differentiated, at a base of zero. */
START_TEST(test_power_at_zero)
{
    const double exponents[] = {0, 2, 1};
    Scalar elements[3];
    for (int k = 0; k < 3; k++)
        elements[k] = scalar_float(DT_F64, exponents[k]);
    Trial t = trial_of("f64[3]");
    Node *literal = graph_literal(t.graph, elements, &t.inputs[0]->type);
    Node *y = graph_binary(t.graph, OP_pow, t.inputs[0], literal);
    const double zeros[] = {0, 0, 0};
    assert_numbers(derive(&t, sum_all(t.graph, y), 1, zeros), (double[]){0, 0, 1}, 3);
    arena_free(t.arena);

    t = trial_of("f64[3]");
    y = graph_binary(t.graph, OP_pow, number_like(&t, 0), t.inputs[0]);
    assert_numbers(derive(&t, sum_all(t.graph, y), 1, exponents), zeros, 3);
    arena_free(t.arena);
}
END_TEST

START_TEST(test_third_order)
{
    Trial t = trial_of("f64");
    Node *square = graph_binary(t.graph, OP_mul, t.inputs[0], t.inputs[0]);
    Node *y = graph_binary(t.graph, OP_mul, square, square); /* x^4 */
    const double weight = 0.75 * 0.75;                       /* of the scalars in between */
    assert_numbers(derive(&t, y, 3, (double[]){1.5}), (double[]){24 * 1.5 * weight}, 1);
    arena_free(t.arena);
}
END_TEST

/* ---- what is built, and what is not ---- */

static int count_op(const Graph *g, Op op)
{
    int count = 0;
    for (int i = 0; i < g->nodes.count; i++)
        count += g->nodes.data[i]->op == op;
    return count;
}

static bool is_zero_constant(const Node *n)
{
    return node_is_splat(n, 0);
}

/* Nothing flows through detach, integers, or where there is no path: zeros of the right type. */
START_TEST(test_no_path)
{
    Trial t = trial_of("f32[batch, 2]");
    Graph *g = t.graph;
    Node *x = t.inputs[0], *other = trial_input(&t, &x->type);
    Node *cut = graph_unary(g, OP_detach, graph_unary(g, OP_exp, x));
    Node *whole = graph_cast(g, graph_cast(g, x, DT_I32), DT_F32);
    Node *y = sum_all(g, graph_binary(g, OP_add, graph_binary(g, OP_mul, cut, whole), other));
    graph_result(g, RESULT_VALUE, 0, "y", y, nowhere);
    graph_result(g, RESULT_VALUE, 0, "dx", graph_grad(g, y, x), nowhere);
    ck_assert(pass_grad(g));
    ck_assert_ptr_null(graph_verify(g));
    ck_assert(is_zero_constant(g->results.data[1].node));
    ck_assert(type_equal(&g->results.data[1].node->type, &x->type));
    ck_assert_int_eq(count_op(g, OP_exp), 1);
    ck_assert(!pass_grad(g));
    arena_free(t.arena);
}
END_TEST

/* The branch of the input `data` costs much, and gets no backward nodes; both parameters' gradients
 * come from one backward pass; and each backward node says what it is the derivative of. */
START_TEST(test_no_more_than_needed)
{
    Trial t = trial_of("f64[3]");
    Graph *g = t.graph;
    Node *data = t.inputs[0], *p = trial_input(&t, &data->type), *q = trial_input(&t, &data->type);
    Node *branch = graph_unary(g, OP_sin, graph_unary(g, OP_exp, data));
    Node *root = graph_unary(g, OP_tanh, graph_binary(g, OP_mul, p, q));
    Node *y = sum_all(g, graph_binary(g, OP_mul, root, branch));
    graph_result(g, RESULT_VALUE, 0, "dp", graph_grad(g, y, p), nowhere);
    graph_result(g, RESULT_VALUE, 0, "dq", graph_grad(g, y, q), nowhere);
    graph_result(g, RESULT_VALUE, 0, "dq again", graph_grad(g, y, q), nowhere);
    pass_grad(g);
    ck_assert_int_eq(count_op(g, OP_cos), 0); /* of sin's derivative */
    ck_assert_int_eq(count_op(g, OP_sub), 1); /* of tanh's, once */
    ck_assert_ptr_eq(g->results.data[1].node, g->results.data[2].node);
    for (int i = 0; i < g->nodes.count; i++)
        ck_assert(g->nodes.data[i]->op != OP_sub || g->nodes.data[i]->grad_of == root);
    ck_assert_ptr_null(g->grad_of);
    arena_free(t.arena);
}
END_TEST

/* With respect to a value in the middle, and to y itself. */
START_TEST(test_intermediate)
{
    Trial t = trial_of("f64");
    Graph *g = t.graph;
    Node *middle = graph_unary(g, OP_exp, t.inputs[0]);
    Node *y = graph_binary(g, OP_mul, middle, middle);
    graph_result(g, RESULT_VALUE, 0, "dm", graph_grad(g, y, middle), nowhere);
    graph_result(g, RESULT_VALUE, 0, "dy", graph_grad(g, y, y), nowhere);
    graph_result(g, RESULT_VALUE, 0, "dx", graph_grad(g, y, t.inputs[0]), nowhere);
    pass_grad(g);
    ck_assert_ptr_null(graph_verify(g));
    Interp in = trial_interp(&t, 1);
    *interp_var(&in, t.inputs[0]->attr.slot) = 0.5;
    double **values = interp_run(&in, g);
    ck_assert_double_eq_tol(*values[g->results.data[0].node->id], 2 * exp(0.5), 1e-12);
    ck_assert_double_eq(*values[g->results.data[1].node->id], 1);
    ck_assert_double_eq_tol(*values[g->results.data[2].node->id], 2 * exp(1), 1e-12);
    arena_free(t.arena);
}
END_TEST

/* Depth costs no C stack, and length no more than its share. */
START_TEST(test_long_chain)
{
    enum { LENGTH = 100000 };
    Trial t = trial_of("f64");
    Node *y = t.inputs[0];
    for (int i = 0; i < LENGTH; i++)
        y = graph_unary(t.graph, OP_neg, y);
    const double one = 1;
    ck_assert_double_eq(*derive(&t, y, 1, &one), 1);
    ck_assert_int_lt(t.graph->nodes.count, 3 * LENGTH);
    arena_free(t.arena);
}
END_TEST

/* One y after the other, each with its own backward pass, each using the gradient before. */
START_TEST(test_many_gradients)
{
    enum { LENGTH = 2000 };
    Trial t = trial_of("f64");
    Graph *g = t.graph;
    Node *x = t.inputs[0], *sum = graph_number(g, 0, &x->type);
    for (int i = 0; i < LENGTH; i++) {
        Node *square = graph_binary(g, OP_mul, x, x);
        sum = graph_binary(g, OP_add, sum, graph_grad(g, square, x));
    }
    graph_result(g, RESULT_VALUE, 0, "sum", sum, nowhere);
    graph_result(g, RESULT_VALUE, 0, "d", graph_grad(g, sum, x), nowhere);
    pass_grad(g);
    ck_assert_ptr_null(graph_verify(g));
    Interp in = trial_interp(&t, 1);
    *interp_var(&in, x->attr.slot) = 3;
    double **values = interp_run(&in, g);
    ck_assert_double_eq(*values[g->results.data[0].node->id], 6.0 * LENGTH);
    ck_assert_double_eq(*values[g->results.data[1].node->id], 2.0 * LENGTH);
    arena_free(t.arena);
}
END_TEST

static Suite *grad_suite(void)
{
    Suite *suite = suite_create("grad");
    TCase *ops = tcase_create("every operation"), *whole = tcase_create("functions");
    tcase_add_loop_test(ops, test_every_op, 0, OP_COUNT);
    tcase_add_test(whole, test_network);
    tcase_add_test(whole, test_kinks);
    tcase_add_test(whole, test_product_with_zeros);
    tcase_add_test(whole, test_power_by_constant);
    tcase_add_test(whole, test_power_at_zero);
    tcase_add_test(whole, test_third_order);
    tcase_add_test(whole, test_no_path);
    tcase_add_test(whole, test_no_more_than_needed);
    tcase_add_test(whole, test_intermediate);
    tcase_add_test(whole, test_long_chain);
    tcase_add_test(whole, test_many_gradients);
    tcase_set_timeout(ops, 60);
    tcase_set_timeout(whole, 60);
    suite_add_tcase(suite, ops);
    suite_add_tcase(suite, whole);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(grad_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
