/* gpu_flash_find.c -- a softmax among rows with products around them, by its structure:
 *
 *     m = max(x)    e = exp(x - m)    l = sum(e)    o = (e / l * w) v
 *
 * Where x goes up block by block, what was added up of e is a constant factor behind, and nothing
 * else depends on m or l. */
#include "codegen/gpu_flash.h"

/* Without the views around it that only repeat it. */
static const Node *behind_views(const Node *n)
{
    while (n->op == OP_expand || n->op == OP_reshape)
        n = n->args[0];
    return n;
}

/* Folds of rows, other than these two? */
static bool has_others(const Rows *r, const FlashSoftmax *s)
{
    for (int i = 0; i < r->count; i++)
        if (r->members[i].folded && r->members[i].n != s->max && r->members[i].n != s->sum)
            return true;
    return false;
}

static bool is_softmax(const Rows *r, const Node *sum, FlashSoftmax *s)
{
    const Node *e = sum->args[0];
    if (sum->op != OP_sum || e->op != OP_exp || e->args[0]->op != OP_sub)
        return false;
    const Node *scores = e->args[0]->args[0], *max = behind_views(e->args[0]->args[1]);
    *s = (FlashSoftmax){max, sum, scores};
    if (max->op != OP_max || max->args[0] != scores || !type_equal(&max->type, &sum->type))
        return false;
    for (int i = 0; i < r->count; i++)
        if (r->members[i].n == max)
            return r->members[i].folded && !has_others(r, s);
    return false;
}

/* ---- weights ---- */

typedef struct Walk {
    const Lowering *l;
    const FlashSoftmax *s;
    bool *seen;  /* by id */
    int divided; /* times, by l */
} Walk;

/* Is it the same whatever m and l are? */
static bool is_fixed(Walk *w, const Node *n)
{
    if (n == w->s->max || n == w->s->sum)
        return false;
    const NodeInfo *info = &w->l->info[n->id];
    const bool before = info->buffer && info->group != w->l->info[w->s->sum->id].group;
    if (w->seen[n->id] || before || n->op == OP_contract)
        return true;
    w->seen[n->id] = true;
    for (int i = 0; i < n->arity && w->seen[n->id]; i++)
        w->seen[n->id] = is_fixed(w, n->args[i]);
    return w->seen[n->id];
}

/* Is it e, times and by what is fixed? */
static bool is_scaled(Walk *w, const Node *n)
{
    if (n == w->s->sum->args[0])
        return true;
    if (n->op == OP_mul)
        return (is_scaled(w, n->args[0]) && is_fixed(w, n->args[1])) ||
               (is_scaled(w, n->args[1]) && is_fixed(w, n->args[0]));
    if (n->op != OP_div || !is_scaled(w, n->args[0]))
        return false;
    const bool by_sum = behind_views(n->args[1]) == w->s->sum;
    w->divided += by_sum;
    return by_sum || is_fixed(w, n->args[1]);
}

static bool is_weight(const Lowering *l, const FlashSoftmax *s, const Node *n, bool *divided)
{
    Walk w = {l, s, arena_array(l->arena, bool, l->graph->next_id), 0};
    const bool fits = is_scaled(&w, n) && w.divided <= 1;
    *divided = w.divided == 1;
    return fits;
}

bool gpu_flash_is_divided(const Lowering *l, const FlashSoftmax *softmax, const Node *weight)
{
    bool divided;
    return is_weight(l, softmax, weight, &divided) && divided;
}

FlashSoftmax gpu_flash_softmax(const Rows *r)
{
    FlashSoftmax s = {0};
    bool found = false, divided;
    for (int i = 0; i < r->count && !found; i++)
        found = r->members[i].folded && is_softmax(r, r->members[i].n, &s);
    for (int i = 0; i < r->group->products.count && found; i++) {
        const BlockProduct *b = &r->group->products.data[i];
        if (b->kind == BLOCK_OF)
            found = is_weight(r->l, &s, block_rows(b), &divided);
    }
    return found ? s : (FlashSoftmax){0};
}
