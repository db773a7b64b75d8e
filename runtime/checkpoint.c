/* checkpoint.c -- variables and position of an instance, in a safetensors file (checkpoint_load.c:
 * and back).
 *
 * Parameters and states are stored under their own names (PyTorch's), optimizer states behind
 * "optimizer.", stream states behind "stream.", moving averages of parameters behind "average.".
 * The position stands in the metadata (position.c). */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_checkpoint.h"
#include "grt_position.h"

/* ---- names and types ---- */

bool grt_checkpoint_keeps(const GrtVar *var)
{
    const bool kept = !var->stream || var->stream >> GRT_PASS_TRAIN & 1;
    return var->kind == GRT_PARAM || (var->kind == GRT_STATE && kept);
}

bool grt_checkpoint_is_weight(const GrtVar *var)
{
    return grt_checkpoint_keeps(var) && !var->optimizer && !var->stream && var->average_of == 0;
}

void grt_checkpoint_name(const GrtVar *var, char *name, size_t size)
{
    const char *prefix = var->optimizer ? "optimizer." : var->stream ? "stream." : "";
    snprintf(name, size, "%s%s", prefix, var->name);
}

void grt_checkpoint_dims(const GrtModel *model, const GrtVar *var, int64_t *dims)
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
        if (!grt_checkpoint_keeps(var))
            continue;
        grt_checkpoint_name(var, name, sizeof name);
        GrtTensor *tensor = &tensors[(*count)++];
        *tensor = (GrtTensor){.name = strdup(name),
                              .dtype = var->type.dtype,
                              .rank = var->type.rank,
                              .data = instance->vars + var->offset};
        grt_checkpoint_dims(model, var, tensor->dims);
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
