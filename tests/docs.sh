#!/bin/sh
# docs.sh -- every snippet of the pages for users: compiled, and, where an output block follows, run and
# compared.
. "$(dirname "$0")/lib.sh"


# snippets PAGE: one file a snippet, NN-line-L.dsl, and NN-line-L.out where its output is shown.
snippets() {
    mkdir "$TMP/$1"
    awk -v dir="$TMP/$1" '
        /^```dsl$/    { name = sprintf("%s/%02d-line-%d", dir, ++n, NR); out = name ".dsl"; next }
        /^```output$/ { out = name ".out"; next }
        /^```/        { out = ""; next }
        out != ""     { print > out }
    ' "$SRC/docs/$1.md"
}

# try_snippet NAME FILE.dsl: it compiles, and prints what FILE.out has, if there is one.
try_snippet() {
    if [ ! -f "${2%.dsl}.out" ]; then
        check "$1 compiles" "$GRADC" check "$2"
        return
    fi
    "$GRADC" --cflags=-O0 run "$2" >"$TMP/output" 2>&1 || true
    check "$1 prints what the page says" diff -u "${2%.dsl}.out" "$TMP/output"
}

# A merge that goes wrong may leave a section twice.
no_heading_twice() { ! grep -h '^##' "$1" | LC_ALL=C sort | uniq -d | grep .; }
for page in "$SRC"/docs/*.md; do
    check "$(basename "$page"): no heading stands twice" no_heading_twice "$page"
done

for page in language pytorch; do
    snippets "$page"
    for dsl in "$TMP/$page"/*.dsl; do
        try_snippet "$page.md, snippet $(basename "$dsl" .dsl)" "$dsl"
    done
done

# ---- the editors' words ----
words_are_there() {
    sh "$SRC/tools/editors.sh" "$TMP/editors" && diff -ru "$SRC/editors" "$TMP/editors" && return
    echo "The language has other words than the editors' files: make editor-words"
    return 1
}
check "the editors know the words of the language" words_are_there

# ---- docs/library.md: made from the comments in lib/std, and each example is true ----
reference_is_up_to_date() {
    LC_ALL=C awk -f "$SRC/tools/library.awk" "$SRC"/lib/std/*.dsl >"$TMP/library.md" &&
        diff -u "$SRC/docs/library.md" "$TMP/library.md" && return
    echo "Where a comment is wrong, mend it; then: make library-reference"
    return 1
}
check "docs/library.md says what lib/std says" reference_is_up_to_date
mkdir "$TMP/library"
LC_ALL=C awk -v examples="$TMP/library" -f "$SRC/tools/library.awk" "$SRC"/lib/std/*.dsl 2>"$TMP/check.log"
declares() { grep -qE '^(input|param|state|option|const|def|module|optimizer|data|train|import) ' "$1"; }

check "the standard library is formatted (else: gradc fmt lib/std/*.dsl)" "$GRADC" fmt --check "$SRC"/lib/std/*.dsl
check "the examples are formatted" "$GRADC" fmt --check $(find "$SRC/examples" -name '*.dsl')

# What a comment lacks is said.
cat >"$TMP/lacking.dsl" <<'D'
# lacking.dsl -- Comments that say too little.

# f(x, y): x.
# PyTorch: torch.f
# Example:
#     print f(1)
def f(x) = x

def g(x) = x
D
lacks() { says "$1" awk -f "$SRC/tools/library.awk" "$TMP/lacking.dsl"; }
check "a comment without shapes is refused" lacks "lacking.dsl:7: f: no '# Shapes:' in its comment"
check "a parameter that isn't there is refused" lacks "lacking.dsl:7: f: its comment speaks of 'y'"
check "a definition without a comment is refused" lacks "lacking.dsl:9: g: no comment above it"
check "the tool fails then" exits 1 awk -f "$SRC/tools/library.awk" "$TMP/lacking.dsl"

# The examples of a file that declare nothing run as one program, each behind a line with its name:
# `cc` takes longer than they do.  Split up again, each must have printed what its comment says.
for file in "$SRC"/lib/std/*.dsl; do
    file=$(basename "$file" .dsl)
    for dsl in "$TMP/library/$file"-*.dsl; do
        [ -f "${dsl%.dsl}.out" ] && ! declares "$dsl" || continue
        echo "print \"=== $(basename "$dsl" .dsl)\""
        cat "$dsl"
    done >"$TMP/together.dsl"
    [ ! -s "$TMP/together.dsl" ] || "$GRADC" --cflags=-O0 run "$TMP/together.dsl" 2>&1 |
        awk -v dir="$TMP/library" '/^=== / { out = dir "/" $2 ".got"; next } out != "" { print > out }'
    for dsl in "$TMP/library/$file"-*.dsl; do
        name=$(basename "$dsl" .dsl)
        if [ -f "${dsl%.dsl}.got" ]; then
            check "library.md, $name prints what it says" diff -u "${dsl%.dsl}.out" "${dsl%.dsl}.got"
        else
            try_snippet "library.md, $name" "$dsl"
        fi
    done
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
