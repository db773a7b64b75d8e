/* clang-format off */
/* grt_cuda_queue.h -- training steps that are not waited for.
 *
 *     the host   gather 0 | queue step 0 | gather 1 | queue step 1        | collect 0 ...
 *     copies               batch 0                   batch 1
 *     stream               (waits) routine, routine, result 0   (waits) routine, ...
 *
 * A batch is gathered into pinned memory, and copied on a stream of its own while what came before
 * is at work; routines that share it find it in its slot.  Each routine's numbers lie in a ring
 * until they have left, and what a step gave in another until the host asks.
 *
 * Where a routine went wrong, `status->stopped` keeps it and all behind it from changing variables,
 * until nothing is on its way any more; `status->passed` has counted those before it. */
/* clang-format on */
#ifndef GRT_CUDA_QUEUE_H
#define GRT_CUDA_QUEUE_H

/* ---- batches ---- */

/* That of the batch that was staged last. */
static inline int grt_cuda_slot(const GrtCuda *cuda)
{
    return (int)((cuda->staged + GRT_CUDA_SLOTS - 1) % GRT_CUDA_SLOTS);
}

static inline int64_t grt_cuda_batch_bytes(const GrtModel *model)
{
    int64_t bytes = 0;
    for (int i = 0; i < model->var_count; i++)
        if (grt_cuda_is_fed(&model->vars[i]))
            bytes +=
                grt_cuda_round(grt_cuda_type_bytes(&model->vars[i].type, grt_cuda_bound(model)));
    return bytes;
}

/* Pinned memory for the next batch: pointers by position of the inputs.  It waits until the batch
 * that was there has left. */
static inline int grt_cuda_stage(GrtRun *run, void **inputs)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtCudaHere here(cuda);
    const GrtModel *model = cuda->model;
    const int64_t bytes = grt_cuda_batch_bytes(model);
    cuda->staged++;
    cuda->fetched = cuda->filled = 0;
    if (!cuda->staging && bytes > 0) {
        if (GRT_CUDA(cuda,
                     cudaMallocHost((void **)&cuda->staging, (size_t)(GRT_CUDA_SLOTS * bytes))))
            return GRT_DEVICE_FAILED;
        memset(cuda->staging, 0, (size_t)(GRT_CUDA_SLOTS * bytes));
    }
    if (cuda->staged > GRT_CUDA_SLOTS &&
        GRT_CUDA(cuda, cudaEventSynchronize(cuda->copied[grt_cuda_slot(cuda)])))
        return GRT_DEVICE_FAILED;
    int64_t at = grt_cuda_slot(cuda) * bytes;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (!grt_cuda_is_fed(var))
            continue;
        inputs[var->offset] = cuda->staging + at;
        at += grt_cuda_round(grt_cuda_type_bytes(&var->type, grt_cuda_bound(model)));
    }
    return 0;
}

/* What comes to the batch's slot comes behind the routines that read what is there. */
static inline void grt_cuda_enter_slot(GrtCuda *cuda)
{
    const int slot = grt_cuda_slot(cuda);
    cuda->inputs = cuda->slots[slot];
    if (cuda->staged > GRT_CUDA_SLOTS)
        GRT_CUDA(cuda, cudaStreamWaitEvent(cuda->copies, cuda->used[slot], 0));
}

/* A batch that is computed, on the stream of copies, in a lane of its own: it is waited for, since
 * the host looks at it, while what came before is at work. */
static inline int grt_cuda_run_fetch(GrtRun *run, GrtCudaLaunch *launch, const double *numbers,
                                     int count)
{
    GrtCuda *cuda = grt_cuda_of(run);
    GrtCudaStatus *status = &cuda->results[GRT_CUDA_RING].status;
    grt_cuda_enter_slot(cuda);
    grt_cuda_send_inputs(cuda, run->entry, cuda->copies);
    grt_cuda_enter(cuda, 1);
    grt_cuda_send_numbers(cuda, numbers, count, GRT_CUDA_RUNS, cuda->copies);
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

static inline bool grt_cuda_reads(const GrtEntry *entry, int var)
{
    for (int i = 0; i < entry->need_count; i++)
        if (entry->needs[i] == var)
            return true;
    return false;
}

/* What any block reads of the batch goes to its slot, each input once. */
static inline void grt_cuda_send_batch(GrtCuda *cuda)
{
    const GrtModel *model = cuda->model;
    for (int i = 0; i < model->entry_count; i++) {
        const GrtEntry *entry = &model->entries[i];
        for (int k = 0; entry->kind == GRT_TRAIN && k < entry->need_count; k++) {
            bool sent = false;
            for (int j = 0; j < i && !sent; j++)
                sent = model->entries[j].kind == GRT_TRAIN &&
                       grt_cuda_reads(&model->entries[j], entry->needs[k]);
            if (!sent)
                grt_cuda_send_input(cuda, entry->needs[k], false, cuda->copies);
        }
    }
}

/* The batch is in its slot, and the next routine comes behind that. */
static inline int grt_cuda_prefetch(GrtCuda *cuda)
{
    const int slot = grt_cuda_slot(cuda);
    if (cuda->filled)
        return 0;
    if (!cuda->fetched) {
        grt_cuda_enter_slot(cuda);
        grt_cuda_send_batch(cuda);
    }
    cuda->filled = 1;
    GRT_CUDA(cuda, cudaEventRecord(cuda->copied[slot], cuda->copies));
    return GRT_CUDA(cuda, cudaStreamWaitEvent(cuda->stream, cuda->copied[slot], 0));
}

/* ---- a step ---- */

/* It begins with the first of it that is queued. */
static inline int grt_cuda_begin(GrtCuda *cuda)
{
    if (cuda->begun)
        return 0;
    if (cuda->first == cuda->next) {
        cuda->started = 0;
        if (grt_cuda_start(cuda, cuda->stream))
            return 1;
    }
    cuda->begun = 1;
    cuda->values = 0;
    cuda->before[cuda->next % GRT_CUDA_RING] = cuda->started;
    return 0;
}

/* What a routine shows, to the ring. */
static inline int grt_cuda_give_values(GrtCuda *cuda, const GrtEntry *entry)
{
    GrtCudaResult *result = &cuda->results[cuda->next % GRT_CUDA_RING];
    for (int i = 0; i < entry->value_count; i++) {
        const GrtValue *value = &entry->values[i];
        const int64_t bytes = grt_cuda_type_bytes(&value->type, 1);
        grt_cuda_copy(cuda, &result->values[cuda->values++],
                      GRT_CUDA_AT(cuda->work, value->offset, bytes), bytes, cudaMemcpyDeviceToHost,
                      cuda->stream);
    }
    return cuda->error[0] != 0;
}

/* A place in the ring of numbers is free when those that were there have left. */
static inline int grt_cuda_queue_numbers(GrtCuda *cuda, const double *numbers, int count)
{
    const int place = (int)(cuda->runs % GRT_CUDA_RUNS);
    if (cuda->runs >= GRT_CUDA_RUNS && GRT_CUDA(cuda, cudaEventSynchronize(cuda->taken[place])))
        return 1;
    cuda->runs++;
    grt_cuda_send_numbers(cuda, numbers, count, place, cuda->stream);
    return GRT_CUDA(cuda, cudaEventRecord(cuda->taken[place], cuda->stream));
}

static inline int grt_cuda_run_queued(GrtRun *run, GrtCudaLaunch *launch, const double *numbers,
                                      int count)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtEntry *entry = run->entry;
    const bool reads = entry->need_count > 0;
    if (grt_cuda_begin(cuda) || (reads && grt_cuda_prefetch(cuda)) ||
        grt_cuda_queue_numbers(cuda, numbers, count) || grt_cuda_launch(cuda, launch) ||
        (reads && GRT_CUDA(cuda, cudaEventRecord(cuda->used[grt_cuda_slot(cuda)], cuda->stream))) ||
        (run->queued == GRT_QUEUED_SHOWN && grt_cuda_give_values(cuda, entry)))
        return GRT_DEVICE_FAILED;
    cuda->started++;
    return GRT_OK;
}

/* Bytes of the variables become 0: a multiple of 16. */
static inline int grt_cuda_zero(GrtRun *run, int64_t offset, int64_t bytes)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtCudaHere here(cuda);
    if (cuda->error[0] || grt_cuda_send_vars(cuda))
        return GRT_DEVICE_FAILED;
    cuda->device_is_new = 1;
    unsigned char *sums = GRT_CUDA_AT(cuda->vars, offset, bytes);
    if (!run->queued)
        return GRT_CUDA(cuda, cudaMemsetAsync(sums, 0, (size_t)bytes, cuda->stream));
    if (grt_cuda_begin(cuda))
        return GRT_DEVICE_FAILED;
    grt_zero<<<grt_blocks(bytes / 16, 256), 256, 0, cuda->stream>>>(cuda->status, (float *)sums,
                                                                    bytes / 16);
    return GRT_LAUNCHED(cuda, "grt_zero", 0);
}

/* How it went comes back, and the step is on its way. */
static inline int grt_cuda_end(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtCudaHere here(cuda);
    const int place = (int)(cuda->next % GRT_CUDA_RING);
    if (cuda->error[0] || grt_cuda_begin(cuda) ||
        grt_cuda_copy(cuda, &cuda->results[place].status, cuda->status,
                      (int64_t)sizeof *cuda->status, cudaMemcpyDeviceToHost, cuda->stream) ||
        GRT_CUDA(cuda, cudaEventRecord(cuda->done[place], cuda->stream)))
        return GRT_DEVICE_FAILED;
    cuda->begun = 0;
    cuda->next++;
    return 0;
}

/* Waits for the oldest step on its way: how it went. */
static inline int grt_cuda_collect(GrtRun *run, GrtStepDone *done)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtCudaHere here(cuda);
    const int place = (int)(cuda->first % GRT_CUDA_RING);
    if (cuda->error[0] || GRT_CUDA(cuda, cudaEventSynchronize(cuda->done[place])))
        return GRT_DEVICE_FAILED;
    const GrtCudaResult *result = &cuda->results[place];
    done->passed = result->status.passed - cuda->before[place];
    done->values = result->values;
    cuda->first++;
    return grt_cuda_status(&result->status);
}

/* Waits for all that is on its way, and forgets it. */
static inline int grt_cuda_drop(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtCudaHere here(cuda);
    cuda->first = cuda->next;
    cuda->begun = 0;
    return grt_cuda_wait(cuda);
}

/* How many steps may be on their way: 0 where they show too many numbers. */
static inline int grt_cuda_queue(const GrtRun *run, int numbers)
{
    return numbers <= GRT_CUDA_VALUES && !grt_cuda_of(run)->plain ? GRT_CUDA_RING : 0;
}

#endif
