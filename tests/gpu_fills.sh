#!/bin/sh
# gpu_fills.sh -- what fills a buffer in an order of its own, for a GPU: scatters that add up (gradients of embeddings, of
# gathers; duplicates) and running totals, against -O0: as serial C, and as a CUDA program in several orders of threads, and
# under the checker.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

cat >scatter.dsl <<'D'
for count in [1, 31, 65, 257] {
    table = randn(37, 5)
    at = i32(floor(rand(count) * 37))
    x = randn(count, 5)
    print grad(sum(take(table, at, axis = 0) * x), table)
    print scatter_add(zeros(37, 5), 0, i32(floor(rand(count, 5) * 37)), x)
    print scatter_add(zeros(5, 33), 1, i32(floor(rand(5, count) * 33)) - 5, transpose(x))
    print scatter_add(i32(zeros(37, 5)), 0, i32(floor(rand(count, 5) * 37)), i32(10 * x))
}
few = randn(2, 3)
print grad(sum(take(few, i32(rand(4100) > 0.5), axis = 0) * randn(4100, 3)), few)
print sort(randn(3, 70), axis = 1), argsort(randn(257))
D
cat >running.dsl <<'D'
for n in [1, 33, 63, 64, 257, 1031] {
    x = randn(3, n)
    y = 1 + 0.01 * randn(n, 3)
    print cumsum(x, axis = 1), cumsum(x, axis = 1, reverse = true), cumsum(x, axis = 1, exclusive = true)
    print cumsum(i32(10 * x), axis = 1), cumprod(y, axis = 0), cumprod(y, axis = 0, exclusive = true, reverse = true)
    print cumsum(y[:, 1]), sum(cumsum(x, axis = 1) * x), grad(sum(cumprod(y, axis = 0) ** 2), y)
}
D
cat >train.dsl <<'D'
input x: i32[batch, 9]
input y: i32[batch]
h = x |> embedding(41, 7)
logits = mean(cumsum(h, axis = 1), axis = 1) |> linear(5)
loss = cross_entropy(logits, y)
data train {
    x = i32(floor(rand(103, 9) * 41))
    y = i32(argmax(randn(103, 5), axis = 1))
}
train {
    minimize loss with adam(lr = 0.01)
    batch = 33
    epochs = 2
}
D

# same NAME ARGS...: the program prints at -O0 and for a GPU the same
same() {
    name=$1 && shift
    check "$name compiles at -O0" "$GRADC" -O0 "$QUICK" "$name.dsl" -o "$name.0"
    check "$name compiles for a GPU" "$GRADC" --target=cuda --serial "$QUICK" "$name.dsl" -o "$name.1"
    ./"$name.0" "$@" >"$name.0.txt" && ./"$name.1" "$@" >"$name.1.txt"
    check "$name prints what -O0 does" close "$name.0.txt" "$name.1.txt"
}

# device NAME ARGS...: so does the CUDA program, whatever the order of its threads
device() {
    name=$1 && shift
    check "$name as a CUDA program" cuda_make "$name.d" "$name.dsl"
    for order in $CUDA_ORDERS; do
        cuda_run "$order" ./"$name.d" "$@" >"$name.$order.txt"
        check "$name prints what -O0 does, order $order" close "$name.0.txt" "$name.$order.txt"
        [ "$order" = "${CUDA_ORDERS%% *}" ] ||
            check "... with the same bits" cmp "$name.${CUDA_ORDERS%% *}.txt" "$name.$order.txt"
    done
}

same scatter
same running
same train --quiet --no-save
check "gradients agree with differences" ./train.1 check

reason=$(cuda_lacks)
if [ -n "$reason" ]; then
    skip "CUDA programs: $reason"
    finish
fi
device scatter
device running
device train --quiet --no-save
if [ "$CUDA_ON" = host ]; then
    CUDA_LAYER=check
    check "train, built for the checker" cuda_make train.c train.dsl
    check "no races, nothing out of bounds, nothing unwritten read" cuda_run 1 ./train.c --quiet --no-save
    check "scatter, built for the checker" cuda_make scatter.c scatter.dsl
    check "... likewise" cuda_run 1 ./scatter.c
fi
finish
