/* product_blocks.h -- a product in blocks over the micro-kernels of runtime/grt_tile.h. */
#ifndef GRADC_PRODUCT_BLOCKS_H
#define GRADC_PRODUCT_BLOCKS_H

#include "codegen/product.h"

/* Appends the kernel's statements.  False, and nothing appended, where the innermost axis of the
 * result is one of both operands. */
bool product_emit_blocks(Product *p);

#endif
