/* options.c -- the command line, from one table: what is parsed is what --help shows. */
#include "driver/options.h"

#include <ctype.h>
#include <string.h>

#include "passes/pass.h"
#include "support/checked.h"
#include "support/text.h"

#ifndef GRADC_HAVE_OPENBLAS
#define GRADC_HAVE_OPENBLAS 0
#endif
#ifndef GRADC_DEFAULT_BLAS
#define GRADC_DEFAULT_BLAS "none"
#endif

/* State while the command line is read. */
typedef struct Parse {
    Arena *arena;
    Options *options;
    bool dumps, makes; /* --dump was given; -o or --emit was given */
} Parse;

/* Takes the option's value (NULL for a flag); false after reporting. */
typedef bool TakeOption(Parse *parse, const char *value);

typedef struct OptionRow {
    const char *name; /* "--emit", "-o" */
    const char
        *value; /* what it takes, "c|lib|ir|kernels"; "[FILE]": or nothing; NULL for a flag */
    TakeOption *take;
    const char *doc; /* a line break in it starts a new line of --help; NULL: not shown there */
} OptionRow;

/* Reports a misuse; false, for the parsers below. */
static bool usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gradc: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry 'gradc --help'.\n", stderr);
    va_end(args);
    return false;
}

/* " (did you mean 'grad'?)", or "". */
static const char *suggestion(Arena *arena, const char *word, const char *const *words, int count)
{
    const char *nearest = text_nearest(word, words, count);
    return nearest ? arena_printf(arena, " (did you mean '%s'?)", nearest) : "";
}

/* Position of value in words, or -1 after reporting. */
static int choose(Parse *parse, const char *option, const char *value, const char *const *words,
                  int count)
{
    StrBuf list = strbuf_new(parse->arena);
    for (int i = 0; i < count; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
        strbuf_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    usage_error("%s takes %s, not '%s'%s", option, strbuf_text(&list), value,
                suggestion(parse->arena, value, words, count));
    return -1;
}

/* ---- one function for each option ---- */

static bool take_output(Parse *parse, const char *value)
{
    if (!*value)
        return usage_error("-o needs the name of a file");
    parse->options->output = value;
    parse->makes = true;
    return true;
}

static bool take_emit(Parse *parse, const char *value)
{
    static const char *const words[] = {"c", "lib", "ir", "kernels"};
    static const Form forms[] = {FORM_C, FORM_LIBRARY, FORM_IR, FORM_KERNELS};
    const int chosen = choose(parse, "--emit", value, words, 4);
    if (chosen >= 0)
        parse->options->form = forms[chosen];
    parse->makes = true;
    return chosen >= 0;
}

static bool take_standalone(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->standalone = true;
}

static bool take_no_check(Parse *parse, const char *value)
{
    (void)value;
    parse->options->check = false;
    return true;
}

static bool take_keep(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->keep = true;
}

static bool take_text(Parse *parse, const char *value)
{
    if (parse->options->input)
        return usage_error("one model at a time: '%s' and -e", parse->options->input);
    parse->options->text = value;
    parse->options->input = "-e";
    return true;
}

static bool take_force(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->force = true;
}

static bool take_level(Parse *parse, const char *value)
{
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return usage_error("there is no level -O%s: -O0 and -O1 (the default) are", value);
    parse->options->level = value[0] - '0';
    return true;
}

static bool take_define(Parse *parse, const char *value)
{
    const char *equals = strchr(value, '=');
    bool good = equals && equals > value && !isdigit((unsigned char)value[0]);
    for (const char *c = value; good && c < equals; c++)
        good = isalnum((unsigned char)*c) || *c == '_';
    if (!good)
        return usage_error("-D wants name=value, as in -Dwidth=128, not '%s'", value);
    const char *name = arena_strndup(parse->arena, value, (size_t)(equals - value));
    const Define define = {name, equals + 1};
    vec_push(parse->arena, &parse->options->defines, define);
    return true;
}

static bool take_blas(Parse *parse, const char *value)
{
    static const char *const words[] = {"none", "openblas", "auto"};
    static const BlasChoice choices[] = {BLAS_NONE, BLAS_OPENBLAS,
                                         GRADC_HAVE_OPENBLAS ? BLAS_AUTO : BLAS_NONE};
    const int chosen = choose(parse, "--blas", value, words, 3);
    parse->options->blas = chosen >= 0 ? choices[chosen] : BLAS_NONE;
    return chosen >= 0;
}

static bool take_threads(Parse *parse, const char *value)
{
    static const char *const words[] = {"auto", "none", "always"};
    static const ThreadsChoice choices[] = {THREADS_AUTO, THREADS_NONE, THREADS_ALWAYS};
    const int chosen = choose(parse, "--threads", value, words, 3);
    if (chosen >= 0)
        parse->options->threads = choices[chosen];
    return chosen >= 0;
}

static bool take_target(Parse *parse, const char *value)
{
    static const char *const words[] = {"c", "cuda"};
    const int chosen = choose(parse, "--target", value, words, 2);
    if (chosen >= 0)
        parse->options->target = chosen == 0 ? TARGET_C : TARGET_CUDA;
    return chosen >= 0;
}

static bool take_serial(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->serial = true;
}

static bool take_arch(Parse *parse, const char *value)
{
    const char *why;
    parse->options->archs.count = 0;
    if (arch_parse(parse->arena, value, &parse->options->archs, &why))
        return true;
    return usage_error("--arch: %s", why);
}

static bool take_cc(Parse *parse, const char *value)
{
    parse->options->cc = value;
    return *value ? true : usage_error("--cc needs the name of a C compiler");
}

static bool take_cflags(Parse *parse, const char *value)
{
    parse->options->cflags = value;
    return true;
}

static bool check_pass(Parse *parse, const char *option, const char *name)
{
    if (pass_find(name))
        return true;
    const char **names = arena_array(parse->arena, const char *, pass_count);
    for (int i = 0; i < pass_count; i++)
        names[i] = passes[i].name;
    return usage_error("%s: there is no pass '%s'%s; see gradc --list-passes", option, name,
                       suggestion(parse->arena, name, names, pass_count));
}

static bool take_dump(Parse *parse, const char *value)
{
    static const char *const words[] = {"ast", "all", "kernels", "after:PASS"};
    Options *options = parse->options;
    parse->dumps = true;
    if (strncmp(value, "after:", 6) == 0) {
        options->dump_after = value + 6;
        return check_pass(parse, "--dump", value + 6);
    }
    const int chosen = choose(parse, "--dump", value, words, 4);
    options->dump_ast |= chosen == 0;
    options->dump_kernels |= chosen == 2;
    if (chosen == 1)
        options->dump_after = words[1];
    return chosen >= 0;
}

/* "64M": bytes, or K, M, G times 1024. */
static bool take_memory(Parse *parse, const char *value)
{
    static const char units[] = "KMG";
    const size_t digits = strspn(value, "0123456789");
    int64_t bytes = 0;
    bool good = digits > 0 && digits < 19;
    for (size_t i = 0; i < digits && good; i++)
        bytes = 10 * bytes + (value[i] - '0');
    const char *unit = value[digits] ? strchr(units, toupper((unsigned char)value[digits])) : NULL;
    good = good && bytes > 0 && (!value[digits] || (unit && !value[digits + 1]));
    for (const char *u = units; good && unit && u <= unit; u++)
        good = checked_mul(bytes, 1024, &bytes);
    parse->options->memory = bytes;
    return good ? true
                : usage_error(
                      "--memory takes a number of bytes above 0, as in 64M (K, M or G behind "
                      "it: times 1024), not '%.40s'",
                      value);
}

static bool take_report(Parse *parse, const char *value)
{
    parse->dumps = true;
    parse->options->report = value ? value : "";
    return !value || *value ? true : usage_error("--report= needs the name of a file");
}

static bool take_stop_after(Parse *parse, const char *value)
{
    parse->options->stop_after = value;
    return check_pass(parse, "--stop-after", value);
}

static bool take_skip(Parse *parse, const char *value)
{
    if (!check_pass(parse, "--skip", value))
        return false;
    if (pass_find(value)->level == 0)
        return usage_error("--skip: a program can't be compiled without the pass '%s'", value);
    vec_push(parse->arena, &parse->options->skip, value);
    return true;
}

static bool take_diagnostics(Parse *parse, const char *value)
{
    static const char *const words[] = {"text", "json"};
    const int chosen = choose(parse, "--diagnostics", value, words, 2);
    driver_speak_json(chosen == 1);
    return chosen >= 0;
}

static bool take_fmt_check(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->fmt_check = true;
}

static bool take_from_ir(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->from_ir = true;
}

static bool take_time(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->time = true;
}

static bool take_list_passes(Parse *parse, const char *value)
{
    (void)value;
    parse->options->command = COMMAND_LIST_PASSES;
    return true;
}

static bool take_cc_flags(Parse *parse, const char *value)
{
    (void)value;
    parse->options->command = COMMAND_CC_FLAGS;
    return true;
}

static bool take_help(Parse *parse, const char *value)
{
    (void)value;
    parse->options->command = COMMAND_HELP;
    return true;
}

static bool take_version(Parse *parse, const char *value)
{
    (void)value;
    parse->options->command = COMMAND_VERSION;
    return true;
}

/* ---- the table ---- */

/* clang-format off */
static const OptionRow option_rows[] = {
    {NULL, NULL, NULL, "What to make"},
    {"-o", "FILE", take_output, "where to write it (default: the model's name, in this folder)"},
    {"--emit", "c|lib|ir|kernels", take_emit,
     "not a program but its C source (model.c), a C library (model.c\n"
     "and model.h), or its IR or kernels as text (to the terminal)"},
    {"--standalone", NULL, take_standalone,
     "with --emit=c: the runtime inside, so that cc -O2 model.c -lm\nbuilds it"},
    {"--no-check", NULL, take_no_check,
     "leave out the f64 twin that './model check' compares with"},
    {"--keep", NULL, take_keep, "keep the generated C beside the program, as FILE.c"},
    {"-e", "TEXT", take_text, "with gradc run or check: the model itself, as in\n"
     "gradc run -e 'print [1.0, 2.0] * 3'"},
    {"-f", NULL, take_force, "overwrite a file that gradc did not make; also --force"},

    {NULL, NULL, NULL, "How to compile"},
    {"-O", "0|1", take_level, "-O0: one plain loop per operation; -O1 (the default): optimised"},
    {"-D", "name=value", take_define, "give a `const` of the model another value"},
    {"--blas", "none|openblas|auto", take_blas,
     "matrix products by own code, by OpenBLAS, or each by what was\n"
     "measured to be faster (default: " GRADC_DEFAULT_BLAS ")"},
    {"--target", "c|cuda", take_target,
     "C for a processor (the default), or CUDA for an NVIDIA GPU"},
    {"--serial", NULL, take_serial, NULL},
    {"--threads", "auto|none|always", take_threads,
     "share a step among threads where it gains by that (auto, the\n"
     "default), never, or wherever it is possible"},
    {"--arch", "NAME,...", take_arch,
     "the processors to compile for: native (the default: this one),\n"
     "generic (all), x86-64-v3, x86-64-v4, or what else the C compiler's\n"
     "-march takes; of several the first that fits is chosen at the start"},
    {"--memory", "BYTES", take_memory,
     "what the program may take, as in 64M: values are computed again\n"
     "rather than kept, and batches cut into parts, or it is refused"},
    {"--cc", "CC", take_cc, "the C compiler (default: $CC, else cc, gcc or clang)"},
    {"--cflags", "FLAGS", take_cflags, "more flags for it, behind gradc's own"},
    {"--cc-flags", NULL, take_cc_flags,
     "show the flags that build a file made by --emit=c or --emit=lib"},

    {NULL, NULL, NULL, "Looking inside"},
    {"--dump", "ast|all|kernels|after:PASS", take_dump,
     "show the syntax tree, the IR after every pass or after one, or\n"
     "the kernels; nothing is made then, unless -o or --emit asks"},
    {"--report", "[FILE]", take_report,
     "show what the program needs: operations and bytes by kernel and\n"
     "line, memory by class, and what is alive at the peak; FILE.json for\n"
     "programs, FILE.svg for a picture of the plan"},
    {"--stop-after", "PASS", take_stop_after, "stop behind this pass and show the IR"},
    {"--skip", "PASS", take_skip, "leave this pass out; may be repeated"},
    {"--list-passes", NULL, take_list_passes, "show the passes, in order"},
    {"--from-ir", NULL, take_from_ir, "the input is IR as text, from --emit=ir"},
    {"--check", NULL, take_fmt_check, "with gradc fmt: change nothing, only say which files would"},
    {"--diagnostics", "text|json", take_diagnostics,
     "errors and warnings for people (the default), or for an editor:\n"
     "one JSON object a line, on stderr"},
    {"--time", NULL, take_time, "show the seconds that each stage took, on stderr"},
    {"--help", NULL, take_help, "show this; also -h"},
    {"--version", NULL, take_version, "show the version"},
};
/* clang-format on */

enum { OPTION_ROWS = sizeof option_rows / sizeof *option_rows };

static const OptionRow *find_row(const char *name, size_t length)
{
    static const char *const aliases[][2] = {{"--force", "-f"}, {"-h", "--help"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strlen(aliases[i][0]) == length && memcmp(aliases[i][0], name, length) == 0)
            return find_row(aliases[i][1], strlen(aliases[i][1]));
    for (int i = 0; i < OPTION_ROWS; i++) {
        const OptionRow *row = &option_rows[i];
        if (row->name && strlen(row->name) == length && memcmp(row->name, name, length) == 0)
            return row;
    }
    return NULL;
}

static bool unknown_option(Parse *parse, const char *arg)
{
    const char *names[OPTION_ROWS + 1] = {"--force"};
    int count = 1;
    for (int i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].name)
            names[count++] = option_rows[i].name;
    const char *name = arena_strndup(parse->arena, arg, strcspn(arg, "="));
    return usage_error("unknown option '%s'%s", arg, suggestion(parse->arena, name, names, count));
}

/* "--name" or "--name=value". */
static bool take_long(Parse *parse, const char *arg)
{
    const char *equals = strchr(arg, '=');
    const size_t length = equals ? (size_t)(equals - arg) : strlen(arg);
    const OptionRow *row = find_row(arg, length);
    if (!row)
        return unknown_option(parse, arg);
    if (row->value && row->value[0] != '[' && !equals)
        return usage_error("%s needs a value: %s=%s", row->name, row->name, row->value);
    if (!row->value && equals)
        return usage_error("%s takes no value", row->name);
    return row->take(parse, equals ? equals + 1 : NULL);
}

/* "-f", "-O0", "-oFILE" or "-o FILE"; *next is the argument behind, NULL once used up. */
static bool take_short(Parse *parse, const char *arg, const char **next)
{
    const OptionRow *row = find_row(arg, 2);
    if (!row || (!row->value && arg[2]))
        return unknown_option(parse, arg);
    if (!row->value)
        return row->take(parse, NULL);
    if (arg[2])
        return row->take(parse, arg + 2);
    if (!*next || row->take == take_level)
        return usage_error("%s needs a value: %s%s%s", row->name, row->name,
                           row->take == take_output || row->take == take_text ? " " : "",
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
        return usage_error("there is no command '%s'; did you mean gradc %s?", first, near);
    return usage_error("one model at a time: '%s' and '%s'", first, second);
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
        return usage_error("--check goes with gradc fmt; did you mean gradc check?");
    if (o->command == COMMAND_FMT)
        return o->files.count > 0 ? true : usage_error("which files? gradc fmt model.dsl");
    if (o->archs.count > 1 && (o->form != FORM_BINARY || o->command == COMMAND_RUN))
        return usage_error("--arch: several kinds of processor go with making a program");
    const bool text_form = o->form == FORM_C || o->form == FORM_LIBRARY;
    if (!o->input || !*o->input)
        return usage_error("which model? gradc model.dsl -o model");
    if (o->text && o->command == COMMAND_COMPILE)
        return usage_error("-e goes with gradc run and gradc check");
    if (strcmp(o->input, "-") == 0 && o->command == COMMAND_COMPILE && !o->output)
        return usage_error("a model from standard input has no name: give the output's with -o");
    if (o->standalone && o->form != FORM_C)
        return usage_error("--standalone goes with --emit=c");
    if (o->keep && (o->form != FORM_BINARY || o->command != COMMAND_COMPILE))
        return usage_error("--keep goes with making a program");
    if (o->stop_after && text_form)
        return usage_error("--stop-after shows IR: it doesn't go with --emit=c or --emit=lib");
    if (o->command != COMMAND_COMPILE && parse->makes)
        return usage_error("gradc %s makes no file: leave -o and --emit out",
                           o->command == COMMAND_RUN ? "run" : "check");
    if (o->report && (o->form == FORM_IR || o->stop_after))
        return usage_error("--report is about kernels: it doesn't go with --emit=ir or "
                           "--stop-after");
    if (o->command != COMMAND_COMPILE && o->stop_after)
        return usage_error("--stop-after goes with compiling alone");
    return true;
}

int options_parse(Arena *arena, int argc, char **argv, Options *out)
{
    *out = (Options){.level = 1, .threads = THREADS_AUTO, .check = true};
    Parse parse = {.arena = arena, .options = out};
    take_blas(&parse, GRADC_DEFAULT_BLAS);
    take_arch(&parse, "native");
    if (!parse_arguments(&parse, argc, argv))
        return EXIT_USAGE;
    if (out->command == COMMAND_CC_FLAGS && out->archs.count > 1) {
        usage_error("--cc-flags are for one kind of processor");
        return EXIT_USAGE;
    }
    if (out->command > COMMAND_FMT)
        return EXIT_OK;
    if (!check_combination(&parse))
        return EXIT_USAGE;
    if (out->stop_after)
        out->form = FORM_IR;
    else if (parse.dumps && !parse.makes && out->command == COMMAND_COMPILE)
        out->command = COMMAND_CHECK;
    return EXIT_OK;
}

/* ---- --help ---- */

static void print_row(FILE *out, const OptionRow *row)
{
    enum { COLUMN = 21 };
    const bool is_long = row->name[1] == '-';
    const bool optional = row->value && row->value[0] == '[';
    const char *join = !row->value || optional                              ? ""
                       : is_long                                            ? "="
                       : row->take == take_output || row->take == take_text ? " "
                                                                            : "";
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
    for (int i = 0; i < OPTION_ROWS; i++) {
        if (option_rows[i].name && !option_rows[i].doc)
            continue; /* for tests */
        if (option_rows[i].name)
            print_row(out, &option_rows[i]);
        else
            fprintf(out, "\n%s\n", option_rows[i].doc);
    }
    fputs("\nExit status: 0 ok; 1 the model is wrong or cannot be read; 2 the command line is\n"
          "wrong; 3 writing, the memory or the C compiler failed; 70 a bug in gradc.\n"
          "The language: docs/language.md.  The program's own options: ./model --help.\n",
          out);
}
