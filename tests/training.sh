#!/bin/sh
# training.sh -- what a train block may ask for, on whole runs: steps over several batches are the steps
# over the large batch, the best epoch is kept, averages are what is evaluated.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# alike A B: logs with the same rows and the same numbers, but for rounding in f64
alike() {
    awk -F, '
        FNR == NR { row[FNR] = $0; rows = FNR; next }
        {
            n = split(row[FNR], wanted, ",")
            if (n != NF) { print "row " FNR ": " $0; bad = 1 }
            for (i = 1; i <= NF; i++) {
                off = $i - wanted[i]; size = wanted[i] < 0 ? -wanted[i] : wanted[i] + 0
                if (FNR == 1 ? $i != wanted[i] : (off < 0 ? -off : off) > 2e-9 * (size + 1e-3)) {
                    print "row " FNR ", column " i ": " wanted[i] " and " $i; bad = 1
                }
            }
        }
        END { exit bad || rows < 10 || rows != FNR }' "$1" "$2"
}

# ---- accumulation ----

# A mean with a penalty, clipped; a sum, with dropout; a state; a step that takes turns.  50 samples: the
# last step has two of them, less than any micro-batch but the smallest.
cat >parts.dsl <<'E'
const size = 16
const parts = 1
input x: f64[batch, 3]
input y: f64[batch, 1]
module body(width)(x: f64[.., n]) {
    param weight: f64[width, n] = xavier_uniform()
    param bias: f64[width] = uniform(-0.5, 0.5)
    return x @ transpose(weight) + bias
}
first = body(8)
second = body(1)
third = body(4)
fourth = body(1)
state seen: f64 = 0
seen <- seen + sum(detach(x)) * 0.01
fit = x |> first |> tanh |> second
penalized = mse_loss(fit, y) + 0.01 * sum(first.weight ** 2)
noisy = x |> third |> tanh |> dropout(0.25) |> fourth
summed = 0.05 * sum((noisy - y) ** 2)
metric state_seen = seen
data train { x = f64(randn(50, 3))
             y = f64(randn(50, 1)) }
data valid { x = f64(randn(20, 3))
             y = f64(randn(20, 1)) }
train {
    step { minimize penalized over first, second with adam(lr = 0.01)
           clip_norm = 0.5 }
    step { minimize summed over third, fourth with sgd(lr = 0.01 * cosine((step - 1) / steps), momentum = 0.9)
           every = 2
           clip_value = 0.5 }
    batch = size
    accumulate = parts
    epochs = 4
    shuffle = true
}
E
parts() { # parts SIZE PARTS NAME: its log is NAME.csv
    "$GRADC" --cflags=-O1 -f "-Dsize=$1" "-Dparts=$2" parts.dsl -o "$3" && "./$3" --no-save --log "$3.csv"
}
check "a step of one batch" parts 16 1 whole
for split in 8x2 4x4 1x16 3x6; do
    name=parts_$split
    check "a step of ${split#*x} batches of ${split%x*}" parts "${split%x*}" "${split#*x}" "$name"
    [ $split = 3x6 ] || check "... is the step of one batch of 16" alike whole.csv "$name.csv"
done
check "... and one of 18, where they make 18" sh -c '! cmp -s whole.csv parts_3x6.csv'
check "a step of one batch of 18" parts 18 1 whole18
check "... which is that of 6 batches of 3" alike whole18.csv parts_3x6.csv
check "--batch makes them smaller" ./parts_4x4 --batch 2 --no-save --log less.csv
check "one batch of 8" ./whole --batch 8 --no-save --log eight.csv
check "... is four of 2" alike eight.csv less.csv
check "every step's loss is in the log" grep -q '^step,epoch,split,penalized,state_seen,summed,penalized.grad_norm,summed.lr$' whole.csv
check "... of a step whose turn it was not, nothing" grep -qE '^1,1,train,[0-9.e-]+,,,[0-9.e-]+$' whole.csv
check "... and on the screen" says "epoch 4/4  penalized" ./whole --no-save --no-log
check "info tells the work of a whole step" says "a step takes 4 batches" ./parts_4x4 info
check "--help too" says "A step takes 4 batches, and adds their gradients." ./parts_4x4 --help

# Every level of optimisation, and the textual IR, make the same of it.
check "-O0" "$GRADC" -O0 --cflags=-O0 -f -Dsize=4 -Dparts=4 parts.dsl -o parts_plain
check "... trains" ./parts_plain --no-save --log plain.csv
check "... and takes the same steps" alike whole.csv plain.csv
check "the IR is text" "$GRADC" --emit=ir -f -Dsize=4 -Dparts=4 parts.dsl -o parts.ir
check "... and back" "$GRADC" --from-ir --cflags=-O1 -f parts.ir -o parts_text
check "... trains" ./parts_text --no-save --log text.csv
check "... with the same bits" cmp parts_4x4.csv text.csv

# What is a mean or a sum over samples, and what is not (with its reason: tests/errors/accumulate_*).
splits() { # splits LOSS: does a step of several batches take it?
    cat >split.dsl <<E
input x: f32[batch, 6]
input y: f32[batch, 6]
input label: i32[batch]
f = linear(6)
g = linear(6)
h = f(x)
normal = h |> batchnorm1d() |> relu |> dropout(0.5) |> layernorm()
mix = 0.5 * x + 0.5 * y
length = sqrt(sum(grad(sum(g(mix) ** 2), mix) ** 2, axis = 1))
loss = $1
data train { x = randn(8, 6)
             y = randn(8, 6)
             label = randint(0, 6, 8) }
train { minimize loss with sgd()
        accumulate = 2 }
E
    "$GRADC" check split.dsl
}
while IFS= read -r loss; do
    check "in parts: $loss" splits "$loss"
done <<'E'
mse_loss(normal, y)
cross_entropy(normal, label, label_smoothing = 0.1) + 0.01 * (sum(f.weight ** 2) + sum(abs(f.bias)))
huber_loss(h, y) + 0.5 * l1_loss(h, y) - mean(h) / 3
kl_div(log_softmax(h), softmax(y)) + bce_with_logits(h, sigmoid(y))
mean(g(h)) - mean(g(detach(x))) + 10 * mean((length - 1) ** 2)
cross_entropy(reshape(h, 2 * batch, 3), flatten(stack([label // 2, label // 3], axis = 1), start = 0))
sum((h - y) ** 2) / batch + sum(f.weight ** 2)
sum((h - y) ** 2) / 17
mean(sum((h - y) ** 2, axis = 1)) * sqrt(sum(f.weight ** 2))
sum(mean(h * y, axis = 0))
mean(where(h > 0, h, 0.1 * h))
E
while IFS= read -r loss; do
    check "not in parts: $loss" says "this is neither" splits "$loss"
done <<'E'
sqrt(mse_loss(h, y))
mean(h) ** 2
mean(h) * mean(y)
sum(h * h) + sum(f.weight ** 2)
max(h)
mean(softmax(h, axis = 0) ** 2)
std(h)
mean(grad(mean(h ** 2), x) ** 2)
mean(h) * batch
mean(h) + sum(h)
mean(h * rand(6))
cross_entropy(h, label, ignore_index = 0)
E

# In another program a step takes as many samples as its batches have together.
embedded() {
    sed '/^data/,/^ *y = /d; /^metric/d' parts.dsl >lib.dsl
    cat >steps.c <<'E'
#include <stdio.h>
#include "lib.h"
int main(void)
{
    double x[16 * 3], y[16], loss = 0;
    lib *self = lib_create(3);
    for (int i = 0; i < 16 * 3; i++)
        x[i] = (i * 7 % 11) * 0.25 - 1;
    for (int i = 0; i < 16; i++)
        y[i] = (i * 5 % 7) * 0.5 - 1;
    for (int step = 0; step < 12; step++) {
        if (lib_train_step(self, step % 3 ? 16 : 7, x, y, &loss) != 0) {
            puts(lib_error(self));
            return 1;
        }
        printf("%d,1,train,%.9g\n", step, loss);
    }
    if (lib_train_step(self, 17, x, y, &loss) == 0)
        return 1;
    puts(lib_error(self));
    lib_destroy(self);
    return 0;
}
E
    "$GRADC" --emit=lib -f "-Dsize=$1" "-Dparts=$2" lib.dsl || return 1
    sh -c "${CC:-cc} steps.c lib.c $("$GRADC" --cc-flags) -o steps" && ./steps >"$3"
}
check "embedded, of one batch" embedded 16 1 one.log
check "embedded, of four batches" embedded 4 4 four.log
check "... takes the same steps" alike one.log four.log
check "... and refuses more samples" grep -q "17 samples; 1 to 16" four.log

# Predictions are of the averages, and training goes on with the parameters: what is predicted between
# steps changes none of them.
averaged() {
    cat >mid.dsl <<'E'
input x: f32[batch, 2]
input y: f32[batch, 1]
fit = x |> linear(8) |> tanh |> linear(1)
output out = fit
loss = mse_loss(fit, y)
train { minimize loss with adam(lr = 0.1)
        average = 0.9
        batch = 4 }
E
    cat >user.c <<'E'
#include <stdio.h>
#include <string.h>
#include "mid.h"
int main(void)
{
    const float x[8] = {1, 2, 0, -1, 0.5f, 0.25f, -2, 1}, y[4] = {1, -1, 0.5f, 0};
    float early[4], a_out[4], b_out[4], c_out[4];
    double a_loss = 0, b_loss = 0;
    mid *a = mid_create(1), *b = mid_create(1), *c = mid_create(2);
    for (int step = 0; step < 20; step++) {
        if (mid_train_step(a, 4, x, y, &a_loss) || mid_train_step(b, 4, x, y, &b_loss))
            return 1;
        if (a_loss != b_loss || mid_predict(a, 4, x, step ? a_out : early))
            return 2;
    }
    if (mid_predict(b, 4, x, b_out) || memcmp(a_out, b_out, sizeof a_out))
        return 3;
    if (mid_save(a, "mid.safetensors") || mid_load(c, "mid.safetensors") ||
        mid_predict(c, 4, x, c_out) || memcmp(a_out, c_out, sizeof a_out))
        return 4;
    if (mid_train_step(b, 4, x, y, &b_loss) || mid_train_step(c, 4, x, y, &a_loss) || a_loss != b_loss)
        return 5;
    double lag = 0;
    for (int i = 0; i < 4; i++)
        lag += (a_out[i] - early[i]) * (a_out[i] - early[i]);
    mid_destroy(a);
    mid_destroy(b);
    mid_destroy(c);
    return lag > 1e-4 ? 0 : 6;
}
E
    "$GRADC" --emit=lib -f mid.dsl && sh -c "${CC:-cc} user.c mid.c $("$GRADC" --cc-flags) -o mid" && ./mid
}
check "averages in another program" averaged

# ---- the best epoch ----

# Few samples and a wide network: training goes on to fit the noise, and the valid loss turns.
cat >stop.dsl <<'E'
option bound = 1.0
input x: f32[batch, 8]
input y: f32[batch, 1]
fit = x |> linear(64) |> tanh |> linear(1)
loss = mse_loss(fit, y)
metric accuracy = mean(sign(fit) == sign(y))
output out = fit
data train { x = randn(20, 8)
             y = randn(20, 1) }
data valid { x = randn(40, 8)
             y = randn(40, 1) }
data test  { x = randn(40, 8)
             y = randn(40, 1) }
train {
    minimize loss with adam(lr = 0.01)
    clip_norm = bound
    batch    = 8
    epochs   = 200
    patience = 4
}
E
check "a model that waits for a better epoch" "$GRADC" stop.dsl -o stop
check "... stops" says "stopped early: no better valid loss in 4 epochs" ./stop
# The epoch whose valid row has the smallest (largest) number in a column.
best_epoch() { awk -F, -v c="$1" -v s="$2" '$3 == "valid" && (!e || s * $c < s * b) { b = $c; e = $2 } END { print e }' "$3"; }
last_epoch() { awk -F, '$3 == "valid" { e = $2 } END { print e }' "$1"; }
epoch=$(best_epoch 4 1 stop.csv)
waited() { [ $(($(last_epoch "$1") - $2)) -eq "$3" ] && [ "$2" -lt 196 ]; }
check "... 4 epochs behind the best" waited stop.csv "$epoch" 4
check "... names it" says "best: stop-best.safetensors, of epoch $epoch, valid loss" ./stop
# The same training, ended at its best epoch, has the same weights.
check "a run that ends there" ./stop --epochs "$epoch" --save there.safetensors --log there.csv
check "... has the best weights" sh -c './stop eval --load there.safetensors >a; ./stop eval --load stop-best.safetensors >b; cmp a b'
check "eval takes the best" sh -c './stop eval >a; cmp a b'
check "... and not the last" sh -c './stop eval --load stop.safetensors >a; ! cmp -s a b'
check "test results are the best's" sh -c 'grep "^test" b >t; ./stop --quiet >u; cmp t u'
check "--save FILE keeps it beside FILE" test -f there-best.safetensors
check "--no-save keeps none" sh -c 'rm stop-best.safetensors; ./stop --no-save --no-log --quiet && ! test -e stop-best.safetensors'
check "a stopped run, resumed" ./stop
cp stop.safetensors stopped.safetensors
check "... is over" says "stopped early" ./stop --resume
check "... even with more epochs" says "stopped early" ./stop --resume --epochs 400
check "... and its checkpoint is as it was" sh -c "./stop eval --load stop.safetensors >a; ./stop eval --load stopped.safetensors >b; cmp a b"
check "another run takes no best of this one for its own" sh -c './stop --epochs 0 && ! test -e stop-best.safetensors'
check "bounds are checked" exits 2 ./stop --bound 0
check "... with the reason" says "--bound: '-0.5' is not a number above 0" ./stop --bound=-0.5
check "info tells what is kept" says "the epoch with the smallest valid loss is kept as stop-best.safetensors" ./stop info
check "--help too" says "4 epochs without a better one end the training." ./stop --help

sed 's/patience = 4/patience = 6\n    monitor = "accuracy"/' stop.dsl >top.dsl
check "a model that waits for a better metric" "$GRADC" top.dsl -o top
check "... stops" says "stopped early: no better valid accuracy in 6 epochs" ./top
epoch=$(best_epoch 5 -1 top.csv)
check "... 6 epochs behind the first with the most" waited top.csv "$epoch" 6
sed 's/patience = 4/monitor = "accuracy"\n    mode = "min"/; s/epochs   = 200/epochs = 5/' stop.dsl >odd.dsl
check "the smallest is best where it is said" "$GRADC" odd.dsl -o odd
check "... and kept, without patience" ./odd
check "... in the right epoch" says "of epoch $(best_epoch 5 1 odd.csv), valid accuracy" ./odd

# ---- averages ----

sed 's/patience = 4/average = 0.9/; s/epochs   = 200/epochs = 6/' stop.dsl >mean.dsl
sed 's/patience = 4//; s/epochs   = 200/epochs = 6/' stop.dsl >plain.dsl
check "a model with averages" "$GRADC" mean.dsl -o mean
check "... trains" ./mean
check "and the same without" "$GRADC" plain.dsl -o plain
check "... trains too" ./plain
rows() { grep ",$1," "$2" | cut -d, -f1-4; }
check "the parameters learn the same" sh -c "grep ,train, mean.csv >a; grep ,train, plain.csv >b; cmp a b"
check "what is evaluated is another" sh -c "grep ,valid, mean.csv >a; grep ,valid, plain.csv >b; ! cmp -s a b"
check "the checkpoint holds both" grep -qa '"average.linear1.weight"' mean.safetensors
check "eval gives what the training said" sh -c './mean --quiet >a; ./mean eval | grep "^test" >b; cmp a b'
# plain can read mean's file (averages are nothing to it), and mean plain's (its averages start there).
check "another model takes the weights alone" sh -c './plain eval --load mean.safetensors >a; ./plain eval >b; cmp a b'
check "weights alone are their own averages" sh -c './mean eval --load plain.safetensors >a; cmp a b'
# A mask's -inf is not what made the loss NaN: the deviation of a batch of one is.
cat >masked.dsl <<'D'
input x: f32[batch, 4, 6]
q = x |> linear(6)
s = where(tril(ones(4, 4)) > 0, q @ transpose(q, 1, 2), -inf)
spread = std(x |> linear(2), axis = 0)
loss = mean((softmax(s) @ q) ** 2) + mean(spread)
data train { x = randn(7, 4, 6) }
train {
    minimize loss with sgd()
    batch = 3
}
D
check "a masked model compiles" "$GRADC" --cflags=-O0 masked.dsl -o masked
check "what is not finite is named, not the mask before it" says "masked.dsl:4: " ./masked --no-save --quiet
finish
