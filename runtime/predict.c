/* predict.c -- the outputs for any number of samples: .npy in, .npy (or .png) out, in batches.
 *
 *     ./digits predict < images.npy > classes.npy
 *     ./model predict --in.left a.npy --in.right b.npy --out.score s.npy */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grt_trainer.h"

typedef struct PredictIn {
    const GrtVar *var;
    const char *path; /* NULL: standard input */
    GrtArray array;
} PredictIn;

typedef struct PredictOut {
    const GrtValue *value;
    const char *path; /* NULL: standard output, if it is the only one */
    bool wanted;
    GrtArray array;
} PredictOut;

typedef struct Predict {
    GrtSession *session;
    GrtError *error;
    PredictIn *ins;
    PredictOut *outs;
    int in_count, out_count;
    int64_t samples;
    int64_t length; /* of the lanes, where states are carried from batch to batch; else 0 */
} Predict;

/* ---- which file is which tensor ---- */

static const char *predict_bound_path(const GrtBinding *bindings, int count, const char *name)
{
    const char *path = NULL;
    for (int i = 0; i < count; i++)
        if (strcmp(bindings[i].name, name) == 0)
            path = bindings[i].path; /* the last one wins */
    return path;
}

static int predict_bind_inputs(Predict *predict, const GrtEntry *entry)
{
    const GrtModel *model = predict->session->model;
    const GrtSettings *settings = predict->session->settings;
    const PredictIn *unbound = NULL;
    for (int i = 0; i < entry->need_count; i++) {
        PredictIn *in = &predict->ins[predict->in_count++];
        in->var = &model->vars[entry->needs[i]];
        in->path = predict_bound_path(settings->ins, settings->in_count, in->var->name);
        if (!in->path && unbound)
            return grt_fail(predict->error, 2,
                            "several inputs: name the files with --in.%s FILE --in.%s FILE",
                            unbound->var->name, in->var->name);
        if (!in->path)
            unbound = in;
    }
    if (unbound && isatty(STDIN_FILENO) == 1)
        return grt_fail(predict->error, 2,
                        "'%s' is read from standard input as .npy: predict < FILE.npy, or "
                        "--in.%s FILE.npy",
                        unbound->var->name, unbound->var->name);
    return 0;
}

static int predict_bind_outputs(Predict *predict, const GrtEntry *entry)
{
    const GrtSettings *settings = predict->session->settings;
    for (int i = 0; i < entry->value_count; i++) {
        PredictOut *out = &predict->outs[predict->out_count++];
        out->value = &entry->values[i];
        out->path = predict_bound_path(settings->outs, settings->out_count, out->value->name);
        out->wanted = out->path || settings->out_count == 0;
    }
    if (settings->out_count == 0 && predict->out_count > 1)
        return grt_fail(predict->error, 2, "several outputs: name the files with --out.%s FILE ...",
                        predict->outs[0].value->name);
    if (settings->out_count == 0 && isatty(STDOUT_FILENO) == 1)
        return grt_fail(predict->error, 2,
                        "'%s' is written to standard output as .npy: predict > FILE.npy, or "
                        "--out.%s FILE.npy",
                        predict->outs[0].value->name, predict->outs[0].value->name);
    return 0;
}

static int predict_bind(Predict *predict)
{
    const GrtModel *model = predict->session->model;
    const GrtEntry *entry = grt_entry_find(model, GRT_PREDICT, 0);
    if (!entry || entry->value_count == 0)
        return grt_fail(predict->error, 1, "%s has no output to predict", model->file);
    predict->ins = calloc((size_t)entry->need_count + 1, sizeof *predict->ins);
    predict->outs = calloc((size_t)entry->value_count, sizeof *predict->outs);
    if (!predict->ins || !predict->outs)
        return grt_fail(predict->error, 3, "not enough memory");
    if (predict_bind_inputs(predict, entry) != 0)
        return predict->error->status;
    return predict_bind_outputs(predict, entry);
}

/* ---- reading ---- */

static bool predict_shape_fits(const GrtType *type, const GrtArray *array)
{
    if (array->rank != type->rank)
        return false;
    for (int i = 0; i < type->rank; i++) {
        const bool fits = i == type->batch_axis
                              ? array->dims[i] > 0 && array->dims[i] % type->dims[i] == 0
                              : array->dims[i] == type->dims[i];
        if (!fits)
            return false;
    }
    return true;
}

static int predict_check_input(Predict *predict, const PredictIn *in)
{
    const GrtType *type = &in->var->type;
    char have[160], want[160];
    const char *name = in->path ? in->path : "standard input";
    if (!predict_shape_fits(type, &in->array)) {
        grt_shape_text(have, sizeof have, in->array.dtype, in->array.dims, in->array.rank);
        grt_type_text(type, want, sizeof want);
        return grt_fail(predict->error, 1, "%s: it holds %s, but input '%s' is %s", name, have,
                        in->var->name, want);
    }
    if (type->batch_axis < 0)
        return 0;
    const int64_t samples = in->array.dims[type->batch_axis] / type->dims[type->batch_axis];
    if (predict->samples > 0 && samples != predict->samples)
        return grt_fail(predict->error, 1,
                        "%s: %lld samples of '%s', but %lld of the inputs before", name,
                        (long long)samples, in->var->name, (long long)predict->samples);
    predict->samples = samples;
    return 0;
}

static int predict_read(Predict *predict)
{
    const GrtModel *model = predict->session->model;
    for (int i = 0; i < predict->in_count; i++) {
        PredictIn *in = &predict->ins[i];
        const int failed =
            in->path
                ? grt_read_npy(in->path, model->gzip, (GrtRange){0}, &in->array, predict->error)
                : grt_read_npy_stream(stdin, "standard input", &in->array, predict->error);
        if (failed || predict_check_input(predict, in) != 0)
            return predict->error->status;
    }
    if (predict->samples == 0)
        predict->samples = 1; /* nothing has a batch dimension */
    return 0;
}

/* ---- batches ---- */

/* Converts one element, or says why it can't be. */
static int predict_put(Predict *predict, const PredictIn *in, int64_t from, void *buffer,
                       int64_t to)
{
    const GrtVar *var = in->var;
    const double value = grt_element(in->array.dtype, in->array.data, from);
    const bool in_range =
        !var->has_range || (value >= (double)var->low && value <= (double)var->high);
    if (in_range && grt_element_put(var->type.dtype, buffer, to, value))
        return 0;
    if (!in_range)
        return grt_fail(predict->error, 1,
                        "input '%s': element %lld is %.10g; %lld to %lld are "
                        "allowed",
                        var->name, (long long)from, value, (long long)var->low,
                        (long long)var->high);
    return grt_fail(predict->error, 1, "input '%s': element %lld, %.10g, does not fit %s",
                    var->name, (long long)from, value, grt_dtype_name[var->type.dtype]);
}

/* One run of elements: copied as they are where the types agree, else converted one by one. */
static int predict_load_run(Predict *predict, const PredictIn *in, int64_t from, void *buffer,
                            int64_t to, int64_t count)
{
    const GrtVar *var = in->var;
    const int64_t size = grt_dtype_bytes[var->type.dtype];
    if (in->array.dtype == var->type.dtype && !var->has_range) {
        memcpy((unsigned char *)buffer + to * size,
               (const unsigned char *)in->array.data + from * size, (size_t)(count * size));
        return 0;
    }
    for (int64_t i = 0; i < count; i++)
        if (predict_put(predict, in, from + i, buffer, to + i) != 0)
            return predict->error->status;
    return 0;
}

typedef struct PredictRows { /* samples that follow each other, and their place in the batch */
    int64_t first, count, at;
} PredictRows;

/* Copies them out of a file's array into the batch's buffer. */
static int predict_load(Predict *predict, const PredictIn *in, PredictRows rows)
{
    const GrtModel *model = predict->session->model;
    const GrtInstance *instance = predict->session->instance;
    const GrtLayout to = grt_layout(model, &in->var->type, rows.count);
    const bool batched = in->var->type.batch_axis >= 0;
    const int64_t row = batched ? to.run / rows.count : 0;
    void *buffer = instance->slots[in->var->offset];
    for (int64_t i = 0; i < to.outer; i++) {
        const int64_t from = (i * predict->samples + rows.first) * row;
        if (predict_load_run(predict, in, from, buffer, i * to.stride + rows.at * row, to.run) != 0)
            return predict->error->status;
    }
    return 0;
}

static void predict_store(Predict *predict, PredictOut *out, PredictRows rows)
{
    const GrtType *type = &out->value->type;
    const GrtLayout from = grt_layout(predict->session->model, type, rows.count);
    const int64_t size = grt_dtype_bytes[type->dtype];
    const int64_t row = type->batch_axis >= 0 ? from.run / rows.count : 0;
    const unsigned char *work = predict->session->instance->work + out->value->offset;
    for (int64_t i = 0; i < from.outer; i++) {
        const int64_t to = (i * predict->samples + rows.first) * row;
        memcpy((unsigned char *)out->array.data + to * size,
               work + (i * from.stride + rows.at * row) * size, (size_t)(from.run * size));
    }
}

static int predict_allocate(Predict *predict)
{
    for (int i = 0; i < predict->out_count; i++) {
        PredictOut *out = &predict->outs[i];
        const GrtType *type = &out->value->type;
        if (!out->wanted)
            continue;
        out->array = (GrtArray){.dtype = type->dtype, .rank = type->rank};
        memcpy(out->array.dims, type->dims, sizeof out->array.dims);
        if (type->batch_axis >= 0 &&
            !grt_checked_mul(type->dims[type->batch_axis], predict->samples,
                             &out->array.dims[type->batch_axis]))
            return grt_fail(predict->error, 3, "'%s' would be too large", out->value->name);
        if (grt_array_alloc(&out->array, predict->error) != 0)
            return predict->error->status;
    }
    return 0;
}

/* Where states are carried from batch to batch, the samples are lanes of one length, as many as a
 * batch has rows. */
static int predict_lanes(Predict *predict)
{
    const int64_t batch = predict->session->settings->batch, samples = predict->samples;
    const int64_t lanes = samples < batch ? samples : batch;
    int64_t fits = lanes;
    if (!grt_pass_has_streams(predict->session->model, GRT_PASS_PREDICT))
        return 0;
    while (samples % fits != 0)
        fits--;
    if (fits < lanes)
        return grt_fail(predict->error, 1,
                        "%lld samples are no %lld lanes of one length, whose states are carried "
                        "from batch to batch: --batch %lld",
                        (long long)samples, (long long)lanes, (long long)fits);
    predict->length = samples / lanes;
    return 0;
}

/* The rows of the batch that begins at sample `first` of the order: all, or a lane's. */
static PredictRows predict_rows(const Predict *predict, int64_t first, int64_t count, int64_t lane)
{
    if (predict->length == 0)
        return (PredictRows){first, count, 0};
    return (PredictRows){lane * predict->length + first / count, 1, lane};
}

static int predict_batch(Predict *predict, int64_t first, int64_t count)
{
    const int64_t parts = predict->length > 0 ? count : 1;
    for (int64_t part = 0; part < parts; part++)
        for (int i = 0; i < predict->in_count; i++)
            if (predict_load(predict, &predict->ins[i],
                             predict_rows(predict, first, count, part)) != 0)
                return predict->error->status;
    if (grt_predict_batch(predict->session->instance, count, predict->error) != 0)
        return predict->error->status;
    for (int64_t part = 0; part < parts; part++)
        for (int i = 0; i < predict->out_count; i++)
            if (predict->outs[i].wanted)
                predict_store(predict, &predict->outs[i],
                              predict_rows(predict, first, count, part));
    return 0;
}

static int predict_run(Predict *predict)
{
    const int64_t batch = predict->session->settings->batch;
    grt_instance_average(predict->session->instance, true);
    if (predict_lanes(predict) != 0 ||
        grt_pass_begin(predict->session->instance, GRT_PASS_PREDICT, predict->error) != 0)
        return predict->error->status;
    for (int64_t first = 0; first < predict->samples; first += batch) {
        const int64_t left = predict->samples - first;
        if (predict_batch(predict, first, left < batch ? left : batch) != 0)
            return predict->error->status;
    }
    return 0;
}

/* ---- writing ---- */

static int predict_write_file(const GrtModel *model, const PredictOut *out, GrtError *error)
{
    const GrtArray *array = &out->array;
    GrtAtomic file;
    if (grt_image_is(out->path))
        return grt_image_save(model, array, out->value->type.batch_axis == 0, out->path, error);
    if (grt_atomic_open(&file, out->path, error) != 0)
        return error->status;
    if (grt_write_npy(file.out, out->path, array->dtype, array->dims, array->rank, array->data,
                      error) != 0) {
        grt_atomic_abort(&file);
        return error->status;
    }
    return grt_atomic_commit(&file, error);
}

static int predict_write(Predict *predict)
{
    for (int i = 0; i < predict->out_count; i++) {
        const PredictOut *out = &predict->outs[i];
        const GrtArray *array = &out->array;
        int failed = 0;
        if (out->path)
            failed = predict_write_file(predict->session->model, out, predict->error);
        else if (out->wanted)
            failed = grt_write_npy(stdout, "standard output", array->dtype, array->dims,
                                   array->rank, array->data, predict->error);
        if (failed)
            return failed;
    }
    return 0;
}

static void predict_free(Predict *predict)
{
    for (int i = 0; i < predict->in_count; i++)
        grt_array_free(&predict->ins[i].array);
    for (int i = 0; i < predict->out_count; i++)
        grt_array_free(&predict->outs[i].array);
    free(predict->ins);
    free(predict->outs);
}

int grt_predict_files(GrtSession *session)
{
    Predict predict = {.session = session, .error = &session->error};
    int failed = predict_bind(&predict);
    if (!failed)
        failed = grt_session_weights(session);
    if (!failed)
        failed = predict_read(&predict);
    if (!failed)
        failed = predict_allocate(&predict);
    if (!failed)
        failed = predict_run(&predict);
    if (!failed)
        failed = predict_write(&predict);
    predict_free(&predict);
    return failed;
}
