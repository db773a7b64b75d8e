/* grt_dataset.h -- what dataset.c and dataset_check.c share.  Inside the runtime. */
#ifndef GRT_DATASET_H
#define GRT_DATASET_H

#include "grt_data.h"

/* Whether an array can fill a variable, sample by sample: its shape, and the value of every
 * element.  `name` is the file's, for messages.  0 or a status. */
int grt_dataset_check(const char *name, const GrtArray *array, const GrtVar *var, GrtError *error);
/* Whether a batch that was computed keeps the range of an input; samples[] are their numbers. */
int grt_dataset_check_range(const GrtVar *var, const void *data, int64_t count,
                            const int64_t *samples, GrtError *error);

#endif
