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
    if (run->count == 0 || run->first != first) {
        const int failed = run->batch->load(instance, first, count, run->batch->user, run->error);
        if (failed)
            return failed;
        run->first = first;
        run->count = count;
    }
    grt_instance_counters(instance, count, run->batch->steps_per_epoch);
    instance->run.counters[GRT_STEP_SAMPLES] = (double)run->batch->samples;
    instance->run.rng.first_sample = (uint64_t)first;
    return 0;
}

static void step_show(GrtInstance *instance, const GrtEntry *train, const GrtEntry *result,
                      int64_t samples)
{
    for (int i = 0; i < instance->shown_count; i++) {
        GrtShown *shown = &instance->shown[i];
        if (shown->step != train)
            continue;
        const GrtValue *value = &result->values[shown->value];
        shown->last = grt_element(value->type.dtype, instance->work + value->offset, 0);
        shown->there = true;
        shown->sum += shown->last * (double)samples;
        shown->samples += samples;
    }
}

/* The micro-batches of a step, then its update. */
static int step_accumulate(StepRun *run, const GrtEntry *train, const GrtEntry *update)
{
    GrtInstance *instance = run->instance;
    const int64_t samples = run->batch->samples;
    const int64_t most = instance->at.batch;
    grt_instance_zero_scratch(instance);
    for (int64_t first = 0; first < samples; first += most) {
        const int64_t count = samples - first < most ? samples - first : most;
        if (step_load(run, first, count) != 0 || grt_instance_run(instance, train, run->error) != 0)
            return run->error->status;
    }
    grt_instance_counters(instance, samples, run->batch->steps_per_epoch);
    return grt_instance_run(instance, update, run->error);
}

static int step_block(StepRun *run, const GrtEntry *train)
{
    GrtInstance *instance = run->instance;
    const GrtEntry *update = grt_entry_find(instance->model, GRT_UPDATE, train->step);
    if (update) {
        if (step_accumulate(run, train, update) != 0)
            return run->error->status;
    } else if (step_load(run, 0, run->batch->samples) != 0 ||
               grt_instance_run(instance, train, run->error) != 0) {
        return run->error->status;
    }
    step_show(instance, train, update ? update : train, run->batch->samples);
    return 0;
}

int grt_instance_step(GrtInstance *instance, const GrtBatch *batch, GrtError *error)
{
    const GrtModel *model = instance->model;
    const GrtEntry *average = grt_entry_find(model, GRT_AVERAGE, 0);
    StepRun run = {.instance = instance, .batch = batch, .error = error};
    grt_instance_average(instance, false);
    for (int i = 0; i < instance->shown_count; i++)
        instance->shown[i].there = false;
    for (int i = 0; i < model->entry_count; i++) {
        const GrtEntry *entry = &model->entries[i];
        const int64_t every = entry->every > 0 ? entry->every : 1;
        if (entry->kind == GRT_TRAIN && (instance->at.step + 1) % every == 0 &&
            step_block(&run, entry) != 0)
            return error->status;
    }
    grt_instance_counters(instance, batch->samples, batch->steps_per_epoch);
    return average ? grt_instance_run(instance, average, error) : 0;
}
