/* grad_running.c -- the derivatives of running totals: see grad_rules.c. */
#include "passes/grad_rules.h"

static Node *running(GradCall *c, Op op, Node *x, bool reverse)
{
    const Attr *a = &c->y->attr;
    return graph_running(c->g, op, x, a->axes[0], a->exclusive, reverse);
}

/* y[i] = the sum of x[j] for j <= i: dx[j] = the sum of dy[i] for i >= j: the other way round */
void grad_cumsum(GradCall *c)
{
    c->dx[0] = running(c, OP_cumsum, c->dy, !c->y->attr.reverse);
}

/* x where the condition holds, zero elsewhere. */
static Node *masked(GradCall *c, Node *condition, Node *x)
{
    return graph_where(c->g, condition, x, graph_number(c->g, 0, &x->type));
}

/* With y[i] = the product of x[j] for j <= i, and no zero among x:
 *     dx[j] = the sum of dy[i] y[i] / x[j] for i >= j
 * From the first zero on all y are 0, and only that zero's own dx has terms there: the same sum,
 * with 1 in its place.  Behind it every dx is 0.  (A second derivative there is not to be had.) */
void grad_cumprod(GradCall *c)
{
    Graph *g = c->g;
    Node *x = c->x[0];
    const Attr *a = &c->y->attr;
    Node *zero = graph_number(g, 0, &x->type), *one = graph_number(g, 1, &x->type);
    Node *is_zero = graph_binary(g, OP_eq, x, zero);
    Node *flag = graph_cast(g, is_zero, x->type.dtype);
    Node *before = graph_running(g, OP_cumsum, flag, a->axes[0], true, a->reverse); /* zeros */
    Node *none = graph_binary(g, OP_eq, before, zero);
    Node *first = graph_binary(g, OP_and, is_zero, none);
    Node *safe = graph_where(g, is_zero, one, x);
    Node *without = graph_where(g, first, one, x);
    Node *product = running(c, OP_cumprod, without, a->reverse);
    Node *all = running(c, OP_cumsum, graph_binary(g, OP_mul, c->dy, c->y), !a->reverse);
    Node *at_zero = running(c, OP_cumsum, graph_binary(g, OP_mul, c->dy, product), !a->reverse);
    Node *elsewhere = masked(c, none, graph_binary(g, OP_div, all, safe));
    c->dx[0] = graph_where(g, first, at_zero, elsewhere);
}
