/* print_cuda.h -- kernels as CUDA: see print_cuda.c. */
#ifndef GRADC_PRINT_CUDA_H
#define GRADC_PRINT_CUDA_H

#include "codegen/gpu_launch.h"

/* The functions of a kernel's launches, its equations above them. */
void print_cuda_kernel(StrBuf *out, const Kernel *k);
/* A routine: a function that queues its launches, and one for the runtime. */
void print_cuda_routine(StrBuf *out, const Program *p, const Routine *r);

/* What a launch takes, in this order; host: the scalar is read as f32 alone. */
typedef void VisitParameter(void *context, const char *type, const char *name);
void print_cuda_parameters(const Launch *launch, VisitParameter *visit, void *context);
/* Is the host scalar used as f32 alone? */
bool print_cuda_is_f32(const Kernel *k, const char *host);

/* The indices of a nest of so many loops whose turn is `place`, and the locals between them. */
void print_cuda_places(StrBuf *out, const Launch *launch, const KStmt *loop, int depth, int indent);
/* Statements within a launch; within_team: all threads of its team come here. */
void print_cuda_stmts(StrBuf *out, const Launch *launch, const KStmtVec *body, int indent,
                      bool within_team);
/* All threads of a team of so many wait for each other. */
/* Expressions in the words of a CUDA programmer: see print_cuda_words.c. */
void print_cuda_find_words(Arena *arena, const Launch *launch);
void print_cuda_sync(StrBuf *out, int team, int indent);
/* Of loops' variables: int, or int64_t. */
const char *print_cuda_index_type(const Launch *launch);

#endif
