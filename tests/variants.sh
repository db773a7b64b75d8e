#!/bin/sh
# variants.sh -- one program built in every way computes one thing: -O0 and -O1, with BLAS and without,
# one thread and two, standalone, by gcc and by clang; each of them the same bits from run to run.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
dsl=$SRC/examples/digits.dsl

# losses CSV N: the loss of the first N steps, a line each
losses() { awk -F, -v n="$2" '$3 == "train" && c++ < n { print $4 }' "$1"; }

# same_losses A B TOLERANCE: the first 20 losses agree, relatively
same_losses() {
    losses "$1" 20 >a.txt
    losses "$2" 20 >b.txt
    [ "$(wc -l <a.txt)" -eq 20 ] || { echo "$1 has too few steps"; return 1; }
    paste a.txt b.txt | awk -v t="$3" '{ d = $1 - $2; if (d < 0) d = -d; if (!(d <= t * $1)) {
        print "step " NR ": " $1 " and " $2; bad = 1 } } END { exit bad }'
}

run() { ./"$1" --epochs 1 --save "$1.safetensors" --log "$1.csv" >"$1.log"; }

# variant NAME OPTIONS...: builds, runs twice, compares with -O0
variant() {
    name=$1
    shift
    check "$name compiles" "$GRADC" "$@" "$dsl" -o "$name"
    check "$name trains" run "$name"
    mv "$name.safetensors" first.safetensors && mv "$name.csv" first.csv
    check "$name trains again" run "$name"
    check "$name gives the same bits twice" cmp first.safetensors "$name.safetensors"
    check "$name has the losses of -O0" same_losses o0.csv "$name.csv" 1e-4
}

variant o0 -O0
variant o1 -O1
if [ "${HAVE_OPENBLAS:-no}" = yes ]; then
    variant blas -O1 --blas=openblas
else
    skip "blas: built without OpenBLAS"
fi

# A model large enough that its loops are worth threads.
sed 's/^const  *width.*/const width = 512/' "$dsl" >wide.dsl
mkdir -p data && cp "$SRC/examples/data/digits.csv" data/
check "wide compiles with threads" "$GRADC" --threads=auto wide.dsl -o wide
threads() { ./wide --epochs 1 --threads "$1" --save "wide$1.safetensors" --log "wide$1.csv" >/dev/null; }
check "wide trains on one thread" threads 1
check "wide trains on two threads" threads 2
check "threads do not change a bit" cmp wide1.safetensors wide2.safetensors
check "wide compiles at -O0" "$GRADC" -O0 --threads=none wide.dsl -o wide0
check "wide trains at -O0" sh -c './wide0 --epochs 1 --save wide0.safetensors --log wide0.csv >/dev/null'
check "threads have the losses of -O0" same_losses wide0.csv wide2.csv 1e-4

check "standalone source is written" "$GRADC" --emit=c --standalone "$dsl" -o alone.c
for cc in gcc clang; do
    if ! command -v $cc >/dev/null 2>&1; then
        skip "$cc is not here"
        continue
    fi
    check "$cc builds the standalone source with -O2 and -lm alone" $cc -O2 alone.c -o "alone-$cc" -lm
    cp "$SRC/examples/data/digits.csv" .
    check "the standalone program of $cc trains" \
        sh -c "./alone-$cc --epochs 1 --save alone.safetensors --log alone.csv \
            --data.train.image digits.csv --data.train.label digits.csv \
            --data.test.image digits.csv --data.test.label digits.csv >/dev/null"
    check "it has the losses of -O0" same_losses o0.csv alone.csv 1e-4
    check "$cc finds nothing to warn of in it" \
        $cc -std=c11 -Wall -Wextra -Wpedantic -Werror -c alone.c -o alone.o
    check "$cc finds nothing to warn of in the generated source" "$GRADC" --emit=c "$dsl" -o plain.c
    check "... under -Wall -Wextra -Wpedantic" $cc -std=c11 -Wall -Wextra -Wpedantic -Werror \
        -I"$SRC/runtime" -c plain.c -o plain.o
done

if [ -z "${SANITIZED:-}" ]; then
    check "the trainer links libc and libm only" sh -c \
        'ldd o1 | grep -vE "linux-vdso|ld-linux|libc\.so|libm\.so" | { ! grep .; }'
    check "its stripped size is under 300 KB" sh -c \
        'strip -o o1.stripped o1 && [ "$(wc -c <o1.stripped)" -lt 300000 ]'
else
    skip "what the trainer links and its size: built with sanitizers"
fi
check "the source is the same from run to run" sh -c \
    "'$GRADC' --emit=c '$dsl' -o one.c && cd / && LC_ALL=C '$GRADC' --emit=c '$dsl' -o '$TMP/two.c' &&
     cmp '$TMP/one.c' '$TMP/two.c'"
finish
