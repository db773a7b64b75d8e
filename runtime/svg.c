/* svg.c -- charts as SVG text (grt_svg.h), and the loss curve of a run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"
#include "grt_svg.h"

/* clang-format off */
enum {
    SVG_WIDTH = 860, SVG_HEIGHT = 520,
    SVG_LEFT = 84, SVG_RIGHT = 832, SVG_TOP = 76, SVG_BOTTOM = 456,
    SVG_TICKS = 7
};
/* clang-format on */

#define SVG_MARK "<svg xmlns=\"http://www.w3.org/2000/svg\" data-made-by=\"gradc\""

static const char *const svg_style =
    "<style>\n"
    "  svg { color-scheme: light dark; font: 14px system-ui, sans-serif; }\n"
    "  .page { fill: #ffffff; } text { fill: #1f2430; } .soft { fill: #5b6475; }\n"
    "  .grid { stroke: #e3e6ec; } .axis { stroke: #8a93a3; }\n"
    "  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }\n"
    "  .train { stroke: #2563c9; } .valid { stroke: #d9641b; } .fit { stroke: #d9641b; }\n"
    "  .faint { stroke: #2563c9; stroke-width: 1; opacity: 0.28; }\n"
    "  .dot { fill: #2563c9; opacity: 0.6; stroke: none; } .mark { fill: #d9641b; stroke: none; }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    .page { fill: #14171d; } text { fill: #e8ebf1; } .soft { fill: #a3adbd; }\n"
    "    .grid { stroke: #2a303b; } .axis { stroke: #6b7586; }\n"
    "    .train, .faint { stroke: #6ea4ff; } .valid, .fit { stroke: #ff9a5c; }\n"
    "    .dot { fill: #6ea4ff; } .mark { fill: #ff9a5c; }\n"
    "  }\n"
    "</style>\n";

/* ---- axes ---- */

/* The round number (1, 2 or 5 times a power of ten) nearest above range / SVG_TICKS. */
static double svg_tick_step(double range, bool whole)
{
    const double rough = range / SVG_TICKS;
    const double power = pow(10, floor(log10(rough)));
    const double share = rough / power;
    const double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
    return whole && step < 1 ? 1 : step;
}

/* Widens the axis to round numbers, and an empty one to something that can be drawn. */
static void svg_axis_round(GrtAxis *axis)
{
    if (axis->log) {
        axis->low = pow(10, floor(log10(axis->low)));
        axis->high = pow(10, ceil(log10(axis->high)));
        axis->step = 1;
        return;
    }
    const double size = fabs(axis->low) > fabs(axis->high) ? fabs(axis->low) : fabs(axis->high);
    if (!(axis->high - axis->low > size * 1e-12)) {
        const double half = size > 0 ? size * 0.5 : 1;
        axis->low -= half;
        axis->high += half;
    }
    axis->step = svg_tick_step(axis->high - axis->low, axis->whole);
    axis->low = floor(axis->low / axis->step + 1e-9) * axis->step;
    axis->high = ceil(axis->high / axis->step - 1e-9) * axis->step;
}

/* 0 .. 1 along the axis. */
static double svg_share(const GrtAxis *axis, double value)
{
    if (axis->log)
        return log10(value / axis->low) / log10(axis->high / axis->low);
    return (value - axis->low) / (axis->high - axis->low);
}

static double svg_x(const GrtChart *chart, double value)
{
    return SVG_LEFT + (SVG_RIGHT - SVG_LEFT) * svg_share(&chart->x, value);
}

static double svg_y(const GrtChart *chart, double value)
{
    return SVG_BOTTOM - (SVG_BOTTOM - SVG_TOP) * svg_share(&chart->y, value);
}

/* The i-th tick of an axis; false behind the last. */
static bool svg_tick(const GrtAxis *axis, int i, double *value)
{
    if (i > 40)
        return false;
    *value = axis->log ? axis->low * pow(10, i) : axis->low + i * axis->step;
    if (!axis->log && fabs(*value) < axis->step * 1e-9)
        *value = 0;
    return *value <= axis->high + (axis->log ? axis->high : axis->step) * 1e-6;
}

static void svg_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if ((unsigned char)*text >= 0x20)
            putc(*text, out);
    }
}

static void svg_draw_axes(GrtChart *chart)
{
    FILE *out = chart->out;
    double value;
    for (int i = 0; svg_tick(&chart->y, i, &value); i++) {
        const double y = svg_y(chart, value);
        fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", SVG_LEFT, y, SVG_RIGHT);
        fprintf(out, "<text class=\"soft\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>\n",
                SVG_LEFT - 10, y + 5, value);
    }
    for (int i = 0; svg_tick(&chart->x, i, &value); i++) {
        const double x = svg_x(chart, value);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x, SVG_TOP, SVG_BOTTOM);
        fprintf(out,
                "<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.7g</text>\n", x,
                SVG_BOTTOM + 22, value);
    }
    fprintf(out, "<path class=\"axis\" fill=\"none\" d=\"M%d %dV%dH%d\"/>\n", SVG_LEFT, SVG_TOP,
            SVG_BOTTOM, SVG_RIGHT);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (SVG_LEFT + SVG_RIGHT) / 2,
            SVG_BOTTOM + 48);
    svg_text(out, chart->x.label);
    fprintf(out,
            "</text>\n<text x=\"22\" y=\"%d\" text-anchor=\"middle\" "
            "transform=\"rotate(-90 22 %d)\">",
            (SVG_TOP + SVG_BOTTOM) / 2, (SVG_TOP + SVG_BOTTOM) / 2);
    svg_text(out, chart->y.label);
    fputs("</text>\n", out);
}

/* ---- the chart ---- */

void grt_svg_begin(GrtChart *chart, const char *title)
{
    FILE *out = chart->out;
    svg_axis_round(&chart->x);
    svg_axis_round(&chart->y);
    fprintf(out, SVG_MARK " viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", SVG_WIDTH,
            SVG_HEIGHT, SVG_WIDTH, SVG_HEIGHT);
    fputs(svg_style, out);
    fprintf(out, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", SVG_WIDTH, SVG_HEIGHT);
    fprintf(out, "<text x=\"%d\" y=\"32\" font-size=\"19\" font-weight=\"600\">", SVG_LEFT);
    svg_text(out, title);
    fputs("</text>\n", out);
    svg_draw_axes(chart);
}

void grt_svg_line(GrtChart *chart, const char *kind, const double *x, const double *y, int count)
{
    fprintf(chart->out, "<path class=\"line %s\" d=\"", kind);
    for (int i = 0; i < count; i++)
        fprintf(chart->out, "%c%.1f %.1f", i ? 'L' : 'M', svg_x(chart, x[i]), svg_y(chart, y[i]));
    fputs("\"/>\n", chart->out);
}

void grt_svg_points(GrtChart *chart, const char *kind, const double *x, const double *y,
                    int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        fprintf(chart->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", kind,
                svg_x(chart, x[i]), svg_y(chart, y[i]));
}

void grt_svg_legend(GrtChart *chart, const char *kind, bool point, const char *name)
{
    const int x = SVG_LEFT + 200 * chart->legend++, y = SVG_TOP - 16; /* above the plot */
    if (point)
        fprintf(chart->out, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>", kind, x + 14,
                y - 5);
    else
        fprintf(chart->out, "<path class=\"line %s\" d=\"M%d %dh28\"/>", kind, x, y - 5);
    fprintf(chart->out, "<text x=\"%d\" y=\"%d\">", x + 38, y);
    svg_text(chart->out, name);
    fputs("</text>\n", chart->out);
}

void grt_svg_end(GrtChart *chart)
{
    fputs("</svg>\n", chart->out);
}

/* Opens path for a chart, unless a file is there that no trainer made. */
static int svg_open(GrtAtomic *file, const char *path, GrtError *error)
{
    if (!grt_file_is_ours(path, 0, SVG_MARK))
        return grt_fail(error, 2, "'%s' exists and was not written by a gradc trainer", path);
    return grt_atomic_open(file, path, error);
}

/* ---- the loss curve ---- */

static void svg_widen(GrtAxis *axis, const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (values[i] < axis->low)
            axis->low = values[i];
        if (values[i] > axis->high)
            axis->high = values[i];
    }
}

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

static void svg_curve_lines(GrtChart *chart, const GrtCurve *curve)
{
    const GrtSeries *train = &curve->train, *valid = &curve->valid;
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

int grt_svg_curve(const GrtCurve *curve, const GrtModel *model, GrtError *error)
{
    const GrtSeries *train = &curve->train, *valid = &curve->valid;
    GrtAtomic file;
    char title[160];
    if (train->count == 0)
        return 0;
    if (svg_open(&file, curve->svg_path, error) != 0)
        return error->status;
    GrtChart chart = {.out = file.out,
                      .x = {.label = "step (batches)", .low = 0, .whole = true},
                      .y = {.label = "loss", .low = train->y[0], .high = train->y[0]}};
    svg_widen(&chart.x, train->x, train->count);
    svg_widen(&chart.x, valid->x, valid->count);
    svg_widen(&chart.y, train->y, train->count);
    svg_widen(&chart.y, valid->y, valid->count);
    chart.y.log = chart.y.low > 0 && chart.y.high > 100 * chart.y.low;
    if (chart.y.log)
        chart.y.label = "loss (log scale)";
    snprintf(title, sizeof title, "%.100s: loss while training", model->name);
    grt_svg_begin(&chart, title);
    svg_curve_lines(&chart, curve);
    grt_svg_end(&chart);
    return grt_atomic_commit(&file, error);
}

/* ---- data and fitted line ---- */

int grt_svg_fit(const GrtFit *fit, const GrtModel *model, const char *path, GrtError *error)
{
    GrtAtomic file;
    char title[160];
    if (svg_open(&file, path, error) != 0)
        return error->status;
    GrtChart chart = {.out = file.out,
                      .x = {.label = fit->x_name, .low = fit->x[0], .high = fit->x[0]},
                      .y = {.label = fit->y_name, .low = fit->y[0], .high = fit->y[0]}};
    svg_widen(&chart.x, fit->x, fit->count);
    svg_widen(&chart.y, fit->y, fit->count);
    svg_widen(&chart.y, fit->line_y, fit->line_count);
    snprintf(title, sizeof title, "%.100s: data and fit", model->name);
    grt_svg_begin(&chart, title);
    grt_svg_points(&chart, "dot", fit->x, fit->y, fit->count);
    grt_svg_line(&chart, "fit", fit->line_x, fit->line_y, (int)fit->line_count);
    grt_svg_legend(&chart, "dot", true, "training data");
    grt_svg_legend(&chart, "fit", false, "the model");
    grt_svg_end(&chart);
    return grt_atomic_commit(&file, error);
}
