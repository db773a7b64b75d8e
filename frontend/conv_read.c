/* conv_read.c -- the arguments of a convolution, and whether they fit together.
 *
 * In: a call.  Out: a Conv, with the sizes of the result, or one message that shows x's and the
 * weight's types and the formula with its numbers:
 *
 *     conv2d of f32[batch, 3, 8, 8] with weight f32[16, 4, 3, 3]: x has 3 channels, the weight is
 *     for 4 */
#include "frontend/conv.h"

#include <string.h>

#include "support/checked.h"

typedef struct ConvArgs { /* positions in the signatures */
    int stride, padding, extra, dilation, groups;
} ConvArgs;

static const ConvArgs plain_args = {3, 4, -1, 5, 6}, transposed_args = {3, 4, 5, 7, 6};

/* An error at an argument, or at the call (-1); of a layer of the library, where it was applied. */
static bool refuse(const Conv *c, int arg, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool refuse(const Conv *c, int arg, const char *label, const char *format, ...)
{
    const Call *call = c->call;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(elab_arena(call->e), format, args);
    va_end(args);
    diag_error(elab_diag(call->e), elab_user_loc(call->e, arg < 0 ? call->loc : call->locs[arg]),
               label, "%s%s%s", c->name, arg < 0 ? " of " : ": ", message);
    return false;
}

/* ---- reading the arguments ---- */

/* One integer for all spatial axes, or a list with one for each. */
static bool read_sizes(const Conv *c, int arg, const char *what, int64_t least, int64_t *out)
{
    Call *call = c->call;
    const Value *v = &call->args[arg];
    if (v->kind == VALUE_LIST && v->items->count != c->count) {
        return refuse(c, arg, NULL, "%s must be an integer or a list of %d, not a list of %d", what,
                      c->count, v->items->count);
    }
    for (int i = 0; i < c->count; i++) {
        const Value *item = v->kind == VALUE_LIST ? &v->items->data[i] : v;
        if (!value_want_int(call->e, item, call->locs[arg], what, &out[i]))
            return false;
        if (out[i] < least)
            return refuse(c, arg, NULL, "%s must be %lld or more, not %lld", what, (long long)least,
                          (long long)out[i]);
    }
    return true;
}

static bool read_optional(const Conv *c, int arg, const char *what, int64_t least,
                          int64_t otherwise, int64_t *out)
{
    for (int i = 0; i < c->count; i++)
        out[i] = otherwise;
    return arg < 0 || !call_has(c->call, arg) || read_sizes(c, arg, what, least, out);
}

/* padding = "same": as many places as elements; what is odd goes behind, as in PyTorch. */
static bool pad_same(Conv *c, int arg)
{
    for (int i = 0; i < c->count; i++) {
        Spatial *s = &c->at[i];
        int64_t total;
        if (s->stride != 1)
            return refuse(c, arg, "give padding as a number",
                          "padding = \"same\" needs stride = 1, not %lld", (long long)s->stride);
        if (!checked_mul(s->kernel - 1, s->dilation, &total))
            return refuse(c, -1, NULL, "too large");
        s->before = total / 2;
        s->after = total - s->before;
    }
    return true;
}

static bool read_padding(Conv *c, int arg)
{
    int64_t sides[MOST_SPATIAL];
    const Value *v = &c->call->args[arg];
    if (v->kind == VALUE_STRING && !c->transposed && strcmp(v->text, "same") == 0)
        return pad_same(c, arg);
    const bool valid = v->kind == VALUE_STRING && !c->transposed && strcmp(v->text, "valid") == 0;
    if (v->kind == VALUE_STRING && !valid)
        return refuse(c, arg, NULL, "padding must be %s, not \"%s\"",
                      c->transposed ? "an integer or a list"
                                    : "an integer, a list, \"same\" or \"valid\"",
                      v->text);
    if (!valid && !read_optional(c, arg, "padding", 0, 0, sides))
        return false;
    for (int i = 0; i < c->count; i++)
        c->at[i].before = c->at[i].after = valid ? 0 : sides[i];
    return true;
}

static bool read_settings(Conv *c, const ConvArgs *at)
{
    int64_t stride[MOST_SPATIAL], dilation[MOST_SPATIAL], extra[MOST_SPATIAL];
    c->groups = 1;
    if (!read_optional(c, at->stride, "stride", 1, 1, stride) ||
        !read_optional(c, at->dilation, "dilation", 1, 1, dilation) ||
        !read_optional(c, at->extra, "output_padding", 0, 0, extra))
        return false;
    for (int i = 0; i < c->count; i++) {
        c->at[i].stride = stride[i];
        c->at[i].dilation = dilation[i];
        c->at[i].extra = extra[i];
    }
    if (call_has(c->call, at->groups) &&
        !value_want_int(c->call->e, &c->call->args[at->groups], c->call->locs[at->groups], "groups",
                        &c->groups))
        return false;
    if (c->groups >= 1)
        return read_padding(c, at->padding);
    return refuse(c, at->groups, NULL, "groups must be 1 or more, not %lld", (long long)c->groups);
}

/* ---- do the shapes fit? ---- */

static bool conv_fail(const Conv *c, const char *label, const char *why)
{
    return refuse(c, -1, label, "%s with weight %s: %s",
                  type_text(elab_arena(c->call->e), &c->given), call_type_text(c->call, c->weight),
                  why);
}

static const char *layout_text(const Conv *c, bool weight)
{
    if (!weight)
        return c->count == 1 ? "[batch, channels, length]" : "[batch, channels, height, width]";
    return c->transposed ? (c->count == 1 ? "[channels, out / groups, kernel]"
                                          : "[channels, out / groups, kernel, kernel]")
                         : (c->count == 1 ? "[out, channels / groups, kernel]"
                                          : "[out, channels / groups, kernel, kernel]");
}

/* Tensors of floats, of the right rank, with the batch in front. */
static bool read_tensors(Conv *c)
{
    Call *call = c->call;
    Node *bias = call_has(call, 2) ? call_tensor(call, 2) : NULL;
    c->x = call_tensor(call, 0);
    c->weight = call_tensor(call, 1);
    if (!c->x || !c->weight || (call_has(call, 2) && !bias))
        return false;
    c->given = c->x->type;
    c->bias = bias;
    const int rank = c->count + 2;
    const bool floats = dtype_is_float(c->x->type.dtype) && dtype_is_float(c->weight->type.dtype) &&
                        (!bias || dtype_is_float(bias->type.dtype));
    c->alone = c->x->type.rank == rank - 1;
    if (!floats)
        return conv_fail(c, "convert them: f32(...)", "they must be of floats");
    if (c->x->type.rank != rank && !c->alone)
        return conv_fail(c,
                         c->count == 2 && c->x->type.rank == 2
                             ? "an image in a row: reshape(x, -1, channels, height, width)"
                             : NULL,
                         arena_printf(elab_arena(call->e), "x must be %s", layout_text(c, false)));
    if (c->weight->type.rank != rank)
        return conv_fail(
            c, NULL,
            arena_printf(elab_arena(call->e), "the weight must be %s", layout_text(c, true)));
    if (type_batch_axis(&c->x->type) > 0 || (c->alone && type_batch_axis(&c->x->type) == 0) ||
        type_batch_axis(&c->weight->type) >= 0)
        return conv_fail(c, NULL, "the batch dimension can only be x's first");
    return true;
}

/* The weight's type, were it for so many channels. */
static const char *weight_text(const Conv *c, int64_t channels)
{
    Type type = c->weight->type;
    type.dims[c->transposed ? 0 : 1] = dim_fixed(channels);
    return type_text(elab_arena(c->call->e), &type);
}

/* Channels and groups; the number of channels of the result. */
static bool check_channels(Conv *c)
{
    Arena *arena = elab_arena(c->call->e);
    const Type *w = &c->weight->type;
    const int64_t first = w->dims[0].size, second = w->dims[1].size, g = c->groups;
    c->channels = c->given.dims[c->alone ? 0 : 1].size;
    if (c->channels % g != 0)
        return conv_fail(c, "groups must divide the channels on both sides",
                         arena_printf(arena, "groups = %lld does not divide %lld channels",
                                      (long long)g, (long long)c->channels));
    if (!c->transposed && first % g != 0)
        return conv_fail(c, NULL,
                         arena_printf(arena,
                                      "groups = %lld does not divide %lld channels of the "
                                      "result",
                                      (long long)g, (long long)first));
    const int64_t has = c->transposed ? first : second;
    const int64_t needed = c->transposed ? c->channels : c->channels / g;
    if (has != needed)
        return conv_fail(c, arena_printf(arena, "it would have to be %s", weight_text(c, needed)),
                         arena_printf(arena, "x has %lld channels, the weight is for %lld",
                                      (long long)c->channels,
                                      (long long)(c->transposed ? has : has * g)));
    c->out_channels = first;
    if (c->transposed && !checked_mul(second, g, &c->out_channels))
        return false;
    if (c->bias && (c->bias->type.rank != 1 || c->bias->type.dims[0].batch ||
                    c->bias->type.dims[0].size != c->out_channels))
        return conv_fail(c, NULL,
                         arena_printf(arena, "the bias must be %s[%lld], not %s",
                                      dtype_info[c->bias->type.dtype].name,
                                      (long long)c->out_channels,
                                      call_type_text(c->call, c->bias)));
    return true;
}

static const char *axis_word(const Conv *c, int i)
{
    return c->count == 1 ? "length" : i == 0 ? "height" : "width";
}

/* out = (size + before + after - dilation (kernel - 1) - 1) / stride + 1 */
static bool fit_plain(Conv *c, int i)
{
    Spatial *s = &c->at[i];
    Arena *arena = elab_arena(c->call->e);
    int64_t padded, reach, short_of;
    if (!checked_add(s->size, s->before, &padded) || !checked_add(padded, s->after, &padded) ||
        !checked_mul(s->kernel - 1, s->dilation, &reach) || !checked_add(reach, 1, &reach))
        return conv_fail(c, NULL, "too large");
    s->out = padded >= reach ? (padded - reach) / s->stride + 1 : 0;
    if (s->out > 0)
        return true;
    short_of = reach - padded;
    return conv_fail(
        c,
        arena_printf(arena, "padding = %lld would do", (long long)(s->before + (short_of + 1) / 2)),
        arena_printf(arena,
                     "the kernel is larger than the input: %s + padding = %lld + %lld + %lld = "
                     "%lld, dilation * (kernel - 1) + 1 = %lld * (%lld - 1) + 1 = %lld",
                     axis_word(c, i), (long long)s->size, (long long)s->before, (long long)s->after,
                     (long long)padded, (long long)s->dilation, (long long)s->kernel,
                     (long long)reach));
}

/* out = (size - 1) stride - before - after + dilation (kernel - 1) + output_padding + 1 */
static bool fit_transposed(Conv *c, int i)
{
    Spatial *s = &c->at[i];
    Arena *arena = elab_arena(c->call->e);
    int64_t whole, reach;
    if (s->extra >= s->stride && s->extra >= s->dilation)
        return conv_fail(c, NULL,
                         arena_printf(arena,
                                      "output_padding = %lld must be less than stride = "
                                      "%lld or dilation = %lld",
                                      (long long)s->extra, (long long)s->stride,
                                      (long long)s->dilation));
    if (!checked_mul(s->size - 1, s->stride, &whole) ||
        !checked_mul(s->kernel - 1, s->dilation, &reach) || !checked_add(whole, reach, &whole) ||
        !checked_add(whole, s->extra + 1, &whole))
        return conv_fail(c, NULL, "too large");
    s->out = whole - s->before - s->after;
    if (s->out > 0)
        return true;
    return conv_fail(
        c, "take less padding",
        arena_printf(arena,
                     "nothing is left of the %s: (%lld - 1) * stride %lld + dilation %lld * "
                     "(kernel %lld - 1) + output_padding %lld + 1 - 2 * padding %lld = %lld",
                     axis_word(c, i), (long long)s->size, (long long)s->stride,
                     (long long)s->dilation, (long long)s->kernel, (long long)s->extra,
                     (long long)s->before, (long long)s->out));
}

static bool check_sizes(Conv *c)
{
    for (int i = 0; i < c->count; i++) {
        const Spatial *s = &c->at[i];
        if (s->kernel < 1 || s->size < 1)
            return conv_fail(
                c, NULL, arena_printf(elab_arena(c->call->e), "the %s is empty", axis_word(c, i)));
        if (!(c->transposed ? fit_transposed(c, i) : fit_plain(c, i)))
            return false;
    }
    return true;
}

bool conv_read(Conv *c)
{
    if (!read_tensors(c))
        return false;
    for (int i = 0; i < c->count; i++) {
        c->at[i].axis = i + (c->alone ? 1 : 2);
        c->at[i].size = c->given.dims[c->at[i].axis].size;
        c->at[i].kernel = c->weight->type.dims[i + 2].size;
    }
    return read_settings(c, c->transposed ? &transposed_args : &plain_args) && check_channels(c) &&
           check_sizes(c);
}
