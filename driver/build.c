/* build.c -- see build.h.  The stages in order:
 *
 *     read the file, parse, elaborate (or read IR), passes, lower */
#include "driver/build.h"

#include <string.h>
#include <time.h>

#include "codegen/emit.h"
#include "driver/budget.h"
#include "driver/paths.h"
#include "passes/pass.h"
#include "support/file.h"

enum { LARGEST_MODEL = 64 << 20 };

void build_time(const Build *build, const char *stage)
{
    static struct timespec last;
    struct timespec now;
    if (!build->options->time || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return;
    if (stage)
        fprintf(stderr, "gradc: %8.3f s  %s\n",
                (double)(now.tv_sec - last.tv_sec) + 1e-9 * (double)(now.tv_nsec - last.tv_nsec),
                stage);
    last = now;
}

/* ---- file to Model ---- */

static SourceFile *read_source(const Build *build)
{
    const char *path = build->options->input, *why;
    char *text;
    size_t size;
    if (build->options->text)
        return source_new(build->arena, path, build->options->text, strlen(build->options->text));
    const bool piped = strcmp(path, "-") == 0;
    if (piped ? file_read_stream(build->arena, stdin, LARGEST_MODEL, &text, &size, &why)
              : file_read(build->arena, path, LARGEST_MODEL, &text, &size, &why))
        return source_new(build->arena, path, text, size);
    driver_fail(EXIT_INPUT, "cannot read '%s': %s", path, why);
    return NULL;
}

static int elaborate_source(Build *build, const SourceFile *source, Diag *diag)
{
    const Options *options = build->options;
    const bool first = !build->ast;
    if (first)
        build->ast = ast_parse(build->arena, source, diag);
    const Ast *ast = build->ast;
    build_time(build, "parse");
    if (diag_error_count(diag) > 0)
        return EXIT_INPUT;
    if (options->dump_ast && first) {
        StrBuf text = strbuf_new(build->arena);
        ast_print(&text, ast);
        fputs(strbuf_text(&text), stdout);
    }
    const ElaborateOptions how = {
        .defines = options->defines.data,
        .define_count = options->defines.count,
        .library_dir = path_find(build->arena, RESOURCE_LIBRARY),
        .model_dir = path_dir(build->arena, options->input),
        .embedded = options->form == FORM_LIBRARY,
        .parts = build->parts,
    };
    if (!how.library_dir)
        return driver_fail(EXIT_ENVIRONMENT,
                           "cannot find %s: set GRADC_HOME to the folder that has it",
                           path_resource_name(RESOURCE_LIBRARY));
    build->model = elaborate(build->arena, ast, &how, diag);
    build_time(build, "elaborate");
    return build->model ? EXIT_OK : EXIT_INPUT;
}

static int read_model(Build *build, Diag *diag)
{
    if (!build->source)
        build->source = read_source(build);
    if (!build->source)
        return EXIT_INPUT;
    if (!build->options->from_ir)
        return elaborate_source(build, build->source, diag);
    build->model = model_read(build->arena, build->source, diag);
    build_time(build, "read IR");
    return build->model ? EXIT_OK : EXIT_INPUT;
}

/* ---- Model to Program ---- */

/* A library has no data and shows nothing; without the check there are no f64 twins. */
static bool entry_is_wanted(const Options *options, EntryKind kind)
{
    const bool is_check = kind == ENTRY_CHECK_GRAD || kind == ENTRY_CHECK_LOSS;
    if (options->form == FORM_LIBRARY)
        return kind == ENTRY_INIT || kind == ENTRY_RESET || kind == ENTRY_TRAIN ||
               kind == ENTRY_UPDATE || kind == ENTRY_AVERAGE || kind == ENTRY_PREDICT;
    return options->check || !is_check;
}

static void drop_unwanted_entries(const Build *build)
{
    Model *m = build->model;
    int kept = 0;
    for (int i = 0; i < m->entries.count; i++)
        if (entry_is_wanted(build->options, m->entries.data[i].kind))
            m->entries.data[kept++] = m->entries.data[i];
    m->entries.count = kept;
    if (build->options->form == FORM_LIBRARY)
        m->splits.count = m->prints.count = m->saves.count = m->generate.present = 0;
}

static void run_passes(const Build *build)
{
    const Options *options = build->options;
    const PipelineOptions how = {
        .level = options->level,
        .skip = options->skip.data,
        .skip_count = options->skip.count,
        .dump_after = options->dump_after,
        .stop_after = options->stop_after,
        .dump_to = stdout,
        .time = options->time,
    };
    pipeline_run(build->model, &how);
    build_time(build, "passes");
}

static void warn_averaged(const Model *m, Diag *diag)
{
    for (int i = 0; i < m->averaged.count; i++)
        diag_warning(diag, m->averaged.data[i].loc, NULL,
                     "evaluation averages '%s' over the batches: it cannot be computed from sums "
                     "over all samples",
                     m->averaged.data[i].name);
}

static int lower_model(Build *build, Diag *diag)
{
    const Options *options = build->options;
    const LowerOptions how = {.level = options->level,
                              .blas = options->blas,
                              .threads = options->threads,
                              .target = options->target,
                              .cudnn = options->cudnn,
                              .fast_reductions = options->fast_reductions};
    build->program = program_lower(build->model, &how, diag);
    if (!build->program)
        return EXIT_INPUT;
    const char *wrong = program_verify(build->program);
    if (wrong)
        ice("the kernels are wrong: %s", wrong);
    build_time(build, "lower");
    if (options->dump_kernels) {
        StrBuf text = strbuf_new(build->arena);
        program_print(&text, build->program);
        fputs(strbuf_text(&text), stdout);
    }
    return EXIT_OK;
}

int build_stages(Build *build, Diag *diag)
{
    int status = read_model(build, diag);
    if (status != EXIT_OK)
        return status;
    if (build->parts <= 1) /* cut into parts, it still is the same training */
        build->fingerprint = emit_fingerprint(build->model);
    build->model->recompute = build->recompute;
    build->coupled = model_find_coupled(build->model);
    drop_unwanted_entries(build);
    run_passes(build);
    warn_averaged(build->model, diag);
    if (build->options->form == FORM_IR)
        return EXIT_OK;
    return lower_model(build, diag);
}

int build_run(Build *build)
{
    build_time(build, NULL);
    if (build->options->memory > 0)
        return budget_build(build);
    Diag *diag = diag_new(build->arena);
    const int status = build_stages(build, diag);
    driver_show(diag);
    return status;
}
