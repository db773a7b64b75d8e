/* random_math.c -- what a random program's statements may be: elementwise functions, reductions and
 * losses.  Views, products and layers are in random_views.c and random_layers.c.
 *
 *     {"exp", make_same, "exp(tanh($0))", 2.8, 1}      of a float value, its type, at most 2.8
 *
 * Functions that are not everywhere defined, or grow fast, get operands brought into their domain.
 */
#include "tests/random_recipes.h"

#include <math.h>
#include <string.h>

/* ---- which operands ---- */

bool accepts_float(const Statement *s)
{
    return dtype_is_float(s->type.dtype);
}

bool accepts_f32(const Statement *s)
{
    return s->type.dtype == DT_F32;
}

bool accepts_number(const Statement *s)
{
    return s->type.dtype != DT_BOOL;
}

bool accepts_any(const Statement *s)
{
    return s->text != NULL;
}

static bool accepts_bool(const Statement *s)
{
    return s->type.dtype == DT_BOOL;
}

static bool accepts_signed(const Statement *s)
{
    return s->type.dtype != DT_BOOL && s->type.dtype != DT_U8;
}

/* ---- text ---- */

const char *recipe_text(RandomProgram *p, const Recipe *r, int a, int b)
{
    StrBuf out = strbuf_new(p->arena);
    for (const char *c = r->text; *c; c++) {
        if (*c == '$')
            strbuf_puts(&out, random_use(p, *++c == '0' ? a : b));
        else if (*c == '#')
            strbuf_printf(&out, "%d", p->count);
        else
            strbuf_putc(&out, *c);
    }
    return strbuf_text(&out);
}

double operand_size(const RandomProgram *p, int value)
{
    return p->statements[value].size;
}

/* ---- one operand ---- */

static bool make_of(RandomProgram *p, const Recipe *r, Accepts *accepts, DType dtype)
{
    const int x = random_value(p, accepts);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    if (dtype != DT_COUNT)
        type.dtype = dtype;
    const double size = r->size > 0 ? r->size : operand_size(p, x) + 1;
    return random_add(p, &type, size, "%s", recipe_text(p, r, x, x));
}

bool make_same(RandomProgram *p, const Recipe *r)
{
    return make_of(p, r, accepts_float, DT_COUNT);
}

static bool make_number(RandomProgram *p, const Recipe *r)
{
    return make_of(p, r, accepts_signed, DT_COUNT);
}

static bool make_anything(RandomProgram *p, const Recipe *r)
{
    return make_of(p, r, accepts_any, DT_COUNT);
}

static bool make_detach(RandomProgram *p, const Recipe *r)
{
    p->cut = random_chance(p, 20) || p->cut;
    return p->cut && make_of(p, r, accepts_float, DT_COUNT);
}

bool make_test(RandomProgram *p, const Recipe *r)
{
    return make_of(p, r, accepts_float, DT_BOOL);
}

bool make_logic(RandomProgram *p, const Recipe *r)
{
    return make_of(p, r, accepts_bool, DT_BOOL);
}

static bool make_random(RandomProgram *p, const Recipe *r)
{
    p->uses_rand = true;
    return make_of(p, r, accepts_f32, DT_F32);
}

/* A cast by its dtype's name. */
static bool make_cast(RandomProgram *p, const Recipe *r)
{
    DType dtype;
    const int x = random_value(p, accepts_any);
    if (!dtype_from_name(r->name, &dtype))
        return false;
    Type type = p->statements[x].type;
    const bool rounds = dtype_is_float(type.dtype) && !dtype_is_float(dtype);
    type.dtype = dtype;
    return random_add(p, &type, operand_size(p, x) * (rounds ? 4 : 1), "%s(%s%s)", r->name,
                      random_use(p, x), rounds && dtype != DT_U8 && dtype != DT_BOOL ? " * 4" : "");
}

/* ---- two operands ---- */

static bool broadcast(const Type *a, const Type *b, Type *out)
{
    *out = a->rank >= b->rank ? *a : *b;
    for (int k = 1; k <= out->rank; k++) {
        const Dim one = dim_fixed(1);
        const Dim x = k <= a->rank ? a->dims[a->rank - k] : one;
        const Dim y = k <= b->rank ? b->dims[b->rank - k] : one;
        if (!dim_equal(x, y) && !dim_is_one(x) && !dim_is_one(y))
            return false;
        out->dims[out->rank - k] = dim_is_one(x) ? y : x;
    }
    return type_batch_axis(out) < 0 ||
           (out->rank == 1 || out->dims[type_batch_axis(out)].batch); /* at most one */
}

/* Only one axis may be the batch. */
static bool one_batch(const Type *type)
{
    int count = 0;
    for (int k = 0; k < type->rank; k++)
        count += type->dims[k].batch;
    return count <= 1;
}

/* Two values that broadcast; *type is what they promote to. */
bool random_pair(RandomProgram *p, Accepts *accepts, int *a, int *b, Type *type)
{
    for (int turn = 0; turn < 12; turn++) {
        *a = random_value(p, accepts);
        *b = random_chance(p, 8) ? *a : random_value(p, accepts);
        if (*a < 0)
            return false;
        const Type *x = &p->statements[*a].type, *y = &p->statements[*b].type;
        if (!broadcast(x, y, type) || !one_batch(type))
            continue;
        /* In PyTorch a scalar tensor does not widen another of its kind: not stated here. */
        if (x->dtype != y->dtype && (x->rank == 0 || y->rank == 0))
            continue;
        type->dtype = dtype_promote(x->dtype, y->dtype);
        return true;
    }
    return false;
}

static double pair_size(const RandomProgram *p, const Recipe *r, int a, int b)
{
    const double x = operand_size(p, a), y = operand_size(p, b);
    if (r->size > 0)
        return r->size;
    return strcmp(r->name, "mul") == 0 || strcmp(r->name, "pow") == 0 ? x * y : x + y + 1;
}

static bool make_pair_of(RandomProgram *p, const Recipe *r, Accepts *accepts, bool compares)
{
    int a, b;
    Type type;
    if (!random_pair(p, accepts, &a, &b, &type))
        return false;
    if (compares)
        type.dtype = DT_BOOL;
    return random_add(p, &type, pair_size(p, r, a, b), "%s", recipe_text(p, r, a, b));
}

bool make_pair(RandomProgram *p, const Recipe *r)
{
    return make_pair_of(p, r, accepts_number, false);
}

bool make_float_pair(RandomProgram *p, const Recipe *r)
{
    return make_pair_of(p, r, accepts_float, false);
}

bool make_compare(RandomProgram *p, const Recipe *r)
{
    return make_pair_of(p, r, accepts_number, true);
}

bool make_logic_pair(RandomProgram *p, const Recipe *r)
{
    return make_pair_of(p, r, accepts_bool, true);
}

/* A condition that fits two values that broadcast: made of the first. */
static bool make_where(RandomProgram *p, const Recipe *r)
{
    return make_pair_of(p, r, accepts_float, false);
}

/* ---- reductions ---- */

static bool accepts_reduced(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank > 0;
}

static bool accepts_reduced_any(const Statement *s)
{
    return s->type.rank > 0;
}

/* axis = 1, dim = [0, -1] or nothing; keepdims or not; the type that is left in *type, and the
 * number of elements of one reduction. */
static const char *random_axes(RandomProgram *p, bool several, Type *type, double *count)
{
    bool gone[MAX_RANK] = {false};
    const bool keep = random_chance(p, 40);
    int chosen = several && random_chance(p, 40) ? 2 : 1;
    StrBuf axes = strbuf_new(p->arena);
    *count = 1;
    if (random_chance(p, several ? 25 : 0))
        chosen = 0;
    for (int i = 0; i < chosen; i++) {
        const int k = random_below(p, type->rank);
        if (gone[k])
            continue;
        gone[k] = true;
        strbuf_printf(&axes, "%s%d", i ? ", " : "", random_chance(p, 50) ? k : k - type->rank);
    }
    int rank = 0;
    Type out = {.dtype = type->dtype};
    for (int k = 0; k < type->rank; k++) {
        const bool reduced = gone[k] || chosen == 0;
        if (reduced)
            *count *= (double)type->dims[k].size * (type->dims[k].batch ? 5 : 1);
        if (!reduced || keep)
            out.dims[rank++] = reduced ? dim_fixed(1) : type->dims[k];
    }
    out.rank = rank;
    *type = out;
    const char *word = random_chance(p, 50) ? "axis" : "dim";
    const char *list = several && chosen
                           ? arena_printf(p->arena, ", %s = [%s]", word, strbuf_text(&axes))
                       : chosen ? arena_printf(p->arena, ", %s = %s", word, strbuf_text(&axes))
                                : "";
    return arena_printf(p->arena, "%s%s", list, keep ? ", keepdims = true" : "");
}

static bool make_reduction(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_reduced);
    double count;
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const char *axes = random_axes(p, true, &type, &count);
    const double size = operand_size(p, x);
    const bool sums = strcmp(r->name, "sum") == 0;
    const bool multiplies = strcmp(r->name, "prod") == 0;
    if (multiplies && (count > 12 || (type.dtype == DT_F16 && count > 4)))
        return false;
    return random_add(p, &type,
                      r->size > 0 ? r->size
                      : sums      ? size * count
                                  : size + 1,
                      "%s%s)", recipe_text(p, r, x, x), axes);
}

/* Of integers and bools: i64. */
static bool make_count(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_reduced_any);
    double count;
    if (x < 0 || dtype_is_float(p->statements[x].type.dtype))
        return false;
    Type type = p->statements[x].type;
    const char *axes = random_axes(p, true, &type, &count);
    const bool tests = r->size == 1;
    type.dtype = tests ? DT_BOOL : DT_I64;
    return random_add(p, &type, tests ? 1 : operand_size(p, x) * count, "%s%s)",
                      recipe_text(p, r, x, x), axes);
}

/* Of bools: any and all. */
static bool make_truth(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_bool);
    return x >= 0 && p->statements[x].type.rank > 0 && make_count(p, r);
}

static bool accepts_sliceable(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank > 0 &&
           !s->type.dims[s->type.rank - 1].batch;
}

/* argmax, argmin along the last axis. */
static bool make_place(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_sliceable);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const double places = (double)type.dims[type.rank - 1].size;
    type.rank--;
    type.dtype = DT_I64;
    return random_add(p, &type, places, "%s", recipe_text(p, r, x, x));
}

/* A normalising function along the last axis. */
static bool make_along(RandomProgram *p, const Recipe *r)
{
    return make_of(p, r, accepts_sliceable, DT_COUNT);
}

/* ---- losses: two values of one shape to a number ---- */

bool make_loss(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_f32);
    if (x < 0 || p->statements[x].type.rank == 0)
        return false;
    const Type type = type_scalar(DT_F32);
    return random_add(p, &type, r->size, "%s", recipe_text(p, r, x, x));
}

static bool accepts_scores(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank == 2 && !s->type.dims[1].batch &&
           s->type.dims[1].size > 1;
}

/* Scores and labels: [n, classes] and integers [n] made of their sums. */
static bool make_classes(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_scores);
    if (x < 0)
        return false;
    const Type type = type_scalar(DT_F32);
    const long long classes = p->statements[x].type.dims[1].size;
    const char *name = random_use(p, x);
    const char *label =
        arena_printf(p->arena, "i64(floor(sum(%s, axis = 1) * 7 + 0.375)) %% %lld", name, classes);
    StrBuf out = strbuf_new(p->arena);
    for (const char *c = r->text; *c; c++)
        if (*c == '$')
            strbuf_puts(&out, *++c == '0' ? name : label);
        else
            strbuf_putc(&out, *c);
    return random_add(p, &type, r->size, "%s", strbuf_text(&out));
}

/* clang-format off */
const Recipe random_math[] = {
    {"neg", make_number, "-$0", 0, 1},
    {"neg", make_number, "neg($0)", 0, 1},
    {"abs", make_number, "abs($0)", 0, 1},
    {"sign", make_number, "sign($0)", 1, 1},
    {"contiguous", make_anything, "contiguous($0)", 0, 1},
    {"detach", make_detach, "detach($0)", 0, 1},
    {"exp", make_same, "exp(tanh($0))", 2.8, 1},
    {"expm1", make_same, "expm1(sin($0))", 1.8, 1},
    {"log", make_same, "log($0 * $0 + 0.5)", 8, 1},
    {"log1p", make_same, "log1p(abs($0))", 4, 1},
    {"sqrt", make_same, "sqrt($0 * $0 + 0.25)", 0, 1},
    {"rsqrt", make_same, "rsqrt($0 * $0 + 0.25)", 2, 1},
    {"sin", make_same, "sin($0)", 1, 1},
    {"cos", make_same, "cos($0)", 1, 1},
    {"tanh", make_same, "tanh($0)", 1, 2},
    {"sigmoid", make_same, "sigmoid($0)", 1, 1},
    {"erf", make_same, "erf($0)", 1, 1},
    {"floor", make_same, "floor($0 * 3)", 80, 1},
    {"ceil", make_same, "ceil($0 * 3)", 80, 1},
    {"round", make_same, "round($0 * 3)", 80, 1},
    {"clamp", make_same, "clamp($0, -0.75, 1.25)", 1.25, 1},
    {"clamp", make_same, "clamp($0, min = 0.125)", 0, 1},
    {"isnan", make_test, "isnan($0)", 1, 1},
    {"not", make_logic, "not $0", 1, 1},
    {"f32", make_cast, "", 0, 2}, {"f64", make_cast, "", 0, 1}, {"f16", make_cast, "", 0, 1},
    {"bf16", make_cast, "", 0, 1}, {"i8", make_cast, "", 0, 1}, {"i16", make_cast, "", 0, 1},
    {"i32", make_cast, "", 0, 1}, {"i64", make_cast, "", 0, 1}, {"u8", make_cast, "", 0, 1},
    {"bool", make_cast, "", 0, 1},
    {"zeros_like", make_same, "zeros_like($0) + $0", 0, 1},
    {"ones_like", make_same, "ones_like($0) - $0", 0, 1},
    {"full_like", make_same, "full_like($0, 0.75) * $0", 0, 1},
    {"rand_like", make_random, "rand_like($0) * $0", 0, 1},
    {"randn_like", make_random, "$0 + tanh(randn_like($0))", 0, 1},
    {"rand", make_random, "$0 * rand(shape($0))", 0, 1},
    {"randn", make_random, "$0 + tanh(randn(shape($0)))", 0, 1},
    {"bernoulli", make_random, "$0 * bernoulli(0.5, shape($0))", 0, 1},
    {"randint", make_random, "$0 * randint(0, 3, shape($0))", 0, 1},
    /* two operands */
    {"add", make_pair, "$0 + $1", 0, 3},
    {"add", make_pair, "add($0, $1)", 0, 1},
    {"sub", make_pair, "$0 - $1", 0, 2},
    {"sub", make_pair, "sub($0, $1)", 0, 1},
    {"mul", make_pair, "$0 * $1", 0, 3},
    {"mul", make_pair, "mul($0, $1)", 0, 1},
    {"div", make_float_pair, "$0 / ($1 * $1 + 0.5)", 0, 2},
    {"div", make_float_pair, "div($0, 2 + tanh($1))", 0, 1},
    {"floordiv", make_pair, "$0 // (abs($1) + 1)", 0, 1},
    {"floordiv", make_float_pair, "floordiv($0, abs($1) + 1)", 0, 1},
    {"mod", make_pair, "$0 % (abs($1) + 2)", 0, 1},
    {"mod", make_float_pair, "mod($0, abs($1) + 1)", 0, 1},
    {"pow", make_float_pair, "(tanh($0) + 1.5) ** tanh($1)", 2.6, 1},
    {"pow", make_float_pair, "pow(sigmoid($0) + 0.5, sin($1))", 2.1, 1},
    {"pow", make_same, "$0 ** 2", 600, 1},
    {"pow", make_same, "tanh($0) ** 3", 1, 1},
    {"minimum", make_pair, "minimum($0, $1)", 0, 1},
    {"maximum", make_pair, "maximum($0, $1)", 0, 1},
    {"where", make_where, "where($0 > $1, $0, 2 * $1)", 0, 2},
    {"where", make_where, "where($0 > 0.3 and $1 < 0.7, $0 * 0.5, $1)", 0, 1},
    {"eq", make_compare, "$0 == $1", 1, 1},
    {"ne", make_compare, "$0 != $1", 1, 2},
    {"lt", make_compare, "$0 < $1", 1, 1},
    {"le", make_compare, "$0 <= $1", 1, 1},
    {"gt", make_compare, "$0 > $1", 1, 1},
    {"ge", make_compare, "$0 >= $1", 1, 1},
    {"and", make_logic_pair, "$0 and $1", 1, 1},
    {"or", make_logic_pair, "$0 or not $1", 1, 1},
    /* reductions */
    {"sum", make_reduction, "sum($0", 0, 3},
    {"mean", make_reduction, "mean($0", 0, 2},
    {"prod", make_reduction, "prod(tanh($0) * 1.25", 15, 1},
    {"var", make_reduction, "var($0, correction = 0", 600, 1},
    {"std", make_reduction, "std($0 + 0.5 * cos($0), correction = 0", 0, 1},
    {"max", make_reduction, "max($0", 0, 1},
    {"min", make_reduction, "min($0", 0, 1},
    {"logsumexp", make_reduction, "logsumexp($0", 0, 1},
    {"norm", make_reduction, "norm($0", 80, 1},
    {"sum", make_count, "sum($0", 0, 1},
    {"prod", make_count, "prod(sign(i64($0))", 1.5, 1},
    {"any", make_truth, "any($0", 1, 1},
    {"all", make_truth, "all($0", 1, 1},
    {"argmax", make_place, "argmax($0, axis = -1)", 0, 1},
    {"argmin", make_place, "argmin($0, axis = -1)", 0, 1},
    {"pick", make_place, "i64(floor(pick($0, argmax($0, axis = -1)) * 3))", 80, 1},
    /* activations and losses of the library */
    {"relu", make_same, "relu($0)", 0, 1}, {"relu6", make_same, "relu6($0)", 6, 1},
    {"leaky_relu", make_same, "leaky_relu($0, 0.1)", 0, 1}, {"elu", make_same, "elu($0)", 0, 1},
    {"selu", make_same, "selu($0)", 45, 1}, {"gelu", make_same, "gelu($0)", 0, 1},
    {"gelu_tanh", make_same, "gelu_tanh($0)", 0, 1},
    {"silu", make_same, "silu($0)", 0, 1}, {"softplus", make_same, "softplus($0)", 0, 1},
    {"logsigmoid", make_same, "logsigmoid($0)", 0, 1}, {"mish", make_same, "mish($0)", 0, 1},
    {"softsign", make_same, "softsign($0)", 1, 1}, {"hardtanh", make_same, "hardtanh($0)", 1, 1},
    {"softmax", make_along, "softmax($0)", 1, 1}, {"log_softmax", make_along, "log_softmax($0)", 60, 1},
    {"erfinv", make_same, "erfinv(0.75 * tanh($0))", 1, 1}, {"normal_cdf", make_same, "normal_cdf($0)", 1, 1},
    {"mse_loss", make_loss, "mse_loss($0, sin($1))", 700, 1},
    {"l1_loss", make_loss, "l1_loss($0, cos($1))", 30, 1},
    {"huber_loss", make_loss, "huber_loss($0, sin($1), delta = 0.75)", 30, 1},
    {"bce_with_logits", make_loss, "bce_with_logits($0, sigmoid($1))", 60, 1},
    {"bce_loss", make_loss, "bce_loss(sigmoid(sin($0)), sigmoid($1))", 60, 1},
    {"kl_div", make_loss, "kl_div(sin($0), sigmoid($1))", 900, 1},
    {"mae", make_loss, "mae($0, cos($1))", 30, 1},
    {"rmse", make_loss, "rmse($0 + 1.5, cos($1))", 30, 1},
    {"cross_entropy", make_classes, "cross_entropy($0, $1)", 60, 1},
    {"cross_entropy", make_classes, "cross_entropy($0, $1, label_smoothing = 0.125)", 60, 1},
    {"nll_loss", make_classes, "nll_loss(log_softmax($0), $1)", 60, 1},
    {"accuracy", make_classes, "accuracy($0, $1)", 1, 1},
    {"perplexity", make_classes, "log(perplexity($0 * 0.1, $1))", 60, 1},
    {"smooth_l1_loss", make_loss, "smooth_l1_loss($0, sin($1), beta = 0.5)", 30, 1},
    {"hinge_loss", make_loss, "hinge_loss(sin($0), cos($1))", 3, 1},
    {"margin_ranking_loss", make_loss, "margin_ranking_loss(sin($0), cos($1), tanh($0), margin = 0.25)", 4, 1},
    {"multi_margin_loss", make_classes, "multi_margin_loss($0, $1, margin = 0.75)", 60, 1},
    {"cosine_embedding_loss", make_classes, "cosine_embedding_loss($0, cos($0) + 1.5, 1 - 2 * f32($1 % 2), margin = 0.25)", 3, 1},
    {"topk_accuracy", make_classes, "topk_accuracy($0, $1, k = 2)", 1, 1},
    {"confusion_matrix", make_classes, "f32(trace(confusion_matrix($0, $1)))", 60, 1},
    {"precision", make_classes, "precision($0, $1)", 1, 1}, {"recall", make_classes, "recall($0, $1)", 1, 1},
    {"f1_score", make_classes, "f1_score($0, $1)", 1, 1},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */
