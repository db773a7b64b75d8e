/* read_graph.c -- one graph of the textual IR, read and type-checked node by node.
 *
 *     graph train {
 *       %0 = input @image : f32[batch, 64]
 *       %3 = sum %0 axes=[1] : f32[batch, 1] name=total grad_of=%0
 *       value loss = %3
 *     }
 *
 * Node numbers are kept.  A type that the operation's rule does not give is an error. */
#include "ir/reader.h"

#include <string.h>

#include "ir/scan.h"
#include "ir/text_names.h"
#include "support/text.h"

typedef struct GradOf { /* a pointer forward is resolved when the graph is read */
    Node *node;
    Loc loc;
    int64_t id;
} GradOf;

typedef struct GraphReader {
    Reader *r;
    Graph *g;
    Node **by_id;
    int64_t size; /* of by_id */
    Vec(GradOf) grads;
} GraphReader;

/* A node under construction; numbers get their dtype when the type is known. */
typedef struct Draft {
    Loc loc;
    int64_t id;
    Op op;
    NodeVec args;
    Attr attr;
    Node *scan; /* begun */
    Loc number_loc;
    Scalar number;        /* const, pad */
    Vec(Scalar) elements; /* const, where is_literal */
    bool is_literal;
    int start_count, step_count;
    Type type;
} Draft;

enum { MAX_ID = INT32_MAX - 1 };

/* ---- node numbers ---- */

static Node *find_node(const GraphReader *gr, int64_t id)
{
    return id < gr->size ? gr->by_id[id] : NULL;
}

/* Tables indexed by node number are as long as the largest: what a text may ask for is limited. */
static bool reserve_id(GraphReader *gr, Loc loc, int64_t id)
{
    if (id < gr->size)
        return true;
    int64_t size = gr->size ? gr->size : 64;
    while (size <= id)
        size *= 2;
    gr->r->ids_left -= size - gr->size;
    if (gr->r->ids_left < 0)
        return reader_fail(gr->r, loc, "node numbers are too large");
    gr->by_id = arena_grow(gr->r->arena, gr->by_id, (size_t)gr->size, (size_t)size, sizeof(Node *));
    gr->size = size;
    return true;
}

static Node *read_node_use(GraphReader *gr)
{
    const Loc loc = reader_loc(gr->r);
    int64_t id;
    if (!reader_expect(gr->r, "%") || !reader_int(gr->r, 0, MAX_ID, &id))
        return NULL;
    Node *n = find_node(gr, id);
    if (!n)
        reader_fail(gr->r, loc, "there is no %%%lld before this line", (long long)id);
    return n;
}

/* ---- attributes ---- */

static void read_const(GraphReader *gr, Draft *d)
{
    Reader *r = gr->r;
    Scalar element;
    d->number_loc = reader_loc(r);
    if (!reader_accept(r, "[")) {
        reader_number(r, &d->number);
        return;
    }
    d->is_literal = true;
    if (reader_accept(r, "]"))
        return;
    do {
        if (!reader_number(r, &element))
            return;
        vec_push(r->arena, &d->elements, element);
    } while (reader_accept(r, ","));
    reader_expect(r, "]");
}

/* A name of one kind may be another kind's too: `input` reads inputs and sources. */
static int *find_var(const Reader *r, Op op, const char *name)
{
    int *index = strmap_get(r->vars, name);
    if (op != OP_input || (index && r->model->vars.data[*index].kind == VAR_INPUT))
        return index;
    return strmap_get(r->sources, name);
}

static void read_slot(GraphReader *gr, Draft *d)
{
    Reader *r = gr->r;
    const Loc loc = reader_loc(r);
    reader_expect(r, "@");
    const char *name = reader_name(r);
    const int *index = d->op == OP_option ? strmap_get(r->options, name) : find_var(r, d->op, name);
    if (index)
        d->attr.slot = *index;
    else
        reader_fail(r, loc, "there is no %s named '%s'", op_info[d->op].name, name);
}

static void read_axis(GraphReader *gr, Draft *d)
{
    int64_t axis = 0;
    reader_expect_key(gr->r, "axis");
    reader_int(gr->r, 0, MAX_RANK - 1, &axis);
    d->attr.axes[0] = (int)axis;
    d->attr.axis_count = 1;
}

static void read_axes(GraphReader *gr, Draft *d)
{
    int64_t axes[MAX_RANK];
    const Loc loc = reader_loc(gr->r);
    if (!reader_expect_key(gr->r, "axes") || !reader_ints(gr->r, axes, &d->attr.axis_count))
        return;
    for (int i = 0; i < d->attr.axis_count; i++) {
        if (axes[i] < 0 || axes[i] >= MAX_RANK)
            reader_fail(gr->r, loc, "there is no axis %lld", (long long)axes[i]);
        else
            d->attr.axes[i] = (int)axes[i];
    }
}

static void read_positions(GraphReader *gr, Draft *d)
{
    reader_expect_key(gr->r, "start");
    reader_ints(gr->r, d->attr.start, &d->start_count);
    reader_expect_key(gr->r, "step");
    reader_ints(gr->r, d->attr.step, &d->step_count);
}

static void read_fill(GraphReader *gr, Draft *d)
{
    reader_expect_key(gr->r, "fill");
    d->number_loc = reader_loc(gr->r);
    reader_number(gr->r, &d->number);
}

static void read_labels(GraphReader *gr, Draft *d)
{
    reader_expect_key(gr->r, "labels");
    d->attr.labels[0] = reader_labels(gr->r);
    reader_expect(gr->r, ",");
    d->attr.labels[1] = reader_labels(gr->r);
    reader_expect(gr->r, "->");
    d->attr.labels[2] = reader_labels(gr->r);
}

static bool read_flag(GraphReader *gr, const char *key)
{
    int64_t flag = 0;
    reader_expect_key(gr->r, key);
    reader_int(gr->r, 0, 1, &flag);
    return flag != 0;
}

/* ---- scans ---- */

static void read_body(GraphReader *gr);
static void finish_graph(GraphReader *gr);

static void read_list(Reader *r, const char *key, int *count, int **out)
{
    Vec(int) all = {0};
    int64_t value;
    if (!reader_expect_key(r, key) || !reader_expect(r, "["))
        return;
    if (!reader_accept(r, "]")) {
        do {
            if (!reader_int(r, -1, MAX_RANK, &value))
                return;
            vec_push(r->arena, &all, (int)value);
        } while (reader_accept(r, ","));
        reader_expect(r, "]");
    }
    *count = all.count;
    *out = all.data;
}

/* The loop is there before its body is read: args are checked against its operands. */
static void read_scan(GraphReader *gr, Draft *d)
{
    Reader *r = gr->r;
    int64_t turns = 1, carries = 0;
    int *along = NULL, *yields = NULL, along_count = 0, yield_count = 0;
    reader_expect_key(r, "turns");
    reader_int(r, 1, INT64_MAX, &turns);
    reader_expect_key(r, "carries");
    if (r->failed || !reader_int(r, 0, d->args.count, &carries))
        return;
    read_list(r, "along", &along_count, &along);
    read_list(r, "yields", &yield_count, &yields);
    gr->g->loc = d->loc;
    gr->g->next_id = (int)d->id;
    Node *n = scan_begin(gr->g, d->args.data, d->args.count, turns);
    Scan *s = n->attr.scan;
    s->carries = (int)carries;
    for (int i = 0; i < along_count; i++)
        vec_push(r->arena, &s->along, along[i]);
    for (int i = 0; i < yield_count; i++)
        vec_push(r->arena, &s->yields, yields[i]);
    s->backward = reader_accept_word(r, "backward");
    d->scan = n;
    d->attr.scan = s;
    if (carries + along_count != d->args.count)
        reader_fail(r, d->loc, "carries= and along= are for %lld operands, not %d",
                    (long long)carries + along_count, d->args.count);
    GraphReader body = {.r = r, .g = s->body};
    reader_expect(r, "{");
    read_body(&body);
    finish_graph(&body);
}

static void read_operand(GraphReader *gr, Draft *d)
{
    int64_t slot = 0;
    if (d->op == OP_scan_out)
        reader_expect_key(gr->r, "result");
    reader_int(gr->r, 0, INT32_MAX, &slot);
    d->attr.slot = (int)slot;
}

/* What print_attr() in print.c wrote. */
static void read_attr(GraphReader *gr, Draft *d)
{
    switch (d->op) {
    case OP_const:
        read_const(gr, d);
        break;
    case OP_input:
    case OP_param:
    case OP_state:
    case OP_option:
        read_slot(gr, d);
        break;
    case OP_counter:
        reader_choice(gr->r, counter_names, COUNTER_COUNT, "counter", &d->attr.slot);
        break;
    case OP_arg:
    case OP_scan_out:
        read_operand(gr, d);
        break;
    case OP_scan:
        read_scan(gr, d);
        break;
    case OP_uniform:
    case OP_normal:
        reader_expect_key(gr->r, "key");
        reader_hex(gr->r, &d->attr.key);
        break;
    case OP_iota:
    case OP_concat:
        read_axis(gr, d);
        break;
    case OP_permute:
        read_axes(gr, d);
        break;
    case OP_window:
    case OP_fold:
        read_axis(gr, d);
        reader_expect_key(gr->r, "step");
        reader_ints(gr->r, d->attr.step, &d->step_count);
        break;
    case OP_slice:
        read_positions(gr, d);
        break;
    case OP_pad:
        read_positions(gr, d);
        read_fill(gr, d);
        break;
    case OP_contract:
        read_labels(gr, d);
        break;
    case OP_cumsum:
    case OP_cumprod:
        read_axis(gr, d);
        d->attr.exclusive = read_flag(gr, "exclusive");
        d->attr.reverse = read_flag(gr, "reverse");
        break;
    case OP_gather:
    case OP_scatter:
        read_axis(gr, d);
        read_labels(gr, d);
        break;
    default:
        if (op_info[d->op].class == CLASS_REDUCE)
            read_axes(gr, d);
    }
}

/* ---- nodes ---- */

static bool finish_literal(Reader *r, Draft *d)
{
    int64_t count;
    if (type_batch_axis(&d->type) >= 0 || !type_count(&d->type, 1, &count) ||
        count != d->elements.count)
        return reader_fail(r, d->number_loc, "%d elements for %s", d->elements.count,
                           type_text(r->arena, &d->type));
    Scalar *elements = arena_array(r->arena, Scalar, count);
    for (int64_t i = 0; i < count; i++)
        if (!reader_convert(r, d->number_loc, d->elements.data[i], d->type.dtype, &elements[i]))
            return false;
    d->attr.elements = elements;
    return true;
}

/* What could only be checked once the type was read. */
static bool finish_attr(Reader *r, Draft *d)
{
    if (r->failed)
        return false;
    if (d->is_literal)
        return finish_literal(r, d);
    if (d->op == OP_const || d->op == OP_pad) {
        if (!reader_convert(r, d->number_loc, d->number, d->type.dtype, &d->attr.value))
            return false;
    }
    if ((d->op == OP_window || d->op == OP_fold) && d->step_count != 2)
        return reader_fail(r, d->loc, "step= needs 2 numbers");
    if (d->op == OP_slice || d->op == OP_pad) {
        if (d->start_count != d->type.rank || d->step_count != d->type.rank)
            return reader_fail(r, d->loc, "start= and step= need %d numbers each", d->type.rank);
    }
    return true;
}

/* The builder would take an ill-typed node for a bug in gradc; here it is the text's. */
static Node *add_node(GraphReader *gr, const Draft *d)
{
    const char *why;
    Reader *r = gr->r;
    Type type = d->type;
    if (!op_infer(gr->g, d->op, d->args.data, d->args.count, &d->attr, &type, &why)) {
        reader_fail(r, d->loc, "%s", why);
        return NULL;
    }
    if (!type_equal(&type, &d->type)) {
        reader_fail(r, d->loc, "%s gives %s here, not %s", op_info[d->op].name,
                    type_text(r->arena, &type), type_text(r->arena, &d->type));
        return NULL;
    }
    if (d->scan) {
        scan_end(gr->g, d->scan);
        gr->by_id[d->id] = d->scan;
        return d->scan;
    }
    gr->g->loc = d->loc;
    gr->g->next_id = (int)d->id;
    Node *n = graph_add(gr->g, d->op, d->args.data, d->args.count, &d->attr, &d->type);
    gr->by_id[d->id] = n;
    return n;
}

static void read_suffix(GraphReader *gr, Node *n)
{
    if (reader_accept_key(gr->r, "name"))
        n->name = reader_name(gr->r);
    if (reader_accept_key(gr->r, "grad_of")) {
        GradOf grad = {.node = n, .loc = reader_loc(gr->r)};
        reader_expect(gr->r, "%");
        reader_int(gr->r, 0, MAX_ID, &grad.id);
        vec_push(gr->r->arena, &gr->grads, grad);
    }
}

static bool read_op(Reader *r, Op *out)
{
    const char *names[OP_COUNT];
    int op;
    for (int i = 0; i < OP_COUNT; i++)
        names[i] = op_info[i].name;
    const bool ok = reader_choice(r, names, OP_COUNT, "operation", &op);
    *out = (Op)op;
    return ok;
}

static void read_node(GraphReader *gr)
{
    Reader *r = gr->r;
    Draft d = {.loc = reader_loc(r)};
    if (!reader_expect(r, "%") || !reader_int(r, 0, MAX_ID, &d.id) || !reserve_id(gr, d.loc, d.id))
        return;
    if (find_node(gr, d.id)) {
        reader_fail(r, d.loc, "there is a %%%lld already", (long long)d.id);
        return;
    }
    if (!reader_expect(r, "=") || !read_op(r, &d.op))
        return;
    while (reader_peek(r) == '%') {
        Node *arg = read_node_use(gr);
        vec_push(r->arena, &d.args, arg);
    }
    read_attr(gr, &d);
    if (!reader_expect(r, ":") || !reader_type(r, &d.type) || !finish_attr(r, &d))
        return;
    Node *n = add_node(gr, &d);
    if (n)
        read_suffix(gr, n);
}

/* ---- results ---- */

static void read_value(GraphReader *gr)
{
    const Loc loc = reader_loc(gr->r);
    const char *name = reader_name(gr->r);
    reader_expect(gr->r, "=");
    Node *n = read_node_use(gr);
    if (n)
        graph_result(gr->g, RESULT_VALUE, 0, name, n, loc);
}

static void read_write(GraphReader *gr)
{
    const Loc loc = reader_loc(gr->r);
    reader_expect(gr->r, "@");
    const char *name = reader_name(gr->r);
    const int *slot = strmap_get(gr->r->vars, name);
    if (!slot)
        reader_fail(gr->r, loc, "there is no variable named '%s'", name);
    reader_expect(gr->r, "=");
    Node *n = read_node_use(gr);
    if (n)
        graph_result(gr->g, RESULT_WRITE, *slot, NULL, n, loc);
}

/* ---- graphs ---- */

/* Of a body: the next value of a carry, or one that is stacked. */
static void read_body_result(GraphReader *gr, bool next)
{
    const Loc loc = reader_loc(gr->r);
    const Scan *s = gr->g->loop->attr.scan;
    if (next != (gr->g->results.count < s->carries)) {
        reader_fail(gr->r, loc, "a body has its %d next values first, then what it yields",
                    s->carries);
        return;
    }
    Node *n = read_node_use(gr);
    if (n)
        graph_result(gr->g, RESULT_VALUE, 0, next ? "next" : "yield", n, loc);
}

static void read_body(GraphReader *gr)
{
    const bool loop = gr->g->loop != NULL;
    while (!gr->r->failed && !reader_accept(gr->r, "}")) {
        if (reader_peek(gr->r) == '%')
            read_node(gr);
        else if (loop && reader_accept_word(gr->r, "next"))
            read_body_result(gr, true);
        else if (loop && reader_accept_word(gr->r, "yield"))
            read_body_result(gr, false);
        else if (!loop && reader_accept_word(gr->r, "value"))
            read_value(gr);
        else if (!loop && reader_accept_word(gr->r, "write"))
            read_write(gr);
        else
            reader_fail(gr->r, reader_loc(gr->r), "a node, %s or '}' is missing here",
                        loop ? "'next', 'yield'" : "'value', 'write'");
    }
}

static void resolve_grads(GraphReader *gr)
{
    for (int i = 0; i < gr->grads.count; i++) {
        const GradOf *grad = &gr->grads.data[i];
        grad->node->grad_of = find_node(gr, grad->id);
        if (!grad->node->grad_of)
            reader_fail(gr->r, grad->loc, "there is no %%%lld in this graph", (long long)grad->id);
    }
}

static void finish_graph(GraphReader *gr)
{
    Graph *g = gr->g;
    resolve_grads(gr);
    g->next_id = 0;
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->id >= g->next_id)
            g->next_id = g->nodes.data[i]->id + 1;
}

void read_graph(Reader *r)
{
    const Loc loc = reader_loc(r);
    const char *name = reader_name(r);
    if (strmap_get(r->graphs, name))
        reader_fail(r, loc, "there is a graph '%s' already", name);
    Graph *g = graph_new(r->model, name);
    GraphReader gr = {.r = r, .g = g};
    strmap_set(r->graphs, name, g);
    vec_push(r->arena, &r->all_graphs, g);
    g->widened = reader_accept_word(r, "widened");
    reader_expect(r, "{");
    read_body(&gr);
    finish_graph(&gr);
    g->loc = loc;
}
