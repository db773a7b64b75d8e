/* verify_program.c -- what must hold of a Program before it is printed.
 *
 * In: a program.  Out: NULL, or one sentence about the first thing that is wrong:
 *
 *     "train: kernel k_hidden stores v_hidden[0 .. 2048], which has 2048 elements"
 *
 * Loads under a condition (in the arms of a select) are the condition's business. */
#include <inttypes.h>
#include <string.h>

#include "codegen/kernel.h"
#include "codegen/kexpr.h"
#include "codegen/verify_marks.h"

typedef struct Verifier {
    const Program *program;
    const Routine *routine;
    const Kernel *kernel;
    int64_t batch;
    StrMap *written; /* work buffers that some kernel has stored to */
    int conditions;  /* above 0: what is read here may never be */
} Verifier;

static const char *complain(const Verifier *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *complain(const Verifier *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(v->program->arena, format, args);
    va_end(args);
    return arena_printf(v->program->arena, "%s: kernel %s %s", v->routine->name,
                        v->kernel ? v->kernel->name : "(none)", what);
}

/* Some kernel has stored to it, or to all of its parts. */
static bool is_written(const Verifier *v, const Buffer *b)
{
    bool parts = false, written = true;
    if (strmap_get(v->written, b->name))
        return true;
    for (int i = 0; i < v->routine->buffers.count; i++) {
        const Buffer *part = v->routine->buffers.data[i];
        if (part->inside != b)
            continue;
        parts = true;
        written &= strmap_get(v->written, part->name) != NULL;
    }
    return parts && written;
}

/* ---- bounds ---- */

static const char *check_index(const Verifier *v, const Buffer *b, const KExpr *index,
                               const char *does)
{
    int64_t count;
    if (!type_count(&b->type, v->batch, &count))
        return complain(v, "uses %s, which is too large", b->name);
    if (v->conditions > 0 || count == 0) /* no loop over nothing turns */
        return NULL;
    if (index->low < 0 || index->high >= count)
        return complain(v, "%s %s[%" PRId64 " .. %" PRId64 "], which has %" PRId64 " elements",
                        does, b->name, index->low, index->high, count);
    return NULL;
}

static const char *check_expr(Verifier *v, const KExpr *x)
{
    const char *why = NULL;
    const bool selects = x->kind == KE_OP && x->op == OP_where && x->args[0]->kind == KE_INT;
    if (x->kind == KE_LOAD) {
        why = check_index(v, x->buffer, x->args[0], "loads");
        const Buffer *loaded = x->buffer->over && !strmap_get(v->written, x->buffer->name)
                                   ? x->buffer->over
                                   : x->buffer;
        if (!why && loaded->place == PLACE_WORK && !is_written(v, loaded))
            why = complain(v, "loads %s before it is written", x->buffer->name);
    }
    v->conditions += selects;
    for (int i = 0; i < x->arity && !why; i++)
        why = check_expr(v, x->args[i]);
    v->conditions -= selects;
    return why;
}

static const char *check_gemm(Verifier *v, const Gemm *g)
{
    const Buffer *const operands[] = {g->a, g->b, g->bias};
    for (int i = 0; i < 2 + (g->bias != NULL); i++)
        if (operands[i]->place == PLACE_WORK && !strmap_get(v->written, operands[i]->name))
            return complain(v, "multiplies %s before it is written", operands[i]->name);
    strmap_set(v->written, g->c->name, g->c);
    if (!g->bias)
        return NULL;
    const int64_t low = g->bias_offset->low, high = g->bias_offset->high + g->n->high - 1;
    KExpr range = {.kind = KE_NUMBER, .dtype = DT_I64, .low = low, .high = high};
    return check_index(v, g->bias, &range, "loads");
}

/* `count` elements from an offset on. */
static const char *check_run(Verifier *v, const Buffer *b, const KExpr *offset, int64_t count,
                             const char *what)
{
    KExpr range = {.kind = KE_NUMBER,
                   .dtype = DT_I64,
                   .low = offset ? offset->low : 0,
                   .high = (offset ? offset->high : 0) + count - 1};
    return check_index(v, b, &range, what);
}

static const char *check_conv(Verifier *v, const Conv *c)
{
    const Buffer *const operands[] = {c->x, c->b};
    const int64_t images = c->images->high;
    const int64_t results = images * conv_places(c, 0) * conv_places(c, 1) * c->filters;
    const int64_t filters = c->filters * c->taps[0] * c->taps[1] * c->channels;
    for (int i = 0; i < 2; i++)
        if (operands[i]->place == PLACE_WORK && !strmap_get(v->written, operands[i]->name))
            return complain(v, "convolves %s before it is written", operands[i]->name);
    strmap_set(v->written, c->out->name, c->out);
    const char *why =
        check_run(v, c->x, c->x_offset, images * c->height * c->width * c->channels, "loads");
    if (!why)
        why = check_run(v, c->b, c->b_offset, c->gradient ? results : filters, "loads");
    return why ? why : check_run(v, c->out, NULL, c->gradient ? filters : results, "stores");
}

/* Widens a range by that of `count` places from `first` on, `step` apart. */
static void reach(const Verifier *v, const KExpr *first, const KExpr *count, int64_t step,
                  int64_t *low, int64_t *high)
{
    Arena *arena = v->program->arena;
    const int64_t end = kexpr_add(arena, (KExpr *)first, (KExpr *)count)->high;
    const int64_t last = end > first->low ? end - 1 : first->low;
    KExpr *places = kexpr_index(arena, "", last);
    places->low = first->low;
    const KExpr *range = kexpr_mul(arena, places, kexpr_int(arena, step));
    *low += range->low;
    *high += range->high;
}

/* All elements of a part of a matrix lie in its buffer. */
static const char *check_matrix(Verifier *v, const Matrix *m, const KExpr *rows,
                                const KExpr *columns, const KExpr *outer, bool stores)
{
    const bool idle = rows->high <= 0 || columns->high <= 0 || (outer && outer->high <= 0);
    int64_t low = m->base->low, high = m->base->high;
    const char *name = m->buffer->name;
    reach(v, m->row, rows, m->row_step, &low, &high);
    reach(v, m->column, columns, m->column_step, &low, &high);
    if (outer)
        reach(v, kexpr_int(v->program->arena, 0), outer, m->outer_step, &low, &high);
    KExpr range = {.kind = KE_NUMBER, .dtype = DT_I64, .low = low, .high = high};
    if (m->buffer->place == PLACE_WORK && stores)
        strmap_set(v->written, name, m->buffer);
    else if (m->buffer->place == PLACE_WORK && !strmap_get(v->written, name))
        return complain(v, "multiplies %s before it is written", name);
    return idle ? NULL : check_index(v, m->buffer, &range, stores ? "stores" : "loads");
}

static const char *check_tiles(Verifier *v, const KStmt *s)
{
    const Tiles *t = s->tiles;
    const bool pack = s->kind == KS_PACK;
    const char *why = check_matrix(v, &t->b, t->inner, t->columns, pack ? NULL : t->outer, false);
    if (pack)
        return why ? why : check_matrix(v, &t->c, t->inner, t->columns, NULL, true);
    if (!why)
        why = check_matrix(v, &t->a, t->rows, t->inner, t->outer, false);
    return why ? why : check_matrix(v, &t->c, t->rows, t->columns, NULL, true);
}

static const char *check_stmts(Verifier *v, const KStmtVec *body);

static const char *check_stmt(Verifier *v, const KStmt *s)
{
    const char *why = NULL;
    if (s->gemm)
        return check_gemm(v, s->gemm);
    if (s->conv)
        return check_conv(v, s->conv);
    if (s->tiles)
        return check_tiles(v, s);
    if (s->value)
        why = check_expr(v, s->value);
    if (!why && s->kind == KS_STORE) {
        why = check_index(v, s->buffer, s->index, "stores");
        strmap_set(v->written, s->buffer->name, s->buffer);
    }
    const bool idle = s->kind == KS_FOR && kexpr_is_int(s->extent, 0); /* it never turns */
    v->conditions += idle;
    if (!why)
        why = check_stmts(v, &s->body);
    v->conditions -= idle;
    return why;
}

static const char *check_stmts(Verifier *v, const KStmtVec *body)
{
    const char *why = NULL;
    for (int i = 0; i < body->count && !why; i++)
        why = check_stmt(v, body->data[i]);
    return why;
}

/* ---- memory ---- */

/* b is made where a lies, which nobody reads any more by its own name. */
static bool takes_place(const Buffer *b, const Buffer *a)
{
    return b->over == a && b->offset == a->offset && b->bytes == a->bytes && b->first == a->last;
}

/* One is a part of the other, or both are of a third one, one behind the other. */
static bool are_parts(const Buffer *a, const Buffer *b)
{
    if (a->inside && a->inside == b->inside)
        return a->inside_at + a->bytes <= b->inside_at || b->inside_at + b->bytes <= a->inside_at;
    return a->inside == b || b->inside == a;
}

/* A part lies where the whole says. */
static const char *check_parts(const Verifier *v, const Routine *r)
{
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (b->inside && (b->offset != b->inside->offset + b->inside_at ||
                          b->inside_at + b->bytes > b->inside->bytes))
            return complain(v, "has %s elsewhere than in %s", b->name, b->inside->name);
    }
    return NULL;
}

static const char *check_overlaps(const Verifier *v, const Routine *r)
{
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *a = r->buffers.data[i];
        if (a->place != PLACE_WORK || a->bytes == 0)
            continue;
        if (a->offset % 64 != 0 || a->offset + a->bytes > r->work_bytes)
            return complain(v, "has %s at %" PRId64 ", outside of the work memory", a->name,
                            a->offset);
        for (int k = 0; k < i; k++) {
            const Buffer *b = r->buffers.data[k];
            if (b->place == PLACE_WORK && b->bytes > 0 && a->first <= b->last &&
                b->first <= a->last && a->offset < b->offset + b->bytes &&
                b->offset < a->offset + a->bytes && !takes_place(a, b) && !takes_place(b, a) &&
                !are_parts(a, b))
                return complain(v, "has %s and %s in the same place", a->name, b->name);
        }
    }
    return NULL;
}

static const char *check_names(const Verifier *v, const Routine *r, StrMap *kernels)
{
    StrMap *buffers = strmap_new(v->program->arena);
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (strmap_get(buffers, b->name))
            return complain(v, "has two buffers named %s", b->name);
        strmap_set(buffers, b->name, (void *)b);
    }
    for (int i = 0; i < r->kernels.count; i++) {
        Kernel *k = r->kernels.data[i];
        if (strmap_get(kernels, k->name))
            return complain(v, "stands beside another kernel named %s", k->name);
        strmap_set(kernels, k->name, k);
    }
    return NULL;
}

/* No variable may change in a training step before the last index has been found in range. */
static const char *check_faults(Verifier *v, const Routine *r)
{
    bool writes = false;
    for (int k = 0; r->loss && k < r->kernels.count; k++) {
        v->kernel = r->kernels.data[k];
        for (int i = 0; i < v->kernel->writes.count; i++)
            writes |= v->kernel->writes.data[i]->place == PLACE_VARS;
        if (writes && v->kernel->uses_fault)
            return complain(v, "may find an index out of range after a variable has changed");
    }
    return NULL;
}

/* A kernel has one name for what it reads and makes in the same place. */
static const char *check_in_place(Verifier *v, const Routine *r)
{
    for (int k = 0; k < r->kernels.count; k++) {
        v->kernel = r->kernels.data[k];
        for (int i = 0; i < v->kernel->writes.count; i++)
            for (int j = 0; j < v->kernel->reads.count; j++)
                if (v->kernel->writes.data[i]->over == v->kernel->reads.data[j])
                    return complain(v, "reads %s, which is overwritten",
                                    v->kernel->reads.data[j]->name);
    }
    return NULL;
}

/* Loops nest, and what a turn finds when it begins is alive in all of them. */
static const char *check_loops(Verifier *v, const Routine *r)
{
    for (int n = 0; n < r->loops.count; n++) {
        const Loop *loop = &r->loops.data[n];
        const Loop *outer = loop->outer >= 0 ? &r->loops.data[loop->outer] : NULL;
        if (loop->outer >= n || loop->first >= loop->end || loop->end > r->kernels.count ||
            loop->turns < 1 || (outer && (loop->first < outer->first || loop->end > outer->end)))
            return complain(v, "stands in a loop that does not nest: %s", loop->turn);
        for (int k = loop->first; k < loop->end; k++) {
            v->kernel = r->kernels.data[k];
            const BufferVec *reads = &v->kernel->reads;
            for (int i = 0; i < reads->count; i++) {
                const Buffer *b = reads->data[i];
                const bool before = b->first < loop->first;
                if (b->place == PLACE_WORK && before && b->last < loop->end - 1)
                    return complain(v, "reads %s, which dies within the loop", b->name);
            }
        }
    }
    return NULL;
}

/* No variable may change before the guard has seen the loss. */
static const char *check_guard(Verifier *v, const Routine *r)
{
    for (int k = 0; r->loss && k < r->guard; k++) {
        v->kernel = r->kernels.data[k];
        for (int i = 0; i < v->kernel->writes.count; i++)
            if (v->kernel->writes.data[i]->place != PLACE_WORK)
                return complain(v, "changes %s before the loss is known",
                                v->kernel->writes.data[i]->name);
    }
    return NULL;
}

static const char *check_results(const Verifier *v, const Routine *r)
{
    for (int i = 0; i < r->values.count; i++)
        if (!strmap_get(v->written, r->values.data[i].buffer->name))
            return complain(v, "leaves the value %s unwritten", r->values.data[i].name);
    for (int i = 0; i < r->commits.count; i++)
        if (r->commits.data[i].from->place == PLACE_WORK &&
            !strmap_get(v->written, r->commits.data[i].from->name))
            return complain(v, "leaves %s unwritten", r->commits.data[i].from->name);
    return NULL;
}

static const char *check_marks(const Verifier *v)
{
    const Program *p = v->program;
    const char *why = verify_marks(p->arena, v->kernel, p->fast_reductions);
    return why ? complain(v, "%s", why) : NULL;
}

const char *program_verify(const Program *p)
{
    StrMap *kernels = strmap_new(p->arena);
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        Verifier v = {.program = p, .routine = r, .written = strmap_new(p->arena)};
        v.batch = p->model->batch_bound > 0 ? p->model->batch_bound : 1;
        const char *why = check_names(&v, r, kernels);
        for (int k = 0; k < r->kernels.count && !why; k++) {
            v.kernel = r->kernels.data[k];
            why = check_stmts(&v, &v.kernel->body);
            if (!why)
                why = check_marks(&v);
        }
        if (!why)
            why = check_results(&v, r);
        if (!why)
            why = check_guard(&v, r);
        if (!why)
            why = check_faults(&v, r);
        if (!why)
            why = check_loops(&v, r);
        if (!why)
            why = check_in_place(&v, r);
        if (!why)
            why = check_parts(&v, r);
        if (!why)
            why = check_overlaps(&v, r);
        if (why)
            return why;
    }
    return NULL;
}
