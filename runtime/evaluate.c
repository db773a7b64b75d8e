/* evaluate.c -- the loss and the metrics of a whole split.
 *
 * Accumulators (the scratch variables) start at zero; the EVAL entry adds each batch to them; the
 * FINISH entry computes the values once from the sums.  So a mean is the mean over the samples, and
 * the size of the batches does not matter. */
#include <math.h>
#include <string.h>

#include "grt_trainer.h"

int grt_loss_index(const GrtModel *model)
{
    const GrtEntry *finish = grt_entry_find(model, GRT_FINISH, 0);
    const GrtEntry *train = grt_entry_find(model, GRT_TRAIN, 0);
    const char *loss = train && train->loss ? train->loss : "loss";
    for (int i = 0; finish && i < finish->value_count; i++)
        if (strcmp(finish->values[i].name, loss) == 0)
            return i;
    return 0;
}

/* A value that is not finite is a result, and shown as such: whoever evaluates sees it. */
static int evaluate_run(GrtInstance *instance, const GrtEntry *entry, GrtError *error)
{
    const int status = grt_entry_run(instance->model, entry, &instance->run, error);
    return status == 4 ? 0 : status;
}

static int evaluate_finish(GrtInstance *instance, const GrtEntry *finish, int64_t samples,
                           GrtError *error)
{
    instance->evaluated = samples;
    grt_instance_counters(instance, samples, 1);
    if (evaluate_run(instance, finish, error) != 0)
        return error->status;
    for (int i = 0; i < finish->value_count; i++) {
        const GrtValue *value = &finish->values[i];
        instance->metrics[i] =
            grt_metric_is_number(value)
                ? grt_element(value->type.dtype, instance->work + value->offset, 0)
                : NAN;
    }
    return 0;
}

int grt_evaluate(GrtInstance *instance, GrtDataset *data, int64_t batch, GrtError *error)
{
    const GrtEntry *eval = grt_entry_find(instance->model, GRT_EVAL, 0);
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    if (!eval || !finish)
        return grt_fail(error, 1, "%s has no loss to evaluate", instance->model->file);
    grt_instance_average(instance, true);
    if (grt_instance_zero_scratch(instance, error) != 0)
        return error->status;
    const int64_t samples = grt_pass_order(instance, data, batch, 0, 0);
    if (grt_pass_begin(instance, GRT_PASS_EVAL, error) != 0)
        return error->status;
    for (int64_t first = 0; first < samples; first += batch) {
        const int64_t count = samples - first < batch ? samples - first : batch;
        grt_instance_counters(instance, count, 1);
        instance->run.rng.first_sample = (uint64_t)first; /* other draws for each, in any batch */
        if (grt_dataset_batch(data, first, count, &instance->run, error) != 0)
            return error->status;
        if (evaluate_run(instance, eval, error) != 0)
            return error->status;
        const int stopped = grt_signal_caught();
        if (stopped)
            return grt_fail(error, 128 + stopped, "stopped by a signal");
    }
    return evaluate_finish(instance, finish, samples, error);
}

bool grt_metric_is_number(const GrtValue *metric)
{
    return metric->type.rank == 0;
}

void grt_metrics_print(const GrtInstance *instance, const char *before, FILE *out)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    int printed = 0;
    for (int i = 0; finish && i < finish->value_count; i++)
        if (grt_metric_is_number(&finish->values[i]))
            fprintf(out, "%s%s %.4g", printed++ ? before : "", finish->values[i].name,
                    instance->metrics[i]);
}

void grt_metrics_print_samples(const GrtInstance *instance, const GrtDataset *data, FILE *out)
{
    const int64_t left = grt_dataset_samples(data) - instance->evaluated;
    fprintf(out, " (%lld samples", (long long)instance->evaluated);
    if (left > 0)
        fprintf(out, " in lanes, %lld left out", (long long)left);
    fputs(")\n", out);
}

void grt_metrics_print_tensors(const GrtInstance *instance, FILE *out)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    for (int i = 0; finish && i < finish->value_count; i++) {
        const GrtValue *value = &finish->values[i];
        if (grt_metric_is_number(value))
            continue;
        const int indent = fprintf(out, "  %s ", value->name);
        grt_show_tensor(&value->type, instance->work + value->offset, &grt_style_default, indent,
                        out);
        putc('\n', out);
    }
}

static int evaluate_split(GrtSession *session, int split)
{
    const GrtSettings *settings = session->settings;
    GrtDataset *data = session->data[split];
    const int failed = grt_evaluate(session->instance, data, settings->batch, &session->error);
    if (failed)
        return failed;
    printf("%s: ", session->model->splits[split].name);
    grt_metrics_print(session->instance, ", ", stdout);
    grt_metrics_print_samples(session->instance, data, stdout);
    grt_metrics_print_tensors(session->instance, stdout);
    return 0;
}

int grt_eval(GrtSession *session)
{
    const GrtModel *model = session->model;
    const char *only = session->settings->split;
    int done = 0;
    if (grt_session_weights(session) != 0)
        return session->error.status;
    for (int i = 0; i < model->split_count; i++) {
        const char *name = model->splits[i].name;
        if (only && strcmp(only, name) != 0)
            continue;
        const int split = grt_session_split(session, name);
        if (split < 0 || evaluate_split(session, split) != 0)
            return session->error.status;
        done++;
    }
    if (!done && only)
        return grt_fail(&session->error, 2, "%s has no split '%s'", model->file, only);
    if (!done)
        return grt_fail(&session->error, 1, "%s has no data", model->file);
    return 0;
}
