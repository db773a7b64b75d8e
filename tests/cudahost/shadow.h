/* shadow.h -- what the checker keeps of each four bytes of memory, and asks of them. */
#ifndef CUDAHOST_SHADOW_H
#define CUDAHOST_SHADOW_H

#include "cudahost.h"

namespace cudahost
{
/* Who touched a cell last: an operation, and in a launch the block, thread, and the barriers that
 * it had passed. */
struct Stamp {
    uint32_t op, block, barriers;
    uint16_t warp_syncs, thread;
    uint8_t bytes; /* of the four, as bits */
    uint8_t flags;
    void *pc;
};
enum {
    STAMP_ATOMIC = 1,
    STAMP_MANY = 2, /* other threads of the block, too */
    STAMP_HOST = 4, /* `block` is the last operation that had been queued */
    STAMP_WARPS = 8 /* STAMP_MANY, and not all of them of one warp */
};
enum : uint32_t { ANY_BLOCK = UINT32_MAX };

struct Cell {
    Stamp write, read;
    Stamp other;     /* a read by an earlier operation that need not be over when `read` begins */
    uint8_t written; /* bytes, as bits */
};
enum ShadowKind { SHADOW_DEVICE, SHADOW_PINNED, SHADOW_SHARED };
struct Shadow {
    uintptr_t base;
    size_t bytes, mapped;
    ShadowKind kind;
    Cell *cells;
};
/* NULL: not memory that is watched. */
Shadow *shadow_of(const void *memory);

template <class F> static inline void each_cell(Shadow *s, const void *memory, size_t bytes, F call)
{
    size_t from = (uintptr_t)memory - s->base, to = from + bytes;
    for (size_t i = from / 4; i * 4 < to; i++) {
        unsigned mask = 15;
        if (i * 4 < from)
            mask &= 15u << (from - i * 4);
        if (i * 4 + 4 > to)
            mask &= 15u >> (i * 4 + 4 - to);
        call(s->cells[i], mask);
    }
}

/* Is what the stamp says over, when the running operation (or the host) does something? */
bool stamp_is_over(const Stamp &stamp);
/* A read by another operation than the last one's takes its place. */
void replace_read(Cell &cell, const Stamp &by);
/* An access by code of the program, at `pc`. */
void check_access(const void *memory, size_t bytes, bool write, bool atomic, bool aligned,
                  void *pc);
/* "file.cu:12" */
const char *line_of(void *pc);
/* The first time for this kind of fault at this place? */
bool first_time(int kind, const void *at, const void *other = nullptr);
} // namespace cudahost

#endif
