/* check_emit.c -- the generated file around its kernels: tables, header, standalone runtime.
 *
 * Programs are made by hand, so that each test has just what it asks about. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/embedded.h"
#include "codegen/emit_parts.h"

/* A runtime of four small files in place of the real one. */
const char *const embedded_runtime_names[] = {"a.c", "grt.h", "grt_b.h", "gzip.c"};
const char *const embedded_runtime_texts[] = {
    "#include \"grt_b.h\"\n#include <math.h>\n#include \"grt.h\"\nint a;\n",
    "int grt;\n",
    "#include \"grt.h\"\nint b;",
    "#include \"grt.h\"\nint gzip;\n",
};
const int embedded_runtime_count = 4;

static Arena *arena;
static Program *program;
static Model *model;

static const EmitOptions options = {.version = "0", .build_line = "cc", .fingerprint = 0x1234};

static void setup(void)
{
    arena = arena_new();
    model = model_new(arena, "digits", source_new(arena, "some/where/digits.dsl", "x\ny\n", 4));
    program = arena_new_of(arena, Program);
    program->arena = arena;
    program->model = model;
    program->offsets = arena_array(arena, int64_t, 16);
    program->check_offsets = arena_array(arena, int64_t, 16);
}

static void teardown(void)
{
    arena_free(arena);
}

static Type batch_type(DType dtype, int64_t size)
{
    return (Type){.dtype = dtype, .rank = 2, .dims = {{1, true}, {size, false}}};
}

static int add_var(VarKind kind, const char *name, DType dtype, int64_t size)
{
    const Type type = batch_type(dtype, size);
    return model_add_var(model, kind, name, &type, (Loc){model->source, 2, 3});
}

static Routine *add_routine(EntryKind kind, const char *name)
{
    const Entry entry = {.kind = kind, .graph = graph_new(model, name), .every = 1};
    Entry *kept = arena_new_of(arena, Entry);
    *kept = entry;
    vec_push(arena, &model->entries, entry);
    Routine *r = arena_new_of(arena, Routine);
    r->entry = kept;
    r->name = name;
    vec_push(arena, &program->routines, r);
    return r;
}

static Buffer *input_buffer(int var)
{
    Buffer *buffer = arena_new_of(arena, Buffer);
    *buffer = (Buffer){.place = PLACE_INPUT, .var = var, .type = model->vars.data[var].type};
    return buffer;
}

static void add_kernel(Routine *r, const char *name, Buffer *read, Buffer *written)
{
    Kernel *k = arena_new_of(arena, Kernel);
    k->loop = -1;
    k->name = name;
    k->comment = "hidden = max(x, 0)";
    k->flops = 640;
    if (read)
        vec_push(arena, &k->reads, read);
    if (written)
        vec_push(arena, &k->writes, written);
    vec_push(arena, &r->kernels, k);
}

static void add_value(Routine *r, const char *name, DType dtype, int64_t offset)
{
    Buffer *buffer = arena_new_of(arena, Buffer);
    *buffer = (Buffer){.place = PLACE_WORK, .type = type_scalar(dtype), .offset = offset};
    const Value value = {name, buffer};
    vec_push(arena, &r->values, value);
}

static const char *tables(void)
{
    StrBuf *out = arena_new_of(arena, StrBuf);
    *out = strbuf_new(arena);
    const Program kept = emit_drop_idle(program);
    emit_tables(out, &kept, &options);
    return strbuf_text(out);
}

static void assert_has(const char *text, const char *wanted)
{
    ck_assert_msg(strstr(text, wanted) != NULL, "no\n    %s\nin\n%s", wanted, text);
}

static void assert_lacks(const char *text, const char *unwanted)
{
    ck_assert_msg(strstr(text, unwanted) == NULL, "there is\n    %s\nin\n%s", unwanted, text);
}

/* ---- tables ---- */

START_TEST(test_variable_rows)
{
    const int weight = add_var(VAR_PARAM, "fc.weight", DT_F32, 64);
    model->vars.data[weight].type.dims[0].batch = false;
    program->offsets[weight] = 128;
    program->check_offsets[weight] = 256;
    add_var(VAR_STATE, "sgd.fc.weight.m", DT_F32, 64);
    model->vars.data[1].optimizer = true;
    const char *text = tables();
    assert_has(text, "{.kind = GRT_PARAM, .name = \"fc.weight\", "
                     ".type = {GRT_F32, 2, -1, {1, 64}},\n"
                     "     .offset = 128, .check_offset = 256, .line = 2}");
    assert_has(text, "{.kind = GRT_STATE, .name = \"sgd.fc.weight.m\", "
                     ".type = {GRT_F32, 2, 0, {1, 64}}");
    assert_has(text, ".optimizer = 1");
    assert_has(text, ".vars = model_vars, .var_count = 2");
}
END_TEST

START_TEST(test_inputs_come_before_sources)
{
    add_var(VAR_SOURCE, "train.x", DT_F32, 1);
    add_var(VAR_INPUT, "x", DT_F32, 1);
    add_var(VAR_PARAM, "p", DT_F32, 1);
    add_var(VAR_INPUT, "y", DT_I32, 1);
    model->vars.data[3].has_range = true;
    model->vars.data[3].high = 9;
    const char *text = tables();
    assert_has(text, "\"train.x\", .type = {GRT_F32, 2, 0, {1, 1}},\n     .offset = 2");
    assert_has(text, "\"x\", .type = {GRT_F32, 2, 0, {1, 1}},\n     .offset = 0");
    assert_has(text, "\"y\", .type = {GRT_I32, 2, 0, {1, 1}},\n"
                     "     .offset = 1, .check_offset = 1, .has_range = 1, .high = 9");
}
END_TEST

START_TEST(test_entry_rows)
{
    const int x = add_var(VAR_INPUT, "x", DT_F32, 4);
    add_var(VAR_INPUT, "unread", DT_F32, 4);
    Routine *train = add_routine(ENTRY_TRAIN, "train");
    train->work_bytes = 4096;
    add_value(train, "loss", DT_F32, 64);
    add_kernel(train, "k_hidden", input_buffer(x), train->values.data[0].buffer);
    const char *text = tables();
    assert_has(text, "{.name = \"k_hidden\", .what = \"hidden = max(x, 0)\",\n"
                     "     .flops = 640, .bytes = 0, .type = {GRT_F32, 0, -1, {0}}, .offset = 64}");
    assert_has(text, "{.name = \"loss\", .type = {GRT_F32, 0, -1, {0}}, .offset = 64}");
    assert_has(text, "train_needs[] = {0};");
    assert_has(text, "{.kind = GRT_TRAIN, .name = \"train\", .run = train, .every = 1, "
                     ".work_bytes = 4096");
    assert_has(text, ".needs = train_needs, .need_count = 1}");
}
END_TEST

START_TEST(test_empty_tables_are_left_out)
{
    const char *text = tables();
    assert_lacks(text, "[] = {");
    assert_has(text, ".fingerprint = UINT64_C(0x0000000000001234)");
    assert_has(text, ".made_by = \"" EMIT_MARKER "\"");
    assert_has(text, ".file = \"digits.dsl\"");
    assert_lacks(text, "some/where");
}
END_TEST

START_TEST(test_text_is_escaped)
{
    const Option option = {.name = "l\"r\\\n?\?/%", .value = 0.1};
    vec_push(arena, &model->options, option);
    const char *text = tables();
    assert_has(text, "\"l\\042r\\134\\012\\077\\077/\\045\"");
    assert_has(text, ".value = 0.1}");
}
END_TEST

/* A split with one csv source for input 0, fetched by a routine. */
static Split *add_split(bool copies_only, Node *(*make_value)(Graph *, int))
{
    const int x = add_var(VAR_INPUT, "x", DT_F32, 4);
    const int from = add_var(VAR_SOURCE, "train.x", DT_F32, 4);
    Split *split = arena_new_of(arena, Split);
    split->name = "train";
    const Source source = {.kind = SOURCE_CSV,
                           .var = from,
                           .path = "a.csv.gz",
                           .rows = {.has_stop = true, .stop = 1500}};
    vec_push(arena, &split->sources, source);
    vec_push(arena, &model->splits, split);
    Routine *fetch = add_routine(ENTRY_FETCH, "fetch_train");
    ((Entry *)fetch->entry)->split = split;
    fetch->copies_only = copies_only;
    split->fetch = fetch->entry->graph;
    graph_result(split->fetch, RESULT_WRITE, x, NULL, make_value(split->fetch, from), (Loc){0});
    return split;
}

static Node *value_itself(Graph *g, int from)
{
    return graph_slot(g, OP_input, from);
}

static Node *value_negated(Graph *g, int from)
{
    return graph_unary(g, OP_neg, graph_slot(g, OP_input, from));
}

START_TEST(test_direct_source)
{
    add_split(true, value_itself);
    const char *text = tables();
    assert_has(text, "{.kind = GRT_SOURCE_CSV, .name = \"x\", .var = 0, .direct = 1, "
                     ".path = \"a.csv.gz\", .rows = {.has_stop = 1, .stop = 1500}");
    assert_has(text, ".gzip = &grt_gzip");
    assert_lacks(text, "model_entries");
}
END_TEST

START_TEST(test_fetched_source)
{
    add_split(false, value_negated);
    const char *text = tables();
    assert_has(text, ".name = \"x\", .var = 1, .path");
    assert_has(text, ".fetch = &model_entries[0]}");
}
END_TEST

START_TEST(test_source_of_two_inputs_is_fetched)
{
    Split *split = add_split(true, value_itself);
    const int other = add_var(VAR_INPUT, "z", DT_F32, 4);
    graph_result(split->fetch, RESULT_WRITE, other, NULL, value_itself(split->fetch, 1), (Loc){0});
    const char *text = tables();
    assert_lacks(text, ".direct");
    assert_has(text, ".fetch = &model_entries[0]}");
}
END_TEST

START_TEST(test_prints)
{
    Routine *r = add_routine(ENTRY_PRINT, "print");
    add_value(r, "first", DT_F32, 0);
    add_value(r, "second", DT_F32, 64);
    Print prints[] = {{.label = "text", .more = true}, {.value = "second"}};
    for (int i = 0; i < 2; i++) {
        memcpy(prints[i].style, style_default, sizeof style_default);
        vec_push(arena, &model->prints, prints[i]);
    }
    const char *text = tables();
    assert_has(text,
               "{.label = \"text\", .value = -1, .more = 1},\n    {.label = NULL, .value = 1},");
}
END_TEST

/* ---- fingerprint ---- */

START_TEST(test_fingerprint)
{
    add_var(VAR_PARAM, "w", DT_F32, 64);
    model->vars.data[0].type.dims[0].batch = false;
    const uint64_t before = emit_fingerprint(model);
    model->vars.data[0].loc = (Loc){0};
    ck_assert_uint_eq(emit_fingerprint(model), before);
    model->vars.data[0].type.dims[1].size = 65;
    ck_assert_uint_ne(emit_fingerprint(model), before);
}
END_TEST

/* ---- the C API ---- */

static const char *header(void)
{
    StrBuf out = strbuf_new(arena);
    emit_h(&out, program, &options);
    return strbuf_text(&out);
}

static const char *functions(void)
{
    StrBuf out = strbuf_new(arena);
    emit_api_functions(&out, program);
    return strbuf_text(&out);
}

START_TEST(test_api)
{
    const int image = add_var(VAR_INPUT, "image", DT_F32, 64);
    const int label = add_var(VAR_INPUT, "label", DT_I32, 1);
    Routine *train = add_routine(ENTRY_TRAIN, "train");
    add_kernel(train, "k_a", input_buffer(image), NULL);
    add_kernel(train, "k_b", input_buffer(label), NULL);
    Routine *predict = add_routine(ENTRY_PREDICT, "predict");
    add_kernel(predict, "k_a", input_buffer(image), NULL);
    add_value(predict, "class", DT_I64, 0);
    model->batch_bound = 32;
    const char *text = header();
    assert_has(text, "int digits_train_step(digits *self, int64_t batch, const float *in_image, "
                     "const int32_t *in_label, double *loss);");
    assert_has(text, "int digits_predict(digits *self, int64_t batch, const float *in_image, "
                     "int64_t *out_class);");
    assert_has(text, "in_image  f32[batch, 64]");
    assert_has(text, "#define DIGITS_MAX_BATCH INT64_C(32)");
    assert_has(text, EMIT_MARKER);
    const char *code = functions();
    assert_has(code, "inputs[] = {in_image, in_label};\n    return grt_train_step(");
    assert_has(code, "inputs[] = {in_image, NULL};\n"
                     "    void *const outputs[] = {out_class};\n    return grt_predict(");
}
END_TEST

START_TEST(test_api_without_entries)
{
    const char *text = header();
    assert_lacks(text, "train_step");
    assert_lacks(text, "predict");
    assert_has(text, "digits *digits_create(uint64_t seed);");
}
END_TEST

START_TEST(test_api_of_a_keyword)
{
    model->name = "double";
    assert_has(header(), "typedef struct double_model double_model;");
    model->name = "timer";
    assert_has(header(), "timer_model *timer_model_create(uint64_t seed);");
    model->name = "3d";
    assert_has(header(), "typedef struct model_3d model_3d;");
}
END_TEST

/* ---- standalone ---- */

static const char *runtime(bool gzip)
{
    StrBuf out = strbuf_new(arena);
    emit_runtime(&out, gzip, false);
    const char *begin = strstr(strbuf_text(&out), "#endif\n\n") + strlen("#endif\n\n");
    return arena_strndup(arena, begin, (size_t)(strstr(begin, "\n#ifdef") - begin));
}

START_TEST(test_runtime_is_pasted_once)
{
    ck_assert_str_eq(runtime(false), "int grt;\nint b;\n#include <math.h>\nint a;\n");
}
END_TEST

START_TEST(test_runtime_with_gzip)
{
    assert_has(runtime(true), "int gzip;");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emit");
    TCase *tests = tcase_create("emit");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_variable_rows);
    tcase_add_test(tests, test_inputs_come_before_sources);
    tcase_add_test(tests, test_entry_rows);
    tcase_add_test(tests, test_empty_tables_are_left_out);
    tcase_add_test(tests, test_text_is_escaped);
    tcase_add_test(tests, test_direct_source);
    tcase_add_test(tests, test_fetched_source);
    tcase_add_test(tests, test_source_of_two_inputs_is_fetched);
    tcase_add_test(tests, test_prints);
    tcase_add_test(tests, test_fingerprint);
    tcase_add_test(tests, test_api);
    tcase_add_test(tests, test_api_without_entries);
    tcase_add_test(tests, test_api_of_a_keyword);
    tcase_add_test(tests, test_runtime_is_pasted_once);
    tcase_add_test(tests, test_runtime_with_gzip);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
