/* gpu_epilogue.c -- products that cuBLASLt finishes: which values of a contract are epilogues.
 *
 *     p + b                                       b along the columns
 *     where(p + b <= 0, 0, p + b)                 relu; the bias may be missing
 *     0.5 x (1 + tanh(0.798 (x + 0.0447 x^3)))    gelu in its form with tanh, x as above
 *
 * They are known by their structure, whatever they are called.  A gelu is known by its
 * coefficients: it is a polynomial in x and in one tanh, of a polynomial in x, so that no order of
 * its factors and terms matters.
 *
 * Nothing else may read the product, nor what stands between it and the value, for neither is
 * stored then: where a gradient needs them, the product is a kernel's to finish. */
#include "codegen/gpu_epilogue.h"

#include <math.h>
#include <string.h>

#include "codegen/fuse.h"
#include "codegen/kexpr.h"

enum { INNER = 32, DEGREE = 3 };

typedef struct Search {
    const Lowering *l;
    const Node *contract;
    const Node *x, *bias;     /* the product with its bias, and that; or NULL */
    const Node *tanh;         /* the one that was come upon, or NULL */
    const Node *inner[INNER]; /* what stands between the contract and the value, both included */
    int count;
} Search;

/* ---- nodes ---- */

static bool note(Search *s, const Node *n)
{
    for (int i = 0; i < s->count; i++)
        if (s->inner[i] == n)
            return true;
    if (s->count == INNER)
        return false;
    s->inner[s->count++] = n;
    return true;
}

/* One number for all elements. */
static bool is_number(const Node *n, double *value)
{
    while (n->op == OP_expand || n->op == OP_reshape)
        n = n->args[0];
    if (n->op != OP_const || n->attr.elements || !dtype_is_float(n->type.dtype))
        return false;
    *value = n->attr.value.f;
    return true;
}

/* The one axis of the result along which an operand alone has elements: its last; -1 if none. */
static int column_axis(const Node *contract)
{
    const char *labels = contract->attr.labels[2];
    int axis = contract->type.rank - 1;
    while (axis >= 0 && dim_is_one(contract->type.dims[axis]))
        axis--;
    if (axis < 0 || contract->type.dims[axis].batch)
        return -1;
    const char *const *operands = contract->attr.labels;
    const bool first = strchr(operands[0], labels[axis]) != NULL;
    const char *const across = operands[!first], *const down = operands[first];
    if (first == (strchr(operands[1], labels[axis]) != NULL))
        return -1;
    for (int i = 0; i < axis; i++)
        if (!dim_is_one(contract->type.dims[i]) && strchr(across, labels[i]) &&
            !strchr(down, labels[i]))
            return -1;
    return axis;
}

/* A row of numbers in memory, the same for each row of the result. */
static bool is_bias(const Lowering *l, const Node *contract, const Node *n)
{
    const int column = column_axis(contract);
    if (n->op != OP_expand || column < 0)
        return false;
    const Node *row = n->args[0];
    for (int axis = 0; axis < row->type.rank; axis++)
        if (dim_is_one(row->type.dims[axis]) == (axis == column))
            return false;
    while (row->op == OP_reshape && !l->info[row->id].root)
        row = row->args[0];
    return fuse_is_variable(row) || l->info[row->id].root;
}

/* x: the product, or the product with a bias.  The first that is come upon is it. */
static bool is_x(Search *s, const Node *n)
{
    if (s->x)
        return n == s->x;
    const Node *bias = NULL;
    if (n->op == OP_add && n->args[0] == s->contract && is_bias(s->l, s->contract, n->args[1]))
        bias = n->args[1];
    else if (n->op == OP_add && n->args[1] == s->contract && is_bias(s->l, s->contract, n->args[0]))
        bias = n->args[0];
    else if (n != s->contract)
        return false;
    s->x = n;
    s->bias = bias;
    return note(s, n) && note(s, s->contract);
}

/* ---- polynomials in x and tanh ---- */

typedef struct Poly {
    double of[2][DEGREE + 1]; /* [t][k] is the factor of tanh^t x^k */
} Poly;

static bool poly_mul(const Poly *a, const Poly *b, Poly *product)
{
    *product = (Poly){0};
    for (int t = 0; t < 4; t++)
        for (int k = 0; k < (DEGREE + 1) * (DEGREE + 1); k++) {
            const int i = k / (DEGREE + 1), j = k % (DEGREE + 1);
            const double term = a->of[t / 2][i] * b->of[t % 2][j];
            if (term == 0)
                continue;
            if (t / 2 + t % 2 > 1 || i + j > DEGREE)
                return false;
            product->of[t / 2 + t % 2][i + j] += term;
        }
    return true;
}

static void poly_add(Poly *a, const Poly *b, double factor)
{
    for (int t = 0; t < 2; t++)
        for (int k = 0; k <= DEGREE; k++)
            a->of[t][k] += factor * b->of[t][k];
}

static bool find_poly(Search *s, const Node *n, Poly *poly);

static bool find_power(const Node *n, const Poly *x, Poly *poly)
{
    double power;
    if (!is_number(n->args[1], &power) || (power != 2 && power != 3))
        return false;
    *poly = *x;
    for (int i = 1; i < (int)power; i++) {
        const Poly last = *poly;
        if (!poly_mul(&last, x, poly))
            return false;
    }
    return true;
}

static bool find_binary(Search *s, const Node *n, Poly *poly)
{
    Poly a, b;
    if (!find_poly(s, n->args[0], &a))
        return false;
    if (n->op == OP_pow)
        return find_power(n, &a, poly);
    if (!find_poly(s, n->args[1], &b))
        return false;
    if (n->op == OP_mul)
        return poly_mul(&a, &b, poly);
    *poly = a;
    if (n->op == OP_div) {
        double divisor;
        if (!is_number(n->args[1], &divisor) || divisor == 0)
            return false;
        *poly = (Poly){0};
        poly_add(poly, &a, 1 / divisor);
        return true;
    }
    poly_add(poly, &b, n->op == OP_sub ? -1 : 1);
    return true;
}

/* n as a polynomial; false if it is none. */
static bool find_poly(Search *s, const Node *n, Poly *poly)
{
    *poly = (Poly){0};
    if (is_number(n, &poly->of[0][0]))
        return true;
    if (is_x(s, n)) {
        poly->of[0][1] = 1;
        return true;
    }
    if (n->type.dtype != DT_F32 || n->host || !note(s, n))
        return false;
    switch (n->op) {
    case OP_tanh:
        poly->of[1][0] = 1;
        if (s->tanh && s->tanh != n)
            return false;
        s->tanh = n;
        return true;
    case OP_add:
    case OP_sub:
    case OP_mul:
    case OP_div:
    case OP_pow:
        return find_binary(s, n, poly);
    default:
        return false;
    }
}

static bool poly_is(const Poly *p, const Poly *wanted)
{
    for (int t = 0; t < 2; t++)
        for (int k = 0; k <= DEGREE; k++)
            if (fabs(p->of[t][k] - wanted->of[t][k]) > 1e-6)
                return false;
    return true;
}

/* ---- forms ---- */

static bool is_gelu(Search *s, const Node *n)
{
    static const Poly outer = {.of = {{0, 0.5}, {0, 0.5}}},
                      inner = {.of = {{0, 0.7978845608028654, 0, 0.7978845608028654 * 0.044715}}};
    Poly poly, argument;
    if (!find_poly(s, n, &poly) || !s->tanh || !poly_is(&poly, &outer))
        return false;
    const Node *tanh = s->tanh;
    return find_poly(s, tanh->args[0], &argument) && poly_is(&argument, &inner);
}

/* where(x <= 0, 0, x), where(x > 0, x, 0), maximum(x, 0) and the like. */
static bool is_relu(Search *s, const Node *n)
{
    double zero = 1;
    if (n->op == OP_maximum) {
        const int x = is_number(n->args[0], &zero);
        return (x || is_number(n->args[1], &zero)) && zero == 0 && note(s, n) &&
               is_x(s, n->args[x]);
    }
    if (n->op != OP_where)
        return false;
    const Node *test = n->args[0];
    const bool below = test->op == OP_le || test->op == OP_lt;
    const bool above = test->op == OP_ge || test->op == OP_gt;
    if (!below && !above)
        return false;
    double bound = 1;
    return is_number(test->args[1], &bound) && bound == 0 &&
           is_number(n->args[below ? 1 : 2], &zero) && zero == 0 && note(s, n) && note(s, test) &&
           is_x(s, test->args[0]) && n->args[below ? 2 : 1] == test->args[0];
}

/* Is what stands inside read there alone? */
static bool is_closed(const Search *s, const Node *n)
{
    for (int i = 0; i < s->count; i++) {
        int uses = 0;
        for (int k = 0; k < s->count; k++)
            for (int a = 0; a < s->inner[k]->arity && s->inner[k] != s->contract; a++)
                uses += s->inner[k]->args[a] == s->inner[i];
        if (s->inner[i] != n && uses != s->l->info[s->inner[i]->id].uses)
            return false;
    }
    return true;
}

bool gpu_epilogue_find(const Lowering *l, const Node *contract, const Node *n, Epilogue *e)
{
    const Search start = {.l = l, .contract = contract};
    Search s = start;
    if (contract->type.dtype != DT_F32 || n->type.dtype != DT_F32 || column_axis(contract) < 0)
        return false;
    if (is_x(&s, n)) {
        *e = (Epilogue){GEMM_LINEAR, s.bias};
        return s.bias && is_closed(&s, n);
    }
    if (is_relu(&s, n)) {
        *e = (Epilogue){GEMM_RELU, s.bias};
        return is_closed(&s, n);
    }
    s = start;
    *e = (Epilogue){GEMM_GELU, NULL};
    if (!is_gelu(&s, n) || !is_closed(&s, n))
        return false;
    e->bias = s.bias;
    return true;
}

bool gpu_epilogue_place(Lowering *l, const Epilogue *e, Gemm *g)
{
    static const char column[] = "column";
    KExpr *index[MAX_RANK];
    int64_t step;
    g->activation = e->activation;
    if (!e->bias)
        return true;
    const Type *type = &e->bias->type;
    int last = type->rank - 1;
    while (dim_is_one(type->dims[last]))
        last--;
    for (int axis = 0; axis < type->rank; axis++)
        index[axis] = kexpr_int(l->arena, 0);
    l->guarded++; /* nothing may be appended */
    const KExpr *first = lower_value(l, e->bias, index);
    index[last] = kexpr_index(l->arena, column, type->dims[last].size - 1);
    const KExpr *each = lower_value(l, e->bias, index);
    l->guarded--;
    if (each->kind != KE_LOAD || first->kind != KE_LOAD ||
        !kexpr_factor(each->args[0], column, &step) || step != 1)
        return false;
    g->bias = each->buffer;
    g->bias_offset = first->args[0];
    return true;
}
