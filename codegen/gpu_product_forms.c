/* gpu_product_forms.c -- the forms of a product on a GPU, as loops with marks.
 *
 *     tiles    for i < rows, j < columns (SHARE_TILE):  sum = 0; for k: sum = sum + a b;  y[i, j] =
 * sum each     for each element (SHARE_GRID):           the same teams    for each element
 * (SHARE_TEAMS):          part = 0; for k (SHARE_TEAM): part += a b; sum = the join of parts
 *
 * A sum in parts is two launches.  In the first each part of it is as it were an element of its
 * own, stored in work memory; the second adds them up in order:
 *
 *     for p < parts: ...:  parts[p, i, j] = the sum over [p * chunk, p * chunk + chunk)
 *     for each element:    sum = 0; for p: sum = sum + parts[p, i, j];  y[i, j] = sum
 *
 * How many there are is a matter of the extents alone, so that bits do not depend on the device. */
#include "codegen/gpu_product.h"

#include "codegen/kexpr.h"

typedef struct Place { /* where a part of a sum is in the whole */
    KExpr *part;       /* or NULL */
    KExpr *first, *terms;
    Buffer *stored; /* parts, or NULL */
    int64_t elements;
} Place;

/* ---- loops ---- */

static KExpr *open_shared(Lowering *l, KExpr *extent, Share share, int team)
{
    KExpr *index = lower_open_loop(l, extent);
    KStmt *loop = l->block.loops[l->block.depth - 1];
    loop->share = share;
    loop->team = team;
    return index;
}

/* Which of each label's is the run's index-th.  Step by step, so that where they lie as one in
 * memory again, the index itself is left. */
static void bind_run(GpuProduct *g, const LabelRun *run, KExpr *index)
{
    Lowering *l = g->p.l;
    for (int i = run->count - 1; i >= 0; i--) {
        KExpr *size = lower_extent(l, g->p.dims[run->labels[i]]);
        g->by_label[run->labels[i]] = i > 0 ? kexpr_mod(l->arena, index, size) : index;
        index = i > 0 ? kexpr_div(l->arena, index, size) : index;
    }
}

/* Over the run: one loop, even where it turns once. */
static void open_run(GpuProduct *g, const LabelRun *run, Share share)
{
    bind_run(g, run, open_shared(g->p.l, run->extent, share, 0));
}

static void open_labels(GpuProduct *g, const char *labels, Share share, int team)
{
    Lowering *l = g->p.l;
    for (; *labels; labels++) {
        const Dim dim = g->p.dims[*labels - 'a'];
        g->by_label[*labels - 'a'] = dim_is_one(dim)
                                         ? kexpr_int(l->arena, 0)
                                         : open_shared(l, lower_extent(l, dim), share, team);
    }
}

/* Labels without a loop. */
static void bind_ones(GpuProduct *g)
{
    for (int label = 0; label < PRODUCT_LABELS; label++)
        g->by_label[label] = kexpr_int(g->p.l->arena, 0);
}

/* ---- the sum ---- */

/* An element of an operand.  Of a sum in parts, indices put together again no longer know that the
 * last part may be shorter: that all are in the sum. */
static KExpr *find_factor(GpuProduct *g, int operand)
{
    Lowering *l = g->p.l;
    KExpr *x = product_operand(&g->p, operand, g->by_label);
    int64_t count;
    if (x->kind == KE_LOAD && type_count(&x->buffer->type, l->batch_bound, &count) &&
        x->args[0]->high >= count)
        x = kexpr_load(l->arena, x->buffer, kexpr_at_most(l->arena, x->args[0], count - 1));
    return kexpr_cast(l->arena, x, g->dtype);
}

/* total = total + a b, at a place of the sum. */
static void add_term(GpuProduct *g, KExpr *total, KExpr *at)
{
    Lowering *l = g->p.l;
    bind_run(g, &g->sums, at);
    KExpr *const factors[] = {find_factor(g, g->p.rows), find_factor(g, g->p.columns)};
    KExpr *product = kexpr_op(l->arena, OP_mul, g->dtype, factors, 2);
    block_set(&l->block, total, lower_step(l, OP_sum, total, product));
}

/* The sum over all terms of the place, its loop shared as told; in a local. */
static KExpr *sum_terms(GpuProduct *g, const Place *place, Share share)
{
    Lowering *l = g->p.l;
    const int depth = l->block.depth;
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, g->dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, g->p.n), zero);
    KExpr *term = open_shared(l, place->terms, share, 0);
    KExpr *at = kexpr_add(l->arena, place->first, term);
    add_term(g, total, kexpr_at_most(l->arena, at, g->sums.extent->high - 1));
    lower_close(l, depth);
    return total;
}

/* ---- elements ---- */

static KExpr *find_index(GpuProduct *g, KExpr **index)
{
    lower_find_labels(g->p.n->attr.labels[2], g->by_label, index);
    return lower_offset(g->p.l, &g->p.n->type, index);
}

static KExpr *part_place(GpuProduct *g, const Place *place, KExpr *part)
{
    KExpr *index[MAX_RANK], *at = find_index(g, index);
    KExpr *before = kexpr_mul(g->p.l->arena, part, kexpr_int(g->p.l->arena, place->elements));
    return kexpr_add(g->p.l->arena, before, at);
}

/* The element is known: it is stored, and what is computed from it. */
static void finish_element(GpuProduct *g, KExpr *total)
{
    Lowering *l = g->p.l;
    KExpr *index[MAX_RANK], *values[GROUP_ROOTS];
    KExpr *value = kexpr_cast(l->arena, total, g->p.n->type.dtype);
    find_index(g, index);
    if (g->p.out)
        block_store(&l->block, g->p.out, product_out_offset(&g->p, g->by_label), value);
    lower_remember(l, g->p.n, index, value);
    lower_store_elements(l, g->epilogue, index, values);
}

static void finish_sum(GpuProduct *g, const Place *place, KExpr *total)
{
    if (place->part)
        block_store(&g->p.l->block, place->stored, part_place(g, place, place->part), total);
    else
        finish_element(g, total);
}

/* ---- parts ---- */

/* Opens the loop over parts, where there are any. */
static Place begin_parts(GpuProduct *g, Share share, int team)
{
    Lowering *l = g->p.l;
    Place place = {.first = kexpr_int(l->arena, 0), .terms = g->sums.extent};
    bind_ones(g);
    if (g->parts == 1)
        return place;
    KExpr *chunk = kexpr_int(l->arena, g->chunk);
    if (!type_count(&g->p.n->type, l->batch_bound, &place.elements))
        ice("a product of type %s", type_text(l->arena, &g->p.n->type));
    const Type type = {
        .dtype = g->dtype, .rank = 1, .dims = {dim_fixed(g->parts * place.elements)}};
    place.stored = lower_new_buffer(l, "w_", lower_name(l, g->p.n), &type, g->p.n->loc);
    l->block.comment = arena_printf(l->arena, "the sum in parts of %lld", (long long)g->chunk);
    KExpr *all = kexpr_add(l->arena, g->sums.extent, kexpr_int(l->arena, g->chunk - 1));
    place.part = open_shared(l, kexpr_div(l->arena, all, chunk), share, team);
    place.first = kexpr_mul(l->arena, place.part, chunk);
    place.terms = kexpr_min(l->arena, chunk, kexpr_sub(l->arena, g->sums.extent, place.first));
    return place;
}

/* Adds up the parts of each element, and finishes it. */
static void end_parts(GpuProduct *g, const Place *place)
{
    Lowering *l = g->p.l;
    lower_close(l, 0);
    if (g->parts == 1)
        return;
    KExpr *all = kexpr_add(l->arena, g->sums.extent, kexpr_int(l->arena, g->chunk - 1));
    KExpr *parts = kexpr_div(l->arena, all, kexpr_int(l->arena, g->chunk));
    bind_ones(g);
    l->block.comment = "and its parts, in order";
    open_labels(g, g->p.n->attr.labels[2], SHARE_GRID, 0);
    const int depth = l->block.depth;
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, g->dtype));
    KExpr *total = block_let_mutable(&l->block, lower_name(l, g->p.n), zero);
    KExpr *part = lower_open_loop(l, parts);
    KExpr *value = kexpr_load(l->arena, place->stored, part_place(g, place, part));
    block_set(&l->block, total, lower_step(l, OP_sum, total, value));
    lower_close(l, depth);
    finish_element(g, total);
    lower_close(l, 0);
}

/* ---- forms ---- */

void gpu_product_tiles(GpuProduct *g)
{
    Place place = begin_parts(g, SHARE_TEAMS, 0);
    char labels[PRODUCT_LABELS + 1] = "";
    for (int i = 0; i < g->batches.count; i++)
        labels[i] = (char)('a' + g->batches.labels[i]);
    open_labels(g, labels, SHARE_TEAMS, 0);
    open_run(g, &g->rows, SHARE_TILE);
    open_run(g, &g->columns, SHARE_NONE);
    finish_sum(g, &place, sum_terms(g, &place, SHARE_NONE));
    end_parts(g, &place);
}

void gpu_product_each(GpuProduct *g)
{
    Place place = begin_parts(g, SHARE_GRID, 0);
    open_labels(g, g->p.n->attr.labels[2], SHARE_GRID, 0);
    finish_sum(g, &place, sum_terms(g, &place, SHARE_NONE));
    end_parts(g, &place);
}

/* Like block_let: the value over the threads of the team. */
static KExpr *join(Lowering *l, const Node *n, KExpr *part)
{
    KExpr *joined = block_let(&l->block, lower_name(l, n), part);
    const KStmtVec *body = &l->block.loops[l->block.depth - 1]->body;
    KStmt *let = body->data[body->count - 1];
    let->join = true;
    let->op = OP_sum;
    return joined;
}

void gpu_product_teams(GpuProduct *g, int team)
{
    Lowering *l = g->p.l;
    Place place = begin_parts(g, SHARE_TEAMS, team);
    open_labels(g, g->p.n->attr.labels[2], SHARE_TEAMS, team);
    if (l->block.depth == 0)
        open_shared(l, kexpr_int(l->arena, 1), SHARE_TEAMS, team);
    finish_sum(g, &place, join(l, g->p.n, sum_terms(g, &place, SHARE_TEAM)));
    end_parts(g, &place);
}

/* ---- around a call that makes the product ---- */

static KExpr *place_by_labels(GpuProduct *g, const char *labels)
{
    Lowering *l = g->p.l;
    KExpr *place = kexpr_int(l->arena, 0);
    for (; *labels; labels++) {
        KExpr *extent = lower_extent(l, g->p.dims[*labels - 'a']);
        place = kexpr_mul(l->arena, place, kexpr_int(l->arena, extent->high));
        place = kexpr_add(l->arena, place, g->by_label[*labels - 'a']);
    }
    return place;
}

void gpu_product_copy(GpuProduct *g, int operand, Buffer *copy, const char *labels)
{
    Lowering *l = g->p.l;
    bind_ones(g);
    open_labels(g, labels, SHARE_GRID, 0);
    KExpr *element = lower_operand(l, g->p.n, operand, g->by_label);
    block_store(&l->block, copy, place_by_labels(g, labels), element);
    lower_close(l, 0);
}

void gpu_product_finish(GpuProduct *g, Buffer *made, const char *labels)
{
    Lowering *l = g->p.l;
    bind_ones(g);
    open_labels(g, g->p.n->attr.labels[2], SHARE_GRID, 0);
    KExpr *value = kexpr_load(l->arena, made, place_by_labels(g, labels));
    finish_element(g, block_let(&l->block, lower_name(l, g->p.n), value));
    lower_close(l, 0);
}
