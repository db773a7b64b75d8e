/* gpu_fold.c -- loops that threads share, and what they fold.
 *
 *     float t_best = -INFINITY;  int64_t t_at = 0;         each thread's own
 *     for (j ..) {  ..  }                                  share = SHARE_TEAM
 *     const float t_best_2 = t_best;                       join = max
 *     const int64_t t_at_2 = t_best == t_best_2 ? t_at : INT64_MAX;
 *     const int64_t t_at_3 = t_at_2;                       join = min: the first of equals */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "support/checked.h"

KStmt *gpu_last_loop(const Lowering *l)
{
    return l->block.loops[l->block.depth - 1];
}

void gpu_share(Lowering *l, Share share, int team)
{
    KStmt *loop = gpu_last_loop(l);
    loop->share = share;
    loop->team = share == SHARE_TEAMS || share == SHARE_GROUPS ? team : 0;
}

static KStmt *last_statement(const Lowering *l)
{
    const KStmtVec *body = l->block.depth > 0 ? &gpu_last_loop(l)->body : &l->block.kernel->body;
    return body->data[body->count - 1];
}

void gpu_share_array(Lowering *l)
{
    last_statement(l)->shared = true;
}

void gpu_align_array(Lowering *l)
{
    last_statement(l)->aligned = true;
}

void gpu_tile_array(Lowering *l)
{
    last_statement(l)->tiled = true;
}

/* ---- several axes as one ---- */

int64_t gpu_bound(const Lowering *l, const Dim *dims, int count)
{
    int64_t all = 1;
    for (int i = 0; i < count; i++)
        if (!checked_mul(all, dims[i].size, &all) ||
            !checked_mul(all, dims[i].batch ? l->batch_bound : 1, &all))
            return INT64_MAX;
    return all;
}

KExpr *gpu_extent(Lowering *l, const Dim *dims, int count)
{
    KExpr *extent = kexpr_int(l->arena, 1);
    for (int i = 0; i < count; i++)
        extent = kexpr_mul(l->arena, extent, lower_extent(l, dims[i]));
    return extent;
}

void gpu_unflatten(Lowering *l, const Dim *dims, int count, KExpr *at, KExpr **index)
{
    Arena *arena = l->arena;
    int outermost = 0;
    for (int i = 0; i < count; i++)
        outermost = dims[i].batch ? i : outermost;
    for (int i = count - 1; i >= 0; i--) {
        if (i == outermost)
            continue;
        KExpr *size = kexpr_int(arena, dims[i].size > 0 ? dims[i].size : 1);
        index[i] = kexpr_mod(arena, at, size);
        at = kexpr_div(arena, at, size);
    }
    if (count > 0)
        index[outermost] = kexpr_at_most(arena, at, gpu_bound(l, dims + outermost, 1) - 1);
}

KExpr *gpu_open_flat(Lowering *l, const Dim *dims, int count, Share share, int team)
{
    KExpr *extent = gpu_extent(l, dims, count);
    if (kexpr_is_int(extent, 1) && share != SHARE_TEAMS)
        return kexpr_int(l->arena, 0);
    KExpr *at = lower_open_loop(l, extent);
    gpu_share(l, share, team);
    return at->high == 0 ? kexpr_int(l->arena, 0) : at;
}

KExpr *gpu_open_chunk(Lowering *l, const Dim *dims, int count, KExpr *chunk, int64_t each,
                      Share share)
{
    Arena *arena = l->arena;
    const int64_t bound = gpu_bound(l, dims, count);
    KExpr *extent = gpu_extent(l, dims, count);
    if (bound <= each) { /* the only one */
        KExpr *at = lower_open_loop(l, extent);
        gpu_share(l, share, 0);
        return at;
    }
    KExpr *first = kexpr_mul(arena, chunk, kexpr_int(arena, each));
    KExpr *turns = kexpr_int(arena, each);
    if (extent->kind != KE_NUMBER || extent->high % each != 0) {
        turns = kexpr_min(arena, kexpr_sub(arena, extent, first), turns);
        turns = block_let(&l->block, "count", turns);
    }
    KExpr *at = kexpr_add(arena, first, lower_open_loop(l, turns));
    gpu_share(l, share, 0);
    return block_let(&l->block, "at", kexpr_at_most(arena, at, bound - 1));
}

/* ---- joins ---- */

static DType join_dtype(DType dtype)
{
    if (dtype_is_half(dtype))
        return DT_F32;
    return dtype_is_float(dtype) || dtype == DT_I64 ? dtype : DT_I32;
}

KExpr *gpu_join(Lowering *l, const char *name, Op op, KExpr *value)
{
    const DType dtype = value->dtype;
    KExpr *joined = block_let(&l->block, name, kexpr_cast(l->arena, value, join_dtype(dtype)));
    KStmt *let = last_statement(l);
    let->join = true;
    let->op = op;
    joined->held = NULL; /* not the value: another of each thread */
    return kexpr_cast(l->arena, joined, dtype);
}

/* ---- folds ---- */

bool gpu_is_extreme(const Node *n)
{
    return n->op == OP_argmax || n->op == OP_argmin;
}

/* A thread's part of a long sum needs no f64 while it has few terms. */
static DType fold_dtype(const Lowering *l, const Node *n, int64_t terms)
{
    if (gpu_is_extreme(n))
        return n->args[0]->type.dtype;
    const DType dtype = lower_total_dtype(l, n);
    return dtype == DT_F64 && n->type.dtype != DT_F64 && terms <= GPU_NARROW ? DT_F32 : dtype;
}

void gpu_fold_start(Lowering *l, GpuFold *f, const Node *n, int64_t terms)
{
    *f = (GpuFold){.n = n, .dtype = fold_dtype(l, n, terms)};
    KExpr *start = kexpr_number(l->arena, lower_start(n->op, f->dtype));
    if (gpu_is_extreme(n)) {
        f->total = block_let_mutable(&l->block, "best", start);
        f->at = block_let_mutable(&l->block, lower_name(l, n), kexpr_int(l->arena, 0));
        return;
    }
    f->total = block_let_mutable(&l->block, lower_name(l, n), start);
}

void gpu_fold_add(Lowering *l, GpuFold *f, KExpr *value, KExpr *at)
{
    if (f->at)
        lower_extreme_step(l, f->n->op, value, at, f->total, f->at);
    else
        block_set(&l->block, f->total,
                  lower_step(l, f->n->op, f->total, kexpr_cast(l->arena, value, f->dtype)));
}

/* Those of the threads that have the best, or a NaN where that is one: the first. */
static void join_extreme(Lowering *l, GpuFold *f)
{
    Arena *arena = l->arena;
    KExpr *best = gpu_join(l, "best", f->n->op == OP_argmax ? OP_max : OP_min, f->total);
    KExpr *has = kexpr_op(arena, OP_eq, DT_BOOL, (KExpr *[]){f->total, best}, 2);
    if (dtype_is_float(f->dtype)) {
        KExpr *is_nan = kexpr_op(arena, OP_isnan, DT_BOOL, &f->total, 1);
        has = kexpr_op(arena, OP_or, DT_BOOL, (KExpr *[]){has, is_nan}, 2);
    }
    KExpr *none = kexpr_int(arena, INT64_MAX);
    KExpr *mine = kexpr_op(arena, OP_where, DT_I64, (KExpr *[]){has, f->at, none}, 3);
    f->at = gpu_join(l, lower_name(l, f->n), OP_min, mine);
    f->total = best;
}

/* Of a long sum, the threads' parts are joined as it is kept. */
void gpu_fold_join(Lowering *l, GpuFold *f)
{
    if (f->at) {
        join_extreme(l, f);
        return;
    }
    if (f->dtype == DT_F32 && lower_sums_wide(l, f->n))
        f->dtype = DT_F64;
    f->total = gpu_join(l, lower_name(l, f->n), f->n->op, kexpr_cast(l->arena, f->total, f->dtype));
}

void gpu_fold_store(Lowering *l, const GpuFold *f, KExpr *const *index)
{
    const NodeInfo *info = &l->info[f->n->id];
    KExpr *value = kexpr_cast(l->arena, f->at ? f->at : f->total, f->n->type.dtype);
    if (info->copies.count > 0 && value->kind != KE_TEMP)
        value = block_let(&l->block, lower_name(l, f->n), value);
    block_store(&l->block, info->buffer, lower_place(l, info->buffer, &f->n->type, index), value);
    for (int i = 0; i < info->copies.count; i++)
        block_store(&l->block, info->copies.data[i],
                    lower_place(l, info->copies.data[i], &f->n->type, index), value);
}

/* ---- parts ---- */

static Buffer *new_parts(Lowering *l, const GpuFold *f, const char *what, DType dtype,
                         int64_t chunks, int64_t elements)
{
    const Type type = {.dtype = dtype, .rank = 2, .dims = {dim_fixed(chunks), dim_fixed(elements)}};
    return lower_new_buffer(l, "v_", arena_printf(l->arena, "%s_%s", lower_name(l, f->n), what),
                            &type, f->n->loc);
}

void gpu_fold_place_parts(Lowering *l, GpuFold *f, int64_t chunks, int64_t elements)
{
    f->parts = new_parts(l, f, "parts", f->dtype, chunks, elements);
    if (f->at)
        f->ats = new_parts(l, f, "places", DT_I64, chunks, elements);
}

void gpu_fold_store_part(Lowering *l, const GpuFold *f, KExpr *place)
{
    block_store(&l->block, f->parts, place, f->total);
    if (f->ats)
        block_store(&l->block, f->ats, place, f->at);
}

void gpu_fold_add_part(Lowering *l, GpuFold *whole, const GpuFold *parts, KExpr *place)
{
    KExpr *at = parts->ats ? kexpr_load(l->arena, parts->ats, place) : NULL;
    gpu_fold_add(l, whole, kexpr_load(l->arena, parts->parts, place), at);
}

/* One where there are few parts; else a warp, since those of a block read neighbours; a block where
 * all parts together are so few that only the time matters which one after the other takes. */
int gpu_team_for_parts(int64_t elements, int64_t chunks)
{
    enum { FEW = 16, OF_THREAD = 4, SMALL = 1 << 18 };
    if (chunks <= FEW && elements > 1)
        return 1;
    int team = GPU_WARP;
    while (elements <= SMALL / chunks && team < GPU_BLOCK && chunks >= OF_THREAD * team)
        team *= 2;
    return team;
}

/* ---- sums in any order ---- */

bool gpu_adds_fast(const Lowering *l, const Node *n)
{
    const NodeInfo *info = &l->info[n->id];
    return l->options->fast_reductions && n->op == OP_sum && info->copies.count == 0 &&
           info->buffer->place == PLACE_WORK &&
           (n->type.dtype == DT_F32 || n->type.dtype == DT_F64);
}

void gpu_fast_start(Lowering *l, const Node *n)
{
    KExpr *index[MAX_RANK];
    KExpr *at = gpu_open_flat(l, n->type.dims, n->type.rank, SHARE_GRID, 0);
    gpu_unflatten(l, n->type.dims, n->type.rank, at, index);
    Buffer *out = l->info[n->id].buffer;
    block_store(&l->block, out, lower_place(l, out, &n->type, index),
                kexpr_number(l->arena, lower_start(OP_sum, n->type.dtype)));
    lower_close(l, 0);
}

void gpu_fast_add(Lowering *l, const Node *n, KExpr *const *index, KExpr *value)
{
    Buffer *out = l->info[n->id].buffer;
    block_accumulate(&l->block, out, lower_place(l, out, &n->type, index),
                     kexpr_cast(l->arena, value, n->type.dtype));
    last_statement(l)->atomic = true;
}
