/* gpu_flat.c -- nests of loops that a grid shares, as one loop.
 *
 *     for i < batch: for j < 64:  y[i * 64 + j] = x[i * 64 + j] + b[j]
 *
 *     for n < batch * 64:         const j = n % 64
 *                                 y[n] = x[n] + b[j]
 *
 * An index that is the place in the nest becomes n; the variables that are left are found from it.
 */
#include "codegen/gpu_flat.h"

#include <string.h>

#include "codegen/block.h"
#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/replace.h"
#include "support/checked.h"

/* ---- expressions anew ---- */

/* Gives NULL for what is to be looked into. */
typedef KExpr *Take(Arena *arena, KExpr *x, const void *context);

static KExpr *rewrite(Arena *arena, KExpr *x, Take *take, const void *context)
{
    KExpr *other = take(arena, x, context);
    if (other)
        return other;
    KExpr *args[3];
    bool changed = false;
    for (int i = 0; i < x->arity; i++) {
        args[i] = rewrite(arena, x->args[i], take, context);
        changed |= args[i] != x->args[i];
    }
    if (!changed)
        return x;
    other = arena_new_of(arena, KExpr);
    *other = *x;
    for (int i = 0; i < x->arity; i++)
        other->args[i] = args[i];
    return other;
}

/* ---- nests ---- */

typedef struct Nest {
    const KStmt *loops[MAX_LOOPS];
    int64_t strides[MAX_LOOPS]; /* turns of the loops inside; 0: not a constant */
    int depth;
    KExpr *at; /* the place in the nest */
} Nest;

/* The place times *factor is all that the loops' variables do in x. */
static bool rides_along(const Nest *nest, const KExpr *x, int64_t *factor)
{
    *factor = 0;
    for (int d = nest->depth - 1; d >= 0; d--) {
        int64_t step, wanted;
        if (!kexpr_factor(x, nest->loops[d]->name, &step))
            return false;
        if (d == nest->depth - 1)
            *factor = step;
        if (nest->strides[d] == 0 || !checked_mul(*factor, nest->strides[d], &wanted) ||
            step != wanted)
            return false;
    }
    return *factor > 0;
}

static KExpr *take_place(Arena *arena, KExpr *x, const void *context)
{
    const Nest *nest = context;
    int64_t factor;
    if ((x->kind != KE_INT && x->kind != KE_INDEX) || x->dtype != DT_I64 ||
        !rides_along(nest, x, &factor))
        return NULL;
    Replacement none[MAX_LOOPS];
    for (int d = 0; d < nest->depth; d++)
        none[d] = (Replacement){nest->loops[d]->name, kexpr_int(arena, 0)};
    KExpr *rest = replace_in_expr(arena, x, none, nest->depth);
    return kexpr_add(arena, kexpr_mul(arena, nest->at, kexpr_int(arena, factor)), rest);
}

static KExpr *with_place(Arena *arena, KExpr *x, const void *nest)
{
    return rewrite(arena, x, take_place, nest);
}

static bool has_loop(const KStmtVec *body, const char *name)
{
    for (int i = 0; i < body->count; i++)
        if ((body->data[i]->kind == KS_FOR && strcmp(body->data[i]->name, name) == 0) ||
            has_loop(&body->data[i]->body, name))
            return true;
    return false;
}

static bool uses_n(const Nest *nest, const KStmtVec *body)
{
    for (int d = 0; d < nest->depth; d++)
        if (strcmp(nest->loops[d]->name, "n") == 0)
            return true;
    return has_loop(body, "n");
}

/* const i = n / 64 % 10 */
static KStmt *place_of(Arena *arena, const Nest *nest, int d)
{
    KExpr *inside = kexpr_int(arena, 1);
    for (int i = nest->depth - 1; i > d; i--)
        inside = kexpr_mul(arena, nest->loops[i]->extent, inside);
    KStmt *s = arena_new_of(arena, KStmt);
    *s = (KStmt){.kind = KS_LET, .name = nest->loops[d]->name, .dtype = DT_I64};
    s->value = kexpr_div(arena, nest->at, inside);
    if (d > 0)
        s->value = kexpr_mod(arena, s->value, nest->loops[d]->extent);
    return s;
}

static Nest find_nest(const KStmt *outermost, int depth)
{
    Nest nest = {.depth = depth};
    const KStmt *loop = outermost;
    for (int d = 0; d < depth; d++, loop = loop->body.data[loop->body.count - 1])
        nest.loops[d] = loop;
    int64_t stride = 1;
    for (int d = depth - 1; d >= 0; d--) {
        nest.strides[d] = stride;
        const KExpr *extent = nest.loops[d]->extent;
        if (extent->kind != KE_NUMBER || !checked_mul(stride, extent->value.i, &stride))
            stride = 0;
    }
    return nest;
}

KStmt *gpu_flat_nest(Arena *arena, const KStmt *outermost)
{
    int depth;
    const KStmt *last = gpu_launch_nest(outermost, outermost->share, &depth);
    KStmt *flat = arena_new_of(arena, KStmt);
    *flat = *outermost;
    if (depth == 1 || depth > MAX_LOOPS)
        return flat;
    Nest nest = find_nest(outermost, depth);
    KStmtVec between = {0};
    for (int d = 0; d + 1 < depth; d++)
        for (int i = 0; i + 1 < nest.loops[d]->body.count; i++)
            vec_push(arena, &between, nest.loops[d]->body.data[i]);
    for (int d = 1; d < depth; d++)
        flat->extent = kexpr_mul(arena, flat->extent, nest.loops[d]->extent);
    flat->name = uses_n(&nest, &last->body) ? "place" : "n";
    nest.at = kexpr_index(arena, flat->name, flat->extent->high > 0 ? flat->extent->high - 1 : 0);
    KStmtVec body = {0}, whole = {0};
    kwalk_rewrite(arena, &body, &between, with_place, &nest);
    kwalk_rewrite(arena, &body, &last->body, with_place, &nest);
    for (int d = 0; d < depth; d++)
        if (kwalk_stmts_mention(&body, nest.loops[d]->name))
            vec_push(arena, &whole, place_of(arena, &nest, d));
    for (int i = 0; i < body.count; i++)
        vec_push(arena, &whole, body.data[i]);
    flat->body = whole;
    return flat;
}

/* ---- host scalars ---- */

static bool expr_uses_f64(const KExpr *x, const char *host)
{
    if (x->kind == KE_HOST)
        return x->dtype == DT_F64 && strcmp(x->name, host) == 0;
    if (x->kind == KE_CAST && x->dtype == DT_F32 && x->args[0]->kind == KE_HOST)
        return false;
    for (int i = 0; i < x->arity; i++)
        if (expr_uses_f64(x->args[i], host))
            return true;
    return false;
}

bool gpu_flat_uses_f64(const KStmtVec *body, const char *host)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if ((s->extent && expr_uses_f64(s->extent, host)) ||
            (s->index && expr_uses_f64(s->index, host)) ||
            (s->value && expr_uses_f64(s->value, host)) || gpu_flat_uses_f64(&s->body, host))
            return true;
    }
    return false;
}

static KExpr *take_f32(Arena *arena, KExpr *x, const void *context)
{
    if (x->kind != KE_CAST || x->dtype != DT_F32 || x->args[0]->kind != KE_HOST ||
        gpu_flat_uses_f64(context, x->args[0]->name))
        return NULL;
    KExpr *host = arena_new_of(arena, KExpr);
    *host = *x->args[0];
    host->dtype = DT_F32;
    return host;
}

static KExpr *with_f32(Arena *arena, KExpr *x, const void *body)
{
    return rewrite(arena, x, take_f32, body);
}

KStmtVec gpu_flat_hosts(Arena *arena, const KStmtVec *body)
{
    KStmtVec out = {0};
    kwalk_rewrite(arena, &out, body, with_f32, body);
    return out;
}
