/* fuse_roots.c -- which nodes get a buffer of their own; the others are computed where they are
 * used.
 *
 *     t = exp(x); y = t * 2; z = sum(t)     t has two consumers and is dear: a root
 *     u = x * 2;  v = u + 1                 u is not: it is computed inside v's loop */
#include "codegen/fuse_parts.h"

#include "ir/scan.h"

enum {
    CHEAP = 4,      /* what costs more than this is not computed twice */
    LARGEST = 128,  /* nodes in one expression */
    DEEPEST = 50,   /* and how deep they nest */
    TRANSPOSED = 2, /* what costs more is not computed across its own order in memory */
    GUARDED = 8,    /* nodes in an expression that is read under a condition: no locals there */
    BORDERED = 48   /* the same where loops are split so that the condition goes: parts.c */
};

/* May a turn of the loop find an index out of range? */
static bool body_indexes(const Node *scan)
{
    const Graph *body = scan->attr.scan->body;
    for (int i = 0; i < body->nodes.count; i++) {
        const Node *n = body->nodes.data[i];
        if (op_info[n->op].class == CLASS_INDEX || (n->op == OP_scan && body_indexes(n)))
            return true;
    }
    return false;
}

/* One number, repeated or not, that each kernel can make of what the step knows at its beginning.
 */
static bool is_at_hand(const Lowering *l, const Node *n)
{
    int64_t count;
    while (n->op == OP_expand || n->op == OP_reshape)
        n = n->args[0];
    if (n->host || n->op == OP_const)
        return true;
    if (op_info[n->op].class != CLASS_EWISE || l->info[n->id].root ||
        l->info[n->id].size > GUARDED || !type_count(&n->type, l->batch_bound, &count) ||
        count != 1)
        return false;
    for (int i = 0; i < n->arity; i++)
        if (!is_at_hand(l, n->args[i]))
            return false;
    return true;
}

static void add_inlined(Lowering *l, const Node *n, NodeInfo *info)
{
    enum { ENOUGH = 1 << 20 };
    info->cost = n->host ? 0 : op_info[n->op].cost; /* host scalars are computed once a step */
    info->size = 1;
    info->indexes = op_info[n->op].class == CLASS_INDEX || (n->op == OP_scan && body_indexes(n));
    for (int i = 0; i < n->arity; i++) {
        const NodeInfo *arg = &l->info[n->args[i]->id];
        if (arg->root || n->args[i]->host || n->host)
            continue;
        info->cost += arg->cost;
        info->size += arg->size;
        info->indexes |= arg->indexes;
        info->depth = arg->depth >= info->depth ? arg->depth + 1 : info->depth;
        if (info->cost > ENOUGH || info->size > ENOUGH) /* beyond every limit; no overflow */
            info->cost = info->size = ENOUGH;
    }
    if (is_at_hand(l, n))
        info->cost = 0;
}

static int64_t size_at(const Type *type, int axis)
{
    return axis < type->rank ? type->dims[axis].size : 0;
}

/* Does a reshape part axes, and join none? */
static bool joins_nothing(const Type *from, const Type *to)
{
    int b = 0;
    for (int a = 0; a < from->rank; a++) {
        int64_t size = 1;
        while (size < from->dims[a].size && size_at(to, b) > 0)
            size *= to->dims[b++].size;
        while (size_at(to, b) == 1 && size == from->dims[a].size && !to->dims[b].batch)
            b++;
        if (size != from->dims[a].size)
            return false;
    }
    return b == to->rank;
}

/* An element of it is an element of memory, evenly: a product reads it where it lies. */
static bool lies_in_memory(const Lowering *l, const Node *n)
{
    bool joined = false; /* axes that are one are no longer so where they lie apart */
    while (!l->info[n->id].root && !fuse_is_variable(n)) {
        const bool moves =
            n->op == OP_permute || n->op == OP_expand || n->op == OP_slice || n->op == OP_window;
        if ((n->op != OP_reshape && !moves) || (joined && moves))
            return false;
        joined = joined || (n->op == OP_reshape && !joins_nothing(&n->args[0]->type, &n->type));
        n = n->args[0];
    }
    return true;
}

/* Neighbours of the result are no neighbours in memory: loops along it are no vectors. */
static bool transposes(const Node *n)
{
    int last = n->type.rank - 1;
    while (last >= 0 && dim_is_one(n->type.dims[last]))
        last--;
    for (int axis = last >= 0 ? n->attr.axes[last] + 1 : n->type.rank; axis < n->type.rank; axis++)
        if (!dim_is_one(n->args[0]->type.dims[axis]))
            return true;
    return false;
}

/* A permute in front of a product, put there by channels_last (fold leaves none), asks for a copy.
 * Others are copied rather than read across in several loops; a border is a copy already. */
static bool wants_copy(const Node *n, const NodeInfo *info)
{
    if (n->op != OP_permute)
        return false;
    return info->feeds_contract || (transposes(n) && !(info->uses == 1 && info->feeds_border));
}

static bool wants_buffer(const Lowering *l, const Node *n, const NodeInfo *info)
{
    if (info->write || info->value)
        return true;
    if (n->host || n->op == OP_const || n->op == OP_turn || fuse_is_variable(n))
        return false;
    if (l->options->level == 0 || fuse_is_reduction(n) || n->op == OP_scan_out)
        return true;
    if (info->depth > DEEPEST)
        return true;
    if (info->cost > CHEAP && (info->uses > 1 || info->feeds_expand) && !is_at_hand(l, n))
        return true;
    if (info->size > (info->feeds_guard ? GUARDED : info->feeds_border ? BORDERED : LARGEST))
        return true;
    if (info->feeds_permute && info->cost > TRANSPOSED)
        return true;
    if (wants_copy(n, info))
        return true;
    return (info->feeds_contract || info->feeds_loop) && !lies_in_memory(l, n);
}

void fuse_choose_roots(Lowering *l)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        NodeInfo *info = &l->info[n->id];
        info->group = -1;
        if (!info->live)
            continue;
        add_inlined(l, n, info);
        info->root = wants_buffer(l, n, info);
    }
}
