/* infer_labels.c -- the type rules of operations whose axes have labels, as in einsum.
 *
 *     contract %a %b labels=ik,kj->ij          f32[2, 3], f32[3, 4]    =>  f32[2, 4]
 *     gather %x %i axis=0 labels=rc,i->ic      f32[50, 8], i64[5]      =>  f32[5, 8] */
#include <string.h>

#include "ir/infer_rules.h"

/* ---- products ---- */

typedef struct LabelDims { /* the dimension that each letter stands for */
    bool known[26];
    Dim dims[26];
} LabelDims;

/* Letters of one tensor are 'a' to 'z', one for each axis, and unique. */
static bool want_labels(const InferCall *call, const char *labels, int rank, const char **why)
{
    bool seen[26] = {false};
    if (!labels)
        return infer_refuse(call, why, "a tensor without labels");
    for (const char *c = labels; *c; c++) {
        if (*c < 'a' || *c > 'z' || seen[*c - 'a'])
            return infer_refuse(call, why, "labels '%s' are not different lower-case letters",
                                labels);
        seen[*c - 'a'] = true;
    }
    if (rank >= 0 && strlen(labels) != (size_t)rank)
        return infer_refuse(call, why, "labels '%s' for %d axes", labels, rank);
    return true;
}

static bool bind_labels(const InferCall *call, int which, const Type *type, LabelDims *bound,
                        const char **why)
{
    const char *labels = call->attr->labels[which];
    if (!want_labels(call, labels, type->rank, why))
        return false;
    for (int i = 0; i < type->rank; i++) {
        const int letter = labels[i] - 'a';
        if (bound->known[letter] && !dim_equal(bound->dims[letter], type->dims[i]))
            return infer_refuse(call, why, "%s and %s differ in '%c' of %s,%s",
                                infer_show(call, infer_arg(call, 0)),
                                infer_show(call, infer_arg(call, 1)), labels[i],
                                call->attr->labels[0], call->attr->labels[1]);
        bound->known[letter] = true;
        bound->dims[letter] = type->dims[i];
    }
    return true;
}

bool infer_contract(const InferCall *call, Type *out, const char **why)
{
    const Type *a = infer_arg(call, 0), *b = infer_arg(call, 1);
    const char *labels = call->attr->labels[2];
    LabelDims bound = {{false}, {{0, false}}};
    if (a->dtype != b->dtype)
        return infer_refuse(call, why, "operands differ: %s and %s", infer_show(call, a),
                            infer_show(call, b));
    if (!infer_want_number(call, a, why) || !bind_labels(call, 0, a, &bound, why) ||
        !bind_labels(call, 1, b, &bound, why) || !want_labels(call, labels, -1, why))
        return false;
    if (strlen(labels) > MAX_RANK)
        return infer_refuse(call, why, "labels '%s' give more than %d axes", labels, MAX_RANK);
    *out = (Type){.dtype = a->dtype, .rank = (int)strlen(labels)};
    for (int i = 0; i < out->rank; i++) {
        if (!bound.known[labels[i] - 'a'])
            return infer_refuse(call, why, "label '%c' of the result is in no operand", labels[i]);
        out->dims[i] = bound.dims[labels[i] - 'a'];
    }
    return true;
}

/* ---- places given by integers ---- */

/* What gather and scatter share: the labels of the tensor `type`, of the indices and of what is
 * picked, as the type that this has. */
static bool want_places(const InferCall *call, const Type *type, Type *picked, const char **why)
{
    const char *const *labels = call->attr->labels;
    const Type *index = infer_arg(call, 1);
    const int axis = call->attr->axes[0];
    LabelDims bound = {{false}, {{0, false}}};
    if (!dtype_is_int(index->dtype))
        return infer_refuse(call, why, "the indices are %s, not integers", infer_show(call, index));
    if (!infer_want_axis(call, axis, type, why) || !bind_labels(call, 0, type, &bound, why) ||
        !bind_labels(call, 1, index, &bound, why) || !want_labels(call, labels[2], -1, why))
        return false;
    const char *at = &labels[0][axis];
    if (type->dims[axis].batch || type->dims[axis].size == 0)
        return infer_refuse(call, why, "axis %d of %s cannot be indexed", axis,
                            infer_show(call, type));
    if (strlen(labels[2]) > MAX_RANK || strchr(labels[1], *at) || strchr(labels[2], *at))
        return infer_refuse(call, why, "labels %s,%s->%s index '%c', which is kept", labels[0],
                            labels[1], labels[2], *at);
    *picked = (Type){.dtype = type->dtype, .rank = (int)strlen(labels[2])};
    for (int i = 0; i < picked->rank; i++) {
        if (!bound.known[labels[2][i] - 'a'])
            return infer_refuse(call, why, "label '%c' of what is picked is in no operand",
                                labels[2][i]);
        picked->dims[i] = bound.dims[labels[2][i] - 'a'];
    }
    for (int t = 0; t < 2; t++)
        for (const char *c = labels[t]; *c; c++)
            if (c != at && !strchr(labels[2], *c))
                return infer_refuse(call, why, "label '%c' is not in what is picked", *c);
    return true;
}

bool infer_gather(const InferCall *call, Type *out, const char **why)
{
    return want_places(call, infer_arg(call, 0), out, why);
}

bool infer_scatter(const InferCall *call, Type *out, const char **why)
{
    Type picked;
    if (!want_places(call, out, &picked, why))
        return false;
    if (!type_equal(&picked, infer_arg(call, 0)))
        return infer_refuse(call, why, "%s is to be added into %s, where %s fits",
                            infer_show(call, infer_arg(call, 0)), infer_show(call, out),
                            infer_show(call, &picked));
    if (dtype_is_half(out->dtype))
        return infer_refuse(call, why, "sums of %s are kept in f32", infer_show(call, out));
    return infer_want_number(call, out, why);
}
