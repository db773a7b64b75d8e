/* gpu_conv.h -- products over windows that cuDNN computes (--conv=cudnn). */
#ifndef GRADC_GPU_CONV_H
#define GRADC_GPU_CONV_H

#include "codegen/gpu_product.h"

/* Appends the call, copies of what lies otherwise than cuDNN wants it before it, and what is
 * computed of the elements behind it.  False, and nothing appended, where the product is none that
 * cuDNN has. */
bool gpu_conv_lower(GpuProduct *g);

#endif
