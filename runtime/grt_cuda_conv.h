/* grt_cuda_conv.h -- convolutions by cuDNN (gradc --conv=cudnn): images and filters with their
 * channels last, borders already there.
 *
 *     grt_conv_f32(cuda, GRT_CONV, {n, 34, 34, 3, 32, {3, 3}, {1, 1}, {1, 1}}, x, w, y)
 *         y[n, 32, 32, 32] = x[n, 34, 34, 3] * w[32, 3, 3, 3]
 *     grt_conv_f32(cuda, GRT_CONV_GRADIENT, {...}, x, dy, dw)
 *
 * The algorithm is the fastest that cuDNN's heuristic knows among those that give the same bits in
 * each run and do with the workspace; it is chosen once for each shape, with the descriptors, and
 * kept.  cuDNN 8 and 9: what is used here is the same in both. */
#ifndef GRT_CUDA_CONV_H
#define GRT_CUDA_CONV_H

enum GrtConvKind { GRT_CONV, GRT_CONV_GRADIENT };

/* Keeps the first status that is no success. */
static inline void grt_conv_note(cudnnStatus_t *status, cudnnStatus_t next)
{
    if (*status == CUDNN_STATUS_SUCCESS)
        *status = next;
}

/* ---- descriptors ---- */

static inline void grt_conv_forget(GrtConvPlan *plan)
{
    if (plan->x)
        cudnnDestroyTensorDescriptor(plan->x);
    if (plan->y)
        cudnnDestroyTensorDescriptor(plan->y);
    if (plan->filter)
        cudnnDestroyFilterDescriptor(plan->filter);
    if (plan->conv)
        cudnnDestroyConvolutionDescriptor(plan->conv);
    memset(plan, 0, sizeof *plan);
}

/* How many places taps have along an axis. */
static inline int grt_conv_places(const GrtConvShape *s, int axis)
{
    const int extent = axis == 0 ? s->height : s->width;
    return (extent - s->dilation[axis] * (s->taps[axis] - 1) - 1) / s->step[axis] + 1;
}

static inline cudnnStatus_t grt_conv_describe(GrtConvPlan *plan)
{
    const GrtConvShape *s = &plan->key.shape;
    cudnnStatus_t status = cudnnCreateTensorDescriptor(&plan->x);
    grt_conv_note(&status, cudnnCreateTensorDescriptor(&plan->y));
    grt_conv_note(&status, cudnnCreateFilterDescriptor(&plan->filter));
    grt_conv_note(&status, cudnnCreateConvolutionDescriptor(&plan->conv));
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    status = cudnnSetTensor4dDescriptor(plan->x, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, s->images,
                                        s->channels, s->height, s->width);
    grt_conv_note(&status, cudnnSetTensor4dDescriptor(plan->y, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT,
                                                      s->images, s->filters, grt_conv_places(s, 0),
                                                      grt_conv_places(s, 1)));
    grt_conv_note(&status,
                  cudnnSetFilter4dDescriptor(plan->filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC,
                                             s->filters, s->channels, s->taps[0], s->taps[1]));
    grt_conv_note(&status, cudnnSetConvolution2dDescriptor(
                               plan->conv, 0, 0, s->step[0], s->step[1], s->dilation[0],
                               s->dilation[1], CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    /* Any other kind rounds the factors. */
    grt_conv_note(&status, cudnnSetConvolutionMathType(plan->conv, GRT_TF32 ? CUDNN_TENSOR_OP_MATH
                                                                            : CUDNN_FMA_MATH));
    return status;
}

/* ---- algorithms ---- */

template <class Algorithm> static inline bool grt_conv_fits(const Algorithm *found)
{
    return found->status == CUDNN_STATUS_SUCCESS && found->determinism == CUDNN_DETERMINISTIC &&
           found->memory <= (size_t)GRT_CONV_WORKSPACE;
}

enum { GRT_CONV_FOUND = 16 }; /* more than there are */

static inline cudnnStatus_t grt_conv_choose(cudnnHandle_t cudnn, GrtConvPlan *plan)
{
    cudnnConvolutionFwdAlgoPerf_t found[GRT_CONV_FOUND];
    int count = 0;
    const cudnnStatus_t status = cudnnGetConvolutionForwardAlgorithm_v7(
        cudnn, plan->x, plan->filter, plan->conv, plan->y, GRT_CONV_FOUND, &count, found);
    for (int i = 0; i < count && status == CUDNN_STATUS_SUCCESS; i++)
        if (grt_conv_fits(&found[i])) {
            plan->forward = found[i].algo;
            return cudnnGetConvolutionForwardWorkspaceSize(cudnn, plan->x, plan->filter, plan->conv,
                                                           plan->y, plan->forward, &plan->bytes);
        }
    return status == CUDNN_STATUS_SUCCESS ? CUDNN_STATUS_NOT_SUPPORTED : status;
}

static inline cudnnStatus_t grt_conv_choose_gradient(cudnnHandle_t cudnn, GrtConvPlan *plan)
{
    cudnnConvolutionBwdFilterAlgoPerf_t found[GRT_CONV_FOUND];
    int count = 0;
    const cudnnStatus_t status = cudnnGetConvolutionBackwardFilterAlgorithm_v7(
        cudnn, plan->x, plan->y, plan->conv, plan->filter, GRT_CONV_FOUND, &count, found);
    for (int i = 0; i < count && status == CUDNN_STATUS_SUCCESS; i++)
        if (grt_conv_fits(&found[i])) {
            plan->gradient = found[i].algo;
            return cudnnGetConvolutionBackwardFilterWorkspaceSize(
                cudnn, plan->x, plan->y, plan->conv, plan->filter, plan->gradient, &plan->bytes);
        }
    return status == CUDNN_STATUS_SUCCESS ? CUDNN_STATUS_NOT_SUPPORTED : status;
}

/* What is known of this convolution; found out now if it is new.  Where there is no room, the last
 * that came makes it. */
static inline cudnnStatus_t grt_conv_plan(GrtCuda *cuda, const GrtConvKey *key, GrtConvPlan **plan)
{
    for (int i = 0; i < cuda->conv_count; i++) {
        *plan = &cuda->convs[i];
        if (memcmp(&cuda->convs[i].key, key, sizeof *key) == 0)
            return CUDNN_STATUS_SUCCESS;
    }
    if (cuda->conv_count < GRT_CONV_PLANS)
        cuda->conv_count++;
    *plan = &cuda->convs[cuda->conv_count - 1];
    grt_conv_forget(*plan);
    (*plan)->key = *key;
    cudnnStatus_t status = grt_conv_describe(*plan);
    if (status == CUDNN_STATUS_SUCCESS)
        status = key->kind == GRT_CONV ? grt_conv_choose(cuda->cudnn, *plan)
                                       : grt_conv_choose_gradient(cuda->cudnn, *plan);
    if (status == CUDNN_STATUS_SUCCESS && (*plan)->bytes > (size_t)GRT_CONV_WORKSPACE)
        status = CUDNN_STATUS_NOT_SUPPORTED;
    if (status != CUDNN_STATUS_SUCCESS) {
        grt_conv_forget(*plan);
        cuda->conv_count--;
    }
    return status;
}

/* ---- convolutions ---- */

/* b: the filters; of a gradient what is known of the result.  out: the result; of a gradient the
 * filters'. */
static inline cudnnStatus_t grt_conv_f32(GrtCuda *cuda, GrtConvKind kind, const GrtConvShape &shape,
                                         const float *x, const float *b, float *out)
{
    const float one = 1, zero = 0;
    GrtConvPlan *plan = nullptr;
    GrtConvKey key;
    if (shape.images < 1)
        return CUDNN_STATUS_SUCCESS;
    memset(&key, 0, sizeof key); /* compared as bytes */
    key.kind = kind;
    key.shape = shape;
    const cudnnStatus_t status = grt_conv_plan(cuda, &key, &plan);
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    if (kind == GRT_CONV)
        return cudnnConvolutionForward(cuda->cudnn, &one, plan->x, x, plan->filter, b, plan->conv,
                                       plan->forward, cuda->conv_work, plan->bytes, &zero, plan->y,
                                       out);
    return cudnnConvolutionBackwardFilter(cuda->cudnn, &one, plan->x, x, plan->y, b, plan->conv,
                                          plan->gradient, cuda->conv_work, plan->bytes, &zero,
                                          plan->filter, out);
}

/* A call for a kernel of the model. */
static inline int grt_conv_check(GrtCuda *cuda, cudnnStatus_t status, const char *kernel, int line)
{
    const int length = (int)strlen(kernel);
    if (status == CUDNN_STATUS_NOT_SUPPORTED)
        grt_cuda_note(cuda, kernel, length, line, "cuDNN ",
                      "has no deterministic way to compute it; make the program without "
                      "--conv=cudnn");
    else if (status != CUDNN_STATUS_SUCCESS)
        grt_cuda_note(cuda, kernel, length, line, "cuDNN says ", cudnnGetErrorString(status));
    return cuda->error[0] != 0;
}
#define GRT_CUDNN(cuda, call, kernel, line) grt_conv_check(cuda, call, kernel, line)

/* ---- opening and closing ---- */

static inline bool grt_conv_open(GrtCuda *cuda)
{
    for (int i = 0; i < GRT_CUDA_LANES; i++) {
        GrtCudaLane *lane = &cuda->lanes[i];
        if (!lane->conv_work)
            continue;
        cudnnStatus_t status = cudnnCreate(&lane->cudnn);
        if (status == CUDNN_STATUS_SUCCESS)
            status = cudnnSetStream(lane->cudnn, i == 0 ? cuda->stream : cuda->copies);
        if (GRT_CUDNN(cuda, status, "the start of cuDNN", 0))
            return false;
    }
    return true;
}

static inline void grt_conv_close(GrtCuda *cuda)
{
    for (int i = 0; i < cuda->conv_count; i++)
        grt_conv_forget(&cuda->convs[i]);
    for (int i = 0; i < GRT_CUDA_LANES; i++)
        if (cuda->lanes[i].cudnn)
            cudnnDestroy(cuda->lanes[i].cudnn);
}

#endif
