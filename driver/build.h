/* build.h -- the stages of one compilation, from a file to a Program. */
#ifndef GRADC_BUILD_H
#define GRADC_BUILD_H

#include "driver/options.h"

typedef struct Build {
    Arena *arena;
    const Options *options;
    Model *model;
    uint64_t fingerprint; /* of the model as elaborated */
    Program *program;     /* NULL where only IR is wanted */
    const SourceFile *source;
    const Ast *ast;
    int recompute;       /* Model.recompute */
    int64_t parts;       /* of each batch; 0: it is whole */
    const Node *coupled; /* why it must be whole; or NULL */
} Build;

/* Runs the stages that the options ask for, with their dumps, and prints what there is to say.
 * EXIT_OK, or the exit status. */
int build_run(Build *build);
/* All stages once: with another Build.recompute or parts, again. */
int build_stages(Build *build, Diag *diag);

/* With --time: "gradc:   0.012 s  lower" on stderr, for the time since the last call. */
void build_time(const Build *build, const char *stage);

#endif
