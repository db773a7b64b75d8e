/* csv.c -- numbers from a CSV file.
 *
 *     width;height            f32[2, 2]
 *     1.5;2           ->      1.5  2
 *     "3";4e-1                3    0.4
 *
 * The separator is found from the first line: ';', ',', tab, or else blanks.  A first line without
 * any number is a header.  Empty lines are skipped; all others must have as many columns as the
 * first.  Only the columns and rows that are asked for have to be numbers. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grt_checked.h"
#include "grt_file.h"

enum { CSV_FIELD = 255, CSV_EXCERPT = 40, CSV_FIRST_VALUES = 1024 };

typedef enum CsvEnd { CSV_MORE, CSV_LINE_END, CSV_FILE_END, CSV_FAILED } CsvEnd;

typedef struct Csv {
    GrtFile file;
    GrtError *error;
    GrtRange rows;
    GrtDType dtype;
    int separator;          /* ' ' for runs of blanks */
    bool header, in_header; /* there is one; it is being read */
    int64_t width;          /* columns of every row */
    int64_t first, behind;  /* the columns to keep */
    int64_t line, row;      /* being read: lines from 1, rows of data from 0 */
    int64_t row_line, column;
    int ahead; /* a byte that was read too far; -1 at the end, -3 none */
    char field[CSV_FIELD + 1];
    size_t length;
    bool too_long, quoted;
    void *values;
    int64_t count, room;
} Csv;

enum { CSV_NO_BYTE = -3 };

/* ---- bytes ---- */

static int csv_byte(Csv *csv)
{
    const int ahead = csv->ahead;
    csv->ahead = CSV_NO_BYTE;
    const int c = ahead != CSV_NO_BYTE ? ahead : grt_file_byte(&csv->file, csv->error);
    if (c != 0)
        return c;
    grt_fail(csv->error, 1, "%s:%lld: a NUL byte: this is no CSV file (UTF-16, perhaps)",
             csv->file.name, (long long)csv->line);
    return -2;
}

static bool csv_is_newline(int c)
{
    return c == '\n' || c == '\r';
}

static bool csv_is_blank(const Csv *csv, int c)
{
    return c == ' ' || (c == '\t' && csv->separator != '\t');
}

/* The first byte that is no blank. */
static int csv_skip_blanks(Csv *csv)
{
    int c = csv_byte(csv);
    while (csv_is_blank(csv, c))
        c = csv_byte(csv);
    return c;
}

/* c is the first byte of a line's end: takes the rest of it. */
static void csv_take_newline(Csv *csv, int c)
{
    csv->line++;
    if (c != '\r')
        return;
    const int next = csv_byte(csv);
    if (next != '\n')
        csv->ahead = next;
}

/* ---- fields ---- */

static void csv_field_add(Csv *csv, int c)
{
    if (csv->length < CSV_FIELD)
        csv->field[csv->length++] = (char)c;
    else
        csv->too_long = true;
}

/* What is behind the quotes decides how the field ends. */
static int csv_quoted(Csv *csv)
{
    const int64_t opened = csv->line;
    csv->quoted = true;
    for (;;) {
        int c = csv_byte(csv);
        if (c == '"') {
            c = csv_byte(csv);
            if (c != '"') {
                csv->ahead = c;
                return csv_skip_blanks(csv);
            }
        }
        if (c == -1)
            grt_fail(csv->error, 1, "%s:%lld: column %lld: the quote is never closed",
                     csv->file.name, (long long)opened, (long long)csv->column + 1);
        if (c < 0)
            return -2;
        csv->line += c == '\n';
        csv_field_add(csv, c);
    }
}

static int csv_plain(Csv *csv, int c)
{
    while (c >= 0 && c != csv->separator && !csv_is_newline(c)) {
        if (csv->separator == ' ' && c == '\t')
            break;
        csv_field_add(csv, c);
        c = csv_byte(csv);
    }
    return c;
}

/* Drops blanks at both ends, within quotes too. */
static void csv_trim(Csv *csv)
{
    size_t begin = 0;
    while (csv->length > 0 && csv_is_blank(csv, csv->field[csv->length - 1]))
        csv->length--;
    while (begin < csv->length && csv_is_blank(csv, csv->field[begin]))
        begin++;
    csv->length -= begin;
    memmove(csv->field, csv->field + begin, csv->length);
    csv->field[csv->length] = '\0';
}

/* How the field ends whose end has c behind it. */
static CsvEnd csv_field_end(Csv *csv, int c)
{
    if (csv->separator == ' ' &&
        csv_is_blank(csv, c)) { /* the last blanks of a line separate nothing */
        c = csv_skip_blanks(csv);
        if (c >= 0 && !csv_is_newline(c)) {
            csv->ahead = c;
            return CSV_MORE;
        }
    }
    if (csv_is_newline(c))
        csv_take_newline(csv, c);
    if (c == -2)
        return CSV_FAILED;
    if (c == -1)
        return CSV_FILE_END;
    if (csv_is_newline(c))
        return CSV_LINE_END;
    if (c == csv->separator)
        return CSV_MORE;
    grt_fail(csv->error, 1, "%s:%lld: column %lld: text behind a closing quote", csv->file.name,
             (long long)csv->line, (long long)csv->column + 1);
    return CSV_FAILED;
}

/* Reads the next field into csv->field. */
static CsvEnd csv_field(Csv *csv)
{
    csv->length = 0;
    csv->too_long = csv->quoted = false;
    int c = csv_skip_blanks(csv);
    c = c == '"' ? csv_quoted(csv) : csv_plain(csv, c);
    csv_trim(csv);
    return csv_field_end(csv, c);
}

/* Nothing in the line: it does not count. */
static bool csv_line_is_empty(const Csv *csv, CsvEnd end)
{
    return csv->column == 0 && end != CSV_MORE && csv->length == 0 && !csv->quoted;
}

/* ---- values ---- */

/* The field for a message: cut, and without what a terminal might obey. */
static const char *csv_excerpt(Csv *csv)
{
    csv->field[csv->length < CSV_EXCERPT ? csv->length : CSV_EXCERPT] = '\0';
    for (char *p = csv->field; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    return csv->field;
}

static int csv_value_fail(Csv *csv, const char *problem)
{
    return grt_fail(csv->error, 1, "%s:%lld: column %lld: '%s' %s", csv->file.name,
                    (long long)csv->row_line, (long long)csv->column + 1, csv_excerpt(csv),
                    problem);
}

static bool csv_is_word(const Csv *csv, const char *const *words)
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

static int csv_reject(Csv *csv, GrtTextNum result)
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

static int csv_reserve(Csv *csv)
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

/* Converts the field and appends it. */
static int csv_store(Csv *csv)
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
    if (csv->dtype == GRT_I64)
        ((int64_t *)csv->values)[csv->count] = whole;
    else if (csv->dtype == GRT_F64)
        ((double *)csv->values)[csv->count] = real;
    else
        ((float *)csv->values)[csv->count] = (float)real;
    csv->count++;
    return 0;
}

/* Rows that a range without negative ends leaves out need not be read as numbers. */
static bool csv_row_is_wanted(const Csv *csv)
{
    const GrtRange *r = &csv->rows;
    if ((r->has_start || r->single) && r->start >= 0 && csv->row < r->start)
        return false;
    if (r->single && r->start >= 0 && csv->row > r->start)
        return false;
    return !(r->has_stop && r->stop >= 0 && csv->row >= r->stop);
}

/* ---- rows ---- */

static int csv_check_width(Csv *csv, CsvEnd end)
{
    const int64_t width = csv->column + 1;
    if (width == csv->width || (width < csv->width && end == CSV_MORE))
        return 0;
    return grt_fail(csv->error, 1, "%s:%lld: %s%lld columns, but the first line has %lld",
                    csv->file.name, (long long)csv->row_line, end == CSV_MORE ? "more than " : "",
                    (long long)(end == CSV_MORE ? csv->width : width), (long long)csv->width);
}

/* Reads a row and keeps what is wanted of it. */
static CsvEnd csv_row(Csv *csv, bool keep)
{
    CsvEnd end = CSV_MORE;
    csv->row_line = csv->line;
    for (csv->column = 0; end == CSV_MORE; csv->column++) {
        end = csv_field(csv);
        if (end == CSV_FAILED || csv_line_is_empty(csv, end))
            return end;
        if (!csv->in_header && csv_check_width(csv, end) != 0)
            return CSV_FAILED;
        if (keep && csv->column >= csv->first && csv->column < csv->behind && csv_store(csv) != 0)
            return CSV_FAILED;
    }
    csv->row++;
    return end;
}

/* ---- the file ---- */

/* From the bytes up to the first line's end (as far as they are in the buffer). */
static void csv_find_separator(Csv *csv)
{
    static const char order[] = ";,\t";
    bool seen[3] = {false, false, false}, quoted = false, text = false;
    for (size_t i = csv->file.begin; i < csv->file.end; i++) {
        const char c = (char)csv->file.buffer[i];
        if (csv_is_newline(c) && text && !quoted)
            break;
        const char *found = c && !quoted ? strchr(order, c) : NULL;
        quoted ^= c == '"';
        text = text || !csv_is_newline(c);
        if (found)
            seen[found - order] = true;
    }
    csv->separator = seen[0] ? ';' : seen[1] ? ',' : seen[2] ? '\t' : ' ';
}

/* Opens the file and goes to the first byte of text. */
static int csv_open(Csv *csv, const char *path, const GrtGzip *gzip)
{
    static const unsigned char bom[] = {0xef, 0xbb, 0xbf};
    if (grt_file_open(&csv->file, path, gzip, csv->error) != 0)
        return csv->error->status;
    csv->line = 1;
    csv->ahead = grt_file_byte(&csv->file, csv->error); /* fills the buffer */
    if (csv->ahead == -2)
        return csv->error->status;
    if (csv->ahead >= 0) {
        csv->file.begin--;
        csv->ahead = CSV_NO_BYTE;
    }
    if (csv->file.end - csv->file.begin >= 3 &&
        memcmp(csv->file.buffer + csv->file.begin, bom, 3) == 0)
        csv->file.begin += 3;
    csv_find_separator(csv);
    return 0;
}

/* Goes over the next line that is not empty: sets the width, and whether it is a header. */
static CsvEnd csv_probe_line(Csv *csv)
{
    static const char *const missing[] = {"nan", "inf", "infinity", "na", NULL};
    bool number = false, word = false;
    double ignored;
    CsvEnd end = CSV_MORE;
    for (csv->column = 0; end == CSV_MORE; csv->column++) {
        end = csv_field(csv);
        if (csv_line_is_empty(csv, end) && end == CSV_LINE_END) {
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

static int csv_probe(Csv *csv)
{
    CsvEnd end = csv_probe_line(csv);
    if (end == CSV_LINE_END && csv->header && csv->separator == ' ') {
        end = csv_probe_line(csv); /* "petal width" is one column's name: the data has to say */
        csv->header = true;
    }
    return end == CSV_FAILED ? csv->error->status : 0;
}

static int csv_read_rows(Csv *csv)
{
    CsvEnd end = CSV_LINE_END;
    for (csv->in_header = csv->header; csv->in_header && end == CSV_LINE_END;) {
        end = csv_row(csv, false);
        csv->in_header = csv->row == 0; /* an empty line was no header */
    }
    csv->row = 0;
    while (end == CSV_LINE_END)
        end = csv_row(csv, csv_row_is_wanted(csv));
    if (end == CSV_FAILED)
        return csv->error->status;
    if (csv->row == 0)
        return grt_fail(csv->error, 1, "'%s' has no rows of data%s", csv->file.name,
                        csv->header ? ", only a header" : "");
    return 0;
}

/* What was kept, cut to the rows asked for, as an array. */
static int csv_finish(Csv *csv, bool single, GrtArray *out)
{
    int64_t start, stop;
    const GrtRange *r = &csv->rows;
    if (grt_range_resolve(*r, csv->row, "rows", csv->file.name, &start, &stop, csv->error) != 0)
        return csv->error->status;
    const int64_t columns = csv->behind - csv->first;
    const int64_t skipped = (r->has_start || r->single) && r->start >= 0 ? r->start : 0;
    *out = (GrtArray){.dtype = csv->dtype, .rank = single || csv->width == 1 ? 1 : 2};
    out->dims[0] = stop - start;
    out->dims[1] = out->rank == 2 ? columns : 0;
    if (grt_array_alloc(out, csv->error) != 0)
        return csv->error->status;
    const int64_t before = (start - skipped) * columns * grt_dtype_bytes[csv->dtype];
    memcpy(out->data, (char *)csv->values + before, (size_t)out->bytes);
    return 0;
}

static int csv_read(Csv *csv, const char *path, const GrtGzip *gzip, GrtRange columns)
{
    int failed = csv_open(csv, path, gzip);
    if (!failed)
        failed = csv_probe(csv);
    if (!failed)
        failed = grt_range_resolve(columns, csv->width, "columns", path, &csv->first, &csv->behind,
                                   csv->error);
    grt_file_close(&csv->file);
    if (!failed)
        failed = csv_open(csv, path, gzip);
    return failed ? failed : csv_read_rows(csv);
}

int grt_read_csv(const char *path, const GrtGzip *gzip, GrtRange rows, GrtRange columns,
                 GrtDType want, GrtArray *out, GrtError *error)
{
    *out = (GrtArray){0};
    Csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return grt_fail(error, 3, "not enough memory to read '%s'", path);
    csv->error = error;
    csv->rows = rows;
    csv->dtype = want == GRT_F64 ? GRT_F64 : want >= GRT_F16 ? GRT_F32 : GRT_I64;
    csv->file.descriptor = -1;
    int failed = csv_read(csv, path, gzip, columns);
    grt_file_close(&csv->file);
    if (!failed)
        failed = csv_finish(csv, columns.single, out);
    free(csv->values);
    free(csv);
    return failed;
}
