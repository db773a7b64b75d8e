/* share.h -- kernels that differ in names alone are one function in C.
 *
 * The layers of a deep model, and its forward pass in training and evaluation, are the same loops
 * over other buffers: printed once, they make the program smaller and quicker to compile. */
#ifndef GRADC_SHARE_H
#define GRADC_SHARE_H

#include "codegen/kernel.h"

typedef struct Sharing Sharing;

Sharing *sharing_new(Arena *arena);
/* Sets kernel->same_as to a kernel given before, where there is one whose own name differs in its
 * numbers, and whose body in the names of buffers, host scalars, turns and locals alone: it then
 * counts this one among its `others`.  Where nothing differs, this one takes its name as well. */
void share_kernel(Sharing *sharing, Kernel *kernel);

#endif
