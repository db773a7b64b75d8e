/* cuda_arch.c -- see cuda_arch.h. */
#include "driver/cuda_arch.h"

#include <string.h>

enum { CUDA_ARCH_MOST = 16 };

/* "90" behind "sm_": two or three digits. */
static int number_behind(const char *name, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0)
        return 0;
    const char *digits = name + length;
    const size_t count = strspn(digits, "0123456789");
    if (count < 2 || count > 3 || digits[count])
        return 0;
    int number = 0;
    for (const char *d = digits; *d; d++)
        number = 10 * number + (*d - '0');
    return number;
}

static bool is_real(const char *name)
{
    return number_behind(name, "sm_") > 0;
}

int cuda_arch_number(const char *name)
{
    return is_real(name) ? number_behind(name, "sm_") : number_behind(name, "compute_");
}

/* A name that stands for several, and so stands alone. */
static bool is_group(const char *name)
{
    return strcmp(name, "native") == 0 || strcmp(name, "all") == 0 ||
           strcmp(name, "all-major") == 0;
}

static const char *refuse_name(Arena *arena, const CudaArchList *before, const char *name)
{
    if (!is_group(name) && cuda_arch_number(name) == 0)
        return arena_printf(arena,
                            "'%.40s' is no kind of GPU: native, all-major, all, sm_80 or sm_90 and "
                            "the like are, and compute_80 for code that its driver compiles",
                            name);
    if (before->count == CUDA_ARCH_MOST)
        return arena_printf(arena, "more than %d kinds of GPU", CUDA_ARCH_MOST);
    for (int i = 0; i < before->count; i++) {
        const char *other = before->data[i];
        if (strcmp(other, name) == 0)
            return arena_printf(arena, "'%s' stands twice", name);
        if (is_group(other) || is_group(name))
            return arena_printf(arena, "'%s' stands for several, and so alone",
                                is_group(other) ? other : name);
    }
    return NULL;
}

bool cuda_arch_parse(Arena *arena, const char *text, CudaArchList *out, const char **why)
{
    while (true) {
        const size_t length = strcspn(text, ",");
        const char *name = arena_strndup(arena, text, length);
        *why = refuse_name(arena, out, name);
        if (*why)
            return false;
        vec_push(arena, out, name);
        if (!text[length])
            return true;
        text += length + 1;
    }
}

void cuda_arch_flags(Arena *arena, const CudaArchList *archs, CudaArchList *flags)
{
    int newest = 0, newest_virtual = 0;
    for (int i = 0; i < archs->count; i++) {
        const char *name = archs->data[i];
        const int number = cuda_arch_number(name);
        const char *flag =
            number == 0 ? arena_printf(arena, "-arch=%s", name)
                        : arena_printf(arena, "-gencode=arch=compute_%d,code=%s", number, name);
        vec_push(arena, flags, flag);
        int *most = is_real(name) ? &newest : &newest_virtual;
        *most = number > *most ? number : *most;
    }
    if (newest > newest_virtual) {
        const char *flag =
            arena_printf(arena, "-gencode=arch=compute_%d,code=compute_%d", newest, newest);
        vec_push(arena, flags, flag);
    }
}
