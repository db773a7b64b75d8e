/* freeze.c -- detached values of a gradient check.
 *
 * A gradient check compares dL/dp with differences of L as p moves.  detach(x) says that the
 * gradient takes x for a constant, so the differences must, too: the CHECK_GRAD entry stores each
 * detached value in a scratch variable, and CHECK_LOSS reads it from there instead of computing it.
 *
 * Both were elaborated from the same text, so the k-th detach of one is the k-th of the other -- as
 * elaborated: what no result needs differs between the two, and is dropped only afterwards.  Host
 * scalars come from options and counters, which no parameter moves: they stay. */
#include "ir/scan.h"
#include "passes/pass.h"

static void add_detached(const Graph *g, NodeVec *found)
{
    for (int i = 0; i < g->nodes.count; i++) {
        Node *n = g->nodes.data[i];
        if (n->op == OP_scan)
            add_detached(n->attr.scan->body, found);
        if (n->op == OP_detach)
            vec_push(g->arena, found, n);
    }
}

/* In the bodies of loops, too. */
static NodeVec find_detached(const Graph *g)
{
    NodeVec found = {0};
    add_detached(g, &found);
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

/* All values that a value of a loop's turns takes, outside of the loop. */
static Node *stack_turns(Node *value)
{
    while (value->graph->loop) {
        Node *loop = value->graph->loop;
        value = scan_out(loop, scan_yield(loop, value, scan_axis(&value->type), "frozen"));
    }
    return value;
}

/* The variable's part for the turn, in a body; the whole of it elsewhere. */
static Node *read_turn(Graph *g, int slot, const Type *type)
{
    if (!g->loop)
        return graph_slot(g, OP_state, slot);
    const int axis = scan_axis(type);
    const Type all = scan_stacked(type, axis, g->loop->attr.scan->turns);
    return scan_sequence(g->loop, read_turn(g->outer, slot, &all), axis);
}

/* The value that one entry writes; gives the node that reads it in the other. */
static Node *freeze_value(Graph *grad, Graph *loss, Node *value, const Node *detached,
                          const char *name)
{
    Model *m = grad->model;
    if (!type_equal(&value->type, &detached->type))
        ice("detached value '%s' is %s, and %s in the loss", name,
            type_text(m->arena, &value->type), type_text(m->arena, &detached->type));
    Node *all = stack_turns(value);
    const int slot = model_add_var(m, VAR_SCRATCH, name, &all->type, value->loc);
    m->vars.data[slot].stream = type_batch_axis(&value->type) >= 0;
    graph_result(grad, RESULT_WRITE, slot, NULL, all, value->loc);
    loss->loc = detached->loc;
    return read_turn(detached->graph, slot, &detached->type);
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

static void replace_in_body(Node *detached, Node *frozen)
{
    graph_replace(detached->graph, detached, frozen);
    for (Graph *g = detached->graph; g->loop; g = g->outer)
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
        Node *detached = read.data[k];
        const char *name = arena_printf(m->arena, "frozen.%d.%d", step, k);
        const bool inside = detached->graph != loss;
        if (detached->host || (!inside && !live[detached->id]))
            continue;
        Node *frozen = freeze_value(grad, loss, wrote.data[k], detached, name);
        if (inside)
            replace_in_body(detached, frozen);
        else
            with[detached->id] = frozen;
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
