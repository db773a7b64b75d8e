/* gpu_flash_rows.c -- the rows of a block of queries and keys (gpu_flash.c): a few neighbouring
 * threads for each row, so that all rows are had at once and a thread has several keys on their
 * way.
 *
 *     for (row < 32)                               SHARE_GROUPS
 *         for (key < 32) max = .. s[row][key] ..   SHARE_TEAM
 *         m[row] = .. join(max) ..                 what the blocks before have, with this one */
#include "codegen/gpu_flash_parts.h"

#include "codegen/gpu.h"
#include "codegen/kexpr.h"

/* ---- rows ---- */

/* As many threads for a row as make all of the block's rows one turn. */
static int group_of(const Flash *f)
{
    const int64_t each = FLASH_TEAM / f->size.height;
    return each < GPU_WARP ? (int)each : GPU_WARP;
}

static void open_rows(Flash *f)
{
    f->row = lower_open_loop(f->l, f->query_count);
    gpu_share(f->l, SHARE_GROUPS, group_of(f));
    flash_set_place(f, f->row, flash_number(f, 0));
}

static void open_keys(Flash *f)
{
    KExpr *key = lower_open_loop(f->l, f->key_count);
    gpu_share(f->l, SHARE_TEAM, 0);
    flash_set_place(f, f->row, key);
}

static void emit_weights(Flash *f)
{
    Lowering *l = f->l;
    KExpr *values[GROUP_ROOTS], *places[GROUP_ROOTS];
    for (int i = 0; i < f->rows->count; i++) {
        const Node *n = f->rows->members[i].n;
        const Axes at = rows_axes(l, n);
        KExpr *index[MAX_RANK];
        if (!f->weights[i])
            continue;
        rows_index(f->rows, &n->type, &at, &f->key, index);
        values[i] = lower_by_rule(l, n, index);
        if (values[i]->kind != KE_TEMP)
            values[i] = block_let(&l->block, lower_name(l, n), values[i]);
        lower_remember(l, n, index, values[i]);
        places[i] = lower_array_place(l, f->weights[i], index);
    }
    for (int i = 0; i < f->rows->count; i++)
        if (f->weights[i])
            block_store(&l->block, f->weights[i], places[i], values[i]);
}

void flash_index_fold(const Flash *f, const Member *m, KExpr **index)
{
    const Axes at = rows_axes(f->l, m->n);
    rows_index(f->rows, &m->n->type, &at, NULL, index);
}

static KExpr *fold_place(const Flash *f, const Member *m)
{
    KExpr *index[MAX_RANK];
    flash_index_fold(f, m, index);
    return lower_array_place(f->l, f->l->info[m->n->id].array, index);
}

KExpr *flash_fold_load(const Flash *f, const Member *m)
{
    return kexpr_load(f->l->arena, f->l->info[m->n->id].array, fold_place(f, m));
}

static void start_fold(Flash *f, Member *m)
{
    m->dtype = m->n->type.dtype;
    m->sum = block_let_mutable(&f->l->block, lower_name(f->l, m->n), rows_start(f->rows, m));
}

static void add_to_fold(Flash *f, const Member *m)
{
    Lowering *l = f->l;
    const Node *x = m->n->args[0];
    KExpr *index[MAX_RANK];
    rows_index(f->rows, &x->type, &l->info[m->n->id].site, &f->key, index);
    KExpr *value = lower_value(l, x, index);
    const bool picks = m->n->op == OP_max || m->n->op == OP_min;
    block_set(&l->block, m->sum,
              lower_step(l, m->n->op, picks ? value : m->sum, picks ? m->sum : value));
}

bool flash_folds_in(const Flash *f, const Member *m, int phase)
{
    return m->folded && !f->dots[m - f->rows->members].into && f->l->info[m->n->id].phase == phase;
}

void flash_fold_rows(Flash *f, int phase)
{
    Lowering *l = f->l;
    Rows *r = f->rows;
    const int depth = l->block.depth;
    open_rows(f);
    for (int i = 0; i < r->count; i++)
        if (flash_folds_in(f, &r->members[i], phase))
            start_fold(f, &r->members[i]);
    open_keys(f);
    for (int i = 0; i < r->count; i++)
        if (flash_folds_in(f, &r->members[i], phase))
            add_to_fold(f, &r->members[i]);
    lower_close(l, depth + 1);
    flash_set_place(f, f->row, flash_number(f, 0));
    for (int i = 0; i < r->count; i++) {
        Member *m = &r->members[i];
        if (!flash_folds_in(f, m, phase))
            continue;
        KExpr *joined = gpu_join(l, lower_name(l, m->n), m->n->op, m->sum);
        block_store(&l->block, l->info[m->n->id].array, fold_place(f, m),
                    lower_step(l, m->n->op, flash_fold_load(f, m), joined));
    }
    lower_close(l, depth);
}

void flash_weigh_rows(Flash *f)
{
    const int depth = f->l->block.depth;
    open_rows(f);
    open_keys(f);
    emit_weights(f);
    lower_close(f->l, depth);
}

/* ---- a softmax on its way ---- */

Member *flash_member(Flash *f, const Node *n)
{
    for (int i = 0; i < f->rows->count; i++)
        if (f->rows->members[i].n == n)
            return &f->rows->members[i];
    ice("a fold is no member of its rows");
}

/* The largest score with this block's; answers with the one before. */
static KExpr *raise_max(Flash *f, Member *max, KExpr **now)
{
    Lowering *l = f->l;
    const int depth = l->block.depth;
    start_fold(f, max);
    open_keys(f);
    add_to_fold(f, max);
    lower_close(l, depth);
    flash_set_place(f, f->row, flash_number(f, 0));
    KExpr *joined = gpu_join(l, lower_name(l, max->n), OP_max, max->sum);
    KExpr *before = block_let(&l->block, "max_before", flash_fold_load(f, max));
    *now = block_let(&l->block, "max_now", lower_step(l, OP_max, joined, before));
    block_store(&l->block, l->info[max->n->id].array, fold_place(f, max), *now);
    return before;
}

/* While all scores so far are minus infinity, exponents are relative to 0. */
static KExpr *finite_max(Flash *f, KExpr *max)
{
    Arena *arena = f->l->arena;
    KExpr *lowest = kexpr_number(arena, lower_start(OP_max, max->dtype));
    KExpr *none = kexpr_op(arena, OP_eq, max->dtype, (KExpr *[]){max, lowest}, 2);
    KExpr *zero = kexpr_number(arena, lower_start(OP_sum, max->dtype));
    return block_let(&f->l->block, "base", lower_select(f->l, none, zero, max));
}

void flash_update_softmax(Flash *f)
{
    Lowering *l = f->l;
    Arena *arena = l->arena;
    Member *max = flash_member(f, f->softmax.max), *sum = flash_member(f, f->softmax.sum);
    const DType dtype = max->n->type.dtype;
    const int outside = l->block.depth;
    KExpr *index[MAX_RANK], *now;
    open_rows(f);
    const int depth = l->block.depth;
    KExpr *before = raise_max(f, max, &now);
    KExpr *base = finite_max(f, now);
    KExpr *change = kexpr_op(arena, OP_sub, dtype, (KExpr *[]){before, base}, 2);
    KExpr *factor = block_let(&l->block, "factor", kexpr_op(arena, OP_exp, dtype, &change, 1));
    block_store(&l->block, f->before, f->row, factor);
    start_fold(f, sum);
    flash_index_fold(f, max, index); /* of both: they have one shape */
    lower_remember(l, max->n, index, base);
    lower_remember(l, sum->n, index, kexpr_number(arena, scalar_float(dtype, 1)));
    open_keys(f);
    emit_weights(f);
    add_to_fold(f, sum);
    lower_close(l, depth);
    flash_set_place(f, f->row, flash_number(f, 0));
    KExpr *joined = gpu_join(l, lower_name(l, sum->n), OP_sum, sum->sum);
    KExpr *kept = kexpr_op(arena, OP_mul, dtype, (KExpr *[]){flash_fold_load(f, sum), factor}, 2);
    block_store(&l->block, l->info[sum->n->id].array, fold_place(f, sum),
                lower_step(l, OP_sum, kept, joined));
    lower_close(l, outside);
}

/* ---- sums that need no keys ---- */

/* Times and by what is the same for the whole row. */
static KExpr *with_factors(Flash *f, const Member *m, const FlashDot *dot, KExpr *value)
{
    Lowering *l = f->l;
    KExpr *index[MAX_RANK];
    rows_index(f->rows, &m->n->args[0]->type, &l->info[m->n->id].site, &f->key, index);
    for (int i = 0; i < dot->rest.count; i++) {
        const FlashFactor *factor = &dot->rest.all[i];
        KExpr *args[2] = {value, lower_value(l, factor->n, index)};
        value = kexpr_op(l->arena, factor->divides ? OP_div : OP_mul, value->dtype, args, 2);
    }
    return value;
}

static void add_dot(Flash *f, Member *m, const FlashDot *dot)
{
    Lowering *l = f->l;
    const int depth = l->block.depth;
    const FlashPart *part = f->parts;
    KExpr *index[MAX_RANK], *by_label[PRODUCT_LABELS];
    while (part->b != dot->into)
        part++;
    open_rows(f);
    start_fold(f, m);
    KExpr *column = lower_open_loop(l, lower_extent(l, part->p.dims[part->b->other]));
    gpu_share(l, SHARE_TEAM, 0);
    flash_bind_labels(f, part, column, by_label);
    for (int axis = 0; axis < dot->made->type.rank; axis++)
        index[axis] = by_label[dot->labels[axis]];
    KExpr *args[2] = {flash_operand(f, part, 1 - part->b->columns, column),
                      lower_value(l, dot->made, index)};
    KExpr *term = kexpr_op(l->arena, OP_mul, m->dtype, args, 2);
    block_set(&l->block, m->sum, lower_step(l, OP_sum, m->sum, term));
    lower_close(l, depth + 1);
    KExpr *joined = gpu_join(l, lower_name(l, m->n), OP_sum, m->sum);
    block_store(&l->block, l->info[m->n->id].array, fold_place(f, m),
                with_factors(f, m, dot, joined));
    lower_close(l, depth);
}

void flash_add_dots(Flash *f)
{
    for (int i = 0; i < f->rows->count; i++)
        if (f->dots[i].into)
            add_dot(f, &f->rows->members[i], &f->dots[i]);
}
