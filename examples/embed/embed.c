/* embed.c -- a trainer inside another program: learns y = 3 x - 1 from noisy points, predicts,
 * and takes its parameters to a second instance through a file.
 *
 *     gradc --emit=lib line.dsl                              makes line.c and line.h
 *     cc embed.c line.c $(gradc --cc-flags) -o embed && ./embed
 *
 * Expected: "y(2) = 5.0", to within the noise; exit status 0. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "line.h"

enum { BATCH = 16, STEPS = 300 };

/* A number in [-1, 1): a small generator of our own, so that the run is the same everywhere. */
static float next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1 << 23) - 1.0f;
}

static void fill_batch(float x[BATCH], float y[BATCH], uint32_t *state)
{
    for (int i = 0; i < BATCH; i++) {
        x[i] = next_random(state);
        y[i] = 3.0f * x[i] - 1.0f + 0.1f * next_random(state);
    }
}

/* Every function says 0 for success; line_error() has the reason otherwise. */
static void check(int status, const line *model)
{
    if (status == 0)
        return;
    fprintf(stderr, "embed: %s\n", line_error(model));
    exit(status);
}

static double train(line *model)
{
    uint32_t state = 1;
    double loss = 0.0;
    for (int step = 0; step < STEPS; step++) {
        float x[BATCH], y[BATCH];
        fill_batch(x, y, &state);
        check(line_train_step(model, BATCH, x, y, &loss), model);
    }
    return loss;
}

int main(void)
{
    line *model = line_create(7), *copy = line_create(8);
    if (!model || !copy) {
        fprintf(stderr, "embed: %s\n", line_error(NULL));
        return 3;
    }
    check(line_set_option(model, "lr", 0.2), model);
    const double loss = train(model);
    check(line_save(model, "line.safetensors"), model);
    check(line_load(copy, "line.safetensors"), copy);

    const float x = 2.0f; /* batches may be smaller than LINE_MAX_BATCH: here, one sample */
    float here, there;
    check(line_predict(model, 1, &x, &here), model);
    check(line_predict(copy, 1, &x, &there), copy);
    printf("loss %.4f, y(2) = %.1f, and %.1f from the copy\n", loss, here, there);

    line_destroy(model);
    line_destroy(copy);
    return fabsf(here - 5.0f) < 0.2f && here == there ? 0 : 1;
}
