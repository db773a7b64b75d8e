/* command.c -- see command.h. */
#include "driver/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/options.h"
#include "driver/output.h"
#include "support/file.h"

void command_add(Arena *arena, Words *words, const char *word)
{
    vec_push(arena, words, arena_strdup(arena, word));
}

void command_add_words(Arena *arena, Words *words, const char *text)
{
    static const char blanks[] = " \t\n";
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        const size_t length = strcspn(text, blanks);
        vec_push(arena, words, arena_strndup(arena, text, length));
        text += length;
    }
}

const char *command_variable(const char *name)
{
    const char *text = getenv(name);
    return text && text[strspn(text, " \t\n")] ? text : NULL;
}

bool command_is_on_path(Arena *arena, const char *program)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        const size_t length = strcspn(path, ":");
        const char *dir = length > 0 ? arena_strndup(arena, path, length) : ".";
        if (access(arena_printf(arena, "%s/%s", dir, program), X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* The command as one could type it into a shell. */
static const char *command_text(Arena *arena, const Words *words)
{
    StrBuf text = strbuf_new(arena);
    for (int i = 0; words->data[i]; i++) {
        const char *word = words->data[i];
        const bool plain = word[0] && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
                                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                         "0123456789_-+=./,:")];
        strbuf_printf(&text, plain ? "%s%s" : "%s'%s'", i > 0 ? " " : "", word);
    }
    return strbuf_text(&text);
}

int command_run(Arena *arena, const Words *words, const char *what, const char *advice)
{
    const char *why;
    const int status = process_run(words->data, &why);
    if (status == 0)
        return EXIT_OK;
    if (output_signal())
        return 128 + output_signal();
    if (status < 0)
        return driver_fail(EXIT_ENVIRONMENT, "cannot start %s '%s': %s; %s", what, words->data[0],
                           why, advice);
    return driver_fail(EXIT_ENVIRONMENT, "%s failed (exit status %d); it was run as\n  %s", what,
                       status, command_text(arena, words));
}

const char *command_output(Arena *arena, const Words *words)
{
    enum { LONGEST_OUTPUT = 1 << 16 };
    char *text;
    size_t size;
    return process_read(arena, words->data, LONGEST_OUTPUT, &text, &size) ? text : NULL;
}
