/* verify_tiled.h -- are arrays in registers touched by those threads alone that have the elements?
 * See verify_tiled.c. */
#ifndef GRADC_VERIFY_TILED_H
#define GRADC_VERIFY_TILED_H

#include "codegen/kernel.h"

/* NULL, or what is wrong, to follow the kernel's name. */
const char *verify_tiled(Arena *arena, const Kernel *k);

#endif
