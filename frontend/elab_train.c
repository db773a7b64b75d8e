/* elab_train.c -- the train block: its settings, and what they ask of the rest of the file.
 *
 *     train {
 *         minimize loss with adam(lr = lr)     one step; or several: step { minimize ... }
 *         batch    = 32                        settings go to Model.train
 *         patience = 5                         needs data valid; monitor must be a metric
 *     } */
#include "frontend/elab.h"
#include "frontend/foreign.h"

#include <math.h>
#include <string.h>

#include "frontend/builtins.h"
#include "support/text.h"

/* ---- settings of any block ---- */

static bool want_integer(Elab *e, const Stmt *stmt, const char *what, int64_t least, int64_t *out)
{
    int64_t number;
    const Value v = eval_expr(e, stmt->value);
    if (!value_want_int(e, &v, stmt->value->loc, what, &number))
        return false;
    if (number < least || number > INT64_C(1) << 40) {
        diag_error(e->diag, stmt->value->loc, NULL, "%s must be at least %lld%s, not %lld", what,
                   (long long)least, number < least ? "" : " and at most 2^40", (long long)number);
        return false;
    }
    *out = number;
    return true;
}

bool setting_positive(Elab *e, const Stmt *stmt, const char *what, int64_t *out)
{
    return want_integer(e, stmt, what, 1, out);
}

static bool in_range(OptionRange range, double x)
{
    return isfinite(x) && (range == OPTION_SHARE ? x >= 0 && x < 1 : x > 0);
}

Node *setting_number(Elab *e, const Stmt *stmt, const char *what, OptionRange range)
{
    const Value v = eval_expr(e, stmt->value);
    const Type f64 = type_scalar(DT_F64);
    Option *option = v.kind == VALUE_TENSOR && v.node->op == OP_option
                         ? &e->model->options.data[v.node->attr.slot]
                         : NULL;
    if (v.kind == VALUE_ERROR)
        return NULL;
    if (!value_is_host(&v) && !value_is_number(&v)) {
        diag_error(e->diag, stmt->value->loc, NULL, "%s must be a number, not %s", what,
                   value_describe(e, &v));
        return NULL;
    }
    const double number = option ? option->value : value_is_host(&v) ? 0.5 : value_as_double(&v);
    if (!in_range(range, number)) {
        diag_error(e->diag, stmt->value->loc, NULL, "%s must be %s, not %g", what,
                   range == OPTION_SHARE ? "from 0 up to, but not including, 1" : "above 0",
                   number);
        return NULL;
    }
    if (option)
        option->range = range;
    return value_is_host(&v) ? value_to_host(e, &v) : graph_number(e->graph, number, &f64);
}

static void want_flag(Elab *e, const Stmt *stmt, const char *what, bool *out)
{
    const Value v = eval_expr(e, stmt->value);
    value_want_bool(e, &v, stmt->value->loc, what, out);
}

void setting_unknown(Elab *e, const Expr *target, const char *const *names, int count,
                     const char *place)
{
    const char *near = text_nearest(target->text, names, count);
    diag_error(e->diag, target->loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near)
                    : foreign_mend(target->text),
               "%s has no setting '%s'", place, target->text);
}

const char *setting_name(Elab *e, const Stmt *stmt)
{
    const Expr *target = stmt->targets.data[0];
    if (stmt->targets.count == 1 && target->kind == EXPR_NAME && !stmt->type)
        return target->text;
    diag_error(e->diag, target->loc, NULL, "a setting is a name: batch = 32");
    return NULL;
}

/* A setting given twice is a mistake: the first would be lost. */
void settings_once(Elab *e, const StmtVec *body)
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

/* ---- settings of train ---- */

static bool want_text(Elab *e, const Stmt *stmt, const char *what, const char **out)
{
    const Value v = eval_expr(e, stmt->value);
    if (v.kind == VALUE_STRING) {
        *out = v.text;
        return true;
    }
    if (v.kind != VALUE_ERROR)
        diag_error(e->diag, stmt->value->loc, NULL, "%s must be a string such as \"%s\", not %s",
                   what, strcmp(what, "mode") == 0 ? "max" : "loss", value_describe(e, &v));
    return false;
}

static void want_mode(Elab *e, const Stmt *stmt, TrainConfig *train)
{
    const char *mode;
    if (!want_text(e, stmt, "mode", &mode))
        return;
    train->monitor_max = strcmp(mode, "max") == 0;
    e->mode_given = true;
    if (!train->monitor_max && strcmp(mode, "min") != 0)
        diag_error(e->diag, stmt->value->loc, NULL, "mode is \"min\" or \"max\", not \"%.40s\"",
                   mode);
}

static void train_setting(Elab *e, const Stmt *stmt)
{
    static const char *const names[] = {"batch",    "epochs",  "shuffle", "drop_last", "accumulate",
                                        "patience", "monitor", "mode",    "average"};
    TrainConfig *train = &e->model->train;
    const char *name = setting_name(e, stmt);
    if (!name)
        return;
    if (strcmp(name, "batch") == 0 || strcmp(name, "epochs") == 0 ||
        strcmp(name, "accumulate") == 0)
        setting_positive(e, stmt, name,
                         name[0] == 'b'   ? &train->batch
                         : name[0] == 'e' ? &train->epochs
                                          : &train->accumulate);
    else if (strcmp(name, "shuffle") == 0)
        want_flag(e, stmt, "shuffle", &train->shuffle);
    else if (strcmp(name, "drop_last") == 0)
        want_flag(e, stmt, "drop_last", &train->drop_last);
    else if (strcmp(name, "patience") == 0)
        setting_positive(e, stmt, "patience", &train->patience);
    else if (strcmp(name, "monitor") == 0)
        want_text(e, stmt, "monitor", &train->monitor);
    else if (strcmp(name, "mode") == 0)
        want_mode(e, stmt, train);
    else if (strcmp(name, "average") == 0)
        e->average = setting_number(e, stmt, "average", OPTION_SHARE);
    else if (!step_setting(e, stmt, name, NULL))
        setting_unknown(e, stmt->targets.data[0], names, sizeof names / sizeof *names, "train");
    if (strcmp(name, "monitor") == 0 || (strcmp(name, "patience") == 0 && !e->monitor_loc.file) ||
        (strcmp(name, "mode") == 0 && !e->monitor_loc.file))
        e->monitor_loc = stmt->loc;
    if (strcmp(name, "shuffle") == 0)
        e->shuffle_loc = stmt->loc;
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
    *train =
        (TrainConfig){.present = true, .batch = 32, .epochs = 1, .accumulate = 1, .loc = stmt->loc};
    e->average = NULL;
    e->monitor_loc = (Loc){0};
    e->mode_given = false;
    settings_once(e, &stmt->body);
    for (int i = 0; i < stmt->body.count; i++)
        if (stmt->body.data[i]->kind == STMT_ASSIGN)
            train_setting(e, stmt->body.data[i]);
    if (e->options->parts > 1 && train->batch % e->options->parts == 0) {
        train->batch /= e->options->parts;
        train->accumulate *= e->options->parts;
    }
    exec_steps(e, stmt);
    if (train->patience > 0 && !train->monitor && e->losses.count > 0)
        train->monitor = e->losses.data[0].name;
}

/* ---- averages of parameters ---- */

void average_declare(Elab *e)
{
    Graph *g = e->graph;
    const int count = e->var_list.count;
    for (int i = 0; e->average && i < count; i++) {
        const VarUse *use = e->var_list.data[i];
        const Var var = e->model->vars.data[use->slot]; /* a copy: the list grows */
        if (var.kind != VAR_PARAM)
            continue;
        const int slot =
            model_add_var(e->model, VAR_STATE, arena_printf(e->arena, "average.%s", use->path),
                          &var.type, var.loc);
        e->model->vars.data[slot].average = true;
        graph_result(g, RESULT_WRITE, slot, NULL, use->initial, var.loc);
    }
}

/* a = d a + (1 - d) p, where d is 0 in the first step: it starts at the first step's result. */
void average_write(Elab *e)
{
    Graph *g = e->graph;
    const Type f64 = type_scalar(DT_F64);
    Node *one = graph_number(g, 1, &f64);
    Node *later = graph_binary(g, OP_sub, graph_counter(g, COUNTER_STEP), one);
    Node *keep = graph_binary(g, OP_mul, e->average, graph_binary(g, OP_minimum, later, one));
    Node *take = graph_binary(g, OP_sub, one, keep);
    for (int slot = 0; slot < e->model->vars.count; slot++) {
        const Var *var = &e->model->vars.data[slot];
        if (!var->average)
            continue;
        g->loc = var->loc;
        Node *old = graph_slot(g, OP_state, slot);
        Node *new =
            graph_slot(g, OP_param, model_find_var(e->model, var->name + strlen("average.")));
        Node *kept = graph_binary(g, OP_mul, graph_scalar_like(g, keep, &var->type), old);
        Node *taken = graph_binary(g, OP_mul, graph_scalar_like(g, take, &var->type), new);
        graph_result(g, RESULT_WRITE, slot, NULL, graph_binary(g, OP_add, kept, taken), var->loc);
    }
}

/* ---- what the settings ask of the file ---- */

/* Is a large value of the metric of this name good? -1: not known. */
static int is_large_better(const char *name)
{
    static const char *const large[] = {"accuracy",  "acc",    "r2",  "f1",   "auc",
                                        "precision", "recall", "top", "score"};
    static const char *const small[] = {"loss", "error", "mse", "mae", "rmse", "perplexity"};
    for (const char *at = name; *at;) {
        const size_t length = strcspn(at, "_");
        for (size_t i = 0; i < sizeof large / sizeof *large; i++)
            if (strlen(large[i]) == length && strncmp(at, large[i], length) == 0)
                return 1;
        for (size_t i = 0; i < sizeof small / sizeof *small; i++)
            if (strlen(small[i]) == length && strncmp(at, small[i], length) == 0)
                return 0;
        at += length + (at[length] == '_');
    }
    return -1;
}

static bool is_loss(const Elab *e, const char *name)
{
    for (int i = 0; i < e->losses.count; i++)
        if (strcmp(e->losses.data[i].name, name) == 0)
            return true;
    return false;
}

static bool monitor_exists(Elab *e, const char *name)
{
    Vec(const char *) names = {0};
    for (int i = 0; i < e->losses.count; i++)
        vec_push(e->arena, &names, e->losses.data[i].name);
    for (int i = 0; i < e->model->metrics.count; i++)
        vec_push(e->arena, &names, e->model->metrics.data[i].name);
    for (int i = 0; i < names.count; i++) {
        const Metric *metric =
            i < e->losses.count ? NULL : &e->model->metrics.data[i - e->losses.count];
        if (strcmp(names.data[i], name) != 0)
            continue;
        if (!metric || metric->type.rank == 0)
            return true;
        diag_error(e->diag, e->monitor_loc, "monitor a metric that is one number",
                   "'%s' is %s: neither large nor small", name, type_text(e->arena, &metric->type));
        return false;
    }
    const char *near = text_nearest(name, names.data, names.count);
    diag_error(e->diag, e->monitor_loc,
               near ? arena_printf(e->arena, "did you mean \"%s\"?", near) : NULL,
               "there is no metric or loss '%s' to monitor", name);
    return false;
}

static void monitor_check(Elab *e, TrainConfig *train)
{
    if (!train->monitor) {
        diag_error(e->diag, e->monitor_loc, "monitor = \"loss\", or patience",
                   "mode says whether small or large is good; but nothing is monitored");
        return;
    }
    if (!monitor_exists(e, train->monitor) || e->mode_given)
        return;
    const int large = is_loss(e, train->monitor) ? 0 : is_large_better(train->monitor);
    train->monitor_max = large == 1;
    if (large < 0)
        diag_error(e->diag, e->monitor_loc, "mode = \"max\" or mode = \"min\"",
                   "is a large '%s' good, or a small one?", train->monitor);
}

static bool has_split(const Model *model, const char *name)
{
    for (int i = 0; i < model->splits.count; i++)
        if (strcmp(model->splits.data[i]->name, name) == 0)
            return true;
    return false;
}

void train_check(Elab *e)
{
    streams_check(e);
    if (!e->monitor_loc.file)
        return;
    if (has_split(e->model, "valid"))
        monitor_check(e, &e->model->train);
    else
        diag_error(e->diag, e->monitor_loc, "data valid { ... }",
                   "the best result is looked for on validation data, and there is none");
}
