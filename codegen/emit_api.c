/* emit_api.c -- a trainer as a C library: model.h, and in model.c the functions behind it.
 *
 *     typedef struct digits digits;
 *     digits *digits_create(uint64_t seed);
 *     int digits_train_step(digits *self, int64_t batch, const float *in_image,
 *                           const int32_t *in_label, double *loss);
 *     int digits_predict(digits *self, int64_t batch, const float *in_image, int64_t *out_class);
 *
 * The functions are typed shells over grt_create(), grt_train_step() and the rest of grt.h: they
 * put the caller's pointers in the order that the runtime wants. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "codegen/emit_parts.h"
#include "support/text.h"

typedef struct Api {
    StrBuf *out;
    const Program *p;
    const char *name;  /* the type, and the functions' prefix */
    const char *upper; /* the same in capitals, for macros */
} Api;

/* Names that a type can't have beside the language, libc, POSIX and the runtime. */
/* clang-format off */
static const char *const taken[] = {
    /* C and C++ */
    "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class",
    "const", "continue", "decltype", "default", "delete", "do", "double", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline",
    "int", "long", "mutable", "namespace", "new", "noexcept", "not", "nullptr", "operator", "or",
    "private", "protected", "public", "register", "restrict", "return", "short", "signed",
    "sizeof", "static", "struct", "switch", "template", "this", "throw", "true", "try", "typedef",
    "typeid", "typename", "typeof", "union", "unsigned", "using", "virtual", "void", "volatile",
    "while", "xor",
    /* macros */
    "HUGE_VAL", "INFINITY", "NAN", "NULL", "errno", "linux", "main", "math_errhandling", "stderr",
    "stdin", "stdout", "unix",
    /* functions of libc and POSIX; <math.h> has most of its own with an f or l behind them too */
    "abort", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil",
    "copysign", "cos", "cosh", "div", "drem", "erf", "erfc", "exit", "exp", "exp10", "exp2",
    "expm1", "fabs", "fdim", "finite", "floor", "fma", "fmax", "fmin", "fmod", "free", "frexp",
    "gamma", "hypot", "ilogb", "index", "isinf", "isnan", "j0", "j1", "jn", "kill", "ldexp",
    "lgamma", "link", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint",
    "lround", "malloc", "memchr", "memcmp", "memcpy", "memmove", "memset", "modf", "nan",
    "nearbyint", "nextafter", "nexttoward", "open", "pipe", "pow", "printf", "puts", "rand",
    "random", "read", "remainder", "remove", "remquo", "rename", "rint", "round", "scalb",
    "scalbln", "scalbn", "select", "signal", "significand", "sin", "sinh", "sleep", "sqrt",
    "stat", "strcat", "strchr", "strcmp", "strcoll", "strcpy", "strcspn", "strdup", "strerror",
    "strlen", "strncat", "strncmp", "strncpy", "strnlen", "strpbrk", "strrchr", "strsep", "strspn",
    "strstr", "strtok", "strxfrm", "system", "tan", "tanh", "tgamma", "time", "trunc", "wait",
    "write", "y0", "y1", "yn",
    /* the generated file's own */
    "model", "run", "seed",
    /* prefixes of its _create and the like, and of the runtime */
    "grt", "mtx", "pthread", "sem", "thrd", "timer", "tss",
};

/* Whole families of names: the compiler's, libc's, and the generated file's own. */
static const char *const taken_prefixes[] = {
    "_", "FP_", "GRADC_", "GRT_", "HUGE_VAL", "MATH_ERR", "grt_", "k_", "model_", "run_",
};
static const char *const taken_endings[] = {"_MAX", "_MIN", "_t"};
/* clang-format on */

static bool in_list(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strlen(taken[i]) == length && memcmp(taken[i], text, length) == 0)
            return true;
    return false;
}

static bool is_taken(const char *identifier)
{
    const size_t length = strlen(identifier);
    for (size_t i = 0; i < sizeof taken_prefixes / sizeof *taken_prefixes; i++)
        if (strncmp(identifier, taken_prefixes[i], strlen(taken_prefixes[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof taken_endings / sizeof *taken_endings; i++) {
        const size_t ending = strlen(taken_endings[i]);
        if (length >= ending && strcmp(identifier + length - ending, taken_endings[i]) == 0)
            return true;
    }
    return in_list(identifier, length) ||
           (length > 1 && strchr("fl", identifier[length - 1]) && in_list(identifier, length - 1));
}

static const char *api_name(Arena *arena, const char *identifier)
{
    if (isdigit((unsigned char)identifier[0]))
        return arena_printf(arena, "model_%s", identifier);
    return is_taken(identifier) ? arena_printf(arena, "%s_model", identifier) : identifier;
}

static Api api_of(StrBuf *out, const Program *p)
{
    StrBuf identifier = strbuf_new(p->arena);
    text_c_identifier(&identifier, p->model->name);
    const char *name = api_name(p->arena, strbuf_text(&identifier));
    char *upper = arena_strdup(p->arena, name);
    for (char *c = upper; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return (Api){out, p, name, upper};
}

/* ---- what the functions take ---- */

static const Routine *find_routine(const Program *p, EntryKind kind)
{
    for (int i = 0; i < p->routines.count; i++)
        if (p->routines.data[i]->entry->kind == kind)
            return p->routines.data[i];
    return NULL;
}

/* True if a routine of this kind (any step) reads the input. */
static bool kind_reads(const Program *p, EntryKind kind, int var)
{
    for (int i = 0; i < p->routines.count; i++)
        if (p->routines.data[i]->entry->kind == kind &&
            emit_routine_reads(p->routines.data[i], var))
            return true;
    return false;
}

static bool is_input(const Program *p, int var)
{
    return p->model->vars.data[var].kind == VAR_INPUT;
}

static const char *c_type(const Type *type)
{
    return dtype_info[type->dtype].c_name;
}

/* ", const float *in_image" for each input that the entries of this kind read. */
static void print_input_params(const Api *api, EntryKind kind)
{
    for (int i = 0; i < api->p->model->vars.count; i++) {
        const Var *var = &api->p->model->vars.data[i];
        if (!is_input(api->p, i) || !kind_reads(api->p, kind, i))
            continue;
        strbuf_printf(api->out, ", const %s *in_", c_type(&var->type));
        text_c_identifier(api->out, var->name);
    }
}

static void print_output_params(const Api *api, const Routine *predict)
{
    for (int i = 0; i < predict->values.count; i++) {
        const Value *value = &predict->values.data[i];
        strbuf_printf(api->out, ", %s *out_", c_type(&value->buffer->type));
        text_c_identifier(api->out, value->name);
    }
}

static void print_train_head(const Api *api)
{
    strbuf_printf(api->out, "int %s_train_step(%s *self, int64_t batch", api->name, api->name);
    print_input_params(api, ENTRY_TRAIN);
    strbuf_puts(api->out, ", double *loss)");
}

static void print_predict_head(const Api *api, const Routine *predict)
{
    strbuf_printf(api->out, "int %s_predict(%s *self, int64_t batch", api->name, api->name);
    print_input_params(api, ENTRY_PREDICT);
    print_output_params(api, predict);
    strbuf_putc(api->out, ')');
}

/* ---- model.h ---- */

/* " *   in_image   f32[batch, 64]" */
static void print_shape_line(const Api *api, const char *prefix, const char *name, const Type *type)
{
    strbuf_printf(api->out, "\n *   %s", prefix);
    text_c_identifier(api->out, name);
    strbuf_puts(api->out, "  ");
    type_print(api->out, type);
}

static void print_input_lines(const Api *api, EntryKind kind)
{
    for (int i = 0; i < api->p->model->vars.count; i++) {
        const Var *var = &api->p->model->vars.data[i];
        if (is_input(api->p, i) && kind_reads(api->p, kind, i))
            print_shape_line(api, "in_", var->name, &var->type);
    }
}

static void print_header_top(const Api *api, const EmitOptions *options)
{
    StrBuf *out = api->out;
    const char *name = api->name;
    const bool cuda = options->print.cuda;
    strbuf_printf(out, "/* %s.h -- a trainer as a C library: " EMIT_MARKER " by gradc %s from ",
                  api->p->model->name, options->version);
    text_c_comment(out, emit_source_name(api->p->model));
    strbuf_printf(out,
                  "; edit that,\n"
                  " * not this.\n"
                  " *\n"
                  " * Build:  %s\n"
                  " *\n"
                  " * A `%s` owns its parameters, its optimizer's state and its work memory; there"
                  " are no globals.\n"
                  " * Instances are independent of each other, and each may be used by one thread"
                  " at a time.\n"
                  "%s"
                  " *\n"
                  " * Arrays belong to the caller, are read or written during the call only, and"
                  " are row-major: the\n"
                  " * shapes below, `batch` being the number of samples in this call, 1 to"
                  " %s_MAX_BATCH.\n"
                  " *\n"
                  " * Functions that return int return 0, or on failure 1 (the input is wrong), 2"
                  " (the call is wrong),\n"
                  " * 3 (%s) or 4 (the loss is not finite); %s_error() then says why."
                  " */\n",
                  options->build_line, name,
                  cuda ? " * One lives on the GPU that was the current one of the thread that made"
                         " it, whoever calls.\n"
                       : "",
                  api->upper, cuda ? "memory, files, the GPU" : "memory, files", name);
    strbuf_printf(out,
                  "#ifndef GRADC_%s_H\n"
                  "#define GRADC_%s_H\n\n"
                  "#include <stdint.h>\n\n"
                  "#ifdef __cplusplus\n"
                  "extern \"C\" {\n"
                  "#endif\n\n",
                  api->upper, api->upper);
}

static void print_sizes(const Api *api)
{
    const Model *m = api->p->model;
    const int64_t bound = m->batch_bound > 0 ? m->batch_bound : 1;
    int64_t numbers;
    emit_count_vars(m, VAR_PARAM, &numbers);
    strbuf_printf(api->out,
                  "#define %s_MAX_BATCH INT64_C(%" PRId64 ") /* samples in one call */\n"
                  "#define %s_PARAMETERS INT64_C(%" PRId64 ") /* learned numbers */\n\n",
                  api->upper, bound, api->upper, numbers);
}

static void print_lifetime(const Api *api, bool cuda)
{
    const char *name = api->name;
    strbuf_printf(api->out,
                  "typedef struct %s %s;\n\n"
                  "/* A new instance, its parameters initialised from seed; NULL if memory is"
                  " short%s.  %s_error(NULL) then says why.\n"
                  " * The caller gives it back with %s_destroy(), which takes NULL too. */\n"
                  "%s *%s_create(uint64_t seed);\n"
                  "void %s_destroy(%s *self);\n\n",
                  name, name,
                  cuda ? ", or no\n * NVIDIA GPU can be used"
                       : " or the\n * processor lacks what this was compiled to use",
                  name, name, name, name, name, name);
}

static void print_train_declaration(const Api *api)
{
    strbuf_puts(api->out, "/* One step of training on one batch.");
    print_input_lines(api, ENTRY_TRAIN);
    strbuf_puts(api->out,
                "\n *   loss  the loss of this batch before the step; may be NULL\n"
                " * If the loss is not finite, nothing is changed and 4 is returned. */\n");
    if (api->p->model->train.accumulate > 1)
        strbuf_printf(api->out,
                      "/* A step takes up to %" PRId64 " times %s_MAX_BATCH samples, and works them"
                      " off in batches;\n"
                      " * what it leaves unchanged if one of their losses is not finite are the"
                      " parameters. */\n",
                      api->p->model->train.accumulate, api->upper);
    print_train_head(api);
    strbuf_puts(api->out, ";\n\n");
}

static void print_predict_declaration(const Api *api, const Routine *predict)
{
    strbuf_puts(api->out, "/* The model's outputs for a batch of inputs; NULL for an output that is"
                          " not wanted.");
    print_input_lines(api, ENTRY_PREDICT);
    for (int i = 0; i < predict->values.count; i++)
        print_shape_line(api, "out_", predict->values.data[i].name,
                         &predict->values.data[i].buffer->type);
    strbuf_puts(api->out, find_routine(api->p, ENTRY_AVERAGE)
                              ? "\n * They are those of the moving averages of the parameters. */\n"
                              : " */\n");
    print_predict_head(api, predict);
    strbuf_puts(api->out, ";\n\n");
}

/* Are states of this pass carried from call to call? */
static bool carries(const Api *api, SamplePass pass)
{
    for (int i = 0; i < api->p->model->vars.count; i++)
        if (model_stream_passes(api->p->model, i) >> pass & 1)
            return true;
    return false;
}

static void print_begin_declaration(const Api *api, SamplePass pass, const char *word)
{
    if (!carries(api, pass))
        return;
    strbuf_printf(
        api->out,
        "/* The states that %s_%s carries from call to call, row r of a batch behind row r"
        " of the one\n"
        " * before, take their first values again, as in a new instance. */\n"
        "int %s_%s_begin(%s *self);\n\n",
        api->name, pass == PASS_TRAIN ? "train_step" : "predict", api->name, word, api->name);
}

static void print_begin_function(const Api *api, SamplePass pass, const char *word)
{
    if (carries(api, pass))
        strbuf_printf(api->out,
                      "int %s_%s_begin(%s *self)\n{\n"
                      "    return grt_%s_begin((GrtInstance *)self);\n}\n\n",
                      api->name, word, api->name, word);
}

static void print_options_comment(const Api *api)
{
    const Model *m = api->p->model;
    strbuf_puts(api->out, "/* Sets an option of the model from the next call on.");
    for (int i = 0; i < m->options.count; i++) {
        strbuf_puts(api->out, i == 0 ? "  The options and their defaults:\n *   " : "\n *   ");
        text_c_identifier(api->out, m->options.data[i].name);
        strbuf_puts(api->out, " = ");
        text_c_double(api->out, m->options.data[i].value, false);
    }
    strbuf_puts(api->out, " */\n");
}

static const char cpu_denormals[] =
    "/* Numbers too small for a full mantissa (below 1.2e-38 in f32) are taken for 0 in training"
    " steps,\n"
    " * since most processors are slow with them; with keep = 1 they are not.  After each call "
    "the\n"
    " * floating-point mode is the caller's again. */\n";
static const char gpu_denormals[] = "/* Changes nothing, and is here for programs that take the C "
                                    "library, too: a GPU keeps numbers\n"
                                    " * below 1.2e-38. */\n";

static void print_rest(const Api *api, bool cuda)
{
    const char *name = api->name;
    print_options_comment(api);
    strbuf_printf(api->out,
                  "int %s_set_option(%s *self, const char *name, double value);\n\n"
                  "%s"
                  "int %s_keep_denormals(%s *self, int keep);\n\n"
                  "/* Parameters, states and position as a safetensors file; it is replaced as a"
                  " whole or not at\n"
                  " * all.  Loading checks everything before it changes anything. */\n"
                  "int %s_save(%s *self, const char *path);\n"
                  "int %s_load(%s *self, const char *path);\n\n"
                  "/* What the last call that failed has to say; \"\" if none did.  The text is"
                  " the instance's; of NULL\n"
                  " * it is the calling thread's, and of its last %s_create(). */\n"
                  "const char *%s_error(const %s *self);\n\n"
                  "#ifdef __cplusplus\n"
                  "}\n"
                  "#endif\n\n"
                  "#endif\n",
                  name, name, cuda ? gpu_denormals : cpu_denormals, name, name, name, name, name,
                  name, name, name, name);
}

void emit_h(StrBuf *out, const Program *p, const EmitOptions *options)
{
    const Api api = api_of(out, p);
    const Routine *predict = find_routine(p, ENTRY_PREDICT);
    print_header_top(&api, options);
    print_sizes(&api);
    print_lifetime(&api, options->print.cuda);
    if (find_routine(p, ENTRY_TRAIN))
        print_train_declaration(&api);
    if (predict)
        print_predict_declaration(&api, predict);
    print_begin_declaration(&api, PASS_TRAIN, "train");
    print_begin_declaration(&api, PASS_PREDICT, "predict");
    print_rest(&api, options->print.cuda);
}

/* ---- the functions in model.c ---- */

/* "const void *const inputs[] = {in_image, NULL};": every input, those that aren't read as NULL. */
static void print_input_array(const Api *api, EntryKind kind)
{
    const Model *m = api->p->model;
    int count = 0;
    for (int i = 0; i < m->vars.count; i++) {
        if (!is_input(api->p, i))
            continue;
        strbuf_puts(api->out, count++ == 0 ? "    const void *const inputs[] = {" : ", ");
        if (kind_reads(api->p, kind, i)) {
            strbuf_puts(api->out, "in_");
            text_c_identifier(api->out, m->vars.data[i].name);
        } else {
            strbuf_puts(api->out, "NULL");
        }
    }
    strbuf_puts(api->out, count > 0 ? "};\n" : "    const void *const *const inputs = NULL;\n");
}

static void print_train_function(const Api *api)
{
    print_train_head(api);
    strbuf_puts(api->out, "\n{\n");
    print_input_array(api, ENTRY_TRAIN);
    strbuf_puts(api->out, "    return grt_train_step((GrtInstance *)self, batch, inputs, loss);\n"
                          "}\n\n");
}

static void print_predict_function(const Api *api, const Routine *predict)
{
    print_predict_head(api, predict);
    strbuf_puts(api->out, "\n{\n");
    print_input_array(api, ENTRY_PREDICT);
    for (int i = 0; i < predict->values.count; i++) {
        strbuf_puts(api->out, i == 0 ? "    void *const outputs[] = {out_" : ", out_");
        text_c_identifier(api->out, predict->values.data[i].name);
    }
    strbuf_puts(api->out, "};\n"
                          "    return grt_predict((GrtInstance *)self, batch, inputs, outputs);\n"
                          "}\n\n");
}

void emit_api_functions(StrBuf *out, const Program *p)
{
    const Api api = api_of(out, p);
    const char *name = api.name;
    const Routine *predict = find_routine(p, ENTRY_PREDICT);
    strbuf_printf(out,
                  "%s *%s_create(uint64_t seed)\n{\n"
                  "    return (%s *)grt_create(&model, seed);\n}\n\n"
                  "void %s_destroy(%s *self)\n{\n"
                  "    grt_destroy((GrtInstance *)self);\n}\n\n",
                  name, name, name, name, name);
    if (find_routine(p, ENTRY_TRAIN))
        print_train_function(&api);
    if (predict)
        print_predict_function(&api, predict);
    print_begin_function(&api, PASS_TRAIN, "train");
    print_begin_function(&api, PASS_PREDICT, "predict");
    strbuf_printf(out,
                  "int %s_set_option(%s *self, const char *name, double value)\n{\n"
                  "    return grt_set_option((GrtInstance *)self, name, value);\n}\n\n"
                  "int %s_keep_denormals(%s *self, int keep)\n{\n"
                  "    return grt_keep_denormals((GrtInstance *)self, keep);\n}\n\n"
                  "int %s_save(%s *self, const char *path)\n{\n"
                  "    return grt_save((GrtInstance *)self, path);\n}\n\n"
                  "int %s_load(%s *self, const char *path)\n{\n"
                  "    return grt_load((GrtInstance *)self, path);\n}\n\n"
                  "const char *%s_error(const %s *self)\n{\n"
                  "    return grt_error((const GrtInstance *)self);\n}\n",
                  name, name, name, name, name, name, name, name, name, name);
}
