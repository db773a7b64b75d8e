/* fiber.cpp -- stacks for threads that wait for each other.
 *
 * Threads of a block run one after another on one stack; only one that waits keeps it, and the next
 * begins on another. x86-64 has a switch of ten instructions; elsewhere, or with CUDAHOST_PORTABLE,
 * makecontext begins a stack and setjmp moves between them: no system call either way. */
#include "cudahost.h"

#include <csetjmp>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#if CUDAHOST_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__) && !defined(CUDAHOST_PORTABLE)
#define FAST_SWITCH 1
extern "C" void cudahost_switch(void **from, void *to);
/* Saves the registers that calls keep, and the stack; takes those of `to`. */
asm(".text\n"
    ".globl cudahost_switch\n"
    ".type cudahost_switch, @function\n"
    "cudahost_switch:\n"
    "push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "mov %rsp, (%rdi)\n"
    "mov %rsi, %rsp\n"
    "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n"
    "ret\n"
    ".size cudahost_switch, . - cudahost_switch\n");
#endif

namespace cudahost
{
enum { STACK_BYTES = 256 << 10 };

struct Fiber {
    char *stack;
    size_t bytes;
    void (*entry)();
    void *fake; /* of ASan */
#if FAST_SWITCH
    void *top;
#else
    bool begun;
    jmp_buf place;
    ucontext_t first;
#endif
};

static Fiber scheduler, *running = &scheduler;
/* Never destroyed: what they hold is no leak. */
static std::vector<Fiber *> &all = *new std::vector<Fiber *>, &idle = *new std::vector<Fiber *>;

Fiber *fiber_running()
{
    return running;
}

bool on_fiber_stack(const void *memory)
{
    return running != &scheduler && (const char *)memory >= running->stack &&
           (const char *)memory < running->stack + running->bytes;
}

static void begin()
{
#if CUDAHOST_ASAN
    const void *stack;
    size_t bytes;
    __sanitizer_finish_switch_fiber(nullptr, &stack, &bytes);
    if (!scheduler.stack) {
        scheduler.stack = (char *)stack;
        scheduler.bytes = bytes;
    }
#endif
    running->entry();
}

static Fiber *fiber_new()
{
    Fiber *fiber = new Fiber();
    all.push_back(fiber);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = (char *)mmap(nullptr, STACK_BYTES + page, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE)) {
        perror("cudahost: a thread's stack");
        exit(98);
    }
    fiber->stack = memory + page;
    fiber->bytes = STACK_BYTES;
#if FAST_SWITCH
    /* As if `begin` had been called by nobody, and had been left in cudahost_switch. */
    void **top = (void **)(fiber->stack + fiber->bytes);
    *--top = nullptr;
    *--top = (void *)begin;
    fiber->top = top - 6;
#else
    getcontext(&fiber->first);
    fiber->first.uc_stack.ss_sp = fiber->stack;
    fiber->first.uc_stack.ss_size = fiber->bytes;
    makecontext(&fiber->first, begin, 0);
#endif
    return fiber;
}

Fiber *fiber_take(void (*entry)())
{
    if (idle.empty())
        idle.push_back(fiber_new());
    Fiber *fiber = idle.back();
    idle.pop_back();
    fiber->entry = entry;
    return fiber;
}

void fiber_switch(Fiber *to)
{
    Fiber *from = running;
    running = to ? to : &scheduler;
#if CUDAHOST_ASAN
    __sanitizer_start_switch_fiber(&from->fake, running->stack, running->bytes);
#endif
#if FAST_SWITCH
    cudahost_switch(&from->top, running->top);
#else
    from->begun = true;
    if (!_setjmp(from->place)) {
        if (running->begun)
            _longjmp(running->place, 1);
        running->begun = true;
        setcontext(&running->first);
    }
#endif
#if CUDAHOST_ASAN
    __sanitizer_finish_switch_fiber(from->fake, nullptr, nullptr);
#endif
}

void fiber_recycle()
{
    idle.push_back(running);
    fiber_switch(nullptr);
}
} // namespace cudahost
