#!/bin/sh
# cuda_rows.sh -- what reduces, as a CUDA program (see cuda_lib.sh for where it runs): rows, totals and columns of odd sizes
# compute what -O0 does, in every order of threads the same bits; and so does training with a short last batch.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cuda_needs
cd "$TMP" || exit 1

run() { cuda_run "$1" "./$2.1" >"$2.$1.txt"; }

# same NAME [OPTION...]: a file that prints
same() {
    name=$1
    shift
    check "$name compiles at -O0" "$GRADC" -O0 "$QUICK" "$name.dsl" -o "$name.0"
    ./"$name.0" >"$name.0.txt"
    check "$name is a CUDA program" cuda_make "$name.1" "$name.dsl" "$@"
    for order in $CUDA_ORDERS; do
        check "$name runs, $order" run "$order" "$name"
        check "$name prints what -O0 does, $order" close "$name.0.txt" "$name.$order.txt"
    done
}

# same_bits NAME: in all orders
same_bits() {
    for order in $CUDA_ORDERS; do
        check "$1 prints the same bits, $order" cmp "$1.${CUDA_ORDERS%% *}.txt" "$1.$order.txt"
    done
}

# ---- rows of a thread, a warp and a block; few rows and many, with totals of numbers and of columns ----

cat >rows.dsl <<'D'
for size in [5, 31, 257, 1031] {
    x = 3 * randn(37, size)
    w = randn(37, size)
    loss = cross_entropy(x, argmax(w, axis = -1))
    print loss, sum(grad(loss, x) ** 2, axis = -1), sum(softmax(x) * w, axis = 0)
    print argmax(x, axis = -1), argmin(x, axis = 0), max(x, axis = -1), prod(1 + 0.01 * x, axis = -1)
    print any(x > 8, axis = -1), all(x > -8, axis = 0), sum(i8(x * 30), axis = -1)
    scaled = x * rsqrt(mean(x ** 2, axis = -1, keepdims = true) + 1e-5) * w[0]
    print grad(mean(scaled ** 3), w)
}
D
same rows
same_bits rows

# ---- columns, long totals, other reductions ----

cat >columns.dsl <<'D'
z = randn(2, 1100, 33)
print sum(z, axis = 1), sum(z, axis = [0, 1]), mean(z ** 2), var(z, axis = [0, 1])
print max(z, axis = 1), argmax(z, axis = 1), max(z), prod(1 + 0.01 * z, axis = 1), any(z > 3, axis = 0)
q = cumsum(randn(4096))
q_4 = cumsum(randn(4096))
print q * q_4 + q
print sum(f16(z) ** f16(2), axis = 1), sum(z > 0, axis = 1), argmin(reshape(z, [72600]))
nan = log(-1.0)
for v in [[0.5, nan, 0.4, nan], [0.5, 9.0, 0.4, 9.0]] {
    print max(v), argmax(v), argmin(v), softmax(v)
}
D
same columns
same_bits columns
cat >fast.dsl <<'D'
z = randn(2, 1100, 33)
w = randn(1031, 40)
print sum(z ** 2, axis = 1), sum(z ** 2, axis = [0, 1]), mean(z ** 2), sum(softmax(w) ** 2, axis = 0), sum(softmax(w) ** 2)
D
same fast --fast-reductions

# ---- training ----

cat >train.dsl <<'D'
input x: f32[batch, 6, 20]
input y: i32[batch]
h = x |> layernorm() |> linear(33) |> relu
logits = mean(h, axis = 1) |> batchnorm1d() |> linear(5)
loss = cross_entropy(logits, y) + 0.001 * mean(h ** 2)
metric right = accuracy(logits, y)
data train {
    x = randn(131, 6, 20)
    y = i32(argmax(randn(131, 5), axis = 1))
}
data test {
    x = randn(77, 6, 20)
    y = i32(argmax(randn(77, 5), axis = 1))
}
train {
    minimize loss with sgd(lr = 0.1)
    batch = 33
    epochs = 2
}
D
# losses LOG: the losses and metrics, a line each
losses() { tail -n +2 "$1" | awk -F, '{ print $4, $5 }'; }
check "train compiles at -O0" "$GRADC" -O0 "$QUICK" train.dsl -o train.0
check "it trains" ./train.0 --quiet --no-save --log train.0.csv
losses train.0.csv >train.0.txt
check "train is a CUDA program" cuda_make train.1 train.dsl
for order in $CUDA_ORDERS; do
    check "it trains, $order" cuda_run "$order" ./train.1 --quiet --no-save --log "train.$order.csv"
    losses "train.$order.csv" >"train.$order.txt"
    check "its losses and metrics are those of -O0, $order" close train.0.txt "train.$order.txt"
done
same_bits train
finish
