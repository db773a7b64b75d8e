/* paths.c -- finding the files that ship with gradc.
 *
 * Each resource may lie in a source tree (lib/std), in an installation that was moved as a whole
 * (share/gradc/std), or where configure said: one table lists the places. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* realpath, which glibc doesn't count to POSIX.1-2008 */
#endif

#include "driver/paths.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/file.h"

#ifndef GRADC_DATADIR
#define GRADC_DATADIR "/usr/local/share/gradc"
#endif
#ifndef GRADC_INCLUDEDIR
#define GRADC_INCLUDEDIR "/usr/local/include/gradc"
#endif
#ifndef GRADC_LIBDIR
#define GRADC_LIBDIR "/usr/local/lib/gradc"
#endif

enum { PLACES = 3 };

typedef struct Places {
    const char *name;             /* for messages */
    const char *relative[PLACES]; /* to $GRADC_HOME, to the executable's folder, the one above */
    const char *installed;
    const char *probe; /* a file that must be in the folder; "": the thing itself */
} Places;

/* clang-format off */
static const Places places[] = {
    [RESOURCE_LIBRARY] = {"the standard library (lib/std)",
                          {"lib/std", "share/gradc/std", NULL}, GRADC_DATADIR "/std", ""},
    [RESOURCE_INCLUDE] = {"the runtime's header (grt.h)",
                          {"runtime", "include/gradc", "include"}, GRADC_INCLUDEDIR, "/grt.h"},
    [RESOURCE_ARCHIVE] = {"the runtime (libgradcrt.a)",
                          {"libgradcrt.a", "lib/gradc/libgradcrt.a", "lib/libgradcrt.a"},
                          GRADC_LIBDIR "/libgradcrt.a", ""},
};
/* clang-format on */

const char *path_resource_name(Resource resource)
{
    return places[resource].name;
}

const char *path_argument(Arena *arena, const char *path)
{
    return path[0] == '/' ? path : arena_printf(arena, "./%s", path);
}

const char *path_absolute(Arena *arena, const char *path)
{
    char *absolute = realpath(path, NULL);
    const char *copy = absolute ? arena_strdup(arena, absolute) : NULL;
    free(absolute);
    return copy;
}

static const char *probe_path(Arena *arena, const char *path, const char *probe)
{
    struct stat info;
    if (stat(arena_printf(arena, "%s%s", path, probe), &info) != 0)
        return NULL;
    return path_absolute(arena, path);
}

static const char *probe_home(Arena *arena, const char *home, const Places *p)
{
    for (int i = 0; i < PLACES; i++) {
        if (!p->relative[i])
            continue;
        const char *path = arena_printf(arena, "%s/%s", home, p->relative[i]);
        const char *found = probe_path(arena, path, p->probe);
        if (found)
            return found;
    }
    return NULL;
}

/* The folder of gradc's own executable, or NULL where the system doesn't say. */
static const char *executable_dir(Arena *arena)
{
    enum { LONGEST = 4096 };
    char *path = arena_alloc(arena, LONGEST + 1);
    const ssize_t length = readlink("/proc/self/exe", path, LONGEST);
    return length > 0 ? path_dir(arena, path) : NULL;
}

const char *path_find(Arena *arena, Resource resource)
{
    const Places *p = &places[resource];
    const char *found = NULL;
    const char *home = getenv("GRADC_HOME");
    if (home && *home)
        found = probe_home(arena, home, p);
    const char *dir = executable_dir(arena);
    if (!found && dir)
        found = probe_home(arena, dir, p);
    if (!found && dir)
        found = probe_home(arena, arena_printf(arena, "%s/..", dir), p);
    return found ? found : probe_path(arena, p->installed, p->probe);
}
