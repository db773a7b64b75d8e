/* cost.h -- what a kernel has to do, at the batch bound: operations on floats, and bytes of memory.
 *
 * An addition, a product, an exp are one operation each; choosing and comparing are none.  Bytes
 * are those of different elements that are read, and of those that are written: what is read again,
 * or lies in an array of the kernel's own, is taken to be in cache. */
#ifndef GRADC_COST_H
#define GRADC_COST_H

#include "codegen/kernel.h"

/* Sets kernel->flops and kernel->bytes: of one run of it, in one turn of the loop it stands in. */
void kernel_cost(Kernel *kernel, Arena *arena);

typedef struct Work { /* of a routine, or a part of one */
    int64_t flops, bytes;
} Work;

/* Of all the times that a routine runs this kernel, in all turns of its loops. */
Work cost_of_kernel(const Routine *r, int position);
void cost_add(Work *sum, Work w);
/* How long it takes, on a machine that computes for each byte it moves so many operations, and does
 * both at once: in operations. */
enum { COST_OPERATIONS_A_BYTE = 8 };
double cost_time(Work w);

#endif
