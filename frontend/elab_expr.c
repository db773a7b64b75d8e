/* elab_expr.c -- expressions to values.
 *
 * In: a tree and the scopes of the call in progress.  Out: a compile-time value, or a tensor whose
 * nodes were added to the graph of this run; VALUE_ERROR where something was wrong, which was
 * reported. */
#include "frontend/elab.h"
#include "frontend/foreign.h"
#include "ir/scan.h"

#include <string.h>

/* ---- names and members ---- */

/* First values are computed outside of all scans, wherever their layers are applied. */
static bool is_reachable(const Elab *e, const Value *v)
{
    for (int i = 0; v->kind == VALUE_LIST && i < v->items->count; i++)
        if (!is_reachable(e, &v->items->data[i]))
            return false;
    return v->kind != VALUE_TENSOR || graph_is_within(e->graph, v->node->graph);
}

static Value eval_name(Elab *e, const Expr *expr)
{
    const Binding *binding = scope_find(e->frame->scope, expr->text);
    if (binding && !is_reachable(e, &binding->value)) {
        diag_error(
            e->diag, expr->loc, NULL,
            "'%s' is a value of a scan's turn: the first value of a parameter or state cannot "
            "depend on it",
            expr->text);
        return value_error();
    }
    if (binding)
        return binding->value;
    const Builtin *builtin = builtin_find(expr->text);
    if (builtin)
        return (Value){.kind = VALUE_BUILTIN, .builtin = builtin};
    scope_report_unknown(e, expr->text, expr->loc);
    return value_error();
}

/* What PyTorch has as members of a tensor: x.shape is shape(x); NULL: no such member. */
static const Builtin *asked_as_member(const char *name)
{
    static const char *const members[][2] = {
        {"shape", "shape"}, {"dtype", "dtype"}, {"ndim", "ndim"}, {"T", "transpose"}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strcmp(name, members[i][0]) == 0)
            return builtin_find(members[i][1]);
    return NULL;
}

static Value eval_member(Elab *e, const Expr *expr)
{
    const Value left = eval_expr(e, expr->left);
    if (left.kind == VALUE_ERROR)
        return left;
    if (left.kind == VALUE_LAYER)
        return layer_member(e, left.layer, expr->text, expr->op_loc);
    const Builtin *asked = asked_as_member(expr->text);
    if (asked && (left.kind == VALUE_TENSOR || left.kind == VALUE_LIST)) {
        const Arg written = {.value = expr->left};
        return builtin_call(e, asked, &left, &written, 1, expr->loc);
    }
    const char *mend = foreign_mend(expr->text);
    if (!mend && builtin_find(expr->text))
        mend = arena_printf(e->arena, "write %s(%s)", expr->text,
                            elab_source_text(e, expr->left->loc));
    diag_error(e->diag, expr->op_loc, mend, "%s has no member '%s'", value_describe(e, &left),
               expr->text);
    return value_error();
}

/* ---- lists, ranges, slices, indices ---- */

/* The layers in a list get their places: layers.0, layers.1. */
static Value eval_list(Elab *e, const Expr *expr, const char *hint)
{
    bool good = true;
    Value *items = arena_array(e->arena, Value, expr->args.count);
    for (int i = 0; i < expr->args.count && good; i++)
        if (expr->args.data[i].name) {
            diag_error(e->diag, expr->args.data[i].name_loc, NULL,
                       "name = value can only stand in a call");
            good = false;
        }
    for (int i = 0; i < expr->args.count; i++) {
        const char *name = hint ? arena_printf(e->arena, "%s.%d", hint, i) : NULL;
        items[i] = eval_named(e, expr->args.data[i].value, name);
        good = good && items[i].kind != VALUE_ERROR;
    }
    return good ? value_list(e, items, expr->args.count) : value_error();
}

/* [block() for i in 0..4]: its layers have places, too: those of the list, where it has a name. */
static Value eval_each(Elab *e, const Expr *expr, const char *hint)
{
    ValueVec items = {0};
    bool good = true;
    Scope *outer = e->frame->scope;
    const char *suffix = e->frame->suffix;
    const Value over = eval_expr(e, expr->left);
    const int64_t turns = loop_turns(e, expr->left, &over);
    for (int64_t i = 0; i < turns && good && !e->stopped && loop_turn(e, expr->loc); i++) {
        const char *name = hint ? arena_printf(e->arena, "%s.%lld", hint, (long long)i) : NULL;
        e->frame->scope = scope_new(e, outer, false);
        scope_bind(e, e->frame->scope, expr->text,
                   over.kind == VALUE_RANGE ? value_int(over.integer + i) : over.items->data[i],
                   expr->op_loc);
        if (!hint)
            e->frame->suffix = arena_printf(e->arena, "%s.%lld", suffix, (long long)i);
        const Value item = eval_named(e, expr->right, name);
        e->frame->scope = outer;
        e->frame->suffix = suffix;
        good = item.kind != VALUE_ERROR;
        vec_push(e->arena, &items, item);
    }
    return good && turns >= 0 && !e->stopped ? value_list(e, items.data, items.count)
                                             : value_error();
}

static Value eval_range(Elab *e, const Expr *expr)
{
    Value range = {.kind = VALUE_RANGE};
    const Value from = eval_expr(e, expr->left), to = eval_expr(e, expr->right);
    const bool good =
        value_want_int(e, &from, expr->left->loc, "the start of a range", &range.integer) &&
        value_want_int(e, &to, expr->right->loc, "the end of a range", &range.integer2);
    return good ? range : value_error();
}

static bool eval_bound(Elab *e, const Expr *expr, bool *has, int64_t *out)
{
    *has = expr != NULL;
    if (!expr)
        return true;
    const Value v = eval_expr(e, expr);
    if (v.kind == VALUE_NONE)
        *has = false;
    return v.kind == VALUE_NONE || value_want_int(e, &v, expr->loc, "a bound of a slice", out);
}

bool eval_slice(Elab *e, const Expr *expr, SliceValue *out)
{
    *out = (SliceValue){0};
    const bool start = eval_bound(e, expr->left, &out->has_start, &out->start);
    const bool stop = eval_bound(e, expr->right, &out->has_stop, &out->stop);
    return eval_bound(e, expr->third, &out->has_step, &out->step) && start && stop;
}

static Value eval_slice_value(Elab *e, const Expr *expr)
{
    Value v = {.kind = VALUE_SLICE};
    return eval_slice(e, expr, &v.slice) ? v : value_error();
}

static Value eval_index(Elab *e, const Expr *expr)
{
    const int count = expr->args.count;
    const Value x = eval_expr(e, expr->left);
    Subscript *subs = arena_array(e->arena, Subscript, count);
    bool good = x.kind != VALUE_ERROR;
    for (int i = 0; i < count; i++) {
        const Expr *item = expr->args.data[i].value;
        subs[i].loc = item->loc;
        subs[i].ellipsis = item->kind == EXPR_ELLIPSIS;
        if (!subs[i].ellipsis)
            subs[i].value = eval_expr(e, item);
        good = good && (subs[i].ellipsis || subs[i].value.kind != VALUE_ERROR);
    }
    if (!good)
        return value_error();
    e->graph->loc = expr->loc;
    return index_apply(e, x, subs, count, expr->loc);
}

/* ---- operators and choices ---- */

/* A compile-time `false and ...` or `true or ...` is decided by its left side. */
static bool is_decided(const Expr *expr, const Value *left)
{
    return left->kind == VALUE_BOOL &&
           ((expr->op == OPER_AND && !left->integer) || (expr->op == OPER_OR && left->integer));
}

static Value eval_binary(Elab *e, const Expr *expr)
{
    const Value left = eval_expr(e, expr->left);
    if (is_decided(expr, &left))
        return left;
    const Value right = eval_expr(e, expr->right);
    if (left.kind == VALUE_ERROR || right.kind == VALUE_ERROR)
        return value_error();
    e->graph->loc = expr->loc;
    return operator_apply(e, expr->op, left, right, expr->op_loc, expr->left->loc,
                          expr->right->loc);
}

static Value eval_unary(Elab *e, const Expr *expr)
{
    const Value operand = eval_expr(e, expr->left);
    if (operand.kind == VALUE_ERROR)
        return operand;
    e->graph->loc = expr->loc;
    return operator_unary(e, expr->op, operand, expr->loc);
}

bool eval_condition(Elab *e, const Expr *expr, const char *what, bool *out)
{
    const Value v = eval_expr(e, expr);
    if (v.kind != VALUE_TENSOR)
        return value_want_bool(e, &v, expr->loc, what, out);
    diag_error(e->diag, expr->loc,
               v.node->host ? "make it a const, or choose values with where(c, a, b)"
                            : "choose values with where(c, a, b)",
               "'if' chooses when compiling, and %s is known only at run time",
               value_describe(e, &v));
    return false;
}

static Value eval_choice(Elab *e, const Expr *expr, const char *hint)
{
    bool chosen;
    if (!eval_condition(e, expr->third, "the condition of 'if'", &chosen))
        return value_error();
    return eval_named(e, chosen ? expr->left : expr->right, hint);
}

/* ---- all kinds ---- */

static Value eval_kind(Elab *e, const Expr *expr, const char *hint)
{
    switch (expr->kind) {
    case EXPR_INT:
        return value_int(expr->integer);
    case EXPR_FLOAT:
        return value_float(expr->number);
    case EXPR_BOOL:
        return value_bool(expr->integer != 0);
    case EXPR_STRING:
        return value_string(expr->text, expr->integer);
    case EXPR_NAME:
        return eval_name(e, expr);
    case EXPR_LIST:
    case EXPR_TUPLE:
        return eval_list(e, expr, hint);
    case EXPR_EACH:
        return eval_each(e, expr, hint);
    case EXPR_CALL:
        return eval_call(e, expr, hint);
    case EXPR_MEMBER:
        return eval_member(e, expr);
    case EXPR_INDEX:
        return eval_index(e, expr);
    case EXPR_SLICE:
        return eval_slice_value(e, expr);
    case EXPR_ELLIPSIS:
        diag_error(e->diag, expr->loc, NULL, "'..' can only stand in an index or a type");
        return value_error();
    case EXPR_UNARY:
        return eval_unary(e, expr);
    case EXPR_BINARY:
        return eval_binary(e, expr);
    case EXPR_PIPE:
        return eval_pipe(e, expr);
    case EXPR_RANGE:
        return eval_range(e, expr);
    case EXPR_IF:
        return eval_choice(e, expr, hint);
    case EXPR_SCAN:
        return eval_scan(e, expr, true);
    }
    ice("an expression of kind %d", (int)expr->kind);
}

Value eval_named(Elab *e, const Expr *expr, const char *hint)
{
    if (!elab_enter(e, expr->loc))
        return value_error();
    const Value v = eval_kind(e, expr, hint);
    e->depth--;
    return v;
}

Value eval_expr(Elab *e, const Expr *expr)
{
    return eval_named(e, expr, NULL);
}
