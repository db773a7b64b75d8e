/* event.cpp -- events: a point of a stream, or of a graph that is being captured. */
#include "stream.h"

#include <ctime>

namespace cudahost
{
std::set<Event *> events;

static double milliseconds()
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static bool is_done(const Event *event)
{
    return !event->recorded || event->at.stream->done >= event->at.sequence;
}
} // namespace cudahost

using namespace cudahost;

#define NEED_EVENT(event)                                     \
    do {                                                      \
        if (!events.count(event))                             \
            return set_error(cudaErrorInvalidResourceHandle); \
        if ((event)->graph)                                   \
            return set_error(cudaErrorCapturedEvent);         \
    } while (0)

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    CUDAHOST_CALL("cudaEventCreate");
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
    CUDAHOST_CALL("cudaEventCreateWithFlags");
    *event = new Event();
    if (!(flags & cudaEventDisableTiming))
        (*event)->time = std::make_shared<double>();
    events.insert(*event);
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    CUDAHOST_CALL("cudaEventDestroy");
    if (!events.erase(event))
        return set_error(cudaErrorInvalidResourceHandle);
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t on, Place at)
{
    CUDAHOST_CALL("cudaEventRecord");
    if (!events.count(event) || !stream_is_known(on))
        return set_error(cudaErrorInvalidResourceHandle);
    Stream *stream = stream_of(on);
    if (stream->graph) {
        event->recorded = true;
        event->graph = stream->graph;
        event->nodes = stream->tail;
        return cudaSuccess;
    }
    std::shared_ptr<double> time = event->time;
    cudaError_t error = submit(on, {"cudaEventRecord", at, [time] {
                                        if (time)
                                            *time = milliseconds();
                                    }});
    if (error)
        return set_error(error);
    event->recorded = true;
    event->graph = nullptr;
    event->at = {stream, stream->queued};
    event->clock = stream->clock;
    return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t on, cudaEvent_t event, unsigned, Place)
{
    CUDAHOST_CALL("cudaStreamWaitEvent");
    if (!events.count(event) || !stream_is_known(on))
        return set_error(cudaErrorInvalidResourceHandle);
    Stream *stream = stream_of(on);
    if (stream->graph || event->graph)
        return set_error(capture_wait(stream, event));
    if (!event->recorded)
        return cudaSuccess;
    stream->waits.push_back(event->at);
    stream->clock.join(event->clock);
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    CUDAHOST_CALL("cudaEventSynchronize");
    NEED_EVENT(event);
    if (cudaError_t error = refuse_in_capture("cudaEventSynchronize"))
        return set_error(error);
    if (event->recorded)
        run_until(event->at);
    host_clock.join(event->clock);
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    CUDAHOST_CALL("cudaEventQuery");
    NEED_EVENT(event);
    if (!is_done(event)) {
        run_until({event->at.stream, event->at.stream->done + 1});
        return cudaErrorNotReady;
    }
    host_clock.join(event->clock);
    return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
    CUDAHOST_CALL("cudaEventElapsedTime");
    NEED_EVENT(from);
    NEED_EVENT(to);
    if (!from->time || !to->time || !from->recorded || !to->recorded)
        return set_error(cudaErrorInvalidResourceHandle);
    if (!is_done(from) || !is_done(to))
        return cudaErrorNotReady;
    *ms = (float)(*to->time - *from->time);
    return cudaSuccess;
}
