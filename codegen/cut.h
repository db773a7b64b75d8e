/* cut.h -- loops that ask in each turn where they are become one loop for each answer. */
#ifndef GRADC_CUT_H
#define GRADC_CUT_H

#include "codegen/kernel.h"

/* The innermost loops of the kernel. */
void cut_loops(Arena *arena, KStmtVec *body);

#endif
