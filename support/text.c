/* text.c -- text into generated source, and spelling help. */
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void text_c_string(StrBuf *out, const char *bytes, size_t length)
{
    strbuf_putc(out, '"');
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        /* '?' for trigraphs, '%' in case it meets printf, octal since hex escapes run on */
        if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?' || c == '%')
            strbuf_printf(out, "\\%03o", c);
        else
            strbuf_putc(out, (char)c);
    }
    strbuf_putc(out, '"');
}

size_t text_utf8_length(const char *bytes, size_t left)
{
    const unsigned char *p = (const unsigned char *)bytes;
    const unsigned char lead = left > 0 ? p[0] : 0xff;
    if (lead < 0x80)
        return 1;
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((lead == 0xe0 && p[1] < 0xa0) || (lead == 0xed && p[1] > 0x9f) ||
        (lead == 0xf0 && p[1] < 0x90) || (lead == 0xf4 && p[1] > 0x8f))
        return 0;
    return length;
}

void text_json_string(StrBuf *out, const char *bytes, size_t length)
{
    strbuf_putc(out, '"');
    for (size_t at = 0; at < length;) {
        const size_t size = text_utf8_length(bytes + at, length - at);
        const unsigned char c = (unsigned char)bytes[at];
        if (size == 0)
            strbuf_puts(out, "\\ufffd");
        else if (c == '"' || c == '\\')
            strbuf_printf(out, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            strbuf_printf(out, "\\u%04x", c);
        else
            strbuf_write(out, bytes + at, size);
        at += size ? size : 1;
    }
    strbuf_putc(out, '"');
}

static const char *xml_escape(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return (unsigned char)c < ' ' && c != '\n' && c != '\t' ? "\xef\xbf\xbd" : NULL;
    }
}

void text_xml(StrBuf *out, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        const size_t size = text_utf8_length(text, left);
        const char *escape = size ? xml_escape(*text) : "\xef\xbf\xbd";
        if (escape)
            strbuf_puts(out, escape);
        else
            strbuf_write(out, text, size);
        text += size ? size : 1;
        left -= size ? size : 1;
    }
}

void text_c_comment(StrBuf *out, const char *text)
{
    for (; *text; text++)
        if (is_word(*text) || strchr(" .,:()[]+-=<>", *text))
            strbuf_putc(out, *text);
}

void text_c_identifier(StrBuf *out, const char *text)
{
    for (; *text; text++)
        strbuf_putc(out, is_word(*text) ? *text : '_');
}

/* The shortest %g that reads back to the same value: a point whatever the locale. */
static void shortest(char *text, size_t size, double value, bool as_float)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        const double back = strtod(text, NULL);
        if (as_float ? (float)back == (float)value : back == value)
            break;
    }
    for (char *c = text; *c; c++)
        if (!strchr("+-0123456789e", *c))
            *c = '.';
}

void text_c_double(StrBuf *out, double value, bool as_float)
{
    if (isnan(value)) {
        strbuf_puts(out, "NAN");
        return;
    }
    if (isinf(value)) {
        strbuf_puts(out, value < 0 ? "-INFINITY" : "INFINITY");
        return;
    }
    char text[64];
    shortest(text, sizeof text, value, as_float);
    strbuf_puts(out, text);
    if (!strpbrk(text, ".e"))
        strbuf_puts(out, ".0");
    if (as_float)
        strbuf_putc(out, 'f');
}

/* Levenshtein's distance with a swap of neighbours as one step; names beyond 63 bytes are far. */
static int edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 63 };
    const int n = (int)strlen(a), m = (int)strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    int rows[3][LONGEST + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (int j = 0; j <= m; j++)
        last[j] = j;
    for (int i = 1; i <= n; i++) {
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        int *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[m];
}

const char *text_nearest(const char *name, const char *const *candidates, int count)
{
    const int length = (int)strlen(name);
    int limit = length / 3 > 1 ? length / 3 : 1;
    const char *nearest = NULL;
    for (int i = 0; i < count; i++) {
        if (abs((int)strlen(candidates[i]) - length) > limit)
            continue; /* so far apart at least */
        const int distance = edit_distance(name, candidates[i]);
        if (distance > 0 && distance <= limit && distance < length) {
            nearest = candidates[i];
            limit = distance - 1;
        }
    }
    return nearest;
}
