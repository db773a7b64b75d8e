/* fold_views.c -- views of views, transposes into products, reductions over axes of size 1.
 *
 * In: a view, reduction or product.  Out: a cheaper node with the same value, or the node itself:
 *
 *     %1 = reshape %0 : f32[6]
 *     %2 = reshape %1 : f32[2, 3]    =>    %4 = reshape %0 : f32[2, 3]
 *     %3 = sum %2 axes=[0, 1]              (over [0] alone, were axis 1 of size 1)
 *     sum of -x, of a scatter along its axis    minus the sum of x, what was scattered */
#include "passes/fold.h"

#include <string.h>

/* reshape of reshape, or to the shape it has */
static Node *fold_reshape(Graph *g, Node *n)
{
    Node *x = n->args[0];
    if (type_same_shape(&x->type, &n->type))
        return x;
    return x->op == OP_reshape ? graph_reshape(g, x->args[0], &n->type) : n;
}

static bool is_identity(const int *axes, int rank)
{
    for (int k = 0; k < rank; k++)
        if (axes[k] != k)
            return false;
    return true;
}

bool fold_is_wanted_once(const Uses *uses, const Node *n)
{
    return n->id < uses->ids && uses->by_id[n->id] == 1;
}

/* permute of permute, or by nothing; of a product that nothing else wants: the product's labels */
static Node *fold_permute(Graph *g, Node *n, const Uses *uses)
{
    Node *x = n->args[0];
    if (is_identity(n->attr.axes, n->type.rank))
        return x;
    if (x->op == OP_permute) {
        int axes[MAX_RANK];
        for (int k = 0; k < n->type.rank; k++)
            axes[k] = x->attr.axes[n->attr.axes[k]];
        return graph_permute(g, x->args[0], axes);
    }
    if (x->op == OP_contract && fold_is_wanted_once(uses, x)) {
        char out[MAX_RANK + 1] = {0};
        for (int k = 0; k < n->type.rank; k++)
            out[k] = x->attr.labels[2][n->attr.axes[k]];
        return graph_contract(g, x->args[0], x->args[1], x->attr.labels[0], x->attr.labels[1], out);
    }
    return n;
}

/* expand of expand, or to the shape it has */
static Node *fold_expand(Graph *g, Node *n)
{
    Node *x = n->args[0];
    if (type_same_shape(&x->type, &n->type))
        return x;
    return x->op == OP_expand ? graph_expand(g, x->args[0], &n->type) : n;
}

/* slice or pad: the whole of x, in order; or in the company of windows */
static Node *fold_slice(Graph *g, Node *n, const Uses *uses)
{
    Node *x = n->args[0];
    bool whole = type_same_shape(&x->type, &n->type);
    for (int k = 0; k < n->type.rank; k++)
        whole = whole && n->attr.start[k] == 0 && n->attr.step[k] == 1;
    return whole ? x : fold_windows(g, n, uses);
}

/* Axes of size 1 need no reducing. */
/* A scatter puts one element into each row, and its sum over the row takes it out again. */
static Node *sum_of_scatter(Graph *g, Node *n)
{
    Node *x = n->args[0];
    const char *labels = x->attr.labels[0], *given = x->attr.labels[2];
    const int axis = x->attr.axes[0], rank = x->type.rank;
    const bool own_axis = n->attr.axis_count == 1 && n->attr.axes[0] == axis;
    if (!own_axis || strncmp(labels, given, (size_t)axis) != 0 ||
        strcmp(labels + axis + 1, given + axis) != 0 || x->args[0]->type.rank != rank - 1)
        return n;
    return graph_reshape(g, x->args[0], &n->type);
}

static Node *fold_sum(Graph *g, Node *n)
{
    Node *x = n->args[0];
    if (x->op == OP_scatter)
        return sum_of_scatter(g, n);
    if (x->op != OP_neg || !dtype_is_float(n->type.dtype))
        return n;
    Node *sum = graph_reduce(g, OP_sum, x->args[0], n->attr.axes, n->attr.axis_count);
    return graph_unary(g, OP_neg, sum);
}

static Node *fold_reduce(Graph *g, Node *n)
{
    int axes[MAX_RANK], count = 0;
    for (int k = 0; k < n->attr.axis_count; k++)
        if (!dim_is_one(n->args[0]->type.dims[n->attr.axes[k]]))
            axes[count++] = n->attr.axes[k];
    if (count == n->attr.axis_count)
        return n;
    return count ? graph_reduce(g, n->op, n->args[0], axes, count) : n->args[0];
}

/* Operand k reads through a permute: axis i of it is axis axes[i] of what is permuted. */
static Node *fold_contract(Graph *g, Node *n)
{
    Node *args[2] = {n->args[0], n->args[1]};
    char labels[2][MAX_RANK + 1] = {{0}};
    bool changed = false;
    for (int k = 0; k < 2; k++) {
        strcpy(labels[k], n->attr.labels[k]);
        if (args[k]->op != OP_permute)
            continue;
        for (int i = 0; i < args[k]->type.rank; i++)
            labels[k][args[k]->attr.axes[i]] = n->attr.labels[k][i];
        args[k] = args[k]->args[0];
        changed = true;
    }
    return changed ? graph_contract(g, args[0], args[1], labels[0], labels[1], n->attr.labels[2])
                   : n;
}

Node *fold_view(Graph *g, Node *n, const Uses *uses)
{
    switch (n->op) {
    case OP_reshape:
        return fold_reshape(g, n);
    case OP_permute:
        return fold_permute(g, n, uses);
    case OP_expand:
        return fold_expand(g, n);
    case OP_slice:
    case OP_pad:
        return fold_slice(g, n, uses);
    case OP_fold:
        return fold_windows(g, n, uses);
    case OP_sum: {
        Node *with = fold_reduce(g, n);
        return with == n ? fold_sum(g, n) : with;
    }
    case OP_prod:
    case OP_max:
    case OP_min:
        return fold_reduce(g, n);
    case OP_contract:
        return fold_contract(g, n);
    default:
        return n;
    }
}
