/* convert.c -- values to tensors.
 *
 * In: any value.  Out: a node, or a message.
 *
 *     3            i64        an integer known when compiling
 *     0.5          f32
 *     [1, 2.5]     f32[2]     a literal (list_tensor.c)
 *     lr           f32        an option: computed on the host in f64, a tensor where one is needed
 */
#include "frontend/builtins.h"

bool value_is_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_FLOAT || v->kind == VALUE_BOOL;
}

bool value_is_host(const Value *v)
{
    return v->kind == VALUE_TENSOR && v->node->host;
}

double value_as_double(const Value *v)
{
    return v->kind == VALUE_FLOAT ? v->number : (double)v->integer;
}

/* Would the dtype keep the integer's value? */
static bool integer_fits(int64_t integer, DType dtype)
{
    return dtype_is_float(dtype) || scalar_int(dtype, integer).i == integer;
}

bool value_to_scalar(Elab *e, const Value *v, DType dtype, Loc loc, Scalar *out)
{
    if (v->kind == VALUE_FLOAT) {
        *out = scalar_float(dtype, v->number);
        return true;
    }
    if (!integer_fits(v->integer, dtype)) {
        diag_error(elab_diag(e), loc, NULL, "%lld does not fit into %s", (long long)v->integer,
                   dtype_info[dtype].name);
        return false;
    }
    *out = scalar_int(dtype, v->integer);
    return true;
}

Node *value_to_host(Elab *e, const Value *v)
{
    const Type f64 = type_scalar(DT_F64);
    if (v->kind == VALUE_TENSOR)
        return v->node;
    if (v->kind != VALUE_DIM)
        return graph_number(elab_graph(e), value_as_double(v), &f64);
    const Type counted = {.rank = 1, .dims = {v->dim}};
    return graph_axes_count(elab_graph(e), &counted, (int[]){0}, 1);
}

static Node *number_to_tensor(Elab *e, const Value *v)
{
    Graph *g = elab_graph(e);
    if (v->kind == VALUE_FLOAT) {
        const Type type = type_scalar(DT_F32);
        return graph_number(g, v->number, &type);
    }
    const Type type = type_scalar(v->kind == VALUE_BOOL ? DT_BOOL : DT_I64);
    return graph_const(g, scalar_int(DT_I64, v->integer), &type);
}

Node *value_to_tensor(Elab *e, const Value *v, Loc loc)
{
    switch (v->kind) {
    case VALUE_ERROR:
        return NULL;
    case VALUE_TENSOR:
        return v->node->host ? graph_cast(elab_graph(e), v->node, DT_F32) : v->node;
    case VALUE_INT:
    case VALUE_FLOAT:
    case VALUE_BOOL:
        return number_to_tensor(e, v);
    case VALUE_DIM:
        return graph_cast(elab_graph(e), value_to_host(e, v), DT_I64);
    case VALUE_LIST:
        return list_to_tensor(e, v, DT_F32, loc);
    default:
        diag_error(elab_diag(e), loc, NULL, "expected a tensor, found %s", value_describe(e, v));
        return NULL;
    }
}

/* bool, integers, floats: what promotion never goes back from. */
static int dtype_category(DType dtype)
{
    return dtype == DT_BOOL ? 0 : dtype_is_float(dtype) ? 2 : 1;
}

Node *value_to_dtype(Elab *e, const Value *v, DType dtype, Loc loc)
{
    Scalar scalar;
    const bool whole = v->kind == VALUE_INT || v->kind == VALUE_BOOL;
    if (value_is_host(v))
        return graph_cast(elab_graph(e), v->node, dtype);
    if (whole && dtype_category(dtype) > 0) {
        const Type type = type_scalar(dtype);
        if (!value_to_scalar(e, v, dtype, loc, &scalar))
            return NULL;
        return graph_const(elab_graph(e), scalar, &type);
    }
    if (v->kind == VALUE_FLOAT && dtype_is_float(dtype)) { /* not by way of f32 */
        const Type type = type_scalar(dtype);
        return graph_number(elab_graph(e), v->number, &type);
    }
    Node *node = v->kind == VALUE_LIST && dtype_is_float(dtype)
                     ? list_to_tensor(e, v, dtype, loc) /* nor these */
                     : value_to_tensor(e, v, loc);
    if (!node || dtype_category(node->type.dtype) <= dtype_category(dtype))
        return node ? graph_cast(elab_graph(e), node, dtype) : NULL;
    diag_error(elab_diag(e), loc,
               arena_printf(elab_arena(e), "convert it: %s(...)", dtype_info[dtype].name),
               "%s does not become %s by itself", value_describe(e, v), dtype_info[dtype].name);
    return NULL;
}
