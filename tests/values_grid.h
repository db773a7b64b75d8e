/* values_grid.h -- a model of every elementwise operation and every cast, in every dtype.
 *
 * The table of operations is walked: each row makes a result for each dtype that its type rule
 * takes, "add_f32".  Operands are all pairs of 0, -0, 1, -1, the smallest and the largest numbers,
 * infinities, NaN ... in that dtype: they are the model's states, "f32_0" and "f32_1". */
#ifndef GRADC_TESTS_VALUES_GRID_H
#define GRADC_TESTS_VALUES_GRID_H

#include "ir/model.h"
#include "tests/values.h"

enum { VALUES_PAIRS = VALUES_EDGES * VALUES_EDGES };

/* One entry with all results, or an entry for each. */
Model *values_model(Arena *arena, bool one_entry);
/* Element i of an operand: the first counts fast, the second slowly, a third runs against both. */
Scalar values_element(DType dtype, int operand, int64_t i);
void values_put(void *bytes, int64_t i, Scalar s);
Scalar values_get(const void *bytes, int64_t i, DType dtype);

#endif
