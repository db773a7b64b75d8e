/* budget.h -- gradc --memory=BYTES: a program that takes no more.
 *
 *     kernels in the order that needs least          always
 *     what is cheap is computed again, not kept      where that is not enough (pass recompute)
 *     each batch in 2, 4 ... parts                   as `accumulate` does it: the same step
 *     refused, and told what fills the memory        where nothing is */
#ifndef GRADC_BUDGET_H
#define GRADC_BUDGET_H

#include "driver/build.h"

/* As build_run, within Options.memory. */
int budget_build(Build *build);
/* What the program allocates when it starts, beside its data: variables, work, a batch. */
int64_t budget_need(const Program *p);

#endif
