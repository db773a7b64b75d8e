/* in_place.c -- see in_place.h.
 *
 * In: a routine whose buffers have lifetimes.  A buffer y, made by kernel k, may lie over an x of
 * the same size that k reads last, if k stores each element of y once, and loads of x only the
 * element that it is about to store, before it does:
 *
 *     for i, j:  t = x[i * 10 + j];  y[i * 10 + j] = t * s[i]          yes
 *     for i, j:  y[i * 10 + j] = x[j * 10 + i]                         no: another element
 *     for i: for j: y[..] = x[..] - x[i * 10]                          no: stored by then
 *     a team for each i:  t = x[i];  y[i] = t * 2        no: the first thread stores, all load */
#include "codegen/in_place.h"

#include "codegen/block.h"
#include "codegen/kexpr.h"

enum { LEAST = 4096 }; /* bytes: below, it says less than it saves */

typedef struct Search {
    const Buffer *from, *to;
    const KStmt *loops[MAX_LOOPS]; /* open where the search is */
    int depth;
    /* Where the one store of `to` stands. */
    const KStmtVec *body;
    int position, stores, store_depth;
    const KStmt *store_loops[MAX_LOOPS];
    const KExpr *index;
    bool by_first; /* it is the first thread's of a team, all of which compute what it stores */
} Search;

/* ---- the store ---- */

/* Within a team, outside of the loops whose turns its threads share? */
static bool is_by_first(const Search *s)
{
    bool team = false, shared = false;
    for (int i = 0; i < s->depth; i++) {
        const Share share = s->loops[i]->share;
        team |= share == SHARE_TEAMS;
        shared |= share == SHARE_TEAM || share == SHARE_TILE;
    }
    return team && !shared;
}

/* False where the kernel has something in it that is not looked into. */
static bool find_store(Search *s, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *stmt = body->data[i];
        if (stmt->kind != KS_FOR && stmt->kind != KS_LET && stmt->kind != KS_SET &&
            stmt->kind != KS_STORE && stmt->kind != KS_ARRAY)
            return false;
        if (stmt->kind == KS_STORE && stmt->buffer == s->to) {
            s->body = body;
            s->position = i;
            s->index = stmt->index;
            s->by_first = is_by_first(s);
            s->store_depth = s->depth;
            for (int k = 0; k < s->depth; k++)
                s->store_loops[k] = s->loops[k];
            s->stores += 1 + stmt->accumulate;
        }
        if (stmt->kind != KS_FOR)
            continue;
        s->loops[s->depth++] = stmt;
        if (!find_store(s, &stmt->body))
            return false;
        s->depth--;
    }
    return true;
}

/* Does each turn of the loops store another element?  As a row-major index does:
 * i * 640 + j * 10 + k with j < 64 and k < 10. */
static bool stores_each_once(const Search *s)
{
    int64_t factor[MAX_LOOPS];
    for (int i = 0; i < s->store_depth; i++)
        if (!kexpr_factor(s->index, s->store_loops[i]->name, &factor[i]) || factor[i] < 0)
            return false;
    for (int i = 0; i < s->store_depth; i++) {
        for (int k = 0; k < s->store_depth; k++) {
            const int64_t turns = s->store_loops[k]->extent->high;
            const bool inner = factor[k] < factor[i] || (factor[k] == factor[i] && k > i);
            if (i != k && inner && turns > 1 &&
                (turns > INT32_MAX || factor[k] > INT32_MAX || factor[k] * turns > factor[i]))
                return false;
        }
        if (factor[i] == 0 && s->store_loops[i]->extent->high > 1)
            return false;
    }
    return true;
}

/* ---- the loads ---- */

static bool loads_well(const Search *s, const KExpr *x, bool in_place)
{
    if (x->kind == KE_LOAD &&
        (x->buffer == s->to ||
         (x->buffer == s->from && (!in_place || !kexpr_equal(x->args[0], s->index)))))
        return false;
    for (int i = 0; i < x->arity; i++)
        if (!loads_well(s, x->args[i], in_place))
            return false;
    return true;
}

/* All loads of `from` are of the element stored next, by the statements before the store; by that
 * alone where others of a team may come to the ones before it later. */
static bool all_load_well(const Search *s, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *stmt = body->data[i];
        const bool in_place = body == s->body && stmt->kind != KS_FOR &&
                              (s->by_first ? i == s->position : i <= s->position);
        const KExpr *const parts[] = {stmt->extent, stmt->index, stmt->value};
        for (int k = 0; k < 3; k++)
            if (parts[k] && !loads_well(s, parts[k], in_place))
                return false;
        if (stmt->kind == KS_FOR && !all_load_well(s, &stmt->body))
            return false;
    }
    return true;
}

static bool is_among(const BufferVec *buffers, const Buffer *b)
{
    for (int i = 0; i < buffers->count; i++)
        if (buffers->data[i] == b)
            return true;
    return false;
}

/* May the kernel compute `to` where `from` lies? */
static bool may_overwrite(const Kernel *k, const Buffer *from, const Buffer *to)
{
    Search s = {.from = from, .to = to};
    return !is_among(&k->writes, from) && !is_among(&k->reads, to) && find_store(&s, &k->body) &&
           s.stores == 1 && stores_each_once(&s) && all_load_well(&s, &k->body);
}

/* ---- choosing ---- */

static bool is_candidate(const Kernel *k, int position, const Buffer *from, const Buffer *to)
{
    return from->place == PLACE_WORK && from->last == position && !from->keep &&
           from->loop == k->loop && from->bytes == to->bytes && from->bytes >= LEAST &&
           dtype_info[from->type.dtype].bytes == dtype_info[to->type.dtype].bytes &&
           from->stack_loop < 0 && !from->inside;
}

static bool is_taken(const Kernel *k, const Buffer *from)
{
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i]->over == from)
            return true;
    return false;
}

static void choose_for(const Kernel *k, int position, Buffer *to)
{
    if (to->place != PLACE_WORK || to->first != position || to->loop != k->loop ||
        to->stack_loop >= 0 || to->inside)
        return;
    for (int i = 0; i < k->reads.count && !to->over; i++) {
        Buffer *from = k->reads.data[i];
        if (is_candidate(k, position, from, to) && !is_taken(k, from) && may_overwrite(k, from, to))
            to->over = from;
    }
}

void in_place_choose(Routine *r)
{
    for (int position = 0; position < r->kernels.count; position++) {
        const Kernel *k = r->kernels.data[position];
        for (int i = 0; i < k->writes.count; i++)
            choose_for(k, position, k->writes.data[i]);
    }
}

/* ---- the kernels ---- */

static void redirect_loads(KExpr *x, const Buffer *from, Buffer *to)
{
    if (x->kind == KE_LOAD && x->buffer == from)
        x->buffer = to;
    for (int i = 0; i < x->arity; i++)
        redirect_loads(x->args[i], from, to);
}

static void redirect(const KStmtVec *body, const Buffer *from, Buffer *to)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *stmt = body->data[i];
        if (stmt->value)
            redirect_loads(stmt->value, from, to);
        redirect(&stmt->body, from, to);
    }
}

void in_place_apply(Routine *r, Arena *arena)
{
    for (int position = 0; position < r->kernels.count; position++) {
        Kernel *k = r->kernels.data[position];
        for (int i = 0; i < k->writes.count; i++) {
            Buffer *to = k->writes.data[i];
            if (!to->over || to->first != position)
                continue;
            redirect(&k->body, to->over, to);
            BufferVec reads = {0};
            for (int m = 0; m < k->reads.count; m++)
                vec_push(arena, &reads, k->reads.data[m] == to->over ? to : k->reads.data[m]);
            k->reads = reads;
            k->note = arena_printf(arena, "%s%s%s takes the place of %s", k->note ? k->note : "",
                                   k->note ? ", " : "", to->name, to->over->name);
        }
    }
}
