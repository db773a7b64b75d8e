/* random_reference.c -- see random_compare.h: a program's values by the interpreter, and how far
 * rounding may move them. */
#include <math.h>

#include "tests/interp.h"
#include "tests/random_compare.h"

static double **interpret(const Try *t, int64_t batch, bool exact, uint64_t noise)
{
    const Graph *g = t->ways[0].graph;
    Interp in = interp_new(g->model, batch);
    in.exact = exact;
    in.noise = noise;
    for (int i = 0; i < COUNTER_BATCH; i++)
        in.counters[i] = i + 1;
    for (int i = 0; i < g->model->vars.count; i++) {
        const Var *var = &g->model->vars.data[i];
        double *x = interp_var(&in, i);
        for (int64_t k = 0; k < interp_count(&in, &var->type); k++)
            x[k] = random_element(t, i, var, k);
    }
    return interp_run(&in, g);
}

double random_step(const Graph *g)
{
    static const double steps[DT_COUNT] = {
        [DT_F16] = 1.0 / 1024, [DT_BF16] = 1.0 / 128, [DT_F32] = 1.2e-7, [DT_F64] = 2.3e-16};
    double step = steps[DT_F64];
    for (int i = 0; i < g->nodes.count; i++)
        step = fmax(step, steps[g->nodes.data[i]->type.dtype]);
    return step;
}

Reference random_reference(const Try *t, int64_t batch)
{
    Reference ref = {interpret(t, batch, false, 0), interpret(t, batch, true, 0), {NULL}};
    for (int k = 0; k < SHAKES; k++)
        ref.shaken[k] = interpret(t, batch, true, (uint64_t)k + 1);
    return ref;
}

/* ---- one value ---- */

Spread random_spread(const Reference *ref, int id, int64_t count)
{
    Spread s = {0, 0, true};
    for (int64_t i = 0; i < count; i++) {
        const double a = ref->exact[id][i], b = ref->rounded[id][i];
        s.scale = fmax(s.scale, fabs(a));
        s.rounding = fmax(s.rounding, fabs(a - b));
        s.finite = s.finite && isfinite(a) && isfinite(b);
        for (int k = 0; k < SHAKES; k++) {
            s.rounding = fmax(s.rounding, fabs(a - ref->shaken[k][id][i]));
            s.finite = s.finite && isfinite(ref->shaken[k][id][i]);
        }
    }
    return s;
}

bool random_steady(const Spread *s, double step)
{
    return s->finite && s->rounding <= (0.02 + 100 * step) * s->scale;
}

double random_tolerance(const Reference *ref, const Node *n, int64_t batch, double step)
{
    int64_t count;
    type_count(&n->type, batch, &count);
    const Spread s = random_spread(ref, n->id, count);
    const bool steady =
        dtype_is_float(n->type.dtype) ? random_steady(&s, step) : s.finite && s.rounding == 0;
    return steady ? 8 * s.rounding + 16 * step * s.scale : INFINITY;
}
