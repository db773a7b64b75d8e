/* values.h -- what each elementwise operation gives for single numbers, from its definition.
 *
 * It shares nothing with folding or generated code: integers are computed in 128 bits and wrapped,
 * floats in a wider type and rounded.  A row of ops.def without a value here ends the test. */
#ifndef GRADC_TESTS_VALUES_H
#define GRADC_TESTS_VALUES_H

#include "ir/graph.h"

enum { VALUES_EDGES = 28 };

/* The numbers of a dtype that are tried; how many there are, at most VALUES_EDGES. */
int values_edges(DType dtype, Scalar *out);
Scalar values_reference(Op op, DType result, const Scalar *args);
/* Equal, zeros with their signs; for functions that no libm rounds exactly, up to a few units of
 * the last place. */
bool values_agree(Op op, Scalar got, Scalar wanted);

#endif
