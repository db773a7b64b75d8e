/* einsum.h -- an equation such as "bij,bjk->bik", read; private to einsum.c and einsum_read.c.
 *
 * Each letter, and each axis that an ellipsis stands for, is a label with a number.  After reading,
 * every operand names one label an axis, and the result names its labels in order. */
#ifndef GRADC_EINSUM_H
#define GRADC_EINSUM_H

#include "frontend/builtins.h"

enum {
    EINSUM_LETTERS = 52,                       /* A to Z, a to z: the order of implicit results */
    EINSUM_LABELS = EINSUM_LETTERS + MAX_RANK, /* then the axes of ellipses, the last one first */
    EINSUM_TERM = 64                           /* labels in one term, as written */
};

typedef struct Term { /* the labels of an operand, or of the result */
    int labels[EINSUM_TERM + MAX_RANK];
    int count;
    int ellipsis; /* before which label `...` stands; -1: none */
    const char *text;
} Term;

typedef struct Einsum {
    Call *call;
    Term *terms; /* an operand each */
    Node **operands;
    int count;
    Term result;
    bool implied; /* the equation has no "->" */
    Dim sizes[EINSUM_LABELS];
    int from[EINSUM_LABELS]; /* the operand that gave the size; -1: the label is not used */
} Einsum;

/* Reads the equation and the operands, and gives every label its size; false after reporting. */
bool einsum_read(Call *call, Einsum *es);
const char *einsum_label(const Einsum *es, int label); /* "j", or "..." */

#endif
