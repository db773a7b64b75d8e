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
    if (grt_train_open(session, &plan) != 0)
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
