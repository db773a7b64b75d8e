/* grt_csv.h -- a CSV file being read: what csv_field.c (fields), csv.c (numbers and rows) and
 * csv_rows.c (rows that stay in the file) share.  Inside the runtime. */
#ifndef GRT_CSV_H
#define GRT_CSV_H

#include "grt_file.h"

enum { CSV_FIELD = 255 };

typedef enum CsvEnd { CSV_MORE, CSV_LINE_END, CSV_FILE_END, CSV_FAILED } CsvEnd;

struct GrtCsv {
    GrtFile file;
    GrtError *error;
    GrtRange rows;
    GrtDType dtype;
    int separator;          /* ' ' for runs of blanks */
    bool stops[256];        /* the bytes that end a field without quotes */
    bool header, in_header; /* there is one; it is being read */
    int64_t width;          /* columns of every row */
    int64_t first, behind;  /* the columns to keep */
    int64_t line, row;      /* being read: lines from 1, rows of data from 0 */
    int64_t row_line, column;
    const unsigned char *next, *end; /* bytes at hand */
    int over;                        /* behind them: 0 perhaps more, -1 nothing, -2 an error */
    char field[CSV_FIELD + 1];
    size_t length;
    bool too_long, quoted;
    void *values;
    int64_t count, room;

    int64_t least, most; /* of the whole numbers that were stored */
    int64_t low, high;   /* what they may be */

    /* ---- rows that stay in the file: csv_rows.c ---- */
    const unsigned char *text; /* all of it, mapped; NULL: it is read */
    GrtArray pages;            /* the mapping, until an array has it */
    char *name;                /* the file's */
    int64_t *marks;            /* where each row begins that may be wanted; then, each row */
    int64_t mark_room;
    GrtError changed; /* says that a row is no longer what it was */
};

/* ---- csv_field.c ---- */

/* Opens the file, goes to the first byte of text and finds the separator.  0 or a status. */
int grt_csv_open(GrtCsv *csv, const char *path, const GrtGzip *gzip);
/* Reads the next field into csv->field. */
CsvEnd grt_csv_field(GrtCsv *csv);
/* Nothing in the line: it does not count. */
bool grt_csv_line_is_empty(const GrtCsv *csv, CsvEnd end);

/* ---- csv.c ---- */

/* Converts the field and appends it to the values.  0 or a status. */
int grt_csv_store(GrtCsv *csv);
/* The first row that may be wanted: all before it are left out. */
int64_t grt_csv_first_row(const GrtCsv *csv);

/* ---- csv_rows.c: when the program starts ---- */

/* Smaller files are held: to parse them again in each epoch would take longer.  64 MiB; tests make
 * it less. */
extern int64_t grt_streamed_bytes;

/* Whether the rows of an open file stay there: they do in a large one, whose numbers take more
 * memory than the marks. */
bool grt_csv_maps(const GrtCsv *csv);
/* Lets them, if so. */
void grt_csv_map(GrtCsv *csv);
/* Notes where the next row begins, which may be wanted.  0 or a status. */
int grt_csv_mark(GrtCsv *csv);
/* The array of the rows from `start` on, whose shape is there: without data.  0 or a status. */
int grt_csv_finish(GrtCsv *csv, int64_t start, GrtArray *out);

/* ---- csv_rows.c: when a batch wants them ---- */

/* The numbers of a row of the array, until it is called again.  NULL: the file is no longer what it
 * was, as grt_csv_check says from then on. */
const void *grt_csv_row(GrtCsv *csv, int64_t row);
int grt_csv_check(const GrtCsv *csv, GrtError *error);

#endif
