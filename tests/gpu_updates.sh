#!/bin/sh
# gpu_updates.sh -- the optimizer for a GPU: updates of many tensors in one launch, those of a multiple of 64 bytes as one range
# of memory; with the norm of all gradients clipped, with batches added up, with moving averages: the losses of -O0, as serial C
# and as a CUDA program.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# All parameters of a transformer are one launch, and none is a copy behind the guard.
one_launch() {
    "$GRADC" --target=cuda --emit=c -f "$SRC/bench/models/gpt_small.dsl" -o gpt_small.cu || return
    sed -n '/^static void launch_train(/,/^}/p' gpt_small.cu >step.txt
    [ "$(grep -c 'k_update.*<<<' step.txt)" -eq 1 ] && ! grep -q 'grt_commit<<<' step.txt
}
check "gpt_small: one launch for all updates, and no copies" one_launch

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

# flat UPDATE SETTING: all tensors but the last bias can lie side by side
flat() { model "$1" "$2" | sed 's/linear(37)/linear(32)/; s/linear(65)/linear(64)/; s/linear(37)/linear(48)/; s/13/16/'; }
flat "adamw(lr = 0.01, weight_decay = 0.1)" "clip_norm = 0.5" >ranges.dsl
flat "adam(lr = 0.01)" "accumulate = 2" >ranges_sums.dsl

losses() { cut -d, -f1,4 "$1" | tail -n +2 | tr ',' ' '; }
one_launch() { [ "$(grep -c 'k_update_parameters<<<' "$1")" -eq 1 ]; }

for name in average clip accumulate; do
    check "$name compiles at -O0" "$GRADC" -O0 "$QUICK" "$name.dsl" -o "$name.0"
    check "$name compiles for a GPU" "$GRADC" --target=cuda --serial "$QUICK" "$name.dsl" -o "$name.1"
    check "$name trains at -O0" ./"$name.0" --quiet --no-save --log "$name.0.csv"
    check "$name trains" ./"$name.1" --quiet --no-save --log "$name.1.csv"
    losses "$name.0.csv" >"$name.0.txt" && losses "$name.1.csv" >"$name.1.txt"
    check "$name: the losses of -O0" close "$name.0.txt" "$name.1.txt"
    check "$name as CUDA" "$GRADC" --target=cuda --emit=c "$name.dsl" -o "$name.cu"
    check "$name: one launch updates all that no product does" one_launch "$name.cu"
done

# With a bound for memory each update stands by itself, behind its gradient: the parameters have the same bits. (Not where the C
# compiler fuses multiplications into additions as it likes.)
for name in ranges ranges_sums; do
    check "$name compiles" "$GRADC" --target=cuda --serial --cflags="-Og -ffp-contract=off" "$name.dsl" -o "$name.1"
    check "$name compiles, with single updates" \
        "$GRADC" --target=cuda --serial --cflags="-Og -ffp-contract=off" --memory=64M "$name.dsl" -o "$name.2"
    check "$name trains" ./"$name.1" --quiet --no-log --save "$name.1.params"
    check "$name trains, with single updates" ./"$name.2" --quiet --no-log --save "$name.2.params"
    check "$name: the same parameters" cmp "$name.1.params" "$name.2.params"
done
check "ranges as CUDA" "$GRADC" --target=cuda --emit=c ranges.dsl -o ranges.cu
check "updates of one form are one loop, 128 bits at a time" grep -q 'grt_store_four(p_linear1_weight_and_[0-9]*_more + i' ranges.cu
check "the others have their own" grep -q 'k_update_parameters_2<<<' ranges.cu

reason=$(cuda_lacks)
if [ -n "$reason" ]; then
    skip "CUDA programs: $reason"
    finish
fi
check "ranges at -O0" "$GRADC" -O0 "$QUICK" ranges.dsl -o ranges.0
check "it trains at -O0" ./ranges.0 --quiet --no-save --log ranges.0.csv
losses ranges.0.csv >ranges.0.txt
check "ranges as a CUDA program" cuda_make ranges.h ranges.dsl
for order in $CUDA_ORDERS; do
    check "it trains, order $order" cuda_run "$order" ./ranges.h --quiet --no-save --log "ranges.$order.csv"
    losses "ranges.$order.csv" >"ranges.$order.txt"
    check "the losses of -O0" close ranges.0.txt "ranges.$order.txt"
    check "the same bits in each order" cmp "ranges.${CUDA_ORDERS%% *}.txt" "ranges.$order.txt"
done
check "average as a CUDA program" cuda_make average average.dsl
for order in $CUDA_ORDERS; do
    check "it trains, order $order" cuda_run "$order" ./average --quiet --no-save --log "average.$order.csv"
    losses "average.$order.csv" >"average.$order.txt"
    check "the losses of -O0" close average.0.txt "average.$order.txt"
    check "the same bits in each order" cmp "average.${CUDA_ORDERS%% *}.txt" "average.$order.txt"
done
finish
