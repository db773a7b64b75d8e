/* product_each.h -- products whose columns are in both operands: element by element along them. */
#ifndef GRADC_PRODUCT_EACH_H
#define GRADC_PRODUCT_EACH_H

#include "codegen/product.h"

/* False, and nothing appended, where the result's innermost label is of one operand alone, or too
 * short for vectors. */
bool product_emit_each(Product *p);

#endif
