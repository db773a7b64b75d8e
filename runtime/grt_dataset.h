/* grt_dataset.h -- what dataset.c, dataset_check.c and batch.c share.  Inside the runtime. */
#ifndef GRT_DATASET_H
#define GRT_DATASET_H

#include "grt_data.h"

typedef struct GrtFeed { /* how samples of a source become those of a batch */
    const GrtArray *array;
    int slot;         /* in run->inputs */
    GrtDType dtype;   /* wanted there */
    int64_t elements; /* of a sample */
    int64_t row, out; /* its bytes in the array, and in the batch */
    /* Elements of the array's dtype to the one wanted; NULL: one by one, through double. */
    void (*convert)(const void *from, void *to, int64_t count);
} GrtFeed;

struct GrtDataset {
    const GrtModel *model;
    const GrtSplit *split;
    GrtArray *arrays; /* by source */
    GrtFeed *feeds;   /* by source */
    int64_t samples;
    int64_t *order;
    bool in_order; /* order[i] is i */
};

/* Fills in feeds[index], once the array is there. */
void grt_feed_plan(GrtDataset *data, int index);

/* Whether an array can fill a variable, sample by sample: its shape, and the value of every
 * element.  `name` is the file's, for messages.  0 or a status. */
int grt_dataset_check(const char *name, const GrtArray *array, const GrtVar *var, GrtError *error);
/* Whether a batch that was computed keeps the range of an input; samples[] are their numbers. */
int grt_dataset_check_range(const GrtVar *var, const void *data, int64_t count,
                            const int64_t *samples, GrtError *error);

#endif
