/* support.c -- bytes in a file, for readers that take a name; and a loud end. */
#ifdef __linux__
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

void fuzz_broken(const char *what)
{
    fprintf(stderr, "fuzz: broken: %s\n", what);
    abort();
}

char *fuzz_text(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        fuzz_broken("not enough memory");
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

/* An unnamed file: in memory, where there is such a thing. */
static int unnamed_file(void)
{
#ifdef __linux__
    const int descriptor = memfd_create("gradc-fuzz", 0);
    if (descriptor >= 0)
        return descriptor;
#endif
    char name[] = "/tmp/gradc-fuzz.XXXXXX";
    const int named = mkstemp(name);
    if (named < 0 || unlink(name) != 0)
        fuzz_broken("no temporary file");
    return named;
}

/* It is written anew for each input, and opened through its descriptor. */
const char *fuzz_file(const uint8_t *bytes, size_t size)
{
    static int descriptor = -1;
    static char path[64];
    if (descriptor < 0) {
        descriptor = unnamed_file();
        snprintf(path, sizeof path, "/dev/fd/%d", descriptor);
    }
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, bytes, size, 0) != (ssize_t)size)
        fuzz_broken("the temporary file cannot be written");
    return path;
}
