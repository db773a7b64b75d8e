/* map.c -- a file's bytes as memory: read by the machine where they are looked at, and dropped
 * again where memory is short, so that data may be larger than that.
 *
 * A file that becomes shorter meanwhile is the danger: reading behind its end is a signal, not an
 * error.  It is caught, and ends the program with a line that names the file; the last checkpoint
 * is as it was.  A handler stands only once something has been mapped, and knows only what is. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "grt_file.h"

typedef struct Mapping {
    struct Mapping *next;
    const unsigned char *begin, *end;
    char text[GRT_ERROR_TEXT]; /* what is said, ready: a handler may format nothing */
} Mapping;

/* Changed by the thread that opens and closes files; read by the handler in any. */
static Mapping *volatile map_first;

static void map_failed(int signal_number, siginfo_t *info, void *context)
{
    const unsigned char *at = info->si_addr;
    (void)context;
    for (const Mapping *m = map_first; m; m = m->next)
        if (at >= m->begin && at < m->end) {
            const ssize_t written = write(STDERR_FILENO, m->text, strlen(m->text));
            _exit(written < 0 ? 3 : 1);
        }
    signal(signal_number, SIG_DFL); /* not ours: it happens again, and ends the program */
}

static void map_catch(void)
{
    struct sigaction action = {.sa_sigaction = map_failed, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

int64_t grt_mapped_bytes = 1 << 20;

bool grt_file_maps(const GrtFile *file)
{
    return file->map && file->descriptor >= 0 && file->size >= grt_mapped_bytes;
}

bool grt_file_map(GrtFile *file, GrtArray *array)
{
    const int64_t width = grt_dtype_bytes[array->dtype];
    if (!grt_file_maps(file) || file->taken % width != 0)
        return false;
    Mapping *mapping = malloc(sizeof *mapping);
    if (!mapping)
        return false;
    void *bytes = mmap(NULL, (size_t)file->size, PROT_READ, MAP_PRIVATE, file->descriptor, 0);
    if (bytes == MAP_FAILED) { /* no address space, or a file system that cannot: it is read */
        free(mapping);
        return false;
    }
    snprintf(mapping->text, sizeof mapping->text,
             "error: '%s' has become shorter while it was read, or its disk failed\n", file->name);
    mapping->begin = bytes;
    mapping->end = mapping->begin + file->size;
    mapping->next = map_first;
    if (!map_first)
        map_catch();
    map_first = mapping;
    array->count = array->bytes / width;
    array->map = bytes;
    array->map_bytes = file->size;
    array->data = (unsigned char *)bytes + file->taken;
    file->taken += array->bytes;
    return true;
}

void grt_unmap(GrtArray *array)
{
    Mapping *volatile *link = &map_first;
    while (*link && (*link)->begin != array->map)
        link = (Mapping *volatile *)&(*link)->next;
    Mapping *mapping = *link;
    if (mapping) {
        *link = mapping->next;
        free(mapping);
    }
    munmap(array->map, (size_t)array->map_bytes);
}
