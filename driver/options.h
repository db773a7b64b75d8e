/* options.h -- the command line of gradc.
 *
 *     gradc -O0 --emit=c digits.dsl -o out.c    COMMAND_COMPILE, emit EMIT_C, output "out.c" ...
 *
 * A mistake in it is reported on stderr (with "did you mean") and is exit status 2. */
#ifndef GRADC_OPTIONS_H
#define GRADC_OPTIONS_H

#include "codegen/kernel.h"
#include "driver/arch.h"
#include "driver/cuda_arch.h"
#include "driver/report.h"
#include "frontend/elaborate.h"

#ifndef GRADC_VERSION
#define GRADC_VERSION "0.1.0"
#endif

/* What every part of the driver ends with. */
enum { EXIT_OK = 0, EXIT_INPUT = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

typedef enum Command {
    COMMAND_COMPILE,
    COMMAND_CHECK, /* gradc check model.dsl */
    COMMAND_RUN,   /* gradc run model.dsl [arguments...] */
    COMMAND_FMT,   /* gradc fmt [--check] model.dsl... */
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_LIST_PASSES,
    COMMAND_CC_FLAGS
} Command;

typedef enum Form { FORM_BINARY, FORM_C, FORM_LIBRARY, FORM_IR, FORM_KERNELS } Form;

typedef struct Options {
    Command command;
    const char *input;  /* "-": standard input */
    const char *text;   /* -e: the model itself; input is "-e" then */
    const char *output; /* NULL: made from the input's name */
    Form form;
    bool standalone, check, keep, force;
    int level;
    Target target;
    bool serial; /* the kernels for CUDA as serial C, for tests */
    bool fast_reductions, tf32, cudnn;
    BlasChoice blas;
    ThreadsChoice threads;
    Vec(Define) defines;
    Vec(const char *) skip;
    bool dump_ast, dump_kernels;
    const char *dump_after; /* a pass's name, "all", or NULL */
    const char *stop_after;
    int64_t memory;     /* bytes that the program may take; 0: as it likes */
    const char *report; /* where to write it; "": standard output; NULL: no report */
    bool from_ir, time;
    ArchList archs;          /* kinds of processor; never empty */
    CudaArchList cuda_archs; /* kinds of GPU; empty: those of this machine, if it has any */
    const char *cc, *cflags; /* NULL: $CC or what is found; nothing more */
    const char *nvcc;        /* NULL: $NVCC or what is found */
    char **run_args;         /* COMMAND_RUN: what stands behind the model */
    int run_arg_count;
    Vec(const char *) files; /* COMMAND_FMT */
    bool fmt_check;
} Options;

/* EXIT_OK, or EXIT_USAGE after saying what is wrong. */
int options_parse(Arena *arena, int argc, char **argv, Options *out);
void options_print_help(FILE *out);
/* What is written is CUDA; false too for the GPU's kernels as serial C. */
bool options_make_cuda(const Options *options);

#endif
