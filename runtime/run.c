/* run.c -- running an entry, and what to say where it stops.
 *
 *     model.dsl:12: index 7 is out of range: the axis has 5 elements (-5 to 4 are there) */
#include "grt_trainer.h"

/* In another file than the model's there is no line to tell, but the kernel says what it computes.
 */
static int bad_index(const GrtModel *model, const GrtEntry *entry, const GrtFault *fault,
                     GrtError *error)
{
    char line[24] = "";
    const char *what = NULL;
    if (fault->line > 0)
        snprintf(line, sizeof line, ":%d", fault->line);
    else if (fault->kernel >= 0 && fault->kernel < entry->kernel_count)
        what = entry->kernels[fault->kernel].what;
    return grt_fail(error, 1,
                    "%s%s: index %lld is out of range: the axis has %lld element%s (%lld to %lld "
                    "are there)%s%s%s",
                    model->file, line, (long long)fault->index, (long long)fault->size,
                    fault->size == 1 ? "" : "s", (long long)-fault->size,
                    (long long)(fault->size - 1), what ? ", in '" : "", what ? what : "",
                    what ? "'" : "");
}

int grt_run_open(const GrtModel *model, GrtRun *run, int64_t vars_bytes, int64_t work_bytes,
                 int inputs, GrtError *error)
{
    char why[GRT_ERROR_TEXT];
    run->device = NULL;
    if (model->device &&
        model->device->open(model, run, vars_bytes, work_bytes, inputs, why, sizeof why) != 0)
        return grt_fail(error, 3, "%s", why);
    return 0;
}

void grt_run_close(const GrtModel *model, GrtRun *run)
{
    if (model->device)
        model->device->close(run);
}

int grt_run_status(const GrtModel *model, const GrtRun *run, GrtError *error)
{
    const char *text = model->device ? model->device->error(run) : "";
    return *text ? grt_fail(error, 3, "%s", text) : 0;
}

int grt_device_status(const GrtInstance *instance, GrtError *error)
{
    return grt_run_status(instance->model, &instance->run, error);
}

int grt_entry_run(const GrtModel *model, const GrtEntry *entry, GrtRun *run, GrtError *error)
{
    run->fault = (GrtFault){0};
    run->entry = entry;
    if (run->profile)
        grt_profile_start(run, entry);
    const int status = entry->run(run);
    if (run->profile)
        grt_profile_stop(run);
    switch (status) {
    case GRT_OK:
        return 0;
    case GRT_DEVICE_FAILED:
        return grt_fail(error, 3, "%s", model->device->error(run));
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
