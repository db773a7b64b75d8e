/* fuse.h -- which nodes get a buffer, and which of those are computed by one kernel.
 *
 * In: a graph.  Out, in Lowering: NodeInfo.root for each node that gets a buffer (the others are
 * computed inside their consumers), and the groups, in an order in which they may run.
 *
 * At -O0 every node is a root in a group of its own. */
#ifndef GRADC_FUSE_H
#define GRADC_FUSE_H

#include "codegen/lower_rules.h"

void fuse_plan(Lowering *l);

/* The nodes with elements in memory (roots, variables) that a root's kernel reads to compute it.
 * same is true where only the element at the result's own place is read. */
typedef void FuseVisit(Lowering *l, const Node *read, bool same, void *context);
void fuse_visit_reads(Lowering *l, const Node *root, FuseVisit *visit, void *context);
/* The same, where the root's operands (or n itself) are read at `at`; which axes of what is read
 * are then where. */
typedef void FuseVisitAxes(Lowering *l, const Node *read, const Axes *at, void *context);
void fuse_visit_operands(Lowering *l, const Node *root, const Axes *at, FuseVisitAxes *visit,
                         void *context);
void fuse_visit_from(Lowering *l, const Node *n, const Axes *at, FuseVisitAxes *visit,
                     void *context);

/* May a root of the group read another at its own element? */
bool fuse_shares(const Group *group);

/* A tensor that lies in memory as a variable from the start. */
bool fuse_is_variable(const Node *n);

#endif
