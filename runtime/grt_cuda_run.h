/* grt_cuda_run.h -- how the routines of a CUDA program run.
 *
 *     waited for:   inputs, numbers ─→ launches ─→ values, status ─→ the host waits
 *
 *     queued:       step n      gather │ copy 0 │          │ step n │ result
 *     (training)    step n + 1         │ gather │ copy 1   │        │ step n + 1 │ result
 *
 * A training step is a captured graph once it has run before, for each slot of inputs and number of
 * samples.  Its batch is gathered into pinned memory and copied on a stream of its own while the
 * step before is at work; what it computed lies in a ring, and is read when the host asks.  Where a
 * step went wrong, `status->stopped` keeps it and all behind it from changing variables, until the
 * queue is empty. */
#ifndef GRT_CUDA_RUN_H
#define GRT_CUDA_RUN_H

/* ---- copies ---- */

static inline int grt_cuda_copy(GrtCuda *cuda, void *to, const void *from, int64_t bytes,
                                cudaMemcpyKind kind, cudaStream_t stream)
{
    if (bytes <= 0)
        return 0;
    return GRT_CUDA(cuda, cudaMemcpyAsync(to, from, (size_t)bytes, kind, stream));
}

static inline int grt_cuda_wait(GrtCuda *cuda)
{
    return GRT_CUDA(cuda, cudaStreamSynchronize(cuda->stream));
}

/* The host's variables become those of the device. */
static inline int grt_cuda_fetch(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    if (!cuda || !cuda->device_is_new)
        return 0;
    cuda->device_is_new = 0;
    grt_cuda_copy(cuda, run->vars, cuda->vars, cuda->vars_bytes, cudaMemcpyDeviceToHost,
                  cuda->stream);
    return grt_cuda_wait(cuda);
}

/* The host has changed variables. */
static inline void grt_cuda_changed(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    if (cuda)
        cuda->host_is_new = 1;
}

static inline int grt_cuda_send_vars(GrtCuda *cuda)
{
    if (!cuda->host_is_new)
        return 0;
    cuda->host_is_new = 0;
    return grt_cuda_copy(cuda, cuda->vars, cuda->run->vars, cuda->vars_bytes,
                         cudaMemcpyHostToDevice, cuda->stream);
}

/* Bytes of the variables become 0, on both sides. */
static inline int grt_cuda_zero(GrtRun *run, int64_t offset, int64_t bytes)
{
    GrtCuda *cuda = grt_cuda_of(run);
    memset(run->vars + offset, 0, (size_t)bytes);
    if (bytes <= 0 || grt_cuda_send_vars(cuda))
        return cuda->error[0] != 0;
    return GRT_CUDA(cuda, cudaMemsetAsync(cuda->vars + offset, 0, (size_t)bytes, cuda->stream));
}

/* The inputs of the samples that are there, to the slot in use. */
static inline int grt_cuda_send_inputs(GrtCuda *cuda, const GrtEntry *entry, cudaStream_t stream)
{
    const GrtRun *run = cuda->run;
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    const bool wide = entry->kind == GRT_CHECK_GRAD || entry->kind == GRT_CHECK_LOSS;
    for (int i = 0; i < entry->need_count; i++) {
        const GrtVar *var = &cuda->model->vars[entry->needs[i]];
        GrtType type = var->type;
        if (wide && type.dtype >= GRT_F16)
            type.dtype = GRT_F64;
        const int64_t samples = type.batch_axis == 0 ? batch : grt_cuda_bound(cuda->model);
        grt_cuda_copy(cuda, cuda->inputs[var->offset], run->inputs[var->offset],
                      grt_cuda_type_bytes(&type, samples), cudaMemcpyHostToDevice, stream);
    }
    return cuda->error[0] != 0;
}

/* An input that a routine has computed: its samples become the host's.  Where the step behind it
 * finds them on the device, only those whose range is to be checked. */
static inline int grt_cuda_give_input(GrtCuda *cuda, cudaStream_t stream, int position,
                                      int64_t bytes)
{
    bool wanted = !cuda->run->queued;
    for (int i = 0; i < cuda->model->var_count; i++) {
        const GrtVar *var = &cuda->model->vars[i];
        wanted = wanted || (var->kind == GRT_INPUT && var->offset == position && var->has_range);
    }
    if (!wanted)
        return 0;
    return grt_cuda_copy(cuda, cuda->run->inputs[position], cuda->inputs[position], bytes,
                         cudaMemcpyDeviceToHost, stream);
}

/* ---- launches ---- */

/* Has this kernel, or one before it, come upon an index out of range?  That of the first is told,
 * as in C, where it would have been the last. */
static inline void grt_cuda_seek_here(GrtCuda *cuda, int index)
{
    GrtRun *run = cuda->run;
    GrtCudaStatus status = {};
    grt_guard<<<1, 1, 0, cuda->stream>>>(cuda->status, cuda->faults, GRT_CUDA_FAULTS, nullptr,
                                         GRT_F32);
    if (GRT_LAUNCHED(cuda, "grt_guard", 0) ||
        grt_cuda_copy(cuda, &status, cuda->status, (int64_t)sizeof status, cudaMemcpyDeviceToHost,
                      cuda->stream) ||
        grt_cuda_wait(cuda) || !status.faulted)
        return;
    cuda->seeking = 0;
    run->fault.index = status.index;
    run->fault.size = status.size;
    run->fault.line = status.line;
    run->fault.kernel = index;
}

/* Behind each kernel, for whoever looks on.  The search for a NaN reads what it wrote. */
static inline void grt_cuda_done(GrtCuda *cuda, int index, int64_t turn)
{
    GrtRun *run = cuda->run;
    if (cuda->seeking)
        grt_cuda_seek_here(cuda, index);
    if (!run->hook)
        return;
    const GrtKernel *kernel = &run->entry->kernels[index];
    unsigned char *host = kernel->in_vars ? run->vars : run->work;
    unsigned char *device = kernel->in_vars ? cuda->vars : cuda->work;
    const int64_t bytes = grt_cuda_type_bytes(&kernel->type, grt_cuda_bound(cuda->model));
    if (!run->profile)
        grt_cuda_copy(cuda, host + kernel->offset, GRT_CUDA_AT(device, kernel->offset, bytes),
                      bytes, cudaMemcpyDeviceToHost, cuda->stream);
    if (grt_cuda_wait(cuda))
        return;
    run->turn = turn;
    run->hook(run, index);
}

static inline int grt_cuda_send_numbers(GrtCuda *cuda, const double *numbers, int count, int place,
                                        cudaStream_t stream)
{
    GrtCudaStep *step = &cuda->steps[place];
    step->rng = cuda->run->rng;
    for (int i = 0; i < count; i++) {
        step->f64[i] = numbers[i];
        step->f32[i] = (float)numbers[i];
    }
    return grt_cuda_copy(cuda, cuda->step, step, (int64_t)sizeof *step, cudaMemcpyHostToDevice,
                         stream);
}

/* How it went, and what a step shows, to the ring. */
static inline int grt_cuda_give_result(GrtCuda *cuda, const GrtEntry *entry, bool values)
{
    GrtCudaResult *result = &cuda->results[cuda->next % GRT_CUDA_RING];
    grt_cuda_copy(cuda, &result->status, cuda->status, (int64_t)sizeof result->status,
                  cudaMemcpyDeviceToHost, cuda->stream);
    for (int i = 0; values && i < entry->value_count; i++) {
        const GrtValue *value = &entry->values[i];
        const int64_t bytes = grt_cuda_type_bytes(&value->type, 1);
        grt_cuda_copy(cuda, &result->values[i], GRT_CUDA_AT(cuda->work, value->offset, bytes),
                      bytes, cudaMemcpyDeviceToHost, cuda->stream);
    }
    return cuda->error[0] != 0;
}

/* Where this step is among the captured ones; NULL: nowhere, and there is no room. */
static inline GrtCudaGraph *grt_cuda_graph(GrtCuda *cuda, GrtCudaLaunch *launch, int64_t batch,
                                           bool *first)
{
    const int slot = cuda->inputs == cuda->slots[1];
    *first = false;
    for (int i = 0; i < cuda->graph_count; i++) {
        GrtCudaGraph *graph = &cuda->graphs[i];
        if (graph->launch == launch && graph->batch == batch && graph->slot == slot)
            return graph;
    }
    if (cuda->graph_count == GRT_CUDA_GRAPHS)
        return NULL;
    *first = true;
    GrtCudaGraph *graph = &cuda->graphs[cuda->graph_count++];
    *graph = {launch, batch, slot, NULL};
    return graph;
}

static inline int grt_cuda_capture(GrtCuda *cuda, GrtCudaGraph *graph)
{
    cudaGraph_t captured = NULL;
    if (GRT_CUDA(cuda, cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal)))
        return 1;
    graph->launch(cuda, cuda->stream, graph->batch);
    if (GRT_CUDA(cuda, cudaStreamEndCapture(cuda->stream, &captured)))
        return 1;
    GRT_CUDA(cuda, cudaGraphInstantiateWithFlags(&graph->exec, captured, 0));
    GRT_CUDA(cuda, cudaGraphDestroy(captured));
    return cuda->error[0] != 0;
}

/* A step that has run before is a graph from then on: cuBLAS has loaded its kernels, which it could
 * not while it is captured. */
static inline int grt_cuda_launch(GrtCuda *cuda, GrtCudaLaunch *launch)
{
    const GrtRun *run = cuda->run;
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    const GrtEntryKind kind = run->entry->kind;
    const bool repeated = kind == GRT_TRAIN || kind == GRT_UPDATE || kind == GRT_AVERAGE;
    bool first = true;
    GrtCudaGraph *graph = NULL;
    if (repeated && !cuda->plain && !run->hook)
        graph = grt_cuda_graph(cuda, launch, batch, &first);
    if (!graph || first) {
        launch(cuda, cuda->stream, batch);
        return cuda->error[0] != 0;
    }
    if (!graph->exec && grt_cuda_capture(cuda, graph))
        return 1;
    return GRT_CUDA(cuda, cudaGraphLaunch(graph->exec, cuda->stream));
}

/* ---- a routine that is waited for ---- */

static inline int grt_cuda_start(GrtCuda *cuda, cudaStream_t stream)
{
    grt_start<<<1, 256, 0, stream>>>(cuda->status, cuda->faults, GRT_CUDA_FAULTS);
    return GRT_LAUNCHED(cuda, "grt_start", 0);
}

static inline int grt_cuda_status(const GrtCudaStatus *status)
{
    return status->faulted ? GRT_BAD_INDEX : status->finite ? GRT_OK : GRT_NOT_FINITE;
}

/* The routine once more, kernel by kernel, for run->fault. */
static inline int grt_cuda_seek(GrtCuda *cuda, GrtCudaLaunch *launch)
{
    if (cuda->run->hook || grt_cuda_start(cuda, cuda->stream))
        return cuda->error[0] ? GRT_DEVICE_FAILED : GRT_BAD_INDEX;
    cuda->seeking = 1;
    launch(cuda, cuda->stream, (int64_t)cuda->run->counters[GRT_BATCH]);
    cuda->seeking = 0;
    return grt_cuda_wait(cuda) ? GRT_DEVICE_FAILED : GRT_BAD_INDEX;
}

static inline int grt_cuda_run_now(GrtRun *run, GrtCudaLaunch *launch, const double *numbers,
                                   int count)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtEntry *entry = run->entry;
    if (grt_cuda_send_inputs(cuda, entry, cuda->stream) ||
        grt_cuda_send_numbers(cuda, numbers, count, (int)(cuda->next % GRT_CUDA_RING),
                              cuda->stream) ||
        grt_cuda_start(cuda, cuda->stream) || grt_cuda_launch(cuda, launch) ||
        grt_cuda_give_result(cuda, entry, false))
        return GRT_DEVICE_FAILED;
    for (int i = 0; i < entry->value_count; i++) {
        const GrtValue *value = &entry->values[i];
        const int64_t bytes = grt_cuda_type_bytes(&value->type, grt_cuda_bound(cuda->model));
        grt_cuda_copy(cuda, run->work + value->offset,
                      GRT_CUDA_AT(cuda->work, value->offset, bytes), bytes, cudaMemcpyDeviceToHost,
                      cuda->stream);
    }
    if (grt_cuda_wait(cuda))
        return GRT_DEVICE_FAILED;
    const int status = grt_cuda_status(&cuda->results[cuda->next % GRT_CUDA_RING].status);
    return status == GRT_BAD_INDEX ? grt_cuda_seek(cuda, launch) : status;
}

/* ---- a training step that is not ---- */

/* Pinned memory for the next batch: pointers by position of the inputs.  It waits until the batch
 * that was there has left. */
static inline int grt_cuda_stage(GrtRun *run, void **inputs)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtModel *model = cuda->model;
    const int slot = (int)(cuda->staged % GRT_CUDA_SLOTS);
    int64_t bytes = 0, at = 0;
    cuda->fetched = 0;
    for (int i = 0; i < model->var_count; i++)
        if (grt_cuda_is_fed(&model->vars[i]))
            bytes +=
                grt_cuda_round(grt_cuda_type_bytes(&model->vars[i].type, grt_cuda_bound(model)));
    if (!cuda->staging && bytes > 0) {
        if (GRT_CUDA(cuda,
                     cudaMallocHost((void **)&cuda->staging, (size_t)(GRT_CUDA_SLOTS * bytes))))
            return GRT_DEVICE_FAILED;
        memset(cuda->staging, 0, (size_t)(GRT_CUDA_SLOTS * bytes));
    }
    if (cuda->staged >= GRT_CUDA_SLOTS && GRT_CUDA(cuda, cudaEventSynchronize(cuda->copied[slot])))
        return GRT_DEVICE_FAILED;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (!grt_cuda_is_fed(var))
            continue;
        inputs[var->offset] = cuda->staging + slot * bytes + at;
        at += grt_cuda_round(grt_cuda_type_bytes(&var->type, grt_cuda_bound(model)));
    }
    return 0;
}

/* What the entry reads of the batch that was gathered last goes to its slot, behind the step that
 * read what is there. */
static inline int grt_cuda_fill_slot(GrtCuda *cuda, const GrtEntry *entry)
{
    const int slot = (int)(cuda->staged % GRT_CUDA_SLOTS);
    cuda->inputs = cuda->slots[slot];
    if (cuda->staged >= GRT_CUDA_SLOTS)
        GRT_CUDA(cuda, cudaStreamWaitEvent(cuda->copies, cuda->used[slot], 0));
    return grt_cuda_send_inputs(cuda, entry, cuda->copies);
}

/* A batch that is computed, on the stream of copies, in a lane of its own: it is waited for, since
 * the host looks at it, while the step before is at work. */
static inline int grt_cuda_run_fetch(GrtRun *run, GrtCudaLaunch *launch, const double *numbers,
                                     int count)
{
    GrtCuda *cuda = grt_cuda_of(run);
    GrtCudaStatus *status = &cuda->results[GRT_CUDA_RING].status;
    grt_cuda_fill_slot(cuda, run->entry);
    grt_cuda_enter(cuda, 1);
    grt_cuda_send_numbers(cuda, numbers, count, GRT_CUDA_RING, cuda->copies);
    grt_cuda_start(cuda, cuda->copies);
    launch(cuda, cuda->copies, (int64_t)run->counters[GRT_BATCH]);
    grt_cuda_copy(cuda, status, cuda->status, (int64_t)sizeof *status, cudaMemcpyDeviceToHost,
                  cuda->copies);
    grt_cuda_enter(cuda, 0);
    if (cuda->error[0] || GRT_CUDA(cuda, cudaStreamSynchronize(cuda->copies)))
        return GRT_DEVICE_FAILED;
    cuda->fetched = 1;
    return grt_cuda_status(status);
}

/* The batch is in its slot, and the next step comes behind that. */
static inline int grt_cuda_prefetch(GrtCuda *cuda, const GrtEntry *entry)
{
    const int slot = (int)(cuda->staged % GRT_CUDA_SLOTS);
    if (!cuda->fetched)
        grt_cuda_fill_slot(cuda, entry);
    cuda->fetched = 0;
    GRT_CUDA(cuda, cudaEventRecord(cuda->copied[slot], cuda->copies));
    return GRT_CUDA(cuda, cudaStreamWaitEvent(cuda->stream, cuda->copied[slot], 0));
}

static inline int grt_cuda_run_queued(GrtRun *run, GrtCudaLaunch *launch, const double *numbers,
                                      int count)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtEntry *entry = run->entry;
    if ((cuda->first == cuda->next && grt_cuda_start(cuda, cuda->stream)) ||
        grt_cuda_prefetch(cuda, entry) ||
        grt_cuda_send_numbers(cuda, numbers, count, (int)(cuda->next % GRT_CUDA_RING),
                              cuda->stream) ||
        grt_cuda_launch(cuda, launch) ||
        GRT_CUDA(cuda, cudaEventRecord(cuda->used[cuda->staged % GRT_CUDA_SLOTS], cuda->stream)) ||
        grt_cuda_give_result(cuda, entry, true) ||
        GRT_CUDA(cuda, cudaEventRecord(cuda->done[cuda->next % GRT_CUDA_RING], cuda->stream)))
        return GRT_DEVICE_FAILED;
    cuda->queued = entry;
    cuda->staged++;
    cuda->next++;
    return GRT_OK;
}

/* Waits for the oldest step on its way: how it went; its values are in run->work. */
static inline int grt_cuda_collect(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const int at = (int)(cuda->first % GRT_CUDA_RING);
    if (cuda->error[0] || GRT_CUDA(cuda, cudaEventSynchronize(cuda->done[at])))
        return GRT_DEVICE_FAILED;
    const GrtCudaResult *result = &cuda->results[at];
    for (int i = 0; i < cuda->queued->value_count; i++) {
        const GrtValue *value = &cuda->queued->values[i];
        memcpy(run->work + value->offset, &result->values[i],
               (size_t)grt_cuda_type_bytes(&value->type, 1));
    }
    cuda->first++;
    return grt_cuda_status(&result->status);
}

/* Waits for all that is on its way, and forgets it. */
static inline int grt_cuda_drop(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    cuda->first = cuda->next;
    return grt_cuda_wait(cuda);
}

/* How many steps may be on their way: 0 where the entry's values are too many, or tensors. */
static inline int grt_cuda_queue(const GrtRun *run, const GrtEntry *entry)
{
    bool good = entry->value_count <= GRT_CUDA_VALUES && !grt_cuda_of(run)->plain;
    for (int i = 0; i < entry->value_count; i++)
        good = good && entry->values[i].type.rank == 0;
    return good ? GRT_CUDA_RING : 0;
}

static inline void grt_cuda_plain(GrtRun *run)
{
    grt_cuda_of(run)->plain = 1;
}

/* ---- what routines and the runtime call ---- */

/* Runs a routine's launches; `writes`: they change variables. */
static inline int grt_cuda_run(GrtRun *run, GrtCudaLaunch *launch, const double *numbers, int count,
                               int writes)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const bool fetches = run->queued && run->entry->kind == GRT_FETCH;
    if (fetches && cuda->host_is_new && (grt_cuda_send_vars(cuda) || grt_cuda_wait(cuda)))
        return GRT_DEVICE_FAILED; /* the other stream may read them */
    if (cuda->error[0] || grt_cuda_send_vars(cuda))
        return GRT_DEVICE_FAILED;
    cuda->device_is_new |= writes;
    if (fetches)
        return grt_cuda_run_fetch(run, launch, numbers, count);
    return run->queued ? grt_cuda_run_queued(run, launch, numbers, count)
                       : grt_cuda_run_now(run, launch, numbers, count);
}

static const GrtDevice grt_cuda_device = {
    grt_cuda_open, grt_cuda_close, grt_cuda_fetch, grt_cuda_changed,
    grt_cuda_zero, grt_cuda_queue, grt_cuda_stage, grt_cuda_collect,
    grt_cuda_drop, grt_cuda_plain, grt_cuda_name,  grt_cuda_error,
};

#endif
