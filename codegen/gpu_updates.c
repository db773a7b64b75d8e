/* gpu_updates.c -- the optimizer for a GPU: updates of parameters, each small, in one launch.
 *
 * Those of one form are one loop over a range of memory: gpu_updates_flat.c.  What is left:
 *
 *     for (i < 4810)                                   SHARE_GRID
 *         if (i < 4096) { m, v and p of one parameter }
 *         if (i >= 4096 && i < 4160) { of the next }   ...
 *
 * In: groups that make nothing but new values of variables, element by element.  One may wait for
 * the end of the routine if no other group reads what it makes, or changes what it reads; it stores
 * in place then, for nobody is left to read the old ones. */
#include <string.h>

#include "codegen/formula.h"
#include "codegen/fuse.h"
#include "codegen/gpu.h"
#include "codegen/kexpr.h"

enum {
    MOST_UPDATES = 32, /* of a kernel: each thread looks for its own among them */
    MOST_ROOTS = 160   /* tensors stored by it: a kernel takes 4 KB of parameters, no more */
};

/* ---- which groups ---- */

static bool makes_variables(const Lowering *l, const Group *group)
{
    for (int i = 0; i < group->roots.count; i++) {
        const Node *n = group->roots.data[i];
        const NodeInfo *info = &l->info[n->id];
        if (!info->write || info->value || info->buffer || info->indexes ||
            info->copies.count > 0 || type_batch_axis(&n->type) >= 0)
            return false;
    }
    return group->kind == GROUP_ELEMENTS && group->roots.count > 0;
}

typedef struct Conflict {
    const bool *update;
    const int *writer; /* by variable: the group that changes it; -1: none; -2: several */
    bool *fails;       /* by group */
    int reader;
} Conflict;

static void note_read(Lowering *l, const Node *read, bool same, void *context)
{
    Conflict *c = context;
    const int made = l->info[read->id].root ? l->info[read->id].group : -1;
    if (made >= 0 && made != c->reader && c->update[made])
        c->fails[made] = true;
    if (read->op == OP_arg || !fuse_is_variable(read) || !c->update[c->reader])
        return;
    const int writer = c->writer[read->attr.slot];
    if (writer != -1 && (writer != c->reader || !same)) /* its own old element may be read */
        c->fails[c->reader] = true;
}

static int *find_writers(const Lowering *l)
{
    int *writer = arena_array(l->arena, int, l->program->model->vars.count + 1);
    for (int i = 0; i < l->program->model->vars.count; i++)
        writer[i] = -1;
    for (int i = 0; i < l->graph->results.count; i++) {
        const Result *r = &l->graph->results.data[i];
        if (r->kind == RESULT_WRITE)
            writer[r->slot] = writer[r->slot] == -1 ? l->info[r->node->id].group : -2;
    }
    return writer;
}

bool *gpu_updates_find(Lowering *l)
{
    const EntryKind entry = l->routine->entry->kind;
    const int count = l->groups.count;
    bool *update = arena_array(l->arena, bool, count + 1);
    bool *fails = arena_array(l->arena, bool, count + 1);
    if (l->options->target != TARGET_CUDA || l->options->level == 0 || l->scan ||
        (entry != ENTRY_TRAIN && entry != ENTRY_UPDATE) || l->program->model->recompute > 0)
        return update;
    Conflict c = {update, find_writers(l), fails, 0};
    int found = 0;
    for (int g = 0; g < count; g++)
        update[g] = makes_variables(l, &l->groups.data[g]);
    for (c.reader = 0; c.reader < count; c.reader++)
        for (int i = 0; i < l->groups.data[c.reader].roots.count; i++)
            fuse_visit_reads(l, l->groups.data[c.reader].roots.data[i], note_read, &c);
    for (int g = 0; g < count; g++) {
        update[g] &= !fails[g];
        found += update[g];
    }
    for (int g = 0; g < count && found == 1; g++)
        update[g] = false; /* one alone stays where it is */
    return update;
}

/* ---- one kernel ---- */

/* What the threads of [first, first + count) do, whose number is `at`. */
static void lower_update(Lowering *l, const Group *group, KExpr *at, int64_t first, int64_t count)
{
    Arena *arena = l->arena;
    const Type *type = &group->roots.data[0]->type;
    const int depth = l->block.depth;
    KExpr *index[MAX_RANK], *values[GROUP_ROOTS];
    KExpr *mine = kexpr_and(arena, kexpr_ge(arena, at, kexpr_int(arena, first)),
                            kexpr_lt(arena, at, kexpr_int(arena, first + count)));
    if (!kexpr_is_int(mine, 1))
        lower_open_loop(l, mine);
    KExpr *place = kexpr_sub(arena, at, kexpr_int(arena, first));
    if (place->kind != KE_INDEX)
        place = block_let(&l->block, "place", place);
    place = kexpr_at_most(arena, place, count - 1);
    place->low = 0;
    gpu_unflatten(l, type->dims, type->rank, place, index);
    lower_store_elements(l, group, index, values);
    lower_close(l, depth);
}

static int64_t elements_of(const Lowering *l, const Group *group)
{
    const Type *type = &group->roots.data[0]->type;
    return gpu_bound(l, type->dims, type->rank);
}

static int lower_some(Lowering *l, const bool *update, int first)
{
    const Group *told = NULL;
    int64_t total = 0, before = 0;
    int count = 0, roots = 0, end = first;
    for (; end < l->groups.count && count < MOST_UPDATES; end++) {
        if (!update[end] || l->groups.data[end].roots.count == 0)
            continue;
        roots += l->groups.data[end].roots.count;
        if (told && roots > MOST_ROOTS)
            break;
        told = told ? told : &l->groups.data[end];
        total += elements_of(l, &l->groups.data[end]);
        count++;
    }
    if (!told)
        return end;
    Kernel *kernel = lower_start_kernel(l, "update_parameters", told->roots.data[0]->loc);
    kernel->comment = formula_of_group(l, told);
    if (count > 1)
        kernel->note =
            arena_printf(l->arena, "and %d more update%s", count - 1, count > 2 ? "s" : "");
    KExpr *at = lower_open_loop(l, kexpr_int(l->arena, total));
    gpu_share(l, SHARE_GRID, 0);
    for (int g = first; g < end; g++) {
        if (!update[g] || l->groups.data[g].roots.count == 0)
            continue;
        const int64_t elements = elements_of(l, &l->groups.data[g]);
        lower_update(l, &l->groups.data[g], at, before, elements);
        before += elements;
    }
    lower_close(l, 0);
    lower_end_kernel(l, kernel);
    return end;
}

void gpu_updates_lower(Lowering *l, const bool *update)
{
    gpu_updates_lower_flat(l, update);
    for (int g = 0; g < l->groups.count;)
        g = lower_some(l, update, g);
}
