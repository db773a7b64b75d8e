/* run.c -- running an entry, and what to say where it stops.
 *
 *     model.dsl:12: index 7 is out of range for an axis of size 5 (in 'rows = table[index]') */
#include "grt_trainer.h"

static int bad_index(const GrtModel *model, const GrtEntry *entry, const GrtFault *fault,
                     GrtError *error)
{
    static const GrtKernel nameless = {.name = "", .what = ""};
    const bool known = fault->kernel >= 0 && fault->kernel < entry->kernel_count;
    const GrtKernel *kernel = known ? &entry->kernels[fault->kernel] : &nameless;
    const char *what = kernel->what && *kernel->what ? kernel->what : kernel->name;
    char line[24] = "";
    if (kernel->line > 0)
        snprintf(line, sizeof line, ":%d", kernel->line);
    return grt_fail(error, 1, "%s%s: index %lld is out of range for an axis of size %lld (in '%s')",
                    model->file, line, (long long)fault->index, (long long)fault->size, what);
}

int grt_entry_run(const GrtModel *model, const GrtEntry *entry, GrtRun *run, GrtError *error)
{
    run->fault = (GrtFault){0};
    switch (entry->run(run)) {
    case GRT_OK:
        return 0;
    case GRT_BAD_INDEX:
        return bad_index(model, entry, &run->fault, error);
    default:
        return 4;
    }
}

int grt_instance_run(GrtInstance *instance, const GrtEntry *entry, GrtError *error)
{
    const int status = grt_entry_run(instance->model, entry, &instance->run, error);
    return status == 4 ? grt_trace_nonfinite(instance, entry, error) : status;
}
