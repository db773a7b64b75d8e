/* elab_train.c -- the train block: settings, steps, losses.
 *
 *     train {
 *         minimize loss with adam(lr = lr)     one step; or several: step { minimize ... }
 *         batch = 32                           settings go to Model.train
 *     } */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

enum { MAX_STEPS = 1000 };

/* ---- settings ---- */

static bool want_positive(Elab *e, const Stmt *stmt, const char *what, int64_t *out)
{
    int64_t number;
    const Value v = eval_expr(e, stmt->value);
    if (!value_want_int(e, &v, stmt->value->loc, what, &number))
        return false;
    if (number < 1 || number > INT64_C(1) << 40) {
        diag_error(e->diag, stmt->value->loc, NULL, "%s must be at least 1%s, not %lld", what,
                   number < 1 ? "" : " and at most 2^40", (long long)number);
        return false;
    }
    *out = number;
    return true;
}

static void want_flag(Elab *e, const Stmt *stmt, const char *what, bool *out)
{
    const Value v = eval_expr(e, stmt->value);
    value_want_bool(e, &v, stmt->value->loc, what, out);
}

static void unknown_setting(Elab *e, const Expr *target, const char *const *names, int count,
                            const char *place)
{
    const char *near = text_nearest(target->text, names, count);
    diag_error(e->diag, target->loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near) : NULL,
               "%s has no setting '%s'", place, target->text);
}

static const char *setting_name(Elab *e, const Stmt *stmt)
{
    const Expr *target = stmt->targets.data[0];
    if (stmt->targets.count == 1 && target->kind == EXPR_NAME && !stmt->type)
        return target->text;
    diag_error(e->diag, target->loc, NULL, "a setting is a name: batch = 32");
    return NULL;
}

static void train_setting(Elab *e, const Stmt *stmt)
{
    static const char *const names[] = {"batch", "epochs", "shuffle", "drop_last"};
    TrainConfig *train = &e->model->train;
    const char *name = setting_name(e, stmt);
    if (!name)
        return;
    if (strcmp(name, "batch") == 0)
        want_positive(e, stmt, "batch", &train->batch);
    else if (strcmp(name, "epochs") == 0)
        want_positive(e, stmt, "epochs", &train->epochs);
    else if (strcmp(name, "shuffle") == 0)
        want_flag(e, stmt, "shuffle", &train->shuffle);
    else if (strcmp(name, "drop_last") == 0)
        want_flag(e, stmt, "drop_last", &train->drop_last);
    else
        unknown_setting(e, stmt->targets.data[0], names, 4, "train");
}

/* A setting given twice is a mistake: the first would be lost. */
static void check_settings_once(Elab *e, const StmtVec *body)
{
    StrMap *seen = strmap_new(e->arena);
    for (int i = 0; i < body->count; i++) {
        const Expr *target =
            body->data[i]->kind == STMT_ASSIGN ? body->data[i]->targets.data[0] : NULL;
        if (!target || target->kind != EXPR_NAME)
            continue;
        const Expr *before = strmap_get(seen, target->text);
        if (before) {
            diag_error(e->diag, target->loc, NULL, "'%s' is set twice", target->text);
            diag_note(e->diag, before->loc, "it was set here first");
        }
        strmap_set(seen, target->text, (void *)target);
    }
}

/* ---- steps ---- */

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

/* Has step number `index` anything to do in this run? */
static bool step_runs(const Elab *e, int index)
{
    switch (e->kind) {
    case ENTRY_INIT:
        return e->training;
    case ENTRY_EVAL:
        return index == 0;
    case ENTRY_TRAIN:
    case ENTRY_CHECK_GRAD:
    case ENTRY_CHECK_LOSS:
        return index == e->step;
    default:
        return false;
    }
}

static void exec_step(Elab *e, const Stmt *minimize, int index, int64_t every)
{
    if (!minimize || !step_runs(e, index))
        return;
    Node *loss = loss_evaluate(e, minimize);
    if (!loss)
        return;
    if (e->kind != ENTRY_INIT)
        graph_result(e->graph, RESULT_VALUE, 0, "loss", loss, minimize->loc);
    if (e->kind != ENTRY_EVAL)
        step_update(e, minimize, loss, index, every);
}

static int64_t step_every(Elab *e, const StmtVec *body)
{
    static const char *const names[] = {"every"};
    int64_t every = 1;
    check_settings_once(e, body);
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->data[i];
        const char *name = stmt->kind == STMT_ASSIGN ? setting_name(e, stmt) : NULL;
        if (name && strcmp(name, "every") == 0)
            want_positive(e, stmt, "every", &every);
        else if (name)
            unknown_setting(e, stmt->targets.data[0], names, 1, "a step");
    }
    return every;
}

/* The blocks, or the train block itself where it has none. */
static void exec_steps(Elab *e, const Stmt *stmt)
{
    int count = 0;
    const Stmt *minimize = NULL;
    for (int i = 0; i < stmt->body.count; i++) {
        const Stmt *step = stmt->body.data[i];
        if (step->kind == STMT_MINIMIZE && !minimize)
            minimize = step;
        if (step->kind != STMT_STEP)
            continue;
        const int64_t every = step_every(e, &step->body);
        if (e->kind == ENTRY_TRAIN && count == e->step)
            e->every = every;
        exec_step(e, find_minimize(e, &step->body, step->loc), count++, every);
    }
    if (count > 0 && minimize)
        diag_error(e->diag, minimize->loc, NULL,
                   "where there are step { } blocks, each minimize stands in one");
    else if (count == 0)
        exec_step(e, find_minimize(e, &stmt->body, stmt->loc), count++, 1);
    if (count > MAX_STEPS)
        elab_stop(e, stmt->loc, "steps", MAX_STEPS);
    e->step_count = count;
}

void exec_train(Elab *e, const Stmt *stmt)
{
    TrainConfig *train = &e->model->train;
    if (e->train_run == e->run) {
        diag_error(e->diag, stmt->loc, NULL, "there is a second train block");
        diag_note(e->diag, train->loc, "the first is here");
        return;
    }
    e->train_run = e->run;
    *train = (TrainConfig){.present = true, .batch = 32, .epochs = 1, .loc = stmt->loc};
    check_settings_once(e, &stmt->body);
    for (int i = 0; i < stmt->body.count; i++)
        if (stmt->body.data[i]->kind == STMT_ASSIGN)
            train_setting(e, stmt->body.data[i]);
    exec_steps(e, stmt);
}
