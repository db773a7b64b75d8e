/* strbuf.c -- a text under construction. */
#include "support/strbuf.h"

#include <stdio.h>
#include <string.h>

StrBuf strbuf_new(Arena *arena)
{
    return (StrBuf){.arena = arena};
}

/* Makes room for length more bytes and a NUL. */
static void strbuf_reserve(StrBuf *buf, size_t length)
{
    const size_t needed = buf->length + length + 1;
    if (needed <= buf->capacity)
        return;
    size_t capacity = buf->capacity ? buf->capacity : 128;
    while (capacity < needed)
        capacity *= 2;
    buf->data = arena_grow(buf->arena, buf->data, buf->length, capacity, 1);
    buf->capacity = capacity;
}

void strbuf_write(StrBuf *buf, const char *bytes, size_t length)
{
    strbuf_reserve(buf, length);
    if (length)
        memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void strbuf_puts(StrBuf *buf, const char *text)
{
    strbuf_write(buf, text, strlen(text));
}

void strbuf_putc(StrBuf *buf, char c)
{
    strbuf_write(buf, &c, 1);
}

void strbuf_vprintf(StrBuf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    strbuf_reserve(buf, (size_t)length);
    vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
    buf->length += (size_t)length;
    va_end(again);
}

void strbuf_printf(StrBuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(buf, format, args);
    va_end(args);
}

const char *strbuf_text(const StrBuf *buf)
{
    return buf->data ? buf->data : "";
}
