#!/bin/sh
# cost.sh -- what gradc --report says that a step has to do: operations and bytes, counted by hand here.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# The row of a kernel in the report: its operations and bytes.
cost() { # cost KERNEL FILE
    awk -v name="$1" '$1 == name { gsub(",", "", $4); gsub(",", "", $5); print $4, $5; exit }' "$2"
}
costs() { # costs KERNEL "OPERATIONS BYTES": what it must cost in report.txt
    found=$(cost "$1" report.txt)
    [ "$found" = "$2" ] || { echo "$1 costs '$found', not '$2'"; cat report.txt; return 1; }
}

# At -O0 a node is a kernel.
cat >plain.dsl <<'E'
input x: f32[batch, 10]
param w: f32[10, 30] = 0.5
y = x @ w
z = tanh(y) + 1.0
small = where(z > 0, z, 0.0)
loss = sum(small) / 8
data train { x = randn(24, 10) }
train { minimize loss with sgd(lr = 0.1)
        batch = 8 }
E
check "--report" sh -c '"$GRADC" -O0 --report plain.dsl -o plain >report.txt'
check "a product is two operations a term" costs k_y "$((2 * 8 * 10 * 30)) $((4 * (8 * 10 + 10 * 30 + 8 * 30)))"
check "tanh is one" costs k_y_tanh "$((8 * 30)) $((4 * 2 * 8 * 30))"
check "choosing is none" costs k_small "0 $((4 * 2 * 8 * 30 + 8 * 30))"
check "the update is said to be one" grep -Eq 'k_update_w .* update$' report.txt
check "a gradient is backward" grep -Eq 'k_d_y .* backward$' report.txt
check "lines are there, with their text" grep -Eq '^    3  .*  y = x @ w$' report.txt

# The last block of rows is smaller than the others, and counts as it is.  Beside the two products there are
# five operations for each element of y, and two for each of w.
for rows in 1 7 64 130 257; do
    sed "s/batch = 8/batch = $rows/; s/randn(24/randn(520/" plain.dsl >blocks.dsl
    operations() {
        "$GRADC" --report=report.json -f blocks.dsl -o blocks &&
            awk -v want=$((2 * 2 * rows * 10 * 30 + 5 * rows * 30 + 2 * 10 * 30)) '
                /"entry": "train"/ { train = 1 } /"entry": "eval"/ { train = 0 }
                train && /"name": "k_(y_tanh|update_w)"/ {
                    at = $0; sub(/.*"operations": /, "", at); sub(/,.*/, "", at); sum += at }
                END { print sum, want; exit !(sum == want) }' report.json
    }
    check "both products of $rows rows, blocked or not" operations
done

# A loop at run time counts as often as it turns; a slice of each turn is not the whole.
cat >loop.dsl <<'E'
input x: f32[batch, 50, 6]
param w: f32[6, 6] = 0.1
h = zeros_like(x[:, 0])
last = scan t in 0..50 with h = h {
    h = tanh(x[:, t] + h @ w)
    yield h
}
loss = mean(last)
data train { x = randn(8, 50, 6) }
train { minimize loss with sgd(lr = 0.1)
        batch = 4 }
E
loop_costs() {
    "$GRADC" -O0 --report loop.dsl -o loop >report.txt
    awk '$1 ~ /^k_h_w_product/ { gsub(",", "", $4); gsub(",", "", $5)
             if ($4 == 50 * 2 * 4 * 6 * 6 && $5 == 50 * 4 * (4 * 6 + 6 * 6 + 4 * 6)) good = 1 }
         END { exit !good }' report.txt || { cat report.txt; return 1; }
}
check "a kernel in a loop" loop_costs

# The parts are the whole, and so are the lines.
sums() {
    awk '/^train: .* operations/ { gsub(",", "", $2); whole = $2 }
         /^  parts/ { what = "parts" } /^  kernels/ { what = "kernels" } /^  lines/ { what = "lines" } /^$/ { what = "" }
         what && /^    / { gsub(",", "", $4); sum[what] += $4 }
         END { print whole, sum["parts"], sum["kernels"], sum["lines"]
               exit !(whole > 0 && sum["parts"] == whole && sum["kernels"] == whole && sum["lines"] == whole) }' report.txt
}
check "parts, kernels and lines add up" sums
check "./model info counts the same" sh -c './loop info >info.txt &&
    wanted=$(sed -n "s/^train: \([0-9,]*\) operations.*/\1/p" report.txt) && grep -q "operations in a full step *$wanted$" info.txt'
finish
