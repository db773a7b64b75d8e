/* einsum.c -- products and sums by an equation, as chains of contractions.
 *
 *     einsum("bij,bjk->bik", a, b)      contract bij,bjk->bik
 *     einsum("i,ij,j->", x, m, y)       contract i,ij->j, then j,j->
 *     einsum("ii->i", m)                the diagonal: a view
 *     einsum("ij->j", m)                a sum
 *
 * Operands are joined from the left; a label is summed as soon as nothing behind needs it. */
#include "frontend/einsum.h"

#include <string.h>

typedef struct Factor { /* a tensor on its way, its axes labelled, each label once */
    Node *node;
    int labels[MAX_RANK];
} Factor;

static int factor_axis(const Factor *f, int label)
{
    for (int axis = 0; axis < f->node->type.rank; axis++)
        if (f->labels[axis] == label)
            return axis;
    return -1;
}

/* ---- one operand ---- */

/* Without its axis: of size 1, or summed. */
static void drop_axis(Graph *g, Factor *f, int axis)
{
    Type shape = f->node->type;
    if (!dim_is_one(shape.dims[axis]))
        f->node = graph_reduce(g, OP_sum, f->node, &axis, 1);
    shape.rank--;
    for (int i = axis; i < shape.rank; i++) {
        shape.dims[i] = shape.dims[i + 1];
        f->labels[i] = f->labels[i + 1];
    }
    f->node = graph_reshape(g, f->node, &shape);
}

/* Labels that stand twice give the diagonal; axes of size 1 that broadcast are dropped. */
static bool take_operand(Einsum *es, int which, Factor *f)
{
    Graph *g = elab_graph(es->call->e);
    const Term *term = &es->terms[which];
    f->node = es->operands[which];
    memcpy(f->labels, term->labels, (size_t)term->count * sizeof f->labels[0]);
    for (int axis = f->node->type.rank - 1; axis >= 0; axis--) {
        const int label = f->labels[axis];
        const int first = factor_axis(f, label);
        const Dim d = f->node->type.dims[axis];
        if (dim_is_one(d) && (first < axis || !dim_is_one(es->sizes[label]))) {
            drop_axis(g, f, axis);
        } else if (first < axis && d.batch) {
            call_fail(es->call, -1, NULL, "einsum: '%s' would be a diagonal of batch x batch",
                      term->text);
            return false;
        } else if (first < axis) {
            const int moved = f->labels[first];
            f->node = tensor_diagonal(g, f->node, first, axis, 0);
            for (int i = axis; i < f->node->type.rank; i++)
                f->labels[i] = f->labels[i + 1];
            for (int i = first; i < f->node->type.rank - 1; i++)
                f->labels[i] = f->labels[i + 1];
            f->labels[f->node->type.rank - 1] = moved;
            axis = f->node->type.rank; /* the axes have moved: begin again */
        }
    }
    return true;
}

/* Does the result, or an operand from `next` on, have this label? */
static bool is_needed(const Einsum *es, int label, int next)
{
    for (int k = 0; k < es->result.count; k++)
        if (es->result.labels[k] == label)
            return true;
    for (int i = next; i < es->count; i++)
        for (int k = 0; k < es->terms[i].count; k++)
            if (es->terms[i].labels[k] == label)
                return true;
    return false;
}

/* Sums over what neither the other factor nor anything behind has. */
static void sum_alone(const Einsum *es, Factor *f, const Factor *other, int next)
{
    for (int axis = f->node->type.rank - 1; axis >= 0; axis--)
        if ((!other || factor_axis(other, f->labels[axis]) < 0) &&
            !is_needed(es, f->labels[axis], next))
            drop_axis(elab_graph(es->call->e), f, axis);
}

/* ---- two ---- */

/* The labels of the product of a and b: of the last one in the result's order. */
static int product_labels(const Einsum *es, const Factor *a, const Factor *b, int next, int *out)
{
    const Factor *const both[2] = {a, b};
    int count = 0;
    for (int k = 0; next == es->count && k < es->result.count; k++)
        out[count++] = es->result.labels[k];
    for (int which = 0; next < es->count && which < 2; which++)
        for (int axis = 0; axis < both[which]->node->type.rank; axis++) {
            const int label = both[which]->labels[axis];
            if (is_needed(es, label, next) && (which == 0 || factor_axis(a, label) < 0))
                out[count++] = label;
        }
    return count;
}

static bool product_type(const Einsum *es, const int *labels, int count, Type *type)
{
    int batches = 0;
    *type = (Type){.dtype = es->operands[0]->type.dtype};
    if (count > MAX_RANK) {
        call_fail(es->call, -1, "join fewer operands in one einsum",
                  "einsum: a product on the way has %d axes, more than %d", count, MAX_RANK);
        return false;
    }
    for (int k = 0; k < count; k++) {
        type->dims[type->rank++] = es->sizes[labels[k]];
        batches += es->sizes[labels[k]].batch;
    }
    if (batches > 1) {
        call_fail(es->call, -1, NULL, "einsum: a product would be batch x batch");
        return false;
    }
    return type_within_limits(es->call->e, type, es->call->loc);
}

/* The factor with axes in the order of the labels, 1 where it has none, repeated to the type. */
static Node *spread(Graph *g, const Factor *f, const int *labels, const Type *type)
{
    int axes[MAX_RANK], count = 0;
    Type shape = *type;
    for (int k = 0; k < type->rank; k++) {
        const int axis = factor_axis(f, labels[k]);
        shape.dims[k] = axis < 0 ? dim_fixed(1) : f->node->type.dims[axis];
        if (axis >= 0)
            axes[count++] = axis;
    }
    return graph_expand(g, graph_reshape(g, graph_permute(g, f->node, axes), &shape), type);
}

/* The letters that contract knows, in order of their first use. */
static void letters_of(const int *labels, int count, int *used, int *numbers, char *out)
{
    for (int k = 0; k < count; k++) {
        int i = 0;
        while (i < *used && numbers[i] != labels[k])
            i++;
        if (i == *used)
            numbers[(*used)++] = labels[k];
        out[k] = (char)('a' + i);
    }
    out[count] = '\0';
}

static bool multiply(const Einsum *es, Factor *a, const Factor *b, int next)
{
    Graph *g = elab_graph(es->call->e);
    int labels[EINSUM_LABELS], numbers[2 * MAX_RANK], used = 0;
    char la[MAX_RANK + 1], lb[MAX_RANK + 1], lout[MAX_RANK + 1];
    Type type;
    const int count = product_labels(es, a, b, next, labels);
    if (!product_type(es, labels, count, &type))
        return false;
    letters_of(a->labels, a->node->type.rank, &used, numbers, la);
    letters_of(b->labels, b->node->type.rank, &used, numbers, lb);
    if (used == count) { /* nothing is summed */
        a->node = graph_binary(g, OP_mul, spread(g, a, labels, &type), spread(g, b, labels, &type));
    } else {
        letters_of(labels, count, &used, numbers, lout);
        a->node = graph_contract(g, a->node, b->node, la, lb, lout);
    }
    memcpy(a->labels, labels, (size_t)count * sizeof labels[0]);
    return true;
}

/* ---- all ---- */

Value call_einsum(Call *call)
{
    Einsum es;
    Factor whole, next;
    if (!einsum_read(call, &es) || !take_operand(&es, 0, &whole))
        return value_error();
    for (int i = 1; i < es.count; i++) {
        if (!take_operand(&es, i, &next))
            return value_error();
        sum_alone(&es, &whole, &next, i + 1);
        sum_alone(&es, &next, &whole, i + 1);
        if (!multiply(&es, &whole, &next, i + 1))
            return value_error();
    }
    sum_alone(&es, &whole, NULL, es.count);
    Type type;
    if (!product_type(&es, es.result.labels, es.result.count, &type))
        return value_error();
    return value_tensor(spread(elab_graph(call->e), &whole, es.result.labels, &type));
}
