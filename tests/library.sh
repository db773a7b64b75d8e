#!/bin/sh
# library.sh -- the built-in functions and the standard library compute PyTorch's numbers.
#
# A program library/NAME.dsl prints lines of numbers behind a name, or trains and logs them;
# library/NAME.expected has what torch computed for them (library/reference.py).
. "$(dirname "$0")/lib.sh"
LIBRARY=$SRC/tests/library

# agree EXPECTED OUTPUT: the same names in the same order, with the same numbers.  Expected numbers
# with a point may differ by 1e-5 of themselves; they may be printed in units of 1e-7 (fixed.dsl).
agree() {
    awk '
        function wrong(why) { print why; bad = 1 }
        function near(got, wanted,    scaled, off, size) {
            if (wanted !~ /[.e]/ || got ~ /[a-zA-Z]/ && got !~ /^-?[0-9.]+e/)
                return got == wanted
            scaled = got ~ /[.e]/ ? got + 0 : got * 1e-7
            off = scaled - wanted
            size = wanted < 0 ? -wanted : wanted + 0
            return (off < 0 ? -off : off) <= 1e-5 * size + 2e-7
        }
        FNR == NR { split($0, part, ": "); name[++lines] = part[1]; numbers[lines] = part[2]; next }
        # A line that begins with a name begins a record, the others go on with it.
        /^[a-zA-Z0-9_+*\/. -]*: / { text[++seen] = $0; next }
        { text[seen] = text[seen] " " $0 }
        END {
            for (i = 1; i <= lines || i <= seen; i++) {
                label = text[i]
                sub(/: .*/, "", label)
                if (label != name[i]) {
                    wrong("expected \"" name[i] "\", found \"" label "\"")
                    break
                }
                sub(/^[^:]*: /, "", text[i])
                gsub(/tensor|[][(),]/, " ", text[i])
                count = split(numbers[i], wanted, " ")
                found = split(text[i], got, " ")
                if (count != found)
                    wrong(name[i] ": " count " values expected, " found " found")
                for (k = 1; k <= count && k <= found; k++)
                    if (!near(got[k], wanted[k]))
                        wrong(name[i] ", value " k ": " wanted[k] " expected, " got[k] " found")
            }
            exit bad || !lines
        }' "$1" "$2"
}

# computes NAME LEVEL: the program runs, and agrees
computes() {
    "$GRADC" "$2" --cflags="$2" run "$LIBRARY/$1.dsl" >"$TMP/$1.out" || return 1
    agree "$LIBRARY/$1.expected" "$TMP/$1.out"
}

# trains NAME LEVEL: the program trains, and its valid metrics, epoch by epoch, agree
trains() {
    "$GRADC" "$2" --cflags="$2" -f "$LIBRARY/$1.dsl" -o "$TMP/$1" || return 1
    "$TMP/$1" --quiet --no-save --log "$TMP/$1.csv" || return 1
    awk -F, '
        FNR == 1       { columns = NF; for (i = 4; i <= NF; i++) line[i] = $i ":" }
        $3 == "valid"  { for (i = 4; i <= NF; i++) line[i] = line[i] " " $i }
        END            { for (i = 4; i <= columns; i++) if (line[i] !~ /:$/) print line[i] }' "$TMP/$1.csv" >"$TMP/$1.out"
    agree "$LIBRARY/$1.expected" "$TMP/$1.out"
}

# loads NAME LEVEL: the program computes, with the weights of NAME.safetensors, and agrees
loads() {
    "$GRADC" "$2" --cflags="$2" -f "$LIBRARY/$1.dsl" -o "$TMP/$1" || return 1
    "$TMP/$1" --load "$LIBRARY/$1.safetensors" >"$TMP/$1.out" || return 1
    agree "$LIBRARY/$1.expected" "$TMP/$1.out"
}

# drops: of 4 steps' losses, 1 for the mean and 0.25 for the share of zeros, none is like another;
# in evaluation the loss is 1 + 1, nothing is 0 and nothing has grown
drops() {
    "$GRADC" --cflags=-O0 -f "$LIBRARY/dropout.dsl" -o "$TMP/dropout" || return 1
    "$TMP/dropout" --quiet --no-save --log "$TMP/dropout.csv" || return 1
    cat "$TMP/dropout.csv"
    awk -F, '
        $3 == "train" { steps++; bad += seen[$4]++ || $4 < 1.24 || $4 > 1.26 }
        $3 == "valid" { bad += $4 != 2 || $5 != 0 || $6 != 1 }
        END           { exit bad || steps != 4 }' "$TMP/dropout.csv"
}

# Every parameter's gradient, of every layer and loss, against differences in f64.
# checks NAME LEVEL
checks() {
    case $2 in -O0) flags=$QUICK ;; *) flags=--cflags=$2 ;; esac # the loops of -O0 are many: a minute by gcc's -O1
    "$GRADC" "$2" "$flags" -f "$LIBRARY/$1.dsl" -o "$TMP/$1" || return 1
    "$TMP/$1" check --all
}

check "dropout drops a quarter while training, and nothing else" drops
for level in -O1 -O0; do
    check "every layer's and loss's gradients agree with differences at $level" checks gradients "$level"
    check "those of images agree with differences at $level" checks images "$level"
    check "those of tokens agree with differences at $level" checks tokens "$level"
    check "optimizers take PyTorch's steps at $level" trains optimizers "$level"
    check "and a hundred of them, in f64, at $level" trains descent "$level"
    check "clipping, groups, turns: PyTorch's numbers at $level" trains steps "$level"
    check "averages of parameters, steps of several batches, at $level" trains average "$level"
    check "batch norms keep what PyTorch keeps, at $level" trains normed "$level"
    check "two networks against each other, at $level" trains gan "$level"
    check "recurrent layers with PyTorch's weights compute its numbers at $level" loads recurrent "$level"
    for name in arithmetic convolutions dtypes empty functions indexing tensors networks schedules sequences initial second; do
        check "$name computes PyTorch's numbers at $level" computes "$name" "$level"
    done
done
# A f32 total that took its terms one by one would be 1 % off at a million of them.
cat >"$TMP/sums.dsl" <<'D'
print mean(full([1000000], 0.1)), sum(ones(20000000)), sum(full([3000, 2], 0.1), axis = 0)
D
for level in -O0 -O1; do
    check "long sums keep their digits, $level" says "0.1 2e+07 [300., 300.]" "$GRADC" $level run "$TMP/sums.dsl"
done
finish
