#!/bin/sh
# examples.sh -- each example compiles, trains on its data, and reaches the result its file states.
. "$(dirname "$0")/lib.sh"
. "$SRC/tests/models/small.sh"

# result LOG NAME: the number behind NAME in the last line of a run that has it
result() { sed -n "s/.*[ ,]$2 \\([-+.0-9eE]*\\).*/\\1/p" "$1" | tail -n 1; }

READPNG=$PWD/tests/readpng
cd "$TMP" || exit 1

check "linreg compiles" "$GRADC" "$SRC/examples/linreg.dsl" -o linreg
check "linreg trains" sh -c './linreg >linreg.log'
check "linreg's gradients agree with differences" ./linreg check
check "linreg evaluates its fit" sh -c './linreg eval --split train >fit.log'
slope=$(result fit.log slope) best=$(result fit.log slope_least_squares)
error=$(result fit.log slope_standard_error)
within_error() { awk -v a="$slope" -v b="$best" -v e="$error" \
    'BEGIN { d = a - b; if (d < 0) d = -d; exit !(e > 0 && d <= e) }' ||
    { echo "slope $slope, least squares $best, standard error $error"; return 1; }; }
check "linreg's slope is within its standard error of least squares" within_error
check "linreg draws its loss curve" grep -q '</svg>' linreg.svg
check "linreg draws its fitted line" grep -q '</svg>' linreg-fit.svg

for model in logistic svm; do
    check "$model compiles" "$GRADC" "$SRC/examples/$model.dsl" -o $model
    check "$model trains" sh -c "./$model >$model.log"
    check "$model tells 97 % of the held-out tumours" at_least "$(result $model.log accuracy)" 0.97
    ./$model eval --split train >$model.fit
    check "$model's gradients agree with differences" ./$model check
done
# 0.1 % above what Newton's method and sequential minimal optimization find (tests/models/solvers.py).
check "logistic ends at the least loss" at_least 0.06766 "$(result logistic.fit loss)"
check "svm ends at the least loss" at_least 0.05799 "$(result svm.fit loss)"

check "digits compiles" "$GRADC" "$SRC/examples/digits.dsl" -o digits
check "digits trains" sh -c './digits >digits.log'
check "digits reads 95 % of the held-out digits" at_least "$(result digits.log accuracy)" 0.95
check "digits's gradients agree with differences" sh -c './digits check >check.log'
worst() { sed -n 's/.*worst relative error \([-+.0-9e]*\).*/\1/p' check.log; }
check "... to 1e-6" at_least 1e-6 "$(worst)"

check "digits_cnn compiles" "$GRADC" "$SRC/examples/digits_cnn.dsl" -o digits_cnn
check "digits_cnn trains" sh -c './digits_cnn --threads 1 >digits_cnn.log'
check "digits_cnn reads 96 % of the held-out digits" at_least "$(result digits_cnn.log accuracy)" 0.96
check "digits_cnn's gradients agree with differences" ./digits_cnn check

# Whole trainings of these are in make check-examples.
check "gpt compiles" "$GRADC" "$SRC/examples/gpt.dsl" -o gpt -Dlayers=1 -Dheads=2 -Dwidth=32 -Dcontext=32 -Dwindows=256
check "gpt trains" sh -c './gpt >gpt.log'
check "gpt's loss goes down" at_least 4.1 "$(result gpt.log loss)"
check "gpt writes" [ "$(./gpt generate --quiet --prompt ROMEO: --length 70 | wc -c)" = 77 ]
check "gpt's gradients agree with differences" ./gpt check --entries 4
for name in gan vae; do
    if [ -x "$READPNG" ]; then
        check "$name compiles" "$GRADC" "$SRC/examples/$name.dsl" -o $name
        check "$name trains" sh -c "./$name --epochs 3 >$name.log"
        check "$name draws its samples" sh -c "'$READPNG' $name-samples.png | head -n 1 | grep -q '^210 by 210, 1 channel'"
        check "$name's gradients agree with differences" ./$name check
    else
        skip "$name: libpng was not found by configure"
    fi
done
check "gan's D and G take turns" sh -c 'grep -q "^epoch 3/3  d_loss .*  g_loss" gan.log'
check "vae draws what it was shown" sh -c "'$READPNG' vae-reconstructions.png | head -n 1 | grep -q '^210 by 210'"
check "vae's loss goes down" at_least 36 "$(result vae.log loss)"

# Large models, small: they take two steps.  Their results: check_examples.sh.
steps() { # steps NAME
    # shellcheck disable=SC2046 # options
    "$GRADC" -f --no-check --cflags=-O0 $(small_options "$1") "$SRC/$(small_source "$1")" -o steps && ./steps bench --steps 2
}
check "alexnet at its size is without errors" "$GRADC" check "$SRC/examples/alexnet.dsl"
check "alexnet takes steps" steps alexnet
# Of all characters 15 % are chosen: 12 % are hidden, and of 1.5 % almost all become another.
cp "$SRC/examples/bert.dsl" masks.dsl && ln -s "$SRC/examples/data" data
cat >>masks.dsl <<'E'
metric hidden_share  = mean(f32(seen == hidden))
metric changed_share = mean(f32(seen != token and seen != hidden))
E
# shellcheck disable=SC2046 # options
check "bert's masks compile" "$GRADC" -f --no-check --cflags=-O1 $(small_options bert) masks.dsl
check "bert's masks are evaluated" sh -c './masks --epochs 0 --quiet && ./masks eval --split valid >masks.log'
check "bert hides 12 % of the text" near "$(result masks.log hidden_share)" 0.12 0.05
check "... and changes 1.5 %" near "$(result masks.log changed_share)" 0.0149 0.1
check "bert takes steps" steps bert
check "resnet18 at its size is without errors" "$GRADC" check "$SRC/examples/resnet18.dsl"
check "resnet18 takes steps" steps resnet18

# The convolutions of digits_cnn's checkpoint serve another task, and stay as they are.
check "finetune compiles" "$GRADC" --threads=none "$SRC/examples/finetune.dsl" -o finetune
check "finetune trains" sh -c './finetune --load-partial digits_cnn.safetensors >finetune.log'
check "... says what the file lacked" grep -qx "  not there, so with first values: head.weight, head.bias" finetune.log
check "... and reads 93 % of the held-out digits" at_least "$(result finetune.log accuracy)" 0.93
check "finetune trains without the file" sh -c './finetune --no-save >scratch.log'
check "... and reads less than 85 %" at_least 0.85 "$(result scratch.log accuracy)"
check "a trained model is a file of its own" ./finetune eval
refuses() { ! "$@" >said.txt 2>&1; }
check "--resume needs a whole checkpoint" refuses ./finetune --resume --load-partial digits_cnn.safetensors
check "... and says so" grep -q "begins anew" said.txt
check "a part is nothing to predict by" refuses ./finetune eval --load-partial digits_cnn.safetensors

# Each is small in small.txt, from where the tests of CUDA programs have them.
all_small() {
    for name in $(small_names); do small_source "$name"; done >sources.txt
    for model in "$SRC"/examples/*.dsl "$SRC"/examples/*/*.dsl; do
        model=${model#"$SRC/"}
        grep -qx "$model\|${model%/*}" sources.txt || { echo "$model is not there"; return 1; }
    done
}
check "every example is in tests/models/small.txt" all_small

cp "$SRC"/examples/cartpole/* .
check "cartpole's policy is a library" "$GRADC" --emit=lib --threads=none policy.dsl
cartpole() { sh -c "${CC:-cc} -O2 cartpole.c policy.c $("$GRADC" --cc-flags) -lm -o cartpole" && ./cartpole; }
check "... which learns to balance the pole for 195 steps" cartpole

# A smaller network on a piece of the text: the whole of it is `make check-examples`.
if [ -f /usr/include/zlib.h ]; then
    gzip -dc "$SRC/examples/data/shakespeare.txt.gz" | head -c 40000 >piece.txt
    pieces() { for split in train valid; do printf ' --data.%s.%s piece.txt' $split letters $split next; done; }
    check "charlstm compiles" "$GRADC" --cflags=-O1 -Dhidden=48 -Dwindow=16 "$SRC/examples/charlstm.dsl" -o charlstm
    check "charlstm trains on a piece" sh -c "./charlstm --threads 1 $(pieces) >charlstm.log"
    check "charlstm learns letters" at_least 2.7 "$(result charlstm.log 'valid loss')"
    check "charlstm's gradients agree with differences" ./charlstm check --entries 4 --threads 1
    check "charlstm writes on" sh -c './charlstm generate --prompt ROMEO: --length 50 --threads 1 | grep -q ^ROMEO:'
else
    skip "charlstm: no zlib"
fi

if [ -f "$SHARED/data/mnist/train-images-idx3-ubyte.gz" ] && [ -f /usr/include/zlib.h ]; then
    m=$SHARED/data/mnist
    check "mnist compiles" "$GRADC" "$SRC/examples/mnist.dsl" -o mnist
    check "mnist trains" sh -c "./mnist --data.train.image '$m/train-images-idx3-ubyte.gz' \
        --data.train.label '$m/train-labels-idx1-ubyte.gz' \
        --data.test.image '$m/t10k-images-idx3-ubyte.gz' \
        --data.test.label '$m/t10k-labels-idx1-ubyte.gz' >mnist.log"
    check "mnist reads 97 % of the test images" at_least "$(result mnist.log accuracy)" 0.97
    check "examples/lenet compiles" "$GRADC" "$SRC/examples/lenet.dsl" -o steps
    check "... and takes some steps" ./steps bench --steps 5 --data.train.image "$m/train-images-idx3-ubyte.gz" \
        --data.train.label "$m/train-labels-idx1-ubyte.gz" \
        --data.test.image "$m/t10k-images-idx3-ubyte.gz" --data.test.label "$m/t10k-labels-idx1-ubyte.gz"
    check "lenet compiles" "$GRADC" "$SRC/tests/library/lenet.dsl" -o lenet
    check "lenet trains" sh -c "./lenet --threads 1 --no-save \
        --data.train.image '$m/train-images-idx3-ubyte.gz' \
        --data.train.label '$m/train-labels-idx1-ubyte.gz' \
        --data.test.image '$m/t10k-images-idx3-ubyte.gz' \
        --data.test.label '$m/t10k-labels-idx1-ubyte.gz' >lenet.log"
    check "lenet reads 95 % of the test images" at_least "$(result lenet.log accuracy)" 0.95
else
    skip "mnist, lenet: no data in $SHARED/data/mnist, or no zlib"
fi
finish
