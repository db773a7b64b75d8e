/* pipeline.c -- the passes, in order, and their driver.
 *
 * In: a model as elaborated.  Out: the same model, each pass of the table done to it, verified
 * after each; a pass that breaks a graph ends the program with its name. */
#include "passes/pass.h"

#include "ir/scan.h"

#include <string.h>
#include <time.h>

/* clang-format off */
const Pass passes[] = {
    /* name       what it does                                            level  over a graph, the model */
    {"freeze",     "detached values of gradient checks go through memory",   0, NULL, pass_freeze},
    {"grad",       "grad nodes become backward graphs",                      0, pass_grad, NULL},
    {"split_eval", "evaluation accumulates over a split; metrics at its end", 0, NULL, pass_split_eval},
    {"widen",      "gradient checks compute in f64",                         0, pass_widen, NULL},
    {"fold",       "constants, identities, views of views",                  1, pass_fold, NULL},
    {"cse",        "equal nodes become one",                                 1, pass_cse, NULL},
    {"masks",      "the mask of a relu is read from its result",             1, pass_masks, NULL},
    {"channels_last", "images have their channels last in memory",           1, pass_channels_last, NULL},
    {"scores",     "scores of attention, once more for the gradient",        1, pass_scores, NULL},
    {"recompute",  "cheap values the backward pass reads are made again",    1, pass_recompute, NULL},
    {"dce",        "what no result needs goes",                              0, pass_dce, NULL},
};
/* clang-format on */

const int pass_count = sizeof passes / sizeof *passes;

const Pass *pass_find(const char *name)
{
    for (int i = 0; i < pass_count; i++)
        if (strcmp(passes[i].name, name) == 0)
            return &passes[i];
    return NULL;
}

static bool is_skipped(const Pass *pass, const PipelineOptions *options)
{
    if (pass->level > options->level)
        return true;
    for (int i = 0; pass->level > 0 && i < options->skip_count; i++)
        if (strcmp(options->skip[i], pass->name) == 0)
            return true;
    return false;
}

/* Over the bodies of a graph's loops, innermost first, then over the graph. */
static void run_over(const Pass *pass, Graph *g)
{
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_scan)
            run_over(pass, g->nodes.data[i]->attr.scan->body);
    pass->graph(g);
}

static void run_pass(const Pass *pass, Model *m)
{
    if (pass->model) {
        pass->model(m);
        return;
    }
    for (int i = 0; i < m->entries.count; i++)
        run_over(pass, m->entries.data[i].graph);
}

static void verify_model(const Pass *pass, const Model *m)
{
    for (int i = 0; i < m->entries.count; i++) {
        const Graph *g = m->entries.data[i].graph;
        const char *why = graph_verify(g);
        if (why)
            ice("after pass %s, graph %s: %s", pass->name, g->name, why);
    }
}

static void dump_model(const Pass *pass, const Model *m, FILE *out)
{
    StrBuf text = strbuf_new(m->arena);
    model_print(&text, m);
    fprintf(out, "# after %s\n%s", pass->name, strbuf_text(&text));
}

static bool is_named(const char *wanted, const Pass *pass)
{
    return wanted && (strcmp(wanted, "all") == 0 || strcmp(wanted, pass->name) == 0);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void pipeline_run(Model *m, const PipelineOptions *options)
{
    for (int i = 0; i < pass_count; i++) {
        const Pass *pass = &passes[i];
        const double start = seconds_now();
        if (!is_skipped(pass, options)) {
            run_pass(pass, m);
            verify_model(pass, m);
        }
        if (options->time)
            fprintf(stderr, "%-12s %8.3f ms\n", pass->name, 1e3 * (seconds_now() - start));
        if (is_named(options->dump_after, pass))
            dump_model(pass, m, options->dump_to);
        if (options->stop_after && strcmp(options->stop_after, pass->name) == 0)
            return;
    }
}
