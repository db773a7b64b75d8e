#!/bin/sh
# products.sh -- products of every order of labels, in blocks as in plain loops: the same bits, on any
# processor of this kind.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
dsl=$SRC/tests/products.dsl

# printed FILE OPTIONS...: what the program prints, built in a way
printed() {
    file=$1
    shift
    "$GRADC" run "$@" "$dsl" >"$file"
}

in_a_team() { OMP_NUM_THREADS=3 "$GRADC" run -O1 "$dsl" >o1.txt; }
blocks() { "$GRADC" --emit=kernels "$dsl" | grep -c grt_product_ | { read -r n && [ "$n" -gt 40 ]; }; }

check "-O0 prints" printed o0.txt -O0 "$QUICK"
check "-O1 prints, of three threads" in_a_team
check "most of them are in blocks" blocks
check "blocks give the bits of loops" diff o0.txt o1.txt
check "for any processor it prints" printed generic.txt -O1 --arch=generic
check "narrow vectors give the same bits" diff o0.txt generic.txt
finish
