/* session.c -- what every command starts with: an instance with its options set, the data of the
 * splits that it asks for, and the weights. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grt_trainer.h"

int grt_session_open(GrtSession *session)
{
    const GrtModel *model = session->model;
    const GrtSettings *settings = session->settings;
    GrtInstance *instance = grt_instance_new(model, true, &session->error);
    if (!instance)
        return session->error.status;
    session->instance = instance;
    if (model->device && settings->no_graph)
        model->device->plain(&instance->run);
    session->data = calloc((size_t)model->split_count + 1, sizeof *session->data);
    if (!session->data)
        return grt_fail(&session->error, 3, "not enough memory");
    for (int i = 0; i < model->option_count; i++)
        instance->options[i] = settings->options[i];
    instance->at.batch = settings->batch;
    instance->at.epochs = settings->epochs;
    return grt_instance_init(instance, settings->seed, &session->error);
}

int grt_session_split(GrtSession *session, const char *name)
{
    const GrtModel *model = session->model;
    const GrtSettings *settings = session->settings;
    int split = 0;
    while (split < model->split_count && strcmp(model->splits[split].name, name) != 0)
        split++;
    if (split == model->split_count)
        return -1;
    if (!session->data[split])
        session->data[split] = grt_dataset_open(
            model, &model->splits[split], settings->overrides, settings->override_count,
            session->instance->at.seed, session->instance->options, &session->error);
    return session->data[split] ? split : -2;
}

/* A file of all weights, and of what the model has no use for: GPT-2's has its masks. */
static int session_load_more(GrtSession *session)
{
    const GrtSettings *settings = session->settings;
    GrtPartial partial;
    if (grt_checkpoint_load_partial(session->instance, settings->load, &partial, &session->error) !=
        0)
        return session->error.status;
    if (*partial.missing)
        return grt_fail(&session->error, 2, "%s lacks %s: a part is no model; train the rest",
                        settings->load, partial.missing);
    if (*partial.unknown && !settings->quiet)
        fprintf(stderr, "%s: none of the model's: %s\n", settings->load, partial.unknown);
    return 0;
}

/* Data that is computed depends on the seed, and losses on options: those of the training count,
 * unless the command line has its own. */
static int session_load(GrtSession *session, const char *path)
{
    const GrtSettings *settings = session->settings;
    if (settings->load_partial)
        return session_load_more(session);
    const int failed = grt_checkpoint_load(session->instance, path, GRT_LOAD_TRAINED,
                                           settings->option_given, &session->error);
    if (settings->seed_given)
        session->instance->at.seed = settings->seed;
    return failed;
}

/* A program without parameters has nothing that a checkpoint could hold. */
static bool session_has_weights(const GrtModel *model)
{
    for (int i = 0; i < model->var_count; i++)
        if (model->vars[i].kind == GRT_PARAM ||
            (model->vars[i].kind == GRT_STATE && !model->vars[i].stream))
            return true;
    return false;
}

/* The best checkpoint, where the model keeps it and it is there; else the last.  NULL if memory is
 * short. */
static char *session_default_path(const GrtModel *model)
{
    struct stat status;
    char *last = grt_path_for(model->name, ".safetensors");
    if (!model->monitor || !last)
        return last;
    char *best = grt_best_path(last);
    if (!best || stat(best, &status) == 0) {
        free(last);
        return best;
    }
    free(best);
    return last;
}

int grt_session_weights(GrtSession *session)
{
    const GrtSettings *settings = session->settings;
    struct stat status;
    if (settings->load)
        return session_load(session, settings->load);
    if (!session_has_weights(session->model))
        return 0;
    char *path = session_default_path(session->model);
    if (!path)
        return grt_fail(&session->error, 3, "not enough memory");
    const int failed =
        stat(path, &status) == 0
            ? session_load(session, path)
            : grt_fail(&session->error, 1,
                       "no trained weights: '%s' is not there; run '%s train' first, or name a "
                       "file with --load",
                       path, settings->program);
    free(path);
    return failed;
}

void grt_session_close(GrtSession *session)
{
    for (int i = 0; session->data && i < session->model->split_count; i++)
        if (session->data[i])
            grt_dataset_close(session->data[i]);
    free(session->data);
    grt_curve_close(&session->curve);
    grt_destroy(session->instance);
    free(session->save_path);
    free(session->best_path);
}
