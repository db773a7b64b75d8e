/* team.h -- routines that several threads go through together. */
#ifndef GRADC_TEAM_H
#define GRADC_TEAM_H

#include "codegen/lower_rules.h"

/* Before memory is planned: which kernels are split, and how many threads the routine gains by. */
void team_split(Lowering *l);
/* Afterwards: where the threads wait for each other. */
void team_place_barriers(Arena *arena, Routine *r);
/* In the end: without a single team, no kernel is split. */
void team_finish(Program *p);

#endif
