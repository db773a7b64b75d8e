/* index_turn.c -- x[.., t, ..], where t is a number of run time: the index of a scan.
 *
 *     x[:, t]             read turn by turn: x becomes an operand of the scan, sliced by its turn
 *     x[:, time - 1 - t]  the same, from the last to the first
 *
 * Other integers of run time pick elements as index tensors do (places.c). */
#include "frontend/builtins.h"
#include "ir/scan.h"
#include "support/checked.h"

typedef struct Affine { /* scale * turn + offset, of this loop's turn; NULL: a number */
    Node *loop;
    int64_t scale, offset;
} Affine;

static bool affine_of(const Node *n, Affine *out);

static bool affine_pair(const Node *n, Affine *out)
{
    Affine a, b;
    if (!affine_of(n->args[0], &a) || !affine_of(n->args[1], &b) ||
        (a.loop && b.loop && a.loop != b.loop))
        return false;
    out->loop = a.loop ? a.loop : b.loop;
    if (n->op == OP_add)
        return checked_add(a.scale, b.scale, &out->scale) &&
               checked_add(a.offset, b.offset, &out->offset);
    if (n->op == OP_sub)
        return !__builtin_sub_overflow(a.scale, b.scale, &out->scale) &&
               !__builtin_sub_overflow(a.offset, b.offset, &out->offset);
    if (a.loop && b.loop)
        return false;
    const Affine *turn = a.loop ? &a : &b, *number = a.loop ? &b : &a;
    return checked_mul(turn->scale, number->offset, &out->scale) &&
           checked_mul(turn->offset, number->offset, &out->offset);
}

static bool affine_of(const Node *n, Affine *out)
{
    switch (n->op) {
    case OP_turn:
        *out = (Affine){n->graph->loop, 1, 0};
        return true;
    case OP_const:
        *out = (Affine){NULL, 0, n->attr.value.i};
        return !n->attr.elements && dtype_is_int(n->type.dtype);
    case OP_arg: { /* an outer loop's turn, seen from inside */
        const Node *loop = n->graph->loop;
        return n->attr.slot >= loop->attr.scan->carries && affine_of(loop->args[n->attr.slot], out);
    }
    case OP_add:
    case OP_sub:
    case OP_mul:
        return affine_pair(n, out);
    default:
        return false;
    }
}

/* The elements along the axis that the turns ask for, in their order. */
static Node *turns_of(Graph *g, Node *x, int axis, const Affine *at, int64_t turns)
{
    int64_t start[MAX_RANK] = {0}, step[MAX_RANK];
    Type type = x->type;
    for (int i = 0; i < type.rank; i++)
        step[i] = 1;
    if (at->offset == 0 && at->scale == 1 && type.dims[axis].size == turns)
        return x;
    start[axis] = at->offset;
    step[axis] = turns == 1 ? 1 : at->scale;
    type.dims[axis] = dim_fixed(turns);
    return graph_slice(g, x, start, step, &type);
}

static bool within_axis(Elab *e, const Node *x, int axis, const Affine *at, int64_t turns, Loc loc)
{
    int64_t last;
    const int64_t size = x->type.dims[axis].size;
    if (!checked_mul(at->scale, turns - 1, &last) || !checked_add(last, at->offset, &last))
        last = INT64_MAX;
    const bool first_good = at->offset >= 0 && at->offset < size;
    if (first_good && last >= 0 && last < size)
        return true;
    diag_error(elab_diag(e), loc, NULL,
               "in the %s turn this index is %lld, and axis %d of %s has %lld "
               "places",
               first_good ? "last" : "first", (long long)(first_good ? last : at->offset), axis,
               type_text(elab_arena(e), &x->type), (long long)size);
    return false;
}

bool index_is_turn(const Node *index, const Node *x)
{
    Affine at;
    return affine_of(index, &at) && at.loop && at.scale != 0 &&
           graph_is_within(at.loop->graph, x->graph);
}

Node *index_by_turn(Elab *e, Node *x, int axis, const Node *index, Loc loc)
{
    Affine at;
    affine_of(index, &at);
    const int64_t turns = at.loop->attr.scan->turns;
    if (!within_axis(e, x, axis, &at, turns, loc))
        return NULL;
    Graph *outer = at.loop->graph;
    outer->loc = loc;
    return scan_sequence(at.loop, turns_of(outer, x, axis, &at, turns), axis);
}
