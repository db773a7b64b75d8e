/* lower_row_loop.c -- one loop over a row: values of its elements, and what it is folded to.
 *
 *     float t_sum_lanes[16];                            a lane for each element in turn:
 * grt_lanes.h for (j ...) for (k < 16) { t_e[j * 16 + k] = expf(x[..] - t_max);  t_sum_lanes[k] +=
 * t_e[..]; } const float t_sum = grt_sum_lanes_f32(t_sum_lanes, 16); */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/rows_parts.h"

enum {
    LANES = 16,      /* at most, in a row */
    LEAST_LANES = 4, /* at least */
    NARROW = 1024    /* terms that may be added one after the other in f32 */
};

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
        rows_index(r, &n->type, at, NULL, index);
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
void rows_hoist(Rows *r, const Member *m, bool rows)
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

static void start_fold(Rows *r, Member *m)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    const int64_t terms = rows_row_size(l, m), ways = r->team > 0 ? r->team : r->width;
    const bool adds = m->n->op == OP_sum || m->n->op == OP_prod;
    m->dtype = lower_total_dtype(l, m->n);
    if (m->dtype == DT_F64 && m->n->type.dtype != DT_F64 && terms / ways <= NARROW && adds)
        m->dtype = DT_F32;
    m->lanes = NULL;
    if (r->team > 0 && m->total) /* a thread folds all its rows before others join it */
        return;
    if (r->width == 1 || !dtype_is_float(m->dtype) || dtype_is_half(m->dtype)) {
        m->sum = block_let_mutable(&l->block, lower_name(l, m->n), rows_start(r, m));
        return;
    }
    const Type type = {.dtype = m->dtype, .rank = 1, .dims = {dim_fixed(r->width)}};
    m->lanes =
        block_array(&l->block, arena_printf(l->arena, "%s_lanes", lower_name(l, m->n)), &type);
    KExpr *lane = lower_open_dim(l, dim_fixed(r->width));
    block_store(&l->block, m->lanes, lane, rows_start(r, m));
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
    KExpr *sum = r->team > 0 && m->total ? m->all : m->sum;
    if (!m->lanes)
        block_set(&l->block, sum, joined(r, m, sum, value));
    else if (m->n->op == OP_sum)
        block_accumulate(&l->block, m->lanes, r->lane, value);
    else
        block_store(&l->block, m->lanes, r->lane,
                    joined(r, m, kexpr_load(l->arena, m->lanes, r->lane), value));
}

static void emit_element(Rows *r, const Member *m, KExpr *const *within)
{
    Lowering *l = r->l;
    const Node *n = m->n;
    KExpr *index[MAX_RANK];
    if (!m->total && !m->folded) {
        const Axes at = rows_axes(l, n);
        rows_index(r, &n->type, &at, within, index);
        rows_keep(r, n, index, lower_by_rule(l, n, index), true);
        return;
    }
    rows_index(r, &n->args[0]->type, &l->info[n->id].site, within, index);
    KExpr *value = kexpr_cast(l->arena, lower_value(l, n->args[0], index), m->dtype);
    if (m->folded)
        add_to_fold(r, m, value);
    else if (r->team > 0)
        gpu_rows_add_to_total(r, m, within, value);
    else
        block_accumulate(&l->block, m->parts, rows_part_place(r, m, within), value);
}

bool rows_is_in(const Rows *r, const Member *m, int phase, const Member *leader)
{
    return m->loop_rank > 0 && r->l->info[m->n->id].phase == phase &&
           rows_same_loop(r->l, m->n, leader->n);
}

void rows_emit_elements(Rows *r, int phase, const Member *leader, KExpr *const *within)
{
    for (int i = 0; i < r->count; i++)
        if (rows_is_in(r, &r->members[i], phase, leader))
            emit_element(r, &r->members[i], within);
}

/* Lanes along the last axes of a loop that folds. */
static int lanes_of(const Rows *r, int phase, const Member *leader)
{
    const Dim last = leader->loop_type->dims[leader->loop_axes[leader->loop_rank - 1]];
    bool folds = false;
    for (int i = 0; i < r->count; i++)
        folds |= r->members[i].folded && rows_is_in(r, &r->members[i], phase, leader) &&
                 dtype_is_float(r->members[i].n->type.dtype);
    int width = LANES;
    while (width > r->last_size)
        width /= 2;
    return folds && !last.batch && width >= LEAST_LANES ? width : 1;
}

/* ---- axes that lie in memory as one ---- */

typedef struct Merge {
    int axis; /* of the loop: may it and the one behind it be one? */
    bool fails;
} Merge;

static void check_adjacent(Lowering *l, const Node *read, const Axes *at, void *context)
{
    Merge *m = context;
    const int first = ROWS_WITHIN + m->axis;
    (void)l;
    for (int axis = 0; axis < read->type.rank; axis++) {
        const bool leads = at->of[axis] == first;
        const bool follows = axis > 0 && at->of[axis - 1] == first;
        m->fails |= at->of[axis] == AXIS_ANY || follows != (at->of[axis] == first + 1) ||
                    (leads && axis == read->type.rank - 1);
    }
}

/* How many of the loop's last axes become one: all that is read along one of them is read along the
 * others, side by side. */
static int merged_axes(const Rows *r, int phase, const Member *leader)
{
    Merge m = {.axis = leader->loop_rank - 2};
    for (; m.axis >= 0; m.axis--) {
        for (int i = 0; i < r->count && !m.fails; i++) {
            const Member *member = &r->members[i];
            if (!rows_is_in(r, member, phase, leader))
                continue;
            const int *axes = member->loop_axes + m.axis;
            m.fails = axes[1] != axes[0] + 1 || member->loop_type->dims[axes[0]].batch ||
                      member->loop_type->dims[axes[1]].batch;
            rows_visit(r->l, member->n, check_adjacent, &m);
        }
        if (m.fails)
            break;
    }
    return leader->loop_rank - 1 - m.axis;
}

/* The indices of the merged axes where their common one is `at`. */
static void set_within(const Rows *r, const Member *leader, KExpr *at, KExpr **within)
{
    Arena *arena = r->l->arena;
    int64_t behind = r->last_size;
    if (r->merged == 1) {
        within[leader->loop_rank - 1] = at;
        return;
    }
    for (int i = leader->loop_rank - r->merged; i < leader->loop_rank; i++) {
        const int64_t size = leader->loop_type->dims[leader->loop_axes[i]].size;
        behind = size > 0 ? behind / size : 1;
        KExpr *each = kexpr_int(arena, behind > 0 ? behind : 1);
        within[i] = kexpr_div(arena, at, each);
        at = kexpr_mod(arena, at, each);
    }
}

/* `count` elements from `first` on, a lane each. */
static void emit_lanes(Rows *r, int phase, const Member *leader, KExpr **within, KExpr *first,
                       int64_t count)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    r->lane = lower_open_dim(l, dim_fixed(count));
    KExpr *at = kexpr_add(l->arena, first, r->lane);
    if (r->merged > 1 && at->kind != KE_NUMBER)
        at = block_let(&l->block, "at", at);
    set_within(r, leader, at, within);
    rows_emit_elements(r, phase, leader, within);
    lower_close(l, depth);
}

static void emit_last_axis(Rows *r, int phase, const Member *leader, KExpr **within)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    if (r->width == 1) {
        const Dim last = leader->loop_type->dims[leader->loop_axes[leader->loop_rank - 1]];
        KExpr *at = lower_open_dim(l, r->merged > 1 ? dim_fixed(r->last_size) : last);
        set_within(r, leader, at, within);
        rows_emit_elements(r, phase, leader, within);
        lower_close(l, depth);
        return;
    }
    const int64_t size = r->last_size, whole = size - size % r->width;
    KExpr *block = lower_open_dim(l, dim_fixed(size / r->width));
    emit_lanes(r, phase, leader, within, kexpr_mul(l->arena, block, kexpr_int(l->arena, r->width)),
               r->width);
    lower_close(l, depth);
    if (whole < size)
        emit_lanes(r, phase, leader, within, kexpr_int(l->arena, whole), size - whole);
}

/* What a loop has folded is one number, for this row or added to those of the rows before. */
static void finish_fold(Rows *r, Member *m)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    if (r->team > 0 && m->total)
        return;
    KExpr *value = m->lanes ? kexpr_lanes(l->arena, m->n->op, m->lanes, r->width) : m->sum;
    if (r->team > 1)
        value = gpu_join(l, lower_name(l, m->n), m->n->op, value);
    if (m->total) {
        value = kexpr_cast(l->arena, value, m->all->dtype);
        block_set(&l->block, m->all, lower_step(l, OP_sum, m->all, value));
        return;
    }
    const Axes at = rows_axes(l, m->n);
    rows_index(r, &m->n->type, &at, NULL, index);
    value = kexpr_cast(l->arena, value, m->n->type.dtype);
    if (value->kind != KE_TEMP)
        value = block_let(&l->block, lower_name(l, m->n), value);
    lower_remember(l, m->n, index, value);
    rows_store(r, m->n, index, value);
}

void rows_emit_loop(Rows *r, int phase, const Member *leader)
{
    Lowering *l = r->l;
    KExpr *within[MAX_RANK];
    r->merged = merged_axes(r, phase, leader);
    r->last_size = 1;
    for (int i = leader->loop_rank - r->merged; i < leader->loop_rank; i++)
        r->last_size *= leader->loop_type->dims[leader->loop_axes[i]].size;
    r->width = r->team > 0 ? 1 : lanes_of(r, phase, leader);
    for (int i = 0; i < r->count; i++)
        if (rows_is_in(r, &r->members[i], phase, leader))
            rows_hoist(r, &r->members[i], true);
    for (int i = 0; i < r->count; i++)
        if (rows_is_in(r, &r->members[i], phase, leader) && r->members[i].folded)
            start_fold(r, &r->members[i]);
    const int depth = l->block.depth;
    if (r->team > 0) {
        gpu_rows_open_loop(r, leader, within);
        rows_emit_elements(r, phase, leader, within);
    } else {
        for (int i = 0; i < leader->loop_rank - r->merged; i++)
            within[i] = lower_open_dim(l, leader->loop_type->dims[leader->loop_axes[i]]);
        emit_last_axis(r, phase, leader, within);
    }
    lower_close(l, depth);
    for (int i = 0; i < r->count; i++)
        if (rows_is_in(r, &r->members[i], phase, leader) && r->members[i].folded)
            finish_fold(r, &r->members[i]);
}
