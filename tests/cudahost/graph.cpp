/* graph.cpp -- captured graphs: nodes and edges by streams and events; launched in any order that
 * the edges allow. */
#include "stream.h"

#include <algorithm>

namespace cudahost
{
struct GraphExec {
    std::vector<Node> nodes;
    std::vector<size_t>
        timelines; /* of each node: one that comes after another alone goes on in its own */
    Point last;    /* its last launch: the next waits for it */
    Clock last_clock;
};
static std::set<Graph *> graphs;
static std::set<GraphExec *> execs;

void break_capture(Graph *graph, const char *why)
{
    graph->invalid = true;
    fflush(stdout);
    fprintf(stderr, "cudahost: this ends the capture of a graph: %s\n", why);
}

cudaError_t refuse_for(Graph *graph, const char *call)
{
    break_capture(graph, call);
    return cudaErrorStreamCaptureUnsupported;
}

void capture(Stream *stream, const Op &op)
{
    Graph *graph = stream->graph;
    graph->nodes.push_back({op, stream->tail});
    stream->tail.assign(1, (int)graph->nodes.size() - 1);
}

cudaError_t capture_wait(Stream *stream, Event *event)
{
    if (!event->graph) {
        break_capture(stream->graph, "it waits for an event from outside");
        return cudaErrorStreamCaptureIsolation;
    }
    bool alive = false;
    for (Stream *other : streams)
        alive |= other->graph == event->graph;
    if (!alive)
        return cudaErrorCapturedEvent;
    if (stream->graph && stream->graph != event->graph)
        return cudaErrorStreamCaptureMerge;
    if (stream == &legacy)
        return cudaErrorStreamCaptureImplicit;
    if (!stream->graph) {
        stream->graph = event->graph;
        stream->tail.clear();
        event->graph->joined.push_back(stream);
    }
    for (int node : event->nodes)
        if (std::find(stream->tail.begin(), stream->tail.end(), node) == stream->tail.end())
            stream->tail.push_back(node);
    return cudaSuccess;
}

static void mark(const Graph *graph, std::vector<char> &reached, int node)
{
    if (reached[node])
        return;
    reached[node] = 1;
    for (int before : graph->nodes[node].after)
        mark(graph, reached, before);
}

/* The first node that the origin's end does not come after; NULL: all are joined. */
static const Node *unjoined(const Graph *graph, const std::vector<int> &tail)
{
    std::vector<char> reached(graph->nodes.size());
    for (int node : tail)
        mark(graph, reached, node);
    for (size_t i = 0; i < reached.size(); i++)
        if (!reached[i])
            return &graph->nodes[i];
    return nullptr;
}

/* A node goes on in the timeline of one that it comes after, if nobody else has. */
static void give_timelines(GraphExec *exec)
{
    std::vector<char> continued(exec->nodes.size());
    for (const Node &node : exec->nodes) {
        size_t timeline = SIZE_MAX;
        for (int before : node.after)
            if (timeline == SIZE_MAX && !continued[before]) {
                timeline = exec->timelines[before];
                continued[before] = 1;
            }
        exec->timelines.push_back(timeline == SIZE_MAX ? timeline_new() : timeline);
    }
}

struct Stamped {
    uint32_t number;
    Clock clock;
};

static std::vector<Stamped> stamp_nodes(const GraphExec *exec, const Clock &from)
{
    std::vector<Stamped> stamped;
    for (size_t i = 0; i < exec->nodes.size(); i++) {
        Clock clock = from;
        for (int before : exec->nodes[i].after)
            clock.join(stamped[before].clock);
        uint32_t number = op_number(exec->timelines[i], clock, exec->nodes[i].op);
        stamped.push_back({number, clock});
    }
    return stamped;
}

static void run_nodes(const std::vector<Node> &nodes, const std::vector<Stamped> &stamped)
{
    std::vector<char> done(nodes.size());
    for (size_t left = nodes.size(); left; left--) {
        std::vector<size_t> ready;
        for (size_t i = 0; i < nodes.size(); i++)
            if (!done[i] && std::all_of(nodes[i].after.begin(), nodes[i].after.end(),
                                        [&](int before) { return done[before]; }))
                ready.push_back(i);
        size_t i = ready[pick(ready.size())];
        op_run(nodes[i].op, stamped[i].number, stamped[i].clock);
        done[i] = 1;
    }
}

void graph_report_leaks()
{
    for (size_t i = 0; i < graphs.size(); i++)
        fault({nullptr, 0}, "a graph has not been destroyed");
    for (size_t i = 0; i < execs.size(); i++)
        fault({nullptr, 0}, "an executable graph has not been destroyed");
}

static cudaError_t instantiate(GraphExec **exec, Graph *graph)
{
    if (!graphs.count(graph))
        return set_error(cudaErrorInvalidValue);
    *exec = new GraphExec();
    (*exec)->nodes = graph->nodes;
    give_timelines(*exec);
    execs.insert(*exec);
    return cudaSuccess;
}

static cudaError_t update(GraphExec *exec, Graph *graph)
{
    bool same = exec->nodes.size() == graph->nodes.size();
    for (size_t i = 0; same && i < exec->nodes.size(); i++)
        same = exec->nodes[i].after == graph->nodes[i].after &&
               !strcmp(exec->nodes[i].op.what, graph->nodes[i].op.what);
    if (!same)
        return cudaErrorGraphExecUpdateFailure;
    exec->nodes = graph->nodes;
    return cudaSuccess;
}
} // namespace cudahost

using namespace cudahost;

cudaError_t cudaStreamBeginCapture(cudaStream_t on, cudaStreamCaptureMode mode)
{
    CUDAHOST_CALL("cudaStreamBeginCapture");
    Stream *stream = stream_of(on);
    if (!stream_is_known(on))
        return set_error(cudaErrorInvalidResourceHandle);
    if (stream == &legacy)
        return set_error(cudaErrorStreamCaptureUnsupported);
    if (stream->graph)
        return set_error(cudaErrorIllegalState);
    stream->graph = new Graph();
    stream->graph->mode = mode;
    stream->origin = true;
    stream->tail.clear();
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t on, cudaGraph_t *result, Place at)
{
    CUDAHOST_CALL("cudaStreamEndCapture");
    Stream *stream = stream_of(on);
    if (!stream_is_known(on) || !stream->graph || !stream->origin)
        return set_error(cudaErrorStreamCaptureUnmatched);
    Graph *graph = stream->graph;
    const Node *lost = unjoined(graph, stream->tail);
    for (Stream *other : graph->joined)
        other->graph = nullptr;
    stream->graph = nullptr;
    stream->origin = false;
    *result = nullptr;
    if (!graph->invalid && !lost) {
        graphs.insert(*result = graph);
        return cudaSuccess;
    }
    if (lost)
        fprintf(stderr, "cudahost: %s:%d: %s, in another stream, has not been joined (%s:%d)\n",
                at.file, at.line, lost->op.what, lost->op.at.file, lost->op.at.line);
    bool invalid = graph->invalid;
    delete graph;
    return set_error(invalid ? cudaErrorStreamCaptureInvalidated : cudaErrorStreamCaptureUnjoined);
}

cudaError_t cudaStreamIsCapturing(cudaStream_t on, cudaStreamCaptureStatus *status)
{
    CUDAHOST_CALL("cudaStreamIsCapturing");
    if (!stream_is_known(on))
        return set_error(cudaErrorInvalidResourceHandle);
    const Graph *graph = stream_of(on)->graph;
    *status = !graph           ? cudaStreamCaptureStatusNone
              : graph->invalid ? cudaStreamCaptureStatusInvalidated
                               : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *, size_t *count)
{
    CUDAHOST_CALL("cudaGraphGetNodes");
    *count = graph->nodes.size();
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph,
                                          unsigned long long)
{
    CUDAHOST_CALL("cudaGraphInstantiateWithFlags");
    return instantiate(exec, graph);
}

#if CUDART_VERSION >= 12000
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
    CUDAHOST_CALL("cudaGraphInstantiate");
    return instantiate(exec, graph);
}

cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph,
                                cudaGraphExecUpdateResultInfo *info)
{
    CUDAHOST_CALL("cudaGraphExecUpdate");
    cudaError_t error = update(exec, graph);
    *info = {error ? cudaGraphExecUpdateError : cudaGraphExecUpdateSuccess, nullptr, nullptr};
    return set_error(error);
}
#else
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, cudaGraphNode_t *,
                                 char *, size_t)
{
    CUDAHOST_CALL("cudaGraphInstantiate");
    return instantiate(exec, graph);
}

cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphNode_t *,
                                cudaGraphExecUpdateResult *result)
{
    CUDAHOST_CALL("cudaGraphExecUpdate");
    cudaError_t error = update(exec, graph);
    *result = error ? cudaGraphExecUpdateError : cudaGraphExecUpdateSuccess;
    return set_error(error);
}
#endif

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t)
{
    CUDAHOST_CALL("cudaGraphUpload");
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t on, Place at)
{
    CUDAHOST_CALL("cudaGraphLaunch");
    Stream *stream = stream_of(on);
    if (!execs.count(exec) || !stream_is_known(on))
        return set_error(cudaErrorInvalidValue);
    if (stream->graph)
        return set_error(refuse_for(stream->graph, "cudaGraphLaunch"));
    if (exec->last.stream) {
        stream->waits.push_back(exec->last);
        stream->clock.join(exec->last_clock);
    }
    stream->clock.join(host_clock);
    auto stamped = std::make_shared<std::vector<Stamped>>(stamp_nodes(exec, stream->clock));
    auto nodes = std::make_shared<std::vector<Node>>(exec->nodes);
    queue(stream, {"cudaGraphLaunch", at, [=] { run_nodes(*nodes, *stamped); }});
    for (const Stamped &node : *stamped)
        stream->clock.join(node.clock);
    exec->last = {stream, stream->queued};
    exec->last_clock = stream->clock;
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    CUDAHOST_CALL("cudaGraphDestroy");
    if (!graphs.erase(graph))
        return set_error(cudaErrorInvalidValue);
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    CUDAHOST_CALL("cudaGraphExecDestroy");
    if (!execs.erase(exec))
        return set_error(cudaErrorInvalidValue);
    delete exec;
    return cudaSuccess;
}
