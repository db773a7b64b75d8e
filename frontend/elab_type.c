/* elab_type.c -- annotations: types that declare, and types that check.
 *
 *     input x: f32[batch, 64]            all dimensions are known
 *     module linear(out)(x: f32[.., n])  any leading dimensions; n becomes the last one's size */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

enum { MAX_ELEMENTS_LOG2 = 40 };

/* ---- dtypes and dimensions ---- */

/* `float` stands for any of them, in types that check. */
static bool is_any_float(const TypeExpr *type)
{
    return strcmp(type->dtype, "float") == 0;
}

/* A dtype's own name, or one that was bound to it: t = dtype(x). */
static bool dtype_evaluate(Elab *e, const TypeExpr *type, DType *out)
{
    const char *names[DT_COUNT];
    const Binding *bound = scope_find(e->frame->scope, type->dtype);
    if (dtype_from_name(type->dtype, out))
        return true;
    if (bound && bound->value.kind == VALUE_DTYPE) {
        *out = bound->value.dtype;
        return true;
    }
    if (bound && bound->value.kind == VALUE_BUILTIN &&
        dtype_from_name(bound->value.builtin->name, out))
        return true;
    if (bound && bound->value.kind == VALUE_ERROR)
        return false;
    if (is_any_float(type)) {
        diag_error(e->diag, type->dtype_loc, "f32, f64, f16 or bf16",
                   "'float' stands for any dtype of floats: only in the type of an argument");
        return false;
    }
    for (int i = 0; i < DT_COUNT; i++)
        names[i] = dtype_info[i].name;
    const char *near = text_nearest(type->dtype, names, DT_COUNT);
    diag_error(e->diag, type->dtype_loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near)
                    : "dtypes are f32 f64 f16 bf16 i8 i16 i32 i64 u8 bool",
               "unknown dtype '%s'", type->dtype);
    return false;
}

static bool dim_evaluate(Elab *e, const Expr *expr, Dim *out)
{
    if (expr->kind == EXPR_ELLIPSIS) {
        diag_error(e->diag, expr->loc, NULL, "'..' can only stand in the type of an argument");
        return false;
    }
    const Value v = eval_expr(e, expr);
    if (v.kind == VALUE_DIM) {
        *out = v.dim;
        return true;
    }
    int64_t size;
    if (v.kind == VALUE_TENSOR && v.node->host) {
        diag_error(e->diag, expr->loc, "a const can stand in a shape",
                   "a dimension must be known when compiling, and %s is not",
                   value_describe(e, &v));
        return false;
    }
    if (!value_want_int(e, &v, expr->loc, "a dimension", &size))
        return false;
    if (size < 1) {
        diag_error(e->diag, expr->loc, NULL, "a dimension must be at least 1, not %lld",
                   (long long)size);
        return false;
    }
    *out = dim_fixed(size);
    return true;
}

/* Within the limits, with one batch dimension at most. */
static bool type_within(Elab *e, const Type *type, Loc loc)
{
    int64_t count;
    int batches = 0;
    for (int i = 0; i < type->rank; i++)
        batches += type->dims[i].batch;
    if (batches > 1) {
        diag_error(e->diag, loc, NULL, "a tensor has at most one batch dimension");
        return false;
    }
    if (type_count(type, 1, &count) && count <= INT64_C(1) << MAX_ELEMENTS_LOG2)
        return true;
    diag_error(e->diag, loc, NULL, "%s is too large: a tensor has at most 2^%d elements",
               type_text(e->arena, type), MAX_ELEMENTS_LOG2);
    return false;
}

bool type_evaluate(Elab *e, const TypeExpr *type, Type *out)
{
    *out = (Type){.rank = type->dims.count};
    bool good = dtype_evaluate(e, type, &out->dtype);
    if (type->dims.count > MAX_RANK) {
        diag_error(e->diag, type->loc, NULL, "a tensor has at most %d dimensions", MAX_RANK);
        return false;
    }
    for (int i = 0; i < type->dims.count; i++)
        good = dim_evaluate(e, type->dims.data[i], &out->dims[i]) && good;
    return good && type_within(e, out, type->loc);
}

/* ---- checking ---- */

typedef struct Check {
    Elab *e;
    const TypeExpr *type;
    const Type *found;
    const char *name; /* of what is checked */
    Loc loc;
    Scope *scope; /* new names are bound here */
} Check;

static bool check_fail(const Check *c, const char *label)
{
    Elab *e = c->e;
    diag_error(e->diag, c->loc, label, "'%s' is %s, but is declared %s", c->name,
               type_text(e->arena, c->found), elab_source_text(e, c->type->loc));
    return false;
}

static const char *dim_text(Elab *e, Dim d)
{
    if (!d.batch)
        return arena_printf(e->arena, "%lld", (long long)d.size);
    return d.size == 1 ? "batch" : arena_printf(e->arena, "%lld*batch", (long long)d.size);
}

static Value dim_value(Dim d)
{
    return d.batch ? (Value){.kind = VALUE_DIM, .dim = d} : value_int(d.size);
}

/* A name that means no dimension yet: it will mean this one. */
static bool is_new_name(const Check *c, const Expr *expr)
{
    if (expr->kind != EXPR_NAME)
        return false;
    const Binding *bound = scope_find(c->e->frame->scope, expr->text);
    return !bound || (bound->value.kind != VALUE_INT && bound->value.kind != VALUE_DIM &&
                      bound->value.kind != VALUE_ERROR);
}

static bool check_dim(const Check *c, const Expr *expr, int axis)
{
    Dim declared;
    const Dim found = c->found->dims[axis];
    if (is_new_name(c, expr)) {
        scope_bind(c->e, c->scope, expr->text, dim_value(found), expr->loc);
        return true;
    }
    if (!dim_evaluate(c->e, expr, &declared))
        return false;
    if (dim_equal(declared, found))
        return true;
    const char *written = elab_source_text(c->e, expr->loc), *is = dim_text(c->e, declared);
    const bool plain = expr->kind == EXPR_INT || declared.batch;
    return check_fail(c, arena_printf(c->e->arena, "dimension %d is %s, not %s%s%s", axis,
                                      dim_text(c->e, found), written, plain ? "" : " = ",
                                      plain ? "" : is));
}

static bool check_rank(const Check *c, int ellipsis)
{
    const int written = c->type->dims.count - (ellipsis >= 0);
    if (ellipsis >= 0 ? c->found->rank >= written : c->found->rank == written)
        return true;
    return check_fail(c, arena_printf(c->e->arena, "it has %d dimensions, not %s%d", c->found->rank,
                                      ellipsis >= 0 ? "at least " : "", written));
}

static int find_ellipsis(const TypeExpr *type)
{
    for (int i = 0; i < type->dims.count; i++)
        if (type->dims.data[i]->kind == EXPR_ELLIPSIS)
            return i;
    return -1;
}

static bool check_dims(const Check *c)
{
    const int ellipsis = find_ellipsis(c->type);
    const int written = c->type->dims.count;
    if (!check_rank(c, ellipsis))
        return false;
    for (int i = 0; i < written; i++) {
        const bool behind = ellipsis >= 0 && i > ellipsis;
        if (i != ellipsis &&
            !check_dim(c, c->type->dims.data[i], behind ? c->found->rank - (written - i) : i))
            return false;
    }
    return true;
}

bool type_check(Elab *e, const TypeExpr *type, const Type *found, const char *name, Loc loc,
                Scope *scope)
{
    const Check c = {e, type, found, name, loc, scope};
    DType dtype = found->dtype;
    if (is_any_float(type))
        return dtype_is_float(dtype) ? check_dims(&c) : check_fail(&c, "convert it: f32(...)");
    if (!dtype_evaluate(e, type, &dtype))
        return false;
    if (dtype != found->dtype)
        return check_fail(&c,
                          arena_printf(e->arena, "convert it: %s(...)", dtype_info[dtype].name));
    return check_dims(&c);
}

Value value_annotate(Elab *e, Value v, const TypeExpr *type, const char *name, Loc loc,
                     Scope *scope)
{
    DType dtype = DT_F32;
    if (!type || v.kind == VALUE_ERROR)
        return v;
    if (v.kind != VALUE_TENSOR || v.node->host) { /* numbers and lists take the dtype */
        const bool known = is_any_float(type) || dtype_evaluate(e, type, &dtype);
        Node *node = known ? value_to_dtype(e, &v, dtype, loc) : NULL;
        if (!node)
            return value_error();
        v = value_tensor(node);
    }
    return type_check(e, type, &v.node->type, name, loc, scope) ? v : value_error();
}
