/* batch.c -- the order of a split's samples, and batches of them.
 *
 *     order     4 0 3 1 2          epoch 7 of a shuffled split of five
 *     a batch   samples 4 0        rows of the sources, one behind the other, as the wanted dtype
 *
 * How rows are moved: feed.c. */
#include "grt_csv.h"
#include "grt_dataset.h"
#include "grt_shuffle.h"
#include "grt_trainer.h"

/* ---- the order of samples ---- */

void grt_dataset_order(GrtDataset *data, int shuffle, uint64_t seed, int64_t epoch)
{
    grt_prefetch_forget(data->ahead);
    data->seed = seed; /* where windows lie at random */
    data->epoch = epoch;
    if (!shuffle && data->in_order)
        return;
    int64_t *order = data->order;
    uint64_t state = grt_shuffle_mix(seed ^ UINT64_C(0x5368756666C3A9C6)) + (uint64_t)epoch;
    state = grt_shuffle_mix(state); /* of neighbouring epochs nothing alike is left */
    for (int64_t i = 0; i < data->samples; i++) {
        const uint64_t j = shuffle ? grt_shuffle_below((uint64_t)i + 1, &state) : (uint64_t)i;
        order[i] = order[j];
        order[j] = i;
    }
    data->in_order = !shuffle;
}

int64_t grt_dataset_lanes(GrtDataset *data, int64_t batch)
{
    grt_prefetch_forget(data->ahead);
    const int64_t lanes = batch < data->samples ? batch : data->samples;
    const int64_t length = lanes > 0 ? data->samples / lanes : 0;
    for (int64_t i = 0; i < length; i++)
        for (int64_t lane = 0; lane < lanes; lane++)
            data->order[i * lanes + lane] = lane * length + i;
    for (int64_t i = lanes * length; i < data->samples; i++)
        data->order[i] = i;
    data->in_order = lanes == 1 || length == 1;
    return lanes * length;
}

/* ---- batches ---- */

/* What the fetch entry computed; what was read straight from a file was checked when opened. */
static int batch_check_fetched(const GrtDataset *data, int64_t first, int64_t count,
                               const GrtRun *run, GrtError *error)
{
    for (int i = 0; i < data->model->var_count; i++) {
        const GrtVar *var = &data->model->vars[i];
        if (var->kind == GRT_INPUT && var->has_range && var->type.batch_axis == 0 &&
            grt_dataset_check_range(var, run->inputs[var->offset], count, data->order + first,
                                    error) != 0)
            return error->status;
    }
    return 0;
}

/* The sources of a batch; then the thread, where there is one, turns to the next, which is taken to
 * be as large. */
static int batch_gather(const GrtDataset *data, int64_t first, int64_t count, const GrtRun *run,
                        GrtError *error)
{
    if (!data->ahead || !grt_prefetch_take(data->ahead, first, count, run))
        for (int i = 0; i < data->split->source_count; i++)
            grt_feed_batch(data, &data->feeds[i], first, count, run->inputs[data->feeds[i].slot]);
    if (!data->ahead)
        return 0;
    for (int i = 0; i < data->split->source_count; i++)
        if (data->feeds[i].csv && grt_csv_check(data->feeds[i].csv, error) != 0)
            return error->status;
    const int64_t next = first + count, left = data->samples - next;
    grt_prefetch_ask(data->ahead, next, left < count ? left : count, run);
    return 0;
}

int grt_dataset_batch(GrtDataset *data, int64_t first, int64_t count, GrtRun *run, GrtError *error)
{
    const GrtSplit *split = data->split;
    if (batch_gather(data, first, count, run, error) != 0)
        return error->status;
    if (!split->fetch)
        return 0;
    const int failed = grt_entry_run(data->model, split->fetch, run, error);
    if (failed == 4)
        grt_fail(error, 4, "data %s: a batch has a value that is not finite", split->name);
    if (failed)
        return failed;
    return batch_check_fetched(data, first, count, run, error);
}
