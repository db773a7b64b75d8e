/* builtins.c -- the functions that the compiler knows, and how a call reaches them.
 *
 * In: a call as written.  Out: the function's value; its arguments are put into the order of its
 * signature first:
 *
 *     sum(x, axis|dim=, keepdims|keepdim=)     x is needed, the others may be left out; each
 *                                              has a second name, PyTorch's
 *     zeros(shape..., dtype=)                  any number of positional arguments, then dtype= */
#include "frontend/builtins.h"

#include <string.h>

#include "support/text.h"

/* clang-format off */
static const Builtin table[] = {
    /* --- create --- */
    {"zeros",      "shape..., dtype=",          call_zeros,      "a tensor of zeros"},
    {"ones",       "shape..., dtype=",          call_ones,       "a tensor of ones"},
    {"full",       "shape, value, dtype=",      call_full,       "a tensor of one value"},
    {"zeros_like", "x, dtype=",                 call_zeros_like, "zeros, of x's shape and dtype"},
    {"ones_like",  "x, dtype=",                 call_ones_like,  "ones, of x's shape and dtype"},
    {"full_like",  "x, value, dtype=",          call_full_like,  "one value, of x's shape and dtype"},
    {"arange",     "start, stop=, step=, dtype=", call_arange,   "start, start + step ... below stop; arange(n) is 0 to n - 1"},
    {"linspace",   "start, stop, count, dtype=", call_linspace,  "count values from start to stop, both included"},
    {"eye",        "n, m=, dtype=",             call_eye,        "ones on the diagonal, zeros elsewhere"},
    {"one_hot",    "x, classes, axis|dim=, dtype=", call_one_hot, "1 at each label's place along a new axis (the last), 0 elsewhere; i64"},
    {"rand",       "shape..., dtype=",          call_rand,       "uniform in [0, 1)"},
    {"randn",      "shape..., dtype=",          call_rand,       "standard normal"},
    {"load",       "path, name=, rows=, columns=", call_load,    "the array in an .npy or IDX file, or the one of that name in an .npz; rows of it, and of a CSV columns"},
    {"rand_like",  "x",                         call_rand_like,  "rand, of x's shape"},
    {"randn_like", "x",                         call_rand_like,  "randn, of x's shape"},
    {"randint",    "low, high, shape...",       call_randint,    "integers in [low, high), i64"},
    {"bernoulli",  "p, shape...",               call_bernoulli,  "1 with probability p, else 0; f32. Without a shape, p's"},
    {"uniform",    "low=, high=",               call_uniform,    "first value of a param: uniform in [low, high), 0 and 1 by default"},
    {"normal",     "mean=, std=",               call_normal,     "first value of a param: normal, 0 and 1 by default"},
    {"fan_in",     "",                          call_fan_in,     "inputs of each output of the param being initialised: its sizes but the first"},
    {"fan_out",    "",                          call_fan_out,    "outputs of each input of the param being initialised: its sizes but the second"},
    {"init_shape", "",                          call_init_shape, "the sizes of the param being initialised, as a list"},
    /* --- ask --- */
    {"shape",      "x",                         call_shape_of,   "x's sizes as a list"},
    {"ndim",       "x",                         call_ndim,       "the number of x's axes"},
    {"dtype",      "x",                         call_dtype,      "x's dtype"},
    {"size",       "x, axis|dim=",              call_size,       "the number of x's elements, or its size along an axis"},
    {"len",        "x",                         call_len,        "the bytes of a string, the items of a list, the size of x's first axis"},
    {"has_batch",  "x",                         call_has_batch,  "is one of x's dimensions batch?"},
    {"is_zero",    "x",                         call_is_zero,    "is x known when compiling to be 0? For options: false"},
    {"require",    "x, condition, text..., hint=", call_require, "x; an error with the texts, joined, where the condition does not hold"},
    {"per_axis",   "value, count",              call_per_axis,   "a list of integers, one an axis: of a list itself, of an integer repeated"},
    /* --- convert --- */
    {"f32",        "x",                         call_cast,       "x as 32-bit floats"},
    {"f64",        "x",                         call_cast,       "x as 64-bit floats"},
    {"f16",        "x",                         call_cast,       "x as 16-bit floats (11 bits of precision, at most 65504)"},
    {"bf16",       "x",                         call_cast,       "x as the upper half of 32-bit floats (8 bits of precision)"},
    {"i8",         "x",                         call_cast,       "x as 8-bit integers; floats lose what is behind the point"},
    {"i16",        "x",                         call_cast,       "x as 16-bit integers"},
    {"i32",        "x",                         call_cast,       "x as 32-bit integers"},
    {"i64",        "x",                         call_cast,       "x as 64-bit integers"},
    {"u8",         "x",                         call_cast,       "x as 8-bit integers without sign"},
    {"bool",       "x",                         call_cast,       "x != 0"},
    /* --- arithmetic --- */
    {"add",        "a, b",                      call_operator,   "a + b"},
    {"sub",        "a, b",                      call_operator,   "a - b"},
    {"mul",        "a, b",                      call_operator,   "a * b"},
    {"div",        "a, b",                      call_operator,   "a / b"},
    {"floordiv",   "a, b",                      call_operator,   "a // b"},
    {"mod",        "a, b",                      call_operator,   "a % b"},
    {"remainder",  "a, b",                      call_operator,   "a % b"},
    {"pow",        "a, b",                      call_operator,   "a ** b"},
    {"matmul",     "a, b",                      call_operator,   "a @ b"},
    {"neg",        "x",                         call_neg,        "-x"},
    {"minimum",    "a, b",                      call_extreme,    "the smaller of each two; NaN if one is"},
    {"maximum",    "a, b",                      call_extreme,    "the larger of each two; NaN if one is"},
    {"clamp",      "x, min=, max=",             call_clamp,      "x, not below min and not above max"},
    {"where",      "condition, a, b",           call_where,      "a where the condition is true, else b"},
    {"exp",        "x",                         call_unary,      "e ** x"},
    {"expm1",      "x",                         call_unary,      "e ** x - 1, exact near 0"},
    {"exp2",       "x",                         call_unary,      "2 ** x"},
    {"log",        "x",                         call_unary,      "the natural logarithm"},
    {"log2",       "x",                         call_unary,      "the logarithm to the base 2"},
    {"log10",      "x",                         call_unary,      "the logarithm to the base 10"},
    {"log1p",      "x",                         call_unary,      "log(1 + x), exact near 0"},
    {"sqrt",       "x",                         call_unary,      "the square root"},
    {"rsqrt",      "x",                         call_unary,      "1 / sqrt(x)"},
    {"sin",        "x",                         call_unary,      "sine"},
    {"cos",        "x",                         call_unary,      "cosine"},
    {"atan2",      "y, x",                      call_atan2,      "the angle of the point (x, y), from -pi to pi"},
    {"sinh",       "x",                         call_unary,      "hyperbolic sine"},
    {"cosh",       "x",                         call_unary,      "hyperbolic cosine"},
    {"tanh",       "x",                         call_unary,      "hyperbolic tangent"},
    {"sigmoid",    "x",                         call_unary,      "1 / (1 + exp(-x))"},
    {"erf",        "x",                         call_unary,      "the error function"},
    {"abs",        "x",                         call_rounding,   "the absolute value"},
    {"sign",       "x",                         call_rounding,   "-1, 0 or 1"},
    {"floor",      "x",                         call_rounding,   "the largest integer not above x"},
    {"ceil",       "x",                         call_rounding,   "the smallest integer not below x"},
    {"round",      "x",                         call_rounding,   "the nearest integer, ties to even"},
    {"isnan",      "x",                         call_isnan,      "is x not a number?"},
    {"dot",        "a, b",                      call_dot,        "the product of two vectors"},
    {"einsum",     "equation, operands...",     call_einsum,     "products summed by an equation, such as \"bij,bjk->bik\""},
    {"outer",      "a, b",                      call_outer,      "all products of two vectors' elements"},
    /* --- reduce --- */
    {"sum",        "x, axis|dim=, keepdims|keepdim=", call_sum,  "the sum over axes; of integers and bools i64"},
    {"prod",       "x, axis|dim=, keepdims|keepdim=", call_sum,  "the product over axes; of integers and bools i64"},
    {"mean",       "x, axis|dim=, keepdims|keepdim=", call_mean, "the mean over axes; of bools, the share that is true"},
    {"var",        "x, axis|dim=, keepdims|keepdim=, correction=", call_var, "the variance: squares' sum / (count - correction), 1 by default"},
    {"std",        "x, axis|dim=, keepdims|keepdim=, correction=", call_std, "the square root of var"},
    {"max",        "x, axis|dim=, keepdims|keepdim=", call_largest, "the largest over axes (the values alone)"},
    {"min",        "x, axis|dim=, keepdims|keepdim=", call_largest, "the smallest over axes (the values alone)"},
    {"argmax",     "x, axis|dim=, keepdims|keepdim=", call_argument, "where the first largest is, i64"},
    {"argmin",     "x, axis|dim=, keepdims|keepdim=", call_argument, "where the first smallest is, i64"},
    {"any",        "x, axis|dim=, keepdims|keepdim=", call_any,  "is one true?"},
    {"all",        "x, axis|dim=, keepdims|keepdim=", call_any,  "are all true?"},
    {"cumsum",     "x, axis|dim=, exclusive=, reverse=", call_cumulate, "running sums along an axis; of integers and bools i64. exclusive: without the element itself; reverse: from the end"},
    {"cumprod",    "x, axis|dim=, exclusive=, reverse=", call_cumulate, "running products, likewise"},
    /* --- index --- */
    {"take",       "x, index, axis|dim=",       call_take,       "the slices of x along an axis that an integer tensor of any shape names; without an axis of x's elements"},
    {"index_select", "x, axis|dim, index",      call_index_select, "take, with a vector of indices"},
    {"take_along_axis", "x, index, axis|dim",   call_take_along_axis, "x's elements along an axis, by an index for each; the other axes are broadcast"},
    {"gather",     "x, axis|dim, index",        call_gather,     "the same; the index may be smaller than x along the other axes"},
    {"pick",       "x, index, axis|dim=",       call_pick,       "x's element at an index along an axis (the last), for each of the others"},
    {"scatter_add", "x, axis|dim, index, source|src", call_scatter_add, "x, with each element of source added where its index says: gather backwards"},
    {"index_add",  "x, axis|dim, index, source", call_index_add, "x, with slice i of source added to slice index[i]"},
    /* --- shape --- */
    {"transpose",  "x, axis0|dim0=, axis1|dim1=", call_transpose, "two axes exchanged; a matrix has only two"},
    {"swapaxes",   "x, axis0|dim0, axis1|dim1", call_transpose,  "two axes exchanged"},
    {"movedim",    "x, source, destination",    call_movedim,    "axes moved to other places"},
    {"permute",    "x, axes|dims...",           call_permute,    "the axes in another order"},
    {"reshape",    "x, shape...",               call_reshape,    "the same elements in another shape; one size may be -1"},
    {"view",       "x, shape...",               call_reshape,    "reshape"},
    {"flatten",    "x, start|start_dim=, end|end_dim=", call_flatten, "axes merged: all, but for a leading batch"},
    {"squeeze",    "x, axis|dim=",              call_squeeze,    "without the axes of size 1"},
    {"unsqueeze",  "x, axis|dim",               call_unsqueeze,  "with a new axis of size 1"},
    {"expand",     "x, shape...",               call_expand,     "axes of size 1 repeated; -1 keeps a size"},
    {"broadcast_to", "x, shape...",             call_expand,     "expand"},
    {"flip",       "x, axis|dims=",             call_flip,       "the elements backwards"},
    {"contiguous", "x",                         call_contiguous, "x"},
    {"concat",     "tensors, axis|dim=",        call_concat,     "one after the other along an axis (the first)"},
    {"cat",        "tensors, axis|dim=",        call_concat,     "concat"},
    {"stack",      "tensors, axis|dim=",        call_stack,      "along a new axis (the first)"},
    {"hstack",     "tensors",                   call_hstack,     "side by side: along axis 1, of vectors axis 0"},
    {"vstack",     "tensors",                   call_vstack,     "one above the other: along axis 0, vectors as rows"},
    {"dstack",     "tensors",                   call_dstack,     "one behind the other: along axis 2, new where there are only two"},
    {"split",      "x, size, axis|dim=",        call_split,      "pieces of a size, or of a list of sizes, along an axis (the first)"},
    {"chunk",      "x, chunks, axis|dim=",      call_chunk,      "so many pieces of equal size, but the last, along an axis (the first)"},
    {"unbind",     "x, axis|dim=",              call_unbind,     "a list of what lies along an axis (the first)"},
    {"diag",       "x, offset|diagonal=",       call_diag,       "a matrix with a vector on its diagonal; of a matrix, its diagonal"},
    {"diagonal",   "x, offset=, axis1|dim1=, axis2|dim2=", call_diagonal, "the diagonal of two axes (the first), as the last axis"},
    {"tile",       "x, times...",               call_tile,       "repeat, with fewer counts than axes: the last ones"},
    {"repeat",     "x, times...",               call_repeat,     "the whole tensor so many times along each axis"},
    {"pad",        "x, padding|pad, mode=, value=", call_pad,    "a border: [left, right] of the last axis, then of the one before; mode \"constant\", \"reflect\", \"replicate\" or \"circular\""},
    /* --- windows and convolutions --- */
    {"windows",    "x, axis|dim, size, step=, dilation=", call_windows, "windows along an axis, what is in each along a new last axis"},
    {"conv1d_with", "x, weight, bias=, stride=, padding=, dilation=, groups=", call_conv, "convolution of f32[batch, channels, length] with a weight f32[out, channels / groups, kernel]"},
    {"conv2d_with", "x, weight, bias=, stride=, padding=, dilation=, groups=", call_conv, "convolution of f32[batch, channels, height, width]; padding may be \"same\" or \"valid\""},
    {"conv_transpose1d_with", "x, weight, bias=, stride=, padding=, output_padding=, groups=, dilation=", call_conv, "the adjoint of conv1d_with; weight f32[channels, out / groups, kernel]"},
    {"conv_transpose2d_with", "x, weight, bias=, stride=, padding=, output_padding=, groups=, dilation=", call_conv, "the adjoint of conv2d_with"},
    /* --- gradients --- */
    {"grad",       "y, x...",                   call_grad,       "dy/dx of a scalar y; a list for several x"},
    {"detach",     "x",                         call_detach,     "x, through which no gradient goes"},
};
/* clang-format on */

enum { TABLE_COUNT = sizeof table / sizeof table[0] };

const Builtin *builtin_table(int *count)
{
    *count = TABLE_COUNT;
    return table;
}

const Builtin *builtin_find(const char *name)
{
    for (int i = 0; i < TABLE_COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* ---- signatures ---- */

typedef struct Formal {
    const char *name, *alias; /* alias: PyTorch's spelling, or NULL */
    bool optional, many;
} Formal;

typedef struct Signature {
    Formal formals[MAX_BUILTIN_ARGS];
    int count;
} Signature;

/* "axis|dim=" */
static Formal formal_read(Arena *arena, const char *text, size_t length)
{
    Formal f = {0};
    size_t end = strcspn(text, "|=.,");
    f.name = arena_strndup(arena, text, end);
    if (text[end] == '|') {
        const char *alias = text + end + 1;
        const size_t alias_length = strcspn(alias, "=.,");
        f.alias = arena_strndup(arena, alias, alias_length);
    }
    f.optional = text[length - 1] == '=';
    f.many = text[length - 1] == '.';
    return f;
}

static Signature signature_read(Arena *arena, const char *text)
{
    Signature s = {.count = 0};
    while (*text) {
        const size_t length = strcspn(text, ",");
        s.formals[s.count++] = formal_read(arena, text, length);
        text += length;
        text += strspn(text, ", ");
    }
    return s;
}

/* "sum(x, axis=, keepdims=)": the first names alone. */
static const char *signature_text(Arena *arena, const Builtin *builtin, const Signature *s)
{
    StrBuf out = strbuf_new(arena);
    strbuf_printf(&out, "%s(", builtin->name);
    for (int i = 0; i < s->count; i++)
        strbuf_printf(&out, "%s%s%s", i ? ", " : "", s->formals[i].name,
                      s->formals[i].many       ? "..."
                      : s->formals[i].optional ? "="
                                               : "");
    strbuf_putc(&out, ')');
    return strbuf_text(&out);
}

static int formal_find(const Signature *s, const char *name)
{
    for (int i = 0; i < s->count; i++) {
        const char *alias = s->formals[i].alias;
        if (strcmp(s->formals[i].name, name) == 0 || (alias && strcmp(alias, name) == 0))
            return i;
    }
    return -1;
}

/* ---- binding ---- */

typedef struct Binding {
    Call *call;
    const Signature *signature;
    bool bound[MAX_BUILTIN_ARGS];
    int position; /* of the next positional argument */
} Binding;

static bool bind_fail(Binding *b, Loc loc, const char *problem, const char *name)
{
    Arena *arena = elab_arena(b->call->e);
    diag_error(elab_diag(b->call->e), loc, signature_text(arena, b->call->builtin, b->signature),
               "%s: %s%s%s%s", b->call->builtin->name, problem, name ? " '" : "", name ? name : "",
               name ? "'" : "");
    return false;
}

static bool bind_positional(Binding *b, const Value *value, Loc loc)
{
    const Signature *s = b->signature;
    if (b->position == s->count)
        return bind_fail(b, loc, "too many arguments", NULL);
    if (s->formals[b->position].many) {
        b->bound[b->position] = true;
        vec_push(elab_arena(b->call->e), &b->call->rest, *value);
        vec_push(elab_arena(b->call->e), &b->call->rest_locs, loc);
        return true;
    }
    b->call->args[b->position] = *value;
    b->call->locs[b->position] = loc;
    b->bound[b->position++] = true;
    return true;
}

static bool bind_unknown(Binding *b, const Arg *arg)
{
    const char *names[MAX_BUILTIN_ARGS];
    for (int i = 0; i < b->signature->count; i++)
        names[i] = b->signature->formals[i].name;
    const char *near = text_nearest(arg->name, names, b->signature->count);
    if (!near)
        return bind_fail(b, arg->name_loc, "there is no argument", arg->name);
    return bind_fail(b, arg->name_loc,
                     arena_printf(elab_arena(b->call->e),
                                  "there is no argument '%s'; did you mean '%s'?", arg->name, near),
                     NULL);
}

static bool bind_named(Binding *b, const Value *value, const Arg *arg, Loc loc)
{
    const int i = formal_find(b->signature, arg->name);
    if (i < 0)
        return bind_unknown(b, arg);
    if (b->bound[i])
        return bind_fail(b, arg->name_loc, "there are two values for", arg->name);
    b->bound[i] = true;
    if (b->signature->formals[i].many) {
        vec_push(elab_arena(b->call->e), &b->call->rest, *value);
        vec_push(elab_arena(b->call->e), &b->call->rest_locs, loc);
        return true;
    }
    b->call->args[i] = *value;
    b->call->locs[i] = loc;
    return true;
}

static bool bind_all(Binding *b, const Value *args, const Arg *written, int count)
{
    for (int i = 0; i < count; i++) {
        const Loc loc = written[i].value ? written[i].value->loc : b->call->loc;
        if (!(written[i].name ? bind_named(b, &args[i], &written[i], loc)
                              : bind_positional(b, &args[i], loc)))
            return false;
    }
    for (int i = 0; i < b->signature->count; i++) {
        const Formal *f = &b->signature->formals[i];
        if (!b->bound[i] && !f->optional && !f->many)
            return bind_fail(b, b->call->loc, "the argument is missing:", f->name);
    }
    return true;
}

Value builtin_call(Elab *e, const Builtin *builtin, const Value *args, const Arg *written,
                   int count, Loc loc)
{
    for (int i = 0; i < count; i++)
        if (args[i].kind == VALUE_ERROR)
            return value_error();
    const Signature signature = signature_read(elab_arena(e), builtin->signature);
    Call call = {.e = e, .builtin = builtin, .loc = loc, .count = signature.count};
    for (int i = 0; i < MAX_BUILTIN_ARGS; i++) {
        call.args[i] = value_none();
        call.locs[i] = loc;
    }
    Binding binding = {.call = &call, .signature = &signature};
    if (!bind_all(&binding, args, written, count))
        return value_error();
    elab_graph(e)->loc = loc;
    return builtin->apply(&call);
}

/* ---- a builtin's arguments ---- */

bool call_has(const Call *call, int i)
{
    return call->args[i].kind != VALUE_NONE;
}

Node *call_tensor(Call *call, int i)
{
    return value_to_tensor(call->e, &call->args[i], call->locs[i]);
}

Value call_fail(Call *call, int i, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(elab_arena(call->e), format, args);
    va_end(args);
    diag_error(elab_diag(call->e), i < 0 ? call->loc : call->locs[i], label, "%s", message);
    return value_error();
}

bool call_flag(Call *call, int i, const char *what, bool *out)
{
    return !call_has(call, i) || value_want_bool(call->e, &call->args[i], call->locs[i], what, out);
}

const Value *call_rest(const Call *call, int *count)
{
    const ValueVec *rest = &call->rest;
    if (rest->count == 1 && rest->data[0].kind == VALUE_LIST)
        rest = rest->data[0].items;
    *count = rest->count;
    return rest->data;
}

bool call_shape(Call *call, Type *out, int *wild)
{
    int count;
    const Value *dims = call_rest(call, &count);
    const Value list = value_list(call->e, dims, count);
    const Loc loc = call->rest.count > 0 ? loc_span(call->rest_locs.data[0],
                                                    call->rest_locs.data[call->rest.count - 1])
                                         : call->loc;
    return value_want_shape(call->e, &list, loc, out, wild);
}

const char *call_type_text(Call *call, const Node *node)
{
    return type_text(elab_arena(call->e), &node->type);
}
