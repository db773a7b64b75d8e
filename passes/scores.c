/* scores.c -- the scores of attention are computed again for the gradient, rather than kept.
 *
 *     %3 = contract %q %k labels=biaj,bkaj->baik        %3 = ... %8 = exp %7 (as before)
 *     %8 = exp (%3 - %max)                       =>     %21 = contract %q %k  (the same once more)
 *     %9 = contract %8 %v labels=baij,bjak->biak        %23 = exp (%21 - %max)
 *     %14 = mul %13 %8            (a gradient)          %14 = mul %13 %23
 *
 * Scores are a product of two values (no parameters) with more elements than both, and a short sum;
 * of which rows are reduced (a softmax), and multiplied with something along the row (the values).
 * Its gradient then finds them in a block of rows at a time (codegen/fuse_blocks.c), and neither
 * needs all of them in memory.  What was reduced, one number for each row, is kept.  Random draws
 * that the scores meet are drawn again: they are a matter of their key. */
#include "ir/infer_rules.h"
#include "passes/pass.h"

enum { SHORT_SUM = 256 };

typedef struct Scores {
    Graph *g;
    int ids;          /* nodes that there were */
    Node **scores;    /* by id: the product that it is an elementwise function of, or NULL */
    bool *draws;      /* it is a function of random draws and constants alone */
    bool *reduced;    /* by the product's id: rows of them are, */
    bool *multiplied; /* and rows of them are multiplied with something */
    bool *result;     /* it is one of the graph */
    Node **again;     /* by id: the copy */
} Scores;

/* ---- scores ---- */

static bool is_parameter(const Node *n)
{
    while (op_info[n->op].class == CLASS_VIEW && n->arity == 1)
        n = n->args[0];
    return n->op == OP_param || n->op == OP_state || n->op == OP_const;
}

static int64_t elements(const Node *n)
{
    int64_t count;
    return type_count(&n->type, 1, &count) ? count : INT64_MAX;
}

static bool has_label(const char *labels, char label)
{
    for (; *labels; labels++)
        if (*labels == label)
            return true;
    return false;
}

static int64_t sum_length(const Node *n)
{
    int64_t length = 1;
    for (int axis = 0; n->attr.labels[0][axis]; axis++)
        if (!has_label(n->attr.labels[2], n->attr.labels[0][axis]))
            length *= n->args[0]->type.dims[axis].size;
    return length;
}

static bool are_scores(const Node *n)
{
    return n->op == OP_contract && !n->grad_of && dtype_is_float(n->type.dtype) &&
           !is_parameter(n->args[0]) && !is_parameter(n->args[1]) &&
           elements(n) > elements(n->args[0]) && elements(n) > elements(n->args[1]) &&
           sum_length(n) <= SHORT_SUM;
}

/* Is the last axis of the operand summed over? */
static bool multiplies_rows(const Node *n, int operand)
{
    const int rank = n->args[operand]->type.rank;
    return n->op == OP_contract && rank > 0 &&
           !has_label(n->attr.labels[2], n->attr.labels[operand][rank - 1]);
}

static bool is_reduction(const Node *n)
{
    return n->op == OP_sum || n->op == OP_max;
}

static void look_at(Scores *r, const Node *n)
{
    const OpClass class = op_info[n->op].class;
    bool draws = n->op == OP_uniform || n->op == OP_normal || n->op == OP_const;
    if (are_scores(n))
        r->scores[n->id] = (Node *)n;
    if (class == CLASS_EWISE && n->arity > 0)
        draws = true;
    for (int k = 0; k < n->arity; k++) {
        Node *scores = r->scores[n->args[k]->id];
        draws &= r->draws[n->args[k]->id];
        if (!scores || n->grad_of)
            continue;
        if (class == CLASS_EWISE)
            r->scores[n->id] = scores;
        r->reduced[scores->id] |= is_reduction(n);
        r->multiplied[scores->id] |= multiplies_rows(n, k);
    }
    r->draws[n->id] = draws && !n->host && !n->grad_of;
}

/* ---- copies ---- */

static bool is_recomputed(const Scores *r, const Node *n)
{
    const Node *scores = n->id < r->ids ? r->scores[n->id] : NULL;
    return scores && r->reduced[scores->id] && r->multiplied[scores->id] && !r->result[n->id];
}

static Node *copy_of(Scores *r, Node *n)
{
    Node *args[MAX_RANK];
    if (!is_recomputed(r, n) && !(n->id < r->ids && r->draws[n->id]))
        return n;
    if (r->again[n->id])
        return r->again[n->id];
    for (int k = 0; k < n->arity; k++)
        args[k] = n == r->scores[n->id] ? n->args[k] : copy_of(r, n->args[k]);
    r->g->loc = n->loc;
    Node *copy =
        graph_add(r->g, n->op, args, n->arity, &n->attr, op_type_is_given(n->op) ? &n->type : NULL);
    node_take_names(copy, n);
    copy->of_scores = true;
    r->again[n->id] = copy;
    return copy;
}

static bool copy_for_gradients(Scores *r, int count)
{
    bool changed = false;
    for (int i = 0; i < count; i++) {
        Node *n = r->g->nodes.data[i];
        for (int k = 0; k < n->arity && n->grad_of; k++) {
            if (!is_recomputed(r, n->args[k]))
                continue;
            n->args[k] = copy_of(r, n->args[k]);
            changed = true;
        }
    }
    /* And the draws that these meet in the gradient. */
    for (int i = 0; i < count && changed; i++) {
        Node *n = r->g->nodes.data[i];
        for (int k = 0; k < n->arity && n->grad_of; k++) {
            const int id = n->args[k]->id;
            if (id < r->ids && r->again[id] && r->draws[id])
                n->args[k] = r->again[id];
        }
    }
    return changed;
}

/* The scores whose gradient the node is part of, by what it computes or reads; or NULL. */
static const Node *scores_of_gradient(const Scores *r, const Node *n)
{
    if (n->grad_of && n->grad_of->id < r->ids && is_recomputed(r, n->grad_of))
        return r->scores[n->grad_of->id];
    return NULL;
}

/* Copies stand before all of the gradient that they are part of, so that one kernel can have both.
 */
static void place_copies(Scores *r, int count)
{
    Graph *g = r->g;
    NodeVec placed = {0};
    bool *done = arena_array(g->arena, bool, r->ids);
    for (int i = 0; i < count; i++) {
        const Node *scores = scores_of_gradient(r, g->nodes.data[i]);
        for (int k = 0; k < count && scores && !done[scores->id]; k++) {
            const Node *old = g->nodes.data[k];
            if (r->again[old->id] && r->scores[old->id] == scores)
                vec_push(g->arena, &placed, r->again[old->id]);
        }
        if (scores)
            done[scores->id] = true;
        vec_push(g->arena, &placed, g->nodes.data[i]);
    }
    g->nodes = placed;
    graph_sort(g); /* takes in what those read */
}

bool pass_scores(Graph *g)
{
    const int count = g->nodes.count, ids = g->next_id;
    const Loc loc = g->loc;
    Scores r = {.g = g, .ids = ids};
    if (g->outer)
        return false;
    r.scores = arena_array(g->arena, Node *, ids);
    r.draws = arena_array(g->arena, bool, ids);
    r.reduced = arena_array(g->arena, bool, ids);
    r.multiplied = arena_array(g->arena, bool, ids);
    r.result = arena_array(g->arena, bool, ids);
    r.again = arena_array(g->arena, Node *, ids);
    for (int i = 0; i < g->results.count; i++)
        r.result[g->results.data[i].node->id] = true;
    for (int i = 0; i < count; i++)
        look_at(&r, g->nodes.data[i]);
    g->grad_of = NULL;
    const bool changed = copy_for_gradients(&r, count);
    g->loc = loc;
    if (changed)
        place_copies(&r, count);
    return changed;
}
