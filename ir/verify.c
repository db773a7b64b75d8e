/* verify.c -- what must hold of a graph after every pass.
 *
 * In: a graph.  Out: NULL, or one sentence about the first thing that is wrong:
 *
 *     "%7 = add: operands differ: f32[batch, 64] and f32[64]"
 *     "%7 = add: operand %9 does not stand before it" */
#include <string.h>

#include "ir/graph.h"
#include "ir/model.h"
#include "ir/scan.h"

typedef struct Verifier {
    const Graph *graph;
    const Node **seen; /* by id */
} Verifier;

static const char *complain(const Verifier *v, const Node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static const char *complain(const Verifier *v, const Node *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(v->graph->arena, format, args);
    va_end(args);
    return arena_printf(v->graph->arena, "%%%d = %s: %s", n->id, op_info[n->op].name, what);
}

static bool was_seen(const Verifier *v, const Node *n)
{
    return n && n->id >= 0 && n->id < v->graph->next_id && v->seen[n->id] == n;
}

static const char *verify_operands(const Verifier *v, const Node *n)
{
    for (int i = 0; i < n->arity; i++) {
        if (!n->args[i])
            return complain(v, n, "operand %d is missing", i);
        if (!was_seen(v, n->args[i]))
            return complain(v, n, "operand %%%d does not stand before it", n->args[i]->id);
    }
    return NULL;
}

static const char *verify_type(const Verifier *v, const Node *n)
{
    Arena *arena = v->graph->arena;
    const char *why;
    Type type = n->type;
    if (!op_infer(v->graph, n->op, n->args, n->arity, &n->attr, &type, &why))
        return complain(v, n, "%s", why);
    if (!type_equal(&type, &n->type))
        return complain(v, n, "its type is %s, where its operands give %s",
                        type_text(arena, &n->type), type_text(arena, &type));
    return NULL;
}

/* A host scalar is computed from host scalars alone. */
static const char *verify_host(const Verifier *v, const Node *n)
{
    if (!n->host)
        return NULL;
    if (n->type.dtype != DT_F64 || n->type.rank != 0)
        return complain(v, n, "a host scalar of type %s", type_text(v->graph->arena, &n->type));
    if (op_info[n->op].class != CLASS_EWISE && n->op != OP_const && n->op != OP_option &&
        n->op != OP_counter)
        return complain(v, n, "it cannot be a host scalar");
    for (int i = 0; i < n->arity; i++)
        if (!n->args[i]->host)
            return complain(v, n, "a host scalar that needs %%%d, which is a tensor",
                            n->args[i]->id);
    return NULL;
}

/* What a scan repeats is a graph that reads nothing but its own nodes. */
static const char *verify_body(const Verifier *v, const Node *n)
{
    if (n->op != OP_scan)
        return NULL;
    const Graph *body = n->attr.scan->body;
    if (body->outer != v->graph || body->loop != n)
        return complain(v, n, "its body belongs to another scan");
    const char *why = graph_verify(body);
    return why ? complain(v, n, "in its body: %s", why) : NULL;
}

static const char *verify_node(Verifier *v, const Node *n)
{
    if ((int)n->op < 0 || n->op >= OP_COUNT)
        return arena_printf(v->graph->arena, "%%%d is no operation", n->id);
    if (n->id < 0 || n->id >= v->graph->next_id)
        return complain(v, n, "its number is out of range");
    if (v->seen[n->id])
        return complain(v, n, "its number is not unique");
    const char *why = n->graph == v->graph ? verify_operands(v, n)
                                           : complain(v, n, "it belongs to another graph");
    if (!why)
        why = verify_type(v, n);
    if (!why)
        why = verify_body(v, n);
    if (!why)
        why = verify_host(v, n);
    v->seen[n->id] = n;
    return why;
}

/* ---- results ---- */

/* Inputs are written by fetch entries, whose work that is; a graph without an entry may. */
static bool writes_inputs(const Graph *g)
{
    for (int i = 0; i < g->model->entries.count; i++)
        if (g->model->entries.data[i].graph == g)
            return g->model->entries.data[i].kind == ENTRY_FETCH;
    return true;
}

static const char *verify_written(const Verifier *v, const Result *r, StrMap *written, bool inputs)
{
    const Graph *g = v->graph;
    if (r->slot < 0 || r->slot >= g->model->vars.count)
        return complain(v, r->node, "it is written to variable number %d, which is not there",
                        r->slot);
    const Var *var = &g->model->vars.data[r->slot];
    if (var->kind == VAR_SOURCE || (var->kind == VAR_INPUT && !inputs))
        return complain(v, r->node, "it is written to '%s', which is only read", var->name);
    if (strmap_get(written, var->name))
        return complain(v, r->node, "it is a second value for '%s'", var->name);
    strmap_set(written, var->name, r->node);
    Type type = var->type;
    if (g->widened && dtype_is_float(type.dtype))
        type.dtype = DT_F64;
    if (!type_equal(&type, &r->node->type))
        return complain(v, r->node, "%s is written to '%s', which is %s",
                        type_text(g->arena, &r->node->type), var->name, type_text(g->arena, &type));
    return NULL;
}

static const char *verify_value(const Verifier *v, const Result *r, StrMap *names, int position)
{
    if (!r->name)
        return complain(v, r->node, "it leaves the graph without a name");
    if (strmap_get(names, r->name))
        return complain(v, r->node, "it is a second value named '%s'", r->name);
    strmap_set(names, r->name, r->node);
    if (r->slot != position)
        return complain(v, r->node, "value '%s' is at position %d, not %d", r->name, position,
                        r->slot);
    return NULL;
}

static const char *verify_results(const Verifier *v)
{
    const Graph *g = v->graph;
    const bool inputs = writes_inputs(g);
    StrMap *written = strmap_new(g->arena), *names = strmap_new(g->arena);
    int values = 0;
    for (int i = 0; i < g->results.count; i++) {
        const Result *r = &g->results.data[i];
        if (!was_seen(v, r->node))
            return arena_printf(g->arena, "result %d is not a node of the graph", i);
        const char *why = NULL;
        if (g->loop)
            why =
                r->kind == RESULT_WRITE ? complain(v, r->node, "a body writes no variable") : NULL;
        else
            why = r->kind == RESULT_WRITE ? verify_written(v, r, written, inputs)
                                          : verify_value(v, r, names, values++);
        if (why)
            return why;
    }
    return NULL;
}

const char *graph_verify(const Graph *g)
{
    Verifier v = {.graph = g, .seen = arena_array(g->arena, const Node *, g->next_id)};
    for (int i = 0; i < g->nodes.count; i++) {
        const char *why = verify_node(&v, g->nodes.data[i]);
        if (why)
            return why;
    }
    return verify_results(&v);
}
