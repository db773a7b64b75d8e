/* channels_last.c -- images lie with their channels last.
 *
 * In: any graph, after the passes that make it smaller.  Out: the same values; where products over
 * windows are near, tensors have their axes in the order in which they are to lie in memory, for
 * which everything behind this pass is row-major.
 *
 *     %2 = pad %x : f32[batch, 3, 34, 34]
 *     %3 = window %2 axis=3
 *     %4 = window %3 axis=2
 *     %5 = contract %4 %w labels=ncokpl,mckl->nmop : f32[batch, 8, 32, 32]
 *  =>
 *     %9 = permute %x axes=[0, 2, 3, 1]
 *     %10 = pad %9 : f32[batch, 34, 34, 3]
 *     %11 = window %10 axis=2
 *     %12 = window %11 axis=1
 *     %13 = permute %w axes=[2, 3, 1, 0]
 *     %14 = contract %12 %13 labels=nokplc,klcm->nopm : f32[batch, 32, 32, 8]
 *
 * So the taps of a row of the window and the channels are one run of memory, the channels of a
 * result another, and loops over both vectorise.  An order goes on from a product (conv_order.c) to
 * all that is computed from its result element by element, by views and by reductions; elsewhere,
 * and in results, a permute restores the plain one.  Variables keep theirs: as fold leaves no
 * permute in front of a product, the one of a weight says that a copy is wanted there
 * (codegen/fuse_roots.c). */
#include "passes/channels_last.h"

#include <string.h>

#include "ir/infer_rules.h"
#include "passes/pass.h"

/* ---- values in some order ---- */

static Node *add_like(Layout *l, const Node *n, Node *const *args, const Attr *attr,
                      const Type *type)
{
    Node *made =
        graph_add(l->g, n->op, args, n->arity, attr, op_type_is_given(n->op) ? type : NULL);
    node_take_names(made, n);
    if (!made->within)
        made->within = n->within;
    return made;
}

/* Do only axes of size 1 change places? */
static bool moves_nothing(const Type *type, const Order *order)
{
    int last = -1;
    for (int k = 0; k < type->rank; k++) {
        if (dim_is_one(type->dims[order->axes[k]]))
            continue;
        if (order->axes[k] < last)
            return false;
        last = order->axes[k];
    }
    return true;
}

static Node *permute(Layout *l, Node *x, const Order *order)
{
    const Type type = order_type(&x->type, order);
    if (order_is_plain(order, x->type.rank))
        return x;
    if (moves_nothing(&x->type, order) && x->op == OP_reshape)
        return graph_reshape(l->g, x->args[0], &type);
    return moves_nothing(&x->type, order) ? graph_reshape(l->g, x, &type)
                                          : graph_permute(l->g, x, order->axes);
}

static Node *ordered(Layout *l, Node *n, const Order *order);

static Order plain_order(int rank)
{
    Order order = {{0}};
    for (int k = 0; k < rank; k++)
        order.axes[k] = k;
    return order;
}

static Node *plain(Layout *l, Node *n)
{
    const Order none = plain_order(n->type.rank);
    return ordered(l, n, &none);
}

/* From the order it has to the one that is wanted. */
static Node *reorder(Layout *l, const Node *n, const Order *order)
{
    const Ordered *form = &l->form[n->id];
    Order between = {{0}};
    for (int k = 0; k < n->type.rank; k++)
        between.axes[k] = order_place(&form->order, n->type.rank, order->axes[k]);
    return permute(l, form->node, &between);
}

/* Made for this order, rather than permuted: what is nowhere in memory. */
static Node *make_ordered(Layout *l, Node *n, const Order *order)
{
    const Type type = order_type(&n->type, order);
    Attr attr = n->attr;
    if (l->form[n->id].node)
        return reorder(l, n, order);
    if (n->host || order_is_plain(order, n->type.rank))
        return n;
    if (n->op == OP_const && !n->attr.elements)
        return graph_const(l->g, n->attr.value, &type);
    if (n->op == OP_iota)
        attr.axes[0] = order_place(order, n->type.rank, n->attr.axes[0]);
    if (n->op == OP_iota)
        return add_like(l, n, NULL, &attr, &type);
    if (n->op == OP_expand)
        return add_like(l, n, (Node *[]){ordered(l, n->args[0], order)}, &attr, &type);
    return permute(l, n, order);
}

static Node *ordered(Layout *l, Node *n, const Order *order)
{
    if (n->id >= l->ids) /* made for this graph's plain nodes */
        return permute(l, n, order);
    OrderedVec *made = &l->made[n->id];
    for (int i = 0; i < made->count; i++)
        if (memcmp(made->data[i].order.axes, order->axes, sizeof(int) * (size_t)n->type.rank) == 0)
            return made->data[i].node;
    const Ordered found = {make_ordered(l, n, order), *order};
    vec_push(l->g->arena, made, found);
    return found.node;
}

/* ---- nodes in another order ---- */

/* That of an operand of the same rank, else the one that is wanted of it. */
static bool order_of_operands(const Layout *l, const Node *n, Order *out)
{
    for (int k = 0; k < n->arity; k++) {
        const Ordered *form = &l->form[n->args[k]->id];
        if (form->node && !order_is_plain(&form->order, n->type.rank)) {
            *out = form->order;
            return true;
        }
    }
    const Order *want = l->want[n->id];
    if (want && n->arity > 0)
        *out = *want;
    return want && n->arity > 0;
}

static void move_attr(Attr *to, const Attr *from, const Order *order, int rank)
{
    for (int k = 0; k < rank; k++) {
        to->start[k] = from->start[order->axes[k]];
        to->step[k] = from->step[order->axes[k]];
    }
}

static void move_axes(Attr *to, const Attr *from, const Order *order, int rank)
{
    int count = 0;
    for (int k = 0; k < rank; k++)
        for (int i = 0; i < from->axis_count; i++)
            if (from->axes[i] == order->axes[k])
                to->axes[count++] = k;
}

/* Elementwise, and what treats each axis for itself. */
static Node *rewrite_axes(Layout *l, Node *n, Order *order)
{
    Attr attr = n->attr;
    if (!order_of_operands(l, n, order))
        return NULL;
    const Type type = order_type(&n->type, order);
    Node **args = arena_array(l->g->arena, Node *, n->arity);
    for (int k = 0; k < n->arity; k++)
        args[k] = ordered(l, n->args[k], order);
    if (n->op == OP_slice || n->op == OP_pad)
        move_attr(&attr, &n->attr, order, n->type.rank);
    else if (op_info[n->op].class == CLASS_REDUCE || n->op == OP_concat)
        move_axes(&attr, &n->attr, order, n->type.rank);
    return add_like(l, n, args, &attr, &type);
}

static Node *rewrite_window(Layout *l, Node *n, Order *order)
{
    const Ordered *x = &l->form[n->args[0]->id];
    Attr attr = n->attr;
    if (!x->node)
        return NULL;
    if (n->op == OP_window)
        *order = order_of_window(&x->order, n);
    else if (!order_of_fold(&x->order, n, order))
        return NULL;
    attr.axes[0] = order_place(order, n->type.rank, n->attr.axes[0]);
    const Type type = order_type(&n->type, order);
    return add_like(l, n, &x->node, &attr, &type);
}

static Node *rewrite_reshape(Layout *l, Node *n, Order *order)
{
    const Ordered *x = &l->form[n->args[0]->id];
    if (!x->node || !order_of_reshape(&x->order, &n->args[0]->type, &n->type, order) ||
        order_is_plain(order, n->type.rank))
        return NULL;
    const Type type = order_type(&n->type, order);
    return add_like(l, n, &x->node, &n->attr, &type);
}

/* The same node, seen otherwise. */
static Node *rewrite_permute(Layout *l, Node *n, Order *order)
{
    const Ordered *x = &l->form[n->args[0]->id];
    for (int k = 0; x->node && k < n->type.rank; k++)
        for (int i = 0; i < n->type.rank; i++)
            if (n->attr.axes[i] == x->order.axes[k])
                order->axes[k] = i;
    return x->node;
}

/* Operands in whatever order they have: only their labels move. */
static Node *rewrite_contract(Layout *l, Node *n, Order *order)
{
    Node *args[2];
    Attr attr = n->attr;
    Order weight;
    int copied = -1;
    bool changed = layout_order_of_product(l, n, order);
    if (!changed)
        *order = plain_order(n->type.rank);
    layout_order_of_weight(l, n, &copied, &weight);
    for (int k = 0; k < 2; k++) {
        const Ordered *form = &l->form[n->args[k]->id];
        const Order *read = form->node ? &form->order : k == copied ? &weight : NULL;
        args[k] = read ? ordered(l, n->args[k], read) : n->args[k];
        changed |= args[k] != n->args[k];
        if (read)
            attr.labels[k] = order_labels(l->g->arena, n->attr.labels[k], read);
    }
    attr.labels[2] = order_labels(l->g->arena, n->attr.labels[2], order);
    return changed ? add_like(l, n, args, &attr, NULL) : NULL;
}

/* The node that takes the place of n, and its order; NULL: n stays. */
static Node *rewrite(Layout *l, Node *n, Order *order)
{
    if (n->host || n->arity == 0)
        return NULL;
    switch (n->op) {
    case OP_window:
    case OP_fold:
        return rewrite_window(l, n, order);
    case OP_reshape:
        return rewrite_reshape(l, n, order);
    case OP_permute:
        return rewrite_permute(l, n, order);
    case OP_contract:
        return rewrite_contract(l, n, order);
    case OP_slice:
    case OP_pad:
    case OP_concat:
    case OP_expand:
        return rewrite_axes(l, n, order);
    default:
        return op_info[n->op].class == CLASS_EWISE || op_info[n->op].class == CLASS_REDUCE
                   ? rewrite_axes(l, n, order)
                   : NULL;
    }
}

static void rewrite_node(Layout *l, Node *n)
{
    Ordered form = {0};
    l->g->loc = n->loc;
    l->g->grad_of = n->grad_of;
    form.node = rewrite(l, n, &form.order);
    l->form[n->id] = form;
    if (form.node && n->op == OP_contract && layout_is_of_weight(l, n)) /* variables are next */
        l->form[n->id] = (Ordered){plain(l, n), plain_order(n->type.rank)};
    if (form.node)
        return;
    for (int k = 0; k < n->arity; k++)
        n->args[k] = plain(l, n->args[k]);
}

bool pass_channels_last(Graph *g)
{
    const Loc loc = g->loc;
    const int count = g->nodes.count;
    Layout l = {.g = g, .ids = g->next_id};
    l.form = arena_array(g->arena, Ordered, l.ids);
    l.made = arena_array(g->arena, OrderedVec, l.ids);
    layout_find_windows(&l);
    layout_find_wants(&l);
    for (int i = 0; i < count; i++)
        rewrite_node(&l, g->nodes.data[i]);
    for (int i = 0; i < g->results.count; i++)
        g->results.data[i].node = plain(&l, g->results.data[i].node);
    g->loc = loc;
    g->grad_of = NULL;
    const bool changed = g->nodes.count != count;
    if (changed)
        graph_sort(g);
    return changed;
}
