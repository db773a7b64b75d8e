/* fold_windows.c -- sums over windows become products over windows; slices and pads move up to
 * meet.
 *
 * In: a fold, slice or pad.  Out: a cheaper node with the same value, or the node itself.  The
 * gradient of a convolution by its data is a product that is as large as all windows, folded; here
 * it becomes a convolution itself:
 *
 *     %2 = contract %dy %w labels=no,ck->nok?      dy[n, o] w[k] for each place and tap
 *     %3 = fold %2 axis=1 step=[s, d]              added up at i = o s + k d
 *  =>
 *     %4 = pad %dy ...                             its elements s apart, (K - 1) d before and
 * behind %5 = window %4 axis=1 step=[1, d]            K of them at each i %6 = slice %w from K-1 by
 * -1 %7 = contract %5 %6 */
#include "passes/fold.h"

#include <string.h>

/* ---- slices and pads in general ---- */

typedef struct Cut { /* start and step on every axis, and the sizes: a slice or a pad */
    int64_t start[MAX_RANK], step[MAX_RANK];
    Type type;
} Cut;

static Cut cut_nothing(const Type *type)
{
    Cut c = {.type = *type};
    for (int k = 0; k < MAX_RANK; k++)
        c.step[k] = 1;
    return c;
}

static Cut cut_of(const Node *n)
{
    Cut c = cut_nothing(&n->type);
    memcpy(c.start, n->attr.start, sizeof c.start);
    memcpy(c.step, n->attr.step, sizeof c.step);
    return c;
}

static Node *apply_slice(Graph *g, Node *x, const Cut *c)
{
    return graph_slice(g, x, c->start, c->step, &c->type);
}

static bool axis_is_cut(const Node *n, int axis)
{
    return n->attr.start[axis] != 0 || n->attr.step[axis] != 1 ||
           !dim_equal(n->type.dims[axis], n->args[0]->type.dims[axis]);
}

/* ---- folds ---- */

static int find_label(const char *labels, char label)
{
    const char *at = strchr(labels, label);
    return at ? (int)(at - labels) : -1;
}

static void remove_char(char *text, int at)
{
    memmove(text + at, text + at + 1, strlen(text + at));
}

static void insert_char(char *text, int at, char c)
{
    memmove(text + at + 1, text + at, strlen(text + at) + 1);
    text[at] = c;
}

/* The operand as windows at each place of the result: its elements step apart, in a wide border. */
static Node *spread(Graph *g, Node *a, int axis, const Window *w, int64_t size)
{
    const int64_t border = (w->taps - 1) * w->dilation;
    Cut c = cut_nothing(&a->type);
    c.start[axis] = border;
    c.step[axis] = w->step;
    c.type.dims[axis] = dim_fixed(size + border);
    Node *padded = graph_pad(g, a, c.start, c.step, scalar_int(DT_I64, 0), &c.type);
    return graph_window(g, padded, &(Window){axis, size, w->taps, 1, w->dilation});
}

static Node *backwards(Graph *g, Node *b, int axis)
{
    Cut c = cut_nothing(&b->type);
    c.start[axis] = b->type.dims[axis].size - 1;
    c.step[axis] = -1;
    return apply_slice(g, b, &c);
}

/* A product with the places from one operand and the taps from the other. */
static Node *fold_of_product(Graph *g, Node *n, const Uses *uses)
{
    Node *x = n->args[0];
    const Window w = node_window(n);
    if (x->op != OP_contract || !fold_is_wanted_once(uses, x))
        return n;
    const char place = x->attr.labels[2][w.axis], tap = x->attr.labels[2][w.axis + 1];
    char labels[3][MAX_RANK + 2];
    for (int k = 0; k < 3; k++)
        strcpy(labels[k], x->attr.labels[k]);
    const int q = find_label(labels[0], place) >= 0 ? 0 : 1; /* who has the places */
    const int at = find_label(labels[q], place), tap_at = find_label(labels[1 - q], tap);
    if (at < 0 || tap_at < 0 || find_label(labels[1 - q], place) >= 0 ||
        find_label(labels[q], tap) >= 0 || x->args[q]->type.rank == MAX_RANK)
        return n;
    Node *args[2];
    args[q] = spread(g, x->args[q], at, &w, n->type.dims[w.axis].size);
    args[1 - q] = backwards(g, x->args[1 - q], tap_at);
    insert_char(labels[q], at + 1, tap);
    remove_char(labels[2], w.axis + 1);
    return graph_contract(g, args[0], args[1], labels[0], labels[1], labels[2]);
}

/* Windows that don't overlap: their elements, with zeros between them, in a row. */
static Node *fold_apart(Graph *g, Node *n)
{
    const Window w = node_window(n);
    const int64_t size = n->type.dims[w.axis].size;
    if ((w.taps - 1) * w.dilation >= w.step || w.taps == 0 || w.step > size)
        return n;
    Cut c = cut_nothing(&n->args[0]->type);
    c.step[w.axis + 1] = w.dilation;
    c.type.dims[w.axis + 1] = dim_fixed(w.step);
    const Scalar zero = scalar_int(DT_I64, 0);
    Node *wide = graph_pad(g, n->args[0], c.start, c.step, zero, &c.type);
    Cut whole = cut_nothing(&n->type);
    Type row = n->type;
    row.dims[w.axis] = dim_fixed(w.places * w.step);
    Node *flat = graph_reshape(g, wide, &row);
    return w.places * w.step > size
               ? apply_slice(g, flat, &whole)
               : graph_pad(g, flat, whole.start, whole.step, zero, &whole.type);
}

/* ---- slices ---- */

/* slice of slice */
static Node *slice_of_slice(Graph *g, Node *n)
{
    Node *x = n->args[0];
    Cut c = cut_of(n);
    for (int k = 0; k < n->type.rank; k++) {
        c.start[k] = x->attr.start[k] + n->attr.start[k] * x->attr.step[k];
        c.step[k] = x->attr.step[k] * n->attr.step[k];
    }
    return apply_slice(g, x->args[0], &c);
}

/* Only what is wanted of a product is computed: its operands are sliced. */
static Node *slice_of_product(Graph *g, Node *n, const Uses *uses)
{
    Node *x = n->args[0], *args[2] = {x->args[0], x->args[1]};
    bool smaller = false;
    if (!fold_is_wanted_once(uses, x))
        return n;
    for (int k = 0; k < n->type.rank; k++)
        smaller = smaller || n->type.dims[k].size < x->type.dims[k].size;
    for (int q = 0; q < 2 && smaller; q++) {
        Cut c = cut_nothing(&args[q]->type);
        bool any = false;
        for (int axis = 0; axis < args[q]->type.rank; axis++) {
            const int k = find_label(x->attr.labels[2], x->attr.labels[q][axis]);
            if (k < 0 || !axis_is_cut(n, k))
                continue;
            any = true;
            c.start[axis] = n->attr.start[k];
            c.step[axis] = n->attr.step[k];
            c.type.dims[axis] = n->type.dims[k];
        }
        if (any)
            args[q] = apply_slice(g, args[q], &c);
    }
    const char *const *l = x->attr.labels;
    return smaller ? graph_contract(g, args[0], args[1], l[0], l[1], l[2]) : n;
}

static const Node *behind_windows(const Node *n)
{
    while (n->op == OP_window)
        n = n->args[0];
    return n;
}

/* Fewer places of windows of something padded: windows of less of it. */
static Node *slice_of_window(Graph *g, Node *n)
{
    Node *x = n->args[0];
    Window w = node_window(x);
    if (behind_windows(x)->op != OP_pad || axis_is_cut(n, w.axis + 1) ||
        n->attr.step[w.axis] != 1 || n->type.dims[w.axis].size == 0)
        return n;
    Cut c = cut_nothing(&x->args[0]->type);
    w.places = n->type.dims[w.axis].size;
    for (int axis = 0; axis < c.type.rank; axis++) {
        const int k = axis <= w.axis ? axis : axis + 1;
        c.start[axis] = n->attr.start[k];
        c.step[axis] = n->attr.step[k];
        c.type.dims[axis] = n->type.dims[k];
    }
    c.start[w.axis] *= w.step;
    c.type.dims[w.axis] = dim_fixed((w.places - 1) * w.step + (w.taps - 1) * w.dilation + 1);
    return graph_window(g, apply_slice(g, x->args[0], &c), &w);
}

/* Less of a border, and less of what it is around, if need be. */
static Node *slice_of_pad(Graph *g, Node *n, const Uses *uses)
{
    Node *x = n->args[0];
    Cut part = cut_nothing(&x->args[0]->type), border = cut_of(x);
    if (!fold_is_wanted_once(uses, x))
        return n;
    border.type = n->type;
    for (int k = 0; k < n->type.rank; k++) {
        const int64_t from = n->attr.start[k], step = border.step[k];
        const int64_t first =
            from > border.start[k] ? (from - border.start[k] + step - 1) / step : 0;
        if (!axis_is_cut(n, k))
            continue;
        if (n->attr.step[k] != 1 || step < 1)
            return n;
        int64_t last = from + n->type.dims[k].size - 1 - border.start[k]; /* that it reaches */
        last = last < 0 ? -1 : last / step;
        if (last >= part.type.dims[k].size)
            last = part.type.dims[k].size - 1;
        if (last < first)
            return n;
        part.start[k] = first;
        part.type.dims[k] = dim_fixed(last - first + 1);
        border.start[k] += first * step - from;
    }
    Node *inside = apply_slice(g, x->args[0], &part);
    return graph_pad(g, inside, border.start, border.step, x->attr.value, &border.type);
}

/* ---- pads ---- */

/* pad of pad, with one fill */
static Node *pad_of_pad(Graph *g, Node *n, const Uses *uses)
{
    Node *x = n->args[0];
    Cut c = cut_of(n);
    if (!fold_is_wanted_once(uses, x) || !scalar_equal(x->attr.value, n->attr.value))
        return n;
    for (int k = 0; k < n->type.rank; k++) {
        c.start[k] = n->attr.start[k] + x->attr.start[k] * n->attr.step[k];
        c.step[k] = x->attr.step[k] * n->attr.step[k];
    }
    return graph_pad(g, x->args[0], c.start, c.step, n->attr.value, &c.type);
}

/* A border along the other axes of windows: windows of what has it. */
static Node *pad_of_window(Graph *g, Node *n)
{
    Node *x = n->args[0];
    const Window w = node_window(x);
    if (axis_is_cut(n, w.axis) || axis_is_cut(n, w.axis + 1))
        return n;
    Cut c = cut_nothing(&x->args[0]->type);
    for (int axis = 0; axis < c.type.rank; axis++) {
        const int k = axis <= w.axis ? axis : axis + 1;
        c.start[axis] = n->attr.start[k];
        c.step[axis] = n->attr.step[k];
        if (axis != w.axis)
            c.type.dims[axis] = n->type.dims[k];
    }
    return graph_window(g, graph_pad(g, x->args[0], c.start, c.step, n->attr.value, &c.type), &w);
}

Node *fold_windows(Graph *g, Node *n, const Uses *uses)
{
    const Op inner = n->arity > 0 ? n->args[0]->op : n->op;
    if (n->op == OP_fold) {
        Node *apart = fold_apart(g, n);
        return apart != n ? apart : fold_of_product(g, n, uses);
    }
    if (n->op == OP_slice)
        return inner == OP_slice      ? slice_of_slice(g, n)
               : inner == OP_contract ? slice_of_product(g, n, uses)
               : inner == OP_window   ? slice_of_window(g, n)
               : inner == OP_pad      ? slice_of_pad(g, n, uses)
                                      : n;
    if (n->op == OP_pad)
        return inner == OP_pad      ? pad_of_pad(g, n, uses)
               : inner == OP_window ? pad_of_window(g, n)
                                    : n;
    return n;
}
