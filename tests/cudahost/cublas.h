/* cublas.h -- a product as cublas.cpp computes it, for cublas_lt.cpp too. */
#ifndef CUDAHOST_CUBLAS_H
#define CUDAHOST_CUBLAS_H

#include "stream.h"
#include "include/cublas_v2.h"

#include <set>

struct cublasContext {
    cudaStream_t stream;
    cublasMath_t math;
    bool device_scalars;
};

namespace cudahost
{
extern std::set<cublasHandle_t> handles; /* those that are open */

struct Matrix {
    const void *data;
    cudaDataType type;
    int rows, cols, ld; /* columns first, as it lies in memory */
    long long stride;
    const char *what;
};

enum Activation { ACTIVATION_NONE, ACTIVATION_RELU, ACTIVATION_GELU };

struct Product {
    Matrix a, b, c;
    bool turn_a, turn_b, tf32;
    int m, n, k, count;
    const float *bias; /* of each row, or NULL; with the activation for products of floats */
    Activation activation;
};

/* Checks and queues it. on_device: alpha and beta lie there. */
template <class T>
cublasStatus_t multiply_on(cudaStream_t stream, bool on_device, const char *call, const Product &p,
                           const T *alpha, const T *beta, Place at);
} // namespace cudahost

#endif
