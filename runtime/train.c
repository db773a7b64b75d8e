/* train.c -- the loop: epochs of batches, validation, checkpoints, and what is said about them.
 *
 *     digits: 4810 parameters, 1500 training samples, 47 steps an epoch
 *     epoch 1/20  loss 1.613  0.1 s
 *     ...
 *     checkpoint: digits.safetensors
 *     log: digits.csv, curve: digits.svg
 *     test: loss 0.1412, accuracy 0.9596 (297 samples)
 *
 * The position (step, epoch, samples done) is always that of the variables: a run that is stopped
 * between any two steps, saved and resumed ends bit for bit where it would have ended. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grt_trainer.h"

static const double train_save_seconds = 1.0; /* between checkpoints of whole epochs, at least */

/* ---- before the first step ---- */

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

/* Opens a split that may be absent. */
static int train_open(GrtSession *session, const char *name, GrtDataset **data)
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
    if (train_open(session, "train", &plan->data) != 0 ||
        train_open(session, "valid", &plan->valid) != 0 ||
        train_open(session, "test", &plan->test) != 0)
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

static int train_begin(GrtSession *session, GrtTrainPlan *plan)
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

/* ---- the loop ---- */

/* Saves, first the best if this is better; a failure before the end of the run is a warning, since
 * the next one may succeed.  A checkpoint that is not a second old is good enough between epochs:
 * a thousand short ones would spend their time on writing. */
static int train_save(GrtSession *session, bool final, bool better)
{
    GrtError error = {0};
    const double now = grt_seconds();
    if (!final && !better && session->saved_at > 0 && now - session->saved_at < train_save_seconds)
        return 0;
    session->saved_at = now;
    grt_curve_flush(&session->curve);
    if (!session->save_path)
        return 0;
    int failed = better ? grt_checkpoint_save(session->instance, session->best_path, &error) : 0;
    if (session->best_path && session->instance->at.best_epoch == 0)
        unlink(session->best_path); /* that of another run */
    if (!failed)
        failed = grt_checkpoint_save(session->instance, session->save_path, &error);
    if (!failed)
        return 0;
    if (final || failed == 4) {
        session->error = error;
        return failed;
    }
    grt_progress_clear(&session->progress);
    fprintf(stderr, "warning: %s; training goes on\n", error.text);
    return 0;
}

typedef struct TrainFeed { /* where the samples of a step are read */
    GrtDataset *data;
    int64_t cursor;
} TrainFeed;

static int train_load(GrtInstance *instance, int64_t first, int64_t count, void *user,
                      GrtError *error)
{
    const TrainFeed *feed = user;
    return grt_dataset_batch(feed->data, feed->cursor + first, count, &instance->run, error);
}

/* How many samples the step has whose first is sample `cursor` of the epoch. */
static int64_t train_count(const GrtTrainPlan *plan, int64_t cursor)
{
    const int64_t left = plan->samples - cursor;
    return left < plan->step_samples ? left : plan->step_samples;
}

/* A step of so many samples is done. */
static void train_done(GrtSession *session, const GrtTrainPlan *plan, int64_t count)
{
    GrtInstance *instance = session->instance;
    instance->at.step++;
    instance->at.cursor += count;
    grt_curve_step(&session->curve, instance);
    grt_progress_step(&session->progress, instance, plan->samples, count);
}

/* A step that is waited for. */
static int train_step(GrtSession *session, const GrtTrainPlan *plan)
{
    const int64_t cursor = session->instance->at.cursor, count = train_count(plan, cursor);
    TrainFeed feed = {plan->data, cursor};
    const GrtBatch batch = {count, plan->steps_per_epoch, train_load, &feed};
    if (grt_instance_step(session->instance, &batch, &session->error) != 0)
        return session->error.status;
    train_done(session, plan, count);
    return 0;
}

/* The oldest step on its way.  Where it went wrong, nothing has changed since: it is done again,
 * waited for, and says why. */
static int train_collect(GrtSession *session, const GrtTrainPlan *plan)
{
    GrtInstance *instance = session->instance;
    const int64_t count = train_count(plan, instance->at.cursor);
    const int failed = grt_step_collect(instance, &session->error);
    if (failed)
        return failed == 3 ? failed : train_step(session, plan);
    train_done(session, plan, count);
    return 0;
}

int grt_train_drain(GrtSession *session, const GrtTrainPlan *plan)
{
    while (session->instance->queue.count > 0)
        if (train_collect(session, plan) != 0)
            return session->error.status;
    return 0;
}

/* Queues the next step.  Where that fails, the steps before it come first; then it is done again,
 * waited for, and says what is wrong with its samples. */
static int train_queue(GrtSession *session, const GrtTrainPlan *plan)
{
    const GrtInstance *instance = session->instance;
    const int64_t cursor = instance->at.cursor + instance->queue.samples;
    TrainFeed feed = {plan->data, cursor};
    const GrtBatch batch = {train_count(plan, cursor), plan->steps_per_epoch, train_load, &feed};
    GrtError error = {0};
    if (grt_step_queue(session->instance, &batch, &error) == 0)
        return 0;
    if (grt_train_drain(session, plan) != 0)
        return session->error.status;
    if (error.status != 3)
        return train_step(session, plan);
    session->error = error;
    return error.status;
}

int grt_train_next(GrtSession *session, const GrtTrainPlan *plan)
{
    const GrtInstance *instance = session->instance;
    const GrtQueue *queue = &instance->queue;
    const int most = grt_step_queue_most(instance);
    if (most == 0)
        return train_step(session, plan);
    if (instance->at.cursor + queue->samples < plan->samples && train_queue(session, plan) != 0)
        return session->error.status;
    if (instance->at.cursor + queue->samples >= plan->samples)
        return grt_train_drain(session, plan);
    return queue->count == most ? train_collect(session, plan) : 0;
}

/* The first step's loss, over the epoch. */
static double train_loss(const GrtInstance *instance)
{
    const GrtShown *loss = &instance->shown[0];
    return instance->shown_count > 0 && loss->samples > 0 ? loss->sum / (double)loss->samples : 0;
}

static int train_validate(GrtSession *session, const GrtTrainPlan *plan, bool *better)
{
    GrtInstance *instance = session->instance;
    if (plan->valid) {
        if (grt_evaluate(instance, plan->valid, instance->at.batch, &session->error) != 0)
            return session->error.status;
        grt_curve_split(&session->curve, instance, "valid");
    }
    *better = grt_best_note(instance, plan->valid != NULL, train_loss(instance));
    return 0;
}

static void train_report_epoch(GrtSession *session, const GrtTrainPlan *plan, double seconds)
{
    const GrtPosition *at = &session->instance->at;
    char shown[1024];
    if (session->settings->quiet)
        return;
    grt_progress_clear(&session->progress);
    grt_shown_print(session->instance, INT_MAX, shown, sizeof shown);
    printf("epoch %lld/%lld  %s", (long long)at->epoch, (long long)at->epochs, shown);
    if (plan->valid) {
        printf("  valid ");
        grt_metrics_print(session->instance, " ", stdout);
    }
    printf("  %.1f s\n", seconds);
    fflush(stdout);
}

/* The steps of the epoch that are left. */
static int train_steps(GrtSession *session, const GrtTrainPlan *plan)
{
    const GrtPosition *at = &session->instance->at;
    while (at->cursor < plan->samples) {
        const int stopped = grt_signal_caught();
        if (stopped && grt_train_drain(session, plan) != 0)
            return session->error.status;
        if (stopped)
            return grt_fail(&session->error, 128 + stopped, "stopped by a signal");
        if (grt_train_next(session, plan) != 0)
            return session->error.status;
    }
    return 0;
}

static int train_epoch(GrtSession *session, const GrtTrainPlan *plan)
{
    GrtInstance *instance = session->instance;
    GrtPosition *at = &instance->at;
    const double started = grt_seconds();
    bool better = false;
    grt_pass_order(instance, plan->data, at->batch, session->model->shuffle, at->epoch);
    grt_instance_average(instance, false);
    grt_pass_enter(instance, GRT_PASS_TRAIN);
    if (at->cursor == 0 && grt_pass_begin(instance, GRT_PASS_TRAIN, &session->error) != 0)
        return session->error.status;
    const GrtFloatMode before = grt_training_begin(instance);
    const int failed = train_steps(session, plan);
    grt_training_end(instance, before);
    if (failed || train_validate(session, plan, &better) != 0)
        return session->error.status;
    grt_curve_epoch(&session->curve, instance);
    train_report_epoch(session, plan, grt_seconds() - started);
    at->epoch++;
    at->cursor = 0;
    for (int i = 0; i < instance->shown_count; i++) {
        instance->shown[i].sum = 0;
        instance->shown[i].samples = 0;
    }
    const bool last = at->epoch > at->epochs || grt_best_is_over(instance);
    const int unsaved = train_save(session, last, better && session->best_path);
    return unsaved ? unsaved : grt_report_epoch(session);
}

/* ---- after the last step ---- */

/* The command that goes on with this run: its own, but that the weights come from the checkpoint.
 */
static void train_resume_command(const GrtSettings *settings, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%.200s train --resume", settings->program);
    for (int i = 0; i < settings->argument_count && used < size; i++) {
        const char *argument = settings->arguments[i];
        if (strcmp(argument, "--resume") == 0 || strncmp(argument, "--load=", 7) == 0)
            continue;
        if (strcmp(argument, "--load") == 0)
            i++;
        else
            used += (size_t)snprintf(text + used, size - used, " %s", argument);
    }
}

/* A signal asked to stop: what was learned is kept, and how to go on is said. */
static int train_stop(GrtSession *session)
{
    const int status = session->error.status;
    const GrtPosition *at = &session->instance->at;
    char command[GRT_ERROR_TEXT / 2];
    grt_progress_clear(&session->progress);
    if (session->ended && session->save_path)
        return grt_fail(&session->error, status, "stopped after the training, which is saved in %s",
                        session->save_path);
    if (!session->save_path)
        return grt_fail(&session->error, status, "stopped after step %lld; nothing is saved",
                        (long long)at->step);
    if (train_save(session, true, false) != 0)
        return session->error.status;
    train_resume_command(session->settings, command, sizeof command);
    return grt_fail(&session->error, status,
                    "stopped after step %lld, in epoch %lld of %lld, and saved %s\ngo on with: %s",
                    (long long)at->step, (long long)at->epoch, (long long)at->epochs,
                    session->save_path, command);
}

/* A NaN: the checkpoint of the last whole epoch stays. */
static int train_diverge(GrtSession *session)
{
    grt_progress_clear(&session->progress);
    grt_curve_flush(&session->curve);
    if (session->save_path && session->instance->at.epoch > 1 && !session->settings->quiet)
        printf("the last good checkpoint is kept: %s\n", session->save_path);
    return session->error.status;
}

/* Draws what there is to draw; a picture that can't be written spoils no training. */
static void train_pictures(GrtSession *session)
{
    const GrtCurve *curve = &session->curve;
    GrtError error = {0};
    char *fit = NULL;
    if (session->settings->no_log)
        return;
    const bool drawn = grt_svg_has_curve(curve);
    if (drawn && grt_svg_curve(curve, session->model, &error) != 0)
        fprintf(stderr, "warning: %s\n", error.text);
    if (grt_fit_draw(session, &fit) != 0)
        fprintf(stderr, "warning: %s\n", session->error.text);
    if (!session->settings->quiet) {
        printf("log: %s", curve->log_path);
        if (drawn && error.status == 0)
            printf(", curve: %s", curve->svg_path);
        if (fit)
            printf(", fit: %s", fit);
        putchar('\n');
    }
    free(fit);
}

static int train_result(GrtSession *session, const GrtTrainPlan *plan)
{
    GrtInstance *instance = session->instance;
    const GrtPosition *at = &instance->at;
    if (!plan->test) {
        if (at->best_epoch > 0)
            printf("%s %s %.4g at best, in epoch %lld of %lld\n",
                   plan->valid ? "valid:" : "train:", grt_best_name(session->model), at->best,
                   (long long)at->best_epoch, (long long)at->epochs);
        return 0;
    }
    if (grt_evaluate(instance, plan->test, at->batch, &session->error) != 0)
        return session->error.status;
    grt_curve_split(&session->curve, instance, "test");
    grt_curve_flush(&session->curve);
    printf("test: ");
    grt_metrics_print(instance, ", ", stdout);
    grt_metrics_print_samples(instance, plan->test, stdout);
    grt_metrics_print_tensors(instance, stdout);
    return 0;
}

/* From here on the model is that of its best epoch, where that is kept. */
static int train_take_best(GrtSession *session)
{
    const GrtPosition *at = &session->instance->at;
    const bool quiet = session->settings->quiet;
    if (!quiet && grt_best_is_over(session->instance))
        printf("stopped early: no better valid %s in %lld epochs\n", grt_best_name(session->model),
               (long long)session->model->patience);
    if (!session->best_path || at->best_epoch == 0)
        return 0;
    if (!quiet)
        printf("best: %s, of epoch %lld, valid %s %.4g\n", session->best_path,
               (long long)at->best_epoch, grt_best_name(session->model), at->best);
    const GrtPosition last = *at;
    const int failed = grt_checkpoint_load(session->instance, session->best_path, GRT_LOAD_TRAINED,
                                           session->settings->option_given, &session->error);
    session->instance->at = last;
    return failed;
}

static int train_end(GrtSession *session, const GrtTrainPlan *plan)
{
    if (!session->settings->quiet && session->save_path)
        printf("checkpoint: %s\n", session->save_path);
    session->ended = true;
    if (train_take_best(session) != 0)
        return session->error.status;
    train_pictures(session);
    if (train_result(session, plan) != 0)
        return session->error.status;
    if (session->curve.failed)
        return grt_fail(&session->error, 3, "the log '%s' is not complete",
                        session->curve.log_path);
    return 0;
}

int grt_train(GrtSession *session)
{
    GrtTrainPlan plan = {0};
    if (train_begin(session, &plan) != 0)
        return session->error.status;
    const GrtPosition *at = &session->instance->at;
    const bool over = grt_best_is_over(session->instance);
    const bool nothing_to_do = at->epoch > at->epochs || over;
    if (nothing_to_do && !over && session->settings->resume && !session->settings->quiet)
        printf("all %lld epochs are done; --epochs N for more\n", (long long)at->epochs);
    session->instance->keep_denormals = session->settings->keep_denormals;
    grt_signals_catch();
    grt_progress_begin(&session->progress, session->settings->quiet);
    int status = 0;
    while (status == 0 && at->epoch <= at->epochs && !grt_best_is_over(session->instance))
        status = train_epoch(session, &plan);
    if (status == 0 && nothing_to_do)
        status = train_save(session, true, false);
    if (status == 0)
        status = train_end(session, &plan);
    if (status > 128)
        return train_stop(session);
    return status == 4 ? train_diverge(session) : status;
}
