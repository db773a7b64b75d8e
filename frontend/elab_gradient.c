/* elab_gradient.c -- what becomes of gradients between the loss and the optimizer.
 *
 *     clip_value = 0.5     g = min(max(g, -0.5), 0.5)
 *     clip_norm  = 1.0     g = g min(1 / (|all g| + 1e-6), 1)      PyTorch's clip_grad_norm_
 *     accumulate = 4       sums over micro-batches, in variables that live for one step
 *
 * With accumulation a step is two entries: TRAIN adds to "step.gradient.PARAM" and "step.loss" for
 * each micro-batch, UPDATE reads them, clips and moves the parameters. */
#include "frontend/elab.h"

/* ---- accumulation ---- */

static int scratch_slot(Elab *e, const char *name, const Type *type)
{
    int slot = model_find_var(e->model, name);
    while (slot >= 0 && e->model->vars.data[slot].kind != VAR_SCRATCH) { /* a user's layer `step` */
        name = arena_printf(e->arena, "_%s", name);
        slot = model_find_var(e->model, name);
    }
    return slot >= 0 ? slot : model_add_var(e->model, VAR_SCRATCH, name, type, e->graph->loc);
}

/* Sums of numbers of 16 bits would lose what is added late. */
static DType sum_dtype(DType dtype)
{
    return dtype == DT_F64 ? DT_F64 : DT_F32;
}

/* Steps take turns, and the variables start at zero in each: one set of them does for all. */
static int gradient_slot(Elab *e, const VarUse *use)
{
    Type type = e->model->vars.data[use->slot].type;
    type.dtype = sum_dtype(type.dtype);
    return scratch_slot(e, arena_printf(e->arena, "step.gradient.%s", use->path), &type);
}

static int loss_slot(Elab *e, const Step *step)
{
    const Type f64 = type_scalar(DT_F64);
    (void)step;
    return scratch_slot(e, "step.loss", &f64);
}

static void add_to_slot(Elab *e, int slot, Node *value, Node *weight, Loc loc)
{
    Graph *g = e->graph;
    value = graph_cast(g, value, e->model->vars.data[slot].type.dtype);
    if (weight)
        value = graph_binary(g, OP_mul, graph_scalar_like(g, weight, &value->type), value);
    Node *sum = graph_binary(g, OP_add, graph_slot(g, OP_state, slot), value);
    graph_result(g, RESULT_WRITE, slot, NULL, sum, loc);
}

/* What a micro-batch counts for: its share of the step's samples; NULL: as much as it is. */
static Node *micro_weight(Elab *e, LossKind kind)
{
    Graph *g = e->graph;
    if (kind == LOSS_SUM)
        return NULL;
    Node *share = graph_binary(g, OP_div, graph_counter(g, COUNTER_BATCH),
                               graph_counter(g, COUNTER_STEP_SAMPLES));
    share->name = "batch_share";
    return share;
}

void gradients_add(Elab *e, GradientVec *gradients, Node *loss, const Step *step)
{
    const Node *where = NULL;
    const char *why = NULL;
    const Loc loc = step->minimize->loc;
    const LossKind kind = loss_kind(e, loss, &where, &why);
    if (kind == LOSS_OTHER) {
        diag_error(e->diag, step->minimize->value->loc, "accumulate = 1",
                   "'accumulate' takes a loss that is a mean or a sum over the samples: this is "
                   "neither");
        diag_note(e->diag, elab_user_loc(e, where->loc), "%s", why);
        return;
    }
    Node *weight = micro_weight(e, kind);
    e->graph->loc = loc;
    add_to_slot(e, loss_slot(e, step), loss, weight, loc);
    for (int i = 0; i < gradients->count; i++) {
        const Gradient *gradient = &gradients->data[i];
        add_to_slot(e, gradient_slot(e, gradient->use), gradient->node, weight, loc);
    }
}

void gradients_take(Elab *e, GradientVec *gradients, const Step *step)
{
    Graph *g = e->graph;
    g->loc = step->minimize->loc;
    graph_result(g, RESULT_VALUE, 0, "loss", graph_slot(g, OP_state, loss_slot(e, step)),
                 step->minimize->loc);
    for (int i = 0; i < gradients->count; i++) {
        Gradient *gradient = &gradients->data[i];
        Node *sum = graph_slot(g, OP_state, gradient_slot(e, gradient->use));
        gradient->node = graph_cast(g, sum, e->model->vars.data[gradient->use->slot].type.dtype);
    }
}

/* ---- clipping ---- */

static void clip_values(Elab *e, GradientVec *gradients, Node *bound)
{
    Graph *g = e->graph;
    for (int i = 0; i < gradients->count; i++) {
        Node **gradient = &gradients->data[i].node;
        Node *high = graph_scalar_like(g, bound, &(*gradient)->type);
        Node *raised = graph_binary(g, OP_maximum, *gradient, graph_unary(g, OP_neg, high));
        *gradient = graph_binary(g, OP_minimum, raised, high);
    }
}

static Node *sum_of_squares(Graph *g, Node *x)
{
    int axes[MAX_RANK];
    x = graph_cast(g, x, sum_dtype(x->type.dtype));
    const Type scalar = type_scalar(x->type.dtype);
    for (int i = 0; i < x->type.rank; i++)
        axes[i] = i;
    Node *squares = graph_binary(g, OP_mul, x, x);
    Node *sum = x->type.rank > 0 ? graph_reduce(g, OP_sum, squares, axes, x->type.rank) : squares;
    return graph_cast(g, graph_reshape(g, sum, &scalar), DT_F64);
}

/* The norm of all gradients together, and what they are multiplied with so that it stays below. */
static void clip_norm(Elab *e, GradientVec *gradients, Node *bound)
{
    Graph *g = e->graph;
    const Type f64 = type_scalar(DT_F64);
    Node *total = sum_of_squares(g, gradients->data[0].node);
    for (int i = 1; i < gradients->count; i++)
        total = graph_binary(g, OP_add, total, sum_of_squares(g, gradients->data[i].node));
    Node *norm = graph_unary(g, OP_sqrt, total);
    Node *room = graph_binary(g, OP_add, norm, graph_number(g, 1e-6, &f64));
    Node *share = graph_binary(g, OP_div, graph_scalar_like(g, bound, &f64), room);
    Node *factor = graph_binary(g, OP_minimum, share, graph_number(g, 1, &f64));
    norm->name = "grad_norm";
    factor->name = "clip_factor";
    graph_result(g, RESULT_VALUE, 0, "grad_norm", norm, g->loc);
    for (int i = 0; i < gradients->count; i++) {
        Node **gradient = &gradients->data[i].node;
        *gradient =
            graph_binary(g, OP_mul, *gradient, graph_scalar_like(g, factor, &(*gradient)->type));
    }
}

void gradients_clip(Elab *e, GradientVec *gradients, const Step *step)
{
    e->graph->loc = step->minimize->loc;
    if (step->clip_value && gradients->count > 0)
        clip_values(e, gradients, step->clip_value);
    if (step->clip_norm && gradients->count > 0)
        clip_norm(e, gradients, step->clip_norm);
}
