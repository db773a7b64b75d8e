/* gpu_launch.c -- see gpu_launch.h. */
#include "codegen/gpu_launch.h"

#include <string.h>

#include "codegen/gpu_flat.h"
#include "codegen/gpu_tile.h"
#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/split.h"
#include "support/checked.h"

enum {
    BLOCK = 256,
    FEW_TURNS = 4096 /* a multiprocessor has no second block of them anyway */
};

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

bool gpu_launch_is_tiles(const KStmt *loop)
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
        gpu_drop_unread(l->arena, kernel);
        move_arrays(l, kernel);
        for (int i = 0; i < kernel->body.count; i++)
            if (kernel->body.data[i]->kind == KS_FOR)
                mark_loops(l->arena, kernel->body.data[i]);
    }
}

/* ---- what a launch needs ---- */

static bool is_local(const KExpr *x, const void *name)
{
    return x->kind == KE_TEMP && strcmp(x->name, name) == 0;
}

static bool body_names(const KStmtVec *body, const char *name)
{
    for (int i = 0; i < body->count; i++)
        if (kwalk_stmt_any(body->data[i], is_local, name))
            return true;
    return false;
}

/* The statements from `first` up to `end`, behind those of the locals before that they read. */
static KStmtVec with_locals(Arena *arena, const Kernel *kernel, int first, int end)
{
    KStmtVec wanted = {0}, body = {0};
    for (int i = end - 1; i >= first; i--)
        vec_push(arena, &wanted, kernel->body.data[i]);
    for (int i = first - 1; i >= 0; i--) {
        KStmt *s = kernel->body.data[i];
        if (s->kind == KS_LET && body_names(&wanted, s->name))
            vec_push(arena, &wanted, s);
    }
    for (int i = wanted.count - 1; i >= 0; i--)
        vec_push(arena, &body, wanted.data[i]);
    return body;
}

/* Is there an integer whose range is beyond 32 bits?  Values of the model's own are as they are. */
static bool is_wide(const KExpr *x, const void *context)
{
    (void)context;
    const bool counts = x->kind == KE_INT || x->kind == KE_INDEX || x->kind == KE_BATCH;
    return counts && (x->high > INT32_MAX / 2 || x->low < INT32_MIN / 2);
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

static bool has_f64(const Launch *launch)
{
    const Kernel *k = launch->part;
    for (int i = 0; i < k->reads.count; i++)
        if (k->reads.data[i]->type.dtype == DT_F64)
            return true;
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i]->type.dtype == DT_F64)
            return true;
    return false;
}

/* What that leaves of registers for each thread is 128, or 255 where elements take two; left to
 * itself, ptxas spills some of a kernel of f64, of one that draws many random numbers, or of square
 * roots, to hold more blocks than it needs. */
static int least_blocks(const Launch *launch, bool wide)
{
    const int threads = wide ? 256 : 512;
    return launch->threads < threads ? threads / launch->threads : 1;
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
    launch->stmt = loop;
    launch->threads = size.threads;
    launch->blocks = least_blocks(launch, dtype_info[tile.sum->dtype].bytes > 4);
    launch->turns = gpu_tile_count(arena, &tile, &size);
    if (last)
        launch->turns = kexpr_mul(arena, count_turns(arena, loop, SHARE_TEAMS), launch->turns);
}

/* The last statement of the launch is the loop that is shared. */
static void shape_loop(Arena *arena, Launch *launch)
{
    KStmt **last = &launch->part->body.data[launch->part->body.count - 1];
    if (gpu_launch_is_tiles(*last)) {
        shape_tiles(arena, launch, *last);
        return;
    }
    if ((*last)->share != SHARE_GRID && (*last)->share != SHARE_TEAMS)
        return; /* one thread */
    *last = gpu_flat_nest(arena, *last);
    launch->stmt = *last;
    launch->turns = (*last)->extent;
    launch->kind = (*last)->share == SHARE_GRID ? LAUNCH_GRID : LAUNCH_TEAMS;
    launch->team = (*last)->team;
    launch->threads = launch->kind == LAUNCH_TEAMS && launch->team > 32 ? launch->team : BLOCK;
    launch->wide |= launch->turns->high > INT32_MAX / 2;
    const bool few = launch->turns->high <= FEW_TURNS;
    if (has_f64(launch) || launch->part->uses_random || launch->team > 32 || few)
        launch->blocks = least_blocks(launch, has_f64(launch));
    gpu_four(arena, launch, *last);
}

static Launch *new_launch(Arena *arena, const Kernel *kernel, const KStmtVec *body)
{
    Launch *launch = arena_new_of(arena, Launch);
    Kernel *part = arena_new_of(arena, Kernel);
    *part = (Kernel){.name = kernel->name, .loc = kernel->loc, .body = *body};
    kernel_summarize(part, arena);
    part->body = gpu_flat_hosts(arena, body);
    *launch = (Launch){.kind = LAUNCH_ONE, .name = kernel->name, .part = part, .threads = 1};
    for (int i = 0; i < body->count; i++)
        launch->wide |= kwalk_stmt_any(body->data[i], is_wide, NULL);
    return launch;
}

static Launch *launch_of(Arena *arena, const Kernel *kernel, int first, int end)
{
    const KStmt *s = kernel->body.data[first];
    const KStmtVec body = with_locals(arena, kernel, first, end);
    Launch *launch = new_launch(arena, kernel, &body);
    if (s->kind == KS_FOR && end == first + 1) {
        shape_loop(arena, launch);
    } else if (s->kind == KS_GEMM || s->kind == KS_CONV || s->kind == KS_ZERO) {
        launch->kind = s->kind == KS_GEMM   ? LAUNCH_GEMM
                       : s->kind == KS_CONV ? LAUNCH_CONV
                                            : LAUNCH_ZERO;
        launch->stmt = s;
    }
    if (launch->turns && launch->turns->high > INT32_MAX / 2)
        launch->wide = true;
    return launch;
}

/* ---- cutting ---- */

static bool same_memory(const Buffer *a, const Buffer *b)
{
    return a == b || a->over == b || b->over == a;
}

static bool stores_to(const KStmt *s, const Buffer *b)
{
    const Buffer *stored = s->gemm ? s->gemm->c : s->conv ? s->conv->out : s->buffer;
    if (s->kind != KS_ARRAY && stored && same_memory(stored, b))
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (stores_to(s->body.data[i], b))
            return true;
    return false;
}

/* Does a statement behind this one change what x loads? */
static bool changes_later(const Kernel *kernel, int at, const KExpr *x)
{
    for (int i = at + 1; x->kind == KE_LOAD && i < kernel->body.count; i++)
        if (stores_to(kernel->body.data[i], x->buffer))
            return true;
    for (int i = 0; i < x->arity; i++)
        if (changes_later(kernel, at, x->args[i]))
            return true;
    return false;
}

static bool sets(const KStmt *s, const char *name)
{
    if (s->kind == KS_SET && strcmp(s->name, name) == 0)
        return true;
    for (int i = 0; i < s->body.count; i++)
        if (sets(s->body.data[i], name))
            return true;
    return false;
}

/* Locals that change cannot be handed from launch to launch, nor such that could not be computed
 * again, nor what is made of those. */
static bool is_bound(const Kernel *kernel, const bool *bound, int at)
{
    const KStmt *s = kernel->body.data[at];
    if (s->kind != KS_LET)
        return false;
    if (s->mutable_ || s->join || changes_later(kernel, at, s->value))
        return true;
    for (int i = 0; i < at; i++)
        if (bound[i] && kwalk_any(s->value, is_local, kernel->body.data[i]->name))
            return true;
    return false;
}

/* Is it one thread's, unless it is in a loop that is shared? */
static bool is_lone(const KStmt *s)
{
    return s->kind == KS_STORE || s->kind == KS_SET || (s->kind == KS_FOR && !is_marked(s));
}

/* Where the launch ends that begins with this statement: behind the last that needs one of its
 * locals. */
static int end_of(const Kernel *kernel, const bool *bound, int first)
{
    int end = first + 1;
    for (int i = first; i < end; i++) {
        for (int k = end; bound[i] && k < kernel->body.count; k++)
            if (kwalk_stmt_any(kernel->body.data[k], is_local, kernel->body.data[i]->name) ||
                sets(kernel->body.data[k], kernel->body.data[i]->name))
                end = k + 1;
        const bool alone = i + 1 == end && end < kernel->body.count;
        if (alone && is_lone(kernel->body.data[i]) && is_lone(kernel->body.data[end]))
            end++;
    }
    return end;
}

bool gpu_launch_is_function(const Launch *launch)
{
    return launch->kind != LAUNCH_GEMM && launch->kind != LAUNCH_CONV &&
           launch->kind != LAUNCH_ZERO;
}

static void add_launch(Arena *arena, Kernel *kernel, Launch *launch, int *functions)
{
    if (gpu_launch_is_function(launch) && ++*functions > 1)
        launch->name = arena_printf(arena, "%s_part%d", kernel->name, *functions);
    vec_push(arena, &kernel->launches, launch);
}

static void cut_kernel(Arena *arena, Kernel *kernel)
{
    bool *bound = arena_array(arena, bool, kernel->body.count + 1);
    int functions = 0;
    for (int i = 0; i < kernel->body.count; i++)
        bound[i] = is_bound(kernel, bound, i);
    for (int i = 0; i < kernel->body.count;) {
        if (kernel->body.data[i]->kind == KS_LET && !bound[i]) {
            i++; /* computed where it is used */
            continue;
        }
        const int end = end_of(kernel, bound, i);
        add_launch(arena, kernel, launch_of(arena, kernel, i, end), &functions);
        i = end;
    }
}

static bool changes_variables(const Launch *launch)
{
    for (int i = 0; i < launch->part->writes.count; i++)
        if (launch->part->writes.data[i]->place == PLACE_VARS)
            return true;
    return false;
}

/* The first of a routine's kernels that may find that the training step has gone wrong: behind its
 * own guard, or anywhere where routines before it have theirs. */
static int first_guarded(const Routine *r)
{
    if (r->entry->kind == ENTRY_UPDATE || r->entry->kind == ENTRY_AVERAGE)
        return 0;
    return r->guard >= 0 ? r->guard : r->kernels.count;
}

void gpu_launch_cut(Program *p)
{
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        for (int k = 0; k < r->kernels.count; k++) {
            Kernel *kernel = r->kernels.data[k];
            cut_kernel(p->arena, kernel);
            for (int n = 0; n < kernel->launches.count; n++)
                kernel->launches.data[n]->guarded =
                    k >= first_guarded(r) && changes_variables(kernel->launches.data[n]);
        }
    }
}
