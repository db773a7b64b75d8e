/* coupled.c -- may a step's batch be cut into parts?
 *
 *     y = x - mean(x, axis = 0)      no: each sample's value depends on all
 *     loss = mean(f(x, w))           yes: the loss and its gradients are sums over samples
 *
 * In: a model as elaborated, gradients still as `grad` nodes.  A value is of all samples if it, or
 * what it is computed from, was summed over them; samples are coupled where such a value meets one
 * that has a row for each sample again, and where a state changes once a step. */
#include "ir/scan.h"
#include "passes/pass.h"

static bool has_samples(const Node *n)
{
    return type_batch_axis(&n->type) >= 0;
}

/* Does one sample's part of the result come from another's of the operand? */
static bool mixes_samples(const Node *n)
{
    const int axis = n->arity > 0 ? type_batch_axis(&n->args[0]->type) : -1;
    if (axis < 0)
        return false;
    if (n->op == OP_slice || n->op == OP_pad)
        return n->attr.start[axis] != 0 || n->attr.step[axis] != 1;
    return (op_info[n->op].class == CLASS_RUNNING || n->op == OP_gather || n->op == OP_scatter ||
            n->op == OP_concat || n->op == OP_window) &&
           n->attr.axes[0] == axis;
}

/* The first node of the graph that couples samples, or NULL. */
static const Node *find_in(const Graph *g)
{
    bool *of_all = arena_array(g->arena, bool, g->next_id);
    for (int i = 0; i < g->nodes.count; i++) {
        const Node *n = g->nodes.data[i], *inside = NULL;
        bool any = false, samples = false;
        for (int k = 0; k < n->arity; k++) {
            any |= of_all[n->args[k]->id];
            samples |= has_samples(n->args[k]);
        }
        of_all[n->id] = any || (samples && !has_samples(n) && n->op != OP_scan);
        if (n->op == OP_scan)
            inside = find_in(n->attr.scan->body);
        if (inside || mixes_samples(n) || (any && has_samples(n)))
            return inside ? inside : n;
    }
    return NULL;
}

const Node *model_find_coupled(const Model *m)
{
    for (int i = 0; i < m->entries.count; i++) {
        const Graph *g = m->entries.data[i].graph;
        if (m->entries.data[i].kind != ENTRY_TRAIN)
            continue;
        const Node *coupled = find_in(g);
        for (int k = 0; k < g->results.count && !coupled; k++) {
            const Result *r = &g->results.data[k];
            const Var *var = r->kind == RESULT_WRITE ? &m->vars.data[r->slot] : NULL;
            if (var && var->kind == VAR_STATE && !var->optimizer && !var->average)
                coupled = r->node;
        }
        if (coupled)
            return coupled;
    }
    return NULL;
}
