/* lower.c -- graphs to routines.
 *
 * In: a model's graphs, after the passes.  Out: for each entry a Routine: kernels in order, host
 * scalars, buffers with their places, and what is copied at the end (commits):
 *
 *     graph train { ... write @w = %9 }    kernel k_new_w stores straight into w where nothing
 *                                          reads the old w later, else into work memory */
#include <string.h>

#include "codegen/fuse.h"
#include "codegen/gpu.h"
#include "codegen/gpu_launch.h"
#include "codegen/kexpr.h"
#include "codegen/plan.h"
#include "codegen/team.h"
#include "ir/scan.h"
#include "support/checked.h"

/* ---- buffers ---- */

static Buffer *new_buffer(Lowering *l, BufferPlace place, const char *prefix, const char *text,
                          const Type *type, Loc loc)
{
    Buffer *b = arena_new_of(l->arena, Buffer);
    *b = (Buffer){.name = name_unique(l->buffer_names, prefix, text),
                  .place = place,
                  .type = *type,
                  .var = -1,
                  .loc = loc,
                  .loop = l->loop,
                  .stack_loop = -1};
    if (!type_bytes(type, l->batch_bound, &b->bytes))
        ice("buffer %s: %s is too large", b->name, type_text(l->arena, type));
    vec_push(l->arena, &l->routine->buffers, b);
    return b;
}

Buffer *lower_new_buffer(Lowering *l, const char *prefix, const char *text, const Type *type,
                         Loc loc)
{
    return new_buffer(l, PLACE_WORK, prefix, text, type, loc);
}

static Buffer *var_buffer(Lowering *l, int slot)
{
    if (l->var_buffers[slot])
        return l->var_buffers[slot];
    const Var *var = &l->program->model->vars.data[slot];
    const bool fed = var->kind == VAR_INPUT || var->kind == VAR_SOURCE;
    Type type = var->type;
    if (l->graph->widened && dtype_is_float(type.dtype))
        type.dtype = DT_F64;
    Buffer *b = new_buffer(l, fed ? PLACE_INPUT : PLACE_VARS, var->kind == VAR_PARAM ? "p_" : "v_",
                           var->name, &type, var->loc);
    b->var = slot;
    if (!fed)
        b->offset = (l->graph->widened ? l->program->check_offsets : l->program->offsets)[slot];
    return l->var_buffers[slot] = b;
}

static void make_var_buffers(Lowering *l)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        if (l->info[n->id].live && fuse_is_variable(n))
            var_buffer(l, n->attr.slot);
    }
    for (int i = 0; i < l->graph->results.count; i++)
        if (l->graph->results.data[i].kind == RESULT_WRITE)
            var_buffer(l, l->graph->results.data[i].slot);
}

/* ---- host scalars ---- */

static void name_host(Lowering *l, const Node *n)
{
    NodeInfo *info = &l->info[n->id];
    const Model *m = l->program->model;
    if (info->host || n->op == OP_const)
        return;
    const char *text = n->op == OP_option    ? m->options.data[n->attr.slot].name
                       : n->op == OP_counter ? counter_names[n->attr.slot]
                                             : lower_name(l, n);
    info->host = name_unique(l->buffer_names, "s_", text);
}

/* Those that a tensor needs, or that two host scalars need, get a line of their own. */
static void make_hosts(Lowering *l)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        if (!l->info[n->id].live)
            continue;
        if (n->host && (l->info[n->id].uses > 1 || l->info[n->id].root))
            name_host(l, n);
        for (int k = 0; k < n->arity && !n->host; k++)
            if (n->args[k]->host)
                name_host(l, n->args[k]);
    }
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        const HostScalar host = {l->info[n->id].host, n, n->loc};
        if (host.name)
            vec_push(l->arena, &l->routine->hosts, host);
    }
}

/* ---- results ---- */

/* What has no name in the model is called after the result that it is. */
static void set_hints(Lowering *l)
{
    const EntryKind kind = l->routine->entry->kind;
    const bool first = kind == ENTRY_INIT || kind == ENTRY_RESET;
    for (int i = 0; i < l->graph->results.count; i++) {
        const Result *r = &l->graph->results.data[i];
        NodeInfo *info = &l->info[r->node->id];
        if (!info->hint)
            info->hint = r->kind == RESULT_VALUE
                             ? r->name
                             : arena_printf(l->arena, "%s%s", first ? "" : "new_",
                                            l->program->model->vars.data[r->slot].name);
    }
}

typedef struct Hazard { /* does anything read a variable's old value after its new one is there? */
    int slot, group;
    const Node *writer, *reader;
    bool found;
} Hazard;

/* In a kernel of rows the new value may be there before another root's loop over the row. */
static bool reads_in_time(const Lowering *l, const Hazard *h, bool same)
{
    const Group *group = &l->groups.data[h->group];
    return same && fuse_shares(group) && (group->kind != GROUP_ROWS || h->reader == h->writer);
}

static void look_for_read(Lowering *l, const Node *read, bool same, void *context)
{
    Hazard *h = context;
    if (!fuse_is_variable(read) || read->attr.slot != h->slot)
        return;
    if (l->info[read->id].root && read != h->reader)
        return; /* its copy is read */
    const int group = l->info[h->reader->id].group;
    if (group > h->group || (group == h->group && !reads_in_time(l, h, same)))
        h->found = true;
}

bool lower_is_read_too_late(Lowering *l, int slot, const Node *writer)
{
    const int group = l->info[writer->id].group;
    Hazard h = {.slot = slot, .group = group, .writer = writer};
    for (int g = group; g < l->groups.count && !h.found; g++) {
        for (int i = 0; i < l->groups.data[g].roots.count; i++) {
            h.reader = l->groups.data[g].roots.data[i];
            fuse_visit_reads(l, h.reader, look_for_read, &h);
        }
    }
    return h.found;
}

/* The group of a training step's loss, or -1. */
static int loss_group(const Lowering *l)
{
    for (int i = 0; i < l->graph->results.count; i++)
        if (l->routine->entry->kind == ENTRY_TRAIN &&
            l->graph->results.data[i].kind == RESULT_VALUE)
            return l->info[l->graph->results.data[i].node->id].group;
    return -1;
}

/* Straight into the variable, where that is safe: the loss is known by then, and no index can be
 * out of range any more.  Updates that are made at the end of all are. */
static void write_in_place(Lowering *l, const bool *update)
{
    const int loss = loss_group(l);
    if (l->options->level == 0)
        return;
    for (int i = 0; i < l->graph->results.count; i++) {
        const Result *r = &l->graph->results.data[i];
        NodeInfo *info = &l->info[r->node->id];
        if (r->kind != RESULT_WRITE || info->value || info->buffer || info->group < 0)
            continue;
        if (update[info->group] || (info->group > loss && info->group > l->fault_group &&
                                    !lower_is_read_too_late(l, r->slot, r->node)))
            info->buffer = l->var_buffers[r->slot];
    }
}

static void make_root_buffers(Lowering *l)
{
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        NodeInfo *info = &l->info[n->id];
        if (info->root && !info->buffer && n->op != OP_scan)
            info->buffer = new_buffer(l, PLACE_WORK, "v_", lower_name(l, n), &n->type, n->loc);
    }
}

static void collect_results(Lowering *l)
{
    Routine *r = l->routine;
    for (int i = 0; i < l->graph->results.count; i++) {
        const Result *result = &l->graph->results.data[i];
        Buffer *buffer = l->info[result->node->id].buffer;
        const Value value = {result->name, buffer};
        const Commit commit = {buffer,
                               result->kind == RESULT_WRITE ? l->var_buffers[result->slot] : NULL};
        if (result->kind == RESULT_VALUE) {
            buffer->keep = true;
            vec_push(l->arena, &r->values, value);
        } else if (buffer != commit.to) {
            vec_push(l->arena, &r->commits, commit);
        }
    }
    if (r->entry->kind == ENTRY_TRAIN && r->values.count > 0)
        r->loss = r->values.data[0].buffer;
}

/* ---- routines ---- */

static bool is_var_write(const Kernel *kernel)
{
    for (int i = 0; i < kernel->writes.count; i++)
        if (kernel->writes.data[i]->place != PLACE_WORK)
            return true;
    return false;
}

static int find_guard(const Routine *r)
{
    if (!r->loss)
        return -1;
    for (int k = 0; k < r->kernels.count; k++)
        if (is_var_write(r->kernels.data[k]))
            return k;
    return r->kernels.count;
}

static bool copies_only(const Graph *g)
{
    for (int i = 0; i < g->results.count; i++)
        if (g->results.data[i].node->op != OP_input)
            return false;
    return true;
}

static bool sizes_fit(Lowering *l, const Graph *g, Diag *diag)
{
    for (int i = 0; i < g->nodes.count; i++) {
        const Node *n = g->nodes.data[i];
        int64_t bytes;
        if (n->op == OP_scan && !sizes_fit(l, n->attr.scan->body, diag))
            return false;
        if (type_bytes(&n->type, l->batch_bound, &bytes) && bytes <= INT64_MAX / 2)
            continue;
        diag_error(diag, n->loc, NULL, "a value of type %s is too large for a batch of %lld",
                   type_text(l->arena, &n->type), (long long)l->batch_bound);
        return false;
    }
    return true;
}

void lower_groups(Lowering *l)
{
    const Memo none = {0};
    l->info = arena_array(l->arena, NodeInfo, l->graph->next_id);
    vec_push(l->arena, &l->memo, none);
    fuse_plan(l);
    if (!l->scan) {
        set_hints(l);
        make_var_buffers(l);
    }
    make_hosts(l);
    const bool *update = gpu_updates_find(l);
    lower_make_loop_buffers(l);
    if (l->scan)
        lower_place_results(l);
    else
        write_in_place(l, update);
    make_root_buffers(l);
    if (!l->scan)
        collect_results(l);
    for (int g = 0; g < l->groups.count; g++)
        if (!update[g])
            lower_group(l, &l->groups.data[g]);
    gpu_updates_lower(l, update);
    if (l->scan)
        lower_copy_results(l);
}

static bool lower_entry(Lowering *l, Diag *diag)
{
    l->var_buffers = arena_array(l->arena, Buffer *, l->program->model->vars.count);
    l->buffer_names = names_new(l->arena);
    if (!sizes_fit(l, l->graph, diag))
        return false;
    lower_groups(l);
    if (l->options->target == TARGET_CUDA)
        gpu_launch_mark(l);
    team_split(l);
    l->routine->copies_only = l->routine->entry->kind == ENTRY_FETCH && copies_only(l->graph);
    if (!plan_work(l->program, l->routine, l->options->level, diag))
        return false;
    l->routine->guard = find_guard(l->routine);
    team_place_barriers(l->arena, l->routine);
    return true;
}

Program *program_lower(Model *m, const LowerOptions *options, Diag *diag)
{
    Program *p = arena_new_of(m->arena, Program);
    Names *routine_names = names_new(m->arena), *kernel_names = names_new(m->arena);
    Names *const_names = names_new(m->arena);
    p->model = m;
    p->arena = m->arena;
    p->fast_reductions = options->fast_reductions;
    if (!plan_vars(p, diag))
        return NULL;
    for (int i = 0; i < m->entries.count; i++) {
        const Entry *entry = &m->entries.data[i];
        Lowering l = {.arena = m->arena,
                      .program = p,
                      .graph = entry->graph,
                      .options = options,
                      .batch_bound = m->batch_bound > 0 ? m->batch_bound : 1,
                      .kernel_names = kernel_names,
                      .const_names = const_names,
                      .loop = -1};
        l.routine = arena_new_of(m->arena, Routine);
        l.routine->entry = entry;
        l.routine->name = name_unique(routine_names, "run_", entry->graph->name);
        if (!lower_entry(&l, diag))
            return NULL;
        vec_push(m->arena, &p->routines, l.routine);
    }
    team_finish(p);
    if (p->runs.count > 0)
        plan_runs(p);
    if (options->target == TARGET_CUDA)
        gpu_launch_cut(p);
    return p;
}
