#!/bin/sh
# rows.sh -- kernels of rows: what shares one, and that it computes what -O0 does: over short and long rows,
# over any number of threads, for NaN and infinity too.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# kernels FILE ROUTINE: how many kernels the routine has
kernels() { "$GRADC" --dump=kernels "$1" | awk -v r="routine run_$2:" 'index($0, r) { print $3 }'; }

# has_kernels N FILE ROUTINE
has_kernels() { [ "$(kernels "$2" "$3")" -eq "$1" ] || { kernels "$2" "$3"; return 1; }; }

# same NAME: a file that prints, at -O0 and -O1
same() {
    check "$1 compiles at -O0" "$GRADC" -O0 "$1.dsl" -o "$1.0"
    check "$1 compiles" "$GRADC" "$1.dsl" -o "$1.1"
    ./"$1.0" >"$1.0.txt" && ./"$1.1" >"$1.1.txt"
    check "$1 prints what -O0 does" close "$1.0.txt" "$1.1.txt"
}

# ---- one kernel each ----

cat >loss.dsl <<'D'
input x: f32[batch, 40]
input y: i32[batch]
loss = cross_entropy(x, y)
output l = loss
output g = grad(loss, x)
D
check "cross entropy and its gradient are a kernel, and the mean" has_kernels 2 loss.dsl predict
sed 's/40/5000/' loss.dsl >large.dsl
check "so they are for long rows, and the exponentials lie where the gradient will" has_kernels 2 large.dsl predict
"$GRADC" --dump=kernels large.dsl >large.txt
check "which takes no memory for them" sh -c '! grep -q "buffer v_.*exp" large.txt'
cat >norm.dsl <<'D'
input x: f32[batch, 6, 40]
output y = layernorm(x)
output z = softmax(x)
D
sed 's/layernorm(x)/x |> layernorm()/' norm.dsl >norm2.dsl
check "norm and softmax of one input are a kernel" has_kernels 1 norm2.dsl predict
cat >back.dsl <<'D'
input x: f32[batch, 40]
h = x |> linear(40) |> relu |> layernorm() |> linear(3)
loss = mean(h ** 2)
data train {
    x = randn(64, 40)
}
train {
    minimize loss with sgd(lr = 0.1)
    batch = 64
}
D
"$GRADC" --dump=kernels back.dsl | grep '^  kernel .* k_d_layernorm1_bias:' >back.txt
for result in v_d_layernorm1_bias v_d_layernorm1_weight v_d_linear1 v_d_linear1_bias; do
    check "a norm's gradients are a kernel, with what comes before it: $result" grep -q "writes.* $result\\( \\|$\\)" back.txt
done

# ---- the same values ----

for size in 1 3 8 10 16 65 1000 5000; do
    cat >xent$size.dsl <<D
x = 3 * randn(7, $size)
label = argmax(randn(7, $size), axis = -1)
loss = cross_entropy(x, label)
print loss
print grad(loss, x)
print sum(grad(loss, x) ** 2, axis = -1)
print sum(grad(loss, x) * randn(7, $size), axis = -1)
print grad(sum(grad(loss, x) ** 2), x)
print argmax(x, axis = -1)
print max(x, axis = -1)
print min(x, axis = -1)
print var(x)
print logsumexp(x, axis = -1)
D
    same xent$size
done
cat >norms.dsl <<'D'
x = randn(3, 4, 6, 20)
w = randn(3, 4, 6, 20)
def centred(x, axis) = x - mean(x, axis = axis, keepdims = true)
def scaled(x, axis) = centred(x, axis) * rsqrt(mean(centred(x, axis) ** 2, axis = axis, keepdims = true) + 1e-5)
for axis in [-1, 1, 2] {
    y = scaled(x, axis)
    print y
    print grad(sum(y * w), x)
    print softmax(x, axis = axis)
}
print grad(sum(softmax(x) * w), x)
print sum(x, axis = 0)
print sum(x * w, axis = 1)
print norm(x, axis = -1)
D
same norms
cat >columns.dsl <<'D'
x = randn(4, 6, 5)
y = randn(3, 4, 6, 5)
z = randn(3, 1100, 7)
print sum(x, axis = 1)
print sum(y, axis = [0, 2])
print sum(y, axis = [1, 2])
print sum(y, axis = [0, 1])
print sum(z, axis = 1)
print sum(z, axis = [0, 1])
print sum(f16(z) * f16(0.01), axis = 1)
print sum(f16(z) * f16(0.01), axis = 0)
print sum(z > 0, axis = 1)
D
same columns

# ---- sums over all of what is looked up row by row: the index stands before the innermost loop ----

cat >lookups.dsl <<'D'
table = randn(4, 3)
rows = table[randint(0, 4, 12, 31)]
print mean(tanh(table[i64(floor(rows * 5 + 0.375)) % 4])), sum(tanh(rows))
D
same lookups
cat >odd.dsl <<'D'
x = -log([[0.5, -1.0, 0.4, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.0, 0.4, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5],
          [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, -1.0], [-1.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]])
for v in [x, -x, log(zeros(4, 9))] {
    print max(v, axis = -1)
    print min(v, axis = -1)
    print sum(v, axis = -1)
    print sum(v, axis = 0)
    print softmax(v)
    print argmax(v, axis = -1)
}
D
same odd

# ---- training: a channel's statistics, gradients and update stand in one kernel ----

cat >channels.dsl <<'D'
input x: f32[batch, 8, 6, 6]
input y: f32[batch, 8, 6, 6]
param scale = ones(8, 1, 1)
h = (x * scale) |> batchnorm2d() |> relu |> groupnorm(4)
loss = mean((h - y) ** 2) + mean(h |> instancenorm2d(affine = true)) + mean(softmax(h, axis = 1) ** 2)
data train {
    x = randn(40, 8, 6, 6)
    y = randn(40, 8, 6, 6)
}
train {
    minimize loss with adam(lr = 0.05)
    batch = 12
    epochs = 4
}
D
for level in 0 1; do
    check "channels compiles at -O$level" "$GRADC" -O$level channels.dsl -o channels$level
    check "channels trains at -O$level" ./channels$level --quiet --no-save --log channels$level.csv
    cut -d, -f4 channels$level.csv >channels$level.txt
done
check "channels has the losses of -O0, the last batch being short" close channels0.txt channels1.txt

# ---- threads ----

cat >wide.dsl <<'D'
input x: f32[batch, 64]
input y: i32[batch]
logits = x |> linear(96) |> layernorm() |> relu |> linear(50)
loss = cross_entropy(logits, y)
data train {
    x = randn(3000, 64)
    y = argmax(randn(3000, 50), axis = -1)
}
train {
    minimize loss with sgd(lr = 0.1)
    batch = 1024
    epochs = 2
}
D
check "wide compiles" "$GRADC" --threads=auto wide.dsl -o wide
for threads in 1 2 3; do
    check "wide trains on $threads" ./wide --threads $threads --save wide$threads.safetensors --no-log --quiet
done
check "two threads do not change a bit" cmp wide1.safetensors wide2.safetensors
check "three threads do not change a bit" cmp wide1.safetensors wide3.safetensors
check "wide's gradients are right" ./wide check --entries 5
finish
