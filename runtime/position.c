/* position.c -- where a run stands, as the metadata of its checkpoint, and back.
 *
 *     "step": "940", "epoch": "21", "seed": "0", "best": "0x1.8p-3", "sum.loss": "0x0p+0",
 *     "option.lr": "0x1.0624dd2f1a9fcp-10" ...
 *
 * Floats are written in base 16: they come back bit for bit.  What is read is checked before any of
 * it is used. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grt_position.h"

/* ---- writing ---- */

static void position_put(GrtPositionText *text, const char *prefix, const char *key,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

static void position_put(GrtPositionText *text, const char *prefix, const char *key,
                         const char *format, ...)
{
    char value[128];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    const size_t size = strlen(prefix) + strlen(key) + 1;
    GrtMeta *meta = &text->metas[text->count++];
    *meta = (GrtMeta){.key = malloc(size), .value = strdup(value)};
    if (!meta->key || !meta->value)
        text->failed = true;
    else
        snprintf(meta->key, size, "%s%s", prefix, key);
}

static void position_put_position(GrtPositionText *text, const GrtPosition *at)
{
    position_put(text, "", "seed", "%" PRIu64, at->seed);
    position_put(text, "", "batch", "%" PRId64, at->batch);
    position_put(text, "", "epochs", "%" PRId64, at->epochs);
    position_put(text, "", "step", "%" PRId64, at->step);
    position_put(text, "", "epoch", "%" PRId64, at->epoch);
    position_put(text, "", "cursor", "%" PRId64, at->cursor);
    position_put(text, "", "best", "%a", at->best);
    position_put(text, "", "best_epoch", "%" PRId64, at->best_epoch);
    position_put(text, "", "data", "%016" PRIx64, at->data_hash);
}

/* What the epoch's report is made of. */
static void position_put_shown(GrtPositionText *text, const GrtInstance *instance)
{
    for (int i = 0; i < instance->shown_count; i++) {
        position_put(text, "sum.", instance->shown[i].name, "%a", instance->shown[i].sum);
        position_put(text, "samples.", instance->shown[i].name, "%" PRId64,
                     instance->shown[i].samples);
    }
}

enum { POSITION_FIXED_METAS = 16 };

bool grt_position_write(GrtPositionText *text, const GrtInstance *instance)
{
    const GrtModel *model = instance->model;
    text->metas =
        calloc((size_t)(POSITION_FIXED_METAS + model->option_count + 2 * instance->shown_count),
               sizeof(GrtMeta));
    if (!text->metas)
        return false;
    position_put(text, "", "format", "pt");
    position_put(text, "", "gradc", "%d", GRT_VERSION);
    position_put(text, "", "model", "%.100s", model->name);
    position_put(text, "", "fingerprint", "%016" PRIx64, model->fingerprint);
    position_put_position(text, &instance->at);
    position_put_shown(text, instance);
    for (int i = 0; i < model->option_count; i++)
        position_put(text, "option.", model->options[i].name, "%a", instance->options[i]);
    return !text->failed;
}

void grt_position_free(GrtPositionText *text)
{
    for (int i = 0; i < text->count; i++) {
        free(text->metas[i].key);
        free(text->metas[i].value);
    }
    free(text->metas);
}

/* ---- reading ---- */

static bool position_get_integer(const GrtTensorFile *file, const char *key, int64_t low,
                                 int64_t *out)
{
    const char *text = grt_safetensors_meta(file, key);
    char *end = NULL;
    if (!text || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && *out >= low && *out < INT64_MAX;
}

static bool position_get_unsigned(const GrtTensorFile *file, const char *key, int base,
                                  uint64_t *out)
{
    const char *text = grt_safetensors_meta(file, key);
    char *end = NULL;
    if (!text || !*text || strspn(text, "0123456789abcdef") != strlen(text))
        return false;
    errno = 0;
    *out = strtoull(text, &end, base);
    return errno == 0 && *end == '\0';
}

static bool position_get_double(const GrtTensorFile *file, const char *prefix, const char *key,
                                double *out)
{
    char name[GRT_TENSOR_NAME];
    char *end = NULL;
    snprintf(name, sizeof name, "%s%s", prefix, key);
    const char *text = grt_safetensors_meta(file, name);
    if (!text || !*text)
        return false;
    *out = strtod(text, &end);
    return *end == '\0';
}

static bool position_get_position(const GrtTensorFile *file, GrtPosition *at)
{
    return position_get_unsigned(file, "seed", 10, &at->seed) &&
           position_get_integer(file, "batch", 1, &at->batch) &&
           position_get_integer(file, "epochs", 0, &at->epochs) &&
           position_get_integer(file, "step", 0, &at->step) &&
           position_get_integer(file, "epoch", 1, &at->epoch) &&
           position_get_integer(file, "cursor", 0, &at->cursor) &&
           position_get_double(file, "", "best", &at->best) &&
           position_get_integer(file, "best_epoch", 0, &at->best_epoch) &&
           position_get_unsigned(file, "data", 16, &at->data_hash);
}

/* Into `shown`, or with NULL only to see whether all is there. */
static bool position_get_shown(const GrtTensorFile *file, const GrtInstance *instance,
                               GrtShown *shown)
{
    for (int i = 0; i < instance->shown_count; i++) {
        const char *name = instance->shown[i].name;
        char key[GRT_TENSOR_NAME];
        double sum;
        int64_t samples;
        snprintf(key, sizeof key, "samples.%s", name);
        if (!position_get_double(file, "sum.", name, &sum) ||
            !position_get_integer(file, key, 0, &samples))
            return false;
        if (shown) {
            shown[i].sum = sum;
            shown[i].samples = samples;
        }
    }
    return true;
}

int grt_position_read(const GrtInstance *instance, const GrtTensorFile *file, const char *path,
                      GrtPosition *at, GrtError *error)
{
    const GrtModel *model = instance->model;
    uint64_t fingerprint = 0;
    if (!grt_safetensors_meta(file, "gradc"))
        return grt_fail(error, 1,
                        "%s: it holds weights only, not the position of a run; "
                        "use --load to start from them",
                        path);
    if (!position_get_position(file, at) || !position_get_shown(file, instance, NULL) ||
        !position_get_unsigned(file, "fingerprint", 16, &fingerprint))
        return grt_fail(error, 1, "%s: the position of the run in it is not valid", path);
    if (fingerprint != model->fingerprint)
        return grt_fail(error, 1,
                        "%s: its tensors fit, but %s has changed since: the run cannot go on as "
                        "it was; use --load to start from its weights",
                        path, model->file);
    if (at->batch > grt_bound(model))
        return grt_fail(error, 1, "%s: its batch of %lld is above the compiled bound, %lld", path,
                        (long long)at->batch, (long long)grt_bound(model));
    return 0;
}

void grt_position_shown(GrtInstance *instance, const GrtTensorFile *file)
{
    position_get_shown(file, instance, instance->shown);
}

void grt_position_reached(GrtPosition *at, const GrtTensorFile *file)
{
    GrtPosition found = *at;
    position_get_unsigned(file, "seed", 10, &at->seed);
    if (position_get_position(file, &found)) {
        at->epochs = found.epochs;
        at->step = found.step;
        at->epoch = found.epoch;
        at->cursor = found.cursor;
    }
}

void grt_position_options(GrtInstance *instance, const GrtTensorFile *file, const bool *given)
{
    const GrtModel *model = instance->model;
    for (int i = 0; i < model->option_count; i++) {
        double value;
        if ((!given || !given[i]) &&
            position_get_double(file, "option.", model->options[i].name, &value))
            instance->options[i] = value;
    }
}
