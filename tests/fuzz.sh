#!/bin/sh
# fuzz.sh -- any bytes, as a model, as IR, as each kind of data file: nothing crashes, hangs, leaks or
# reads outside.  The corpus (fuzz/corpus, and the programs of the tree) and mutations of it, and where
# clang has libFuzzer a second of that each with ASan and UBSan.  Longer: make fuzz FUZZ_SECONDS=600
. "$(dirname "$0")/lib.sh"
: "${FUZZ_CHECK_SECONDS:=1}"
FUZZ_LIBRARY=$SRC/lib/std
export GRADC FUZZ_LIBRARY

check "the seeds are gathered" sh "$SRC/tests/fuzz/seeds.sh" "$TMP/seeds"
for target in source model ir header safetensors npy npz idx csv rows windows json; do
    check "$target: there are seeds" sh -c "test \$(ls '$TMP/seeds/$target' | wc -l) -ge 4"
    check "$target: the corpus and mutations of it" tests/fuzz/replay_$target \
        -seconds="$FUZZ_CHECK_SECONDS" "$TMP/seeds/$target"
    tail -n 1 "$TMP/check.log" 2>/dev/null
done

# The driver itself finds what is there to find.
cat >"$TMP/planted.c" <<'C'
#include "tests/fuzz/fuzz.h"
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > 2 && bytes[0] == 'a' && bytes[1] == '(')
        fuzz_broken("planted");
    return 0;
}
C
printf 'abcd' >"$TMP/planted"
finds() {
    ${CC:-cc} -I"$SRC" "$TMP/planted.c" "$SRC/tests/fuzz/driver.c" "$SRC/tests/fuzz/support.c" -o "$TMP/replay" || return 1
    ! says "fuzz: broken: planted" "$TMP/replay" "$TMP/planted" -runs=0 && says "fuzz: broken: planted" "$TMP/replay" "$TMP/planted"
}
check "the driver finds what was planted" finds

echo 'int LLVMFuzzerTestOneInput(const unsigned char *b, unsigned long n) { return !b && n; }' >"$TMP/probe.c"
if ! ${FUZZ_CC:-clang} -fsanitize=fuzzer,address,undefined "$TMP/probe.c" -o "$TMP/probe" >/dev/null 2>&1; then
    skip "libFuzzer: ${FUZZ_CC:-clang} does not have it (apt-get install clang)"
elif [ -n "${SANITIZED:-}" ]; then
    skip "libFuzzer: this build has sanitizers of its own, and ran the corpus under them"
else
    check "libFuzzer: $FUZZ_CHECK_SECONDS seconds a target" "${MAKE:-make}" -s fuzz FUZZ_SECONDS="$FUZZ_CHECK_SECONDS"
    grep inputs "$TMP/check.log"
fi
finish
