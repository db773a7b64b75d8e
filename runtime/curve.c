/* curve.c -- how the loss went: a row per step in a CSV log, and in memory what the picture needs.
 *
 *     step,epoch,split,loss,accuracy,grad_norm
 *     1,1,train,2.34081507,,0.871
 *     47,1,valid,1.20931399,0.713804714
 *
 * A resumed run cuts the log behind the step that it goes on from, so that no step is in it twice.
 * A log that can't be written any more (a full disk) is said once; training goes on. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grt_trainer.h"

static const char curve_head[] = "step,epoch,split,";

/* ---- a curve in constant memory ---- */

static void curve_halve(GrtSeries *series)
{
    series->count /= 2;
    for (int i = 0; i < series->count; i++) {
        series->x[i] = (series->x[2 * i] + series->x[2 * i + 1]) / 2;
        series->y[i] = (series->y[2 * i] + series->y[2 * i + 1]) / 2;
    }
    series->stride *= 2;
}

void grt_series_add(GrtSeries *series, double x, double y)
{
    if (!isfinite(y))
        return;
    if (series->stride == 0)
        series->stride = 1;
    series->x_sum += x;
    series->y_sum += y;
    if (++series->pending < series->stride)
        return;
    if (series->count == GRT_SERIES_POINTS)
        curve_halve(series);
    if (series->pending < series->stride)
        return; /* it was full: the point just gathered is half of the next one now */
    series->x[series->count] = series->x_sum / (double)series->pending;
    series->y[series->count] = series->y_sum / (double)series->pending;
    series->count++;
    series->pending = 0;
    series->x_sum = series->y_sum = 0;
}

/* ---- the log ---- */

/* The column of this name: the first step's loss, what evaluation gives, and what only training
 * does.  NULL behind the last. */
static const char *curve_column(const GrtInstance *instance, int column)
{
    const GrtModel *model = instance->model;
    const GrtEntry *finish = grt_entry_find(model, GRT_FINISH, 0);
    const int loss = grt_loss_index(model), values = finish ? finish->value_count : 0;
    const char *first = instance->shown_count > 0 ? instance->shown[0].name : "loss";
    if (column-- == 0)
        return first;
    for (int i = 0; i < values; i++)
        if (i != loss && grt_metric_is_number(&finish->values[i]) && column-- == 0)
            return finish->values[i].name;
    for (int i = 1; i < instance->shown_count; i++) {
        bool known = false;
        for (int k = 0; k < values; k++)
            known = known || strcmp(finish->values[k].name, instance->shown[i].name) == 0;
        if (!known && column-- == 0)
            return instance->shown[i].name;
    }
    return NULL;
}

static void curve_write_head(const GrtCurve *curve, const GrtInstance *instance)
{
    const char *name;
    fputs(curve_head, curve->log);
    for (int i = 0; (name = curve_column(instance, i)); i++)
        fprintf(curve->log, "%s%s", i > 0 ? "," : "", name);
    putc('\n', curve->log);
}

/* One row of an old log, "940,20,valid,0.0912..."; false if it isn't one, or is the test that ended
 * the run so far. */
static bool curve_read_row(const char *line, int64_t *step, bool *train, double *loss)
{
    char *at = NULL;
    if (*line < '0' || *line > '9')
        return false;
    *step = strtoll(line, &at, 10);
    if (*at++ != ',')
        return false;
    strtoll(at, &at, 10); /* the epoch */
    if (*at++ != ',')
        return false;
    const char *split = at;
    at = strchr(split, ',');
    if (!at)
        return false;
    const size_t length = (size_t)(at - split);
    *train = length == 5 && memcmp(split, "train", 5) == 0;
    *loss = at[1] == ',' || at[1] == '\n' ? NAN : strtod(at + 1, NULL); /* NaN: not its turn */
    return *train || (length == 5 && memcmp(split, "valid", 5) == 0);
}

/* Takes up the rows of steps that are done and cuts off the rest. */
static bool curve_continue(GrtCurve *curve, const GrtInstance *instance)
{
    char line[1024];
    long kept = 0;
    FILE *log = fopen(curve->log_path, "r+");
    if (!log)
        return false;
    while (fgets(line, sizeof line, log) && strchr(line, '\n')) {
        int64_t step = 0;
        bool train = false;
        double loss = 0;
        if (kept > 0) {
            if (!curve_read_row(line, &step, &train, &loss) || step > instance->at.step)
                break;
            grt_series_add(train ? &curve->train : &curve->valid, (double)step, loss);
        }
        kept = ftell(log);
    }
    if (kept <= 0 || fflush(log) != 0 || ftruncate(fileno(log), kept) != 0 ||
        fseek(log, kept, SEEK_SET) != 0) {
        fclose(log);
        return false;
    }
    curve->log = log;
    return true;
}

static int curve_start(GrtCurve *curve, const GrtInstance *instance, bool resume, GrtError *error)
{
    if (resume && curve_continue(curve, instance))
        return 0;
    curve->log = fopen(curve->log_path, "w");
    if (!curve->log)
        return grt_fail(error, 3, "cannot write '%s': %s", curve->log_path, strerror(errno));
    curve_write_head(curve, instance);
    return 0;
}

/* ---- where it lies ---- */

char *grt_path_for(const char *base, const char *suffix)
{
    const size_t size = strlen(base) + strlen(suffix) + 1;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s", base, suffix);
    return path;
}

/* "runs/a.csv" gives "runs/a.svg". */
static char *curve_svg_path(const char *log_path)
{
    char *base = strdup(log_path);
    if (!base)
        return NULL;
    const size_t length = strlen(base);
    if (length > 4 && strcmp(base + length - 4, ".csv") == 0)
        base[length - 4] = '\0';
    char *path = grt_path_for(base, ".svg");
    free(base);
    return path;
}

/* NAME.csv; but where that is something else, such as the data ("digits.csv" beside digits), then
 * NAME-loss.csv. */
static char *curve_default_path(const char *name)
{
    char *path = grt_path_for(name, ".csv");
    if (!path || grt_file_is_ours(path, 0, curve_head))
        return path;
    free(path);
    return grt_path_for(name, "-loss.csv");
}

int grt_curve_open(GrtCurve *curve, const GrtInstance *instance, const GrtSettings *settings,
                   GrtError *error)
{
    if (settings->no_log)
        return 0;
    curve->log_path =
        settings->log ? strdup(settings->log) : curve_default_path(instance->model->name);
    curve->svg_path = curve->log_path ? curve_svg_path(curve->log_path) : NULL;
    if (!curve->svg_path)
        return grt_fail(error, 3, "not enough memory");
    if (!grt_file_is_ours(curve->log_path, 0, curve_head))
        return grt_fail(error, 2,
                        "'%s' exists and is not a training log; name another file with --log, "
                        "or remove it",
                        curve->log_path);
    if (grt_atomic_probe(curve->log_path, error) != 0)
        return error->status;
    return curve_start(curve, instance, settings->resume, error);
}

/* ---- rows ---- */

static void curve_check(GrtCurve *curve)
{
    if (curve->failed || !ferror(curve->log))
        return;
    curve->failed = true;
    fprintf(stderr, "warning: cannot write '%s': %s; training goes on\n", curve->log_path,
            strerror(errno));
}

/* The value of this name in the last step, or in the last evaluation; false if there is none. */
static bool curve_find(const GrtInstance *instance, const char *name, bool train, double *value)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    for (int i = 0; train && i < instance->shown_count; i++)
        if (strcmp(instance->shown[i].name, name) == 0) {
            *value = instance->shown[i].last;
            return instance->shown[i].there;
        }
    for (int i = 0; !train && finish && i < finish->value_count; i++)
        if (strcmp(finish->values[i].name, name) == 0) {
            *value = instance->metrics[i];
            return true;
        }
    return false;
}

/* "47,1,valid,1.209,0.714": empty fields at the end are left out. */
static void curve_row(GrtCurve *curve, const GrtInstance *instance, const char *split)
{
    const GrtPosition *at = &instance->at;
    const int64_t epoch = at->epoch <= at->epochs ? at->epoch : at->epochs; /* behind the last */
    const char *name;
    double value = 0;
    if (!curve->log || curve->failed)
        return;
    fprintf(curve->log, "%lld,%lld,%s", (long long)at->step, (long long)epoch, split);
    for (int i = 0, commas = 1; (name = curve_column(instance, i)); i++, commas++) {
        if (!curve_find(instance, name, strcmp(split, "train") == 0, &value))
            continue;
        for (; commas > 0; commas--)
            putc(',', curve->log);
        fprintf(curve->log, "%.9g", value);
    }
    putc('\n', curve->log);
    curve_check(curve);
}

void grt_curve_step(GrtCurve *curve, const GrtInstance *instance)
{
    if (instance->shown_count > 0 && instance->shown[0].there)
        grt_series_add(&curve->train, (double)instance->at.step, instance->shown[0].last);
    curve_row(curve, instance, "train");
}

void grt_curve_split(GrtCurve *curve, const GrtInstance *instance, const char *split)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    if (!finish || finish->value_count == 0)
        return;
    if (strcmp(split, "valid") == 0)
        grt_series_add(&curve->valid, (double)instance->at.step,
                       instance->metrics[grt_loss_index(instance->model)]);
    curve_row(curve, instance, split);
}

void grt_curve_flush(GrtCurve *curve)
{
    if (!curve->log || curve->failed)
        return;
    fflush(curve->log);
    curve_check(curve);
}

void grt_curve_close(GrtCurve *curve)
{
    if (curve->log) {
        grt_curve_flush(curve);
        fclose(curve->log);
    }
    free(curve->log_path);
    free(curve->svg_path);
    *curve = (GrtCurve){0};
}
