#!/bin/sh
# baddata.sh -- what a trainer says to data, checkpoints and command lines that are wrong: one clear
# message and the right exit status, before anything is lost.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

cat >tiny.dsl <<'D'
option lr = 0.1
input x: f32[batch, 2]
input y: i32[batch]
logits = x |> linear(3)
loss = cross_entropy(logits, y)
metric accuracy = mean(argmax(logits, axis = -1) == y)
output class = argmax(logits, axis = -1)
data train { x = csv("x.csv")
             y = csv("y.csv", columns = 0) }
train {
    minimize loss with sgd(lr = lr)
    batch = 4
    epochs = 2
}
D
good() {
    printf '0,1\n1,0\n2,1\n0.5,-1\n3,3\n1,1\n' >x.csv
    printf '0\n1\n2\n0\n1\n2\n' >y.csv
}
good
check "the model compiles" "$GRADC" tiny.dsl -o tiny
check "good data trains" ./tiny
cp tiny.safetensors before.safetensors

# refuses NAME STATUS TEXT ARGS...: ./tiny ends with STATUS, says TEXT; the checkpoint is as before
refuses() {
    case=$1 status=$2 text=$3
    shift 3
    check "$case: exit $status" exits "$status" ./tiny "$@"
    check "$case: says '$text'" says "$text" ./tiny "$@"
    check "$case: the checkpoint is untouched" cmp before.safetensors tiny.safetensors
    good
}

rm x.csv;                                    refuses "missing data" 1 "x.csv"
: >x.csv;                                    refuses "an empty file" 1 "x.csv"
printf '0,1\n1\n' >x.csv;                    refuses "a ragged row" 1 "x.csv:2"
printf '0,1\n1,abc\n' >x.csv;                refuses "a word among numbers" 1 "abc"
printf '0,1\n1,nan\n' >x.csv;                refuses "NaN in data" 1 "x.csv:2"
printf '0,1,2\n1,2,3\n' >x.csv;              refuses "one column too many" 1 "3"
printf '0,1\n1,0\n' >x.csv;                  refuses "fewer rows than labels" 1 "2"
printf '0\n1\n3\n0\n1\n2\n' >y.csv;          refuses "a label out of range" 1 "3"
printf '0\n1\n-1\n0\n1\n2\n' >y.csv;         refuses "a negative label" 1 "-1"
printf '0\n1\n1.5\n0\n1\n2\n' >y.csv;        refuses "a label that is no integer" 1 "1.5"
mkdir folder;                                refuses "a directory as data" 1 "folder" --data.train.x folder
refuses "an unknown option" 2 "--epoch" --epoch 3
refuses "... with the likely one" 2 "--epochs" --epoch 3
refuses "a value that is no number" 2 "abc" --lr abc
refuses "a missing value" 2 "--epochs" --epochs
refuses "a negative count" 2 "-1" --epochs -1
refuses "a batch above the bound" 2 "4" --batch 64
refuses "an unknown source" 2 "data.train.z" --data.train.z x.csv
refuses "an unknown command" 2 "tran" tran
refuses "a checkpoint that is not there" 1 "none.safetensors" eval --load none.safetensors
refuses "garbage as a checkpoint" 1 "x.csv" eval --load x.csv
refuses "info of a file that is no checkpoint" 1 "x.csv" info --load x.csv
refuses "a folder that is not there to save in" 3 "no/such" --save no/such/tiny.safetensors

# A loss that is not finite: stop, name the place, keep the last good checkpoint.
check "a diverging run: exit 4" exits 4 ./tiny --lr 1e38 --epochs 50
check "... names the place" says "tiny.dsl:4" ./tiny --lr 1e38 --epochs 50
check "... leaves a checkpoint that is finite" ./tiny eval

# A full disk.
if mkdir small && mount -t tmpfs -o size=16k tmpfs small 2>/dev/null; then
    head -c 12288 /dev/zero >small/ballast
    check "a full disk: exit 3" exits 3 ./tiny --save small/t.safetensors --log small/t.csv
    umount small
else
    skip "a full disk: no right to mount a tmpfs"
fi
check "a full stdout: exit 3" sh -c './tiny --help >/dev/full; [ $? -eq 3 ]'

# IDX and npy files with headers that lie.
cat >bytes.dsl <<'D'
input x: f32[batch, 2]
loss = mean((x |> linear(1)) ** 2)
data train { x = idx("x.idx") }
train { minimize loss with sgd(lr = 0.01) }
D
check "the IDX model compiles" "$GRADC" bytes.dsl -o bytes
lie() { check "$1" exits 1 timeout 10 ./bytes; }
printf '\0\0\010\002\0\0\0\003\0\0\0\002\001\002\003\004\005\006' >x.idx
check "a good IDX file" ./bytes
printf '\0\0\010\002\0\0\0\003\0\0\0\002\001\002\003\004\005' >x.idx; lie "a truncated IDX file"
printf '\0\0\010\002\377\377\377\377\377\377\377\377\001' >x.idx;     lie "IDX sizes beyond the file"
printf '\0\0\012\002\0\0\0\003\0\0\0\002\001\002\003' >x.idx;         lie "an unknown IDX type"
printf '\0\0\010\377\0\0\0\003' >x.idx;                               lie "255 IDX dimensions"
printf '\0\0\010\002\0\0\0\003\0\0\0\003\1\1\1\1\1\1\1\1\1' >x.idx;   lie "an IDX file of another shape"
printf 'no idx' >x.idx;                                               lie "no IDX file at all"
finish
