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
 * micro-batches is the step over their union.
 *
 * Each entry that runs is a part of the step.  grt_step_next goes through them, for steps that are
 * waited for and for those of queue.c; one that stopped half way goes on at any part. */
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

/* ---- the parts of a step ---- */

static bool step_has_turn(const GrtInstance *instance, const GrtBlock *block)
{
    return (instance->at.step + 1) % block->every == 0;
}

/* A block's part from this sample on. */
static GrtPart step_part(const GrtInstance *instance, const GrtBlock *block, int64_t first,
                         int64_t samples)
{
    const int64_t left = samples - first, most = instance->at.batch;
    if (!block->update)
        return (GrtPart){block, block->train, 0, samples, true, true};
    if (left <= 0)
        return (GrtPart){block, block->update, 0, samples, false, true};
    return (GrtPart){block, block->train, first, left < most ? left : most, first == 0, false};
}

bool grt_step_next(const GrtInstance *instance, int64_t samples, GrtPart *part)
{
    const GrtBlock *end = instance->blocks + instance->block_count;
    if (part->entry && !part->block)
        return false;
    if (part->entry && !part->ends) {
        *part = step_part(instance, part->block, part->first + part->count, samples);
        return true;
    }
    for (const GrtBlock *b = part->entry ? part->block + 1 : instance->blocks; b < end; b++)
        if (step_has_turn(instance, b)) {
            *part = step_part(instance, b, 0, samples);
            return true;
        }
    *part = (GrtPart){.entry = instance->average, .count = samples};
    return part->entry != NULL;
}

static int step_load(GrtInstance *instance, const GrtBatch *batch, const GrtPart *part,
                     GrtLoaded *loaded, GrtError *error)
{
    if (loaded->count > 0 && loaded->first == part->first)
        return 0;
    if (instance->run.queued && instance->model->device->stage(&instance->run, instance->slots))
        return grt_device_status(instance, error);
    const int failed = batch->load(instance, part->first, part->count, batch->user, error);
    if (!failed)
        *loaded = (GrtLoaded){part->first, part->count};
    return failed;
}

int grt_step_prepare(GrtInstance *instance, const GrtBatch *batch, const GrtPart *part,
                     GrtLoaded *loaded, GrtError *error)
{
    grt_instance_counters(instance, part->count, batch->steps_per_epoch);
    if (!part->block || part->entry == part->block->update)
        return 0;
    if (part->begins && !part->ends && grt_instance_zero_scratch(instance, error) != 0)
        return error->status;
    const int failed = step_load(instance, batch, part, loaded, error);
    instance->run.counters[GRT_STEP_SAMPLES] = (double)batch->samples;
    instance->run.rng.first_sample = (uint64_t)part->first;
    return failed;
}

/* ---- what it shows ---- */

void grt_step_forget(GrtInstance *instance)
{
    for (int i = 0; i < instance->shown_count; i++)
        instance->shown[i].there = false;
}

bool grt_step_shows(const GrtPart *part)
{
    return part->block && part->ends;
}

void grt_step_show(GrtInstance *instance, const GrtPart *part, int number, const void *data,
                   int64_t samples)
{
    GrtShown *shown = &instance->shown[part->block->first_shown + number];
    shown->last = grt_element(part->entry->values[shown->value].type.dtype, data, 0);
    shown->there = true;
    shown->sum += shown->last * (double)samples;
    shown->samples += samples;
}

/* Takes up the numbers that the block's last entry has left. */
static void step_show(GrtInstance *instance, const GrtPart *part, int64_t samples)
{
    for (int i = 0; i < part->entry->value_count; i++)
        grt_step_show(instance, part, i, instance->work + part->entry->values[i].offset, samples);
}

/* ---- a step that is waited for ---- */

void grt_step_enter(GrtInstance *instance)
{
    grt_instance_average(instance, false);
    grt_pass_enter(instance, GRT_PASS_TRAIN);
}

int grt_instance_step(GrtInstance *instance, const GrtBatch *batch, GrtError *error)
{
    const int64_t passed = instance->passed;
    GrtPart part = {0};
    GrtLoaded loaded = {0};
    instance->passed = 0;
    grt_step_enter(instance);
    if (passed == 0)
        grt_step_forget(instance);
    for (int64_t i = 0; grt_step_next(instance, batch->samples, &part); i++) {
        if (i < passed)
            continue;
        if (grt_step_prepare(instance, batch, &part, &loaded, error) != 0 ||
            grt_instance_run(instance, part.entry, error) != 0)
            return error->status;
        if (grt_step_shows(&part))
            step_show(instance, &part, batch->samples);
    }
    return 0;
}
