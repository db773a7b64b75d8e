#!/bin/sh
# numpy.sh -- NumPy's files in and out, and tensors printed as PyTorch prints them.  The files in
# tests/numpy were made by NumPy and PyTorch (reference.py there).
. "$(dirname "$0")/lib.sh"
cp "$SRC"/tests/numpy/* "$TMP"
cd "$TMP" || exit 1

# shown PROGRAM EXPECTED: the program prints the file
shown() { "$GRADC" run "$1" >out.txt && cmp out.txt "$2"; }
# refused TEXT EXPRESSION: gradc says TEXT of a program that prints it
refused() { echo "print $2" >wrong.dsl && says "$1" exits 1 "$GRADC" run wrong.dsl; }

check "150 tensors are printed as PyTorch prints them" shown print.dsl print.expected

: >types.dsl
for dtype in f32 f64 f16 i8 i16 i32 i64 u8 bool; do
    printf 'x_%s: %s[2, 3] = load("types.npz", "%s")\nprint x_%s\n' $dtype $dtype $dtype $dtype >>types.dsl
done
check "every dtype loads as what it is" shown types.dsl types.expected

cat >forms.dsl <<'D'
print load("fortran.npy"), load("big.npy")
print load("v2.npy")
x = load("fortran.npy")
print grad(sum(load("fortran.npy") ** 2), x)
D
cat >forms.expected <<'D'
[[0., 1., 2.],
 [3., 4., 5.]] [0, 1, 2]
[0., 1., 2., 3.]
[[ 0.,  2.,  4.],
 [ 6.,  8., 10.]]
D
check "Fortran's order, big-endian numbers, version 2" shown forms.dsl forms.expected

cat >turns.dsl <<'D'
sums = scan t in 0..4 with total = 0 * load("v2.npy")[0] {
    total = total + load("v2.npy")[t]
    yield total
}
print sums, grad(total, load("v2.npy"))
D
echo '[0., 1., 3., 6.] [1., 1., 1., 1.]' >turns.expected
check "in the turns of a scan" shown turns.dsl turns.expected

# ---- out, and in again ----
cat >out.dsl <<'D'
x = load("types.npz", "f64")
save "x.npy", x
save "whole.npz", x, small = f16([1.5, -2.0]), flags = x > 0, one = 3
save("empty.npz", label = i64([7]))
print "written"
D
check "arrays are written" "$GRADC" run out.dsl
cat >in.dsl <<'D'
a: f64[2, 3] = load("x.npy")
b: f64[2, 3] = load("whole.npz", "x")
c: f16[2] = load("whole.npz", "small")
d: bool[2, 3] = load("whole.npz", "flags")
e: i64 = load("whole.npz", "one")
print all(a == b), c, all(d == (a > 0)), e, load("empty.npz", "label")
D
echo 'True [ 1.5000, -2.0000] True 3 [7]' >in.expected
check "and load again, bit for bit" shown in.dsl in.expected
cp empty.npz other.npz
cp x.npy before.npy
check "writing again gives the same bytes" "$GRADC" run out.dsl
check "of an .npy" cmp x.npy before.npy
if command -v unzip >unzip.txt; then
    check "unzip finds the .npz whole" unzip -tq whole.npz
else
    skip "unzip is not installed: an .npz is not tested by it"
fi
cp x.npy kept.npy
mkdir folder && cat >cannot.dsl <<'D'
save "folder/none/y.npy", [1.0]
D
check "a folder that is not there is an error" says "folder/none/y.npy" exits 3 "$GRADC" run cannot.dsl
check "and nothing is left behind" test -z "$(ls folder)"

# ---- as data ----
cat >data.dsl <<'D'
input x: f32[batch, 3]
loss = mean((x |> linear(1)) ** 2)
data train { x = npz("whole.npz", "x") }
data test  { x = npz("deflated.npz", "x", rows = :1) }
train { minimize loss with sgd(lr = 0.01) }
D
check "a model that reads .npz" "$GRADC" data.dsl -o data
check "trains from it" ./data --quiet
check "and reads another file in its place" ./data eval --data.test.x x.npy
check "an array that is not there is an error" says "has no array 'x'" exits 1 ./data \
    --data.train.x other.npz
sed 's/, "x"//' data.dsl >nameless.dsl
check "an .npz without a name is an error" says "which array?" exits 1 "$GRADC" nameless.dsl

# ---- texts, as data ----
printf 'hello world!' >hello.txt
cat >text.dsl <<'D'
input x: i32[batch, 4]
input y: i32[batch, 4]
table = linear(256)
loss = mean((table(f32(one_hot(x, 256))) - f32(one_hot(y, 256))) ** 2)
metric first = mean(f32(x[:, 0]))
metric next = mean(f32(y[:, 3]))
data train {
    x = text("hello.txt")
    y = text("hello.txt", offset = 1)
}
train { minimize loss with sgd(lr = 0.01) }
D
check "a model that reads a text" "$GRADC" text.dsl -o text
check "trains on its windows" ./text --quiet
./text eval >text.txt
# h, o: (104 + 111) / 2; behind them o, r: (111 + 114) / 2
check "which begin with h and o" grep -q "first 107.5" text.txt
check "and go one byte on" grep -q "next 112.5" text.txt
printf 'hell' >short.txt
check "a text without a whole window is an error" says "has 4 bytes" exits 1 ./text \
    --data.train.x short.txt
sed 's/offset = 1/offset = 2/' text.dsl >far.dsl
check "an offset beyond the next byte is an error" says "offset is 0, or 1" exits 1 "$GRADC" far.dsl
sed 's/x: i32.batch, 4./x: i32[batch]/' text.dsl >flat.dsl
check "an input without windows is an error" says "cut into windows" exits 1 "$GRADC" flat.dsl

# ---- parts of files ----
printf 'a,b,c\n1,2,3\n4,5,6\n7,8,9\n' >table.csv
cat >parts.dsl <<'D'
print load("table.csv", rows = 0:2, columns = 1:3), load("table.csv", rows = 1:3, columns = 0)
whole = load("x.npy")
print all(load("x.npy", rows = 1:2) == whole[1:2]), all(load("x.npy", rows = -1:) == whole[1:]), load("x.npy", rows = :1).shape
print all(load("whole.npz", "x", rows = 0:1) == whole[0:1])
D
cat >parts.expected <<'D'
[[2., 3.],
 [5., 6.]] [4., 7.]
True True [1, 3]
True
D
check "rows and columns of files load" shown parts.dsl parts.expected
"$GRADC" --emit=ir parts.dsl -o parts.ir && "$GRADC" --from-ir --emit=ir parts.ir -o again.ir
check "the textual IR keeps them" sh -c "grep -c '^load.*rows=' parts.ir | grep -qx 6 && sed 's/ *#.*//' parts.ir >a.ir && sed 's/ *#.*//' again.ir >b.ir && cmp a.ir b.ir"
check "rows that are not there" refused "it has no such rows" 'load("x.npy", rows = 1:3)'
check "columns of an array" refused "columns are for CSV files" 'load("x.npy", columns = 0:1)'
check "a CSV as a whole" refused "by the rows and columns that are wanted" 'load("table.csv")'
check "a CSV without an end" refused "by the rows and columns that are wanted" 'load("table.csv", rows = 1:, columns = 0:2)'
echo 'print load("table.csv", rows = 2:9, columns = 0)' >far.dsl
check "rows beyond the end of a CSV" says "table.csv" exits 1 "$GRADC" run far.dsl

# ---- what is wrong ----
check "a file that is not there" refused "No such file" 'load("none.npy")'
check "a folder" refused "a directory" 'load("folder")'
check "numbers that no dtype holds" refused "<c16" 'load("complex.npy")'
check "a text" refused "no .npy, .npz or IDX file" 'load("print.dsl")'
check "an array without its name" refused "which one?" 'load("whole.npz")'
check "a name that is not there" refused "it has x, small, flags, one" 'load("whole.npz", "y")'
check "a name for an .npy" refused "without a name" 'load("x.npy", "x")'
check "compressed when compiling" refused "numpy.savez" 'load("deflated.npz", "x")'
head -c 100 x.npy >short.npy
check "a header that is cut short" refused "cut short" 'load("short.npy")'
head -c 200 whole.npz >short.npz
check "a zip without its end" refused "its end is missing" 'load("short.npz", "x")'

# ---- a file that changes behind the compiler's back ----
cat >later.dsl <<'D'
print load("later.npy"), load("later.npz", "x")
D
cp x.npy later.npy
cp whole.npz later.npz
check "a program that loads" "$GRADC" later.dsl -o later
check "runs" ./later
cp big.npy later.npy
check "another type is refused" says "was f64[2, 3] when this program was compiled" exits 1 ./later
head -c 150 x.npy >later.npy
check "half a file is refused" says "cut short" exits 1 ./later
rm later.npy
check "none is refused" says "later.npy" exits 1 ./later
cp x.npy later.npy
size=$(wc -c <whole.npz)
for at in 150 $((size - 10)); do
    { head -c $at whole.npz; printf '\377\377\377\377'; tail -c +$((at + 5)) whole.npz; } >later.npz
    check "a damaged .npz is refused (byte $at)" says "later.npz" exits 1 ./later
done
head -c $((size / 2)) whole.npz >later.npz
check "half an .npz is refused" says "its end is missing" exits 1 ./later
finish
