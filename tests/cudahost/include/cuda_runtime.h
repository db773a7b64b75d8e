/* cuda_runtime.h -- a stand-in for CUDA's: programs built with it run on the CPU, to be tested.
 *
 * Only what gradc's programs use is here, with CUDA's names and meanings. See ../README.md. */
#ifndef CUDAHOST_CUDA_RUNTIME_H
#define CUDAHOST_CUDA_RUNTIME_H

#include "cuda_runtime_api.h"
#include "cudahost/device.h"
#include "cudahost/launch.h"
#include "cudahost/warp.h"
#include "cudahost/atomic.h"
#include "cudahost/math.h"

#endif
