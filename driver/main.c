/* main.c -- gradc: what to make, and where to put it.
 *
 *     gradc digits.dsl -o digits      digits.dsl -> Program -> C -> cc -> digits
 *
 * Every file is written whole or not at all; nothing is written after an error. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "codegen/emit.h"
#include "driver/build.h"
#include "driver/compile_cuda.h"
#include "driver/fmt.h"
#include "driver/options.h"
#include "driver/output.h"
#include "driver/paths.h"
#include "driver/report_program.h"
#include "passes/pass.h"
#include "support/file.h"

extern char **environ;

/* ---- names ---- */

/* "digits" for "models/digits.dsl". */
static const char *input_stem(Arena *arena, const char *input)
{
    static const char *const endings[] = {".dsl", ".ir"};
    if (input[0] == '-')
        return "model"; /* standard input, or -e */
    const char *base = path_base(input);
    const size_t length = strlen(base);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(base + length - ending, endings[i]) == 0)
            return arena_strndup(arena, base, length - ending);
    }
    return base;
}

/* The ending of generated sources: ".c" or ".cu". */
static const char *source_ending(const Build *build)
{
    return options_make_cuda(build->options) ? ".cu" : ".c";
}

/* ---- C and CUDA text ---- */

static bool links_png(const Model *model)
{
    return emit_saves_png(model) || (GRADC_HAVE_PNG && emit_predicts_images(model));
}

static CompileJob link_needs(const Build *build)
{
    return (CompileJob){.threads = build->program->uses_threads,
                        .blas = build->program->uses_blas,
                        .cudnn = build->program->uses_cudnn,
                        .blas_lt = build->program->uses_blas_lt,
                        .gzip = emit_uses_gzip(build->model),
                        .png = links_png(build->model)};
}

/* The options of `gradc --cc-flags` that give this file's; "" for the default. */
static const char *flags_options(const Build *build)
{
    const Options *o = build->options;
    const char *arch = o->archs.data[0];
    if (!options_make_cuda(o))
        return strcmp(arch, "native") == 0 ? "" : arena_printf(build->arena, " --arch=%s", arch);
    StrBuf text = strbuf_new(build->arena);
    strbuf_puts(&text, " --target=cuda");
    for (int i = 0; i < o->cuda_archs.count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "," : " --cuda-arch=", o->cuda_archs.data[i]);
    return strbuf_text(&text);
}

/* How the head comment says to build the file; of the model's name, which is an identifier. */
static const char *build_line(const Build *build)
{
    Arena *arena = build->arena;
    const char *name = build->model->name;
    const ArchList *archs = &build->options->archs;
    if (archs->count > 1) {
        StrBuf line = strbuf_new(arena);
        for (int i = 0; i < archs->count; i++)
            strbuf_printf(&line, "%s%s", i > 0 ? "," : "gradc --arch=", archs->data[i]);
        strbuf_printf(&line, " %s.dsl, which compiles this file for each", name);
        return strbuf_text(&line);
    }
    const CompileJob needs = link_needs(build);
    const bool cuda = options_make_cuda(build->options);
    const char *libraries =
        cuda ? compile_cuda_libraries(arena, &needs) : compile_libraries(arena, &needs);
    if (build->options->standalone)
        return arena_printf(arena, "cc -O2 %s.c -o %s -lm%s", name, name, libraries);
    const bool library = build->options->form == FORM_LIBRARY;
    return arena_printf(arena, "%s %s%s%s $(gradc --cc-flags%s)%s -o %s", cuda ? "nvcc" : "cc",
                        library ? "yours.c " : "", name, source_ending(build), flags_options(build),
                        libraries, library ? "yours" : name);
}

static const char *head_flags(const Build *build, EmitKind kind)
{
    const Options *o = build->options;
    if (options_make_cuda(o))
        return compile_cuda_flags(build->arena, o);
    return kind == EMIT_VERSION ? NULL : compile_flags(build->arena, o->archs.data[0]);
}

static EmitOptions emit_options(const Build *build, EmitKind kind, const char *header)
{
    const Options *o = build->options;
    return (EmitOptions){.kind = kind,
                         .print = {.blas = o->blas, .cuda = options_make_cuda(o), .tf32 = o->tf32},
                         .png = links_png(build->model),
                         .version = GRADC_VERSION,
                         .build_line = build_line(build),
                         .flags = head_flags(build, kind),
                         .header = header,
                         .fingerprint = build->fingerprint};
}

static StrBuf source_text(const Build *build, EmitKind kind, const char *header)
{
    const EmitOptions how = emit_options(build, kind, header);
    StrBuf text = strbuf_new(build->arena);
    if (options_make_cuda(build->options))
        emit_cuda(&text, build->program, &how);
    else
        emit_c(&text, build->program, &how);
    build_time(build, "emit");
    return text;
}

static int write_file(const Build *build, const char *path, const StrBuf *text)
{
    if (!output_allowed(build->arena, path, build->options->input, build->options->force))
        return EXIT_USAGE;
    return output_write(build->arena, path, strbuf_text(text), text->length) ? EXIT_OK
                                                                             : EXIT_ENVIRONMENT;
}

static int make_source(const Build *build)
{
    const Options *o = build->options;
    const StrBuf text = source_text(build, o->standalone ? EMIT_STANDALONE : EMIT_PROGRAM, NULL);
    const char *usual = arena_printf(build->arena, "%s%s", input_stem(build->arena, o->input),
                                     source_ending(build));
    return write_file(build, o->output ? o->output : usual, &text);
}

/* "lib/digits.h" for "lib/digits.c"; NULL after refusing a name that can't stand in #include. */
static const char *header_path(const Build *build, const char *source)
{
    const char *base = path_base(source), *ending = source_ending(build);
    const size_t length = strlen(base), end = strlen(ending);
    if (length <= end || strcmp(base + length - end, ending) != 0 ||
        base[strspn(base, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+")]) {
        driver_fail(EXIT_USAGE, "-o with --emit=lib names the source, as in -o model%s, not '%s'",
                    ending, source);
        return NULL;
    }
    return arena_printf(build->arena, "%.*s.h", (int)(strlen(source) - end), source);
}

/* Both files or none: the header is written only where the source may be. */
static int make_library(const Build *build)
{
    Arena *arena = build->arena;
    const Options *o = build->options;
    const char *source =
        o->output ? o->output
                  : arena_printf(arena, "%s%s", build->model->name, source_ending(build));
    const char *header = header_path(build, source);
    if (!header || !output_allowed(arena, source, o->input, o->force))
        return EXIT_USAGE;
    const EmitOptions how = emit_options(build, EMIT_LIBRARY, path_base(header));
    StrBuf declarations = strbuf_new(arena);
    emit_h(&declarations, build->program, &how);
    const int status = write_file(build, header, &declarations);
    if (status != EXIT_OK)
        return status;
    const StrBuf text = source_text(build, EMIT_LIBRARY, path_base(header));
    return write_file(build, source, &text);
}

/* ---- text for people ---- */

static int make_text(const Build *build)
{
    StrBuf text = strbuf_new(build->arena);
    const char *output = build->options->output;
    if (output)
        strbuf_puts(&text, "# " EMIT_MARKER " by gradc " GRADC_VERSION "\n");
    if (build->options->form == FORM_IR)
        model_print(&text, build->model);
    else
        program_print(&text, build->program);
    if (output)
        return write_file(build, output, &text);
    fputs(strbuf_text(&text), stdout);
    return EXIT_OK;
}

/* ---- programs ---- */

/* Writes the file to compile: beside the program with --keep, else into a temporary folder; for
 * nvcc into that one in any case. */
static int write_source(const Build *build, const char *output, const char *temporary_dir,
                        const char **path)
{
    const bool several = build->options->archs.count > 1, cuda = options_make_cuda(build->options);
    const StrBuf text = source_text(build, several ? EMIT_VERSION : EMIT_PROGRAM, NULL);
    if (build->options->keep) {
        *path = arena_printf(build->arena, "%s%s", output, source_ending(build));
        const int status = write_file(build, *path, &text);
        if (status != EXIT_OK || !cuda)
            return status;
    }
    *path = path_join(build->arena, temporary_dir, cuda ? "model.cu" : "model.c");
    output_note_file(*path);
    return output_write(build->arena, *path, strbuf_text(&text), text.length) ? EXIT_OK
                                                                              : EXIT_ENVIRONMENT;
}

/* With several kinds of processor: the C file that chooses among them. */
static int write_chooser(const Build *build, CompileJob *job)
{
    const ArchList *archs = &build->options->archs;
    const char **symbols = arena_array(build->arena, const char *, archs->count);
    for (int i = 0; i < archs->count; i++)
        symbols[i] = arch_symbol(build->arena, archs->data[i]);
    StrBuf text = strbuf_new(build->arena);
    emit_chooser(&text, build->model->name, archs->data, symbols, archs->count);
    job->chooser = path_join(build->arena, job->dir, "main.c");
    output_note_file(job->chooser);
    return output_write(build->arena, job->chooser, strbuf_text(&text), text.length)
               ? EXIT_OK
               : EXIT_ENVIRONMENT;
}

static int make_program(const Build *build, const char *output, const char *temporary_dir)
{
    const char *model_dir = path_dir(build->arena, build->options->input);
    CompileJob job = link_needs(build);
    job.output = output;
    job.data_dir = path_absolute(build->arena, model_dir);
    if (!job.data_dir)
        return driver_fail(EXIT_ENVIRONMENT, "cannot find '%s': %s", model_dir, strerror(errno));
    job.dir = temporary_dir;
    int status = write_source(build, output, temporary_dir, &job.source);
    if (status == EXIT_OK && build->options->archs.count > 1)
        status = write_chooser(build, &job);
    if (status != EXIT_OK)
        return status;
    const int compiled = compile_program(build->arena, build->options, &job);
    build_time(build, options_make_cuda(build->options) ? "nvcc" : "cc");
    return compiled;
}

static int make_binary(const Build *build)
{
    const Options *o = build->options;
    const char *output = o->output ? o->output : input_stem(build->arena, o->input);
    if (!output_allowed(build->arena, output, o->input, o->force))
        return EXIT_USAGE;
    const char *dir = output_temporary_dir(build->arena);
    return dir ? make_program(build, output, dir) : EXIT_ENVIRONMENT;
}

/* Becomes the program.  It is opened and then removed first, so that nothing is left whatever
 * happens to it, and signals and the exit status are the program's own. */
static int start_program(const Build *build, const char *program)
{
    const Options *o = build->options;
    char **argv = arena_array(build->arena, char *, o->run_arg_count + 2);
    argv[0] = arena_strdup(build->arena, input_stem(build->arena, o->input));
    for (int i = 0; i < o->run_arg_count; i++)
        argv[i + 1] = o->run_args[i];
    const int fd = open(program, O_RDONLY | O_CLOEXEC);
    output_tidy();
    signal(SIGPIPE, SIG_DFL);
    if (fd >= 0)
        fexecve(fd, argv, environ);
    return driver_fail(EXIT_ENVIRONMENT, "cannot start '%s': %s", program, strerror(errno));
}

static int run_model(const Build *build)
{
    const char *dir = output_temporary_dir(build->arena);
    if (!dir)
        return EXIT_ENVIRONMENT;
    const char *program = path_join(build->arena, dir, "program");
    output_note_file(program);
    const int status = make_program(build, program, dir);
    return status == EXIT_OK ? start_program(build, program) : status;
}

/* ---- commands ---- */

static int make_output(const Build *build)
{
    switch (build->options->form) {
    case FORM_BINARY:
        return make_binary(build);
    case FORM_C:
        return make_source(build);
    case FORM_LIBRARY:
        return make_library(build);
    default:
        return make_text(build);
    }
}

static int handle_model(Arena *arena, const Options *options)
{
    Build build = {.arena = arena, .options = options};
    int status = build_run(&build);
    if (status == EXIT_OK && options->report)
        status = report_program(&build, options->report);
    if (status != EXIT_OK || options->command == COMMAND_CHECK)
        return status;
    return options->command == COMMAND_RUN ? run_model(&build) : make_output(&build);
}

static void list_passes(void)
{
    for (int i = 0; i < pass_count; i++)
        printf("%-12s -O%d  %s\n", passes[i].name, passes[i].level, passes[i].doc);
}

static int handle_command(Arena *arena, const Options *options)
{
    switch (options->command) {
    case COMMAND_HELP:
        options_print_help(stdout);
        return EXIT_OK;
    case COMMAND_VERSION:
        puts("gradc " GRADC_VERSION);
        return EXIT_OK;
    case COMMAND_LIST_PASSES:
        list_passes();
        return EXIT_OK;
    case COMMAND_FMT:
        return fmt_files(options);
    case COMMAND_CC_FLAGS:
        return compile_print_flags(arena, options, stdout);
    default:
        return handle_model(arena, options);
    }
}

int main(int argc, char **argv)
{
    Arena *arena = arena_new();
    Options options;
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported like a full disk, below */
    output_guard();
    int status = options_parse(arena, argc, argv, &options);
    if (status == EXIT_OK)
        status = handle_command(arena, &options);
    output_tidy();
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == EXIT_OK)
        status =
            driver_fail(EXIT_ENVIRONMENT, "cannot write to standard output: %s", strerror(errno));
    arena_free(arena);
    return status;
}
