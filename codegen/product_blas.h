/* product_blas.h -- a product as calls of the BLAS. */
#ifndef GRADC_PRODUCT_BLAS_H
#define GRADC_PRODUCT_BLAS_H

#include "codegen/product.h"

/* Appends loops around a call.  False, and nothing appended, where the operands are no matrices to
 * it. */
bool product_emit_blas(Product *p);

#endif
