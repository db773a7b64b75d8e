/* peak.c -- what one core of this machine can do, for --profile to compare with: multiply-adds of
 * f32 in the widest vectors that it has, and copies of what no cache holds.
 *
 * The best of some short runs, a few hundredths of a second in all. */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

enum { PEAK_TURNS = 20000, PEAK_TRIES = 50, PEAK_CHAINS = 12, PEAK_COPIES = 4 };
static const size_t peak_copied = (size_t)32 << 20;

/* Twelve sums that wait for themselves alone: enough for two units of four or five cycles.  Each is
 * another number, so that none can be left out. */
#define PEAK_LOOP(name, attribute, lanes)                                                 \
    attribute static float peak_##name(float from)                                        \
    {                                                                                     \
        typedef float Lanes __attribute__((vector_size(4 * lanes)));                      \
        Lanes a = {0}, b = {0};                                                           \
        a += from;                                                                        \
        b += 0.5f;                                                                        \
        Lanes s0 = a, s1 = a + 1, s2 = a + 2, s3 = a + 3, s4 = a + 4, s5 = a + 5;         \
        Lanes s6 = a + 6, s7 = a + 7, s8 = a + 8, s9 = a + 9, s10 = a + 10, s11 = a + 11; \
        for (int turn = 0; turn < PEAK_TURNS; turn++) {                                   \
            s0 = s0 * b + a, s1 = s1 * b + a, s2 = s2 * b + a, s3 = s3 * b + a;           \
            s4 = s4 * b + a, s5 = s5 * b + a, s6 = s6 * b + a, s7 = s7 * b + a;           \
            s8 = s8 * b + a, s9 = s9 * b + a, s10 = s10 * b + a, s11 = s11 * b + a;       \
        }                                                                                 \
        s0 += s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;                     \
        return s0[0];                                                                     \
    }

#if (defined __x86_64__ || defined __i386__) && !defined __TINYC__ && \
    (defined __clang__ || __GNUC__ >= 12)
PEAK_LOOP(16, __attribute__((target("avx512f"))), 16)
PEAK_LOOP(8, __attribute__((target("avx2,fma"))), 8)
PEAK_LOOP(4, , 4)

static float peak_run(float from, int *lanes)
{
    *lanes = __builtin_cpu_supports("avx512f")                                 ? 16
             : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 8
                                                                               : 4;
    return *lanes == 16 ? peak_16(from) : *lanes == 8 ? peak_8(from) : peak_4(from);
}
#else
PEAK_LOOP(4, , 4)

static float peak_run(float from, int *lanes)
{
    *lanes = 4;
    return peak_4(from);
}
#endif

static double peak_compute(void)
{
    volatile float keep = 0.25f;
    double best = 1e9;
    int lanes = 4;
    for (int i = 0; i < PEAK_TRIES; i++) {
        const double started = grt_seconds();
        keep = peak_run(keep * 0.5f, &lanes);
        const double spent = grt_seconds() - started;
        best = spent < best ? spent : best;
    }
    return best > 0 ? 2.0 * PEAK_CHAINS * PEAK_TURNS * lanes / best : 0;
}

/* Bytes read and bytes written, together. */
static double peak_copy(void)
{
    double best = 1e9;
    unsigned char *from = malloc(peak_copied), *to = malloc(peak_copied);
    if (from && to) {
        memset(from, 1, peak_copied);
        memset(to, 2, peak_copied);
    }
    for (int i = 0; from && to && i < PEAK_COPIES; i++) {
        const double started = grt_seconds();
        memcpy(to, from, peak_copied);
        const double spent = grt_seconds() - started;
        from[i] = to[peak_copied - 1 - (size_t)i]; /* so that no copy can be left out */
        best = spent < best ? spent : best;
    }
    free(from);
    free(to);
    return best < 1e9 && best > 0 ? 2.0 * (double)peak_copied / best : 0;
}

GrtPeak grt_peak(void)
{
    return (GrtPeak){peak_compute(), peak_copy()};
}
