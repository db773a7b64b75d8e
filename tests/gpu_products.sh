#!/bin/sh
# gpu_products.sh -- products and convolutions as a GPU computes them: the kernels for it as serial C
# give what -O0 gives; and the device functions that they call (gpu_products.cu) in the test bed, in all its
# builds and several orders of threads.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# printed FILE DSL OPTIONS...: what the program prints, built in a way
printed() {
    file=$1
    dsl=$SRC/tests/$2
    shift 2
    "$GRADC" run "$@" "$dsl" >"$file"
}

# kernels DSL OPTIONS...: those of a GPU as text
kernels() {
    dsl=$SRC/tests/$1
    shift
    "$GRADC" --target=cuda --serial --emit=kernels "$@" "$dsl"
}

# at_least NUMBER PATTERN: so many of the lines read match it
at_least() { grep -c "$2" | { read -r n && [ "$n" -ge "$1" ]; }; }

parted() { kernels "$1" --blas=none | at_least "$2" 'the sum in parts of'; }
called() { kernels products.dsl --blas=cublas | at_least 5 'cblas_[sd]gemm'; }
left_out() { ! kernels products.dsl --blas=none | grep -q cblas_; }

for name in products library/convolutions; do
    check "$name: -O0 prints" printed o0.txt $name.dsl -O0
    check "$name: kernels for a GPU as serial C print" printed gpu.txt $name.dsl --target=cuda --serial --blas=none
    check "$name: they agree" diff o0.txt gpu.txt
done
check "long sums are cut into parts" parted products.dsl 10
check "large products are calls of the BLAS" called
check "--blas=none: none is" left_out

right() { CUDAHOST_LEAKS=1 cuda_run "$1" ./functions; }

reason=$(cuda_lacks)
[ "$CUDA_ON" = host ] || reason="on a device the models do it"
[ -z "$reason" ] || skip "device functions: $reason"
for way in "" --check --asan; do
    [ -z "$reason" ] || continue
    # shellcheck disable=SC2086 # a flag, or nothing
    check "device functions are built $way" sh "$SRC/tests/cudahost/build.sh" $way "$SRC/tests/gpu_products.cu" -o functions
    for order in $CUDA_ORDERS; do
        check "and are right, $order" right "$order"
    done
done
finish
