/* plan.c -- offsets of variables and of work buffers.
 *
 * In: buffers with their sizes, and kernels that read and write them.  Out: Buffer.first, last,
 * offset, and the total.  Two buffers may share bytes only if no kernel needs both:
 *
 *     h1 written by kernel 0, read by 1        offset 0
 *     h2 written by 1, read by 2               offset 4096
 *     h3 written by 2 (h1 is dead)             offset 0 */
#include "codegen/plan.h"

#include <stdlib.h>

#include "support/checked.h"

enum { ALIGNMENT = 64 };

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
    return type_bytes(type, batch, &bytes) && checked_add(*total, bytes, total) &&
           checked_align(*total, ALIGNMENT, total);
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

/* ---- lifetimes ---- */

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

static void find_lifetimes(Routine *r)
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
}

/* ---- offsets ---- */

/* Larger ones first, then by time and place in the list: the order is a function of the input. */
static int compare_size(const void *a, const void *b)
{
    const Buffer *x = *(Buffer *const *)a, *y = *(Buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->var - y->var; /* of work buffers: the position in the list */
}

static bool are_alive_together(const Buffer *a, const Buffer *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest place where b overlaps none of the placed buffers (by offset) that live with it. */
static bool find_place(const BufferVec *placed, Buffer *b, bool share)
{
    b->offset = 0;
    for (int i = 0; i < placed->count; i++) {
        const Buffer *other = placed->data[i];
        int64_t end;
        if (share && !are_alive_together(b, other))
            continue;
        if (!checked_add(b->offset, b->bytes, &end))
            return false;
        if (end <= other->offset)
            break;
        if (!checked_add(other->offset, other->bytes, &end) || !checked_align(end, ALIGNMENT, &end))
            return false;
        if (end > b->offset)
            b->offset = end;
    }
    return true;
}

static void insert_by_offset(Arena *arena, BufferVec *placed, Buffer *b)
{
    vec_push(arena, placed, b);
    int at = placed->count - 1;
    for (; at > 0 && placed->data[at - 1]->offset > b->offset; at--)
        placed->data[at] = placed->data[at - 1];
    placed->data[at] = b;
}

bool plan_work(Program *p, Routine *r, int level, Diag *diag)
{
    BufferVec todo = {0}, placed = {0};
    find_lifetimes(r);
    for (int i = 0; i < r->buffers.count; i++) {
        Buffer *b = r->buffers.data[i];
        if (b->place != PLACE_WORK)
            continue;
        b->var = i;
        vec_push(p->arena, &todo, b);
    }
    if (todo.count > 0)
        qsort(todo.data, (size_t)todo.count, sizeof todo.data[0], compare_size);
    for (int i = 0; i < todo.count; i++) {
        Buffer *b = todo.data[i];
        int64_t end;
        if (!find_place(&placed, b, level > 0) || !checked_add(b->offset, b->bytes, &end) ||
            !checked_align(end, ALIGNMENT, &end))
            return too_large(diag, b->loc, "this value");
        b->var = -1;
        if (end > r->work_bytes)
            r->work_bytes = end;
        insert_by_offset(p->arena, &placed, b);
    }
    if (r->work_bytes > p->work_bytes)
        p->work_bytes = r->work_bytes;
    return true;
}
