/* scope.c -- names and what they are bound to.
 *
 *     file scope <- function scope <- block scope
 *
 * Assigning rebinds a name anywhere within its function (or file); a name that is new lives in the
 * innermost block.  Names are found outwards: a function sees its own names, then those of the file
 * that defined it, then the library's. */
#include <string.h>

#include "frontend/elab.h"
#include "frontend/foreign.h"
#include "support/text.h"

Scope *scope_new(Elab *e, Scope *outer, bool function)
{
    Scope *scope = arena_new_of(e->arena, Scope);
    scope->outer = outer;
    scope->function = function;
    return scope;
}

/* Most scopes have a handful of names: only larger ones get an index. */
enum { SMALL_SCOPE = 8 };

Binding *scope_own(const Scope *scope, const char *name)
{
    if (scope->index)
        return strmap_get(scope->index, name);
    for (int i = 0; i < scope->bindings.count; i++)
        if (strcmp(scope->bindings.data[i]->name, name) == 0)
            return scope->bindings.data[i];
    return NULL;
}

static void scope_add(Elab *e, Scope *scope, const char *name, Binding *binding)
{
    const BindingVec *all = &scope->bindings;
    vec_push(e->arena, &scope->bindings, binding);
    binding->name = name;
    if (scope->index)
        strmap_set(scope->index, name, binding);
    else if (all->count > SMALL_SCOPE) {
        scope->index = strmap_new(e->arena);
        for (int i = 0; i < all->count; i++)
            strmap_set(scope->index, all->data[i]->name, all->data[i]);
    }
}

Binding *scope_find(const Scope *scope, const char *name)
{
    for (; scope; scope = scope->outer) {
        Binding *binding = scope_own(scope, name);
        if (binding)
            return binding;
    }
    return NULL;
}

Binding *scope_bind(Elab *e, Scope *scope, const char *name, Value value, Loc loc)
{
    Binding *binding = scope_own(scope, name);
    if (!binding) {
        binding = arena_new_of(e->arena, Binding);
        scope_add(e, scope, name, binding);
    }
    *binding = (Binding){.name = name, .loc = loc, .value = value, .slot = -1};
    return binding;
}

Binding *scope_assign(Elab *e, Scope *scope, const char *name, Value value, Loc loc)
{
    for (Scope *s = scope; s; s = s->function ? NULL : s->outer)
        if (scope_own(s, name))
            return scope_bind(e, s, name, value, loc);
    return scope_bind(e, scope, name, value, loc);
}

void scope_end(Elab *e, Scope *block)
{
    for (int i = 0; i < block->bindings.count; i++)
        vec_push(e->arena, &block->outer->ended, block->bindings.data[i]);
    for (int i = 0; i < block->ended.count; i++)
        vec_push(e->arena, &block->outer->ended, block->ended.data[i]);
}

/* ---- names that are not bound ---- */

static const char *nearest_name(Elab *e, const char *name)
{
    Vec(const char *) names = {0};
    int count;
    const Builtin *builtins = builtin_table(&count);
    for (const Scope *s = e->frame->scope; s; s = s->outer)
        for (int i = 0; i < s->bindings.count; i++)
            vec_push(e->arena, &names, s->bindings.data[i]->name);
    for (int i = 0; i < count; i++)
        vec_push(e->arena, &names, builtins[i].name);
    return text_nearest(name, names.data, names.count);
}

static const Binding *find_ended(const Elab *e, const char *name)
{
    for (const Scope *s = e->frame->scope; s; s = s->outer)
        for (int i = s->ended.count - 1; i >= 0; i--)
            if (strcmp(s->ended.data[i]->name, name) == 0)
                return s->ended.data[i];
    return NULL;
}

static bool stmt_binds(const Stmt *stmt, const char *name, Loc *where)
{
    *where = stmt->name_loc;
    if (stmt->name && strcmp(stmt->name, name) == 0)
        return stmt->kind != STMT_DATA && stmt->kind != STMT_IMPORT && stmt->kind != STMT_FOR &&
               stmt->kind != STMT_SCAN;
    for (int i = 0; stmt->kind == STMT_ASSIGN && i < stmt->targets.count; i++) {
        const Expr *target = stmt->targets.data[i];
        *where = target->loc;
        if (target->kind == EXPR_NAME && strcmp(target->text, name) == 0)
            return true;
    }
    return false;
}

/* Is the name bound further down in the file? */
static bool find_later(const Elab *e, const char *name, Loc loc, Loc *where)
{
    for (int i = 0; loc.file == e->ast->file && i < e->ast->body.count; i++)
        if (stmt_binds(e->ast->body.data[i], name, where) && where->begin > loc.begin)
            return true;
    return false;
}

void scope_report_unknown(Elab *e, const char *name, Loc loc)
{
    Loc later;
    const Binding *ended = find_ended(e, name);
    if (ended) {
        diag_error(e->diag, loc, NULL, "'%s' is not bound here", name);
        diag_note(e->diag, ended->loc,
                  "it was bound in a block, which has ended; give it a value before the block");
        return;
    }
    if (find_later(e, name, loc, &later)) {
        diag_error(e->diag, loc, NULL, "'%s' is used before it is defined", name);
        diag_note(e->diag, later, "it is defined here");
        return;
    }
    const char *mend = foreign_mend(name);
    const char *near = mend ? NULL : nearest_name(e, name);
    diag_error(e->diag, loc, near ? arena_printf(e->arena, "did you mean '%s'?", near) : mend,
               "unknown name '%s'", name);
}
