/* copy.cpp -- copies and fills.
 *
 * An asynchronous copy from pinned memory reads it when the stream gets there; one from pageable
 * memory has read it when the call returns, and one to pageable memory has written it. */
#include "stream.h"

namespace cudahost
{
static bool to_device(cudaMemcpyKind kind)
{
    return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
}

static bool from_device(cudaMemcpyKind kind)
{
    return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
}

static cudaMemcpyKind kind_of(const void *to, const void *from)
{
    const Allocation *a = allocation_of(to), *b = allocation_of(from);
    bool device = a && a->kind == DEVICE, of_device = b && b->kind == DEVICE;
    return device ? (of_device ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice)
                  : (of_device ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost);
}

static bool copy_is_allowed(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            const char *call, Place at)
{
    bool a = to_device(kind) ? need_device(to, bytes, call, at) : need_host(to, bytes, call, at);
    bool b =
        from_device(kind) ? need_device(from, bytes, call, at) : need_host(from, bytes, call, at);
    return a && b;
}

static void copy_now(void *to, const void *from, size_t bytes, const char *call, Place at)
{
    Unlock unlock;
    shadow_read(from, bytes, call, at);
    shadow_write(to, bytes);
    memmove(to, from, bytes);
}
} // namespace cudahost

using namespace cudahost;

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, Place at)
{
    CUDAHOST_CALL("cudaMemcpy");
    if (!bytes)
        return cudaSuccess;
    if (kind == cudaMemcpyDefault)
        kind = kind_of(to, from);
    if (!copy_is_allowed(to, from, bytes, kind, "cudaMemcpy", at))
        return set_error(cudaErrorInvalidValue);
    if (cudaError_t error = refuse_in_capture("cudaMemcpy"))
        return set_error(error);
    cudaError_t error =
        submit(nullptr, {"cudaMemcpy", at, [=] { copy_now(to, from, bytes, "cudaMemcpy", at); }});
    if (!error)
        wait_for(&legacy);
    return set_error(error);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream, Place at)
{
    CUDAHOST_CALL("cudaMemcpyAsync");
    if (!bytes)
        return cudaSuccess;
    if (kind == cudaMemcpyDefault)
        kind = kind_of(to, from);
    if (!copy_is_allowed(to, from, bytes, kind, "cudaMemcpyAsync", at))
        return set_error(cudaErrorInvalidValue);
    bool captured = stream_is_known(stream) && stream_of(stream)->graph;
    if (kind == cudaMemcpyHostToDevice && !allocation_of(from) && !captured) {
        auto taken =
            std::make_shared<std::vector<char>>((const char *)from, (const char *)from + bytes);
        return set_error(submit(
            stream, {"cudaMemcpyAsync", at, [=] { copy_now(to, taken->data(), bytes, "", at); }}));
    }
    cudaError_t error = submit(
        stream, {"cudaMemcpyAsync", at, [=] { copy_now(to, from, bytes, "cudaMemcpyAsync", at); }});
    if (!error && kind == cudaMemcpyDeviceToHost && !allocation_of(to) && !captured)
        wait_for(stream_of(stream));
    return set_error(error);
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream, Place at)
{
    CUDAHOST_CALL("cudaMemsetAsync");
    if (!bytes)
        return cudaSuccess;
    if (!need_device(memory, bytes, "cudaMemset", at))
        return set_error(cudaErrorInvalidValue);
    return set_error(submit(stream, {"cudaMemset", at, [=] {
                                         Unlock unlock;
                                         shadow_write(memory, bytes);
                                         memset(memory, value, bytes);
                                     }}));
}

cudaError_t cudaMemset(void *memory, int value, size_t bytes, Place at)
{
    CUDAHOST_CALL("cudaMemset");
    if (cudaError_t error = refuse_in_capture("cudaMemset"))
        return set_error(error);
    return cudaMemsetAsync(memory, value, bytes, nullptr, at);
}
