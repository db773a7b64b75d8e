/* emit_runtime.c -- the runtime as one text, for --standalone.
 *
 * In: the runtime's files as they are embedded in gradc (codegen/embedded.h).  Out: all .c files,
 * one after the other, each header pasted where it is first included and left out afterwards. */
#include <string.h>

#include "codegen/embedded.h"
#include "codegen/emit_parts.h"

typedef struct Paste {
    StrBuf *out;
    bool *done; /* by position in embedded_runtime_names */
} Paste;

static int embedded_find(const char *name, size_t length)
{
    for (int i = 0; i < embedded_runtime_count; i++)
        if (strlen(embedded_runtime_names[i]) == length &&
            memcmp(embedded_runtime_names[i], name, length) == 0)
            return i;
    return -1;
}

/* The file that a line `#include "grt.h"` names, or -1 for any other line. */
static int embedded_included(const char *line, const char *end)
{
    static const char directive[] = "#include \"";
    const size_t skip = sizeof directive - 1;
    if ((size_t)(end - line) <= skip || memcmp(line, directive, skip) != 0)
        return -1;
    const char *name = line + skip;
    const char *quote = memchr(name, '"', (size_t)(end - name));
    return quote ? embedded_find(name, (size_t)(quote - name)) : -1;
}

/* Headers include headers, no file itself: `done` bounds the recursion by their number. */
static void paste_file(Paste *paste, int index)
{
    if (paste->done[index])
        return;
    paste->done[index] = true;
    const char *line = embedded_runtime_texts[index];
    while (*line) {
        const char *newline = strchr(line, '\n');
        const char *end = newline ? newline + 1 : line + strlen(line);
        const int included = embedded_included(line, end);
        if (included >= 0)
            paste_file(paste, included);
        else
            strbuf_write(paste->out, line, (size_t)(end - line));
        if (!newline && included < 0)
            strbuf_putc(paste->out, '\n');
        line = end;
    }
}

void emit_runtime(StrBuf *out, bool gzip, bool png)
{
    Paste paste = {out, arena_array(out->arena, bool, embedded_runtime_count)};
    emit_banner(out, "the runtime of gradc");
    strbuf_puts(out, "#define _POSIX_C_SOURCE 200809L\n\n");
    strbuf_puts(out, "/* Of its small functions, a program calls those that it needs. */\n"
                     "#ifdef __clang__\n"
                     "#pragma clang diagnostic push\n"
                     "#pragma clang diagnostic ignored \"-Wunused-function\"\n"
                     "#endif\n\n");
    for (int i = 0; i < embedded_runtime_count; i++) {
        const char *name = embedded_runtime_names[i];
        if ((strcmp(name, "gzip.c") == 0 && !gzip) || (strcmp(name, "png.c") == 0 && !png))
            continue;
        paste_file(&paste, i);
    }
    strbuf_puts(out, "\n#ifdef __clang__\n#pragma clang diagnostic pop\n#endif\n");
}
