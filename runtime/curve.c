/* curve.c -- how the loss went: a row per step in a CSV log, and in memory what the picture needs.
 *
 *     step,epoch,split,loss,accuracy,grad_norm,lr
 *     1,1,train,2.34081507,,0.871,0.001
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

/* ---- what the picture shows ---- */

/* "lr", "lr2", or "d_loss.lr" where steps take turns: what the compiler shows of a rate that
 * changes. */
static bool curve_is_rate(const GrtShown *shown)
{
    const char *dot = strrchr(shown->name, '.');
    const char *own = dot ? dot + 1 : shown->name;
    return shown->value > 0 && strncmp(own, "lr", 2) == 0 &&
           own[2 + strspn(own + 2, "0123456789")] == '\0';
}

static int curve_plan_lines(GrtCurve *curve, const GrtInstance *instance, GrtError *error)
{
    curve->lines = calloc((size_t)instance->shown_count + 1, sizeof *curve->lines);
    if (!curve->lines)
        return grt_fail(error, 3, "not enough memory");
    for (int i = 0; i < instance->shown_count; i++) {
        const GrtShown *shown = &instance->shown[i];
        const bool rate = curve_is_rate(shown);
        if (rate || shown->value == 0)
            curve->lines[curve->line_count++] = (GrtLine){.name = shown->name, .rate = rate};
    }
    return 0;
}

static GrtLine *curve_line(GrtCurve *curve, const char *name)
{
    for (int i = 0; i < curve->line_count; i++)
        if (strcmp(curve->lines[i].name, name) == 0)
            return &curve->lines[i];
    return NULL;
}

static void curve_add(GrtCurve *curve, const char *name, bool train, int64_t step, double value)
{
    GrtLine *line = curve_line(curve, name);
    if (line)
        grt_series_add(train ? &line->train : &line->valid, (double)step, value);
}

/* ---- the log of a run that goes on ---- */

typedef struct CurveRow {
    int64_t step;
    bool train;
    const char *values; /* behind the split: ",0.09,,0.9", to the end of the line */
} CurveRow;

/* One row of an old log, "940,20,valid,0.0912..."; false if it isn't one, or is the test that ended
 * the run so far. */
static bool curve_read_row(const char *line, CurveRow *row)
{
    char *at = NULL;
    if (*line < '0' || *line > '9')
        return false;
    row->step = strtoll(line, &at, 10);
    if (*at++ != ',')
        return false;
    strtoll(at, &at, 10); /* the epoch */
    if (*at++ != ',')
        return false;
    const size_t length = strcspn(at, ",\n");
    row->train = length == 5 && memcmp(at, "train", 5) == 0;
    row->values = at + length;
    return row->train || (length == 5 && memcmp(at, "valid", 5) == 0);
}

/* The fields of a row, column by column; an empty one had no turn in that step. */
static void curve_take_row(GrtCurve *curve, const GrtInstance *instance, const CurveRow *row)
{
    const char *at = row->values, *name;
    for (int i = 0; *at == ',' && (name = curve_column(instance, i)); i++) {
        const size_t length = strcspn(++at, ",\n");
        if (length > 0)
            curve_add(curve, name, row->train, row->step, strtod(at, NULL));
        at += length;
    }
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
        CurveRow row;
        if (kept > 0) {
            if (!curve_read_row(line, &row) || row.step > instance->at.step)
                break;
            curve_take_row(curve, instance, &row);
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

static int curve_open_log(GrtCurve *curve, const GrtInstance *instance, const GrtSettings *settings,
                          GrtError *error)
{
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

int grt_curve_open(GrtCurve *curve, const GrtInstance *instance, const GrtSettings *settings,
                   GrtError *error)
{
    curve->started = grt_seconds();
    if (curve_plan_lines(curve, instance, error) != 0)
        return error->status;
    if (settings->tensorboard && !(curve->board = grt_board_open(settings->tensorboard, error)))
        return error->status;
    return settings->no_log ? 0 : curve_open_log(curve, instance, settings, error);
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
    curve->steps++;
    for (int i = 0; i < instance->shown_count; i++)
        if (instance->shown[i].there)
            curve_add(curve, instance->shown[i].name, true, instance->at.step,
                      instance->shown[i].last);
    curve_row(curve, instance, "train");
    grt_board_step(curve->board, instance);
}

void grt_curve_split(GrtCurve *curve, const GrtInstance *instance, const char *split)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    if (!finish || finish->value_count == 0)
        return;
    for (int i = 0; strcmp(split, "valid") == 0 && i < finish->value_count; i++)
        if (grt_metric_is_number(&finish->values[i]))
            curve_add(curve, finish->values[i].name, false, instance->at.step,
                      instance->metrics[i]);
    curve_row(curve, instance, split);
    grt_board_split(curve->board, instance, split);
}

void grt_curve_epoch(GrtCurve *curve, GrtInstance *instance)
{
    grt_board_epoch(curve->board, instance);
}

void grt_curve_flush(GrtCurve *curve)
{
    grt_board_flush(curve->board);
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
    grt_board_close(curve->board);
    free(curve->lines);
    free(curve->log_path);
    free(curve->svg_path);
    *curve = (GrtCurve){0};
}
