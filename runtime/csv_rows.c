/* csv_rows.c -- rows of a large CSV file that stay there, and are parsed when a batch wants them.
 *
 *     when the program starts    each number is looked at, none is kept, but where each row begins:
 *                                row 0 at byte 14, row 1 at byte 37, ...
 *     row 90 is wanted           its columns are parsed, from there on
 *
 * Someone may write to the file meanwhile.  A row that no longer is what every row was, or a whole
 * number that does not lie where all had to, ends the program: what was checked at the start
 * (labels within their range) holds as long as it runs. */
#include <stdlib.h>
#include <string.h>

#include "grt_checked.h"
#include "grt_csv.h"

enum { CSV_FIRST_MARKS = 1024 };

int64_t grt_streamed_bytes = 64 << 20;

bool grt_csv_maps(const GrtCsv *csv)
{
    const int64_t numbers = (csv->behind - csv->first) * grt_dtype_bytes[csv->dtype];
    return csv->file.descriptor >= 0 && csv->file.size >= grt_streamed_bytes &&
           numbers > (int64_t)sizeof *csv->marks;
}

void grt_csv_map(GrtCsv *csv)
{
    csv->pages = (GrtArray){.dtype = GRT_U8, .rank = 1, .bytes = csv->file.size};
    csv->file.map = grt_csv_maps(csv);
    csv->file.taken = 0;
    if (!grt_file_map(&csv->file, &csv->pages))
        return;
    csv->text = csv->pages.data;
    csv->next = csv->text + (csv->next - csv->file.buffer); /* behind a BOM, perhaps */
    csv->end = csv->text + csv->pages.bytes;
    csv->over = -1;
}

/* ---- when the program starts ---- */

int grt_csv_mark(GrtCsv *csv)
{
    const int64_t index = csv->row - grt_csv_first_row(csv);
    csv->count = 0; /* the numbers of the row before */
    if (index >= csv->mark_room) {
        const int64_t room = csv->mark_room ? csv->mark_room * 2 : CSV_FIRST_MARKS;
        int64_t bytes, *larger = NULL;
        if (grt_checked_mul(room, sizeof *csv->marks, &bytes))
            larger = realloc(csv->marks, (size_t)bytes);
        if (!larger)
            return grt_fail(csv->error, 3, "not enough memory: more than %lld rows in '%s'",
                            (long long)index, csv->file.name);
        csv->marks = larger;
        csv->mark_room = room;
    }
    csv->marks[index] = csv->next - csv->text; /* an empty line's, until its row comes */
    return 0;
}

/* Keeps the marks of so many rows. */
static void csv_cut_marks(GrtCsv *csv, int64_t first, int64_t count)
{
    const size_t bytes = (size_t)count * sizeof *csv->marks; /* fewer than there are */
    memmove(csv->marks, csv->marks + first, bytes);
    int64_t *smaller = realloc(csv->marks, bytes);
    csv->marks = smaller ? smaller : csv->marks;
    csv->mark_room = count;
}

int grt_csv_finish(GrtCsv *csv, int64_t start, GrtArray *out)
{
    const GrtType type = {.dtype = out->dtype,
                          .rank = out->rank,
                          .dims = {out->dims[0], out->dims[1]},
                          .batch_axis = -1};
    out->count = grt_type_count(&type, 1);
    out->bytes = grt_type_bytes(&type, 1);
    csv->name = strdup(csv->file.name);
    if (!csv->name || out->bytes < 0)
        return grt_fail(csv->error, 3, "not enough memory to read '%s'", csv->file.name);
    csv_cut_marks(csv, start - grt_csv_first_row(csv), out->dims[0]);
    csv->file.name = csv->name;
    csv->error = &csv->changed;
    out->map = csv->pages.map;
    out->map_bytes = csv->pages.map_bytes;
    csv->pages = (GrtArray){0};
    return 0;
}

/* ---- when a batch wants them ---- */

static bool csv_parse(GrtCsv *csv, int64_t row)
{
    csv->next = csv->text + csv->marks[row];
    csv->count = 0;
    for (csv->column = 0; csv->column < csv->behind; csv->column++) {
        const bool last = csv->column + 1 == csv->width;
        const CsvEnd end = grt_csv_field(csv);
        if (end == CSV_FAILED || (end == CSV_MORE) == last)
            return false;
        if (csv->column >= csv->first && grt_csv_store(csv) != 0)
            return false;
    }
    return true;
}

const void *grt_csv_row(GrtCsv *csv, int64_t row)
{
    if (csv_parse(csv, row))
        return csv->values;
    grt_fail(&csv->changed, 1, "'%s' has changed since it was opened", csv->name);
    return NULL;
}

int grt_csv_check(const GrtCsv *csv, GrtError *error)
{
    if (csv->changed.status != 0)
        *error = csv->changed;
    return csv->changed.status;
}

void grt_csv_free(GrtCsv *csv)
{
    if (!csv)
        return;
    grt_array_free(&csv->pages);
    free(csv->name);
    free(csv->marks);
    free(csv->values);
    free(csv);
}
