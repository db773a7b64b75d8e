/* dce.c -- drops what no result needs.
 *
 *     %0 = param @w : f32[3]
 *     %1 = exp %0 : f32[3]       =>    %0 = param @w : f32[3]
 *     value y = %0                     value y = %0 */
#include "passes/pass.h"

bool pass_dce(Graph *g)
{
    const int before = g->nodes.count;
    graph_sort(g);
    return g->nodes.count != before;
}
