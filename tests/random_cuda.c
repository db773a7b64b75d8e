/* random_cuda.c -- see random_cuda.h: programs made one, their files, and what comes back. */
#include "tests/random_cuda.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"
#include "tests/random_compare.h"

typedef struct Bed { /* one model file of many programs */
    Arena *arena;
    const TryOptions *options;
    Try *tries;
    int count;
    int batch; /* samples, at most */
    const char *folder;
    const Model *model; /* of all of them */
    const char *wrong;
} Bed;

static const char *path(const Bed *b, const char *name)
{
    return path_join(b->arena, b->folder, name);
}

/* ---- one text ---- */

/* v7, o7, fun7 ... and what every program has; not f32. */
static bool is_own(const char *word, size_t length)
{
    size_t letters = 0;
    while (letters < length && islower((unsigned char)word[letters]))
        letters++;
    for (size_t i = letters; i < length; i++)
        if (!isdigit((unsigned char)word[i]))
            return false;
    if (letters == length)
        return (length == 4 && !memcmp(word, "loss", 4)) ||
               (length == 5 && !memcmp(word, "slope", 5));
    return (letters == 1 && !strchr("fiu", word[0])) || (letters == 3 && !memcmp(word, "fun", 3));
}

/* "v7" of program 3 is v7_p3. */
static void add_text(StrBuf *out, const char *text, int number)
{
    while (*text) {
        size_t length = 1;
        if (isalpha((unsigned char)*text))
            while (isalnum((unsigned char)text[length]) || text[length] == '_')
                length++;
        else if (isdigit((unsigned char)*text)) /* 2e7 is no name */
            while (isalnum((unsigned char)text[length]) || text[length] == '.')
                length++;
        strbuf_write(out, text, length);
        if (isalpha((unsigned char)*text) && is_own(text, length))
            strbuf_printf(out, "_p%d", number);
        text += length;
    }
}

/* ---- files ---- */

static void write_file(Bed *b, const char *name, const void *bytes, size_t size)
{
    const char *why;
    if (!b->wrong && !file_write(b->arena, path(b, name), bytes, size, &why))
        b->wrong = why;
}

/* An input's samples, all as f64: the program converts them. */
static void write_input(Bed *b, const Try *t, int local, const Var *var, const char *name,
                        int64_t batch)
{
    int64_t count;
    StrBuf shape = strbuf_new(b->arena);
    type_count(&var->type, batch, &count);
    for (int k = 0; k < var->type.rank; k++) {
        const Dim d = var->type.dims[k];
        strbuf_printf(&shape, "%lld, ", (long long)(d.size * (d.batch ? batch : 1)));
    }
    StrBuf file = strbuf_new(b->arena);
    strbuf_write(&file, "\x93NUMPY\x01\0\x76", 10); /* version 1.0, 118 bytes of header */
    strbuf_printf(&file, "%-117s\n",
                  arena_printf(b->arena,
                               "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }",
                               strbuf_text(&shape)));
    for (int64_t i = 0; i < count; i++) {
        const double x = random_element(t, local, var, i);
        strbuf_write(&file, (const char *)&x, sizeof x);
    }
    write_file(b, name, strbuf_text(&file), file.length);
}

static const char *const tensor_dtypes[DT_COUNT] = {
    [DT_BOOL] = "BOOL", [DT_U8] = "U8",   [DT_I8] = "I8",     [DT_I16] = "I16", [DT_I32] = "I32",
    [DT_I64] = "I64",   [DT_F16] = "F16", [DT_BF16] = "BF16", [DT_F32] = "F32", [DT_F64] = "F64"};

typedef struct Weights { /* a checkpoint being written */
    StrBuf header, data;
} Weights;

static void add_weights(Bed *b, Weights *w, const Try *t, int local, const Var *var)
{
    int64_t count, bytes;
    type_count(&var->type, 1, &count);
    type_bytes(&var->type, 1, &bytes);
    void *elements = arena_alloc(b->arena, (size_t)bytes + 8);
    for (int64_t i = 0; i < count; i++)
        random_put(elements, var->type.dtype, i, random_element(t, local, var, i));
    strbuf_printf(&w->header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                  w->header.length > 1 ? "," : "", var->name, tensor_dtypes[var->type.dtype]);
    for (int k = 0; k < var->type.rank; k++)
        strbuf_printf(&w->header, "%s%lld", k ? "," : "", (long long)var->type.dims[k].size);
    strbuf_printf(&w->header, "],\"data_offsets\":[%lld,%lld]}", (long long)w->data.length,
                  (long long)w->data.length + (long long)bytes);
    strbuf_write(&w->data, elements, (size_t)bytes);
}

/* The variables of the programs one after another are those of the model. */
static void write_variables(Bed *b, int64_t batch)
{
    Weights w = {strbuf_new(b->arena), strbuf_new(b->arena)};
    int global = 0;
    strbuf_putc(&w.header, '{');
    for (int i = 0; i < b->count && !b->wrong; i++) {
        const Model *own = b->tries[i].ways[0].graph->model;
        for (int k = 0; k < own->vars.count; k++, global++) {
            const Var *var = &b->model->vars.data[global];
            if (global >= b->model->vars.count ||
                !type_equal(&var->type, &own->vars.data[k].type)) {
                b->wrong = "the programs' variables are not those of the model of all";
                return;
            }
            if (var->kind == VAR_INPUT)
                write_input(b, &b->tries[i], k, var,
                            arena_printf(b->arena, "%s.%d.npy", var->name, (int)batch), batch);
            else
                add_weights(b, &w, &b->tries[i], k, var);
        }
    }
    strbuf_putc(&w.header, '}');
    const uint64_t length = w.header.length;
    StrBuf file = strbuf_new(b->arena);
    strbuf_write(&file, (const char *)&length, sizeof length);
    strbuf_write(&file, strbuf_text(&w.header), w.header.length);
    strbuf_write(&file, strbuf_text(&w.data), w.data.length);
    write_file(b, "weights.safetensors", strbuf_text(&file), file.length);
}

/* ---- processes ---- */

typedef Vec(char *) Words;

static void add_words(Bed *b, Words *words, const char *text)
{
    for (char *word = strtok(arena_strdup(b->arena, text), " "); word; word = strtok(NULL, " "))
        vec_push(b->arena, words, word);
}

static void add_word(Bed *b, Words *words, const char *word)
{
    vec_push(b->arena, words, arena_strdup(b->arena, word));
}

static void execute(Bed *b, Words *words, const char *what)
{
    const char *why = "";
    if (b->wrong)
        return;
    vec_push(b->arena, words, NULL);
    const int status = process_run(words->data, &why);
    if (status != 0)
        b->wrong =
            arena_printf(b->arena, "%s: exit status %d %s", what, status, status < 0 ? why : "");
}

/* A function of tests/cuda_lib.sh, which knows whether there is a GPU or the test bed. */
static Words cuda_words(Bed *b, const char *function)
{
    Words words = {0};
    add_words(b, &words, "sh -c");
    add_word(b, &words,
             arena_printf(b->arena, "SRC=$0; . \"$SRC/tests/cuda_lib.sh\"; %s \"$@\"", function));
    add_word(b, &words, b->options->top);
    return words;
}

static void build(Bed *b)
{
    Words plain = {0}, cuda = cuda_words(b, "cuda_make");
    add_word(b, &plain, getenv("GRADC"));
    add_words(b, &plain, "-O0 --cflags=-O0 --threads=none -f");
    add_word(b, &plain, path(b, "random.dsl"));
    add_words(b, &plain, "-o");
    add_word(b, &plain, path(b, "plain"));
    execute(b, &plain, "gradc -O0");
    add_word(b, &cuda, path(b, "cuda"));
    add_word(b, &cuda, path(b, "random.dsl"));
    add_words(b, &cuda, b->options->gradc ? b->options->gradc : "");
    execute(b, &cuda, "the build of the CUDA program");
}

static const char *output_file(const Bed *b, const char *program, const char *order,
                               int program_number, const char *name)
{
    return path(b,
                arena_printf(b->arena, "%s.%s.%s_p%d.npy", program, order, name, program_number));
}

static void predict(Bed *b, const char *program, const char *order, int64_t batch)
{
    Words words = {0};
    bool has_weights = false;
    if (strcmp(program, "cuda") == 0) {
        words = cuda_words(b, "cuda_run");
        add_word(b, &words, order);
    }
    add_word(b, &words, path(b, program));
    add_words(b, &words, "predict --quiet");
    for (int i = 0; i < b->model->vars.count; i++) {
        const Var *var = &b->model->vars.data[i];
        has_weights = has_weights || var->kind != VAR_INPUT;
        if (var->kind != VAR_INPUT)
            continue;
        add_word(b, &words, arena_printf(b->arena, "--in.%s", var->name));
        add_word(b, &words, path(b, arena_printf(b->arena, "%s.%d.npy", var->name, (int)batch)));
    }
    if (has_weights) {
        add_words(b, &words, "--load");
        add_word(b, &words, path(b, "weights.safetensors"));
    }
    for (int i = 0; i < b->count; i++) {
        const Graph *g = b->tries[i].ways[0].graph;
        for (int k = 0; k < g->results.count; k++) {
            const char *name = g->results.data[k].name;
            add_word(b, &words, arena_printf(b->arena, "--out.%s_p%d", name, i));
            add_word(b, &words, output_file(b, program, order, i, name));
        }
    }
    execute(b, &words,
            arena_printf(b->arena, "the %s program (%s, %d samples)", program, order, (int)batch));
}

/* ---- what they say ---- */

typedef struct Numbers {
    const char *bytes; /* elements */
    size_t size;
    DType dtype; /* as written: bf16 as f32 */
} Numbers;

static Numbers read_output(Bed *b, const char *file, const Type *type, int64_t batch)
{
    char *text;
    size_t size;
    const char *why;
    int64_t count;
    Numbers n = {.dtype = type->dtype == DT_BF16 ? DT_F32 : type->dtype};
    type_count(type, batch, &count);
    if (!file_read(b->arena, file, (size_t)1 << 32, &text, &size, &why)) {
        b->wrong = why;
        return n;
    }
    const size_t header =
        size < 10 ? 0 : 10 + (size_t)(unsigned char)text[8] + 256 * (size_t)(unsigned char)text[9];
    n.bytes = text + header;
    n.size = size - header;
    if (size < header || n.size != (size_t)count * (size_t)dtype_info[n.dtype].bytes)
        b->wrong = arena_printf(b->arena, "%s has %zu bytes of numbers", file, n.size);
    return n;
}

static bool agree(double a, double b, double tolerance)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance;
}

static void compare_numbers(Bed *b, const Try *t, const Result *result, const Reference *ref,
                            int64_t batch, const Numbers *plain, const Numbers *cuda,
                            TryCounts *counts)
{
    const Type *type = &result->node->type;
    const double tolerance =
        random_tolerance(ref, result->node, batch, random_step(t->ways[0].graph));
    int64_t count;
    bool same = true;
    type_count(type, batch, &count);
    for (int64_t i = 0; i < count && !b->wrong; i++) {
        const double want = random_get(plain->bytes, plain->dtype, i),
                     have = random_get(cuda->bytes, cuda->dtype, i);
        same = same && agree(have, want, 0);
        if (isfinite(tolerance) && !agree(have, want, tolerance))
            b->wrong = arena_printf(
                b->arena, "%s[%d] (%s), batch %d: %.9g at -O0, %.9g by CUDA (tolerance %.3g)",
                result->name, (int)i, t->source->recipe ? t->source->recipe : "", (int)batch, want,
                have, tolerance);
    }
    counts->values++;
    counts->unsteady += !isfinite(tolerance);
    counts->same_bits += same;
}

static void compare_program(Bed *b, int number, int64_t batch, TryCounts *counts)
{
    const Try *t = &b->tries[number];
    const Graph *g = t->ways[0].graph;
    const Reference ref = random_reference(t, batch);
    for (int i = 0; i < g->results.count && !b->wrong; i++) {
        const Result *result = &g->results.data[i];
        Numbers first = {0};
        Words orders = {0};
        add_words(b, &orders, b->options->orders);
        for (int k = 0; k < orders.count && !b->wrong; k++) {
            const Numbers n =
                read_output(b, output_file(b, "cuda", orders.data[k], number, result->name),
                            &result->node->type, batch);
            if (k == 0)
                first = n;
            else if (!b->wrong && memcmp(first.bytes, n.bytes, n.size) != 0)
                b->wrong =
                    arena_printf(b->arena, "%s (%s), batch %d: threads in order %s give other bits",
                                 result->name, t->source->recipe ? t->source->recipe : "",
                                 (int)batch, orders.data[k]);
        }
        if (b->wrong)
            return;
        const Numbers plain =
            read_output(b, output_file(b, "plain", "forward", number, result->name),
                        &result->node->type, batch);
        if (!b->wrong)
            compare_numbers(b, t, result, &ref, batch, &plain, &first, counts);
    }
}

static void compare_batch(Bed *b, int64_t batch, TryCounts *counts, int *which)
{
    Words orders = {0};
    add_words(b, &orders, b->options->orders);
    write_variables(b, batch);
    predict(b, "plain", "forward", batch);
    for (int i = 0; i < orders.count; i++)
        predict(b, "cuda", orders.data[i], batch);
    for (int i = 0; i < b->count && !b->wrong; i++) {
        *which = i;
        compare_program(b, i, batch, counts);
    }
}

static const char *merged_text(Bed *b)
{
    StrBuf text = strbuf_new(b->arena);
    for (int i = 0; i < b->count; i++) {
        strbuf_printf(&text, "# program %d%s%s\n", i, b->tries[i].source->recipe ? ": " : "",
                      b->tries[i].source->recipe ? b->tries[i].source->recipe : "");
        add_text(&text, b->tries[i].text, i);
    }
    return strbuf_text(&text);
}

const char *random_try_cuda(Arena *arena, RandomProgram *const *programs, int count,
                            const TryOptions *options, TryCounts *counts, int *which)
{
    Bed b = {.arena = arena, .options = options, .count = count, .batch = programs[0]->batch};
    b.tries = arena_array(arena, Try, count);
    for (*which = 0; *which < count; ++*which) {
        random_prepare(&b.tries[*which], arena, programs[*which], options, 1);
        if (b.tries[*which].wrong)
            return b.tries[*which].wrong;
        random_count_nodes(b.tries[*which].ways[0].graph, counts);
    }
    *which = 0;
    const char *text = merged_text(&b);
    b.model = random_model(arena, text, b.batch, options, &b.wrong);
    if (!b.wrong && !(b.folder = dir_make_temp(arena, &b.wrong)))
        return b.wrong;
    write_file(&b, "random.dsl", text, strlen(text));
    if (!b.wrong)
        build(&b);
    if (!b.wrong)
        compare_batch(&b, b.batch, counts, which);
    if (!b.wrong)
        compare_batch(&b, random_short_batch(programs[0]), counts, which);
    if (b.folder)
        dir_remove(b.folder);
    return b.wrong;
}
