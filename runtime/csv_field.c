/* csv_field.c -- the fields of a CSV file, one by one.
 *
 *     1.5; "3" ;x y       ->      1.5   3   x y
 *
 * The separator is found from the first line: ';', ',', tab, or else blanks.  Blanks around a field
 * do not count, quotes around it neither; within them two are one, and lines may end. */
#include <string.h>

#include "grt_csv.h"

/* ---- bytes ---- */

/* Whether there are bytes at hand, or from now on. */
static bool csv_refill(GrtCsv *csv)
{
    if (csv->over)
        return false;
    const int c = grt_file_byte(&csv->file, csv->error); /* fills the buffer */
    if (c < 0) {
        csv->over = c;
        return false;
    }
    csv->next = csv->file.buffer;
    csv->end = csv->file.buffer + csv->file.end;
    csv->file.begin = csv->file.end;
    return true;
}

/* The next byte; -1 at the end, -2 with error set. */
static inline int csv_byte(GrtCsv *csv)
{
    if (csv->next == csv->end && !csv_refill(csv))
        return csv->over;
    if (*csv->next != 0)
        return *csv->next++;
    grt_fail(csv->error, 1, "%s:%lld: a NUL byte: this is no CSV file (UTF-16, perhaps)",
             csv->file.name, (long long)csv->line);
    return -2;
}

/* The byte that was just read will be read again. */
static void csv_back(GrtCsv *csv, int c)
{
    if (c >= 0)
        csv->next--;
}

static bool csv_is_newline(int c)
{
    return c == '\n' || c == '\r';
}

static bool csv_is_blank(const GrtCsv *csv, int c)
{
    return c == ' ' || (c == '\t' && csv->separator != '\t');
}

/* The first byte that is no blank. */
static int csv_skip_blanks(GrtCsv *csv)
{
    int c = csv_byte(csv);
    while (csv_is_blank(csv, c))
        c = csv_byte(csv);
    return c;
}

/* c is the first byte of a line's end: takes the rest of it. */
static void csv_take_newline(GrtCsv *csv, int c)
{
    csv->line++;
    if (c != '\r')
        return;
    const int next = csv_byte(csv);
    if (next != '\n')
        csv_back(csv, next);
}

/* ---- fields ---- */

static void csv_add(GrtCsv *csv, int c)
{
    if (csv->length < CSV_FIELD)
        csv->field[csv->length++] = (char)c;
    else
        csv->too_long = true;
}

/* What is behind the quotes decides how the field ends. */
static int csv_quoted(GrtCsv *csv)
{
    const int64_t opened = csv->line;
    csv->quoted = true;
    for (;;) {
        int c = csv_byte(csv);
        if (c == '"') {
            c = csv_byte(csv);
            if (c != '"') {
                csv_back(csv, c);
                return csv_skip_blanks(csv);
            }
        }
        if (c == -1)
            grt_fail(csv->error, 1, "%s:%lld: column %lld: the quote is never closed",
                     csv->file.name, (long long)opened, (long long)csv->column + 1);
        if (c < 0)
            return -2;
        csv->line += c == '\n';
        csv_add(csv, c);
    }
}

/* Nearly all of a file goes through here. */
static int csv_plain(GrtCsv *csv, int c)
{
    while (c >= 0 && !csv->stops[c]) {
        csv_add(csv, c);
        c = csv_byte(csv);
    }
    return c;
}

/* Drops blanks at both ends, within quotes too. */
static void csv_trim(GrtCsv *csv)
{
    size_t begin = 0;
    while (csv->length > 0 && csv_is_blank(csv, csv->field[csv->length - 1]))
        csv->length--;
    while (begin < csv->length && csv_is_blank(csv, csv->field[begin]))
        begin++;
    csv->length -= begin;
    if (begin > 0)
        memmove(csv->field, csv->field + begin, csv->length);
    csv->field[csv->length] = '\0';
}

/* How the field ends whose end has c behind it. */
static CsvEnd csv_field_end(GrtCsv *csv, int c)
{
    if (csv->separator == ' ' &&
        csv_is_blank(csv, c)) { /* the last blanks of a line separate nothing */
        c = csv_skip_blanks(csv);
        if (c >= 0 && !csv_is_newline(c)) {
            csv_back(csv, c);
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

CsvEnd grt_csv_field(GrtCsv *csv)
{
    csv->length = 0;
    csv->too_long = csv->quoted = false;
    int c = csv_skip_blanks(csv);
    c = c == '"' ? csv_quoted(csv) : csv_plain(csv, c);
    csv_trim(csv);
    return csv_field_end(csv, c);
}

bool grt_csv_line_is_empty(const GrtCsv *csv, CsvEnd end)
{
    return csv->column == 0 && end != CSV_MORE && csv->length == 0 && !csv->quoted;
}

/* ---- the file ---- */

/* From the bytes up to the first line's end (as far as they are in the buffer). */
static void csv_find_separator(GrtCsv *csv)
{
    static const char order[] = ";,\t";
    bool seen[3] = {false, false, false}, quoted = false, text = false;
    for (const unsigned char *p = csv->next; p < csv->end; p++) {
        if (csv_is_newline(*p) && text && !quoted)
            break;
        const char *found = *p && !quoted ? strchr(order, *p) : NULL;
        quoted ^= *p == '"';
        text = text || !csv_is_newline(*p);
        if (found)
            seen[found - order] = true;
    }
    csv->separator = seen[0] ? ';' : seen[1] ? ',' : seen[2] ? '\t' : ' ';
    memset(csv->stops, 0, sizeof csv->stops);
    csv->stops[csv->separator] = csv->stops['\n'] = csv->stops['\r'] = true;
    csv->stops['\t'] |= csv->separator == ' ';
}

int grt_csv_open(GrtCsv *csv, const char *path, const GrtGzip *gzip)
{
    static const unsigned char bom[] = {0xef, 0xbb, 0xbf};
    if (grt_file_open(&csv->file, path, gzip, csv->error) != 0)
        return csv->error->status;
    csv->line = 1;
    csv->over = 0;
    csv->next = csv->end = NULL;
    if (!csv_refill(csv) && csv->over == -2)
        return csv->error->status;
    if (csv->end - csv->next >= 3 && memcmp(csv->next, bom, sizeof bom) == 0)
        csv->next += sizeof bom;
    csv_find_separator(csv);
    return 0;
}
