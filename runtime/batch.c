/* batch.c -- the order of a split's samples, and batches of them.
 *
 *     order     4 0 3 1 2          epoch 7 of a shuffled split of five
 *     a batch   samples 4 0        rows of the sources, one behind the other, as the wanted dtype
 *
 * This is all that a step pays for its data, so rows are moved in as few instructions as their size
 * allows: what to do for a source is decided once, when the split is opened. */
#include <string.h>

#include "grt_dataset.h"
#include "grt_trainer.h"

/* ---- the order of samples ---- */

/* SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): the
 * state advances by a constant, and its mixed bits are the draw. */
static inline uint64_t order_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t order_draw(uint64_t *state)
{
    return order_mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* The upper half of a product of 64 bits each. */
static inline uint64_t order_multiply_high(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 Wide;
    return (uint64_t)((Wide)a * b >> 64);
#else
    const uint64_t mask = UINT32_MAX, a0 = a & mask, a1 = a >> 32, b0 = b & mask, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & mask);
    return a1 * b1 + (middle >> 32) + (other >> 32);
#endif
}

/* A whole number below bound, each as likely: the draw as a fraction, times bound.  What would make
 * some of them likelier is drawn again (Lemire, "Fast random integer generation in an interval",
 * 2019). */
static inline uint64_t order_below(uint64_t bound, uint64_t *state)
{
    uint64_t draw = order_draw(state);
    if (draw * bound < bound) {
        const uint64_t rest = (UINT64_MAX - bound + 1) % bound; /* 2^64 mod bound */
        while (draw * bound < rest)
            draw = order_draw(state);
    }
    return order_multiply_high(draw, bound);
}

void grt_dataset_order(GrtDataset *data, int shuffle, uint64_t seed, int64_t epoch)
{
    if (!shuffle && data->in_order)
        return;
    int64_t *order = data->order;
    uint64_t state = order_mix(seed ^ UINT64_C(0x5368756666C3A9C6)) + (uint64_t)epoch;
    state = order_mix(state); /* of neighbouring epochs nothing alike is left */
    for (int64_t i = 0; i < data->samples; i++) {
        const uint64_t j = shuffle ? order_below((uint64_t)i + 1, &state) : (uint64_t)i;
        order[i] = order[j];
        order[j] = i;
    }
    data->in_order = !shuffle;
}

int64_t grt_dataset_lanes(GrtDataset *data, int64_t batch)
{
    const int64_t lanes = batch < data->samples ? batch : data->samples;
    const int64_t length = lanes > 0 ? data->samples / lanes : 0;
    for (int64_t i = 0; i < length; i++)
        for (int64_t lane = 0; lane < lanes; lane++)
            data->order[i * lanes + lane] = lane * length + i;
    for (int64_t i = lanes * length; i < data->samples; i++)
        data->order[i] = i;
    data->in_order = lanes == 1 || length == 1;
    return lanes * length;
}

/* ---- conversions ---- */

/* Those that most data needs, as plain loops. */
#define FEED_CONVERT(name, from_type, to_type)                           \
    static void feed_##name(const void *from_, void *to_, int64_t count) \
    {                                                                    \
        const from_type *restrict from = from_;                          \
        to_type *restrict to = to_;                                      \
        for (int64_t i = 0; i < count; i++)                              \
            to[i] = (to_type)from[i];                                    \
    }

FEED_CONVERT(u8_f32, uint8_t, float)
FEED_CONVERT(u8_i32, uint8_t, int32_t)
FEED_CONVERT(f64_f32, double, float)
FEED_CONVERT(i64_f32, int64_t, float)
FEED_CONVERT(i64_i32, int64_t, int32_t)

/* All elements fit, as was checked when the file was read. */
static void feed_convert(const GrtFeed *feed, int64_t sample, int64_t samples, unsigned char *out)
{
    const int64_t first = sample * feed->elements, count = samples * feed->elements;
    if (feed->convert)
        feed->convert((const unsigned char *)feed->array->data + sample * feed->row, out, count);
    else
        for (int64_t i = 0; i < count; i++)
            grt_element_put(feed->dtype, out, i, grt_array_get(feed->array, first + i));
}

void grt_feed_plan(GrtDataset *data, int index)
{
    static const struct {
        GrtDType from, to;
        void (*convert)(const void *from, void *to, int64_t count);
    } rows[] = {
        {GRT_U8, GRT_F32, feed_u8_f32},   {GRT_U8, GRT_I32, feed_u8_i32},
        {GRT_F64, GRT_F32, feed_f64_f32}, {GRT_I64, GRT_F32, feed_i64_f32},
        {GRT_I64, GRT_I32, feed_i64_i32},
    };
    const GrtVar *var = &data->model->vars[data->split->sources[index].var];
    const GrtArray *array = &data->arrays[index];
    GrtFeed *feed = &data->feeds[index];
    *feed = (GrtFeed){.array = array, .slot = (int)var->offset, .dtype = var->type.dtype};
    feed->elements = grt_type_count(&var->type, 1);
    feed->row = feed->elements * grt_dtype_bytes[array->dtype];
    feed->out = feed->elements * grt_dtype_bytes[var->type.dtype];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].from == array->dtype && rows[i].to == var->type.dtype)
            feed->convert = rows[i].convert;
}

/* ---- batches ---- */

enum { FEED_AHEAD = 4, FEED_LINE = 64, FEED_PIECE = 16 };

/* The rows of large samples come from anywhere in memory: their first lines are asked for early. */
static inline void feed_expect(const unsigned char *row, int64_t bytes)
{
    for (int64_t at = 0; at < bytes && at < 8 * FEED_LINE; at += FEED_LINE)
        __builtin_prefetch(row + at);
}

/* A row in pieces, the last of which may overlap the one before: small rows are not worth a call.
 */
static inline void feed_copy_row(unsigned char *to, const unsigned char *from, int64_t bytes)
{
    if (bytes < FEED_PIECE || bytes > 16 * FEED_PIECE) {
        memcpy(to, from, (size_t)bytes);
        return;
    }
    for (int64_t at = 0; at + FEED_PIECE < bytes; at += FEED_PIECE)
        memcpy(to + at, from + at, FEED_PIECE);
    memcpy(to + bytes - FEED_PIECE, from + bytes - FEED_PIECE, FEED_PIECE);
}

static void feed_copy(const GrtFeed *feed, const int64_t *order, int64_t count, unsigned char *out)
{
    const unsigned char *rows = feed->array->data;
    const int64_t bytes = feed->row;
    if (bytes == 4)
        for (int64_t i = 0; i < count; i++)
            memcpy(out + i * 4, rows + order[i] * 4, 4);
    else if (bytes == 8)
        for (int64_t i = 0; i < count; i++)
            memcpy(out + i * 8, rows + order[i] * 8, 8);
    else
        for (int64_t i = 0; i < count; i++) {
            if (i + FEED_AHEAD < count)
                feed_expect(rows + order[i + FEED_AHEAD] * bytes, bytes);
            feed_copy_row(out + i * bytes, rows + order[i] * bytes, bytes);
        }
}

static void feed_gather(const GrtFeed *feed, const int64_t *order, int64_t count,
                        unsigned char *out)
{
    const unsigned char *rows = feed->array->data;
    for (int64_t i = 0; i < count; i++) {
        if (i + FEED_AHEAD < count)
            feed_expect(rows + order[i + FEED_AHEAD] * feed->row, feed->row);
        feed_convert(feed, order[i], 1, out + i * feed->out);
    }
}

static void feed_batch(const GrtDataset *data, const GrtFeed *feed, int64_t first, int64_t count,
                       void *out)
{
    const bool same = feed->array->dtype == feed->dtype;
    if (!data->in_order && same)
        feed_copy(feed, data->order + first, count, out);
    else if (!data->in_order)
        feed_gather(feed, data->order + first, count, out);
    else if (same)
        memcpy(out, (const unsigned char *)feed->array->data + first * feed->row,
               (size_t)(count * feed->row));
    else
        feed_convert(feed, first, count, out);
}

/* What the fetch entry computed; what was read straight from a file was checked when opened. */
static int batch_check_fetched(const GrtDataset *data, int64_t first, int64_t count,
                               const GrtRun *run, GrtError *error)
{
    for (int i = 0; i < data->model->var_count; i++) {
        const GrtVar *var = &data->model->vars[i];
        if (var->kind == GRT_INPUT && var->has_range && var->type.batch_axis == 0 &&
            grt_dataset_check_range(var, run->inputs[var->offset], count, data->order + first,
                                    error) != 0)
            return error->status;
    }
    return 0;
}

int grt_dataset_batch(GrtDataset *data, int64_t first, int64_t count, GrtRun *run, GrtError *error)
{
    const GrtSplit *split = data->split;
    for (int i = 0; i < split->source_count; i++)
        feed_batch(data, &data->feeds[i], first, count, run->inputs[data->feeds[i].slot]);
    if (!split->fetch)
        return 0;
    const int failed = grt_entry_run(data->model, split->fetch, run, error);
    if (failed == 4)
        grt_fail(error, 4, "data %s: a batch has a value that is not finite", split->name);
    if (failed)
        return failed;
    return batch_check_fetched(data, first, count, run, error);
}
