/* freeze.c -- detached values of a gradient check.
 *
 * A gradient check compares dL/dp with differences of L as p moves.  detach(x) says that the
 * gradient takes x for a constant, so the differences must, too: the CHECK_GRAD entry stores each
 * detached value in a scratch variable, and CHECK_LOSS reads it from there instead of computing it.
 *
 * Both were elaborated from the same text, so the k-th detach of one is the k-th of the other -- as
 * elaborated: what no result needs differs between the two, and is dropped only afterwards.  Host
 * scalars come from options and counters, which no parameter moves: they stay. */
#include "passes/pass.h"

static NodeVec find_detached(const Graph *g)
{
    NodeVec found = {0};
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_detach)
            vec_push(g->arena, &found, g->nodes.data[i]);
    return found;
}

static bool *find_live(Graph *g)
{
    bool *live = arena_array(g->arena, bool, g->next_id);
    graph_sort(g);
    for (int i = 0; i < g->nodes.count; i++)
        live[g->nodes.data[i]->id] = true;
    return live;
}

/* The value that one entry writes; gives the node that reads it in the other. */
static Node *freeze_value(Graph *grad, Graph *loss, Node *value, const Node *detached,
                          const char *name)
{
    Model *m = grad->model;
    if (!type_equal(&value->type, &detached->type))
        ice("detached value '%s' is %s, and %s in the loss", name,
            type_text(m->arena, &value->type), type_text(m->arena, &detached->type));
    const int slot = model_add_var(m, VAR_SCRATCH, name, &value->type, value->loc);
    m->vars.data[slot].stream = type_batch_axis(&value->type) >= 0;
    graph_result(grad, RESULT_WRITE, slot, NULL, value, value->loc);
    loss->loc = detached->loc;
    return graph_slot(loss, OP_state, slot);
}

/* Puts with[id], where there is one, in the place of each node. */
static void replace_nodes(Graph *g, int ids, Node *const *with)
{
    for (int i = 0; i < g->nodes.count; i++) {
        Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++)
            if (n->args[k]->id < ids && with[n->args[k]->id])
                n->args[k] = with[n->args[k]->id];
    }
    for (int i = 0; i < g->results.count; i++) {
        Node **node = &g->results.data[i].node;
        if ((*node)->id < ids && with[(*node)->id])
            *node = with[(*node)->id];
    }
    graph_sort(g);
}

/* The gradient's graph may have more behind the loss: only what the loss graph has counts. */
static void freeze_pair(Model *m, Graph *grad, Graph *loss, int step)
{
    const NodeVec wrote = find_detached(grad), read = find_detached(loss);
    if (wrote.count < read.count)
        ice("the check of step %d has %d detached values, its loss %d", step, wrote.count,
            read.count);
    const int ids = loss->next_id;
    const bool *live = find_live(loss);
    Node **with = arena_array(m->arena, Node *, ids);
    for (int k = 0; k < read.count; k++) {
        const Node *detached = read.data[k];
        if (live[detached->id] && !detached->host)
            with[detached->id] = freeze_value(grad, loss, wrote.data[k], detached,
                                              arena_printf(m->arena, "frozen.%d.%d", step, k));
    }
    graph_sort(grad);
    replace_nodes(loss, ids, with);
}

bool pass_freeze(Model *m)
{
    const int count = m->vars.count;
    for (int i = 0; i < m->entries.count; i++) {
        const Entry *entry = &m->entries.data[i];
        if (entry->kind != ENTRY_CHECK_GRAD)
            continue;
        const Entry *loss = model_find_entry(m, ENTRY_CHECK_LOSS, entry->step);
        if (loss)
            freeze_pair(m, entry->graph, loss->graph, entry->step);
    }
    return m->vars.count != count;
}
