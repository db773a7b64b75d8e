/* random_views.c -- recipes of random programs: elements in other places, and products.
 *
 * Each works out the type of its result by itself, from NumPy's rules. */
#include <string.h>

#include "tests/random_recipes.h"

static bool accepts_matrix(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank >= 2;
}

static bool accepts_axes(const Statement *s)
{
    return s->type.rank >= 1;
}

/* An axis that is not the batch; -1 if there is none. */
static int fixed_axis(RandomProgram *p, const Type *type)
{
    int fit[MAX_RANK], count = 0;
    for (int k = 0; k < type->rank; k++)
        if (!type->dims[k].batch)
            fit[count++] = k;
    return count ? fit[random_below(p, count)] : -1;
}

/* As a user may write it: from the front or from the end. */
static int either(RandomProgram *p, int axis, int rank)
{
    return random_chance(p, 40) ? axis - rank : axis;
}

static bool make_permute(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    if (x < 0)
        return false;
    const Type from = p->statements[x].type;
    Type type = from;
    int axes[MAX_RANK];
    StrBuf list = strbuf_new(p->arena);
    for (int k = 0; k < from.rank; k++)
        axes[k] = k;
    for (int k = from.rank - 1; k > 0; k--) {
        const int other = random_below(p, k + 1), was = axes[k];
        axes[k] = axes[other];
        axes[other] = was;
    }
    for (int k = 0; k < from.rank; k++) {
        type.dims[k] = from.dims[axes[k]];
        strbuf_printf(&list, "%s%d", k ? ", " : "", either(p, axes[k], from.rank));
    }
    return random_add(p, &type, operand_size(p, x), "%s(%s, %s)", r->name, random_use(p, x),
                      strbuf_text(&list));
}

static bool make_transpose(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_matrix);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int a = random_below(p, type.rank), b = random_below(p, type.rank);
    const Dim was = type.dims[a];
    type.dims[a] = type.dims[b];
    type.dims[b] = was;
    if (type.rank == 2 && a != b && random_chance(p, 50))
        return random_add(p, &type, operand_size(p, x), "%s(%s)", r->name, random_use(p, x));
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d, %d)", r->name, random_use(p, x),
                      either(p, a, type.rank), either(p, b, type.rank));
}

static const char *dim_text(RandomProgram *p, Dim d)
{
    if (!d.batch)
        return arena_printf(p->arena, "%lld", (long long)d.size);
    return d.size == 1 ? "batch" : arena_printf(p->arena, "%lld * batch", (long long)d.size);
}

static const char *shape_text(RandomProgram *p, const Type *type)
{
    StrBuf out = strbuf_new(p->arena);
    for (int k = 0; k < type->rank; k++)
        strbuf_printf(&out, "%s%s", k ? ", " : "", dim_text(p, type->dims[k]));
    return strbuf_text(&out);
}

/* Samples stay whole: what is merged with the batch stands behind it. */
static bool may_merge(Dim first, Dim next)
{
    return !next.batch || dim_is_one(first);
}

/* Two axes become one, or one of 4 or 6 two. */
static bool make_reshape(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int k = random_below(p, type.rank);
    const Dim d = type.dims[k];
    if (k + 1 < type.rank && may_merge(d, type.dims[k + 1]) && random_chance(p, 60)) {
        const Dim next = type.dims[k + 1];
        type.dims[k] = (Dim){d.size * next.size, d.batch || next.batch};
        for (int i = k + 1; i + 1 < type.rank; i++)
            type.dims[i] = type.dims[i + 1];
        type.rank--;
    } else if (d.size % 2 == 0) {
        for (int i = type.rank++; i > k + 1; i--)
            type.dims[i] = type.dims[i - 1];
        type.dims[k] = (Dim){d.size / 2, d.batch};
        type.dims[k + 1] = dim_fixed(2);
    } else {
        type.dims[type.rank++] = dim_fixed(1);
    }
    const char *text = type.rank == 0 ? "[]" : shape_text(p, &type);
    return random_add(p, &type, operand_size(p, x), "%s(%s, %s)", r->name, random_use(p, x), text);
}

static bool make_flatten(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_matrix);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int start = random_below(p, type.rank - 1);
    Dim whole = type.dims[start];
    for (int k = start + 1; k < type.rank; k++)
        if (!may_merge(whole, type.dims[k]))
            return false;
        else
            whole = (Dim){whole.size * type.dims[k].size, whole.batch || type.dims[k].batch};
    type.dims[start] = whole;
    const int rank = type.rank;
    type.rank = start + 1;
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d, %d)", r->name, random_use(p, x),
                      either(p, start, rank), rank - 1);
}

static bool make_unsqueeze(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_any);
    Type type = p->statements[x].type;
    const int axis = random_below(p, type.rank + 1);
    for (int k = type.rank; k > axis; k--)
        type.dims[k] = type.dims[k - 1];
    type.dims[axis] = dim_fixed(1);
    type.rank++;
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d)", r->name, random_use(p, x),
                      either(p, axis, type.rank));
}

static bool accepts_thin(const Statement *s)
{
    for (int k = 0; k < s->type.rank; k++)
        if (dim_is_one(s->type.dims[k]))
            return true;
    return false;
}

static int thin_axis(const Type *type)
{
    int axis = 0;
    while (!dim_is_one(type->dims[axis]))
        axis++;
    return axis;
}

static bool make_squeeze(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_thin);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int axis = thin_axis(&type);
    for (int k = axis; k + 1 < type.rank; k++)
        type.dims[k] = type.dims[k + 1];
    type.rank--;
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d)", r->name, random_use(p, x),
                      either(p, axis, type.rank + 1));
}

static bool make_expand(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_thin);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int axis = thin_axis(&type);
    StrBuf list = strbuf_new(p->arena);
    type.dims[axis] = dim_fixed(2 + random_below(p, 3));
    for (int k = 0; k < type.rank; k++)
        strbuf_printf(&list, ", %d", k == axis ? (int)type.dims[k].size : -1);
    return random_add(p, &type, operand_size(p, x), "%s(%s%s)", r->name, random_use(p, x),
                      strbuf_text(&list));
}

static bool make_flip(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    const int axis = x < 0 ? -1 : fixed_axis(p, &p->statements[x].type);
    if (axis < 0)
        return false;
    const Type type = p->statements[x].type;
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d)", r->name, random_use(p, x),
                      either(p, axis, type.rank));
}

/* v[:, a:b:c], with negative steps too. */
static bool make_slice(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    const int axis = x < 0 ? -1 : fixed_axis(p, &p->statements[x].type);
    if (axis < 0)
        return false;
    (void)r;
    Type type = p->statements[x].type;
    const int size = (int)type.dims[axis].size, start = random_below(p, size);
    StrBuf list = strbuf_new(p->arena);
    for (int k = 0; k < axis; k++)
        strbuf_puts(&list, ":, ");
    const int step = 1 + random_below(p, 2);
    switch (random_below(p, 4)) {
    case 0: /* an index: the axis goes */
        strbuf_printf(&list, "%d", either(p, start, size));
        for (int k = axis; k + 1 < type.rank; k++)
            type.dims[k] = type.dims[k + 1];
        type.rank--;
        break;
    case 1:
        strbuf_printf(&list, "%d::-%d", start, step);
        type.dims[axis] = dim_fixed(start / step + 1);
        break;
    default:
        strbuf_printf(&list, "%d:%d:%d", start, size + random_below(p, 3), step);
        type.dims[axis] = dim_fixed((size - start + step - 1) / step);
    }
    return random_add(p, &type, operand_size(p, x), "%s[%s]", random_use(p, x), strbuf_text(&list));
}

/* ---- joining and repeating ---- */

/* Two values of one type but for an axis, one of them a slice of itself if there is no other. */
static bool make_concat(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    const int axis = x < 0 ? -1 : fixed_axis(p, &p->statements[x].type);
    if (axis < 0)
        return false;
    Type type = p->statements[x].type;
    int y = x;
    for (int i = 0; i < p->count; i++) {
        Type other = p->statements[i].type;
        if (other.rank != type.rank || other.dims[axis].batch)
            continue;
        other.dims[axis] = type.dims[axis];
        if (type_equal(&other, &type) && random_chance(p, 60))
            y = i;
    }
    const bool twice = random_chance(p, 30);
    type.dims[axis].size +=
        p->statements[y].type.dims[axis].size + (twice ? type.dims[axis].size : 0);
    const double size =
        operand_size(p, x) > operand_size(p, y) ? operand_size(p, x) : operand_size(p, y);
    const char *a = random_use(p, x), *b = random_use(p, y);
    return random_add(p, &type, size, "%s([%s, %s%s%s], %s = %d)", r->name, a, b, twice ? ", " : "",
                      twice ? a : "", random_chance(p, 50) ? "axis" : "dim",
                      either(p, axis, type.rank));
}

static bool make_stack(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_any);
    Type type = p->statements[x].type;
    const int axis = random_below(p, type.rank + 1);
    int y = x;
    for (int i = 0; i < p->count; i++)
        if (type_equal(&p->statements[i].type, &type) && random_chance(p, 60))
            y = i;
    for (int k = type.rank; k > axis; k--)
        type.dims[k] = type.dims[k - 1];
    type.dims[axis] = dim_fixed(2);
    type.rank++;
    const double size =
        operand_size(p, x) > operand_size(p, y) ? operand_size(p, x) : operand_size(p, y);
    const char *a = random_use(p, x), *b = random_use(p, y);
    return random_add(p, &type, size, "%s([%s, %s], %d)", r->name, a, b,
                      either(p, axis, type.rank));
}

/* hstack and vstack of a value with itself: along axis 1, or 0; a vector is a row of vstack. */
static bool make_hstack(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const bool rows = r->name[0] == 'v';
    if (rows && type.rank == 1) {
        type.dims[1] = type.dims[0];
        type.dims[0] = dim_fixed(1);
        type.rank = 2;
    }
    const int axis = rows || type.rank == 1 ? 0 : 1;
    if (type.dims[axis].batch)
        return false;
    type.dims[axis].size *= 2;
    return random_add(p, &type, operand_size(p, x), "%s", recipe_text(p, r, x, x));
}

static bool make_split(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    const int axis = x < 0 ? -1 : fixed_axis(p, &p->statements[x].type);
    if (axis < 0 || p->statements[x].type.dims[axis].size < 2)
        return false;
    Type type = p->statements[x].type;
    const int size = (int)type.dims[axis].size, first = 1 + random_below(p, size - 1);
    type.dims[axis].size = size - first;
    return random_add(p, &type, operand_size(p, x), "%s(%s, [%d, %d], %d)[1]", r->name,
                      random_use(p, x), first, size - first, either(p, axis, type.rank));
}

static bool make_repeat(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    const int axis = x < 0 ? -1 : fixed_axis(p, &p->statements[x].type);
    if (axis < 0)
        return false;
    Type type = p->statements[x].type;
    StrBuf list = strbuf_new(p->arena);
    for (int k = 0; k < type.rank; k++)
        strbuf_printf(&list, ", %d", k == axis ? 2 : 1);
    type.dims[axis].size *= 2;
    return random_add(p, &type, operand_size(p, x), "%s(%s%s)", r->name, random_use(p, x),
                      strbuf_text(&list));
}

static bool accepts_border(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank > 0 &&
           !s->type.dims[s->type.rank - 1].batch;
}

static bool make_pad(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_border);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int left = random_below(p, 3), right = random_below(p, 2);
    type.dims[type.rank - 1].size += left + right;
    return random_add(p, &type, operand_size(p, x) + 1, "%s(%s, [%d, %d]%s)", r->name,
                      random_use(p, x), left, right, random_chance(p, 50) ? ", value = -0.5" : "");
}

static bool make_windows(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_axes);
    const int axis = x < 0 ? -1 : fixed_axis(p, &p->statements[x].type);
    if (axis < 0)
        return false;
    Type type = p->statements[x].type;
    const int n = (int)type.dims[axis].size, taps = 1 + random_below(p, 3);
    const int step = 1 + random_below(p, 2), dilation = 1 + random_below(p, 2);
    if (dilation * (taps - 1) + 1 > n)
        return false;
    type.dims[axis] = dim_fixed((n - dilation * (taps - 1) - 1) / step + 1);
    type.dims[type.rank++] = dim_fixed(taps);
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d, %d, step = %d, dilation = %d)",
                      r->name, random_use(p, x), axis, taps, step, dilation);
}

/* ---- products ---- */

/* A vector, a matrix or several by another: the last axis of a is the last but one of b. */
static bool make_matmul(RandomProgram *p, const Recipe *r)
{
    for (int turn = 0; turn < 10; turn++) {
        const int x = random_value(p, accepts_matrix), y = random_value(p, accepts_matrix);
        if (x < 0)
            return false;
        const Type *a = &p->statements[x].type, *b = &p->statements[y].type;
        Type type = *a;
        if (a->dtype != b->dtype || b->rank != 2 || !dim_equal(a->dims[a->rank - 1], b->dims[0]) ||
            a->dims[a->rank - 1].batch || (b->dims[1].batch && type_batch_axis(a) >= 0))
            continue;
        type.dims[type.rank - 1] = b->dims[1];
        const double size = operand_size(p, x) * operand_size(p, y) * (double)b->dims[0].size;
        return random_add(p, &type, size, "%s", recipe_text(p, r, x, y));
    }
    return false;
}

/* x' x of the first axis, which may be the batch: [n, n] of [batch, n]. */
static bool make_gram(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_matrix);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    if (type.rank != 2 || type.dims[1].batch)
        return false;
    const double size = operand_size(p, x);
    const double turns =
        type.dims[0].batch ? 8.0 * (double)type.dims[0].size : (double)type.dims[0].size;
    type.dims[0] = type.dims[1];
    return random_add(p, &type, size * size * turns, "%s", recipe_text(p, r, x, x));
}

static bool accepts_vector(const Statement *s)
{
    return dtype_is_float(s->type.dtype) && s->type.rank == 1 && !s->type.dims[0].batch;
}

static bool make_vectors(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_vector), y = random_value(p, accepts_vector);
    if (x < 0)
        return false;
    const Type *a = &p->statements[x].type, *b = &p->statements[y].type;
    const bool outer = r->name[0] == 'o';
    if (a->dtype != b->dtype || (!outer && !dim_equal(a->dims[0], b->dims[0])))
        return false;
    Type type = {.dtype = a->dtype, .rank = outer ? 2 : 0, .dims = {a->dims[0], b->dims[0]}};
    const double size =
        operand_size(p, x) * operand_size(p, y) * (outer ? 1 : (double)a->dims[0].size);
    return random_add(p, &type, size, "%s", recipe_text(p, r, x, y));
}

/* ---- from nothing ---- */

static bool make_created(RandomProgram *p, const Recipe *r)
{
    Type type;
    StrBuf text = strbuf_new(p->arena);
    const char *space = strchr(r->text, '=');
    strbuf_write(&text, r->text, (size_t)(space - r->text));
    return type_read(strbuf_text(&text), &type) != NULL &&
           random_add(p, &type, r->size, "%s", space + 1);
}

/* clang-format off */
const Recipe random_views[] = {
    {"permute", make_permute, "", 0, 2}, {"transpose", make_transpose, "", 0, 2},
    {"reshape", make_reshape, "", 0, 3}, {"view", make_reshape, "", 0, 1},
    {"flatten", make_flatten, "", 0, 1}, {"unsqueeze", make_unsqueeze, "", 0, 1},
    {"squeeze", make_squeeze, "", 0, 1}, {"expand", make_expand, "", 0, 2},
    {"flip", make_flip, "", 0, 2}, {"slice", make_slice, "", 0, 4},
    {"concat", make_concat, "", 0, 2}, {"cat", make_concat, "", 0, 1},
    {"stack", make_stack, "", 0, 1},
    {"hstack", make_hstack, "hstack([$0, $0])", 0, 1}, {"vstack", make_hstack, "vstack([$0, $0])", 0, 1},
    {"split", make_split, "", 0, 1}, {"repeat", make_repeat, "", 0, 1}, {"pad", make_pad, "", 0, 2},
    {"windows", make_windows, "", 0, 2},
    {"matmul", make_matmul, "$0 @ $1", 0, 4}, {"matmul", make_matmul, "matmul($0, $1)", 0, 1},
    {"matmul", make_gram, "transpose($0) @ $0", 0, 3},
    {"dot", make_vectors, "dot($0, $1)", 0, 1}, {"outer", make_vectors, "outer($0, $1)", 0, 1},
    {"zeros", make_created, "f32[2, 3]=zeros(2, 3)", 0.1, 1},
    {"ones", make_created, "f32[3]=ones(3)", 1, 1},
    {"ones", make_created, "f64[2, 3]=ones(2, 3, dtype = f64)", 1, 1},
    {"full", make_created, "f32[5, 1]=full([5, 1], 0.75)", 0.75, 1},
    {"arange", make_created, "i64[5]=arange(5)", 5, 1},
    {"arange", make_created, "f32[3]=arange(0.0, 1.0, 0.4)", 1, 1},
    {"linspace", make_created, "f32[7]=linspace(-1, 1, 7)", 1, 1},
    {"eye", make_created, "f32[3, 4]=eye(3, 4, dtype = f32)", 1, 1},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */
