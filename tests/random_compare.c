/* random_compare.c -- see random_compare.h. */
#include "tests/random_compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ir/scan.h"
#include "tests/interp.h"

enum { GUARD = 256, GUARD_BYTE = 0x5a };

/* Element i of a tensor with `batch` samples, where strides are those of the bound. */
static int64_t place_of(const Type *type, int64_t bound, int64_t batch, int64_t i)
{
    int64_t place = 0, stride = 1;
    for (int k = type->rank - 1; k >= 0; k--) {
        const Dim d = type->dims[k];
        const int64_t real = d.size * (d.batch ? batch : 1);
        place += i % real * stride;
        i /= real;
        stride *= d.size * (d.batch ? bound : 1);
    }
    return place;
}

static unsigned char *guarded(Arena *arena, int64_t bytes)
{
    unsigned char *memory = arena_alloc(arena, (size_t)bytes + 2 * GUARD + 64);
    memory += 64 - (uintptr_t)memory % 64;
    memset(memory, GUARD_BYTE, (size_t)bytes + 2 * GUARD);
    return memory + GUARD;
}

static bool guards_hold(const unsigned char *memory, int64_t bytes)
{
    for (int i = 0; i < GUARD; i++)
        if (memory[-1 - i] != GUARD_BYTE || memory[bytes + i] != GUARD_BYTE)
            return false;
    return true;
}

typedef struct Memory {
    unsigned char *vars, *work;
    void *inputs[MOST_STATEMENTS];
    int64_t input_bytes[MOST_STATEMENTS];
    int input_count;
} Memory;

static Memory fill(const Try *t, const Program *p, int64_t batch)
{
    Memory m = {guarded(t->arena, p->vars_bytes), guarded(t->arena, p->work_bytes), {NULL}, {0}, 0};
    memset(m.work, 0xa5, (size_t)p->work_bytes); /* nothing may count on zeros */
    for (int i = 0; i < p->model->vars.count; i++) {
        const Var *var = &p->model->vars.data[i];
        int64_t bytes, count;
        type_bytes(&var->type, t->source->batch, &bytes);
        type_count(&var->type, batch, &count);
        if (p->offsets[i] < 0) {
            m.input_bytes[m.input_count] = bytes;
            m.inputs[m.input_count++] = guarded(t->arena, bytes);
        }
        void *to = p->offsets[i] < 0 ? m.inputs[m.input_count - 1] : m.vars + p->offsets[i];
        for (int64_t k = 0; k < count; k++)
            random_put(to, var->type.dtype, place_of(&var->type, t->source->batch, batch, k),
                       random_element(t, i, var, k));
    }
    return m;
}

static const char *run(const Try *t, const Way *way, int64_t batch, Memory *m)
{
    const Program *p = way->program;
    *m = fill(t, p, batch);
    GrtRun r = {.vars = m->vars, .work = m->work, .inputs = m->inputs, .rng = {7, 3, 0}};
    for (int i = 0; i < GRT_COUNTERS; i++)
        r.counters[i] = i + 1;
    r.counters[GRT_BATCH] = (double)batch;
    const int status = way->run(&r);
    bool hold = guards_hold(m->vars, p->vars_bytes) && guards_hold(m->work, p->work_bytes);
    for (int i = 0; i < m->input_count; i++)
        hold = hold && guards_hold(m->inputs[i], m->input_bytes[i]);
    if (status != GRT_OK)
        return arena_printf(t->arena, "%s returns %d", way->name, status);
    return hold ? NULL : arena_printf(t->arena, "%s writes out of bounds", way->name);
}

/* ---- one output ---- */

static const void *output_bytes(const Way *way, const Memory *m, const char *name)
{
    const Routine *r = way->program->routines.data[0];
    for (int i = 0; i < r->values.count; i++)
        if (strcmp(r->values.data[i].name, name) == 0) {
            const Buffer *b = r->values.data[i].buffer;
            return b->place == PLACE_WORK   ? m->work + b->offset
                   : b->place == PLACE_VARS ? m->vars + b->offset
                                            : NULL;
        }
    return NULL;
}

static bool agree(double a, double b, double tolerance)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance;
}

/* The ways against the first, and the first against the interpreter. */
static const char *compare_output(const Try *t, const Result *result, const Memory *memories,
                                  const Reference *ref, int64_t batch, double step,
                                  TryCounts *counts)
{
    const Type *type = &result->node->type;
    int64_t count;
    type_count(type, batch, &count);
    const double tolerance = random_tolerance(ref, result->node, batch, step);
    const bool steady = isfinite(tolerance);
    counts->values++;
    counts->unsteady += !steady;
    const void *first = output_bytes(&t->ways[0], &memories[0], result->name);
    bool same = true;
    for (int w = 0; w < t->count; w++) {
        const void *bytes = output_bytes(&t->ways[w], &memories[w], result->name);
        if (!bytes)
            return arena_printf(t->arena, "%s: no output %s", t->ways[w].name, result->name);
        for (int64_t i = 0; i < count; i++) {
            const int64_t at = place_of(type, t->source->batch, batch, i);
            const double have = random_get(bytes, type->dtype, at),
                         want = random_get(first, type->dtype, at);
            same = same && agree(have, want, 0);
            const bool known = !t->source->uses_rand && steady;
            const double value = known ? ref->rounded[result->node->id][i] : want;
            if (!agree(have, want, steady ? tolerance : INFINITY) && isfinite(tolerance))
                return arena_printf(
                    t->arena, "%s[%d], batch %d: %.9g at -O0, %.9g at %s (tolerance %.3g)",
                    result->name, (int)i, (int)batch, want, have, t->ways[w].name, tolerance);
            if (known && !agree(have, value, tolerance))
                return arena_printf(
                    t->arena, "%s[%d], batch %d: %.9g at %s, %.9g interpreted (tolerance %.3g)",
                    result->name, (int)i, (int)batch, have, t->ways[w].name, value, tolerance);
        }
    }
    counts->same_bits += same;
    return NULL;
}

/* ---- gradients against differences ---- */

static const Result *find_result(const Graph *g, const char *name)
{
    for (int i = 0; i < g->results.count; i++)
        if (strcmp(g->results.data[i].name, name) == 0)
            return &g->results.data[i];
    return NULL;
}

static double direction(int64_t k)
{
    return 2 * random_uniform(5, (uint64_t)k) - 1;
}

/* The result, with a variable moved along the direction by h. */
static double value_moved(const Try *t, const Result *of, int slot, double h)
{
    const Graph *g = t->ways[0].graph;
    Interp in = interp_new(g->model, t->source->batch);
    in.exact = true;
    for (int i = 0; i < COUNTER_BATCH; i++)
        in.counters[i] = i + 1;
    for (int i = 0; i < g->model->vars.count; i++) {
        const Var *var = &g->model->vars.data[i];
        double *x = interp_var(&in, i);
        for (int64_t k = 0; k < interp_count(&in, &var->type); k++)
            x[k] = random_element(t, i, var, k) + (i == slot ? h * direction(k) : 0);
    }
    return interp_run(&in, g)[of->node->id][0];
}

static const char *check_gradient(const Try *t, const Reference *ref, const char *of,
                                  const char *by, const char *gradient, TryCounts *counts)
{
    const Graph *g = t->ways[0].graph;
    const Result *y = find_result(g, of), *d = find_result(g, gradient);
    const int slot = model_find_var(g->model, by);
    if (!y || !d || slot < 0)
        return NULL;
    const Type *type = &g->model->vars.data[slot].type;
    int64_t count;
    type_count(type, t->source->batch, &count);
    double have = 0, size = 0;
    for (int64_t k = 0; k < count; k++) {
        have += ref->exact[d->node->id][k] * direction(k);
        size += fabs(ref->exact[d->node->id][k] * direction(k));
    }
    double slope[3], h = 1e-4;
    const double here = ref->exact[y->node->id][0];
    double bend =
        0; /* a kink at the very point, or nearer than h: the slopes on its sides differ */
    for (int i = 0; i < 3; i++, h /= 4) {
        const double after = value_moved(t, y, slot, h), before = value_moved(t, y, slot, -h);
        slope[i] = (after - before) / (2 * h);
        bend = fabs(after - 2 * here + before) / h;
    }
    const double want = slope[2] + (slope[2] - slope[1]) / 15;
    const double unsure = bend + fabs(slope[2] - slope[1]) + fabs(slope[1] - slope[0]) / 16;
    const Spread spread = random_spread(ref, d->node->id, count);
    counts->gradients++;
    const double small = 1e-3 * (fabs(want) + size) + 1e-7;
    if (!random_steady(&spread, random_step(g)) || !isfinite(have) || !(unsure <= small) ||
        bend > small) {
        counts->kinks++;
        return NULL;
    }
    /* Constants are rounded to their dtype, in the derivative others than in the loss. */
    if (fabs(have - want) <= 4 * unsure + (1e-5 + random_step(g)) * (fabs(want) + size) + 1e-7)
        return NULL;
    return arena_printf(t->arena,
                        "%s: along a direction %.9g, differences of %s give %.9g (unsure by %.2g)",
                        gradient, have, of, want, unsure);
}

static const char *check_gradients(const Try *t, const Reference *ref, TryCounts *counts)
{
    const RandomProgram *p = t->source;
    const char *wrong = NULL;
    for (int i = 0; i < p->wanted_count && !p->cut && !wrong; i++) {
        const char *by = arena_printf(t->arena, "v%d", p->wanted[i]);
        wrong =
            check_gradient(t, ref, "loss", by, arena_printf(t->arena, "g%d", p->wanted[i]), counts);
        if (!wrong)
            wrong = check_gradient(t, ref, "slope", by, arena_printf(t->arena, "h%d", p->wanted[i]),
                                   counts);
    }
    return wrong;
}

/* ---- the whole program ---- */

static const char *compare_batch(Try *t, int64_t batch, TryCounts *counts)
{
    const Graph *g = t->ways[0].graph;
    const double step = random_step(g);
    Memory memories[WAYS];
    for (int w = 0; w < t->count; w++) {
        const char *wrong = run(t, &t->ways[w], batch, &memories[w]);
        if (wrong)
            return wrong;
    }
    const Reference ref = random_reference(t, batch);
    for (int i = 0; i < g->results.count; i++) {
        const char *wrong =
            compare_output(t, &g->results.data[i], memories, &ref, batch, step, counts);
        if (wrong)
            return wrong;
    }
    return batch == t->source->batch ? check_gradients(t, &ref, counts) : NULL;
}

void random_count_nodes(const Graph *g, TryCounts *counts)
{
    for (int i = 0; i < g->nodes.count; i++) {
        const Node *n = g->nodes.data[i];
        counts->made[n->op]++;
        if (n->op == OP_scan)
            random_count_nodes(n->attr.scan->body, counts);
    }
}

int64_t random_short_batch(const RandomProgram *p)
{
    return p->batch > 2 ? (p->batch - 1) / 2 : 1;
}

const char *random_compare(Try *t, TryCounts *counts)
{
    random_count_nodes(t->ways[0].graph, counts);
    const char *wrong = compare_batch(t, t->source->batch, counts);
    return wrong ? wrong : compare_batch(t, random_short_batch(t->source), counts);
}
