/* product_blocks.c -- a product in blocks over the micro-kernels of runtime/grt_tile.h.
 *
 *     y = x @ transpose(w)    grt_pack_f32(784, 128, w, 1, 784, panel, 128);
 *                             for (int64_t i = 0; i < batch; i += 32)
 *                                 grt_product_f32(min(32, batch - i), 128, 1, 784, x + i * 784, ...
 *
 * One run of labels on each side, and two of the sums, are the statement's; the others are loops
 * around it.  Loops, from the outside: batch labels and what else of the result is not the
 * statement's; panels of columns; blocks of rows; parts of the sum.  How large they are and what is
 * packed is decided in product_plan.c. */
#include "codegen/product_blocks.h"

#include "codegen/kexpr.h"
#include "codegen/product_plan.h"
#include "codegen/product_runs.h"

typedef struct Blocks {
    Product *p;
    Matrices x;
    const Run *row, *column, *inner, *outer;     /* the statement's; NULL: an extent of 1 */
    KExpr *rows, *columns, *terms, *outer_terms; /* their extents */
    ProductPlan plan;
    KExpr *base[3];                               /* at the loops around */
    KExpr *at_row, *at_column, *at_term;          /* where the block begins */
    KExpr *row_count, *column_count, *term_count; /* and its size */
    KExpr *before;                                /* 0 for the first part of the sum */
    Buffer *packed, *local;                       /* b's block; the result's; or NULL */
    const Group *epilogue;                        /* what is computed from each block */
    int sum_loops;                                /* runs of the sums around the statement */
    KExpr *by_label[PRODUCT_LABELS];              /* in the loops around */
} Blocks;

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- which operand has the columns ---- */

static void measure_operands(Blocks *b)
{
    Product *p = b->p;
    for (int role = 0; role < 2; role++) {
        if (product_measure(p, role, &b->x))
            continue;
        product_even_out(p, role == 0 ? p->rows : p->columns);
        if (!product_measure(p, role, &b->x))
            ice("a copy of an operand does not lie evenly");
    }
    product_classify(p, &b->x);
}

static bool scattered(const Blocks *b)
{
    const Side *columns = &b->x.columns;
    return columns->count > 0 && columns->runs[columns->count - 1].stride[1] != 1;
}

static bool choose_roles(Blocks *b)
{
    Product *p = b->p;
    if (!product_choose_columns(p, &b->x))
        return false;
    measure_operands(b);
    if (b->x.rows.count == 0 && scattered(b)) { /* as rows they need no copy */
        p->columns = p->rows;
        p->rows = 1 - p->columns;
        measure_operands(b);
    }
    return true;
}

/* ---- the shape ---- */

static KExpr *extent_of(const Blocks *b, const Run *run)
{
    return run ? run->extent : kexpr_int(b->p->l->arena, 1);
}

static int64_t stride_of(const Run *run, int t)
{
    return run ? run->stride[t] : 0;
}

static void choose_runs(Blocks *b)
{
    b->row = product_last_run(&b->x.rows, 0);
    b->column = product_last_run(&b->x.columns, 0);
    b->inner = product_last_run(&b->x.sums, 0);
    b->outer = product_last_run(&b->x.sums, 1);
    if (b->outer && b->outer->extent->high > PRODUCT_LONG_SUM / most(b->inner->extent->high, 1))
        b->outer = NULL; /* too much of b for one statement */
    b->sum_loops = b->x.sums.count - (b->inner != NULL) - (b->outer != NULL);
    b->rows = extent_of(b, b->row);
    b->columns = extent_of(b, b->column);
    b->terms = extent_of(b, b->inner);
    b->outer_terms = extent_of(b, b->outer);
}

/* The loops around: what is not the statement's of the result, outermost first. */
static int collect_loops(const Blocks *b, const Run **loops)
{
    const Side *const sides[] = {&b->x.batches, &b->x.rows, &b->x.columns};
    int count = 0;
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < sides[s]->count - (s > 0); i++) {
            const Run *run = &sides[s]->runs[i];
            int at = count++;
            for (; at > 0 && loops[at - 1]->stride[2] < run->stride[2]; at--)
                loops[at] = loops[at - 1];
            loops[at] = run;
        }
    return count;
}

/* The result is not stored, or not with its columns side by side. */
static bool needs_array(const Blocks *b)
{
    return !b->p->out || (b->column && b->column->stride[2] != 1);
}

static void plan_blocks(Blocks *b)
{
    const Run *loops[PRODUCT_LABELS];
    const int count = collect_loops(b, loops);
    ProductShape shape = {.rows = b->rows->high,
                          .columns = b->columns->high,
                          .inner = b->terms->high,
                          .outer = b->outer_terms->high,
                          .turns = 1,
                          .apart = stride_of(b->inner, 1),
                          .bytes = dtype_info[b->p->n->type.dtype].bytes,
                          .scattered = scattered(b),
                          .shared = true,
                          .array = needs_array(b),
                          .resumed = b->sum_loops > 0};
    for (int i = 0; i < count; i++) {
        shape.turns *= loops[i]->extent->high;
        shape.shared &= loops[i]->stride[1] == 0;
    }
    b->plan = product_plan(&shape);
}

/* ---- parts ---- */

/* The first of a block, and how many there are in it; no loop where one block is all. */
static KExpr *open_part(Blocks *b, KExpr *extent, int64_t size, const char *name, KExpr **count)
{
    Lowering *l = b->p->l;
    if (size >= extent->high) {
        *count = extent;
        return kexpr_int(l->arena, 0);
    }
    KExpr *first = lower_open_steps(l, extent, size);
    *count = kexpr_min(l->arena, kexpr_int(l->arena, size), kexpr_sub(l->arena, extent, first));
    if ((*count)->kind != KE_NUMBER)
        *count = block_let(&l->block, name, *count);
    return first;
}

/* Likewise of the result, whose blocks lie apart: threads may share them. */
static KExpr *open_block(Blocks *b, KExpr *extent, int64_t size, const char *name, KExpr **count)
{
    Block *block = &b->p->l->block;
    const int depth = block->depth;
    KExpr *first = open_part(b, extent, size, name, count);
    if (block->depth > depth)
        block->loops[depth]->independent = true;
    return first;
}

static KExpr *none(const Blocks *b)
{
    return kexpr_int(b->p->l->arena, 0);
}

/* Parts of the result and of b, from a column of the block on. */
static Matrix result_part(const Blocks *b, KExpr *column)
{
    if (b->local)
        return (Matrix){.buffer = b->local,
                        .base = none(b),
                        .row = none(b),
                        .column = column,
                        .row_step = b->plan.columns,
                        .column_step = 1};
    return (Matrix){.buffer = b->p->out,
                    .base = b->base[2],
                    .row = b->at_row,
                    .column = kexpr_add(b->p->l->arena, b->at_column, column),
                    .row_step = stride_of(b->row, 2),
                    .column_step = 1};
}

static Matrix columns_part(const Blocks *b, KExpr *column)
{
    return (Matrix){.buffer = b->x.buffer[1],
                    .base = b->base[1],
                    .row = b->at_term,
                    .column = kexpr_add(b->p->l->arena, b->at_column, column),
                    .row_step = stride_of(b->inner, 1),
                    .column_step = b->column ? b->column->stride[1] : 1,
                    .outer_step = stride_of(b->outer, 1)};
}

/* Of b's copy, at a column of the block: panels, in each of them the terms, outer ones first, as
 * rows. */
static Matrix packed_part(const Blocks *b, KExpr *column)
{
    Arena *arena = b->p->l->arena;
    const bool whole = b->plan.packing == PACK_WHOLE;
    const int64_t terms = whole ? b->terms->high : b->plan.terms;
    KExpr *deep = kexpr_int(arena, terms * b->outer_terms->high);
    KExpr *from = column; /* the panel's first column */
    if (whole)
        from = kexpr_at_most(arena, kexpr_add(arena, b->at_column, column),
                             (b->columns->high - 1) / b->plan.panel * b->plan.panel);
    return (Matrix){.buffer = b->packed,
                    .base = kexpr_mul(arena, from, deep),
                    .row = whole ? b->at_term : none(b),
                    .column = none(b),
                    .row_step = b->plan.panel,
                    .column_step = 1,
                    .outer_step = terms * b->plan.panel};
}

/* ---- packing ---- */

static const char *columns_name(const Blocks *b)
{
    return lower_name(b->p->l, b->p->n->args[b->p->columns]);
}

static void emit_pack(Blocks *b)
{
    Lowering *l = b->p->l;
    const int depth = l->block.depth;
    KExpr *count;
    KExpr *column = open_block(b, b->column_count, b->plan.panel, "panel", &count);
    Tiles *t = arena_new_of(l->arena, Tiles);
    *t = (Tiles){.dtype = b->p->n->type.dtype,
                 .columns = count,
                 .inner = b->term_count,
                 .b = columns_part(b, column),
                 .c = packed_part(b, column)};
    if (b->outer) {
        KExpr *outer = lower_open_loop(l, b->outer_terms);
        l->block.loops[l->block.depth - 1]->independent = true;
        Matrix *const both[] = {&t->b, &t->c};
        for (int i = 0; i < 2; i++)
            both[i]->base =
                kexpr_add(l->arena, both[i]->base,
                          kexpr_mul(l->arena, outer, kexpr_int(l->arena, both[i]->outer_step)));
    }
    block_pack(&l->block, t);
    lower_close(l, depth);
}

static Type flat_type(const Blocks *b, int64_t count)
{
    return (Type){.dtype = b->p->n->type.dtype, .rank = 1, .dims = {dim_fixed(count)}};
}

/* Elements of b's copy: whole panels. */
static int64_t packed_size(const Blocks *b, int64_t columns, int64_t terms)
{
    const int64_t panels = (columns + b->plan.panel - 1) / b->plan.panel;
    return panels * b->plan.panel * terms * b->outer_terms->high;
}

static void pack_all(Blocks *b)
{
    Lowering *l = b->p->l;
    const Type type = flat_type(b, packed_size(b, b->columns->high, b->terms->high));
    b->packed = lower_new_buffer(l, "w_", columns_name(b), &type, b->p->n->loc);
    l->block.comment = arena_printf(l->arena, "%s, packed: columns side by side", columns_name(b));
    b->at_column = b->at_term = none(b);
    b->column_count = b->columns;
    b->term_count = b->terms;
    emit_pack(b);
}

/* A copy of all of b: before all loops of the kernel, and where it is the same in all turns of a
 * scan, by a kernel of its own before that. */
static void pack_whole(Blocks *b)
{
    Lowering *l = b->p->l, *outer = lower_before_loops(l, b->x.buffer[1], b->base[1]);
    if (outer == l) {
        pack_all(b);
        return;
    }
    const char *name = columns_name(b);
    Kernel *kernel =
        lower_start_kernel(outer, arena_printf(l->arena, "%s_packed", name), b->p->n->loc);
    kernel->comment = arena_printf(l->arena, "%s, packed for all turns", name);
    kernel->backward = l->backward;
    b->p->l = outer;
    pack_all(b);
    b->p->l = l;
    lower_end_before_loop(outer, l, kernel);
}

/* An array of this block's own. */
static void pack_block(Blocks *b)
{
    const Type type = flat_type(b, packed_size(b, b->plan.columns, b->plan.terms));
    b->packed = block_array(&b->p->l->block, "packed", &type);
    emit_pack(b);
}

/* ---- products ---- */

static void emit_product(Blocks *b)
{
    Lowering *l = b->p->l;
    const int depth = l->block.depth;
    KExpr *count = b->column_count, *column = none(b);
    if (b->packed)
        column = open_part(b, b->column_count, b->plan.panel, "panel", &count);
    Tiles *t = arena_new_of(l->arena, Tiles);
    *t = (Tiles){.dtype = b->p->n->type.dtype,
                 .rows = b->row_count,
                 .columns = count,
                 .outer = b->outer_terms,
                 .inner = b->term_count,
                 .add = kexpr_lt(l->arena, none(b), b->before),
                 .a = {b->x.buffer[0], b->base[0], b->at_row, b->at_term, stride_of(b->row, 0),
                       stride_of(b->inner, 0), stride_of(b->outer, 0)},
                 .b = b->packed ? packed_part(b, column) : columns_part(b, column),
                 .c = result_part(b, column)};
    block_product(&l->block, t);
    lower_close(l, depth);
}

static void move_bases(Blocks *b, const Run *run, KExpr *index)
{
    Arena *arena = b->p->l->arena;
    for (int t = 0; t < 3; t++)
        b->base[t] =
            kexpr_add(arena, b->base[t], kexpr_mul(arena, index, kexpr_int(arena, run->stride[t])));
}

/* Is there another part of b for each part of the sum? */
static bool packs_for_sums(const Blocks *b)
{
    return b->sum_loops > 0 || b->plan.terms < b->terms->high;
}

/* The parts of the sum, one after the other. */
static void emit_sums(Blocks *b)
{
    Lowering *l = b->p->l;
    const int depth = l->block.depth;
    KExpr *const base[3] = {b->base[0], b->base[1], b->base[2]};
    b->before = none(b);
    for (int i = 0; i < b->sum_loops; i++) {
        KExpr *index = lower_open_loop(l, b->x.sums.runs[i].extent);
        move_bases(b, &b->x.sums.runs[i], index);
        b->before = kexpr_add(l->arena, b->before, index);
    }
    b->at_term = open_part(b, b->terms, b->plan.terms, "terms", &b->term_count);
    b->before = kexpr_add(l->arena, b->before, b->at_term);
    if (b->plan.packing == PACK_BLOCK && packs_for_sums(b))
        pack_block(b);
    emit_product(b);
    lower_close(l, depth);
    for (int t = 0; t < 3; t++)
        b->base[t] = base[t];
}

/* The index in the whole result of an element of the block. */
static KExpr *open_inside(Blocks *b, const Run *run, KExpr *first, KExpr *count, KExpr *extent,
                          KExpr **within)
{
    Lowering *l = b->p->l;
    *within = kexpr_is_int(count, 1) ? none(b) : lower_open_loop(l, count);
    KExpr *index = kexpr_at_most(l->arena, kexpr_add(l->arena, first, *within), extent->high - 1);
    if (run)
        product_bind_run(b->p, run, index, b->by_label);
    return index;
}

/* What is computed from the block, while it is in the cache; and its place in the result, where it
 * is an array of the kernel's own. */
static void finish_block(Blocks *b)
{
    Product *p = b->p;
    Lowering *l = p->l;
    const int depth = l->block.depth;
    KExpr *row, *column, *index[MAX_RANK], *values[GROUP_ROOTS];
    if (!b->local && b->epilogue->roots.count == 0)
        return;
    open_inside(b, b->row, b->at_row, b->row_count, b->rows, &row);
    open_inside(b, b->column, b->at_column, b->column_count, b->columns, &column);
    lower_find_labels(p->n->attr.labels[2], b->by_label, index);
    KExpr *place =
        kexpr_add(l->arena, kexpr_mul(l->arena, row, kexpr_int(l->arena, b->plan.columns)), column);
    KExpr *out = p->out ? product_out_offset(p, b->by_label) : NULL;
    KExpr *value =
        b->local ? kexpr_load(l->arena, b->local, place) : kexpr_load(l->arena, p->out, out);
    if (b->local && p->out)
        block_store(&l->block, p->out, out, value);
    lower_remember(l, p->n, index, value);
    lower_store_elements(l, b->epilogue, index, values);
    lower_close(l, depth);
}

static void emit_block(Blocks *b)
{
    Lowering *l = b->p->l;
    if (needs_array(b)) {
        const Type type = flat_type(b, b->plan.rows * b->plan.columns);
        b->local = block_array(&l->block, lower_name(l, b->p->n), &type);
    }
    emit_sums(b);
    finish_block(b);
}

static void open_rows(Blocks *b)
{
    b->at_row = open_block(b, b->rows, b->plan.rows, "rows", &b->row_count);
}

static void open_columns(Blocks *b)
{
    b->at_column = open_block(b, b->columns, b->plan.columns, "columns", &b->column_count);
    if (b->plan.packing == PACK_BLOCK && !packs_for_sums(b))
        pack_block(b);
}

static void emit_loops(Blocks *b)
{
    Lowering *l = b->p->l;
    const Run *loops[PRODUCT_LABELS];
    const int count = collect_loops(b, loops);
    for (int t = 0; t < 3; t++)
        b->base[t] = b->x.base[t];
    for (int label = 0; label < PRODUCT_LABELS; label++)
        b->by_label[label] = none(b);
    for (int i = 0; i < count; i++) {
        KExpr *index = lower_open_loop(l, loops[i]->extent);
        l->block.loops[l->block.depth - 1]->independent = true;
        product_bind_run(b->p, loops[i], index, b->by_label);
        move_bases(b, loops[i], index);
    }
    b->at_term = none(b);
    b->term_count = b->terms;
    if (b->plan.columns_outside)
        open_columns(b);
    else
        open_rows(b);
    if (b->plan.columns_outside)
        open_rows(b);
    else
        open_columns(b);
    emit_block(b);
    lower_close(l, 0);
}

bool product_emit_blocks(Product *p, const Group *epilogue)
{
    Blocks b = {.p = p, .epilogue = epilogue};
    if (!choose_roles(&b))
        return false;
    choose_runs(&b);
    plan_blocks(&b);
    for (int t = 0; t < 3; t++)
        b.base[t] = b.x.base[t];
    if (b.plan.packing == PACK_WHOLE)
        pack_whole(&b);
    emit_loops(&b);
    p->l->program->uses_products = true;
    return true;
}

bool product_has_blocks(const Product *p)
{
    enum { LEAST = 512 }; /* multiplications: below, a loop is as good as a call */
    const Type *type = &p->n->type;
    const char *labels = p->n->attr.labels[2];
    if ((type->dtype != DT_F32 && type->dtype != DT_F64) || p->sum_count == 0 ||
        product_size(p) < LEAST)
        return false;
    for (int axis = type->rank - 1; axis >= 0; axis--)
        if (!dim_is_one(type->dims[axis]))
            return p->in[0][labels[axis] - 'a'] != p->in[1][labels[axis] - 'a'];
    return false;
}
