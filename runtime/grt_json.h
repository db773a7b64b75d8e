/* grt_json.h -- a strict JSON reader that pulls: it allocates nothing and builds no tree.
 *
 * The caller says what it expects next; anything else makes the reader fail, with `problem` saying
 * why, and every later call fails too, so that a parse is checked once at its end:
 *
 *     GrtJson json = grt_json_start(text, size);
 *     for (bool more = grt_json_open(&json, '{'); more; more = grt_json_next(&json, '}')) {
 *         grt_json_key(&json, name, sizeof name);
 *         grt_json_integer(&json, &value);
 *     }
 *     if (!grt_json_finish(&json)) complain(json.problem);
 *
 * Nesting costs the caller's stack only, so its depth is the caller's code's.  Duplicate keys are
 * the caller's to refuse: it alone knows which it has seen. */
#ifndef GRT_JSON_H
#define GRT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct GrtJson {
    const char *text, *at, *end;
    const char *problem; /* NULL while all is well */
} GrtJson;

GrtJson grt_json_start(const char *text, size_t size);
/* Enters an object '{' or array '['; false where it is empty (and so left again) or on failure. */
bool grt_json_open(GrtJson *json, char bracket);
/* After a member: true behind a comma, false behind the closing bracket or on failure. */
bool grt_json_next(GrtJson *json, char closing);
/* A string, unescaped to UTF-8 with a NUL behind it; longer ones than size, and NULs, fail. */
bool grt_json_string(GrtJson *json, char *out, size_t size);
/* A string and the colon behind it. */
bool grt_json_key(GrtJson *json, char *out, size_t size);
/* An integer in plain digits, 0 .. 2^63-1 (all that sizes and offsets need). */
bool grt_json_integer(GrtJson *json, int64_t *out);
/* True if all went well and only blanks are left. */
bool grt_json_finish(GrtJson *json);
/* Makes the reader fail with a reason of the caller's; always false. */
bool grt_json_fail(GrtJson *json, const char *problem);

#endif
