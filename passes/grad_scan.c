/* grad_scan.c -- the derivative of a loop: a loop that runs the other way.
 *
 *     forward     h' = f(h, x[t], w);  y[t] = h'
 *     backward    for t from the last to the first: dh' comes from the turn behind, and from dy[t];
 *                 dh is carried to the turn before, dx[t] is yielded, dw is summed
 *
 * The body of the backward loop is the forward body again, with its own backward pass appended; so
 * what the derivative needs of the turn is computed anew, but for what is dear: the carries of each
 * turn, products and reductions, which the forward loop yields (and passes drop what turns out not
 * to be needed).  Loops inside the body are run again.
 *
 * A sum over turns that is a product or a sum itself, dw = sum_t dy[t] x[t], is not carried: its
 * factors are yielded, and one product after the loop has the turns among the labels that it sums.
 *
 * The result is a scan like any other: so the derivative of the derivative is had the same way. */
#include <string.h>

#include "ir/scan.h"
#include "passes/grad_rules.h"

typedef struct ScanGrad {
    Graph *g;
    Node *scan, *back; /* the loop, and its derivative */
    Scan *s;
    Graph *body;  /* of back */
    Node **douts; /* by result, NULL where nothing flows; of those that the loop had at first: */
    int results;
    const bool *wanted; /* by operand */
    bool *active;       /* by carry: a gradient is carried */
    Node **args;        /* by operand: its node in the backward body */
    Node **map;         /* by node of the forward body: its copy */
} ScanGrad;

/* y is one of several results: the scan has its gradient once all are known. */
void grad_scan_out(GradCall *c)
{
    Node *scan = c->x[0];
    if (!scan->scratch)
        scan->scratch = arena_array(c->g->arena, Node *, scan->attr.scan->body->results.count);
    Node **dy = &((Node **)scan->scratch)[c->y->attr.slot];
    *dy = *dy ? graph_binary(c->g, OP_add, *dy, c->dy) : c->dy;
}

/* ---- which carries take part ---- */

/* By node: does it depend on a wanted operand, or on a carry that does? */
static bool *find_varied(const ScanGrad *sg)
{
    const Graph *body = sg->s->body;
    bool *varied = arena_array(sg->g->arena, bool, body->next_id), changed = true;
    bool *carried = arena_array(sg->g->arena, bool, sg->s->carries + 1);
    while (changed) {
        changed = false;
        for (int i = 0; i < body->nodes.count; i++) {
            const Node *n = body->nodes.data[i];
            if (n->op == OP_arg)
                varied[n->id] = sg->wanted[n->attr.slot] ||
                                (n->attr.slot < sg->s->carries && carried[n->attr.slot]);
            for (int k = 0; k < n->arity && grad_exists(n->op); k++)
                varied[n->id] = varied[n->id] || varied[n->args[k]->id];
        }
        for (int i = 0; i < sg->s->carries; i++) {
            const bool now = varied[body->results.data[i].node->id];
            changed |= now && !carried[i];
            carried[i] |= now;
        }
    }
    return varied;
}

/* By node: does a result that has a gradient depend on it, in this turn or a later one? */
static bool *find_reached(const ScanGrad *sg)
{
    const Graph *body = sg->s->body;
    bool *reached = arena_array(sg->g->arena, bool, body->next_id), changed = true;
    for (int i = 0; i < sg->results; i++)
        if (sg->douts[i])
            reached[body->results.data[i].node->id] = true;
    while (changed) {
        changed = false;
        for (int i = body->nodes.count - 1; i >= 0; i--) {
            const Node *n = body->nodes.data[i];
            for (int k = 0; k < n->arity && reached[n->id]; k++)
                reached[n->args[k]->id] = true;
            if (n->op != OP_arg || n->attr.slot >= sg->s->carries || !reached[n->id])
                continue;
            const Node *next = body->results.data[n->attr.slot].node;
            changed |= !reached[next->id];
            reached[next->id] = true;
        }
    }
    return reached;
}

static void find_active(ScanGrad *sg)
{
    const Scan *s = sg->s;
    const bool *varied = find_varied(sg), *reached = find_reached(sg);
    sg->active = arena_array(sg->g->arena, bool, s->carries + 1);
    for (int i = 0; i < s->body->nodes.count; i++) {
        const Node *n = s->body->nodes.data[i];
        if (n->op == OP_arg && n->attr.slot < s->carries)
            sg->active[n->attr.slot] =
                dtype_is_float(n->type.dtype) && varied[n->id] && reached[n->id];
    }
    for (int i = 0; i < s->carries; i++) { /* a first value that only its own gradient takes */
        const Node *next = s->body->results.data[i].node;
        if (sg->douts[i] && varied[next->id] && dtype_is_float(next->type.dtype))
            sg->active[i] = true;
    }
}

/* ---- the loop ---- */

/* "d_h", for what carries the gradient of h. */
static void name_carry(Node *back, int carry, const Node *of)
{
    Node *arg = scan_arg(back, carry);
    const char *name = of && of->local && *of->local ? of->local : "carried";
    arg->within = of ? of->within : NULL;
    arg->local = arena_printf(back->graph->arena, "d_%s", name);
}

/* What is carried backwards: the gradients of the active carries, then the sums of the operands
 * that are whole. */
static Node *begin_backward(const ScanGrad *sg)
{
    const Scan *s = sg->s;
    Node **first = arena_array(sg->g->arena, Node *, sg->scan->arity + 1);
    int count = 0;
    for (int i = 0; i < s->carries; i++)
        if (sg->active[i])
            first[count++] =
                sg->douts[i] ? sg->douts[i] : graph_number(sg->g, 0, &sg->scan->args[i]->type);
    for (int i = s->carries; i < sg->scan->arity; i++)
        if (sg->wanted[i] && s->along.data[i - s->carries] < 0)
            first[count++] = graph_number(sg->g, 0, &sg->scan->args[i]->type);
    Node *back = scan_begin(sg->g, first, count, s->turns);
    back->attr.scan->backward = !s->backward;
    back->within = sg->scan->within;
    for (int i = 0, k = 0; i < s->carries; i++)
        if (sg->active[i])
            name_carry(back, k++, i < s->args.count ? s->args.data[i] : NULL);
    return back;
}

/* The value that a node of the forward body had in this turn, kept by the forward loop. */
static Node *saved(const ScanGrad *sg, Node *n)
{
    const int axis = scan_axis(&n->type);
    Node *all = scan_out(sg->scan, scan_yield(sg->scan, n, axis, "saved"));
    all->grad_of = NULL; /* it is no part of one */
    all->within = n->within;
    const char *name = n->local && *n->local  ? n->local
                       : n->op == OP_contract ? "product"
                                              : op_info[n->op].name;
    all->local = arena_printf(sg->g->arena, "%s_kept", name);
    Node *part = scan_sequence(sg->back, all, axis);
    part->within = n->within;
    part->local = name;
    return part;
}

static Node *operand_in_body(const ScanGrad *sg, int operand)
{
    Node *whole = sg->scan->args[operand];
    const int along = sg->s->along.data[operand - sg->s->carries];
    return along < 0 ? graph_capture(sg->body, whole) : scan_sequence(sg->back, whole, along);
}

static bool is_dear(const Node *n)
{
    return n->op == OP_contract || n->op == OP_scatter || op_info[n->op].class == CLASS_REDUCE;
}

/* The forward body again; gives how many nodes there were, without what is saved on the way. */
static int copy_body(ScanGrad *sg)
{
    const Graph *from = sg->s->body;
    const int count = from->nodes.count;
    sg->map = arena_array(sg->g->arena, Node *, from->next_id);
    sg->args = arena_array(sg->g->arena, Node *, sg->scan->arity);
    for (int i = 0; i < count; i++) {
        Node *n = from->nodes.data[i];
        if (n->op != OP_arg) {
            sg->map[n->id] = graph_copy_node(sg->body, n, sg->map);
            continue;
        }
        const int slot = n->attr.slot;
        if (!sg->args[slot])
            sg->args[slot] = slot < sg->s->carries ? saved(sg, n) : operand_in_body(sg, slot);
        sg->map[n->id] = sg->args[slot];
    }
    return count;
}

/* The seeds of one turn, and its backward pass. */
static void differentiate(const ScanGrad *sg)
{
    const Scan *s = sg->s;
    GradSeed *seeds = arena_array(sg->g->arena, GradSeed, sg->results + 1);
    Node **wanted = arena_array(sg->g->arena, Node *, sg->scan->arity);
    int seed_count = 0, wanted_count = 0;
    for (int i = 0, carried = 0; i < sg->results; i++) {
        Node *copy = sg->map[s->body->results.data[i].node->id], *dy = NULL;
        if (i < s->carries)
            dy = sg->active[i] ? scan_arg(sg->back, carried++) : NULL;
        else if (sg->douts[i])
            dy = scan_sequence(sg->back, sg->douts[i], s->yields.data[i - s->carries]);
        if (dy && copy)
            seeds[seed_count++] = (GradSeed){copy, dy};
    }
    for (int i = 0; i < sg->scan->arity; i++)
        if (sg->args[i] && (i < s->carries ? sg->active[i] : sg->wanted[i]))
            wanted[wanted_count++] = sg->args[i];
    grad_backward(sg->body, sg->body->nodes.count, seeds, seed_count, wanted, wanted_count);
}

/* What was computed again though it is dear is read from the forward loop. */
static void use_saved(const ScanGrad *sg, int count)
{
    for (int i = 0; i < count; i++) {
        Node *n = sg->s->body->nodes.data[i];
        if (is_dear(n) && n->type.rank < MAX_RANK)
            graph_replace(sg->body, sg->map[n->id], saved(sg, n));
    }
}

/* ---- sums over turns, after the loop ---- */

static char free_letter(const Attr *attr)
{
    for (char c = 'a'; c <= 'z'; c++)
        if (!strchr(attr->labels[0], c) && !strchr(attr->labels[1], c) &&
            !strchr(attr->labels[2], c))
            return c;
    return '\0';
}

/* All turns' values of a node of the backward body: *axis is that of the turns, -1 if all are the
 * same. */
static Node *all_turns(const ScanGrad *sg, Node *n, int *axis)
{
    const Scan *s = sg->back->attr.scan;
    if (n->op == OP_arg && n->attr.slot >= s->carries) {
        *axis = s->along.data[n->attr.slot - s->carries];
        return sg->back->args[n->attr.slot];
    }
    *axis = scan_axis(&n->type);
    const Attr attr = {.slot = scan_yield(sg->back, n, *axis, "d")};
    return graph_add(sg->g, OP_scan_out, (Node *[]){sg->back}, 1, &attr, NULL);
}

static const char *with_label(Arena *arena, const char *labels, int axis, char letter)
{
    return axis < 0 ? labels : arena_printf(arena, "%.*s%c%s", axis, labels, letter, labels + axis);
}

static bool may_follow(const ScanGrad *sg, const Node *n)
{
    switch (n->op) {
    case OP_contract:
        return free_letter(&n->attr) && n->args[0]->type.rank < MAX_RANK &&
               n->args[1]->type.rank < MAX_RANK;
    case OP_sum:
        return n->args[0]->type.rank < MAX_RANK;
    case OP_add:
        return may_follow(sg, n->args[0]) && may_follow(sg, n->args[1]);
    case OP_neg:
    case OP_permute:
    case OP_reshape:
        return may_follow(sg, n->args[0]);
    default:
        return false;
    }
}

static Node *product_of_turns(const ScanGrad *sg, const Node *n)
{
    int axes[2];
    Node *a = all_turns(sg, n->args[0], &axes[0]), *b = all_turns(sg, n->args[1], &axes[1]);
    const char turn = free_letter(&n->attr);
    return graph_contract(sg->g, a, b, with_label(sg->g->arena, n->attr.labels[0], axes[0], turn),
                          with_label(sg->g->arena, n->attr.labels[1], axes[1], turn),
                          n->attr.labels[2]);
}

static Node *total_of_turns(const ScanGrad *sg, const Node *n)
{
    int axis, axes[MAX_RANK + 1], count = 0;
    Node *x = all_turns(sg, n->args[0], &axis);
    if (axis < 0) /* the same in all turns */
        return graph_binary(sg->g, OP_mul,
                            graph_reduce(sg->g, OP_sum, x, n->attr.axes, n->attr.axis_count),
                            graph_number(sg->g, (double)sg->s->turns, &n->type));
    axes[count++] = axis;
    for (int i = 0; i < n->attr.axis_count; i++)
        axes[count++] = n->attr.axes[i] + (n->attr.axes[i] >= axis);
    return graph_reshape(sg->g, graph_reduce(sg->g, OP_sum, x, axes, count), &n->type);
}

/* The sum over all turns of what may_follow() the loop. */
static Node *sum_of_turns(const ScanGrad *sg, const Node *n)
{
    switch (n->op) {
    case OP_contract:
        return product_of_turns(sg, n);
    case OP_sum:
        return total_of_turns(sg, n);
    case OP_add:
        return graph_binary(sg->g, OP_add, sum_of_turns(sg, n->args[0]),
                            sum_of_turns(sg, n->args[1]));
    case OP_neg:
        return graph_unary(sg->g, OP_neg, sum_of_turns(sg, n->args[0]));
    case OP_permute:
        return graph_permute(sg->g, sum_of_turns(sg, n->args[0]), n->attr.axes);
    default:
        return graph_reshape(sg->g, sum_of_turns(sg, n->args[0]), &n->type);
    }
}

/* ---- what comes out ---- */

/* Two operands of the forward loop may be one node of the backward body. */
static Node *gradient_of(const ScanGrad *sg, int operand)
{
    for (int i = 0; i < operand; i++)
        if (sg->args[i] == sg->args[operand])
            return NULL;
    return sg->args[operand] ? sg->args[operand]->scratch : NULL;
}

/* Carries first, as results stand. */
static void carry_gradients(const ScanGrad *sg, bool *summed)
{
    const Scan *s = sg->s;
    int carried = 0;
    for (int i = 0; i < s->carries; i++) {
        if (!sg->active[i])
            continue;
        Node *d = gradient_of(sg, i);
        scan_next(sg->back, d ? d : graph_number(sg->body, 0, &sg->scan->args[i]->type), "d");
        carried++;
    }
    for (int i = s->carries; i < sg->scan->arity; i++) {
        if (!sg->wanted[i] || s->along.data[i - s->carries] >= 0)
            continue;
        Node *so_far = scan_arg(sg->back, carried++), *d = gradient_of(sg, i);
        summed[i] = d && !may_follow(sg, d);
        scan_next(sg->back, summed[i] ? graph_binary(sg->body, OP_add, so_far, d) : so_far, "d");
    }
}

/* The gradients of the operands, in the graph of the scan. */
static void take_gradients(const ScanGrad *sg, Node **dx, const bool *summed)
{
    const Scan *s = sg->s;
    int carried = 0;
    for (int i = 0; i < sg->scan->arity; i++) {
        Node *d = i < s->carries ? NULL : gradient_of(sg, i);
        const int along = i < s->carries ? -1 : s->along.data[i - s->carries];
        if (i < s->carries ? sg->active[i] : sg->wanted[i] && along < 0)
            carried++;
        if (!sg->wanted[i])
            continue;
        if (i < s->carries)
            dx[i] = sg->active[i] ? scan_out(sg->back, carried - 1) : NULL;
        else if (d && along >= 0)
            dx[i] = scan_out(sg->back, scan_yield(sg->back, d, along, "d"));
        else if (d)
            dx[i] = summed[i] ? scan_out(sg->back, carried - 1) : sum_of_turns(sg, d);
    }
}

/* dy of each result is in the scan's scratch: see grad_scan_out(). */
void grad_scan(GradCall *c)
{
    ScanGrad sg = {.g = c->g, .scan = c->y, .s = c->y->attr.scan, .wanted = c->wanted};
    bool *summed = arena_array(c->g->arena, bool, c->y->arity + 1);
    sg.douts = c->y->scratch;
    sg.results = sg.s->body->results.count; /* it gets more below */
    find_active(&sg);
    sg.back = begin_backward(&sg);
    sg.body = sg.back->attr.scan->body;
    sg.body->loc = c->y->loc;
    const int count = copy_body(&sg);
    differentiate(&sg);
    use_saved(&sg, count);
    carry_gradients(&sg, summed);
    scan_end(c->g, sg.back);
    take_gradients(&sg, c->dx, summed);
    graph_sort(sg.body);
}
