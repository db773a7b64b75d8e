/* prompt.c -- tokens as text, and text as tokens.
 *
 *     vocabulary "abc"   "cab"       <->  2 0 1
 *     bytes              "cab"       <->  99 97 98
 *     numbers            "15496 11"  <->  15496 11
 *
 * An empty prompt stands for the beginning of a line: the newline where there is one among the
 * tokens, else token 0. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grt_file.h"
#include "grt_prompt.h"

enum { PROMPT_MOST = 1 << 26 }; /* bytes */

typedef struct PromptText {
    char *bytes; /* malloc's */
    int64_t count;
    const char *name; /* for messages: "--prompt", or the file */
} PromptText;

/* ---- the text ---- */

static int prompt_from_file(const char *path, PromptText *text, GrtError *error)
{
    GrtFile *file = malloc(sizeof *file);
    text->bytes = malloc(PROMPT_MOST);
    text->name = path;
    if (!file || !text->bytes) {
        free(file);
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    }
    int failed = grt_file_open(file, path, NULL, error);
    if (!failed) {
        text->count = grt_file_read(file, text->bytes, PROMPT_MOST, error);
        grt_file_close(file);
        if (text->count < 0)
            failed = error->status;
        else if (text->count == PROMPT_MOST)
            failed = grt_fail(error, 1, "'%s' is too long for a prompt", path);
    }
    free(file);
    return failed;
}

static int prompt_text(const GrtSettings *settings, PromptText *text, GrtError *error)
{
    if (settings->prompt && settings->prompt_file)
        return grt_fail(error, 2, "--prompt and --prompt-file: give one of them");
    if (settings->prompt_file)
        return prompt_from_file(settings->prompt_file, text, error);
    text->name = "--prompt";
    text->bytes = strdup(settings->prompt ? settings->prompt : "");
    if (!text->bytes)
        return grt_fail(error, 3, "not enough memory");
    text->count = (int64_t)strlen(text->bytes);
    return 0;
}

/* ---- tokens ---- */

/* The token that a byte is, or -1. */
static int64_t prompt_token_of(const GrtGenerate *generate, unsigned char byte)
{
    if (generate->text == GRT_TEXT_BYTES)
        return byte;
    const char *found = byte ? strchr(generate->vocabulary, byte) : NULL;
    return found ? found - generate->vocabulary : -1;
}

static int prompt_unknown(const PromptText *text, int64_t at, GrtError *error)
{
    const unsigned char byte = (unsigned char)text->bytes[at];
    int64_t line = 1;
    char shown[16];
    for (int64_t i = 0; i < at; i++)
        line += text->bytes[i] == '\n';
    snprintf(shown, sizeof shown, byte > ' ' && byte < 0x7f ? "'%c'" : "0x%02x", byte);
    return grt_fail(error, 1,
                    "%s: byte %lld, %s, is not in the vocabulary of the generate block (line %lld)",
                    text->name, (long long)at, shown, (long long)line);
}

static int prompt_characters(const GrtModel *model, const PromptText *text, GrtTokens *tokens,
                             GrtError *error)
{
    for (int64_t i = 0; i < text->count; i++) {
        const int64_t token = prompt_token_of(model->generate, (unsigned char)text->bytes[i]);
        if (token < 0)
            return prompt_unknown(text, i, error);
        tokens->data[tokens->count++] = token;
    }
    return 0;
}

static int prompt_numbers(const PromptText *text, GrtTokens *tokens, GrtError *error)
{
    static const char blanks[] = " \t\r\n,";
    for (int64_t at = 0; at < text->count;) {
        int64_t end = at;
        while (end < text->count && text->bytes[end] && !strchr(blanks, text->bytes[end]))
            end++;
        if (end == at) {
            at++;
            continue;
        }
        const size_t length = (size_t)(end - at);
        int64_t token;
        if (grt_text_integer(text->bytes + at, length, &token) != GRT_TEXT_NUMBER || token < 0)
            return grt_fail(error, 1,
                            "%s: '%.*s' is no token: tokens are numbers, as in \"3 15 8\"",
                            text->name, (int)(length < 40 ? length : 40), text->bytes + at);
        tokens->data[tokens->count++] = token;
        at = end;
    }
    return 0;
}

/* What a text begins with. */
static int64_t prompt_begin(const GrtGenerate *generate)
{
    const int64_t newline =
        generate->text == GRT_TEXT_NUMBERS ? -1 : prompt_token_of(generate, '\n');
    return newline < 0 ? 0 : newline;
}

int grt_prompt_read(const GrtModel *model, const GrtSettings *settings, GrtTokens *tokens,
                    int64_t *shown, GrtError *error)
{
    PromptText text = {0};
    *tokens = (GrtTokens){0};
    int failed = prompt_text(settings, &text, error);
    if (!failed && !(tokens->data = calloc((size_t)text.count + 1, sizeof *tokens->data)))
        failed = grt_fail(error, 3, "not enough memory");
    if (!failed)
        failed = model->generate->text == GRT_TEXT_NUMBERS
                     ? prompt_numbers(&text, tokens, error)
                     : prompt_characters(model, &text, tokens, error);
    free(text.bytes);
    if (failed)
        return failed;
    *shown = tokens->count;
    if (tokens->count == 0)
        tokens->data[tokens->count++] = prompt_begin(model->generate);
    for (int64_t i = 0; i < tokens->count; i++)
        if (grt_token_check(model, tokens->data[i], error) != 0)
            return error->status;
    return 0;
}

int grt_token_check(const GrtModel *model, int64_t token, GrtError *error)
{
    const GrtGenerate *generate = model->generate;
    const GrtVar *input = &model->vars[generate->input];
    const int64_t words = generate->text == GRT_TEXT_BYTES ? 256
                          : generate->text == GRT_TEXT_NUMBERS
                              ? INT64_MAX
                              : (int64_t)strlen(generate->vocabulary);
    if (token < 0 || token >= words)
        return grt_fail(error, 1, "token %lld is no %s: they are 0 to %lld", (long long)token,
                        generate->text == GRT_TEXT_BYTES ? "byte" : "character of the vocabulary",
                        (long long)words - 1);
    if (input->has_range && (token < input->low || token > input->high))
        return grt_fail(error, 1, "token %lld: input '%s' takes %lld to %lld", (long long)token,
                        input->name, (long long)input->low, (long long)input->high);
    return 0;
}

/* What controls a terminal is not for a model to write. */
static bool prompt_is_shown(int byte, FILE *out)
{
    const bool controls = (byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f;
    return !controls || isatty(fileno(out)) != 1;
}

void grt_token_write(const GrtModel *model, int64_t token, bool first, FILE *out)
{
    const GrtGenerate *generate = model->generate;
    if (generate->text == GRT_TEXT_NUMBERS) {
        fprintf(out, first ? "%lld" : " %lld", (long long)token);
        return;
    }
    const int byte =
        generate->text == GRT_TEXT_BYTES ? (int)token : (unsigned char)generate->vocabulary[token];
    putc(prompt_is_shown(byte, out) ? byte : '?', out);
}
