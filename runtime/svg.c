/* svg.c -- charts as SVG text (grt_svg.h), and that of data with a fitted line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"
#include "grt_svg.h"

/* clang-format off */
enum {
    SVG_WIDTH = 860, SVG_LEFT = 84, SVG_RIGHT = 832,
    SVG_TICKS = 7, SVG_LEGEND = 250, SVG_LEGENDS = 3
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
    "  .loss2 { stroke: #1a8f5a; } .loss3 { stroke: #8a4fd0; } .loss4 { stroke: #b8860b; }\n"
    "  .rate { stroke: #5b6475; } .dashed { stroke-dasharray: 7 4; }\n"
    "  .faint { stroke: #2563c9; stroke-width: 1; opacity: 0.28; }\n"
    "  .dot { fill: #2563c9; opacity: 0.6; stroke: none; } .mark { fill: #d9641b; stroke: none; }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    .page { fill: #14171d; } text { fill: #e8ebf1; } .soft { fill: #a3adbd; }\n"
    "    .grid { stroke: #2a303b; } .axis { stroke: #6b7586; }\n"
    "    .train, .faint { stroke: #6ea4ff; } .valid, .fit { stroke: #ff9a5c; }\n"
    "    .loss2 { stroke: #4cc38a; } .loss3 { stroke: #b48cff; } .loss4 { stroke: #e0b040; }\n"
    "    .rate { stroke: #a3adbd; } .dot { fill: #6ea4ff; } .mark { fill: #ff9a5c; }\n"
    "  }\n"
    "</style>\n";

/* ---- axes ---- */

/* The round number (1, 2 or 5 times a power of ten) nearest above range / SVG_TICKS. */
static double svg_tick_step(double range, bool whole, int ticks)
{
    const double rough = range / ticks;
    const double power = pow(10, floor(log10(rough)));
    const double share = rough / power;
    const double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
    return whole && step < 1 ? 1 : step;
}

/* Widens the axis to round numbers, and an empty one to something that can be drawn. */
static void svg_axis_round(GrtAxis *axis, int ticks)
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
    axis->step = svg_tick_step(axis->high - axis->low, axis->whole, ticks);
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
    return chart->bottom - (chart->bottom - chart->top) * svg_share(&chart->y, value);
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
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x, chart->top, chart->bottom);
        fprintf(out,
                "<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.7g</text>\n", x,
                chart->bottom + 22, value);
    }
    fprintf(out, "<path class=\"axis\" fill=\"none\" d=\"M%d %dV%dH%d\"/>\n", SVG_LEFT, chart->top,
            chart->bottom, SVG_RIGHT);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (SVG_LEFT + SVG_RIGHT) / 2,
            chart->bottom + 48);
    svg_text(out, chart->x.label);
    fprintf(out,
            "</text>\n<text x=\"22\" y=\"%d\" text-anchor=\"middle\" "
            "transform=\"rotate(-90 22 %d)\">",
            (chart->top + chart->bottom) / 2, (chart->top + chart->bottom) / 2);
    svg_text(out, chart->y.label);
    fputs("</text>\n", out);
}

/* ---- the chart ---- */

void grt_svg_page(FILE *out, const char *title, const char *note, int height)
{
    fprintf(out, SVG_MARK " viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", SVG_WIDTH, height,
            SVG_WIDTH, height);
    fputs(svg_style, out);
    fprintf(out, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", SVG_WIDTH, height);
    fprintf(out, "<text x=\"%d\" y=\"32\" font-size=\"19\" font-weight=\"600\">", SVG_LEFT);
    svg_text(out, title);
    fputs("</text>\n", out);
    if (!note)
        return;
    fprintf(out, "<text class=\"soft\" x=\"%d\" y=\"32\" text-anchor=\"end\">", SVG_RIGHT);
    svg_text(out, note);
    fputs("</text>\n", out);
}

void grt_svg_page_end(FILE *out)
{
    fputs("</svg>\n", out);
}

void grt_svg_begin(GrtChart *chart)
{
    const int height = chart->bottom - chart->top;
    svg_axis_round(&chart->x, SVG_TICKS);
    svg_axis_round(&chart->y, height < 160 ? 2 : SVG_TICKS);
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
    const int row = chart->legend / SVG_LEGENDS, column = chart->legend % SVG_LEGENDS;
    const int x = SVG_LEFT + SVG_LEGEND * column; /* above the plot */
    const int y = GRT_SVG_TOP - 16 + GRT_SVG_ROW * row;
    chart->legend++;
    if (point)
        fprintf(chart->out, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>", kind, x + 14,
                y - 5);
    else
        fprintf(chart->out, "<path class=\"line %s\" d=\"M%d %dh28\"/>", kind, x, y - 5);
    fprintf(chart->out, "<text x=\"%d\" y=\"%d\">", x + 38, y);
    svg_text(chart->out, name);
    fputs("</text>\n", chart->out);
}

int grt_svg_open(GrtAtomic *file, const char *path, GrtError *error)
{
    if (!grt_file_is_ours(path, 0, SVG_MARK))
        return grt_fail(error, 2, "'%s' exists and was not written by a gradc trainer", path);
    return grt_atomic_open(file, path, error);
}

void grt_svg_widen(GrtAxis *axis, const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (values[i] < axis->low)
            axis->low = values[i];
        if (values[i] > axis->high)
            axis->high = values[i];
    }
}

/* ---- data and fitted line ---- */

int grt_svg_fit(const GrtFit *fit, const GrtModel *model, const char *path, GrtError *error)
{
    GrtAtomic file;
    char title[160];
    if (grt_svg_open(&file, path, error) != 0)
        return error->status;
    GrtChart chart = {.out = file.out,
                      .top = GRT_SVG_TOP,
                      .bottom = GRT_SVG_BOTTOM,
                      .x = {.label = fit->x_name, .low = fit->x[0], .high = fit->x[0]},
                      .y = {.label = fit->y_name, .low = fit->y[0], .high = fit->y[0]}};
    grt_svg_widen(&chart.x, fit->x, fit->count);
    grt_svg_widen(&chart.y, fit->y, fit->count);
    grt_svg_widen(&chart.y, fit->line_y, fit->line_count);
    snprintf(title, sizeof title, "%.100s: data and fit", model->name);
    grt_svg_page(file.out, title, NULL, GRT_SVG_HEIGHT);
    grt_svg_begin(&chart);
    grt_svg_points(&chart, "dot", fit->x, fit->y, fit->count);
    grt_svg_line(&chart, "fit", fit->line_x, fit->line_y, (int)fit->line_count);
    grt_svg_legend(&chart, "dot", true, "training data");
    grt_svg_legend(&chart, "fit", false, "the model");
    grt_svg_page_end(file.out);
    return grt_atomic_commit(&file, error);
}
