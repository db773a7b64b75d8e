/* elaborate.c -- the program, once for each entry.
 *
 * In: the tree of a file.  Out: a Model, with the graphs of
 *
 *     init  reset  train (one for each step)  eval  predict  make_SPLIT  fetch_SPLIT  print
 *     report  generate  check_grad, check_loss (for each step)
 *
 * The first two runs, with `training` true and then false, find every parameter and state and put
 * its first value into init; each later run reads them. */
#include "frontend/elab.h"

#include <string.h>
#include <sys/stat.h>

#include "support/file.h"
#include "support/text.h"

enum { DEFAULT_BATCH_MAX = 256, MAX_FILE = 256 * 1048576 };

/* ---- files ---- */

static const char *const library_names[] = {
    "activations.dsl",   "losses.dsl",    "layers.dsl",  "optimizers.dsl",   "schedules.dsl",
    "functions.dsl",     "metrics.dsl",   "init.dsl",    "convolutions.dsl", "pooling.dsl",
    "normalization.dsl", "recurrent.dsl", "tensors.dsl", "attention.dsl",    "images.dsl"};

static const Ast *file_parse(Elab *e, const char *path, const char *shown, bool library,
                             const char **why)
{
    char *text;
    size_t size;
    if (!file_read(e->arena, path, MAX_FILE, &text, &size, why))
        return NULL;
    SourceFile *source = source_new(e->arena, shown, text, size);
    source->library = library;
    return ast_parse(e->arena, source, e->diag);
}

static void library_read(Elab *e)
{
    for (size_t i = 0; i < sizeof library_names / sizeof *library_names; i++) {
        const char *why;
        const char *path = path_join(e->arena, e->options->library_dir, library_names[i]);
        const Ast *ast = file_parse(e, path, library_names[i], true, &why);
        if (ast)
            vec_push(e->arena, &e->library_files, ast);
        else
            diag_error(e->diag, (Loc){0}, NULL, "cannot read the standard library: '%s': %s", path,
                       why);
    }
}

/* One name for one file, however it is written. */
static const char *path_identity(Elab *e, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return path;
    return arena_printf(e->arena, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
}

static Import *import_find(Elab *e, const char *identity)
{
    for (int i = 0; i < e->imports.count; i++)
        if (strcmp(e->imports.data[i]->identity, identity) == 0)
            return e->imports.data[i];
    return NULL;
}

/* The file's tree is kept; NULL after reporting that it cannot be read. */
static Import *import_open(Elab *e, const Stmt *stmt)
{
    const char *why;
    const char *dir = e->dirs.data[e->dirs.count - 1];
    const char *path = strcmp(dir, ".") == 0 ? stmt->name : path_join(e->arena, dir, stmt->name);
    const char *identity = path_identity(e, path);
    Import *import = import_find(e, identity);
    if (import)
        return import;
    const int errors = diag_error_count(e->diag);
    const Ast *ast = file_parse(e, path, path, false, &why);
    if (!ast) {
        diag_error(e->diag, stmt->name_loc, NULL, "cannot import '%s': %s", path, why);
        return NULL;
    }
    import = arena_new_of(e->arena, Import);
    *import = (Import){.identity = identity, .path = path, .ast = ast};
    vec_push(e->arena, &e->imports, import);
    if (diag_error_count(e->diag) > errors)
        e->stopped = true; /* its names would all be unknown */
    return import;
}

void exec_import(Elab *e, const Stmt *stmt)
{
    Import *import = import_open(e, stmt);
    if (!import || import->run == e->run || e->stopped)
        return;
    if (import->open) {
        diag_error(e->diag, stmt->loc, NULL, "this import leads back to '%s'", import->path);
        return;
    }
    import->open = true;
    vec_push(e->arena, &e->dirs, path_dir(e->arena, import->path));
    exec_block(e, &import->ast->body);
    e->dirs.count--;
    import->open = false;
    import->run = e->run;
}

/* ---- a run ---- */

static void bind_root(Elab *e, Scope *root, const char *name, Value value)
{
    scope_bind(e, root, name, value, (Loc){0})->builtin = true;
}

/* Names with a meaning of their own, and the counters, which may be shadowed. */
static Scope *root_scope(Elab *e)
{
    static const Counter counters[] = {COUNTER_STEP, COUNTER_STEPS, COUNTER_EPOCH,
                                       COUNTER_STEPS_PER_EPOCH};
    Scope *root = scope_new(e, NULL, true);
    bind_root(e, root, "batch", (Value){.kind = VALUE_DIM, .dim = {1, true}});
    bind_root(e, root, "training", value_bool(e->training));
    bind_root(e, root, "none", value_none());
    bind_root(e, root, "generating", value_bool(false));
    e->generating_name = scope_own(root, "generating");
    e->position_name = scope_bind(e, root, counter_names[COUNTER_POSITION], value_int(0), (Loc){0});
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        scope_bind(e, root, counter_names[counters[i]],
                   value_tensor(graph_counter(e->graph, counters[i])), (Loc){0});
    return root;
}

static void run_program(Elab *e, EntryKind kind, int step, bool training, Graph *graph)
{
    Frame file = {.path = "", .suffix = ""};
    e->run++;
    e->kind = kind;
    e->step = step;
    e->training = training;
    e->graph = graph;
    e->turns = 0;
    memcpy(e->style, style_default, sizeof e->style);
    e->layer_paths = strmap_new(e->arena);
    e->keys = strmap_new(e->arena);
    e->frame = &file;
    file.scope = e->library = scope_new(e, root_scope(e), true);
    for (int i = 0; i < e->library_files.count; i++)
        exec_block(e, &e->library_files.data[i]->body);
    file.scope = e->global = scope_new(e, e->library, true);
    exec_block(e, &e->ast->body);
    e->frame = NULL;
}

Graph *elab_entry(Elab *e, EntryKind kind, int step, Split *split, const char *name)
{
    const bool training = kind == ENTRY_TRAIN || kind == ENTRY_UPDATE || kind == ENTRY_CHECK_GRAD ||
                          kind == ENTRY_CHECK_LOSS;
    Graph *graph = graph_new(e->model, name);
    e->every = 1;
    run_program(e, kind, step, training, graph);
    if (kind == ENTRY_EVAL)
        steps_evaluate(e);
    if (kind == ENTRY_AVERAGE)
        average_write(e);
    if (kind == ENTRY_EVAL || kind == ENTRY_PREDICT || kind == ENTRY_GENERATE)
        streams_write(e);
    const bool named = kind == ENTRY_TRAIN && step < e->losses.count && e->step_count > 1;
    const Entry entry = {.kind = kind,
                         .graph = graph,
                         .step = step,
                         .every = e->every,
                         .loss = named ? e->losses.data[step].name : NULL,
                         .split = split};
    vec_push(e->arena, &e->model->entries, entry);
    if (diag_error_count(e->diag) == 0)
        graph_sort(graph);
    return graph;
}

/* ---- what may not depend on what ---- */

typedef bool NodeTest(const Elab *e, const Node *node);

static bool is_program_var(const Elab *e, const Node *node)
{
    if (node->op == OP_param || node->op == OP_state)
        return true;
    return node->op == OP_input && e->model->vars.data[node->attr.slot].kind == VAR_INPUT;
}

/* What has a row for each sample of a batch that is not there yet. */
static bool is_of_samples(const Elab *e, const Node *node)
{
    if (node->op == OP_state)
        return e->model->vars.data[node->attr.slot].stream;
    return node->op == OP_input && is_program_var(e, node);
}

static const Node *node_find(Elab *e, Node *node, NodeTest *is)
{
    bool *seen = arena_array(e->arena, bool, e->graph->next_id);
    NodeVec todo = {0};
    vec_push(e->arena, &todo, node);
    while (todo.count > 0) {
        Node *n = todo.data[--todo.count];
        if (is(e, n))
            return n;
        for (int i = 0; i < n->arity; i++)
            if (!seen[n->args[i]->id]) {
                seen[n->args[i]->id] = true;
                vec_push(e->arena, &todo, n->args[i]);
            }
    }
    return NULL;
}

const Node *node_find_var(Elab *e, Node *node)
{
    return node_find(e, node, is_program_var);
}

void check_no_inputs(Elab *e, Graph *graph, const char *what, const char *mend)
{
    e->graph = graph;
    for (int i = 0; i < graph->results.count; i++) {
        const Result *result = &graph->results.data[i];
        const Node *found = node_find(e, result->node, is_of_samples);
        const Var *var = found ? &e->model->vars.data[found->attr.slot] : NULL;
        if (var)
            diag_error(e->diag, result->loc, mend, "%s cannot depend on %s '%s'%s", what,
                       var->stream ? "state" : "input", var->name,
                       var->stream ? ", which has a row for each sample" : "");
    }
}

/* ---- the entries ---- */

static const char *step_name(Elab *e, const char *name, int step)
{
    return e->step_count == 1 ? name : arena_printf(e->arena, "%s%d", name, step + 1);
}

static void init_entry(Elab *e)
{
    Graph *init = graph_new(e->model, "init");
    run_program(e, ENTRY_INIT, 0, true, init);
    run_program(e, ENTRY_INIT, 0, false, init);
    average_declare(e);
    check_no_inputs(e, init, "the first value of a parameter or state", NULL);
    if (diag_error_count(e->diag) == 0)
        graph_sort(init);
    const Entry entry = {.kind = ENTRY_INIT, .graph = init, .every = 1};
    vec_push(e->arena, &e->model->entries, entry);
}

static void reset_entry(Elab *e)
{
    Graph *reset = graph_new(e->model, "reset");
    run_program(e, ENTRY_RESET, 0, true, reset);
    run_program(e, ENTRY_RESET, 0, false, reset);
    check_no_inputs(e, reset, "the first value of a state", NULL);
    if (diag_error_count(e->diag) == 0)
        graph_sort(reset);
    const Entry entry = {.kind = ENTRY_RESET, .graph = reset, .every = 1};
    vec_push(e->arena, &e->model->entries, entry);
}

static void other_entries(Elab *e)
{
    if (has_streams(e))
        reset_entry(e);
    for (int i = 0; i < e->step_count; i++)
        elab_entry(e, ENTRY_TRAIN, i, NULL, step_name(e, "train", i));
    for (int i = 0; i < e->step_count && e->model->train.accumulate > 1; i++)
        elab_entry(e, ENTRY_UPDATE, i, NULL, step_name(e, "update", i));
    if (e->average)
        elab_entry(e, ENTRY_AVERAGE, 0, NULL, "average");
    if (e->step_count > 0 || e->has_metrics)
        elab_entry(e, ENTRY_EVAL, 0, NULL, "eval");
    if (e->has_outputs)
        elab_entry(e, ENTRY_PREDICT, 0, NULL, "predict");
    data_entries(e);
    if (e->has_prints)
        check_no_inputs(e, elab_entry(e, ENTRY_PRINT, 0, NULL, "print"), "what is printed", NULL);
    report_entry(e);
    generate_entry(e);
    for (int i = 0; i < e->step_count; i++) {
        elab_entry(e, ENTRY_CHECK_GRAD, i, NULL, step_name(e, "check_grad", i));
        elab_entry(e, ENTRY_CHECK_LOSS, i, NULL, step_name(e, "check_loss", i));
    }
}

/* ---- the whole program ---- */

static void check_defines(Elab *e)
{
    Vec(const char *) names = {0};
    for (int i = 0; i < e->ast->body.count; i++)
        if (e->ast->body.data[i]->kind == STMT_CONST)
            vec_push(e->arena, &names, e->ast->body.data[i]->name);
    for (int i = 0; i < e->options->define_count; i++) {
        const char *name = e->options->defines[i].name;
        const char *near = text_nearest(name, names.data, names.count);
        bool option = false;
        for (int k = 0; k < e->model->options.count; k++)
            option = option || strcmp(e->model->options.data[k].name, name) == 0;
        if (!e->define_used[i])
            diag_error(e->diag, (Loc){0},
                       option ? "an option is set when the program runs, --NAME=VALUE"
                       : near ? arena_printf(e->arena, "did you mean '%s'?", near)
                              : NULL,
                       "-D%s: there is no const '%s'", name, name);
    }
}

static void mark_inputs(const Graph *graph, bool *used)
{
    for (int i = 0; i < graph->nodes.count; i++)
        if (graph->nodes.data[i]->op == OP_input)
            used[graph->nodes.data[i]->attr.slot] = true;
}

static void check_inputs(Elab *e)
{
    bool *needed = arena_array(e->arena, bool, e->model->vars.count);
    bool *used = arena_array(e->arena, bool, e->model->vars.count);
    for (int i = 0; i < e->model->entries.count; i++) {
        const Entry *entry = &e->model->entries.data[i];
        if (entry->kind == ENTRY_TRAIN || entry->kind == ENTRY_EVAL)
            mark_inputs(entry->graph, needed);
        mark_inputs(entry->graph, used);
    }
    for (int i = 0; i < e->model->vars.count; i++) {
        const Var *var = &e->model->vars.data[i];
        if (var->kind == VAR_INPUT && !used[i])
            diag_warning(e->diag, var->loc, NULL, "input '%s' is never used", var->name);
    }
    data_check_needs(e, needed);
}

static void set_batch_bound(Elab *e)
{
    Model *model = e->model;
    bool batched = false;
    for (int i = 0; i < model->vars.count; i++)
        batched = batched || type_batch_axis(&model->vars.data[i].type) >= 0;
    if (batched)
        model->batch_bound = model->train.present ? model->train.batch
                             : e->batch_max > 0   ? e->batch_max
                                                  : DEFAULT_BATCH_MAX;
    for (int i = 0; i < model->vars.count; i++) {
        int64_t bytes;
        const Var *var = &model->vars.data[i];
        if (!type_bytes(&var->type, model->batch_bound, &bytes))
            diag_error(e->diag, var->loc, NULL, "'%s' is too large for a batch of %lld", var->name,
                       (long long)model->batch_bound);
    }
}

static const char *model_name(Arena *arena, const char *path)
{
    StrBuf name = strbuf_new(arena);
    const char *base = path_base(path);
    const size_t length = strlen(base);
    const bool suffix = length > 4 && strcmp(base + length - 4, ".dsl") == 0;
    text_c_identifier(&name, suffix ? arena_strndup(arena, base, length - 4) : base);
    return strbuf_text(&name);
}

Model *elaborate(Arena *arena, const Ast *ast, const ElaborateOptions *options, Diag *diag)
{
    Elab e = {.arena = arena, .diag = diag, .options = options, .ast = ast};
    e.model = model_new(arena, model_name(arena, ast->file->path), ast->file);
    e.vars = strmap_new(arena);
    e.optimizer_steps = strmap_new(arena);
    e.define_used = arena_array(arena, bool, options->define_count);
    vec_push(arena, &e.dirs, options->model_dir);
    library_read(&e);
    if (diag_error_count(diag) > 0)
        return NULL;
    init_entry(&e);
    other_entries(&e);
    check_defines(&e);
    set_batch_bound(&e);
    if (diag_error_count(diag) > 0)
        return NULL;
    check_inputs(&e);
    if (e.model->train.present) {
        train_check(&e);
        train_warn_unlearned(&e);
    }
    return diag_error_count(diag) > 0 ? NULL : e.model;
}
