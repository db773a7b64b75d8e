/* gpu_sync.c -- where the threads of a team wait for each other.
 *
 *     for (j ..) t_e[j] = ..             share = SHARE_TEAM
 *     for (j ..) y[j] = t_e[j] / s       the same thread has made t_e[j]: no wait
 *     first = t_e[0]                     sync: all threads read what the first one has made
 *
 * Accesses since the last wait are kept; a statement that meets one of them which another thread
 * may have made, one of the two being a store, waits.  Two meet where they are of one buffer, but
 * for the same element in turns of the same number: those are one thread's. */
#include <string.h>

#include "codegen/gpu.h"
#include "codegen/kexpr.h"

typedef struct Access {
    const Buffer *buffer;
    const KExpr *place;
    const KStmt *loop; /* of SHARE_TEAM, that it stands in; NULL: none, and it is done */
    bool store, first; /* first: by the first thread alone, for what that stores */
} Access;

typedef struct Syncs {
    Arena *arena;
    Vec(Access) made;        /* since the last wait */
    Vec(Access) here;        /* by the statement at hand */
    Vec(const Buffer *) own; /* arrays of which each thread has its own */
    bool only_looks;         /* marks are left as they are, and the first that lacks is kept: */
    const KStmt *missing;
} Syncs;

/* ---- what a statement touches ---- */

static bool is_seen_by_others(const Syncs *s, const Buffer *b)
{
    for (int i = 0; i < s->own.count; i++)
        if (s->own.data[i] == b)
            return false;
    return b->place == PLACE_WORK || b->place == PLACE_VARS || b->place == PLACE_LOCAL;
}

static void note_loads(Syncs *s, const KExpr *x, const KStmt *loop, bool first)
{
    if (x->kind == KE_LOAD && is_seen_by_others(s, x->buffer))
        vec_push(s->arena, &s->here, ((Access){x->buffer, x->args[0], loop, false, first}));
    for (int i = 0; i < x->arity; i++)
        note_loads(s, x->args[i], loop, first);
}

static void note_stmt(Syncs *s, const KStmt *st, const KStmt *loop)
{
    const KExpr *const all[] = {st->extent, st->index, st->value};
    if (st->kind == KS_ARRAY && !st->shared)
        vec_push(s->arena, &s->own, st->buffer);
    const bool stores = st->kind == KS_STORE && is_seen_by_others(s, st->buffer);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i])
            note_loads(s, all[i], loop, stores && !loop);
    if (stores)
        vec_push(s->arena, &s->here, ((Access){st->buffer, st->index, loop, true, !loop}));
    for (int i = 0; i < st->body.count; i++)
        note_stmt(s, st->body.data[i], loop);
}

/* ---- who touches it ---- */

static const KExpr *behind_locals(const KExpr *x)
{
    while (x->kind == KE_TEMP && x->held)
        x = x->held;
    return x;
}

/* The same number in turns of the same number? */
static bool same_place(const KExpr *x, const KStmt *of_x, const KExpr *y, const KStmt *of_y)
{
    x = behind_locals(x);
    y = behind_locals(y);
    if (x->kind == KE_INDEX && y->kind == KE_INDEX) {
        const bool turn = strcmp(x->name, of_x->name) == 0;
        if (turn || strcmp(y->name, of_y->name) == 0)
            return turn && strcmp(y->name, of_y->name) == 0;
        return strcmp(x->name, y->name) == 0;
    }
    if (x->kind != y->kind || x->arity != y->arity || x->int_op != y->int_op || x->op != y->op ||
        x->arity == 0 || x->kind == KE_LOAD)
        return kexpr_equal(x, y);
    for (int i = 0; i < x->arity; i++)
        if (!same_place(x->args[i], of_x, y->args[i], of_y))
            return false;
    return true;
}

static bool have_same_turns(const KStmt *a, const KStmt *b)
{
    return a->share == SHARE_TEAM && b->share == SHARE_TEAM &&
           same_place(a->extent, a, b->extent, b);
}

static bool meet(const Access *a, const Access *b)
{
    if (a->buffer != b->buffer || (!a->store && !b->store))
        return false;
    if (!a->loop && !b->loop)
        return !(a->first && b->first);
    return !a->loop || !b->loop || !have_same_turns(a->loop, b->loop) ||
           !same_place(a->place, a->loop, b->place, b->loop);
}

static void take_stmt(Syncs *s, KStmt *st)
{
    bool wait = st->sync;
    for (int i = 0; i < s->here.count && !wait; i++)
        for (int k = 0; k < s->made.count && !wait; k++)
            wait = meet(&s->here.data[i], &s->made.data[k]);
    if (wait)
        s->made.count = 0;
    if (wait && !st->sync && !s->missing)
        s->missing = st;
    st->sync |= wait && !s->only_looks;
    for (int i = 0; i < s->here.count; i++)
        vec_push(s->arena, &s->made, s->here.data[i]);
}

static void place_in(Syncs *s, const KStmtVec *body);

/* Within its turns, one after the other, a group waits for its own threads alone. */
static void place_in_groups(Syncs *s, const KStmt *loop)
{
    Syncs group = {
        .arena = s->arena, .own = s->own, .only_looks = s->only_looks, .missing = s->missing};
    place_in(&group, &loop->body);
    place_in(&group, &loop->body);
    s->missing = group.missing;
}

/* A loop that each thread goes through by itself is looked at twice: the second turn meets the
 * first. */
static void place_in(Syncs *s, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        KStmt *st = body->data[i];
        const bool shared = st->kind == KS_FOR && st->share != SHARE_NONE;
        if (st->kind == KS_FOR && !shared) {
            place_in(s, &st->body);
            place_in(s, &st->body);
            continue;
        }
        if (st->share == SHARE_GROUPS)
            place_in_groups(s, st);
        s->here.count = 0;
        note_stmt(s, st, shared ? st : NULL);
        take_stmt(s, st);
    }
}

/* One turn of a team: behind it all threads wait where it has arrays, if there is another
 * (print_cuda.c). */
static void place_all(Syncs *s, const KStmt *teams)
{
    while (teams->body.count == 1 && teams->body.data[0]->share == SHARE_TEAMS)
        teams = teams->body.data[0];
    place_in(s, &teams->body);
}

void gpu_place_syncs(Arena *arena, KStmt *teams)
{
    place_all(&(Syncs){.arena = arena}, teams);
}

const KStmt *gpu_missing_sync(Arena *arena, const KStmt *teams)
{
    Syncs s = {.arena = arena, .only_looks = true};
    place_all(&s, teams);
    return s.missing;
}
