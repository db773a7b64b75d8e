/* place.h -- offsets for spans of bytes, each alive for a while.
 *
 *     span     alive     bytes        offset
 *     h1       0 .. 1    4096              0
 *     h2       1 .. 2    4096           4096
 *     h3       2 .. 3    4096              0      (h1 is dead by then)
 *
 * The least number of bytes is hard to find, and what is alive at once is a lower bound.  Several
 * orders and two ways to choose among gaps are tried, and the smallest result is kept; it is a
 * function of the spans alone. */
#ifndef GRADC_PLACE_H
#define GRADC_PLACE_H

#include "support/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLACE_ALIGNMENT = 64 };

typedef struct Span {
    int first, last; /* alive from .. to, both included */
    int64_t bytes;   /* a multiple of PLACE_ALIGNMENT */
    int64_t offset;  /* set by place_spans */
} Span;

/* The bytes alive at the worst time: no placement needs less.  -1 where they overflow. */
int64_t place_least(Arena *arena, const Span *spans, int count);

/* Sets all offsets; returns the bytes needed, or -1 where they overflow. */
int64_t place_spans(Arena *arena, Span *spans, int count);

/* One behind the other, whatever their lifetimes. */
int64_t place_apart(Span *spans, int count);

/* The room that a tensor of so many bytes takes: rounded up to whole cache lines, and a few more
 * where it is large, so that tensors whose sizes are powers of two do not all begin at the same
 * place of a 4 KiB page: a processor takes a load for one that must wait for a store to the same
 * place of another page, and a set of its cache holds few of them.  -1 where it overflows. */
int64_t place_room(int64_t bytes);

#endif
