/* lower_scan.c -- a scan as a loop of kernels.
 *
 *     k_h_first(v_h);                                       what is carried has a buffer
 *     for (int64_t turn = 0; turn < 9; turn++) {
 *         k_product(batch, turn, v_x, p_w, v_product);      a sequence is read where it lies
 *         k_h(batch, turn, v_product, v_h, v_all_h);        h in place, and stacked
 *     }
 *
 * The body is lowered like any graph, by a Lowering of its own inside of the outer one.  A carry's
 * new value is stored into its buffer by the kernel that makes it, where nothing in the turn reads
 * the old one later; else it is copied at the end of the turn, as everything is at -O0. */
#include "codegen/kexpr.h"
#include "codegen/kwalk.h"
#include "codegen/lower_rules.h"
#include "ir/scan.h"

/* ---- places ---- */

static void insert_index(KExpr **inner, KExpr *const *index, int rank, int axis, KExpr *at)
{
    for (int i = 0; i <= rank; i++)
        inner[i] = i < axis ? index[i] : i == axis ? at : index[i - 1];
}

KExpr *lower_place(Lowering *l, const Buffer *buffer, const Type *type, KExpr *const *index)
{
    KExpr *inner[MAX_RANK];
    if (l->loop < 0 || buffer->stack_loop != l->loop)
        return lower_offset(l, type, index);
    insert_index(inner, index, type->rank, buffer->stack_axis, l->turn);
    return lower_offset(l, &buffer->type, inner);
}

KExpr *lower_turn(Lowering *l, const Node *n, KExpr *const *index)
{
    (void)n;
    (void)index;
    return l->turn;
}

KExpr *lower_turn_number(const Lowering *l)
{
    if (!l->outer || !l->outer->scan)
        return l->turn;
    KExpr *before = kexpr_mul(l->arena, lower_turn_number(l->outer),
                              kexpr_int(l->arena, l->scan->attr.scan->turns));
    return kexpr_add(l->arena, before, l->turn);
}

static Buffer *result_buffer(const Lowering *l, int result)
{
    return l->outer->info[l->scan->id].outs[result];
}

/* What a carry holds, or an element of the operand as it lies in memory outside of the body. */
KExpr *lower_arg(Lowering *l, const Node *n, KExpr *const *index)
{
    const Scan *s = l->scan->attr.scan;
    const int slot = n->attr.slot;
    KExpr *inner[MAX_RANK];
    if (slot < s->carries)
        return kexpr_load(l->arena, result_buffer(l, slot), lower_offset(l, &n->type, index));
    const int along = s->along.data[slot - s->carries];
    if (along >= 0)
        insert_index(inner, index, n->type.rank, along, l->turn);
    l->outer->guarded++; /* its block is closed */
    KExpr *value = lower_value(l->outer, l->scan->args[slot], along >= 0 ? inner : index);
    l->outer->guarded--;
    return value;
}

/* ---- buffers ---- */

static const Node *find_out(const Lowering *l, const Node *scan, int result)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        if (n->op == OP_scan_out && n->args[0] == scan && n->attr.slot == result)
            return n;
    }
    return NULL;
}

static Buffer *make_out(Lowering *l, const Node *scan, int result)
{
    const Scan *s = scan->attr.scan;
    const Node *inside = s->body->results.data[result].node, *out = find_out(l, scan, result);
    Type type = inside->type;
    if (result >= s->carries)
        type = scan_stacked(&type, s->yields.data[result - s->carries], s->turns);
    const bool carry = result < s->carries && result < s->args.count && s->args.data[result];
    const Node *named = carry ? s->args.data[result] : inside;
    const char *name = out ? lower_name(l, out) : node_describe(l->arena, l->program->model, named);
    return lower_new_buffer(l, "v_", name, &type, scan->loc);
}

/* Which loop a buffer stacks is known when there is one: set_stacks(). */
void lower_make_loop_buffers(Lowering *l)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        NodeInfo *info = &l->info[n->id];
        if (!info->live)
            continue;
        if (n->op == OP_scan) {
            const int results = n->attr.scan->body->results.count;
            info->outs = arena_array(l->arena, Buffer *, results);
            for (int k = 0; k < results; k++)
                info->outs[k] = make_out(l, n, k);
        } else if (n->op == OP_scan_out) {
            info->buffer = l->info[n->args[0]->id].outs[n->attr.slot];
        }
    }
}

/* ---- where a body's results go ---- */

/* Kernels that store each element once, where it is asked for. */
static bool stores_elements(const Lowering *l, const Node *n)
{
    const Group *group = &l->groups.data[l->info[n->id].group];
    return group->kind == GROUP_ELEMENTS || (group->kind == GROUP_PRODUCT && n != group->first);
}

static bool can_be_home(const Node *n)
{
    return n->op != OP_scan_out; /* that has one */
}

static void place_result(Lowering *l, int result)
{
    const Scan *s = l->scan->attr.scan;
    const Node *n = l->graph->results.data[result].node;
    NodeInfo *info = &l->info[n->id];
    const bool carry = result < s->carries;
    if (carry && n->op == OP_arg && n->attr.slot == result)
        return; /* it stays as it is */
    if (carry && lower_is_read_too_late(l, result, n))
        return;
    Buffer *to = result_buffer(l, result);
    if (!info->buffer && can_be_home(n))
        info->buffer = to;
    else if (stores_elements(l, n))
        vec_push(l->arena, &info->copies, to);
}

/* Yields first: nobody else reads them. */
void lower_place_results(Lowering *l)
{
    const int carries = l->scan->attr.scan->carries, count = l->graph->results.count;
    if (l->options->level == 0)
        return;
    for (int i = 0; i < count; i++)
        place_result(l, (i + carries) % count);
}

static bool is_stored(const Lowering *l, int result)
{
    const Node *n = l->graph->results.data[result].node;
    const NodeInfo *info = &l->info[n->id];
    const Buffer *to = result_buffer(l, result);
    if (info->buffer == to ||
        (n->op == OP_arg && n->attr.slot == result && result < l->scan->attr.scan->carries))
        return true;
    for (int i = 0; i < info->copies.count; i++)
        if (info->copies.data[i] == to)
            return true;
    return false;
}

/* A kernel that stores a value into a buffer. */
static void store_value(Lowering *l, const Node *value, Buffer *to, const char *name, bool backward)
{
    KExpr *index[MAX_RANK];
    Kernel *kernel = lower_start_kernel(l, name, value->loc);
    kernel->comment = arena_printf(l->arena, "%s = %s    %s", to->name + 2, lower_name(l, value),
                                   type_text(l->arena, &value->type));
    kernel->backward = backward;
    for (int axis = 0; axis < value->type.rank; axis++)
        index[axis] = lower_open_dim(l, value->type.dims[axis]);
    KExpr *element = lower_value(l, value, index);
    block_store(&l->block, to, lower_place(l, to, &value->type, index), element);
    lower_close(l, 0);
    lower_end_kernel(l, kernel);
}

void lower_copy_results(Lowering *l)
{
    const int carries = l->scan->attr.scan->carries, count = l->graph->results.count;
    for (int i = 0; i < count; i++) { /* yields, then carries: what is read must still be there */
        const int result = (i + carries) % count;
        if (!is_stored(l, result))
            store_value(l, l->graph->results.data[result].node, result_buffer(l, result),
                        arena_printf(l->arena, "%s_%s", result_buffer(l, result)->name + 2,
                                     result < carries ? "next" : "kept"),
                        l->backward);
    }
}

/* ---- the loop ---- */

static const char *turn_name(const Lowering *l)
{
    int depth = 1;
    for (const Lowering *outer = l; outer->scan; outer = outer->outer)
        depth++;
    return depth == 1 ? "turn" : arena_printf(l->arena, "turn%d", depth);
}

static void set_stacks(const Lowering *l, const Node *scan, int loop)
{
    const Scan *s = scan->attr.scan;
    for (int i = 0; i < s->yields.count; i++) {
        l->info[scan->id].outs[s->carries + i]->stack_loop = loop;
        l->info[scan->id].outs[s->carries + i]->stack_axis = s->yields.data[i];
    }
}

void lower_scan(Lowering *outer, const Node *scan)
{
    const Scan *s = scan->attr.scan;
    Routine *routine = outer->routine;
    Buffer **outs = outer->info[scan->id].outs;
    const bool backward = outer->backward || scan->grad_of != NULL;
    for (int i = 0; i < s->carries; i++)
        store_value(outer, scan->args[i], outs[i],
                    arena_printf(outer->arena, "%s_first", outs[i]->name + 2), backward);
    const Loop loop = {.turn = turn_name(outer),
                       .turns = s->turns,
                       .backward = s->backward,
                       .outer = outer->loop,
                       .first = routine->kernels.count,
                       .loc = scan->loc,
                       .name = s->body->results.count > 0 ? outs[0]->name + 2 : "",
                       .derivative = backward};
    Lowering l = {.arena = outer->arena,
                  .program = outer->program,
                  .graph = s->body,
                  .routine = routine,
                  .options = outer->options,
                  .batch_bound = outer->batch_bound,
                  .var_buffers = outer->var_buffers,
                  .buffer_names = outer->buffer_names,
                  .kernel_names = outer->kernel_names,
                  .const_names = outer->const_names,
                  .outer = outer,
                  .scan = scan,
                  .turn = kexpr_turn(outer->arena, loop.turn, s->turns),
                  .loop = routine->loops.count,
                  .backward = backward};
    vec_push(outer->arena, &routine->loops, loop);
    set_stacks(outer, scan, l.loop);
    lower_groups(&l);
    routine->loops.data[l.loop].end = routine->kernels.count;
}

/* ---- what is done once, before the loop ---- */

static bool is_turn(const KExpr *x, const void *turn)
{
    return kexpr_equal(x, turn);
}

/* Does a turn store to it? */
static bool is_made_in_loop(const Lowering *l, const Buffer *buffer)
{
    const int results = l->graph->results.count;
    for (int i = 0; i < results; i++)
        if (result_buffer(l, i) == buffer)
            return true;
    return buffer->place == PLACE_WORK && buffer->loop == l->loop;
}

Lowering *lower_before_loops(Lowering *l, const Buffer *buffer, const KExpr *place)
{
    while (l->scan && !is_made_in_loop(l, buffer) && !kwalk_any(place, is_turn, l->turn))
        l = l->outer;
    return l;
}

void lower_end_before_loop(Lowering *outer, const Lowering *l, Kernel *kernel)
{
    Routine *r = outer->routine;
    lower_end_kernel(outer, kernel);
    if (l == outer)
        return;
    while (l->outer != outer)
        l = l->outer;
    const int position = r->loops.data[l->loop].first;
    for (int k = r->kernels.count - 1; k > position; k--)
        r->kernels.data[k] = r->kernels.data[k - 1];
    r->kernels.data[position] = kernel;
    for (int i = 0; i < r->loops.count; i++) { /* loops that are still open have no end yet */
        r->loops.data[i].end += r->loops.data[i].end > position;
        r->loops.data[i].first += r->loops.data[i].first >= position;
    }
}
