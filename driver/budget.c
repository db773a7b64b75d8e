/* budget.c -- see budget.h. */
#include "driver/budget.h"

#include "codegen/memory.h"
#include "driver/report_program.h"

int64_t budget_need(const Program *p)
{
    int64_t bytes[MEMORY_CLASSES];
    memory_of_model(p, bytes);
    return p->vars_bytes + memory_of_work(p) + bytes[MEMORY_INPUTS];
}

/* ---- refusing ---- */

/* The routine that needs most, among those that share the work space. */
static const Routine *fullest(const Program *p)
{
    const Routine *most = NULL;
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        if (!memory_is_own(r->entry->kind) && (!most || r->work_bytes > most->work_bytes))
            most = r;
    }
    return most;
}

static void tell_classes(StrBuf *out, const Program *p)
{
    int64_t bytes[MEMORY_CLASSES];
    memory_of_model(p, bytes);
    bytes[MEMORY_WORK] = memory_of_work(p);
    for (int i = 0; i < MEMORY_CLASSES; i++)
        if (bytes[i] > 0)
            strbuf_printf(out, "\n  %16s  %s", report_number(out->arena, bytes[i]),
                          memory_class_names[i]);
}

static void tell_alive(StrBuf *out, const Program *p, const Routine *r)
{
    enum { MOST = 12 };
    const MemoryValueVec values = memory_of_routine(p, r);
    const bool at_end = r->peak_at >= r->kernels.count;
    strbuf_printf(out, "\nthe work space of %s is fullest %s%s, where these are alive:",
                  r->entry->graph->name, at_end ? "at its end" : "in ",
                  at_end ? "" : r->kernels.data[r->peak_at]->name);
    for (int i = 0, told = 0; i < values.count && told < MOST; i++) {
        const Buffer *b = values.data[i].buffer;
        if (!values.data[i].at_peak)
            continue;
        told++;
        strbuf_printf(out, "\n  %16s  %s: %s", report_number(out->arena, b->bytes), memory_name(b),
                      type_text(out->arena, &b->type));
        const int line = model_line(p->model, b->loc);
        if (line > 0)
            strbuf_printf(out, ", line %d", line);
    }
}

/* best: the build that came nearest; cut: why batches stay whole, or "". */
static int refuse(const Build *best, const char *cut)
{
    const Program *p = best->program;
    StrBuf out = strbuf_new(best->arena);
    const Routine *r = fullest(p);
    strbuf_printf(&out, "the program needs %s bytes of memory, and may take %s%s:",
                  report_number(best->arena, budget_need(p)),
                  report_number(best->arena, best->options->memory), cut);
    tell_classes(&out, p);
    if (r && r->work_bytes > 0)
        tell_alive(&out, p, r);
    return driver_fail(EXIT_INPUT, "%s", strbuf_text(&out));
}

/* ---- trying ---- */

/* The next number of parts behind `parts` that divides the batch; 0 if there is none. */
static int64_t next_parts(int64_t batch, int64_t parts)
{
    for (int64_t next = parts + 1; next <= batch; next++)
        if (batch % next == 0)
            return next;
    return 0;
}

/* "; its batches stay whole: line 8 needs all samples at once" */
static const char *why_whole(const Build *build)
{
    const int line = model_line(build->model, build->coupled->loc);
    return line > 0 ? arena_printf(build->arena,
                                   "; its batches stay whole, since in line %d what becomes of one "
                                   "sample depends on the others",
                                   line)
                    : "; its batches stay whole, since what becomes of one sample depends on the "
                      "others";
}

static void warn_parts(const Build *build, Diag *diag)
{
    const TrainConfig *train = &build->model->train;
    if (build->parts > 1)
        diag_warning(diag, train->loc, NULL,
                     "to take no more than %s bytes, each batch is cut into %lld parts of %lld "
                     "sample%s",
                     report_number(build->arena, build->options->memory), (long long)build->parts,
                     (long long)train->batch, train->batch == 1 ? "" : "s");
}

/* One try: is it done, with *status? */
static bool try_build(Build *build, int *status)
{
    Diag *diag = diag_new(build->arena);
    *status = build_stages(build, diag);
    const bool fits = *status == EXIT_OK && build->program &&
                      budget_need(build->program) <= build->options->memory;
    const bool failed = *status != EXIT_OK && build->parts <= 1;
    if (fits)
        warn_parts(build, diag);
    if (fits || failed || (*status == EXIT_OK && !build->program))
        driver_show(diag);
    return fits || failed || (*status == EXIT_OK && !build->program);
}

int budget_build(Build *build)
{
    int status;
    if (try_build(build, &status))
        return status;
    Build best = *build;
    const int64_t batch = build->model->train.present ? build->model->train.batch : 0;
    const bool may_cut = batch > 1 && !build->coupled && !build->options->from_ir;
    const char *cut = batch > 1 && build->coupled ? why_whole(build) : "";
    build->recompute = 1;
    for (int64_t parts = 1; parts > 0; parts = may_cut ? next_parts(batch, parts) : 0) {
        build->parts = parts;
        if (try_build(build, &status))
            return status;
        if (status != EXIT_OK) { /* `accumulate` has its own conditions */
            cut = "; its batches stay whole, since its loss is no mean or sum over samples";
            break;
        }
        if (budget_need(build->program) < budget_need(best.program))
            best = *build;
    }
    return refuse(&best, cut);
}
