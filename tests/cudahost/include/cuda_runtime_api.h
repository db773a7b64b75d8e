/* cuda_runtime_api.h -- the part of cuda_runtime.h that holds no kernels. */
#ifndef CUDAHOST_CUDA_RUNTIME_API_H
#define CUDAHOST_CUDA_RUNTIME_API_H

#include "cudahost/types.h"
#include "cudahost/api.h"

#endif
