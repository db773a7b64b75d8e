/* lower_kernels.c -- groups to kernels: each kind of group by its rule.
 *
 *     elements    for each index of the shape: all values, then all stores
 *     columns     y[:] = 0, then y[:] += row for each row
 *     rows        lower_rows.c
 *     product     gemm.c, or the plain rule; for a GPU gpu_product.c */
#include <string.h>

#include "codegen/flatten.h"
#include "codegen/formula.h"
#include "codegen/fuse.h"
#include "codegen/gemm.h"
#include "codegen/gpu.h"
#include "codegen/gpu_product.h"
#include "codegen/kexpr.h"
#include "codegen/parts.h"
#include "codegen/rows.h"
#include "codegen/cut.h"
#include "codegen/totals.h"

/* ---- names ---- */

/* Before the names of kernels that stand for a second time in an entry of this kind. */
static const char *entry_prefix(EntryKind kind)
{
    switch (kind) {
    case ENTRY_EVAL:
    case ENTRY_FINISH:
        return "eval_";
    case ENTRY_PREDICT:
        return "predict_";
    case ENTRY_GENERATE:
        return "generate_";
    case ENTRY_CHECK_GRAD:
    case ENTRY_CHECK_LOSS:
        return "check_";
    default:
        return "";
    }
}

/* Does what it writes change the model, a step at a time? */
static bool is_learning(EntryKind kind)
{
    return kind == ENTRY_TRAIN || kind == ENTRY_UPDATE || kind == ENTRY_AVERAGE;
}

/* "update_linear1_weight" where variables change: for a parameter rather than its moments. */
static const char *kernel_name(Lowering *l, const Group *group)
{
    const EntryKind kind = l->routine->entry->kind;
    const bool first = kind == ENTRY_INIT || kind == ENTRY_RESET;
    const Var *written = NULL;
    for (int i = 0; i < l->graph->results.count; i++) {
        const Result *r = &l->graph->results.data[i];
        if (r->kind != RESULT_WRITE || &l->groups.data[l->info[r->node->id].group] != group)
            continue;
        const Var *var = &l->program->model->vars.data[r->slot];
        if (!written || (var->kind == VAR_PARAM && written->kind != VAR_PARAM))
            written = var;
    }
    if (written && written->kind == VAR_SCRATCH && kind == ENTRY_EVAL)
        return "eval_accumulate";
    if (!written || (!first && !is_learning(kind)))
        return arena_printf(l->arena, "%s%s", entry_prefix(kind),
                            lower_name(l, group->roots.data[0]));
    const char *verb = kind == ENTRY_INIT             ? "init"
                       : kind == ENTRY_RESET          ? "reset"
                       : written->kind == VAR_SCRATCH ? "add"
                                                      : "update";
    return arena_printf(l->arena, "%s_%s", verb, written->name);
}

static bool is_constant(const Node *n)
{
    while (n->op == OP_expand || n->op == OP_reshape || n->op == OP_cast)
        n = n->args[0];
    return n->op == OP_const && !n->attr.elements;
}

/* A new value is called after the last part of its variable's path. */
static const char *local_name(const Lowering *l, const Node *n)
{
    const char *name = lower_name(l, n), *dot = strrchr(name, '.');
    if (!l->info[n->id].write || !dot)
        return name;
    return arena_printf(l->arena, "%s%s", strncmp(name, "new_", 4) == 0 ? "new_" : "", dot + 1);
}

/* ---- elements ---- */

/* The element that is summed; a local where roots are stored before it is added. */
static KExpr *lower_summed(Lowering *l, const Node *total, KExpr *const *index, bool local)
{
    KExpr *value = lower_value(l, total->args[0], index);
    return local && value->kind == KE_LOAD
               ? block_let(&l->block, lower_name(l, total->args[0]), value)
               : value;
}

void lower_store_elements(Lowering *l, const Group *group, KExpr *const *index, KExpr **values)
{
    bool needs_local = group->kind == GROUP_TOTALS; /* the first alone may be stored as computed */
    for (int i = 1; i < group->roots.count; i++)
        needs_local |= !is_constant(group->roots.data[i]);
    for (int i = 0; i < group->roots.count; i++)
        needs_local |= l->info[group->roots.data[i]->id].copies.count > 0;
    for (int i = 0; i < group->roots.count; i++) {
        const Node *n = group->roots.data[i];
        if (totals_is(l, n)) {
            values[i] = lower_summed(l, n, index, group->roots.count > 1);
            continue;
        }
        values[i] = lower_by_rule(l, n, index);
        if (needs_local && values[i]->kind != KE_NUMBER)
            values[i] = block_let(&l->block, local_name(l, n), values[i]);
        lower_remember(l, n, index, values[i]);
    }
    for (int i = 0; i < group->roots.count; i++) {
        const Node *n = group->roots.data[i];
        const NodeInfo *info = &l->info[n->id];
        if (totals_is(l, n))
            continue;
        block_store(&l->block, info->buffer, lower_place(l, info->buffer, &n->type, index),
                    values[i]);
        for (int k = 0; k < info->copies.count; k++)
            block_store(&l->block, info->copies.data[k],
                        lower_place(l, info->copies.data[k], &n->type, index), values[i]);
    }
}

typedef struct Elements {
    const Group *group;
    KExpr *index[MAX_RANK];
} Elements;

static void lower_element(Lowering *l, void *context)
{
    const Elements *e = context;
    KExpr *values[GROUP_ROOTS];
    lower_store_elements(l, e->group, e->index, values);
}

static void lower_elements(Lowering *l, const Group *group)
{
    const Type *type = &group->roots.data[0]->type;
    Elements e = {.group = group};
    bool split = l->options->level > 0 && l->options->target == TARGET_C;
    for (int i = 0; i < group->roots.count; i++)
        split &= !l->info[group->roots.data[i]->id].indexes;
    parts_loops(l, type->dims, type->rank, e.index, lower_element, &e, split);
    lower_close(l, 0);
}

/* ---- columns ---- */

static bool is_reduced(const Node *n, int axis)
{
    for (int i = 0; i < n->attr.axis_count; i++)
        if (n->attr.axes[i] == axis)
            return true;
    return false;
}

/* A sum that keeps the last axis, whose elements lie side by side. */
/* The first axis that is summed, and whether a total of each row behind it needs an array: of f16,
 * and of many terms. */
static int first_summed(const Node *n)
{
    int first = 0;
    while (!is_reduced(n, first))
        first++;
    return first;
}

static bool totals_fit(const Lowering *l, const Node *n, Type *totals)
{
    enum { LARGEST = 16384 };
    int64_t bytes;
    *totals = (Type){.dtype = lower_total_dtype(l, n), .rank = n->type.rank};
    for (int axis = 0; axis < n->type.rank; axis++) {
        totals->dims[axis] = axis < first_summed(n) ? dim_fixed(1) : n->type.dims[axis];
        if (totals->dims[axis].batch)
            return false;
    }
    return type_bytes(totals, 1, &bytes) && bytes <= LARGEST;
}

bool lower_sums_columns(const Lowering *l, const Node *n)
{
    Type totals;
    if (l->options->level == 0 || n->op != OP_sum ||
        (lower_total_dtype(l, n) != n->type.dtype && !totals_fit(l, n, &totals)) ||
        (dtype_is_int(n->type.dtype) && dtype_info[n->type.dtype].bytes < 4))
        return false;
    for (int axis = n->type.rank - 1; axis >= 0; axis--)
        if (!dim_is_one(n->args[0]->type.dims[axis]))
            return !is_reduced(n, axis);
    return false;
}

static KExpr *column_place(Lowering *l, const Node *n, const Buffer *sums, KExpr *const *index)
{
    Buffer *out = l->info[n->id].buffer;
    return sums ? lower_array_place(l, sums, index) : lower_place(l, out, &n->type, index);
}

/* Opens the axes of the result from `first` on. */
static void open_kept(Lowering *l, const Node *n, int first, KExpr **index)
{
    for (int axis = first; axis < n->type.rank; axis++)
        index[axis] =
            is_reduced(n, axis) ? kexpr_int(l->arena, 0) : lower_open_dim(l, n->type.dims[axis]);
}

/* For each index of the axes before those that are summed: y[:] = 0, then y[:] += row for each row,
 * so that the innermost loop runs along memory. */
static void lower_columns(Lowering *l, const Group *group)
{
    const Node *n = group->roots.data[0];
    const Type *type = &n->args[0]->type;
    const int first = first_summed(n);
    Buffer *out = l->info[n->id].buffer, *sums = NULL;
    KExpr *index[MAX_RANK], *inner[MAX_RANK];
    Type totals;
    for (int axis = 0; axis < first; axis++)
        index[axis] = inner[axis] = lower_open_dim(l, type->dims[axis]);
    const int depth = l->block.depth;
    if (lower_total_dtype(l, n) != n->type.dtype && totals_fit(l, n, &totals))
        sums = block_array(&l->block, lower_name(l, n), &totals);
    open_kept(l, n, first, index);
    KExpr *zero = kexpr_number(l->arena, lower_start(OP_sum, lower_total_dtype(l, n)));
    block_store(&l->block, sums ? sums : out, column_place(l, n, sums, index), zero);
    lower_close(l, depth);
    for (int pass = 0; pass < 2; pass++) /* the axes that are summed, then the others */
        for (int axis = first; axis < type->rank; axis++)
            if (is_reduced(n, axis) == (pass == 0))
                inner[axis] = lower_open_dim(l, type->dims[axis]);
    for (int axis = first; axis < type->rank; axis++)
        index[axis] = is_reduced(n, axis) ? kexpr_int(l->arena, 0) : inner[axis];
    KExpr *value = kexpr_cast(l->arena, lower_value(l, n->args[0], inner), zero->dtype);
    block_accumulate(&l->block, sums ? sums : out, column_place(l, n, sums, index), value);
    lower_close(l, depth);
    if (sums) {
        open_kept(l, n, first, index);
        KExpr *sum = kexpr_load(l->arena, sums, lower_array_place(l, sums, index));
        block_store(&l->block, out, lower_place(l, out, &n->type, index),
                    kexpr_cast(l->arena, sum, n->type.dtype));
    }
    lower_close(l, 0);
}

/* ---- the others ---- */

static void lower_product(Lowering *l, const Group *group)
{
    if (l->options->level == 0 || !gemm_lower(l, group))
        lower_elements(l, group);
}

static void lower_gpu_product(Lowering *l, const Group *group)
{
    if (l->options->level == 0)
        lower_elements(l, group);
    else
        gpu_product_lower(l, group);
}

static void lower_fill(Lowering *l, const Group *group)
{
    lower_by_rule(l, group->roots.data[0], NULL);
}

/* ---- kernels ---- */

Kernel *lower_start_kernel(Lowering *l, const char *name, Loc loc)
{
    Kernel *kernel = arena_new_of(l->arena, Kernel);
    kernel->name = name_unique(l->kernel_names, "k_", name);
    kernel->loc = loc;
    kernel->loop = l->loop;
    block_start(&l->block, l->arena, kernel);
    return kernel;
}

void lower_end_kernel(Lowering *l, Kernel *kernel)
{
    enum { LONG = 256 }; /* turns of an innermost loop: there is nothing to gain by more */
    for (; l->memo.count > 1; l->memo.count--) /* locals outside of all loops */
        l->info[l->memo.data[l->memo.count - 1].node->id].memo = 0;
    if (l->options->level > 0 && l->options->target == TARGET_C) {
        flatten_loops(l->arena, &kernel->body, LONG);
        cut_loops(l->arena, &kernel->body);
    }
    kernel_summarize(kernel, l->arena);
    vec_push(l->arena, &l->routine->kernels, kernel);
}

/* For a GPU: windows that are added up are a thread's, element by element. */
static void lower_total(Lowering *l, const Group *group)
{
    if (l->options->level == 0 || group->roots.data[0]->op == OP_fold)
        lower_elements(l, group);
    else
        gpu_reduce_lower(l, group);
}

typedef void LowerKind(Lowering *l, const Group *group);

/* clang-format off */
static LowerKind *const kinds[][2] = {
    /*                     TARGET_C         TARGET_CUDA */
    [GROUP_FILL]        = {lower_fill,      gpu_fill_lower},
    [GROUP_PRODUCT]     = {lower_product,   lower_gpu_product},
    [GROUP_COLUMNS]     = {lower_columns,   gpu_reduce_lower},
    [GROUP_ROWS]        = {rows_lower,      gpu_rows_lower},
    [GROUP_TOTAL]       = {lower_elements,  lower_total},
    [GROUP_ELEMENTS]    = {lower_elements,  lower_elements},
    [GROUP_TOTALS]      = {totals_lower,    gpu_totals_lower},
};
/* clang-format on */

void lower_group(Lowering *l, const Group *group)
{
    if (group->roots.count == 0) /* another has taken it over */
        return;
    const Node *first = group->roots.data[0];
    if (group->kind == GROUP_LOOP) {
        lower_scan(l, first);
        return;
    }
    int told = 0; /* what is only kept from the turn before says little */
    while (told + 1 < group->roots.count && group->roots.data[told]->op == OP_arg)
        told++;
    Kernel *kernel = lower_start_kernel(l, kernel_name(l, group), group->roots.data[told]->loc);
    kernel->comment = formula_of_group(l, group);
    kernel->backward = l->backward || first->grad_of != NULL;
    kinds[group->kind][l->options->target](l, group);
    lower_end_kernel(l, kernel);
}
