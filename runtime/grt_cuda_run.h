/* grt_cuda_run.h -- how the routines of a CUDA program run.
 *
 *     inputs, numbers ─→ launches ─→ values, status ─→ the host waits
 *
 * Those of a training step are not waited for: grt_cuda_queue.h.  They are captured graphs, each
 * once it has run before, for each slot of inputs and number of samples. */
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
    const GrtCudaHere here(cuda);
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

/* The samples of an input that are there, to the slot in use.  wide: its floats are f64. */
static inline int grt_cuda_send_input(GrtCuda *cuda, int input, bool wide, cudaStream_t stream)
{
    const GrtRun *run = cuda->run;
    const GrtVar *var = &cuda->model->vars[input];
    GrtType type = var->type;
    if (wide && type.dtype >= GRT_F16)
        type.dtype = GRT_F64;
    const int64_t samples =
        type.batch_axis == 0 ? (int64_t)run->counters[GRT_BATCH] : grt_cuda_bound(cuda->model);
    return grt_cuda_copy(cuda, cuda->inputs[var->offset], run->inputs[var->offset],
                         grt_cuda_type_bytes(&type, samples), cudaMemcpyHostToDevice, stream);
}

/* All that the entry reads. */
static inline int grt_cuda_send_inputs(GrtCuda *cuda, const GrtEntry *entry, cudaStream_t stream)
{
    const bool wide = entry->kind == GRT_CHECK_GRAD || entry->kind == GRT_CHECK_LOSS;
    for (int i = 0; i < entry->need_count; i++)
        grt_cuda_send_input(cuda, entry->needs[i], wide, stream);
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

/* Where this routine is among the captured ones; NULL: nowhere, and there is no room. */
static inline GrtCudaGraph *grt_cuda_graph(GrtCuda *cuda, GrtCudaLaunch *launch, int64_t batch,
                                           bool *first)
{
    const int slot = cuda->run->entry->need_count > 0 && cuda->inputs == cuda->slots[1];
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

/* Before the first kernel of a profile: what it waits for, a copied batch, is no time of its own.
 */
static inline int grt_cuda_settle(GrtCuda *cuda)
{
    GrtRun *run = cuda->run;
    if (!run->hook || !run->profile)
        return 0;
    if (grt_cuda_wait(cuda))
        return 1;
    run->hook(run, -1);
    return 0;
}

/* A routine that has run before is a graph from then on: cuBLAS has loaded its kernels, which it
 * could not while it is captured. */
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
        if (grt_cuda_settle(cuda))
            return 1;
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
    grt_start<<<1, 256, 0, stream>>>(GRT_CUDA_AT(cuda->status, 0, sizeof *cuda->status),
                                     GRT_CUDA_AT(cuda->faults, 0, sizeof grt_cuda_faults),
                                     GRT_CUDA_FAULTS);
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
    GrtCudaStatus *went = &cuda->results[GRT_CUDA_RING].status;
    if (grt_cuda_send_inputs(cuda, entry, cuda->stream) ||
        grt_cuda_send_numbers(cuda, numbers, count, GRT_CUDA_RUNS, cuda->stream) ||
        grt_cuda_start(cuda, cuda->stream) || grt_cuda_launch(cuda, launch) ||
        grt_cuda_copy(cuda, went, cuda->status, (int64_t)sizeof *went, cudaMemcpyDeviceToHost,
                      cuda->stream))
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
    const int status = grt_cuda_status(went);
    return status == GRT_BAD_INDEX ? grt_cuda_seek(cuda, launch) : status;
}

/* ---- what routines and the runtime call ---- */

#include "grt_cuda_queue.h" /* needs what is above */

static inline void grt_cuda_plain(GrtRun *run)
{
    grt_cuda_of(run)->plain = 1;
}

/* Runs a routine's launches; `writes`: they change variables. */
static inline int grt_cuda_run(GrtRun *run, GrtCudaLaunch *launch, const double *numbers, int count,
                               int writes)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtCudaHere here(cuda);
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
    grt_cuda_open,  grt_cuda_close, grt_cuda_fetch, grt_cuda_changed, grt_cuda_zero,
    grt_cuda_queue, grt_cuda_stage, grt_cuda_end,   grt_cuda_collect, grt_cuda_drop,
    grt_cuda_plain, grt_cuda_name,  grt_cuda_error,
};

#endif
