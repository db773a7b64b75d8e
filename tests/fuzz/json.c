/* json.c -- any bytes through the pulling JSON reader: values of any kind, nested to a depth. */
#include "runtime/grt_json.h"
#include "tests/fuzz/fuzz.h"

enum { DEEPEST = 50 };

static void pull(GrtJson *json, int depth)
{
    char text[64];
    int64_t integer;
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\n'))
        json->at++;
    const char first = json->at < json->end ? *json->at : '\0';
    if (first == '"') {
        grt_json_string(json, text, sizeof text);
    } else if (first != '{' && first != '[') {
        grt_json_integer(json, &integer);
    } else if (depth == DEEPEST) {
        grt_json_fail(json, "too deep");
    } else {
        const char closing = first == '{' ? '}' : ']';
        for (bool more = grt_json_open(json, first); more; more = grt_json_next(json, closing)) {
            if (first == '{')
                grt_json_key(json, text, sizeof text);
            if (json->problem)
                break;
            pull(json, depth + 1);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    GrtJson json = grt_json_start((const char *)bytes, size);
    pull(&json, 0);
    if (grt_json_finish(&json) != !json.problem)
        fuzz_broken("the end disagrees with the problem");
    if (json.at < json.text || json.at > json.end)
        fuzz_broken("the reader is outside of its text");
    return 0;
}
