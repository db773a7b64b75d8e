/* dataset.c -- a split's tensors: read from files, left there or made by the program, and checked.
 *
 * Sources stay as the file has them (bytes stay bytes); they are converted to the type
 * that the program declares when a batch is gathered (batch.c). */
#include <stdlib.h>
#include <string.h>

#include "grt_csv.h"
#include "grt_dataset.h"
#include "grt_trainer.h"

/* ---- where a source comes from ---- */

static const char *dataset_override(const GrtSplit *split, const GrtSource *source,
                                    const GrtOverride *overrides, int count)
{
    const char *path = NULL;
    for (int i = 0; i < count; i++)
        if (strcmp(overrides[i].split, split->name) == 0 &&
            strcmp(overrides[i].source, source->name) == 0)
            path = overrides[i].path; /* the last one wins */
    return path;
}

char *grt_data_path(const GrtModel *model, const char *path)
{
    const char *dir = path[0] == '/' || !model->data_dir ? "" : model->data_dir;
    const size_t size = strlen(dir) + strlen(path) + 2;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%s%s%s", dir, *dir && dir[strlen(dir) - 1] != '/' ? "/" : "", path);
    return joined;
}

int grt_file_sniff(const char *path, const GrtGzip *gzip, GrtSourceKind *kind, GrtError *error)
{
    unsigned char head[6] = {0};
    GrtFile *file = malloc(sizeof *file);
    if (!file)
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    int failed = grt_file_open(file, path, gzip, error);
    if (!failed) {
        if (grt_file_read(file, head, sizeof head, error) < 0)
            failed = error->status;
        grt_file_close(file);
    }
    free(file);
    *kind = memcmp(head, "\x93NUMPY", sizeof head) == 0 ? GRT_SOURCE_NPY
            : memcmp(head, "PK", 2) == 0                ? GRT_SOURCE_NPZ
            : head[0] == 0 && head[1] == 0              ? GRT_SOURCE_IDX
                                                        : GRT_SOURCE_CSV;
    return failed;
}

static bool dataset_is_cut(const GrtSource *source)
{
    return source->kind == GRT_SOURCE_TEXT || source->kind == GRT_SOURCE_TOKENS;
}

/* A text, or a file of tokens. */
static int dataset_read_tokens(const GrtModel *model, const GrtSource *source, const char *path,
                               GrtArray *out, GrtCut *cut, GrtError *error)
{
    const GrtVar *var = &model->vars[source->var];
    int failed = grt_read_tokens(path, model->gzip, &source->windows, out, error);
    if (!failed)
        failed = grt_cut_plan(cut, source, var->type.dims[1], path, out->count, error);
    return failed
               ? failed
               : grt_dataset_check_tokens(path, out, cut, source->windows.vocabulary, var, error);
}

static int dataset_read_file(const GrtModel *model, const GrtSource *source, GrtSourceKind kind,
                             const char *path, GrtArray *out, GrtCsv **csv, GrtError *error)
{
    const GrtVar *var = &model->vars[source->var];
    int failed;
    if (kind == GRT_SOURCE_NPY)
        failed = grt_map_npy(path, model->gzip, source->rows, out, error);
    else if (kind == GRT_SOURCE_NPZ && !source->member)
        return grt_fail(error, 1, "'%s' is an .npz: the model names no array of it", path);
    else if (kind == GRT_SOURCE_NPZ)
        failed = grt_read_npz(path, source->member, model->gzip, source->rows, out, error);
    else if (kind == GRT_SOURCE_IDX)
        failed = grt_map_idx(path, model->gzip, source->rows, out, error);
    else
        failed = grt_map_csv(path, model->gzip, source->rows, source->columns, var->type.dtype, out,
                             csv, error);
    if (!failed && *csv)
        return grt_dataset_check_csv(path, out, *csv, var, error);
    return failed ? failed : grt_dataset_check(path, out, var, error);
}

/* ---- tensors that the program makes itself ---- */

static int dataset_copy_value(const GrtDataset *data, const GrtSource *source,
                              const unsigned char *work, GrtArray *out, GrtError *error)
{
    const GrtValue *value = &data->split->make->values[source->value];
    *out = (GrtArray){.dtype = value->type.dtype, .rank = value->type.rank};
    memcpy(out->dims, value->type.dims, sizeof out->dims);
    if (grt_array_alloc(out, error) != 0)
        return error->status;
    memcpy(out->data, work + value->offset, (size_t)out->bytes);
    return grt_dataset_check(source->name, out, &data->model->vars[source->var], error);
}

/* Runs `make` once and keeps the values that sources take and no file replaces. */
static int dataset_make(GrtDataset *data, const bool *replaced, uint64_t seed,
                        const double *options, GrtError *error)
{
    const GrtEntry *make = data->split->make;
    unsigned char *work = grt_memory(make->work_bytes, "the data that the program makes", error);
    if (!work)
        return error->status;
    GrtRun run = {.work = work, .options = options, .rng = {.seed = seed}};
    int failed = grt_run_open(data->model, &run, 0, make->work_bytes, 0, error);
    if (!failed)
        failed = grt_entry_run(data->model, make, &run, error);
    if (failed == 4)
        grt_fail(error, 4, "the data of '%s' has a value that is not finite", data->split->name);
    for (int i = 0; i < data->split->source_count && !failed; i++)
        if (data->split->sources[i].kind == GRT_SOURCE_TENSOR && !replaced[i])
            failed =
                dataset_copy_value(data, &data->split->sources[i], work, &data->arrays[i], error);
    grt_run_close(data->model, &run);
    free(work);
    return failed;
}

/* ---- opening ---- */

static int dataset_read_source(GrtDataset *data, int index, const char *override, GrtError *error)
{
    const GrtSource *source = &data->split->sources[index];
    GrtSourceKind kind = source->kind;
    char *path = override ? NULL : grt_data_path(data->model, source->path);
    if (!override && !path)
        return grt_fail(error, 3, "not enough memory");
    const bool cut = dataset_is_cut(source), sniffed = override && !cut;
    int failed = sniffed ? grt_file_sniff(override, data->model->gzip, &kind, error) : 0;
    if (!failed && cut)
        failed = dataset_read_tokens(data->model, source, override ? override : path,
                                     &data->arrays[index], &data->feeds[index].cut, error);
    else if (!failed)
        failed = dataset_read_file(data->model, source, kind, override ? override : path,
                                   &data->arrays[index], &data->feeds[index].csv, error);
    free(path);
    return failed;
}

static int64_t dataset_samples_of(const GrtDataset *data, int index)
{
    const GrtVar *var = &data->model->vars[data->split->sources[index].var];
    const GrtCut *cut = &data->feeds[index].cut;
    if (cut->length > 0)
        return cut->samples;
    return data->arrays[index].dims[0] / var->type.dims[0];
}

static int dataset_count(GrtDataset *data, GrtError *error)
{
    const GrtSplit *split = data->split;
    data->samples = dataset_samples_of(data, 0);
    for (int i = 1; i < split->source_count; i++) {
        const int64_t samples = dataset_samples_of(data, i);
        if (samples != data->samples)
            return grt_fail(error, 1, "data %s: '%s' has %lld samples, but '%s' has %lld",
                            split->name, split->sources[0].name, (long long)data->samples,
                            split->sources[i].name, (long long)samples);
    }
    int64_t bytes;
    if (!grt_checked_mul(data->samples, sizeof *data->order, &bytes))
        return grt_fail(error, 1, "data %s: %lld samples are more than can be counted", split->name,
                        (long long)data->samples);
    data->order = grt_memory(bytes, "the order of samples", error);
    if (!data->order)
        return error->status;
    grt_dataset_order(data, 0, 0, 1);
    for (int i = 0; i < split->source_count; i++)
        if (grt_feed_plan(data, i, error) != 0)
            return error->status;
    bool mapped = false;
    for (int i = 0; i < split->source_count; i++)
        mapped = mapped || data->arrays[i].map;
    if (mapped && !(data->ahead = grt_prefetch_open(data, error)))
        return error->status;
    return 0;
}

static int dataset_fill(GrtDataset *data, const GrtOverride *overrides, int override_count,
                        bool *replaced, uint64_t seed, const double *options, GrtError *error)
{
    const GrtSplit *split = data->split;
    bool made = false;
    for (int i = 0; i < split->source_count; i++) {
        const char *override =
            dataset_override(split, &split->sources[i], overrides, override_count);
        replaced[i] = override != NULL;
        made = made || (split->sources[i].kind == GRT_SOURCE_TENSOR && !override);
        if ((override || split->sources[i].kind != GRT_SOURCE_TENSOR) &&
            dataset_read_source(data, i, override, error) != 0)
            return error->status;
    }
    if (made && dataset_make(data, replaced, seed, options, error) != 0)
        return error->status;
    return dataset_count(data, error);
}

GrtDataset *grt_dataset_open(const GrtModel *model, const GrtSplit *split,
                             const GrtOverride *overrides, int override_count, uint64_t seed,
                             const double *options, GrtError *error)
{
    const size_t count = (size_t)split->source_count;
    GrtDataset *data = calloc(1, sizeof *data);
    bool *replaced = calloc(count + 1, sizeof *replaced);
    if (data)
        *data = (GrtDataset){.model = model,
                             .split = split,
                             .arrays = calloc(count + 1, sizeof *data->arrays),
                             .feeds = calloc(count + 1, sizeof *data->feeds)};
    int failed = 0;
    if (!data || !replaced || !data->arrays || !data->feeds)
        failed = grt_fail(error, 3, "not enough memory");
    else if (count == 0)
        failed = grt_fail(error, 1, "data %s: it names no tensors", split->name);
    else
        failed = dataset_fill(data, overrides, override_count, replaced, seed, options, error);
    free(replaced);
    if (!failed)
        return data;
    grt_dataset_close(data);
    return NULL;
}

void grt_dataset_close(GrtDataset *data)
{
    if (!data)
        return;
    grt_prefetch_close(data->ahead);
    for (int i = 0; data->arrays && i < data->split->source_count; i++)
        grt_array_free(&data->arrays[i]);
    for (int i = 0; data->feeds && i < data->split->source_count; i++)
        grt_feed_free(&data->feeds[i]);
    free(data->arrays);
    free(data->feeds);
    free(data->order);
    free(data);
}

int64_t grt_dataset_samples(const GrtDataset *data)
{
    return data->samples;
}

int64_t grt_dataset_bytes(const GrtDataset *data)
{
    int64_t bytes = data->samples * (int64_t)sizeof *data->order;
    for (int i = 0; i < data->split->source_count; i++)
        if (data->feeds[i].csv)
            bytes += data->feeds[i].csv->mark_room * (int64_t)sizeof(int64_t);
        else if (!data->arrays[i].map)
            bytes += data->arrays[i].bytes;
    return bytes;
}

/* FNV-1a, eight bytes at a time: it tells data sets apart, it does not protect them. */
static uint64_t dataset_hash_bytes(uint64_t hash, const void *bytes, int64_t size)
{
    const unsigned char *p = bytes;
    for (; size > 0; size -= 8, p += 8) {
        uint64_t word = 0;
        memcpy(&word, p, size < 8 ? (size_t)size : 8);
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
        hash ^= hash >> 32;
    }
    return hash;
}

/* Of a large array one page in so many. */
static uint64_t dataset_hash_array(uint64_t hash, const GrtArray *array)
{
    enum { PAGE = 4096, PAGES = 1 << 14 };
    const int64_t step = array->bytes / PAGES > PAGE ? array->bytes / PAGES : PAGE;
    for (int64_t at = 0; at < array->bytes; at += step) {
        const int64_t left = array->bytes - at;
        hash = dataset_hash_bytes(hash, (const char *)array->data + at, left < PAGE ? left : PAGE);
    }
    return hash;
}

static uint64_t dataset_hash_cut(uint64_t hash, const GrtCut *cut)
{
    const int64_t numbers[] = {cut->length, cut->places, cut->start,
                               cut->stride, cut->random, cut->samples};
    return dataset_hash_bytes(hash, numbers, sizeof numbers);
}

/* Of numbers that stay in a CSV file its text, and what of it is taken. */
static uint64_t dataset_hash_csv(uint64_t hash, const GrtArray *array, const GrtCsv *csv)
{
    const GrtArray text = {.dtype = GRT_U8, .bytes = array->map_bytes, .data = array->map};
    const int64_t place[] = {csv->marks[0], csv->first, csv->behind};
    return dataset_hash_array(dataset_hash_bytes(hash, place, sizeof place), &text);
}

uint64_t grt_dataset_hash(const GrtDataset *data)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < data->split->source_count; i++) {
        const GrtArray *array = &data->arrays[i];
        const char *name = data->split->sources[i].name;
        const int64_t shape[] = {array->dtype, array->rank};
        hash = dataset_hash_bytes(hash, name, (int64_t)strlen(name));
        hash = dataset_hash_bytes(hash, shape, sizeof shape);
        hash = dataset_hash_bytes(hash, array->dims, array->rank * (int64_t)sizeof *array->dims);
        hash = data->feeds[i].csv ? dataset_hash_csv(hash, array, data->feeds[i].csv)
                                  : dataset_hash_array(hash, array);
        if (data->feeds[i].cut.length > 0)
            hash = dataset_hash_cut(hash, &data->feeds[i].cut);
    }
    return hash;
}
