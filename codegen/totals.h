/* totals.h -- long sums to one number, together with the elements that they are of. */
#ifndef GRADC_TOTALS_H
#define GRADC_TOTALS_H

#include "codegen/lower_rules.h"

/* A sum of floats over all axes, and so long that its total is kept in f64. */
bool totals_is(const Lowering *l, const Node *n);
/* The kernel of a group of such sums, and of roots of the shape that is summed. */
void totals_lower(Lowering *l, const Group *group);

#endif
