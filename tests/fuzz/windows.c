/* windows.c -- any bytes as a text or as tokens that windows are cut from: the first eight say how.
 * Mapped or from memory, the windows are the same, and lie within what was checked. */
#include <string.h>

#include "runtime/grt_dataset.h"
#include "runtime/grt_file.h"
#include "tests/fuzz/data.h"
#include "tests/fuzz/fuzz.h"

enum { HEAD = 8, MOST_SAMPLES = 64 };

static GrtDataset *open_split(const GrtModel *model, int64_t mapped_bytes, GrtError *error)
{
    grt_mapped_bytes = mapped_bytes;
    return grt_dataset_open(model, &model->splits[0], NULL, 0, 1, NULL, error);
}

static void try_windows(GrtDataset *held, GrtDataset *mapped, const GrtVar *var)
{
    int32_t ours[256], theirs[256];
    if (held->samples != mapped->samples || grt_dataset_hash(held) != grt_dataset_hash(mapped))
        fuzz_broken("another split than from memory");
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        grt_dataset_order(held, shuffle, 7, 1 + shuffle);
        grt_dataset_order(mapped, shuffle, 7, 1 + shuffle);
        for (int64_t i = 0; i < held->samples; i += 1 + held->samples / MOST_SAMPLES) {
            grt_feed_batch(held, &held->feeds[0], i, 1, ours);
            grt_feed_batch(mapped, &mapped->feeds[0], i, 1, theirs);
            if (memcmp(ours, theirs, (size_t)held->feeds[0].out) != 0)
                fuzz_broken("a window is another one");
            for (int64_t k = 0; k < var->type.dims[1]; k++)
                if (ours[k] < var->low || ours[k] > var->high)
                    fuzz_broken("a token is out of range");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < HEAD)
        return 0;
    const uint8_t *head = bytes;
    const int kind = head[0] % 4; /* text, with a vocabulary, u16, u32 */
    const GrtVar var = {.kind = GRT_INPUT,
                        .name = "x",
                        .type = {.dtype = GRT_I32, .rank = 2, .dims = {1, 1 + head[1]}},
                        .has_range = 1,
                        .high = kind < 2 ? 128 : INT64_C(1) << (head[2] % 33)};
    const GrtSource source = {.kind = kind < 2 ? GRT_SOURCE_TEXT : GRT_SOURCE_TOKENS,
                              .name = "x",
                              .direct = 1,
                              .path = fuzz_file(bytes + HEAD, size - HEAD),
                              .windows = {.offset = head[3] % 2,
                                          .stride = head[4],
                                          .random = head[5] % 32,
                                          .skip = kind < 2 ? 0 : head[6] % 16,
                                          .width = kind < 2    ? 0
                                                   : kind == 2 ? 2
                                                               : 4,
                                          .vocabulary = kind == 1 ? "\n abcdehlorw" : NULL},
                              .rows = {.has_part = head[7] > 0, .part = {head[7] / 512.0, 1}}};
    const GrtSplit split = {.name = "train", .sources = &source, .source_count = 1};
    const GrtModel model = {
        .vars = &var, .var_count = 1, .splits = &split, .split_count = 1, .gzip = FUZZ_GZIP};
    GrtError error = {0}, again = {0};
    GrtDataset *held = open_split(&model, INT64_MAX, &error);
    GrtDataset *mapped = open_split(&model, 1, &again);
    if ((held != NULL) != (mapped != NULL) || strcmp(error.text, again.text) != 0)
        fuzz_broken("another error than from memory");
    if (held)
        try_windows(held, mapped, &var);
    grt_dataset_close(held);
    grt_dataset_close(mapped);
    return 0;
}
