/* compiled.c -- graphs to C to a shared object. */
#include "tests/compiled.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"

Program *compiled_lower(Arena *arena, Model *m, int level, BlasChoice blas, bool threads)
{
    Diag *diag = diag_new(arena);
    const LowerOptions options = {.level = level, .blas = blas, .threads = threads};
    Program *p = program_lower(m, &options, diag);
    ck_assert_int_eq(diag_error_count(diag), 0);
    ck_assert_ptr_nonnull(p);
    const char *why = program_verify(p);
    ck_assert_msg(!why, "%s", why);
    return p;
}

const char *compiled_print(Arena *arena, const Program *p, BlasChoice blas)
{
    const PrintOptions options = {.blas = blas};
    StrBuf out = strbuf_new(arena);
    strbuf_puts(&out, "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n"
                      "#include \"grt.h\"\n#include \"grt_math.h\"\n#include \"grt_random.h\"\n"
                      "#include \"grt_tile.h\"\n#include \"grt_lanes.h\"\n");
    if (p->uses_blas)
        strbuf_puts(&out, "#include <cblas.h>\n");
    if (p->uses_threads)
        strbuf_puts(&out, "#include \"grt_team.h\"\n");
    print_c_kernels(&out, p, &options);
    for (int i = 0; i < p->routines.count; i++)
        print_c_routine(&out, p, p->routines.data[i], &options);
    strbuf_puts(&out, "int (*const routines[])(GrtRun *) = {");
    for (int i = 0; i < p->routines.count; i++)
        strbuf_printf(&out, "%s, ", p->routines.data[i]->name);
    strbuf_puts(&out, "};\n");
    return strbuf_text(&out);
}

static const char *top_dir(void)
{
    const char *dir = getenv("top_srcdir");
    return dir ? dir : ".";
}

/* $CC, which may be several words ("ccache gcc"), at the head of a command. */
static int compiler_words(Arena *arena, const char **argv, int room)
{
    const char *cc = getenv("CC");
    char *text = arena_strdup(arena, cc && *cc ? cc : "cc");
    int count = 0;
    for (char *word = strtok(text, " "); word && count < room; word = strtok(NULL, " "))
        argv[count++] = word;
    return count;
}

static void compile(Arena *arena, const char *source, const char *object, bool sanitized, bool blas)
{
    const char *why;
    const char *const flags[] = {
        "-std=c11",
        "-O1",
        "-shared",
        "-fPIC",
        "-ffp-contract=off",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Wconversion",
        "-Wno-sign-conversion",
        "-Werror",
        arena_printf(arena, "-I%s/runtime", top_dir()),
        source,
        "-o",
        object,
        sanitized ? "-fsanitize=undefined,float-cast-overflow" : "-O1",
        sanitized ? "-fsanitize-undefined-trap-on-error" : "-O1", /* needs no library */
        "-lm",
        blas ? "-lopenblas" : NULL,
        NULL,
    };
    const char *argv[sizeof flags / sizeof *flags + 8];
    memcpy(argv + compiler_words(arena, argv, 8), flags, sizeof flags);
    const int status = process_run((char **)argv, &why);
    ck_assert_msg(status == 0, "the generated code does not compile (%d)", status);
}

Compiled compiled_build(Arena *arena, Model *m, int level, BlasChoice blas, bool threads,
                        bool sanitized)
{
    Compiled c = {.program = compiled_lower(arena, m, level, blas, threads)};
    const char *why, *dir = dir_make_temp(arena, &why);
    ck_assert_msg(dir != NULL, "%s", why);
    const char *source = path_join(arena, dir, "model.c"),
               *object = path_join(arena, dir, "model.so");
    c.text = compiled_print(arena, c.program, blas);
    ck_assert(file_write(arena, source, c.text, strlen(c.text), &why));
    compile(arena, source, object, sanitized, c.program->uses_blas);
    c.object = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(c.object != NULL, "%s", dlerror());
    dir_remove(dir);
    return c;
}

typedef int RunFunction(GrtRun *run);

int compiled_run(const Compiled *c, int routine, GrtRun *run)
{
    RunFunction *const *routines = dlsym(c->object, "routines");
    return routines[routine](run);
}
