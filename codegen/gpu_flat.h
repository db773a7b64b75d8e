/* gpu_flat.h -- the statements of a launch in the form in which they are printed: see gpu_flat.c.
 */
#ifndef GRADC_GPU_FLAT_H
#define GRADC_GPU_FLAT_H

#include "codegen/gpu_launch.h"

/* A nest of loops that threads or teams share, as one loop over all of their turns. */
KStmt *gpu_flat_nest(Arena *arena, const KStmt *nest);
/* Is the host scalar used as anything but f32? */
bool gpu_flat_uses_f64(const KStmtVec *body, const char *host);
/* New statements in which a host scalar that is used as f32 alone is one. */
KStmtVec gpu_flat_hosts(Arena *arena, const KStmtVec *body);
/* Where all elements are f32 that lie side by side, the loop takes four in a turn: gpu_four.c. */
bool gpu_four(Arena *arena, Launch *launch, KStmt *loop);

#endif
