/* axes.h -- which index of the reader each axis of an operand is read at.
 *
 *     y[i, j] = x[j, i] + m[i, 0] + z[i, 3 - j]      x: (1, 0)    m: (0, one)    z: (0, any)
 *
 * The numbers are the reader's: its own axes to begin with, or whatever it calls them. */
#ifndef GRADC_AXES_H
#define GRADC_AXES_H

#include "ir/graph.h"

enum {
    AXIS_ONE = -1, /* of size 1: there is but one index */
    AXIS_ANY = -2  /* at another index, or at several */
};

typedef struct Axes {
    signed char of[MAX_RANK];
} Axes;

/* Each axis by its own number. */
Axes axes_own(const Type *type);
/* Where n's operand is read, if n is at `at`. */
Axes axes_of_operand(const Node *n, int operand, const Axes *at);
/* What both say, and any where they differ. */
Axes axes_meet(const Type *type, const Axes *a, const Axes *b);
bool axes_equal(const Type *type, const Axes *a, const Axes *b);

#endif
