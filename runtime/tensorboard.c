/* tensorboard.c -- a run as TensorBoard shows it: `./digits --tensorboard runs/a`, and then
 * `tensorboard --logdir runs`.
 *
 *     runs/a/events.out.tfevents.1764122400.host.4711
 *         train/loss, train/lr ...      scalars of each step
 *         valid/loss, valid/accuracy    of each evaluation
 *         fc.weight ...                 histograms of the parameters, at the end of each epoch
 *
 * The file is a row of records as TensorFlow's RecordWriter makes them: length, checksum of the
 * length, an Event, checksum of the event.  Event, Summary and HistogramProto are protocol buffers
 * (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto), whose few fields are
 * put together here.  Each run adds a file of its own; TensorBoard reads all of a folder as one.
 * What can't be written any more (a full disk) is said once; training goes on. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grt_trainer.h"

enum { BOARD_BINS = 64 };

struct GrtBoard {
    FILE *out;
    char *path;
    bool failed;
    unsigned char *event; /* the one being put together */
    size_t size, room;
};

/* ---- bytes of an event ---- */

/* CRC-32C (Castagnoli), four bits at a time: RFC 3720, appendix B.4. */
static uint32_t board_crc(const void *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                       0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                       0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    uint32_t crc = 0xffffffff;
    for (const unsigned char *at = bytes, *end = at + size; at < end; at++) {
        crc = (crc >> 4) ^ table[(crc ^ *at) & 15];
        crc = (crc >> 4) ^ table[(crc ^ (uint32_t)*at >> 4) & 15];
    }
    return ~crc;
}

/* As records keep it, so that a checksum of what holds checksums means something. */
static uint32_t board_masked_crc(const void *bytes, size_t size)
{
    const uint32_t crc = board_crc(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static void board_little_endian(unsigned char *to, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (unsigned char)(number >> 8 * i);
}

/* Room for so many bytes at the end of the event; NULL where memory is short. */
static unsigned char *board_add(GrtBoard *board, size_t bytes)
{
    if (board->failed)
        return NULL;
    if (bytes > board->room - board->size) {
        const size_t room = 2 * board->room + bytes;
        unsigned char *event = realloc(board->event, room);
        board->failed = event == NULL;
        if (board->failed)
            return NULL;
        board->event = event;
        board->room = room;
    }
    board->size += bytes;
    return board->event + board->size - bytes;
}

static void board_bytes(GrtBoard *board, const void *bytes, size_t size)
{
    unsigned char *to = board_add(board, size);
    if (to && size > 0)
        memcpy(to, bytes, size);
}

static void board_varint(GrtBoard *board, uint64_t number)
{
    unsigned char bytes[10];
    size_t count = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[count++] = (unsigned char)(number | 0x80);
    bytes[count++] = (unsigned char)number;
    board_bytes(board, bytes, count);
}

/* The wire types of protocol buffers. */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static void board_key(GrtBoard *board, int field, int wire)
{
    board_varint(board, (uint64_t)(field << 3 | wire));
}

static void board_put_double(GrtBoard *board, double value)
{
    uint64_t bits;
    unsigned char bytes[8];
    memcpy(&bits, &value, sizeof bits);
    board_little_endian(bytes, bits, 8);
    board_bytes(board, bytes, 8);
}

static void board_double(GrtBoard *board, int field, double value)
{
    board_key(board, field, WIRE_64);
    board_put_double(board, value);
}

static void board_float(GrtBoard *board, int field, float value)
{
    uint32_t bits;
    unsigned char bytes[4];
    memcpy(&bits, &value, sizeof bits);
    board_little_endian(bytes, bits, 4);
    board_key(board, field, WIRE_32);
    board_bytes(board, bytes, 4);
}

static void board_text(GrtBoard *board, int field, const char *text)
{
    const size_t length = strlen(text);
    board_key(board, field, WIRE_BYTES);
    board_varint(board, length);
    board_bytes(board, text, length);
}

static void board_doubles(GrtBoard *board, int field, const double *values, int count)
{
    board_key(board, field, WIRE_BYTES);
    board_varint(board, (uint64_t)count * 8);
    for (int i = 0; i < count; i++)
        board_put_double(board, values[i]);
}

/* A message inside another: its length stands before it, and is known when it ends. */
static size_t board_open(GrtBoard *board, int field)
{
    board_key(board, field, WIRE_BYTES);
    return board->size;
}

static void board_close(GrtBoard *board, size_t begin)
{
    if (board->failed)
        return;
    unsigned char length[10];
    const size_t inner = board->size - begin;
    board_varint(board, inner);
    if (board->failed)
        return;
    const size_t digits = board->size - begin - inner;
    memcpy(length, board->event + begin + inner, digits);
    memmove(board->event + begin + digits, board->event + begin, inner);
    memcpy(board->event + begin, length, digits);
}

/* ---- events ---- */

static double board_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void board_begin(GrtBoard *board, int64_t step)
{
    board->size = 0;
    board_double(board, 1, board_now());
    board_key(board, 2, WIRE_VARINT);
    board_varint(board, (uint64_t)step);
}

/* The event becomes a record. */
static void board_end(GrtBoard *board)
{
    unsigned char head[12], tail[4];
    if (board->failed)
        return;
    board_little_endian(head, board->size, 8);
    board_little_endian(head + 8, board_masked_crc(head, 8), 4);
    board_little_endian(tail, board_masked_crc(board->event, board->size), 4);
    fwrite(head, 1, sizeof head, board->out);
    fwrite(board->event, 1, board->size, board->out);
    fwrite(tail, 1, sizeof tail, board->out);
}

/* "valid/accuracy" = 0.97 */
static void board_scalar(GrtBoard *board, const char *split, const char *name, double value)
{
    char tag[320];
    snprintf(tag, sizeof tag, "%.30s/%.280s", split, name);
    const size_t one = board_open(board, 1);
    board_text(board, 1, tag);
    board_float(board, 2, (float)value);
    board_close(board, one);
}

void grt_board_step(GrtBoard *board, const GrtInstance *instance)
{
    if (!board || board->failed)
        return;
    board_begin(board, instance->at.step);
    const size_t summary = board_open(board, 5);
    for (int i = 0; i < instance->shown_count; i++)
        if (instance->shown[i].there)
            board_scalar(board, "train", instance->shown[i].name, instance->shown[i].last);
    board_close(board, summary);
    board_end(board);
}

void grt_board_split(GrtBoard *board, const GrtInstance *instance, const char *split)
{
    const GrtEntry *finish = grt_entry_find(instance->model, GRT_FINISH, 0);
    if (!board || board->failed || !finish)
        return;
    board_begin(board, instance->at.step);
    const size_t summary = board_open(board, 5);
    for (int i = 0; i < finish->value_count; i++)
        if (grt_metric_is_number(&finish->values[i]))
            board_scalar(board, split, finish->values[i].name, instance->metrics[i]);
    board_close(board, summary);
    board_end(board);
}

/* ---- histograms ---- */

typedef struct BoardHistogram {
    double low, high, count, sum, squares;
    double limits[BOARD_BINS], bins[BOARD_BINS];
} BoardHistogram;

/* Bins of equal width from the least to the largest value; what isn't finite is left out. */
static bool board_histogram(const GrtInstance *instance, const GrtVar *var, BoardHistogram *h)
{
    const void *data = instance->vars + var->offset;
    const int64_t count = grt_type_count(&var->type, 1);
    *h = (BoardHistogram){.low = INFINITY, .high = -INFINITY};
    for (int64_t i = 0; i < count; i++) {
        const double value = grt_element(var->type.dtype, data, i);
        if (!isfinite(value))
            continue;
        h->low = value < h->low ? value : h->low;
        h->high = value > h->high ? value : h->high;
        h->count++;
        h->sum += value;
        h->squares += value * value;
    }
    if (h->count == 0)
        return false;
    const double width = (h->high - h->low) / BOARD_BINS;
    for (int i = 0; i < BOARD_BINS; i++)
        h->limits[i] = i == BOARD_BINS - 1 ? h->high : h->low + width * (i + 1);
    for (int64_t i = 0; i < count; i++) {
        const double value = grt_element(var->type.dtype, data, i);
        const double at = width > 0 ? (value - h->low) / width : BOARD_BINS - 1;
        if (isfinite(value))
            h->bins[at < BOARD_BINS - 1 ? (int)at : BOARD_BINS - 1]++;
    }
    return true;
}

static void board_put_histogram(GrtBoard *board, const char *name, const BoardHistogram *h)
{
    const size_t one = board_open(board, 1);
    board_text(board, 1, name);
    const size_t histogram = board_open(board, 5);
    board_double(board, 1, h->low);
    board_double(board, 2, h->high);
    board_double(board, 3, h->count);
    board_double(board, 4, h->sum);
    board_double(board, 5, h->squares);
    board_doubles(board, 6, h->limits, BOARD_BINS);
    board_doubles(board, 7, h->bins, BOARD_BINS);
    board_close(board, histogram);
    board_close(board, one);
}

void grt_board_epoch(GrtBoard *board, GrtInstance *instance)
{
    BoardHistogram histogram;
    if (!board || board->failed)
        return;
    grt_variables_read(instance);
    board_begin(board, instance->at.step);
    const size_t summary = board_open(board, 5);
    for (int i = 0; i < instance->model->var_count; i++) {
        const GrtVar *var = &instance->model->vars[i];
        if (var->kind == GRT_PARAM && board_histogram(instance, var, &histogram))
            board_put_histogram(board, var->name, &histogram);
    }
    board_close(board, summary);
    board_end(board);
    grt_board_flush(board);
}

/* ---- the file ---- */

void grt_board_flush(GrtBoard *board)
{
    if (!board || !board->out)
        return;
    if (fflush(board->out) == 0 && !board->failed)
        return;
    fprintf(stderr, "warning: cannot write '%s': %s; training goes on\n", board->path,
            board->failed ? "not enough memory" : strerror(errno));
    fclose(board->out);
    board->out = NULL;
    board->failed = true;
}

/* The folder, and those around it. */
static int board_make_folder(const char *path, GrtError *error)
{
    char *part = strdup(path);
    if (!part)
        return grt_fail(error, 3, "not enough memory");
    for (char *at = part + 1;; at++) {
        const char here = *at;
        if (here != '/' && here != '\0')
            continue;
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            grt_fail(error, 3, "cannot make the folder '%s': %s", part, strerror(errno));
            free(part);
            return error->status;
        }
        *at = here;
        if (here == '\0')
            break;
    }
    free(part);
    return 0;
}

/* "runs/a/events.out.tfevents.1764122400.host.4711": TensorBoard knows its files by the name. */
static char *board_path(const char *folder)
{
    char host[65] = "";
    if (gethostname(host, sizeof host - 1) != 0 || !*host)
        snprintf(host, sizeof host, "localhost");
    const size_t size = strlen(folder) + sizeof host + 80;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/events.out.tfevents.%010lld.%s.%ld", folder, (long long)time(NULL),
                 host, (long)getpid());
    return path;
}

static int board_create(GrtBoard *board, const char *folder, GrtError *error)
{
    if (board_make_folder(folder, error) != 0)
        return error->status;
    board->path = board_path(folder);
    if (!board->path)
        return grt_fail(error, 3, "not enough memory");
    const int descriptor = open(board->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    board->out = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    if (!board->out) {
        const int status =
            grt_fail(error, 3, "cannot write '%s': %s", board->path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return status;
    }
    return 0;
}

GrtBoard *grt_board_open(const char *folder, GrtError *error)
{
    GrtBoard *board = calloc(1, sizeof *board);
    if (!board) {
        grt_fail(error, 3, "not enough memory");
        return NULL;
    }
    if (board_create(board, folder, error) != 0) {
        grt_board_close(board);
        return NULL;
    }
    board->size = 0;
    board_double(board, 1, board_now());
    board_text(board, 3, "brain.Event:2"); /* what an event file begins with */
    board_end(board);
    return board;
}

void grt_board_close(GrtBoard *board)
{
    if (!board)
        return;
    grt_board_flush(board);
    if (board->out)
        fclose(board->out);
    free(board->event);
    free(board->path);
    free(board);
}
