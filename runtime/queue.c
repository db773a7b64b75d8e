/* queue.c -- training steps that a device is given, and that are not waited for.
 *
 *     queue     step 5: its parts one behind the other, each with its samples where it has some
 *     collect   step 2: how many of its parts went well, and what its blocks show
 *
 * Where a part went wrong, the device has changed nothing since, and all that is on its way is
 * dropped.  instance->passed says which part it was, for grt_instance_step to go on with: what the
 * parts before it have changed, they are not to change again. */
#include "grt_trainer.h"

int grt_step_queue_most(const GrtInstance *instance)
{
    const GrtDevice *device = instance->model->device;
    if (!device || instance->run.profile)
        return 0;
    const int most = device->queue(&instance->run, instance->shown_count);
    return most < GRT_QUEUE ? most : GRT_QUEUE;
}

static int queue_parts(GrtInstance *instance, const GrtBatch *batch, GrtError *error)
{
    GrtRun *run = &instance->run;
    GrtPart part = {0};
    GrtLoaded loaded = {0};
    while (grt_step_next(instance, batch->samples, &part)) {
        run->queued = GRT_QUEUED; /* the fetching of samples, too */
        if (grt_step_prepare(instance, batch, &part, &loaded, error) != 0)
            return error->status;
        run->queued = grt_step_shows(&part) ? GRT_QUEUED_SHOWN : GRT_QUEUED;
        if (grt_entry_run(instance->model, part.entry, run, error) != 0)
            return error->status;
    }
    return 0;
}

int grt_step_queue(GrtInstance *instance, const GrtBatch *batch, GrtError *error)
{
    GrtQueue *queue = &instance->queue;
    GrtError why = {0}; /* the step will say it when it is its turn */
    grt_step_enter(instance);
    instance->at.step += queue->count; /* as it will be */
    queue->cut = queue_parts(instance, batch, &why) != 0;
    instance->at.step -= queue->count;
    instance->run.queued = GRT_WAITED;
    if (instance->model->device->end(&instance->run) != 0)
        return grt_device_status(instance, error);
    queue->each[(queue->first + queue->count) % GRT_QUEUE] = batch->samples;
    queue->count++;
    queue->samples += batch->samples;
    return 0;
}

static void queue_show(GrtInstance *instance, const GrtStepDone *done, int64_t samples)
{
    const int64_t *value = done->values;
    GrtPart part = {0};
    grt_step_forget(instance);
    for (int64_t i = 0; i < done->passed && grt_step_next(instance, samples, &part); i++)
        for (int k = 0; grt_step_shows(&part) && k < part.entry->value_count; k++)
            grt_step_show(instance, &part, k, value++, samples);
}

static int queue_drop(GrtInstance *instance, GrtError *error)
{
    GrtQueue *queue = &instance->queue;
    queue->count = 0;
    queue->samples = 0;
    queue->cut = false;
    return instance->model->device->drop(&instance->run) != 0 ? grt_device_status(instance, error)
                                                              : 1;
}

int grt_step_collect(GrtInstance *instance, GrtError *error)
{
    GrtQueue *queue = &instance->queue;
    const int64_t samples = queue->each[queue->first % GRT_QUEUE];
    GrtStepDone done = {0};
    const int status = instance->model->device->collect(&instance->run, &done);
    if (status == GRT_DEVICE_FAILED)
        return grt_device_status(instance, error);
    queue_show(instance, &done, samples);
    if (status != GRT_OK || (queue->cut && queue->count == 1)) {
        instance->passed = done.passed;
        return queue_drop(instance, error);
    }
    queue->first++;
    queue->count--;
    queue->samples -= samples;
    return 0;
}
