/* names.c -- identifiers of generated C. */
#include "codegen/names.h"

#include "ir/scan.h"

#include <stdio.h>
#include <string.h>

#include "support/text.h"

enum { LONGEST_NAME = 48 }; /* of the part that comes from the model */

typedef struct Taken {
    int next; /* the number that the next name of this spelling tries */
} Taken;

Names *names_new(Arena *arena)
{
    Names *names = arena_new_of(arena, Names);
    names->arena = arena;
    names->taken = strmap_new(arena);
    return names;
}

static bool take(Names *names, const char *name)
{
    if (strmap_get(names->taken, name))
        return false;
    Taken *taken = arena_new_of(names->arena, Taken);
    taken->next = 2;
    strmap_set(names->taken, name, taken);
    return true;
}

const char *name_unique(Names *names, const char *prefix, const char *text)
{
    StrBuf buf = strbuf_new(names->arena);
    strbuf_puts(&buf, prefix);
    text_c_identifier(&buf, arena_strndup(names->arena, text, strnlen(text, LONGEST_NAME)));
    const char *base = strbuf_text(&buf), *name = base;
    if (take(names, name))
        return name;
    Taken *first = strmap_get(names->taken, base);
    do
        name = arena_printf(names->arena, "%s_%d", base, first->next++);
    while (!take(names, name));
    return name;
}

/* ---- how the model calls a value ---- */

enum { NESTED = 3 }; /* names made of names: "d_" of what is made from x */

/* What an operation does to its first operand, for a value without a name. */
static const char *role_of(const Node *n)
{
    const bool by_number = n->arity == 2 && n->args[1]->op == OP_const;
    switch (n->op) {
    case OP_contract:
        return "product";
    case OP_mul:
        return by_number ? "scaled" : n->args[0] == n->args[1] ? "squared" : "product";
    case OP_div:
        return by_number ? "scaled" : "quotient";
    case OP_add:
        return by_number ? "shifted" : "plus";
    case OP_sub:
        return by_number ? "shifted" : "minus";
    case OP_const:
        return "number";
    case OP_where:
        return "chosen";
    case OP_neg:
        return "negated";
    case OP_uniform:
    case OP_normal:
        return "random";
    case OP_arg:
        return n->local && *n->local ? n->local : "carried";
    case OP_scan_out:
        return n->local && *n->local ? n->local : "all";
    default:
        return op_info[n->op].name;
    }
}

/* "linear1" and "product" to "linear1_product"; either may be empty. */
static const char *join(Arena *arena, const char *a, const char *b)
{
    return arena_printf(arena, "%s%s%s", a, *a && *b ? "_" : "", b);
}

/* What is whole or a part of a tensor outside of the loop is called like that. */
static const Node *behind_arg(const Node *n)
{
    while (n->op == OP_arg && !n->name && !n->local && n->graph->loop &&
           n->attr.slot >= n->graph->loop->attr.scan->carries)
        n = n->graph->loop->args[n->attr.slot];
    return n;
}

static const char *given_name(Arena *arena, const Model *m, const Node *n)
{
    n = behind_arg(n);
    if (n->op == OP_input || n->op == OP_param || n->op == OP_state)
        return m->vars.data[n->attr.slot].name;
    if (n->op == OP_option)
        return m->options.data[n->attr.slot].name;
    if (n->op == OP_counter)
        return counter_names[n->attr.slot];
    const bool letter = n->local && n->local[0] && !n->local[1]; /* the operation says more */
    if (n->local && !n->adjoint_of && (n->name || !letter))
        return join(arena, n->within ? n->within : "", n->local);
    return n->name;
}

/* A view is called like what it shows. */
static const Node *behind_views(Arena *arena, const Model *m, const Node *n)
{
    while ((n->op == OP_reshape || n->op == OP_expand || n->op == OP_permute || n->op == OP_cast ||
            n->op == OP_detach) &&
           !n->adjoint_of && !given_name(arena, m, n))
        n = n->args[0];
    return n;
}

/* "batch_times_4": how many numbers a mean is of. */
static const char *count_name(Arena *arena, const Node *n)
{
    if (!n->host || n->op != OP_mul)
        return NULL;
    const int number = n->args[0]->op == OP_const ? 0 : 1;
    const Node *counter = n->args[1 - number], *factor = n->args[number];
    if (counter->op != OP_counter || factor->op != OP_const)
        return NULL;
    return arena_printf(arena, "%s_times_%.7g", counter_names[counter->attr.slot],
                        scalar_as_double(factor->attr.value));
}

static const char *describe(Arena *arena, const Model *m, const Node *n, int depth)
{
    n = behind_views(arena, m, behind_arg(n));
    const char *count = count_name(arena, n);
    const char *name = count ? count : given_name(arena, m, n);
    if (name || depth == 0)
        return name ? name : role_of(n);
    if (n->adjoint_of)
        return join(
            arena, "d",
            join(arena, describe(arena, m, n->adjoint_of, depth - 1), n->local ? n->local : ""));
    if (n->grad_of)
        return join(arena, "d", join(arena, describe(arena, m, n->grad_of, depth - 1), role_of(n)));
    if (n->within)
        return join(arena, n->within, role_of(n));
    if (n->arity == 0 || behind_views(arena, m, n->args[0])->op == OP_const)
        return role_of(n);
    const char *first = describe(arena, m, n->args[0], depth - 1), *second = NULL;
    if (n->arity == 2 && n->args[0] != n->args[1])
        second = given_name(arena, m, behind_views(arena, m, n->args[1]));
    return join(arena, second ? join(arena, first, second) : first, role_of(n));
}

const char *node_given_name(Arena *arena, const Model *m, const Node *n)
{
    return given_name(arena, m, n);
}

const char *node_describe(Arena *arena, const Model *m, const Node *n)
{
    return describe(arena, m, n, NESTED);
}
