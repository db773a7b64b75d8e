#!/bin/sh
# dtypes.sh -- a model of f16 and bf16 from data to checkpoint, and back.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

cat >half.dsl <<'D'
input x: f16[batch, 4]
input y: f16[batch, 1]
param narrow: bf16[1, 4] = uniform(-1, 1)
param hidden: f16[8, 4] = normal(0, 0.5)
param wide: f32[1, 8] = normal(0, 0.5)
state steps: f16 = 0
if training {
    steps <- steps + 1
}
prediction = tanh(x @ transpose(hidden)) @ transpose(wide) + x @ transpose(narrow)
loss = mse_loss(f32(prediction), y)
metric error = mean(abs(prediction - y))
output half = f16(prediction)
output brain = bf16(prediction)
data train {
    x = f16(randn(60, 4))
    y = f16(randn(60, 1))
}
data valid {
    x = f16(randn(20, 4))
    y = f16(randn(20, 1))
}
train {
    minimize loss with adam(lr = 0.02, eps = 1e-4)
    batch  = 16
    epochs = 4
}
D

# trained LEVEL: the same log from plain loops and from fused ones
for level in -O0 -O1; do
    check "a model of halves compiles, $level" "$GRADC" "$level" --threads=none half.dsl -o half$level
    check "and trains" ./half$level --quiet --save half$level.safetensors --log half$level.csv
    check "its gradients agree with differences" ./half$level check
done
losses() { awk -F, 'NF > 3 { printf "%s %s %.4g %.4g\n", $1, $3, $4, $5 }' "$1"; }
losses half-O0.csv >plain.txt
losses half-O1.csv >fused.txt
check "the log holds numbers" at_least "$(wc -l <plain.txt)" 10
check "plain and fused agree" cmp plain.txt fused.txt

# The training went on in 16 bits: every parameter of the checkpoint says so.
for what in '"narrow":{"dtype":"BF16","shape":[1,4]' '"hidden":{"dtype":"F16","shape":[8,4]' \
    '"wide":{"dtype":"F32"' '"optimizer.adam.hidden.m":{"dtype":"F16"'; do
    check "the checkpoint has $what" grep -aqF "$what" half-O1.safetensors
done

check "half of the run" ./half-O1 --quiet --epochs 2 --save part.safetensors --log part.csv
check "and the rest, resumed" ./half-O1 --quiet --epochs 4 --resume --save part.safetensors --log part.csv
check "end at the same bits" cmp part.safetensors half-O1.safetensors

# npy(DTYPE COUNT BYTES): an array [COUNT, 4] on stdout, its elements as octal escapes
npy() {
    printf '\223NUMPY\001\000\166\000'
    printf '%-117s\n' "{'descr': '<$1', 'fortran_order': False, 'shape': ($2, 4), }"
    printf "$3"
}
# 1, -2, 0.5, 65504 in f16, then the same in f32: one prediction
npy f2 1 '\000\074\000\300\000\070\377\173' >x16.npy
npy f4 1 '\000\000\200\077\000\000\000\300\000\000\000\077\000\340\177\107' >x32.npy
for bits in 16 32; do
    check "predicts from f$bits" ./half-O1 predict --load half-O1.safetensors \
        --out.half half$bits.npy --out.brain brain$bits.npy --in.x x$bits.npy
done
check "f32 that f16 holds gives the same" cmp half16.npy half32.npy
check "f16 is written as it is" grep -aqF "'<f2'" half16.npy
check "bf16, which numpy lacks, as f32" grep -aqF "'<f4'" brain16.npy
# 1, 2, 3, 70000 is beyond f16
npy f4 1 '\000\000\200\077\000\000\000\100\000\000\100\100\000\270\210\107' >big.npy
check "a number beyond f16 is refused" says "70000" exits 1 ./half-O1 predict --load half-O1.safetensors \
    --out.half no.npy --out.brain no2.npy --in.x big.npy
finish
