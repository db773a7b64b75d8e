/* show.c -- tensors as text, laid out as PyTorch does it: four digits, aligned columns, large ones
 * cut to three elements at either edge of each axis.
 *
 *     w = [[ 0.1200, -1.5000],
 *          [ 2.0000,  0.0000]]
 *
 * A single number stands alone, with six digits: "grad(y, x) = 7".  The rules are those of
 * torch/_tensor_str.py; the text between the brackets is the same, byte for byte. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

const GrtStyle grt_style_default = {.precision = 4, .threshold = 1000, .edge = 3, .width = 80};

typedef enum ShowForm {
    SHOW_BOOL,
    SHOW_INTEGER,
    SHOW_WHOLE, /* floats without fractions: "3." */
    SHOW_FIXED,
    SHOW_SCIENTIFIC
} ShowForm;

enum { SHOW_TEXT = 512 }; /* room for one element: f64's largest has 309 digits, and 100 behind */

typedef struct Show {
    const GrtType *type;
    const void *data;
    const GrtStyle *style;
    FILE *out;
    bool cut; /* more elements than the threshold: only the edges of each axis are shown */
    ShowForm form;
    int width; /* of a column */
    /* Over the finite elements shown that aren't zero, found before the first is printed. */
    double smallest, largest;
    bool whole, any;
} Show;

/* Which elements of an axis are shown: all, or the first and the last few. */
static bool show_cuts(const Show *show, int axis)
{
    return show->cut && show->type->dims[axis] > 2 * (int64_t)show->style->edge;
}

static int64_t show_count(const Show *show, int axis)
{
    return show_cuts(show, axis) ? 2 * (int64_t)show->style->edge : show->type->dims[axis];
}

static int64_t show_index(const Show *show, int axis, int64_t i)
{
    const int64_t edge = show->style->edge;
    return show_cuts(show, axis) && i >= edge ? show->type->dims[axis] - 2 * edge + i : i;
}

static double show_number(const Show *show, int64_t offset)
{
    return grt_element(show->type->dtype, show->data, offset);
}

static int show_format(const Show *show, double value, char *text)
{
    if (show->form == SHOW_BOOL)
        return snprintf(text, SHOW_TEXT, "%s", value != 0 ? "True" : "False");
    if (isnan(value)) /* "%f" shows its sign */
        return snprintf(text, SHOW_TEXT, "nan");
    if (isinf(value))
        return snprintf(text, SHOW_TEXT, "%s", value > 0 ? "inf" : "-inf");
    switch (show->form) {
    case SHOW_WHOLE:
        return snprintf(text, SHOW_TEXT, "%.0f.", value);
    case SHOW_FIXED:
        return snprintf(text, SHOW_TEXT, "%.*f", show->style->precision, value);
    case SHOW_SCIENTIFIC:
        return snprintf(text, SHOW_TEXT, "%.*e", show->style->precision, value);
    default:
        return snprintf(text, SHOW_TEXT, "%.0f", value);
    }
}

/* The element as text; 64-bit integers exactly, which a double does not hold. */
static int show_text(const Show *show, int64_t offset, char *text)
{
    if (show->type->dtype == GRT_I64)
        return snprintf(text, SHOW_TEXT, "%lld", (long long)((const int64_t *)show->data)[offset]);
    return show_format(show, show_number(show, offset), text);
}

/* ---- what is known of all elements before the first is shown ---- */

typedef void ShowVisitor(Show *show, int64_t offset);

/* Calls visit for every element that is shown. */
static void show_visit(Show *show, int axis, int64_t offset, ShowVisitor *visit)
{
    if (axis == show->type->rank) {
        visit(show, offset);
        return;
    }
    for (int64_t i = 0; i < show_count(show, axis); i++)
        show_visit(show, axis + 1, offset * show->type->dims[axis] + show_index(show, axis, i),
                   visit);
}

static void show_note_size(Show *show, int64_t offset)
{
    const double value = show_number(show, offset);
    const double size = fabs(value);
    if (!isfinite(value) || size == 0)
        return;
    if (!show->any || size < show->smallest)
        show->smallest = size;
    if (!show->any || size > show->largest)
        show->largest = size;
    show->any = true;
    show->whole = show->whole && value == floor(value);
}

/* Of floats only what is finite and not zero counts, so that "inf" makes no column wider. */
static void show_note_width(Show *show, int64_t offset)
{
    char text[SHOW_TEXT];
    if (grt_dtype_is_float(show->type->dtype)) {
        const double value = show_number(show, offset);
        if (!isfinite(value) || value == 0)
            return;
    }
    const int width = show_text(show, offset, text);
    if (width > show->width)
        show->width = width;
}

static ShowForm show_choose(Show *show)
{
    if (show->type->dtype == GRT_BOOL)
        return SHOW_BOOL;
    if (!grt_dtype_is_float(show->type->dtype))
        return SHOW_INTEGER;
    show->whole = true;
    show_visit(show, 0, 0, show_note_size);
    if (!show->any)
        return SHOW_WHOLE;
    if (show->largest / show->smallest > 1000 || show->largest > 1e8)
        return SHOW_SCIENTIFIC;
    if (show->whole)
        return SHOW_WHOLE;
    return show->smallest < 1e-4 ? SHOW_SCIENTIFIC : SHOW_FIXED;
}

/* What the style asks for in the place of what was chosen. */
static ShowForm show_override(const Show *show, ShowForm chosen)
{
    if (chosen <= SHOW_INTEGER || show->style->form == GRT_FORM_AUTO)
        return chosen;
    if (show->style->form == GRT_FORM_SCIENTIFIC)
        return SHOW_SCIENTIFIC;
    return show->whole ? SHOW_WHOLE : SHOW_FIXED;
}

/* ---- the text ---- */

static void show_element(const Show *show, int64_t offset)
{
    char text[SHOW_TEXT];
    show_text(show, offset, text);
    fprintf(show->out, "%*s", show->width, text);
}

/* The last axis: as many as fit on a line, goes on under the first.  " ..." takes a place too. */
static void show_row(const Show *show, int64_t offset, int indent)
{
    const int axis = show->type->rank - 1;
    const int room = (show->style->width - indent) / (show->width + 2);
    const int64_t per_line = room > 0 ? room : 1;
    const int64_t edge = show_cuts(show, axis) ? show->style->edge : -1;
    const int64_t places = show_count(show, axis) + (edge >= 0);
    putc('[', show->out);
    for (int64_t place = 0; place < places; place++) {
        if (place > 0 && place % per_line == 0)
            fprintf(show->out, ",\n%*s", indent + 1, "");
        else if (place > 0)
            fputs(", ", show->out);
        const int64_t i = edge >= 0 && place > edge ? place - 1 : place;
        if (place == edge)
            fputs(" ...", show->out);
        else
            show_element(show, offset * show->type->dims[axis] + show_index(show, axis, i));
    }
    putc(']', show->out);
}

/* Between two parts of an axis: a line, and blank ones between matrices. */
static void show_break(const Show *show, int axis, int indent)
{
    putc(',', show->out);
    for (int blank = axis; blank < show->type->rank - 1; blank++)
        putc('\n', show->out);
    fprintf(show->out, "%*s", indent + 1, "");
}

static void show_axes(const Show *show, int axis, int64_t offset, int indent)
{
    if (axis == show->type->rank - 1) {
        show_row(show, offset, indent);
        return;
    }
    putc('[', show->out);
    for (int64_t i = 0; i < show_count(show, axis); i++) {
        if (i > 0)
            show_break(show, axis, indent);
        if (show_cuts(show, axis) && i == show->style->edge) {
            fputs("...", show->out);
            show_break(show, axis, indent);
        }
        show_axes(show, axis + 1, offset * show->type->dims[axis] + show_index(show, axis, i),
                  indent + 1);
    }
    putc(']', show->out);
}

static void show_scalar(const GrtType *type, const void *data, const GrtStyle *style, FILE *out)
{
    const double value = grt_element(type->dtype, data, 0);
    if (type->dtype == GRT_BOOL)
        fputs(value != 0 ? "True" : "False", out);
    else if (isnan(value)) /* "%g" shows its sign */
        fputs("nan", out);
    else if (type->dtype == GRT_I64)
        fprintf(out, "%lld", (long long)*(const int64_t *)data);
    else if (!grt_dtype_is_float(type->dtype))
        fprintf(out, "%.0f", value);
    else if (style->form == GRT_FORM_SCIENTIFIC)
        fprintf(out, "%.*e", style->precision, value);
    else if (style->fixed)
        fprintf(out, "%.*f", style->precision, value);
    else
        fprintf(out, "%.6g", value);
}

void grt_show_tensor(const GrtType *type, const void *data, const GrtStyle *style, int indent,
                     FILE *out)
{
    if (type->rank == 0) {
        show_scalar(type, data, style, out);
        return;
    }
    Show show = {.type = type, .data = data, .style = style, .out = out, .width = 1};
    const int64_t count = grt_type_count(type, 1);
    if (count == 0) { /* as PyTorch, whatever the shape */
        fputs("[]", out);
        return;
    }
    show.cut = count > style->threshold;
    show.form = show_override(&show, show_choose(&show));
    show_visit(&show, 0, 0, show_note_width);
    show_axes(&show, 0, 0, indent);
}

/* The column behind a text that begins at this one. */
static int column_behind(const char *text, int column)
{
    const char *line = strrchr(text, '\n');
    return line ? (int)strlen(line + 1) : column + (int)strlen(text);
}

/* The tensor; the column behind it, or -1 where memory is short. */
static int show_value(const GrtInstance *instance, const GrtValue *value, const GrtStyle *style,
                      int column, FILE *out)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return -1;
    grt_show_tensor(&value->type, instance->work + value->offset, style, column, memory);
    const bool failed = fclose(memory) != 0;
    if (!failed) {
        fputs(text, out);
        column = column_behind(text, column);
    }
    free(text);
    return failed ? -1 : column;
}

/* One item of a print statement, which begins at this column: the rows of a tensor stand below each
 * other.  The column of the next item, or -1 where memory is short. */
static int show_item(const GrtInstance *instance, const GrtEntry *entry, const GrtPrint *print,
                     int column, FILE *out)
{
    const GrtStyle *style = print->style.width > 0 ? &print->style : &grt_style_default;
    if (print->label) {
        fputs(print->label, out);
        column = column_behind(print->label, column);
    }
    if (entry && print->value >= 0 && print->value < entry->value_count)
        column = show_value(instance, &entry->values[print->value], style, column, out);
    putc(print->more ? ' ' : '\n', out);
    return column < 0 ? -1 : print->more ? column + 1 : 0;
}

int grt_show_items(const GrtInstance *instance, const GrtEntry *entry, const char *margin,
                   FILE *out, GrtError *error)
{
    const GrtModel *model = instance->model;
    const bool report = entry && entry->kind == GRT_REPORT;
    int column = 0;
    for (int i = 0; i < model->print_count; i++) {
        if ((model->prints[i].report != 0) != report)
            continue;
        if (column == 0)
            column = fprintf(out, "%s", margin);
        if ((column = show_item(instance, entry, &model->prints[i], column, out)) < 0)
            return grt_fail(error, 3, "not enough memory to print a tensor");
    }
    return 0;
}

int grt_show_prints(GrtInstance *instance, FILE *out, GrtError *error)
{
    const GrtModel *model = instance->model;
    const GrtEntry *entry = grt_entry_find(model, GRT_PRINT, 0);
    if (entry) {
        grt_instance_counters(instance, 1, 1);
        instance->run.rng.step = 0;
        if (grt_instance_run(instance, entry, error) != 0)
            return error->status;
    }
    if (grt_show_items(instance, entry, "", out, error) != 0)
        return error->status;
    return entry ? grt_save_arrays(instance, entry, error) : 0;
}

int grt_print(GrtSession *session)
{
    if (session->settings->load && grt_session_weights(session) != 0)
        return session->error.status;
    return grt_show_prints(session->instance, stdout, &session->error);
}
