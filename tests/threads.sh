#!/bin/sh
# threads.sh -- any number of threads gives the same bits: checkpoints, logs and outputs of the examples
# and of models with every kind of kernel, each shared wherever it can be (--threads=always); and the
# thread sanitizer sees no two threads at the same bytes.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
unset OMP_NUM_THREADS # where nothing is said there are as many as processors
cp -r "$SRC"/examples/*.dsl "$SRC/examples/data" .

# One of each kind of kernel: elements, rows, columns, products, convolutions, pools, loops, gathers,
# scatters, running totals, random draws, short last batches.
cat >kinds.dsl <<'D'
input x: f32[batch, 3, 12, 12]
input t: i32[batch, 9]
input label: i32[batch]
c = conv2d(8, 3, padding = 1)(x)
b = relu(batchnorm2d()(c))
v = reshape(maxpool2d(b, 2), [batch, 8 * 36])
e = embedding(11, 16)(t)
q = linear(16)(e)
k = linear(16)(e)
a = softmax(q @ transpose(k, -1, -2) / 4.0, -1) @ e
h, last, cell = lstm(16)(layernorm()(a))
d = dropout(linear(32)(v), 0.1)
s, order = sort(d, 1)
logits = linear(5)(concat([h[:, -1], d, cumsum(d, 1)], 1))
loss = cross_entropy(logits, label) + 0.01 * mean(s ** 2)
output y = softmax(logits, -1)
metric acc = accuracy(logits, label)
data train {
    x = randn(44, 3, 12, 12)
    t = i32(floor(rand(44, 9) * 11.0))
    label = i32(floor(rand(44) * 5.0))
}
train {
    minimize loss with adam(lr = 1e-3)
    batch  = 16
    epochs = 2
    shuffle = true
}
D

# Large enough to have a team by itself.
cat >wide.dsl <<'D'
input x: f32[batch, 256]
input label: i32[batch]
h = gelu(linear(256)(relu(linear(256)(x))))
logits = linear(10)(h)
loss = cross_entropy(logits, label)
output y = logits
data train {
    x = randn(300, 256)
    label = i32(floor(rand(300) * 10.0))
}
train {
    minimize loss with adamw(lr = 1e-3)
    batch  = 64
    epochs = 3
    shuffle = true
}
D

# same NAME: the program's runs with 1, 2, 3 and 8 threads end with the same files.
same() {
    for count in 1 2 3 8; do
        "./$1" --quiet --epochs 2 --threads "$count" --save "$1.$count.safetensors" --log "$1.$count.csv" >"$1.$count.out" || return
        [ "$count" = 1 ] && continue
        for kind in safetensors csv out; do
            cmp "$1.1.$kind" "$1.$count.$kind" || return
        done
    done
}

for model in linreg digits digits_cnn adding kinds; do
    check "$model compiles, all of it shared" "$GRADC" --threads=always --no-check "$model.dsl" -o "$model"
    check "$model has the same bits for 1, 2, 3 and 8 threads" same "$model"
done
check "a wide model compiles" "$GRADC" --keep wide.dsl -o wide
check "... to a team" grep -q "grt_run_team(run, " wide.c
check "... and has the same bits for 1, 2, 3 and 8 threads" same wide
check "... those of a program without threads" sh -c "'$GRADC' --threads=none wide.dsl -o plain &&
    ./plain --quiet --epochs 2 --save plain.safetensors --no-log >plain.out && cmp plain.safetensors wide.1.safetensors"
check "... and of OMP_NUM_THREADS=2" sh -c \
    "OMP_NUM_THREADS=2 ./wide --quiet --epochs 2 --save omp.safetensors --no-log >omp.out && cmp omp.safetensors wide.1.safetensors"
check "... and of what is resumed with another number" sh -c \
    "./wide --quiet --epochs 1 --threads 3 --save part.safetensors --no-log >part.out &&
    ./wide --resume --quiet --epochs 2 --threads 2 --save part.safetensors --no-log >part.out &&
    cmp part.safetensors wide.1.safetensors"
check "the gradient check runs in a team" sh -c "'$GRADC' --threads=always $QUICK kinds.dsl -o checked && ./checked check --threads 3 --entries 2"

# A value that is not finite is found by the threads together.
cat >nan.dsl <<'D'
input x: f32[batch, 64]
h = linear(64)(x)
r = sqrt(mean(h ** 2, 1) - 1000.0)
loss = mean(r)
data train { x = randn(64, 64) }
train {
    minimize loss with sgd(lr = 0.1)
    batch = 32
}
D
check "a model that diverges compiles" "$GRADC" --threads=always "$QUICK" nan.dsl -o nan
check "... and 3 threads find where" says "is the first value that is not finite (step 1)" ./nan --quiet --threads 3

# Numbers below 1.2e-38 are 0 in each of the threads, and kept in each.
cat >decay.dsl <<'D'
input x: f32[batch, 3]
state w: f32[4096] = full([4096], 1e-36)
w <- 0.5 * w
loss = mean(linear(1)(x) ** 2)
metric alive = sum(f32(w > 0.0))
data train { x = randn(320, 3) }
train {
    minimize loss with sgd(lr = 0.1)
    batch = 16
    epochs = 1
}
D
check "a model of denormals compiles" "$GRADC" --threads=always "$QUICK" decay.dsl -o decay
check "... they are 0 in all threads" says "alive 0" sh -c './decay --quiet --no-log --threads 3 && ./decay eval'
check "... or kept in all" says "alive 4096" sh -c './decay --quiet --no-log --threads 3 --keep-denormals && ./decay eval'

# With the thread sanitizer: OpenMP's threads are replaced by some that it knows.
tsan() {
    "$GRADC" --threads=always --no-check --emit=c "$1.dsl" -f -o "$1.tsan.c" || return
    sh -c "${CC:-cc} -std=gnu11 -g1 -Og -fsanitize=thread -DMODEL='\"$TMP/$1.tsan.c\"' \
        '$SRC/tests/threads_tsan.c' $("$GRADC" --cc-flags | sed 's/-O2//; s/-std=c11//') -lz -o $1.tsan" || return
    TSAN_OPTIONS=halt_on_error=1:exitcode=66 $apart "./$1.tsan" --quiet --epochs 1 --no-log --no-save
}
# Some kernels place programs where the sanitizer can't have them.
sanitizes() {
    echo 'int main(void) { return 0; }' >empty.c
    sh -c "${CC:-cc} -fsanitize=thread empty.c -o empty" >empty.log 2>&1 || return
    for apart in "" "setarch -R"; do
        $apart ./empty >empty.log 2>&1 && return
    done
    return 1
}
if [ -z "${SANITIZED:-}" ] && sanitizes; then
    for model in linreg kinds wide; do
        check "the thread sanitizer has nothing to say of $model" tsan "$model"
    done
    sed 's/^ *grt_barrier(team);//' kinds.tsan.c >loose.tsan.c
    loose() {
        sh -c "${CC:-cc} -std=gnu11 -g1 -Og -fsanitize=thread -DMODEL='\"$TMP/loose.tsan.c\"' \
            '$SRC/tests/threads_tsan.c' $("$GRADC" --cc-flags | sed 's/-O2//; s/-std=c11//') -lz -o loose" || return
        TSAN_OPTIONS=halt_on_error=1:exitcode=66 exits 66 $apart ./loose --quiet --epochs 1 --no-log --no-save
    }
    check "... but of one without barriers" loose
else
    skip "the thread sanitizer is not here"
fi
finish
