/* gpu_rows.c -- a kernel of rows (rows.h) for a GPU, in one of three forms:
 *
 *     teams      for (i < rows)                       share = SHARE_TEAMS
 *                    for (j < n) t = max(t, x[i n + j]);     SHARE_TEAM
 *                    m = join(t);  ..                 phase by phase, as in C
 *     threads    for (i < rows)                       SHARE_GRID: rows of a few elements
 *     columns    nothing but elements, and totals of columns: gpu_columns.c
 *
 * Where there are totals over all rows, each team (thread) has a chunk of the rows, one after the
 * other: gpu_row_totals.c. */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/rows_parts.h"
#include "support/checked.h"

enum {
    SHORT = 8,        /* elements of a row that one thread goes through by itself */
    WARP_ROW = 1024,  /* ... that a warp does */
    LONG_ROW = 16384, /* ... that ask for the largest block, if rows are few */
    FEW_ROWS = 1024   /* too few for warps: a block for each */
};

static int64_t rounded_up(int64_t a, int64_t b)
{
    return a / b + (a % b > 0);
}

/* ---- what the loops of a row do ---- */

void gpu_rows_open_loop(Rows *r, const Member *leader, KExpr **within)
{
    Lowering *l = r->l;
    Dim dims[MAX_RANK];
    for (int i = 0; i < leader->loop_rank; i++)
        dims[i] = leader->loop_type->dims[leader->loop_axes[i]];
    KExpr *at = gpu_open_flat(l, dims, leader->loop_rank, r->team > 1 ? SHARE_TEAM : SHARE_NONE, 0);
    gpu_unflatten(l, dims, leader->loop_rank, at, within);
}

void gpu_rows_find_extreme(Rows *r, const Member *m)
{
    Lowering *l = r->l;
    const Node *x = m->n->args[0];
    const Axes at = rows_axes(l, m->n);
    const int axis = m->n->attr.axes[0], depth = l->block.depth;
    KExpr *index[MAX_RANK], *inner[MAX_RANK];
    GpuFold f;
    rows_index(r, &m->n->type, &at, NULL, index);
    gpu_fold_start(l, &f, m->n, 1);
    for (int i = 0; i < x->type.rank; i++)
        inner[i] = index[i];
    inner[axis] = gpu_open_flat(l, &x->type.dims[axis], 1, SHARE_TEAM, 0);
    gpu_fold_add(l, &f, lower_value(l, x, inner), inner[axis]);
    lower_close(l, depth);
    gpu_fold_join(l, &f);
    rows_keep(r, m->n, index, kexpr_cast(l->arena, f.at, m->n->type.dtype), false);
}

/* ---- which form ---- */

typedef struct Needs { /* of the group */
    int64_t longest;   /* loop over a row */
    int64_t arrays;    /* bytes of rows that are kept from loop to loop */
    int64_t sums;      /* bytes of totals of columns */
    bool totals;
} Needs;

static int64_t added(int64_t a, int64_t b)
{
    int64_t all;
    return checked_add(a, b, &all) ? all : INT64_MAX;
}

static int64_t row_bytes(const Rows *r, const Member *m, DType dtype)
{
    int64_t bytes;
    return checked_mul(rows_row_size(r->l, m), dtype_info[dtype].bytes, &bytes) ? bytes : INT64_MAX;
}

static bool is_row_total(const Member *m)
{
    return m->total && !m->folded && m->loop_rank > 0;
}

/* Of the loop over a row that the member needs, an argmax's among them. */
static int64_t loop_size(const Rows *r, const Member *m)
{
    const Node *n = m->n;
    return gpu_is_extreme(n) ? gpu_bound(r->l, &n->args[0]->type.dims[n->attr.axes[0]], 1)
                             : rows_row_size(r->l, m);
}

static Needs find_needs(const Rows *r)
{
    Needs needs = {0};
    for (int i = 0; i < r->count; i++) {
        const Member *m = &r->members[i];
        const int64_t size = loop_size(r, m);
        needs.longest = size > needs.longest ? size : needs.longest;
        needs.totals |= m->total;
        if (rows_wants_array(r, m))
            needs.arrays = added(needs.arrays, row_bytes(r, m, m->n->type.dtype));
        if (is_row_total(m))
            needs.sums = added(needs.sums, row_bytes(r, m, lower_total_dtype(r->l, m->n)));
    }
    return needs;
}

/* Is all that the group does in one loop over elements of a row, of which nothing is folded? */
static bool is_columns(const Rows *r)
{
    const Member *first = &r->members[0];
    bool totals = false;
    for (int i = 0; i < r->count; i++) {
        const Member *m = &r->members[i];
        const NodeInfo *info = &r->l->info[m->n->id];
        if (m->folded || info->crosses || !rows_is_in(r, m, r->l->info[first->n->id].phase, first))
            return false;
        totals |= m->total;
    }
    return totals;
}

/* Rows that threads go through alone: what they keep stays in registers, where no place of it is
 * found by an index. */
static bool is_for_threads(const Rows *r, const Needs *needs)
{
    for (int i = 0; i < r->count; i++) {
        const Member *m = &r->members[i];
        if (is_row_total(m) || (rows_wants_array(r, m) && r->l->info[m->n->id].scattered))
            return false;
    }
    return needs->longest <= SHORT;
}

static int team_for(const Rows *r, const Needs *needs)
{
    const int64_t rows = rows_count(r->l, r->group), row = needs->longest;
    const bool fits = added(needs->arrays, needs->sums) <= GPU_SHARED_BYTES / GPU_WARPS;
    if (row >= LONG_ROW && rows <= GPU_BLOCK)
        return GPU_LARGEST_BLOCK;
    if (row > WARP_ROW)
        return GPU_BLOCK;
    return (row >= GPU_BLOCK && rows <= FEW_ROWS) || (!fits && row > GPU_WARP) ? GPU_BLOCK / 2
                                                                               : GPU_WARP;
}

/* Rows of a chunk: a matter of the shape alone.  A row takes a team some microseconds, however many
 * there are: so there are many chunks of few rows.  Parts of columns are as large as a row: there
 * are two rows to one of them at least. */
static int64_t chunk_rows(const Rows *r, const Needs *needs)
{
    enum { THREADS = 1 << 17, MOST = 1024, LEAST = 256 };
    const int64_t rows = rows_count(r->l, r->group);
    int64_t least = needs->sums > 0 ? 2 : 1, most = GPU_CHUNKS;
    if (r->team == 1) {
        least = GPU_BLOCK;
    } else {
        most = THREADS / r->team;
        most = most > MOST ? MOST : most < LEAST ? LEAST : most;
    }
    const int64_t each = rounded_up(rows, most);
    return each > least ? each : least;
}

/* ---- all rows ---- */

static void open_rows(Rows *r, int64_t each, Share share)
{
    Lowering *l = r->l;
    const Dim *dims = r->group->outer;
    const int count = r->group->outer_count;
    KExpr *at =
        gpu_open_chunk(l, dims, count, r->chunk ? r->chunk : kexpr_int(l->arena, 0), each, share);
    gpu_unflatten(l, dims, count, at, r->outer);
}

static void open_chunks(Rows *r)
{
    Lowering *l = r->l;
    KExpr *chunk = lower_open_loop(l, kexpr_int(l->arena, r->chunks));
    gpu_share(l, SHARE_TEAMS, r->team > 1 ? r->team : GPU_BLOCK);
    r->chunk = r->chunks > 1 ? chunk : NULL;
}

static void make_arrays(Rows *r)
{
    for (int i = 0; i < r->count && r->team > 1; i++)
        rows_make_array(r, &r->members[i]);
}

static void emit_chunks(Rows *r, const Needs *needs)
{
    Lowering *l = r->l;
    const int64_t rows = rows_count(l, r->group), each = chunk_rows(r, needs);
    r->chunks = each >= rows ? 1 : rounded_up(rows, each);
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            gpu_rows_place_total(r, &r->members[i], r->chunks > 1 ? each : rows);
    open_chunks(r);
    make_arrays(r);
    gpu_rows_for_totals(r, gpu_rows_start_total);
    const int depth = l->block.depth;
    open_rows(r, r->chunks > 1 ? each : rows, r->team > 1 ? SHARE_NONE : SHARE_TEAM);
    rows_emit_row(l, r);
    lower_close(l, depth);
    gpu_rows_for_totals(r, gpu_rows_store_part);
    lower_close(l, 0);
    r->chunk = NULL;
    if (r->chunks > 1)
        gpu_rows_join_totals(r);
}

static void emit_all_rows(Rows *r)
{
    Lowering *l = r->l;
    const Dim *dims = r->group->outer;
    const int count = r->group->outer_count;
    KExpr *row = gpu_open_flat(l, dims, count, r->team > 1 ? SHARE_TEAMS : SHARE_GRID, r->team);
    gpu_unflatten(l, dims, count, row, r->outer);
    make_arrays(r);
    rows_emit_row(l, r);
    lower_close(l, 0);
}

void gpu_rows_lower(Lowering *l, const Group *group)
{
    Rows *r = arena_new_of(l->arena, Rows);
    *r = (Rows){.l = l, .group = group};
    const int first = l->block.kernel->body.count;
    rows_collect_members(r);
    if (group->products.count > 0) {
        for (int i = 0; i < r->count; i++)
            rows_hoist(r, &r->members[i], false);
        if (group->by_keys)
            gpu_flash_lower(r);
        else
            gpu_attention_lower(r);
        return;
    }
    const Needs needs = find_needs(r);
    r->columns = is_columns(r);
    r->team = r->columns || is_for_threads(r, &needs) ? 1 : team_for(r, &needs);
    r->room = r->team == GPU_WARP ? GPU_SHARED_BYTES / GPU_WARPS : GPU_SHARED_BYTES;
    for (int i = 0; i < r->count; i++)
        rows_hoist(r, &r->members[i], false);
    if (r->columns)
        gpu_columns_lower(r);
    else if (needs.totals)
        emit_chunks(r, &needs);
    else
        emit_all_rows(r);
    for (int i = 0; i < r->count; i++)
        l->info[r->members[i].n->id].array = NULL;
    for (int i = first; i < l->block.kernel->body.count; i++)
        if (l->block.kernel->body.data[i]->share == SHARE_TEAMS)
            gpu_place_syncs(l->arena, l->block.kernel->body.data[i]);
}
