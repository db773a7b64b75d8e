/* train_begin.c -- before the first step of a training: weights, data, and what would fail at its
 * end.
 *
 *     on NVIDIA H100 PCIe                                                   a CUDA program
 *     digits: 4810 parameters, 1500 training samples, 47 steps an epoch of batch 32
 *     resumed behind step 94, in epoch 3 of 20                              with --resume */
#include <string.h>

#include "grt_trainer.h"

/* ---- weights ---- */

static int train_resume(GrtSession *session)
{
    const GrtSettings *settings = session->settings;
    GrtInstance *instance = session->instance;
    GrtError *error = &session->error;
    if (grt_checkpoint_load(instance, settings->load ? settings->load : session->save_path,
                            GRT_LOAD_RESUME, settings->option_given, error) != 0)
        return error->status;
    GrtPosition *at = &instance->at;
    if (settings->seed_given && settings->seed != at->seed)
        return grt_fail(error, 1, "the run to resume has --seed %llu, not %llu",
                        (unsigned long long)at->seed, (unsigned long long)settings->seed);
    if (settings->batch_given && settings->batch != at->batch)
        return grt_fail(error, 1, "the run to resume has --batch %lld, not %lld",
                        (long long)at->batch, (long long)settings->batch);
    if (settings->epochs_given && settings->epochs < at->epoch - (at->cursor == 0))
        return grt_fail(error, 1, "the run to resume has %lld epochs behind it; --epochs %lld",
                        (long long)(at->epoch - (at->cursor == 0)), (long long)settings->epochs);
    if (settings->epochs_given)
        at->epochs = settings->epochs;
    return 0;
}

/* Says what was taken, since a name that is misspelt would be lost without a word. */
static int train_load_partial(GrtSession *session)
{
    const GrtSettings *settings = session->settings;
    GrtPartial partial;
    if (grt_checkpoint_load_partial(session->instance, settings->load, &partial, &session->error))
        return session->error.status;
    if (settings->quiet)
        return 0;
    printf("%s: %d of %d tensors\n", settings->load, partial.taken, partial.wanted);
    if (*partial.missing)
        printf("  not there, so with first values: %s\n", partial.missing);
    if (*partial.unknown)
        printf("  there, but none of the model's: %s\n", partial.unknown);
    return 0;
}

int grt_train_weights(GrtSession *session)
{
    const GrtSettings *settings = session->settings;
    if (settings->resume && settings->load_partial)
        return grt_fail(&session->error, 2,
                        "--resume goes on with a whole checkpoint, and --load-partial begins anew: "
                        "leave one out");
    if (settings->resume)
        return train_resume(session);
    if (!settings->load)
        return 0;
    if (settings->load_partial)
        return train_load_partial(session);
    return grt_checkpoint_load(session->instance, settings->load, GRT_LOAD_WEIGHTS, NULL,
                               &session->error);
}

/* ---- data ---- */

/* Opens a split that may be absent. */
static int train_open_split(GrtSession *session, const char *name, GrtDataset **data)
{
    const int split = grt_session_split(session, name);
    if (split == -2)
        return session->error.status;
    *data = split >= 0 ? session->data[split] : NULL;
    return 0;
}

static uint64_t train_data_hash(const GrtTrainPlan *plan)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    const uint64_t valid = plan->valid ? grt_dataset_hash(plan->valid) : 0;
    return grt_dataset_hash(plan->data) * prime ^ valid;
}

int grt_train_data(GrtSession *session, GrtTrainPlan *plan)
{
    const GrtModel *model = session->model;
    GrtPosition *at = &session->instance->at;
    GrtError *error = &session->error;
    if (train_open_split(session, "train", &plan->data) != 0 ||
        train_open_split(session, "valid", &plan->valid) != 0 ||
        train_open_split(session, "test", &plan->test) != 0)
        return error->status;
    if (!plan->data)
        return grt_fail(error, 1, "%s has no 'data train' to learn from", model->file);
    plan->samples = grt_pass_order(session->instance, plan->data, at->batch, 0, 0);
    if (model->drop_last)
        plan->samples -= plan->samples % at->batch;
    if (plan->samples <= 0)
        return grt_fail(error, 1, "%lld training samples are less than one batch of %lld",
                        (long long)grt_dataset_samples(plan->data), (long long)at->batch);
    plan->step_samples = grt_step_samples(model, at->batch);
    plan->steps_per_epoch = (plan->samples - 1) / plan->step_samples + 1;
    const uint64_t hash = train_data_hash(plan);
    if (session->settings->resume && (hash != at->data_hash || at->cursor > plan->samples))
        return grt_fail(error, 1, "the run to resume was trained on other data");
    at->data_hash = hash;
    return 0;
}

/* ---- files, and what is said ---- */

/* Finds out now what would fail at the end. */
static int train_outputs(GrtSession *session)
{
    if (session->save_path && (grt_checkpoint_guard(session->save_path, &session->error) != 0 ||
                               grt_atomic_probe(session->save_path, &session->error) != 0))
        return session->error.status;
    if (session->best_path && (grt_checkpoint_guard(session->best_path, &session->error) != 0 ||
                               grt_atomic_probe(session->best_path, &session->error) != 0))
        return session->error.status;
    if (grt_report_guard(session->instance, &session->error) != 0)
        return session->error.status;
    return grt_curve_open(&session->curve, session->instance, session->settings, &session->error);
}

static int64_t train_parameters(const GrtModel *model)
{
    int64_t count = 0;
    for (int i = 0; i < model->var_count; i++)
        if (model->vars[i].kind == GRT_PARAM)
            count += grt_type_count(&model->vars[i].type, 1);
    return count;
}

/* What is carried from batch to batch has as many lanes as a batch has rows. */
static void train_banner_lanes(const GrtTrainPlan *plan)
{
    const int64_t left = grt_dataset_samples(plan->data) - plan->samples;
    printf("in %lld lanes of %lld samples, one behind the other",
           (long long)(plan->samples / plan->steps_per_epoch), (long long)plan->steps_per_epoch);
    if (left > 0)
        printf("; %lld left out", (long long)left);
    putchar('\n');
}

static void train_banner(const GrtSession *session, const GrtTrainPlan *plan)
{
    const GrtModel *model = session->model;
    const GrtPosition *at = &session->instance->at;
    if (model->device) {
        char name[256];
        model->device->name(name, sizeof name);
        printf("on %s\n", name);
    }
    printf("%s: %lld parameters, %lld training samples, %lld step%s an epoch of ", model->name,
           (long long)train_parameters(model), (long long)grt_dataset_samples(plan->data),
           (long long)plan->steps_per_epoch, plan->steps_per_epoch == 1 ? "" : "s");
    if (model->accumulate > 1)
        printf("%lld batches of %lld\n", (long long)model->accumulate, (long long)at->batch);
    else
        printf("batch %lld\n", (long long)at->batch);
    if (grt_in_lanes(model))
        train_banner_lanes(plan);
    if (session->settings->resume)
        printf("resumed behind step %lld, in epoch %lld of %lld\n", (long long)at->step,
               (long long)(at->epoch <= at->epochs ? at->epoch : at->epochs),
               (long long)at->epochs);
}

int grt_train_open(GrtSession *session, GrtTrainPlan *plan)
{
    const GrtSettings *settings = session->settings;
    if (!settings->no_save) {
        session->save_path = settings->save ? strdup(settings->save)
                                            : grt_path_for(session->model->name, ".safetensors");
        if (session->save_path && session->model->monitor)
            session->best_path = grt_best_path(session->save_path);
        if (!session->save_path || (session->model->monitor && !session->best_path))
            return grt_fail(&session->error, 3, "not enough memory");
    }
    if (settings->resume && !session->save_path && !settings->load)
        return grt_fail(&session->error, 2, "--resume with --no-save needs --load FILE");
    if (grt_train_weights(session) != 0 || grt_train_data(session, plan) != 0 ||
        train_outputs(session) != 0)
        return session->error.status;
    if (!settings->quiet)
        train_banner(session, plan);
    return settings->resume ? 0 : grt_show_prints(session->instance, stdout, &session->error);
}
