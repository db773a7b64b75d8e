/* gpu_row_totals.c -- totals over all rows of a kernel of rows, for a GPU.
 *
 *     for (c < 256)                                share = SHARE_TEAMS
 *         t_sums[:] = 0;                           an array of the team's, of each column
 *         for (rows of chunk c)
 *             for (j < n) { ..  t_sums[j] += e; }         SHARE_TEAM: always the same thread's
 *         parts[c, :] = t_sums[:];
 *     for (j < n)                                  SHARE_TEAMS, a warp for each column
 *         for (c < 256) t += parts[c, j];                 SHARE_TEAM
 *         total[j] = join(t);
 *
 * What becomes one number is each thread's own until the end of the chunk. */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/rows_parts.h"
#include "support/checked.h"

/* Is it one number, in a local of each thread? */
static bool is_local(const Rows *r, const Member *m)
{
    return r->columns || m->folded || m->loop_rank == 0;
}

/* Chunks add to the total itself. */
static bool is_fast(const Rows *r, const Member *m)
{
    return r->chunks > 1 && gpu_adds_fast(r->l, m->n);
}

static int loop_dims(const Member *m, Dim *dims)
{
    const bool number = m->folded;
    for (int i = 0; i < m->loop_rank && !number; i++)
        dims[i] = m->loop_type->dims[m->loop_axes[i]];
    return number ? 0 : m->loop_rank;
}

static Buffer *new_parts(const Rows *r, const Member *m, DType dtype)
{
    Dim dims[MAX_RANK];
    Type type = {.dtype = dtype, .rank = 1, .dims = {dim_fixed(r->chunks)}};
    const int count = loop_dims(m, dims);
    for (int i = 0; i < count; i++)
        type.dims[type.rank++] = dims[i];
    return lower_new_buffer(r->l, "v_",
                            arena_printf(r->l->arena, "%s_parts", lower_name(r->l, m->n)), &type,
                            m->n->loc);
}

/* Before all rows.  A thread adds up few terms in f32, more in f64, as C does. */
void gpu_rows_place_total(Rows *r, Member *m, int64_t rows_of_chunk)
{
    enum { NARROW = 1024 };
    int64_t terms, row = m->folded ? rows_row_size(r->l, m) : 1;
    row = r->team > 1 ? row / r->team + 1 : row;
    const bool few = checked_mul(row, rows_of_chunk, &terms) && terms <= NARROW;
    m->dtype = lower_total_dtype(r->l, m->n);
    if (m->dtype == DT_F64 && m->n->type.dtype != DT_F64 && few)
        m->dtype = DT_F32;
    if (is_fast(r, m))
        gpu_fast_start(r->l, m->n);
    if (is_local(r, m))
        return;
    int64_t bytes;
    m->in_array =
        checked_mul(rows_row_size(r->l, m), dtype_info[m->dtype].bytes, &bytes) && bytes <= r->room;
    if (m->in_array)
        r->room -= bytes;
    if ((r->chunks > 1 && !is_fast(r, m)) || !m->in_array)
        m->parts = new_parts(r, m, m->dtype);
}

/* Where the loop's element of the total is added up. */
static KExpr *sum_place(const Rows *r, const Member *m, KExpr *const *within)
{
    Lowering *l = r->l;
    return m->in_array ? lower_offset(l, &m->sums->type, within) : rows_part_place(r, m, within);
}

void gpu_rows_start_total(Rows *r, Member *m)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    if (is_local(r, m)) {
        m->all = block_let_mutable(&l->block, lower_name(l, m->n), rows_start(r, m));
        return;
    }
    m->sums = m->parts;
    if (m->in_array) {
        Type type = {.dtype = m->dtype};
        type.rank = loop_dims(m, type.dims);
        m->sums =
            block_array(&l->block, arena_printf(l->arena, "%s_sums", lower_name(l, m->n)), &type);
        gpu_share_array(l);
    }
    KExpr *within[MAX_RANK];
    gpu_rows_open_loop(r, m, within);
    block_store(&l->block, m->sums, sum_place(r, m, within), rows_start(r, m));
    lower_close(l, depth);
}

void gpu_rows_add_to_total(Rows *r, const Member *m, KExpr *const *within, KExpr *value)
{
    Lowering *l = r->l;
    if (is_local(r, m))
        block_set(&l->block, m->all, lower_step(l, OP_sum, m->all, value));
    else
        block_accumulate(&l->block, m->sums, sum_place(r, m, within), value);
}

static void store_result(Rows *r, const Member *m, KExpr *const *within, KExpr *value)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    const Axes at = rows_axes(l, m->n);
    value = kexpr_cast(l->arena, value, m->n->type.dtype);
    if (l->info[m->n->id].copies.count > 0 && value->kind != KE_TEMP)
        value = block_let(&l->block, lower_name(l, m->n), value);
    rows_index(r, &m->n->type, &at, within, index);
    if (is_fast(r, m))
        gpu_fast_add(l, m->n, index, value);
    else
        rows_store(r, m->n, index, value);
}

/* A local; of several threads, what they have together. */
static void store_local(Rows *r, Member *m)
{
    Lowering *l = r->l;
    KExpr *all = m->all;
    const bool of_threads = !r->columns && (r->team == 1 || m->loop_rank > 0);
    if (of_threads) {
        m->dtype = lower_total_dtype(l, m->n);
        all = gpu_join(l, lower_name(l, m->n), OP_sum, kexpr_cast(l->arena, all, m->dtype));
    }
    if (r->chunks == 1 || is_fast(r, m)) {
        store_result(r, m, r->within, all);
        return;
    }
    m->parts = new_parts(r, m, m->dtype);
    block_store(&l->block, m->parts, r->columns ? rows_part_place(r, m, r->within) : r->chunk, all);
}

/* Behind the rows of a chunk. */
void gpu_rows_store_part(Rows *r, Member *m)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    KExpr *within[MAX_RANK];
    if (is_local(r, m)) {
        store_local(r, m);
        return;
    }
    if (r->chunks > 1 && !m->in_array && !is_fast(r, m))
        return;
    gpu_rows_open_loop(r, m, within);
    KExpr *sum = kexpr_load(l->arena, m->sums, sum_place(r, m, within));
    if (r->chunks == 1 || is_fast(r, m))
        store_result(r, m, within, sum);
    else
        block_store(&l->block, m->parts, rows_part_place(r, m, within), sum);
    lower_close(l, depth);
}

/* ---- behind all chunks ---- */

/* A row of totals, of the same shape: joined by the same launch. */
static bool are_joined_together(const Rows *r, const Member *a, const Member *b)
{
    Dim of_a[MAX_RANK], of_b[MAX_RANK];
    if (!b->total || is_fast(r, b))
        return false;
    const int count = loop_dims(a, of_a);
    if (count != loop_dims(b, of_b))
        return false;
    for (int i = 0; i < count; i++)
        if (of_a[i].size != of_b[i].size || of_a[i].batch != of_b[i].batch)
            return false;
    return true;
}

static void add_part(Rows *r, const Member *m, KExpr *place)
{
    Lowering *l = r->l;
    KExpr *part = kexpr_cast(l->arena, kexpr_load(l->arena, m->parts, place), m->dtype);
    block_set(&l->block, m->all, lower_step(l, OP_sum, m->all, part));
}

static void join_together(Rows *r, Member *const *totals, int total_count)
{
    Lowering *l = r->l;
    Dim dims[MAX_RANK];
    KExpr *within[MAX_RANK];
    const int count = loop_dims(totals[0], dims);
    const int64_t row = gpu_bound(l, dims, count);
    const int team = gpu_team_for_parts(row, r->chunks);
    const bool single = team == 1;
    KExpr *at = gpu_open_flat(l, dims, count, single ? SHARE_GRID : SHARE_TEAMS, team);
    gpu_unflatten(l, dims, count, at, within);
    const int depth = l->block.depth;
    for (int i = 0; i < total_count; i++) {
        Member *m = totals[i];
        m->dtype = lower_total_dtype(l, m->n);
        m->all = block_let_mutable(&l->block, lower_name(l, m->n), rows_start(r, m));
    }
    KExpr *chunk = lower_open_loop(l, kexpr_int(l->arena, r->chunks));
    gpu_share(l, single ? SHARE_NONE : SHARE_TEAM, 0);
    KExpr *place = kexpr_add(l->arena, kexpr_mul(l->arena, chunk, kexpr_int(l->arena, row)), at);
    for (int i = 0; i < total_count; i++)
        add_part(r, totals[i], place);
    lower_close(l, depth);
    for (int i = 0; i < total_count; i++) {
        Member *m = totals[i];
        if (!single)
            m->all = gpu_join(l, lower_name(l, m->n), OP_sum, m->all);
        store_result(r, m, within, m->all);
    }
    lower_close(l, 0);
}

void gpu_rows_for_totals(Rows *r, void (*rule)(Rows *r, Member *m))
{
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            rule(r, &r->members[i]);
}

void gpu_rows_join_totals(Rows *r)
{
    Member *together[GROUP_ROOTS];
    bool joined[GROUP_ROOTS] = {false};
    for (int i = 0; i < r->count; i++) {
        int count = 0;
        for (int k = i; k < r->count; k++) {
            if (joined[k] || !are_joined_together(r, &r->members[i], &r->members[k]))
                continue;
            joined[k] = true;
            together[count++] = &r->members[k];
        }
        if (count > 0)
            join_together(r, together, count);
    }
}
