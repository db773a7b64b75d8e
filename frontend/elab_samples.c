/* elab_samples.c -- is a loss a mean over the samples of its batch, a sum over them, or neither?
 *
 *     mean((x @ w - y) ** 2)                     a mean
 *     cross_entropy(f(x), label) + 0.1 * sum(w * w)   a mean, and what no sample changes
 *     sum((x @ w - y) ** 2)                      a sum
 *     sqrt(mean((x @ w - y) ** 2))               neither
 *
 * A step over several micro-batches weighs those of a mean by their samples and adds those of a
 * sum, so that it is the step over the large batch.  Each node gets a kind from its operands'; what
 * is not proven is BATCH_MIXED.  What a sample takes from means over its batch (batchnorm's
 * statistics) is its own affair, as in PyTorch: it sees those of its micro-batch. */
#include "frontend/elab.h"
#include "ir/scan.h"

typedef enum BatchKind {
    BATCH_NONE,      /* the same for all batches */
    BATCH_EACH,      /* a row for each sample */
    BATCH_COUNT,     /* samples, times what is the same for all batches */
    BATCH_SHARE,     /* that, divided by samples */
    BATCH_SUM,       /* a sum over samples */
    BATCH_MEAN,      /* a mean over samples, plus what is the same for all batches */
    BATCH_STATISTIC, /* computed from means, but none */
    BATCH_MIXED
} BatchKind;

typedef struct Samples {
    Elab *e;
    BatchKind *kinds; /* by id */
} Samples;

static BatchKind kind_of(const Samples *s, const Node *n)
{
    return s->kinds[n->id];
}

static bool is_batched(const Node *n)
{
    return type_batch_axis(&n->type) >= 0;
}

static bool is_mean_like(BatchKind kind)
{
    return kind == BATCH_NONE || kind == BATCH_MEAN || kind == BATCH_STATISTIC;
}

/* a + b, and what is made of one or the other */
static BatchKind join_kinds(BatchKind a, BatchKind b)
{
    if (a == b)
        return a;
    if (!is_mean_like(a) || !is_mean_like(b))
        return BATCH_MIXED;
    return a == BATCH_STATISTIC || b == BATCH_STATISTIC ? BATCH_STATISTIC : BATCH_MEAN;
}

static BatchKind product_kind(BatchKind a, BatchKind b)
{
    if (a == BATCH_NONE || b == BATCH_NONE)
        return a == BATCH_NONE ? b : a;
    if ((a == BATCH_SUM && b == BATCH_SHARE) || (a == BATCH_SHARE && b == BATCH_SUM))
        return BATCH_MEAN;
    return is_mean_like(a) && is_mean_like(b) ? BATCH_STATISTIC : BATCH_MIXED;
}

static BatchKind quotient_kind(BatchKind a, BatchKind b)
{
    if (b == BATCH_NONE)
        return a;
    if (b == BATCH_COUNT)
        return a == BATCH_SUM     ? BATCH_MEAN
               : a == BATCH_NONE  ? BATCH_SHARE
               : a == BATCH_COUNT ? BATCH_NONE
                                  : BATCH_MIXED;
    const bool ratio = is_mean_like(a) && is_mean_like(b);
    return ratio || (a == BATCH_SUM && b == BATCH_SUM) ? BATCH_STATISTIC : BATCH_MIXED;
}

/* Any function of operands without a batch dimension. */
static BatchKind function_kind(const Samples *s, const Node *n)
{
    BatchKind kind = BATCH_NONE;
    for (int i = 0; i < n->arity; i++) {
        const BatchKind operand = kind_of(s, n->args[i]);
        if (!is_mean_like(operand))
            return BATCH_MIXED;
        if (operand != BATCH_NONE)
            kind = BATCH_STATISTIC;
    }
    return kind;
}

/* What has a row for each sample, made from rows and from what all rows may share. */
static BatchKind rows_kind(const Samples *s, const Node *n)
{
    for (int i = 0; i < n->arity; i++) {
        const BatchKind operand = kind_of(s, n->args[i]);
        if (operand != BATCH_EACH && !is_mean_like(operand))
            return BATCH_MIXED;
    }
    return BATCH_EACH;
}

static bool is_reduced(const Node *n, int axis)
{
    for (int i = 0; i < n->attr.axis_count; i++)
        if (n->attr.axes[i] == axis)
            return true;
    return false;
}

static BatchKind reduce_kind(const Samples *s, const Node *n)
{
    const Node *x = n->args[0];
    const int batch = type_batch_axis(&x->type);
    if (batch < 0)
        return n->op == OP_sum ? kind_of(s, x) : function_kind(s, n);
    if (!is_reduced(n, batch))
        return kind_of(s, x);
    return n->op == OP_sum && kind_of(s, x) == BATCH_EACH ? BATCH_SUM : BATCH_MIXED;
}

static BatchKind contract_kind(const Samples *s, const Node *n)
{
    const Node *a = n->args[0], *b = n->args[1];
    if (is_batched(n))
        return rows_kind(s, n);
    if (!is_batched(a) && !is_batched(b))
        return product_kind(kind_of(s, a), kind_of(s, b));
    const bool rows = kind_of(s, a) != BATCH_MIXED && kind_of(s, b) != BATCH_MIXED;
    const bool both = is_batched(a) && is_batched(b);
    return rows && (both || kind_of(s, is_batched(a) ? b : a) == BATCH_NONE) ? BATCH_SUM
                                                                             : BATCH_MIXED;
}

static BatchKind grad_kind(const Samples *s, const Node *n)
{
    const BatchKind y = kind_of(s, n->args[0]), x = kind_of(s, n->args[1]);
    if (is_batched(n))
        return y == BATCH_SUM && x == BATCH_EACH ? BATCH_EACH : BATCH_MIXED;
    return x == BATCH_NONE ? y : BATCH_MIXED;
}

static BatchKind source_kind(const Node *n)
{
    if (n->op == OP_iota && n->attr.axes[0] == type_batch_axis(&n->type))
        return BATCH_MIXED; /* a sample's number in its batch */
    if (n->op == OP_counter && n->attr.slot == COUNTER_BATCH)
        return BATCH_COUNT;
    if ((n->op == OP_uniform || n->op == OP_normal) && !is_batched(n))
        return BATCH_MIXED; /* drawn anew in each micro-batch */
    return is_batched(n) ? BATCH_EACH : BATCH_NONE;
}

static BatchKind ewise_kind(const Samples *s, const Node *n)
{
    const BatchKind a = kind_of(s, n->args[0]);
    const BatchKind b = n->arity > 1 ? kind_of(s, n->args[1]) : BATCH_NONE;
    switch (n->op) {
    case OP_cast:
        return dtype_is_float(n->type.dtype) ? a : function_kind(s, n);
    case OP_neg:
    case OP_detach:
        return a;
    case OP_add:
    case OP_sub:
        return join_kinds(a, b);
    case OP_mul:
        return product_kind(a, b);
    case OP_div:
        return quotient_kind(a, b);
    case OP_where:
        return a == BATCH_NONE ? join_kinds(b, kind_of(s, n->args[2])) : function_kind(s, n);
    default:
        return function_kind(s, n);
    }
}

static BatchKind view_kind(const Samples *s, const Node *n)
{
    BatchKind kind = n->arity > 0 ? kind_of(s, n->args[0]) : BATCH_NONE;
    if (n->op == OP_pad)
        return kind == BATCH_NONE || scalar_as_double(n->attr.value) == 0 ? kind
                                                                          : function_kind(s, n);
    for (int i = 1; i < n->arity; i++)
        kind = join_kinds(kind, kind_of(s, n->args[i]));
    return kind;
}

/* Does a loop's body take samples together, or depend on how many there are? */
static bool body_mixes(const Graph *body)
{
    for (int i = 0; i < body->nodes.count; i++) {
        const Node *n = body->nodes.data[i];
        if (n->op == OP_scan && body_mixes(n->attr.scan->body))
            return true;
        if (op_info[n->op].class == CLASS_SOURCE && n->op != OP_arg && source_kind(n) > BATCH_EACH)
            return true;
        for (int k = 0; k < n->arity && n->op != OP_scan && n->op != OP_scan_out; k++)
            if (is_batched(n->args[k]) && !is_batched(n))
                return true;
    }
    return false;
}

static BatchKind find_kind(const Samples *s, const Node *n)
{
    const OpClass class = op_info[n->op].class;
    if (class == CLASS_SOURCE)
        return source_kind(n);
    if (n->op == OP_grad)
        return grad_kind(s, n);
    if (n->op == OP_scan)
        return body_mixes(n->attr.scan->body) ? BATCH_MIXED : rows_kind(s, n);
    if (class == CLASS_REDUCE)
        return reduce_kind(s, n);
    if (class == CLASS_CONTRACT)
        return contract_kind(s, n);
    if (is_batched(n))
        return rows_kind(s, n);
    for (int i = 0; i < n->arity; i++)
        if (is_batched(n->args[i]))
            return BATCH_MIXED;
    return class == CLASS_EWISE  ? ewise_kind(s, n)
           : class == CLASS_VIEW ? view_kind(s, n)
                                 : function_kind(s, n);
}

/* ---- why not ---- */

static const char *reason_of(const Samples *s, const Node *n)
{
    const BatchKind kind = kind_of(s, n);
    const BatchKind a = n->arity > 0 ? kind_of(s, n->args[0]) : BATCH_NONE;
    const BatchKind b = n->arity > 1 ? kind_of(s, n->args[1]) : BATCH_NONE;
    if (n->op == OP_div && a == BATCH_SUM && b == BATCH_SUM)
        return "a quotient of two sums over the samples: micro-batches would count by the second";
    if (kind == BATCH_STATISTIC)
        return "a mean over the samples goes through a function that is not linear";
    if ((n->op == OP_add || n->op == OP_sub) && (a == BATCH_SUM || b == BATCH_SUM))
        return "a sum over the samples, and a term that would count once for each micro-batch";
    if (n->op == OP_uniform || n->op == OP_normal)
        return "a random draw without a batch dimension, anew in each micro-batch";
    if (n->op == OP_iota)
        return "a sample's place in its batch";
    if (n->op == OP_grad)
        return "a gradient that depends on how many samples a batch has; take that of a sum";
    return "it takes the samples of a batch together, other than in a mean or a sum";
}

/* From the loss down to where it stops being a mean or a sum. */
static const Node *find_culprit(const Samples *s, const Node *n)
{
    const BatchKind kind = kind_of(s, n);
    for (int i = 0; i < n->arity;) {
        const Node *operand = n->args[i];
        if (kind_of(s, operand) == kind) {
            n = operand;
            i = 0;
        } else {
            i++;
        }
    }
    return n;
}

LossKind loss_kind(Elab *e, Node *loss, const Node **where, const char **why)
{
    Graph *g = e->graph;
    const Samples s = {e, arena_array(e->arena, BatchKind, g->next_id)};
    for (int i = 0; i < g->nodes.count; i++) /* built in order: operands first */
        s.kinds[g->nodes.data[i]->id] = find_kind(&s, g->nodes.data[i]);
    const BatchKind kind = kind_of(&s, loss);
    if (kind == BATCH_NONE || kind == BATCH_MEAN)
        return LOSS_MEAN;
    if (kind == BATCH_SUM)
        return LOSS_SUM;
    *where = find_culprit(&s, loss);
    *why = reason_of(&s, *where);
    return LOSS_OTHER;
}
