/* gpu_columns.c -- a kernel of rows that has nothing but elements and totals of columns, for a GPU.
 *
 *     for (c < 32) for (b < 16)                    share = SHARE_TEAMS, 256 threads: 32 columns of
 *         for (p < 256) {                          SHARE_TEAM  a chunk of rows, 8 threads to each
 *             j = b * 32 + p % 32
 *             for (rows of chunk c from p / 32 on, in steps of 8) { y[..] = e; t += e; }
 *             t_sums[p] = t;
 *         }
 *         for (k < 32)                                    SHARE_TEAM
 *             parts[c, b * 32 + k] = t_sums[k] + t_sums[k + 32] + ..;
 *     for (j < 512)  total[j] = parts[0, j] + ..   gpu_row_totals.c; not where there is one chunk
 *
 * So neighbouring threads read neighbours in memory, a thread reads few rows, and there are few
 * parts nevertheless.  Where the columns are no multiple of a number that suits, or as many as the
 * batch has, a thread has a column and a chunk by itself. */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/rows_parts.h"

typedef struct Columns {
    Rows *r;
    const Member *first;
    Dim dims[MAX_RANK];  /* of a row */
    int64_t rows, row;   /* how many; elements of one */
    int64_t width, ways; /* of a team: columns, threads to each */
    int64_t each;        /* rows of a thread */
} Columns;

static int64_t rounded_up(int64_t a, int64_t b)
{
    return a / b + (a % b > 0);
}

/* ---- how they are shared out: a matter of the shape alone ---- */

/* How many columns a team has; 0: none suits. */
static int64_t width_of(const Columns *c)
{
    enum { NARROW = 64, LEAST = 16 };
    for (int i = 0; i < c->first->loop_rank; i++)
        if (c->dims[i].batch)
            return 0;
    if (c->row <= NARROW)
        return c->row;
    if (c->row % GPU_WARP == 0)
        return GPU_WARP;
    if (c->row <= GPU_BLOCK)
        return c->row;
    for (int64_t width = GPU_BLOCK; width >= LEAST; width--)
        if (c->row % width == 0)
            return width;
    return 0;
}

static bool has_room(const Columns *c)
{
    int64_t bytes = 0;
    for (int i = 0; i < c->r->count; i++) {
        const Member *m = &c->r->members[i];
        bytes += m->total ? GPU_BLOCK * dtype_info[lower_total_dtype(c->r->l, m->n)].bytes : 0;
    }
    return bytes <= GPU_SHARED_BYTES;
}

/* One chunk where that has few rows for each thread; else as many rows as leave enough teams, and
 * not too many chunks. */
static void choose_teams(Columns *c)
{
    enum { ALONE = 16, LEAST = 4, MOST = 64, TEAMS = 1024 };
    const int64_t teams = c->row / c->width;
    c->ways = GPU_BLOCK / c->width;
    c->each = LEAST;
    while (c->each < MOST && rounded_up(c->rows, 2 * c->each * c->ways) >= rounded_up(TEAMS, teams))
        c->each *= 2;
    const int64_t least = rounded_up(rounded_up(c->rows, GPU_CHUNKS), c->ways);
    c->each = c->each < least ? least : c->each;
    if (c->rows <= ALONE * c->ways)
        c->each = rounded_up(c->rows, c->ways);
    c->r->chunks = rounded_up(c->rows, c->each * c->ways);
}

static void choose_threads(Columns *c)
{
    enum { LEAST = 16, THREADS = 4 * GPU_THREADS };
    const int64_t row = c->row > 0 ? c->row : 1;
    const int64_t most = row < THREADS / GPU_CHUNKS ? GPU_CHUNKS : THREADS / row;
    c->each = rounded_up(c->rows, most > 0 ? most : 1);
    c->each = c->each < LEAST ? LEAST : c->each;
    c->r->chunks = rounded_up(c->rows, c->each);
    c->r->chunks = c->r->chunks > 1 ? c->r->chunks : 1;
}

/* ---- a thread's rows ---- */

static void emit_elements(Columns *c, KExpr *row, KExpr **within)
{
    Rows *r = c->r;
    gpu_unflatten(r->l, r->group->outer, r->group->outer_count, row, r->outer);
    for (int i = 0; i < r->count; i++)
        rows_hoist(r, &r->members[i], true);
    rows_emit_elements(r, r->l->info[c->first->n->id].phase, c->first, within);
}

/* Every so many-th row of the chunk, from that of the thread's number on. */
static KExpr *open_rows(Columns *c, KExpr *chunk, KExpr *way)
{
    Lowering *l = c->r->l;
    Arena *arena = l->arena;
    const Group *group = c->r->group;
    const int64_t of_chunk = c->each * c->ways;
    KExpr *extent = gpu_extent(l, group->outer, group->outer_count);
    KExpr *from = kexpr_add(arena, kexpr_mul(arena, chunk, kexpr_int(arena, of_chunk)), way);
    KExpr *count = kexpr_int(arena, of_chunk);
    if (extent->kind != KE_NUMBER || extent->high % of_chunk != 0)
        count =
            block_let(&l->block, "count", kexpr_min(arena, kexpr_sub(arena, extent, from), count));
    KExpr *at = kexpr_add(arena, from, lower_open_loop(l, count));
    gpu_last_loop(l)->step = c->ways;
    return block_let(&l->block, "at", kexpr_at_most(arena, at, c->rows - 1));
}

/* ---- teams ---- */

static Buffer *new_sums(Rows *r, const Member *m, int64_t size)
{
    const Type type = {.dtype = m->dtype, .rank = 1, .dims = {dim_fixed(size)}};
    Buffer *sums = block_array(&r->l->block,
                               arena_printf(r->l->arena, "%s_sums", lower_name(r->l, m->n)), &type);
    gpu_share_array(r->l);
    return sums;
}

/* The column of this number among the team's. */
static void set_within(const Columns *c, KExpr *block, KExpr *number, KExpr **within)
{
    Arena *arena = c->r->l->arena;
    KExpr *column = kexpr_add(arena, kexpr_mul(arena, block, kexpr_int(arena, c->width)), number);
    gpu_unflatten(c->r->l, c->dims, c->first->loop_rank, column, within);
}

static void add_rows(Columns *c, KExpr *chunk, KExpr *block)
{
    Rows *r = c->r;
    Lowering *l = r->l;
    const int depth = l->block.depth;
    KExpr *within[MAX_RANK], *width = kexpr_int(l->arena, c->width);
    KExpr *thread = lower_open_loop(l, kexpr_int(l->arena, c->width * c->ways));
    gpu_share(l, SHARE_TEAM, 0);
    set_within(c, block, kexpr_mod(l->arena, thread, width), within);
    gpu_rows_for_totals(r, gpu_rows_start_total);
    const int inside = l->block.depth;
    emit_elements(c, open_rows(c, chunk, kexpr_div(l->arena, thread, width)), within);
    lower_close(l, inside);
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            block_store(&l->block, r->members[i].sums, thread, r->members[i].all);
    lower_close(l, depth);
}

/* The sums of the threads that have the same column, as one. */
static void add_ways(Columns *c, KExpr *block)
{
    Rows *r = c->r;
    Lowering *l = r->l;
    const int depth = l->block.depth;
    KExpr *within[MAX_RANK];
    KExpr *column = lower_open_loop(l, kexpr_int(l->arena, c->width));
    gpu_share(l, SHARE_TEAM, 0);
    set_within(c, block, column, within);
    r->within = within;
    gpu_rows_for_totals(r, gpu_rows_start_total);
    const int inside = l->block.depth;
    KExpr *way = lower_open_loop(l, kexpr_int(l->arena, c->ways));
    KExpr *at =
        kexpr_add(l->arena, kexpr_mul(l->arena, way, kexpr_int(l->arena, c->width)), column);
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            gpu_rows_add_to_total(r, &r->members[i], within,
                                  kexpr_load(l->arena, r->members[i].sums, at));
    lower_close(l, inside);
    gpu_rows_for_totals(r, gpu_rows_store_part);
    lower_close(l, depth);
}

static void emit_teams(Columns *c)
{
    Rows *r = c->r;
    Lowering *l = r->l;
    KExpr *chunk = lower_open_loop(l, kexpr_int(l->arena, r->chunks));
    gpu_share(l, SHARE_TEAMS, GPU_BLOCK);
    KExpr *block = kexpr_int(l->arena, 0);
    if (c->row > c->width) {
        block = lower_open_loop(l, kexpr_int(l->arena, c->row / c->width));
        gpu_share(l, SHARE_TEAMS, GPU_BLOCK);
    }
    r->chunk = r->chunks > 1 ? chunk : NULL;
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            r->members[i].sums = new_sums(r, &r->members[i], c->width * c->ways);
    add_rows(c, chunk, block);
    add_ways(c, block);
    lower_close(l, 0);
}

/* ---- threads by themselves ---- */

static void emit_threads(Columns *c)
{
    Rows *r = c->r;
    Lowering *l = r->l;
    KExpr *within[MAX_RANK], *chunk = kexpr_int(l->arena, 0);
    if (r->chunks > 1) {
        chunk = lower_open_loop(l, kexpr_int(l->arena, r->chunks));
        gpu_share(l, SHARE_GRID, 0);
        r->chunk = chunk;
    }
    KExpr *column = gpu_open_flat(l, c->dims, c->first->loop_rank, SHARE_GRID, 0);
    gpu_unflatten(l, c->dims, c->first->loop_rank, column, within);
    r->within = within;
    gpu_rows_for_totals(r, gpu_rows_start_total);
    const int depth = l->block.depth;
    emit_elements(c,
                  gpu_open_chunk(l, r->group->outer, r->group->outer_count, chunk,
                                 r->chunks > 1 ? c->each : c->rows, SHARE_NONE),
                  within);
    lower_close(l, depth);
    gpu_rows_for_totals(r, gpu_rows_store_part);
    lower_close(l, 0);
}

void gpu_columns_lower(Rows *r)
{
    Columns c = {.r = r, .first = &r->members[0]};
    for (int i = 0; i < c.first->loop_rank; i++)
        c.dims[i] = c.first->loop_type->dims[c.first->loop_axes[i]];
    c.rows = rows_count(r->l, r->group);
    c.row = gpu_bound(r->l, c.dims, c.first->loop_rank);
    c.width = has_room(&c) ? width_of(&c) : 0;
    const bool teams = c.width > 0 && c.rows > 0;
    if (teams)
        choose_teams(&c);
    else
        choose_threads(&c);
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total)
            gpu_rows_place_total(r, &r->members[i],
                                 r->chunks > 1 ? c.each * (teams ? c.ways : 1) : c.rows);
    if (teams)
        emit_teams(&c);
    else
        emit_threads(&c);
    r->chunk = NULL;
    if (r->chunks > 1)
        gpu_rows_join_totals(r);
}
