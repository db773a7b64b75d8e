/* builtins_reduce.c -- sums and the like over axes.
 *
 *     sum(x)                            all axes: a scalar
 *     mean(x, axis = 0)                 f32[64] from f32[batch, 64], by the real number of samples
 *     max(x, axis = -1, keepdims = true)    f32[batch, 1]
 *
 * The graph's reductions keep their axes with size 1; what is not kept is reshaped away here. */
#include "frontend/builtins.h"

#include <string.h>

typedef struct Reduction { /* arguments x, axis=, keepdims= */
    Node *x;
    int axes[MAX_RANK];
    int count;
    bool keep;
} Reduction;

static bool reduction_read(Call *call, Reduction *r)
{
    const Value *v = &call->args[0];
    if ((v->kind == VALUE_INT || v->kind == VALUE_FLOAT) &&
        (strcmp(call->builtin->name, "max") == 0 || strcmp(call->builtin->name, "min") == 0)) {
        call_fail(call, -1,
                  arena_printf(elab_arena(call->e), "there is %simum(a, b)", call->builtin->name),
                  "%s goes over the elements of a tensor", call->builtin->name);
        return false;
    }
    *r = (Reduction){.x = call_tensor(call, 0)};
    return r->x &&
           value_want_axes(call->e, &call->args[1], call->locs[1], &r->x->type, r->axes,
                           &r->count) &&
           call_flag(call, 2, "keepdims", &r->keep);
}

static bool axis_is_reduced(const Reduction *r, int axis)
{
    for (int i = 0; i < r->count; i++)
        if (r->axes[i] == axis)
            return true;
    return false;
}

/* Takes the reduced axes away from y, unless they shall stay. */
static Value reduction_finish(Call *call, const Reduction *r, Node *y)
{
    Type shape = {.rank = 0};
    for (int i = 0; i < y->type.rank; i++)
        if (!axis_is_reduced(r, i))
            shape.dims[shape.rank++] = y->type.dims[i];
    if (r->keep || r->count == 0)
        return value_tensor(y);
    return value_tensor(graph_reshape(elab_graph(call->e), y, &shape));
}

static Node *reduce(Call *call, const Reduction *r, Op op, Node *x)
{
    return graph_reduce(elab_graph(call->e), op, x, r->axes, r->count);
}

/* ---- sums and means ---- */

Value call_sum(Call *call)
{
    Reduction r;
    if (!reduction_read(call, &r))
        return value_error();
    const Op op = strcmp(call->builtin->name, "prod") == 0 ? OP_prod : OP_sum;
    if (!dtype_is_float(r.x->type.dtype))
        r.x = graph_cast(elab_graph(call->e), r.x, DT_I64);
    return reduction_finish(call, &r, reduce(call, &r, op, r.x));
}

/* The sum of y over the axes, divided by the number of elements less a correction, or by 0 where
 * that is more than there are: PyTorch's NaN or infinity, not a variance below 0. */
static Node *average(Call *call, const Reduction *r, Node *y, double correction)
{
    Graph *g = elab_graph(call->e);
    const Type f64 = type_scalar(DT_F64);
    Node *sum = reduce(call, r, OP_sum, y);
    Node *count = graph_axes_count(g, &y->type, r->axes, r->count);
    if (correction != 0)
        count = graph_binary(g, OP_maximum, graph_number(g, 0, &f64),
                             graph_binary(g, OP_sub, count, graph_number(g, correction, &f64)));
    return graph_binary(g, OP_div, sum, graph_scalar_like(g, count, &sum->type));
}

static bool want_floats(Call *call, const Node *x)
{
    if (dtype_is_float(x->type.dtype))
        return true;
    call_fail(call, 0, "convert it: f32(...)", "%s needs floats, not %s", call->builtin->name,
              call_type_text(call, x));
    return false;
}

/* Means and variances of f16 and bf16 are computed in f32 and rounded once: a sum may be beyond
 * what 16 bits hold.  *dtype is that of the result. */
static void widen_halves(Call *call, Reduction *r, DType *dtype)
{
    *dtype = r->x->type.dtype;
    if (dtype_is_half(*dtype))
        r->x = graph_cast(elab_graph(call->e), r->x, DT_F32);
}

Value call_mean(Call *call)
{
    Graph *g = elab_graph(call->e);
    Reduction r;
    DType dtype;
    if (!reduction_read(call, &r))
        return value_error();
    if (r.x->type.dtype == DT_BOOL) /* the share that is true */
        r.x = graph_cast(g, r.x, DT_F32);
    if (!want_floats(call, r.x))
        return value_error();
    widen_halves(call, &r, &dtype);
    return reduction_finish(call, &r, graph_cast(g, average(call, &r, r.x, 0), dtype));
}

/* A correction known to leave nothing to divide by gives NaN or infinity; say so. */
static void check_correction(Call *call, const Reduction *r, double correction)
{
    Type reduced = {.rank = r->count};
    int64_t count;
    for (int i = 0; i < r->count; i++)
        reduced.dims[i] = r->x->type.dims[r->axes[i]];
    if (type_batch_axis(&reduced) < 0 && type_count(&reduced, 1, &count) &&
        (double)count <= correction)
        diag_warning(elab_diag(call->e), call->loc, NULL,
                     "%s of %lld element%s with correction %g divides by zero", call->builtin->name,
                     (long long)count, count == 1 ? "" : "s", correction);
}

/* In f32 at least; *dtype is that of the result. */
static Node *variance(Call *call, Reduction *r, DType *dtype)
{
    Graph *g = elab_graph(call->e);
    double correction = 1;
    if (!reduction_read(call, r) || !want_floats(call, r->x) ||
        (call_has(call, 3) &&
         !value_want_float(call->e, &call->args[3], call->locs[3], "correction", &correction)))
        return NULL;
    check_correction(call, r, correction);
    widen_halves(call, r, dtype);
    Node *mean = graph_expand(g, average(call, r, r->x, 0), &r->x->type);
    Node *off = graph_binary(g, OP_sub, r->x, mean);
    return average(call, r, graph_binary(g, OP_mul, off, off), correction);
}

Value call_var(Call *call)
{
    Reduction r;
    DType dtype;
    Node *var = variance(call, &r, &dtype);
    return var ? reduction_finish(call, &r, graph_cast(elab_graph(call->e), var, dtype))
               : value_error();
}

/* Where all elements are equal the gradient is 0, as in PyTorch: there the square root, whose slope
 * at 0 is infinite, is kept away from it. */
Value call_std(Call *call)
{
    Graph *g = elab_graph(call->e);
    Reduction r;
    DType dtype;
    Node *var = variance(call, &r, &dtype);
    if (!var)
        return value_error();
    Node *zero = graph_number(g, 0, &var->type), *one = graph_number(g, 1, &var->type);
    Node *flat = graph_binary(g, OP_eq, var, zero);
    Node *root = graph_unary(g, OP_sqrt, graph_where(g, flat, one, var));
    return reduction_finish(call, &r, graph_cast(g, graph_where(g, flat, zero, root), dtype));
}

/* ---- extremes ---- */

static bool want_elements(Call *call, const Reduction *r)
{
    for (int i = 0; i < r->count; i++) {
        if (r->x->type.dims[r->axes[i]].size > 0)
            continue;
        call_fail(call, 0, "leave the empty tensor out, or reduce another axis",
                  "%s of nothing: axis %d of %s is empty", call->builtin->name, r->axes[i],
                  call_type_text(call, r->x));
        return false;
    }
    return true;
}

Value call_largest(Call *call)
{
    Reduction r;
    if (!reduction_read(call, &r) || !want_elements(call, &r))
        return value_error();
    const Op op = strcmp(call->builtin->name, "max") == 0 ? OP_max : OP_min;
    return reduction_finish(call, &r, reduce(call, &r, op, r.x));
}

/* Without an axis, the place in the flattened tensor. */
static bool flatten_all(Call *call, Reduction *r)
{
    Type flat = {.rank = 1, .dims = {dim_fixed(1)}};
    const int batch = type_batch_axis(&r->x->type);
    if (batch > 0) {
        call_fail(call, -1, "give an axis",
                  "%s of all elements of %s, whose first axis is not "
                  "the batch",
                  call->builtin->name, call_type_text(call, r->x));
        return false;
    }
    if (!type_count(&r->x->type, 1, &flat.dims[0].size))
        return false;
    flat.dims[0].batch = batch == 0;
    r->x = graph_reshape(elab_graph(call->e), r->x, &flat);
    r->axes[0] = 0;
    r->count = 1;
    return true;
}

Value call_argument(Call *call)
{
    Reduction r;
    if (!reduction_read(call, &r) || !want_elements(call, &r))
        return value_error();
    const bool all = !call_has(call, 1) && r.x->type.rank != 1;
    if (call_has(call, 1) && r.count != 1)
        return call_fail(call, 1, NULL, "%s goes along one axis", call->builtin->name);
    if (all && r.keep)
        return call_fail(call, 2, NULL, "%s needs an axis to keep its dimensions",
                         call->builtin->name);
    if (all && !flatten_all(call, &r))
        return value_error();
    const Op op = strcmp(call->builtin->name, "argmax") == 0 ? OP_argmax : OP_argmin;
    return reduction_finish(call, &r, reduce(call, &r, op, r.x));
}

/* Is nothing reduced: does one of the axes have size 0? */
static bool reduces_nothing(const Reduction *r)
{
    for (int i = 0; i < r->count; i++)
        if (r->x->type.dims[r->axes[i]].size == 0)
            return true;
    return false;
}

/* Of bools the largest is `any`, the smallest `all`; of no bools there is not any, but all are. */
Value call_any(Call *call)
{
    Graph *g = elab_graph(call->e);
    Reduction r;
    if (!reduction_read(call, &r))
        return value_error();
    const Op op = strcmp(call->builtin->name, "any") == 0 ? OP_max : OP_min;
    r.x = graph_cast(g, r.x, DT_BOOL);
    if (!reduces_nothing(&r))
        return reduction_finish(call, &r, reduce(call, &r, op, r.x));
    Type type = r.x->type;
    for (int i = 0; i < r.count; i++)
        type.dims[r.axes[i]] = dim_fixed(1);
    return reduction_finish(call, &r, graph_const(g, scalar_int(DT_BOOL, op == OP_min), &type));
}
