/* product_blocks.h -- a product in blocks over the micro-kernels of runtime/grt_tile.h. */
#ifndef GRADC_PRODUCT_BLOCKS_H
#define GRADC_PRODUCT_BLOCKS_H

#include "codegen/product.h"

/* Appends the kernel's statements, and behind each block of the product the elements of the
 * epilogue, which are made of it.  False, and nothing appended, where the innermost axis of the
 * result is one of both operands. */
bool product_emit_blocks(Product *p, const Group *epilogue);
/* Will product_emit_blocks do it?  To be known before there are buffers. */
bool product_has_blocks(const Product *p);

#endif
