/* emit.h -- the generated source files, whole.
 *
 *     StrBuf text = strbuf_new(arena);
 *     emit_c(&text, program, &(EmitOptions){.kind = EMIT_PROGRAM, .version = "0.1.0", ...});
 *
 * The text is a function of the program and the options alone: no date, no path. */
#ifndef GRADC_EMIT_H
#define GRADC_EMIT_H

#include "codegen/kernel.h"

typedef enum EmitKind {
    EMIT_PROGRAM,    /* model.c with main(), to be linked with the runtime */
    EMIT_STANDALONE, /* the same with the runtime's source inside: cc -O2 model.c -lm */
    EMIT_VERSION,    /* one of several of a program: model.c without main(), for emit_chooser() */
    EMIT_LIBRARY     /* model.c without main(), for model.h */
} EmitKind;

typedef struct EmitOptions {
    EmitKind kind;
    PrintOptions print;
    bool png;               /* links libpng */
    const char *version;    /* of gradc, for the head comment */
    const char *build_line; /* the command that builds the file, shown in the head comment */
    const char *flags;      /* the compiler's flags in it that make the program fast; likewise */
    const char *header;     /* EMIT_LIBRARY: the base name of the header, for #include */
    uint64_t fingerprint;   /* GrtModel.fingerprint: emit_fingerprint() of the model as elaborated,
                               so that it doesn't depend on the passes that ran since */
} EmitOptions;

/* The word by which gradc knows files that it made: in every generated source, and, through
 * GrtModel.made_by, in every binary. */
#define EMIT_MARKER "gradc-generated"

void emit_c(StrBuf *out, const Program *p, const EmitOptions *options);
/* The same in CUDA, of a program lowered for it. */
void emit_cuda(StrBuf *out, const Program *p, const EmitOptions *options);
void emit_h(StrBuf *out, const Program *p, const EmitOptions *options); /* for EMIT_LIBRARY */

/* The main() of a program of several versions, each for a kind of processor: `archs` are their
 * names, `symbols` what -DGRADC_MODEL=... called their models. */
void emit_chooser(StrBuf *out, const char *name, const char *const *archs,
                  const char *const *symbols, int count);

/* A file whose data is gzipped links zlib. */
bool emit_uses_gzip(const Model *m);
/* One that saves images links libpng; one with an output of images, which predict can write, can do
 * without. */
bool emit_saves_png(const Model *m);
bool emit_predicts_images(const Model *m);
/* FNV-1a over the textual IR, source places left out. */
uint64_t emit_fingerprint(const Model *m);

#endif
