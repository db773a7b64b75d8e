/* elab_data.c -- data blocks: where the inputs of a split come from.
 *
 *     data train {
 *         x = randn(100, 1)                     no reader: made once, whole, by the make graph
 *         y = 2 * x                             likewise: x is made
 *         image = idx("images.gz") / 255        a reader: computed per batch, by the fetch graph
 *         label = csv("digits.csv", columns = 64)   the bare reader: read straight into the input
 *     } */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

struct Column {
    const Stmt *stmt;
    const char *name;
    int input;   /* index into Model.vars */
    bool reads;  /* a file, or a column that does */
    int sources; /* made for it so far */
    int source;  /* made columns: the VAR_SOURCE */
};

struct DataBlock {
    const Stmt *stmt;
    Split *split;
    Vec(Column *) columns;
};

/* ---- columns ---- */

static Column *column_find(const DataBlock *block, const char *name)
{
    for (int i = 0; i < block->columns.count; i++)
        if (strcmp(block->columns.data[i]->name, name) == 0)
            return block->columns.data[i];
    return NULL;
}

/* Does the value come from a file? */
static bool expr_reads(const Elab *e, const DataBlock *block, const Expr *expr)
{
    SourceKind kind;
    if (!expr)
        return false;
    if (reader_kind(e, expr, &kind))
        return true;
    if (expr->kind == EXPR_NAME) {
        const Column *column = column_find(block, expr->text);
        return column && column->reads;
    }
    for (int i = 0; i < expr->args.count; i++)
        if (expr_reads(e, block, expr->args.data[i].value))
            return true;
    return expr_reads(e, block, expr->left) || expr_reads(e, block, expr->right) ||
           expr_reads(e, block, expr->third);
}

/* ---- collecting the blocks, in the first run ---- */

static void report_unknown_input(Elab *e, const Expr *target)
{
    Vec(const char *) names = {0};
    for (int i = 0; i < e->model->vars.count; i++)
        if (e->model->vars.data[i].kind == VAR_INPUT)
            vec_push(e->arena, &names, e->model->vars.data[i].name);
    const char *near = text_nearest(target->text, names.data, names.count);
    diag_error(e->diag, target->loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near) : NULL,
               "there is no input '%s'", target->text);
}

/* Samples are the first dimension. */
static bool input_takes_data(Elab *e, int slot, Loc loc)
{
    const Var *var = &e->model->vars.data[slot];
    if (type_batch_axis(&var->type) == 0 && var->type.dims[0].size == 1)
        return true;
    diag_error(e->diag, loc, NULL,
               "data is by samples: input '%s' must begin with batch, not be %s", var->name,
               type_text(e->arena, &var->type));
    return false;
}

static void collect_column(Elab *e, DataBlock *block, const Stmt *stmt)
{
    const Expr *target = stmt->targets.data[0];
    if (stmt->targets.count != 1 || target->kind != EXPR_NAME || stmt->type) {
        diag_error(e->diag, target->loc, NULL, "a line of a data block is: input = source");
        return;
    }
    const int input = model_find_var(e->model, target->text);
    const Column *before = column_find(block, target->text);
    if (input < 0 || e->model->vars.data[input].kind != VAR_INPUT) {
        report_unknown_input(e, target);
    } else if (before) {
        diag_error(e->diag, target->loc, NULL, "'%s' has two sources", target->text);
        diag_note(e->diag, before->stmt->loc, "the first is here");
    } else if (input_takes_data(e, input, target->loc)) {
        Column *column = arena_new_of(e->arena, Column);
        *column = (Column){.stmt = stmt,
                           .name = target->text,
                           .input = input,
                           .reads = expr_reads(e, block, stmt->value),
                           .source = -1};
        vec_push(e->arena, &block->columns, column);
    }
}

static bool split_name_ok(Elab *e, const Stmt *stmt)
{
    static const char *const names[] = {"train", "valid", "test"};
    for (int i = 0; i < 3; i++)
        if (strcmp(stmt->name, names[i]) == 0)
            return true;
    const char *near = text_nearest(stmt->name, names, 3);
    diag_error(e->diag, stmt->name_loc,
               near ? arena_printf(e->arena, "did you mean '%s'?", near)
                    : "train is learned from, valid and test are evaluated",
               "there is no data split '%s'", stmt->name);
    return false;
}

static void collect_block(Elab *e, const Stmt *stmt)
{
    if (!split_name_ok(e, stmt))
        return;
    for (int i = 0; i < e->data.count; i++)
        if (strcmp(e->data.data[i]->stmt->name, stmt->name) == 0) {
            diag_error(e->diag, stmt->loc, NULL, "there is a second data block '%s'", stmt->name);
            diag_note(e->diag, e->data.data[i]->stmt->loc, "the first is here");
            return;
        }
    DataBlock *block = arena_new_of(e->arena, DataBlock);
    block->stmt = stmt;
    block->split = arena_new_of(e->arena, Split);
    block->split->name = stmt->name;
    block->split->loc = stmt->loc;
    for (int i = 0; i < stmt->body.count; i++)
        collect_column(e, block, stmt->body.data[i]);
    vec_push(e->arena, &e->data, block);
}

/* ---- made columns: the make graph ---- */

/* What a batch of the column is, should it fit: n samples of what the input takes. */
static bool samples_fit(Elab *e, const Column *column, const Type *found)
{
    const Type *input = &e->model->vars.data[column->input].type;
    Type whole = *input;
    whole.dims[0] = found->rank > 0 ? found->dims[0] : dim_fixed(0);
    if (found->rank > 0 && !found->dims[0].batch && found->dims[0].size > 0 &&
        type_same_shape(found, &whole))
        return true;
    diag_error(e->diag, column->stmt->value->loc, "its first dimension is the samples",
               "'%s' is %s, but input '%s' is %s", column->name, type_text(e->arena, found),
               column->name, type_text(e->arena, input));
    return false;
}

static bool samples_agree(Elab *e, const DataBlock *block, const Column *column, int64_t samples)
{
    for (int i = 0; i < block->split->sources.count; i++) {
        const Source *other = &block->split->sources.data[i];
        if (other->kind != SOURCE_TENSOR || other->samples == samples)
            continue;
        diag_error(e->diag, column->stmt->value->loc, NULL,
                   "'%s' has %lld samples, but '%s' has %lld", column->name, (long long)samples,
                   other->value, (long long)other->samples);
        return false;
    }
    return true;
}

static int add_source(Elab *e, DataBlock *block, Column *column, Source source, const Type *type)
{
    const char *name = arena_printf(e->arena, "%s.%s", block->stmt->name, column->name);
    if (column->sources++ > 0)
        name = arena_printf(e->arena, "%s.%d", name, column->sources);
    source.var = model_add_var(e->model, VAR_SOURCE, name, type, source.loc);
    vec_push(e->arena, &block->split->sources, source);
    return source.var;
}

static Node *column_value(Elab *e, const Column *column)
{
    const Type *input = &e->model->vars.data[column->input].type;
    const Loc loc = column->stmt->value->loc;
    const Value v = eval_expr(e, column->stmt->value);
    e->graph->loc = loc;
    return v.kind == VALUE_ERROR ? NULL : value_to_dtype(e, &v, input->dtype, loc);
}

static void bind_column(Elab *e, const Column *column, Node *node)
{
    scope_bind(e, e->frame->scope, column->name, node ? value_tensor(node) : value_error(),
               column->stmt->loc);
}

static void make_column(Elab *e, DataBlock *block, Column *column)
{
    e->column = column;
    Node *node = column_value(e, column);
    e->column = NULL;
    bind_column(e, column, node);
    if (!node || !samples_fit(e, column, &node->type) ||
        !samples_agree(e, block, column, node->type.dims[0].size))
        return;
    const Type type = e->model->vars.data[column->input].type;
    const Source source = {.kind = SOURCE_TENSOR,
                           .samples = node->type.dims[0].size,
                           .value = column->name,
                           .loc = column->stmt->loc};
    graph_result(e->graph, RESULT_VALUE, 0, column->name, node, column->stmt->loc);
    column->source = add_source(e, block, column, source, &type);
}

/* ---- read columns: the fetch graph ---- */

bool data_reader(Elab *e, const Expr *call, Value *out)
{
    Source source = {.loc = call->loc};
    *out = value_error();
    if (!reader_kind(e, call, &source.kind))
        return false;
    if (!e->column) {
        diag_error(e->diag, call->loc, NULL, "'%s' reads data: it stands in a data block",
                   call->left->text);
        return true;
    }
    if (!reader_args(e, call, &source))
        return true;
    Type type = e->model->vars.data[e->column->input].type;
    if (reader_cuts_windows(source.kind) && (type.rank != 2 || type.dims[1].size < 1)) {
        diag_error(e->diag, call->loc, "declare it so: input x: i32[batch, 64]",
                   "%s cut into windows: it gives no %s",
                   source.kind == SOURCE_TEXT ? "a text is" : "a file of tokens is",
                   type_text(e->arena, &type));
        return true;
    }
    if (e->column->stmt->value != call)
        type.dtype = DT_F32; /* numbers to compute with */
    const int slot = add_source(e, e->split, e->column, source, &type);
    e->graph->loc = call->loc;
    *out = value_tensor(graph_slot(e->graph, OP_input, slot));
    return true;
}

static void fetch_column(Elab *e, Column *column)
{
    const Type *input = &e->model->vars.data[column->input].type;
    e->column = column;
    Node *node = column->reads         ? column_value(e, column)
                 : column->source >= 0 ? graph_slot(e->graph, OP_input, column->source)
                                       : NULL;
    e->column = NULL;
    bind_column(e, column, node);
    if (!node)
        return;
    input = &e->model->vars.data[column->input].type; /* sources were added */
    if (type_equal(&node->type, input))
        graph_result(e->graph, RESULT_WRITE, column->input, NULL, node, column->stmt->loc);
    else
        diag_error(e->diag, column->stmt->value->loc, NULL, "'%s' is %s, but input '%s' is %s",
                   column->name, type_text(e->arena, &node->type), column->name,
                   type_text(e->arena, input));
}

/* Data is there before anything is computed from it. */
static void check_depends(Elab *e, const DataBlock *block)
{
    for (int i = 0; i < e->graph->results.count; i++) {
        const Result *result = &e->graph->results.data[i];
        const Node *found = node_find_var(e, result->node);
        if (found)
            diag_error(e->diag, result->loc, NULL, "the data of split '%s' cannot depend on '%s'",
                       block->stmt->name, e->model->vars.data[found->attr.slot].name);
    }
}

static void exec_columns(Elab *e, DataBlock *block)
{
    Scope *outer = e->frame->scope;
    e->frame->scope = scope_new(e, outer, false);
    for (int i = 0; i < block->columns.count; i++) {
        Column *column = block->columns.data[i];
        if (e->kind == ENTRY_FETCH)
            fetch_column(e, column);
        else if (!column->reads)
            make_column(e, block, column);
    }
    e->frame->scope = outer;
    check_depends(e, block);
}

void exec_data(Elab *e, const Stmt *stmt)
{
    if (e->kind == ENTRY_INIT && e->training)
        collect_block(e, stmt);
    else if (e->split && e->split->stmt == stmt)
        exec_columns(e, e->split);
}

/* ---- the entries of each split ---- */

static bool has_made_columns(const DataBlock *block)
{
    for (int i = 0; i < block->columns.count; i++)
        if (!block->columns.data[i]->reads)
            return true;
    return false;
}

void data_entries(Elab *e)
{
    for (int i = 0; i < e->data.count; i++) {
        DataBlock *block = e->data.data[i];
        const char *name = block->stmt->name;
        e->split = block;
        if (has_made_columns(block))
            block->split->make =
                elab_entry(e, ENTRY_MAKE, 0, block->split, arena_printf(e->arena, "make_%s", name));
        block->split->fetch =
            elab_entry(e, ENTRY_FETCH, 0, block->split, arena_printf(e->arena, "fetch_%s", name));
        e->split = NULL;
        vec_push(e->arena, &e->model->splits, block->split);
    }
}

/* ---- what training and evaluation need ---- */

static bool block_gives(const DataBlock *block, int input)
{
    for (int i = 0; i < block->columns.count; i++)
        if (block->columns.data[i]->input == input)
            return true;
    return false;
}

static void check_split(Elab *e, const DataBlock *block, const bool *needed)
{
    for (int i = 0; i < e->model->vars.count; i++) {
        const Var *var = &e->model->vars.data[i];
        if (var->kind != VAR_INPUT || !needed[i] || block_gives(block, i))
            continue;
        diag_error(e->diag, block->stmt->loc, NULL, "data '%s' gives no '%s'", block->stmt->name,
                   var->name);
        diag_note(e->diag, var->loc, "training and evaluation need this input");
    }
}

void data_check_needs(Elab *e, const bool *needed)
{
    bool has_train = false;
    for (int i = 0; i < e->data.count; i++) {
        check_split(e, e->data.data[i], needed);
        has_train = has_train || strcmp(e->data.data[i]->stmt->name, "train") == 0;
    }
    if (e->model->train.present && !has_train && !e->options->embedded)
        diag_warning(e->diag, e->model->train.loc, "such a program can only be built by --emit=lib",
                     "there is no data to train on: add data train { ... }");
}
