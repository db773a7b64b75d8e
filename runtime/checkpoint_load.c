/* checkpoint_load.c -- variables and position from a safetensors file: a checkpoint, or weights
 * that another program wrote, such as PyTorch's.
 *
 * All or nothing: a file is read, checked and matched whole before the first byte of the instance
 * changes. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grt_checkpoint.h"
#include "grt_position.h"

enum { CHECKPOINT_LINES = 8 }; /* tensors named in a message */

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

/* Floats are rounded to the model's kind, as PyTorch's load_state_dict does; a run to resume has
 * them as they are. */
static bool checkpoint_converts(const GrtVar *var, const GrtTensor *tensor, GrtLoadMode mode)
{
    return mode != GRT_LOAD_RESUME && grt_dtype_is_float(var->type.dtype) &&
           grt_dtype_is_float(tensor->dtype);
}

/* Element by element, since a tensor may begin anywhere in the file.  False where one is too large
 * for the model's kind. */
static bool checkpoint_convert(const GrtTensor *tensor, GrtDType dtype, int64_t i, void *to,
                               int64_t at)
{
    double element = 0;
    const int bytes = grt_dtype_bytes[tensor->dtype];
    memcpy(&element, tensor->data + i * bytes, (size_t)bytes);
    return grt_element_put(dtype, to, at, grt_element(tensor->dtype, &element, 0));
}

static bool checkpoint_fits(const GrtVar *var, const GrtTensor *tensor)
{
    const int64_t count = (tensor->end - tensor->begin) / grt_dtype_bytes[tensor->dtype];
    bool fits = true;
    double to;
    for (int64_t i = 0; tensor->dtype != var->type.dtype && fits && i < count; i++)
        fits = checkpoint_convert(tensor, var->type.dtype, i, &to, 0);
    return fits;
}

static void checkpoint_compare(const GrtModel *model, const GrtVar *var, const char *name,
                               const GrtTensor *tensor, GrtLoadMode mode,
                               CheckpointDifferences *list)
{
    int64_t dims[GRT_MAX_RANK] = {0};
    char mine[160], theirs[160];
    grt_checkpoint_dims(model, var, dims);
    const bool same = tensor && tensor->rank == var->type.rank &&
                      memcmp(tensor->dims, dims, sizeof dims[0] * (size_t)tensor->rank) == 0 &&
                      (tensor->dtype == var->type.dtype || checkpoint_converts(var, tensor, mode));
    if ((same && checkpoint_fits(var, tensor)) || (!tensor && mode == GRT_LOAD_PARTIAL))
        return;
    if (same) {
        checkpoint_differ(list, "%.80s: a number in the file is too large for %s", name,
                          grt_dtype_name[var->type.dtype]);
        return;
    }
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
    return mode == GRT_LOAD_RESUME ? grt_checkpoint_keeps(var) : grt_checkpoint_is_weight(var);
}

static bool checkpoint_knows(const GrtModel *model, const char *name, GrtLoadMode mode)
{
    for (int i = 0; i < model->var_count; i++) {
        char mine[GRT_TENSOR_NAME];
        if (!checkpoint_wants(&model->vars[i], mode))
            continue;
        grt_checkpoint_name(&model->vars[i], mine, sizeof mine);
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
        grt_checkpoint_name(&model->vars[i], name, sizeof name);
        checkpoint_compare(model, &model->vars[i], name, grt_safetensors_find(file, name), mode,
                           &list);
    }
    for (int i = 0; mode != GRT_LOAD_PARTIAL && i < file->tensor_count; i++) {
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
        grt_checkpoint_name(var, name, sizeof name);
        const GrtTensor *tensor = grt_safetensors_find(file, name);
        if (!tensor)
            continue; /* GRT_LOAD_PARTIAL: as it is */
        unsigned char *to = instance->vars + var->offset;
        const int64_t bytes = tensor->end - tensor->begin;
        if (tensor->dtype == var->type.dtype && bytes > 0)
            memcpy(to, tensor->data, (size_t)bytes);
        const int64_t count = bytes / grt_dtype_bytes[tensor->dtype];
        for (int64_t k = 0; tensor->dtype != var->type.dtype && k < count; k++)
            checkpoint_convert(tensor, var->type.dtype, k, to, k);
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

/* From a file that has been read. */
static int checkpoint_load_file(GrtInstance *instance, const GrtTensorFile *file, const char *path,
                                GrtLoadMode mode, const bool *given, GrtError *error)
{
    GrtPosition at = instance->at;
    if (checkpoint_match(instance->model, file, path, mode, error) != 0 ||
        (mode == GRT_LOAD_RESUME && grt_position_read(instance, file, path, &at, error) != 0))
        return error->status;
    grt_instance_average(instance, false);
    grt_pass_enter(instance, GRT_PASS_TRAIN);
    checkpoint_take(instance, file, mode);
    if (mode == GRT_LOAD_RESUME)
        grt_position_shown(instance, file);
    else
        checkpoint_take_averages(instance, file, mode);
    if (mode == GRT_LOAD_TRAINED)
        grt_position_reached(&at, file);
    if (mode == GRT_LOAD_TRAINED || mode == GRT_LOAD_RESUME)
        grt_position_options(instance, file, given);
    instance->at = at;
    return 0;
}

int grt_checkpoint_load(GrtInstance *instance, const char *path, GrtLoadMode mode,
                        const bool *given, GrtError *error)
{
    GrtTensorFile file;
    if (grt_safetensors_read(path, &file, error) != 0)
        return error->status;
    const int failed = checkpoint_load_file(instance, &file, path, mode, given, error);
    grt_safetensors_free(&file);
    return failed;
}

/* ---- a part of the weights ---- */

typedef struct CheckpointNames { /* "a.weight, a.bias and 3 more" */
    char text[400];
    int length, count;
} CheckpointNames;

static void checkpoint_list(CheckpointNames *list, const char *name)
{
    if (++list->count > CHECKPOINT_LINES / 2)
        return;
    list->length += snprintf(list->text + list->length, sizeof list->text - (size_t)list->length,
                             "%s%.80s", list->count == 1 ? "" : ", ", name);
}

static void checkpoint_list_end(CheckpointNames *list)
{
    const int more = list->count - CHECKPOINT_LINES / 2;
    if (more > 0)
        snprintf(list->text + list->length, sizeof list->text - (size_t)list->length,
                 " and %d more", more);
}

static void checkpoint_note(const GrtModel *model, const GrtTensorFile *file, GrtPartial *partial)
{
    CheckpointNames missing = {0}, unknown = {0};
    *partial = (GrtPartial){0};
    for (int i = 0; i < model->var_count; i++) {
        char name[GRT_TENSOR_NAME];
        if (!checkpoint_wants(&model->vars[i], GRT_LOAD_PARTIAL))
            continue;
        grt_checkpoint_name(&model->vars[i], name, sizeof name);
        partial->wanted++;
        if (grt_safetensors_find(file, name))
            partial->taken++;
        else
            checkpoint_list(&missing, name);
    }
    for (int i = 0; i < file->tensor_count; i++)
        if (!checkpoint_may_ignore(file->tensors[i].name, GRT_LOAD_PARTIAL) &&
            !checkpoint_knows(model, file->tensors[i].name, GRT_LOAD_PARTIAL))
            checkpoint_list(&unknown, file->tensors[i].name);
    checkpoint_list_end(&missing);
    checkpoint_list_end(&unknown);
    snprintf(partial->missing, sizeof partial->missing, "%s", missing.text);
    snprintf(partial->unknown, sizeof partial->unknown, "%s", unknown.text);
}

int grt_checkpoint_load_partial(GrtInstance *instance, const char *path, GrtPartial *partial,
                                GrtError *error)
{
    GrtTensorFile file;
    if (grt_safetensors_read(path, &file, error) != 0)
        return error->status;
    checkpoint_note(instance->model, &file, partial);
    const int failed =
        partial->taken == 0
            ? grt_fail(error, 1, "%s: none of its tensors has the name of one of %s's: %.400s",
                       path, instance->model->file, partial->missing)
            : checkpoint_load_file(instance, &file, path, GRT_LOAD_PARTIAL, NULL, error);
    grt_safetensors_free(&file);
    return failed;
}
