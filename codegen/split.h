/* split.h -- which loops of a kernel the threads of a team share: see team.c. */
#ifndef GRADC_SPLIT_H
#define GRADC_SPLIT_H

#include "codegen/lower_rules.h"

/* An estimate of what the kernel takes on one thread. */
int64_t split_nanoseconds(const Kernel *kernel);
/* Marks the kernel, its split loops and what is for one thread alone; arrays through which its
 * phases hand on values become work buffers.  It is left as it is where nothing can be shared, or
 * where that is not worth a barrier. */
void split_kernel(Lowering *l, Kernel *kernel);
void split_undo(Kernel *kernel);

/* Do the loop's turns store to different places, none of which another turn reads? */
bool split_is_apart(Arena *arena, KStmt *loop);
/* An array of the kernel's becomes a buffer in work memory. */
void split_move_array(Lowering *l, Kernel *kernel, Buffer *array);

#endif
