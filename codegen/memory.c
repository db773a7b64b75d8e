/* memory.c -- see memory.h. */
#include "codegen/memory.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/place.h"

const char *const memory_class_names[MEMORY_CLASSES] = {
    [MEMORY_PARAMETERS] = "parameters",
    [MEMORY_OPTIMIZER] = "optimizer state",
    [MEMORY_STATES] = "other states",
    [MEMORY_SUMS] = "sums over batches",
    [MEMORY_INPUTS] = "one batch of data",
    [MEMORY_KEPT] = "kept for the backward pass",
    [MEMORY_GRADIENTS] = "gradients of parameters",
    [MEMORY_WORK] = "work space",
};

/* ---- variables ---- */

static MemoryClass class_of_var(const Var *var)
{
    switch (var->kind) {
    case VAR_PARAM:
        return MEMORY_PARAMETERS;
    case VAR_STATE:
        return var->optimizer ? MEMORY_OPTIMIZER : MEMORY_STATES;
    case VAR_FILE:
        return MEMORY_STATES;
    case VAR_SCRATCH:
        return MEMORY_SUMS;
    default:
        return MEMORY_INPUTS;
    }
}

void memory_of_model(const Program *p, int64_t bytes[MEMORY_CLASSES])
{
    const Model *m = p->model;
    const int64_t batch = m->batch_bound > 0 ? m->batch_bound : 1;
    for (int i = 0; i < MEMORY_CLASSES; i++)
        bytes[i] = 0;
    for (int i = 0; i < m->vars.count; i++) {
        const MemoryClass class = class_of_var(&m->vars.data[i]);
        int64_t one;
        if (type_bytes(&m->vars.data[i].type, batch, &one))
            bytes[class] += class == MEMORY_INPUTS ? one : place_room(one);
    }
}

/* ---- work ---- */

bool memory_is_own(EntryKind kind)
{
    return kind == ENTRY_MAKE || kind == ENTRY_CHECK_GRAD || kind == ENTRY_CHECK_LOSS;
}

int64_t memory_of_work(const Program *p)
{
    int64_t most = 0;
    for (int i = 0; i < p->routines.count; i++) {
        const Routine *r = p->routines.data[i];
        if (!memory_is_own(r->entry->kind) && r->work_bytes > most)
            most = r->work_bytes;
    }
    return most;
}

static bool is_among(const BufferVec *buffers, const Buffer *b)
{
    for (int i = 0; i < buffers->count; i++)
        if (buffers->data[i] == b)
            return true;
    return false;
}

static bool changes_variables(const Kernel *k)
{
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i]->place == PLACE_VARS)
            return true;
    return false;
}

/* Made by the forward pass and read by the backward pass; or made by that, and read where
 * variables change. */
static MemoryClass class_of_work(const Routine *r, const Buffer *b)
{
    bool forward = false, read_backward = false, read_to_update = false;
    for (int i = 0; i < r->commits.count; i++)
        read_to_update |= r->commits.data[i].from == b;
    for (int i = 0; i < r->kernels.count; i++) {
        const Kernel *k = r->kernels.data[i];
        const bool update = changes_variables(k);
        if (is_among(&k->writes, b))
            forward |= !k->backward;
        else if (is_among(&k->reads, b)) {
            read_backward |= k->backward;
            read_to_update |= update && !k->backward;
        }
        /* Read under another's name, whose place it takes. */
        for (int j = 0; j < k->writes.count; j++)
            read_backward |= k->writes.data[j]->over == b && k->backward;
    }
    if (forward && read_backward)
        return MEMORY_KEPT;
    return !forward && read_to_update ? MEMORY_GRADIENTS : MEMORY_WORK;
}

/* What takes the place of a value that dies at the peak is that value's bytes. */
static bool counts_at_peak(const Routine *r, const Buffer *b)
{
    return b->first >= 0 && b->first <= r->peak_at && r->peak_at <= b->last &&
           !(b->over && b->first == r->peak_at);
}

static int compare_values(const void *a, const void *b)
{
    const Buffer *x = ((const MemoryValue *)a)->buffer, *y = ((const MemoryValue *)b)->buffer;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return strcmp(x->name, y->name);
}

MemoryValueVec memory_of_routine(const Program *p, const Routine *r)
{
    MemoryValueVec values = {0};
    for (int i = 0; i < r->buffers.count; i++) {
        const Buffer *b = r->buffers.data[i];
        if (b->place != PLACE_WORK || b->first < 0 || b->inside)
            continue;
        const MemoryValue value = {b, class_of_work(r, b), counts_at_peak(r, b)};
        vec_push(p->arena, &values, value);
    }
    if (values.count > 0)
        qsort(values.data, (size_t)values.count, sizeof values.data[0], compare_values);
    return values;
}

void memory_at_peak(const MemoryValueVec *values, int64_t bytes[MEMORY_CLASSES])
{
    for (int i = 0; i < MEMORY_CLASSES; i++)
        bytes[i] = 0;
    for (int i = 0; i < values->count; i++)
        if (values->data[i].at_peak)
            bytes[values->data[i].class] += values->data[i].buffer->bytes;
}

static int64_t arrays_in(const KStmtVec *body)
{
    int64_t bytes = 0;
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        bytes += arrays_in(&s->body) + (s->kind == KS_ARRAY ? s->buffer->bytes : 0);
    }
    return bytes;
}

int64_t memory_of_arrays(const Routine *r)
{
    int64_t most = 0;
    for (int i = 0; i < r->kernels.count; i++) {
        const int64_t bytes = arrays_in(&r->kernels.data[i]->body);
        most = bytes > most ? bytes : most;
    }
    return most;
}

const char *memory_name(const Buffer *b)
{
    return b->name[0] && b->name[1] == '_' ? b->name + 2 : b->name;
}
