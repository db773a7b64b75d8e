/* source.c -- any text through the parser; what parses goes through the formatter, twice: the
 * second time nothing may change. */
#include <stdlib.h>
#include <string.h>

#include "frontend/format.h"
#include "tests/fuzz/fuzz.h"

static void try_format(Arena *arena, const SourceFile *file)
{
    StrBuf once = strbuf_new(arena), twice = strbuf_new(arena);
    if (!format_source(arena, file, diag_new(arena), &once))
        fuzz_broken("a file that parses is not formatted");
    const SourceFile *again = source_new(arena, "again.dsl", strbuf_text(&once), once.length);
    if (!format_source(arena, again, diag_new(arena), &twice))
        fuzz_broken("a formatted file does not parse");
    if (once.length != twice.length || strcmp(strbuf_text(&once), strbuf_text(&twice)) != 0)
        fuzz_broken("formatting again changes the text");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    Arena *arena = arena_new();
    Diag *diag = diag_new(arena);
    char *text = fuzz_text(bytes, size);
    const SourceFile *file = source_new(arena, "fuzz.dsl", text, size);
    const Ast *ast = ast_parse(arena, file, diag);
    if (diag_error_count(diag) == 0) {
        StrBuf tree = strbuf_new(arena);
        ast_print(&tree, ast);
        try_format(arena, file);
    }
    diag_flush(diag, nowhere);
    arena_free(arena);
    free(text);
    return 0;
}
