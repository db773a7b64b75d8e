/* grt_dataset.h -- what dataset.c, dataset_check.c and batch.c share.  Inside the runtime. */
#ifndef GRT_DATASET_H
#define GRT_DATASET_H

#include "grt_data.h"

typedef struct GrtCut {    /* windows of a run of tokens: windows.c */
    int64_t length;        /* of a window; 0: samples are rows */
    int64_t first, behind; /* the part of the run that they lie in */
    int64_t places;        /* where one may begin, from `first` on */
    int64_t start, stride; /* where the first begins, one token on with an offset; and the next */
    int64_t samples;
    bool random; /* each begins at a place that is drawn */
} GrtCut;

typedef struct GrtFeed { /* how samples of a source become those of a batch */
    const GrtArray *array;
    int slot;         /* in run->inputs */
    GrtDType dtype;   /* wanted there */
    int64_t elements; /* of a sample */
    int64_t row, out; /* its bytes in the array, and in the batch */
    int64_t rows;     /* of the array that a sample is */
    /* Elements of the array's dtype to the one wanted; NULL: one by one, through double. */
    void (*convert)(const void *from, void *to, int64_t count);
    GrtCut cut;
    GrtCsv *csv;          /* the rows are parsed when they are wanted; the array has no data */
    unsigned char *table; /* of a vocabulary: the number of each byte; or NULL */
    unsigned char *held;  /* with one: the numbers of a window */
} GrtFeed;

typedef struct GrtPrefetch GrtPrefetch; /* prefetch.c */

struct GrtDataset {
    const GrtModel *model;
    const GrtSplit *split;
    GrtArray *arrays; /* by source */
    GrtFeed *feeds;   /* by source */
    int64_t samples;
    int64_t *order;
    bool in_order;      /* order[i] is i */
    GrtPrefetch *ahead; /* gathers the next batch; NULL where all is in memory */
    uint64_t seed;      /* of the order */
    int64_t epoch;
};

/* A thread that gathers batches of the data set ahead; it starts when it is asked first.  NULL with
 * error. */
GrtPrefetch *grt_prefetch_open(const GrtDataset *data, GrtError *error);
void grt_prefetch_close(GrtPrefetch *p);
/* Before the order changes. */
void grt_prefetch_forget(GrtPrefetch *p);
/* Makes the batch the inputs, if it is the one that was asked for; else false. */
bool grt_prefetch_take(GrtPrefetch *p, int64_t first, int64_t count, const GrtRun *run);
void grt_prefetch_ask(GrtPrefetch *p, int64_t first, int64_t count, const GrtRun *run);

/* Fills in feeds[index], once the array is there. */
int grt_feed_plan(GrtDataset *data, int index, GrtError *error);
void grt_feed_free(GrtFeed *feed);
/* Samples [first, first + count) of the order, as the feed's input has them. */
void grt_feed_batch(const GrtDataset *data, const GrtFeed *feed, int64_t first, int64_t count,
                    void *out);

/* The windows that a source of so many tokens gives. */
int grt_cut_plan(GrtCut *cut, const GrtSource *source, int64_t length, const char *path,
                 int64_t count, GrtError *error);
/* The token where a sample begins. */
int64_t grt_cut_place(const GrtCut *cut, uint64_t seed, int64_t epoch, int64_t sample);

/* Whether an array can fill a variable, sample by sample: its shape, and the value of every
 * element.  `name` is the file's, for messages.  0 or a status. */
int grt_dataset_check(const char *name, const GrtArray *array, const GrtVar *var, GrtError *error);
/* The same for rows that stay in a CSV file. */
int grt_dataset_check_csv(const char *name, const GrtArray *array, GrtCsv *csv, const GrtVar *var,
                          GrtError *error);
/* The same for the part of a run of tokens that windows are cut from; `vocabulary` as in
 * GrtWindows. */
int grt_dataset_check_tokens(const char *name, const GrtArray *array, const GrtCut *cut,
                             const char *vocabulary, const GrtVar *var, GrtError *error);
/* Whether a batch that was computed keeps the range of an input; samples[] are their numbers. */
int grt_dataset_check_range(const GrtVar *var, const void *data, int64_t count,
                            const int64_t *samples, GrtError *error);

#endif
