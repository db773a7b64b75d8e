/* lower_reduce.c -- reductions and products as loops around a local that holds the total.
 *
 *     sum over axis 1 at [i]      float t_sum = 0.0f;
 *                                 for (int64_t j = 0; j < 64; j++)
 *                                     t_sum += x[i * 64 + j]; */
#include <math.h>

#include "codegen/kexpr.h"
#include "codegen/lower_rules.h"
#include "support/checked.h"

/* ---- reductions ---- */

static int64_t lowest_int(DType dtype)
{
    return dtype_info[dtype].is_signed ? -((int64_t)1 << (dtype_info[dtype].bytes * 8 - 2)) * 2 : 0;
}

Scalar lower_start(Op op, DType dtype)
{
    const bool is_float = dtype_is_float(dtype);
    switch (op) {
    case OP_prod:
        return scalar_cast(scalar_int(DT_I64, 1), dtype);
    case OP_max:
    case OP_argmax:
        return is_float ? scalar_float(dtype, -INFINITY) : scalar_int(dtype, lowest_int(dtype));
    case OP_min:
    case OP_argmin:
        if (dtype == DT_BOOL)
            return scalar_int(dtype, 1);
        return is_float ? scalar_float(dtype, INFINITY) : scalar_int(dtype, ~lowest_int(dtype));
    default:
        return scalar_cast(scalar_int(DT_I64, 0), dtype);
    }
}

KExpr *lower_step(Lowering *l, Op op, KExpr *total, KExpr *x)
{
    const bool logic = x->dtype == DT_BOOL;
    const Op step = op == OP_prod  ? OP_mul
                    : op == OP_max ? (logic ? OP_or : OP_maximum)
                    : op == OP_min ? (logic ? OP_and : OP_minimum)
                                   : OP_add;
    return kexpr_op(l->arena, step, x->dtype, (KExpr *[]){total, x}, 2);
}

bool lower_sums_wide(const Lowering *l, const Node *n)
{
    enum { NARROW_TERMS = 1024 };
    int64_t terms = 1;
    if (n->op != OP_sum || !dtype_is_float(n->type.dtype) || n->type.dtype == DT_F64)
        return false;
    for (int i = 0; i < n->attr.axis_count; i++) {
        const Dim dim = n->args[0]->type.dims[n->attr.axes[i]];
        const int64_t samples = dim.batch ? l->batch_bound : 1;
        if (!checked_mul(terms, dim.size, &terms) || !checked_mul(terms, samples, &terms))
            return true;
    }
    return terms > NARROW_TERMS;
}

/* Sums and products of f16 and bf16 are kept in f32: they are rounded once. */
DType lower_total_dtype(const Lowering *l, const Node *n)
{
    if (lower_sums_wide(l, n))
        return DT_F64;
    const bool adds = n->op != OP_max && n->op != OP_min;
    return adds && dtype_is_half(n->type.dtype) ? DT_F32 : n->type.dtype;
}

static KExpr *reduce(Lowering *l, const Node *n, KExpr *const *index)
{
    const Node *x = n->args[0];
    const int depth = l->block.depth;
    KExpr *inner[MAX_RANK];
    const DType dtype = lower_total_dtype(l, n);
    KExpr *start = kexpr_number(l->arena, lower_start(n->op, dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, n), start);
    for (int axis = 0; axis < x->type.rank; axis++)
        inner[axis] = index[axis];
    for (int i = 0; i < n->attr.axis_count; i++)
        inner[n->attr.axes[i]] = lower_open_dim(l, x->type.dims[n->attr.axes[i]]);
    KExpr *value = kexpr_cast(l->arena, lower_value(l, x, inner), dtype);
    block_set(&l->block, total, lower_step(l, n->op, total, value));
    lower_close(l, depth);
    return kexpr_cast(l->arena, total, n->type.dtype);
}

/* ---- long sums: several at once, for one after the other waits for each addition ---- */

enum { LANES = 32, MOST_LANES = 64 };

/* The axis whose elements lie side by side, if it is summed over; or -1. */
static int lane_axis(const Lowering *l, const Node *n)
{
    const Type *type = &n->args[0]->type;
    if (l->options->level == 0 || !lower_sums_wide(l, n))
        return -1;
    for (int axis = type->rank - 1; axis >= 0; axis--) {
        if (dim_is_one(type->dims[axis]))
            continue;
        for (int i = 0; i < n->attr.axis_count; i++)
            if (n->attr.axes[i] == axis)
                return type->dims[axis].batch || type->dims[axis].size < 8 ? -1 : axis;
        return -1;
    }
    return -1;
}

/* lanes[v] += x[.. first + v ..] for `count` elements along the axis */
static void add_to_lanes(Lowering *l, const Node *n, KExpr **inner, int axis, KExpr *first,
                         int64_t count, Buffer *lanes)
{
    const int depth = l->block.depth;
    KExpr *lane = lower_open_dim(l, dim_fixed(count));
    inner[axis] = kexpr_add(l->arena, first, lane);
    KExpr *value = kexpr_cast(l->arena, lower_value(l, n->args[0], inner), DT_F64);
    block_accumulate(&l->block, lanes, lane, value);
    lower_close(l, depth);
}

static KExpr *sum_lanes(Lowering *l, const Buffer *lanes, const char *name)
{
    const int depth = l->block.depth;
    KExpr *start = kexpr_number(l->arena, lower_start(OP_sum, DT_F64));
    KExpr *total = block_let_mutable(&l->block, name, start);
    KExpr *lane = lower_open_dim(l, lanes->type.dims[0]);
    KExpr *value = kexpr_load(l->arena, (Buffer *)lanes, lane);
    block_set(&l->block, total, lower_step(l, OP_sum, total, value));
    lower_close(l, depth);
    return total;
}

static KExpr *reduce_in_lanes(Lowering *l, const Node *n, KExpr *const *index, int axis)
{
    Arena *arena = l->arena;
    const Type *type = &n->args[0]->type;
    const int64_t size = type->dims[axis].size, width = size > MOST_LANES ? LANES : size;
    const int depth = l->block.depth;
    KExpr *inner[MAX_RANK];
    Buffer *lanes = block_array(&l->block, "lanes",
                                &(Type){.dtype = DT_F64, .rank = 1, .dims = {dim_fixed(width)}});
    KExpr *lane = lower_open_dim(l, dim_fixed(width));
    block_store(&l->block, lanes, lane, kexpr_number(arena, lower_start(OP_sum, DT_F64)));
    lower_close(l, depth);
    for (int k = 0; k < type->rank; k++)
        inner[k] = index[k];
    for (int i = 0; i < n->attr.axis_count; i++)
        if (n->attr.axes[i] != axis)
            inner[n->attr.axes[i]] = lower_open_dim(l, type->dims[n->attr.axes[i]]);
    const int inside = l->block.depth;
    KExpr *block = lower_open_dim(l, dim_fixed(size / width));
    add_to_lanes(l, n, inner, axis, kexpr_mul(arena, block, kexpr_int(arena, width)), width, lanes);
    lower_close(l, inside);
    if (size % width > 0)
        add_to_lanes(l, n, inner, axis, kexpr_int(arena, size - size % width), size % width, lanes);
    lower_close(l, depth);
    return kexpr_cast(arena, sum_lanes(l, lanes, lower_name(l, n)), n->type.dtype);
}

KExpr *lower_sum(Lowering *l, const Node *n, KExpr *const *index)
{
    const int axis = lane_axis(l, n);
    return axis < 0 ? reduce(l, n, index) : reduce_in_lanes(l, n, index, axis);
}

KExpr *lower_prod(Lowering *l, const Node *n, KExpr *const *index)
{
    return reduce(l, n, index);
}

KExpr *lower_max(Lowering *l, const Node *n, KExpr *const *index)
{
    return reduce(l, n, index);
}

KExpr *lower_min(Lowering *l, const Node *n, KExpr *const *index)
{
    return reduce(l, n, index);
}

/* Is x before the best so far?  The first NaN beats all. */
static KExpr *beats(Lowering *l, Op op, KExpr *x, KExpr *best)
{
    KExpr *better =
        kexpr_op(l->arena, op == OP_argmax ? OP_gt : OP_lt, DT_BOOL, (KExpr *[]){x, best}, 2);
    if (!dtype_is_float(x->dtype))
        return better;
    KExpr *is_nan = kexpr_op(l->arena, OP_isnan, DT_BOOL, &x, 1);
    KExpr *was_nan = kexpr_op(l->arena, OP_isnan, DT_BOOL, &best, 1);
    KExpr *was_number = kexpr_op(l->arena, OP_not, DT_BOOL, &was_nan, 1);
    KExpr *first = kexpr_op(l->arena, OP_and, DT_BOOL, (KExpr *[]){is_nan, was_number}, 2);
    return kexpr_op(l->arena, OP_or, DT_BOOL, (KExpr *[]){better, first}, 2);
}

void lower_extreme_step(Lowering *l, Op op, KExpr *value, KExpr *here, KExpr *best, KExpr *at)
{
    value = block_let(&l->block, "x", value);
    KExpr *better = block_let(&l->block, "better", beats(l, op, value, best));
    block_set(&l->block, at,
              kexpr_op(l->arena, OP_where, DT_I64, (KExpr *[]){better, here, at}, 3));
    block_set(&l->block, best,
              kexpr_op(l->arena, OP_where, best->dtype, (KExpr *[]){better, value, best}, 3));
}

static KExpr *find_extreme(Lowering *l, const Node *n, KExpr *const *index)
{
    const Node *x = n->args[0];
    const int depth = l->block.depth, axis = n->attr.axes[0];
    KExpr *inner[MAX_RANK];
    KExpr *start = kexpr_number(l->arena, lower_start(n->op, x->type.dtype));
    KExpr *best = block_let_mutable(&l->block, "best", start);
    KExpr *at = block_let_mutable(&l->block, lower_name(l, n), kexpr_int(l->arena, 0));
    for (int i = 0; i < x->type.rank; i++)
        inner[i] = index[i];
    inner[axis] = lower_open_dim(l, x->type.dims[axis]);
    lower_extreme_step(l, n->op, lower_value(l, x, inner), inner[axis], best, at);
    lower_close(l, depth);
    return at;
}

KExpr *lower_argmax(Lowering *l, const Node *n, KExpr *const *index)
{
    return find_extreme(l, n, index);
}

KExpr *lower_argmin(Lowering *l, const Node *n, KExpr *const *index)
{
    return find_extreme(l, n, index);
}

/* ---- windows, added up ---- */

/* At i: over the taps k, the element at place (i - k dilation) / step, where there is one. */
KExpr *lower_fold(Lowering *l, const Node *n, KExpr *const *index)
{
    const Window w = node_window(n);
    const Node *x = n->args[0];
    Arena *arena = l->arena;
    const int depth = l->block.depth;
    KExpr *inner[MAX_RANK], *step = kexpr_int(arena, w.step);
    KExpr *start = kexpr_number(arena, lower_start(OP_sum, n->type.dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, n), start);
    for (int axis = 0; axis < x->type.rank; axis++)
        inner[axis] = index[axis <= w.axis ? axis : axis - 1];
    inner[w.axis + 1] = lower_open_dim(l, dim_fixed(w.taps));
    KExpr *back = kexpr_mul(arena, inner[w.axis + 1], kexpr_int(arena, w.dilation));
    KExpr *way = kexpr_sub(arena, index[w.axis], back);
    KExpr *reach = kexpr_int(arena, (w.places - 1) * w.step + 1);
    KExpr *there =
        kexpr_and(arena, kexpr_ge(arena, way, kexpr_int(arena, 0)), kexpr_lt(arena, way, reach));
    there =
        kexpr_and(arena, there, kexpr_eq(arena, kexpr_mod(arena, way, step), kexpr_int(arena, 0)));
    inner[w.axis] = kexpr_div(arena, way, step);
    l->guarded++; /* read only where it is */
    KExpr *value = kexpr_is_int(there, 0) ? start : lower_value(l, x, inner);
    l->guarded--;
    KExpr *none = kexpr_number(arena, lower_start(OP_sum, n->type.dtype));
    block_set(&l->block, total, lower_step(l, OP_sum, total, lower_select(l, there, value, none)));
    lower_close(l, depth);
    return total;
}

/* ---- products ---- */

void lower_bind_labels(const char *labels, KExpr *const *index, KExpr **by_label)
{
    for (int axis = 0; labels[axis]; axis++)
        by_label[labels[axis] - 'a'] = index[axis];
}

void lower_find_labels(const char *labels, KExpr *const *by_label, KExpr **index)
{
    for (int axis = 0; labels[axis]; axis++)
        index[axis] = by_label[labels[axis] - 'a'];
}

/* Labels that the result lacks are summed over, in the order of the operands. */
static void open_sums(Lowering *l, const Node *n, int operand, KExpr **by_label)
{
    const char *labels = n->attr.labels[operand];
    for (int axis = 0; labels[axis]; axis++)
        if (!by_label[labels[axis] - 'a'])
            by_label[labels[axis] - 'a'] = lower_open_dim(l, n->args[operand]->type.dims[axis]);
}

KExpr *lower_operand(Lowering *l, const Node *n, int operand, KExpr *const *by_label)
{
    KExpr *index[MAX_RANK];
    lower_find_labels(n->attr.labels[operand], by_label, index);
    return lower_value(l, n->args[operand], index);
}

KExpr *lower_contract(Lowering *l, const Node *n, KExpr *const *index)
{
    const int depth = l->block.depth;
    KExpr *by_label[26] = {NULL};
    const DType dtype = lower_total_dtype(l, n);
    KExpr *start = kexpr_number(l->arena, lower_start(OP_sum, dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, n), start);
    lower_bind_labels(n->attr.labels[2], index, by_label);
    open_sums(l, n, 0, by_label);
    open_sums(l, n, 1, by_label);
    KExpr *factors[2];
    for (int k = 0; k < 2; k++)
        factors[k] = kexpr_cast(l->arena, lower_operand(l, n, k, by_label), dtype);
    KExpr *product = kexpr_op(l->arena, OP_mul, dtype, factors, 2);
    block_set(&l->block, total, lower_step(l, OP_sum, total, product));
    lower_close(l, depth);
    return kexpr_cast(l->arena, total, n->type.dtype);
}
