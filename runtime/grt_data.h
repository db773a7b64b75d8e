/* grt_data.h -- arrays from files, and data sets of them.  Inside the runtime; generated programs
 * don't include it. */
#ifndef GRT_DATA_H
#define GRT_DATA_H

#include <stdbool.h>
#include <stdio.h>

#include "grt.h"

enum { GRT_ERROR_TEXT = 1024 };

/* What went wrong, and the exit status that it deserves (1 input, 2 usage, 3 environment,
 * 4 diverged). */
typedef struct GrtError {
    int status;
    char text[GRT_ERROR_TEXT];
} GrtError;

/* Sets both and returns status, so that `return grt_fail(...)` reads well. */
int grt_fail(GrtError *error, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Numbers that stand in files only, behind those of GrtDType. */
enum { GRT_U16 = GRT_F64 + 1, GRT_U32 };
extern const char *const grt_dtype_name[]; /* "f32" ... by GrtDType */
extern const int grt_dtype_bytes[];
/* "f32[1797, 64]" into text. */
void grt_shape_text(char *text, size_t size, GrtDType dtype, const int64_t *dims, int rank);
/* The elements of a type for a batch of this many samples; -1 on overflow. */
int64_t grt_type_count(const GrtType *type, int64_t batch);
int64_t grt_type_bytes(const GrtType *type, int64_t batch);

/* A whole tensor, row-major, owned; data is malloc's, 64-byte aligned, or lies in a mapped file. */
typedef struct GrtArray {
    GrtDType dtype;
    int rank;
    int64_t dims[GRT_MAX_RANK];
    int64_t count, bytes;
    void *data;
    void *map; /* where data lies in a file's pages: they, not to be written; else NULL */
    int64_t map_bytes;
} GrtArray;

void grt_array_free(GrtArray *array);
/* Allocates data for dtype, rank and dims (checked).  0 or a status. */
int grt_array_alloc(GrtArray *array, GrtError *error);
double grt_array_get(const GrtArray *array, int64_t index); /* any dtype as a double */

/* ---- readers: 0 with *out filled, or a status with error set and *out empty ---- */

/* A CSV file of numbers: comma, semicolon, tab or blanks between them (found from the first
 * line), optional header, quotes, CRLF, BOM.  Gives f32 if `want` is a float (f64 if want is f64),
 * i64 for integer wants, with shape [rows, columns], or [rows] for a single column. */
int grt_read_csv(const char *path, const GrtGzip *gzip, GrtRange rows, GrtRange columns,
                 GrtDType want, GrtArray *out, GrtError *error);
/* The same, but the rows of a large file stay there: *csv gives them (grt_csv.h), *out has a shape
 * and a mapping, but no data.  *csv is NULL where all is in memory. */
typedef struct GrtCsv GrtCsv;
int grt_map_csv(const char *path, const GrtGzip *gzip, GrtRange rows, GrtRange columns,
                GrtDType want, GrtArray *out, GrtCsv **csv, GrtError *error);
void grt_csv_free(GrtCsv *csv); /* before its array, or after */
/* The bytes of a file whose rows would stay there; -1: they would not. */
int64_t grt_csv_stays(const char *path, const GrtGzip *gzip, GrtRange columns, GrtDType want);
int grt_read_idx(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                 GrtError *error);
int grt_read_npy(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                 GrtError *error);
/* The same, but what can be used as it lies in a large file stays there: array->map. */
int grt_map_idx(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                GrtError *error);
int grt_map_npy(const char *path, const GrtGzip *gzip, GrtRange rows, GrtArray *out,
                GrtError *error);
/* The array of this name in an .npz. */
int grt_read_npz(const char *path, const char *member, const GrtGzip *gzip, GrtRange rows,
                 GrtArray *out, GrtError *error);
/* A text's bytes, u8[n], or a file's tokens, u16[n] or u32[n]: as its windows say. */
int grt_read_tokens(const char *path, const GrtGzip *gzip, const GrtWindows *windows, GrtArray *out,
                    GrtError *error);
/* A path in a model is relative to the model: malloc's, NULL if memory is short. */
char *grt_data_path(const GrtModel *model, const char *path);
/* One .npy from a stream (predict reads stdin), and to one.  name is for messages. */
int grt_read_npy_stream(FILE *in, const char *name, GrtArray *out, GrtError *error);
int grt_write_npy(FILE *out, const char *name, GrtDType dtype, const int64_t *dims, int rank,
                  const void *data, GrtError *error);

/* ---- a data split ---- */

typedef struct GrtDataset GrtDataset;

typedef struct GrtOverride { /* --data.train.image other.csv */
    const char *split, *source, *path;
} GrtOverride;

/* Reads every source of the split, checks types and shapes against what the program declares,
 * NaNs, ranges of labels, and that all have the same number of samples.  options: for the make
 * entry's host scalars.  NULL with error set on failure. */
GrtDataset *grt_dataset_open(const GrtModel *model, const GrtSplit *split,
                             const GrtOverride *overrides, int override_count, uint64_t seed,
                             const double *options, GrtError *error);
void grt_dataset_close(GrtDataset *data);
int64_t grt_dataset_samples(const GrtDataset *data);
int64_t grt_dataset_bytes(const GrtDataset *data); /* memory held */
/* A fingerprint of the contents (names, shapes, bytes), for resume checkpoints. */
uint64_t grt_dataset_hash(const GrtDataset *data);
/* The order of samples for an epoch (from 1): a permutation that is a function of seed and epoch
 * alone, or the order of the file where shuffle is 0. */
void grt_dataset_order(GrtDataset *data, int shuffle, uint64_t seed, int64_t epoch);
/* The order in lanes: with N samples and a batch of B, or of N where that is less, row r of batch i
 * is sample r (N div B) + i.  How many samples are in it; the rest stands behind them. */
int64_t grt_dataset_lanes(GrtDataset *data, int64_t batch);
/* Gathers samples [first, first + count) of the order into the buffers run->inputs[] and runs the
 * split's fetch entry if it has one; then checks ranges of fetched inputs.  run's counters and rng
 * are set by the caller.  0 or a status. */
int grt_dataset_batch(GrtDataset *data, int64_t first, int64_t count, GrtRun *run, GrtError *error);

#endif
