/* check_ir_text.c -- the textual IR: what is printed reads back to the same bytes, and text that
 * is wrong, truncated or hostile gets one error. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ir/model.h"

static const Loc nowhere;
static Arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* Every kind of statement, attribute and number. */
static const char sample[] =
    "model digits\n"
    "batch_bound 32\n"
    "train batch=32 epochs=20 shuffle drop_last\n"
    "option @lr float = 0.001\n"
    "option @\"odd name\" int = -3.0\n"
    "input @image : f32[batch, 4]\n"
    "input @label : i32[batch] range=[0, 9]\n"
    "param @linear1.weight : f32[2, 4]\n"
    "state @adam.linear1.weight.m : f32[2, 4] optimizer\n"
    "state @h : f32[batch, 2] stream\n"
    "source @train.image : f32[batch, 4]\n"
    "source @train.noise : f32[batch, 4]\n"
    "scratch @eval.loss : f64\n"
    "metric accuracy : f32\n"
    "print label=\"grad(y, \\\"x\\\")\\x0a\" value=p.0\n"
    "print label=\"only text\" more\n"
    "print value=p.1\n"
    "graph init {\n"
    "  %0 = uniform key=0x0123456789abcdef : f32[2, 4]\n"
    "  %1 = const 0.1 : f32[2, 4]\n"
    "  %2 = const [0.0, -0.0, 1.0, 0.5, 1e-45, inf, -inf, nan] : f32[2, 4] name=\"a b\"\n"
    "  %3 = add %1 %2 : f32[2, 4] name=start grad_of=%0\n"
    "  write @linear1.weight = %0\n"
    "  write @adam.linear1.weight.m = %3\n"
    "}\n"
    "graph train {\n"
    "  %0 = input @image : f32[batch, 4]\n"
    "  %2 = param @linear1.weight : f32[2, 4]\n"
    "  %3 = contract %0 %2 labels=ik,jk->ij : f32[batch, 2]\n"
    "  %4 = state @h : f32[batch, 2]\n"
    "  %5 = mul %3 %4 : f32[batch, 2]\n"
    "  %6 = sum %5 axes=[0, 1] : f32[1, 1]\n"
    "  %7 = reshape %6 : f32\n"
    "  %8 = contract %7 %7 labels=,-> : f32\n"
    "  %9 = counter batch : f64\n"
    "  %10 = option @lr : f64\n"
    "  %11 = div %10 %9 : f64\n"
    "  %12 = cast %11 : f32\n"
    "  %20 = mul %12 %8 : f32\n"
    "  %21 = option @\"odd name\" : f64\n"
    "  value loss = %20\n"
    "  write @eval.loss = %21\n"
    "}\n"
    "graph print {\n"
    "  %0 = iota axis=1 : i64[2, 3]\n"
    "  %1 = slice %0 start=[1, 2] step=[-1, -2] : i64[2, 2]\n"
    "  %2 = pad %1 start=[0, 1] step=[1, 2] fill=-9223372036854775808 : i64[2, 5]\n"
    "  %3 = concat %2 %0 axis=1 : i64[2, 8]\n"
    "  %4 = permute %3 axes=[1, 0] : i64[8, 2]\n"
    "  %5 = argmax %4 axes=[0] : i64[1, 2]\n"
    "  %6 = const [true, false] : bool[2]\n"
    "  %7 = const 255 : u8\n"
    "  %8 = const 0.10000000000000001 : f16[2]\n"
    "  %9 = normal key=0x0000000000000000 : f64\n"
    "  %10 = scan %9 %0 %4 turns=2 carries=1 along=[0, -1] yields=[0] backward {\n"
    "    %0 = arg 0 : f64 name=h\n"
    "    %1 = arg 1 : i64[3]\n"
    "    %2 = turn : i64\n"
    "    %3 = cast %2 : f64\n"
    "    %4 = add %0 %3 : f64\n"
    "    %5 = scan %4 turns=3 carries=1 along=[] yields=[] {\n"
    "      %0 = arg 0 : f64\n"
    "      %1 = mul %0 %0 : f64\n"
    "      next %1\n"
    "    } : bool\n"
    "    %6 = scan_out %5 result=0 : f64\n"
    "    next %6\n"
    "    yield %1\n"
    "  } : bool\n"
    "  %11 = scan_out %10 result=1 : i64[2, 3]\n"
    "  value p.0 = %5\n"
    "  value p.1 = %6\n"
    "  value p.2 = %11\n"
    "}\n"
    "graph check_grad widened {\n"
    "  %0 = param @linear1.weight : f64[2, 4]\n"
    "  %1 = sum %0 axes=[0, 1] : f64[1, 1]\n"
    "  %2 = reshape %1 : f64\n"
    "  %3 = grad %2 %0 : f64[2, 4]\n"
    "  value loss = %2\n"
    "  value grad.linear1.weight = %3\n"
    "}\n"
    "graph make_train {\n"
    "  %0 = normal key=0x00000000000000ff : f32[100, 4]\n"
    "  value noise = %0\n"
    "}\n"
    "graph fetch_train {\n"
    "  %0 = input @train.image : f32[batch, 4]\n"
    "  %1 = input @train.noise : f32[batch, 4]\n"
    "  %2 = add %0 %1 : f32[batch, 4]\n"
    "  write @image = %2\n"
    "}\n"
    "split train make=make_train fetch=fetch_train {\n"
    "  csv @train.image path=\"data/digits.csv\" rows=-5:1500 columns=64\n"
    "  tensor @train.noise samples=100 value=noise\n"
    "}\n"
    "entry init graph=init step=0 every=0\n"
    "entry train graph=train step=0 every=2\n"
    "entry print graph=print step=0 every=0\n"
    "entry check_grad graph=check_grad step=0 every=1\n"
    "entry make graph=make_train step=0 every=0 split=train\n"
    "entry fetch graph=fetch_train step=0 every=0 split=train\n";

static Model *read_text(const char *text, size_t size, Diag *diag)
{
    return model_read(arena, source_new(arena, "test.ir", text, size), diag);
}

static const char *print_text(const Model *model)
{
    StrBuf out = strbuf_new(arena);
    model_print(&out, model);
    return strbuf_text(&out);
}

/* What a user sees: "" if the text is fine. */
static const char *complaint(const char *text, size_t size)
{
    char *shown = NULL;
    size_t shown_size = 0;
    Diag *diag = diag_new(arena);
    const Model *model = read_text(text, size, diag);
    ck_assert_int_eq(model != NULL, diag_error_count(diag) == 0);
    FILE *out = open_memstream(&shown, &shown_size);
    ck_assert_ptr_nonnull(out);
    diag_flush(diag, out);
    fclose(out);
    const char *copy = arena_strdup(arena, shown);
    free(shown);
    return copy;
}

static const char *without_comments(const char *text)
{
    StrBuf out = strbuf_new(arena);
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n'), *hash = memchr(line, '#', (size_t)(end - line));
        size_t length = (size_t)((hash ? hash : end) - line);
        while (length > 0 && line[length - 1] == ' ')
            length--;
        strbuf_write(&out, line, length);
        strbuf_putc(&out, '\n');
        line = end + 1;
    }
    return strbuf_text(&out);
}

START_TEST(test_sample_is_kept)
{
    /* an f16 is not written with more digits than it needs: the one line that changes */
    Diag *diag = diag_new(arena);
    const Model *model = read_text(sample, strlen(sample), diag);
    ck_assert_str_eq(complaint(sample, strlen(sample)), "");
    const char *once = print_text(model);
    const char *place = strstr(sample, "0.10000000000000001");
    const size_t before = (size_t)(place - sample);
    ck_assert_int_eq(strncmp(once, sample, before), 0);
    ck_assert_ptr_nonnull(strstr(once, "%8 = const 0.0999755859375 : f16[2]"));
    ck_assert_str_eq(strchr(once + before, '\n'), strchr(place, '\n'));
    const Model *again = read_text(once, strlen(once), diag);
    ck_assert_str_eq(print_text(again), once);
}
END_TEST

START_TEST(test_reading_restores_the_model)
{
    const Model *model = read_text(sample, strlen(sample), diag_new(arena));
    ck_assert(model->train.shuffle && model->train.drop_last);
    ck_assert_int_eq(model->vars.data[1].high, 9);
    ck_assert(model->vars.data[3].optimizer && model->vars.data[4].stream);
    ck_assert_str_eq(model->options.data[1].name, "odd name");
    ck_assert_str_eq(model->prints.data[0].label, "grad(y, \"x\")\n");
    const Source *source = &model->splits.data[0]->sources.data[0];
    ck_assert(source->columns.single && !source->columns.has_stop);
    ck_assert_int_eq(source->rows.start, -5);
    ck_assert_int_eq(source->rows.stop, 1500);
    const Graph *train = model_find_entry(model, ENTRY_TRAIN, 0)->graph;
    ck_assert_int_eq(train->next_id, 22);
    ck_assert(train->nodes.data[10]->host && !train->nodes.data[11]->host);
    const Graph *init = model_find_entry(model, ENTRY_INIT, 0)->graph;
    ck_assert_ptr_eq(init->nodes.data[3]->grad_of, init->nodes.data[0]);
    ck_assert(signbit(init->nodes.data[2]->attr.elements[1].f));
    ck_assert_uint_eq(init->nodes.data[0]->attr.key, 0x0123456789abcdefu);
}
END_TEST

START_TEST(test_windows_are_kept)
{
    static const char *const lines[] = {
        "text @train.image path=\"a.txt\" offset=1 stride=3 vocabulary=\"\\x0a \\\"ab\" rows=1:",
        "text @train.image path=\"a.txt\" random=1000 part=0.0,0.9",
        "tokens @train.image path=\"a.bin\" skip=1024 width=4",
        "csv @train.image path=\"a.csv\" part=0.1,1.0 columns=64"};
    static const char *const old =
        "csv @train.image path=\"data/digits.csv\" rows=-5:1500 columns=64";
    const char *place = strstr(sample, old);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *text = arena_printf(arena, "%.*s%s%s", (int)(place - sample), sample, lines[i],
                                        place + strlen(old));
        ck_assert_str_eq(complaint(text, strlen(text)), "");
        const char *once = print_text(read_text(text, strlen(text), diag_new(arena)));
        ck_assert_ptr_nonnull(strstr(once, lines[i]));
    }
}
END_TEST

START_TEST(test_places_are_comments)
{
    static const char text[] = "x = 1\ny = 2\n";
    const SourceFile *source = source_new(arena, "/tmp/it # is.dsl", text, strlen(text));
    Model *model = model_new(arena, "m", source);
    Graph *g = graph_new(model, "print");
    const Type f32 = type_scalar(DT_F32);
    g->loc = (Loc){source, 6, 7};
    Node *x = graph_number(g, 2, &f32);
    x->name = "x # y";
    graph_result(g, RESULT_VALUE, 0, "x", x, nowhere);
    vec_push(arena, &model->entries, ((Entry){.kind = ENTRY_PRINT, .graph = g}));
    const char *once = print_text(model);
    ck_assert_ptr_nonnull(strstr(once, "  # it  is.dsl:2\n"));
    const Model *again = read_text(once, strlen(once), diag_new(arena));
    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(again->entries.data[0].graph->nodes.data[0]->name, "x # y");
    x->name = NULL; /* without_comments knows no quotes */
    once = print_text(model);
    again = read_text(once, strlen(once), diag_new(arena));
    ck_assert_str_eq(print_text(again), without_comments(once));
    ck_assert_int_eq(loc_line(again->entries.data[0].graph->nodes.data[0]->loc), 4);
}
END_TEST

START_TEST(test_numbers_keep_their_bits)
{
    static const double numbers[] = {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22};
    static const DType floats[] = {DT_F64, DT_F32, DT_F16, DT_BF16};
    for (size_t k = 0; k < sizeof floats / sizeof *floats; k++) {
        Model *model = model_new(arena, "m", NULL);
        Graph *g = graph_new(model, "print");
        const Type type = type_scalar(floats[k]);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            graph_number(g, numbers[i], &type);
        vec_push(arena, &model->entries, ((Entry){.kind = ENTRY_PRINT, .graph = g}));
        const char *text = print_text(model);
        const Model *again = read_text(text, strlen(text), diag_new(arena));
        ck_assert_ptr_nonnull(again);
        for (int i = 0; i < g->nodes.count; i++)
            ck_assert(scalar_equal(again->entries.data[0].graph->nodes.data[i]->attr.value,
                                   g->nodes.data[i]->attr.value));
    }
}
END_TEST

/* The sample with the first `old` replaced, and what is said about it. */
typedef struct Damage {
    const char *old, *new, *says;
} Damage;

/* clang-format off */
static const Damage damages[] = {
    {"model digits", "modell digits", "test.ir:1:1: error: the textual IR begins with 'model NAME'"},
    {"model digits", "model a/b", "begins no statement"},
    {"model digits", "model 9a", "must be an identifier"},
    {"batch_bound 32", "batch_bound 99999999999999999999", "an integer from 0 to"},
    {"batch_bound 32", "batch_bound 31", "a batch of 32 is above the batch_bound of 31"},
    {"batch_bound 32\ntrain batch=32 epochs=20 shuffle drop_last", "batch_bound 0", "needs a batch_bound"},
    {"train batch=32", "train batch=0", "an integer from 1 to"},
    {"lr float", "lr flaot", "'flaot' is no type of options; did you mean 'float'?"},
    {"= 0.001", "= 1e999", "this number is too large"},
    {"= 0.001", "= 0x10", "this is not a number"},
    {"= 0.001", "= true", "does not fit f64"},
    {"option @\"odd name\"", "option @lr", "there is a 'lr' already"},
    {"\"odd name\"", "\"odd\nname\"", "a character or an escape"},
    {"\"odd name\"", "\"odd\\x00\"", "a character or an escape"},
    {"range=[0, 9]", "range=[9, 0]", "the lowest and the highest"},
    {"eval.loss : f64\n", "eval.loss : f64 param @b : f32[batch]\n", "parameter 'b' has a batch dimension"},
    {"f32[2, 4] optimizer", "f33[2, 4] optimizer", "a type such as f32[batch, 64] is missing"},
    {"f32[batch, 2] stream", "f32[batch, 2]", "but is no stream"},
    {"f32[batch, 2] stream", "f32[batch, 4611686018427387904] stream", "is too large"},
    {"eval.loss : f64\n", "eval.loss : f64 scratch @b : f32[batch, 576460752303423487]\n", "too large at 32 samples"},
    {"eval.loss : f64\n", "eval.loss : f64 source @b : f32[4]\n", "first dimension must be batch"},
    {"%1 = const 0.1 : f32", "%0 = const 0.1 : f32", "there is a %0 already"},
    {"%1 = const 0.1 : f32", "%2000000000 = const 0.1 : f32", "node numbers are too large"},
    {"key=0x0123", "key=0123", "0x and 1 to 16 hexadecimal digits"},
    {"key=0x0123", "key=0xf0123", "0x and 1 to 16 hexadecimal digits"},
    {"-inf, nan]", "-inf]", "7 elements for f32[2, 4]"},
    {"-inf, nan]", "-inf, none]", "this is not a number"},
    {"-inf, nan] : f32[2, 4]", "-inf, nan] : i32[2, 4]", "does not fit i32"},
    {"grad_of=%0", "grad_of=%77", "there is no %77 in this graph"},
    {"add %1 %2", "add %1", "add takes 2 operands, not 1"},
    {"add %1 %2", "add %1 %9", "test.ir:22:15: error: there is no %9 before this line"},
    {"add %1 %2", "adds %1 %2", "'adds' is no operation; did you mean 'add'?"},
    {"add %1 %2 : f32[2, 4]", "add %1 %2 : f32[4, 2]", "add gives f32[2, 4] here, not f32[4, 2]"},
    {"write @linear1.weight", "write @linear2.weight", "there is no variable named 'linear2.weight'"},
    {"input @image : f32[batch, 4]\n  %2", "input @label : i32[batch]\n  %2", "operands differ"},
    {"input @image : f32[batch, 4]\n  %2", "input @imag : f32[batch, 4]\n  %2", "there is no input named 'imag'"},
    {"labels=ik,jk->ij", "labels=ik,kj->ij", "differ in 'k'"},
    {"labels=ik,jk->ij", "labels=ik,jk>ij", "'->' is missing here"},
    {"counter batch", "counter batsch", "'batsch' is no counter; did you mean 'batch'?"},
    {"value loss", "value loos", "graph train has no value named loss"},
    {"value p.1", "value p.2", "test.ir:44:7: error: the print graph has no value named 'p.1'"},
    {"value p.1 = %6\n", "value p.1 = %6 value p.0 = %6\n", "it is a second value named 'p.0'"},
    {"start=[1, 2]", "start=[1, 2, 3]", "need 2 numbers each"},
    {"start=[1, 2]", "start=[1, 2, 3, 4, 5, 6, 7, 8, 9]", "more than 8 axes"},
    {"carries=1 along=[0, -1]", "carries=2 along=[0, -1]", "carries= and along= are for 4 operands, not 3"},
    {"carries=1 along=[0, -1]", "carries=9 along=[0, -1]", "an integer from 0 to 3 is missing"},
    {"arg 1 : i64[3]", "arg 1 : i64[2]", "operand 1 is i64[3] here, not i64[2]"},
    {"arg 1 : i64[3]", "arg 9 : i64[3]", "the scan has no operand 9"},
    {"arg 0 : f64 name=h", "arg -1 : f64 name=h", "an integer"},
    {"next %6", "next %1", "carry 0 is f64 at first, and i64[3] after a turn"},
    {"next %6\n", "", "a body has its 1 next values first"},
    {"turns=2 carries", "turns=3 carries", "has no place for each of 3 turns"},
    {"turns=2 carries", "turns=0 carries", "integer"},
    {"yields=[0]", "yields=[2]", "cannot be stacked along axis 2"},
    {"result=1 : i64[2, 3]", "result=7 : i64[2, 3]", "there is no such result of a scan"},
    {"yield %1\n", "value q = %1\n", "'next', 'yield' or '}' is missing here"},
    {"scan_out %10 result=1", "turn", "it stands in no body of a scan"},
    {"step=[-1, -2]", "step=[-1, 0]", "do not fit into 3"},
    {"fill=-9223372036854775808", "fill=0.5", "does not fit i64"},
    {"const 255 : u8", "const 256 : u8", "does not fit u8"},
    {"permute %3 axes=[1, 0]", "permute %3 axes=[1, 9]", "there is no axis 9"},
    {"axes=[0] : i64", "axes=[0, 1] : i64", "argmax takes one axis, not 2"},
    {"graph make_train", "graph fetch_train", "there is a graph 'fetch_train' already"},
    {"write @image = %2", "write @train.image = %2", "there is no variable named 'train.image'"},
    {"make=make_train fetch", "make=make_trian fetch", "there is no graph 'make_trian'"},
    {"split train make", "split trian make", "'trian' is no split; did you mean 'train'?"},
    {"samples=100", "samples=50", "split train: f32[50, 4] is made as f32[100, 4]"},
    {"value=noise", "value=nois", "its make graph has no value for 'train.noise'"},
    {"tensor @train.noise", "tensor @train.nois", "there is no such source"},
    {"csv @train.image", "cvs @train.image", "did you mean 'csv'?"},
    {"csv @train.image", "tokens @train.image", "'data/digits.csv' has no such windows"},
    {"csv @train.image path=\"data/digits.csv\"", "text @train.image path=\"a\" width=2", "'a' has no such windows"},
    {"csv @train.image path=\"data/digits.csv\"", "text @train.image path=\"a\" offset=2", "an integer from 1 to 1"},
    {"path=\"data/digits.csv\"", "path=\"a\" stride=2", "no windows are cut from it"},
    {"rows=-5:1500", "part=0.9,0.1", "a part is two shares"},
    {"rows=-5:1500", "part=0.9", "','"},
    {"csv @train.image path=\"data/digits.csv\" rows=-5:1500 columns=64", "tensor @train.noise samples=100 value=noise", "'train.noise' is filled twice"},
    {"every=2", "every=0", "must run every 1 or more"},
    {"entry init graph=init step=0", "entry init graph=init step=1", "entry init cannot have step 1"},
    {"entry init graph=init", "entry init graph=train", "graph train is used twice"},
    {"entry init graph=init step=0 every=0\n", "", "graph 'init' belongs to no entry"},
    {"split=train\nentry", "split=test\nentry", "there is no such split"},
    {"step=0 every=0 split=train\nentry", "step=0 every=0\nentry", "entry make needs a split"},
    {"entry fetch graph=fetch_train step=0 every=0 split=train\n", "", "has no entry that fetches it"},
};
/* clang-format on */

START_TEST(test_damaged_text)
{
    const Damage *damage = &damages[_i];
    const char *place = strstr(sample, damage->old);
    ck_assert_msg(place, "'%s' is not in the sample", damage->old);
    StrBuf text = strbuf_new(arena);
    strbuf_write(&text, sample, (size_t)(place - sample));
    strbuf_puts(&text, damage->new);
    strbuf_puts(&text, place + strlen(damage->old));
    const char *said = complaint(text.data, text.length);
    ck_assert_msg(strstr(said, damage->says), "'%s' for '%s': %s", damage->new, damage->old, said);
}
END_TEST

START_TEST(test_truncated_text)
{
    for (size_t size = 0; size < strlen(sample); size += 7) {
        const char *text = arena_strndup(arena, sample, size);
        complaint(text, size);
    }
    ck_assert_ptr_nonnull(strstr(complaint("", 0), "begins with 'model NAME'"));
    ck_assert_ptr_nonnull(strstr(complaint("model m\0\0", 9), "a NUL byte"));
    ck_assert_ptr_nonnull(strstr(complaint("model m print label=\"a", 22), "does not end"));
}
END_TEST

/* Bytes changed, moved and doubled at random: whatever still reads must print and read again. */
START_TEST(test_mutated_text)
{
    static const char alphabet[] = "%@=[]{}:,->\"\\#0123456789.ebatchinf \n\x80";
    uint32_t seed = 12345;
    for (int round = 0; round < 2000; round++) {
        char *text = arena_strdup(arena, sample);
        const size_t size = strlen(sample);
        for (int change = 0; change < 1 + round % 4; change++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % size] = alphabet[(seed >> 4) % (sizeof alphabet - 1)];
        }
        const Model *model = read_text(text, size, diag_new(arena));
        if (model) {
            const char *once = print_text(model);
            const Model *again = read_text(once, strlen(once), diag_new(arena));
            ck_assert_msg(again, "round %d: what was printed does not read", round);
            ck_assert_str_eq(print_text(again), once);
        }
        tear_down();
        set_up();
    }
}
END_TEST

START_TEST(test_long_chain)
{
    enum { LENGTH = 100000 };
    StrBuf text = strbuf_new(arena);
    strbuf_puts(&text, "model m\ngraph print {\n%0 = const 1.0 : f32\n");
    for (int i = 1; i <= LENGTH; i++)
        strbuf_printf(&text, "%%%d = neg %%%d : f32\n", i, i - 1);
    strbuf_printf(&text, "value y = %%%d }\nentry print graph=print step=0 every=0\n", LENGTH);
    ck_assert_str_eq(complaint(text.data, text.length), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ir text");
    TCase *text = tcase_create("text");
    tcase_add_checked_fixture(text, set_up, tear_down);
    tcase_set_timeout(text, 120);
    tcase_add_test(text, test_sample_is_kept);
    tcase_add_test(text, test_reading_restores_the_model);
    tcase_add_test(text, test_windows_are_kept);
    tcase_add_test(text, test_places_are_comments);
    tcase_add_test(text, test_numbers_keep_their_bits);
    tcase_add_loop_test(text, test_damaged_text, 0, (int)(sizeof damages / sizeof *damages));
    tcase_add_test(text, test_truncated_text);
    tcase_add_test(text, test_mutated_text);
    tcase_add_test(text, test_long_chain);
    suite_add_tcase(suite, text);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
