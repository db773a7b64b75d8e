/* lower_totals.c -- sums over all rows of a kernel of rows.
 *
 *     for (i < 16) {                                    chunks of rows, fixed by the shape
 *         parts[i, :] = 0;
 *         for (rows of chunk i) parts[i, j] += e;
 *     }
 *     total[j] = parts[0, j] + parts[1, j] + ...        in order
 *
 * Threads may share the chunks: a result is a matter of the shape alone.  With one chunk, the
 * total's own buffer is its part. */
#include "codegen/kexpr.h"
#include "codegen/rows_parts.h"
#include "support/checked.h"

enum {
    NARROW = 1024,        /* terms that may be added one after the other in f32 */
    CHUNKS = 16,          /* of the rows, where there is work to share */
    MOST_CHUNKS = 64,     /* where so many terms ask for more */
    CHUNKS_FROM = 1 << 15 /* elements, from which there is */
};

static int64_t product(int64_t a, int64_t b)
{
    int64_t all;
    return checked_mul(a, b, &all) ? all : INT64_MAX;
}

/* The place of the loop's element in the part of this chunk. */
KExpr *rows_part_place(const Rows *r, const Member *m, KExpr *const *within)
{
    Lowering *l = r->l;
    Type row = {.rank = m->loop_rank};
    for (int i = 0; i < m->loop_rank; i++)
        row.dims[i] = m->loop_type->dims[m->loop_axes[i]];
    KExpr *place = lower_offset(l, &row, within);
    return r->chunk
               ? kexpr_add(l->arena,
                           kexpr_mul(l->arena, r->chunk, kexpr_int(l->arena, rows_row_size(l, m))),
                           place)
               : place;
}

/* Enough chunks for threads, and that none adds up too many terms. */
int64_t rows_choose_chunks(const Rows *r)
{
    const int64_t rows = rows_count(r->l, r->group), first = rows_bound(r->l, r->group->outer[0]);
    int64_t largest = 1, chunks = CHUNKS;
    bool totals = false;
    for (int i = 0; i < r->count; i++) {
        const int64_t size = rows_row_size(r->l, &r->members[i]);
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
    block_store(&l->block, m->parts, rows_part_place(r, m, within), rows_start(r, m));
    lower_close(l, depth);
}

/* Before all rows: where each total is kept. */
void rows_place_total(Rows *r, Member *m)
{
    Lowering *l = r->l;
    const NodeInfo *info = &l->info[m->n->id];
    m->dtype = lower_total_dtype(l, m->n);
    const int64_t terms = product(rows_count(l, r->group), m->folded ? rows_row_size(l, m) : 1);
    if (m->dtype == DT_F64 && m->n->type.dtype != DT_F64 && terms / r->chunks <= NARROW)
        m->dtype = DT_F32;
    if (r->chunks == 1 && m->dtype == m->n->type.dtype && !m->folded &&
        info->buffer->stack_loop < 0 && info->copies.count == 0) {
        m->parts = info->buffer;
        return;
    }
    Type type = {.dtype = m->dtype, .rank = 1, .dims = {dim_fixed(r->chunks)}};
    for (int i = 0; i < m->loop_rank && !m->folded; i++)
        type.dims[type.rank++] = m->loop_type->dims[m->loop_axes[i]];
    if (r->chunks > 1 || !m->folded)
        m->parts = lower_new_buffer(
            l, "v_", arena_printf(l->arena, "%s_parts", lower_name(l, m->n)), &type, m->n->loc);
}

void rows_start_totals(Rows *r)
{
    Lowering *l = r->l;
    for (int i = 0; i < r->count; i++) {
        Member *m = &r->members[i];
        if (!m->total)
            continue;
        if (m->folded || m->loop_rank == 0)
            m->all = block_let_mutable(&l->block, lower_name(l, m->n), rows_start(r, m));
        else
            zero_part(r, m);
    }
}

/* Behind the rows of a chunk: its part of what is one number. */
void rows_store_parts(Rows *r)
{
    Lowering *l = r->l;
    for (int i = 0; i < r->count; i++)
        if (r->members[i].total && r->members[i].folded && r->chunk)
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
        KExpr *from = rows_part_place(r, m, within);
        r->chunk = NULL;
        KExpr *part = kexpr_load(l->arena, m->parts, from);
        if (later) {
            block_accumulate(&l->block, m->parts, rows_part_place(r, m, within), part);
        } else {
            rows_index(r, &m->n->type, &at, within, index);
            rows_store(r, m->n, index, kexpr_cast(l->arena, part, m->n->type.dtype));
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
    rows_index(r, &m->n->type, &at, NULL, index);
    rows_store(r, m->n, index, kexpr_cast(l->arena, all, m->n->type.dtype));
}

void rows_join_total(Rows *r, Member *m)
{
    if (m->folded)
        join_numbers(r, m);
    else
        join_parts(r, m);
}
