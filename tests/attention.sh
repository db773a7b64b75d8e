#!/bin/sh
# attention.sh -- attention in every form is computed a block of queries at a time, forward and backward: the values
# and gradients are those of -O0, on any number of threads, and no tensor of all scores is kept.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

cat >forms.dsl <<'END'
const heads = 2
const time = 70
const width = 16
def split_parts(x, n) { return transpose(reshape(x, -1, time, heads, n // heads), 1, 2) }
module block(kind)(x: f32[batch, time, width]) {
    q = x |> linear(width) |> split_parts(width)
    k = x |> linear(width) |> split_parts(width)
    v = x |> linear(2 * width) |> split_parts(2 * width)
    proj = linear(width)
    mixed = v
    if kind == "causal" {
        mixed = attention(q, k, v, causal = true)
    } else if kind == "seen" {
        mixed = attention(q, k, v, mask = tril(ones(time, time), diagonal = 3) > 0)
    } else if kind == "floats" {
        mixed = attention(q, k, v, mask = sin(reshape(f32(arange(time * time)), time, time)))
    } else if kind == "dropout" {
        mixed = attention(q, k, v, causal = true, dropout_p = 0.3)
    } else {
        mixed = softmax(q @ transpose(k, -2, -1)) @ v
    }
    return x + (reshape(transpose(mixed, 1, 2), -1, time, 2 * width) |> proj)
}
input x: f32[batch, time, width]
input y: f32[batch, time, width]
out = x |> block("causal") |> block("seen") |> block("floats") |> block("dropout") |> block("own")
loss = mean((out - y) ** 2)
data train { x = randn(11, time, width)
             y = randn(11, time, width) }
train { minimize loss with sgd(lr = 0.05)
        batch = 4
        epochs = 2 }
END

# A learned bias of the scores; keys that heads share; one matrix without heads; f64.
cat >bias.dsl <<'END'
input x: f32[batch, 33, 8]
param bias: f32[33, 33] = normal(0.0, 0.3)
k = x |> linear(8)
a = attention(x |> linear(8), k, k, mask = bias)
h = transpose(reshape(x |> linear(16), -1, 33, 2, 8), 1, 2)
b = sum(softmax(h @ unsqueeze(transpose(k, -2, -1), 1)) @ h, axis = 1)
param table: f64[40, 8] = normal()
g = tanh(table)
s = softmax(g @ transpose(g) * 0.3) @ g
loss = mean((a + squeeze(b, 1) - x) ** 2) + mean(f32(s) ** 2)
data train { x = randn(9, 33, 8) }
train { minimize loss with sgd(lr = 0.05)
        batch = 4
        epochs = 2 }
END

# Heads of queries that share keys and values; what comes of attention is read as it is, too.
cat >shared.dsl <<'END'
def split_parts(x, n) { return transpose(reshape(x, -1, 70, n, 8), 1, 2) }
def wide(x) = repeat_interleave(x, 3, axis = 1)
input x: f32[batch, 70, 16]
module kv(n)(x) { return x |> linear(8 * n) |> split_parts(n), x |> linear(8 * n) |> split_parts(n) }
q = x |> linear(48) |> split_parts(6)
shares = [kv(2) for i in 0..2]
k, v = shares[0](x)
a = q + attention(q, k, v, causal = true, dropout_p = 0.2, enable_gqa = true)
k1, v1 = shares[1](x)
b = attention(a, k1, v1, mask = tril(ones(70, 70), diagonal = 2) > 0, enable_gqa = true)
one = kv(1)
k2, v2 = one(x)
c = attention(b, k2, v2, enable_gqa = true)
loss = mean((a + c) ** 2)
bias = sin(reshape(f32(arange(6 * 70 * 70)), 6, 70, 70))
metric off = max(abs(attention(q, k, v, causal = true, mask = bias, enable_gqa = true) -
                     attention(q, wide(k), wide(v), causal = true, mask = bias)))
data train { x = randn(9, 70, 16) }
train { minimize loss with sgd(lr = 0.5)
        batch = 4
        epochs = 2 }
END

# program NAME MODEL OPTIONS...: built, trained
program() {
    name=$1 model=$2
    shift 2
    check "$name compiles" "$GRADC" "$@" "$model.dsl" -o "$name"
    check "$name trains" ./"$name" --threads 1 --save "$name.safetensors" --log "$name.csv"
}
same_losses() {
    paste -d, "$1" "$2" | awk -F, 'NR > 1 { d = $4 - $8; if (d < 0) d = -d; if (!(d <= 2e-5 * $4)) bad = 1; n++ }
        END { exit bad || n < 6 }'
}
for model in forms bias; do
    program $model-0 $model -O0 "$QUICK"
    program $model-1 $model -O1
    program $model-kept $model --skip=scores "$QUICK"
    check "$model: the losses of -O0" same_losses $model-0.csv $model-1.csv
    check "$model: and without recomputing" same_losses $model-0.csv $model-kept.csv
    check "$model: gradients agree with differences" ./$model-1 check
done
program shared-0 shared -O0 "$QUICK"
program shared-1 shared -O1
check "shared keys: the losses of -O0" same_losses shared-0.csv shared-1.csv
check "... gradients agree with differences" ./shared-1 check
as_repeated() { ./shared-1 eval --load shared-1.safetensors | sed -n 's/.*off \([^,]*\),.*/\1/p' | awk '{ n++; bad = !($1 <= 1e-5) } END { exit bad || n != 1 }'; }
check "... and they are as keys that are repeated" as_repeated
mv forms-1.safetensors one.safetensors
check "three threads" ./forms-1 --threads 3 --save forms-1.safetensors --no-log
check "give the same bits" cmp one.safetensors forms-1.safetensors

# scores MODEL OPTIONS...: how many tensors of all scores are kept
scores() {
    model=$1
    shift
    "$GRADC" --emit=kernels "$@" "$model.dsl" | sed -n "/^routine run_train/,/^routine run_[^t]/p" |
        grep -cE '^  buffer .*\[batch, [126], (70|210|420), 70\] work'
}
none() { [ "$(scores "$@")" -eq 0 ]; }
some() { [ "$(scores "$@")" -gt 0 ]; }
check "no scores are kept" none forms
check "which are without the pass" some forms --skip=scores
check "shared keys: no scores are kept" none shared
check "... nor on a GPU" none shared --target=cuda
finish
