/* cpu.c -- does this processor have what a program was compiled for?  And which of several versions
 * of a program, each compiled for a kind of processor, is it to run?
 *
 *     gradc --arch=x86-64-v4,x86-64-v3,generic model.dsl        three versions in one file
 *     GRT_ARCH=generic ./model                                  the last of them */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

#if (defined __x86_64__ || defined __i386__) && !defined __TINYC__ && \
    (defined __clang__ || __GNUC__ >= 12)
#define CPU_ASK(name, word, bit)                                   \
    if ((needs & GRT_CPU_##name) && !__builtin_cpu_supports(word)) \
        return word;

const char *grt_cpu_lacks(int needs)
{
    GRT_CPU_FEATURES(CPU_ASK)
    return NULL;
}
#else
/* Elsewhere what a compiler may use is not asked for. */
const char *grt_cpu_lacks(int needs)
{
    (void)needs;
    return NULL;
}
#endif

const char *grt_cpu_level(int needs)
{
    const int v4 = GRT_CPU_AVX512F | GRT_CPU_AVX512BW | GRT_CPU_AVX512DQ | GRT_CPU_AVX512VL;
    const int v3 = GRT_CPU_AVX2 | GRT_CPU_FMA | GRT_CPU_BMI2;
    if ((needs & v4) == v4)
        return "x86-64-v4";
    if ((needs & v3) == v3)
        return "x86-64-v3";
    return needs & GRT_CPU_AVX ? "AVX" : needs & GRT_CPU_SSE4_2 ? "x86-64-v2" : "generic";
}

/* The version that the environment asks for; NULL after saying that there is none. */
static const GrtVersion *cpu_asked(const GrtVersion *versions, int count, const char *arch)
{
    for (int i = 0; i < count; i++)
        if (strcmp(versions[i].arch, arch) == 0)
            return &versions[i];
    fprintf(stderr, "%s: GRT_ARCH=%.40s: this program has versions for", (*versions->model)->name,
            arch);
    for (int i = 0; i < count; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", versions[i].arch);
    fputc('\n', stderr);
    return NULL;
}

/* The first that can run; if none can, the last, which says what it lacks. */
static const GrtVersion *cpu_best(const GrtVersion *versions, int count)
{
    int i = 0;
    while (i < count - 1 && grt_cpu_lacks((*versions[i].model)->needs))
        i++;
    return &versions[i];
}

int grt_main_of(const GrtVersion *versions, int count, int argc, char **argv)
{
    const char *arch = getenv("GRT_ARCH");
    const GrtVersion *chosen =
        arch && *arch ? cpu_asked(versions, count, arch) : cpu_best(versions, count);
    return chosen ? grt_main(*chosen->model, argc, argv) : 2;
}
