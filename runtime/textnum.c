/* textnum.c -- numbers from text, the same in every locale.
 *
 *     "16" -> 16    "2.5e-3" -> 0.0025    "1,5" "0x10" "nan" "" -> not a number
 *
 * Most numbers in data files are short: those are computed exactly here; strtod has the rest. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_file.h"

typedef struct TextnumParts {
    bool negative, exact; /* exact: mantissa holds all digits */
    uint64_t mantissa;
    int64_t scale; /* the value is mantissa * 10^scale */
} TextnumParts;

/* Takes digits into the mantissa; returns how many there were. */
static size_t textnum_digits(const char *text, size_t length, bool fraction, TextnumParts *parts)
{
    size_t i = 0;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        if (parts->mantissa >= (UINT64_C(1) << 53) / 10)
            parts->exact = false;
        else
            parts->mantissa = parts->mantissa * 10 + (uint64_t)(text[i] - '0');
        parts->scale -= fraction;
    }
    return i;
}

static bool textnum_exponent(const char *text, size_t length, TextnumParts *parts)
{
    size_t i = 1; /* behind the e */
    bool negative = false;
    int64_t exponent = 0;
    if (i < length && (text[i] == '+' || text[i] == '-'))
        negative = text[i++] == '-';
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (exponent < 100000)
            exponent = exponent * 10 + (text[i] - '0');
    }
    parts->scale += negative ? -exponent : exponent;
    return true;
}

static bool textnum_split(const char *text, size_t length, TextnumParts *parts)
{
    size_t at = 0;
    *parts = (TextnumParts){.exact = true};
    if (at < length && (text[at] == '+' || text[at] == '-'))
        parts->negative = text[at++] == '-';
    size_t digits = textnum_digits(text + at, length - at, false, parts);
    at += digits;
    if (at < length && text[at] == '.') {
        at++;
        const size_t fraction = textnum_digits(text + at, length - at, true, parts);
        digits += fraction;
        at += fraction;
    }
    if (digits == 0)
        return false;
    if (at < length && (text[at] | 0x20) == 'e')
        return textnum_exponent(text + at, length - at, parts);
    return at == length;
}

/* strtod reads the locale's decimal point, so that is what it gets. */
static double textnum_slow(const char *text, size_t length)
{
    char copy[300], *out = copy;
    const char *point = localeconv()->decimal_point;
    for (size_t i = 0; i < length && out < copy + sizeof copy - 16; i++) {
        if (text[i] == '.') {
            const size_t width = strlen(point) < 8 ? strlen(point) : 0;
            memcpy(out, point, width);
            out += width;
        } else {
            *out++ = text[i];
        }
    }
    *out = '\0';
    return strtod(copy, NULL);
}

GrtTextNum grt_text_double(const char *text, size_t length, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    TextnumParts parts;
    if (length > 255 || !textnum_split(text, length, &parts))
        return GRT_TEXT_NO_NUMBER;
    /* Both factors are exact doubles, so that the one rounding is right. */
    if (parts.exact && parts.scale >= -22 && parts.scale <= 22) {
        const double size = (double)parts.mantissa;
        const double value =
            parts.scale < 0 ? size / powers[-parts.scale] : size * powers[parts.scale];
        *out = parts.negative ? -value : value;
        return GRT_TEXT_NUMBER;
    }
    *out = textnum_slow(text, length);
    return isinf(*out) ? GRT_TEXT_TOO_LARGE : GRT_TEXT_NUMBER;
}

GrtTextNum grt_text_integer(const char *text, size_t length, int64_t *out)
{
    size_t at = 0;
    bool negative = false;
    int64_t value = 0;
    if (at < length && (text[at] == '+' || text[at] == '-'))
        negative = text[at++] == '-';
    const size_t first = at;
    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        const int digit = text[at] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return GRT_TEXT_TOO_LARGE;
    }
    *out = value;
    if (at == length && at > first)
        return GRT_TEXT_NUMBER;
    double real;
    const GrtTextNum result = grt_text_double(text, length, &real);
    if (result != GRT_TEXT_NUMBER)
        return result;
    if (real != floor(real))
        return GRT_TEXT_NO_NUMBER;
    if (fabs(real) > 0x1p53)
        return GRT_TEXT_TOO_LARGE;
    *out = (int64_t)real;
    return GRT_TEXT_NUMBER;
}
