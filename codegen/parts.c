/* parts.c -- see parts.h.
 *
 *     for i < 6:  y[i] = i - 1 >= 0 && i - 1 < 4 ? x[i - 1] : 0       a border of 1
 *  =>
 *     y[0] = 0;  for i < 4:  y[i + 1] = x[i];  y[5] = 0
 *
 *     for i < 8:  y[i] = i % 2 == 0 ? x[i / 2] : 0                    every other element
 *  =>
 *     for i < 4:  { y[i * 2] = x[i];  y[i * 2 + 1] = 0; }
 *
 * The body is lowered on trial first: where conditions change along an axis is found by computing
 * them.  The parts of an outer axis come first, so that inside a border nothing is split again. */
#include "codegen/parts.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/kwalk.h"

enum {
    LONGEST = 1 << 16, /* an axis that is looked at */
    MOST_CUTS = 4,
    MOST_PERIOD = 4,
    MOST_BODIES = 16
};

typedef struct Cuts { /* an axis [0, size) is cut at these places; every period-th index is alike */
    int64_t at[MOST_CUTS + 1];
    int count;
    int64_t period;
} Cuts;

typedef struct Nest {
    Lowering *l;
    const Dim *dims;
    int count;
    KExpr **index;
    PartsBody *body;
    void *context;
    int bodies; /* that there may be */
} Nest;

/* ---- conditions ---- */

/* The value where the one variable in x is `at`; false if there are others, or none. */
static bool compute(const KExpr *x, const char *name, int64_t at, int64_t *value)
{
    int64_t a, b;
    if (x->kind == KE_NUMBER) {
        *value = x->value.i;
        return true;
    }
    if (x->kind == KE_INDEX && strcmp(x->name, name) == 0) {
        *value = at;
        return true;
    }
    if (x->kind != KE_INT || !compute(x->args[0], name, at, &a) ||
        !compute(x->args[1], name, at, &b))
        return false;
    switch (x->int_op) {
    case INT_ADD:
        return !__builtin_add_overflow(a, b, value);
    case INT_SUB:
        return !__builtin_sub_overflow(a, b, value);
    case INT_MUL:
        return !__builtin_mul_overflow(a, b, value);
    case INT_DIV:
        *value = b > 0 && a >= 0 ? a / b : 0; /* below 0 another condition says no */
        return b > 0;
    case INT_MOD:
        *value = b > 0 && a >= 0 ? a % b : 0;
        return b > 0;
    case INT_LT:
        *value = a < b;
        return true;
    case INT_GE:
        *value = a >= b;
        return true;
    case INT_EQ:
        *value = a == b;
        return true;
    case INT_AND:
        *value = a && b;
        return true;
    default:
        return false;
    }
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : greatest_divisor(b, a % b);
}

/* The remainders in a condition repeat after so many indices. */
static void add_periods(const KExpr *x, const char *name, Cuts *cuts)
{
    if (x->kind == KE_INT && x->int_op == INT_MOD && kwalk_mentions(x->args[0], name) &&
        x->args[1]->kind == KE_NUMBER && x->args[1]->value.i > 0) {
        const int64_t period = x->args[1]->value.i;
        if (cuts->period <= MOST_PERIOD && period <= MOST_PERIOD)
            cuts->period *= period / greatest_divisor(cuts->period, period);
        else
            cuts->period = MOST_PERIOD + 1;
    }
    for (int i = 0; i < x->arity; i++)
        add_periods(x->args[i], name, cuts);
}

static void add_cut(Cuts *cuts, int64_t at)
{
    int i = cuts->count;
    for (; i > 0 && cuts->at[i - 1] >= at; i--)
        if (cuts->at[i - 1] == at)
            return;
    if (cuts->count > MOST_CUTS)
        return;
    for (int k = cuts->count++; k > i; k--)
        cuts->at[k] = cuts->at[k - 1];
    cuts->at[i] = at;
}

/* Where the test is another than a period before. */
static void add_changes(const KExpr *test, const char *name, int64_t size, Cuts *cuts)
{
    int64_t now, before;
    for (int64_t i = cuts->period; i < size && cuts->count <= MOST_CUTS; i++)
        if (compute(test, name, i, &now) && compute(test, name, i - cuts->period, &before) &&
            now != before)
            add_cut(cuts, i);
}

typedef enum Visit { VISIT_PERIODS, VISIT_CHANGES } Visit;

typedef struct Finder {
    Visit visit;
    const char *name; /* of the loop's variable */
    int64_t size;
    Cuts *cuts;
} Finder;

static bool is_test(const KExpr *x)
{
    return x->kind == KE_INT && (x->int_op == INT_LT || x->int_op == INT_GE ||
                                 x->int_op == INT_EQ || x->int_op == INT_AND);
}

static void look_at(const Finder *f, const KExpr *x)
{
    int64_t value;
    if (is_test(x) && kwalk_mentions(x, f->name) && compute(x, f->name, 0, &value)) {
        if (f->visit == VISIT_PERIODS)
            add_periods(x, f->name, f->cuts);
        else
            add_changes(x, f->name, f->size, f->cuts);
        return;
    }
    for (int i = 0; i < x->arity; i++)
        look_at(f, x->args[i]);
}

static void look_through(const Finder *f, const KStmtVec *body, int from)
{
    for (int i = from; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->index)
            look_at(f, s->index);
        if (s->value)
            look_at(f, s->value);
        look_through(f, &s->body, 0);
    }
}

/* ---- trials ---- */

static void emit_axis(Nest *s, int axis);

static KStmtVec *open_body(Block *b)
{
    return b->depth > 0 ? &b->loops[b->depth - 1]->body : &b->kernel->body;
}

static bool decides(const KExpr *x, const void *context)
{
    (void)context;
    return is_test(x);
}

static bool have_tests(const KStmtVec *body, int from)
{
    for (int i = from; i < body->count; i++)
        if (kwalk_stmt_any(body->data[i], decides, NULL))
            return true;
    return false;
}

/* Cuts of an axis with the outer ones where they are now; none if they were too many. */
static void find_cuts(Nest *s, int axis, Cuts *cuts)
{
    Lowering *l = s->l;
    Block *b = &l->block;
    KStmtVec *body = open_body(b);
    const int depth = b->depth, count = body->count, bodies = s->bodies;
    const char *comment = b->comment;
    Names *names = b->names;
    *cuts = (Cuts){.period = 1};
    s->bodies = 1; /* the inner axes as they are */
    b->names = names_new(l->arena);
    s->index[axis] = lower_open_dim(l, s->dims[axis]);
    emit_axis(s, axis + 1);
    lower_close(l, depth);
    b->names = names;
    s->bodies = have_tests(body, count) ? bodies : 1;
    Finder f = {VISIT_PERIODS, s->index[axis]->name, s->dims[axis].size, cuts};
    look_through(&f, body, count);
    f.visit = VISIT_CHANGES;
    if (cuts->period <= MOST_PERIOD)
        look_through(&f, body, count);
    body->count = count;
    b->comment = comment;
    const int64_t parts = (cuts->count + 1) * cuts->period;
    if (cuts->period > MOST_PERIOD || cuts->count > MOST_CUTS || parts > bodies)
        *cuts = (Cuts){.period = 1};
}

/* ---- loops ---- */

/* `count` indices from `first` on, `step` apart, with `residues` of them in each turn. */
static void emit_run(Nest *s, int axis, int64_t first, int64_t count, int64_t residues)
{
    Lowering *l = s->l;
    Arena *arena = l->arena;
    const int depth = l->block.depth;
    KExpr *turn = lower_open_dim(l, dim_fixed(count));
    for (int64_t r = 0; r < residues; r++) {
        KExpr *at = kexpr_mul(arena, turn, kexpr_int(arena, residues));
        s->index[axis] = kexpr_add(arena, at, kexpr_int(arena, first + r));
        emit_axis(s, axis + 1);
    }
    lower_close(l, depth);
}

static void emit_parts(Nest *s, int axis, const Cuts *cuts)
{
    const int64_t size = s->dims[axis].size, period = cuts->period;
    s->bodies /= (int)((cuts->count + 1) * period);
    for (int i = 0; i <= cuts->count; i++) {
        const int64_t first = i > 0 ? cuts->at[i - 1] : 0;
        const int64_t end = i < cuts->count ? cuts->at[i] : size;
        const int64_t turns = (end - first) / period;
        if (turns > 0)
            emit_run(s, axis, first, turns, period);
        for (int64_t at = first + turns * period; at < end; at++)
            emit_run(s, axis, at, 1, 1);
    }
}

static void emit_axis(Nest *s, int axis)
{
    Lowering *l = s->l;
    const int depth = l->block.depth, bodies = s->bodies;
    if (axis == s->count) {
        s->body(l, s->context);
        return;
    }
    const Dim dim = s->dims[axis];
    Cuts cuts = {.period = 1};
    if (!dim.batch && dim.size > 1 && dim.size <= LONGEST && s->bodies > 1)
        find_cuts(s, axis, &cuts);
    if (cuts.count > 0 || cuts.period > 1) {
        emit_parts(s, axis, &cuts);
    } else {
        s->index[axis] = lower_open_dim(l, dim);
        emit_axis(s, axis + 1);
        lower_close(l, depth);
    }
    s->bodies = bodies;
}

void parts_loops(Lowering *l, const Dim *dims, int count, KExpr **index, PartsBody *body,
                 void *context, bool split)
{
    Nest s = {.l = l, .dims = dims, .count = count, .index = index, .body = body};
    s.context = context;
    s.bodies = split ? MOST_BODIES : 1;
    emit_axis(&s, 0);
}
