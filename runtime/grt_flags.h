/* grt_flags.h -- the table of the trainer's own options (flags.c): settings.c reads by it, help.c
 * prints it.
 */
#ifndef GRT_FLAGS_H
#define GRT_FLAGS_H

#include "grt_trainer.h"

typedef enum GrtFlagFor { /* which programs have it */
                          GRT_FLAG_ALL,
                          GRT_FLAG_DEVICE,
                          GRT_FLAG_HOST, /* others take it too, where it says nothing */
                          GRT_FLAG_GENERATE
} GrtFlagFor;

typedef struct GrtFlag {
    const char *name;  /* without the dashes */
    const char *value; /* what to call its value, "N"; NULL: it has none; "[FILE]": it may have one,
                          behind '=' */
    const char *doc;
    /* Stores the value (NULL where there is none).  0, or 2 with error set. */
    int (*set)(const GrtModel *model, GrtSettings *settings, const char *value, GrtError *error);
    GrtFlagFor programs;
} GrtFlag;

extern const GrtFlag grt_flags[];
extern const int grt_flag_count;
/* Does a program have it?  What others have may be the name of an option. */
bool grt_flag_is_for(const GrtFlag *flag, const GrtModel *model);

/* The value's text as a number, whole and within bounds; false if it is none. */
bool grt_read_integer(const char *text, int64_t low, int64_t high, int64_t *out);
bool grt_read_number(const char *text, double *out);
/* "--batch: 'x' is not a number from 1 up".  Returns 2. */
int grt_bad_value(GrtError *error, const char *flag, const char *value, const char *want);

#endif
