/* formula.h -- what a kernel computes, as people write it: the comment above it.
 *
 *     logits_product[i,j] = sum_k relu[i,k] linear2.weight[j,k]
 *     hidden = where(x <= 0, 0, x)
 *
 * Products stand side by side and quotients are div(x, y): a comment holds no star and no slash. */
#ifndef GRADC_FORMULA_H
#define GRADC_FORMULA_H

#include "codegen/lower_rules.h"

/* The roots of one kernel, an equation each, "; " between them, and their type behind the last.
 * Before each come the named values that it computes on its way. */
const char *formula_of_group(const Lowering *l, const Group *group);

#endif
