/* plan.c -- offsets of variables and of work buffers.
 *
 * In: buffers with their sizes, and kernels that read and write them.  Out: Buffer.first, last,
 * over, offset, and the total.  Two buffers may share bytes only if no kernel needs both (place.h),
 * or if one is computed element by element from the other, where it lies (in_place.h):
 *
 *     h1 written by kernel 0, read by 1                  offset 0
 *     h2 written by 1, read by 2                         offset 4096
 *     h3 = max(h2, 0) by 2, and h2 is dead               offset 4096 */
#include "codegen/plan.h"

#include "codegen/in_place.h"
#include "codegen/place.h"
#include "codegen/schedule.h"
#include "support/checked.h"

static bool too_large(Diag *diag, Loc loc, const char *what)
{
    diag_error(diag, loc, NULL, "%s needs more memory than can be addressed", what);
    return false;
}

/* ---- variables ---- */

static bool place_var(int64_t *total, int64_t *offset, const Type *type, int64_t batch)
{
    int64_t bytes;
    *offset = *total;
    if (!type_bytes(type, batch, &bytes) || (bytes = place_room(bytes)) < 0)
        return false;
    return checked_add(*total, bytes, total);
}

bool plan_vars(Program *p, Diag *diag)
{
    const Model *m = p->model;
    const int64_t batch = m->batch_bound > 0 ? m->batch_bound : 1;
    p->offsets = arena_array(p->arena, int64_t, m->vars.count);
    p->check_offsets = arena_array(p->arena, int64_t, m->vars.count);
    for (int i = 0; i < m->vars.count; i++) {
        const Var *var = &m->vars.data[i];
        p->offsets[i] = p->check_offsets[i] = -1;
        if (var->kind == VAR_INPUT || var->kind == VAR_SOURCE)
            continue;
        Type wide = var->type;
        if (dtype_is_float(wide.dtype))
            wide.dtype = DT_F64;
        if (!place_var(&p->vars_bytes, &p->offsets[i], &var->type, batch) ||
            !place_var(&p->check_vars_bytes, &p->check_offsets[i], &wide, batch))
            return too_large(diag, var->loc, arena_printf(p->arena, "'%s'", var->name));
    }
    return true;
}

static bool is_placed_in_run(const Program *p, int var)
{
    for (int i = 0; i < p->runs.count; i++)
        for (int k = 0; k < p->runs.data[i].count; k++)
            if (p->runs.data[i].vars[k] == var)
                return true;
    return false;
}

/* Runs first: each of their variables has a multiple of 64 bytes.  No sum is larger than before. */
void plan_runs(Program *p)
{
    const Model *m = p->model;
    const int64_t batch = m->batch_bound > 0 ? m->batch_bound : 1;
    int64_t total = 0, bytes;
    for (int i = 0; i < p->runs.count; i++)
        for (int k = 0; k < p->runs.data[i].count; k++) {
            const int var = p->runs.data[i].vars[k];
            p->offsets[var] = total;
            total += type_bytes(&m->vars.data[var].type, batch, &bytes) ? bytes : 0;
        }
    for (int i = 0; i < m->vars.count; i++)
        if (p->offsets[i] >= 0 && !is_placed_in_run(p, i))
            place_var(&total, &p->offsets[i], &m->vars.data[i].type, batch);
    p->vars_bytes = total;
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        for (int k = 0; k < r->buffers.count && !r->entry->graph->widened; k++) {
            Buffer *b = r->buffers.data[k];
            if (b->place == PLACE_VARS)
                b->offset = p->offsets[b->var];
        }
    }
}

/* ---- work buffers ---- */

/* The buffer at the bottom of those that take each other's place. */
static const Buffer *bottom_of(const Buffer *b)
{
    while (b->over)
        b = b->over;
    return b;
}

/* One span for each buffer, or for several that take each other's place; of the buffer at the
 * bottom of them, Buffer.var is its position meanwhile.  False where a size is too large. */
static bool make_spans(Routine *r, Span *spans, int *count)
{
    *count = 0;
    for (int i = 0; i < r->buffers.count; i++) {
        Buffer *b = r->buffers.data[i];
        if (b->place != PLACE_WORK || b->over || b->inside)
            continue;
        const Span span = {b->first < 0 ? 0 : b->first, b->last < 0 ? 0 : b->last,
                           place_room(b->bytes), 0};
        if (span.bytes < 0)
            return false;
        b->var = *count;
        spans[(*count)++] = span;
    }
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (b->over && b->last > spans[bottom_of(b)->var].last)
            spans[bottom_of(b)->var].last = b->last;
    }
    return true;
}

/* Offsets of all work buffers, with Buffer.over as it is; the bytes needed, or -1. */
static int64_t place_all(Routine *r, Arena *arena, bool share)
{
    int count;
    Span *spans = arena_array(arena, Span, r->buffers.count);
    if (!make_spans(r, spans, &count))
        return -1;
    const int64_t total = share ? place_spans(arena, spans, count) : place_apart(spans, count);
    for (int i = 0; i < r->buffers.count; i++) {
        Buffer *b = r->buffers.data[i];
        if (b->place == PLACE_WORK && !b->inside)
            b->offset = spans[bottom_of(b)->var].offset;
    }
    for (int i = 0; i < r->buffers.count; i++) {
        Buffer *b = r->buffers.data[i];
        if (b->place == PLACE_WORK && b->inside)
            b->offset = b->inside->offset + b->inside_at;
    }
    for (int i = 0; i < r->buffers.count; i++)
        if (r->buffers.data[i]->place == PLACE_WORK)
            r->buffers.data[i]->var = -1;
    return total;
}

static void clear_in_place(Routine *r)
{
    for (int i = 0; i < r->buffers.count; i++)
        r->buffers.data[i]->over = NULL;
}

/* Places all, for the order of kernels as it is; the bytes needed.  In place where that needs no
 * more room: a value that takes its operand's place binds the two to one offset. */
static int64_t place_best(Routine *r, Arena *arena)
{
    clear_in_place(r);
    plan_lifetimes(r);
    const int64_t apart = place_all(r, arena, true);
    in_place_choose(r);
    const int64_t together = place_all(r, arena, true);
    if (apart < 0 || together <= apart)
        return together;
    clear_in_place(r);
    return place_all(r, arena, true);
}

/* In the order given or in a better one, whichever needs less. */
static int64_t plan_order(Routine *r, Arena *arena)
{
    enum { SMALL = 16 << 10 }; /* it stays in the nearest cache, and reads best as it was written */
    KernelVec given = {0}, better = {0};
    const int64_t bytes = place_best(r, arena);
    if (bytes <= SMALL || !schedule_find(r, arena, &better))
        return bytes;
    for (int k = 0; k < r->kernels.count; k++)
        vec_push(arena, &given, r->kernels.data[k]);
    schedule_apply(r, &better);
    const int64_t now = place_best(r, arena);
    if (now <= bytes)
        return now;
    schedule_apply(r, &given);
    return place_best(r, arena);
}

/* The largest of the values, to be blamed where all together are too large. */
static Loc largest_loc(const Routine *r)
{
    const Buffer *largest = NULL;
    for (int i = 0; i < r->buffers.count; i++)
        if (!largest || r->buffers.data[i]->bytes > largest->bytes)
            largest = r->buffers.data[i];
    return largest->loc;
}

bool plan_work(Program *p, Routine *r, int level, Diag *diag)
{
    if (level == 0)
        plan_lifetimes(r);
    const int64_t bytes = level > 0 ? plan_order(r, p->arena) : place_all(r, p->arena, false);
    if (bytes < 0)
        return too_large(diag, largest_loc(r), "this value");
    if (level > 0)
        in_place_apply(r, p->arena);
    r->work_bytes = bytes;
    r->peak_bytes = plan_peak(r, p->arena, &r->peak_at);
    if (r->work_bytes > p->work_bytes)
        p->work_bytes = r->work_bytes;
    return true;
}
