/* source.c -- places in source files: byte offsets in, lines and columns out. */
#include "support/diag.h"

static bool ends_line(const char *text, size_t size, size_t i)
{
    return text[i] == '\n' || (text[i] == '\r' && !(i + 1 < size && text[i + 1] == '\n'));
}

SourceFile *source_new(Arena *arena, const char *path, const char *text, size_t size)
{
    SourceFile *file = arena_new_of(arena, SourceFile);
    *file = (SourceFile){.path = path, .text = text, .size = size, .line_count = 1};
    for (size_t i = 0; i < size; i++)
        file->line_count += ends_line(text, size, i);
    file->line_starts = arena_array(arena, uint32_t, file->line_count);
    int line = 1;
    for (size_t i = 0; i < size; i++)
        if (ends_line(text, size, i))
            file->line_starts[line++] = (uint32_t)(i + 1);
    return file;
}

void source_position(const SourceFile *file, uint32_t offset, int *line, int *column)
{
    int low = 0, high = file->line_count;
    while (high - low > 1) { /* line_starts[low] <= offset < line_starts[high] */
        const int middle = low + (high - low) / 2;
        if (file->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *line = low + 1;
    *column = (int)(offset - file->line_starts[low]) + 1;
}

int loc_line(Loc loc)
{
    if (!loc.file)
        return 0;
    int line, column;
    source_position(loc.file, loc.begin, &line, &column);
    return line;
}

Loc loc_span(Loc first, Loc last)
{
    if (!first.file || first.file != last.file)
        return first.file ? first : last;
    return (Loc){first.file, first.begin, last.end > first.begin ? last.end : first.end};
}
