/* gpu_running.c -- running totals along an axis, for a GPU:
 *
 *     threads    for (i < rows)                 SHARE_GRID: short axes, or many rows
 *                    for (j < n) { t += x; y = t; }
 *     teams      for (i < rows)                 SHARE_TEAMS: each thread has a piece of the axis
 *                    for (t < team) t_sums[t] = total of its piece;           SHARE_TEAM
 *                    for (t < team) { total of t_sums before t; then its piece again, stored }
 *
 * Totals of floats are kept in f64, as in C. */
#include "codegen/gpu.h"
#include "codegen/kexpr.h"

enum {
    SHORT_AXIS = 64, /* that a thread goes through by itself */
    LONG_AXIS = 1024 /* for which a block is better than a warp, */
};

typedef struct Running {
    Lowering *l;
    const Node *n;
    int axis;
    Op op;
    DType dtype; /* in which it is kept */
    KExpr *index[MAX_RANK];
} Running;

static KExpr *start_total(const Running *r)
{
    return block_let_mutable(&r->l->block, lower_name(r->l, r->n),
                             kexpr_number(r->l->arena, lower_start(r->op, r->dtype)));
}

/* The element of this turn is added to the total, and that is stored if it should be. */
static void take_turn(Running *r, KExpr *total, KExpr *turn, bool stores)
{
    Lowering *l = r->l;
    const Attr *a = &r->n->attr;
    Buffer *out = l->info[r->n->id].buffer;
    KExpr *last = kexpr_int(l->arena, r->n->type.dims[r->axis].size - 1);
    r->index[r->axis] = a->reverse ? kexpr_sub(l->arena, last, turn) : turn;
    KExpr *value = kexpr_cast(l->arena, lower_value(l, r->n->args[0], r->index), r->dtype);
    KExpr *offset = lower_place(l, out, &r->n->type, r->index);
    KExpr *stored = kexpr_cast(l->arena, total, r->n->type.dtype);
    if (stores && a->exclusive)
        block_store(&l->block, out, offset, stored);
    block_set(&l->block, total, lower_step(l, r->op, total, value));
    if (stores && !a->exclusive)
        block_store(&l->block, out, offset, stored);
}

/* Goes through the piece of a thread: `each` elements, but fewer at the end. */
static void take_piece(Running *r, KExpr *total, KExpr *thread, int64_t each, bool stores)
{
    Lowering *l = r->l;
    const int64_t size = r->n->type.dims[r->axis].size;
    const int depth = l->block.depth;
    KExpr *first = kexpr_mul(l->arena, thread, kexpr_int(l->arena, each));
    KExpr *left = kexpr_sub(l->arena, kexpr_int(l->arena, size), first);
    KExpr *turn = lower_open_loop(l, kexpr_min(l->arena, kexpr_int(l->arena, each), left));
    KExpr *at = kexpr_at_most(l->arena, kexpr_add(l->arena, first, turn), size - 1);
    take_turn(r, total, at->kind == KE_INDEX ? at : block_let(&l->block, "at", at), stores);
    lower_close(l, depth);
}

static void add_pieces_before(const Running *r, KExpr *total, KExpr *thread, Buffer *sums)
{
    Lowering *l = r->l;
    const int depth = l->block.depth;
    KExpr *earlier =
        kexpr_at_most(l->arena, lower_open_loop(l, thread), sums->type.dims[0].size - 1);
    block_set(&l->block, total, lower_step(l, r->op, total, kexpr_load(l->arena, sums, earlier)));
    lower_close(l, depth);
}

static void share_axis(Running *r, int team)
{
    Lowering *l = r->l;
    const int64_t size = r->n->type.dims[r->axis].size, each = (size - 1) / team + 1;
    const Type type = {.dtype = r->dtype, .rank = 1, .dims = {dim_fixed(team)}};
    const int depth = l->block.depth;
    Buffer *sums = block_array(&l->block, "sums", &type);
    gpu_share_array(l);
    for (int pass = 0; pass < 2; pass++) {
        KExpr *thread = lower_open_loop(l, kexpr_int(l->arena, team));
        gpu_share(l, SHARE_TEAM, 0);
        KExpr *total = start_total(r);
        if (pass == 1)
            add_pieces_before(r, total, thread, sums);
        take_piece(r, total, thread, each, pass == 1);
        if (pass == 0)
            block_store(&l->block, sums, thread, total);
        lower_close(l, depth);
    }
}

/* 1: a thread goes through the axis. */
static int team_for(const Running *r)
{
    const int64_t size = r->n->type.dims[r->axis].size;
    const int64_t rows = gpu_bound(r->l, r->n->type.dims, r->n->type.rank) / (size > 0 ? size : 1);
    if (size < SHORT_AXIS || rows >= GPU_THREADS)
        return 1;
    return size < LONG_AXIS || rows >= GPU_THREADS / GPU_WARPS ? GPU_WARP : GPU_BLOCK;
}

void gpu_running(Lowering *l, const Node *n)
{
    Running r = {
        .l = l, .n = n, .axis = n->attr.axes[0], .op = n->op == OP_cumprod ? OP_prod : OP_sum};
    r.dtype = dtype_is_float(n->type.dtype) ? DT_F64 : n->type.dtype;
    const int team = team_for(&r);
    const int first = l->block.kernel->body.count;
    for (int k = 0; k < n->type.rank; k++) {
        if (k == r.axis)
            continue;
        r.index[k] = team > 1 ? lower_open_loop(l, lower_extent(l, n->type.dims[k]))
                              : lower_open_dim(l, n->type.dims[k]);
        if (l->block.depth > 0)
            gpu_share(l, team > 1 ? SHARE_TEAMS : SHARE_GRID, team);
    }
    if (l->block.depth == 0) { /* the only row */
        lower_open_loop(l, kexpr_int(l->arena, 1));
        gpu_share(l, team > 1 ? SHARE_TEAMS : SHARE_GRID, team);
    }
    if (team > 1) {
        share_axis(&r, team);
    } else {
        KExpr *total = start_total(&r);
        take_turn(&r, total, lower_open_dim(l, n->type.dims[r.axis]), true);
    }
    lower_close(l, 0);
    if (team > 1)
        gpu_place_syncs(l->arena, l->block.kernel->body.data[first]);
}
