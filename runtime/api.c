/* api.c -- a model inside another program: the functions of grt.h around an instance.
 *
 * The caller's tensors are read and written where they are; results are copied out of work.  Each
 * call leaves a message for grt_error() when it fails and none when it succeeds. */
#include <math.h>
#include <string.h>

#include "grt_trainer.h"

/* A program that embeds a trainer doesn't say how long it will train: schedules see a run without
 * an end. */
enum { API_STEPS = 1000000000 };

/* Why grt_create() made nothing: there is no instance to say it.  Each thread has its own. */
static _Thread_local GrtError api_not_created;

GrtInstance *grt_create(const GrtModel *model, uint64_t seed)
{
    GrtError *error = &api_not_created;
    const char *lack = grt_cpu_lacks(model->needs);
    *error = (GrtError){0};
    if (lack) {
        grt_fail(error, 3, "%s was compiled for processors like %s: this one lacks %s", model->name,
                 grt_cpu_level(model->needs), lack);
        return NULL;
    }
    GrtInstance *instance = grt_instance_new(model, false, error);
    if (instance && grt_instance_init(instance, seed, error) != 0) {
        grt_destroy(instance);
        return NULL;
    }
    if (instance)
        instance->at.epochs = 1;
    return instance;
}

const char *grt_error(const GrtInstance *instance)
{
    return instance ? instance->error.text : api_not_created.text;
}

static int api_begin(GrtInstance *instance, int64_t batch, int64_t most)
{
    instance->error = (GrtError){0};
    if (batch < 1 || batch > most)
        return grt_fail(&instance->error, 2, "a batch of %lld samples; 1 to %lld were compiled for",
                        (long long)batch, (long long)most);
    return 0;
}

static bool api_needs(const GrtEntry *entry, int var)
{
    for (int i = 0; i < entry->need_count; i++)
        if (entry->needs[i] == var)
            return true;
    return false;
}

/* Checks that labels and indices lie where the program may use them. */
static int api_check_range(GrtInstance *instance, const GrtVar *var, int64_t batch,
                           const void *data)
{
    const int64_t count = var->has_range ? grt_type_count(&var->type, batch) : 0;
    for (int64_t i = 0; i < count; i++) {
        const double value = grt_element(var->type.dtype, data, i);
        if (!(value >= (double)var->low && value <= (double)var->high))
            return grt_fail(&instance->error, 1, "%s[%lld] is %.17g; %lld to %lld are allowed",
                            var->name, (long long)i, value, (long long)var->low,
                            (long long)var->high);
    }
    return 0;
}

/* Notes where the caller's tensors of what entry needs start; which come in the order of the
 * model's inputs. */
static int api_bind(GrtInstance *instance, const GrtEntry *entry, int64_t batch,
                    const void *const *inputs)
{
    const GrtModel *model = instance->model;
    int position = 0;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_INPUT)
            continue;
        const void *data = inputs ? inputs[position] : NULL;
        position++;
        if (!api_needs(entry, i))
            continue;
        if (!data)
            return grt_fail(&instance->error, 2, "input '%s' is missing", var->name);
        if (api_check_range(instance, var, batch, data) != 0)
            return instance->error.status;
        instance->starts[var->offset] = (void *)data; /* entries only read inputs */
    }
    return 0;
}

/* Micro-batches lie one behind the other: the batch is the outermost dimension of what comes in
 * several. */
static int api_load(GrtInstance *instance, int64_t first, int64_t count, void *user,
                    GrtError *error)
{
    const GrtModel *model = instance->model;
    void *const *start = user;
    (void)count;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_INPUT || !start[var->offset])
            continue;
        if (first > 0 && var->type.batch_axis > 0)
            return grt_fail(error, 2,
                            "input '%s' has its samples inside: no more than %lld at once",
                            var->name, (long long)grt_bound(model));
        const int64_t row = var->type.batch_axis == 0 ? grt_type_bytes(&var->type, 1) : 0;
        instance->slots[var->offset] = (unsigned char *)start[var->offset] + first * row;
    }
    return 0;
}

int grt_train_step(GrtInstance *instance, int64_t batch, const void *const *inputs, double *loss)
{
    const GrtModel *model = instance->model;
    if (api_begin(instance, batch, grt_step_samples(model, grt_bound(model))) != 0)
        return instance->error.status;
    memset(instance->starts, 0, sizeof(void *) * (size_t)instance->slot_count);
    for (int i = 0; i < model->entry_count; i++)
        if (model->entries[i].kind == GRT_TRAIN &&
            api_bind(instance, &model->entries[i], batch, inputs) != 0)
            return instance->error.status;
    const GrtBatch step = {batch, API_STEPS, api_load, instance->starts};
    const GrtFloatMode before = grt_training_begin(instance);
    const int failed = grt_instance_step(instance, &step, &instance->error);
    grt_training_end(instance, before);
    if (failed)
        return failed;
    instance->at.step++;
    for (int i = instance->shown_count - 1; loss && i >= 0; i--)
        if (instance->shown[i].there && instance->shown[i].value == 0)
            *loss = instance->shown[i].last;
    return 0;
}

/* Copies a value out of work, where its batch dimension is at the bound. */
static void api_copy_out(const GrtInstance *instance, const GrtValue *value, int64_t batch,
                         void *out)
{
    const GrtLayout layout = grt_layout(instance->model, &value->type, batch);
    const int64_t size = grt_dtype_bytes[value->type.dtype];
    for (int64_t i = 0; i < layout.outer; i++)
        memcpy((unsigned char *)out + i * layout.run * size,
               instance->work + value->offset + i * layout.stride * size,
               (size_t)(layout.run * size));
}

int grt_predict(GrtInstance *instance, int64_t batch, const void *const *inputs,
                void *const *outputs)
{
    const GrtEntry *predict = grt_entry_find(instance->model, GRT_PREDICT, 0);
    if (api_begin(instance, batch, grt_bound(instance->model)) != 0)
        return instance->error.status;
    memset(instance->starts, 0, sizeof(void *) * (size_t)instance->slot_count);
    if (predict && api_bind(instance, predict, batch, inputs) != 0)
        return instance->error.status;
    if (predict)
        api_load(instance, 0, batch, instance->starts, &instance->error);
    if (grt_predict_batch(instance, batch, &instance->error) != 0)
        return instance->error.status;
    for (int i = 0; i < predict->value_count; i++)
        if (outputs[i])
            api_copy_out(instance, &predict->values[i], batch, outputs[i]);
    return 0;
}

static int api_begin_pass(GrtInstance *instance, GrtPass pass)
{
    instance->error = (GrtError){0};
    grt_instance_average(instance, pass == GRT_PASS_PREDICT);
    return grt_pass_begin(instance, pass, &instance->error);
}

int grt_train_begin(GrtInstance *instance)
{
    return api_begin_pass(instance, GRT_PASS_TRAIN);
}

int grt_predict_begin(GrtInstance *instance)
{
    return api_begin_pass(instance, GRT_PASS_PREDICT);
}

int grt_keep_denormals(GrtInstance *instance, int keep)
{
    instance->error = (GrtError){0};
    instance->keep_denormals = keep != 0;
    return 0;
}

int grt_set_option(GrtInstance *instance, const char *name, double value)
{
    const GrtModel *model = instance->model;
    instance->error = (GrtError){0};
    if (!name || !isfinite(value))
        return grt_fail(&instance->error, 2, "%s",
                        name ? "an option must be a finite number" : "an option needs a name");
    for (int i = 0; i < model->option_count; i++) {
        if (strcmp(model->options[i].name, name) == 0) {
            const char *want = grt_option_range(&model->options[i], value);
            if (want)
                return grt_fail(&instance->error, 2, "option '%s' must be %s, not %g", name, want,
                                value);
            instance->options[i] = value;
            instance->option_set[i] = true;
            return 0;
        }
    }
    return grt_fail(&instance->error, 2, "%s has no option '%s'", model->file, name);
}

static int api_needs_path(GrtInstance *instance)
{
    return grt_fail(&instance->error, 2, "a checkpoint needs a path");
}

int grt_save(GrtInstance *instance, const char *path)
{
    instance->error = (GrtError){0};
    if (!path)
        return api_needs_path(instance);
    return grt_checkpoint_save(instance, path, &instance->error);
}

/* A checkpoint of this very model is taken up whole; any other file gives its weights. */
int grt_load(GrtInstance *instance, const char *path)
{
    instance->error = (GrtError){0};
    if (!path)
        return api_needs_path(instance);
    if (grt_checkpoint_load(instance, path, GRT_LOAD_RESUME, instance->option_set,
                            &instance->error) == 0)
        return 0;
    GrtError error = {0};
    if (grt_checkpoint_load(instance, path, GRT_LOAD_WEIGHTS, NULL, &error) != 0) {
        instance->error = error;
        return error.status;
    }
    instance->error = (GrtError){0};
    return 0;
}
