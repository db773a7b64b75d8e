/* grt_cuda_open.h -- how an instance of a CUDA program begins: is there a device that can run it,
 * and room?
 *
 *     driver? device? ─→ code for it? ─→ memory, all at once ─→ streams, events ─→ cuBLAS, cuDNN
 *
 * Included by grt_cuda_host.h.  What is missing is told in one line, with both sizes where it is
 * memory; the status is 3. */
#ifndef GRT_CUDA_OPEN_H
#define GRT_CUDA_OPEN_H

/* ---- is there a device? ---- */

/* Adds how much memory all of it takes, and how much there is. */
static inline void grt_cuda_add_room(const GrtCuda *cuda, int64_t bytes, char *why, size_t room)
{
    size_t available = 0, whole = 0;
    const size_t length = strlen(why);
    if (cudaMemGetInfo(&available, &whole) == cudaSuccess)
        snprintf(why + length, room - length,
                 "%s needs %.4g MB of the GPU's memory, of which %.4g MB are free: a smaller batch "
                 "needs less",
                 cuda->model->name, (double)bytes / 1e6, (double)available / 1e6);
    else
        snprintf(why + length, room - length,
                 "%s needs %.4g MB of the GPU's memory, of which none is free", cuda->model->name,
                 (double)bytes / 1e6);
}

/* The program's code does not fit the device, or its driver; or else it is something else. */
static inline bool grt_cuda_lacks_code(cudaError_t error)
{
    switch (error) {
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorInvalidKernelImage:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidPtx:
    case cudaErrorJitCompilerNotFound:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorJitCompilationDisabled:
        return true;
    default:
        return false;
    }
}

/* The first call for which the device has to be ready. */
static inline int grt_cuda_try(const GrtCuda *cuda, int64_t bytes, char *why, size_t room)
{
    int major = 0, minor = 0;
    cudaFuncAttributes kernel;
    const cudaError_t error = cudaFuncGetAttributes(&kernel, grt_start);
    if (error == cudaSuccess)
        return 0;
    cudaGetLastError();
    if (grt_cuda_lacks_code(error)) {
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, cuda->device);
        cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, cuda->device);
        snprintf(why, room,
                 "this program has no code for the GPU here, which has compute capability %d.%d: "
                 "%s; gradc --cuda-arch=sm_%d%d makes it",
                 major, minor, cudaGetErrorString(error), major, minor);
        return 3;
    }
    snprintf(why, room, "the GPU cannot be used: %s%s", cudaGetErrorString(error),
             error == cudaErrorMemoryAllocation ? "; " : "");
    if (error == cudaErrorMemoryAllocation)
        grt_cuda_add_room(cuda, bytes, why, room);
    return 3;
}

/* Is there a driver, and a device?  0, or 3 with the reason in why. */
static inline int grt_cuda_find(char *why, size_t room)
{
    int count = 0, driver = 0;
    const cudaError_t found = cudaGetDeviceCount(&count);
    if (found == cudaErrorInsufficientDriver && cudaDriverGetVersion(&driver) == cudaSuccess &&
        driver > 0)
        snprintf(why, room,
                 "the NVIDIA driver is too old for this program: it supports CUDA %d.%d, and the "
                 "program was built with CUDA %d.%d",
                 driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000,
                 CUDART_VERSION % 1000 / 10);
    else if (found == cudaErrorInsufficientDriver)
        snprintf(why, room, "this program needs an NVIDIA GPU, and no NVIDIA driver is here: %s",
                 cudaGetErrorString(found));
    else if (found != cudaSuccess || count == 0)
        snprintf(why, room, "this program needs an NVIDIA GPU, and none can be used here: %s",
                 found != cudaSuccess ? cudaGetErrorString(found) : "there is none");
    else
        return 0;
    return 3;
}

/* ---- room ---- */

static inline bool grt_cuda_open_memory(GrtCuda *cuda, int64_t bytes)
{
    return !GRT_CUDA(cuda, cudaMalloc((void **)&cuda->memory, (size_t)bytes)) &&
           !GRT_CUDA(cuda, cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking)) &&
           !GRT_CUDA(cuda, cudaStreamCreateWithFlags(&cuda->copies, cudaStreamNonBlocking)) &&
           !GRT_CUDA(cuda, cudaMallocHost((void **)&cuda->steps,
                                          (GRT_CUDA_RUNS + 1) * sizeof *cuda->steps)) &&
           !GRT_CUDA(cuda, cudaMallocHost((void **)&cuda->results,
                                          (GRT_CUDA_RING + 1) * sizeof *cuda->results));
}

static inline bool grt_cuda_open_events(GrtCuda *cuda)
{
    bool good = true;
    for (int i = 0; i < GRT_CUDA_SLOTS && good; i++)
        good =
            !GRT_CUDA(cuda, cudaEventCreateWithFlags(&cuda->copied[i], cudaEventDisableTiming)) &&
            !GRT_CUDA(cuda, cudaEventCreateWithFlags(&cuda->used[i], cudaEventDisableTiming));
    for (int i = 0; i < GRT_CUDA_RUNS && good; i++)
        good = !GRT_CUDA(cuda, cudaEventCreateWithFlags(&cuda->taken[i], cudaEventDisableTiming));
    for (int i = 0; i < GRT_CUDA_RING && good; i++)
        good = !GRT_CUDA(cuda, cudaEventCreateWithFlags(&cuda->done[i], cudaEventDisableTiming));
    return good;
}

/* Each lane's on the stream on which its routines run. */
static inline bool grt_cuda_open_faults(GrtCuda *cuda)
{
    bool good = true;
    for (int i = 0; i < GRT_CUDA_LANES && good; i++)
        good = !cuda->lanes[i].faults ||
               !GRT_CUDA(cuda, cudaMemcpyAsync(cuda->lanes[i].faults, grt_cuda_faults,
                                               sizeof grt_cuda_faults, cudaMemcpyHostToDevice,
                                               i == 0 ? cuda->stream : cuda->copies));
    return good;
}

static inline bool grt_cuda_open_libraries(GrtCuda *cuda)
{
#ifdef GRT_USES_BLAS
    for (int i = 0; i < GRT_CUDA_LANES; i++)
        if (cuda->lanes[i].blas_work &&
            GRT_BLAS(cuda,
                     grt_blas_open(&cuda->lanes[i].blas, i == 0 ? cuda->stream : cuda->copies,
                                   cuda->lanes[i].blas_work, GRT_TF32),
                     "the start of cuBLAS", 0))
            return false;
#endif
#ifdef GRT_USES_CUDNN
    if (!grt_conv_open(cuda))
        return false;
#endif
    grt_cuda_enter(cuda, 0);
    return cuda->error[0] == 0;
}

/* Room for a run's entries; all of it, at once. */
static inline int grt_cuda_fill(GrtCuda *cuda, int inputs, char *why, size_t room)
{
    const GrtModel *model = cuda->model;
    size_t available = 0, whole = 0;
    bool good = true;
    for (int i = 0; i < GRT_CUDA_SLOTS && good; i++)
        good = (cuda->slots[i] = (void **)calloc((size_t)model->var_count + 1, sizeof(void *)));
    if (!good) {
        snprintf(why, room, "not enough memory");
        return 3;
    }
    const int64_t bytes = grt_cuda_place(cuda, inputs);
    if (grt_cuda_try(cuda, bytes, why, room) != 0)
        return 3;
    why[0] = '\0';
    if (!GRT_CUDA(cuda, cudaMemGetInfo(&available, &whole)) && (size_t)bytes > available) {
        grt_cuda_add_room(cuda, bytes, why, room);
        return 3;
    }
    good = !cuda->error[0] && grt_cuda_open_memory(cuda, bytes);
    grt_cuda_place(cuda, inputs);
    if (good && grt_cuda_open_events(cuda) && grt_cuda_open_faults(cuda) &&
        grt_cuda_open_libraries(cuda))
        return 0;
    snprintf(why, room, "%s%s", cuda->error, cuda->no_room ? "; " : "");
    if (cuda->no_room)
        grt_cuda_add_room(cuda, bytes, why, room);
    return 3;
}

static inline int grt_cuda_open(const GrtModel *model, GrtRun *run, int64_t vars_bytes,
                                int64_t work_bytes, int inputs, char *why, size_t room)
{
    if (grt_cuda_find(why, room) != 0)
        return 3;
    GrtCuda *cuda = (GrtCuda *)calloc(1, sizeof *cuda);
    if (!cuda) {
        snprintf(why, room, "not enough memory");
        return 3;
    }
    cudaGetLastError(); /* of whoever uses a library: no affair of ours */
    cuda->run = run;
    cuda->model = model;
    cuda->vars_bytes = vars_bytes;
    cuda->work_bytes = work_bytes;
    cuda->host_is_new = 1;
    run->device = cuda;
    if (GRT_CUDA(cuda, cudaGetDevice(&cuda->device)))
        snprintf(why, room, "%s", cuda->error);
    else if (grt_cuda_fill(cuda, inputs, why, room) == 0)
        return 0;
    grt_cuda_close(run);
    return 3;
}

#endif
