/* product.c -- the labels of a product, where its elements lie, and copies in another order. */
#include "codegen/product.h"

#include "codegen/kexpr.h"
#include "support/checked.h"

enum {
    COPY_LEAST = 4096, /* multiplications for which a transposed copy is worth it */
    COPY_ROWS = 4      /* which must be used so often */
};

int64_t product_bound(const Product *p, int label)
{
    return lower_extent(p->l, p->dims[label])->high;
}

void product_collect(Product *p)
{
    for (int t = 0; t < 3; t++) {
        const char *labels = p->n->attr.labels[t];
        const Type *type = t < 2 ? &p->n->args[t]->type : &p->n->type;
        for (int axis = 0; labels[axis]; axis++) {
            p->in[t][labels[axis] - 'a'] = true;
            p->dims[labels[axis] - 'a'] = type->dims[axis];
        }
    }
    for (int t = 0; t < 2; t++) {
        const char *labels = p->n->attr.labels[t];
        for (int axis = 0; labels[axis]; axis++) {
            const int label = labels[axis] - 'a';
            if (!p->in[2][label] && !(t == 1 && p->in[0][label]))
                p->sums[p->sum_count++] = label;
        }
    }
}

int64_t product_size(const Product *p)
{
    int64_t count = 1;
    for (int label = 0; label < PRODUCT_LABELS; label++)
        if ((p->in[0][label] || p->in[1][label]) &&
            !checked_mul(count, product_bound(p, label), &count))
            return INT64_MAX;
    return count;
}

KExpr *product_index(const Product *p, int label)
{
    const char *name = arena_printf(p->l->arena, "%c", 'a' + label);
    const int64_t bound = product_bound(p, label);
    return dim_is_one(p->dims[label]) ? kexpr_int(p->l->arena, 0)
                                      : kexpr_index(p->l->arena, name, bound > 0 ? bound - 1 : 0);
}

KExpr *product_operand(const Product *p, int operand, KExpr *const *by_label)
{
    Lowering *l = p->l;
    KExpr *index[MAX_RANK];
    if (p->even[operand]) {
        lower_find_labels(p->n->attr.labels[operand], by_label, index);
        return kexpr_load(l->arena, p->even[operand],
                          lower_offset(l, &p->n->args[operand]->type, index));
    }
    l->guarded++; /* nothing may be appended */
    KExpr *element = lower_operand(l, p->n, operand, by_label);
    l->guarded--;
    return element;
}

/* Elements of an operand as an affine form over loop variables named by their labels. */
KExpr *product_element(const Product *p, int operand)
{
    KExpr *by_label[PRODUCT_LABELS];
    for (int label = 0; label < PRODUCT_LABELS; label++)
        by_label[label] = product_index(p, label);
    return product_operand(p, operand, by_label);
}

void product_even_out(Product *p, int operand)
{
    Lowering *l = p->l;
    const Node *arg = p->n->args[operand];
    KExpr *index[MAX_RANK];
    Buffer *copy = lower_new_buffer(l, "w_", lower_name(l, arg), &arg->type, p->n->loc);
    l->block.comment = arena_printf(l->arena, "a copy of %s that lies evenly", lower_name(l, arg));
    for (int axis = 0; axis < arg->type.rank; axis++)
        index[axis] = lower_open_dim(l, arg->type.dims[axis]);
    block_store(&l->block, copy, lower_offset(l, &arg->type, index), lower_value(l, arg, index));
    lower_close(l, 0);
    p->even[operand] = copy;
}

/* How far apart in memory neighbours along a label lie; false if not evenly. */
bool product_stride(const KExpr *element, int label, int64_t *stride)
{
    const char name[2] = {(char)('a' + label), '\0'};
    return element->kind == KE_LOAD && kexpr_factor(element->args[0], name, stride);
}

/* Columns that don't lie side by side are copied so that they do, if they are used often. */
void product_plan_copy(Product *p)
{
    int64_t stride, rows = 1;
    int length = 0;
    const KExpr *element = product_element(p, p->columns);
    if (element->kind == KE_LOAD && product_stride(element, p->column, &stride) && stride == 1)
        return;
    for (int label = 0; label < PRODUCT_LABELS; label++)
        if (p->in[2][label] && !p->in[p->columns][label])
            rows *= product_bound(p, label) > COPY_ROWS ? COPY_ROWS : product_bound(p, label);
    if (rows < COPY_ROWS || product_size(p) < COPY_LEAST)
        return;
    Type type = p->n->args[p->columns]->type;
    for (const char *c = p->n->attr.labels[p->columns]; *c; c++)
        if (*c - 'a' != p->column)
            p->copy_labels[length++] = *c;
    p->copy_labels[length++] = (char)('a' + p->column);
    for (int axis = 0; axis < length; axis++)
        type.dims[axis] = p->dims[p->copy_labels[axis] - 'a'];
    p->copy =
        lower_new_buffer(p->l, "w_", lower_name(p->l, p->n->args[p->columns]), &type, p->n->loc);
}

static KExpr *copy_offset(const Product *p, KExpr *const *by_label)
{
    KExpr *index[MAX_RANK];
    for (int axis = 0; p->copy_labels[axis]; axis++)
        index[axis] = by_label[p->copy_labels[axis] - 'a'];
    return lower_offset(p->l, &p->copy->type, index);
}

void product_emit_copy(Product *p)
{
    KExpr *by_label[PRODUCT_LABELS] = {NULL};
    p->l->block.comment = arena_printf(p->l->arena, "a copy of %s with its columns side by side",
                                       lower_name(p->l, p->n->args[p->columns]));
    for (const char *c = p->copy_labels; *c; c++)
        by_label[*c - 'a'] = lower_open_dim(p->l, p->dims[*c - 'a']);
    KExpr *element = lower_operand(p->l, p->n, p->columns, by_label);
    block_store(&p->l->block, p->copy, copy_offset(p, by_label), element);
    lower_close(p->l, 0);
}

KExpr *product_out_offset(const Product *p, KExpr *const *by_label)
{
    KExpr *index[MAX_RANK];
    for (int axis = 0; axis < p->n->type.rank; axis++)
        index[axis] = by_label[p->n->attr.labels[2][axis] - 'a'];
    return p->out ? lower_place(p->l, p->out, &p->n->type, index)
                  : lower_offset(p->l, &p->n->type, index);
}

KExpr *product_column_value(const Product *p, KExpr *const *by_label)
{
    return p->copy ? kexpr_load(p->l->arena, p->copy, copy_offset(p, by_label))
                   : lower_operand(p->l, p->n, p->columns, by_label);
}
