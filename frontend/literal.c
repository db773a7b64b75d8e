/* literal.c -- the meaning of tokens: numbers, strings, names, doc comments; and the check that a
 * file is honest UTF-8 text.
 *
 * What is wrong is reported; the value that is returned then only keeps the parser going. */
#include "frontend/syntax.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/text.h"

/* ---- the file's bytes ---- */

uint32_t literal_skip_bom(const SourceFile *file)
{
    return file->size >= 3 && memcmp(file->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* U+202A..202E and U+2066..2069 make a file look other than it is read. */
static bool is_bidi_control(const unsigned char *p, size_t length)
{
    return length == 3 && p[0] == 0xe2 &&
           ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
            (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

bool literal_check_encoding(Syntax *s)
{
    const unsigned char *text = (const unsigned char *)s->file->text;
    if (s->file->size > SYNTAX_MAX_FILE) {
        syntax_error(s, (Loc){s->file, 0, 0}, NULL, "the file is larger than %d MiB",
                     SYNTAX_MAX_FILE / 1048576);
        return false;
    }
    for (size_t at = 0; at < s->file->size;) {
        const size_t length = text_utf8_length(s->file->text + at, s->file->size - at);
        const char *fault = length == 0                          ? "invalid UTF-8"
                            : text[at] == 0                      ? "a NUL byte"
                            : is_bidi_control(text + at, length) ? "a bidi control character"
                                                                 : NULL;
        if (fault) {
            const uint32_t begin = (uint32_t)at;
            syntax_error(s, (Loc){s->file, begin, begin + (length ? (uint32_t)length : 1)}, NULL,
                         "%s at byte %zu of the file", fault, at);
            return false;
        }
        at += length;
    }
    return true;
}

/* ---- numbers ---- */

static bool check_length(Syntax *s, Loc loc, const char *what)
{
    if (loc.end - loc.begin <= SYNTAX_MAX_NAME)
        return true;
    syntax_error(s, loc, NULL, "%s of %u bytes; the limit is %d", what, loc.end - loc.begin,
                 SYNTAX_MAX_NAME);
    return false;
}

int64_t literal_integer(Syntax *s, Loc loc)
{
    const char *digits = s->file->text + loc.begin;
    size_t length = loc.end - loc.begin;
    uint64_t base = 10, value = 0;
    if (!check_length(s, loc, "a number"))
        return 1;
    if (length > 2 && digits[0] == '0') {
        base = (digits[1] | 0x20) == 'x' ? 16 : 2;
        digits += 2;
        length -= 2;
    }
    for (size_t i = 0; i < length; i++) {
        const char c = digits[i];
        const uint64_t digit = (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        if (value > (INT64_MAX - digit) / base) {
            syntax_error(s, loc, NULL, "out of range: integers go up to 9223372036854775807");
            return 1;
        }
        value = value * base + digit;
    }
    return (int64_t)value;
}

double literal_number(Syntax *s, Loc loc)
{
    char text[SYNTAX_MAX_NAME + 16];
    size_t length = 0;
    if (!check_length(s, loc, "a number"))
        return 1;
    /* strtod wants the locale's decimal point. */
    const char *point = localeconv()->decimal_point;
    const size_t point_length = strlen(point) < 8 ? strlen(point) : 0;
    bool zero = true, exponent = false;
    for (uint32_t at = loc.begin; at < loc.end; at++) {
        const char c = s->file->text[at];
        exponent = exponent || (c | 0x20) == 'e';
        zero = zero && (exponent || c == '0' || c == '.');
        if (c == '.') {
            memcpy(text + length, point, point_length);
            length += point_length;
        } else {
            text[length++] = c;
        }
    }
    text[length] = '\0';
    const double value = strtod(text, NULL);
    if (isinf(value) || (value == 0 && !zero))
        syntax_error(s, loc, NULL, "the number is too %s for a 64-bit float",
                     isinf(value) ? "large" : "small");
    return value;
}

/* Says which of the rules for numbers is broken. */
void literal_malformed_number(Syntax *s, Loc loc)
{
    const char *text = s->file->text + loc.begin;
    const size_t length = loc.end - loc.begin;
    const char last = text[length - 1];
    const char *written = syntax_excerpt(s, loc);
    if (!check_length(s, loc, "a number"))
        return;
    if (text[0] == '.')
        syntax_error(s, loc, NULL, "a number needs digits before the point: 0%s", written);
    else if (last == '.')
        syntax_error(s, loc, NULL, "a number needs digits behind the point: %s0", written);
    else if (memchr(text, '_', length))
        syntax_error(s, loc, NULL, "no '_' in numbers: '%s'", written);
    else if (text[0] == '0' && strspn(text, "0123456789") >= length)
        syntax_error(s, loc, NULL, "no leading zeros in integers: '%s'", written);
    else
        syntax_error(s, loc, NULL, "'%s' is not a number", written);
}

/* ---- strings and names ---- */

static int hex_digit(char c)
{
    const int lower = c | 0x20;
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Decodes the escape behind a backslash at text[at]; returns how many bytes it takes. */
static uint32_t read_escape(Syntax *s, uint32_t at, uint32_t end, char *out)
{
    const char *text = s->file->text + at;
    const Loc loc = {s->file, at - 1, at + 1};
    *out = '?';
    switch (text[0]) {
    case '\\':
    case '"':
        *out = text[0];
        return 1;
    case 'n':
        *out = '\n';
        return 1;
    case 't':
        *out = '\t';
        return 1;
    case 'x': {
        const int high = at + 2 < end ? hex_digit(text[1]) : -1;
        const int low = high >= 0 ? hex_digit(text[2]) : -1;
        if (low < 0)
            syntax_error(s, loc, NULL, "'\\x' takes two hexadecimal digits");
        else if (high + low == 0)
            syntax_error(s, loc, NULL, "a string cannot hold a NUL byte");
        else
            *out = (char)(high * 16 + low);
        return low < 0 ? 1 : 3;
    }
    default:
        syntax_error(s, loc, NULL, "unknown escape; there are \\\\ \\\" \\n \\t and \\xNN");
        return 1;
    }
}

Text literal_string(Syntax *s, Loc loc)
{
    const uint32_t end = loc.end - 1; /* the closing quote */
    char *bytes = arena_alloc(s->arena, loc.end - loc.begin);
    int64_t length = 0;
    for (uint32_t at = loc.begin + 1; at < end; length++) {
        bytes[length] = s->file->text[at++];
        if (bytes[length] == '\\')
            at += read_escape(s, at, end, &bytes[length]);
    }
    return (Text){bytes, length};
}

const char *literal_name(Syntax *s, Loc loc)
{
    if (!check_length(s, loc, "a name"))
        return "_";
    return arena_strndup(s->arena, s->file->text + loc.begin, loc.end - loc.begin);
}

/* ---- doc comments ---- */

const char *literal_doc(Syntax *s, int line)
{
    const CommentBlock *block = &s->comment;
    if (block->last_line == 0 || block->last_line != line - 1)
        return NULL;
    char *doc = arena_alloc(s->arena, block->end - block->begin + 1);
    size_t length = 0;
    const char *at = s->file->text + block->begin, *end = s->file->text + block->end;
    while (at < end) {
        at += strspn(at, " \t\r\n"); /* at the line's '#' now */
        at += at[1] == ' ' ? 2 : 1;
        const size_t width = strcspn(at, "\r\n");
        if (length > 0)
            doc[length++] = '\n';
        memcpy(doc + length, at, width);
        length += width;
        at += width;
    }
    return doc;
}
