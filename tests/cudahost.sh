#!/bin/sh
# cudahost.sh -- the test bed for CUDA programs (tests/cudahost) itself.
# A correct program has no faults in any build and any order, and prints the same in all.
. "$(dirname "$0")/lib.sh"
set -eu

BED=$SRC/tests/cudahost
CXX=${CXX:-g++}
export CXX
# The programs are built without the sanitizers of the compiler under test.
command -v "$CXX" >/dev/null 2>&1 || { echo "no C++ compiler: the test bed for CUDA programs is not tested"; exit 77; }

# same_in_orders PROGRAM: no faults, nothing left at the end, and the same output
same_in_orders() {
    CUDAHOST_LEAKS=1 "$1" >"$TMP/forward" || return 1
    for order in reverse 1 2 3; do
        CUDAHOST_LEAKS=1 CUDAHOST_SCHED=$order "$1" >"$TMP/other" || return 1
        cmp "$TMP/forward" "$TMP/other" || return 1
    done
}

for way in "" --asan --portable -DCUDART_VERSION=11080; do
    # shellcheck disable=SC2086
    check "a correct program is built $way" "$BED/build.sh" $way "$BED/programs/right.cu" -o "$TMP/right"
    check "and is right in every order" same_in_orders "$TMP/right"
done

finish
