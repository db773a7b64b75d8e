/* info.c -- what the program is: its parameters, exact memory, work per step, options, data. */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

void grt_type_text(const GrtType *type, char *text, size_t size)
{
    int used = snprintf(text, size, "%s[", grt_dtype_name[type->dtype]);
    for (int i = 0; i < type->rank && used >= 0 && (size_t)used < size; i++) {
        const char *comma = i ? ", " : "";
        const long long dim = (long long)type->dims[i];
        if (i != type->batch_axis)
            used += snprintf(text + used, size - (size_t)used, "%s%lld", comma, dim);
        else if (dim == 1)
            used += snprintf(text + used, size - (size_t)used, "%sbatch", comma);
        else
            used += snprintf(text + used, size - (size_t)used, "%s%lld * batch", comma, dim);
    }
    if (used >= 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "]");
}

/* 1234567 as "1,234,567" */
static const char *info_number(int64_t value, char text[32])
{
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%lld", (long long)(value > 0 ? value : 0));
    int used = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

static void info_line(const char *what, int64_t value, const char *unit)
{
    char text[32];
    printf("  %-26s %16s%s%s\n", what, info_number(value, text), *unit ? " " : "", unit);
}

static void info_vars(const GrtModel *model, GrtVarKind kind, const char *title)
{
    char type[160], number[32];
    int64_t total = 0, count = 0;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != kind)
            continue;
        if (count++ == 0)
            printf("\n%s\n", title);
        const int64_t elements = grt_type_count(&var->type, grt_bound(model));
        total += elements;
        grt_type_text(&var->type, type, sizeof type);
        printf("  %-36s %-20s %12s\n", var->name, type, info_number(elements, number));
    }
    if (count > 1)
        printf("  %-36s %-20s %12s\n", "total", "", info_number(total, number));
}

static void info_inputs(const GrtModel *model)
{
    char type[160];
    for (int i = 0, count = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_INPUT)
            continue;
        if (count++ == 0)
            printf("\ninputs\n");
        grt_type_text(&var->type, type, sizeof type);
        printf("  %-36s %s", var->name, type);
        if (var->has_range)
            printf("  from %lld to %lld", (long long)var->low, (long long)var->high);
        putchar('\n');
    }
}

static void info_outputs(const GrtModel *model)
{
    const GrtEntry *predict = grt_entry_find(model, GRT_PREDICT, 0);
    char type[160];
    for (int i = 0; predict && i < predict->value_count; i++) {
        if (i == 0)
            printf("\noutputs\n");
        grt_type_text(&predict->values[i].type, type, sizeof type);
        printf("  %-36s %s\n", predict->values[i].name, type);
    }
}

static void info_options(const GrtModel *model, const GrtSettings *settings)
{
    for (int i = 0; i < model->option_count; i++) {
        const GrtOption *option = &model->options[i];
        if (i == 0)
            printf("\noptions\n");
        if (option->type == GRT_OPTION_BOOL)
            printf("  %-36s %s\n", option->name, settings->options[i] != 0 ? "true" : "false");
        else
            printf("  %-36s %.10g\n", option->name, settings->options[i]);
    }
}

/* A file of the data: how much of it is in memory when the program trains. */
static void info_file(const GrtModel *model, const GrtSource *source)
{
    static const GrtRange all;
    const GrtDType dtype = model->vars[source->var].type.dtype;
    char *path = grt_data_path(model, source->path);
    char bytes[32];
    GrtArray array = {.rank = 0};
    GrtError error;
    int failed = path ? 0 : 1;
    if (!failed && source->kind == GRT_SOURCE_IDX)
        failed = grt_map_idx(path, model->gzip, all, &array, &error);
    else if (!failed && source->kind == GRT_SOURCE_NPY)
        failed = grt_map_npy(path, model->gzip, all, &array, &error);
    else if (!failed && (source->kind == GRT_SOURCE_TEXT || source->kind == GRT_SOURCE_TOKENS))
        failed = grt_read_tokens(path, model->gzip, &source->windows, &array, &error);
    const int64_t stay = path && source->kind == GRT_SOURCE_CSV
                             ? grt_csv_stays(path, model->gzip, source->columns, dtype)
                             : -1;
    printf("  %-36s %s", source->name, source->path);
    if (stay >= 0)
        printf(", %s bytes, which stay in the file", info_number(stay, bytes));
    if (!failed && array.data)
        printf(", %s bytes, %s", info_number(array.bytes, bytes),
               array.map ? "which stay in the file" : "in memory");
    putchar('\n');
    if (!failed)
        grt_array_free(&array);
    free(path);
}

static void info_data(const GrtModel *model)
{
    for (int i = 0; i < model->split_count; i++) {
        const GrtSplit *split = &model->splits[i];
        printf("\ndata %s\n", split->name);
        for (int j = 0; j < split->source_count; j++) {
            const GrtSource *source = &split->sources[j];
            if (source->kind == GRT_SOURCE_TENSOR)
                printf("  %-36s computed, %lld samples\n", source->name,
                       (long long)source->samples);
            else
                info_file(model, source);
        }
    }
}

/* The bytes of the variables that are to be counted; each lies on cache lines of its own. */
static int64_t info_bytes_of(const GrtModel *model, GrtVarKind kind, int optimizer)
{
    int64_t bytes = 0;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind == kind && var->optimizer == optimizer)
            bytes += grt_type_bytes(&var->type, grt_bound(model));
    }
    return bytes;
}

static void info_some(const char *what, int64_t bytes)
{
    if (bytes > 0)
        info_line(what, bytes, "bytes");
}

/* Who fills the work space of a training step at its fullest. */
static void info_peak(const GrtEntry *entry)
{
    static const char *const names[GRT_MEMORIES] = {"kept for the backward pass",
                                                    "gradients of parameters", "work space"};
    const bool at_end = entry->peak_kernel >= entry->kernel_count;
    int64_t total = 0, listed = 0;
    char number[32];
    for (int i = 0; i < GRT_MEMORIES; i++)
        total += entry->peak[i];
    if (total == 0)
        return;
    printf("\n%s: its work space is fullest %s%s\n", entry->name, at_end ? "at the end" : "in ",
           at_end ? "" : entry->kernels[entry->peak_kernel].name);
    for (int i = 0; i < GRT_MEMORIES; i++)
        info_some(names[i], entry->peak[i]);
    for (int i = 0; i < entry->alive_count; i++) {
        const GrtAlive *alive = &entry->alives[i];
        listed += alive->bytes;
        printf("  %16s  %-32s %-22s %s", info_number(alive->bytes, number), alive->name,
               alive->type, names[alive->memory]);
        printf(alive->line > 0 ? ", line %d\n" : "\n", alive->line);
    }
    if (listed < total)
        printf("  %16s  in smaller ones\n", info_number(total - listed, number));
}

static void info_memory(const GrtModel *model)
{
    const int64_t inputs = info_bytes_of(model, GRT_INPUT, 0) + info_bytes_of(model, GRT_SOURCE, 0);
    const int64_t parameters = info_bytes_of(model, GRT_PARAM, 0);
    const int64_t optimizer = info_bytes_of(model, GRT_STATE, 1);
    printf("\nmemory (allocated once, at the start)\n");
    info_some("parameters", parameters);
    info_some("optimizer state", optimizer);
    info_some("other variables", model->vars_bytes - parameters - optimizer);
    info_line("work space", model->work_bytes, "bytes");
    info_line("one batch of data", inputs, "bytes");
    info_line("together", model->vars_bytes + model->work_bytes + inputs, "bytes");
    for (int i = 0; i < model->entry_count; i++)
        if (model->entries[i].kind == GRT_TRAIN)
            info_peak(&model->entries[i]);
}

static void info_work(const GrtModel *model, const GrtSettings *settings)
{
    int64_t flops = 0;
    int64_t kernels = 0;
    for (int i = 0; i < model->entry_count; i++) {
        const GrtEntry *entry = &model->entries[i];
        if (entry->kind != GRT_TRAIN && entry->kind != GRT_UPDATE && entry->kind != GRT_AVERAGE)
            continue;
        const int64_t times =
            entry->kind == GRT_TRAIN && model->accumulate > 1 ? model->accumulate : 1;
        kernels += times * entry->kernel_count;
        for (int j = 0; j < entry->kernel_count; j++)
            flops += times * entry->kernels[j].flops;
    }
    if (!model->trains)
        return;
    printf("\ntraining: batch %lld (at most %lld), %lld epochs, %s\n", (long long)settings->batch,
           (long long)grt_bound(model), (long long)settings->epochs,
           model->shuffle        ? "shuffled"
           : grt_in_lanes(model) ? "in lanes, one sample behind the other"
                                 : "in order");
    if (model->accumulate > 1)
        printf("  a step takes %lld batches\n", (long long)model->accumulate);
    if (model->monitor)
        printf("  the epoch with the %s valid %s is kept as %s-best.safetensors\n",
               model->monitor_max ? "largest" : "smallest", model->monitor, model->name);
    if (model->patience > 0)
        printf("  it ends when %lld epochs bring nothing better\n", (long long)model->patience);
    if (grt_entry_find(model, GRT_AVERAGE, 0))
        printf("  eval and predict use moving averages of the parameters\n");
    info_line("operations in a full step", flops, "");
    info_line("kernels in a step", kernels, "");
}

/* What the loops of a training step keep of each turn, for the gradient or to be used later. */
static void info_loops(const GrtModel *model)
{
    char each[32], all[32], what[64];
    int count = 0;
    for (int i = 0; i < model->entry_count; i++) {
        const GrtEntry *entry = &model->entries[i];
        for (int j = 0; j < entry->loop_count && entry->kind == GRT_TRAIN; j++) {
            const GrtLoop *loop = &entry->loops[j];
            if (count++ == 0)
                printf("\nloops of a step (in the work space: what is kept of all turns)\n");
            snprintf(what, sizeof what, "%.40s%s", loop->name, loop->backward ? ", backwards" : "");
            printf("  %-36s %lld turns of %s bytes: %s\n", what, (long long)loop->turns,
                   info_number(loop->stacked / loop->turns, each), info_number(loop->stacked, all));
        }
    }
}

int grt_info(GrtSession *session)
{
    const GrtModel *model = session->model;
    if (session->settings->load && grt_session_weights(session) != 0) /* does the file fit? */
        return session->error.status;
    printf("%s, compiled from %s\n", model->name, model->file);
    info_inputs(model);
    info_outputs(model);
    info_vars(model, GRT_PARAM, "parameters");
    info_vars(model, GRT_STATE, "states");
    info_options(model, session->settings);
    info_data(model);
    info_work(model, session->settings);
    info_memory(model);
    info_loops(model);
    return 0;
}
