/* in_place.h -- results that take the place of an operand.
 *
 *     y[i] = max(x[i], 0), and nothing reads x later:    y lies where x does
 *
 * The kernel is then given one pointer for both (`y[i] = max(y[i], 0)`), so that what it says to
 * the C compiler with `restrict` stays true. */
#ifndef GRADC_IN_PLACE_H
#define GRADC_IN_PLACE_H

#include "codegen/kernel.h"

/* Sets Buffer.over where a buffer may take the place of another: lifetimes must be known. */
void in_place_choose(Routine *r);
/* Makes the kernels load from Buffer.over's successor, for good: their expressions change. */
void in_place_apply(Routine *r, Arena *arena);

#endif
