/* report_cost.c -- the section of gradc --report on what a step has to do.
 *
 *     train: 40,204,160 operations on floats, 2,104,392 bytes, for 64 samples
 *       forward      33.4 %      13,443,072       412,160
 *       ...
 *       kernels       share      operations         bytes   a byte  line  part
 *         k_fc1       39.8 %      12,845,056       626,688     20.5     7  forward
 *       lines         share      operations         bytes   a byte
 *         7           92.1 %      38,600,704     1,503,232     25.7        |> linear(128) |> relu
 *
 * A share is of the time that a machine would need that does so many operations for each byte it
 * moves, and both at once (codegen/cost.h): an estimate, by which the table is sorted.  How long
 * each really takes is `./model --profile`'s to say. */
#include <stdlib.h>
#include <string.h>

#include "codegen/cost.h"
#include "driver/report_program.h"

typedef struct CostRow { /* a kernel, a line of the model, or a part of the step */
    const char *name;
    const char *part;
    int line; /* 0: in another file */
    int order;
    Work work;
    double time;
} CostRow;

typedef Vec(CostRow) CostRows;

static bool is_committed(const Routine *r, const Buffer *b)
{
    for (int i = 0; i < r->commits.count; i++)
        if (r->commits.data[i].from == b)
            return true;
    return false;
}

/* What writes parameters and states is the update, and so is what follows the last gradient. */
static const char *part_of(const Routine *r, int position)
{
    const EntryKind kind = r->entry->kind;
    const Kernel *k = r->kernels.data[position];
    if (kind != ENTRY_TRAIN && kind != ENTRY_UPDATE && kind != ENTRY_AVERAGE)
        return "";
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i]->place == PLACE_VARS || is_committed(r, k->writes.data[i]))
            return "update";
    if (k->backward)
        return "backward";
    int last = r->kernels.count - 1;
    while (last >= 0 && !r->kernels.data[last]->backward)
        last--;
    return kind != ENTRY_TRAIN || (last >= 0 && position > last) ? "update" : "forward";
}

static CostRows rows_of_kernels(Arena *arena, const Model *m, const Routine *r)
{
    CostRows rows = {0};
    for (int i = 0; i < r->kernels.count; i++) {
        const Kernel *k = r->kernels.data[i];
        const Work work = cost_of_kernel(r, i);
        const CostRow row = {k->name, part_of(r, i), model_line(m, k->loc),
                             i,       work,          cost_time(work)};
        vec_push(arena, &rows, row);
    }
    return rows;
}

/* Adds to the row that has this name and line, or begins it. */
static void add_to(Arena *arena, CostRows *rows, const char *name, int line, const CostRow *of)
{
    int i = 0;
    while (i < rows->count && (rows->data[i].line != line || strcmp(rows->data[i].name, name) != 0))
        i++;
    const CostRow fresh = {.name = name, .part = "", .line = line, .order = i};
    if (i == rows->count)
        vec_push(arena, rows, fresh);
    cost_add(&rows->data[i].work, of->work);
    rows->data[i].time += of->time;
}

static int dearest_first(const void *a, const void *b)
{
    const CostRow *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? 1 : -1;
    return x->order - y->order;
}

/* The text of a line of the model, without the blanks around it. */
static const char *line_text(Arena *arena, const Model *m, int line)
{
    enum { LONGEST = 48 };
    if (line <= 0)
        return "in the library or an imported file";
    if (!m->source || line > m->source->line_count)
        return "";
    const char *text = m->source->text + m->source->line_starts[line - 1];
    text += strspn(text, " \t");
    size_t length = strcspn(text, "\r\n");
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length <= LONGEST)
        return arena_strndup(arena, text, length);
    return arena_printf(arena, "%.*s...", LONGEST - 3, text);
}

static void print_row(StrBuf *out, const CostRow *row, const char *name, double whole)
{
    strbuf_printf(
        out, "    %-36s %5.1f %% %17s %15s %8.1f", name, whole > 0 ? 100 * row->time / whole : 0.0,
        report_number(out->arena, row->work.flops), report_number(out->arena, row->work.bytes),
        row->work.bytes > 0 ? (double)row->work.flops / (double)row->work.bytes : 0.0);
}

static void print_head(StrBuf *out, const char *what, const char *more)
{
    strbuf_printf(out, "  %-37s %6s %18s %15s %8s%s\n", what, "share", "operations", "bytes",
                  "a byte", more);
}

static void print_parts(StrBuf *out, const CostRows *rows, double whole)
{
    static const char *const parts[] = {"forward", "backward", "update"};
    CostRows sums = {0};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        for (int i = 0; i < rows->count; i++)
            if (strcmp(rows->data[i].part, parts[k]) == 0)
                add_to(out->arena, &sums, parts[k], 0, &rows->data[i]);
    print_head(out, "parts", "");
    for (int i = 0; i < sums.count; i++) {
        print_row(out, &sums.data[i], sums.data[i].name, whole);
        strbuf_putc(out, '\n');
    }
}

static void print_lines(StrBuf *out, const Model *m, const CostRows *rows, double whole)
{
    CostRows lines = {0};
    for (int i = 0; i < rows->count; i++)
        add_to(out->arena, &lines, "", rows->data[i].line, &rows->data[i]);
    qsort(lines.data, (size_t)lines.count, sizeof *lines.data, dearest_first);
    print_head(out, "lines", "");
    for (int i = 0; i < lines.count; i++) {
        const CostRow *row = &lines.data[i];
        print_row(out, row, row->line > 0 ? arena_printf(out->arena, "%d", row->line) : "-", whole);
        strbuf_printf(out, "  %s\n", line_text(out->arena, m, row->line));
    }
}

static Work work_of(const CostRows *rows, double *time)
{
    Work all = {0};
    *time = 0;
    for (int i = 0; i < rows->count; i++) {
        cost_add(&all, rows->data[i].work);
        *time += rows->data[i].time;
    }
    return all;
}

static void print_routine(StrBuf *out, const Program *p, const Routine *r)
{
    double whole;
    CostRows rows = rows_of_kernels(out->arena, p->model, r);
    const Work all = work_of(&rows, &whole);
    strbuf_printf(out, "%s: %s operations on floats, %s bytes", r->entry->graph->name,
                  report_number(out->arena, all.flops), report_number(out->arena, all.bytes));
    if (p->model->batch_bound > 0)
        strbuf_printf(out, ", for %lld samples", (long long)p->model->batch_bound);
    strbuf_putc(out, '\n');
    if (r->entry->kind == ENTRY_TRAIN)
        print_parts(out, &rows, whole);
    qsort(rows.data, (size_t)rows.count, sizeof *rows.data, dearest_first);
    print_head(out, "kernels", "    line  part");
    for (int i = 0; i < rows.count; i++) {
        const CostRow *row = &rows.data[i];
        print_row(out, row, row->name, whole);
        strbuf_printf(out, row->part[0] ? "  %6s  %s\n" : "  %6s\n",
                      row->line > 0 ? arena_printf(out->arena, "%d", row->line) : "-", row->part);
    }
    print_lines(out, p->model, &rows, whole);
}

/* A step's entries; of a program that does not train, the largest. */
static bool is_of_interest(const Program *p, const Routine *r)
{
    const EntryKind kind = r->entry->kind;
    return r == report_main_routine(p) || kind == ENTRY_TRAIN || kind == ENTRY_UPDATE ||
           kind == ENTRY_AVERAGE;
}

static void count_products(const KStmtVec *body, int *own, int *blas)
{
    for (int i = 0; i < body->count; i++) {
        *own += body->data[i]->kind == KS_PRODUCT;
        *blas += body->data[i]->kind == KS_GEMM;
        count_products(&body->data[i]->body, own, blas);
    }
}

/* What computes the matrix products of each entry: see --blas. */
static void print_products(StrBuf *out, const Program *p)
{
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        int own = 0, blas = 0;
        for (int k = 0; k < r->kernels.count; k++)
            count_products(&r->kernels.data[k]->body, &own, &blas);
        if (is_of_interest(p, r) && own + blas > 0)
            strbuf_printf(out, "%s: matrix products: %d by own code, %d by OpenBLAS\n",
                          r->entry->graph->name, own, blas);
    }
    strbuf_putc(out, '\n');
}

void report_cost(StrBuf *out, const Program *p)
{
    strbuf_printf(out,
                  "work (share: of the time, if moving a byte takes as long as %d operations; "
                  "./model --profile measures)\n\n",
                  COST_OPERATIONS_A_BYTE);
    print_products(out, p);
    for (int i = 0; i < p->routines.count; i++)
        if (is_of_interest(p, p->routines.data[i])) {
            print_routine(out, p, p->routines.data[i]);
            strbuf_putc(out, '\n');
        }
}

/* ---- JSON ---- */

static void json_kernel(StrBuf *out, const CostRow *row)
{
    strbuf_puts(out, "{");
    report_json_text(out, "name", row->name);
    report_json_text(out, "part", row->part);
    report_json_number(out, "line", row->line);
    report_json_number(out, "operations", row->work.flops);
    report_json_number(out, "bytes", row->work.bytes);
    strbuf_puts(out, "}");
}

static void json_routine(StrBuf *out, const Program *p, const Routine *r)
{
    double whole;
    const CostRows rows = rows_of_kernels(out->arena, p->model, r);
    const Work all = work_of(&rows, &whole);
    strbuf_puts(out, "{");
    report_json_text(out, "entry", r->entry->graph->name);
    report_json_number(out, "operations", all.flops);
    report_json_number(out, "bytes", all.bytes);
    strbuf_puts(out, ", \"kernels\": [");
    for (int i = 0; i < rows.count; i++) {
        strbuf_puts(out, i > 0 ? ",\n" : "\n");
        json_kernel(out, &rows.data[i]);
    }
    strbuf_puts(out, "]}");
}

void report_cost_json(StrBuf *out, const Program *p)
{
    strbuf_puts(out, ", \"cost\": [");
    for (int i = 0; i < p->routines.count; i++) {
        strbuf_puts(out, i > 0 ? ",\n" : "\n");
        json_routine(out, p, p->routines.data[i]);
    }
    strbuf_puts(out, "]");
}
