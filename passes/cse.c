/* cse.c -- equal nodes become one.
 *
 *     %2 = exp %0       %2 = exp %0
 *     %3 = exp %0   =>  %4 = mul %2 %2
 *     %4 = mul %2 %3
 *
 * Nodes are equal if operation, type, attributes and (already merged) operands are.  Random draws
 * have a key: two with the same key are the same draw.  Of loops, each is only itself.  The first
 * one stays, with the name of the other where it has none. */
#include "passes/pass.h"

#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

static uint64_t scalar_hash(uint64_t hash, Scalar s)
{
    uint64_t bits; /* -0.0 is not 0.0 here */
    memcpy(&bits, &s.f, sizeof bits);
    return mix(mix(mix(hash, s.dtype), (uint64_t)s.i), bits);
}

static uint64_t node_hash(const Node *n)
{
    uint64_t hash = mix(mix(0, n->op), n->type.dtype);
    for (int k = 0; k < n->type.rank; k++)
        hash = mix(hash, (uint64_t)n->type.dims[k].size * 2 + n->type.dims[k].batch);
    for (int k = 0; k < n->arity; k++)
        hash = mix(hash, (uint64_t)n->args[k]->id);
    for (int k = 0; k < n->attr.axis_count; k++)
        hash = mix(hash, (uint64_t)n->attr.axes[k]);
    for (int k = 0; k < n->type.rank; k++)
        hash = mix(mix(hash, (uint64_t)n->attr.start[k]), (uint64_t)n->attr.step[k]);
    hash = mix(mix(scalar_hash(hash, n->attr.value), (uint64_t)n->attr.slot), n->attr.key);
    int64_t count = 0;
    if (n->attr.elements && type_count(&n->type, 1, &count))
        for (int64_t i = 0; i < count; i++)
            hash = scalar_hash(hash, n->attr.elements[i]);
    return hash;
}

static bool node_equal(const Node *a, const Node *b)
{
    if (!node_same_operation(a, b))
        return false;
    for (int k = 0; k < a->arity; k++)
        if (a->args[k] != b->args[k])
            return false;
    return true;
}

bool pass_cse(Graph *g)
{
    size_t size = 64;
    while (size < 2 * (size_t)g->nodes.count)
        size *= 2;
    Node **table = arena_array(g->arena, Node *, size);
    Node **with = arena_array(g->arena, Node *, g->next_id); /* by id: what a node became */
    bool changed = false;
    for (int i = 0; i < g->nodes.count; i++) {
        Node *n = g->nodes.data[i];
        for (int k = 0; k < n->arity; k++)
            n->args[k] = with[n->args[k]->id];
        size_t at = (size_t)node_hash(n) & (size - 1);
        while (table[at] && !node_equal(table[at], n))
            at = (at + 1) & (size - 1);
        if (!table[at])
            table[at] = n;
        else
            node_take_names(table[at], n);
        with[n->id] = table[at];
        changed |= table[at] != n;
    }
    for (int i = 0; i < g->results.count; i++)
        g->results.data[i].node = with[g->results.data[i].node->id];
    if (changed)
        graph_sort(g);
    return changed;
}
