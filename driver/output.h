/* output.h -- the files that gradc makes: which it may overwrite, and which it must not leave.
 *
 * Temporary files are noted here, and removed when gradc ends: normally, on an error, or by
 * SIGINT, SIGTERM or SIGHUP (which are passed on to a C compiler that is running). */
#ifndef GRADC_OUTPUT_H
#define GRADC_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "support/arena.h"

/* True if path may be written: it isn't there, or it is a file that gradc made (it holds
 * EMIT_MARKER), or force is set.  Never the input itself, a folder or a device.  Else false after
 * saying why. */
bool output_allowed(Arena *arena, const char *path, const char *input, bool force);

/* Writes a whole file, or says why not and returns false. */
bool output_write(Arena *arena, const char *path, const char *text, size_t size);

/* Installs the signal handlers. */
void output_guard(void);
/* Makes a temporary folder, to be removed when the files in it that were noted are; NULL after
 * saying why not. */
const char *output_temporary_dir(Arena *arena);
/* Notes a temporary file. */
void output_note_file(const char *path);
/* Removes what was noted, and forgets it. */
void output_tidy(void);
/* The signal that asked gradc to stop, or 0. */
int output_signal(void);

#endif
