/* curve.c -- how the loss went: a row per step in a CSV log, and in memory what the picture needs.
 *
 *     step,epoch,split,loss,accuracy
 *     1,1,train,2.34081507,
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

static const char curve_head[] = "step,epoch,split,loss";

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

static void curve_write_head(const GrtCurve *curve, const GrtModel *model)
{
    const GrtEntry *finish = grt_entry_find(model, GRT_FINISH, 0);
    fputs(curve_head, curve->log);
    for (int i = 0; finish && i < finish->value_count; i++)
        if (i != grt_loss_index(model))
            fprintf(curve->log, ",%s", finish->values[i].name);
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
    *loss = strtod(at + 1, NULL);
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
    curve_write_head(curve, instance->model);
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

void grt_curve_step(GrtCurve *curve, const GrtPosition *at, double loss)
{
    grt_series_add(&curve->train, (double)at->step, loss);
    if (!curve->log || curve->failed)
        return;
    fprintf(curve->log, "%lld,%lld,train,%.9g\n", (long long)at->step, (long long)at->epoch, loss);
    curve_check(curve);
}

void grt_curve_split(GrtCurve *curve, const GrtInstance *instance, const char *split)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    if (!finish || finish->value_count == 0)
        return;
    const int loss = grt_loss_index(instance->model);
    const GrtPosition *at = &instance->at;
    if (strcmp(split, "valid") == 0)
        grt_series_add(&curve->valid, (double)at->step, instance->metrics[loss]);
    if (!curve->log || curve->failed)
        return;
    const int64_t epoch = at->epoch <= at->epochs ? at->epoch : at->epochs; /* behind the last */
    fprintf(curve->log, "%lld,%lld,%s,%.9g", (long long)at->step, (long long)epoch, split,
            instance->metrics[loss]);
    for (int i = 0; i < finish->value_count; i++)
        if (i != loss)
            fprintf(curve->log, ",%.9g", instance->metrics[i]);
    putc('\n', curve->log);
    curve_check(curve);
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
