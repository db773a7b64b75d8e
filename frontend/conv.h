/* conv.h -- a convolution's arguments, read and checked; private to builtins_conv.c, conv_read.c.
 */
#ifndef GRADC_CONV_H
#define GRADC_CONV_H

#include "frontend/builtins.h"

enum { MOST_SPATIAL = 2 };

typedef struct Spatial { /* one spatial axis */
    int axis;            /* of x as given */
    int64_t size, kernel;
    int64_t stride, dilation, before, after; /* padding on both sides */
    int64_t extra;                           /* of a transposed one: output_padding */
    int64_t out;
} Spatial;

typedef struct Conv {
    Call *call;
    const char *name; /* "conv2d" */
    bool transposed;
    int count;  /* of spatial axes */
    bool alone; /* one sample, without an axis for it */
    Node *x, *weight, *bias;
    Type given; /* x's type as the caller has it */
    int64_t groups, channels, out_channels;
    Spatial at[MOST_SPATIAL];
} Conv;

/* Reads the call's tensors and settings; false after reporting what does not fit, with all shapes
 * and the numbers of the formula. */
bool conv_read(Conv *c);

#endif
