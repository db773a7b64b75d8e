/* elab_declare.c -- what a program says about itself: const, option, input, output, metric.
 *
 *     option lr = 1e-3        Model.options
 *     input x: f32[batch, 3]  a VAR_INPUT
 *     output y = ...          a VALUE of predict
 *     metric m = ...          a VALUE of eval, and Model.metrics */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/elab.h"

/* ---- const and option ---- */

static const Define *find_define(Elab *e, const char *name)
{
    for (int i = 0; i < e->options->define_count; i++)
        if (strcmp(e->options->defines[i].name, name) == 0) {
            e->define_used[i] = true;
            return &e->options->defines[i];
        }
    return NULL;
}

static bool parse_int(const char *text, int64_t *out)
{
    char *end;
    const double check = strtod(text, NULL); /* strtoll saturates */
    *out = strtoll(text, &end, 0);
    return *text && !*end && fabs(check) < 0x1p63;
}

static bool parse_float(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return *text && !*end && isfinite(*out);
}

/* What -Dname=text means, to replace a value of this kind. */
static bool parse_define(const char *text, const Value *usual, Value *out)
{
    int64_t integer;
    double number;
    if (usual->kind == VALUE_STRING)
        *out = value_string(text, (int64_t)strlen(text));
    else if (usual->kind == VALUE_BOOL)
        *out = value_bool(strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
    else if (parse_int(text, &integer))
        *out = usual->kind == VALUE_FLOAT ? value_float((double)integer) : value_int(integer);
    else if (parse_float(text, &number))
        *out = value_float(number);
    else
        return false;
    if (usual->kind == VALUE_BOOL)
        return out->integer || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    return out->kind == usual->kind;
}

static Value const_value(Elab *e, const Stmt *stmt)
{
    Value given, usual = eval_expr(e, stmt->value);
    const Define *define = find_define(e, stmt->name);
    if (usual.kind == VALUE_TENSOR) {
        diag_error(e->diag, stmt->value->loc, "leave out 'const'",
                   "a const must be known when compiling, and this is %s",
                   value_describe(e, &usual));
        return value_error();
    }
    if (!define || usual.kind == VALUE_ERROR)
        return usual;
    if (parse_define(define->value, &usual, &given))
        return given;
    diag_error(e->diag, stmt->loc, NULL, "-D%s=%s does not fit: '%s' is %s", stmt->name,
               define->value, stmt->name, value_describe(e, &usual));
    return value_error();
}

void exec_const(Elab *e, const Stmt *stmt)
{
    const Value v = const_value(e, stmt);
    if (v.kind == VALUE_INT && strcmp(stmt->name, "batch_max") == 0)
        e->batch_max = v.integer;
    declare_name(e, stmt->name, v, stmt->name_loc);
}

static int option_index(Elab *e, const Stmt *stmt, const Value *v)
{
    for (int i = 0; i < e->model->options.count; i++)
        if (strcmp(e->model->options.data[i].name, stmt->name) == 0)
            return i;
    const OptionType type = v->kind == VALUE_FLOAT ? OPTION_FLOAT
                            : v->kind == VALUE_INT ? OPTION_INT
                                                   : OPTION_BOOL;
    const Option option = {.name = stmt->name,
                           .type = type,
                           .value = v->kind == VALUE_FLOAT ? v->number : (double)v->integer,
                           .loc = stmt->loc};
    vec_push(e->arena, &e->model->options, option);
    return e->model->options.count - 1;
}

void exec_option(Elab *e, const Stmt *stmt)
{
    Value v = eval_expr(e, stmt->value);
    if (v.kind == VALUE_INT || v.kind == VALUE_FLOAT || v.kind == VALUE_BOOL) {
        e->graph->loc = stmt->loc;
        v = value_tensor(graph_option(e->graph, option_index(e, stmt, &v)));
    } else if (v.kind != VALUE_ERROR) {
        diag_error(e->diag, stmt->value->loc, NULL,
                   "an option is a number or a boolean known when compiling, not %s",
                   value_describe(e, &v));
        v = value_error();
    }
    declare_name(e, stmt->name, v, stmt->name_loc);
}

/* ---- tensors in and out ---- */

void exec_input(Elab *e, const Stmt *stmt)
{
    Type type;
    Value v = value_error();
    if (type_evaluate(e, stmt->type, &type)) {
        int slot = model_find_var(e->model, stmt->name);
        if (slot < 0)
            slot = model_add_var(e->model, VAR_INPUT, stmt->name, &type, stmt->loc);
        e->graph->loc = stmt->loc;
        if (e->model->vars.data[slot].kind == VAR_INPUT &&
            (!e->generating || generate_input(e, stmt, slot)))
            v = value_tensor(graph_slot(e->graph, OP_input, slot));
    }
    declare_name(e, stmt->name, v, stmt->name_loc);
}

static const Result *find_value(const Graph *g, const char *name)
{
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].kind == RESULT_VALUE && strcmp(g->results.data[i].name, name) == 0)
            return &g->results.data[i];
    return NULL;
}

/* A value that leaves the entry under this name. */
static void result_add(Elab *e, const Stmt *stmt, const char *name, Node *node)
{
    const Result *before = find_value(e->graph, name);
    if (!before) {
        graph_result(e->graph, RESULT_VALUE, 0, name, node, stmt->loc);
        return;
    }
    diag_error(e->diag, stmt->name_loc, NULL, "'%s' is declared twice", name);
    diag_note(e->diag, before->loc, "it was declared here first");
}

void exec_output(Elab *e, const Stmt *stmt)
{
    const int first = e->graph->next_id;
    Value v = eval_named(e, stmt->value, stmt->name);
    e->graph->loc = stmt->loc;
    Node *node = value_to_tensor(e, &v, stmt->value->loc);
    v = node ? value_tensor(node) : value_error();
    name_value(e, &v, stmt->name, first);
    e->has_outputs = e->has_outputs || !e->generating;
    if (node && e->kind == (e->generating ? ENTRY_GENERATE : ENTRY_PREDICT))
        result_add(e, stmt, stmt->name, node);
    assign_name(e, stmt->name, v, stmt->name_loc);
}

static void metric_add(Elab *e, const Stmt *stmt, Node *node)
{
    const Metric metric = {stmt->name, node->type, stmt->loc};
    if (strcmp(stmt->name, "loss") == 0) {
        diag_error(e->diag, stmt->name_loc, NULL,
                   "the loss is reported by itself; give this metric another name");
        return;
    }
    result_add(e, stmt, stmt->name, node);
    vec_push(e->arena, &e->model->metrics, metric);
}

void exec_metric(Elab *e, const Stmt *stmt)
{
    const int first = e->graph->next_id;
    Value v = eval_expr(e, stmt->value);
    e->graph->loc = stmt->loc;
    Node *node = value_to_tensor(e, &v, stmt->value->loc);
    e->has_metrics = true;
    if (node && type_batch_axis(&node->type) >= 0) {
        diag_error(e->diag, stmt->value->loc, "take its mean(...)",
                   "a metric is of a whole split, and %s is of each sample",
                   type_text(e->arena, &node->type));
        node = NULL;
    }
    v = node ? value_tensor(node) : value_error();
    name_value(e, &v, stmt->name, first);
    if (node && e->kind == ENTRY_EVAL)
        metric_add(e, stmt, node);
    assign_name(e, stmt->name, v, stmt->name_loc);
}
