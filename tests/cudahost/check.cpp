/* check.cpp -- checks each load and store of the program: bounds, alignment, initialisation, races.
 *
 * The program is compiled with -fsanitize=thread, which puts calls before its loads and stores;
 * they come here instead of to libtsan. This file itself is not compiled so.
 *
 * Two accesses of one launch to the same bytes, of which one is a write, are a race unless
 * something orders them: they are of one thread, or a barrier of the block, or a __syncwarp of the
 * warp, lies between them. Blocks are never ordered, launches by what op.cpp knows. Whether the
 * values come out right in the order in which threads happened to run here does not matter. */
#include "shadow.h"

#include <link.h>
#include <set>
#include <string>
#include <tuple>
#include <unistd.h>

namespace cudahost
{
static std::vector<Range> ranges; /* of the running kernel's arguments */
static Arguments running_arguments;

void shadow_launch(const std::vector<Range> &of, const Arguments &arguments)
{
    ranges = of;
    running_arguments = arguments;
}

bool first_time(int kind, const void *at, const void *other)
{
    static std::set<std::tuple<int, const void *, const void *>> seen;
    return seen.insert({kind, at, other}).second;
}

const char *line_of(void *pc)
{
    static std::map<void *, std::string> known;
    std::string &text = known[pc];
    if (!text.empty())
        return text.c_str();
    char command[128], line[512];
    snprintf(command, sizeof command, "addr2line -ie /proc/%d/exe %p 2>/dev/null", (int)getpid(),
             (void *)((char *)pc - 1));
    FILE *lines = popen(command, "r");
    while (lines && fgets(line, sizeof line, lines)) {
        std::string next = line;
        next = next.substr(0, next.find_first_of(" \n"));
        /* Inlined stand-ins of the test bed are not the program. */
        text = next;
        if (next.find("/cudahost/include/") == std::string::npos)
            break;
    }
    if (lines)
        pclose(lines);
    if (text.empty() || text[0] == '?') {
        char address[32];
        snprintf(address, sizeof address, "%p", pc);
        text = address;
    }
    return text.c_str();
}

static const char *name_of(const Shadow *s)
{
    return s->kind == SHADOW_SHARED   ? "shared memory"
           : s->kind == SHADOW_PINNED ? "pinned memory"
                                      : "device memory";
}

static uint32_t block_number()
{
    return now.block.x + now.blocks.x * (now.block.y + now.blocks.y * now.block.z);
}

static bool in_order(const Stamp &before)
{
    if (before.op != op_running || !before.op)
        return stamp_is_over(before);
    if (before.block != block_number())
        return false;
    bool many = before.flags & STAMP_MANY;
    if (!many && before.thread == current->number)
        return true;
    if (before.barriers != current->barriers)
        return true;
    return !(before.flags & STAMP_WARPS) && before.thread / 32 == current->number / 32 &&
           before.warp_syncs != current->warp_syncs;
}

static void report_race(const char *kind, const Stamp &before, const Shadow *s, const void *memory,
                        void *pc)
{
    if (!first_time(1, pc, before.pc ? before.pc : (const void *)op_info(before.op)->what))
        return;
    size_t byte = (uintptr_t)memory - s->base;
    const char *where = before.pc ? line_of(before.pc) : "a copy, fill or product";
    if (before.flags & STAMP_HOST)
        fault({nullptr, 0}, "%s: %s of pinned memory that the host touches at %s without waiting",
              line_of(pc), kind, where);
    else if (before.op != op_running)
        fault({nullptr, 0},
              "%s: %s of byte %zu of %s, while %s (%s) may still run: nothing orders them",
              line_of(pc), kind, byte, name_of(s), op_info(before.op)->what, where);
    else if (before.block == block_number())
        fault({nullptr, 0}, "%s: race: %s of byte %zu of %s, by thread %d%s at %s", line_of(pc),
              kind, byte, name_of(s), before.thread, before.flags & STAMP_MANY ? " and others" : "",
              where);
    else
        fault({nullptr, 0}, "%s: race: %s of byte %zu of %s, by another block at %s", line_of(pc),
              kind, byte, name_of(s), where);
}

/* Tables that the program has: what can be read and not written. */
static int add_constants(struct dl_phdr_info *info, size_t, void *to)
{
    auto *found = (std::vector<std::pair<uintptr_t, uintptr_t>> *)to;
    if (info->dlpi_name[0])
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const auto &part = info->dlpi_phdr[i];
        if ((part.p_type == PT_LOAD && !(part.p_flags & PF_W)) || part.p_type == PT_GNU_RELRO)
            found->push_back(
                {info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz});
    }
    return 0;
}

static bool is_constant(const void *memory, size_t bytes)
{
    static std::vector<std::pair<uintptr_t, uintptr_t>> constants;
    if (constants.empty())
        dl_iterate_phdr(add_constants, &constants);
    for (const auto &it : constants)
        if ((uintptr_t)memory >= it.first && (uintptr_t)memory + bytes <= it.second)
            return true;
    return false;
}

static bool is_inside(const void *memory, size_t bytes, const void *of, size_t size)
{
    return (uintptr_t)memory >= (uintptr_t)of && (uintptr_t)memory + bytes <= (uintptr_t)of + size;
}

static void report_outside(const void *memory, size_t bytes, bool write, void *pc)
{
    const char *verb = write ? "write" : "read";
    auto next = allocations.upper_bound((uintptr_t)memory);
    if (next != allocations.begin()) {
        const Allocation &it = std::prev(next)->second;
        if ((uintptr_t)memory < it.base + it.bytes + ((size_t)1 << 30)) {
            fault({nullptr, 0}, "%s: %s of %zu bytes at byte %zu of a buffer of %zu bytes",
                  line_of(pc), verb, bytes, (size_t)((uintptr_t)memory - it.base), it.bytes);
            return;
        }
    }
    if (next != allocations.end() && next->first - (uintptr_t)memory < (size_t)1 << 30)
        fault({nullptr, 0}, "%s: %s of %zu bytes, %zu bytes in front of a buffer of %zu bytes",
              line_of(pc), verb, bytes, (size_t)(next->first - (uintptr_t)memory),
              next->second.bytes);
    else
        fault({nullptr, 0}, "%s: %s of %zu bytes at %p, which is no device memory", line_of(pc),
              verb, bytes, memory);
}

/* Device memory is reached through the kernel's arguments: is this inside one of them, that may be
 * written? */
static void check_ranges(const void *memory, size_t bytes, bool write, void *pc)
{
    const Range *nearest = nullptr;
    bool readable = false;
    for (const Range &range : ranges) {
        if (is_inside(memory, bytes, range.memory, range.bytes)) {
            if (!write || range.writable)
                return;
            readable = true;
        }
        if ((uintptr_t)memory >= (uintptr_t)range.memory &&
            (!nearest || (uintptr_t)range.memory > (uintptr_t)nearest->memory))
            nearest = &range;
    }
    if (!first_time(2, pc))
        return;
    if (readable)
        fault({nullptr, 0}, "%s: write to what the kernel was given to read", line_of(pc));
    else if (nearest)
        fault(
            {nullptr, 0},
            "%s: %s of %zu bytes at byte %zu of an argument of %zu bytes, in no argument's memory",
            line_of(pc), write ? "write" : "read", bytes,
            (size_t)((uintptr_t)memory - (uintptr_t)nearest->memory), nearest->bytes);
    else
        fault({nullptr, 0}, "%s: %s of %zu bytes in no argument's memory", line_of(pc),
              write ? "write" : "read", bytes);
}

static void check_cell(Cell &cell, Stamp mine, unsigned mask, bool write, bool atomic,
                       const Shadow *s, const void *memory)
{
    mine.bytes = (uint8_t)mask;
    if ((!write || atomic) && s->kind != SHADOW_PINNED && (cell.written & mask) != mask &&
        first_time(4, mine.pc))
        fault({nullptr, 0}, "%s: read of %s that was never written", line_of(mine.pc), name_of(s));
    bool both_atomic = atomic && cell.write.flags & STAMP_ATOMIC;
    if (cell.write.bytes & mask && !both_atomic && !in_order(cell.write))
        report_race(write ? "write after a write" : "read after a write", cell.write, s, memory,
                    mine.pc);
    if (write) {
        if (cell.read.bytes & mask && !in_order(cell.read))
            report_race("write after a read", cell.read, s, memory, mine.pc);
        if (cell.other.bytes & mask && !in_order(cell.other))
            report_race("write after a read", cell.other, s, memory, mine.pc);
        cell.other = {};
        cell.write = mine;
        cell.written |= (uint8_t)mask;
        return;
    }
    Stamp &read = cell.read;
    bool later = read.op != mine.op || (read.block == mine.block && read.barriers != mine.barriers);
    if (later || !(read.bytes & mask)) { /* of neighbours in a cell, the last is kept */
        replace_read(cell, mine);
    } else if (read.thread != mine.thread || read.block != mine.block) {
        read.flags |= STAMP_MANY;
        if (read.thread / 32 != mine.thread / 32)
            read.flags |= STAMP_WARPS;
        else
            read.warp_syncs = mine.warp_syncs;
        read.bytes &= (uint8_t)mask;
        if (read.block != mine.block)
            read.block = ANY_BLOCK;
    }
}

static void check_host_access(const void *memory, size_t bytes, bool write, void *pc)
{
    if (allocations.empty())
        return;
    const Allocation *of = allocation_of(memory);
    if (!of)
        return;
    if (of->kind == DEVICE) {
        if (first_time(5, pc))
            fault({nullptr, 0}, "%s: the host touches device memory", line_of(pc));
        return;
    }
    Shadow *s = shadow_of(memory);
    if (!s)
        return;
    each_cell(s, memory, bytes, [&](Cell &cell, unsigned mask) {
        const Stamp *busy = cell.write.bytes & mask && !in_order(cell.write)          ? &cell.write
                            : write && cell.read.bytes & mask && !in_order(cell.read) ? &cell.read
                                                                                      : nullptr;
        if (busy && first_time(6, pc))
            fault({nullptr, 0}, "%s: the host %s pinned memory before it has waited for %s (%s:%d)",
                  line_of(pc), write ? "writes" : "reads", op_info(busy->op)->what,
                  op_info(busy->op)->at.file, op_info(busy->op)->at.line);
        Stamp mine = {};
        mine.block = op_count();
        mine.bytes = (uint8_t)mask;
        mine.flags = STAMP_HOST;
        mine.pc = pc;
        (write ? cell.write : cell.read) = mine;
    });
}

void check_access(const void *memory, size_t bytes, bool write, bool atomic, bool aligned, void *pc)
{
    if (!current) {
        check_host_access(memory, bytes, write, pc);
        return;
    }
    if (on_fiber_stack(memory) || is_inside(memory, bytes, &now, sizeof now))
        return;
    Shadow *s = shadow_of(memory);
    if (!s || (uintptr_t)memory + bytes > s->base + s->bytes) {
        bool allowed =
            !write && (is_constant(memory, bytes) ||
                       is_inside(memory, bytes, running_arguments.data, running_arguments.bytes));
        if (!allowed && first_time(7, pc))
            report_outside(memory, bytes, write, pc);
        return;
    }
    if (s->kind == SHADOW_DEVICE)
        check_ranges(memory, bytes, write, pc);
    if (aligned && (uintptr_t)memory % bytes && first_time(8, pc))
        fault({nullptr, 0}, "%s: %s of %zu bytes at an address that is no multiple of it",
              line_of(pc), write ? "write" : "read", bytes);
    Stamp mine = {};
    mine.op = op_running;
    mine.block = block_number();
    mine.barriers = current->barriers;
    mine.warp_syncs = (uint16_t)current->warp_syncs;
    mine.thread = (uint16_t)current->number;
    mine.flags = atomic ? STAMP_ATOMIC : 0;
    mine.pc = pc;
    each_cell(s, memory, bytes, [&](Cell &cell, unsigned mask) {
        check_cell(cell, mine, mask, write, atomic, s, memory);
    });
}

void before_atomic(void *memory, size_t bytes, Place)
{
    check_access(memory, bytes, true, true, true, __builtin_return_address(0));
}
} // namespace cudahost
