# lib.sh -- what the shell tests share; sourced with GRADC, SRC (the source tree) and TMP set up here.
#
#   . "$(dirname "$0")/lib.sh"
#   check "what should hold" command args...
#   finish
#
# Each check is one line of the log; the last line counts them.
# shellcheck shell=sh

SRC=$(cd "$(dirname "$0")/.." && pwd)
SHARED=${SHARED:-$SRC/../shared}
: "${GRADC:=./gradc}"
case $GRADC in /*) ;; *) GRADC=$PWD/$GRADC ;; esac
TMP=$(mktemp -d "${TMPDIR:-/tmp}/gradc-test.XXXXXX")
trap 'rm -rf "$TMP"' EXIT
trap 'exit 1' INT TERM HUP
# A sanitized runtime needs the sanitizers in the programs that link it.
[ -z "${SANITIZED:-}" ] || export CC="${CC:-cc} $SANITIZED"
# An option of gradc, for programs that others are compared with, and short runs: gcc takes a fifth of the time of its -O2.
# shellcheck disable=SC2034 # for who sources this
QUICK=--cflags=-Og
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); printf 'ok      %s\n' "$1"; }
fail() { failed=$((failed + 1)); printf 'FAILED  %s\n' "$1"; }
skip() { skipped=$((skipped + 1)); printf 'SKIPPED %s\n' "$1"; }

# check NAME COMMAND...: the command must succeed; what it printed is shown where it does not
check() {
    check_name=$1
    shift
    if "$@" >"$TMP/check.log" 2>&1; then
        pass "$check_name"
    else
        fail "$check_name (exit $?): $*"
        sed 's/^/        | /' "$TMP/check.log" | tail -n 25
    fi
}

# exits STATUS COMMAND...: the command must end with exactly this status
exits() {
    wanted=$1
    shift
    got=0
    "$@" || got=$?
    [ "$got" -eq "$wanted" ] || { echo "exit status $got, not $wanted"; return 1; }
}

# says TEXT COMMAND...: stdout and stderr together must hold the text; any exit status
says() {
    text=$1
    shift
    "$@" >"$TMP/says.log" 2>&1 || true
    cat "$TMP/says.log"
    grep -qF -- "$text" "$TMP/says.log" || { echo "expected to see: $text"; return 1; }
}

# close A B: the same numbers in the same places, but for rounding; nan and inf are texts
close() {
    paste "$1" "$2" >both.txt && [ -s both.txt ] && awk '
        { half = NF / 2
          for (i = 1; i <= half; i++) {
              a = $i; b = $(i + half); sub(/^[[]+/, "", a); sub(/^[[]+/, "", b); gsub(/[],]/, "", a); gsub(/[],]/, "", b)
              if (a == b) continue
              d = a - b; if (d < 0) d = -d
              m = a < 0 ? -a : a
              if (!(d <= 2e-4 * m + 2e-6)) { print "line " NR ": " a " and " b; bad = 1 }
          } } END { exit bad }' both.txt
}

# near A B TOLERANCE: |A - B| <= TOLERANCE * max(|A|, |B|)
near() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN {
        d = a - b; if (d < 0) d = -d
        m = a < 0 ? -a : a; n = b < 0 ? -b : b; if (n > m) m = n
        exit !(d <= t * m) }' || { echo "$1 and $2 differ by more than $3"; return 1; }
}

# at_least A B: A >= B
at_least() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a >= b) }' || { echo "'$1' is less than $2"; return 1; }
}

finish() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
    exit
}
