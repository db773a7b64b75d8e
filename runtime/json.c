/* json.c -- the strict JSON reader of grt_json.h: RFC 8259 without numbers that aren't sizes. */
#include <string.h>

#include "grt_json.h"

GrtJson grt_json_start(const char *text, size_t size)
{
    return (GrtJson){.text = text, .at = text, .end = text + size};
}

bool grt_json_fail(GrtJson *json, const char *problem)
{
    if (!json->problem)
        json->problem = problem;
    json->at = json->end; /* nothing is read after a failure */
    return false;
}

static void json_skip_blanks(GrtJson *json)
{
    while (json->at < json->end && strchr(" \t\n\r", *json->at) && *json->at)
        json->at++;
}

/* Takes c if it comes next. */
static bool json_take(GrtJson *json, char c)
{
    json_skip_blanks(json);
    if (json->problem || json->at == json->end || *json->at != c)
        return false;
    json->at++;
    return true;
}

bool grt_json_open(GrtJson *json, char bracket)
{
    if (!json_take(json, bracket))
        return grt_json_fail(json, bracket == '{' ? "'{' expected" : "'[' expected");
    return !json_take(json, bracket == '{' ? '}' : ']');
}

bool grt_json_next(GrtJson *json, char closing)
{
    if (json_take(json, ','))
        return true;
    if (!json_take(json, closing))
        grt_json_fail(json, "',' or a closing bracket expected");
    return false;
}

/* Four hexadecimal digits behind \u, or -1. */
static int json_hex4(GrtJson *json)
{
    if (json->end - json->at < 4)
        return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        const char c = *json->at++;
        const char lower = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
        const char *digit = lower ? strchr(digits, lower) : NULL;
        if (!digit)
            return -1;
        value = value * 16 + (int)(digit - digits);
    }
    return value;
}

/* The code point of a \u escape, its low surrogate included, or -1. */
static int json_unicode_escape(GrtJson *json)
{
    const int high = json_hex4(json);
    if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return -1;
    if (high < 0xD800 || high > 0xDBFF)
        return high;
    if (json->end - json->at < 2 || json->at[0] != '\\' || json->at[1] != 'u')
        return -1;
    json->at += 2;
    const int low = json_hex4(json);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Writes a code point as UTF-8; returns its length. */
static int json_utf8(int code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const int tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const int lead[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[tails] | code >> (6 * tails));
    for (int i = 1; i <= tails; i++)
        out[i] = (char)(0x80 | (code >> (6 * (tails - i)) & 0x3F));
    return tails + 1;
}

/* What stands behind a backslash, as UTF-8; returns its length, 0 on failure. */
static int json_escape(GrtJson *json, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (json->at == json->end)
        return 0;
    const char c = *json->at++;
    if (c == 'u') {
        const int code = json_unicode_escape(json);
        return code < 0 ? 0 : json_utf8(code, out);
    }
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return 0;
    out[0] = to[found - from];
    return 1;
}

bool grt_json_string(GrtJson *json, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    if (!json_take(json, '"'))
        return grt_json_fail(json, "a string expected");
    while (json->at < json->end) {
        char bytes[4];
        int count = 1;
        bytes[0] = *json->at++;
        if (bytes[0] == '"') {
            out[length] = '\0';
            return true;
        }
        if ((unsigned char)bytes[0] < 0x20)
            return grt_json_fail(json, "a control character in a string");
        if (bytes[0] == '\\' && (count = json_escape(json, bytes)) == 0)
            return grt_json_fail(json, "a bad escape in a string");
        if (length + (size_t)count >= size)
            return grt_json_fail(json, "a string is too long");
        memcpy(out + length, bytes, (size_t)count);
        length += (size_t)count;
    }
    return grt_json_fail(json, "a string without an end");
}

bool grt_json_key(GrtJson *json, char *out, size_t size)
{
    if (!grt_json_string(json, out, size))
        return false;
    return json_take(json, ':') || grt_json_fail(json, "':' expected");
}

bool grt_json_integer(GrtJson *json, int64_t *out)
{
    json_skip_blanks(json);
    const char *const first = json->at;
    int64_t value = 0;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9') {
        if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_add_overflow(value, (int64_t)(*json->at - '0'), &value))
            return grt_json_fail(json, "a number is too large");
        json->at++;
    }
    if (json->at == first)
        return grt_json_fail(json, "a number expected");
    if (*first == '0' && json->at - first > 1)
        return grt_json_fail(json, "a number with a leading zero");
    *out = value;
    return true;
}

bool grt_json_finish(GrtJson *json)
{
    json_skip_blanks(json);
    if (!json->problem && json->at != json->end)
        grt_json_fail(json, "text behind the end");
    return !json->problem;
}
