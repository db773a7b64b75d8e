/* ir.c -- any text as the textual IR: read, printed and read again it is the same; then compiled.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/compile.h"
#include "tests/fuzz/fuzz.h"

enum { LARGEST = 16384 };

static Model *read_text(Arena *arena, const char *text, size_t size, Diag *diag)
{
    return model_read(arena, source_new(arena, "fuzz.ir", text, size), diag);
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
    Model *model = read_text(arena, text, size, diag);
    if (model) {
        StrBuf once = strbuf_new(arena), twice = strbuf_new(arena);
        model_print(&once, model);
        Model *again = read_text(arena, strbuf_text(&once), once.length, diag);
        if (!again)
            fuzz_broken("what is printed is not read back");
        model_print(&twice, again);
        if (strcmp(strbuf_text(&once), strbuf_text(&twice)) != 0)
            fuzz_broken("what is read back is printed otherwise");
        fuzz_compile(arena, model, 1, diag);
    }
    diag_flush(diag, nowhere);
    arena_free(arena);
    free(text);
    return 0;
}
