/* plan.h -- where buffers lie. */
#ifndef GRADC_PLAN_H
#define GRADC_PLAN_H

#include "codegen/kernel.h"

/* Offsets of all variables in run->vars, and in the gradient check's f64 twin.  False, with an
 * error, where they are too large. */
bool plan_vars(Program *p, Diag *diag);
/* Lifetimes and offsets of a routine's work buffers; at level 0 none share memory. */
bool plan_work(Program *p, Routine *r, int level, Diag *diag);

#endif
