/* text.h -- the one way in which text from a model reaches generated source, and spelling help. */
#ifndef GRADC_TEXT_H
#define GRADC_TEXT_H

#include <stdbool.h>

#include "support/strbuf.h"

/* Appends a C string literal, quotes included, for any bytes: what is outside printable ASCII,
 * and " \ ? %, is written as a three-digit octal escape. */
void text_c_string(StrBuf *out, const char *bytes, size_t length);

/* The length of the UTF-8 sequence at bytes, of which `left` are there: 1 to 4 (RFC 3629: shortest
 * form, no surrogates), or 0 where there is none. */
size_t text_utf8_length(const char *bytes, size_t left);

/* Appends a JSON string, quotes included, for any bytes: what is not UTF-8 becomes U+FFFD. */
void text_json_string(StrBuf *out, const char *bytes, size_t length);

/* Appends text between or within the tags of XML, SVG or HTML, for any bytes: < > & and quotes are
 * escaped, and what is not UTF-8, or a control character, becomes U+FFFD. */
void text_xml(StrBuf *out, const char *text);

/* Appends text fit for a C comment: bytes outside [A-Za-z0-9_ .,:()[]+-=<>] are dropped. */
void text_c_comment(StrBuf *out, const char *text);

/* Appends the bytes of text that may stand in an identifier ([A-Za-z0-9_]); others become '_'. */
void text_c_identifier(StrBuf *out, const char *text);

/* A double as C source that reads back to the same bits, in any locale ("0.5", "1e-05",
 * "0x1.8p-3"); infinities and NaN as INFINITY, -INFINITY, NAN.  With as_float an 'f' suffix. */
void text_c_double(StrBuf *out, double value, bool as_float);

/* The candidate nearest to name (edit distance at most a third of its length, 1 at least), or
 * NULL: for "did you mean". */
const char *text_nearest(const char *name, const char *const *candidates, int count);

#endif
