/* product_blas.c -- a product as calls of the BLAS: one for the innermost run of each side, in
 * loops over what is left; for a GPU, where a call may be of many products, no loops.
 *
 *     for each head:  cblas_sgemm(rows, columns, sums, x + head * 64, ..., y + head * 4096) */
#include "codegen/product_blas.h"

#include "codegen/kexpr.h"
#include "codegen/product_runs.h"

static KExpr *extent_of(const Product *p, const Run *run)
{
    return run ? run->extent : kexpr_int(p->l->arena, 1);
}

/* The leading dimension of a matrix: which of its runs has neighbours side by side decides whether
 * it is transposed.  False if neither. */
static bool leading(const Product *p, int t, const Run *down, const Run *across, bool *trans,
                    int64_t *ld)
{
    const int64_t d = down ? down->stride[t] : 0, a = across ? across->stride[t] : 0;
    const int64_t least_plain = extent_of(p, across)->high, least_trans = extent_of(p, down)->high;
    *trans = false;
    *ld = down ? d : least_plain;
    if ((a == 1 || !across) && *ld >= least_plain && *ld > 0)
        return true;
    *trans = true;
    *ld = across ? a : least_trans;
    return (d == 1 || !down) && *ld >= least_trans && *ld > 0;
}

static bool fit_ints(const Gemm *g)
{
    return g->m->high <= INT32_MAX && g->n->high <= INT32_MAX && g->k->high <= INT32_MAX &&
           g->lda <= INT32_MAX && g->ldb <= INT32_MAX && g->ldc <= INT32_MAX;
}

/* Loops over all runs of the result but the last rows and columns; the offsets move with them. */
static void open_loops(const Product *p, const Matrices *x, Gemm *g)
{
    const Side *const sides[] = {&x->batches, &x->rows, &x->columns};
    KExpr **const offsets[] = {&g->a_offset, &g->b_offset, &g->c_offset};
    for (int t = 0; t < 3; t++)
        *offsets[t] = x->base[t];
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < sides[s]->count - (s > 0); i++) {
            const Run *run = &sides[s]->runs[i];
            KExpr *index = lower_open_loop(p->l, run->extent);
            for (int t = 0; t < 3; t++)
                *offsets[t] = kexpr_add(
                    p->l->arena, *offsets[t],
                    kexpr_mul(p->l->arena, index, kexpr_int(p->l->arena, run->stride[t])));
        }
}

/* The same for a GPU, as one call: of many products at constant distances.  The runs of the result
 * that are neither its last rows nor its last columns are one, or none. */
static bool take_batch(const Matrices *x, Gemm *g)
{
    const Side *const sides[] = {&x->batches, &x->rows, &x->columns};
    const Run *batch = NULL;
    g->a_offset = x->base[0];
    g->b_offset = x->base[1];
    g->c_offset = x->base[2];
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < sides[s]->count - (s > 0); i++) {
            if (batch)
                return false;
            batch = &sides[s]->runs[i];
        }
    if (!batch)
        return true;
    g->batch = batch->extent;
    g->a_step = batch->stride[0];
    g->b_step = batch->stride[1];
    g->c_step = batch->stride[2];
    return batch->extent->high <= INT32_MAX;
}

bool product_emit_blas(Product *p, const Epilogue *epilogue)
{
    const bool gpu = p->l->options->target == TARGET_CUDA;
    Matrices x = {0};
    Gemm *g = arena_new_of(p->l->arena, Gemm);
    bool trans_c;
    if (!product_choose_columns(p, &x) || !product_measure(p, 0, &x) || !product_measure(p, 1, &x))
        return false;
    product_classify(p, &x);
    const Run *m = product_last_run(&x.rows, 0), *n = product_last_run(&x.columns, 0),
              *k = product_last_run(&x.sums, 0);
    g->dtype = p->n->type.dtype;
    g->m = extent_of(p, m);
    g->n = extent_of(p, n);
    g->k = extent_of(p, k);
    if (x.sums.count > 1 || !leading(p, 0, m, k, &g->trans_a, &g->lda) ||
        !leading(p, 1, k, n, &g->trans_b, &g->ldb) || !leading(p, 2, m, n, &trans_c, &g->ldc) ||
        trans_c || !fit_ints(g) || (gpu && !take_batch(&x, g)) ||
        (epilogue && !gpu_epilogue_place(p->l, epilogue, g)))
        return false;
    g->a = x.buffer[0];
    g->b = x.buffer[1];
    g->c = x.buffer[2];
    if (!gpu)
        open_loops(p, &x, g);
    block_gemm(&p->l->block, g);
    lower_close(p->l, 0);
    p->l->program->uses_blas = true;
    p->l->program->uses_blas_lt |= epilogue != NULL;
    return true;
}
