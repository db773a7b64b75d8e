/* check_codegen.c -- graphs to C that runs.
 *
 * Each test builds models with the IR's builders, lowers them, and runs the generated code: it is
 * compiled into a shared object and called here.  -O0 is the oracle of -O1: both sum in the same
 * order, so that without fused multiply-adds they agree bit for bit. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/kexpr.h"
#include "tests/compiled.h"

enum { BATCH_BOUND = 8 };

static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* ---- generated code that runs ---- */

typedef Compiled Built;

static Program *lower(Model *m, int level, BlasChoice blas, bool threads)
{
    return compiled_lower(arena, m, level, blas, threads);
}

static const char *print(const Program *p, BlasChoice blas)
{
    return compiled_print(arena, p, blas);
}

static Built build(Model *m, int level, BlasChoice blas, bool threads)
{
    return compiled_build(arena, m, level, blas, threads, false);
}

typedef struct Memory { /* what a run needs, and leaves */
    unsigned char *vars, *work;
    void *inputs[8];
} Memory;

/* Small numbers, halves and quarters: sums of them are exact. */
static double element_of(uint64_t seed, int64_t i)
{
    const uint64_t mixed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)i * 2654435761u;
    return (double)((int64_t)(mixed >> 33) % 33 - 16) / 4;
}

static void fill(void *bytes, const Type *type, uint64_t seed)
{
    int64_t count;
    ck_assert(type_count(type, BATCH_BOUND, &count));
    for (int64_t i = 0; i < count; i++) {
        const double x = element_of(seed, i);
        switch (type->dtype) {
        case DT_F32:
            ((float *)bytes)[i] = (float)x;
            break;
        case DT_F64:
            ((double *)bytes)[i] = x;
            break;
        case DT_I32:
            ((int32_t *)bytes)[i] = (int32_t)(x * 4);
            break;
        case DT_I64:
            ((int64_t *)bytes)[i] = (int64_t)(x * 4);
            break;
        default:
            ((unsigned char *)bytes)[i] = x > 0;
        }
    }
}

static Memory make_memory(const Program *p)
{
    const Model *m = p->model;
    Memory memory = {arena_alloc(arena, (size_t)p->vars_bytes + 64),
                     arena_alloc(arena, (size_t)p->work_bytes + 64),
                     {NULL}};
    int inputs = 0;
    for (int i = 0; i < m->vars.count; i++) {
        const Var *var = &m->vars.data[i];
        int64_t bytes;
        ck_assert(type_bytes(&var->type, BATCH_BOUND, &bytes));
        if (p->offsets[i] < 0)
            memory.inputs[inputs++] = arena_alloc(arena, (size_t)bytes);
        fill(p->offsets[i] < 0 ? memory.inputs[inputs - 1] : memory.vars + p->offsets[i],
             &var->type, (uint64_t)i);
    }
    memset(memory.work, 0xa5, (size_t)p->work_bytes); /* nothing may count on zeros */
    return memory;
}

static int run(const Built *b, int routine, Memory *memory, int64_t batch)
{
    static const double options[] = {0.25, 3.0};
    GrtRun r = {.vars = memory->vars,
                .work = memory->work,
                .inputs = memory->inputs,
                .options = options,
                .rng = {7, 3, 0}};
    r.counters[GRT_STEP] = 3;
    r.counters[GRT_BATCH] = (double)batch;
    return compiled_run(b, routine, &r);
}

static const float *value_of(const Built *b, int routine, const char *name, const Memory *memory)
{
    const Routine *r = b->program->routines.data[routine];
    for (int i = 0; i < r->values.count; i++)
        if (strcmp(r->values.data[i].name, name) == 0)
            return (const float *)(const void *)(memory->work + r->values.data[i].buffer->offset);
    ck_abort_msg("no value %s", name);
    return NULL;
}

/* ---- models ---- */

static Model *new_model(void)
{
    Model *m = model_new(arena, "test", source_new(arena, "test.dsl", "", 0));
    m->batch_bound = BATCH_BOUND;
    return m;
}

static Graph *new_entry(Model *m, EntryKind kind, const char *name)
{
    Graph *g = graph_new(m, name);
    const Entry entry = {.kind = kind, .graph = g, .every = 1};
    vec_push(arena, &m->entries, entry);
    return g;
}

static Type type_of(const char *text)
{
    Type type;
    ck_assert_ptr_nonnull(type_read(text, &type));
    return type;
}

static Node *slot(Graph *g, VarKind kind, const char *name, const char *type_name)
{
    static const Op ops[] = {
        [VAR_INPUT] = OP_input, [VAR_PARAM] = OP_param, [VAR_STATE] = OP_state};
    const Type type = type_of(type_name);
    int var = model_find_var(g->model, name);
    if (var < 0)
        var = model_add_var(g->model, kind, name, &type, (Loc){0});
    return graph_slot(g, ops[kind], var);
}

static void result(Graph *g, const char *name, Node *n)
{
    graph_result(g, RESULT_VALUE, 0, name, n, (Loc){0});
}

static void write_to(Graph *g, const char *var, Node *n)
{
    graph_result(g, RESULT_WRITE, model_find_var(g->model, var), NULL, n, (Loc){0});
}

/* ---- index expressions ---- */

START_TEST(test_index_simplifies)
{
    KExpr *i = kexpr_index(arena, "i", 31), *j = kexpr_index(arena, "j", 63);
    KExpr *c64 = kexpr_int(arena, 64), *flat = kexpr_add(arena, kexpr_mul(arena, i, c64), j);
    ck_assert(kexpr_equal(kexpr_div(arena, flat, c64), i));
    ck_assert(kexpr_equal(kexpr_mod(arena, flat, c64), j));
    ck_assert(kexpr_equal(kexpr_mul(arena, i, kexpr_int(arena, 1)), i));
    ck_assert(kexpr_is_int(kexpr_mul(arena, i, kexpr_int(arena, 0)), 0));
    ck_assert(kexpr_equal(kexpr_div(arena, flat, kexpr_int(arena, 16)),
                          kexpr_add(arena, kexpr_mul(arena, i, kexpr_int(arena, 4)),
                                    kexpr_div(arena, j, kexpr_int(arena, 16)))));
    KExpr *far = kexpr_mul(arena, i, kexpr_int(arena, 1024)), *c8 = kexpr_int(arena, 8);
    KExpr *apart = kexpr_mul(arena, kexpr_div(arena, j, c8), c8);
    ck_assert(kexpr_equal(kexpr_add(arena, kexpr_add(arena, far, apart), kexpr_mod(arena, j, c8)),
                          kexpr_add(arena, far, j)));
    ck_assert_int_eq(flat->low, 0);
    ck_assert_int_eq(flat->high, 31 * 64 + 63);
    ck_assert(kexpr_is_int(kexpr_lt(arena, j, c64), 1));
    ck_assert(!kexpr_is_int(kexpr_lt(arena, j, kexpr_int(arena, 63)), 1));
}
END_TEST

START_TEST(test_index_factor)
{
    KExpr *i = kexpr_index(arena, "i", 9), *j = kexpr_index(arena, "j", 9);
    KExpr *x = kexpr_sub(arena,
                         kexpr_add(arena, kexpr_mul(arena, i, kexpr_int(arena, 30)),
                                   kexpr_mul(arena, j, kexpr_int(arena, 2))),
                         j);
    int64_t factor;
    ck_assert(kexpr_factor(x, "i", &factor));
    ck_assert_int_eq(factor, 30);
    ck_assert(kexpr_factor(x, "j", &factor));
    ck_assert_int_eq(factor, 1);
    ck_assert(!kexpr_factor(kexpr_div(arena, i, kexpr_int(arena, 3)), "i", &factor));
    ck_assert(!kexpr_factor(kexpr_mul(arena, i, j), "i", &factor));
}
END_TEST

/* ---- values known by hand ---- */

static void add_views(Graph *g)
{
    const int64_t back[] = {1, 2}, steps[] = {1, -2}, at[] = {0, 1}, by[] = {1, 2};
    Node *x = slot(g, VAR_PARAM, "x", "f32[2, 3]"); /* filled by the test: 0 1 2 3 4 5 */
    const Type one = type_of("f32[1, 2]"), wide = type_of("f32[2, 7]"), flat = type_of("f32[3, 2]");
    result(g, "slice", graph_slice(g, x, back, steps, &one));
    result(g, "pad", graph_pad(g, x, at, by, scalar_float(DT_F32, 9), &wide));
    result(g, "flat", graph_reshape(g, x, &flat));
    result(g, "turned", graph_permute(g, x, (int[]){1, 0}));
    result(g, "joined", graph_concat(g, (Node *[]){x, x}, 2, 0));
    result(g, "best", graph_cast(g, graph_reduce(g, OP_argmax, x, (int[]){1}, 1), DT_F32));
    result(g, "total", graph_reduce(g, OP_sum, x, (int[]){0}, 1));
}

START_TEST(test_views)
{
    static const struct Expected {
        const char *name;
        int count;
        float elements[14];
    } expected[] = {
        {"slice", 2, {5, 3}},
        {"pad", 14, {9, 0, 9, 1, 9, 2, 9, 9, 3, 9, 4, 9, 5, 9}},
        {"flat", 6, {0, 1, 2, 3, 4, 5}},
        {"turned", 6, {0, 3, 1, 4, 2, 5}},
        {"joined", 12, {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}},
        {"best", 2, {2, 2}},
        {"total", 3, {3, 5, 7}},
    };
    Model *m = new_model();
    add_views(new_entry(m, ENTRY_PREDICT, "predict"));
    const Built b = build(m, _i, BLAS_NONE, false);
    Memory memory = make_memory(b.program);
    for (int i = 0; i < 6; i++)
        ((float *)(void *)memory.vars)[i] = (float)i;
    ck_assert_int_eq(run(&b, 0, &memory, 1), GRT_OK);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const float *got = value_of(&b, 0, expected[i].name, &memory);
        for (int k = 0; k < expected[i].count; k++)
            ck_assert_msg(got[k] == expected[i].elements[k], "%s[%d] is %g", expected[i].name, k,
                          (double)got[k]);
    }
}
END_TEST

/* loss = sum of x over the real samples; w <- w - lr * x' 1; v <- w: both see the old w. */
static Model *new_training(void)
{
    Model *m = new_model();
    const Option lr = {.name = "lr", .value = 0.25};
    vec_push(arena, &m->options, lr);
    Graph *g = new_entry(m, ENTRY_TRAIN, "train");
    Node *x = slot(g, VAR_INPUT, "x", "f32[batch, 3]"), *w = slot(g, VAR_PARAM, "w", "f32[3]");
    slot(g, VAR_STATE, "v", "f32[3]");
    const Type row = type_of("f32[3]"), scalar = type_of("f32");
    Node *sums = graph_reshape(g, graph_reduce(g, OP_sum, x, (int[]){0}, 1), &row);
    Node *rate = graph_scalar_like(g, graph_option(g, 0), &row);
    Node *all = graph_reduce(g, OP_sum, x, (int[]){0, 1}, 2);
    result(g, "loss", graph_reshape(g, all, &scalar));
    write_to(g, "w", graph_binary(g, OP_sub, w, graph_binary(g, OP_mul, rate, sums)));
    write_to(g, "v", w);
    return m;
}

START_TEST(test_training_step)
{
    const Built b = build(new_training(), _i, BLAS_NONE, false);
    Memory memory = make_memory(b.program);
    float *x = memory.inputs[0], *w = (float *)(void *)(memory.vars + b.program->offsets[1]),
          *v = (float *)(void *)(memory.vars + b.program->offsets[2]);
    for (int i = 0; i < BATCH_BOUND * 3; i++)
        x[i] = i < 6 ? (float)i : NAN; /* two samples; the rest must not be read */
    for (int i = 0; i < 3; i++)
        w[i] = 10.0f + (float)i;
    ck_assert_int_eq(run(&b, 0, &memory, 2), GRT_OK);
    ck_assert(value_of(&b, 0, "loss", &memory)[0] == 15.0f);
    for (int i = 0; i < 3; i++) {
        ck_assert(w[i] == 10.0f + (float)i - 0.25f * (float)(2 * i + 3));
        ck_assert(v[i] == 10.0f + (float)i);
    }
}
END_TEST

START_TEST(test_loss_not_finite_changes_nothing)
{
    const Built b = build(new_training(), _i, BLAS_NONE, false);
    Memory memory = make_memory(b.program);
    ((float *)memory.inputs[0])[1] = INFINITY;
    unsigned char *before = arena_alloc(arena, (size_t)b.program->vars_bytes);
    memcpy(before, memory.vars, (size_t)b.program->vars_bytes);
    ck_assert_int_eq(run(&b, 0, &memory, 2), GRT_NOT_FINITE);
    ck_assert_int_eq(memcmp(before, memory.vars, (size_t)b.program->vars_bytes), 0);
}
END_TEST

/* a <- b, b <- a: a swap needs both old values. */
START_TEST(test_swap)
{
    Model *m = new_model();
    Graph *g = new_entry(m, ENTRY_INIT, "init");
    Node *a = slot(g, VAR_PARAM, "a", "f32[4]"), *b = slot(g, VAR_PARAM, "b", "f32[4]");
    write_to(g, "a", b);
    write_to(g, "b", a);
    const Built built = build(m, _i, BLAS_NONE, false);
    Memory memory = make_memory(built.program);
    float *vars = (float *)(void *)memory.vars, old_a[4], old_b[4];
    memcpy(old_a, vars, sizeof old_a);
    memcpy(old_b, memory.vars + built.program->offsets[1], sizeof old_b);
    ck_assert_int_ne(memcmp(old_a, old_b, sizeof old_a), 0);
    ck_assert_int_eq(run(&built, 0, &memory, 1), GRT_OK);
    ck_assert_int_eq(memcmp(vars, old_b, sizeof old_b), 0);
    ck_assert_int_eq(memcmp(memory.vars + built.program->offsets[1], old_a, sizeof old_a), 0);
}
END_TEST

/* ---- random graphs ---- */

typedef struct Picker { /* values of one graph, by shape: rows[batch, 6], square[6, 6], line[6] */
    Graph *g;
    uint64_t state;
    NodeVec rows, squares;
} Picker;

static int pick(Picker *p, int count)
{
    p->state = p->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((p->state >> 33) % (uint64_t)count);
}

static Node *any(Picker *p, const NodeVec *nodes)
{
    return nodes->data[pick(p, nodes->count)];
}

static Node *random_ewise(Picker *p, Node *x, Node *y)
{
    static const Op unary[] = {OP_neg,     OP_abs,   OP_sign, OP_tanh,
                               OP_sigmoid, OP_floor, OP_sin,  OP_detach};
    static const Op binary[] = {OP_add, OP_sub, OP_mul, OP_minimum, OP_maximum, OP_mod};
    switch (pick(p, 4)) {
    case 0:
        return graph_unary(p->g, unary[pick(p, 8)], x);
    case 1:
        return graph_where(p->g, graph_binary(p->g, OP_lt, x, y), y, graph_unary(p->g, OP_neg, x));
    case 2:
        return graph_cast(
            p->g,
            graph_binary(p->g, OP_mul, graph_cast(p->g, x, DT_I32), graph_cast(p->g, y, DT_I32)),
            DT_F32);
    default:
        return graph_binary(p->g, binary[pick(p, 6)], x, y);
    }
}

/* Of shape [n, 6] to the same shape, by way of views. */
static Node *random_view(Picker *p, Node *x)
{
    Graph *g = p->g;
    const bool batch = x->type.dims[0].batch;
    const Type cut = type_of(batch ? "f32[batch, 3]" : "f32[6, 3]");
    const Type cube = type_of(batch ? "f32[batch, 2, 3]" : "f32[6, 2, 3]");
    const Type merged = type_of(batch ? "f32[2*batch, 3]" : "f32[12, 3]");
    const int64_t odd[] = {0, 1}, twice[] = {1, 2}, end[] = {0, 5}, back[] = {1, -1};
    switch (pick(p, 5)) {
    case 0:
        return graph_pad(g, graph_slice(g, x, odd, twice, &cut), odd, twice,
                         scalar_float(DT_F32, 0.5), &x->type);
    case 1:
        return graph_slice(g, x, end, back, &x->type);
    case 2: {
        Node *half = graph_slice(g, x, odd, twice, &cut);
        return graph_concat(g, (Node *[]){half, half}, 2, 1);
    }
    case 3: {
        Node *turned = graph_permute(g, graph_reshape(g, x, &cube), (int[]){0, 2, 1});
        return graph_reshape(g, turned, &x->type);
    }
    default:
        return graph_reshape(g, graph_reshape(g, x, &merged), &x->type);
    }
}

static Node *random_reduction(Picker *p, Node *x)
{
    static const Op ops[] = {OP_sum, OP_max, OP_min};
    const int axis = pick(p, 2);
    if (pick(p, 4) == 0) {
        const Op op = pick(p, 2) ? OP_argmax : OP_argmin;
        Node *at = graph_reduce(p->g, op, x, (int[]){1}, 1);
        return graph_expand(p->g, graph_cast(p->g, at, DT_F32), &x->type);
    }
    Node *total = graph_reduce(p->g, ops[pick(p, 3)], x, axis ? (int[]){1} : (int[]){0}, 1);
    return graph_expand(p->g, total, &x->type);
}

static void random_product(Picker *p)
{
    Node *x = any(p, &p->rows), *w = any(p, &p->squares);
    switch (pick(p, 4)) {
    case 0:
        vec_push(arena, &p->rows, graph_contract(p->g, x, w, "bi", "ij", "bj"));
        break;
    case 1:
        vec_push(arena, &p->rows, graph_contract(p->g, x, w, "bi", "ji", "bj"));
        break;
    case 2:
        vec_push(arena, &p->squares, graph_contract(p->g, x, any(p, &p->rows), "bi", "bj", "ij"));
        break;
    default:
        vec_push(arena, &p->squares,
                 graph_contract(p->g, w, any(p, &p->squares), "ik", "ij", "kj"));
    }
}

static void add_random_node(Picker *p)
{
    NodeVec *nodes = pick(p, 3) ? &p->rows : &p->squares;
    Node *x = any(p, nodes);
    switch (pick(p, 8)) {
    case 0:
        random_product(p);
        return;
    case 1:
        vec_push(arena, nodes, random_reduction(p, x));
        return;
    case 2:
    case 3:
        vec_push(arena, nodes, random_view(p, x));
        return;
    default:
        vec_push(arena, nodes, random_ewise(p, x, any(p, nodes)));
    }
}

static void add_random_entry(Model *m, int number)
{
    Graph *g = new_entry(m, ENTRY_INIT, arena_printf(arena, "g%d", number));
    Picker p = {.g = g, .state = (uint64_t)number * 7919 + 1};
    const Type noise = type_of("f32[2*batch, 3]"), rows = type_of("f32[batch, 6]");
    vec_push(arena, &p.rows, slot(g, VAR_INPUT, "x", "f32[batch, 6]"));
    vec_push(arena, &p.rows, graph_cast(g, slot(g, VAR_INPUT, "n", "i32[batch, 6]"), DT_F32));
    vec_push(arena, &p.rows, graph_reshape(g, graph_random(g, OP_uniform, &noise, 99), &rows));
    vec_push(arena, &p.rows, graph_scalar_like(g, graph_option(g, 0), &rows));
    vec_push(arena, &p.squares, slot(g, VAR_PARAM, "w", "f32[6, 6]"));
    vec_push(arena, &p.squares, slot(g, VAR_STATE, "m", "f32[6, 6]"));
    for (int i = 0; i < 12; i++)
        add_random_node(&p);
    result(g, "row", p.rows.data[p.rows.count - 1]);
    result(g, "square", p.squares.data[p.squares.count - 1]);
    write_to(g, "w", p.squares.data[p.squares.count - 1]);
    write_to(g, "m", any(&p, &p.squares));
}

/* They agree but for rounding (a row is added up in another order), or both are NaN. */
static bool agree(float a, float b)
{
    const float size = fabsf(a) > fabsf(b) ? fabsf(a) : fabsf(b);
    return a == b || (isnan(a) && isnan(b)) || fabsf(a - b) <= 1e-5f * size + 1e-6f;
}

static void compare(const float *a, const float *b, int64_t count, const char *what, int graph)
{
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(agree(a[i], b[i]), "graph %d: %s[%d] is %.9g at -O0 and %.9g here", graph,
                      what, (int)i, (double)a[i], (double)b[i]);
}

static void compare_runs(const Built *a, const Built *b, int graph, int64_t batch)
{
    Memory ma = make_memory(a->program), mb = make_memory(b->program);
    ck_assert_int_eq(run(a, graph, &ma, batch), GRT_OK);
    ck_assert_int_eq(run(b, graph, &mb, batch), GRT_OK);
    compare(value_of(a, graph, "row", &ma), value_of(b, graph, "row", &mb), batch * 6, "row",
            graph);
    compare(value_of(a, graph, "square", &ma), value_of(b, graph, "square", &mb), 36, "square",
            graph);
    compare((float *)(void *)ma.vars, (float *)(void *)mb.vars, a->program->vars_bytes / 4,
            "variables", graph);
}

START_TEST(test_random_graphs_agree)
{
    enum { GRAPHS = 60 };
    Model *m = new_model();
    const Option lr = {.name = "lr", .value = 0.25};
    vec_push(arena, &m->options, lr);
    for (int i = 0; i < GRAPHS; i++)
        add_random_entry(m, _i * GRAPHS + i);
    const Built oracle = build(m, 0, BLAS_NONE, false), fused = build(m, 1, BLAS_NONE, true);
    for (int i = 0; i < GRAPHS; i++) {
        compare_runs(&oracle, &fused, i, BATCH_BOUND);
        compare_runs(&oracle, &fused, i, 3); /* a short batch */
        ck_assert_int_le(fused.program->routines.data[i]->kernels.count,
                         oracle.program->routines.data[i]->kernels.count);
    }
}
END_TEST

/* ---- every elementwise operation, in every dtype ---- */

/* The operation of operands of this dtype, made from f32 variables by casts; NULL if ill-typed. */
static Node *ewise_of(Graph *g, Op op, DType dtype)
{
    Node *operands[3];
    Type type;
    const char *why;
    for (int i = 0; i < op_info[op].arity; i++) {
        Node *x = slot(g, VAR_PARAM, arena_printf(arena, "x%d", i), "f32[batch, 5]");
        operands[i] = graph_cast(g, x, op == OP_where && i == 0 ? DT_BOOL : dtype);
    }
    if (op == OP_cast || !op_infer(g, op, operands, op_info[op].arity, NULL, &type, &why))
        return NULL;
    return graph_add(g, op, operands, op_info[op].arity, NULL, NULL);
}

static int add_ewise_entries(Model *m)
{
    int count = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        for (int dtype = 0; dtype < DT_COUNT && op_info[op].class == CLASS_EWISE; dtype++) {
            Graph *g = graph_new(m, arena_printf(arena, "%s_%d", op_info[op].name, dtype));
            Node *y = ewise_of(g, (Op)op, (DType)dtype);
            if (!y)
                continue;
            const Entry entry = {.kind = ENTRY_PREDICT, .graph = g, .every = 1};
            vec_push(arena, &m->entries, entry);
            result(g, "row", graph_cast(g, y, DT_F32));
            count++;
        }
    }
    return count;
}

START_TEST(test_every_operation_agrees)
{
    Model *m = new_model();
    const int count = add_ewise_entries(m);
    ck_assert_int_gt(count, 150);
    const Built oracle = build(m, 0, BLAS_NONE, false), fused = build(m, 1, BLAS_NONE, false);
    for (int i = 0; i < count; i++) {
        Memory ma = make_memory(oracle.program), mb = make_memory(fused.program);
        ck_assert_int_eq(run(&oracle, i, &ma, 7), GRT_OK);
        ck_assert_int_eq(run(&fused, i, &mb, 7), GRT_OK);
        compare(value_of(&oracle, i, "row", &ma), value_of(&fused, i, "row", &mb), 35,
                m->entries.data[i].graph->name, i);
    }
}
END_TEST

/* ---- products ---- */

typedef struct ProductCase {
    const char *a, *b, *la, *lb, *lout;
} ProductCase;

static const ProductCase product_cases[] = {
    {"f32[batch, 96]", "f32[96, 40]", "bi", "ij", "bj"},
    {"f32[batch, 96]", "f32[40, 96]", "bi", "ji", "bj"},
    {"f32[batch, 96]", "f32[batch, 40]", "bi", "bj", "ij"},
    {"f32[batch, 96]", "f32[batch, 40]", "bi", "bj", "ji"},
    {"f32[96, 97]", "f32[97, 3]", "ik", "kj", "ij"},
    {"f32[batch, 5, 32]", "f32[32, 16]", "bti", "ij", "btj"},
    {"f32[batch, 5, 32]", "f32[batch, 32, 7]", "btk", "bkj", "btj"},
    {"f32[batch, 5, 32]", "f32[batch, 7, 32]", "btk", "bjk", "btj"},
    {"f32[9, 8, 32]", "f32[7, 8, 32]", "iab", "jab", "ij"},
    {"f32[128, 64]", "f32[64]", "ij", "j", "i"},
    {"f32[batch, 600]", "f32[batch, 600]", "bi", "bi", "b"},
    {"f32[6, 9]", "f32[4, 5]", "ij", "kl", "ik"},
    {"f32[3]", "f32[4]", "i", "j", "ij"},
    {"f32[1, 96]", "f32[96, 96]", "bi", "ij", "bj"},
    {"i32[17, 18]", "i32[18, 19]", "ik", "kj", "ij"},
    {"f32[batch, 9, 40]", "f32[9, 40]", "bkg", "kg", "bg"},
    {"f32[batch, 2, 40, 8]", "f32[2, 40, 8]", "bikg", "ikg", "big"},
    {"f32[batch, 50, 64]", "f32[batch, 50, 3, 64]", "bog", "bokg", "kg"},
};

enum { PRODUCTS = sizeof product_cases / sizeof product_cases[0] };

static Model *new_products(void)
{
    Model *m = new_model();
    for (int i = 0; i < PRODUCTS; i++) {
        const ProductCase *c = &product_cases[i];
        Graph *g = new_entry(m, ENTRY_PREDICT, arena_printf(arena, "p%d", i));
        Node *a = slot(g, VAR_STATE, arena_printf(arena, "a%d", i), c->a);
        Node *b = slot(g, VAR_STATE, arena_printf(arena, "b%d", i), c->b);
        result(g, "y", graph_contract(g, a, b, c->la, c->lb, c->lout));
    }
    return m;
}

/* The windows of x along its last axis, then, with taps, along the one before, multiplied with b.
 */
typedef struct WindowCase {
    const char *x;
    int64_t last[4], before[4]; /* places, taps, step, dilation */
    const char *b, *lx, *lb, *lout;
} WindowCase;

/* Convolutions and their gradients by the weight: rows, terms and columns in whole steps and with
 * some left over, in one tile and in several. */
static const WindowCase window_cases[] = {
    {"f32[batch, 3, 12, 11]",
     {9, 3, 1, 1},
     {10, 3, 1, 1},
     "f32[16, 3, 3, 3]",
     "ncokpl",
     "mckl",
     "nmop"},
    {"f32[batch, 2, 9, 17]",
     {13, 5, 1, 1},
     {3, 3, 3, 1},
     "f32[32, 2, 3, 5]",
     "ncokpl",
     "mckl",
     "nmop"},
    {"f64[batch, 2, 9, 17]",
     {7, 3, 2, 2},
     {3, 3, 3, 1},
     "f64[8, 2, 3, 3]",
     "ncokpl",
     "mckl",
     "nmop"},
    {"f32[batch, 4, 6, 6]",
     {4, 3, 1, 1},
     {4, 3, 1, 1},
     "f32[72, 4, 3, 3]",
     "ncokpl",
     "mckl",
     "nmop"},
    {"f32[batch, 4, 6, 6]",
     {4, 3, 1, 1},
     {4, 3, 1, 1},
     "f32[67, 4, 3, 3]",
     "ncokpl",
     "mckl",
     "nmop"},
    {"f32[batch, 3, 2, 6, 30]",
     {28, 3, 1, 1},
     {4, 3, 1, 1},
     "f32[3, 5, 2, 3, 3]",
     "ngcokpl",
     "gmckl",
     "ngmop"},
    {"f32[batch, 8, 10, 10]", {8, 3, 1, 1}, {8, 3, 1, 1}, "f32[8, 3, 3]", "ncokpl", "ckl", "ncop"},
    {"f32[2, 2, 4, 300]",
     {298, 3, 1, 1},
     {2, 3, 1, 1},
     "f32[64, 2, 3, 3]",
     "ncokpl",
     "mckl",
     "nmop"},
    {"f32[batch, 2, 40]", {30, 11, 1, 1}, {0}, "f32[24, 2, 11]", "ncok", "mck", "nmo"},
    {"f32[batch, 40, 4]", {2, 3, 1, 1}, {0}, "f32[batch, 24, 2]", "ncok", "nmo", "mck"},
    {"f32[batch, 3, 10, 9]",
     {7, 3, 1, 1},
     {8, 3, 1, 1},
     "f32[batch, 16, 8, 7]",
     "ncokpl",
     "nmop",
     "mckl"},
    {"f32[batch, 1, 16, 17]",
     {13, 5, 1, 1},
     {12, 5, 1, 1},
     "f32[batch, 8, 12, 13]",
     "ncokpl",
     "nmop",
     "mckl"},
    {"f32[batch, 3, 2, 9, 9]",
     {4, 3, 2, 1},
     {4, 3, 2, 1},
     "f32[batch, 3, 4, 4, 4]",
     "ngcokpl",
     "ngmop",
     "gmckl"},
};

enum { WINDOWS = sizeof window_cases / sizeof window_cases[0] };

static Node *windows_of(Graph *g, Node *x, int axis, const int64_t *w)
{
    return graph_window(g, x, &(Window){axis, w[0], w[1], w[2], w[3]});
}

static Model *new_windows(void)
{
    Model *m = new_model();
    for (int i = 0; i < WINDOWS; i++) {
        const WindowCase *c = &window_cases[i];
        Graph *g = new_entry(m, ENTRY_PREDICT, arena_printf(arena, "p%d", i));
        Node *x = slot(g, VAR_STATE, arena_printf(arena, "a%d", i), c->x);
        Node *b = slot(g, VAR_STATE, arena_printf(arena, "b%d", i), c->b);
        const int last = x->type.rank - 1;
        x = windows_of(g, x, last, c->last);
        if (c->before[1] > 0)
            x = windows_of(g, x, last - 1, c->before);
        result(g, "y", graph_contract(g, x, b, c->lx, c->lb, c->lout));
    }
    return m;
}

/* Elements are multiples of 1/4 and small: every order of summation is exact. */
static void compare_products(const Built *oracle, const Built *b)
{
    for (int i = 0; i < oracle->program->routines.count; i++) {
        Memory ma = make_memory(oracle->program), mb = make_memory(b->program);
        const Buffer *y = oracle->program->routines.data[i]->values.data[0].buffer;
        const int batch = type_batch_axis(&y->type);
        const int64_t real = batch >= 0 ? 3 : BATCH_BOUND;
        int64_t bytes;
        ck_assert(type_bytes(&y->type, real, &bytes));
        ck_assert_int_eq(run(oracle, i, &ma, real), GRT_OK);
        ck_assert_int_eq(run(b, i, &mb, real), GRT_OK);
        ck_assert_msg(
            memcmp(value_of(oracle, i, "y", &ma), value_of(b, i, "y", &mb), (size_t)bytes) == 0,
            "product %d differs", i);
    }
}

START_TEST(test_products_agree)
{
    Model *m = new_products();
    const Built oracle = build(m, 0, BLAS_NONE, false), loops = build(m, 1, BLAS_NONE, false);
    compare_products(&oracle, &loops);
    ck_assert_ptr_null(strstr(loops.text, "cblas_"));
}
END_TEST

START_TEST(test_products_over_windows_agree)
{
    Model *m = new_windows();
    const Built oracle = build(m, 0, BLAS_NONE, false), fast = build(m, 1, BLAS_NONE, false);
    compare_products(&oracle, &fast);
    for (int i = 0; i < WINDOWS; i++) { /* each over the micro-kernels */
        const Routine *r = fast.program->routines.data[i];
        StrBuf text = strbuf_new(arena);
        print_c_kernel(&text, r->kernels.data[r->kernels.count - 1], &(PrintOptions){.blas = BLAS_NONE});
        ck_assert_msg(strstr(strbuf_text(&text), "grt_product_"), "none in\n%s",
                      strbuf_text(&text));
    }
}
END_TEST

START_TEST(test_products_by_blas)
{
    Model *m = new_products();
    const Program *p = lower(m, 1, BLAS_OPENBLAS, false);
    ck_assert(p->uses_blas);
    const char *text = print(p, BLAS_OPENBLAS);
    ck_assert_ptr_nonnull(strstr(text, "cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans"));
    ck_assert_ptr_nonnull(strstr(text, "cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans"));
    if (!getenv("CHECK_BLAS"))
        return; /* the library may not be installed; tests/variants.sh runs it where it is */
    const Built oracle = build(m, 0, BLAS_NONE, false), blas = build(m, 1, BLAS_OPENBLAS, false);
    compare_products(&oracle, &blas);
}
END_TEST

/* ---- the text, and the plan ---- */

START_TEST(test_fusion_and_memory)
{
    Model *m = new_model();
    Graph *g = new_entry(m, ENTRY_PREDICT, "predict");
    Node *x = slot(g, VAR_INPUT, "x", "f32[batch, 64]"), *first = x;
    for (int i = 0; i < 30; i++) /* a chain: two buffers are enough, or none */
        x = graph_unary(g, OP_tanh, graph_binary(g, OP_add, x, first));
    result(g, "y", x);
    const Program *slow = lower(m, 0, BLAS_NONE, false), *fast = lower(m, 1, BLAS_NONE, false);
    ck_assert_int_eq(slow->routines.data[0]->kernels.count, 60);
    ck_assert_int_le(fast->routines.data[0]->kernels.count, 2);
    ck_assert_int_eq(slow->work_bytes, 60 * BATCH_BOUND * 64 * 4);
    ck_assert_int_le(fast->work_bytes, 2 * BATCH_BOUND * 64 * 4);
}
END_TEST

START_TEST(test_text_is_stable)
{
    const char *first = print(lower(new_training(), 1, BLAS_NONE, false), BLAS_NONE);
    const char *again = print(lower(new_training(), 1, BLAS_NONE, false), BLAS_NONE);
    ck_assert_str_eq(first, again);
}
END_TEST

START_TEST(test_hostile_names)
{
    Model *m = new_model();
    Graph *g = new_entry(m, ENTRY_PREDICT, "int */ main(void) {");
    Node *x = slot(g, VAR_PARAM, "a\"; system(\"x\"); /*", "f32[3]");
    Node *y = graph_unary(g, OP_neg, x);
    y->name = "*/ #error \n\\ while?"
              "?/";
    result(g, "y", y);
    const Built b = build(m, 1, BLAS_NONE, false);
    ck_assert_ptr_null(strstr(b.text, "system(\""));
    ck_assert_ptr_null(strstr(b.text, "#error"));
}
END_TEST

START_TEST(test_too_large_is_an_error)
{
    Model *m = new_model();
    Diag *diag = diag_new(arena);
    const LowerOptions options = {0};
    Graph *g = new_entry(m, ENTRY_PREDICT, "predict");
    const Type huge = type_of("f32[batch, 1073741824, 1073741824]");
    result(g, "y", graph_number(g, 1, &huge));
    ck_assert_ptr_null(program_lower(m, &options, diag));
    ck_assert_int_eq(diag_error_count(diag), 1);
}
END_TEST

static Suite *codegen_suite(void)
{
    Suite *suite = suite_create("codegen");
    TCase *tests = tcase_create("codegen");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_index_simplifies);
    tcase_add_test(tests, test_index_factor);
    tcase_add_loop_test(tests, test_views, 0, 2); /* -O0 and -O1 */
    tcase_add_loop_test(tests, test_training_step, 0, 2);
    tcase_add_loop_test(tests, test_loss_not_finite_changes_nothing, 0, 2);
    tcase_add_loop_test(tests, test_swap, 0, 2);
    tcase_add_loop_test(tests, test_random_graphs_agree, 0, 3);
    tcase_add_test(tests, test_every_operation_agrees);
    tcase_add_test(tests, test_products_agree);
    tcase_add_test(tests, test_products_over_windows_agree);
    tcase_add_test(tests, test_products_by_blas);
    tcase_add_test(tests, test_fusion_and_memory);
    tcase_add_test(tests, test_text_is_stable);
    tcase_add_test(tests, test_hostile_names);
    tcase_add_test(tests, test_too_large_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(codegen_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
