/* product_blas.h -- a product as calls of the BLAS. */
#ifndef GRADC_PRODUCT_BLAS_H
#define GRADC_PRODUCT_BLAS_H

#include "codegen/product.h"

#include "codegen/gpu_epilogue.h"

/* Appends loops around a call.  False, and nothing appended, where the operands are no matrices to
 * it.  epilogue: what the call computes of the product (for a GPU), or NULL. */
bool product_emit_blas(Product *p, const Epilogue *epilogue);

#endif
