/* rows.h -- kernels of rows: fuse_rows.c says what they hold, lower_rows.c writes them.
 *
 * A member of such a group is one of
 *
 *     a row      a value for each element of the row:       e = exp(x - m)
 *     a fold     a reduction of the row to one number:      s = sum(e)
 *     a number   one for each row:                          log(s)
 *     a total    a sum over all rows, for each element of the row or over these too */
#ifndef GRADC_ROWS_H
#define GRADC_ROWS_H

#include "codegen/fuse.h"

bool rows_is_reduction(const Node *n);
bool rows_is_total(const Lowering *l, const Node *n);
bool rows_is_folded(const Lowering *l, const Node *n);
/* Which axes of a member's value are the outer ones. */
Axes rows_axes(const Lowering *l, const Node *n);
/* The loop over the row that it is computed in: axes of *type, and how many; 0: no loop. */
int rows_loop(const Lowering *l, const Node *n, const Type **type, int *axes);
bool rows_same_loop(const Lowering *l, const Node *a, const Node *b);

/* What a member reads in its loop: the outer axes by their numbers, those of the loop by these. */
enum { ROWS_WITHIN = MAX_RANK };
void rows_visit(Lowering *l, const Node *n, FuseVisitAxes *visit, void *context);
/* Is the element, read there, the one that the reader's loop is at? */
bool rows_is_own_element(const Lowering *l, const Node *read, const Axes *at);
/* How many rows there are, at the batch bound. */
int64_t rows_count(const Lowering *l, const Group *group);

/* May it begin a group of rows; then: it does. */
bool rows_begins(const Lowering *l, const Node *n);
void rows_begin(Lowering *l, Group *group, const Node *n);
/* May it join group `number`, of rows, or of elements which then become rows? */
bool rows_takes(Lowering *l, const Group *group, int number, const Node *n);
bool rows_take_elements(Lowering *l, Group *group, int number, const Node *n);
/* NodeInfo.phase and crosses of all members. */
void rows_order(Lowering *l, const Group *group, int number);

/* Finds NodeInfo.home of what is too large for an array, where the result is that it becomes. */
void rows_find_homes(Lowering *l, int number);
/* It is kept from loop to loop and too large for an array of the kernel's own. */
bool rows_needs_buffer(const Lowering *l, const Node *n);

void rows_lower(Lowering *l, const Group *group);

#endif
