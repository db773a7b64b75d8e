#!/bin/sh
# cuda_host.sh -- what the host does in a CUDA program, in the test bed or on a GPU (cuda_lib.sh): training by queued graphs
# and without, checkpoints, what goes wrong in a step on its way, data that is computed, a library, errors of the device.
#
# Beside each program stands the same model in C: logs agree but for rounding; graphs and single launches agree in every bit.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cuda_needs
cd "$TMP" || exit 3

# build NAME: ./NAME and, in C, ./NAME-c
build() { "$GRADC" -f "$1.dsl" -o "$1-c" && cuda_make "$1" "$1.dsl"; }

# same_log A B: the same rows, and numbers but for rounding
same_log() {
    paste -d, "$1" "$2" | awk -F, '
        { half = NF / 2
          for (i = 1; i <= half; i++) {
              a = $i; b = $(i + half)
              if (a == b) continue
              d = a - b; if (d < 0) d = -d
              m = a < 0 ? -a : a
              if (i <= 3 || a == "" || b == "" || !(d <= 1e-3 * m + 1e-5)) {
                  print "row " NR ": " a " and " b; bad = 1 } } }
        END { exit bad || NR < 2 }'
}

# train LOG PROGRAM OPTION...
train() {
    log=$1 program=$2
    shift 2
    "./$program" train --quiet --log "$log.csv" --save "$log.safetensors" "$@"
}
same_run() { cmp "$1.csv" "$2.csv" && cmp "$1.safetensors" "$2.safetensors"; }

# ---- training ----

# Data that the program makes; a valid split; 70 samples are four batches and a short one.
cat >plain.dsl <<'D'
option lr = 1e-2
input x: f32[batch, 5]
input y: f32[batch, 1]
h = x |> linear(9) |> tanh |> dropout(0.1)
height = h |> linear(1)
loss = mse_loss(height, y)
metric off = mean(abs(height - y))
output value = height
data train {
    x = randn(70, 5)
    y = randn(70, 1)
}
data valid {
    x = randn(33, 5)
    y = randn(33, 1)
}
train {
    minimize loss with adam(lr = lr)
    batch = 16
    epochs = 3
    shuffle = true
}
D

# Steps of several batches, averages, the best epoch, running statistics, batches that are computed from what a file has.
cat >rows.awk <<'D'
BEGIN { srand(7); for (i = 0; i < 61; i++) { a = rand(); b = rand(); printf "%.3f,%.3f,%d\n", a, b, (a + b > 1) } }
D
awk -f rows.awk >rows.csv
cat >rich.dsl <<'D'
input x: f32[batch, 2]
input label: i32[batch]
logits = x |> linear(8, bias = false) |> batchnorm1d() |> relu |> linear(2)
loss = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
data train { x = csv("rows.csv", rows = :48, columns = :2) * 2 - 1
             label = csv("rows.csv", rows = :48, columns = 2) }
data valid { x = csv("rows.csv", rows = 48:, columns = :2) * 2 - 1
             label = csv("rows.csv", rows = 48:, columns = 2) }
train {
    minimize loss with adam(lr = 0.01 * exponential(epoch - 1, 0.9))
    clip_norm  = 1.0
    batch      = 5
    accumulate = 3
    average    = 0.9
    monitor    = "accuracy"
    epochs     = 4
}
D

# Batches that are computed, in steps that are queued; a label that a batch checks.
cat >fetch.dsl <<'D'
option shift = 0
option scale = 1
input x: f32[batch, 2]
input label: i32[batch]
logits = x |> linear(6) |> tanh |> linear(2)
loss = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
table = arange(0.0, 2.0, 0.25)
data train { x = csv("rows.csv", columns = :2) * 2 - table[i64(csv("rows.csv", columns = :2) > 0.5) + i64(shift)]
             label = i32(csv("rows.csv", columns = 2)) * i32(scale) }
train {
    minimize loss with adam(lr = 0.01)
    batch = 7
    epochs = 3
    shuffle = true
}
D

# Two steps in turn, of which one waits.
cat >turns.dsl <<'D'
input x: f32[batch, 3]
a = linear(4)
b = linear(3)
first = mse_loss(x |> a |> tanh |> b, x)
second = mean(abs(x |> a))
data train { x = randn(21, 3) }
train {
    batch = 4
    epochs = 2
    step { minimize first with sgd(lr = 0.1) over a, b }
    step { minimize second with adam(lr = 0.01) over a
           every = 2 }
}
D

# Two blocks in turn, each over micro-batches, with averages; a state that counts those.  --index, --root and --place
# let an index of the second block, its loss, and the samples of a micro-batch go wrong.
awk 'BEGIN { for (i = 0; i < 60; i++) print i }' >count.csv
cat >parts.dsl <<'D'
option index = 0
option root = 1000.0
option place = 0
input i: i64[batch]
param w = 0.0
param table = ones(30, 2)
state seen = 0.0
seen <- seen + 1
rise = mean(0.0 * f32(i) - w)
fall = mean(table[(i64(w) + i64(seen)) * i64(index) + i] ** 2 * sqrt(root - w - seen))
places = arange(60) // 12
data train { i = places[i64(csv("count.csv", columns = 0)) + i64(place)] }
train {
    batch      = 2
    accumulate = 3
    average    = 0.5
    epochs     = 2
    step { minimize rise with sgd(lr = 1) over w }
    step { minimize fall with adam(lr = 0.1) over table }
}
D

for model in plain rich fetch turns parts; do
    check "$model: builds" build "$model"
    check "... trains as in C" eval "train $model-c $model-c && train $model $model && same_log $model-c.csv $model.csv"
    check "... by single launches: the same bits" eval "train single $model --no-graph && same_run $model single"
    for order in $CUDA_ORDERS; do
        check "... in order $order: the same bits" eval "cuda_run $order ./$model train --quiet --log order.csv \
            --save order.safetensors && same_run $model order"
    done
    [ "$CUDA_ON" = device ] || check "... by steps that are queued: only they have events" eval \
        "exits 3 env CUDAHOST_FAIL=cudaEventRecord:50 ./$model train --quiet --no-save --no-log &&
         CUDAHOST_FAIL=cudaEventRecord:1 ./$model train --quiet --no-save --no-log --no-graph"
    check "... stopped after an epoch and resumed: the same bits" eval "train part $model --epochs 1 &&
        train part $model --resume --epochs \$(sed -n 's/.*epochs *= *//p' $model.dsl) && same_run $model part"
done

# ---- the other commands ----

check "eval reads the checkpoint" eval "train plain plain && ./plain eval --load plain.safetensors >gpu.txt &&
    ./plain-c eval --load plain.safetensors >c.txt && cat gpu.txt c.txt && close c.txt gpu.txt"
cat >x.dsl <<'D'
save("x.npy", arange(21 * 5) / 50 - 1 |> reshape(21, 5))
D
check "predict writes what C writes" eval "$GRADC run x.dsl && ./plain predict --load plain.safetensors --in.x x.npy \
    --out.value gpu.npy && ./plain-c predict --load plain.safetensors --in.x x.npy --out.value c.npy &&
    od -An -v -w4 -tf4 -j128 gpu.npy >gpu.txt && od -An -v -w4 -tf4 -j128 c.npy >c.txt && close c.txt gpu.txt"
check "gradients are checked" says "gradients agree with differences" ./plain check --entries 2
check "info" says "work space" ./plain info
check "bench runs" says "steps/s" ./plain bench --steps 12
check "--profile times kernels" says "profile of train" ./plain train --quiet --no-save --no-log --epochs 1 --profile
check "... but not those of the first run, nor against the processor" sh -c '
    ./plain bench --steps 3 --profile 2>profile; grep -q "^profile of train: 3 runs in .* s of it in kernels; [^0-9]" profile &&
    grep -q "the run before these" profile && ! grep -q "a core does" profile &&
    grep -q "[0-9]      -  .*[0-9]      -  .* k_" profile'
check "the banner names the device" eval "./plain train --no-save --no-log --epochs 1 | grep '^on '"
check "--help has what says something on a GPU" eval "./plain --help | tee help.txt | grep -q no-graph &&
    ./plain-c --help | grep -q keep-denormals && ! grep -e '--threads' -e keep-denormals help.txt"
check "... which takes the rest" ./plain train --quiet --no-save --no-log --epochs 1 --keep-denormals --threads 1
check "--no-graph is no option of a C program" exits 2 ./plain-c train --no-graph

# ---- what goes wrong in a step on its way ----

# As in C: the status, the message but for the program's name, the rows of the log before it.
goes_wrong() {
    wrong=$1 wanted=$2
    shift 2
    status=0
    "./$wrong" train --quiet --no-save --log gpu.csv "$@" >/dev/null 2>gpu.err || status=$?
    "./$wrong-c" train --quiet --no-save --log c.csv "$@" >/dev/null 2>c.err && return 1
    sed "s/^$wrong-c/$wrong/" c.err >as.err
    cat gpu.err as.err
    [ "$status" -eq "$wanted" ] && cmp gpu.err as.err && [ "$(wc -l <gpu.csv)" -eq "$(wc -l <c.csv)" ]
}
cat >index.dsl <<'D'
input i: i64[batch]
param table = ones(9, 3)
option shift = 0
loss = mean(table[i + i64(shift)] ** 2)
data train { i = arange(60) // 7 }
train { minimize loss with sgd(lr = 0.1)
        batch = 5 }
D
# An index of a library's function has no line to tell; and of several kernels the first is told.
cat >later.dsl <<'D'
option shift = 0
input i: i64[batch]
param table = ones(5, 3)
second = embedding(5, 2)
loss = mean(second(i % 7 + i64(shift)) ** 2) + mean(table[i + i64(shift)] ** 2)
data train { i = arange(40) // 4 }
train { minimize loss with sgd(lr = 0.1)
        batch = 4 }
D
# Two axes on one line: the index and the size that are told belong together.
cat >axes.dsl <<'D'
option shift = 0
input i: i64[batch]
param wide = ones(9, 3)
param high = ones(4, 3)
loss = mean((wide[i - i64(40 * shift)] * high[i % 4 + i64(20 * shift)]) ** 2)
data train { i = arange(40) // 5 }
train { minimize loss with sgd(lr = 0.1)
        batch = 4 }
D
check "later: builds" build later
check "axes: builds" build axes
check "of two axes on one line the first is told as in C" goes_wrong axes 1 --shift 1
check "of several indices out of range the first is told as in C" goes_wrong later 1
check "index: builds" build index
check "... trains as in C" eval "train index-c index-c && train index index && same_log index-c.csv index.csv"
check "an index out of range in the tenth step is told as in C" goes_wrong index 1 --shift 1
check "... and in the first" goes_wrong index 1 --shift 9
cat >nan.dsl <<'D'
option lr = 0.5
input x: f32[batch]
param w = 2.0
scaled = sqrt(w * x)
loss = mean(scaled)
data train { x = arange(1.0, 41.0) }
train { minimize loss with sgd(lr = lr)
        batch = 4 }
D
# What is told depends on what the blocks and micro-batches before have changed, each once.
check "of two blocks the second has an index out of range: told as in C" goes_wrong parts 1 --index 2
check "... in a later step" goes_wrong parts 1 --index 1
check "... in the first" goes_wrong parts 1 --index 99
check "... or a loss that is not finite" goes_wrong parts 4 --root 40
check "... or a micro-batch has samples out of range" goes_wrong parts 1 --place 20
check "... the first of a step" goes_wrong parts 1 --place 24
[ "$CUDA_ON" = device ] || check "... and of what was not finite once the steps behind have not changed anything" eval \
    "CUDAHOST_SPOIL=k_rise:5,k_fall:20,k_fall:50 train once parts && same_run parts once &&
     exits 4 env CUDAHOST_SPOIL=k_rise:5 ./parts train --quiet --no-save --no-log --no-graph &&
     exits 4 env CUDAHOST_SPOIL=k_fall:20 ./parts train --quiet --no-save --no-log --no-graph"
check "an index out of range in the data of a batch is told as in C" goes_wrong fetch 1 --shift 7
check "... and a label" goes_wrong fetch 1 --scale 2
check "nan: builds" build nan
check "a loss that is not finite is traced as in C" goes_wrong nan 4
check "... also where single kernels are launched" goes_wrong nan 4
check "... and where it is infinite at once" goes_wrong nan 4 --lr 1e39

# ---- a library ----

cat >line.dsl <<'D'
input x: f32[batch, 2]
input y: f32[batch, 1]
height = linear(1)(x)
loss = mse_loss(height, y)
output value = height
train {
    minimize loss with sgd(lr = 0.1)
    batch = 4
}
D
cat >main.c <<'D'
#include <stdio.h>
#ifdef __CUDACC__
/* The program has errors of its own, and works on the first device; the second instance is made for the last. */
static void use(int last)
{
    int devices = 1;
    void *none;
    cudaMalloc(&none, (size_t)1 << 60);
    cudaGetDeviceCount(&devices);
    cudaSetDevice(last ? devices - 1 : 0);
}
static int used()
{
    int device = -1;
    return cudaGetDevice(&device) == cudaSuccess && device == 0;
}
#else
#define use(last) ((void)0)
#define used()    1
#endif
int main()
{
    const float x[8] = {1, 2, 3, 4, -1, 0, 2, -2}, y[4] = {1, 2, 0, -1};
    float value[4];
    double loss = 0;
    use(0);
    line *one = line_create(1);
    use(1);
    line *two = line_create(1);
    use(0);
    if (!one || !two) {
        puts(line_error(NULL));
        return 3;
    }
    for (int i = 0; i < 20; i++) /* two instances in turn; batches of 4 and of 3 */
        if (line_train_step(one, 4 - i % 2, x, y, &loss) || (i < 10 && line_train_step(two, 4, x, y, NULL)))
            return 1;
    use(0);
    printf("%.4f %d\n", loss, used());
    for (int k = 0; k < 2; k++) {
        if (line_predict(k ? two : one, 4, x, value))
            return 1;
        printf("%.4f %.4f %.4f %.4f\n", value[0], value[1], value[2], value[3]);
    }
    if (line_save(one, "line.safetensors") || line_load(two, "line.safetensors") || line_predict(two, 1, x, value))
        return 1;
    printf("%.4f\n", value[0]);
    const float bad[2] = {3e38f, 3e38f};
    printf("%d %s\n", line_train_step(one, 1, bad, y, &loss), line_error(one));
    line_destroy(one);
    line_destroy(two);
    return !used();
}
D
library() {
    "$GRADC" -f --emit=lib line.dsl -o line.c && { echo '#include "line.h"' && cat main.c; } >main-c.c &&
        ${CC:-cc} -I. -I"$SRC/runtime" main-c.c line.c "$(dirname "$GRADC")/libgradcrt.a" -lm -o line-c &&
        "$GRADC" -f --emit=lib --target=cuda line.dsl -o line.cu && cat line.cu main.c >all.cu || return
    if [ "$CUDA_ON" = device ]; then
        "$NVCC" -I. -I"$SRC/runtime" all.cu "$(dirname "$GRADC")/libgradcrt.a" -lcublas -o line-gpu || return
    else
        sh "$SRC/tests/cudahost/build.sh" all.cu -o line-gpu || return
    fi
    ./line-c >c.txt && ./line-gpu >gpu.txt && cat c.txt gpu.txt && close c.txt gpu.txt
}
check "a library: two instances train, predict, save and fail as in C" library
check "... whose header says on which GPU they are" grep -q "lives on the GPU that was the current one" line.h
[ "$CUDA_ON" = device ] || check "... also where they have a device each" eval \
    "CUDAHOST_DEVICES=2 CUDAHOST_LEAKS=1 ./line-gpu >two.txt && cmp gpu.txt two.txt"

# ---- a device that fails ----

if [ "$CUDA_ON" = host ]; then
    check "nothing is left when a program ends" env CUDAHOST_LEAKS=1 ./plain train --quiet --no-save --no-log
    check "no device: status 3" exits 3 env CUDAHOST_DEVICE=none ./plain eval
    check "... and a line that says so" says "plain: this program needs an NVIDIA GPU, and none can be used here: " \
        env CUDAHOST_DEVICE=none ./plain eval
    check "... which a library tells, too" says "this program needs an NVIDIA GPU, and none can be used here: " \
        env CUDAHOST_DEVICE=none ./line-gpu
    check "no driver: status 3" exits 3 env CUDAHOST_DEVICE=nodriver ./plain
    check "... and a line that says so" says "needs an NVIDIA GPU, and no NVIDIA driver is here: " \
        env CUDAHOST_DEVICE=nodriver ./plain
    check "too little memory: status 3" exits 3 env CUDAHOST_MEMORY=3000 ./plain
    check "... and both sizes" says "of the GPU's memory, of which 0.003 MB are free" env CUDAHOST_MEMORY=3000 ./plain
    for call in cudaMalloc:1 cudaMallocHost:1 cudaMemcpyAsync:30 cudaStreamCreateWithFlags:2 cudaEventRecord:4 \
        cudaStreamEndCapture:1 cudaGraphInstantiateWithFlags:1 cudaGraphLaunch:3 cudaStreamSynchronize:2; do
        check "$call fails: status 3" exits 3 env CUDAHOST_FAIL=$call ./plain train --quiet --no-save --no-log
        check "... and the call's name" says "the GPU failed in ${call%:*}: " \
            env CUDAHOST_FAIL=$call ./plain train --quiet --no-save --no-log
    done
    # An evaluation that the device breaks off has no results, in training neither.
    kernel=$(sed -n 's/^ *GRT_LAUNCHED(cuda, "\(k_eval_[a-z0-9_]*\)", [1-9].*/\1/p' plain.cu | head -1)
    for call in "$kernel:2" cudaMemcpyAsync:9 cudaStreamSynchronize:6 cudaMemsetAsync:2; do
        check "$call fails: eval ends with 3" exits 3 env CUDAHOST_FAIL="$call" ./plain eval --load plain.safetensors
        check "... and tells no metrics of it" eval '[ "$(grep -c "samples)" "$TMP/check.log")" -lt 2 ]'
    done
    # Whichever copy fails, the last one too, which is of weights for TensorBoard.
    copies=0 status=3
    while [ "$status" -eq 3 ] && [ $copies -lt 300 ]; do
        copies=$((copies + 1)) status=0
        CUDAHOST_FAIL=cudaMemcpyAsync:$copies ./plain train --quiet --no-save --no-log --epochs 1 --tensorboard board >copy.log 2>&1 || status=$?
    done
    check "a copy that fails, any of $((copies - 1)), ends with 3" eval '[ $status -eq 0 ] && [ $copies -gt 5 ] && ! grep -q "fails, as asked" copy.log'
    check "$kernel fails: so does train" exits 3 env CUDAHOST_FAIL="$kernel:1" ./plain train --quiet --no-save --no-log
    check "... and check, by k_check_loss" exits 3 env CUDAHOST_FAIL=k_check_loss:5 ./plain check --entries 2
    for error in 209 222; do
        check "error $error before the first launch: no code for this GPU" says \
            "this program has no code for the GPU here, which has compute capability 9.0: " \
            env CUDAHOST_FAIL=cudaFuncGetAttributes:1:$error ./plain
    done
    check "... any other: what it is" says "plain: the GPU cannot be used: CUDA-capable device(s) is/are busy or unavailable" \
        env CUDAHOST_FAIL=cudaFuncGetAttributes:1:46 ./plain
    room='; plain needs [0-9.]* MB of the GPU.s memory, of which [0-9.e+]* MB are free: a smaller batch needs less$'
    for call in cudaFuncGetAttributes:1:2 cudaMalloc:1 cudaMallocHost:1 cudaMallocHost:2; do
        check "no memory for $call: both sizes" eval "env CUDAHOST_FAIL=$call ./plain 2>&1 | grep '^plain: the GPU .*$room'"
    done
    kernel=$(sed -n 's/^ *GRT_LAUNCHED(cuda, "\(k_[a-z0-9_]*\)", [1-9].*/\1/p' plain.cu | head -1)
    check "a launch that fails names kernel and line" eval \
        "env CUDAHOST_FAIL=$kernel:1 ./plain 2>&1 | grep '^plain.dsl:[0-9]*: the GPU failed in $kernel: '"
fi
if command -v nvcc >/dev/null 2>&1 && ! nvidia-smi -L 2>/dev/null | grep -q '^GPU'; then
    check "without a GPU: nvcc builds it" "$GRADC" -f --target=cuda --cuda-arch=sm_90 plain.dsl -o nvidia
    check "... and it ends with 3" exits 3 ./nvidia
    check "... saying why" says "plain: this program needs an NVIDIA GPU" ./nvidia
else
    skip "a program of nvcc's without a GPU: no nvcc, or there is a GPU"
fi
finish
