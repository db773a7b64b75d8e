#!/bin/sh
# editors.sh FOLDER -- copies editors/ to FOLDER (which may be editors/ itself) with the words of the
# language as they are now: the keywords of the lexer, the built-in functions, the standard library.
# `make editor-words` calls it; tests/editors.sh compares.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$top"
one_line() { LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//'; }

words=$(sed -n 's/^\([a-z]*\)  *{.*return [A-Z_]*; *}$/\1/p' frontend/lexer.l)
operators="and not or" constants="false none true"
keywords=$(echo "$words" | grep -vxE 'and|or|not|true|false' | one_line)
starters=$(sed -n '/^static int contextual_keyword/,/^}/p' frontend/token_filter.c |
    grep -o '{"[a-z]*", [A-Z]*}' | sed 's/{"\([a-z]*\)".*/\1/' | one_line)
types=$(sed -n 's/^ *\[DT_[A-Z0-9]*\] *= *{"\([a-z0-9]*\)".*/\1/p' ir/type.c | one_line)
builtins=$(sed -n 's/^    {"\([a-z0-9_]*\)", .*/\1/p' frontend/builtins.c |
    grep -vxE "$(echo "$types" | tr ' ' '|')" | one_line)
library=$(sed -n 's/^\(def\|module\|optimizer\|const\) \([a-zA-Z0-9_]*\).*/\2/p' lib/std/*.dsl | one_line)
counters="batch epoch epochs generating position step steps steps_per_epoch training"
for list in "$keywords" "$starters" "$types" "$builtins" "$library"; do
    [ -n "$list" ] || { echo "editors.sh: a list is empty: the source has changed its form" >&2; exit 1; }
done

# put GROUP WORDS: in Vim's file the words of a group, in the grammar the alternatives of a name
put() {
    alternatives=$(echo "$2" | sed 's/ /|/g')
    vim_alternatives=$(echo "$2" | sed 's/ /\\\\|/g')
    sed "s/^\(syn keyword gradc$1\) .*/\1 $2/
         s/^\(syn match gradc$1 .*\\\\%(\)[^)]*\(\\\\)\)/\1$vim_alternatives\2/" "$out/vim/syntax/gradc.vim" >"$out/new"
    mv "$out/new" "$out/vim/syntax/gradc.vim"
    sed "/\"comment\": \"$1\"/s/(?:[^)]*)/(?:$alternatives)/" "$out/vscode/syntaxes/gradc.tmLanguage.json" >"$out/new"
    mv "$out/new" "$out/vscode/syntaxes/gradc.tmLanguage.json"
}
[ "$out" = "$top/editors" ] || cp -r editors/. "$out"
put Keyword "$keywords"
put Starter "$starters"
put Operator "$operators"
put Constant "$constants"
put Type "$types"
put Builtin "$builtins"
put Library "$library"
put Counter "$counters"
