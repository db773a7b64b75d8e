#!/bin/sh
# streamed.sh -- data that stays in its file: mapped, gathered by a thread ahead of the step; the same
# order and the same numbers as from memory, whatever happens to the file.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
OMP_NUM_THREADS=1 && export OMP_NUM_THREADS

# ---- two files of more than a mebibyte: IDX, and what the model computes from it ----
# 30000 images of 6 x 6, 30000 labels: bytes of a text, which have to be nothing in particular
printf '\0\0\10\3\0\0\165\60\0\0\0\6\0\0\0\6' >x.idx
awk 'BEGIN { s = 7; for (i = 0; i < 30000; i++) { line = ""; for (k = 0; k < 36; k++) { s = (s * 16807) % 2147483647
    line = line sprintf("%c", 33 + s % 90) } printf "%s", line } }' >pixels
cat pixels >>x.idx
printf '\0\0\10\1\0\0\165\60' >y.idx
tr '!-z' '\000-\007\000-\007\000-\007\000-\007\000-\007\000-\007\000-\007\000-\007\000-\007\000-\007\000-\007' <pixels | head -c 30000 >>y.idx
gzip -k x.idx
model() { # SUFFIX TRAIN_LINES
    cat <<D
input x: f32[batch, 6, 6]
input y: i32[batch]
loss = cross_entropy(x |> flatten() |> linear(8), y)
data train { x = idx("x.idx$1") / 255 - 0.5
             y = idx("y.idx") }
data valid { x = idx("x.idx$1", rows = 20000:) / 255 - 0.5
             y = idx("y.idx", rows = 20000:) }
train {
    minimize loss with sgd(lr = 0.1)
    batch = 96
    epochs = 2
    $2
}
D
}
same() { cut -d, -f4- m.csv >a && cut -d, -f4- "$1.csv" >b && [ "$(wc -l <a)" -gt 100 ] && cmp a b; }
for lines in "shuffle = true" "shuffle = false" "accumulate = 3"; do
    model "" "$lines" >m.dsl && model .gz "$lines" >held.dsl
    "$GRADC" m.dsl -o m && "$GRADC" held.dsl -o held || exit 1
    check "mapped, $lines" ./m --quiet
    check "from memory, $lines" ./held --quiet
    check "... is the same, bit for bit" same held
done
model "" "shuffle = true" >m.dsl && "$GRADC" m.dsl -o m && ./m --quiet && cp m.csv whole.csv && cp m.safetensors whole.safetensors
check "info says that it is mapped" says "x.idx, 1,080,000 bytes, which stay in the file" ./m info
check "... and what is in memory" says "y.idx, 30,000 bytes, in memory" ./m info

# ---- stopped anywhere, resumed, the same ----
rm m.safetensors
timeout 120 ./m --quiet --epochs 2000 >stop.log 2>&1 &
pid=$!
while [ ! -e m.safetensors ] && kill -0 $pid; do sleep 0.05; done
kill -INT $pid
wait $pid
check "a signal stops a trainer that reads ahead" [ $? -eq 130 ]
cp m.safetensors stopped.safetensors
step=$(sed -n 's/.*stopped after step \([0-9]*\).*/\1/p' stop.log)
epochs=$((step / 313 + 1))
check "... which can go on" ./m train --resume --epochs $epochs --quiet
cp m.safetensors resumed.safetensors
./m --quiet --epochs $epochs
check "... and ends where it would have ended" cmp m.safetensors resumed.safetensors

# ---- windows of a text, and tokens behind a header ----
cat >text.dsl <<'D'
input x: i32[batch, 16]
input y: i32[batch, 16]
loss = mean((f32(x) - f32(y)) ** 2) * mean(ones(1, 2) |> linear(1))
data train { x = text("pixels", random = 5000)
             y = text("pixels", random = 5000, offset = 1) }
data valid { x = tokens("x.idx", skip = 16, stride = 5)
             y = tokens("x.idx", skip = 16, stride = 5, offset = 1) }
train {
    minimize loss with sgd(lr = 1e-6)
    batch = 50
    epochs = 2
}
D
cp text.dsl m.dsl && "$GRADC" m.dsl -o m
gzip -k pixels && sed 's/"pixels"/"pixels.gz"/; s/x.idx/x.idx.gz/' text.dsl >held.dsl && "$GRADC" held.dsl -o held
check "mapped windows" ./m --quiet
check "... from memory" ./held --quiet
check "... are the same" same held
printf 'xxx' >odd && cat pixels pixels >>odd
sed 's/tokens("x.idx", skip = 16/tokens("odd", skip = 3/; s/tokens("x.idx", skip = 16/tokens("odd", skip = 3/' text.dsl >m.dsl && "$GRADC" m.dsl -o m
check "tokens that lie at odd places" ./m --quiet
check "... are read" says "odd, 2,160,000 bytes, in memory" ./m info

# ---- more than the memory that there is ----
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat pixels pixels; done >large.txt
sed 's/"pixels"/"large.txt"/; s/tokens("x.idx", skip = 16/text("large.txt", part = [0, 0.01]/' text.dsl >m.dsl && "$GRADC" m.dsl -o m
gzip -1k large.txt && sed 's/"pixels"/"large.txt.gz"/; s/tokens("x.idx", skip = 16/text("large.txt.gz", part = [0, 0.01]/' text.dsl >held.dsl && "$GRADC" held.dsl -o held
if sh -c 'ulimit -d 30000' 2>/dev/null && [ -z "${SANITIZED:-}" ]; then
    check "43 MB of text within 30 MB of memory" sh -c 'ulimit -d 30000; exec ./m --quiet'
    check "... which is too little to hold it" sh -c 'ulimit -d 30000; ./held --quiet; [ $? -eq 3 ]'
else
    skip "more than the memory: no limits here"
fi

# ---- a file that becomes shorter ----
cp large.txt shrinks.txt
sed 's/large.txt/shrinks.txt/' m.dsl >n.dsl && "$GRADC" n.dsl -o n && rm -f n.safetensors
timeout 120 ./n --quiet --epochs 100000 >shrink.log 2>&1 &
pid=$!
while [ ! -e n.safetensors ] && kill -0 $pid; do sleep 0.05; done
: >shrinks.txt
wait $pid
check "a file that is cut while it is read ends the program" [ $? -eq 1 ]
check "... with its name" grep -q "shrinks.txt' has become shorter while it was read" shrink.log
check "... and the checkpoint is whole" ./n info --load n.safetensors

# ---- a CSV file: its rows are parsed when a batch wants them ----
# Only 64 MiB and more are worth it; what else a trainer is compiled with makes that less here.
cat >less.c <<'D'
#include <stdint.h>
extern int64_t grt_streamed_bytes, grt_mapped_bytes;
__attribute__((constructor)) static void less(void) { grt_streamed_bytes = grt_mapped_bytes = 1 << 16; }
D
stream() { "$GRADC" --cflags="$PWD/less.c" "$@"; }
awk 'BEGIN { s = 7; print "a;b;c;\"the label\"\r"; for (i = 0; i < 4000; i++) { line = ""
    for (k = 0; k < 3; k++) { s = (s * 16807) % 2147483647; line = line (i % 7 ? s / 1e6 : "\" " s "e-6 \"") ";" }
    print line s % 8 "\r"; if (i % 1000 == 0) print "\r" } }' >rows.csv
gzip -1k rows.csv
csv_model() { # SUFFIX
    cat <<D
input x: f32[batch, 3]
input y: i32[batch]
input z: i32[batch, 2]
loss = cross_entropy(x / 1000 - 1 |> linear(8), y) + mean(f32(z)) * 1e-9
data train { x = csv("rows.csv$1", columns = :3, rows = 101:3900)
             y = csv("rows.csv$1", columns = -1, rows = 101:3900)
             z = csv("whole.csv$1", rows = 101:3900) }
data valid { x = csv("rows.csv$1", columns = :3, part = [0.7, 1])
             y = csv("rows.csv$1", columns = 3, part = [0.7, 1])
             z = csv("whole.csv$1", part = [0.7, 1]) }
train {
    minimize loss with sgd(lr = 0.1)
    batch = 25
    epochs = 2
}
D
}
awk 'BEGIN { for (i = 0; i < 4000; i++) print 2147483647 - i ", " i * 500000 }' >whole.csv
sed 's/$/                /' whole.csv >wide.csv && mv wide.csv whole.csv && gzip -1k whole.csv
csv_model "" >m.dsl && stream m.dsl -o m && csv_model .gz >held.dsl && "$GRADC" held.dsl -o held
check "rows of a CSV file, shuffled, and in order" ./m --quiet
check "... from memory" ./held --quiet
check "... are the same, bit for bit" same held
check "... and stay in the file" says "rows.csv, 123,065 bytes, which stay in the file" ./m info
fails_as() { # FILE SED TEXT INPUT...: with the file changed so, both end in the same way
    sed "$2" "$1" >bad.csv && gzip -1c bad.csv >bad.csv.gz
    text=$3 ours= theirs=
    shift 3
    for input; do ours="$ours --data.valid.$input bad.csv" theirs="$theirs --data.valid.$input bad.csv.gz"; done
    ./m --quiet $ours >a.log 2>&1 && return 1
    ./held --quiet $theirs >b.log 2>&1 && return 1
    cat a.log b.log
    sed 's/^held:/m:/; s/bad.csv.gz/bad.csv/' b.log | cmp a.log - && grep -q "$text" a.log
}
check "a word among numbers" fails_as rows.csv '3900s/;[^;]*;/;word;/' \
    "bad.csv:3900: column 2: 'word' is not a number" x y
check "no number" fails_as rows.csv '3901s/;[^;]*;/;nan;/' \
    "bad.csv:3901: column 2: 'nan' is not a finite number" x y
check "a row that is too short" fails_as rows.csv '3001s/;[^;]*;/;/' \
    "bad.csv:3001: 3 columns, but the first line has 4" x y
check "a whole number that is out of range" fails_as whole.csv '3900s/^[0-9]*/2147483648/' \
    "bad.csv: row 1100, element 1: 2147483648 is out of range" z
sed '10s/^[0-9]*/2147483648/' whole.csv >bad.csv
check "... outside of the rows that are taken, does not matter" ./m --quiet --epochs 1 --data.valid.z bad.csv
cp rows.csv changes.csv && rm -f m.safetensors
timeout 120 ./m --quiet --epochs 100000 --data.train.x changes.csv >changes.log 2>&1 &
pid=$!
while [ ! -e m.safetensors ] && kill -0 $pid; do sleep 0.05; done
tr ';' ' ' <rows.csv | dd of=changes.csv conv=notrunc bs=65536 2>/dev/null
wait $pid
check "a file that is written to ends the program" [ $? -eq 1 ]
check "... with its name" grep -q "changes.csv' has changed since it was opened" changes.log
cp whole.csv grows.csv && rm -f m.safetensors
timeout 120 ./m --quiet --epochs 100000 --data.train.z grows.csv >grows.log 2>&1 &
pid=$!
while [ ! -e m.safetensors ] && kill -0 $pid; do sleep 0.05; done
sed 's/^[0-9]/9/' whole.csv | dd of=grows.csv conv=notrunc bs=65536 2>/dev/null
wait $pid
check "... with a number out of range, too" [ $? -eq 1 ]
check "... with its name" grep -q "grows.csv' has changed since it was opened" grows.log

printf '1,2,3,4,5,6,7,8,9,8,7,6,5,4,3,2,1,2,3,4,5,6,7,8,9,8,7,6,5,4,3,2\n%.0s' 1 2 3 4 5 6 7 8 9 10 >ten.csv
for i in 1 2 3 4; do for k in 1 2 3 4 5 6 7 8 9 10; do cat ten.csv; done >more.csv; mv more.csv ten.csv; done
cat >m.dsl <<'D'
input x: f32[batch, 32]
loss = mean((x |> linear(1)) ** 2)
data train { x = csv("ten.csv") }
train {
    minimize loss with sgd(lr = 1e-6)
    batch = 500
    epochs = 1
}
D
if sh -c 'ulimit -d 10000' 2>/dev/null && [ -z "${SANITIZED:-}" ]; then
    stream m.dsl -o m && "$GRADC" m.dsl -o held
    check "3,200,000 numbers within 10 MB of memory" sh -c 'ulimit -d 10000; exec ./m --quiet'
    check "... which is too little to hold them" sh -c 'ulimit -d 10000; ./held --quiet; [ $? -eq 3 ]'
fi
finish
