/* elab_update.c -- which optimizer moves which parameter, and the optimizers' bodies.
 *
 *     minimize loss with adam(lr = 1e-3) over encoder, "*.bias" with sgd() over decoder
 *
 * An optimizer is elaborated once for each of its parameters, p bound to the parameter and g to the
 * loss's gradient.  Its states are "adam.encoder.weight.m". */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

typedef struct Pattern {
    const char *text;
    bool glob; /* a string: '*' and '?' are wild; else a path or the beginning of one */
    bool matched;
    Loc loc;
} Pattern;

typedef struct Moved { /* a group of parameters, and what moves them */
    Layer *optimizer;
    Loc loc;
    bool everything; /* no `over` */
    bool poisoned;   /* by an error, reported already */
    Vec(Pattern) over;
} Moved;

typedef Vec(Moved) MovedVec;

/* ---- patterns ---- */

static bool glob_match(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static bool pattern_match(const Pattern *pattern, const char *path)
{
    const size_t length = strlen(pattern->text);
    if (pattern->glob)
        return glob_match(pattern->text, path);
    return strncmp(pattern->text, path, length) == 0 && (!path[length] || path[length] == '.');
}

static void add_pattern(Elab *e, Moved *group, const char *text, bool glob, Loc loc)
{
    const Pattern pattern = {text, glob, false, loc};
    vec_push(e->arena, &group->over, pattern);
}

static const VarUse *param_of_node(const Elab *e, const Node *node)
{
    for (int i = 0; i < e->var_list.count; i++) {
        const VarUse *use = e->var_list.data[i];
        if (use->run == e->run && use->node == node &&
            e->model->vars.data[use->slot].kind == VAR_PARAM)
            return use;
    }
    return NULL;
}

/* Layers, parameters, and lists of them. */
static void add_value(Elab *e, Moved *group, const Value *v, Loc loc)
{
    const bool known = v->kind == VALUE_LAYER || v->kind == VALUE_STRING || v->kind == VALUE_LIST;
    const VarUse *use = v->kind == VALUE_TENSOR ? param_of_node(e, v->node) : NULL;
    if (v->kind == VALUE_LAYER)
        add_pattern(e, group, v->layer->path, false, loc);
    else if (use)
        add_pattern(e, group, use->path, false, loc);
    else if (v->kind == VALUE_STRING)
        add_pattern(e, group, v->text, true, loc);
    else if (v->kind == VALUE_LIST)
        for (int i = 0; i < v->items->count; i++)
            add_value(e, group, &v->items->data[i], loc);
    else if (v->kind != VALUE_ERROR)
        diag_error(e->diag, loc, NULL,
                   "'over' names layers, parameters and patterns such as \"*.bias\", not %s",
                   value_describe(e, v));
    group->poisoned = group->poisoned || (!known && !use);
}

/* "linear1.weight" as written, for layers that were bound to no name; NULL if it is no path. */
static const char *path_as_written(Elab *e, const Expr *expr)
{
    if (expr->kind == EXPR_NAME)
        return scope_find(e->frame->scope, expr->text) ? NULL : expr->text;
    const char *left = expr->left ? path_as_written(e, expr->left) : NULL;
    if (left && expr->kind == EXPR_MEMBER)
        return arena_printf(e->arena, "%s.%s", left, expr->text);
    const bool index = expr->kind == EXPR_INDEX && expr->args.count == 1 &&
                       expr->args.data[0].value->kind == EXPR_INT;
    return left && index ? arena_printf(e->arena, "%s.%lld", left,
                                        (long long)expr->args.data[0].value->integer)
                         : NULL;
}

static void add_expr(Elab *e, Moved *group, const Expr *expr)
{
    const char *path = path_as_written(e, expr);
    if (path) {
        add_pattern(e, group, path, false, expr->loc);
        return;
    }
    const Value v = eval_expr(e, expr);
    add_value(e, group, &v, expr->loc);
}

/* ---- groups ---- */

static bool is_optimizer(const Function *function)
{
    return function->stmt->kind == STMT_OPTIMIZER;
}

/* `sgd` stands for `sgd()`. */
static Value configure_default(Elab *e, const Value *v, Loc loc)
{
    const Args none = {0};
    const CallSite site = {.loc = loc};
    if (v->kind == VALUE_FUNCTION && is_optimizer(v->function))
        return layer_make(e, v->function, &none, &site);
    return *v;
}

static Layer *optimizer_evaluate(Elab *e, const Expr *expr)
{
    const Value written = eval_expr(e, expr);
    const Value v = configure_default(e, &written, expr->loc);
    if (v.kind == VALUE_ERROR)
        return NULL;
    if (v.kind != VALUE_LAYER || !is_optimizer(v.layer->function)) {
        diag_error(e->diag, expr->loc, NULL, "behind 'with' stands an optimizer, not %s",
                   value_describe(e, &v));
        return NULL;
    }
    const Stmt *stmt = v.layer->function->stmt;
    if (stmt->inputs.count == 2)
        return v.layer;
    diag_error(e->diag, stmt->loc, NULL,
               "an optimizer takes a parameter and its gradient, (p, g): '%s' takes %d", stmt->name,
               stmt->inputs.count);
    return NULL;
}

/* False if one of the groups is in error. */
static bool groups_evaluate(Elab *e, const GroupVec *written, MovedVec *groups)
{
    bool good = true;
    for (int i = 0; i < written->count; i++) {
        const Group *from = &written->data[i];
        Moved group = {.everything = from->over.count == 0, .loc = from->optimizer->loc};
        group.optimizer = optimizer_evaluate(e, from->optimizer);
        for (int k = 0; k < from->over.count; k++)
            add_expr(e, &group, from->over.data[k]);
        good = good && group.optimizer && !group.poisoned;
        vec_push(e->arena, groups, group);
    }
    return good;
}

static Moved *group_find(MovedVec *groups, const char *path)
{
    Moved *found = NULL;
    for (int i = 0; i < groups->count; i++) {
        Moved *group = &groups->data[i];
        bool matched = group->everything;
        for (int k = 0; k < group->over.count; k++)
            if (pattern_match(&group->over.data[k], path))
                matched = group->over.data[k].matched = true;
        if (matched && !found)
            found = group;
    }
    return found;
}

static void report_unmatched(Elab *e, const MovedVec *groups)
{
    Vec(const char *) paths = {0};
    for (int i = 0; i < e->var_list.count; i++)
        if (e->model->vars.data[e->var_list.data[i]->slot].kind == VAR_PARAM)
            vec_push(e->arena, &paths, e->var_list.data[i]->path);
    for (int i = 0; i < groups->count; i++)
        for (int k = 0; k < groups->data[i].over.count; k++) {
            const Pattern *pattern = &groups->data[i].over.data[k];
            if (pattern->matched)
                continue;
            const char *near = text_nearest(pattern->text, paths.data, paths.count);
            diag_error(e->diag, pattern->loc,
                       near ? arena_printf(e->arena, "did you mean '%s'?", near) : NULL,
                       "no parameter is called '%s' or is inside it", pattern->text);
        }
}

/* ---- applying an optimizer ---- */

/* Float values that the loss is computed from, by node id; with those behind detach(...), or without
 * them. */
static bool *reach_evaluate(Elab *e, Node *loss, bool detached)
{
    bool *reached = arena_array(e->arena, bool, e->graph->next_id);
    NodeVec todo = {0};
    vec_push(e->arena, &todo, loss);
    while (todo.count > 0) {
        Node *node = todo.data[--todo.count];
        if (reached[node->id] || (!dtype_is_float(node->type.dtype) && node->op != OP_scan))
            continue;
        reached[node->id] = true;
        for (int i = 0; i < node->arity && (detached || node->op != OP_detach); i++)
            vec_push(e->arena, &todo, node->args[i]);
    }
    return reached;
}

/* "adam.fc.weight"; "adam2.fc.weight" where step 1 moves the same parameter with an adam too. */
static const char *state_prefix(Elab *e, const Layer *optimizer, const VarUse *use, int step)
{
    const char *prefix = arena_printf(e->arena, "%s.%s", optimizer->path, use->path);
    const int *owner = strmap_get(e->optimizer_steps, prefix);
    if (owner && *owner != step)
        return arena_printf(e->arena, "%s%d.%s", optimizer->path, step + 1, use->path);
    if (!owner) {
        int *mine = arena_new_of(e->arena, int);
        *mine = step;
        strmap_set(e->optimizer_steps, prefix, mine);
    }
    return prefix;
}

/* Does this entry run the optimizers, for their effect? */
static bool moves_parameters(const Elab *e)
{
    return e->kind == ENTRY_UPDATE || (e->kind == ENTRY_TRAIN && e->model->train.accumulate == 1);
}

/* Inside an optimizer, `step` counts its own updates. */
static void bind_step(Elab *e, int64_t every, Loc loc)
{
    const Value step = value_tensor(graph_counter(e->graph, COUNTER_STEP));
    if (every > 1)
        scope_bind(e, e->frame->scope, "step",
                   operator_apply(e, OPER_FLOORDIV, step, value_int(every), loc, loc, loc), loc);
}

static void optimizer_apply(Elab *e, const Moved *group, const Gradient *gradient, const Step *step)
{
    VarUse *use = gradient->use;
    const Function *function = group->optimizer->function;
    const ParamVec *inputs = &function->stmt->inputs;
    const char *path = state_prefix(e, group->optimizer, use, step->index);
    Frame frame = {.function = function,
                   .scope = scope_new(e, group->optimizer->config, true),
                   .path = path,
                   .key = key_text(0, path)};
    e->graph->loc = step->minimize->loc;
    if (!frame_push(e, &frame, group->loc))
        return;
    const Param *p = &inputs->data[0], *g = &inputs->data[1];
    scope_bind(e, frame.scope, p->name, value_tensor(use->node), p->loc)->slot = use->slot;
    scope_bind(e, frame.scope, g->name, value_tensor(gradient->node), g->loc);
    bind_step(e, step->every, group->loc);
    exec_block(e, &function->stmt->body);
    frame_pop(e);
    if (moves_parameters(e) && !use->written && diag_error_count(e->diag) == 0)
        diag_error(e->diag, function->stmt->name_loc, arena_printf(e->arena, "%s <- ...", p->name),
                   "optimizer '%s' never writes its parameter", function->stmt->name);
}

/* The gradients leave the check under their parameters' names. */
static void gradients_show(Elab *e, const GradientVec *gradients, const Step *step)
{
    for (int i = 0; i < gradients->count; i++) {
        const Gradient *gradient = &gradients->data[i];
        graph_result(e->graph, RESULT_VALUE, 0,
                     arena_printf(e->arena, "grad.%s", gradient->use->path), gradient->node,
                     step->minimize->loc);
    }
}

static bool changes_with_steps(const Node *node)
{
    bool changes = node->op == OP_counter;
    for (int i = 0; i < node->arity && !changes; i++)
        changes = changes_with_steps(node->args[i]);
    return changes;
}

/* A learning rate that follows a schedule leaves the step as "lr" (of several groups also "lr2",
 * ...): the log and the picture show it. */
static void rates_show(Elab *e, const MovedVec *groups)
{
    for (int i = 0; i < groups->count && moves_parameters(e); i++) {
        const Binding *lr = scope_find(groups->data[i].optimizer->config, "lr");
        if (!lr || lr->value.kind != VALUE_TENSOR || !lr->value.node->host ||
            !changes_with_steps(lr->value.node))
            continue;
        const char *name = i == 0 ? "lr" : arena_printf(e->arena, "lr%d", i + 1);
        e->graph->loc = groups->data[i].loc;
        Node *rate = graph_cast(e->graph, lr->value.node, DT_F32);
        graph_result(e->graph, RESULT_VALUE, 0, name, rate, groups->data[i].loc);
    }
}

static void gradients_apply(Elab *e, MovedVec *groups, GradientVec *gradients, const Step *step)
{
    if (e->kind != ENTRY_INIT)
        gradients_clip(e, gradients, step);
    for (int i = 0; i < gradients->count; i++)
        optimizer_apply(e, group_find(groups, gradients->data[i].use->path), &gradients->data[i],
                        step);
    rates_show(e, groups);
}

static void gradients_use(Elab *e, MovedVec *groups, GradientVec *gradients, Node *loss,
                          const Step *step)
{
    switch (e->kind) {
    case ENTRY_CHECK_GRAD:
        gradients_show(e, gradients, step);
        break;
    case ENTRY_CHECK_LOSS:
        break;
    case ENTRY_UPDATE:
        gradients_take(e, gradients, step);
        gradients_apply(e, groups, gradients, step);
        break;
    default:
        if (e->kind == ENTRY_TRAIN && e->model->train.accumulate > 1)
            gradients_add(e, gradients, loss, step);
        else
            gradients_apply(e, groups, gradients, step);
    }
}

/* Does the instance at `owner` ("block1.norm") hold parameters, of those that `step_learns`? */
static bool owner_has_params(const Elab *e, const char *owner, size_t length, bool step_learns)
{
    for (int i = 0; i < e->var_list.count; i++) {
        const VarUse *use = e->var_list.data[i];
        if (e->model->vars.data[use->slot].kind == VAR_PARAM &&
            strncmp(use->path, owner, length) == 0 && use->path[length] == '.' &&
            (!step_learns || use->learned_run == e->run))
            return true;
    }
    return false;
}

/* The length of the path of the innermost layer around a state that holds parameters; 0: none. */
static size_t owner_length(const Elab *e, const char *path)
{
    size_t length = strlen(path);
    do {
        while (length > 0 && path[--length] != '.')
            ;
    } while (length > 0 && !owner_has_params(e, path, length, false));
    return length;
}

/* A state moves with its layer: in the steps that learn one of the layer's parameters, or name the
 * layer; a layer without parameters moves with the one around it.  What belongs to no layer that
 * learns (a counter of the file's) moves once for each batch, in the first step. */
static bool writes_state(const Elab *e, MovedVec *groups, const VarUse *use, int step)
{
    if (e->model->vars.data[use->slot].stream)
        return step == e->step_count - 1; /* all steps of a batch see it as it was */
    const size_t length = owner_length(e, use->path);
    if (group_find(groups, use->path) ||
        (length > 0 && owner_has_params(e, use->path, length, true)))
        return true;
    return step == 0 && length == 0;
}

static void write_results(Elab *e, MovedVec *groups, int step)
{
    for (int i = 0; i < e->var_list.count; i++) {
        const VarUse *use = e->var_list.data[i];
        const Var *var = &e->model->vars.data[use->slot];
        const bool own = var->kind == VAR_PARAM || var->optimizer;
        const bool written = use->run == e->run && use->written;
        /* Of a step over micro-batches, each writes the layers' states, and the end the rest. */
        if (written && (own || (e->kind == ENTRY_TRAIN && writes_state(e, groups, use, step))))
            graph_result(e->graph, RESULT_WRITE, use->slot, NULL, use->node, use->write_loc);
    }
}

/* The gradients of the parameters that the step moves and its loss depends on. */
static GradientVec gradients_find(Elab *e, MovedVec *groups, Node *loss, Loc loc)
{
    GradientVec gradients = {0};
    const bool *reached = reach_evaluate(e, loss, false);
    const bool *read = reach_evaluate(e, loss, true);
    for (int i = 0; i < e->var_list.count; i++) {
        VarUse *use = e->var_list.data[i];
        if (use->run != e->run || e->model->vars.data[use->slot].kind != VAR_PARAM)
            continue;
        const bool grouped = group_find(groups, use->path) != NULL;
        use->grouped = use->grouped || grouped;
        use->frozen = use->frozen || (read[use->node->id] && !reached[use->node->id]);
        if (!grouped || !reached[use->node->id])
            continue;
        use->learned = true;
        use->learned_run = e->run;
        e->graph->loc = loc;
        Node *gradient = e->kind == ENTRY_CHECK_LOSS ? NULL : graph_grad(e->graph, loss, use->node);
        vec_push(e->arena, &gradients, ((Gradient){use, gradient}));
    }
    return gradients;
}

void step_update(Elab *e, const Step *step, Node *loss)
{
    const Stmt *minimize = step->minimize;
    MovedVec groups = {0};
    if (!groups_evaluate(e, &minimize->groups, &groups))
        return;
    GradientVec gradients = gradients_find(e, &groups, loss, minimize->loc);
    gradients_use(e, &groups, &gradients, loss, step);
    report_unmatched(e, &groups);
    if (gradients.count == 0 && diag_error_count(e->diag) == 0)
        diag_error(e->diag, minimize->loc, "no parameter would change",
                   "this loss depends on no parameter that is to be learned");
    if (e->kind == ENTRY_TRAIN || e->kind == ENTRY_UPDATE)
        write_results(e, &groups, step->index);
}

void train_warn_unlearned(Elab *e)
{
    for (int i = 0; i < e->var_list.count; i++) {
        const VarUse *use = e->var_list.data[i];
        const Var *var = &e->model->vars.data[use->slot];
        if (var->kind == VAR_PARAM && !use->learned && !use->frozen)
            diag_warning(e->diag, var->loc,
                         use->grouped ? "no loss depends on it"
                                      : "no optimizer has it in its group; "
                                        "if it is to stay, detach(...) what is computed with it",
                         "parameter '%s' is never learned", use->path);
    }
}
