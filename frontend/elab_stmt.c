/* elab_stmt.c -- statements, but for parameters, training and data.
 *
 * Statements bind names; loops are unrolled and branches chosen here, so the graph has neither. */
#include "frontend/elab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/text.h"

/* ---- binding ---- */

static bool name_is_free(Elab *e, const char *name, Loc loc)
{
    const Binding *bound = scope_find(e->library->outer, name);
    if (!bound || !bound->builtin)
        return true;
    diag_error(e->diag, loc, NULL, "'%s' has a meaning of its own; use another name", name);
    return false;
}

/* A declaration's name must be new in its file or block. */
static bool declare_name(Elab *e, const char *name, Value value, Loc loc)
{
    const Binding *bound = scope_own(e->frame->scope, name);
    if (bound) {
        diag_error(e->diag, loc, NULL, "'%s' is declared twice", name);
        diag_note(e->diag, bound->loc, "it was declared here first");
        return false;
    }
    if (!name_is_free(e, name, loc))
        return false;
    scope_bind(e, e->frame->scope, name, value, loc);
    return true;
}

/* Names given inside the library are not the user's. */
void name_value(Elab *e, Value *v, const char *name, int first)
{
    const Function *function = e->frame->function;
    if (v->kind != VALUE_TENSOR || v->node->id < first ||
        (function && function->stmt->loc.file->library))
        return;
    const OpClass class = op_info[v->node->op].class;
    if (class != CLASS_SOURCE && !v->node->host)
        v->node->name = name;
}

static bool is_layer_like(const Value *v)
{
    return v->kind == VALUE_LAYER ||
           (v->kind == VALUE_LIST && v->items->count > 0 && is_layer_like(&v->items->data[0]));
}

static void assign_name(Elab *e, const char *name, Value value, Loc loc)
{
    if (!name_is_free(e, name, loc))
        return;
    scope_assign(e, e->frame->scope, name, value, loc);
    if (e->frame->layer && is_layer_like(&value))
        scope_bind(e, e->frame->layer->members, name, value, loc);
}

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

static void exec_const(Elab *e, const Stmt *stmt)
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
    const Option option = {stmt->name, type,
                           v->kind == VALUE_FLOAT ? v->number : (double)v->integer, stmt->loc};
    vec_push(e->arena, &e->model->options, option);
    return e->model->options.count - 1;
}

static void exec_option(Elab *e, const Stmt *stmt)
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

static void exec_input(Elab *e, const Stmt *stmt)
{
    Type type;
    Value v = value_error();
    if (type_evaluate(e, stmt->type, &type)) {
        int slot = model_find_var(e->model, stmt->name);
        if (slot < 0)
            slot = model_add_var(e->model, VAR_INPUT, stmt->name, &type, stmt->loc);
        e->graph->loc = stmt->loc;
        if (e->model->vars.data[slot].kind == VAR_INPUT)
            v = value_tensor(graph_slot(e->graph, OP_input, slot));
    }
    declare_name(e, stmt->name, v, stmt->name_loc);
}

static bool has_value(const Graph *g, const char *name)
{
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].kind == RESULT_VALUE &&
            strcmp(g->results.data[i].name, name) == 0)
            return true;
    return false;
}

/* A value that leaves the entry under this name. */
static void result_add(Elab *e, const Stmt *stmt, const char *name, Node *node)
{
    if (has_value(e->graph, name))
        diag_error(e->diag, stmt->name_loc, NULL, "there are two values named '%s' here", name);
    else
        graph_result(e->graph, RESULT_VALUE, 0, name, node, stmt->loc);
}

static void exec_output(Elab *e, const Stmt *stmt)
{
    const int first = e->graph->next_id;
    Value v = eval_named(e, stmt->value, stmt->name);
    e->graph->loc = stmt->loc;
    Node *node = value_to_tensor(e, &v, stmt->value->loc);
    v = node ? value_tensor(node) : value_error();
    name_value(e, &v, stmt->name, first);
    e->has_outputs = true;
    if (node && e->kind == ENTRY_PREDICT)
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

static void exec_metric(Elab *e, const Stmt *stmt)
{
    const int first = e->graph->next_id;
    Value v = eval_expr(e, stmt->value);
    e->graph->loc = stmt->loc;
    Node *node = value_to_tensor(e, &v, stmt->value->loc);
    e->has_metrics = true;
    if (node && node->type.rank > 0) {
        diag_error(e->diag, stmt->value->loc, "take its mean(...)",
                   "a metric is one number, not %s", type_text(e->arena, &node->type));
        node = NULL;
    }
    v = node ? value_tensor(node) : value_error();
    name_value(e, &v, stmt->name, first);
    if (node && e->kind == ENTRY_EVAL)
        metric_add(e, stmt, node);
    assign_name(e, stmt->name, v, stmt->name_loc);
}

/* ---- print ---- */

static const char *constant_text(Elab *e, const Value *v)
{
    if (v->kind != VALUE_LIST)
        return v->kind == VALUE_INT     ? arena_printf(e->arena, "%lld", (long long)v->integer)
               : v->kind == VALUE_FLOAT ? arena_printf(e->arena, "%.9g", v->number)
               : v->kind == VALUE_BOOL  ? (v->integer ? "true" : "false")
               : v->kind == VALUE_DTYPE ? dtype_info[v->dtype].name
               : v->kind == VALUE_DIM   ? "batch"
                                        : NULL;
    const char *text = "";
    for (int i = 0; i < v->items->count; i++) {
        const char *item = constant_text(e, &v->items->data[i]);
        if (!item)
            return NULL;
        text = arena_printf(e->arena, "%s%s%s", text, i > 0 ? ", " : "", item);
    }
    return arena_printf(e->arena, "[%s]", text);
}

static void print_value(Elab *e, const Expr *expr, const Value *v)
{
    Print print = {.label = elab_source_text(e, expr->loc)};
    const char *constant = v->kind == VALUE_STRING ? NULL : constant_text(e, v);
    if (v->kind == VALUE_STRING) {
        print.label = v->text;
    } else if (constant) {
        print.label = arena_printf(e->arena, "%s = %s", print.label, constant);
    } else {
        Node *node = value_to_tensor(e, v, expr->loc);
        if (!node)
            return;
        print.value = arena_printf(e->arena, "print.%d", e->model->prints.count);
        graph_result(e->graph, RESULT_VALUE, 0, print.value, node, expr->loc);
    }
    vec_push(e->arena, &e->model->prints, print);
}

/* Lists of tensors are shown one by one. */
static void print_items(Elab *e, const Expr *expr, const Value *v)
{
    const bool tensors = v->kind == VALUE_LIST && v->items->count > 0 && !constant_text(e, v);
    for (int i = 0; tensors && i < v->items->count; i++)
        print_value(e, expr, &v->items->data[i]);
    if (!tensors)
        print_value(e, expr, v);
}

static void exec_print(Elab *e, const Stmt *stmt)
{
    e->has_prints = true;
    for (int i = 0; i < stmt->values.count; i++) {
        const Expr *expr = stmt->values.data[i];
        const Value v = eval_expr(e, expr);
        e->graph->loc = expr->loc;
        if (v.kind != VALUE_ERROR && e->kind == ENTRY_PRINT)
            print_items(e, expr, &v);
    }
}

/* ---- assignment ---- */

static void assign_target(Elab *e, const Expr *target, Value v, int first)
{
    if (target->kind != EXPR_NAME) {
        diag_error(e->diag, target->loc, NULL,
                   "a member cannot be assigned to; states are written from inside, by '<-'");
        return;
    }
    name_value(e, &v, target->text, first);
    assign_name(e, target->text, v, target->loc);
}

/* a, b = f(x) */
static void assign_unpacked(Elab *e, const Stmt *stmt, const Value *v, int first)
{
    const int count = stmt->targets.count;
    if (v->kind == VALUE_LIST && v->items->count == count) {
        for (int i = 0; i < count; i++)
            assign_target(e, stmt->targets.data[i], v->items->data[i], first);
        return;
    }
    if (v->kind != VALUE_ERROR)
        diag_error(e->diag, stmt->value->loc, NULL, "%d names, but the value is %s", count,
                   value_describe(e, v));
    for (int i = 0; i < count; i++)
        assign_target(e, stmt->targets.data[i], value_error(), first);
}

static const char *target_name(const Expr *target)
{
    return target->kind == EXPR_NAME ? target->text : NULL;
}

/* a, b = x, y: all values first, each knowing its name. */
static void assign_pairs(Elab *e, const Stmt *stmt, int first)
{
    const int count = stmt->targets.count;
    Value *values = arena_array(e->arena, Value, count);
    for (int i = 0; i < count; i++)
        values[i] = eval_named(e, stmt->value->args.data[i].value,
                               target_name(stmt->targets.data[i]));
    for (int i = 0; i < count; i++)
        assign_target(e, stmt->targets.data[i], values[i], first);
}

static void exec_assign(Elab *e, const Stmt *stmt)
{
    const int first = e->graph->next_id;
    const Expr *target = stmt->targets.data[0];
    if (stmt->targets.count == 1) {
        Value v = eval_named(e, stmt->value, target_name(target));
        if (stmt->type)
            v = value_annotate(e, v, stmt->type, target->text, target->loc, e->frame->scope);
        assign_target(e, target, v, first);
    } else if (stmt->value->kind == EXPR_TUPLE &&
               stmt->value->args.count == stmt->targets.count) {
        assign_pairs(e, stmt, first);
    } else {
        const Value v = eval_expr(e, stmt->value);
        assign_unpacked(e, stmt, &v, first);
    }
}

static void exec_update(Elab *e, const Stmt *stmt)
{
    const int first = e->graph->next_id;
    const Expr *target = stmt->targets.data[0];
    const Value old = eval_expr(e, target);
    const Value change = eval_expr(e, stmt->value);
    Value v = value_error();
    e->graph->loc = stmt->loc;
    if (old.kind != VALUE_ERROR && change.kind != VALUE_ERROR)
        v = operator_apply(e, stmt->op, old, change, stmt->loc, target->loc, stmt->value->loc);
    assign_target(e, target, v, first);
}

static void exec_function(Elab *e, const Stmt *stmt)
{
    Function *function = arena_new_of(e->arena, Function);
    function->stmt = stmt;
    function->home = e->frame->scope;
    declare_name(e, stmt->name, (Value){.kind = VALUE_FUNCTION, .function = function},
                 stmt->name_loc);
}

static void exec_return(Elab *e, const Stmt *stmt)
{
    Value *values = arena_array(e->arena, Value, stmt->values.count);
    bool good = true;
    for (int i = 0; i < stmt->values.count; i++) {
        values[i] = eval_expr(e, stmt->values.data[i]);
        good = good && values[i].kind != VALUE_ERROR;
    }
    e->frame->has_returned = true;
    e->frame->returned = !good                      ? value_error()
                         : stmt->values.count == 1 ? values[0]
                                                   : value_list(e, values, stmt->values.count);
}

/* ---- branches and loops ---- */

static void exec_if(Elab *e, const Stmt *stmt)
{
    bool chosen;
    if (eval_condition(e, stmt->value, "the condition of 'if'", &chosen))
        exec_scoped(e, chosen ? &stmt->body : &stmt->otherwise);
    else
        e->frame->has_returned = e->frame->function != NULL; /* what follows would guess */
}

/* How often a loop turns, or -1 after reporting. */
static int64_t loop_turns(Elab *e, const Stmt *stmt, const Value *over)
{
    int64_t turns = -1;
    if (over->kind == VALUE_LIST)
        turns = over->items->count;
    else if (over->kind == VALUE_RANGE)
        turns = over->integer2 > over->integer ? over->integer2 - over->integer : 0;
    else if (over->kind != VALUE_ERROR)
        diag_error(e->diag, stmt->value->loc,
                   over->kind == VALUE_INT ? "write 0..n for n turns" : NULL,
                   "'for' goes over a range or a list known when compiling, not %s",
                   value_describe(e, over));
    return turns;
}

static void exec_turn(Elab *e, const Stmt *stmt, Value index, bool first)
{
    Scope *outer = e->frame->scope;
    e->frame->scope = scope_new(e, outer, false);
    scope_bind(e, e->frame->scope, stmt->name, index, stmt->name_loc);
    exec_block(e, &stmt->body);
    if (first)
        scope_end(e, e->frame->scope);
    e->frame->scope = outer;
}

/* What is made in a turn has its index in its path. */
static void exec_for(Elab *e, const Stmt *stmt)
{
    Frame *frame = e->frame;
    const char *suffix = frame->suffix;
    const Value over = eval_expr(e, stmt->value);
    const int64_t turns = loop_turns(e, stmt, &over);
    if (over.kind == VALUE_ERROR)
        frame->has_returned = frame->function != NULL;
    for (int64_t i = 0; i < turns && !e->stopped && !frame->has_returned; i++) {
        const bool range = over.kind == VALUE_RANGE;
        const int64_t index = range ? over.integer + i : i;
        if (++e->turns > ELAB_MAX_TURNS) {
            elab_stop(e, stmt->loc, "turns of loops, which are unrolled", ELAB_MAX_TURNS);
            break;
        }
        frame->suffix = arena_printf(e->arena, "%s.%lld", suffix, (long long)index);
        exec_turn(e, stmt, range ? value_int(index) : over.items->data[i], i == 0);
    }
    frame->suffix = suffix;
}

/* ---- all kinds ---- */

static void exec_stmt(Elab *e, const Stmt *stmt)
{
    switch (stmt->kind) {
    case STMT_CONST:
        exec_const(e, stmt);
        break;
    case STMT_OPTION:
        exec_option(e, stmt);
        break;
    case STMT_INPUT:
        exec_input(e, stmt);
        break;
    case STMT_PARAM:
    case STMT_STATE:
        exec_declare(e, stmt);
        break;
    case STMT_ASSIGN:
        exec_assign(e, stmt);
        break;
    case STMT_UPDATE:
        exec_update(e, stmt);
        break;
    case STMT_WRITE:
        exec_write(e, stmt);
        break;
    case STMT_DEF:
    case STMT_MODULE:
    case STMT_OPTIMIZER:
        exec_function(e, stmt);
        break;
    case STMT_RETURN:
        exec_return(e, stmt);
        break;
    case STMT_FOR:
        exec_for(e, stmt);
        break;
    case STMT_IF:
        exec_if(e, stmt);
        break;
    case STMT_OUTPUT:
        exec_output(e, stmt);
        break;
    case STMT_METRIC:
        exec_metric(e, stmt);
        break;
    case STMT_PRINT:
        exec_print(e, stmt);
        break;
    case STMT_DATA:
        exec_data(e, stmt);
        break;
    case STMT_TRAIN:
        exec_train(e, stmt);
        break;
    case STMT_IMPORT:
        exec_import(e, stmt);
        break;
    case STMT_STEP:
    case STMT_MINIMIZE:
        break; /* elab_train.c takes them from the train block's body */
    }
}

static bool within_limits(Elab *e, const Stmt *stmt)
{
    if (++e->statements > ELAB_MAX_STATEMENTS)
        elab_stop(e, stmt->loc, "statements after unrolling", ELAB_MAX_STATEMENTS);
    if (e->graph->nodes.count > ELAB_MAX_NODES)
        elab_stop(e, stmt->loc, "operations", ELAB_MAX_NODES);
    return !e->stopped;
}

void exec_block(Elab *e, const StmtVec *block)
{
    for (int i = 0; i < block->count && !e->frame->has_returned; i++) {
        const Stmt *stmt = block->data[i];
        if (!within_limits(e, stmt) || !elab_enter(e, stmt->loc))
            return;
        exec_stmt(e, stmt);
        e->depth--;
    }
}

void exec_scoped(Elab *e, const StmtVec *block)
{
    Scope *outer = e->frame->scope;
    e->frame->scope = scope_new(e, outer, false);
    exec_block(e, block);
    scope_end(e, e->frame->scope);
    e->frame->scope = outer;
}
