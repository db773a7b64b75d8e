/* gpu_kernel.h -- kernels for a GPU made by hand, for tests.
 *
 *     Buffer *y = work("v_y", 100);
 *     KExpr *i = open_loop(SHARE_GRID, number(100));      for (i < 100)      a thread for each
 *     store(y, i, real(1));                              y[i] = 1
 *     cut()->kind                                    LAUNCH_GRID
 *
 * There is one kernel at a time; all of it is gone with its arena. */
#ifndef GRADC_TESTS_GPU_KERNEL_H
#define GRADC_TESTS_GPU_KERNEL_H

#include "codegen/block.h"
#include "codegen/gpu_launch.h"

extern Arena *arena;
extern Block block;
extern Kernel *kernel;

void start_kernel(void);
void end_kernel(void);
void close_all(void);

KExpr *number(int64_t value);
KExpr *real(double value);
KExpr *load(Buffer *b, KExpr *at);
KExpr *plus(KExpr *a, KExpr *b);

Buffer *buffer(const char *name, BufferPlace place, DType dtype, int64_t count);
/* Of f32, in work memory. */
Buffer *work(const char *name, int64_t count);
/* The kernel's own, shared by a team or not. */
Buffer *array(int64_t count, bool shared);

/* A loop with a mark, for teams and groups of a warp; its variable. */
KExpr *open_loop(Share share, KExpr *extent);
KStmt *close_loop(void);
void store(Buffer *b, KExpr *at, KExpr *value);
/* The sum of what the threads of a team have. */
KExpr *joined(KExpr *value);
/* The statement that was made last. */
KStmt *last(void);

/* The first launch of the kernel, all of which are made. */
const Launch *cut(void);

/* A kernel, and what verify_marks.c says of it. */
typedef struct MarksRule {
    void (*make)(void);
    const char *says; /* a part of it; NULL: nothing */
} MarksRule;

/* Fails the test where it says something else; number: of the rule, for the message. */
void check_rule(const MarksRule *rule, int number);

#endif
