/* emit_banner.c -- the comments that head the sections of a generated file. */
#include <string.h>

#include "codegen/emit_parts.h"

void emit_banner(StrBuf *out, const char *title)
{
    enum { WIDTH = 96 };
    while (out->length > 1 && out->data[out->length - 1] == '\n' &&
           out->data[out->length - 2] == '\n')
        out->data[--out->length] = '\0';
    strbuf_printf(out, "\n/* ---- %s ", title);
    for (int column = (int)strlen(title) + 9; column < WIDTH; column++)
        strbuf_putc(out, '-');
    strbuf_puts(out, " */\n\n");
}
