/* fmt.c -- see fmt.h.  A file is replaced whole, by a new one beside it that is renamed, and only
 * where it changes; one with errors stays as it is. */
#include "driver/fmt.h"

#include <errno.h>
#include <string.h>

#include "driver/paths.h"
#include "frontend/format.h"
#include "support/file.h"

enum { LARGEST_MODEL = 64 << 20 };

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static int read_input(Arena *arena, const char *path, SourceFile **source)
{
    const char *why;
    char *text;
    size_t size;
    const bool good = is_stdin(path)
                          ? file_read_stream(arena, stdin, LARGEST_MODEL, &text, &size, &why)
                          : file_read(arena, path, LARGEST_MODEL, &text, &size, &why);
    if (!good)
        return driver_fail(EXIT_INPUT, "cannot read '%s': %s", path, why);
    *source = source_new(arena, is_stdin(path) ? "<stdin>" : path, text, size);
    return EXIT_OK;
}

/* A link stays one: what it leads to is replaced. */
static int replace_file(Arena *arena, const char *path, const StrBuf *text)
{
    const char *why = NULL;
    const char *target = path_absolute(arena, path);
    if (!target)
        why = strerror(errno);
    if (!target || !file_replace(arena, target, strbuf_text(text), text->length, &why))
        return driver_fail(EXIT_ENVIRONMENT, "cannot write '%s': %s", path, why);
    return EXIT_OK;
}

static int put_result(Arena *arena, const Options *options, const SourceFile *source,
                      const char *path, const StrBuf *text)
{
    const bool same =
        text->length == source->size && memcmp(strbuf_text(text), source->text, source->size) == 0;
    if (options->fmt_check) {
        if (!same)
            printf("%s\n", source->path);
        return same ? EXIT_OK : EXIT_INPUT;
    }
    if (is_stdin(path)) {
        fwrite(strbuf_text(text), 1, text->length, stdout);
        return EXIT_OK;
    }
    return same ? EXIT_OK : replace_file(arena, path, text);
}

static int fmt_file(Arena *arena, const Options *options, const char *path)
{
    SourceFile *source = NULL;
    const int status = read_input(arena, path, &source);
    if (status != EXIT_OK)
        return status;
    Diag *diag = diag_new(arena);
    StrBuf text = strbuf_new(arena);
    if (!format_source(arena, source, diag, &text)) {
        driver_show(diag);
        return EXIT_INPUT;
    }
    return put_result(arena, options, source, path, &text);
}

int fmt_files(const Options *options)
{
    int worst = EXIT_OK;
    for (int i = 0; i < options->files.count; i++) {
        Arena *arena = arena_new();
        const int status = fmt_file(arena, options, options->files.data[i]);
        worst = status > worst ? status : worst;
        arena_free(arena);
    }
    return worst;
}
