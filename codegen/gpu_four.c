/* gpu_four.c -- elementwise loops of a grid, four elements to a thread.
 *
 *     for n < batch * 64:         y[n] = max(x[n], s[0])
 *
 *     for n < batch * 64 by 4:    x_4 = 128 bits of x from n on
 *                                 for e < 4:  y_4[e] = max(x_4[e], s[0])
 *                                 128 bits of y from n on = y_4
 *
 * All that is read or written is f32 at n itself, or the same for all; buffers begin at multiples
 * of 64 bytes, and there is a multiple of four elements. */
#include "codegen/gpu_flat.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/kwalk.h"

enum { FOUR = 4, LEAST = 1024 }; /* elements: below, more threads are better */

typedef struct Fours {
    Arena *arena;
    const char *name; /* of the loop's variable */
    BufferVec reads, writes, locals;
} Fours;

static bool is_n(const Fours *f, const KExpr *x)
{
    return x->kind == KE_INDEX && strcmp(x->name, f->name) == 0;
}

static void add_once(Fours *f, BufferVec *to, Buffer *b)
{
    for (int i = 0; i < to->count; i++)
        if (to->data[i] == b)
            return;
    vec_push(f->arena, to, b);
}

/* n stands in it as the index of f32 alone. */
static bool expr_fits(Fours *f, const KExpr *x)
{
    if (x->kind == KE_LOAD && is_n(f, x->args[0])) {
        add_once(f, &f->reads, x->buffer);
        return x->buffer->type.dtype == DT_F32 && x->buffer->place != PLACE_LOCAL &&
               x->buffer->place != PLACE_CONST;
    }
    if (x->kind == KE_INDEX || x->kind == KE_RANDOM || x->kind == KE_AT || x->kind == KE_LANES)
        return false;
    for (int i = 0; i < x->arity; i++)
        if (!expr_fits(f, x->args[i]))
            return false;
    return true;
}

static bool body_fits(Fours *f, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if ((s->kind != KS_LET && s->kind != KS_STORE) || s->join || s->mutable_ || s->accumulate ||
            s->atomic || !expr_fits(f, s->value))
            return false;
        if (s->kind == KS_LET)
            continue;
        if (!is_n(f, s->index) || s->buffer->type.dtype != DT_F32 ||
            s->buffer->place == PLACE_LOCAL)
            return false;
        add_once(f, &f->writes, s->buffer);
    }
    return f->writes.count > 0;
}

/* What is the same for all elements is of a buffer that the loop does not write. */
static bool loads_written(const KExpr *x, const void *fours)
{
    const Fours *f = fours;
    for (int i = 0; x->kind == KE_LOAD && !is_n(f, x->args[0]) && i < f->writes.count; i++)
        if (f->writes.data[i] == x->buffer)
            return true;
    return false;
}

/* four_v_x.of: the elements that the thread has in registers. */
static Buffer *local_of(Fours *f, Buffer *b)
{
    const char *name = arena_printf(f->arena, "four_%s.of", b->name);
    for (int i = 0; i < f->locals.count; i++)
        if (strcmp(f->locals.data[i]->name, name) == 0)
            return f->locals.data[i];
    Buffer *local = arena_new_of(f->arena, Buffer);
    *local = (Buffer){.name = name, .place = PLACE_LOCAL, .type = {.dtype = DT_F32}};
    vec_push(f->arena, &f->locals, local);
    return local;
}

static KExpr *take_local(Fours *f, KExpr *x, KExpr *at)
{
    if (x->kind == KE_LOAD && is_n(f, x->args[0]))
        return kexpr_load(f->arena, local_of(f, x->buffer), at);
    KExpr *other = arena_new_of(f->arena, KExpr);
    *other = *x;
    for (int i = 0; i < x->arity; i++)
        other->args[i] = take_local(f, x->args[i], at);
    return other;
}

/* for e < 4: the loop's statements */
static KStmt *make_inner(Fours *f, const KStmt *loop)
{
    KStmt *inner = arena_new_of(f->arena, KStmt);
    KExpr *at = kexpr_index(f->arena, "e", FOUR - 1);
    *inner = (KStmt){.kind = KS_FOR,
                     .name = "e",
                     .extent = kexpr_int(f->arena, FOUR),
                     .step = 1,
                     .unroll = true};
    for (int i = 0; i < loop->body.count; i++) {
        KStmt *s = arena_new_of(f->arena, KStmt);
        *s = *loop->body.data[i];
        s->value = take_local(f, s->value, at);
        if (s->kind == KS_STORE) {
            s->buffer = local_of(f, s->buffer);
            s->index = at;
        }
        vec_push(f->arena, &inner->body, s);
    }
    return inner;
}

bool gpu_four(Arena *arena, Launch *launch, KStmt *loop)
{
    Fours f = {.arena = arena, .name = loop->name};
    if (loop->share != SHARE_GRID || loop->step != 1 || loop->extent->high < LEAST ||
        !kexpr_is_multiple(loop->extent, FOUR) || launch->wide || !body_fits(&f, &loop->body))
        return false;
    for (int i = 0; i < loop->body.count; i++)
        if (kwalk_any(loop->body.data[i]->value, loads_written, &f))
            return false;
    KStmt *inner = make_inner(&f, loop);
    loop->step = FOUR;
    loop->body = (KStmtVec){0};
    vec_push(arena, &loop->body, inner);
    launch->fours_read = f.reads;
    launch->fours_written = f.writes;
    launch->turns = kexpr_div(arena, loop->extent, kexpr_int(arena, FOUR));
    return true;
}
