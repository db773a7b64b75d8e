/* step.c -- a training step: its blocks in turn, each over the step's samples.
 *
 *     for each step block whose turn it is          without accumulation
 *         run TRAIN                                  load the batch once, run each
 *     for each step block whose turn it is          with accumulation
 *         zero the sums; for each micro-batch: load it, run TRAIN
 *         run UPDATE
 *     run AVERAGE, where averages of parameters are kept
 *
 * Each block sees the parameters that the one before left, on the same samples: so a step over
 * micro-batches is the step over their union. */
#include <string.h>

#include "grt_trainer.h"

int64_t grt_step_samples(const GrtModel *model, int64_t batch)
{
    const int64_t parts = model->accumulate > 1 ? model->accumulate : 1;
    int64_t samples;
    return grt_checked_mul(batch, parts, &samples) ? samples : INT64_MAX;
}

/* ---- denormals ---- */

GrtFloatMode grt_training_begin(GrtInstance *instance)
{
    instance->run.flush = !instance->keep_denormals;
    return instance->keep_denormals ? grt_float_mode() : grt_float_flush();
}

void grt_training_end(GrtInstance *instance, GrtFloatMode before)
{
    instance->run.flush = 0;
    grt_float_restore(before);
}

/* ---- averages ---- */

static void step_exchange(unsigned char *a, unsigned char *b, int64_t bytes)
{
    unsigned char held[256];
    for (int64_t done = 0; done < bytes; done += (int64_t)sizeof held) {
        const int64_t left = bytes - done;
        const size_t part = left < (int64_t)sizeof held ? (size_t)left : sizeof held;
        memcpy(held, a + done, part);
        memcpy(a + done, b + done, part);
        memcpy(b + done, held, part);
    }
}

void grt_instance_average(GrtInstance *instance, bool on)
{
    const GrtModel *model = instance->model;
    if (instance->averaged == on)
        return;
    grt_variables_read(instance);
    grt_variables_changed(instance);
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->average_of > 0)
            step_exchange(instance->vars + var->offset,
                          instance->vars + model->vars[var->average_of - 1].offset,
                          grt_type_bytes(&var->type, 1));
    }
    instance->averaged = on;
}

/* ---- a block ---- */

/* What a step is doing; which samples the inputs hold. */
typedef struct StepRun {
    GrtInstance *instance;
    const GrtBatch *batch;
    GrtError *error;
    int64_t first, count; /* of the samples loaded; count is 0 before the first are */
} StepRun;

static int step_load(StepRun *run, int64_t first, int64_t count)
{
    GrtInstance *instance = run->instance;
    grt_instance_counters(instance, count, run->batch->steps_per_epoch);
    if (run->count == 0 || run->first != first) {
        const int failed = run->batch->load(instance, first, count, run->batch->user, run->error);
        if (failed)
            return failed;
        run->first = first;
        run->count = count;
    }
    instance->run.counters[GRT_STEP_SAMPLES] = (double)run->batch->samples;
    instance->run.rng.first_sample = (uint64_t)first;
    return 0;
}

/* Takes up the numbers that the block's last entry, this one, has left. */
static void step_show(GrtInstance *instance, const GrtBlock *block, const GrtEntry *result,
                      int64_t samples)
{
    GrtShown *shown = instance->shown + block->first_shown;
    for (int i = 0; i < block->shown_count; i++, shown++) {
        const GrtValue *value = &result->values[shown->value];
        shown->last = grt_element(value->type.dtype, instance->work + value->offset, 0);
        shown->there = true;
        shown->sum += shown->last * (double)samples;
        shown->samples += samples;
    }
}

static void step_skip(GrtInstance *instance, const GrtBlock *block)
{
    for (int i = 0; i < block->shown_count; i++)
        instance->shown[block->first_shown + i].there = false;
}

/* The micro-batches of a step, then its update. */
static int step_accumulate(StepRun *run, const GrtBlock *block)
{
    GrtInstance *instance = run->instance;
    const int64_t samples = run->batch->samples;
    const int64_t most = instance->at.batch;
    grt_instance_zero_scratch(instance);
    for (int64_t first = 0; first < samples; first += most) {
        const int64_t count = samples - first < most ? samples - first : most;
        if (step_load(run, first, count) != 0 ||
            grt_instance_run(instance, block->train, run->error) != 0)
            return run->error->status;
    }
    grt_instance_counters(instance, samples, run->batch->steps_per_epoch);
    return grt_instance_run(instance, block->update, run->error);
}

static int step_block(StepRun *run, const GrtBlock *block)
{
    GrtInstance *instance = run->instance;
    if (block->update) {
        if (step_accumulate(run, block) != 0)
            return run->error->status;
    } else if (step_load(run, 0, run->batch->samples) != 0 ||
               grt_instance_run(instance, block->train, run->error) != 0) {
        return run->error->status;
    }
    step_show(instance, block, block->update ? block->update : block->train, run->batch->samples);
    return 0;
}

/* ---- steps that are not waited for ---- */

int grt_step_queue_most(const GrtInstance *instance)
{
    const GrtDevice *device = instance->model->device;
    const GrtBlock *block = instance->blocks;
    if (!device || instance->run.profile || instance->block_count != 1 || block->update ||
        block->every > 1 || instance->average)
        return 0;
    const int most = device->queue(&instance->run, block->train);
    return most < GRT_QUEUE ? most : GRT_QUEUE;
}

int grt_step_queue(GrtInstance *instance, const GrtBatch *batch, GrtError *error)
{
    GrtQueue *queue = &instance->queue;
    GrtRun *run = &instance->run;
    StepRun step = {.instance = instance, .batch = batch, .error = error};
    if (instance->model->device->stage(run, instance->slots) != 0)
        return grt_device_status(instance, error);
    instance->at.step += queue->count; /* as it will be */
    run->queued = 1;                   /* the fetching of the batch, too */
    int failed = step_load(&step, 0, batch->samples);
    if (!failed)
        failed = grt_entry_run(instance->model, instance->blocks->train, run, error);
    run->queued = 0;
    instance->at.step -= queue->count;
    if (failed)
        return failed;
    queue->each[(queue->first + queue->count) % GRT_QUEUE] = batch->samples;
    queue->count++;
    queue->samples += batch->samples;
    return 0;
}

int grt_step_drop(GrtInstance *instance, GrtError *error)
{
    GrtQueue *queue = &instance->queue;
    queue->count = 0;
    queue->samples = 0;
    if (instance->model->device && instance->model->device->drop(&instance->run) != 0)
        return grt_device_status(instance, error);
    return 0;
}

int grt_step_collect(GrtInstance *instance, GrtError *error)
{
    GrtQueue *queue = &instance->queue;
    const int64_t samples = queue->each[queue->first % GRT_QUEUE];
    const int status = instance->model->device->collect(&instance->run);
    if (status == GRT_DEVICE_FAILED)
        return grt_device_status(instance, error);
    if (status != GRT_OK)
        return grt_step_drop(instance, error) != 0 ? error->status
               : status == GRT_BAD_INDEX           ? 1
                                                   : 4;
    queue->first++;
    queue->count--;
    queue->samples -= samples;
    step_show(instance, instance->blocks, instance->blocks->train, samples);
    return 0;
}

int grt_instance_step(GrtInstance *instance, const GrtBatch *batch, GrtError *error)
{
    StepRun run = {.instance = instance, .batch = batch, .error = error};
    grt_instance_average(instance, false);
    grt_pass_enter(instance, GRT_PASS_TRAIN);
    for (int i = 0; i < instance->block_count; i++) {
        const GrtBlock *block = &instance->blocks[i];
        if (block->every > 1 && (instance->at.step + 1) % block->every != 0)
            step_skip(instance, block);
        else if (step_block(&run, block) != 0)
            return error->status;
    }
    if (!instance->average)
        return 0;
    grt_instance_counters(instance, batch->samples, batch->steps_per_epoch);
    return grt_instance_run(instance, instance->average, error);
}
