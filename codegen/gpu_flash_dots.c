/* gpu_flash_dots.c -- sums along the keys that need no keys: of attention's gradient
 *
 *     dp = do v^T     d = sum(dp * w) over the keys  =  sum(do * o) over the columns
 *     o = w v         in the forward pass
 *
 * w is a product of factors, which are looked for among those of d's terms; what is left of these
 * must be the same for the whole row, and stands in front of the sum.  Scores that were computed
 * once more (passes/scores.c) are other nodes with the same values. */
#include "codegen/gpu_flash.h"

/* ---- the same value ---- */

static bool same_value(const Node *a, const Node *b, int *patience)
{
    if (a == b)
        return true;
    if (--*patience < 0 || !node_same_operation(a, b) || a->op == OP_scan)
        return false;
    for (int i = 0; i < a->arity; i++)
        if (!same_value(a->args[i], b->args[i], patience))
            return false;
    return true;
}

static bool are_same(const Node *a, const Node *b)
{
    int patience = 200; /* nodes looked at */
    return same_value(a, b, &patience);
}

/* ---- factors ---- */

static bool collect(FlashFactors *f, const Node *n, bool divides)
{
    if (n->op == OP_mul || n->op == OP_div)
        return collect(f, n->args[0], divides) &&
               collect(f, n->args[1], divides != (n->op == OP_div));
    if (f->count == FLASH_FACTORS)
        return false;
    f->all[f->count++] = (FlashFactor){n, divides};
    return true;
}

static void take_out(FlashFactors *f, int at)
{
    f->all[at] = f->all[--f->count];
}

static bool take_same(FlashFactors *f, const FlashFactor *wanted)
{
    for (int i = 0; i < f->count; i++)
        if (f->all[i].divides == wanted->divides && are_same(f->all[i].n, wanted->n)) {
            take_out(f, i);
            return true;
        }
    return false;
}

/* Is it the same all along the axis, and seen to be? */
static bool is_repeated(const Node *n, int axis)
{
    if (n->op == OP_const)
        return !n->attr.elements;
    if (n->op == OP_expand)
        return dim_is_one(n->args[0]->type.dims[axis]) || is_repeated(n->args[0], axis);
    if (n->host || op_info[n->op].class != CLASS_EWISE)
        return n->host;
    for (int i = 0; i < n->arity; i++)
        if (!is_repeated(n->args[i], axis))
            return false;
    return true;
}

/* ---- labels ---- */

/* Labels of the one product as those of the other. */
typedef struct Renaming {
    int of[26]; /* -1: not yet */
    bool fails;
} Renaming;

static void name_all(Renaming *names, const char *these, const char *those)
{
    for (int axis = 0; these[axis]; axis++) {
        int *name = &names->of[these[axis] - 'a'];
        names->fails |= *name >= 0 && *name != those[axis] - 'a';
        *name = those[axis] - 'a';
    }
}

static bool has_label(const char *labels, int label)
{
    for (; *labels; labels++)
        if (*labels - 'a' == label)
            return true;
    return false;
}

/* made = w v, with w in the place of the product `into` and v that which it has; the sum is over
 * the keys alone. */
static bool find_names(const FlashDot *dot, int of_made, int of_into, Renaming *names)
{
    const BlockProduct *b = dot->into;
    const Node *made = dot->made;
    const char *result = made->attr.labels[2];
    for (int i = 0; i < 26; i++)
        names->of[i] = -1;
    name_all(names, made->attr.labels[of_made], b->n->attr.labels[of_into]);
    name_all(names, made->attr.labels[1 - of_made], b->n->attr.labels[2]);
    for (int t = 0; t < 2 && !names->fails; t++)
        for (const char *label = made->attr.labels[t]; *label; label++) {
            const bool summed = !has_label(result, *label - 'a');
            names->fails |= summed != (names->of[*label - 'a'] == b->key);
        }
    return !names->fails;
}

/* ---- products ---- */

static bool is_made(const Rows *r, const Node *n)
{
    const NodeInfo *info = &r->l->info[n->id];
    return n->op == OP_contract && info->root && info->buffer && info->group >= 0 &&
           &r->l->groups.data[info->group] < r->group;
}

/* Is `made` the product of some of these factors with what `into` multiplies? */
static bool fits(FlashDot *dot, const FlashFactors *rest, int key_axis)
{
    for (int of_made = 0; of_made < 2; of_made++) {
        const Node *w = dot->made->args[1 - of_made], *v = dot->made->args[of_made];
        FlashFactors weight = {.count = 0};
        const int of_into = dot->into->columns;
        Renaming names = {.fails = false};
        dot->rest = *rest;
        bool found = type_equal(&w->type, &dot->into->n->type) && collect(&weight, w, false) &&
                     are_same(v, dot->into->n->args[of_into]);
        for (int i = 0; i < weight.count && found; i++)
            found = take_same(&dot->rest, &weight.all[i]);
        for (int i = 0; i < dot->rest.count && found; i++)
            found = is_repeated(dot->rest.all[i].n, key_axis);
        if (!found || !find_names(dot, of_made, of_into, &names))
            continue;
        for (int axis = 0; dot->made->attr.labels[2][axis]; axis++)
            dot->labels[axis] = names.of[dot->made->attr.labels[2][axis] - 'a'];
        return true;
    }
    return false;
}

static const BlockProduct *find_into(const Rows *r, const Node *n)
{
    for (int i = 0; i < r->group->products.count; i++)
        if (r->group->products.data[i].kind == BLOCK_INTO && r->group->products.data[i].n == n)
            return &r->group->products.data[i];
    return NULL;
}

bool gpu_flash_find_dot(const Rows *r, const Node *sum, FlashDot *dot)
{
    const Graph *g = r->l->graph;
    FlashFactors all = {.count = 0};
    if (sum->op != OP_sum || sum->attr.axis_count != 1 || !collect(&all, sum->args[0], false))
        return false;
    for (int i = 0; i < all.count; i++) {
        dot->into = all.all[i].divides ? NULL : find_into(r, all.all[i].n);
        if (!dot->into || !type_equal(&all.all[i].n->type, &sum->args[0]->type))
            continue;
        FlashFactors rest = all;
        take_out(&rest, i);
        for (int k = g->nodes.count - 1; k >= 0; k--) {
            dot->made = g->nodes.data[k];
            if (is_made(r, dot->made) && fits(dot, &rest, sum->attr.axes[0]))
                return true;
        }
    }
    return false;
}
