#!/bin/sh
# docs.sh -- every snippet of docs/language.md: compiled, and, where an output block follows, run and
# compared.
. "$(dirname "$0")/lib.sh"

# One file a snippet: snippet-NN.dsl, and snippet-NN.out where its output is shown.
awk -v dir="$TMP" '
    /^```dsl$/    { name = sprintf("%s/snippet-%02d-line-%d", dir, ++n, NR); out = name ".dsl"; next }
    /^```output$/ { out = name ".out"; next }
    /^```/        { out = ""; next }
    out != ""     { print > out }
' "$SRC/docs/language.md"

for dsl in "$TMP"/snippet-*.dsl; do
    name=$(basename "$dsl" .dsl)
    expected=${dsl%.dsl}.out
    if [ ! -f "$expected" ]; then
        check "$name compiles" "$GRADC" check "$dsl"
        continue
    fi
    "$GRADC" --cflags=-O1 run "$dsl" >"$TMP/output" 2>&1 || true
    check "$name prints what the page says" diff -u "$expected" "$TMP/output"
done
# The README shows a model and part of what it becomes: the part must be in what it becomes.
cd "$TMP" || exit 1
block() { awk -v kind="^\`\`\`$1\$" '$0 ~ kind && !seen++ { on = 1; next } /^```/ { on = 0 } on' "$SRC/README.md"; }
block dsl >model.dsl
check "the README's model compiles" "$GRADC" --emit=c model.dsl
block c | grep -v '^$' >shown.c
lines_are_there() { [ -s shown.c ] && ! grep -vxF -f model.c shown.c; }
check "the README's C is what it becomes" lines_are_there

# Every built-in function and everything in the library is on the page.
for name in $(sed -n 's/^    {"\([a-z0-9_]*\)", .*/\1/p' "$SRC/frontend/builtins.c") \
    $(sed -n 's/^\(def\|module\|optimizer\) \([a-z0-9_]*\).*/\2/p' "$SRC"/lib/std/*.dsl); do
    case $name in class_axis) continue ;; esac # a helper of the losses
    check "$name is documented" grep -qE "\`$name[(\`]" "$SRC/docs/language.md"
done
finish
