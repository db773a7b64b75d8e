#!/bin/sh
# gpu_updates.sh -- the optimizer for a GPU: updates of many tensors in one launch; with the norm of all gradients clipped, with
# batches added up, with moving averages: the losses of -O0, as serial C and as a CUDA program.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# model UPDATE SETTING
model() {
    cat <<END
input x: f32[batch, 13]
input y: i32[batch]
logits = x |> linear(37) |> relu |> linear(65) |> layernorm() |> relu |> linear(37) |> relu |> linear(5)
loss = cross_entropy(logits, y)
data train {
    x = randn(165, 13)
    y = i32(argmax(randn(165, 5), axis = 1))
}
train {
    minimize loss with $1
    $2
    batch = 31
    epochs = 2
}
END
}
model "adamw(lr = 0.01, weight_decay = 0.1)" "average = 0.9" >average.dsl
model "sgd(lr = 0.05, momentum = 0.9)" "clip_norm = 0.5" >clip.dsl
model "adam(lr = 0.01)" "accumulate = 2" >accumulate.dsl

losses() { cut -d, -f1,4 "$1" | tail -n +2 | tr ',' ' '; }
one_launch() { [ "$(grep -c 'k_update_parameters<<<' "$1")" -eq 1 ]; }

for name in average clip accumulate; do
    check "$name compiles at -O0" "$GRADC" -O0 "$name.dsl" -o "$name.0"
    check "$name compiles for a GPU" "$GRADC" --target=cuda --serial "$name.dsl" -o "$name.1"
    check "$name trains at -O0" ./"$name.0" --quiet --no-save --log "$name.0.csv"
    check "$name trains" ./"$name.1" --quiet --no-save --log "$name.1.csv"
    losses "$name.0.csv" >"$name.0.txt" && losses "$name.1.csv" >"$name.1.txt"
    check "$name: the losses of -O0" close "$name.0.txt" "$name.1.txt"
    check "$name as CUDA" "$GRADC" --target=cuda --emit=c "$name.dsl" -o "$name.cu"
    check "$name: one launch updates all that no product does" one_launch "$name.cu"
done

reason=$(cuda_lacks)
if [ -n "$reason" ]; then
    skip "CUDA programs: $reason"
    finish
fi
check "average as a CUDA program" cuda_make average average.dsl
for order in $CUDA_ORDERS; do
    check "it trains, order $order" cuda_run "$order" ./average --quiet --no-save --log "average.$order.csv"
    losses "average.$order.csv" >"average.$order.txt"
    check "the losses of -O0" close average.0.txt "average.$order.txt"
    check "the same bits in each order" cmp "average.${CUDA_ORDERS%% *}.txt" "average.$order.txt"
done
finish
