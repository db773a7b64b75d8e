/* elab_call.c -- calls: which function, which arguments, and the inlining of defs.
 *
 *     f(a, b = 1)      a def: its body, elaborated here; a builtin: applied
 *     linear(128)      a module: makes a layer (elab_module.c)
 *     fc(x), x.f(a)    a layer: applied; a method: f(x, a)
 *     x |> f(a)        f(x, a); with a module: f(a)(x) */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

/* ---- arguments ---- */

static void args_set(Args *args, int i, const Arg *written, Value value)
{
    args->values[i] = value;
    args->written[i] = *written;
    args->poisoned = args->poisoned || value.kind == VALUE_ERROR;
}

static Args args_new(Elab *e, int count)
{
    return (Args){.count = count,
                  .values = arena_array(e->arena, Value, count),
                  .written = arena_array(e->arena, Arg, count)};
}

/* With `first`, its value goes before those in the list. */
static Args args_behind(Elab *e, const Expr *first, Value value, const ArgVec *list)
{
    const int before = first != NULL;
    Args args = args_new(e, list->count + before);
    if (first)
        args_set(&args, 0, &(Arg){.value = (Expr *)first}, value);
    for (int i = 0; i < list->count; i++)
        args_set(&args, i + before, &list->data[i], eval_expr(e, list->data[i].value));
    return args;
}

Args args_evaluate(Elab *e, const ArgVec *list)
{
    return args_behind(e, NULL, value_none(), list);
}

/* "scale(x, by = 2)", for messages. */
static const char *signature_text(Elab *e, const Function *function, const ParamVec *params)
{
    StrBuf text = strbuf_new(e->arena);
    strbuf_printf(&text, "%s(", function->stmt->name);
    for (int i = 0; i < params->count; i++) {
        const Param *param = &params->data[i];
        strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", param->name);
        if (param->value)
            strbuf_printf(&text, " = %s", elab_source_text(e, param->value->loc));
    }
    strbuf_putc(&text, ')');
    return strbuf_text(&text);
}

typedef struct Matching {
    Elab *e;
    const Function *function;
    const ParamVec *params;
    int *match;
} Matching;

static const int *match_fail(const Matching *m, Loc loc, const char *message)
{
    diag_error(m->e->diag, loc, signature_text(m->e, m->function, m->params), "%s", message);
    return NULL;
}

static int find_param(const ParamVec *params, const char *name)
{
    for (int i = 0; i < params->count; i++)
        if (strcmp(params->data[i].name, name) == 0)
            return i;
    return -1;
}

static const int *match_unknown(const Matching *m, const Arg *arg)
{
    Elab *e = m->e;
    const char **names = arena_array(e->arena, const char *, m->params->count);
    for (int i = 0; i < m->params->count; i++)
        names[i] = m->params->data[i].name;
    const char *near = text_nearest(arg->name, names, m->params->count);
    return match_fail(m, arg->name_loc,
                      arena_printf(e->arena, "'%s' has no argument '%s'%s%s%s",
                                   m->function->stmt->name, arg->name,
                                   near ? "; did you mean '" : "", near ? near : "",
                                   near ? "'?" : ""));
}

/* conv2d(3, 16, kernel_size = 3), as PyTorch has it: 16 has taken the second place. */
static void match_twice(const Matching *m, const Args *args, int at, const Arg *again)
{
    const Arg *first = &args->written[m->match[at]];
    const char *how =
        first->name ? "" : arena_printf(m->e->arena, ": it is argument %d, and named too", at + 1);
    match_fail(
        m, again->name ? again->name_loc : again->value->loc,
        arena_printf(m->e->arena, "argument '%s' is given twice%s", m->params->data[at].name, how));
}

/* The parameter that argument i goes to, or -1 after reporting. */
static int match_one(const Matching *m, const Args *args, int i)
{
    Elab *e = m->e;
    const Arg *arg = &args->written[i];
    const int at = arg->name ? find_param(m->params, arg->name) : i;
    if (at < 0) {
        match_unknown(m, arg);
    } else if (at >= m->params->count) {
        match_fail(m, arg->value->loc,
                   arena_printf(e->arena, "'%s' takes %d argument%s, found %d",
                                m->function->stmt->name, m->params->count,
                                m->params->count == 1 ? "" : "s", args->count));
    } else if (m->match[at] >= 0) {
        match_twice(m, args, at, arg);
    } else {
        return at;
    }
    return -1;
}

const int *args_match(Elab *e, const Function *function, const ParamVec *params, const Args *args,
                      Loc loc)
{
    Matching m = {e, function, params, arena_array(e->arena, int, params->count)};
    for (int i = 0; i < params->count; i++)
        m.match[i] = -1;
    for (int i = 0; i < args->count; i++) {
        const bool late = !args->written[i].name && i > 0 && args->written[i - 1].name;
        if (late)
            return match_fail(&m, args->written[i].value->loc,
                              "a positional argument stands behind a named one");
        const int at = match_one(&m, args, i);
        if (at < 0)
            return NULL;
        m.match[at] = i;
    }
    for (int i = 0; i < params->count; i++)
        if (m.match[i] < 0 && !params->data[i].value)
            return match_fail(&m, loc,
                              arena_printf(e->arena, "'%s' needs its argument '%s'",
                                           function->stmt->name, params->data[i].name));
    return m.match;
}

/* linear(3, 4), as PyTorch has it: the second argument is a flag here. */
static bool flag_fits(Elab *e, const ParamVec *params, const Param *param, const Value *v, Loc loc)
{
    const bool wrong = v->kind == VALUE_INT || v->kind == VALUE_FLOAT || v->kind == VALUE_STRING;
    if (!param->value || param->value->kind != EXPR_BOOL || !wrong)
        return true;
    const Function *function = e->frame->function;
    diag_error(e->diag, loc, function ? signature_text(e, function, params) : NULL,
               "'%s' is true or false, not %s", param->name, value_describe(e, v));
    return false;
}

bool args_bind(Elab *e, const ParamVec *params, const Args *args, const int *match)
{
    bool good = true;
    Scope *scope = e->frame->scope;
    for (int i = 0; i < params->count; i++) {
        const Param *param = &params->data[i];
        const int from = match[i];
        const Expr *written = from >= 0 ? args->written[from].value : param->value;
        Value v = from >= 0 ? args->values[from] : eval_expr(e, written);
        if (from >= 0 && v.kind != VALUE_ERROR && !flag_fits(e, params, param, &v, written->loc))
            v = value_error();
        v = value_annotate(e, v, param->type, param->name, written->loc, scope);
        scope_bind(e, scope, param->name, v, param->loc);
        good = good && v.kind != VALUE_ERROR;
    }
    return good;
}

/* ---- frames ---- */

/* Most defs make no layers: their paths are put together only for those that do. */
static const char *frame_path(Elab *e, Frame *frame)
{
    if (!frame->path) {
        const char *outer = frame_path(e, frame->outer);
        frame->path = arena_printf(e->arena, "%s%s%s%d%s", outer, *outer ? "." : "", frame->callee,
                                   frame->ordinal, frame->outer_suffix);
    }
    return frame->path;
}

const char *path_inside(Elab *e, const char *name)
{
    const char *path = frame_path(e, e->frame);
    return arena_printf(e->arena, "%s%s%s%s", path, *path ? "." : "", name, e->frame->suffix);
}

const char *path_exact(Elab *e, const char *name)
{
    const char *path = frame_path(e, e->frame);
    return arena_printf(e->arena, "%s%s%s", path, *path ? "." : "", name);
}

bool frame_push(Elab *e, Frame *frame, Loc loc)
{
    if (e->call_depth >= ELAB_MAX_CALLS) {
        elab_stop(e, loc, "calls inside calls", ELAB_MAX_CALLS);
        return false;
    }
    if (!elab_enter(e, loc))
        return false;
    e->call_depth++;
    frame->suffix = "";
    frame->serial = ++e->frames;
    frame->call = loc;
    frame->first_node = e->graph->nodes.count;
    frame->outer = e->frame;
    e->frame = frame;
    diag_push_frame(e->diag, loc, frame->function->stmt->name);
    return true;
}

static bool is_library(Loc loc)
{
    return loc.file && loc.file->library;
}

/* Nodes made in the library come, for the user, from the call. */
static void place_nodes(Elab *e, const Frame *frame)
{
    if (!is_library(frame->function->stmt->loc) || is_library(frame->call))
        return;
    for (int i = frame->first_node; i < e->graph->nodes.count; i++)
        if (is_library(e->graph->nodes.data[i]->loc))
            e->graph->nodes.data[i]->loc = frame->call;
}

const char *frame_prefix(Elab *e, Frame *frame)
{
    const Frame *layer = frame;
    if (frame->prefix || !frame->function)
        return frame->prefix;
    while (layer->outer && !layer->layer)
        layer = layer->outer;
    if (frame->layer)
        return frame->prefix = frame->layer->path;
    const char *path = layer->layer ? layer->layer->path : "";
    const char *number = frame->ordinal > 1 ? arena_printf(e->arena, "%d", frame->ordinal) : "";
    return frame->prefix = arena_printf(e->arena, "%s%s%s%s%s", path, *path ? "." : "",
                                        frame->function->stmt->name, number,
                                        frame->outer_suffix ? frame->outer_suffix : "");
}

/* What the frame's own nodes are called in generated code. */
static void name_nodes(Elab *e, Frame *frame)
{
    for (int i = frame->first_node; i < e->graph->nodes.count; i++) {
        Node *n = e->graph->nodes.data[i];
        if (!n->within)
            n->within = frame_prefix(e, frame);
    }
}

void frame_name_result(Elab *e, const Value *v)
{
    Frame *frame = e->frame;
    if (v->kind != VALUE_TENSOR || v->node->id < frame->first_node ||
        op_info[v->node->op].class == CLASS_SOURCE)
        return;
    v->node->within = frame_prefix(e, frame);
    v->node->local = "";
}

void frame_pop(Elab *e)
{
    place_nodes(e, e->frame);
    name_nodes(e, e->frame);
    diag_pop_frame(e->diag);
    e->frame = e->frame->outer;
    e->call_depth--;
    e->depth--;
}

Value frame_run(Elab *e, const StmtVec *body)
{
    exec_block(e, body);
    if (e->frame->has_returned)
        return e->frame->returned;
    const Stmt *stmt = e->frame->function->stmt;
    if (!e->stopped)
        diag_error(e->diag, stmt->name_loc, NULL, "'%s' ends without a return", stmt->name);
    return value_error();
}

/* "f -> g -> f" */
static const char *cycle_text(Elab *e, const Frame *from, const Function *function)
{
    const char *text = function->stmt->name;
    for (const Frame *f = e->frame; f != from->outer; f = f->outer)
        text = arena_printf(e->arena, "%s -> %s", f->function->stmt->name, text);
    return text;
}

bool call_is_recursive(Elab *e, const Function *function, Loc loc)
{
    for (const Frame *f = e->frame; f && f->function; f = f->outer)
        if (f->function->stmt == function->stmt) {
            diag_error(e->diag, loc, "calls are inlined, so none may lead back to itself",
                       "'%s' is recursive: %s", function->stmt->name, cycle_text(e, f, function));
            return true;
        }
    return false;
}

/* ---- calling ---- */

/* Where in the program a call stands: the same from run to run. */
static uint64_t site_key(Elab *e, const CallSite *site)
{
    uint64_t key = key_text(e->frame->key, site->name ? site->name : "");
    key = key_text(key, e->frame->suffix);
    return key_mix(key, e->in_init ? 0 : (uint64_t)site->ordinal);
}

static Value call_def(Elab *e, const Function *function, const Args *args, const CallSite *site)
{
    const Stmt *stmt = function->stmt;
    const int *match = args_match(e, function, &stmt->params, args, site->loc);
    if (!match || call_is_recursive(e, function, site->loc))
        return value_error();
    Frame frame = {.function = function,
                   .scope = scope_new(e, function->home, true),
                   .callee = stmt->name,
                   .ordinal = site->ordinal,
                   .outer_suffix = e->frame->suffix,
                   .key = site_key(e, site)};
    if (!frame_push(e, &frame, site->loc))
        return value_error();
    Value result = value_error();
    if (args_bind(e, &stmt->params, args, match))
        result = stmt->value ? eval_expr(e, stmt->value) : frame_run(e, &stmt->body);
    frame_name_result(e, &result);
    frame_pop(e);
    return result;
}

static Value call_function(Elab *e, const Function *function, const Args *args,
                           const CallSite *site)
{
    return function->stmt->kind == STMT_DEF ? call_def(e, function, args, site)
                                            : layer_make(e, function, args, site);
}

static Value call_value(Elab *e, const Value *callee, const Args *args, const CallSite *site)
{
    if (callee->kind == VALUE_ERROR || args->poisoned)
        return value_error();
    switch (callee->kind) {
    case VALUE_FUNCTION:
        return call_function(e, callee->function, args, site);
    case VALUE_LAYER:
        return layer_apply(e, callee->layer, args, site_key(e, site), site->loc);
    case VALUE_BUILTIN:
        e->site = site_key(e, site);
        e->graph->loc = site->loc;
        return builtin_call(e, callee->builtin, args->values, args->written, args->count,
                            site->loc);
    default:
        diag_error(e->diag, site->loc, NULL, "%s%s%s is %s, not a function",
                   site->name ? "'" : "this", site->name ? site->name : "", site->name ? "'" : "",
                   value_describe(e, callee));
        return value_error();
    }
}

typedef struct Callee {
    Value function;
    const Expr *self; /* of a method: what becomes the first argument, or NULL */
    Value self_value;
} Callee;

/* What stands before the parentheses. */
static Callee eval_callee(Elab *e, const Expr *expr)
{
    if (expr->kind != EXPR_MEMBER)
        return (Callee){.function = eval_expr(e, expr)};
    const Value left = eval_expr(e, expr->left);
    if (left.kind == VALUE_ERROR)
        return (Callee){.function = left};
    if (left.kind == VALUE_LAYER)
        return (Callee){.function = layer_member(e, left.layer, expr->text, expr->op_loc)};
    const Expr name = {.kind = EXPR_NAME, .loc = expr->op_loc, .text = expr->text};
    return (Callee){eval_expr(e, &name), expr->left, left};
}

static CallSite site_of(const Expr *call, const Expr *callee, const char *hint)
{
    const bool named = callee->kind == EXPR_NAME || callee->kind == EXPR_MEMBER;
    return (CallSite){named ? callee->text : NULL, call->ordinal, hint, call->loc};
}

Value eval_call(Elab *e, const Expr *call, const char *hint)
{
    Value read;
    if (data_reader(e, call, &read))
        return read;
    const Callee callee = eval_callee(e, call->left);
    const Args args = args_behind(e, callee.self, callee.self_value, &call->args);
    const CallSite site = site_of(call, call->left, hint);
    return call_value(e, &callee.function, &args, &site);
}

/* ---- pipes ---- */

static bool is_module(const Value *v)
{
    return v->kind == VALUE_FUNCTION && v->function->stmt->kind == STMT_MODULE;
}

/* x |> linear(8): a fresh layer, applied. */
static Value pipe_module(Elab *e, const Function *module, const ArgVec *config, const Args *input,
                         const CallSite *site)
{
    const Args args = args_evaluate(e, config);
    if (args.poisoned || input->poisoned)
        return value_error();
    const Value layer = layer_make(e, module, &args, site);
    return call_value(e, &layer, input, site);
}

static Callee eval_pipe_callee(Elab *e, const Expr *right)
{
    if (right->kind != EXPR_CALL)
        return (Callee){.function = eval_expr(e, right)};
    const Callee callee = eval_callee(e, right->left);
    if (!callee.self)
        return callee;
    diag_error(e->diag, right->left->loc, NULL,
               "a method cannot stand right of '|>': write x |> %s(...)", right->left->text);
    return (Callee){.function = value_error()};
}

Value eval_pipe(Elab *e, const Expr *pipe)
{
    const ArgVec none = {0};
    const Expr *right = pipe->right;
    const bool called = right->kind == EXPR_CALL;
    const ArgVec *list = called ? &right->args : &none;
    const Value left = eval_expr(e, pipe->left);
    const Callee callee = eval_pipe_callee(e, right);
    const CallSite site = site_of(right, called ? right->left : right, NULL);
    if (is_module(&callee.function)) {
        const Args input = args_behind(e, pipe->left, left, &none);
        return pipe_module(e, callee.function.function, list, &input, &site);
    }
    const Args args = args_behind(e, pipe->left, left, list);
    return call_value(e, &callee.function, &args, &site);
}
