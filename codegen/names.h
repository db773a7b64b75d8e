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

/* The name that a value has in the model: its own, "linear1" for what a layer returns,
 * "log_softmax_shifted" for one inside a function; or NULL. */
const char *node_given_name(Arena *arena, const Model *m, const Node *n);
/* That, or one made of its neighbours' names: "linear1_product", "d_logits", "image_scaled". */
const char *node_describe(Arena *arena, const Model *m, const Node *n);

#endif
