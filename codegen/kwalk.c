/* kwalk.c -- see kwalk.h. */
#include "codegen/kwalk.h"

#include <string.h>

bool kwalk_any(const KExpr *x, KExprTest *test, const void *context)
{
    if (!x)
        return false;
    if (test(x, context))
        return true;
    for (int i = 0; i < x->arity; i++)
        if (kwalk_any(x->args[i], test, context))
            return true;
    return false;
}

bool kwalk_stmt_any(const KStmt *s, KExprTest *test, const void *context)
{
    return kwalk_any(s->extent, test, context) || kwalk_any(s->index, test, context) ||
           kwalk_any(s->value, test, context) || kwalk_stmts_any(&s->body, test, context);
}

bool kwalk_stmts_any(const KStmtVec *body, KExprTest *test, const void *context)
{
    for (int i = 0; i < body->count; i++)
        if (kwalk_stmt_any(body->data[i], test, context))
            return true;
    return false;
}

static bool is_index(const KExpr *x, const void *name)
{
    return x->kind == KE_INDEX && strcmp(x->name, name) == 0;
}

bool kwalk_mentions(const KExpr *x, const char *index)
{
    return kwalk_any(x, is_index, index);
}

bool kwalk_stmts_mention(const KStmtVec *body, const char *index)
{
    return kwalk_stmts_any(body, is_index, index);
}

void kwalk_rewrite(Arena *arena, KStmtVec *out, const KStmtVec *body, KExprRewrite *rewrite,
                   const void *context)
{
    for (int i = 0; i < body->count; i++) {
        KStmt *s = arena_new_of(arena, KStmt);
        *s = *body->data[i];
        KExpr **const parts[] = {&s->extent, &s->index, &s->value};
        for (int k = 0; k < 3; k++)
            if (*parts[k])
                *parts[k] = rewrite(arena, *parts[k], context);
        s->body = (KStmtVec){0};
        kwalk_rewrite(arena, &s->body, &body->data[i]->body, rewrite, context);
        vec_push(arena, out, s);
    }
}
