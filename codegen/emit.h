/* emit.h -- the generated source files, whole. */
#ifndef GRADC_EMIT_H
#define GRADC_EMIT_H

#include "codegen/kernel.h"

typedef enum EmitKind {
    EMIT_PROGRAM,    /* model.c with main(), to be linked with the runtime */
    EMIT_STANDALONE, /* the same with the runtime's source inside: cc -O2 model.c -lm */
    EMIT_LIBRARY     /* model.c without main(), for model.h */
} EmitKind;

typedef struct EmitOptions {
    EmitKind kind;
    PrintOptions print;
    const char *build_line; /* shown in the head comment */
    bool check;             /* include the f64 twin for `./model check` */
} EmitOptions;

void emit_c(StrBuf *out, const Program *p, const EmitOptions *options);
void emit_h(StrBuf *out, const Program *p); /* the C API of EMIT_LIBRARY */

#endif
