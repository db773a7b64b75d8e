/* elab_stmt.c -- assignments, branches and loops; the other statements lie in files of their own.
 *
 * Statements bind names; loops are unrolled and branches chosen here, so the graph has neither. */
#include <string.h>

#include "frontend/elab.h"

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
bool declare_name(Elab *e, const char *name, Value value, Loc loc)
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

/* Names given inside the library are not the user's: they only serve generated code. */
void name_value(Elab *e, Value *v, const char *name, int first)
{
    const Function *function = e->frame->function;
    if (v->kind != VALUE_TENSOR || v->node->id < first ||
        op_info[v->node->op].class == CLASS_SOURCE)
        return;
    v->node->within = frame_prefix(e, e->frame);
    v->node->local = name;
    if (!v->node->host && !(function && function->stmt->loc.file->library))
        v->node->name = name;
}

static bool is_layer_like(const Value *v)
{
    return v->kind == VALUE_LAYER ||
           (v->kind == VALUE_LIST && v->items->count > 0 && is_layer_like(&v->items->data[0]));
}

void assign_name(Elab *e, const char *name, Value value, Loc loc)
{
    if (!name_is_free(e, name, loc) || !scan_allows(e, name, loc))
        return;
    scope_assign(e, e->frame->scope, name, value, loc);
    if (e->frame->layer && is_layer_like(&value))
        scope_bind(e, e->frame->layer->members, name, value, loc);
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
    const Expr *callee = stmt->value->kind == EXPR_CALL ? stmt->value->left : NULL;
    const bool largest = callee && callee->text &&
                         (strcmp(callee->text, "max") == 0 || strcmp(callee->text, "min") == 0);
    if (v->kind != VALUE_ERROR)
        diag_error(e->diag, stmt->value->loc,
                   largest ? arena_printf(e->arena, "%s gives values alone; arg%s their places",
                                          callee->text, callee->text)
                           : NULL,
                   "%d names, but the value is %s", count, value_describe(e, v));
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
        values[i] =
            eval_named(e, stmt->value->args.data[i].value, target_name(stmt->targets.data[i]));
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
    } else if (stmt->value->kind == EXPR_TUPLE && stmt->value->args.count == stmt->targets.count) {
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
    e->frame->returned = !good                     ? value_error()
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

int64_t loop_turns(Elab *e, const Expr *range, const Value *over)
{
    int64_t turns = -1;
    if (over->kind == VALUE_LIST)
        turns = over->items->count;
    else if (over->kind == VALUE_RANGE)
        turns = over->integer2 > over->integer ? over->integer2 - over->integer : 0;
    else if (over->kind != VALUE_ERROR)
        diag_error(e->diag, range->loc, over->kind == VALUE_INT ? "write 0..n for n turns" : NULL,
                   "'for' goes over a range or a list known when compiling, not %s",
                   value_describe(e, over));
    return turns;
}

bool loop_turn(Elab *e, Loc loc)
{
    if (++e->turns <= ELAB_MAX_TURNS)
        return true;
    elab_stop(e, loc, "turns of loops, which are unrolled", ELAB_MAX_TURNS);
    return false;
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
    const int64_t turns = loop_turns(e, stmt->value, &over);
    const int errors = diag_errors_met(e->diag);
    if (over.kind == VALUE_ERROR)
        frame->has_returned = frame->function != NULL;
    for (int64_t i = 0; i < turns && !e->stopped && !frame->has_returned; i++) {
        const bool range = over.kind == VALUE_RANGE;
        const int64_t index = range ? over.integer + i : i;
        if (!loop_turn(e, stmt->loc))
            break;
        frame->suffix = arena_printf(e->arena, "%s.%lld", suffix, (long long)index);
        exec_turn(e, stmt, range ? value_int(index) : over.items->data[i], i == 0);
        if (diag_errors_met(e->diag) > errors)
            break; /* the other turns would say the same, after long work */
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
    case STMT_SAVE:
        exec_save(e, stmt);
        break;
    case STMT_DATA:
        exec_data(e, stmt);
        break;
    case STMT_TRAIN:
        exec_train(e, stmt);
        break;
    case STMT_REPORT:
        exec_report(e, stmt);
        break;
    case STMT_GENERATE:
        exec_generate(e, stmt);
        break;
    case STMT_IMPORT:
        exec_import(e, stmt);
        break;
    case STMT_SCAN:
        eval_scan(e, stmt->value, false);
        break;
    case STMT_YIELD:
        exec_yield(e, stmt);
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
