/* random_program.c -- see random_program.h: the frame of a program; what it computes is in the
 * recipes. */
#include "tests/random_program.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- dice ---- */

int random_below(RandomProgram *p, int count)
{
    p->state = p->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((p->state >> 33) % (uint64_t)count);
}

bool random_chance(RandomProgram *p, int percent)
{
    return random_below(p, 100) < percent;
}

/* ---- statements ---- */

int random_value(RandomProgram *p, Accepts *accepts)
{
    int fit[MOST_STATEMENTS], count = 0;
    for (int i = 0; i < p->count; i++)
        if (accepts(&p->statements[i]))
            fit[count++] = i;
    if (count == 0)
        return -1;
    const int a = random_below(p, count), b = random_below(p, count);
    return fit[a > b ? a : b];
}

const char *random_use(RandomProgram *p, int value)
{
    bool known = false;
    for (int i = 0; i < p->operand_count; i++)
        known = known || p->operands[i] == value;
    if (!known)
        p->operands[p->operand_count++] = value;
    return arena_printf(p->arena, "v%d", value);
}

/* Values of the dtype: integers wrap. */
static double size_of(const Type *type, double size)
{
    if (type->dtype == DT_BOOL)
        return 1;
    if (dtype_is_float(type->dtype))
        return size;
    const double most = ldexp(1, 8 * dtype_info[type->dtype].bytes);
    return size < most ? size : most;
}

static bool push(RandomProgram *p, const Statement *s)
{
    if (p->count == MOST_STATEMENTS)
        return false;
    p->statements[p->count] = *s;
    Statement *to = &p->statements[p->count++];
    memcpy(to->args, p->operands, sizeof to->args);
    to->arg_count = p->operand_count;
    p->operand_count = 0;
    return true;
}

bool random_add(RandomProgram *p, const Type *type, double size, const char *format, ...)
{
    enum { LARGE = 24, LARGEST_INTEGER = 1000000 };
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(p->arena, format, args);
    va_end(args);
    int64_t count;
    const bool is_float = dtype_is_float(type->dtype);
    if (!type_count(type, p->batch + 3, &count) || count > p->most || type->rank > 5 ||
        (!is_float && size > LARGEST_INTEGER)) {
        p->operand_count = 0;
        return false;
    }
    if (is_float && size > LARGE) {
        text = arena_printf(p->arena, "(%s) * %.3g", text, 4 / size);
        size = 4.1;
    }
    const Statement s = {
        .type = *type,
        .size = size_of(type, size),
        .text = arena_printf(p->arena, "v%d: %s = %s", p->count, type_text(p->arena, type), text)};
    return push(p, &s);
}

void random_source(RandomProgram *p, const Type *type, bool is_param)
{
    const char *name = type_text(p->arena, type);
    const Statement s = {.type = *type,
                         .size = dtype_is_float(type->dtype) ? 2.5
                                 : type->dtype == DT_BOOL    ? 1
                                                             : 9,
                         .is_source = true,
                         .is_param = is_param,
                         .text = is_param
                                     ? arena_printf(p->arena, "param v%d: %s = 0", p->count, name)
                                     : arena_printf(p->arena, "input v%d: %s", p->count, name)};
    push(p, &s);
}

/* ---- the frame ---- */

static Type random_type(RandomProgram *p, DType dtype, bool batched)
{
    static const int sizes[] = {1, 2, 3, 3, 4, 5, 7};
    Type type = {.dtype = dtype, .rank = random_below(p, batched ? 3 : 4)};
    for (int k = 0; k < type.rank; k++)
        type.dims[k] = dim_fixed(sizes[random_below(p, 7)]);
    if (batched) { /* at the front, mostly */
        const int at = random_chance(p, 80) ? 0 : random_below(p, type.rank + 1);
        for (int k = type.rank++; k > at; k--)
            type.dims[k] = type.dims[k - 1];
        type.dims[at] = (Dim){1, true};
    }
    return type;
}

static void add_sources(RandomProgram *p)
{
    static const DType floats[] = {DT_F32, DT_F32, DT_F32, DT_F32, DT_F64, DT_F16, DT_BF16};
    static const DType others[] = {DT_I32, DT_I64, DT_I64, DT_U8, DT_I8, DT_I16, DT_BOOL};
    const int inputs = 1 + random_below(p, 2), params = 2 + random_below(p, 3);
    for (int i = 0; i < inputs; i++) {
        const Type type = random_type(p, i == 0 ? DT_F32 : floats[random_below(p, 7)], true);
        random_source(p, &type, false);
    }
    for (int i = 0; i < params; i++) {
        const Type type = random_type(p, i == 0 ? DT_F32 : floats[random_below(p, 7)], false);
        random_source(p, &type, true);
    }
    if (random_chance(p, 60)) {
        const Type type = random_type(p, others[random_below(p, 7)], random_chance(p, 50));
        random_source(p, &type, false);
    }
    if (random_chance(p, 40)) { /* images, or series */
        const Type type = {DT_F32,
                           4,
                           {{1, true},
                            {2 + 2 * random_below(p, 2), false},
                            {4 + random_below(p, 3), false},
                            {5, false}}};
        random_source(p, &type, false);
    }
}

static bool is_term(const Statement *s)
{
    return !s->is_source && dtype_is_float(s->type.dtype);
}

static bool is_learned(const Statement *s)
{
    return s->is_source && dtype_is_float(s->type.dtype);
}

static void choose_outputs(RandomProgram *p)
{
    for (int i = 0; i < p->count; i++)
        p->statements[i].output = !p->statements[i].is_source && random_chance(p, 25);
    for (int i = 0; i < 3; i++) {
        const int term = random_value(p, is_term);
        if (term >= 0)
            p->terms[p->term_count++] = term;
    }
    for (int i = 0; i < 3 && p->term_count > 0; i++) {
        const int source = random_value(p, is_learned);
        bool known = false;
        for (int k = 0; k < p->wanted_count; k++)
            known = known || p->wanted[k] == source;
        if (!known && random_chance(p, 90))
            p->wanted[p->wanted_count++] = source;
    }
    p->second = p->wanted_count > 0 && random_chance(p, 30);
}

RandomProgram *random_program_new(Arena *arena, uint64_t seed)
{
    RandomProgram *p = arena_new_of(arena, RandomProgram);
    p->arena = arena;
    p->seed = seed;
    p->batch = RANDOM_BATCH;
    p->most = 600;
    p->sums = DT_F64;
    p->state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    random_below(p, 2);
    add_sources(p);
    /* 5 to 40, mostly below 20: what is wrong with a pair of operations needs no long program. */
    const int a = random_below(p, 36), b = random_below(p, 36), c = random_below(p, 36);
    const int wanted = p->count + 5 + (a < b ? a < c ? a : c : b < c ? b : c);
    for (int turns = 0; p->count < wanted && turns < 500; turns++)
        random_make(p);
    choose_outputs(p);
    return p;
}

/* ---- text ---- */

static bool is_wanted(const RandomProgram *p, int statement)
{
    for (int i = 0; i < p->wanted_count; i++)
        if (p->wanted[i] == statement)
            return true;
    for (int i = 0; i < p->term_count; i++)
        if (p->terms[i] == statement)
            return true;
    return p->statements[statement].output;
}

bool random_program_needs(const RandomProgram *p, int statement)
{
    bool needed[MOST_STATEMENTS];
    for (int i = p->count - 1; i >= statement; i--) {
        needed[i] = is_wanted(p, i);
        for (int k = i + 1; k < p->count && !needed[i]; k++)
            for (int a = 0; needed[k] && a < p->statements[k].arg_count; a++)
                needed[i] = needed[i] || p->statements[k].args[a] == i;
    }
    return needed[statement];
}

/* The gradients' own: of the sum of their squares, which mixes no dtypes. */
static void print_gradients(const RandomProgram *p, StrBuf *out)
{
    for (int i = 0; i < p->wanted_count; i++)
        strbuf_printf(out, "output g%d = grad(loss, v%d)\n", p->wanted[i], p->wanted[i]);
    if (!p->second || p->wanted_count == 0)
        return;
    strbuf_puts(out, "output slope = ");
    for (int i = 0; i < p->wanted_count; i++)
        strbuf_printf(out, "%ssum(f64(g%d) ** 2)", i ? " + " : "", p->wanted[i]);
    strbuf_putc(out, '\n');
    for (int i = 0; i < p->wanted_count; i++)
        strbuf_printf(out, "output h%d = grad(slope, v%d)\n", p->wanted[i], p->wanted[i]);
}

const char *random_program_text(const RandomProgram *p)
{
    StrBuf out = strbuf_new(p->arena);
    for (int i = 0; i < p->count; i++)
        if (random_program_needs(p, i))
            strbuf_printf(&out, "%s\n", p->statements[i].text);
    for (int i = 0; i < p->count; i++)
        if (p->statements[i].output)
            strbuf_printf(&out, "output o%d = v%d\n", i, i);
    if (p->term_count > 0)
        strbuf_puts(&out, "output loss = ");
    for (int i = 0; i < p->term_count; i++)
        strbuf_printf(&out, "%s%.2f * mean(tanh(%s(v%d) * 0.3))", i ? " + " : "", 0.7 + 0.4 * i,
                      dtype_info[p->sums].name, p->terms[i]);
    if (p->term_count > 0)
        strbuf_putc(&out, '\n');
    print_gradients(p, &out);
    return strbuf_text(&out);
}

RandomProgram *random_program_without(const RandomProgram *p, int statement)
{
    RandomProgram *copy = arena_new_of(p->arena, RandomProgram);
    *copy = *p;
    Statement *s = &copy->statements[statement];
    s->text = arena_printf(p->arena, "input v%d: %s", statement, type_text(p->arena, &s->type));
    s->is_source = true;
    s->is_layer = s->is_param = false;
    s->arg_count = 0;
    return copy;
}
