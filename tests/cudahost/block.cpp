/* block.cpp -- runs the threads of one block, in the order wanted, until each has returned.
 *
 * Each goes on until it waits, at a barrier or in a warp operation. When nobody can go on, either
 * all are at the same barrier, which opens, or they wait for each other for ever. */
#include "cudahost.h"

namespace cudahost
{
Now now;
std::vector<Thread> threads;
Thread *current;

static std::vector<int> order;
static size_t started, alive, at_barrier;
static const Arguments *arguments;
static struct {
    BarrierResult kind;
    int count, result;
} barrier_value;

void block_start(dim3 size)
{
    size_t n = (size_t)size.x * size.y * size.z;
    threads.assign(n, Thread());
    for (size_t i = 0; i < n; i++) {
        threads[i].number = (int)i;
        threads[i].index = {(unsigned)(i % size.x), (unsigned)(i / size.x % size.y),
                            (unsigned)(i / ((size_t)size.x * size.y))};
    }
}

static void become(Thread *thread)
{
    current = thread;
    if (thread)
        now.thread = thread->index;
}

/* On a fiber: threads that have not begun run here, until one waits and keeps this stack. */
static void run_new_threads()
{
    for (;;) {
        while (started < order.size()) {
            Thread *thread = &threads[order[started++]];
            thread->fiber = fiber_running();
            thread->state = Thread::READY;
            become(thread);
            arguments->call(arguments->data);
            thread->state = Thread::DONE;
            alive--;
        }
        become(nullptr);
        fiber_recycle();
    }
}

void block_wait(Thread::State why, Place at)
{
    Thread *thread = current;
    thread->state = why;
    thread->at = at;
    fiber_switch(nullptr);
    become(thread);
}

void block_wake(int number)
{
    if (&threads[number] != current)
        threads[number].state = Thread::READY;
}

static const char *state_text(const Thread &thread)
{
    return thread.state == Thread::DONE         ? "has returned"
           : thread.state == Thread::AT_BARRIER ? "waits in __syncthreads"
                                                : "waits in a warp operation";
}

static void report_deadlock()
{
    Place none = {nullptr, 0};
    fault(none, "kernel %s, block (%u, %u, %u): its threads wait for each other", running_kernel,
          now.block.x, now.block.y, now.block.z);
    const Thread *last = nullptr;
    int shown = 0;
    for (const Thread &thread : threads) {
        bool same = last && last->state == thread.state &&
                    (thread.state == Thread::DONE || last->at.line == thread.at.line);
        if (!same && shown++ < 8) {
            fprintf(stderr, "    from thread %d: %s", thread.number, state_text(thread));
            if (thread.state != Thread::DONE)
                fprintf(stderr, " at %s:%d", thread.at.file, thread.at.line);
            fputc('\n', stderr);
        }
        last = &thread;
    }
    stop_with_faults();
}

/* All that are left wait at a barrier: at the same one, and nobody has returned? */
static void check_barrier()
{
    const Thread *first = nullptr;
    for (const Thread &thread : threads) {
        if (thread.state != Thread::AT_BARRIER)
            continue;
        if (!first) {
            first = &thread;
            if (at_barrier < threads.size()) {
                fault(thread.at,
                      "__syncthreads reached by %zu of the %zu threads of a block of kernel %s; "
                      "the others have returned",
                      at_barrier, threads.size(), running_kernel);
                return;
            }
        } else if (thread.at.line != first->at.line || strcmp(thread.at.file, first->at.file)) {
            fault(thread.at,
                  "threads of one block of kernel %s are in different __syncthreads: "
                  "%d here, %d at %s:%d",
                  running_kernel, thread.number, first->number, first->at.file, first->at.line);
            return;
        }
    }
}

static void open_barrier()
{
    check_barrier();
    int n = barrier_value.count;
    barrier_value.result = barrier_value.kind == BARRIER_AND  ? n == (int)threads.size()
                           : barrier_value.kind == BARRIER_OR ? n != 0
                                                              : n;
    barrier_value.count = 0;
    at_barrier = 0;
    for (Thread &thread : threads) {
        if (thread.state != Thread::AT_BARRIER)
            continue;
        thread.state = Thread::READY;
        thread.barriers++;
        thread.warp_syncs = 0;
    }
}

static bool resume_ready(std::vector<int> &turn)
{
    bool moved = false;
    if (options().order == Options::SEEDED)
        set_order(turn, threads.size());
    else
        turn = order;
    for (int i : turn) {
        if (threads[i].state != Thread::READY)
            continue;
        become(&threads[i]);
        fiber_switch(threads[i].fiber);
        become(nullptr);
        moved = true;
    }
    return moved;
}

void block_run(const Arguments &of)
{
    arguments = &of;
    for (Thread &thread : threads) {
        thread.state = Thread::NEW;
        thread.barriers = thread.warp_syncs = 0;
        thread.at = {nullptr, 0};
    }
    set_order(order, threads.size());
    started = 0;
    alive = threads.size();
    std::vector<int> turn;
    while (alive) {
        bool moved = false;
        while (started < order.size()) {
            fiber_switch(fiber_take(run_new_threads));
            become(nullptr);
            moved = true;
        }
        if (alive && resume_ready(turn))
            moved = true;
        if (alive && at_barrier == alive) {
            open_barrier();
            moved = true;
        }
        if (alive && !moved)
            report_deadlock();
    }
}

void barrier(Place at)
{
    barrier_of(0, BARRIER_COUNT, at);
}

int barrier_of(int value, BarrierResult kind, Place at)
{
    barrier_value.kind = kind;
    barrier_value.count += value != 0;
    at_barrier++;
    block_wait(Thread::AT_BARRIER, at);
    return barrier_value.result;
}

} // namespace cudahost
