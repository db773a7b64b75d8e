/* gpu_flash_ahead.c -- from which distance on a key is hidden from a query:
 *
 *     x = where(key - query >= 1, -inf, s)        every pair with key - query >= 1 has the weight
 *     p = exp(x - m) / l                          0, so that blocks above the diagonal can be left
 *                                                 out
 *
 * Weights and what is folded are written out for some query and key, and their ranges are found,
 * given that key - query is at least some number; the least for which nothing comes of a pair is
 * looked for.  What is loaded is taken to be finite: what a mask hides is not multiplied. */
#include <math.h>
#include <string.h>

#include "codegen/gpu_flash.h"
#include "codegen/kexpr.h"

/* ---- ranges ---- */

/* along (key - query) + [low, high] */
typedef struct Values {
    int64_t along;
    double low, high;
} Values;

static const char KEY[] = "key", QUERY[] = "query";
static const Values anything = {0, -INFINITY, INFINITY};

static bool is_one(Values r, double value)
{
    return r.along == 0 && r.low == value && r.high == value;
}

static Values exactly(double value)
{
    return (Values){0, value, value};
}

/* Where key - query is at least `from`. */
static Values resolve(Values r, int64_t from)
{
    const double least = (double)r.along * (double)from;
    if (r.along == 0)
        return r;
    return r.along > 0 ? (Values){0, r.low + least, INFINITY}
                       : (Values){0, -INFINITY, r.high + least};
}

static Values join(Values a, Values b)
{
    return (Values){0, fmin(a.low, b.low), fmax(a.high, b.high)};
}

static Values truth(bool is, bool is_not)
{
    return is ? exactly(1) : is_not ? exactly(0) : (Values){0, 0, 1};
}

/* ---- sums of integers ---- */

/* keys key + queries query + [low, high]: a place's parts, or of a difference of both. */
typedef struct Linear {
    int64_t keys, queries;
    double low, high;
    bool fails;
} Linear;

static Linear linear_of(const KExpr *x);

static Linear combine(Linear a, Linear b, int sign)
{
    return (Linear){a.keys + sign * b.keys, a.queries + sign * b.queries,
                    a.low + (sign > 0 ? b.low : -b.high), a.high + (sign > 0 ? b.high : -b.low),
                    a.fails || b.fails};
}

static Linear linear_of(const KExpr *x)
{
    const bool adds = (x->kind == KE_INT && x->int_op == INT_ADD) ||
                      (x->kind == KE_OP && x->op == OP_add && dtype_is_int(x->dtype));
    const bool subtracts = (x->kind == KE_INT && x->int_op == INT_SUB) ||
                           (x->kind == KE_OP && x->op == OP_sub && dtype_is_int(x->dtype));
    if (x->kind == KE_TEMP && x->held)
        return linear_of(x->held);
    if (x->kind == KE_CAST && (x->dtype == DT_I64 || x->dtype == DT_I32))
        return linear_of(x->args[0]);
    if (x->kind == KE_NUMBER && x->value.dtype != DT_BOOL && dtype_is_int(x->value.dtype))
        return (Linear){0, 0, (double)x->value.i, (double)x->value.i, false};
    if (x->kind == KE_INDEX && strcmp(x->name, KEY) == 0)
        return (Linear){.keys = 1};
    if (x->kind == KE_INDEX && strcmp(x->name, QUERY) == 0)
        return (Linear){.queries = 1};
    if (adds || subtracts)
        return combine(linear_of(x->args[0]), linear_of(x->args[1]), adds ? 1 : -1);
    return (Linear){.fails = true};
}

/* a - b, where that is a matter of how far the key is from the query. */
static Values difference(const KExpr *a, const KExpr *b)
{
    const Linear d = combine(linear_of(a), linear_of(b), -1);
    return d.fails || d.keys != -d.queries ? anything : (Values){d.keys, d.low, d.high};
}

/* ---- values ---- */

typedef struct Given {
    int64_t from; /* key - query is at least that */
} Given;

static Values range_of(const Given *g, const KExpr *x);

static Values added(Values a, Values b, int sign)
{
    if (is_one(a, -INFINITY) || (is_one(b, -INFINITY) && sign > 0))
        return exactly(-INFINITY);
    return (Values){0, a.low + (sign > 0 ? b.low : -b.high), a.high + (sign > 0 ? b.high : -b.low)};
}

static Values multiplied(Values a, Values b)
{
    if (is_one(a, 0) || is_one(b, 0))
        return exactly(0);
    if ((is_one(a, -INFINITY) && b.low > 0) || (is_one(b, -INFINITY) && a.low > 0))
        return exactly(-INFINITY);
    return anything;
}

/* What is compared are numbers, or places. */
static Values compared(const Given *g, Op op, const KExpr *x, const KExpr *y)
{
    Values d = resolve(difference(x, y), g->from);
    if (dtype_is_float(x->dtype))
        d = added(range_of(g, x), range_of(g, y), -1);
    switch (op) {
    case OP_lt:
        return truth(d.high < 0, d.low >= 0);
    case OP_le:
        return truth(d.high <= 0, d.low > 0);
    case OP_gt:
        return truth(d.low > 0, d.high <= 0);
    case OP_ge:
        return truth(d.low >= 0, d.high < 0);
    case OP_eq:
        return truth(is_one(d, 0), d.low > 0 || d.high < 0);
    default:
        return truth(d.low > 0 || d.high < 0, is_one(d, 0));
    }
}

static Values chosen(const Given *g, const KExpr *x)
{
    const Values which = range_of(g, x->args[0]);
    if (is_one(which, 1))
        return range_of(g, x->args[1]);
    if (is_one(which, 0))
        return range_of(g, x->args[2]);
    return join(range_of(g, x->args[1]), range_of(g, x->args[2]));
}

static Values of_operation(const Given *g, const KExpr *x)
{
    switch (x->op) {
    case OP_add:
    case OP_sub:
        return added(range_of(g, x->args[0]), range_of(g, x->args[1]), x->op == OP_add ? 1 : -1);
    case OP_mul:
        return multiplied(range_of(g, x->args[0]), range_of(g, x->args[1]));
    case OP_div:
        return is_one(range_of(g, x->args[0]), 0) ? exactly(0) : anything;
    case OP_exp: {
        const Values r = range_of(g, x->args[0]);
        return (Values){0, exp(r.low), exp(r.high)};
    }
    case OP_neg: {
        const Values r = range_of(g, x->args[0]);
        return (Values){0, -r.high, -r.low};
    }
    case OP_not: {
        const Values r = range_of(g, x->args[0]);
        return truth(is_one(r, 0), is_one(r, 1));
    }
    case OP_and:
        return multiplied(range_of(g, x->args[0]), range_of(g, x->args[1]));
    case OP_where:
        return chosen(g, x);
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
    case OP_eq:
    case OP_ne:
        return compared(g, x->op, x->args[0], x->args[1]);
    default:
        return anything;
    }
}

static Values of_integers(const Given *g, const KExpr *x)
{
    switch (x->int_op) {
    case INT_LT:
        return compared(g, OP_lt, x->args[0], x->args[1]);
    case INT_GE:
        return compared(g, OP_ge, x->args[0], x->args[1]);
    case INT_EQ:
        return compared(g, OP_eq, x->args[0], x->args[1]);
    case INT_AND:
        return multiplied(range_of(g, x->args[0]), range_of(g, x->args[1]));
    default:
        return anything;
    }
}

static Values range_of(const Given *g, const KExpr *x)
{
    if (x->kind == KE_TEMP && x->held)
        return range_of(g, x->held);
    if (x->kind == KE_NUMBER)
        return exactly(scalar_as_double(x->value));
    if (x->kind == KE_CAST && (dtype_is_float(x->dtype) || x->args[0]->dtype == DT_BOOL))
        return range_of(g, x->args[0]);
    if (x->kind == KE_OP)
        return of_operation(g, x);
    return x->kind == KE_INT ? of_integers(g, x) : anything;
}

/* ---- what is to be nothing ---- */

typedef struct Outcome {
    const KExpr *value;
    double nothing;
} Outcome;

typedef struct Outcomes {
    Outcome all[2 * BLOCK_PRODUCTS + GROUP_ROOTS];
    int count;
} Outcomes;

static bool is_nothing(const Outcomes *o, int64_t from)
{
    const Given given = {from};
    for (int i = 0; i < o->count; i++)
        if (!is_one(range_of(&given, o->all[i].value), o->all[i].nothing))
            return false;
    return true;
}

/* Products and folds are anything: they are in no buffer yet. */
static void hide(Rows *r, const Node *n, const Axes *at, KExpr *key)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    KExpr *unknown = kexpr_host(l->arena, lower_name(l, n));
    unknown->dtype = n->type.dtype;
    rows_index(r, &n->type, at, &key, index);
    lower_remember(l, n, index, unknown);
}

static void add_outcome(Outcomes *o, const KExpr *value, double nothing)
{
    o->all[o->count++] = (Outcome){value, nothing};
}

static void write_out(Rows *r, Outcomes *o, KExpr *key)
{
    Lowering *l = r->l;
    KExpr *index[MAX_RANK];
    for (int i = 0; i < r->group->products.count; i++) {
        const BlockProduct *b = &r->group->products.data[i];
        const Node *n = block_rows(b);
        const Axes at = rows_axes(l, n);
        if (b->kind == BLOCK_INTO) {
            hide(r, n, &at, key);
            continue;
        }
        rows_index(r, &n->type, &at, &key, index);
        add_outcome(o, lower_value(l, n, index), 0);
    }
    for (int i = 0; i < r->count; i++) {
        const Member *m = &r->members[i];
        if (!m->folded)
            continue;
        const Node *x = m->n->args[0];
        rows_index(r, &x->type, &l->info[m->n->id].site, &key, index);
        add_outcome(o, lower_value(l, x, index),
                    scalar_as_double(lower_start(m->n->op, m->n->type.dtype)));
    }
}

/* The least number for which nothing comes of a pair: the more distant, the less. */
static bool find_least(const Outcomes *o, int64_t keys, int64_t *from)
{
    int64_t low = 1, high = keys - 1;
    if (high < low || !is_nothing(o, high))
        return false;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (is_nothing(o, middle))
            high = middle;
        else
            low = middle + 1;
    }
    *from = low;
    return true;
}

bool gpu_flash_find_ahead(Rows *r, int64_t queries, int64_t keys, int64_t *from)
{
    Lowering *l = r->l;
    Outcomes outcomes = {.count = 0};
    const int mark = l->memo.count, last = r->group->outer_count - 1;
    KExpr *key = kexpr_index(l->arena, KEY, keys - 1);
    for (int i = 0; i < last; i++)
        r->outer[i] = kexpr_int(l->arena, 0);
    r->outer[last] = kexpr_index(l->arena, QUERY, queries - 1);
    l->guarded++; /* nothing is written yet: no locals */
    for (int i = 0; i < r->count; i++) {
        const Axes at = rows_axes(l, r->members[i].n);
        if (r->members[i].folded)
            hide(r, r->members[i].n, &at, key);
    }
    write_out(r, &outcomes, key);
    l->guarded--;
    lower_forget(l, mark);
    return find_least(&outcomes, keys, from);
}
