/* widen.c -- the f64 twin of a graph, for gradient checks.
 *
 *     %0 = param @w : f32[3]          %0 = param @w : f64[3]
 *     %1 = exp %0 : f32[3]      =>    %1 = exp %0 : f64[3]
 *
 * Every float becomes f64, variables included (Graph.widened tells the type rules); casts between
 * floats vanish; integers and booleans stay. */
#include "ir/scan.h"
#include "passes/pass.h"

static DType widened(DType dtype)
{
    return dtype_is_float(dtype) ? DT_F64 : dtype;
}

static void widen_constant(Graph *g, Node *n)
{
    int64_t count;
    n->attr.value = scalar_cast(n->attr.value, n->type.dtype);
    if (!n->attr.elements)
        return;
    if (!type_count(&n->type, 1, &count))
        ice("a literal of more elements than fit");
    Scalar *wide = arena_array(g->arena, Scalar, count);
    for (int64_t i = 0; i < count; i++)
        wide[i] = scalar_cast(n->attr.elements[i], n->type.dtype);
    n->attr.elements = wide;
}

bool pass_widen(Graph *g)
{
    bool is_check = false;
    for (int i = 0; i < g->model->entries.count; i++) {
        const Entry *entry = &g->model->entries.data[i];
        is_check |= entry->graph == graph_root(g) &&
                    (entry->kind == ENTRY_CHECK_GRAD || entry->kind == ENTRY_CHECK_LOSS);
    }
    if (!is_check || g->widened)
        return false;
    g->widened = true;
    for (int i = 0; i < g->nodes.count; i++) {
        Node *n = g->nodes.data[i];
        n->type.dtype = widened(n->type.dtype);
        if (n->op == OP_const)
            widen_constant(g, n);
        if (n->op == OP_pad)
            n->attr.value = scalar_cast(n->attr.value, n->type.dtype);
        if (n->op == OP_const && n->type.rank == 0 && n->type.dtype == DT_F64 && !n->attr.elements)
            n->host = true; /* as graph_add would have it */
    }
    for (int i = 0; i < g->nodes.count; i++) {
        Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++)
            while (n->args[k]->op == OP_cast && !n->args[k]->args[0]->host &&
                   n->args[k]->type.dtype == n->args[k]->args[0]->type.dtype)
                n->args[k] = n->args[k]->args[0];
    }
    return true;
}
