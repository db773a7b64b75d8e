/* channels_last.h -- the order of a tensor's axes: what the pass and its rules share; private.
 *
 * An Order lists the axes of a value in the order in which they lie in memory: [0, 2, 3, 1] is an
 * image f32[batch, channels, height, width] with its channels last. */
#ifndef GRADC_CHANNELS_LAST_H
#define GRADC_CHANNELS_LAST_H

#include "ir/graph.h"

typedef struct Order {
    int axes[MAX_RANK];
} Order;

typedef struct Ordered { /* a value whose axis k is axis order.axes[k] of the node that it is of */
    Node *node;
    Order order;
} Ordered;

typedef Vec(Ordered) OrderedVec;

typedef struct Layout {
    Graph *g;
    int ids;          /* nodes that were there before the pass */
    Ordered *form;    /* by id: the node that takes its place; NULL: it stays as it is */
    OrderedVec *made; /* by id: the same value in other orders, as far as they were needed */
    Order **want;     /* by id: the order that a product over windows of it wants, or NULL */
    char **roles;     /* by id: of each axis of windows, ROLE_...; NULL: no windows */
} Layout;

enum { ROLE_NONE = '.', ROLE_PLACE = 'o', ROLE_TAP = 'k' };

/* order.c */
Type order_type(const Type *type, const Order *order);
/* Where an axis of the node lies. */
int order_place(const Order *order, int rank, int axis);
bool order_is_plain(const Order *order, int rank);
/* Through a window, a fold, a reshape; false where the order is lost. */
Order order_of_window(const Order *order, const Node *n);
bool order_of_fold(const Order *order, const Node *n, Order *out);
bool order_of_reshape(const Order *order, const Type *from, const Type *to, Order *out);
/* The labels of operand or result k of a contract, in an order. */
const char *order_labels(Arena *arena, const char *labels, const Order *order);

/* conv_order.c: from a product over windows to the orders of what it reads and makes. */
void layout_find_windows(Layout *l);
void layout_find_wants(Layout *l);
bool layout_order_of_product(const Layout *l, const Node *n, Order *out);
/* Is it a gradient by the weight? */
bool layout_is_of_weight(const Layout *l, const Node *n);
/* The operand beside windows, if it is in no order yet, and the one in which it is read. */
bool layout_order_of_weight(const Layout *l, const Node *n, int *operand, Order *out);

#endif
