/* gpu_flash.c -- attention and its gradient by blocks of queries and keys, for a GPU: rows of any
 * length with products around them (fuse_blocks.c), of which no more than a block is anywhere.
 * (FlashAttention: Dao et al. 2022, Dao 2023.)
 *
 *     for (h < heads) for (queries ..)              SHARE_TEAMS: a block of 32 queries
 *         for (keys ..)                             one block of 32 keys after the other
 *             t_s = q k^T                           SHARE_TILE
 *             for (row < 32)                        SHARE_GROUPS
 *                 m, l = as they are with these keys;  t_s = exp(t_s - m)
 *             t_o = t_o exp(m before - m) + t_s v   SHARE_TILE
 *         o = t_o / l
 *
 * That is a softmax (gpu_flash_find.c).  Folds of any other rows are found first, in a pass over
 * the keys for each phase (rows.h).  Sums over queries, the gradients of keys and values, have a
 * second loop, whose teams have a block of keys each and go through the queries; what was folded is
 * in memory by then.  So each sum is added up by one team, in order. */
#include "codegen/gpu_flash_parts.h"

#include "codegen/gpu.h"
#include "codegen/kexpr.h"

static int64_t rounded_up(int64_t x, int64_t y)
{
    return x / y + (x % y > 0);
}

/* ---- blocks ---- */

static KExpr *least(const Flash *f, KExpr *first, int64_t side, int64_t all, const char *name)
{
    Lowering *l = f->l;
    KExpr *count = kexpr_min(l->arena, flash_number(f, side),
                             kexpr_sub(l->arena, flash_number(f, all), first));
    return count->kind == KE_NUMBER ? count : block_let(&l->block, name, count);
}

static KExpr *first_of(const Flash *f, KExpr *block, int64_t side, const char *name)
{
    Lowering *l = f->l;
    KExpr *first = kexpr_mul(l->arena, block, flash_number(f, side));
    return first->kind == KE_NUMBER ? first : block_let(&l->block, name, first);
}

static void set_queries(Flash *f, KExpr *block)
{
    f->first_query = first_of(f, block, f->size.height, "first_query");
    f->query_count = least(f, f->first_query, f->size.height, f->queries, "queries");
}

static void set_keys(Flash *f, KExpr *block)
{
    f->first_key = first_of(f, block, f->size.width, "first_key");
    f->key_count = least(f, f->first_key, f->size.width, f->keys, "keys");
}

/* The loop over blocks of keys of a team that has queries: up to the last that one of them sees,
 * its own with from - 1 behind. */
static void open_key_blocks(Flash *f)
{
    Lowering *l = f->l;
    Arena *arena = l->arena;
    const int64_t width = f->size.width;
    KExpr *seen = flash_number(f, f->keys);
    if (f->ahead)
        seen = kexpr_min(arena, seen,
                         kexpr_add(arena, kexpr_add(arena, f->first_query, f->query_count),
                                   flash_number(f, f->from - 1)));
    KExpr *blocks = kexpr_div(arena, kexpr_add(arena, seen, flash_number(f, width - 1)),
                              flash_number(f, width));
    KExpr *block = lower_open_loop(l, blocks);
    set_keys(f, kexpr_at_most(arena, block, rounded_up(f->keys, width) - 1));
}

/* The loop over blocks of queries of a team that has keys: from the first that sees one of them. */
static void open_query_blocks(Flash *f)
{
    Lowering *l = f->l;
    Arena *arena = l->arena;
    const int64_t height = f->size.height, count = rounded_up(f->queries, height);
    KExpr *start = flash_number(f, 0), *blocks = flash_number(f, count);
    if (f->ahead) {
        KExpr *unseen = kexpr_min(arena, f->first_key, flash_number(f, f->from - 1));
        KExpr *first = kexpr_sub(arena, f->first_key, unseen);
        first->low = 0;
        start = kexpr_min(arena, kexpr_div(arena, first, flash_number(f, height)), blocks);
        start = block_let(&l->block, "start", start);
    }
    KExpr *turn = lower_open_loop(l, kexpr_sub(arena, blocks, start));
    set_queries(f, kexpr_at_most(arena, kexpr_add(arena, start, turn), count - 1));
}

static void start_array(Flash *f, Buffer *array, KExpr *count, Scalar value)
{
    Lowering *l = f->l;
    const int depth = l->block.depth;
    KExpr *at = lower_open_loop(l, count);
    gpu_share(l, SHARE_TEAM, 0);
    block_store(&l->block, array, at, kexpr_number(l->arena, value));
    lower_close(l, depth);
}

static void start_kept(Flash *f, const FlashPart *part, KExpr *rows)
{
    Lowering *l = f->l;
    const int depth = l->block.depth;
    KExpr *row = lower_open_loop(l, rows);
    gpu_share(l, SHARE_TILE, 0);
    KExpr *other = lower_open_loop(l, lower_extent(l, part->p.dims[part->b->other]));
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, part->p.n->type.dtype));
    block_store(&l->block, part->sums, flash_place(f, part->sums, row, other), zero);
    lower_close(l, depth);
}

static void start_sums(Flash *f)
{
    Arena *arena = f->l->arena;
    KExpr *rows = f->by_keys ? f->key_count : f->query_count;
    for (int i = 0; i < f->rows->count && !f->by_keys; i++) {
        const Member *m = &f->rows->members[i];
        if (m->folded)
            start_array(f, f->l->info[m->n->id].array, f->query_count,
                        lower_start(m->n->op, m->n->type.dtype));
    }
    for (int i = 0; i < f->count; i++) {
        const FlashPart *part = &f->parts[i];
        if (part->b->kind == BLOCK_INTO || !flash_is_here(f, part))
            continue;
        if (part->kept)
            start_kept(f, part, rows);
        else
            start_array(f, part->sums,
                        kexpr_mul(arena, rows, flash_number(f, part->p.dims[part->b->other].size)),
                        lower_start(OP_sum, part->p.n->type.dtype));
    }
}

/* ---- what a team leaves behind ---- */

static void store_sums(Flash *f, const FlashPart *part)
{
    Lowering *l = f->l;
    Arena *arena = l->arena;
    const Node *n = part->b->n;
    Buffer *out = l->info[n->id].buffer;
    KExpr *other, *index[MAX_RANK], *by_label[PRODUCT_LABELS];
    const int depth = l->block.depth;
    KExpr *row = flash_open_elements(f, part, !f->by_keys, part->kept, &other);
    flash_bind_labels(f, part, other, by_label);
    lower_find_labels(n->attr.labels[2], by_label, index);
    KExpr *value = kexpr_load(arena, part->sums, flash_place(f, part->sums, row, other));
    if (f->softmax.max && !f->by_keys && gpu_flash_is_divided(l, &f->softmax, block_rows(part->b)))
        value =
            kexpr_op(arena, OP_div, value->dtype,
                     (KExpr *[]){value, flash_fold_load(f, flash_member(f, f->softmax.sum))}, 2);
    block_store(&l->block, out, lower_place(l, out, &n->type, index), value);
    lower_close(l, depth);
}

static void store_numbers(Flash *f, Buffer *const *buffers)
{
    Lowering *l = f->l;
    const Rows *r = f->rows;
    const int depth = l->block.depth;
    KExpr *row = lower_open_loop(l, f->query_count);
    gpu_share(l, SHARE_TEAM, 0);
    flash_set_place(f, row, flash_number(f, 0));
    for (int i = 0; i < r->count; i++) {
        const Member *m = &r->members[i];
        KExpr *index[MAX_RANK];
        if (!buffers[i])
            continue;
        l->info[m->n->id].buffer = buffers[i];
        flash_index_fold(f, m, index);
        rows_store(f->rows, m->n, index,
                   m->folded ? flash_fold_load(f, m) : lower_by_rule(l, m->n, index));
    }
    lower_close(l, depth);
}

static void store_all(Flash *f)
{
    for (int i = 0; i < f->count; i++)
        if (f->parts[i].b->kind != BLOCK_INTO && flash_is_here(f, &f->parts[i]))
            store_sums(f, &f->parts[i]);
}

/* ---- kernels ---- */

static void pass_over_keys(Flash *f, int phase, bool softmax, bool products)
{
    const int depth = f->l->block.depth;
    open_key_blocks(f);
    flash_fill_copies(f, false, products);
    flash_multiply_all(f, true);
    if (softmax)
        flash_update_softmax(f);
    else if (products)
        flash_weigh_rows(f);
    else
        flash_fold_rows(f, phase);
    if (products) {
        flash_show_weights(f, true);
        flash_multiply_all(f, false);
        flash_show_weights(f, false);
    }
    lower_close(f->l, depth);
}

static bool has_products(const Flash *f, BlockKind kind)
{
    for (int i = 0; i < f->count; i++)
        if (f->parts[i].b->kind == kind)
            return true;
    return false;
}

static void pass_over_all(Flash *f)
{
    const Rows *r = f->rows;
    if (f->softmax.max) {
        pass_over_keys(f, 0, true, true);
        return;
    }
    for (int phase = 0; phase <= r->last_phase; phase++) {
        bool folds = false;
        for (int i = 0; i < r->count; i++)
            folds |= flash_folds_in(f, &r->members[i], phase);
        if (folds)
            pass_over_keys(f, phase, false, false);
    }
    if (has_products(f, BLOCK_OF))
        pass_over_keys(f, 0, false, true);
}

static KExpr *open_teams(Flash *f, int64_t blocks)
{
    Lowering *l = f->l;
    for (int i = 0; i < f->last; i++) {
        f->rows->outer[i] = lower_open_dim(l, f->group->outer[i]);
        gpu_share(l, SHARE_TEAMS, FLASH_TEAM);
    }
    KExpr *block = lower_open_loop(l, flash_number(f, blocks));
    gpu_share(l, SHARE_TEAMS, FLASH_TEAM);
    return block;
}

static void close_teams(Flash *f, int team)
{
    lower_close(f->l, 0);
    gpu_place_syncs(f->l->arena, f->l->block.kernel->body.data[team]);
}

/* Teams of queries: what is folded, and what is made of rows. */
static void emit_queries(Flash *f, Buffer *const *buffers)
{
    const int team = f->l->block.kernel->body.count;
    const int64_t blocks = rounded_up(f->queries, f->size.height);
    KExpr *block = open_teams(f, blocks);
    if (f->ahead) /* the last ones see most keys: they come first */
        block = kexpr_sub(f->l->arena, flash_number(f, blocks - 1), block);
    set_queries(f, block);
    flash_make_arrays(f);
    flash_make_copies(f, false);
    flash_make_copies(f, true);
    f->first_key = flash_number(f, 0);
    start_sums(f);
    flash_fill_copies(f, true, true);
    flash_add_dots(f);
    pass_over_all(f);
    f->first_key = flash_number(f, 0);
    store_all(f);
    store_numbers(f, buffers);
    close_teams(f, team);
}

/* Teams of keys: sums over queries. */
static void emit_keys(Flash *f)
{
    Lowering *l = f->l;
    const int team = l->block.kernel->body.count;
    KExpr *block = open_teams(f, rounded_up(f->keys, f->size.width));
    set_keys(f, block);
    flash_make_arrays(f);
    flash_make_copies(f, false);
    flash_make_copies(f, true);
    f->first_query = flash_number(f, 0);
    start_sums(f);
    flash_fill_copies(f, false, true);
    const int depth = l->block.depth;
    open_query_blocks(f);
    flash_fill_copies(f, true, true);
    flash_multiply_all(f, true);
    flash_weigh_rows(f);
    flash_show_weights(f, true);
    flash_multiply_all(f, false);
    flash_show_weights(f, false);
    lower_close(l, depth);
    f->first_query = flash_number(f, 0);
    store_all(f);
    close_teams(f, team);
}

static void measure(Flash *f, bool by_keys)
{
    BlockProduct into[BLOCK_PRODUCTS], of[BLOCK_PRODUCTS];
    FlashProducts products = {into, of, 0, 0};
    for (int i = 0; i < f->count; i++)
        if (f->parts[i].b->kind == BLOCK_INTO)
            into[products.into_count++] = *f->parts[i].b;
        else
            of[products.of_count++] = *f->parts[i].b;
    f->by_keys = by_keys;
    if (!gpu_flash_size(f->l, f->group, &products, by_keys, &f->size))
        ice("kernel %s: no block of rows fits", f->l->block.kernel->name);
}

/* One number for each query is in memory for who reads it later: the second kernel, too.  Until it
 * is there members are computed from what they are made of. */
static void place_numbers(Flash *f, Buffer **buffers)
{
    Lowering *l = f->l;
    const bool summed = has_products(f, BLOCK_SUMMED);
    for (int i = 0; i < f->rows->count; i++) {
        const Member *m = &f->rows->members[i];
        NodeInfo *info = &l->info[m->n->id];
        if (m->folded && summed && !info->buffer)
            info->buffer = lower_new_buffer(l, "v_", lower_name(l, m->n), &m->n->type, m->n->loc);
        buffers[i] = info->buffer;
        info->buffer = NULL;
    }
}

void gpu_flash_lower(Rows *r)
{
    Lowering *l = r->l;
    Flash *f = arena_new_of(l->arena, Flash);
    Buffer *buffers[GROUP_ROOTS];
    *f = (Flash){.l = l, .rows = r, .group = r->group, .count = r->group->products.count};
    f->last = r->group->outer_count - 1;
    f->queries = r->group->outer[f->last].size;
    for (int i = 0; i < f->count; i++) {
        const BlockProduct *b = &r->group->products.data[i];
        f->parts[i] =
            (FlashPart){.b = b, .p = {.l = l, .n = b->n, .out = l->info[b->n->id].buffer}};
        product_collect(&f->parts[i].p);
        f->keys = f->parts[i].p.dims[b->key].size;
    }
    f->softmax = gpu_flash_softmax(r);
    for (int i = 0; i < r->count; i++)
        if (!r->members[i].folded || !gpu_flash_find_dot(r, r->members[i].n, &f->dots[i]))
            f->dots[i].into = NULL;
    f->ahead = gpu_flash_find_ahead(r, f->queries, f->keys, &f->from);
    place_numbers(f, buffers);
    measure(f, false);
    emit_queries(f, buffers);
    if (has_products(f, BLOCK_SUMMED)) {
        measure(f, true);
        emit_keys(f);
    }
    for (int i = 0; i < f->count; i++)
        l->info[f->parts[i].b->n->id].array = NULL;
    for (int i = 0; i < r->count; i++)
        l->info[r->members[i].n->id].array = NULL;
}
