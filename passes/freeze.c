/* freeze.c -- detached values of a gradient check.
 *
 * A gradient check compares dL/dp with differences of L as p moves.  detach(x) says that the
 * gradient takes x for a constant, so the differences must, too: the CHECK_GRAD entry stores each
 * detached value in a scratch variable, and CHECK_LOSS reads it from there instead of computing it.
 * Both were elaborated from the same text, so the k-th detach of one is the k-th of the other. */
#include "passes/pass.h"

typedef Vec(Node *) DetachVec;

static DetachVec find_detached(const Graph *g)
{
    DetachVec found = {0};
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_detach)
            vec_push(g->arena, &found, g->nodes.data[i]);
    return found;
}

/* The gradient's graph has more after the loss: only what the loss graph has counts. */
static void freeze_pair(Model *m, Graph *grad, Graph *loss, int step)
{
    graph_sort(grad);
    graph_sort(loss);
    const DetachVec wrote = find_detached(grad), read = find_detached(loss);
    if (wrote.count < read.count)
        ice("the check of step %d has %d detached values, its loss %d", step, wrote.count,
            read.count);
    for (int k = 0; k < read.count; k++) {
        Node *value = wrote.data[k];
        if (!type_equal(&value->type, &read.data[k]->type))
            ice("detached value %d of step %d differs in the two check entries", k, step);
        const char *name = arena_printf(m->arena, "frozen.%d.%d", step, k);
        const int slot = model_add_var(m, VAR_SCRATCH, name, &value->type, value->loc);
        m->vars.data[slot].stream = type_batch_axis(&value->type) >= 0;
        graph_result(grad, RESULT_WRITE, slot, NULL, value, value->loc);
        loss->loc = read.data[k]->loc;
        graph_replace(loss, read.data[k], graph_slot(loss, OP_state, slot));
    }
    graph_sort(loss);
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
