/* series.c -- a curve of any length in constant memory, for a picture: where it is full, neighbours
 * are averaged, and from then on so many points become one. */
#include <math.h>

#include "grt_trainer.h"

static void series_halve(GrtSeries *series)
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
        series_halve(series);
    if (series->pending < series->stride)
        return; /* it was full: the point just gathered is half of the next one now */
    series->x[series->count] = series->x_sum / (double)series->pending;
    series->y[series->count] = series->y_sum / (double)series->pending;
    series->count++;
    series->pending = 0;
    series->x_sum = series->y_sum = 0;
}
