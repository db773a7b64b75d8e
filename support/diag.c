/* diag.c -- diagnostics: collected, said once, shown with their source line and a caret. */
#include "support/diag_message.h"

#include <stdlib.h>
#include <string.h>

#include "support/strbuf.h"

const char *const severity_names[] = {"error", "warning", "note"};

Diag *diag_new(Arena *arena)
{
    Diag *diag = arena_new_of(arena, Diag);
    diag->arena = arena;
    diag->said = strmap_new(arena);
    return diag;
}

void diag_push_frame(Diag *diag, Loc call, const char *callee)
{
    vec_push(diag->arena, &diag->frames, ((Frame){call, callee}));
}

void diag_pop_frame(Diag *diag)
{
    if (diag->frames.count == 0)
        ice("a call frame is popped that was never pushed");
    diag->frames.count--;
}

/* True the first time that this is said at this place. */
static bool is_news(Diag *diag, Severity severity, Loc loc, const char *text)
{
    const char *path = loc.file ? loc.file->path : "";
    char *key =
        arena_printf(diag->arena, "%d:%s:%u:%u:%s", severity, path, loc.begin, loc.end, text);
    if (strmap_get(diag->said, key))
        return false;
    strmap_set(diag->said, key, key);
    return true;
}

static void add(Diag *diag, Severity severity, Loc loc, const char *label, const char *text)
{
    const Message message = {severity, loc, label, text, diag->last_hidden};
    vec_push(diag->arena, &diag->messages, message);
}

/* The place to show: the innermost of the user's own. */
static Loc user_place(const Diag *diag, Loc loc)
{
    if (!loc.file || !loc.file->library)
        return loc;
    for (int i = diag->frames.count - 1; i >= 0; i--)
        if (diag->frames.data[i].call.file && !diag->frames.data[i].call.file->library)
            return diag->frames.data[i].call;
    return loc;
}

static bool same_loc(Loc a, Loc b)
{
    return a.file == b.file && a.begin == b.begin && a.end == b.end;
}

/* After an error or warning: where library code found it, and the calls that led there. */
static void add_trace(Diag *diag, Loc found, Loc shown)
{
    enum { TRACE_LIMIT = 6 };
    if (!same_loc(found, shown))
        add(diag, SEVERITY_NOTE, found, NULL, "found here, in the library");
    int shown_frames = 0;
    for (int i = diag->frames.count - 1; i >= 0 && shown_frames < TRACE_LIMIT; i--) {
        const Frame *frame = &diag->frames.data[i];
        if (!frame->call.file || frame->call.file->library || same_loc(frame->call, shown))
            continue;
        add(diag, SEVERITY_NOTE, frame->call, NULL,
            arena_printf(diag->arena, "in the call of '%s', here", frame->callee));
        shown_frames++;
    }
}

static void report(Diag *diag, Severity severity, Loc loc, const char *label, const char *text)
{
    const Loc shown = user_place(diag, loc);
    if (!same_loc(shown, loc))
        label = NULL; /* it spoke of the library's line */
    diag->last_hidden = !is_news(diag, severity, shown, text);
    diag->errors_met += severity == SEVERITY_ERROR;
    if (severity == SEVERITY_ERROR && !diag->last_hidden && diag->errors++ >= DIAG_LIMIT) {
        diag->errors_hidden++;
        diag->last_hidden = true;
    }
    add(diag, severity, shown, label ? arena_strdup(diag->arena, label) : NULL, text);
    add_trace(diag, loc, shown);
}

void diag_error(Diag *diag, Loc loc, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(diag, SEVERITY_ERROR, loc, label, arena_vprintf(diag->arena, format, args));
    va_end(args);
}

void diag_warning(Diag *diag, Loc loc, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(diag, SEVERITY_WARNING, loc, label, arena_vprintf(diag->arena, format, args));
    va_end(args);
}

void diag_note(Diag *diag, Loc loc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(diag, SEVERITY_NOTE, loc, NULL, arena_vprintf(diag->arena, format, args));
    va_end(args);
}

int diag_error_count(const Diag *diag)
{
    return diag->errors;
}

int diag_errors_met(const Diag *diag)
{
    return diag->errors_met;
}

/* The bytes of a source line that a terminal may see: control characters become '?'. */
static void put_source_text(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fputc((unsigned char)text[i] < ' ' && text[i] != '\t' ? '?' : text[i], out);
}

static void show_source_line(FILE *out, const Message *message)
{
    enum { LONGEST = 160 };
    const SourceFile *file = message->loc.file;
    int line, column;
    source_position(file, message->loc.begin, &line, &column);
    const size_t start = file->line_starts[line - 1];
    size_t length = 0;
    while (start + length < file->size && file->text[start + length] != '\n' &&
           file->text[start + length] != '\r')
        length++;
    const size_t before = (size_t)column - 1;
    if (length == 0 || before + 1 > LONGEST)
        return; /* nothing to show, or too far right to show it sensibly */
    fprintf(out, "%5d | ", line);
    put_source_text(out, file->text + start, length > LONGEST ? LONGEST : length);
    fputs("\n      | ", out);
    for (size_t i = 0; i < before; i++) {
        const unsigned char c = (unsigned char)file->text[start + i];
        if ((c & 0xC0) != 0x80) /* one column for each UTF-8 character */
            fputc(c == '\t' ? '\t' : ' ', out);
    }
    fputc('^', out);
    for (size_t i = before + 1; i < length && i < LONGEST && start + i < message->loc.end; i++)
        if (((unsigned char)file->text[start + i] & 0xC0) != 0x80)
            fputc('~', out);
    if (message->label)
        fprintf(out, " %s", message->label);
    fputc('\n', out);
}

static void show(FILE *out, const Message *message)
{
    const SourceFile *file = message->loc.file;
    if (file) {
        int line, column;
        source_position(file, message->loc.begin, &line, &column);
        fprintf(out, "%s:%d:%d: ", file->path, line, column);
    } else {
        fputs("gradc: ", out);
    }
    fprintf(out, "%s: %s\n", severity_names[message->severity], message->text);
    if (file)
        show_source_line(out, message);
    else if (message->label)
        fprintf(out, "        %s\n", message->label);
}

void diag_forget(Diag *diag)
{
    diag->messages.count = 0;
    diag->errors = diag->errors_hidden = 0;
}

void diag_flush(Diag *diag, FILE *out)
{
    for (int i = 0; i < diag->messages.count; i++)
        if (!diag->messages.data[i].hidden)
            show(out, &diag->messages.data[i]);
    if (diag->errors_hidden)
        fprintf(out, "%d errors, the first %d of them shown\n", diag->errors, DIAG_LIMIT);
    else if (diag->errors > 1)
        fprintf(out, "%d errors\n", diag->errors);
    diag_forget(diag);
}

void ice(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gradc: internal error: ", stderr);
    vfprintf(stderr, format, args);
    fputs(" (a bug in gradc; please report it with the model)\n", stderr);
    va_end(args);
    exit(70);
}
