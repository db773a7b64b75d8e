/* lower_index.c -- gather and scatter: elements at places that integers give.
 *
 *     rows of a table            const int64_t t_at = grt_at(v_rows[i], 50, fault);
 *                                for (...) y[i * 8 + j] = p_table[t_at * 8 + j];
 *
 * A place goes through grt_at(): a negative one counts from the end, and one that is out of range
 * is replaced by 0 and noted in the run's fault, so that nothing is read out of bounds. */
#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/lower_rules.h"

/* The index of each label in turn, by letter; NULL where it has none yet. */
typedef struct Places {
    KExpr *by_label[26];
} Places;

static void bind(Places *p, const char *labels, KExpr *const *index, int but)
{
    for (int axis = 0; labels[axis]; axis++)
        if (axis != but)
            p->by_label[labels[axis] - 'a'] = index[axis];
}

static void find(const Places *p, const char *labels, KExpr **index)
{
    for (int axis = 0; labels[axis]; axis++)
        index[axis] = p->by_label[labels[axis] - 'a'];
}

/* The place along the indexed axis, of this size, where the labels have their indices: a local of
 * the outermost loop that fixes it. */
static KExpr *place(Lowering *l, const Node *n, const Places *p, int64_t size)
{
    KExpr *index[MAX_RANK];
    find(p, n->attr.labels[1], index);
    KExpr *number = kexpr_cast(l->arena, lower_value(l, n->args[1], index), DT_I64);
    KExpr *at = kexpr_at(l->arena, number, size);
    if (at->kind == KE_NUMBER || l->guarded > 0)
        return at;
    return block_let_outside(&l->block, "at", at);
}

KExpr *lower_gather(Lowering *l, const Node *n, KExpr *const *index)
{
    const Type *type = &n->args[0]->type;
    const int axis = n->attr.axes[0];
    KExpr *inner[MAX_RANK];
    Places p = {{NULL}};
    bind(&p, n->attr.labels[2], index, -1);
    find(&p, n->attr.labels[0], inner);
    inner[axis] = place(l, n, &p, type->dims[axis].size);
    return lower_value(l, n->args[0], inner);
}

/* By the definition, for one element: all that has its place is added up. */
KExpr *lower_scatter(Lowering *l, const Node *n, KExpr *const *index)
{
    const Node *x = n->args[0];
    const char *const *labels = n->attr.labels;
    const int axis = n->attr.axes[0], depth = l->block.depth;
    KExpr *inner[MAX_RANK];
    Places p = {{NULL}};
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, n->type.dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, n), zero);
    bind(&p, labels[0], index, axis);
    for (int k = 0; labels[2][k]; k++)
        if (!p.by_label[labels[2][k] - 'a'])
            p.by_label[labels[2][k] - 'a'] = lower_open_dim(l, x->type.dims[k]);
    find(&p, labels[2], inner);
    KExpr *here = kexpr_eq(l->arena, place(l, n, &p, n->type.dims[axis].size), index[axis]);
    KExpr *value = block_let(&l->block, lower_name(l, x), lower_value(l, x, inner));
    KExpr *added = kexpr_op(l->arena, OP_where, n->type.dtype, (KExpr *[]){here, value, zero}, 3);
    block_set(&l->block, total, lower_step(l, OP_sum, total, added));
    lower_close(l, depth);
    return total;
}

void lower_scatter_all(Lowering *l, const Node *n)
{
    const Node *x = n->args[0];
    const char *const *labels = n->attr.labels;
    const int axis = n->attr.axes[0];
    Buffer *out = l->info[n->id].buffer;
    KExpr *index[MAX_RANK], *inner[MAX_RANK];
    Places p = {{NULL}};
    for (int k = 0; k < n->type.rank; k++)
        index[k] = lower_open_dim(l, n->type.dims[k]);
    block_store(&l->block, out, lower_offset(l, &n->type, index),
                kexpr_number(l->arena, lower_start(OP_sum, n->type.dtype)));
    lower_close(l, 0);
    for (int k = 0; k < x->type.rank; k++)
        inner[k] = lower_open_dim(l, x->type.dims[k]);
    bind(&p, labels[2], inner, -1);
    find(&p, labels[0], index);
    index[axis] = place(l, n, &p, n->type.dims[axis].size);
    block_accumulate(&l->block, out, lower_offset(l, &n->type, index), lower_value(l, x, inner));
    lower_close(l, 0);
}
