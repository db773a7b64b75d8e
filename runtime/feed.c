/* feed.c -- rows of a source, as those of a batch: of the wanted dtype, one behind the other.
 *
 * This is all that a step pays for its data, so rows are moved in as few instructions as their size
 * allows: what to do for a source is decided once, when the split is opened. */
#include <stdlib.h>
#include <string.h>

#include "grt_csv.h"
#include "grt_dataset.h"
#include "grt_trainer.h"

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
FEED_CONVERT(u16_i32, uint16_t, int32_t)
FEED_CONVERT(u32_i32, uint32_t, int32_t)
FEED_CONVERT(f64_f32, double, float)
FEED_CONVERT(i64_f32, int64_t, float)
FEED_CONVERT(i64_i32, int64_t, int32_t)

/* All elements fit, as was checked when the file was read. */
static void feed_convert(const GrtFeed *feed, const void *from, int64_t count, void *out)
{
    if (feed->array->dtype == feed->dtype) {
        memcpy(out, from, (size_t)(count * grt_dtype_bytes[feed->dtype]));
    } else if (feed->convert) {
        feed->convert(from, out, count);
    } else {
        const GrtArray view = {.dtype = feed->array->dtype, .count = count, .data = (void *)from};
        for (int64_t i = 0; i < count; i++)
            grt_element_put(feed->dtype, out, i, grt_array_get(&view, i));
    }
}

/* The number of each byte that the vocabulary has. */
static int feed_plan_table(GrtFeed *feed, const char *vocabulary, GrtError *error)
{
    feed->table = grt_memory(256, "a vocabulary", error);
    feed->held = grt_memory(feed->row, "a window", error);
    if (!feed->table || !feed->held)
        return error->status;
    for (int i = 0; vocabulary[i] && i < 256; i++)
        feed->table[(unsigned char)vocabulary[i]] = (unsigned char)i;
    return 0;
}

int grt_feed_plan(GrtDataset *data, int index, GrtError *error)
{
    static const struct {
        int from, to;
        void (*convert)(const void *from, void *to, int64_t count);
    } rows[] = {
        {GRT_U8, GRT_F32, feed_u8_f32},   {GRT_U8, GRT_I32, feed_u8_i32},
        {GRT_U16, GRT_I32, feed_u16_i32}, {GRT_U32, GRT_I32, feed_u32_i32},
        {GRT_F64, GRT_F32, feed_f64_f32}, {GRT_I64, GRT_F32, feed_i64_f32},
        {GRT_I64, GRT_I32, feed_i64_i32},
    };
    const GrtSource *source = &data->split->sources[index];
    const GrtVar *var = &data->model->vars[source->var];
    const GrtArray *array = &data->arrays[index];
    GrtFeed *feed = &data->feeds[index];
    feed->array = array;
    feed->slot = (int)var->offset;
    feed->dtype = var->type.dtype;
    feed->elements = grt_type_count(&var->type, 1);
    feed->rows = var->type.dims[0];
    feed->row = feed->elements * grt_dtype_bytes[array->dtype];
    feed->out = feed->elements * grt_dtype_bytes[var->type.dtype];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].from == (int)array->dtype && rows[i].to == (int)var->type.dtype)
            feed->convert = rows[i].convert;
    return source->windows.vocabulary ? feed_plan_table(feed, source->windows.vocabulary, error)
                                      : 0;
}

void grt_feed_free(GrtFeed *feed)
{
    free(feed->table);
    free(feed->held);
    grt_csv_free(feed->csv);
}

/* ---- rows in memory ---- */

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
        feed_convert(feed, rows + order[i] * feed->row, feed->elements, out + i * feed->out);
    }
}

/* ---- windows ---- */

static void feed_windows(const GrtDataset *data, const GrtFeed *feed, int64_t first, int64_t count,
                         unsigned char *out)
{
    const unsigned char *tokens = feed->array->data;
    const int64_t width = grt_dtype_bytes[feed->array->dtype];
    for (int64_t i = 0; i < count; i++, out += feed->out) {
        const int64_t sample = data->order[first + i];
        const int64_t place = grt_cut_place(&feed->cut, data->seed, data->epoch, sample);
        const unsigned char *window = tokens + place * width;
        if (feed->table) {
            for (int64_t k = 0; k < feed->elements; k++)
                feed->held[k] = feed->table[window[k]];
            window = feed->held;
        }
        feed_convert(feed, window, feed->elements, out);
    }
}

/* ---- rows of a CSV file ---- */

/* Zeros stand for a row that has changed; grt_csv_check tells before anybody uses them. */
static void feed_csv(const GrtDataset *data, const GrtFeed *feed, int64_t first, int64_t count,
                     unsigned char *out)
{
    const int64_t elements = feed->elements / feed->rows, bytes = feed->out / feed->rows;
    for (int64_t i = 0; i < count * feed->rows; i++, out += bytes) {
        const int64_t sample = data->order[first + i / feed->rows];
        const void *numbers = grt_csv_row(feed->csv, sample * feed->rows + i % feed->rows);
        if (numbers)
            feed_convert(feed, numbers, elements, out);
        else
            memset(out, 0, (size_t)bytes);
    }
}

void grt_feed_batch(const GrtDataset *data, const GrtFeed *feed, int64_t first, int64_t count,
                    void *out)
{
    if (feed->cut.length > 0)
        feed_windows(data, feed, first, count, out);
    else if (feed->csv)
        feed_csv(data, feed, first, count, out);
    else if (data->in_order)
        feed_convert(feed, (const unsigned char *)feed->array->data + first * feed->row,
                     count * feed->elements, out);
    else if (feed->array->dtype == feed->dtype)
        feed_copy(feed, data->order + first, count, out);
    else
        feed_gather(feed, data->order + first, count, out);
}
