#!/bin/sh
# gpu_attention.sh -- attention for a GPU, forward and backward, a block of queries and keys (or of queries, where keys are few)
# at a time in shared memory: the losses of -O0, as serial C and as a CUDA program in several orders of threads, and no tensor
# of all scores in memory.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# forms TIME BATCH: causal, with masks of bools and of floats, with dropout, of one's own; keys that heads share
forms() {
    cat <<END
const heads = 2
const time = $1
const width = 8
def split_parts(x, n) { return transpose(reshape(x, -1, time, heads, n // heads), 1, 2) }
module block(kind)(x: f32[batch, time, width]) {
    q = x |> linear(width) |> split_parts(width)
    k = x |> linear(width) |> split_parts(width)
    v = x |> linear(2 * width) |> split_parts(2 * width)
    proj = linear(width)
    mixed = v
    if kind == "causal" {
        mixed = attention(q, k, v, causal = true, dropout_p = 0.3)
    } else if kind == "seen" {
        mixed = attention(q, k, v, mask = tril(ones(time, time), diagonal = 3) > 0)
    } else if kind == "floats" {
        mixed = attention(q, k, v, mask = sin(reshape(f32(arange(time * time)), time, time)))
    } else {
        mixed = softmax(q @ unsqueeze(transpose(x |> linear(width // heads), -1, -2), 1)) @ v
    }
    return x + (reshape(transpose(mixed, 1, 2), -1, time, 2 * width) |> proj)
}
input x: f32[batch, time, width]
input y: f32[batch, time, width]
out = x |> block("causal") |> block("seen") |> block("floats") |> block("own")
loss = mean((out - y) ** 2)
data train { x = randn($((2 * $2 + 1)), time, width)
             y = randn($((2 * $2 + 1)), time, width) }
train { minimize loss with sgd(lr = 0.05)
        batch = $2
        epochs = 2 }
END
}
forms 70 3 >forms.dsl
forms 33 2 >small.dsl

# A learned bias of the scores; keys that heads share; one matrix without heads, whose gradient is summed in parts; f64.
cat >bias.dsl <<'END'
input x: f32[batch, 31, 8]
param bias: f32[31, 31] = normal(0.0, 0.3)
k = x |> linear(8)
a = attention(x |> linear(8), k, k, mask = bias)
param table: f64[131, 8] = normal()
g = tanh(table)
s = softmax(g @ transpose(g) * 0.3) @ g
loss = mean((a - x) ** 2) + mean(f32(s) ** 2)
data train { x = randn(9, 31, 8) }
train { minimize loss with sgd(lr = 0.05)
        batch = 4
        epochs = 2 }
END

# More keys than a row of scores could have in shared memory, and more queries. A band of keys is seen: blocks of keys before it
# are hidden from late queries, those behind it from early ones, and some queries of the first see none in their first blocks.
cat >far.dsl <<'END'
const keys = 1100
input x: f32[batch, 40, 4]
input z: f32[batch, keys, 4]
band = tril(triu(ones(40, keys), diagonal = 300), diagonal = 700) > 0
a = attention(x |> linear(4), z |> linear(4), z |> linear(6), mask = band, dropout_p = 0.2)
b = attention(z |> linear(4), x |> linear(4), x |> linear(5), causal = true)
w = z[:, :300]
c = attention(w |> linear(2), w |> linear(2), w |> linear(2), causal = true)
loss = mean((a |> linear(3)) ** 2) + mean((b |> linear(2)) ** 2) + mean((c |> linear(2)) ** 2)
data train { x = randn(2, 40, 4)
             z = randn(2, keys, 4) }
train { minimize loss with sgd(lr = 0.05)
        batch = 1
        epochs = 1 }
END

# Rows that are no softmax, in f64: what they are folded to takes a pass over the keys of its own.
cat >own.dsl <<'END'
input x: f64[batch, 100, 8]
v = x |> linear(8)
seen = sigmoid((x |> linear(6)) @ transpose(x |> linear(6), -2, -1))
shares = seen / sum(seen, axis = -1, keepdim = true)
y = (shares @ v) |> linear(8)
loss = mean((y - x) ** 2)
data train { x = f64(randn(9, 100, 8)) }
train { minimize loss with sgd(lr = 0.05)
        batch = 4
        epochs = 2 }
END

# Sums that do and do not fit into registers; odd sizes; f64; as many samples as make blocks of 64 queries, of which there is one.
cat >sizes.dsl <<'END'
def pay(q, k, v, x) { return mean(sin(attention(q * x, k * cos(x), v + x, causal = true))) }
input x: f32[batch, 1, 1, 1]
param q: f32[2, 65, 33] = normal()
param k: f32[2, 97, 33] = normal()
param v: f32[2, 97, 7] = normal()
param large_q: f32[1, 145, 132] = normal()
param large_k: f32[1, 145, 132] = normal()
param large_v: f32[1, 145, 132] = normal()
param q64: f64[2, 67, 7] = normal()
param k64: f64[2, 66, 7] = normal()
param v64: f64[2, 66, 9] = normal()
loss = pay(q, k, v, x) + pay(large_q, large_k, large_v, x) + f32(pay(q64, k64, v64, f64(x)))
data train { x = randn(1, 1, 1, 1) }
train { minimize loss with sgd(lr = 100)
        batch = 130
        epochs = 2 }
END

losses() { cut -d, -f1,4 "$1" | tail -n +2 | tr ',' ' '; }

for model in forms bias far own; do
    check "$model compiles at -O0" "$GRADC" -O0 "$QUICK" "$model.dsl" -o "$model.0"
    check "$model compiles for a GPU" "$GRADC" --target=cuda --serial "$QUICK" "$model.dsl" -o "$model.1"
    check "$model trains at -O0" ./"$model.0" --quiet --no-save --log "$model.0.csv"
    check "$model trains" ./"$model.1" --quiet --no-save --log "$model.1.csv"
    losses "$model.0.csv" >"$model.0.txt" && losses "$model.1.csv" >"$model.1.txt"
    check "$model: the losses of -O0" close "$model.0.txt" "$model.1.txt"
done
for model in forms bias own; do
    check "$model: gradients agree with differences" ./"$model.1" check
done

# Of keys that heads share, a gradient is summed over heads, too: those scores are kept, as in C.
scores() { "$GRADC" --target=cuda --serial --emit=kernels "$@" forms.dsl | grep -v block4 | grep -c '^  buffer .*\[batch, [12], 70, 70\] work'; }
far_scores() {
    "$GRADC" --target=cuda --serial --emit=kernels "$@" far.dsl |
        grep -c '^  buffer .*: f.*\[batch, \(40, 1100\|1100, 40\|300, 300\)\] work'
}
none() { [ "$(scores)" -eq 0 ] && [ "$(far_scores)" -eq 0 ]; }
some() { [ "$(scores -O0)" -gt 0 ] && [ "$(far_scores -O0)" -gt 0 ]; }
check "no scores are kept" none
check "which are at -O0" some

# What a causal mask hides is left out by whole blocks: of keys for a block of queries, of queries for one of keys.
"$GRADC" --target=cuda --serial --emit=c -f far.dsl -o far.serial.c
check "blocks of keys above the diagonal are left out" grep -q '< (t_first_query + t_queries + 31) / 32;' far.serial.c
check "blocks of queries, too" grep -q 't_start = t_first_key[_0-9]* / 32;' far.serial.c

reason=$(cuda_lacks)
if [ -n "$reason" ]; then
    skip "CUDA programs: $reason"
    finish
fi
check "small at -O0" "$GRADC" -O0 "$QUICK" small.dsl -o small.0
check "small trains at -O0" ./small.0 --quiet --no-save --log small.0.csv
losses small.0.csv >small.0.txt
check "small as a CUDA program" cuda_make small small.dsl
for order in $CUDA_ORDERS; do
    check "it trains, order $order" cuda_run "$order" ./small --quiet --no-save --log "small.$order.csv"
    losses "small.$order.csv" >"small.$order.txt"
    check "the losses of -O0" close small.0.txt "small.$order.txt"
    check "the same bits in each order" cmp "small.${CUDA_ORDERS%% *}.txt" "small.$order.txt"
done
check "sizes at -O0" "$GRADC" -O0 "$QUICK" --no-check sizes.dsl -o sizes.0
check "sizes trains at -O0" ./sizes.0 --quiet --no-save --log sizes.0.csv
losses sizes.0.csv >sizes.0.txt
for model in sizes far; do
    check "$model as a CUDA program" cuda_make "$model.h" "$model.dsl" --no-check
    for order in $CUDA_ORDERS; do
        check "$model trains, order $order" cuda_run "$order" "./$model.h" --quiet --no-save --log "$model.$order.csv"
        losses "$model.$order.csv" >"$model.$order.txt"
        check "the losses of -O0" close "$model.0.txt" "$model.$order.txt"
        check "the same bits in each order" cmp "$model.${CUDA_ORDERS%% *}.txt" "$model.$order.txt"
    done
done
in_registers() { grep -q 'GrtTeamSums<float, 32, 7,' sizes.h.cu && grep -q 'GrtTeamSums<float, 32, 33,' sizes.h.cu && grep -q 'GrtTeamSums<double, ' sizes.h.cu; }
[ "$CUDA_ON" = device ] || check "sums are in registers" in_registers
[ "$CUDA_ON" = device ] || check "but not where they are too many" grep -q '__shared__ .*_sums.*\[4224\]' sizes.h.cu
if [ "$CUDA_ON" = host ]; then
    CUDA_LAYER=check
    for model in bias far; do
        check "$model, built for the checker" cuda_make "$model.c" "$model.dsl" --no-check
        check "no races, nothing out of bounds, nothing unwritten read" cuda_run 1 "./$model.c" --quiet --no-save --epochs 1
    done
fi
finish
