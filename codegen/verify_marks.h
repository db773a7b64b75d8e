/* verify_marks.h -- may the threads of a GPU take turns as a kernel's marks say?  See
 * verify_marks.c. */
#ifndef GRADC_VERIFY_MARKS_H
#define GRADC_VERIFY_MARKS_H

#include "codegen/kernel.h"

/* NULL, or what is wrong, to follow the kernel's name.  fast_reductions: sums in any order are
 * wanted. */
const char *verify_marks(Arena *arena, const Kernel *k, bool fast_reductions);

#endif
