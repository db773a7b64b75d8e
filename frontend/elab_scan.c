/* elab_scan.c -- loops at run time: the body is elaborated once, into a graph of its own.
 *
 *     ys = scan t in 0..time with h = zeros(batch, 8) {
 *         h = tanh(x[:, t] + h @ w)        h: what the turn before left; w, x: from outside
 *         yield h
 *     }                                    afterwards h is the last one, ys all of them
 *
 * ir/scan.h says what becomes of it.  A name that the body assigns is carried, or local to the
 * turn. */
#include <string.h>

#include "frontend/builtins.h"
#include "frontend/elab.h"
#include "ir/scan.h"

struct ScanRun {
    ScanRun *outer;
    const Frame *frame;
    Scope *scope;
    Node *node;
    bool yielded, failed;
    Loc yield_loc;
    NodeVec yields;
};

/* ---- the head ---- */

static bool eval_turns(Elab *e, const Expr *expr, int64_t *start, int64_t *turns)
{
    const Value over = eval_expr(e, expr->left);
    if (over.kind == VALUE_ERROR)
        return false;
    if (over.kind != VALUE_RANGE) {
        diag_error(
            e->diag, expr->left->loc, over.kind == VALUE_INT ? "write 0..n for n turns" : NULL,
            "'scan' goes over a range known when compiling, not %s", value_describe(e, &over));
        return false;
    }
    *start = over.integer;
    if (!__builtin_sub_overflow(over.integer2, over.integer, turns) && *turns > 0)
        return true;
    diag_error(e->diag, expr->left->loc, NULL, "a scan needs a turn at least, and %s has none",
               value_describe(e, &over));
    return false;
}

static bool first_value(Elab *e, const Expr *expr, int i, Node **out)
{
    const Arg *carry = &expr->args.data[i];
    for (int k = 0; k < i; k++)
        if (strcmp(expr->args.data[k].name, carry->name) == 0) {
            diag_error(e->diag, carry->name_loc, NULL, "'%s' is carried twice", carry->name);
            return false;
        }
    const Value v = eval_named(e, carry->value, carry->name);
    *out = value_to_tensor(e, &v, carry->value->loc);
    if (!*out || (*out)->type.rank < MAX_RANK)
        return *out != NULL;
    diag_error(e->diag, carry->value->loc, NULL, "what a scan carries has at most %d axes, not %s",
               MAX_RANK - 1, type_text(e->arena, &(*out)->type));
    return false;
}

/* ---- the body ---- */

static void name_source(Elab *e, Node *n, const char *name)
{
    const Function *function = e->frame->function;
    n->within = frame_prefix(e, e->frame);
    n->local = name;
    n->name = function && function->stmt->loc.file->library ? NULL : name;
}

static void bind_head(Elab *e, const Expr *expr, ScanRun *run, int64_t start)
{
    const Type i64 = type_scalar(DT_I64);
    Graph *g = e->graph;
    g->loc = expr->op_loc;
    Node *turn = scan_turn(run->node);
    if (start != 0)
        turn = graph_binary(g, OP_add, turn, graph_const(g, scalar_int(DT_I64, start), &i64));
    scope_bind(e, run->scope, expr->text, value_tensor(turn), expr->op_loc);
    for (int i = 0; i < expr->args.count; i++) {
        const Arg *carry = &expr->args.data[i];
        Node *arg = scan_arg(run->node, i);
        name_source(e, arg, carry->name);
        arg->loc = carry->name_loc;
        scope_bind(e, run->scope, carry->name, value_tensor(arg), carry->name_loc);
    }
}

/* What a turn leaves to the next one has the type of what it found. */
static bool add_next(Elab *e, const Expr *expr, const ScanRun *run, int i)
{
    const Arg *carry = &expr->args.data[i];
    const Binding *binding = scope_own(run->scope, carry->name);
    if (binding->value.kind == VALUE_ERROR)
        return false;
    const Type *type = &run->node->args[i]->type;
    e->graph->loc = binding->loc;
    Node *next = value_is_number(&binding->value)
                     ? value_to_dtype(e, &binding->value, type->dtype, binding->loc)
                     : value_to_tensor(e, &binding->value, binding->loc);
    if (!next)
        return false;
    if (type_equal(&next->type, type)) {
        scan_next(run->node, next, carry->name);
        return true;
    }
    diag_error(e->diag, binding->loc, NULL, "'%s' is carried as %s, but is %s at the end of a turn",
               carry->name, type_text(e->arena, type), type_text(e->arena, &next->type));
    diag_note(e->diag, carry->value->loc, "it begins as %s here", type_text(e->arena, type));
    return false;
}

static bool add_yields(Elab *e, const ScanRun *run, int *results)
{
    for (int i = 0; i < run->yields.count; i++) {
        Node *n = run->yields.data[i];
        if (n->type.rank == MAX_RANK) {
            diag_error(e->diag, run->yield_loc, NULL, "%s has too many axes to be stacked",
                       type_text(e->arena, &n->type));
            return false;
        }
        results[i] = scan_yield(run->node, n, scan_axis(&n->type),
                                n->local && *n->local ? n->local : "yield");
    }
    return true;
}

static bool run_body(Elab *e, const Expr *expr, ScanRun *run, int64_t start)
{
    const int errors = diag_error_count(e->diag);
    Scope *outer = e->frame->scope;
    run->scope = scope_new(e, outer, true);
    run->scope->scan = true;
    e->frame->scope = run->scope;
    e->scan = run;
    bind_head(e, expr, run, start);
    exec_block(e, &expr->scan->body);
    bool good = !e->stopped && !run->failed && diag_error_count(e->diag) == errors;
    for (int i = 0; i < expr->args.count && good; i++)
        good = add_next(e, expr, run, i);
    e->scan = run->outer;
    e->frame->scope = outer;
    scope_end(e, run->scope);
    return good;
}

/* Nodes of the body come from the user's text, and are called after what made them. */
static void settle_body(Elab *e, Graph *body)
{
    for (int i = 0; i < body->nodes.count; i++) {
        Node *n = body->nodes.data[i];
        n->loc = elab_user_loc(e, n->loc);
        if (!n->within)
            n->within = frame_prefix(e, e->frame);
    }
}

/* ---- what comes out ---- */

static void bind_carries(Elab *e, const Expr *expr, const ScanRun *run, bool good)
{
    for (int i = 0; i < expr->args.count; i++) {
        const Arg *carry = &expr->args.data[i];
        Value v = value_error();
        if (good) {
            const int first = e->graph->next_id;
            v = value_tensor(scan_out(run->node, i));
            name_value(e, &v, carry->name, first);
        }
        assign_name(e, carry->name, v, carry->name_loc);
    }
}

static Value yielded_value(Elab *e, const Expr *expr, const ScanRun *run, const int *results,
                           bool wanted)
{
    Value *values = arena_array(e->arena, Value, run->yields.count + 1);
    for (int i = 0; i < run->yields.count; i++)
        values[i] = value_tensor(scan_out(run->node, results[i]));
    if (run->yields.count == 1)
        return values[0];
    if (run->yields.count > 1)
        return value_list(e, values, run->yields.count);
    if (!wanted)
        return value_none();
    diag_error(e->diag, expr->loc, "what it carries is there by its name, afterwards",
               "this scan yields nothing");
    return value_error();
}

Value eval_scan(Elab *e, const Expr *expr, bool wanted)
{
    const int carries = expr->args.count;
    int64_t start = 0, turns = 0;
    Node **first = arena_array(e->arena, Node *, carries + 1);
    bool good = eval_turns(e, expr, &start, &turns);
    for (int i = 0; i < carries; i++)
        good = first_value(e, expr, i, &first[i]) && good;
    ScanRun run = {.outer = e->scan, .frame = e->frame};
    if (good) {
        Graph *outer = e->graph;
        outer->loc = expr->loc;
        run.node = scan_begin(outer, first, carries, turns);
        e->graph = run.node->attr.scan->body;
        good = run_body(e, expr, &run, start);
        int *results = arena_array(e->arena, int, run.yields.count + 1);
        good = good && add_yields(e, &run, results);
        settle_body(e, e->graph);
        e->graph = outer;
        outer->loc = expr->loc;
        if (good) {
            scan_end(outer, run.node);
            const Value v = yielded_value(e, expr, &run, results, wanted);
            bind_carries(e, expr, &run, true);
            return v;
        }
    }
    bind_carries(e, expr, &run, false);
    return value_error();
}

void exec_yield(Elab *e, const Stmt *stmt)
{
    ScanRun *run = e->scan;
    if (run->yielded) {
        diag_error(e->diag, stmt->loc, "several values: yield a, b", "a scan yields once a turn");
        diag_note(e->diag, run->yield_loc, "it yielded here");
        return;
    }
    run->yielded = true;
    run->yield_loc = stmt->loc;
    for (int i = 0; i < stmt->values.count; i++) {
        const Value v = eval_expr(e, stmt->values.data[i]);
        e->graph->loc = stmt->values.data[i]->loc;
        Node *n = value_to_tensor(e, &v, stmt->values.data[i]->loc);
        run->failed |= n == NULL;
        if (n)
            vec_push(e->arena, &run->yields, graph_capture(e->graph, n));
    }
}

bool scan_allows(Elab *e, const char *name, Loc loc)
{
    if (!e->scan || e->scan->frame != e->frame)
        return true;
    const Scope *scan = e->scan->scope;
    for (const Scope *s = e->frame->scope; s != scan->outer; s = s->outer)
        if (scope_own(s, name))
            return true;
    for (const Scope *s = scan->outer; s; s = s->function && !s->scan ? NULL : s->outer) {
        const Binding *bound = scope_own(s, name);
        if (!bound)
            continue;
        diag_error(e->diag, loc,
                   arena_printf(e->arena, "carry it: scan ... with %s = %s", name, name),
                   "'%s' is not carried by this scan, which changes nothing else", name);
        diag_note(e->diag, bound->loc, "'%s' is bound outside of it, here", name);
        return false;
    }
    return true;
}
