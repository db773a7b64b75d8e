/* emit_data.c -- the tables of data splits, prints and saves.
 *
 *     static const GrtSource split_0_sources[] = {
 *         {.kind = GRT_SOURCE_CSV, .name = "image", .var = 0, .direct = 1, .path = "digits.csv",
 *          .rows = {.has_stop = 1, .stop = 1500}, ...},
 *     };
 *
 * Where every input of a split is one of its sources as it is, the runtime reads straight into the
 * inputs (`direct`), and the fetch routine is left out of the file. */
#include <inttypes.h>
#include <string.h>

#include "codegen/emit_parts.h"
#include "support/text.h"

/* clang-format off */
static const char *const source_symbol[] = {
    [SOURCE_TENSOR] = "GRT_SOURCE_TENSOR", [SOURCE_CSV] = "GRT_SOURCE_CSV",
    [SOURCE_IDX]    = "GRT_SOURCE_IDX",    [SOURCE_NPY] = "GRT_SOURCE_NPY",
    [SOURCE_NPZ]    = "GRT_SOURCE_NPZ",
    [SOURCE_TEXT]   = "GRT_SOURCE_TEXT",   [SOURCE_TOKENS] = "GRT_SOURCE_TOKENS",
};
/* clang-format on */

static const Routine *routine_of(const Program *p, const Graph *graph)
{
    for (int i = 0; i < p->routines.count; i++)
        if (p->routines.data[i]->entry->graph == graph)
            return p->routines.data[i];
    return NULL;
}

/* The input that is the source `var` as it is, or -1; *uses counts such inputs. */
static int input_of_source(const Graph *fetch, int var, int *uses)
{
    int input = -1;
    *uses = 0;
    for (int i = 0; i < fetch->results.count; i++) {
        const Result *result = &fetch->results.data[i];
        if (result->kind != RESULT_WRITE || result->node->op != OP_input ||
            result->node->attr.slot != var)
            continue;
        ++*uses;
        if (input < 0)
            input = result->slot;
    }
    return input;
}

/* True if every input of the split is one of its sources as it is.  A source that two inputs want
 * is read once, and copied by the fetch routine. */
static bool split_is_direct(const Split *split)
{
    for (int i = 0; i < split->sources.count; i++) {
        int uses;
        input_of_source(split->fetch, split->sources.data[i].var, &uses);
        if (uses > 1)
            return false;
    }
    return true;
}

Program emit_drop_idle(const Program *p)
{
    Program kept = *p;
    memset(&kept.routines, 0, sizeof kept.routines);
    for (int i = 0; i < p->routines.count; i++) {
        Routine *r = p->routines.data[i];
        if (!r->copies_only || !split_is_direct(r->entry->split))
            vec_push(p->arena, &kept.routines, r);
    }
    return kept;
}

static void print_range(StrBuf *out, const char *field, const Range *range)
{
    if (range->has_part) {
        strbuf_printf(out, ", %s = {.has_part = 1, .part = {", field);
        text_c_double(out, range->part[0], false);
        strbuf_puts(out, ", ");
        text_c_double(out, range->part[1], false);
        strbuf_puts(out, "}}");
    } else if (range->has_start || range->has_stop || range->single) {
        StrBuf fields = strbuf_new(out->arena);
        emit_number(&fields, ".has_start", range->has_start);
        emit_number(&fields, ".has_stop", range->has_stop);
        emit_number(&fields, ".single", range->single);
        emit_number(&fields, ".start", range->start);
        emit_number(&fields, ".stop", range->stop);
        strbuf_printf(out, ", %s = {%s}", field, strbuf_text(&fields) + strlen(", "));
    }
}

/* One initializer for all: C++ knows no designators of designators. */
static void print_windows(StrBuf *out, const Windows *windows)
{
    StrBuf fields = strbuf_new(out->arena);
    emit_number(&fields, ".offset", windows->offset);
    emit_number(&fields, ".stride", windows->stride);
    emit_number(&fields, ".random", windows->random);
    emit_number(&fields, ".skip", windows->skip);
    emit_number(&fields, ".width", windows->width);
    if (windows->vocabulary)
        emit_string(&fields, ", .vocabulary", windows->vocabulary);
    if (fields.length > 0)
        strbuf_printf(out, ", .windows = {%s}", strbuf_text(&fields) + strlen(", "));
}

/* The name behind "train." in a source variable's name. */
static const char *source_name(const Model *m, const Split *split, const Source *source)
{
    const char *name = m->vars.data[source->var].name;
    const size_t prefix = strlen(split->name);
    return strncmp(name, split->name, prefix) == 0 && name[prefix] == '.' ? name + prefix + 1
                                                                          : name;
}

/* The routine of what is printed and saved, or of the report's; NULL if there is none. */
static const Routine *routine_of_shown(const Program *p, bool report)
{
    const Entry *entry = model_find_entry(p->model, report ? ENTRY_REPORT : ENTRY_PRINT, 0);
    return entry ? routine_of(p, entry->graph) : NULL;
}

static int value_position(const Routine *r, const char *name)
{
    for (int i = 0; r && name && i < r->values.count; i++)
        if (strcmp(r->values.data[i].name, name) == 0)
            return i;
    return -1;
}

static void print_source(StrBuf *out, const Program *p, const Split *split, const Source *source)
{
    const Model *m = p->model;
    int uses, var = source->var;
    const bool direct = split->fetch && !routine_of(p, split->fetch);
    const int input = direct ? input_of_source(split->fetch, source->var, &uses) : -1;
    if (input >= 0)
        var = input;
    strbuf_printf(out, "    {.kind = %s, ", source_symbol[source->kind]);
    emit_string(out, ".name", source_name(m, split, source));
    strbuf_printf(out, ", .var = %d", var);
    emit_number(out, ".direct", input >= 0);
    if (source->path) {
        strbuf_puts(out, ", ");
        emit_string(out, ".path", source->path);
    }
    if (source->member)
        emit_string(out, ", .member", source->member);
    print_windows(out, &source->windows);
    print_range(out, ".rows", &source->rows);
    print_range(out, ".columns", &source->columns);
    emit_number(out, ".samples", source->samples);
    if (source->kind == SOURCE_TENSOR)
        emit_number(out, ".value", value_position(routine_of(p, split->make), source->value));
    emit_number(out, ".line", model_line(m, source->loc));
    strbuf_puts(out, "},\n");
}

/* Position of a graph's routine in model_entries, or -1. */
static int entry_position(const Program *p, const Graph *graph)
{
    for (int i = 0; i < p->routines.count; i++)
        if (p->routines.data[i]->entry->graph == graph)
            return i;
    return -1;
}

static void print_split_row(StrBuf *out, const Program *p, const Split *split, int index)
{
    const int make = entry_position(p, split->make), fetch = entry_position(p, split->fetch);
    emit_string(out, "    {.name", split->name);
    if (split->sources.count > 0)
        strbuf_printf(out, ", .sources = split_%d_sources, .source_count = %d", index,
                      split->sources.count);
    if (make >= 0)
        strbuf_printf(out, ", .make = &model_entries[%d]", make);
    if (fetch >= 0)
        strbuf_printf(out, ", .fetch = &model_entries[%d]", fetch);
    strbuf_puts(out, "},\n");
}

void emit_splits(StrBuf *out, const Program *p)
{
    const Model *m = p->model;
    for (int i = 0; i < m->splits.count; i++) {
        const Split *split = m->splits.data[i];
        if (split->sources.count == 0)
            continue;
        strbuf_printf(out, "static const GrtSource split_%d_sources[] = {\n", i);
        for (int k = 0; k < split->sources.count; k++)
            print_source(out, p, split, &split->sources.data[k]);
        strbuf_puts(out, "};\n\n");
    }
    if (m->splits.count == 0)
        return;
    strbuf_puts(out, "static const GrtSplit model_splits[] = {\n");
    for (int i = 0; i < m->splits.count; i++)
        print_split_row(out, p, m->splits.data[i], i);
    strbuf_puts(out, "};\n\n");
}

static void print_style(StrBuf *out, const int64_t *style)
{
    static const char *const forms[] = {"GRT_FORM_AUTO", "GRT_FORM_FIXED", "GRT_FORM_SCIENTIFIC"};
    strbuf_puts(out, ", .style = {");
    for (int i = 0; i < STYLE_FORM; i++)
        strbuf_printf(out, "%" PRId64 ", ", style[i]);
    strbuf_printf(out, "%s}", forms[style[STYLE_FORM]]);
}

void emit_prints(StrBuf *out, const Program *p)
{
    const Model *m = p->model;
    if (m->prints.count == 0)
        return;
    strbuf_puts(out, "static const GrtPrint model_prints[] = {\n");
    for (int i = 0; i < m->prints.count; i++) {
        const Print *print = &m->prints.data[i];
        const Routine *r = routine_of_shown(p, print->report);
        emit_string(out, "    {.label", print->label);
        strbuf_printf(out, ", .value = %d", value_position(r, print->value));
        strbuf_puts(out, print->more ? ", .more = 1" : "");
        strbuf_puts(out, print->report ? ", .report = 1" : "");
        if (print_has_style(print))
            print_style(out, print->style);
        strbuf_puts(out, "},\n");
    }
    strbuf_puts(out, "};\n\n");
}

void emit_loads(StrBuf *out, const Program *p)
{
    const Model *m = p->model;
    if (m->loads.count == 0)
        return;
    strbuf_puts(out, "static const GrtLoad model_loads[] = {\n");
    for (int i = 0; i < m->loads.count; i++) {
        const Load *load = &m->loads.data[i];
        strbuf_printf(out, "    {.var = %d, ", load->var);
        emit_string(out, ".path", load->path);
        if (load->member)
            emit_string(out, ", .member", load->member);
        print_range(out, ".rows", &load->rows);
        print_range(out, ".columns", &load->columns);
        strbuf_puts(out, "},\n");
    }
    strbuf_puts(out, "};\n\n");
}

void emit_generate(StrBuf *out, const Model *m)
{
    static const char *const symbols[TEXT_FORMS] = {"GRT_TEXT_BYTES", "GRT_TEXT_VOCABULARY",
                                                    "GRT_TEXT_NUMBERS"};
    const GenerateConfig *generate = &m->generate;
    if (!generate->present)
        return;
    strbuf_printf(out, "static const GrtGenerate model_generate = {.input = %d", generate->input);
    emit_number(out, ".length", generate->length);
    emit_number(out, ".context", generate->context);
    strbuf_printf(out, ", .text = %s", symbols[generate->text]);
    if (generate->text == TEXT_VOCABULARY)
        emit_string(out, ",\n    .vocabulary", generate->vocabulary);
    strbuf_puts(out, ", .run = grt_generate};\n\n");
}

void emit_saves(StrBuf *out, const Program *p)
{
    const Model *m = p->model;
    if (m->saves.count == 0)
        return;
    strbuf_puts(out, "static const GrtSave model_saves[] = {\n");
    for (int i = 0; i < m->saves.count; i++) {
        const Save *save = &m->saves.data[i];
        emit_string(out, "    {.path", save->path);
        if (save->name)
            emit_string(out, ", .name", save->name);
        strbuf_printf(out, ", .value = %d%s},\n",
                      value_position(routine_of_shown(p, save->report), save->value),
                      save->report ? ", .report = 1" : "");
    }
    strbuf_puts(out, "};\n\n");
}
