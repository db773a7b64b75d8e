/* train_steps.c -- the steps of an epoch, in order, each waited for or queued on a device.
 *
 *     position     step 40 done                 what variables, checkpoints and the log are at
 *     queue        steps 41 .. 44 on their way  queue.count, queue.samples
 *     next         step 45 is gathered          at sample cursor + queue.samples of the epoch
 */
#include "grt_trainer.h"

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

/* The oldest step on its way.  Where it went wrong, nothing has changed since: it goes on where it
 * did, waited for, and says why. */
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

static int train_queue(GrtSession *session, const GrtTrainPlan *plan)
{
    GrtInstance *instance = session->instance;
    const int64_t cursor = instance->at.cursor + instance->queue.samples;
    TrainFeed feed = {plan->data, cursor};
    const GrtBatch batch = {train_count(plan, cursor), plan->steps_per_epoch, train_load, &feed};
    return grt_step_queue(instance, &batch, &session->error);
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
    if (queue->cut || instance->at.cursor + queue->samples >= plan->samples)
        return grt_train_drain(session, plan);
    return queue->count == most ? train_collect(session, plan) : 0;
}
