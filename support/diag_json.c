/* diag_json.c -- diagnostics for editors: one JSON object a line, its notes inside.
 *
 *     {"severity":"error","message":"unknown name 'sigmiod'","file":"m.dsl","line":6,"column":22,
 *      "end_line":6,"end_column":29,"label":"did you mean 'sigmoid'?","hint":"sigmoid","notes":[]}
 *
 * (on one line).  Every member is always there; what is not known is null. */
#include "support/diag_message.h"

#include <string.h>

#include "support/text.h"

static void put_string(StrBuf *out, const char *text)
{
    if (text)
        text_json_string(out, text, strlen(text));
    else
        strbuf_puts(out, "null");
}

static void put_place(StrBuf *out, Loc loc)
{
    int line, column, end_line, end_column;
    strbuf_puts(out, ",\"file\":");
    put_string(out, loc.file ? loc.file->path : NULL);
    if (!loc.file) {
        strbuf_puts(out, ",\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null");
        return;
    }
    source_position(loc.file, loc.begin, &line, &column);
    source_position(loc.file, loc.end, &end_line, &end_column);
    strbuf_printf(out, ",\"line\":%d,\"column\":%d,\"end_line\":%d,\"end_column\":%d", line, column,
                  end_line, end_column);
}

/* What the label says was likely meant: "sigmoid" for "did you mean 'sigmoid'?"; else NULL. */
static const char *hint_of(Arena *arena, const char *label)
{
    static const char before[] = "did you mean '", behind[] = "'?";
    const size_t length = label ? strlen(label) : 0;
    const size_t fixed = sizeof before + sizeof behind - 2;
    if (length <= fixed || strncmp(label, before, sizeof before - 1) != 0 ||
        strcmp(label + length - (sizeof behind - 1), behind) != 0)
        return NULL;
    return arena_strndup(arena, label + sizeof before - 1, length - fixed);
}

static void put_message(StrBuf *out, const Message *message)
{
    strbuf_puts(out, "{\"severity\":");
    put_string(out, severity_names[message->severity]);
    strbuf_puts(out, ",\"message\":");
    put_string(out, message->text);
    put_place(out, message->loc);
    strbuf_puts(out, ",\"label\":");
    put_string(out, message->label);
    strbuf_puts(out, ",\"hint\":");
    put_string(out, hint_of(out->arena, message->label));
    strbuf_puts(out, ",\"notes\":[");
}

static void put_note(StrBuf *out, const Message *note, bool first)
{
    const bool library = note->loc.file && note->loc.file->library;
    strbuf_puts(out, first ? "{\"message\":" : ",{\"message\":");
    put_string(out, note->text);
    put_place(out, note->loc);
    strbuf_printf(out, ",\"library\":%s}", library ? "true" : "false");
}

/* The message at `at` with the notes behind it, as a line; returns where the next one is. */
static int put_line(StrBuf *out, const Diag *diag, int at)
{
    int next = at + 1;
    bool first = true;
    put_message(out, &diag->messages.data[at]);
    for (; next < diag->messages.count; next++) {
        const Message *note = &diag->messages.data[next];
        if (note->severity != SEVERITY_NOTE)
            break;
        if (!note->hidden)
            put_note(out, note, first);
        first = first && note->hidden;
    }
    strbuf_puts(out, "]}\n");
    return next;
}

void diag_flush_json(Diag *diag, FILE *out)
{
    StrBuf text = strbuf_new(diag->arena);
    for (int i = 0; i < diag->messages.count;) {
        const Message *message = &diag->messages.data[i];
        if (message->hidden || message->severity == SEVERITY_NOTE)
            i++;
        else
            i = put_line(&text, diag, i);
    }
    fputs(strbuf_text(&text), out);
    diag_forget(diag);
}

void diag_json_line(Arena *arena, FILE *out, const char *message)
{
    StrBuf text = strbuf_new(arena);
    const Message plain = {SEVERITY_ERROR, {0}, NULL, message, false};
    put_message(&text, &plain);
    strbuf_puts(&text, "]}\n");
    fputs(strbuf_text(&text), out);
}
