/* infer_scan.c -- the type rules of loops at run time (ir/scan.h).
 *
 *     scan %h %x turns=9 carries=1 along=[1]    f32[batch, 8], f32[batch, 9, 4]
 *     its body: arg 0 is f32[batch, 8], arg 1 is f32[batch, 4]; next is f32[batch, 8] */
#include "ir/infer_rules.h"
#include "ir/scan.h"

/* ---- in the body ---- */

static int along_of(const Scan *s, int operand)
{
    return operand < s->carries ? -1 : s->along.data[operand - s->carries];
}

bool infer_arg_node(const InferCall *call, Type *out, const char **why)
{
    const Node *loop = call->graph->loop;
    const int slot = call->attr->slot;
    if (!loop || slot < 0 || slot >= loop->arity)
        return infer_refuse(
            call, why,
            loop ? "the scan has no operand %d" : "operand %d of no scan: this is no body", slot);
    const Scan *s = loop->attr.scan;
    const int along = along_of(s, slot);
    Type type = loop->args[slot]->type;
    if (along >= type.rank)
        return infer_refuse(call, why, "operand %d has no axis %d", slot, along);
    if (along >= 0)
        type = scan_sliced(&type, along);
    if (type_equal(&type, out))
        return true;
    return infer_refuse(call, why, "operand %d is %s here, not %s", slot, infer_show(call, &type),
                        infer_show(call, out));
}

bool infer_turn(const InferCall *call, Type *out, const char **why)
{
    *out = type_scalar(DT_I64);
    return call->graph->loop ? true : infer_refuse(call, why, "it stands in no body of a scan");
}

/* ---- around it ---- */

static bool want_sequences(const InferCall *call, const Scan *s, const char **why)
{
    for (int i = 0; i < s->along.count; i++) {
        const Type *type = infer_arg(call, s->carries + i);
        const int axis = s->along.data[i];
        if (axis < -1 || axis >= type->rank)
            return infer_refuse(call, why, "operand %d, %s, has no axis %d", s->carries + i,
                                infer_show(call, type), axis);
        if (axis >= 0 && (type->dims[axis].batch || type->dims[axis].size != s->turns))
            return infer_refuse(call, why,
                                "axis %d of operand %d, %s, has no place for each of %lld "
                                "turns",
                                axis, s->carries + i, infer_show(call, type), (long long)s->turns);
    }
    return true;
}

static bool want_results(const InferCall *call, const Scan *s, const char **why)
{
    const Graph *body = s->body;
    if (body->results.count != s->carries + s->yields.count)
        return infer_refuse(call, why, "its body has %d results for %d carries and %d yields",
                            body->results.count, s->carries, s->yields.count);
    for (int i = 0; i < s->carries; i++) {
        const Type *next = &body->results.data[i].node->type;
        if (!type_equal(next, infer_arg(call, i)))
            return infer_refuse(call, why, "carry %d is %s at first, and %s after a turn", i,
                                infer_show(call, infer_arg(call, i)), infer_show(call, next));
    }
    for (int i = 0; i < s->yields.count; i++) {
        const Type *type = &body->results.data[s->carries + i].node->type;
        const int axis = s->yields.data[i];
        if (axis < 0 || axis > type->rank || type->rank == MAX_RANK)
            return infer_refuse(call, why, "%s cannot be stacked along axis %d",
                                infer_show(call, type), axis);
    }
    return true;
}

bool infer_scan(const InferCall *call, Type *out, const char **why)
{
    const Scan *s = call->attr->scan;
    *out = type_scalar(DT_BOOL);
    if (!s || !s->body)
        return infer_refuse(call, why, "it has no body");
    if (s->turns < 1)
        return infer_refuse(call, why, "it has %lld turns", (long long)s->turns);
    if (s->carries < 0 || call->arity != s->carries + s->along.count)
        return infer_refuse(call, why, "%d operands for %d carries and %d others", call->arity,
                            s->carries, s->along.count);
    return want_sequences(call, s, why) && want_results(call, s, why);
}

bool infer_scan_out(const InferCall *call, Type *out, const char **why)
{
    const Scan *s = call->args[0]->op == OP_scan ? call->args[0]->attr.scan : NULL;
    const int slot = call->attr->slot;
    if (!s || slot < 0 || slot >= s->body->results.count)
        return infer_refuse(call, why, "there is no such result of a scan");
    *out = s->body->results.data[slot].node->type;
    if (slot >= s->carries)
        *out = scan_stacked(out, s->yields.data[slot - s->carries], s->turns);
    return true;
}
