#!/bin/sh
# bench.sh -- `./model bench` and the benchmark's own files: what they print, never how fast anything is.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# ---- ./model bench ----

cat >line.dsl <<'E'
input x: f32[batch, 2]
loss = mean((x |> linear(1)) ** 2)
data train { x = randn(50, 2) }
train { minimize loss with sgd(lr = 0.1)
        batch = 16 }
E
check "a model is compiled" "$GRADC" line.dsl -o line
check "bench runs so many steps" sh -c 'mkdir empty && cd empty && ../line bench --steps 37 >../out && grep -q "^steps  *37$" ../out'
check "... says how many a second" grep -Eq '^steps/s  *[0-9.e+]+ ' out
check "... of how many samples" grep -Eq '^samples a step  *16$' out
check "... and writes nothing" rmdir empty
# 37 steps behind a first one: the last one's loss is that of the 38th step of a training.
cat >same.sh <<'E'
./line train --epochs 10 --no-save --log log.csv --quiet >said || exit 1
awk -F, '$1 == 38 { printf "%.5g\n", $4 }' log.csv >wanted
awk '/^loss/ { printf "%.5g\n", $2 }' out >found
[ -s found ] && cmp wanted found
E
check "its steps are those of a training" sh same.sh
check "bench starts from weights" sh -c './line train --quiet --no-log && ./line bench --steps 1 --load line.safetensors'
check "no steps are refused" exits 2 ./line bench --steps 0
echo 'print 1' >calculator.dsl
check "a calculator has nothing to measure" exits 2 "$GRADC" run calculator.dsl bench
check "--help names it" says "bench " ./line --help

# ---- bench/ ----

for model in "$SRC"/bench/models/*.dsl; do
    name=${model##*/}
    cp "$model" .
    check "$name is formatted" "$GRADC" fmt --check "$name"
done
check "the data are made" sh -c '"$GRADC" run data.dsl && [ -s images.npy ] && [ -s next256.npy ]'
for model in "$SRC"/bench/models/*.dsl; do
    name=${model##*/}
    check "$name is right" "$GRADC" check "$name"
done
check "a model of the benchmark runs" sh -c '"$GRADC" --no-check mlp_sgd.dsl -o mlp && ./mlp bench --steps 3'

tr ' ' '\t' >records.tsv <<'E'
- machine - gflops 100
- machine - copy 20
- machine - torch 1.13
mlp_sgd gradc - flops 1000000000
mlp_sgd gradc 1 steps 30
mlp_sgd gradc 1 steps 50
mlp_sgd gradc 1 steps 40
mlp_sgd tuned 1 steps 20
mlp_sgd tuned 1 steps 16
mlp_sgd installed 1 steps 10
E
cat >table.sh <<'E'
LC_ALL=C awk -f "$1/bench/table.awk" records.tsv >table.md
cat table.md
grep -qF '| mlp_sgd | 1 | 40.0 | 10.0 | 18.0 | 4.00 | 2.22 ✓ | 1.8 | 40 | 40 % ✗ | 60 % |' table.md
E
check "the table has medians and ratios" sh table.sh "$SRC"
cat >picture.sh <<'E'
LC_ALL=C awk -f "$1/bench/picture.awk" records.tsv >picture.svg
cat picture.svg
grep -q '^<svg ' picture.svg && grep -q '^</svg>' picture.svg && [ "$(grep -c '<rect' picture.svg)" -eq 5 ] &&
    grep -q '>2.22<' picture.svg
E
check "the picture has a bar for each" sh picture.sh "$SRC"
finish
