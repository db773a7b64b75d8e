/* product_each.c -- see product_each.h.
 *
 * A convolution with as many groups as channels, y[n, o, p, g] = sum over k, l of
 * x[n, o + k, p + l, g] w[k, l, g], multiplies no matrices: each channel is by itself, and the
 * channels are a vector.  Short sums are written out:
 *
 *     for n, o, p: for g:  y[g] = x[.. 0 .. g] w[0, g] + x[.. 1 .. g] w[1, g] + ...
 *
 * Long ones, as of the gradient by the weight, go outside of the result, which stays in the cache,
 * a block of channels at a time:
 *
 *     for blocks of g:  w[..] = 0;  for n, o, p: for k, l: for g:  w[k, l, g] += dy[g] x[.. g] */
#include "codegen/product_each.h"

#include "codegen/kexpr.h"

enum {
    LEAST = 4,     /* columns */
    WRITTEN = 32,  /* terms at most that are written out */
    BLOCK = 32,    /* columns of a block */
    CACHED = 8192, /* elements of the result of a block that stay in the cache */
    LONG = 64      /* terms from which on the sum goes outside */
};

typedef struct Each {
    Product *p;
    int written; /* the last so many labels of the sum are written out */
    KExpr *by_label[PRODUCT_LABELS];
} Each;

static bool is_of_both(const Product *p, int label)
{
    return p->in[0][label] && p->in[1][label];
}

static int last_label(const Product *p)
{
    const char *labels = p->n->attr.labels[2];
    for (int axis = p->n->type.rank - 1; axis >= 0; axis--)
        if (!dim_is_one(p->dims[labels[axis] - 'a']))
            return labels[axis] - 'a';
    return -1;
}

static int64_t count_terms(const Product *p)
{
    int64_t terms = 1;
    for (int s = 0; s < p->sum_count && terms < INT32_MAX; s++)
        terms *= product_bound(p, p->sums[s]);
    return terms;
}

static int64_t count_others(const Product *p)
{
    int64_t count = 1;
    for (const char *c = p->n->attr.labels[2]; *c && count < INT32_MAX; c++)
        count *= *c - 'a' == p->column ? 1 : product_bound(p, *c - 'a');
    return count;
}

/* ---- terms ---- */

static KExpr *term(Each *e)
{
    Product *p = e->p;
    KExpr *const factors[2] = {lower_operand(p->l, p->n, 0, e->by_label),
                               lower_operand(p->l, p->n, 1, e->by_label)};
    return kexpr_op(p->l->arena, OP_mul, p->n->type.dtype, factors, 2);
}

/* All terms of the labels from `from` on, one after the other onto the total. */
static KExpr *add_terms(Each *e, int from, KExpr *total)
{
    Product *p = e->p;
    if (from == p->sum_count)
        return total ? lower_step(p->l, OP_sum, total, term(e)) : term(e);
    const int label = p->sums[from];
    for (int64_t i = 0; i < p->dims[label].size; i++) {
        e->by_label[label] = kexpr_int(p->l->arena, i);
        total = add_terms(e, from + 1, total);
    }
    return total;
}

static void open_result(Each *e)
{
    Product *p = e->p;
    for (const char *c = p->n->attr.labels[2]; *c; c++)
        if (*c - 'a' != p->column)
            e->by_label[*c - 'a'] = lower_open_dim(p->l, p->dims[*c - 'a']);
}

/* The columns [first, first + count): 0, or with the terms added. */
static void emit_columns(Each *e, KExpr *first, KExpr *count, bool zero, bool add)
{
    Product *p = e->p;
    Lowering *l = p->l;
    const int depth = l->block.depth;
    const int64_t last = p->dims[p->column].size - 1;
    KExpr *at = kexpr_add(l->arena, first, lower_open_loop(l, count));
    e->by_label[p->column] = kexpr_at_most(l->arena, at, last);
    KExpr *value = zero ? kexpr_number(l->arena, lower_start(OP_sum, p->n->type.dtype))
                        : add_terms(e, p->sum_count - e->written, NULL);
    KExpr *place = product_out_offset(p, e->by_label);
    if (add)
        block_accumulate(&l->block, p->out, place, value);
    else
        block_store(&l->block, p->out, place, value);
    lower_close(l, depth);
}

/* ---- both orders of the loops ---- */

static void emit_sums_inside(Each *e)
{
    Product *p = e->p;
    Lowering *l = p->l;
    KExpr *none = kexpr_int(l->arena, 0), *all = lower_extent(l, p->dims[p->column]);
    const int loops = p->sum_count - e->written;
    open_result(e);
    if (loops > 0)
        emit_columns(e, none, all, true, false);
    for (int s = 0; s < loops; s++)
        e->by_label[p->sums[s]] = lower_open_dim(l, p->dims[p->sums[s]]);
    emit_columns(e, none, all, false, loops > 0);
    lower_close(l, 0);
}

static void emit_sums_outside(Each *e)
{
    Product *p = e->p;
    Lowering *l = p->l;
    const int64_t columns = p->dims[p->column].size;
    KExpr *block = kexpr_int(l->arena, BLOCK), *first = kexpr_int(l->arena, 0);
    KExpr *count = kexpr_int(l->arena, columns);
    if (columns > BLOCK && columns % BLOCK == 0) {
        first =
            kexpr_mul(l->arena, lower_open_loop(l, kexpr_int(l->arena, columns / BLOCK)), block);
        count = block;
    }
    const int depth = l->block.depth;
    open_result(e);
    emit_columns(e, first, count, true, false);
    lower_close(l, depth);
    for (int s = 0; s < p->sum_count; s++)
        e->by_label[p->sums[s]] = lower_open_dim(l, p->dims[p->sums[s]]);
    open_result(e);
    emit_columns(e, first, count, false, true);
    lower_close(l, 0);
}

/* The last labels of the sum that make few terms. */
static int choose_written(const Product *p)
{
    int64_t terms = 1;
    int written = 0;
    for (int s = p->sum_count - 1; s >= 0; s--, written++) {
        terms *= p->dims[p->sums[s]].size;
        if (p->dims[p->sums[s]].batch || terms > WRITTEN)
            break;
    }
    return written;
}

bool product_emit_each(Product *p)
{
    Each e = {.p = p};
    const int column = last_label(p);
    if (column < 0 || !is_of_both(p, column) || p->dims[column].batch ||
        p->dims[column].size < LEAST || p->sum_count == 0 || count_terms(p) == 0)
        return false;
    p->column = column;
    if (count_terms(p) >= LONG && count_others(p) * BLOCK <= CACHED) {
        emit_sums_outside(&e);
        return true;
    }
    e.written = choose_written(p);
    if (e.written == 0)
        return false;
    emit_sums_inside(&e);
    return true;
}
