/* bed.c -- see bed.h. */
#include "tests/bed.h"

#include <stdlib.h>
#include <string.h>

#include "support/file.h"

Bed bed_new(Arena *arena, const char *top)
{
    Bed b = {.arena = arena, .top = top};
    b.folder = dir_make_temp(arena, &b.wrong);
    if (b.folder)
        b.wrong = NULL;
    return b;
}

void bed_free(Bed *b)
{
    if (b->folder)
        dir_remove(b->folder);
    b->folder = NULL;
}

const char *bed_path(const Bed *b, const char *name)
{
    return path_join(b->arena, b->folder, name);
}

/* ---- files that go in ---- */

void bed_write(Bed *b, const char *name, const char *bytes, size_t size)
{
    const char *why;
    if (!b->wrong && !file_write(b->arena, bed_path(b, name), bytes, size, &why))
        b->wrong = why;
}

void bed_write_npy(Bed *b, const char *name, const int64_t *dims, int rank, const double *x)
{
    StrBuf shape = strbuf_new(b->arena), file = strbuf_new(b->arena);
    int64_t count = 1;
    for (int k = 0; k < rank; count *= dims[k++])
        strbuf_printf(&shape, "%lld, ", (long long)dims[k]);
    strbuf_write(&file, "\x93NUMPY\x01\0\x76", 10); /* version 1.0, 118 bytes of header */
    strbuf_printf(&file, "%-117s\n",
                  arena_printf(b->arena,
                               "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }",
                               strbuf_text(&shape)));
    strbuf_write(&file, (const char *)x, (size_t)count * sizeof *x);
    bed_write(b, name, strbuf_text(&file), file.length);
}

static const char *const tensor_dtypes[DT_COUNT] = {
    [DT_BOOL] = "BOOL", [DT_U8] = "U8",   [DT_I8] = "I8",     [DT_I16] = "I16", [DT_I32] = "I32",
    [DT_I64] = "I64",   [DT_F16] = "F16", [DT_BF16] = "BF16", [DT_F32] = "F32", [DT_F64] = "F64"};

Weights bed_weights_new(Bed *b)
{
    Weights w = {strbuf_new(b->arena), strbuf_new(b->arena)};
    strbuf_putc(&w.header, '{');
    return w;
}

void bed_weights_add(Weights *w, const char *name, const Type *type, const void *bytes)
{
    int64_t size;
    type_bytes(type, 1, &size);
    strbuf_printf(&w->header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                  w->header.length > 1 ? "," : "", name, tensor_dtypes[type->dtype]);
    for (int k = 0; k < type->rank; k++)
        strbuf_printf(&w->header, "%s%lld", k ? "," : "", (long long)type->dims[k].size);
    strbuf_printf(&w->header, "],\"data_offsets\":[%lld,%lld]}", (long long)w->data.length,
                  (long long)w->data.length + (long long)size);
    strbuf_write(&w->data, bytes, (size_t)size);
}

void bed_weights_write(Bed *b, const char *name, Weights *w)
{
    strbuf_putc(&w->header, '}');
    const uint64_t length = w->header.length;
    StrBuf file = strbuf_new(b->arena);
    strbuf_write(&file, (const char *)&length, sizeof length);
    strbuf_write(&file, strbuf_text(&w->header), w->header.length);
    strbuf_write(&file, strbuf_text(&w->data), w->data.length);
    bed_write(b, name, strbuf_text(&file), file.length);
}

/* ---- processes ---- */

void bed_words(Bed *b, Words *words, const char *text)
{
    for (char *word = strtok(arena_strdup(b->arena, text), " "); word; word = strtok(NULL, " "))
        vec_push(b->arena, words, word);
}

void bed_word(Bed *b, Words *words, const char *word)
{
    vec_push(b->arena, words, arena_strdup(b->arena, word));
}

static void execute(Bed *b, Words *words, const char *what)
{
    const char *why = "";
    if (b->wrong)
        return;
    vec_push(b->arena, words, NULL);
    const int status = process_run(words->data, &why);
    if (status != 0)
        b->wrong =
            arena_printf(b->arena, "%s: exit status %d %s", what, status, status < 0 ? why : "");
}

/* A function of tests/cuda_lib.sh, which knows whether there is a GPU or the test bed. */
static Words cuda_words(Bed *b, const char *function)
{
    Words words = {0};
    bed_words(b, &words, "sh -c");
    bed_word(b, &words,
             arena_printf(b->arena, "SRC=$0; . \"$SRC/tests/cuda_lib.sh\"; %s \"$@\"", function));
    bed_word(b, &words, b->top);
    return words;
}

void bed_build(Bed *b, const char *model, const char *both, const char *cuda)
{
    Words c_words = {0}, words = cuda_words(b, "cuda_make");
    const char *gradc = getenv("GRADC");
    bed_word(b, &c_words, gradc ? gradc : "./gradc");
    bed_words(b, &c_words, "-O0 --cflags=-O0 --threads=none -f");
    bed_words(b, &c_words, both);
    bed_word(b, &c_words, bed_path(b, model));
    bed_word(b, &c_words, "-o");
    bed_word(b, &c_words, bed_path(b, "plain"));
    execute(b, &c_words, "gradc -O0");
    bed_word(b, &words, bed_path(b, "cuda"));
    bed_word(b, &words, bed_path(b, model));
    bed_words(b, &words, both);
    bed_words(b, &words, cuda);
    execute(b, &words, "the build of the CUDA program");
}

void bed_run(Bed *b, const char *program, const char *order, const Words *arguments)
{
    Words words = {0};
    const bool cuda = strcmp(program, "cuda") == 0;
    if (cuda) {
        words = cuda_words(b, "cuda_run");
        bed_word(b, &words, order);
    }
    bed_word(b, &words, bed_path(b, program));
    for (int i = 0; i < arguments->count; i++)
        bed_word(b, &words, arguments->data[i]);
    execute(b, &words,
            cuda ? arena_printf(b->arena, "the CUDA program, threads in order %s", order)
                 : "the C program");
}

/* ---- what they say ---- */

Numbers bed_read(Bed *b, const char *name, DType dtype, int64_t count)
{
    char *text;
    size_t size;
    const char *why;
    Numbers n = {.dtype = dtype == DT_BF16 ? DT_F32 : dtype};
    if (b->wrong)
        return n;
    if (!file_read(b->arena, bed_path(b, name), (size_t)1 << 32, &text, &size, &why)) {
        b->wrong = arena_printf(b->arena, "%s: %s", name, why);
        return n;
    }
    const unsigned char *head = (const unsigned char *)text;
    const size_t header = size < 10 ? size + 1 : 10 + head[8] + 256 * (size_t)head[9];
    if (size < header || size - header != (size_t)count * (size_t)dtype_info[n.dtype].bytes) {
        b->wrong = arena_printf(b->arena, "%s has not %lld numbers", name, (long long)count);
        return n;
    }
    n.bytes = text + header;
    n.size = size - header;
    return n;
}
