#!/bin/sh
# cuda_ops.sh -- every function of the language and the library as a CUDA program, forward and backward, against the C of
# -O0: the operation grid, and random programs (see cuda_lib.sh for where they run).
#
#     sh tests/cuda_ops.sh                        in `make check`: one place in 150 of the grid, another in each row
#     CUDA_EVERY=1 CUDA_RANDOM=400 sh tests/cuda_ops.sh       `make check-cuda`
#
# The grid is tests/random_grid.c's: it has each recipe of random programs, in sizes of 1, 31, 32, 33, 255, 257 and primes,
# in every dtype, with a full and with a short batch.  Threads take their turns in each of CUDA_ORDERS: the same bits.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
RANDPROG=${RANDPROG:-$(dirname "$GRADC")/tests/randprog}
export top_srcdir="$SRC" CUDA_ON CUDA_LAYER
: "${CUDA_EVERY:=150}" "${CUDA_RANDOM:=8}"
if [ ! -x "$RANDPROG" ]; then
    skip "the operation grid: $RANDPROG is not built (make tests/randprog)"
    finish
fi
export GRADC

if [ "$CUDA_ON" = host ]; then
    check "the grid's kernels, as serial C" env CC="${CC:-cc}" "$RANDPROG" --grid --every "$CUDA_EVERY" \
        --save cuda-failures
fi
reason=$(cuda_lacks)
if [ -n "$reason" ]; then
    skip "CUDA programs: $reason"
    finish
fi
VALUES=$(dirname "$RANDPROG")/cuda_values
if [ -x "$VALUES" ]; then
    check "every elementwise operation and cast, in every dtype, at its edges" "$VALUES"
else
    skip "operations at their edges: tests/cuda_values is not built (it needs Check)"
fi
check "the grid as CUDA programs" "$RANDPROG" --grid --target cuda --every "$CUDA_EVERY" --orders "$CUDA_ORDERS" \
    --save cuda-failures
check "... one kernel for each operation, at -O0" "$RANDPROG" --grid --target cuda --gradc -O0 \
    --every "$((CUDA_EVERY * 3))" --orders "$CUDA_ORDERS" --save cuda-failures
check "random programs as CUDA programs" "$RANDPROG" --target cuda --first 1000 --count "$CUDA_RANDOM" \
    --orders "$CUDA_ORDERS" --save cuda-failures
finish
