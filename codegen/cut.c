/* cut.c -- see cut.h.
 *
 *     for j < 600:  y[j] = j < 300 ? a[j] : b[j - 300]
 *     for j < 300:  y[j] = a[j]
 *     for j < 300:  y[j + 300] = b[j]
 *
 * Concatenations have such loops.  Parts that are short, as the border of a padded row, are not
 * worth a loop of their own. */
#include "codegen/cut.h"

#include "codegen/kexpr.h"
#include "codegen/replace.h"

enum { PARTS = 6, SHORT = 16 };

typedef struct Cuts { /* 0 < at[0] < at[1] ... < the loop's extent */
    const char *name;
    int64_t extent, at[PARTS];
    int count;
    bool too_many;
} Cuts;

static void add_cut(Cuts *cuts, int64_t at)
{
    int place = 0;
    if (at <= 0 || at >= cuts->extent)
        return;
    while (place < cuts->count && cuts->at[place] < at)
        place++;
    if (place < cuts->count && cuts->at[place] == at)
        return;
    cuts->too_many |= cuts->count == PARTS - 1;
    if (cuts->too_many)
        return;
    for (int i = cuts->count++; i > place; i--)
        cuts->at[i] = cuts->at[i - 1];
    cuts->at[place] = at;
}

/* x = j + *offset? */
static bool is_shifted(const KExpr *x, const char *name, int64_t *offset)
{
    const bool sum = x->kind == KE_INT && (x->int_op == INT_ADD || x->int_op == INT_SUB) &&
                     x->args[1]->kind == KE_NUMBER;
    const KExpr *variable = sum ? x->args[0] : x;
    int64_t factor;
    *offset = !sum ? 0 : x->int_op == INT_ADD ? x->args[1]->value.i : -x->args[1]->value.i;
    return variable->kind == KE_INDEX && kexpr_factor(variable, name, &factor) && factor == 1;
}

static void find_cuts(Cuts *cuts, const KExpr *x)
{
    int64_t offset;
    const bool test = x->kind == KE_INT && (x->int_op == INT_LT || x->int_op == INT_GE);
    if (test && x->args[1]->kind == KE_NUMBER && is_shifted(x->args[0], cuts->name, &offset))
        add_cut(cuts, x->args[1]->value.i - offset);
    for (int i = 0; i < x->arity; i++)
        find_cuts(cuts, x->args[i]);
}

/* False where the loop has more in it than a few lines. */
static bool find_all_cuts(Cuts *cuts, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->kind != KS_LET && s->kind != KS_SET && s->kind != KS_STORE)
            return false;
        if (s->index)
            find_cuts(cuts, s->index);
        find_cuts(cuts, s->value);
    }
    return cuts->count > 0 && !cuts->too_many;
}

static bool has_short_part(const Cuts *cuts)
{
    int64_t from = 0;
    for (int i = 0; i <= cuts->count; i++) {
        const int64_t to = i < cuts->count ? cuts->at[i] : cuts->extent;
        if (to - from < SHORT)
            return true;
        from = to;
    }
    return false;
}

/* Turns [from, to) of the loop, as a loop from 0 on. */
static KStmt *new_part(Arena *arena, const KStmt *loop, int64_t from, int64_t to)
{
    KStmt *part = arena_new_of(arena, KStmt);
    *part = *loop;
    part->extent = kexpr_int(arena, to - from);
    part->body = (KStmtVec){0};
    if (from > 0)
        part->comment = NULL;
    KExpr *index = kexpr_index(arena, loop->name, to - from - 1);
    const Replacement with = {loop->name, kexpr_add(arena, index, kexpr_int(arena, from))};
    replace_in_stmts(arena, &part->body, &loop->body, &with, 1);
    return part;
}

static void add_parts(Arena *arena, KStmtVec *out, KStmt *loop)
{
    Cuts cuts = {.name = loop->name, .extent = loop->extent->high};
    if (loop->extent->kind != KE_NUMBER || loop->step != 1 || loop->independent ||
        !find_all_cuts(&cuts, &loop->body) || has_short_part(&cuts)) {
        vec_push(arena, out, loop);
        return;
    }
    for (int i = 0; i <= cuts.count; i++)
        vec_push(arena, out,
                 new_part(arena, loop, i > 0 ? cuts.at[i - 1] : 0,
                          i < cuts.count ? cuts.at[i] : cuts.extent));
}

void cut_loops(Arena *arena, KStmtVec *body)
{
    KStmtVec out = {0};
    for (int i = 0; i < body->count; i++) {
        KStmt *s = body->data[i];
        if (s->kind != KS_FOR) {
            vec_push(arena, &out, s);
            continue;
        }
        cut_loops(arena, &s->body);
        add_parts(arena, &out, s);
    }
    *body = out;
}
