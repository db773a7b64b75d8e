/* show.c -- tensors as text, laid out as PyTorch does it: four digits, aligned columns, long ones
 * cut to three elements at either edge.
 *
 *     w = [[ 0.1200, -1.5000],
 *          [ 2.0000,  0.0000]]
 *
 * A single number stands alone, with six digits: "grad(y, x) = 7". */
#include <math.h>
#include <string.h>

#include "grt_trainer.h"

enum { SHOW_EDGE = 3, SHOW_ALL = 1000, SHOW_LINE = 80 };

typedef enum ShowStyle {
    SHOW_BOOL,
    SHOW_INTEGER,
    SHOW_WHOLE,
    SHOW_FIXED,
    SHOW_SCIENTIFIC
} ShowStyle;

typedef struct Show {
    const GrtType *type;
    const void *data;
    FILE *out;
    bool cut; /* more than SHOW_ALL elements: only the edges of each axis are shown */
    ShowStyle style;
    int width;
    /* Over the finite elements shown that aren't zero, found before the first is printed. */
    double smallest, largest;
    bool whole, any;
} Show;

/* Which elements of an axis are shown: all, or the first and the last few. */
static int64_t show_count(const Show *show, int axis)
{
    const int64_t size = show->type->dims[axis];
    return show->cut && size > 2 * SHOW_EDGE ? 2 * SHOW_EDGE : size;
}

static int64_t show_index(const Show *show, int axis, int64_t i)
{
    const int64_t size = show->type->dims[axis];
    return show_count(show, axis) < size && i >= SHOW_EDGE ? size - 2 * SHOW_EDGE + i : i;
}

static int show_format(const Show *show, double value, char *text, size_t size)
{
    if (show->style == SHOW_BOOL)
        return snprintf(text, size, "%s", value != 0 ? "True" : "False");
    if (isnan(value))
        return snprintf(text, size, "nan");
    if (isinf(value))
        return snprintf(text, size, "%s", value > 0 ? "inf" : "-inf");
    switch (show->style) {
    case SHOW_WHOLE:
        return snprintf(text, size, "%.0f.", value);
    case SHOW_FIXED:
        return snprintf(text, size, "%.4f", value);
    case SHOW_SCIENTIFIC:
        return snprintf(text, size, "%.4e", value);
    default:
        return snprintf(text, size, "%.0f", value);
    }
}

/* The element as text; 64-bit integers exactly, which a double does not hold. */
static int show_text(const Show *show, int64_t offset, char *text, size_t size)
{
    if (show->type->dtype == GRT_I64)
        return snprintf(text, size, "%lld", (long long)((const int64_t *)show->data)[offset]);
    return show_format(show, grt_element(show->type->dtype, show->data, offset), text, size);
}

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
    const double value = grt_element(show->type->dtype, show->data, offset);
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

static void show_note_width(Show *show, int64_t offset)
{
    char text[400];
    const int width = show_text(show, offset, text, sizeof text);
    if (width > show->width)
        show->width = width;
}

static ShowStyle show_choose(Show *show)
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

static void show_element(const Show *show, int64_t offset)
{
    char text[400];
    show_text(show, offset, text, sizeof text);
    fprintf(show->out, "%*s", show->width, text);
}

/* The last axis: as many as fit on a line, goes on under the first. */
static void show_row(const Show *show, int64_t offset, int indent)
{
    const int axis = show->type->rank - 1;
    const int room = (SHOW_LINE - indent) / (show->width + 2);
    const int per_line = room > 0 ? room : 1;
    const int64_t count = show_count(show, axis);
    const bool cut = count < show->type->dims[axis];
    int placed = 0;
    putc('[', show->out);
    for (int64_t i = 0; i < count; i++) {
        if (i > 0)
            putc(',', show->out);
        if (i > 0 && placed % per_line == 0)
            fprintf(show->out, "\n%*s", indent + 1, "");
        else if (i > 0)
            putc(' ', show->out);
        if (cut && i == SHOW_EDGE) {
            fprintf(show->out, " ..., ");
            placed++;
        }
        show_element(show, offset * show->type->dims[axis] + show_index(show, axis, i));
        placed++;
    }
    putc(']', show->out);
}

static void show_axes(const Show *show, int axis, int64_t offset, int indent)
{
    const int last = show->type->rank - 1;
    if (axis == last) {
        show_row(show, offset, indent);
        return;
    }
    const int64_t count = show_count(show, axis);
    const bool cut = count < show->type->dims[axis];
    putc('[', show->out);
    for (int64_t i = 0; i < count; i++) {
        if (cut && i == SHOW_EDGE)
            fprintf(show->out, ",\n%*s...", indent + 1, "");
        if (i > 0) {
            putc(',', show->out);
            for (int blank = axis; blank < last; blank++)
                putc('\n', show->out);
            fprintf(show->out, "%*s", indent + 1, "");
        }
        show_axes(show, axis + 1, offset * show->type->dims[axis] + show_index(show, axis, i),
                  indent + 1);
    }
    putc(']', show->out);
}

static void show_scalar(const GrtType *type, const void *data, FILE *out)
{
    const double value = grt_element(type->dtype, data, 0);
    if (type->dtype == GRT_BOOL)
        fputs(value != 0 ? "True" : "False", out);
    else if (isnan(value)) /* "%g" shows its sign */
        fputs("nan", out);
    else if (type->dtype == GRT_I64)
        fprintf(out, "%lld", (long long)*(const int64_t *)data);
    else
        fprintf(out, grt_dtype_is_float(type->dtype) ? "%.6g" : "%.0f", value);
}

void grt_show_tensor(const GrtType *type, const void *data, int indent, FILE *out)
{
    if (type->rank == 0) {
        show_scalar(type, data, out);
        return;
    }
    Show show = {.type = type, .data = data, .out = out};
    show.cut = grt_type_count(type, 1) > SHOW_ALL;
    show.style = show_choose(&show);
    show_visit(&show, 0, 0, show_note_width);
    show_axes(&show, 0, 0, indent);
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
    for (int i = 0; i < model->print_count; i++) {
        const GrtPrint *print = &model->prints[i];
        const bool shown = entry && print->value >= 0 && print->value < entry->value_count;
        if (print->label)
            fputs(print->label, out);
        if (shown) {
            const GrtValue *value = &entry->values[print->value];
            grt_show_tensor(&value->type, instance->work + value->offset, 0, out);
        }
        putc(print->more ? ' ' : '\n', out);
    }
    return 0;
}

int grt_print(GrtSession *session)
{
    if (session->settings->load && grt_session_weights(session) != 0)
        return session->error.status;
    return grt_show_prints(session->instance, stdout, &session->error);
}
