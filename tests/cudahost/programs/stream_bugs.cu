// stream_bugs.cu -- batches copied on a second stream while a captured graph works, with waits left
// out by name; see bugs.h and ../bugs.txt.
#include "bugs.h"

enum { N = 500, THREADS = 128, BATCHES = 9 };

__global__ void add(float *total, const float *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        total[i] += x[i];
}

__global__ void halve(float *y, const float *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = 0.5f * x[i];
}

static cudaStream_t work, copies, side;
static cudaEvent_t filled[2], used[2], fork, join, outside;
static float *staged[2], *slot[2], *total, *halves, *result;

// total += x and, beside it on another stream, halves = x / 2, then total += halves
static cudaGraphExec_t record(int b)
{
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    int blocks = (N + THREADS - 1) / THREADS;
    void *more;
    CHECK(cudaStreamBeginCapture(work, cudaStreamCaptureModeThreadLocal));
    if (bug("malloc_in_capture"))
        CHECK(cudaMalloc(&more, 16));
    if (bug("sync_in_capture"))
        CHECK(cudaStreamSynchronize(work));
    if (bug("waits_for_outside"))
        CHECK(cudaStreamWaitEvent(work, outside, 0));
    CHECK(cudaEventRecord(fork, work));
    CHECK(cudaStreamWaitEvent(side, fork, 0));
    halve<<<blocks, THREADS, 0, side>>>(halves, slot[b], N);
    CHECK(cudaEventRecord(join, side));
    add<<<blocks, THREADS, 0, bug("default_stream") ? 0 : work>>>(total, slot[b], N);
    if (!bug("fork_not_joined") && !bug("joined_late"))
        CHECK(cudaStreamWaitEvent(work, join, 0));
    add<<<blocks, THREADS, 0, work>>>(total, halves, N);
    if (bug("joined_late"))
        CHECK(cudaStreamWaitEvent(work, join, 0));
    CHECK(cudaStreamEndCapture(work, &graph));
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    if (!bug("graph_leak"))
        CHECK(cudaGraphDestroy(graph));
    return exec;
}

int main(int argc, char **argv)
{
    chosen = argc > 1 ? argv[1] : "none";
    CHECK(cudaStreamCreateWithFlags(&work, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&side, cudaStreamNonBlocking));
    CHECK(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
    CHECK(cudaEventCreateWithFlags(&join, cudaEventDisableTiming));
    CHECK(cudaEventCreateWithFlags(&outside, cudaEventDisableTiming));
    CHECK(cudaEventRecord(outside, copies));
    cudaGraphExec_t step[2];
    for (int b = 0; b < 2; b++) {
        CHECK(cudaEventCreateWithFlags(&filled[b], cudaEventDisableTiming));
        CHECK(cudaEventCreateWithFlags(&used[b], cudaEventDisableTiming));
        CHECK(cudaMallocHost((void **)&staged[b], N * sizeof(float)));
        CHECK(cudaMalloc((void **)&slot[b], N * sizeof(float)));
    }
    CHECK(cudaMalloc((void **)&total, N * sizeof(float)));
    CHECK(cudaMalloc((void **)&halves, N * sizeof(float)));
    CHECK(cudaMallocHost((void **)&result, N * sizeof(float)));
    CHECK(cudaMemsetAsync(total, 0, N * sizeof(float), bug("zeroed_elsewhere") ? side : work));
    for (int b = 0; b < 2; b++)
        step[b] = record(b);

    for (int t = 0; t < BATCHES; t++) {
        int b = t % 2;
        if (!bug("staged_too_early"))
            CHECK(cudaEventSynchronize(filled[b]));
        for (int i = 0; i < N; i++)
            staged[b][i] = value(t * N + i);
        if (!bug("slot_too_early"))
            CHECK(cudaStreamWaitEvent(copies, used[b], 0));
        if (bug("recorded_too_early"))
            CHECK(cudaEventRecord(filled[b], copies));
        CHECK(cudaMemcpyAsync(slot[b], staged[b], N * sizeof(float), cudaMemcpyHostToDevice,
                              bug("copied_elsewhere") ? side : copies));
        if (!bug("recorded_too_early"))
            CHECK(cudaEventRecord(filled[b], copies));
        if (!bug("no_wait_for_copy"))
            CHECK(cudaStreamWaitEvent(work, filled[bug("waits_for_the_other") ? !b : b], 0));
        CHECK(cudaGraphLaunch(step[b], bug("launched_elsewhere") ? side : work));
        CHECK(cudaEventRecord(used[b], work));
    }
    CHECK(cudaMemcpyAsync(result, total, N * sizeof(float), cudaMemcpyDeviceToHost,
                          bug("result_elsewhere") ? copies : work));
    if (!bug("no_final_sync"))
        CHECK(cudaStreamSynchronize(bug("result_elsewhere")  ? copies
                                    : bug("syncs_the_other") ? copies
                                                             : work));
    int right = 1;
    for (int i = 0; i < N; i++) {
        double sum = 0.0;
        for (int t = 0; t < BATCHES; t++)
            sum += 1.5 * value(t * N + i);
        right &= fabs(result[i] - sum) < 1e-4;
    }
    CHECK(cudaDeviceSynchronize());
    for (int b = 0; b < 2; b++) {
        CHECK(cudaGraphExecDestroy(step[b]));
        if (!bug("event_leak"))
            CHECK(cudaEventDestroy(filled[b]));
        CHECK(cudaEventDestroy(used[b]));
        if (!bug("pinned_leak"))
            CHECK(cudaFreeHost(staged[b]));
        CHECK(cudaFree(slot[b]));
    }
    CHECK(cudaEventDestroy(fork));
    CHECK(cudaEventDestroy(join));
    CHECK(cudaEventDestroy(outside));
    CHECK(cudaFree(total));
    CHECK(cudaFree(halves));
    CHECK(cudaFreeHost(result));
    CHECK(cudaStreamDestroy(work));
    CHECK(cudaStreamDestroy(copies));
    if (!bug("stream_leak"))
        CHECK(cudaStreamDestroy(side));
    return finish(right);
}
