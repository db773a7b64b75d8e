/* print_routine.c -- a routine as a C function: pointers, host scalars, kernel calls, commits.
 *
 *     static int run_train(GrtRun *run)
 *     {
 *         const float *const v_image = run->inputs[0];                   /. f32[batch, 64] ./
 *         float *const v_hidden = (float *)(run->work + 4096);           /. f32[batch, 64] ./
 *         k_hidden(batch, v_image, v_hidden);
 *         grt_done(run, 0);
 *         return GRT_OK;
 *     } */
#include <inttypes.h>
#include <string.h>

#include "codegen/print_expr.h"
#include "support/text.h"

typedef enum Use { USE_NONE, USE_READ, USE_WRITTEN } Use;

bool print_is_among(const BufferVec *buffers, const Buffer *b)
{
    for (int i = 0; i < buffers->count; i++)
        if (buffers->data[i] == b)
            return true;
    return false;
}

/* Marks the buffers that the routine names: by position in its list. */
static void mark_uses(const Routine *r, StrMap *uses)
{
    static const Use read = USE_READ, written = USE_WRITTEN;
    if (r->loss)
        strmap_set(uses, r->loss->name, (void *)&read);
    for (int k = 0; k < r->kernels.count; k++) {
        const BufferVec *reads = &r->kernels.data[k]->reads;
        for (int i = 0; i < reads->count; i++)
            if (!strmap_get(uses, reads->data[i]->name))
                strmap_set(uses, reads->data[i]->name, (void *)&read);
    }
    for (int i = 0; i < r->commits.count; i++)
        if (!strmap_get(uses, r->commits.data[i].from->name))
            strmap_set(uses, r->commits.data[i].from->name, (void *)&read);
    for (int k = 0; k < r->kernels.count; k++) {
        const BufferVec *writes = &r->kernels.data[k]->writes;
        for (int i = 0; i < writes->count; i++)
            strmap_set(uses, writes->data[i]->name, (void *)&written);
    }
    for (int i = 0; i < r->commits.count; i++)
        strmap_set(uses, r->commits.data[i].to->name, (void *)&written);
}

/* ---- declarations ---- */

/* Position in run->inputs: the inputs in order, then the sources. */
int print_input_position(const Model *m, int var)
{
    int position = 0;
    for (int i = 0; i < m->vars.count; i++) {
        const VarKind kind = m->vars.data[i].kind, own = m->vars.data[var].kind;
        if (kind == own ? i < var : kind == VAR_INPUT && own == VAR_SOURCE)
            position++;
    }
    return position;
}

static void print_pointer(StrBuf *out, const Model *m, const Buffer *b, Use use)
{
    enum { COMMENT_COLUMN = 72, WIDTH = 100 };
    const char *type = c_storage_type(b->type.dtype);
    const char *constant = use == USE_READ ? "const " : "";
    const char *name = arena_printf(out->arena, "    %s%s *const %s =", constant, type, b->name);
    const char *shape = type_text(out->arena, &b->type);
    const char *value =
        b->place == PLACE_INPUT
            ? arena_printf(out->arena, "run->inputs[%d];", print_input_position(m, b->var))
            : arena_printf(out->arena, "(%s%s *)(run->%s + %" PRId64 ");", constant, type,
                           b->place == PLACE_VARS ? "vars" : "work", b->offset);
    const char *line = arena_printf(out->arena, "%s %s", name, value);
    if (strlen(line) + strlen(shape) + strlen(" /*  */") > WIDTH) {
        strbuf_printf(out, "%s\n", name);
        line = arena_printf(out->arena, "        %s", value);
    }
    const int column =
        strlen(shape) + strlen("/*  */") > WIDTH - COMMENT_COLUMN ? 0 : COMMENT_COLUMN - 1;
    strbuf_printf(out, "%-*s /* %s */\n", column, line, shape);
}

static void print_pointers(StrBuf *out, const Program *p, const Routine *r)
{
    StrMap *uses = strmap_new(p->arena);
    mark_uses(r, uses);
    for (int i = 0; i < r->buffers.count; i++) {
        const Use *use = strmap_get(uses, r->buffers.data[i]->name);
        if (use)
            print_pointer(out, p->model, r->buffers.data[i], *use);
    }
}

typedef struct HostNames {
    const Routine *routine;
    const Node *self; /* the scalar whose line is printed: it is not named by itself */
} HostNames;

static const char *host_name(const Node *n, const void *context)
{
    const HostNames *names = context;
    for (int i = 0; i < names->routine->hosts.count; i++)
        if (names->routine->hosts.data[i].node == n && n != names->self)
            return names->routine->hosts.data[i].name;
    return NULL;
}

void print_c_hosts(StrBuf *out, const Routine *r)
{
    for (int i = 0; i < r->hosts.count; i++) {
        const HostScalar *host = &r->hosts.data[i];
        const HostNames names = {r, host->node};
        StrBuf line = strbuf_new(out->arena);
        strbuf_printf(&line, "    const double %s = ", host->name);
        print_c_host(&line, host->node, host_name, &names, BIND_ANY);
        strbuf_puts(&line, ";\n");
        print_c_wrapped(out, strbuf_text(&line));
    }
}

/* ---- statements ---- */

static void add_argument(StrBuf *out, int *count, const char *text)
{
    strbuf_printf(out, "%s%s", (*count)++ > 0 ? ", " : "", text);
}

/* Of what stands in this loop, -1: in none. */
int print_loop_indent(const Routine *r, int loop)
{
    int indent = 4;
    for (; loop >= 0; loop = r->loops.data[loop].outer)
        indent += 4;
    return indent;
}

static bool has_team(const Routine *r)
{
    return r->threads > 1;
}

static void print_barrier(StrBuf *out, int indent)
{
    strbuf_printf(out, "%*sgrt_barrier(team);\n", indent, "");
}

/* Is a fault there?  All threads of a team ask when the kernel is done, and return together. */
static void print_call_end(StrBuf *out, const Routine *r, const Kernel *k, int position)
{
    const int indent = print_loop_indent(r, k->loop);
    const char *prefix = has_team(r) ? "grt_team_" : "grt_";
    const char *run = has_team(r) ? "run, team" : "run";
    if (k->uses_fault && has_team(r))
        print_barrier(out, indent);
    if (k->uses_fault)
        strbuf_printf(out, "%*sif (run->fault.size)\n%*sreturn %sfault(%s, %d);\n", indent, "",
                      indent + 4, "", prefix, run, position);
    if (k->loop >= 0)
        strbuf_printf(out, "%*s%sdone_turn(%s, %d, %s);\n", indent, "", prefix, run, position,
                      r->loops.data[k->loop].turn);
    else
        strbuf_printf(out, "    %sdone(%s, %d);\n", prefix, run, position);
}

static void print_call(StrBuf *out, const Routine *r, const Kernel *k, int position)
{
    const int indent = print_loop_indent(r, k->loop);
    if (k->barrier)
        print_barrier(out, indent);
    const bool alone = has_team(r) && !k->split;
    if (alone)
        strbuf_printf(out, "%*sif (grt_leads(team))\n", indent, "");
    int count = 0;
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "%*s%s(", alone ? indent + 4 : indent, "",
                  k->same_as ? k->same_as->name : k->name);
    if (k->split)
        add_argument(&line, &count, has_team(r) ? "team" : "grt_alone()");
    if (k->uses_batch)
        add_argument(&line, &count, "batch");
    if (k->uses_random)
        add_argument(&line, &count, "run->rng");
    if (k->uses_fault)
        add_argument(&line, &count, "&run->fault");
    for (int i = 0; i < k->turns.count; i++)
        add_argument(&line, &count, k->turns.data[i]);
    for (int i = 0; i < k->hosts.count; i++)
        add_argument(&line, &count, k->hosts.data[i]);
    for (int i = 0; i < k->reads.count; i++) {
        const Buffer *b = k->reads.data[i];
        if (b->place != PLACE_CONST && !print_is_among(&k->writes, b))
            add_argument(&line, &count, b->name);
    }
    for (int i = 0; i < k->writes.count; i++)
        add_argument(&line, &count, k->writes.data[i]->name);
    strbuf_puts(&line, ");\n");
    print_c_wrapped(out, strbuf_text(&line));
    print_call_end(out, r, k, position);
}

/* The loops that begin with this kernel, outer ones first. */
void print_loop_heads(StrBuf *out, const Routine *r, int position)
{
    for (int n = 0; n < r->loops.count; n++) {
        const Loop *l = &r->loops.data[n];
        const int indent = print_loop_indent(r, l->outer);
        if (l->first != position)
            continue;
        if (l->backward)
            strbuf_printf(out, "%*sfor (int64_t %s = %" PRId64 "; %s >= 0; %s--) {", indent, "",
                          l->turn, l->turns - 1, l->turn, l->turn);
        else
            strbuf_printf(out, "%*sfor (int64_t %s = 0; %s < %" PRId64 "; %s++) {", indent, "",
                          l->turn, l->turn, l->turns, l->turn);
        strbuf_putc(out, '\n');
    }
}

void print_loop_ends(StrBuf *out, const Routine *r, int position)
{
    for (int n = r->loops.count - 1; n >= 0; n--)
        if (r->loops.data[n].end == position + 1)
            strbuf_printf(out, "%*s}\n", print_loop_indent(r, r->loops.data[n].outer), "");
}

/* Bytes of the samples that are there, where the batch is the outermost dimension. */
static void print_commit(StrBuf *out, const Commit *c)
{
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "    memcpy(%s, %s, ", c->to->name, c->from->name);
    int64_t row;
    Type sample = c->to->type;
    if (sample.rank > 0)
        sample.dims[0].batch = false;
    if (type_batch_axis(&c->to->type) == 0 && type_bytes(&sample, 1, &row))
        strbuf_printf(&line, "(size_t)batch * %" PRId64 ");\n", row);
    else
        strbuf_printf(&line, "%" PRId64 ");\n", c->to->bytes);
    print_c_wrapped(out, strbuf_text(&line));
}

bool print_uses_batch(const Routine *r)
{
    for (int k = 0; k < r->kernels.count; k++)
        if (r->kernels.data[k]->uses_batch)
            return true;
    for (int i = 0; i < r->commits.count; i++)
        if (type_batch_axis(&r->commits.data[i].to->type) == 0)
            return true;
    return false;
}

static void print_guard(StrBuf *out, const Routine *r, int position)
{
    if (r->guard == position && r->loss)
        strbuf_printf(out,
                      "\n    /* update: nothing changes where the loss is not finite */\n%s"
                      "    if (!isfinite(%s[0]))\n        return GRT_NOT_FINITE;\n",
                      r->guard_barrier && has_team(r) ? "    grt_barrier(team);\n" : "",
                      r->loss->name);
}

static void print_commits(StrBuf *out, const Routine *r)
{
    if (r->commits.count == 0)
        return;
    if (has_team(r) && r->commit_barrier)
        print_barrier(out, 4);
    if (has_team(r))
        strbuf_puts(out, "    if (!grt_leads(team))\n        return GRT_OK;\n");
    for (int i = 0; i < r->commits.count; i++)
        print_commit(out, &r->commits.data[i]);
}

/* Where the forward and the backward part of a training step begin. */
static void print_heading(StrBuf *out, const Routine *r, int position)
{
    bool first = r->kernels.data[position]->backward;
    for (int k = 0; k < position && first; k++)
        first = !r->kernels.data[k]->backward;
    if (r->entry->kind != ENTRY_TRAIN || (position > 0 && !first) || position == r->guard)
        return;
    strbuf_printf(out, "%s    /* %s */\n", position > 0 ? "\n" : "",
                  first ? "backward" : "forward");
}

void print_c_routine(StrBuf *out, const Program *p, const Routine *r, const PrintOptions *options)
{
    (void)options;
    strbuf_printf(out,
                  has_team(r) ? "static int %s_part(GrtRun *run, GrtTeam team)\n{\n"
                              : "static int %s(GrtRun *run)\n{\n",
                  r->name);
    if (print_uses_batch(r))
        strbuf_puts(out, "    const int64_t batch = (int64_t)run->counters[GRT_BATCH];\n");
    print_pointers(out, p, r);
    print_c_hosts(out, r);
    if (r->kernels.count + r->commits.count == 0)
        strbuf_puts(out, "    (void)run;\n");
    strbuf_putc(out, '\n');
    for (int k = 0; k < r->kernels.count; k++) {
        print_guard(out, r, k);
        print_heading(out, r, k);
        print_loop_heads(out, r, k);
        print_call(out, r, r->kernels.data[k], k);
        print_loop_ends(out, r, k);
    }
    print_guard(out, r, r->kernels.count);
    print_commits(out, r);
    strbuf_puts(out, "    return GRT_OK;\n}\n");
    if (has_team(r))
        strbuf_printf(out,
                      "\nstatic int %s(GrtRun *run)\n{\n"
                      "    return grt_run_team(run, %d, %s_part);\n}\n",
                      r->name, r->threads, r->name);
}
