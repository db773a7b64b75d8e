/* trace.c -- where a NaN or an infinity came from.
 *
 * A training step whose loss isn't finite leaves the variables alone, and is a function of them,
 * the batch and the position: so it is run once more, with a hook that looks at the output of every
 * kernel, and the first one that isn't finite is named with its line; where something else is
 * wrong, an -inf, of which masks are made, is not blamed:
 *
 *     digits.dsl:12: 'logits' is the first value that is not finite (step 37) */
#include <math.h>

#include "grt_trainer.h"

/* An -inf is what masks are made of: whether it counts is the caller's to say. */
static int64_t trace_find(const GrtModel *model, const GrtType *type, int64_t batch,
                          const void *data, bool masks)
{
    if (!grt_dtype_is_float(type->dtype))
        return -1;
    const GrtLayout layout = grt_layout(model, type, batch);
    for (int64_t i = 0; i < layout.outer; i++)
        for (int64_t j = 0; j < layout.run; j++) {
            const double value = grt_element(type->dtype, data, i * layout.stride + j);
            if (!isfinite(value) && (masks || !isinf(value) || value > 0))
                return i * layout.stride + j;
        }
    return -1;
}

int64_t grt_find_nonfinite(const GrtModel *model, const GrtType *type, int64_t batch,
                           const void *data)
{
    return trace_find(model, type, batch, data, true);
}

const GrtVar *grt_nonfinite_var(GrtInstance *instance)
{
    const GrtModel *model = instance->model;
    grt_variables_read(instance);
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        const bool kept = var->kind == GRT_PARAM || var->kind == GRT_STATE;
        if (kept && grt_find_nonfinite(model, &var->type, grt_bound(model),
                                       instance->vars + var->offset) >= 0)
            return var;
    }
    return NULL;
}

typedef struct TraceSearch {
    const GrtModel *model;
    const GrtEntry *entry;
    const GrtKernel *found;
    bool masks; /* -inf counts */
} TraceSearch;

/* Is what this kernel has written, of a stack the part of this turn, finite? */
static bool trace_is_finite(const TraceSearch *search, const GrtKernel *kernel, const GrtRun *run)
{
    const GrtModel *model = search->model;
    const unsigned char *data = (kernel->in_vars ? run->vars : run->work) + kernel->offset;
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    const int axis = kernel->stack - 1;
    if (axis < 0)
        return trace_find(model, &kernel->type, batch, data, search->masks) < 0;
    GrtType part = {.dtype = kernel->type.dtype, .batch_axis = kernel->type.batch_axis - axis - 1};
    int64_t blocks = 1;
    for (int i = 0; i < axis; i++)
        blocks *= kernel->type.dims[i] * (i == kernel->type.batch_axis ? batch : 1);
    for (int i = axis + 1; i < kernel->type.rank; i++)
        part.dims[part.rank++] = kernel->type.dims[i];
    if (part.batch_axis < 0)
        part.batch_axis = -1;
    const int64_t bytes = grt_type_count(&part, grt_bound(model)) * grt_dtype_bytes[part.dtype];
    for (int64_t i = 0; i < blocks; i++)
        if (trace_find(model, &part, batch,
                       data + (i * kernel->type.dims[axis] + run->turn) * bytes,
                       search->masks) >= 0)
            return false;
    return true;
}

static void trace_kernel(GrtRun *run, int index)
{
    TraceSearch *search = run->user;
    if (search->found || index < 0 || index >= search->entry->kernel_count)
        return;
    const GrtKernel *kernel = &search->entry->kernels[index];
    if (!trace_is_finite(search, kernel, run))
        search->found = kernel;
}

static const GrtVar *trace_inputs(const GrtInstance *instance, const GrtEntry *entry)
{
    const GrtModel *model = instance->model;
    const int64_t batch = (int64_t)instance->run.counters[GRT_BATCH];
    for (int i = 0; i < entry->need_count; i++) {
        const GrtVar *var = &model->vars[entry->needs[i]];
        if (grt_find_nonfinite(model, &var->type, batch, instance->slots[var->offset]) >= 0)
            return var;
    }
    return NULL;
}

static const GrtKernel *trace_kernels(GrtInstance *instance, const GrtEntry *entry)
{
    TraceSearch search = {.model = instance->model, .entry = entry};
    GrtRun *run = &instance->run;
    run->hook = trace_kernel;
    run->user = &search;
    for (int turn = 0; turn < 2 && !search.found; turn++) {
        search.masks = turn > 0;
        entry->run(run);
    }
    run->hook = NULL;
    run->user = NULL;
    return search.found;
}

int grt_trace_nonfinite(GrtInstance *instance, const GrtEntry *entry, GrtError *error)
{
    const char *file = instance->model->file;
    const long long step = (long long)instance->at.step + 1;
    const GrtVar *var = grt_nonfinite_var(instance);
    if (var && step == 1)
        return grt_fail(error, 4, "%s:%d: parameter '%s' is not finite from the start", file,
                        var->line, var->name);
    if (var)
        return grt_fail(error, 4,
                        "%s:%d: parameter '%s' is not finite: the update of step %lld made it so",
                        file, var->line, var->name, step - 1);
    if ((var = trace_inputs(instance, entry)))
        return grt_fail(error, 4, "%s:%d: input '%s' is not finite (step %lld)", file, var->line,
                        var->name, step);
    const GrtKernel *kernel = trace_kernels(instance, entry);
    if (!kernel)
        return grt_fail(error, 4, "%s: the loss is not finite (step %lld)", file, step);
    const char *what = kernel->what && *kernel->what ? kernel->what : kernel->name;
    if (kernel->line <= 0)
        return grt_fail(error, 4, "%s: '%s' is the first value that is not finite (step %lld)",
                        file, what, step);
    return grt_fail(error, 4, "%s:%d: '%s' is the first value that is not finite (step %lld)", file,
                    kernel->line, what, step);
}
