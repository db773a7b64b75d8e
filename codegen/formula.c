/* formula.c -- graphs as formulas, for the comments above kernels. */
#include "codegen/formula.h"

#include "codegen/fuse.h"

#include <string.h>

enum { DEEPEST = 12, LONGEST = 240, NAMED = 6 }; /* beyond these, values are shown by name alone */

/* How tightly a part of a formula binds, from loosest to tightest. */
enum { FORM_ANY, FORM_OR, FORM_AND, FORM_TEST, FORM_SUM, FORM_PRODUCT, FORM_ATOM };

typedef struct Formula {
    const Lowering *l;
    const Group *group;
    StrBuf *out;
    const Node *root;   /* the value that the equation is of */
    const Node **named; /* values shown by name that this kernel computes itself */
    int *named_count;
} Formula;

/* ---- names ---- */

static const char *behind_prefix(const char *identifier)
{
    return identifier + 2; /* "v_", "s_" */
}

static const char *name_of(const Lowering *l, const Node *n)
{
    const NodeInfo *info = &l->info[n->id];
    if (info->host)
        return behind_prefix(info->host);
    if (info->root && info->buffer && info->buffer->place == PLACE_WORK)
        return behind_prefix(info->buffer->name);
    return lower_name(l, n);
}

static bool is_seen_through(const Node *n)
{
    const bool is_float = dtype_is_float(n->type.dtype);
    return n->op == OP_reshape || n->op == OP_expand || n->op == OP_detach ||
           (n->op == OP_cast && (dtype_is_float(n->args[0]->type.dtype) == is_float ||
                                 n->args[0]->type.dtype == DT_BOOL));
}

static const Node *see_through(const Formula *f, const Node *n)
{
    while (is_seen_through(n) && (n == f->root || !f->l->info[n->id].root))
        n = n->args[0];
    return n;
}

/* A value of a kernel of rows, with an equation of its own. */
static bool is_member(const Formula *f, const Node *n)
{
    for (int i = 0; i < f->group->members.count; i++)
        if (f->group->members.data[i] == n)
            return true;
    return false;
}

/* True if the value is in memory, or on the host, or has its equation already. */
static bool is_given(const Formula *f, const Node *n)
{
    const NodeInfo *info = &f->l->info[n->id];
    if (n == f->root)
        return false;
    return info->root || info->host || fuse_is_variable(n) || is_member(f, n);
}

static bool is_listed(const Formula *f, const Node *n)
{
    for (int i = 0; i < *f->named_count; i++)
        if (f->named[i] == n)
            return true;
    return false;
}

/* A local of the kernel gets an equation of its own. */
static bool is_local(const Formula *f, const Node *n)
{
    const bool product = n->op == OP_contract && f->l->info[n->id].let;
    if (n == f->root || n->op == OP_const || (!product && !lower_is_named(f->l, n)))
        return false;
    if (!is_listed(f, n) && *f->named_count < NAMED)
        f->named[(*f->named_count)++] = n;
    return is_listed(f, n);
}

/* ---- expressions ---- */

static const struct FormSpelling {
    const char *text;
    int binding;
} spelling[OP_COUNT] = {
    [OP_add] = {" + ", FORM_SUM},  [OP_sub] = {" - ", FORM_SUM},  [OP_mul] = {" ", FORM_PRODUCT},
    [OP_eq] = {" == ", FORM_TEST}, [OP_lt] = {" < ", FORM_TEST},  [OP_le] = {" <= ", FORM_TEST},
    [OP_gt] = {" > ", FORM_TEST},  [OP_ge] = {" >= ", FORM_TEST}, [OP_and] = {" and ", FORM_AND},
    [OP_or] = {" or ", FORM_OR},
};

static void print_value(const Formula *f, const Node *n, int binding, int depth);

static void print_number(StrBuf *out, Scalar value)
{
    strbuf_printf(out, "%.7g", scalar_as_double(value));
}

static bool is_number(const Formula *f, const Node *n)
{
    return see_through(f, n)->op == OP_const;
}

/* x + y; numbers lead products. */
static void print_infix(const Formula *f, const Node *n, int binding, int depth)
{
    const struct FormSpelling *s = &spelling[n->op];
    const bool swap = n->op == OP_mul && is_number(f, n->args[1]) && !is_number(f, n->args[0]);
    const int loose = s->binding == FORM_TEST ? s->binding + 1 : s->binding;
    strbuf_puts(f->out, s->binding < binding ? "(" : "");
    print_value(f, n->args[swap], loose, depth);
    strbuf_puts(f->out, s->text);
    print_value(f, n->args[!swap], s->binding + 1, depth);
    strbuf_puts(f->out, s->binding < binding ? ")" : "");
}

static void print_axes(const Formula *f, const Node *n)
{
    const int count = n->attr.axis_count, rank = n->args[0]->type.rank;
    if (count == rank)
        return;
    strbuf_puts(f->out, count > 1 ? ", axis = [" : ", axis = ");
    for (int i = 0; i < count; i++)
        strbuf_printf(f->out, "%s%d", i ? ", " : "", n->attr.axes[i]);
    strbuf_puts(f->out, count > 1 ? "]" : "");
}

static void print_call(const Formula *f, const Node *n, int depth)
{
    enum { SHOWN = 4 };
    const bool negated = n->op == OP_neg;
    const char *name = n->op == OP_permute ? "transpose"
                       : n->op == OP_cast  ? dtype_info[n->type.dtype].name
                                           : op_info[n->op].name;
    strbuf_puts(f->out, negated ? "-" : name);
    strbuf_puts(f->out, negated ? "" : "(");
    for (int i = 0; i < n->arity && i < SHOWN; i++) {
        strbuf_puts(f->out, i ? ", " : "");
        print_value(f, n->args[i], negated ? FORM_ATOM : FORM_ANY, depth);
    }
    strbuf_puts(f->out, n->arity > SHOWN ? ", ..." : "");
    if (op_info[n->op].class == CLASS_REDUCE)
        print_axes(f, n);
    strbuf_puts(f->out, negated ? "" : ")");
}

/* x[index], with as many colons as axes stand before. */
static void print_gather(const Formula *f, const Node *n, int depth)
{
    print_value(f, n->args[0], FORM_ATOM, depth);
    strbuf_putc(f->out, '[');
    for (int axis = 0; axis < n->attr.axes[0]; axis++)
        strbuf_puts(f->out, ":, ");
    print_value(f, n->args[1], FORM_ANY, depth);
    strbuf_putc(f->out, ']');
}

static void print_value(const Formula *f, const Node *n, int binding, int depth)
{
    n = see_through(f, n);
    if (n->op == OP_const && !n->attr.elements)
        print_number(f->out, n->attr.value);
    else if (is_given(f, n) || is_local(f, n) || depth > DEEPEST || f->out->length > LONGEST)
        strbuf_puts(f->out, name_of(f->l, n));
    else if (n->op == OP_arg || n->op == OP_turn)
        strbuf_puts(f->out, lower_name(f->l, n));
    else if (n->op == OP_uniform || n->op == OP_normal)
        strbuf_puts(f->out, n->op == OP_uniform ? "uniform(0, 1)" : "normal(0, 1)");
    else if (n->op == OP_iota)
        strbuf_puts(f->out, "index");
    else if (n->op == OP_option || n->op == OP_counter || n->op == OP_const)
        strbuf_puts(f->out, name_of(f->l, n));
    else if (n->op == OP_gather)
        print_gather(f, n, depth + 1);
    else if (spelling[n->op].text)
        print_infix(f, n, binding, depth + 1);
    else
        print_call(f, n, depth + 1);
}

/* ---- products, in index notation ---- */

static void print_indexed(const Formula *f, const Node *n, const char *labels, const char *letters)
{
    strbuf_puts(f->out, name_of(f->l, n));
    for (int axis = 0; labels[axis]; axis++)
        strbuf_printf(f->out, "%c%c", axis ? ',' : '[', letters[labels[axis] - 'a']);
    strbuf_puts(f->out, *labels ? "]" : "");
}

static void print_contract(const Formula *f, const Node *n)
{
    static const char alphabet[] = "ijklmnopqrstuvwxyzabcdefgh";
    const char *const order[] = {n->attr.labels[2], n->attr.labels[0], n->attr.labels[1]};
    char letters[26] = {0};
    int count = 0, summed = 0;
    StrBuf sums = strbuf_new(f->l->arena);
    for (int t = 0; t < 3; t++)
        for (const char *c = order[t]; *c; c++) {
            if (letters[*c - 'a'])
                continue;
            letters[*c - 'a'] = alphabet[count++];
            if (t > 0)
                strbuf_printf(&sums, "%s%c", summed++ ? "," : "sum_", letters[*c - 'a']);
        }
    print_indexed(f, n, n->attr.labels[2], letters);
    strbuf_printf(f->out, " = %s%s", strbuf_text(&sums), summed ? " " : "");
    print_indexed(f, n->args[0], n->attr.labels[0], letters);
    strbuf_putc(f->out, ' ');
    print_indexed(f, n->args[1], n->attr.labels[1], letters);
}

/* ---- equations ---- */

static const char *equation(const Formula *context, const Node *n)
{
    StrBuf out = strbuf_new(context->l->arena);
    Formula f = *context;
    f.out = &out;
    f.root = n;
    if (n->op == OP_contract) {
        print_contract(&f, n);
        return strbuf_text(&out);
    }
    strbuf_printf(&out, "%s = ", name_of(f.l, n));
    print_value(&f, n, FORM_ANY, 0);
    return strbuf_text(&out);
}

/* The equations of the locals that n's names and that are not printed yet, in the order of their
 * ids, then n's own.  How many locals are printed now. */
static int print_equations(const Formula *f, const Node *n, int printed)
{
    const char *own = equation(f, n), *texts[NAMED];
    for (int i = printed; i < *f->named_count; i++) /* which may add more */
        texts[i] = equation(f, f->named[i]);
    for (int last_id = -1, left = *f->named_count - printed; left > 0; left--) {
        int next = -1;
        for (int i = printed; i < *f->named_count; i++)
            if (f->named[i]->id > last_id && (next < 0 || f->named[i]->id < f->named[next]->id))
                next = i;
        strbuf_printf(f->out, "%s; ", texts[next]);
        last_id = f->named[next]->id;
    }
    strbuf_puts(f->out, own);
    return *f->named_count;
}

const char *formula_of_group(const Lowering *l, const Group *group)
{
    StrBuf out = strbuf_new(l->arena);
    const Node *named[NAMED];
    int named_count = 0, printed = 0;
    const Formula f = {
        .l = l, .group = group, .out = &out, .named = named, .named_count = &named_count};
    const NodeVec *values = group->members.count > 0 ? &group->members : &group->roots;
    const Node *first = group->first;
    if (first->op == OP_contract && l->info[first->id].let) { /* all else is made of it */
        named[named_count++] = first;
        strbuf_printf(&out, "%s; ", equation(&f, first));
        printed = named_count;
    }
    for (int i = 0; i < values->count; i++) {
        strbuf_puts(&out, i ? "; " : "");
        printed = print_equations(&f, values->data[i], printed);
    }
    strbuf_puts(&out, "    ");
    type_print(&out, &group->roots.data[0]->type);
    return strbuf_text(&out);
}
