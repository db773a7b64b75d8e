/* lifetime.c -- from which kernel to which a work buffer is alive, and how much is at once.
 *
 *     kernel 0 writes h1            h1 0 .. 1
 *     kernel 1 reads h1, writes h2  h2 1 .. 2      at kernel 1 both are alive
 *
 * A result is alive to the end: at a position behind the last kernel. */
#include "codegen/plan.h"

static void note_use(Buffer *b, int position)
{
    if (b->place != PLACE_WORK)
        return;
    if (b->first < 0 || position < b->first)
        b->first = position;
    if (position > b->last)
        b->last = position;
}

/* Is the loop, or one around it, the one in whose turns the buffer is made? */
static bool is_made_within(const Routine *r, const Buffer *b, int loop)
{
    for (int home = b->loop; home >= 0; home = r->loops.data[home].outer)
        if (home == loop)
            return true;
    return false;
}

/* What a turn takes from outside, or leaves to the next one, is alive in all of them. */
static void extend_over(const Routine *r, const Loop *loop, int number, const BufferVec *used)
{
    for (int i = 0; i < used->count; i++) {
        if (is_made_within(r, used->data[i], number))
            continue;
        note_use(used->data[i], loop->first);
        note_use(used->data[i], loop->end - 1);
    }
}

static void extend_lifetimes(const Routine *r)
{
    for (int n = 0; n < r->loops.count; n++) {
        const Loop *loop = &r->loops.data[n];
        for (int k = loop->first; k < loop->end; k++) {
            extend_over(r, loop, n, &r->kernels.data[k]->reads);
            extend_over(r, loop, n, &r->kernels.data[k]->writes);
        }
    }
}

void plan_lifetimes(Routine *r)
{
    for (int i = 0; i < r->buffers.count; i++)
        r->buffers.data[i]->first = r->buffers.data[i]->last = -1;
    for (int k = 0; k < r->kernels.count; k++) {
        const Kernel *kernel = r->kernels.data[k];
        for (int i = 0; i < kernel->reads.count; i++)
            note_use(kernel->reads.data[i], k);
        for (int i = 0; i < kernel->writes.count; i++)
            note_use(kernel->writes.data[i], k);
    }
    extend_lifetimes(r);
    for (int i = 0; i < r->commits.count; i++)
        note_use(r->commits.data[i].from, r->kernels.count);
    for (int i = 0; i < r->buffers.count; i++)
        if (r->buffers.data[i]->keep)
            note_use(r->buffers.data[i], r->kernels.count);
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *part = r->buffers.data[i];
        if (part->inside && part->first >= 0) { /* it has its place as long as one of its parts */
            note_use(part->inside, part->first);
            note_use(part->inside, part->last);
        }
    }
}

/* Bytes that lie over an operand which is alive as well while they are made. */
static int64_t shared_bytes(const Buffer *b)
{
    return b->over ? b->bytes : 0;
}

int64_t plan_peak(const Routine *r, Arena *arena, int *position)
{
    const int times = r->kernels.count + 1;
    int64_t *change = arena_array(arena, int64_t, times + 1), alive = 0, most = 0;
    *position = 0;
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (b->place != PLACE_WORK || b->first < 0 || b->inside)
            continue;
        change[b->first] += b->bytes - shared_bytes(b);
        change[b->first + 1] += shared_bytes(b);
        change[b->last + 1] -= b->bytes;
    }
    for (int time = 0; time < times; time++) {
        alive += change[time];
        if (alive > most) {
            most = alive;
            *position = time;
        }
    }
    return most;
}
