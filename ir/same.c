/* same.c -- do two nodes compute the same, given the same operands?
 *
 *     %2 = sum %0 axes=[1]     %7 = sum %5 axes=[1]     yes, if %0 and %5 are the same */
#include <string.h>

#include "ir/graph.h"

static bool same_labels(const Attr *a, const Attr *b)
{
    for (int k = 0; k < 3; k++) {
        if (!a->labels[k] != !b->labels[k])
            return false;
        if (a->labels[k] && strcmp(a->labels[k], b->labels[k]) != 0)
            return false;
    }
    return true;
}

static bool same_elements(const Node *a, const Node *b)
{
    if (!a->attr.elements && !b->attr.elements)
        return true;
    int64_t count;
    if (!a->attr.elements || !b->attr.elements || !type_count(&a->type, 1, &count))
        return false;
    for (int64_t i = 0; i < count; i++)
        if (!scalar_equal(a->attr.elements[i], b->attr.elements[i]))
            return false;
    return true;
}

static bool same_attr(const Node *a, const Node *b)
{
    const Attr *p = &a->attr, *q = &b->attr;
    if (p->axis_count != q->axis_count || p->slot != q->slot || p->key != q->key ||
        p->exclusive != q->exclusive || p->reverse != q->reverse || p->scan != q->scan ||
        p->value.dtype != q->value.dtype || !scalar_equal(p->value, q->value))
        return false;
    for (int k = 0; k < p->axis_count; k++)
        if (p->axes[k] != q->axes[k])
            return false;
    for (int k = 0; k < MAX_RANK; k++)
        if (p->start[k] != q->start[k] || p->step[k] != q->step[k])
            return false;
    return same_labels(p, q) && same_elements(a, b);
}

bool node_same_operation(const Node *a, const Node *b)
{
    return a->op == b->op && a->arity == b->arity && a->host == b->host &&
           type_equal(&a->type, &b->type) && same_attr(a, b);
}
