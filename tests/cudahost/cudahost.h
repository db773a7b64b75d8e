/* cudahost.h -- what the files of the test bed know of each other. README.md says how they work
 * together. */
#ifndef CUDAHOST_H
#define CUDAHOST_H

#include "include/cuda_runtime.h"

#include <map>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define CUDAHOST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CUDAHOST_ASAN 1
#endif
#endif

namespace cudahost
{
/* --- options.cpp: from the environment; README.md lists them --- */
struct Options {
    enum { FORWARD, REVERSE, SEEDED } order;
    uint64_t seed;
    bool leaks;    /* report what was not freed */
    size_t memory; /* of the device, in bytes */
    int devices;
    int arch;          /* compute capability: 90 */
    cudaError_t start; /* what every call answers: no device, no driver */
    const char *fail;  /* "cudaMalloc:2": the second of these calls fails */
    const char *spoil; /* "k_loss:5,k_loss:9": of these runs of the kernel */
};
const Options &options();
uint64_t random_bits();
/* One of n: the first, the last, any. */
size_t pick(size_t n);
/* 0 .. n - 1 in the order wanted. */
void set_order(std::vector<int> &order, size_t n);

/* --- report.cpp --- */
/* A line of where and why, and the running kernel, block and thread. The program ends with 99, at
 * once or at its end. */
void fault(Place at, const char *format, ...) __attribute__((format(printf, 2, 3)));
[[noreturn]] void stop_with_faults();
/* From the first call on: signals, and what is told at the end. */
void watch();
/* Faults are collected, up to 20, where the checker is linked: else the first ends the program. */
extern const bool collect_faults;
/* The kernel that runs, or NULL. */
extern const char *running_kernel;

/* --- fiber.cpp: stacks --- */
struct Fiber;
Fiber *fiber_take(void (*entry)());
void fiber_switch(Fiber *to); /* NULL: to the scheduler's */
void fiber_recycle(); /* the running one is free again; then it switches to the scheduler's */
Fiber *fiber_running();
bool on_fiber_stack(const void *memory);

/* --- block.cpp: the threads of a block --- */
struct Thread {
    uint3 index;
    int number;
    enum State { NEW, READY, AT_BARRIER, IN_WARP, DONE } state;
    Fiber *fiber;
    Place at;            /* where it waits */
    unsigned barriers;   /* that it has passed */
    unsigned warp_syncs; /* since then, on those it shares with its warp */
};
extern std::vector<Thread> threads;
extern Thread *current; /* NULL on the host */
void block_start(dim3 size);
void block_run(const Arguments &arguments);
void block_wait(Thread::State why, Place at);
void block_wake(int number);

/* --- shared.cpp --- */
void shared_start(const char *kernel, size_t dynamic);
void shared_enter_block();
void shared_leave_block();

/* --- memory.cpp --- */
enum { GARBAGE = 0xff }; /* what memory holds that nobody has written, shared memory too */
enum MemoryKind { DEVICE, PINNED };
struct Allocation {
    uintptr_t base;
    size_t bytes;
    MemoryKind kind;
    uintptr_t low, high; /* whole pages around it */
};
extern std::map<uintptr_t, Allocation> allocations;
const Allocation *allocation_of(const void *memory);
/* Bytes that may be touched through this pointer: up to the end of what was declared there, or of
 * the allocation. */
size_t extent_of(const void *memory);
bool need_device(const void *memory, size_t bytes, const char *what, Place at);
bool need_host(const void *memory, size_t bytes, const char *what, Place at);
void memory_report_leaks();
/* Device memory can be touched while one of these lives. */
struct Unlock {
    Unlock();
    ~Unlock();
};

/* --- op.cpp: operations on the device and what happens before what --- */
/* Operations are in timelines (streams, chains of graphs); a clock says how far each has come. */
struct Clock {
    std::vector<uint32_t> ticks;
    uint32_t of(size_t timeline) const;
    void raise(size_t timeline, uint32_t tick);
    void join(const Clock &other);
};
struct Op {
    const char *what;
    Place at;
    std::function<void()> run;
};
extern Clock host_clock; /* what the host has waited for */
size_t timeline_new();
/* A new operation, after all in `clock`, which becomes its clock: its number. */
uint32_t op_number(size_t timeline, Clock &clock, const Op &op);
extern uint32_t op_running;  /* its number; 0: none */
uint32_t op_count();         /* the number of the last one queued */
bool op_before(uint32_t op); /* was it finished before the running one (or the host) got here? */
Op *op_info(uint32_t op);
void op_run(const Op &op, uint32_t number, const Clock &clock);

/* --- stream.cpp, graph.cpp --- */
/* Queues an operation, or adds it to the graph that the stream captures. */
cudaError_t submit(cudaStream_t stream, const Op &op);
bool is_capturing(cudaStream_t stream);
/* Waits for everything. Refused, with the error that CUDA has, while a stream captures. */
cudaError_t finish_all(const char *call);
cudaError_t refuse_in_capture(const char *call);
void stream_finish(cudaStream_t stream);
bool stream_is_known(cudaStream_t stream);
/* Is it the running thread's device's? */
bool stream_is_here(cudaStream_t stream);
void legacy_finish();
void stream_report_leaks();
void graph_report_leaks();
void blas_report_leaks();

/* --- device.cpp --- */
int this_device(); /* that of the running thread */
cudaError_t set_error(cudaError_t error);
/* Is this call to fail, by CUDAHOST_FAIL or since there is no device? */
cudaError_t failure_of(const char *call);
#define CUDAHOST_CALL(name)                                  \
    do {                                                     \
        if (cudaError_t error_ = cudahost::failure_of(name)) \
            return cudahost::set_error(error_);              \
    } while (0)

/* --- the checker (shadow.cpp, check.cpp) or its empty twin (nocheck.cpp) --- */
void shadow_new(const void *memory, size_t bytes); /* never written */
void shadow_gone(const void *memory);
void shadow_write(void *memory, size_t bytes); /* by the running operation */
void shadow_read(const void *memory, size_t bytes, const char *what, Place at);
void shadow_launch(const std::vector<Range> &ranges, const Arguments &arguments);
} // namespace cudahost

#endif
