/* model.c -- any text as a model, all the way to C: with -O1, or -O0 for a text that begins with
 * "# -O0".  Imports find nothing. */
#include <stdlib.h>
#include <string.h>

#include "frontend/elaborate.h"
#include "tests/fuzz/compile.h"
#include "tests/fuzz/fuzz.h"

enum { LARGEST = 4096 };

static const char *library_dir(void)
{
    static const char *dir;
    if (!dir)
        dir = getenv("FUZZ_LIBRARY");
    if (!dir)
        fuzz_broken("FUZZ_LIBRARY must name the folder lib/std");
    return dir;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static FILE *nowhere;
    if (size > LARGEST)
        return 0;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    Arena *arena = arena_new();
    Diag *diag = diag_new(arena);
    char *text = fuzz_text(bytes, size);
    const SourceFile *file = source_new(arena, "fuzz.dsl", text, size);
    const Ast *ast = ast_parse(arena, file, diag);
    const ElaborateOptions how = {.library_dir = library_dir(), .model_dir = "/dev/null"};
    Model *model = diag_error_count(diag) == 0 ? elaborate(arena, ast, &how, diag) : NULL;
    if (model)
        fuzz_compile(arena, model, strncmp(text, "# -O0", 5) == 0 ? 0 : 1, diag);
    diag_flush(diag, nowhere);
    arena_free(arena);
    free(text);
    return 0;
}
