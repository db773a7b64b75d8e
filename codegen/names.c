/* names.c -- identifiers of generated C. */
#include "codegen/names.h"

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

const char *node_own_name(Arena *arena, const Model *m, const Node *n)
{
    if (n->op == OP_input || n->op == OP_param || n->op == OP_state)
        return m->vars.data[n->attr.slot].name;
    if (n->name)
        return n->name;
    if (!n->grad_of)
        return NULL;
    const char *forward = n->grad_of->grad_of ? NULL : node_own_name(arena, m, n->grad_of);
    return arena_printf(arena, "d_%s", forward ? forward : op_info[n->grad_of->op].name);
}

static void print_operand(StrBuf *out, Arena *arena, const Model *m, const Node *n)
{
    const char *name = node_own_name(arena, m, n);
    if (n->op == OP_const && !n->attr.elements)
        strbuf_printf(out, "%g", scalar_as_double(n->attr.value));
    else if (n->op == OP_option)
        strbuf_puts(out, m->options.data[n->attr.slot].name);
    else if (n->op == OP_counter)
        strbuf_puts(out, counter_names[n->attr.slot]);
    else
        strbuf_puts(out, name ? name : op_info[n->op].name);
}

static void print_operands(StrBuf *out, Arena *arena, const Model *m, const Node *n)
{
    enum { SHOWN = 4 };
    for (int i = 0; i < n->arity && i < SHOWN; i++) {
        strbuf_puts(out, i ? ", " : "");
        print_operand(out, arena, m, n->args[i]);
    }
    strbuf_puts(out, n->arity > SHOWN ? ", ..." : "");
}

const char *node_equation(Arena *arena, const Model *m, const Node *n, const char *name)
{
    StrBuf out = strbuf_new(arena);
    strbuf_printf(&out, "%s: ", name);
    type_print(&out, &n->type);
    if (n->arity == 0) {
        strbuf_puts(&out, " = ");
        print_operand(&out, arena, m, n);
        return strbuf_text(&out);
    }
    strbuf_printf(&out, " = %s(", op_info[n->op].name);
    print_operands(&out, arena, m, n);
    strbuf_putc(&out, ')');
    return strbuf_text(&out);
}
