/* gpu_updates_flat.c -- updates of one form as one loop over a range of memory.
 *
 *     m1 = b m1 + (1 - b) g1;  p1 = p1 - rate m1         m1 m2 m3 lie side by side, and so do
 *     m2 = b m2 + (1 - b) g2;  p2 = p2 - rate m2    =>   p1 p2 p3 and g1 g2 g3:
 *     ..                                                 for n < 4096 + 512 + 64:
 *                                                            m[n] = b m[n] + (1 - b) g[n];  ..
 *
 * An update is what a group computes of variables that read one another or the same gradient.  Two
 * have one form if they differ by tensors and shapes alone: their text is the same, with tensors
 * numbered as they come up.  Tensors are to have a multiple of 64 bytes each, so that nothing lies
 * between them; others stay in their groups. */
#include <string.h>

#include "codegen/formula.h"
#include "codegen/fuse.h"
#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/place.h"
#include "support/checked.h"

enum {
    TENSORS = 12,
    LONGEST = 4000, /* bytes of an update's text */
    ENOUGH = 4096   /* elements that are worth a launch of their own */
};

typedef struct Update {
    Group *group;
    Node *roots[GROUP_ROOTS]; /* in its order */
    int count;
    Buffer *tensors[TENSORS]; /* as they come up in the text */
    bool stored[TENSORS];
    int tensor_count;
    StrBuf text;
    bool fails, done;
} Update;

typedef Vec(Update) UpdateVec;

/* ---- what an update computes ---- */

static bool is_single(const Node *n)
{
    int64_t count;
    return n->host ||
           (type_batch_axis(&n->type) < 0 && type_count(&n->type, 1, &count) && count == 1);
}

/* Where the tensor lies, if it is read where it lies. */
static Buffer *buffer_of(const Lowering *l, const Node *n)
{
    if (l->info[n->id].root)
        return l->info[n->id].buffer;
    return fuse_is_variable(n) ? l->var_buffers[n->attr.slot] : NULL;
}

static int number_tensor(Update *u, Buffer *b)
{
    for (int i = 0; i < u->tensor_count; i++)
        if (u->tensors[i] == b)
            return i;
    if (u->tensor_count == TENSORS) {
        u->fails = true;
        return 0;
    }
    u->tensors[u->tensor_count] = b;
    return u->tensor_count++;
}

static void write_value(const Lowering *l, Update *u, const Node *n, const Node *within);

static void write_operation(const Lowering *l, Update *u, const Node *n, const Node *within)
{
    strbuf_printf(&u->text, "%s.%s(", op_info[n->op].name, dtype_info[n->type.dtype].name);
    for (int i = 0; i < n->arity; i++)
        write_value(l, u, n->args[i], within);
    strbuf_puts(&u->text, ")");
}

/* One number, the same for all elements: its shape says nothing. */
static void write_number(const Lowering *l, Update *u, const Node *n, const Node *within)
{
    while ((n->op == OP_expand || n->op == OP_reshape) && !n->host && !l->info[n->id].root)
        n = n->args[0];
    if (n->op == OP_const && !n->attr.elements)
        strbuf_printf(&u->text, " %s:%a:%lld", dtype_info[n->type.dtype].name, n->attr.value.f,
                      (long long)n->attr.value.i);
    else if (n->host || l->info[n->id].root || fuse_is_variable(n))
        strbuf_printf(&u->text, " #%d", n->id);
    else if (op_info[n->op].class == CLASS_EWISE)
        write_operation(l, u, n, within);
    else
        u->fails = true;
}

/* A value that `within` reads at its own element. */
static void write_value(const Lowering *l, Update *u, const Node *n, const Node *within)
{
    if (u->fails || u->text.length > LONGEST) {
        u->fails = true;
        return;
    }
    for (int i = 0; i < u->count; i++)
        if (u->roots[i] == n && n != within) {
            strbuf_printf(&u->text, " r%d", i);
            return;
        }
    const Node *lies = n;
    while (lies->op == OP_reshape && !l->info[lies->id].root)
        lies = lies->args[0];
    Buffer *b = buffer_of(l, lies);
    if (is_single(n) || n->op == OP_const || (n->op == OP_expand && is_single(n->args[0])))
        write_number(l, u, n, within);
    else if (!type_same_shape(&n->type, &within->type))
        u->fails = true;
    else if (b && n != within)
        strbuf_printf(&u->text, " %s%d", dtype_info[n->type.dtype].name, number_tensor(u, b));
    else if (op_info[n->op].class == CLASS_EWISE)
        write_operation(l, u, n, within);
    else
        u->fails = true;
}

static void write_update(const Lowering *l, Update *u)
{
    u->text = strbuf_new(l->arena);
    u->tensor_count = 0;
    for (int i = 0; i < u->count; i++) {
        const Node *n = u->roots[i];
        write_value(l, u, n, n);
        const int at = number_tensor(u, l->info[n->id].buffer);
        u->stored[at] = true;
        strbuf_printf(&u->text, " -> %d;", at);
    }
}

/* ---- updates of a group ---- */

static bool have_common(const Update *a, const Update *b)
{
    for (int i = 0; i < a->tensor_count; i++)
        for (int k = 0; k < b->tensor_count; k++)
            if (a->tensors[i] == b->tensors[k])
                return true;
    return false;
}

/* Roots that have a tensor in common are one update, in the group's order.  A group stays whole
 * where it is not seen of all its roots what they read: that may be what another one changes. */
static void find_updates(Lowering *l, Group *group, UpdateVec *all)
{
    const int count = group->roots.count;
    Update alone[GROUP_ROOTS];
    int of[GROUP_ROOTS];
    for (int i = 0; i < count; i++) {
        alone[i] = (Update){.group = group, .roots = {group->roots.data[i]}, .count = 1};
        write_update(l, &alone[i]);
        if (alone[i].fails)
            return;
        of[i] = i;
        for (int k = 0; k < i; k++)
            for (int j = 0, old = of[k]; j <= i && have_common(&alone[i], &alone[k]); j++)
                of[j] = of[j] == old ? of[i] : of[j];
    }
    for (int i = 0; i < count; i++) {
        Update u = {.group = group};
        for (int k = 0; k < count; k++)
            if (of[k] == i)
                u.roots[u.count++] = group->roots.data[k];
        if (u.count > 0) {
            write_update(l, &u);
            vec_push(l->arena, all, u);
        }
    }
}

/* ---- which may lie side by side ---- */

/* A variable has one place in all routines. */
static bool is_in_run(const Lowering *l, int var)
{
    for (int i = 0; i < l->program->runs.count; i++)
        for (int k = 0; k < l->program->runs.data[i].count; k++)
            if (l->program->runs.data[i].vars[k] == var)
                return true;
    return false;
}

static bool may_move(const Lowering *l, const Buffer *b)
{
    if (b->bytes % PLACE_ALIGNMENT != 0 || b->bytes == 0)
        return false;
    if (b->place == PLACE_VARS)
        return !is_in_run(l, b->var);
    return b->place == PLACE_WORK && !b->keep && !b->inside && b->loop < 0 && b->stack_loop < 0;
}

static bool is_movable(const Lowering *l, const Update *u)
{
    for (int i = 0; i < u->tensor_count; i++)
        if (!may_move(l, u->tensors[i]))
            return false;
    return !u->fails;
}

/* Does another update change or read one of its tensors? */
static bool is_apart(const UpdateVec *all, const Update *u)
{
    for (int i = 0; i < all->count; i++)
        if (&all->data[i] != u && have_common(&all->data[i], u))
            return false;
    return true;
}

/* ---- one loop ---- */

/* All tensors of this number, as one. */
static Buffer *make_range(Lowering *l, Update *const *updates, int count, int tensor)
{
    Buffer *first = updates[0]->tensors[tensor];
    int64_t bytes = 0;
    for (int i = 0; i < count; i++)
        if (!checked_add(bytes, updates[i]->tensors[tensor]->bytes, &bytes))
            ice("updates of too many bytes");
    const DType dtype = first->type.dtype;
    const Type type = {
        .dtype = dtype, .rank = 1, .dims = {dim_fixed(bytes / dtype_info[dtype].bytes)}};
    Buffer *range = lower_new_buffer(
        l, "", arena_printf(l->arena, "%s_and_%d_more", first->name, count - 1), &type, first->loc);
    range->place = first->place;
    range->var = first->var;
    VarRun run = {arena_array(l->arena, int, count), count};
    int64_t at = 0;
    for (int i = 0; i < count; i++) {
        Buffer *part = updates[i]->tensors[tensor];
        part->inside = range;
        part->inside_at = at;
        at += part->bytes;
        run.vars[i] = part->var;
    }
    if (range->place == PLACE_VARS)
        vec_push(l->arena, &l->program->runs, run);
    return range;
}

/* The buffers of the first update's tensors stand for all updates', or for its own again. */
static void show_ranges(Lowering *l, const Update *u, Buffer *const *from, Buffer *const *to)
{
    for (int t = 0; t < u->tensor_count; t++) {
        for (int i = 0; i < l->graph->nodes.count; i++) {
            NodeInfo *info = &l->info[l->graph->nodes.data[i]->id];
            if (info->buffer == from[t])
                info->buffer = to[t];
        }
        for (int i = 0; i < l->program->model->vars.count; i++)
            if (l->var_buffers[i] == from[t])
                l->var_buffers[i] = to[t];
    }
}

static bool is_among(Buffer *const *ranges, int count, const Buffer *b)
{
    for (int i = 0; i < count; i++)
        if (ranges[i] == b)
            return true;
    return false;
}

/* An element's place in a range is the number of the turn, whatever the shape of the first part. */
static void place_loads(KExpr *x, Buffer *const *ranges, int count, KExpr *at)
{
    if (x->kind == KE_LOAD && is_among(ranges, count, x->buffer))
        x->args[0] = at;
    for (int i = 0; i < x->arity; i++)
        place_loads(x->args[i], ranges, count, at);
}

static void lower_range(Lowering *l, const Group *group, Buffer *const *ranges, int count)
{
    const Type *type = &group->roots.data[0]->type;
    const int64_t elements = ranges[0]->type.dims[0].size;
    KExpr *index[MAX_RANK], *values[GROUP_ROOTS];
    KExpr *at = lower_open_loop(l, kexpr_int(l->arena, gpu_bound(l, type->dims, type->rank)));
    KStmt *loop = gpu_last_loop(l);
    gpu_share(l, SHARE_GRID, 0);
    gpu_unflatten(l, type->dims, type->rank, at, index);
    lower_store_elements(l, group, index, values);
    lower_close(l, 0);
    loop->extent = kexpr_int(l->arena, elements);
    at->high = elements - 1;
    for (int i = 0; i < loop->body.count; i++) {
        KStmt *s = loop->body.data[i];
        if (s->value)
            place_loads(s->value, ranges, count, at);
        if (s->kind == KS_STORE && is_among(ranges, count, s->buffer))
            s->index = at;
    }
}

/* The kernel uses the parts: they are alive as long, and nothing that needs them may pass it. */
static void note_parts(Lowering *l, Kernel *kernel, Update *const *updates, int count)
{
    for (int i = 0; i < count; i++)
        for (int t = 0; t < updates[i]->tensor_count; t++) {
            vec_push(l->arena, &kernel->reads, updates[i]->tensors[t]);
            if (updates[i]->stored[t])
                vec_push(l->arena, &kernel->writes, updates[i]->tensors[t]);
        }
}

static void lower_together(Lowering *l, Update *const *updates, int count)
{
    const Update *first = updates[0];
    Group group = {.kind = GROUP_ELEMENTS, .first = first->roots[0]};
    Buffer *ranges[TENSORS];
    for (int i = 0; i < first->count; i++)
        vec_push(l->arena, &group.roots, first->roots[i]);
    Kernel *kernel = lower_start_kernel(l, "update_parameters", group.first->loc);
    kernel->comment = formula_of_group(l, &group);
    kernel->note = arena_printf(l->arena, "and %d more, side by side in memory", count - 1);
    for (int t = 0; t < first->tensor_count; t++)
        ranges[t] = make_range(l, updates, count, t);
    show_ranges(l, first, first->tensors, ranges);
    lower_range(l, &group, ranges, first->tensor_count);
    show_ranges(l, first, ranges, first->tensors);
    lower_end_kernel(l, kernel);
    note_parts(l, kernel, updates, count);
}

/* ---- all of them ---- */

static void take_out(Update *u)
{
    NodeVec *roots = &u->group->roots;
    int kept = 0;
    for (int i = 0; i < roots->count; i++) {
        bool taken = false;
        for (int k = 0; k < u->count; k++)
            taken |= u->roots[k] == roots->data[i];
        if (!taken)
            roots->data[kept++] = roots->data[i];
    }
    roots->count = kept;
    u->done = true;
}

/* Those that have the form of this one, if there is more than one, and enough to do. */
static void lower_form(Lowering *l, UpdateVec *all, int from)
{
    Update **same = arena_array(l->arena, Update *, all->count);
    const char *text = strbuf_text(&all->data[from].text);
    int64_t elements = 0;
    int count = 0;
    for (int i = from; i < all->count; i++) {
        Update *u = &all->data[i];
        if (!u->done && strcmp(strbuf_text(&u->text), text) == 0 && is_movable(l, u) &&
            is_apart(all, u)) {
            const Type *type = &u->roots[0]->type;
            if (!checked_add(elements, gpu_bound(l, type->dims, type->rank), &elements))
                return;
            same[count++] = u;
        }
    }
    if (count < 2 || elements < ENOUGH)
        return;
    lower_together(l, same, count);
    for (int i = 0; i < count; i++)
        take_out(same[i]);
}

void gpu_updates_lower_flat(Lowering *l, const bool *update)
{
    UpdateVec all = {0};
    for (int g = 0; g < l->groups.count; g++)
        if (update[g])
            find_updates(l, &l->groups.data[g], &all);
    for (int i = 0; i < all.count; i++)
        if (!all.data[i].done)
            lower_form(l, &all, i);
}
