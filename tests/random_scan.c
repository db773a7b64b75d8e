/* random_scan.c -- recipes of random programs: loops at run time, and the recurrent layers. */
#include <string.h>

#include "tests/random_recipes.h"

/* Rows, of the batch or not, of some fixed number of turns. */
static bool accepts_turns(const Statement *s)
{
    const Type *t = &s->type;
    return s->type.dtype == DT_F32 && t->rank >= 2 && !t->dims[1].batch &&
           (type_batch_axis(t) < 0 || (t->dims[0].batch && t->dims[0].size == 1));
}

/* v[:, t] at turn t, without axis 1; yields are stacked along it, or along axis 0 without a batch.
 */
static void stack(Type *type)
{
    const Dim turns = type->dims[1];
    if (!type->dims[0].batch) {
        type->dims[1] = type->dims[0];
        type->dims[0] = turns;
    }
}

static bool make_scan(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_turns), n = p->count;
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const long long turns = type.dims[1].size;
    const bool last = strcmp(r->text, "last") == 0;
    if (last) { /* what is carried at the end */
        for (int k = 1; k + 1 < type.rank; k++)
            type.dims[k] = type.dims[k + 1];
        type.rank--;
    } else {
        stack(&type);
    }
    const char *name = random_use(p, x);
    if (!random_add(p, &type, 1.5, "%s%d", last ? "h" : "s", n))
        return false;
    Statement *s = &p->statements[n];
    const char *own = s->text;
    const char *next =
        random_chance(p, 50)
            ? arena_printf(p->arena, "h%d = tanh(h%d * 0.5 + %s[:, t]) * 1.25", n, n, name)
            : arena_printf(p->arena, "h%d = sigmoid(%s[:, %lld - t]) * h%d + 0.25 * sin(h%d)", n,
                           name, turns - 1, n, n);
    s->text = arena_printf(p->arena,
                           "s%d = scan t in 0..%lld with h%d = tanh(%s[:, 0]) {\n    %s\n"
                           "    yield h%d * 0.75\n}\n%s",
                           n, turns, n, name, next, n, own);
    return true;
}

static bool accepts_sequences(const Statement *s)
{
    return s->type.rank == 3 && s->type.dims[0].batch && accepts_turns(s) &&
           s->type.dims[1].size <= 5;
}

/* A layer over a sequence, f32[batch, turns, n]; the first value that it gives. */
static bool make_recurrent(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_sequences), n = p->count;
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.dims[2] = dim_fixed(2);
    const char *name = random_use(p, x);
    if (!random_add(p, &type, 8, "s%d", n))
        return false;
    Statement *s = &p->statements[n];
    const bool lstm = strcmp(r->name, "lstm") == 0;
    s->text = arena_printf(p->arena, "s%d, h%d%s = %s |> %s(2)\n%s", n, n,
                           lstm ? arena_printf(p->arena, ", c%d", n) : "", name, r->name, s->text);
    return true;
}

static bool accepts_row(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank == 2 && s->type.dims[0].batch &&
           s->type.dims[0].size == 1;
}

static bool make_cell(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_row);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.dims[1] = dim_fixed(2);
    return random_add(p, &type, 2, "%s", recipe_text(p, r, x, x));
}

/* clang-format off */
const Recipe random_scan[] = {
    {"scan", make_scan, "all", 0, 3}, {"scan", make_scan, "last", 0, 1},
    {"rnn", make_recurrent, "", 0, 1}, {"lstm", make_recurrent, "", 0, 1}, {"gru", make_recurrent, "", 0, 1},
    {"rnn_cell", make_cell, "rnn_cell(2)($0, full([batch, 2], 0.25))", 0, 1},
    {"gru_cell", make_cell, "gru_cell(2)($0, full([batch, 2], 0.25))", 0, 1},
    {"lstm_cell", make_cell, "lstm_cell(2)($0, full([batch, 2], 0.25), full([batch, 2], -0.5))[0]", 0, 1},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */
