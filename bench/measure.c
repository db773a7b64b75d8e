/* measure.c -- runs a command, and writes what it took to a file:
 *
 *     measure took.txt ./mlp bench --steps 1
 *
 *     wall 0.0123        seconds from its start to its end
 *     cpu 0.0119         of all its threads, and of what it started
 *     peak 5242880       bytes of memory, resident at the same time
 *
 * Exit status: that of the command; 127 where it cannot be started. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double of_timeval(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
        return 2;
    }
    const double started = seconds();
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("measure");
        return 127;
    }
    const double wall = seconds() - started;
    FILE *out = fopen(argv[1], "w");
    if (!out) {
        perror(argv[1]);
        return 127;
    }
    fprintf(out, "wall %.6f\ncpu %.6f\npeak %ld\n", wall,
            of_timeval(usage.ru_utime) + of_timeval(usage.ru_stime), usage.ru_maxrss * 1024);
    fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
