/* fold.h -- shared by fold.c and fold_views.c. */
#ifndef GRADC_FOLD_H
#define GRADC_FOLD_H

#include "ir/graph.h"

bool fold_is_splat(const Node *n);

/* What a view, reduction or product becomes; n itself if nothing better is known.  uses: by id, how
 * often a node's value is wanted (nodes made by this pass are not in it). */
Node *fold_view(Graph *g, Node *n, const int *uses);

#endif
