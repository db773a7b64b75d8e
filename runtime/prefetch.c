/* prefetch.c -- the next batch, gathered by a thread while the step before it runs.
 *
 *     batch 4 is asked for    it is here: copied to the inputs; the thread begins with batch 5
 *     batch 0 is asked for    another was expected: it is gathered now, as without a thread
 *
 * A batch is a function of the order and of its numbers alone, so nothing depends on who gathers
 * it, nor when.  Only data that lies in files is worth a thread. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "grt_dataset.h"
#include "grt_trainer.h"

typedef enum PrefetchState { PREFETCH_IDLE, PREFETCH_ASKED, PREFETCH_READY } PrefetchState;

struct GrtPrefetch {
    const GrtDataset *data;
    void **buffers; /* by source: a batch at its bound */
    pthread_t thread;
    bool runs;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    PrefetchState state;
    int64_t first, count; /* of the batch that is asked for, or ready */
    bool flush;           /* denormals, as where the step runs */
    bool quit;
};

/* ---- the thread ---- */

static void prefetch_gather(GrtPrefetch *p)
{
    const GrtDataset *data = p->data;
    const GrtFloatMode before = p->flush ? grt_float_flush() : grt_float_mode();
    for (int i = 0; i < data->split->source_count; i++)
        grt_feed_batch(data, &data->feeds[i], p->first, p->count, p->buffers[i]);
    grt_float_restore(before);
}

static void *prefetch_run(void *user)
{
    GrtPrefetch *p = user;
    pthread_mutex_lock(&p->lock);
    while (!p->quit) {
        if (p->state != PREFETCH_ASKED) {
            pthread_cond_wait(&p->changed, &p->lock);
            continue;
        }
        pthread_mutex_unlock(&p->lock);
        prefetch_gather(p);
        pthread_mutex_lock(&p->lock);
        p->state = PREFETCH_READY;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Signals are for the main thread, but for those of a thread's own doing. */
static bool prefetch_start(GrtPrefetch *p)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    p->runs = pthread_create(&p->thread, NULL, prefetch_run, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return p->runs;
}

/* ---- for the one who trains ---- */

GrtPrefetch *grt_prefetch_open(const GrtDataset *data, GrtError *error)
{
    const GrtSplit *split = data->split;
    GrtPrefetch *p = calloc(1, sizeof *p);
    if (p)
        *p = (GrtPrefetch){.data = data,
                           .buffers = calloc((size_t)split->source_count, sizeof *p->buffers),
                           .lock = PTHREAD_MUTEX_INITIALIZER,
                           .changed = PTHREAD_COND_INITIALIZER};
    int failed = p && p->buffers ? 0 : grt_fail(error, 3, "not enough memory");
    for (int i = 0; !failed && i < split->source_count; i++) {
        const GrtVar *var = &data->model->vars[split->sources[i].var];
        p->buffers[i] = grt_memory(grt_input_bytes(data->model, var), "the next batch", error);
        failed = p->buffers[i] ? 0 : error->status;
    }
    if (!failed)
        return p;
    grt_prefetch_close(p);
    return NULL;
}

/* The lock is held: what was asked for is done. */
static void prefetch_wait(GrtPrefetch *p)
{
    while (p->state == PREFETCH_ASKED)
        pthread_cond_wait(&p->changed, &p->lock);
}

void grt_prefetch_forget(GrtPrefetch *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    prefetch_wait(p);
    p->state = PREFETCH_IDLE;
    pthread_mutex_unlock(&p->lock);
}

bool grt_prefetch_take(GrtPrefetch *p, int64_t first, int64_t count, const GrtRun *run)
{
    const GrtDataset *data = p->data;
    pthread_mutex_lock(&p->lock);
    prefetch_wait(p); /* it uses what a feed holds, too */
    const bool ready = p->state == PREFETCH_READY && p->first == first && p->count == count &&
                       p->flush == (run->flush != 0);
    p->state = PREFETCH_IDLE;
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; ready && i < data->split->source_count; i++) {
        const GrtFeed *feed = &data->feeds[i];
        memcpy(run->inputs[feed->slot], p->buffers[i], (size_t)(count * feed->out));
    }
    return ready;
}

void grt_prefetch_ask(GrtPrefetch *p, int64_t first, int64_t count, const GrtRun *run)
{
    if (count <= 0 || (!p->runs && !prefetch_start(p)))
        return; /* without a thread, each batch is gathered when its step wants it */
    pthread_mutex_lock(&p->lock);
    p->first = first;
    p->count = count;
    p->flush = run->flush != 0;
    p->state = PREFETCH_ASKED;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void grt_prefetch_close(GrtPrefetch *p)
{
    if (!p)
        return;
    if (p->runs) {
        pthread_mutex_lock(&p->lock);
        p->quit = true;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    for (int i = 0; p->buffers && i < p->data->split->source_count; i++)
        free(p->buffers[i]);
    free(p->buffers);
    free(p);
}
