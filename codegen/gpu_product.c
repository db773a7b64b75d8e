/* gpu_product.c -- how a product is computed on a GPU: the choice, a matter of the extents alone.
 *
 *     8192 x 1536, sums of 384               cuBLAS
 *     a convolution, 4096 places x 32        tiles
 *     its gradient by the weight, 144 x 32   tiles, the sum over places in parts
 *     a depthwise convolution                a thread for each element
 *     10000 x 1, sums of 784                 a warp for each element */
#include "codegen/gpu_product.h"

#include "codegen/gpu_conv.h"
#include "codegen/gpu_tile.h"
#include "codegen/kexpr.h"
#include "codegen/product_blas.h"
#include "support/checked.h"

enum {
    BLAS_LEAST = 1 << 21, /* multiplications: below, one launch with what follows is worth more */
    TILE_SIDE = 5,        /* rows and columns from which on tiles pay */
    TILE_TERMS = 8,
    TEAM_TERMS = 32, /* terms from which on a team shares a sum */
    WARP = 32,
    LONG_TERMS = 4096, /* from which on the team is a block */
    BLOCK = 256,
    /* A sum is parted until so many blocks, teams, threads are at work: */
    BLOCKS = 264,
    TEAMS = 2048,
    THREADS = 1 << 16,
    /* but into no parts shorter than this: */
    TILE_PART = 128,
    TEAM_PART = 2048,
    EACH_PART = 32,
    MOST_PARTS = 256,
    PARTS_BYTES = 32 << 20
};

/* ---- sides ---- */

static bool is_batch(const GpuProduct *g, int label)
{
    return g->p.dims[label].batch;
}

/* The batch's label goes first, so that no index is divided by what only the run knows. */
static void add_label(GpuProduct *g, LabelRun *run, int label)
{
    Lowering *l = g->p.l;
    KExpr *extent = lower_extent(l, g->p.dims[label]);
    if (dim_is_one(g->p.dims[label]))
        return;
    int at = run->count++;
    for (; at > 0 && is_batch(g, label); at--)
        run->labels[at] = run->labels[at - 1];
    run->labels[at] = label;
    run->extent = kexpr_mul(l->arena, run->extent, extent);
}

/* The label of the last axis that is not of size 1; -1 if there is none. */
static int last_label(const GpuProduct *g, int t)
{
    const char *labels = g->p.n->attr.labels[t];
    int last = -1;
    for (; *labels; labels++)
        if (!dim_is_one(g->p.dims[*labels - 'a']))
            last = *labels - 'a';
    return last;
}

static bool is_summed(const GpuProduct *g, int label)
{
    return label >= 0 && !g->p.in[2][label];
}

/* In the order of an operand whose last axis is summed over, whose neighbours are neighbours then.
 */
static void collect_sums(GpuProduct *g)
{
    const int first = is_summed(g, last_label(g, 0)) || !is_summed(g, last_label(g, 1)) ? 0 : 1;
    for (int pass = 0; pass < 2; pass++) { /* labels that this operand lacks are the outer ones */
        const int t = pass == 0 ? 1 - first : first;
        for (const char *c = g->p.n->attr.labels[t]; *c; c++)
            if (is_summed(g, *c - 'a') && (pass == 1 || !g->p.in[first][*c - 'a']))
                add_label(g, &g->sums, *c - 'a');
    }
}

static void collect_sides(GpuProduct *g)
{
    LabelRun *const sides[] = {&g->rows, &g->columns, &g->sums, &g->batches};
    const int last = last_label(g, 2);
    for (int i = 0; i < 4; i++)
        *sides[i] = (LabelRun){.extent = kexpr_int(g->p.l->arena, 1)};
    g->p.columns = last >= 0 && !g->p.in[1][last] ? 0 : 1;
    g->p.rows = 1 - g->p.columns;
    for (const char *c = g->p.n->attr.labels[2]; *c; c++) {
        const int label = *c - 'a';
        const bool of_rows = g->p.in[g->p.rows][label], of_columns = g->p.in[g->p.columns][label];
        add_label(g, of_rows && of_columns ? &g->batches : of_rows ? &g->rows : &g->columns, label);
    }
    collect_sums(g);
}

/* ---- parts of sums ---- */

static int64_t round_up(int64_t x, int64_t step)
{
    return (x + step - 1) / step * step;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until `want` are at work of which there are `have` for each part. */
static void choose_parts(GpuProduct *g, int64_t have, int64_t want, int64_t shortest)
{
    const int64_t terms = g->sums.extent->high;
    int64_t bytes;
    g->parts = 1;
    if (have < 1 || !type_bytes(&g->p.n->type, g->p.l->batch_bound, &bytes))
        return;
    int64_t parts = least(least(want / have, terms / shortest), MOST_PARTS);
    parts = least(parts, PARTS_BYTES / most(bytes, 1));
    if (parts < 2)
        return;
    g->chunk = round_up((terms + parts - 1) / parts, 8);
    g->parts = (terms + g->chunk - 1) / g->chunk;
}

/* ---- forms ---- */

static int64_t count_elements(const GpuProduct *g)
{
    int64_t count;
    return type_count(&g->p.n->type, g->p.l->batch_bound, &count) ? count : INT64_MAX;
}

static bool tiles_pay(const GpuProduct *g)
{
    return g->rows.extent->high >= TILE_SIDE && g->columns.extent->high >= TILE_SIDE &&
           g->sums.extent->high >= TILE_TERMS;
}

/* A long sum whose neighbours are neighbours in both operands. */
static bool teams_pay(const GpuProduct *g)
{
    const bool joins =
        g->dtype == DT_F32 || g->dtype == DT_F64 || g->dtype == DT_I32 || g->dtype == DT_I64;
    return joins && g->sums.extent->high >= TEAM_TERMS && is_summed(g, last_label(g, 0)) &&
           is_summed(g, last_label(g, 1));
}

static void emit_tiles(GpuProduct *g)
{
    const TileSize size = gpu_tile_size(g->rows.extent->high, g->columns.extent->high, g->dtype);
    const int64_t tiles = round_up(g->rows.extent->high, size.rows) / size.rows *
                          (round_up(g->columns.extent->high, size.columns) / size.columns);
    choose_parts(g, tiles * g->batches.extent->high, BLOCKS, TILE_PART);
    gpu_product_tiles(g);
}

static void emit_teams(GpuProduct *g)
{
    const int64_t elements = count_elements(g);
    const bool wide = g->sums.extent->high >= LONG_TERMS && elements < TEAMS;
    choose_parts(g, elements, wide ? BLOCKS : TEAMS, TEAM_PART);
    gpu_product_teams(g, wide ? BLOCK : WARP);
}

static void emit_each(GpuProduct *g)
{
    choose_parts(g, count_elements(g), THREADS, EACH_PART);
    gpu_product_each(g);
}

/* ---- cuBLAS ---- */

static bool may_use_blas(const Product *p)
{
    const DType dtype = p->n->type.dtype;
    return p->l->options->blas != BLAS_NONE && (dtype == DT_F32 || dtype == DT_F64) &&
           product_size(p) >= BLAS_LEAST;
}

/* Windows overlap, which makes of them no matrix. */
static bool reads_windows(const Lowering *l, const Node *n)
{
    while (!l->info[n->id].root && op_info[n->op].class == CLASS_VIEW) {
        if (n->op == OP_window)
            return true;
        n = n->args[0];
    }
    return false;
}

/* A result of a body is stored where the loop wants it, perhaps over what the product reads; what
 * becomes a variable only by kernels, which ask whether the step goes on. */
static bool is_elsewhere(const Lowering *l, const Node *n)
{
    return l->info[n->id].write || (l->scan && l->info[n->id].value);
}

bool gpu_product_takes_result(const Lowering *l, const Node *contract, const Node *result)
{
    Product p = {.l = (Lowering *)l, .n = contract};
    Epilogue epilogue;
    if (l->options->level == 0)
        return false;
    product_collect(&p);
    if (!may_use_blas(&p) || reads_windows(l, contract->args[0]) ||
        reads_windows(l, contract->args[1]))
        return true;
    return !is_elsewhere(l, result) && gpu_epilogue_find(l, contract, result, &epilogue);
}

/* By cuBLAS, with what it can compute of the product; false where that is not so. */
static bool emit_call(GpuProduct *g, bool stored)
{
    const NodeVec *results = &g->epilogue->roots;
    Epilogue epilogue;
    if (!may_use_blas(&g->p) || (stored && g->p.out->place == PLACE_VARS))
        return false; /* a call does not ask whether the step goes on */
    if (stored)
        return results->count == 0 && product_emit_blas(&g->p, NULL);
    if (results->count != 1 || !gpu_epilogue_find(g->p.l, g->p.n, results->data[0], &epilogue))
        return false;
    g->p.out = g->p.l->info[results->data[0]->id].buffer;
    if (product_emit_blas(&g->p, &epilogue))
        return true;
    g->p.out = NULL;
    return false;
}

void gpu_product_lower(Lowering *l, const Group *group)
{
    const Node *n = group->first;
    const bool stored = l->info[n->id].root;
    Group epilogue = {.kind = GROUP_ELEMENTS, .first = n};
    for (int i = stored; i < group->roots.count; i++)
        vec_push(l->arena, &epilogue.roots, group->roots.data[i]);
    GpuProduct g = {.p = {.l = l, .n = n, .out = stored ? l->info[n->id].buffer : NULL},
                    .epilogue = &epilogue,
                    .dtype = lower_total_dtype(l, n)};
    product_collect(&g.p);
    if (emit_call(&g, stored))
        return;
    if (l->options->cudnn && product_size(&g.p) >= BLAS_LEAST && gpu_conv_lower(&g))
        return;
    collect_sides(&g);
    if (tiles_pay(&g))
        emit_tiles(&g);
    else if (teams_pay(&g))
        emit_teams(&g);
    else
        emit_each(&g);
}
