/* compile.h -- from a model to C, in memory: what the targets model.c and ir.c share. */
#ifndef FUZZ_COMPILE_H
#define FUZZ_COMPILE_H

#include "ir/model.h"

/* Passes, lowering and C at this level; `diag` may get an error.  The model is used up. */
void fuzz_compile(Arena *arena, Model *model, int level, Diag *diag);

#endif
