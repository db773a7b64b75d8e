/* lower_index.c -- gather and scatter: elements at places that integers give; running totals.
 *
 *     rows of a table            const int64_t t_rows = grt_at(v_rows[i], 50, fault, 7);
 *                                for (...) y[i * 8 + j] = p_table[t_rows * 8 + j];
 *     added to a table           y[:] = 0, then y[t_rows * 8 + j] += x[i * 8 + j], in order
 *     cumsum along j             double t = 0;  for (...) { t += x[j]; y[j] = (float)t; }
 *
 * A place goes through grt_at(): a negative one counts from the end, and one that is out of range
 * is replaced by 0 and noted in the run's fault, so that nothing is read out of bounds.  A scatter
 * that adds nothing up (one element for each row, as the derivative of `pick` has) needs no loop of
 * its own: an element of it is x where the index says so, and else 0. */
#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/lower_rules.h"

bool lower_fills(const Node *n)
{
    const char *const *labels = n->attr.labels;
    if (n->op == OP_scatter)
        for (const char *c = labels[2]; *c; c++)
            if (!strchr(labels[0], *c))
                return true;
    return op_info[n->op].class == CLASS_RUNNING;
}

/* ---- places ---- */

/* A local of the outermost loop that fixes the value. */
static KExpr *let_outside(Lowering *l, const Node *n, KExpr *value)
{
    const bool at_hand =
        value->kind == KE_NUMBER || value->kind == KE_INDEX || value->kind == KE_TEMP;
    if (l->guarded > 0 || at_hand)
        return value;
    return block_let_outside(&l->block, lower_name(l, n), value);
}

KExpr *lower_index_place(Lowering *l, const Node *n, KExpr *const *by_label, int64_t size)
{
    const int line = model_line(l->program->model, n->loc);
    KExpr *index[MAX_RANK];
    lower_find_labels(n->attr.labels[1], by_label, index);
    KExpr *at = kexpr_at(l->arena, lower_value(l, n->args[1], index), size, line);
    return let_outside(l, n->args[1], at);
}

KExpr *lower_gather(Lowering *l, const Node *n, KExpr *const *index)
{
    const int axis = n->attr.axes[0];
    KExpr *inner[MAX_RANK], *by_label[26] = {NULL};
    lower_bind_labels(n->attr.labels[2], index, by_label);
    lower_find_labels(n->attr.labels[0], by_label, inner);
    inner[axis] = lower_index_place(l, n, by_label, n->args[0]->type.dims[axis].size);
    return lower_value(l, n->args[0], inner);
}

/* One element, of a scatter that adds nothing up. */
static KExpr *scatter_element(Lowering *l, const Node *n, KExpr *const *index)
{
    const Node *x = n->args[0];
    const int axis = n->attr.axes[0];
    KExpr *inner[MAX_RANK], *by_label[26] = {NULL};
    lower_bind_labels(n->attr.labels[0], index, by_label);
    lower_find_labels(n->attr.labels[2], by_label, inner);
    KExpr *at = lower_index_place(l, n, by_label, n->type.dims[axis].size);
    KExpr *value = let_outside(l, x, lower_value(l, x, inner));
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, n->type.dtype));
    return lower_select(l, kexpr_eq(l->arena, index[axis], at), value, zero);
}

/* The whole, straight into its buffer: what comes is added in the order of its elements. */
static void scatter_all(Lowering *l, const Node *n)
{
    const Node *x = n->args[0];
    const int axis = n->attr.axes[0];
    Buffer *out = l->info[n->id].buffer;
    KExpr *index[MAX_RANK], *inner[MAX_RANK], *by_label[26] = {NULL};
    for (int k = 0; k < n->type.rank; k++)
        index[k] = lower_open_dim(l, n->type.dims[k]);
    block_store(&l->block, out, lower_place(l, out, &n->type, index),
                kexpr_number(l->arena, lower_start(OP_sum, n->type.dtype)));
    lower_close(l, 0);
    for (int k = 0; k < x->type.rank; k++)
        inner[k] = lower_open_dim(l, x->type.dims[k]);
    lower_bind_labels(n->attr.labels[2], inner, by_label);
    lower_find_labels(n->attr.labels[0], by_label, index);
    index[axis] = lower_index_place(l, n, by_label, n->type.dims[axis].size);
    block_accumulate(&l->block, out, lower_place(l, out, &n->type, index),
                     lower_value(l, x, inner));
    lower_close(l, 0);
}

KExpr *lower_scatter(Lowering *l, const Node *n, KExpr *const *index)
{
    if (!lower_fills(n))
        return scatter_element(l, n, index);
    scatter_all(l, n);
    return NULL;
}

/* ---- running totals ---- */

/* Totals of floats are kept in f64, as PyTorch keeps them. */
KExpr *lower_running(Lowering *l, const Node *n, KExpr *const *unused)
{
    const Attr *a = &n->attr;
    const int axis = a->axes[0];
    const Op op = n->op == OP_cumprod ? OP_prod : OP_sum;
    const DType dtype = dtype_is_float(n->type.dtype) ? DT_F64 : n->type.dtype;
    KExpr *index[MAX_RANK];
    (void)unused;
    for (int k = 0; k < n->type.rank; k++)
        if (k != axis)
            index[k] = lower_open_dim(l, n->type.dims[k]);
    const int depth = l->block.depth;
    KExpr *start = kexpr_number(l->arena, lower_start(op, dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, n), start);
    KExpr *turn = lower_open_dim(l, n->type.dims[axis]);
    KExpr *last = kexpr_int(l->arena, n->type.dims[axis].size - 1);
    index[axis] = a->reverse ? kexpr_sub(l->arena, last, turn) : turn;
    KExpr *value = kexpr_cast(l->arena, lower_value(l, n->args[0], index), dtype);
    KExpr *offset = lower_place(l, l->info[n->id].buffer, &n->type, index);
    KExpr *stored = kexpr_cast(l->arena, total, n->type.dtype);
    if (a->exclusive)
        block_store(&l->block, l->info[n->id].buffer, offset, stored);
    block_set(&l->block, total, lower_step(l, op, total, value));
    if (!a->exclusive)
        block_store(&l->block, l->info[n->id].buffer, offset, stored);
    lower_close(l, depth);
    lower_close(l, 0);
    return NULL;
}
