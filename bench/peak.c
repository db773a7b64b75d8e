/* peak.c -- what one core of this machine can do: multiply-adds of vectors in registers, and copies
 * of what does not fit into caches.
 *
 *     GFLOP/s     116.2
 *     copy GB/s   18.4
 *
 * The best of many short runs, in process time: others on the machine disturb little. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined __AVX512F__
enum { LANES = 16 };
#elif defined __AVX__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef float Vector __attribute__((vector_size(4 * LANES)));
enum { CHAINS = 12, TURNS = 100000, TRIES = 200, COPY = 64 << 20 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Twelve sums, each waiting for itself only: enough to keep two units of four cycles busy. */
static float multiply_add(float factor)
{
    Vector sum[CHAINS], a = {0}, b = {0};
    a += factor;
    b += 0.5f;
    for (int i = 0; i < CHAINS; i++)
        sum[i] = a + (float)i;
    for (int turn = 0; turn < TURNS; turn++)
#pragma GCC unroll 16
        for (int i = 0; i < CHAINS; i++)
            sum[i] = sum[i] * b + a;
    float all = 0;
    for (int i = 0; i < CHAINS; i++)
        all += sum[i][0];
    return all;
}

int main(int argc, char **argv)
{
    (void)argv;
    double best = 1e9, copy = 1e9;
    volatile float keep = 0;
    for (int i = 0; i < TRIES; i++) {
        const double started = seconds();
        keep = keep + multiply_add(0.5f * (float)argc);
        const double spent = seconds() - started;
        best = spent < best ? spent : best;
    }
    printf("GFLOP/s     %.1f\n", 2.0 * CHAINS * TURNS * LANES / best * 1e-9);
    char *from = malloc(COPY), *to = malloc(COPY);
    if (!from || !to)
        return 3;
    memset(from, 1, COPY);
    memset(to, 2, COPY);
    for (int i = 0; i < 20; i++) {
        const double started = seconds();
        memcpy(to, from, COPY);
        const double spent = seconds() - started;
        from[i] = to[COPY - 1];
        copy = spent < copy ? spent : copy;
    }
    printf("copy GB/s   %.1f\n", 2.0 * COPY / copy * 1e-9);
    free(from);
    free(to);
    return 0;
}
