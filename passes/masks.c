/* masks.c -- the mask of a relu is read from its result.
 *
 *     %2 = le %x %zero                 %2 = le %x %zero
 *     %3 = where %2 %zero %x      =>   %3 = where %2 %zero %x
 *     %9 = where %2 %zero %dy          %8 = le %3 %zero
 *                                      %9 = where %8 %zero %dy
 *
 * Both masks are the same, for a NaN and both zeros too.  The result is needed by the next layer
 * anyhow; what it was made from need not be kept for the gradient. */
#include "passes/pass.h"

static bool is_zero(const Node *n)
{
    while (n->op == OP_expand || n->op == OP_reshape)
        n = n->args[0];
    return n->op == OP_const && !n->attr.elements && scalar_as_double(n->attr.value) == 0;
}

/* where(x <= 0, 0, x) */
static bool is_relu(const Node *n)
{
    return n->op == OP_where && n->args[0]->op == OP_le && n->args[0]->args[0] == n->args[2] &&
           is_zero(n->args[0]->args[1]) && is_zero(n->args[1]);
}

static bool has_other_users(const Graph *g, const Node *mask, const Node *relu)
{
    for (int i = 0; i < g->nodes.count; i++)
        for (int k = 0; k < g->nodes.data[i]->arity; k++)
            if (g->nodes.data[i] != relu && g->nodes.data[i]->args[k] == mask)
                return true;
    return false;
}

/* None of them is needed for the relu: it depends on the mask through nothing else. */
static void redirect(Graph *g, const Node *mask, const Node *relu, Node *same)
{
    for (int i = 0; i < g->nodes.count; i++)
        for (int k = 0; k < g->nodes.data[i]->arity; k++)
            if (g->nodes.data[i] != relu && g->nodes.data[i]->args[k] == mask)
                g->nodes.data[i]->args[k] = same;
}

bool pass_masks(Graph *g)
{
    const int count = g->nodes.count;
    bool changed = false;
    for (int i = 0; i < count; i++) {
        Node *relu = g->nodes.data[i];
        if (!is_relu(relu) || !has_other_users(g, relu->args[0], relu))
            continue;
        const Node *mask = relu->args[0];
        Node *same = graph_binary(g, OP_le, relu, mask->args[1]);
        same->loc = mask->loc;
        redirect(g, mask, relu, same);
        changed = true;
    }
    if (changed)
        graph_sort(g);
    return changed;
}
