/* report_program.c -- see report_program.h. */
#include "driver/report_program.h"

#include <inttypes.h>
#include <string.h>

#include "codegen/emit.h"
#include "driver/output.h"
#include "support/text.h"

const Routine *report_main_routine(const Program *p)
{
    const Routine *best = NULL;
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        const bool trains = r->entry->kind == ENTRY_TRAIN;
        const bool best_trains = best && best->entry->kind == ENTRY_TRAIN;
        if (!best || trains > best_trains ||
            (trains == best_trains && r->work_bytes > best->work_bytes))
            best = r;
    }
    return best;
}

const char *report_number(Arena *arena, int64_t value)
{
    const char *digits = arena_printf(arena, "%" PRId64, value);
    const int count = (int)strlen(digits);
    StrBuf text = strbuf_new(arena);
    for (int i = 0; i < count; i++)
        strbuf_printf(&text, "%s%c", i > 0 && (count - i) % 3 == 0 ? "," : "", digits[i]);
    return strbuf_text(&text);
}

static void json_name(StrBuf *out, const char *name)
{
    const char last = out->length > 0 ? out->data[out->length - 1] : '{';
    strbuf_puts(out, last == '{' ? "" : ", ");
    text_json_string(out, name, strlen(name));
    strbuf_puts(out, ": ");
}

void report_json_text(StrBuf *out, const char *name, const char *text)
{
    json_name(out, name);
    text_json_string(out, text, strlen(text));
}

void report_json_number(StrBuf *out, const char *name, int64_t value)
{
    json_name(out, name);
    strbuf_printf(out, "%" PRId64, value);
}

static bool ends_in(const char *path, const char *ending)
{
    const size_t length = strlen(path), tail = strlen(ending);
    return length >= tail && strcmp(path + length - tail, ending) == 0;
}

static void write_json(StrBuf *out, const Build *build)
{
    strbuf_puts(out, "{");
    report_json_text(out, "model", build->model->name);
    report_json_text(out, "made_by", EMIT_MARKER);
    report_json_number(out, "batch", build->model->batch_bound);
    report_cost_json(out, build->program);
    report_memory_json(out, build->program);
    strbuf_puts(out, "}\n");
}

static void write_text(StrBuf *out, const Build *build, bool to_file)
{
    if (to_file)
        strbuf_puts(out, "# " EMIT_MARKER " by gradc " GRADC_VERSION "\n");
    report_cost(out, build->program);
    strbuf_putc(out, '\n');
    report_memory(out, build->program);
}

int report_program(const Build *build, const char *path)
{
    StrBuf text = strbuf_new(build->arena);
    if (ends_in(path, ".svg"))
        report_plan_svg(&text, build->program);
    else if (ends_in(path, ".json"))
        write_json(&text, build);
    else
        write_text(&text, build, *path != '\0');
    if (!*path) {
        fputs(strbuf_text(&text), stdout);
        return EXIT_OK;
    }
    if (!output_allowed(build->arena, path, build->options->input, build->options->force))
        return EXIT_USAGE;
    return output_write(build->arena, path, strbuf_text(&text), text.length) ? EXIT_OK
                                                                             : EXIT_ENVIRONMENT;
}
