/* touch.c -- which bytes statements touch, and which thread of a team does.
 *
 * In: statements of kernels whose buffers have places.  Out: touches.
 *
 *     for i < batch (split)  y[i * 64 + j] = max(x[i * 64 + j], 0)
 *         reads  x's bytes, row 256, by the owners of the turns of i
 *         writes y's bytes, row 256, by the same
 *
 * Two loops over as many turns that touch the same rows have one owner for each row: what the one
 * writes, the other may read without waiting. */
#include "codegen/touch.h"

#include <string.h>

#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "support/checked.h"

/* ---- ranges ---- */

typedef struct Span {
    int64_t low, high;
    bool known;
} Span;

static Span span_of(int64_t low, int64_t high)
{
    return (Span){low, high, true};
}

/* The sums, or the differences, of two numbers. */
static Span span_add(Span a, Span b, bool subtract)
{
    Span s = {.known = a.known && b.known};
    const int64_t low = subtract ? b.high : b.low, high = subtract ? b.low : b.high;
    if (subtract)
        s.known = s.known && !__builtin_sub_overflow(a.low, low, &s.low) &&
                  !__builtin_sub_overflow(a.high, high, &s.high);
    else
        s.known = s.known && checked_add(a.low, low, &s.low) && checked_add(a.high, high, &s.high);
    return s;
}

static Span span_scale(Span a, int64_t factor)
{
    Span s = {.known = a.known};
    s.known = s.known && checked_mul(factor < 0 ? a.high : a.low, factor, &s.low) &&
              checked_mul(factor < 0 ? a.low : a.high, factor, &s.high);
    return s;
}

/* The values of x, which is linear in the loop variable, where that is 0. */
static Span span_without(const KExpr *x, const char *name)
{
    if (x->kind == KE_TEMP)
        return (Span){.known = false}; /* it may depend on the variable */
    if (!kwalk_mentions(x, name))
        return span_of(x->low, x->high);
    if (x->kind == KE_INDEX)
        return span_of(0, 0);
    if (x->kind != KE_INT)
        return (Span){.known = false};
    const Span a = span_without(x->args[0], name);
    if (x->int_op == INT_ADD || x->int_op == INT_SUB)
        return span_add(a, span_without(x->args[1], name), x->int_op == INT_SUB);
    if (x->int_op == INT_MUL && x->args[1]->kind == KE_NUMBER)
        return span_scale(a, x->args[1]->value.i);
    return (Span){.known = false};
}

/* The same of the elements from index to index + reach. */
static bool is_owned(const KExpr *index, Span reach, const KStmt *loop, int64_t *factor)
{
    int64_t block;
    if (!kexpr_factor(index, loop->name, factor) || *factor <= 0 ||
        !checked_mul(*factor, loop->step, &block))
        return false;
    const Span rest = span_add(span_without(index, loop->name), reach, false);
    return rest.known && rest.low >= 0 && rest.high < block;
}

bool touch_is_owned(const KExpr *index, const KStmt *loop, int64_t *factor)
{
    return is_owned(index, span_of(0, 0), loop, factor);
}

/* ---- collecting ---- */

typedef struct Collector {
    Arena *arena;
    Touches *touches;
    const KStmt *split;
    Toucher by;
} Collector;

/* index NULL: all of the buffer; else the elements from there to index + reach. */
static void add_touch(const Collector *c, const Buffer *b, const KExpr *index, Span reach,
                      bool write)
{
    Touch touch = {b->place, b->offset, b->offset + b->bytes, write, c->by, c->split, 0};
    int64_t factor;
    if (b->place == PLACE_LOCAL || b->place == PLACE_CONST || b->place == PLACE_INPUT)
        return; /* its own, or never written */
    if (c->split) {
        const bool owned = index && is_owned(index, reach, c->split, &factor) &&
                           checked_mul(factor, dtype_info[b->type.dtype].bytes, &touch.row);
        touch.by = owned ? BY_OWNERS : BY_SOME;
    }
    vec_push(c->arena, c->touches, touch);
}

static void collect_loads(const Collector *c, const KExpr *x)
{
    if (x->kind == KE_LOAD)
        add_touch(c, x->buffer, x->args[0], span_of(0, 0), false);
    for (int i = 0; i < x->arity; i++)
        collect_loads(c, x->args[i]);
}

static void collect_gemm(const Collector *c, const Gemm *g)
{
    const Span none = {.known = false};
    add_touch(c, g->a, NULL, none, false);
    add_touch(c, g->b, NULL, none, false);
    if (g->bias)
        add_touch(c, g->bias, NULL, none, false);
    add_touch(c, g->c, NULL, none, true);
}

static void collect_conv(const Collector *c, const Conv *conv)
{
    const Span none = {.known = false};
    add_touch(c, conv->x, NULL, none, false);
    add_touch(c, conv->b, NULL, none, false);
    add_touch(c, conv->out, NULL, none, true);
}

/* How far a part reaches beyond its first element in one direction. */
static Span reach_of(const KExpr *count, int64_t step)
{
    return count ? span_scale(span_of(0, count->high > 0 ? count->high - 1 : 0), step)
                 : span_of(0, 0);
}

static void collect_matrix(const Collector *c, const Matrix *m, const KExpr *rows,
                           const KExpr *columns, const KExpr *outer, bool write)
{
    const Span reach =
        span_add(span_add(reach_of(rows, m->row_step), reach_of(columns, m->column_step), false),
                 reach_of(outer, m->outer_step), false);
    add_touch(c, m->buffer, matrix_offset(c->arena, m), reach, write);
}

static void collect_tiles(const Collector *c, const KStmt *s)
{
    const Tiles *t = s->tiles;
    collect_matrix(c, &t->b, t->inner, t->columns, s->kind == KS_PRODUCT ? t->outer : NULL, false);
    if (s->kind == KS_PACK) {
        collect_matrix(c, &t->c, t->inner, t->columns, NULL, true);
        return;
    }
    collect_matrix(c, &t->a, t->rows, t->inner, t->outer, false);
    collect_matrix(c, &t->c, t->rows, t->columns, NULL, true);
}

static void collect(const Collector *c, const KStmt *s)
{
    if (s->extent)
        collect_loads(c, s->extent);
    if (s->index)
        collect_loads(c, s->index);
    if (s->value)
        collect_loads(c, s->value);
    if (s->kind == KS_STORE || s->kind == KS_ZERO)
        add_touch(c, s->buffer, s->index, span_of(0, 0), true);
    if (s->gemm)
        collect_gemm(c, s->gemm);
    if (s->conv)
        collect_conv(c, s->conv);
    if (s->tiles)
        collect_tiles(c, s);
    for (int i = 0; i < s->body.count; i++)
        collect(c, s->body.data[i]);
}

void touch_statement(Arena *arena, Touches *touches, const KStmt *s, const KStmt *split, Toucher by)
{
    const Collector c = {arena, touches, split, by};
    collect(&c, s);
}

void touch_buffer(Arena *arena, Touches *touches, const Buffer *b, bool write, Toucher by)
{
    const Collector c = {arena, touches, NULL, by};
    add_touch(&c, b, NULL, (Span){.known = false}, write);
}

/* ---- comparing ---- */

/* Does the thread that touches a row in the one loop touch it in the other, too? */
static bool have_same_owners(const Touch *a, const Touch *b)
{
    return a->by == BY_OWNERS && b->by == BY_OWNERS && a->row == b->row && a->begin == b->begin &&
           a->loop->grain == b->loop->grain && kexpr_equal(a->loop->extent, b->loop->extent);
}

bool touch_conflicts(const Touch *a, const Touch *b)
{
    if (a->place != b->place || a->end <= b->begin || b->end <= a->begin ||
        (!a->write && !b->write))
        return false;
    return !(a->by == BY_ONE && b->by == BY_ONE) && !have_same_owners(a, b);
}
