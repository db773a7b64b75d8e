/* random_sequences.c -- recipes of random programs: embeddings, attention, order, and what is
 * measured between vectors. */
#include <string.h>

#include "tests/random_recipes.h"

static bool accepts_last(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank >= 1 && !s->type.dims[s->type.rank - 1].batch &&
           s->type.dims[s->type.rank - 1].size > 1;
}

/* [any, time, n] */
static bool accepts_sequences(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank == 3 && !s->type.dims[1].batch &&
           !s->type.dims[2].batch;
}

static bool make_last(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    return random_add(p, &type, r->size > 0 ? r->size : operand_size(p, x), "%s",
                      recipe_text(p, r, x, x));
}

/* Vectors of 3 from a table, for places made of the values. */
static bool make_embedding(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_last);
    if (x < 0 || p->statements[x].type.rank >= MAX_RANK)
        return false;
    Type type = p->statements[x].type;
    type.dims[type.rank++] = dim_fixed(3);
    return random_add(p, &type, r->size, "%s", recipe_text(p, r, x, x));
}

/* $1 stands for the sizes that a layer is told: time, n. */
static bool make_attention(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_sequences);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const long long time = type.dims[1].size, n = type.dims[2].size;
    const double size = operand_size(p, x), gain = (double)(n * n) + 1;
    const char *name = random_use(p, x);
    if (strcmp(r->name, "attention") == 0)
        return random_add(p, &type, size, "attention(%s, sin(%s), %s%s)", name, name, name,
                          r->text);
    if (strcmp(r->name, "sinusoids") == 0)
        return random_add(p, &type, size + 1, "%s + sinusoids(%lld, %lld)", name, time, n);
    if (strcmp(r->name, "multihead_attention") == 0)
        return random_add(p, &type, size * gain, "%s |> multihead_attention(%lld, 1%s)", name, n,
                          r->text);
    return random_add(p, &type, 12,
                      "%s |> transformer_encoder_layer(%lld, 1, 4, p = 0, eps = 0.1%s)", name, n,
                      r->text);
}

/* clang-format off */
const Recipe random_sequences[] = {
    {"embedding", make_embedding, "i64(floor($0 * 5 + 0.375)) % 4 |> embedding(4, 3)", 5, 1},
    {"embedding", make_embedding, "i64(floor($0 * 5 + 0.375)) % 4 |> embedding(4, 3, padding_idx = 1)", 5, 1},
    {"attention", make_attention, "", 0, 1}, {"attention", make_attention, ", causal = true", 0, 1},
    {"multihead_attention", make_attention, "", 0, 1},
    {"transformer_encoder_layer", make_attention, "", 0, 1},
    {"transformer_encoder_layer", make_attention, ", norm_first = true, activation = gelu", 0, 1},
    {"sinusoids", make_attention, "", 0, 1},
    {"cosine_similarity", make_last, "$0 * unsqueeze(cosine_similarity($0, cos($0) + 1.5, axis = -1), -1)", 0, 1},
    {"masked_fill", make_last, "masked_fill($0, sin($0) > 0.25, 0.5)", 0, 1},
    {"roll", make_last, "roll($0, 1, -1)", 0, 1},
    {"argsort", make_last, "take_along_axis($0, argsort($0), -1)", 0, 1},
    {"sort", make_last, "sort($0, descending = true)[0]", 0, 1},
    {"topk", make_last, "concat([topk($0, 1)[0], take($0, arange(1, size($0, -1)), axis = -1)], -1)", 0, 1},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */
