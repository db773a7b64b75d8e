/* cudnn.cpp -- cuDNN's convolutions of floats, channels last, by plain loops, each checked as a
 * kernel would be.
 *
 * The heuristics name an algorithm first that is not deterministic, and is refused when it is used;
 * and one that wants more workspace than anybody has. */
#include "stream.h"
#include "include/cudnn.h"

#include <set>

struct cudnnContext {
    cudaStream_t stream;
};
struct cudnnTensorStruct {
    int n, c, h, w;
};
struct cudnnFilterStruct {
    int k, c, h, w;
};
struct cudnnConvolutionStruct {
    int pad[2], step[2], dilation[2];
    cudnnMathType_t math;
};

using namespace cudahost;

namespace
{
const size_t workspace_bytes = 4096;
std::set<cudnnHandle_t> open_handles;

struct Convolution {
    cudnnTensorStruct x, y;
    cudnnFilterStruct filter;
    cudnnConvolutionStruct conv;
    bool gradient;
    const float *in, *other;
    float *out;
    float alpha, beta;
};

size_t count_of(const cudnnTensorStruct &t)
{
    return (size_t)t.n * t.h * t.w * t.c;
}

size_t count_of(const cudnnFilterStruct &f)
{
    return (size_t)f.k * f.h * f.w * f.c;
}

size_t outputs(const Convolution &c)
{
    return c.gradient ? count_of(c.filter) : count_of(c.y);
}

size_t others(const Convolution &c)
{
    return c.gradient ? count_of(c.y) : count_of(c.filter);
}

int places(int extent, int taps, const cudnnConvolutionStruct &c, int axis)
{
    return (extent + 2 * c.pad[axis] - c.dilation[axis] * (taps - 1) - 1) / c.step[axis] + 1;
}

bool fits(const Convolution &c)
{
    return c.x.n == c.y.n && c.x.c == c.filter.c && c.y.c == c.filter.k &&
           c.y.h == places(c.x.h, c.filter.h, c.conv, 0) &&
           c.y.w == places(c.x.w, c.filter.w, c.conv, 1) && c.y.h > 0 && c.y.w > 0;
}

/* Calls use(place of x, place of y, place of the filter) for each term of the convolution. */
template <class Use> void for_each_term(const Convolution &c, Use use)
{
    for (int n = 0; n < c.y.n; n++)
        for (int oh = 0; oh < c.y.h; oh++)
            for (int ow = 0; ow < c.y.w; ow++)
                for (int r = 0; r < c.filter.h; r++)
                    for (int s = 0; s < c.filter.w; s++) {
                        int ih = oh * c.conv.step[0] + r * c.conv.dilation[0] - c.conv.pad[0];
                        int iw = ow * c.conv.step[1] + s * c.conv.dilation[1] - c.conv.pad[1];
                        if (ih < 0 || iw < 0 || ih >= c.x.h || iw >= c.x.w)
                            continue;
                        size_t x = (((size_t)n * c.x.h + ih) * c.x.w + iw) * c.x.c;
                        size_t y = (((size_t)n * c.y.h + oh) * c.y.w + ow) * c.y.c;
                        for (int k = 0; k < c.filter.k; k++)
                            use(x, y + k, (((size_t)k * c.filter.h + r) * c.filter.w + s) * c.x.c);
                    }
}

void run(const Convolution &c, Place at)
{
    Unlock unlock;
    shadow_read(c.in, count_of(c.x) * sizeof(float), "x of a convolution", at);
    shadow_read(c.other, others(c) * sizeof(float), "an operand of a convolution", at);
    shadow_write(c.out, outputs(c) * sizeof(float));
    std::vector<float> sums(outputs(c));
    for_each_term(c, [&](size_t x, size_t y, size_t f) {
        float sum = 0;
        for (int i = 0; i < c.x.c; i++)
            if (c.gradient)
                sums[f + i] += c.in[x + i] * c.other[y];
            else
                sum += c.in[x + i] * c.other[f + i];
        if (!c.gradient)
            sums[y] += sum;
    });
    for (size_t i = 0; i < sums.size(); i++)
        c.out[i] = c.alpha * sums[i] + (c.beta == 0 ? 0 : c.beta * c.out[i]);
}

cudnnStatus_t convolve(cudnnHandle_t handle, const char *call, const Convolution &c,
                       bool deterministic, const void *workspace, size_t bytes, Place at)
{
    if (cudaError_t error = failure_of(call)) {
        set_error(error);
        return CUDNN_STATUS_EXECUTION_FAILED;
    }
    if (!open_handles.count(handle))
        return CUDNN_STATUS_NOT_INITIALIZED;
    if (!fits(c) || !deterministic || bytes < workspace_bytes ||
        !need_device(workspace, bytes, call, at) ||
        !need_device(c.in, count_of(c.x) * sizeof(float), "x of a convolution", at) ||
        !need_device(c.other, others(c) * sizeof(float), "an operand of a convolution", at) ||
        !need_device(c.out, outputs(c) * sizeof(float), "the result of a convolution", at))
        return CUDNN_STATUS_BAD_PARAM;
    cudaError_t error = submit(handle->stream, {call, at, [=] { run(c, at); }});
    return error ? CUDNN_STATUS_EXECUTION_FAILED : CUDNN_STATUS_SUCCESS;
}

/* The quickest first: one that is of no use, one that is too large, and the one that is. */
template <class Algorithm>
cudnnStatus_t name(cudnnHandle_t handle, const char *call, Algorithm wild, Algorithm good,
                   int wanted, int *count, cudnnAlgoPerf<Algorithm> *results)
{
    *count = 0;
    if (failure_of(call))
        return CUDNN_STATUS_SUCCESS; /* it knows none */
    if (!open_handles.count(handle) || wanted < 3)
        return CUDNN_STATUS_BAD_PARAM;
    results[0] = {wild, CUDNN_STATUS_SUCCESS, 1, 0, CUDNN_NON_DETERMINISTIC, CUDNN_FMA_MATH, {}};
    results[1] = {
        wild, CUDNN_STATUS_SUCCESS, 2, (size_t)1 << 40, CUDNN_DETERMINISTIC, CUDNN_FMA_MATH, {}};
    results[2] = {
        good, CUDNN_STATUS_SUCCESS, 3, workspace_bytes, CUDNN_DETERMINISTIC, CUDNN_FMA_MATH, {}};
    *count = 3;
    return CUDNN_STATUS_SUCCESS;
}

template <class Descriptor> cudnnStatus_t create(Descriptor **descriptor)
{
    *descriptor = new Descriptor();
    return CUDNN_STATUS_SUCCESS;
}

template <class Descriptor> cudnnStatus_t destroy(Descriptor *descriptor)
{
    delete descriptor;
    return CUDNN_STATUS_SUCCESS;
}
} // namespace

const char *cudnnGetErrorString(cudnnStatus_t status)
{
    return status == CUDNN_STATUS_SUCCESS            ? "CUDNN_STATUS_SUCCESS"
           : status == CUDNN_STATUS_NOT_SUPPORTED    ? "CUDNN_STATUS_NOT_SUPPORTED"
           : status == CUDNN_STATUS_EXECUTION_FAILED ? "CUDNN_STATUS_EXECUTION_FAILED"
           : status == CUDNN_STATUS_NOT_INITIALIZED  ? "CUDNN_STATUS_NOT_INITIALIZED"
                                                     : "CUDNN_STATUS_BAD_PARAM";
}

cudnnStatus_t cudnnCreate(cudnnHandle_t *handle)
{
    if (failure_of("cudnnCreate") || refuse_in_capture("cudnnCreate"))
        return CUDNN_STATUS_NOT_INITIALIZED;
    *handle = new cudnnContext();
    open_handles.insert(*handle);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle)
{
    if (!open_handles.erase(handle))
        return CUDNN_STATUS_NOT_INITIALIZED;
    return destroy(handle);
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *tensor)
{
    return create(tensor);
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor)
{
    return destroy(tensor);
}

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                         cudnnDataType_t, int n, int c, int h, int w)
{
    *tensor = {n, c, h, w};
    return format == CUDNN_TENSOR_NHWC ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t *filter)
{
    return create(filter);
}

cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter)
{
    return destroy(filter);
}

cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w)
{
    *filter = {k, c, h, w};
    return format == CUDNN_TENSOR_NHWC ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t *conv)
{
    return create(conv);
}

cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t conv)
{
    return destroy(conv);
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t conv, int pad_h,
                                              int pad_w, int step_h, int step_w, int dilation_h,
                                              int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t)
{
    *conv = {{pad_h, pad_w}, {step_h, step_w}, {dilation_h, dilation_w}, CUDNN_DEFAULT_MATH};
    return mode == CUDNN_CROSS_CORRELATION ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t conv, cudnnMathType_t math)
{
    conv->math = math;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t, const cudnnFilterDescriptor_t,
    const cudnnConvolutionDescriptor_t, const cudnnTensorDescriptor_t, const int wanted, int *count,
    cudnnConvolutionFwdAlgoPerf_t *results)
{
    return name(handle, "cudnnGetConvolutionForwardAlgorithm_v7",
                CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
                wanted, count, results);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, const cudnnTensorDescriptor_t,
                                                      const cudnnFilterDescriptor_t,
                                                      const cudnnConvolutionDescriptor_t,
                                                      const cudnnTensorDescriptor_t,
                                                      cudnnConvolutionFwdAlgo_t, size_t *bytes)
{
    *bytes = workspace_bytes;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void *alpha,
                                      const cudnnTensorDescriptor_t x_tensor, const void *x,
                                      const cudnnFilterDescriptor_t filter, const void *w,
                                      const cudnnConvolutionDescriptor_t conv,
                                      cudnnConvolutionFwdAlgo_t algorithm, void *workspace,
                                      size_t bytes, const void *beta,
                                      const cudnnTensorDescriptor_t y_tensor, void *y, Place at)
{
    const Convolution c = {*x_tensor,
                           *y_tensor,
                           *filter,
                           *conv,
                           false,
                           (const float *)x,
                           (const float *)w,
                           (float *)y,
                           *(const float *)alpha,
                           *(const float *)beta};
    return convolve(handle, "cudnnConvolutionForward", c,
                    algorithm == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, workspace, bytes, at);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t,
    const cudnnConvolutionDescriptor_t, const cudnnFilterDescriptor_t, const int wanted, int *count,
    cudnnConvolutionBwdFilterAlgoPerf_t *results)
{
    return name(handle, "cudnnGetConvolutionBackwardFilterAlgorithm_v7",
                CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, wanted,
                count, results);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t, const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t,
    const cudnnConvolutionDescriptor_t, const cudnnFilterDescriptor_t,
    cudnnConvolutionBwdFilterAlgo_t, size_t *bytes)
{
    *bytes = workspace_bytes;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void *alpha, const cudnnTensorDescriptor_t x_tensor, const void *x,
    const cudnnTensorDescriptor_t y_tensor, const void *dy, const cudnnConvolutionDescriptor_t conv,
    cudnnConvolutionBwdFilterAlgo_t algorithm, void *workspace, size_t bytes, const void *beta,
    const cudnnFilterDescriptor_t filter, void *dw, Place at)
{
    const Convolution c = {*x_tensor,
                           *y_tensor,
                           *filter,
                           *conv,
                           true,
                           (const float *)x,
                           (const float *)dy,
                           (float *)dw,
                           *(const float *)alpha,
                           *(const float *)beta};
    return convolve(handle, "cudnnConvolutionBackwardFilter", c,
                    algorithm == CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, workspace, bytes, at);
}
