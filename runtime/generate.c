/* generate.c -- the command `generate`: a prompt, and what the model writes behind it.
 *
 *     ./gpt generate --prompt "ROMEO:" --length 500 --temperature 0.8
 *
 * The prompt goes token by token through the GENERATE entry, whose states remember it; then what
 * the entry gave, again and again.  When as many have gone in as the model looks back at (context),
 * the states begin anew, and the last context / 2 go in once more: so it has seen half a context or
 * more before each token. */
#include <stdlib.h>
#include <string.h>

#include "grt_prompt.h"

typedef struct Generate {
    GrtSession *session;
    const GrtEntry *entry;
    GrtTokens prompt;
    int64_t shown;    /* tokens of the prompt that were asked for */
    int64_t length;   /* tokens to make */
    int64_t rows;     /* samples that are made side by side */
    int64_t first;    /* the number of the first of them */
    int64_t *tokens;  /* of each row: the prompt's, then what was made */
    int64_t most;     /* of a row */
    int64_t count;    /* of a row that are there */
    int64_t fed;      /* that have gone in */
    int64_t position; /* that have gone in since the states began */
    uint64_t runs;    /* of the entry: each has random draws of its own */
    GrtError *error;
} Generate;

/* ---- one token ---- */

static int64_t *generate_token(const Generate *g, int64_t row, int64_t at)
{
    return &g->tokens[row * g->most + at];
}

static int generate_begin(Generate *g)
{
    g->position = 0;
    return grt_pass_begin(g->session->instance, GRT_PASS_GENERATE, g->error);
}

/* Token `fed` of each row goes in. */
static int generate_feed(Generate *g)
{
    GrtInstance *instance = g->session->instance;
    const GrtGenerate *config = g->session->model->generate;
    const GrtVar *input = &g->session->model->vars[config->input];
    if (config->context > 0 && g->position == config->context) {
        g->fed -= config->context / 2;
        if (generate_begin(g) != 0)
            return g->error->status;
    }
    for (int64_t row = 0; row < g->rows; row++)
        if (!grt_element_put(input->type.dtype, instance->slots[input->offset], row,
                             (double)*generate_token(g, row, g->fed)))
            return grt_fail(g->error, 1, "token %lld does not fit into '%s', which is %s",
                            (long long)*generate_token(g, row, g->fed), input->name,
                            grt_dtype_name[input->type.dtype]);
    grt_instance_counters(instance, g->rows, 1);
    instance->run.counters[GRT_POSITION] = (double)g->position;
    instance->run.rng.step = ++g->runs;
    instance->run.rng.first_sample = (uint64_t)g->first;
    if (grt_instance_run(instance, g->entry, g->error) != 0)
        return g->error->status;
    g->fed++;
    g->position++;
    return 0;
}

/* One more token for each row. */
static int generate_next(Generate *g)
{
    const GrtValue *value = &g->entry->values[0];
    while (g->fed < g->count)
        if (generate_feed(g) != 0)
            return g->error->status;
    for (int64_t row = 0; row < g->rows; row++) {
        const double next =
            grt_element(value->type.dtype, g->session->instance->work + value->offset, row);
        *generate_token(g, row, g->count) = (int64_t)next;
        if (grt_token_check(g->session->model, (int64_t)next, g->error) != 0)
            return g->error->status;
    }
    g->count++;
    return 0;
}

/* ---- samples ---- */

static void generate_write(const Generate *g, int64_t row, int64_t from, int64_t to)
{
    const int64_t hidden = g->prompt.count - g->shown;
    for (int64_t i = from > hidden ? from : hidden; i < to; i++)
        grt_token_write(g->session->model, *generate_token(g, row, i), i == hidden, stdout);
}

/* Several stand one below the other. */
static void generate_write_rows(const Generate *g)
{
    for (int64_t row = 0; row < g->rows; row++) {
        printf("--- %lld ---\n", (long long)(g->first + row + 1));
        generate_write(g, row, 0, g->count);
        putchar('\n');
    }
    fflush(stdout);
}

/* `rows` samples; a single one is written as it is made. */
static int generate_samples(Generate *g)
{
    const bool single = g->session->settings->samples == 1;
    for (int64_t row = 0; row < g->rows; row++)
        memcpy(generate_token(g, row, 0), g->prompt.data,
               (size_t)g->prompt.count * sizeof *g->prompt.data);
    g->count = g->prompt.count;
    g->fed = 0;
    g->runs = 0;
    if (generate_begin(g) != 0)
        return g->error->status;
    if (single)
        generate_write(g, 0, 0, g->count);
    while (g->count < g->prompt.count + g->length) {
        if (single)
            fflush(stdout);
        if (generate_next(g) != 0)
            return g->error->status;
        if (single)
            generate_write(g, 0, g->count - 1, g->count);
        if (ferror(stdout))
            return 0; /* nobody reads it: cli_finish says so */
    }
    if (single)
        putchar('\n');
    else
        generate_write_rows(g);
    return 0;
}

static int generate_all(Generate *g)
{
    const int64_t samples = g->session->settings->samples, batch = g->session->settings->batch;
    int64_t cells, bytes;
    if (!grt_checked_add(g->prompt.count, g->length, &g->most) ||
        !grt_checked_mul(g->most, samples < batch ? samples : batch, &cells) ||
        !grt_checked_mul(cells, (int64_t)sizeof *g->tokens, &bytes))
        return grt_fail(g->error, 3, "not enough memory for so many tokens");
    if (!(g->tokens = grt_memory(bytes, "the tokens", g->error)))
        return g->error->status;
    grt_instance_average(g->session->instance, true);
    for (g->first = 0; g->first < samples && !ferror(stdout); g->first += g->rows) {
        g->rows = samples - g->first < batch ? samples - g->first : batch;
        if (generate_samples(g) != 0)
            return g->error->status;
    }
    return 0;
}

static void generate_say_speed(const Generate *g, double seconds)
{
    const int64_t made = g->length * g->session->settings->samples;
    if (!g->session->settings->quiet && seconds > 0)
        fprintf(stderr, "%lld tokens in %.2f s: %.0f a second\n", (long long)made, seconds,
                (double)made / seconds);
}

int grt_generate(GrtSession *session)
{
    const GrtModel *model = session->model;
    const GrtSettings *settings = session->settings;
    Generate g = {.session = session,
                  .entry = grt_entry_find(model, GRT_GENERATE, 0),
                  .length = settings->length,
                  .error = &session->error};
    int failed = grt_prompt_read(model, settings, &g.prompt, &g.shown, g.error);
    if (!failed)
        failed = grt_session_weights(session);
    if (!failed) {
        const double started = grt_seconds();
        failed = generate_all(&g);
        if (!failed)
            generate_say_speed(&g, grt_seconds() - started);
    }
    free(g.prompt.data);
    free(g.tokens);
    return failed;
}
