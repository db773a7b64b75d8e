#!/bin/sh
# fmt.sh -- gradc fmt: how it formats (fmt/NAME.dsl becomes fmt/NAME.formatted), that formatting again
# changes nothing, that the program stays the same, and that no file is ever lost.
# UPDATE=1 writes how it formats now: read the diff before you commit it.
. "$(dirname "$0")/lib.sh"
FMT=$SRC/tests/fmt
cd "$TMP" || exit 1

formats() { # NAME
    "$GRADC" fmt - <"$FMT/$1.dsl" >"$1.got" || return 1
    [ -z "${UPDATE:-}" ] || cp "$1.got" "$FMT/$1.formatted"
    diff -u "$FMT/$1.formatted" "$1.got"
}
for file in "$FMT"/*.dsl; do
    name=$(basename "$file" .dsl)
    check "$name.dsl is formatted as before" formats "$name"
done

# --- every program in the tree ---
tree() { "$GRADC" --dump=ast check "$1" 2>/dev/null; }
comments() { grep -o '#.*' "$1" | sed 's/[[:space:]]*$//'; }
# keeps FILE: formatted, it has the same tree and comments, and formatted again it stays
keeps() {
    "$GRADC" fmt - <"$1" >once.dsl && "$GRADC" fmt - <once.dsl >twice.dsl || return 1
    diff -u once.dsl twice.dsl && ! grep -nE '[[:space:]]$' once.dsl || return 1
    comments "$1" >comments.before
    comments once.dsl >comments.after
    diff -u comments.before comments.after || return 1
    [ -n "$2" ] || return 0
    tree "$1" >tree.before
    tree once.dsl >tree.after
    cmp tree.before tree.after
}
# The snippets of the pages, too; --dump=ast is shown for what is right but for imports.
for page in language grammar; do
    awk -v page="$page" '/^```dsl$/ { name = sprintf("%s-%02d.dsl", page, ++n); next } /^```/ { name = "" }
                         name != "" { print > name }' "$SRC/docs/$page.md"
done
formatted=0
for file in "$SRC"/lib/std/*.dsl "$SRC"/tests/*/*.dsl "$SRC"/tests/*/*/*.dsl $(find "$SRC/examples" -name '*.dsl') ./language-*.dsl; do
    "$GRADC" fmt - <"$file" >/dev/null 2>&1 || continue # it has syntax errors, as it should
    formatted=$((formatted + 1))
    keeps "$file" tree >keeps.log 2>&1 || { fail "$file stays the same program"; cat keeps.log; }
done
check "all programs of the tree ($formatted) stay what they are" test "$formatted" -gt 150

# --- files ---
printf 'x=1\n' >model.dsl
chmod 640 model.dsl
ln -s model.dsl link.dsl
check "--check says what would change" exits 1 "$GRADC" fmt --check model.dsl
check "... by name" says model.dsl "$GRADC" fmt --check model.dsl
check "... and changes nothing" grep -qx 'x=1' model.dsl
check "a file is formatted in place, by a link too" "$GRADC" fmt link.dsl
check "... " grep -qx 'x = 1' model.dsl
check "... the link stays a link" test -h link.dsl
check "... and its permissions" sh -c "ls -l model.dsl | grep -q '^-rw-r-----'"
check "--check is content then" "$GRADC" fmt --check model.dsl
before=$(ls -i model.dsl)
check "what is formatted is not written again" "$GRADC" fmt model.dsl
check "... it is the same file" test "$before" = "$(ls -i model.dsl)"
check "no temporary file is left" sh -c '! ls ./*.tmp.* 2>/dev/null'
printf 'y=2\nx = (1\n' >wrong.dsl
cp wrong.dsl wrong.before
printf 'z=3\n' >right.dsl
check "an error is shown" says "wrong.dsl:2:7: error: expected ')'" "$GRADC" fmt wrong.dsl
check "... as JSON, too" says '{"severity":"error"' "$GRADC" fmt --diagnostics=json wrong.dsl
check "... the exit status is 1" exits 1 "$GRADC" fmt wrong.dsl right.dsl
check "... the file stays as it was" cmp wrong.dsl wrong.before
check "... and the others are formatted" grep -qx 'z = 3' right.dsl
check "standard input is named so" says "<stdin>:1:" sh -c "echo 'x = (' | '$GRADC' fmt -"
check "... and nothing comes out" sh -c "! echo 'x = (' | '$GRADC' fmt - 2>/dev/null | grep ."
check "a missing file is said" says "cannot read 'missing.dsl'" "$GRADC" fmt missing.dsl
check "... with status 1" exits 1 "$GRADC" fmt missing.dsl
check "no file is misuse" exits 2 "$GRADC" fmt
check "--check without fmt, too" exits 2 "$GRADC" --check model.dsl
mkdir closed && printf 'x=1\n' >closed/model.dsl && chmod 500 closed
if [ "$(id -u)" -ne 0 ]; then
    check "a folder that can't be written is said" exits 3 "$GRADC" fmt closed/model.dsl
    check "... the file stays as it was" grep -qx 'x=1' closed/model.dsl
else
    skip "a folder that can't be written: root may write everywhere"
fi
chmod 700 closed

# --- bytes ---
becomes() { printf "$1" | "$GRADC" fmt - >got && printf "$2" | cmp - got; }
check "CRLF and a byte order mark go" becomes '\357\273\277x=1\r\n\r\n\r\n# c\r\ny=2\r' 'x = 1\n\n# c\ny = 2\n'
check "a last line gets its end" becomes 'x=1' 'x = 1\n'
check "nothing stays nothing" becomes '' ''
check "comments alone stay" becomes '\n\n#a\n\n\n\n# b  \n\n' '#a\n\n# b\n'
check "tabs count" becomes 'a\t= 1\nlonger\t= 2\nb = 3\n' 'a      = 1\nlonger = 2\nb = 3\n'
finish
