/* names.h -- identifiers of generated C: made from the model's names, and unique.
 *
 *     name_unique(names, "v_", "hidden")    v_hidden, then v_hidden_2, v_hidden_3 ...
 *
 * The prefix keeps them apart from C's keywords, macros and functions. */
#ifndef GRADC_NAMES_H
#define GRADC_NAMES_H

#include "codegen/kernel.h"

typedef struct Names { /* the identifiers of one scope */
    Arena *arena;
    StrMap *taken;
} Names;

Names *names_new(Arena *arena);
const char *name_unique(Names *names, const char *prefix, const char *text);

/* How the model calls a value: its name, its variable's, "d_NAME" for a gradient, or NULL. */
const char *node_own_name(Arena *arena, const Model *m, const Node *n);
/* "hidden: f32[batch, 64] = maximum(linear1, 0)": what a node computes, in the model's names. */
const char *node_equation(Arena *arena, const Model *m, const Node *n, const char *name);

#endif
