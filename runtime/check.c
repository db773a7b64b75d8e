/* check.c -- gradients against central differences, both in the f64 twin of the program.
 *
 * CHECK_GRAD gives the gradient of every parameter on one batch; CHECK_LOSS gives the loss, with
 * detached values as CHECK_GRAD froze them.  Single entries of the parameters are moved:
 *
 *     D(h) = (L(p + h) - L(p - h)) / 2h,     (4 D(h/2) - D(h)) / 3  is exact to h^4
 *
 * at three sizes of h; the one that agrees best counts, since too large an h crosses kinks and
 * bends and too small an h meets rounding.  Where all disagree, the slopes to the left and to the
 * right are compared: if they differ, and don't approach each other as h is halved, the point is a
 * kink (relu at 0), and any gradient between the two is right. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_random.h"
#include "grt_trainer.h"

#define CHECK_THRESHOLD 1e-5
static const double check_steps[] = {1e-4, 1e-5, 1e-6};
enum { CHECK_STEPS = 3 };

typedef struct Check {
    GrtSession *session;
    GrtError *error;
    const GrtEntry *gradient, *loss;
    GrtRun run; /* over the f64 twins */
    unsigned char *vars, *work;
    void **slots;
    double *gradients; /* of the parameter at hand */
    int64_t batch;
} Check;

typedef struct CheckResult { /* of one parameter */
    int64_t checked, kinks;
    double worst;
    int64_t worst_index;
    double worst_gradient, worst_difference;
} CheckResult;

/* ---- the twin ---- */

static void check_widen(const GrtType *type, const void *from, void *to, int64_t count)
{
    if (grt_dtype_is_float(type->dtype))
        for (int64_t i = 0; i < count; i++)
            ((double *)to)[i] = grt_element(type->dtype, from, i);
    else
        memcpy(to, from, (size_t)(count * grt_dtype_bytes[type->dtype]));
}

static void check_copy_vars(Check *check)
{
    GrtInstance *instance = check->session->instance;
    const GrtModel *model = instance->model;
    grt_variables_read(instance);
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_PARAM && var->kind != GRT_STATE && var->kind != GRT_FILE)
            continue;
        check_widen(&var->type, instance->vars + var->offset, check->vars + var->check_offset,
                    grt_type_count(&var->type, grt_bound(model)));
    }
}

/* Without data: normal numbers, or whole ones within the declared range. */
static int check_random_inputs(Check *check)
{
    const GrtInstance *instance = check->session->instance;
    const GrtModel *model = instance->model;
    const GrtRng rng = {.seed = instance->at.seed};
    for (int i = 0; i < check->gradient->need_count; i++) {
        const int index = check->gradient->needs[i];
        const GrtVar *var = &model->vars[index];
        const int64_t count = grt_type_count(&var->type, grt_bound(model));
        const double low = var->has_range ? (double)var->low : 0;
        const double high = var->has_range ? (double)var->high : 1;
        for (int64_t j = 0; j < count; j++) {
            const uint64_t place = (uint64_t)index + 1;
            const double value =
                grt_dtype_is_float(var->type.dtype)
                    ? grt_normal_f64(rng, place, 0, j)
                    : floor(low + grt_uniform_f64(rng, place, 0, j) * (high - low + 1));
            grt_element_put(var->type.dtype, instance->slots[var->offset], j, value);
        }
    }
    return 0;
}

/* A batch of training data, or random numbers, into the instance's buffers. */
static int check_fill_inputs(Check *check)
{
    GrtSession *session = check->session;
    GrtInstance *instance = session->instance;
    const int split = grt_session_split(session, "train");
    check->batch = session->settings->batch;
    if (split == -2)
        return session->error.status;
    if (split == -1)
        return check_random_inputs(check);
    GrtDataset *data = session->data[split];
    const int64_t samples =
        grt_pass_order(instance, data, check->batch, session->model->shuffle, 1);
    if (samples < check->batch)
        check->batch = samples;
    grt_instance_counters(instance, check->batch, 1);
    return grt_dataset_batch(data, 0, check->batch, &instance->run, check->error);
}

static int check_widen_inputs(Check *check)
{
    const GrtInstance *instance = check->session->instance;
    const GrtModel *model = instance->model;
    for (int i = 0; i < check->gradient->need_count; i++) {
        const GrtVar *var = &model->vars[check->gradient->needs[i]];
        const int64_t count = grt_type_count(&var->type, grt_bound(model));
        int64_t bytes;
        if (count < 0 || !grt_checked_mul(count, (int64_t)sizeof(double), &bytes))
            return grt_fail(check->error, 3, "input '%s' is too large to check", var->name);
        void *wide = grt_memory(bytes, var->name, check->error);
        if (!wide)
            return check->error->status;
        check->slots[var->offset] = wide;
        check_widen(&var->type, instance->slots[var->offset], wide, count);
    }
    return 0;
}

/* The loss where a parameter has been changed. */
static int check_run_loss(Check *check)
{
    const GrtModel *model = check->session->model;
    if (model->device)
        model->device->changed(&check->run);
    check->run.entry = check->loss;
    return check->loss->run(&check->run);
}

static int check_prepare(Check *check)
{
    GrtInstance *instance = check->session->instance;
    const GrtModel *model = instance->model;
    const int64_t work = check->gradient->work_bytes > check->loss->work_bytes
                             ? check->gradient->work_bytes
                             : check->loss->work_bytes;
    const int64_t slots = (int64_t)sizeof(void *) * instance->slot_count;
    if (!(check->vars = grt_memory(model->check_vars_bytes, "the check", check->error)) ||
        !(check->work = grt_memory(work, "the check", check->error)) ||
        !(check->slots = grt_memory(slots, "the check", check->error)) ||
        check_fill_inputs(check) != 0 || check_widen_inputs(check) != 0)
        return check->error->status;
    check_copy_vars(check);
    grt_instance_counters(instance, check->batch, 1);
    check->run = instance->run; /* counters, options and the random stream */
    check->run.vars = check->vars;
    check->run.work = check->work;
    check->run.inputs = check->slots;
    return grt_run_open(model, &check->run, model->check_vars_bytes, work, 8, check->error);
}

static void check_free(Check *check)
{
    grt_run_close(check->session->model, &check->run);
    for (int i = 0; check->slots && i < check->session->instance->slot_count; i++)
        free(check->slots[i]);
    free(check->slots);
    free(check->vars);
    free(check->work);
    free(check->gradients);
}

/* ---- one entry of one parameter ---- */

static double check_loss_at(Check *check, double *parameter, double value)
{
    const double before = *parameter;
    const GrtValue *loss = &check->loss->values[0];
    *parameter = value;
    check_run_loss(check);
    *parameter = before;
    return grt_element(loss->type.dtype, check->work + loss->offset, 0);
}

typedef struct CheckSlopes {
    double central, left, right, noise;
} CheckSlopes;

static CheckSlopes check_slopes(Check *check, double *parameter, double step)
{
    const double above = check_loss_at(check, parameter, *parameter + step);
    const double below = check_loss_at(check, parameter, *parameter - step);
    const double here = check_loss_at(check, parameter, *parameter);
    const double size = fabs(here) > 1 ? fabs(here) : 1;
    return (CheckSlopes){.central = (above - below) / (2 * step),
                         .left = (here - below) / step,
                         .right = (above - here) / step,
                         .noise = 8 * DBL_EPSILON * size / step};
}

/* The difference relative to the larger number; numbers so small that rounding alone could reach
 * the threshold are taken as larger. */
static double check_relative(double gradient, double difference, double noise)
{
    const double size = fmax(fabs(gradient), fabs(difference));
    const double error = fabs(gradient - difference) / fmax(size, noise / CHECK_THRESHOLD);
    return isnan(error) ? INFINITY : error;
}

static bool check_is_kink(Check *check, double *parameter, double step, double gradient)
{
    const CheckSlopes wide = check_slopes(check, parameter, step);
    const CheckSlopes near = check_slopes(check, parameter, step / 2);
    const double jump = fabs(wide.right - wide.left), near_jump = fabs(near.right - near.left);
    const double size = fmax(fabs(wide.left), fabs(wide.right));
    const double slack = 2 * near.noise + 1e-4 * size;
    return jump > slack && near_jump > 0.75 * jump &&
           gradient >= fmin(near.left, near.right) - slack &&
           gradient <= fmax(near.left, near.right) + slack;
}

static void check_entry(Check *check, double *parameter, int64_t index, CheckResult *result)
{
    const double gradient = check->gradients[index];
    double best = INFINITY, best_difference = 0, step = 0;
    for (int i = 0; i < CHECK_STEPS && best > CHECK_THRESHOLD / 100; i++) {
        step = check_steps[i] * fmax(1, fabs(*parameter));
        const CheckSlopes wide = check_slopes(check, parameter, step);
        const CheckSlopes near = check_slopes(check, parameter, step / 2);
        const double difference = (4 * near.central - wide.central) / 3;
        const double error = check_relative(gradient, difference, 2 * near.noise);
        if (i == 0 || error < best) {
            best = error;
            best_difference = difference;
        }
    }
    result->checked++;
    if (best > CHECK_THRESHOLD && check_is_kink(check, parameter, step, gradient)) {
        result->kinks++;
    } else if (result->checked - result->kinks == 1 || best > result->worst) {
        result->worst = best;
        result->worst_index = index;
        result->worst_gradient = gradient;
        result->worst_difference = best_difference;
    }
}

/* ---- one parameter ---- */

/* The gradient's value of a parameter, or NULL where this step doesn't train it. */
static const GrtValue *check_gradient_of(const GrtEntry *entry, const GrtVar *var)
{
    for (int i = 0; i < entry->value_count; i++) {
        const char *name = entry->values[i].name;
        if (strncmp(name, "grad.", 5) == 0 && strcmp(name + 5, var->name) == 0)
            return &entry->values[i];
    }
    return NULL;
}

/* One entry of each of `wanted` equal parts of the parameter, drawn at random. */
static int64_t check_choose(const Check *check, int64_t part, int64_t wanted, int64_t count)
{
    const GrtRng rng = {.seed = check->session->instance->at.seed};
    const double share = grt_uniform_f64(rng, UINT64_C(0x636865636b), 0, part);
    const double at = ((double)part + share) / (double)wanted * (double)count;
    return wanted == count ? part : at < (double)count ? (int64_t)at : count - 1;
}

static int check_parameter(Check *check, const GrtVar *var, const GrtValue *value,
                           CheckResult *result)
{
    const GrtSettings *settings = check->session->settings;
    const int64_t count = grt_type_count(&var->type, 1);
    const int64_t wanted = settings->all || settings->entries > count ? count : settings->entries;
    double *parameter = (double *)(check->vars + var->check_offset);
    free(check->gradients);
    check->gradients = grt_memory(count * (int64_t)sizeof(double), "a gradient", check->error);
    if (!check->gradients)
        return check->error->status;
    const int failed =
        grt_entry_run(check->session->model, check->gradient, &check->run, check->error);
    if (failed == 4)
        grt_fail(check->error, 4, "the loss is not finite at the point to check");
    if (failed)
        return failed;
    check_widen(&value->type, check->work + value->offset, check->gradients, count);
    for (int64_t i = 0; i < wanted; i++) {
        const int64_t index = check_choose(check, i, wanted, count);
        check_entry(check, &parameter[index], index, result);
    }
    return grt_run_status(check->session->model, &check->run, check->error);
}

static void check_report(const GrtVar *var, const CheckResult *result)
{
    char type[160];
    grt_type_text(&var->type, type, sizeof type);
    printf("  %-32s %-18s %8lld %12.2g %6lld%s\n", var->name, type, (long long)result->checked,
           result->worst, (long long)result->kinks,
           result->worst > CHECK_THRESHOLD ? "  WRONG" : "");
    if (result->worst > CHECK_THRESHOLD)
        printf("      at element %lld: the gradient says %.10g, differences say %.10g\n",
               (long long)result->worst_index, result->worst_gradient, result->worst_difference);
    fflush(stdout);
}

/* All parameters of one step block; *worst takes the largest error. */
static int check_step(Check *check, double *worst, int64_t *parameters)
{
    const GrtModel *model = check->session->model;
    if (check_prepare(check) != 0)
        return check->error->status;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        const GrtValue *value =
            var->kind == GRT_PARAM ? check_gradient_of(check->gradient, var) : NULL;
        CheckResult result = {0};
        if (!value || !grt_dtype_is_float(var->type.dtype))
            continue;
        if (check_parameter(check, var, value, &result) != 0)
            return check->error->status;
        check_report(var, &result);
        *worst = fmax(*worst, result.worst);
        ++*parameters;
    }
    return 0;
}

int grt_check(GrtSession *session)
{
    const GrtModel *model = session->model;
    double worst = 0;
    int64_t parameters = 0;
    if (!grt_entry_find(model, GRT_CHECK_GRAD, 0))
        return grt_fail(&session->error, 1,
                        "%s has no gradients to check, or was compiled with --no-check",
                        model->file);
    if (session->settings->load && grt_session_weights(session) != 0)
        return session->error.status;
    if (grt_pass_begin(session->instance, GRT_PASS_TRAIN, &session->error) != 0)
        return session->error.status;
    printf("  %-32s %-18s %8s %12s %6s\n", "parameter", "type", "checked", "worst error", "kinks");
    for (int step = 0; grt_entry_find(model, GRT_CHECK_GRAD, step); step++) {
        Check check = {.session = session, .error = &session->error};
        check.gradient = grt_entry_find(model, GRT_CHECK_GRAD, step);
        check.loss = grt_entry_find(model, GRT_CHECK_LOSS, step);
        const int failed = check.loss ? check_step(&check, &worst, &parameters) : 0;
        check_free(&check);
        if (failed)
            return failed;
    }
    if (worst > CHECK_THRESHOLD)
        return grt_fail(&session->error, 1,
                        "gradients are wrong: worst relative error %.2g, "
                        "threshold %.0e",
                        worst, CHECK_THRESHOLD);
    printf("%lld parameters: gradients agree with differences; worst relative error %.2g, "
           "threshold %.0e\n",
           (long long)parameters, worst, CHECK_THRESHOLD);
    return 0;
}
