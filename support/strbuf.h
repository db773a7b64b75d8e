/* strbuf.h -- a text under construction, in an arena. */
#ifndef GRADC_STRBUF_H
#define GRADC_STRBUF_H

#include "support/arena.h"

typedef struct StrBuf {
    Arena *arena;
    char *data; /* always NUL-terminated once something was added; NULL before */
    size_t length, capacity;
} StrBuf;

StrBuf strbuf_new(Arena *arena);
void strbuf_printf(StrBuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(StrBuf *buf, const char *format, va_list args);
void strbuf_puts(StrBuf *buf, const char *text);
void strbuf_putc(StrBuf *buf, char c);
void strbuf_write(StrBuf *buf, const char *bytes, size_t length);
/* The text; "" if nothing was added.  Valid until the next addition. */
const char *strbuf_text(const StrBuf *buf);

#endif
