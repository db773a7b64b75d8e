/* elab_step.c -- the steps of a train block: their own settings, and their losses.
 *
 *     step { minimize d_loss over D with adam()
 *            clip_norm = 1.0 }
 *     step { minimize g_loss over G with adam()
 *            every = 5 }
 *
 * A train block without step blocks is one itself. */
#include "frontend/elab.h"

#include <string.h>

enum { MAX_STEPS = 1000 };

static const Stmt *find_minimize(Elab *e, const StmtVec *body, Loc loc)
{
    const Stmt *found = NULL;
    for (int i = 0; i < body->count; i++) {
        if (body->data[i]->kind != STMT_MINIMIZE)
            continue;
        if (found) {
            diag_error(e->diag, body->data[i]->loc, "several losses take turns in step { } blocks",
                       "a step minimizes one loss");
            return NULL;
        }
        found = body->data[i];
    }
    if (!found)
        diag_error(e->diag, loc, "minimize loss with sgd()", "nothing is minimized here");
    return found;
}

/* ---- settings ---- */

bool step_setting(Elab *e, const Stmt *stmt, const char *name, Step *step)
{
    const bool norm = strcmp(name, "clip_norm") == 0;
    if (!norm && strcmp(name, "clip_value") != 0)
        return false;
    if (step && norm)
        step->clip_norm = setting_number(e, stmt, name, OPTION_POSITIVE);
    else if (step)
        step->clip_value = setting_number(e, stmt, name, OPTION_POSITIVE);
    return true;
}

/* All steps of a batch see the same samples, so that they accumulate alike: the first that says how
 * many micro-batches speaks for all, and the others may only agree. */
static void step_accumulate(Elab *e, const Stmt *stmt, int index)
{
    const int64_t parts = e->options->parts > 1 ? e->options->parts : 1;
    int64_t *train = &e->model->train.accumulate, mine = 1;
    if (!setting_positive(e, stmt, "accumulate", &mine))
        return;
    mine *= parts;
    if (index == 0 && *train == parts)
        *train = mine;
    if (mine != *train)
        diag_error(e->diag, stmt->loc, "set it in the train block, for all",
                   "the steps take turns on the same samples: they accumulate alike, and this is "
                   "%lld beside %lld",
                   (long long)mine, (long long)*train);
}

static void block_settings(Elab *e, const StmtVec *body, Step *step)
{
    static const char *const names[] = {"every", "clip_norm", "clip_value", "accumulate"};
    settings_once(e, body);
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->data[i];
        const char *name = stmt->kind == STMT_ASSIGN ? setting_name(e, stmt) : NULL;
        if (name && strcmp(name, "every") == 0)
            setting_positive(e, stmt, "every", &step->every);
        else if (name && strcmp(name, "accumulate") == 0)
            step_accumulate(e, stmt, step->index);
        else if (name && !step_setting(e, stmt, name, step))
            setting_unknown(e, stmt->targets.data[0], names, sizeof names / sizeof *names,
                            "a step");
    }
}

/* ---- losses ---- */

static Node *loss_evaluate(Elab *e, const Stmt *minimize)
{
    const Expr *expr = minimize->value;
    const Value v = eval_expr(e, expr);
    e->graph->loc = expr->loc;
    Node *loss = value_to_tensor(e, &v, expr->loc);
    if (!loss || (loss->type.rank == 0 && dtype_is_float(loss->type.dtype)))
        return loss;
    diag_error(e->diag, expr->loc,
               loss->type.rank > 0 ? "take its mean(...)" : "convert it: f32(...)",
               "the loss must be one float number, not %s", type_text(e->arena, &loss->type));
    return NULL;
}

static bool loss_is_named(const Elab *e, const char *name)
{
    for (int i = 0; i < e->losses.count; i++)
        if (strcmp(e->losses.data[i].name, name) == 0)
            return true;
    return false;
}

/* "loss" of an only step; else its name as it is written, or "loss2". */
static const char *loss_name(Elab *e, const Step *step, bool only)
{
    const Expr *expr = step->minimize->value;
    if (only)
        return "loss";
    if (expr->kind == EXPR_NAME && !loss_is_named(e, expr->text))
        return expr->text;
    const char *name = arena_printf(e->arena, "loss%d", step->index + 1);
    while (loss_is_named(e, name))
        name = arena_printf(e->arena, "%s_", name);
    return name;
}

/* Has step number `index` anything to do in this run? */
static bool step_runs(const Elab *e, int index)
{
    switch (e->kind) {
    case ENTRY_INIT:
        return e->training;
    case ENTRY_EVAL:
        return true;
    case ENTRY_TRAIN:
    case ENTRY_UPDATE:
    case ENTRY_CHECK_GRAD:
    case ENTRY_CHECK_LOSS:
        return index == e->step;
    default:
        return false;
    }
}

static void exec_step(Elab *e, Step *step, bool only)
{
    if (!step->minimize)
        return;
    step->name = loss_name(e, step, only);
    Node *loss = step_runs(e, step->index) ? loss_evaluate(e, step->minimize) : NULL;
    vec_push(e->arena, &e->losses, ((StepLoss){step->name, loss, step->minimize->loc}));
    if (!loss)
        return;
    if (e->kind == ENTRY_EVAL ? only : e->kind != ENTRY_INIT && e->kind != ENTRY_UPDATE)
        graph_result(e->graph, RESULT_VALUE, 0, "loss", loss, step->minimize->loc);
    if (e->kind != ENTRY_EVAL)
        step_update(e, step, loss);
}

void steps_evaluate(Elab *e)
{
    for (int i = 0; e->losses.count > 1 && i < e->losses.count; i++) {
        const StepLoss *loss = &e->losses.data[i];
        bool known = !loss->node;
        for (int k = 0; k < e->graph->results.count; k++) {
            const Result *r = &e->graph->results.data[k];
            known = known || (r->kind == RESULT_VALUE && strcmp(r->name, loss->name) == 0);
        }
        if (!known)
            graph_result(e->graph, RESULT_VALUE, 0, loss->name, loss->node, loss->loc);
    }
}

/* ---- the blocks ---- */

static int count_blocks(const Stmt *train)
{
    int count = 0;
    for (int i = 0; i < train->body.count; i++)
        count += train->body.data[i]->kind == STMT_STEP;
    return count;
}

static void exec_block_step(Elab *e, const Stmt *block, int index, bool only)
{
    Step step = {.index = index, .every = 1};
    block_settings(e, &block->body, &step);
    if (e->kind == ENTRY_TRAIN && index == e->step)
        e->every = step.every;
    step.minimize = find_minimize(e, &block->body, block->loc);
    exec_step(e, &step, only);
}

/* What belongs into the blocks, where there are some. */
static void refuse_outside(Elab *e, const Stmt *train)
{
    for (int i = 0; i < train->body.count; i++) {
        const Stmt *stmt = train->body.data[i];
        if (stmt->kind == STMT_MINIMIZE) {
            diag_error(e->diag, stmt->loc, NULL,
                       "where there are step { } blocks, each minimize stands in one");
            return;
        }
        const Expr *target = stmt->kind == STMT_ASSIGN ? stmt->targets.data[0] : NULL;
        if (target && target->kind == EXPR_NAME && step_setting(e, stmt, target->text, NULL))
            diag_error(e->diag, stmt->loc, NULL,
                       "where there are step { } blocks, %s stands in the one that it is for",
                       target->text);
    }
}

/* The train block itself is the step. */
static void exec_only_step(Elab *e, const Stmt *train)
{
    Step step = {.every = 1};
    for (int i = 0; i < train->body.count; i++) {
        const Stmt *stmt = train->body.data[i];
        const Expr *target = stmt->kind == STMT_ASSIGN ? stmt->targets.data[0] : NULL;
        if (target && target->kind == EXPR_NAME)
            step_setting(e, stmt, target->text, &step);
    }
    step.minimize = find_minimize(e, &train->body, train->loc);
    exec_step(e, &step, true);
}

void exec_steps(Elab *e, const Stmt *train)
{
    const int count = count_blocks(train);
    e->losses.count = 0;
    e->step_count = count > 0 ? count : 1;
    if (count > MAX_STEPS)
        elab_stop(e, train->loc, "steps", MAX_STEPS);
    if (count > 0)
        refuse_outside(e, train);
    else
        exec_only_step(e, train);
    for (int i = 0, index = 0; i < train->body.count && !e->stopped; i++)
        if (train->body.data[i]->kind == STMT_STEP)
            exec_block_step(e, train->body.data[i], index++, count == 1);
}
