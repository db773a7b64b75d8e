/* gpu_attention.c -- rows with products around them (fuse_blocks.c), for a GPU: attention and its
 * gradient without a matrix of scores in memory.
 *
 *     for (h < heads) for (chunk ..)            share = SHARE_TEAMS: a block of threads for each
 *         float t_s[16 * 128];                  shared
 *         for (b ..)                            a block of 16 queries
 *             t_s = q k^T                       SHARE_TILE: for the block's queries, all keys
 *             for (row < 16)                    SHARE_GROUPS: the loops over the row, as gpu_rows.c
 * has float t_e[128] ..             them; what is kept between them is the warp's o = t_p v
 * SHARE_TILE dv += t_p^T do                    SHARE_TILE: summed over queries
 *
 * Sums over queries go on from block to block of a chunk; with several chunks each has a part of
 * its own, and a second launch adds these up in order.  Without such sums each block of queries is
 * a chunk.  Chunks and blocks are a matter of shapes alone. */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/product.h"
#include "codegen/rows_parts.h"

enum {
    MOST_ROWS = 32, /* queries of a block, */
    ROWS_STEP = 4,  /* a multiple of that where there are as many */
    ENOUGH = 256,   /* teams that keep a device busy */
    MOST_CHUNKS = 8 /* of sums over queries */
};

typedef struct Part {
    const BlockProduct *b;
    Product p;
    Buffer *parts; /* of a sum over queries: [chunk][element], or NULL */
} Part;

typedef struct Attention {
    Lowering *l;
    Rows *rows;
    const Group *group;
    Part parts[2 * BLOCK_PRODUCTS];
    int count, last;                     /* last: the outer axis of the queries */
    int64_t keys, queries, height;       /* height: of a block */
    int64_t blocks, blocks_each, chunks; /* of queries; of those in a chunk */
    int64_t warps;                       /* rows at work at once: a warp has each; 1: all threads */
    Vec(Buffer *) row_arrays;            /* of these rows */
    KExpr *chunk, *first, *row_count;    /* of the block at work */
} Attention;

static KExpr *number(const Attention *a, int64_t value)
{
    return kexpr_int(a->l->arena, value);
}

static int64_t least(int64_t x, int64_t y)
{
    return x < y ? x : y;
}

static int64_t rounded_up(int64_t x, int64_t y)
{
    return x / y + (x % y > 0);
}

/* ---- what is held for a block of queries ---- */

static const Node *rows_of(const Part *part)
{
    return block_rows(part->b);
}

static bool is_held(const Attention *a, const Part *part)
{
    return part->b->kind == BLOCK_INTO || !a->l->info[rows_of(part)->id].buffer;
}

static bool is_held_before(const Attention *a, int number)
{
    for (int i = 0; i < number; i++)
        if (rows_of(&a->parts[i]) == rows_of(&a->parts[number]))
            return true;
    return false;
}

static bool is_array_of_block(const Attention *a, const Node *n)
{
    for (int i = 0; i < a->count; i++)
        if (rows_of(&a->parts[i]) == n && is_held(a, &a->parts[i]))
            return true;
    return false;
}

static int64_t key_bytes(const Part *part)
{
    return part->p.dims[part->b->key].size * dtype_info[part->p.n->type.dtype].bytes;
}

/* Shared bytes for each query of a block, and for a row whose loops are at work. */
static void measure(const Attention *a, int64_t *each, int64_t *row)
{
    const Rows *r = a->rows;
    *each = *row = 0;
    for (int i = 0; i < a->count; i++)
        if (is_held(a, &a->parts[i]) && !is_held_before(a, i))
            *each += key_bytes(&a->parts[i]);
    for (int i = 0; i < r->count; i++)
        if (rows_wants_array(r, &r->members[i]) && !is_array_of_block(a, r->members[i].n))
            *row +=
                rows_row_size(a->l, &r->members[i]) * dtype_info[r->members[i].n->type.dtype].bytes;
}

static void plan(Attention *a)
{
    int64_t each, row, heads = gpu_bound(a->l, a->group->outer, a->last);
    bool sums = false;
    measure(a, &each, &row);
    a->warps = a->rows->team / GPU_WARP;
    if (row * a->warps + ROWS_STEP * each > GPU_SHARED_BYTES)
        a->warps = 1;
    row *= a->warps;
    a->height = least((GPU_SHARED_BYTES - row) / each, least(MOST_ROWS, a->queries));
    while (a->height >= 4 * ROWS_STEP && heads * rounded_up(a->queries, a->height) < ENOUGH)
        a->height /= 2;
    if (a->height > ROWS_STEP)
        a->height = a->height / ROWS_STEP * ROWS_STEP;
    if (a->height < 1)
        ice("kernel %s: a row of %lld bytes", a->l->block.kernel->name, (long long)(each + row));
    a->rows->room = GPU_SHARED_BYTES - a->height * each;
    a->blocks = rounded_up(a->queries, a->height);
    for (int i = 0; i < a->count; i++)
        sums |= a->parts[i].b->kind == BLOCK_SUMMED;
    const int64_t wanted = rounded_up(ENOUGH, heads > 0 ? heads : 1);
    a->chunks = sums ? least(a->blocks, least(wanted, MOST_CHUNKS)) : a->blocks;
    a->blocks_each = rounded_up(a->blocks, a->chunks);
    a->chunks = rounded_up(a->blocks, a->blocks_each); /* none is empty */
}

/* So many rows of a row tensor: an array with the query's axis and the row's. */
static void make_array(Attention *a, const Node *n, int64_t rows)
{
    Lowering *l = a->l;
    NodeInfo *info = &l->info[n->id];
    Type type = n->type;
    int query_axis = 0;
    for (int axis = 0; axis < type.rank; axis++) {
        if (info->site.of[axis] < 0)
            continue;
        const bool query = info->site.of[axis] == a->last;
        query_axis = query ? axis : query_axis;
        type.dims[axis] = dim_fixed(query ? rows : 1);
    }
    info->array = block_array(&l->block, lower_name(l, n), &type);
    info->array->row_axis = query_axis;
    info->array->row = number(a, 0);
    gpu_share_array(l);
}

static void make_arrays(Attention *a)
{
    for (int i = 0; i < a->count; i++)
        if (is_held(a, &a->parts[i]) && !is_held_before(a, i))
            make_array(a, rows_of(&a->parts[i]), a->height);
    for (int i = 0; i < a->rows->count; i++) {
        const Member *m = &a->rows->members[i];
        if (a->warps > 1 && rows_wants_array(a->rows, m) && !is_array_of_block(a, m->n)) {
            make_array(a, m->n, a->warps);
            vec_push(a->l->arena, &a->row_arrays, a->l->info[m->n->id].array);
        } else {
            rows_make_array(a->rows, m);
        }
    }
}

/* From here on arrays of the block are read and written at this row of it. */
static void set_row(Attention *a, KExpr *row)
{
    for (int i = 0; i < a->count; i++)
        if (is_held(a, &a->parts[i]))
            a->l->info[rows_of(&a->parts[i])->id].array->row = row;
    for (int i = 0; i < a->row_arrays.count; i++)
        a->row_arrays.data[i]->row = kexpr_mod(a->l->arena, row, number(a, a->warps));
    KExpr *query = kexpr_add(a->l->arena, a->first, row);
    a->rows->outer[a->last] = kexpr_at_most(a->l->arena, query, a->queries - 1);
}

/* ---- products ---- */

static void bind_labels(const Attention *a, const Part *part, KExpr *key, KExpr *other,
                        KExpr **by_label)
{
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        const int axis = block_outer_axis(a->l, part->b, label);
        by_label[label] = label == part->b->key     ? key
                          : label == part->b->other ? other
                          : axis >= 0               ? a->rows->outer[axis]
                                                    : number(a, 0);
    }
}

static KExpr *result_place(const Attention *a, const Part *part, KExpr *const *by_label,
                           Buffer *buffer)
{
    const Node *n = part->b->n;
    KExpr *index[MAX_RANK];
    lower_find_labels(n->attr.labels[2], by_label, index);
    if (buffer != part->parts)
        return lower_place(a->l, buffer, &n->type, index);
    KExpr *size = number(a, part->parts->type.dims[1].size);
    return kexpr_add(a->l->arena, kexpr_mul(a->l->arena, a->chunk, size),
                     lower_offset(a->l, &n->type, index));
}

static Buffer *result_buffer(const Attention *a, const Part *part)
{
    return part->parts ? part->parts : a->l->info[part->b->n->id].buffer;
}

static void store_product(Attention *a, const Part *part, KExpr *const *by_label, KExpr *sum)
{
    Lowering *l = a->l;
    const Node *n = part->b->n;
    Buffer *out = result_buffer(a, part);
    if (part->b->kind == BLOCK_INTO) {
        KExpr *index[MAX_RANK];
        lower_find_labels(n->attr.labels[2], by_label, index);
        Buffer *array = l->info[n->id].array;
        block_store(&l->block, array, lower_array_place(l, array, index), sum);
    } else if (part->b->kind == BLOCK_SUMMED && a->blocks_each > 1) {
        block_accumulate(&l->block, out, result_place(a, part, by_label, out), sum);
    } else {
        block_store(&l->block, out, result_place(a, part, by_label, out), sum);
    }
}

static void multiply(Attention *a, const Part *part)
{
    Lowering *l = a->l;
    const BlockProduct *b = part->b;
    const bool into = b->kind == BLOCK_INTO, summed = b->kind == BLOCK_SUMMED;
    const int depth = l->block.depth;
    KExpr *keys = lower_extent(l, part->p.dims[b->key]);
    KExpr *others = lower_extent(l, part->p.dims[b->other]);
    KExpr *by_label[PRODUCT_LABELS];
    KExpr *i = lower_open_loop(l, summed ? keys : a->row_count);
    gpu_share(l, SHARE_TILE, 0);
    KExpr *j = lower_open_loop(l, into ? keys : others);
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, b->n->type.dtype));
    KExpr *sum = block_let_mutable(&l->block, lower_name(l, b->n), zero);
    KExpr *k = lower_open_loop(l, into ? others : summed ? a->row_count : keys);
    set_row(a, summed ? k : i);
    bind_labels(a, part, into ? j : summed ? i : k, into ? k : j, by_label);
    l->guarded++; /* operands are expressions: no locals */
    KExpr *left = lower_operand(l, b->n, 1 - b->columns, by_label);
    KExpr *right = lower_operand(l, b->n, b->columns, by_label);
    l->guarded--;
    KExpr *term = kexpr_op(l->arena, OP_mul, sum->dtype, (KExpr *[]){left, right}, 2);
    block_set(&l->block, sum, lower_step(l, OP_sum, sum, term));
    lower_close(l, depth + 2);
    store_product(a, part, by_label, sum);
    lower_close(l, depth);
}

static void multiply_all(Attention *a, bool into)
{
    for (int i = 0; i < a->count; i++)
        if ((a->parts[i].b->kind == BLOCK_INTO) == into)
            multiply(a, &a->parts[i]);
}

/* ---- sums over queries ---- */

static void place_parts(Attention *a, Part *part)
{
    Lowering *l = a->l;
    const Node *n = part->b->n;
    if (part->b->kind != BLOCK_SUMMED || a->chunks == 1)
        return;
    const Type type = {
        .dtype = n->type.dtype,
        .rank = 2,
        .dims = {dim_fixed(a->chunks), dim_fixed(gpu_bound(l, n->type.dims, n->type.rank))}};
    part->parts = lower_new_buffer(l, "v_", arena_printf(l->arena, "%s_parts", lower_name(l, n)),
                                   &type, n->loc);
}

/* What blocks add up begins with 0. */
static void start_sum(Attention *a, const Part *part)
{
    Lowering *l = a->l;
    const BlockProduct *b = part->b;
    const Dim dims[2] = {part->p.dims[b->key], part->p.dims[b->other]};
    const int depth = l->block.depth;
    KExpr *index[2], *by_label[PRODUCT_LABELS];
    if (b->kind != BLOCK_SUMMED || a->blocks_each == 1)
        return;
    KExpr *at = gpu_open_flat(l, dims, 2, SHARE_TEAM, 0);
    gpu_unflatten(l, dims, 2, at, index);
    bind_labels(a, part, index[0], index[1], by_label);
    Buffer *out = result_buffer(a, part);
    block_store(&l->block, out, result_place(a, part, by_label, out),
                kexpr_number(l->arena, lower_start(OP_sum, b->n->type.dtype)));
    lower_close(l, depth);
}

static void join_parts(Attention *a, const Part *part)
{
    Lowering *l = a->l;
    const Node *n = part->b->n;
    KExpr *index[MAX_RANK];
    if (!part->parts)
        return;
    for (int axis = 0; axis < n->type.rank; axis++) {
        index[axis] = lower_open_dim(l, n->type.dims[axis]);
        if (!dim_is_one(n->type.dims[axis]))
            gpu_share(l, SHARE_GRID, 0);
    }
    const int depth = l->block.depth;
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, n->type.dtype));
    KExpr *sum = block_let_mutable(&l->block, lower_name(l, n), zero);
    KExpr *chunk = lower_open_loop(l, number(a, a->chunks));
    KExpr *size = number(a, part->parts->type.dims[1].size);
    KExpr *place =
        kexpr_add(l->arena, kexpr_mul(l->arena, chunk, size), lower_offset(l, &n->type, index));
    block_set(&l->block, sum, lower_step(l, OP_sum, sum, kexpr_load(l->arena, part->parts, place)));
    lower_close(l, depth);
    Buffer *out = l->info[n->id].buffer;
    block_store(&l->block, out, lower_place(l, out, &n->type, index), sum);
    lower_close(l, 0);
}

/* ---- all of it ---- */

static void open_block(Attention *a)
{
    Lowering *l = a->l;
    Arena *arena = l->arena;
    KExpr *block = a->chunk;
    if (a->blocks_each > 1) {
        KExpr *first = kexpr_mul(arena, a->chunk, number(a, a->blocks_each));
        KExpr *left = kexpr_sub(arena, number(a, a->blocks), first);
        KExpr *turn = lower_open_loop(l, kexpr_min(arena, number(a, a->blocks_each), left));
        block = kexpr_at_most(arena, kexpr_add(arena, first, turn), a->blocks - 1);
    }
    a->first = kexpr_mul(arena, block, number(a, a->height));
    if (a->first->kind != KE_NUMBER)
        a->first = block_let(&l->block, "first", a->first);
    a->row_count =
        kexpr_min(arena, number(a, a->height), kexpr_sub(arena, number(a, a->queries), a->first));
    if (a->row_count->kind != KE_NUMBER)
        a->row_count = block_let(&l->block, "rows", a->row_count);
}

static void emit_block(Attention *a)
{
    Lowering *l = a->l;
    open_block(a);
    multiply_all(a, true);
    const int depth = l->block.depth, team = a->rows->team;
    set_row(a, lower_open_loop(l, a->row_count));
    if (a->warps > 1) {
        gpu_share(l, SHARE_GROUPS, GPU_WARP);
        a->rows->team = GPU_WARP;
    }
    rows_emit_row(l, a->rows);
    a->rows->team = team;
    lower_close(l, depth);
    multiply_all(a, false);
}

static void start(Attention *a)
{
    Lowering *l = a->l;
    for (int i = 0; i < a->count; i++) {
        const BlockProduct *b = &a->group->products.data[i];
        a->parts[i] = (Part){.b = b, .p = {.l = l, .n = b->n, .out = l->info[b->n->id].buffer}};
        product_collect(&a->parts[i].p);
        const int64_t keys = a->parts[i].p.dims[b->key].size;
        a->keys = keys > a->keys ? keys : a->keys;
    }
    a->rows->team = a->keys <= GPU_BLOCK / 2 ? GPU_BLOCK / 2 : GPU_BLOCK;
    plan(a);
    for (int i = 0; i < a->count; i++)
        place_parts(a, &a->parts[i]);
}

void gpu_attention_lower(Rows *r)
{
    Lowering *l = r->l;
    Attention *a = arena_new_of(l->arena, Attention);
    const Group *group = r->group;
    *a = (Attention){.l = l, .rows = r, .group = group, .count = group->products.count};
    a->last = group->outer_count - 1;
    a->queries = group->outer[a->last].size;
    start(a);
    const int team = l->block.kernel->body.count;
    for (int i = 0; i < a->last; i++) {
        r->outer[i] = lower_open_dim(l, group->outer[i]);
        gpu_share(l, SHARE_TEAMS, r->team);
    }
    a->chunk = lower_open_loop(l, number(a, a->chunks));
    gpu_share(l, SHARE_TEAMS, r->team);
    make_arrays(a);
    for (int i = 0; i < a->count; i++)
        start_sum(a, &a->parts[i]);
    emit_block(a);
    lower_close(l, 0);
    for (int i = 0; i < a->count; i++)
        l->info[rows_of(&a->parts[i])->id].array = NULL;
    for (int i = 0; i < a->count; i++)
        join_parts(a, &a->parts[i]);
    gpu_place_syncs(l->arena, l->block.kernel->body.data[team]);
}
