/* svg_curve.c -- the picture of a run: its losses, in training and on validation data, and below
 * them, where they change, the learning rates.  The number of steps and their time stand beside the
 * title. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_svg.h"

enum { CURVE_LOSSES = 4, CURVE_RATES_TOP = 548, CURVE_RATES_BOTTOM = 648, CURVE_TALL = 712 };

/* ---- one loss ---- */

/* The mean over a window around each point, so that the line does not lag behind what it smooths;
 * narrower towards both ends, so that it begins and ends with the run. */
static void svg_smooth(const GrtSeries *series, double *smooth)
{
    const int count = series->count, widest = count / 40;
    for (int i = 0; i < count; i++) {
        const int room = i < count - 1 - i ? i : count - 1 - i;
        const int half = room < widest ? room : widest;
        double sum = 0;
        for (int k = i - half; k <= i + half; k++)
            sum += series->y[k];
        smooth[i] = sum / (2 * half + 1);
    }
}

static void svg_one_loss(GrtChart *chart, const GrtLine *loss)
{
    const GrtSeries *train = &loss->train, *valid = &loss->valid;
    double smooth[GRT_SERIES_POINTS];
    svg_smooth(train, smooth);
    grt_svg_line(chart, "faint", train->x, train->y, train->count);
    grt_svg_line(chart, "train", train->x, smooth, train->count);
    grt_svg_legend(chart, "train", false, "training, smoothed");
    grt_svg_legend(chart, "faint", false, train->stride > 1 ? "training" : "training, each step");
    if (valid->count == 0)
        return;
    grt_svg_line(chart, "valid", valid->x, valid->y, valid->count);
    grt_svg_points(chart, "mark", valid->x, valid->y, valid->count <= 60 ? valid->count : 0);
    grt_svg_legend(chart, "valid", false, "validation");
}

/* ---- several ---- */

/* A colour for each: smoothed in training, dashed on validation data. */
static void svg_losses(GrtChart *chart, const GrtLine *const *losses, int count)
{
    static const char *const colours[CURVE_LOSSES] = {"train", "loss2", "loss3", "loss4"};
    char kind[40], name[120];
    double smooth[GRT_SERIES_POINTS];
    for (int i = 0; i < count; i++) {
        const GrtSeries *train = &losses[i]->train, *valid = &losses[i]->valid;
        svg_smooth(train, smooth);
        grt_svg_line(chart, colours[i], train->x, smooth, train->count);
        grt_svg_legend(chart, colours[i], false, losses[i]->name);
        if (valid->count == 0)
            continue;
        snprintf(kind, sizeof kind, "%s dashed", colours[i]);
        snprintf(name, sizeof name, "%.80s, validation", losses[i]->name);
        grt_svg_line(chart, kind, valid->x, valid->y, valid->count);
        grt_svg_legend(chart, kind, false, name);
    }
}

static int svg_find_losses(const GrtCurve *curve, const GrtLine **losses)
{
    int count = 0;
    for (int i = 0; i < curve->line_count && count < CURVE_LOSSES; i++)
        if (!curve->lines[i].rate && curve->lines[i].train.count > 0)
            losses[count++] = &curve->lines[i];
    return count;
}

bool grt_svg_has_curve(const GrtCurve *curve)
{
    const GrtLine *losses[CURVE_LOSSES];
    return svg_find_losses(curve, losses) > 0;
}

static GrtAxis svg_steps(const GrtCurve *curve)
{
    GrtAxis x = {.label = "step (batches)", .low = 0, .whole = true};
    for (int i = 0; i < curve->line_count; i++) {
        grt_svg_widen(&x, curve->lines[i].train.x, curve->lines[i].train.count);
        grt_svg_widen(&x, curve->lines[i].valid.x, curve->lines[i].valid.count);
    }
    return x;
}

/* Entries of the legend: three of one loss; of several, each one's, and its validation's. */
static int svg_legend_rows(const GrtLine *const *losses, int count)
{
    int entries = 0;
    for (int i = 0; i < count; i++)
        entries += losses[i]->valid.count > 0 ? 2 : 1;
    return count == 1 ? 1 : (entries + 2) / 3;
}

static void svg_draw_losses(const GrtCurve *curve, FILE *out)
{
    const GrtLine *losses[CURVE_LOSSES];
    const int count = svg_find_losses(curve, losses);
    const double first = losses[0]->train.y[0];
    GrtChart chart = {.out = out,
                      .top = GRT_SVG_TOP + GRT_SVG_ROW * (svg_legend_rows(losses, count) - 1),
                      .bottom = GRT_SVG_BOTTOM,
                      .x = svg_steps(curve),
                      .y = {.label = "loss", .low = first, .high = first}};
    for (int i = 0; i < count; i++) {
        grt_svg_widen(&chart.y, losses[i]->train.y, losses[i]->train.count);
        grt_svg_widen(&chart.y, losses[i]->valid.y, losses[i]->valid.count);
    }
    chart.y.log = chart.y.low > 0 && chart.y.high > 100 * chart.y.low;
    if (chart.y.log)
        chart.y.label = "loss (log scale)";
    grt_svg_begin(&chart);
    if (count == 1)
        svg_one_loss(&chart, losses[0]);
    else
        svg_losses(&chart, losses, count);
}

/* ---- learning rates ---- */

static const GrtLine *svg_rate(const GrtCurve *curve, int wanted)
{
    for (int i = 0; i < curve->line_count; i++)
        if (curve->lines[i].rate && curve->lines[i].train.count > 0 && wanted-- == 0)
            return &curve->lines[i];
    return NULL;
}

static void svg_draw_rates(const GrtCurve *curve, FILE *out)
{
    const GrtLine *rate;
    GrtChart chart = {.out = out,
                      .top = CURVE_RATES_TOP,
                      .bottom = CURVE_RATES_BOTTOM,
                      .x = svg_steps(curve),
                      .y = {.label = "learning rate"}};
    for (int i = 0; (rate = svg_rate(curve, i)); i++)
        grt_svg_widen(&chart.y, rate->train.y, rate->train.count);
    grt_svg_begin(&chart);
    for (int i = 0; (rate = svg_rate(curve, i)); i++)
        grt_svg_line(&chart, "rate", rate->train.x, rate->train.y, rate->train.count);
}

int grt_svg_curve(const GrtCurve *curve, const GrtModel *model, GrtError *error)
{
    GrtAtomic file;
    char title[160], note[80];
    const double seconds = grt_seconds() - curve->started;
    if (!grt_svg_has_curve(curve))
        return 0;
    if (grt_svg_open(&file, curve->svg_path, error) != 0)
        return error->status;
    snprintf(title, sizeof title, "%.100s: loss while training", model->name);
    snprintf(note, sizeof note, "%lld steps in %.3g s", (long long)curve->steps, seconds);
    const bool rates = svg_rate(curve, 0) != NULL;
    grt_svg_page(file.out, title, note, rates ? CURVE_TALL : GRT_SVG_HEIGHT);
    svg_draw_losses(curve, file.out);
    if (rates)
        svg_draw_rates(curve, file.out);
    grt_svg_page_end(file.out);
    return grt_atomic_commit(&file, error);
}
