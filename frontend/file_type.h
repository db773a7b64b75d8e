/* file_type.h -- the type of the array in a data file, read from its header when compiling. */
#ifndef GRADC_FILE_TYPE_H
#define GRADC_FILE_TYPE_H

#include "ir/type.h"
#include "support/arena.h"

/* Of an .npy, an IDX file, or the member of an .npz (NULL for the others).  False with *why, a
 * clause such as "it is no .npy, .npz or IDX file", and *names: what an .npz has, "x, y". */
bool file_type(Arena *arena, const char *path, const char *member, Type *out, const char **why,
               const char **names);

#endif
