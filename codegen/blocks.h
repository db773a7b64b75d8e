/* blocks.h -- rows with products around them: fuse_blocks.c says which, lower_blocks.c writes them.
 */
#ifndef GRADC_BLOCKS_H
#define GRADC_BLOCKS_H

#include "codegen/lower_rules.h"

/* Groups of rows take over the products that they are made of and that are made of them. */
void fuse_find_blocks(Lowering *l);

typedef struct Blocks Blocks;

/* The group's products, measured: before all loops. */
Blocks *blocks_start(Lowering *l, const Group *group);
/* In the loops over the outer axes but the last, whose indices these are: opens the loops over
 * blocks and over the rows of one, and answers with the index of the last axis. */
KExpr *blocks_open(Blocks *b, KExpr *const *outer);
/* Behind the row: closes both loops. */
void blocks_close(Blocks *b);

#endif
