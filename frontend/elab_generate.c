/* elab_generate.c -- the generate block: from the last token of each sample the next.
 *
 *     generate {
 *         input token: i32[batch, 1]                  a VAR_INPUT of its entry alone
 *         output next = categorical(lm(token)[:, -1]) the VALUE of its entry
 *         length      = 200                           settings go to Model.generate
 *     }
 *
 * It is elaborated for its own entry; and for init and reset, where parameters and states that it
 * alone uses get their first values.  Inside it `generating` is true, and `position` a counter. */
#include "frontend/elab.h"

#include <string.h>

#include "support/text.h"

/* ---- settings ---- */

static const char *const setting_names[] = {"length", "context", "vocabulary"};
enum { SETTINGS = sizeof setting_names / sizeof *setting_names };

static bool is_setting(const Stmt *stmt)
{
    const Expr *target = stmt->kind == STMT_ASSIGN ? stmt->targets.data[0] : NULL;
    if (!target || stmt->targets.count != 1 || target->kind != EXPR_NAME || stmt->type)
        return false;
    for (int i = 0; i < SETTINGS; i++)
        if (strcmp(target->text, setting_names[i]) == 0)
            return true;
    return false;
}

/* A plain number or string under a name that is nearly a setting's: one that would do nothing. */
static bool is_misspelt(const Stmt *stmt)
{
    const Expr *target = stmt->kind == STMT_ASSIGN ? stmt->targets.data[0] : NULL;
    const Expr *value = target && stmt->values.count == 1 ? stmt->values.data[0] : stmt->value;
    return target && target->kind == EXPR_NAME && value &&
           (value->kind == EXPR_INT || value->kind == EXPR_STRING) &&
           text_nearest(target->text, setting_names, SETTINGS) != NULL;
}

static const Expr *setting_value(const Stmt *stmt)
{
    return stmt->values.count == 1 ? stmt->values.data[0] : stmt->value;
}

static void want_count(Elab *e, const Stmt *stmt, int64_t least, int64_t *out)
{
    const char *name = stmt->targets.data[0]->text;
    const Expr *expr = setting_value(stmt);
    int64_t number;
    const Value v = eval_expr(e, expr);
    if (!value_want_int(e, &v, expr->loc, name, &number))
        return;
    if (number >= least && number <= GENERATE_MOST)
        *out = number;
    else
        diag_error(e->diag, expr->loc, NULL, "%s is a number of tokens from %lld to 2^30, not %lld",
                   name, (long long)least, (long long)number);
}

bool want_vocabulary(Elab *e, const Value *v, Loc loc, const char **out)
{
    bool seen[256] = {false};
    if (v->kind != VALUE_STRING) {
        if (v->kind != VALUE_ERROR)
            diag_error(e->diag, loc, "const chars = \"\\n abc\"",
                       "a vocabulary is a string, not %s", value_describe(e, v));
        return false;
    }
    for (int64_t i = 0; i < v->integer; i++) {
        const unsigned char byte = (unsigned char)v->text[i];
        if (byte == 0 || seen[byte]) {
            const bool shown = byte > ' ' && byte < 0x7f;
            diag_error(e->diag, loc, NULL, "the vocabulary has %s%s",
                       arena_printf(e->arena, shown ? "'%c'" : "byte 0x%02x", byte),
                       byte == 0 ? ", which ends a text in C" : " twice");
            return false;
        }
        seen[byte] = true;
    }
    *out = v->text;
    if (v->integer == 0)
        diag_error(e->diag, loc, NULL, "the vocabulary is empty");
    return v->integer > 0;
}

/* A string; or none: tokens are shown as their numbers. */
static void read_vocabulary(Elab *e, const Stmt *stmt, GenerateConfig *generate)
{
    const Expr *expr = setting_value(stmt);
    const Value v = eval_expr(e, expr);
    if (v.kind == VALUE_NONE)
        generate->text = TEXT_NUMBERS;
    else if (want_vocabulary(e, &v, expr->loc, &generate->vocabulary))
        generate->text = TEXT_VOCABULARY;
}

static void read_setting(Elab *e, const Stmt *stmt, GenerateConfig *generate)
{
    switch (stmt->targets.data[0]->text[0]) {
    case 'l':
        want_count(e, stmt, 1, &generate->length);
        break;
    case 'c':
        want_count(e, stmt, 2, &generate->context);
        break;
    default:
        read_vocabulary(e, stmt, generate);
    }
}

/* Settings are read where the block stands; the rest of it is returned. */
static StmtVec read_settings(Elab *e, const Stmt *stmt)
{
    StmtVec settings = {0}, rest = {0};
    GenerateConfig *generate = &e->model->generate;
    *generate = (GenerateConfig){.present = true, .input = -1, .length = 200, .loc = stmt->loc};
    for (int i = 0; i < stmt->body.count; i++) {
        Stmt *inner = stmt->body.data[i];
        if (is_setting(inner))
            vec_push(e->arena, &settings, inner);
        else if (is_misspelt(inner))
            setting_unknown(e, inner->targets.data[0], setting_names, SETTINGS, "generate");
        else
            vec_push(e->arena, &rest, inner);
    }
    settings_once(e, &settings);
    for (int i = 0; i < settings.count; i++)
        read_setting(e, settings.data[i], generate);
    return rest;
}

/* ---- the block ---- */

static void set_generating(Elab *e, bool on)
{
    e->generating = on;
    e->generating_name->value = value_bool(on);
    e->graph->loc = e->generate->loc;
    e->position_name->value =
        on ? value_tensor(graph_cast(e->graph, graph_counter(e->graph, COUNTER_POSITION), DT_I64))
           : value_int(0);
}

void exec_generate(Elab *e, const Stmt *stmt)
{
    if (e->generate && e->generate != stmt) {
        diag_error(e->diag, stmt->loc, NULL, "there is a second generate block");
        diag_note(e->diag, e->generate->loc, "the first is here");
        return;
    }
    e->generate = stmt;
    const bool first = !e->training && (e->kind == ENTRY_INIT || e->kind == ENTRY_RESET);
    if (e->kind != ENTRY_GENERATE && !first)
        return;
    const StmtVec body = read_settings(e, stmt);
    set_generating(e, true);
    exec_scoped(e, &body);
    set_generating(e, false);
}

bool generate_input(Elab *e, const Stmt *stmt, int slot)
{
    GenerateConfig *generate = &e->model->generate;
    const Var *var = &e->model->vars.data[slot];
    if (generate->input >= 0) {
        diag_error(e->diag, stmt->loc, NULL, "a generate block has one input: the last token");
    } else if (var->loc.begin != stmt->loc.begin || var->loc.file != stmt->loc.file) {
        diag_error(e->diag, stmt->name_loc, "give the block's another name",
                   "input '%s' is declared twice", stmt->name);
        diag_note(e->diag, var->loc, "it was declared here first");
    } else if (!type_is_tokens(&var->type)) {
        diag_error(e->diag, stmt->type->loc, "input token: i32[batch, 1]",
                   "the last token of each sample is an integer for each, not %s",
                   type_text(e->arena, &var->type));
    } else {
        generate->input = slot;
        return true;
    }
    return false;
}

/* ---- its entry ---- */

static void check_output(Elab *e, const Graph *graph)
{
    int outputs = 0;
    for (int i = 0; i < graph->results.count; i++) {
        const Result *result = &graph->results.data[i];
        if (result->kind != RESULT_VALUE)
            continue;
        if (++outputs > 1)
            diag_error(e->diag, result->loc, NULL,
                       "a generate block has one output: the next token of each sample");
        else if (!type_is_tokens(&result->node->type))
            diag_error(e->diag, result->loc, "categorical(logits[:, -1])",
                       "the next token of each sample is an integer for each, not %s",
                       type_text(e->arena, &result->node->type));
    }
    if (outputs == 0)
        diag_error(e->diag, e->generate->loc, "output next = categorical(logits[:, -1])",
                   "a generate block needs an output: the next token of each sample");
}

/* The runtime gives it the last token, and nothing else of a batch. */
static void check_inputs(Elab *e, const Graph *graph)
{
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *n = graph->nodes.data[i];
        const Var *var = n->op == OP_input ? &e->model->vars.data[n->attr.slot] : NULL;
        if (var && n->attr.slot != e->model->generate.input)
            diag_error(e->diag, e->generate->loc, "apply the layers to the block's own input",
                       "what is generated depends on input '%s', which is not there", var->name);
    }
}

void generate_entry(Elab *e)
{
    if (!e->generate)
        return;
    Graph *graph = elab_entry(e, ENTRY_GENERATE, 0, NULL, "generate");
    if (diag_error_count(e->diag) > 0)
        return;
    if (e->model->generate.input < 0)
        diag_error(e->diag, e->generate->loc, "input token: i32[batch, 1]",
                   "a generate block needs an input: the last token of each sample");
    check_output(e, graph);
    check_inputs(e, graph);
}
