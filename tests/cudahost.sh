#!/bin/sh
# cudahost.sh -- the test bed for CUDA programs (tests/cudahost) itself: a correct program has no faults in any build and
# prints the same in any order; each seeded bug is noticed by the builds that tests/cudahost/bugs.txt names.
#
#     sh tests/cudahost.sh --table          what each build notices, now: the text of bugs.txt
. "$(dirname "$0")/lib.sh"
set -eu

BED=$SRC/tests/cudahost
CXX=${CXX:-g++}
export CXX
command -v "$CXX" >/dev/null 2>&1 || { echo "SKIPPED the test bed for CUDA programs: no C++ compiler"; exit 77; }
# Reports, not what the compiler under test was built with, decide.
unset ASAN_OPTIONS UBSAN_OPTIONS

# same_in_orders PROGRAM: no faults, nothing left at the end, and the same output
same_in_orders() {
    CUDAHOST_LEAKS=1 "$1" >"$TMP/forward" || return 1
    for order in reverse 1 2 3; do
        CUDAHOST_LEAKS=1 CUDAHOST_SCHED=$order "$1" >"$TMP/other" || return 1
        cmp "$TMP/forward" "$TMP/other" || return 1
    done
}

# notice PROGRAM BUG ORDER...: told (a report), wrong (the result, or how it ended), orders (results differ), or -
notice() {
    program=$1 seeded=$2
    shift 2
    verdict=-
    for order; do
        status=0
        CUDAHOST_LEAKS=1 CUDAHOST_SCHED=$order "$program" "$seeded" >"$TMP/out.$order" 2>"$TMP/err" || status=$?
        if grep -qE '^cudahost:|AddressSanitizer|runtime error' "$TMP/err"; then
            echo told && return
        elif [ "$status" -ne 0 ]; then
            verdict=wrong
        fi
    done
    cmp -s "$TMP/out.$1" "$TMP/out.$order" || [ "$verdict" != - ] || verdict=orders
    echo "$verdict"
}

# All bugs of a program, in the order of its text.
bugs_of() { grep -o 'bug("[a-z_0-9]*")' "$BED/programs/$1_bugs.cu" | sed 's/bug("\(.*\)")/\1/' | awk '!seen[$0]++'; }

table() {
    echo "# What each build of tests/cudahost notices of the bugs in its programs; written by: sh tests/cudahost.sh --table"
    echo "# told: a report with the line; wrong: another result or end; orders: results differ between orders; -: nothing"
    printf '%-8s %-24s %-8s %-8s %s\n' '#' bug plain --check --asan
    for kind in memory block stream; do
        "$BED/build.sh" "$BED/programs/${kind}_bugs.cu" -o "$TMP/plain" &
        "$BED/build.sh" --check "$BED/programs/${kind}_bugs.cu" -o "$TMP/check"
        "$BED/build.sh" --asan "$BED/programs/${kind}_bugs.cu" -o "$TMP/asan"
        wait
        for seeded in none $(bugs_of $kind); do
            printf '%-8s %-24s %-8s %-8s %s\n' $kind "$seeded" "$(notice "$TMP/plain" "$seeded" forward reverse 1)" \
                "$(notice "$TMP/check" "$seeded" forward 1)" "$(notice "$TMP/asan" "$seeded" forward 1)"
        done
    done
}

if [ "${1:-}" = --table ]; then
    table
    exit
fi

clang=
command -v clang++ >/dev/null 2>&1 && clang="--check --cc clang++"
for way in "" --check --asan --portable -DCUDART_VERSION=11080 ${clang:+"$clang"}; do
    # shellcheck disable=SC2086 # a flag, or nothing
    check "a correct program is built $way" "$BED/build.sh" $way "$BED/programs/right.cu" -o "$TMP/right"
    check "and is right in every order" same_in_orders "$TMP/right"
done

# A build that notices more than it did is no fault.
table >"$TMP/table"
missed() {
    awk '/^#/ { next }
        NR == FNR { was[$1 " " $2] = $3 " " $4 " " $5; next }
        { it = $1 " " $2; seen[it] = 1; split(was[it], old, " ")
          if (!(it in was)) { print it ": not in bugs.txt"; bad = 1 }
          for (i = 1; i <= 3; i++)
              if (($2 == "none") != ($(i + 2) == "-") && ($2 == "none" || old[i] != "-")) { print it ": " $3, $4, $5 ", and was " was[it]; bad = 1; break } }
        END { for (it in was) if (!seen[it]) { print it ": gone"; bad = 1 }
              exit bad }' "$BED/bugs.txt" "$TMP/table"
}
check "each seeded bug is noticed where it was ($(grep -vc -e '^#' -e ' none ' "$BED/bugs.txt") bugs)" missed

finish
