/* fold.c -- constants, identities, and views of views.
 *
 *     %1 = const 2.0 : f32[3]
 *     %2 = mul %0 %1 : f32[3]
 *     %3 = permute %w axes=[1, 0]              %3 is gone: the product reads w by other labels
 *     %4 = contract %2 %3 "ik,kj->ij"    =>    %4 = contract %2 %w "ik,jk->ij"
 *
 * Values keep their bits, but for these: x + 0 -> x and a sum of one element keep the sign of a
 * negative zero; x ** 2 -> x * x and x ** 0.5 -> sqrt x may differ from pow in the last place, and
 * sqrt(-inf) is not a number.  x * 0 stays for floats: x may not be finite.
 *
 * The pass goes over the list until nothing changes; each change makes the graph smaller or
 * cheaper, so it ends. */
#include "passes/fold.h"

#include <math.h>

#include "passes/pass.h"

bool fold_is_splat(const Node *n)
{
    return n->op == OP_const && !n->attr.elements;
}

/* All operands are splats: the result is one. */
static Node *fold_constants(Graph *g, Node *n)
{
    enum { MOST = 3 };
    Scalar args[MOST], value;
    if (n->arity == 0 || n->arity > MOST)
        return n;
    for (int k = 0; k < n->arity; k++) {
        if (!fold_is_splat(n->args[k]))
            return n;
        args[k] = n->args[k]->attr.value;
    }
    if (!op_eval(n->op, &n->type, &n->attr, args, &value))
        return n;
    return graph_const(g, value, &n->type);
}

/* Is it a power of two whose reciprocal f32 holds, too? */
static bool is_power_of_two(double value)
{
    int exponent;
    return isfinite(value) && value != 0 && fabs(frexp(value, &exponent)) == 0.5 &&
           exponent > -100 && exponent < 100;
}

/* x / 2^k -> x * 2^-k: both are rounded from the same number.  f16 has too few exponents. */
static Node *fold_division(Graph *g, Node *n)
{
    if (node_is_splat(n->args[1], 1))
        return n->args[0];
    if (!fold_is_splat(n->args[1]) || dtype_is_half(n->type.dtype))
        return n;
    const double divisor = scalar_as_double(n->args[1]->attr.value);
    if (!is_power_of_two(divisor))
        return n;
    return graph_binary(g, OP_mul, n->args[0], graph_number(g, 1 / divisor, &n->type));
}

static Node *fold_power(Graph *g, Node *n)
{
    if (node_is_splat(n->args[1], 1))
        return n->args[0];
    if (node_is_splat(n->args[1], 2))
        return graph_binary(g, OP_mul, n->args[0], n->args[0]);
    if (node_is_splat(n->args[1], 0.5))
        return graph_unary(g, OP_sqrt, n->args[0]);
    return n;
}

/* x * 1, and x * 0 where no x is infinite */
static Node *fold_product(Node *n)
{
    for (int k = 0; k < 2; k++) {
        if (node_is_splat(n->args[k], 1))
            return n->args[1 - k];
        if (node_is_splat(n->args[k], 0) && dtype_is_int(n->type.dtype))
            return n->args[k];
    }
    return n;
}

/* A uniform draw lies in [0, 1): what has probability 1, or 0, needs none.  So dropout that drops
 * nothing is not there. */
static Node *fold_chance(Graph *g, Node *n)
{
    if (n->args[0]->op != OP_uniform || dtype_is_half(n->args[0]->type.dtype) ||
        !fold_is_splat(n->args[1]))
        return n;
    const double chance = scalar_as_double(n->args[1]->attr.value);
    return chance >= 1 || chance <= 0 ? graph_number(g, chance >= 1, &n->type) : n;
}

static Node *fold_where(Node *n)
{
    if (n->args[1] == n->args[2])
        return n->args[1];
    if (!fold_is_splat(n->args[0]))
        return n;
    return n->args[0]->attr.value.i ? n->args[1] : n->args[2];
}

/* A cast of a cast, where the inner one loses nothing: int to wider int, float to wider float. */
static Node *fold_cast(Graph *g, Node *n)
{
    const Node *inner = n->args[0];
    if (inner->type.dtype == n->type.dtype && !inner->host)
        return n->args[0];
    if (inner->op != OP_cast || inner->args[0]->host)
        return n;
    const DType from = inner->args[0]->type.dtype, through = inner->type.dtype;
    const bool kept = dtype_is_float(from) == dtype_is_float(through) && from != DT_BOOL &&
                      through != DT_BOOL && dtype_promote(from, through) == through;
    return kept ? graph_cast(g, inner->args[0], n->type.dtype) : n;
}

static Node *fold_ewise(Graph *g, Node *n)
{
    switch (n->op) {
    case OP_add:
        if (node_is_splat(n->args[1], 0))
            return n->args[0];
        if (n->args[0] == n->args[1] && dtype_is_float(n->type.dtype) && !n->host)
            return graph_binary(g, OP_mul, n->args[0], graph_number(g, 2, &n->type));
        return node_is_splat(n->args[0], 0) ? n->args[1] : n;
    case OP_sub:
        return node_is_splat(n->args[1], 0) ? n->args[0] : n;
    case OP_mul:
        return fold_product(n);
    case OP_div:
        return fold_division(g, n);
    case OP_pow:
        return fold_power(g, n);
    case OP_neg:
        return n->args[0]->op == OP_neg ? n->args[0]->args[0] : n;
    case OP_not:
        return n->args[0]->op == OP_not ? n->args[0]->args[0] : n;
    case OP_detach:
        return n->args[0];
    case OP_cast:
        return fold_cast(g, n);
    case OP_lt:
        return fold_chance(g, n);
    case OP_where:
        return fold_where(n);
    default:
        return n;
    }
}

/* What is computed on the host may only use the host's scalars, and a tensor stays one, unless it
 * becomes a constant. */
static bool may_replace(const Node *old, const Node *with)
{
    const bool places_fit = old->host == with->host || (!old->host && with->op == OP_const);
    return places_fit && type_equal(&old->type, &with->type);
}

static Node *fold_node(Graph *g, Node *n, const Uses *uses)
{
    g->loc = n->loc;
    g->grad_of = n->grad_of;
    Node *with = fold_constants(g, n);
    if (with == n && op_info[n->op].class == CLASS_EWISE)
        with = fold_ewise(g, n);
    if (with == n)
        with = fold_view(g, n, uses);
    if (with == n || !may_replace(n, with))
        return n;
    node_take_names(with, n);
    if (!with->within)
        with->within = n->within;
    return with;
}

static Uses count_uses(const Graph *g)
{
    int *uses = arena_array(g->arena, int, g->next_id);
    for (int i = 0; i < g->nodes.count; i++)
        for (int k = 0; k < g->nodes.data[i]->arity; k++)
            uses[g->nodes.data[i]->args[k]->id]++;
    for (int i = 0; i < g->results.count; i++)
        uses[g->results.data[i].node->id]++;
    return (Uses){uses, g->next_id};
}

/* Once over the list; true if anything changed. */
static bool fold_once(Graph *g)
{
    const int count = g->nodes.count, ids = g->next_id;
    const Uses uses = count_uses(g);
    Node **with = arena_array(g->arena, Node *, ids);
    bool changed = false;
    for (int i = 0; i < count; i++) {
        Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++)
            if (n->args[k]->id < ids && with[n->args[k]->id])
                n->args[k] = with[n->args[k]->id];
        with[n->id] = fold_node(g, n, &uses);
        changed |= with[n->id] != n;
    }
    for (int i = 0; i < g->results.count; i++)
        g->results.data[i].node = with[g->results.data[i].node->id];
    if (changed)
        graph_sort(g);
    return changed;
}

bool pass_fold(Graph *g)
{
    const Loc loc = g->loc;
    bool changed = false;
    graph_sort(g);
    while (fold_once(g))
        changed = true;
    g->loc = loc;
    g->grad_of = NULL;
    return changed;
}
