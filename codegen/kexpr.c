/* kexpr.c -- constructors of scalar expressions; simplification of index arithmetic. */
#include "codegen/kexpr.h"

#include <string.h>

#include "support/checked.h"

static KExpr *new_expr(Arena *arena, KExprKind kind, DType dtype)
{
    KExpr *x = arena_new_of(arena, KExpr);
    x->kind = kind;
    x->dtype = dtype;
    x->low = INT64_MIN;
    x->high = INT64_MAX;
    x->weight = 1;
    return x;
}

static void set_args(KExpr *x, KExpr *const *args, int arity)
{
    enum { HEAVIEST = 1 << 20 }; /* beyond any use of the weight, and no sum overflows */
    x->arity = arity;
    for (int i = 0; i < arity; i++) {
        x->args[i] = args[i];
        x->weight += args[i]->weight;
    }
    if (x->weight > HEAVIEST)
        x->weight = HEAVIEST;
}

/* ---- leaves ---- */

KExpr *kexpr_number(Arena *arena, Scalar value)
{
    KExpr *x = new_expr(arena, KE_NUMBER, value.dtype);
    x->value = value;
    if (!dtype_is_float(value.dtype))
        x->low = x->high = value.i;
    return x;
}

KExpr *kexpr_int(Arena *arena, int64_t value)
{
    return kexpr_number(arena, scalar_int(DT_I64, value));
}

KExpr *kexpr_index(Arena *arena, const char *name, int64_t high)
{
    KExpr *x = new_expr(arena, KE_INDEX, DT_I64);
    x->name = name;
    x->low = 0;
    x->high = high;
    return x;
}

KExpr *kexpr_batch(Arena *arena, int64_t bound)
{
    KExpr *x = new_expr(arena, KE_BATCH, DT_I64);
    x->low = 0;
    x->high = bound;
    return x;
}

KExpr *kexpr_turn(Arena *arena, const char *name, int64_t turns)
{
    KExpr *x = new_expr(arena, KE_TURN, DT_I64);
    x->name = name;
    x->low = 0;
    x->high = turns - 1;
    return x;
}

KExpr *kexpr_temp(Arena *arena, const char *name, const KExpr *value)
{
    KExpr *x = new_expr(arena, KE_TEMP, value->dtype);
    x->name = name;
    x->held = value;
    x->low = value->low;
    x->high = value->high;
    return x;
}

KExpr *kexpr_host(Arena *arena, const char *name)
{
    KExpr *x = new_expr(arena, KE_HOST, DT_F64);
    x->name = name;
    return x;
}

/* ---- values ---- */

/* What an integer dtype can hold. */
static void set_dtype_range(KExpr *x)
{
    const int bits = 8 * dtype_info[x->dtype].bytes;
    if (x->dtype == DT_BOOL) {
        x->low = 0;
        x->high = 1;
    } else if (dtype_is_int(x->dtype) && bits < 64) {
        const int64_t half = (int64_t)1 << (bits - 1);
        x->low = dtype_info[x->dtype].is_signed ? -half : 0;
        x->high = dtype_info[x->dtype].is_signed ? half - 1 : 2 * half - 1;
    }
}

KExpr *kexpr_load(Arena *arena, Buffer *buffer, KExpr *index)
{
    KExpr *x = new_expr(arena, KE_LOAD, buffer->type.dtype);
    x->buffer = buffer;
    set_dtype_range(x);
    set_args(x, &index, 1);
    return x;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What is known of an integer operation's value: indices are made by these. */
static void set_op_range(KExpr *x, KExpr *const *args)
{
    set_dtype_range(x);
    if (!dtype_is_int(x->dtype))
        return;
    if (x->op == OP_mod && args[1]->low > 0) {
        x->low = 0;
        x->high = args[1]->high - 1;
    } else if (x->op == OP_minimum) {
        x->low = least(args[0]->low, args[1]->low);
        x->high = least(args[0]->high, args[1]->high);
    } else if (x->op == OP_maximum) {
        x->low = most(args[0]->low, args[1]->low);
        x->high = most(args[0]->high, args[1]->high);
    } else if (x->op == OP_where) {
        x->low = least(args[1]->low, args[2]->low);
        x->high = most(args[1]->high, args[2]->high);
    }
}

/* Does an operation on values of 16 bits give one that 16 bits hold?  Then it needs no rounding. */
static bool stays_half(Op op)
{
    switch (op) {
    case OP_neg:
    case OP_abs:
    case OP_sign:
    case OP_floor:
    case OP_ceil:
    case OP_round:
    case OP_minimum:
    case OP_maximum:
    case OP_where:
        return true;
    default:
        return false;
    }
}

/* f16 and bf16 are computed in f32, and every result is rounded back: by a cast. */
KExpr *kexpr_op(Arena *arena, Op op, DType dtype, KExpr *const *args, int arity)
{
    const bool rounds = dtype_is_half(dtype) && !stays_half(op);
    if (op == OP_div && args[1]->kind == KE_NUMBER && dtype_is_float(dtype) &&
        args[0]->dtype == dtype && args[1]->value.f == 1)
        return args[0];
    KExpr *x = new_expr(arena, KE_OP, rounds ? DT_F32 : dtype);
    x->op = op;
    set_op_range(x, args);
    set_args(x, args, arity);
    return rounds ? kexpr_cast(arena, x, dtype) : x;
}

KExpr *kexpr_cast(Arena *arena, KExpr *value, DType dtype)
{
    if (value->dtype == dtype)
        return value;
    if (value->kind == KE_NUMBER && !(dtype_is_float(value->dtype) && dtype_is_int(dtype)))
        return kexpr_number(arena, scalar_cast(value->value, dtype));
    KExpr *x = new_expr(arena, KE_CAST, dtype);
    set_dtype_range(x);
    const bool kept = dtype_is_int(dtype) && !dtype_is_float(value->dtype) &&
                      value->low >= x->low && value->high <= x->high;
    if (kept) {
        x->low = value->low;
        x->high = value->high;
    }
    set_args(x, &value, 1);
    return x;
}

KExpr *kexpr_random(Arena *arena, Op op, DType dtype, uint64_t key, KExpr *sample, KExpr *element)
{
    KExpr *x = new_expr(arena, KE_RANDOM, dtype);
    x->op = op;
    x->key = key;
    set_args(x, (KExpr *[]){sample, element}, 2);
    return x;
}

KExpr *kexpr_lanes(Arena *arena, Op op, Buffer *lanes, int width)
{
    KExpr *x = new_expr(arena, KE_LANES, lanes->type.dtype);
    x->op = op;
    x->buffer = lanes;
    x->key = (uint64_t)width;
    return x;
}

KExpr *kexpr_at(Arena *arena, KExpr *index, int64_t size, int line)
{
    if (index->low >= 0 && index->high < size)
        return kexpr_cast(arena, index, DT_I64);
    if (index->low >= -size && index->high < 0)
        return kexpr_add(arena, kexpr_cast(arena, index, DT_I64), kexpr_int(arena, size));
    KExpr *x = new_expr(arena, KE_AT, DT_I64);
    x->key = (uint64_t)size;
    x->line = line;
    x->low = 0;
    x->high = size - 1;
    set_args(x, &index, 1); /* C widens it */
    return x;
}

/* ---- ranges ---- */

static int64_t add_clamped(int64_t a, int64_t b)
{
    int64_t sum;
    if (checked_add(a, b, &sum))
        return sum;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t mul_clamped(int64_t a, int64_t b)
{
    int64_t product;
    if (checked_mul(a, b, &product))
        return product;
    return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
}

static int64_t negate_clamped(int64_t a)
{
    return a == INT64_MIN ? INT64_MAX : -a;
}

static void set_product_range(KExpr *x, const KExpr *a, const KExpr *b)
{
    const int64_t corners[4] = {mul_clamped(a->low, b->low), mul_clamped(a->low, b->high),
                                mul_clamped(a->high, b->low), mul_clamped(a->high, b->high)};
    x->low = x->high = corners[0];
    for (int i = 1; i < 4; i++) {
        x->low = corners[i] < x->low ? corners[i] : x->low;
        x->high = corners[i] > x->high ? corners[i] : x->high;
    }
}

static KExpr *new_int(Arena *arena, IntOp op, KExpr *a, KExpr *b)
{
    KExpr *x = new_expr(arena, KE_INT, DT_I64);
    x->int_op = op;
    set_args(x, (KExpr *[]){a, b}, 2);
    return x;
}

KExpr *kexpr_at_most(Arena *arena, const KExpr *x, int64_t high)
{
    KExpr *copy = arena_new_of(arena, KExpr);
    *copy = *x;
    if (high < copy->high)
        copy->high = high;
    return copy;
}

/* ---- comparing ---- */

bool kexpr_is_int(const KExpr *x, int64_t value)
{
    return x->kind == KE_NUMBER && !dtype_is_float(x->dtype) && x->value.i == value;
}

static bool is_int_op(const KExpr *x, IntOp op)
{
    return x->kind == KE_INT && x->int_op == op;
}

static bool is_number(const KExpr *x)
{
    return x->kind == KE_NUMBER && x->dtype == DT_I64;
}

bool kexpr_equal(const KExpr *a, const KExpr *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->dtype != b->dtype || a->arity != b->arity)
        return false;
    if (a->kind == KE_NUMBER)
        return scalar_equal(a->value, b->value);
    if (a->op != b->op || a->int_op != b->int_op || a->buffer != b->buffer || a->key != b->key)
        return false;
    if ((a->name || b->name) && (!a->name || !b->name || strcmp(a->name, b->name) != 0))
        return false;
    for (int i = 0; i < a->arity; i++)
        if (!kexpr_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

/* True if x is c times an integer, whatever its variables are. */
static bool is_multiple(const KExpr *x, int64_t c)
{
    if (is_number(x))
        return x->value.i % c == 0;
    if (is_int_op(x, INT_MUL))
        return is_multiple(x->args[0], c) || is_multiple(x->args[1], c);
    if (is_int_op(x, INT_ADD))
        return is_multiple(x->args[0], c) && is_multiple(x->args[1], c);
    return false;
}

/* ---- sums and products: constants stand last ---- */

/* x = a c, with c a number: 1 where it is no product with one. */
static int64_t constant_factor(const KExpr *x, const KExpr **a)
{
    const bool has = is_int_op(x, INT_MUL) && is_number(x->args[1]);
    *a = has ? x->args[0] : x;
    return has ? x->args[1]->value.i : 1;
}

/* Does x / c stand beside x % c? */
static bool are_parts(const KExpr *quotient, const KExpr *rest)
{
    return is_int_op(quotient, INT_DIV) && is_int_op(rest, INT_MOD) &&
           kexpr_equal(quotient->args[0], rest->args[0]) &&
           kexpr_equal(quotient->args[1], rest->args[1]);
}

/* (x / c) * c k + (x % c) * k is x k; and so behind other terms, p + .. or (p + x / c) * c k + ..
 */
static KExpr *rejoin(Arena *arena, const KExpr *a, const KExpr *b)
{
    if (is_int_op(a, INT_ADD)) {
        KExpr *whole = rejoin(arena, a->args[1], b);
        return whole ? kexpr_add(arena, a->args[0], whole) : NULL;
    }
    const KExpr *quotient, *rest;
    const int64_t of_quotient = constant_factor(a, &quotient), of_rest = constant_factor(b, &rest);
    if (is_int_op(a, INT_MUL) && are_parts(a->args[0], b) && kexpr_equal(a->args[1], b->args[1]))
        return b->args[0]; /* c may be no number */
    if (!is_int_op(rest, INT_MOD) || !is_number(rest->args[1]) || of_rest == 0 ||
        of_quotient % of_rest != 0 || of_quotient / of_rest != rest->args[1]->value.i)
        return NULL;
    const bool behind = is_int_op(quotient, INT_ADD);
    if (!are_parts(behind ? quotient->args[1] : quotient, rest))
        return NULL;
    KExpr *whole = kexpr_mul(arena, rest->args[0], kexpr_int(arena, of_rest));
    if (!behind)
        return whole;
    KExpr *before = kexpr_mul(arena, quotient->args[0], kexpr_int(arena, of_quotient));
    return kexpr_add(arena, before, whole);
}

/* x + c */
static bool has_constant(const KExpr *a)
{
    return is_int_op(a, INT_ADD) && is_number(a->args[1]);
}

/* a + min(.., x - a) is at most x: what is left behind the start of a block; so too, with a block
 * within a block, y + a + min(.., x - a) is at most y + x. */
static int64_t highest_sum(const KExpr *a, const KExpr *b)
{
    const KExpr *count = b->kind == KE_TEMP && b->held ? b->held : b;
    int64_t high = add_clamped(a->high, b->high);
    for (int i = 0; i < 2 && is_int_op(count, INT_LEAST); i++) {
        const KExpr *left = count->args[i];
        if (!is_int_op(left, INT_SUB))
            continue;
        if (kexpr_equal(left->args[1], a))
            high = least(high, left->args[0]->high);
        else if (is_int_op(a, INT_ADD) && kexpr_equal(left->args[1], a->args[1]))
            high = least(high, highest_sum(a->args[0], left->args[0]));
    }
    return high;
}

KExpr *kexpr_add(Arena *arena, KExpr *a, KExpr *b)
{
    if (is_number(a) && is_number(b))
        return kexpr_int(arena, add_clamped(a->value.i, b->value.i));
    if (is_number(a))
        return kexpr_add(arena, b, a);
    if (kexpr_is_int(b, 0))
        return a;
    if (is_number(b) && b->value.i < 0 && b->value.i > INT64_MIN)
        return kexpr_sub(arena, a, kexpr_int(arena, -b->value.i));
    if (is_number(b) && has_constant(a))
        return kexpr_add(arena, a->args[0], kexpr_add(arena, a->args[1], b));
    if (has_constant(a))
        return kexpr_add(arena, kexpr_add(arena, a->args[0], b), a->args[1]);
    if (has_constant(b))
        return kexpr_add(arena, kexpr_add(arena, a, b->args[0]), b->args[1]);
    KExpr *whole = rejoin(arena, a, b);
    if (whole)
        return whole;
    whole = is_int_op(b, INT_ADD) ? rejoin(arena, a, b->args[0]) : NULL;
    if (whole)
        return kexpr_add(arena, whole, b->args[1]);
    KExpr *x = new_int(arena, INT_ADD, a, b);
    x->low = add_clamped(a->low, b->low);
    x->high = highest_sum(a, b);
    return x;
}

KExpr *kexpr_sub(Arena *arena, KExpr *a, KExpr *b)
{
    if (is_number(a) && is_number(b))
        return kexpr_int(arena, add_clamped(a->value.i, negate_clamped(b->value.i)));
    if (kexpr_is_int(b, 0))
        return a;
    if (is_number(b) && has_constant(a)) /* (x + 3) - 2 */
        return kexpr_add(arena, a->args[0], kexpr_sub(arena, a->args[1], b));
    KExpr *x = new_int(arena, INT_SUB, a, b);
    x->low = add_clamped(a->low, negate_clamped(b->high));
    x->high = add_clamped(a->high, negate_clamped(b->low));
    return x;
}

KExpr *kexpr_mul(Arena *arena, KExpr *a, KExpr *b)
{
    if (is_number(a) && is_number(b))
        return kexpr_int(arena, mul_clamped(a->value.i, b->value.i));
    if (is_number(a))
        return kexpr_mul(arena, b, a);
    if (kexpr_is_int(b, 0))
        return b;
    if (kexpr_is_int(b, 1))
        return a;
    if (is_number(b) && is_int_op(a, INT_MUL) && is_number(a->args[1]))
        return kexpr_mul(arena, a->args[0], kexpr_mul(arena, a->args[1], b));
    if (is_number(b) && has_constant(a))
        return kexpr_add(arena, kexpr_mul(arena, a->args[0], b), kexpr_mul(arena, a->args[1], b));
    KExpr *x = new_int(arena, INT_MUL, a, b);
    set_product_range(x, a, b);
    return x;
}

/* ---- quotients ---- */

/* a = p + q with p a multiple of c, and neither negative; false if it isn't such a sum. */
static bool split_multiple(const KExpr *a, int64_t c, KExpr **multiple, KExpr **rest)
{
    if (!is_int_op(a, INT_ADD) || a->args[0]->low < 0 || a->args[1]->low < 0)
        return false;
    const int which = is_multiple(a->args[0], c) ? 0 : 1;
    *multiple = a->args[which];
    *rest = a->args[1 - which];
    return is_multiple(*multiple, c);
}

/* a / c of a product whose constant factor and c divide one another; or NULL. */
static KExpr *cancel(Arena *arena, const KExpr *a, int64_t c)
{
    if (!is_int_op(a, INT_MUL) || !is_number(a->args[1]) || a->args[1]->value.i <= 0)
        return NULL;
    const int64_t factor = a->args[1]->value.i;
    if (factor % c == 0)
        return kexpr_mul(arena, a->args[0], kexpr_int(arena, factor / c));
    if (c % factor == 0)
        return kexpr_div(arena, a->args[0], kexpr_int(arena, c / factor));
    return NULL;
}

/* a = p k + q with 0 <= q < k and k a divisor of c: then q makes no difference to a / c. */
static bool ends_below(const KExpr *a, int64_t c)
{
    const KExpr *p;
    if (!is_int_op(a, INT_ADD) || a->args[0]->low < 0 || a->args[1]->low < 0)
        return false;
    const int64_t k = constant_factor(a->args[0], &p);
    return k > 1 && c % k == 0 && a->args[1]->high < k;
}

KExpr *kexpr_div(Arena *arena, KExpr *a, KExpr *b)
{
    KExpr *multiple, *rest;
    if (kexpr_is_int(b, 1))
        return a;
    if (is_number(b) && b->value.i > 1 && a->low >= 0) {
        const int64_t c = b->value.i;
        if (a->high < c)
            return kexpr_int(arena, 0);
        if (is_number(a))
            return kexpr_int(arena, a->value.i / c);
        if (split_multiple(a, c, &multiple, &rest))
            return kexpr_add(arena, kexpr_div(arena, multiple, b), kexpr_div(arena, rest, b));
        KExpr *cancelled = cancel(arena, a, c);
        if (cancelled)
            return cancelled;
        if (ends_below(a, c))
            return kexpr_div(arena, a->args[0], b);
    }
    KExpr *x = new_int(arena, INT_DIV, a, b);
    if (a->low >= 0 && b->low > 0) {
        x->low = a->low / b->high;
        x->high = a->high / b->low;
    } else if (is_number(b) && b->value.i > 0) { /* C's, towards 0 */
        x->low = a->low / b->value.i;
        x->high = a->high / b->value.i;
    }
    return x;
}

KExpr *kexpr_mod(Arena *arena, KExpr *a, KExpr *b)
{
    KExpr *multiple, *rest;
    if (kexpr_is_int(b, 1))
        return kexpr_int(arena, 0);
    if (is_number(b) && b->value.i > 0 && a->low >= 0) {
        const int64_t c = b->value.i;
        if (a->high < c)
            return a;
        if (is_multiple(a, c))
            return kexpr_int(arena, 0);
        if (is_number(a))
            return kexpr_int(arena, a->value.i % c);
        if (split_multiple(a, c, &multiple, &rest))
            return kexpr_mod(arena, rest, b);
        if (ends_below(a, c)) { /* (p k + q) % c is p % (c / k) k + q */
            const KExpr *p;
            const int64_t k = constant_factor(a->args[0], &p);
            KExpr *before = kexpr_mod(arena, (KExpr *)p, kexpr_int(arena, c / k));
            return kexpr_add(arena, kexpr_mul(arena, before, kexpr_int(arena, k)), a->args[1]);
        }
    }
    KExpr *x = new_int(arena, INT_MOD, a, b);
    if (b->low > 0) {
        x->low = a->low >= 0 ? 0 : 1 - b->high;
        x->high = b->high - 1;
    }
    return x;
}

KExpr *kexpr_min(Arena *arena, KExpr *a, KExpr *b)
{
    if (a->high <= b->low)
        return a;
    if (b->high <= a->low)
        return b;
    KExpr *x = new_int(arena, INT_LEAST, a, b);
    x->low = least(a->low, b->low);
    x->high = least(a->high, b->high);
    return x;
}

/* ---- tests ---- */

static KExpr *new_test(Arena *arena, IntOp op, KExpr *a, KExpr *b)
{
    KExpr *x = new_int(arena, op, a, b);
    x->dtype = DT_BOOL;
    x->low = 0;
    x->high = 1;
    return x;
}

static KExpr *answer(Arena *arena, bool value)
{
    return kexpr_number(arena, scalar_int(DT_BOOL, value));
}

KExpr *kexpr_lt(Arena *arena, KExpr *a, KExpr *b)
{
    if (a->high < b->low || a->low >= b->high)
        return answer(arena, a->high < b->low);
    return new_test(arena, INT_LT, a, b);
}

KExpr *kexpr_ge(Arena *arena, KExpr *a, KExpr *b)
{
    if (a->low >= b->high || a->high < b->low)
        return answer(arena, a->low >= b->high);
    return new_test(arena, INT_GE, a, b);
}

KExpr *kexpr_eq(Arena *arena, KExpr *a, KExpr *b)
{
    if (is_number(a) && is_number(b))
        return answer(arena, a->value.i == b->value.i);
    return new_test(arena, INT_EQ, a, b);
}

KExpr *kexpr_and(Arena *arena, KExpr *a, KExpr *b)
{
    if (kexpr_is_int(a, 1) || kexpr_is_int(b, 0))
        return b;
    if (kexpr_is_int(b, 1) || kexpr_is_int(a, 0))
        return a;
    return new_test(arena, INT_AND, a, b);
}

KExpr *kexpr_or(Arena *arena, KExpr *a, KExpr *b)
{
    if (kexpr_is_int(a, 0) || kexpr_is_int(b, 1))
        return b;
    if (kexpr_is_int(b, 0) || kexpr_is_int(a, 1))
        return a;
    return new_test(arena, INT_OR, a, b);
}

/* ---- linear forms ---- */

bool kexpr_is_multiple(const KExpr *x, int64_t n)
{
    if (x->kind == KE_NUMBER)
        return x->value.i % n == 0;
    if (x->kind == KE_TEMP && x->held)
        return kexpr_is_multiple(x->held, n);
    if (x->kind != KE_INT)
        return false;
    if (x->int_op == INT_MUL)
        return kexpr_is_multiple(x->args[0], n) || kexpr_is_multiple(x->args[1], n);
    return (x->int_op == INT_ADD || x->int_op == INT_SUB || x->int_op == INT_MOD) &&
           kexpr_is_multiple(x->args[0], n) && kexpr_is_multiple(x->args[1], n);
}

KExpr *kexpr_at_first(Arena *arena, KExpr *x, const char *name)
{
    if (x->kind == KE_INDEX && strcmp(x->name, name) == 0)
        return kexpr_int(arena, 0);
    if (x->kind != KE_INT || (x->int_op != INT_ADD && x->int_op != INT_MUL))
        return x;
    KExpr *a = kexpr_at_first(arena, x->args[0], name),
          *b = kexpr_at_first(arena, x->args[1], name);
    return x->int_op == INT_ADD ? kexpr_add(arena, a, b) : kexpr_mul(arena, a, b);
}

bool kexpr_factor(const KExpr *x, const char *name, int64_t *factor)
{
    int64_t a, b;
    *factor = 0;
    switch (x->kind) {
    case KE_INDEX:
        *factor = strcmp(x->name, name) == 0;
        return true;
    case KE_NUMBER:
    case KE_BATCH:
    case KE_TURN:
        return true;
    case KE_INT:
        break;
    default:
        return false;
    }
    if (!kexpr_factor(x->args[0], name, &a) || !kexpr_factor(x->args[1], name, &b))
        return false;
    switch (x->int_op) {
    case INT_ADD:
        return checked_add(a, b, factor);
    case INT_SUB:
        return !__builtin_sub_overflow(a, b, factor);
    case INT_MUL:
        return b == 0 &&
               (a == 0 || (is_number(x->args[1]) && checked_mul(a, x->args[1]->value.i, factor)));
    default:
        return a == 0 && b == 0;
    }
}

KExpr *matrix_offset(Arena *arena, const Matrix *m)
{
    KExpr *down = kexpr_mul(arena, m->row, kexpr_int(arena, m->row_step));
    KExpr *across = kexpr_mul(arena, m->column, kexpr_int(arena, m->column_step));
    return kexpr_add(arena, kexpr_add(arena, m->base, down), across);
}
