/* grt_cuda_host.h -- the host's side of a CUDA program: the device, its memory, errors.
 *
 * Included by the generated .cu alone.  The C runtime knows a device through GrtDevice (grt.h):
 * host copies of variables, inputs and values lie where C programs have them, and are brought up to
 * date when one side needs what the other has.  Where
 * things lie in its memory is in grt_cuda_memory.h, how an instance begins in grt_cuda_open.h, how
 * routines run in grt_cuda_run.h.
 *
 * Errors: the first call or launch that fails is kept with CUDA's text; what follows is skipped,
 * and the routine returns GRT_DEVICE_FAILED.
 *
 * CUDA 11.8 to 13: nothing here differs between them. */
#ifndef GRT_CUDA_HOST_H
#define GRT_CUDA_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grt_cuda.h"
#ifdef GRT_USES_BLAS
#include "grt_cuda_blas.h"
#endif
#ifdef GRT_USES_BLAS_LT
#include <cublasLt.h>
#endif
#ifdef GRT_USES_CUDNN
#if defined __has_include && !__has_include(<cudnn.h>)
#error "this program is made with --conv=cudnn, and nvcc finds no cudnn.h: install cuDNN 8 or 9, \
or name its folder by --cflags=-I..., or leave the option out"
#endif
#include <cudnn.h>
#endif
#ifndef GRT_TF32
#define GRT_TF32 0
#endif

enum {
    GRT_CUDA_ALIGN = 256,
    GRT_CUDA_LANES = 2,   /* a step, and the fetching of the next batch */
    GRT_CUDA_SLOTS = 2,   /* of inputs: one is filled while the other is read */
    GRT_CUDA_RING = 8,    /* training steps that may be on their way */
    GRT_CUDA_RUNS = 32,   /* routines of theirs */
    GRT_CUDA_VALUES = 32, /* values of a step that is not waited for, at most */
    GRT_CUDA_GRAPHS = 32, /* captured routines: of a slot and a number of samples each */
    /* Places of the model where an index may be out of range; one that is none if there are none.
     */
    GRT_CUDA_FAULTS = sizeof grt_cuda_faults / sizeof *grt_cuda_faults
};

struct GrtCuda;
typedef void GrtCudaLaunch(GrtCuda *cuda, cudaStream_t stream, int64_t batch);

/* What a routine reads that changes from step to step. */
struct GrtCudaStep {
    GrtRng rng;
    double f64[GRT_NUMBERS]; /* host scalars, as both */
    float f32[GRT_NUMBERS];
};

/* What comes back from a training step, or a routine, in pinned memory. */
struct GrtCudaResult {
    GrtCudaStatus status;
    int64_t values[GRT_CUDA_VALUES]; /* their bytes */
};

#ifdef GRT_USES_BLAS_LT
/* What cuBLASLt chose for a product (grt_cuda_blas_lt.h), and all that it was chosen by. */
enum { GRT_LT_PLANS = 256 };
struct GrtLtKey {
    int shape[11]; /* sizes, leading dimensions, what follows */
    long long step[3];
    uint32_t alignment[3]; /* of addresses, in bytes */
};
struct GrtLtPlan {
    GrtLtKey key;
    bool known; /* false: it has no algorithm for it */
    cublasLtMatmulAlgo_t algorithm;
};
#endif

#ifdef GRT_USES_CUDNN
/* A convolution (grt_cuda_conv.h), and what cuDNN is told of it and chose for it. */
enum { GRT_CONV_PLANS = 256, GRT_CONV_WORKSPACE = 64 << 20 };
struct GrtConvShape {
    int images, height, width, channels, filters;
    int taps[2], step[2], dilation[2]; /* down, across */
};
struct GrtConvKey {
    int kind;
    GrtConvShape shape;
};
struct GrtConvPlan {
    GrtConvKey key;
    cudnnTensorDescriptor_t x, y;
    cudnnFilterDescriptor_t filter;
    cudnnConvolutionDescriptor_t conv;
    cudnnConvolutionFwdAlgo_t forward;
    cudnnConvolutionBwdFilterAlgo_t gradient;
    size_t bytes; /* of the workspace */
};
#endif

/* A routine of a training step, captured: pointers and sizes are as when it was. */
struct GrtCudaGraph {
    GrtCudaLaunch *launch;
    int64_t batch;
    int slot;
    cudaGraphExec_t exec; /* NULL: it ran once, as plain launches; the next time it is captured */
};

/* What a routine that runs has for itself: two of them may run at once, a step and the fetching of
 * the next batch. */
struct GrtCudaLane {
    unsigned char *work;
    GrtCudaStep *step;
    GrtCudaStatus *status;
    GrtCudaFault *faults;
#ifdef GRT_USES_BLAS
    cublasHandle_t blas;
    unsigned char *blas_work;
#endif
#ifdef GRT_USES_CUDNN
    cudnnHandle_t cudnn;
    unsigned char *conv_work;
#endif
};

struct GrtCuda {
    GrtRun *run;
    const GrtModel *model;
    int device;            /* CUDA's number of it */
    unsigned char *memory; /* on the device; all that follows is in it */
    unsigned char *vars;
    void **inputs;                /* by position, of the slot in use: */
    void **slots[GRT_CUDA_SLOTS]; /* all of them */
    GrtCudaLane lanes[GRT_CUDA_LANES];
    unsigned char *work; /* of the lane in use, as all up to `blas_work`, and `cudnn` */
    GrtCudaStep *step;
    double *f64; /* in *step */
    float *f32;
    GrtRng *rng;
    GrtCudaStatus *status;
    GrtCudaFault *faults;
#ifdef GRT_USES_BLAS
    cublasHandle_t blas;
    unsigned char *blas_work;
#endif
#ifdef GRT_USES_BLAS_LT
    GrtLtPlan lt[GRT_LT_PLANS];
    int lt_count;
#endif
#ifdef GRT_USES_CUDNN
    cudnnHandle_t cudnn;
    unsigned char *conv_work;
    GrtConvPlan convs[GRT_CONV_PLANS];
    int conv_count;
#endif
    int64_t vars_bytes, work_bytes;
    cudaStream_t stream, copies;    /* copies: of inputs, ahead of the steps that read them */
    int host_is_new, device_is_new; /* whose variables the other side lacks */
    int plain;                      /* launches one by one, not as a graph */
    int seeking;                    /* the first kernel that comes upon an index out of range */
    GrtCudaGraph graphs[GRT_CUDA_GRAPHS];
    int graph_count;
    /* Pinned memory of the host: */
    GrtCudaStep *steps;     /* a ring of routines, and one for what is waited for; and */
    GrtCudaResult *results; /* a ring of what training steps gave, and one likewise */
    unsigned char *staging; /* for batches to be gathered in, by slot; NULL until asked for */
    /* Training steps that are on their way: numbers [first, next); `next` is being queued. */
    int64_t first, next;
    int begun;                          /* it is */
    int values;                         /* of it that come back */
    int64_t runs;                       /* routines that were queued, ever */
    int64_t started;                    /* those since status->passed was 0 */
    int64_t before[GRT_CUDA_RING];      /* so many of which lie before the step */
    int64_t staged;                     /* batches that were gathered in `staging` */
    int fetched;                        /* the last of them was computed where it is to lie, or */
    int filled;                         /* has been sent there */
    cudaEvent_t copied[GRT_CUDA_SLOTS]; /* the slot's inputs are there; staging is free */
    cudaEvent_t used[GRT_CUDA_SLOTS];   /* the routines that read them are done */
    cudaEvent_t taken[GRT_CUDA_RUNS];   /* the routine's numbers have left */
    cudaEvent_t done[GRT_CUDA_RING];    /* the result has come back */
    int no_room;                        /* what failed wanted memory */
    char error[GRT_DEVICE_TEXT];
};

static inline GrtCuda *grt_cuda_of(const GrtRun *run)
{
    return (GrtCuda *)run->device;
}

/* ---- errors ---- */

/* Notes the first failure, with the kernel's line in the model, if it has one. */
static inline void grt_cuda_note(GrtCuda *cuda, const char *what, int length, int line,
                                 const char *who, const char *reason)
{
    char place[24] = "";
    if (cuda->error[0])
        return;
    if (line > 0)
        snprintf(place, sizeof place, ":%d: ", line);
    snprintf(cuda->error, sizeof cuda->error, "%s%sthe GPU failed in %.*s: %s%s",
             line > 0 ? cuda->model->file : "", place, length, what, who, reason);
}

/* "cudaMalloc((void **)&..." is told as cudaMalloc. */
static inline int grt_cuda_check(GrtCuda *cuda, cudaError_t status, const char *what, int line)
{
    if (status != cudaSuccess && !cuda->error[0]) {
        cuda->no_room = status == cudaErrorMemoryAllocation;
        grt_cuda_note(cuda, what, (int)strcspn(what, "("), line, "", cudaGetErrorString(status));
    }
    return status != cudaSuccess || cuda->error[0];
}

#define GRT_CUDA(cuda, call)             grt_cuda_check(cuda, call, #call, 0)
#define GRT_LAUNCHED(cuda, kernel, line) grt_cuda_check(cuda, cudaGetLastError(), kernel, line)

#ifdef GRT_USES_BLAS
/* A call of cuBLAS for a kernel of the model.  Where it finds no memory to start in, it says so, or
 * that it is not initialized. */
static inline int grt_blas_check(GrtCuda *cuda, cublasStatus_t status, const char *kernel, int line)
{
    if (status != CUBLAS_STATUS_SUCCESS && !cuda->error[0]) {
        cuda->no_room =
            status == CUBLAS_STATUS_ALLOC_FAILED || status == CUBLAS_STATUS_NOT_INITIALIZED;
        grt_cuda_note(cuda, kernel, (int)strlen(kernel), line, "cuBLAS says ",
                      cublasGetStatusString(status));
    }
    return cuda->error[0] != 0;
}
#define GRT_BLAS(cuda, call, kernel, line) grt_blas_check(cuda, call, kernel, line)
#endif

/* ---- the device of an instance ---- */

/* While one of these lives, the instance's device is the thread's: CUDA keeps one for each thread,
 * and an instance may be used by another than made it.  A failed call of whoever uses it, which
 * CUDA would tell of at our next launch, is forgotten. */
struct GrtCudaHere {
    int caller; /* its own device; -1: the same */
    explicit GrtCudaHere(GrtCuda *cuda) : caller(-1)
    {
        int device = 0;
        cudaGetLastError();
        if (!GRT_CUDA(cuda, cudaGetDevice(&device)) && device != cuda->device &&
            !GRT_CUDA(cuda, cudaSetDevice(cuda->device)))
            caller = device;
    }
    GrtCudaHere(const GrtCudaHere &) = delete;
    ~GrtCudaHere()
    {
        if (caller >= 0)
            cudaSetDevice(caller);
    }
};

/* Blocks for so many turns, `each` in a block: at most 65536, for the kernels go round. */
static inline unsigned grt_blocks(int64_t turns, int64_t each)
{
    const int64_t blocks = (turns + each - 1) / each;
    return (unsigned)(blocks < 1 ? 1 : blocks > 65536 ? 65536 : blocks);
}

#ifdef GRT_USES_BLAS_LT
#include "grt_cuda_blas_lt.h"
#endif
#ifdef GRT_USES_CUDNN
#include "grt_cuda_conv.h"
#endif
#include "grt_cuda_memory.h"

/* ---- closing ---- */

static inline void grt_cuda_close(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    if (!cuda)
        return;
    const GrtCudaHere here(cuda);
    if (cuda->stream)
        cudaStreamSynchronize(cuda->stream);
    for (int i = 0; i < cuda->graph_count; i++)
        if (cuda->graphs[i].exec)
            cudaGraphExecDestroy(cuda->graphs[i].exec);
#ifdef GRT_USES_BLAS
    for (int i = 0; i < GRT_CUDA_LANES; i++)
        if (cuda->lanes[i].blas)
            cublasDestroy(cuda->lanes[i].blas);
#endif
#ifdef GRT_USES_CUDNN
    grt_conv_close(cuda);
#endif
    for (int i = 0; i < GRT_CUDA_SLOTS; i++) {
        if (cuda->copied[i])
            cudaEventDestroy(cuda->copied[i]);
        if (cuda->used[i])
            cudaEventDestroy(cuda->used[i]);
        free(cuda->slots[i]);
    }
    for (int i = 0; i < GRT_CUDA_RUNS; i++)
        if (cuda->taken[i])
            cudaEventDestroy(cuda->taken[i]);
    for (int i = 0; i < GRT_CUDA_RING; i++)
        if (cuda->done[i])
            cudaEventDestroy(cuda->done[i]);
    if (cuda->copies)
        cudaStreamDestroy(cuda->copies);
    if (cuda->stream)
        cudaStreamDestroy(cuda->stream);
    if (cuda->staging)
        cudaFreeHost(cuda->staging);
    if (cuda->results)
        cudaFreeHost(cuda->results);
    if (cuda->steps)
        cudaFreeHost(cuda->steps);
    if (cuda->memory)
        cudaFree(cuda->memory);
    free(cuda);
    run->device = NULL;
}

#include "grt_cuda_open.h"

/* ---- what it is, and what went wrong ---- */

/* "NVIDIA H100 PCIe", for the banner. */
static inline void grt_cuda_name(char *text, size_t room)
{
    cudaDeviceProp properties;
    int device = 0;
    if (cudaGetDevice(&device) == cudaSuccess &&
        cudaGetDeviceProperties(&properties, device) == cudaSuccess)
        snprintf(text, room, "%s", properties.name);
    else
        snprintf(text, room, "a GPU");
}

static inline const char *grt_cuda_error(const GrtRun *run)
{
    const GrtCuda *cuda = grt_cuda_of(run);
    return cuda ? cuda->error : "";
}

#include "grt_cuda_run.h"

#endif
