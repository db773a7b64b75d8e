/* random_index.c -- recipes of random programs: elements at places that integers give, and running
 * sums. */
#include <string.h>

#include "tests/random_recipes.h"

static bool accepts_last(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank >= 1 &&
           !s->type.dims[s->type.rank - 1].batch;
}

static bool accepts_table(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank >= 1 && !s->type.dims[0].batch;
}

/* ---- places computed from the values ---- */

/* "i64(floor(v3 * 5 + 0.375)) % 4": an integer tensor of v3's shape, below n. */
static const char *places(RandomProgram *p, int value, long long n)
{
    return arena_printf(p->arena, "i64(floor(%s * 5 + 0.375)) %% %lld", random_use(p, value), n);
}

/* pick along the last axis. */
static bool make_pick(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0 || p->statements[x].type.rank < 2)
        return false;
    Type type = p->statements[x].type;
    const long long n = type.dims[--type.rank].size;
    const char *name = random_use(p, x);
    return random_add(p, &type, operand_size(p, x),
                      "%s(%s, i64(floor(sum(%s, axis = -1) * 5 + 0.375)) %% %lld)", r->name, name,
                      name, n);
}

static bool make_one_hot(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.dims[type.rank++] = dim_fixed(4);
    const char *at = places(p, x, 4), *name = random_use(p, x);
    const char *one = arena_printf(p->arena, "%s(%s, 4)", r->name, at);
    return random_add(p, &type, operand_size(p, x), "unsqueeze(%s, -1) * %s", name, one);
}

/* gather and take_along_axis along the last axis: each element is another of its row. */
static bool make_along(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const char *at = places(p, x, type.dims[type.rank - 1].size), *name = random_use(p, x);
    if (r->text[0] == 'i') /* the index before the axis */
        return random_add(p, &type, operand_size(p, x), "%s(%s, %s, -1)", r->name, name, at);
    return random_add(p, &type, operand_size(p, x), "%s(%s, -1, %s)", r->name, name, at);
}

static bool make_scatter_add(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const long long n = type.dims[type.rank - 1].size;
    const char *at = places(p, x, n), *name = random_use(p, x);
    return random_add(p, &type, operand_size(p, x) * (double)(n + 1), "%s(%s, -1, %s, tanh(%s))",
                      r->name, name, at, name);
}

/* ---- rows of a table ---- */

/* Three places of an axis, one of them twice or counted from the end. */
static const char *three_of(RandomProgram *p, int64_t size)
{
    const int n = (int)size, a = random_below(p, n), b = random_below(p, n) - n;
    return arena_printf(p->arena, "[%d, %d, %d]", a, b, random_chance(p, 50) ? a : b);
}

static bool make_rows(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_table);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const char *name = random_use(p, x), *rows = three_of(p, type.dims[0].size);
    const double size = operand_size(p, x);
    if (strcmp(r->name, "index_add") == 0)
        return random_add(p, &type, size * 4, "index_add(%s, 0, %s, take(%s, %s, 0))", name, rows,
                          name, rows);
    type.dims[0] = dim_fixed(3);
    if (strcmp(r->name, "take") == 0)
        return random_add(p, &type, size, "take(%s, %s, axis = 0)", name, rows);
    if (strcmp(r->name, "index_select") == 0)
        return random_add(p, &type, size, "index_select(%s, 0, %s)", name, rows);
    return random_add(p, &type, size, "%s[i64(%s)]", name, rows);
}

/* ---- running ---- */

static bool make_running(RandomProgram *p, const Recipe *r)
{
    static const char *const how[] = {"", "", ", exclusive = true", ", reverse = true",
                                      ", exclusive = true, reverse = true"};
    const int x = random_value(p, accepts_last);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const double n = (double)type.dims[type.rank - 1].size;
    const bool sums = strcmp(r->name, "cumsum") == 0;
    return random_add(p, &type, sums ? operand_size(p, x) * n + 1 : 5, "%s, %s = %d%s)",
                      recipe_text(p, r, x, x), random_chance(p, 50) ? "axis" : "dim",
                      random_chance(p, 50) ? -1 : type.rank - 1, how[random_below(p, 5)]);
}

/* clang-format off */
const Recipe random_index[] = {
    {"pick", make_pick, "", 0, 2}, {"one_hot", make_one_hot, "", 0, 1},
    {"gather", make_along, "", 0, 2}, {"take_along_axis", make_along, "index", 0, 1},
    {"scatter_add", make_scatter_add, "", 0, 1}, {"index_add", make_rows, "", 0, 1},
    {"take", make_rows, "", 0, 1}, {"index_select", make_rows, "", 0, 1}, {"index", make_rows, "", 0, 2},
    {"cumsum", make_running, "cumsum($0", 0, 2}, {"cumprod", make_running, "cumprod(tanh($0) * 1.25", 0, 2},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */
