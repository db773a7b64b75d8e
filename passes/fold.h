/* fold.h -- shared by fold.c and fold_views.c. */
#ifndef GRADC_FOLD_H
#define GRADC_FOLD_H

#include "ir/graph.h"

bool fold_is_splat(const Node *n);

/* How often each node's value is wanted.  Nodes made after counting are not in it. */
typedef struct Uses {
    const int *by_id;
    int ids;
} Uses;

/* A node that is in the count, and that one operand or result alone wants. */
bool fold_is_wanted_once(const Uses *uses, const Node *n);
/* What a fold, slice or pad becomes in the company of windows; n itself if nothing better is known.
 */
Node *fold_windows(Graph *g, Node *n, const Uses *uses);
/* What a view, reduction or product becomes; n itself if nothing better is known. */
Node *fold_view(Graph *g, Node *n, const Uses *uses);

#endif
