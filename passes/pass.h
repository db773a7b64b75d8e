/* pass.h -- transformations of graphs, in one table.
 *
 * A pass is one file and one function.  The driver (pipeline.c) runs the table in order over every
 * entry, verifies each graph after each pass in every build (naming the pass in an ice() if it
 * broke something), prints the IR where asked, and times it. */
#ifndef GRADC_PASS_H
#define GRADC_PASS_H

#include "ir/model.h"

typedef struct Pass {
    const char *name; /* in --dump=after:NAME, --stop-after=NAME, --skip=NAME */
    const char *doc;  /* one line, in --list-passes */
    int level;        /* runs at -O level and above; 0: always, may not be skipped */
    /* One of these: over each graph, the bodies of its loops first, or over the model (may add
     * entries).  True if changed. */
    bool (*graph)(Graph *g);
    bool (*model)(Model *m);
} Pass;

extern const Pass passes[];
extern const int pass_count;
const Pass *pass_find(const char *name);

typedef struct PipelineOptions {
    int level;               /* -O0, -O1 */
    const char *const *skip; /* names of passes left out */
    int skip_count;
    const char *dump_after; /* pass name, "all" or NULL: printed to dump_to */
    const char *stop_after; /* or NULL */
    FILE *dump_to;
    bool time; /* print each pass's seconds to stderr */
} PipelineOptions;

void pipeline_run(Model *m, const PipelineOptions *options);

/* A node of a training step, before the passes, for which the step over a batch is not the sum of
 * steps over its parts: batch normalisation, or a state that changes once a step.  NULL if none. */
const Node *model_find_coupled(const Model *m);

/* The passes, in the order of the table. */
bool pass_freeze(Model *m);        /* detached values of the check entries go through VAR_SCRATCH */
bool pass_split_eval(Model *m);    /* evaluation over a split: accumulators, and the finish entry */
bool pass_grad(Graph *g);          /* `grad` nodes become backward graphs */
bool pass_widen(Graph *g);         /* check entries compute in f64 */
bool pass_fold(Graph *g);          /* constants, identities, detach, views of views */
bool pass_cse(Graph *g);           /* equal nodes become one */
bool pass_masks(Graph *g);         /* the mask of a relu is read from its result */
bool pass_channels_last(Graph *g); /* images have their channels last in memory */
bool pass_recompute(Graph *g); /* what the backward pass reads is made again where it is cheap */
bool pass_dce(Graph *g);       /* what no result needs goes */
bool pass_scores(Graph *g);    /* scores of attention are computed again for the gradient */

#endif
