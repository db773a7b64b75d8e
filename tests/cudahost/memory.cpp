/* memory.cpp -- device and pinned memory.
 *
 * Each allocation has pages of its own, far from any other; what was freed is never used again. New
 * memory holds garbage: floats are NaN. The host cannot touch device memory, which is unlocked only
 * while the device works.
 *
 *     | nothing | edge, memory up to the end of a page | nothing | */
#include "cudahost.h"

#include <sys/mman.h>
#include <unistd.h>

namespace cudahost
{
enum { EDGE_BYTE = 0xa5, ALIGNMENT = 256 };
static const size_t gap = (size_t)1 << 30;

std::map<uintptr_t, Allocation> allocations;
static size_t device_bytes;
static int unlocked;
/* Sizes of parts, which launch functions say before their launches: of two at one place, the
 * larger. */
static std::map<uintptr_t, size_t> parts;
static bool parts_are_old;

const Allocation *allocation_of(const void *memory)
{
    auto it = allocations.upper_bound((uintptr_t)memory);
    if (it == allocations.begin())
        return nullptr;
    --it;
    return (uintptr_t)memory < it->second.base + it->second.bytes ? &it->second : nullptr;
}

void declare(const void *memory, size_t bytes)
{
    if (parts_are_old)
        parts.clear();
    parts_are_old = false;
    size_t &part = parts[(uintptr_t)memory];
    if (part < bytes)
        part = bytes;
    const Allocation *of = allocation_of(memory);
    if (of && (uintptr_t)memory + bytes > of->base + of->bytes)
        fault({nullptr, 0}, "a part of %zu bytes at byte %zu of an allocation of %zu bytes", bytes,
              (size_t)((uintptr_t)memory - of->base), of->bytes);
}

size_t extent_of(const void *memory)
{
    parts_are_old = true;
    const Allocation *of = allocation_of(memory);
    if (!of)
        return 0;
    size_t left = of->base + of->bytes - (uintptr_t)memory;
    auto it = parts.find((uintptr_t)memory);
    return it != parts.end() && it->second < left ? it->second : left;
}

static void protect_device(int protection)
{
    for (auto &it : allocations)
        if (it.second.kind == DEVICE)
            mprotect((void *)it.second.low, it.second.high - it.second.low, protection);
}

Unlock::Unlock()
{
    if (!unlocked++)
        protect_device(PROT_READ | PROT_WRITE);
}

Unlock::~Unlock()
{
    if (!--unlocked)
        protect_device(PROT_NONE);
}

static cudaError_t memory_new(void **result, size_t bytes, MemoryKind kind)
{
    *result = nullptr;
    if (!bytes)
        return cudaSuccess;
    if (kind == DEVICE && (bytes > options().memory || device_bytes > options().memory - bytes))
        return cudaErrorMemoryAllocation;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t pages = (rounded + page - 1) / page * page;
    char *all = (char *)mmap(nullptr, pages + 2 * gap, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return cudaErrorMemoryAllocation;
    Allocation it = {};
    it.low = (uintptr_t)all + gap;
    it.high = it.low + pages;
    it.base = it.high - rounded;
    it.bytes = bytes;
    it.kind = kind;
    mprotect((void *)it.low, pages, PROT_READ | PROT_WRITE);
    memset((void *)it.low, EDGE_BYTE, pages);
    memset((void *)it.base, GARBAGE, bytes);
    if (kind == DEVICE && !unlocked)
        mprotect((void *)it.low, pages, PROT_NONE);
    allocations[it.base] = it;
    shadow_new((void *)it.base, bytes);
    if (kind == DEVICE)
        device_bytes += bytes;
    *result = (void *)it.base;
    return cudaSuccess;
}

static void check_edges(const Allocation &it, Place at)
{
    Unlock unlock;
    const char *kind = it.kind == DEVICE ? "device" : "pinned";
    for (uintptr_t p = it.low; p < it.high; p++) {
        if (p == it.base)
            p += it.bytes;
        if (p < it.high && *(const unsigned char *)p != EDGE_BYTE) {
            fault(at, "byte %td of a %s buffer of %zu bytes has been written",
                  (ptrdiff_t)(p - it.base), kind, it.bytes);
            return;
        }
    }
}

static cudaError_t memory_free(void *memory, MemoryKind kind, Place at)
{
    if (!memory)
        return cudaSuccess;
    auto it = allocations.find((uintptr_t)memory);
    if (it == allocations.end() || it->second.kind != kind) {
        fault(at, "what is freed is no %s memory", kind == DEVICE ? "device" : "pinned");
        return cudaErrorInvalidValue;
    }
    check_edges(it->second, at);
    shadow_gone(memory);
    /* The addresses stay taken. */
    mmap((void *)it->second.low, it->second.high - it->second.low, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (kind == DEVICE)
        device_bytes -= it->second.bytes;
    parts_are_old = true;
    allocations.erase(it);
    return cudaSuccess;
}

bool need_device(const void *memory, size_t bytes, const char *what, Place at)
{
    const Allocation *of = allocation_of(memory);
    if (!of || of->kind != DEVICE) {
        fault(at, "%s: this is no device memory", what);
        return false;
    }
    /* The whole has the address of its first part. */
    size_t extent = (uintptr_t)memory == of->base ? of->bytes : extent_of(memory);
    if (bytes > extent) {
        fault(at, "%s: %zu bytes of a buffer that has %zu", what, bytes, extent);
        return false;
    }
    return true;
}

bool need_host(const void *memory, size_t bytes, const char *what, Place at)
{
    const Allocation *of = allocation_of(memory);
    if (of && of->kind == DEVICE) {
        fault(at, "%s: this is device memory, and should be the host's", what);
        return false;
    }
    if (of && bytes > extent_of(memory)) {
        fault(at, "%s: %zu bytes of a pinned buffer that has %zu", what, bytes, extent_of(memory));
        return false;
    }
    return true;
}

void memory_report_leaks()
{
    for (auto &it : allocations) {
        check_edges(it.second, {nullptr, 0});
        fault({nullptr, 0}, "%zu bytes of %s memory have not been freed", it.second.bytes,
              it.second.kind == DEVICE ? "device" : "pinned");
    }
}
} // namespace cudahost

using namespace cudahost;

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    CUDAHOST_CALL("cudaMalloc");
    if (cudaError_t error = refuse_in_capture("cudaMalloc"))
        return set_error(error);
    return set_error(memory_new(memory, bytes, DEVICE));
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    CUDAHOST_CALL("cudaMallocHost");
    if (cudaError_t error = refuse_in_capture("cudaMallocHost"))
        return set_error(error);
    return set_error(memory_new(memory, bytes, PINNED));
}

cudaError_t cudaHostAlloc(void **memory, size_t bytes, unsigned)
{
    CUDAHOST_CALL("cudaHostAlloc");
    return cudaMallocHost(memory, bytes);
}

cudaError_t cudaFree(void *memory, Place at)
{
    CUDAHOST_CALL("cudaFree");
    if (cudaError_t error = finish_all("cudaFree"))
        return set_error(error);
    return set_error(memory_free(memory, DEVICE, at));
}

cudaError_t cudaFreeHost(void *memory, Place at)
{
    CUDAHOST_CALL("cudaFreeHost");
    if (cudaError_t error = finish_all("cudaFreeHost"))
        return set_error(error);
    return set_error(memory_free(memory, PINNED, at));
}

cudaError_t cudaMemGetInfo(size_t *free, size_t *total)
{
    CUDAHOST_CALL("cudaMemGetInfo");
    *total = options().memory;
    *free = options().memory - device_bytes;
    return cudaSuccess;
}
