#!/bin/sh
# budget.sh -- gradc --memory: a program stays within it and computes the same, or is refused and told why.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

refuses() { # STATUS TEXT COMMAND...
    wanted_status=$1 wanted_text=$2
    shift 2
    exits "$wanted_status" "$@" >refuses.log 2>&1 || { cat refuses.log; return 1; }
    grep -qF -- "$wanted_text" refuses.log || { cat refuses.log; echo "expected: $wanted_text"; return 1; }
}

# Values that are dear and kept, random draws, masks, rows: most of what a budget may compute again.
cat >net.dsl <<'D'
const size = 128
input x: f32[batch, 32]
input label: i32[batch]
h1 = x |> linear(64) |> gelu |> dropout(0.25)
h2 = h1 |> linear(64) |> gelu |> layernorm |> dropout(0.25)
h3 = h2 |> linear(64) |> tanh |> dropout(0.25)
h4 = h3 |> linear(64) |> gelu |> layernorm |> dropout(0.25)
h5 = h4 |> linear(64) |> gelu |> dropout(0.25)
logits = h5 |> linear(64) |> relu |> linear(10)
loss = cross_entropy(logits, label)
output class = argmax(logits, axis = -1)
data train { x = randn(640, 32)
             label = i32(randint(0, 10, 640)) }
train { minimize loss with sgd(lr = 0.05)
        batch = size
        epochs = 4 }
D

together() { ./"$1" info | awk '$1 == "together" { gsub(",", "", $2); print $2 }'; }
# losses CSV: of its steps
losses() { awk -F, '$3 == "train" { print $4 }' "$1"; }

# alike A B: the losses of two runs, to rounding
alike() {
    losses "$1" >a && losses "$2" >b && [ "$(wc -l <a)" -eq 20 ] && paste a b | awk '
        { d = $1 - $2; if (d < 0) d = -d; if (d > 2e-4 * $1) { print "step", NR ": " $0; bad = 1 } }
        END { exit bad || NR != 20 }'
}

check "a program without a budget" "$GRADC" "$QUICK" net.dsl -o whole
check "... trains" ./whole --no-save --log whole.csv
all=$(together whole)

# A sweep down from what it takes by itself, until it is refused: the ways must be seen that there are.
within() { # BYTES
    "$GRADC" -f "$QUICK" --memory="$1" net.dsl -o less && [ "$(together less)" -le "$1" ] &&
        ./less --no-save --log less.csv && alike whole.csv less.csv
}
seen=
for percent in 100 90 75 65 55; do
    budget=$((all * percent / 100))
    if "$GRADC" --memory=$budget check net.dsl >made.log 2>&1; then
        check "$percent % of the memory" within $budget
        case $(cat made.log) in
        *"is cut into"*) seen="$seen cut" ;;
        *) [ $percent -eq 100 ] || seen="$seen again" ;;
        esac
    else
        check "$percent % of the memory is refused" refuses 1 "and may take" "$GRADC" --memory=$budget net.dsl -o none
        seen="$seen refused"
    fi
done
check "the budget was met by computing again" test "$seen" != "${seen#*again}"
check "... and by cutting batches" test "$seen" != "${seen#*cut}"
check "a tenth of it is refused" refuses 1 "the work space of train is fullest in k_" "$GRADC" --memory=$((all / 10)) net.dsl -o none
check "... with the need" grep -qE '^gradc: the program needs [0-9,]+ bytes of memory, and may take' refuses.log
check "... and what is alive then, where" grep -qE '^ +[0-9,]+  [a-z0-9_]+: f32\[.*\], line [0-9]+$' refuses.log
check "... and makes nothing" test ! -e none
check "... at -O0, too" refuses 1 "and may take" "$GRADC" -O0 --memory=$((all / 10)) net.dsl -o none

# --- what must stay whole ---
cat >norm.dsl <<'D'
input x: f32[batch, 32]
loss = mean((x |> linear(64) |> batchnorm1d |> relu |> linear(1)) ** 2)
data train { x = randn(80, 32) }
train { minimize loss with sgd(lr = 0.05)
        batch = 16 }
D
check "batch statistics keep a batch whole" refuses 1 "in line 2 what becomes of one sample depends on the others" "$GRADC" --memory=20K norm.dsl -o none
sed 's/loss = .*/loss = mean((x |> linear(64) |> linear(1)) ** 2) ** 0.5/' norm.dsl >root.dsl
check "so does a loss that is no mean" refuses 1 "its loss is no mean or sum over samples" "$GRADC" --memory=20K root.dsl -o none

# --- the option ---
check "--memory with a unit" "$GRADC" --memory=64m check net.dsl
for value in 0 x 5T 1.5M 99999999999G -1 ''; do
    check "--memory=$value" refuses 2 "--memory takes a number of bytes" "$GRADC" --memory=$value net.dsl -o none
done
finish
