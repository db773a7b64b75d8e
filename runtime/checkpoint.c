/* checkpoint.c -- variables and position of an instance, in a safetensors file and back.
 *
 * Parameters and states are stored under their own names (PyTorch's), optimizer states behind
 * "optimizer.", stream states behind "stream.", moving averages of parameters behind "average.".
 * The position stands in the metadata (position.c).  Loading is all or nothing: a file is read,
 * checked and matched whole before the first byte of the instance changes. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grt_position.h"

enum { CHECKPOINT_LINES = 8 }; /* tensors named in a message */

/* ---- names and types ---- */

/* Of states that passes carry, those of the training. */
static bool checkpoint_keeps(const GrtVar *var)
{
    const bool kept = !var->stream || var->stream >> GRT_PASS_TRAIN & 1;
    return var->kind == GRT_PARAM || (var->kind == GRT_STATE && kept);
}

/* Weights are what a model is; the rest is what its training needs to go on. */
static bool checkpoint_is_weight(const GrtVar *var)
{
    return checkpoint_keeps(var) && !var->optimizer && !var->stream && var->average_of == 0;
}

static void checkpoint_name(const GrtVar *var, char *name, size_t size)
{
    const char *prefix = var->optimizer ? "optimizer." : var->stream ? "stream." : "";
    snprintf(name, size, "%s%s", prefix, var->name);
}

/* The sizes of a variable as stored: a batch dimension is at its bound. */
static void checkpoint_dims(const GrtModel *model, const GrtVar *var, int64_t *dims)
{
    for (int i = 0; i < var->type.rank; i++)
        dims[i] = var->type.dims[i] * (i == var->type.batch_axis ? grt_bound(model) : 1);
}

/* ---- saving ---- */

static void checkpoint_free_tensors(GrtTensor *tensors, int count)
{
    for (int i = 0; i < count; i++)
        free(tensors[i].name);
    free(tensors);
}

/* Every variable that is kept, as the writer wants it; NULL if memory is short. */
static GrtTensor *checkpoint_tensors(const GrtInstance *instance, int *count)
{
    const GrtModel *model = instance->model;
    GrtTensor *tensors = calloc((size_t)model->var_count + 1, sizeof *tensors);
    *count = 0;
    for (int i = 0; tensors && i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        char name[GRT_TENSOR_NAME];
        if (!checkpoint_keeps(var))
            continue;
        checkpoint_name(var, name, sizeof name);
        GrtTensor *tensor = &tensors[(*count)++];
        *tensor = (GrtTensor){.name = strdup(name),
                              .dtype = var->type.dtype,
                              .rank = var->type.rank,
                              .data = instance->vars + var->offset};
        checkpoint_dims(model, var, tensor->dims);
        if (!tensor->name) {
            checkpoint_free_tensors(tensors, *count);
            return NULL;
        }
    }
    return tensors;
}

int grt_checkpoint_save(GrtInstance *instance, const char *path, GrtError *error)
{
    grt_instance_average(instance, false);
    grt_pass_enter(instance, GRT_PASS_TRAIN);
    const GrtVar *bad = grt_nonfinite_var(instance);
    if (grt_device_status(instance, error) != 0)
        return error->status;
    if (bad)
        return grt_fail(
            error, 4, "%s:%d: '%s' is not finite after step %lld; '%s' is left as it was",
            instance->model->file, bad->line, bad->name, (long long)instance->at.step, path);
    GrtPositionText text = {0};
    int count = 0, failed = 0;
    GrtTensor *tensors = checkpoint_tensors(instance, &count);
    if (!grt_position_write(&text, instance) || !tensors)
        failed = grt_fail(error, 3, "cannot write '%s': %s", path, strerror(ENOMEM));
    else
        failed = grt_safetensors_write(path, tensors, count, text.metas, text.count, error);
    grt_position_free(&text);
    if (tensors)
        checkpoint_free_tensors(tensors, count);
    return failed;
}

/* ---- matching a file with a model ---- */

typedef struct CheckpointDifferences { /* the first of them, as lines of a message */
    char text[GRT_ERROR_TEXT];
    int length, count;
} CheckpointDifferences;

static void checkpoint_differ(CheckpointDifferences *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void checkpoint_differ(CheckpointDifferences *list, const char *format, ...)
{
    if (++list->count > CHECKPOINT_LINES)
        return;
    const int room = (int)sizeof list->text - list->length;
    int used = snprintf(list->text + list->length, (size_t)room, "\n    ");
    if (used < room) {
        va_list args;
        va_start(args, format);
        used += vsnprintf(list->text + list->length + used, (size_t)(room - used), format, args);
        va_end(args);
    }
    list->length += used < room ? used : room - 1;
}

static void checkpoint_compare(const GrtModel *model, const GrtVar *var, const char *name,
                               const GrtTensor *tensor, CheckpointDifferences *list)
{
    int64_t dims[GRT_MAX_RANK] = {0};
    char mine[160], theirs[160];
    checkpoint_dims(model, var, dims);
    const bool same = tensor && tensor->dtype == var->type.dtype &&
                      tensor->rank == var->type.rank &&
                      memcmp(tensor->dims, dims, sizeof dims[0] * (size_t)tensor->rank) == 0;
    if (same)
        return;
    grt_shape_text(mine, sizeof mine, var->type.dtype, dims, var->type.rank);
    if (tensor) {
        grt_shape_text(theirs, sizeof theirs, tensor->dtype, tensor->dims, tensor->rank);
        checkpoint_differ(list, "%.80s: %s in the file, %s in the model", name, theirs, mine);
    } else {
        checkpoint_differ(list, "%.80s: missing in the file, %s in the model", name, mine);
    }
}

static bool checkpoint_ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Tensors that only training needs, and PyTorch's counter of batches that nothing here reads. */
static bool checkpoint_may_ignore(const char *name, GrtLoadMode mode)
{
    if (mode == GRT_LOAD_RESUME)
        return false;
    return strncmp(name, "optimizer.", 10) == 0 || strncmp(name, "stream.", 7) == 0 ||
           strncmp(name, "average.", 8) == 0 || checkpoint_ends_with(name, ".num_batches_tracked");
}

static bool checkpoint_wants(const GrtVar *var, GrtLoadMode mode)
{
    return mode == GRT_LOAD_RESUME ? checkpoint_keeps(var) : checkpoint_is_weight(var);
}

static bool checkpoint_knows(const GrtModel *model, const char *name, GrtLoadMode mode)
{
    for (int i = 0; i < model->var_count; i++) {
        char mine[GRT_TENSOR_NAME];
        if (!checkpoint_wants(&model->vars[i], mode))
            continue;
        checkpoint_name(&model->vars[i], mine, sizeof mine);
        if (strcmp(mine, name) == 0)
            return true;
    }
    return false;
}

static int checkpoint_match(const GrtModel *model, const GrtTensorFile *file, const char *path,
                            GrtLoadMode mode, GrtError *error)
{
    CheckpointDifferences list = {0};
    for (int i = 0; i < model->var_count; i++) {
        char name[GRT_TENSOR_NAME];
        if (!checkpoint_wants(&model->vars[i], mode))
            continue;
        checkpoint_name(&model->vars[i], name, sizeof name);
        checkpoint_compare(model, &model->vars[i], name, grt_safetensors_find(file, name), &list);
    }
    for (int i = 0; i < file->tensor_count; i++) {
        const GrtTensor *tensor = &file->tensors[i];
        if (!checkpoint_may_ignore(tensor->name, mode) &&
            !checkpoint_knows(model, tensor->name, mode))
            checkpoint_differ(&list, "%.80s: in the file, unknown to the model", tensor->name);
    }
    if (list.count == 0)
        return 0;
    const int more = list.count - CHECKPOINT_LINES;
    char rest[40] = "";
    if (more > 0)
        snprintf(rest, sizeof rest, "\n    ... and %d more", more);
    return grt_fail(error, 1, "%s: not a checkpoint of %s: %d tensor%s differ%s%.700s%s", path,
                    model->file, list.count, list.count == 1 ? "" : "s", list.count == 1 ? "s" : "",
                    list.text, rest);
}

/* ---- loading ---- */

static void checkpoint_take(GrtInstance *instance, const GrtTensorFile *file, GrtLoadMode mode)
{
    const GrtModel *model = instance->model;
    grt_variables_read(instance);
    grt_variables_changed(instance);
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        char name[GRT_TENSOR_NAME];
        if (!checkpoint_wants(var, mode))
            continue;
        checkpoint_name(var, name, sizeof name);
        const GrtTensor *tensor = grt_safetensors_find(file, name);
        if (tensor->end > tensor->begin)
            memcpy(instance->vars + var->offset, tensor->data,
                   (size_t)(tensor->end - tensor->begin));
    }
}

/* Averages are those of the file, where it has them all and they are asked for; else they start at
 * the parameters. */
static void checkpoint_take_averages(GrtInstance *instance, const GrtTensorFile *file,
                                     GrtLoadMode mode)
{
    const GrtModel *model = instance->model;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->average_of == 0)
            continue;
        const GrtVar *param = &model->vars[var->average_of - 1];
        const GrtTensor *tensor =
            mode == GRT_LOAD_TRAINED ? grt_safetensors_find(file, var->name) : NULL;
        const int64_t bytes = grt_type_bytes(&var->type, 1);
        const bool fits = tensor && tensor->dtype == var->type.dtype &&
                          (int64_t)(tensor->end - tensor->begin) == bytes;
        memcpy(instance->vars + var->offset, fits ? tensor->data : instance->vars + param->offset,
               (size_t)bytes);
    }
}

int grt_checkpoint_load(GrtInstance *instance, const char *path, GrtLoadMode mode,
                        const bool *given, GrtError *error)
{
    const GrtModel *model = instance->model;
    GrtTensorFile file;
    GrtPosition at = instance->at;
    int failed = grt_safetensors_read(path, &file, error);
    if (failed)
        return failed;
    failed = checkpoint_match(model, &file, path, mode, error);
    if (!failed && mode == GRT_LOAD_RESUME)
        failed = grt_position_read(instance, &file, path, &at, error);
    if (!failed) {
        grt_instance_average(instance, false);
        grt_pass_enter(instance, GRT_PASS_TRAIN);
        checkpoint_take(instance, &file, mode);
        if (mode == GRT_LOAD_RESUME)
            grt_position_shown(instance, &file);
        else
            checkpoint_take_averages(instance, &file, mode);
        if (mode == GRT_LOAD_TRAINED)
            grt_position_reached(&at, &file);
        if (mode != GRT_LOAD_WEIGHTS)
            grt_position_options(instance, &file, given);
        instance->at = at;
    }
    grt_safetensors_free(&file);
    return failed;
}

int grt_checkpoint_guard(const char *path, GrtError *error)
{
    /* Behind the header's length; no other writer starts so. */
    if (grt_file_is_ours(path, 8, "{\"__metadata__\":{\"format\":\"pt\",\"gradc\":"))
        return 0;
    return grt_fail(error, 2,
                    "'%s' exists and was not written by a gradc trainer; "
                    "name another file with --save, or remove it",
                    path);
}
