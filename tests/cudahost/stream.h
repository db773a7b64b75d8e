/* stream.h -- streams, events and graphs, for the files that run them. */
#ifndef CUDAHOST_STREAM_H
#define CUDAHOST_STREAM_H

#include "cudahost.h"

#include <deque>
#include <memory>
#include <set>

namespace cudahost
{
/* An operation's place: the sequence-th of its stream, counted from 1. */
struct Point {
    Stream *stream;
    uint64_t sequence;
};

struct Queued {
    Op op;
    uint32_t number;
    Clock clock;
    std::vector<Point> after; /* in other streams */
};

struct Stream {
    bool blocking; /* waits for the legacy stream, and it for this one */
    size_t timeline;
    Clock clock; /* of all that has been queued */
    std::deque<Queued> queue;
    uint64_t queued, done;
    std::vector<Point> waits; /* what the next operation waits for */
    /* While it captures: */
    Graph *graph;
    bool origin;
    std::vector<int> tail; /* nodes that the next one comes after */
    int device;
};
extern std::set<Stream *> streams;
extern Stream legacy;
Stream *stream_of(cudaStream_t stream);

struct Event {
    bool recorded;
    Point at;
    Clock clock;
    std::shared_ptr<double> time;
    Graph *graph; /* recorded in a capture, after these nodes */
    std::vector<int> nodes;
};
extern std::set<Event *> events;

struct Node {
    Op op;
    std::vector<int> after;
};
struct Graph {
    std::vector<Node> nodes;
    std::vector<Stream *> joined; /* streams that the capture has spread to */
    cudaStreamCaptureMode mode;
    bool invalid;
};

/* Queues; the number of operations queued is then the place of this one. */
void queue(Stream *stream, const Op &op);
void capture(Stream *stream, const Op &op);
void run_until(Point point);
void wait_for(Stream *stream);
/* Spreads a capture to this stream, or joins one back. */
cudaError_t capture_wait(Stream *stream, Event *event);
cudaError_t refuse_for(Graph *graph, const char *call);
void break_capture(Graph *graph, const char *why);
} // namespace cudahost

#endif
