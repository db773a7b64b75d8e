/* check_elab.c -- the elaborator: programs in, models out.  What it says about wrong programs is in
 * tests/errors; here are the paths, entries, states and steps of right ones, and the limits. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/elaborate.h"

static Arena *arena;

static void setup(void)
{
    arena = arena_new();
}

static void teardown(void)
{
    arena_free(arena);
}

/* ---- programs to models ---- */

static const char *library_dir(void)
{
    const char *top = getenv("top_srcdir");
    return arena_printf(arena, "%s/lib/std", top ? top : ".");
}

static char *diagnostics(Diag *diag)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    diag_flush(diag, file);
    const long size = ftell(file);
    rewind(file);
    char *text = arena_alloc(arena, (size_t)size + 1);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return text;
}

/* The model, or NULL; what was said about it in *said. */
static Model *model_of(const char *text, const Define *defines, int define_count, const char **said)
{
    Diag *diag = diag_new(arena);
    const SourceFile *source = source_new(arena, "test.dsl", text, strlen(text));
    const Ast *ast = ast_parse(arena, source, diag);
    const ElaborateOptions options = {.defines = defines,
                                      .define_count = define_count,
                                      .library_dir = library_dir(),
                                      .model_dir = "."};
    Model *model = diag_error_count(diag) > 0 ? NULL : elaborate(arena, ast, &options, diag);
    *said = diagnostics(diag);
    return model;
}

/* A model that every verifier accepts, of which nothing was said. */
static Model *good_model(const char *text)
{
    Loc loc;
    const char *said;
    Model *model = model_of(text, NULL, 0, &said);
    ck_assert_str_eq(said, "");
    ck_assert_ptr_nonnull(model);
    ck_assert_ptr_null(model_verify(model, &loc));
    for (int i = 0; i < model->entries.count; i++)
        ck_assert_ptr_null(graph_verify(model->entries.data[i].graph));
    return model;
}

/* The names of the variables of a kind, in order: "fc.weight fc.bias". */
static const char *var_names(const Model *model, VarKind kind)
{
    const char *names = "";
    for (int i = 0; i < model->vars.count; i++)
        if (model->vars.data[i].kind == kind)
            names =
                arena_printf(arena, "%s%s%s", names, *names ? " " : "", model->vars.data[i].name);
    return names;
}

static const Graph *graph_of(const Model *model, EntryKind kind, int step)
{
    const Entry *entry = model_find_entry(model, kind, step);
    ck_assert_ptr_nonnull(entry);
    return entry->graph;
}

static const char *result_names(const Model *model, const Graph *g, ResultKind kind)
{
    const char *names = "";
    for (int i = 0; i < g->results.count; i++) {
        const Result *r = &g->results.data[i];
        const char *name = kind == RESULT_VALUE ? r->name : model->vars.data[r->slot].name;
        if (r->kind == kind)
            names = arena_printf(arena, "%s%s%s", names, *names ? " " : "", name);
    }
    return names;
}

static const char *written(const Model *model, EntryKind kind, int step)
{
    return result_names(model, graph_of(model, kind, step), RESULT_WRITE);
}

static int count_ops(const Graph *g, Op op)
{
    int count = 0;
    for (int i = 0; i < g->nodes.count; i++)
        count += g->nodes.data[i]->op == op;
    return count;
}

static const char *type_of(const Model *model, const char *name)
{
    const int var = model_find_var(model, name);
    ck_assert_int_ge(var, 0);
    return type_text(arena, &model->vars.data[var].type);
}

/* Asserts that an error is reported, and what it says. */
static void expect_error(const char *text, const char *part)
{
    const char *said;
    ck_assert_ptr_null(model_of(text, NULL, 0, &said));
    ck_assert_msg(strstr(said, part) != NULL, "'%s' is not in:\n%s", part, said);
}

/* ---- paths ---- */

START_TEST(paths_come_from_names_and_ordinals)
{
    const Model *m = good_model("input x: f32[batch, 4]\n"
                                "fc = linear(4)\n"
                                "a, b = linear(4), linear(4, bias = false)\n"
                                "h = fc(x) |> linear(4) |> a |> b |> linear(2, bias = false)\n"
                                "output y = h\n");
    ck_assert_str_eq(var_names(m, VAR_PARAM),
                     "fc.weight fc.bias linear4.weight linear4.bias a.weight a.bias b.weight "
                     "linear5.weight");
}
END_TEST

START_TEST(paths_count_branches_not_taken)
{
    const Model *m = good_model("const wide = false\n"
                                "input x: f32[batch, 4]\n"
                                "h = x\n"
                                "if wide { h = h |> linear(9, bias = false) }\n"
                                "output y = h |> linear(2, bias = false)\n");
    ck_assert_str_eq(var_names(m, VAR_PARAM), "linear2.weight");
}
END_TEST

START_TEST(paths_have_loops_and_lists)
{
    const Model *m = good_model("module block()(x: f32[.., n]) {\n"
                                "    proj = linear(n, bias = false)\n"
                                "    return x + proj(x)\n"
                                "}\n"
                                "input x: f32[batch, 4]\n"
                                "h = x\n"
                                "for i in 0..2 { h = h |> block() }\n"
                                "layers = [linear(4, bias = false), linear(3, bias = false)]\n"
                                "for layer in layers { h = layer(h) }\n"
                                "output y = h\n");
    ck_assert_str_eq(var_names(m, VAR_PARAM), "block1.0.proj.weight block1.1.proj.weight "
                                              "layers.0.weight layers.1.weight");
}
END_TEST

START_TEST(paths_inside_a_def_have_its_name)
{
    const Model *m = good_model("def deep(x) = x |> linear(4, bias = false)\n"
                                "input x: f32[batch, 4]\n"
                                "output y = deep(deep(x))\n");
    ck_assert_str_eq(var_names(m, VAR_PARAM), "deep2.linear1.weight deep1.linear1.weight");
}
END_TEST

START_TEST(layer_applied_twice_shares_its_parameters)
{
    const Model *m = good_model("module block()(x: f32[.., n]) {\n"
                                "    inner = linear(n)\n"
                                "    return inner(x)\n"
                                "}\n"
                                "input a: f32[batch, 4]\n"
                                "input b: f32[batch, 4]\n"
                                "shared = block()\n"
                                "output y = shared(a) + shared(b)\n");
    ck_assert_str_eq(var_names(m, VAR_PARAM), "shared.inner.weight shared.inner.bias");
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_PREDICT, 0), OP_contract), 2);
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_PREDICT, 0), OP_param), 2);
}
END_TEST

START_TEST(layer_members_are_values)
{
    const Model *m = good_model("input x: f32[batch, 4]\n"
                                "emb = linear(8, bias = false)\n"
                                "output y = emb(x) @ emb.weight\n");
    ck_assert_str_eq(var_names(m, VAR_PARAM), "emb.weight");
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_PREDICT, 0), OP_param), 1);
}
END_TEST

/* ---- scopes ---- */

START_TEST(scope_blocks_rebind_and_functions_do_not)
{
    const Model *m = good_model("n = 1\n"
                                "def f(x) {\n"
                                "    n = 10\n"
                                "    return x + n\n"
                                "}\n"
                                "for i in 0..3 { n += 1 }\n"
                                "print n, f(1)\n");
    ck_assert_int_eq(m->prints.count, 2);
    ck_assert_str_eq(m->prints.data[0].label, "4");
    ck_assert_str_eq(m->prints.data[1].label, "11");
}
END_TEST

START_TEST(scope_library_keeps_its_own_names)
{
    const Model *m = good_model("def relu(x) = x * 100\n"
                                "def log_softmax(x, axis = -1) = x * 100\n"
                                "param w = zeros(2, 3)\n"
                                "print relu(1), cross_entropy(w, i32(zeros(2)))\n");
    ck_assert_str_eq(m->prints.data[0].label, "100");
    ck_assert_int_ge(count_ops(graph_of(m, ENTRY_PRINT, 0), OP_log), 1);
}
END_TEST

START_TEST(type_names_bind_dimensions)
{
    const Model *m = good_model("def last(v: f32[.., n]) = n\n"
                                "h: f32[rows, cols] = zeros(5, 7)\n"
                                "print last(h), rows * cols, zeros(2, 3).shape()\n");
    ck_assert_str_eq(m->prints.data[0].label, "7");
    ck_assert_str_eq(m->prints.data[1].label, "35");
    ck_assert_str_eq(m->prints.data[2].label, "[2, 3]");
}
END_TEST

/* ---- const and option ---- */

static Model *model_with(const char *text, const char *name, const char *value, const char **said)
{
    const Define define = {name, value};
    return model_of(text, &define, 1, said);
}

START_TEST(const_is_replaced_by_define)
{
    const char *text = "const width = 3\noption lr = 0.1\nparam w: f32[width] = 0\nprint w * lr\n";
    const char *said;
    const Model *m = model_with(text, "width", "17", &said);
    ck_assert_str_eq(said, "");
    ck_assert_str_eq(type_of(m, "w"), "f32[17]");
    ck_assert_ptr_null(model_with(text, "widht", "17", &said));
    ck_assert_ptr_nonnull(strstr(said, "did you mean 'width'?"));
    ck_assert_ptr_null(model_with(text, "lr", "17", &said));
    ck_assert_ptr_nonnull(strstr(said, "an option is set when the program runs"));
    const char *const wrong[] = {"", "abc", "1.5", "17x", "99999999999999999999", "nan", " "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_ptr_null(model_with(text, "width", wrong[i], &said));
        ck_assert_ptr_nonnull(strstr(said, "does not fit"));
    }
}
END_TEST

START_TEST(define_takes_the_kind_of_the_const)
{
    const char *text = "const rate = 0.5\nconst name = \"a\"\nconst deep = true\n"
                       "print rate, name, deep\n";
    const Define defines[] = {{"rate", "2"}, {"name", "12"}, {"deep", "false"}};
    const char *said;
    const Model *m = model_of(text, defines, 3, &said);
    ck_assert_str_eq(said, "");
    ck_assert_str_eq(m->prints.data[0].label, "2");
    ck_assert_str_eq(m->prints.data[1].label, "12");
    ck_assert_str_eq(m->prints.data[2].label, "False");
}
END_TEST

START_TEST(options_are_host_scalars_of_their_kind)
{
    const Model *m = good_model("option a = 1\noption b = 0.5\noption c = true\n"
                                "param w = zeros(3)\nprint w * a * b\n");
    ck_assert_int_eq(m->options.count, 3);
    ck_assert_int_eq(m->options.data[0].type, OPTION_INT);
    ck_assert_int_eq(m->options.data[1].type, OPTION_FLOAT);
    ck_assert_int_eq(m->options.data[2].type, OPTION_BOOL);
    ck_assert(m->options.data[1].value == 0.5);
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_PRINT, 0), OP_option), 2);
}
END_TEST

/* ---- entries ---- */

#define TINY                          \
    "input x: f32[batch, 3]\n"        \
    "input t: f32[batch, 1]\n"        \
    "fc = linear(1)\n"                \
    "loss = mse_loss(fc(x), t)\n"     \
    "output y = fc(x)\n"              \
    "metric error = loss ** 0.5\n"    \
    "data train { x = randn(10, 3)\n" \
    "             t = 2 * x[:, 0:1] }\n"

START_TEST(entries_of_a_training_program)
{
    const Model *m = good_model(TINY "train { minimize loss with adam()\n batch = 4 }\n");
    const EntryKind kinds[] = {ENTRY_INIT, ENTRY_TRAIN, ENTRY_EVAL,       ENTRY_PREDICT,
                               ENTRY_MAKE, ENTRY_FETCH, ENTRY_CHECK_GRAD, ENTRY_CHECK_LOSS};
    ck_assert_int_eq(m->entries.count, 8);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(m->entries.data[i].kind, kinds[i]);
    ck_assert_int_eq(m->batch_bound, 4);
    ck_assert_str_eq(result_names(m, graph_of(m, ENTRY_EVAL, 0), RESULT_VALUE), "error loss");
    ck_assert_str_eq(result_names(m, graph_of(m, ENTRY_CHECK_GRAD, 0), RESULT_VALUE),
                     "loss grad.fc.weight grad.fc.bias");
    ck_assert_str_eq(result_names(m, graph_of(m, ENTRY_PREDICT, 0), RESULT_VALUE), "y");
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_PREDICT, 0), OP_input), 1);
    ck_assert_str_eq(var_names(m, VAR_STATE),
                     "adam.fc.weight.m adam.fc.weight.v adam.fc.bias.m adam.fc.bias.v");
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 0), "fc.weight fc.bias adam.fc.weight.m "
                                                 "adam.fc.weight.v adam.fc.bias.m adam.fc.bias.v");
    ck_assert_str_eq(written(m, ENTRY_INIT, 0), written(m, ENTRY_TRAIN, 0));
    ck_assert(m->vars.data[model_find_var(m, "adam.fc.bias.v")].optimizer);
}
END_TEST

START_TEST(check_entries_detach_alike)
{
    const Model *m = good_model("input x: f32[batch, 3]\ninput label: i32[batch]\n"
                                "loss = cross_entropy(x |> batchnorm1d() |> linear(4), label)\n"
                                "data train { x = randn(8, 3)\n label = randint(0, 4, 8) }\n"
                                "train { minimize loss with sgd() }\n");
    const Graph *grad = graph_of(m, ENTRY_CHECK_GRAD, 0), *loss = graph_of(m, ENTRY_CHECK_LOSS, 0);
    ck_assert_int_gt(count_ops(loss, OP_detach), 0);
    ck_assert_int_eq(count_ops(grad, OP_detach), count_ops(loss, OP_detach));
    ck_assert_str_eq(result_names(m, grad, RESULT_WRITE), "");
    const Var *label = &m->vars.data[model_find_var(m, "label")];
    ck_assert(label->has_range);
    ck_assert_int_eq(label->low, 0);
    ck_assert_int_eq(label->high, 3);
}
END_TEST

START_TEST(training_chooses_and_both_sides_have_parameters)
{
    const char *said;
    const Model *m = model_of("input x: f32[batch, 3]\n"
                              "h = x\n"
                              "if training { h = h |> linear(2, bias = false) }\n"
                              "else { h = h |> linear(4, bias = false) }\n"
                              "loss = mean(h)\n"
                              "output y = h\n"
                              "data train { x = randn(10, 3) }\n"
                              "train { minimize loss with sgd() }\n",
                              NULL, 0, &said);
    ck_assert_ptr_nonnull(m);
    ck_assert_str_eq(type_of(m, "linear1.weight"), "f32[2, 3]");
    ck_assert_str_eq(type_of(m, "linear2.weight"), "f32[4, 3]");
    ck_assert_str_eq(written(m, ENTRY_INIT, 0), "linear1.weight linear2.weight");
    ck_assert_ptr_nonnull(strstr(said, "parameter 'linear2.weight' is never learned"));
}
END_TEST

/* ---- states ---- */

START_TEST(states_are_written_by_training_only)
{
    const Model *m = good_model("module running(momentum = 0.1)(x: f32[batch, n]) {\n"
                                "    state seen: f32[n] = 0\n"
                                "    if training {\n"
                                "        seen <- (1 - momentum) * seen + mean(x, axis = 0)\n"
                                "    }\n"
                                "    return x - seen\n"
                                "}\n"
                                "input x: f32[batch, 3]\n"
                                "r = running()\n"
                                "loss = mean(r(r(x)) |> linear(1))\n"
                                "data train { x = randn(10, 3) }\n"
                                "train { minimize loss with sgd() }\n");
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 0), "r.seen linear1.weight linear1.bias");
    ck_assert_str_eq(written(m, ENTRY_EVAL, 0), "");
    ck_assert_str_eq(written(m, ENTRY_CHECK_GRAD, 0), "");
    /* The second application reads what the first wrote: the stored value is read once. */
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_TRAIN, 0), OP_state), 1);
    ck_assert_int_eq(count_ops(graph_of(m, ENTRY_CHECK_LOSS, 0), OP_state), 1);
}
END_TEST

START_TEST(states_of_a_file_are_sequential)
{
    const Model *m = good_model(TINY "state count = 0.0\n"
                                     "count <- count + 1\n"
                                     "count <- count * 2\n"
                                     "train { minimize loss with sgd() }\n");
    const Graph *g = graph_of(m, ENTRY_TRAIN, 0);
    const Result *last = &g->results.data[g->results.count - 1];
    ck_assert_str_eq(m->vars.data[last->slot].name, "count");
    ck_assert_int_eq(last->node->op, OP_mul);
    ck_assert_int_eq(last->node->args[0]->op, OP_add);
}
END_TEST

/* ---- steps and groups ---- */

#define TWO_NETS               \
    "input x: f32[batch, 3]\n" \
    "G = linear(3)\n"          \
    "D = linear(1)\n"          \
    "g_loss = mean(D(G(x)))\n" \
    "d_loss = -g_loss\n"       \
    "data train { x = randn(10, 3) }\n"

START_TEST(steps_move_what_they_name)
{
    const Model *m = good_model(TWO_NETS "train {\n"
                                         "    step { minimize d_loss with sgd() over D }\n"
                                         "    step { minimize g_loss with sgd() over G\n"
                                         "           every = 3 }\n"
                                         "}\n");
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 0), "D.weight D.bias");
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 1), "G.weight G.bias");
    ck_assert_int_eq(model_find_entry(m, ENTRY_TRAIN, 0)->every, 1);
    ck_assert_int_eq(model_find_entry(m, ENTRY_TRAIN, 1)->every, 3);
    ck_assert_str_eq(graph_of(m, ENTRY_CHECK_GRAD, 1)->name, "check_grad2");
}
END_TEST

/* A layer's states move with its parameters; what is nobody's moves once a batch, in the first
 * step. */
START_TEST(states_move_with_their_layers)
{
    const Model *m = good_model("input x: f32[batch, 3]\n"
                                "state seen: i64 = 0\n"
                                "module average()(v: f32[batch, n]) {\n"
                                "    state kept: f32[n] = 0\n"
                                "    kept <- 0.9 * kept + 0.1 * mean(v, axis = 0)\n"
                                "    return v\n"
                                "}\n"
                                "if training { seen <- seen + 1 }\n"
                                "a = batchnorm1d()\n"
                                "b = batchnorm1d()\n"
                                "h = x |> average() |> a\n"
                                "data train { x = randn(10, 3) }\n"
                                "train {\n"
                                "    step { minimize mean(b(h) ** 2) with sgd() over \"a.*\" }\n"
                                "    step { minimize mean(b(h) ** 4) with sgd() over b }\n"
                                "}\n");
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 0),
                     "seen average1.kept a.weight a.bias a.running_mean a.running_var "
                     "a.num_batches_tracked");
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 1),
                     "b.weight b.bias b.running_mean b.running_var b.num_batches_tracked");
}
END_TEST

START_TEST(first_group_that_matches_wins)
{
    const Model *m =
        good_model(TWO_NETS "train { minimize g_loss with adam() over \"*.bias\" with sgd() }\n");
    ck_assert_str_eq(var_names(m, VAR_STATE), "adam.G.bias.m adam.G.bias.v adam.D.bias.m "
                                              "adam.D.bias.v");
}
END_TEST

START_TEST(groups_take_paths_parameters_and_lists)
{
    const char *said;
    const Model *m = model_of("input x: f32[batch, 3]\n"
                              "nets = [linear(3), linear(3)]\n"
                              "loss = mean(nets[1](nets[0](x |> linear(3))))\n"
                              "data train { x = randn(10, 3) }\n"
                              "train { minimize loss with sgd() over nets, linear3.bias }\n",
                              NULL, 0, &said);
    ck_assert_ptr_nonnull(m);
    ck_assert_str_eq(written(m, ENTRY_TRAIN, 0), "linear3.bias nets.0.weight nets.0.bias "
                                                 "nets.1.weight nets.1.bias");
    ck_assert_ptr_nonnull(strstr(said, "parameter 'linear3.weight' is never learned"));
    ck_assert_ptr_nonnull(strstr(said, "no optimizer has it"));
}
END_TEST

START_TEST(steps_with_one_optimizer_have_states_of_their_own)
{
    const Model *m =
        good_model(TINY "train {\n"
                        "    step { minimize loss with adam() over fc.bias with sgd() }\n"
                        "    step { minimize loss with adam() over fc.bias with sgd() }\n"
                        "}\n");
    ck_assert_str_eq(var_names(m, VAR_STATE),
                     "adam.fc.bias.m adam.fc.bias.v adam2.fc.bias.m adam2.fc.bias.v");
}
END_TEST

/* ---- data ---- */

START_TEST(data_is_made_or_read)
{
    const Model *m = good_model("input image: f32[batch, 4]\n"
                                "input label: i32[batch]\n"
                                "input noise: f32[batch, 2]\n"
                                "loss = cross_entropy(image |> linear(3), label) + mean(noise)\n"
                                "data train {\n"
                                "    image = csv(\"d.csv\", rows = :-5, columns = :4) / 16\n"
                                "    label = csv(\"d.csv\", rows = 2:, columns = 4)\n"
                                "    noise = randn(20, 2)\n"
                                "}\n"
                                "train { minimize loss with sgd() }\n");
    const Split *split = m->splits.data[0];
    ck_assert_ptr_nonnull(split->make);
    ck_assert_str_eq(result_names(m, split->make, RESULT_VALUE), "noise");
    ck_assert_str_eq(result_names(m, split->fetch, RESULT_WRITE), "image label noise");
    ck_assert_str_eq(type_of(m, "train.label"), "i32[batch]");
    ck_assert_str_eq(type_of(m, "train.image"), "f32[batch, 4]");
    ck_assert_int_eq(split->sources.count, 3);
    const Source *made = &split->sources.data[0], *image = &split->sources.data[1];
    ck_assert_int_eq(made->samples, 20);
    ck_assert(!image->rows.has_start && image->rows.has_stop && image->rows.stop == -5);
    ck_assert(split->sources.data[2].columns.single && split->sources.data[2].columns.start == 4);
    ck_assert(split->sources.data[2].rows.has_start && split->sources.data[2].rows.start == 2);
}
END_TEST

START_TEST(data_columns_may_use_earlier_ones)
{
    const Model *m = good_model("input x: f32[batch, 2]\n"
                                "input y: f32[batch, 2]\n"
                                "loss = mse_loss(x |> linear(2), y)\n"
                                "data train { x = npy(\"x.npy\")\n y = 2 * x }\n"
                                "train { minimize loss with sgd() }\n");
    ck_assert_ptr_null(m->splits.data[0]->make);
    ck_assert_str_eq(var_names(m, VAR_SOURCE), "train.x");
    ck_assert_int_eq(count_ops(m->splits.data[0]->fetch, OP_mul), 1);
}
END_TEST

START_TEST(training_without_data_is_said)
{
    const char *said;
    ck_assert_ptr_nonnull(model_of("input x: f32[batch, 2]\ninput unused: f32[batch, 2]\n"
                                   "param idle = 1.0\n"
                                   "loss = mean(x |> linear(2))\n"
                                   "train { minimize loss with sgd() }\n",
                                   NULL, 0, &said));
    ck_assert_ptr_nonnull(strstr(said, "there is no data to train on"));
    ck_assert_ptr_nonnull(strstr(said, "input 'unused' is never used"));
    ck_assert_ptr_nonnull(strstr(said, "parameter 'idle' is never learned"));
    ck_assert_ptr_nonnull(strstr(said, "no loss depends on it"));
}
END_TEST

START_TEST(batch_bound_without_training)
{
    ck_assert_int_eq(good_model("input x: f32[batch]\noutput y = x\n")->batch_bound, 256);
    ck_assert_int_eq(
        good_model("const batch_max = 7\ninput x: f32[batch]\noutput y = x\n")->batch_bound, 7);
    ck_assert_int_eq(good_model("input x: f32[3]\noutput y = x\n")->batch_bound, 0);
}
END_TEST

/* ---- random keys ---- */

static uint64_t key_of(const Model *model, EntryKind kind, int index)
{
    const Graph *g = graph_of(model, kind, 0);
    for (int i = 0; i < g->nodes.count; i++)
        if ((g->nodes.data[i]->op == OP_uniform || g->nodes.data[i]->op == OP_normal) &&
            index-- == 0)
            return g->nodes.data[i]->attr.key;
    ck_abort_msg("there is no such random operation");
    return 0;
}

START_TEST(random_keys_differ_by_place)
{
    const Model *m = good_model("def noise() = randn(3)\n"
                                "for i in 0..2 { print randn(3), noise(), noise() }\n");
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++)
            ck_assert(key_of(m, ENTRY_PRINT, i) != key_of(m, ENTRY_PRINT, k));
}
END_TEST

START_TEST(random_keys_of_parameters_come_from_their_paths)
{
    const Model *a = good_model("input x: f32[batch, 3]\nfc = linear(2)\noutput y = fc(x)\n");
    const Model *b = good_model("input x: f32[batch, 3]\nother = linear(3)\nfc = linear(2)\n"
                                "output y = fc(other(x))\n");
    ck_assert(key_of(a, ENTRY_INIT, 0) == key_of(b, ENTRY_INIT, 2));
    ck_assert(key_of(a, ENTRY_INIT, 1) == key_of(b, ENTRY_INIT, 3));
    ck_assert(key_of(a, ENTRY_INIT, 0) != key_of(a, ENTRY_INIT, 1));
}
END_TEST

/* ---- places ---- */

START_TEST(nodes_of_the_library_are_placed_at_the_call)
{
    const Model *m = good_model("input x: f32[batch, 3]\n\noutput y = x |> linear(2) |> relu\n");
    const Graph *g = graph_of(m, ENTRY_PREDICT, 0);
    for (int i = 0; i < g->nodes.count; i++)
        ck_assert_int_eq(loc_line(g->nodes.data[i]->loc), g->nodes.data[i]->op == OP_input ? 1 : 3);
    ck_assert_str_eq(m->vars.data[1].loc.file->path, "test.dsl");
}
END_TEST

/* ---- limits ---- */

static const char *repeat(const char *text, int count)
{
    StrBuf out = strbuf_new(arena);
    for (int i = 0; i < count; i++)
        strbuf_puts(&out, text);
    return strbuf_text(&out);
}

START_TEST(limit_of_calls)
{
    StrBuf text = strbuf_new(arena);
    strbuf_puts(&text, "def f0(x) = x\n");
    for (int i = 1; i < 250; i++)
        strbuf_printf(&text, "def f%d(x) = f%d(x)\n", i, i - 1);
    good_model(arena_printf(arena, "%sprint f199(1)\n", strbuf_text(&text)));
    expect_error(arena_printf(arena, "%sprint f200(1)\n", strbuf_text(&text)),
                 "more than 200 calls inside calls");
}
END_TEST

START_TEST(limit_of_levels)
{
    StrBuf text = strbuf_new(arena);
    strbuf_puts(&text, "def f0(x) = x\n");
    for (int i = 1; i < 6; i++)
        strbuf_printf(&text, "def f%d(x) = %sf%d(x)%s\n", i, repeat("abs(", 900), i - 1,
                      repeat(")", 900));
    good_model(arena_printf(arena, "%sprint f3(1.0)\n", strbuf_text(&text)));
    expect_error(arena_printf(arena, "%sprint f5(1.0)\n", strbuf_text(&text)),
                 "more than 3000 levels");
}
END_TEST

START_TEST(limit_of_operations)
{
    StrBuf text = strbuf_new(arena);
    strbuf_puts(&text, "def f0(x) = x + x\n");
    for (int i = 1; i < 40; i++)
        strbuf_printf(&text, "def f%d(x) = f%d(f%d(x))\n", i, i - 1, i - 1);
    expect_error(arena_printf(arena, "%sparam w = zeros(2)\nprint f39(w)\n", strbuf_text(&text)),
                 "more than 1000000 operations");
}
END_TEST

START_TEST(limit_of_turns)
{
    good_model("for i in 0..1000 { for j in 0..90 { x = i } }\n");
    expect_error("for i in 0..1000 { for j in 0..100 { x = i } }\n", "more than 100000 turns");
}
END_TEST

/* Its first value is a number of the host; it is a tensor even so, with a gradient. */
START_TEST(test_scalar_parameter_of_doubles)
{
    const Model *model = good_model("param x: f64 = 2.0\noption o = 3.0\nparam y: f64 = o\n"
                                    "output g = grad(x * x * y, y)\n");
    ck_assert_str_eq(var_names(model, VAR_PARAM), "x y");
}
END_TEST

static Suite *elab_suite(void)
{
    Suite *suite = suite_create("elab");
    TCase *tc = tcase_create("programs");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_scalar_parameter_of_doubles);
    tcase_add_test(tc, paths_come_from_names_and_ordinals);
    tcase_add_test(tc, paths_count_branches_not_taken);
    tcase_add_test(tc, paths_have_loops_and_lists);
    tcase_add_test(tc, paths_inside_a_def_have_its_name);
    tcase_add_test(tc, layer_applied_twice_shares_its_parameters);
    tcase_add_test(tc, layer_members_are_values);
    tcase_add_test(tc, scope_blocks_rebind_and_functions_do_not);
    tcase_add_test(tc, scope_library_keeps_its_own_names);
    tcase_add_test(tc, type_names_bind_dimensions);
    tcase_add_test(tc, const_is_replaced_by_define);
    tcase_add_test(tc, define_takes_the_kind_of_the_const);
    tcase_add_test(tc, options_are_host_scalars_of_their_kind);
    tcase_add_test(tc, entries_of_a_training_program);
    tcase_add_test(tc, check_entries_detach_alike);
    tcase_add_test(tc, training_chooses_and_both_sides_have_parameters);
    tcase_add_test(tc, states_are_written_by_training_only);
    tcase_add_test(tc, states_of_a_file_are_sequential);
    tcase_add_test(tc, steps_move_what_they_name);
    tcase_add_test(tc, states_move_with_their_layers);
    tcase_add_test(tc, first_group_that_matches_wins);
    tcase_add_test(tc, groups_take_paths_parameters_and_lists);
    tcase_add_test(tc, steps_with_one_optimizer_have_states_of_their_own);
    tcase_add_test(tc, data_is_made_or_read);
    tcase_add_test(tc, data_columns_may_use_earlier_ones);
    tcase_add_test(tc, training_without_data_is_said);
    tcase_add_test(tc, batch_bound_without_training);
    tcase_add_test(tc, random_keys_differ_by_place);
    tcase_add_test(tc, random_keys_of_parameters_come_from_their_paths);
    tcase_add_test(tc, nodes_of_the_library_are_placed_at_the_call);
    tcase_add_test(tc, limit_of_calls);
    tcase_add_test(tc, limit_of_levels);
    tcase_add_test(tc, limit_of_operations);
    tcase_add_test(tc, limit_of_turns);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(elab_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
