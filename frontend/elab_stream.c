/* elab_stream.c -- states that are carried from batch to batch: those with a batch dimension.
 *
 *     state h: f32[batch, 8] = 0      VAR_STATE, stream; its first value goes to the reset entry
 *     h <- ...                        in training, evaluation and prediction: each has its own
 *
 * They ask that samples come in lanes, one batch after the other. */
#include "frontend/elab.h"

/* ---- first values ---- */

static Node *find_reset(const Elab *e, int slot)
{
    for (int i = 0; i < e->graph->results.count; i++)
        if (e->graph->results.data[i].slot == slot)
            return e->graph->results.data[i].node;
    return NULL;
}

Node *stream_first(Elab *e, const Stmt *stmt, int slot, const char *path)
{
    const Var *var = &e->model->vars.data[slot];
    Node *first = find_reset(e, slot);
    if (first)
        return first;
    first = init_evaluate(e, stmt, stmt->type ? &var->type : NULL, path);
    if (first)
        graph_result(e->graph, RESULT_WRITE, slot, NULL, first, var->loc);
    return first;
}

bool has_streams(const Elab *e)
{
    for (int i = 0; i < e->model->vars.count; i++)
        if (e->model->vars.data[i].kind == VAR_STATE && e->model->vars.data[i].stream)
            return true;
    return false;
}

/* ---- writes outside of training ---- */

static void add_reads(Elab *e, Node *from, bool *reached)
{
    NodeVec todo = {0};
    vec_push(e->arena, &todo, from);
    while (todo.count > 0) {
        Node *node = todo.data[--todo.count];
        if (reached[node->id])
            continue;
        reached[node->id] = true;
        for (int i = 0; i < node->arity; i++)
            vec_push(e->arena, &todo, node->args[i]);
    }
}

static bool is_written(const Graph *g, int slot)
{
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].kind == RESULT_WRITE && g->results.data[i].slot == slot)
            return true;
    return false;
}

/* The next stream state that is read, was given a new value, and isn't a result yet; or NULL. */
static const VarUse *next_write(const Elab *e, const bool *reached)
{
    for (int i = 0; i < e->graph->nodes.count; i++) {
        const Node *n = e->graph->nodes.data[i];
        if (n->op != OP_state || !reached[n->id] || !e->model->vars.data[n->attr.slot].stream)
            continue;
        const VarUse *use = var_of_slot((Elab *)e, n->attr.slot);
        if (use->run == e->run && use->written && !is_written(e->graph, use->slot))
            return use;
    }
    return NULL;
}

void streams_write(Elab *e)
{
    bool *reached = arena_array(e->arena, bool, e->graph->next_id);
    const int values = e->graph->results.count;
    for (int i = 0; i < values; i++)
        add_reads(e, e->graph->results.data[i].node, reached);
    for (const VarUse *use; (use = next_write(e, reached));) {
        graph_result(e->graph, RESULT_WRITE, use->slot, NULL, use->node, use->write_loc);
        add_reads(e, use->node, reached);
    }
}

/* ---- what they ask of a training ---- */

static void check_train(Elab *e, const Var *var)
{
    const TrainConfig *train = &e->model->train;
    if (train->accumulate > 1)
        diag_error(e->diag, var->loc, "accumulate = 1",
                   "'%s' is carried from batch to batch, row by row: its step is one batch",
                   var->name);
    if (train->shuffle)
        diag_error(e->diag, e->shuffle_loc, "shuffle = false",
                   "samples cannot be shuffled: '%s' is carried from each to the one behind it",
                   var->name);
}

static void check_windows(Elab *e, const Var *var)
{
    for (int i = 0; i < e->model->splits.count; i++) {
        const Split *split = e->model->splits.data[i];
        for (int k = 0; k < split->sources.count; k++)
            if (split->sources.data[k].windows.random)
                diag_error(e->diag, split->sources.data[k].loc, "leave 'random' out",
                           "windows cannot lie at random: '%s' is carried from each to the one "
                           "behind it",
                           var->name);
    }
}

/* A state is carried on by the last of several steps, so that all see it as it was. */
static void check_last_step(Elab *e, const Var *var)
{
    const Entry *last = model_find_entry(e->model, ENTRY_TRAIN, e->step_count - 1);
    if (last && last->every > 1)
        diag_error(e->diag, var->loc, "put a step without 'every' last",
                   "'%s' is written by the last step of each batch, which does not run in each",
                   var->name);
}

void streams_check(Elab *e)
{
    const int slot = model_find_lanes(e->model);
    if (slot < 0)
        return;
    check_train(e, &e->model->vars.data[slot]);
    check_windows(e, &e->model->vars.data[slot]);
    check_last_step(e, &e->model->vars.data[slot]);
}
