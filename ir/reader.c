/* reader.c -- the lexical half of reading the textual IR.
 *
 * In: text that nobody vouches for.  Out: its words and numbers, or one error with its place:
 *
 *     axes=[0, 2]    reader_expect_key("axes"), reader_ints -> 0, 2
 *     "odd name"     reader_name -> odd name
 *     0x1p           "this is not a number" */
#include "ir/reader.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ir/infer_rules.h"
#include "ir/text_names.h"
#include "support/checked.h"
#include "support/text.h"

bool reader_fail(Reader *r, Loc loc, const char *format, ...)
{
    if (!r->failed) {
        va_list args;
        va_start(args, format);
        diag_error(r->diag, loc, NULL, "%s", arena_vprintf(r->arena, format, args));
        va_end(args);
    }
    r->failed = true;
    r->at = r->end;
    return false;
}

static void skip_space(Reader *r)
{
    while (r->at < r->end) {
        if (*r->at == '#')
            while (r->at < r->end && *r->at != '\n' && *r->at != '\r')
                r->at++;
        else if (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')
            r->at++;
        else
            return;
    }
}

char reader_peek(Reader *r)
{
    skip_space(r);
    return r->at < r->end ? *r->at : '\0';
}

/* Bytes of the text from here on that are plain, or also stand in numbers. */
static size_t run_length(const Reader *r, const char *also)
{
    const char *c = r->at;
    while (c < r->end && *c && (is_plain_char(*c) || strchr(also, *c)))
        c++;
    return (size_t)(c - r->at);
}

Loc reader_loc(Reader *r)
{
    skip_space(r);
    const size_t length = run_length(r, "%@");
    const uint32_t begin = (uint32_t)(r->at - r->source->text);
    return (Loc){r->source, begin, begin + (uint32_t)(length ? length : 1)};
}

static bool is_next(Reader *r, const char *text)
{
    const size_t length = strlen(text);
    skip_space(r);
    return (size_t)(r->end - r->at) >= length && memcmp(r->at, text, length) == 0;
}

bool reader_accept(Reader *r, const char *sign)
{
    if (!is_next(r, sign))
        return false;
    r->at += strlen(sign);
    return true;
}

bool reader_expect(Reader *r, const char *sign)
{
    return reader_accept(r, sign) || reader_fail(r, reader_loc(r), "'%s' is missing here", sign);
}

bool reader_accept_word(Reader *r, const char *word)
{
    if (!is_next(r, word) || run_length(r, "") != strlen(word))
        return false;
    r->at += strlen(word);
    return true;
}

bool reader_accept_key(Reader *r, const char *key)
{
    const char *before = r->at;
    if (reader_accept_word(r, key) && reader_accept(r, "="))
        return true;
    if (!r->failed)
        r->at = before;
    return false;
}

bool reader_expect_key(Reader *r, const char *key)
{
    return reader_accept_key(r, key) || reader_fail(r, reader_loc(r), "'%s=' is missing here", key);
}

const char *reader_word(Reader *r)
{
    skip_space(r);
    const size_t length = run_length(r, "");
    if (length == 0) {
        reader_fail(r, reader_loc(r), "a word is missing here");
        return "";
    }
    const char *word = arena_strndup(r->arena, r->at, length);
    r->at += length;
    return word;
}

const char *reader_labels(Reader *r)
{
    const char *begin = r->at;
    while (r->at < r->end && *r->at >= 'a' && *r->at <= 'z')
        r->at++;
    return arena_strndup(r->arena, begin, (size_t)(r->at - begin));
}

/* ---- names in quotes ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character behind a backslash: itself, or xNN. Gives '\0' if that is malformed. */
static char read_escape(Reader *r)
{
    if (r->at == r->end)
        return '\0';
    const char c = *r->at++;
    if (c == '"' || c == '\\')
        return c;
    if (c != 'x' || r->end - r->at < 2 || hex_digit(r->at[0]) < 0 || hex_digit(r->at[1]) < 0)
        return '\0';
    const int code = hex_digit(r->at[0]) * 16 + hex_digit(r->at[1]);
    r->at += 2;
    return (char)(unsigned char)code;
}

static const char *read_quoted(Reader *r)
{
    const Loc loc = reader_loc(r);
    StrBuf text = strbuf_new(r->arena);
    r->at++; /* the quote */
    while (r->at < r->end && *r->at != '"') {
        char c = *r->at++;
        if (c == '\\')
            c = read_escape(r);
        else if ((unsigned char)c < ' ')
            c = '\0';
        if (c == '\0') {
            reader_fail(r, loc, "this text has a character or an escape that it may not have");
            return "";
        }
        strbuf_putc(&text, c);
    }
    if (r->at == r->end) {
        reader_fail(r, loc, "this text does not end");
        return "";
    }
    r->at++;
    return strbuf_text(&text);
}

const char *reader_name(Reader *r)
{
    return reader_peek(r) == '"' ? read_quoted(r) : reader_word(r);
}

/* ---- numbers ---- */

/* The digits of a decimal integer, with its sign, as far as text goes; NULL if out of range. */
static const char *parse_int(const char *text, const char *end, int64_t *out)
{
    const bool minus = text < end && *text == '-';
    const char *c = text + minus;
    int64_t value = 0;
    for (; c < end && isdigit((unsigned char)*c); c++) {
        const int digit = minus ? '0' - *c : *c - '0';
        if (!checked_mul(value, 10, &value) || !checked_add(value, digit, &value))
            return NULL;
    }
    *out = value;
    return c > text + minus ? c : NULL;
}

bool reader_int(Reader *r, int64_t low, int64_t high, int64_t *out)
{
    const Loc loc = reader_loc(r);
    const char *behind = parse_int(r->at, r->end, out);
    *out = behind ? *out : low;
    if (!behind || *out < low || *out > high) {
        *out = low;
        return reader_fail(r, loc, "an integer from %lld to %lld is missing here", (long long)low,
                           (long long)high);
    }
    r->at = behind;
    return true;
}

bool reader_hex(Reader *r, uint64_t *out)
{
    const Loc loc = reader_loc(r);
    int digits = 0;
    *out = 0;
    if (reader_accept(r, "0x"))
        for (; r->at < r->end && hex_digit(*r->at) >= 0; r->at++, digits++)
            *out = *out << 4 | (uint64_t)hex_digit(*r->at);
    if (digits < 1 || digits > 16)
        return reader_fail(r, loc, "0x and 1 to 16 hexadecimal digits are missing here");
    return true;
}

static const char *skip_digits(const char *c)
{
    while (isdigit((unsigned char)*c))
        c++;
    return c;
}

/* -1.5e-05: nothing else of what strtod would take. */
static bool is_decimal(const char *text)
{
    const char *whole = text + (*text == '-');
    const char *c = skip_digits(whole);
    if (c == whole)
        return false;
    if (*c == '.')
        c = skip_digits(c + 1);
    if (*c == 'e') {
        const char *exponent = c + 1 + (c[1] == '-' || c[1] == '+');
        c = skip_digits(exponent);
        if (c == exponent)
            return false;
    }
    return *c == '\0';
}

static bool parse_number(const char *text, Scalar *out)
{
    int64_t integer;
    const char *end = text + strlen(text);
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        *out = scalar_int(DT_BOOL, text[0] == 't');
    else if (strcmp(text, "nan") == 0)
        *out = scalar_float(DT_F64, NAN);
    else if (strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0)
        *out = scalar_float(DT_F64, text[0] == '-' ? -INFINITY : INFINITY);
    else if (parse_int(text, end, &integer) == end)
        *out = scalar_int(DT_I64, integer);
    else if (is_decimal(text))
        *out = scalar_float(DT_F64, strtod(text, NULL));
    else
        return false;
    return true;
}

bool reader_number(Reader *r, Scalar *out)
{
    char text[400]; /* longer than any double that is written out */
    const Loc loc = reader_loc(r);
    const size_t length = run_length(r, "+-");
    *out = scalar_int(DT_I64, 0);
    if (length == 0 || length >= sizeof text)
        return reader_fail(r, loc, "a number is missing here");
    memcpy(text, r->at, length);
    text[length] = '\0';
    if (!parse_number(text, out))
        return reader_fail(r, loc, "this is not a number");
    if (isinf(scalar_as_double(*out)) && !strstr(text, "inf"))
        return reader_fail(r, loc, "this number is too large");
    r->at += length;
    return true;
}

bool reader_convert(Reader *r, Loc loc, Scalar written, DType dtype, Scalar *out)
{
    *out = scalar_cast(written, dtype);
    const bool fits = dtype == DT_BOOL        ? written.dtype == DT_BOOL
                      : dtype_is_float(dtype) ? written.dtype != DT_BOOL
                                              : written.dtype == DT_I64 && out->i == written.i;
    return fits || reader_fail(r, loc, "this number does not fit %s", dtype_info[dtype].name);
}

bool reader_ints(Reader *r, int64_t *out, int *count)
{
    *count = 0;
    if (!reader_expect(r, "["))
        return false;
    if (reader_accept(r, "]"))
        return true;
    do {
        if (*count == MAX_RANK)
            return reader_fail(r, reader_loc(r), "more than %d axes", MAX_RANK);
        if (!reader_int(r, INT64_MIN, INT64_MAX, &out[*count]))
            return false;
        ++*count;
    } while (reader_accept(r, ","));
    return reader_expect(r, "]");
}

/* ---- types, and words of a list ---- */

bool reader_type(Reader *r, Type *out)
{
    const Loc loc = reader_loc(r);
    const char *why, *behind = type_read(r->at, out);
    if (!behind || behind > r->end) {
        *out = type_scalar(DT_F32);
        return reader_fail(r, loc, "a type such as f32[batch, 64] is missing here");
    }
    if (!type_is_sound(r->arena, out, &why))
        return reader_fail(r, loc, "%s", why);
    r->at = behind;
    return true;
}

bool reader_choice(Reader *r, const char *const *names, int count, const char *what, int *out)
{
    const Loc loc = reader_loc(r);
    const char *word = reader_word(r);
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], word) == 0) {
            *out = i;
            return true;
        }
    }
    const char *near = text_nearest(word, names, count);
    if (near)
        return reader_fail(r, loc, "'%s' is no %s; did you mean '%s'?", word, what, near);
    return reader_fail(r, loc, "'%s' is no %s", word, what);
}
