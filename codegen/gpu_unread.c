/* gpu_unread.c -- locals that nobody reads are left out.
 *
 *     for (i < rows) { let total = 3 * x; let sum = 3 * x; y[i] = sum; }
 *     for (i < rows) { let sum = 3 * x; y[i] = sum; }
 *
 * A row's members are computed once for it where several read them; where the readers are the same
 * in the end, one is read and the other is not.  A C compiler drops it; nvcc warns of it.  What may
 * be a fault, what threads join in, and what is set later stays. */
#include "codegen/gpu_launch.h"
#include "codegen/kwalk.h"

static void note_names(Arena *arena, StrMap *names, const KExpr *x)
{
    if (!x)
        return;
    if (x->kind == KE_TEMP)
        strmap_set(names, x->name, (void *)x);
    if (x->buffer && x->buffer->place == PLACE_LOCAL) {
        note_names(arena, names, x->buffer->row);
        note_names(arena, names, x->buffer->key);
    }
    for (int i = 0; i < x->arity; i++)
        note_names(arena, names, x->args[i]);
}

/* Notes what statements read; false where there are some whose reads are not all seen here. */
static bool note_reads(Arena *arena, StrMap *names, const KStmtVec *body)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->gemm || s->conv || s->tiles)
            return false;
        note_names(arena, names, s->extent);
        note_names(arena, names, s->index);
        note_names(arena, names, s->value);
        if (s->buffer && s->buffer->place == PLACE_LOCAL) {
            note_names(arena, names, s->buffer->row);
            note_names(arena, names, s->buffer->key);
        }
        if (!note_reads(arena, names, &s->body))
            return false;
    }
    return true;
}

static bool may_be_a_fault(const KExpr *x, const void *context)
{
    (void)context;
    return x->kind == KE_AT;
}

static bool is_unread(const StrMap *names, const KStmt *s)
{
    return s->kind == KS_LET && !s->mutable_ && !s->join && !s->sync &&
           !strmap_get(names, s->name) && !kwalk_any(s->value, may_be_a_fault, NULL);
}

static bool drop_unread(const StrMap *names, KStmtVec *body)
{
    int kept = 0;
    bool dropped = false;
    for (int i = 0; i < body->count; i++) {
        KStmt *s = body->data[i];
        if (is_unread(names, s))
            continue;
        dropped |= drop_unread(names, &s->body);
        body->data[kept++] = s;
    }
    dropped |= kept < body->count;
    body->count = kept;
    return dropped;
}

void gpu_drop_unread(Arena *arena, Kernel *kernel)
{
    bool again = true;
    while (again) { /* what only those read that went is unread now */
        StrMap *names = strmap_new(arena);
        again = note_reads(arena, names, &kernel->body) && drop_unread(names, &kernel->body);
    }
}
