/* gemm.c -- how a product is computed.
 *
 * Labels fall into rows (in the result and one operand), columns (in the result and the other),
 * batch labels (in all three) and sums (not in the result).  The columns are those of the
 * result's last axis, which lie side by side in memory.
 *
 * Loops: the sum runs outside the columns, four terms at a time, so that the innermost loop
 * vectorises; each element is still summed in order, so results don't depend on threads.
 *
 *     for each row i:  y[i, :] = 0;  for k in steps of 4:  for j:  y[i, j] += a b four times */
#include "codegen/gemm.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/tile.h"
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

/* ---- the BLAS ---- */

typedef struct Side { /* labels that make one dimension of the matrices */
    int labels[PRODUCT_LABELS];
    int count, merged; /* the last `merged` of them lie in memory as one */
} Side;

typedef struct Matrices {
    const KExpr *element[3];
    int64_t stride[3][PRODUCT_LABELS];
    Side m, n, k;
} Matrices;

static void add_label(Side *side, int label)
{
    side->labels[side->count++] = label;
}

static bool measure(const Product *p, Matrices *x)
{
    KExpr *by_label[PRODUCT_LABELS];
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        const char *name = arena_printf(p->l->arena, "%c", 'a' + label);
        by_label[label] = kexpr_index(p->l->arena, name, product_bound(p, label));
    }
    x->element[0] = product_element(p, p->rows);
    x->element[1] = product_element(p, p->columns);
    x->element[2] = kexpr_load(p->l->arena, p->out, product_out_offset(p, by_label));
    for (int t = 0; t < 3; t++)
        for (int label = 0; label < PRODUCT_LABELS; label++)
            if (!product_stride(x->element[t], label, &x->stride[t][label]))
                return false;
    return true;
}

/* True if walking `outer` once is walking `inner` through all of its extent, in tensor t. */
static bool lie_as_one(const Product *p, const Matrices *x, int t, int outer, int inner)
{
    int64_t reach;
    return !p->dims[inner].batch && checked_mul(x->stride[t][inner], p->dims[inner].size, &reach) &&
           x->stride[t][outer] == reach;
}

static void merge_labels(const Product *p, const Matrices *x, Side *side, int t, int u)
{
    side->merged = side->count > 0;
    while (side->merged > 0 && side->merged < side->count) {
        const int inner = side->labels[side->count - side->merged];
        const int outer = side->labels[side->count - side->merged - 1];
        if (!lie_as_one(p, x, t, outer, inner) || !lie_as_one(p, x, u, outer, inner))
            return;
        side->merged++;
    }
}

static KExpr *merged_extent(const Product *p, const Side *side)
{
    KExpr *extent = kexpr_int(p->l->arena, 1);
    for (int i = side->count - side->merged; i < side->count; i++)
        extent = kexpr_mul(p->l->arena, extent, lower_extent(p->l, p->dims[side->labels[i]]));
    return extent;
}

/* The leading dimension of a matrix with `across` and `along` of its labels: which one has
 * neighbours side by side decides whether it is transposed.  False if neither. */
static bool leading(const Matrices *x, int t, const Side *down, const Side *across,
                    const KExpr *down_extent, const KExpr *across_extent, bool *trans, int64_t *ld)
{
    const int64_t d = down->count ? x->stride[t][down->labels[down->count - 1]] : 0;
    const int64_t a = across->count ? x->stride[t][across->labels[across->count - 1]] : 0;
    const int64_t least_plain = across_extent->high, least_trans = down_extent->high;
    *trans = false;
    *ld = down->count ? d : least_plain;
    if ((a == 1 || !across->count) && *ld >= least_plain && *ld > 0)
        return true;
    *trans = true;
    *ld = across->count ? a : least_trans;
    return (d == 1 || !down->count) && *ld >= least_trans && *ld > 0;
}

static void classify(const Product *p, Matrices *x)
{
    for (const char *c = p->n->attr.labels[2]; *c; c++) {
        const int label = *c - 'a';
        if (dim_is_one(p->dims[label]) || (p->in[0][label] && p->in[1][label]))
            continue;
        add_label(p->in[p->columns][label] ? &x->n : &x->m, label);
    }
    for (int s = 0; s < p->sum_count; s++)
        if (!dim_is_one(p->dims[p->sums[s]]))
            add_label(&x->k, p->sums[s]);
    merge_labels(p, x, &x->m, 0, 2);
    merge_labels(p, x, &x->n, 1, 2);
    merge_labels(p, x, &x->k, 0, 1);
}

static bool is_in(const Side *side, int label)
{
    for (int i = side->count - side->merged; i < side->count; i++)
        if (side->labels[i] == label)
            return true;
    return false;
}

/* Offsets of the matrices: the merged labels at 0, the others at their loops. */
static void set_offsets(const Product *p, const Matrices *x, Gemm *g)
{
    KExpr *by_label[PRODUCT_LABELS];
    for (int label = 0; label < PRODUCT_LABELS; label++)
        by_label[label] = kexpr_int(p->l->arena, 0);
    for (const char *c = p->n->attr.labels[2]; *c; c++) {
        const int label = *c - 'a';
        if (!is_in(&x->m, label) && !is_in(&x->n, label))
            by_label[label] = lower_open_dim(p->l, p->dims[label]);
    }
    g->a_offset = lower_operand(p->l, p->n, p->rows, by_label)->args[0];
    g->b_offset = lower_operand(p->l, p->n, p->columns, by_label)->args[0];
    g->c_offset = product_out_offset(p, by_label);
}

/* One call for the matrices, in loops over what is left. */
static bool emit_blas(Product *p)
{
    Matrices x = {0};
    Gemm *g = arena_new_of(p->l->arena, Gemm);
    bool trans_c;
    if (!measure(p, &x))
        return false;
    classify(p, &x);
    g->dtype = p->n->type.dtype;
    g->m = merged_extent(p, &x.m);
    g->n = merged_extent(p, &x.n);
    g->k = merged_extent(p, &x.k);
    if (x.k.merged != x.k.count || g->m->high > INT32_MAX || g->n->high > INT32_MAX ||
        g->k->high > INT32_MAX)
        return false;
    if (!leading(&x, 0, &x.m, &x.k, g->m, g->k, &g->trans_a, &g->lda) ||
        !leading(&x, 1, &x.k, &x.n, g->k, g->n, &g->trans_b, &g->ldb) ||
        !leading(&x, 2, &x.m, &x.n, g->m, g->n, &trans_c, &g->ldc) || trans_c ||
        g->lda > INT32_MAX || g->ldb > INT32_MAX || g->ldc > INT32_MAX)
        return false;
    g->a = x.element[0]->buffer;
    g->b = x.element[1]->buffer;
    g->c = p->out;
    set_offsets(p, &x, g);
    block_gemm(&p->l->block, g);
    lower_close(p->l, 0);
    p->l->program->uses_blas = true;
    return true;
}

bool gemm_lower(Lowering *l, const Node *n, Buffer *out)
{
    Product p = {.l = l, .n = n, .out = out};
    const DType dtype = n->type.dtype;
    product_collect(&p);
    const bool sums = choose_columns(&p) && p.sum_count > 0;
    if (sums && l->options->blas == BLAS_OPENBLAS && (dtype == DT_F32 || dtype == DT_F64) &&
        product_size(&p) >= BLAS_LEAST && emit_blas(&p))
        return true;
    if (tile_lower(&p))
        return true;
    if (!sums || dtype_is_half(dtype)) /* halves: their sums stay in a local */
        return false;
    emit_loops(&p);
    return true;
}
