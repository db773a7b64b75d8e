/* team.c -- routines that several threads go through together, and where they wait.
 *
 * In: a routine's kernels, in order.  Out: the number of threads that gain by it; the kernels that
 * are split (split.c); and barriers, as few as will do:
 *
 *     k_hidden  split by rows            writes its rows of h
 *     k_logits  split by rows            reads its rows of h: no barrier
 *     k_loss    the first thread alone   reads all of them: a barrier before
 *
 * A barrier is needed before a phase that touches bytes which another thread may have touched, one
 * of both writing, since the last barrier.  Memory is planned by then, so that buffers that take
 * each other's place count as what they are: the same bytes. */
#include "codegen/team.h"

#include "codegen/kexpr.h"
#include "codegen/split.h"
#include "codegen/touch.h"
#include "support/checked.h"

enum {
    TEAM_LEAST = 25000, /* nanoseconds of shared work that are worth starting threads */
    THREAD_LEAST = 5000 /* that are worth one more */
};

/* ---- who gains ---- */

/* A library that has threads of its own fights with those that wait for it. */
static bool calls_library(const Routine *r)
{
    for (int k = 0; k < r->kernels.count; k++)
        for (int i = 0; i < r->kernels.data[k]->body.count; i++)
            if (r->kernels.data[k]->body.data[i]->kind == KS_GEMM)
                return true;
    return false;
}

static int64_t all_turns(const Routine *r, int loop)
{
    int64_t turns = 1;
    for (; loop >= 0; loop = r->loops.data[loop].outer)
        if (!checked_mul(turns, r->loops.data[loop].turns, &turns))
            return INT64_MAX;
    return turns;
}

static int64_t shared_nanoseconds(const Routine *r)
{
    int64_t total = 0, all;
    for (int k = 0; k < r->kernels.count; k++) {
        const Kernel *kernel = r->kernels.data[k];
        if (kernel->split &&
            (!checked_mul(split_nanoseconds(kernel), all_turns(r, kernel->loop), &all) ||
             !checked_add(total, all, &total)))
            return INT64_MAX;
    }
    return total;
}

void team_split(Lowering *l)
{
    enum { MOST = 1024 };
    Routine *r = l->routine;
    r->threads = 1;
    if (l->options->threads == THREADS_NONE || l->options->target != TARGET_C || calls_library(r))
        return;
    for (int k = 0; k < r->kernels.count; k++)
        split_kernel(l, r->kernels.data[k]);
    const int64_t shared =
        l->options->threads == THREADS_ALWAYS ? INT64_MAX : shared_nanoseconds(r);
    if (shared < TEAM_LEAST)
        return;
    r->threads = shared / THREAD_LEAST < MOST ? (int)(shared / THREAD_LEAST) : MOST;
    l->program->uses_threads = true;
}

void team_finish(Program *p)
{
    for (int i = 0; i < p->routines.count && !p->uses_threads; i++)
        for (int k = 0; k < p->routines.data[i]->kernels.count; k++)
            split_undo(p->routines.data[i]->kernels.data[k]);
}

/* ---- what has been touched ---- */

static bool any_conflict(const Touches *before, const Touches *now)
{
    for (int i = 0; i < before->count; i++)
        for (int k = 0; k < now->count; k++)
            if (touch_conflicts(&before->data[i], &now->data[k]))
                return true;
    return false;
}

static void add_all(Arena *arena, Touches *to, const Touches *from)
{
    for (int i = 0; i < from->count; i++)
        vec_push(arena, to, from->data[i]);
}

/* ---- parts ---- */

static void visit_split(KStmtVec *body, void (*visit)(KStmt *loop, void *context), void *context)
{
    for (int i = 0; i < body->count; i++) {
        if (body->data[i]->parallel)
            visit(body->data[i], context);
        visit_split(&body->data[i]->body, visit, context);
    }
}

typedef struct Grain {
    const KExpr *extent;
    int64_t most;
} Grain;

static void find_grain(KStmt *loop, void *context)
{
    enum { PARTS = 8 }; /* fewer would leave threads without any */
    Grain *g = context;
    if (kexpr_equal(loop->extent, g->extent) && loop->step > g->most &&
        loop->step <= loop->extent->high / PARTS)
        g->most = loop->step;
}

static void set_grain(KStmt *loop, void *context)
{
    const Routine *r = context;
    Grain g = {loop->extent, 1};
    for (int k = 0; k < r->kernels.count; k++)
        visit_split(&r->kernels.data[k]->body, find_grain, &g);
    loop->grain = g.most % loop->step == 0 ? g.most : loop->step;
}

/* Loops over as many turns are parted alike, so that rows keep their owners: where one of them goes
 * in blocks, all parts begin with such a block, if there are blocks enough. */
static void choose_grains(Routine *r)
{
    for (int k = 0; k < r->kernels.count; k++)
        visit_split(&r->kernels.data[k]->body, set_grain, r);
}

/* ---- within a kernel ---- */

typedef struct Phases {
    Arena *arena;
    Touches open;  /* since the last barrier */
    Touches first; /* before the first that surely stands there */
    bool passed;   /* such a barrier */
    int idle;      /* loops around the phase that may not turn at all */
} Phases;

static void stand_before(Phases *p, KStmt *s)
{
    s->barrier = true;
    if (p->idle > 0)
        return; /* perhaps it is never come to */
    p->open.count = 0;
    p->passed = true;
}

static bool surely_turns(const KExpr *extent)
{
    return extent->kind == KE_BATCH || extent->low > 0;
}

static void visit_phase(Phases *p, KStmt *s)
{
    Touches touches = {0};
    touch_statement(p->arena, &touches, s, s->parallel ? s : NULL, s->single ? BY_ONE : BY_ALL);
    if (s->barrier || any_conflict(&p->open, &touches))
        stand_before(p, s);
    add_all(p->arena, &p->open, &touches);
    if (!p->passed)
        add_all(p->arena, &p->first, &touches);
}

static bool has_split(const KStmt *s)
{
    for (int i = 0; i < s->body.count; i++)
        if (s->body.data[i]->parallel || has_split(s->body.data[i]))
            return true;
    return false;
}

static void visit_phases(Phases *p, KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        KStmt *s = body->data[i];
        if (s->parallel || s->single || !has_split(s)) {
            visit_phase(p, s);
            continue;
        }
        const int idle = !surely_turns(s->extent);
        p->idle += idle;
        for (int turn = 0; turn < 2; turn++) /* in the second, what the one before has left */
            visit_phases(p, &s->body);
        p->idle -= idle;
    }
}

/* ---- between kernels ---- */

typedef struct Walk {
    Arena *arena;
    Routine *routine;
    Touches open;
    bool asked; /* since the last barrier threads have asked for a fault */
} Walk;

static void kernel_touches(const Walk *w, const Kernel *kernel, Touches *touches)
{
    for (int i = 0; i < kernel->body.count; i++)
        touch_statement(w->arena, touches, kernel->body.data[i], NULL, BY_ONE);
}

static void clear(Walk *w)
{
    w->open.count = 0;
    w->asked = false;
}

/* Behind a kernel that may find a fault, all wait and ask; before the next of its kind they wait
 * again, lest one asks late and sees the fault of that. */
static void visit_kernel(Walk *w, Kernel *kernel)
{
    Phases p = {.arena = w->arena};
    if (kernel->split) {
        visit_phases(&p, &kernel->body);
    } else {
        kernel_touches(w, kernel, &p.first);
        p.open = p.first;
    }
    if (kernel->barrier || any_conflict(&w->open, &p.first) || (kernel->uses_fault && w->asked)) {
        kernel->barrier = true;
        clear(w);
    }
    if (p.passed)
        clear(w);
    add_all(w->arena, &w->open, &p.open);
    if (kernel->uses_fault) {
        clear(w);
        w->asked = true;
    }
}

static bool must_wait(Walk *w, const Buffer *b, bool write, Toucher by)
{
    Touches touches = {0};
    touch_buffer(w->arena, &touches, b, write, by);
    return any_conflict(&w->open, &touches);
}

static void visit_guard(Walk *w)
{
    Routine *r = w->routine;
    if (!r->loss)
        return;
    r->guard_barrier = must_wait(w, r->loss, false, BY_ALL);
    if (r->guard_barrier)
        clear(w);
    touch_buffer(w->arena, &w->open, r->loss, false, BY_ALL);
}

static void visit_commits(Walk *w)
{
    Routine *r = w->routine;
    for (int i = 0; i < r->commits.count; i++)
        r->commit_barrier |= must_wait(w, r->commits.data[i].from, false, BY_ONE) ||
                             must_wait(w, r->commits.data[i].to, true, BY_ONE);
}

/* The loop of those right within `outer` that begins with this kernel, or -1. */
static int loop_at(const Routine *r, int position, int outer)
{
    for (int n = 0; n < r->loops.count; n++)
        if (r->loops.data[n].outer == outer && r->loops.data[n].first == position)
            return n;
    return -1;
}

static void visit_kernels(Walk *w, int first, int end, int outer)
{
    const Routine *r = w->routine;
    for (int k = first; k < end; k++) {
        const int loop = loop_at(r, k, outer);
        if (outer < 0 && k == r->guard)
            visit_guard(w);
        if (loop < 0) {
            visit_kernel(w, r->kernels.data[k]);
            continue;
        }
        for (int turn = 0; turn < 2; turn++) /* in the second, what the one before has left */
            visit_kernels(w, r->loops.data[loop].first, r->loops.data[loop].end, loop);
        k = r->loops.data[loop].end - 1;
    }
}

void team_place_barriers(Arena *arena, Routine *r)
{
    Walk w = {.arena = arena, .routine = r};
    choose_grains(r);
    for (int k = 0; k < r->kernels.count; k++) {
        Phases p = {.arena = arena};
        if (r->kernels.data[k]->split)
            visit_phases(&p, &r->kernels.data[k]->body);
    }
    if (r->threads == 1)
        return;
    visit_kernels(&w, 0, r->kernels.count, -1);
    if (r->guard == r->kernels.count)
        visit_guard(&w);
    visit_commits(&w);
}
