/* options_table.c -- see options_table.h. */
#include "driver/options_table.h"

#include <ctype.h>
#include <string.h>

#include "passes/pass.h"
#include "support/checked.h"
#include "support/text.h"

#ifndef GRADC_DEFAULT_BLAS
#define GRADC_DEFAULT_BLAS "none"
#endif

bool options_error(const char *format, ...)
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
    options_error("%s takes %s, not '%s'%s", option, strbuf_text(&list), value,
                  suggestion(parse->arena, value, words, count));
    return -1;
}

/* ---- one function for each option ---- */

static bool take_output(Parse *parse, const char *value)
{
    if (!*value)
        return options_error("-o needs the name of a file");
    if (strcmp(value, "-") == 0)
        return options_error("-o - is no file: nothing is written to the standard output; for a "
                             "file of that name, -o ./-");
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
        return options_error("one model at a time: '%s' and -e", parse->options->input);
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
        return options_error("there is no level -O%s: -O0 and -O1 (the default) are", value);
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
        return options_error("-D wants name=value, as in -Dwidth=128, not '%s'", value);
    const char *name = arena_strndup(parse->arena, value, (size_t)(equals - value));
    const Define define = {name, equals + 1};
    vec_push(parse->arena, &parse->options->defines, define);
    return true;
}

/* Which there are depends on the target (options_settle). */
static bool take_blas(Parse *parse, const char *value)
{
    static const char *const words[] = {"none", "openblas", "auto", "cublas"};
    parse->blas = value;
    return choose(parse, "--blas", value, words, 4) >= 0;
}

static bool take_threads(Parse *parse, const char *value)
{
    static const char *const words[] = {"auto", "none", "always"};
    static const ThreadsChoice choices[] = {THREADS_AUTO, THREADS_NONE, THREADS_ALWAYS};
    const int chosen = choose(parse, "--threads", value, words, 3);
    if (chosen >= 0)
        parse->options->threads = choices[chosen];
    parse->threads = value;
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

static bool take_fast_reductions(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->fast_reductions = true;
}

static bool take_conv(Parse *parse, const char *value)
{
    static const char *const words[] = {"own", "cudnn"};
    const int chosen = choose(parse, "--conv", value, words, 2);
    parse->options->cudnn = chosen == 1;
    return chosen >= 0;
}

static bool take_tf32(Parse *parse, const char *value)
{
    (void)value;
    return parse->options->tf32 = true;
}

static bool take_cuda_arch(Parse *parse, const char *value)
{
    const char *why;
    parse->options->cuda_archs.count = 0;
    if (cuda_arch_parse(parse->arena, value, &parse->options->cuda_archs, &why))
        return true;
    return options_error("--cuda-arch: %s", why);
}

static bool take_nvcc(Parse *parse, const char *value)
{
    parse->options->nvcc = value;
    return *value ? true : options_error("--nvcc needs the name of a CUDA compiler");
}

static bool take_arch(Parse *parse, const char *value)
{
    const char *why;
    parse->archs = value;
    parse->options->archs.count = 0;
    if (arch_parse(parse->arena, value, &parse->options->archs, &why))
        return true;
    return options_error("--arch: %s", why);
}

static bool take_cc(Parse *parse, const char *value)
{
    parse->options->cc = value;
    return *value ? true : options_error("--cc needs the name of a compiler");
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
    return options_error("%s: there is no pass '%s'%s; see gradc --list-passes", option, name,
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
                : options_error(
                      "--memory takes a number of bytes above 0, as in 64M (K, M or G behind "
                      "it: times 1024), not '%.40s'",
                      value);
}

static bool take_report(Parse *parse, const char *value)
{
    parse->dumps = true;
    parse->options->report = value ? value : "";
    return !value || *value ? true : options_error("--report= needs the name of a file");
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
        return options_error("--skip: a program can't be compiled without the pass '%s'", value);
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
const OptionRow option_rows[] = {
    {NULL, NULL, NULL, "What to make"},
    {"-o", "FILE", take_output, "where to write it (default: the model's name, in this folder)"},
    {"--emit", "c|lib|ir|kernels", take_emit,
     "not a program but its C source (model.c; for CUDA model.cu), a C\n"
     "library (with model.h), or its IR or kernels as text (to the\n"
     "terminal)"},
    {"--standalone", NULL, take_standalone,
     "with --emit=c: the runtime inside, so that cc -O2 model.c -lm\nbuilds it"},
    {"--no-check", NULL, take_no_check,
     "leave out the f64 twin that './model check' compares with"},
    {"--keep", NULL, take_keep, "keep the generated C beside the program, as FILE.c (or FILE.cu)"},
    {"-e", "TEXT", take_text, "with gradc run or check: the model itself, as in\n"
     "gradc run -e 'print [1.0, 2.0] * 3'"},
    {"-f", NULL, take_force, "overwrite a file that gradc did not make; also --force"},

    {NULL, NULL, NULL, "How to compile"},
    {"-O", "0|1", take_level, "-O0: one plain loop per operation; -O1 (the default): optimised"},
    {"-D", "name=value", take_define, "give a `const` of the model another value"},
    {"--target", "c|cuda", take_target,
     "C for a processor (the default), or CUDA for an NVIDIA GPU"},
    {"--blas", "none|openblas|auto|cublas", take_blas,
     "matrix products by own code, by OpenBLAS, or each by what was\n"
     "measured to be faster (default: " GRADC_DEFAULT_BLAS "); with CUDA\n"
     "by cuBLAS (the default) or none"},
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
    {"--cc", "CC", take_cc,
     "the C compiler (default: $CC, else cc, gcc or clang); with CUDA\n"
     "the compiler of the host's part (nvcc's -ccbin)"},
    {"--cflags", "FLAGS", take_cflags, "more flags for the C compiler or nvcc, behind gradc's own"},
    {"--cc-flags", NULL, take_cc_flags,
     "show the flags that build a file made by --emit=c or --emit=lib"},

    {NULL, NULL, NULL, "With --target=cuda"},
    {"--cuda-arch", "NAME,...", take_cuda_arch,
     "the GPUs to compile for: native (those of this machine), sm_80,\n"
     "sm_90 and so on, all-major or all (from sm_75 on); newer ones run it\n"
     "too (default: native; where there is no GPU, code that its driver\n"
     "compiles)"},
    {"--conv", "own|cudnn", take_conv,
     "convolutions by own kernels (the default), or by cuDNN where it has them"},
    {"--tf32", NULL, take_tf32,
     "cuBLAS may round the factors of f32 products to 11 bits: faster"},
    {"--fast-reductions", NULL, take_fast_reductions,
     "sums may be added up in any order: two runs differ by rounding"},
    {"--nvcc", "NVCC", take_nvcc,
     "CUDA's compiler (default: $NVCC, else nvcc, else the one in\n"
     "$CUDA_HOME or /usr/local/cuda)"},
    {"--serial", NULL, take_serial, NULL},

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
const int option_row_count = OPTION_ROWS;

const OptionRow *option_find(const char *name, size_t length)
{
    static const char *const aliases[][2] = {{"--force", "-f"}, {"-h", "--help"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strlen(aliases[i][0]) == length && memcmp(aliases[i][0], name, length) == 0)
            return option_find(aliases[i][1], strlen(aliases[i][1]));
    for (int i = 0; i < OPTION_ROWS; i++) {
        const OptionRow *row = &option_rows[i];
        if (row->name && strlen(row->name) == length && memcmp(row->name, name, length) == 0)
            return row;
    }
    return NULL;
}

bool options_unknown(Parse *parse, const char *arg)
{
    const char *names[OPTION_ROWS + 1] = {"--force"};
    int count = 1;
    for (int i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].name)
            names[count++] = option_rows[i].name;
    const char *name = arena_strndup(parse->arena, arg, strcspn(arg, "="));
    return options_error("unknown option '%s'%s", arg,
                         suggestion(parse->arena, name, names, count));
}
