#!/bin/sh
# windows.sh -- texts and files of token numbers, cut into windows: where they lie, what they hold,
# and what is said of those that are wrong.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# model X_ARGUMENTS Y_ARGUMENTS [INPUT]: windows of 4, whose first and last tokens are metrics
model() {
    cat <<D
const chars = "\\n abcdefghij"
input x: ${3:-i32}[batch, 4]
input y: ${3:-i32}[batch, 4]
param w = 0.0
loss = mean(f32(x[:, 0])) + w
metric first = mean(f32(x[:, 0]))
metric last = mean(f32(x[:, 3]))
metric apart = mean(f32(x[:, 1:] != y[:, :3]))
data train { x = $1
             y = $2 }
data valid { x = $1
             y = $2 }
train {
    minimize loss with sgd(lr = 0.0)
    batch = 8
    epochs = 3
}
D
}
# both ARGUMENTS [INPUT]: a reader, and the same one token on
both() { model "$1)" "$1, offset = 1)" "${2:-}"; }
built() { "$GRADC" m.dsl -o m; }
# shows TEXT: what eval says of the valid split
shows() { ./m eval --split valid --load m.safetensors >eval.log 2>&1; cat eval.log; grep -qF -- "$1" eval.log; }

# ---- where windows lie ----
printf 'abcdefghij' >ten.txt
both 'text("ten.txt"' >m.dsl
check "a text" built
check "... trains" ./m --quiet
check "a window begins where the one before ends" shows "first 99"     # a, e
check "... y goes one byte on" shows "apart 0"
check "... the last byte begins none" shows "(2 samples)"
both 'text("ten.txt", stride = 1' >m.dsl && built
check "windows at each byte" shows "(6 samples)"
check "... from a to f" shows "first 99.5"
both 'text("ten.txt", stride = 3, rows = 1:' >m.dsl && built
check "rows are windows" shows "(1 samples)"
check "... the second begins at d" shows "first 100"
both 'text("ten.txt", part = [0.5, 1], stride = 1' >m.dsl && built
check "half a text has no room outside of it" shows "first 102"        # f
check "... and one window" shows "(1 samples)"
both 'text("ten.txt", vocabulary = chars' >m.dsl && built
check "bytes by their number in the vocabulary" shows "first 4"        # 2, 6
for dtype in u8 i64 f32 f64 bf16; do
    both 'text("ten.txt", vocabulary = chars' $dtype >m.dsl && built
    check "... as $dtype" shows "last 7"
done
model 'i32(text("ten.txt", vocabulary = chars) * 2 + 1)' 'text("ten.txt", offset = 1)' >m.dsl && built
check "an expression computes with the numbers" shows "first 9"

# ---- at random ----
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "%c", 97 + i % 10 }' >long.txt
both 'text("long.txt", random = 1000, vocabulary = chars' >m.dsl
check "random windows" built
check "... train" ./m --seed 7
check "... x and y take the same places" shows "apart 0"
check "... so many" shows "(1000 samples)"
# 0 to 9 as likely, from 2 on: mean 6.5, sigma of the mean 0.091
mean=$(sed -n 's/.*first \([0-9.]*\).*/\1/p' eval.log)
check "... anywhere" near "$mean" 6.5 0.06
epochs=$(awk -F, '$3 == "train" { sum[$2] += $4; n[$2]++ } END { for (i in sum) print sum[i] / n[i] }' m.csv | sort -u | wc -l)
check "others in each epoch of the training" [ "$epochs" -ge 3 ]
valid=$(./m --seed 7 | sed -n 's/.*valid \(.*first [0-9.]*\).*/\1/p' | sort -u | wc -l)
check "the same whenever they are evaluated" [ "$valid" -eq 1 ]
cp m.safetensors once.safetensors && cp m.csv once.csv
./m --seed 7 --quiet
check "the seed decides" cmp m.csv once.csv
./m --seed 8 --quiet
check "... another has others" sh -c '! cmp -s m.csv once.csv'

# ---- tokens ----
# three of llm.c's header, then 1 2 3 300 5 6 7 8 9
printf 'xxx\1\0\2\0\3\0\54\1\5\0\6\0\7\0\10\0\11\0' >t.bin
both 'tokens("t.bin", skip = 3, stride = 1' >m.dsl
check "a file of tokens" built
check "... windows of it" shows "(5 samples)"
check "... behind the header, in two bytes each" shows "first 62.2"    # 1 2 3 300 5
check "... y goes one token on" shows "apart 0"
printf '\1\0\1\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0' >t.bin
both 'tokens("t.bin", dtype = u32' >m.dsl && built
check "tokens of four bytes" shows "first 6.554e+04"                   # 65537
both 'tokens("t.bin", dtype = u32' f32 >m.dsl && built
check "... as floats" shows "last 4"

# ---- what is wrong ----
both 'text("ten.txt", vocabulary = chars' >m.dsl && built
printf 'abc\nabc~abc' >bad.txt
check "a byte that the vocabulary lacks" says "bad.txt:2: byte 8 of the file, '~', is not in the vocabulary" exits 1 ./m train --data.train.x bad.txt
printf 'abc\nabc\377abc' >bad.txt
check "... that no terminal shows" says "0xff, is not in" exits 1 ./m train --data.train.x bad.txt
both 'text("bad.txt", part = [0, 0.6]' >m.dsl && built
check "what is not read may be anything" ./m --quiet
printf 'abcd' >short.txt
check "a text without a whole window" says "'short.txt' has 2 bytes to take: a window of 4" exits 1 ./m train --data.train.x short.txt
printf '\1\0\2' >odd.bin
both 'tokens("odd.bin"' >m.dsl && built
check "half a token" says "3 bytes are no whole number of tokens of 2 each" exits 1 ./m train
both 'tokens("odd.bin", skip = 3' >m.dsl && built
check "a header alone" says "nothing is behind skip = 3" exits 1 ./m train
printf '\1\0\2\0\3\0\4\0\54\1' >wide.bin
both 'tokens("wide.bin"' u8 >m.dsl && built
check "a token that the input cannot hold" says "wide.bin: token 5 is 300, out of range: 'x' takes 0 to 255" exits 1 ./m train
cat >m.dsl <<'D'
input x: i32[batch, 4]
loss = mean(x |> embedding(100, 2))
data train { x = text("ten.txt") }
train { minimize loss with sgd(lr = 0.1) }
D
built
check "a byte that is no index of the embedding" says "ten.txt:1: byte 4 of the file, 'd', is 100, out of range: 'x' takes -100 to 99" exits 1 ./m train --data.train.x ten.txt
finish
