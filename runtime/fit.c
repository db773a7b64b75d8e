/* fit.c -- the fitted line of a model from one number to one number, as a picture.
 *
 * Where prediction takes one input of a single number per sample, the training step needs exactly
 * one more such input (the target), and a prediction is a single number: the training data as
 * points, and the model's output over their range as a line, in NAME-fit.svg.  Any other model has
 * no such picture, and nothing is said about it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

enum { FIT_POINTS = 2000, FIT_LINE = 256 };

typedef struct FitPlan {
    const GrtVar *x, *y;
    const GrtValue *value;
    GrtDataset *data;
} FitPlan;

static bool fit_is_number(const GrtType *type)
{
    return type->batch_axis == 0 && grt_dtype_is_float(type->dtype) &&
           grt_type_count(type, 1) == 1 && (type->dtype == GRT_F32 || type->dtype == GRT_F64);
}

static bool fit_find(const GrtSession *session, FitPlan *plan)
{
    const GrtModel *model = session->model;
    const GrtEntry *predict = grt_entry_find(model, GRT_PREDICT, 0);
    const GrtEntry *train = grt_entry_find(model, GRT_TRAIN, 0);
    if (grt_in_lanes(model) || !predict || !train || predict->need_count != 1 ||
        train->need_count != 2)
        return false;
    const int x = predict->needs[0];
    if (train->needs[0] != x && train->needs[1] != x)
        return false;
    plan->x = &model->vars[x];
    plan->y = &model->vars[train->needs[train->needs[0] == x ? 1 : 0]];
    if (!fit_is_number(&plan->x->type) || !fit_is_number(&plan->y->type))
        return false;
    for (int i = 0; !plan->value && i < predict->value_count; i++)
        if (fit_is_number(&predict->values[i].type))
            plan->value = &predict->values[i];
    for (int i = 0; i < model->split_count; i++)
        if (strcmp(model->splits[i].name, "train") == 0)
            plan->data = session->data[i];
    return plan->value && plan->data;
}

static int fit_gather(GrtSession *session, const FitPlan *plan, double *x, double *y, int64_t count)
{
    GrtInstance *instance = session->instance;
    const int64_t batch = instance->at.batch;
    grt_dataset_order(plan->data, 0, instance->at.seed, 1);
    for (int64_t first = 0; first < count; first += batch) {
        const int64_t size = count - first < batch ? count - first : batch;
        grt_instance_counters(instance, size, 1);
        if (grt_dataset_batch(plan->data, first, size, &instance->run, &session->error) != 0)
            return session->error.status;
        for (int64_t i = 0; i < size; i++) {
            x[first + i] = grt_element(plan->x->type.dtype, instance->slots[plan->x->offset], i);
            y[first + i] = grt_element(plan->y->type.dtype, instance->slots[plan->y->offset], i);
        }
    }
    return 0;
}

static void fit_range(const double *values, int64_t count, double *low, double *high)
{
    *low = *high = values[0];
    for (int64_t i = 1; i < count; i++) {
        *low = values[i] < *low ? values[i] : *low;
        *high = values[i] > *high ? values[i] : *high;
    }
}

static int fit_predict(GrtSession *session, const FitPlan *plan, double low, double high, double *x,
                       double *y)
{
    GrtInstance *instance = session->instance;
    const int64_t batch = instance->at.batch;
    void *input = instance->slots[plan->x->offset];
    for (int64_t first = 0; first < FIT_LINE; first += batch) {
        const int64_t size = FIT_LINE - first < batch ? FIT_LINE - first : batch;
        for (int64_t i = 0; i < size; i++) {
            const double at = low + (high - low) * (double)(first + i) / (FIT_LINE - 1);
            x[first + i] = at;
            if (plan->x->type.dtype == GRT_F32)
                ((float *)input)[i] = (float)at;
            else
                ((double *)input)[i] = at;
        }
        if (grt_predict_batch(instance, size, &session->error) != 0)
            return session->error.status;
        for (int64_t i = 0; i < size; i++)
            y[first + i] =
                grt_element(plan->value->type.dtype, instance->work + plan->value->offset, i);
    }
    return 0;
}

static bool fit_finite(const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* Beside the loss curve: "runs/a.svg" gives "runs/a-fit.svg". */
static char *fit_path(const char *svg_path)
{
    char *base = strdup(svg_path);
    if (!base)
        return NULL;
    base[strlen(base) - strlen(".svg")] = '\0'; /* grt_curve_open ends it so */
    char *path = grt_path_for(base, "-fit.svg");
    free(base);
    return path;
}

static int fit_write(GrtSession *session, const GrtFit *fit, char **path)
{
    *path = fit_path(session->curve.svg_path);
    if (!*path)
        return grt_fail(&session->error, 3, "not enough memory");
    const int failed = grt_svg_fit(fit, session->model, *path, &session->error);
    if (failed) {
        free(*path);
        *path = NULL;
    }
    return failed;
}

int grt_fit_draw(GrtSession *session, char **path)
{
    FitPlan plan = {0};
    double line_x[FIT_LINE], line_y[FIT_LINE];
    *path = NULL;
    if (!fit_find(session, &plan))
        return 0;
    const int64_t samples = grt_dataset_samples(plan.data);
    const int64_t count = samples < FIT_POINTS ? samples : FIT_POINTS;
    double *x = calloc((size_t)count, sizeof *x), *y = calloc((size_t)count, sizeof *y);
    double low, high;
    int failed = 0;
    if (!x || !y)
        failed = grt_fail(&session->error, 3, "not enough memory");
    if (!failed && !(failed = fit_gather(session, &plan, x, y, count))) {
        fit_range(x, count, &low, &high);
        failed = fit_predict(session, &plan, low, high, line_x, line_y);
    }
    if (!failed && fit_finite(y, count) && fit_finite(line_y, FIT_LINE)) {
        const GrtFit fit = {plan.x->name, plan.y->name, x, y, count, line_x, line_y, FIT_LINE};
        failed = fit_write(session, &fit, path);
    }
    free(x);
    free(y);
    return failed;
}
