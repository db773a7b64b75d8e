/* clang-format off */
/* grt_cuda_memory.h -- where everything lies in a CUDA program's one allocation.
 *
 *     variables | inputs, slot 0 | slot 1 | work, numbers, status, faults, cuBLAS, cuDNN
 *                                         | the same of the fetching of batches
 *
 * Included by grt_cuda_host.h.  All of it is gone through twice: before the allocation for its
 * size, behind it for the places. */
/* clang-format on */
#ifndef GRT_CUDA_MEMORY_H
#define GRT_CUDA_MEMORY_H

/* Where a tensor lies; the test bed is told its size (tests/cudahost). */
#ifndef GRT_CUDA_AT
#define GRT_CUDA_AT(base, offset, bytes) ((base) + (offset))
#endif

/* ---- sizes ---- */

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

static inline bool grt_cuda_is_fed(const GrtVar *var)
{
    return var->kind == GRT_INPUT || var->kind == GRT_SOURCE;
}

/* ---- one allocation ---- */

/* The next `bytes` of the allocation; while that does not exist, only the sum of them. */
static inline unsigned char *grt_cuda_take(const GrtCuda *cuda, int64_t *at, int64_t bytes)
{
    unsigned char *place = cuda->memory ? cuda->memory + *at : NULL;
    *at += grt_cuda_round(bytes);
    return place;
}

static inline void grt_cuda_place_inputs(GrtCuda *cuda, int64_t *at, int slot, int times)
{
    const GrtModel *model = cuda->model;
    for (int i = 0; i < model->var_count; i++) {
        const GrtVar *var = &model->vars[i];
        if (grt_cuda_is_fed(var))
            cuda->slots[slot][var->offset] = grt_cuda_take(
                cuda, at, times * grt_cuda_type_bytes(&var->type, grt_cuda_bound(model)));
    }
}

/* The most work memory that the fetching of a batch needs; -1: no data is computed. */
static inline int64_t grt_cuda_fetch_work(const GrtModel *model)
{
    int64_t most = -1;
    for (int i = 0; i < model->split_count; i++)
        if (model->splits[i].fetch && model->splits[i].fetch->work_bytes > most)
            most = model->splits[i].fetch->work_bytes;
    return most;
}

static inline void grt_cuda_place_lane(GrtCuda *cuda, int64_t *at, int index, int64_t work_bytes)
{
    GrtCudaLane *lane = &cuda->lanes[index];
    lane->work = grt_cuda_take(cuda, at, work_bytes);
    lane->step = (GrtCudaStep *)grt_cuda_take(cuda, at, (int64_t)sizeof(GrtCudaStep));
    lane->status = (GrtCudaStatus *)grt_cuda_take(cuda, at, (int64_t)sizeof(GrtCudaStatus));
    lane->faults = (GrtCudaFault *)grt_cuda_take(cuda, at, (int64_t)sizeof grt_cuda_faults);
#ifdef GRT_USES_BLAS
    lane->blas_work = grt_cuda_take(cuda, at, GRT_BLAS_WORKSPACE);
#endif
#ifdef GRT_USES_CUDNN
    lane->conv_work = grt_cuda_take(cuda, at, GRT_CONV_WORKSPACE);
#endif
}

/* From here on routines are launched in this lane. */
static inline void grt_cuda_enter(GrtCuda *cuda, int index)
{
    const GrtCudaLane *lane = &cuda->lanes[index];
    cuda->work = lane->work;
    cuda->step = lane->step;
    cuda->f64 = lane->step->f64;
    cuda->f32 = lane->step->f32;
    cuda->rng = &lane->step->rng;
    cuda->status = lane->status;
    cuda->faults = lane->faults;
#ifdef GRT_USES_BLAS
    cuda->blas = lane->blas;
    cuda->blas_work = lane->blas_work;
#endif
#ifdef GRT_USES_CUDNN
    cuda->cudnn = lane->cudnn;
    cuda->conv_work = lane->conv_work;
#endif
}

/* Where everything lies in the allocation, which has so many bytes.  Only the inputs of a model's
 * own instance have two slots. */
static inline int64_t grt_cuda_place(GrtCuda *cuda, int inputs)
{
    int64_t at = 0;
    cuda->vars = grt_cuda_take(cuda, &at, cuda->vars_bytes);
    const int slots = inputs == 1 ? (int)GRT_CUDA_SLOTS : inputs > 0;
    for (int slot = 0; slot < slots; slot++)
        grt_cuda_place_inputs(cuda, &at, slot, inputs);
    cuda->inputs = cuda->slots[0];
    grt_cuda_place_lane(cuda, &at, 0, cuda->work_bytes);
    if (inputs == 1 && grt_cuda_fetch_work(cuda->model) >= 0)
        grt_cuda_place_lane(cuda, &at, 1, grt_cuda_fetch_work(cuda->model));
    return at;
}

#endif
