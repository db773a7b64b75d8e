/* place.c -- see place.h.
 *
 * Spans are placed one after the other, each where it overlaps none of those placed before that
 * are alive together with it: in the lowest such gap, or in the smallest.  Which order is best
 * depends on the program (large ones first, long-lived ones first, by time ...), so all are tried.
 * Then what sticks out at the top is placed first, and all others anew, as long as that helps; at
 * last some hundred small changes of the best order, by a generator that always begins alike. */
#include "codegen/place.h"

#include <stdlib.h>

#include "support/checked.h"

typedef enum Order { BY_SIZE, BY_AREA, BY_DURATION, BY_START, BY_END, ORDERS } Order;
enum { PROMOTIONS = 48, MANY = 1500 }; /* beyond so many spans only a few placements are tried */

typedef struct Placing {
    Arena *arena;
    const Span *spans;
    int count;
    int *order;      /* positions in spans */
    int *placed;     /* the same, of those placed so far, by offset */
    int64_t *offset; /* of each span, in this try */
} Placing;

/* ---- room ---- */

int64_t place_room(int64_t bytes)
{
    enum { SMALL = 8 << 10, LARGE = 64 << 10 };
    /* Odd numbers of cache lines: 64 tensors of a size that is a multiple of 4 KiB begin at 64
     * different places of a page. */
    const int64_t lines = bytes >= LARGE ? 17 : bytes >= SMALL ? 3 : 0;
    int64_t room;
    if (!checked_align(bytes, PLACE_ALIGNMENT, &room) ||
        !checked_add(room, lines * PLACE_ALIGNMENT, &room))
        return -1;
    return room;
}

/* ---- the lower bound ---- */

int64_t place_least(Arena *arena, const Span *spans, int count)
{
    int end = 0;
    for (int i = 0; i < count; i++)
        end = spans[i].last > end ? spans[i].last : end;
    int64_t *change = arena_array(arena, int64_t, end + 2), alive = 0, most = 0, sum = 0;
    for (int i = 0; i < count; i++) {
        if (!checked_add(sum, spans[i].bytes, &sum))
            return -1;
        change[spans[i].first] += spans[i].bytes;
        change[spans[i].last + 1] -= spans[i].bytes;
    }
    for (int time = 0; time <= end; time++) {
        alive += change[time];
        most = alive > most ? alive : most;
    }
    return most;
}

/* ---- orders ---- */

typedef struct Key {
    int64_t large, small; /* large ones come first, then small ones */
    int position;
} Key;

static int compare_keys(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    if (x->large != y->large)
        return x->large < y->large ? 1 : -1;
    if (x->small != y->small)
        return x->small < y->small ? -1 : 1;
    return x->position - y->position;
}

static Key key_of(const Span *s, int position, Order order)
{
    const int64_t duration = s->last - s->first + 1;
    int64_t area;
    switch (order) {
    case BY_SIZE:
        return (Key){s->bytes, s->first, position};
    case BY_AREA:
        return (Key){checked_mul(s->bytes, duration, &area) ? area : INT64_MAX, s->first, position};
    case BY_DURATION:
        return (Key){duration, -s->bytes, position};
    case BY_START:
        return (Key){-(int64_t)s->first, -s->bytes, position};
    default:
        return (Key){s->last, -s->bytes, position};
    }
}

static void sort_spans(Placing *p, Order order)
{
    Key *keys = arena_array(p->arena, Key, p->count);
    for (int i = 0; i < p->count; i++)
        keys[i] = key_of(&p->spans[i], i, order);
    qsort(keys, (size_t)p->count, sizeof *keys, compare_keys);
    for (int i = 0; i < p->count; i++)
        p->order[i] = keys[i].position;
}

/* ---- one try ---- */

static bool are_alive_together(const Span *a, const Span *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Where the span goes, among those placed. */
static int64_t find_gap(const Placing *p, int placed, int span, bool smallest)
{
    const Span *s = &p->spans[span];
    int64_t end = 0, best = -1, least = INT64_MAX; /* end: of what lies below */
    for (int i = 0; i < placed; i++) {
        const int other = p->placed[i];
        if (!are_alive_together(s, &p->spans[other]))
            continue;
        const int64_t gap = p->offset[other] - end;
        if (gap >= s->bytes && gap < least) {
            best = end;
            least = gap;
            if (!smallest)
                return best;
        }
        const int64_t top = p->offset[other] + p->spans[other].bytes;
        end = top > end ? top : end;
    }
    return best >= 0 ? best : end;
}

/* Places all in the order given; the bytes needed.  The sum of all sizes fits, so no offset
 * overflows. */
static int64_t place_in_order(Placing *p, bool smallest)
{
    int64_t total = 0;
    for (int i = 0; i < p->count; i++) {
        const int span = p->order[i];
        const int64_t at = find_gap(p, i, span, smallest);
        int k = i;
        for (; k > 0 && p->offset[p->placed[k - 1]] > at; k--)
            p->placed[k] = p->placed[k - 1];
        p->placed[k] = span;
        p->offset[span] = at;
        if (at + p->spans[span].bytes > total)
            total = at + p->spans[span].bytes;
    }
    return total;
}

/* ---- the best of them ---- */

typedef struct Best {
    int64_t total; /* -1: none yet */
    int64_t *offset;
    int *order;
    bool smallest;
} Best;

static bool try_order(Placing *p, Best *best, bool smallest)
{
    const int64_t total = place_in_order(p, smallest);
    if (best->total >= 0 && total >= best->total)
        return false;
    best->total = total;
    best->smallest = smallest;
    for (int i = 0; i < p->count; i++) {
        best->offset[i] = p->offset[i];
        best->order[i] = p->order[i];
    }
    return true;
}

/* The best order again, with the spans first that reach the top. */
static void promote_top(Placing *p, const Best *best)
{
    int first = 0, rest = 0;
    for (int i = 0; i < p->count; i++) {
        const int span = best->order[i];
        first += best->offset[span] + p->spans[span].bytes == best->total;
    }
    for (int i = 0, top = 0; i < p->count; i++) {
        const int span = best->order[i];
        const bool reaches = best->offset[span] + p->spans[span].bytes == best->total;
        p->order[reaches ? top++ : first + rest++] = span;
    }
}

/* The best order so far, changed at random: two spans change places, or one comes first.  Equal
 * results are taken too, so that the search goes on from somewhere else. */
static void try_changes(Placing *p, Best *best, int64_t least)
{
    enum { TRIES = 400, WORK = 20 * 1000 * 1000 };
    const int64_t each = (int64_t)p->count * p->count, most = each > 0 ? WORK / each : 0;
    const int64_t enough = least + least / 256;
    uint64_t state = 1;
    for (int i = 0; i < TRIES && i < most && best->total > enough; i++) {
        int64_t total = best->total;
        for (int k = 0; k < p->count; k++)
            p->order[k] = best->order[k];
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const int from = (int)((state >> 33) % (uint64_t)p->count);
        const int to = (state >> 20) % 4 == 0 ? 0 : (int)((state >> 10) % (uint64_t)p->count);
        const int moved = p->order[from];
        p->order[from] = p->order[to];
        p->order[to] = moved;
        best->total = total + 1; /* as good is good enough */
        if (!try_order(p, best, (state >> 18) % 4 == 0 ? !best->smallest : best->smallest))
            best->total = total;
    }
}

int64_t place_spans(Arena *arena, Span *spans, int count)
{
    const int64_t least = place_least(arena, spans, count);
    if (least <= 0)
        return place_apart(spans, count);
    Placing p = {arena,
                 spans,
                 count,
                 arena_array(arena, int, count),
                 arena_array(arena, int, count),
                 arena_array(arena, int64_t, count)};
    Best best = {-1, arena_array(arena, int64_t, count), arena_array(arena, int, count), false};
    const int tries = count > MANY ? 2 : 2 * ORDERS;
    for (int i = 0; i < tries && best.total != least; i++) {
        sort_spans(&p, (Order)(i / 2));
        try_order(&p, &best, i % 2 == 1);
    }
    for (int i = 0; i < PROMOTIONS && count <= MANY && best.total != least; i++) {
        promote_top(&p, &best);
        if (!try_order(&p, &best, best.smallest))
            break;
    }
    try_changes(&p, &best, least);
    for (int i = 0; i < count; i++)
        spans[i].offset = best.offset[i];
    return best.total;
}

int64_t place_apart(Span *spans, int count)
{
    int64_t total = 0;
    for (int i = 0; i < count; i++) {
        spans[i].offset = total;
        if (!checked_add(total, spans[i].bytes, &total))
            return -1;
    }
    return total;
}
