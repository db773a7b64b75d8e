/* lower_blocks.c -- the products around rows, a block of rows at a time: see fuse_blocks.c.
 *
 *     for (i ..) for (h ..) {                                         a head
 *         float t_panel[..];  grt_pack_f32(.., k, .., t_panel, ..);   its keys, columns side by
 * side for (int64_t first = 0; first < 128; first += 32) {         a block of queries float t_s[32
 * * 128]; grt_product_f32(.., q, .., t_panel, .., t_s, ..); for (l ..) a query: lower_rows.c
 *             grt_product_f32(.., t_p, .., v, .., o, ..);
 *         }
 *     }
 *
 * Sums over queries go on from block to block, in order: a result does not depend on threads. */
#include "codegen/blocks.h"

#include "codegen/kexpr.h"
#include "codegen/product_runs.h"

enum {
    BLOCK_BYTES = 1 << 17, /* of a block's arrays: they are to stay in the second cache */
    BLOCK_ROWS = 64,       /* at most, */
    BLOCK_STEP = 8         /* and a multiple of that, if it can be */
};

typedef struct Part {
    const BlockProduct *b;
    Product p;
    Matrices x;
    KExpr *base[3]; /* in the loops around */
    Buffer *panel;  /* a copy of the columns' operand, or NULL */
    bool held;      /* its rows lie in an array of the block */
} Part;

struct Blocks {
    Lowering *l;
    const Group *group;
    Part parts[2 * BLOCK_PRODUCTS];
    int count, depth; /* of the loops around the blocks */
    KExpr *queries;   /* how many there are */
    int64_t rows;     /* of them in a block */
    KExpr *first, *row_count;
};

/* ---- before the loops ---- */

static void measure(Part *part, int role)
{
    if (product_measure(&part->p, role, &part->x))
        return;
    product_even_out(&part->p, role == 0 ? part->p.rows : part->p.columns);
    if (!product_measure(&part->p, role, &part->x))
        ice("a copy of an operand does not lie evenly");
}

static void start_part(Blocks *b, Part *part)
{
    Lowering *l = b->l;
    const BlockProduct *product = part->b;
    part->p = (Product){.l = l, .n = product->n, .out = l->info[product->n->id].buffer};
    product_collect(&part->p);
    part->p.columns = product->columns;
    part->p.rows = 1 - product->columns;
    part->held = product->kind == BLOCK_INTO || !l->info[block_rows(product)->id].buffer;
    measure(part, 1);
    if (product->kind == BLOCK_INTO || !part->held)
        measure(part, 0);
    if (product->kind != BLOCK_INTO)
        measure(part, 2);
}

/* Bytes of the block's arrays for one row. */
static int64_t row_bytes(const Blocks *b)
{
    int64_t bytes = 0;
    for (int i = 0; i < b->count; i++) {
        const Part *part = &b->parts[i];
        bytes += part->p.dims[part->b->key].size * dtype_info[part->p.n->type.dtype].bytes;
    }
    return bytes;
}

/* As many as fit, or fewer if the queries are a multiple of these. */
static int64_t rows_that_fit(int64_t fit, int64_t queries)
{
    fit = fit > BLOCK_ROWS ? BLOCK_ROWS : fit / BLOCK_STEP * BLOCK_STEP;
    fit = fit < BLOCK_STEP ? BLOCK_STEP : fit;
    if (fit >= queries)
        return queries;
    for (int64_t rows = fit; 2 * rows >= fit; rows -= BLOCK_STEP)
        if (queries % rows == 0)
            return rows;
    return fit;
}

Blocks *blocks_start(Lowering *l, const Group *group)
{
    Blocks *b = arena_new_of(l->arena, Blocks);
    *b = (Blocks){.l = l, .group = group, .count = group->products.count};
    for (int i = 0; i < b->count; i++) {
        b->parts[i] = (Part){.b = &group->products.data[i]};
        start_part(b, &b->parts[i]);
    }
    const Dim query = group->outer[group->outer_count - 1];
    b->queries = lower_extent(l, query);
    b->rows = rows_that_fit(BLOCK_BYTES / row_bytes(b), query.size);
    l->program->uses_products = true;
    return b;
}

/* ---- a head ---- */

static KExpr *number(const Blocks *b, int64_t value)
{
    return kexpr_int(b->l->arena, value);
}

static void move_to_head(Blocks *b, Part *part, KExpr *const *outer)
{
    Arena *arena = b->l->arena;
    for (int t = 0; t < 3; t++)
        part->base[t] = part->x.base[t];
    for (int label = 0; label < PRODUCT_LABELS; label++) {
        const int axis = label == part->b->query ? -1 : block_outer_axis(b->l, part->b, label);
        for (int t = 0; t < 3 && axis >= 0; t++)
            if (part->x.buffer[t])
                part->base[t] =
                    kexpr_add(arena, part->base[t],
                              kexpr_mul(arena, outer[axis], number(b, part->x.stride[t][label])));
    }
}

/* The labels of the statement: rows of the columns' operand are `terms`. */
static int terms_label(const BlockProduct *p)
{
    return p->kind == BLOCK_INTO ? p->other : p->kind == BLOCK_OF ? p->key : p->query;
}

static int columns_label(const BlockProduct *p)
{
    return p->kind == BLOCK_INTO ? p->key : p->other;
}

/* The columns' operand of this head, where it lies. */
static Matrix columns_matrix(const Blocks *b, const Part *part)
{
    return (Matrix){.buffer = part->x.buffer[1],
                    .base = part->base[1],
                    .row = number(b, 0),
                    .column = number(b, 0),
                    .row_step = part->x.stride[1][terms_label(part->b)],
                    .column_step = part->x.stride[1][columns_label(part->b)]};
}

static Matrix local_matrix(const Blocks *b, Buffer *array, int64_t row_step, int64_t column_step)
{
    return (Matrix){.buffer = array,
                    .base = number(b, 0),
                    .row = number(b, 0),
                    .column = number(b, 0),
                    .row_step = row_step,
                    .column_step = column_step};
}

static void pack(Blocks *b, Part *part)
{
    Lowering *l = b->l;
    const Dim terms = part->p.dims[terms_label(part->b)];
    const Dim columns = part->p.dims[columns_label(part->b)];
    const Type type = {.dtype = part->p.n->type.dtype, .rank = 2, .dims = {terms, columns}};
    Tiles *t = arena_new_of(l->arena, Tiles);
    part->panel = block_array(&l->block, lower_name(l, part->p.n->args[part->p.columns]), &type);
    *t = (Tiles){.dtype = type.dtype,
                 .columns = lower_extent(l, columns),
                 .inner = lower_extent(l, terms),
                 .b = columns_matrix(b, part),
                 .c = local_matrix(b, part->panel, columns.size, 1)};
    block_pack(&l->block, t);
}

/* ---- a block ---- */

/* The block's rows of a row tensor: an array with the query's axis and the row's. */
static void make_array(Blocks *b, const Part *part)
{
    Lowering *l = b->l;
    const Node *n = block_rows(part->b);
    NodeInfo *info = &l->info[n->id];
    Type type = n->type;
    if (!part->held || info->array)
        return;
    for (int axis = 0; axis < type.rank; axis++)
        if (info->site.of[axis] >= 0)
            type.dims[axis] =
                dim_fixed(info->site.of[axis] == b->group->outer_count - 1 ? b->rows : 1);
    info->array = block_array(&l->block, lower_name(l, n), &type);
    for (int axis = 0; axis < type.rank; axis++)
        if (info->site.of[axis] == b->group->outer_count - 1)
            info->array->row_axis = axis;
}

static Matrix rows_matrix(const Blocks *b, const Part *part, bool transposed)
{
    const BlockProduct *p = part->b;
    const int64_t keys = part->p.dims[p->key].size;
    Matrix m;
    if (part->held) {
        m = local_matrix(b, b->l->info[block_rows(p)->id].array, keys, 1);
    } else {
        m = local_matrix(b, part->x.buffer[0], part->x.stride[0][p->query],
                         part->x.stride[0][p->key]);
        m.base = part->base[0];
        m.row = b->first;
    }
    if (transposed) {
        const Matrix rows = m;
        m.row = rows.column;
        m.column = rows.row;
        m.row_step = rows.column_step;
        m.column_step = rows.row_step;
    }
    return m;
}

static Tiles *new_tiles(const Blocks *b, const Part *part)
{
    Tiles *t = arena_new_of(b->l->arena, Tiles);
    const Dim columns = part->p.dims[columns_label(part->b)];
    *t = (Tiles){.dtype = part->p.n->type.dtype,
                 .columns = lower_extent(b->l, columns),
                 .outer = number(b, 1),
                 .add = number(b, 0),
                 .b = part->panel ? local_matrix(b, part->panel, columns.size, 1)
                                  : columns_matrix(b, part)};
    return t;
}

static void multiply_into(Blocks *b, const Part *part)
{
    const BlockProduct *p = part->b;
    Tiles *t = new_tiles(b, part);
    t->rows = b->row_count;
    t->inner = lower_extent(b->l, part->p.dims[p->other]);
    t->a = (Matrix){.buffer = part->x.buffer[0],
                    .base = part->base[0],
                    .row = b->first,
                    .column = number(b, 0),
                    .row_step = part->x.stride[0][p->query],
                    .column_step = part->x.stride[0][p->other]};
    t->c = rows_matrix(b, part, false);
    block_product(&b->l->block, t);
}

static void multiply_of(Blocks *b, const Part *part)
{
    const BlockProduct *p = part->b;
    const bool summed = p->kind == BLOCK_SUMMED;
    Tiles *t = new_tiles(b, part);
    KExpr *keys = lower_extent(b->l, part->p.dims[p->key]);
    t->rows = summed ? keys : b->row_count;
    t->inner = summed ? b->row_count : keys;
    t->a = rows_matrix(b, part, summed);
    t->c = (Matrix){.buffer = part->x.buffer[2],
                    .base = part->base[2],
                    .row = summed ? number(b, 0) : b->first,
                    .column = number(b, 0),
                    .row_step = part->x.stride[2][summed ? p->key : p->query],
                    .column_step = part->x.stride[2][p->other]};
    if (summed) {
        t->b.row = b->first;
        t->add = kexpr_lt(b->l->arena, number(b, 0), b->first);
    }
    block_product(&b->l->block, t);
}

KExpr *blocks_open(Blocks *b, KExpr *const *outer)
{
    Lowering *l = b->l;
    b->depth = l->block.depth;
    if (b->depth > 0) /* all that is stored has all outer axes */
        l->block.loops[0]->independent = true;
    for (int i = 0; i < b->count; i++) {
        Part *part = &b->parts[i];
        move_to_head(b, part, outer);
        if (part->x.stride[1][columns_label(part->b)] != 1)
            pack(b, part);
    }
    b->first = number(b, 0);
    b->row_count = b->queries;
    if (b->rows < b->queries->high) {
        b->first = lower_open_steps(l, b->queries, b->rows);
        b->row_count =
            kexpr_min(l->arena, number(b, b->rows), kexpr_sub(l->arena, b->queries, b->first));
        if (b->row_count->kind != KE_NUMBER)
            b->row_count = block_let(&l->block, "rows", b->row_count);
    }
    for (int i = 0; i < b->count; i++)
        make_array(b, &b->parts[i]);
    for (int i = 0; i < b->count; i++)
        if (b->parts[i].b->kind == BLOCK_INTO)
            multiply_into(b, &b->parts[i]);
    KExpr *row = lower_open_loop(l, b->row_count);
    for (int i = 0; i < b->count; i++)
        if (b->parts[i].held)
            l->info[block_rows(b->parts[i].b)->id].array->row = row;
    return kexpr_at_most(l->arena, kexpr_add(l->arena, b->first, row), b->queries->high - 1);
}

void blocks_close(Blocks *b)
{
    const int inside = b->depth + (b->rows < b->queries->high);
    lower_close(b->l, inside);
    for (int i = 0; i < b->count; i++)
        if (b->parts[i].b->kind != BLOCK_INTO)
            multiply_of(b, &b->parts[i]);
    lower_close(b->l, b->depth);
    for (int i = 0; i < b->count; i++)
        b->l->info[block_rows(b->parts[i].b)->id].array = NULL;
}
