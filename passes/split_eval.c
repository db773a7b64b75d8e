/* split_eval.c -- evaluation over a whole split, in two entries.
 *
 * As elaborated, EVAL computes the loss and the metrics of one batch.  A mean over a split is not
 * the mean of its batches' means, nor is a root of a mean the mean of roots; so the reductions over
 * the batch are summed up over the split, and the rest is computed once, from the sums:
 *
 *     graph eval {                                   graph eval {
 *       %5 = sum %4 axes=[0] : f32[1]                  %5 = sum %4 axes=[0] : f32[1]
 *       %9 = div %8 %7 : f32[1]             =>         write @accum.0 = state + %5, in f64
 *       value rmse = sqrt %9                         }
 *     }                                              graph finish { ... value rmse = ... accum.0 }
 *
 * The frontier is the reductions over the batch that depend on no other, nor on the size of the
 * batch (sum(x / batch) is no sum over the split).  A value that needs two of them in a row (a
 * variance written as a mean of squared distances from a mean), or the batch itself, cannot be had
 * from sums: it is averaged over the batches, weighted by their samples, and its name is put on
 * Model.averaged for a warning. */
#include "ir/scan.h"
#include "passes/pass.h"

typedef struct EvalSplit {
    Graph *eval, *finish;
    bool *frontier; /* by id */
    bool *varies;   /* by id: differs from batch to batch, and no accumulator stands between */
    Node **copy;    /* by id: the node of `finish` that has its value over the split */
    int accumulators;
    Node *first; /* eval: a bool scalar, true in the first batch of a pass; NULL until needed */
} EvalSplit;

/* What a node does with the samples of a batch. */
typedef enum Sampling {
    SAMPLE_EACH,  /* each for itself, or none at all */
    SAMPLE_COUNT, /* their number, which the finish entry knows for the split */
    SAMPLE_SUM,   /* a sum, product or extreme over all: one batch after the other can be added */
    SAMPLE_MIX    /* needs them all at once: an index in the batch, products of pairs of samples */
} Sampling;

static bool has_axis(const Node *n, int axis)
{
    for (int k = 0; k < n->attr.axis_count; k++)
        if (n->attr.axes[k] == axis)
            return true;
    return false;
}

/* The label of the batch in an operand of a product, or '\0'. */
static char batch_label(const Node *n, int operand)
{
    const int batch = type_batch_axis(&n->args[operand]->type);
    return batch < 0 ? '\0' : n->attr.labels[operand][batch];
}

static Sampling contract_sampling(const Node *n)
{
    const char a = batch_label(n, 0), b = batch_label(n, 1);
    if (a && b && a != b)
        return SAMPLE_MIX;
    return (a || b) && type_batch_axis(&n->type) < 0 ? SAMPLE_SUM : SAMPLE_EACH;
}

static Sampling sampling(const Node *n);

/* A loop is done over each sample for itself if all that its body does is. */
static Sampling scan_sampling(const Graph *body)
{
    for (int i = 0; i < body->nodes.count; i++)
        if (sampling(body->nodes.data[i]) != SAMPLE_EACH)
            return SAMPLE_MIX;
    return SAMPLE_EACH;
}

static Sampling sampling(const Node *n)
{
    switch (n->op) {
    case OP_counter:
        return n->attr.slot == COUNTER_BATCH ? SAMPLE_COUNT : SAMPLE_EACH;
    case OP_iota: /* along the batch: a sample's number in it */
        return n->attr.axes[0] == type_batch_axis(&n->type) ? SAMPLE_MIX : SAMPLE_EACH;
    case OP_contract:
        return contract_sampling(n);
    case OP_scatter:
        return type_batch_axis(&n->args[0]->type) >= 0 && type_batch_axis(&n->type) < 0
                   ? SAMPLE_SUM
                   : SAMPLE_EACH;
    case OP_scan:
        return scan_sampling(n->attr.scan->body);
    case OP_argmax:
    case OP_argmin:
        return has_axis(n, type_batch_axis(&n->args[0]->type)) ? SAMPLE_MIX : SAMPLE_EACH;
    default:
        if (op_info[n->op].class != CLASS_REDUCE)
            return SAMPLE_EACH;
        return has_axis(n, type_batch_axis(&n->args[0]->type)) ? SAMPLE_SUM : SAMPLE_EACH;
    }
}

/* States that eval itself writes, by slot. */
static bool *find_written(const Graph *g)
{
    bool *written = arena_array(g->arena, bool, g->model->vars.count);
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].kind == RESULT_WRITE)
            written[g->results.data[i].slot] = true;
    return written;
}

/* Does n differ from batch to batch by itself?  What has a batch dimension does in size. */
static bool is_of_batch(const Node *n, const bool *written)
{
    for (int i = 0; n->op == OP_scan && i < n->attr.scan->body->nodes.count; i++)
        if (is_of_batch(n->attr.scan->body->nodes.data[i], written))
            return true;
    return n->op == OP_input || n->op == OP_uniform || n->op == OP_normal ||
           type_batch_axis(&n->type) >= 0 || (n->op == OP_state && written[n->attr.slot]);
}

static void find_frontier(EvalSplit *s)
{
    const bool *written = find_written(s->eval);
    bool *whole = arena_array(s->eval->arena, bool, s->eval->next_id); /* needs all samples */
    for (int i = 0; i < s->eval->nodes.count; i++) {
        const Node *n = s->eval->nodes.data[i];
        const Sampling how = sampling(n);
        bool behind = false, varies = is_of_batch(n, written);
        for (int k = 0; k < n->arity; k++) {
            behind = behind || whole[n->args[k]->id];
            varies = varies || s->varies[n->args[k]->id];
        }
        whole[n->id] = behind || how != SAMPLE_EACH;
        s->frontier[n->id] = how == SAMPLE_SUM && !behind;
        s->varies[n->id] = varies && !s->frontier[n->id];
    }
}

/* ---- what eval keeps ---- */

static Node *accumulator_read(Graph *g, int slot)
{
    return graph_slot(g, OP_state, slot);
}

static int accumulator_add(EvalSplit *s, const Node *n, DType dtype)
{
    Model *m = s->eval->model;
    Type type = n->type;
    type.dtype = dtype;
    const char *name = arena_printf(m->arena, "accum.%d", s->accumulators++);
    return model_add_var(m, VAR_SCRATCH, name, &type, n->loc);
}

/* True in the first batch of a pass: no sample was counted before it. */
static Node *first_batch(EvalSplit *s)
{
    if (s->first)
        return s->first;
    Graph *g = s->eval;
    const Type count = type_scalar(DT_I64);
    const int slot = model_add_var(g->model, VAR_SCRATCH, "accum.samples", &count, g->loc);
    Node *seen = accumulator_read(g, slot);
    Node *batch = graph_cast(g, graph_counter(g, COUNTER_BATCH), DT_I64);
    graph_result(g, RESULT_WRITE, slot, NULL, graph_binary(g, OP_add, seen, batch), g->loc);
    s->first = graph_binary(g, OP_eq, seen, graph_number(g, 0, &count));
    return s->first;
}

/* state (+) value of this batch */
static Node *accumulate(EvalSplit *s, Op op, Node *state, Node *value)
{
    Graph *g = s->eval;
    if (op == OP_sum || op == OP_contract || op == OP_scatter)
        return graph_binary(g, OP_add, state, value);
    Op combine = op == OP_max ? OP_maximum : op == OP_min ? OP_minimum : OP_mul;
    if (value->type.dtype == DT_BOOL)
        combine = op == OP_max ? OP_or : OP_and;
    Node *first = graph_broadcast(g, first_batch(s), &value->type);
    return graph_where(g, first, value, graph_binary(g, combine, state, value));
}

static DType accumulator_dtype(const Node *n)
{
    if (n->type.dtype == DT_BOOL)
        return DT_BOOL;
    return dtype_is_float(n->type.dtype) ? DT_F64 : DT_I64;
}

/* A frontier node: eval adds it up; in finish it is the sum. */
static Node *split_node(EvalSplit *s, Node *n)
{
    const DType dtype = accumulator_dtype(n);
    const int slot = accumulator_add(s, n, dtype);
    s->eval->loc = s->finish->loc = n->loc;
    Node *state = accumulator_read(s->eval, slot);
    Node *sum = accumulate(s, n->op, state, graph_cast(s->eval, n, dtype));
    graph_result(s->eval, RESULT_WRITE, slot, NULL, sum, n->loc);
    return graph_cast(s->finish, accumulator_read(s->finish, slot), n->type.dtype);
}

/* ---- what finish computes ---- */

/* The nodes between the frontier and `value`, by id; stops at the frontier. */
static bool *find_cone(const EvalSplit *s, int count, const Node *value)
{
    bool *cone = arena_array(s->eval->arena, bool, s->eval->next_id);
    cone[value->id] = true;
    for (int i = count - 1; i >= 0; i--) {
        const Node *n = s->eval->nodes.data[i];
        for (int k = 0; k < n->arity && cone[n->id] && !s->frontier[n->id]; k++)
            cone[n->args[k]->id] = true;
    }
    return cone;
}

static bool needs_batch(const EvalSplit *s, int count, const bool *cone)
{
    for (int i = 0; i < count; i++)
        if (cone[s->eval->nodes.data[i]->id] && s->varies[s->eval->nodes.data[i]->id])
            return true;
    return false;
}

static Node *finish_value(EvalSplit *s, int count, const bool *cone, const Node *value)
{
    for (int i = 0; i < count; i++) {
        Node *n = s->eval->nodes.data[i];
        if (cone[n->id] && !s->copy[n->id])
            s->copy[n->id] =
                s->frontier[n->id] ? split_node(s, n) : graph_copy_node(s->finish, n, s->copy);
    }
    return s->copy[value->id];
}

/* The mean over batches, weighted by their samples: sum(value * batch) / samples. */
static Node *finish_average(EvalSplit *s, const Result *result)
{
    Graph *eval = s->eval, *finish = s->finish;
    Node *value = result->node;
    vec_push(eval->arena, &eval->model->averaged, ((Averaged){result->name, result->loc}));
    const int slot = accumulator_add(s, value, DT_F64);
    eval->loc = finish->loc = value->loc;
    Node *wide = graph_cast(eval, value, DT_F64);
    Node *batch = graph_scalar_like(eval, graph_counter(eval, COUNTER_BATCH), &wide->type);
    Node *state = accumulator_read(eval, slot);
    Node *sum = graph_binary(eval, OP_add, state, graph_binary(eval, OP_mul, wide, batch));
    graph_result(eval, RESULT_WRITE, slot, NULL, sum, value->loc);
    Node *total = accumulator_read(finish, slot);
    Node *samples = graph_scalar_like(finish, graph_counter(finish, COUNTER_BATCH), &total->type);
    return graph_cast(finish, graph_binary(finish, OP_div, total, samples),
                      dtype_is_float(value->type.dtype) ? value->type.dtype : DT_F32);
}

static void split_value(EvalSplit *s, int count, const Result *result)
{
    const bool *cone = find_cone(s, count, result->node);
    Node *value = needs_batch(s, count, cone) ? finish_average(s, result)
                                              : finish_value(s, count, cone, result->node);
    graph_result(s->finish, RESULT_VALUE, 0, result->name, value, result->loc);
}

static void split_graph(Graph *eval, Graph *finish)
{
    graph_sort(eval);
    EvalSplit s = {.eval = eval,
                   .finish = finish,
                   .frontier = arena_array(eval->arena, bool, eval->next_id),
                   .varies = arena_array(eval->arena, bool, eval->next_id),
                   .copy = arena_array(eval->arena, Node *, eval->next_id)};
    find_frontier(&s);
    const int nodes = eval->nodes.count, results = eval->results.count;
    const Result *old = eval->results.data;
    eval->results.data = NULL;
    eval->results.count = eval->results.capacity = 0;
    for (int i = 0; i < results; i++) {
        if (old[i].kind == RESULT_VALUE)
            split_value(&s, nodes, &old[i]);
        else
            graph_result(eval, RESULT_WRITE, old[i].slot, NULL, old[i].node, old[i].loc);
    }
    graph_sort(eval);
    graph_sort(finish);
}

bool pass_split_eval(Model *m)
{
    const Entry *eval = model_find_entry(m, ENTRY_EVAL, 0);
    if (!eval || model_find_entry(m, ENTRY_FINISH, 0))
        return false;
    Graph *finish = graph_new(m, "finish");
    split_graph(eval->graph, finish);
    vec_push(m->arena, &m->entries, ((Entry){.kind = ENTRY_FINISH, .graph = finish, .every = 1}));
    return true;
}
