/* windows.c -- samples that are windows of a run of tokens: where each begins.
 *
 *     12 tokens, windows of 4              begin at 0, 4
 *     the same, stride = 2                          0, 2, 4, 6
 *     the same, random = 1000              a place from 0 to 7, drawn anew in each epoch
 *
 * The last token of the part begins no window and ends none, so that there is one to follow each: a
 * model that learns what comes next reads the file twice, the second time one token on, and both
 * take the same places. */
#include "grt_dataset.h"
#include "grt_shuffle.h"
#include "grt_file.h"

int grt_cut_plan(GrtCut *cut, const GrtSource *source, int64_t length, const char *path,
                 int64_t count, GrtError *error)
{
    const char *units = source->kind == GRT_SOURCE_TEXT ? "bytes" : "tokens";
    const GrtRange part = {.has_part = source->rows.has_part,
                           .part = {source->rows.part[0], source->rows.part[1]}};
    const GrtWindows *windows = &source->windows;
    *cut = (GrtCut){.length = length,
                    .stride = windows->stride ? windows->stride : length,
                    .random = windows->random > 0,
                    .samples = windows->random};
    if (grt_range_resolve(part, count, units, path, &cut->first, &cut->behind, error) != 0)
        return error->status;
    cut->places = cut->behind - cut->first - length;
    if (cut->places < 1)
        return grt_fail(error, 1,
                        "'%s' has %lld %s to take: a window of %lld, and one behind it, need more",
                        path, (long long)(cut->behind - cut->first), units, (long long)length);
    cut->start = cut->first + windows->offset;
    if (cut->random)
        return 0;
    int64_t first = 0, behind = (cut->places - 1) / cut->stride + 1;
    if (!source->rows.has_part &&
        grt_range_resolve(source->rows, behind, "rows", path, &first, &behind, error) != 0)
        return error->status;
    cut->start += first * cut->stride;
    cut->samples = behind - first;
    return 0;
}

int64_t grt_cut_place(const GrtCut *cut, uint64_t seed, int64_t epoch, int64_t sample)
{
    if (!cut->random)
        return cut->start + sample * cut->stride;
    uint64_t state = grt_shuffle_mix(seed ^ UINT64_C(0x57696E646F777321)) + (uint64_t)epoch;
    state = grt_shuffle_mix(state) + (uint64_t)sample;
    state = grt_shuffle_mix(state); /* of neighbours nothing alike is left */
    return cut->start + (int64_t)grt_shuffle_below((uint64_t)cut->places, &state);
}
