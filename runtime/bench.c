/* bench.c -- how fast training steps are, without what stands around them: nothing is shown while
 * they run, nothing is saved.  The samples are gone through in order, again and again.
 *
 *     ./mlp bench
 *     steps              2317
 *     samples a step     64
 *     steps/s            2304.21     the median of 24 parts; the best: 2331.08
 *     ms a step          0.433988
 *     cpu ms a step      0.432117    of all threads
 *     first step ms      2.310       after the program had its data
 *     loss               0.281332    of the last step
 *
 * The clock is read once a part, some hundredths of a second: small steps cost what they cost. */
#include <stdlib.h>
#include <time.h>

#include "grt_trainer.h"

enum { BENCH_PARTS = 4096 };
static const double bench_part = 0.02, bench_whole = 1.0; /* seconds */

typedef struct Bench {
    GrtSession *session;
    GrtTrainPlan plan;
    int64_t steps;
    double first; /* seconds of the first step, which is not counted below */
    double wall, cpu;
    double *parts; /* seconds a step, of each part */
    int part_count;
} Bench;

static double bench_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A step; behind an epoch's last one the next epoch begins, in the same order. */
static int bench_step(Bench *bench)
{
    GrtPosition *at = &bench->session->instance->at;
    if (at->cursor >= bench->plan.samples) {
        at->cursor = 0;
        at->epoch++;
        if (grt_pass_begin(bench->session->instance, GRT_PASS_TRAIN, &bench->session->error) != 0)
            return bench->session->error.status;
    }
    return grt_train_next(bench->session, &bench->plan);
}

/* Steps until the part is long enough for the clock, or all are done. */
static int bench_run_part(Bench *bench, int64_t wanted)
{
    const double started = grt_seconds();
    int64_t done = 0, chunk = 1;
    double spent = 0;
    while (spent < bench_part && (wanted == 0 || bench->steps + done < wanted)) {
        for (int64_t i = 0; i < chunk && (wanted == 0 || bench->steps + done < wanted); i++) {
            if (bench_step(bench) != 0)
                return bench->session->error.status;
            done++;
        }
        spent = grt_seconds() - started;
        chunk = spent < bench_part / 8 ? chunk * 2 : chunk;
    }
    if (grt_train_drain(bench->session, &bench->plan) != 0) /* a device may be behind */
        return bench->session->error.status;
    spent = grt_seconds() - started;
    bench->steps += done;
    bench->wall += spent;
    if (bench->part_count < BENCH_PARTS)
        bench->parts[bench->part_count++] = spent / (double)done;
    return 0;
}

static int bench_run(Bench *bench, int64_t wanted)
{
    const double started = grt_seconds();
    if (bench_step(bench) != 0 || grt_train_drain(bench->session, &bench->plan) != 0)
        return bench->session->error.status;
    bench->first = grt_seconds() - started;
    const double cpu = bench_cpu();
    while (wanted > 0 ? bench->steps < wanted : bench->wall < bench_whole) {
        if (grt_signal_caught())
            return grt_fail(&bench->session->error, 128 + grt_signal_caught(),
                            "stopped by a signal");
        if (bench_run_part(bench, wanted) != 0)
            return bench->session->error.status;
    }
    bench->cpu = bench_cpu() - cpu;
    return 0;
}

static int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_print(const Bench *bench)
{
    const GrtInstance *instance = bench->session->instance;
    const int count = bench->part_count;
    const double steps = (double)bench->steps;
    qsort(bench->parts, (size_t)count, sizeof *bench->parts, bench_compare);
    const double median = (bench->parts[count / 2] + bench->parts[(count - 1) / 2]) / 2;
    printf("steps              %lld\n", (long long)bench->steps);
    printf("samples a step     %lld\n", (long long)bench->plan.step_samples);
    printf("steps/s            %-10.6g  the median of %d parts; the best: %.6g\n", 1 / median,
           count, 1 / bench->parts[0]);
    printf("ms a step          %.6g\n", 1e3 * bench->wall / steps);
    printf("cpu ms a step      %-10.6g  of all threads\n", 1e3 * bench->cpu / steps);
    printf("first step ms      %-10.6g  after the program had its data\n", 1e3 * bench->first);
    if (instance->shown_count > 0)
        printf("%-18s %-10.6g  of the last step\n", instance->shown[0].name,
               instance->shown[0].last);
}

int grt_bench(GrtSession *session)
{
    Bench bench = {.session = session};
    if (grt_train_weights(session) != 0 || grt_train_data(session, &bench.plan) != 0)
        return session->error.status;
    bench.parts = malloc(BENCH_PARTS * sizeof *bench.parts);
    if (!bench.parts)
        return grt_fail(&session->error, 3, "not enough memory");
    grt_progress_begin(&session->progress, true);
    grt_signals_catch();
    const GrtFloatMode before = grt_training_begin(session->instance);
    const int status = bench_run(&bench, session->settings->steps);
    grt_training_end(session->instance, before);
    if (status == 0)
        bench_print(&bench);
    free(bench.parts);
    return status;
}
