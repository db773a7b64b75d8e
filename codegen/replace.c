/* replace.c -- see replace.h.
 *
 *     x[i * 64 + j] with i = 0, j = k     x[k]
 *
 * Sums and products are built anew, and so simplified; of a choice that is made one arm is left.
 * What was known of the range of a whole index stays known, for it takes the same values; its terms
 * may not. */
#include "codegen/replace.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/kwalk.h"

static KExpr *find(const KExpr *x, const Replacement *with, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(with[i].name, x->name) == 0)
            return with[i].by;
    return NULL;
}

static KExpr *build_int(Arena *arena, IntOp op, KExpr *a, KExpr *b)
{
    switch (op) {
    case INT_ADD:
        return kexpr_add(arena, a, b);
    case INT_SUB:
        return kexpr_sub(arena, a, b);
    case INT_MUL:
        return kexpr_mul(arena, a, b);
    case INT_DIV:
        return kexpr_div(arena, a, b);
    case INT_MOD:
        return kexpr_mod(arena, a, b);
    case INT_LT:
        return kexpr_lt(arena, a, b);
    case INT_GE:
        return kexpr_ge(arena, a, b);
    case INT_EQ:
        return kexpr_eq(arena, a, b);
    case INT_AND:
        return kexpr_and(arena, a, b);
    case INT_OR:
        return kexpr_or(arena, a, b);
    case INT_LEAST:
        return kexpr_min(arena, a, b);
    }
    return NULL;
}

/* x with other operands, as it is or simplified. */
static KExpr *rebuild(Arena *arena, const KExpr *x, KExpr *const *args)
{
    if (x->kind == KE_INT)
        return build_int(arena, x->int_op, args[0], args[1]);
    if (x->kind == KE_OP && x->op == OP_where && args[0]->kind == KE_NUMBER)
        return args[args[0]->value.i ? 1 : 2];
    KExpr *copy = arena_new_of(arena, KExpr);
    *copy = *x;
    for (int i = 0; i < x->arity; i++)
        copy->args[i] = args[i];
    return copy;
}

static KExpr *keep_range(Arena *arena, const KExpr *x, const KExpr *was)
{
    KExpr *copy = arena_new_of(arena, KExpr);
    *copy = *x;
    copy->low = x->low > was->low ? x->low : was->low;
    copy->high = x->high < was->high ? x->high : was->high;
    return copy;
}

/* Terms are the operands of integer arithmetic. */
static KExpr *replace(Arena *arena, KExpr *x, const Replacement *with, int count, bool is_term)
{
    if (x->kind == KE_INDEX) {
        KExpr *by = find(x, with, count);
        return by ? by : x;
    }
    KExpr *args[3];
    bool changed = false;
    for (int i = 0; i < x->arity; i++) {
        args[i] = replace(arena, x->args[i], with, count, x->kind == KE_INT);
        changed |= args[i] != x->args[i];
    }
    if (!changed)
        return x;
    KExpr *other = rebuild(arena, x, args);
    return x->kind == KE_INT && !is_term ? keep_range(arena, other, x) : other;
}

KExpr *replace_in_expr(Arena *arena, KExpr *x, const Replacement *with, int count)
{
    return replace(arena, x, with, count, false);
}

typedef struct Context {
    const Replacement *with;
    int count;
} Context;

static KExpr *replace_one(Arena *arena, KExpr *x, const void *context)
{
    const Context *c = context;
    return replace_in_expr(arena, x, c->with, c->count);
}

void replace_in_stmts(Arena *arena, KStmtVec *out, const KStmtVec *body, const Replacement *with,
                      int count)
{
    const Context context = {with, count};
    kwalk_rewrite(arena, out, body, replace_one, &context);
}
