/* driver.c -- runs a fuzz target without libFuzzer: over a corpus, and over mutations of it.
 *
 *     replay_csv [-runs=20000] [-seconds=5] FILE_OR_FOLDER...
 *
 * Every file is tried as it is; then as many mutations as asked for, the same from run to run. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"

enum { LARGEST = 65536 };

typedef struct Seed {
    uint8_t *bytes;
    size_t size;
} Seed;

static Seed *seeds;
static int seed_count, seed_room;
static char current[512]; /* what is being tried, for the message at a crash */

/* ---- the corpus ---- */

static void add_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    Seed seed = {.bytes = malloc(LARGEST)};
    if (!in || !seed.bytes)
        fuzz_broken("a file of the corpus cannot be read");
    seed.size = fread(seed.bytes, 1, LARGEST, in);
    fclose(in);
    if (seed_count == seed_room) {
        seed_room = seed_room ? 2 * seed_room : 64;
        seeds = realloc(seeds, (size_t)seed_room * sizeof *seeds);
        if (!seeds)
            fuzz_broken("not enough memory for the corpus");
    }
    snprintf(current, sizeof current, "%s", path);
    LLVMFuzzerTestOneInput(seed.bytes, seed.size);
    seeds[seed_count++] = seed;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path)
{
    struct stat status;
    struct dirent **entries;
    if (stat(path, &status) != 0)
        fuzz_broken("a path of the corpus is missing");
    if (!S_ISDIR(status.st_mode)) {
        add_file(path);
        return;
    }
    const int count = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        char inside[4096];
        snprintf(inside, sizeof inside, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            add_path(inside);
        free(entries[i]);
    }
    free(entries);
}

/* ---- mutations ---- */

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return limit ? (size_t)((random_state >> 11) % limit) : 0;
}

/* Puts `part` into the input at a place, over what is there or before it. */
static size_t put(uint8_t *bytes, size_t size, const uint8_t *part, size_t length, int over)
{
    const size_t at = random_below(size + 1);
    if (length > LARGEST - at)
        length = LARGEST - at;
    size_t behind = over ? (size > at + length ? size - at - length : 0) : size - at;
    if (behind > LARGEST - at - length)
        behind = LARGEST - at - length;
    memmove(bytes + at + length, bytes + size - (over ? behind : size - at), behind);
    memcpy(bytes + at, part, length);
    return at + length + behind;
}

static size_t mutate_once(uint8_t *bytes, size_t size)
{
    static const char *const words[] = {"0",
                                        "-1",
                                        "1e999",
                                        "9223372036854775807",
                                        "\xff\xff\xff\xff",
                                        "(",
                                        "[",
                                        "{",
                                        "}",
                                        "\n",
                                        "\"",
                                        ",",
                                        ":",
                                        "NaN"};
    const Seed *other = &seeds[random_below((size_t)seed_count)];
    uint8_t byte = (uint8_t)random_below(256);
    const size_t at = random_below(size);
    switch (random_below(7)) {
    case 0:
        if (size > 0)
            bytes[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 1:
        return put(bytes, size, &byte, 1, 1);
    case 2:
        return put(bytes, size, &byte, 1, 0);
    case 3: { /* a part goes */
        const size_t length = random_below(size - at + 1);
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    }
    case 4: {
        const char *word = words[random_below(sizeof words / sizeof *words)];
        return put(bytes, size, (const uint8_t *)word, strlen(word), (int)random_below(2));
    }
    case 5: { /* a part of another */
        const size_t from = random_below(other->size);
        return put(bytes, size, other->bytes + from, random_below(other->size - from + 1),
                   (int)random_below(2));
    }
    default:
        return at; /* cut short */
    }
}

static void try_mutation(void)
{
    static uint8_t bytes[LARGEST];
    const Seed *seed = &seeds[random_below((size_t)seed_count)];
    size_t size = seed->size;
    memcpy(bytes, seed->bytes, size);
    for (size_t n = 1 + random_below(4); n > 0; n--)
        size = mutate_once(bytes, size);
    /* A copy of its exact size, so that a sanitizer sees who reads behind it. */
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        fuzz_broken("not enough memory");
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(int argc, char **argv)
{
    long runs = 20000, done = 0;
    double seconds = 5;
    const time_t begin = time(NULL);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0)
            runs = strtol(argv[i] + 6, NULL, 10);
        else if (strncmp(argv[i], "-seconds=", 9) == 0)
            seconds = strtod(argv[i] + 9, NULL);
        else
            add_path(argv[i]);
    }
    while (seed_count > 0 && done < runs && difftime(time(NULL), begin) < seconds) {
        snprintf(current, sizeof current, "mutation %ld", done++);
        try_mutation();
    }
    printf("%d files of the corpus and %ld mutations: nothing found\n", seed_count, done);
    for (int i = 0; i < seed_count; i++)
        free(seeds[i].bytes);
    free(seeds);
    return seed_count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
