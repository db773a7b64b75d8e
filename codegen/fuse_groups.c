/* fuse_groups.c -- which roots share a kernel.
 *
 *     m, v, p of an optimizer     three roots of one shape: a group of elements
 *     y = x @ w                   a group of its own, of kind product
 *
 * Roots are placed in the graph's order, each into the first group that takes it and runs late
 * enough: no earlier than what it reads.  A kind of group says what begins it, what may join it,
 * and whether a root may read another one of its own group. */
#include <string.h>

#include "codegen/fuse_parts.h"
#include "codegen/gemm.h"
#include "codegen/rows.h"
#include "codegen/totals.h"

enum { GROUPS_SEARCHED = 32 };

/* ---- kinds ---- */

static bool begins_loop(const Lowering *l, const Node *n)
{
    (void)l;
    return n->op == OP_scan;
}

static bool begins_fill(const Lowering *l, const Node *n)
{
    (void)l;
    return lower_fills(n);
}

static bool begins_product(const Lowering *l, const Node *n)
{
    (void)l;
    return n->op == OP_contract;
}

static bool begins_totals(const Lowering *l, const Node *n)
{
    return totals_is(l, n);
}

static bool begins_columns(const Lowering *l, const Node *n)
{
    return lower_sums_columns(l, n);
}

static bool begins_total(const Lowering *l, const Node *n)
{
    (void)l;
    return op_info[n->op].class == CLASS_REDUCE;
}

static bool begins_elements(const Lowering *l, const Node *n)
{
    (void)l;
    (void)n;
    return true;
}

static bool takes_none(Lowering *l, Group *group, int number, const Node *n)
{
    (void)l;
    (void)group;
    (void)number;
    (void)n;
    return false;
}

static bool takes_rows(Lowering *l, Group *group, int number, const Node *n)
{
    return rows_takes(l, group, number, n);
}

typedef struct Elsewhere {
    int group;
    bool found;
} Elsewhere;

static void look_elsewhere(Lowering *l, const Node *read, bool same, void *context)
{
    Elsewhere *e = context;
    e->found |= l->info[read->id].root && l->info[read->id].group == e->group && !same;
}

/* The shape that the kernel has loops over. */
static const Type *shape_of(const Lowering *l, const Node *n)
{
    return totals_is(l, n) ? &n->args[0]->type : &n->type;
}

/* A reduction of elements makes rows of them, or totals. */
static bool takes_elements(Lowering *l, Group *group, int number, const Node *n)
{
    if (l->options->level == 0 || group->roots.count == GROUP_ROOTS)
        return false;
    if (fuse_is_reduction(n) && !totals_is(l, n))
        return group->kind == GROUP_ELEMENTS && rows_take_elements(l, group, number, n);
    if (!type_same_shape(shape_of(l, group->roots.data[0]), shape_of(l, n)))
        return false;
    Elsewhere e = {number, false};
    fuse_visit_reads(l, n, look_elsewhere, &e);
    return !e.found;
}

typedef struct Reading { /* of a group's roots: at the root's own element, and elsewhere */
    int group;
    bool same, elsewhere;
} Reading;

static void look_for_group(Lowering *l, const Node *read, bool same, void *context)
{
    Reading *reading = context;
    if (l->info[read->id].root && l->info[read->id].group == reading->group)
        *(same ? &reading->same : &reading->elsewhere) = true;
}

/* May a variable's new value be stored in this group, with nothing that reads the old one later? */
static bool may_write(Lowering *l, int group, const Node *n)
{
    bool may = true;
    l->info[n->id].group = group; /* as if it had joined */
    for (int i = 0; i < l->graph->results.count && may; i++) {
        const Result *r = &l->graph->results.data[i];
        may = r->kind != RESULT_WRITE || r->node != n || !lower_is_read_too_late(l, r->slot, n);
    }
    l->info[n->id].group = -1;
    return may;
}

/* A product of each head, or sample, by itself. */
static bool has_heads(const Node *n)
{
    for (const char *label = n->attr.labels[2]; *label; label++)
        if (strchr(n->attr.labels[0], *label) && strchr(n->attr.labels[1], *label))
            return true;
    return false;
}

/* Scores of attention: a product that is larger than both of its operands. */
static bool are_scores(const Lowering *l, const Node *n)
{
    int64_t count, operands[2];
    return type_count(&n->type, l->batch_bound, &count) &&
           type_count(&n->args[0]->type, l->batch_bound, &operands[0]) &&
           type_count(&n->args[1]->type, l->batch_bound, &operands[1]) && has_heads(n) &&
           count > operands[0] && count > operands[1];
}

/* A product of weights, such as a softmax of scores. */
static bool is_of_rows(const Lowering *l, const Node *n)
{
    for (int t = 0; t < 2; t++) {
        const NodeInfo *info = &l->info[n->args[t]->id];
        if (info->root && info->group >= 0 && l->groups.data[info->group].kind == GROUP_ROWS)
            return has_heads(n);
    }
    return false;
}

/* Elements that are computed from the product's.  Attention's products stay alone: fuse_blocks.c
 * makes them with the rows between, a block at a time. */
static bool takes_results(Lowering *l, Group *group, int number, const Node *n)
{
    Reading reading = {number, false, false};
    if (fuse_is_reduction(n) || group->roots.count == GROUP_ROOTS ||
        !type_same_shape(&group->first->type, &n->type) || !gemm_takes_result(l, group->first, n) ||
        are_scores(l, group->first) || is_of_rows(l, group->first))
        return false;
    fuse_visit_reads(l, n, look_for_group, &reading);
    return reading.same && !reading.elsewhere && may_write(l, number, n);
}

typedef struct KindRules {
    bool (*begins)(const Lowering *l, const Node *n); /* the first kind that does is the root's */
    void (*begin)(Lowering *l, Group *group, const Node *n); /* or NULL */
    bool (*takes)(Lowering *l, Group *group, int number, const Node *n);
    bool shares; /* a root may read another of its group, if the group takes it */
} KindRules;

static const KindRules kinds[] = {
    [GROUP_LOOP] = {begins_loop, NULL, takes_none, false},
    [GROUP_FILL] = {begins_fill, NULL, takes_none, false},
    [GROUP_PRODUCT] = {begins_product, NULL, takes_results, true},
    [GROUP_ROWS] = {rows_begins, rows_begin, takes_rows, true},
    [GROUP_COLUMNS] = {begins_columns, NULL, takes_none, false},
    [GROUP_TOTALS] = {begins_totals, NULL, takes_elements, true},
    [GROUP_TOTAL] = {begins_total, NULL, takes_none, false},
    [GROUP_ELEMENTS] = {begins_elements, NULL, takes_elements, true},
};

static GroupKind kind_of(const Lowering *l, const Node *n)
{
    GroupKind kind = 0;
    while (!kinds[kind].begins(l, n))
        kind++;
    return kind;
}

bool fuse_shares(const Group *group)
{
    return kinds[group->kind].shares;
}

/* ---- placing roots ---- */

typedef struct Earliest {
    int group; /* the first group in which the root may be computed */
} Earliest;

static void require_read(Lowering *l, const Node *read, bool same, void *context)
{
    Earliest *earliest = context;
    const NodeInfo *info = &l->info[read->id];
    if (!info->root || info->group < 0) /* the variable that the root itself copies */
        return;
    const int group = info->group + !fuse_shares(&l->groups.data[info->group]);
    (void)same;
    if (group > earliest->group)
        earliest->group = group;
}

/* ---- what belongs together ---- */

static void collect_read(Lowering *l, const Node *read, bool same, void *context)
{
    NodeVec *reads = context;
    (void)same;
    vec_push(l->arena, reads, (Node *)read);
}

static bool are_shared(const NodeVec *a, const NodeVec *b)
{
    for (int i = 0; i < a->count; i++)
        for (int k = 0; k < b->count; k++)
            if (a->data[i] == b->data[k])
                return true;
    return false;
}

/* Must a root of these elements have something to do with the others of its kernel?  Where memory
 * is short, large ones must: else all are in memory from then on, for the sake of one loop less.
 * New values of variables for a GPU, too: gpu_updates.c makes one kernel of all parameters', whole
 * ones. */
static bool wants_relations(const Lowering *l, const Node *n)
{
    enum { LARGE = 16 << 10 };
    const EntryKind entry = l->routine->entry->kind;
    int64_t bytes;
    if (l->program->model->recompute > 0)
        return !type_bytes(&n->type, l->batch_bound, &bytes) || bytes >= LARGE;
    return l->options->target == TARGET_CUDA && l->info[n->id].write && !l->scan &&
           (entry == ENTRY_TRAIN || entry == ENTRY_UPDATE);
}

static bool is_related(Lowering *l, const Group *group, const Node *n, const NodeVec *reads)
{
    if (group->kind != GROUP_ELEMENTS || !wants_relations(l, n) || are_shared(reads, &group->roots))
        return true;
    for (int i = 0; i < group->roots.count; i++) {
        NodeVec others = {0};
        fuse_visit_reads(l, group->roots.data[i], collect_read, &others);
        if (are_shared(reads, &others))
            return true;
    }
    return false;
}

/* What parameters begin with is drawn for many at a time, in as many registers as there are draws:
 * a thread of a GPU has none for more. */
static bool is_full(const Lowering *l, const Group *group)
{
    enum { DRAWN = 6 };
    return l->options->target == TARGET_CUDA && l->routine->entry->kind == ENTRY_INIT &&
           group->kind == GROUP_ELEMENTS && group->roots.count >= DRAWN;
}

static void place_root(Lowering *l, const Node *n, int earliest)
{
    NodeInfo *info = &l->info[n->id];
    const int count = l->groups.count;
    const int from = earliest > count - GROUPS_SEARCHED ? earliest : count - GROUPS_SEARCHED;
    NodeVec reads = {0};
    if (l->options->level > 0)
        fuse_visit_reads(l, n, collect_read, &reads);
    /* A copy for the backward pass runs as late as it can: no group that is there takes it. */
    for (int g = from > 0 ? from : 0; g < count && !n->again; g++) {
        Group *group = &l->groups.data[g];
        if (!kinds[group->kind].takes(l, group, g, n) || !is_related(l, group, n, &reads) ||
            is_full(l, group))
            continue;
        info->group = g;
        vec_push(l->arena, &group->roots, (Node *)n);
        if (totals_is(l, n) && group->kind == GROUP_ELEMENTS)
            group->kind = GROUP_TOTALS;
        return;
    }
    Group group = {.kind = kind_of(l, n), .first = n};
    vec_push(l->arena, &group.roots, (Node *)n);
    if (kinds[group.kind].begin)
        kinds[group.kind].begin(l, &group, n);
    info->group = count;
    vec_push(l->arena, &l->groups, group);
}

/* The loss of a training step, before which no variable may change; or NULL. */
static const Node *find_loss(const Lowering *l)
{
    if (l->routine->entry->kind != ENTRY_TRAIN || l->scan)
        return NULL;
    for (int i = 0; i < l->graph->results.count; i++)
        if (l->graph->results.data[i].kind == RESULT_VALUE)
            return l->graph->results.data[i].node;
    return NULL;
}

void fuse_form_groups(Lowering *l)
{
    const Node *loss = find_loss(l);
    int loss_group = -1;
    l->fault_group = -1;
    for (int i = 0; i < l->graph->nodes.count; i++) {
        const Node *n = l->graph->nodes.data[i];
        NodeInfo *info = &l->info[n->id];
        if (!info->root)
            continue;
        if (n->op == OP_scan_out) { /* it is there when the loop is done */
            info->group = l->info[n->args[0]->id].group;
            loss_group = n == loss ? info->group : loss_group;
            continue;
        }
        const int last = loss_group > l->fault_group ? loss_group : l->fault_group;
        Earliest earliest = {info->write ? last + 1 : 0};
        fuse_visit_reads(l, n, require_read, &earliest);
        place_root(l, n, earliest.group);
        if (info->indexes && loss && info->group > l->fault_group)
            l->fault_group = info->group;
        if (n == loss)
            loss_group = info->group;
    }
}
