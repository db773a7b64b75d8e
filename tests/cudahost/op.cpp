/* op.cpp -- operations on the device, and what happens before what.
 *
 * Operations of one timeline (a stream, a chain of a graph's nodes) happen one after another and
 * are counted. The clock of an operation says how many of each timeline must have happened before
 * it, by streams, events, edges and what the host waited for: not by the order in which the test
 * bed happened to run them. */
#include "cudahost.h"

namespace cudahost
{
struct Known {
    size_t timeline;
    uint32_t tick;
    Op op;
};
static std::vector<Known> ops(1);
static std::vector<uint32_t> counts(1); /* of the legacy stream, so far */
static const Clock *running_clock;
Clock host_clock;
uint32_t op_running;

uint32_t Clock::of(size_t timeline) const
{
    return timeline < ticks.size() ? ticks[timeline] : 0;
}

void Clock::raise(size_t timeline, uint32_t tick)
{
    if (ticks.size() <= timeline)
        ticks.resize(timeline + 1);
    if (ticks[timeline] < tick)
        ticks[timeline] = tick;
}

void Clock::join(const Clock &other)
{
    for (size_t i = 0; i < other.ticks.size(); i++)
        raise(i, other.ticks[i]);
}

size_t timeline_new()
{
    counts.push_back(0);
    return counts.size() - 1;
}

uint32_t op_number(size_t timeline, Clock &clock, const Op &op)
{
    uint32_t tick = ++counts[timeline];
    clock.raise(timeline, tick);
    ops.push_back({timeline, tick, {op.what, op.at, nullptr}});
    return (uint32_t)ops.size() - 1;
}

uint32_t op_count()
{
    return (uint32_t)ops.size() - 1;
}

bool op_before(uint32_t op)
{
    const Clock &clock = running_clock ? *running_clock : host_clock;
    return clock.of(ops[op].timeline) >= ops[op].tick;
}

Op *op_info(uint32_t op)
{
    return &ops[op].op;
}

void op_run(const Op &op, uint32_t number, const Clock &clock)
{
    uint32_t outer = op_running;
    const Clock *outer_clock = running_clock;
    op_running = number;
    running_clock = &clock;
    op.run();
    op_running = outer;
    running_clock = outer_clock;
}
} // namespace cudahost
