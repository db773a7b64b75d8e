/* device.cpp -- errors, and the devices that there are: one H100, but for what the environment
 * says.  Of several, what is known is which each thread has, and each stream. */
#include "cudahost.h"

namespace cudahost
{
static cudaError_t last_error;
static thread_local int device_in_use;

int this_device()
{
    return device_in_use;
}

cudaError_t set_error(cudaError_t error)
{
    if (error && error != cudaErrorNotReady)
        last_error = error;
    return error;
}

/* CUDAHOST_FAIL="cudaMemcpyAsync:3" lets the third such call fail; "k_loss" the first launch of
 * that kernel; "cudaGetDevice:1:46" says with which error. */
cudaError_t failure_of(const char *call)
{
    watch();
    if (options().start)
        return options().start;
    const char *colon = strchr(options().fail, ':');
    size_t n = colon ? (size_t)(colon - options().fail) : strlen(options().fail);
    static int count;
    if (!n || strlen(call) != n || strncmp(call, options().fail, n))
        return cudaSuccess;
    if (++count != (colon ? atoi(colon + 1) : 1))
        return cudaSuccess;
    fprintf(stderr, "cudahost: %s fails, as asked for\n", call);
    if (const char *error = colon ? strchr(colon + 1, ':') : nullptr)
        return (cudaError_t)atoi(error + 1);
    return !strncmp(call, "cudaMalloc", 10) || !strcmp(call, "cudaHostAlloc")
               ? cudaErrorMemoryAllocation
               : cudaErrorLaunchFailure;
}
} // namespace cudahost

using namespace cudahost;

static const struct {
    cudaError_t error;
    const char *name, *text;
} error_texts[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
     "invalid configuration argument"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorDevicesUnavailable, "cudaErrorDevicesUnavailable",
     "CUDA-capable device(s) is/are busy or unavailable"},
    {cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice",
     "no kernel image is available for execution on the device"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorIllegalState, "cudaErrorIllegalState",
     "the operation cannot be performed in the present state"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureMerge, "cudaErrorStreamCaptureMerge",
     "operation would result in a merge of separate capture sequences"},
    {cudaErrorStreamCaptureUnmatched, "cudaErrorStreamCaptureUnmatched",
     "capture was not ended in the same stream as it began"},
    {cudaErrorStreamCaptureUnjoined, "cudaErrorStreamCaptureUnjoined",
     "capturing stream has unjoined work"},
    {cudaErrorStreamCaptureIsolation, "cudaErrorStreamCaptureIsolation",
     "dependency created on uncaptured work in another stream"},
    {cudaErrorStreamCaptureImplicit, "cudaErrorStreamCaptureImplicit",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {cudaErrorCapturedEvent, "cudaErrorCapturedEvent",
     "operation not permitted on an event last recorded in a capturing stream"},
    {cudaErrorGraphExecUpdateFailure, "cudaErrorGraphExecUpdateFailure",
     "the graph update was not performed because it included changes which violated constraints "
     "specific to instantiated graph update"},
};

const char *cudaGetErrorString(cudaError_t error)
{
    for (const auto &it : error_texts)
        if (it.error == error)
            return it.text;
    return "unrecognized error code";
}

const char *cudaGetErrorName(cudaError_t error)
{
    for (const auto &it : error_texts)
        if (it.error == error)
            return it.name;
    return "unrecognized error code";
}

cudaError_t cudaGetLastError()
{
    cudaError_t error = options().start ? options().start : last_error;
    last_error = cudaSuccess;
    return error;
}

cudaError_t cudaPeekAtLastError()
{
    return last_error;
}

static bool is_device(int device)
{
    return device >= 0 && device < options().devices;
}

/* As in CUDA, `count` stays what it was where there is no device. */
cudaError_t cudaGetDeviceCount(int *count)
{
    CUDAHOST_CALL("cudaGetDeviceCount");
    *count = options().devices;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int *device)
{
    CUDAHOST_CALL("cudaGetDevice");
    *device = device_in_use;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    CUDAHOST_CALL("cudaSetDevice");
    if (!is_device(device))
        return set_error(cudaErrorInvalidDevice);
    device_in_use = device;
    return cudaSuccess;
}

cudaError_t cudaSetDeviceFlags(unsigned)
{
    CUDAHOST_CALL("cudaSetDeviceFlags");
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device)
{
    CUDAHOST_CALL("cudaGetDeviceProperties");
    if (!is_device(device))
        return set_error(cudaErrorInvalidDevice);
    *p = {};
    snprintf(p->name, sizeof p->name, "cudahost");
    p->totalGlobalMem = options().memory;
    p->sharedMemPerBlock = 48 << 10;
    p->sharedMemPerBlockOptin = 227 << 10;
    p->sharedMemPerMultiprocessor = 228 << 10;
    p->major = options().arch / 10;
    p->minor = options().arch % 10;
    p->multiProcessorCount = 132;
    p->warpSize = 32;
    p->maxThreadsPerBlock = 1024;
    p->maxThreadsPerMultiProcessor = 2048;
    p->regsPerBlock = 65536;
    p->l2CacheSize = 50 << 20;
    p->memoryBusWidth = 5120;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device)
{
    CUDAHOST_CALL("cudaDeviceGetAttribute");
    if (!is_device(device))
        return set_error(cudaErrorInvalidDevice);
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
        *value = 1024;
        break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
        *value = 48 << 10;
        break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
        *value = 227 << 10;
        break;
    case cudaDevAttrMultiProcessorCount:
        *value = 132;
        break;
    case cudaDevAttrClockRate:
        *value = 1980000;
        break;
    case cudaDevAttrMemoryClockRate:
        *value = 2619000;
        break;
    case cudaDevAttrGlobalMemoryBusWidth:
        *value = 5120;
        break;
    case cudaDevAttrL2CacheSize:
        *value = 50 << 20;
        break;
    case cudaDevAttrComputeCapabilityMajor:
        *value = options().arch / 10;
        break;
    case cudaDevAttrComputeCapabilityMinor:
        *value = options().arch % 10;
        break;
    }
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = options().start == cudaErrorInsufficientDriver ? 0 : CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}
