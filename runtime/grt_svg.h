/* grt_svg.h -- a chart under construction: axes with round ticks, lines, points, a legend.
 *
 * It has its own background, dark where the reader's system is, so it can be opened in any browser
 * and pasted on any page.  No script, no fonts from elsewhere, nothing but one small file. */
#ifndef GRT_SVG_H
#define GRT_SVG_H

#include <stdbool.h>
#include <stdio.h>

#include "grt_trainer.h"

typedef struct GrtAxis {
    const char *label;
    double low, high; /* of the data; widened to round numbers by grt_svg_begin */
    double step;      /* between ticks */
    bool log, whole;  /* powers of ten; ticks at whole numbers only */
} GrtAxis;

/* A page of one chart, in pixels: where the plot begins below the title and a row of the legend. */
enum { GRT_SVG_HEIGHT = 520, GRT_SVG_TOP = 76, GRT_SVG_BOTTOM = 456, GRT_SVG_ROW = 20 };

typedef struct GrtChart {
    FILE *out;
    GrtAxis x, y;
    int top, bottom; /* of the plot, on the page */
    int legend;      /* entries so far */
} GrtChart;

/* note: on the right of the title; or NULL. */
void grt_svg_page(FILE *out, const char *title, const char *note, int height);
void grt_svg_page_end(FILE *out);
/* Draws the axes. */
void grt_svg_begin(GrtChart *chart);
/* kind: classes of the style sheet, "train", "faint", "valid", "fit". */
void grt_svg_line(GrtChart *chart, const char *kind, const double *x, const double *y, int count);
void grt_svg_points(GrtChart *chart, const char *kind, const double *x, const double *y,
                    int64_t count);
/* An entry of the legend: a piece of line, or a point, and its name.  Three stand in a row. */
void grt_svg_legend(GrtChart *chart, const char *kind, bool point, const char *name);
/* Widens the axis by values. */
void grt_svg_widen(GrtAxis *axis, const double *values, int64_t count);
/* Opens path for a page, unless a file is there that no trainer made.  0 or a status. */
int grt_svg_open(GrtAtomic *file, const char *path, GrtError *error);

#endif
