/* random_functions.c -- recipes of random programs: what is written in terms of few operations, and
 * einsum. */
#include "tests/random_recipes.h"

static bool accepts_vector(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank == 1 && !s->type.dims[0].batch;
}

/* The last axis, or the last two, are not the batch. */
static bool accepts_last(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank >= 1 &&
           !s->type.dims[s->type.rank - 1].batch;
}

static bool accepts_matrices(const Statement *s)
{
    return s->type.rank >= 2 && accepts_last(s) && !s->type.dims[s->type.rank - 2].batch;
}

static bool accepts_rows(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank == 2 && accepts_last(s);
}

static bool keep_type(RandomProgram *p, const Recipe *r, Accepts *accepts)
{
    const int x = random_value(p, accepts);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const double size = operand_size(p, x);
    return random_add(p, &type, r->size > 0 ? r->size : size * size + size + 1, "%s",
                      recipe_text(p, r, x, x));
}

static bool make_vector(RandomProgram *p, const Recipe *r)
{
    return keep_type(p, r, accepts_vector);
}

static bool make_last(RandomProgram *p, const Recipe *r)
{
    return keep_type(p, r, accepts_last);
}

static bool make_matrices(RandomProgram *p, const Recipe *r)
{
    return keep_type(p, r, accepts_matrices);
}

static bool make_trace(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_vector);
    if (x < 0)
        return false;
    const Type type = type_scalar(p->statements[x].type.dtype);
    const double size = operand_size(p, x);
    return random_add(p, &type, size * size * (double)p->statements[x].type.dims[0].size, "%s",
                      recipe_text(p, r, x, x));
}

static bool make_dstack(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_vector);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.rank = 3;
    type.dims[1] = type.dims[0];
    type.dims[0] = dim_fixed(1);
    type.dims[2] = dim_fixed(2);
    return random_add(p, &type, operand_size(p, x), "%s", recipe_text(p, r, x, x));
}

static bool make_tile(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.dims[type.rank - 1].size *= 2;
    return random_add(p, &type, operand_size(p, x), "%s", recipe_text(p, r, x, x));
}

/* Over the first axis, which may be the batch: [n, n]; or over the second: [first]. */
static bool make_einsum(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_rows);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const double size = operand_size(p, x);
    if (random_chance(p, 50)) {
        const double turns = (double)type.dims[0].size * (type.dims[0].batch ? 5 : 1);
        type.dims[0] = type.dims[1];
        return random_add(p, &type, size * size * turns, "einsum(\"bi,bj->ij\", %s, sin(%s))",
                          random_use(p, x), random_use(p, x));
    }
    const double turns = (double)type.dims[1].size;
    type.rank = 1;
    return random_add(p, &type, size * size * turns, "%s(\"...i,...i->...\", %s, %s)", r->name,
                      random_use(p, x), random_use(p, x));
}

/* clang-format off */
const Recipe random_functions[] = {
    {"exp2", make_same, "exp2(tanh($0))", 2, 1}, {"log2", make_same, "log2($0 * $0 + 0.5)", 12, 1},
    {"log10", make_same, "log10($0 * $0 + 0.5)", 4, 1}, {"sinh", make_same, "sinh(tanh($0))", 1.2, 1},
    {"cosh", make_same, "cosh(tanh($0))", 1.6, 1}, {"tan", make_same, "tan(0.75 * sin($0))", 1, 1},
    {"atan", make_same, "atan($0)", 1.6, 1}, {"asin", make_same, "asin(0.75 * tanh($0))", 1, 1},
    {"acos", make_same, "acos(0.75 * tanh($0))", 2.5, 1}, {"square", make_same, "square($0)", 600, 1},
    {"reciprocal", make_same, "reciprocal($0 * $0 + 0.5)", 2, 1},
    {"trunc", make_same, "trunc($0 * 3)", 80, 1}, {"frac", make_same, "frac($0 * 3)", 1, 1},
    {"atan2", make_float_pair, "atan2($0, $1 * $1 + 0.5)", 1.6, 1},
    {"remainder", make_pair, "remainder($0, abs($1) + 2)", 0, 1},
    {"fmod", make_float_pair, "fmod($0, abs($1) + 2)", 0, 1},
    {"isinf", make_test, "isinf($0)", 1, 1}, {"isfinite", make_test, "isfinite($0)", 1, 1},
    {"isclose", make_compare, "isclose(f32($0), f32($1))", 1, 1},
    {"allclose", make_loss, "f32(allclose($0, sin($1)))", 1, 1},
    {"logical_and", make_logic_pair, "logical_and($0, $1)", 1, 1},
    {"logical_or", make_logic_pair, "logical_or($0, $1)", 1, 1},
    {"logical_xor", make_logic_pair, "logical_xor($0, $1)", 1, 1},
    {"logical_not", make_logic, "logical_not($0)", 1, 1},
    {"swapaxes", make_last, "swapaxes(swapaxes($0, 0, -1) * 0.5, -1, 0)", 0, 1},
    {"movedim", make_last, "movedim(movedim($0, 0, -1) * 0.5, -1, 0)", 0, 1},
    {"broadcast_to", make_last, "broadcast_to($0, shape($0))", 0, 1},
    {"chunk", make_last, "concat(chunk($0, 2, -1), -1)", 0, 1},
    {"unbind", make_last, "stack(unbind($0, -1), -1)", 0, 1},
    {"diag", make_vector, "diag(diag($0))", 0, 1},
    {"diagonal", make_vector, "diagonal(outer($0, sin($0)))", 0, 1},
    {"dstack", make_dstack, "dstack([$0, $0])", 0, 1}, {"tile", make_tile, "tile($0, 2)", 0, 1},
    {"tril", make_matrices, "tril($0)", 0, 1}, {"triu", make_matrices, "triu($0, -1)", 0, 1},
    {"trace", make_trace, "trace(outer($0, cos($0)))", 0, 1},
    {"einsum", make_einsum, "", 0, 2},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */
