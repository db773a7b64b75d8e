/* report.c -- see report.h. */
#include "driver/report.h"

/* Not in Options: driver_fail is called where there are none. */
static bool speaks_json;

void driver_speak_json(bool json)
{
    speaks_json = json;
}

int driver_fail(int status, const char *format, ...)
{
    Arena *arena = arena_new();
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(arena, format, args);
    va_end(args);
    if (speaks_json)
        diag_json_line(arena, stderr, message);
    else
        fprintf(stderr, "gradc: %s\n", message);
    arena_free(arena);
    return status;
}

void driver_note(const char *text)
{
    if (!speaks_json)
        fprintf(stderr, "gradc: note: %s\n", text);
}

void driver_show(Diag *diag)
{
    if (speaks_json)
        diag_flush_json(diag, stderr);
    else
        diag_flush(diag, stderr);
}
