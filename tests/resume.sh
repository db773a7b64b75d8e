#!/bin/sh
# resume.sh -- an interrupted run, resumed, ends bit for bit where an uninterrupted one does; and no
# checkpoint is ever torn.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
check "digits compiles" "$GRADC" --threads=none "$SRC/examples/digits.dsl" -o digits
quiet() { "$@" >/dev/null 2>&1; }

# Everything that a run can keep from step to step: moments, running statistics, averages, the best
# epoch and the epochs since; steps of several batches, draws, an order.
cat >rich.dsl <<E
option lr = 3e-3
input image: f32[batch, 64]
input label: i32[batch]
logits = image / 16 |> linear(48) |> batchnorm1d() |> relu |> dropout(0.2) |> linear(10)
loss = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
data train { image = csv("$SRC/examples/data/digits.csv", rows = :1500, columns = :64)
             label = csv("$SRC/examples/data/digits.csv", rows = :1500, columns = 64) }
data valid { image = csv("$SRC/examples/data/digits.csv", rows = 1500:, columns = :64)
             label = csv("$SRC/examples/data/digits.csv", rows = 1500:, columns = 64) }
train {
    minimize loss with adam(lr = lr * exponential(epoch - 1, 0.9), amsgrad = true)
    clip_norm  = 1.0
    batch      = 16
    accumulate = 5
    shuffle    = true
    average    = 0.9
    patience   = 3
    monitor    = "accuracy"
}
E
check "a model with all that can be kept compiles" "$GRADC" --threads=none rich.dsl -o rich

# What a recurrent network carries from batch to batch, evaluated in between.
cat >carried.dsl <<E
input image: f32[batch, 64]
input label: i32[batch]
state h: f32[batch, 128] = 0
h <- rnn_cell(128)(image / 16, h)
logits = h |> linear(10)
loss = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
data train { image = csv("$SRC/examples/data/digits.csv", rows = :1500, columns = :64)
             label = csv("$SRC/examples/data/digits.csv", rows = :1500, columns = 64) }
data valid { image = csv("$SRC/examples/data/digits.csv", rows = 1500:, columns = :64)
             label = csv("$SRC/examples/data/digits.csv", rows = 1500:, columns = 64) }
train { minimize loss with adam()
        batch = 8 }
E
check "a model that carries a state compiles" "$GRADC" --threads=none carried.dsl -o carried

# Stopped by a signal at some moment, again and again, until it is done: interrupted PROGRAM EPOCHS.
interrupted() {
    rm -f cut.safetensors cut-best.safetensors cut.csv
    tries=0
    "./$1" --epochs "$2" --save cut.safetensors --log cut.csv >cut.log 2>&1 &
    pid=$!
    sleep 0.03
    kill -INT $pid 2>/dev/null
    wait $pid
    status=$?
    while [ $status -eq 130 ] && [ $tries -lt 200 ]; do
        tries=$((tries + 1))
        "./$1" --epochs "$2" --resume --save cut.safetensors --log cut.csv >cut.log 2>&1 &
        pid=$!
        [ $tries -gt 5 ] || { sleep 0.03; kill -INT $pid 2>/dev/null; }
        wait $pid
        status=$?
    done
    [ $status -eq 0 ] || { cat cut.log; return 1; }
}

for program in digits carried rich; do
    check "$program: six epochs at once" "./$program" --epochs 6 --save whole.safetensors --log whole.csv
    check "three epochs" "./$program" --epochs 3 --save part.safetensors --log part.csv
    check "and three more, resumed" "./$program" --epochs 6 --resume --save part.safetensors --log part.csv
    check "end at the same bits" cmp whole.safetensors part.safetensors
    check "with the same log" cmp whole.csv part.csv
    check "interrupted runs go on" interrupted $program 6
    check "and end at the same bits" cmp whole.safetensors cut.safetensors
    check "with the same log" cmp whole.csv cut.csv
done
check "the best epoch is the same, resumed" cmp whole-best.safetensors part-best.safetensors
check "... and interrupted" cmp whole-best.safetensors cut-best.safetensors
check "a run until it stops by itself" says "stopped early" ./rich --epochs 60 --save whole.safetensors --log whole.csv
check "the same, interrupted" interrupted rich 60
check "stops at the same bits" cmp whole.safetensors cut.safetensors
check "... with the same best" cmp whole-best.safetensors cut-best.safetensors
check "... and the same log" cmp whole.csv cut.csv
# Killed at any moment: what is on disk is whole, or not there.
killed() {
    rm -f dead.safetensors
    i=0
    while [ $i -lt 30 ]; do
        i=$((i + 1))
        ./digits --epochs 50 --save dead.safetensors --log dead.csv >/dev/null 2>&1 &
        pid=$!
        sleep "0.0$((i % 9 + 1))"
        kill -KILL $pid
        wait $pid 2>/dev/null
        if [ -f dead.safetensors ]; then
            ./digits eval --load dead.safetensors >/dev/null || return 1
        fi
    done
}
check "30 kills leave no torn checkpoint" killed
# Nor a best epoch that is none of the run's.
killed_rich() {
    i=0
    while [ $i -lt 10 ]; do
        i=$((i + 1))
        rm -f dying*.safetensors
        ./rich --epochs 60 --save dying.safetensors --log dying.csv >/dev/null 2>&1 &
        pid=$!
        sleep "0.0$(((i + 3) % 5 + 3))"
        kill -KILL $pid
        wait $pid 2>/dev/null
        [ ! -f dying.safetensors ] || ./rich eval --load dying.safetensors >/dev/null || return 1
        [ ! -f dying.safetensors ] || ./rich eval --load dying-best.safetensors >/dev/null || return 1
    done
    resume=
    [ ! -f dying.safetensors ] || resume=--resume
    ./rich --epochs 60 $resume --save dying.safetensors --log dying.csv >/dev/null || return 1
    cmp whole.safetensors dying.safetensors && cmp whole-best.safetensors dying-best.safetensors
}
check "10 kills leave the last and the best epoch; what is left goes on to the same bits" killed_rich
check "a start sweeps the dead runs' temporary files" \
    sh -c './digits --epochs 1 --save dead.safetensors --log dead.csv >/dev/null && ! ls dead.safetensors.tmp.* 2>/dev/null'

# What must be refused, with the old state untouched.
head -c 1000 whole.safetensors >short.safetensors
check "a truncated checkpoint is refused" exits 1 ./digits eval --load short.safetensors
cp whole.safetensors bent.safetensors
printf 'x' | dd of=bent.safetensors bs=1 seek=5000 conv=notrunc 2>/dev/null
check "a bent checkpoint is refused" exits 1 ./digits eval --load bent.safetensors
check "linreg compiles" "$GRADC" "$SRC/examples/linreg.dsl" -o linreg
check "linreg trains" ./linreg --epochs 1 --save linreg.safetensors --log linreg.csv
check "another model's checkpoint is refused" exits 1 ./digits --resume --save linreg.safetensors
check "and the tensors that differ are named" says "linear1.weight" ./digits eval --load linreg.safetensors
finish
