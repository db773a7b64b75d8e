/* random_cuda.c -- see random_cuda.h: programs made one, their files, and what comes back. */
#include "tests/random_cuda.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "tests/bed.h"
#include "tests/random_compare.h"

typedef struct Many { /* programs as one model file */
    Arena *arena;
    Bed bed;
    const TryOptions *options;
    Words orders;
    Try *tries;
    int count;
    const Model *model; /* of all of them */
} Many;

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

const char *random_merged_text(Arena *arena, RandomProgram *const *programs, int count)
{
    StrBuf text = strbuf_new(arena);
    for (int i = 0; i < count; i++) {
        const char *recipe = programs[i]->recipe;
        strbuf_printf(&text, "# program %d%s%s\n", i, recipe ? ": " : "", recipe ? recipe : "");
        add_text(&text, random_program_text(programs[i]), i);
    }
    return strbuf_text(&text);
}

/* ---- what goes in ---- */

static const char *input_file(const Many *m, const Var *var, int64_t batch)
{
    return arena_printf(m->arena, "%s.%d.npy", var->name, (int)batch);
}

static void write_input(Many *m, const Try *t, int own, const Var *var, int64_t batch)
{
    int64_t count, dims[MAX_RANK];
    type_count(&var->type, batch, &count);
    double *x = arena_array(m->arena, double, (int)count);
    for (int64_t i = 0; i < count; i++)
        x[i] = random_element(t, own, var, i);
    for (int k = 0; k < var->type.rank; k++)
        dims[k] = var->type.dims[k].size * (var->type.dims[k].batch ? batch : 1);
    bed_write_npy(&m->bed, input_file(m, var, batch), dims, var->type.rank, x);
}

static void add_weights(Many *m, Weights *w, const Try *t, int own, const Var *var)
{
    int64_t count, bytes;
    type_count(&var->type, 1, &count);
    type_bytes(&var->type, 1, &bytes);
    void *elements = arena_alloc(m->arena, (size_t)bytes + 8);
    for (int64_t i = 0; i < count; i++)
        random_put(elements, var->type.dtype, i, random_element(t, own, var, i));
    bed_weights_add(w, var->name, &var->type, elements);
}

/* The variables of the programs, one after another, are those of the model. */
static void write_variables(Many *m, int64_t batch)
{
    Weights w = bed_weights_new(&m->bed);
    int at = 0;
    for (int i = 0; i < m->count; i++) {
        const Model *own = m->tries[i].ways[0].graph->model;
        for (int k = 0; k < own->vars.count; k++, at++) {
            const Var *var = at < m->model->vars.count ? &m->model->vars.data[at] : NULL;
            if (!var || !type_equal(&var->type, &own->vars.data[k].type)) {
                m->bed.wrong = "the programs' variables are not those of the model of all";
                return;
            }
            if (var->kind == VAR_INPUT)
                write_input(m, &m->tries[i], k, var, batch);
            else
                add_weights(m, &w, &m->tries[i], k, var);
        }
    }
    bed_weights_write(&m->bed, "weights.safetensors", &w);
}

/* ---- what comes out ---- */

static const char *output_file(const Many *m, const char *program, const char *order, int number,
                               const char *name)
{
    return arena_printf(m->arena, "%s.%s.%s_p%d.npy", program, order, name, number);
}

static void predict(Many *m, const char *program, const char *order, int64_t batch)
{
    Bed *b = &m->bed;
    Words words = {0};
    bed_words(b, &words, "predict --quiet");
    for (int i = 0; i < m->model->vars.count; i++) {
        const Var *var = &m->model->vars.data[i];
        if (var->kind != VAR_INPUT)
            continue;
        bed_word(b, &words, arena_printf(m->arena, "--in.%s", var->name));
        bed_word(b, &words, bed_path(b, input_file(m, var, batch)));
    }
    bed_words(b, &words, "--load");
    bed_word(b, &words, bed_path(b, "weights.safetensors"));
    for (int i = 0; i < m->count; i++) {
        const Graph *g = m->tries[i].ways[0].graph;
        for (int k = 0; k < g->results.count; k++) {
            const char *name = g->results.data[k].name;
            bed_word(b, &words, arena_printf(m->arena, "--out.%s_p%d", name, i));
            bed_word(b, &words, bed_path(b, output_file(m, program, order, i, name)));
        }
    }
    bed_run(b, program, order, &words);
}

static const char *recipe_of(const Many *m, const Try *t)
{
    return t->source->recipe ? arena_printf(m->arena, " (%s)", t->source->recipe) : "";
}

static bool agree(double a, double b, double tolerance)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance;
}

static void compare_numbers(Many *m, const Try *t, const Result *result, double tolerance,
                            int64_t batch, const Numbers *plain, const Numbers *cuda,
                            TryCounts *counts)
{
    int64_t count;
    bool same = true;
    type_count(&result->node->type, batch, &count);
    for (int64_t i = 0; i < count && !m->bed.wrong; i++) {
        const double want = random_get(plain->bytes, plain->dtype, i),
                     have = random_get(cuda->bytes, cuda->dtype, i);
        same = same && agree(have, want, 0);
        if (isfinite(tolerance) && !agree(have, want, tolerance))
            m->bed.wrong = arena_printf(
                m->arena, "%s[%d]%s, batch %d: %.9g at -O0, %.9g by CUDA (tolerance %.3g)",
                result->name, (int)i, recipe_of(m, t), (int)batch, want, have, tolerance);
    }
    counts->values++;
    counts->unsteady += !isfinite(tolerance);
    counts->same_bits += same;
}

/* The same bits in every order, and the numbers of -O0. */
static void compare_result(Many *m, int number, const Result *result, double tolerance,
                           int64_t batch, TryCounts *counts)
{
    const Try *t = &m->tries[number];
    const DType dtype = result->node->type.dtype;
    int64_t count;
    type_count(&result->node->type, batch, &count);
    Numbers first = {0};
    const Numbers plain =
        bed_read(&m->bed, output_file(m, "plain", "", number, result->name), dtype, count);
    for (int k = 0; k < m->orders.count && !m->bed.wrong; k++) {
        const char *order = m->orders.data[k];
        const Numbers n =
            bed_read(&m->bed, output_file(m, "cuda", order, number, result->name), dtype, count);
        if (k == 0)
            first = n;
        else if (!m->bed.wrong && memcmp(first.bytes, n.bytes, n.size) != 0)
            m->bed.wrong =
                arena_printf(m->arena, "%s%s, batch %d: threads in order %s give other bits",
                             result->name, recipe_of(m, t), (int)batch, order);
    }
    if (!m->bed.wrong)
        compare_numbers(m, t, result, tolerance, batch, &plain, &first, counts);
}

static void compare_batch(Many *m, int64_t batch, TryCounts *counts, int *which)
{
    write_variables(m, batch);
    predict(m, "plain", "", batch);
    for (int i = 0; i < m->orders.count; i++)
        predict(m, "cuda", m->orders.data[i], batch);
    for (int i = 0; i < m->count && !m->bed.wrong; i++) {
        const Try *t = &m->tries[i];
        const Graph *g = t->ways[0].graph;
        const Reference ref = random_reference(t, batch);
        const double step = random_step(g);
        *which = i;
        for (int k = 0; k < g->results.count && !m->bed.wrong; k++) {
            const Result *result = &g->results.data[k];
            compare_result(m, i, result, random_tolerance(&ref, result->node, batch, step), batch,
                           counts);
        }
    }
}

const char *random_try_cuda(Arena *arena, RandomProgram *const *programs, int count,
                            const TryOptions *options, TryCounts *counts, int *which)
{
    Many m = {.arena = arena, .options = options, .count = count};
    const char *wrong = NULL;
    m.tries = arena_array(arena, Try, count);
    for (*which = 0; *which < count; ++*which) {
        random_prepare(&m.tries[*which], arena, programs[*which], options, 1);
        if (m.tries[*which].wrong)
            return m.tries[*which].wrong;
        random_count_nodes(m.tries[*which].ways[0].graph, counts);
    }
    *which = 0;
    const char *text = random_merged_text(arena, programs, count);
    m.model = random_model(arena, text, programs[0]->batch, options, &wrong);
    if (wrong)
        return wrong;
    m.bed = bed_new(arena, options->top);
    bed_words(&m.bed, &m.orders, options->orders);
    bed_write(&m.bed, "random.dsl", text, strlen(text));
    bed_build(&m.bed, "random.dsl", "", options->gradc ? options->gradc : "");
    compare_batch(&m, programs[0]->batch, counts, which);
    compare_batch(&m, random_short_batch(programs[0]), counts, which);
    bed_free(&m.bed);
    return m.bed.wrong;
}
