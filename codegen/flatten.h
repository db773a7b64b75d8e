/* flatten.h -- loops over axes that lie in memory as one become one loop. */
#ifndef GRADC_FLATTEN_H
#define GRADC_FLATTEN_H

#include "codegen/kernel.h"

/* Merges innermost loops until they have `enough` turns, where what they do allows it. */
void flatten_loops(Arena *arena, const KStmtVec *body, int64_t enough);

#endif
