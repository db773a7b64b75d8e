/* dce.c -- drops what no result needs.
 *
 *     %0 = param @w : f32[3]
 *     %1 = exp %0 : f32[3]       =>    %0 = param @w : f32[3]
 *     value y = %0                     value y = %0
 *
 * A loop loses what it yields or carries for nobody, and the operands that served only that. */
#include "ir/scan.h"
#include "passes/pass.h"

bool pass_dce(Graph *g)
{
    const int before = g->nodes.count;
    const bool pruned = scan_prune(g); /* which sorts g, and the bodies in it */
    return pruned || g->nodes.count != before;
}
