#!/bin/sh
# cuda_ops.sh -- every function of the language and the library as a CUDA program, forward and backward, against the C of
# -O0: the operation grid, and random programs (see cuda_lib.sh for where they run).
#
#     sh tests/cuda_ops.sh                        in `make check`: one place in 150 of the grid, another in each row
#     CUDA_EVERY=1 CUDA_RANDOM=400 sh tests/cuda_ops.sh       `make check-cuda`
#     sh tests/cuda_ops.sh grid 3/16              one part (serial, values, grid, plain, random); the fourth of 16 shares of it
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

# A share of the work: each takes what the others leave out.
share=${2:-0/1}
own=${share%/*}
on_grid() { # on_grid TIMES OPTION...: one place in CUDA_EVERY * TIMES
    every=$((CUDA_EVERY * $1))
    shift
    "$RANDPROG" --grid --every "$every" --share "$share" --save cuda-failures "$@"
}
at_random() {
    "$RANDPROG" --target cuda --first $((1000 + CUDA_RANDOM * own)) --count "$CUDA_RANDOM" --orders "$CUDA_ORDERS" \
        --save cuda-failures
}

part_serial() { check "the grid's kernels, as serial C" env CC="${CC:-cc}" "$RANDPROG" --grid --every "$CUDA_EVERY" --save cuda-failures; }
part_values() {
    VALUES=$(dirname "$RANDPROG")/cuda_values
    if [ -x "$VALUES" ]; then
        check "every elementwise operation and cast, in every dtype, at its edges" "$VALUES"
    else
        skip "operations at their edges: tests/cuda_values is not built (it needs Check)"
    fi
}
part_grid() { check "the grid as CUDA programs" on_grid 1 --target cuda --orders "$CUDA_ORDERS"; }
part_plain() { check "... one kernel for each operation, at -O0" on_grid 3 --target cuda --gradc -O0 --orders "$CUDA_ORDERS"; }
part_random() { check "random programs as CUDA programs" at_random; }

parts=${1:-$([ "$CUDA_ON" = host ] && echo serial; echo values grid plain random)}
for part in $parts; do
    case $part in
    serial) ;;
    values | grid | plain | random)
        reason=$(cuda_lacks)
        [ -z "$reason" ] || { skip "CUDA programs: $reason" && finish; } ;;
    *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
    "part_$part"
done
finish
