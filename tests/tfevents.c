/* tfevents.c -- reads a file of TensorBoard events, and says what is in it: a reader of its own, to
 * test runtime/tensorboard.c by.
 *
 *     tfevents runs/a/events.out.tfevents.*
 *         version brain.Event:2
 *         scalar 1 train/loss 2.34081507
 *         histogram 47 fc.weight 640 -0.124 0.124     values, least, largest
 *
 * Every checksum is tried, bit by bit; a record that is not whole, or a field that the format does
 * not have, ends it with status 1. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bytes {
    const unsigned char *at, *end;
} Bytes;

static void fail(const char *what)
{
    fprintf(stderr, "tfevents: %s\n", what);
    exit(1);
}

static uint64_t little_endian(Bytes *in, int bytes)
{
    uint64_t number = 0;
    if (in->end - in->at < bytes)
        fail("a number is cut off");
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)in->at[i] << 8 * i;
    in->at += bytes;
    return number;
}

static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static uint64_t varint(Bytes *in)
{
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const uint64_t byte = little_endian(in, 1);
        number |= (byte & 127) << shift;
        if (byte < 128)
            return number;
    }
    fail("a varint has no end");
    return 0;
}

static double real(Bytes *in)
{
    const uint64_t bits = little_endian(in, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static Bytes message(Bytes *in)
{
    const uint64_t size = varint(in);
    if (size > (uint64_t)(in->end - in->at))
        fail("a message is longer than what it is in");
    const Bytes inner = {in->at, in->at + size};
    in->at += size;
    return inner;
}

static void read_histogram(Bytes in, int64_t step, Bytes tag)
{
    double numbers[6] = {0}, counted = 0;
    int limits = 0, bins = 0;
    while (in.at < in.end) {
        const uint64_t key = varint(&in);
        if (key >> 3 >= 1 && key >> 3 <= 5 && (key & 7) == 1) {
            numbers[key >> 3] = real(&in);
        } else if (key == (6 << 3 | 2) || key == (7 << 3 | 2)) {
            Bytes packed = message(&in);
            for (double last = -1e308; packed.at < packed.end;) {
                const double value = real(&packed);
                if (key >> 3 == 6 && value < last)
                    fail("the limits of bins fall");
                last = value;
                limits += key >> 3 == 6;
                bins += key >> 3 == 7;
                counted += key >> 3 == 7 ? value : 0;
            }
        } else {
            fail("a histogram has no such field");
        }
    }
    if (limits != bins || counted != numbers[3])
        fail("the bins do not hold all values");
    printf("histogram %" PRId64 " %.*s %.0f %.9g %.9g\n", step, (int)(tag.end - tag.at), tag.at,
           numbers[3], numbers[1], numbers[2]);
}

static void read_value(Bytes in, int64_t step)
{
    Bytes tag = {0};
    while (in.at < in.end) {
        const uint64_t key = varint(&in);
        if (key == (1 << 3 | 2)) {
            tag = message(&in);
        } else if (key == (2 << 3 | 5)) {
            const uint32_t bits = (uint32_t)little_endian(&in, 4);
            float value;
            memcpy(&value, &bits, sizeof value);
            printf("scalar %" PRId64 " %.*s %.9g\n", step, (int)(tag.end - tag.at), tag.at,
                   (double)value);
        } else if (key == (5 << 3 | 2)) {
            read_histogram(message(&in), step, tag);
        } else {
            fail("a value has no such field");
        }
    }
}

static void read_event(Bytes in, double *time)
{
    int64_t step = 0;
    while (in.at < in.end) {
        const uint64_t key = varint(&in);
        if (key == (1 << 3 | 1)) {
            const double now = real(&in);
            if (!(now >= *time))
                fail("time runs backwards");
            *time = now;
        } else if (key == 2 << 3) {
            step = (int64_t)varint(&in);
        } else if (key == (3 << 3 | 2)) {
            const Bytes version = message(&in);
            printf("version %.*s\n", (int)(version.end - version.at), version.at);
        } else if (key == (5 << 3 | 2)) {
            Bytes summary = message(&in);
            while (summary.at < summary.end) {
                if (varint(&summary) != (1 << 3 | 2))
                    fail("a summary has no such field");
                read_value(message(&summary), step);
            }
        } else {
            fail("an event has no such field");
        }
    }
}

int main(int argc, char **argv)
{
    static unsigned char file[1 << 24];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!in)
        fail("usage: tfevents FILE");
    Bytes all = {file, file + fread(file, 1, sizeof file, in)};
    double time = 0;
    fclose(in);
    while (all.at < all.end) {
        const unsigned char *head = all.at;
        const uint64_t size = little_endian(&all, 8);
        if (little_endian(&all, 4) != checksum(head, 8))
            fail("the checksum of a length is wrong");
        if (size > (uint64_t)(all.end - all.at))
            fail("a record is cut off");
        const Bytes event = {all.at, all.at + size};
        all.at += size;
        if (little_endian(&all, 4) != checksum(event.at, size))
            fail("the checksum of an event is wrong");
        read_event(event, &time);
    }
    return 0;
}
