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
