#!/bin/sh
# tutorial.sh -- every chapter of examples/tutorial runs and prints what PyTorch computes
# (tests/tutorial/NN.expected, made by reference.py there).
. "$(dirname "$0")/lib.sh"
cp "$SRC"/examples/tutorial/* "$TMP"
cd "$TMP" || exit 1

# chapter FILE: its output is the expected one, byte for byte
chapter() {
    "$GRADC" run "$1" >shown.txt || return 1
    diff "$SRC/tests/tutorial/${1%%-*}.expected" shown.txt
}
for file in 0*.dsl 1[0-3]*.dsl; do
    check "chapter $file" chapter "$file"
done

# What chapter 3 wrote is there, and loads.
cat >back.dsl <<'D'
print load("fahrenheit.npy"), load("summary.npz", "mean"), load("summary.npz", "warmest")
D
cat >back.expected <<'D'
[[54.5000, 57.2000, 49.1000],
 [69.8000, 67.1000, 72.5000]] [12., 21.] 22.5
D
check "the files of chapter 3 load" "$GRADC" run back.dsl
"$GRADC" run back.dsl >back.txt
check "as what was written" diff back.expected back.txt

# number TEXT FILE: the number behind TEXT
number() { sed -n "s/^$1 \([0-9.e+-]*\).*/\1/p" "$2"; }
check "chapter 14 trains" "$GRADC" run 14-linear-regression.dsl
"$GRADC" run 14-linear-regression.dsl >trained.txt
check "its loss ends where PyTorch's does" near "$(number 'epoch 40\/40  loss' trained.txt)" \
    "$(number train "$SRC/tests/tutorial/14.expected")" 1e-3
check "on the test, too" near "$(number 'test: loss' trained.txt)" \
    "$(number test "$SRC/tests/tutorial/14.expected")" 1e-2
check "and the loss curve is there" grep -q '<svg' 14_linear_regression.svg
count=$(find . -name '[01][0-9]-*.dsl' | wc -l)
expected=$(find "$SRC/tests/tutorial" -name '*.expected' | wc -l)
check "all $count chapters are tested" test "$count" -eq "$expected"
finish
