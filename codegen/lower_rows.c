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
#include "codegen/kexpr.h"
#include "codegen/rows.h"
#include "support/checked.h"

enum {
    LANES = 16,           /* at most, in a row */
    LEAST_LANES = 4,      /* at least */
    NARROW = 1024,        /* terms that may be added one after the other in f32 */
    CHUNKS = 16,          /* of the rows, where there is work to share */
    MOST_CHUNKS = 64,     /* where so many terms ask for more */
    CHUNKS_FROM = 1 << 15 /* elements, from which there is */
};

typedef struct Member {
    const Node *n;
    bool total, folded;
    int loop_rank; /* its loop over the row; 0: none */
    int loop_axes[MAX_RANK];
    const Type *loop_type;
    DType dtype;   /* of a total or a fold that is under way */
    KExpr *sum;    /* it, where it is one number; */
    Buffer *lanes; /* or several lanes of it */
    Buffer *parts; /* of a total: by chunk and element of the row */
    KExpr *all;    /* of a total that is one number, in one chunk */
} Member;

typedef struct Rows {
    Lowering *l;
    const Group *group;
    Member members[GROUP_ROOTS];
    int count, last_phase;
    KExpr *outer[MAX_RANK]; /* the index of each outer axis */
    int64_t chunks;
    KExpr *chunk;
    int width;   /* of the open loop: lanes */
    KExpr *lane; /* the index of the lane, or NULL */
} Rows;

/* ---- members ---- */

static int64_t bound(const Lowering *l, Dim dim)
{
    int64_t size;
    return checked_mul(dim.size, dim.batch ? l->batch_bound : 1, &size) ? size : INT64_MAX;
}

static int64_t product(int64_t a, int64_t b)
{
    int64_t all;
    return checked_mul(a, b, &all) ? all : INT64_MAX;
}

static int64_t row_size(const Lowering *l, const Member *m)
{
    int64_t size = 1;
    for (int i = 0; i < m->loop_rank; i++)
        size = product(size, bound(l, m->loop_type->dims[m->loop_axes[i]]));
    return size;
}

static bool is_number(const Member *m)
{
    return m->folded; /* a total that is folded over the row, too */
}

static void collect_members(Rows *r)
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

/* The index of an element of a shape with these axes; within[i] is that of the loop's axis i. */
static void index_at(const Rows *r, const Type *type, const Axes *at, KExpr *const *within,
                     KExpr **index)
{
    int next = 0;
    for (int axis = 0; axis < type->rank; axis++)
        index[axis] = at->of[axis] >= 0          ? r->outer[(int)at->of[axis]]
                      : at->of[axis] == AXIS_ANY ? within[next++]
                                                 : kexpr_int(r->l->arena, 0);
}

/* ---- storing ---- */

static void store_result(Rows *r, const Node *n, KExpr *const *index, KExpr *value)
{
    Lowering *l = r->l;
    const NodeInfo *info = &l->info[n->id];
    if (info->buffer)
        block_store(&l->block, info->buffer, lower_place(l, info->buffer, &n->type, index), value);
    for (int i = 0; i < info->copies.count; i++)
        block_store(&l->block, info->copies.data[i],
                    lower_place(l, info->copies.data[i], &n->type, index), value);
}

/* A value becomes known under its name, and stored where it has a place. */
static void keep(Rows *r, const Node *n, KExpr *const *index, KExpr *value)
{
    Lowering *l = r->l;
    const NodeInfo *info = &l->info[n->id];
    const bool simple = value->kind == KE_NUMBER || value->kind == KE_TEMP;
    const bool once = info->uses == 1 && (info->buffer || info->array);
    if (!simple && !once)
        value = block_let(&l->block, lower_name(l, n), value);
    lower_remember(l, n, index, value);
    if (info->array)
        block_store(&l->block, info->array, lower_array_place(l, info->array, index), value);
    store_result(r, n, index, value);
}

/* A row that is read in other loops lies in an array, its outer axes left out. */
static void make_array(Rows *r, const Member *m)
{
    Lowering *l = r->l;
    NodeInfo *info = &l->info[m->n->id];
    info->array = NULL;
    if (m->total || m->folded || m->loop_rank == 0 || info->root || !info->crosses)
        return;
    const Axes at = rows_axes(l, m->n);
    Type type = m->n->type;
    for (int axis = 0; axis < type.rank; axis++)
        if (at.of[axis] >= 0)
            type.dims[axis] = dim_fixed(1);
    info->array = block_array(&l->block, lower_name(l, m->n), &type);
}

/* ---- what does not change along the row ---- */

/* Computes the parts of an expression that are the same for the whole row (or, with rows false, for
 * the whole kernel), so that loops need not. */
static void hoist(Rows *r, const Node *n, const Axes *at, bool rows)
{
    Lowering *l = r->l;
    const OpClass class = op_info[n->op].class;
    KExpr *index[MAX_RANK];
    bool fixed = true;
    if (n->host || l->info[n->id].buffer || l->info[n->id].array || class == CLASS_SOURCE)
        return;
    for (int axis = 0; axis < n->type.rank; axis++)
        fixed &= at->of[axis] == AXIS_ONE || (rows && at->of[axis] >= 0 && at->of[axis] < MAX_RANK);
    if (fixed && class == CLASS_EWISE) {
        index_at(r, &n->type, at, NULL, index);
        KExpr *value = lower_value(l, n, index);
        if (value->kind == KE_TEMP || value->kind == KE_NUMBER || value->kind == KE_LOAD)
            return;
        lower_remember(l, n, index, block_let(&l->block, lower_name(l, n), value));
        return;
    }
    if (class != CLASS_EWISE && (class != CLASS_VIEW || n->op == OP_pad || n->op == OP_concat))
        return;
    for (int i = 0; i < n->arity; i++) {
        const Axes inner = axes_of_operand(n, i, at);
        hoist(r, n->args[i], &inner, rows);
    }
}

/* The expression of a member: that of its operand, where it folds. */
static void hoist_member(Rows *r, const Member *m, bool rows)
{
    const bool whole = m->total || m->folded;
    const Axes at = whole ? r->l->info[m->n->id].site : rows_axes(r->l, m->n);
    if (whole) {
        hoist(r, m->n->args[0], &at, rows);
        return;
    }
    if (m->loop_rank == 0 || rows_is_reduction(m->n))
        return;
    for (int i = 0; i < m->n->arity; i++) {
        const Axes inner = axes_of_operand(m->n, i, &at);
        hoist(r, m->n->args[i], &inner, rows);
    }
}

/* ---- one loop over the row ---- */

static KExpr *start_of(const Rows *r, const Member *m)
{
    return kexpr_number(r->l->arena, lower_start(m->n->op, m->dtype));
}

static void start_fold(Rows *r, Member *m)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    const int64_t terms = row_size(l, m);
    const bool adds = m->n->op == OP_sum || m->n->op == OP_prod;
    m->dtype = lower_total_dtype(l, m->n);
    if (m->dtype == DT_F64 && m->n->type.dtype != DT_F64 && terms / r->width <= NARROW && adds)
        m->dtype = DT_F32;
    m->lanes = NULL;
    if (r->width == 1 || !dtype_is_float(m->dtype) || dtype_is_half(m->dtype)) {
        m->sum = block_let_mutable(&l->block, lower_name(l, m->n), start_of(r, m));
        return;
    }
    const Type type = {.dtype = m->dtype, .rank = 1, .dims = {dim_fixed(r->width)}};
    m->lanes =
        block_array(&l->block, arena_printf(l->arena, "%s_lanes", lower_name(l, m->n)), &type);
    KExpr *lane = lower_open_dim(l, dim_fixed(r->width));
    block_store(&l->block, m->lanes, lane, start_of(r, m));
    lower_close(l, depth);
    l->program->uses_lanes = true;
}

/* The newcomer stands first: what it is compared with need not be looked at twice (NaN). */
static KExpr *joined(Rows *r, const Member *m, KExpr *so_far, KExpr *value)
{
    const bool picks = m->n->op == OP_max || m->n->op == OP_min;
    return lower_step(r->l, m->n->op, picks ? value : so_far, picks ? so_far : value);
}

static void add_to_fold(Rows *r, const Member *m, KExpr *value)
{
    Lowering *l = r->l;
    if (!m->lanes)
        block_set(&l->block, m->sum, joined(r, m, m->sum, value));
    else if (m->n->op == OP_sum)
        block_accumulate(&l->block, m->lanes, r->lane, value);
    else
        block_store(&l->block, m->lanes, r->lane,
                    joined(r, m, kexpr_load(l->arena, m->lanes, r->lane), value));
}

/* The place of the loop's element in the part of this chunk. */
static KExpr *part_place(const Rows *r, const Member *m, KExpr *const *within)
{
    Lowering *l = r->l;
    Type row = {.rank = m->loop_rank};
    for (int i = 0; i < m->loop_rank; i++)
        row.dims[i] = m->loop_type->dims[m->loop_axes[i]];
    KExpr *place = lower_offset(l, &row, within);
    return r->chunk ? kexpr_add(l->arena,
                                kexpr_mul(l->arena, r->chunk, kexpr_int(l->arena, row_size(l, m))),
                                place)
                    : place;
}

static void emit_element(Rows *r, const Member *m, KExpr *const *within)
{
    Lowering *l = r->l;
    const Node *n = m->n;
    KExpr *index[MAX_RANK];
    if (!m->total && !m->folded) {
        const Axes at = rows_axes(l, n);
        index_at(r, &n->type, &at, within, index);
        keep(r, n, index, lower_by_rule(l, n, index));
        return;
    }
    index_at(r, &n->args[0]->type, &l->info[n->id].site, within, index);
    KExpr *value = kexpr_cast(l->arena, lower_value(l, n->args[0], index), m->dtype);
    if (m->folded)
        add_to_fold(r, m, value);
    else
        block_accumulate(&l->block, m->parts, part_place(r, m, within), value);
}

static bool is_in(const Rows *r, const Member *m, int phase, const Member *leader)
{
    return m->loop_rank > 0 && r->l->info[m->n->id].phase == phase &&
           rows_same_loop(r->l, m->n, leader->n);
}

static void emit_elements(Rows *r, int phase, const Member *leader, KExpr *const *within)
{
    for (int i = 0; i < r->count; i++)
        if (is_in(r, &r->members[i], phase, leader))
            emit_element(r, &r->members[i], within);
}

/* Lanes along the last axis of a loop that folds. */
static int lanes_of(const Rows *r, int phase, const Member *leader)
{
    const Dim last = leader->loop_type->dims[leader->loop_axes[leader->loop_rank - 1]];
    bool folds = false;
    for (int i = 0; i < r->count; i++)
        folds |= r->members[i].folded && is_in(r, &r->members[i], phase, leader) &&
                 dtype_is_float(r->members[i].n->type.dtype);
    int width = LANES;
    while (width > last.size)
        width /= 2;
    return folds && !last.batch && width >= LEAST_LANES ? width : 1;
}

/* `count` elements from `first` on, a lane each. */
static void emit_lanes(Rows *r, int phase, const Member *leader, KExpr **within, KExpr *first,
                       int64_t count)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    r->lane = lower_open_dim(l, dim_fixed(count));
    within[leader->loop_rank - 1] = kexpr_add(l->arena, first, r->lane);
    emit_elements(r, phase, leader, within);
    lower_close(l, depth);
}

static void emit_last_axis(Rows *r, int phase, const Member *leader, KExpr **within)
{
    Lowering *l = r->l;
    const int last = leader->loop_rank - 1, depth = l->block.depth;
    const Dim dim = leader->loop_type->dims[leader->loop_axes[last]];
    if (r->width == 1) {
        within[last] = lower_open_dim(l, dim);
        emit_elements(r, phase, leader, within);
        lower_close(l, depth);
        return;
    }
    const int64_t whole = dim.size - dim.size % r->width;
    KExpr *block = lower_open_dim(l, dim_fixed(dim.size / r->width));
    emit_lanes(r, phase, leader, within, kexpr_mul(l->arena, block, kexpr_int(l->arena, r->width)),
               r->width);
    lower_close(l, depth);
    if (whole < dim.size)
        emit_lanes(r, phase, leader, within, kexpr_int(l->arena, whole), dim.size - whole);
}

/* What a loop has folded is one number, for this row or added to those of the rows before. */
static void finish_fold(Rows *r, Member *m)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    KExpr *value = m->lanes ? kexpr_lanes(l->arena, m->n->op, m->lanes, r->width) : m->sum;
    if (m->total) {
        value = kexpr_cast(l->arena, value, m->all->dtype);
        block_set(&l->block, m->all, lower_step(l, OP_sum, m->all, value));
        return;
    }
    const Axes at = rows_axes(l, m->n);
    index_at(r, &m->n->type, &at, NULL, index);
    value = kexpr_cast(l->arena, value, m->n->type.dtype);
    if (value->kind != KE_TEMP)
        value = block_let(&l->block, lower_name(l, m->n), value);
    lower_remember(l, m->n, index, value);
    store_result(r, m->n, index, value);
}

static void emit_loop(Rows *r, int phase, const Member *leader)
{
    Lowering *l = r->l;
    KExpr *within[MAX_RANK];
    r->width = lanes_of(r, phase, leader);
    for (int i = 0; i < r->count; i++)
        if (is_in(r, &r->members[i], phase, leader))
            hoist_member(r, &r->members[i], true);
    for (int i = 0; i < r->count; i++)
        if (is_in(r, &r->members[i], phase, leader) && r->members[i].folded)
            start_fold(r, &r->members[i]);
    const int depth = l->block.depth;
    for (int i = 0; i < leader->loop_rank - 1; i++)
        within[i] = lower_open_dim(l, leader->loop_type->dims[leader->loop_axes[i]]);
    emit_last_axis(r, phase, leader, within);
    lower_close(l, depth);
    for (int i = 0; i < r->count; i++)
        if (is_in(r, &r->members[i], phase, leader) && r->members[i].folded)
            finish_fold(r, &r->members[i]);
}

/* ---- one row ---- */

static void emit_number(Rows *r, Member *m)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    if (m->total) {
        index_at(r, &m->n->args[0]->type, &l->info[m->n->id].site, NULL, index);
        KExpr *value = kexpr_cast(l->arena, lower_value(l, m->n->args[0], index), m->all->dtype);
        block_set(&l->block, m->all, lower_step(l, OP_sum, m->all, value));
        return;
    }
    const Axes at = rows_axes(l, m->n);
    index_at(r, &m->n->type, &at, NULL, index);
    keep(r, m->n, index, lower_by_rule(l, m->n, index));
}

static bool leads(const Rows *r, int member, int phase)
{
    for (int i = 0; i < member; i++)
        if (is_in(r, &r->members[i], phase, &r->members[member]))
            return false;
    return is_in(r, &r->members[member], phase, &r->members[member]);
}

static void emit_row(Rows *r)
{
    for (int i = 0; i < r->count; i++)
        make_array(r, &r->members[i]);
    for (int phase = 0; phase <= r->last_phase; phase++) {
        for (int i = 0; i < r->count; i++)
            if (leads(r, i, phase))
                emit_loop(r, phase, &r->members[i]);
        for (int i = 0; i < r->count; i++)
            if (r->members[i].loop_rank == 0 && r->l->info[r->members[i].n->id].phase == phase)
                emit_number(r, &r->members[i]);
    }
}

/* ---- totals ---- */

/* Enough chunks for threads, and that none adds up too many terms. */
static int64_t choose_chunks(const Rows *r)
{
    const int64_t rows = rows_count(r->l, r->group), first = bound(r->l, r->group->outer[0]);
    int64_t largest = 1, chunks = CHUNKS;
    bool totals = false;
    for (int i = 0; i < r->count; i++) {
        const int64_t size = row_size(r->l, &r->members[i]);
        largest = size > largest ? size : largest;
        totals |= r->members[i].total;
    }
    if (!totals || product(rows, largest) < CHUNKS_FROM)
        return 1;
    while (chunks < MOST_CHUNKS && rows / chunks > NARROW)
        chunks *= 2;
    return chunks < first ? chunks : first;
}

static void zero_part(Rows *r, const Member *m)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    KExpr *within[MAX_RANK];
    for (int i = 0; i < m->loop_rank; i++)
        within[i] = lower_open_dim(l, m->loop_type->dims[m->loop_axes[i]]);
    block_store(&l->block, m->parts, part_place(r, m, within), start_of(r, m));
    lower_close(l, depth);
}

/* Before all rows: where each total is kept. */
static void place_total(Rows *r, Member *m)
{
    Lowering *l = r->l;
    const NodeInfo *info = &l->info[m->n->id];
    m->dtype = lower_total_dtype(l, m->n);
    const int64_t terms = product(rows_count(l, r->group), m->folded ? row_size(l, m) : 1);
    if (m->dtype == DT_F64 && m->n->type.dtype != DT_F64 && terms / r->chunks <= NARROW)
        m->dtype = DT_F32;
    if (r->chunks == 1 && m->dtype == m->n->type.dtype && !is_number(m) &&
        info->buffer->stack_loop < 0 && info->copies.count == 0) {
        m->parts = info->buffer;
        return;
    }
    Type type = {.dtype = m->dtype, .rank = 1, .dims = {dim_fixed(r->chunks)}};
    for (int i = 0; i < m->loop_rank && !is_number(m); i++)
        type.dims[type.rank++] = m->loop_type->dims[m->loop_axes[i]];
    if (r->chunks > 1 || !is_number(m))
        m->parts = lower_new_buffer(
            l, "v_", arena_printf(l->arena, "%s_parts", lower_name(l, m->n)), &type, m->n->loc);
}

static void start_totals(Rows *r)
{
    Lowering *l = r->l;
    for (int i = 0; i < r->count; i++) {
        Member *m = &r->members[i];
        if (!m->total)
            continue;
        if (is_number(m) || m->loop_rank == 0)
            m->all = block_let_mutable(&l->block, lower_name(l, m->n), start_of(r, m));
        else
            zero_part(r, m);
    }
}

/* Behind the rows of a chunk: its part of what is one number. */
static void store_parts(Rows *r)
{
    Lowering *l = r->l;
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total && is_number(&r->members[i]) && r->chunk)
            block_store(&l->block, r->members[i].parts, r->chunk, r->members[i].all);
}

/* The chunks of a row of totals, one after the other onto the first; and this to its place. */
static void join_parts(Rows *r, const Member *m)
{
    Lowering *l = r->l;
    KExpr *within[MAX_RANK], *index[MAX_RANK];
    const int depth = l->block.depth;
    const Axes at = rows_axes(l, m->n);
    const NodeInfo *info = &l->info[m->n->id];
    const int passes = m->parts == info->buffer ? 1 : 2; /* the second takes it to its place */
    for (int pass = r->chunks == 1; pass < passes; pass++) {
        KExpr *later = pass == 0 ? lower_open_dim(l, dim_fixed(r->chunks - 1)) : NULL;
        for (int i = 0; i < m->loop_rank; i++)
            within[i] = lower_open_dim(l, m->loop_type->dims[m->loop_axes[i]]);
        r->chunk = later ? kexpr_add(l->arena, later, kexpr_int(l->arena, 1)) : NULL;
        KExpr *from = part_place(r, m, within);
        r->chunk = NULL;
        KExpr *part = kexpr_load(l->arena, m->parts, from);
        if (later) {
            block_accumulate(&l->block, m->parts, part_place(r, m, within), part);
        } else {
            index_at(r, &m->n->type, &at, within, index);
            store_result(r, m->n, index, kexpr_cast(l->arena, part, m->n->type.dtype));
        }
        lower_close(l, depth);
    }
}

static void join_numbers(Rows *r, const Member *m)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    const Axes at = rows_axes(l, m->n);
    KExpr *all = m->all;
    if (r->chunks > 1) {
        KExpr *first = kexpr_load(l->arena, m->parts, kexpr_int(l->arena, 0));
        all = block_let_mutable(&l->block, lower_name(l, m->n), first);
        KExpr *later = lower_open_dim(l, dim_fixed(r->chunks - 1));
        KExpr *place = kexpr_add(l->arena, later, kexpr_int(l->arena, 1));
        block_set(&l->block, all,
                  lower_step(l, OP_sum, all, kexpr_load(l->arena, m->parts, place)));
        lower_close(l, 0);
    }
    index_at(r, &m->n->type, &at, NULL, index);
    store_result(r, m->n, index, kexpr_cast(l->arena, all, m->n->type.dtype));
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
    start_totals(r);
    if (!dim.batch && dim.size % r->chunks == 0) {
        const int64_t each = dim.size / r->chunks;
        KExpr *first = kexpr_mul(l->arena, r->chunk, kexpr_int(l->arena, each));
        return kexpr_add(l->arena, first, lower_open_dim(l, dim_fixed(each)));
    }
    KExpr *next = kexpr_add(l->arena, r->chunk, kexpr_int(l->arena, 1));
    KExpr *first = kexpr_div(l->arena, kexpr_mul(l->arena, r->chunk, extent), chunks);
    KExpr *end = kexpr_div(l->arena, kexpr_mul(l->arena, next, extent), chunks);
    first = block_let(&l->block, "first", first);
    const int64_t each = (bound(l, dim) - 1) / r->chunks + 1;
    KExpr *count = kexpr_at_most(l->arena, kexpr_sub(l->arena, end, first), each);
    KExpr *row = kexpr_add(l->arena, first, lower_open_loop(l, count));
    return kexpr_at_most(l->arena, row, bound(l, dim) - 1);
}

static void hoist_numbers(Rows *r)
{
    for (int i = 0; i < r->count; i++)
        hoist_member(r, &r->members[i], false);
}

void rows_lower(Lowering *l, const Group *group)
{
    Rows *r = arena_new_of(l->arena, Rows);
    *r = (Rows){.l = l, .group = group};
    collect_members(r);
    r->chunks = choose_chunks(r);
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            place_total(r, &r->members[i]);
    hoist_numbers(r);
    if (r->chunks == 1)
        start_totals(r);
    for (int i = 0; i < group->outer_count; i++)
        r->outer[i] = i == 0 && r->chunks > 1 ? open_chunk(r) : lower_open_dim(l, group->outer[i]);
    emit_row(r);
    lower_close(l, r->chunks > 1);
    store_parts(r);
    lower_close(l, 0);
    r->chunk = NULL;
    for (int i = 0; i < r->count; i++) {
        if (r->members[i].total && is_number(&r->members[i]))
            join_numbers(r, &r->members[i]);
        else if (r->members[i].total)
            join_parts(r, &r->members[i]);
    }
    for (int i = 0; i < r->count; i++)
        l->info[r->members[i].n->id].array = NULL;
}
