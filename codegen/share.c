/* share.c -- see share.h.
 *
 * Two kernels are compared as text in which each name is replaced by its number, in the order in
 * which they first stand there:
 *
 *     const float *restrict v_h0, float *restrict v_h1{ ... v_h1[i] = v_h0[i]     becomes
 *     const float *restrict #0, float *restrict #1{ ... #1[i] = #0[i]
 *
 * Constants keep their names, for they are no parameters; so do functions, loops and types. */
#include "codegen/share.h"

#include <string.h>

#include "codegen/gpu_launch.h"
#include "codegen/print_expr.h"

struct Sharing {
    Arena *arena;
    StrMap *by_text, *by_form; /* with and without names: the first kernel of each */
};

Sharing *sharing_new(Arena *arena)
{
    Sharing *s = arena_new_of(arena, Sharing);
    *s = (Sharing){arena, strmap_new(arena), strmap_new(arena)};
    return s;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Names of the program's values: of buffers (names.h), host scalars, locals and turns. */
static bool is_renamed(const char *word, size_t length)
{
    static const char *const prefixes[] = {"v_", "p_", "d_", "w_", "s_", "t_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (length > 2 && strncmp(word, prefixes[i], 2) == 0)
            return true;
    return length >= 4 && strncmp(word, "turn", 4) == 0;
}

typedef struct Numbers {
    Arena *arena;
    StrMap *by_name;
    int count;
} Numbers;

/* "#3" for the fourth name. */
static const char *number_of(Numbers *numbers, const char *name)
{
    char *number = strmap_get(numbers->by_name, name);
    if (!number) {
        number = arena_printf(numbers->arena, "#%d", numbers->count++);
        strmap_set(numbers->by_name, name, number);
    }
    return number;
}

/* Behind a comment or blanks, which depend on the length of names; NULL where there are none. */
static const char *skip_layout(const char *text)
{
    if (strncmp(text, "/*", 2) == 0) {
        const char *end = strstr(text, "*/");
        return end ? end + 2 : text + strlen(text);
    }
    return *text == ' ' || *text == '\n' ? text + strspn(text, " \n") : NULL;
}

static const char *without_names(Arena *arena, const char *text)
{
    const char *const all = text;
    Numbers numbers = {arena, strmap_new(arena), 0};
    StrBuf out = strbuf_new(arena);
    while (*text) {
        const char *behind = skip_layout(text);
        size_t length = 0;
        if (behind) { /* lines break behind an operator, too */
            if (text > all && is_word(text[-1]) && is_word(*behind))
                strbuf_putc(&out, ' ');
            text = behind;
            continue;
        }
        while (is_word(text[length]))
            length++;
        if (is_renamed(text, length))
            strbuf_puts(&out, number_of(&numbers, arena_strndup(arena, text, length)));
        else
            strbuf_write(&out, text, length > 0 ? length : 1);
        text += length > 0 ? length : 1;
    }
    return strbuf_text(&out);
}

/* The first kernel with this text: the given one, if there was none. */
static Kernel *first_with(StrMap *by_text, const char *text, Kernel *kernel)
{
    Kernel *first = strmap_get(by_text, text);
    if (!first)
        strmap_set(by_text, text, kernel);
    return first ? first : kernel;
}

/* Name, but for numbers, and form: what is called otherwise looks alike by chance, and a reader
 * would wonder. */
static const char *form_of(Arena *arena, const Kernel *kernel, const char *text)
{
    StrBuf out = strbuf_new(arena);
    for (const char *c = kernel->name; *c; c++)
        if ((*c < '0' || *c > '9') && *c != '_')
            strbuf_putc(&out, *c);
    strbuf_printf(&out, ": %s", without_names(arena, text));
    return strbuf_text(&out);
}

void share_kernel(Sharing *sharing, Kernel *kernel)
{
    StrBuf out = strbuf_new(sharing->arena);
    print_c_kernel_text(&out, kernel);
    for (int i = 0; i < kernel->launches.count; i++)
        strbuf_puts(&out, kernel->launches.data[i]->guarded ? " guarded" : "");
    const char *text = strbuf_text(&out);
    const Kernel *twin = first_with(sharing->by_text, text, kernel);
    Kernel *same = twin == kernel
                       ? first_with(sharing->by_form, form_of(sharing->arena, kernel, text), kernel)
                       : NULL;
    if (same == kernel)
        return;
    if (same) {
        kernel->same_as = same;
        same->others++;
        return;
    }
    kernel->same_as = twin->same_as ? twin->same_as : twin;
    kernel->name = twin->name; /* the same values in another entry */
}
