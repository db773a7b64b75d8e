/* shadow.cpp -- the cells of all watched memory, and accesses by whole operations: copies, fills,
 * cuBLAS. */
#include "shadow.h"

#include <sys/mman.h>

namespace cudahost
{
const bool collect_faults = true;
static std::map<uintptr_t, Shadow> shadows;
static Shadow *last[2];

Shadow *shadow_of(const void *memory)
{
    uintptr_t address = (uintptr_t)memory;
    for (Shadow *&it : last)
        if (it && address - it->base < it->bytes) {
            std::swap(it, last[0]);
            return last[0];
        }
    auto it = shadows.upper_bound(address);
    if (it == shadows.begin() ||
        address - std::prev(it)->second.base >= std::prev(it)->second.bytes)
        return nullptr;
    last[1] = last[0];
    return last[0] = &std::prev(it)->second;
}

void shadow_gone(const void *memory)
{
    auto it = shadows.find((uintptr_t)memory);
    if (it == shadows.end())
        return;
    munmap(it->second.cells, it->second.mapped);
    shadows.erase(it);
    last[0] = last[1] = nullptr;
}

void shadow_new(const void *memory, size_t bytes)
{
    auto old = shadows.find((uintptr_t)memory);
    if (old != shadows.end() && old->second.bytes == bytes) {
        memset((void *)old->second.cells, 0, (bytes + 3) / 4 * sizeof(Cell));
        return;
    }
    shadow_gone(memory);
    const Allocation *of = allocation_of(memory);
    Shadow s = {};
    s.base = (uintptr_t)memory;
    s.bytes = bytes;
    s.kind = !of ? SHADOW_SHARED : of->kind == DEVICE ? SHADOW_DEVICE : SHADOW_PINNED;
    s.mapped = (bytes / 4 + 2) * sizeof(Cell);
    s.cells = (Cell *)mmap(nullptr, s.mapped, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s.cells == MAP_FAILED) {
        perror("cudahost: the checker's memory");
        exit(98);
    }
    shadows[s.base] = s;
}

static Stamp whole_operation()
{
    Stamp stamp = {};
    stamp.op = op_running;
    stamp.block = ANY_BLOCK;
    stamp.bytes = 15;
    return stamp;
}

bool stamp_is_over(const Stamp &stamp)
{
    if (stamp.flags & STAMP_HOST)
        return !op_running || stamp.block < op_running;
    return !stamp.op || op_before(stamp.op);
}

void replace_read(Cell &cell, const Stamp &by)
{
    if (cell.read.bytes && cell.read.op != by.op && !stamp_is_over(cell.read))
        cell.other = cell.read;
    cell.read = by;
}

static bool may_be_running(const Stamp &stamp, unsigned bytes)
{
    return stamp.bytes & bytes && stamp.op != op_running && !stamp_is_over(stamp);
}

static void not_ordered(const char *doing, const Stamp &before, const char *did)
{
    const Op *mine = op_info(op_running), *other = op_info(before.op);
    if (before.flags & STAMP_HOST) {
        if (first_time(9, before.pc, mine->at.file + mine->at.line))
            fault(mine->at, "the host touches at %s what this %s %s, before it has waited for it",
                  line_of(before.pc), mine->what, doing);
        return;
    }
    if (first_time(10, mine->at.file + mine->at.line, other->at.file + other->at.line))
        fault(mine->at, "%s %s memory that %s (%s:%d) may still be %s: nothing orders them",
              mine->what, doing, other->what, other->at.file, other->at.line, did);
}

void shadow_write(void *memory, size_t bytes)
{
    Shadow *s = shadow_of(memory);
    if (!s)
        return;
    Stamp stamp = whole_operation();
    each_cell(s, memory, bytes, [&](Cell &cell, unsigned mask) {
        if (may_be_running(cell.write, mask))
            not_ordered("writes", cell.write, "writing");
        if (may_be_running(cell.read, mask))
            not_ordered("writes", cell.read, "reading");
        if (may_be_running(cell.other, mask))
            not_ordered("writes", cell.other, "reading");
        cell.write = stamp;
        cell.read = cell.other = {};
        cell.written |= (uint8_t)mask;
    });
}

/* Copies may take what lies between variables along; but what they begin with has been written. */
void shadow_read(const void *memory, size_t bytes, const char *what, Place at)
{
    Shadow *s = shadow_of(memory);
    if (!s)
        return;
    bool copy = !strncmp(what, "cudaMemcpy", 10), first = true;
    Stamp stamp = whole_operation();
    each_cell(s, memory, bytes, [&](Cell &cell, unsigned mask) {
        if (may_be_running(cell.write, mask))
            not_ordered("reads", cell.write, "writing");
        if (s->kind == SHADOW_DEVICE && (first || !copy) && (cell.written & mask) != mask &&
            first_time(11, at.file + at.line))
            fault(at, "%s: device memory that was never written is read", what);
        replace_read(cell, stamp);
        first = false;
    });
}
} // namespace cudahost
