#!/bin/sh
# streams.sh -- states that are carried from batch to batch: lanes of samples, a state for each pass, first
# values, checkpoints, the C API, a GPU.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# A program that adds up what each lane has seen; w, which is never moved, makes a loss of it.
cat >sums.dsl <<'D'
option lr = 0.0
param w = 1.0
input x: f32[batch]
state total: f32[batch] = 100 * w
total <- total + x
loss = mean(w * total)
metric seen = mean(total)
output sum = total
data train { x = f32(arange(11)) }
data valid { x = 10 * f32(arange(5)) }
train {
    minimize loss with sgd(lr = lr)
    batch  = 2
    epochs = 2
}
D
build() { "$GRADC" --cflags=-O1 "$@"; }
losses() { awk -F, '$3 == "train" { printf "%s ", $4 }' "$1"; }
# logged TEXT PROGRAM OPTION...: the losses of its steps
logged() {
    want=$1
    shift
    "$@" --log log.csv >run.log && [ "$(losses log.csv)" = "$want" ] || { cat run.log log.csv; return 1; }
}
# Lanes 0 1 2 3 4 and 5 6 7 8 9; and, in both epochs, first values.
epoch='102.5 106 110.5 116 122.5 '
carries() {
    check "$1: rows go on where they ended, and begin anew in each epoch" logged "$epoch$epoch" ./"$1"
    check "$1: what fills no lane is left out, and it is said" \
        says "in 2 lanes of 5 samples, one behind the other; 1 left out" cat run.log
    check "$1: an evaluation has its own" says "valid seen 120 loss 120" cat run.log
    check "$1: the checkpoint has the training's, whatever was evaluated behind it" \
        says "110 135" sh -c "od -An -v -tf4 sums.safetensors | tr -s ' \\n' ' '"
    check "$1: a smaller batch" logged "100 101 103 106 110 115 121 128 136 145 155 " ./"$1" --batch 1 --epochs 1
    check "$1: eval" says "valid: seen 120, loss 120 (4 samples in lanes, 1 left out)" ./"$1" eval
}
for level in 0 1; do
    check "-O$level compiles" build -O$level sums.dsl -o sums$level
    carries sums$level
done
sed 's/batch  = 2/batch = 20/' sums.dsl >wide.dsl
check "the same for a larger batch" build wide.dsl -o sums-wide
check "less samples than that are as many lanes" \
    says "train: seen 105, loss 105 (11 samples)" ./sums-wide eval --load sums.safetensors
# round_trip: the IR as text, read and written again; comments say where it comes from
round_trip() {
    "$GRADC" --emit=ir -f sums.dsl -o a.ir && "$GRADC" --from-ir --emit=ir -f a.ir -o b.ir || return
    sed 's/ *#.*//' a.ir >a.txt
    sed 's/ *#.*//' b.ir | cmp a.txt - && grep -q '^entry reset' a.txt
}
check "the textual IR keeps all of it" round_trip

# ---- prediction: lanes too, but nothing can be left out ----
cat >x.dsl <<'D'
save "x.npy", f32(arange(6))
print 0
D
printf 'print load("y.npy")\n' >y.dsl
predicts() { ./sums-wide predict --load sums.safetensors --batch "$2" <x.npy >y.npy && says "$1" "$GRADC" run y.dsl; }
check "six samples" "$GRADC" run x.dsl
check "predict, one lane" predicts "[100., 101., 103., 106., 110., 115.]" 1
check "predict, two lanes" predicts "[100., 101., 103., 103., 107., 112.]" 2
check "predict, a lane for each" predicts "[100., 101., 102., 103., 104., 105.]" 20
check "lanes of unequal length are refused, with what would fit" \
    says "6 samples are no 4 lanes of one length, whose states are carried from batch to batch: --batch 3" \
    sh -c './sums-wide predict --load sums.safetensors --batch 4 <x.npy >y.npy'

# ---- what the program says of itself ----
check "info" says "in lanes, one sample behind the other" ./sums1 info --load sums.safetensors
check "--help" says "samples are taken in --batch lanes, in order" ./sums1 --help

# ---- weights alone start a run ----
sed '/^state\|<-/d; s/w \* total/w * x/; s/mean(total)/mean(x)/; s/= total/= x/' sums.dsl >plain.dsl
check "the same without a state" build plain.dsl -o plain
check "trains" ./plain --save plain.safetensors
check "its weights are enough" logged "$epoch" ./sums1 --epochs 1 --load plain.safetensors
check "and those of a program with states are for it" ./plain eval --load sums.safetensors
check "... but no run to resume" exits 1 ./sums1 --resume --load plain.safetensors

# ---- several steps: all of a batch see the state as it was; the last writes it ----
cat >steps.dsl <<'D'
param v = 1.0
param w = 1.0
input x: f32[batch]
state total: f32[batch] = 0
state many = 0.0
total <- total + x
many <- many + 1
a = v * sum(total)
b = w * sum(total)
data train { x = f32(arange(6)) + 1 }
train {
    step { minimize a over v with sgd(lr = 0) }
    step { minimize b over w with sgd(lr = 0) }
    batch = 2
}
D
check "two steps compile" build steps.dsl -o steps
check "they run" ./steps --log steps.csv
check "both see each sum once" \
    says "5 12 21" sh -c "awk -F, '\$3 == \"train\" && \$4 == \$5 { printf \"%s \", \$4 }' steps.csv"

# ---- first values: of a parameter as it is when the pass begins; drawn, the same in each pass ----
# No gradient reaches w through what is carried: it moves by the state alone.
cat >first.dsl <<'D'
param w = [1.0, 2.0]
input x: f32[batch]
state h: f32[batch, 2] = w
loss = mean(sum(w * h, axis = 1))
h <- h + unsqueeze(x, 1)
data train { x = ones(4) }
train {
    minimize loss with sgd(lr = 0.5)
    batch  = 1
    epochs = 2
}
D
check "a first value from a parameter compiles" build first.dsl -o first
check "it is that of the parameter when the pass begins" logged "5 4 -3.5 -20.5 41 16 2.5 -2.5 " ./first
cat >drawn.dsl <<'D'
param w = 1.0
input x: f32[batch]
state h = rand(batch)
loss = mean(w * h + 0 * x)
data train { x = ones(9) }
train {
    minimize loss with sgd(lr = 0)
    batch  = 3
    epochs = 2
}
D
check "a drawn one compiles" build drawn.dsl -o drawn
check "it runs" ./drawn --seed 7 --log drawn.csv
check "all passes have the same" sh -c "[ \$(awk -F, '\$3 == \"train\" { print \$4 }' drawn.csv | sort -u | wc -l) = 1 ]"
check "and it is no constant" sh -c "! grep -q ',train,0[,\$]' drawn.csv"

# ---- the gradient check is at first values, and moves no state ----
check "gradients" says "gradients agree" ./sums1 check

# ---- the C API: calls carry, training and prediction each its own; save, load, begin ----
cat >calls.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include "sums.h"
static double step(sums *s, float a, float b)
{
    const float x[] = {a, b};
    double loss = 0;
    if (sums_train_step(s, 2, x, &loss) != 0)
        exit(9);
    return loss;
}
static float ask(sums *s, float a)
{
    float y[1];
    if (sums_predict(s, 1, &a, y) != 0)
        exit(9);
    return y[0];
}
int main(void)
{
    sums *s = sums_create(1), *t = sums_create(2);
    if (!s || !t)
        return 3;
    printf("%g %g ", step(s, 1, 3), ask(s, 5));
    printf("%g %g ", step(s, 10, 20), ask(s, 5));
    if (sums_save(s, "mid.safetensors") != 0 || sums_load(t, "mid.safetensors") != 0)
        return 4;
    printf("| %g %g %g ", step(s, 1, 1), step(t, 1, 1), ask(t, 5));
    if (sums_train_begin(s) != 0 || sums_predict_begin(t) != 0)
        return 5;
    printf("| %g %g %g\n", step(s, 1, 1), ask(s, 5), ask(t, 6));
    sums_destroy(s);
    sums_destroy(t);
    return 0;
}
C
called() { "$GRADC" --emit=lib -f sums.dsl && ${CC:-cc} calls.c sums.c $("$GRADC" --cc-flags) -o calls && says "$1" ./calls; }
check "a library carries from call to call" called "102 105 117 110 | 118 118 105 | 101 115 106"

# ---- recurrent layers: -O0 as -O1, any number of threads ----
cat >rnn.dsl <<'D'
const time = 8
input x: f32[batch, time]
input y: f32[batch, time]
state h: f32[batch, 64] = 0
cell = rnn_cell(64)
last = h
out = scan t in 0..time with last = last {
    last = cell(unsqueeze(x[:, t], 1), last)
    yield last
}
h <- last
guess = squeeze(out |> linear(1), 2)
loss = mse_loss(guess, y)
metric error = rmse(guess, y)
data train { x = randn(400, time)
             y = cumsum(x, axis = 1) }
data valid { x = randn(70, time)
             y = cumsum(x, axis = 1) }
train {
    minimize loss with adam(lr = 1e-2)
    batch  = 32
    epochs = 3
}
D
rnn_logs() {
    build -O0 rnn.dsl -o rnn0 && ./rnn0 --log rnn0.csv && build rnn.dsl -o rnn1 && ./rnn1 --log rnn1.csv &&
        cut -d, -f1-2,4- rnn0.csv | tail -n +2 | tr , ' ' >rnn0.txt && cut -d, -f1-2,4- rnn1.csv | tail -n +2 | tr , ' ' >rnn1.txt &&
        close rnn0.txt rnn1.txt
}
check "a recurrent model: -O0 as -O1" rnn_logs
check "one thread and two: the same bits" \
    sh -c './rnn1 --threads 1 --save a.safetensors --log a.csv && ./rnn1 --threads 2 --save b.safetensors --log b.csv && cmp a.safetensors b.safetensors && cmp a.csv b.csv'

# ---- layers that carry: windows of a sequence, down to single steps, as the sequence at once ----
cat >layers.dsl <<'D'
const time = 12
const carry = false
input x: f32[batch, time, 3]
a, ends = rnn(5, num_layers = 2, carry = carry)(x)
b, ends = gru(5, num_layers = 2, carry = carry)(x)
c, ends, cells = lstm(5, num_layers = 2, carry = carry)(x)
output said = a + b + c
loss = mean(said ** 2)
data train { x = randn(8, time, 3) }
train { minimize loss with sgd(lr = 0.1)
        batch = 2 }
D
cat >layers_x.dsl <<'D'
x = randn(2, 12, 3)
save "x12.npy", x
save "x4.npy", reshape(x, 6, 4, 3)
save "x1.npy", reshape(x, 24, 1, 3)
print 0
D
printf 'print norm(reshape(load("y12.npy"), 120)), max(abs(reshape(load("y12.npy"), 120) - reshape(load("yN.npy"), 120))) < 1e-6\n' >layers_y.dsl
windows() {
    build -Dtime="$1" -Dcarry=true -f layers.dsl -o "layers$1" &&
        "./layers$1" predict --load layers12.safetensors <"x$1.npy" >yN.npy && says "True" "$GRADC" run layers_y.dsl
}
check "rnn, gru and lstm over a whole sequence" build layers.dsl -o layers12
check "trained" ./layers12 --save layers12.safetensors
check "a sequence of 12" "$GRADC" run layers_x.dsl
check "what they say" sh -c './layers12 predict --load layers12.safetensors <x12.npy >y12.npy'
check "in windows of 4, carried" windows 4
check "in single steps" windows 1

# ---- as a CUDA program, in the test bed or on a GPU ----
lacks=$(cuda_lacks)
if [ -n "$lacks" ]; then
    skip "CUDA programs: $lacks"
else
    check "the CUDA program" cuda_make sums sums.dsl
    rm -f sums.safetensors
    check "CUDA: it carries as C's" logged "$epoch$epoch" cuda_run forward ./sums
    check "CUDA: an evaluation has its own" says "valid seen 120 loss 120" cat run.log
    check "CUDA: the checkpoint has the training's" \
        says "110 135" sh -c "od -An -v -tf4 sums.safetensors | tr -s ' \\n' ' '"
    cuda_predicts() { cuda_run 1 ./sums predict --batch 2 <x.npy >y.npy && says "$1" "$GRADC" run y.dsl; }
    check "CUDA: predict" cuda_predicts "[100., 101., 103., 103., 107., 112.]"
fi
finish
