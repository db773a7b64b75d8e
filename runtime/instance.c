/* instance.c -- the memory of one trainer and the running of its entries.
 *
 * Everything is allocated when the instance is made: variables, work, and (for the command line,
 * not for embedding) a buffer per input.  No step allocates.  There are no globals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

/* ---- small questions about a model ---- */

const GrtEntry *grt_entry_find(const GrtModel *model, GrtEntryKind kind, int step)
{
    for (int i = 0; i < model->entry_count; i++)
        if (model->entries[i].kind == kind && model->entries[i].step == step)
            return &model->entries[i];
    return NULL;
}

const char *grt_option_range(const GrtOption *option, double value)
{
    if (option->range == GRT_OPTION_POSITIVE && !(value > 0))
        return "a number above 0";
    if (option->range == GRT_OPTION_SHARE && !(value >= 0 && value < 1))
        return "a number from 0 up to, but not including, 1";
    return NULL;
}

int grt_input_find(const GrtModel *model, const char *name)
{
    for (int i = 0; i < model->var_count; i++)
        if (model->vars[i].kind == GRT_INPUT && strcmp(model->vars[i].name, name) == 0)
            return i;
    return -1;
}

int64_t grt_bound(const GrtModel *model)
{
    return model->batch_bound > 0 ? model->batch_bound : 1;
}

bool grt_dtype_is_float(GrtDType dtype)
{
    return dtype >= GRT_F16;
}

double grt_element(GrtDType dtype, const void *data, int64_t index)
{
    if (dtype == GRT_F32) /* nearly always */
        return ((const float *)data)[index];
    const GrtArray view = {.dtype = dtype, .count = index + 1, .data = (void *)data};
    return grt_array_get(&view, index);
}

int64_t grt_input_bytes(const GrtModel *model, const GrtVar *var)
{
    return grt_type_bytes(&var->type, grt_bound(model));
}

GrtLayout grt_layout(const GrtModel *model, const GrtType *type, int64_t batch)
{
    if (type->batch_axis < 0)
        return (GrtLayout){.outer = 1, .run = grt_type_count(type, 1)};
    int64_t outer = 1, row = 1;
    for (int i = 0; i < type->rank; i++) {
        if (i < type->batch_axis)
            outer *= type->dims[i];
        else
            row *= type->dims[i];
    }
    return (GrtLayout){.outer = outer, .run = row * batch, .stride = row * grt_bound(model)};
}

/* ---- memory ---- */

void *grt_memory(int64_t bytes, const char *what, GrtError *error)
{
    void *memory = NULL;
    const int64_t size = bytes > 0 ? bytes : 64;
    if (bytes < 0 || (uint64_t)size > SIZE_MAX - 64 ||
        posix_memalign(&memory, 64, (size_t)size) != 0) {
        grt_fail(error, 3, "not enough memory: %lld bytes wanted for %s", (long long)bytes, what);
        return NULL;
    }
    memset(memory, 0, (size_t)size);
    return memory;
}

/* Inputs and sources are numbered together. */
static int instance_slots(const GrtModel *model)
{
    int count = 0;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if ((var->kind == GRT_INPUT || var->kind == GRT_SOURCE) && var->offset >= count)
            count = (int)var->offset + 1;
    }
    return count;
}

static int instance_buffers(GrtInstance *instance, GrtError *error)
{
    const GrtModel *model = instance->model;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_INPUT && var->kind != GRT_SOURCE)
            continue;
        void *buffer = grt_memory(grt_input_bytes(model, var), var->name, error);
        if (!buffer)
            return error->status;
        instance->buffers[var->offset] = instance->slots[var->offset] = buffer;
    }
    return 0;
}

static int instance_allocate(GrtInstance *instance, bool with_buffers, GrtError *error)
{
    const GrtModel *model = instance->model;
    const GrtEntry *finish = grt_entry_find(model, GRT_FINISH, 0);
    const int64_t pointers = (int64_t)sizeof(void *) * instance->slot_count;
    const int64_t numbers = (int64_t)sizeof(double);
    if (!(instance->vars = grt_memory(model->vars_bytes, "the variables", error)) ||
        !(instance->work = grt_memory(model->work_bytes, "work space", error)) ||
        !(instance->slots = grt_memory(pointers, "inputs", error)) ||
        !(instance->buffers = grt_memory(pointers, "inputs", error)) ||
        !(instance->starts = grt_memory(pointers, "inputs", error)) ||
        !(instance->options = grt_memory(numbers * model->option_count, "options", error)) ||
        !(instance->option_set = grt_memory(model->option_count, "options", error)) ||
        !(instance->metrics =
              grt_memory(numbers * (finish ? finish->value_count : 0), "metrics", error)))
        return error->status;
    return with_buffers ? instance_buffers(instance, error) : 0;
}

/* ---- what training shows ---- */

/* The values of a step come from its UPDATE entry, where it has one. */
static const GrtEntry *instance_result_entry(const GrtBlock *block)
{
    return block->update ? block->update : block->train;
}

static bool instance_show(GrtInstance *instance, const GrtBlock *block, int value)
{
    const GrtEntry *train = block->train;
    const char *own = instance_result_entry(block)->values[value].name;
    const char *loss = train->loss ? train->loss : "loss";
    GrtShown *shown = &instance->shown[instance->shown_count++];
    *shown = (GrtShown){.name = value == 0 ? loss : own, .value = value};
    if (value == 0 || !train->loss)
        return true;
    const size_t size = strlen(loss) + strlen(own) + 2;
    shown->name = shown->joined = malloc(size);
    if (shown->joined)
        snprintf(shown->joined, size, "%s.%s", loss, own);
    return shown->joined != NULL;
}

static int instance_plan_blocks(GrtInstance *instance, GrtError *error)
{
    const GrtModel *model = instance->model;
    instance->blocks = calloc((size_t)model->entry_count + 1, sizeof *instance->blocks);
    if (!instance->blocks)
        return grt_fail(error, 3, "not enough memory");
    for (int i = 0; i < model->entry_count; i++) {
        const GrtEntry *entry = &model->entries[i];
        if (entry->kind != GRT_TRAIN)
            continue;
        GrtBlock *block = &instance->blocks[instance->block_count++];
        *block = (GrtBlock){.train = entry,
                            .update = grt_entry_find(model, GRT_UPDATE, entry->step),
                            .every = entry->every > 0 ? entry->every : 1,
                            .first_shown = instance->shown_count};
        block->shown_count = instance_result_entry(block)->value_count;
        instance->shown_count += block->shown_count;
    }
    instance->average = grt_entry_find(model, GRT_AVERAGE, 0);
    return 0;
}

static int instance_show_steps(GrtInstance *instance, GrtError *error)
{
    if (instance_plan_blocks(instance, error) != 0)
        return error->status;
    instance->shown = calloc((size_t)instance->shown_count + 1, sizeof *instance->shown);
    bool good = instance->shown != NULL;
    instance->shown_count = 0;
    for (int i = 0; i < instance->block_count; i++)
        for (int value = 0; good && value < instance->blocks[i].shown_count; value++)
            good = instance_show(instance, &instance->blocks[i], value);
    return good ? 0 : grt_fail(error, 3, "not enough memory");
}

/* ---- variables on a device ---- */

void grt_variables_read(GrtInstance *instance)
{
    if (instance->model->device)
        instance->model->device->fetch(&instance->run);
}

void grt_variables_changed(GrtInstance *instance)
{
    if (instance->model->device)
        instance->model->device->changed(&instance->run);
}

GrtInstance *grt_instance_new(const GrtModel *model, bool with_buffers, GrtError *error)
{
    GrtInstance *instance = calloc(1, sizeof *instance);
    if (!instance) {
        grt_fail(error, 3, "not enough memory");
        return NULL;
    }
    instance->model = model;
    instance->slot_count = instance_slots(model);
    if (instance_allocate(instance, with_buffers, error) != 0 ||
        instance_show_steps(instance, error) != 0 || grt_streams_open(instance, error) != 0) {
        grt_destroy(instance);
        return NULL;
    }
    for (int i = 0; i < model->option_count; i++)
        instance->options[i] = model->options[i].value;
    instance->run = (GrtRun){.vars = instance->vars,
                             .work = instance->work,
                             .inputs = instance->slots,
                             .options = instance->options};
    instance->at = (GrtPosition){.epoch = 1, .batch = model->batch, .epochs = model->epochs};
    if (grt_run_open(model, &instance->run, model->vars_bytes, model->work_bytes, 1, error) != 0) {
        grt_destroy(instance);
        return NULL;
    }
    return instance;
}

void grt_destroy(GrtInstance *instance)
{
    if (!instance)
        return;
    grt_run_close(instance->model, &instance->run);
    for (int i = 0; i < instance->shown_count; i++)
        free(instance->shown[i].joined);
    grt_streams_close(instance);
    free(instance->shown);
    free(instance->blocks);
    for (int i = 0; instance->buffers && i < instance->slot_count; i++)
        free(instance->buffers[i]);
    free(instance->buffers);
    free(instance->starts);
    free(instance->slots);
    free(instance->vars);
    free(instance->work);
    free(instance->options);
    free(instance->option_set);
    free(instance->metrics);
    free(instance);
}

/* ---- running entries ---- */

void grt_instance_counters(GrtInstance *instance, int64_t batch, int64_t steps_per_epoch)
{
    const GrtPosition *at = &instance->at;
    GrtRun *run = &instance->run;
    run->counters[GRT_STEP] = (double)(at->step + 1);
    run->counters[GRT_STEPS] = (double)steps_per_epoch * (double)at->epochs;
    run->counters[GRT_EPOCH] = (double)at->epoch;
    run->counters[GRT_STEPS_PER_EPOCH] = (double)steps_per_epoch;
    run->counters[GRT_BATCH] = (double)batch;
    run->counters[GRT_STEP_SAMPLES] = (double)batch;
    run->rng = (GrtRng){.seed = at->seed, .step = (uint64_t)at->step + 1};
}

int grt_instance_init(GrtInstance *instance, uint64_t seed, GrtError *error)
{
    const GrtEntry *init = grt_entry_find(instance->model, GRT_INIT, 0);
    instance->at.seed = seed;
    if (grt_load_files(instance, error) != 0)
        return error->status;
    grt_instance_counters(instance, 1, 1);
    instance->run.rng.step = 0;
    if ((init && grt_instance_run(instance, init, error) != 0) ||
        grt_pass_begin(instance, GRT_PASS_PREDICT, error) != 0)
        return error->status;
    return grt_pass_begin(instance, GRT_PASS_TRAIN, error);
}

static int instance_zero(GrtInstance *instance, int64_t offset, int64_t bytes, GrtError *error)
{
    const GrtDevice *device = instance->model->device;
    if (bytes <= 0)
        return 0;
    if (!device)
        memset(instance->vars + offset, 0, (size_t)bytes);
    else if (device->zero(&instance->run, offset, bytes) != 0)
        return grt_device_status(instance, error);
    return 0;
}

/* Those that lie side by side at once: each has its room in lines of 64 bytes. */
int grt_instance_zero_scratch(GrtInstance *instance, GrtError *error)
{
    const GrtModel *model = instance->model;
    int64_t start = 0, end = 0;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_SCRATCH || var->offset < 0)
            continue;
        if (var->offset != end) {
            if (instance_zero(instance, start, end - start, error) != 0)
                return error->status;
            start = var->offset;
        }
        end = var->offset + (grt_type_bytes(&var->type, grt_bound(model)) + 63) / 64 * 64;
    }
    return instance_zero(instance, start, end - start, error);
}

int grt_predict_batch(GrtInstance *instance, int64_t batch, GrtError *error)
{
    const GrtEntry *predict = grt_entry_find(instance->model, GRT_PREDICT, 0);
    if (!predict)
        return grt_fail(error, 1, "%s has no output to predict", instance->model->file);
    grt_instance_average(instance, true);
    grt_pass_enter(instance, GRT_PASS_PREDICT);
    grt_instance_counters(instance, batch, 1);
    return grt_instance_run(instance, predict, error);
}
