/* grt_svg.h -- a chart under construction: axes with round ticks, lines, points, a legend.
 *
 * It has its own background, dark where the reader's system is, so it can be opened in any browser
 * and pasted on any page.  No script, no fonts from elsewhere, nothing but one small file. */
#ifndef GRT_SVG_H
#define GRT_SVG_H

#include <stdbool.h>
#include <stdio.h>

typedef struct GrtAxis {
    const char *label;
    double low, high; /* of the data; widened to round numbers by grt_svg_begin */
    double step;      /* between ticks */
    bool log, whole;  /* powers of ten; ticks at whole numbers only */
} GrtAxis;

typedef struct GrtChart {
    FILE *out;
    GrtAxis x, y;
    int legend; /* entries so far */
} GrtChart;

void grt_svg_begin(GrtChart *chart, const char *title);
/* kind: a class of the style sheet, "train", "faint", "valid", "fit". */
void grt_svg_line(GrtChart *chart, const char *kind, const double *x, const double *y, int count);
void grt_svg_points(GrtChart *chart, const char *kind, const double *x, const double *y,
                    int64_t count);
/* An entry of the legend: a piece of line, or a point, and its name. */
void grt_svg_legend(GrtChart *chart, const char *kind, bool point, const char *name);
void grt_svg_end(GrtChart *chart);

#endif
