/* interp.c -- the value of each operation, from its line in ops.def.
 *
 *     %0 = iota axis=0 : f64[3]                    0 1 2
 *     %1 = sum %0 axes=[0] : f64[1]        =>      3
 *
 * A row of ops.def without a value here is seen by interp_has(), which check_grad.c asks. */
#include "tests/interp.h"

#include <math.h>
#include <string.h>

#include "ir/scan.h"

/* One node at work: operands x[k], the result y of count elements. */
typedef struct Step {
    const Interp *in;
    const Node *node;
    double **x;
    double *y;
    int64_t count;
} Step;

typedef void Rule(Step *s);

/* ---- elementwise: a value from one element of each operand ---- */

typedef double EwiseRule(const double *x);

/* clang-format off */
static double value_same(const double *x)     { return x[0]; }
static double value_neg(const double *x)      { return -x[0]; }
static double value_abs(const double *x)      { return fabs(x[0]); }
static double value_sign(const double *x)     { return isnan(x[0]) ? x[0] : (x[0] > 0) - (x[0] < 0); }
static double value_exp(const double *x)      { return exp(x[0]); }
static double value_expm1(const double *x)    { return expm1(x[0]); }
static double value_exp2(const double *x)     { return exp2(x[0]); }
static double value_log(const double *x)      { return log(x[0]); }
static double value_log1p(const double *x)    { return log1p(x[0]); }
static double value_log2(const double *x)     { return log2(x[0]); }
static double value_log10(const double *x)    { return log10(x[0]); }
static double value_sqrt(const double *x)     { return sqrt(x[0]); }
static double value_rsqrt(const double *x)    { return 1 / sqrt(x[0]); }
static double value_sin(const double *x)      { return sin(x[0]); }
static double value_cos(const double *x)      { return cos(x[0]); }
static double value_sinh(const double *x)     { return sinh(x[0]); }
static double value_cosh(const double *x)     { return cosh(x[0]); }
static double value_tanh(const double *x)     { return tanh(x[0]); }
static double value_sigmoid(const double *x)  { return 1 / (1 + exp(-x[0])); }
static double value_erf(const double *x)      { return erf(x[0]); }
static double value_floor(const double *x)    { return floor(x[0]); }
static double value_ceil(const double *x)     { return ceil(x[0]); }
static double value_round(const double *x)    { return rint(x[0]); }
static double value_isnan(const double *x)    { return isnan(x[0]); }
static double value_not(const double *x)      { return x[0] == 0; }
static double value_add(const double *x)      { return x[0] + x[1]; }
static double value_sub(const double *x)      { return x[0] - x[1]; }
static double value_mul(const double *x)      { return x[0] * x[1]; }
static double value_div(const double *x)      { return x[0] / x[1]; }
/* By the exact remainder: 6 // 0.1 is 59, for 0.1 is a little more than a tenth. */
static double value_floordiv(const double *x)
{
    double rest = fmod(x[0], x[1]);
    if (rest != 0 && (rest < 0) != (x[1] < 0))
        rest += x[1];
    return round((x[0] - rest) / x[1]);
}
static double value_mod(const double *x)      { return x[0] - floor(x[0] / x[1]) * x[1]; }
static double value_pow(const double *x)      { return pow(x[0], x[1]); }
static double value_atan2(const double *x)    { return atan2(x[0], x[1]); }
static double value_minimum(const double *x)  { return isnan(x[0]) || x[0] < x[1] ? x[0] : x[1]; }
static double value_maximum(const double *x)  { return isnan(x[0]) || x[0] > x[1] ? x[0] : x[1]; }
static double value_eq(const double *x)       { return x[0] == x[1]; }
static double value_ne(const double *x)       { return x[0] != x[1]; }
static double value_lt(const double *x)       { return x[0] < x[1]; }
static double value_le(const double *x)       { return x[0] <= x[1]; }
static double value_gt(const double *x)       { return x[0] > x[1]; }
static double value_ge(const double *x)       { return x[0] >= x[1]; }
static double value_and(const double *x)      { return x[0] != 0 && x[1] != 0; }
static double value_or(const double *x)       { return x[0] != 0 || x[1] != 0; }
static double value_where(const double *x)    { return x[0] != 0 ? x[1] : x[2]; }

static EwiseRule *const ewise_rules[OP_COUNT] = {
    [OP_cast] = value_same,       [OP_detach] = value_same,     [OP_neg] = value_neg,
    [OP_abs] = value_abs,         [OP_sign] = value_sign,       [OP_exp] = value_exp,
    [OP_expm1] = value_expm1,     [OP_log] = value_log,         [OP_log1p] = value_log1p,
    [OP_sqrt] = value_sqrt,       [OP_rsqrt] = value_rsqrt,     [OP_sin] = value_sin,
    [OP_cos] = value_cos,         [OP_tanh] = value_tanh,       [OP_sigmoid] = value_sigmoid,
    [OP_erf] = value_erf,         [OP_floor] = value_floor,     [OP_ceil] = value_ceil,
    [OP_round] = value_round,     [OP_isnan] = value_isnan,     [OP_not] = value_not,
    [OP_add] = value_add,         [OP_sub] = value_sub,         [OP_mul] = value_mul,
    [OP_div] = value_div,         [OP_floordiv] = value_floordiv, [OP_mod] = value_mod,
    [OP_pow] = value_pow,         [OP_minimum] = value_minimum, [OP_maximum] = value_maximum,
    [OP_exp2] = value_exp2,       [OP_log2] = value_log2,       [OP_log10] = value_log10,
    [OP_sinh] = value_sinh,       [OP_cosh] = value_cosh,       [OP_atan2] = value_atan2,
    [OP_eq] = value_eq,           [OP_ne] = value_ne,           [OP_lt] = value_lt,
    [OP_le] = value_le,           [OP_gt] = value_gt,           [OP_ge] = value_ge,
    [OP_and] = value_and,         [OP_or] = value_or,           [OP_where] = value_where,
};
/* clang-format on */

/* Where integers are not rounded reals: division by zero gives 0, a power below 1 is cut off. */
static double integer_value(const Step *s, const double *x, double value)
{
    const Op op = s->node->op;
    if ((op == OP_floordiv || op == OP_mod) && x[1] == 0)
        return 0;
    return op == OP_pow ? trunc(value) : value;
}

static void run_ewise(Step *s)
{
    const Node *n = s->node;
    for (int64_t i = 0; i < s->count; i++) {
        double x[3] = {0};
        for (int k = 0; k < n->arity; k++)
            x[k] = s->x[k][i];
        s->y[i] = ewise_rules[n->op](x);
        if (dtype_is_int(n->args[0]->type.dtype) && dtype_is_int(n->type.dtype))
            s->y[i] = integer_value(s, x, s->y[i]);
    }
}

/* ---- indices ---- */

static int64_t axis_size(const Interp *in, const Type *type, int axis)
{
    return type->dims[axis].size * (type->dims[axis].batch ? in->batch : 1);
}

/* The index along each axis of element i, and back. */
static void place_of(const Interp *in, const Type *type, int64_t i, int64_t *place)
{
    for (int k = type->rank - 1; k >= 0; k--) {
        place[k] = i % axis_size(in, type, k);
        i /= axis_size(in, type, k);
    }
}

static int64_t index_of(const Interp *in, const Type *type, const int64_t *place)
{
    int64_t i = 0;
    for (int k = 0; k < type->rank; k++)
        i = i * axis_size(in, type, k) + place[k];
    return i;
}

/* ---- sources ---- */

/* In [0, 1): anything that looks random and depends on key, element and turn alone; splitmix64. */
static double random_bits(uint64_t key, uint64_t i, uint64_t turn)
{
    uint64_t z = key + UINT64_C(0x9E3779B97F4A7C15) * (2 * i + turn + 1);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return ldexp((double)((z ^ (z >> 31)) >> 11), -53);
}

static double random_value(const Step *s, int64_t i)
{
    const uint64_t key = s->node->attr.key;
    const double first = random_bits(key, (uint64_t)i, 0);
    if (s->node->op == OP_uniform)
        return first;
    const double angle = 2 * acos(-1) * random_bits(key, (uint64_t)i, 1);
    return sqrt(-2 * log(1 - first)) * cos(angle); /* Box and Muller */
}

static double source_value(const Step *s, int64_t i)
{
    const Node *n = s->node;
    int64_t place[MAX_RANK];
    switch (n->op) {
    case OP_const:
        return scalar_as_double(n->attr.elements ? n->attr.elements[i] : n->attr.value);
    case OP_iota:
        place_of(s->in, &n->type, i, place);
        return (double)place[n->attr.axes[0]];
    case OP_option:
        return s->in->model->options.data[n->attr.slot].value;
    case OP_counter:
        return s->in->counters[n->attr.slot];
    case OP_arg:
        return s->in->args[n->attr.slot][i];
    case OP_turn:
        return (double)s->in->turn;
    case OP_uniform:
    case OP_normal:
        return random_value(s, i);
    default: /* input, param, state */
        return s->in->vars[n->attr.slot][i];
    }
}

static void run_source(Step *s)
{
    for (int64_t i = 0; i < s->count; i++)
        s->y[i] = source_value(s, i);
}

/* ---- views ---- */

/* Where in the operand the result's element at `place` is. */
static void view_place(const Step *s, const int64_t *place, int64_t *from)
{
    const Node *n = s->node;
    for (int k = 0; k < n->type.rank; k++) {
        if (n->op == OP_permute)
            from[n->attr.axes[k]] = place[k];
        else if (n->op == OP_expand)
            from[k] = dim_is_one(n->args[0]->type.dims[k]) ? 0 : place[k];
        else
            from[k] = n->attr.start[k] + place[k] * n->attr.step[k];
    }
}

static void run_view(Step *s)
{
    int64_t place[MAX_RANK], from[MAX_RANK];
    for (int64_t i = 0; i < s->count; i++) {
        place_of(s->in, &s->node->type, i, place);
        view_place(s, place, from);
        s->y[i] = s->x[0][index_of(s->in, &s->node->args[0]->type, from)];
    }
}

static void run_reshape(Step *s)
{
    for (int64_t i = 0; i < s->count; i++)
        s->y[i] = s->x[0][i];
}

static void run_pad(Step *s)
{
    const Node *n = s->node;
    const Type *part = &n->args[0]->type;
    int64_t place[MAX_RANK];
    for (int64_t i = 0; i < s->count; i++)
        s->y[i] = scalar_as_double(n->attr.value);
    for (int64_t i = 0; i < interp_count(s->in, part); i++) {
        place_of(s->in, part, i, place);
        for (int k = 0; k < part->rank; k++)
            place[k] = n->attr.start[k] + place[k] * n->attr.step[k];
        s->y[index_of(s->in, &n->type, place)] = s->x[0][i];
    }
}

static void run_concat(Step *s)
{
    const Node *n = s->node;
    const int axis = n->attr.axes[0];
    int64_t place[MAX_RANK], before = 0;
    for (int k = 0; k < n->arity; k++) {
        const Type *part = &n->args[k]->type;
        for (int64_t i = 0; i < interp_count(s->in, part); i++) {
            place_of(s->in, part, i, place);
            place[axis] += before;
            s->y[index_of(s->in, &n->type, place)] = s->x[k][i];
        }
        before += axis_size(s->in, part, axis);
    }
}

/* Each element of y[.. o, k ..] with its place in x[.. i ..]: one is copied to, or added to, the
 * other. */
static void run_window(Step *s)
{
    const Node *n = s->node;
    const bool folds = n->op == OP_fold;
    const Type *spread = folds ? &n->args[0]->type : &n->type;
    const Type *whole = folds ? &n->type : &n->args[0]->type;
    const int axis = n->attr.axes[0];
    int64_t place[MAX_RANK], from[MAX_RANK];
    for (int64_t i = 0; i < interp_count(s->in, spread); i++) {
        place_of(s->in, spread, i, place);
        for (int k = 0; k < whole->rank; k++)
            from[k] = k < axis   ? place[k]
                      : k > axis ? place[k + 1]
                                 : place[k] * n->attr.step[0] + place[k + 1] * n->attr.step[1];
        const int64_t at = index_of(s->in, whole, from);
        if (folds)
            s->y[at] += s->x[0][i];
        else
            s->y[i] = s->x[0][at];
    }
}

/* ---- reductions ---- */

/* A NaN is the largest and the smallest at once; the first of equals stays. */
static bool is_better(Op op, double value, double best)
{
    if (isnan(value) || isnan(best))
        return !isnan(best);
    return op == OP_max || op == OP_argmax ? value > best : value < best;
}

static double reduce_start(Op op)
{
    switch (op) {
    case OP_sum:
        return 0;
    case OP_prod:
        return 1;
    default:
        return op == OP_max || op == OP_argmax ? -INFINITY : INFINITY;
    }
}

static double reduce_step(Op op, double total, double value)
{
    if (op == OP_sum)
        return total + value;
    if (op == OP_prod)
        return total * value;
    return is_better(op, value, total) ? value : total;
}

/* Each element of x goes to the element of y that has 0 for the reduced axes. */
static void run_reduce(Step *s)
{
    const Node *n = s->node, *x = n->args[0];
    const bool finds = n->op == OP_argmax || n->op == OP_argmin;
    const int64_t count = interp_count(s->in, &x->type);
    double *best = arena_array(s->in->arena, double, s->count);
    int64_t place[MAX_RANK];
    for (int64_t i = 0; i < s->count; i++)
        best[i] = reduce_start(n->op);
    for (int64_t i = 0; i < count; i++) {
        place_of(s->in, &x->type, i, place);
        const int64_t found = place[n->attr.axes[0]];
        for (int k = 0; k < n->attr.axis_count; k++)
            place[n->attr.axes[k]] = 0;
        const int64_t to = index_of(s->in, &n->type, place);
        if (finds && is_better(n->op, s->x[0][i], best[to]))
            s->y[to] = (double)found;
        best[to] = reduce_step(n->op, best[to], s->x[0][i]);
    }
    for (int64_t i = 0; i < s->count && !finds; i++)
        s->y[i] = best[i];
}

/* ---- products ---- */

/* The different letters of a product, each with its size. */
typedef struct Labels {
    int count;
    char letter[26];
    int64_t size[26];
} Labels;

static int label_index(const Labels *labels, char letter)
{
    int i = 0;
    while (i < labels->count && labels->letter[i] != letter)
        i++;
    return i;
}

static void labels_add(Labels *labels, const Interp *in, const char *letters, const Type *type)
{
    for (int k = 0; k < type->rank; k++) {
        const int i = label_index(labels, letters[k]);
        labels->letter[i] = letters[k];
        labels->size[i] = axis_size(in, type, k);
        if (i == labels->count)
            labels->count++;
    }
}

/* The element of a tensor where each label has its turn. */
static int64_t labels_index(const Labels *labels, const Interp *in, const char *letters,
                            const Type *type, const int64_t *turn)
{
    int64_t place[MAX_RANK];
    for (int k = 0; k < type->rank; k++)
        place[k] = turn[label_index(labels, letters[k])];
    return index_of(in, type, place);
}

/* All combinations of all labels: each adds one product. */
static void run_contract(Step *s)
{
    const Node *n = s->node;
    const char *const *letters = n->attr.labels;
    const Type *a = &n->args[0]->type, *b = &n->args[1]->type;
    Labels labels = {0};
    labels_add(&labels, s->in, letters[0], a);
    labels_add(&labels, s->in, letters[1], b);
    int64_t turns = 1, turn[26];
    for (int k = 0; k < labels.count; k++)
        turns *= labels.size[k];
    for (int64_t t = 0; t < turns; t++) {
        int64_t rest = t;
        for (int k = labels.count - 1; k >= 0; k--) {
            turn[k] = rest % labels.size[k];
            rest /= labels.size[k];
        }
        s->y[labels_index(&labels, s->in, letters[2], &n->type, turn)] +=
            s->x[0][labels_index(&labels, s->in, letters[0], a, turn)] *
            s->x[1][labels_index(&labels, s->in, letters[1], b, turn)];
    }
}

/* One element of what is picked after the other: it is read at its place, or added there. */
static void run_index(Step *s)
{
    const Node *n = s->node;
    const bool reads = n->op == OP_gather;
    const char *const *letters = n->attr.labels;
    const Type *table = reads ? &n->args[0]->type : &n->type;
    const Type *picked = reads ? &n->type : &n->args[0]->type, *index = &n->args[1]->type;
    const int64_t size = table->dims[n->attr.axes[0]].size, count = interp_count(s->in, picked);
    Labels labels = {0};
    labels_add(&labels, s->in, letters[2], picked);
    for (int64_t i = 0; i < count; i++) {
        int64_t place[MAX_RANK], turn[26], rest = i;
        for (int k = labels.count - 1; k >= 0; k--) {
            turn[k] = rest % labels.size[k];
            rest /= labels.size[k];
        }
        const int64_t at = (int64_t)s->x[1][labels_index(&labels, s->in, letters[1], index, turn)];
        for (int k = 0; k < table->rank; k++)
            place[k] = k == n->attr.axes[0] ? (at < 0 ? at + size : at)
                                            : turn[label_index(&labels, letters[0][k])];
        const int64_t there = index_of(s->in, table, place);
        if (reads)
            s->y[i] = s->x[0][there];
        else
            s->y[there] += s->x[0][i];
    }
}

/* ---- running totals ---- */

/* Each element from all that are in its total: nothing is shared with what is tested. */
static void run_running(Step *s)
{
    const Node *n = s->node;
    const int axis = n->attr.axes[0];
    const bool product = n->op == OP_cumprod, exclusive = n->attr.exclusive;
    const int64_t size = axis_size(s->in, &n->type, axis);
    int64_t place[MAX_RANK];
    for (int64_t i = 0; i < s->count; i++) {
        place_of(s->in, &n->type, i, place);
        const int64_t own = place[axis];
        double total = product;
        for (int64_t k = 0; k < size; k++) {
            const bool counts = n->attr.reverse ? k > own : k < own;
            place[axis] = k;
            const double x = s->x[0][index_of(s->in, &n->type, place)];
            if (counts || (k == own && !exclusive))
                total = product ? total * x : total + x;
        }
        s->y[i] = total;
    }
}

/* ---- loops ---- */

/* Copies between a stack and the part of it that belongs to a turn. */
static void copy_turn(const Interp *in, double *stack, const Type *type, int axis, int64_t turn,
                      double *part, bool into)
{
    const int64_t count = interp_count(in, type);
    int64_t inner = 1;
    for (int k = axis + 1; k < type->rank; k++)
        inner *= type->dims[k].size * (type->dims[k].batch ? in->batch : 1);
    for (int64_t i = 0, p = 0; i < count; i++) {
        if (i / inner % type->dims[axis].size != turn)
            continue;
        *(into ? &stack[i] : &part[p]) = *(into ? &part[p] : &stack[i]);
        p++;
    }
}

/* The operands as one turn sees them; of sequences, its part. */
static double **turn_operands(const Interp *in, const Node *n, double **x, int64_t turn)
{
    const Scan *s = n->attr.scan;
    double **args = arena_array(in->arena, double *, n->arity + 1);
    for (int k = 0; k < n->arity; k++) {
        const int along = k < s->carries ? -1 : s->along.data[k - s->carries];
        args[k] = x[k];
        if (along < 0)
            continue;
        args[k] = arena_array(in->arena, double, interp_count(in, &n->args[k]->type));
        copy_turn(in, x[k], &n->args[k]->type, along, turn, args[k], false);
    }
    return args;
}

/* Turn after turn.  The value is that of each result, a pointer to each. */
static double *run_scan(const Interp *in, const Node *n, double **x)
{
    const Scan *s = n->attr.scan;
    const int results = s->body->results.count;
    double **outs = arena_array(in->arena, double *, results + 1);
    for (int k = 0; k < results; k++) {
        Type type = s->body->results.data[k].node->type;
        if (k >= s->carries)
            type = scan_stacked(&type, s->yields.data[k - s->carries], s->turns);
        outs[k] = k < s->carries ? x[k] : arena_array(in->arena, double, interp_count(in, &type));
    }
    for (int64_t t = 0; t < s->turns; t++) {
        Interp inner = *in;
        inner.turn = s->backward ? s->turns - 1 - t : t;
        inner.args = turn_operands(in, n, x, inner.turn);
        for (int k = 0; k < s->carries; k++)
            inner.args[k] = outs[k];
        double **values = interp_run(&inner, s->body);
        for (int k = 0; k < results; k++) {
            const Node *result = s->body->results.data[k].node;
            if (k < s->carries) {
                outs[k] = values[result->id];
                continue;
            }
            const int axis = s->yields.data[k - s->carries];
            const Type type = scan_stacked(&result->type, axis, s->turns);
            copy_turn(in, outs[k], &type, axis, inner.turn, values[result->id], true);
        }
    }
    return (double *)outs;
}

static void run_scan_out(Step *s)
{
    s->y = ((double **)s->x[0])[s->node->attr.slot];
}

static void run_nothing(Step *s)
{
    (void)s;
}

/* ---- a graph ---- */

/* No default: a new class, or a new view, is a compiler's warning or has no rule. */
static Rule *rule_of(Op op)
{
    switch (op_info[op].class) {
    case CLASS_SOURCE:
        return run_source;
    case CLASS_EWISE:
        return ewise_rules[op] ? run_ewise : NULL;
    case CLASS_VIEW:
        if (op == OP_permute || op == OP_expand || op == OP_slice)
            return run_view;
        return op == OP_reshape  ? run_reshape
               : op == OP_pad    ? run_pad
               : op == OP_concat ? run_concat
               : op == OP_window ? run_window
                                 : NULL;
    case CLASS_REDUCE:
        return op == OP_fold ? run_window : run_reduce;
    case CLASS_CONTRACT:
        return op == OP_contract ? run_contract : NULL;
    case CLASS_INDEX:
        return op == OP_gather || op == OP_scatter ? run_index : NULL;
    case CLASS_RUNNING:
        return op == OP_cumsum || op == OP_cumprod ? run_running : NULL;
    case CLASS_LOOP:
        return op == OP_scan ? run_nothing : run_scan_out;
    case CLASS_META:
        return NULL;
    }
    return NULL;
}

bool interp_has(Op op)
{
    return rule_of(op) != NULL;
}

/* The value as the dtype has it: floats rounded, integers cut off and wrapped. */
static double hold(const Interp *in, DType dtype, double value)
{
    if (dtype_is_float(dtype))
        return in->exact ? value : scalar_float(dtype, value).f;
    if (dtype == DT_BOOL)
        return value != 0;
    if (dtype == DT_I64)
        return trunc(value);
    const double modulus = ldexp(1, 8 * dtype_info[dtype].bytes);
    value = trunc(value);
    value -= floor(value / modulus) * modulus;
    return dtype_info[dtype].is_signed && value >= modulus / 2 ? value - modulus : value;
}

/* Floats become integers by stopping at the ends of the dtype, not by wrapping; NaN is 0. */
static double cast_value(const Interp *in, const Node *n, double value)
{
    const DType to = n->type.dtype;
    if (!dtype_is_float(n->args[0]->type.dtype) || !dtype_is_int(to))
        return hold(in, to, value);
    const double top = ldexp(1, 8 * dtype_info[to].bytes - dtype_info[to].is_signed);
    const double bottom = dtype_info[to].is_signed ? -top : 0;
    return isnan(value) ? 0 : value <= bottom ? bottom : value >= top ? top - 1 : trunc(value);
}

static bool adds_up(const Node *n)
{
    const OpClass class = op_info[n->op].class;
    return class == CLASS_CONTRACT || n->op == OP_sum || n->op == OP_prod || n->op == OP_fold ||
           n->op == OP_scatter;
}

/* Constants and views are exact. */
static bool rounds(const Node *n)
{
    return dtype_is_float(n->type.dtype) && op_info[n->op].class != CLASS_VIEW &&
           n->op != OP_const && n->op != OP_iota;
}

/* A running total rounds once for each of its terms, now up, now down: so many steps in all. */
static double steps_of(const Interp *in, const Node *n)
{
    if (!adds_up(n))
        return 1;
    double terms = (double)interp_count(in, &n->args[0]->type);
    if (op_info[n->op].class == CLASS_CONTRACT)
        terms *= (double)interp_count(in, &n->args[1]->type);
    terms /= fmax(1, (double)interp_count(in, &n->type));
    if (op_info[n->op].class == CLASS_CONTRACT)
        terms = sqrt(terms); /* those summed over stand in both operands */
    return sqrt(fmax(1, terms));
}

/* In so many steps of its dtype, up or down. */
static double shake(const Interp *in, const Node *n, int64_t i, double value, double many)
{
    static const double steps[DT_COUNT] = {
        [DT_F16] = 0x1p-10, [DT_BF16] = 0x1p-7, [DT_F32] = 0x1p-23, [DT_F64] = 0x1p-52};
    const uint64_t key = in->noise * 1000003 + (uint64_t)n->id;
    const double by = many * steps[n->type.dtype];
    return value * (1 + by * (2 * random_bits(key, (uint64_t)i, 1) - 1));
}

/* Of what is summed each term is off: the sum may be much smaller than they. */
static double *shake_operand(const Interp *in, const Node *n, int k, const double *x)
{
    const int64_t count = interp_count(in, &n->args[k]->type);
    double *shaken = arena_array(in->arena, double, count);
    for (int64_t i = 0; i < count; i++)
        shaken[i] = shake(in, n, i + (k + 1) * INT64_C(1000000), x[i], 1);
    return shaken;
}

static double *run_node(const Interp *in, const Node *n, double **values)
{
    Step s = {.in = in, .node = n, .count = interp_count(in, &n->type)};
    Rule *rule = rule_of(n->op);
    if (!rule)
        ice("tests/interp.c has no value for %s", op_info[n->op].name);
    s.x = arena_array(in->arena, double *, n->arity);
    for (int k = 0; k < n->arity; k++)
        s.x[k] = in->noise && adds_up(n) && rounds(n) && dtype_is_float(n->args[k]->type.dtype)
                     ? shake_operand(in, n, k, values[n->args[k]->id])
                     : values[n->args[k]->id];
    if (n->op == OP_scan)
        return run_scan(in, n, s.x);
    s.y = arena_array(in->arena, double, s.count);
    rule(&s);
    for (int64_t i = 0; i < s.count; i++)
        s.y[i] = n->op == OP_cast ? cast_value(in, n, s.y[i]) : hold(in, n->type.dtype, s.y[i]);
    for (int64_t i = 0; i < s.count && in->noise && rounds(n); i++)
        s.y[i] = shake(in, n, i, s.y[i], steps_of(in, n));
    return s.y;
}

Interp interp_new(const Model *model, int64_t batch)
{
    Interp in = {.arena = model->arena, .model = model, .batch = batch};
    for (int k = 0; k < COUNTER_COUNT; k++)
        in.counters[k] = k + 1;
    in.counters[COUNTER_BATCH] = (double)batch;
    in.vars = arena_array(in.arena, double *, model->vars.count);
    return in;
}

int64_t interp_count(const Interp *in, const Type *type)
{
    int64_t count;
    if (!type_count(type, in->batch, &count))
        ice("a type with too many elements");
    return count;
}

double *interp_var(Interp *in, int slot)
{
    if (!in->vars[slot])
        in->vars[slot] =
            arena_array(in->arena, double, interp_count(in, &in->model->vars.data[slot].type));
    return in->vars[slot];
}

double **interp_run(Interp *in, const Graph *g)
{
    double **values = arena_array(in->arena, double *, g->next_id);
    for (int i = 0; i < g->nodes.count; i++) {
        const Node *n = g->nodes.data[i];
        if (n->op == OP_input || n->op == OP_param || n->op == OP_state)
            interp_var(in, n->attr.slot);
        values[n->id] = run_node(in, n, values);
    }
    return values;
}
