#!/bin/sh
# tensorboard.sh -- event files hold what the log holds, step by step, and histograms of the parameters; a learning rate
# that changes is in both, and in the picture.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
if ! ${CC:-cc} -O1 "$SRC/tests/tfevents.c" -o tfevents; then
    skip "no C compiler for the reader of event files"
    finish
fi
cat >run.dsl <<'D'
input x: f32[batch, 4]
input y: f32[batch, 1]
fc = linear(8)
prediction = x |> fc |> tanh |> linear(1)
loss = mse_loss(prediction, y)
metric error = mae(prediction, y)
data train { x = randn(60, 4)
             y = sum(x, axis = 1, keepdims = true) }
data valid { x = randn(20, 4)
             y = sum(x, axis = 1, keepdims = true) }
train {
    minimize loss with adamw(lr = 0.01 * cos(step / steps)) over fc
                  with sgd(lr = 0.1)
    batch = 8
    epochs = 3
    clip_norm = 1.0
}
D
check "a model compiles" "$GRADC" --threads=none run.dsl -o run
check "... and trains, with events" sh -c './run --tensorboard runs/a --log run.csv >run.txt'
check "the log has the rate that changes" sh -c 'head -n 1 run.csv | grep -qx step,epoch,split,loss,error,grad_norm,lr'
check "the picture has it, too" sh -c 'grep -q "learning rate" run.svg && grep -q "24 steps in" run.svg'
[ -x /usr/bin/xmllint ] && check "the picture is well-formed" xmllint --noout run.svg
check "the events can be read" sh -c './tfevents runs/a/events.out.tfevents.* >events.txt'
check "they begin with their version" sh -c 'head -n 1 events.txt | grep -qx "version brain.Event:2"'

# Both as lines "step split/name value" with six digits.
awk '$1 == "scalar" { printf "%d %s %.5e\n", $2, $3, $4 }' events.txt | LC_ALL=C sort >events.scalars
awk -F, 'NR == 1 { split($0, name, ","); next }
    { for (i = 4; i <= NF; i++) if ($i != "") printf "%d %s/%s %.5e\n", $1, $3, name[i], $i }' run.csv |
    LC_ALL=C sort >log.scalars
check "events have the log's numbers: 24 steps of three, 3 evaluations of two" test "$(wc -l <log.scalars)" -eq 78
check "... all of them, and no others" cmp events.scalars log.scalars
check "histograms of all four parameters after each epoch" test "$(grep -c '^histogram' events.txt)" -eq 12
check "... count their elements" sh -c 'grep -q "^histogram 24 fc.weight 32 " events.txt'

check "another run adds a file" sh -c './run --no-save --no-log --tensorboard runs/a --epochs 1 --quiet &&
    test "$(ls runs/a | wc -l)" -eq 2 && test "$(ls *.csv | wc -l)" -eq 1'
check "a damaged file is noticed by the reader" sh -c 'set -- runs/a/*; head -c 300 "$1" >cut; ! ./tfevents cut 2>/dev/null'
: >file
says() { "$@" >said.txt 2>&1; test $? -eq 3 && grep -q "cannot make the folder 'file" said.txt; }
check "a folder that cannot be is an error before training" says ./run --tensorboard file/a

# Losses that take turns are curves of their own.
cat >turns.dsl <<'D'
input x: f32[batch, 2]
A = linear(1)
B = linear(1)
a_loss = mean((A(x) - 1) ** 2)
b_loss = mean((B(x) - A(x)) ** 2)
data train { x = randn(40, 2) }
data valid { x = randn(10, 2) }
train {
    step { minimize a_loss over A with sgd(lr = 0.1) }
    step { minimize b_loss over B with sgd(lr = 0.1 / step) }
    batch = 8
    epochs = 2
}
D
check "a model of two steps trains" sh -c '"$0" --threads=none turns.dsl -o turns && ./turns --quiet --no-save' "$GRADC"
check "... and its picture has both losses and the rate" sh -c 'grep -q ">a_loss<" turns.svg && grep -q ">b_loss, validation<" turns.svg &&
    grep -q "learning rate" turns.svg'
finish
