/* print_expr.c -- scalar expressions as C, with the parentheses that are needed and no more.
 *
 *     add(mul(load x, i), 2.0)            x[i] * 2.0f + 1.0f
 *     mul(add(x, 1), y) of i32            grt_mul_i32(grt_add_i32(x, 1), y)
 *
 * An operation's spelling comes from ops.def: $0 $1 $2 are operands, ~ the float suffix, @ the
 * operands' dtype.  Integer arithmetic wraps, so that it goes through grt_math.h. */
#include "codegen/print_expr.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "support/text.h"

const char *c_storage_type(DType dtype)
{
    return dtype == DT_BOOL ? "uint8_t" : dtype_info[dtype].c_name;
}

const char *c_value_type(DType dtype)
{
    return dtype_is_half(dtype) ? "float" : c_storage_type(dtype);
}

/* ---- numbers ---- */

static void print_integer(StrBuf *out, int64_t value)
{
    if (value == INT64_MIN)
        strbuf_puts(out, "INT64_MIN");
    else if (value == INT32_MIN)
        strbuf_puts(out, "INT32_MIN");
    else if (value > INT32_MAX || value < INT32_MIN)
        strbuf_printf(out, "INT64_C(%" PRId64 ")", value);
    else
        strbuf_printf(out, "%" PRId64, value);
}

void print_c_number(StrBuf *out, Scalar value)
{
    if (dtype_is_float(value.dtype))
        text_c_double(out, value.f, value.dtype != DT_F64);
    else
        print_integer(out, value.i);
}

/* The bits of a number that f16 holds exactly. */
static unsigned f16_bits(double value)
{
    int exponent;
    const unsigned sign = signbit(value) ? 0x8000u : 0;
    if (isnan(value))
        return 0x7e00u;
    if (isinf(value))
        return sign | 0x7c00u;
    const double fraction = frexp(fabs(value), &exponent); /* in [0.5, 1) */
    if (value == 0 || exponent < -13)                      /* below the normal numbers */
        return sign | (unsigned)ldexp(fabs(value), 24);
    return sign | ((unsigned)(exponent + 14) << 10) | ((unsigned)ldexp(fraction, 11) & 0x3ffu);
}

static unsigned bf16_bits(double value)
{
    const float f = (float)value;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return isnan(value) ? 0x7fc0u : bits >> 16;
}

void print_c_element(StrBuf *out, Scalar value)
{
    if (dtype_is_half(value.dtype))
        strbuf_printf(out, "0x%04x",
                      value.dtype == DT_F16 ? f16_bits(value.f) : bf16_bits(value.f));
    else
        print_c_number(out, value);
}

static bool is_negative(Scalar value)
{
    return dtype_is_float(value.dtype) ? value.f < 0 || (value.f == 0 && 1 / value.f < 0)
                                       : value.i < 0;
}

/* ---- operations ---- */

/* A row whose C is one call, `exp~($0)`, or an operand as it is; operators stand between blanks. */
static bool is_call(Op op)
{
    const char *c = op_info[op].c;
    const char *open = c + strcspn(c, "( ");
    if (*open != '(')
        return *open == '\0';
    int depth = 0;
    for (c = open; *c; c++) {
        depth += (*c == '(') - (*c == ')');
        if (depth == 0)
            return c[1] == '\0'; /* what it opens closes at the end */
    }
    return false;
}

/* Rows that are not named here are parenthesised as a whole, and so are their operands: a new row
 * with operators needs no line of its own to be right. */
static int op_binding(Op op)
{
    switch (op) {
    case OP_where:
        return BIND_SELECT;
    case OP_eq:
    case OP_ne:
    case OP_isnan:
        return BIND_EQUAL;
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
        return BIND_LESS;
    case OP_add:
    case OP_sub:
        return BIND_SUM;
    case OP_mul:
    case OP_div:
        return BIND_PRODUCT;
    case OP_neg:
    case OP_not:
        return BIND_UNARY;
    default:
        return is_call(op) ? BIND_CALL : BIND_SELECT;
    }
}

/* What an operand must bind like, to stand without parentheses. */
static int operand_binding(Op op, int which)
{
    switch (op_binding(op)) {
    case BIND_SELECT:
        return op == OP_where ? BIND_OR : BIND_CALL;
    case BIND_EQUAL:
    case BIND_LESS:
        return op == OP_isnan ? BIND_ANY : op == OP_or || op == OP_and ? BIND_PRODUCT : BIND_SUM;
    case BIND_SUM:
        return which == 0 ? BIND_SUM : BIND_PRODUCT;
    case BIND_PRODUCT:
        return which == 0 ? BIND_PRODUCT : BIND_UNARY;
    case BIND_UNARY:
        return BIND_CALL;
    default:
        return BIND_ANY;
    }
}

typedef void PrintOperand(StrBuf *out, const void *operands, int which, int binding);

static const char *math_suffix(DType dtype)
{
    return dtype_is_half(dtype) ? "f32" : dtype_info[dtype].name;
}

/* Integers wrap where C's operators would overflow. */
static bool print_wrapping(StrBuf *out, Op op, DType dtype, const void *operands,
                           PrintOperand *print_operand)
{
    if (!dtype_is_int(dtype) || (op != OP_add && op != OP_sub && op != OP_mul && op != OP_neg))
        return false;
    strbuf_printf(out, "grt_%s_%s(", op_info[op].name, dtype_info[dtype].name);
    for (int i = 0; i < op_info[op].arity; i++) {
        strbuf_puts(out, i ? ", " : "");
        print_operand(out, operands, i, BIND_ANY);
    }
    strbuf_putc(out, ')');
    return true;
}

/* The spelling of ops.def; dtype is the operands'. */
static void print_op(StrBuf *out, Op op, DType dtype, const void *operands,
                     PrintOperand *print_operand)
{
    if (print_wrapping(out, op, dtype, operands, print_operand))
        return;
    for (const char *c = op_info[op].c; *c; c++) {
        if (*c == '$') {
            const int which = *++c - '0';
            print_operand(out, operands, which, operand_binding(op, which));
        } else if (*c == '@')
            strbuf_puts(out, math_suffix(dtype));
        else if (*c == '~')
            strbuf_puts(out, dtype == DT_F64 ? "" : "f");
        else
            strbuf_putc(out, *c);
    }
}

/* ---- expressions ---- */

static void print_expr_operand(StrBuf *out, const void *operands, int which, int binding)
{
    const KExpr *x = operands;
    print_c_expr(out, x->args[which], binding);
}

static bool wraps(const KExpr *x)
{
    return dtype_is_int(x->dtype) &&
           (x->op == OP_add || x->op == OP_sub || x->op == OP_mul || x->op == OP_neg);
}

static const struct IntSpelling {
    const char *text;
    int binding, left, right;
} int_spelling[] = {
    [INT_ADD] = {" + ", BIND_SUM, BIND_SUM, BIND_PRODUCT},
    [INT_SUB] = {" - ", BIND_SUM, BIND_SUM, BIND_PRODUCT},
    [INT_MUL] = {" * ", BIND_PRODUCT, BIND_PRODUCT, BIND_UNARY},
    [INT_DIV] = {" / ", BIND_PRODUCT, BIND_PRODUCT, BIND_UNARY},
    [INT_MOD] = {" % ", BIND_PRODUCT, BIND_PRODUCT, BIND_UNARY},
    [INT_LT] = {" < ", BIND_LESS, BIND_SUM, BIND_SUM},
    [INT_GE] = {" >= ", BIND_LESS, BIND_SUM, BIND_SUM},
    [INT_EQ] = {" == ", BIND_EQUAL, BIND_SUM, BIND_SUM},
    [INT_AND] = {" && ", BIND_AND, BIND_AND, BIND_EQUAL},
    [INT_OR] = {" || ", BIND_OR, BIND_EQUAL, BIND_EQUAL},
    [INT_LEAST] = {", ", BIND_CALL, BIND_ANY, BIND_ANY},
};

/* f16 and bf16 are floats in C once they are loaded. */
static bool is_float_already(const KExpr *cast)
{
    return cast->dtype == DT_F32 && dtype_is_half(cast->args[0]->dtype);
}

static int expr_binding(const KExpr *x)
{
    switch (x->kind) {
    case KE_NUMBER:
        return is_negative(x->value) ? BIND_UNARY : BIND_CALL;
    case KE_OP:
        return wraps(x) ? BIND_CALL : op_binding(x->op);
    case KE_INT:
        return int_spelling[x->int_op].binding;
    case KE_CAST:
        if (is_float_already(x))
            return expr_binding(x->args[0]);
        if (x->dtype == DT_BOOL)
            return BIND_EQUAL;
        return dtype_is_half(x->dtype) ||
                       (dtype_is_float(x->args[0]->dtype) && dtype_is_int(x->dtype))
                   ? BIND_CALL
                   : BIND_UNARY;
    default:
        return BIND_CALL;
    }
}

static void print_cast(StrBuf *out, const KExpr *x)
{
    const DType from = x->args[0]->dtype;
    if (is_float_already(x)) {
        print_c_expr(out, x->args[0], BIND_ANY);
    } else if (x->dtype == DT_BOOL) {
        print_c_expr(out, x->args[0], BIND_SUM);
        strbuf_puts(out, dtype_is_float(from) ? " != 0.0f" : " != 0");
    } else if (dtype_is_half(x->dtype)) {
        const bool narrows = from != DT_F32 && !dtype_is_half(from);
        strbuf_printf(out, "grt_round_%s(%s", dtype_info[x->dtype].name, narrows ? "(float)" : "");
        print_c_expr(out, x->args[0], narrows ? BIND_UNARY : BIND_ANY);
        strbuf_putc(out, ')');
    } else if (dtype_is_float(from) && dtype_is_int(x->dtype)) {
        strbuf_printf(out, "grt_%s_from_f64(", dtype_info[x->dtype].name);
        print_c_expr(out, x->args[0], BIND_ANY);
        strbuf_putc(out, ')');
    } else {
        strbuf_printf(out, "(%s)", c_value_type(x->dtype));
        print_c_expr(out, x->args[0], BIND_UNARY);
    }
}

static void print_random(StrBuf *out, const KExpr *x)
{
    const char *dtype = x->dtype == DT_F64 ? "f64" : "f32";
    strbuf_printf(out, "grt_%s_%s(rng, UINT64_C(0x%016" PRIx64 "), ", op_info[x->op].name, dtype,
                  x->key);
    print_c_expr(out, x->args[0], BIND_ANY);
    strbuf_puts(out, ", ");
    print_c_expr(out, x->args[1], BIND_ANY);
    strbuf_putc(out, ')');
}

static void print_at(StrBuf *out, const KExpr *x)
{
    strbuf_puts(out, "grt_at(");
    print_c_expr(out, x->args[0], BIND_ANY);
    strbuf_printf(out, ", %" PRIu64 ", fault, %d)", x->key, x->line);
}

/* ---- indices ---- */

enum { TERMS = 8 };

typedef struct IndexTerm { /* factor * x */
    const KExpr *x;
    int64_t factor;
} IndexTerm;

typedef struct IndexSum {
    IndexTerm terms[TERMS];
    int count;
    int64_t constant;
} IndexSum;

/* False for what is not a short sum. */
static bool collect_terms(const KExpr *x, IndexSum *sum)
{
    if (x->kind == KE_NUMBER) {
        sum->constant += x->value.i;
        return true;
    }
    if (x->kind == KE_INT && x->int_op == INT_ADD)
        return collect_terms(x->args[0], sum) && collect_terms(x->args[1], sum);
    if (sum->count == TERMS)
        return false;
    const bool scaled = x->kind == KE_INT && x->int_op == INT_MUL && x->args[1]->kind == KE_NUMBER;
    sum->terms[sum->count++] =
        scaled ? (IndexTerm){x->args[0], x->args[1]->value.i} : (IndexTerm){x, 1};
    return true;
}

static void print_term(StrBuf *out, const IndexTerm *term, int64_t divisor)
{
    const int64_t factor = term->factor / divisor;
    print_c_expr(out, term->x, BIND_PRODUCT);
    if (factor != 1)
        strbuf_printf(out, " * %" PRId64, factor);
}

/* (j * 4 + 1) * row + k: the `steps` terms that step by whole rows, with the constant's rows. */
static void print_rows(StrBuf *out, const IndexSum *sum, int64_t row, int steps)
{
    const int64_t rows = sum->constant / row;
    const bool enclosed = steps > 1 || rows > 0;
    int printed = 0;
    strbuf_puts(out, enclosed ? "(" : "");
    for (int i = 0; i < sum->count; i++)
        if (sum->terms[i].factor % row == 0) {
            strbuf_puts(out, printed++ ? " + " : "");
            print_term(out, &sum->terms[i], row);
        }
    if (rows > 0)
        strbuf_printf(out, " + %" PRId64, rows);
    strbuf_printf(out, "%s * %" PRId64, enclosed ? ")" : "", row);
    for (int i = 0; i < sum->count; i++)
        if (sum->terms[i].factor % row != 0) {
            strbuf_puts(out, " + ");
            print_term(out, &sum->terms[i], 1);
        }
    if (sum->constant % row != 0)
        strbuf_printf(out, " + %" PRId64, sum->constant % row);
}

void print_c_index(StrBuf *out, const Buffer *buffer, const KExpr *index)
{
    const Type *type = &buffer->type;
    const Dim last = type->rank > 1 ? type->dims[type->rank - 1] : dim_fixed(0);
    IndexSum sum = {.count = 0};
    int steps = 0; /* terms that step by rows */
    bool several = false;
    if (last.size > 1 && !last.batch && collect_terms(index, &sum))
        for (int i = 0; i < sum.count; i++) {
            steps += sum.terms[i].factor % last.size == 0;
            several |= sum.terms[i].factor % last.size == 0 && sum.terms[i].factor != last.size;
        }
    if (steps > 0 && sum.constant >= 0 && (sum.constant >= last.size || several))
        print_rows(out, &sum, last.size, steps);
    else
        print_c_expr(out, index, BIND_ANY);
}

static void print_load(StrBuf *out, const KExpr *x)
{
    const DType dtype = x->buffer->type.dtype;
    if (x->buffer->by_element) {
        strbuf_puts(out, x->buffer->name);
        return;
    }
    if (dtype_is_half(dtype))
        strbuf_printf(out, "grt_load_%s(", dtype_info[dtype].name);
    strbuf_printf(out, "%s[", x->buffer->name);
    print_c_index(out, x->buffer, x->args[0]);
    strbuf_puts(out, dtype_is_half(dtype) ? "])" : "]");
}

static void print_operation(StrBuf *out, const KExpr *x)
{
    const DType operands = x->args[x->op == OP_where]->dtype;
    print_op(out, x->op, operands, x, print_expr_operand);
}

static void print_bare(StrBuf *out, const KExpr *x)
{
    switch (x->kind) {
    case KE_NUMBER:
        print_c_number(out, x->value);
        break;
    case KE_INDEX:
    case KE_TEMP:
    case KE_HOST:
    case KE_TURN:
        strbuf_puts(out, x->name);
        break;
    case KE_BATCH:
        strbuf_puts(out, "batch");
        break;
    case KE_LOAD:
        print_load(out, x);
        break;
    case KE_OP:
        print_operation(out, x);
        break;
    case KE_CAST:
        print_cast(out, x);
        break;
    case KE_INT:
        if (x->int_op == INT_LEAST)
            strbuf_printf(out, "grt_min_%s(", dtype_info[x->dtype].name);
        print_c_expr(out, x->args[0], int_spelling[x->int_op].left);
        strbuf_puts(out, int_spelling[x->int_op].text);
        print_c_expr(out, x->args[1], int_spelling[x->int_op].right);
        strbuf_puts(out, x->int_op == INT_LEAST ? ")" : "");
        break;
    case KE_RANDOM:
        print_random(out, x);
        break;
    case KE_LANES:
        strbuf_printf(out, "grt_%s_lanes_%s(%s, %d)", op_info[x->op].name,
                      dtype_info[x->dtype].name, x->buffer->name, (int)x->key);
        break;
    case KE_AT:
        print_at(out, x);
        break;
    }
}

void print_c_expr(StrBuf *out, const KExpr *x, int binding)
{
    const bool enclosed = expr_binding(x) < binding;
    if (enclosed)
        strbuf_putc(out, '(');
    print_bare(out, x);
    if (enclosed)
        strbuf_putc(out, ')');
}

/* C computes u8, i8, i16 and tests as int. */
static bool is_promoted(const KExpr *x, DType dtype)
{
    if (dtype == DT_BOOL)
        return x->kind == KE_OP || x->kind == KE_INT || x->kind == KE_CAST;
    return dtype_is_int(dtype) && dtype_info[dtype].bytes < 4 && x->kind == KE_OP && !wraps(x);
}

void print_c_value(StrBuf *out, const KExpr *x, DType dtype)
{
    if (!is_promoted(x, dtype)) {
        print_c_expr(out, x, BIND_ANY);
        return;
    }
    strbuf_printf(out, "(%s)", c_storage_type(dtype));
    print_c_expr(out, x, BIND_UNARY);
}

/* ---- host scalars ---- */

typedef struct HostOperands {
    const Node *node;
    const char *(*name_of)(const Node *, const void *);
    const void *context;
} HostOperands;

static void print_host_operand(StrBuf *out, const void *operands, int which, int binding)
{
    const HostOperands *o = operands;
    const Node *arg = o->node->args[which];
    const char *name = o->name_of(arg, o->context);
    if (name)
        strbuf_puts(out, name);
    else
        print_c_host(out, arg, o->name_of, o->context, binding);
}

static int host_binding(const Node *n)
{
    if (n->op == OP_const)
        return is_negative(n->attr.value) ? BIND_UNARY : BIND_CALL;
    return op_info[n->op].class == CLASS_EWISE ? op_binding(n->op) : BIND_CALL;
}

void print_c_host(StrBuf *out, const Node *n, const char *(*name_of)(const Node *, const void *),
                  const void *context, int binding)
{
    static const char *const counters[COUNTER_COUNT] = {
        "GRT_STEP",  "GRT_STEPS",        "GRT_EPOCH",   "GRT_STEPS_PER_EPOCH",
        "GRT_BATCH", "GRT_STEP_SAMPLES", "GRT_POSITION"};
    const HostOperands operands = {n, name_of, context};
    const bool enclosed = host_binding(n) < binding;
    strbuf_puts(out, enclosed ? "(" : "");
    if (n->op == OP_const)
        print_c_number(out, n->attr.value);
    else if (n->op == OP_option)
        strbuf_printf(out, "run->options[%d]", n->attr.slot);
    else if (n->op == OP_counter)
        strbuf_printf(out, "run->counters[%s]", counters[n->attr.slot]);
    else if (n->op == OP_detach || n->op == OP_cast)
        print_host_operand(out, &operands, 0, BIND_ANY);
    else
        print_op(out, n->op, DT_F64, &operands, print_host_operand);
    strbuf_puts(out, enclosed ? ")" : "");
}
