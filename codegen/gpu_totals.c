/* gpu_totals.c -- long sums to one number, and elements of the shape that is summed, for a GPU.
 *
 *     for (c < 512)                                share = SHARE_TEAMS, 256 threads
 *         for (k < 2048) { y[..] = e; t += e; }           SHARE_TEAM
 *         parts[c] = join(t);
 *     for (i < 1)                                  SHARE_TEAMS
 *         for (c < 512) s += parts[c];                    SHARE_TEAM
 *         total = join(s);
 *
 * How many chunks there are is a matter of the shape alone.  A thread adds up 16 terms in f32 at
 * most, or else in f64, as the threads' sums are added: the error is that of 16 additions in f32,
 * as in C (totals.c). */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/totals.h"

typedef struct GpuTotals {
    Lowering *l;
    const Group *group;
    const Type *type; /* that the loops run over */
    GpuFold sums[GROUP_ROOTS];
    int64_t chunks, each;
} GpuTotals;

static void choose_chunks(GpuTotals *t)
{
    enum { EACH = GPU_BLOCK * GPU_NARROW / 2 };
    const int64_t elements = gpu_bound(t->l, t->type->dims, t->type->rank);
    t->each = elements / GPU_CHUNKS + (elements % GPU_CHUNKS > 0);
    t->each = t->each < EACH ? EACH : t->each;
    t->each += (GPU_BLOCK - t->each % GPU_BLOCK) % GPU_BLOCK;
    t->chunks = elements / t->each + (elements % t->each > 0);
    if (t->chunks <= 1) {
        t->chunks = 1;
        t->each = elements;
    }
}

static void add_elements(GpuTotals *t, KExpr *chunk)
{
    Lowering *l = t->l;
    KExpr *index[MAX_RANK], *values[GROUP_ROOTS];
    const int depth = l->block.depth;
    KExpr *at = gpu_open_chunk(l, t->type->dims, t->type->rank, chunk, t->each, SHARE_TEAM);
    gpu_unflatten(l, t->type->dims, t->type->rank, at, index);
    lower_store_elements(l, t->group, index, values);
    for (int i = 0; i < t->group->roots.count; i++)
        if (totals_is(l, t->group->roots.data[i]))
            gpu_fold_add(l, &t->sums[i], values[i], NULL);
    lower_close(l, depth);
}

static void store_total(GpuTotals *t, const GpuFold *sum, bool add)
{
    KExpr *index[MAX_RANK];
    for (int axis = 0; axis < t->type->rank; axis++)
        index[axis] = kexpr_int(t->l->arena, 0);
    if (add)
        gpu_fast_add(t->l, sum->n, index, sum->total);
    else
        gpu_fold_store(t->l, sum, index);
}

/* The sums whose parts a second launch adds up. */
static bool has_parts(const GpuTotals *t, const Node *n)
{
    return totals_is(t->l, n) && !gpu_adds_fast(t->l, n);
}

static void add_chunks(GpuTotals *t)
{
    Lowering *l = t->l;
    const NodeVec *roots = &t->group->roots;
    for (int i = 0; i < roots->count && t->chunks > 1; i++)
        if (totals_is(l, roots->data[i]) && !has_parts(t, roots->data[i]))
            gpu_fast_start(l, roots->data[i]);
    KExpr *chunk = lower_open_loop(l, kexpr_int(l->arena, t->chunks));
    gpu_share(l, SHARE_TEAMS, GPU_BLOCK);
    for (int i = 0; i < roots->count; i++)
        if (totals_is(l, roots->data[i]))
            gpu_fold_start(l, &t->sums[i], roots->data[i], (t->each - 1) / GPU_BLOCK + 1);
    add_elements(t, chunk);
    for (int i = 0; i < roots->count; i++) {
        if (!totals_is(l, roots->data[i]))
            continue;
        gpu_fold_join(l, &t->sums[i]);
        if (t->chunks == 1 || !has_parts(t, roots->data[i])) {
            store_total(t, &t->sums[i], t->chunks > 1);
            continue;
        }
        gpu_fold_place_parts(l, &t->sums[i], t->chunks, 1);
        gpu_fold_store_part(l, &t->sums[i], chunk);
    }
    lower_close(l, 0);
}

/* One block adds up the parts of all sums. */
static void join_chunks(GpuTotals *t)
{
    Lowering *l = t->l;
    const NodeVec *roots = &t->group->roots;
    GpuFold whole[GROUP_ROOTS];
    bool any = false;
    for (int i = 0; i < roots->count; i++)
        any |= has_parts(t, roots->data[i]);
    if (!any)
        return;
    lower_open_loop(l, kexpr_int(l->arena, 1));
    gpu_share(l, SHARE_TEAMS, t->chunks > 2 * GPU_WARP ? GPU_BLOCK : GPU_WARP);
    const int depth = l->block.depth;
    for (int i = 0; i < roots->count; i++)
        if (has_parts(t, roots->data[i]))
            gpu_fold_start(l, &whole[i], roots->data[i], INT64_MAX);
    KExpr *chunk = lower_open_loop(l, kexpr_int(l->arena, t->chunks));
    gpu_share(l, SHARE_TEAM, 0);
    for (int i = 0; i < roots->count; i++)
        if (has_parts(t, roots->data[i]))
            gpu_fold_add_part(l, &whole[i], &t->sums[i], chunk);
    lower_close(l, depth);
    for (int i = 0; i < roots->count; i++) {
        if (!has_parts(t, roots->data[i]))
            continue;
        gpu_fold_join(l, &whole[i]);
        store_total(t, &whole[i], false);
    }
    lower_close(l, 0);
}

void gpu_totals_lower(Lowering *l, const Group *group)
{
    GpuTotals t = {.l = l, .group = group};
    const Node *first = group->roots.data[0];
    t.type = totals_is(l, first) ? &first->args[0]->type : &first->type;
    choose_chunks(&t);
    add_chunks(&t);
    if (t.chunks > 1)
        join_chunks(&t);
}
