/* file.h -- reading whole files, and writing them whole or not at all. */
#ifndef GRADC_FILE_H
#define GRADC_FILE_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "support/strbuf.h"

/* Reads a regular file of at most limit bytes into the arena, a NUL behind it.  On failure
 * returns false and *why says so ("No such file or directory", "is a directory", ...). */
bool file_read(Arena *arena, const char *path, size_t limit, char **bytes, size_t *size,
               const char **why);

/* The same of what a stream, such as stdin, still has. */
bool file_read_stream(Arena *arena, FILE *in, size_t limit, char **bytes, size_t *size,
                      const char **why);

/* Writes bytes to path through a temporary file beside it, which is synced and renamed into
 * place; on failure nothing is left behind and an older file stays. */
bool file_write(Arena *arena, const char *path, const char *bytes, size_t size, const char **why);

/* The same for a file that is there and may be written: the new one has its permissions. */
bool file_replace(Arena *arena, const char *path, const char *bytes, size_t size, const char **why);

/* The directory part of path ("." where there is none), the last component, and a join that
 * leaves absolute names alone. */
const char *path_dir(Arena *arena, const char *path);
const char *path_base(const char *path);
const char *path_join(Arena *arena, const char *dir, const char *name);

/* A fresh directory (mode 0700) under $TMPDIR or /tmp; NULL and *why on failure. */
const char *dir_make_temp(Arena *arena, const char **why);
/* Removes a directory made by dir_make_temp and the plain files in it. */
void dir_remove(const char *path);

/* Runs argv[0] (looked up in PATH, no shell) and waits.  Returns the exit status, 128+signal for
 * a signal death, or -1 with *why set where it could not be started. */
int process_run(char *const argv[], const char **why);
/* The same for what it writes to standard output, at most limit bytes, a NUL behind them; what it
 * complains of is dropped.  False where it could not be started, or failed, or wrote more. */
bool process_read(Arena *arena, char *const argv[], size_t limit, char **text, size_t *size);
/* The process that process_run waits for, or 0: a signal handler may pass its signal on. */
extern volatile sig_atomic_t process_child;

#endif
