/* want.c -- checks of arguments: is this value what the function needs?
 *
 * In: a value and what it is for.  Out: the C value, or a message at its place:
 *
 *     sum(x, axis = "rows")      axis must be an integer, not a string
 *     sum(x, axis = 3)           there is no axis 3 in f32[batch, 64] */
#include "frontend/builtins.h"

enum { ELEMENT_LIMIT_LOG2 = 40 }; /* of one tensor */

static bool want_fail(Elab *e, const Value *v, Loc loc, const char *what, const char *wanted)
{
    if (v->kind != VALUE_ERROR)
        diag_error(elab_diag(e), loc, NULL, "%s must be %s, not %s", what, wanted,
                   value_describe(e, v));
    return false;
}

bool value_want_int(Elab *e, const Value *v, Loc loc, const char *what, int64_t *out)
{
    if (v->kind != VALUE_INT)
        return want_fail(e, v, loc, what,
                         value_is_host(v) ? "an integer known when compiling" : "an integer");
    *out = v->integer;
    return true;
}

bool value_want_float(Elab *e, const Value *v, Loc loc, const char *what, double *out)
{
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return want_fail(e, v, loc, what,
                         value_is_host(v) ? "a number known when compiling" : "a number");
    *out = value_as_double(v);
    return true;
}

bool value_want_bool(Elab *e, const Value *v, Loc loc, const char *what, bool *out)
{
    if (v->kind != VALUE_BOOL)
        return want_fail(e, v, loc, what, "true or false");
    *out = v->integer != 0;
    return true;
}

/* ---- dtypes ---- */

/* f32 and its like name a dtype and, called, convert to it. */
bool value_is_dtype(const Value *v, DType *out)
{
    if (v->kind == VALUE_DTYPE) {
        *out = v->dtype;
        return true;
    }
    if (v->kind == VALUE_BUILTIN)
        return dtype_from_name(v->builtin->name, out);
    return v->kind == VALUE_STRING && dtype_from_name(v->text, out);
}

bool value_want_dtype(Elab *e, const Value *v, Loc loc, DType *out)
{
    if (v->kind == VALUE_NONE)
        return true;
    return value_is_dtype(v, out) || want_fail(e, v, loc, "dtype", "a dtype such as f32 or i64");
}

/* ---- axes ---- */

static bool axis_within(Elab *e, int64_t axis, Loc loc, const Type *type, int *out)
{
    const int rank = type->rank;
    if (axis >= -rank && axis < rank) {
        *out = (int)(axis < 0 ? axis + rank : axis);
        return true;
    }
    const char *shown = type_text(elab_arena(e), type);
    if (rank == 0)
        diag_error(elab_diag(e), loc, NULL, "there is no axis %lld in %s, which is a scalar",
                   (long long)axis, shown);
    else
        diag_error(elab_diag(e), loc,
                   arena_printf(elab_arena(e), "axes are %d to %d", -rank, rank - 1),
                   "there is no axis %lld in %s", (long long)axis, shown);
    return false;
}

bool value_want_axis(Elab *e, const Value *v, Loc loc, const Type *type, int *out)
{
    int64_t axis;
    return value_want_int(e, v, loc, "an axis", &axis) && axis_within(e, axis, loc, type, out);
}

static bool want_axis_list(Elab *e, const Value *v, Loc loc, const Type *type, int *axes,
                           int *count)
{
    bool seen[MAX_RANK] = {false};
    *count = 0;
    for (int i = 0; i < v->items->count; i++) {
        int axis;
        if (!value_want_axis(e, &v->items->data[i], loc, type, &axis))
            return false;
        if (seen[axis]) {
            diag_error(elab_diag(e), loc, NULL, "axis %d stands twice", axis);
            return false;
        }
        seen[axis] = true;
        axes[(*count)++] = axis;
    }
    return true;
}

bool value_want_axes(Elab *e, const Value *v, Loc loc, const Type *type, int *axes, int *count)
{
    if (v->kind == VALUE_LIST)
        return want_axis_list(e, v, loc, type, axes, count);
    if (v->kind == VALUE_NONE) {
        *count = type->rank;
        for (int i = 0; i < type->rank; i++)
            axes[i] = i;
        return true;
    }
    *count = 1;
    return value_want_axis(e, v, loc, type, &axes[0]);
}

/* ---- shapes ---- */

/* One sample is what counts: the number of samples is bounded elsewhere. */
bool type_within_limits(Elab *e, const Type *type, Loc loc)
{
    int64_t count;
    if (type_count(type, 1, &count) && count <= (int64_t)1 << ELEMENT_LIMIT_LOG2)
        return true;
    diag_error(elab_diag(e), loc, NULL, "%s is too large: a tensor has at most 2^%d elements",
               type_text(elab_arena(e), type), ELEMENT_LIMIT_LOG2);
    return false;
}

static bool want_dim(Elab *e, const Value *v, Loc loc, Dim *out, bool *wild)
{
    *wild = false;
    if (v->kind == VALUE_DIM) {
        *out = v->dim;
        return true;
    }
    int64_t size;
    if (!value_want_int(e, v, loc, "a dimension", &size))
        return false;
    *wild = size == -1;
    *out = dim_fixed(*wild ? 1 : size);
    if (size >= -1)
        return true;
    diag_error(elab_diag(e), loc, NULL, "a dimension cannot be %lld", (long long)size);
    return false;
}

static bool shape_add(Elab *e, const Value *v, Loc loc, Type *out, int *wild)
{
    bool is_wild;
    Dim dim;
    if (!want_dim(e, v, loc, &dim, &is_wild))
        return false;
    const char *problem = NULL;
    if (out->rank == MAX_RANK)
        problem = arena_printf(elab_arena(e), "a tensor has at most %d dimensions", MAX_RANK);
    else if (is_wild && !wild)
        problem = "a dimension cannot be -1 here";
    else if (is_wild && *wild >= 0)
        problem = "only one dimension can be -1";
    else if (dim.batch && type_batch_axis(out) >= 0)
        problem = "a tensor has at most one batch dimension";
    if (problem) {
        diag_error(elab_diag(e), loc, NULL, "%s", problem);
        return false;
    }
    if (is_wild)
        *wild = out->rank;
    out->dims[out->rank++] = dim;
    return true;
}

bool value_want_shape(Elab *e, const Value *v, Loc loc, Type *out, int *wild)
{
    const Value *dims = v;
    int count = 1;
    if (v->kind == VALUE_LIST) {
        dims = v->items->data;
        count = v->items->count;
    }
    out->rank = 0;
    if (wild)
        *wild = -1;
    for (int i = 0; i < count; i++)
        if (!shape_add(e, &dims[i], loc, out, wild))
            return false;
    return type_within_limits(e, out, loc);
}
