#!/bin/sh
# gpu_products.sh -- products and convolutions as a GPU computes them, in whole numbers: the kernels for it give what -O0
# gives, as serial C and as CUDA in the test bed; and so do the device functions that they call, by themselves
# (gpu_products.cu). In several orders of threads, and with all checks.
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

for name in products gpu_convolutions; do
    check "$name: -O0 prints" printed $name.o0 $name.dsl -O0 "$QUICK"
    check "$name: kernels for a GPU as serial C print" printed $name.serial $name.dsl --target=cuda --serial --blas=none "$QUICK"
    check "$name: they agree" diff $name.o0 $name.serial
done
check "long sums are cut into parts" parted products.dsl 10
check "large products are calls of the BLAS" called
check "--blas=none: none is" left_out

# agrees ORDER DSL: what ./cuda prints, as at -O0
agrees() { cuda_run "$1" ./cuda >"$2.cuda" && diff "$2.o0" "$2.cuda"; }
right() { CUDAHOST_LEAKS=1 cuda_run "$1" ./functions; }

reason=$(cuda_lacks)
[ -z "$reason" ] || { skip "CUDA: $reason" && finish; }

# layer, model, option
for way in "plain products --blas=none" "plain products" "check gpu_convolutions"; do
    # shellcheck disable=SC2086 # words
    set -- $way
    [ "$CUDA_ON" = host ] && CUDA_LAYER=$1
    check "$way: it is built" cuda_make ./cuda "$SRC/tests/$2.dsl" $3
    for order in $CUDA_ORDERS; do
        check "and agrees with -O0, $order" agrees "$order" "$2"
    done
done

for way in "" --check ${CUDA_EVERY:+--asan}; do
    [ "$CUDA_ON" = host ] || continue
    # shellcheck disable=SC2086 # a flag, or nothing
    check "device functions are built $way" sh "$SRC/tests/cudahost/build.sh" $way "$SRC/tests/gpu_products.cu" -o functions
    for order in $CUDA_ORDERS; do
        check "and are right, $order" right "$order"
    done
done
finish
