/* gpu_launch.c -- see gpu_launch.h. */
#include "codegen/gpu_launch.h"

#include <string.h>

#include "codegen/gpu_tile.h"
#include "codegen/kexpr.h"
#include "codegen/split.h"
#include "support/checked.h"

enum { BLOCK = 256 };

/* ---- marks ---- */

static bool is_marked(const KStmt *s)
{
    return s->kind == KS_FOR && s->share != SHARE_NONE;
}

/* Known before the kernel runs. */
static bool is_outside(const KExpr *x)
{
    if (x->kind != KE_NUMBER && x->kind != KE_BATCH && x->kind != KE_TURN && x->kind != KE_INT)
        return false;
    for (int i = 0; i < x->arity; i++)
        if (!is_outside(x->args[i]))
            return false;
    return true;
}

/* The only loop among the statements, all others being locals before it; or NULL. */
static KStmt *only_loop(const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        KStmt *s = body->data[i];
        if (s->kind == KS_FOR)
            return i + 1 == body->count ? s : NULL;
        if (s->kind != KS_LET || s->mutable_ || s->join)
            return NULL;
    }
    return NULL;
}

static bool is_marked_inside(const KStmt *s)
{
    for (int i = 0; i < s->body.count; i++)
        if (is_marked(s->body.data[i]) || is_marked_inside(s->body.data[i]))
            return true;
    return false;
}

const KStmt *gpu_launch_nest(const KStmt *loop, Share share, int *depth)
{
    *depth = 1;
    for (const KStmt *inner;
         (inner = only_loop(&loop->body)) && inner->share == share && is_outside(inner->extent);
         loop = inner)
        ++*depth;
    return loop;
}

/* Are the loops over teams around nothing but a product in tiles? */
static bool is_tiles(const KStmt *loop)
{
    int depth;
    if (loop->share == SHARE_TILE)
        return true;
    if (loop->share != SHARE_TEAMS)
        return false;
    const KStmt *last = gpu_launch_nest(loop, SHARE_TEAMS, &depth);
    const KStmt *inner = only_loop(&last->body);
    return inner && inner->share == SHARE_TILE;
}

static void mark_loops(Arena *arena, KStmt *loop)
{
    if (is_marked(loop) || is_marked_inside(loop))
        return;
    for (; loop && loop->step == 1 && is_outside(loop->extent); loop = only_loop(&loop->body)) {
        if (!split_is_apart(arena, loop))
            return;
        loop->share = SHARE_GRID;
    }
}

/* What the statements of a kernel hand on to each other lies in memory. */
static void move_arrays(Lowering *l, Kernel *kernel)
{
    int kept = 0;
    for (int i = 0; i < kernel->body.count; i++) {
        KStmt *s = kernel->body.data[i];
        if (s->kind == KS_ARRAY)
            split_move_array(l, kernel, s->buffer);
        else
            kernel->body.data[kept++] = s;
    }
    kernel->body.count = kept;
}

void gpu_launch_mark(Lowering *l)
{
    for (int k = 0; k < l->routine->kernels.count; k++) {
        Kernel *kernel = l->routine->kernels.data[k];
        move_arrays(l, kernel);
        for (int i = 0; i < kernel->body.count; i++)
            if (kernel->body.data[i]->kind == KS_FOR)
                mark_loops(l->arena, kernel->body.data[i]);
    }
}

/* ---- what a launch needs ---- */

static bool expr_names(const KExpr *x, const char *name)
{
    if (x->kind == KE_TEMP && strcmp(x->name, name) == 0)
        return true;
    for (int i = 0; i < x->arity; i++)
        if (expr_names(x->args[i], name))
            return true;
    return false;
}

static bool stmt_names(const KStmt *s, const char *name)
{
    if ((s->extent && expr_names(s->extent, name)) || (s->index && expr_names(s->index, name)) ||
        (s->value && expr_names(s->value, name)))
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (stmt_names(s->body.data[i], name))
            return true;
    return false;
}

static bool body_names(const KStmtVec *body, const char *name)
{
    for (int i = 0; i < body->count; i++)
        if (stmt_names(body->data[i], name))
            return true;
    return false;
}

/* The statement, behind those of the locals before it that it reads. */
static KStmtVec with_locals(Arena *arena, const Kernel *kernel, int at)
{
    KStmtVec wanted = {0}, body = {0};
    vec_push(arena, &wanted, kernel->body.data[at]);
    for (int i = at - 1; i >= 0; i--) {
        KStmt *s = kernel->body.data[i];
        if (s->kind == KS_LET && body_names(&wanted, s->name))
            vec_push(arena, &wanted, s);
    }
    for (int i = wanted.count - 1; i >= 0; i--)
        vec_push(arena, &body, wanted.data[i]);
    return body;
}

/* Is there an integer whose range is beyond 32 bits?  Values of the model's own are as they are. */
static bool expr_is_wide(const KExpr *x)
{
    const bool counts = x->kind == KE_INT || x->kind == KE_INDEX || x->kind == KE_BATCH;
    if (counts && (x->high > INT32_MAX / 2 || x->low < INT32_MIN / 2))
        return true;
    for (int i = 0; i < x->arity; i++)
        if (expr_is_wide(x->args[i]))
            return true;
    return false;
}

static bool stmt_is_wide(const KStmt *s)
{
    if ((s->extent && expr_is_wide(s->extent)) || (s->index && expr_is_wide(s->index)) ||
        (s->value && expr_is_wide(s->value)))
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (stmt_is_wide(s->body.data[i]))
            return true;
    return false;
}

/* ---- shape ---- */

static KExpr *count_turns(Arena *arena, const KStmt *loop, Share share)
{
    int depth;
    gpu_launch_nest(loop, share, &depth);
    KExpr *turns = loop->extent;
    for (; depth > 1; depth--) {
        loop = only_loop(&loop->body);
        turns = kexpr_mul(arena, turns, loop->extent);
    }
    return turns;
}

/* A block for each tile of each turn of the loops around. */
static void shape_tiles(Arena *arena, Launch *launch, const KStmt *loop)
{
    KTile tile;
    int depth;
    const KStmt *last =
        loop->share == SHARE_TEAMS ? gpu_launch_nest(loop, SHARE_TEAMS, &depth) : NULL;
    if (!kstmt_tile(last ? only_loop(&last->body) : loop, &tile))
        ice("kernel %s: a loop in tiles has not the form", launch->name);
    const TileSize size = gpu_tile_plan(&tile);
    launch->kind = LAUNCH_TILES;
    launch->threads = size.threads;
    launch->turns = gpu_tile_count(arena, &tile, &size);
    if (last)
        launch->turns = kexpr_mul(arena, count_turns(arena, loop, SHARE_TEAMS), launch->turns);
}

static void shape_loop(Arena *arena, Launch *launch, const KStmt *loop)
{
    launch->stmt = loop;
    if (is_tiles(loop)) {
        shape_tiles(arena, launch, loop);
    } else if (loop->share == SHARE_GRID || loop->share == SHARE_TEAMS) {
        launch->kind = loop->share == SHARE_GRID ? LAUNCH_GRID : LAUNCH_TEAMS;
        launch->team = loop->team;
        launch->threads = loop->share == SHARE_TEAMS && loop->team > 32 ? loop->team : BLOCK;
        launch->turns = count_turns(arena, loop, loop->share);
    } else {
        launch->stmt = NULL; /* one thread */
    }
}

static Launch *new_launch(Arena *arena, const Kernel *kernel, const KStmtVec *body)
{
    Launch *launch = arena_new_of(arena, Launch);
    Kernel *part = arena_new_of(arena, Kernel);
    *part = (Kernel){.name = kernel->name, .loc = kernel->loc, .body = *body};
    kernel_summarize(part, arena);
    *launch = (Launch){.kind = LAUNCH_ONE, .name = kernel->name, .part = part, .threads = 1};
    for (int i = 0; i < body->count; i++)
        launch->wide |= stmt_is_wide(body->data[i]);
    return launch;
}

static Launch *launch_of(Arena *arena, const Kernel *kernel, int at)
{
    const KStmt *s = kernel->body.data[at];
    const KStmtVec body = with_locals(arena, kernel, at);
    Launch *launch = new_launch(arena, kernel, &body);
    if (s->kind == KS_FOR) {
        shape_loop(arena, launch, s);
    } else if (s->kind == KS_GEMM || s->kind == KS_ZERO) {
        launch->kind = s->kind == KS_GEMM ? LAUNCH_GEMM : LAUNCH_ZERO;
        launch->stmt = s;
    }
    if (launch->turns && launch->turns->high > INT32_MAX / 2)
        launch->wide = true;
    return launch;
}

/* ---- cutting ---- */

static bool loads_written(const KExpr *x, const Kernel *kernel)
{
    for (int i = 0; x->kind == KE_LOAD && i < kernel->writes.count; i++) {
        const Buffer *to = kernel->writes.data[i];
        if (to == x->buffer || to == x->buffer->over || to->over == x->buffer)
            return true;
    }
    for (int i = 0; i < x->arity; i++)
        if (loads_written(x->args[i], kernel))
            return true;
    return false;
}

/* Values in locals that change at the top level cannot be handed from launch to launch, nor such
 * that could not be computed again. */
static bool is_whole(const Kernel *kernel)
{
    for (int i = 0; i < kernel->body.count; i++) {
        const KStmt *s = kernel->body.data[i];
        if (s->kind == KS_SET ||
            (s->kind == KS_LET && (s->mutable_ || s->join || loads_written(s->value, kernel))))
            return true;
    }
    return false;
}

static void cut_kernel(Arena *arena, Kernel *kernel)
{
    if (is_whole(kernel)) {
        vec_push(arena, &kernel->launches, new_launch(arena, kernel, &kernel->body));
        return;
    }
    int functions = 0;
    for (int i = 0; i < kernel->body.count; i++) {
        if (kernel->body.data[i]->kind == KS_LET)
            continue;
        Launch *launch = launch_of(arena, kernel, i);
        const bool is_function = launch->kind != LAUNCH_GEMM && launch->kind != LAUNCH_ZERO;
        if (is_function && functions++ > 0)
            launch->name = arena_printf(arena, "%s_part%d", kernel->name, functions);
        vec_push(arena, &kernel->launches, launch);
    }
}

void gpu_launch_cut(Program *p)
{
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        for (int k = 0; k < r->kernels.count; k++) {
            Kernel *kernel = r->kernels.data[k];
            cut_kernel(p->arena, kernel);
            for (int n = 0; n < kernel->launches.count; n++)
                kernel->launches.data[n]->guarded = r->guard >= 0 && k >= r->guard;
        }
    }
}
