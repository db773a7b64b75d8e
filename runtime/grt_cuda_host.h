/* grt_cuda_host.h -- the host's side of a CUDA program: memory, launches, errors.
 *
 * Included by the generated .cu alone.  The C runtime knows a device through GrtDevice (grt.h):
 * host copies of variables, inputs and values lie where C programs have them, and are brought up to
 * date when one side needs what the other has.
 *
 * Errors: the first call or launch that fails is kept with CUDA's text; what follows is skipped,
 * and the routine returns GRT_DEVICE_FAILED. */
#ifndef GRT_CUDA_HOST_H
#define GRT_CUDA_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grt_cuda.h"
#ifdef GRT_USES_BLAS
#include "grt_cuda_blas.h"
#endif
#ifndef GRT_TF32
#define GRT_TF32 0
#endif

enum { GRT_CUDA_ALIGN = 256, GRT_CUDA_NUMBERS = 256 };

struct GrtCuda {
    GrtRun *run;
    const GrtModel *model;
    unsigned char *memory; /* all that follows is in it */
    unsigned char *vars, *work;
    void **inputs; /* by slot */
    double *f64;   /* host scalars, as both */
    float *f32;
    GrtRng *rng;
    GrtCudaStatus *status;
    GrtCudaFault *faults;
    int fault_lines;
    int64_t vars_bytes, work_bytes;
    cudaStream_t stream;
#ifdef GRT_USES_BLAS
    cublasHandle_t blas;
    unsigned char *blas_work;
#endif
    int host_is_new, device_is_new; /* whose variables the other side lacks */
    char error[512];
};

static inline GrtCuda *grt_cuda_of(const GrtRun *run)
{
    return (GrtCuda *)run->device;
}

/* Notes the first failure. */
static inline int grt_cuda_check(GrtCuda *cuda, cudaError_t status, const char *what, int line)
{
    if (status == cudaSuccess || cuda->error[0])
        return status != cudaSuccess || cuda->error[0];
    if (line > 0)
        snprintf(cuda->error, sizeof cuda->error, "%s:%d: the GPU failed in %s: %s",
                 cuda->model->file, line, what, cudaGetErrorString(status));
    else
        snprintf(cuda->error, sizeof cuda->error, "the GPU failed in %s: %s", what,
                 cudaGetErrorString(status));
    return 1;
}

#define GRT_CUDA(cuda, call) grt_cuda_check(cuda, call, #call, 0)
#ifdef GRT_USES_BLAS
/* A call of cuBLAS for a kernel of the model. */
static inline int grt_blas_check(GrtCuda *cuda, cublasStatus_t status, const char *kernel, int line)
{
    if (status != CUBLAS_STATUS_SUCCESS && !cuda->error[0])
        snprintf(cuda->error, sizeof cuda->error, "%s:%d: the GPU failed in %s: cuBLAS status %d",
                 cuda->model->file, line, kernel, (int)status);
    return cuda->error[0] != 0;
}
#define GRT_BLAS(cuda, call, kernel, line) grt_blas_check(cuda, call, kernel, line)
#endif

#define GRT_LAUNCHED(cuda, kernel, line) grt_cuda_check(cuda, cudaGetLastError(), kernel, line)

/* Where a tensor lies; the test bed is told its size (tests/cudahost). */
#ifndef GRT_CUDA_AT
#define GRT_CUDA_AT(base, offset, bytes) ((base) + (offset))
#endif

/* Blocks for so many turns, `each` in a block: at most 65536, for the kernels go round. */
static inline unsigned grt_blocks(int64_t turns, int64_t each)
{
    const int64_t blocks = (turns + each - 1) / each;
    return (unsigned)(blocks < 1 ? 1 : blocks > 65536 ? 65536 : blocks);
}

/* ---- memory ---- */

static inline int64_t grt_cuda_round(int64_t bytes)
{
    return (bytes + GRT_CUDA_ALIGN - 1) / GRT_CUDA_ALIGN * GRT_CUDA_ALIGN;
}

static inline int64_t grt_cuda_type_bytes(const GrtType *type, int64_t batch)
{
    static const int bytes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8};
    int64_t size = bytes[type->dtype];
    for (int i = 0; i < type->rank; i++)
        size *= type->dims[i] * (i == type->batch_axis ? batch : 1);
    return size;
}

static inline int64_t grt_cuda_bound(const GrtModel *model)
{
    return model->batch_bound > 0 ? model->batch_bound : 1;
}

/* The next `bytes` of the allocation; while that does not exist, only the sum of them. */
static inline unsigned char *grt_cuda_take(const GrtCuda *cuda, int64_t *at, int64_t bytes)
{
    unsigned char *place = cuda->memory ? cuda->memory + *at : NULL;
    *at += grt_cuda_round(bytes);
    return place;
}

static inline int64_t grt_cuda_place(GrtCuda *cuda, int wide)
{
    const GrtModel *model = cuda->model;
    int64_t at = 0;
    cuda->vars = grt_cuda_take(cuda, &at, cuda->vars_bytes);
    cuda->work = grt_cuda_take(cuda, &at, cuda->work_bytes);
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (var->kind != GRT_INPUT && var->kind != GRT_SOURCE)
            continue;
        const int64_t bytes = grt_cuda_type_bytes(&var->type, grt_cuda_bound(model));
        cuda->inputs[var->offset] = grt_cuda_take(cuda, &at, wide ? 8 * bytes : bytes);
    }
    cuda->f64 = (double *)grt_cuda_take(cuda, &at, GRT_CUDA_NUMBERS * (int64_t)sizeof(double));
    cuda->f32 = (float *)grt_cuda_take(cuda, &at, GRT_CUDA_NUMBERS * (int64_t)sizeof(float));
    cuda->rng = (GrtRng *)grt_cuda_take(cuda, &at, (int64_t)sizeof(GrtRng));
    cuda->status = (GrtCudaStatus *)grt_cuda_take(cuda, &at, (int64_t)sizeof(GrtCudaStatus));
    cuda->faults =
        (GrtCudaFault *)grt_cuda_take(cuda, &at, cuda->fault_lines * (int64_t)sizeof(GrtCudaFault));
#ifdef GRT_USES_BLAS
    cuda->blas_work = grt_cuda_take(cuda, &at, GRT_BLAS_WORKSPACE);
#endif
    return at;
}

static inline void grt_cuda_close(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    if (!cuda)
        return;
#ifdef GRT_USES_BLAS
    if (cuda->blas)
        cublasDestroy(cuda->blas);
#endif
    if (cuda->stream)
        cudaStreamDestroy(cuda->stream);
    if (cuda->memory)
        cudaFree(cuda->memory);
    free(cuda->inputs);
    free(cuda);
    run->device = NULL;
}

static inline int grt_cuda_open(const GrtModel *model, GrtRun *run, int64_t vars_bytes,
                                int64_t work_bytes, int wide, char *why, size_t room)
{
    GrtCuda *cuda = (GrtCuda *)calloc(1, sizeof *cuda);
    int count = 0;
    const cudaError_t found = cudaGetDeviceCount(&count);
    if (found != cudaSuccess || count == 0 || !cuda) {
        snprintf(why, room, "no NVIDIA GPU can be used: %s",
                 !cuda                  ? "not enough memory"
                 : found != cudaSuccess ? cudaGetErrorString(found)
                                        : "there is none");
        free(cuda);
        return 3;
    }
    cuda->run = run;
    cuda->model = model;
    cuda->vars_bytes = vars_bytes;
    cuda->work_bytes = work_bytes;
    cuda->fault_lines = GRT_FAULT_LINES;
    cuda->host_is_new = 1;
    cuda->inputs = (void **)calloc((size_t)model->var_count + 1, sizeof(void *));
    run->device = cuda;
    const int64_t bytes = cuda->inputs ? grt_cuda_place(cuda, wide) : 0;
    size_t available = 0, whole = 0;
    if (!cuda->inputs || GRT_CUDA(cuda, cudaMemGetInfo(&available, &whole)) ||
        (size_t)bytes > available) {
        snprintf(why, room, "%s needs %.1f MB of the GPU's memory, of which %.1f MB are free",
                 model->name, (double)bytes / 1e6, (double)available / 1e6);
        grt_cuda_close(run);
        return 3;
    }
    if (GRT_CUDA(cuda, cudaMalloc((void **)&cuda->memory, (size_t)bytes)) ||
        GRT_CUDA(cuda, cudaStreamCreate(&cuda->stream))) {
        snprintf(why, room, "%s", cuda->error);
        grt_cuda_close(run);
        return 3;
    }
    grt_cuda_place(cuda, wide);
#ifdef GRT_USES_BLAS
    if (GRT_BLAS(cuda, grt_blas_open(&cuda->blas, cuda->stream, cuda->blas_work, GRT_TF32),
                 "cuBLAS", 0)) {
        snprintf(why, room, "cuBLAS does not start");
        grt_cuda_close(run);
        return 3;
    }
#endif
    return 0;
}

/* ---- copies ---- */

static inline int grt_cuda_copy(GrtCuda *cuda, void *to, const void *from, int64_t bytes,
                                cudaMemcpyKind kind)
{
    if (bytes <= 0)
        return 0;
    return GRT_CUDA(cuda, cudaMemcpyAsync(to, from, (size_t)bytes, kind, cuda->stream));
}

static inline int grt_cuda_wait(GrtCuda *cuda)
{
    return GRT_CUDA(cuda, cudaStreamSynchronize(cuda->stream));
}

/* The host's variables become those of the device. */
static inline int grt_cuda_fetch(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    if (!cuda || !cuda->device_is_new)
        return 0;
    cuda->device_is_new = 0;
    grt_cuda_copy(cuda, run->vars, cuda->vars, cuda->vars_bytes, cudaMemcpyDeviceToHost);
    return grt_cuda_wait(cuda);
}

/* The host has changed variables. */
static inline void grt_cuda_changed(GrtRun *run)
{
    GrtCuda *cuda = grt_cuda_of(run);
    if (cuda)
        cuda->host_is_new = 1;
}

static inline const char *grt_cuda_error(const GrtRun *run)
{
    const GrtCuda *cuda = grt_cuda_of(run);
    return cuda ? cuda->error : "";
}

static const GrtDevice grt_cuda_device = {grt_cuda_open, grt_cuda_close, grt_cuda_fetch,
                                          grt_cuda_changed, grt_cuda_error};

/* ---- a routine ---- */

/* What the launches read: variables, if the host has changed them, inputs, host scalars. */
static inline int grt_cuda_begin(GrtRun *run, const double *numbers, int count)
{
    GrtCuda *cuda = grt_cuda_of(run);
    float narrow[GRT_CUDA_NUMBERS];
    const int64_t batch = (int64_t)run->counters[GRT_BATCH];
    const GrtEntry *entry = run->entry;
    if (cuda->error[0])
        return 1;
    if (cuda->host_is_new)
        grt_cuda_copy(cuda, cuda->vars, run->vars, cuda->vars_bytes, cudaMemcpyHostToDevice);
    cuda->host_is_new = 0;
    const bool wide = entry->kind == GRT_CHECK_GRAD || entry->kind == GRT_CHECK_LOSS;
    for (int i = 0; i < entry->need_count; i++) {
        const GrtVar *var = &cuda->model->vars[entry->needs[i]];
        GrtType type = var->type;
        if (wide && type.dtype >= GRT_F16)
            type.dtype = GRT_F64;
        const int64_t samples = type.batch_axis == 0 ? batch : grt_cuda_bound(cuda->model);
        grt_cuda_copy(cuda, cuda->inputs[var->offset], run->inputs[var->offset],
                      grt_cuda_type_bytes(&type, samples), cudaMemcpyHostToDevice);
    }
    for (int i = 0; i < count; i++)
        narrow[i] = (float)numbers[i];
    grt_cuda_copy(cuda, cuda->f64, numbers, count * (int64_t)sizeof *numbers,
                  cudaMemcpyHostToDevice);
    grt_cuda_copy(cuda, cuda->f32, narrow, count * (int64_t)sizeof *narrow, cudaMemcpyHostToDevice);
    grt_cuda_copy(cuda, cuda->rng, &run->rng, (int64_t)sizeof run->rng, cudaMemcpyHostToDevice);
    grt_start<<<1, 256, 0, cuda->stream>>>(cuda->status, cuda->faults, cuda->fault_lines);
    return GRT_LAUNCHED(cuda, "grt_start", 0);
}

/* The values become the host's, and how it went is told. */
static inline int grt_cuda_end(GrtRun *run, int writes)
{
    GrtCuda *cuda = grt_cuda_of(run);
    const GrtEntry *entry = run->entry;
    GrtCudaStatus status = {};
    grt_cuda_copy(cuda, &status, cuda->status, (int64_t)sizeof status, cudaMemcpyDeviceToHost);
    for (int i = 0; i < entry->value_count; i++) {
        const GrtValue *value = &entry->values[i];
        grt_cuda_copy(cuda, run->work + value->offset, cuda->work + value->offset,
                      grt_cuda_type_bytes(&value->type, grt_cuda_bound(cuda->model)),
                      cudaMemcpyDeviceToHost);
    }
    cuda->device_is_new |= writes;
    if (grt_cuda_wait(cuda))
        return GRT_DEVICE_FAILED;
    if (status.faulted) {
        run->fault.index = status.index;
        run->fault.size = status.size;
        run->fault.line = status.line;
        return GRT_BAD_INDEX;
    }
    return status.finite ? GRT_OK : GRT_NOT_FINITE;
}

/* Behind each kernel, for whoever looks on (the search for a NaN, the profile): what it wrote
 * becomes the host's. */
static inline void grt_cuda_done(GrtCuda *cuda, int index, int64_t turn)
{
    GrtRun *run = cuda->run;
    if (!run->hook)
        return;
    const GrtKernel *kernel = &run->entry->kernels[index];
    unsigned char *host = kernel->in_vars ? run->vars : run->work;
    const unsigned char *device = kernel->in_vars ? cuda->vars : cuda->work;
    grt_cuda_copy(cuda, host + kernel->offset, device + kernel->offset,
                  grt_cuda_type_bytes(&kernel->type, grt_cuda_bound(cuda->model)),
                  cudaMemcpyDeviceToHost);
    if (grt_cuda_wait(cuda))
        return;
    run->turn = turn;
    run->hook(run, index);
}

#endif
