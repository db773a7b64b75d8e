/* tile.h -- products over windows, as convolutions and their gradients are, in tiles that stay in
 * the processor's nearest memory. */
#ifndef GRADC_TILE_H
#define GRADC_TILE_H

#include "codegen/product.h"

/* Appends the kernel's statements, where an operand is windows and a tile fits.  False where not:
 * then nothing was appended. */
/* Are there windows in it, and is it large enough? */
bool tile_takes(const Product *p);
bool tile_lower(Product *p);

#endif
