/* stream.c -- states that are carried from batch to batch, row r behind row r.
 *
 * Each pass has its own: those of the pass at hand lie among the variables, those of the training
 * and of a program's own predictions are put aside while another pass runs.  An evaluation always
 * begins anew.
 *
 *     grt_pass_begin(TRAIN)   the first values
 *     steps
 *     grt_pass_begin(EVAL)    the training's are put aside; the first values again
 *     grt_pass_enter(TRAIN)   the training's are taken back */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

static bool stream_is_of(const GrtVar *var, GrtPass pass)
{
    return var->stream >> pass & 1;
}

bool grt_pass_has_streams(const GrtModel *model, GrtPass pass)
{
    for (int i = 0; i < model->var_count; i++)
        if (stream_is_of(&model->vars[i], pass))
            return true;
    return false;
}

bool grt_in_lanes(const GrtModel *model)
{
    return grt_pass_has_streams(model, GRT_PASS_TRAIN) ||
           grt_pass_has_streams(model, GRT_PASS_EVAL);
}

/* Does the pass go on where it was when another one ran between? */
static bool stream_is_kept(GrtPass pass)
{
    return pass == GRT_PASS_TRAIN || pass == GRT_PASS_PREDICT;
}

int grt_streams_open(GrtInstance *instance, GrtError *error)
{
    const GrtModel *model = instance->model;
    for (int pass = 0; pass < GRT_PASSES; pass++) {
        int64_t bytes = 0, more;
        if (!stream_is_kept(pass) || !grt_pass_has_streams(model, pass))
            continue;
        for (int i = 0; i < model->var_count; i++) {
            more = grt_type_bytes(&model->vars[i].type, grt_bound(model));
            if (stream_is_of(&model->vars[i], pass) && !grt_checked_add(bytes, more, &bytes))
                return grt_fail(error, 3, "not enough memory for the states");
        }
        if (!(instance->aside[pass] = grt_memory(bytes, "the states", error)))
            return error->status;
    }
    return 0;
}

void grt_streams_close(GrtInstance *instance)
{
    for (int pass = 0; pass < GRT_PASSES; pass++)
        free(instance->aside[pass]);
}

/* From the variables, or back to them. */
static void stream_move(GrtInstance *instance, GrtPass pass, bool back)
{
    const GrtModel *model = instance->model;
    unsigned char *aside = instance->aside[pass];
    if (!aside)
        return;
    grt_variables_read(instance);
    if (back)
        grt_variables_changed(instance);
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        const int64_t bytes = grt_type_bytes(&var->type, grt_bound(model));
        if (!stream_is_of(var, pass))
            continue;
        if (back)
            memcpy(instance->vars + var->offset, aside, (size_t)bytes);
        else
            memcpy(aside, instance->vars + var->offset, (size_t)bytes);
        aside += bytes;
    }
}

void grt_pass_enter(GrtInstance *instance, GrtPass pass)
{
    if (instance->pass == pass)
        return;
    stream_move(instance, instance->pass, false);
    stream_move(instance, pass, true);
    instance->pass = pass;
}

int grt_pass_begin(GrtInstance *instance, GrtPass pass, GrtError *error)
{
    const GrtModel *model = instance->model;
    const GrtEntry *reset = grt_entry_find(model, GRT_RESET, 0);
    if (instance->pass != pass)
        stream_move(instance, instance->pass, false);
    instance->pass = pass;
    if (!reset || !grt_pass_has_streams(model, pass))
        return 0;
    grt_instance_counters(instance, grt_bound(model), 1);
    instance->run.rng.step = 0; /* as all first values */
    return grt_instance_run(instance, reset, error);
}

int64_t grt_pass_order(const GrtInstance *instance, GrtDataset *data, int64_t batch, int shuffle,
                       int64_t epoch)
{
    if (grt_in_lanes(instance->model))
        return grt_dataset_lanes(data, batch);
    grt_dataset_order(data, shuffle, instance->at.seed, epoch);
    return grt_dataset_samples(data);
}
