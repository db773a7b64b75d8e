/* random_try.c -- see random_try.h: from a program's text to its values in every way. */
#include "tests/random_try.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/elaborate.h"
#include "passes/pass.h"
#include "support/file.h"
#include "tests/random_compare.h"

/* ---- to a Program ---- */

static char *all_text(Arena *arena, Diag *diag)
{
    FILE *file = tmpfile();
    if (!file)
        return "(no temporary file)";
    diag_flush(diag, file);
    const long size = ftell(file);
    rewind(file);
    char *text = arena_alloc(arena, (size_t)size + 1);
    const size_t got = fread(text, 1, (size_t)size, file);
    fclose(file);
    text[got] = '\0';
    return text;
}

Model *random_model(Arena *arena, const char *text, int batch, const TryOptions *options,
                    const char **wrong)
{
    Diag *diag = diag_new(arena);
    const SourceFile *source = source_new(arena, "random.dsl", text, strlen(text));
    const Ast *ast = ast_parse(arena, source, diag);
    const ElaborateOptions how = {.library_dir = arena_printf(arena, "%s/lib/std", options->top),
                                  .model_dir = "."};
    Model *m = diag_error_count(diag) ? NULL : elaborate(arena, ast, &how, diag);
    if (!m) {
        *wrong = all_text(arena, diag);
        return NULL;
    }
    int kept = 0;
    for (int i = 0; i < m->entries.count; i++)
        if (m->entries.data[i].kind == ENTRY_PREDICT)
            m->entries.data[kept++] = m->entries.data[i];
    m->entries.count = kept;
    m->batch_bound = batch;
    return m;
}

static void lower(Try *t, Way *way, const TryOptions *options)
{
    Diag *diag = diag_new(t->arena);
    const PipelineOptions how = {
        .level = way->level, .skip = &way->skip, .skip_count = way->skip ? 1 : 0};
    const LowerOptions to = {.level = way->level, .target = way->target};
    Model *m = random_model(t->arena, t->text, t->source->batch, options, &t->wrong);
    if (!m)
        return;
    pipeline_run(m, &how);
    way->graph = m->entries.data[0].graph;
    way->program = program_lower(m, &to, diag);
    const char *why = way->program ? program_verify(way->program) : all_text(t->arena, diag);
    if (why)
        t->wrong = arena_printf(t->arena, "-O%d: %s", way->level, why);
}

/* One of the passes that may be left out; each in turn. */
static const char *pass_to_skip(uint64_t seed)
{
    const char *names[16];
    int count = 0;
    for (int i = 0; i < pass_count && count < 16; i++)
        if (passes[i].level > 0)
            names[count++] = passes[i].name;
    return count ? names[seed % (uint64_t)count] : NULL;
}

void random_prepare(Try *t, Arena *arena, const RandomProgram *p, const TryOptions *options,
                    int ways)
{
    t->arena = arena;
    t->source = p;
    t->text = random_program_text(p);
    t->ways[0] = (Way){.name = "-O0"};
    t->ways[1] = (Way){.name = "-O1", .level = 1};
    t->ways[2] = (Way){.name = "--target=cuda", .level = p->seed % 4 != 0, .target = TARGET_CUDA};
    t->count = ways;
    t->ways[3] = (Way){.level = 1, .skip = pass_to_skip(p->seed / 3)};
    t->ways[3].name = arena_printf(arena, "-O1 --skip=%s", t->ways[3].skip ? t->ways[3].skip : "");
    for (int i = 0; i < t->count && !t->wrong; i++)
        lower(t, &t->ways[i], options);
}

/* ---- to C ---- */

static void print_names(StrBuf *out, const Program *p, int number, bool define)
{
    const char *word = define ? "define" : "undef";
    Vec(const char *) names = {0};
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        vec_push(p->arena, &names, r->name);
        for (int k = 0; k < r->kernels.count; k++)
            vec_push(p->arena, &names, r->kernels.data[k]->name);
    }
    for (int i = 0; i < p->consts.count; i++)
        vec_push(p->arena, &names, p->consts.data[i]->name);
    for (int i = 0; i < names.count; i++) {
        strbuf_printf(out, "#%s %s", word, names.data[i]);
        strbuf_puts(out,
                    define ? arena_printf(p->arena, " %s_way%d\n", names.data[i], number) : "\n");
    }
}

/* Names are unique in a program only: #define makes them so in the file. */
static void print_program(StrBuf *out, const Program *p, int number)
{
    const PrintOptions options = {.blas = BLAS_NONE};
    print_names(out, p, number, true);
    print_c_kernels(out, p, &options);
    for (int i = 0; i < p->routines.count; i++)
        print_c_routine(out, p, p->routines.data[i], &options);
    strbuf_printf(out, "int (*const entry_%d)(GrtRun *) = %s;\n", number,
                  p->routines.data[0]->name);
    print_names(out, p, number, false);
}

static int words(Arena *arena, const char *text, const char **argv, int room)
{
    int count = 0;
    for (char *word = strtok(arena_strdup(arena, text), " "); word && count < room;
         word = strtok(NULL, " "))
        argv[count++] = word;
    return count;
}

/* The shared object; NULL, and what is wrong. */
static void *compile(Arena *arena, const char *text, const TryOptions *options, const char **wrong)
{
    const char *why, *cc = getenv("CC"), *dir = dir_make_temp(arena, &why), *argv[48];
    if (!dir) {
        *wrong = why;
        return NULL;
    }
    const char *source = path_join(arena, dir, "random.c"),
               *object = path_join(arena, dir, "random.so");
    const char *const rest[] = {"-std=c11", "-shared",
                                "-fPIC",    "-ffp-contract=off",
                                "-w",       arena_printf(arena, "-I%s/runtime", options->top),
                                source,     "-o",
                                object,     "-lm",
                                NULL};
    int count = words(arena, cc && *cc ? cc : "cc", argv, 8);
    count += words(arena, options->cflags, argv + count, 16);
    memcpy(argv + count, rest, sizeof rest);
    void *handle = NULL;
    if (!file_write(arena, source, text, strlen(text), &why))
        *wrong = why;
    else if (process_run((char **)argv, &why) != 0)
        *wrong = "the generated C does not compile";
    else if (!(handle = dlopen(object, RTLD_NOW | RTLD_LOCAL)))
        *wrong = arena_strdup(arena, dlerror());
    dir_remove(dir);
    return handle;
}

static const char *whole_file(Arena *arena, Try *tries, int count)
{
    StrBuf out = strbuf_new(arena);
    strbuf_puts(&out, "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n"
                      "#include \"grt.h\"\n#include \"grt_math.h\"\n#include \"grt_random.h\"\n"
                      "#include \"grt_tile.h\"\n#include \"grt_lanes.h\"\n");
    for (int i = 0; i < count; i++)
        for (int k = 0; k < tries[i].count; k++)
            print_program(&out, tries[i].ways[k].program, i * WAYS + k);
    return strbuf_text(&out);
}

const char *random_try(Arena *arena, RandomProgram *const *programs, int count,
                       const TryOptions *options, TryCounts *counts, int *which)
{
    Try *tries = arena_array(arena, Try, count);
    const char *wrong = NULL;
    for (*which = 0; *which < count; ++*which) {
        random_prepare(&tries[*which], arena, programs[*which], options,
                       programs[*which]->seed % 3 == 0 ? WAYS : WAYS - 1);
        if (tries[*which].wrong)
            return tries[*which].wrong;
    }
    *which = 0;
    void *handle = compile(arena, whole_file(arena, tries, count), options, &wrong);
    if (!handle)
        return wrong;
    for (int i = 0; i < count && !wrong; i++) {
        *which = i;
        for (int k = 0; k < tries[i].count; k++) {
            void *symbol = dlsym(handle, arena_printf(arena, "entry_%d", i * WAYS + k));
            if (!symbol)
                return "an entry is missing";
            memcpy(&tries[i].ways[k].run, symbol, sizeof tries[i].ways[k].run);
        }
        wrong = random_compare(&tries[i], counts);
    }
    dlclose(handle);
    return wrong;
}
