/* emit_parts.h -- private between the emit_*.c files: the parts of a generated file. */
#ifndef GRADC_EMIT_PARTS_H
#define GRADC_EMIT_PARTS_H

#include "codegen/emit.h"

/* The comment at the head of the file. */
void emit_head(StrBuf *out, const Program *p, const EmitOptions *options);
/* Comments that head a section of the file. */
void emit_banner(StrBuf *out, const char *title);

/* The base name of the model's file: "digits.dsl". */
const char *emit_source_name(const Model *m);
/* How many variables of this kind there are; *elements: the numbers in them, for one sample. */
int emit_count_vars(const Model *m, VarKind kind, int64_t *elements);

/* emit_tables.c: the constant GrtModel `model` and all that it points to. */
void emit_tables(StrBuf *out, const Program *p, const EmitOptions *options);
/* "GRT_F32" */
const char *emit_dtype_symbol(DType dtype);
/* "field = text" as a string literal, or NULL. */
void emit_string(StrBuf *out, const char *field, const char *text);
/* ", field = value", or nothing for 0. */
void emit_number(StrBuf *out, const char *field, int64_t value);
/* True if some kernel of the routine reads the variable. */
bool emit_routine_reads(const Routine *r, int var);

/* emit_memory.c: of a training step, who is alive at its fullest moment (returns the number of
 * rows), and ".peak_kernel = 20, .peak = {20, 30, 40}". */
int emit_alive_table(StrBuf *out, const Program *p, const Routine *r);
void emit_peak(StrBuf *out, const Program *p, const Routine *r);

/* emit_data.c: splits with their sources, prints and saves. */
void emit_splits(StrBuf *out, const Program *p);
void emit_prints(StrBuf *out, const Program *p);
void emit_loads(StrBuf *out, const Program *p);
void emit_generate(StrBuf *out, const Model *m);
void emit_saves(StrBuf *out, const Program *p);
/* The program without the fetch routines of splits whose every input is a source as it is. */
Program emit_drop_idle(const Program *p);

/* emit_api.c: the functions of the C API, over grt_create() and its kin. */
void emit_api_functions(StrBuf *out, const Program *p);

/* emit_runtime.c: the runtime's headers and sources as one text, gzip.c and png.c only where
 * asked. */
void emit_runtime(StrBuf *out, bool gzip, bool png);

#endif
