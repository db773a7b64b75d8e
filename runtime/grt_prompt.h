/* grt_prompt.h -- tokens as text, and text as tokens: what prompt.c offers generate.c. */
#ifndef GRT_PROMPT_H
#define GRT_PROMPT_H

#include "grt_trainer.h"

typedef struct GrtTokens {
    int64_t *data; /* malloc's */
    int64_t count;
} GrtTokens;

/* The tokens of --prompt or --prompt-file; of an empty one the token that a text begins with, and
 * *shown is how many of them are the prompt's own: all or none.  0 or a status. */
int grt_prompt_read(const GrtModel *model, const GrtSettings *settings, GrtTokens *tokens,
                    int64_t *shown, GrtError *error);
/* Can it be written, and be an input again?  0 or a status. */
int grt_token_check(const GrtModel *model, int64_t token, GrtError *error);
/* Writes a checked token, `first` if none stands before it. */
void grt_token_write(const GrtModel *model, int64_t token, bool first, FILE *out);

#endif
