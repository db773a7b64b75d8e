/* gemm.h -- products of tensors: a call of the BLAS, or loops that vectorise.
 *
 * This is the one place that decides how a product is computed at -O1.
 *
 *     labels bi, ji -> bj    x @ transpose(w): rows b, columns j, sum over i */
#ifndef GRADC_GEMM_H
#define GRADC_GEMM_H

#include "codegen/lower_rules.h"

/* Appends the kernel's statements for a contract whose result goes to `out`.  False where no
 * special form fits: then nothing was appended, and the plain rule serves. */
bool gemm_lower(Lowering *l, const Node *n, Buffer *out);

#endif
