/* elab_module.c -- layers, and the variables that they own.
 *
 *     fc = linear(128)      a layer with the path "fc"
 *     fc(x)                 its body, with parameters fc.weight and fc.bias
 *     x |> linear(10)       a layer with the path "linear1"; inside module b: "b.linear1"
 *
 * A layer is a module's configuration and a path.  Applying it elaborates the module's body; the
 * parameters declared there are made the first time, and are the same ones at each later. */
#include "frontend/elab.h"

#include <string.h>

#include "ir/scan.h"
#include "support/text.h"

/* ---- making layers ---- */

static const char *layer_path(Elab *e, const Function *function, const CallSite *site)
{
    const char *name = function->stmt->name;
    if (function->stmt->kind == STMT_OPTIMIZER)
        return name;
    if (site->hint)
        return path_inside(e, site->hint);
    if (site->name)
        name = arena_printf(e->arena, "%s%d", site->name, site->ordinal);
    return path_inside(e, name);
}

static bool same_loc(Loc a, Loc b)
{
    return a.file == b.file && a.begin == b.begin && a.end == b.end;
}

/* The layer of this path; a second application of what it stands in finds it again. */
static Layer *layer_at(Elab *e, const Function *function, const char *path, Loc loc)
{
    Layer *layer = strmap_get(e->layer_paths, path);
    if (layer && same_loc(layer->made, loc) && layer->function->stmt == function->stmt)
        return layer;
    if (layer) {
        diag_error(e->diag, loc, "give one of them another name", "two layers are named '%s'",
                   path);
        diag_note(e->diag, layer->made, "the first was made here");
        return NULL;
    }
    layer = arena_new_of(e->arena, Layer);
    layer->made = loc;
    layer->path = path;
    layer->members = scope_new(e, NULL, true);
    if (function->stmt->kind == STMT_MODULE)
        strmap_set(e->layer_paths, path, layer);
    return layer;
}

Value layer_make(Elab *e, const Function *function, const Args *config, const CallSite *site)
{
    const ParamVec *params = &function->stmt->params;
    const int *match = args_match(e, function, params, config, site->loc);
    if (!match || call_is_recursive(e, function, site->loc))
        return value_error();
    Layer *layer = layer_at(e, function, layer_path(e, function, site), site->loc);
    if (!layer)
        return value_error();
    layer->function = function;
    layer->config = scope_new(e, function->home, true);
    Frame frame = {.function = function,
                   .scope = layer->config,
                   .path = layer->path,
                   .key = key_text(e->frame->key, layer->path)};
    if (!frame_push(e, &frame, site->loc))
        return value_error();
    const bool good = args_bind(e, params, config, match);
    frame_pop(e);
    return good ? (Value){.kind = VALUE_LAYER, .layer = layer} : value_error();
}

/* ---- applying them ---- */

static bool layer_is_open(Elab *e, const Layer *layer, Loc loc)
{
    for (const Frame *f = e->frame; f; f = f->outer)
        if (f->layer == layer) {
            diag_error(e->diag, loc, NULL, "layer '%s' is applied inside itself", layer->path);
            return true;
        }
    return false;
}

Value layer_apply(Elab *e, Layer *layer, const Args *args, uint64_t key, Loc loc)
{
    const Stmt *stmt = layer->function->stmt;
    if (stmt->kind == STMT_OPTIMIZER) {
        diag_error(e->diag, loc, "minimize loss with ...",
                   "'%s' is an optimizer: it stands behind 'with' in a train block", stmt->name);
        return value_error();
    }
    const int *match = args_match(e, layer->function, &stmt->inputs, args, loc);
    if (!match || layer_is_open(e, layer, loc))
        return value_error();
    if (!layer->was_applied)
        layer->applied = loc;
    Frame frame = {.function = layer->function,
                   .layer = layer,
                   .scope = scope_new(e, layer->config, true),
                   .path = layer->path,
                   .key = key};
    if (!frame_push(e, &frame, loc))
        return value_error();
    Value result = value_error();
    if (args_bind(e, &stmt->inputs, args, match))
        result = frame_run(e, &stmt->body);
    frame_name_result(e, &result);
    frame_pop(e);
    layer->was_applied = true;
    return result;
}

Value layer_member(Elab *e, Layer *layer, const char *name, Loc loc)
{
    const Binding *member = scope_own(layer->members, name);
    if (member)
        return member->slot < 0 ? member->value : value_tensor(var_of_slot(e, member->slot)->node);
    if (!layer->was_applied) {
        diag_error(e->diag, loc, "its shape is known from then on",
                   "layer '%s' has no '%s' before it is applied", layer->path, name);
        return value_error();
    }
    const BindingVec *members = &layer->members->bindings;
    const char **names = arena_array(e->arena, const char *, members->count);
    for (int i = 0; i < members->count; i++)
        names[i] = members->data[i]->name;
    const char *near = text_nearest(name, names, members->count);
    diag_error(e->diag, loc, near ? arena_printf(e->arena, "did you mean '%s'?", near) : NULL,
               "layer '%s' has no parameter, state or layer '%s'", layer->path, name);
    return value_error();
}

/* ---- variables ---- */

VarUse *var_of_slot(Elab *e, int slot)
{
    return strmap_get(e->vars, e->model->vars.data[slot].name);
}

static bool in_optimizer(const Elab *e)
{
    const Function *function = e->frame->function;
    return function && function->stmt->kind == STMT_OPTIMIZER;
}

/* What a parameter or state may not be. */
static bool type_allowed(Elab *e, const Stmt *stmt, const Type *type)
{
    const bool optimizer = in_optimizer(e);
    if (type_batch_axis(type) >= 0 && (stmt->kind == STMT_PARAM || optimizer)) {
        diag_error(e->diag, stmt->type ? stmt->type->loc : stmt->value->loc, NULL,
                   "%s cannot have a batch dimension: %s",
                   optimizer ? "an optimizer's state" : "a parameter", type_text(e->arena, type));
        return false;
    }
    if (stmt->kind == STMT_PARAM && !dtype_is_float(type->dtype)) {
        diag_error(e->diag, stmt->loc, "what is not learned is a state",
                   "a parameter must be a float tensor, not %s", type_text(e->arena, type));
        return false;
    }
    return true;
}

static bool can_broadcast(const Type *from, const Type *to)
{
    const int led = to->rank - from->rank;
    for (int i = 0; led >= 0 && i < from->rank; i++)
        if (!dim_is_one(from->dims[i]) && !dim_equal(from->dims[i], to->dims[i + led]))
            return false;
    return led >= 0;
}

static Node *node_broadcast(Elab *e, Node *node, const Type *type, const char *name, Loc loc)
{
    if (!node || can_broadcast(&node->type, type))
        return node ? graph_broadcast(e->graph, node, type) : NULL;
    diag_error(e->diag, loc, NULL, "'%s' is %s: a value of %s does not fit", name,
               type_text(e->arena, type), type_text(e->arena, &node->type));
    return NULL;
}

/* Numbers and lists become f32, the default; tensors are what they are. */
static Node *init_unannotated(Elab *e, const Stmt *stmt, const Value *v)
{
    const bool tensor = v->kind == VALUE_TENSOR && !v->node->host;
    if (!tensor)
        return value_to_dtype(e, v, DT_F32, stmt->value->loc);
    return stmt->kind == STMT_PARAM && !dtype_is_float(v->node->type.dtype)
               ? graph_cast(e->graph, v->node, DT_F32)
               : v->node;
}

Node *init_evaluate(Elab *e, const Stmt *stmt, const Type *type, const char *path)
{
    if (!stmt->value)
        return graph_number(e->graph, 0, type);
    const uint64_t key = e->frame->key;
    const Type *shape = e->init_shape;
    const bool was_in_init = e->in_init;
    e->frame->key = key_text(0, path);
    e->init_shape = type;
    e->in_init = true;
    const Value v = eval_expr(e, stmt->value);
    e->frame->key = key;
    e->init_shape = shape;
    e->in_init = was_in_init;
    if (v.kind == VALUE_ERROR)
        return NULL;
    e->graph->loc = stmt->loc;
    if (!type)
        return init_unannotated(e, stmt, &v);
    return node_broadcast(e, value_to_dtype(e, &v, type->dtype, stmt->value->loc), type, stmt->name,
                          stmt->value->loc);
}

bool elab_init_shape(Elab *e, Type *out)
{
    if (e->init_shape)
        *out = *e->init_shape;
    return e->init_shape != NULL;
}

/* A new variable and its first value, in the init graph. */
static VarUse *var_make(Elab *e, const Stmt *stmt, const Type *annotated, const char *path)
{
    Node *initial = init_evaluate(e, stmt, annotated, path);
    if (!initial || !type_allowed(e, stmt, annotated ? annotated : &initial->type))
        return NULL;
    VarUse *use = arena_new_of(e->arena, VarUse);
    use->path = path;
    use->initial = initial;
    const Loc loc = elab_user_loc(e, stmt->loc);
    use->slot = model_add_var(e->model, stmt->kind == STMT_PARAM ? VAR_PARAM : VAR_STATE, path,
                              &initial->type, loc);
    Var *var = &e->model->vars.data[use->slot];
    var->optimizer = in_optimizer(e);
    var->stream = type_batch_axis(&var->type) >= 0;
    if (!var->stream) /* else the reset entry writes it */
        graph_result(e->graph, RESULT_WRITE, use->slot, NULL, initial, loc);
    strmap_set(e->vars, path, use);
    vec_push(e->arena, &e->var_list, use);
    return use;
}

static bool var_is_declared_twice(Elab *e, const Stmt *stmt, const VarUse *use, const char *path)
{
    const bool again = use && use->run == e->run && use->frame == e->frame->serial;
    const int input = !use && !strchr(path, '.') ? model_find_var(e->model, path) : -1;
    if (!again && input < 0)
        return false;
    diag_error(e->diag, stmt->name_loc, NULL, "'%s' is declared twice", path);
    diag_note(e->diag, e->model->vars.data[again ? use->slot : input].loc,
              "it was declared here first");
    return true;
}

/* Shared weights have one type. */
static bool var_agrees(Elab *e, const Stmt *stmt, const VarUse *use, const Type *annotated)
{
    const Var *var = &e->model->vars.data[use->slot];
    if (!annotated || type_equal(annotated, &var->type))
        return true;
    diag_error(e->diag, stmt->loc, NULL, "'%s' is needed as %s, but is %s", use->path,
               type_text(e->arena, annotated), type_text(e->arena, &var->type));
    if (e->frame->layer)
        diag_note(e->diag, e->frame->layer->applied,
                  "'%s' got its shape where '%s' was first applied, here", use->path,
                  e->frame->layer->path);
    return false;
}

/* A first value known on the host (2.0 of an f64) is of a tensor all the same; and a constant,
 * which loops would copy, is the variable's own node. */
static Node *as_tensor(Elab *e, Node *initial)
{
    const bool copied = initial->host || initial->op == OP_const || initial->op == OP_iota;
    return copied ? graph_reshape(e->graph, initial, &initial->type) : initial;
}

/* "weight_l{layer}": what stands in braces is an integer or a text known when compiling. */
static bool append_part(Elab *e, const Stmt *stmt, const char *name, StrBuf *out)
{
    const Binding *binding = scope_find(e->frame->scope, name);
    const Value v = binding ? binding->value : value_none();
    if (v.kind == VALUE_INT)
        strbuf_printf(out, "%lld", (long long)v.integer);
    else if (v.kind == VALUE_STRING)
        strbuf_puts(out, v.text);
    else if (v.kind != VALUE_ERROR)
        diag_error(e->diag, stmt->path->loc, NULL,
                   "'{%s}' must be an integer or a text known when compiling%s%s", name,
                   binding ? ", not " : "; it is not bound here",
                   binding ? value_describe(e, &v) : "");
    return v.kind == VALUE_INT || v.kind == VALUE_STRING;
}

/* The name in checkpoints that the statement gives; NULL after reporting. */
static const char *given_path(Elab *e, const Stmt *stmt)
{
    StrBuf name = strbuf_new(e->arena);
    for (const char *c = stmt->path->text; *c; c++) {
        const char *end = *c == '{' ? strchr(c, '}') : NULL;
        if (!end) {
            strbuf_putc(&name, *c);
            continue;
        }
        const char *part = arena_strndup(e->arena, c + 1, (size_t)(end - c - 1));
        if (!append_part(e, stmt, part, &name))
            return NULL;
        c = end;
    }
    const char *text = strbuf_text(&name);
    const size_t plain = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_");
    if (*text && !text[plain])
        return text;
    diag_error(e->diag, stmt->path->loc, NULL,
               "'%s' is no name: names are made of A-Z, a-z, 0-9 and _", text);
    return NULL;
}

static const char *var_path(Elab *e, const Stmt *stmt)
{
    if (!stmt->path)
        return path_inside(e, stmt->name);
    const char *name = given_path(e, stmt);
    return name ? path_exact(e, name) : NULL;
}

/* The variable's value, when this run begins; NULL after reporting. */
static Node *var_node(Elab *e, const Stmt *stmt, const VarUse *use)
{
    if (e->kind == ENTRY_INIT)
        return as_tensor(e, use->initial);
    if (e->kind == ENTRY_RESET && e->model->vars.data[use->slot].stream) {
        Node *first = stream_first(e, stmt, use->slot, use->path);
        return first ? as_tensor(e, first) : NULL;
    }
    Node *node = graph_slot(e->graph, stmt->kind == STMT_PARAM ? OP_param : OP_state, use->slot);
    node->loc = elab_user_loc(e, stmt->loc);
    return node;
}

/* The variable, with its value in this run; NULL after reporting. */
static VarUse *var_find(Elab *e, const Stmt *stmt)
{
    Type type;
    const char *path = var_path(e, stmt);
    VarUse *use = path ? strmap_get(e->vars, path) : NULL;
    if (!path)
        return NULL;
    if (var_is_declared_twice(e, stmt, use, path))
        return NULL;
    if (stmt->type && (!type_evaluate(e, stmt->type, &type) || !type_allowed(e, stmt, &type)))
        return NULL;
    if (!use && e->kind == ENTRY_INIT)
        use = var_make(e, stmt, stmt->type ? &type : NULL, path);
    if (!use || !var_agrees(e, stmt, use, stmt->type ? &type : NULL))
        return NULL;
    use->frame = e->frame->serial;
    if (use->run == e->run)
        return use;
    use->run = e->run;
    use->written = false;
    e->graph->loc = stmt->loc;
    use->node = var_node(e, stmt, use);
    return use->node ? use : NULL;
}

/* Variables are there once, outside of all scans: they are read there, too. */
static VarUse *var_declare(Elab *e, const Stmt *stmt)
{
    Graph *inner = e->graph;
    e->graph = graph_root(inner);
    VarUse *use = var_find(e, stmt);
    e->graph = inner;
    return use;
}

void exec_declare(Elab *e, const Stmt *stmt)
{
    const VarUse *use = var_declare(e, stmt);
    const Value v = use ? value_tensor(use->node) : value_error();
    scope_bind(e, e->frame->scope, stmt->name, v, stmt->name_loc)->slot = use ? use->slot : -1;
    if (!use || !e->frame->layer)
        return;
    const char *dot = strrchr(use->path, '.');
    const char *member = !stmt->path ? stmt->name : dot ? dot + 1 : use->path;
    scope_bind(e, e->frame->layer->members, member, v, stmt->name_loc)->slot = use->slot;
}

/* ---- `<-` ---- */

/* What a write changes; NULL after reporting. */
static Binding *write_target(Elab *e, const Expr *target)
{
    if (target->kind != EXPR_NAME) {
        diag_error(e->diag, target->loc, NULL, "'<-' writes a state by its name, from inside");
        return NULL;
    }
    Binding *binding = scope_find(e->frame->scope, target->text);
    if (!binding)
        scope_report_unknown(e, target->text, target->loc);
    if (!binding || binding->value.kind == VALUE_ERROR)
        return NULL;
    const bool optimizer = in_optimizer(e);
    const bool param = binding->slot >= 0 && e->model->vars.data[binding->slot].kind == VAR_PARAM;
    if (binding->slot >= 0 && (!param || optimizer))
        return binding;
    diag_error(e->diag, target->loc, param ? NULL : "use '='",
               "'<-' writes a state, and '%s' is %s", target->text,
               param ? "a parameter: optimizers change those" : "a value");
    return NULL;
}

/* Writes have effect in training steps, and of stream states in all passes; the checks of gradients
 * see them too, and so does the run that finds which parameters a loss depends on. */
static bool writes_count(const Elab *e, const Var *var)
{
    switch (e->kind) {
    case ENTRY_TRAIN:
    case ENTRY_UPDATE:
    case ENTRY_CHECK_GRAD:
    case ENTRY_CHECK_LOSS:
        return true;
    case ENTRY_EVAL:
    case ENTRY_PREDICT:
        return var->stream;
    case ENTRY_GENERATE: /* of the block, not of what the file applies to whole windows */
        return var->stream && e->generating;
    case ENTRY_INIT:
        return e->training && var->kind == VAR_STATE && !var->optimizer;
    default:
        return false;
    }
}

void exec_write(Elab *e, const Stmt *stmt)
{
    if (e->graph->loop) {
        diag_error(e->diag, stmt->loc, "carry it, and write it once, behind the scan",
                   "a state cannot be written in a scan");
        return;
    }
    Binding *binding = write_target(e, stmt->targets.data[0]);
    const Value v = eval_expr(e, stmt->value);
    if (!binding || v.kind == VALUE_ERROR)
        return;
    const Var *var = &e->model->vars.data[binding->slot];
    const Type *type = &var->type;
    e->graph->loc = stmt->loc;
    Node *node = value_to_dtype(e, &v, type->dtype, stmt->value->loc);
    node = node_broadcast(e, node, type, binding->name, stmt->value->loc);
    if (!node || !writes_count(e, var))
        return;
    VarUse *use = var_of_slot(e, binding->slot);
    use->node = node;
    use->written = true;
    use->write_loc = elab_user_loc(e, stmt->loc);
    binding->value = value_tensor(node);
}
