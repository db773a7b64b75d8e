#!/bin/sh
# gpu_cudnn.sh -- convolutions by cuDNN (--conv=cudnn): which products are its, what they and their gradients are in the
# test bed beside -O0, and what is told where it cannot.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# A border; steps and taps that differ by axis; taps apart, no border. The last batch is short.
cat >train.dsl <<'D'
input x: f32[batch, 5, 17, 15]
input y: i32[batch]
a = x |> conv2d(16, 3, padding = 1) |> relu
b = a |> conv2d(24, [3, 2], stride = [2, 1], padding = [1, 0])
c = tanh(b) |> conv2d(20, 3, dilation = 2)
logits = mean(c, axis = [2, 3]) |> linear(5)
loss = cross_entropy(logits, y)
data train { x = randn(16, 5, 17, 15)
             y = i32(argmax(randn(16, 5), axis = 1)) }
data test { x = randn(5, 5, 17, 15)
            y = i32(argmax(randn(5, 5), axis = 1)) }
train { minimize loss with sgd(lr = 0.1)
        batch = 12
        epochs = 2 }
D
# By groups, along one axis, and a small one: own kernels.
cat >own.dsl <<'D'
input x: f32[batch, 16, 17, 15]
grouped = x |> conv2d(32, 3, groups = 4)
line = reshape(x, -1, 16, 255) |> conv1d(18, 5)
small = x[:, :5] |> conv2d(2, 3)
loss = mean(grouped ** 2) + mean(line ** 2) + mean(small ** 2)
data train { x = randn(64, 16, 17, 15) }
train { minimize loss with sgd(lr = 0.1)
        batch = 32 }
D
emitted() { "$GRADC" --target=cuda --emit=c -f "$@" train.dsl -o all.cu; }
# calls NUMBER WORD: in the training step
calls() {
    sed -n '/^static void launch_train/,/^}/p' all.cu | tr -d '\n' | grep -o 'grt_conv_f32([^;]*;' >calls.txt
    [ "$(grep -c "$2" calls.txt)" -eq "$1" ]
}
refuses() {
    "$GRADC" "$@" train.dsl -o no 2>error.txt
    [ $? -eq 2 ] && grep -q -e '--conv' error.txt
}

check "as CUDA" emitted
check "own kernels, unless cuDNN is asked for" sh -c '! grep -q -i cudnn all.cu'
check "--conv=cudnn" emitted --conv=cudnn --blas=none
check "three convolutions, and the gradients of two by what they read" calls 5 'GRT_CONV,'
check "three gradients by filters" calls 3 'GRT_CONV_GRADIENT'
check "steps" calls 2 '{3, 2}, {2, 1}, {1, 1}'
check "taps that lie apart" calls 3 '{3, 3}, {1, 1}, {2, 2}'
check "it is linked" grep -q -e '-lcudnn' all.cu
check "... and cuBLAS is not" sh -c '! grep -q lcublas all.cu'
check "--tf32 is told to it" emitted --conv=cudnn --blas=none --tf32
check "..." grep -qx '#define GRT_TF32 1' all.cu
check "groups, one axis, small ones" "$GRADC" --target=cuda --conv=cudnn --emit=c -f own.dsl -o own.cu
check "are own kernels" sh -c '! grep -q -i cudnn own.cu'
check "at -O0 there is none" emitted --conv=cudnn -O0
check "..." sh -c '! grep -q -i cudnn all.cu'
check "in C there is none" refuses --conv=cudnn
check "nor for a processor" refuses --conv=cudnn --target=cuda --serial
check "what is unknown" refuses --conv=own2 --target=cuda

losses() { awk -F, 'NR > 1 { print $4 }' "$1"; }
learns() {
    cuda_run "$1" ./train --quiet --no-save --log train.csv && losses train.csv >train.txt && close o0.txt train.txt
}
fails() {
    CUDAHOST_FAIL=$1 cuda_run forward ./train --quiet --no-save --no-log >error.txt 2>&1
    [ $? -eq 3 ] && grep -q "$2" error.txt
}

reason=$(cuda_lacks)
[ -z "$reason" ] || { skip "CUDA: $reason" && finish; }
if [ "$CUDA_ON" = device ] && ! echo '#include <cudnn.h>' | "$NVCC" -x cu -E - >/dev/null 2>&1; then
    skip "convolutions by cuDNN: nvcc finds no cudnn.h" && finish
fi
check "training is built at -O0" "$GRADC" -O0 "$QUICK" train.dsl -o train0
check "... and runs" ./train0 --quiet --no-save --log train0.csv
losses train0.csv >o0.txt
for layer in check plain; do
    [ "$CUDA_ON" = host ] && CUDA_LAYER=$layer
    check "it is built as CUDA, $layer" cuda_make ./train train.dsl --conv=cudnn --no-check
    for order in $([ $layer = check ] && echo 1 || echo "$CUDA_ORDERS"); do
        check "its losses are those of -O0, $order" learns "$order"
    done
done
check "a captured step is as one that is not" sh -c './train --quiet --no-save --no-graph --log plain.csv &&
    cut -d, -f1-4 train.csv >a && cut -d, -f1-4 plain.csv >b && cmp a b'
if [ "$CUDA_ON" = host ]; then
    check "no algorithm" fails cudnnGetConvolutionForwardAlgorithm_v7:2 'train.dsl:[0-9]*: the GPU failed in k_.*: cuDNN has no deterministic way'
    check "a convolution that fails" fails cudnnConvolutionBackwardFilter:2 'the GPU failed in k_.*cuDNN says'
    check "no cuDNN" fails cudnnCreate:1 'train: the GPU failed in the start of cuDNN: cuDNN says'
fi
finish
