#!/bin/sh
# gpu_serial.sh -- the kernels for a GPU, read without their marks, are serial programs that compute what -O0 does: values
# and gradients of what reduces, in every form that the rules choose between, and training with a short last batch.
# What the marks mean to threads is tested by running the CUDA program itself.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# same NAME: a file that prints, at -O0 and for a GPU
same() {
    check "$1 compiles at -O0" "$GRADC" -O0 "$1.dsl" -o "$1.0"
    check "$1 compiles for a GPU" "$GRADC" --target=cuda --serial "$1.dsl" -o "$1.1"
    ./"$1.0" >"$1.0.txt" && ./"$1.1" >"$1.1.txt"
    check "$1 prints what -O0 does" close "$1.0.txt" "$1.1.txt"
}

# ---- rows: a thread's, a warp's, a block's; few and many; with totals of numbers and of columns ----

for size in 1 2 8 31 32 33 255 257 1031 5003; do
    cat >rows$size.dsl <<D
x = 3 * randn(7, $size)
w = randn(7, $size)
label = argmax(w, axis = -1)
loss = cross_entropy(x, label)
print loss
print grad(loss, x)
print sum(grad(loss, x) * w, axis = -1)
print grad(sum(grad(loss, x) ** 2), x)
print argmax(x, axis = -1), argmin(x, axis = -1)
print max(x, axis = -1), min(x, axis = -1), prod(1 + 0.01 * x, axis = -1)
print logsumexp(x, axis = -1)
print sum(softmax(x) * w, axis = 0)
print any(x > 8, axis = -1), all(x > -8, axis = -1)
D
    same rows$size
done
for rows in 1 5 31 257 1031; do
    cat >norm$rows.dsl <<D
x = randn($rows, 40)
w = randn(40)
b = randn(40)
c = x - mean(x, axis = -1, keepdims = true)
y = c * rsqrt(mean(c ** 2, axis = -1, keepdims = true) + 1e-5) * w + b
loss = mean(y ** 3)
print loss, sum(grad(loss, x) ** 2, axis = 0)
print grad(loss, w), grad(loss, b)
D
    same norm$rows
done

# ---- columns, totals, whatever else reduces ----

cat >columns.dsl <<'D'
for size in [1, 31, 257] {
    y = randn(3, 4, size, 5)
    z = randn(2, 1100, size)
    print sum(y, axis = [0, 2]), sum(y, axis = [1, 2]), sum(y, axis = [0, 1])
    print sum(z, axis = 1), sum(z, axis = [0, 1]), mean(z ** 2)
    print max(z, axis = 1), min(z, axis = 0), argmax(z, axis = 1), argmin(z, axis = 0)
    print prod(1 + 0.01 * z, axis = 1), max(z), min(y), any(z > 3, axis = 0)
    print sum(f16(z) * f16(0.01), axis = 1), sum(z > 0, axis = 1), sum(i8(z * 40), axis = 1)
    t = tanh(z)
    print sum(t), sum(t * t), sum(t, axis = 0)[5]
    print var(z, axis = [0, 1]), std(z, axis = -1)[0, 7]
}
print argmax(randn(70000)), max(randn(70000)), sum(randn(70000) > 0)
print max(randn(3, 40000), axis = 1), argmin(randn(3, 40000), axis = 1), max(randn(40000, 3), axis = 0)
D
same columns

# ---- sums in any order ----

cat >fast.dsl <<'D'
z = randn(2, 1100, 33)
w = randn(1031, 40)
print sum(z ** 2, axis = 1), sum(z ** 2, axis = [0, 1]), mean(z ** 2)
print sum(softmax(w) ** 2, axis = 0), sum(softmax(w) ** 2), max(w, axis = 0)
D
check "sums in any order compile at -O0" "$GRADC" -O0 fast.dsl -o fast.0
check "... and for a GPU" "$GRADC" --target=cuda --serial --fast-reductions fast.dsl -o fast.1
./fast.0 >fast.0.txt && ./fast.1 >fast.1.txt
check "they are what -O0 prints" close fast.0.txt fast.1.txt
check "they need no parts" sh -c '! "$1" --target=cuda --fast-reductions --dump=kernels fast.dsl | grep "buffer .*squared.*_parts"' sh "$GRADC"
check "others do" sh -c '"$1" --target=cuda --dump=kernels fast.dsl | grep "buffer .*squared.*_parts"' sh "$GRADC"

# ---- NaN, infinities, and the first of equals ----

cat >odd.dsl <<'D'
nan = log(-1.0)
x = [[0.5, nan, 0.4, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5, nan, 0.1], [0.5, 9.0, 0.4, 9.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2, 9.0]]
for v in [x, -x, log(zeros(2, 11)), zeros(2, 11)] {
    print max(v, axis = -1), min(v, axis = -1), argmax(v, axis = -1), argmin(v, axis = -1)
    print max(v, axis = 0), argmax(v, axis = 0), sum(v, axis = -1), sum(v, axis = 0)
    print softmax(v), max(v), argmax(reshape(v, [22]))
}
D
same odd

# ---- training: the last batch is short, and a metric is added up over batches ----

cat >train.dsl <<'D'
input x: f32[batch, 6, 20]
input y: i32[batch]
h = x |> layernorm() |> linear(33) |> relu
logits = mean(h, axis = 1) |> batchnorm1d() |> linear(5)
loss = cross_entropy(logits, y) + 0.001 * mean(h ** 2)
metric right = accuracy(logits, y)
data train {
    x = randn(1031, 6, 20)
    y = i32(argmax(randn(1031, 5), axis = 1))
}
data test {
    x = randn(77, 6, 20)
    y = i32(argmax(randn(77, 5), axis = 1))
}
train {
    minimize loss with sgd(lr = 0.1)
    batch = 257
    epochs = 2
}
D
losses() { cut -d, -f3- "$1" | sed -E 's/train|test/0/; s/,[^,]*seconds[^,]*//' | tail -n +2 | awk -F, '{ print $2, $3 }'; }
check "train compiles at -O0" "$GRADC" -O0 train.dsl -o train0
check "train compiles for a GPU" "$GRADC" --target=cuda --serial train.dsl -o train1
check "it trains at -O0" ./train0 --quiet --no-save --log train0.csv
check "it trains" ./train1 --quiet --no-save --log train1.csv
losses train0.csv >losses0.txt && losses train1.csv >losses1.txt
check "the losses and the metric are those of -O0" close losses0.txt losses1.txt
check "gradients agree with differences" ./train1 check
finish
