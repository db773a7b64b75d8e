/* grad_rules.h -- one derivative rule for each row of ir/ops.def; grad.c calls them. */
#ifndef GRADC_GRAD_RULES_H
#define GRADC_GRAD_RULES_H

#include "ir/graph.h"

/* One application of the chain rule: y = op(x[0], x[1] ...), dy = dL/dy of y's type.  A rule sets
 * dx[k] = dL/dx[k], of x[k]'s type, for the operands where wanted[k]; NULL stays for no
 * contribution.  It may use y itself. */
typedef struct GradCall {
    Graph *g;
    Node *y, *dy;
    Node **x;
    Node **dx;
    const bool *wanted;
} GradCall;

typedef void GradRule(GradCall *call);

GradRule grad_none, grad_zero, grad_cast, grad_neg, grad_abs, grad_exp, grad_expm1, grad_exp2,
    grad_log, grad_log2, grad_log10, grad_log1p, grad_sqrt, grad_rsqrt, grad_sin, grad_cos,
    grad_sinh, grad_cosh, grad_tanh, grad_sigmoid, grad_erf, grad_add, grad_sub, grad_mul, grad_div,
    grad_mod, grad_pow, grad_atan2, grad_minimum, grad_maximum, grad_where, grad_reshape,
    grad_permute, grad_expand, grad_slice, grad_pad, grad_concat, grad_window, grad_fold, grad_sum,
    grad_prod, grad_max, grad_min, grad_contract, grad_gather, grad_scatter, grad_scan,
    grad_scan_out;
/* grad_running.c */
GradRule grad_cumsum, grad_cumprod;

/* ---- grad.c ---- */

typedef struct GradSeed { /* where a backward pass begins: dL/dnode */
    Node *node, *dy;
} GradSeed;

/* Appends the backward pass over the first `count` nodes of the list, for the wanted ones.
 * Node.scratch is then dL/dnode, or NULL, of each wanted node. */
void grad_backward(Graph *g, int count, const GradSeed *seeds, int seed_count, Node *const *wanted,
                   int wanted_count);

/* False for the rows with grad_none: nothing flows through them. */
bool grad_exists(Op op);
void grad_apply(Op op, GradCall *call);

#endif
