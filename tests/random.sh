#!/bin/sh
# random.sh -- some random programs, each in every way there is (random_try.h); and does every function
# of the language and the library have a recipe in them?
#
#     make check-random               10,000 of them, or make check-random RANDOM_COUNT=100000
#     build/tests/randprog --seed 17  one, and what it is
#
# tcc compiles them ten times as fast as gcc: where it is there, many more are tried.
. "$(dirname "$0")/lib.sh"
RANDPROG=$PWD/tests/randprog
export top_srcdir="$SRC"
if [ ! -x "$RANDPROG" ]; then
    skip "random programs: tests/randprog is not built"
    finish
fi
[ -z "${SANITIZED:-}" ] || CC=${CC%%" $SANITIZED"} # the object is loaded by what has them

check "every function has a recipe, or a reason" "$RANDPROG" --coverage
check "programs agree in every way" "$RANDPROG" --count 80 --save random-failures
if command -v tcc >/dev/null 2>&1; then
    CC=tcc check "and many more, by tcc" "$RANDPROG" --first 100000 --count 400 --cflags "" --save random-failures
else
    skip "more programs: tcc is not here (apt-get install tcc)"
fi
finish
