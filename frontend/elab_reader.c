/* elab_reader.c -- the calls in a data block that name a file, and what is taken of it.
 *
 *     csv("digits.csv", rows = :1500, columns = :64)
 *     text("book.txt", part = [0, 0.9], random = 1024, vocabulary = "abc")
 *
 * In: the call.  Out: a Source, all but its variable; or an error, reported where it is. */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

/* ---- names in the text ---- */

static const struct {
    const char *name, *takes;
    SourceKind kind;
} readers[] = {
    {"csv", "csv takes a path, rows =, part = and columns =", SOURCE_CSV},
    {"idx", "idx takes a path, rows = and part =", SOURCE_IDX},
    {"npy", "npy takes a path, rows = and part =", SOURCE_NPY},
    {"npz", "npz takes a path, the name of an array, rows = and part =", SOURCE_NPZ},
    {"text", "text takes a path, rows =, part =, offset =, stride =, random = and vocabulary =",
     SOURCE_TEXT},
    {"tokens",
     "tokens takes a path, rows =, part =, offset =, stride =, random =, dtype = and skip =",
     SOURCE_TOKENS},
};
enum { READERS = sizeof readers / sizeof readers[0] };

bool reader_kind(const Elab *e, const Expr *call, SourceKind *out)
{
    if (call->kind != EXPR_CALL || call->left->kind != EXPR_NAME ||
        scope_find(e->frame->scope, call->left->text))
        return false;
    for (int i = 0; i < READERS; i++)
        if (strcmp(call->left->text, readers[i].name) == 0) {
            *out = readers[i].kind;
            return true;
        }
    return false;
}

bool reader_cuts_windows(SourceKind kind)
{
    return kind == SOURCE_TEXT || kind == SOURCE_TOKENS;
}

/* ---- which rows ---- */

bool range_from_value(Elab *e, const Value *v, Loc loc, const char *what, Range *out)
{
    if (v->kind == VALUE_RANGE) {
        *out =
            (Range){.has_start = true, .has_stop = true, .start = v->integer, .stop = v->integer2};
        return true;
    }
    if (v->kind == VALUE_INT) {
        *out = (Range){.has_start = true, .start = v->integer, .single = true};
        return true;
    }
    if (v->kind == VALUE_SLICE && (!v->slice.has_step || v->slice.step == 1)) {
        *out = (Range){.has_start = v->slice.has_start,
                       .has_stop = v->slice.has_stop,
                       .start = v->slice.start,
                       .stop = v->slice.stop};
        return true;
    }
    if (v->kind != VALUE_ERROR)
        diag_error(e->diag, loc, NULL, "%s are a slice such as 0:100, not %s", what,
                   v->kind == VALUE_SLICE ? "one with a step" : value_describe(e, v));
    return false;
}

static bool arg_rows(Elab *e, const Value *v, Loc loc, Source *source)
{
    if (v->kind != VALUE_INT)
        return range_from_value(e, v, loc, "rows", &source->rows);
    diag_error(e->diag, loc, NULL, "rows are a slice such as 0:100, not one row");
    return false;
}

static bool arg_columns(Elab *e, const Value *v, Loc loc, Source *source)
{
    return range_from_value(e, v, loc, "columns", &source->columns);
}

static bool is_share(const Value *v, double *out)
{
    *out = v->kind == VALUE_INT ? (double)v->integer : v->kind == VALUE_FLOAT ? v->number : -1;
    return *out >= 0 && *out <= 1;
}

static bool arg_part(Elab *e, const Value *v, Loc loc, Source *source)
{
    Range *rows = &source->rows;
    rows->has_part = true;
    if (v->kind == VALUE_LIST && v->items->count == 2 &&
        is_share(&v->items->data[0], &rows->part[0]) &&
        is_share(&v->items->data[1], &rows->part[1]) && rows->part[0] < rows->part[1])
        return true;
    if (v->kind != VALUE_ERROR)
        diag_error(e->diag, loc, "part = [0, 0.9] is the first nine tenths",
                   "a part is two shares of the file, from 0 to 1");
    return false;
}

/* ---- windows ---- */

static bool arg_count(Elab *e, const Value *v, Loc loc, const char *what, int64_t *out)
{
    if (!value_want_int(e, v, loc, what, out))
        return false;
    if (*out > 0)
        return true;
    diag_error(e->diag, loc, NULL, "%s is at least 1, not %lld", what, (long long)*out);
    return false;
}

static bool arg_offset(Elab *e, const Value *v, Loc loc, Source *source)
{
    int64_t *offset = &source->windows.offset;
    if (!value_want_int(e, v, loc, "offset", offset))
        return false;
    if (*offset >= 0 && *offset <= 1)
        return true;
    diag_error(e->diag, loc, NULL, "offset is 0, or 1 for what follows each %s, not %lld",
               source->kind == SOURCE_TEXT ? "byte" : "token", (long long)*offset);
    return false;
}

static bool arg_stride(Elab *e, const Value *v, Loc loc, Source *source)
{
    return arg_count(e, v, loc, "stride", &source->windows.stride);
}

static bool arg_random(Elab *e, const Value *v, Loc loc, Source *source)
{
    return arg_count(e, v, loc, "random", &source->windows.random);
}

static bool arg_skip(Elab *e, const Value *v, Loc loc, Source *source)
{
    int64_t *skip = &source->windows.skip;
    if (!value_want_int(e, v, loc, "skip", skip))
        return false;
    if (*skip >= 0)
        return true;
    diag_error(e->diag, loc, NULL, "skip is a number of bytes, not %lld", (long long)*skip);
    return false;
}

static bool arg_vocabulary(Elab *e, const Value *v, Loc loc, Source *source)
{
    return want_vocabulary(e, v, loc, &source->windows.vocabulary);
}

/* Of numbers in files only, so no dtype of the language: `dtype = u16`. */
static bool arg_width(Elab *e, const Expr *value, Source *source)
{
    const bool named = value->kind == EXPR_NAME;
    source->windows.width = named && strcmp(value->text, "u16") == 0   ? 2
                            : named && strcmp(value->text, "u32") == 0 ? 4
                                                                       : 0;
    if (source->windows.width == 0)
        diag_error(e->diag, value->loc, NULL, "tokens in a file are u16 or u32");
    return source->windows.width > 0;
}

/* ---- arguments ---- */

enum { ALL = ~0, CUT = 1 << SOURCE_TEXT | 1 << SOURCE_TOKENS };

static const struct {
    const char *name;
    int kinds; /* bits: of the readers that take it */
    bool (*read)(Elab *e, const Value *v, Loc loc, Source *source);
} keys[] = {
    {"rows", ALL, arg_rows},
    {"part", ALL, arg_part},
    {"columns", 1 << SOURCE_CSV, arg_columns},
    {"offset", CUT, arg_offset},
    {"stride", CUT, arg_stride},
    {"random", CUT, arg_random},
    {"vocabulary", 1 << SOURCE_TEXT, arg_vocabulary},
    {"skip", 1 << SOURCE_TOKENS, arg_skip},
    {"dtype", 1 << SOURCE_TOKENS, NULL},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static void report_argument(Elab *e, const Arg *arg, SourceKind kind)
{
    const char *names[KEYS], *near = NULL, *takes = NULL;
    int count = 0;
    for (int i = 0; i < KEYS; i++)
        if (keys[i].kinds & 1 << kind)
            names[count++] = keys[i].name;
    if (arg->name)
        near = text_nearest(arg->name, names, count);
    for (int i = 0; i < READERS; i++)
        if (readers[i].kind == kind)
            takes = readers[i].takes;
    diag_error(e->diag, arg->name ? arg->name_loc : arg->value->loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near) : NULL, "%s", takes);
}

/* The path, and of an .npz the name of an array behind it. */
static bool reader_place(Elab *e, const Arg *arg, Source *source)
{
    const Value v = eval_expr(e, arg->value);
    if (v.kind == VALUE_STRING && !source->path)
        source->path = v.text;
    else if (v.kind == VALUE_STRING && source->kind == SOURCE_NPZ && !source->member)
        source->member = v.text;
    else if (v.kind != VALUE_ERROR)
        report_argument(e, arg, source->kind);
    return v.kind == VALUE_STRING;
}

static bool reader_arg(Elab *e, const Arg *arg, Source *source)
{
    if (!arg->name)
        return reader_place(e, arg, source);
    for (int i = 0; i < KEYS; i++) {
        if (strcmp(arg->name, keys[i].name) != 0 || !(keys[i].kinds & 1 << source->kind))
            continue;
        if (!keys[i].read)
            return arg_width(e, arg->value, source);
        const Value v = eval_expr(e, arg->value);
        return keys[i].read(e, &v, arg->value->loc, source);
    }
    report_argument(e, arg, source->kind);
    return false;
}

/* What excludes what. */
static bool reader_agrees(Elab *e, const Expr *call, const Source *source)
{
    const Range *rows = &source->rows;
    const bool ranged = rows->has_start || rows->has_stop;
    const char *why = NULL;
    if (ranged && rows->has_part)
        why = "rows = and part = both choose what is read: one of them is enough";
    else if (ranged && source->windows.random)
        why = "random windows have no rows: part = says where they may lie";
    else if (source->windows.stride && source->windows.random)
        why = "random windows begin anywhere: stride = has no meaning";
    if (why)
        diag_error(e->diag, call->loc, NULL, "%s", why);
    return !why;
}

bool reader_args(Elab *e, const Expr *call, Source *source)
{
    for (int i = 0; i < call->args.count; i++)
        if (!reader_arg(e, &call->args.data[i], source))
            return false;
    if (!source->path)
        diag_error(e->diag, call->loc, NULL, "a reader needs a path: %s(\"file\")",
                   call->left->text);
    else if (source->kind == SOURCE_NPZ && !source->member)
        diag_error(e->diag, call->loc, NULL, "which array? npz(\"%s\", \"name\")", source->path);
    if (!source->path || (source->kind == SOURCE_NPZ && !source->member))
        return false;
    if (source->kind == SOURCE_TOKENS && source->windows.width == 0)
        source->windows.width = 2;
    return reader_agrees(e, call, source);
}
