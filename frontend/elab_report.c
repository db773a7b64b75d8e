/* elab_report.c -- the report block: what is shown and saved after each epoch.
 *
 *     report {
 *         print "scale", scale              VALUEs of its entry, and Model.prints
 *         save "samples.png", G(noise)      and Model.saves
 *     }
 *
 * It is elaborated for its own entry alone, with `training` false, so that a layer applied in it
 * changes nothing in training; and once for init, where a parameter that it alone uses gets its
 * first value. */
#include "frontend/elab.h"

void exec_report(Elab *e, const Stmt *stmt)
{
    if (e->report && e->report != stmt) {
        diag_error(e->diag, stmt->loc, "put both into one", "there is a second report");
        diag_note(e->diag, e->report->loc, "the first is here");
        return;
    }
    e->report = stmt;
    if (e->kind != ENTRY_REPORT && !(e->kind == ENTRY_INIT && !e->training))
        return;
    e->in_report = true;
    exec_scoped(e, &stmt->body);
    e->in_report = false;
}

/* A report has no samples, so nothing in it has a batch of them. */
static void check_no_batch(Elab *e, const Graph *graph)
{
    for (int i = 0; i < graph->results.count; i++) {
        const Result *result = &graph->results.data[i];
        if (type_batch_axis(&result->node->type) >= 0)
            diag_error(e->diag, result->loc, "write a number in its place, as in randn(64, 100)",
                       "a report has no batch, but this is %s",
                       type_text(e->arena, &result->node->type));
    }
}

void report_entry(Elab *e)
{
    if (!e->report)
        return;
    Graph *graph = elab_entry(e, ENTRY_REPORT, 0, NULL, "report");
    check_no_inputs(e, graph, "what a report shows",
                    "draw it, as in randn(64, 100), or read it from a file with load");
    check_no_batch(e, graph);
}
