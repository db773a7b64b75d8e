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
    program $model-0 $model -O0
    program $model-1 $model -O1
    program $model-kept $model --skip=scores
    check "$model: the losses of -O0" same_losses $model-0.csv $model-1.csv
    check "$model: and without recomputing" same_losses $model-0.csv $model-kept.csv
    check "$model: gradients agree with differences" ./$model-1 check
done
mv forms-1.safetensors one.safetensors
check "three threads" ./forms-1 --threads 3 --save forms-1.safetensors --no-log
check "give the same bits" cmp one.safetensors forms-1.safetensors

scores() { "$GRADC" --emit=kernels "$@" forms.dsl | grep -c '^  buffer .*\[batch, [12], 70, 70\] work'; }
none() { [ "$(scores)" -eq 0 ]; }
some() { [ "$(scores --skip=scores)" -gt 0 ]; }
check "no scores are kept" none
check "which are without the pass" some
finish
