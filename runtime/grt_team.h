/* grt_team.h -- threads that run a routine together.
 *
 *     static int run_train_part(GrtRun *run, GrtTeam team)      every thread of the team runs this
 *     {
 *         k_hidden(team, batch, v_x, v_hidden);                 each takes a part of its rows
 *         grt_barrier(team);
 *         if (grt_leads(team))
 *             k_loss(v_hidden, v_loss);                         one alone
 *
 * There is one parallel region for the whole routine, and a barrier only where a thread needs what
 * another has made.  Which part of a loop is whose depends on nothing but the number of threads,
 * and no sum on that: results are the same for any number. */
#ifndef GRT_TEAM_H
#define GRT_TEAM_H

#include "grt.h"
#include "grt_denormals.h"

#ifdef _OPENMP
#include <sched.h>
#include <stdatomic.h>

int omp_get_max_threads(void); /* so that omp.h need not be there */
int omp_get_num_procs(void);
int omp_get_num_threads(void);
int omp_get_thread_num(void);
int omp_in_parallel(void);

typedef struct GrtBarrier {
    _Alignas(64) atomic_int waiting; /* threads that have come */
    _Alignas(64) atomic_int passed;  /* how often all have */
    int patience;                    /* looks before the processor is left to others */
} GrtBarrier;
#else
typedef struct GrtBarrier GrtBarrier;
#endif

typedef struct GrtTeam {
    int index, count; /* this thread, and how many there are */
    GrtBarrier *barrier;
} GrtTeam;

static inline GrtTeam grt_alone(void)
{
    return (GrtTeam){0, 1, NULL};
}

static inline int grt_leads(GrtTeam team)
{
    return team.index == 0;
}

/* A loop over [0, extent) in steps: this thread's part goes from here ... */
static inline int64_t grt_from(GrtTeam team, int64_t extent, int64_t step)
{
    const int64_t turns = (extent + step - 1) / step;
    return turns * team.index / team.count * step;
}

/* ... to here. */
static inline int64_t grt_to(GrtTeam team, int64_t extent, int64_t step)
{
    const int64_t turns = (extent + step - 1) / step;
    const int64_t end = turns * (team.index + 1) / team.count * step;
    return end < extent ? end : extent;
}

/* Until all threads of the team have come here. */
static inline void grt_barrier(GrtTeam team)
{
#ifdef _OPENMP
    GrtBarrier *const b = team.barrier;
    if (team.count == 1)
        return;
    const int passed = atomic_load_explicit(&b->passed, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&b->waiting, 1, memory_order_acq_rel) + 1 == team.count) {
        atomic_store_explicit(&b->waiting, 0, memory_order_relaxed);
        atomic_store_explicit(&b->passed, passed + 1, memory_order_release);
        return;
    }
    for (int looks = 0; atomic_load_explicit(&b->passed, memory_order_acquire) == passed; looks++) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
        if (looks >= b->patience)
            sched_yield(); /* there are more threads that want to run than processors */
    }
#else
    (void)team;
#endif
}

/* Behind a kernel, as grt_done. */
static inline void grt_team_done(GrtRun *run, GrtTeam team, int kernel)
{
    if (!run->hook)
        return;
    grt_barrier(team);
    if (grt_leads(team))
        run->hook(run, kernel);
    grt_barrier(team);
}

/* Likewise, in a loop. */
static inline void grt_team_done_turn(GrtRun *run, GrtTeam team, int kernel, int64_t turn)
{
    if (run->hook && grt_leads(team))
        run->turn = turn;
    grt_team_done(run, team, kernel);
}

/* A kernel has left a fault, as grt_fault. */
static inline int grt_team_fault(GrtRun *run, GrtTeam team, int kernel)
{
    return grt_leads(team) ? grt_fault(run, kernel) : GRT_BAD_INDEX;
}

#ifdef _OPENMP
/* What each thread of a team does. */
static inline void grt_run_member(GrtRun *run, GrtTeam team, int (*part)(GrtRun *run, GrtTeam team),
                                  int *status)
{
    const GrtFloatMode before = run->flush ? grt_float_flush() : grt_float_mode();
    const int own = part(run, team);
    grt_barrier(team); /* which leaves the processor to others sooner than OpenMP's */
    grt_float_restore(before);
    if (grt_leads(team))
        *status = own;
}
#endif

/* Runs `part` by as many threads as there are, but no more than `most`.  Where the program is built
 * without OpenMP, or is in a parallel region already, by one. */
static inline int grt_run_team(GrtRun *run, int most, int (*part)(GrtRun *run, GrtTeam team))
{
#ifdef _OPENMP
    enum { PATIENT = 1000, IMPATIENT = 10 };
    const int all = omp_get_max_threads(), count = all < most ? all : most;
    if (count > 1 && !omp_in_parallel()) {
        GrtBarrier barrier = {.patience = count > omp_get_num_procs() ? IMPATIENT : PATIENT};
        int status = GRT_OK;
#pragma omp parallel num_threads(count)
        {
            const GrtTeam team = {omp_get_thread_num(), omp_get_num_threads(), &barrier};
            grt_run_member(run, team, part, &status);
        }
        return status;
    }
#else
    (void)most;
#endif
    return part(run, grt_alone());
}

#endif
