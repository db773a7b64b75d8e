/* flatten.c -- see flatten.h.
 *
 *     for i < batch: for j < 10:  y[i * 10 + j] = exp(x[i * 10 + j])
 *     for i < batch * 10:         y[i] = exp(x[i])
 *
 * A short innermost loop spends its time beginning and ending.  Two loops become one where all that
 * their variables do is add up to i * 10 + j; b[j] or a random draw of sample i forbids it. */
#include "codegen/flatten.h"

#include "codegen/kexpr.h"
#include "codegen/replace.h"

typedef struct Pair { /* the inner loop stands alone in the outer one */
    KStmt *outer, *inner;
    int64_t row; /* turns of the inner loop */
} Pair;

/* Do the variables stand in x as outer * row + inner alone? */
static bool ride_together(const Pair *p, const KExpr *x)
{
    int64_t outer, inner, wanted;
    if (kexpr_factor(x, p->outer->name, &outer) && kexpr_factor(x, p->inner->name, &inner))
        return !__builtin_mul_overflow(inner, p->row, &wanted) && outer == wanted;
    for (int i = 0; i < x->arity; i++)
        if (!ride_together(p, x->args[i]))
            return false;
    return x->kind != KE_INDEX;
}

static bool all_ride_together(const Pair *p, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        const KExpr *const parts[] = {s->extent, s->index, s->value};
        if (s->kind != KS_FOR && s->kind != KS_LET && s->kind != KS_SET && s->kind != KS_STORE &&
            s->kind != KS_ARRAY)
            return false;
        for (int k = 0; k < 3; k++)
            if (parts[k] && !ride_together(p, parts[k]))
                return false;
        if (!all_ride_together(p, &s->body))
            return false;
    }
    return true;
}

static void merge(Arena *arena, const Pair *p)
{
    KStmtVec body = {0};
    KStmt *outer = p->outer;
    outer->extent = kexpr_mul(arena, outer->extent, kexpr_int(arena, p->row));
    const Replacement with[] = {
        {outer->name, kexpr_int(arena, 0)},
        {p->inner->name, kexpr_index(arena, outer->name, outer->extent->high - 1)}};
    replace_in_stmts(arena, &body, &p->inner->body, with, 2);
    outer->body = body;
}

/* Nothing is to be gained by more turns; and where vectors leave some over, by many more. */
static bool is_long(int64_t turns, int64_t enough)
{
    enum { VECTOR = 16 };
    return turns >= enough && (turns % VECTOR == 0 || turns / VECTOR >= enough);
}

/* Merges the loop with the one in it, which has been merged with what is in that. */
static void flatten_loop(Arena *arena, KStmt *s, int64_t enough)
{
    flatten_loops(arena, &s->body, enough);
    KStmt *inner = s->body.count == 1 ? s->body.data[0] : NULL;
    if (!inner || inner->kind != KS_FOR || inner->comment || inner->independent || s->independent ||
        inner->step != 1 || s->step != 1 || inner->extent->kind != KE_NUMBER ||
        is_long(inner->extent->high, enough) || s->extent->high < 2)
        return;
    const Pair pair = {s, inner, inner->extent->high};
    if (pair.row > 0 && all_ride_together(&pair, &inner->body))
        merge(arena, &pair);
}

void flatten_loops(Arena *arena, const KStmtVec *body, int64_t enough)
{
    for (int i = 0; i < body->count; i++)
        if (body->data[i]->kind == KS_FOR)
            flatten_loop(arena, body->data[i], enough);
}
