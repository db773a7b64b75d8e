/* fuse_parts.h -- what the files of fusion share; private to them.
 *
 *     fuse.c         uses of nodes; what a root reads; roots that need no buffer after all
 *     fuse_roots.c   which nodes get a buffer
 *     fuse_groups.c  which roots share a kernel, and of what kind it is
 *     fuse_blocks.c  rows that take over the products around them */
#ifndef GRADC_FUSE_PARTS_H
#define GRADC_FUSE_PARTS_H

#include "codegen/fuse.h"

/* It has loops of its own: a reduction, a product, a loop, what fills a buffer. */
bool fuse_is_reduction(const Node *n);

void fuse_choose_roots(Lowering *l);
void fuse_form_groups(Lowering *l);

#endif
