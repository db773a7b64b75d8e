/* gemm.c -- how a product is computed.
 *
 * Labels fall into rows (in the result and one operand), columns (in the result and the other),
 * batch labels (in all three) and sums (not in the result).  The columns are those of the
 * result's last axis, which lie side by side in memory.
 *
 * Large ones are blocks over micro-kernels (product_blocks.c), or calls of the BLAS.  The others
 * are loops: the sum runs outside the columns, four terms at a time, so that the innermost loop
 * vectorises; each element is still summed in order, so results don't depend on threads.
 *
 *     for each row i:  y[i, :] = 0;  for k in steps of 4:  for j:  y[i, j] += a b four times */
#include "codegen/gemm.h"

#include <string.h>

#include "codegen/gpu_product.h"
#include "codegen/kexpr.h"
#include "codegen/product_blas.h"
#include "codegen/product_blocks.h"
#include "codegen/product_each.h"
#include "support/checked.h"

enum {
    UNROLL = 4,       /* terms of the sum added in one pass over the columns */
    BLAS_LEAST = 4096 /* multiplications for which a call is worth it */
};

/* ---- classifying ---- */

/* False if the last axis isn't of one operand alone. */
static bool choose_columns(Product *p)
{
    const char *labels = p->n->attr.labels[2];
    for (int axis = p->n->type.rank - 1; axis >= 0; axis--) {
        const int label = labels[axis] - 'a';
        if (dim_is_one(p->dims[label]))
            continue;
        p->column = label;
        p->columns = p->in[1][label] ? 1 : 0;
        p->rows = 1 - p->columns;
        return p->in[0][label] != p->in[1][label];
    }
    return false;
}

/* ---- loops ---- */

static void emit_zeros(Product *p, KExpr **by_label)
{
    const int depth = p->l->block.depth;
    by_label[p->column] = lower_open_dim(p->l, p->dims[p->column]);
    KExpr *zero = kexpr_number(p->l->arena, lower_start(OP_sum, p->n->type.dtype));
    block_store(&p->l->block, p->out, product_out_offset(p, by_label), zero);
    lower_close(p->l, depth);
}

/* sum = y[j]; sum += a0 b0[j]; sum += a1 b1[j] ...; y[j] = sum, the sum's last label at each of
 * `at`. */
static void emit_terms(Product *p, KExpr **by_label, KExpr *const *at, int count)
{
    Lowering *l = p->l;
    const int depth = l->block.depth, last = p->sums[p->sum_count - 1];
    const DType dtype = p->n->type.dtype;
    KExpr *row_values[UNROLL];
    for (int t = 0; t < count; t++) {
        by_label[last] = at[t];
        row_values[t] = block_let(&l->block, count > 1 ? arena_printf(l->arena, "a%d", t) : "a",
                                  lower_operand(l, p->n, p->rows, by_label));
    }
    by_label[p->column] = lower_open_dim(l, p->dims[p->column]);
    KExpr *offset = product_out_offset(p, by_label);
    KExpr *total = count > 1
                       ? block_let_mutable(&l->block, "sum", kexpr_load(l->arena, p->out, offset))
                       : NULL;
    for (int t = 0; t < count; t++) {
        by_label[last] = at[t];
        KExpr *b = product_column_value(p, by_label);
        KExpr *term = kexpr_op(l->arena, OP_mul, dtype, (KExpr *[]){row_values[t], b}, 2);
        if (total)
            block_set(&l->block, total, lower_step(l, OP_sum, total, term));
        else
            block_accumulate(&l->block, p->out, offset, term);
    }
    if (total)
        block_store(&l->block, p->out, offset, total);
    lower_close(l, depth);
}

/* The last label of the sum in steps of UNROLL, then what is left. */
static void emit_unrolled(Product *p, KExpr **by_label)
{
    Lowering *l = p->l;
    Arena *arena = l->arena;
    const int depth = l->block.depth;
    KExpr *extent = lower_extent(l, p->dims[p->sums[p->sum_count - 1]]);
    KExpr *step = kexpr_int(arena, UNROLL), *at[UNROLL];
    KExpr *blocks = kexpr_div(arena, extent, step), *left = kexpr_mod(arena, extent, step);
    if (blocks->high > 0) {
        if (!kexpr_is_int(blocks, 1))
            l->block.comment = "the sum, four terms at a time";
        const bool once = kexpr_is_int(blocks, 1);
        KExpr *block = once ? kexpr_int(arena, 0) : lower_open_loop(l, blocks);
        KExpr *first = kexpr_mul(arena, block, step);
        for (int t = 0; t < UNROLL; t++)
            at[t] = kexpr_add(arena, first, kexpr_int(arena, t));
        emit_terms(p, by_label, at, UNROLL);
        lower_close(l, depth);
    }
    if (left->high > 0) {
        l->block.comment = blocks->high > 0 ? "what is left of it" : NULL;
        KExpr *index = kexpr_is_int(left, 1) ? kexpr_int(arena, 0) : lower_open_loop(l, left);
        at[0] = kexpr_add(arena, kexpr_mul(arena, blocks, step), index);
        at[0] = kexpr_at_most(arena, at[0], extent->high - 1);
        emit_terms(p, by_label, at, 1);
        lower_close(l, depth);
    }
}

static void emit_loops(Product *p)
{
    Lowering *l = p->l;
    KExpr *by_label[PRODUCT_LABELS] = {NULL};
    product_plan_copy(p);
    if (p->copy)
        product_emit_copy(p);
    for (const char *c = p->n->attr.labels[2]; *c; c++)
        if (*c - 'a' != p->column)
            by_label[*c - 'a'] = lower_open_dim(l, p->dims[*c - 'a']);
    emit_zeros(p, by_label);
    for (int s = 0; s + 1 < p->sum_count; s++)
        by_label[p->sums[s]] = lower_open_dim(l, p->dims[p->sums[s]]);
    emit_unrolled(p, by_label);
    lower_close(l, 0);
}

/* ---- which form ---- */

static bool is_float(const Node *n)
{
    return n->type.dtype == DT_F32 || n->type.dtype == DT_F64;
}

/* The labels of a kind, as one extent. */
static int64_t extent_of(const Product *p, bool of_result, bool of_first, bool of_second)
{
    int64_t extent = 1;
    for (int label = 0; label < PRODUCT_LABELS; label++)
        if (p->in[2][label] == of_result && p->in[0][label] == of_first &&
            p->in[1][label] == of_second && !checked_mul(extent, product_bound(p, label), &extent))
            return INT64_MAX;
    return extent;
}

/* Where OpenBLAS 0.3 was measured to be faster than blocks, on one thread: by 8 % at 384 x 1536 for
 * sums of 8192; at 512^3, 1024^3, 64 x 128 x 784 and 8192 x 1536 x 384 blocks are, by 1 to 10 %. */
static bool blas_is_faster(const Product *p)
{
    enum { LONG = 4096, WIDE = 256 };
    return !p->l->options->threads && extent_of(p, false, true, true) >= LONG &&
           extent_of(p, true, true, false) >= WIDE && extent_of(p, true, false, true) >= WIDE;
}

static bool may_use_blas(const Product *p)
{
    const BlasChoice choice = p->l->options->blas;
    return is_float(p->n) && product_size(p) >= BLAS_LEAST &&
           (choice == BLAS_OPENBLAS || (choice == BLAS_AUTO && blas_is_faster(p)));
}

/* Blocks, or so small that each element is best computed where it is used. */
bool gemm_takes_result(const Lowering *l, const Node *n, const Node *result)
{
    enum { TINY = 512 }; /* multiplications */
    Product p = {.l = (Lowering *)l, .n = n};
    if (l->options->target == TARGET_CUDA)
        return gpu_product_takes_result(l, n, result);
    if (l->options->level == 0 || !is_float(n))
        return false;
    product_collect(&p);
    return !may_use_blas(&p) && (product_has_blocks(&p) || product_size(&p) <= TINY);
}

bool gemm_lower(Lowering *l, const Group *group)
{
    const Node *n = group->first;
    const bool stored = l->info[n->id].root;
    Group epilogue = {.kind = GROUP_ELEMENTS, .first = n};
    Product p = {.l = l, .n = n, .out = stored ? l->info[n->id].buffer : NULL};
    for (int i = stored; i < group->roots.count; i++)
        vec_push(l->arena, &epilogue.roots, group->roots.data[i]);
    product_collect(&p);
    const bool sums = choose_columns(&p) && p.sum_count > 0,
               alone = stored && epilogue.roots.count == 0;
    if (alone && sums && may_use_blas(&p) && product_emit_blas(&p, NULL))
        return true;
    if (product_has_blocks(&p) && product_emit_blocks(&p, &epilogue))
        return true;
    if (alone && is_float(n) && product_emit_each(&p))
        return true;
    if (!alone || !sums || dtype_is_half(n->type.dtype)) /* halves: their sums stay in a local */
        return false;
    emit_loops(&p);
    return true;
}
