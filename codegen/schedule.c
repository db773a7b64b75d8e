/* schedule.c -- see schedule.h.
 *
 * In: a routine in the order of its graph.  A kernel, or a whole loop, is a unit; a unit depends on
 * others by what both use.  One unit after the other is moved to the earliest place that its
 * dependencies allow, or to the latest, or up with what it needs, wherever that lowers the peak
 * (or, at the same peak, the sum over time of what is alive), until nothing is gained any more.  So
 * what frees memory moves up (the update of a parameter, behind its gradient) and what takes memory
 * moves down (a value that only the backward pass reads, before that).  A function of the routine
 * alone; never worse than given. */
#include "codegen/schedule.h"

typedef Vec(int) IntVec;

typedef struct Unit {
    int first, end; /* kernels in the order given */
    IntVec before;  /* units that come before it */
    IntVec after;
    IntVec uses;   /* buffers, once each */
    int64_t inner; /* bytes that are alive only within it, at the worst time */
} Unit;

typedef struct Schedule {
    Arena *arena;
    const Routine *r;
    Unit *units;
    int count;
    int *unit_of;       /* by kernel */
    int *order, *place; /* units by position, and back */
    int *old;           /* a part of order, before a move */
    bool *pulled;       /* by position: what is moved */
    /* By buffer: its bytes where it is planned and more than one unit uses it, else 0; alive to the
     * end; when alive, in the order under trial. */
    int64_t *bytes;
    bool *keep;
    int *from, *to;
    int64_t *change; /* by position */
    StrMap *numbers; /* buffers by name, plus one */
    int64_t work;    /* steps of trials so far */
} Schedule;

typedef struct Score {
    int64_t peak, area;
} Score;

static bool is_less(Score a, Score b)
{
    return a.peak != b.peak ? a.peak < b.peak : a.area < b.area;
}

/* ---- units ---- */

static int outermost(const Routine *r, int loop)
{
    while (loop >= 0 && r->loops.data[loop].outer >= 0)
        loop = r->loops.data[loop].outer;
    return loop;
}

static void make_units(Schedule *s)
{
    const Routine *r = s->r;
    for (int k = 0; k < r->kernels.count;) {
        const int loop = outermost(r, r->kernels.data[k]->loop);
        const int end = loop >= 0 ? r->loops.data[loop].end : k + 1;
        const Unit unit = {.first = k, .end = end};
        for (; k < end; k++)
            s->unit_of[k] = s->count;
        s->units[s->count++] = unit;
    }
}

/* The number of a buffer that may be written; -1 for a constant. */
static int number_of(const Schedule *s, const Buffer *b)
{
    const int *number = strmap_get(s->numbers, b->name);
    return b->place == PLACE_CONST || !number ? -1 : *number;
}

static void number_buffers(Schedule *s)
{
    int *numbers = arena_array(s->arena, int, s->r->buffers.count);
    for (int i = 0; i < s->r->buffers.count; i++) {
        numbers[i] = i;
        strmap_set(s->numbers, s->r->buffers.data[i]->name, &numbers[i]);
    }
}

/* ---- dependencies ---- */

typedef struct Uses { /* of one buffer, so far */
    int writer;       /* the unit that wrote it last, or -1 */
    IntVec readers;   /* since then */
    int unit;         /* that noted it last among its uses */
} Uses;

static void depend(Schedule *s, int unit, int on)
{
    Unit *u = &s->units[unit];
    if (on < 0 || on == unit)
        return;
    for (int i = u->before.count - 1; i >= 0 && i >= u->before.count - 8; i--)
        if (u->before.data[i] == on) /* the most usual repetitions; others do no harm */
            return;
    vec_push(s->arena, &u->before, on);
    vec_push(s->arena, &s->units[on].after, unit);
}

static void note_use(Schedule *s, Uses *uses, int unit, int buffer)
{
    if (uses->unit == unit)
        return;
    uses->unit = unit;
    vec_push(s->arena, &s->units[unit].uses, buffer);
}

static void depend_by_reads(Schedule *s, Uses *uses, int unit, const Kernel *k)
{
    for (int i = 0; i < k->reads.count; i++) {
        const int buffer = number_of(s, k->reads.data[i]);
        if (buffer < 0)
            continue;
        depend(s, unit, uses[buffer].writer);
        vec_push(s->arena, &uses[buffer].readers, unit);
        note_use(s, &uses[buffer], unit, buffer);
    }
}

static void depend_by_writes(Schedule *s, Uses *uses, int unit, const Kernel *k)
{
    for (int i = 0; i < k->writes.count; i++) {
        const int buffer = number_of(s, k->writes.data[i]);
        if (buffer < 0)
            continue;
        Uses *of = &uses[buffer];
        depend(s, unit, of->writer);
        for (int j = 0; j < of->readers.count; j++)
            depend(s, unit, of->readers.data[j]);
        of->writer = unit;
        of->readers.count = 0;
        note_use(s, of, unit, buffer);
    }
}

static bool changes_variables(const Kernel *k)
{
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i]->place != PLACE_WORK)
            return true;
    return false;
}

static bool writes(const Kernel *k, const Buffer *b)
{
    for (int i = 0; b && i < k->writes.count; i++)
        if (k->writes.data[i] == b)
            return true;
    return false;
}

/* The first index out of range is the one that is told, so kernels that may find one stay in order;
 * what changes variables stays behind them, and behind the loss. */
static void depend_by_order(Schedule *s)
{
    const Routine *r = s->r;
    int fault = -1, change = -1;
    IntVec changes = {0}, guards = {0};
    for (int k = 0; k < r->kernels.count; k++) {
        const Kernel *kernel = r->kernels.data[k];
        const int unit = s->unit_of[k];
        if (kernel->uses_fault) {
            depend(s, unit, fault);
            depend(s, unit, r->loss ? -1 : change);
            vec_push(s->arena, &guards, unit);
            fault = unit;
        } else if (writes(kernel, r->loss)) {
            vec_push(s->arena, &guards, unit);
        }
        if (!changes_variables(kernel))
            continue;
        vec_push(s->arena, &changes, unit);
        for (int i = 0; i < guards.count; i++)
            depend(s, unit, guards.data[i]);
        change = unit;
    }
}

static void find_dependencies(Schedule *s)
{
    Uses *uses = arena_array(s->arena, Uses, s->r->buffers.count);
    for (int i = 0; i < s->r->buffers.count; i++)
        uses[i].writer = uses[i].unit = -1;
    for (int k = 0; k < s->r->kernels.count; k++) {
        depend_by_reads(s, uses, s->unit_of[k], s->r->kernels.data[k]);
        depend_by_writes(s, uses, s->unit_of[k], s->r->kernels.data[k]);
    }
    depend_by_order(s);
}

/* ---- sizes ---- */

/* Bytes of the buffers that no other unit uses, at the unit's worst kernel. */
static void find_inner(Schedule *s, const int *users)
{
    for (int u = 0; u < s->count; u++) {
        Unit *unit = &s->units[u];
        for (int k = unit->first; k < unit->end; k++) {
            int64_t alive = 0;
            for (int i = 0; i < unit->uses.count; i++) {
                const Buffer *b = s->r->buffers.data[unit->uses.data[i]];
                if (b->place == PLACE_WORK && users[unit->uses.data[i]] == 1 && b->first <= k &&
                    k <= b->last)
                    alive += b->bytes;
            }
            unit->inner = alive > unit->inner ? alive : unit->inner;
        }
    }
}

static void find_sizes(Schedule *s)
{
    int *users = arena_array(s->arena, int, s->r->buffers.count);
    for (int u = 0; u < s->count; u++)
        for (int i = 0; i < s->units[u].uses.count; i++)
            users[s->units[u].uses.data[i]]++;
    for (int i = 0; i < s->r->buffers.count; i++) {
        const Buffer *b = s->r->buffers.data[i];
        s->keep[i] = b->keep;
        users[i] += b->keep && users[i] == 1; /* it outlives its only user */
    }
    for (int i = 0; i < s->r->commits.count; i++) {
        const int buffer = number_of(s, s->r->commits.data[i].from);
        s->keep[buffer] = true;
        users[buffer] += users[buffer] == 1;
    }
    for (int i = 0; i < s->r->buffers.count; i++) {
        const Buffer *b = s->r->buffers.data[i];
        s->bytes[i] = b->place == PLACE_WORK && users[i] > 1 ? b->bytes : 0;
    }
    find_inner(s, users);
}

/* ---- the worth of an order ---- */

static void find_times(Schedule *s)
{
    for (int i = 0; i < s->r->buffers.count; i++) {
        s->from[i] = s->count;
        s->to[i] = s->keep[i] ? s->count : -1;
    }
    for (int at = 0; at < s->count; at++) {
        const IntVec *uses = &s->units[s->order[at]].uses;
        for (int i = 0; i < uses->count; i++) {
            const int buffer = uses->data[i];
            s->from[buffer] = at < s->from[buffer] ? at : s->from[buffer];
            s->to[buffer] = at > s->to[buffer] ? at : s->to[buffer];
        }
        s->work += uses->count + 1;
    }
}

static Score score_order(Schedule *s)
{
    Score score = {0};
    find_times(s);
    s->work += s->r->buffers.count;
    for (int at = 0; at <= s->count + 1; at++)
        s->change[at] = 0;
    for (int i = 0; i < s->r->buffers.count; i++) {
        if (s->bytes[i] == 0 || s->from[i] > s->to[i])
            continue;
        s->change[s->from[i]] += s->bytes[i];
        s->change[s->to[i] + 1] -= s->bytes[i];
    }
    int64_t alive = 0;
    for (int at = 0; at <= s->count; at++) {
        alive += s->change[at];
        const int64_t now = alive + (at < s->count ? s->units[s->order[at]].inner : 0);
        score.peak = now > score.peak ? now : score.peak;
        score.area += alive;
    }
    return score;
}

/* ---- moves ---- */

static void move_unit(Schedule *s, int from, int to)
{
    const int unit = s->order[from], step = to > from ? 1 : -1;
    for (int at = from; at != to; at += step) {
        s->order[at] = s->order[at + step];
        s->place[s->order[at]] = at;
    }
    s->order[to] = unit;
    s->place[unit] = to;
}

static int earliest_place(const Schedule *s, int unit)
{
    int place = 0;
    for (int i = 0; i < s->units[unit].before.count; i++) {
        const int after = s->place[s->units[unit].before.data[i]] + 1;
        place = after > place ? after : place;
    }
    return place;
}

static int latest_place(const Schedule *s, int unit)
{
    int place = s->count - 1;
    for (int i = 0; i < s->units[unit].after.count; i++) {
        const int before = s->place[s->units[unit].after.data[i]] - 1;
        place = before < place ? before : place;
    }
    return place;
}

static bool try_move(Schedule *s, int unit, int to, Score *best)
{
    const int from = s->place[unit];
    if (to == from)
        return false;
    move_unit(s, from, to);
    const Score score = score_order(s);
    if (is_less(score, *best)) {
        *best = score;
        return true;
    }
    move_unit(s, to, from);
    return false;
}

/* ---- moves of several ---- */

/* The unit and whatever it needs from [to, its place) come there, in their order; what was there
 * moves down.  *old gets the order before. */
static void pull_up(Schedule *s, int unit, int to, int *old)
{
    const int from = s->place[unit];
    int moved = 0, stays = 0;
    s->pulled[from] = true;
    for (int at = from - 1; at >= to; at--) {
        const IntVec *after = &s->units[s->order[at]].after;
        s->pulled[at] = false;
        for (int i = 0; i < after->count && !s->pulled[at]; i++) {
            const int place = s->place[after->data[i]];
            s->pulled[at] = place <= from && s->pulled[place];
        }
    }
    for (int at = to; at <= from; at++) {
        old[at - to] = s->order[at];
        moved += s->pulled[at];
    }
    for (int at = to, up = to; at <= from; at++) {
        const int place = s->pulled[at] ? up++ : to + moved + stays++;
        s->order[place] = old[at - to];
    }
    for (int at = to; at <= from; at++)
        s->place[s->order[at]] = at;
    s->work += from - to;
}

static bool try_pull(Schedule *s, int unit, int to, Score *best)
{
    const int from = s->place[unit];
    if (to >= from)
        return false;
    pull_up(s, unit, to, s->old);
    const Score score = score_order(s);
    if (is_less(score, *best)) {
        *best = score;
        return true;
    }
    for (int at = to; at <= from; at++) {
        s->order[at] = s->old[at - to];
        s->place[s->order[at]] = at;
    }
    return false;
}

/* Behind each of what it needs, together with the rest of that: the product that takes a gradient
 * and a value made again comes up to the gradient, and brings the value. */
static bool pull_unit(Schedule *s, int unit, Score *best)
{
    enum { MOST = 12 };
    const IntVec *before = &s->units[unit].before;
    bool better = false;
    for (int i = 0; i < before->count && i < MOST; i++)
        better |= try_pull(s, unit, s->place[before->data[i]] + 1, best);
    return better;
}

/* Consumers before their producers, so that a chain moves down link by link; then up; then up
 * with what they need. */
static bool improve(Schedule *s, Score *best)
{
    bool better = false;
    for (int unit = s->count - 1; unit >= 0; unit--)
        better |= try_move(s, unit, latest_place(s, unit), best);
    for (int unit = 0; unit < s->count; unit++)
        better |= try_move(s, unit, earliest_place(s, unit), best);
    for (int unit = 0; unit < s->count; unit++)
        better |= pull_unit(s, unit, best);
    return better;
}

bool schedule_find(const Routine *r, Arena *arena, KernelVec *order)
{
    enum { ROUNDS = 8 };
    static const int64_t patience = 400 * 1000 * 1000; /* steps: a second */
    const int kernels = r->kernels.count, buffers = r->buffers.count;
    Schedule s = {.arena = arena,
                  .r = r,
                  .units = arena_array(arena, Unit, kernels),
                  .unit_of = arena_array(arena, int, kernels),
                  .order = arena_array(arena, int, kernels),
                  .place = arena_array(arena, int, kernels),
                  .old = arena_array(arena, int, kernels),
                  .pulled = arena_array(arena, bool, kernels),
                  .bytes = arena_array(arena, int64_t, buffers),
                  .keep = arena_array(arena, bool, buffers),
                  .from = arena_array(arena, int, buffers),
                  .to = arena_array(arena, int, buffers),
                  .change = arena_array(arena, int64_t, kernels + 2),
                  .numbers = strmap_new(arena)};
    make_units(&s);
    number_buffers(&s);
    find_dependencies(&s);
    find_sizes(&s);
    for (int i = 0; i < s.count; i++)
        s.order[i] = s.place[i] = i;
    Score best = score_order(&s);
    bool better = false, again = true;
    for (int round = 0; round < ROUNDS && again && s.work < patience; round++) {
        again = improve(&s, &best);
        better |= again;
    }
    order->count = 0;
    for (int at = 0; at < s.count; at++)
        for (int k = s.units[s.order[at]].first; k < s.units[s.order[at]].end; k++)
            vec_push(arena, order, r->kernels.data[k]);
    return better;
}

/* ---- the routine ---- */

void schedule_apply(Routine *r, const KernelVec *order)
{
    for (int n = 0; n < r->loops.count; n++)
        r->loops.data[n].first = r->loops.data[n].end = -1;
    for (int k = 0; k < order->count; k++) {
        r->kernels.data[k] = order->data[k];
        for (int n = order->data[k]->loop; n >= 0; n = r->loops.data[n].outer) {
            Loop *loop = &r->loops.data[n];
            loop->first = loop->first < 0 ? k : loop->first;
            loop->end = k + 1;
        }
    }
}
