/* csv.c -- numbers from a CSV file.
 *
 *     width;height            f32[2, 2]
 *     1.5;2           ->      1.5  2
 *     "3";4e-1                3    0.4
 *
 * A first line without any number is a header.  Empty lines are skipped; all others must have as
 * many columns as the first.  Only the columns and rows that are asked for have to be numbers. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_checked.h"
#include "grt_csv.h"

enum { CSV_EXCERPT = 40, CSV_FIRST_VALUES = 1024 };

/* ---- values ---- */

/* The field for a message: cut, and without what a terminal might obey. */
static const char *csv_excerpt(GrtCsv *csv)
{
    csv->field[csv->length < CSV_EXCERPT ? csv->length : CSV_EXCERPT] = '\0';
    for (char *p = csv->field; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    return csv->field;
}

static int csv_value_fail(GrtCsv *csv, const char *problem)
{
    return grt_fail(csv->error, 1, "%s:%lld: column %lld: '%s' %s", csv->file.name,
                    (long long)csv->row_line, (long long)csv->column + 1, csv_excerpt(csv),
                    problem);
}

static bool csv_is_word(const GrtCsv *csv, const char *const *words)
{
    const char *text = csv->field + (csv->field[0] == '-' || csv->field[0] == '+');
    for (; *words; words++) {
        size_t i = 0;
        while ((*words)[i] && (text[i] | 0x20) == (*words)[i])
            i++;
        if (!(*words)[i] && !text[i])
            return true;
    }
    return false;
}

static const char *const csv_not_finite[] = {"nan", "inf", "infinity", NULL};

static int csv_reject(GrtCsv *csv, GrtTextNum result)
{
    double ignored;
    if (csv->length == 0)
        return grt_fail(csv->error, 1, "%s:%lld: column %lld is empty", csv->file.name,
                        (long long)csv->row_line, (long long)csv->column + 1);
    if (result == GRT_TEXT_TOO_LARGE)
        return csv_value_fail(csv, "is too large");
    if (csv_is_word(csv, csv_not_finite))
        return csv_value_fail(csv, "is not a finite number");
    if (csv->dtype == GRT_I64 &&
        grt_text_double(csv->field, csv->length, &ignored) == GRT_TEXT_NUMBER)
        return csv_value_fail(csv, "is not a whole number");
    if (memchr(csv->field, ',', csv->length))
        return csv_value_fail(csv, "is not a number (decimals are written with a point)");
    return csv_value_fail(csv, "is not a number");
}

static int csv_reserve(GrtCsv *csv)
{
    int64_t bytes;
    if (csv->count < csv->room)
        return 0;
    const int64_t room = csv->room ? csv->room * 2 : CSV_FIRST_VALUES;
    void *larger = NULL;
    if (grt_checked_mul(room, grt_dtype_bytes[csv->dtype], &bytes))
        larger = realloc(csv->values, (size_t)bytes);
    if (!larger)
        return grt_fail(csv->error, 3, "not enough memory: more than %lld numbers in '%s'",
                        (long long)csv->count, csv->file.name);
    csv->values = larger;
    csv->room = room;
    return 0;
}

int grt_csv_store(GrtCsv *csv)
{
    double real = 0;
    int64_t whole = 0;
    if (csv_reserve(csv) != 0)
        return csv->error->status;
    GrtTextNum result = csv->too_long           ? GRT_TEXT_NO_NUMBER
                        : csv->dtype == GRT_I64 ? grt_text_integer(csv->field, csv->length, &whole)
                                                : grt_text_double(csv->field, csv->length, &real);
    if (result == GRT_TEXT_NUMBER && csv->dtype == GRT_F32 && fabs(real) > (double)FLT_MAX)
        result = GRT_TEXT_TOO_LARGE;
    if (result != GRT_TEXT_NUMBER)
        return csv_reject(csv, result);
    if (whole < csv->low || whole > csv->high)
        return csv_value_fail(csv, "was not there before");
    csv->least = whole < csv->least ? whole : csv->least;
    csv->most = whole > csv->most ? whole : csv->most;
    if (csv->dtype == GRT_I64)
        ((int64_t *)csv->values)[csv->count] = whole;
    else if (csv->dtype == GRT_F64)
        ((double *)csv->values)[csv->count] = real;
    else
        ((float *)csv->values)[csv->count] = (float)real;
    csv->count++;
    return 0;
}

/* ---- rows ---- */

static int csv_check_width(GrtCsv *csv, CsvEnd end)
{
    const int64_t width = csv->column + 1;
    if (width == csv->width || (width < csv->width && end == CSV_MORE))
        return 0;
    return grt_fail(csv->error, 1, "%s:%lld: %s%lld columns, but the first line has %lld",
                    csv->file.name, (long long)csv->row_line, end == CSV_MORE ? "more than " : "",
                    (long long)(end == CSV_MORE ? csv->width : width), (long long)csv->width);
}

/* Reads a row and keeps what is wanted of it; an empty line is none. */
static CsvEnd csv_row(GrtCsv *csv, bool keep)
{
    CsvEnd end = CSV_MORE;
    csv->row_line = csv->line;
    for (csv->column = 0; end == CSV_MORE; csv->column++) {
        end = grt_csv_field(csv);
        if (end == CSV_FAILED || grt_csv_line_is_empty(csv, end))
            return end;
        if (!csv->in_header && csv_check_width(csv, end) != 0)
            return CSV_FAILED;
        if (keep && csv->column >= csv->first && csv->column < csv->behind &&
            grt_csv_store(csv) != 0)
            return CSV_FAILED;
    }
    csv->row++;
    return end;
}

int64_t grt_csv_first_row(const GrtCsv *csv)
{
    const GrtRange *r = &csv->rows;
    return (r->has_start || r->single) && r->start >= 0 ? r->start : 0;
}

/* Rows that a range without negative ends leaves out need not be read as numbers. */
static bool csv_row_is_wanted(const GrtCsv *csv)
{
    const GrtRange *r = &csv->rows;
    if (csv->row < grt_csv_first_row(csv) || (r->single && r->start >= 0 && csv->row > r->start))
        return false;
    return !(r->has_stop && r->stop >= 0 && csv->row >= r->stop);
}

/* ---- the file ---- */

/* Goes over the next line that is not empty: sets the width, and whether it is a header. */
static CsvEnd csv_probe_line(GrtCsv *csv)
{
    static const char *const missing[] = {"nan", "inf", "infinity", "na", NULL};
    bool number = false, word = false;
    double ignored;
    CsvEnd end = CSV_MORE;
    for (csv->column = 0; end == CSV_MORE; csv->column++) {
        end = grt_csv_field(csv);
        if (grt_csv_line_is_empty(csv, end) && end == CSV_LINE_END) {
            end = CSV_MORE;
            csv->column = -1;
            continue;
        }
        const bool is = !csv->too_long &&
                        (grt_text_double(csv->field, csv->length, &ignored) != GRT_TEXT_NO_NUMBER ||
                         csv_is_word(csv, missing));
        number = number || is;
        word = word || (!is && csv->length > 0);
    }
    csv->width = csv->column;
    csv->header = word && !number;
    return end;
}

static int csv_probe(GrtCsv *csv)
{
    CsvEnd end = csv_probe_line(csv);
    if (end == CSV_LINE_END && csv->header && csv->separator == ' ') {
        end = csv_probe_line(csv); /* "petal width" is one column's name: the data has to say */
        csv->header = true;
    }
    return end == CSV_FAILED ? csv->error->status : 0;
}

/* Reads the first lines: how many columns there are, and which to keep. */
static int csv_find_columns(GrtCsv *csv, const char *path, const GrtGzip *gzip, GrtRange columns)
{
    int failed = grt_csv_open(csv, path, gzip);
    if (!failed)
        failed = csv_probe(csv);
    if (!failed)
        failed = grt_range_resolve(columns, csv->width, "columns", path, &csv->first, &csv->behind,
                                   csv->error);
    grt_file_close(&csv->file);
    return failed;
}

static int csv_read_rows(GrtCsv *csv)
{
    CsvEnd end = CSV_LINE_END;
    for (csv->in_header = csv->header; csv->in_header && end == CSV_LINE_END;) {
        end = csv_row(csv, false);
        csv->in_header = csv->row == 0; /* an empty line was no header */
    }
    csv->row = 0;
    while (end == CSV_LINE_END) {
        const bool wanted = csv_row_is_wanted(csv);
        if (wanted && csv->text && grt_csv_mark(csv) != 0)
            return csv->error->status;
        end = csv_row(csv, wanted);
    }
    if (end == CSV_FAILED)
        return csv->error->status;
    if (csv->row == 0)
        return grt_fail(csv->error, 1, "'%s' has no rows of data%s", csv->file.name,
                        csv->header ? ", only a header" : "");
    return 0;
}

/* What was kept, cut to the rows asked for, as an array. */
static int csv_finish(GrtCsv *csv, bool single, GrtArray *out)
{
    int64_t start, stop;
    if (grt_range_resolve(csv->rows, csv->row, "rows", csv->file.name, &start, &stop, csv->error))
        return csv->error->status;
    const int64_t columns = csv->behind - csv->first;
    *out = (GrtArray){.dtype = csv->dtype, .rank = single || csv->width == 1 ? 1 : 2};
    out->dims[0] = stop - start;
    out->dims[1] = out->rank == 2 ? columns : 0;
    if (csv->text)
        return grt_csv_finish(csv, start, out);
    if (grt_array_alloc(out, csv->error) != 0)
        return csv->error->status;
    const int64_t before = (start - grt_csv_first_row(csv)) * columns * grt_dtype_bytes[csv->dtype];
    memcpy(out->data, (char *)csv->values + before, (size_t)out->bytes);
    return 0;
}

/* ---- all of it ---- */

static GrtCsv *csv_new(GrtRange rows, GrtDType want, GrtError *error)
{
    GrtCsv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return NULL;
    csv->error = error;
    csv->rows = rows;
    csv->dtype = want == GRT_F64 ? GRT_F64 : want >= GRT_F16 ? GRT_F32 : GRT_I64;
    csv->file.descriptor = -1;
    csv->low = csv->most = INT64_MIN;
    csv->high = csv->least = INT64_MAX;
    return csv;
}

/* With `rows_in_file`, those of a large file stay there. */
static int csv_load(const char *path, const GrtGzip *gzip, GrtRange rows, GrtRange columns,
                    GrtDType want, GrtArray *out, GrtCsv **rows_in_file, GrtError *error)
{
    *out = (GrtArray){0};
    GrtCsv *csv = csv_new(rows, want, error);
    if (!csv)
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    int failed = csv_find_columns(csv, path, gzip, columns);
    if (!failed)
        failed = grt_csv_open(csv, path, gzip);
    if (!failed && rows_in_file)
        grt_csv_map(csv);
    if (!failed)
        failed = csv_read_rows(csv);
    grt_file_close(&csv->file);
    if (!failed)
        failed = csv_finish(csv, columns.single, out);
    if (!failed && csv->text)
        *rows_in_file = csv;
    else
        grt_csv_free(csv);
    return failed;
}

int grt_read_csv(const char *path, const GrtGzip *gzip, GrtRange rows, GrtRange columns,
                 GrtDType want, GrtArray *out, GrtError *error)
{
    return csv_load(path, gzip, rows, columns, want, out, NULL, error);
}

int grt_map_csv(const char *path, const GrtGzip *gzip, GrtRange rows, GrtRange columns,
                GrtDType want, GrtArray *out, GrtCsv **csv, GrtError *error)
{
    *csv = NULL;
    return csv_load(path, gzip, rows, columns, want, out, csv, error);
}

int64_t grt_csv_stays(const char *path, const GrtGzip *gzip, GrtRange columns, GrtDType want)
{
    GrtError error;
    int64_t bytes = -1;
    GrtCsv *csv = csv_new((GrtRange){0}, want, &error);
    if (csv && csv_find_columns(csv, path, gzip, columns) == 0 &&
        grt_file_open(&csv->file, path, gzip, &error) == 0) {
        bytes = grt_csv_maps(csv) ? csv->file.size : -1;
        grt_file_close(&csv->file);
    }
    grt_csv_free(csv);
    return bytes;
}
