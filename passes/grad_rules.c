/* grad_rules.c -- the derivative of each operation, its equation above it.
 *
 * A rule appends nodes with the ordinary builders: y = op(x), given dy = dL/dy, makes dx = dL/dx.
 * Gradients have the operands' types, so every broadcast is an expand, and its adjoint a sum. */
#include "passes/grad_rules.h"

#include <math.h>

typedef struct GradInfo {
    GradRule *rule;
} GradInfo;

static const GradInfo grad_info[OP_COUNT] = {
#define OP(name, arity, class, cost, infer, grad, eval, lower, c, doc) [OP_##name] = {grad},
#include "ir/ops.def"
};

bool grad_exists(Op op)
{
    return grad_info[op].rule != grad_none;
}

void grad_apply(Op op, GradCall *call)
{
    grad_info[op].rule(call);
}

/* ---- shorthand ---- */

static Node *unary(GradCall *c, Op op, Node *x)
{
    return graph_unary(c->g, op, x);
}

static Node *add(GradCall *c, Node *x, Node *y)
{
    return graph_binary(c->g, OP_add, x, y);
}

static Node *sub(GradCall *c, Node *x, Node *y)
{
    return graph_binary(c->g, OP_sub, x, y);
}

static Node *mul(GradCall *c, Node *x, Node *y)
{
    return graph_binary(c->g, OP_mul, x, y);
}

static Node *quotient(GradCall *c, Node *x, Node *y)
{
    return graph_binary(c->g, OP_div, x, y);
}

static Node *number(GradCall *c, double value, const Node *like)
{
    return graph_number(c->g, value, &like->type);
}

/* x where the condition holds, zero elsewhere. */
static Node *masked(GradCall *c, Node *condition, Node *x)
{
    return graph_where(c->g, condition, x, number(c, 0, x));
}

/* ---- no gradient ---- */

void grad_none(GradCall *c)
{
    (void)c; /* dx stays NULL */
}

/* Piecewise constant: dx = 0, which is what a missing contribution means. */
void grad_zero(GradCall *c)
{
    (void)c;
}

/* ---- elementwise, one operand ---- */

/* y = x in another dtype: dx = dy in x's.  Nothing flows through integers and booleans. */
void grad_cast(GradCall *c)
{
    if (dtype_is_float(c->x[0]->type.dtype) && dtype_is_float(c->y->type.dtype))
        c->dx[0] = graph_cast(c->g, c->dy, c->x[0]->type.dtype);
}

/* y = -x: dx = -dy */
void grad_neg(GradCall *c)
{
    c->dx[0] = unary(c, OP_neg, c->dy);
}

/* y = |x|: dx = sign(x) dy */
void grad_abs(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, unary(c, OP_sign, c->x[0]));
}

/* y = e^x: dx = y dy */
void grad_exp(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, c->y);
}

/* y = e^x - 1: dx = (y + 1) dy */
void grad_expm1(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, add(c, c->y, number(c, 1, c->y)));
}

/* y = 2^x: dx = ln(2) y dy */
void grad_exp2(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, mul(c, number(c, log(2), c->y), c->y));
}

/* y = ln x: dx = dy / x */
void grad_log(GradCall *c)
{
    c->dx[0] = quotient(c, c->dy, c->x[0]);
}

/* y = ln(1 + x): dx = dy / (1 + x) */
void grad_log1p(GradCall *c)
{
    c->dx[0] = quotient(c, c->dy, add(c, c->x[0], number(c, 1, c->y)));
}

/* y = log x to a base: dx = dy / (ln(base) x) */
static void logarithm(GradCall *c, double base)
{
    c->dx[0] = quotient(c, c->dy, mul(c, number(c, log(base), c->y), c->x[0]));
}

void grad_log2(GradCall *c)
{
    logarithm(c, 2);
}

void grad_log10(GradCall *c)
{
    logarithm(c, 10);
}

/* y = sqrt(x): dx = dy / (2 y) */
void grad_sqrt(GradCall *c)
{
    c->dx[0] = quotient(c, c->dy, mul(c, number(c, 2, c->y), c->y));
}

/* y = x^(-1/2): dx = -y^3 dy / 2 */
void grad_rsqrt(GradCall *c)
{
    Node *cube = mul(c, c->y, mul(c, c->y, c->y));
    c->dx[0] = mul(c, c->dy, mul(c, number(c, -0.5, c->y), cube));
}

/* y = sin x: dx = cos(x) dy */
void grad_sin(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, unary(c, OP_cos, c->x[0]));
}

/* y = cos x: dx = -sin(x) dy */
void grad_cos(GradCall *c)
{
    c->dx[0] = unary(c, OP_neg, mul(c, c->dy, unary(c, OP_sin, c->x[0])));
}

/* y = sinh x: dx = cosh(x) dy */
void grad_sinh(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, unary(c, OP_cosh, c->x[0]));
}

/* y = cosh x: dx = sinh(x) dy */
void grad_cosh(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, unary(c, OP_sinh, c->x[0]));
}

/* y = tanh x: dx = (1 - y^2) dy */
void grad_tanh(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, sub(c, number(c, 1, c->y), mul(c, c->y, c->y)));
}

/* y = 1 / (1 + e^-x): dx = y (1 - y) dy */
void grad_sigmoid(GradCall *c)
{
    c->dx[0] = mul(c, c->dy, mul(c, c->y, sub(c, number(c, 1, c->y), c->y)));
}

/* y = erf x: dx = 2 / sqrt(pi) e^(-x^2) dy */
void grad_erf(GradCall *c)
{
    Node *bell = unary(c, OP_exp, unary(c, OP_neg, mul(c, c->x[0], c->x[0])));
    c->dx[0] = mul(c, c->dy, mul(c, number(c, 2 / sqrt(acos(-1)), c->y), bell));
}

/* ---- elementwise, two and three operands ---- */

/* y = a + b: da = dy, db = dy */
void grad_add(GradCall *c)
{
    c->dx[0] = c->dy;
    c->dx[1] = c->dy;
}

/* y = a - b: da = dy, db = -dy */
void grad_sub(GradCall *c)
{
    c->dx[0] = c->dy;
    if (c->wanted[1])
        c->dx[1] = unary(c, OP_neg, c->dy);
}

/* y = a b: da = b dy, db = a dy */
void grad_mul(GradCall *c)
{
    if (c->wanted[0])
        c->dx[0] = mul(c, c->dy, c->x[1]);
    if (c->wanted[1]) /* of a square, both are one: their sum is twice that */
        c->dx[1] = c->x[0] == c->x[1] && c->wanted[0] ? c->dx[0] : mul(c, c->dy, c->x[0]);
}

/* y = a / b: da = dy / b, db = -dy y / b */
void grad_div(GradCall *c)
{
    Node *over = quotient(c, c->dy, c->x[1]);
    if (c->wanted[0])
        c->dx[0] = over;
    if (c->wanted[1])
        c->dx[1] = unary(c, OP_neg, mul(c, over, c->y));
}

/* y = a - floor(a / b) b: da = dy, db = -floor(a / b) dy */
void grad_mod(GradCall *c)
{
    c->dx[0] = c->dy;
    if (c->wanted[1]) {
        Node *times = graph_binary(c->g, OP_floordiv, c->x[0], c->x[1]);
        c->dx[1] = unary(c, OP_neg, mul(c, c->dy, times));
    }
}

/* Is x one number everywhere?  Constants are not folded yet: a front end casts and expands them. */
static bool find_splat(const Node *x, double *value)
{
    const Node *source = x;
    while (source->op == OP_expand || source->op == OP_reshape || source->op == OP_cast)
        source = source->args[0];
    if (source->op != OP_const || source->attr.elements)
        return false;
    *value = scalar_as_double(source->attr.value);
    for (; x != source; x = x->args[0]) /* no cast may have changed it */
        if (scalar_as_double(scalar_cast(scalar_float(DT_F64, *value), x->type.dtype)) != *value)
            return false;
    return true;
}

/* d(a^b)/da = b a^(b-1) for one constant b: a^0 is flat, and low powers need no pow. */
static Node *power_by_constant(GradCall *c, double exponent)
{
    Node *base = c->x[0];
    if (exponent == 0)
        return NULL;
    if (exponent == 1)
        return c->dy;
    Node *power =
        exponent == 2 ? base : graph_binary(c->g, OP_pow, base, number(c, exponent - 1, base));
    return mul(c, c->dy, mul(c, number(c, exponent, base), power));
}

/* The base is 0, and the exponent `op` 0: there a^(b-1) or ln a is not finite. */
static Node *power_at_zero(GradCall *c, Op op)
{
    Node *base = c->x[0], *exponent = c->x[1];
    return graph_binary(c->g, OP_and, graph_binary(c->g, OP_eq, base, number(c, 0, base)),
                        graph_binary(c->g, op, exponent, number(c, 0, exponent)));
}

/* d(a^b)/da = b a^(b-1), and 0 where a = b = 0, though a^(-1) is not finite. */
static Node *power_by_base(GradCall *c)
{
    Node *base = c->x[0], *exponent = c->x[1];
    double constant;
    if (find_splat(exponent, &constant))
        return power_by_constant(c, constant);
    Node *safe = graph_where(c->g, power_at_zero(c, OP_eq), number(c, 1, base), base);
    Node *less = sub(c, exponent, number(c, 1, exponent));
    return mul(c, c->dy, mul(c, exponent, graph_binary(c->g, OP_pow, safe, less)));
}

/* d(a^b)/db = a^b ln a, taken as 0 at a = 0, b >= 0, as PyTorch does: ln 1 instead. */
static Node *power_by_exponent(GradCall *c)
{
    Node *base = c->x[0];
    Node *safe = graph_where(c->g, power_at_zero(c, OP_ge), number(c, 1, base), base);
    return mul(c, c->dy, mul(c, c->y, unary(c, OP_log, safe)));
}

/* y = a^b: da = b a^(b-1) dy, db = a^b ln(a) dy */
void grad_pow(GradCall *c)
{
    if (c->wanted[0])
        c->dx[0] = power_by_base(c);
    if (c->wanted[1])
        c->dx[1] = power_by_exponent(c);
}

/* y = the angle of (a, b): da = b / (a^2 + b^2) dy, db = -a / (a^2 + b^2) dy */
void grad_atan2(GradCall *c)
{
    Node *a = c->x[0], *b = c->x[1];
    Node *over = quotient(c, c->dy, add(c, mul(c, a, a), mul(c, b, b)));
    if (c->wanted[0])
        c->dx[0] = mul(c, over, b);
    if (c->wanted[1])
        c->dx[1] = unary(c, OP_neg, mul(c, over, a));
}

/* The winner takes dy; at a tie each takes half.  wins(a, b) is `a op b`. */
static void choose(GradCall *c, Op wins)
{
    Node *tie = graph_binary(c->g, OP_eq, c->x[0], c->x[1]);
    Node *half = mul(c, c->dy, number(c, 0.5, c->dy));
    for (int k = 0; k < 2; k++)
        if (c->wanted[k]) {
            Node *won = graph_binary(c->g, wins, c->x[k], c->x[1 - k]);
            c->dx[k] = graph_where(c->g, tie, half, masked(c, won, c->dy));
        }
}

/* y = min(a, b): dy to the smaller */
void grad_minimum(GradCall *c)
{
    choose(c, OP_lt);
}

/* y = max(a, b): dy to the larger */
void grad_maximum(GradCall *c)
{
    choose(c, OP_gt);
}

/* y = a where m, else b: da = dy where m, db = dy where not m */
void grad_where(GradCall *c)
{
    Node *zero = number(c, 0, c->dy);
    if (c->wanted[1])
        c->dx[1] = graph_where(c->g, c->x[0], c->dy, zero);
    if (c->wanted[2])
        c->dx[2] = graph_where(c->g, c->x[0], zero, c->dy);
}

/* ---- views: the elements of dy go back to where they came from ---- */

/* y[i] = x[i], counted in row-major order: dx[i] = dy[i] */
void grad_reshape(GradCall *c)
{
    c->dx[0] = graph_reshape(c->g, c->dy, &c->x[0]->type);
}

/* Axis k of y is axis axes[k] of x: axis axes[k] of dx is axis k of dy. */
void grad_permute(GradCall *c)
{
    int inverse[MAX_RANK];
    for (int k = 0; k < c->y->type.rank; k++)
        inverse[c->y->attr.axes[k]] = k;
    c->dx[0] = graph_permute(c->g, c->dy, inverse);
}

/* dx = the sum of dy over the repeated axes */
void grad_expand(GradCall *c)
{
    c->dx[0] = graph_sum_to(c->g, c->dy, &c->x[0]->type);
}

/* y[i] = x[start + i step]: dx is dy at those places, zero elsewhere */
void grad_slice(GradCall *c)
{
    const Attr *a = &c->y->attr;
    const Scalar zero = scalar_float(c->dy->type.dtype, 0);
    c->dx[0] = graph_pad(c->g, c->dy, a->start, a->step, zero, &c->x[0]->type);
}

/* y[start + i step] = x[i]: dx[i] = dy[start + i step] */
void grad_pad(GradCall *c)
{
    const Attr *a = &c->y->attr;
    c->dx[0] = graph_slice(c->g, c->dy, a->start, a->step, &c->x[0]->type);
}

/* Each operand's dx is its piece of dy. */
void grad_concat(GradCall *c)
{
    const int axis = c->y->attr.axes[0];
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    for (int k = 0; k < MAX_RANK; k++)
        step[k] = 1;
    for (int k = 0; k < c->y->arity; k++) {
        if (c->wanted[k])
            c->dx[k] = graph_slice(c->g, c->dy, start, step, &c->x[k]->type);
        start[axis] += c->x[k]->type.dims[axis].size;
    }
}

/* y[o, k] = x[o step + k dilation]: each element of dx is the sum of dy over where it was read */
void grad_window(GradCall *c)
{
    const Window w = node_window(c->y);
    c->dx[0] = graph_fold(c->g, c->dy, &w, c->x[0]->type.dims[w.axis].size);
}

/* y[i] = sum of x[o, k] with o step + k dilation = i: each of them has dy[i] */
void grad_fold(GradCall *c)
{
    const Window w = node_window(c->y);
    c->dx[0] = graph_window(c->g, c->dy, &w);
}

/* ---- reductions ---- */

/* The sum of x over the axes of the call, repeated to x's shape. */
static Node *total(GradCall *c, Node *x)
{
    const Attr *a = &c->y->attr;
    return graph_expand(c->g, graph_reduce(c->g, OP_sum, x, a->axes, a->axis_count), &x->type);
}

/* y = sum x: dx = dy, repeated */
void grad_sum(GradCall *c)
{
    c->dx[0] = graph_expand(c->g, c->dy, &c->x[0]->type);
}

/* y = prod x: dx[i] = dy times the product of the others, without 0 / 0.  With p the product of
 * what is not zero, dx[i] = dy q[i] p / (x[i], or 1 at a zero), where q[i] is the product of the
 * zeros other than x[i]: 1 if there is none, 0 if there are several, and if there is one, that zero
 * itself, as the sum of all zeros but x[i]: worth nothing, but its derivative is not, so that the
 * second derivative is right as well. */
void grad_prod(GradCall *c)
{
    Node *x = c->x[0];
    const Attr *a = &c->y->attr;
    Node *is_zero = graph_binary(c->g, OP_eq, x, number(c, 0, x));
    Node *safe = graph_where(c->g, is_zero, number(c, 1, x), x);
    Node *flag = graph_cast(c->g, is_zero, x->type.dtype), *zero = masked(c, is_zero, x);
    Node *p = graph_reduce(c->g, OP_prod, safe, a->axes, a->axis_count);
    Node *count = sub(c, total(c, flag), flag), *sum = sub(c, total(c, zero), zero);
    Node *one = graph_binary(c->g, OP_eq, count, number(c, 1, count));
    Node *none = graph_binary(c->g, OP_eq, count, number(c, 0, count));
    Node *q = graph_where(c->g, none, number(c, 1, x), masked(c, one, sum));
    Node *all = graph_expand(c->g, mul(c, c->dy, p), &x->type);
    c->dx[0] = mul(c, q, quotient(c, all, safe));
}

/* y = max or min x: dx = dy / (number of elements equal to y) at those elements */
static void share(GradCall *c)
{
    Node *x = c->x[0];
    const Attr *a = &c->y->attr;
    Node *equal = graph_binary(c->g, OP_eq, x, graph_expand(c->g, c->y, &x->type));
    Node *flag = graph_cast(c->g, equal, x->type.dtype);
    Node *count = graph_reduce(c->g, OP_sum, flag, a->axes, a->axis_count);
    c->dx[0] = masked(c, equal, graph_expand(c->g, quotient(c, c->dy, count), &x->type));
}

/* y = max x */
void grad_max(GradCall *c)
{
    share(c);
}

/* y = min x */
void grad_min(GradCall *c)
{
    share(c);
}

/* ---- products ---- */

/* The gradient of operand k, whose labels are `mine`: the product of dy and the other operand,
 * summed to the labels that they have; labels summed inside this operand alone are repeated. */
static Node *contract_operand(GradCall *c, int k)
{
    const char *const *labels = c->y->attr.labels;
    const char *mine = labels[k], *other = labels[1 - k], *out = labels[2];
    char kept[MAX_RANK + 1];
    int count = 0;
    Type reduced = c->x[k]->type;
    for (int i = 0; mine[i]; i++) {
        bool found = false;
        for (const char *l = out; *l; l++)
            found = found || *l == mine[i];
        for (const char *l = other; *l; l++)
            found = found || *l == mine[i];
        if (found)
            kept[count++] = mine[i];
        else
            reduced.dims[i] = dim_fixed(1);
    }
    kept[count] = '\0';
    Node *d = graph_contract(c->g, c->dy, c->x[1 - k], out, other, kept);
    if (count == c->x[k]->type.rank)
        return d;
    return graph_expand(c->g, graph_reshape(c->g, d, &reduced), &c->x[k]->type);
}

/* y[out] = sum a[la] b[lb]: da[la] = sum dy[out] b[lb], db[lb] = sum dy[out] a[la] */
void grad_contract(GradCall *c)
{
    for (int k = 0; k < 2; k++)
        if (c->wanted[k])
            c->dx[k] = contract_operand(c, k);
}

/* ---- places given by integers ---- */

/* y[out] = x[.., index, ..]: dx is dy added where y was read */
void grad_gather(GradCall *c)
{
    if (c->wanted[0])
        c->dx[0] = graph_scatter(c->g, c->dy, c->x[1], &c->y->attr, &c->x[0]->type);
}

/* y[.., index, ..] += x[out]: dx[out] = dy[.., index, ..] */
void grad_scatter(GradCall *c)
{
    const Attr *a = &c->y->attr;
    if (c->wanted[0])
        c->dx[0] = graph_gather(c->g, c->dy, c->x[1], a->axes[0], a->labels[0], a->labels[1],
                                a->labels[2]);
}
