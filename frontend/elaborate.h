/* elaborate.h -- from syntax trees to a Model: names, constants, shapes, modules, gradients.
 *
 * The program is elaborated once per entry point (each training step, eval, predict, check ...),
 * `training` true or false, over one table of parameters and states, so that a layer gets the same
 * parameters in each.  Every error goes to diag with a place; NULL is returned if there was one. */
#ifndef GRADC_ELABORATE_H
#define GRADC_ELABORATE_H

#include "frontend/ast.h"
#include "ir/model.h"

typedef struct Define { /* -Dname=value */
    const char *name, *value;
} Define;

typedef struct ElaborateOptions {
    const Define *defines;
    int define_count;
    const char *library_dir; /* where the standard library's files lie */
    const char *model_dir;   /* imports and data paths are relative to it */
    bool embedded;           /* for a library: the caller brings the data */
    int64_t parts; /* cut each batch into so many, which divides it; 0: as the model says */
} ElaborateOptions;

Model *elaborate(Arena *arena, const Ast *ast, const ElaborateOptions *options, Diag *diag);

#endif
