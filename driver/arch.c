/* arch.c -- see arch.h.
 *
 * A name becomes one word of the C compiler's command line, behind "-march=", and part of an
 * identifier: so it has none but these characters, and no shell ever sees it. */
#include "driver/arch.h"

#include <string.h>

enum { ARCH_MOST = 8, ARCH_LONGEST = 64 };
static const char arch_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789.+_-";

static bool arch_is_name(const char *name)
{
    return name[0] && name[0] != '-' && strlen(name) <= ARCH_LONGEST &&
           !name[strspn(name, arch_characters)];
}

bool arch_parse(Arena *arena, const char *text, ArchList *out, const char **why)
{
    while (true) {
        const size_t length = strcspn(text, ",");
        const char *name = arena_strndup(arena, text, length);
        *why = NULL;
        if (!arch_is_name(name))
            *why = arena_printf(arena,
                                "'%s' is no kind of processor: native, generic, x86-64-v3 are, "
                                "and what else -march takes",
                                name);
        else if (out->count == ARCH_MOST)
            *why = arena_printf(arena, "more than %d kinds of processor", ARCH_MOST);
        for (int i = 0; i < out->count && !*why; i++)
            if (strcmp(arch_symbol(arena, out->data[i]), arch_symbol(arena, name)) == 0)
                *why = arena_printf(arena, "'%s' stands twice", name);
        if (*why)
            return false;
        vec_push(arena, out, name);
        if (!text[length])
            return true;
        text += length + 1;
    }
}

const char *arch_flag(Arena *arena, const char *name)
{
    return strcmp(name, "generic") == 0 ? NULL : arena_printf(arena, "-march=%s", name);
}

const char *arch_symbol(Arena *arena, const char *name)
{
    char *symbol = (char *)arena_printf(arena, "model_%s", name);
    for (char *c = symbol; *c; c++)
        if (strchr(".+-", *c))
            *c = '_';
    return symbol;
}
