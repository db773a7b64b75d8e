/* report.c -- the report block: after each epoch, and by the command `report`.
 *
 *     epoch 3/20  loss 0.2134  0.1 s
 *       scale 1.25                         what it prints, two columns in
 *
 * It is of the weights that evaluation and prediction take: of their moving averages, where the
 * model keeps some.  A draw in it is the same each time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_image.h"

/* Epochs that are done; of one that is under way, its number. */
static int64_t report_epoch(const GrtInstance *instance)
{
    return instance->at.epoch - (instance->at.cursor == 0);
}

static void report_counters(GrtInstance *instance)
{
    const int64_t epoch = report_epoch(instance), step = instance->at.step;
    grt_instance_counters(instance, 1, epoch > 0 ? (step - 1) / epoch + 1 : 1);
    instance->run.counters[GRT_STEP] = (double)step;
    instance->run.counters[GRT_EPOCH] = (double)epoch;
    instance->run.rng.step = 0;
}

static char *report_path(const char *path, int64_t epoch)
{
    static const char word[] = "{epoch}";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (const char *found; (found = strstr(path, word)); path = found + strlen(word))
        fprintf(out, "%.*s%lld", (int)(found - path), path, (long long)epoch);
    fputs(path, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

char *grt_report_path(const GrtInstance *instance, const char *path)
{
    return report_path(path, report_epoch(instance));
}

static int report_run(GrtInstance *instance, const GrtEntry *entry, const char *margin,
                      GrtError *error)
{
    grt_instance_average(instance, true);
    report_counters(instance);
    if (grt_instance_run(instance, entry, error) != 0 ||
        grt_show_items(instance, entry, margin, stdout, error) != 0)
        return error->status;
    fflush(stdout);
    return grt_save_arrays(instance, entry, error);
}

int grt_report_guard(const GrtInstance *instance, GrtError *error)
{
    const GrtModel *model = instance->model;
    for (int i = 0; i < model->save_count; i++) {
        if (!model->saves[i].report)
            continue;
        char *path = report_path(model->saves[i].path, instance->at.epoch);
        if (!path)
            return grt_fail(error, 3, "not enough memory");
        const int failed = grt_image_is(path) && grt_image_guard(path, error) != 0
                               ? error->status
                               : grt_atomic_probe(path, error);
        free(path);
        if (failed)
            return failed;
    }
    return 0;
}

int grt_report_epoch(GrtSession *session)
{
    GrtInstance *instance = session->instance;
    const GrtEntry *entry = grt_entry_find(session->model, GRT_REPORT, 0);
    GrtError error = {0};
    if (!entry)
        return 0;
    const int failed = report_run(instance, entry, "  ", &error);
    if (failed == 3 && instance->at.epoch <= instance->at.epochs &&
        grt_device_status(instance, &session->error) == 0) {
        fprintf(stderr, "warning: %s; training goes on\n", error.text);
        return 0;
    }
    if (failed)
        session->error = error;
    return failed;
}

int grt_report(GrtSession *session)
{
    const GrtEntry *entry = grt_entry_find(session->model, GRT_REPORT, 0);
    if (!entry)
        return grt_fail(&session->error, 2, "%s has no report block", session->model->file);
    if (grt_session_weights(session) != 0)
        return session->error.status;
    return report_run(session->instance, entry, "", &session->error);
}
