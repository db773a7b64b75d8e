/* random_grid.c -- the operation grid: each recipe alone, in sizes that tell what blocks, warps and
 * tiles do with what is left over.
 *
 *     random_grid_program(arena, 7, 2)      recipe 7 in the third row of `variants`
 *
 * A function that gets a recipe is in the grid: nobody has to ask. */
#include <stdio.h>
#include <string.h>

#include "tests/random_program.h"

enum { VALUES = 3, ATTEMPTS = 60, MOST_ELEMENTS = 100000 };

static const struct Variant {
    DType dtype;            /* of floats */
    DType integer;          /* of the others */
    int batch, rows, inner; /* x[batch, inner], w[inner, rows], a sequence [batch, 5, inner] */
    int height, width;      /* of images */
} variants[] = {
    {DT_F32, DT_I64, 33, 32, 31, 6, 5}, {DT_F32, DT_I32, 1, 3, 257, 9, 4},
    {DT_F32, DT_U8, 31, 255, 1, 4, 7},  {DT_F32, DT_I64, 67, 1, 33, 5, 5},
    {DT_F64, DT_I16, 32, 2, 37, 4, 5},  {DT_F16, DT_I8, 7, 31, 32, 4, 4},
    {DT_BF16, DT_I64, 13, 33, 5, 5, 4}, {DT_F32, DT_I32, 2, 2, 1031, 17, 16},
    {DT_F32, DT_I64, 256, 16, 8, 4, 4}, {DT_F64, DT_I32, 3, 129, 4, 4, 6},
};

int random_variant_count(void)
{
    return (int)(sizeof variants / sizeof *variants);
}

int random_recipe_count(void)
{
    int count = 0;
    for (int i = 0; random_recipe_lists[i]; i++)
        for (const Recipe *r = random_recipe_lists[i]; r->name; r++)
            count++;
    return count;
}

static const Recipe *recipe_at(int wanted)
{
    for (int i = 0; random_recipe_lists[i]; i++)
        for (const Recipe *r = random_recipe_lists[i]; r->name; r++)
            if (wanted-- == 0)
                return r;
    return NULL;
}

/* dims: 0 is the batch. */
static void add(RandomProgram *p, bool is_param, DType dtype, int rank, const int *dims)
{
    Type type = {.dtype = dtype, .rank = rank};
    for (int k = 0; k < rank; k++)
        type.dims[k] = dims[k] == 0 ? (Dim){1, true} : dim_fixed(dims[k]);
    random_source(p, &type, is_param);
}

/* Later ones are taken more often. */
static void add_sources(RandomProgram *p, const struct Variant *v)
{
    const int a = v->inner, b = v->rows;
    add(p, false, DT_BOOL, 2, (int[]){0, a});
    add(p, false, DT_BOOL, 1, (int[]){a});
    add(p, false, v->integer, 2, (int[]){0, a});
    add(p, true, v->dtype, 0, NULL);
    add(p, false, DT_F32, 4, (int[]){0, 2, v->height, v->width});
    add(p, false, v->dtype, 3, (int[]){0, 5, a});
    add(p, true, v->dtype, 1, (int[]){a});
    add(p, true, v->dtype, 2, (int[]){b, a});
    add(p, true, v->dtype, 2, (int[]){a, b});
    add(p, false, v->dtype, 2, (int[]){0, a});
    if (v->dtype != DT_F32) /* some recipes take nothing else */
        add(p, false, DT_F32, 2, (int[]){0, a});
}

/* The values made are outputs, those of floats terms of the loss; by what they are made of. */
static void show(RandomProgram *p, int first)
{
    bool used[MOST_STATEMENTS] = {false};
    for (int i = first; i < p->count; i++) {
        Statement *s = &p->statements[i];
        s->output = true;
        if (dtype_is_float(s->type.dtype))
            p->terms[p->term_count++] = i;
        for (int k = 0; k < s->arg_count; k++)
            used[s->args[k]] = true;
    }
    for (int i = first - 1; i >= 0 && p->term_count > 0 && p->wanted_count < 4; i--)
        if (used[i] && dtype_is_float(p->statements[i].type.dtype))
            p->wanted[p->wanted_count++] = i;
}

RandomProgram *random_grid_program(Arena *arena, int recipe, int variant)
{
    const struct Variant *v = &variants[variant];
    const Recipe *r = recipe_at(recipe);
    RandomProgram *p = arena_new_of(arena, RandomProgram);
    p->arena = arena;
    p->seed = (uint64_t)recipe * (uint64_t)random_variant_count() + (uint64_t)variant;
    p->state = (p->seed + 7) * UINT64_C(0x9e3779b97f4a7c15);
    p->batch = v->batch;
    p->most = MOST_ELEMENTS;
    p->sums = v->dtype == DT_F64 ? DT_F64 : DT_F32; /* nothing in f64 where the operands are not */
    p->recipe = r->name;
    add_sources(p, v);
    const int first = p->count;
    for (int turn = 0; turn < ATTEMPTS && p->count < first + VALUES; turn++) {
        p->operand_count = 0;
        const int before = p->count;
        if (r->make(p, r) && p->count > before + 1)
            return NULL; /* one statement each: what is above counts on it */
    }
    if (p->count == first)
        return NULL;
    show(p, first);
    return p;
}
