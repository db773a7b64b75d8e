/* conv_order.c -- which axes of images go last: told by the products over their windows.
 *
 *     contract %x %w labels=ncokpl,mckl->nmop      x: windows with places o, p and taps k, l
 *         reads the images in the order n h w c, and makes n o p m
 *     contract %dy %x labels=nmop,ncokpl->mckl     the gradient by the weight: the taps remain
 *         makes k l c m
 *
 * Labels fall into those of the images alone (n), places and taps, those that both operands have
 * (c; or g, of groups), and those of the other operand alone (m). */
#include <string.h>

#include "passes/channels_last.h"

/* ---- places and taps ---- */

static char *copy_roles(const Layout *l, const Node *n)
{
    return arena_strdup(l->g->arena, l->roles[n->args[0]->id]);
}

static char *roles_of_window(const Layout *l, const Node *n)
{
    const int axis = n->attr.axes[0], rank = n->type.rank;
    const char *had = l->roles[n->args[0]->id];
    char roles[MAX_RANK + 1] = {0};
    for (int k = 0; k < rank; k++)
        roles[k] = k == axis       ? ROLE_PLACE
                   : k == axis + 1 ? ROLE_TAP
                   : had           ? had[k - (k > axis)]
                                   : ROLE_NONE;
    return arena_strdup(l->g->arena, roles);
}

void layout_find_windows(Layout *l)
{
    l->roles = arena_array(l->g->arena, char *, l->ids);
    for (int i = 0; i < l->g->nodes.count; i++) {
        const Node *n = l->g->nodes.data[i];
        if (n->op == OP_window)
            l->roles[n->id] = roles_of_window(l, n);
        else if ((n->op == OP_slice || n->op == OP_pad) && l->roles[n->args[0]->id])
            l->roles[n->id] = copy_roles(l, n);
    }
}

/* ---- labels ---- */

typedef struct Labels {
    const char *images, *other, *out;
    const char *roles; /* of the images' axes */
    int operand;       /* that is the images */
} Labels;

static bool has(const char *labels, char label)
{
    return strchr(labels, label) != NULL;
}

static bool keeps(const Labels *x, char role)
{
    for (int k = 0; x->images[k]; k++)
        if (x->roles[k] == role && has(x->out, x->images[k]))
            return true;
    return false;
}

/* Where both operands are windows, the images are those whose places the result has. */
static bool find_labels(const Layout *l, const Node *n, Labels *out)
{
    bool found = false;
    for (int k = 0; k < 2; k++) {
        const Node *arg = n->args[k];
        const char *const *labels = n->attr.labels;
        if (arg->id >= l->ids || !l->roles[arg->id])
            continue;
        const Labels x = {labels[k], labels[1 - k], labels[2], l->roles[arg->id], k};
        if (!found || keeps(&x, ROLE_PLACE))
            *out = x;
        found = true;
    }
    return found;
}

/* Along which label images follow each other, or '\0' for none. */
static bool is_leading(const Labels *x, int axis)
{
    const char label = x->images[axis];
    if (x->roles[axis] != ROLE_NONE)
        return false;
    return keeps(x, ROLE_PLACE) ? !has(x->other, label) : !has(x->out, label);
}

/* ---- what a product wants to read ---- */

/* The images, images' numbers first, then height and width, groups, and channels last. */
static void want_order(const Layout *l, const Labels *x, const Node *images)
{
    const Node *base = images;
    char part[MAX_RANK]; /* of the axes of base: 0 to 3, in this order */
    Order order = {{0}};
    int count = 0;
    for (int k = 0; k < images->type.rank; k++)
        part[k] = is_leading(x, k)                                           ? 0
                  : x->roles[k] != ROLE_NONE                                 ? 1
                  : has(x->other, x->images[k]) && has(x->out, x->images[k]) ? 2
                                                                             : 3;
    while (l->roles[base->id]) { /* the taps go again */
        if (base->op == OP_window)
            memmove(part + base->attr.axes[0], part + base->attr.axes[0] + 1,
                    (size_t)(base->type.rank - base->attr.axes[0] - 1));
        base = base->args[0];
    }
    for (int p = 0; p < 4; p++)
        for (int k = 0; k < base->type.rank; k++)
            if (part[k] == p)
                order.axes[count++] = k;
    if (l->want[base->id] || order_is_plain(&order, base->type.rank))
        return;
    l->want[base->id] = arena_new_of(l->g->arena, Order);
    *l->want[base->id] = order;
}

void layout_find_wants(Layout *l)
{
    Labels x;
    l->want = arena_array(l->g->arena, Order *, l->ids);
    for (int i = 0; i < l->g->nodes.count; i++) {
        const Node *n = l->g->nodes.data[i];
        if (n->op == OP_contract && find_labels(l, n, &x))
            want_order(l, &x, n->args[x.operand]);
    }
}

/* ---- what it makes ---- */

/* Axes of the result with labels in these parts: of the images alone or not, of the other or not.
 */
static void take_labels(const Labels *x, const char *labels, bool in_images, bool in_other,
                        char role, Order *order, int *count)
{
    for (int k = 0; labels[k]; k++) {
        const char *at = strchr(x->out, labels[k]);
        if (!at || has(x->images, labels[k]) != in_images || has(x->other, labels[k]) != in_other)
            continue;
        const bool of_windows = labels == x->images && x->roles[k] != ROLE_NONE;
        if ((role != ROLE_NONE) == of_windows)
            order->axes[(*count)++] = (int)(at - x->out);
    }
}

static bool order_over_windows(const Labels *x, Order *out)
{
    int count = 0;
    const bool places = keeps(x, ROLE_PLACE);
    if (places)
        take_labels(x, x->images, true, false, ROLE_NONE, out, &count);
    take_labels(x, x->images, true, false, ROLE_PLACE, out, &count);
    take_labels(x, x->images, true, true, ROLE_NONE, out, &count);
    if (!places)
        take_labels(x, x->images, true, false, ROLE_NONE, out, &count);
    take_labels(x, x->other, false, true, ROLE_NONE, out, &count);
    return count == (int)strlen(x->out);
}

/* Labels of the images in the order in which these lie. */
static const char *images_in_order(const Layout *l, const Node *n, const Labels *x)
{
    const Ordered *form = &l->form[n->args[x->operand]->id];
    return form->node ? order_labels(l->g->arena, x->images, &form->order) : x->images;
}

static bool is_one(const Node *n, int operand, const char *at)
{
    return dim_is_one(n->args[operand]->type.dims[at - n->attr.labels[operand]]);
}

/* Of a weight's labels: 0 groups, 1 taps and what else is summed, 2 those of the result alone. */
static int part_of(const Labels *x, char label)
{
    return !has(x->images, label) ? 2 : has(x->out, label) ? 0 : 1;
}

/* As many groups as channels: the groups are the channels. */
static bool has_group_for_each(const Node *n, const Labels *x)
{
    bool each = false;
    for (const char *c = x->other; *c; c++) {
        const char *at = strchr(x->images, *c);
        const bool tap = at && x->roles[at - x->images] != ROLE_NONE;
        const bool one = is_one(n, 1 - x->operand, c);
        if (part_of(x, *c) > 0 && !tap && !one)
            return false;
        each = each || (part_of(x, *c) == 0 && !one);
    }
    return each;
}

/* What both have, groups first, as it lies in the images; then the rest.  Groups go behind the taps
 * where they are the channels. */
bool layout_order_of_weight(const Layout *l, const Node *n, int *operand, Order *out)
{
    static const int orders[2][3] = {{0, 1, 2}, {1, 0, 2}};
    Labels x;
    int count = 0;
    if (!find_labels(l, n, &x) || l->form[n->args[1 - x.operand]->id].node)
        return false;
    const char *images = images_in_order(l, n, &x);
    const int *order = orders[has_group_for_each(n, &x)];
    for (int pass = 0; pass < 3; pass++)
        for (const char *c = order[pass] < 2 ? images : x.other; *c; c++) {
            const char *at = strchr(x.other, *c);
            if (at && part_of(&x, *c) == order[pass])
                out->axes[count++] = (int)(at - x.other);
        }
    *operand = 1 - x.operand;
    return true;
}

/* A convolution of single elements: the labels of what has an order, as they lie, then the others.
 */
static bool order_of_operand(const Layout *l, const Node *n, int k, Order *out)
{
    const char *labels = n->attr.labels[k], *other = n->attr.labels[1 - k];
    int count = 0, own = 0;
    if (!l->form[n->args[k]->id].node)
        return false;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; labels[i]; i++) {
            const char label = labels[l->form[n->args[k]->id].order.axes[i]];
            const char *at = strchr(n->attr.labels[2], label);
            if (!at || has(other, label) != (pass == 1))
                continue;
            out->axes[count++] = (int)(at - n->attr.labels[2]);
            own += pass == 0 && !dim_is_one(n->type.dims[at - n->attr.labels[2]]);
        }
    for (int i = 0; other[i]; i++) {
        const char *at = strchr(n->attr.labels[2], other[i]);
        if (at && !has(labels, other[i]))
            out->axes[count++] = (int)(at - n->attr.labels[2]);
    }
    return own >= 2 && count == n->type.rank;
}

bool layout_is_of_weight(const Layout *l, const Node *n)
{
    Labels x;
    return find_labels(l, n, &x) && !keeps(&x, ROLE_PLACE);
}

bool layout_order_of_product(const Layout *l, const Node *n, Order *out)
{
    Labels x;
    if (find_labels(l, n, &x))
        return order_over_windows(&x, out) && !order_is_plain(out, n->type.rank);
    for (int k = 0; k < 2; k++)
        if (order_of_operand(l, n, k, out))
            return !order_is_plain(out, n->type.rank);
    return false;
}
