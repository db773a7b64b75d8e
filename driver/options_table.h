/* options_table.h -- the options of the command line, one row each: what takes its value, and what
 * --help says of it. */
#ifndef GRADC_OPTIONS_TABLE_H
#define GRADC_OPTIONS_TABLE_H

#include "driver/options.h"

/* State while the command line is read. */
typedef struct Parse {
    Arena *arena;
    Options *options;
    bool dumps, makes;                  /* --dump was given; -o or --emit was given */
    const char *blas, *archs, *threads; /* as they were given; NULL if they weren't */
} Parse;

/* Takes the option's value (NULL for a flag); false after reporting. */
typedef bool TakeOption(Parse *parse, const char *value);

typedef struct OptionRow {
    const char *name; /* "--emit", "-o" */
    const char
        *value; /* what it takes, "c|lib|ir|kernels"; "[FILE]": or nothing; NULL for a flag */
    TakeOption *take;
    const char *doc; /* a line break in it starts a new line of --help; NULL: not shown there */
} OptionRow;

/* In the order of --help; a row without a name is a heading. */
extern const OptionRow option_rows[];
extern const int option_row_count;

/* The row of a name, or of its other name; or NULL. */
const OptionRow *option_find(const char *name, size_t length);
/* Reports a misuse; false. */
bool options_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "unknown option", with the one that may be meant; false. */
bool options_unknown(Parse *parse, const char *arg);

#endif
