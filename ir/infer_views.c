/* infer_views.c -- the type rules of views: elements of tensors in other places.
 *
 * In: an operand, and mostly the shape that is wanted.  Out: whether it can be had:
 *
 *     reshape f32[batch, 2, 3] to f32[2*batch, 3]    sound, for the samples stay outermost
 *     slice   i8[10] from 9 by -3 to i8[4]           elements 9, 6, 3, 0
 *     slice   f32[batch] to f32[3]                   "slice cannot cut f32[batch] along the batch"
 *     window  f32[batch, 8] to f32[batch, 3, 4] by 2    three windows of 4, 2 apart
 */
#include "ir/infer_rules.h"

#include "support/checked.h"

static bool want_dtype(const InferCall *call, const Type *x, const Type *out, const char **why)
{
    if (x->dtype != out->dtype)
        return infer_refuse(call, why, "%s of %s cannot change the dtype to %s",
                            op_info[call->op].name, infer_show(call, x),
                            dtype_info[out->dtype].name);
    return true;
}

static bool want_rank(const InferCall *call, const Type *x, const Type *out, const char **why)
{
    if (x->rank != out->rank)
        return infer_refuse(call, why, "%s of %s cannot change the rank to %d",
                            op_info[call->op].name, infer_show(call, x), out->rank);
    return true;
}

/* The product of the constant sizes before the batch dimension: the samples' place. */
static bool count_before_batch(const Type *type, int64_t *count)
{
    Type outer = *type;
    outer.rank = type_batch_axis(type);
    return type_count(&outer, 1, count);
}

bool infer_reshape(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    int64_t had, has;
    if (!want_dtype(call, x, out, why))
        return false;
    const bool batched = type_batch_axis(x) >= 0;
    if (!type_count(x, 1, &had) || !type_count(out, 1, &has) || had != has ||
        batched != (type_batch_axis(out) >= 0))
        return infer_refuse(call, why, "%s cannot become %s: the numbers of elements differ",
                            infer_show(call, x), infer_show(call, out));
    if (batched && (!count_before_batch(x, &had) || !count_before_batch(out, &has) || had != has))
        return infer_refuse(
            call, why,
            "%s cannot become %s: a merged batch dimension must be the outermost of its "
            "group, for samples stay whole",
            infer_show(call, x), infer_show(call, out));
    return true;
}

bool infer_permute(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    bool seen[MAX_RANK] = {false};
    *out = *x;
    if (call->attr->axis_count != x->rank)
        return infer_refuse(call, why, "%d axes to permute %s", call->attr->axis_count,
                            infer_show(call, x));
    for (int i = 0; i < x->rank; i++) {
        const int axis = call->attr->axes[i];
        if (!infer_want_axis(call, axis, x, why))
            return false;
        if (seen[axis])
            return infer_refuse(call, why, "axis %d stands twice", axis);
        seen[axis] = true;
        out->dims[i] = x->dims[axis];
    }
    return true;
}

bool infer_expand(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    if (!want_dtype(call, x, out, why) || !want_rank(call, x, out, why))
        return false;
    for (int i = 0; i < x->rank; i++)
        if (!dim_is_one(x->dims[i]) && !dim_equal(x->dims[i], out->dims[i]))
            return infer_refuse(call, why, "%s cannot become %s: axis %d is not of size 1",
                                infer_show(call, x), infer_show(call, out), i);
    return true;
}

/* count positions start, start + step, ... all lie in [0, size); -step can be computed. */
static bool positions_fit(int64_t start, int64_t step, int64_t count, int64_t size)
{
    int64_t last;
    if (step == 0 || step < -INT64_MAX || start < 0)
        return false;
    if (count == 0)
        return start <= size;
    return checked_mul(count - 1, step, &last) && checked_add(last, start, &last) && start < size &&
           last >= 0 && last < size;
}

/* The elements of `part` lie along one axis of `whole` at start + i * step. */
static bool want_positions(const InferCall *call, const Type *part, const Type *whole, int axis,
                           const char **why)
{
    const int64_t start = call->attr->start[axis], step = call->attr->step[axis];
    const Dim p = part->dims[axis], w = whole->dims[axis];
    if (p.batch || w.batch) {
        if (!dim_equal(p, w) || start != 0 || step != 1)
            return infer_refuse(call, why, "%s cannot cut %s along the batch",
                                op_info[call->op].name, infer_show(call, whole));
        return true;
    }
    if (!positions_fit(start, step, p.size, w.size))
        return infer_refuse(
            call, why, "axis %d: %lld elements from %lld by %lld do not fit into %lld", axis,
            (long long)p.size, (long long)start, (long long)step, (long long)w.size);
    return true;
}

bool infer_slice(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    if (!want_dtype(call, x, out, why) || !want_rank(call, x, out, why))
        return false;
    for (int axis = 0; axis < x->rank; axis++)
        if (!want_positions(call, out, x, axis, why))
            return false;
    return true;
}

bool infer_pad(const InferCall *call, Type *out, const char **why)
{
    const Type *x = infer_arg(call, 0);
    if (!want_dtype(call, x, out, why) || !want_rank(call, x, out, why))
        return false;
    if (call->attr->value.dtype != x->dtype)
        return infer_refuse(call, why, "the fill is %s in %s",
                            dtype_info[call->attr->value.dtype].name, infer_show(call, x));
    for (int axis = 0; axis < x->rank; axis++)
        if (!want_positions(call, x, out, axis, why))
            return false;
    return true;
}

bool infer_concat(const InferCall *call, Type *out, const char **why)
{
    if (call->arity == 0)
        return infer_refuse(call, why, "concat of nothing");
    const int axis = call->attr->axes[0];
    *out = *infer_arg(call, 0);
    if (!infer_want_axis(call, axis, out, why))
        return false;
    for (int i = 0; i < call->arity; i++) {
        Type like = *infer_arg(call, i);
        if (like.rank == out->rank && like.dims[axis].batch)
            return infer_refuse(call, why, "%s cannot be joined along the batch",
                                infer_show(call, &like));
        const int64_t size = axis < like.rank ? like.dims[axis].size : 0;
        like.dims[axis] = out->dims[axis];
        if (!type_equal(&like, out))
            return infer_refuse(call, why, "%s and %s cannot be joined along axis %d",
                                infer_show(call, infer_arg(call, 0)),
                                infer_show(call, infer_arg(call, i)), axis);
        if (i > 0 && !checked_add(out->dims[axis].size, size, &out->dims[axis].size))
            return infer_refuse(call, why, "the joined axis %d is too large", axis);
    }
    return true;
}

/* ---- windows ---- */

/* `whole` has one axis where `spread` has places and taps, which all lie in it. */
static bool want_windows(const InferCall *call, const Type *whole, const Type *spread,
                         const char **why)
{
    const int axis = call->attr->axes[0];
    const int64_t step = call->attr->step[0], dilation = call->attr->step[1];
    int64_t last_place, last_tap, last;
    if (!infer_want_axis(call, axis, whole, why))
        return false;
    Type rest = *spread; /* without the taps, and with the whole's axis: must be the whole */
    bool fits = spread->rank == whole->rank + 1;
    if (fits) {
        for (int k = axis + 1; k + 1 < spread->rank; k++)
            rest.dims[k] = spread->dims[k + 1];
        rest.dims[axis] = whole->dims[axis];
        rest.rank--;
        fits = type_equal(&rest, whole) && !whole->dims[axis].batch && !spread->dims[axis].batch &&
               !spread->dims[axis + 1].batch;
    }
    if (!fits)
        return infer_refuse(call, why, "%s are no windows along axis %d of %s",
                            infer_show(call, spread), axis, infer_show(call, whole));
    const int64_t places = spread->dims[axis].size, taps = spread->dims[axis + 1].size;
    if (step < 1 || dilation < 1)
        return infer_refuse(call, why, "steps of %lld and %lld: they must be 1 at least",
                            (long long)step, (long long)dilation);
    if (places > 0 && taps > 0 &&
        (!checked_mul(places - 1, step, &last_place) ||
         !checked_mul(taps - 1, dilation, &last_tap) || !checked_add(last_place, last_tap, &last) ||
         last >= whole->dims[axis].size))
        return infer_refuse(call, why,
                            "axis %d: %lld windows of %lld by %lld and %lld do not fit into %lld",
                            axis, (long long)places, (long long)taps, (long long)step,
                            (long long)dilation, (long long)whole->dims[axis].size);
    return true;
}

bool infer_window(const InferCall *call, Type *out, const char **why)
{
    return want_windows(call, infer_arg(call, 0), out, why);
}

bool infer_fold(const InferCall *call, Type *out, const char **why)
{
    if (out->dtype == DT_BOOL)
        return infer_refuse(call, why, "%s is not of numbers", infer_show(call, out));
    return want_windows(call, out, infer_arg(call, 0), why);
}
