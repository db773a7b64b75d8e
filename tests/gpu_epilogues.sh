#!/bin/sh
# gpu_epilogues.sh -- what cuBLASLt computes of a product's elements: which products are its, what they give in the test
# bed, beside -O0 and with the kernel that does it where cuBLASLt knows no algorithm, and what a gradient that reads
# the product gets.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1
DSL=$SRC/tests/gpu_epilogues.dsl

emitted() { "$GRADC" --target=cuda --emit=c -f "$1" "$DSL" -o all.cu; }
# calls NUMBER WORD: so many calls have it
calls() { [ "$(tr -d '\n' <all.cu | grep -o "grt_gemm_then[^;]*;" | grep -c "$2")" -eq "$1" ]; }

check "as CUDA" emitted --tf32
check "a bias alone" calls 2 GRT_LINEAR
check "relu" calls 6 GRT_RELU
check "two have no bias" calls 2 nullptr
check "gelu by its coefficients" calls 3 GRT_GELU
check "many products at once" calls 1 then_batch
check "cuBLASLt is asked for" grep -q '^#define GRT_USES_BLAS_LT 1' all.cu
check "... and linked" grep -q -e '-lcublas -lcublasLt' all.cu
check "--blas=none" emitted --blas=none
check "has none" sh -c '! grep -q "gemm_then\|BLAS_LT\|cublas" all.cu'
check "at -O0 there is none" emitted -O0
check "..." sh -c '! grep -q "gemm_then\|BLAS_LT" all.cu'

# ---- values ----

printed() { "$GRADC" run -O0 "$QUICK" "$DSL" >o0.txt; }
check "-O0 prints" printed
agrees() { cuda_run "$1" ./all >cuda.txt && close o0.txt cuda.txt; }
# The N-th product's algorithm is not to be had: the others stay as they are.
does_without() { CUDAHOST_FAIL=cublasLtMatmulAlgoGetHeuristic:$1 agrees forward; }
fails() {
    CUDAHOST_FAIL=cublasLtMatmul:2 cuda_run forward ./all >cuda.txt 2>error.txt
    [ $? -eq 3 ] && grep -q 'the GPU failed in k_.*cuBLAS says' error.txt
}

reason=$(cuda_lacks)
[ -z "$reason" ] || { skip "CUDA: $reason" && finish; }
[ "$CUDA_ON" = host ] && CUDA_LAYER=check
check "the program is built" cuda_make ./all "$DSL"
for order in $CUDA_ORDERS; do
    check "it prints what -O0 does, $order" agrees "$order"
done
if [ "$CUDA_ON" = host ]; then
    for number in 1 5 8 11; do
        check "without an algorithm for product $number" does_without $number
    done
    check "a call that fails is told" fails
    check "so is cuBLAS that finds no memory to start in" says \
        "gpu_epilogues: the GPU failed in the start of cuBLAS: cuBLAS says CUBLAS_STATUS_NOT_INITIALIZED; gpu_epilogues needs " \
        env CUDAHOST_FAIL=cublasCreate:1 ./all
fi

# ---- training: captured graphs, a short last batch, and what the gradient reads ----

cat >train.dsl <<'D'
input x: f32[batch, 128]
input y: i32[batch]
def gelu_tanh(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))
h = x |> linear(160) |> relu |> linear(140) |> gelu_tanh |> linear(130) |> relu
logits = h |> linear(10)
loss = cross_entropy(logits, y)
data train { x = randn(300, 128)
             y = i32(argmax(randn(300, 10), axis = 1)) }
data test { x = randn(130, 128)
            y = i32(argmax(randn(130, 10), axis = 1)) }
train { minimize loss with sgd(lr = 0.1)
        batch = 128
        epochs = 3 }
D
losses() { awk -F, 'NR > 1 { print $4 }' "$1"; }
learns() {
    cuda_run "$1" ./train --quiet --no-save --log train.csv && losses train.csv >train.txt && close o0.txt train.txt
}
check "training is built at -O0" "$GRADC" -O0 "$QUICK" train.dsl -o train0
check "... and runs" ./train0 --quiet --no-save --log train0.csv
losses train0.csv >o0.txt
[ "$CUDA_ON" = host ] && CUDA_LAYER=plain
check "it is built as CUDA" cuda_make ./train train.dsl
for order in $CUDA_ORDERS; do
    check "its losses are those of -O0, $order" learns "$order"
done
check "a captured step is as one that is not" sh -c './train --quiet --no-save --no-graph --log plain.csv &&
    cut -d, -f1-4 train.csv >a && cut -d, -f1-4 plain.csv >b && cmp a b'
finish
