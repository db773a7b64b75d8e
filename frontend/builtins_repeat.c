/* builtins_repeat.c -- tensors made larger from what they hold: repeat, tile, pad.
 *
 *     repeat(x, 2, 1)                      f32[6, 4] from f32[3, 4]
 *     tile(x, 2)                           f32[3, 8]
 *     pad(x, [1, 2])                       f32[3, 7], zeros at both ends of the last axis
 *     pad(x, [1, 1], mode = "reflect")     its own elements, mirrored at the first and the last
 *
 * Nothing is repeated along the batch dimension. */
#include "frontend/builtins.h"

#include <string.h>

#include "support/checked.h"

/* ---- repeat ---- */

static Type type_with_axis(const Type *type, int axis)
{
    Type longer = *type;
    longer.rank++;
    for (int i = 0; i < longer.rank; i++)
        longer.dims[i] = i == axis ? dim_fixed(1) : type->dims[i - (i > axis)];
    return longer;
}

/* With new axes in front. */
static Node *raised(Call *call, Node *x, int rank)
{
    while (x->type.rank < rank) {
        const Type longer = type_with_axis(&x->type, 0);
        x = graph_reshape(elab_graph(call->e), x, &longer);
    }
    return x;
}

/* As few axes as repeating one needs: what lies before it, and the axis with what lies behind. */
static bool fold_at(const Type *type, int axis, Type *folded)
{
    *folded = (Type){.dtype = type->dtype, .rank = 2, .dims = {dim_fixed(1), dim_fixed(1)}};
    for (int i = 0; i < type->rank; i++) {
        int64_t *size = &folded->dims[i >= axis].size;
        if (!checked_mul(*size, type->dims[i].size, size))
            return false;
    }
    return true;
}

/* One axis repeated: a new axis before it grows, and both merge. */
static Node *repeat_axis(Call *call, Node *x, int axis, int64_t times)
{
    Graph *g = elab_graph(call->e);
    const bool full = x->type.rank == MAX_RANK; /* there is no room for the new axis */
    const int at = full ? 1 : axis;
    Type merged = x->type, had = x->type;
    if (!checked_mul(merged.dims[axis].size, times, &merged.dims[axis].size) ||
        (full && !fold_at(&x->type, axis, &had))) {
        call_fail(call, -1, NULL, "the repeated tensor is too large");
        return NULL;
    }
    const Type with_times = type_with_axis(&had, at);
    Type grown = with_times;
    grown.dims[at] = dim_fixed(times);
    if (!type_within_limits(call->e, &grown, call->loc) ||
        !type_within_limits(call->e, &merged, call->loc))
        return NULL;
    return graph_reshape(g, graph_expand(g, graph_reshape(g, x, &with_times), &grown), &merged);
}

static Node *repeat_checked(Call *call, Node *x, int axis, const Value *times)
{
    int64_t n;
    if (!value_want_int(call->e, times, call->loc, "a count", &n))
        return NULL;
    if (n == 1)
        return x;
    if (n < 0)
        call_fail(call, -1, NULL, "a count must be 0 or more");
    else if (x->type.dims[axis].batch)
        call_fail(call, -1, NULL, "cannot repeat %s along the batch dimension",
                  call_type_text(call, x));
    else if (x->type.rank == MAX_RANK && type_batch_axis(&x->type) >= 0)
        call_fail(call, -1, NULL, "%s takes at most %d dimensions with the batch",
                  call->builtin->name, MAX_RANK - 1);
    else
        return repeat_axis(call, x, axis, n);
    return NULL;
}

static Value repeat_all(Call *call, Node *x, const Value *times, int count)
{
    x = raised(call, x, count);
    for (int i = 0; x && i < count; i++)
        x = repeat_checked(call, x, x->type.rank - count + i, &times[i]);
    return x ? value_tensor(x) : value_error();
}

Value call_repeat(Call *call)
{
    Node *x = call_tensor(call, 0);
    int count;
    const Value *times = call_rest(call, &count);
    if (!x)
        return value_error();
    if (count < x->type.rank || count > MAX_RANK)
        return call_fail(call, -1, NULL, "repeat needs a count for each axis of %s, up to %d",
                         call_type_text(call, x), MAX_RANK);
    return repeat_all(call, x, times, count);
}

/* Counts that are missing in front are 1. */
Value call_tile(Call *call)
{
    Node *x = call_tensor(call, 0);
    int count;
    const Value *times = call_rest(call, &count);
    if (!x)
        return value_error();
    if (count > MAX_RANK)
        return call_fail(call, -1, NULL, "tile takes at most %d counts", MAX_RANK);
    return repeat_all(call, x, times, count);
}

/* ---- pad: what is asked for ---- */

typedef struct Border { /* of one axis */
    int axis;
    int64_t left, right;
} Border;

static bool border_read(Call *call, const Node *x, const Value *sides, Border *b)
{
    if (!value_want_int(call->e, &sides[0], call->locs[1], "a border's width", &b->left) ||
        !value_want_int(call->e, &sides[1], call->locs[1], "a border's width", &b->right))
        return false;
    const char *problem = NULL;
    int64_t size = x->type.dims[b->axis].size;
    if (b->left < 0 || b->right < 0)
        problem = "a border's width must be 0 or more; slices cut";
    else if (x->type.dims[b->axis].batch && (b->left > 0 || b->right > 0))
        problem = "cannot pad along the batch dimension";
    else if (!checked_add(size, b->left, &size) || !checked_add(size, b->right, &size))
        problem = "the padded tensor is too large";
    if (problem)
        call_fail(call, 1, NULL, "%s (axis %d of %s)", problem, b->axis, call_type_text(call, x));
    return !problem;
}

/* Widths stand from the last axis backwards; how many axes have some, or -1. */
static int borders_read(Call *call, const Node *x, Border *borders)
{
    const Value *list = &call->args[1];
    const int given = list->kind == VALUE_LIST ? list->items->count : 0;
    if (given == 0 || given % 2 != 0 || given / 2 > x->type.rank) {
        call_fail(call, 1, "[left, right] of the last axis, then of the one before",
                  "pad of %s needs a list of two widths an axis", call_type_text(call, x));
        return -1;
    }
    for (int i = 0; i < given / 2; i++) {
        borders[i].axis = x->type.rank - 1 - i;
        if (!border_read(call, x, &list->items->data[2 * i], &borders[i]))
            return -1;
    }
    return given / 2;
}

/* The number that fills the border, 0 by default. */
static bool pad_fill(Call *call, DType dtype, Scalar *fill)
{
    const Value zero = value_int(0), *value = call_has(call, 3) ? &call->args[3] : &zero;
    if (value_is_number(value))
        return value_to_scalar(call->e, value, dtype, call->locs[3], fill);
    call_fail(call, 3, NULL, "pad's value must be a number known when compiling, not %s",
              value_describe(call->e, value));
    return false;
}

/* ---- by a number ---- */

static Value pad_constant(Call *call, Node *x, const Border *borders, int count)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Scalar fill;
    Type type = x->type;
    for (int i = 0; i < type.rank; i++)
        step[i] = 1;
    for (int i = 0; i < count; i++) {
        type.dims[borders[i].axis].size += borders[i].left + borders[i].right;
        start[borders[i].axis] = borders[i].left;
    }
    if (!pad_fill(call, x->type.dtype, &fill) || !type_within_limits(call->e, &type, call->loc))
        return value_error();
    return value_tensor(graph_pad(elab_graph(call->e), x, start, step, fill, &type));
}

/* ---- by the tensor's own elements ---- */

static Node *part_of(Graph *g, Node *x, int axis, int64_t from, int64_t by, int64_t count)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Type type = x->type;
    for (int i = 0; i < type.rank; i++)
        step[i] = 1;
    start[axis] = count > 0 ? from : 0;
    step[axis] = count > 1 ? by : 1;
    type.dims[axis] = dim_fixed(count);
    return graph_slice(g, x, start, step, &type);
}

/* `width` elements before the first (after the last where `behind`) along the axis. */
static Node *border_part(Graph *g, const char *mode, Node *x, int axis, bool behind, int64_t width)
{
    const int64_t size = x->type.dims[axis].size;
    if (strcmp(mode, "reflect") == 0) /* the edge itself is not repeated */
        return part_of(g, x, axis, behind ? size - 2 : width, -1, width);
    if (strcmp(mode, "circular") == 0)
        return part_of(g, x, axis, behind ? 0 : size - width, 1, width);
    Node *edge = part_of(g, x, axis, behind ? size - 1 : 0, 1, 1);
    Type type = edge->type;
    type.dims[axis] = dim_fixed(width);
    return graph_expand(g, edge, &type);
}

static Node *pad_by_itself(Call *call, const char *mode, Node *x, const Border *b)
{
    Graph *g = elab_graph(call->e);
    const int64_t size = x->type.dims[b->axis].size;
    const int64_t most = strcmp(mode, "reflect") == 0    ? size - 1
                         : strcmp(mode, "circular") == 0 ? size
                         : size > 0                      ? INT64_MAX
                                                         : 0;
    Node *parts[3];
    int count = 0;
    if (b->left > most || b->right > most) {
        call_fail(call, 1, NULL, "a border of mode \"%s\" is at most %lld wide on axis %d of %s",
                  mode, (long long)(most > 0 ? most : 0), b->axis, call_type_text(call, x));
        return NULL;
    }
    Type whole = x->type;
    whole.dims[b->axis].size += b->left + b->right;
    if (!type_within_limits(call->e, &whole, call->loc))
        return NULL;
    if (b->left > 0)
        parts[count++] = border_part(g, mode, x, b->axis, false, b->left);
    parts[count++] = x;
    if (b->right > 0)
        parts[count++] = border_part(g, mode, x, b->axis, true, b->right);
    return count == 1 ? x : graph_concat(g, parts, count, b->axis);
}

static bool pad_mode(Call *call, const char **mode)
{
    static const char *const modes[] = {"constant", "reflect", "replicate", "circular"};
    const Value *given = &call->args[2];
    *mode = modes[0];
    if (given->kind == VALUE_NONE)
        return true;
    for (size_t i = 0; given->kind == VALUE_STRING && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(given->text, modes[i]) == 0) {
            *mode = modes[i];
            return true;
        }
    call_fail(call, 2, "modes are \"constant\", \"reflect\", \"replicate\" and \"circular\"",
              "pad's mode is %s", value_describe(call->e, given));
    return false;
}

Value call_pad(Call *call)
{
    Node *x = call_tensor(call, 0);
    Border borders[MAX_RANK];
    const char *mode;
    if (!x || !pad_mode(call, &mode))
        return value_error();
    const int count = borders_read(call, x, borders);
    if (count < 0)
        return value_error();
    if (strcmp(mode, "constant") == 0)
        return pad_constant(call, x, borders, count);
    if (call_has(call, 3))
        return call_fail(call, 3, NULL, "only mode \"constant\" takes a value");
    for (int i = 0; x && i < count; i++)
        x = pad_by_itself(call, mode, x, &borders[i]);
    return x ? value_tensor(x) : value_error();
}
