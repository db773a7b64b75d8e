#!/bin/sh
# errors.sh [GRADC [SRCDIR]] -- every program in tests/errors is wrong, and ends with what gradc must say
# about it, whole: lines that begin with "#! ".  Exit status 1, nothing on stdout, no file left.
# UPDATE=1 writes what gradc says now into the programs: read the diff before you commit it.
set -eu

gradc=${1:-${GRADC:-./gradc}}
srcdir=${2:-$(dirname "$0")/..}
case $gradc in /*) ;; *) gradc=$(pwd)/$gradc ;; esac
GRADC_HOME=${GRADC_HOME:-$(cd "$srcdir" && pwd)}
export GRADC_HOME
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
mkdir "$temporary/errors"
passed=0 failed=0

fail() {
    echo "FAIL $1: $2"
    failed=$((failed + 1))
}

# Lines of the library move with every comment there: their numbers are not compared.
library=$(cd "$srcdir/lib/std" && ls | tr '\n' '|' | sed 's/\./[.]/g; s/|$//')
places() {
    awk -v library="^($library):[0-9]+:" '
        $0 ~ library { sub(/:[0-9]+:/, ":*:"); inside = 2 }
        inside-- == 1 { sub(/^ *[0-9]+ /, "    * ") }
        { print }' "$1"
}

# The programs without their expectations, which would move the end of the file.
for file in "$srcdir"/tests/errors/*.dsl; do
    grep -v '^#!' "$file" > "$temporary/errors/${file##*/}" || true
done
cp -r "$srcdir/tests/errors/import" "$temporary/errors/import"
ls -R "$temporary/errors" > "$temporary/before"

for file in "$srcdir"/tests/errors/*.dsl; do
    name=${file##*/}
    status=0
    (cd "$temporary/errors" && "$gradc" check "$name") > "$temporary/stdout" \
        2> "$temporary/stderr" || status=$?
    sed -n 's/^#! \{0,1\}//p' "$file" > "$temporary/expected"
    places "$temporary/expected" > "$temporary/wanted"
    places "$temporary/stderr" > "$temporary/said"
    if diff -u "$temporary/wanted" "$temporary/said" > "$temporary/diff"; then
        :
    elif [ "${UPDATE:-0}" = 1 ]; then
        sed 's/^/#! /; s/ *$//' "$temporary/stderr" | cat "$temporary/errors/$name" - > \
            "$temporary/new"
        cp "$temporary/new" "$file"
    else
        fail "$name" "it says something else"
        cat "$temporary/diff"
        continue
    fi
    if [ "$status" -ne 1 ]; then
        fail "$name" "exit status $status"
    elif [ -s "$temporary/stdout" ]; then
        fail "$name" "it writes to stdout"
    else
        passed=$((passed + 1))
    fi
done

ls -R "$temporary/errors" > "$temporary/after"
cmp -s "$temporary/before" "$temporary/after" || fail files "a file was left behind"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
