/* product_runs.c -- the sides of a product, and which of their labels lie in memory as one. */
#include "codegen/product_runs.h"

#include "codegen/kexpr.h"
#include "support/checked.h"

/* The place in memory of an element; NULL where it is computed. */
static KExpr *place_of(const Product *p, int role, KExpr *const *by_label, Buffer **buffer)
{
    *buffer = p->out;
    if (role == 2)
        return product_out_offset(p, by_label);
    const KExpr *element = product_operand(p, role == 0 ? p->rows : p->columns, by_label);
    *buffer = element->buffer;
    return element->kind == KE_LOAD ? element->args[0] : NULL;
}

bool product_measure(const Product *p, int role, Matrices *x)
{
    KExpr *by_label[PRODUCT_LABELS], *first[PRODUCT_LABELS];
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        by_label[label] = product_index(p, label);
        first[label] = kexpr_int(p->l->arena, 0);
    }
    const KExpr *place = place_of(p, role, by_label, &x->buffer[role]);
    for (int label = 0; place && label < PRODUCT_LABELS; label++) {
        const char name[2] = {(char)('a' + label), '\0'};
        if (!kexpr_factor(place, name, &x->stride[role][label]))
            return false;
    }
    if (place)
        x->base[role] = place_of(p, role, first, &x->buffer[role]);
    return place != NULL;
}

/* The label of the result whose neighbours lie closest; -1 if it is a single element. */
static int innermost_label(const Product *p, const Matrices *x)
{
    int best = -1;
    for (int label = 0; label < PRODUCT_LABELS; label++)
        if (p->in[2][label] && !dim_is_one(p->dims[label]) &&
            (best < 0 || x->stride[2][label] < x->stride[2][best]))
            best = label;
    return best;
}

bool product_choose_columns(Product *p, Matrices *x)
{
    if (!product_measure(p, 2, x))
        return false;
    p->column = innermost_label(p, x);
    if (p->column < 0 || p->in[0][p->column] == p->in[1][p->column])
        return false;
    p->columns = p->in[1][p->column];
    p->rows = 1 - p->columns;
    return true;
}

/* ---- runs ---- */

/* Outermost first: by the stride in the one tensor, and where that says nothing, in the other. */
static bool is_outside(const Matrices *x, int t, int u, int a, int b)
{
    const int64_t first = x->stride[t][a], second = x->stride[t][b];
    return first != second ? first > second : x->stride[u][a] > x->stride[u][b];
}

static void insert_label(const Matrices *x, int *labels, int *count, int label, int t, int u)
{
    int at = (*count)++;
    for (; at > 0 && is_outside(x, t, u, label, labels[at - 1]); at--)
        labels[at] = labels[at - 1];
    labels[at] = label;
}

/* True if walking `outer` once is walking `inner` through all of its extent, in tensor t. */
static bool lie_as_one(const Product *p, const Matrices *x, int t, int outer, int inner)
{
    int64_t reach;
    return !p->dims[inner].batch && checked_mul(x->stride[t][inner], p->dims[inner].size, &reach) &&
           x->stride[t][outer] == reach;
}

/* In all of the tensors whose bit is set. */
static bool merges(const Product *p, const Matrices *x, int tensors, int outer, int inner)
{
    for (int t = 0; t < 3; t++)
        if ((tensors >> t & 1) && !lie_as_one(p, x, t, outer, inner))
            return false;
    return true;
}

static void add_to_run(const Product *p, const Matrices *x, Run *run, int label)
{
    KExpr *extent = lower_extent(p->l, p->dims[label]);
    run->labels[run->count++] = label;
    run->extent = run->extent ? kexpr_mul(p->l->arena, run->extent, extent) : extent;
    for (int t = 0; t < 3; t++)
        run->stride[t] = x->stride[t][label];
}

static void form_runs(const Product *p, const Matrices *x, Side *side, int tensors,
                      const int *labels, int count)
{
    for (int i = 0; i < count; i++) {
        if (i == 0 || !merges(p, x, tensors, labels[i - 1], labels[i]))
            side->runs[side->count++] = (Run){.count = 0};
        add_to_run(p, x, &side->runs[side->count - 1], labels[i]);
    }
}

void product_classify(const Product *p, Matrices *x)
{
    enum { ROWS, COLUMNS, BATCHES, SUMS, KINDS };
    static const int tensors[KINDS] = {
        [ROWS] = 1 | 4, [COLUMNS] = 2 | 4, [BATCHES] = 1 | 2 | 4, [SUMS] = 1 | 2};
    Side *const sides[KINDS] = {&x->rows, &x->columns, &x->batches, &x->sums};
    int labels[KINDS][PRODUCT_LABELS], count[KINDS] = {0};
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        const bool of_rows = p->in[p->rows][label], of_columns = p->in[p->columns][label];
        if (dim_is_one(p->dims[label]) || (!of_rows && !of_columns))
            continue;
        const int kind = !p->in[2][label]        ? SUMS
                         : of_rows && of_columns ? BATCHES
                         : of_rows               ? ROWS
                                                 : COLUMNS;
        insert_label(x, labels[kind], &count[kind], label, kind == SUMS ? 0 : 2,
                     kind == COLUMNS || kind == SUMS);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        sides[kind]->count = 0;
        form_runs(p, x, sides[kind], tensors[kind], labels[kind], count[kind]);
    }
}

void product_bind_run(const Product *p, const Run *run, KExpr *index, KExpr **by_label)
{
    for (int i = run->count - 1; i >= 0; i--) {
        const int label = run->labels[i];
        KExpr *size = lower_extent(p->l, p->dims[label]);
        by_label[label] = i > 0 ? kexpr_mod(p->l->arena, index, size) : index;
        if (i > 0)
            index = kexpr_div(p->l->arena, index, size);
    }
}

const Run *product_last_run(const Side *side, int before)
{
    return side->count > before ? &side->runs[side->count - 1 - before] : NULL;
}
