/* axes.c -- following indices through views, products and reductions. */
#include "codegen/axes.h"

#include <string.h>

static Axes axes_all(const Type *type)
{
    Axes at = {{0}};
    for (int axis = 0; axis < type->rank; axis++)
        at.of[axis] = dim_is_one(type->dims[axis]) ? AXIS_ONE : AXIS_ANY;
    return at;
}

Axes axes_own(const Type *type)
{
    Axes at = axes_all(type);
    for (int axis = 0; axis < type->rank; axis++)
        if (at.of[axis] == AXIS_ANY)
            at.of[axis] = (signed char)axis;
    return at;
}

Axes axes_meet(const Type *type, const Axes *a, const Axes *b)
{
    Axes at = *a;
    for (int axis = 0; axis < type->rank; axis++)
        if (a->of[axis] != b->of[axis])
            at.of[axis] = AXIS_ANY;
    return at;
}

bool axes_equal(const Type *type, const Axes *a, const Axes *b)
{
    return memcmp(a->of, b->of, (size_t)type->rank) == 0;
}

/* ---- views ---- */

static bool same_dim(Dim a, Dim b)
{
    return a.size == b.size && a.batch == b.batch;
}

/* Axes of size 1 come and go; the others keep their index as long as both sides agree from the left
 * or from the right: what lies between is regrouped. */
static Axes through_reshape(const Node *n, const Axes *at)
{
    const Type *from = &n->type, *to = &n->args[0]->type;
    Axes out = axes_all(to);
    for (int side = 0; side < 2; side++) {
        const int step = side == 0 ? 1 : -1;
        int a = side == 0 ? 0 : from->rank - 1, b = side == 0 ? 0 : to->rank - 1;
        while (a >= 0 && a < from->rank && b >= 0 && b < to->rank) {
            if (dim_is_one(from->dims[a])) {
                a += step;
            } else if (dim_is_one(to->dims[b])) {
                b += step;
            } else if (same_dim(from->dims[a], to->dims[b])) {
                out.of[b] = at->of[a];
                a += step;
                b += step;
            } else {
                break;
            }
        }
    }
    return out;
}

/* Of slices and pads: the axes that stay whole and in place.  (An axis of size 1 that is read at a
 * computed index is read anywhere, too: that the index is 0 is not seen.) */
static Axes through_window_of(const Node *n, const Axes *at)
{
    const Type *x = &n->args[0]->type;
    Axes out = axes_all(x);
    for (int axis = 0; axis < x->rank; axis++) {
        const bool whole = n->attr.start[axis] == 0 && n->attr.step[axis] == 1 &&
                           same_dim(x->dims[axis], n->type.dims[axis]);
        const bool batch = n->op == OP_pad && x->dims[axis].batch; /* which is never padded */
        out.of[axis] = whole || batch ? at->of[axis] : AXIS_ANY;
    }
    return out;
}

/* Axes before `first` and from `first + had` on keep their index; there are `has` between them. */
static Axes around(const Node *n, const Axes *at, int first, int had, int has)
{
    const Type *x = &n->args[0]->type;
    Axes out = axes_all(x);
    for (int axis = 0; axis < x->rank; axis++) {
        if (axis >= first && axis < first + has)
            out.of[axis] = AXIS_ANY;
        else
            out.of[axis] = at->of[axis < first ? axis : axis - has + had];
    }
    return out;
}

/* ---- labels ---- */

static Axes through_labels(const Type *type, const char *labels, const char *result, const Axes *at)
{
    Axes out = axes_all(type);
    for (int axis = 0; labels[axis]; axis++) {
        const char *found = strchr(result, labels[axis]);
        if (found)
            out.of[axis] = at->of[found - result];
    }
    return out;
}

/* A gather's result has label 2, its tensor 0; a scatter's the other way round. */
static Axes through_index(const Node *n, int operand, const Axes *at)
{
    const char *const *labels = n->attr.labels;
    const char *result = labels[n->op == OP_gather ? 2 : 0];
    const char *own = operand == 1 ? labels[1] : labels[n->op == OP_gather ? 0 : 2];
    Axes out = through_labels(&n->args[operand]->type, own, result, at);
    if (n->op == OP_gather && operand == 0)
        out.of[n->attr.axes[0]] = AXIS_ANY;
    return out;
}

/* ---- all ---- */

static Axes through_view(const Node *n, const Axes *at)
{
    const Type *x = &n->args[0]->type;
    Axes out = axes_all(x);
    switch (n->op) {
    case OP_reshape:
        return through_reshape(n, at);
    case OP_slice:
    case OP_pad:
        return through_window_of(n, at);
    case OP_window:
        return around(n, at, node_window(n).axis, 2, 1);
    case OP_permute:
        for (int axis = 0; axis < n->type.rank; axis++)
            out.of[n->attr.axes[axis]] = at->of[axis];
        return out;
    case OP_expand:
        for (int axis = 0; axis < x->rank; axis++)
            out.of[axis] = out.of[axis] == AXIS_ONE ? AXIS_ONE : at->of[axis];
        return out;
    default:
        return out;
    }
}

static Axes through_reduction(const Node *n, const Axes *at)
{
    if (n->op == OP_fold)
        return around(n, at, node_window(n).axis, 1, 2);
    const Axes all = axes_all(&n->args[0]->type);
    Axes out = all;
    for (int axis = 0; axis < n->type.rank; axis++)
        out.of[axis] = at->of[axis];
    for (int i = 0; i < n->attr.axis_count; i++)
        out.of[n->attr.axes[i]] = all.of[n->attr.axes[i]];
    return out;
}

Axes axes_of_operand(const Node *n, int operand, const Axes *at)
{
    const Type *x = &n->args[operand]->type;
    switch (op_info[n->op].class) {
    case CLASS_EWISE:
        return *at;
    case CLASS_VIEW:
        if (n->op == OP_concat)
            return around(n, at, n->attr.axes[0], 1, 1);
        return through_view(n, at);
    case CLASS_REDUCE:
        return through_reduction(n, at);
    case CLASS_CONTRACT:
        return through_labels(x, n->attr.labels[operand], n->attr.labels[2], at);
    case CLASS_INDEX:
        return through_index(n, operand, at);
    default:
        return axes_all(x);
    }
}
