/* paths.h -- where the standard library and the runtime lie. */
#ifndef GRADC_PATHS_H
#define GRADC_PATHS_H

#include "support/arena.h"

typedef enum Resource {
    RESOURCE_LIBRARY, /* the folder of the standard library, lib/std */
    RESOURCE_INCLUDE, /* the folder of grt.h */
    RESOURCE_ARCHIVE  /* the file libgradcrt.a */
} Resource;

/* Looks in $GRADC_HOME, then around gradc's own executable (a build tree, or an installation that
 * was moved), then where gradc was configured to be installed.  An absolute name, or NULL. */
const char *path_find(Arena *arena, Resource resource);
/* What is missing then, for a message: "the standard library (lib/std)". */
const char *path_resource_name(Resource resource);
/* The absolute name of what exists, links followed; NULL if it doesn't. */
const char *path_absolute(Arena *arena, const char *path);
/* The same name as an absolute one, or with "./" before it, so that it can't be an option. */
const char *path_argument(Arena *arena, const char *path);

#endif
