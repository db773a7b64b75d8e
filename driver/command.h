/* command.h -- the commands of compilers: lists of words, which no shell sees. */
#ifndef GRADC_COMMAND_H
#define GRADC_COMMAND_H

#include "support/arena.h"

#include <stdbool.h>

typedef Vec(char *) Words; /* a NULL behind them, once complete */

void command_add(Arena *arena, Words *words, const char *word);
/* The words between blanks in a text, without quotes or escapes. */
void command_add_words(Arena *arena, Words *words, const char *text);

/* The text of the environment variable, if it isn't blank; else NULL. */
const char *command_variable(const char *name);
bool command_is_on_path(Arena *arena, const char *program);

/* Runs it.  EXIT_OK; 128 and a signal's number if that stopped gradc; or EXIT_ENVIRONMENT after
 * saying that `what`, "the C compiler", failed or cannot be started: "choose one with --cc". */
int command_run(Arena *arena, const Words *words, const char *what, const char *advice);
/* What it writes to standard output; NULL where it cannot be started or fails. */
const char *command_output(Arena *arena, const Words *words);

#endif
