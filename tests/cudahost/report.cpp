/* report.cpp -- faults, and how a program with faults ends: exit status 99. */
#include "cudahost.h"

#include <cstdarg>
#include <unistd.h>
#if !CUDAHOST_ASAN
#include <csignal>
#endif

namespace cudahost
{
const char *running_kernel;
static unsigned fault_count;

void stop_with_faults()
{
    fflush(nullptr);
    _exit(99);
}

void fault(Place at, const char *format, ...)
{
    fflush(stdout);
    fprintf(stderr, "cudahost: ");
    if (at.file)
        fprintf(stderr, "%s:%d: ", at.file, at.line);
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    if (current)
        fprintf(stderr, "    in kernel %s, block (%u, %u, %u), thread (%u, %u, %u)\n",
                running_kernel, now.block.x, now.block.y, now.block.z, now.thread.x, now.thread.y,
                now.thread.z);
    if (++fault_count >= 20 || !collect_faults)
        stop_with_faults();
}

#if !CUDAHOST_ASAN
/* An access that the memory's pages did not allow. */
static void on_signal(int, siginfo_t *info, void *)
{
    const char *address = (const char *)info->si_addr;
    static char message[256];
    size_t n = 0;
    const char *who = current ? running_kernel : "the host";
    auto it = allocations.upper_bound((uintptr_t)address);
    const Allocation *before = it == allocations.begin() ? nullptr : &std::prev(it)->second;
    if (!current && before && (uintptr_t)address < before->base + before->bytes)
        n = (size_t)snprintf(message, sizeof message, "the host touches device memory");
    else if (before && (uintptr_t)address < before->base + before->bytes + ((size_t)1 << 30))
        n = (size_t)snprintf(message, sizeof message,
                             "%s touches byte %zu of a buffer of %zu bytes", who,
                             (size_t)((uintptr_t)address - before->base), before->bytes);
    else
        n = (size_t)snprintf(message, sizeof message, "%s touches %p, which is no memory", who,
                             (const void *)address);
    fault(current ? current->at : Place{nullptr, 0}, "%.*s", (int)n, message);
    stop_with_faults();
}
#endif

static void at_exit()
{
    if (options().leaks) {
        memory_report_leaks();
        stream_report_leaks();
        graph_report_leaks();
        blas_report_leaks();
    }
    if (fault_count) {
        fprintf(stderr, "cudahost: %u faults\n", fault_count);
        stop_with_faults();
    }
}

void watch()
{
    static bool watching;
    if (watching)
        return;
    watching = true;
    atexit(at_exit);
#if !CUDAHOST_ASAN
    static char stack[1 << 16];
    stack_t own = {};
    own.ss_sp = stack;
    own.ss_size = sizeof stack;
    sigaltstack(&own, nullptr);
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
#endif
}
} // namespace cudahost
