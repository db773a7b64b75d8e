/* progress.c -- the line that moves while an epoch runs, on terminals only:
 *
 *     epoch 3/20 [=========>          ]  46%  loss 0.2134  51200 samples/s  2 s left
 *
 * It is redrawn with a carriage return, ten times a second at most, and uses no escape codes and no
 * colours at all, so that NO_COLOR, odd terminals and narrow ones need no care. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "grt_trainer.h"

enum { PROGRESS_WIDTH_MAX = 200 };

double grt_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int progress_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col > PROGRESS_WIDTH_MAX ? PROGRESS_WIDTH_MAX : size.ws_col;
}

void grt_progress_begin(GrtProgress *progress, bool quiet)
{
    const char *terminal = getenv("TERM");
    const bool dumb = !terminal || !*terminal || strcmp(terminal, "dumb") == 0;
    *progress = (GrtProgress){
        .bar = !quiet && !dumb && isatty(STDOUT_FILENO) == 1,
        .started = grt_seconds(),
    };
    progress->drawn_at = progress->looked_at =
        progress->started; /* what is done at once needs no bar */
}

/* "3 s", "4:05", "2:04:05" */
static void progress_duration(double seconds, char *text, size_t size)
{
    const long total = seconds < 3.6e8 ? (long)(seconds + 0.5) : 360000000;
    if (total < 60)
        snprintf(text, size, "%ld s", total);
    else if (total < 3600)
        snprintf(text, size, "%ld:%02ld", total / 60, total % 60);
    else
        snprintf(text, size, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
}

static void progress_bar(double share, int width, char *bar)
{
    const int full = (int)(share * width);
    for (int i = 0; i < width; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    bar[width] = '\0';
}

void grt_shown_print(const GrtInstance *instance, int most, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < instance->shown_count && i < most && used < size; i++) {
        const GrtShown *shown = &instance->shown[i];
        if (shown->samples > 0)
            used += (size_t)snprintf(text + used, size - used, "%s%s %.4g", used > 0 ? "  " : "",
                                     shown->name, shown->sum / (double)shown->samples);
    }
}

static void progress_draw(const GrtProgress *progress, const GrtInstance *instance,
                          int64_t epoch_samples, double now)
{
    const GrtPosition *at = &instance->at;
    const double share = (double)at->cursor / (double)epoch_samples;
    const double rate = (double)progress->samples / (now - progress->started + 1e-9);
    const double left = (double)(at->epochs - at->epoch) * (double)epoch_samples +
                        (double)(epoch_samples - at->cursor);
    char head[64], tail[256], shown[128], time_left[32], bar[PROGRESS_WIDTH_MAX + 1];
    progress_duration(left / (rate + 1e-9), time_left, sizeof time_left);
    snprintf(head, sizeof head, "epoch %lld/%lld ", (long long)at->epoch, (long long)at->epochs);
    grt_shown_print(instance, 3, shown, sizeof shown);
    snprintf(tail, sizeof tail, " %3d%%  %s  %.0f samples/s  %s left", (int)(share * 100), shown,
             rate, time_left);
    const int columns = progress_width() - 1; /* the last one would wrap the line */
    const int room = columns - (int)strlen(head) - (int)strlen(tail) - 2;
    char line[sizeof head + sizeof tail + sizeof bar + 2];
    if (room >= 4) {
        progress_bar(share, room < 30 ? room : 30, bar);
        snprintf(line, sizeof line, "%s[%s]%s", head, bar, tail);
    } else {
        snprintf(line, sizeof line, "%s%s", head, tail);
    }
    printf("\r%-*.*s", columns, columns, line);
    fflush(stdout);
}

/* Looking at the clock takes as long as a small step: some milliseconds are to lie between. */
static void progress_pace(GrtProgress *progress, double now)
{
    const double passed = now - progress->looked_at;
    if (passed < 0.005)
        progress->look = 2 * progress->idle;
    else if (passed > 0.02)
        progress->look = progress->idle / 4;
    progress->looked_at = now;
    progress->idle = 0;
}

void grt_progress_step(GrtProgress *progress, const GrtInstance *instance, int64_t epoch_samples,
                       int64_t batch)
{
    progress->samples += batch;
    if (!progress->bar || ++progress->idle < progress->look)
        return;
    const double now = grt_seconds();
    progress_pace(progress, now);
    if (now - progress->drawn_at < 0.1)
        return;
    progress_draw(progress, instance, epoch_samples, now);
    progress->drawn = true;
    progress->drawn_at = now;
}

void grt_progress_clear(GrtProgress *progress)
{
    if (!progress->drawn)
        return;
    const int columns = progress_width() - 1;
    printf("\r%*s\r", columns, "");
    progress->drawn = false;
}
