/* print_cuda_words.c -- expressions as a programmer writes them for threads.
 *
 *     grt_or(x > best, isnan(x) != 0)     x > best || isnan(x) != 0
 *     grt_min_i64(batch - i * 2, 2)       grt_min_i32(batch - i * 2, 2), where indices are ints
 *
 * A processor computes both sides of a test, for many elements at once; a thread has one, and needs
 * the second side only where the first leaves it open.  A side that may report an index out of
 * range is computed whatever the other is. */
#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/print_cuda.h"

static bool is_reporting(const KExpr *x, const void *context)
{
    (void)context;
    return x->kind == KE_AT;
}

static bool is_of_tests(const KExpr *x)
{
    return x->kind == KE_OP && (x->op == OP_and || x->op == OP_or) &&
           x->args[0]->dtype == DT_BOOL && x->args[1]->dtype == DT_BOOL &&
           !kwalk_any(x->args[1], is_reporting, NULL);
}

static bool is_small(const KExpr *x)
{
    return x->low >= INT32_MIN / 2 && x->high <= INT32_MAX / 2;
}

/* x, whose operands are written already. */
static KExpr *with_word(Arena *arena, KExpr *x, bool wide)
{
    if (is_of_tests(x))
        return x->op == OP_and ? kexpr_and(arena, x->args[0], x->args[1])
                               : kexpr_or(arena, x->args[0], x->args[1]);
    if (x->kind != KE_INT || x->int_op != INT_LEAST || wide || !is_small(x->args[0]) ||
        !is_small(x->args[1]))
        return x;
    KExpr *least = arena_new_of(arena, KExpr);
    *least = *x;
    least->dtype = DT_I32;
    return least;
}

static KExpr *written(Arena *arena, KExpr *x, bool wide)
{
    KExpr *copy = x;
    for (int i = 0; i < x->arity; i++) {
        KExpr *arg = written(arena, x->args[i], wide);
        if (arg == x->args[i])
            continue;
        if (copy == x) {
            copy = arena_new_of(arena, KExpr);
            *copy = *x;
        }
        copy->args[i] = arg;
    }
    return with_word(arena, copy, wide);
}

/* In place: the statements are marked, and known by where they are. */
static void write_stmts(Arena *arena, const KStmtVec *body, bool wide)
{
    for (int i = 0; i < body->count; i++) {
        KStmt *s = body->data[i];
        KExpr **const parts[] = {&s->extent, &s->index, &s->value};
        for (int k = 0; k < 3; k++)
            if (*parts[k])
                *parts[k] = written(arena, *parts[k], wide);
        write_stmts(arena, &s->body, wide);
    }
}

void print_cuda_find_words(Arena *arena, const Launch *launch)
{
    write_stmts(arena, &launch->part->body, launch->wide);
}
