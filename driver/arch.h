/* arch.h -- the kinds of processor that a program is compiled for:
 * --arch=x86-64-v4,x86-64-v3,generic
 *
 * A name is what the C compiler's -march takes; "native" is the processor that gradc runs on, and
 * "generic" what the compiler takes by itself. */
#ifndef GRADC_ARCH_H
#define GRADC_ARCH_H

#include <stdbool.h>

#include "support/arena.h"

typedef Vec(const char *) ArchList;

/* Adds the names in a list with commas; false where one is no name, stands twice, or they are too
 * many: *why says so. */
bool arch_parse(Arena *arena, const char *text, ArchList *out, const char **why);
/* "-march=x86-64-v3"; NULL for generic. */
const char *arch_flag(Arena *arena, const char *name);
/* The C identifier of that version's model: "model_x86_64_v3". */
const char *arch_symbol(Arena *arena, const char *name);

#endif
