/* memory.h -- what a program's memory holds, by class, and who is alive at the peak of a routine.
 *
 * For reports: nothing is decided here. */
#ifndef GRADC_MEMORY_H
#define GRADC_MEMORY_H

#include "codegen/kernel.h"

typedef enum MemoryClass { /* KEPT to WORK: the order is the runtime's GrtMemory too */
                           MEMORY_PARAMETERS,
                           MEMORY_OPTIMIZER,
                           MEMORY_STATES,    /* running statistics, averages, loaded files */
                           MEMORY_SUMS,      /* of gradients over micro-batches; of evaluation */
                           MEMORY_INPUTS,    /* one batch */
                           MEMORY_KEPT,      /* values that the backward pass reads again */
                           MEMORY_GRADIENTS, /* of parameters */
                           MEMORY_WORK,      /* all else */
                           MEMORY_CLASSES
} MemoryClass;

extern const char *const memory_class_names[MEMORY_CLASSES];

/* The bytes of variables and inputs by class, as they lie in memory. */
void memory_of_model(const Program *p, int64_t bytes[MEMORY_CLASSES]);

/* The work space that an instance of the model has: the largest of its routines', but for those
 * that run in memory of their own (the making of data, the gradient check). */
int64_t memory_of_work(const Program *p);
bool memory_is_own(EntryKind kind);

typedef struct MemoryValue {
    const Buffer *buffer;
    MemoryClass class;
    bool at_peak; /* alive at Routine.peak_at, and not in the place of what is alive there too */
} MemoryValue;

typedef Vec(MemoryValue) MemoryValueVec;

/* The work buffers of a routine, the largest first, and after that in their order. */
MemoryValueVec memory_of_routine(const Program *p, const Routine *r);
/* The bytes alive at the peak, by class: together they are Routine.peak_bytes. */
void memory_at_peak(const MemoryValueVec *values, int64_t bytes[MEMORY_CLASSES]);
/* The largest of the arrays that a kernel has on the stack of each thread: the sum of one's. */
int64_t memory_of_arrays(const Routine *r);
/* A buffer's name as the model has it: "hidden" for v_hidden. */
const char *memory_name(const Buffer *b);

#endif
