/* gpu_reduce.c -- one reduction, for a GPU: of what is no row among others.
 *
 * Where neighbours in the result are neighbours in memory, a thread folds an element, and threads
 * go along memory together; else a team does.  Few elements of many terms are folded in chunks:
 *
 *     for (c < 64)                                 share = SHARE_TEAMS
 *         for (k < 2048) t = max(t, x[c 2048 + k]);       SHARE_TEAM
 *         parts[c] = join(t);
 *     for (i < 1)                                  SHARE_TEAMS
 *         for (c < 64) t = max(t, parts[c]);              SHARE_TEAM
 *         y = join(t); */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"

typedef struct Reduce {
    Lowering *l;
    const Node *n;
    const Type *type; /* of what is reduced */
    Dim kept[MAX_RANK], folded[MAX_RANK];
    int kept_axes[MAX_RANK], folded_axes[MAX_RANK];
    int kept_count, folded_count;
    int64_t elements, terms; /* at the batch bound */
    bool along;              /* neighbours in memory are terms of one element */
    int team;                /* 1: a thread for each element */
    int64_t chunks, each;
    KExpr *index[MAX_RANK]; /* of the operand */
    KExpr *element, *chunk; /* the element's number */
} Reduce;

static void find_axes(Reduce *r)
{
    for (int axis = 0; axis < r->type->rank; axis++) {
        const Dim dim = r->type->dims[axis];
        bool folded = false;
        for (int i = 0; i < r->n->attr.axis_count; i++)
            folded |= r->n->attr.axes[i] == axis;
        r->index[axis] = kexpr_int(r->l->arena, 0);
        if (dim_is_one(dim))
            continue;
        r->along = folded;
        if (folded) {
            r->folded_axes[r->folded_count] = axis;
            r->folded[r->folded_count++] = dim;
        } else {
            r->kept_axes[r->kept_count] = axis;
            r->kept[r->kept_count++] = dim;
        }
    }
    r->elements = gpu_bound(r->l, r->kept, r->kept_count);
    r->terms = gpu_bound(r->l, r->folded, r->folded_count);
}

static int64_t rounded_up(int64_t a, int64_t b)
{
    return a / b + (a % b > 0);
}

/* A matter of the shape alone. */
static void choose_form(Reduce *r)
{
    enum { SHORT = 8, LEAST = 16, LEAST_OF_TEAM = 2048 };
    r->team = !r->along || r->terms <= SHORT ? 1 : r->terms <= 1024 ? GPU_WARP : GPU_BLOCK;
    const int64_t least = r->team == 1 ? LEAST : LEAST_OF_TEAM;
    const int64_t threads = r->elements > GPU_THREADS ? GPU_THREADS : r->elements * r->team;
    int64_t chunks = GPU_THREADS / (threads > 0 ? threads : 1);
    chunks = chunks > GPU_CHUNKS ? GPU_CHUNKS : chunks;
    chunks = chunks > r->terms / least ? r->terms / least : chunks;
    r->each = chunks > 1 ? rounded_up(r->terms, chunks) : r->terms;
    r->chunks = chunks > 1 ? rounded_up(r->terms, r->each) : 1;
}

/* ---- loops ---- */

static void open_kept(Reduce *r, Share share, int team)
{
    KExpr *index[MAX_RANK];
    r->element = gpu_open_flat(r->l, r->kept, r->kept_count, share, team);
    gpu_unflatten(r->l, r->kept, r->kept_count, r->element, index);
    for (int i = 0; i < r->kept_count; i++)
        r->index[r->kept_axes[i]] = index[i];
}

static void set_folded(Reduce *r, KExpr *at)
{
    KExpr *index[MAX_RANK];
    gpu_unflatten(r->l, r->folded, r->folded_count, at, index);
    for (int i = 0; i < r->folded_count; i++)
        r->index[r->folded_axes[i]] = index[i];
}

static void fold_terms(Reduce *r, GpuFold *f)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    const Share share = r->team > 1 ? SHARE_TEAM : SHARE_NONE;
    const int64_t ways = r->team;
    gpu_fold_start(l, f, r->n, rounded_up(r->each, ways));
    KExpr *at = r->chunks > 1
                    ? gpu_open_chunk(l, r->folded, r->folded_count, r->chunk, r->each, share)
                    : gpu_open_flat(l, r->folded, r->folded_count, share, 0);
    set_folded(r, at);
    gpu_fold_add(l, f, lower_value(l, r->n->args[0], r->index),
                 gpu_is_extreme(r->n) ? r->index[r->n->attr.axes[0]] : NULL);
    lower_close(l, depth);
    if (r->team > 1)
        gpu_fold_join(l, f);
}

static void store_result(Reduce *r, const GpuFold *f, bool add)
{
    KExpr *index[MAX_RANK];
    for (int axis = 0; axis < r->type->rank; axis++)
        index[axis] = r->index[axis];
    for (int i = 0; i < r->n->attr.axis_count; i++)
        index[r->n->attr.axes[i]] = kexpr_int(r->l->arena, 0);
    if (add)
        gpu_fast_add(r->l, r->n, index, f->total);
    else
        gpu_fold_store(r->l, f, index);
}

static KExpr *part_place(const Reduce *r, KExpr *chunk)
{
    Arena *arena = r->l->arena;
    return kexpr_add(arena, kexpr_mul(arena, chunk, kexpr_int(arena, r->elements)), r->element);
}

static void reduce_chunks(Reduce *r, GpuFold *f)
{
    Lowering *l = r->l;
    const Share share = r->team > 1 ? SHARE_TEAMS : SHARE_GRID;
    r->chunk = lower_open_loop(l, kexpr_int(l->arena, r->chunks));
    gpu_share(l, share, r->team);
    if (r->kept_count > 0)
        open_kept(r, share, r->team);
    else
        r->element = kexpr_int(l->arena, 0);
    fold_terms(r, f);
    if (gpu_adds_fast(l, r->n)) {
        store_result(r, f, true);
    } else {
        gpu_fold_place_parts(l, f, r->chunks, r->elements);
        gpu_fold_store_part(l, f, part_place(r, r->chunk));
    }
    lower_close(l, 0);
}

static void join_chunks(Reduce *r, const GpuFold *parts)
{
    Lowering *l = r->l;
    const int team = gpu_team_for_parts(r->elements, r->chunks);
    const bool single = team == 1;
    GpuFold whole;
    open_kept(r, single ? SHARE_GRID : SHARE_TEAMS, team);
    const int depth = l->block.depth;
    gpu_fold_start(l, &whole, r->n, INT64_MAX);
    KExpr *chunk = lower_open_loop(l, kexpr_int(l->arena, r->chunks));
    gpu_share(l, single ? SHARE_NONE : SHARE_TEAM, 0);
    gpu_fold_add_part(l, &whole, parts, part_place(r, chunk));
    lower_close(l, depth);
    if (!single)
        gpu_fold_join(l, &whole);
    store_result(r, &whole, false);
    lower_close(l, 0);
}

void gpu_reduce_lower(Lowering *l, const Group *group)
{
    Reduce r = {.l = l, .n = group->roots.data[0]};
    GpuFold f;
    r.type = &r.n->args[0]->type;
    find_axes(&r);
    choose_form(&r);
    if (r.chunks > 1) {
        if (gpu_adds_fast(l, r.n))
            gpu_fast_start(l, r.n);
        reduce_chunks(&r, &f);
        if (!gpu_adds_fast(l, r.n))
            join_chunks(&r, &f);
        return;
    }
    open_kept(&r, r.team > 1 ? SHARE_TEAMS : SHARE_GRID, r.team);
    fold_terms(&r, &f);
    store_result(&r, &f, false);
    lower_close(l, 0);
}
