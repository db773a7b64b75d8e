/* gpu_epilogue.h -- what cuBLASLt can compute of a product's elements before it stores them. */
#ifndef GRADC_GPU_EPILOGUE_H
#define GRADC_GPU_EPILOGUE_H

#include "codegen/product.h"

typedef struct Epilogue {
    GemmActivation activation;
    const Node *bias; /* an `expand` along the columns of the result, added first; or NULL */
} Epilogue;

/* Is n such a value of the contract, and the only one that reads it? */
bool gpu_epilogue_find(const Lowering *l, const Node *contract, const Node *n, Epilogue *e);
/* Where the bias of each column lies; false where it is no row of memory. */
bool gpu_epilogue_place(Lowering *l, const Epilogue *e, Gemm *g);

#endif
