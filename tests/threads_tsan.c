/* threads_tsan.c -- a generated program whose teams are threads of POSIX instead of OpenMP's, which
 * the thread sanitizer does not see through:
 *
 *     cc -fsanitize=thread -DMODEL='"model.c"' -I runtime threads_tsan.c libgradcrt.a -lm
 *
 * What it then watches is all that threads of a team do together: parts of loops and barriers. */
#include <pthread.h>
#include <stdlib.h>

#define _OPENMP 201511
#include "grt_team.h"

typedef int Part(GrtRun *run, GrtTeam team);

typedef struct Member {
    GrtRun *run;
    GrtTeam team;
    Part *part;
    int status;
    pthread_t thread;
} Member;

static void *run_member(void *argument)
{
    Member *member = argument;
    grt_run_member(member->run, member->team, member->part, &member->status);
    return NULL;
}

static int run_team(GrtRun *run, int most, Part *part)
{
    enum { COUNT = 3 };
    GrtBarrier barrier = {.patience = 0};
    Member members[COUNT];
    (void)most;
    for (int i = 0; i < COUNT; i++) {
        members[i] = (Member){run, {i, COUNT, &barrier}, part, GRT_OK, 0};
        if (pthread_create(&members[i].thread, NULL, run_member, &members[i]) != 0)
            abort();
    }
    for (int i = 0; i < COUNT; i++)
        pthread_join(members[i].thread, NULL);
    return members[0].status;
}

#define grt_run_team run_team
#include MODEL
