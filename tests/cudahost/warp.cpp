/* warp.cpp -- operations among the lanes of a warp: the last one to come computes what each gets.
 */
#include "cudahost.h"

namespace cudahost
{
struct Lane {
    WarpOp op;
    unsigned mask;
    int lane, width;
    uint64_t in, out;
    Place at;
};
struct Warp {
    unsigned waiting; /* lanes that have come */
    Lane lanes[32];
};
static std::vector<Warp> warps;

/* What a lane gets from one that takes no part: a NaN whose bits are no number of the program. */
static const uint64_t undefined_bits = 0x7ff7dead7fc0deadu;

static int lanes_of(int first)
{
    size_t n = threads.size() - (size_t)first;
    return n < 32 ? (int)n : 32;
}

static void check_mask(unsigned mask, int me, int first, Place at)
{
    int lanes = lanes_of(first);
    if (!(mask >> me & 1))
        fault(at, "lane %d is in a warp operation whose mask %08x leaves it out", me, mask);
    if (lanes < 32 && mask >> lanes)
        fault(at, "a warp operation with mask %08x, in a warp of %d threads", mask, lanes);
    for (int j = 0; j < lanes; j++)
        if (mask >> j & 1 && threads[first + j].state == Thread::DONE)
            fault(at, "a warp operation with mask %08x, but lane %d has returned", mask, j);
}

static void check_same(const Warp &warp, const Lane &mine, int lanes)
{
    for (int j = 0; j < lanes; j++) {
        const Lane &other = warp.lanes[j];
        if (!(mine.mask >> j & 1))
            continue;
        if (other.op != mine.op || other.mask != mine.mask || other.at.line != mine.at.line)
            fault(mine.at,
                  "lanes of one warp are in different warp operations: lane %d is at %s:%d", j,
                  other.at.file, other.at.line);
    }
}

/* Which lane's bits lane `me` gets, by CUDA's rules for segments of `width` lanes. */
static int source_of(const Lane &lane, int me)
{
    int segment = me & ~(lane.width - 1), from = me;
    switch (lane.op) {
    case WARP_INDEX:
        return segment + (lane.lane & (lane.width - 1));
    case WARP_UP:
        from = me - lane.lane;
        return from < segment ? me : from;
    case WARP_DOWN:
        from = me + lane.lane;
        return from >= segment + lane.width ? me : from;
    case WARP_XOR:
        from = me ^ lane.lane;
        return from >= segment + lane.width ? me : from;
    default:
        return me;
    }
}

static void compute(Warp &warp, unsigned mask, int first)
{
    unsigned ballot = 0;
    for (int j = 0; j < 32; j++)
        if (mask >> j & 1 && warp.lanes[j].in)
            ballot |= 1u << j;
    for (int j = 0; j < 32; j++) {
        if (!(mask >> j & 1))
            continue;
        Lane &lane = warp.lanes[j];
        int from = source_of(lane, j);
        bool given = from >= 0 && from < 32 && mask >> from & 1;
        lane.out = lane.op == WARP_BALLOT ? ballot : given ? warp.lanes[from].in : undefined_bits;
        /* Only __syncwarp orders memory. */
        if (lane.op == WARP_SYNC)
            threads[first + j].warp_syncs++;
        block_wake(first + j);
    }
}

uint64_t warp_operation(WarpOp op, unsigned mask, uint64_t bits, int lane, int width, Place at)
{
    int number = current->number, me = number & 31, first = number - me;
    if (warps.size() != (threads.size() + 31) / 32)
        warps.assign((threads.size() + 31) / 32, Warp());
    Warp &warp = warps[number / 32];
    warp.lanes[me] = {op, mask, lane, width, bits, 0, at};
    check_mask(mask, me, first, at);
    warp.waiting |= 1u << me;
    if ((warp.waiting & mask) != mask) {
        block_wait(Thread::IN_WARP, at);
        return warp.lanes[me].out;
    }
    check_same(warp, warp.lanes[me], lanes_of(first));
    warp.waiting &= ~mask;
    compute(warp, mask, first);
    return warp.lanes[me].out;
}
} // namespace cudahost
