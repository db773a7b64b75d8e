/* plan.h -- where buffers lie. */
#ifndef GRADC_PLAN_H
#define GRADC_PLAN_H

#include "codegen/kernel.h"

/* Offsets of all variables in run->vars, and in the gradient check's f64 twin.  False, with an
 * error, where they are too large. */
bool plan_vars(Program *p, Diag *diag);
/* The same once more, with those of a run (Program.runs) side by side, in the buffers of all
 * routines. */
void plan_runs(Program *p);
/* Lifetimes and offsets of a routine's work buffers.  At level 0 none share memory; above, kernels
 * may change their order. */
bool plan_work(Program *p, Routine *r, int level, Diag *diag);

/* Buffer.first and last of work buffers (lifetime.c). */
void plan_lifetimes(Routine *r);
/* The bytes of work buffers alive at the worst position, which is a kernel's, or behind the last:
 * no plan for this order of kernels needs less. */
int64_t plan_peak(const Routine *r, Arena *arena, int *position);

#endif
