/* shared.cpp -- shared memory: garbage at the beginning of each block, with edges that nobody may
 * write.
 *
 * There is one copy of each declaration, since blocks run one after another. */
#include "cudahost.h"

#include <sys/mman.h>
#include <unistd.h>

namespace cudahost
{
enum { EDGE = Shared<int>::EDGE, AROUND = 0xe5, DYNAMIC_MOST = 227 << 10 };

struct Declared {
    void *before, *data, *after;
    size_t bytes;
    Place at;
};
static std::vector<Declared> in_use; /* by the running block */
static char *dynamic_end;
static size_t dynamic_bytes;
static size_t static_bytes;

void shared_start(const char *, size_t dynamic)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), most = DYNAMIC_MOST / page * page + page;
    if (!dynamic_end) {
        char *memory = (char *)mmap(nullptr, most + page, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED || mprotect(memory + most, page, PROT_NONE)) {
            perror("cudahost: shared memory");
            exit(98);
        }
        dynamic_end = memory + most;
    }
    dynamic_bytes = dynamic;
}

/* Ends at a page that cannot be touched, but for what its alignment needs. */
void *dynamic_shared_memory()
{
    return dynamic_end - (dynamic_bytes + 15) / 16 * 16;
}

void shared_enter_block()
{
    in_use.clear();
    static_bytes = 0;
    if (dynamic_bytes) {
        memset(dynamic_shared_memory(), GARBAGE, dynamic_bytes);
        shadow_new(dynamic_shared_memory(), dynamic_bytes);
    }
}

void *shared_memory(void *before, void *data, size_t bytes, void *after, Place at)
{
    for (const Declared &it : in_use)
        if (it.data == data)
            return data;
    in_use.push_back({before, data, after, bytes, at});
    memset(before, AROUND, EDGE);
    memset(data, GARBAGE, bytes);
    memset(after, AROUND, EDGE);
    shadow_new(data, bytes);
    static_bytes += bytes;
    if (static_bytes > 48 << 10)
        fault(at, "%zu bytes of static shared memory: more than 48 KiB", static_bytes);
    return data;
}

static bool edge_is_whole(const void *edge)
{
    for (int i = 0; i < EDGE; i++)
        if (((const unsigned char *)edge)[i] != AROUND)
            return false;
    return true;
}

void shared_leave_block()
{
    for (const Declared &it : in_use) {
        if (!edge_is_whole(it.before))
            fault(it.at, "kernel %s wrote in front of this shared memory", running_kernel);
        if (!edge_is_whole(it.after))
            fault(it.at, "kernel %s wrote behind this shared memory of %zu bytes", running_kernel,
                  it.bytes);
    }
}
} // namespace cudahost
