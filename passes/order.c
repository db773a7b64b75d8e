/* order.c -- orders of axes, and what views make of them.
 *
 *     window along axis 2 of [0, 2, 3, 1]     [0, 2, 3, 4, 1]: the taps behind their places
 *     reshape [n, g, m, h, w] to [n, g m, h, w]   [0, 3, 4, 1, 2] becomes [0, 2, 3, 1] */
#include "passes/channels_last.h"

Type order_type(const Type *type, const Order *order)
{
    Type out = *type;
    for (int k = 0; k < type->rank; k++)
        out.dims[k] = type->dims[order->axes[k]];
    return out;
}

int order_place(const Order *order, int rank, int axis)
{
    for (int k = 0; k < rank; k++)
        if (order->axes[k] == axis)
            return k;
    ice("axis %d is in no place", axis);
}

bool order_is_plain(const Order *order, int rank)
{
    for (int k = 0; k < rank; k++)
        if (order->axes[k] != k)
            return false;
    return true;
}

Order order_of_window(const Order *order, const Node *n)
{
    const int axis = n->attr.axes[0];
    Order out = {{0}};
    int count = 0;
    for (int k = 0; k < n->args[0]->type.rank; k++) {
        const int at = order->axes[k];
        out.axes[count++] = at + (at > axis);
        if (at == axis)
            out.axes[count++] = at + 1;
    }
    return out;
}

bool order_of_fold(const Order *order, const Node *n, Order *out)
{
    const int axis = n->attr.axes[0], rank = n->args[0]->type.rank;
    const int place = order_place(order, rank, axis);
    int count = 0;
    if (place + 1 == rank || order->axes[place + 1] != axis + 1)
        return false;
    for (int k = 0; k < rank; k++)
        if (k != place + 1)
            out->axes[count++] = order->axes[k] - (order->axes[k] > axis);
    return true;
}

/* ---- reshapes ---- */

typedef struct Groups { /* axes of two shapes, matched in groups of as many elements, from the left
                         */
    int of_from[MAX_RANK], of_to[MAX_RANK]; /* the group of each axis; -1: its size is 1 */
    int count;
} Groups;

static int64_t take(const Type *type, int *at, int *groups, int group)
{
    groups[*at] = dim_is_one(type->dims[*at]) ? -1 : group;
    return type->dims[(*at)++].size;
}

static void skip_ones(const Type *type, int *at, int *groups)
{
    while (*at < type->rank && dim_is_one(type->dims[*at]))
        groups[(*at)++] = -1;
}

/* A batch dimension begins a group in both, for the sizes before it are the same. */
static bool match_groups(const Type *from, const Type *to, Groups *out)
{
    int a = 0, b = 0;
    out->count = 0;
    for (;;) {
        skip_ones(from, &a, out->of_from);
        skip_ones(to, &b, out->of_to);
        if (a == from->rank && b == to->rank)
            return true;
        int64_t size_a = a < from->rank ? take(from, &a, out->of_from, out->count) : 1;
        int64_t size_b = b < to->rank ? take(to, &b, out->of_to, out->count) : 1;
        while (size_a != size_b) {
            if (size_a < size_b && a < from->rank)
                size_a *= take(from, &a, out->of_from, out->count);
            else if (size_b < size_a && b < to->rank)
                size_b *= take(to, &b, out->of_to, out->count);
            else
                return false;
        }
        if (size_a == 0)
            return false;
        out->count++;
    }
}

/* Each group's axes must lie together, in order; what it becomes then does so in its place.  Axes
 * of size 1 go last. */
bool order_of_reshape(const Order *order, const Type *from, const Type *to, Order *out)
{
    Groups groups;
    int last = -1, axis_before = -1, count = 0;
    bool seen[2 * MAX_RANK] = {false};
    if (!match_groups(from, to, &groups))
        return false;
    for (int k = 0; k < from->rank; k++) {
        const int axis = order->axes[k], group = groups.of_from[axis];
        if (group < 0)
            continue;
        if (group == last ? axis < axis_before : seen[group])
            return false;
        axis_before = axis;
        if (group == last)
            continue;
        last = group;
        seen[group] = true;
        for (int i = 0; i < to->rank; i++)
            if (groups.of_to[i] == group)
                out->axes[count++] = i;
    }
    for (int i = 0; i < to->rank; i++)
        if (groups.of_to[i] < 0)
            out->axes[count++] = i;
    return count == to->rank;
}

const char *order_labels(Arena *arena, const char *labels, const Order *order)
{
    char out[MAX_RANK + 1] = {0};
    for (int k = 0; labels[k]; k++)
        out[k] = labels[order->axes[k]];
    return arena_strdup(arena, out);
}
