/* compile.c -- see compile.h.
 *
 * No shell is involved: the command is a list of words, file names in it are absolute or begin
 * with "./", and the data folder reaches the program as a C string literal in a -D. */
#include "driver/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/command.h"
#include "driver/compile_cuda.h"
#include "driver/output.h"
#include "driver/paths.h"
#include "support/file.h"
#include "support/text.h"

/* -O2 with vectorised loops: measured on bench/models with gcc 12, -O3 makes programs a tenth
 * larger and no faster.  -ffp-contract and -fno-math-errno let loops
 * use fused multiply-add and vector square roots; -fno-trapping-math lets `where` become a blend.
 * NaN and infinity keep their meaning: this is not -ffast-math. */
static const char *const base_flags[] = {
    "-std=c11",           "-O2", "-ftree-vectorize", "-ffp-contract=fast", "-fno-math-errno",
    "-fno-trapping-math",
};
enum { BASE_FLAGS = sizeof base_flags / sizeof *base_flags };

/* ---- which compiler ---- */

/* The compiler's command, or NULL. */
static const char *find_compiler(Arena *arena, const Options *options)
{
    static const char *const usual[] = {"cc", "gcc", "clang"};
    const char *chosen = options->cc ? options->cc : command_variable("CC");
    if (chosen)
        return chosen;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (command_is_on_path(arena, usual[i]))
            return usual[i];
    return NULL;
}

/* ---- the command ---- */

const char *compile_libraries(Arena *arena, const CompileJob *job)
{
    return arena_printf(arena, "%s%s%s%s", job->threads ? " -fopenmp" : "",
                        job->blas ? " -lopenblas" : "", job->png ? " -lpng" : "",
                        job->gzip ? " -lz" : "");
}

static const char *data_dir_define(Arena *arena, const char *dir)
{
    StrBuf define = strbuf_new(arena);
    strbuf_puts(&define, "-DGRADC_DATA_DIR=");
    text_c_string(&define, dir, strlen(dir));
    return strbuf_text(&define);
}

bool compile_find_runtime(Arena *arena, const char **include, const char **archive)
{
    *include = path_find(arena, RESOURCE_INCLUDE);
    *archive = path_find(arena, RESOURCE_ARCHIVE);
    if (*include && *archive)
        return true;
    driver_fail(EXIT_ENVIRONMENT, "cannot find %s: set GRADC_HOME to the folder that has it",
                path_resource_name(*include ? RESOURCE_ARCHIVE : RESOURCE_INCLUDE));
    return false;
}

static void add_flags(Arena *arena, Words *words, const char *arch)
{
    const char *flag = arch_flag(arena, arch);
    for (int i = 0; i < BASE_FLAGS; i++)
        command_add(arena, words, base_flags[i]);
    if (flag)
        command_add(arena, words, flag);
}

const char *compile_flags(Arena *arena, const char *arch)
{
    Words words = {0};
    add_flags(arena, &words, arch);
    StrBuf text = strbuf_new(arena);
    for (int i = 0; i < words.count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? " " : "", words.data[i]);
    return strbuf_text(&text);
}

typedef struct Tools { /* what every command needs */
    const char *compiler, *include, *archive;
} Tools;

/* cc FLAGS -I ... -o output, for a kind of processor. */
static Words start_command(Arena *arena, const Options *options, const Tools *tools,
                           const char *arch, const char *output)
{
    Words words = {0};
    command_add_words(arena, &words, tools->compiler);
    add_flags(arena, &words, arch);
    command_add(arena, &words, "-I");
    command_add(arena, &words, tools->include);
    if (options->cflags)
        command_add_words(arena, &words, options->cflags);
    command_add(arena, &words, "-o");
    command_add(arena, &words, path_argument(arena, output));
    return words;
}

/* The end of a command that makes a program. */
static void add_libraries(Arena *arena, Words *words, const CompileJob *job, const Tools *tools)
{
    command_add(arena, words, tools->archive);
    command_add_words(arena, words, compile_libraries(arena, job));
    command_add(arena, words, "-lm");
    command_add(arena, words, "-pthread"); /* data is read ahead; newer libcs need no word */
    vec_push(arena, words, NULL);
}

/* ---- running it ---- */

static int run_compiler(Arena *arena, const Words *words)
{
    return command_run(arena, words, "the C compiler", "choose one with --cc or $CC");
}

/* The whole in one command. */
static int compile_at_once(Arena *arena, const Options *options, const CompileJob *job,
                           const Tools *tools, const char *output)
{
    Words words = start_command(arena, options, tools, options->archs.data[0], output);
    command_add(arena, &words, data_dir_define(arena, job->data_dir));
    command_add(arena, &words, path_argument(arena, job->source));
    add_libraries(arena, &words, job, tools);
    return run_compiler(arena, &words);
}

/* An object for each kind of processor, then the chooser, for every processor, with all of them. */
static int compile_versions(Arena *arena, const Options *options, const CompileJob *job,
                            const Tools *tools, const char *output)
{
    Words link = start_command(arena, options, tools, "generic", output);
    command_add(arena, &link, path_argument(arena, job->chooser));
    for (int i = 0; i < options->archs.count; i++) {
        const char *arch = options->archs.data[i], *symbol = arch_symbol(arena, arch);
        const char *object = arena_printf(arena, "%s/%s.o", job->dir, symbol);
        output_note_file(object);
        Words words = start_command(arena, options, tools, arch, object);
        command_add(arena, &words, data_dir_define(arena, job->data_dir));
        command_add(arena, &words, arena_printf(arena, "-DGRADC_MODEL=%s", symbol));
        if (job->threads)
            command_add(arena, &words, "-fopenmp");
        command_add(arena, &words, "-c");
        command_add(arena, &words, path_argument(arena, job->source));
        vec_push(arena, &words, NULL);
        const int status = run_compiler(arena, &words);
        if (status != EXIT_OK)
            return status;
        command_add(arena, &link, path_argument(arena, object));
    }
    add_libraries(arena, &link, job, tools);
    return run_compiler(arena, &link);
}

static int compile_c(Arena *arena, const Options *options, const CompileJob *job, Tools *tools,
                     const char *output)
{
    tools->compiler = find_compiler(arena, options);
    if (!tools->compiler)
        return driver_fail(EXIT_ENVIRONMENT, "there is no C compiler: neither cc, gcc nor clang is "
                                             "on the PATH; choose one with --cc or $CC");
    return job->chooser ? compile_versions(arena, options, job, tools, output)
                        : compile_at_once(arena, options, job, tools, output);
}

int compile_program(Arena *arena, const Options *options, const CompileJob *job)
{
    Tools tools = {NULL};
    if (job->png && !GRADC_HAVE_PNG)
        return driver_fail(EXIT_ENVIRONMENT,
                           "the program saves images, and this gradc was built without libpng: "
                           "apt-get install libpng-dev, then configure and make again");
    if (!compile_find_runtime(arena, &tools.include, &tools.archive))
        return EXIT_ENVIRONMENT;
    const char *folder = path_dir(arena, job->output);
    if (access(folder, W_OK | X_OK) != 0)
        return driver_fail(EXIT_ENVIRONMENT, "cannot write in '%s': %s", folder, strerror(errno));
    const char *temporary = arena_printf(arena, "%s.tmp.%ld", job->output, (long)getpid());
    output_note_file(temporary);
    const int status = options_make_cuda(options)
                           ? compile_cuda(arena, options, job, temporary)
                           : compile_c(arena, options, job, &tools, temporary);
    if (status != EXIT_OK)
        return status;
    if (rename(temporary, job->output) != 0)
        return driver_fail(EXIT_ENVIRONMENT, "cannot write '%s': %s", job->output, strerror(errno));
    return EXIT_OK;
}

int compile_print_flags(Arena *arena, const Options *options, FILE *out)
{
    if (options_make_cuda(options))
        return compile_print_cuda_flags(arena, options, out);
    const char *include, *archive;
    if (!compile_find_runtime(arena, &include, &archive))
        return EXIT_ENVIRONMENT;
    fprintf(out, "%s -I%s %s -lm\n", compile_flags(arena, options->archs.data[0]), include,
            archive);
    return EXIT_OK;
}
