/* diag.h -- source files, places in them, and what is said about them.
 *
 * A diagnostic is printed as
 *
 *     digits.dsl:13:8: error: cannot multiply f32[batch, 64] by f32[128, 10]
 *        13 |      |> head
 *           |         ^~~~ inner dimensions differ: 64 and 128
 *     digits.dsl:11:5: note: 'head' got its weight f32[10, 128] where it was first applied, here
 *
 * Diagnostics are collected, identical ones (same place, same message) kept once -- a program is
 * elaborated several times, once per entry point -- and at most DIAG_LIMIT errors are shown.
 * Nothing here exits, but ice(). */
#ifndef GRADC_DIAG_H
#define GRADC_DIAG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "support/arena.h"

enum { DIAG_LIMIT = 20 };

typedef struct SourceFile {
    const char *path; /* as the user named it; shown in messages */
    const char *text; /* size bytes, then a NUL */
    size_t size;
    uint32_t *line_starts; /* byte offset of each line */
    int line_count;
    bool library; /* shipped with the compiler: errors are shown at the user's call instead */
} SourceFile;

/* Bytes [begin, end) of a file.  file == NULL means no place at all. */
typedef struct Loc {
    const SourceFile *file;
    uint32_t begin, end;
} Loc;

/* Wraps text (which must outlive the arena's user) and indexes its lines: LF, CRLF or CR. */
SourceFile *source_new(Arena *arena, const char *path, const char *text, size_t size);
/* 1-based line and column (in bytes) of an offset. */
void source_position(const SourceFile *file, uint32_t offset, int *line, int *column);
int loc_line(Loc loc);             /* 1-based; 0 for no place */
Loc loc_span(Loc first, Loc last); /* from the begin of one to the end of the other */

typedef struct Diag Diag;

Diag *diag_new(Arena *arena);

/* Each error or warning may be followed by notes that belong to it.  `label`, where not NULL, is
 * printed behind the caret. */
void diag_error(Diag *diag, Loc loc, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_warning(Diag *diag, Loc loc, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_note(Diag *diag, Loc loc, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* While frames are pushed, an error whose place is in a library file is shown at the innermost
 * user place of the stack instead, with a note for the library's; and an error inside a user's
 * def or module gets a note "in the call of 'name', here" per frame. */
void diag_push_frame(Diag *diag, Loc call, const char *callee);
void diag_pop_frame(Diag *diag);

int diag_error_count(const Diag *diag);
/* The same, those that were said before counted again. */
int diag_errors_met(const Diag *diag);
/* Prints all that was collected, in order, then "N errors" if more than one, and forgets it.
 * With limit passed, says how many were left out. */
void diag_flush(Diag *diag, FILE *out);
/* The same as JSON (diag_json.c): one object a line, notes inside, no count. */
void diag_flush_json(Diag *diag, FILE *out);
/* An error that has no place, as such a line. */
void diag_json_line(Arena *arena, FILE *out, const char *message);

/* A bug in gradc itself: prints "gradc: internal error: ... (a bug in gradc; please report it
 * with the model)" and exits with status 70. */
_Noreturn void ice(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
