/* linear_model.h -- a GrtModel written by hand, as gradc would write it: y = weight * x + bias.
 *
 * Trained by SGD with momentum on 100 made samples; with a metric, a prediction, prints, and the
 * f64 twin for the gradient check.  Tests bend it through `bent`. */
#ifndef LINEAR_MODEL_H
#define LINEAR_MODEL_H

#include <math.h>
#include <signal.h>
#include <string.h>

#include "runtime/grt.h"
#include "runtime/grt_random.h"

enum { LINEAR_BATCH = 16, LINEAR_SAMPLES = 100, LINEAR_STEPS = 7, LINEAR_SHOWN = 6 };

/* What a test wants to go wrong. */
static struct {
    int interrupt_at;      /* the step that raises SIGINT */
    int interrupt_eval_at; /* the evaluated batch, of all, that does */
    float infinity_at;     /* the step whose prediction overflows */
    double gradient_error; /* added to the weight's gradient in the check */
    int kink;              /* the check's loss gets max(bias, 0), at a bias of 0 */
} bent;

/* Offsets in vars, and in its f64 twin; all are single numbers but for the two sums. */
enum { AT_WEIGHT = 0, AT_BIAS = 64, AT_WEIGHT_M = 128, AT_BIAS_M = 192, AT_SUMS = 256 };
enum { LINEAR_VARS = 320, LINEAR_WORK = 4096 };

#define LINEAR_F32(place) ((float *)(run->vars + (place)))
#define LINEAR_X          ((const float *)run->inputs[0])
#define LINEAR_Y          ((const float *)run->inputs[1])

static int linear_init(GrtRun *run)
{
    memset(run->vars, 0, LINEAR_VARS);
    *LINEAR_F32(AT_WEIGHT) = 2 * grt_uniform_f32(run->rng, 11, 0, 0) - 1;
    return GRT_OK;
}

/* work: loss at 0, prediction at 64. */
static int linear_train(GrtRun *run)
{
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    const float rate = (float)run->options[0];
    float *loss = (float *)run->work, *out = (float *)(run->work + 64);
    float *w = LINEAR_F32(AT_WEIGHT), *b = LINEAR_F32(AT_BIAS), dw = 0, db = 0;
    if (run->counters[GRT_STEP] == bent.interrupt_at && !run->hook)
        raise(SIGINT);
    const float scale = run->counters[GRT_STEP] == bent.infinity_at ? INFINITY : 1;
    for (int64_t i = 0; i < batch; i++)
        out[i] = (*w * LINEAR_X[i] + *b) * scale;
    grt_done(run, 0);
    *loss = 0;
    for (int64_t i = 0; i < batch; i++)
        *loss += (out[i] - LINEAR_Y[i]) * (out[i] - LINEAR_Y[i]) / (float)batch;
    grt_done(run, 1);
    if (!isfinite(*loss))
        return GRT_NOT_FINITE;
    for (int64_t i = 0; i < batch; i++) {
        dw += 2 * (out[i] - LINEAR_Y[i]) * LINEAR_X[i] / (float)batch;
        db += 2 * (out[i] - LINEAR_Y[i]) / (float)batch;
    }
    *LINEAR_F32(AT_WEIGHT_M) = 0.5f * *LINEAR_F32(AT_WEIGHT_M) + dw;
    *LINEAR_F32(AT_BIAS_M) = 0.5f * *LINEAR_F32(AT_BIAS_M) + db;
    *w -= rate * *LINEAR_F32(AT_WEIGHT_M);
    *b -= rate * *LINEAR_F32(AT_BIAS_M);
    return GRT_OK;
}

static int linear_eval(GrtRun *run)
{
    static int evaluated;
    if (++evaluated == bent.interrupt_eval_at)
        raise(SIGINT);
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    float *sums = LINEAR_F32(AT_SUMS);
    for (int64_t i = 0; i < batch; i++) {
        const float error =
            *LINEAR_F32(AT_WEIGHT) * LINEAR_X[i] + *LINEAR_F32(AT_BIAS) - LINEAR_Y[i];
        sums[0] += error * error;
        sums[1] += fabsf(error);
    }
    return GRT_OK;
}

static int linear_finish(GrtRun *run)
{
    const float count = (float)run->counters[GRT_BATCH];
    *(float *)run->work = LINEAR_F32(AT_SUMS)[0] / count;
    *(float *)(run->work + 64) = LINEAR_F32(AT_SUMS)[1] / count;
    return GRT_OK;
}

static int linear_predict(GrtRun *run)
{
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    for (int64_t i = 0; i < batch; i++)
        ((float *)run->work)[i] = *LINEAR_F32(AT_WEIGHT) * LINEAR_X[i] + *LINEAR_F32(AT_BIAS);
    return GRT_OK;
}

static int linear_make(GrtRun *run)
{
    float *x = (float *)run->work, *y = (float *)(run->work + 1024);
    for (int64_t i = 0; i < LINEAR_SAMPLES; i++) {
        x[i] = grt_normal_f32(run->rng, 21, i, 0);
        y[i] = 42.4f * x[i] + 1.5f + 10 * grt_normal_f32(run->rng, 22, i, 0);
    }
    return GRT_OK;
}

static int linear_print(GrtRun *run)
{
    for (int i = 0; i < LINEAR_SHOWN; i++)
        ((float *)run->work)[i] = 1.5f * (float)i;
    return GRT_OK;
}

/* The f64 twins: x, y, weight and bias are doubles. */
static double linear_check_value(GrtRun *run, double *dw, double *db)
{
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    const double *x = run->inputs[0], *y = run->inputs[1];
    const double w = *(double *)(run->vars + AT_WEIGHT), b = *(double *)(run->vars + AT_BIAS);
    double loss = bent.kink ? fmax(b, 0) : 0;
    *dw = bent.gradient_error;
    *db = bent.kink && b > 0;
    for (int64_t i = 0; i < batch; i++) {
        const double error = tanh(w * x[i] + b) - 0.1 * y[i];
        const double slope = 1 - tanh(w * x[i] + b) * tanh(w * x[i] + b);
        loss += error * error / (double)batch;
        *dw += 2 * error * slope * x[i] / (double)batch;
        *db += 2 * error * slope / (double)batch;
    }
    return loss;
}

static int linear_check_grad(GrtRun *run)
{
    double *work = (double *)run->work;
    work[0] = linear_check_value(run, &work[8], &work[16]);
    return GRT_OK;
}

static int linear_check_loss(GrtRun *run)
{
    double unused[2];
    *(double *)run->work = linear_check_value(run, &unused[0], &unused[1]);
    return GRT_OK;
}

/* ---- the tables ---- */

/* clang-format off */
#define LINEAR_SCALAR {.dtype = GRT_F32, .batch_axis = -1}
#define LINEAR_SCALAR64 {.dtype = GRT_F64, .batch_axis = -1}
#define LINEAR_COLUMN {.dtype = GRT_F32, .rank = 2, .dims = {1, 1}}
#define LINEAR_ALL {.dtype = GRT_F32, .rank = 2, .batch_axis = -1, .dims = {LINEAR_SAMPLES, 1}}

static const GrtVar linear_vars[] = {
    {.kind = GRT_INPUT, .name = "x", .type = LINEAR_COLUMN, .line = 1},
    {.kind = GRT_INPUT, .name = "y", .type = LINEAR_COLUMN, .line = 2, .offset = 1,
     .check_offset = 1},
    {.kind = GRT_PARAM, .name = "linear1.weight", .line = 4, .offset = AT_WEIGHT,
     .check_offset = AT_WEIGHT,
     .type = {.dtype = GRT_F32, .rank = 2, .batch_axis = -1, .dims = {1, 1}}},
    {.kind = GRT_PARAM, .name = "linear1.bias", .line = 4, .offset = AT_BIAS,
     .check_offset = AT_BIAS,
     .type = {.dtype = GRT_F32, .rank = 1, .batch_axis = -1, .dims = {1}}},
    {.kind = GRT_STATE, .name = "sgd.linear1.weight.m", .type = LINEAR_SCALAR,
     .offset = AT_WEIGHT_M, .check_offset = AT_WEIGHT_M, .optimizer = 1},
    {.kind = GRT_STATE, .name = "sgd.linear1.bias.m", .type = LINEAR_SCALAR, .offset = AT_BIAS_M,
     .check_offset = AT_BIAS_M, .optimizer = 1},
    {.kind = GRT_SCRATCH, .name = "sums", .offset = AT_SUMS, .check_offset = AT_SUMS,
     .type = {.dtype = GRT_F32, .rank = 1, .batch_axis = -1, .dims = {2}}},
};

static const int linear_needs_xy[] = {0, 1};
static const GrtOption linear_options[] = {
    {.name = "lr", .type = GRT_OPTION_FLOAT, .value = 0.05},
    {.name = "depth", .type = GRT_OPTION_INT, .value = 3},
    {.name = "noisy", .type = GRT_OPTION_BOOL}};
static const GrtKernel linear_kernels[] = {
    {.name = "k_out", .line = 4, .what = "out", .flops = 32, .type = LINEAR_COLUMN, .offset = 64},
    {.name = "k_loss", .line = 5, .what = "loss", .flops = 48, .type = LINEAR_SCALAR},
};
static const GrtValue linear_loss[] = {{"loss", LINEAR_SCALAR, 0}};
static const GrtValue linear_metrics[] = {{"loss", LINEAR_SCALAR, 0}, {"mae", LINEAR_SCALAR, 64}};
static const GrtValue linear_outputs[] = {{"line", LINEAR_COLUMN, 0}};
static const GrtValue linear_made[] = {{"train.x", LINEAR_ALL, 0}, {"train.y", LINEAR_ALL, 1024}};
static const GrtValue linear_shown[] = {
    {"table", {.dtype = GRT_F32, .rank = 2, .batch_axis = -1, .dims = {2, 3}}, 0}};
static const GrtValue linear_check_values[] = {{"loss", LINEAR_SCALAR64, 0},
                                               {"grad.linear1.weight", LINEAR_SCALAR64, 64},
                                               {"grad.linear1.bias", LINEAR_SCALAR64, 128}};

static const GrtEntry linear_entries[] = {
    {.kind = GRT_INIT, .name = "init", .run = linear_init},
    {.kind = GRT_TRAIN, .name = "train", .run = linear_train, .every = 1,
     .work_bytes = LINEAR_WORK, .values = linear_loss, .value_count = 1,
     .kernels = linear_kernels, .kernel_count = 2, .needs = linear_needs_xy, .need_count = 2},
    {.kind = GRT_EVAL, .name = "eval", .run = linear_eval, .needs = linear_needs_xy,
     .need_count = 2},
    {.kind = GRT_FINISH, .name = "finish", .run = linear_finish, .values = linear_metrics,
     .value_count = 2},
    {.kind = GRT_PREDICT, .name = "predict", .run = linear_predict, .values = linear_outputs,
     .value_count = 1, .needs = linear_needs_xy, .need_count = 1},
    {.kind = GRT_MAKE, .name = "make_train", .run = linear_make, .values = linear_made,
     .value_count = 2, .work_bytes = LINEAR_WORK},
    {.kind = GRT_PRINT, .name = "print", .run = linear_print, .values = linear_shown,
     .value_count = 1},
    {.kind = GRT_CHECK_GRAD, .name = "check_grad", .run = linear_check_grad,
     .values = linear_check_values, .value_count = 3, .work_bytes = LINEAR_WORK,
     .needs = linear_needs_xy, .need_count = 2},
    {.kind = GRT_CHECK_LOSS, .name = "check_loss", .run = linear_check_loss,
     .values = linear_check_values, .value_count = 1, .work_bytes = LINEAR_WORK,
     .needs = linear_needs_xy, .need_count = 2},
};
enum { LINEAR_ENTRIES = sizeof linear_entries / sizeof linear_entries[0] };

static const GrtSource linear_sources[] = {
    {.kind = GRT_SOURCE_TENSOR, .name = "x", .var = 0, .direct = 1, .samples = LINEAR_SAMPLES},
    {.kind = GRT_SOURCE_TENSOR, .name = "y", .var = 1, .direct = 1, .samples = LINEAR_SAMPLES,
     .value = 1},
};
static const GrtSplit linear_splits[] = {
    {.name = "train", .sources = linear_sources, .source_count = 2, .make = &linear_entries[5]},
    {.name = "valid", .sources = linear_sources, .source_count = 2, .make = &linear_entries[5]},
    {.name = "test", .sources = linear_sources, .source_count = 2, .make = &linear_entries[5]},
};
static const GrtPrint linear_prints[] = {{.label = "table", .value = -1, .more = 1}, {.label = NULL, .value = 0, .more = 0}, {.label = "done", .value = -1, .more = 0}};

static const GrtModel linear_model = {
    .version = GRT_VERSION, .name = "linreg", .file = "linreg.dsl", .data_dir = "",
    .vars = linear_vars, .var_count = 7, .options = linear_options, .option_count = 3,
    .entries = linear_entries, .entry_count = LINEAR_ENTRIES,
    .splits = linear_splits, .split_count = 3, .prints = linear_prints, .print_count = 3,
    .vars_bytes = LINEAR_VARS, .check_vars_bytes = LINEAR_VARS, .work_bytes = LINEAR_WORK,
    .batch_bound = LINEAR_BATCH, .trains = 1, .batch = LINEAR_BATCH, .epochs = 2, .shuffle = 1,
    .fingerprint = 0x1234567890abcdef,
};
/* clang-format on */

#endif
