/* builtins_ask.c -- what is known of a tensor when compiling; gradients.
 *
 *     shape(x)              [batch, 64]
 *     grad(y, a, b)         [dy/da, dy/db] */
#include "frontend/builtins.h"

/* ---- ask ---- */

static Value dim_value(Dim d)
{
    return d.batch ? (Value){.kind = VALUE_DIM, .dim = d} : value_int(d.size);
}

Value call_shape_of(Call *call)
{
    const Node *x = call_tensor(call, 0);
    Value dims[MAX_RANK];
    if (!x)
        return value_error();
    for (int i = 0; i < x->type.rank; i++)
        dims[i] = dim_value(x->type.dims[i]);
    return value_list(call->e, dims, x->type.rank);
}

Value call_ndim(Call *call)
{
    const Node *x = call_tensor(call, 0);
    return x ? value_int(x->type.rank) : value_error();
}

Value call_has_batch(Call *call)
{
    const Node *x = call_tensor(call, 0);
    return x ? value_bool(type_batch_axis(&x->type) >= 0) : value_error();
}

Value call_dtype(Call *call)
{
    const Node *x = call_tensor(call, 0);
    return x ? (Value){.kind = VALUE_DTYPE, .dtype = x->type.dtype} : value_error();
}

Value call_size(Call *call)
{
    const Node *x = call_tensor(call, 0);
    Dim all = {1, false};
    int axis;
    if (!x)
        return value_error();
    if (call_has(call, 1))
        return value_want_axis(call->e, &call->args[1], call->locs[1], &x->type, &axis)
                   ? dim_value(x->type.dims[axis])
                   : value_error();
    all.batch = type_batch_axis(&x->type) >= 0;
    if (!type_count(&x->type, 1, &all.size))
        ice("a tensor of too many elements");
    return dim_value(all);
}

/* As Python's: of a string its bytes, of a list its items, of a tensor its first axis. */
Value call_len(Call *call)
{
    const Value *v = &call->args[0];
    if (v->kind == VALUE_STRING)
        return value_int(v->integer);
    if (v->kind == VALUE_LIST)
        return value_int(v->items->count);
    if (v->kind == VALUE_RANGE)
        return value_int(v->integer2 > v->integer ? v->integer2 - v->integer : 0);
    const Node *x = call_tensor(call, 0);
    if (!x)
        return value_error();
    return x->type.rank > 0 ? dim_value(x->type.dims[0])
                            : call_fail(call, 0, NULL, "a single number has no length");
}

Value call_is_zero(Call *call)
{
    const Value *v = &call->args[0];
    const bool number = v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
    return value_bool(number && value_as_double(v) == 0);
}

/* ---- gradients ---- */

/* A float scalar to differentiate; of one element, it is made one. */
static Node *grad_of(Call *call)
{
    int64_t count;
    Node *y = call_tensor(call, 0);
    if (!y)
        return NULL;
    const bool single =
        type_batch_axis(&y->type) < 0 && type_count(&y->type, 1, &count) && count == 1;
    if (!single) {
        call_fail(call, 0, "sum(...) or mean(...) makes it one", "grad needs a scalar, not %s",
                  call_type_text(call, y));
        return NULL;
    }
    if (!dtype_is_float(y->type.dtype)) {
        call_fail(call, 0, NULL, "%s has no gradient: it is not of floats",
                  call_type_text(call, y));
        return NULL;
    }
    const Type scalar = type_scalar(y->type.dtype);
    return y->type.rank == 0 ? y : graph_reshape(elab_graph(call->e), y, &scalar);
}

static Value grad_by(Call *call, Node *y, const Value *x, Loc loc)
{
    if (x->kind != VALUE_TENSOR || x->node->host) {
        diag_error(elab_diag(call->e), loc, "declare it: param w = ...",
                   "the gradient with respect to %s: it must be a tensor, such as a param",
                   value_describe(call->e, x));
        return value_error();
    }
    if (!dtype_is_float(x->node->type.dtype)) {
        diag_error(elab_diag(call->e), loc, NULL,
                   "there is no gradient with respect to %s: it is not of floats",
                   value_describe(call->e, x));
        return value_error();
    }
    if (x->node->graph != elab_graph(call->e)) {
        diag_error(
            elab_diag(call->e), loc, "write grad(...) behind the scan, of what that gives",
            "inside a scan there are gradients only with respect to what is made there, in the "
            "same turn");
        return value_error();
    }
    return value_tensor(graph_grad(elab_graph(call->e), y, x->node));
}

Value call_grad(Call *call)
{
    int count;
    const Value *xs = call_rest(call, &count);
    Node *y = grad_of(call);
    if (!y)
        return value_error();
    if (count == 0)
        return call_fail(call, -1, "grad(y, x)", "grad needs what to differentiate by");
    Value *grads = arena_array(elab_arena(call->e), Value, count);
    for (int i = 0; i < count; i++) {
        const Loc loc = call->rest_locs.data[count == call->rest.count ? i : 0];
        grads[i] = grad_by(call, y, &xs[i], loc);
        if (grads[i].kind == VALUE_ERROR)
            return value_error();
    }
    const bool list = call->rest.count > 1 || call->rest.data[0].kind == VALUE_LIST;
    return list ? value_list(call->e, grads, count) : grads[0];
}

/* Numbers and host values have no gradient to stop. */
Value call_detach(Call *call)
{
    const Value *v = &call->args[0];
    if (value_is_number(v) || value_is_host(v))
        return *v;
    Node *x = call_tensor(call, 0);
    return x ? value_tensor(graph_unary(elab_graph(call->e), OP_detach, x)) : value_error();
}
