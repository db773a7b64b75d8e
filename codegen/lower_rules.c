/* lower_rules.c -- how sources, elementwise operations and views become scalar code. */
#include "codegen/lower_rules.h"

#include "codegen/kexpr.h"
#include "codegen/kwalk.h"

static LowerRule *const rules[OP_COUNT] = {
#define OP(name, arity, class, cost, infer, grad, eval, lower, c, doc) [OP_##name] = lower,
#include "ir/ops.def"
};

/* Longer expressions are cut by locals, for people and for compilers' limits on nesting. */
enum { HEAVY = 40 };

const char *lower_name(const Lowering *l, const Node *n)
{
    const char *hint = l->info[n->id].hint;
    return hint && !n->name ? hint : node_describe(l->arena, l->program->model, n);
}

bool lower_is_named(const Lowering *l, const Node *n)
{
    const OpClass class = op_info[n->op].class;
    return l->options->level > 0 && !n->host && class != CLASS_VIEW && class != CLASS_SOURCE &&
           node_given_name(l->arena, l->program->model, n);
}

/* ---- values ---- */

static KExpr *find_memo(const Lowering *l, const Node *n, KExpr *const *index)
{
    for (int i = l->info[n->id].memo; i > 0; i = l->memo.data[i].before) {
        const Memo *m = &l->memo.data[i];
        bool same = true;
        for (int axis = 0; same && axis < n->type.rank; axis++)
            same = kexpr_equal(m->index[axis], index[axis]);
        if (same)
            return m->value;
    }
    return NULL;
}

void lower_remember(Lowering *l, const Node *n, KExpr *const *index, KExpr *value)
{
    Memo m = {.node = n, .value = value, .before = l->info[n->id].memo};
    for (int axis = 0; axis < n->type.rank; axis++)
        m.index[axis] = index[axis];
    l->info[n->id].memo = l->memo.count;
    vec_push(l->arena, &l->memo, m);
}

static bool is_leaf(const KExpr *x)
{
    return x->kind == KE_NUMBER || x->kind == KE_INDEX || x->kind == KE_TEMP ||
           x->kind == KE_HOST || x->kind == KE_LOAD || x->kind == KE_TURN ||
           (x->kind == KE_CAST && x->args[0]->kind == KE_HOST);
}

KExpr *lower_value(Lowering *l, const Node *n, KExpr *const *index)
{
    NodeInfo *info = &l->info[n->id];
    KExpr *value = find_memo(l, n, index); /* first: the kernel may be about to store it */
    if (value)
        return value;
    if (info->array) /* of this row alone */
        return kexpr_load(l->arena, info->array, lower_array_place(l, info->array, index));
    if (info->buffer)
        return kexpr_load(l->arena, info->buffer, lower_place(l, info->buffer, &n->type, index));
    value = lower_by_rule(l, n, index);
    /* what is read under a condition must not move out of it */
    if (l->guarded > 0 || is_leaf(value))
        return value;
    if (info->uses > 1 || info->let || lower_is_named(l, n) || value->weight > HEAVY) {
        value = block_let(&l->block, lower_name(l, n), value);
        lower_remember(l, n, index, value);
    }
    return value;
}

KExpr *lower_by_rule(Lowering *l, const Node *n, KExpr *const *index)
{
    return n->host ? lower_host(l, n, index) : rules[n->op](l, n, index);
}

KExpr *lower_offset(Lowering *l, const Type *type, KExpr *const *index)
{
    KExpr *offset = kexpr_int(l->arena, 0), *stride = kexpr_int(l->arena, 1);
    KExpr *terms[MAX_RANK];
    for (int axis = type->rank - 1; axis >= 0; axis--) {
        const Dim d = type->dims[axis];
        terms[axis] = kexpr_mul(l->arena, index[axis], stride);
        stride = kexpr_mul(l->arena, stride, kexpr_int(l->arena, d.size));
        if (d.batch)
            stride = kexpr_mul(l->arena, stride, kexpr_int(l->arena, l->batch_bound));
    }
    for (int axis = 0; axis < type->rank; axis++)
        offset = kexpr_add(l->arena, offset, terms[axis]);
    return offset;
}

KExpr *lower_array_place(Lowering *l, const Buffer *array, KExpr *const *index)
{
    KExpr *inner[MAX_RANK];
    for (int axis = 0; axis < array->type.rank; axis++)
        inner[axis] = dim_is_one(array->type.dims[axis])      ? kexpr_int(l->arena, 0)
                      : array->row && axis == array->row_axis ? array->row
                      : array->key && axis == array->key_axis ? array->key
                                                              : index[axis];
    return lower_offset(l, &array->type, inner);
}

/* ---- loops ---- */

KExpr *lower_extent(Lowering *l, Dim dim)
{
    KExpr *size = kexpr_int(l->arena, dim.size);
    return dim.batch ? kexpr_mul(l->arena, kexpr_batch(l->arena, l->batch_bound), size) : size;
}

KExpr *lower_open_steps(Lowering *l, KExpr *extent, int64_t step)
{
    const int depth = l->block.depth;
    KExpr *index = block_open_steps(&l->block, extent, step);
    l->memo_marks[depth] = l->memo.count;
    return index;
}

KExpr *lower_open_loop(Lowering *l, KExpr *extent)
{
    return lower_open_steps(l, extent, 1);
}

KExpr *lower_open_dim(Lowering *l, Dim dim)
{
    return dim_is_one(dim) ? kexpr_int(l->arena, 0) : lower_open_loop(l, lower_extent(l, dim));
}

void lower_forget(Lowering *l, int memos)
{
    while (l->memo.count > memos) {
        const Memo *m = &l->memo.data[--l->memo.count];
        l->info[m->node->id].memo = m->before;
    }
}

/* Locals of the blocks that are closed can no longer be used. */
void lower_close(Lowering *l, int depth)
{
    if (l->block.depth == depth)
        return;
    lower_forget(l, l->memo_marks[depth]);
    while (l->block.depth > depth)
        block_close(&l->block);
}

/* ---- sources ---- */

/* Equal literals are one array, whichever graph they stand in. */
static Buffer *const_buffer(Lowering *l, const Node *n)
{
    Program *p = l->program;
    int64_t count, bytes;
    if (!type_count(&n->type, 1, &count) || !type_bytes(&n->type, 1, &bytes))
        ice("a literal of type %s", type_text(l->arena, &n->type));
    for (int i = 0; i < p->consts.count; i++) {
        Buffer *b = p->consts.data[i];
        bool same = type_equal(&b->type, &n->type);
        for (int64_t k = 0; same && k < count; k++)
            same = scalar_equal(b->elements[k], n->attr.elements[k]);
        if (same)
            return b;
    }
    Buffer *b = arena_new_of(l->arena, Buffer);
    *b = (Buffer){.name = name_unique(l->const_names, "c_", lower_name(l, n)),
                  .place = PLACE_CONST,
                  .type = n->type,
                  .var = -1,
                  .bytes = bytes,
                  .loc = n->loc,
                  .elements = n->attr.elements};
    vec_push(l->arena, &p->consts, b);
    return b;
}

/* An element of a table of integers lies between its smallest and its largest. */
static void set_literal_range(KExpr *x)
{
    int64_t count;
    if (!dtype_is_int(x->dtype) || !type_count(&x->buffer->type, 1, &count) || count == 0)
        return;
    x->low = INT64_MAX;
    x->high = INT64_MIN;
    for (int64_t i = 0; i < count; i++) {
        const int64_t value = x->buffer->elements[i].i;
        x->low = value < x->low ? value : x->low;
        x->high = value > x->high ? value : x->high;
    }
}

KExpr *lower_const(Lowering *l, const Node *n, KExpr *const *index)
{
    if (!n->attr.elements)
        return kexpr_number(l->arena, n->attr.value);
    KExpr *x = kexpr_load(l->arena, const_buffer(l, n), lower_offset(l, &n->type, index));
    set_literal_range(x);
    return x;
}

KExpr *lower_iota(Lowering *l, const Node *n, KExpr *const *index)
{
    return kexpr_cast(l->arena, index[n->attr.axes[0]], n->type.dtype);
}

KExpr *lower_buffer(Lowering *l, const Node *n, KExpr *const *index)
{
    return kexpr_load(l->arena, l->var_buffers[n->attr.slot], lower_offset(l, &n->type, index));
}

KExpr *lower_host(Lowering *l, const Node *n, KExpr *const *index)
{
    (void)index;
    if (n->op == OP_const)
        return kexpr_number(l->arena, n->attr.value);
    return kexpr_host(l->arena, l->info[n->id].host);
}

/* The sample is the index along the batch; where that axis holds k elements of each sample, they
 * count as elements. */
KExpr *lower_random(Lowering *l, const Node *n, KExpr *const *index)
{
    const int batch = type_batch_axis(&n->type);
    KExpr *sample = kexpr_int(l->arena, 0), *inner[MAX_RANK];
    Type within = n->type;
    for (int axis = 0; axis < n->type.rank; axis++)
        inner[axis] = index[axis];
    if (batch >= 0) {
        KExpr *per_sample = kexpr_int(l->arena, n->type.dims[batch].size);
        sample = kexpr_div(l->arena, index[batch], per_sample);
        inner[batch] = kexpr_mod(l->arena, index[batch], per_sample);
        within.dims[batch].batch = false;
    }
    KExpr *element = lower_offset(l, &within, inner);
    int64_t count;
    if (l->scan && type_count(&within, 1, &count)) /* turns draw one after the other */
        element = kexpr_add(l->arena,
                            kexpr_mul(l->arena, lower_turn_number(l), kexpr_int(l->arena, count)),
                            element);
    return kexpr_random(l->arena, n->op, n->type.dtype, n->attr.key, sample, element);
}

/* ---- elementwise ---- */

KExpr *lower_cast(Lowering *l, const Node *n, KExpr *const *index)
{
    return kexpr_cast(l->arena, lower_value(l, n->args[0], index), n->type.dtype);
}

static bool is_load(const KExpr *e, const void *context)
{
    (void)context;
    return e->kind == KE_LOAD;
}

/* Both arms of ?: are read into locals first.  They may always be
 * read, so the loop needs no branch; and GCC 12.2 at -O3 miscompiles the masked loads that it makes
 * of `c[i] ? x[i] : 0.0f` with c of bytes, in loops of a short odd count. */
static KExpr *unconditional(Lowering *l, const Node *n, int arg, KExpr *value)
{
    const bool conditional = arg > 0 && n->op == OP_where;
    if (!conditional || l->guarded > 0 || !kwalk_any(value, is_load, NULL))
        return value;
    return block_let(&l->block, lower_name(l, n->args[arg]), value);
}

KExpr *lower_ewise(Lowering *l, const Node *n, KExpr *const *index)
{
    KExpr *args[3];
    if (n->op == OP_detach)
        return lower_value(l, n->args[0], index);
    for (int i = 0; i < n->arity; i++)
        args[i] = unconditional(l, n, i, lower_value(l, n->args[i], index));
    return kexpr_op(l->arena, n->op, n->type.dtype, args, n->arity);
}

/* ---- views ---- */

/* The linear position over dims [from, to), of which only the first may be the batch. */
static KExpr *linearize(Lowering *l, const Type *type, int from, int to, KExpr *const *index)
{
    KExpr *position = kexpr_int(l->arena, 0), *stride = kexpr_int(l->arena, 1);
    for (int axis = to - 1; axis >= from; axis--) {
        position = kexpr_add(l->arena, kexpr_mul(l->arena, index[axis], stride), position);
        stride = kexpr_mul(l->arena, stride, kexpr_int(l->arena, type->dims[axis].size));
    }
    return position;
}

/* The reverse: the first axis takes what is left, whatever its size. */
static void delinearize(Lowering *l, const Type *type, int from, int to, KExpr *position,
                        KExpr **index)
{
    for (int axis = to - 1; axis > from; axis--) {
        KExpr *size = kexpr_int(l->arena, type->dims[axis].size);
        index[axis] = kexpr_mod(l->arena, position, size);
        position = kexpr_div(l->arena, position, size);
    }
    index[from] = position;
}

/* Takes dims of both types from `at` until they hold as many elements (per sample): a group that
 * can be remapped by itself.  Only dims of one kind, before or from the batch on, are joined. */
static void take_group(const Type *a, const Type *b, int *a_end, int *b_end)
{
    int64_t pa = a->dims[(*a_end)++].size, pb = b->dims[(*b_end)++].size;
    while (pa != pb && (*a_end < a->rank || *b_end < b->rank)) {
        if ((pa < pb && *a_end < a->rank) || *b_end == b->rank)
            pa *= a->dims[(*a_end)++].size;
        else
            pb *= b->dims[(*b_end)++].size;
    }
}

static bool has_no_element(const Type *type)
{
    for (int axis = 0; axis < type->rank; axis++)
        if (type->dims[axis].size == 0)
            return true;
    return false;
}

/* Dims are matched from the left in groups of equal size, so that those which stay keep their
 * index; a batch dimension begins a group in both, for the sizes before it are the same. */
KExpr *lower_reshape(Lowering *l, const Node *n, KExpr *const *index)
{
    const Node *x = n->args[0];
    const Type *from = &n->type, *to = &x->type;
    KExpr *inner[MAX_RANK];
    for (int axis = 0; axis < to->rank; axis++)
        inner[axis] = kexpr_int(l->arena, 0);
    for (int a = 0, b = 0; a < from->rank && b < to->rank && !has_no_element(to);) {
        if (dim_is_one(from->dims[a])) {
            a++;
            continue;
        }
        if (dim_is_one(to->dims[b])) {
            b++;
            continue;
        }
        int a_end = a, b_end = b;
        take_group(from, to, &a_end, &b_end);
        delinearize(l, to, b, b_end, linearize(l, from, a, a_end, index), inner);
        a = a_end;
        b = b_end;
    }
    return lower_value(l, x, inner);
}

KExpr *lower_permute(Lowering *l, const Node *n, KExpr *const *index)
{
    KExpr *inner[MAX_RANK];
    for (int axis = 0; axis < n->type.rank; axis++)
        inner[n->attr.axes[axis]] = index[axis];
    return lower_value(l, n->args[0], inner);
}

KExpr *lower_expand(Lowering *l, const Node *n, KExpr *const *index)
{
    KExpr *inner[MAX_RANK];
    for (int axis = 0; axis < n->type.rank; axis++)
        inner[axis] =
            dim_is_one(n->args[0]->type.dims[axis]) ? kexpr_int(l->arena, 0) : index[axis];
    return lower_value(l, n->args[0], inner);
}

KExpr *lower_slice(Lowering *l, const Node *n, KExpr *const *index)
{
    KExpr *inner[MAX_RANK];
    for (int axis = 0; axis < n->type.rank; axis++) {
        const int64_t step = n->attr.step[axis];
        KExpr *start = kexpr_int(l->arena, n->attr.start[axis]);
        KExpr *moved =
            kexpr_mul(l->arena, index[axis], kexpr_int(l->arena, step < 0 ? -step : step));
        inner[axis] =
            step < 0 ? kexpr_sub(l->arena, start, moved) : kexpr_add(l->arena, moved, start);
    }
    return lower_value(l, n->args[0], inner);
}

KExpr *lower_select(Lowering *l, KExpr *condition, KExpr *yes, KExpr *no)
{
    if (condition->kind == KE_NUMBER)
        return condition->value.i ? yes : no;
    return kexpr_op(l->arena, OP_where, yes->dtype, (KExpr *[]){condition, yes, no}, 3);
}

/* Along one axis: the index into the operand, and, onto the condition, that there is one. */
static KExpr *unpad(Lowering *l, const Node *n, int axis, KExpr *at, KExpr **condition)
{
    Arena *arena = l->arena;
    const int64_t step = n->attr.step[axis], apart = step < 0 ? -step : step;
    const Dim had = n->args[0]->type.dims[axis];
    if (had.batch)
        return at;
    const int64_t start = n->attr.start[axis];
    KExpr *stride = kexpr_int(arena, apart);
    KExpr *way = step < 0 ? kexpr_sub(arena, kexpr_int(arena, start), at)
                          : kexpr_sub(arena, at, kexpr_int(arena, start));
    KExpr *reach = kexpr_mul(arena, kexpr_int(arena, had.size), stride);
    /* the same remainder, of a number that is not negative; its range may be unknown */
    const bool shifts = way->low < 0 && way->low > -INT64_MAX / 2;
    const int64_t more = shifts ? (apart - 1 - way->low) / apart * apart : 0;
    KExpr *above = step < 0 ? kexpr_sub(arena, kexpr_int(arena, start + more), at)
                            : kexpr_add(arena, at, kexpr_int(arena, more - start));
    KExpr *fits = kexpr_eq(arena, kexpr_mod(arena, above, stride), kexpr_int(arena, 0));
    KExpr *there =
        kexpr_and(arena, kexpr_ge(arena, way, kexpr_int(arena, 0)), kexpr_lt(arena, way, reach));
    *condition = kexpr_and(arena, *condition, kexpr_and(arena, there, fits));
    return kexpr_div(arena, way, stride);
}

KExpr *lower_pad(Lowering *l, const Node *n, KExpr *const *index)
{
    KExpr *inner[MAX_RANK], *condition = kexpr_number(l->arena, scalar_int(DT_BOOL, 1));
    for (int axis = 0; axis < n->type.rank; axis++)
        inner[axis] = unpad(l, n, axis, index[axis], &condition);
    KExpr *fill = kexpr_number(l->arena, n->attr.value);
    if (kexpr_is_int(condition, 0))
        return fill;
    const bool guarded = !kexpr_is_int(condition, 1);
    l->guarded += guarded;
    KExpr *value = lower_value(l, n->args[0], inner);
    l->guarded -= guarded;
    return lower_select(l, condition, value, fill);
}

KExpr *lower_concat(Lowering *l, const Node *n, KExpr *const *index)
{
    const int axis = n->attr.axes[0];
    int64_t start = n->type.dims[axis].size;
    KExpr *inner[MAX_RANK], *value = NULL;
    for (int k = 0; k < n->type.rank; k++)
        inner[k] = index[k];
    for (int i = n->arity - 1; i >= 0; i--) { /* from the last: each is chosen before the rest */
        const int64_t end = start, size = n->args[i]->type.dims[axis].size;
        start -= size;
        KExpr *before = kexpr_lt(l->arena, index[axis], kexpr_int(l->arena, end));
        KExpr *behind = kexpr_lt(l->arena, index[axis], kexpr_int(l->arena, start));
        if (size == 0 || kexpr_is_int(before, 0) || kexpr_is_int(behind, 1))
            continue;
        const bool guarded = !kexpr_is_int(before, 1) || !kexpr_is_int(behind, 0);
        inner[axis] = kexpr_sub(l->arena, index[axis], kexpr_int(l->arena, start));
        l->guarded += guarded;
        KExpr *here = lower_value(l, n->args[i], inner);
        l->guarded -= guarded;
        value = value ? lower_select(l, before, here, value) : here;
    }
    return value ? value : kexpr_number(l->arena, scalar_int(n->type.dtype, 0));
}

KExpr *lower_window(Lowering *l, const Node *n, KExpr *const *index)
{
    const Window w = node_window(n);
    KExpr *inner[MAX_RANK];
    for (int axis = 0; axis < n->args[0]->type.rank; axis++)
        inner[axis] = index[axis <= w.axis ? axis : axis + 1];
    KExpr *place = kexpr_mul(l->arena, index[w.axis], kexpr_int(l->arena, w.step));
    KExpr *tap = kexpr_mul(l->arena, index[w.axis + 1], kexpr_int(l->arena, w.dilation));
    inner[w.axis] = kexpr_add(l->arena, place, tap);
    return lower_value(l, n->args[0], inner);
}

/* ---- what is gone before lowering ---- */

KExpr *lower_none(Lowering *l, const Node *n, KExpr *const *index)
{
    (void)index;
    ice("graph %s: %s is left at lowering", l->graph->name, op_info[n->op].name);
}
