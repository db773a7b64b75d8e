/* verify_marks.c -- what must hold of the marks that say which thread of a GPU takes which turns.
 *
 * In: a kernel.  Out: NULL, or what is wrong:
 *
 *     for (i < 64)                      SHARE_TEAMS
 *         t_s = 0                       a local of which each thread gets a part of its own
 *         for (j < n)  t_s = t_s + ..   SHARE_TEAM
 *         y[i] = t_s                    "stores in y what is one thread's part": a join is missing
 *
 * Read without marks the statements are a serial program; these rules keep the marked one the same:
 * loops nest as they can be shared out, all threads of a team come to each join and each wait,
 * other turns store elsewhere, and between two accesses of which one is a store stands a wait. */
#include "codegen/verify_marks.h"

#include <inttypes.h>
#include <string.h>

#include "codegen/block.h"
#include "codegen/gpu.h"
#include "codegen/gpu_launch.h"
#include "codegen/gpu_tile.h"
#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/verify_tiled.h"

enum { SHARED_BYTES = 48 << 10 }; /* of a block, without asking for more */

typedef struct Marks {
    Arena *arena;
    bool fast_reductions;
    StrMap *shared;  /* arrays that all threads of a team see */
    StrMap *aligned; /* arrays that begin at 16 bytes */
    StrMap *inside;  /* locals and arrays that loops of SHARE_GROUPS declare */
    StrMap *own;     /* locals and arrays of which each thread has a part, another than others */
    bool grew;       /* `own` did, this time round */
    const KStmt *loops[MAX_LOOPS];
    int depth;
} Marks;

/* Where a statement stands. */
typedef struct Where {
    bool grid, tile;
    bool teams;  /* all threads of a team come here; but for */
    bool turns;  /* a loop whose turns they share */
    bool groups; /* a loop whose turns groups of their threads share */
    int team;    /* threads */
} Where;

static const char *complain(const Marks *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *complain(const Marks *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(m->arena, format, args);
    va_end(args);
    return what;
}

/* ---- what each thread has a part of ---- */

/* The same for all threads of the team (of the warp, in a loop of its own)? */
static bool is_uniform(const Marks *m, const KExpr *x)
{
    if ((x->kind == KE_TEMP && strmap_get(m->own, x->name)) ||
        ((x->kind == KE_LOAD || x->kind == KE_LANES) && strmap_get(m->own, x->buffer->name)))
        return false;
    for (int i = 0; i < x->arity; i++)
        if (!is_uniform(m, x->args[i]))
            return false;
    return true;
}

static void add_own(Marks *m, const char *name)
{
    m->grew |= !strmap_get(m->own, name);
    strmap_set(m->own, name, m);
}

/* Does each thread set, or store, something of its own? */
static bool differs(const Marks *m, const KStmt *s, const char *name, const Where *where)
{
    return where->turns || (where->groups && !strmap_get(m->inside, name)) ||
           !is_uniform(m, s->value) || (s->index && !is_uniform(m, s->index));
}

static void note_declared(Marks *m, const KStmt *s, const Where *where)
{
    if (s->kind == KS_ARRAY && s->shared)
        strmap_set(m->shared, s->buffer->name, m);
    if (s->kind == KS_ARRAY && s->aligned)
        strmap_set(m->aligned, s->buffer->name, m);
    if (where->groups && (s->kind == KS_LET || s->kind == KS_ARRAY))
        strmap_set(m->inside, s->kind == KS_ARRAY ? s->buffer->name : s->name, m);
}

static void find_own(Marks *m, const KStmtVec *body, const Where *where)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        const bool array = s->kind == KS_STORE && s->buffer->place == PLACE_LOCAL &&
                           !strmap_get(m->shared, s->buffer->name);
        note_declared(m, s, where);
        if (s->kind == KS_LET && !s->join && !where->turns && !is_uniform(m, s->value))
            add_own(m, s->name);
        if (s->kind == KS_SET && differs(m, s, s->name, where))
            add_own(m, s->name);
        if (array && differs(m, s, s->buffer->name, where))
            add_own(m, s->buffer->name);
        Where inside = *where;
        inside.turns |= s->share == SHARE_TEAM;
        inside.groups |= s->share == SHARE_GROUPS;
        find_own(m, &s->body, &inside);
    }
}

/* ---- other turns store elsewhere ---- */

/* May x be another in each turn of the loop?  What a local holds that changes is not known. */
static bool may_follow(const KExpr *x, const char *loop)
{
    if (x->kind == KE_TEMP)
        return !x->held || may_follow(x->held, loop);
    if (x->kind == KE_INDEX && strcmp(x->name, loop) == 0)
        return true;
    for (int i = 0; i < x->arity; i++)
        if (may_follow(x->args[i], loop))
            return true;
    return false;
}

static bool is_test(const KStmt *s)
{
    return s->kind == KS_FOR && s->extent->dtype == DT_BOOL;
}

/* Do the loop's turns, or a test of them inside of it, part what is stored there? */
static bool are_apart(const Marks *m, const KStmt *store, int at)
{
    const KStmt *loop = m->loops[at];
    bool apart = loop->extent->high < 2 || may_follow(store->index, loop->name);
    for (int i = at + 1; i < m->depth && !apart; i++)
        apart = is_test(m->loops[i]) && may_follow(m->loops[i]->extent, loop->name);
    return apart;
}

/* Does another thread see what is stored, if turns of this loop are? */
static bool is_seen(const Marks *m, const Buffer *b, const KStmt *loop)
{
    if (b->place != PLACE_LOCAL)
        return true;
    return loop->share != SHARE_TEAMS && loop->share != SHARE_GRID &&
           strmap_get(m->shared, b->name) &&
           !(loop->share == SHARE_GROUPS && strmap_get(m->inside, b->name));
}

static const char *check_apart(const Marks *m, const KStmt *s)
{
    for (int i = 0; i < m->depth; i++) {
        const KStmt *loop = m->loops[i];
        const bool columns = i > 0 && m->loops[i - 1]->share == SHARE_TILE;
        if ((loop->share != SHARE_NONE || columns) && is_seen(m, s->buffer, loop) &&
            !are_apart(m, s, i))
            return complain(m, "stores all turns of %s, which threads share, in one place of %s",
                            loop->name, s->buffer->name);
    }
    return NULL;
}

/* ---- statements ---- */

/* Is x one more in each turn of the loop? */
static bool steps_by_one(const KExpr *x, const char *loop)
{
    if (x->kind == KE_INDEX)
        return strcmp(x->name, loop) == 0;
    return x->kind == KE_INT && x->int_op == INT_ADD &&
           ((steps_by_one(x->args[0], loop) && !kwalk_mentions(x->args[1], loop)) ||
            (steps_by_one(x->args[1], loop) && !kwalk_mentions(x->args[0], loop)));
}

/* Four neighbours at 16 bytes; a buffer has room for them, or for none. */
static bool has_fours(const Marks *m, const Buffer *b, KExpr *place, const char *turn)
{
    const bool aligned = b->place == PLACE_WORK || b->place == PLACE_VARS ||
                         (strmap_get(m->aligned, b->name) && b->bytes % 16 == 0);
    return b->type.dtype == DT_F32 && aligned && steps_by_one(place, turn) &&
           kexpr_is_multiple(kexpr_at_first(m->arena, place, turn), 4);
}

static bool are_fours(const Marks *m, const KStmt *loop)
{
    const KStmt *s = loop->body.count == 1 ? loop->body.data[0] : loop;
    return s->kind == KS_STORE && !s->accumulate && s->value->kind == KE_LOAD &&
           kexpr_is_int(loop->extent, 4) && has_fours(m, s->buffer, s->index, loop->name) &&
           has_fours(m, s->value->buffer, s->value->args[0], loop->name);
}

static const char *check_store(const Marks *m, const KStmt *s, const Where *where)
{
    const bool array = s->buffer->place == PLACE_LOCAL && !strmap_get(m->shared, s->buffer->name);
    if (s->atomic && !m->fast_reductions)
        return complain(m, "adds to %s in any order", s->buffer->name);
    if (s->atomic && (!s->accumulate || s->buffer->place == PLACE_LOCAL ||
                      (s->buffer->type.dtype != DT_F32 && s->buffer->type.dtype != DT_F64)))
        return complain(m, "has no atomic addition to %s", s->buffer->name);
    if (where->teams && !where->turns && !where->tile && !array &&
        !(is_uniform(m, s->value) && is_uniform(m, s->index)))
        return complain(m, "stores in %s what is one thread's part", s->buffer->name);
    return s->atomic ? NULL : check_apart(m, s);
}

static bool is_together(const Where *where)
{
    return where->teams && !where->turns && !where->tile;
}

static const char *check_join(const Marks *m, const KStmt *s, const Where *where)
{
    if (!is_together(where))
        return complain(m, "joins %s where not all threads of a team come", s->name);
    if (s->mutable_ || (s->op != OP_sum && s->op != OP_prod && s->op != OP_max && s->op != OP_min))
        return complain(m, "has no join that makes %s", s->name);
    return NULL;
}

static const char *check_array(const Marks *m, const KStmt *s, const Where *where)
{
    if (s->shared && (!is_together(where) || where->groups))
        return complain(m, "shares %s, and no team is there", s->buffer->name);
    return NULL;
}

static const char *check_line(const Marks *m, const KStmt *s, const Where *where)
{
    const bool marked = where->grid || where->teams || where->tile;
    if (s->sync && !is_together(where))
        return complain(m, "waits where not all threads of a team come");
    switch (s->kind) {
    case KS_STORE:
        return check_store(m, s, where);
    case KS_LET:
        return s->join ? check_join(m, s, where) : NULL;
    case KS_ARRAY:
        return check_array(m, s, where);
    case KS_GEMM:
    case KS_CONV:
    case KS_ZERO:
    case KS_PRODUCT:
    case KS_PACK:
        return marked ? complain(m, "calls a function of the host's in a loop of threads") : NULL;
    default:
        return NULL;
    }
}

/* ---- loops ---- */

static bool is_team(int threads)
{
    return threads >= GPU_WARP && threads <= GPU_LARGEST_BLOCK && threads % GPU_WARP == 0;
}

static bool is_group(int threads)
{
    return threads >= 2 && threads <= GPU_WARP && (threads & (threads - 1)) == 0;
}

static const char *check_tile(const Marks *m, const KStmt *s, const Where *where)
{
    KTile tile;
    if (where->teams) /* verify_tiled.c looks into it */
        return NULL;
    if (!kstmt_tile(s, &tile))
        return complain(m, "has a loop over %s in tiles that is no product", s->name);
    const TileSize size = gpu_tile_plan(&tile);
    if (!is_team(size.threads) || size.rows % size.high || size.columns % size.wide ||
        size.threads != size.rows / size.high * (size.columns / size.wide) ||
        gpu_tile_shared_bytes(&size, tile.sum->dtype) > SHARED_BYTES)
        return complain(m, "has tiles of %d x %d by %d threads", size.rows, size.columns,
                        size.threads);
    return NULL;
}

/* May a loop with its mark stand here? */
static const char *check_place(const Marks *m, const KStmt *s, const Where *where)
{
    const KStmt *around = m->depth > 0 ? m->loops[m->depth - 1] : NULL;
    bool good = true;
    switch (s->share) {
    case SHARE_NONE:
        if (is_together(where) && !is_uniform(m, s->extent))
            return complain(m, "turns in %s as often as each thread finds for itself",
                            is_test(s) ? "a test" : s->name);
        break;
    case SHARE_GRID:
        good = !around || around->share == SHARE_GRID;
        break;
    case SHARE_TEAMS:
        good = (!around || around->share == SHARE_TEAMS) &&
               (gpu_launch_is_tiles(s) || is_team(s->team)) && (!around || around->team == s->team);
        break;
    case SHARE_GROUPS:
        good = is_together(where) && !where->groups && where->team > GPU_WARP && is_group(s->team);
        break;
    case SHARE_TEAM:
        good = is_together(where);
        break;
    case SHARE_TILE:
        good = !around || around->share == SHARE_TEAMS || (is_together(where) && !where->groups);
        if (good)
            return check_tile(m, s, where);
        break;
    }
    return good ? NULL : complain(m, "cannot share out the turns of %s here", s->name);
}

static const char *check_body(Marks *m, const KStmtVec *body, const Where *where);

static const char *check_loop(Marks *m, const KStmt *s, const Where *where)
{
    const char *why = m->depth < MAX_LOOPS ? check_place(m, s, where) : complain(m, "is too deep");
    if (!why && s->four && !are_fours(m, s))
        why = complain(m, "takes four turns of %s at once whose elements do not lie so", s->name);
    if (why)
        return why;
    Where inside = *where;
    inside.grid |= s->share == SHARE_GRID;
    inside.tile |= s->share == SHARE_TILE;
    inside.turns |= s->share == SHARE_TEAM;
    inside.groups |= s->share == SHARE_GROUPS;
    if (s->share == SHARE_TEAMS && !gpu_launch_is_tiles(s)) {
        inside.teams = true;
        inside.team = s->team;
    }
    m->loops[m->depth++] = s;
    why = check_body(m, &s->body, &inside);
    m->depth--;
    return why;
}

static const char *check_body(Marks *m, const KStmtVec *body, const Where *where)
{
    const char *why = NULL;
    for (int i = 0; i < body->count && !why; i++) {
        why = check_line(m, body->data[i], where);
        if (!why && body->data[i]->kind == KS_FOR)
            why = check_loop(m, body->data[i], where);
    }
    return why;
}

/* ---- launches ---- */

/* Arrays of all teams of a block, and what their joins need. */
static int64_t count_shared(const Launch *launch, const KStmtVec *body)
{
    int64_t bytes = 0;
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->kind == KS_ARRAY && s->shared)
            bytes += s->buffer->bytes * (launch->threads / launch->team);
        bytes += count_shared(launch, &s->body);
    }
    return bytes;
}

static const char *check_launch(const Marks *m, const Launch *launch)
{
    enum { JOINS = 3 * 8 }; /* bytes that a warp leaves for joins: f32, f64 and i64 */
    if (launch->kind != LAUNCH_TEAMS)
        return NULL;
    const int64_t joins = launch->team > GPU_WARP ? launch->team / GPU_WARP * JOINS : 0;
    const int64_t bytes = count_shared(launch, &launch->part->body) + joins;
    if (bytes > SHARED_BYTES)
        return complain(m, "has arrays of %" PRId64 " bytes for the threads of a block", bytes);
    return NULL;
}

const char *verify_marks(Arena *arena, const Kernel *k, bool fast_reductions)
{
    Marks m = {.arena = arena,
               .fast_reductions = fast_reductions,
               .aligned = strmap_new(arena),
               .shared = strmap_new(arena),
               .inside = strmap_new(arena),
               .own = strmap_new(arena)};
    const Where outside = {0};
    do {
        m.grew = false;
        find_own(&m, &k->body, &outside);
    } while (m.grew);
    const char *why = check_body(&m, &k->body, &outside);
    why = why ? why : verify_tiled(arena, k);
    for (int i = 0; i < k->body.count && !why; i++) {
        KStmt *s = k->body.data[i];
        const bool team = s->share == SHARE_TEAMS && !gpu_launch_is_tiles(s);
        const KStmt *late = team ? gpu_missing_sync(arena, s) : NULL;
        if (late)
            why = complain(&m, "does not wait before %s, which another thread may have touched",
                           late->kind == KS_STORE ? late->buffer->name : late->name);
    }
    for (int i = 0; i < k->launches.count && !why; i++)
        why = check_launch(&m, k->launches.data[i]);
    return why;
}
