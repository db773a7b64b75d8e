/* dce.c -- drops what no result needs. */
#include "passes/pass.h"

bool pass_dce(Graph *g)
{
    const int before = g->nodes.count;
    graph_sort(g);
    return g->nodes.count != before;
}
