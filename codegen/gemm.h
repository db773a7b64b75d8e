/* gemm.h -- products of tensors: blocks over micro-kernels, calls of the BLAS, or loops.
 *
 * This is the one place that decides how a product is computed at -O1.
 *
 *     labels bi, ji -> bj    x @ transpose(w): rows b, columns j, sum over i */
#ifndef GRADC_GEMM_H
#define GRADC_GEMM_H

#include "codegen/lower_rules.h"

/* May an elementwise value of its shape, computed from its elements, be computed by the contract's
 * kernel? */
bool gemm_takes_result(const Lowering *l, const Node *contract, const Node *result);
/* Appends the kernel's statements for a group of a contract and what is computed from it.  False
 * where no special form fits: then nothing was appended, and the plain rule serves. */
bool gemm_lower(Lowering *l, const Group *group);

#endif
