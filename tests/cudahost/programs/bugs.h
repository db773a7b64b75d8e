// bugs.h -- what the programs with seeded bugs share: `./program NAME` has the bug of that name;
// "none" has none.
//
// A program prints "right" or "wrong"; the reports of the test bed are the other way to notice a
// bug.
#ifndef BUGS_H
#define BUGS_H

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int name_is_known;
static const char *chosen;

// Is this the bug? The kernels get the answer as an argument.
static int bug(const char *name)
{
    int it = strcmp(name, chosen) == 0;
    name_is_known |= it;
    return it;
}

#define CHECK(call)                                                                        \
    do {                                                                                   \
        cudaError_t error = (call);                                                        \
        if (error != cudaSuccess) {                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(error)); \
            exit(1);                                                                       \
        }                                                                                  \
    } while (0)

static inline float value(int i)
{
    return (float)((i * 37 + 11) % 101 - 50) / 64.0f;
}

static inline int finish(int right)
{
    printf("%s\n", right ? "right" : "wrong");
    if (!name_is_known && strcmp(chosen, "none") != 0) {
        fprintf(stderr, "no bug is named %s\n", chosen);
        exit(2);
    }
    return !right;
}

#endif
