/* lower_rows.c -- a kernel of rows: for each outer index, loops over the row, phase by phase.
 *
 *     for (i ...) {
 *         float t_e[64];                                 a row of the kernel's own
 *         float t_s[16];                                 lanes: see grt_lanes.h
 *         for (j ...)
 *             for (k < 16) { t_e[16 j + k] = expf(x[..] - max);  t_s[k] += t_e[16 j + k]; }
 *         const float t_sum = grt_sum_lanes_f32(t_s, 16);
 *         for (j ...) y[i * 64 + j] = t_e[j] / t_sum;
 *     }
 *
 * Totals over all rows are added up in fixed chunks of rows, which threads may share, and then one
 * chunk after the other: a result is a matter of the shape alone. */
#include "codegen/blocks.h"
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/parts.h"
#include "codegen/rows_parts.h"
#include "support/checked.h"

/* ---- members ---- */

int64_t rows_bound(const Lowering *l, Dim dim)
{
    int64_t size;
    return checked_mul(dim.size, dim.batch ? l->batch_bound : 1, &size) ? size : INT64_MAX;
}

int64_t rows_row_size(const Lowering *l, const Member *m)
{
    int64_t size = 1;
    for (int i = 0; i < m->loop_rank; i++)
        if (!checked_mul(size, rows_bound(l, m->loop_type->dims[m->loop_axes[i]]), &size))
            return INT64_MAX;
    return size;
}

void rows_collect_members(Rows *r)
{
    for (int i = 0; i < r->group->members.count; i++) {
        const Node *n = r->group->members.data[i];
        Member *m = &r->members[r->count++];
        *m = (Member){.n = n, .total = rows_is_total(r->l, n), .folded = rows_is_folded(r->l, n)};
        m->loop_rank = rows_loop(r->l, n, &m->loop_type, m->loop_axes);
        const int phase = r->l->info[n->id].phase;
        r->last_phase = phase > r->last_phase ? phase : r->last_phase;
    }
}

void rows_index(const Rows *r, const Type *type, const Axes *at, KExpr *const *within,
                KExpr **index)
{
    int next = 0;
    for (int axis = 0; axis < type->rank; axis++)
        index[axis] = at->of[axis] >= 0          ? r->outer[(int)at->of[axis]]
                      : at->of[axis] == AXIS_ANY ? within[next++]
                                                 : kexpr_int(r->l->arena, 0);
}

/* ---- storing ---- */

void rows_store(Rows *r, const Node *n, KExpr *const *index, KExpr *value)
{
    Lowering *l = r->l;
    const NodeInfo *info = &l->info[n->id];
    if (info->buffer)
        block_store(&l->block, info->buffer, lower_place(l, info->buffer, &n->type, index), value);
    for (int i = 0; i < info->copies.count; i++)
        block_store(&l->block, info->copies.data[i],
                    lower_place(l, info->copies.data[i], &n->type, index), value);
}

void rows_keep(Rows *r, const Node *n, KExpr *const *index, KExpr *value, bool within)
{
    Lowering *l = r->l;
    const NodeInfo *info = &l->info[n->id];
    const bool simple = value->kind == KE_NUMBER || value->kind == KE_TEMP;
    const bool once = within && info->uses == 1 && (info->buffer || info->array);
    if (!simple && !once)
        value = block_let(&l->block, lower_name(l, n), value);
    lower_remember(l, n, index, value);
    if (info->array)
        block_store(&l->block, info->array, lower_array_place(l, info->array, index), value);
    rows_store(r, n, index, value);
}

KExpr *rows_start(const Rows *r, const Member *m)
{
    return kexpr_number(r->l->arena, lower_start(m->n->op, m->dtype));
}

/* A row that is read in other loops lies in an array, its outer axes left out; or where a result
 * will be. */
bool rows_wants_array(const Rows *r, const Member *m)
{
    const NodeInfo *info = &r->l->info[m->n->id];
    return !info->home && !m->total && !m->folded && m->loop_rank > 0 && !info->root &&
           info->crosses;
}

/* What the threads of a GPU share has its room; beyond that, each row lies in memory. */
static void make_row_buffer(Rows *r, const Member *m, const Type *type)
{
    Lowering *l = r->l;
    NodeInfo *info = &l->info[m->n->id];
    int64_t bytes;
    if (r->team > 1 && (!type_bytes(type, 1, &bytes) || bytes > r->room)) {
        info->buffer = lower_new_buffer(l, "v_", lower_name(l, m->n), &m->n->type, m->n->loc);
        return;
    }
    info->array = block_array(&l->block, lower_name(l, m->n), type);
    if (r->team > 1) {
        r->room -= bytes;
        gpu_share_array(l);
    }
}

void rows_make_array(Rows *r, const Member *m)
{
    Lowering *l = r->l;
    NodeInfo *info = &l->info[m->n->id];
    if (info->array && info->array->row) /* of a block */
        return;
    info->array = NULL;
    if (info->home) {
        info->buffer = l->info[info->home->id].buffer;
        l->block.comment = arena_printf(l->arena, "%s is where %s lies until then",
                                        info->buffer->name, lower_name(l, m->n));
        return;
    }
    if (!rows_wants_array(r, m))
        return;
    const Axes at = rows_axes(l, m->n);
    Type type = m->n->type;
    for (int axis = 0; axis < type.rank; axis++)
        if (at.of[axis] >= 0)
            type.dims[axis] = dim_fixed(1);
    make_row_buffer(r, m, &type);
}

/* ---- one row ---- */

static void emit_number(Rows *r, Member *m)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    if (r->team > 1 && gpu_is_extreme(m->n)) {
        gpu_rows_find_extreme(r, m);
        return;
    }
    if (m->total) {
        rows_index(r, &m->n->args[0]->type, &l->info[m->n->id].site, NULL, index);
        KExpr *value = kexpr_cast(l->arena, lower_value(l, m->n->args[0], index), m->all->dtype);
        block_set(&l->block, m->all, lower_step(l, OP_sum, m->all, value));
        return;
    }
    const Axes at = rows_axes(l, m->n);
    rows_index(r, &m->n->type, &at, NULL, index);
    rows_keep(r, m->n, index, lower_by_rule(l, m->n, index), false);
}

static bool leads(const Rows *r, int member, int phase)
{
    for (int i = 0; i < member; i++)
        if (rows_is_in(r, &r->members[i], phase, &r->members[member]))
            return false;
    return rows_is_in(r, &r->members[member], phase, &r->members[member]);
}

void rows_emit_row(Lowering *l, void *context)
{
    Rows *r = context;
    for (int i = 0; i < r->count; i++)
        if (r->team <= 1)
            rows_make_array(r, &r->members[i]);
    for (int phase = 0; phase <= r->last_phase; phase++) {
        for (int i = 0; i < r->count; i++)
            if (leads(r, i, phase))
                rows_emit_loop(r, phase, &r->members[i]);
        for (int i = 0; i < r->count; i++)
            if (r->members[i].loop_rank == 0 && l->info[r->members[i].n->id].phase == phase)
                emit_number(r, &r->members[i]);
    }
}

/* ---- all rows ---- */

/* The rows of a chunk: along the first outer axis, [n c / chunks, n (c + 1) / chunks). */
static KExpr *open_chunk(Rows *r)
{
    Lowering *l = r->l;
    const Dim dim = r->group->outer[0];
    KExpr *chunks = kexpr_int(l->arena, r->chunks), *extent = lower_extent(l, dim);
    r->chunk = lower_open_dim(l, dim_fixed(r->chunks));
    l->block.loops[l->block.depth - 1]->independent = true;
    rows_start_totals(r);
    if (!dim.batch && dim.size % r->chunks == 0) {
        const int64_t each = dim.size / r->chunks;
        KExpr *first = kexpr_mul(l->arena, r->chunk, kexpr_int(l->arena, each));
        return kexpr_add(l->arena, first, lower_open_dim(l, dim_fixed(each)));
    }
    KExpr *next = kexpr_add(l->arena, r->chunk, kexpr_int(l->arena, 1));
    KExpr *first = kexpr_div(l->arena, kexpr_mul(l->arena, r->chunk, extent), chunks);
    KExpr *end = kexpr_div(l->arena, kexpr_mul(l->arena, next, extent), chunks);
    first = block_let(&l->block, "first", first);
    const int64_t each = (rows_bound(l, dim) - 1) / r->chunks + 1;
    KExpr *count = kexpr_at_most(l->arena, kexpr_sub(l->arena, end, first), each);
    KExpr *row = kexpr_add(l->arena, first, lower_open_loop(l, count));
    return kexpr_at_most(l->arena, row, rows_bound(l, dim) - 1);
}

static void hoist_all(Rows *r)
{
    for (int i = 0; i < r->count; i++)
        rows_hoist(r, &r->members[i], false);
}

/* Rows with products around them: there are no totals among them. */
static void emit_blocks(Rows *r)
{
    const int last = r->group->outer_count - 1;
    Blocks *blocks = blocks_start(r->l, r->group);
    for (int i = 0; i < last; i++)
        r->outer[i] = lower_open_dim(r->l, r->group->outer[i]);
    r->outer[last] = blocks_open(blocks, r->outer);
    rows_emit_row(r->l, r);
    blocks_close(blocks);
}

void rows_lower(Lowering *l, const Group *group)
{
    Rows *r = arena_new_of(l->arena, Rows);
    *r = (Rows){.l = l, .group = group};
    rows_collect_members(r);
    r->chunks = rows_choose_chunks(r);
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            rows_place_total(r, &r->members[i]);
    hoist_all(r);
    if (r->chunks == 1)
        rows_start_totals(r);
    const int chunked = r->chunks > 1;
    bool split = true;
    if (chunked)
        r->outer[0] = open_chunk(r);
    for (int i = 0; i < r->count; i++)
        split &= !l->info[r->members[i].n->id].indexes;
    if (group->products.count > 0)
        emit_blocks(r);
    else
        parts_loops(l, group->outer + chunked, group->outer_count - chunked, r->outer + chunked,
                    rows_emit_row, r, split);
    lower_close(l, chunked);
    rows_store_parts(r);
    lower_close(l, 0);
    r->chunk = NULL;
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            rows_join_total(r, &r->members[i]);
    for (int i = 0; i < r->count; i++)
        l->info[r->members[i].n->id].array = NULL;
}
