/* totals.c -- see totals.h.
 *
 *     t = tanh(x);  s = sum(t);  q = sum(t * t)      one pass over x, whatever the number of sums
 *
 * One addition has to wait for the one before it, so that a sum is made of many that don't: chunks
 * of the outermost axis, whose number is a matter of the shape and not of threads; in each of them
 * lanes, element by element, that compilers make vectors of.  Lanes are of the element's dtype and
 * are added to f64 after a few additions, before rounding tells:
 *
 *     for each chunk:  for each block:  partial[16] = 0
 *                                       for 16 times, 16 elements:  partial[k] += value
 *                                       lanes[k] += partial[k]
 *                      parts[chunk] = lanes[0] + lanes[1] + ...
 *     total = parts[0] + parts[1] + ... */
#include "codegen/totals.h"

#include "codegen/flatten.h"
#include "codegen/kexpr.h"
#include "codegen/replace.h"

enum {
    CHUNKS = 16,
    CHUNK_LEAST = 8192, /* elements: fewer are not worth a chunk */
    BLOCK = 16          /* additions to a partial sum */
};

typedef struct Total {
    const Node *node;
    const char *name;
    KExpr *value; /* an element of what is summed, in the variables of the nest */
    Buffer *partial, *lanes, *parts;
    KExpr *sum; /* without lanes: the local that it is added to */
} Total;

typedef struct Totals {
    Lowering *l;
    Arena *arena;
    Total totals[GROUP_ROOTS];
    int count;
    KStmt *nest[MAX_LOOPS]; /* the plain loops over the elements, outermost first */
    int depth;
    int64_t lanes; /* 0: the innermost loop is too short for them */
    bool whole;    /* the innermost loop has a multiple of them, always */
    Replacement with[MAX_LOOPS];
} Totals;

bool totals_is(const Lowering *l, const Node *n)
{
    int64_t count;
    return l->options->level > 0 && n->op == OP_sum && type_count(&n->type, 1, &count) &&
           count == 1 && type_batch_axis(&n->type) < 0 && lower_sums_wide(l, n);
}

/* ---- the plain loops ---- */

/* Locals that stand before the one loop inside of a loop (an index, taken once for a row) go into
 * it, so that the loop holds nothing else; the C compiler takes them out again.  Is there such a
 * loop? */
static bool sink_locals(Arena *arena, KStmt *loop)
{
    const KStmtVec around = loop->body;
    KStmt *inner = around.data[around.count - 1];
    if (inner->kind != KS_FOR)
        return false;
    for (int i = 0; i < around.count - 1; i++)
        if (around.data[i]->kind != KS_LET || around.data[i]->mutable_)
            return false;
    KStmtVec body = {0};
    for (int i = 0; i < around.count - 1; i++)
        vec_push(arena, &body, around.data[i]);
    for (int i = 0; i < inner->body.count; i++)
        vec_push(arena, &body, inner->body.data[i]);
    inner->body = body;
    loop->body.data[0] = inner;
    loop->body.count = 1;
    return true;
}

/* Opens the loops, stores the elements and finds what is to be summed; the loops are then taken out
 * of the kernel. */
static void build_nest(Totals *t, const Group *group)
{
    Lowering *l = t->l;
    const Node *first = group->roots.data[0];
    const Type *type = totals_is(l, first) ? &first->args[0]->type : &first->type;
    KExpr *index[MAX_RANK], *values[GROUP_ROOTS];
    for (int axis = 0; axis < type->rank; axis++)
        index[axis] = lower_open_dim(l, type->dims[axis]);
    lower_store_elements(l, group, index, values);
    for (int i = 0; i < group->roots.count; i++) {
        const Node *n = group->roots.data[i];
        if (!totals_is(l, n))
            continue;
        t->totals[t->count++] = (Total){.node = n, .name = lower_name(l, n)};
        block_set(&l->block, values[i], values[i]); /* along with the rest, until it is taken out */
    }
    lower_close(l, 0);
    KStmtVec *body = &l->block.kernel->body;
    const KStmtVec nest = {.data = &body->data[body->count - 1], .count = 1};
    flatten_loops(t->arena, &nest, INT64_MAX);
    for (KStmt *s = body->data[body->count - 1];; s = s->body.data[0]) {
        t->nest[t->depth++] = s;
        if (!sink_locals(t->arena, s))
            break;
    }
    body->count--;
    KStmtVec *inner = &t->nest[t->depth - 1]->body;
    inner->count -= t->count;
    for (int i = 0; i < t->count; i++)
        t->totals[i].value = inner->data[inner->count + i]->value;
}

/* ---- pieces of the kernel ---- */

static KExpr *wide_zero(const Totals *t, DType dtype)
{
    return kexpr_number(t->arena, scalar_float(dtype, 0));
}

static Buffer *new_lanes(Totals *t, const Total *total, const char *suffix, DType dtype, int64_t n)
{
    const Type type = {.dtype = dtype, .rank = 1, .dims = {dim_fixed(n)}};
    return block_array(&t->l->block, arena_printf(t->arena, "%s_%s", total->name, suffix), &type);
}

static DType lane_dtype(const Total *total)
{
    return total->value->dtype == DT_F64 ? DT_F64 : DT_F32;
}

typedef void LaneRule(Totals *t, Total *total, KExpr *lane);

static void clear_partial(Totals *t, Total *total, KExpr *lane)
{
    block_store(&t->l->block, total->partial, lane, wide_zero(t, lane_dtype(total)));
}

static void clear_lane(Totals *t, Total *total, KExpr *lane)
{
    block_store(&t->l->block, total->lanes, lane, wide_zero(t, DT_F64));
}

static void drain_partial(Totals *t, Total *total, KExpr *lane)
{
    KExpr *partial = kexpr_load(t->arena, total->partial, lane);
    block_accumulate(&t->l->block, total->lanes, lane, kexpr_cast(t->arena, partial, DT_F64));
}

static void for_lanes(Totals *t, LaneRule *rule)
{
    const int depth = t->l->block.depth;
    KExpr *lane = lower_open_loop(t->l, kexpr_int(t->arena, t->lanes));
    for (int i = 0; i < t->count; i++)
        rule(t, &t->totals[i], lane);
    lower_close(t->l, depth);
}

/* What the innermost loop does, at the indices that replace the loops' variables; and the values,
 * added where they belong. */
static void add_element(Totals *t, KExpr *at, KExpr *lane, bool partial)
{
    Block *b = &t->l->block;
    const KStmt *inner = t->nest[t->depth - 1];
    t->with[t->depth - 1] = (Replacement){inner->name, at};
    replace_in_stmts(t->arena, &b->loops[b->depth - 1]->body, &inner->body, t->with, t->depth);
    for (int i = 0; i < t->count; i++) {
        Total *total = &t->totals[i];
        KExpr *value = replace_in_expr(t->arena, total->value, t->with, t->depth);
        if (partial) {
            block_accumulate(b, total->partial, lane,
                             kexpr_cast(t->arena, value, lane_dtype(total)));
            continue;
        }
        value = kexpr_cast(t->arena, value, DT_F64);
        if (lane)
            block_accumulate(b, total->lanes, lane, value);
        else
            block_set(b, total->sum, lower_step(t->l, OP_sum, total->sum, value));
    }
}

/* ---- the innermost loop, in lanes ---- */

/* One block: elements [first, first + groups * lanes), at most BLOCK groups. */
static void add_block(Totals *t, KExpr *offset, KExpr *first, KExpr *groups, int64_t last)
{
    Arena *arena = t->arena;
    const int depth = t->l->block.depth;
    for (int i = 0; i < t->count; i++)
        t->totals[i].partial =
            new_lanes(t, &t->totals[i], "partial", lane_dtype(&t->totals[i]), t->lanes);
    for_lanes(t, clear_partial);
    KExpr *group = lower_open_loop(t->l, groups);
    KExpr *at = kexpr_mul(arena, kexpr_add(arena, first, group), kexpr_int(arena, t->lanes));
    at = block_let(&t->l->block, "first", kexpr_add(arena, offset, at));
    KExpr *lane = lower_open_loop(t->l, kexpr_int(arena, t->lanes));
    add_element(t, kexpr_at_most(arena, kexpr_add(arena, at, lane), last), lane, true);
    lower_close(t->l, depth);
    for_lanes(t, drain_partial);
}

/* Elements [offset, offset + count) of the innermost axis, whose last is `last`. */
static void add_run(Totals *t, KExpr *offset, KExpr *count, int64_t last)
{
    Arena *arena = t->arena;
    Lowering *l = t->l;
    const int depth = l->block.depth;
    KExpr *width = kexpr_int(arena, t->lanes), *groups = kexpr_div(arena, count, width);
    if (groups->high > BLOCK) {
        KExpr *more = kexpr_add(arena, groups, kexpr_int(arena, BLOCK - 1));
        KExpr *block = lower_open_loop(l, kexpr_div(arena, more, kexpr_int(arena, BLOCK)));
        KExpr *first = kexpr_mul(arena, block, kexpr_int(arena, BLOCK));
        const bool even = groups->kind == KE_NUMBER && groups->high % BLOCK == 0;
        KExpr *here =
            even ? kexpr_int(arena, BLOCK)
                 : kexpr_min(arena, kexpr_sub(arena, groups, first), kexpr_int(arena, BLOCK));
        add_block(t, offset, first, here, last);
        lower_close(l, depth);
    } else if (groups->high > 0) {
        add_block(t, offset, kexpr_int(arena, 0), groups, last);
    }
    KExpr *rest = kexpr_mod(arena, count, width);
    if (rest->high == 0 || t->whole)
        return;
    KExpr *at = kexpr_add(arena, offset, kexpr_mul(arena, groups, width));
    at = block_let(&l->block, "first", at);
    KExpr *lane = lower_open_loop(l, rest);
    add_element(t, kexpr_at_most(arena, kexpr_add(arena, at, lane), last), lane, false);
    lower_close(l, depth);
}

/* ---- chunks ---- */

/* Elements [offset, offset + count) of the outermost axis, whose last is `last`. */
static void add_chunk(Totals *t, KExpr *offset, KExpr *count, int64_t last)
{
    Arena *arena = t->arena;
    Lowering *l = t->l;
    const int depth = l->block.depth;
    for (int i = 0; i < t->depth; i++) {
        const bool innermost = i == t->depth - 1;
        KExpr *from = i == 0 ? offset : kexpr_int(arena, 0);
        KExpr *turns = i == 0 ? count : t->nest[i]->extent;
        const int64_t end = i == 0 ? last : turns->high - 1;
        if (innermost && t->lanes > 0) {
            add_run(t, from, turns, end);
            break;
        }
        KExpr *at = kexpr_add(arena, from, lower_open_loop(l, turns));
        t->with[i] = (Replacement){t->nest[i]->name, kexpr_at_most(arena, at, end)};
        if (innermost)
            add_element(t, t->with[i].by, NULL, false);
    }
    lower_close(l, depth);
}

/* The totals of a chunk, stored in parts[chunk] or (without chunks) to their buffers. */
static KExpr *sum_of_lanes(Totals *t, Total *total)
{
    Lowering *l = t->l;
    const int depth = l->block.depth;
    if (t->lanes == 0)
        return total->sum;
    KExpr *sum = block_let_mutable(&l->block, total->name, wide_zero(t, DT_F64));
    KExpr *lane = lower_open_loop(l, kexpr_int(t->arena, t->lanes));
    KExpr *value = kexpr_load(t->arena, total->lanes, lane);
    block_set(&l->block, sum, lower_step(l, OP_sum, sum, value));
    lower_close(l, depth);
    return sum;
}

static void start_chunk(Totals *t)
{
    for (int i = 0; i < t->count; i++) {
        Total *total = &t->totals[i];
        if (t->lanes > 0)
            total->lanes = new_lanes(t, total, "lanes", DT_F64, t->lanes);
        else
            total->sum = block_let_mutable(&t->l->block, total->name, wide_zero(t, DT_F64));
    }
    if (t->lanes > 0)
        for_lanes(t, clear_lane);
}

static void store_total(Totals *t, const Total *total, KExpr *sum)
{
    Buffer *out = t->l->info[total->node->id].buffer;
    block_store(&t->l->block, out, kexpr_int(t->arena, 0),
                kexpr_cast(t->arena, sum, total->node->type.dtype));
}

/* How much of the outermost axis a chunk has: a matter of the shape alone. */
static int64_t chunk_size(const Totals *t)
{
    const int64_t outer = t->nest[0]->extent->high;
    int64_t inner = 1;
    for (int i = 1; i < t->depth; i++)
        inner *= t->nest[i]->extent->high;
    const int64_t unit = t->depth == 1 && t->lanes > 0 ? t->lanes * BLOCK : 1;
    const int64_t least = (CHUNK_LEAST + inner - 1) / inner;
    int64_t size = (outer + CHUNKS - 1) / CHUNKS;
    size = size < least ? least : size;
    return (size + unit - 1) / unit * unit;
}

static void add_chunks(Totals *t, int64_t size)
{
    Arena *arena = t->arena;
    Lowering *l = t->l;
    KExpr *extent = t->nest[0]->extent;
    const int64_t chunks = (extent->high + size - 1) / size;
    for (int i = 0; i < t->count; i++)
        t->totals[i].parts = new_lanes(t, &t->totals[i], "parts", DT_F64, chunks);
    KExpr *chunk = lower_open_loop(l, kexpr_int(arena, chunks));
    l->block.loops[0]->independent = true;
    KExpr *offset = kexpr_mul(arena, chunk, kexpr_int(arena, size));
    KExpr *count = kexpr_int(arena, size);
    if (extent->kind != KE_NUMBER || extent->high % size != 0)
        count = kexpr_min(arena, kexpr_sub(arena, extent, offset), count);
    if (extent->kind != KE_NUMBER) /* a short batch may end before the chunk */
        count = kexpr_op(arena, OP_maximum, DT_I64, (KExpr *[]){count, kexpr_int(arena, 0)}, 2);
    if (count->kind != KE_NUMBER)
        count = block_let(&l->block, "count", count);
    start_chunk(t);
    add_chunk(t, offset, count, extent->high - 1);
    for (int i = 0; i < t->count; i++)
        block_store(&l->block, t->totals[i].parts, chunk, sum_of_lanes(t, &t->totals[i]));
    lower_close(l, 0);
    for (int i = 0; i < t->count; i++) {
        Total *total = &t->totals[i];
        KExpr *sum = block_let_mutable(&l->block, total->name, wide_zero(t, DT_F64));
        KExpr *part = lower_open_loop(l, kexpr_int(arena, chunks));
        block_set(&l->block, sum,
                  lower_step(l, OP_sum, sum, kexpr_load(arena, total->parts, part)));
        lower_close(l, 0);
        store_total(t, total, sum);
    }
}

void totals_lower(Lowering *l, const Group *group)
{
    enum { SEVERAL = 3, SHORT = 64 };
    Totals t = {.l = l, .arena = l->arena};
    build_nest(&t, group);
    if (t.nest[t.depth - 1]->extent->high >= SHORT)
        t.lanes = t.count < SEVERAL ? 32 : 16;
    if (t.lanes > 0)
        t.whole = kexpr_is_int(
            kexpr_mod(l->arena, t.nest[t.depth - 1]->extent, kexpr_int(l->arena, t.lanes)), 0);
    const int64_t size = chunk_size(&t);
    KExpr *extent = t.nest[0]->extent;
    if (extent->high > size) {
        add_chunks(&t, size);
        return;
    }
    start_chunk(&t);
    add_chunk(&t, kexpr_int(l->arena, 0), extent, extent->high - 1);
    for (int i = 0; i < t.count; i++)
        store_total(&t, &t.totals[i], sum_of_lanes(&t, &t.totals[i]));
}
