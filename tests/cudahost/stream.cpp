/* stream.cpp -- streams are queues, run as late as the program allows: when somebody waits.
 *
 * In a seeded order they also run a little ahead, now and then when something is queued. What an
 * operation waits for in other streams runs first. Device memory is unlocked once for all that run
 * one after the other: to protect it costs more than a small kernel. */
#include "stream.h"

#include <algorithm>

namespace cudahost
{
static Stream new_stream(bool blocking)
{
    Stream stream = {};
    stream.blocking = blocking;
    stream.timeline = timeline_new();
    stream.device = this_device();
    return stream;
}

std::set<Stream *> streams;
/* Made before main: its timeline is the first, of which op.cpp knows. */
Stream legacy = {true, 0, {}, {}, 0, 0, {}, nullptr, false, {}, 0};

Stream *stream_of(cudaStream_t stream)
{
    return stream == nullptr || stream == cudaStreamLegacy ? &legacy : stream;
}

bool stream_is_known(cudaStream_t stream)
{
    Stream *it = stream_of(stream);
    return it == &legacy || streams.count(it);
}

bool stream_is_here(cudaStream_t stream)
{
    const Stream *it = stream_of(stream);
    return it == &legacy || it->device == this_device();
}

/* Its first operation, after what that waits for. */
static void run_one(Stream *stream)
{
    Queued first = std::move(stream->queue.front());
    stream->queue.pop_front();
    for (const Point &point : first.after)
        run_until(point);
    op_run(first.op, first.number, first.clock);
    stream->done++;
}

void run_until(Point point)
{
    if (point.stream->done >= point.sequence || point.stream->queue.empty())
        return;
    Unlock unlock;
    while (point.stream->done < point.sequence && !point.stream->queue.empty())
        run_one(point.stream);
}

static Stream *some_busy_stream()
{
    std::vector<Stream *> busy;
    for (Stream *stream : streams)
        if (!stream->queue.empty())
            busy.push_back(stream);
    /* By age, not by address: runs can be repeated. */
    std::sort(busy.begin(), busy.end(),
              [](Stream *a, Stream *b) { return a->timeline < b->timeline; });
    if (!legacy.queue.empty())
        busy.insert(busy.begin(), &legacy);
    return busy.empty() ? nullptr : busy[pick(busy.size())];
}

static void run_ahead()
{
    if (options().order != Options::SEEDED || random_bits() % 8)
        return;
    Unlock unlock;
    Stream *stream;
    for (size_t left = random_bits() % 16; left > 0 && (stream = some_busy_stream()); left--)
        run_one(stream);
}

void wait_for(Stream *stream)
{
    run_until({stream, stream->queued});
    host_clock.join(stream->clock);
}

Stream *other_stream()
{
    static Stream *other = new Stream(new_stream(false));
    streams.insert(other);
    return other;
}

static void finish_everything()
{
    Unlock unlock;
    while (Stream *stream = some_busy_stream())
        run_one(stream);
    host_clock.join(legacy.clock);
    for (Stream *stream : streams)
        host_clock.join(stream->clock);
}

static void wait_also(Stream *stream, std::vector<Point> &after, Stream *other)
{
    after.push_back({other, other->queued});
    stream->clock.join(other->clock);
}

void queue(Stream *stream, const Op &op)
{
    std::vector<Point> after = std::move(stream->waits);
    stream->waits.clear();
    if (stream == &legacy) {
        for (Stream *other : streams)
            if (other->blocking)
                wait_also(stream, after, other);
    } else if (stream->blocking) {
        wait_also(stream, after, &legacy);
    }
    stream->clock.join(host_clock);
    uint32_t number = op_number(stream->timeline, stream->clock, op);
    stream->queue.push_back({op, number, stream->clock, after});
    stream->queued++;
    run_ahead();
}

cudaError_t submit(cudaStream_t on, const Op &op)
{
    Stream *stream = stream_of(on);
    if (!stream_is_known(on))
        return cudaErrorInvalidResourceHandle;
    if (stream->graph) {
        capture(stream, op);
        return cudaSuccess;
    }
    if (stream == &legacy)
        for (Stream *other : streams)
            if (other->graph && other->blocking) {
                break_capture(other->graph, "the legacy stream is used, which waits for it");
                return cudaErrorStreamCaptureImplicit;
            }
    queue(stream, op);
    return cudaSuccess;
}

cudaError_t refuse_in_capture(const char *call)
{
    for (Stream *stream : streams)
        if (stream->graph && stream->graph->mode != cudaStreamCaptureModeRelaxed)
            return refuse_for(stream->graph, call);
    return cudaSuccess;
}

cudaError_t finish_all(const char *call)
{
    for (Stream *stream : streams)
        if (stream->graph)
            return refuse_for(stream->graph, call);
    finish_everything();
    return cudaSuccess;
}

void stream_report_leaks()
{
    for (size_t i = 0; i < streams.size(); i++)
        fault({nullptr, 0}, "a stream has not been destroyed");
    for (size_t i = 0; i < events.size(); i++)
        fault({nullptr, 0}, "an event has not been destroyed");
}
} // namespace cudahost

using namespace cudahost;

#define NEED_STREAM(stream)                                   \
    do {                                                      \
        if (!stream_is_known(stream))                         \
            return set_error(cudaErrorInvalidResourceHandle); \
    } while (0)

cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    CUDAHOST_CALL("cudaStreamCreate");
    return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    CUDAHOST_CALL("cudaStreamCreateWithFlags");
    *stream = new Stream(new_stream(!(flags & cudaStreamNonBlocking)));
    streams.insert(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned flags, int)
{
    CUDAHOST_CALL("cudaStreamCreateWithPriority");
    return cudaStreamCreateWithFlags(stream, flags);
}

/* Streams stay where they are: points of others may still name them. */
cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    CUDAHOST_CALL("cudaStreamDestroy");
    NEED_STREAM(stream);
    if (stream->graph)
        return set_error(refuse_for(stream->graph, "cudaStreamDestroy"));
    static std::vector<Stream *> &gone = *new std::vector<Stream *>;
    run_until({stream, stream->queued});
    streams.erase(stream);
    gone.push_back(stream);
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t on)
{
    CUDAHOST_CALL("cudaStreamSynchronize");
    NEED_STREAM(on);
    Stream *stream = stream_of(on);
    if (stream->graph)
        return set_error(refuse_for(stream->graph, "cudaStreamSynchronize"));
    wait_for(stream);
    return cudaSuccess;
}

/* Who asks again and again sees it advance. */
cudaError_t cudaStreamQuery(cudaStream_t on)
{
    CUDAHOST_CALL("cudaStreamQuery");
    NEED_STREAM(on);
    Stream *stream = stream_of(on);
    if (stream->graph)
        return set_error(refuse_for(stream->graph, "cudaStreamQuery"));
    if (!stream->queue.empty()) {
        run_one(stream);
        return cudaErrorNotReady;
    }
    host_clock.join(stream->clock);
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize()
{
    CUDAHOST_CALL("cudaDeviceSynchronize");
    return set_error(finish_all("cudaDeviceSynchronize"));
}

cudaError_t cudaDeviceReset()
{
    CUDAHOST_CALL("cudaDeviceReset");
    return set_error(finish_all("cudaDeviceReset"));
}
