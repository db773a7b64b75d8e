/* elab_print.c -- what a program shows and what it writes.
 *
 *     print a, "text"              VALUEs of print, and Model.prints
 *     print x, precision = 8       the same in another style
 *     print precision = 8          the style from here on
 *     save "y.npy", y              a VALUE of print, and Model.saves
 *     save "f.npz", x = a, y = b   one for each member
 *     save "x.png", y              an image
 *
 * Those of the report block are of its own entry. */
#include <string.h>

#include "frontend/elab.h"
#include "support/text.h"

/* ---- the style ---- */

/* Names and meanings are those of torch.set_printoptions. */
static const struct {
    const char *name;
    StyleKey key;
    int64_t low, high;
} style_keys[] = {{"precision", STYLE_PRECISION, 0, 100},
                  {"threshold", STYLE_THRESHOLD, 0, INT64_MAX},
                  {"edgeitems", STYLE_EDGE, 0, 1000000},
                  {"linewidth", STYLE_WIDTH, 1, 1000000}};

static void style_unknown(Elab *e, const Arg *arg)
{
    static const char *const names[] = {"precision", "threshold", "edgeitems", "linewidth",
                                        "sci_mode"};
    const char *near = text_nearest(arg->name, names, 5);
    diag_error(e->diag, arg->name_loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near)
                    : "it takes precision, threshold, edgeitems, linewidth and sci_mode",
               "print has no setting '%s'", arg->name);
}

/* `none` is the default again: PyTorch's way to say that the numbers decide. */
static void style_form(Elab *e, const Arg *arg, const Value *v, int64_t *style)
{
    bool scientific;
    if (v->kind == VALUE_NONE)
        style[STYLE_FORM] = 0;
    else if (value_want_bool(e, v, arg->value->loc, "sci_mode", &scientific))
        style[STYLE_FORM] = scientific ? 2 : 1;
}

static void style_set(Elab *e, const Arg *arg, int64_t *style)
{
    const Value v = eval_expr(e, arg->value);
    if (v.kind == VALUE_ERROR)
        return;
    if (strcmp(arg->name, "sci_mode") == 0) {
        style_form(e, arg, &v, style);
        return;
    }
    for (size_t i = 0; i < sizeof style_keys / sizeof *style_keys; i++) {
        int64_t number;
        if (strcmp(arg->name, style_keys[i].name) != 0)
            continue;
        if (!value_want_int(e, &v, arg->value->loc, arg->name, &number))
            return;
        if (number < style_keys[i].low || number > style_keys[i].high) {
            diag_error(e->diag, arg->value->loc, NULL, "%s must be from %lld to %lld, not %lld",
                       arg->name, (long long)style_keys[i].low, (long long)style_keys[i].high,
                       (long long)number);
            return;
        }
        style[style_keys[i].key] = number;
        style[STYLE_FIXED] |= style_keys[i].key == STYLE_PRECISION;
        return;
    }
    style_unknown(e, arg);
}

/* ---- print ---- */

/* A float known when compiling: as many digits as a precision asks for. */
static const char *float_text(Elab *e, double number, const int64_t *style)
{
    const int precision = (int)style[STYLE_PRECISION];
    return style[STYLE_FORM] == 2 ? arena_printf(e->arena, "%.*e", precision, number)
           : style[STYLE_FIXED]   ? arena_printf(e->arena, "%.*f", precision, number)
                                  : arena_printf(e->arena, "%.9g", number);
}

static const char *constant_text(Elab *e, const Value *v, const int64_t *style)
{
    if (v->kind != VALUE_LIST)
        return v->kind == VALUE_INT     ? arena_printf(e->arena, "%lld", (long long)v->integer)
               : v->kind == VALUE_FLOAT ? float_text(e, v->number, style)
               : v->kind == VALUE_BOOL  ? (v->integer ? "True" : "False")
               : v->kind == VALUE_DTYPE ? dtype_info[v->dtype].name
               : v->kind == VALUE_DIM   ? "batch"
                                        : NULL;
    const char *text = "";
    for (int i = 0; i < v->items->count; i++) {
        const char *item = constant_text(e, &v->items->data[i], style);
        if (!item)
            return NULL;
        text = arena_printf(e->arena, "%s%s%s", text, i > 0 ? ", " : "", item);
    }
    return arena_printf(e->arena, "[%s]", text);
}

/* Do two lists of numbers have one shape? */
static bool same_nesting(const Value *a, const Value *b)
{
    if (a->kind != VALUE_LIST || b->kind != VALUE_LIST)
        return a->kind != VALUE_LIST && b->kind != VALUE_LIST;
    if (a->items->count != b->items->count)
        return false;
    for (int i = 0; i < a->items->count; i++)
        if (!same_nesting(&a->items->data[i], &b->items->data[i]))
            return false;
    return true;
}

static bool holds_only_numbers(const Value *v, bool *floats)
{
    if (v->kind != VALUE_LIST) {
        *floats |= v->kind == VALUE_FLOAT;
        return v->kind == VALUE_INT || v->kind == VALUE_FLOAT || v->kind == VALUE_BOOL;
    }
    for (int i = 0; i < v->items->count; i++)
        if (!holds_only_numbers(&v->items->data[i], floats) ||
            !same_nesting(&v->items->data[0], &v->items->data[i]))
            return false;
    return v->items->count > 0;
}

/* A matrix or a row of floats is shown as the tensor that it stands for; a row of integers may as
 * well be a shape. */
static bool shown_as_tensor(const Value *v)
{
    bool floats = false;
    return v->kind == VALUE_LIST && holds_only_numbers(v, &floats) &&
           (floats || v->items->data[0].kind == VALUE_LIST);
}

/* Is this the run whose graph has what the statement shows? */
static bool is_shown(const Elab *e)
{
    return e->kind == (e->in_report ? ENTRY_REPORT : ENTRY_PRINT);
}

static void print_value(Elab *e, const Expr *expr, const Value *v, const int64_t *style)
{
    Print print = {.more = true, .report = e->in_report};
    memcpy(print.style, style, sizeof print.style);
    print.label = v->kind == VALUE_STRING ? v->text
                  : shown_as_tensor(v)    ? NULL
                                          : constant_text(e, v, style);
    if (!print.label) {
        Node *node = value_to_tensor(e, v, expr->loc);
        if (!node)
            return;
        print.value = arena_printf(e->arena, "print.%d", e->model->prints.count);
        graph_result(e->graph, RESULT_VALUE, 0, print.value, node, expr->loc);
    }
    vec_push(e->arena, &e->model->prints, print);
}

/* Lists of tensors are shown one after the other. */
static void print_items(Elab *e, const Expr *expr, const Value *v, const int64_t *style)
{
    const bool tensors = v->kind == VALUE_LIST && v->items->count > 0 &&
                         !constant_text(e, v, style) && !shown_as_tensor(v);
    for (int i = 0; tensors && i < v->items->count; i++)
        print_value(e, expr, &v->items->data[i], style);
    if (!tensors)
        print_value(e, expr, v, style);
}

/* The items of one statement share a line. */
void exec_print(Elab *e, const Stmt *stmt)
{
    const int first = e->model->prints.count;
    int64_t style[STYLE_KEYS];
    int items = 0;
    memcpy(style, e->style, sizeof style);
    for (int i = 0; i < stmt->args.count; i++)
        if (stmt->args.data[i].name)
            style_set(e, &stmt->args.data[i], style);
    for (int i = 0; i < stmt->args.count; i++) {
        const Expr *expr = stmt->args.data[i].value;
        if (stmt->args.data[i].name)
            continue;
        const Value v = eval_expr(e, expr);
        items++;
        e->graph->loc = expr->loc;
        if (v.kind != VALUE_ERROR && is_shown(e))
            print_items(e, expr, &v, style);
    }
    if (items == 0)
        memcpy(e->style, style, sizeof style);
    e->has_prints |= items > 0 && !e->in_report;
    if (e->model->prints.count > first)
        e->model->prints.data[e->model->prints.count - 1].more = false;
}

/* ---- save ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* Two statements that write one file: the first would be lost. */
static bool save_is_new(Elab *e, const char *path, Loc loc)
{
    for (int i = 0; i < e->model->saves.count; i++) {
        const Save *before = &e->model->saves.data[i];
        if (strcmp(before->path, path) != 0)
            continue;
        diag_error(e->diag, loc, NULL, "'%s' is written twice", path);
        diag_note(e->diag, before->loc, "it was written here");
        return false;
    }
    return true;
}

typedef enum SaveForm { SAVE_NPY, SAVE_NPZ, SAVE_PNG, SAVE_FORMS } SaveForm;

static const char *const save_endings[SAVE_FORMS] = {".npy", ".npz", ".png"};

/* By the ending of the name; false after reporting another. */
static bool save_form(Elab *e, const char *path, Loc loc, SaveForm *out)
{
    for (int form = 0; form < SAVE_FORMS; form++)
        if (ends_with(path, save_endings[form])) {
            *out = (SaveForm)form;
            return true;
        }
    diag_error(e->diag, loc, "name it .npy for one array, .npz for several, .png for images",
               "'%s': what is written is said by the name's ending", path);
    return false;
}

static bool save_check_members(Elab *e, const Stmt *stmt, const char *path)
{
    for (int i = 0; i < stmt->args.count; i++) {
        const Arg *arg = &stmt->args.data[i];
        if (!arg->name && arg->value->kind != EXPR_NAME) {
            diag_error(e->diag, arg->value->loc, "write name = value",
                       "an array in an .npz file needs a name");
            return false;
        }
        for (int k = 0; k < i; k++) {
            const Arg *other = &stmt->args.data[k];
            const char *name = arg->name ? arg->name : arg->value->text;
            if (strcmp(name, other->name ? other->name : other->value->text) == 0) {
                diag_error(e->diag, arg->value->loc, NULL, "'%s' holds two arrays named '%s'", path,
                           name);
                return false;
            }
        }
    }
    return true;
}

/* What is wrong with the path and the names in the statement, if anything. */
static bool save_check(Elab *e, const Stmt *stmt, const char *path, SaveForm form)
{
    if (!e->in_report && strstr(path, "{epoch}")) {
        diag_error(e->diag, stmt->value->loc, "write it in a report block, which runs after each",
                   "'%s': there is no epoch here", path);
        return false;
    }
    if (form == SAVE_NPZ)
        return save_check_members(e, stmt, path);
    if (stmt->args.count == 1 && !stmt->args.data[0].name)
        return true;
    diag_error(e->diag, stmt->loc,
               form == SAVE_NPY ? "for several, or for names: save \"file.npz\", x = a, y = b"
                                : "make one tensor of several images, as with stack or concat",
               form == SAVE_NPY ? "an .npy file holds one array, without a name"
                                : "a .png file holds one tensor, without a name");
    return false;
}

/* [h, w], [1|3, h, w], [n, h, w] or [n, 1|3, h, w] of what can be shown; false after reporting. */
static bool save_is_image(Elab *e, const Node *node, Loc loc)
{
    const Type *type = &node->type;
    const int64_t channels = type->rank == 4 ? type->dims[1].size : 1;
    const bool shown =
        dtype_is_float(type->dtype) || type->dtype == DT_U8 || type->dtype == DT_BOOL;
    if (type->rank >= 2 && type->rank <= 4 && (channels == 1 || channels == 3) && shown)
        return true;
    diag_error(e->diag, loc,
               shown ? "[h, w], [1 or 3, h, w], [n, h, w] or [n, 1 or 3, h, w] are, n of them in a "
                       "grid"
                     : "divide it, or cast it: floats from 0 to 1, u8 and bool can be shown",
               "%s is no image", type_text(e->arena, type));
    return false;
}

static void save_value(Elab *e, const char *path, const Arg *arg, SaveForm form)
{
    const Value v = eval_expr(e, arg->value);
    e->graph->loc = arg->value->loc;
    if (v.kind == VALUE_ERROR || !is_shown(e))
        return;
    Node *node = value_to_tensor(e, &v, arg->value->loc);
    if (!node || (form == SAVE_PNG && !save_is_image(e, node, arg->value->loc)))
        return;
    const char *member = arg->name ? arg->name : arg->value->text;
    const Save save = {.path = path,
                       .name = form == SAVE_NPZ ? member : NULL,
                       .value = arena_printf(e->arena, "save.%d", e->model->saves.count),
                       .report = e->in_report,
                       .loc = arg->value->loc};
    graph_result(e->graph, RESULT_VALUE, 0, save.value, node, save.loc);
    vec_push(e->arena, &e->model->saves, save);
}

/* save "y.npy", y */
void exec_save(Elab *e, const Stmt *stmt)
{
    const char *path = stmt->value->text;
    SaveForm form;
    e->has_prints |= !e->in_report;
    if (!save_form(e, path, stmt->value->loc, &form) || !save_check(e, stmt, path, form) ||
        (is_shown(e) && !save_is_new(e, path, stmt->value->loc)))
        return;
    for (int i = 0; i < stmt->args.count; i++)
        save_value(e, path, &stmt->args.data[i], form);
}
