/* options.c -- the command line, from one table: what is parsed is what --help shows, and what goes
 * together. */
#include "driver/options_table.h"

#include <ctype.h>
#include <string.h>

#include "passes/pass.h"
#include "support/text.h"

#ifndef GRADC_HAVE_OPENBLAS
#define GRADC_HAVE_OPENBLAS 0
#endif
#ifndef GRADC_DEFAULT_BLAS
#define GRADC_DEFAULT_BLAS "none"
#endif

/* "--name" or "--name=value". */
static bool take_long(Parse *parse, const char *arg)
{
    const char *equals = strchr(arg, '=');
    const size_t length = equals ? (size_t)(equals - arg) : strlen(arg);
    const OptionRow *row = option_find(arg, length);
    if (!row)
        return options_unknown(parse, arg);
    if (row->value && row->value[0] != '[' && !equals)
        return options_error("%s needs a value: %s=%s", row->name, row->name, row->value);
    if (!row->value && equals)
        return options_error("%s takes no value", row->name);
    return row->take(parse, equals ? equals + 1 : NULL);
}

/* What stands between a short option and its value, as shown: "-o FILE", "-O0", "-Dname=value". */
static const char *blank_before(const OptionRow *row)
{
    return isupper((unsigned char)row->value[0]) ? " " : "";
}

/* "-f", "-O0", "-oFILE" or "-o FILE"; *next is the argument behind, NULL once used up. */
static bool take_short(Parse *parse, const char *arg, const char **next)
{
    const OptionRow *row = option_find(arg, 2);
    if (!row || (!row->value && arg[2]))
        return options_unknown(parse, arg);
    if (!row->value)
        return row->take(parse, NULL);
    if (arg[2])
        return row->take(parse, arg + 2);
    if (!*next || isdigit((unsigned char)row->value[0]))
        return options_error("%s needs a value: %s%s%s", row->name, row->name, blank_before(row),
                             row->value);
    const char *value = *next;
    *next = NULL;
    return row->take(parse, value);
}

/* ---- the whole line ---- */

/* True for the word `check`, `fmt` or `run` before the model. */
static bool take_command(Options *options, const char *arg)
{
    if (options->command != COMMAND_COMPILE || options->input)
        return false;
    if (strcmp(arg, "check") == 0)
        options->command = COMMAND_CHECK;
    else if (strcmp(arg, "fmt") == 0)
        options->command = COMMAND_FMT;
    else if (strcmp(arg, "run") == 0)
        options->command = COMMAND_RUN;
    return options->command != COMMAND_COMPILE;
}

/* "gradc chek model.dsl" */
static bool two_models(const char *first, const char *second)
{
    static const char *const commands[] = {"check", "run", "fmt"};
    const char *near = text_nearest(first, commands, 3);
    if (near)
        return options_error("there is no command '%s'; did you mean gradc %s?", first, near);
    return options_error("one model at a time: '%s' and '%s'", first, second);
}

static bool parse_arguments(Parse *parse, int argc, char **argv)
{
    Options *options = parse->options;
    bool only_files = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        const char *const behind = next;
        if (options->command == COMMAND_RUN && options->input) {
            if (strcmp(arg, "--") == 0)
                i++; /* gradc run model.dsl -- --epochs 3 */
            options->run_args = argv + i;
            options->run_arg_count = argc - i;
            return true;
        }
        if (!only_files && strcmp(arg, "--") == 0) {
            only_files = true;
        } else if (!only_files && strncmp(arg, "--", 2) == 0) {
            if (!take_long(parse, arg))
                return false;
        } else if (!only_files && arg[0] == '-' && arg[1]) {
            if (!take_short(parse, arg, &next))
                return false;
            i += next != behind;
        } else if (only_files || !take_command(options, arg)) {
            if (options->command == COMMAND_FMT)
                vec_push(parse->arena, &options->files, arg);
            else if (options->input)
                return two_models(options->input, arg);
            options->input = arg;
        }
    }
    return true;
}

static bool check_combination(const Parse *parse)
{
    const Options *o = parse->options;
    if (o->fmt_check && o->command != COMMAND_FMT)
        return options_error("--check goes with gradc fmt; did you mean gradc check?");
    if (o->command == COMMAND_FMT)
        return o->files.count > 0 ? true : options_error("which files? gradc fmt model.dsl");
    if (o->archs.count > 1 && (o->form != FORM_BINARY || o->command == COMMAND_RUN))
        return options_error("--arch: several kinds of processor go with making a program");
    const bool text_form = o->form == FORM_C || o->form == FORM_LIBRARY;
    if (!o->input || !*o->input)
        return options_error("which model? gradc model.dsl -o model");
    if (o->text && o->command == COMMAND_COMPILE)
        return options_error("-e goes with gradc run and gradc check");
    if (strcmp(o->input, "-") == 0 && o->command == COMMAND_COMPILE && !o->output)
        return options_error("a model from standard input has no name: give the output's with -o");
    if (o->standalone && o->form != FORM_C)
        return options_error("--standalone goes with --emit=c");
    if (o->keep && (o->form != FORM_BINARY || o->command != COMMAND_COMPILE))
        return options_error("--keep goes with making a program");
    if (o->stop_after && text_form)
        return options_error("--stop-after shows IR: it doesn't go with --emit=c or --emit=lib");
    if (o->command != COMMAND_COMPILE && parse->makes)
        return options_error("gradc %s makes no file: leave -o and --emit out",
                             o->command == COMMAND_RUN ? "run" : "check");
    if (o->report && (o->form == FORM_IR || o->stop_after))
        return options_error("--report is about kernels: it doesn't go with --emit=ir or "
                             "--stop-after");
    if (o->command != COMMAND_COMPILE && o->stop_after)
        return options_error("--stop-after goes with compiling alone");
    return true;
}

/* What belongs to one target. */
static bool check_target(const Parse *parse)
{
    const Options *o = parse->options;
    if (o->target == TARGET_C) {
        const char *misplaced = o->serial                 ? "--serial"
                                : o->tf32                 ? "--tf32"
                                : o->cudnn                ? "--conv"
                                : o->fast_reductions      ? "--fast-reductions"
                                : o->nvcc                 ? "--nvcc"
                                : o->cuda_archs.count > 0 ? "--cuda-arch"
                                                          : NULL;
        return misplaced ? options_error("%s goes with --target=cuda", misplaced) : true;
    }
    if (o->standalone)
        return options_error("--standalone is for C: a CUDA program links the runtime");
    if (parse->archs && !o->serial)
        return options_error("--arch names processors: for a GPU it is --cuda-arch");
    if (parse->threads && strcmp(parse->threads, "none") != 0)
        return options_error("--threads=%s is for processors: it doesn't go with --target=cuda",
                             parse->threads);
    if (o->tf32 && o->blas == BLAS_NONE && !o->cudnn)
        return options_error("--tf32 is about cuBLAS: it doesn't go with --blas=none");
    if (o->cudnn && o->serial)
        return options_error("--conv=cudnn needs a GPU: it doesn't go with --serial");
    return true;
}

/* The BLAS of the target; false after saying that it has no such. */
static bool settle_blas(const Parse *parse)
{
    Options *o = parse->options;
    const bool cuda = o->target == TARGET_CUDA;
    const char *ours = cuda ? o->serial ? "none" : "cublas" : GRADC_DEFAULT_BLAS;
    const char *name = parse->blas ? parse->blas : ours;
    if (strcmp(name, "none") == 0)
        o->blas = BLAS_NONE;
    else if (cuda != (strcmp(name, "cublas") == 0))
        return cuda ? options_error("--blas=%s is for C: with --target=cuda it is cublas or none",
                                    name)
                    : options_error("--blas=cublas goes with --target=cuda");
    else if (strcmp(name, "auto") == 0)
        o->blas = GRADC_HAVE_OPENBLAS ? BLAS_AUTO : BLAS_NONE;
    else
        o->blas = BLAS_OPENBLAS;
    return true;
}

static bool settle(Parse *parse)
{
    Options *o = parse->options;
    if (!settle_blas(parse) || !check_target(parse))
        return false;
    if (o->target == TARGET_CUDA)
        o->threads = THREADS_NONE;
    if (o->command == COMMAND_CC_FLAGS && o->archs.count > 1)
        return options_error("--cc-flags are for one kind of processor");
    return o->command > COMMAND_FMT || check_combination(parse);
}

int options_parse(Arena *arena, int argc, char **argv, Options *out)
{
    *out = (Options){.level = 1, .threads = THREADS_AUTO, .check = true};
    Parse parse = {.arena = arena, .options = out};
    if (!parse_arguments(&parse, argc, argv))
        return EXIT_USAGE;
    if (!parse.archs)
        vec_push(arena, &out->archs, "native");
    if (!settle(&parse))
        return EXIT_USAGE;
    if (out->stop_after)
        out->form = FORM_IR;
    else if (parse.dumps && !parse.makes && out->command == COMMAND_COMPILE)
        out->command = COMMAND_CHECK;
    return EXIT_OK;
}

bool options_make_cuda(const Options *options)
{
    return options->target == TARGET_CUDA && !options->serial;
}

/* ---- --help ---- */

static void print_row(FILE *out, const OptionRow *row)
{
    enum { COLUMN = 21 };
    const bool is_long = row->name[1] == '-';
    const bool optional = row->value && row->value[0] == '[';
    const char *join = !row->value || optional ? "" : is_long ? "=" : blank_before(row);
    const int width = optional
                          ? fprintf(out, "  %s[=%s", row->name, row->value + 1)
                          : fprintf(out, "  %s%s%s", row->name, join, row->value ? row->value : "");
    if (width >= COLUMN)
        fputc('\n', out);
    fprintf(out, "%*s", width >= COLUMN ? COLUMN : COLUMN - width, "");
    for (const char *c = row->doc; *c; c++) {
        fputc(*c, out);
        if (*c == '\n')
            fprintf(out, "%*s", COLUMN, "");
    }
    fputc('\n', out);
}

void options_print_help(FILE *out)
{
    fputs("gradc compiles a model, written in a small language, to a program that trains it.\n\n"
          "usage: gradc [options] model.dsl             make the program 'model'\n"
          "       gradc check [options] model.dsl       only show errors and warnings\n"
          "       gradc fmt [--check] model.dsl...      bring the text into the one style, in "
          "place;\n"
          "                                             - for standard input to output\n"
          "       gradc run [options] model.dsl [arguments of the program...]\n"
          "                                             make it, start it, keep nothing\n",
          out);
    for (int i = 0; i < option_row_count; i++) {
        if (option_rows[i].name && !option_rows[i].doc)
            continue; /* for tests */
        if (option_rows[i].name)
            print_row(out, &option_rows[i]);
        else
            fprintf(out, "\n%s\n", option_rows[i].doc);
    }
    fputs("\nExit status: 0 ok; 1 the model is wrong or cannot be read; 2 the command line is\n"
          "wrong; 3 writing, the memory or the compiler failed; 70 a bug in gradc.\n"
          "The language: docs/language.md.  The program's own options: ./model --help.\n",
          out);
}
