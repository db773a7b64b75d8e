/* schedule.h -- the order of kernels.
 *
 *     given:  d_w1, d_w2, update_w1, update_w2        both gradients are alive at once
 *     found:  d_w1, update_w1, d_w2, update_w2 */
#ifndef GRADC_SCHEDULE_H
#define GRADC_SCHEDULE_H

#include "codegen/kernel.h"

typedef Vec(Kernel *) KernelVec;

/* An order of the routine's kernels in which less is alive at once, or as much for a shorter time;
 * false where none is found.  The kernels of a loop stay together, in their order.  Each kernel
 * still comes behind what it reads, before what overwrites that, and, if it changes a variable,
 * behind the loss and behind every index that may be out of range.
 * The routine is as it was: schedule_apply changes it, and may be called with the old order again.
 */
bool schedule_find(const Routine *r, Arena *arena, KernelVec *order);
void schedule_apply(Routine *r, const KernelVec *order);

#endif
