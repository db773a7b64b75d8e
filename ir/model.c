/* model.c -- the table of variables, and entries by kind. */
#include "ir/model.h"

#include <string.h>

Model *model_new(Arena *arena, const char *name, const SourceFile *source)
{
    Model *model = arena_new_of(arena, Model);
    model->arena = arena;
    model->name = name;
    model->source = source;
    return model;
}

/* A source's name ("train.image") may also be a parameter's path; then the parameter is meant. */
int model_find_var(const Model *model, const char *name)
{
    int found = -1;
    for (int i = 0; i < model->vars.count; i++) {
        const Var *var = &model->vars.data[i];
        if (strcmp(var->name, name) != 0)
            continue;
        if (var->kind != VAR_SOURCE)
            return i;
        if (found < 0)
            found = i;
    }
    return found;
}

int model_add_var(Model *model, VarKind kind, const char *name, const Type *type, Loc loc)
{
    const Var var = {.kind = kind, .name = name, .type = *type, .loc = loc};
    vec_push(model->arena, &model->vars, var);
    return model->vars.count - 1;
}

const int64_t style_default[STYLE_KEYS] = {4, 0, 1000, 3, 80, 0};

bool print_has_style(const Print *print)
{
    return memcmp(print->style, style_default, sizeof style_default) != 0;
}

Entry *model_find_entry(const Model *model, EntryKind kind, int step)
{
    for (int i = 0; i < model->entries.count; i++) {
        Entry *entry = &model->entries.data[i];
        if (entry->kind == kind && entry->step == step)
            return entry;
    }
    return NULL;
}

int model_line(const Model *model, Loc loc)
{
    return loc.file && loc.file == model->source ? loc_line(loc) : 0;
}

bool type_is_tokens(const Type *type)
{
    return type->dtype != DT_BOOL && !dtype_is_float(type->dtype) && type->rank >= 1 &&
           type->rank <= 2 && type->dims[0].batch && type->dims[0].size == 1 &&
           (type->rank == 1 || dim_is_one(type->dims[1]));
}

/* ---- stream states ---- */

static int pass_of(EntryKind kind)
{
    return kind == ENTRY_TRAIN      ? PASS_TRAIN
           : kind == ENTRY_EVAL     ? PASS_EVAL
           : kind == ENTRY_PREDICT  ? PASS_PREDICT
           : kind == ENTRY_GENERATE ? PASS_GENERATE
                                    : -1;
}

/* In the body of a loop what is around it is an operand of the loop. */
static bool touches(const Graph *g, int slot)
{
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].kind == RESULT_WRITE && g->results.data[i].slot == slot)
            return true;
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_state && g->nodes.data[i]->attr.slot == slot)
            return true;
    return false;
}

unsigned model_stream_passes(const Model *model, int slot)
{
    unsigned passes = 0;
    const Var *var = &model->vars.data[slot];
    for (int i = 0; i < model->entries.count && var->kind == VAR_STATE && var->stream; i++) {
        const Entry *entry = &model->entries.data[i];
        const int pass = pass_of(entry->kind);
        if (pass >= 0 && touches(entry->graph, slot))
            passes |= 1u << pass;
    }
    return passes;
}

int model_find_lanes(const Model *model)
{
    for (int i = 0; i < model->vars.count; i++)
        if (model_stream_passes(model, i) & (1u << PASS_TRAIN | 1u << PASS_EVAL))
            return i;
    return -1;
}
